"""The selects of the list of changes: what was done at once, wherever it is written down."""

from collections.abc import Collection
from datetime import datetime
from typing import Literal, NamedTuple

from sqlalchemy import func, literal, union_all
from sqlalchemy import select as rows
from sqlmodel import Session, col, select

from app.models import BulkChange, ImportBatch, Paper, PaperMerge, TagChange

ChangeKind = Literal["bulk", "tag", "merge", "import"]
_WHEN = {
    "bulk": (BulkChange.id, BulkChange.made_at),
    "tag": (TagChange.id, TagChange.changed_at),
    "merge": (PaperMerge.id, PaperMerge.merged_at),
    "import": (ImportBatch.id, ImportBatch.imported_at),
}
_EVERY = union_all(
    *(rows(literal(kind).label("kind"), col(i), col(at)) for kind, (i, at) in _WHEN.items())
).subquery()


class DatedChange(NamedTuple):
    """A change by its kind, its number among its kind, and when it was made."""

    kind: ChangeKind
    id: int
    made_at: datetime


def select_dated_changes(
    session: Session, *, start: int, count: int
) -> tuple[list[DatedChange], int]:
    """So many changes of every kind, the newest first, and how many there are of all."""
    kind, number, made_at = _EVERY.c
    order = (made_at.desc(), kind, number.desc())
    found = session.execute(rows(_EVERY).order_by(*order).offset(start).limit(count))
    total = session.scalar(rows(func.count()).select_from(_EVERY))
    return [DatedChange(*row) for row in found], total or 0


def tag_changes(session: Session, ids: Collection[int]) -> dict[int, TagChange]:
    return {
        each.id: each for each in session.exec(select(TagChange).where(col(TagChange.id).in_(ids)))
    }


def paper_merges(session: Session, ids: Collection[int]) -> dict[int, tuple[PaperMerge, str]]:
    """Papers taken into others, each with the citation key of the one that stayed."""
    statement = select(PaperMerge, Paper.citekey).join(
        Paper, col(Paper.id) == col(PaperMerge.keep_id)
    )
    found = session.exec(statement.where(col(PaperMerge.id).in_(ids)))
    return {merge.id: (merge, citekey) for merge, citekey in found}


def import_batches(session: Session, ids: Collection[int]) -> dict[int, ImportBatch]:
    found = session.exec(select(ImportBatch).where(col(ImportBatch.id).in_(ids)))
    return {each.id: each for each in found}
