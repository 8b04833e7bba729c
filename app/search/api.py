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


class Found(Listing[HitItem]):
    """`facets` counts all that was found by type, whichever types were asked for; `relaxed` says
    that nothing had all the words and this has some; `notice` is for the reader."""

    facets: dict[DocumentKind, int]
    relaxed: bool
    notice: str | None


@router.get("/search")
def search(
    request: Request,
    db: Db,
    q: str = "",
    types: Annotated[list[DocumentKind] | None, Query(alias="type")] = None,
    number: PageNumber = 1,
    per_page: PerPage = PER_PAGE,
) -> Found:
    """What a query finds, best first. Any text is a query; see the search page for its language."""
    with db.read() as session:
        results = service.search(session, q, types=types or KINDS, page=number, per_page=per_page)
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
        relaxed=results.relaxed,
        notice=say(results.notice) if results.notice else None,
    )
