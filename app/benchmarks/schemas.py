"""What JSON says of benchmarks and results on them."""

from datetime import date

from pydantic import BaseModel

from app.benchmarks.rules import Accuracy
from app.benchmarks.service import BenchmarkView, ListedBenchmark
from app.models import Benchmark, BenchmarkMapping, Source, Strength


class BenchmarkFacts(BaseModel):
    slug: str
    name: str
    paper: str | None
    definition_en: str
    definition_zh: str
    origin: str
    size: int


class BenchmarkSummary(BenchmarkFacts):
    """A benchmark in the list; `issues` and `results` are numbers."""

    categories: int
    issues: int
    results: int


class CategoryItem(BaseModel):
    code: str
    group: str
    name_en: str
    name_zh: str
    definition_en: str
    definition_zh: str
    size: int


class MappingItem(BaseModel):
    """`source` is whose view it is: own, literature or inference."""

    issue: str
    category: str
    strength: Strength
    source: Source
    why_en: str
    why_zh: str
    item: int | None  # the number of an example that shows what is meant
    version: int


class AccuracyItem(BaseModel):
    right: int
    size: int


class ResultItem(BaseModel):
    """`whole` is over all examples, `uncategorised` over those of no category; an example of
    several categories counts in each of `categories`."""

    id: int
    system: str
    dated_on: date
    file_name: str
    whole: AccuracyItem
    uncategorised: AccuracyItem
    categories: dict[str, AccuracyItem]


class BenchmarkWhole(BenchmarkFacts):
    categories: list[CategoryItem]
    mappings: list[MappingItem]
    results: list[ResultItem]


def benchmark_values(benchmark: Benchmark, size: int) -> dict[str, object]:
    names = {"slug", "name", "definition_en", "definition_zh", "origin"}
    paper = benchmark.paper.citekey if benchmark.paper else None
    return {**benchmark.model_dump(include=names), "paper": paper, "size": size}


def serialize_summary(each: ListedBenchmark) -> BenchmarkSummary:
    values = benchmark_values(each.benchmark, each.size)
    numbers = {"categories": each.categories, "issues": each.issues, "results": each.results}
    return BenchmarkSummary.model_validate({**values, **numbers})


def serialize_mapping(mapping: BenchmarkMapping, issue: str, category: str) -> MappingItem:
    return MappingItem(
        issue=issue,
        category=category,
        strength=Strength(mapping.strength),
        source=Source(mapping.source),
        why_en=mapping.why_en,
        why_zh=mapping.why_zh,
        item=mapping.item.position if mapping.item else None,
        version=mapping.version,
    )


def serialize_accuracy(accuracy: Accuracy) -> AccuracyItem:
    return AccuracyItem(right=accuracy.right, size=accuracy.size)


def serialize_benchmark(view: BenchmarkView) -> BenchmarkWhole:
    return BenchmarkWhole.model_validate(
        {
            **benchmark_values(view.benchmark, view.size),
            "categories": [
                CategoryItem.model_validate(row.category, from_attributes=True) for row in view.rows
            ],
            "mappings": [
                serialize_mapping(each, each.issue.slug, row.category.code)
                for row in view.rows
                for each in row.mappings
            ],
            "results": [
                ResultItem(
                    id=result.id,
                    system=result.system,
                    dated_on=result.dated_on,
                    file_name=result.file_name,
                    whole=serialize_accuracy(view.whole[at]),
                    uncategorised=serialize_accuracy(view.plain[at]),
                    categories={
                        row.category.code: serialize_accuracy(row.accuracies[at])
                        for row in view.rows
                    },
                )
                for at, result in enumerate(view.results)
            ],
        }
    )
