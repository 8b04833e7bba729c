"""What came in from outside, so that it is recognised the second time and can be taken out again.

The starter library is an import like any other: removing it is undoing that import.
"""

from datetime import datetime

from pydantic import JsonValue as JSONValue
from sqlalchemy import JSON, Index
from sqlmodel import Field, SQLModel

from app.models.base import UTCDateTime, empty_dict, utc_now


class ImportBatch(SQLModel, table=True):
    """One import of one file (or of the starter library)."""

    __tablename__ = "import_batch"

    id: int = Field(default=None, primary_key=True)
    format: str  # starter, benchmarks, predictions, scores, notes, or another of a reader's formats
    name: str  # the file's name as given
    sha256: str = Field(index=True)
    imported_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)
    undone_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class ImportItem(SQLModel, table=True):
    """A row that an import made or changed. `version` is the row's version right after the import:
    a higher one now means that the reader has edited it since.

    Of a paper, `given` holds what the entry set, by field: a value that differs now is the
    reader's. `before` holds what those fields were in a paper that was there already.
    """

    __tablename__ = "import_item"
    __table_args__ = (Index("ix_import_item_row", "item_kind", "item_id"),)

    id: int = Field(default=None, primary_key=True)
    batch_id: int = Field(foreign_key="import_batch.id", index=True)
    item_kind: str  # the row's table: paper, note, claim, benchmark_result …
    item_id: int
    version: int = 1
    entry_key: str = Field(default="", index=True)  # the entry's heading, folded
    raw: str = ""  # the entry's text in the file, byte for byte after decoding
    given: dict[str, object] = Field(default_factory=empty_dict, sa_type=JSON)
    before: dict[str, object] | None = Field(default=None, sa_type=JSON(none_as_null=True))


class ImportRemoval(SQLModel, table=True):
    """What was taken out with an import, row by row: what `app/imports/applying/undo.py` needs to
    bring it back."""

    __tablename__ = "import_removal"

    batch_id: int = Field(default=None, foreign_key="import_batch.id", primary_key=True)
    removed: dict[str, JSONValue] = Field(default_factory=empty_dict, sa_type=JSON)
