"""Correspondences: a concept of one field that plays the part of one in another."""

from datetime import datetime
from typing import NamedTuple

from sqlmodel import Field, Relationship, SQLModel

from app.models.base import UTCDateTime, utc_now
from app.models.library import Paper
from app.models.vocabularies import Issue, ResearchField, Technique

_RAISE = {"lazy": "raise"}


class Bilingual(NamedTuple):
    """A name or a text in both languages; either may be empty."""

    name_en: str
    name_zh: str


class CorrespondenceTechnique(SQLModel, table=True):
    __tablename__ = "correspondence_technique"

    correspondence_id: int = Field(default=None, foreign_key="correspondence.id", primary_key=True)
    technique_id: int = Field(
        default=None, foreign_key="technique.id", primary_key=True, index=True
    )


class CorrespondenceIssue(SQLModel, table=True):
    __tablename__ = "correspondence_issue"

    correspondence_id: int = Field(default=None, foreign_key="correspondence.id", primary_key=True)
    issue_id: int = Field(default=None, foreign_key="issue.id", primary_key=True, index=True)


class CorrespondencePaper(SQLModel, table=True):
    """A paper that says so, or that uses one side as the other."""

    __tablename__ = "correspondence_paper"

    correspondence_id: int = Field(default=None, foreign_key="correspondence.id", primary_key=True)
    paper_id: int = Field(default=None, foreign_key="paper.id", primary_key=True, index=True)


class Correspondence(SQLModel, table=True):
    """An image region ↔ a column. `carries_…` says what carries over, `breaks_…` where the analogy
    breaks: Markdown, whose links make backlinks."""

    id: int = Field(default=None, primary_key=True)
    slug: str = Field(unique=True, index=True)
    source_en: str = ""
    source_zh: str = ""
    target_en: str = ""
    target_zh: str = ""
    source_field_id: int | None = Field(default=None, foreign_key="field.id", index=True)
    target_field_id: int | None = Field(default=None, foreign_key="field.id", index=True)
    carries_en: str = ""
    carries_zh: str = ""
    breaks_en: str = ""
    breaks_zh: str = ""
    created_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)
    updated_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)
    version: int = 1

    source_field: ResearchField | None = Relationship(
        sa_relationship_kwargs={**_RAISE, "foreign_keys": "Correspondence.source_field_id"}
    )
    target_field: ResearchField | None = Relationship(
        sa_relationship_kwargs={**_RAISE, "foreign_keys": "Correspondence.target_field_id"}
    )
    techniques: list[Technique] = Relationship(
        link_model=CorrespondenceTechnique,
        sa_relationship_kwargs={**_RAISE, "order_by": "Technique.position"},
    )
    issues: list[Issue] = Relationship(
        link_model=CorrespondenceIssue,
        sa_relationship_kwargs={**_RAISE, "order_by": "Issue.position"},
    )
    papers: list[Paper] = Relationship(
        link_model=CorrespondencePaper,
        sa_relationship_kwargs={**_RAISE, "order_by": "[Paper.year, Paper.title_sort]"},
    )

    @property
    def source(self) -> Bilingual:
        return Bilingual(self.source_en, self.source_zh)

    @property
    def target(self) -> Bilingual:
        return Bilingual(self.target_en, self.target_zh)

    @property
    def carries(self) -> Bilingual:
        return Bilingual(self.carries_en, self.carries_zh)

    @property
    def breaks(self) -> Bilingual:
        return Bilingual(self.breaks_en, self.breaks_zh)

    @property
    def text(self) -> str:
        """All that is written about it, in both languages."""
        return "\n\n".join(filter(None, (*self.carries, *self.breaks)))
