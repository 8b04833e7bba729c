"""`/`, `/trash`, `/healthz`."""

from dataclasses import dataclass

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, PlainTextResponse
from sqlalchemy import text

from app.comparison.cells import evidence_list
from app.comparison.history import record
from app.comparison.history.record import RecentChange
from app.comparison.table.thumbnails import ComparisonSummary, summarize_comparisons
from app.files import service as files
from app.library import service as library
from app.library.filters import PaperFilters
from app.library.listing import PaperList
from app.library.rows import PaperRow, VerdictRow
from app.models import LATER, Note, Paper, RemovedFile, today
from app.notes import service as notes
from app.notes.service import NoteRow
from app.search import saved_searches
from app.search.saved_searches import SearchStatus
from app.settings import Language
from app.site import overview_queries
from app.site.overview_queries import LibraryCounts, Starter
from app.web.dependencies import Db
from app.web.languages import language_of
from app.web.pages import render_page
from app.web.threads import Route

router = APIRouter(route_class=Route, include_in_schema=False)
SHOWN = 6  # of each list
# The starter library's note that answers the question with which the library began.
ANSWERS: dict[Language, str] = {
    "en": "Generalization and Spider-DK (English)",
    "zh": "泛化性与 Spider-DK（中文）",
}


@dataclass(frozen=True)
class OverviewPage:
    counts: LibraryCounts
    verdicts: list[tuple[VerdictRow, int]]
    comparisons: list[ComparisonSummary]
    changes: list[RecentChange]
    reading: list[PaperRow]
    today: str
    due: PaperList  # whose day has come
    later: list[PaperRow]
    unread: int
    newest: list[PaperRow]
    notes: list[NoteRow]
    searches: list[SearchStatus]
    starter: Starter | None
    answer: str  # the title of the starter library's note
    stale: int  # pieces of evidence to look at
    at_hand: ComparisonSummary | None  # the comparison whose cell changed last
    others: list[ComparisonSummary]


@router.get("/")
def overview(request: Request, db: Db) -> HTMLResponse:
    with db.read() as session:
        day = today()
        now = {"due": (day,)}
        due = library.list_papers(session, PaperFilters(now), per_page=SHOWN)
        put_off = PaperFilters({"verdict": (LATER,)}, now)
        later = library.list_papers(session, put_off, per_page=SHOWN)
        being_read = PaperFilters({"reading": ("reading",)})
        reading = library.list_papers(session, being_read, per_page=SHOWN)
        counts = overview_queries.count_library(session)
        verdicts = library.list_verdict_counts(session)
        comparisons = summarize_comparisons(session)
        changes = record.list_recent_changes(session, SHOWN)
        last = next((each.comparison for each in changes if each.comparison), "")
        at_hand = next((each for each in comparisons if each.comparison.slug == last), None)
        context = OverviewPage(
            counts=counts,
            verdicts=verdicts,
            comparisons=comparisons,
            changes=changes,
            reading=reading.papers,
            today=day,
            due=due,
            later=later.papers,
            unread=counts.papers - sum(count for _, count in verdicts),
            newest=library.list_papers(session, PaperFilters(), per_page=SHOWN).papers,
            notes=notes.last_notes(session, SHOWN),
            searches=saved_searches.list_statuses(session, language_of(request)),
            starter=overview_queries.find_starter(session, ANSWERS[language_of(request)]),
            answer=ANSWERS[language_of(request)],
            stale=evidence_list.count_stale(session),
            at_hand=at_hand,
            others=[each for each in comparisons if each is not at_hand],
        )
    return render_page(request, "site/overview.html", context)


@dataclass(frozen=True)
class TrashPage:
    papers: list[Paper]
    notes: list[Note]
    files: list[tuple[RemovedFile, Paper]]


@router.get("/trash")
def trash(request: Request, db: Db) -> HTMLResponse:
    with db.read() as session:
        context = TrashPage(
            library.trashed_papers(session),
            overview_queries.trashed_notes(session),
            files.trashed_files(session),
        )
    return render_page(request, "site/trash.html", context)


@router.get("/healthz")
async def healthz(db: Db) -> PlainTextResponse:
    """Answers once the database does, however busy readers and writers are."""

    def ask() -> None:
        with db.read() as session:
            session.execute(text("SELECT 1"))

    await run_sync(ask)
    return PlainTextResponse("ok\n")
