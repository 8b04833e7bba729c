"""Both sides of a sync as they are found: the folder, the library, and how they last agreed."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from sqlmodel import Session, col, select

from app.errors import Message
from app.models import SyncConflict, SyncedFile
from app.vault import dump_load
from app.vault.files.folder import File
from app.vault.sync.library_files import LibraryFile, LibraryFiles, Made
from app.vault.sync.report import SyncReport


@dataclass
class SyncRun:
    """What goes through a whole sync: the folder, as it was read once, and what came of it."""

    folder_id: int
    disk: dict[str, File]
    report: SyncReport = field(default_factory=SyncReport)
    left: set[str] = field(default_factory=set)  # paths that are not to be touched
    removals: list[str] = field(default_factory=list)  # files to be taken away
    made: Mapping[str, Made] = field(default_factory=dict)  # see `LibraryFiles`
    copies: set[str] = field(default_factory=set)  # paths of what was kept of conflicts
    # Lines of properties that stay as the reader wrote them, by file and name; and aliases.
    kept: dict[str, dict[str, str]] = field(default_factory=dict)
    aliases: dict[str, list[str]] = field(default_factory=dict)

    def is_left(self, path: str) -> bool:
        """Whether a file, or a folder that it is in, is not to be touched."""
        if not self.left:
            return False
        return path in self.left or any(
            str(above) in self.left for above in PurePosixPath(path).parents
        )

    def leave(self, path: str, why: Message) -> None:
        """Do not touch it in this sync, and say why; once."""
        if not self.is_left(path):
            self.left.add(path)
            self.report.leave(path, why)


class Sides:
    """What is known of both sides as of one moment, the library's `state` (see
    `database.state_of`). Its rows outlive their session: what changes one adds it to its own."""

    def __init__(self, session: Session, run: SyncRun, state: str | None) -> None:
        self.state = state
        self.library = LibraryFiles(dump_load.dump_tables(session), run.made)
        run.made = self.library.made
        self.here: Mapping[tuple[str, int], LibraryFile] = self.library.documents
        statement = select(SyncedFile).where(col(SyncedFile.folder_id) == run.folder_id)
        self.states = {state.path: state for state in session.exec(statement)}
        self.copies: dict[str, list[SyncConflict]] = defaultdict(list)
        for conflict in session.exec(
            select(SyncConflict).where(col(SyncConflict.folder_id) == run.folder_id)
        ):
            self.copies[conflict.copy_path].append(conflict)
