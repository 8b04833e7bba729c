"""Every `select` over benchmarks."""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, or_
from sqlalchemy import select as rows
from sqlalchemy.orm import aliased, joinedload
from sqlalchemy.orm.strategy_options import _AbstractLoad as Load
from sqlmodel import Session, col, select

from app.models import (
    Benchmark,
    BenchmarkCategory,
    BenchmarkItem,
    BenchmarkMapping,
    BenchmarkResult,
    Evidence,
    Issue,
    Paper,
    Score,
    ScorePair,
    Technique,
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
            joinedload(loader_path(BenchmarkMapping.item)),
        )
        .order_by(col(BenchmarkCategory.position), col(Issue.position), col(Issue.id))
    )
    return list(session.exec(statement))


def mappings_of(session: Session, issue_ids: Collection[int]) -> list[BenchmarkMapping]:
    """The mappings of these issues with their categories, the items that show what is meant, and
    benchmarks, in the latters' order: two statements, for a benchmark's examples are too much to be
    repeated in every row."""
    to_category = joinedload(loader_path(BenchmarkMapping.category))
    statement = (
        select(BenchmarkMapping)
        .join(BenchmarkCategory)
        .join(Benchmark)
        .where(col(BenchmarkMapping.issue_id).in_(issue_ids))
        .options(
            to_category.selectinload(loader_path(BenchmarkCategory.benchmark)),
            joinedload(loader_path(BenchmarkMapping.item)),
        )
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
    statement = statement.options(joinedload(loader_path(BenchmarkMapping.item)))
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


# --- Scores, pairs, items -----------------------------------------------------------------------


def _with_names(score: Load | None = None) -> list[Load]:
    """A score with category, and the names of its paper and its benchmark: an abstract, and a
    benchmark's examples, would be too much."""
    of_paper = loader_path(Paper.citekey), loader_path(Paper.year)
    names = loader_path(Benchmark.slug), loader_path(Benchmark.name)
    to = score.joinedload if score else joinedload
    return [
        to(loader_path(Score.category)),
        to(loader_path(Score.paper)).load_only(*of_paper, raiseload=True),
        to(loader_path(Score.benchmark)).load_only(*names),
    ]


def _on(benchmarks: Collection[int], categories: Collection[int]) -> ColumnElement[bool]:
    """Of scores: on these benchmarks as a whole, or on these categories."""
    whole = col(Score.benchmark_id).in_(benchmarks) & col(Score.category_id).is_(None)
    return whole | col(Score.category_id).in_(categories)


def scores_telling(
    session: Session, benchmarks: Collection[int], categories: Collection[int]
) -> list[Score]:
    """The scores on these benchmarks as a whole and on these categories, by system; one
    statement."""
    statement = select(Score).where(_on(benchmarks, categories))
    order = col(Score.benchmark_id), col(Score.system), col(Score.id)
    return list(session.exec(statement.options(*_with_names()).order_by(*order)))


def select_scores(session: Session, benchmark_ids: Collection[int]) -> list[Score]:
    """The scores on these benchmarks, by system; one statement."""
    statement = select(Score).where(col(Score.benchmark_id).in_(benchmark_ids))
    order = col(Score.benchmark_id), col(Score.system), col(Score.id)
    return list(session.exec(statement.options(*_with_names()).order_by(*order)))


def score_by_id(session: Session, score_id: int) -> Score | None:
    statement = select(Score).where(col(Score.id) == score_id)
    return session.exec(statement.options(*_with_names())).one_or_none()


def papers_by_key(session: Session, keys: Collection[str]) -> dict[str, Paper]:
    """Papers by their citation keys, folded."""
    found = session.exec(select(Paper).where(col(Paper.citekey_folded).in_(keys)))
    return {paper.citekey_folded: paper for paper in found}


def latest_papers(session: Session, limit: int) -> list[tuple[str, str]]:
    """Citation key and title of the papers that were changed last."""
    statement = rows(col(Paper.citekey), col(Paper.title)).where(col(Paper.trashed_at).is_(None))
    found = session.execute(statement.order_by(col(Paper.updated_at).desc()).limit(limit))
    return [(key, title) for key, title in found]


def _whole_pairs() -> list[Load]:
    sides = loader_path(ScorePair.with_score), loader_path(ScorePair.without_score)
    return [
        joinedload(loader_path(ScorePair.technique)),
        *(option for side in sides for option in _with_names(joinedload(side))),
    ]


def select_pairs(
    session: Session,
    *,
    benchmark_ids: Collection[int] | None = None,
    technique_ids: Collection[int] | None = None,
) -> list[ScorePair]:
    """The pairs on these benchmarks, of these techniques, in the order they were made."""
    statement = select(ScorePair).options(*_whole_pairs())
    if benchmark_ids is not None:
        of_it = rows(col(Score.id)).where(col(Score.benchmark_id).in_(benchmark_ids))
        statement = statement.where(col(ScorePair.with_id).in_(of_it))
    if technique_ids is not None:
        statement = statement.where(col(ScorePair.technique_id).in_(technique_ids))
    return list(session.exec(statement.order_by(col(ScorePair.id))))


def select_pairs_telling(
    session: Session, benchmarks: Collection[int], categories: Collection[int]
) -> list[ScorePair]:
    """The pairs on these benchmarks as a whole and on these categories, in the order they were
    made."""
    here = rows(col(Score.id)).where(_on(benchmarks, categories))
    statement = select(ScorePair).where(col(ScorePair.with_id).in_(here))
    return list(session.exec(statement.options(*_whole_pairs()).order_by(col(ScorePair.id))))


def pair_by_id(session: Session, pair_id: int) -> ScorePair | None:
    statement = select(ScorePair).where(col(ScorePair.id) == pair_id)
    return session.exec(statement.options(*_whole_pairs())).one_or_none()


def pairs_of_score(session: Session, score_id: int) -> list[ScorePair]:
    sides = or_(col(ScorePair.with_id) == score_id, col(ScorePair.without_id) == score_id)
    return list(session.exec(select(ScorePair).where(sides).options(*_whole_pairs())))


class Tested(NamedTuple):
    """That a category tests an issue; `categories` is how many its benchmark has."""

    benchmark_id: int
    category_id: int
    issue: Issue
    categories: int


def issues_tested(session: Session, benchmark_ids: Collection[int]) -> list[Tested]:
    """Every mapping to these benchmarks, in the issues' order; one statement."""
    every = aliased(BenchmarkCategory)
    categories = (
        rows(func.count(col(every.id)))
        .where(col(every.benchmark_id) == col(BenchmarkCategory.benchmark_id))
        .scalar_subquery()
    )
    statement = (
        rows(col(BenchmarkCategory.benchmark_id), col(BenchmarkCategory.id), Issue, categories)
        .join(BenchmarkMapping, col(BenchmarkMapping.category_id) == col(BenchmarkCategory.id))
        .join(Issue, col(Issue.id) == col(BenchmarkMapping.issue_id))
        .where(col(BenchmarkCategory.benchmark_id).in_(benchmark_ids))
        .order_by(col(Issue.position), col(Issue.id))
    )
    return [
        Tested(benchmark, category, issue, of)
        for benchmark, category, issue, of in session.execute(statement)
    ]


def count_scores(session: Session, benchmark_id: int) -> tuple[int, int]:
    """How many scores and items a benchmark has."""
    scores = rows(func.count(col(Score.id))).where(col(Score.benchmark_id) == benchmark_id)
    items = rows(func.count(col(BenchmarkItem.id)))
    items = items.where(col(BenchmarkItem.benchmark_id) == benchmark_id)
    return session.scalar(scores) or 0, session.scalar(items) or 0


def paired_techniques(session: Session) -> list[Technique]:
    order = col(Technique.position), col(Technique.id)
    return list(session.exec(select(Technique).order_by(*order)))


def technique_named(session: Session, slug: str) -> Technique | None:
    return session.exec(select(Technique).where(col(Technique.slug) == slug)).one_or_none()


def select_item_texts(session: Session, benchmark_id: int) -> list[tuple[int, str, str, str]]:
    """(position, question, query, database) of all items of a benchmark, in their order."""
    statement = rows(
        col(BenchmarkItem.position),
        col(BenchmarkItem.question),
        col(BenchmarkItem.query),
        col(BenchmarkItem.database),
    ).where(col(BenchmarkItem.benchmark_id) == benchmark_id)
    found = session.execute(statement.order_by(col(BenchmarkItem.position)))
    return [(at, question, query, database) for at, question, query, database in found]


def select_items(
    session: Session, benchmark_id: int, positions: Collection[int] | None = None
) -> list[BenchmarkItem]:
    statement = select(BenchmarkItem).where(col(BenchmarkItem.benchmark_id) == benchmark_id)
    if positions is not None:
        statement = statement.where(col(BenchmarkItem.position).in_(positions))
    return list(session.exec(statement.order_by(col(BenchmarkItem.position))))


def evidence_of_pair(session: Session, pair_id: int) -> list[Evidence]:
    return list(session.exec(select(Evidence).where(col(Evidence.pair_id) == pair_id)))
