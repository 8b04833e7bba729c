"""Vectors for what is near in meaning in the other language: made in the background, and how far
that is."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from app.database import Database
from app.errors import Message
from app.library_state import state_of
from app.search.semantic.encoders import kept_encoder
from app.search.semantic.vectors import (
    VectorCounts,
    compute_vectors,
    count_vectors,
    drop_outdated,
)
from app.settings import Settings
from app.web.dependencies import Db, JobStates
from app.web.jobs import Job, Jobs
from app.web.pages import render_page
from app.web.threads import Route
from app.web.worker import SMALL, WorkerProcess

log = logging.getLogger("crosswalk")
router = APIRouter(route_class=Route, prefix="/settings", include_in_schema=False)

_NAME = "vectors"
_AT_ONCE = 50  # texts that a step does: some seconds of work
_PAUSE = 2.0  # seconds between two looks for what waits


@dataclass(frozen=True)
class SemanticPage:
    """`model` is empty where there is none, and then `problem` may say why."""

    model: str
    problem: Message | None
    counts: VectorCounts
    job: Job | None


@router.get("/other-language")
def other_language(request: Request, db: Db, jobs: JobStates) -> HTMLResponse:
    """Which model there is, and how many texts have a vector of it; htmx asks for the block."""
    opened = request.app.state.semantic
    search, counts = opened.search, VectorCounts(0, 0, 0)
    if search:
        with db.read() as session:
            counts = count_vectors(session, search.encoder.name)
    context = SemanticPage(
        model=search.encoder.name if search else "",
        problem=opened.problem,
        counts=counts,
        job=jobs.get(_NAME),
    )
    return render_page(request, "search/other_language.html", context, blocks=("vectors",))


async def follow_texts(
    database: Database, model: str, jobs: Jobs, worker: WorkerProcess, *, after: float
) -> None:
    """Has vectors made of the texts that wait for one, `after` so many seconds and then whenever
    the library has changed."""
    await asyncio.sleep(after)
    seen: str | None = None
    checked = False
    while True:
        running = jobs.read().get(_NAME)
        if not (running and running.is_running):
            try:
                if not checked:
                    await worker.write(SMALL, _drop_outdated)
                    checked = True
                waiting, seen = await run_sync(partial(_look, database, model, seen))
                if waiting:
                    jobs.start(_NAME, Job(total=waiting), _compute(worker))
            except Exception:
                log.warning("cannot see which texts wait for a vector", exc_info=True)
        await asyncio.sleep(_PAUSE)


def _look(database: Database, model: str, seen: str | None) -> tuple[int, str | None]:
    """How many texts wait, where the library is not in the state it was `seen` in; its state."""
    with database.read() as session:
        state = state_of(session)
        return (count_vectors(session, model).waiting if state != seen else 0), state


async def _compute(worker: WorkerProcess) -> AsyncIterator[int]:
    while done := await worker.write(SMALL, _compute_some):
        yield done


def _compute_some(database: Database, settings: Settings) -> int:
    encoder = kept_encoder(settings.embeddings)
    return compute_vectors(database, encoder, _AT_ONCE) if encoder else 0


def _drop_outdated(database: Database, _settings: Settings) -> int:
    return drop_outdated(database)
