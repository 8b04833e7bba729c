"""The files of a paper on its page, and PDFs fetched from arXiv for one paper or for many."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlmodel import Session

from app.database import Database
from app.errors import CrosswalkError, Message, Unavailable
from app.files import service
from app.files.forms import fetch_file
from app.files.service import FileOfPaper, FileTotals, WithoutFile
from app.library import service as library
from app.library.filters import FILTERS, PaperFilters
from app.models import Paper, utc_now
from app.search import service as search
from app.settings import Settings
from app.sources.arxiv.errors import ArxivPdfBroken, ArxivPdfTooLarge
from app.sources.web.http_errors import SourceAsksToWait
from app.web.dependencies import Background, Config, Db, JobStates
from app.web.jobs import Job
from app.web.pages import redirect_to, render_page
from app.web.threads import Route, run_in_waiting_pool

router = APIRouter(route_class=Route, include_in_schema=False)
_MANY = "pdfs"  # the job that fetches those of a list
_RECENT = timedelta(days=1)
_KEYS = 1_000  # papers that can be ticked at once
_PATIENCE = 300  # seconds that arXiv may make us wait before the reader is told instead


@dataclass(frozen=True)
class PaperFiles:
    """What the block of files shows. `fetching` is the job that fetches, or was the last to;
    `refused` names what was handed in and could not be taken, and why."""

    paper: Paper
    files: Sequence[FileOfPaper]
    fetching: Job | None
    refused: Sequence[tuple[str, Message]] = ()

    def may_have_marks(self, file: FileOfPaper) -> bool:
        """Whether it came a short while ago, and from where somebody may have marked it."""
        return file.held.origin != "arxiv" and utc_now() - file.held.added_at < _RECENT


def show_files(
    session: Session,
    paper: Paper,
    jobs: Mapping[str, Job],
    *,
    refused: Sequence[tuple[str, Message]] = (),
) -> PaperFiles:
    fetching = jobs.get(_job_of(paper.citekey))
    files = service.files_of(session, paper.id)
    if fetching and not (fetching.is_running or fetching.problem):
        fetching = None
    return PaperFiles(paper, files, fetching, refused)


def _job_of(citekey: str) -> str:
    return f"pdf of {citekey}"


@dataclass(frozen=True)
class FilesPage:
    files: PaperFiles


@router.get("/papers/{citekey}/files")
def paper_files(request: Request, db: Db, jobs: JobStates, citekey: str) -> Response:
    """The block alone, as htmx asks for it again while something is under way."""
    if request.headers.get("hx-request") != "true":
        return RedirectResponse(f"/papers/{citekey}#files", 302)
    with db.read() as session:
        found = library.get_paper(session, citekey)
        context = FilesPage(show_files(session, found, jobs))
    return render_page(request, "files/paper_files.html", context)


# --- From arXiv ---


@router.post("/papers/{citekey}/files/fetch")
async def fetch(db: Db, config: Config, jobs: Background, citekey: str) -> RedirectResponse:
    """Begins to fetch the paper's PDF; its page shows how far that is."""
    with db.read() as session:
        citekey = library.get_paper(session, citekey).citekey
    job = Job(total=0)
    jobs.start(_job_of(citekey), job, _fetch_one(db, config, citekey, job))
    return redirect_to(f"/papers/{citekey}#files")


@router.post("/papers/{citekey}/files/fetch/stop")
async def stop_fetching(jobs: Background, citekey: str) -> RedirectResponse:
    jobs.stop(_job_of(citekey))
    return redirect_to(f"/papers/{citekey}#files")


class _Stopped(Exception):
    """The reader has had enough of a file that is still coming."""


async def _fetch_one(db: Database, config: Settings, citekey: str, job: Job) -> AsyncIterator[int]:
    def watch(received: int, whole: int) -> None:
        job.done, job.total = received, whole
        if job.is_stopped:
            raise _Stopped

    try:
        await fetch_file(db, config, citekey, watch=watch)
    except _Stopped:
        return
    yield 0


@dataclass(frozen=True)
class FetchPage:
    """`count` papers of the list have an arXiv id and no file; `narrowed` are the list's filters
    and query, as they stand in an address."""

    totals: FileTotals
    count: int
    seconds: float  # that the pauses between the requests take
    narrowed: str
    job: Job | None


def _given(request: Request) -> dict[str, list[str]]:
    query = request.query_params
    names = (*FILTERS, "q", "key")
    return {name: query.getlist(name) for name in names if any(query.getlist(name))}


def _wanting(db: Database, given: Mapping[str, list[str]]) -> list[WithoutFile]:
    """The papers of a list, or the ticked ones of it, that arXiv can be asked for a PDF of."""
    filters = PaperFilters.read(lambda name: given.get(name, []))
    with db.read() as session:
        if keys := given.get("key"):
            papers = library.get_papers_by_key(session, keys[:_KEYS]).values()
            return service.papers_without_file(session, [each.id for each in papers])
        asked = search.papers_asked(session, "".join(given.get("q", [])[:1]), filters, whole=True)
        if not given:
            return service.papers_without_file(session)
        ids = library.paper_ids(session, asked.filters, matching=asked.select)
        return service.papers_without_file(session, ids)


@router.get("/files")
def files_page(request: Request, db: Db, config: Config, jobs: JobStates) -> HTMLResponse:
    """What the library holds of files, and for which papers of it, or of the list that the address
    filters as `/papers` does, a PDF can be fetched; how far that is."""
    given = _given(request)
    wanting = _wanting(db, given)
    with db.read() as session:
        totals = service.count_files(session)
    context = FetchPage(
        totals=totals,
        count=len(wanting),
        seconds=len(wanting) * config.arxiv_delay,
        narrowed=urlencode(given, doseq=True),
        job=jobs.get(_MANY),
    )
    return render_page(request, "files/files.html", context, blocks=("progress",))


@router.post("/files/fetch")
async def fetch_many(
    request: Request, db: Db, config: Config, jobs: Background
) -> RedirectResponse:
    """Begins to fetch the PDFs of the list, one after the other; one such job at a time."""
    given = _given(request)
    wanting = await run_in_waiting_pool(partial(_wanting, db, given))
    job = Job(total=len(wanting))
    jobs.start(_MANY, job, _fetch_many(db, config, wanting, job))
    return redirect_to("/files" + ("?" + urlencode(given, doseq=True) if given else ""))


@router.post("/files/fetch/stop")
async def stop_many(jobs: Background) -> RedirectResponse:
    jobs.stop(_MANY)
    return redirect_to("/files")


async def _fetch_many(
    db: Database, config: Settings, wanting: Sequence[WithoutFile], job: Job
) -> AsyncIterator[int]:
    """A PDF at each step. What is wrong with one is told, and the others are asked for; where arXiv
    cannot be asked at all, it ends there."""

    def watch(_bytes: int, _of: int) -> None:
        if job.is_stopped:
            raise _Stopped

    for each in wanting:
        fetch = partial(fetch_file, db, config, each.citekey, watch=watch)
        try:
            try:
                added = await fetch()
            except SourceAsksToWait as wait:
                if wait.seconds > _PATIENCE:
                    raise
                await asyncio.sleep(wait.seconds)
                added = await fetch()
            job.changed += added.is_new
        except _Stopped:
            return
        except (ArxivPdfBroken, ArxivPdfTooLarge) as error:
            job.tell(error.message)
        except Unavailable:
            raise
        except CrosswalkError as error:
            job.tell(next(iter(error.errors.values()), error.message))
        yield 1
