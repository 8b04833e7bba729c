"""Every select of watches."""

from collections.abc import Collection, Sequence
from datetime import datetime

from pydantic import JsonValue
from sqlalchemy import ColumnElement, Subquery, case, func
from sqlalchemy import select as rows_of
from sqlmodel import Session, col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from app.kit.text import natural_sort_key
from app.models import (
    Bilingual,
    Evidence,
    Issue,
    Paper,
    PaperFile,
    PaperVerdict,
    Technique,
    Watch,
    WatchEntry,
    WatchEvent,
)
from app.watches.rules import PaperTiding


def select_watches(session: Session, *, trashed: bool = False) -> list[Watch]:
    """Those that are there, or those in the trash, by their names."""
    is_there = col(Watch.trashed_at).is_(None)
    rows = select(Watch).where(~is_there if trashed else is_there)
    found = session.exec(rows.order_by(col(Watch.id)))
    return sorted(found, key=lambda each: natural_sort_key(each.name))


def select_due(session: Session, now: datetime) -> list[int]:
    """The ids of those that are on and whose time has come, the longest waiting first."""
    rows = select(Watch.id).where(
        col(Watch.is_on),
        col(Watch.trashed_at).is_(None),
        or_(col(Watch.next_at).is_(None), col(Watch.next_at) <= now),
    )
    return list(session.exec(rows.order_by(col(Watch.next_at).nulls_first(), col(Watch.id))))


def _is_unjudged() -> ColumnElement[bool]:
    judged = select(PaperVerdict.paper_id).where(
        col(PaperVerdict.paper_id) == col(Paper.id), col(PaperVerdict.is_current)
    )
    return ~judged.exists()


def count_brought(session: Session) -> dict[int, tuple[int, int]]:
    """By watch, how many papers it brought that are there, and how many of those wait for a
    verdict."""
    waiting = func.sum(case((_is_unjudged(), 1), else_=0))
    rows = (
        select(WatchEntry.watch_id, func.count(), waiting)
        .join(Paper, col(Paper.id) == col(WatchEntry.paper_id))
        .where(col(WatchEntry.event) == WatchEvent.NEW, col(Paper.trashed_at).is_(None))
        .group_by(col(WatchEntry.watch_id))
    )
    return {number: (count, waits) for number, count, waits in session.exec(rows)}


def waiting_ids(session: Session, watch_id: int) -> list[int]:
    """The papers that a watch brought and nobody judged, the last first."""
    rows = (
        select(Paper.id)
        .join(WatchEntry, col(Paper.id) == col(WatchEntry.paper_id))
        .where(
            col(WatchEntry.watch_id) == watch_id,
            col(WatchEntry.event) == WatchEvent.NEW,
            col(Paper.trashed_at).is_(None),
            _is_unjudged(),
        )
    )
    return list(session.exec(rows.order_by(col(WatchEntry.seen_at).desc(), col(Paper.id).desc())))


def waiting_entries(session: Session, watch_id: int) -> list[WatchEntry]:
    """The entries of the papers that a watch brought and nobody judged."""
    rows = (
        select(WatchEntry)
        .join(Paper, col(Paper.id) == col(WatchEntry.paper_id))
        .where(
            col(WatchEntry.watch_id) == watch_id,
            col(WatchEntry.event) == WatchEvent.NEW,
            col(Paper.trashed_at).is_(None),
            _is_unjudged(),
        )
    )
    return list(session.exec(rows))


def touches_of(session: Session, ids: Collection[int]) -> dict[int, list[dict[str, JsonValue]]]:
    """What cells these papers may touch, as was written down, by the papers' ids."""
    rows = select(WatchEntry.paper_id, WatchEntry.touches).where(
        col(WatchEntry.paper_id).in_(ids), col(WatchEntry.worth) > 0
    )
    latest = rows.order_by(col(WatchEntry.seen_at))
    return {number: list(touches) for number, touches in session.exec(latest) if number}


def technique_names(session: Session, slugs: Collection[str]) -> dict[str, Bilingual]:
    rows = select(Technique.slug, Technique.name_en, Technique.name_zh)
    found = session.exec(rows.where(col(Technique.slug).in_(slugs)))
    return {slug: Bilingual(english, chinese) for slug, english, chinese in found}


def issue_names(session: Session, slugs: Collection[str]) -> dict[str, Bilingual]:
    rows = select(Issue.slug, Issue.name_en, Issue.name_zh)
    found = session.exec(rows.where(col(Issue.slug).in_(slugs)))
    return {slug: Bilingual(english, chinese) for slug, english, chinese in found}


def entries_with_keys(
    session: Session, watch_id: int, keys: Collection[str]
) -> dict[str, WatchEntry]:
    rows = select(WatchEntry).where(
        col(WatchEntry.watch_id) == watch_id, col(WatchEntry.key).in_(keys)
    )
    return {entry.key: entry for entry in session.exec(rows)}


def keys_of_deleted(session: Session, keys: Collection[str]) -> set[str]:
    """Of these keys those of papers that some watch brought and that were deleted for good."""
    rows = select(WatchEntry.key).where(
        col(WatchEntry.key).in_(keys), col(WatchEntry.paper_id).is_(None)
    )
    return set(session.exec(rows))


def later_versions(session: Session, watch_id: int) -> list[Paper]:
    """Papers of which a watch told a later version than the library has."""
    rows = (
        select(Paper)
        .join(WatchEntry, col(Paper.id) == col(WatchEntry.paper_id))
        .where(
            col(WatchEntry.watch_id) == watch_id,
            col(WatchEntry.event) == WatchEvent.REPLACED,
            col(Paper.trashed_at).is_(None),
            func.coalesce(Paper.arxiv_version, 0) < col(WatchEntry.arxiv_version),
        )
    )
    return list(session.exec(rows.order_by(col(Paper.id))))


def quoted_on_arxiv(session: Session, categories: Sequence[str]) -> list[Paper]:
    """The papers of these categories that claims quote."""
    quoted = select(Evidence.paper_id).where(
        col(Evidence.paper_id).is_not(None), col(Evidence.quote) != ""
    )
    rows = select(Paper).where(
        col(Paper.arxiv_id).is_not(None),
        col(Paper.trashed_at).is_(None),
        col(Paper.primary_category).in_(categories),
        col(Paper.id).in_(quoted),
    )
    return list(session.exec(rows.order_by(col(Paper.id))))


def holding_older_file(session: Session, ids: Collection[int]) -> list[Paper]:
    """Of these papers those that claims quote and that hold a file of an earlier version alone."""
    quoted = select(Evidence.paper_id).where(
        col(Evidence.paper_id).is_not(None), col(Evidence.quote) != ""
    )
    newest = (
        select(func.max(PaperFile.arxiv_version))
        .where(col(PaperFile.paper_id) == col(Paper.id))
        .scalar_subquery()
    )
    rows = select(Paper).where(
        col(Paper.id).in_(ids), col(Paper.id).in_(quoted), newest < col(Paper.arxiv_version)
    )
    return list(session.exec(rows.order_by(col(Paper.id))))


def tidings_of_paper(session: Session, paper_id: int) -> list[PaperTiding]:
    """What watches told of a paper that was held, the latest first."""
    rows = select(WatchEntry.event, WatchEntry.arxiv_version, WatchEntry.seen_at).where(
        col(WatchEntry.paper_id) == paper_id, col(WatchEntry.event) != WatchEvent.NEW
    )
    return [
        PaperTiding(*row) for row in session.exec(rows.order_by(col(WatchEntry.seen_at).desc()))
    ]


def tidings_of_watch(session: Session, watch_id: int, limit: int) -> list[tuple[WatchEntry, Paper]]:
    """The same of a watch, with the papers."""
    rows = (
        select(WatchEntry, Paper)
        .join(Paper, col(Paper.id) == col(WatchEntry.paper_id))
        .where(
            col(WatchEntry.watch_id) == watch_id,
            col(WatchEntry.event) != WatchEvent.NEW,
            col(Paper.trashed_at).is_(None),
        )
    )
    latest = rows.order_by(col(WatchEntry.seen_at).desc(), col(Paper.id))
    return list(session.exec(latest.limit(limit)).all())


def papers_since(
    session: Session, passing: SelectOfScalar[int], matching: Subquery | None, since: datetime
) -> list[Paper]:
    """The papers that pass and match and came since, the last first."""
    rows = select(Paper).where(col(Paper.id).in_(passing), col(Paper.created_at) >= since)
    if matching is not None:
        rows = rows.where(col(Paper.id).in_(rows_of(matching.c.item_id)))
    return list(session.exec(rows.order_by(col(Paper.created_at).desc(), col(Paper.id).desc())))
