"""Comparisons, and the claims and rulings that fill their cells.

A cell is a technique × an issue, whichever comparisons show it: claims and rulings hang on that
pair, a comparison only chooses rows and columns.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Optional

from pydantic import JsonValue as JSONValue
from sqlalchemy import JSON, Index, String, UniqueConstraint
from sqlmodel import Field, Relationship, SQLModel

from app.models.base import UTCDateTime, utc_now
from app.models.library import Paper
from app.models.notes import Note
from app.models.vocabularies import Issue, ResearchField, Technique

if TYPE_CHECKING:
    from app.models.benchmarks import BenchmarkItem, ScorePair

_RAISE = {"lazy": "raise"}
_STATE = JSON(none_as_null=True)


class Stance(StrEnum):
    """What a claim or ruling says; a cell that nobody examined has none."""

    ADDRESSES = "addresses"
    PARTIAL = "partial"
    FAILS = "fails"
    UNCLEAR = "unclear"
    INAPPLICABLE = "inapplicable"
    NO_EVIDENCE = "no-evidence"


class Confidence(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Source(StrEnum):
    """Whose view a claim is."""

    OWN = "own"
    LITERATURE = "literature"
    INFERENCE = "inference"


class Basis(StrEnum):
    """Where what a claim says was shown."""

    TARGET = "target"  # tried on the target field
    SOURCE = "source"  # shown in the source field alone
    ARGUED = "argued"  # nobody tried


class Polarity(StrEnum):
    SUPPORTS = "supports"
    CONTRADICTS = "contradicts"


class EvidenceStanding(StrEnum):
    """Whether a quotation stands in the texts that are held of its source, as they are now."""

    STANDS = "stands"
    MOVED = "moved"  # it stands, but not on the page that its locator names
    REWORDED = "reworded"  # in other words: `Evidence.now`
    GONE = "gone"
    UNCHECKED = "unchecked"  # no text is held in which it could be


STALE = (EvidenceStanding.REWORDED, EvidenceStanding.GONE)


class Subject(StrEnum):
    """What of a cell a change is about."""

    CLAIM = "claim"
    RULING = "ruling"


class ComparisonRow(SQLModel, table=True):
    __tablename__ = "comparison_row"

    comparison_id: int = Field(default=None, foreign_key="comparison.id", primary_key=True)
    technique_id: int = Field(
        default=None, foreign_key="technique.id", primary_key=True, index=True
    )
    position: int = 0


class ComparisonColumn(SQLModel, table=True):
    __tablename__ = "comparison_column"

    comparison_id: int = Field(default=None, foreign_key="comparison.id", primary_key=True)
    issue_id: int = Field(default=None, foreign_key="issue.id", primary_key=True, index=True)
    position: int = 0


class Comparison(SQLModel, table=True):
    """Techniques of a source field (rows) × issues of a target field (columns)."""

    id: int = Field(default=None, primary_key=True)
    slug: str = Field(unique=True, index=True)
    title_en: str
    title_zh: str = ""
    description_en: str = ""
    description_zh: str = ""
    source_field_id: int | None = Field(default=None, foreign_key="field.id", index=True)
    target_field_id: int | None = Field(default=None, foreign_key="field.id", index=True)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)
    version: int = 1

    source_field: ResearchField | None = Relationship(
        sa_relationship_kwargs={**_RAISE, "foreign_keys": "Comparison.source_field_id"}
    )
    target_field: ResearchField | None = Relationship(
        sa_relationship_kwargs={**_RAISE, "foreign_keys": "Comparison.target_field_id"}
    )
    rows: list[Technique] = Relationship(
        link_model=ComparisonRow,
        sa_relationship_kwargs={**_RAISE, "order_by": "ComparisonRow.position"},
    )
    columns: list[Issue] = Relationship(
        link_model=ComparisonColumn,
        sa_relationship_kwargs={**_RAISE, "order_by": "ComparisonColumn.position"},
    )


class Claim(SQLModel, table=True):
    """A stance on a cell with what it rests on; several claims on one cell may disagree."""

    __table_args__ = (Index("ix_claim_cell", "technique_id", "issue_id"),)

    id: int = Field(default=None, primary_key=True)
    technique_id: int = Field(foreign_key="technique.id")
    issue_id: int = Field(foreign_key="issue.id", index=True)
    stance: Stance = Field(sa_type=String)
    confidence: Confidence = Field(default=Confidence.MEDIUM, sa_type=String)
    source: Source = Field(default=Source.OWN, sa_type=String)
    basis: Basis = Field(default=Basis.ARGUED, sa_type=String)
    rationale: str = ""
    dated_on: date = Field(default_factory=lambda: utc_now().date())
    created_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)
    updated_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)
    version: int = 1

    technique: Technique = Relationship(sa_relationship_kwargs=_RAISE)
    issue: Issue = Relationship(sa_relationship_kwargs=_RAISE)
    evidence: list["Evidence"] = Relationship(
        sa_relationship_kwargs={
            **_RAISE,
            "order_by": "Evidence.position",
            "cascade": "all, delete-orphan",
        }
    )


class Evidence(SQLModel, table=True):
    """A quotation, with place, from a paper or a note, that supports or contradicts a claim."""

    id: int = Field(default=None, primary_key=True)
    claim_id: int | None = Field(default=None, foreign_key="claim.id", index=True)
    position: int = 0
    paper_id: int | None = Field(default=None, foreign_key="paper.id", index=True)
    note_id: int | None = Field(default=None, foreign_key="note.id", index=True)
    quote: str = ""
    locator: str = ""
    polarity: Polarity = Field(default=Polarity.SUPPORTS, sa_type=String)
    arxiv_version: int | None = None  # the paper's when it was quoted
    # What it rests on besides or instead of words: two scores, a benchmark's item.
    pair_id: int | None = Field(
        default=None, foreign_key="score_pair.id", index=True, ondelete="SET NULL"
    )
    item_id: int | None = Field(
        default=None, foreign_key="benchmark_item.id", index=True, ondelete="SET NULL"
    )
    # What the reader has seen and left as it is quoted: `seen` of that moment.
    kept: str | None = None
    # What follows says (`comparison.cells.standing`), nobody else.
    standing: EvidenceStanding = Field(
        default=EvidenceStanding.UNCHECKED, sa_type=String, index=True
    )
    page: int | None = None  # of the file `sha256`, from 1; None of an abstract or a note
    sha256: str | None = None
    now: str = ""  # where it is reworded, how it reads now
    looked_version: int | None = None  # the newest arXiv version whose text it was looked for in

    paper: Paper | None = Relationship(sa_relationship_kwargs=_RAISE)
    note: Note | None = Relationship(sa_relationship_kwargs=_RAISE)
    pair: Optional["ScorePair"] = Relationship(sa_relationship_kwargs=_RAISE)
    item: Optional["BenchmarkItem"] = Relationship(sa_relationship_kwargs=_RAISE)

    @property
    def seen(self) -> str:
        """What a reader who looks at it sees of where it stands, in short."""
        return f"{self.standing}:{self.page or '' if self.standing == 'moved' else self.now}"

    @property
    def is_kept(self) -> bool:
        """Whether a reader has seen where it stands, and left it as it is."""
        return self.kept == self.seen

    @property
    def is_stale(self) -> bool:
        """Whether it is to be looked at: it stands elsewhere, in other words or not at all, and
        nobody has said that it may."""
        return self.standing in STALE and not self.is_kept


class Ruling(SQLModel, table=True):
    """The reader's own stance on a cell, with the reason. A withdrawn one is not in force.

    A cell has one row at most; what it said before is in `CellChange`.
    """

    __table_args__ = (UniqueConstraint("technique_id", "issue_id"),)

    id: int = Field(default=None, primary_key=True)
    technique_id: int = Field(foreign_key="technique.id")
    issue_id: int = Field(foreign_key="issue.id", index=True)
    stance: Stance = Field(sa_type=String)
    rationale: str = ""
    ruled_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)
    is_current: bool = True
    version: int = 1

    technique: Technique = Relationship(sa_relationship_kwargs=_RAISE)
    issue: Issue = Relationship(sa_relationship_kwargs=_RAISE)


class CellChange(SQLModel, table=True):
    """What a claim or a ruling said before and after a change; written once, never changed.

    `before` and `after` are states (`app/comparison/history/snapshots.py`), None where there was
    nothing. `app/comparison/history/record.py` writes it as the rows change, and reads a table as
    of a moment.
    """

    __tablename__ = "cell_change"
    __table_args__ = (
        Index("ix_cell_change_subject", "technique_id", "issue_id", "subject", "claim_id"),
    )

    id: int = Field(default=None, primary_key=True)
    technique_id: int = Field(foreign_key="technique.id")
    issue_id: int = Field(foreign_key="issue.id", index=True)
    subject: Subject = Field(sa_type=String)
    claim_id: int = Field(default=0, index=True)  # 0: the ruling; a claim may be gone by now
    before: dict[str, JSONValue] | None = Field(default=None, sa_type=_STATE)
    after: dict[str, JSONValue] | None = Field(default=None, sa_type=_STATE)
    why: str = ""
    by: str = ""  # "": the reader; else what did it, such as an import
    undoes: int | None = None  # the change that this one took back
    at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime, index=True)

    technique: Technique = Relationship(sa_relationship_kwargs=_RAISE)
    issue: Issue = Relationship(sa_relationship_kwargs=_RAISE)
