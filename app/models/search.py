"""What the search index holds a text of; the texts themselves are the engine's (app/search)."""

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel


class SearchDocument(SQLModel, table=True):
    """A note, technique, issue or cell in the index, whose number there is this id below zero.

    `item_id` is the row's id; a cell has no row, so it has its technique's and, as `other_id`, its
    issue's.
    """

    __tablename__ = "search_document"
    __table_args__ = (UniqueConstraint("kind", "item_id", "other_id"),)

    id: int | None = Field(default=None, primary_key=True)
    kind: str  # note, technique, issue, cell
    item_id: int
    other_id: int = 0


class SearchTerm(SQLModel, table=True):
    """A word of the index, with about how many documents have it: for completing and correcting."""

    __tablename__ = "search_term"
    __table_args__ = (
        Index(
            "ix_search_term_common",
            "term",
            sqlite_where=text("documents > 2"),
            postgresql_where=text("documents > 2"),
        ),
    )

    term: str = Field(primary_key=True)
    documents: int
