"""Papers as lists show them: rows with just the columns shown, and the vocabularies they name."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import BindParameter, bindparam, select
from sqlmodel import Session, SQLModel

import app.models  # noqa: F401 (fills the metadata)
from app.kit.text import natural_sort_key


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


class CurrentVerdict(NamedTuple):
    """The verdict in force on a paper, why, and from which day to look again."""

    verdict: VerdictRow
    reason: str
    due: str


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
    reading: str
    venue: str
    arxiv_id: str | None
    doi: str | None
    url: str
    version: int
    authors: Sequence[str]
    techniques: Sequence[TechniqueRow]
    tag_names: Sequence[str]
    verdict: CurrentVerdict | None


_tables = SQLModel.metadata.tables
_paper, _author, _tag = (_tables[name] for name in ("paper", "author", "tag"))
_writes, _wears, _carries, _judged = (
    _tables[f"paper_{name}"] for name in ("author", "tag", "technique", "verdict")
)
_WITHIN: BindParameter[int] = bindparam("ids", expanding=True)
_PAPERS = (
    select(
        _paper.c.id,
        _paper.c.citekey,
        _paper.c.title,
        _paper.c.short_title,
        _paper.c.year,
        _paper.c.kind,
        _paper.c.reading,
        _paper.c.venue,
        _paper.c.arxiv_id,
        _paper.c.doi,
        _paper.c.url,
        _paper.c.version,
        _judged.c.verdict_id,
        _judged.c.reason,
        _judged.c.due,
    )
    .outerjoin(_judged, (_judged.c.paper_id == _paper.c.id) & _judged.c.is_current)
    .where(_paper.c.id.in_(_WITHIN))
)
_AUTHORS = (
    select(_writes.c.paper_id, _author.c.name)
    .join(_author, _author.c.id == _writes.c.author_id)
    .where(_writes.c.paper_id.in_(_WITHIN))
    .order_by(_writes.c.paper_id, _writes.c.position)
)
_TAGS = (
    select(_wears.c.paper_id, _tag.c.name)
    .join(_tag, _tag.c.id == _wears.c.tag_id)
    .where(_wears.c.paper_id.in_(_WITHIN))
)
_TECHNIQUES = select(_carries.c.paper_id, _carries.c.technique_id).where(
    _carries.c.paper_id.in_(_WITHIN)
)
_VOCABULARIES = tuple(
    select(*(table.c[name] for name in row._fields)).order_by(table.c.position, table.c.id)
    for table, row in (
        (_tables["technique"], TechniqueRow),
        (_tables["verdict"], VerdictRow),
        (_tables["field"], FieldRow),
    )
)


def paper_rows(session: Session, ids: Sequence[int], vocabularies: Vocabularies) -> list[PaperRow]:
    """The papers with these ids that there are, in this order; four statements."""
    connection, asked = session.connection(), {"ids": list(ids)}
    authors, tags = defaultdict[int, list[str]](list), defaultdict[int, list[str]](list)
    for number, name in connection.execute(_AUTHORS, asked):
        authors[number].append(name)
    for number, name in connection.execute(_TAGS, asked):
        tags[number].append(name)
    techniques = {each.id: each for each in vocabularies.techniques}
    carried = defaultdict[int, list[TechniqueRow]](list)
    for number, technique in connection.execute(_TECHNIQUES, asked):
        carried[number].append(techniques[technique])
    verdicts = {each.id: each for each in vocabularies.verdicts}
    found = {}
    for paper in connection.execute(_PAPERS, asked):
        found[paper.id] = PaperRow(
            id=paper.id,
            citekey=paper.citekey,
            title=paper.title,
            short_title=paper.short_title,
            year=paper.year,
            kind=paper.kind,
            reading=paper.reading,
            venue=paper.venue,
            arxiv_id=paper.arxiv_id,
            doi=paper.doi,
            url=paper.url,
            version=paper.version,
            authors=authors[paper.id],
            techniques=sorted(carried[paper.id], key=_place),
            tag_names=sorted(tags[paper.id], key=natural_sort_key),
            verdict=CurrentVerdict(verdicts[paper.verdict_id], paper.reason, paper.due)
            if paper.verdict_id
            else None,
        )
    return [found[each] for each in ids if each in found]


def _place(technique: TechniqueRow) -> tuple[int, int]:
    return technique.position, technique.id


def read_vocabularies(session: Session) -> Vocabularies:
    """Techniques, verdicts and fields, each by its position; three statements."""
    session.flush()  # a connection's own statements see only what was sent to it
    techniques, verdicts, fields = (session.connection().execute(each) for each in _VOCABULARIES)
    return Vocabularies(
        [TechniqueRow._make(each) for each in techniques],
        [VerdictRow._make(each) for each in verdicts],
        [FieldRow._make(each) for each in fields],
    )
