"""Files, stored once under the SHA-256 of their bytes in the library folder: `files/ab/ab12…`."""

import fnmatch
import hashlib
import os
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

from sqlalchemy import select
from sqlmodel import Session, col

from app.errors import N_, Invalid
from app.kit.files import PARTS, make_folder, stage_pieces, sync_to_disk, walk
from app.models import StoredFile

FOLDER = "files"  # in the library's
PDF = "application/pdf"
SIZE_LIMIT = 200 * 1024 * 1024  # bytes
_PIECE = 1024 * 1024
_HEAD = 1024  # bytes within which readers look for a PDF's first line
_LEFT = 24 * 3600.0  # seconds after which nobody is writing a part any more
_OURS = re.compile(r"[0-9a-f]{64}")
_PART = re.compile(fnmatch.translate(PARTS))
_WEB_PAGE = re.compile(
    rb"\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+html|html|head|\?xml)", re.IGNORECASE
)


@dataclass(frozen=True)
class ReceivedFile:
    """A PDF that is written whole in the library's folder, under no name of its own yet."""

    part: Path
    sha256: str
    size: int  # bytes


@contextmanager
def receive_file(folder: Path, source: IO[bytes] | Iterable[bytes]) -> Iterator[ReceivedFile]:
    """Take in a file's bytes, outside of any transaction: `service.add_file` puts it in its place.
    What was not put there is gone again when the block ends.

    `folder` is the library's. Its first bytes say what it is, not its name.

    Raises:
        Invalid (field `file`): empty, too large, or no PDF.
        OSError: it cannot be written; nothing of it is left.
    """
    pieces = iter(partial(source.read, _PIECE), b"") if hasattr(source, "read") else iter(source)
    counted = _Counted(pieces)
    part = stage_pieces(folder / FOLDER, counted)
    try:
        yield ReceivedFile(part, counted.digest.hexdigest(), counted.size)
    finally:
        part.unlink(missing_ok=True)


class _Counted:
    """Pieces as they pass, measured, and refused as soon as that can be told."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self.pieces = pieces
        self.digest = hashlib.sha256()
        self.size = 0

    def __iter__(self) -> Iterator[bytes]:
        head = b""
        while len(head) < _HEAD and (piece := next(self.pieces, b"")):
            head += piece
        check_head(head)
        yield self._count(head)
        for piece in self.pieces:
            yield self._count(piece)

    def _count(self, piece: bytes) -> bytes:
        self.size += len(piece)
        if self.size > SIZE_LIMIT:
            limit = SIZE_LIMIT // 1024 // 1024
            raise Invalid.field("file", N_("A file may have at most {limit} MB."), limit=limit)
        self.digest.update(piece)
        return piece


def check_head(head: bytes) -> None:
    """Raises Invalid (field `file`): a file that begins so is no PDF; says what it is, if it can
    be told."""
    if not head:
        text = N_("This file is empty.")
    elif head.startswith(b"PK\x03\x04"):  # also one whose first entry is a PDF, uncompressed
        text = N_("This is a ZIP archive, not a PDF. Unpack it, and take the PDF that is in it.")
    elif _WEB_PAGE.match(head):
        text = N_("This is a web page, not a PDF. Open it in a browser, and save the PDF itself.")
    elif b"%PDF-" in head[:_HEAD]:
        return
    else:
        text = N_("This is no PDF.")
    raise Invalid.field("file", text)


def place_file(folder: Path, received: ReceivedFile) -> None:
    """Put a received file in its place. One that is there is the same, or damaged."""
    path = file_path(folder, received.sha256)
    make_folder(path.parent)
    os.replace(received.part, path)
    sync_to_disk([path.parent])


def file_path(folder: Path, digest: str) -> Path:
    """Where a file's bytes are, in the library's folder."""
    return folder / FOLDER / digest[:2] / digest


def is_whole(folder: Path, digest: str) -> bool:
    """Whether a file is there and what was stored: reads all of it, 0.5 ms a megabyte."""
    return has_digest(file_path(folder, digest), digest)


def has_digest(path: Path, digest: str) -> bool:
    """Whether the bytes at `path` have this SHA-256."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == digest
    except OSError:
        return False


def find_stray_files(session: Session, folder: Path) -> list[Path]:
    """Files that no row tells of, and what was being received a day ago. In a transaction that
    writes, none is one that is just being put in its place."""
    rows = set(session.scalars(select(col(StoredFile.sha256))))
    base = folder / FOLDER
    return [path for name in walk(base) if _is_stray(path := base / name, rows)]


def _is_stray(path: Path, rows: set[str]) -> bool:
    if _OURS.fullmatch(path.name):
        return path.name not in rows
    return bool(_PART.fullmatch(path.name)) and time.time() - path.stat().st_mtime > _LEFT
