"""Saved searches: a query under a name, how much it finds, and what of that is new."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict
from sqlmodel import Session, col

from app.errors import N_, Conflict, Invalid, Message, NotFound, check_version
from app.kit.json_fields import one_line
from app.kit.text import fold, problem_with_text, tidy_line
from app.library import service as library
from app.library.filters import FILTERS, PaperFilters
from app.models import Paper, SavedSearch, utc_now
from app.search import queries
from app.search.engine.deadline import deadline
from app.search.index.documents import KINDS, DocumentKind
from app.search.queries import Found
from app.search.query import resolve_filters
from app.search.query.language import Filter, parse_query
from app.search.results import result_items
from app.search.results.result_items import Hit
from app.search.retrieval import LISTED, Findings, Narrowing, run_query
from app.search.service import build_narrowing
from app.settings import Language

MOST = 50  # saved searches; each costs the overview a search
NAME_LIMIT = 100
QUERY_LIMIT = 1_000
_TITLES = 3
_ALL = "all"  # in `SavedSearch.seen`: beside the last rows, all that was found is there by its key


class SavedInput(BaseModel):
    """A saved search as it is typed; `type` is one kind of documents, or empty for all."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, one_line(NAME_LIMIT)] = ""
    q: Annotated[str, one_line(QUERY_LIMIT)] = ""
    type: DocumentKind | None = None


@dataclass(frozen=True)
class SearchStatus:
    """A saved search with how many documents have all of its words, and how many of them it did not
    find when it was last opened, the best of those first; `more` says that there are even more.
    """

    search: SavedSearch
    total: int = 0
    more: bool = False
    new: int = 0
    newest: list[Hit] = field(default_factory=list)

    @property
    def url(self) -> str:
        return search_address(self.search.query, self.search.kind)


def join_query(q: str, filters: PaperFilters) -> str:
    """The one query that asks for `q` within `filters`, as an address says it in several."""
    further = [Filter(name, value) for name in FILTERS for value in filters.values(name)]
    if not further:
        return tidy_line(q)
    plan = parse_query(q)
    return str(replace(plan, filters=(*plan.filters, *further)))


def search_address(q: str, kind: str | None) -> str:
    """The page of what a query finds."""
    return "/search?" + urlencode({"q": q, **({"type": kind} if kind else {})})


def saved_as(session: Session, query: str, kind: DocumentKind | None) -> SavedSearch | None:
    """The saved search that asks just this, if there is one."""
    every = queries.saved_searches(session) if query else []
    return next((each for each in every if (each.query, each.kind) == (query, kind or "")), None)


def list_searches(session: Session) -> list[SavedSearch]:
    """The saved searches, without what they find."""
    return list(queries.saved_searches(session))


def saved_as_input(search: SavedSearch) -> SavedInput:
    """A saved search as it would be typed."""
    kind = next((kind for kind in KINDS if kind == search.kind), None)
    return SavedInput(name=search.name, q=search.query, type=kind)


def get_search(session: Session, number: int) -> SavedSearch:
    """A saved search, or `NotFound`."""
    if found := session.get(SavedSearch, number):
        return found
    raise NotFound(N_("There is no saved search {number}."), number=number)


def save_search(session: Session, given: SavedInput) -> SavedSearch:
    """Keep a query under a name of its own. All that it finds now counts as seen."""
    held = queries.saved_searches(session)
    if len(held) >= MOST:
        said = N_("There are {count} saved searches, and no more are kept. Delete one first.")
        raise Conflict(said, count=len(held))
    search = SavedSearch(name="", name_folded="", query="")
    _write(search, given, held)
    mark_opened(session, search)
    session.add(search)
    session.flush()
    return search


def change_search(
    session: Session, search: SavedSearch, given: SavedInput, *, version: int | None
) -> None:
    """Another name or query; with another query, all that it finds now counts as seen."""
    check_version(search.version, version)
    before = (search.query, search.kind)
    _write(search, given, queries.saved_searches(session))
    if (search.query, search.kind) != before:
        mark_opened(session, search)
    search.version += 1


def delete_search(session: Session, search: SavedSearch, *, version: int | None) -> None:
    """Forget a saved search; what it finds stays."""
    check_version(search.version, version)
    session.delete(search)


def mark_opened(session: Session, search: SavedSearch) -> None:
    """The reader looks at what it finds: from now on new is what it finds beside that. Of more than
    can be listed that is what was added later."""
    search.seen = queries.newest_rows(session)
    search.opened_at = utc_now()
    found = _found(
        session, search, resolve_filters.resolve_filters(session, parse_query(search.query))
    )
    if not found.bounded:
        search.seen |= {_ALL: 1, **dict.fromkeys(map(_remembered, _complete(found)), 1)}


def list_statuses(session: Session, language: Language) -> list[SearchStatus]:
    """Every saved search with what it finds; a constant number of statements for each, within one
    bound in time: of those that are not reached it is not known."""
    searches = queries.saved_searches(session)
    if not searches:
        return []
    last = queries.newest_rows(session)
    standings = {}
    with deadline(session):
        for each in searches:
            standings[each.id] = search_status(session, each, language, last=last)
    return [standings.get(each.id, SearchStatus(each, more=True)) for each in searches]


def search_status(
    session: Session,
    search: SavedSearch,
    language: Language,
    *,
    last: dict[str, int] | None = None,
) -> SearchStatus:
    """What one saved search finds. No word of it is taken for another or left out: that nothing has
    them all is what its reader waits to see change. Where that takes too long, there is `more`."""
    found = SearchStatus(search, more=True)
    with deadline(session) as patience:
        found = _standing(session, search, language, last)
    return replace(found, more=found.more or patience.stopped)


def _standing(
    session: Session, search: SavedSearch, language: Language, last: dict[str, int] | None
) -> SearchStatus:
    named = resolve_filters.resolve_filters(session, parse_query(search.query))
    found = _found(session, search, named)
    if not _complete(found):
        return SearchStatus(search, more=found.stopped)
    total = found.counts.total()
    if _ALL in search.seen and not found.bounded:
        new = [each for each in found.found if _remembered(each) not in search.seen]
        newest = _hits(session, new, found, language)
        return SearchStatus(search, total=total, new=len(new), newest=newest)
    kinds = _kinds(search)
    last = last or queries.newest_rows(session)
    newer = {kind for kind in kinds if last.get(kind, 0) > search.seen.get(kind, 0)}
    new = _newer_others(session, search, found.found, newer - {"paper"})
    count, where = len(new), found
    if "paper" in newer:
        papers = _newer_papers(session, search, named)
        new = [each for each in papers.found if papers.complete] + new
        count += papers.counts["paper"] if papers.complete else 0
        where = papers
    return SearchStatus(
        search,
        total=total,
        more=found.more or found.stopped,
        new=count,
        newest=_hits(session, new, where, language),
    )


def _hits(
    session: Session, new: Sequence[Found], of: Findings, language: Language
) -> list[result_items.Hit]:
    shown = new[:_TITLES]
    return result_items.load_hits(session, shown, new, of, language)


def _kinds(search: SavedSearch) -> tuple[DocumentKind, ...]:
    return tuple(kind for kind in KINDS if search.kind in ("", kind))


def _found(session: Session, search: SavedSearch, named: resolve_filters.ResolvedPlan) -> Findings:
    if not (named.plan.has_text or named.plan.filters):
        return Findings(named.plan)
    narrowing = build_narrowing(session, named.filters)
    return run_query(session, named.plan, kinds=_kinds(search), narrowing=narrowing, filled=False)


def _complete(found: Findings) -> list[Found]:
    """What has all of the words as they were typed."""
    return [] if found.corrected else found.found[: found.complete]


def _remembered(found: Found) -> str:
    kind, key = found
    return "/".join(map(str, (kind, *key)))


def _newer_papers(
    session: Session, search: SavedSearch, named: resolve_filters.ResolvedPlan
) -> Findings:
    since = col(Paper.id) > search.seen.get("paper", 0)
    papers = library.select_passing(session, named.filters).where(since)
    return run_query(
        session,
        named.plan,
        kinds=("paper",),
        narrowing=Narrowing(papers),
        papers=LISTED,
        filled=False,
    )


def _newer_others(
    session: Session, search: SavedSearch, found: Sequence[Found], newer: set[DocumentKind]
) -> list[Found]:
    """Of what was found, what is of a kind of which there is something new, and is new itself."""
    begun = queries.cells_begun(session, search.seen.get("cell", 0)) if "cell" in newer else set()
    return [
        (kind, key)
        for kind, key in found
        if kind in newer and (key in begun if kind == "cell" else key[0] > search.seen.get(kind, 0))
    ]


def _write(search: SavedSearch, given: SavedInput, held: Sequence[SavedSearch]) -> None:
    """Put what was typed into `search`, or `Invalid` naming what cannot be."""
    name, query = tidy_line(given.name), tidy_line(given.q)
    errors: dict[str, Message] = {}
    if problem := problem_with_text(name, limit=NAME_LIMIT, one_line=True):
        errors["name"] = problem
    elif not name:
        errors["name"] = Message.of(N_("Give it a name."))
    elif any(each.name_folded == fold(name) for each in held if each is not search):
        errors["name"] = Message.of(
            N_("Another saved search has this name. Choose a different one.")
        )
    if problem := problem_with_text(query, limit=QUERY_LIMIT, one_line=True):
        errors["q"] = problem
    elif not (plan := parse_query(query)).has_text and not plan.filters:
        errors["q"] = Message.of(N_("There is nothing in it to look for."))
    if errors:
        raise Invalid(errors)
    search.name, search.name_folded = name, fold(name)
    search.query, search.kind = query, given.type or ""
