"""Every `select` over benchmarks."""

from collections.abc import Collection

from sqlalchemy import func
from sqlalchemy import select as rows
from sqlalchemy.orm import joinedload
from sqlmodel import Session, col, select

from app.models import (
    Benchmark,
    BenchmarkCategory,
    BenchmarkMapping,
    BenchmarkResult,
    Issue,
    loader_path,
)


def select_benchmarks(session: Session) -> list[Benchmark]:
    """All benchmarks in their order, with their papers."""
    statement = select(Benchmark).options(joinedload(loader_path(Benchmark.paper)))
    return list(session.exec(statement.order_by(col(Benchmark.position), col(Benchmark.id))))


def benchmark_by_slug(session: Session, slug: str) -> Benchmark | None:
    statement = select(Benchmark).options(joinedload(loader_path(Benchmark.paper)))
    return session.exec(statement.where(col(Benchmark.slug) == slug)).one_or_none()


def select_categories(session: Session, benchmark_id: int | None = None) -> list[BenchmarkCategory]:
    """The categories of one benchmark, or of all, in their order."""
    statement = select(BenchmarkCategory)
    if benchmark_id is not None:
        statement = statement.where(col(BenchmarkCategory.benchmark_id) == benchmark_id)
    return list(
        session.exec(statement.order_by(col(BenchmarkCategory.position), col(BenchmarkCategory.id)))
    )


def category_by_code(session: Session, benchmark_id: int, code: str) -> BenchmarkCategory | None:
    statement = select(BenchmarkCategory).where(
        col(BenchmarkCategory.benchmark_id) == benchmark_id, col(BenchmarkCategory.code) == code
    )
    return session.exec(statement).one_or_none()


def mappings_to(session: Session, benchmark_id: int) -> list[BenchmarkMapping]:
    """The mappings to a benchmark's categories with their issues, in the issues' order."""
    statement = (
        select(BenchmarkMapping)
        .join(BenchmarkCategory)
        .join(Issue)
        .where(col(BenchmarkCategory.benchmark_id) == benchmark_id)
        .options(
            joinedload(loader_path(BenchmarkMapping.issue)),
            joinedload(loader_path(BenchmarkMapping.category)),
        )
        .order_by(col(BenchmarkCategory.position), col(Issue.position), col(Issue.id))
    )
    return list(session.exec(statement))


def mappings_of(session: Session, issue_ids: Collection[int]) -> list[BenchmarkMapping]:
    """The mappings of these issues with their categories and benchmarks, in the latters' order:
    two statements, for a benchmark's examples are too much to be repeated in every row."""
    to_category = joinedload(loader_path(BenchmarkMapping.category))
    statement = (
        select(BenchmarkMapping)
        .join(BenchmarkCategory)
        .join(Benchmark)
        .where(col(BenchmarkMapping.issue_id).in_(issue_ids))
        .options(to_category.selectinload(loader_path(BenchmarkCategory.benchmark)))
        .order_by(
            col(Benchmark.position),
            col(Benchmark.id),
            col(BenchmarkCategory.position),
            col(BenchmarkCategory.id),
        )
    )
    return list(session.exec(statement))


def mapping_of(session: Session, issue_id: int, category_id: int) -> BenchmarkMapping | None:
    statement = select(BenchmarkMapping).where(
        col(BenchmarkMapping.issue_id) == issue_id, col(BenchmarkMapping.category_id) == category_id
    )
    return session.exec(statement).one_or_none()


def select_results(session: Session, benchmark_ids: Collection[int]) -> list[BenchmarkResult]:
    """The results on these benchmarks, the latest first."""
    statement = select(BenchmarkResult).where(col(BenchmarkResult.benchmark_id).in_(benchmark_ids))
    order = col(BenchmarkResult.dated_on).desc(), col(BenchmarkResult.id).desc()
    return list(session.exec(statement.order_by(*order)))


def result_by_id(session: Session, benchmark_id: int, result_id: int) -> BenchmarkResult | None:
    found = session.get(BenchmarkResult, result_id)
    return found if found and found.benchmark_id == benchmark_id else None


def same_result(
    session: Session, benchmark_id: int, system: str, outcomes: str
) -> BenchmarkResult | None:
    """A result of this system that is right and wrong on the very same examples."""
    statement = select(BenchmarkResult).where(
        col(BenchmarkResult.benchmark_id) == benchmark_id,
        col(BenchmarkResult.system) == system,
        col(BenchmarkResult.outcomes) == outcomes,
    )
    return session.exec(statement.limit(1)).first()


def count_parts(session: Session) -> dict[int, tuple[int, int, int]]:
    """Categories, mapped issues and results of each benchmark by its id, in one statement."""
    of_categories = (
        rows(func.count(col(BenchmarkCategory.id)))
        .where(col(BenchmarkCategory.benchmark_id) == col(Benchmark.id))
        .scalar_subquery()
    )
    of_issues = (
        rows(func.count(func.distinct(col(BenchmarkMapping.issue_id))))
        .join(BenchmarkCategory, col(BenchmarkCategory.id) == col(BenchmarkMapping.category_id))
        .where(col(BenchmarkCategory.benchmark_id) == col(Benchmark.id))
        .scalar_subquery()
    )
    of_results = (
        rows(func.count(col(BenchmarkResult.id)))
        .where(col(BenchmarkResult.benchmark_id) == col(Benchmark.id))
        .scalar_subquery()
    )
    statement = rows(col(Benchmark.id), of_categories, of_issues, of_results)
    return {each: (a, b, c) for each, a, b, c in session.execute(statement) if each is not None}
