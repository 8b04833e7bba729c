"""The verbs on watches. They take a session first, decide and write, and never commit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from app.errors import N_, Conflict, CrosswalkError, Invalid, Message, NotFound, check_version
from app.kit.text import fold
from app.library import service as library
from app.library.filters import PaperFilters
from app.models import Paper, Watch, WatchEntry, WatchKind, utc_now
from app.queue.rules import QueueSource, Selection
from app.search import service as search
from app.sources.feeds.errors import FeedUnusable
from app.sources.web.http_errors import SourceAsksToWait, SourceUnavailable
from app.watches import queries, taking
from app.watches.asking import AskedWatch, Harvest
from app.watches.rules import (
    ASKED_EVERY,
    MOST,
    RETRIED_AFTER,
    PaperTiding,
    WatchInput,
    check_watch,
    next_time,
    pack_message,
    unpack_message,
)
from app.watches.taking import Tally

_TIDINGS = 30  # of held papers that a watch's page lists
_SEEN_TWICE = timedelta(days=1)  # what a search found is looked at again: it is known by its number


@dataclass(frozen=True)
class WatchStanding:
    """A watch with how many papers it brought that are there, and how many of them wait for a
    verdict."""

    watch: Watch
    brought: int = 0
    waiting: int = 0

    @property
    def problem(self) -> Message | None:
        """What was wrong the last time."""
        return unpack_message(self.watch.problem)

    @property
    def remarks(self) -> list[Message]:
        """What else there was to say of it."""
        kept = (unpack_message(each) for each in self.watch.remarks)
        return [each for each in kept if each]

    @property
    def queue_url(self) -> str:
        """The queue of what it brought."""
        return self.selection.url

    @property
    def selection(self) -> Selection:
        """What it brought, as the queue says it."""
        return Selection(f"watch:{self.watch.id}", QueueSource.ALL)


@dataclass(frozen=True)
class Tiding:
    """What a watch told of a paper that is held."""

    entry: WatchEntry
    paper: Paper


def list_watches(session: Session) -> list[WatchStanding]:
    """All but those in the trash, by name; two statements."""
    counts = queries.count_brought(session)
    watches = queries.select_watches(session)
    return [WatchStanding(each, *counts.get(each.id, (0, 0))) for each in watches]


def list_deleted_watches(session: Session) -> list[Watch]:
    """What was deleted and can be brought back."""
    return queries.select_watches(session, trashed=True)


def get_watch(session: Session, number: int) -> WatchStanding:
    """Raises NotFound where there is none of this number, or it was deleted."""
    watch = session.get(Watch, number)
    if watch is None:
        raise NotFound(N_("There is no watch {number}."), number=number)
    if watch.trashed_at:
        said = N_("Watch {number} was deleted. The list of watches brings it back.")
        raise NotFound(said, number=number)
    return WatchStanding(watch, *queries.count_brought(session).get(number, (0, 0)))


def list_waiting(session: Session, number: int, limit: int) -> list[Paper]:
    """The papers that a watch brought and nobody judged, the last first."""
    ids = queries.waiting_ids(session, number)[:limit]
    return library.papers_of(session, ids)


def list_tidings(session: Session, number: int) -> list[Tiding]:
    """What a watch told of papers that are held, the latest first."""
    rows = queries.tidings_of_watch(session, number, _TIDINGS)
    return [Tiding(entry, paper) for entry, paper in rows]


def tidings_of(session: Session, paper: Paper) -> list[PaperTiding]:
    """What watches told of a paper: a later version, or that it was withdrawn."""
    return queries.tidings_of_paper(session, paper.id)


def watch_as_input(watch: Watch) -> WatchInput:
    """A watch as it would be typed."""
    return WatchInput(
        kind=WatchKind(watch.kind), target=watch.target, name=watch.name, on=watch.is_on
    )


def create_watch(session: Session, given: WatchInput) -> Watch:
    """Raises Invalid, and Conflict where there are too many."""
    held = queries.select_watches(session)
    if len(held) >= MOST:
        raise Conflict(
            N_("There are {count} watches, and no more are kept. Delete one first."),
            count=len(held),
        )
    watch = Watch(kind=given.kind, name="", target="")
    _write(watch, given, held)
    session.add(watch)
    session.flush()
    return watch


def update_watch(
    session: Session, watch: Watch, given: WatchInput, *, version: int | None = None
) -> None:
    """With another kind or target it begins anew: what was seen of the old one says nothing of it.

    Raises:
        Invalid, Stale.
    """
    check_version(watch.version, version)
    before = watch.kind, watch.target
    _write(watch, given, queries.select_watches(session))
    if before != (watch.kind, watch.target):
        watch.reached = watch.next_at = None
        watch.problem, watch.remarks, watch.failures = {}, [], 0
        watch.created_at = utc_now()
    watch.version += 1
    session.flush()


def _write(watch: Watch, given: WatchInput, held: Sequence[Watch]) -> None:
    checked = check_watch(given)
    _refuse_taken(checked.name, [each for each in held if each is not watch])
    watch.kind, watch.target, watch.name = checked.kind, checked.target, checked.name
    watch.name_folded = fold(checked.name)
    watch.is_on = checked.on


def _refuse_taken(name: str, others: Sequence[Watch]) -> None:
    if any(each.name_folded == fold(name) for each in others):
        raise Invalid.field("name", N_("Another watch has this name. Choose a different one."))


def switch_watch(session: Session, watch: Watch, on: bool) -> None:
    """On, it is asked by itself once a day."""
    if watch.is_on != on:
        watch.is_on = on
        watch.version += 1
        session.flush()


def trash_watch(session: Session, watch: Watch, *, version: int | None = None) -> None:
    """To where it can be brought back from; what it brought stays."""
    check_version(watch.version, version)
    watch.trashed_at = utc_now()
    watch.version += 1
    session.flush()


def restore_watch(session: Session, number: int) -> Watch:
    """Brings back what was deleted, under another name where its own is another's by now. Raises
    NotFound where nothing deleted has this number."""
    watch = _deleted(session, number)
    taken = {each.name_folded for each in queries.select_watches(session)}
    name, n = watch.name, 2
    while fold(watch.name) in taken:
        watch.name, n = f"{name} ({n})", n + 1
    watch.name_folded = fold(watch.name)
    watch.trashed_at = None
    watch.version += 1
    session.flush()
    return watch


def delete_watch(session: Session, number: int) -> None:
    """For good, what was deleted before; what it brought stays. Raises NotFound."""
    session.delete(_deleted(session, number))
    session.flush()


def _deleted(session: Session, number: int) -> Watch:
    watch = session.get(Watch, number)
    if watch is None or watch.trashed_at is None:
        raise NotFound(N_("There is no watch {number}."), number=number)
    return watch


# --- Asking -------------------------------------------------------------------------------------


def due_watches(session: Session, now: datetime) -> list[int]:
    """The numbers of those that are on and whose time has come, the longest waiting first."""
    return queries.select_due(session, now)


def begin_asking(session: Session, number: int, now: datetime) -> AskedWatch:
    """Notes that a watch is being asked: should that break off, it is asked again in an hour."""
    watch = get_watch(session, number).watch
    watch.asked_at, watch.next_at = now, now + RETRIED_AFTER
    return AskedWatch(
        watch.id, WatchKind(watch.kind), watch.target, watch.reached, watch.created_at
    )


def save_harvest(session: Session, asked: AskedWatch, harvest: Harvest, tally: Tally) -> bool:
    """Takes what an answer brought; False, and nothing, where the watch was deleted or looks
    elsewhere since it was asked."""
    watch = session.get(Watch, asked.id)
    if (
        watch is None
        or watch.trashed_at
        or (watch.kind, watch.target) != (asked.kind, asked.target)
    ):
        return False
    taking.take_entries(session, asked.id, harvest.entries, tally)
    tally.remarks += harvest.remarks
    watch.reached = harvest.reached or watch.reached
    return True


def search_library(session: Session, asked: AskedWatch, now: datetime, tally: Tally) -> None:
    """What came into this library since, and matches the query of a watch."""
    since = (asked.reached or asked.began) - _SEEN_TWICE
    papers = find_since(session, asked.target, max(since, asked.began))
    taking.take_found(session, asked.id, papers, tally)
    if watch := session.get(Watch, asked.id):
        watch.reached = now


def find_since(session: Session, query: str, since: datetime) -> list[Paper]:
    """The papers that a query finds and that came into the library since, the last first."""
    found = search.papers_asked(session, query, PaperFilters(), filled=False)
    passing = library.select_passing(session, found.filters)
    return queries.papers_since(session, passing, found.select, since)


def finish_asking(
    session: Session,
    number: int,
    now: datetime,
    tally: Tally,
    problem: CrosswalkError | None = None,
) -> None:
    """Notes how it went, and when it is asked again."""
    watch = session.get(Watch, number)
    if watch is None:
        return
    watch.remarks = [pack_message(each) for each in tally.messages()]
    if problem is None:
        watch.problem, watch.failures = {}, 0
        watch.next_at = next_time(now)
        return
    said = next(iter(problem.errors.values()), problem.message)
    watch.problem = pack_message(said)
    watch.failures += 1
    if isinstance(problem, SourceUnavailable) and not isinstance(problem, FeedUnusable):
        wait = problem.seconds if isinstance(problem, SourceAsksToWait) else 0.0
        watch.next_at = next_time(now, failures=watch.failures, wait=wait)
    else:
        watch.next_at = now + ASKED_EVERY
