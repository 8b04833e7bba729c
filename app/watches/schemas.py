"""What JSON says of watches."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.errors import Message
from app.kit.json_fields import one_line
from app.models import Paper, WatchKind
from app.sources.feeds.entries import FeedItem
from app.watches.asking import Preview
from app.watches.rules import TARGET_LIMIT, WatchInput
from app.watches.service import Tiding, WatchStanding


class WatchItem(WatchInput):
    """A watch, and how it stands."""

    id: int
    url: str
    queue: str = Field(description="page of what it brought, most promising first")
    asked_at: datetime | None
    reached: datetime | None = Field(description="everything before that was seen")
    next_at: datetime | None = Field(description="from when on it is asked by itself, if on")
    is_asked: bool = Field(description="whether it is being asked just now")
    problem: str | None = Field(description="what was wrong the last time")
    remarks: list[str]
    brought: int = Field(description="papers that came by it and are there")
    new: int = Field(description="of them those that wait for a verdict")
    created_at: datetime
    version: int


class TidingItem(BaseModel):
    """What a watch told of a paper that was held already."""

    event: str
    citekey: str
    title: str
    arxiv_version: int | None
    seen_at: datetime


class NewPaperItem(BaseModel):
    citekey: str
    title: str
    year: int | None


class WatchOut(WatchItem):
    """`papers` are the last that wait, `told` is what it told of held papers."""

    papers: list[NewPaperItem]
    told: list[TidingItem]


class PreviewInput(BaseModel):
    """What is to be looked at before a watch is made of it."""

    model_config = ConfigDict(extra="forbid")

    kind: WatchKind = WatchKind.CATEGORIES
    target: Annotated[str, one_line(TARGET_LIMIT)] = ""


class PreviewItem(BaseModel):
    title: str
    authors: list[str]
    arxiv_id: str | None
    doi: str | None
    url: str
    published: str
    held: str | None = Field(description="citation key, where the library has it")


class PreviewOut(BaseModel):
    """What a watch would have brought in the last `days`."""

    items: list[PreviewItem]
    more: bool
    days: int
    remarks: list[str]


def serialize_watch(
    standing: WatchStanding, *, is_asked: bool, say: Callable[[Message], str] = str
) -> WatchItem:
    """A watch as the API gives it; `say` puts a message into the reader's language."""
    watch = standing.watch
    return WatchItem(
        id=watch.id,
        kind=WatchKind(watch.kind),
        name=watch.name,
        target=watch.target,
        on=watch.is_on,
        url=f"/watches/{watch.id}",
        queue=standing.queue_url,
        asked_at=watch.asked_at,
        reached=watch.reached,
        next_at=watch.next_at,
        is_asked=is_asked,
        problem=say(standing.problem) if standing.problem else None,
        remarks=[say(each) for each in standing.remarks],
        brought=standing.brought,
        new=standing.waiting,
        created_at=watch.created_at,
        version=watch.version,
    )


def serialize_watch_page(
    item: WatchItem, papers: Sequence[Paper], told: Sequence[Tiding]
) -> WatchOut:
    return WatchOut(
        **item.model_dump(),
        papers=[
            NewPaperItem(citekey=each.citekey, title=each.title, year=each.year) for each in papers
        ],
        told=[
            TidingItem(
                event=each.entry.event,
                citekey=each.paper.citekey,
                title=each.paper.title,
                arxiv_version=each.entry.arxiv_version,
                seen_at=each.entry.seen_at,
            )
            for each in told
        ],
    )


def serialize_preview(
    preview: Preview, held: Sequence[Paper | None], say: Callable[[Message], str] = str
) -> PreviewOut:
    return PreviewOut(
        items=[_item(entry, paper) for entry, paper in zip(preview.entries, held, strict=True)],
        more=preview.is_more,
        days=preview.days,
        remarks=[say(each) for each in preview.remarks],
    )


def _item(entry: FeedItem, paper: Paper | None) -> PreviewItem:
    draft = entry.draft
    return PreviewItem(
        title=draft.title,
        authors=draft.names,
        arxiv_id=draft.arxiv_id,
        doi=draft.doi,
        url=draft.url,
        published=draft.published,
        held=paper.citekey if paper else None,
    )
