"""A folder's files, read and written so that nothing is half there and nothing leads out of it."""

import os
import shutil
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

from app.errors import N_, Invalid, Message, Problem
from app.kit import files
from app.vault.files.obsidian import PDFS, TRASH
from app.vault.files.writing import OWN

FILE_LIMIT = 20 * 1024 * 1024  # bytes
_ENDINGS = (".md", ".base", ".yaml", ".jsonl", ".png", ".jpg", ".jpeg", ".gif", ".webp")


Stamp = tuple[int, int, int]


@dataclass(frozen=True)
class File:
    """A file's bytes, and what tells that it was not changed since: inode, size, time."""

    data: bytes
    stamp: Stamp


def read_vault_files(folder: Path) -> tuple[dict[str, File], list[Problem]]:
    """Every file that concerns us by its path within the folder, and those that cannot be read.

    Links are not followed, nothing but a file is opened, and what begins with a dot is somebody
    else's, but for our own folder and the trash.
    """
    found: dict[str, File] = {}
    problems: list[Problem] = []
    for name in _walk(folder):
        try:
            if not _can_be_kept(name):
                raise OSError("its name is no text")
            found[name] = read_vault_file(folder / name)
        except OSError as error:
            problems.append(Problem(line=1, why=_unreadable(error), raw="", path=name))
    return found, problems


def _can_be_kept(name: str) -> bool:
    """Whether a name is text: others stand as lone surrogates."""
    return name.isascii() or not any("\ud800" <= each <= "\udfff" for each in name)


def read_vault_file(path: Path) -> File:
    """A file as it is; nothing but a file is opened, and none above 20 MB.

    Raises:
        OSError: it cannot be read.
    """
    _refuse_other(path.lstat())  # to open a pipe waits for its writer
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with open(descriptor, "rb") as file:
        held = os.fstat(descriptor)
        _refuse_other(held)
        if held.st_size > FILE_LIMIT:
            raise OSError(f"larger than {FILE_LIMIT // 1024 // 1024} MB")
        return File(file.read(), _stamp(held))


def _refuse_other(held: os.stat_result) -> None:
    if stat.S_ISLNK(held.st_mode):
        raise OSError("a link, which is not followed")
    if not stat.S_ISREG(held.st_mode):
        raise OSError("no file")


def _unreadable(error: OSError) -> Message:
    return Message.of(
        N_("This file cannot be read: {problem}."), problem=error.strerror or str(error)
    )


def find_obstacle(folder: Path, path: str) -> Problem | None:
    """What stands where a file should be or in its way: a link, a folder that cannot be entered.
    None where nothing does."""
    *above, _ = parts = PurePosixPath(path).parts
    for number in range(len(parts)):
        place = "/".join(parts[: number + 1])
        try:
            held = (folder / place).lstat()
        except FileNotFoundError:
            return None
        except OSError as error:
            return Problem(line=1, why=_unreadable(error), raw="", path=place)
        if stat.S_ISDIR(held.st_mode) and number < len(above):
            continue
        kind = N_("This is a link, which is not followed.")
        if not stat.S_ISLNK(held.st_mode):
            is_file = stat.S_ISREG(held.st_mode)
            kind = N_("This cannot be read.") if is_file else N_("This is no file.")
            kind = N_("This is no folder.") if number < len(above) else kind
        return Problem(line=1, why=Message.of(kind), raw="", path=place)
    return None


def read_stamps(folder: Path) -> dict[str, Stamp]:
    """The stamp of each file that `read_vault_files` finds, by its path; none is opened."""
    found = {}
    for name in filter(_can_be_kept, _walk(folder)):
        with suppress(OSError):
            found[name] = _stamp((folder / name).lstat())
    return found


def read_pdf_stamps(folder: Path) -> dict[str, Stamp]:
    """The stamp of each PDF in the folders of papers' files, by its path; none is opened."""
    found = {}
    for name in files.walk(folder / PDFS) if (folder / PDFS).is_dir() else ():
        path = f"{PDFS}/{name}"
        if path.count("/") == 2 and path.lower().endswith(".pdf") and _can_be_kept(path):
            with suppress(OSError):
                held = (folder / path).lstat()
                if stat.S_ISREG(held.st_mode):
                    found[path] = _stamp(held)
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


def write_vault_file(folder: Path, path: str, data: bytes, *, synced: bool = True) -> None:
    """All of it or nothing, as `kit.files` writes it.

    Raises:
        Invalid: the path leads out of the folder, also through a link.
    """
    files.write_file(_checked(folder, path), data, mode=0o644, synced=synced)


def copy_vault_pdf(folder: Path, path: str, source: Path) -> Stamp:
    """Copy a stored file to a place in the folder, whole or not at all; its stamp there.

    Raises:
        Invalid: as above.
    """
    with files.open_whole(_checked(folder, path), mode=0o644) as file, source.open("rb") as held:
        shutil.copyfileobj(held, file, 1024 * 1024)
    return _stamp((folder / path).lstat())


def stage_vault_file(folder: Path, path: str, data: bytes) -> files.StagedFile:
    """The same, but for its last step, in which many are put in their places.

    Raises:
        Invalid: as above.
    """
    return files.stage_file(_checked(folder, path), data, mode=0o644)


def sync_vault_folders(folder: Path, paths: Iterable[str]) -> None:
    """Have what was put in its place at these paths, or taken away, outlive a power cut."""
    above = {parent for path in paths for parent in PurePosixPath(path).parents}
    files.sync_to_disk(each for each in (folder / parent for parent in above) if each.is_dir())


def remove_file(folder: Path, path: str) -> None:
    """Take a file away."""
    _checked(folder, path).unlink(missing_ok=True)


def remove_leftovers(folder: Path) -> None:
    """What a write that was killed left behind."""
    for name in files.walk(folder, _is_entered):
        if fnmatch(name.rpartition("/")[2], files.PARTS):
            with suppress(OSError):
                (folder / name).unlink()


def _checked(folder: Path, path: str) -> Path:
    base = os.path.realpath(folder)
    above = os.path.realpath(os.path.join(base, os.path.dirname(path)))
    pure = PurePosixPath(path)
    if ".." in pure.parts or not pure.name or os.path.commonpath([base, above]) != base:
        raise Invalid.field("path", N_("{path} leads out of the folder."), path=path[:200])
    return Path(above, pure.name)
