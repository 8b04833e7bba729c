"""Lists of papers: which ones pass, in which order, and the counts beside every filter's values."""

from array import array
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from sqlalchemy import FromClause
from sqlmodel import Session
from sqlmodel.sql.expression import SelectOfScalar

from app.kit.batches import batches
from app.kit.text import fold, natural_sort_key
from app.kit.trees import list_descendants, parent_map, preorder
from app.library import queries
from app.library.filters import Condition, PaperFilters
from app.library.rows import (
    FieldRow,
    PaperRow,
    TechniqueRow,
    VerdictRow,
    Vocabularies,
    paper_rows,
    read_vocabularies,
)
from app.models import UNREAD, Kind, Paper, Reading
from app.state_cache import StateCache

_INDEXED = ("added", "title")  # orders that an index has
_DEEP = 1_000  # papers from where it is no longer read from its beginning

_vocabularies = StateCache[Vocabularies](4)
_sizes = StateCache[int](4)
_verdict_counts = StateCache[list[tuple[VerdictRow, int]]](4)
_orders = StateCache[Sequence[int]](32)  # ids of papers: 0.4 MB for a hundred thousand
_facet_counts = StateCache[dict[str, list["Facet"]]](128)

_NAMED = 1_000  # papers that a statement names
TAGS_SHOWN = 30  # the most frequent
FACETS = ("verdict", "has", "technique", "field", "reading", "kind", "tag", "year")


@dataclass(frozen=True)
class Facet:
    """One value of a filter, with how many papers it would show."""

    value: str
    count: int
    label: str = ""
    thing: TechniqueRow | VerdictRow | FieldRow | None = None
    depth: int = 0


@dataclass(frozen=True)
class PaperList:
    papers: list[PaperRow]
    total: int
    facets: dict[str, list[Facet]]


def list_papers(
    session: Session,
    filters: PaperFilters,
    *,
    matching: FromClause | None = None,
    sort: str = "added",
    page: int = 1,
    per_page: int = 20,
    facets: bool = False,
) -> PaperList:
    """A page of the papers that pass `filters`, with the counts beside every filter's values.

    `matching` has the columns item_id and rank (lower is better), as a search gives them. The
    number of statements is the same whatever the library's size. A filter's own choice does not
    narrow its own counts, for its values are alternatives.
    """
    start = (page - 1) * per_page
    if matching is not None:
        conditions = make_conditions(session, filters)
        total = queries.count_matching(session, conditions, matching)
        ids: Sequence[int] = queries.ordered_ids(
            session, conditions, sort=sort, matching=matching, start=start, most=per_page
        )
    elif not filters and sort.removeprefix("-") in _INDEXED and start < _DEEP:
        total = count_library_papers(session)
        ids = queries.ordered_ids(
            session, make_conditions(session, filters), sort=sort, start=start, most=per_page
        )
    else:
        order = _orders.get(
            session, (filters.key, sort), partial(_whole_order, session, filters, sort)
        )
        total, ids = len(order), order[start : start + per_page]
    papers = paper_rows(session, ids, _vocabularies_of(session))
    return PaperList(papers, total, facets_of(session, filters, matching) if facets else {})


def _whole_order(session: Session, filters: PaperFilters, sort: str) -> Sequence[int]:
    return array("q", queries.ordered_ids(session, make_conditions(session, filters), sort=sort))


def _vocabularies_of(session: Session) -> Vocabularies:
    return _vocabularies.get(session, (), partial(read_vocabularies, session))


@dataclass(frozen=True)
class EditChoices:
    """What many papers can be given at once; techniques with their depths in the tree."""

    techniques: Sequence[tuple[TechniqueRow, int]]
    verdicts: Sequence[VerdictRow]
    fields: Sequence[FieldRow]
    tags: Sequence[str]


def list_edit_choices(session: Session) -> EditChoices:
    held = _vocabularies_of(session)
    return EditChoices(
        preorder(held.techniques), held.verdicts, held.fields, queries.common_tags(session)
    )


def paper_rows_of(session: Session, citekeys: Collection[str]) -> list[PaperRow]:
    """The papers with these keys, which they have or had, as lists show them."""
    ids = queries.ids_by_any_key(session, set(map(fold, citekeys)))
    return paper_rows(session, list(ids.values()), _vocabularies_of(session))


def list_versions_of(session: Session, ids: Sequence[int]) -> dict[str, int]:
    """Citation keys with versions, of the papers with these ids, in their order."""
    found: dict[str, int] = {}
    for some in batches(ids, _NAMED):
        held = queries.select_editable(session, some)
        found |= {held[each].citekey: held[each].version for each in some if each in held}
    return found


def make_conditions(session: Session, filters: PaperFilters) -> list[Condition]:
    """What a paper must be to pass `filters`; a technique stands for those below it too."""
    return queries.filter_conditions(filters.widened("technique", _below(session, filters)))


def facets_of(
    session: Session, filters: PaperFilters, matching: FromClause | None = None
) -> dict[str, list[Facet]]:
    """The values of every filter, with how many of the papers that pass the other filters have
    each; a constant number of statements."""
    if matching is None:
        count = partial(_count_facets, session, filters, None)
        return _facet_counts.get(session, filters.key, count)
    return _count_facets(session, filters, matching)


def _count_facets(
    session: Session, filters: PaperFilters, matching: FromClause | None
) -> dict[str, list[Facet]]:
    vocabularies = _vocabularies_of(session)
    filters = filters.widened("technique", _below(session, filters))
    chosen = [name for name in FACETS if filters.values(name)]
    alike = [name for name in FACETS if name not in chosen]
    counts: dict[str, dict[str, int]] = {name: {} for name in FACETS}
    carrying: dict[int, set[int]] = {}
    for names in filter(None, (alike, *([name] for name in chosen))):
        others = queries.filter_conditions(filters.without(names[0]))
        for name, value, number in queries.facet_counts(session, names, others, matching):
            if name == "technique":
                carrying.setdefault(int(value), set()).add(number)
            else:
                counts[name][value] = number
    return {
        name: _technique_facets(vocabularies.techniques, carrying)
        if name == "technique"
        else _facets(vocabularies, name, counts[name])
        for name in FACETS
    }


def _below(session: Session, filters: PaperFilters) -> dict[str, list[str]]:
    """Each technique that is asked for, with those below it, by their slugs."""
    asked = {*filters.values("technique"), *filters.excluded.get("technique", ())}
    if not asked:
        return {}
    tree = _vocabularies_of(session).techniques
    parents, slugs = parent_map(tree), {each.id: each.slug for each in tree}
    return {
        each.slug: [slugs[below] for below in list_descendants(parents, [each.id])]
        for each in tree
        if each.slug in asked
    }


def _technique_facets(
    tree: Sequence[TechniqueRow], papers_of: Mapping[int, set[int]]
) -> list[Facet]:
    """Each technique with the number of papers that carry it or something below it."""
    ordered = preorder(tree)
    papers = {each.id: set(papers_of.get(each.id, ())) for each, _ in ordered}
    for each, _ in reversed(ordered):  # children come after their parents
        if each.parent_id is not None and each.parent_id in papers:
            papers[each.parent_id] |= papers[each.id]
    return [
        Facet(each.slug, len(papers[each.id]), thing=each, depth=depth)
        for each, depth in ordered
        if papers[each.id]
    ]


def _facets(vocabularies: Vocabularies, name: str, counts: Mapping[str, int]) -> list[Facet]:
    if name == "verdict":
        shown = [
            Facet(verdict.slug, counts.get(verdict.slug, 0), thing=verdict)
            for verdict in vocabularies.verdicts
        ]
        return [*shown, Facet(UNREAD, counts.get(UNREAD, 0))]
    if name == "field":
        return [
            Facet(field.slug, counts[field.slug], thing=field)
            for field in vocabularies.fields
            if field.slug in counts
        ]
    if name == "kind":
        return [Facet(kind, counts[kind], kind) for kind in Kind if kind in counts]
    if name == "has":
        return [Facet(value, number, value) for value, number in counts.items() if number]
    if name == "reading":
        begun = counts.keys() - {Reading.UNREAD}  # where nothing is, it says nothing
        return [Facet(each, counts[each], each) for each in Reading if begun and counts.get(each)]
    if name == "year":
        return [Facet(year, counts[year], year) for year in sorted(counts, key=int, reverse=True)]
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], natural_sort_key(pair[0])))
    return [Facet(tag, number, tag) for tag, number in ordered[:TAGS_SHOWN]]


def count_library_papers(session: Session) -> int:
    """How many papers the library holds, without the trash."""
    every = make_conditions(session, PaperFilters())
    return _sizes.get(session, (), partial(queries.count_matching, session, every, None))


def list_verdict_counts(session: Session) -> list[tuple[VerdictRow, int]]:
    """Each verdict with how many papers outside the trash have it now."""
    return _verdict_counts.get(session, (), partial(_count_verdicts, session))


def _count_verdicts(session: Session) -> list[tuple[VerdictRow, int]]:
    counts = queries.verdict_counts(session)
    return [(each, counts.get(each.id, 0)) for each in _vocabularies_of(session).verdicts]


def paper_ids(
    session: Session,
    filters: PaperFilters,
    *,
    matching: FromClause | None = None,
    sort: str = "added",
    most: int | None = None,
) -> list[int]:
    """The ids of all papers that `list_papers` would show, or of the first, in its order."""
    conditions = make_conditions(session, filters)
    return queries.ordered_ids(session, conditions, sort=sort, matching=matching, most=most)


class ListedTitle(NamedTuple):
    citekey: str
    title: str


@dataclass(frozen=True)
class ListPlace:
    """Where a paper stands in a list, from 1, of `total`, and between which others."""

    number: int
    total: int
    before: ListedTitle | None
    after: ListedTitle | None


def find_place(
    session: Session,
    filters: PaperFilters,
    paper_id: int,
    *,
    matching: FromClause | None = None,
    sort: str = "added",
    number: int = 0,
) -> ListPlace | None:
    """Where a paper stands in the list that `list_papers` would show. One that is in it no more,
    for it was judged, say, stands where it stood, at `number`; None where nobody knows that."""
    if matching is not None:
        order: Sequence[int] = paper_ids(session, filters, matching=matching, sort=sort)
    else:
        whole = partial(_whole_order, session, filters, sort)
        order = _orders.get(session, (filters.key, sort), whole)
    try:
        at = order.index(paper_id)
        after = at + 1
    except ValueError:
        if not 0 < number <= len(order) + 1:
            return None
        at = after = number - 1
    ids = [order[each] if 0 <= each < len(order) else 0 for each in (at - 1, after)]
    names = queries.select_titles(session, [each for each in ids if each])
    before, then = (ListedTitle(*names[each]) if each in names else None for each in ids)
    return ListPlace(at + 1, len(order), before, then)


def papers_of(session: Session, ids: Sequence[int]) -> list[Paper]:
    """The papers with these ids that there are, in this order, with what their pages show."""
    held = queries.by_ids(session, ids)
    return [held[each] for each in ids if each in held]


def list_former_keys(session: Session, ids: Collection[int]) -> dict[int, list[str]]:
    """The further keys by which these papers are found, by the papers' ids."""
    return queries.select_former_keys(session, ids)


def select_passing(session: Session, filters: PaperFilters) -> SelectOfScalar[int]:
    """The ids of the papers that pass `filters`, as a select to use within another statement."""
    return queries.select_ids(make_conditions(session, filters))
