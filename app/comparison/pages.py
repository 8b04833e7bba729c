"""The pages of comparisons: the list, the table, a cell, their forms."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from app.comparison import service
from app.comparison.cells.bulk_claims import FILLING, CellsInput, fill_cells
from app.comparison.editor import FIELDS, Draft, apply_action, build_form
from app.comparison.forms import NewTerm, comparison_from_form, new_term_from_form
from app.comparison.rules import ComparisonInput, FieldDifference, compare_inputs, copy_input
from app.comparison.table.thumbnails import (
    ComparisonThumbnail,
    SideBySide,
    list_thumbnails,
    side_by_side,
)
from app.errors import N_, AlreadyHeld, CrosswalkError, Invalid, Message, NotFound, Stale
from app.kit.trees import list_descendants, parent_map
from app.models import Comparison, Issue, Technique
from app.models.stances import STANCES, StanceEntry
from app.vocabularies import service as vocabularies
from app.vocabularies.rules import IssueInput, TermInput
from app.web.dependencies import Db
from app.web.forms import FilledForm, Form, SubmittedForm
from app.web.pages import came_from, redirect_to, render_page
from app.web.threads import Route

router = APIRouter(route_class=Route, include_in_schema=False)


@dataclass(frozen=True)
class ComparisonsPage:
    comparisons: list[ComparisonThumbnail]
    beside: list[str]


@dataclass(frozen=True)
class BesidePage:
    beside: SideBySide
    marks: Mapping[str, StanceEntry] = field(default_factory=lambda: STANCES)


@router.get("/comparisons")
def comparisons(
    request: Request, db: Db, beside: Annotated[list[str] | None, Query()] = None
) -> HTMLResponse:
    """The list; with two or more slugs in `beside`, these next to each other."""
    chosen = list(dict.fromkeys(beside or []))
    with db.read() as session:
        if len(chosen) > 1:
            laid = BesidePage(side_by_side(session, chosen))
            return render_page(request, "comparison/beside.html", laid)
        context = ComparisonsPage(list_thumbnails(session), chosen)
    return render_page(request, "comparison/comparisons.html", context)


@dataclass(frozen=True)
class ComparisonForm:
    """`differences` are between what is typed and what somebody else has saved since; `focus` is
    the id of what was pressed, for browsers that load the whole page anew."""

    form: FilledForm[ComparisonInput]
    action: str
    draft: Draft
    comparison: Comparison | None
    new: Mapping[str, NewTerm]
    copy_of: Comparison | None
    focus: str
    differences: list[FieldDifference]


_BLOCKS = ("choices", "row_tree", "row_order", "column_tree", "column_order")


def _comparison_form(
    request: Request,
    session: Session,
    form: FilledForm[ComparisonInput],
    *,
    sent: Form | None = None,
    comparison: Comparison | None = None,
    copy_of: Comparison | None = None,
    pressed: str = "",
    added: str = "",
) -> HTMLResponse:
    context = ComparisonForm(
        form=form,
        action=f"/comparisons/{comparison.slug}" if comparison else "/comparisons",
        draft=build_form(session, form.given, comparison=comparison, filters=_filters(sent)),
        comparison=comparison,
        new={
            axis: new_term_from_form(sent, axis) if sent and axis != added else NewTerm()
            for axis in FIELDS
        },
        copy_of=copy_of,
        focus=_focus(pressed),
        differences=compare_inputs(form.theirs, form.given) if form.theirs else [],
    )
    return render_page(
        request, "comparison/comparison_form.html", context, blocks=_BLOCKS, status=form.status
    )


def _saved(session: Session, comparison: Comparison) -> tuple[ComparisonInput, int]:
    return service.comparison_as_input(session, comparison), comparison.version


def _focus(pressed: str) -> str:
    """The id of what was pressed, or of what is nearest to it where that is gone by now."""
    axis, _, verb = pressed.partition("-")
    return f"filter_{axis}" if verb.startswith("with ") else pressed.replace(" ", "-")


def _filters(form: Form | None) -> dict[str, str]:
    return {axis: form.get(f"filter_{axis}") for axis in FIELDS} if form else {}


@router.get("/comparisons/new")
def new_comparison(request: Request, db: Db, copy: str = "") -> HTMLResponse:
    """An empty form, or one filled from the comparison `copy`."""
    with db.read() as session:
        if not copy:
            return _comparison_form(request, session, FilledForm(ComparisonInput()))
        model = service.get_comparison(session, copy)
        given = copy_input(service.comparison_as_input(session, model))
        return _comparison_form(request, session, FilledForm(given), copy_of=model)


@router.post("/comparisons")
def add_comparison(request: Request, db: Db, form: SubmittedForm) -> Response:
    given = comparison_from_form(form)
    if pressed := form.get("do"):
        return _pressed(request, db, form, given, pressed)
    try:
        with db.write() as session:
            slug = service.create_comparison(session, given).slug
    except (Invalid, AlreadyHeld) as error:
        with db.read() as session:
            again = FilledForm(given, error=_beside_its_field(error))
            return _comparison_form(request, session, again, sent=form)
    return redirect_to(_after(slug, form), N_("Saved."))


def _after(slug: str, form: SubmittedForm) -> str:
    return f"/comparisons/{slug}/edit" if form.stays else f"/comparisons/{slug}"


def _beside_its_field(error: CrosswalkError) -> CrosswalkError:
    return Invalid({"slug": error.message}) if isinstance(error, AlreadyHeld) else error


@router.get("/comparisons/{slug}/edit")
def edit_comparison(request: Request, db: Db, slug: str) -> HTMLResponse:
    with db.read() as session:
        found = service.get_comparison(session, slug)
        form = FilledForm(*_saved(session, found))
        return _comparison_form(request, session, form, comparison=found)


@router.post("/comparisons/{slug}")
def save_comparison(request: Request, db: Db, slug: str, form: SubmittedForm) -> Response:
    given = comparison_from_form(form)
    if pressed := form.get("do"):
        return _pressed(request, db, form, given, pressed, slug)
    try:
        with db.write() as session:
            found = service.get_comparison(session, slug)
            leaving = service.update_comparison(session, found, given, version=form.version())
            slug = found.slug
    except NotFound as error:  # renamed or deleted in another tab: what was typed is kept
        with db.read() as session:
            return _comparison_form(request, session, FilledForm(given, error=error))
    except (Invalid, AlreadyHeld, Stale) as error:
        with db.read() as session:
            found = service.get_comparison(session, slug)
            again = FilledForm(given, form.version(), _beside_its_field(error))
            again = again.with_saved(*_saved(session, found))
            return _comparison_form(request, session, again, sent=form, comparison=found)
    if leaving:
        said = N_("Saved. Claims that left the table: {claims}. They stay with technique × issue.")
        return redirect_to(_after(slug, form), said, claims=leaving)
    return redirect_to(_after(slug, form), N_("Saved."))


def _pressed(
    request: Request, db: Db, form: Form, given: ComparisonInput, pressed: str, slug: str = ""
) -> HTMLResponse:
    """The form after one of its buttons, nothing of the comparison saved yet.

    `row-add` and `column-add` add a term to its vocabulary, and choose it. The version stays that
    which was opened, not what is saved by now: the next save must notice that too.
    """
    error: CrosswalkError | None = None
    comparison = None
    does, added = pressed, ""
    axis, _, verb = pressed.partition("-")
    if axis in FIELDS and verb == "add":
        try:
            with db.write() as session:
                does, added = f"{axis}-with {_add_term(session, axis, form, given)}", axis
        except Invalid as problem:
            error = Invalid({f"new_{axis}.{name}": text for name, text in problem.errors.items()})
    with db.read() as session:
        if slug:
            try:
                comparison = service.get_comparison(session, slug)
            except NotFound as gone:  # renamed or deleted in another tab: what was typed is kept
                error = gone
        return _comparison_form(
            request,
            session,
            FilledForm(apply_action(session, given, does), form.version(), error),
            sent=form,
            comparison=comparison,
            pressed=pressed,
            added=added,
        )


def _add_term(session: Session, axis: str, form: Form, given: ComparisonInput) -> str:
    """The slug of the technique or issue that was typed, new in its vocabulary."""
    typed = asdict(new_term_from_form(form, axis))
    typed["parent"] = typed["parent"] or None
    if axis == "row":
        return vocabularies.create_term(session, Technique, TermInput(**typed)).slug
    wanted = IssueInput(**typed, field=given.target_field or None)
    return vocabularies.create_term(session, Issue, wanted).slug


@dataclass(frozen=True)
class FillPage:
    """The rows and columns of a comparison, and what is to be said where the chosen ones meet."""

    comparison: Comparison
    rows: list[Technique]
    columns: list[Issue]
    given: CellsInput
    back: str
    errors: Mapping[str, Message] = field(default_factory=dict)
    stances: tuple[str, ...] = FILLING


@router.get("/comparisons/{slug}/fill")
def fill_form(
    request: Request,
    db: Db,
    slug: str,
    technique: Annotated[list[str] | None, Query()] = None,
    issue: Annotated[list[str] | None, Query()] = None,
    exact: bool = False,
) -> HTMLResponse:
    """What blank cells are to say. The rows and columns that the table was narrowed to are ticked:
    all of the one axis where it was narrowed along the other alone. With `exact` they are those of
    cells that were chosen, without what is below them."""
    given = CellsInput(techniques=technique or [], issues=issue or [], stance="")
    with db.read() as session:
        return _fill_page(request, session, slug, given, whole=not exact)


def _fill_page(
    request: Request,
    session: Session,
    slug: str,
    given: CellsInput,
    *,
    errors: Mapping[str, Message] | None = None,
    whole: bool = False,
    back: str = "",
) -> HTMLResponse:
    comparison = service.get_comparison(session, slug)
    rows, columns = service.list_axes(session, comparison)
    if whole and (given.techniques or given.issues):
        given.techniques = _with_those_below(rows, given.techniques)
        given.issues = _with_those_below(columns, given.issues)
    base = f"/comparisons/{slug}"
    came = back or came_from(request, base)
    context = FillPage(
        comparison,
        rows,
        columns,
        given,
        came if came.partition("?")[0] == base else base,
        errors or {},
    )
    status = Invalid.status if errors else 200
    return render_page(request, "comparison/fill.html", context, status=status)


def _with_those_below(axis: Sequence[Technique | Issue], chosen: Sequence[str]) -> list[str]:
    """The slugs of the axis that are chosen, with those below them; all of it for none."""
    if not chosen:
        return [each.slug for each in axis]
    roots = [each.id for each in axis if each.slug in chosen]
    kept = {*roots, *list_descendants(parent_map(axis), roots)}
    return [each.slug for each in axis if each.id in kept]


@router.post("/comparisons/{slug}/fill")
def fill(request: Request, db: Db, slug: str, form: SubmittedForm) -> Response:
    """Puts the same claim into every blank cell of the region, to be undone as one change."""
    given = CellsInput(
        techniques=form.all("technique"),
        issues=form.all("issue"),
        stance=form.get("stance"),
        rationale=form.get("rationale"),
    )
    try:
        with db.write() as session:
            done = fill_cells(session, slug, given)
    except Invalid as error:
        with db.read() as session:
            return _fill_page(
                request, session, slug, given, errors=error.errors, back=form.get("back")
            )
    back = form.get("back")
    back = back if back.partition("?")[0] == f"/comparisons/{slug}" else f"/comparisons/{slug}"
    if done.change is None:
        return redirect_to(back, N_("Nothing was filled: all of these cells have been examined."))
    said = N_("Filled: {count}.")
    if done.skipped:
        said = N_("Filled: {count}; {left} had been examined and stay as they are.")
    undo = f"/changes/{done.change}/undo"
    return redirect_to(back, said, undo=undo, count=done.changed, left=len(done.skipped))


@router.post("/comparisons/{slug}/delete")
def delete_comparison(request: Request, db: Db, slug: str, form: SubmittedForm) -> Response:
    try:
        with db.write() as session:
            found = service.get_comparison(session, slug)
            service.delete_comparison(session, found, version=form.version())
    except Stale as error:
        with db.read() as session:
            found = service.get_comparison(session, slug)
            again = FilledForm(*_saved(session, found), error)
            return _comparison_form(request, session, again, comparison=found)
    return redirect_to("/comparisons", N_("Deleted. What was claimed about its cells is kept."))
