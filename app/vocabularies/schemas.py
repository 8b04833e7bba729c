"""What JSON says of the vocabularies."""

from typing import TypeVar

from pydantic import BaseModel

from app.models import Strength
from app.web.dependencies import Listing


class FieldItem(BaseModel):
    slug: str
    name_en: str
    name_zh: str
    synonyms_en: list[str]
    synonyms_zh: list[str]
    definition_en: str
    definition_zh: str


class TechniqueItem(FieldItem):
    parent: str | None
    version: int


class OnBenchmarkItem(BaseModel):
    """How far a category of a benchmark tests the issue."""

    benchmark: str
    category: str
    strength: Strength


class IssueItem(TechniqueItem):
    field: str | None
    starred: bool
    benchmarks: list[OnBenchmarkItem]


class VerdictItem(BaseModel):
    slug: str
    label_en: str
    label_zh: str
    sign: str
    colour: str


class MarkColourItem(BaseModel):
    """A colour of marks; both names are empty where it is called as shipped."""

    colour: str
    name_en: str
    name_zh: str


Item = TypeVar("Item", bound=BaseModel)


def list_whole(items: list[Item]) -> Listing[Item]:
    """A list that is always whole."""
    return Listing(items=items, total=len(items), page=1, per_page=len(items))
