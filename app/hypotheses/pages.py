"""The pages of hypotheses: the ranked list with its ledger, one of them, its forms."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, Response
from markupsafe import Markup
from sqlmodel import Session

from app.errors import N_, CrosswalkError, Invalid, NotFound, Stale
from app.hypotheses import service
from app.hypotheses.forms import (
    HypothesisFields,
    by_field,
    filled_fields,
    hypothesis_from_fields,
    read_fields,
)
from app.hypotheses.queries import HeldRow
from app.hypotheses.rules import NAMES, STANCES_OF
from app.hypotheses.service import HypothesisChange, RankedHypothesis
from app.hypotheses.sheet import write_sheet
from app.models import Bilingual, HypothesisState, Note, Stance
from app.notes import service as notes
from app.web.dependencies import Db, PageNumber
from app.web.forms import FilledForm, SubmittedForm
from app.web.languages import language_of, make_translator
from app.web.pages import redirect_to, render_page
from app.web.paging import Paging
from app.web.threads import Route

router = APIRouter(route_class=Route, prefix="/hypotheses", include_in_schema=False)
PER_PAGE = 50
Prefill = Annotated[str, Query(max_length=200)]
RowId = Annotated[int, Path(ge=1, le=2**31 - 1)]


@dataclass(frozen=True)
class HypothesesPage:
    """`untried` and `ledger` are what of `listed` stands on this page."""

    listed: service.ListedHypotheses
    untried: list[RankedHypothesis]
    ledger: list[RankedHypothesis]
    paging: Paging
    choices: service.HypothesisChoices
    deleted: list[HeldRow]
    technique: str
    issue: str
    state: str


@router.get("")
def hypotheses(
    request: Request,
    db: Db,
    technique: Prefill = "",
    issue: Prefill = "",
    state: Prefill = "",
    number: PageNumber = 1,
) -> HTMLResponse:
    """All of them, or those of a technique, an issue, a state; htmx asks for `results` alone."""
    with db.read() as session:
        listed = service.list_hypotheses(session, technique=technique, issue=issue, state=state)
        shown = listed.every[(number - 1) * PER_PAGE : number * PER_PAGE]
        context = HypothesesPage(
            listed=listed,
            untried=[each for each in shown if each.is_open],
            ledger=[each for each in shown if not each.is_open],
            paging=Paging(number, PER_PAGE, listed.total),
            choices=service.list_nameable(session),
            deleted=service.list_deleted(session),
            technique=technique,
            issue=issue,
            state=state,
        )
    return render_page(request, "hypotheses/hypotheses.html", context, blocks=("results",))


@dataclass(frozen=True)
class HypothesisForm:
    form: FilledForm[HypothesisFields]
    choices: service.HypothesisChoices
    hypothesis: RankedHypothesis | None
    speakers: list[service.Speaker]
    noted: list[Note]


def _form(
    request: Request,
    session: Session,
    form: FilledForm[HypothesisFields],
    row: RankedHypothesis | None = None,
) -> HTMLResponse:
    speakers, noted = service.list_speakers(session, row.held) if row else ([], [])
    choices = service.list_nameable(session)
    context = HypothesisForm(form, choices, row, speakers, noted)
    return render_page(request, "hypotheses/form.html", context, status=form.status)


def _saved(row: RankedHypothesis) -> tuple[HypothesisFields, int]:
    return filled_fields(service.hypothesis_as_input(row)), row.held.version


@router.get("/new")
def new_hypothesis(
    request: Request, db: Db, technique: Prefill = "", issue: Prefill = ""
) -> HTMLResponse:
    """The empty form; a technique and an issue in the address are filled in."""
    with db.read() as session:
        return _form(request, session, FilledForm(HypothesisFields(technique, issue)))


@router.post("")
def add_hypothesis(request: Request, db: Db, form: SubmittedForm) -> Response:
    fields = read_fields(form)
    try:
        given = hypothesis_from_fields(fields)
        with db.write() as session:
            number = service.create_hypothesis(session, given).id
    except Invalid as error:
        with db.read() as session:
            return _form(request, session, FilledForm(fields, error=by_field(error)))
    return redirect_to(_after(number, form), N_("Saved."))


def _after(number: int, form: SubmittedForm) -> str:
    return f"/hypotheses/{number}/edit" if form.stays else f"/hypotheses/{number}"


@dataclass(frozen=True)
class HypothesisPage:
    """`html` has the texts in the reader's language, `other` those that are there in both in the
    other; `tried` and `judged` are the small forms of what came of it and of the precondition."""

    hypothesis: RankedHypothesis
    html: Mapping[str, Markup]
    other: Mapping[str, Markup]
    speakers: list[service.Speaker]
    noted: list[Note]
    contradicting: service.Speaker | None
    contradicting_note: Note | None
    tried: FilledForm[HypothesisFields]
    judged: FilledForm[HypothesisFields]
    stances: Mapping[HypothesisState, tuple[Stance, ...]]
    changes: list[HypothesisChange]


def _page(
    request: Request,
    session: Session,
    number: int,
    *,
    tried: FilledForm[HypothesisFields] | None = None,
    judged: FilledForm[HypothesisFields] | None = None,
) -> HTMLResponse:
    row = service.get_hypothesis(session, number)
    chinese = language_of(request) == "zh"
    texts: dict[str, Bilingual] = {name: getattr(row, name) for name in NAMES}
    texts["result"] = Bilingual(row.result, "")
    if row.correspondence:
        texts["carries"] = row.correspondence.carries
        texts["breaks"] = row.correspondence.breaks
    mine = [(said[::-1] if chinese else said) for said in texts.values()]
    html = notes.render_many(session, [first or second for first, second in mine])
    other = notes.render_many(session, [first and second for first, second in mine], prefix="other")
    speakers, noted = service.list_speakers(session, row.held)
    saved, version = _saved(row)
    tried = (tried or FilledForm(saved)).with_saved(saved, version)
    judged = (judged or FilledForm(saved)).with_saved(saved, version)
    context = HypothesisPage(
        hypothesis=row,
        html=dict(zip(texts, html, strict=True)),
        other=dict(zip(texts, other, strict=True)),
        speakers=speakers,
        noted=noted,
        contradicting=next(
            (each for each in speakers if each.claim.id == row.held.contradicting_claim_id), None
        ),
        contradicting_note=next(
            (each for each in noted if each.id == row.held.contradicting_note_id), None
        ),
        tried=tried,
        judged=judged,
        stances=STANCES_OF,
        changes=service.list_earlier(row),
    )
    status = tried.status if tried.error else judged.status
    return render_page(request, "hypotheses/hypothesis.html", context, status=status)


@router.get("/{number}.md")
def sheet(request: Request, db: Db, number: RowId) -> Response:
    """The sheet of its experiment as Markdown."""
    chinese = language_of(request) == "zh"

    def choose(said: Bilingual) -> str:
        return (said.name_zh or said.name_en) if chinese else (said.name_en or said.name_zh)

    with db.read() as session:
        text = write_sheet(
            service.get_hypothesis(session, number), make_translator(request), choose
        )
    named = f"hypothesis-{number}.md"
    headers = {"Content-Disposition": f'attachment; filename="{named}"'}
    return PlainTextResponse(text, headers=headers, media_type="text/markdown; charset=utf-8")


@router.get("/{number}")
def hypothesis(request: Request, db: Db, number: RowId) -> HTMLResponse:
    with db.read() as session:
        return _page(request, session, number)


@router.get("/{number}/edit")
def edit_hypothesis(request: Request, db: Db, number: RowId) -> HTMLResponse:
    with db.read() as session:
        row = service.get_hypothesis(session, number)
        return _form(request, session, FilledForm(*_saved(row)), row)


def _update(db: Db, number: int, form: SubmittedForm) -> None:
    """Saves what a form has of a hypothesis; all else stays. Raises NotFound, Invalid, Stale."""
    with db.write() as session:
        row = service.get_hypothesis(session, number)
        given = hypothesis_from_fields(read_fields(form, _saved(row)[0]))
        service.update_hypothesis(session, row.held, given, version=form.version())


def _typed(
    session: Session, number: int, form: SubmittedForm, error: CrosswalkError
) -> FilledForm[HypothesisFields]:
    """What was typed into a form that could not be saved, beside what is saved."""
    row = service.get_hypothesis(session, number)
    saved, version = _saved(row)
    said = by_field(error) if isinstance(error, Invalid) else error
    return FilledForm(read_fields(form, saved), form.version(), said).with_saved(saved, version)


@router.post("/{number}")
def save_hypothesis(request: Request, db: Db, number: RowId, form: SubmittedForm) -> Response:
    try:
        _update(db, number, form)
    except NotFound as error:  # deleted in another tab: what was typed is kept
        with db.read() as session:
            return _form(request, session, FilledForm(read_fields(form), error=error))
    except (Invalid, Stale) as error:
        with db.read() as session:
            row = service.get_hypothesis(session, number)
            return _form(request, session, _typed(session, number, form, error), row)
    return redirect_to(_after(number, form), N_("Saved."))


@router.post("/{number}/try")
def try_hypothesis(request: Request, db: Db, number: RowId, form: SubmittedForm) -> Response:
    """What came of it; held or failed makes a claim in its cell."""
    try:
        _update(db, number, form)
    except (Invalid, Stale) as error:
        with db.read() as session:
            return _page(request, session, number, tried=_typed(session, number, form, error))
    became = form.get("state") in STANCES_OF
    said = N_("Saved, and a claim made in its cell.") if became else N_("Saved.")
    return redirect_to(f"/hypotheses/{number}", said)


@router.post("/{number}/precondition")
def judge_precondition(request: Request, db: Db, number: RowId, form: SubmittedForm) -> Response:
    """Whether the precondition holds, and what speaks against it."""
    try:
        _update(db, number, form)
    except (Invalid, Stale) as error:
        with db.read() as session:
            return _page(request, session, number, judged=_typed(session, number, form, error))
    return redirect_to(f"/hypotheses/{number}", N_("Saved."))


@router.post("/{number}/delete")
def delete_hypothesis(request: Request, db: Db, number: RowId, form: SubmittedForm) -> Response:
    try:
        with db.write() as session:
            held = service.get_hypothesis(session, number).held
            service.trash_hypothesis(session, held, version=form.version())
    except Stale as error:
        with db.read() as session:
            row = service.get_hypothesis(session, number)
            return _form(request, session, FilledForm(*_saved(row), error), row)
    return redirect_to("/hypotheses", N_("Deleted."), undo=f"/hypotheses/{number}/restore")


@router.post("/{number}/restore")
def restore_hypothesis(db: Db, number: RowId) -> Response:
    with db.write() as session:
        service.restore_hypothesis(session, number)
    return redirect_to(f"/hypotheses/{number}", N_("Restored."))


@router.post("/{number}/erase")
def erase_hypothesis(db: Db, number: RowId) -> Response:
    with db.write() as session:
        service.delete_hypothesis(session, number)
    return redirect_to("/hypotheses", N_("Deleted for good."))
