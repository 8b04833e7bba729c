"""What the search index holds a text of; the texts themselves are the engine's (app/search)."""

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel


class SearchDocument(SQLModel, table=True):
    """What has a text in the index and is no paper (its kind says what it is); its number there is
    this id below zero.

    `item_id` is the row's id; a cell has no row, so it has its technique's and, as `other_id`, its
    issue's.
    """

    __tablename__ = "search_document"
    __table_args__ = (UniqueConstraint("kind", "item_id", "other_id"),)

    id: int | None = Field(default=None, primary_key=True)
    kind: str  # note, technique, issue, cell, correspondence
    item_id: int
    other_id: int = 0


class SearchTerm(SQLModel, table=True):
    """A word of the index, with about how many documents have it: for completing and correcting."""

    __tablename__ = "search_term"

    term: str = Field(primary_key=True)
    documents: int
