"""Notes, their earlier versions, their links, and the pictures they show."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, Relationship, SQLModel

from app.models.base import UTCDateTime, utc_now
from app.models.library import Paper
from app.models.vocabularies import Issue, Technique

_RAISE = {"lazy": "raise"}


class Note(SQLModel, table=True):
    """A Markdown text about a paper, a technique or an issue (at most one is set), or alone."""

    id: int = Field(default=None, primary_key=True)
    title: str = ""
    title_folded: str = Field(default="", index=True)  # what `[[a note's title]]` is looked up by
    body: str = ""
    paper_id: int | None = Field(default=None, foreign_key="paper.id", index=True)
    technique_id: int | None = Field(default=None, foreign_key="technique.id", index=True)
    issue_id: int | None = Field(default=None, foreign_key="issue.id", index=True)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)
    updated_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime, index=True)
    trashed_at: datetime | None = Field(default=None, sa_type=UTCDateTime, index=True)
    version: int = 1

    paper: Paper | None = Relationship(sa_relationship_kwargs=_RAISE)
    technique: Technique | None = Relationship(sa_relationship_kwargs=_RAISE)
    issue: Issue | None = Relationship(sa_relationship_kwargs=_RAISE)


class NoteRevision(SQLModel, table=True):
    """A note as it was before a later save."""

    __tablename__ = "note_revision"
    __table_args__ = (UniqueConstraint("note_id", "version"),)

    id: int = Field(default=None, primary_key=True)
    note_id: int = Field(foreign_key="note.id", index=True)
    version: int
    title: str
    title_folded: str = Field(default="", index=True)  # by it links find a note that was renamed
    body: str
    saved_at: datetime = Field(sa_type=UTCDateTime)


class Link(SQLModel, table=True):
    """One end names the other: derived from a Markdown text, or found in prose by an import.

    The target is kept as it was written, folded (`paper`/`kim2021vilt`, `technique`/`gated-fusion`,
    `title`/`a note's title`), and resolved when read: a link to what does not exist yet starts to
    work when it does.
    """

    __table_args__ = (Index("ix_link_target", "target_kind", "target_key"),)

    id: int = Field(default=None, primary_key=True)
    source_kind: str = Field(index=True)  # note, claim, ruling, correspondence
    source_id: int = Field(index=True)
    target_kind: str  # paper, technique, issue, comparison, correspondence, title, arxiv
    target_key: str
    origin: str = "text"  # text: written as a link; mention: a name that an import recognised


class Attachment(SQLModel, table=True):
    """A picture, stored once under the SHA-256 of its bytes in the library folder."""

    sha256: str = Field(primary_key=True, max_length=64)
    filename: str
    media_type: str
    size: int  # bytes
    created_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)
