"""The queue's random samples, by which it is known how much may have been missed."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from app.models.base import UTCDateTime, utc_now


class QueueSample(SQLModel, table=True):
    """Papers drawn at random from the `waiting` ones that a queue had left. `selection` says which
    papers the queue is of, as its address does."""

    __tablename__ = "queue_sample"

    id: int = Field(default=None, primary_key=True)
    selection: str = Field(index=True)
    waiting: int
    size: int
    drawn_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)


class QueueSamplePaper(SQLModel, table=True):
    """A paper of a sample, by the place in which it was drawn."""

    __tablename__ = "queue_sample_paper"

    sample_id: int = Field(
        default=None, foreign_key="queue_sample.id", primary_key=True, ondelete="CASCADE"
    )
    paper_id: int = Field(
        default=None, foreign_key="paper.id", primary_key=True, index=True, ondelete="CASCADE"
    )
    position: int
