"""What is kept of a folder's syncs in the library's own folder: what the last one found out, which
the next one finds out again without it; and what one is about to do, until that is noted."""

import fcntl
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from pydantic import BaseModel, TypeAdapter, ValidationError

import app
from app.kit.files import group_bits, make_folder, write_file
from app.vault.files import folder as files
from app.vault.files.folder import File, Stamp
from app.vault.sync.library_files import LibraryFiles, Made, digest_of

_COARSE = 2_000_000_000  # nanoseconds within which a file may change and keep its time


class _Kept(BaseModel):
    code: str = ""  # digest of the code that found it out
    state: str | None = None  # of the library (`database.state_of`) in which the folder is in step
    looked_at: int = 0  # nanoseconds
    files: dict[str, tuple[Stamp, str]] = {}  # as the folder was then, with the SHA-256 of each
    made: dict[str, Made] = {}  # see `LibraryFiles`
    # Papers' files that stood in the folder, with the stamp and the SHA-256 of each; whichever code
    # found them.
    pdfs: dict[str, tuple[Stamp, str]] = {}


@dataclass
class FileWrite:
    """A file to be written, or to be noted: where it was, where it goes, and of what.

    `agreed` is the text from which the next sync tells what was changed, where that is not `text`;
    `stood` the digest of the one before.
    """

    path: str
    text: str
    home: str = ""
    kind: str = ""
    item: int = 0
    made: str = ""
    was: str = ""  # the path that it leaves
    agreed: str | None = None
    stood: str = ""


@dataclass
class PendingWrites:
    """What a sync is about to do in a folder: files to write, and files to take away, each with the
    SHA-256 of what it is."""

    writes: list[FileWrite] = field(default_factory=list)
    removals: dict[str, str] = field(default_factory=dict)


_PENDING = TypeAdapter(PendingWrites)


class SyncMemory:
    """Of one folder. `library` is the library's own folder."""

    def __init__(self, library: Path, folder: Path) -> None:
        self._folder = folder
        self._path = _path(library, str(folder))
        self._pending = self._path.with_suffix(".pending")
        self._now = time.time_ns()
        try:
            kept = _Kept.model_validate_json(self._path.read_bytes())
        except (FileNotFoundError, ValidationError):
            kept = _Kept()
        self._kept = kept if kept.code == _code() else _Kept(pdfs=kept.pdfs)

    @property
    def made(self) -> Mapping[str, Made]:
        return self._kept.made

    @property
    def pdfs(self) -> Mapping[str, tuple[Stamp, str]]:
        return self._kept.pdfs

    @contextmanager
    def alone(self) -> Iterator[None]:
        """While no other sync of the folder is at work; waits for one that is. Ends with the
        process, however that ends."""
        lock = self._path.with_suffix(".lock")
        make_folder(lock.parent)
        mode = 0o600 | group_bits(lock.parent) & 0o060
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, mode)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def pending(self) -> PendingWrites:
        """What the last sync was about to do, if it did not end; some of it may be done."""
        try:
            return _PENDING.validate_json(self._pending.read_bytes())
        except (FileNotFoundError, ValidationError):
            return PendingWrites()

    def note_pending(self, pending: PendingWrites) -> None:
        """Before any of it is done: outlives whatever ends the process."""
        write_file(self._pending, _PENDING.dump_json(pending))

    def forget_pending(self) -> None:
        """All of it is done and noted."""
        self._pending.unlink(missing_ok=True)

    def is_in_step(self, state: str | None) -> bool:
        """Whether the folder is as it was found to be in step with the library in `state`. No file
        is read but those that had just been changed when they were."""
        kept = self._kept
        if state is None or kept.state != state:
            return False
        there = files.read_pdf_stamps(self._folder)
        if there != {path: stamp for path, (stamp, _) in kept.pdfs.items()}:
            return False
        stamps = files.read_stamps(self._folder)
        return stamps.keys() == kept.files.keys() and all(
            self._is_same(name, stamp) for name, stamp in stamps.items()
        )

    def _is_same(self, name: str, stamp: Stamp) -> bool:
        was, digest = self._kept.files[name]
        if stamp == was and stamp[2] < self._kept.looked_at - _COARSE:
            return True
        try:
            return stamp[1] == was[1] and digest == digest_of(
                files.read_vault_file(self._folder / name).data
            )
        except OSError:
            return False

    def keep_time(self) -> None:
        """That the folder was found in step again, now."""
        os.utime(self._path)

    def keep(
        self,
        state: str | None,
        disk: Mapping[str, File],
        library: LibraryFiles,
        pdfs: Mapping[str, tuple[Stamp, str]],
    ) -> None:
        """`state`: in which the folder was in step as it was read; None where it was not."""
        found = {name: (file.stamp, digest_of(file.data)) for name, file in disk.items()}
        kept = _Kept(
            code=_code(),
            state=state,
            looked_at=self._now,
            files=found if state else {},
            made=library.made,
            pdfs=dict(pdfs),
        )
        write_file(self._path, kept.model_dump_json().encode(), synced=False)


def last_looked(library: Path, folder: str) -> datetime | None:
    """When a folder was last found or put in step."""
    try:
        return datetime.fromtimestamp(_path(library, folder).stat().st_mtime, UTC)
    except FileNotFoundError:
        return None


def _path(library: Path, folder: str) -> Path:
    return library / "syncs" / f"{digest_of(os.fsencode(folder))[:32]}.json"


@cache
def _code() -> str:
    """Other code may write the same rows otherwise."""
    every = sorted(Path(app.__file__).parent.rglob("*.py"))
    return digest_of(b"".join(path.read_bytes() for path in every))
