"""Every `select` over papers."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple, TypeVar

from pydantic import JsonValue
from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    SQLColumnExpression,
    String,
    and_,
    cast,
    false,
    func,
    literal,
    not_,
    or_,
    union_all,
)
from sqlalchemy import select as rows
from sqlalchemy.orm import selectinload
from sqlalchemy.orm.interfaces import ORMOption
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from app.kit.author_names import format_name as written
from app.kit.batches import batches
from app.kit.text import fold, natural_sort_key
from app.library.filters import FILTERS, Condition, PaperFilters, begun
from app.models import (
    UNREAD,
    Author,
    BulkChange,
    CorrespondencePaper,
    Evidence,
    FormerCitekey,
    Kind,
    Mark,
    Note,
    Paper,
    PaperAuthor,
    PaperDistinct,
    PaperField,
    PaperFile,
    PaperMerge,
    PaperTag,
    PaperTechnique,
    PaperVerdict,
    Reading,
    ResearchField,
    Score,
    Tag,
    Technique,
    Verdict,
    loader_path,
)

_RANGES = 200  # in one condition
_IDS = 10_000
_OFFERED = 200  # tags
_NEAR = 8  # letters with which a title begins or ends like another
_SAID = 24  # the same, of an abstract
END = 60  # characters of an abstract's beginning and end that are looked at

Row = TypeVar("Row")


def shown_in_list() -> list[ORMOption]:
    """What a row of a list shows beside the paper itself: four statements, however many rows."""
    current = loader_path(Paper.verdicts).and_(col(PaperVerdict.is_current))
    return [
        selectinload(loader_path(Paper.author_places)).joinedload(loader_path(PaperAuthor.author)),
        selectinload(loader_path(Paper.techniques)),
        selectinload(loader_path(Paper.tags)),
        selectinload(current).joinedload(loader_path(PaperVerdict.verdict)),
    ]


def shown_on_page() -> list[ORMOption]:
    """What a paper's own page shows, its verdicts' history included."""
    return [
        selectinload(loader_path(Paper.author_places)).joinedload(loader_path(PaperAuthor.author)),
        selectinload(loader_path(Paper.techniques)),
        selectinload(loader_path(Paper.tags)),
        selectinload(loader_path(Paper.fields)),
        selectinload(loader_path(Paper.verdicts)).joinedload(loader_path(PaperVerdict.verdict)),
    ]


def by_citekey(session: Session, citekey: str) -> Paper | None:
    """A paper with what its page shows, by any key that it has or had, in any case."""
    key = fold(citekey)
    former = select(FormerCitekey.paper_id).where(col(FormerCitekey.folded) == key)
    found = select(Paper).where(or_(col(Paper.citekey_folded) == key, col(Paper.id).in_(former)))
    papers = session.exec(found.options(*shown_on_page())).all()
    return min(papers, key=lambda paper: paper.citekey_folded != key, default=None)


def select_merges_into(session: Session, paper_id: int) -> list[PaperMerge]:
    """The other records that were taken into a paper, the latest first."""
    statement = select(PaperMerge).where(col(PaperMerge.keep_id) == paper_id)
    return list(session.exec(statement.order_by(col(PaperMerge.id).desc())))


def distinct_pairs(session: Session) -> set[tuple[int, int]]:
    """The ids of papers that look like one and are two, as the reader said."""
    pairs = session.execute(rows(col(PaperDistinct.first_id), col(PaperDistinct.second_id)))
    return {(first, second) for first, second in pairs}


def select_current_verdict(session: Session, paper_id: int) -> PaperVerdict | None:
    given = select(PaperVerdict).where(col(PaperVerdict.paper_id) == paper_id)
    return session.exec(given.where(col(PaperVerdict.is_current))).first()


def select_merges(session: Session) -> list[tuple[PaperMerge, Paper]]:
    """Every merge with the paper that it made, the latest first."""
    joined = rows(PaperMerge, Paper).join(Paper, col(Paper.id) == col(PaperMerge.keep_id))
    found = session.execute(joined.order_by(col(PaperMerge.id).desc()))
    return [(done, paper) for done, paper in found]


def former_citekey(session: Session, citekey: str) -> FormerCitekey | None:
    """What keeps this key as one that a paper is found by."""
    kept = select(FormerCitekey).where(col(FormerCitekey.folded) == fold(citekey))
    return session.exec(kept).first()


def by_keys(session: Session, keys: Collection[str]) -> dict[str, Paper]:
    """The papers, in the trash or not, by those of these folded keys that they have or had."""
    former = (
        rows(col(FormerCitekey.folded), Paper)
        .join(Paper, col(Paper.id) == col(FormerCitekey.paper_id))
        .where(col(FormerCitekey.folded).in_(keys))
    )
    present = rows(col(Paper.citekey_folded), Paper).where(col(Paper.citekey_folded).in_(keys))
    return {key: paper for each in (former, present) for key, paper in session.execute(each)}


def papers_with_id(
    session: Session, *, arxiv_ids: Collection[str] = (), dois: Collection[str] = ()
) -> list[Paper]:
    """The papers, in the trash or not, that have one of these arXiv ids or DOIs."""
    same = [col(Paper.arxiv_id).in_(arxiv_ids)]
    if dois:
        same.append(func.lower(col(Paper.doi)).in_(dois))
    return list(session.exec(select(Paper).where(or_(*same))))


class PaperRecord(NamedTuple):
    """What of a paper says whether another record is of the same one."""

    id: int
    citekey: str
    title: str
    title_sort: str
    short_title: str
    year: int | None
    arxiv_id: str | None
    doi: str | None
    venue: str
    details: dict[str, str]
    in_trash: bool
    opening: str  # of the abstract
    ending: str


class PaperKey(NamedTuple):
    """What of a paper says which others are to be compared with it."""

    id: int
    title_sort: str
    short_title: str
    arxiv_id: str | None
    doi: str | None
    opening: str  # of the abstract
    ending: str


def stream_keys(session: Session) -> Iterator[PaperKey]:
    """Every paper outside the trash, by its number; no links, which are no papers."""
    columns = (Paper.id, Paper.title_sort, Paper.short_title, Paper.arxiv_id, Paper.doi)
    statement = rows(*map(col, columns), *_ends_of_abstract()).where(
        col(Paper.kind) != Kind.LINK, col(Paper.trashed_at).is_(None)
    )
    return (PaperKey(*row) for row in session.execute(statement.order_by(col(Paper.id))))


def _ends_of_abstract() -> tuple[ColumnElement[str], ColumnElement[str]]:
    abstract = col(Paper.abstract)
    from_end = func.length(abstract) - END + 1
    return func.substr(abstract, 1, END), func.substr(abstract, from_end)


def stream_records(
    session: Session,
    *,
    near: Sequence[tuple[str, str, str, str, str]] = (),
    ids: Sequence[int] | None = None,
) -> Iterator[PaperRecord]:
    """Every paper, those in the trash included; no links, which are no papers.

    `ids` names those that are wanted, a statement for every ten thousand; `near` leaves out those
    that can be like none of a few: each a title as it is sorted, a short title, an arXiv id, a DOI
    in lower case, an abstract.
    """
    columns = (
        Paper.id,
        Paper.citekey,
        Paper.title,
        Paper.title_sort,
        Paper.short_title,
        Paper.year,
        Paper.arxiv_id,
        Paper.doi,
        Paper.venue,
        Paper.details,
    )
    in_trash = col(Paper.trashed_at).is_not(None)
    statement = rows(*map(col, columns), in_trash, *_ends_of_abstract())
    statement = statement.where(col(Paper.kind) != Kind.LINK).order_by(col(Paper.id))
    if near:
        statement = statement.where(or_(*(_is_near(*each) for each in near)))
    some = [statement]
    if ids is not None:
        some = [statement.where(col(Paper.id).in_(batch)) for batch in batches(ids, _IDS)]
    return (PaperRecord(*row) for each in some for row in session.execute(each))


def _is_near(title: str, short: str, arxiv_id: str, doi: str, abstract: str) -> Condition:
    """Begins or ends alike, is called so, has the id: what reads the whole table, but no more."""
    held, called = col(Paper.title_sort), func.lower(col(Paper.short_title))
    first, last = title[:_NEAR], re.sub(r"[\W_]+\Z", "", title)[-_NEAR:]
    near = [
        held.startswith(first, autoescape=True) if first else false(),
        held.contains(last, autoescape=True) if last else false(),
        called.in_([each for each in (title, short) if each]),
        held == short if short else false(),
        col(Paper.arxiv_id) == arxiv_id if arxiv_id else false(),
    ]
    if len(abstract) > END:
        near.append(col(Paper.abstract).startswith(abstract[:_SAID], autoescape=True))
        near.append(col(Paper.abstract).endswith(abstract[-_SAID:], autoescape=True))
    parts = filter(None, (doi, f"10.48550/arxiv.{arxiv_id}" if arxiv_id else ""))
    return or_(*near, *(col(Paper.doi).icontains(part, autoescape=True) for part in parts))


def known_to_arxiv(
    session: Session, arxiv_ids: Collection[str], dois: Collection[str]
) -> tuple[set[str], set[str]]:
    """Those of these arXiv ids that papers have, and the DOIs of papers that have none."""
    held = select(col(Paper.arxiv_id)).where(col(Paper.arxiv_id).in_(arxiv_ids))
    without = select(col(Paper.doi)).where(col(Paper.doi).in_(dois), col(Paper.arxiv_id).is_(None))
    return (
        {each for each in session.exec(held) if each},
        {each for each in session.exec(without) if each},
    )


def unnumbered_papers(session: Session, dois: Collection[str]) -> list[Paper]:
    """The papers outside the trash that have one of these DOIs and no arXiv id."""
    without = select(Paper).where(col(Paper.doi).in_(dois), col(Paper.arxiv_id).is_(None))
    return list(session.exec(without.where(col(Paper.trashed_at).is_(None))))


def papers_with_address(
    session: Session,
    *,
    arxiv_ids: Collection[str] = (),
    dois: Collection[str] = (),
    urls: Collection[str] = (),
) -> list[Paper]:
    """The papers, in the trash or not, that have one of these arXiv ids, DOIs (in lower case) or
    addresses, with what a list shows."""
    same = [
        column.in_(values)
        for column, values in (
            (col(Paper.arxiv_id), arxiv_ids),
            (func.lower(col(Paper.doi)), dois),
            (col(Paper.url), urls),
        )
        if values
    ]
    if not same:
        return []
    return list(session.exec(select(Paper).where(or_(*same)).options(*shown_in_list())))


def citekeys_like(session: Session, *wanted: str) -> set[str]:
    """Present and former citation keys, folded, that are one of `wanted` or begin like one.

    Asked for as ranges, which use the index; `zzz` is after every suffix that a key is given.
    """
    # Each number of ranges is another statement, of a megabyte: SQLAlchemy is not to keep them.
    once: dict[str, None] = {"compiled_cache": None}
    found: set[str] = set()
    for batch in batches(wanted, _RANGES):
        for column in (col(Paper.citekey_folded), col(FormerCitekey.folded)):
            ranges = or_(*(column.between(fold(each), fold(each) + "zzz") for each in batch))
            found.update(session.exec(select(column).where(ranges), execution_options=once))
    return found


def citekeys_among(session: Session, wanted: Collection[str]) -> set[str]:
    """Those of the folded keys `wanted` that are or were a paper's."""
    columns = (col(Paper.citekey_folded), col(FormerCitekey.folded))
    return {
        key for column in columns for key in session.exec(select(column).where(column.in_(wanted)))
    }


def ids_by_citekey(session: Session, citekeys: Collection[str]) -> dict[str, int]:
    rows = session.execute(
        select(col(Paper.citekey), col(Paper.id)).where(col(Paper.citekey).in_(citekeys))
    )
    return {citekey: number for citekey, number in rows}  # noqa: C416


def select_former_keys(session: Session, ids: Collection[int]) -> dict[int, list[str]]:
    """The further keys by which these papers are found, by the papers' ids."""
    found: dict[int, list[str]] = defaultdict(list)
    statement = select(FormerCitekey).where(col(FormerCitekey.paper_id).in_(ids))
    for former in session.exec(statement.order_by(col(FormerCitekey.citekey))):
        found[former.paper_id].append(former.citekey)
    return found


def author_ids(session: Session, names: Collection[str]) -> dict[str, int]:
    rows = session.execute(
        select(col(Author.name), col(Author.id)).where(col(Author.name).in_(names))
    )
    return {name: number for name, number in rows}  # noqa: C416


def last_author(session: Session) -> int:
    """The highest id of an author; 0 where there is none."""
    return session.scalar(select(func.max(col(Author.id)))) or 0


def authors_after(session: Session, last: int) -> dict[str, int]:
    """The ids, by name, of the authors that were made after the one of this id."""
    rows = session.execute(select(col(Author.name), col(Author.id)).where(col(Author.id) > last))
    return {name: number for name, number in rows}  # noqa: C416


def ordered_ids(
    session: Session,
    conditions: Sequence[Condition],
    *,
    sort: str,
    matching: FromClause | None = None,
    start: int = 0,
    most: int | None = None,
) -> list[int]:
    """The ids of the papers under `conditions`, in order: all, or at most so many from a place.

    `matching` (item_id, rank) narrows them and gives their relevance.
    """
    statement = _ordered(select(col(Paper.id)), conditions, sort=sort, matching=matching)
    found = session.execute(statement.offset(start).limit(most)).scalars()
    return [each for each in found if each]


def by_ids(session: Session, ids: Collection[int]) -> dict[int, Paper]:
    """Papers with what their pages show."""
    found = session.exec(select(Paper).where(col(Paper.id).in_(ids)).options(*shown_on_page()))
    return {paper.id: paper for paper in found if paper.id}


def select_ids(conditions: Sequence[Condition]) -> SelectOfScalar[int]:
    """The ids of the papers under `conditions`, for use within another statement."""
    return select(col(Paper.id)).where(*conditions)


# Of a DOI whose agency was asked and gave no abstract, none is to be had.
_WITHOUT_ABSTRACT = (
    col(Paper.abstract) == "",
    col(Paper.trashed_at).is_(None),
    or_(
        col(Paper.arxiv_id).is_not(None),
        and_(col(Paper.doi).is_not(None), not_(col(Paper.metadata_source).startswith("doi:"))),
    ),
)


def select_without_abstract(
    session: Session, conditions: Sequence[Condition], matching: FromClause | None
) -> list[tuple[int, str | None, str | None]]:
    """Id, arXiv id and DOI of the papers that have one of these and no abstract, oldest first."""
    statement = select(col(Paper.id), col(Paper.arxiv_id), col(Paper.doi))
    if matching is not None:
        statement = statement.where(col(Paper.id).in_(rows(matching.c.item_id)))
    return list(
        session.exec(statement.where(*_WITHOUT_ABSTRACT, *conditions).order_by(col(Paper.id)))
    )


def count_without_abstract(session: Session) -> int:
    return session.exec(select(func.count(col(Paper.id))).where(*_WITHOUT_ABSTRACT)).one()


def count_matching(
    session: Session, conditions: Sequence[Condition], matching: FromClause | None
) -> int:
    statement = select(func.count(col(Paper.id)))
    return session.exec(_narrowed(statement, matching).where(*conditions)).one()


def verdict_counts(session: Session) -> dict[int, int]:
    """How many papers outside the trash have each verdict now, by its id."""
    given = (
        rows(col(PaperVerdict.verdict_id), func.count())
        .join(Paper, col(Paper.id) == col(PaperVerdict.paper_id))
        .where(col(PaperVerdict.is_current), col(Paper.trashed_at).is_(None))
        .group_by(col(PaperVerdict.verdict_id))
    )
    return {verdict: count for verdict, count in session.execute(given)}  # noqa: C416


def _narrowed(statement: SelectOfScalar[Row], matching: FromClause | None) -> SelectOfScalar[Row]:
    if matching is None:
        return statement
    return statement.join(matching, matching.c.item_id == col(Paper.id))


def _ordered(
    statement: SelectOfScalar[Row],
    conditions: Sequence[Condition],
    *,
    sort: str,
    matching: FromClause | None,
) -> SelectOfScalar[Row]:
    statement = _narrowed(statement, matching).where(*conditions)
    for order in _order(sort, matching):
        statement = statement.order_by(order)
    last = col(Paper.id)
    return statement.order_by(last if sort == "-added" else last.desc())


def _order(sort: str, matching: FromClause | None) -> Sequence[SQLColumnExpression[object]]:
    """What is sorted by; with "-" before it the other way round, but that papers without a year, an
    author or a verdict stay at the end."""
    if sort == "relevance" and matching is not None:
        return [matching.c.rank]
    backwards, title = sort.startswith("-"), col(Paper.title_sort)
    match sort.removeprefix("-"):
        case "title":
            return [title.desc() if backwards else title]
        case "year":
            year = col(Paper.year)
            return [(year.asc() if backwards else year.desc()).nulls_last(), title]
        case "author":
            first = (
                select(Author.sort_name)
                .join(PaperAuthor, col(PaperAuthor.author_id) == col(Author.id))
                .where(col(PaperAuthor.paper_id) == col(Paper.id))
                .order_by(col(PaperAuthor.position))
                .limit(1)
                .correlate(Paper)
                .scalar_subquery()
            )
            if backwards:
                return [func.coalesce(first, "").desc(), col(Paper.year)]
            return [func.coalesce(first, "\U0010ffff"), col(Paper.year)]
        case "verdict":
            place = (
                select(Verdict.position)
                .join(PaperVerdict, col(PaperVerdict.verdict_id) == col(Verdict.id))
                .where(col(PaperVerdict.paper_id) == col(Paper.id), col(PaperVerdict.is_current))
                .correlate(Paper)
                .scalar_subquery()
            )
            if backwards:
                return [func.coalesce(place, -1).desc(), title]
            return [func.coalesce(place, 9999), title]
    return [col(Paper.created_at) if backwards else col(Paper.created_at).desc()]


def filter_conditions(filters: PaperFilters) -> list[Condition]:
    """What a paper must meet to pass `filters`, whose techniques are those below them too."""
    met = [_any_of(name, values) for name, values in filters.chosen.items() if values]
    not_met = [not_(_any_of(name, values)) for name, values in filters.excluded.items() if values]
    return [col(Paper.trashed_at).is_(None), *met, *not_met]


def _any_of(name: str, values: Sequence[str]) -> Condition:
    return FILTERS[name].condition(values) if name in FILTERS else false()


def facet_counts(
    session: Session,
    names: Collection[str],
    conditions: Sequence[Condition],
    matching: FromClause | None,
) -> list[tuple[str, str, int]]:
    """How many papers under `conditions` have each value of some filters: the filter, the value
    (a slug, name or year) and the number; in one statement.

    Papers without a verdict are counted under `unread`. Of techniques, which stand below others,
    each paper is named instead of counted: the technique's id and the paper's.
    """
    columns = (col(Paper.id), col(Paper.kind), col(Paper.year), col(Paper.reading))
    listed = rows(*columns).where(*conditions)
    if matching is not None:
        listed = listed.join(matching, matching.c.item_id == col(Paper.id))
    # All of them are counted out of an index; those that pass filters are looked for once.
    every = len(conditions) == 1 and matching is None
    papers = listed.subquery("papers") if every else listed.cte("papers")
    count = func.count()
    given = and_(col(PaperVerdict.paper_id) == papers.c.id, col(PaperVerdict.is_current))
    verdict = func.coalesce(Verdict.slug, UNREAD)
    year = cast(papers.c.year, String)
    number_of = rows(count).select_from(papers)
    statements = {
        "verdict": _facet("verdict", verdict, count)
        .select_from(papers)
        .outerjoin(PaperVerdict, given)
        .outerjoin(Verdict, col(Verdict.id) == col(PaperVerdict.verdict_id))
        .group_by(verdict),
        "kind": _facet("kind", papers.c.kind, count).group_by(papers.c.kind),
        # Those that were begun out of their small index; all others are unread.
        "reading": _facet("reading", papers.c.reading, count)
        .where(begun(papers.c.reading))
        .group_by(papers.c.reading),
        "unread": _facet(
            "reading",
            literal(Reading.UNREAD.value),
            number_of.scalar_subquery()
            - number_of.where(begun(papers.c.reading)).scalar_subquery(),
        ),
        "year": _facet("year", year, count).where(year.is_not(None)).group_by(year),
        "tag": _facet("tag", col(Tag.name), count)
        .join(PaperTag, col(PaperTag.tag_id) == col(Tag.id))
        .join(papers, papers.c.id == col(PaperTag.paper_id))
        .group_by(col(Tag.name)),
        "field": _facet("field", col(ResearchField.slug), count)
        .join(PaperField)
        .join(papers, papers.c.id == col(PaperField.paper_id))
        .group_by(col(ResearchField.slug)),
        "has": _facet("has", literal("pdf"), count)
        .select_from(papers)
        .where(papers.c.id.in_(select(PaperFile.paper_id))),
        "technique": _facet(
            "technique", cast(col(PaperTechnique.technique_id), String), papers.c.id
        ).join(papers, papers.c.id == col(PaperTechnique.paper_id)),
    }
    wanted = [*names, "unread"] if "reading" in names else names
    found = session.execute(union_all(*(statements[name] for name in wanted)))
    return [(name, value, number) for name, value, number in found]


def _facet(
    name: str, value: SQLColumnExpression[str], number: SQLColumnExpression[int]
) -> Select[str, str, int]:
    return rows(literal(name).label("name"), value.label("value"), number.label("number"))


def technique_parents(session: Session) -> list[Technique]:
    """The whole tree of techniques."""
    return list(session.exec(select(Technique)))


def select_verdict_set(session: Session) -> list[Verdict]:
    """The verdicts in their order."""
    return list(session.exec(select(Verdict).order_by(col(Verdict.position), col(Verdict.id))))


def select_research_fields(session: Session) -> list[ResearchField]:
    return list(session.exec(select(ResearchField).order_by(col(ResearchField.position))))


def author_names(session: Session, paper_ids: Sequence[int]) -> dict[int, list[str]]:
    """The authors of papers in order, as they are written, by the paper's id; a statement for
    every ten thousand."""
    found: defaultdict[int, list[str]] = defaultdict(list)
    columns = (col(PaperAuthor.paper_id), col(Author.name), col(Author.family))
    places = (
        rows(*columns).join(Author).order_by(col(PaperAuthor.paper_id), col(PaperAuthor.position))
    )
    for batch in batches(paper_ids, _IDS):
        within = col(PaperAuthor.paper_id).in_(batch)
        for number, name, family in session.execute(places.where(within)):
            found[number].append(written(name, family))
    return found


def abstracts_of(session: Session, paper_ids: Sequence[int]) -> dict[int, str]:
    """The abstracts of papers by their ids; a statement for every ten thousand."""
    columns = rows(col(Paper.id), col(Paper.abstract))
    return {
        number: abstract
        for batch in batches(paper_ids, _IDS)
        for number, abstract in session.execute(columns.where(col(Paper.id).in_(batch)))
    }


def authors_named(session: Session, names: Collection[str]) -> dict[str, Author]:
    found = session.exec(select(Author).where(col(Author.name).in_(names)))
    return {author.name: author for author in found}


def tags_named(session: Session, folded: Collection[str]) -> dict[str, Tag]:
    found = session.exec(select(Tag).where(col(Tag.folded).in_(folded)))
    return {tag.folded: tag for tag in found}


def select_trashed(session: Session) -> list[Paper]:
    """What is in the trash, newest first."""
    statement = select(Paper).where(col(Paper.trashed_at).is_not(None))
    return list(session.exec(statement.order_by(col(Paper.trashed_at).desc())))


def count_paper_evidence(session: Session, paper_id: int) -> int:
    """How many pieces of evidence quote this paper."""
    statement = select(func.count(col(Evidence.id))).where(col(Evidence.paper_id) == paper_id)
    return session.exec(statement).one()


def count_paper_correspondences(session: Session, paper_id: int) -> int:
    """How many correspondences name this paper."""
    naming = col(CorrespondencePaper.paper_id) == paper_id
    return session.exec(select(func.count()).where(naming)).one()


def count_paper_scores(session: Session, paper_id: int) -> int:
    """How many published scores this paper is the source of."""
    return session.exec(select(func.count()).where(col(Score.paper_id) == paper_id)).one()


def select_paper_notes(session: Session, paper_id: int) -> list[Note]:
    """Every note about a paper, the trash included."""
    return list(session.exec(select(Note).where(col(Note.paper_id) == paper_id)))


def count_paper_parts(session: Session, paper_id: int) -> tuple[int, int, int, int, int]:
    """How many verdicts, merged records, files, marks and notes a paper has, the trash included."""
    columns = (
        *(col(PaperVerdict.paper_id), col(PaperMerge.keep_id), col(PaperFile.paper_id)),
        *(col(Mark.paper_id), col(Note.paper_id)),
    )
    counted = (
        select(func.count()).where(column == paper_id).scalar_subquery() for column in columns
    )
    verdicts, records, files, marks, notes = session.execute(rows(*counted)).one()
    return verdicts, records, files, marks, notes


def common_tags(session: Session) -> list[str]:
    """The names of the tags that most papers wear, in order; completion finds the others."""
    named = (
        select(Tag.name)
        .outerjoin(PaperTag, col(PaperTag.tag_id) == col(Tag.id))
        .group_by(col(Tag.id), col(Tag.name))
        .order_by(func.count().desc(), col(Tag.id))
        .limit(_OFFERED)
    )
    return sorted(session.exec(named), key=natural_sort_key)


# --- Many papers at once, as `library.bulk_edit` changes them ---


class EditableRow(NamedTuple):
    """What of a paper says whether an edit changes it."""

    id: int
    citekey: str
    version: int
    kind: str
    reading: str
    in_trash: bool


def ids_by_any_key(session: Session, keys: Collection[str]) -> dict[str, int]:
    """The ids of papers, in the trash or not, by those of these folded keys that they have or
    had."""
    former = rows(col(FormerCitekey.folded), col(FormerCitekey.paper_id))
    present = rows(col(Paper.citekey_folded), col(Paper.id))
    found: dict[str, int] = {}
    for statement, column in (
        (former, col(FormerCitekey.folded)),
        (present, col(Paper.citekey_folded)),
    ):
        found.update(
            (key, number) for key, number in session.execute(statement.where(column.in_(keys)))
        )
    return found


class ChangeSummary(NamedTuple):
    """A change of many papers or cells in a list: what was done, to how many, how many were left
    alone. `claims` are those that filled cells, None where papers were changed."""

    id: int
    made_at: datetime
    undone_at: datetime | None
    edit: dict[str, JsonValue]
    papers: int
    claims: dict[str, int] | None
    skipped: int

    @property
    def changed(self) -> int:
        return self.papers if self.claims is None else len(self.claims)


def select_bulk_changes(
    session: Session, *, start: int = 0, count: int, ids: Collection[int] | None = None
) -> tuple[list[ChangeSummary], int]:
    """So many changes, the newest first, of all or of these, and how many there are of all."""
    moved = col(BulkChange.moved)
    statement = rows(
        col(BulkChange.id),
        col(BulkChange.made_at),
        col(BulkChange.undone_at),
        col(BulkChange.edit),
        func.coalesce(func.json_array_length(moved["papers"]), 0),
        moved["claims"],
        func.json_array_length(col(BulkChange.skipped)),
    )
    if ids is not None:
        statement = statement.where(col(BulkChange.id).in_(ids))
    statement = statement.order_by(col(BulkChange.id).desc()).offset(start).limit(count)
    found = [ChangeSummary(*row) for row in session.execute(statement)]
    return found, session.exec(select(func.count()).select_from(BulkChange)).one()


def select_editable(session: Session, ids: Collection[int]) -> dict[int, EditableRow]:
    statement = rows(
        col(Paper.id),
        col(Paper.citekey),
        col(Paper.version),
        col(Paper.kind),
        col(Paper.reading),
        col(Paper.trashed_at).is_not(None),
    )
    found = session.execute(statement.where(col(Paper.id).in_(ids)))
    return {row[0]: EditableRow(*row) for row in found}


def tags_by_paper(session: Session, ids: Collection[int]) -> dict[int, set[str]]:
    """The folded tags of these papers."""
    found: dict[int, set[str]] = defaultdict(set)
    statement = rows(col(PaperTag.paper_id), col(Tag.folded)).join(
        Tag, col(Tag.id) == col(PaperTag.tag_id)
    )
    for number, tag in session.execute(statement.where(col(PaperTag.paper_id).in_(ids))):
        found[number].add(tag)
    return found


def ties_by_paper(
    session: Session,
    model: type[PaperTag] | type[PaperTechnique] | type[PaperField],
    column: str,
    ids: Collection[int],
) -> dict[int, set[int]]:
    """The ids of what these papers are tied to by rows of `model`."""
    found: dict[int, set[int]] = defaultdict(set)
    paper = col(model.paper_id)
    for number, tied in session.execute(
        rows(paper, col(getattr(model, column))).where(paper.in_(ids))
    ):
        found[number].add(tied)
    return found


def verdicts_by_paper(
    session: Session, ids: Collection[int]
) -> dict[int, tuple[int, int, str, str]]:
    """The verdicts in force on these papers: their ids, which verdict, why, their days."""
    given = rows(
        col(PaperVerdict.paper_id),
        col(PaperVerdict.id),
        col(PaperVerdict.verdict_id),
        col(PaperVerdict.reason),
        col(PaperVerdict.due),
    ).where(col(PaperVerdict.paper_id).in_(ids), col(PaperVerdict.is_current))
    return {number: (*own,) for number, *own in session.execute(given)}


def verdicts_held(session: Session, ids: Collection[int]) -> set[int]:
    """Those of these verdicts, by their ids, that are there."""
    return set(session.exec(select(PaperVerdict.id).where(col(PaperVerdict.id).in_(ids))))


def unused_tags(session: Session, folded: Collection[str]) -> list[Tag]:
    """Those of these tags that no paper wears."""
    worn = select(PaperTag.tag_id)
    unused = select(Tag).where(col(Tag.folded).in_(folded), col(Tag.id).not_in(worn))
    return list(session.exec(unused))


def select_titles(session: Session, ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """The citation keys and titles of these papers."""
    found = rows(col(Paper.id), col(Paper.citekey), col(Paper.title)).where(col(Paper.id).in_(ids))
    return {number: (key, title) for number, key, title in session.execute(found)}
