"""Every `select` over correspondences."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, Select, case, or_
from sqlalchemy import select as rows
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption
from sqlmodel import Session, col, select

from app.models import (
    Correspondence,
    CorrespondenceIssue,
    CorrespondencePaper,
    CorrespondenceTechnique,
    FormerCitekey,
    Issue,
    Paper,
    ResearchField,
    Technique,
    loader_path,
)


def _whole() -> list[ORMOption]:
    """Everything a correspondence is tied to: three statements more."""
    return [
        joinedload(loader_path(Correspondence.source_field)),
        joinedload(loader_path(Correspondence.target_field)),
        selectinload(loader_path(Correspondence.techniques)),
        selectinload(loader_path(Correspondence.issues)),
        selectinload(loader_path(Correspondence.papers)),
    ]


def select_correspondences(session: Session) -> list[Correspondence]:
    """All of them, whole, in the order they were made."""
    statement = select(Correspondence).options(*_whole()).order_by(col(Correspondence.id))
    return list(session.exec(statement))


def correspondence_by_slug(session: Session, slug: str) -> Correspondence | None:
    statement = select(Correspondence).where(col(Correspondence.slug) == slug)
    return session.exec(statement.options(*_whole())).first()


def correspondence_slugs(session: Session) -> list[str]:
    return list(session.exec(select(Correspondence.slug)))


def correspondences_of_cell(
    session: Session, *, technique_id: int | None = None, issue_id: int | None = None
) -> list[Correspondence]:
    """The correspondences of a technique or an issue, those of both first; one statement.

    What is said of a broad term is said of those below it too.
    """
    ties: list[ColumnElement[bool]] = []
    if technique_id is not None:
        above = _with_those_above(Technique, technique_id)
        tie = rows(col(CorrespondenceTechnique.correspondence_id)).where(
            col(CorrespondenceTechnique.technique_id).in_(above)
        )
        ties.append(col(Correspondence.id).in_(tie))
    if issue_id is not None:
        above = _with_those_above(Issue, issue_id)
        tie = rows(col(CorrespondenceIssue.correspondence_id)).where(
            col(CorrespondenceIssue.issue_id).in_(above)
        )
        ties.append(col(Correspondence.id).in_(tie))
    number = sum((case((tie, 1), else_=0) for tie in ties[1:]), case((ties[0], 1), else_=0))
    statement = select(Correspondence).where(or_(*ties))
    return list(session.exec(statement.order_by(number.desc(), col(Correspondence.id))))


def _with_those_above(model: type[Technique] | type[Issue], term_id: int) -> Select[int]:
    """The ids of a term and of all above it."""
    term = (
        rows(col(model.id).label("id"), col(model.parent_id).label("parent_id"))
        .where(col(model.id) == term_id)
        .cte(recursive=True)
    )
    above = rows(col(model.id), col(model.parent_id)).join(term, col(model.id) == term.c.parent_id)
    return rows(term.union(above).c.id)


def correspondences_citing(session: Session, paper_id: int) -> list[Correspondence]:
    """The correspondences that name a paper."""
    naming = rows(col(CorrespondencePaper.correspondence_id)).where(
        col(CorrespondencePaper.paper_id) == paper_id
    )
    statement = select(Correspondence).where(col(Correspondence.id).in_(naming))
    return list(session.exec(statement.order_by(col(Correspondence.id))))


def select_techniques(session: Session) -> list[Technique]:
    return list(session.exec(select(Technique)))


def select_issues(session: Session) -> list[Issue]:
    return list(session.exec(select(Issue)))


def select_fields(session: Session) -> list[ResearchField]:
    return list(session.exec(select(ResearchField).order_by(col(ResearchField.position))))


def papers_by_folded_key(session: Session, keys: Collection[str]) -> dict[str, Paper]:
    """The papers, in the trash too, that have, or had, these folded citation keys."""
    former = (
        rows(col(FormerCitekey.folded), Paper)
        .join(Paper, col(Paper.id) == col(FormerCitekey.paper_id))
        .where(col(FormerCitekey.folded).in_(keys))
    )
    found = {key: paper for key, paper in session.execute(former)}  # noqa: C416
    present = session.exec(select(Paper).where(col(Paper.citekey_folded).in_(keys)))
    return found | {paper.citekey_folded: paper for paper in present}


def select_latest_papers(session: Session, *, limit: int) -> list[Paper]:
    statement = select(Paper).where(col(Paper.trashed_at).is_(None))
    return list(session.exec(statement.order_by(col(Paper.id).desc()).limit(limit)))
