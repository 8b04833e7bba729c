"""Files written whole, and folders walked without leaving them."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

PARTS = ".crosswalk-*.part"  # what a write that was killed leaves behind


@contextmanager
def open_whole(path: Path, *, mode: int = 0o600, synced: bool = True) -> Iterator[IO[bytes]]:
    """A file to write and read, in its place when the block ends, and nowhere when it raises: it is
    written beside; the file's folder is made.

    After that the file outlives a power cut. `synced=False` does without, which is for what can be
    made again: a file takes 0.3 ms then, and 2 ms otherwise.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    prefix, suffix = PARTS.split("*")
    with tempfile.NamedTemporaryFile(
        dir=path.parent, prefix=prefix, suffix=suffix, delete=False
    ) as file:
        try:
            yield file
            file.flush()
            os.fchmod(file.fileno(), mode)
            if synced:
                os.fsync(file.fileno())
            os.replace(file.name, path)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(file.name)
            raise
        if synced:
            _sync_folder(path.parent)


def write_file(
    path: Path, data: bytes, *, mode: int = 0o600, synced: bool = True
) -> os.stat_result:
    """All of it or nothing, as `open_whole` does it."""
    with open_whole(path, mode=mode, synced=synced) as file:
        file.write(data)
        file.flush()
        return os.fstat(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
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
