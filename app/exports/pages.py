"""The page of exports: choose what and as what; the answer is the file itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from app.comparison import service as comparisons
from app.comparison.service import Overview
from app.errors import CrosswalkError, Invalid, Message, NotFound
from app.exports.api import Asked, document_for, respond
from app.exports.documents import OF_COMPARISONS, OF_PAPERS, Format
from app.web.api import Db
from app.web.pages import page

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class ExportPage:
    """What there is to choose, and what was chosen if that could not be done."""

    comparisons: list[Overview]
    given: Mapping[str, str]
    of_comparisons: Mapping[str, Format] = field(default_factory=lambda: OF_COMPARISONS)
    of_papers: Mapping[str, Format] = field(default_factory=lambda: OF_PAPERS)
    errors: dict[str, Message] = field(default_factory=dict)


@router.get("/export")
def export(request: Request, db: Db, asked: Annotated[Asked, Depends()]) -> Response:
    """The form; with a `format`, the file, or the form again with what is wrong."""
    error: CrosswalkError | None = None
    if "format" in request.query_params:
        try:
            return respond(document_for(request, db, asked))
        except (Invalid, NotFound) as problem:
            error = problem
    with db.read() as session:
        every = comparisons.overview(session)
    errors = error.errors if isinstance(error, Invalid) else {}
    if isinstance(error, NotFound):
        errors = {"comparison": error.message}
    context = ExportPage(every, dict(request.query_params), errors=errors)
    return page(request, "exports/export.html", context, status=error.status if error else 200)
