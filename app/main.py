"""`create_app()`: the one place that puts the parts together."""

import asyncio
import gc
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache

import anyio.to_thread
from fastapi import APIRouter, FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import BaseRoute

from app import __version__
from app.benchmarks import api as benchmarks_api
from app.benchmarks import pages as benchmarks_pages
from app.benchmarks.scores import api as score_api
from app.benchmarks.scores import pages as score_pages
from app.comparison import api as comparison_api
from app.comparison import evidence_pages
from app.comparison import pages as comparison_pages
from app.comparison.reading import api as reading_api
from app.comparison.reading import pages as reading_pages
from app.correspondences import api as correspondences_api
from app.correspondences import pages as correspondences_pages
from app.database import Database, explain_error
from app.exports import api as exports_api
from app.exports import cite_pages, feed_pages
from app.exports import pages as exports_pages
from app.files import api as files_api
from app.files import pages as files_pages
from app.files import text
from app.hypotheses import api as hypotheses_api
from app.hypotheses import pages as hypotheses_pages
from app.imports import api as imports_api
from app.imports import pages as imports_pages
from app.kit.text import spell_pinyin
from app.library import api as library_api
from app.library import pages as library_pages
from app.library.duplicates import api, lookup_pages, pages
from app.library.headings import api as headings_api
from app.library.headings import pages as headings_pages
from app.marks import api as marks_api
from app.marks import pages as marks_pages
from app.notes import api as notes_api
from app.notes import pages as notes_pages
from app.search import api as search_api
from app.search import pages as search_pages
from app.search.semantic.neighbours import open_semantic
from app.settings import Settings, resource
from app.site import (
    cell_page,
    comparison_page,
    overview,
    paper_files,
    paper_form,
    paper_page,
    queue_page,
    reading_page,
    score_plots,
    semantic_page,
    term_api,
    term_page,
)
from app.site.lists import bulk_page, completion_page, paper_list
from app.startup import open_library
from app.vault import api as vault_api
from app.vault import pages as vault_pages
from app.vocabularies import api as vocabularies_api
from app.vocabularies import pages as vocabularies_pages
from app.vocabularies import settings_pages
from app.watches import api as watches_api
from app.watches import pages as watches_pages
from app.watches.forms import ask_due_watches
from app.web import api_docs, errors, preferences
from app.web.assets import Static
from app.web.jobs import Jobs
from app.web.security import Guard
from app.web.worker import SMALL, WorkerProcess

log = logging.getLogger("crosswalk")

_TURN = 0.001  # seconds; Python's own are 0.005
_QUIET = 1.0  # seconds after the start: the first page comes before what may be wanted later
_FIRST_LOOK = 2.0  # seconds after the start, for files whose texts are to be extracted
_FAULT = 60.0  # seconds until one is tried again, after what is wrong where the library is
_IDLE = 2.0  # seconds between two looks for a file whose text is to be extracted


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application on the library that `settings` name; opens (and migrates) its database."""
    settings = settings or Settings()
    database = open_library(settings)
    semantic = open_semantic(settings.embeddings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        # A large table is a hundred thousand objects: looking for garbage among them every 700, as
        # Python does, takes longer than drawing it.
        gc.set_threshold(20_000)
        gc.enable()
        # Whoever answers a small request asks for the interpreter a dozen times, and waits this
        # long each time while another thread works.
        sys.setswitchinterval(_TURN)
        tasks = [
            asyncio.create_task(_read_ahead()),
            asyncio.create_task(_extract_texts(database, settings)),
        ]
        if settings.watch:
            tasks.append(asyncio.create_task(ask_due_watches(app.state.jobs, database, settings)))
        if search := semantic.search:
            worker = WorkerProcess(database, settings, open_library)
            follow = semantic_page.follow_texts(
                database, search.encoder.name, app.state.jobs, worker, after=_FIRST_LOOK
            )
            tasks.append(asyncio.create_task(follow))
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await app.state.jobs.close()
        database.close()

    app = FastAPI(
        title="Crosswalk",
        version=__version__,
        routes=_routes(),
        lifespan=lifespan,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # Swagger comes from a CDN; ours is a page
        redoc_url=None,
    )
    app.state.settings = settings
    app.state.database = database
    app.state.jobs = Jobs()
    app.state.semantic = semantic
    app.state.worker = WorkerProcess(database, settings, open_library)
    app.add_middleware(GZipMiddleware, minimum_size=500, compresslevel=5)
    app.add_middleware(Guard, settings=settings)
    errors.install_handlers(app)
    return app


@cache
def _routes() -> list[BaseRoute]:
    """Every address, in the order of asking. Made once a process, for FastAPI reads the signatures
    of all functions behind them again for each application, a tenth of a second of work."""
    routes = APIRouter()
    routes.mount("/static", Static(directory=resource("static")), name="static")
    for router in (
        preferences.router,
        api_docs.router,
        overview.router,
        paper_list.router,
        bulk_page.router,
        queue_page.router,
        paper_form.router,
        paper_page.router,
        lookup_pages.router,
        completion_page.router,
        library_pages.router,
        headings_pages.router,
        paper_files.router,
        files_pages.router,
        pages.router,
        reading_page.router,
        marks_pages.router,
        notes_pages.router,
        vocabularies_pages.router,
        term_page.router,
        settings_pages.router,
        semantic_page.router,
        search_pages.router,
        score_plots.router,
        score_pages.router,
        benchmarks_pages.router,
        reading_pages.router,
        comparison_pages.router,
        comparison_page.router,
        cell_page.router,
        evidence_pages.router,
        correspondences_pages.router,
        hypotheses_pages.router,
        imports_pages.router,
        exports_pages.router,
        cite_pages.router,
        feed_pages.router,
        vault_pages.router,
        watches_pages.router,
    ):
        routes.include_router(router)
    for router in (
        paper_list.api,
        lookup_pages.api,
        bulk_page.api,
        queue_page.api,
        library_api.router,
        headings_api.router,
        files_api.router,
        api.router,
        marks_api.router,
        notes_api.router,
        term_api.router,
        vocabularies_api.router,
        search_api.router,
        score_api.router,
        benchmarks_api.router,
        comparison_api.router,
        reading_api.router,
        correspondences_api.router,
        hypotheses_api.router,
        imports_api.router,
        exports_api.router,
        vault_api.router,
        watches_api.router,
    ):
        routes.include_router(router, prefix="/api/v1", responses=errors.DOCUMENTED)
    return routes.routes


async def _read_ahead() -> None:
    """Load how Chinese is read, which takes 0.3 s, before the first one who needs it waits."""
    await asyncio.sleep(_QUIET)
    await anyio.to_thread.run_sync(spell_pinyin, "", abandon_on_cancel=True)
    # Half a million objects stay from here on: to look for garbage among them, too, holds everybody
    # for a quarter of a second.
    gc.freeze()


async def _extract_texts(database: Database, settings: Settings) -> None:
    """Extract the texts of files that wait, one at a time, in a process of their own: what has been
    half done when the server ends goes on with the next one."""
    worker = WorkerProcess(database, settings, open_library)
    broken: set[str] = set()  # over which something broke that nobody thought of
    await asyncio.sleep(_FIRST_LOOK)
    while True:
        try:
            waiting = await anyio.to_thread.run_sync(_find_waiting, database, broken)
        except Exception:
            log.warning("cannot see whether a file's text is to be extracted", exc_info=True)
            waiting = None
        if waiting is None:
            await asyncio.sleep(_IDLE)
            continue
        try:
            await worker.write(SMALL, text.extract_text, waiting)
        except Exception as error:
            if explained := explain_error(error):  # a full disk: again when there is room
                log.error("%s: the text of file %s waits", explained.title, waiting)
                await asyncio.sleep(_FAULT)
            else:
                log.exception("the text of file %s could not be extracted", waiting)
                broken.add(waiting)


def _find_waiting(database: Database, broken: set[str]) -> str | None:
    with database.read() as session:
        return text.next_waiting(session, but=broken)
