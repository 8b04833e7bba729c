"""The selects of marks."""

from collections.abc import Collection

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from app.models import FilePage, Mark

_ORDER = (col(Mark.page), col(Mark.id))


def select_marks(session: Session, paper_ids: Collection[int]) -> list[Mark]:
    """The marks of papers, by page."""
    within: ColumnElement[bool] = col(Mark.paper_id).in_(paper_ids)
    return list(session.exec(select(Mark).where(within).order_by(col(Mark.paper_id), *_ORDER)))


def select_origin_keys(session: Session, paper_id: int) -> set[str]:
    """The keys by which marks of other programs are known, of those that a paper has."""
    keys = select(Mark.origin_key).where(Mark.paper_id == paper_id, Mark.origin_key != "")
    return set(session.exec(keys))


def select_texts(session: Session, sha256: str, page: int, most: int) -> list[str]:
    """The texts of a file's pages from `page` on, at most so many."""
    texts = select(FilePage.text).where(
        FilePage.sha256 == sha256, col(FilePage.page).between(page, page + most - 1)
    )
    return list(session.exec(texts.order_by(col(FilePage.page))))
