"""Counts and the newest of everything."""

from dataclasses import dataclass

from sqlalchemy import func
from sqlalchemy import select as rows
from sqlalchemy.orm import joinedload
from sqlmodel import Session, col, select

from app.models import ImportBatch, Issue, Note, Paper, PaperVerdict, Technique, Verdict, related


@dataclass(frozen=True)
class Counts:
    papers: int
    notes: int
    techniques: int
    issues: int


def counts(session: Session) -> Counts:
    """How many of each there are, without the trash; one statement."""
    papers = rows(func.count()).select_from(Paper).where(col(Paper.trashed_at).is_(None))
    notes = rows(func.count()).select_from(Note).where(col(Note.trashed_at).is_(None))
    techniques = rows(func.count()).select_from(Technique)
    issues = rows(func.count()).select_from(Issue)
    found = session.execute(
        rows(*(each.scalar_subquery() for each in (papers, notes, techniques, issues)))
    ).one()
    return Counts(*found)


def verdict_counts(session: Session) -> list[tuple[Verdict, int]]:
    """Each verdict with how many papers have it now."""
    given = (
        select(Verdict, func.count(col(Paper.id)))
        .outerjoin(
            PaperVerdict,
            (col(PaperVerdict.verdict_id) == col(Verdict.id)) & col(PaperVerdict.is_current),
        )
        .outerjoin(
            Paper, (col(Paper.id) == col(PaperVerdict.paper_id)) & col(Paper.trashed_at).is_(None)
        )
        .group_by(col(Verdict.id))
        .order_by(col(Verdict.position))
    )
    return [(verdict, count) for verdict, count in session.exec(given)]


def recent_notes(session: Session, limit: int) -> list[Note]:
    """The notes last written, each with what it is about."""
    statement = (
        select(Note)
        .where(col(Note.trashed_at).is_(None))
        .options(
            joinedload(related(Note.paper)),
            joinedload(related(Note.technique)),
            joinedload(related(Note.issue)),
        )
        .order_by(col(Note.updated_at).desc(), col(Note.id).desc())
        .limit(limit)
    )
    return list(session.exec(statement))


def trashed_notes(session: Session) -> list[Note]:
    statement = select(Note).where(col(Note.trashed_at).is_not(None))
    return list(
        session.exec(
            statement.options(joinedload(related(Note.paper))).order_by(col(Note.trashed_at).desc())
        )
    )


def starter_batch(session: Session) -> ImportBatch | None:
    """The import that loaded the starter library, unless it was taken out again."""
    statement = select(ImportBatch).where(
        col(ImportBatch.format) == "starter", col(ImportBatch.undone_at).is_(None)
    )
    return session.exec(statement).first()
