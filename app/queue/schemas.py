"""What JSON says of the queue."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from app.kit.json_fields import Number
from app.queue.missed import CONFIDENCE
from app.queue.rules import QueueSource
from app.queue.service import Queue, QueuedPaper, SampleStanding


class QueuedPaperOut(BaseModel):
    """A paper that waits. `score` is above 0 where it is more like the relevant papers than like
    the others (no probability), null where the order is by date; `because` are its telling words,
    `sentence` the sentence of its abstract that has the most of them. `due` is the day from which
    to look again at what a verdict puts off, or empty."""

    citekey: str
    title: str
    year: int | None
    verdict: str | None
    due: str
    score: float | None
    because: str
    sentence: str


class SampleOut(BaseModel):
    """A random sample: of `waiting` papers left then, `size` were drawn. `at_most` of those that
    were not drawn are relevant, at `confidence` per cent; null until all are judged. The number of
    the sample among those of this queue."""

    number: int
    waiting: int
    size: int
    judged: int
    relevant: int
    at_most: int | None
    confidence: int
    drawn_at: datetime


class QueueOut(BaseModel):
    """`items` most promising first; `order` is `learned`, `likeness` (only relevant papers were
    judged) or `date`. `bound` is how many relevant papers may have been missed: 0 where nothing is
    left, a judged sample's `at_most`, else null."""

    items: list[QueuedPaperOut]
    judged: int
    relevant: int
    bound: int | None
    waiting: int
    unranked: int
    order: str
    sample: SampleOut | None


class SampleInput(BaseModel):
    """Which queue, as its address says it, and how many papers to draw."""

    model_config = ConfigDict(extra="forbid")

    q: str = Field(default="", max_length=1_000)
    source: QueueSource = QueueSource.ALL
    batch: Number = Field(default=0, ge=0, le=2**31 - 1, alias="import")
    size: Number = Field(ge=1, le=100_000)


def serialize_queue(queue: Queue) -> QueueOut:
    return QueueOut(
        items=[_item(each) for each in queue.items],
        judged=queue.judged,
        relevant=queue.relevant,
        bound=queue.bound,
        waiting=queue.waiting,
        unranked=queue.unranked,
        order=queue.order,
        sample=serialize_sample(queue.sample) if queue.sample else None,
    )


def _item(queued: QueuedPaper) -> QueuedPaperOut:
    given = queued.paper.verdict
    return QueuedPaperOut(
        citekey=queued.paper.citekey,
        title=queued.paper.title,
        year=queued.paper.year,
        verdict=given.verdict.slug if given else None,
        due=given.due if given else "",
        score=None if queued.score is None else round(queued.score, 4),
        because=" · ".join(queued.because),
        sentence=queued.sentence,
    )


def serialize_sample(standing: SampleStanding) -> SampleOut:
    return SampleOut(
        number=standing.number,
        waiting=standing.sample.waiting,
        size=standing.size,
        judged=standing.judged,
        relevant=standing.relevant,
        at_most=standing.at_most,
        confidence=CONFIDENCE,
        drawn_at=standing.sample.drawn_at,
    )
