"""Every `select` of the queue."""

import re
from collections.abc import Collection
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Function, Subquery, func
from sqlalchemy import select as rows
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from app.kit.batches import batches
from app.models import (
    ImportBatch,
    ImportItem,
    Kind,
    Note,
    Paper,
    PaperVerdict,
    QueueSample,
    QueueSamplePaper,
    WatchEntry,
    utc_now,
)

NEW_DAYS = 14
_IDS = 5_000
NOTE_LIMIT = 4_000  # letters of a note that are read
_LINK = re.compile(r"\[\[[^\]\n]{0,200}\]\]")  # a key of something else, and no word

Condition = ColumnElement[bool]


class Member(NamedTuple):
    """A paper of a selection: its verdict now, if it has one, with the day from which to look
    again, and what tells that its text is not what it was."""

    id: int
    verdict: int | None
    due: str
    reading: str
    is_new: bool
    stamp: tuple[str, int, int]


class Given(NamedTuple):
    """A verdict in force."""

    id: int
    paper: int
    verdict: int


def select_members(
    session: Session, passing: SelectOfScalar[int], matching: Subquery | None, batch: int
) -> list[Member]:
    """The papers of a selection, the newest first: concepts, which nobody reads, are none."""
    since = utc_now() - timedelta(days=NEW_DAYS)
    given = (col(PaperVerdict.paper_id) == col(Paper.id)) & col(PaperVerdict.is_current)
    statement = (
        rows(
            col(Paper.id),
            col(PaperVerdict.verdict_id),
            func.coalesce(col(PaperVerdict.due), ""),
            col(Paper.reading),
            col(Paper.created_at),
            *_stamp(),
        )
        .outerjoin(PaperVerdict, given)
        .where(col(Paper.id).in_(passing), *_readable())
        .order_by(col(Paper.created_at).desc(), col(Paper.id).desc())
    )
    if matching is not None:
        statement = statement.where(col(Paper.id).in_(rows(matching.c.item_id)))
    if batch:
        statement = statement.where(col(Paper.id).in_(_listed(batch)))
    return [
        Member(number, verdict, due, reading, created >= since, (*stamp,))
        for number, verdict, due, reading, created, *stamp in session.execute(statement)
    ]


def _stamp() -> tuple[Mapped[str], Function[int], Mapped[int]]:
    return col(Paper.title), func.length(col(Paper.abstract)), col(Paper.version)


def _readable() -> tuple[Condition, Condition]:
    return col(Paper.trashed_at).is_(None), col(Paper.kind) != Kind.CONCEPT


def _listed(batch: int) -> SelectOfScalar[int]:
    """The papers that an import made, or found here."""
    items = select(ImportItem.item_id).where(col(ImportItem.batch_id) == batch)
    return items.where(col(ImportItem.item_kind) == Paper.__tablename__)


def select_stamps(session: Session, ids: Collection[int]) -> dict[int, tuple[str, int, int]]:
    """What tells that a paper's text is not what it was."""
    found: dict[int, tuple[str, int, int]] = {}
    for batch in batches(list(ids), _IDS):
        asked = rows(col(Paper.id), *_stamp()).where(col(Paper.id).in_(batch))
        found |= {
            number: (title, length, version)
            for number, title, length, version in (session.execute(asked))
        }
    return found


def select_worth(session: Session) -> dict[int, float]:
    """What papers that a watch brought are worth for the open cells that they may touch."""
    brought = rows(col(WatchEntry.paper_id), func.max(WatchEntry.worth))
    touching = brought.where(col(WatchEntry.worth) > 0, col(WatchEntry.paper_id).is_not(None))
    found = session.execute(touching.group_by(col(WatchEntry.paper_id)))
    return {number: worth for number, worth in found}  # noqa: C416


def select_given(session: Session) -> list[Given]:
    """The verdicts in force on papers outside the trash, in the order in which they were given."""
    statement = (
        rows(col(PaperVerdict.id), col(PaperVerdict.paper_id), col(PaperVerdict.verdict_id))
        .join(Paper, col(Paper.id) == col(PaperVerdict.paper_id))
        .where(col(PaperVerdict.is_current), *_readable())
        .order_by(col(PaperVerdict.given_at), col(PaperVerdict.id))
    )
    return [Given(*row) for row in session.execute(statement)]


def select_note_stamps(session: Session) -> dict[int, int]:
    """Of each paper with notes, a number that is another when one of them is."""
    statement = (
        rows(col(Note.paper_id), func.sum(col(Note.version) + 1_000 * col(Note.id)))
        .where(col(Note.paper_id).is_not(None), col(Note.trashed_at).is_(None))
        .group_by(col(Note.paper_id))
    )
    return {paper: int(stamp) for paper, stamp in session.execute(statement) if paper}


def select_paper_texts(session: Session, ids: Collection[int]) -> dict[int, str]:
    """Title, abstract and the beginnings of the notes of papers, as one text each."""
    found: dict[int, str] = {}
    for batch in batches(list(ids), _IDS):
        papers = rows(col(Paper.id), col(Paper.title), col(Paper.abstract))
        for number, title, abstract in session.execute(papers.where(col(Paper.id).in_(batch))):
            found[number] = f"{title}\n{abstract}"
        noted = rows(col(Note.paper_id), func.substr(col(Note.body), 1, NOTE_LIMIT)).where(
            col(Note.paper_id).in_(batch), col(Note.trashed_at).is_(None)
        )
        for paper, body in session.execute(noted.order_by(col(Note.id))):
            found[paper] += "\n" + _LINK.sub(" ", body)
    return found


def batch_name(session: Session, batch: int) -> str | None:
    """The name of the file of an import."""
    return session.exec(select(ImportBatch.name).where(col(ImportBatch.id) == batch)).first()


def select_lists(session: Session, most: int) -> list[tuple[int, str, int]]:
    """The last imports that brought more than one paper: number, name, how many."""
    many = func.count(func.distinct(col(ImportItem.item_id)))
    statement = (
        rows(col(ImportBatch.id), col(ImportBatch.name), many)
        .join(ImportItem, col(ImportItem.batch_id) == col(ImportBatch.id))
        .where(
            col(ImportBatch.undone_at).is_(None),
            col(ImportBatch.format) != "starter",
            col(ImportItem.item_kind) == Paper.__tablename__,
        )
        .group_by(col(ImportBatch.id), col(ImportBatch.name))
        .having(many > 1)
        .order_by(col(ImportBatch.id).desc())
        .limit(most)
    )
    return [(number, name, count) for number, name, count in session.execute(statement)]


def verdict_by_id(session: Session, number: int) -> PaperVerdict | None:
    return session.get(PaperVerdict, number)


def select_last_sample(session: Session, selection: str) -> QueueSample | None:
    statement = select(QueueSample).where(col(QueueSample.selection) == selection)
    return session.exec(statement.order_by(col(QueueSample.id).desc())).first()


def count_samples(session: Session, selection: str) -> int:
    statement = select(func.count()).select_from(QueueSample)
    return session.exec(statement.where(col(QueueSample.selection) == selection)).one()


def select_sampled(session: Session, sample: int) -> list[int]:
    """The papers of a sample, in the order in which they were drawn, without those in the trash."""
    statement = (
        select(QueueSamplePaper.paper_id)
        .join(Paper, col(Paper.id) == col(QueueSamplePaper.paper_id))
        .where(col(QueueSamplePaper.sample_id) == sample, col(Paper.trashed_at).is_(None))
    )
    return list(session.exec(statement.order_by(col(QueueSamplePaper.position))))
