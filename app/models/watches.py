"""What is watched for what is new, and what came of it."""

from datetime import datetime
from enum import StrEnum

from pydantic import JsonValue as JSONValue
from sqlalchemy import JSON, String
from sqlmodel import Field, SQLModel

from app.models.base import UTCDateTime, empty_dict, empty_list, utc_now


class WatchKind(StrEnum):
    """Where a watch looks."""

    CATEGORIES = "categories"  # arXiv's daily listings
    QUERY = "query"  # of arXiv's query API
    AUTHOR = "author"  # on arXiv
    FEED = "feed"  # Atom or RSS, of whoever
    SEARCH = "search"  # in this library


class WatchEvent(StrEnum):
    """What came of a paper: it is new, or was held and has a new version, or was withdrawn."""

    NEW = "new"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"


class Watch(SQLModel, table=True):
    """`target` is what its kind asks for: categories, a query, a name, an address. Everything that
    appeared before `reached` has been seen. `next_at` is the moment from which it may be asked by
    itself. `problem` and `remarks` are messages (a text and its values) about the last time;
    `failures` in a row lengthen the pause."""

    __table_args__ = {"sqlite_autoincrement": True}

    id: int = Field(default=None, primary_key=True)
    kind: WatchKind = Field(sa_type=String)
    name: str
    name_folded: str = Field(default="", index=True)  # follows `name`; of those that are there, one
    target: str
    is_on: bool = False
    asked_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    reached: datetime | None = Field(default=None, sa_type=UTCDateTime)
    next_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    failures: int = 0
    problem: dict[str, JSONValue] = Field(default_factory=empty_dict, sa_type=JSON)
    remarks: list[JSONValue] = Field(default_factory=empty_list, sa_type=JSON)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)
    trashed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    version: int = 1


class WatchEntry(SQLModel, table=True):
    """A paper that a watch told of; `paper_id` is empty once it is deleted for good, and what it
    was known by (`key`: `arxiv:2508.13435`, `doi:…`, `url:…`) says that it was seen.

    `touches` are the open cells that it may touch as of the last asking, the most worth first, by
    slugs, each with its sentence; `worth` is that of the first."""

    __tablename__ = "watch_entry"

    watch_id: int = Field(
        default=None, foreign_key="watch.id", primary_key=True, ondelete="CASCADE"
    )
    key: str = Field(primary_key=True)
    event: WatchEvent = Field(default=WatchEvent.NEW, sa_type=String)
    paper_id: int | None = Field(
        default=None, foreign_key="paper.id", index=True, ondelete="SET NULL"
    )
    arxiv_version: int | None = None
    worth: float = 0.0
    touches: list[dict[str, JSONValue]] = Field(default_factory=empty_list, sa_type=JSON)
    seen_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)
