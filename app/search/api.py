"""The JSON route of search."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from app.errors import Message
from app.search import service
from app.search.service import KINDS, DocumentKind, Results
from app.web.api import PER_PAGE, Db, Listing, PageNumber, PerPage
from app.web.languages import translator

router = APIRouter(tags=["search"])


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
    """`facets` counts all that was found by type, whichever types were asked for. The first
    `complete` of the items (over all pages) have all of the words, the others some; `relaxed` says
    that none has all. `corrected` is the query that was asked in the place of one that finds
    nothing, `bounded` that more matches than `total`; `notice` is for the reader."""

    facets: dict[DocumentKind, int]
    complete: int
    relaxed: bool
    corrected: str | None
    wider: list[OtherNames]
    bounded: bool
    notice: str | None


@router.get("/search")
def search(
    request: Request,
    db: Db,
    q: str = "",
    types: Annotated[list[DocumentKind] | None, Query(alias="type")] = None,
    number: PageNumber = 1,
    per_page: PerPage = PER_PAGE,
    as_typed: Annotated[
        bool, Query(description="Correct no word, and look for none by its other names")
    ] = False,
) -> Found:
    """What a query finds, best first. Any text is a query; see the search page for its language."""
    with db.read() as session:
        results = service.search(
            session, q, types=types or KINDS, page=number, per_page=per_page, as_typed=as_typed
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
        complete=results.complete,
        relaxed=results.relaxed,
        corrected=results.corrected or None,
        wider=[OtherNames(typed=each.typed, others=list(each.others)) for each in results.wider],
        bounded=results.bounded,
        notice=say(results.notice) if results.notice else None,
    )
