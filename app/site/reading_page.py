"""The page on which a paper is read: its file, and beside it notes and marks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlmodel import Session

from app.comparison.cells import cell_view, claim_service
from app.comparison.rules import ClaimInput, EvidenceInput
from app.errors import N_, Invalid, Message
from app.files import service as files
from app.files.service import FileOfPaper
from app.library import service as library
from app.marks import service as marks
from app.marks.forms import mark_from_form
from app.marks.service import RenderedMark
from app.models import Basis, Bilingual, Confidence, Paper, Polarity, Reading, Stance, TextState
from app.notes import service as notes
from app.notes.service import RenderedNote
from app.vocabularies import sets
from app.web.dependencies import Db
from app.web.forms import FilledForm, Form, SubmittedForm
from app.web.pages import render_page, wanted_block
from app.web.threads import Route

router = APIRouter(route_class=Route, include_in_schema=False)

# What the list beside the page is swapped into by htmx.
_BLOCKS = ("reading_notes", "marks")


@dataclass(frozen=True)
class EvidenceOfMark:
    """A marked passage as evidence for a cell, as typed; where it is one now, `said` says of which
    cell, and where that is."""

    quote: str = ""
    page: str = ""
    technique: str = ""
    issue: str = ""
    stance: str = ""
    confidence: str = Confidence.MEDIUM
    basis: str = Basis.ARGUED
    polarity: str = Polarity.SUPPORTS
    rationale: str = ""


@dataclass(frozen=True)
class ReadingPage:
    paper: Paper
    files: list[FileOfPaper]
    file: FileOfPaper | None
    page: int
    remembered: int
    q: str
    notes: list[RenderedNote]
    marks: list[RenderedMark]
    destinations: cell_view.Destinations
    evidence: FilledForm[EvidenceOfMark]
    problem: Message | None
    colours: Mapping[str, Bilingual]
    readings: tuple[Reading, ...] = tuple(Reading)
    stances: tuple[Stance, ...] = tuple(Stance)
    text_states: type[TextState] = TextState


@router.get("/papers/{citekey}/read")
def read(
    request: Request,
    db: Db,
    citekey: str,
    file: str = "",
    page: Annotated[int | None, Query(ge=1, le=100_000)] = None,
    q: Annotated[str, Query(max_length=1000)] = "",
) -> Response:
    """A paper's file, opened at `page`, or where the reader stopped, with the words of `q` shown.

    `file` is the SHA-256 of one that the paper holds; else its latest version is read, or the one
    that the reader was in.
    """
    with db.read() as session:
        paper = library.get_paper(session, citekey)
        if paper.citekey != citekey:
            query = f"?{request.url.query}" if request.url.query else ""
            return RedirectResponse(f"/papers/{paper.citekey}/read{query}", 302)
        return _reading_page(request, session, paper, file=file, page=page, q=q)


def _reading_page(
    request: Request,
    session: Session,
    paper: Paper,
    *,
    file: str,
    page: int | None,
    q: str,
) -> HTMLResponse:
    held = files.files_of(session, paper.id)
    place = marks.get_place(session, paper)
    by_digest = {each.sha256: each for each in held}
    chosen = by_digest.get(file) or (by_digest.get(place.sha256) if place and not page else None)
    chosen = chosen or next(iter(held), None)
    if page is None and place and chosen and place.sha256 == chosen.sha256 and not q:
        page = place.page
    block = wanted_block(request, _BLOCKS)
    context = ReadingPage(
        paper=paper,
        files=held,
        file=chosen,
        page=page or 1,
        remembered=place.page if place and chosen and place.sha256 == chosen.sha256 else 0,
        q=q,
        notes=[] if block == "marks" else notes.list_notes_about(session, paper_id=paper.id),
        marks=[]
        if block == "reading_notes"
        else marks.render_marks(session, marks.list_marks(session, paper)),
        destinations=cell_view.Destinations([], [], [])
        if block
        else cell_view.list_destinations(session, paper.citekey),
        evidence=FilledForm(EvidenceOfMark()),
        colours=sets.mark_colours(session),
        problem=Message.of(chosen.stored.problem) if chosen and chosen.stored.problem else None,
    )
    return render_page(request, "reading/reading.html", context, blocks=_BLOCKS)


@dataclass(frozen=True)
class EvidenceForm:
    paper: Paper
    destinations: cell_view.Destinations
    evidence: FilledForm[EvidenceOfMark]
    mark: Mapping[str, str]
    technique: Bilingual | None = None
    issue: Bilingual | None = None
    url: str = ""
    stances: tuple[Stance, ...] = tuple(Stance)


@router.post("/papers/{citekey}/read/evidence")
def use_as_evidence(request: Request, db: Db, citekey: str, form: SubmittedForm) -> Response:
    """A claim on a cell that rests on a passage of the paper. The passage is marked as evidence
    where it is not marked already."""
    typed = EvidenceOfMark(
        **{name: form.get(name) for name in EvidenceOfMark.__dataclass_fields__ if name in form}
    )
    given = {name: form.get(name) for name in ("mark", "file", "page", "exact", "prefix", "suffix")}
    error: Invalid | None = None
    url = ""
    try:
        with db.write() as session:
            paper = library.get_paper(session, citekey)
            url = _add_claim(session, paper, typed, form)
    except Invalid as problem:
        error = problem
    with db.read() as session:
        paper = library.get_paper(session, citekey)
        destinations = cell_view.list_destinations(session, paper.citekey)
        techniques = {each.slug: each for each, _ in destinations.techniques}
        issues = {each.slug: each for each, _ in destinations.issues}
        technique, issue = techniques.get(typed.technique), issues.get(typed.issue)
        context = EvidenceForm(
            paper,
            destinations,
            FilledForm(typed, error=error),
            given,
            Bilingual(technique.name_en, technique.name_zh) if technique else None,
            Bilingual(issue.name_en, issue.name_zh) if issue else None,
            "" if error else url,
        )
        status = context.evidence.status
        return render_page(request, "reading/evidence.html", context, status=status)


def _add_claim(session: Session, paper: Paper, typed: EvidenceOfMark, form: Form) -> str:
    errors: dict[str, Message] = {}
    url = ""
    try:
        url = cell_view.address_of(session, typed.technique, typed.issue)
    except Invalid as problem:
        errors |= problem.errors
    if typed.stance not in list(Stance):
        errors["stance"] = Message.of(N_("Choose a stance."))
    if typed.basis not in list(Basis):
        errors["basis"] = Message.of(N_("Choose where it was shown."))
    if typed.confidence not in list(Confidence):
        errors["confidence"] = Message.of(N_("Choose how sure this is."))
    if typed.polarity not in list(Polarity):
        errors["polarity"] = Message.of(
            N_("Choose whether this supports or contradicts the claim.")
        )
    if errors:
        raise Invalid(errors)
    piece = EvidenceInput(
        paper=paper.citekey,
        quote=typed.quote,
        locator=f"p. {typed.page}" if typed.page else "",
        polarity=Polarity(typed.polarity),
    )
    claim = ClaimInput(
        stance=Stance(typed.stance),
        confidence=Confidence(typed.confidence),
        basis=Basis(typed.basis),
        rationale=typed.rationale,
        evidence=[piece],
    )
    try:
        claim_service.add_claims(session, [(typed.technique, typed.issue, claim)])
    except Invalid as problem:
        named = {name.removeprefix("evidence.0."): said for name, said in problem.errors.items()}
        raise Invalid(named) from problem
    if not form.get("mark"):
        given = mark_from_form(form)
        marks.create_mark(session, paper, given.model_copy(update={"colour": "evidence"}))
    return url
