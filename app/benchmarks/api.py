"""The JSON routes of benchmarks."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel
from sqlmodel import Session

from app.benchmarks import service
from app.benchmarks.rules import Accuracy, MappingInput
from app.benchmarks.service import BenchmarkView, Listed
from app.models import Benchmark, BenchmarkCategory, BenchmarkMapping, Issue, Source, Strength
from app.vocabularies.service import find
from app.web.dependencies import Db, Listing, etag
from app.web.forms import IfMatch
from app.web.threads import Route

router = APIRouter(route_class=Route, prefix="/benchmarks", tags=["benchmarks"])
ResultId = Annotated[int, Path(ge=1, le=2**31 - 1)]


class BenchmarkItem(BaseModel):
    slug: str
    name: str
    paper: str | None
    definition_en: str
    definition_zh: str
    origin: str
    size: int


class BenchmarkSummary(BenchmarkItem):
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


class BenchmarkWhole(BenchmarkItem):
    categories: list[CategoryItem]
    mappings: list[MappingItem]
    results: list[ResultItem]


def _values(benchmark: Benchmark, size: int) -> dict[str, object]:
    names = {"slug", "name", "definition_en", "definition_zh", "origin"}
    paper = benchmark.paper.citekey if benchmark.paper else None
    return {**benchmark.model_dump(include=names), "paper": paper, "size": size}


def _summary(each: Listed) -> BenchmarkSummary:
    values = _values(each.benchmark, each.size)
    numbers = {"categories": each.categories, "issues": each.issues, "results": each.results}
    return BenchmarkSummary.model_validate({**values, **numbers})


def _mapping(mapping: BenchmarkMapping, issue: str, category: str) -> MappingItem:
    return MappingItem(
        issue=issue,
        category=category,
        strength=Strength(mapping.strength),
        source=Source(mapping.source),
        why_en=mapping.why_en,
        why_zh=mapping.why_zh,
        version=mapping.version,
    )


def _accuracy(accuracy: Accuracy) -> AccuracyItem:
    return AccuracyItem(right=accuracy.right, size=accuracy.size)


def _whole(view: BenchmarkView) -> BenchmarkWhole:
    return BenchmarkWhole.model_validate(
        {
            **_values(view.benchmark, view.size),
            "categories": [
                CategoryItem.model_validate(row.category, from_attributes=True) for row in view.rows
            ],
            "mappings": [
                _mapping(each, each.issue.slug, row.category.code)
                for row in view.rows
                for each in row.mappings
            ],
            "results": [
                ResultItem(
                    id=result.id or 0,
                    system=result.system,
                    dated_on=result.dated_on,
                    file_name=result.file_name,
                    whole=_accuracy(view.whole[at]),
                    uncategorised=_accuracy(view.plain[at]),
                    categories={
                        row.category.code: _accuracy(row.accuracies[at]) for row in view.rows
                    },
                )
                for at, result in enumerate(view.results)
            ],
        }
    )


@router.get("")
def benchmarks(db: Db) -> Listing[BenchmarkSummary]:
    """All benchmarks, in their order."""
    with db.read() as session:
        items = [_summary(each) for each in service.list_benchmarks(session)]
    return Listing(items=items, total=len(items), page=1, per_page=len(items))


@router.get("/{slug}")
def benchmark(db: Db, slug: str) -> BenchmarkWhole:
    """A benchmark with its categories, the issues mapped to them, and its results, the latest
    first, with their accuracy over each category."""
    with db.read() as session:
        return _whole(service.view(session, slug))


@router.put("/{slug}/mappings/{issue}/{code}")
def put_mapping(
    db: Db,
    slug: str,
    issue: str,
    code: str,
    given: MappingInput,
    version: IfMatch,
    response: Response,
) -> MappingItem:
    """Says how an issue maps to a category, anew or for the first time."""
    with db.write() as session:
        found, category = _pair(session, slug, issue, code)
        mapping = service.put_mapping(session, found, category, given, version=version)
        response.headers["ETag"] = etag(mapping.version)
        return _mapping(mapping, found.slug, category.code)


@router.delete("/{slug}/mappings/{issue}/{code}", status_code=204)
def delete_mapping(db: Db, slug: str, issue: str, code: str, version: IfMatch) -> None:
    with db.write() as session:
        found, category = _pair(session, slug, issue, code)
        service.delete_mapping(session, found, category, version=version)


@router.delete("/{slug}/results/{result_id}", status_code=204)
def delete_result(db: Db, slug: str, result_id: ResultId) -> None:
    with db.write() as session:
        service.delete_result(session, service.get_benchmark(session, slug), result_id)


def _pair(session: Session, slug: str, issue: str, code: str) -> tuple[Issue, BenchmarkCategory]:
    category = service.get_category(session, service.get_benchmark(session, slug), code)
    return find(session, Issue, issue), category
