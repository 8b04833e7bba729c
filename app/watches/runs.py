"""A watch asked and what came of it taken, step by step: what one step brought is saved before the
next, so that what breaks off goes on from there."""

from collections.abc import Collection, Iterator
from datetime import datetime

from app.database import Database
from app.errors import CrosswalkError
from app.models import WatchKind, utc_now
from app.settings import Settings
from app.sources.arxiv.client import fetch_arxiv
from app.watches import service, taking, touching
from app.watches.asking import AskedWatch, ask_watch
from app.watches.taking import Tally


def run_watch(
    database: Database, settings: Settings, number: int, *, now: datetime | None = None
) -> Iterator[Tally]:
    """Asks a watch, and says after each step what was done so far. What goes wrong is noted on the
    watch, and raised.

    Blocks for as long as the rules of servers ask. Raises NotFound, `SourceUnavailable`, Invalid.
    """
    now, tally = now or utc_now(), Tally()
    with database.write() as session:
        asked = service.begin_asking(session, number, now)
    try:
        yield from _steps(database, settings, asked, now, tally)
        _weigh(database, number)
    except CrosswalkError as problem:
        with database.write() as session:
            service.finish_asking(session, number, now, tally, problem)
        raise
    with database.write() as session:
        service.finish_asking(session, number, now, tally)
    yield tally


def _steps(
    database: Database, settings: Settings, asked: AskedWatch, now: datetime, tally: Tally
) -> Iterator[Tally]:
    if asked.kind == WatchKind.SEARCH:
        with database.write() as session:
            service.search_library(session, asked, now, tally)
        yield tally
        return
    filled_gap = False
    for harvest in ask_watch(asked, now=now, settings=settings):
        with database.write() as session:
            if not service.save_harvest(session, asked, harvest, tally):
                return
        filled_gap = filled_gap or harvest.filled_gap
        yield tally
    if asked.kind == WatchKind.FEED:
        return
    categories = asked.target.split() if filled_gap and asked.kind == WatchKind.CATEGORIES else ()
    yield from _look_again(database, settings, asked.id, categories, tally)


def _weigh(database: Database, number: int) -> None:
    with database.read() as session:
        found = touching.find_touches(session, number)
    with database.write() as session:
        touching.keep_touches(session, number, found)


def _look_again(
    database: Database, settings: Settings, number: int, categories: Collection[str], tally: Tally
) -> Iterator[Tally]:
    """What arXiv says now of held papers that have a later version, and its PDF where an earlier
    one is quoted."""
    with database.read() as session:
        ids = taking.versions_to_fetch(session, number, list(categories))
    if not ids:
        return
    found = fetch_arxiv(ids, settings=settings, fresh=True).found
    with database.write() as session:
        taking.take_versions(session, number, list(found.values()), tally)
    yield tally
    with database.read() as session:
        papers = [each.paper.id for each in service.list_tidings(session, number)]
    taking.fetch_versions(database, settings, papers, tally)
    yield tally


def run_due(database: Database, settings: Settings) -> Iterator[tuple[str, Tally | CrosswalkError]]:
    """Asks every watch that is on and whose time has come, one after the other; says of each, by
    its name, how it went."""
    with database.read() as session:
        due = [
            service.get_watch(session, number).watch
            for number in service.due_watches(session, utc_now())
        ]
    for watch in due:
        tally = Tally()
        try:
            for done in run_watch(database, settings, watch.id):
                tally = done
        except CrosswalkError as problem:
            yield watch.name, problem
        else:
            yield watch.name, tally


def count_switched_on(database: Database) -> int:
    """How many watches may be asked by themselves."""
    with database.read() as session:
        return sum(each.watch.is_on for each in service.list_watches(session))
