"""The pictures that notes of a folder or zip show, stored as the library's own."""

from pathlib import Path, PurePosixPath

from sqlmodel import Session

from app.errors import Invalid
from app.imports.applying.plan_applier import Illustrate
from app.imports.planning.detect_format import Content
from app.imports.rules import PlanRow
from app.notes import attachments
from app.sources.markdown.linked_files import readdress_files


def as_written(_session: Session, _row: PlanRow, body: str) -> str:
    """A note's text where no files came with it."""
    return body


def make_illustrator(content: Content, library: Path | None) -> Illustrate:
    """What gives a note's text with the pictures that came with it stored in the folder `library`;
    a file that is no picture we keep stays a link as it was written."""
    if library is None or not content.files:
        return as_written
    stored: dict[str, str] = {}

    def illustrate(session: Session, row: PlanRow, body: str) -> str:
        for path in row.files:
            if path not in stored and (data := content.files.get(path)) is not None:
                stored[path] = _store(session, library, path, data)
        addresses = {path: stored[path] for path in row.files if stored.get(path)}
        return readdress_files(body, addresses, row.path) if addresses else body

    return illustrate


def _store(session: Session, library: Path, path: str, data: bytes) -> str:
    name = PurePosixPath(path).name
    try:
        held = attachments.store_attachment(session, library, filename=name, data=data)
    except Invalid:
        return ""
    return f"attachment:{held.sha256}"
