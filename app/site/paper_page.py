"""A paper, with all that hangs on it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlmodel import Session

from app.comparison.cells import cell_view
from app.correspondences import service as correspondences
from app.correspondences.service import Brief
from app.database import Database
from app.errors import N_, Invalid, Message
from app.files import citations
from app.files import service as files
from app.files.citations import PaperName, PrintedCitation
from app.files.forms import take_uploads
from app.library import service
from app.library.duplicates import side_by_side
from app.library.filters import ORDERS, PaperFilters
from app.library.listing import ListedTitle, ListPlace
from app.marks import service as marks
from app.marks.service import RenderedMark
from app.models import Bilingual, Paper, PaperMerge, Reading, Verdict
from app.models.stances import CellStanding
from app.notes import service as notes
from app.notes.service import Backlink, RenderedNote
from app.search import service as search
from app.search.service import Similar
from app.settings import Language
from app.site.paper_files import PaperFiles, show_files
from app.sources import metadata_lookup
from app.sources.drafts import DETAILS
from app.state_cache import StateCache
from app.vocabularies import sets
from app.watches import service as watches
from app.watches.rules import PaperTiding
from app.web.dependencies import Config, Db, JobStates
from app.web.forms import FilledForm, SubmittedForm
from app.web.jobs import Job
from app.web.languages import language_of
from app.web.pages import came_from, redirect_to, render_page
from app.web.preferences import per_page_of
from app.web.threads import Route, run_as_reader

router = APIRouter(route_class=Route, include_in_schema=False)


class CitingCell(NamedTuple):
    """A cell that cites a paper, as its page names it."""

    technique: Bilingual
    issue: Bilingual
    standing: CellStanding
    url: str


class Tied(NamedTuple):
    """What leads to a paper from elsewhere in the library."""

    cells: Sequence[CitingCell]
    correspondences: Sequence[Brief]
    backlinks: Sequence[Backlink]
    references: Sequence[PrintedCitation]
    citing: Sequence[PaperName]
    tidings: Sequence[PaperTiding]


_tied = StateCache[Tied](256)


@dataclass(frozen=True)
class VerdictFields:
    """A verdict as typed."""

    verdict: str = ""
    reason: str = ""
    due: str = ""


@dataclass(frozen=True)
class PlaceInList:
    """Where the paper stands in the list that it is read from, whose filters, query and order are
    `list` as they stand in an address."""

    list: str
    place: ListPlace
    page: int

    def url(self, paper: ListedTitle, step: int) -> str:
        at = {"list": self.list, "at": self.place.number + step}
        return f"/papers/{paper.citekey}?{urlencode(at)}"

    @property
    def back(self) -> str:
        query = [self.list] if self.list else []
        query += [f"page={self.page}"] if self.page > 1 else []
        return "/papers" + ("?" + "&".join(query) if query else "")


@dataclass(frozen=True)
class PaperPage:
    paper: Paper
    abstract: object
    notes: list[RenderedNote]
    backlinks: Sequence[Backlink]
    cells: Sequence[CitingCell]
    references: Sequence[PrintedCitation]
    citing: Sequence[PaperName]
    correspondences: Sequence[Brief]
    tidings: Sequence[PaperTiding]
    similar: Sequence[Similar]
    similar_stopped: bool
    verdicts: list[Verdict]
    former: list[str]
    merges: list[PaperMerge]
    verdict_form: FilledForm[VerdictFields]
    completed_by: str
    marks: list[RenderedMark]
    colours: Mapping[str, Bilingual]
    is_complete: bool
    files: PaperFiles
    place: PlaceInList | None = None
    details: tuple[str, ...] = DETAILS


def _find_place(request: Request, session: Session, paper: Paper) -> PlaceInList | None:
    """In the list that the address names, or else in the one that the reader comes from."""
    given, number = request.query_params.get("list"), request.query_params.get("at", "")
    if given is None:
        came = urlsplit(came_from(request, ""))
        if came.path != "/papers":
            return None
        given = came.query
    try:
        asked = parse_qs(given, max_num_fields=200)
    except ValueError:
        return None
    named = {name: values for name, values in asked.items() if name not in ("page", "at")}
    filters = PaperFilters.read(lambda name: named.get(name, []))
    sort = next(iter(named.get("sort", [])), "")
    relevant = sort not in ORDERS
    q = next(iter(named.get("q", [])), "")
    found = search.papers_asked(session, q, filters, filled=relevant)
    place = service.find_place(
        session,
        found.filters,
        paper.id,
        matching=found.select,
        sort=sort if not relevant else "relevance" if found.matches else "added",
        number=int(number) if number.isascii() and number.isdigit() and len(number) < 8 else 0,
    )
    if place is None:
        return None
    page = (place.number - 1) // per_page_of(request) + 1
    return PlaceInList(urlencode(named, doseq=True), place, page)


_PAPER_BLOCKS = ("verdict", "techniques")


def _paper_page(
    request: Request,
    session: Session,
    paper: Paper,
    jobs: Mapping[str, Job],
    *,
    typed: FilledForm[VerdictFields] | None = None,
    refused: Sequence[tuple[str, Message]] = (),
) -> HTMLResponse:
    verdict_form = typed or FilledForm(VerdictFields())
    similar: Sequence[Similar] = []
    with search.deadline(session) as patience:
        similar = search.find_similar(session, paper)
    language = language_of(request)
    shown = notes.list_notes_about(session, paper_id=paper.id)
    tied = _tied.get(session, (paper.id, language), partial(_read_tied, session, paper, language))
    asked = service.asked_of(paper)
    context = PaperPage(
        paper=paper,
        abstract=notes.render_many(session, [paper.abstract])[0],
        notes=shown,
        backlinks=tied.backlinks,
        cells=tied.cells,
        references=tied.references,
        citing=tied.citing,
        correspondences=tied.correspondences,
        tidings=tied.tidings,
        similar=similar,
        similar_stopped=patience.stopped,
        verdicts=service.list_verdicts(session),
        former=service.list_former_keys(session, [paper.id]).get(paper.id, []),
        merges=side_by_side.list_merges_into(session, paper),
        verdict_form=verdict_form,
        marks=marks.render_marks(session, marks.list_marks(session, paper)),
        completed_by=metadata_lookup.source_name(asked, request.app.state.settings)
        if asked
        else "",
        colours=sets.mark_colours(session),
        is_complete=service.is_complete(paper),
        files=show_files(session, paper, jobs, refused=refused),
        place=_find_place(request, session, paper) if request.method == "GET" else None,
    )
    status = Invalid.status if refused else verdict_form.status
    return render_page(request, "library/paper.html", context, blocks=_PAPER_BLOCKS, status=status)


def _read_tied(session: Session, paper: Paper, language: Language) -> Tied:
    number = paper.id
    cells = [
        CitingCell(
            Bilingual(each.technique.name_en, each.technique.name_zh),
            Bilingual(each.issue.name_en, each.issue.name_zh),
            each.standing,
            each.url or f"/techniques/{each.technique.slug}",
        )
        for each in cell_view.cells_citing(session, paper_id=number)
    ]
    linking = notes.list_backlinks(session, kind="paper", keys=[paper.citekey], language=language)
    return Tied(
        cells,
        correspondences.for_paper(session, number),
        linking,
        citations.list_citations(session, paper),
        citations.list_citing(session, paper),
        watches.tidings_of(session, paper),
    )


@router.get("/papers/{citekey}")
def paper(request: Request, db: Db, jobs: JobStates, citekey: str) -> Response:
    with db.read() as session:
        found = service.get_paper(session, citekey)
        if found.citekey != citekey:
            return RedirectResponse(f"/papers/{found.citekey}", 302)  # a merge can be taken back
        return _paper_page(request, session, found, jobs)


@router.post("/papers/{citekey}/verdicts")
def give_verdict(
    request: Request, db: Db, jobs: JobStates, citekey: str, form: SubmittedForm
) -> Response:
    given = VerdictFields(form.get("verdict"), form.get("reason"), form.get("due"))
    try:
        with db.write() as session:
            found = service.get_paper(session, citekey)
            service.give_verdict(session, found, **asdict(given))
    except Invalid as error:
        with db.read() as session:
            found = service.get_paper(session, citekey)
            typed = FilledForm(given, error=error)
            return _paper_page(request, session, found, jobs, typed=typed)
    if request.headers.get("hx-request") == "true":
        with db.read() as session:
            return _paper_page(request, session, service.get_paper(session, citekey), jobs)
    return redirect_to(f"/papers/{citekey}", N_("Verdict saved."))


@router.post("/papers/{citekey}/files")
async def add_files(
    request: Request,
    db: Db,
    config: Config,
    jobs: JobStates,
    citekey: str,
    form: SubmittedForm,
) -> Response:
    """Files that were chosen, or dropped on the paper's page or on its row in a list."""
    given = form.uploads("file")
    taken = await take_uploads(db, config, citekey, given)
    refused = taken.refused if given else [("", Message(N_("Choose a PDF first.")))]
    if refused:
        return await _show_refused(request, db, jobs, citekey, refused)
    back = form.get("next")
    ours = back.startswith("/") and not back.startswith(("//", "/\\"))
    name = taken.added[0].file.held.name
    new = sum(each.is_new for each in taken.added)
    text = N_("Files added: {count}.")
    if len(taken.added) == 1:
        text = N_("Added: {name}.") if new else N_("The paper has this file already: {name}.")
    return redirect_to(back if ours else f"/papers/{citekey}#files", text, name=name, count=new)


@run_as_reader
def _show_refused(
    request: Request,
    db: Database,
    jobs: Mapping[str, Job],
    citekey: str,
    refused: Sequence[tuple[str, Message]],
) -> HTMLResponse:
    with db.read() as session:
        found = service.get_paper(session, citekey)
        return _paper_page(request, session, found, jobs, refused=refused)


@router.post("/papers/{citekey}/delete")
def delete(db: Db, config: Config, citekey: str) -> RedirectResponse:
    with db.write() as session:
        service.delete_paper(session, service.get_paper(session, citekey))
    files.purge_files(db, config.library)
    return redirect_to("/trash", N_("Deleted for good."))


@dataclass(frozen=True)
class ReadingState:
    paper: Paper


@router.post("/papers/{citekey}/reading")
def set_reading(request: Request, db: Db, citekey: str, form: SubmittedForm) -> Response:
    """How far the reader is with a paper: on its page, and on the one where it is read."""
    wanted = form.get("reading")
    if wanted not in list(Reading):
        raise Invalid.field("reading", N_("Choose how far it is read."))
    with db.write() as session:
        found = service.get_paper(session, citekey)
        service.set_reading(found, Reading(wanted))
    if request.headers.get("hx-request") == "true":
        with db.read() as session:
            context = ReadingState(service.get_paper(session, citekey))
            return render_page(request, "library/reading_state.html", context)
    return redirect_to(f"/papers/{found.citekey}", N_("Saved."))
