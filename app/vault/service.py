"""The verbs on folders: write one, take one into an empty library."""

import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlmodel import Session, col, select

from app.database import Database
from app.errors import N_, Conflict, Invalid, Problem
from app.kit.archives import Limits, unpack_zip
from app.models import (
    Attachment,
)
from app.models.stored import CONTENT
from app.notes import attachments
from app.settings import Settings
from app.vault import dump_load
from app.vault.files import folder as files
from app.vault.files.obsidian import picture_file
from app.vault.files.parsing import looks_like_vault, tables_of
from app.vault.files.writing import MARK, Folder

_THEN = (1980, 1, 1, 0, 0, 0)  # the first day that zip files know: the same library, the same bytes
# All of a library comes back: how tightly a file is packed, and how many there are, matters less.
_LIMITS = Limits(files=2_000_000, file=files.FILE_LIMIT, total=2 * 1024**3, ratio=2_000)


@dataclass(frozen=True)
class VaultReport:
    """What an import took, by kind, and what it could not."""

    counts: Mapping[str, int]
    problems: list[Problem] = field(default_factory=list)

    def text(self) -> list[str]:
        """Lines for a terminal."""
        lines = [f"{number} {name}" for name, number in self.counts.items() if number]
        return [", ".join(lines) or "Nothing.", *map(problem_line, self.problems)]


def problem_line(problem: Problem) -> str:
    return f"{problem.path}:{problem.line}\tleft alone\t{problem.why}"


def library_files(database: Database, library: Path) -> Iterator[tuple[str, bytes]]:
    """Every file of the library as a folder, as of one moment. `library` is where pictures are."""
    with database.read() as session:
        held = dump_load.dump_tables(session)
    for path, text in Folder(held).files():
        yield path, text.encode()
    for row in held["attachment"]:
        digest, media = str(row["sha256"]), str(row["media_type"])
        picture = attachments.path_of(library, digest)
        if picture.is_file():  # else it was gone already; its row is there
            yield picture_file(digest, media), picture.read_bytes()


def export_folder(database: Database, settings: Settings, folder: Path) -> int:
    """Write the library into a folder that is empty or new; how many files.

    Raises:
        Conflict: something is there.
    """
    if folder.exists() and any(folder.iterdir()):
        raise Conflict(
            N_("{folder} is not empty. To keep a folder in step with the library: crosswalk sync."),
            folder=str(folder),
        )
    number = 0
    for path, data in library_files(database, settings.library):
        files.write_vault_file(folder, path, data, synced=False)
        number += 1
    return number


def export_zip(database: Database, settings: Settings) -> bytes:
    """The same as a zip file."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in library_files(database, settings.library):
            archive.writestr(zipfile.ZipInfo(path, _THEN), content, zipfile.ZIP_DEFLATED)
    return data.getvalue()


def is_ours(path: Path) -> bool:
    """Whether this is a folder that Crosswalk wrote, or a zip file of one."""
    if path.is_file() and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return looks_like_vault(archive.NameToInfo)
    return (path / MARK).is_file()


def read_path(path: Path) -> tuple[Mapping[str, bytes], list[Problem]]:
    """The files of a folder or a zip file by their paths, and those that cannot be taken.

    Raises:
        Invalid: it is neither, or unpacks to more than 2 GB.
    """
    if path.is_dir():
        found, problems = files.read_vault_files(path)
        return {name: file.data for name, file in found.items()}, problems
    if not zipfile.is_zipfile(path):
        raise Invalid.field("file", N_("{path} is no folder and no zip file."), path=str(path))
    with zipfile.ZipFile(path) as archive:
        if sum(each.file_size for each in archive.infolist()) > _LIMITS.total:
            raise Invalid.field("file", N_("It unpacks to more than 2 GB."))
    unpacked = unpack_zip(path.read_bytes(), _LIMITS, leaves_out=None)
    return unpacked.files, list(unpacked.problems)


def import_files(
    session: Session, library: Path, given: Mapping[str, bytes], problems: list[Problem]
) -> VaultReport:
    """Take what `library_files` wrote into an empty library, which is the same one then.

    One file that cannot be read costs no other: it is in the report.

    Raises:
        Conflict: something is there.
        Invalid: the folder is none that we wrote.
    """
    if not looks_like_vault(given):
        raise Invalid.field(
            "file", N_("Crosswalk did not write this folder: it has no .crosswalk/vault.yaml.")
        )
    if any(session.exec(select(model).limit(1)).first() is not None for model in CONTENT):
        raise Conflict(
            N_("This library is not empty. To bring a folder into step with it: crosswalk sync.")
        )
    read, unreadable = tables_of(given)
    pictures = {str(row.get("sha256")): row for row in read["attachment"]}
    for path, data in given.items():
        if path.startswith("attachments/") and attachments.media_type(data):
            stored = attachments.store_attachment(
                session, library, filename=Path(path).name, data=data
            )
            if stored.sha256 in pictures:
                session.delete(stored)  # its row comes with the others
    session.flush()
    refused = dump_load.load_tables(session, read)
    told = [Problem(line=1, why=why, raw="", path=name) for name, why in refused]
    counts = {name: len(rows) for name, rows in read.items()}
    shown = {
        "papers": counts["paper"],
        "notes": counts["note"],
        "techniques": counts["technique"],
        "issues": counts["issue"],
        "claims": counts["claim"],
        "pictures": len(session.exec(select(col(Attachment.sha256))).all()),
    }
    return VaultReport(shown, [*problems, *unreadable, *told])
