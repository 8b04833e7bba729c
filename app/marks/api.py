"""Marks as JSON, and the place where the reader stopped."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response
from sqlmodel import Session

from app.errors import N_, NotFound
from app.files import service as files
from app.files.storage import file_path
from app.library import service as library
from app.marks import service
from app.marks.annotations import ForeignMark, read_annotations
from app.marks.rules import MarkInput, MarkPatch, PlaceInput
from app.marks.schemas import MarkItem, PlaceItem, TakenMarksItem, serialize_mark
from app.models import Paper
from app.web.dependencies import PER_PAGE, Config, Db, Listing, PageNumber, PerPage, format_etag
from app.web.forms import IfMatch
from app.web.threads import Route, run_in_waiting_pool

router = APIRouter(route_class=Route, tags=["marks"])
Sha256Path = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]
MarkId = Annotated[int, Path(ge=1, le=2**31 - 1)]


def _held(session: Session, citekey: str) -> Paper:
    """A paper that is not in the trash."""
    found = library.get_paper(session, citekey)
    if found.trashed_at:
        raise NotFound(N_("{title} is in the trash. Its page restores it."), title=found.title)
    return found


@router.get("/papers/{citekey}/marks")
def marks(
    db: Db, citekey: str, number: PageNumber = 1, per_page: PerPage = PER_PAGE
) -> Listing[MarkItem]:
    """A paper's marks, by page."""
    with db.read() as session:
        found = service.list_marks(session, _held(session, citekey))
    shown = found[(number - 1) * per_page : number * per_page]
    items = [serialize_mark(mark) for mark in shown]
    return Listing(items=items, total=len(found), page=number, per_page=per_page)


@router.post("/papers/{citekey}/marks", status_code=201)
def add_mark(db: Db, citekey: str, given: MarkInput, response: Response) -> MarkItem:
    """Marks a passage: the words, what stands around them, and the page they are on."""
    with db.write() as session:
        item = serialize_mark(service.create_mark(session, _held(session, citekey), given))
    response.headers["Location"] = f"/api/v1/marks/{item.id}"
    response.headers["ETag"] = format_etag(item.version)
    return item


@router.get("/marks/{mark_id}")
def mark(db: Db, mark_id: MarkId, response: Response) -> MarkItem:
    with db.read() as session:
        item = serialize_mark(service.get_mark(session, mark_id))
    response.headers["ETag"] = format_etag(item.version)
    return item


@router.patch("/marks/{mark_id}")
def change_mark(
    db: Db, mark_id: MarkId, given: MarkPatch, version: IfMatch, response: Response
) -> MarkItem:
    """Another colour, another comment; its words stay."""
    with db.write() as session:
        found = service.get_mark(session, mark_id)
        service.update_mark(session, found, given, version=version)
        item = serialize_mark(found)
    response.headers["ETag"] = format_etag(item.version)
    return item


@router.delete("/marks/{mark_id}", status_code=204)
def delete_mark(db: Db, mark_id: MarkId, version: IfMatch) -> None:
    """Removes it; while the server runs, posting to `/marks/{id}/restore` brings it back."""
    with db.write() as session:
        service.remove_mark(session, service.get_mark(session, mark_id), version=version)


@router.post("/marks/{mark_id}/restore", status_code=201)
def restore_mark(db: Db, mark_id: MarkId, response: Response) -> MarkItem:
    """Brings back one that was removed, under its number."""
    with db.write() as session:
        item = serialize_mark(service.restore_mark(session, mark_id))
    response.headers["ETag"] = format_etag(item.version)
    return item


async def _in_file(db: Db, config: Config, citekey: str, sha256: Sha256Path) -> list[ForeignMark]:
    """The marks in a file that the paper holds, read before the writer's turn comes."""
    with db.read() as session:
        files.get_file(session, _held(session, citekey), sha256)
    path = file_path(config.library, sha256)
    return await run_in_waiting_pool(partial(read_annotations, path))


@router.post("/papers/{citekey}/files/{sha256}/marks")
def take_marks(
    db: Db,
    citekey: str,
    sha256: Sha256Path,
    found: Annotated[list[ForeignMark], Depends(_in_file)],
) -> TakenMarksItem:
    """Takes in the marks that other programs left in a file; each comes in once."""
    with db.write() as session:
        paper = _held(session, citekey)
        taken = service.take_marks(session, paper, found, file=sha256, origin="pdf")
    return TakenMarksItem(added=taken.added, held=taken.held)


@router.get("/papers/{citekey}/place")
def place(db: Db, citekey: str) -> PlaceItem:
    """Where the reader stopped in a paper: the first page, where nobody has begun."""
    with db.read() as session:
        found = _held(session, citekey)
        held = service.get_place(session, found)
        return PlaceItem(
            file=held.sha256 if held else None,
            page=held.page if held else 1,
            reading=found.reading,
        )


@router.put("/papers/{citekey}/place")
def remember_place(db: Db, citekey: str, given: PlaceInput) -> PlaceItem:
    """Remembers where the reader is. The first page that is turned makes an unread paper one
    that is being read."""
    with db.write() as session:
        found = _held(session, citekey)
        began = service.remember_place(session, found, given)
        return PlaceItem(file=given.file, page=given.page, reading=found.reading, began=began)
