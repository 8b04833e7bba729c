"""Abstracts and the rest from arXiv and doi.org for many papers: what can be asked, and how far
one is."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from app.database import Database
from app.library import completion
from app.library.completion import Incomplete
from app.library.filters import FILTERS, PaperFilters
from app.search import service as search
from app.settings import Settings
from app.sources import metadata_lookup
from app.sources.doi.client import DoiUnusable, name_resolver
from app.sources.drafts import PaperDraft
from app.sources.web.page_capture import Asked
from app.web.dependencies import Background, Config, Db, JobStates
from app.web.jobs import Job
from app.web.pages import redirect_to, render_page
from app.web.threads import Route, run_as_writer, run_in_waiting_pool

router = APIRouter(route_class=Route, include_in_schema=False)
_NAME = "completion"
_KEYS = 1_000  # papers that can be ticked at once


@dataclass(frozen=True)
class CompletionPage:
    papers: int  # that can be asked for
    arxiv_ids: int
    requests: int
    seconds: float  # that the pauses between the requests take
    resolver: str
    narrowed: str  # the list's filters and query, as they stand in an address
    job: Job | None


def _asked(db: Database, values: dict[str, list[str]]) -> Incomplete:
    filters = PaperFilters.read(lambda name: values.get(name, []))
    with db.read() as session:
        if keys := values.get("key"):
            return completion.find_incomplete(session, citekeys=keys[:_KEYS])
        asked = search.papers_asked(session, "".join(values.get("q", [])[:1]), filters, whole=True)
        return completion.find_incomplete(session, asked.filters, asked.select)


def _given(request: Request) -> dict[str, list[str]]:
    query = request.query_params
    return {
        name: query.getlist(name) for name in (*FILTERS, "q", "key") if any(query.getlist(name))
    }


@router.get("/completion")
def completion_page(request: Request, db: Db, config: Config, jobs: JobStates) -> HTMLResponse:
    """Which papers of the library, or of the list that the address filters as `/papers` does, have
    no abstract; the progress of the job."""
    given = _given(request)
    incomplete = _asked(db, given)
    ids, slices = len(incomplete.arxiv_ids), incomplete.slices
    by_doi = len(incomplete.papers) - ids
    context = CompletionPage(
        papers=sum(map(len, incomplete.papers.values())),
        arxiv_ids=ids,
        requests=len(slices),
        seconds=(len(slices) - by_doi) * config.arxiv_delay + by_doi * config.doi_delay,
        resolver=name_resolver(config),
        narrowed=urlencode(given, doseq=True),
        job=jobs.get(_NAME),
    )
    return render_page(request, "library/completion.html", context, blocks=("progress",))


@router.post("/completion")
async def start(request: Request, db: Db, config: Config, jobs: Background) -> RedirectResponse:
    """Begins to ask for the papers of the list; one job at a time."""
    given = _given(request)
    incomplete = await run_in_waiting_pool(partial(_asked, db, given))
    job = Job(total=sum(map(len, incomplete.papers.values())))
    jobs.start(_NAME, job, _complete(db, config, incomplete, job))
    return redirect_to("/completion" + ("?" + urlencode(given, doseq=True) if given else ""))


@router.post("/completion/stop")
async def stop(jobs: Background) -> RedirectResponse:
    jobs.stop(_NAME)
    return redirect_to("/completion")


async def _complete(
    db: Database, config: Settings, incomplete: Incomplete, job: Job
) -> AsyncIterator[int]:
    """A request, and what it brought saved, at each step. Raises where a server cannot be asked
    at all; what it says of a single DOI is told, and the others are asked for."""
    for asked in incomplete.slices:
        papers = sum(len(incomplete.papers[each]) for each in asked)
        try:
            fetched = await run_in_waiting_pool(
                partial(metadata_lookup.fetch_papers, asked, settings=config)
            )
        except DoiUnusable as error:
            job.tell(error.message)
        else:
            if fetched.missing:
                job.tell(metadata_lookup.not_found(fetched.missing, config).message)
            job.changed += await run_as_writer(_save)(db, incomplete, fetched.found)
        yield papers


def _save(db: Database, incomplete: Incomplete, found: Mapping[Asked, PaperDraft]) -> int:
    with db.write() as session:
        return completion.complete_papers(session, incomplete, found)
