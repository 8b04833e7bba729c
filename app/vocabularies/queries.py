"""Every `select` over the vocabularies."""

from collections.abc import Mapping
from typing import TypeVar

from sqlalchemy import CTE, ScalarSelect, SQLColumnExpression, delete, distinct, func, or_
from sqlalchemy import select as rows
from sqlmodel import Session, col, select

from app.models import (
    BenchmarkMapping,
    CellChange,
    Claim,
    Comparison,
    ComparisonColumn,
    ComparisonRow,
    Correspondence,
    CorrespondenceIssue,
    CorrespondenceTechnique,
    Hypothesis,
    ImportBatch,
    Issue,
    Link,
    MarkColour,
    Note,
    Paper,
    PaperField,
    PaperTechnique,
    PaperVerdict,
    ResearchField,
    Ruling,
    ScorePair,
    Technique,
    Verdict,
)

Term = TypeVar("Term", bound=Technique | Issue)
Entry = TypeVar("Entry", bound=Technique | Issue | ResearchField)


def select_terms(session: Session, model: type[Entry]) -> list[Entry]:
    """A whole vocabulary, in the order of positions (a tree's order is `trees.walk`'s)."""
    return list(session.exec(select(model).order_by(col(model.position), col(model.id))))


def term_by_slug(session: Session, model: type[Entry], slug: str) -> Entry | None:
    return session.exec(select(model).where(col(model.slug) == slug)).one_or_none()


def term_slugs(session: Session, model: type[Entry]) -> dict[int, str]:
    """Every entry's slug by its id."""
    found = session.execute(rows(col(model.id), col(model.slug)))
    return {each: slug for each, slug in found}  # noqa: C416


def paper_counts(session: Session) -> dict[int, int]:
    """How many papers carry each technique or one below it, by the technique's id."""
    tree = _tree(Technique)
    counted = (
        rows(tree.c.above, func.count(distinct(col(PaperTechnique.paper_id))))
        .join(PaperTechnique, col(PaperTechnique.technique_id) == tree.c.id)
        .join(Paper, col(Paper.id) == col(PaperTechnique.paper_id))
        .where(col(Paper.trashed_at).is_(None))
        .group_by(tree.c.above)
    )
    return {above: number for above, number in session.execute(counted)}  # noqa: C416


def claim_counts(session: Session) -> dict[int, int]:
    """How many claims are made about each issue or one below it, by the issue's id."""
    tree = _tree(Issue)
    counted = (
        rows(tree.c.above, func.count(col(Claim.id)))
        .join(Claim, col(Claim.issue_id) == tree.c.id)
        .group_by(tree.c.above)
    )
    return {above: number for above, number in session.execute(counted)}  # noqa: C416


def _tree(model: type[Term]) -> CTE:
    """Pairs (id, above): every term with itself and with each one above it."""
    pairs = rows(col(model.id).label("id"), col(model.id).label("above")).cte(recursive=True)
    higher = rows(pairs.c.id, col(model.parent_id)).join(model, col(model.id) == pairs.c.above)
    return pairs.union(higher.where(col(model.parent_id).is_not(None)))


def term_uses(session: Session, term: Technique | Issue) -> Mapping[str, int]:
    """How much hangs on a term; papers and notes in the trash count too, they can be restored."""
    if isinstance(term, Technique):
        return _numbers(
            session,
            papers=_number(col(PaperTechnique.technique_id) == term.id),
            children=_number(col(Technique.parent_id) == term.id),
            claims=_number(col(Claim.technique_id) == term.id),
            rulings=_number(col(Ruling.technique_id) == term.id),
            comparisons=_number(col(ComparisonRow.technique_id) == term.id),
            correspondences=_number(col(CorrespondenceTechnique.technique_id) == term.id),
            pairs=_number(col(ScorePair.technique_id) == term.id),
            hypotheses=_number(col(Hypothesis.technique_id) == term.id),
            notes=_number(col(Note.technique_id) == term.id),
            links=_links("technique", term.slug),
        )
    return _numbers(
        session,
        children=_number(col(Issue.parent_id) == term.id),
        claims=_number(col(Claim.issue_id) == term.id),
        rulings=_number(col(Ruling.issue_id) == term.id),
        comparisons=_number(col(ComparisonColumn.issue_id) == term.id),
        mappings=_number(col(BenchmarkMapping.issue_id) == term.id),
        correspondences=_number(col(CorrespondenceIssue.issue_id) == term.id),
        hypotheses=_number(col(Hypothesis.issue_id) == term.id),
        notes=_number(col(Note.issue_id) == term.id),
        links=_links("issue", term.slug),
    )


def select_comparisons_with(session: Session, term: Technique | Issue) -> list[Comparison]:
    """The comparisons that have a term as a row or column, in the order they were made."""
    if isinstance(term, Technique):
        here = rows(col(ComparisonRow.comparison_id)).where(
            col(ComparisonRow.technique_id) == term.id
        )
    else:
        here = rows(col(ComparisonColumn.comparison_id)).where(
            col(ComparisonColumn.issue_id) == term.id
        )
    found = select(Comparison).where(col(Comparison.id).in_(here))
    return list(session.exec(found.order_by(col(Comparison.id))))


def forget_cells(session: Session, term: Technique | Issue) -> None:
    """Delete the history of the cells of a term that nothing uses any more."""
    of_term = CellChange.technique_id if isinstance(term, Technique) else CellChange.issue_id
    session.execute(delete(CellChange).where(col(of_term) == term.id))


def field_uses(session: Session, field: ResearchField) -> Mapping[str, int]:
    """How much hangs on a research field."""
    joined = or_(
        col(Comparison.source_field_id) == field.id, col(Comparison.target_field_id) == field.id
    )
    paired = or_(
        col(Correspondence.source_field_id) == field.id,
        col(Correspondence.target_field_id) == field.id,
    )
    return _numbers(
        session,
        papers=_number(col(PaperField.field_id) == field.id),
        issues=_number(col(Issue.field_id) == field.id),
        comparisons=_number(joined),
        correspondences=_number(paired),
    )


def _links(kind: str, slug: str) -> ScalarSelect[int]:
    return _number((col(Link.target_kind) == kind) & (col(Link.target_key) == slug))


def _number(condition: SQLColumnExpression[bool]) -> ScalarSelect[int]:
    return rows(func.count()).where(condition).scalar_subquery()


def _numbers(session: Session, **numbers: ScalarSelect[int]) -> Mapping[str, int]:
    """Several counts in one statement."""
    labelled = [number.label(name) for name, number in numbers.items()]
    return session.execute(rows(*labelled)).one()._asdict()


def select_term_notes(session: Session, term: Technique | Issue) -> list[Note]:
    """Every note about a term, the trash included."""
    about = Note.technique_id if isinstance(term, Technique) else Note.issue_id
    return list(session.exec(select(Note).where(col(about) == term.id)))


def select_verdicts(session: Session) -> list[Verdict]:
    """The verdicts in their order."""
    return list(session.exec(select(Verdict).order_by(col(Verdict.position), col(Verdict.id))))


def verdict_uses(session: Session) -> dict[int, int]:
    """How many papers have or had each verdict, by its id."""
    papers = func.count(distinct(col(PaperVerdict.paper_id)))
    counted = rows(col(PaperVerdict.verdict_id), papers).group_by(col(PaperVerdict.verdict_id))
    return {verdict: number for verdict, number in session.execute(counted)}  # noqa: C416


def select_starter_batch(session: Session) -> ImportBatch | None:
    """The starter library's import, where there was one and it stands."""
    standing = select(ImportBatch).where(
        col(ImportBatch.format) == "starter", col(ImportBatch.undone_at).is_(None)
    )
    return session.exec(standing.order_by(col(ImportBatch.id).desc())).first()


def select_mark_colours(session: Session) -> list[MarkColour]:
    """The colours of marks that the reader has named."""
    return list(session.exec(select(MarkColour)))
