"""Finding things again: what other rooms and the edges use of search."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from sqlalchemy import CTE
from sqlmodel import Session

from app.errors import N_, Message
from app.library import service as library
from app.library.filters import PaperFilters
from app.search import hits, naming, queries, question
from app.search.documents import KINDS, DocumentKind, Part, parts
from app.search.engine import engine_of
from app.search.highlight import Segment, segments
from app.search.hits import Hit
from app.search.indexing import follow, rebuild
from app.search.naming import Named
from app.search.queries import Subjects
from app.search.query import Plan, parse
from app.search.question import Question
from app.settings import Language
from app.trees import descendants, parent_map

__all__ = [
    "KINDS",
    "DocumentKind",
    "Hit",
    "Matches",
    "Named",
    "Plan",
    "Results",
    "Segment",
    "follow",
    "highlighted",
    "matching",
    "paper_filters",
    "parse",
    "rebuild",
    "search",
    "segments",
]

_RELAXED = N_("Nothing has all of these words; this has some of them.")
_IN_A_GROUP = 5


@dataclass(frozen=True)
class Matches:
    """What words found: `select` has the columns item_id and rank (lower is better)."""

    select: CTE
    terms: tuple[str, ...]
    relaxed: bool = False

    @property
    def notice(self) -> Message | None:
        """Says so where not all words were found together."""
        return Message.of(_RELAXED) if self.relaxed else None


@dataclass(frozen=True)
class Results:
    """One page of what a query found; `facets` counts all of it by type.

    `notice` says what of the query was not taken as it was written; `relaxed` that nothing has all
    of its words, and this has some.
    """

    items: list[Hit]
    total: int
    page: int
    per_page: int
    facets: dict[DocumentKind, int]
    filters: PaperFilters
    notice: Message | None = None
    relaxed: bool = False

    @property
    def groups(self) -> list[tuple[DocumentKind, int, list[Hit]]]:
        """The items by type, with how many there are of each in all."""
        of = {kind: [hit for hit in self.items if hit.type == kind] for kind in KINDS}
        return [(kind, self.facets[kind], of[kind]) for kind in KINDS if of[kind]]


def paper_filters(session: Session, plan: Plan) -> Named:
    """A plan's filters as lists of papers take them; what the library does not know is words."""
    return naming.name(session, plan)


def matching(session: Session, plan: Plan, kind: DocumentKind) -> Matches | None:
    """What the words of `plan` find among documents of one kind.

    None where it has no words. All words first; where that finds nothing, the last word as a
    beginning, then any word.
    """
    if not plan.has_text:
        return None
    asked = _asked(session, plan, (kind,))
    engine = engine_of(session)
    found = engine.matches(session, asked.question, asked.parts)
    if asked.cited:
        cells = engine.matches(session, asked.question, asked.cited)
        found = queries.with_cited(found, cells)
    return Matches(queries.once(found), asked.question.terms(), asked.relaxed)


def highlighted(text: str, terms: tuple[str, ...]) -> list[Segment]:
    """`text` cut into pieces, each with whether it is a hit; together they are `text`."""
    return segments(text, terms)


def search(
    session: Session,
    q: str,
    *,
    types: Collection[DocumentKind] = KINDS,
    page: int = 1,
    per_page: int = 20,
    grouped: bool = False,
    language: Language = "en",
) -> Results:
    """What `q` finds among everything; a constant number of statements, and never an error.

    Items are the best of `types` on that page; with `grouped` the first five of every type.
    Filters narrow to papers, and to notes and cells that are about them. Names are in `language`.
    """
    named = naming.name(session, parse(q))
    plan = named.plan
    if not (plan.has_text or plan.filters):
        facets = dict.fromkeys(KINDS, 0)
        return Results([], 0, page, per_page, facets, named.filters, named.notice)
    asked = _asked(session, plan, KINDS)
    found = (
        engine_of(session).matches(session, asked.question, asked.parts)
        if plan.has_text
        else queries.everything()
    )
    if named.filters:
        papers = library.passing(session, named.filters)
        found = queries.narrowed(found, papers, _subjects(session, named.filters))
    facets = queries.counts(session, found)
    if grouped:
        best = queries.best_of_each(session, found, limit=_IN_A_GROUP)
    else:
        offset = (page - 1) * per_page
        best = queries.best(session, found, types, offset=offset, limit=per_page)
    return Results(
        items=hits.load(session, best, asked.question.terms(), language),
        total=sum(facets[kind] for kind in types),
        page=page,
        per_page=per_page,
        facets=facets,
        filters=named.filters,
        notice=named.notice,
        relaxed=asked.relaxed,
    )


@dataclass(frozen=True)
class _Asked:
    """How a plan's words were asked for in the end, and where."""

    question: Question
    parts: list[Part]
    cited: list[Part]  # in:cell finds a paper by the cells that quote it
    relaxed: bool


def _asked(session: Session, plan: Plan, kinds: tuple[DocumentKind, ...]) -> _Asked:
    """The strictest way to ask that finds something; the strictest of all where none does."""
    where = parts(plan, kinds)
    cited = [Part(("cell",))] if "cell" in plan.scope and kinds == ("paper",) else []
    for asked, relaxed in _ladder(plan):
        if engine_of(session).found(session, asked, [*where, *cited]):
            return _Asked(asked, where, cited, relaxed)
    return _Asked(question.exact(plan), where, cited, relaxed=False)


def _ladder(plan: Plan) -> Iterator[tuple[Question, bool]]:
    """The ways to ask, stricter ones first, with whether they ask for less than was typed."""
    exact = question.exact(plan)
    completed = question.completed(exact, plan)
    yield exact, False
    if completed:
        yield completed, False
    if loosened := question.loosened(completed or exact):
        yield loosened, True


def _subjects(session: Session, filters: PaperFilters) -> Subjects | None:
    """The techniques and issues that `filters` ask for, or None where they ask for more."""
    if filters.excluded or set(filters.chosen) - {"technique", "issue"}:
        return None
    techniques, issues = filters.values("technique"), filters.values("issue")
    asked: Subjects = Subjects()
    if techniques:
        tree = queries.techniques(session)
        roots = [each.id for each in tree if each.slug in techniques and each.id]
        asked = replace(asked, techniques=descendants(parent_map(tree), roots))
    if issues:
        found = [each.id for each in queries.issues(session) if each.slug in issues and each.id]
        asked = replace(asked, issues=found)
    return asked
