"""Every `select` of the search room that is not an engine's own."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    Select,
    and_,
    bindparam,
    func,
    literal,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import Mapped, aliased, joinedload, selectinload
from sqlmodel import Session, col

from app.kit.text import natural_sort_key, sort_key
from app.library.filters import FILTERS, author_meant
from app.models import (
    HYPOTHESIS_TEXTS,
    Author,
    Claim,
    Comparison,
    ComparisonColumn,
    ComparisonRow,
    Correspondence,
    CorrespondenceIssue,
    CorrespondencePaper,
    CorrespondenceTechnique,
    Evidence,
    FilePage,
    Hypothesis,
    Issue,
    Note,
    Paper,
    PaperAuthor,
    PaperTechnique,
    PaperVerdict,
    ResearchField,
    Ruling,
    SavedSearch,
    SearchDocument,
    Tag,
    Technique,
    Verdict,
    loader_path,
)
from app.search.engine.full_text import FoundPage
from app.search.index.document_text import Key
from app.search.index.documents import DocumentKind

Found = tuple[DocumentKind, Key]
_THESE: BindParameter[list[int]] = bindparam("ids", expanding=True)


def every_technique(session: Session) -> list[Technique]:
    return list(session.scalars(select(Technique)))


def every_issue(session: Session) -> list[Issue]:
    return list(session.scalars(select(Issue)))


def techniques_of(session: Session, ids: Collection[int]) -> dict[int, Technique]:
    rows = session.scalars(select(Technique).where(col(Technique.id).in_(ids)))
    return {technique.id: technique for technique in rows}


def issues_of(session: Session, ids: Collection[int]) -> dict[int, Issue]:
    rows = session.scalars(select(Issue).where(col(Issue.id).in_(ids)))
    return {issue.id: issue for issue in rows}


def every_verdict(session: Session) -> list[Verdict]:
    return list(session.scalars(select(Verdict)))


def every_field(session: Session) -> list[ResearchField]:
    return list(session.scalars(select(ResearchField)))


def every_tag_name(session: Session) -> list[str]:
    return list(session.scalars(select(col(Tag.name))))


def has_author(session: Session, name: str) -> bool:
    """Whether some author is called so, in whichever form, or has this number."""
    return _any(session, Author, author_meant(name))


def has_venue(session: Session, name: str) -> bool:
    """Whether some paper's venue holds `name`, or is it where it begins with `=`."""
    return _any(session, Paper, FILTERS["venue"].condition([name]))


def _any(
    session: Session, model: type[Author] | type[Paper], condition: ColumnElement[bool]
) -> bool:
    return session.scalar(select(literal(1)).select_from(model).where(condition).limit(1)) == 1


def term_names(session: Session) -> list[Sequence[str]]:
    """Both names and the synonyms of every technique, issue and research field."""
    rows = session.connection().execute(_ALL_NAMES)
    return [[en, zh, *more_en, *more_zh] for en, zh, more_en, more_zh in rows]


_ALL_NAMES = union_all(
    *(
        select(
            col(model.name_en), col(model.name_zh), col(model.synonyms_en), col(model.synonyms_zh)
        )
        for model in (Technique, Issue, ResearchField)
    )
)


def papers_cited_in(session: Session, cells: Collection[Key]) -> list[tuple[int, Key]]:
    """The papers that are evidence in cells, each with the cell."""
    place = tuple_(col(Claim.technique_id), col(Claim.issue_id))
    rows = session.execute(
        select(col(Evidence.paper_id), col(Claim.technique_id), col(Claim.issue_id))
        .join(Claim, col(Claim.id) == col(Evidence.claim_id))
        .where(place.in_(cells), col(Evidence.paper_id).is_not(None))
    )
    return [(paper, (technique, issue)) for paper, technique, issue in rows]


def documents_by_number(session: Session, numbers: Collection[int]) -> dict[int, Found]:
    """What the documents of some numbers are."""
    found: dict[int, Found] = {number: ("paper", (number, 0)) for number in numbers if number > 0}
    others = [-number for number in numbers if number < 0]
    if others:
        place = (col(SearchDocument.item_id), col(SearchDocument.other_id))
        rows = session.execute(
            select(col(SearchDocument.id), col(SearchDocument.kind), *place).where(
                col(SearchDocument.id).in_(others)
            )
        )
        found |= {-number: (kind, (item, other)) for number, kind, item, other in rows}
    return found


def filter_found(
    session: Session,
    found: Collection[Found],
    papers: Select[int | None],
    others: Select[int | None],
) -> set[Found]:
    """Those of `found` that are among `papers`, or among `others` (numbers of documents)."""
    numbers = [key[0] for kind, key in found if kind == "paper"]
    rest = {key[0] for kind, key in found if kind != "paper"}
    kept: set[Found] = set()
    if numbers:
        number = papers.selected_columns[0]
        rows = session.scalars(papers.where(number.in_(numbers)))
        kept |= {("paper", (each, 0)) for each in rows if each}
    if rest:
        document = -col(SearchDocument.id)
        held = session.scalars(
            select(SearchDocument).where(
                col(SearchDocument.item_id).in_(rest), document.in_(others)
            )
        )
        kept |= {(row.kind, (row.item_id, row.other_id)) for row in held}  # type: ignore[misc]
    return kept & set(found)


@dataclass(frozen=True)
class Subjects:
    """Techniques and issues that are asked for, with all below them; None is any."""

    techniques: Collection[int] | None = None
    issues: Collection[int] | None = None


def other_documents(
    kinds: Collection[DocumentKind],
    papers: Select[int | None] | None = None,
    subjects: Subjects | None = None,
) -> Select[int | None]:
    """The numbers of documents of some kinds that are no papers.

    With `papers`, those that are said of these papers; and, where nothing but `subjects` is asked
    for, what is said of those.
    """
    kind, item, other = (
        col(SearchDocument.kind),
        col(SearchDocument.item_id),
        col(SearchDocument.other_id),
    )
    numbers = select(-col(SearchDocument.id)).where(kind.in_(kinds))
    if papers is None:
        return numbers
    noted: ColumnElement[bool] = col(Note.paper_id).in_(papers)
    passing: list[ColumnElement[bool]] = []
    if subjects is None:
        citing = (
            select(col(Claim.technique_id), col(Claim.issue_id))
            .join(Evidence, col(Evidence.claim_id) == col(Claim.id))
            .where(col(Evidence.paper_id).in_(papers))
        )
        passing.append(and_(kind == "cell", tuple_(item, other).in_(citing)))
        naming = select(col(CorrespondencePaper.correspondence_id)).where(
            col(CorrespondencePaper.paper_id).in_(papers)
        )
        passing.append(and_(kind == "correspondence", item.in_(naming)))
    else:
        within = [kind == "cell"]
        tied = [kind == "correspondence"]
        if subjects.techniques is not None:
            noted |= col(Note.technique_id).in_(subjects.techniques)
            within.append(item.in_(subjects.techniques))
            of_techniques = select(col(CorrespondenceTechnique.correspondence_id)).where(
                col(CorrespondenceTechnique.technique_id).in_(subjects.techniques)
            )
            tied.append(item.in_(of_techniques))
        if subjects.issues is not None:
            noted |= col(Note.issue_id).in_(subjects.issues)
            within.append(other.in_(subjects.issues))
            of_issues = select(col(CorrespondenceIssue.correspondence_id)).where(
                col(CorrespondenceIssue.issue_id).in_(subjects.issues)
            )
            tied.append(item.in_(of_issues))
        passing += [and_(*within), and_(*tied)]
        if subjects.issues is None:
            passing.append(and_(kind == "technique", item.in_(subjects.techniques or ())))
        if subjects.techniques is None:
            passing.append(and_(kind == "issue", item.in_(subjects.issues or ())))
    passing.append(and_(kind == "note", item.in_(select(col(Note.id)).where(noted))))
    return numbers.where(or_(*passing))


def papers_sharing_techniques(
    session: Session, paper: int, techniques: Collection[int], *, limit: int
) -> dict[int, int]:
    """Papers but this one that carry some of these techniques, with how many: most first."""
    asked = {"technique_ids": list(techniques), "paper": paper, "most": limit}
    rows = session.connection().execute(_SHARING, asked)
    return {number: count for number, count in rows if number}


def carried(
    session: Session, papers: Collection[int], techniques: Collection[int]
) -> set[tuple[int, int]]:
    """Which of these papers carry which of these techniques."""
    asked = {"ids": list(papers), "technique_ids": list(techniques)}
    rows = session.connection().execute(_CARRIED, asked)
    return {(paper, each) for paper, each in rows if paper and each}


def paper_texts(
    session: Session, ids: Collection[int], *, length: int
) -> dict[int, tuple[str, str, str, int]]:
    """Citation keys, titles and the beginnings of abstracts; with each, the highest number of a
    paper, which is about how many there are."""
    rows = session.connection().execute(_TEXTS, {"ids": list(ids), "length": length})
    return {number: (*texts, newest) for number, *texts, newest in rows}


_TECHNIQUE_IDS: BindParameter[int] = bindparam("technique_ids", expanding=True)
_SHARED = func.count()
_SHARING = (
    select(col(PaperTechnique.paper_id), _SHARED)
    .join(Paper, col(Paper.id) == col(PaperTechnique.paper_id))
    .where(
        col(PaperTechnique.technique_id).in_(_TECHNIQUE_IDS),
        col(Paper.id) != bindparam("paper"),
        col(Paper.trashed_at).is_(None),
    )
    .group_by(col(PaperTechnique.paper_id))
    .order_by(_SHARED.desc(), col(PaperTechnique.paper_id).desc())
    .limit(bindparam("most", type_=Integer))
)
_CARRIED = select(col(PaperTechnique.paper_id), col(PaperTechnique.technique_id)).where(
    col(PaperTechnique.paper_id).in_(_THESE), col(PaperTechnique.technique_id).in_(_TECHNIQUE_IDS)
)
_TEXTS = select(
    col(Paper.id),
    col(Paper.citekey),
    col(Paper.title),
    func.substr(col(Paper.abstract), 1, bindparam("length", type_=Integer)),
    select(func.max(aliased(Paper).id)).scalar_subquery(),
).where(col(Paper.id).in_(_THESE))


_ROWS: Mapping[DocumentKind, Mapped[int | None]] = {
    "paper": col(Paper.id),
    "note": col(Note.id),
    "technique": col(Technique.id),
    "issue": col(Issue.id),
    "cell": col(Claim.id),
    "correspondence": col(Correspondence.id),
}


def newest_rows(session: Session) -> dict[str, int]:
    """The number of the newest row of each kind of document; a cell's is its newest claim's."""
    last = [select(func.max(column)).scalar_subquery() for column in _ROWS.values()]
    return {
        kind: newest or 0
        for kind, newest in zip(_ROWS, session.execute(select(*last)).one(), strict=True)
    }


def cells_begun(session: Session, after: int) -> set[Key]:
    """The cells whose first claim comes after the claim with this number."""
    place = (col(Claim.technique_id), col(Claim.issue_id))
    newer = select(*place).where(col(Claim.id) > after)
    rows = session.execute(
        select(*place)
        .where(tuple_(*place).in_(newer))
        .group_by(*place)
        .having(func.min(col(Claim.id)) > after)
    )
    return {(technique, issue) for technique, issue in rows}


def saved_searches(session: Session) -> list[SavedSearch]:
    """In the order in which they were saved."""
    return list(session.scalars(select(SavedSearch).order_by(col(SavedSearch.id))))


def notes_by_id(session: Session, ids: Collection[int]) -> dict[int, Note]:
    """Notes with what they are about."""
    rows = session.scalars(
        select(Note)
        .where(col(Note.id).in_(ids))
        .options(
            joinedload(loader_path(Note.paper)),
            joinedload(loader_path(Note.technique)),
            joinedload(loader_path(Note.issue)),
        )
    )
    return {note.id: note for note in rows}


@dataclass
class ShownPaper:
    """What a paper's hit is made of: `techniques` has the names and synonyms of each, `said` the
    reason of its verdict and the texts of its notes."""

    id: int | None
    citekey: str
    title: str
    venue: str
    year: int | None
    abstract: str
    authors: list[str] = field(default_factory=list)
    techniques: list[list[str]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    verdict: Verdict | None = None


_SHOWN = select(
    col(Paper.id),
    col(Paper.citekey),
    col(Paper.title),
    col(Paper.venue),
    col(Paper.year),
    col(Paper.abstract),
).where(col(Paper.id).in_(_THESE))
_SHOWN_AUTHORS = (
    select(col(PaperAuthor.paper_id), col(Author.name))
    .join(Author)
    .where(col(PaperAuthor.paper_id).in_(_THESE))
    .order_by(col(PaperAuthor.paper_id), col(PaperAuthor.position))
)
_SHOWN_TECHNIQUES = (
    select(
        col(PaperTechnique.paper_id),
        col(Technique.name_en),
        col(Technique.name_zh),
        col(Technique.synonyms_en),
        col(Technique.synonyms_zh),
    )
    .join(Technique)
    .where(col(PaperTechnique.paper_id).in_(_THESE))
)
_SHOWN_VERDICTS = select(
    col(PaperVerdict.paper_id), col(PaperVerdict.verdict_id), col(PaperVerdict.reason)
).where(col(PaperVerdict.paper_id).in_(_THESE), col(PaperVerdict.is_current))
_SHOWN_NOTES = (
    select(col(Note.paper_id), col(Note.body))
    .where(col(Note.paper_id).in_(_THESE), col(Note.trashed_at).is_(None))
    .order_by(col(Note.id))
)


def shown_papers(session: Session, ids: Collection[int]) -> dict[int, ShownPaper]:
    """What is shown of papers that were found; as rows, for a page of objects takes longer than the
    search."""
    connection = session.connection()
    rows = connection.execute(_SHOWN, {"ids": list(ids)})
    found = {row[0]: ShownPaper(*row) for row in rows}
    asked = {"ids": list(found)}
    for paper, name in connection.execute(_SHOWN_AUTHORS, asked):
        found[paper].authors.append(name)
    for paper, en, zh, more_en, more_zh in connection.execute(_SHOWN_TECHNIQUES, asked):
        found[paper].techniques.append([en, zh, *more_en, *more_zh])
    given = connection.execute(_SHOWN_VERDICTS, asked).all()
    named = {each.id: each for each in every_verdict(session)} if given else {}
    for judged, verdict, reason in given:
        found[judged or 0].verdict = named[verdict]
        found[judged or 0].said.append(reason)
    for noted, body in connection.execute(_SHOWN_NOTES, asked):
        found[noted or 0].said.append(body)
    return found


_PAGE_TEXTS = select(col(FilePage.sha256), col(FilePage.page), col(FilePage.text)).where(
    tuple_(col(FilePage.sha256), col(FilePage.page)).in_(bindparam("pages", expanding=True))
)


def page_texts(session: Session, pages: Collection[FoundPage]) -> dict[FoundPage, str]:
    rows = session.connection().execute(_PAGE_TEXTS, {"pages": list(pages)})
    return {FoundPage(sha256, page): text for sha256, page, text in rows}


def correspondences_by_id(session: Session, ids: Collection[int]) -> dict[int, Correspondence]:
    rows = session.scalars(select(Correspondence).where(col(Correspondence.id).in_(ids)))
    return {each.id: each for each in rows}


def claims_of_cells(session: Session, cells: Collection[Key]) -> dict[Key, list[Claim]]:
    """The claims of cells with their evidence."""
    found: defaultdict[Key, list[Claim]] = defaultdict(list)
    rows = session.scalars(
        select(Claim)
        .where(tuple_(col(Claim.technique_id), col(Claim.issue_id)).in_(cells))
        .options(selectinload(loader_path(Claim.evidence)))
        .order_by(col(Claim.id))
    )
    for claim in rows:
        found[claim.technique_id, claim.issue_id].append(claim)
    return found


def hypotheses_by_cell(
    session: Session, cells: Collection[Key]
) -> dict[Key, list[tuple[str, ...]]]:
    """The texts of the hypotheses of cells."""
    found: defaultdict[Key, list[tuple[str, ...]]] = defaultdict(list)
    texts = (col(getattr(Hypothesis, name)) for name in HYPOTHESIS_TEXTS)
    rows = session.execute(
        select(col(Hypothesis.technique_id), col(Hypothesis.issue_id), *texts)
        .where(
            tuple_(col(Hypothesis.technique_id), col(Hypothesis.issue_id)).in_(cells),
            col(Hypothesis.trashed_at).is_(None),
        )
        .order_by(col(Hypothesis.id))
    )
    for technique, issue, *said in rows:
        found[technique, issue].append(tuple(said))
    return found


def rulings_by_cell(session: Session, cells: Collection[Key]) -> dict[Key, Ruling]:
    """The rulings in force on cells."""
    rows = session.scalars(
        select(Ruling).where(
            tuple_(col(Ruling.technique_id), col(Ruling.issue_id)).in_(cells),
            col(Ruling.is_current),
        )
    )
    return {(ruling.technique_id, ruling.issue_id): ruling for ruling in rows}


def comparison_of_cells(session: Session, cells: Collection[Key]) -> dict[Key, str]:
    """The slug of the first comparison that shows each cell."""
    row, column = col(ComparisonRow.technique_id), col(ComparisonColumn.issue_id)
    rows = session.execute(
        select(row, column, col(Comparison.slug))
        .join(ComparisonRow, col(ComparisonRow.comparison_id) == col(Comparison.id))
        .join(ComparisonColumn, col(ComparisonColumn.comparison_id) == col(Comparison.id))
        .where(tuple_(row, column).in_(cells))
        .order_by(col(Comparison.id).desc())
    )
    return {(technique, issue): slug for technique, issue, slug in rows}


_NEWEST = 5_000  # papers
_KEYED = 100
_AUTHORS = 200
_VENUES = 2_000


def papers_keyed_like(session: Session, words: Sequence[str]) -> list[int]:
    """Papers in whose citation key the letters of each word stand in their order: those that begin
    with the first of all, by key, and the newest; at most a hundred of each, the trash included.

    Whether a paper is in the trash stands in its row, and to look there for each costs 70 ms.
    """
    if not words:
        return []
    key, number = col(Paper.citekey_folded), col(Paper.id)
    scattered = [key.ilike("%" + "%".join(word) + "%") for word in words]
    first = words[0][0]
    newest = select(func.max(number) - _NEWEST).scalar_subquery()
    among = (
        select(number).where(key.between(first, first + "zzz"), *scattered).order_by(key),
        select(number).where(number > newest, *scattered).order_by(number.desc()),
    )
    return [found for each in among for found in session.scalars(each.limit(_KEYED)) if found]


def paper_titles(
    session: Session, ids: Collection[int]
) -> list[tuple[int, str, str, str, int | None]]:
    """Id, citation key, title, short title and year of papers that are not in the trash."""
    rows = session.execute(
        select(
            col(Paper.id),
            col(Paper.citekey),
            col(Paper.title),
            col(Paper.short_title),
            col(Paper.year),
        ).where(col(Paper.id).in_(ids), col(Paper.trashed_at).is_(None))
    )
    return [(number or 0, key, title, short, year) for number, key, title, short, year in rows]


def first_authors(session: Session, ids: Collection[int], most: int) -> dict[int, list[str]]:
    """The names of the first authors of papers, in their order."""
    place = (col(PaperAuthor.paper_id), col(PaperAuthor.position))
    rows = session.execute(
        select(place[0], col(Author.name))
        .join(Author, col(Author.id) == col(PaperAuthor.author_id))
        .where(place[0].in_(ids), place[1] < most)
        .order_by(*place)
    )
    found: defaultdict[int, list[str]] = defaultdict(list)
    for paper, name in rows:
        found[paper or 0].append(name)
    return found


def note_titles(session: Session, ids: Collection[int]) -> list[tuple[int, str]]:
    """Notes that have a title and are not in the trash, with it."""
    rows = session.execute(
        select(col(Note.id), col(Note.title)).where(
            col(Note.id).in_(ids), col(Note.trashed_at).is_(None), col(Note.title) != ""
        )
    )
    return [(number or 0, title) for number, title in rows]


def correspondence_titles(session: Session) -> list[tuple[str, str, str]]:
    """The slug of every correspondence with the names of its sides in English and in Chinese."""
    sides = (Correspondence.source_en, Correspondence.target_en)
    chinese = (Correspondence.source_zh, Correspondence.target_zh)
    found = session.execute(select(col(Correspondence.slug), *map(col, (*sides, *chinese))))
    return [
        (slug, " ↔ ".join(filter(None, (a, b))), " ↔ ".join(filter(None, (c, d))))
        for slug, a, b, c, d in found
    ]


def last_written_notes(session: Session, most: int) -> list[tuple[int, str]]:
    """The notes with a title that were last written, with it."""
    shown = col(Note.trashed_at).is_(None), col(Note.title) != ""
    last = (col(Note.updated_at).desc(), col(Note.id).desc())
    found = session.execute(
        select(col(Note.id), col(Note.title)).where(*shown).order_by(*last).limit(most)
    )
    return [(number or 0, title) for number, title in found]


def last_added_papers(session: Session, most: int) -> list[tuple[str, str, int | None]]:
    """Citation key, title and year of the papers that came last."""
    columns = (col(Paper.citekey), col(Paper.title), col(Paper.year))
    last = (col(Paper.created_at).desc(), col(Paper.id).desc())
    shown = col(Paper.trashed_at).is_(None)
    found = session.execute(select(*columns).where(shown).order_by(*last).limit(most))
    return [(key, title, year) for key, title, year in found]


def every_tag(session: Session) -> list[str]:
    return sorted(session.scalars(select(col(Tag.name))), key=natural_sort_key)


def every_venue(session: Session) -> list[str]:
    """Where the papers outside the trash appeared, those of most papers first; at most
    `_VENUES`."""
    held = col(Paper.trashed_at).is_(None), col(Paper.venue) != ""
    counted = select(col(Paper.venue)).where(*held).group_by(col(Paper.venue))
    return list(session.scalars(counted.order_by(func.count().desc()).limit(_VENUES)))


def authors_beginning(session: Session, typed: str) -> list[str]:
    """Authors whose family name, or name as it is shown, begins as it was typed, a Chinese one also
    as it is read; at most two hundred of each."""
    key = sort_key(typed).rstrip()
    sorted_name, name = col(Author.sort_name), col(Author.name)
    ways = (
        sorted_name.between(key, f"{key}zzz"),
        sorted_name.between(f"~{key}", f"~{key}zzz"),
        *(name.between(each, f"{each}zzz") for each in {typed, typed[:1].upper() + typed[1:]}),
    )
    found = [session.scalars(select(name).where(way).limit(_AUTHORS)) for way in ways]
    return list(dict.fromkeys(each for way in found for each in way))


def comparison_titles(session: Session) -> list[tuple[str, str, str]]:
    """The slug of every comparison with its title in English and in Chinese."""
    rows = session.execute(
        select(col(Comparison.slug), col(Comparison.title_en), col(Comparison.title_zh))
    )
    return [(slug, en, zh) for slug, en, zh in rows]
