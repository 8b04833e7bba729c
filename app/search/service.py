"""Finding things again: what other rooms and the edges use of search."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from functools import partial

from sqlalchemy import Select, Subquery, select
from sqlmodel import Session

from app.errors import N_, Invalid, Message
from app.kit.trees import list_descendants, parent_map
from app.library import service as library
from app.library.filters import PaperFilters
from app.library.service import Facet
from app.search import queries
from app.search.engine.choice import engine_of
from app.search.engine.deadline import deadline
from app.search.index.document_text import Text, paper_text
from app.search.index.documents import KINDS, DocumentKind
from app.search.index.indexing import (
    FOLLOWER,
    Analysed,
    analyze_document,
    fill_empty,
    find_unlike,
    is_index_sound,
    papers_added,
    put_documents,
    rebuild_index,
    renew_index,
    settle_index,
)
from app.search.index.page_index import PAGES_FOLLOWER, find_unindexed
from app.search.queries import Found, Subjects
from app.search.query import resolve_filters
from app.search.query.engine_query import Wider
from app.search.query.language import QueryPlan, parse_query
from app.search.query.resolve_filters import ResolvedPlan
from app.search.results import result_items
from app.search.results.highlight import Segment, mark_terms
from app.search.results.result_items import Hit
from app.search.results.similar import Similar, find_similar
from app.search.retrieval import LISTED, Findings, Narrowing, run_query
from app.settings import Language

__all__ = [
    "FOLLOWER",
    "KINDS",
    "PAGES_FOLLOWER",
    "STOPPED",
    "Analysed",
    "DocumentKind",
    "Hit",
    "Matches",
    "PapersAsked",
    "QueryPlan",
    "ResolvedPlan",
    "Results",
    "Segment",
    "Similar",
    "Text",
    "Wider",
    "analyze_document",
    "deadline",
    "fill_empty",
    "find_papers_to_change",
    "find_similar",
    "find_unindexed",
    "find_unlike",
    "highlight",
    "is_index_sound",
    "mark_terms",
    "matching_cells",
    "paper_text",
    "papers_added",
    "papers_asked",
    "parse_query",
    "put_documents",
    "rebuild_index",
    "renew_index",
    "search_all",
    "settle_index",
]

_RELAXED = N_("Nothing has all of these words; this has some of them.")
_CORRECTED = N_("Nothing has these words as they are written. Showing results for: {query}")
_SUGGESTED = N_("Did you mean: {query}?")
_WIDER = N_("Looked for too, instead of “{typed}”: {others}")
_BOUNDED = N_("More than {count} match; the best of them are shown. Add a word or a filter.")
STOPPED = Message.of(
    N_("This took too long and was stopped; there may be more. Use fewer or rarer words.")
)
_IN_A_GROUP = 5
_FEW = 5_000  # papers


@dataclass(frozen=True)
class Matches:
    """The papers that words found: `select` has the columns item_id and rank (lower is better)."""

    select: Subquery
    terms: tuple[str, ...]
    notice: Message | None = None


@dataclass(frozen=True)
class PapersAsked:
    """What a list of papers is to show: those that pass `filters`, the query's among them, and, if
    it has words, are among `matches`; and what there is to say of that."""

    filters: PaperFilters
    matches: Matches | None
    notice: Message | None

    @property
    def select(self) -> Subquery | None:
        return self.matches.select if self.matches else None


@dataclass(frozen=True)
class Results:
    """One page of what a query found; `facets` counts all of it by type.

    `total` is how many can be paged through, of which the first `complete` have all of the words
    and the others some. `papers` counts the papers among it by the values of every filter, where
    that was asked for. `notice` says what of the query was not taken as it was written;
    `corrected` is the query that was asked in its place, `suggestion` one that finds more where
    little was found, `wider` which names were looked for too;
    `bounded`, that more matches than `total`, or may, as it was `stopped` for taking too long.
    """

    items: list[Hit]
    total: int
    page: int
    per_page: int
    facets: dict[DocumentKind, int]
    filters: PaperFilters
    notice: Message | None = None
    complete: int = 0
    corrected: str = ""
    suggestion: str = ""
    wider: tuple[Wider, ...] = ()
    bounded: bool = False
    stopped: bool = False
    papers: dict[str, list[Facet]] = field(default_factory=dict)

    @property
    def relaxed(self) -> bool:
        """Whether nothing has all of the words, and this has some."""
        return bool(self.total and not self.complete)

    @property
    def notices(self) -> list[Message]:
        """All that there is to say of how the query was taken, for a terminal."""
        said = [self.notice] if self.notice else []
        if self.corrected:
            said.append(Message.of(_CORRECTED, query=self.corrected))
        if self.suggestion:
            said.append(Message.of(_SUGGESTED, query=self.suggestion))
        if self.relaxed:
            said.append(Message.of(_RELAXED))
        return said + [
            Message.of(_WIDER, typed=each.typed, others=", ".join(each.others))
            for each in self.wider
        ]

    @property
    def groups(self) -> list[tuple[DocumentKind, int, list[Hit]]]:
        """The items by type, with how many there are of each in all."""
        of = {kind: [hit for hit in self.items if hit.type == kind] for kind in KINDS}
        return [(kind, self.facets[kind], of[kind]) for kind in KINDS if of[kind]]


def papers_asked(
    session: Session, q: str, filters: PaperFilters, *, filled: bool = True, whole: bool = False
) -> PapersAsked:
    """What a list of papers is to show for a query and its filters, within one bound in time.

    With `filled` the papers that have all of the words are followed by some that have only some.
    Where the bound was reached, `notice` says so; with `whole`, that is `TookTooLong`.
    """
    named, matches = ResolvedPlan(parse_query(q)), None
    with deadline(session, whole=whole) as patience:
        named = resolve_filters.resolve_filters(session, named.plan)
        narrowed = filters.also(named.filters)
        matches = match_papers(session, named.plan, narrowed, filled=filled)
    if matches is None and patience.stopped:
        matches = Matches(engine_of(session).ranked([]), ())
    notice = STOPPED if patience.stopped else named.notice or (matches.notice if matches else None)
    return PapersAsked(filters.also(named.filters), matches, notice)


def find_papers_to_change(session: Session, q: str, filters: PaperFilters) -> list[int]:
    """The ids of all papers that a query and filters find, the query taken just as it is written.

    Raises:
        Invalid: it names nothing, or it would have to be taken otherwise (a word corrected, fewer
            words, the best of too many): good enough to look at, not to change.
        TookTooLong: there may be more.
    """
    asked = papers_asked(session, q, filters, filled=False, whole=True)
    if asked.notice:
        raise Invalid({"q": asked.notice})
    if not (asked.matches or asked.filters):
        raise Invalid.field("q", N_("This names no papers."))
    return library.paper_ids(session, asked.filters, matching=asked.select)


def match_papers(
    session: Session,
    plan: QueryPlan,
    filters: PaperFilters,
    *,
    filled: bool = True,
    as_typed: bool = False,
) -> Matches | None:
    """The papers that the words of `plan` find, best first; None where it has no words.

    `filters` only narrow where more is found than can be listed: the list does the rest.
    """
    if not plan.has_text:
        return None
    found = run_query(session, plan, kinds=("paper",), filled=filled, as_typed=as_typed)
    if found.bounded and filters:
        found = _narrowed_to(
            session,
            found,
            Narrowing(library.select_passing(session, filters)),
            kinds=("paper",),
            filled=filled,
            as_typed=as_typed,
        )
    numbers = [key[0] for _, key in found.found]
    return Matches(engine_of(session).ranked(numbers), found.terms, _notice(found))


def matching_cells(
    session: Session, plan: QueryPlan
) -> tuple[set[tuple[int, ...]], Message | None]:
    """The cells that the words of `plan` find, by the ids of technique and issue, with a notice."""
    if not plan.has_text:
        return set(), None
    found = run_query(session, plan, kinds=("cell",), filled=False)
    return {key for _, key in found.found}, _notice(found)


def _notice(found: Findings) -> Message | None:
    """What to say above a list that is not simply what has all of the words as they were typed."""
    if found.stopped:
        return STOPPED
    if found.corrected:
        return Message.of(_CORRECTED, query=str(found.plan))
    if found.found and not found.complete:
        return Message.of(_RELAXED)
    if found.bounded:
        return Message.of(_BOUNDED, count=LISTED)
    return None


def highlight(text: str, terms: tuple[str, ...]) -> list[Segment]:
    """`text` cut into pieces, each with whether it is a hit; together they are `text`."""
    return mark_terms(text, terms)


def search_all(
    session: Session,
    q: str,
    *,
    types: Collection[DocumentKind] = KINDS,
    page: int = 1,
    per_page: int = 20,
    grouped: bool = False,
    language: Language = "en",
    as_typed: bool = False,
    filters: PaperFilters | None = None,
    facets: bool = False,
) -> Results:
    """What `q` finds among everything; a constant number of statements, and never an error.

    Items are the best of `types` on that page; with `grouped` the first five of every type.
    Filters, those of `q` and `filters`, narrow to papers, and to notes and cells that are about
    them; `facets` counts what each would leave. Names are in `language`.
    With `as_typed` no word is corrected, none offered for another, and none looked for by its other
    names.
    """
    named = ResolvedPlan(parse_query(q))
    filters = filters or PaperFilters()
    found, items, papers = Findings(named.plan), list[Hit](), dict[str, list[Facet]]()
    with deadline(session) as patience:
        named = resolve_filters.resolve_filters(session, named.plan)
        filters = filters.also(named.filters)
        if named.plan.has_text or filters:
            whole, found = _found(
                session,
                named.plan,
                filters,
                papers=LISTED
                if facets or named.plan.in_full_texts
                else min(page * per_page, LISTED),
                as_typed=as_typed,
            )
            shown = [each for each in found.found if each[0] in types]
            shown = _first_of_each(shown) if grouped else shown[(page - 1) * per_page :][:per_page]
            complete = set(found.found[: found.complete])
            items = result_items.load_hits(
                session,
                shown,
                complete,
                found,
                language,
            )
            if facets:
                papers = _paper_facets(session, named.plan, filters, whole)
    counts = {kind: found.counts[kind] for kind in KINDS}
    return Results(
        items=items,
        total=sum(min(counts[kind], LISTED) for kind in types),
        page=page,
        per_page=per_page,
        facets=counts,
        filters=filters,
        notice=STOPPED if patience.stopped else named.notice,
        complete=sum(kind in types for kind, _ in found.found[: found.complete]),
        corrected=str(found.plan) if found.corrected else "",
        suggestion=str(found.suggestion or ""),
        wider=found.wider,
        bounded=found.more or patience.stopped or any(counts[kind] > LISTED for kind in types),
        stopped=patience.stopped,
        papers=papers,
    )


def _found(
    session: Session, plan: QueryPlan, filters: PaperFilters, *, papers: int, as_typed: bool
) -> tuple[Findings, Findings]:
    """What the words find, and what filters leave of that: a filter narrows what is there without
    it, so that as many are left as the count beside its value says."""
    narrowing = build_narrowing(session, filters)
    if narrowing is None:
        found = run_query(session, plan, papers=papers, as_typed=as_typed, suggesting=True)
        return found, found
    if not plan.has_text:
        found = run_query(session, plan, narrowing=narrowing, papers=papers, as_typed=as_typed)
        return found, found
    whole = run_query(session, plan, as_typed=as_typed, suggesting=True)
    if whole.bounded:
        found = _narrowed_to(session, whole, narrowing, as_typed=as_typed)
        return found, found
    others = queries.other_documents(KINDS[1:], narrowing.papers, narrowing.subjects)
    kept = queries.filter_found(session, whole.found, narrowing.papers, others)
    if not kept:
        found = run_query(session, plan, narrowing=narrowing, as_typed=as_typed, suggesting=True)
        return found, found
    left = [each for each in whole.found if each in kept]
    return whole, replace(
        whole,
        found=left,
        complete=sum(each in kept for each in whole.found[: whole.complete]),
        counts=Counter(kind for kind, _ in left),
        suggestion=_suggestion_within(session, whole, narrowing),
    )


def _narrowed_to(
    session: Session,
    whole: Findings,
    narrowing: Narrowing,
    *,
    kinds: tuple[DocumentKind, ...] = KINDS,
    filled: bool = True,
    as_typed: bool,
) -> Findings:
    """What is left of more than could be listed; looser readings where that is nothing."""
    asked = partial(
        run_query, session, whole.plan, kinds=kinds, narrowing=narrowing, as_typed=as_typed
    )
    found = asked(exact=True)
    if not found.found:
        found = asked(filled=filled)
    found.corrected |= whole.corrected
    return found


def _suggestion_within(session: Session, whole: Findings, narrowing: Narrowing) -> QueryPlan | None:
    """A reading that was found without the filters, where something passes them too."""
    if whole.suggestion is None:
        return None
    found = run_query(session, whole.suggestion, narrowing=narrowing, papers=1, exact=True)
    return whole.suggestion if found.found else None


def build_narrowing(session: Session, filters: PaperFilters) -> Narrowing | None:
    """What filters leave to be found; None where there are none.

    Where they leave few papers, these are looked up here, once for all statements that follow.
    """
    if not filters:
        return None
    papers: Select[int | None] = library.select_passing(session, filters)
    few = [number for number in session.scalars(papers.limit(_FEW + 1)) if number]
    if len(few) <= _FEW:
        papers = select(engine_of(session).ranked(few).c.item_id)
    return Narrowing(papers, _subjects(session, filters))


def _paper_facets(
    session: Session, plan: QueryPlan, filters: PaperFilters, whole: Findings
) -> dict[str, list[Facet]]:
    """The counts beside the values of filters: of what the words found without them, for a filter's
    own choice narrows not its own counts."""
    if not plan.has_text:
        return library.facets_of(session, filters)
    papers = [key[0] for kind, key in whole.found if kind == "paper"]
    return library.facets_of(session, filters, engine_of(session).ranked(papers))


def _first_of_each(found: Collection[Found]) -> list[Found]:
    seen: Counter[DocumentKind] = Counter()
    first = []
    for each in found:
        seen[each[0]] += 1
        if seen[each[0]] <= _IN_A_GROUP:
            first.append(each)
    return sorted(first, key=lambda each: KINDS.index(each[0]))


def _subjects(session: Session, filters: PaperFilters) -> Subjects | None:
    """The techniques and issues that `filters` ask for, or None where they ask for more."""
    if filters.excluded or set(filters.chosen) - {"technique", "issue"}:
        return None
    techniques, issues = filters.values("technique"), filters.values("issue")
    asked: Subjects = Subjects()
    if techniques:
        tree = queries.every_technique(session)
        roots = [each.id for each in tree if each.slug in techniques and each.id]
        asked = replace(asked, techniques=list_descendants(parent_map(tree), roots))
    if issues:
        found = [
            each.id for each in queries.every_issue(session) if each.slug in issues and each.id
        ]
        asked = replace(asked, issues=found)
    return asked
