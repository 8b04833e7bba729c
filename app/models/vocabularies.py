"""The controlled vocabularies, bilingual: research areas, techniques, issues, verdicts, and what
the colours of marks are called."""

from sqlalchemy import JSON
from sqlmodel import Field, Relationship, SQLModel

from app.models.base import empty_list

# What a colour of marks means, as shipped, in the order of its keys 1 to 4.
MARK_COLOURS = ("claim", "evidence", "method", "doubt")
LATER = "later"  # the verdict that puts a paper off
UNREAD = "unread"  # of papers that have no verdict; no verdict may be called so


class ResearchField(SQLModel, table=True):
    """A research area, such as Text-to-SQL. The word is "field"; SQLModel has taken it."""

    __tablename__ = "field"

    id: int = Field(default=None, primary_key=True)
    slug: str = Field(unique=True, index=True)
    name_en: str
    name_zh: str = ""
    synonyms_en: list[str] = Field(default_factory=empty_list, sa_type=JSON)
    synonyms_zh: list[str] = Field(default_factory=empty_list, sa_type=JSON)
    definition_en: str = ""
    definition_zh: str = ""
    position: int = 0
    version: int = 1


class Technique(SQLModel, table=True):
    """A node of the tree of techniques, e.g. `gated-fusion` below `fusion`."""

    id: int = Field(default=None, primary_key=True)
    slug: str = Field(unique=True, index=True)
    parent_id: int | None = Field(default=None, foreign_key="technique.id", index=True)
    name_en: str
    name_zh: str = ""
    synonyms_en: list[str] = Field(default_factory=empty_list, sa_type=JSON)
    synonyms_zh: list[str] = Field(default_factory=empty_list, sa_type=JSON)
    former_names: list[str] = Field(
        default_factory=empty_list, sa_type=JSON
    )  # links still find it so
    definition_en: str = ""
    definition_zh: str = ""
    position: int = 0
    version: int = 1


class Issue(SQLModel, table=True):
    """An open problem of a field, hierarchical: `dk-t1` below `domain-knowledge`."""

    id: int = Field(default=None, primary_key=True)
    slug: str = Field(unique=True, index=True)
    parent_id: int | None = Field(default=None, foreign_key="issue.id", index=True)
    field_id: int | None = Field(default=None, foreign_key="field.id", index=True)
    name_en: str
    name_zh: str = ""
    synonyms_en: list[str] = Field(default_factory=empty_list, sa_type=JSON)
    synonyms_zh: list[str] = Field(default_factory=empty_list, sa_type=JSON)
    former_names: list[str] = Field(
        default_factory=empty_list, sa_type=JSON
    )  # links still find it so
    definition_en: str = ""
    definition_zh: str = ""
    position: int = 0
    starred: bool = False  # of those that matter most to the reader: see `comparison.reading`
    version: int = 1

    field: ResearchField | None = Relationship(sa_relationship_kwargs={"lazy": "raise"})


class Verdict(SQLModel, table=True):
    """One of the ordered, editable set; the shipped ones come with the first migration."""

    id: int = Field(default=None, primary_key=True)
    slug: str = Field(unique=True, index=True)
    label_en: str
    label_zh: str = ""
    sign: str = Field(max_length=4)
    colour: str  # a name of static/css/tokens.css: yes, part, reference, limited, fails, unclear
    position: int = 0


class MarkColour(SQLModel, table=True):
    """What the reader calls a colour of `MARK_COLOURS`; without a row it is called as shipped."""

    __tablename__ = "mark_colour"

    colour: str = Field(primary_key=True)
    name_en: str = ""
    name_zh: str = ""
