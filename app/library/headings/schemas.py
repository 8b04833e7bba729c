"""What JSON says of authors, tags, venues and years."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict

from app.kit.json_fields import Number, Truth, between, one_line, with_field
from app.kit.text import Key
from app.library.headings.authors import Person
from app.library.headings.queries import AuthorName, Heading
from app.library.listing import Facet
from app.library.rules import NAME_LIMIT


class HeadingItem(BaseModel):
    """A tag, venue or year, and how many papers stand under it."""

    name: str
    papers: int


class AuthorItem(HeadingItem):
    """An author; names that were joined are one."""

    id: int


class HeadingDetail(HeadingItem):
    """With its papers by verdict and by research field. `possible` may be the same by other names.

    The papers themselves: `GET /papers` with `tag`, `venue` (`=` and the whole name) or `year`.
    """

    verdicts: dict[str, int]
    fields: dict[str, int]
    possible: list[HeadingItem] = []


class AuthorDetail(AuthorItem):
    """An author with all names that papers print of it, and those that may be more of them. The
    papers themselves: `GET /papers?author=` with the id."""

    names: list[AuthorItem]
    possible: list[AuthorItem]
    verdicts: dict[str, int]
    fields: dict[str, int]


class JoinInput(BaseModel):
    """The author whose names are this one's as well: by its id, or as papers write it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "anyOf": [
                {"required": ["id"], "properties": {"id": {"type": "integer"}}},
                with_field("name"),
            ]
        },
    )

    id: Annotated[Number, between(1, 2**31 - 1)] | None = None
    name: Annotated[Key, one_line(NAME_LIMIT)] = ""


class TagInput(BaseModel):
    """Another name for a tag; `merge` takes the one that is called so in its place."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, one_line(NAME_LIMIT)]
    merge: Truth = False


class TagChanged(BaseModel):
    """What a tag is called now, on how many papers, and the number by which that is taken back."""

    name: str
    papers: int
    change: int | None


def serialize_heading(each: Heading) -> HeadingItem:
    return HeadingItem(name=each.label, papers=each.papers)


def serialize_author(each: Heading | AuthorName) -> AuthorItem:
    name = each.label if isinstance(each, Heading) else each.name
    return AuthorItem(id=each.number, name=name, papers=each.papers)


def serialize_person(
    person: Person, total: int, facets: Mapping[str, Sequence[Facet]]
) -> AuthorDetail:
    return AuthorDetail(
        id=person.number,
        name=person.name,
        papers=total,
        names=list(map(serialize_author, person.names)),
        possible=list(map(serialize_author, person.possible)),
        verdicts=_counts(facets["verdict"]),
        fields=_counts(facets["field"]),
    )


def serialize_heading_detail(
    name: str, total: int, facets: Mapping[str, Sequence[Facet]], possible: Sequence[Heading] = ()
) -> HeadingDetail:
    return HeadingDetail(
        name=name,
        papers=total,
        verdicts=_counts(facets["verdict"]),
        fields=_counts(facets["field"]),
        possible=list(map(serialize_heading, possible)),
    )


def _counts(facets: Sequence[Facet]) -> dict[str, int]:
    return {each.value: each.count for each in facets if each.count}
