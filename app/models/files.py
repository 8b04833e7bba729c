"""Files of papers, their text page by page, the reader's marks on them, and where one stopped."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, String
from sqlmodel import Field, SQLModel

from app.models.base import UTCDateTime, utc_now


class TextState(StrEnum):
    """What is known of a file's text."""

    WAITING = "waiting"  # to be extracted
    DONE = "done"
    NONE = "none"  # its pages have none: a scan
    FAILED = "failed"  # broken, encrypted, or too much; `StoredFile.problem` says so


class StoredFile(SQLModel, table=True):
    """A file, stored once under the SHA-256 of its bytes in the library folder."""

    __tablename__ = "file"

    sha256: str = Field(primary_key=True, max_length=64)
    media_type: str
    size: int  # bytes
    pages: int | None = None  # None until it was opened
    text_state: TextState = Field(default=TextState.WAITING, sa_type=String, index=True)
    problem: str = ""  # why the text failed, a message's English
    created_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)


class PaperFile(SQLModel, table=True):
    """A file that is this paper, or one version of it. Two papers may hold the same file."""

    __tablename__ = "paper_file"

    paper_id: int = Field(foreign_key="paper.id", primary_key=True)
    sha256: str = Field(foreign_key="file.sha256", primary_key=True, index=True)
    name: str  # what it was called where it came from
    arxiv_version: int | None = None
    origin: str = "upload"  # upload, arxiv, import
    added_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)


class RemovedFile(SQLModel, table=True):
    """A file that a paper held until its reader took it out: it is in the trash, and can come
    back."""

    __tablename__ = "removed_file"

    paper_id: int = Field(foreign_key="paper.id", primary_key=True)
    sha256: str = Field(foreign_key="file.sha256", primary_key=True, index=True)
    name: str
    arxiv_version: int | None = None
    origin: str = "upload"
    added_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)
    removed_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)


class FilePage(SQLModel, table=True):
    """The text of a page, as `files.text` extracted it; pages count from 1."""

    __tablename__ = "file_page"

    sha256: str = Field(foreign_key="file.sha256", primary_key=True)
    page: int = Field(primary_key=True)
    text: str = ""


class PrintedReference(SQLModel, table=True):
    """An entry of the list of references that a file prints."""

    __tablename__ = "file_reference"

    sha256: str = Field(foreign_key="file.sha256", primary_key=True)
    position: int = Field(primary_key=True)  # from 1, in the list's order
    page: int
    text: str  # as printed, its lines joined
    title: str = ""
    year: int | None = None
    doi: str | None = Field(default=None, index=True)  # in lower case
    arxiv_id: str | None = Field(default=None, index=True)  # without a version
    # What entries of several papers that name the same work have in common: `title:…`, folded; of
    # what has none that tells, `doi:…` or `arxiv:…`.
    key: str = Field(default="", index=True)


class Mark(SQLModel, table=True):
    """A passage that the reader marked: a W3C text-quote selector, with its page.

    The words are what holds it: page and file say where they stood, so that a mark lives on in a
    later version of the file (https://www.w3.org/TR/annotation-model/#text-quote-selector).
    """

    __tablename__ = "mark"
    __table_args__ = (Index("ix_mark_paper_id", "paper_id", "page"),)

    id: int = Field(default=None, primary_key=True)
    paper_id: int = Field(foreign_key="paper.id")
    sha256: str | None = Field(default=None, foreign_key="file.sha256", index=True)
    page: int
    exact: str
    prefix: str = ""
    suffix: str = ""
    colour: str = "claim"  # its meaning: `marks.rules` has the set
    comment: str = ""  # Markdown
    # Where another program made it: pdf or zotero, and its key there, by which it comes in once.
    origin: str = ""
    origin_key: str = Field(default="", index=True)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)
    updated_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)
    version: int = 1


class ReadingPlace(SQLModel, table=True):
    """Where the reader stopped in a paper."""

    __tablename__ = "reading_place"

    paper_id: int = Field(foreign_key="paper.id", primary_key=True)
    sha256: str = Field(foreign_key="file.sha256")
    page: int
    read_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)
