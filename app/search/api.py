"""The JSON route of search."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel

from app.errors import Message
from app.library.filters import FILTERS, PaperFilters
from app.search import saved_searches, service
from app.search.saved_searches import SavedInput, Standing
from app.search.service import KINDS, DocumentKind, Results
from app.web.dependencies import PER_PAGE, Db, Listing, PageNumber, PerPage, etag, repeatable
from app.web.forms import IfMatch
from app.web.languages import language_of, translator
from app.web.threads import Route

router = APIRouter(route_class=Route, tags=["search"])


class HitItem(BaseModel):
    """One thing that was found; `key` is what the other routes call it."""

    type: DocumentKind
    key: str
    title: str
    url: str
    snippet: str


class OtherNames(BaseModel):
    """Words of the query that are a name of something, and its other names, looked for too."""

    typed: str
    others: list[str]


class Found(Listing[HitItem]):
    """`facets` counts all that was found by type, whichever types were asked for; `papers` counts
    the papers among it by the values of each filter. The first `complete` of the items (over all
    pages) have all of the words, the others some; `relaxed` says that none has all. `corrected` is
    the query that was asked in the place of one that finds nothing, `suggestion` one to ask in the
    place of one that finds little, for a word of it is rare and another that looks or sounds like
    it is not; `bounded` says that more matches than `total`; `notice` is for the reader."""

    facets: dict[DocumentKind, int]
    papers: dict[str, dict[str, int]]
    complete: int
    relaxed: bool
    corrected: str | None
    suggestion: str | None
    wider: list[OtherNames]
    bounded: bool
    notice: str | None


@router.get("/search", openapi_extra=repeatable(FILTERS))
def search(
    request: Request,
    db: Db,
    q: str = "",
    types: Annotated[list[DocumentKind] | None, Query(alias="type")] = None,
    number: PageNumber = 1,
    per_page: PerPage = PER_PAGE,
    as_typed: Annotated[
        bool, Query(description="Correct no word, offer no other, and look for none by other names")
    ] = False,
) -> Found:
    """What a query finds, best first. Any text is a query; see the search page for its language.

    The filters of papers narrow it as those within the query do.
    """
    with db.read() as session:
        results = service.search(
            session,
            q,
            types=types or KINDS,
            page=number,
            per_page=per_page,
            as_typed=as_typed,
            filters=PaperFilters.read(request.query_params.getlist),
            facets=True,
        )
    return answer(results, translator(request))


def answer(results: Results, say: Callable[[Message], str] = str) -> Found:
    """Results as the API gives them; `say` puts a message into the reader's language."""
    return Found(
        items=[
            HitItem(type=h.type, key=h.key, title=h.title, url=h.url, snippet=h.snippet)
            for h in results.items
        ],
        total=results.total,
        page=results.page,
        per_page=results.per_page,
        facets=results.facets,
        papers={
            name: {facet.value: facet.count for facet in facets if facet.count}
            for name, facets in results.papers.items()
        },
        complete=results.complete,
        relaxed=results.relaxed,
        corrected=results.corrected or None,
        suggestion=results.suggestion or None,
        wider=[OtherNames(typed=each.typed, others=list(each.others)) for each in results.wider],
        bounded=results.bounded,
        notice=say(results.notice) if results.notice else None,
    )


class NewThing(BaseModel):
    """A document that a saved search finds now and did not when it was last opened."""

    type: DocumentKind
    key: str
    title: str
    url: str


class SavedItem(BaseModel):
    """`total` documents have all of its words, `new` of them since `opened_at`: `newest` are the
    best three of those. `bounded` says that there are more than `total`."""

    id: int
    name: str
    q: str
    type: DocumentKind | None
    url: str
    total: int
    bounded: bool
    new: int
    newest: list[NewThing]
    created_at: str
    opened_at: str
    version: int


class SavedPatch(SavedInput):
    """The parts of a saved search that are to change; `opened` says that it was looked at."""

    opened: bool = False


SavedId = Annotated[int, Path(ge=1, le=2**31 - 1)]


def _saved(standing: Standing) -> SavedItem:
    search = standing.search
    return SavedItem(
        id=search.id or 0,
        name=search.name,
        q=search.query,
        type=next((kind for kind in KINDS if kind == search.kind), None),
        url=standing.url,
        total=standing.total,
        bounded=standing.more,
        new=standing.new,
        newest=[NewThing.model_validate(hit, from_attributes=True) for hit in standing.newest],
        created_at=search.created_at.isoformat(),
        opened_at=search.opened_at.isoformat(),
        version=search.version,
    )


@router.get("/searches")
def searches(request: Request, db: Db) -> Listing[SavedItem]:
    """The saved searches, with what is new in each."""
    with db.read() as session:
        items = [_saved(each) for each in saved_searches.standings(session, language_of(request))]
    return Listing(items=items, total=len(items), page=1, per_page=saved_searches.MOST)


@router.post("/searches", status_code=201)
def save_search(request: Request, db: Db, given: SavedInput, response: Response) -> SavedItem:
    """Keeps a query under a name; all that it finds now counts as seen."""
    with db.write() as session:
        search = saved_searches.save(session, given)
        item = _saved(saved_searches.standing(session, search, language_of(request)))
    response.headers["Location"] = f"/api/v1/searches/{item.id}"
    response.headers["ETag"] = etag(item.version)
    return item


@router.get("/searches/{number}")
def saved_search(request: Request, db: Db, number: SavedId, response: Response) -> SavedItem:
    """A saved search with what is new in it; to read it here does not open it."""
    with db.read() as session:
        search = saved_searches.get(session, number)
        item = _saved(saved_searches.standing(session, search, language_of(request)))
    response.headers["ETag"] = etag(item.version)
    return item


@router.patch("/searches/{number}")
def change_search(
    request: Request,
    db: Db,
    number: SavedId,
    patch: SavedPatch,
    version: IfMatch,
    response: Response,
) -> SavedItem:
    """Changes what the body names; with `opened`, or another query, nothing in it is new."""
    with db.write() as session:
        search = saved_searches.get(session, number)
        if changes := patch.model_fields_set - {"opened"}:
            held = saved_searches.as_input(search)
            given = held.model_copy(update={name: getattr(patch, name) for name in changes})
            saved_searches.change(session, search, given, version=version)
        if patch.opened:
            saved_searches.opened(session, search)
        item = _saved(saved_searches.standing(session, search, language_of(request)))
    response.headers["ETag"] = etag(item.version)
    return item


@router.delete("/searches/{number}", status_code=204)
def delete_search(db: Db, number: SavedId, version: IfMatch) -> None:
    """Forgets a saved search; what it finds stays."""
    with db.write() as session:
        saved_searches.delete(session, saved_searches.get(session, number), version=version)
