"""Every `select` over hypotheses."""

from collections.abc import Collection, Iterable
from functools import cache
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, bindparam, func, or_
from sqlalchemy import select as rows
from sqlmodel import Session, col, select

from app.hypotheses.rules import SPEAKS_AGAINST
from app.models import (
    OPEN,
    Basis,
    Benchmark,
    BenchmarkCategory,
    Claim,
    Comparison,
    ComparisonColumn,
    ComparisonRow,
    Correspondence,
    CorrespondenceIssue,
    CorrespondenceTechnique,
    Hypothesis,
    HypothesisState,
    Issue,
    Note,
    Ruling,
    Stance,
    Technique,
)

Pair = tuple[int, int]  # technique id, issue id
Term = type[Technique] | type[Issue]


class HeldRow(NamedTuple):
    """A hypothesis with what it names."""

    hypothesis: Hypothesis
    technique: Technique
    issue: Issue
    category: BenchmarkCategory | None
    benchmark: Benchmark | None
    correspondence: Correspondence | None


def select_hypotheses(session: Session, *conditions: ColumnElement[bool]) -> list[HeldRow]:
    """The hypotheses under `conditions` with what they name, in the order they were made; one
    statement."""
    statement = (
        rows(Hypothesis, Technique, Issue, BenchmarkCategory, Benchmark, Correspondence)
        .join(Technique, col(Technique.id) == col(Hypothesis.technique_id))
        .join(Issue, col(Issue.id) == col(Hypothesis.issue_id))
        .outerjoin(BenchmarkCategory, col(BenchmarkCategory.id) == col(Hypothesis.category_id))
        .outerjoin(Benchmark, col(Benchmark.id) == col(BenchmarkCategory.benchmark_id))
        .outerjoin(Correspondence, col(Correspondence.id) == col(Hypothesis.correspondence_id))
        .where(*conditions)
        .order_by(col(Hypothesis.id))
    )
    return [HeldRow(*row) for row in session.execute(statement)]


def hypothesis_by_id(session: Session, number: int) -> HeldRow | None:
    return next(iter(select_hypotheses(session, col(Hypothesis.id) == number)), None)


def is_kept() -> ColumnElement[bool]:
    return col(Hypothesis.trashed_at).is_(None)


def is_deleted() -> ColumnElement[bool]:
    return col(Hypothesis.trashed_at).is_not(None)


def in_cell(technique_id: int, issue_id: int) -> ColumnElement[bool]:
    here = col(Hypothesis.technique_id) == technique_id
    return here & (col(Hypothesis.issue_id) == issue_id)


def on_terms(vocabulary: Term, ids: Collection[int]) -> ColumnElement[bool]:
    named = Hypothesis.technique_id if vocabulary is Technique else Hypothesis.issue_id
    return col(named).in_(ids)


def count_hypotheses(session: Session) -> int:
    return session.scalar(rows(func.count(col(Hypothesis.id))).where(is_kept())) or 0


class Branch(NamedTuple):
    id: int
    parent_id: int | None
    slug: str


def select_branches(session: Session, vocabulary: Term) -> list[Branch]:
    """A whole vocabulary's tree."""
    found = rows(col(vocabulary.id), col(vocabulary.parent_id), col(vocabulary.slug))
    return [Branch(*row) for row in session.execute(found)]


class ShownClaim(NamedTuple):
    """What was shown of a technique in its own field."""

    technique_id: int
    issue_id: int
    id: int
    stance: str
    confidence: str


def claims_in_source(session: Session, techniques: Collection[int]) -> list[ShownClaim]:
    """What was shown of these techniques in the source field alone, and helps."""
    statement = rows(*(col(getattr(Claim, name)) for name in ShownClaim._fields)).where(
        col(Claim.technique_id).in_(techniques),
        col(Claim.basis) == Basis.SOURCE,
        col(Claim.stance).in_((Stance.ADDRESSES, Stance.PARTIAL)),
    )
    found = session.execute(statement.order_by(col(Claim.id)))
    return [ShownClaim(*row) for row in found]


def claims_against(session: Session, pairs: Iterable[Pair]) -> dict[Pair, list[int]]:
    """The claims that say of these cells that it was tried on the target field and did not help."""
    wanted = set(pairs)
    statement = rows(col(Claim.technique_id), col(Claim.issue_id), col(Claim.id)).where(
        col(Claim.technique_id).in_({row for row, _ in wanted}),
        col(Claim.issue_id).in_({column for _, column in wanted}),
        col(Claim.basis) == Basis.TARGET,
        col(Claim.stance).in_(SPEAKS_AGAINST),
    )
    found: dict[Pair, list[int]] = {}
    for row, column, number in session.execute(statement.order_by(col(Claim.id))):
        if (row, column) in wanted:
            found.setdefault((row, column), []).append(number)
    return found


def ties_of(
    session: Session, ids: Collection[int]
) -> tuple[dict[int, set[int]], dict[int, set[int]]]:
    """The techniques and the issues that these correspondences are tied to."""
    found: list[dict[int, set[int]]] = []
    for owner, tied in (
        (CorrespondenceTechnique.correspondence_id, CorrespondenceTechnique.technique_id),
        (CorrespondenceIssue.correspondence_id, CorrespondenceIssue.issue_id),
    ):
        ties: dict[int, set[int]] = {}
        statement = rows(col(owner), col(tied)).where(col(owner).in_(ids))
        for number, term in session.execute(statement):
            ties.setdefault(number, set()).add(term)
        found.append(ties)
    return found[0], found[1]


def showing(session: Session, pairs: Iterable[Pair]) -> dict[Pair, str]:
    """The first comparison that shows each of these cells of hypotheses, by its slug."""
    wanted = set(pairs)
    statement = (
        rows(
            col(ComparisonRow.technique_id),
            col(ComparisonColumn.issue_id),
            func.min(col(Comparison.id)),
        )
        .join(Comparison, col(Comparison.id) == col(ComparisonRow.comparison_id))
        .join(ComparisonColumn, col(ComparisonColumn.comparison_id) == col(Comparison.id))
        # Of a large comparison only the cells that have one.
        .join(
            Hypothesis,
            (col(Hypothesis.technique_id) == col(ComparisonRow.technique_id))
            & (col(Hypothesis.issue_id) == col(ComparisonColumn.issue_id)),
        )
        .where(
            col(ComparisonRow.technique_id).in_({row for row, _ in wanted}),
            col(ComparisonColumn.issue_id).in_({column for _, column in wanted}),
        )
        .group_by(col(ComparisonRow.technique_id), col(ComparisonColumn.issue_id))
        .subquery()
    )
    found = rows(statement.c[0], statement.c[1], col(Comparison.slug)).join(
        Comparison, col(Comparison.id) == statement.c[2]
    )
    return {
        (row, column): slug
        for row, column, slug in session.execute(found)
        if (row, column) in wanted
    }


def untried_cells(session: Session, comparison_id: int) -> dict[Pair, HypothesisState]:
    """The cells of a comparison with a hypothesis to be tried, where nobody has ruled and nothing
    was shown; `testing` where one is being tried."""
    found: dict[Pair, HypothesisState] = {}
    for row, column, state in session.execute(_untried_cells(), {"comparison": comparison_id}):
        if found.get((row, column)) != HypothesisState.TESTING:
            found[row, column] = HypothesisState(state)
    return found


@cache
def _untried_cells() -> Select[int, int, str]:
    here = (
        rows(col(Claim.id))
        .where(
            col(Claim.technique_id) == col(Hypothesis.technique_id),
            col(Claim.issue_id) == col(Hypothesis.issue_id),
            col(Claim.basis) != Basis.ARGUED,
        )
        .exists()
    )
    ruled = (
        rows(col(Ruling.id))
        .where(
            col(Ruling.technique_id) == col(Hypothesis.technique_id),
            col(Ruling.issue_id) == col(Hypothesis.issue_id),
            col(Ruling.is_current),
        )
        .exists()
    )
    shown = (
        col(ComparisonRow.comparison_id) == bindparam("comparison"),
        col(ComparisonColumn.comparison_id) == bindparam("comparison"),
    )
    return (
        rows(col(Hypothesis.technique_id), col(Hypothesis.issue_id), col(Hypothesis.state))
        .join(ComparisonRow, col(ComparisonRow.technique_id) == col(Hypothesis.technique_id))
        .join(ComparisonColumn, col(ComparisonColumn.issue_id) == col(Hypothesis.issue_id))
        .where(*shown, is_kept(), col(Hypothesis.state).in_(OPEN), ~here, ~ruled)
    )


def settling_rulings(session: Session, pairs: Iterable[Pair]) -> dict[Pair, Ruling]:
    """The reader's rulings in force on these cells."""
    wanted = set(pairs)
    statement = select(Ruling).where(
        col(Ruling.is_current),
        col(Ruling.technique_id).in_({row for row, _ in wanted}),
        col(Ruling.issue_id).in_({column for _, column in wanted}),
    )
    found = {(each.technique_id, each.issue_id): each for each in session.exec(statement)}
    return {pair: each for pair, each in found.items() if pair in wanted}


# --- What can be named ---


def nameable_techniques(session: Session) -> list[Technique]:
    return list(session.exec(select(Technique)))


def nameable_issues(session: Session) -> list[Issue]:
    return list(session.exec(select(Issue)))


def named_technique(session: Session, slug: str) -> Technique | None:
    return session.exec(select(Technique).where(col(Technique.slug) == slug)).first()


def named_issue(session: Session, slug: str) -> Issue | None:
    return session.exec(select(Issue).where(col(Issue.slug) == slug)).first()


def all_correspondences(session: Session) -> list[Correspondence]:
    return list(session.exec(select(Correspondence).order_by(col(Correspondence.id))))


def named_correspondence(session: Session, slug: str) -> Correspondence | None:
    statement = select(Correspondence).where(col(Correspondence.slug) == slug)
    return session.exec(statement).first()


def select_slices(session: Session) -> list[tuple[BenchmarkCategory, Benchmark]]:
    """Every category with its benchmark, in their order."""
    statement = (
        rows(BenchmarkCategory, Benchmark)
        .join(Benchmark, col(Benchmark.id) == col(BenchmarkCategory.benchmark_id))
        .order_by(col(Benchmark.position), col(Benchmark.id), col(BenchmarkCategory.position))
    )
    return [(category, benchmark) for category, benchmark in session.execute(statement)]


def claims_near(
    session: Session, technique_id: int, issue_id: int, also: int | None
) -> list[tuple[Claim, Technique, Issue]]:
    """The claims on a technique or an issue, and that of the number `also`, newest first."""
    near = or_(
        col(Claim.technique_id) == technique_id,
        col(Claim.issue_id) == issue_id,
        col(Claim.id) == also,
    )
    statement = (
        rows(Claim, Technique, Issue)
        .join(Technique, col(Technique.id) == col(Claim.technique_id))
        .join(Issue, col(Issue.id) == col(Claim.issue_id))
        .where(near)
        .order_by(col(Claim.id).desc())
    )
    return [(claim, technique, issue) for claim, technique, issue in session.execute(statement)]


def named_claim(session: Session, number: int) -> Claim | None:
    return session.get(Claim, number)


def note_by_id(session: Session, number: int) -> Note | None:
    note = session.get(Note, number)
    return note if note and note.trashed_at is None else None


def select_offered_notes(session: Session, *, limit: int) -> list[Note]:
    statement = select(Note).where(col(Note.trashed_at).is_(None))
    return list(session.exec(statement.order_by(col(Note.updated_at).desc()).limit(limit)))
