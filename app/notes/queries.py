"""Every `select` over notes, their links and their earlier versions."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    or_,
    union,
    union_all,
)
from sqlalchemy import select as rows
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.interfaces import ORMOption
from sqlmodel import Session, SQLModel, col, select
from sqlmodel.sql.expression import SelectOfScalar

from app.kit.text import fold, natural_sort_key, sort_key
from app.models import (
    Claim,
    Comparison,
    ComparisonColumn,
    ComparisonRow,
    Correspondence,
    Evidence,
    FormerCitekey,
    Hypothesis,
    Issue,
    Link,
    Note,
    NoteRevision,
    Paper,
    Ruling,
    Technique,
    loader_path,
)
from app.notes.references import NamedTerm

Condition = ColumnElement[bool]
SLUGGED = ("comparison", "correspondence")  # what `[[kind:slug]]` names by its slug alone


# Those without a title come last.
NOTE_ORDERS = {
    "updated": (col(Note.updated_at).desc(),),
    "created": (col(Note.created_at).desc(),),
    "oldest": (col(Note.created_at), col(Note.id)),
    "title": (case((col(Note.title) == "", 1), else_=0), col(Note.title_folded)),
}


class NamedPaper(NamedTuple):
    """A paper as links name it, by its key now or formerly."""

    citekey: str
    title: str
    short_title: str
    arxiv_id: str | None
    former: str | None


class TitledNote(NamedTuple):
    id: int
    title: str
    folded: str


class NotedPaper(NamedTuple):
    citekey: str
    title: str


class NotedTechnique(NamedTuple):
    slug: str
    name_en: str
    name_zh: str


class NotedIssue(NamedTuple):
    slug: str
    name_en: str
    name_zh: str
    parent_id: int | None
    field_id: int | None


class NoteRow(NamedTuple):
    """A note in a list, with what it is about (at most one)."""

    id: int
    title: str
    body: str
    created_at: datetime
    updated_at: datetime
    version: int
    paper: NotedPaper | None
    technique: NotedTechnique | None
    issue: NotedIssue | None


class Version(NamedTuple):
    version: int
    title: str
    saved_at: datetime


class NoteBody(NamedTuple):
    """A note as the page of what it is about shows it."""

    id: int
    title: str
    body: str
    updated_at: datetime
    version: int


class NoteLink(NamedTuple):
    """A note that links somewhere, and what it is about."""

    id: int
    title: str
    paper: str | None
    paper_title: str | None
    technique: str | None
    issue: str | None
    name_en: str | None
    name_zh: str | None


class CellLink(NamedTuple):
    """A cell whose claim, ruling or hypothesis links somewhere; `comparison` is the first that
    shows it."""

    technique: str
    technique_en: str
    technique_zh: str
    issue: str
    issue_en: str
    issue_zh: str
    rationale: str
    comparison: str


class CorrespondenceLink(NamedTuple):
    slug: str
    source_en: str
    source_zh: str
    target_en: str
    target_zh: str
    carries_en: str
    carries_zh: str


def with_subject() -> list[ORMOption]:
    """What a note is about, with the note."""
    return [joinedload(loader_path(each)) for each in (Note.paper, Note.technique, Note.issue)]


def by_id(session: Session, note_id: int) -> Note | None:
    statement = select(Note).where(col(Note.id) == note_id).options(*with_subject())
    return session.exec(statement).first()


def select_templates(session: Session, beginnings: Sequence[str]) -> list[tuple[int, str, str]]:
    """Number, title and text of the notes whose folded title begins with one of these; by title."""
    title = col(Note.title_folded)
    ranges = [title.between(each, f"{each}\U0010ffff") for each in beginnings]
    statement = rows(col(Note.id), col(Note.title), col(Note.body))
    statement = statement.where(or_(*ranges), col(Note.trashed_at).is_(None)).order_by(title)
    return [(number, name, body) for number, name, body in session.execute(statement.limit(50))]


def select_bodies(session: Session, ids: Collection[int]) -> dict[int, str]:
    statement = rows(col(Note.id), col(Note.body)).where(col(Note.id).in_(ids))
    return {number: body for number, body in session.execute(statement)}  # noqa: C416


def notes_matching(
    *, paper: str = "", q: str = "", tag: str = "", about: str = ""
) -> list[Condition]:
    """The notes outside the trash that are about a paper, or a kind of thing (`alone`: about none),
    have a tag, and the words of `q` in them."""
    found: list[Condition] = [col(Note.trashed_at).is_(None)]
    if paper:
        citekeys = select(Paper.id).where(col(Paper.citekey_folded) == fold(paper))
        found.append(col(Note.paper_id).in_(citekeys))
    subjects = {"paper": Note.paper_id, "technique": Note.technique_id, "issue": Note.issue_id}
    if about in subjects:
        found.append(col(subjects[about]).is_not(None))
    elif about == "alone":
        found += [col(each).is_(None) for each in subjects.values()]
    if tag:
        is_tag = (col(Link.target_kind) == "tag", col(Link.target_key) == fold(tag))
        tagged = select(Link.source_id).where(col(Link.source_kind) == "note", *is_tag)
        found.append(col(Note.id).in_(tagged))
    for word in q.split()[:8]:
        anywhere = (col(Note.title), col(Note.body))
        found.append(or_(*(each.icontains(word, autoescape=True) for each in anywhere)))
    return found


def count_tags(session: Session, most: int) -> list[tuple[str, int]]:
    """The tags of notes outside the trash, with how many have each, the commonest first."""
    number = func.count()
    statement = (
        rows(col(Link.target_key), number)
        .join(Note, col(Note.id) == col(Link.source_id))
        .where(
            col(Link.source_kind) == "note",
            col(Link.target_kind) == "tag",
            col(Note.trashed_at).is_(None),
        )
        .group_by(col(Link.target_key))
        .order_by(number.desc(), col(Link.target_key))
        .limit(most)
    )
    found = [(tag, count) for tag, count in session.execute(statement)]
    return sorted(found, key=lambda each: (-each[1], natural_sort_key(each[0])))


def count_notes(session: Session, conditions: Sequence[Condition]) -> int:
    return session.exec(select(func.count()).select_from(Note).where(*conditions)).one()


def newest_note_rows(
    session: Session,
    conditions: Sequence[Condition],
    *,
    page: int = 1,
    per_page: int,
    letters: int | None = None,
    sort: str = "updated",
) -> list[NoteRow]:
    """A page of the notes under `conditions` in an order of `NOTE_ORDERS`, with the whole of their
    texts or the first `letters`; one statement."""
    body = col(Note.body) if letters is None else func.substr(col(Note.body), 1, letters)
    statement = (
        rows(
            *(col(each) for each in (Note.id, Note.title)),
            body.label("body"),
            *(col(each) for each in (Note.created_at, Note.updated_at, Note.version)),
            *(getattr(Paper, each) for each in NotedPaper._fields),
            *(getattr(Technique, each) for each in NotedTechnique._fields),
            *(getattr(Issue, each) for each in NotedIssue._fields),
        )
        .select_from(Note)
        .outerjoin(Paper, col(Paper.id) == col(Note.paper_id))
        .outerjoin(Technique, col(Technique.id) == col(Note.technique_id))
        .outerjoin(Issue, col(Issue.id) == col(Note.issue_id))
        .where(*conditions)
        .order_by(*NOTE_ORDERS[sort], col(Note.id).desc())
        .limit(per_page)
        .offset((page - 1) * per_page)
    )
    return [
        NoteRow(
            id=row.id,
            title=row[1],
            body=row.body,
            created_at=row.created_at,
            updated_at=row.updated_at,
            version=row.version,
            paper=NotedPaper(*row[6:8]) if row[6] else None,
            technique=NotedTechnique(*row[8:11]) if row[8] else None,
            issue=NotedIssue(*row[11:]) if row[11] else None,
        )
        for row in session.execute(statement)
    ]


def notes_about_condition(
    session: Session, *, paper_id: int | None, technique_id: int | None, issue_id: int | None
) -> list[NoteBody]:
    """The notes outside the trash about one thing, newest first."""
    column, subject = next(
        (column, number)
        for column, number in (
            (Note.paper_id, paper_id),
            (Note.technique_id, technique_id),
            (Note.issue_id, issue_id),
        )
        if number is not None
    )
    statement = (
        rows(*(col(getattr(Note, each)) for each in NoteBody._fields))
        .where(col(Note.trashed_at).is_(None), col(column) == subject)
        .order_by(col(Note.updated_at).desc(), col(Note.id).desc())
        .limit(200)
    )
    return [NoteBody(number or 0, *shown) for number, *shown in session.execute(statement)]


def about_papers(session: Session, paper_ids: Collection[int]) -> list[Note]:
    """The notes outside the trash about these papers, oldest first."""
    statement = select(Note).where(
        col(Note.paper_id).in_(paper_ids), col(Note.trashed_at).is_(None)
    )
    return list(session.exec(statement.order_by(col(Note.id))))


def select_versions(session: Session, note_id: int) -> list[Version]:
    """The earlier versions without their texts, the latest first."""
    statement = (
        rows(col(NoteRevision.version), col(NoteRevision.title), col(NoteRevision.saved_at))
        .where(col(NoteRevision.note_id) == note_id)
        .order_by(col(NoteRevision.version).desc())
    )
    return [Version(*row) for row in session.execute(statement)]


def select_revisions(session: Session, note_id: int, *wanted: int) -> list[NoteRevision]:
    statement = select(NoteRevision).where(
        col(NoteRevision.note_id) == note_id, col(NoteRevision.version).in_(wanted)
    )
    return list(session.exec(statement.order_by(col(NoteRevision.version))))


def count_revisions(session: Session, note_id: int) -> int:
    of_note = col(NoteRevision.note_id) == note_id
    return session.scalar(select(func.count()).select_from(NoteRevision).where(of_note)) or 0


def count_note_evidence(session: Session, note_id: int) -> int:
    statement = select(func.count()).select_from(Evidence).where(col(Evidence.note_id) == note_id)
    return session.exec(statement).one()


def papers_named(
    session: Session, *, names: Collection[str], arxiv_ids: Collection[str]
) -> list[NamedPaper]:
    """The papers that one of the folded `names` may mean: by key, former key, title, short title.

    Titles are found by their sort keys, which have an index; whoever asks compares them again.
    """
    asked = {
        "names": list(names),
        "sorted_names": list({sort_key(name) for name in names}),
        "arxiv_ids": list(arxiv_ids),
    }
    return [NamedPaper(*row) for row in session.execute(_PAPERS_NAMED, asked)]


def papers_with_dois(session: Session, dois: Collection[str]) -> list[tuple[str, str, str]]:
    """The papers that have one of these DOIs (in lower case), as (DOI, citation key, title to be
    shown); of several with one DOI the oldest comes last."""
    doi, short, title = func.lower(col(Paper.doi)), col(Paper.short_title), col(Paper.title)
    shown = case((short > "", short), else_=title)
    statement = rows(doi, col(Paper.citekey), shown).where(doi.in_(dois))
    statement = statement.where(col(Paper.trashed_at).is_(None)).order_by(col(Paper.id).desc())
    return [(key, citekey, name) for key, citekey, name in session.execute(statement)]


def other_names(session: Session, citekeys: Collection[str]) -> list[str]:
    """What else papers are linked by: former keys, arXiv id, DOI, title, short title."""
    found = session.execute(_OTHER_NAMES, {"names": list(citekeys)})
    return [name for row in found for name in row if name]


def notes_named(session: Session, names: Collection[str]) -> list[TitledNote]:
    """The notes that have, or had, one of these folded titles, those that have it last; of several
    of one title, the oldest comes last."""
    found = session.execute(_NOTES_NAMED, {"names": list(names)})
    return [TitledNote(number or 0, title, folded) for number, title, folded, _ in found]


def named_by_slug(session: Session, slugs: Mapping[str, Collection[str]]) -> list[NamedTerm]:
    """The comparisons and correspondences that have these slugs, by kind: one statement."""
    columns = {
        "comparison": (col(Comparison.slug), col(Comparison.title_en), col(Comparison.title_zh)),
        "correspondence": (
            col(Correspondence.slug),
            _both(Correspondence.source_en, Correspondence.target_en),
            _both(Correspondence.source_zh, Correspondence.target_zh),
        ),
    }
    parts = [
        rows(literal(kind), slug, english, chinese).where(slug.in_(slugs[kind]))
        for kind, (slug, english, chinese) in columns.items()
        if slugs.get(kind)
    ]
    return [NamedTerm(*row) for row in session.execute(union_all(*parts))] if parts else []


def select_named_terms(session: Session) -> list[NamedTerm]:
    """Every technique, then every issue, with its names; one statement."""
    return [
        NamedTerm(
            *(kind, slug, english, chinese),
            (*_listed(synonyms_en), *_listed(synonyms_zh)),
            tuple(_listed(former)),
        )
        for kind, slug, english, chinese, synonyms_en, synonyms_zh, former in session.execute(
            _NAMED_TERMS
        )
    ]


def _listed(names: str) -> list[str]:
    """Of a list in JSON; of most terms it is empty, and to parse it would take longest."""
    return json.loads(names) if names != "[]" else []


def select_former_titles(session: Session, note_id: int) -> list[str]:
    """The folded titles that a note had before."""
    of_note = col(NoteRevision.note_id) == note_id
    statement = rows(col(NoteRevision.title_folded)).where(of_note).distinct()
    return [title for title in session.scalars(statement) if title]


def _both(source: str, target: str) -> ColumnElement[str]:
    """The names of both sides as one; empty where one of them has none in this language."""
    named = and_(col(source) != "", col(target) != "")
    return case((named, col(source) + " ↔ " + col(target)), else_="")


def notes_linking(
    session: Session, kinds: Collection[str], keys: Collection[str]
) -> list[NoteLink]:
    """The notes outside the trash that link to one of these targets, newest first."""
    return [NoteLink(*row) for row in session.execute(_NOTES_LINKING, _targets(kinds, keys))]


def cells_linking(
    session: Session, kinds: Collection[str], keys: Collection[str]
) -> list[CellLink]:
    """Cells with a claim or a ruling in force that links to one of these targets."""
    return [CellLink(*row) for row in session.execute(_CELLS_LINKING, _targets(kinds, keys))]


def correspondences_linking(
    session: Session, kinds: Collection[str], keys: Collection[str]
) -> list[CorrespondenceLink]:
    found = session.execute(_CORRESPONDENCES_LINKING, _targets(kinds, keys))
    return [CorrespondenceLink(*row) for row in found]


def texts(
    session: Session, model: type[SQLModel], columns: Sequence[str], ids: Collection[int]
) -> dict[int, str]:
    """What the rows with these ids say in these columns together, of those that are there."""
    number, *said = (col(getattr(model, name)) for name in ("id", *columns))
    found = session.execute(rows(number, *said).where(number.in_(ids)))
    return {each: "\n\n".join(filter(None, texts)) for each, *texts in found}


def texts_ever(session: Session, kind: str) -> list[int]:
    """The ids of the rows of a table of texts, and of those that links are kept of."""
    linking = rows(col(Link.source_id)).where(col(Link.source_kind) == kind)
    held = rows(SQLModel.metadata.tables[kind].c.id)
    return sorted(session.scalars(union(held, linking)))


def links_of(session: Session, kind: str, ids: Collection[int]) -> list[tuple[int, str, str]]:
    """What is kept of the links of these texts, as (text, kind of its target, key), where they
    are written in it."""
    columns = (col(Link.source_id), col(Link.target_kind), col(Link.target_key))
    statement = rows(*columns).where(col(Link.source_kind) == kind, col(Link.source_id).in_(ids))
    found = session.execute(statement.where(col(Link.origin) == "text"))
    return [(number, target, key) for number, target, key in found]


def _targets(kinds: Collection[str], keys: Collection[str]) -> dict[str, list[str]]:
    return {"kinds": list(kinds), "keys": list(keys)}


# Every page with links asks what follows: built once, for to build it takes longer than to run it.
_NAMES: BindParameter[str] = bindparam("names", expanding=True)
_SORTED_NAMES: BindParameter[str] = bindparam("sorted_names", expanding=True)
_ARXIV_IDS: BindParameter[str] = bindparam("arxiv_ids", expanding=True)
# One condition with OR would read every paper: SQLite does not see that each part is rare.
_WITH_NAMES: CompoundSelect[int | None] = union(
    rows(col(Paper.id)).where(col(Paper.citekey_folded).in_(_NAMES)),
    rows(col(Paper.id)).where(col(Paper.title_sort).in_(_SORTED_NAMES)),
    rows(col(Paper.id)).where(
        col(Paper.short_title) > "", func.lower(col(Paper.short_title)).in_(_NAMES)
    ),
    rows(col(Paper.id)).where(col(Paper.arxiv_id).in_(_ARXIV_IDS)),
    rows(col(FormerCitekey.paper_id)).where(col(FormerCitekey.folded).in_(_NAMES)),
)
_PAPERS_NAMED = (
    rows(
        col(Paper.citekey),
        col(Paper.title),
        col(Paper.short_title),
        col(Paper.arxiv_id),
        col(FormerCitekey.folded),
    )
    .outerjoin(
        FormerCitekey,
        and_(col(FormerCitekey.paper_id) == col(Paper.id), col(FormerCitekey.folded).in_(_NAMES)),
    )
    .where(col(Paper.id).in_(_WITH_NAMES), col(Paper.trashed_at).is_(None))
    .order_by(col(Paper.id))
)
_OTHER_NAMES = (
    rows(
        *(col(each) for each in (Paper.title, Paper.short_title, Paper.arxiv_id, Paper.doi)),
        col(FormerCitekey.citekey),
    )
    .outerjoin(FormerCitekey, col(FormerCitekey.paper_id) == col(Paper.id))
    .where(col(Paper.citekey).in_(_NAMES))
)
_NOTES_NAMED = union_all(
    rows(col(Note.id), col(Note.title), col(Note.title_folded), literal(1).label("now")).where(
        col(Note.trashed_at).is_(None), col(Note.title_folded).in_(_NAMES)
    ),
    rows(col(Note.id), col(Note.title), col(NoteRevision.title_folded), literal(0))
    .join(NoteRevision, col(NoteRevision.note_id) == col(Note.id))
    .where(col(Note.trashed_at).is_(None), col(NoteRevision.title_folded).in_(_NAMES)),
).order_by("now", col(Note.id).desc())
_NAMED_TERMS = union_all(
    *(
        rows(
            literal(kind),
            *(col(each) for each in (model.slug, model.name_en, model.name_zh)),
            *(
                cast(col(each), Text)
                for each in (model.synonyms_en, model.synonyms_zh, model.former_names)
            ),
        )
        for kind, model in (("technique", Technique), ("issue", Issue))
    )
)
_KINDS: BindParameter[str] = bindparam("kinds", expanding=True)
_KEYS: BindParameter[str] = bindparam("keys", expanding=True)


def _linking(source: str) -> SelectOfScalar[int]:
    """The ids of the notes, claims … that link to one of the targets asked for."""
    return select(Link.source_id).where(
        col(Link.source_kind) == source,
        col(Link.target_kind).in_(_KINDS),
        col(Link.target_key).in_(_KEYS),
    )


_NOTES_LINKING = (
    rows(
        col(Note.id),
        col(Note.title),
        col(Paper.citekey),
        func.coalesce(func.nullif(col(Paper.short_title), ""), col(Paper.title)),
        col(Technique.slug),
        col(Issue.slug),
        func.coalesce(col(Technique.name_en), col(Issue.name_en)),
        func.coalesce(col(Technique.name_zh), col(Issue.name_zh)),
    )
    .outerjoin(Paper, col(Paper.id) == col(Note.paper_id))
    .outerjoin(Technique, col(Technique.id) == col(Note.technique_id))
    .outerjoin(Issue, col(Issue.id) == col(Note.issue_id))
    .where(col(Note.trashed_at).is_(None), col(Note.id).in_(_linking("note")))
    .order_by(col(Note.updated_at).desc(), col(Note.id).desc())
    .limit(200)
)
_SAID = union_all(
    rows(col(Claim.technique_id), col(Claim.issue_id), col(Claim.rationale)).where(
        col(Claim.id).in_(_linking("claim"))
    ),
    rows(col(Ruling.technique_id), col(Ruling.issue_id), col(Ruling.rationale)).where(
        col(Ruling.is_current), col(Ruling.id).in_(_linking("ruling"))
    ),
    rows(col(Hypothesis.technique_id), col(Hypothesis.issue_id), col(Hypothesis.mechanism)).where(
        col(Hypothesis.trashed_at).is_(None), col(Hypothesis.id).in_(_linking("hypothesis"))
    ),
).subquery()
_SHOWN_BY = (
    rows(func.min(col(Comparison.id)))
    .join(ComparisonRow, col(ComparisonRow.comparison_id) == col(Comparison.id))
    .join(ComparisonColumn, col(ComparisonColumn.comparison_id) == col(Comparison.id))
    .where(
        col(ComparisonRow.technique_id) == _SAID.c.technique_id,
        col(ComparisonColumn.issue_id) == _SAID.c.issue_id,
    )
    .correlate(_SAID)
    .scalar_subquery()
)
_CELLS_LINKING = (
    rows(
        col(Technique.slug),
        col(Technique.name_en),
        col(Technique.name_zh),
        col(Issue.slug),
        col(Issue.name_en),
        col(Issue.name_zh),
        _SAID.c.rationale,
        col(Comparison.slug),
    )
    .select_from(_SAID)
    .join(Technique, col(Technique.id) == _SAID.c.technique_id)
    .join(Issue, col(Issue.id) == _SAID.c.issue_id)
    .join(Comparison, col(Comparison.id) == _SHOWN_BY)
    .order_by(col(Technique.position), col(Issue.position))
    .limit(200)
)
_CORRESPONDENCES_LINKING = (
    rows(*(SQLModel.metadata.tables["correspondence"].c[n] for n in CorrespondenceLink._fields))
    .where(col(Correspondence.id).in_(_linking("correspondence")))
    .order_by(col(Correspondence.id))
    .limit(200)
)
