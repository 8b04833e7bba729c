"""Files written whole, and folders walked without leaving them."""

import errno
import os
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

PARTS = ".crosswalk-*.part"  # what a write that was killed leaves behind
_AT_ONCE = 8  # syncs that a disk takes together: 2,000 files in 0.9 s, one by one in 6.4 s


@contextmanager
def open_whole(path: Path, *, mode: int = 0o600, synced: bool = True) -> Iterator[IO[bytes]]:
    """A file to write and read, in its place when the block ends, and nowhere when it raises: it is
    written beside; the file's folder is made.

    After that the file outlives a power cut. `synced=False` does without, which is for what can be
    made again: a file takes 0.3 ms then, and 2 ms otherwise. A folder is as private as the file;
    see `make_folder` for a group.
    """
    with _open_beside(path, mode) as file:
        yield file
        file.flush()
        if synced:
            os.fsync(file.fileno())
        os.replace(file.name, path)
    if synced:
        _sync_path(path.parent)


@contextmanager
def _open_beside(path: Path, mode: int) -> Iterator[IO[bytes]]:
    """A file beside a place, which is gone again when the block raises."""
    make_folder(path.parent, mode=0o777 if mode & 0o077 else 0o700)
    mode |= group_bits(path.parent) & 0o660
    prefix, suffix = PARTS.split("*")
    with tempfile.NamedTemporaryFile(
        dir=path.parent, prefix=prefix, suffix=suffix, delete=False
    ) as file:
        try:
            os.fchmod(file.fileno(), mode)
            yield file
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(file.name)
            raise


@dataclass(frozen=True)
class StagedFile:
    """A file that was written beside its place, and is to be put there."""

    part: Path
    path: Path

    def place(self) -> None:
        """In one step: the file that was there is there no more."""
        os.replace(self.part, self.path)

    def discard(self) -> None:
        """Take away what was not put in its place."""
        self.part.unlink(missing_ok=True)


def stage_file(path: Path, data: bytes, *, mode: int = 0o600) -> StagedFile:
    """The first half of `write_file`, for many files: see `sync_to_disk`."""
    with _open_beside(path, mode) as file:
        file.write(data)
        file.flush()
    return StagedFile(Path(file.name), path)


def stage_pieces(folder: Path, pieces: Iterable[bytes], *, mode: int = 0o600) -> Path:
    """Write what comes in pieces into `folder`, under a passing name, and have it outlive a power
    cut: for a file whose name is known when all of it is there. Nothing is left when it raises."""
    with _open_beside(folder / "new", mode) as file:
        file.writelines(pieces)
        file.flush()
        os.fsync(file.fileno())
    return Path(file.name)


def sync_to_disk(paths: Iterable[Path]) -> None:
    """Have these files and folders outlive a power cut, as they are."""
    every = list(paths)
    if len(every) < 2:
        for path in every:
            _sync_path(path)
        return
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(_sync_path, every))


def write_file(
    path: Path, data: bytes, *, mode: int = 0o600, synced: bool = True
) -> os.stat_result:
    """All of it or nothing, as `open_whole` does it."""
    with open_whole(path, mode=mode, synced=synced) as file:
        file.write(data)
        file.flush()
        return os.fstat(file.fileno())


def make_folder(path: Path, *, mode: int = 0o700) -> None:
    """Make a folder, and those above it, unless they are there. In one that is shared with its
    group, the group may do what its owner may.

    Raises:
        NotADirectoryError: a file is there.
    """
    if path.is_dir():
        return
    if path.parent != path:
        make_folder(path.parent, mode=mode)
    try:
        path.mkdir(mode)
    except FileExistsError as error:
        if not path.is_dir():
            reason = os.strerror(errno.ENOTDIR)
            raise NotADirectoryError(errno.ENOTDIR, reason, str(path)) from error
    else:
        if shared := group_bits(path.parent):
            path.chmod(stat.S_IMODE(path.stat().st_mode) | shared)


def group_bits(folder: Path) -> int:
    """What a folder that is shared with its group on purpose (`chmod g+s`) grants that group; of
    any other, nothing."""
    mode = folder.stat().st_mode
    return stat.S_ISGID | 0o070 if mode & stat.S_ISGID else 0


def keep_private(path: Path, *, also: int = 0) -> None:
    """Take from a file of ours, or a folder with all that is in it, what others may do with it;
    the bits `also` stay. A folder that nobody else may enter is not walked, nor is any link.

    What is not ours to change, or cannot be changed, is left as it is.
    """
    with suppress(OSError):
        mode = path.lstat().st_mode
        wanted = mode & (0o700 | also)
        if stat.S_ISLNK(mode) or stat.S_IMODE(mode) == wanted:
            return
        if stat.S_ISDIR(mode):
            for inner in path.iterdir():
                keep_private(inner, also=also)
        path.chmod(wanted)  # last: killed before, all of it is looked at again


def _sync_path(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if not (error.errno == errno.EINVAL and path.is_dir()):  # network drives know it of none
            raise
    finally:
        os.close(descriptor)


def walk(folder: Path, enters: Callable[[str], bool] = lambda _: True) -> Iterator[str]:
    """The paths, within `folder`, of the files, links and left-out folders in and below it.

    `enters` says of a folder by its path whether it is walked. No link is followed.
    """
    for base, folders, names in os.walk(folder):
        inside = Path(base).relative_to(folder)
        walked = []
        for name in folders:
            path = (inside / name).as_posix()
            if enters(path) and not Path(base, name).is_symlink():
                walked.append(name)
            else:
                yield path
        folders[:] = sorted(walked)
        for name in sorted(names):
            yield (inside / name).as_posix()
