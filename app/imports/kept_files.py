"""Files that were handed in, kept beside the library while somebody looks at their previews."""

import hashlib
import os
import time
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

from app.errors import N_, NotFound
from app.kit.files import PARTS, write_file

KEPT_SECONDS = 30 * 86_400.0  # since somebody looked at it, or said something of it
KEPT_BYTES = 1024 * 1024 * 1024  # in all
_DIGEST = 64  # characters, with which all names begin


def keep_file(library: Path, data: bytes) -> str:
    """Store an uploaded file under its SHA-256, whole or not at all; the digest."""
    digest = hashlib.sha256(data).hexdigest()
    remove_old_files(library, room=len(data), but=digest)
    write_file(_path(library, digest), data)
    return digest


def load_file(library: Path, digest: str) -> bytes:
    """Raises NotFound: no file with this digest was handed in, or not lately."""
    file = _path(library, digest)
    if not file.is_file():
        raise NotFound(N_("This file is not here any more. Hand it in again."))
    with suppress(OSError):
        os.utime(file)
    return file.read_bytes()


def kept_size(library: Path, digest: str) -> int:
    """How many bytes a file that was handed in has; 0 where there is none."""
    try:
        return _path(library, digest).stat().st_size
    except FileNotFoundError:
        return 0


def remove_old_files(library: Path, *, room: int = 0, but: str = "") -> None:
    """Remove what nobody has looked at for `KEPT_SECONDS`, and then, while all of it and `room` are
    more than `KEPT_BYTES`, what was looked at longest ago; with what was said of it. `but` stays.
    """
    folder = library / "imports"
    kept: dict[str, list[Path]] = defaultdict(list)
    for path in folder.iterdir() if folder.is_dir() else ():
        if not path.match(PARTS):  # being written, or left behind by a kill
            kept[path.name[:_DIGEST]].append(path)
        elif time.time() - _stat(path)[0] > KEPT_SECONDS:
            path.unlink(missing_ok=True)
    looked_at = {digest: max(map(_stat, paths))[0] for digest, paths in kept.items()}
    total = room + sum(_stat(path)[1] for paths in kept.values() for path in paths)
    for digest in sorted(kept, key=lambda each: looked_at[each]):
        is_old = time.time() - looked_at[digest] > KEPT_SECONDS
        if digest == but or not (is_old or total > KEPT_BYTES):
            continue
        for path in kept[digest]:
            total -= _stat(path)[1]
            path.unlink(missing_ok=True)


def _stat(path: Path) -> tuple[float, int]:
    """When it was last looked at, and its bytes; none of what another process has just removed."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return 0.0, 0
    return found.st_mtime, found.st_size


def _path(library: Path, digest: str) -> Path:
    return library / "imports" / digest
