"""Every `select` over notes, their links and their earlier versions."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    and_,
    case,
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

from app.kit.text import fold, sort_key
from app.models import (
    Claim,
    Comparison,
    ComparisonColumn,
    ComparisonRow,
    Correspondence,
    Evidence,
    FormerCitekey,
    Issue,
    Link,
    Note,
    NoteRevision,
    Paper,
    Ruling,
    Technique,
    related,
)

Condition = ColumnElement[bool]
SLUGGED = ("technique", "issue", "comparison", "correspondence")  # what `[[kind:slug]]` names


class Named(NamedTuple):
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


class Term(NamedTuple):
    """A technique, issue, comparison or correspondence as links name it."""

    kind: str
    slug: str
    name_en: str
    name_zh: str


class CellLink(NamedTuple):
    """A cell whose claim or ruling links somewhere; `comparison` is the first that shows it."""

    technique: Technique
    issue: Issue
    rationale: str
    comparison: str


def with_subject() -> list[ORMOption]:
    """What a note is about, with the note."""
    return [joinedload(related(each)) for each in (Note.paper, Note.technique, Note.issue)]


def by_id(session: Session, note_id: int) -> Note | None:
    statement = select(Note).where(col(Note.id) == note_id).options(*with_subject())
    return session.exec(statement).first()


def matching(*, paper: str = "", q: str = "") -> list[Condition]:
    """The notes outside the trash that are about a paper and have the words of `q` in them."""
    found: list[Condition] = [col(Note.trashed_at).is_(None)]
    if paper:
        citekeys = select(Paper.id).where(col(Paper.citekey_folded) == fold(paper))
        found.append(col(Note.paper_id).in_(citekeys))
    for word in q.split()[:8]:
        anywhere = (col(Note.title), col(Note.body))
        found.append(or_(*(each.icontains(word, autoescape=True) for each in anywhere)))
    return found


def count(session: Session, conditions: Sequence[Condition]) -> int:
    return session.exec(select(func.count()).select_from(Note).where(*conditions)).one()


def newest(
    session: Session, conditions: Sequence[Condition], *, page: int = 1, per_page: int = 200
) -> list[Note]:
    statement = (
        select(Note)
        .where(*conditions)
        .options(*with_subject())
        .order_by(col(Note.updated_at).desc(), col(Note.id).desc())
        .limit(per_page)
        .offset((page - 1) * per_page)
    )
    return list(session.exec(statement))


def newest_rows(
    session: Session,
    conditions: Sequence[Condition],
    *,
    page: int = 1,
    per_page: int,
    letters: int | None = None,
) -> list[NoteRow]:
    """A page of the notes under `conditions`, the last written first, with the whole of their texts
    or the first `letters`; one statement."""
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
        .order_by(col(Note.updated_at).desc(), col(Note.id).desc())
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


def about(
    *, paper_id: int | None, technique_id: int | None, issue_id: int | None
) -> list[Condition]:
    return [
        col(Note.trashed_at).is_(None),
        or_(
            and_(col(Note.paper_id).is_not(None), col(Note.paper_id) == paper_id),
            and_(col(Note.technique_id).is_not(None), col(Note.technique_id) == technique_id),
            and_(col(Note.issue_id).is_not(None), col(Note.issue_id) == issue_id),
        ),
    ]


def about_papers(session: Session, paper_ids: Collection[int]) -> list[Note]:
    """The notes outside the trash about these papers, oldest first."""
    statement = select(Note).where(
        col(Note.paper_id).in_(paper_ids), col(Note.trashed_at).is_(None)
    )
    return list(session.exec(statement.order_by(col(Note.id))))


def versions(session: Session, note_id: int) -> list[Version]:
    """The earlier versions without their texts, the latest first."""
    statement = (
        rows(col(NoteRevision.version), col(NoteRevision.title), col(NoteRevision.saved_at))
        .where(col(NoteRevision.note_id) == note_id)
        .order_by(col(NoteRevision.version).desc())
    )
    return [Version(*row) for row in session.execute(statement)]


def revisions(session: Session, note_id: int, *wanted: int) -> list[NoteRevision]:
    statement = select(NoteRevision).where(
        col(NoteRevision.note_id) == note_id, col(NoteRevision.version).in_(wanted)
    )
    return list(session.exec(statement.order_by(col(NoteRevision.version))))


def evidence_count(session: Session, note_id: int) -> int:
    statement = select(func.count()).select_from(Evidence).where(col(Evidence.note_id) == note_id)
    return session.exec(statement).one()


def papers_named(
    session: Session, *, names: Collection[str], arxiv_ids: Collection[str]
) -> list[Named]:
    """The papers that one of the folded `names` may mean: by key, former key, title, short title.

    Titles are found by their sort keys, which have an index; whoever asks compares them again.
    """
    # One condition with OR would read every paper: SQLite does not see that each part is rare.
    found: CompoundSelect[int | None] = union(
        rows(col(Paper.id)).where(col(Paper.citekey_folded).in_(names)),
        rows(col(Paper.id)).where(col(Paper.title_sort).in_({sort_key(name) for name in names})),
        rows(col(Paper.id)).where(
            col(Paper.short_title) > "", func.lower(col(Paper.short_title)).in_(names)
        ),
        rows(col(Paper.id)).where(col(Paper.arxiv_id).in_(arxiv_ids)),
        rows(col(FormerCitekey.paper_id)).where(col(FormerCitekey.folded).in_(names)),
    )
    formerly = and_(
        col(FormerCitekey.paper_id) == col(Paper.id), col(FormerCitekey.folded).in_(names)
    )
    statement = (
        rows(
            col(Paper.citekey),
            col(Paper.title),
            col(Paper.short_title),
            col(Paper.arxiv_id),
            col(FormerCitekey.folded),
        )
        .outerjoin(FormerCitekey, formerly)
        .where(col(Paper.id).in_(found), col(Paper.trashed_at).is_(None))
        .order_by(col(Paper.id))
    )
    return [Named(*row) for row in session.execute(statement)]


def other_names(session: Session, citekeys: Collection[str]) -> list[str]:
    """What else papers are linked by: former keys, arXiv id, title, short title."""
    columns = (Paper.title, Paper.short_title, Paper.arxiv_id)
    statement = (
        rows(*map(col, columns), col(FormerCitekey.citekey))
        .outerjoin(FormerCitekey, col(FormerCitekey.paper_id) == col(Paper.id))
        .where(col(Paper.citekey).in_(citekeys))
    )
    return [name for row in session.execute(statement) for name in row if name]


def notes_named(session: Session, names: Collection[str]) -> list[TitledNote]:
    """The notes of these folded titles; of several of one title, the oldest comes last."""
    statement = (
        rows(col(Note.id), col(Note.title), col(Note.title_folded))
        .where(col(Note.trashed_at).is_(None), col(Note.title_folded).in_(names))
        .order_by(col(Note.id).desc())
    )
    return [TitledNote(number or 0, *names) for number, *names in session.execute(statement)]


def named_by_slug(session: Session, slugs: Mapping[str, Collection[str]]) -> list[Term]:
    """What has these slugs, by kind: one statement."""
    columns = {
        "technique": (col(Technique.slug), col(Technique.name_en), col(Technique.name_zh)),
        "issue": (col(Issue.slug), col(Issue.name_en), col(Issue.name_zh)),
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
    return [Term(*row) for row in session.execute(union_all(*parts))] if parts else []


def _both(source: str, target: str) -> ColumnElement[str]:
    """The names of both sides as one; empty where one of them has none in this language."""
    named = and_(col(source) != "", col(target) != "")
    return case((named, col(source) + " ↔ " + col(target)), else_="")


def _linking(source: str, kinds: Collection[str], keys: Collection[str]) -> SelectOfScalar[int]:
    """The ids of the notes, claims … that link to one of these targets."""
    return select(Link.source_id).where(
        col(Link.source_kind) == source,
        col(Link.target_kind).in_(kinds),
        col(Link.target_key).in_(keys),
    )


def notes_linking(session: Session, kinds: Collection[str], keys: Collection[str]) -> list[Note]:
    linking = col(Note.id).in_(_linking("note", kinds, keys))
    return newest(session, [col(Note.trashed_at).is_(None), linking])


def cells_linking(
    session: Session, kinds: Collection[str], keys: Collection[str]
) -> list[CellLink]:
    """Cells with a claim or a ruling in force that links to one of these targets."""
    said = union_all(
        rows(col(Claim.technique_id), col(Claim.issue_id), col(Claim.rationale)).where(
            col(Claim.id).in_(_linking("claim", kinds, keys))
        ),
        rows(col(Ruling.technique_id), col(Ruling.issue_id), col(Ruling.rationale)).where(
            col(Ruling.is_current),
            col(Ruling.id).in_(_linking("ruling", kinds, keys)),
        ),
    ).subquery()
    shown = (
        rows(func.min(col(Comparison.id)))
        .join(ComparisonRow, col(ComparisonRow.comparison_id) == col(Comparison.id))
        .join(ComparisonColumn, col(ComparisonColumn.comparison_id) == col(Comparison.id))
        .where(
            col(ComparisonRow.technique_id) == said.c.technique_id,
            col(ComparisonColumn.issue_id) == said.c.issue_id,
        )
        .correlate(said)
        .scalar_subquery()
    )
    statement = (
        rows(Technique, Issue, said.c.rationale, col(Comparison.slug))
        .join(Technique, col(Technique.id) == said.c.technique_id)
        .join(Issue, col(Issue.id) == said.c.issue_id)
        .join(Comparison, col(Comparison.id) == shown)
        .order_by(col(Technique.position), col(Issue.position))
        .limit(200)
    )
    return [CellLink(*row) for row in session.execute(statement)]


def correspondences_linking(
    session: Session, kinds: Collection[str], keys: Collection[str]
) -> list[Correspondence]:
    linking = col(Correspondence.id).in_(_linking("correspondence", kinds, keys))
    statement = select(Correspondence).where(linking).order_by(col(Correspondence.id))
    return list(session.exec(statement.limit(200)))


def texts(
    session: Session, model: type[SQLModel], columns: Sequence[str], ids: Collection[int]
) -> dict[int, str]:
    """What the rows with these ids say in these columns together, of those that are there."""
    number, *said = (col(getattr(model, name)) for name in ("id", *columns))
    found = session.execute(rows(number, *said).where(number.in_(ids)))
    return {each: "\n\n".join(filter(None, texts)) for each, *texts in found}
