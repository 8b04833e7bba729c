"""The JSON routes of benchmarks."""

from typing import Annotated

from fastapi import APIRouter, Path, Response
from sqlmodel import Session

from app.benchmarks import service
from app.benchmarks.rules import MappingInput
from app.benchmarks.schemas import (
    BenchmarkSummary,
    BenchmarkWhole,
    MappingItem,
    serialize_benchmark,
    serialize_mapping,
    serialize_summary,
)
from app.models import BenchmarkCategory, Issue
from app.vocabularies.service import get_term
from app.web.dependencies import Db, Listing, format_etag
from app.web.forms import IfMatch
from app.web.threads import Route

router = APIRouter(route_class=Route, prefix="/benchmarks", tags=["benchmarks"])
ResultId = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.get("")
def benchmarks(db: Db) -> Listing[BenchmarkSummary]:
    """All benchmarks, in their order."""
    with db.read() as session:
        items = [serialize_summary(each) for each in service.list_benchmarks(session)]
    return Listing(items=items, total=len(items), page=1, per_page=len(items))


@router.get("/{slug}")
def benchmark(db: Db, slug: str) -> BenchmarkWhole:
    """A benchmark with its categories, the issues mapped to them, and its results, the latest
    first, with their accuracy over each category."""
    with db.read() as session:
        return serialize_benchmark(service.get_view(session, slug))


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
        response.headers["ETag"] = format_etag(mapping.version)
        return serialize_mapping(mapping, found.slug, category.code)


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
    return get_term(session, Issue, issue), category
