"""Counts and the newest of everything."""

from functools import partial
from typing import NamedTuple

from sqlalchemy import func
from sqlalchemy import select as rows
from sqlalchemy.orm import joinedload
from sqlmodel import Session, col, select

from app.files import citations, text
from app.files.citations import MissingWork
from app.kit.text import fold
from app.library import completion
from app.models import ImportBatch, Issue, Note, Paper, Technique, loader_path
from app.state_cache import StateCache


class LibraryCounts(NamedTuple):
    papers: int
    notes: int
    techniques: int
    issues: int
    without_abstract: int  # of the papers that arXiv or a DOI's agency can be asked for
    waiting: int  # files whose text is to be extracted
    missing: MissingWork | None  # what most adopted papers cite and the library has not


_kept = StateCache[LibraryCounts](4)


def count_library(session: Session) -> LibraryCounts:
    """How many of each there are, without the trash; a few statements a state of the library."""
    return _kept.get(session, (), partial(_count, session))


def _count(session: Session) -> LibraryCounts:
    papers = rows(func.count()).select_from(Paper).where(col(Paper.trashed_at).is_(None))
    notes = rows(func.count()).select_from(Note).where(col(Note.trashed_at).is_(None))
    techniques = rows(func.count()).select_from(Technique)
    issues = rows(func.count()).select_from(Issue)
    found = session.execute(
        rows(*(each.scalar_subquery() for each in (papers, notes, techniques, issues)))
    ).one()
    missing = citations.list_missing_works(session, adopted=True, limit=1)
    return LibraryCounts(
        papers=found[0],
        notes=found[1],
        techniques=found[2],
        issues=found[3],
        without_abstract=completion.count_incomplete(session),
        waiting=text.count_waiting(session),
        missing=next(iter(missing), None),
    )


def trashed_notes(session: Session) -> list[Note]:
    statement = select(Note).where(col(Note.trashed_at).is_not(None))
    return list(
        session.exec(
            statement.options(joinedload(loader_path(Note.paper))).order_by(
                col(Note.trashed_at).desc()
            )
        )
    )


class Starter(NamedTuple):
    """The import that loaded the starter library, and its note that answers the question with
    which the library began, where that is still here."""

    batch: int
    answer: int | None


def find_starter(session: Session, answer: str) -> Starter | None:
    """What is left of the starter library, unless it was taken out again; `answer` is the title of
    a note."""
    note = (
        rows(func.min(col(Note.id)))
        .where(col(Note.title_folded) == fold(answer), col(Note.trashed_at).is_(None))
        .scalar_subquery()
    )
    statement = rows(col(ImportBatch.id), note).where(
        col(ImportBatch.format) == "starter", col(ImportBatch.undone_at).is_(None)
    )
    found = session.execute(statement).first()
    return Starter(*found) if found else None
