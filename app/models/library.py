"""Papers and what belongs to a paper alone."""

from datetime import datetime
from enum import StrEnum

from pydantic import JsonValue as JSONValue
from sqlalchemy import JSON, Connection, Index, String, event, text
from sqlalchemy.orm import Mapper
from sqlmodel import Field, Relationship, SQLModel

from app.kit import author_names
from app.kit.text import fold, natural_sort_key
from app.models.base import UTCDateTime, empty_dict, empty_list, utc_now
from app.models.vocabularies import ResearchField, Technique, Verdict

_RAISE = {"lazy": "raise"}


class LibraryState(SQLModel, table=True):
    """One row: `name` is another after every transaction that changed anything (`app.database`)."""

    __tablename__ = "library_state"

    id: int = Field(default=1, primary_key=True)
    name: str


class Kind(StrEnum):
    """What a record is: notes are also taken on things that are no paper."""

    PAPER = "paper"
    METHOD = "method"
    DATASET = "dataset"
    CONCEPT = "concept"
    LINK = "link"


class Reading(StrEnum):
    """How far the reader is with a paper, whatever the verdict."""

    UNREAD = "unread"
    READING = "reading"
    READ = "read"


class PaperAuthor(SQLModel, table=True):
    """An author's place in a paper's author list."""

    __tablename__ = "paper_author"

    paper_id: int = Field(default=None, foreign_key="paper.id", primary_key=True)
    position: int = Field(primary_key=True)
    author_id: int | None = Field(default=None, foreign_key="author.id", index=True)

    author: "Author" = Relationship(sa_relationship_kwargs=_RAISE)


class PaperTechnique(SQLModel, table=True):
    __tablename__ = "paper_technique"

    paper_id: int = Field(default=None, foreign_key="paper.id", primary_key=True)
    technique_id: int = Field(
        default=None, foreign_key="technique.id", primary_key=True, index=True
    )


class PaperTag(SQLModel, table=True):
    __tablename__ = "paper_tag"

    paper_id: int = Field(default=None, foreign_key="paper.id", primary_key=True)
    tag_id: int = Field(default=None, foreign_key="tag.id", primary_key=True, index=True)


class PaperField(SQLModel, table=True):
    __tablename__ = "paper_field"

    paper_id: int = Field(default=None, foreign_key="paper.id", primary_key=True)
    field_id: int = Field(default=None, foreign_key="field.id", primary_key=True, index=True)


class Author(SQLModel, table=True):
    id: int = Field(default=None, primary_key=True)
    name: str = Field(unique=True, index=True)
    family: str = ""  # its family name, where that is not the one it seems to have
    sort_name: str = Field(default="", index=True)
    search_words: str = ""  # by which it is found, as `app.kit.author_names` makes them


class Tag(SQLModel, table=True):
    """A free word; `name` keeps the case it was first typed in, `folded` is unique."""

    id: int = Field(default=None, primary_key=True)
    name: str
    folded: str = Field(unique=True, index=True)


class AuthorVariant(SQLModel, table=True):
    """A name that is another one's, as the reader said. By names, not by authors: papers go on
    saying what they print, and a name may come back with the next import."""

    __tablename__ = "author_variant"

    name: str = Field(primary_key=True)
    joined_to: str  # by the reader: what parts them again
    person: str = Field(index=True)  # the name under which all of them stand


class TagChange(SQLModel, table=True):
    """A tag that was renamed, merged into another or deleted: what takes that back. `papers` wore
    it, of which `both` wore `into` as well."""

    __tablename__ = "tag_change"
    __table_args__ = {"sqlite_autoincrement": True}

    id: int = Field(default=None, primary_key=True)
    name: str
    into: str = ""  # empty where it was deleted
    papers: list[int] = Field(default_factory=empty_list, sa_type=JSON)
    both: list[int] = Field(default_factory=empty_list, sa_type=JSON)
    changed_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)


class PaperVerdict(SQLModel, table=True):
    """A verdict given to a paper, with its reason and dates; older ones stay as history."""

    __tablename__ = "paper_verdict"
    __table_args__ = (
        Index(
            "uq_paper_verdict_current",
            "paper_id",
            unique=True,
            sqlite_where=text("is_current"),
            postgresql_where=text("is_current"),
        ),
        Index(  # the few that have a date
            "ix_paper_verdict_due",
            "due",
            "paper_id",
            sqlite_where=text("is_current AND due <> ''"),
            postgresql_where=text("is_current AND due <> ''"),
        ),
    )

    id: int = Field(default=None, primary_key=True)
    paper_id: int | None = Field(default=None, foreign_key="paper.id", index=True)
    verdict_id: int = Field(foreign_key="verdict.id", index=True)
    reason: str = ""
    due: str = ""  # the day, as ISO has it, from which the paper is to be looked at again
    given_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)
    is_current: bool = True

    verdict: Verdict = Relationship(sa_relationship_kwargs=_RAISE)


class FormerCitekey(SQLModel, table=True):
    """A key besides its citation key by which a paper is found: one that it had, that another
    record of it had, or that a file gives it and that cannot be a citation key."""

    __tablename__ = "former_citekey"

    citekey: str = Field(primary_key=True)  # as it was written
    folded: str = Field(default="", unique=True, index=True)  # follows `citekey`
    paper_id: int = Field(foreign_key="paper.id", index=True)


class PaperMerge(SQLModel, table=True):
    """Another record of a paper that was taken into it. `moved` is what `library.merging` needs to
    part them again; `citekey` and `title` are what the other one had."""

    __tablename__ = "paper_merge"

    id: int = Field(default=None, primary_key=True)
    keep_id: int = Field(foreign_key="paper.id", index=True, ondelete="CASCADE")
    citekey: str
    title: str
    moved: dict[str, JSONValue] = Field(default_factory=empty_dict, sa_type=JSON)
    merged_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)


class PaperDistinct(SQLModel, table=True):
    """Two papers that look like one and are two, as the reader said; the older id first."""

    __tablename__ = "paper_distinct"

    first_id: int = Field(foreign_key="paper.id", primary_key=True, ondelete="CASCADE")
    second_id: int = Field(foreign_key="paper.id", primary_key=True, index=True, ondelete="CASCADE")


class BulkChange(SQLModel, table=True):
    """What was done to many papers at once: `edit` says what, `moved` what to each, as
    `library.bulk_edit` needs it to take it back; `skipped` are the papers left alone, with why."""

    __tablename__ = "bulk_change"

    id: int = Field(default=None, primary_key=True)
    made_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)
    edit: dict[str, JSONValue] = Field(default_factory=empty_dict, sa_type=JSON)
    moved: dict[str, JSONValue] = Field(default_factory=empty_dict, sa_type=JSON)
    skipped: list[dict[str, JSONValue]] = Field(default_factory=empty_list, sa_type=JSON)
    undone_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class Paper(SQLModel, table=True):
    """One bibliographic record. Dates are ISO and may be partial: `2023-03`."""

    # Lists leave out the trash, and of a hundred thousand rows they read no more than an index.
    __table_args__ = (
        *(
            Index(
                f"ix_paper_listed_{columns[0]}",
                *columns,
                "id",
                "trashed_at",
                sqlite_where=text("trashed_at IS NULL"),
                postgresql_where=text("trashed_at IS NULL"),
            )
            for columns in (
                ("created_at",),
                ("title_sort",),
                ("year", "title_sort"),
                ("kind", "year"),
                ("venue", "year"),
            )
        ),
        Index(  # those that arXiv or a DOI's agency may know more of
            "ix_paper_without_abstract",
            "id",
            "arxiv_id",
            "doi",
            "metadata_source",
            "trashed_at",
            "abstract",
            sqlite_where=text("abstract = '' AND trashed_at IS NULL"),
            postgresql_where=text("abstract = '' AND trashed_at IS NULL"),
        ),
        Index(  # the few that are not unread: see `begun` of `library.filters`
            "ix_paper_begun",
            "reading",
            "id",
            "trashed_at",
            sqlite_where=text("reading <> 'unread' AND trashed_at IS NULL"),
            postgresql_where=text("reading <> 'unread' AND trashed_at IS NULL"),
        ),
        Index(
            "ix_paper_trashed_at",
            "trashed_at",
            sqlite_where=text("trashed_at IS NOT NULL"),
            postgresql_where=text("trashed_at IS NOT NULL"),
        ),
    )

    id: int = Field(default=None, primary_key=True)
    citekey: str = Field(unique=True, index=True)
    citekey_folded: str = Field(default="", unique=True, index=True)  # follows `citekey`
    kind: Kind = Field(default=Kind.PAPER, sa_type=String)
    title: str
    title_sort: str = Field(default="", index=True)
    short_title: str = Field(default="", index=True)
    abstract: str = ""
    year: int | None = None
    published: str = ""  # of version 1
    revised: str = ""  # of the version held
    venue: str = ""
    arxiv_id: str | None = Field(default=None, unique=True, index=True)
    arxiv_version: int | None = None
    primary_category: str = ""
    doi: str | None = Field(default=None, index=True)
    url: str = ""
    details: dict[str, str] = Field(default_factory=empty_dict, sa_type=JSON)  # by CSL's names
    metadata_source: str = ""  # where title, authors … were taken from: "arXiv:2208.10442v2"
    metadata_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    reading: Reading = Field(default=Reading.UNREAD, sa_type=String)
    reader_fields: list[str] = Field(default_factory=empty_list, sa_type=JSON)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)
    updated_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)
    trashed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    version: int = 1

    author_places: list[PaperAuthor] = Relationship(
        sa_relationship_kwargs={
            **_RAISE,
            "order_by": "PaperAuthor.position",
            "cascade": "all, delete-orphan",
        }
    )
    techniques: list[Technique] = Relationship(
        link_model=PaperTechnique,
        sa_relationship_kwargs={**_RAISE, "order_by": "Technique.position"},
    )
    tags: list[Tag] = Relationship(link_model=PaperTag, sa_relationship_kwargs=_RAISE)
    fields: list[ResearchField] = Relationship(
        link_model=PaperField,
        sa_relationship_kwargs={**_RAISE, "order_by": "ResearchField.position"},
    )
    verdicts: list[PaperVerdict] = Relationship(
        sa_relationship_kwargs={
            **_RAISE,
            "order_by": "PaperVerdict.id.desc()",
            "cascade": "all, delete-orphan",
        }
    )

    @property
    def authors(self) -> list[str]:
        """The authors' names in order (their places must be loaded)."""
        return [place.author.name for place in self.author_places]

    @property
    def authors_written(self) -> list[str]:
        """The authors in order, so written that each family name is known (places loaded)."""
        authors = (place.author for place in self.author_places)
        return [author_names.format_name(author.name, author.family) for author in authors]

    @property
    def tag_names(self) -> list[str]:
        """The tags in a reader's order (tags loaded)."""
        return sorted((tag.name for tag in self.tags), key=natural_sort_key)

    @property
    def verdict(self) -> PaperVerdict | None:
        """The verdict in force, or None while unread (verdicts must be loaded)."""
        return next((given for given in self.verdicts if given.is_current), None)


@event.listens_for(Paper, "before_insert")
@event.listens_for(Paper, "before_update")
def _fold_citekey(_mapper: Mapper[Paper], _connection: Connection, paper: Paper) -> None:
    paper.citekey_folded = fold(paper.citekey)


@event.listens_for(FormerCitekey, "before_insert")
def _fold_former(
    _mapper: Mapper[FormerCitekey], _connection: Connection, former: FormerCitekey
) -> None:
    former.folded = fold(former.citekey)
