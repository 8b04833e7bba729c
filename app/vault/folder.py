"""A folder's files, read and written so that nothing is half there and nothing leads out of it."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from app.errors import N_, Invalid, Message, Problem
from app.kit import files
from app.vault.rules import TRASH
from app.vault.writing import OWN

FILE_LIMIT = 20 * 1024 * 1024  # bytes
_ENDINGS = (".md", ".base", ".yaml", ".jsonl", ".png", ".jpg", ".jpeg", ".gif", ".webp")


Stamp = tuple[int, int, int]


@dataclass(frozen=True)
class File:
    """A file's bytes, and what tells that it was not changed since: inode, size, time."""

    data: bytes
    stamp: Stamp


def is_inside(path: str) -> bool:
    """Whether `path`, as a folder or zip names it, stays where it is unpacked."""
    pure = PurePosixPath(path)
    return not (
        pure.is_absolute() or ".." in pure.parts or "\\" in path or ":" in path or not pure.parts
    )


def read_vault_files(folder: Path) -> tuple[dict[str, File], list[Problem]]:
    """Every file that concerns us by its path within the folder, and those that cannot be read.

    Links are not followed, and what begins with a dot is somebody else's, but for our own folder
    and the trash.
    """
    found: dict[str, File] = {}
    problems: list[Problem] = []
    for name in _walk(folder):
        path = folder / name
        try:
            if path.is_symlink():
                raise OSError("a link, which is not followed")
            with path.open("rb") as file:
                held = os.fstat(file.fileno())
                if not stat.S_ISREG(held.st_mode):
                    raise OSError("no file")
                if held.st_size > FILE_LIMIT:
                    raise OSError(f"larger than {FILE_LIMIT // 1024 // 1024} MB")
                found[name] = File(file.read(), _stamp(held))
        except OSError as error:
            why = Message.of(
                N_("This file cannot be read: {problem}."), problem=error.strerror or str(error)
            )
            problems.append(Problem(line=1, why=why, raw="", path=name))
    return found, problems


def read_stamps(folder: Path) -> dict[str, Stamp]:
    """The stamp of each file that `read_vault_files` finds, by its path; none is opened."""
    found = {}
    for name in _walk(folder):
        try:
            found[name] = _stamp((folder / name).lstat())
        except OSError:
            continue
    return found


def _walk(folder: Path) -> Iterator[str]:
    for path in files.walk(folder, _is_entered):
        name = path.rpartition("/")[2]
        if name.lower().endswith(_ENDINGS) and not name.startswith("."):
            yield path


def _is_entered(path: str) -> bool:
    name = path.rpartition("/")[2]
    return not name.startswith(".") or name in (OWN, TRASH)


def _stamp(held: os.stat_result) -> Stamp:
    return (held.st_ino, held.st_size, held.st_mtime_ns)


def is_unchanged(folder: Path, path: str, file: File | None) -> bool:
    """Whether the file is as it was read (`None`: whether there is none)."""
    try:
        held = os.lstat(folder / path)
    except OSError:
        return file is None
    return file is not None and _stamp(held) == file.stamp


def write_vault_file(folder: Path, path: str, data: bytes, *, synced: bool = True) -> File:
    """All of it or nothing, as `kit.files` writes it.

    Raises:
        Invalid: the path leads out of the folder, also through a link.
    """
    whole = _checked(folder, path)
    return File(data, _stamp(files.write_file(whole, data, mode=0o644, synced=synced)))


def remove_file(folder: Path, path: str) -> None:
    """Take a file away."""
    _checked(folder, path).unlink(missing_ok=True)


def remove_leftovers(folder: Path) -> None:
    """What a write that was killed left behind."""
    for path in folder.rglob(files.PARTS):
        path.unlink(missing_ok=True)


def _checked(folder: Path, path: str) -> Path:
    base = os.path.realpath(folder)
    above = os.path.realpath(os.path.join(base, os.path.dirname(path)))
    if not is_inside(path) or os.path.commonpath([base, above]) != base:
        raise Invalid.field("path", N_("{path} leads out of the folder."), path=path[:200])
    return Path(above, PurePosixPath(path).name)
