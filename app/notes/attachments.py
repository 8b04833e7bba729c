"""Pictures, stored once under the SHA-256 of their bytes in the library folder."""

from hashlib import sha256
from pathlib import Path

from sqlmodel import Session

from app.errors import N_, Invalid, NotFound
from app.kit.files import write_file
from app.kit.text import tidy_line
from app.models import Attachment

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
    """Keep a picture in `folder` (the library's); one that is there already is that one.

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
    path = path_of(folder, digest)
    if not path.is_file():
        write_file(path, data)
    held = session.get(Attachment, digest)
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
    """
    held = session.get(Attachment, digest)
    path = path_of(folder, digest)
    if held is None or not path.is_file():
        raise NotFound(N_("There is no such picture."))
    return held, path.read_bytes()


def path_of(folder: Path, digest: str) -> Path:
    """Where a picture's file is: `attachments/ab/ab12…`."""
    return folder / "attachments" / digest[:2] / digest


def markdown_for(attachment: Attachment) -> str:
    """The Markdown that shows a picture."""
    words = "".join(c for c in Path(attachment.filename).stem if c not in "[]\\\n")
    return f"![{words}](attachment:{attachment.sha256})"
