"""Asking for what is new, one request after another: each answer is a harvest, to be saved before
the next is asked for. Sees no session."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from app.errors import N_, Invalid, Message
from app.models import WatchKind
from app.settings import Settings
from app.sources.arxiv.client import search_arxiv
from app.sources.arxiv.errors import ArxivRefused
from app.sources.arxiv.listing import fetch_listing
from app.sources.drafts import PaperDraft
from app.sources.feeds.client import fetch_feed
from app.sources.feeds.entries import FeedItem
from app.watches.rules import (
    LAG,
    LONGEST_GAP,
    OLD,
    PREVIEWED,
    QUERY_LAG,
    SLICE,
    arxiv_query,
    was_missed,
)

_MOST_PAGES = 40  # of one slice: arXiv's results end at 30,000
_SHOWN = 50  # entries of a preview


@dataclass(frozen=True)
class AskedWatch:
    """A watch as far as its asking needs it."""

    id: int
    kind: WatchKind
    target: str
    reached: datetime | None
    began: datetime


@dataclass(frozen=True)
class Harvest:
    """What an answer brought. Once it is saved, everything before `reached` has been seen.

    `filled_gap` says that replacements of this time were not told: they are to be looked for.
    """

    entries: Sequence[FeedItem] = ()
    reached: datetime | None = None
    remarks: Sequence[Message] = ()
    filled_gap: bool = False


def ask_watch(asked: AskedWatch, *, now: datetime, settings: Settings) -> Iterator[Harvest]:
    """What is new at the place where a watch looks, but for a search of this library.

    Blocks: hold no transaction meanwhile. Raises `SourceUnavailable`, and `Invalid` where what is
    asked for cannot be.
    """
    match asked.kind:
        case WatchKind.CATEGORIES:
            yield from _ask_listing(asked, now, settings)
        case WatchKind.QUERY | WatchKind.AUTHOR:
            since = max((asked.reached or now) - QUERY_LAG, now - LONGEST_GAP)
            yield from _ask_query(asked, since, now, settings)
        case WatchKind.FEED:
            yield _ask_feed(asked, settings)


def _ask_listing(asked: AskedWatch, now: datetime, settings: Settings) -> Iterator[Harvest]:
    """The listing of today, after what was announced while nobody asked."""
    feed = fetch_listing(asked.target.split(), settings=settings)
    days = [each.dated for each in feed.entries if each.dated]
    listed = max(days) if days else feed.dated or now  # of whom it asks at night, it is yesterday's
    if asked.reached and was_missed(asked.reached, listed):
        since = max(asked.reached - LAG, now - LONGEST_GAP)
        if since > asked.reached - LAG:
            said = N_("It was not asked for longer than {days} days: what is older is left out.")
            yield Harvest(remarks=[Message.of(said, days=LONGEST_GAP.days)])
        yield from _ask_query(asked, since, listed, settings)
    # An empty listing is no reason to believe that there was nothing: the next one finds the gap.
    yield Harvest(feed.entries, listed if feed.entries else None, feed.remarks)


def _ask_query(
    asked: AskedWatch, since: datetime, until: datetime, settings: Settings
) -> Iterator[Harvest]:
    """What was submitted between two moments, a few days at a time, so that what breaks off goes on
    from there."""
    query = arxiv_query(asked.kind, asked.target)
    span = SLICE if asked.kind == WatchKind.CATEGORIES else LONGEST_GAP
    lag = LAG if asked.kind == WatchKind.CATEGORIES else timedelta()
    while since < until:
        end = min(since + span, until)
        for drafts, is_last in _pages(query, since, end, settings):
            # What was submitted by then may be announced later: it has been seen up to some days
            # before.
            reached = (until if end == until else end - lag) if is_last else None
            if reached and asked.reached:
                reached = max(reached, asked.reached)
            entries = [FeedItem(draft) for draft in drafts]
            yield Harvest(entries, reached, filled_gap=is_last and end == until)
        since = end


def _pages(
    query: str, since: datetime, until: datetime, settings: Settings
) -> Iterator[tuple[Sequence[PaperDraft], bool]]:
    start = 0
    for _ in range(_MOST_PAGES):
        try:
            page = search_arxiv(query, since=since, until=until, settings=settings, start=start)
        except ArxivRefused as error:
            raise refused_query(error) from error
        start += len(page.drafts)
        yield page.drafts, page.is_last
        if page.is_last:
            return


def refused_query(error: ArxivRefused) -> Invalid:
    """What arXiv says of a query, beside the field that has it."""
    said = N_("arXiv does not take this query: “{complaint}”. Correct it.")
    return Invalid.field("target", said, complaint=error.complaint)


def _ask_feed(asked: AskedWatch, settings: Settings) -> Harvest:
    fetched = fetch_feed(asked.target, settings=settings)
    feed, remarks = fetched.feed, list(fetched.feed.remarks)
    if fetched.moved and fetched.moved != asked.target:
        said = N_("The feed has moved to {address}. Put that in here.")
        remarks.append(Message.of(said, address=fetched.moved))
    if feed.is_broken:
        remarks.append(Message.of(N_("The feed is no proper XML; what could be read was taken.")))
    oldest = asked.began - OLD
    entries = [each for each in feed.entries if each.dated is None or each.dated >= oldest]
    return Harvest(entries, remarks=remarks)


@dataclass(frozen=True)
class Preview:
    """What a watch would have brought in the last days: some of it, newest first, and whether there
    was more."""

    entries: Sequence[FeedItem]
    is_more: bool
    days: int = PREVIEWED.days
    remarks: Sequence[Message] = ()


def preview_source(kind: WatchKind, target: str, *, now: datetime, settings: Settings) -> Preview:
    """What is there to be seen before a watch is saved; one request.

    Blocks, and raises, as `ask_watch`.
    """
    since = now - PREVIEWED
    if kind == WatchKind.FEED:
        harvest = _ask_feed(AskedWatch(0, kind, target, None, now), settings)
        found, remarks = list(harvest.entries), harvest.remarks
        is_more = False
    else:
        query = arxiv_query(kind, target)
        try:
            page = search_arxiv(query, since=since, until=now, settings=settings, size=200)
        except ArxivRefused as error:
            raise refused_query(error) from error
        found, remarks, is_more = [FeedItem(each) for each in page.drafts], (), not page.is_last
    unknown = datetime.combine(since.date(), time(), UTC)
    found.sort(
        key=lambda each: each.draft.published or (each.dated or unknown).isoformat(), reverse=True
    )
    return Preview(found[:_SHOWN], is_more or len(found) > _SHOWN, remarks=remarks)
