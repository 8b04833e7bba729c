"""What JSON says of notes."""

from pydantic import BaseModel

from app.models import Note
from app.notes.service import NoteRow


class NoteItem(BaseModel):
    """A note with the keys of what it is about (at most one)."""

    id: int
    title: str
    body: str
    paper: str | None
    technique: str | None
    issue: str | None
    created_at: str
    updated_at: str
    version: int


def serialize_note(note: Note | NoteRow) -> NoteItem:
    return NoteItem(
        id=note.id,
        title=note.title,
        body=note.body,
        paper=note.paper.citekey if note.paper else None,
        technique=note.technique.slug if note.technique else None,
        issue=note.issue.slug if note.issue else None,
        created_at=note.created_at.isoformat(),
        updated_at=note.updated_at.isoformat(),
        version=note.version,
    )
