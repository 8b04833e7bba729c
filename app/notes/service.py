"""STUB by the lead until the notes room is here: keep these names and signatures, or change
app/library/pages.py with them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape
from sqlmodel import Session, col, select

from app.models import Note


@dataclass(frozen=True)
class Shown:
    """A note with its body as safe markup."""

    note: Note
    html: Markup


@dataclass(frozen=True)
class Backlink:
    """What links here: `url`, `title`, the kind of thing it is, and a line of context."""

    kind: str
    title: str
    url: str
    context: str = ""


def render_many(session: Session, texts: Sequence[str]) -> list[Markup]:
    """Each Markdown text as safe markup, with its links resolved."""
    return [Markup("<p>") + escape(text) + Markup("</p>") if text else Markup("") for text in texts]


def notes_about(
    session: Session,
    *,
    paper_id: int | None = None,
    technique_id: int | None = None,
    issue_id: int | None = None,
) -> list[Shown]:
    """The notes about one thing, newest first."""
    statement = select(Note).where(col(Note.paper_id) == paper_id)
    return [Shown(note, render_many(session, [note.body])[0]) for note in session.exec(statement)]


def backlinks(session: Session, *, kind: str, keys: Collection[str]) -> list[Backlink]:
    """Who links to the thing that has one of these keys (citation key, slug, title, short title)."""
    return []
