"""Folders that are kept in step with the library: what each file said when both last agreed."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from app.models.base import UTCDateTime, utc_now


class SyncedFolder(SQLModel, table=True):
    __tablename__ = "synced_folder"

    id: int = Field(default=None, primary_key=True)
    path: str = Field(unique=True)
    synced_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class SyncedFile(SQLModel, table=True):
    """A file. `path` is where it is, `home` where the library would put it: the reader may have
    moved it. Of a file that the library alone writes (`kind` is empty), `text` is the SHA-256."""

    __tablename__ = "synced_file"
    __table_args__ = (UniqueConstraint("folder_id", "path"),)

    id: int = Field(default=None, primary_key=True)
    folder_id: int = Field(foreign_key="synced_folder.id", index=True)
    path: str
    home: str
    kind: str = ""  # paper, note, technique, issue, field, correspondence
    item_id: int = 0
    text: str = ""  # as it stood in the file when the library took it
    made: str = ""  # SHA-256 of how the library wrote it then


class SyncConflict(SQLModel, table=True):
    """A part of a thing that was changed on both sides; nothing of either is lost.

    The library goes on with `ours`; the folder's whole file, `text`, is kept at `copy_path` until
    the reader has decided.
    """

    __tablename__ = "sync_conflict"

    id: int = Field(default=None, primary_key=True)
    folder_id: int = Field(foreign_key="synced_folder.id", index=True)
    path: str
    copy_path: str
    is_copied: bool = False
    kind: str  # paper, note, technique, issue, correspondence
    item_id: int
    part: str  # the column
    base: str = ""
    ours: str = ""
    theirs: str = ""
    text: str = ""
    found_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)
    resolved_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
