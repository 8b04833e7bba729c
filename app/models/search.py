"""What the search index holds a text of, and the searches that a reader keeps.

The texts themselves are the engine's (app/search).
"""

from datetime import datetime

from sqlalchemy import JSON, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from app.models.base import UTCDateTime, empty_dict, utc_now


class SearchDocument(SQLModel, table=True):
    """What has a text in the index and is no paper (its kind says what it is); its number there is
    this id below zero.

    `item_id` is the row's id; a cell has no row, so it has its technique's and, as `other_id`, its
    issue's.
    """

    __tablename__ = "search_document"
    __table_args__ = (UniqueConstraint("kind", "item_id", "other_id"),)

    id: int = Field(default=None, primary_key=True)
    kind: str  # note, technique, issue, cell, correspondence
    item_id: int
    other_id: int = 0


class SearchFile(SQLModel, table=True):
    """A file whose pages are in the index of full texts, by a number that is never given again:
    what the index still has of a file that is gone is nobody's."""

    __tablename__ = "search_file"
    __table_args__ = {"sqlite_autoincrement": True}

    id: int = Field(default=None, primary_key=True)
    sha256: str = Field(unique=True, max_length=64)
    pages: int  # the last that is in the index


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


class TextVector(SQLModel, table=True):
    """What a model makes of the text of a paper or note: numbers of two bytes (float16, little
    endian), by which texts of two languages can be compared. None of two models are."""

    __tablename__ = "text_vector"
    __table_args__ = (
        UniqueConstraint("kind", "item_id"),
        Index("ix_text_vector_compared", "model", "dimension", "language", "id"),
        {"sqlite_autoincrement": True},
    )

    id: int = Field(default=None, primary_key=True)
    kind: str  # paper, note
    item_id: int
    language: str  # of the text: en, zh
    model: str
    dimension: int
    digest: str  # SHA-256 of the text
    vector: bytes


class SavedSearch(SQLModel, table=True):
    """A query under a name. `kind` is the one kind of documents it looks for; empty is all.

    `seen` has the number of the last row of each kind that there was when it was last opened, and,
    where it was not too much to be listed, everything that it found: what comes beside that is new.
    """

    __tablename__ = "saved_search"

    id: int = Field(default=None, primary_key=True)
    name: str
    name_folded: str = Field(unique=True)
    query: str
    kind: str = ""
    seen: dict[str, int] = Field(default_factory=empty_dict, sa_type=JSON)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)
    opened_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)
    version: int = 1
