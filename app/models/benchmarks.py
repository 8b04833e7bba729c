"""Benchmarks that sort their examples into categories, how issues map to those, results on them."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import JSON, String, UniqueConstraint
from sqlmodel import Field, Relationship, SQLModel

from app.kit.text import fold
from app.models.base import UTCDateTime, empty_dict, empty_list, utc_now
from app.models.comparison import Source
from app.models.library import Paper
from app.models.vocabularies import Issue, Technique

_RAISE = {"lazy": "raise"}


class Strength(StrEnum):
    """How closely a category tests what an issue is about."""

    STRONG = "strong"
    PARTIAL = "partial"
    WEAK = "weak"


class Benchmark(SQLModel, table=True):
    """A dataset to be measured on. `examples` has, for each example in the dataset's order, the
    codes of its categories (none, one or several); it is empty where only sizes are known."""

    id: int = Field(default=None, primary_key=True)
    slug: str = Field(unique=True, index=True)
    name: str
    paper_id: int | None = Field(
        default=None, foreign_key="paper.id", index=True, ondelete="SET NULL"
    )
    definition_en: str = ""
    definition_zh: str = ""
    origin: str = ""  # where the facts were taken from, with their licence
    examples: list[list[str]] = Field(default_factory=empty_list, sa_type=JSON)
    position: int = 0

    paper: Paper | None = Relationship(sa_relationship_kwargs=_RAISE)


class BenchmarkCategory(SQLModel, table=True):
    """A kind of example, such as Spider-DK's `T1`; an example may be of several."""

    __tablename__ = "benchmark_category"
    __table_args__ = (UniqueConstraint("benchmark_id", "code"),)

    id: int = Field(default=None, primary_key=True)
    benchmark_id: int = Field(foreign_key="benchmark.id", index=True)
    code: str  # as the benchmark itself writes it
    group: str = ""  # of categories, where the benchmark has such: DB, NLQ, SQL
    name_en: str
    name_zh: str = ""
    definition_en: str = ""
    definition_zh: str = ""
    size: int = 0  # examples of this category, those of several included
    position: int = 0

    benchmark: Benchmark = Relationship(sa_relationship_kwargs=_RAISE)


class BenchmarkItem(SQLModel, table=True):
    """An example of a benchmark itself, as its own file has it. Its categories are those that
    `Benchmark.examples` has at its position."""

    __tablename__ = "benchmark_item"
    __table_args__ = (UniqueConstraint("benchmark_id", "position"),)

    id: int = Field(default=None, primary_key=True)
    benchmark_id: int = Field(foreign_key="benchmark.id")
    position: int  # in the dataset's order, from 0
    question: str
    query: str = ""
    database: str = ""
    altered_from: str = ""  # the question that it was made of, where the benchmark altered one

    benchmark: Benchmark = Relationship(sa_relationship_kwargs=_RAISE)

    @property
    def name(self) -> str:
        """By which it is pointed to: `spider-dk:113`; the benchmark must be loaded."""
        return f"{self.benchmark.slug}:{self.position}"

    @property
    def codes(self) -> list[str]:
        """Its categories; the benchmark must be loaded."""
        examples = self.benchmark.examples
        return examples[self.position] if self.position < len(examples) else []


class BenchmarkMapping(SQLModel, table=True):
    """An issue × a category: how far the category tests the issue, whose view that is, and why."""

    __tablename__ = "benchmark_mapping"
    __table_args__ = (UniqueConstraint("issue_id", "category_id"),)

    id: int = Field(default=None, primary_key=True)
    issue_id: int = Field(foreign_key="issue.id")
    category_id: int = Field(foreign_key="benchmark_category.id", index=True)
    strength: Strength = Field(sa_type=String)
    source: Source = Field(default=Source.OWN, sa_type=String)
    why_en: str = ""
    why_zh: str = ""
    # One that shows what is meant.
    item_id: int | None = Field(
        default=None, foreign_key="benchmark_item.id", index=True, ondelete="SET NULL"
    )
    version: int = 1

    issue: Issue = Relationship(sa_relationship_kwargs=_RAISE)
    category: BenchmarkCategory = Relationship(sa_relationship_kwargs=_RAISE)
    item: BenchmarkItem | None = Relationship(sa_relationship_kwargs=_RAISE)


class BenchmarkResult(SQLModel, table=True):
    """What one system got right: a `1` or `0` for each of the benchmark's examples, in order."""

    __tablename__ = "benchmark_result"

    id: int = Field(default=None, primary_key=True)
    benchmark_id: int = Field(foreign_key="benchmark.id", index=True)
    system: str
    dated_on: date = Field(default_factory=lambda: utc_now().date())
    file_name: str = ""
    outcomes: str
    created_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)


class Score(SQLModel, table=True):
    """What a paper says that a system reached on a benchmark, whole or in one category."""

    id: int = Field(default=None, primary_key=True)
    benchmark_id: int = Field(foreign_key="benchmark.id", index=True)
    category_id: int | None = Field(default=None, foreign_key="benchmark_category.id", index=True)
    system: str
    paper_id: int = Field(foreign_key="paper.id", index=True)  # that prints it
    place: str = ""  # where in the paper: "Table 3", "p. 7"
    metric: str
    split: str = ""  # the part of the benchmark that was measured, as the paper calls it
    value: float
    unit: str = "%"
    size: int | None = None  # examples that it is over, where that is known
    year: int | None = None  # of the system, where it is not the paper's
    conditions: dict[str, str] = Field(default_factory=empty_dict, sa_type=JSON)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)
    version: int = 1

    benchmark: Benchmark = Relationship(sa_relationship_kwargs=_RAISE)
    category: BenchmarkCategory | None = Relationship(sa_relationship_kwargs=_RAISE)
    paper: Paper = Relationship(sa_relationship_kwargs=_RAISE)

    @property
    def figure(self) -> str:
        """As it is printed: with as many decimals as it has, one at least."""
        return f"{Decimal(str(self.value)):f}"


class ScorePair(SQLModel, table=True):
    """Two scores that differ by one technique alone: what it is worth."""

    __tablename__ = "score_pair"
    __table_args__ = (UniqueConstraint("with_id", "without_id"),)

    id: int = Field(default=None, primary_key=True)
    technique_id: int = Field(foreign_key="technique.id", index=True)
    with_id: int = Field(foreign_key="score.id")
    without_id: int = Field(foreign_key="score.id", index=True)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)

    technique: Technique = Relationship(sa_relationship_kwargs=_RAISE)
    with_score: Score = Relationship(
        sa_relationship_kwargs={**_RAISE, "foreign_keys": "ScorePair.with_id"}
    )
    without_score: Score = Relationship(
        sa_relationship_kwargs={**_RAISE, "foreign_keys": "ScorePair.without_id"}
    )

    @property
    def difference(self) -> float:
        """What the technique is worth, in the scores' unit, with as many decimals as they have."""
        return float(self._difference)

    @property
    def _difference(self) -> Decimal:
        of, without = (Decimal(str(each.value)) for each in (self.with_score, self.without_score))
        return of - without

    @property
    def condition(self) -> str:
        """The one condition in which the two differ; "" where their scores were changed since."""
        differing = differing_conditions(self.with_score.conditions, self.without_score.conditions)
        return differing[0] if len(differing) == 1 else ""

    @property
    def change(self) -> str:
        """`RESDSQL-3B ± NatSQL`; where it is called otherwise with it, `T5-3B → TKK-3B`."""
        said = self.with_score.conditions.get(self.condition, "")
        part = self.condition if is_switch(said) else said
        # The one name is the other with something added: `+ NatSQL`, `without ranking`.
        names = self.without_score.system, self.with_score.system
        if part:
            return f"{min(names, key=len)} ± {part}"
        return " → ".join(dict.fromkeys(names))

    @property
    def signed(self) -> str:
        """The difference as it is read: `+12.6`, `−3.2`."""
        return f"{self._difference:+f}".replace("-", "−")

    @property
    def where(self) -> str:
        """`Dr.Spider Column-attribute`; the benchmark alone where it is on the whole."""
        score = self.with_score
        return (
            f"{score.benchmark.name} {score.category.code}"
            if score.category
            else score.benchmark.name
        )

    @property
    def label(self) -> str:
        """`+12.6 on Spider-DK, RESDSQL-3B ± NatSQL`; scores and benchmark must be loaded."""
        return f"{self.signed} on {self.where}, {self.change}"


def differing_conditions(one: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    """The names of the conditions in which two scores differ; one that is not said is another."""
    names = dict.fromkeys([*one, *other])
    return [name for name in names if fold(one.get(name, "")) != fold(other.get(name, ""))]


def is_switch(said: str) -> bool:
    """Whether a condition's text says only that its name holds: `yes`."""
    return fold(said) in ("yes", "with", "on", "true", "是", "有", "✓")
