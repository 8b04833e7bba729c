"""A watch as a browser's form describes it, and its asking in the server's background."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from functools import partial

from sqlmodel import Session

from app.database import Database
from app.errors import CrosswalkError
from app.models import Paper, WatchKind, utc_now
from app.settings import Settings
from app.sources.drafts import PaperDraft
from app.sources.feeds.entries import FeedItem
from app.watches import service
from app.watches.asking import Preview, preview_source
from app.watches.rules import PREVIEWED, WatchInput, check_watch
from app.watches.runs import run_watch
from app.watches.taking import find_held
from app.web.forms import Form
from app.web.jobs import Job, Jobs
from app.web.threads import run_as_reader, run_in_waiting_pool

log = logging.getLogger("crosswalk")

_PAUSE = 60.0  # seconds between two looks for a watch whose time has come


def read_watch(form: Form) -> WatchInput:
    """The watch that was typed; what is wrong with it is for `check_watch`."""
    kind = next((each for each in WatchKind if each == form.get("kind")), WatchKind.CATEGORIES)
    return WatchInput(kind=kind, target=form.get("target"), name=form.get("name"), on="on" in form)


@dataclass(frozen=True)
class PreviewedEntry:
    """An entry of a preview, with the paper of the library that it is."""

    entry: FeedItem
    paper: Paper | None


@dataclass(frozen=True)
class ShownPreview:
    """A preview with what of it is held."""

    preview: Preview
    entries: Sequence[PreviewedEntry]

    @property
    def new(self) -> int:
        return sum(each.paper is None for each in self.entries)


async def preview_watch(db: Database, config: Settings, given: WatchInput) -> ShownPreview:
    """What a watch would have brought in the last days.

    Raises Invalid, and `SourceUnavailable`.
    """
    checked = check_watch(given)
    if checked.kind == WatchKind.SEARCH:
        return await run_as_reader(_preview_search)(db, checked.target)
    ask = partial(preview_source, checked.kind, checked.target, now=utc_now(), settings=config)
    preview = await run_in_waiting_pool(ask)
    return await run_as_reader(_with_held)(db, preview)


def _with_held(db: Database, preview: Preview) -> ShownPreview:
    with db.read() as session:
        held = find_held(session, [each.draft for each in preview.entries])
    entries = map(PreviewedEntry, preview.entries, held)
    return ShownPreview(preview, list(entries))


def _preview_search(db: Database, query: str) -> ShownPreview:
    with db.read() as session:
        return _found_lately(session, query)


def _found_lately(session: Session, query: str) -> ShownPreview:
    papers = service.find_since(session, query, utc_now() - PREVIEWED)
    entries = [
        FeedItem(PaperDraft(title=each.title, published=f"{each.created_at:%Y-%m-%d}"))
        for each in papers[:50]
    ]
    shown = list(map(PreviewedEntry, entries, papers))
    return ShownPreview(Preview(entries, len(papers) > len(entries)), shown)


def job_of(number: int) -> str:
    """What the job is called that asks a watch."""
    return f"watch {number}"


def start_asking(jobs: Jobs, db: Database, config: Settings, number: int) -> Job:
    """Begins to ask a watch, unless it is being asked."""
    job = Job(total=0)
    return jobs.start(job_of(number), job, _ask(db, config, number, job))


async def _ask(db: Database, config: Settings, number: int, job: Job) -> AsyncIterator[int]:
    steps = run_watch(db, config, number)
    while tally := await run_in_waiting_pool(partial(next, steps, None)):
        job.changed = tally.new
        yield 1


async def ask_due_watches(jobs: Jobs, db: Database, config: Settings) -> None:
    """Asks the watches that are on when their time has come, one after the other, as long as the
    server runs."""

    def find_due() -> list[int]:
        with db.read() as session:
            return service.due_watches(session, utc_now())

    while True:
        try:
            due = await run_in_waiting_pool(find_due)
        except Exception:
            log.warning("cannot see whether a watch is to be asked", exc_info=True)
            due = []
        for number in due:
            job = start_asking(jobs, db, config, number)
            while job.is_running:
                await asyncio.sleep(0.2)
        await asyncio.sleep(_PAUSE)


def beside_target(error: CrosswalkError) -> CrosswalkError:
    """The same, said beside the field that names where to look."""
    if not error.errors:
        error.errors = {"target": error.message}
    return error
