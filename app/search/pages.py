"""The search page: everything that was found, by type, as it is typed."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from app.search import service
from app.search.service import KINDS, DocumentKind, Results
from app.web.api import PER_PAGE, Db, PageNumber
from app.web.languages import language_of
from app.web.pages import page
from app.web.paging import Paging

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class SearchPage:
    q: str
    type: DocumentKind | None
    types: tuple[DocumentKind, ...]
    as_typed: bool
    results: Results
    paging: Paging


@router.get("/search")
def search(
    request: Request,
    db: Db,
    q: str = "",
    wanted: Annotated[str, Query(alias="type")] = "",
    as_typed: str = "",
    number: PageNumber = 1,
) -> HTMLResponse:
    """All types with the best of each, or one type in full; htmx asks for `results` alone."""
    chosen = next((kind for kind in KINDS if kind == wanted), None)
    with db.read() as session:
        results = service.search(
            session,
            q,
            types=(chosen,) if chosen else KINDS,
            page=number,
            per_page=PER_PAGE,
            grouped=chosen is None,
            language=language_of(request),
            as_typed=bool(as_typed),
        )
    context = SearchPage(
        q, chosen, KINDS, bool(as_typed), results, Paging(number, PER_PAGE, results.total)
    )
    return page(request, "search/search.html", context, blocks=("results",))
