"""Papers as lists show them: rows with just the columns shown, and the vocabularies they name."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import BindParameter, bindparam, select
from sqlmodel import Session, SQLModel, col

from app.models import (
    Author,
    Paper,
    PaperAuthor,
    PaperTag,
    PaperTechnique,
    PaperVerdict,
    Tag,
)


class TechniqueRow(NamedTuple):
    id: int
    slug: str
    parent_id: int | None
    name_en: str
    name_zh: str
    position: int


class VerdictRow(NamedTuple):
    id: int
    slug: str
    label_en: str
    label_zh: str
    sign: str
    colour: str


class FieldRow(NamedTuple):
    slug: str
    name_en: str
    name_zh: str


class TagRow(NamedTuple):
    name: str


class CurrentVerdict(NamedTuple):
    """The verdict in force on a paper, and why."""

    verdict: VerdictRow
    reason: str


@dataclass(frozen=True)
class Vocabularies:
    """What papers are filed under, each in its order."""

    techniques: Sequence[TechniqueRow]
    verdicts: Sequence[VerdictRow]
    fields: Sequence[FieldRow]


class PaperRow(NamedTuple):
    """A paper in a list."""

    id: int
    citekey: str
    title: str
    short_title: str
    year: int | None
    kind: str
    venue: str
    arxiv_id: str | None
    doi: str | None
    url: str
    authors: Sequence[str]
    techniques: Sequence[TechniqueRow]
    tags: Sequence[TagRow]
    verdict: CurrentVerdict | None


_WITHIN: BindParameter[int] = bindparam("ids", expanding=True)
_PAPERS = (
    select(
        col(Paper.id),
        col(Paper.citekey),
        col(Paper.title),
        col(Paper.short_title),
        col(Paper.year),
        col(Paper.kind),
        col(Paper.venue),
        col(Paper.arxiv_id),
        col(Paper.doi),
        col(Paper.url),
        col(PaperVerdict.verdict_id),
        col(PaperVerdict.reason),
    )
    .outerjoin(
        PaperVerdict, (col(PaperVerdict.paper_id) == col(Paper.id)) & col(PaperVerdict.is_current)
    )
    .where(col(Paper.id).in_(_WITHIN))
)
_AUTHORS = (
    select(col(PaperAuthor.paper_id), col(Author.name))
    .join(Author, col(Author.id) == col(PaperAuthor.author_id))
    .where(col(PaperAuthor.paper_id).in_(_WITHIN))
    .order_by(col(PaperAuthor.paper_id), col(PaperAuthor.position))
)
_TAGS = (
    select(col(PaperTag.paper_id), col(Tag.name))
    .join(Tag, col(Tag.id) == col(PaperTag.tag_id))
    .where(col(PaperTag.paper_id).in_(_WITHIN))
    .order_by(col(Tag.folded))
)
_TECHNIQUES = select(col(PaperTechnique.paper_id), col(PaperTechnique.technique_id)).where(
    col(PaperTechnique.paper_id).in_(_WITHIN)
)
_VOCABULARIES = tuple(
    select(*(table.c[name] for name in row._fields)).order_by(table.c.position, table.c.id)
    for table, row in (
        (SQLModel.metadata.tables["technique"], TechniqueRow),
        (SQLModel.metadata.tables["verdict"], VerdictRow),
        (SQLModel.metadata.tables["field"], FieldRow),
    )
)


def paper_rows(session: Session, ids: Sequence[int], vocabularies: Vocabularies) -> list[PaperRow]:
    """The papers with these ids that there are, in this order; four statements."""
    asked = {"ids": list(ids)}
    authors, tags = defaultdict[int, list[str]](list), defaultdict[int, list[TagRow]](list)
    for number, name in session.execute(_AUTHORS, asked):
        authors[number].append(name)
    for number, name in session.execute(_TAGS, asked):
        tags[number].append(TagRow(name))
    techniques = {each.id: each for each in vocabularies.techniques}
    carried = defaultdict[int, list[TechniqueRow]](list)
    for number, technique in session.execute(_TECHNIQUES, asked):
        carried[number].append(techniques[technique])
    verdicts = {each.id: each for each in vocabularies.verdicts}
    found = {}
    for paper in session.execute(_PAPERS, asked):
        found[paper.id] = PaperRow(
            id=paper.id,
            citekey=paper.citekey,
            title=paper.title,
            short_title=paper.short_title,
            year=paper.year,
            kind=paper.kind,
            venue=paper.venue,
            arxiv_id=paper.arxiv_id,
            doi=paper.doi,
            url=paper.url,
            authors=authors[paper.id],
            techniques=sorted(carried[paper.id], key=_place),
            tags=tags[paper.id],
            verdict=CurrentVerdict(verdicts[paper.verdict_id], paper.reason)
            if paper.verdict_id
            else None,
        )
    return [found[each] for each in ids if each in found]


def _place(technique: TechniqueRow) -> tuple[int, int]:
    return technique.position, technique.id


def read_vocabularies(session: Session) -> Vocabularies:
    """Techniques, verdicts and fields, each by its position; three statements."""
    techniques, verdicts, fields = (session.execute(each) for each in _VOCABULARIES)
    return Vocabularies(
        [TechniqueRow._make(each) for each in techniques],
        [VerdictRow._make(each) for each in verdicts],
        [FieldRow._make(each) for each in fields],
    )
