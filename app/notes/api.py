"""The JSON routes of notes."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Path, Query, Response
from sqlmodel import Session

from app.errors import N_, NotFound
from app.kit.json_fields import needs
from app.models import Note
from app.notes import service
from app.notes.markdown import read_ahead
from app.notes.rules import NoteInput, NotePatch
from app.notes.schemas import NoteItem, serialize_note
from app.notes.service import NoteAbout, NoteOrder
from app.web.dependencies import PER_PAGE, Db, Listing, PageNumber, PerPage, format_etag
from app.web.forms import IfMatch
from app.web.threads import Route, run_in_waiting_pool

router = APIRouter(route_class=Route, tags=["notes"])

_Added = Annotated[NoteInput, Body(json_schema_extra=needs(("title", "body")))]
NoteId = Annotated[int, Path(ge=1, le=2**31 - 1)]


def _held(session: Session, note_id: int) -> Note:
    """A note that is not in the trash; to a script, what it deleted is gone."""
    found = service.get_note(session, note_id)
    if found.trashed_at:
        said = N_("{title} is in the trash. Its page restores it.")
        raise NotFound(said, title=found.title or f"#{note_id}")
    return found


@router.get("/notes")
def notes(
    db: Db,
    q: Annotated[str, Query(description="words in title or text", max_length=1000)] = "",
    paper: Annotated[str, Query(description="citation key of what they are about")] = "",
    tag: Annotated[str, Query(description="a `#tag` in the text, without its sign")] = "",
    about: Annotated[NoteAbout, Query(description="`alone`: about nothing")] = "",
    sort: NoteOrder = "updated",
    number: PageNumber = 1,
    per_page: PerPage = PER_PAGE,
) -> Listing[NoteItem]:
    """Notes, those last changed first, or in another order."""
    with db.read() as session:
        listed = service.list_notes(
            session,
            q=q,
            paper=paper,
            tag=tag,
            about=about,
            sort=sort,
            page=number,
            per_page=per_page,
        )
        items = [serialize_note(note) for note in listed.notes]
    return Listing(items=items, total=listed.total, page=number, per_page=per_page)


async def _new_ahead(given: _Added) -> None:
    """Before the writer's turn comes, and beside the event loop."""
    await run_in_waiting_pool(partial(read_ahead, given.body))


async def _changed_ahead(patch: NotePatch) -> None:
    await run_in_waiting_pool(partial(read_ahead, patch.body or ""))


@router.post("/notes", status_code=201, dependencies=[Depends(_new_ahead)])
def add_note(db: Db, given: _Added, response: Response) -> NoteItem:
    """A new note, about a paper, a technique or an issue, or alone."""
    with db.write() as session:
        item = serialize_note(service.create_note(session, given))
    response.headers["Location"] = f"/api/v1/notes/{item.id}"
    response.headers["ETag"] = format_etag(item.version)
    return item


@router.get("/notes/{note_id}")
def note(db: Db, note_id: NoteId, response: Response) -> NoteItem:
    """A note with its Markdown."""
    with db.read() as session:
        item = serialize_note(_held(session, note_id))
    response.headers["ETag"] = format_etag(item.version)
    return item


@router.patch("/notes/{note_id}", dependencies=[Depends(_changed_ahead)])
def change_note(
    db: Db, note_id: NoteId, patch: NotePatch, version: IfMatch, response: Response
) -> NoteItem:
    """Changes what the body names; the text before stays as history."""
    with db.write() as session:
        _held(session, note_id)
        changed = service.update_note(
            session, note_id, title=patch.title, body=patch.body, version=version
        )
        item = serialize_note(changed)
    response.headers["ETag"] = format_etag(item.version)
    return item


@router.delete("/notes/{note_id}", status_code=204)
def delete_note(db: Db, note_id: NoteId, version: IfMatch) -> None:
    """To the trash, from which the page restores it."""
    with db.write() as session:
        _held(session, note_id)
        service.trash_note(session, note_id, version=version)
