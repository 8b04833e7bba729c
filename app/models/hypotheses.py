"""Transfer hypotheses: that a technique would help with an issue, why, and how to find out."""

from datetime import datetime
from enum import IntEnum, StrEnum

from pydantic import JsonValue
from sqlalchemy import JSON, Index, String
from sqlmodel import Field, SQLModel

from app.models.base import UTCDateTime, empty_list, utc_now


class HypothesisState(StrEnum):
    IDEA = "idea"
    TESTING = "testing"
    HELD = "held"
    FAILED = "failed"


OPEN = (HypothesisState.IDEA, HypothesisState.TESTING)  # not tried yet


class Effort(IntEnum):
    """How long the cheapest test takes."""

    HOURS = 1
    DAYS = 2
    WEEKS = 3


class Precondition(StrEnum):
    """Whether what a hypothesis needs is so in the target field."""

    UNKNOWN = "unknown"
    HOLDS = "holds"
    CONTRADICTED = "contradicted"


# Markdown, both languages: what is looked for in and what links go out from.
HYPOTHESIS_TEXTS = (
    *("mechanism", "mechanism_zh", "precondition", "precondition_zh", "expected", "expected_zh"),
    *("refuted_by", "refuted_by_zh", "test", "test_zh", "result"),
)


class Hypothesis(SQLModel, table=True):
    """A technique × an issue, perhaps one category of a benchmark. Texts are Markdown in the
    reader's language; `…_zh` is the Chinese of one that is there in both."""

    __table_args__ = (Index("ix_hypothesis_cell", "technique_id", "issue_id"),)

    id: int = Field(default=None, primary_key=True)
    technique_id: int = Field(foreign_key="technique.id")
    issue_id: int = Field(foreign_key="issue.id", index=True)
    category_id: int | None = Field(
        default=None, foreign_key="benchmark_category.id", index=True, ondelete="SET NULL"
    )
    # Where the mechanism is known to carry over, and to break.
    correspondence_id: int | None = Field(
        default=None, foreign_key="correspondence.id", index=True, ondelete="SET NULL"
    )
    mechanism: str
    mechanism_zh: str = ""
    precondition: str = ""
    precondition_zh: str = ""
    precondition_state: Precondition = Field(default=Precondition.UNKNOWN, sa_type=String)
    # The claim or note that contradicts it.
    contradicting_claim_id: int | None = Field(
        default=None, foreign_key="claim.id", index=True, ondelete="SET NULL"
    )
    contradicting_note_id: int | None = Field(
        default=None, foreign_key="note.id", index=True, ondelete="SET NULL"
    )
    expected: str = ""
    expected_zh: str = ""
    refuted_by: str = ""
    refuted_by_zh: str = ""
    test: str = ""  # the cheapest: benchmark, slice, n, what is measured
    test_zh: str = ""
    cost: int = Effort.DAYS
    state: HypothesisState = Field(default=HypothesisState.IDEA, sa_type=String, index=True)
    result: str = ""
    # What it became once it was tried or ruled on.
    claim_id: int | None = Field(
        default=None, foreign_key="claim.id", index=True, ondelete="SET NULL"
    )
    # What each change took the place of, oldest first: `{"at": …, "was": {field: value}}`.
    earlier: list[dict[str, JsonValue]] = Field(
        default_factory=empty_list, sa_type=JSON, sa_column_kwargs={"server_default": "[]"}
    )
    trashed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)
    updated_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)
    version: int = 1
