"""The pages of comparisons: the list, the table, a cell, their forms."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlmodel import Session

from app.comparison import service
from app.comparison.forms import (
    comparison_from_form,
)
from app.comparison.rules import MARKS, ComparisonInput, Mark, evidence_marks
from app.comparison.table import Table, get_table
from app.errors import N_, CrosswalkError, Invalid, Message, Stale
from app.models import Comparison
from app.web.api import Db
from app.web.forms import SubmittedForm
from app.web.pages import page, redirect

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class ComparisonsPage:
    comparisons: list[service.Overview]


@router.get("/comparisons")
def comparisons(request: Request, db: Db) -> HTMLResponse:
    with db.read() as session:
        context = ComparisonsPage(service.overview(session))
    return page(request, "comparison/comparisons.html", context)


@dataclass(frozen=True)
class ComparisonForm:
    given: ComparisonInput
    choices: service.Choices
    comparison: Comparison | None = None
    errors: dict[str, Message] = field(default_factory=dict)
    problem: Message | None = None


def _comparison_form(
    request: Request,
    session: Session,
    given: ComparisonInput,
    *,
    comparison: Comparison | None = None,
    error: CrosswalkError | None = None,
) -> HTMLResponse:
    context = ComparisonForm(
        given=given,
        choices=service.choices(session),
        comparison=comparison,
        errors=error.errors if isinstance(error, Invalid) else {},
        problem=error.message if isinstance(error, Stale) else None,
    )
    status = error.status if error else 200
    return page(request, "comparison/comparison_form.html", context, status=status)


@router.get("/comparisons/new")
def new_comparison(request: Request, db: Db) -> HTMLResponse:
    with db.read() as session:
        return _comparison_form(request, session, ComparisonInput())


@router.post("/comparisons")
def add_comparison(request: Request, db: Db, form: SubmittedForm) -> Response:
    given = comparison_from_form(form)
    try:
        with db.write() as session:
            slug = service.create_comparison(session, given).slug
    except Invalid as error:
        with db.read() as session:
            return _comparison_form(request, session, given, error=error)
    return redirect(f"/comparisons/{slug}", N_("Saved."))


@router.get("/comparisons/{slug}/edit")
def edit_comparison(request: Request, db: Db, slug: str) -> HTMLResponse:
    with db.read() as session:
        found = service.get_comparison(session, slug)
        return _comparison_form(
            request, session, service.as_input(session, found), comparison=found
        )


@router.post("/comparisons/{slug}")
def save_comparison(request: Request, db: Db, slug: str, form: SubmittedForm) -> Response:
    given = comparison_from_form(form)
    try:
        with db.write() as session:
            found = service.get_comparison(session, slug)
            service.update_comparison(session, found, given, version=form.version())
            slug = found.slug
    except (Invalid, Stale) as error:
        with db.read() as session:
            found = service.get_comparison(session, slug)
            return _comparison_form(request, session, given, comparison=found, error=error)
    return redirect(f"/comparisons/{slug}", N_("Saved."))


@router.post("/comparisons/{slug}/delete")
def delete_comparison(db: Db, slug: str) -> RedirectResponse:
    with db.write() as session:
        service.delete_comparison(session, service.get_comparison(session, slug))
    return redirect("/comparisons", N_("Deleted. What was claimed about its cells is kept."))


@dataclass(frozen=True)
class TablePage:
    table: Table
    examined: bool
    marks: Mapping[str, Mark] = field(default_factory=lambda: MARKS)
    evidence_marks: Callable[[int, int], str] = evidence_marks


@router.get("/comparisons/{slug}")
def comparison(request: Request, db: Db, slug: str, rows: str = "") -> HTMLResponse:
    """The table; `rows=examined` leaves out rows in which nobody has looked at anything."""
    examined = rows == "examined"
    with db.read() as session:
        table = get_table(session, slug, examined=examined)
    return page(request, "comparison/comparison.html", TablePage(table, examined))
