"""Pictures, stored once under the SHA-256 of their bytes in the library folder."""

import fnmatch
import re
from hashlib import sha256
from pathlib import Path

from sqlalchemy import select
from sqlmodel import Session, col

from app.errors import N_, Damaged, Invalid, NotFound
from app.kit.files import PARTS, walk, write_file
from app.kit.text import tidy_line
from app.models import Attachment

_OURS = re.compile(rf"[0-9a-f]{{64}}|{fnmatch.translate(PARTS)}")
SIZE_LIMIT = 10 * 1024 * 1024  # bytes

# The first bytes decide, not what the browser says: SVG, for one, can carry scripts.
_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)


def media_type(data: bytes) -> str | None:
    """The kind of picture that these bytes are, if it is one that we take."""
    for start, kind in _MAGIC:
        if data.startswith(start):
            return kind
    return "image/webp" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else None


def store_attachment(session: Session, folder: Path, *, filename: str, data: bytes) -> Attachment:
    """Keep a picture in `folder` (the library's); one that is there already is that one, and its
    file is written anew where it is damaged or gone.

    Raises:
        Invalid (field `picture`): too large, or no PNG, JPEG, GIF or WebP.
    """
    if len(data) > SIZE_LIMIT:
        raise Invalid.field(
            "picture",
            N_("A picture may have {limit} MB; this one has {size}."),
            limit=SIZE_LIMIT // 1024 // 1024,
            size=f"{len(data) / 1024 / 1024:.1f}",
        )
    kind = media_type(data)
    if kind is None:
        raise Invalid.field("picture", N_("This is no PNG, JPEG, GIF or WebP picture."))
    digest = sha256(data).hexdigest()
    held = session.get(Attachment, digest)  # which takes the writer's lock: see `find_strays`
    if read_file(folder, digest) != data:
        write_file(path_of(folder, digest), data)
    if held is None:
        name = tidy_line("".join(c for c in Path(filename).name if c.isprintable()))[:200]
        held = Attachment(sha256=digest, filename=name, media_type=kind, size=len(data))
        session.add(held)
        session.flush()
    return held


def load_attachment(session: Session, folder: Path, digest: str) -> tuple[Attachment, bytes]:
    """A picture and its bytes.

    Raises:
        NotFound: it was never stored, or its file is gone.
        Damaged: its file is not what was stored.
    """
    held = session.get(Attachment, digest)
    if held is None or not path_of(folder, digest).is_file():
        raise NotFound(N_("There is no such picture."))
    data = read_file(folder, digest)
    if data is None:
        raise Damaged(N_("This picture's file is damaged. Put the same picture in again."))
    return held, data


def read_file(folder: Path, digest: str) -> bytes | None:
    """A picture's bytes; None where its file is gone, or is not what was stored (to look takes
    0.5 ms a megabyte)."""
    try:
        data = path_of(folder, digest).read_bytes()
    except OSError:
        return None
    return data if sha256(data).hexdigest() == digest else None


def find_strays(session: Session, folder: Path) -> list[Path]:
    """Pictures that no row tells of, and what a write that was killed left. In a transaction that
    writes, none is a picture that is just being stored."""
    rows = {path_of(folder, digest) for digest in session.scalars(select(col(Attachment.sha256)))}
    base = folder / "attachments"
    files = (base / name for name in walk(base))
    return [path for path in files if path not in rows and _OURS.fullmatch(path.name)]


def path_of(folder: Path, digest: str) -> Path:
    """Where a picture's file is: `attachments/ab/ab12…`."""
    return folder / "attachments" / digest[:2] / digest


def markdown_for(attachment: Attachment) -> str:
    """The Markdown that shows a picture."""
    words = "".join(c for c in Path(attachment.filename).stem if c not in "[]\\\n")
    return f"![{words}](attachment:{attachment.sha256})"
