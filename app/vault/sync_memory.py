"""What the last sync of a folder found out, kept in a file of the library's folder. Without it the
next one finds out again."""

import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path

from pydantic import BaseModel, ValidationError

import app
from app.kit.files import write_file
from app.vault import folder as files
from app.vault.folder import File, Stamp
from app.vault.library_files import LibraryFiles, Made

_COARSE = 2_000_000_000  # nanoseconds within which a file may change and keep its time


class _Kept(BaseModel):
    code: str = ""  # digest of the code that found it out
    state: str | None = None  # of the library (`database.state_of`) in which the folder is in step
    looked_at: int = 0  # nanoseconds
    files: dict[str, tuple[Stamp, str]] = {}  # as the folder was then, with the SHA-256 of each
    made: dict[str, Made] = {}  # see `LibraryFiles`


class SyncMemory:
    """Of one folder. `library` is the library's own folder."""

    def __init__(self, library: Path, folder: Path) -> None:
        self._folder = folder
        self._path = _path(library, str(folder))
        self._now = time.time_ns()
        try:
            kept = _Kept.model_validate_json(self._path.read_bytes())
        except (FileNotFoundError, ValidationError):
            kept = _Kept()
        self._kept = kept if kept.code == _code() else _Kept()

    @property
    def made(self) -> Mapping[str, Made]:
        return self._kept.made

    def is_in_step(self, state: str | None) -> bool:
        """Whether the folder is as it was found to be in step with the library in `state`. No file
        is read but those that had just been changed when they were."""
        kept = self._kept
        if state is None or kept.state != state:
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
            return stamp[1] == was[1] and digest == _digest((self._folder / name).read_bytes())
        except OSError:
            return False

    def keep_time(self) -> None:
        """That the folder was found in step again, now."""
        os.utime(self._path)

    def keep(self, state: str | None, disk: Mapping[str, File], library: LibraryFiles) -> None:
        """`state`: in which the folder was in step as it was read; None where it was not."""
        found = {name: (file.stamp, _digest(file.data)) for name, file in disk.items()}
        kept = _Kept(
            code=_code(),
            state=state,
            looked_at=self._now,
            files=found if state else {},
            made=library.made,
        )
        write_file(self._path, kept.model_dump_json().encode(), synced=False)


def last_looked(library: Path, folder: str) -> datetime | None:
    """When a folder was last found or put in step."""
    try:
        return datetime.fromtimestamp(_path(library, folder).stat().st_mtime, UTC)
    except FileNotFoundError:
        return None


def _path(library: Path, folder: str) -> Path:
    return library / "syncs" / f"{_digest(os.fsencode(folder))[:32]}.json"


def _digest(data: bytes) -> str:
    return sha256(data).hexdigest()


@cache
def _code() -> str:
    """Other code may write the same rows otherwise."""
    every = sorted(Path(app.__file__).parent.rglob("*.py"))
    return _digest(b"".join(path.read_bytes() for path in every))
