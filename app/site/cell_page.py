"""The page of a cell: what is claimed, what the reader rules; beside the table or on its own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup
from sqlmodel import Session

from app.benchmarks import service as benchmarks
from app.benchmarks.scores.pairs import TestingPair, pairs_of_cell
from app.benchmarks.service import OnBenchmark
from app.comparison.cells import cell_view, claim_service, evidence_list
from app.comparison.forms import (
    ClaimFields,
    EvidenceFields,
    RulingFields,
    apply_button,
    claim_fields,
    claim_from_fields,
    differing_fields,
    fresh_claim,
    read_claim,
    read_decision,
    whole_patch,
)
from app.comparison.history import record
from app.comparison.history.record import Moment
from app.comparison.rules import Concern, NoteTitle, PaperTitle, evidence_marks
from app.comparison.service import find_cell
from app.comparison.table.build import Ends, get_ends
from app.comparison.table.render_grid import strongest_state
from app.comparison.table.table_filters import read_view, view_input
from app.correspondences import service as correspondences
from app.correspondences.service import Brief
from app.errors import N_, Conflict, CrosswalkError, Invalid, NotFound, Stale
from app.hypotheses import service as hypotheses
from app.hypotheses.service import RankedHypothesis
from app.models import Claim, Evidence, Stance
from app.models.stances import CONTESTED, STANCES, StanceEntry
from app.notes import service as notes
from app.web.dependencies import Db
from app.web.forms import FilledForm, SubmittedForm
from app.web.pages import redirect_to, render_page, split_header
from app.web.threads import Route

router = APIRouter(route_class=Route, include_in_schema=False)
Address = tuple[str, str, str]  # the slugs of comparison, technique and issue
RowId = Annotated[int, Path(ge=1, le=2**31 - 1)]


@dataclass(frozen=True)
class CellPage:
    view: cell_view.CellView
    rendered: dict[str, Markup]
    places: Mapping[int, evidence_list.EvidencePlace]
    correspondences: list[Brief]
    benchmarks: list[OnBenchmark]
    pairs: list[TestingPair]
    hypotheses: list[RankedHypothesis]
    papers: list[PaperTitle]
    notes: list[NoteTitle]
    claim: FilledForm[ClaimFields]
    ruling: FilledForm[RulingFields]
    in_drawer: bool
    then: Moment | None = None
    quoting: str = ""
    adding: bool = False
    editing: int | None = None
    differing: list[str] = field(default_factory=list)
    said: str = ""
    ends: Ends | None = None
    untried: str = ""
    untried_within: str = ""  # the sum that stands for it
    marks: Mapping[str, StanceEntry] = field(default_factory=lambda: STANCES)
    contested: str = CONTESTED
    stances: tuple[Stance, ...] = tuple(Stance)
    evidence_marks: Callable[[int, int], str] = evidence_marks
    concerns: Callable[[Evidence], list[Concern]] = claim_service.concerns_of


@dataclass(frozen=True)
class _Typed:
    """What was not saved: a new claim or the claim `editing`, or a ruling; or, with `error` alone,
    why what a button asked could not be done."""

    claim: FilledForm[ClaimFields] | None = None
    ruling: FilledForm[RulingFields] | None = None
    editing: int | None = None
    error: CrosswalkError | None = None


def _cell_page(
    request: Request,
    session: Session,
    address: Address,
    *,
    at: Moment | None = None,
    adding: bool = False,
    editing: int | None = None,
    quoted: EvidenceFields | None = None,
    typed: _Typed | None = None,
    said: str = "",
) -> HTMLResponse:
    view = cell_view.get_cell(session, *address, at=at)
    technique_id, issue_id = view.technique.id, view.issue.id
    texts = {f"claim-{claim.id}": claim.rationale for claim in view.claims}
    if view.ruling:
        texts["ruling"] = view.ruling.rationale
    html = notes.render_many(session, list(texts.values()))
    papers, offered = cell_view.suggest_sources(session, view)
    typed = typed or _Typed(editing=editing)
    edited = next((claim for claim in view.claims if claim.id == typed.editing), None)
    saved = claim_fields(edited) if edited else fresh_claim()
    claim = typed.claim or FilledForm(saved, error=typed.error)
    if edited:
        claim = claim.with_saved(saved, edited.version)
    if quoted and not typed.claim:
        shown = replace(claim.given, evidence=(*claim.given.evidence, quoted))
        claim = replace(claim, given=shown)
    ruling = typed.ruling or FilledForm(RulingFields())
    untried = hypotheses.list_untried_cells(session, view.comparison.id) if said else {}
    ends = _ends(request, session, view) if said and _in_drawer(request) else None
    context = CellPage(
        view=view,
        rendered=dict(zip(texts, html, strict=True)),
        places={} if at else evidence_list.find_places(session, view.claims),
        correspondences=correspondences.for_cell(session, technique_id, issue_id),
        benchmarks=benchmarks.for_issues(session, [issue_id]).get(issue_id, []),
        pairs=pairs_of_cell(session, technique_id, issue_id),
        hypotheses=[] if at else hypotheses.hypotheses_of_cell(session, technique_id, issue_id),
        papers=papers,
        notes=offered,
        claim=claim,
        ruling=ruling.with_saved(RulingFields(), view.ruling_version),
        in_drawer=_in_drawer(request),
        then=at,
        quoting=urlencode({"source": quoted.source, "quote": quoted.quote}) if quoted else "",
        adding=adding or bool((typed.claim or quoted) and edited is None),
        editing=edited.id if edited else None,
        differing=differing_fields(claim.given, claim.theirs) if claim.theirs else [],
        said=said,
        untried=untried.get((technique_id, issue_id), ""),
        untried_within=strongest_state(
            untried[pair] for pair in (ends.sum[3] if ends and ends.sum else ()) if pair in untried
        ),
        ends=ends,
    )
    status = ruling.status if ruling.error else claim.status
    return render_page(request, "comparison/cell.html", context, blocks=("drawer",), status=status)


def _ends(request: Request, session: Session, view: cell_view.CellView) -> Ends:
    """What has changed in the table beside, read as the address bar asks."""
    pair = (view.technique.id, view.issue.id)
    shown, _ = read_view(view_input(split_header(request, "hx-current-url").query))
    return get_ends(session, view.comparison.slug, pair, shown)


def _in_drawer(request: Request) -> bool:
    return request.headers.get("hx-target") == "drawer"


@router.get("/comparisons/{slug}/{technique}/{issue}")
def cell(
    request: Request,
    db: Db,
    slug: str,
    technique: str,
    issue: str,
    add: str = "",
    edit: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    as_of: str = "",
    source: str = "",
    quote: str = "",
    locator: str = "",
) -> HTMLResponse:
    """A cell as a page of its own, or, for htmx, as what stands beside the table.

    `as_of` shows it as it was; `source` and `quote` begin a claim, or with `edit` add to one, with
    that piece of evidence.
    """
    at = record.parse_as_of(as_of) if as_of else None
    quoted = EvidenceFields(source=source, quote=quote, locator=locator)
    with db.read() as session:
        return _cell_page(
            request,
            session,
            (slug, technique, issue),
            at=at,
            adding=bool(add),
            editing=None if at else edit,
            quoted=None if quoted.is_empty or at else quoted,
        )


def _saved(
    request: Request, db: Db, address: Address, said: str, *, editing: int | None = None
) -> Response:
    """The cell after a change, with the form of the claim on which the reader goes on writing."""
    if _in_drawer(request):
        with db.read() as session:
            return _cell_page(request, session, address, said=said, editing=editing)
    slug, technique, issue = address
    url = f"/comparisons/{slug}/{technique}/{issue}"
    return redirect_to(f"{url}?edit={editing}" if editing else url, said)


def _again(request: Request, db: Db, address: Address, typed: _Typed) -> HTMLResponse:
    with db.read() as session:
        return _cell_page(request, session, address, typed=typed)


@router.post("/comparisons/{slug}/{technique}/{issue}/ruling")
def rule(
    request: Request, db: Db, slug: str, technique: str, issue: str, form: SubmittedForm
) -> Response:
    address = (slug, technique, issue)
    stance, reason = form.get("stance"), form.get("rationale")
    try:
        with db.write() as session:
            pair = find_cell(session, *address)
            if "withdraw" in form:
                claim_service.withdraw_ruling(session, pair, version=form.version())
            else:
                claim_service.rule_cell(
                    session, pair, stance=stance, rationale=reason, version=form.version()
                )
    except (Invalid, Stale) as error:
        typed = FilledForm(RulingFields(stance, reason), form.version(), error)
        return _again(request, db, address, _Typed(ruling=typed))
    said = N_("The ruling is withdrawn.") if "withdraw" in form else N_("Ruled.")
    return _saved(request, db, address, said)


@router.post("/comparisons/{slug}/{technique}/{issue}/claims")
def add_claim(
    request: Request, db: Db, slug: str, technique: str, issue: str, form: SubmittedForm
) -> Response:
    address = (slug, technique, issue)
    fields = read_claim(form)
    if changed := apply_button(form, fields, None):
        return _again(request, db, address, _Typed(FilledForm(changed)))
    try:
        given = claim_from_fields(fields)
        with db.write() as session:
            added = claim_service.add_claim(session, find_cell(session, *address), given)
    except Invalid as error:
        return _again(request, db, address, _Typed(FilledForm(fields, error=error)))
    return _saved(
        request, db, address, N_("Claim added."), editing=added.id if form.stays else None
    )


def _claim_of_cell(session: Session, address: Address, number: int) -> Claim:
    claim = claim_service.get_claim(session, number)
    if (claim.technique.slug, claim.issue.slug) != address[1:]:
        raise NotFound(N_("There is no claim {number}."), number=number)
    return claim


def _held(db: Db, address: Address, number: int) -> ClaimFields | None:
    """The claim as it is saved now; None where somebody has deleted it."""
    with db.read() as session:
        try:
            claim_service.get_claim(session, number)
        except NotFound:
            return None
        return claim_fields(_claim_of_cell(session, address, number))


@router.post("/comparisons/{slug}/{technique}/{issue}/claims/{number}")
def save_claim(
    request: Request,
    db: Db,
    slug: str,
    technique: str,
    issue: str,
    number: RowId,
    form: SubmittedForm,
) -> Response:
    """Saves a claim, or deletes it, by the button that was pressed."""
    address = (slug, technique, issue)
    fields = read_claim(form)
    held = _held(db, address, number)
    if held is None and "delete" not in form:
        gone = Conflict(N_("Somebody deleted this claim meanwhile. Add it again, or leave it."))
        return _again(request, db, address, _Typed(FilledForm(fields, error=gone)))
    if changed := apply_button(form, fields, held):
        theirs = held if form.get("take") else None
        typed = FilledForm(changed, form.version(), theirs=theirs)
        return _again(request, db, address, _Typed(typed, editing=number))
    try:
        given = None if "delete" in form else claim_from_fields(fields)
        with db.write() as session:
            claim = _claim_of_cell(session, address, number)
            if given is None:
                claim_service.delete_claim(session, claim, version=form.version(), why=fields.why)
            else:
                patch = whole_patch(given, why=fields.why)
                claim_service.update_claim(session, claim, patch, version=form.version())
    except (Invalid, Stale) as error:
        typed = FilledForm(fields, form.version(), error)
        return _again(request, db, address, _Typed(typed, editing=number))
    said = N_("Claim deleted.") if given is None else N_("Saved.")
    return _saved(request, db, address, said, editing=number if form.stays else None)


@router.post("/comparisons/{slug}/{technique}/{issue}/claims/{number}/evidence/{evidence}")
def check_evidence(
    request: Request,
    db: Db,
    slug: str,
    technique: str,
    issue: str,
    number: RowId,
    evidence: RowId,
    form: SubmittedForm,
) -> Response:
    """The reader has looked at a doubtful piece of evidence: it is kept as it is quoted, or taken
    as it reads now."""
    address = (slug, technique, issue)
    decision = read_decision(form)
    try:
        with db.write() as session:
            claim_service.check_evidence(
                session,
                _claim_of_cell(session, address, number),
                evidence,
                quote=decision.quote,
                locator=decision.locator,
                version=form.version(),
            )
    except (Stale, Invalid) as error:
        return _again(request, db, address, _Typed(editing=number, error=error))
    return _saved(request, db, address, N_("Evidence checked."))


@router.post("/comparisons/{slug}/{technique}/{issue}/undo")
def undo(
    request: Request, db: Db, slug: str, technique: str, issue: str, form: SubmittedForm
) -> Response:
    """Takes one change of the cell back."""
    address = (slug, technique, issue)
    number = form.get("change")
    try:
        with db.write() as session:
            pair = find_cell(session, *address)
            if not (number.isascii() and number.isdigit() and len(number) < 10):
                raise NotFound(N_("There is no change {number}."), number=number[:20])
            record.undo_change(session, int(number), cell=pair)
    except Conflict as error:
        return _again(request, db, address, _Typed(error=error))
    return _saved(request, db, address, N_("Undone."))
