"""What JSON says of scores, pairs of them and a benchmark's items."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from app.benchmarks.scores.pairs import TestingPair
from app.benchmarks.scores.plot import score_size
from app.models import BenchmarkItem, Score


class ScoreItem(BaseModel):
    """A published score; `paper` is the citation key of the one that prints it, `size` over how
    many examples it is, `category` null where it is on the whole benchmark."""

    id: int
    benchmark: str
    system: str
    paper: str
    metric: str
    split: str
    category: str | None
    value: float
    unit: str
    place: str
    conditions: dict[str, str]
    size: int | None
    year: int | None
    version: int


class ScorePairItem(BaseModel):
    """Two scores, with a technique and without it. `issues` are those that its category, or its
    benchmark, tests."""

    model_config = ConfigDict(populate_by_name=True)

    id: int
    benchmark: str
    technique: str
    with_score: ScoreItem = Field(serialization_alias="with")
    without_score: ScoreItem = Field(serialization_alias="without")
    difference: float
    unit: str
    condition: str
    size: int | None
    issues: list[str]
    label: str
    created_at: datetime


class ExampleItem(BaseModel):
    """An example; `number` is its place in the data set, from 0."""

    number: int
    question: str
    query: str
    database: str
    categories: list[str]
    altered_from: str


class ItemsTaken(BaseModel):
    total: int
    new: int


def serialize_score(score: Score) -> ScoreItem:
    names = {"id", "system", "metric", "split", "value", "unit", "place", "conditions", "version"}
    return ScoreItem(
        benchmark=score.benchmark.slug,
        paper=score.paper.citekey,
        category=score.category.code if score.category else None,
        size=score_size(score),
        year=score.year or score.paper.year,
        **score.model_dump(include=names),
    )


def serialize_pair(found: TestingPair) -> ScorePairItem:
    pair = found.pair
    return ScorePairItem(
        id=pair.id,
        benchmark=pair.with_score.benchmark.slug,
        technique=pair.technique.slug,
        with_score=serialize_score(pair.with_score),
        without_score=serialize_score(pair.without_score),
        difference=pair.difference,
        unit=pair.with_score.unit,
        condition=pair.condition,
        size=found.size,
        issues=[issue.slug for issue in found.issues],
        label=pair.label,
        created_at=pair.created_at,
    )


def serialize_item(item: BenchmarkItem) -> ExampleItem:
    return ExampleItem(
        number=item.position,
        question=item.question,
        query=item.query,
        database=item.database,
        categories=item.codes,
        altered_from=item.altered_from,
    )
