"""The page of exports: choose what and as what; the answer is the file itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.comparison.table.thumbnails import ComparisonSummary, summarize_comparisons
from app.errors import N_, CrosswalkError, Invalid, Message, NotFound
from app.exports.documents import (
    OF_COMPARISONS,
    AnyFormat,
    count_exported_papers,
    formats_of_papers,
)
from app.exports.formats.references import refused_styles
from app.exports.responses import ExportRequest, make_document, send_document
from app.library import service as library
from app.library.filters import PaperFilters
from app.models import SavedSearch
from app.search import saved_searches
from app.web.dependencies import Db
from app.web.pages import render_page, wanted_block
from app.web.threads import Route

router = APIRouter(route_class=Route, include_in_schema=False)


@dataclass(frozen=True)
class ExportPage:
    """What there is to choose, and what was chosen if that could not be done.

    `count` is how many papers the query, filters and keys that were given choose.
    """

    comparisons: list[ComparisonSummary]
    searches: list[SavedSearch]
    given: Mapping[str, str]
    filters: PaperFilters
    keys: Sequence[str]
    count: int
    library_size: int
    of_comparisons: Mapping[str, AnyFormat] = field(default_factory=lambda: OF_COMPARISONS)
    of_papers: Mapping[str, AnyFormat] = field(default_factory=dict)
    refused: Mapping[str, Message] = field(default_factory=dict)
    errors: Mapping[str, Message] = field(default_factory=dict)


@router.get("/export")
def export(request: Request, db: Db, asked: Annotated[ExportRequest, Depends()]) -> Response:
    """The form; with a `format`, the file, or the form again with what is wrong. htmx asks for the
    `count` alone."""
    error: CrosswalkError | None = None
    counting = wanted_block(request, ("count",))
    if "format" in request.query_params and not counting:
        try:
            document = make_document(request, db, asked)
            if not asked.comparison:
                with db.read() as session:
                    _refuse_nothing(session, request, asked.q)
            return send_document(document)
        except (Invalid, NotFound) as problem:
            error = problem
    with db.read() as session:
        context = _context(session, request, asked, error)
    status = error.status if error else 200
    return render_page(request, "exports/export.html", context, blocks=("count",), status=status)


def _context(
    session: Session, request: Request, asked: ExportRequest, error: CrosswalkError | None
) -> ExportPage:
    folder = request.app.state.settings.styles
    errors = dict(error.errors) if isinstance(error, Invalid) else {}
    if isinstance(error, NotFound):
        errors = {"comparison": error.message}
    try:
        count = 0 if asked.comparison else _count(session, request, asked.q)
    except Invalid as problem:
        errors, count = {**errors, **problem.errors}, 0
    return ExportPage(
        comparisons=summarize_comparisons(session),
        searches=saved_searches.list_searches(session),
        given=dict(request.query_params),
        filters=PaperFilters.read(request.query_params.getlist),
        keys=[each for each in asked.key or () if each],
        count=library.count_library_papers(session) if asked.comparison else count,
        library_size=library.count_library_papers(session),
        of_papers=formats_of_papers(folder),
        refused=refused_styles(folder),
        errors=errors,
    )


def _refuse_nothing(session: Session, request: Request, q: str) -> None:
    """A file without a paper is not what a person wants, as a program may."""
    if not _count(session, request, q):
        raise Invalid.field("q", N_("No paper is chosen by this."))


def _count(session: Session, request: Request, q: str) -> int:
    params = request.query_params
    return count_exported_papers(session, q, {name: params.getlist(name) for name in params})
