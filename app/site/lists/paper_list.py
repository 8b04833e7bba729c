"""The list of papers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from app.errors import (
    N_,
    Invalid,
    Message,
)
from app.exports.documents import PAPERS_MENU
from app.library import service
from app.library.filters import FILTERS, ORDERS, SORTS, PaperFilters
from app.library.headings import authors
from app.library.rows import PaperRow
from app.library.schemas import (
    PaperItem,
    serialize_paper,
)
from app.library.service import Facet
from app.search import service as search
from app.web.dependencies import PER_PAGE, Db, Listing, PageNumber, PerPage, describe_repeatable
from app.web.pages import render_page
from app.web.paging import Paging
from app.web.preferences import COLUMNS, PAGE_SIZES, per_page_of, shown_columns
from app.web.threads import Route

router = APIRouter(route_class=Route, include_in_schema=False)
api = APIRouter(route_class=Route, tags=["papers"])


@dataclass(frozen=True)
class PapersPage:
    papers: list[PaperRow]
    paging: Paging
    facets: dict[str, list[Facet]]
    filters: PaperFilters
    q: str
    sort: str
    sorts: tuple[str, ...]
    mark: Callable[[str], Sequence[tuple[str, bool]]] | None
    notice: Message | None
    library_size: int
    labels: Mapping[str, str]
    shown: frozenset[str]
    per_page: int
    columns: tuple[str, ...] = COLUMNS
    orders: tuple[str, ...] = ORDERS
    sizes: tuple[int, ...] = PAGE_SIZES
    export_formats: Mapping[str, str] = field(default_factory=lambda: PAPERS_MENU)


@router.get("/papers")
def papers(
    request: Request,
    db: Db,
    q: str = "",
    sort: str = "",
    number: PageNumber = 1,
    per_page: PerPage | None = None,
) -> HTMLResponse:
    """The list with its filters; htmx asks for `results` alone."""
    filters = PaperFilters.read(request.query_params.getlist)
    per_page = per_page or per_page_of(request)
    with db.read() as session:
        relevant = sort not in ORDERS
        asked = search.papers_asked(session, q, filters, filled=relevant)
        if relevant:
            sort = "relevance" if asked.matches else "added"
        listed = service.list_papers(
            session,
            asked.filters,
            matching=asked.select,
            sort=sort,
            page=number,
            per_page=per_page,
            facets=True,
        )
        library_size = service.count_library_papers(session)
        labels = authors.name_authors(session, filters.values("author"))
    context = PapersPage(
        papers=listed.papers,
        paging=Paging(number, per_page, listed.total),
        facets=listed.facets,
        filters=filters,
        q=q,
        sort=sort,
        sorts=(*SORTS, "relevance") if asked.matches else SORTS,
        mark=partial(search.highlight, terms=asked.matches.terms) if asked.matches else None,
        notice=asked.notice,
        library_size=library_size,
        labels={
            **labels,
            **{value: value.removeprefix("=") for value in filters.values("venue")},
            **{value: f"≤ {value}" for value in filters.values("due")},
        },
        shown=shown_columns(request),
        per_page=per_page,
    )
    return render_page(request, "library/papers.html", context, blocks=("results",))


_ORDERS = (*ORDERS, "relevance")


@api.get("/papers", openapi_extra=describe_repeatable(FILTERS))
def list_papers(
    request: Request,
    db: Db,
    q: str = "",
    sort: Annotated[str, Query(json_schema_extra={"enum": ["", *_ORDERS]})] = "",
    number: PageNumber = 1,
    per_page: PerPage = PER_PAGE,
) -> Listing[PaperItem]:
    """Papers by the same filters as the page: technique, verdict, tag, field, kind, year …

    503 where what the query finds is not known in time.
    """
    if sort not in ("", *_ORDERS):
        raise Invalid.field(
            "sort", N_("Sort by one of these: {orders}."), orders=", ".join(_ORDERS)
        )
    filters = PaperFilters.read(request.query_params.getlist)
    with db.read() as session:
        asked = search.papers_asked(session, q, filters, filled=sort not in ORDERS, whole=True)
        listed = service.list_papers(
            session,
            asked.filters,
            matching=asked.select,
            sort=sort or ("relevance" if asked.matches else "added"),
            page=number,
            per_page=per_page,
        )
        items = [serialize_paper(paper) for paper in listed.papers]
    return Listing(items=items, total=listed.total, page=number, per_page=per_page)
