"""What a plan's words find: all words first, then looser readings, until there is enough."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Select
from sqlmodel import Session

from app.search import queries
from app.search.engine import full_text
from app.search.engine.choice import engine_of
from app.search.engine.deadline import deadline
from app.search.engine.engine_results import RankedPage
from app.search.engine.full_text import FoundPage
from app.search.index import vocabulary
from app.search.index.documents import KINDS, DocumentKind, Part, plan_parts
from app.search.queries import Found, Subjects
from app.search.query import engine_query, spelling, synonyms
from app.search.query.engine_query import EngineQuery, Wider
from app.search.query.language import QueryPlan

LISTED = 1_000  # documents of a kind that are put in order; more are counted
ENOUGH = 20  # from which no looser reading is tried
FILLED = 100  # how many there are with those of looser readings
_RARE = 3_000  # documents that the words of a loose reading stand in, together


_PLACE = {kind: n for n, kind in enumerate(KINDS)}


@dataclass(frozen=True)
class Narrowing:
    """Which papers may be found, and which other things said of them (`other_documents`)."""

    papers: Select[int | None]
    subjects: Subjects | None = None


@dataclass
class Findings:
    """What was found, best first: the first `complete` have all of the words, the others some.

    `counts` has how many there are of each kind, `more` that there are more than that; of papers
    only the best are in `found` then. `files` has the numbers of the files in whose texts papers
    were found, by `in_texts`, where `written` are also found otherwise. `suggestion` is a reading
    that finds more. `stopped` says that it took too long: there may be more, and what there is need
    not be the best.
    """

    plan: QueryPlan
    found: list[Found] = field(default_factory=list)
    complete: int = 0
    counts: Counter[DocumentKind] = field(default_factory=Counter)
    more: bool = False
    terms: tuple[str, ...] = ()
    wider: tuple[Wider, ...] = ()
    corrected: bool = False
    suggestion: QueryPlan | None = None
    stopped: bool = False
    files: Mapping[int, int] = field(default_factory=dict)
    in_texts: EngineQuery = field(default_factory=EngineQuery)
    written: Collection[int] = ()

    def pages(self, session: Session, papers: Collection[int]) -> dict[int, FoundPage]:
        """Of papers that were found in the texts of their files, the page."""
        files = {paper: self.files[paper] for paper in papers if paper in self.files}
        pages = full_text.best_pages(session, self.in_texts, files.values())
        return {paper: pages[file] for paper, file in files.items() if file in pages}

    @property
    def bounded(self) -> bool:
        """Whether there is more than is listed."""
        return self.more or self.stopped or sum(self.counts.values()) > len(self.found)


def run_query(
    session: Session,
    plan: QueryPlan,
    *,
    kinds: tuple[DocumentKind, ...] = KINDS,
    narrowing: Narrowing | None = None,
    papers: int = LISTED,
    as_typed: bool = False,
    filled: bool = True,
    exact: bool = False,
    suggesting: bool = False,
) -> Findings:
    """What the words of `plan` find among documents of `kinds`, at most so many `papers`.

    All words first; then, until there is enough, the last word as a beginning, and, with `filled`
    or where nothing was found, any of the words. Words that are names of techniques and issues find
    their other names too, and where nothing has a word at all, it is read as the words in which it
    stands, or as one that looks like it; but not `as_typed`. With `exact`, no looser reading is
    tried; with `suggesting`, one that finds more is looked for, where little has all of the words.
    What takes too long is stopped (`Findings.stopped`).
    """
    asking = _Asking(session, kinds, narrowing, max(papers, ENOUGH), exact)
    findings = Findings(plan)
    with deadline(session, searching=True) as patience:
        names = queries.term_names(session) if plan.groups and not as_typed else []
        asking.ask(findings, names)
        better = None
        if not (findings.complete or as_typed or exact):
            unknown = spelling.unknown_words(session, plan)
            if within := spelling.find_containing(session, plan, unknown):
                asking.ask(findings, names, within)
            if not findings.complete:
                better = spelling.correct_plan(session, plan, unknown)
        if better:
            put_right = Findings(better, corrected=True)
            asking.ask(put_right, names)
            if put_right.found:
                findings = put_right
        elif suggesting and not as_typed and findings.counts.total() < ENOUGH:
            findings.suggestion = asking.suggestion(findings, names)
        if not exact and (filled or not findings.complete):
            asking.fill(findings)
    findings.stopped = patience.stopped
    return findings


@dataclass(frozen=True)
class _Asking:
    """Who is asked, and where."""

    session: Session
    kinds: tuple[DocumentKind, ...]
    narrowing: Narrowing | None
    papers: int
    exact: bool = False

    def ask(
        self,
        findings: Findings,
        names: Sequence[Sequence[str]],
        within: Collection[Wider] = (),
    ) -> None:
        """Add what has all of the words, or other `names` that mean the same, or words `within`
        which they stand; where that is not enough, the last word's longer ones."""
        plan = findings.plan
        wider = synonyms.synonym_expansions(plan, names)
        named = {n for each in wider for n in range(each.start, each.end)}
        wider += (each for each in within if each.start not in named)
        findings.wider = tuple(wider)
        known = vocabulary.known_words(self.session, engine_query.candidate_words(plan))
        exact = engine_query.expand_prefixes(
            engine_query.all_terms(plan, known=known, wider=wider), self._completions
        )
        beginning = None if self.exact else engine_query.last_prefix(plan)
        in_order = self._add(findings, exact, plan, few=ENOUGH if beginning else 0)
        findings.complete = len(findings.found)
        if beginning and findings.counts.total() < ENOUGH:
            ends = any(each.end == len(plan.groups) for each in wider)
            completed = engine_query.with_prefix(exact, self._completions(beginning), named=ends)
            if completed and completed != exact:
                self._complete(findings, completed)
            elif not in_order and len(findings.found) > 1:
                self._complete(findings, exact)
        if plan.in_full_texts and "paper" in self.kinds:
            self._add_pages(findings, exact)

    def _add_pages(self, findings: Findings, asked: EngineQuery) -> None:
        """Add the papers that have all of the words in the text of a file, after those of which
        something that is written has them; not where not even those are all listed."""
        held = {key[0] for kind, key in findings.found if kind == "paper"}
        room = LISTED - len(held)
        if findings.counts["paper"] > len(held) or room <= 0:
            return
        within = self.narrowing.papers if self.narrowing else None
        files = full_text.find_files(self.session, asked, within=within)
        new = [paper for paper in files if paper not in held]
        findings.more |= len(new) > room
        new = new[:room]
        findings.files, findings.in_texts, findings.written = files, asked, held
        findings.found += [("paper", (paper, 0)) for paper in new]
        findings.counts["paper"] += len(new)
        findings.complete = len(findings.found)
        findings.terms = tuple(dict.fromkeys((*findings.terms, *asked.terms())))

    def _complete(self, findings: Findings, completed: EngineQuery) -> None:
        """Put the few that have all of the words in order, and what has the last one's longer ones
        after them: by asking once more, for both."""
        few = set(findings.found)
        both = Findings(findings.plan)
        papers = max(self.papers, FILLED) if few else self.papers
        self._add(both, completed, findings.plan, papers=papers)
        first = [each for each in both.found if each in few]
        findings.found = list(dict.fromkeys((*first, *findings.found, *both.found)))
        findings.complete = len(findings.found)
        findings.counts, findings.terms = both.counts, both.terms
        findings.more |= both.more

    def suggestion(self, findings: Findings, names: Sequence[Sequence[str]]) -> QueryPlan | None:
        """What else may have been meant, where it finds more than all of the words do."""
        better = spelling.suggest_plan(self.session, findings.plan, names)
        if better is None:
            return None
        others = Findings(better)
        self.ask(others, names)
        return better if others.counts.total() > findings.counts.total() else None

    def fill(self, findings: Findings) -> None:
        """Add what has any of the words, where there is not enough."""
        if findings.counts.total() >= ENOUGH:
            return
        loosened = engine_query.any_term(findings.plan, wider=findings.wider)
        if loosened is None:
            return
        loosened = engine_query.expand_prefixes(loosened, self._completions)
        tokens = {token for pattern in loosened.patterns() for token in pattern.tokens}
        frequencies = engine_of(self.session).frequencies(self.session, tokens, most=_RARE)
        rarest = engine_query.drop_frequent(loosened, frequencies, most=_RARE)
        self._add(findings, rarest, findings.plan, most=FILLED)

    def _completions(self, beginning: str) -> list[str]:
        return vocabulary.complete_word(self.session, beginning)

    def _add(
        self,
        findings: Findings,
        asked: EngineQuery,
        plan: QueryPlan,
        *,
        papers: int | None = None,
        most: int | None = None,
        few: int = 0,
    ) -> bool:
        """Ask, and add what is not there yet, in all no more than `most`; whether in order."""
        in_order = True
        ranked: dict[int, float] = {}
        counts: Counter[DocumentKind] = Counter()
        kind_of: dict[int, Found] = {}
        for part in plan_parts(plan, self.kinds):
            best = self._best(asked, part, papers or most or self.papers, few)
            findings.more |= best.more
            in_order &= best.in_order
            ranked |= dict(best.ranked)
            found = queries.documents_by_number(self.session, [number for number, _ in best.ranked])
            kind_of |= found
            if part.kinds == ("paper",):
                counts["paper"] = best.total
            else:
                counts.update(kind for kind, _ in found.values())
        if "cell" in plan.scope and self.kinds == ("paper",):
            ranked |= self._cited(asked)
            kind_of |= {number: ("paper", (number, 0)) for number in ranked}
            counts["paper"] = len(ranked)
        order = sorted(
            (rank, _PLACE[kind_of[number][0]], -kind_of[number][1][0], number)
            for number, rank in ranked.items()
            if number in kind_of
        )
        before = set(findings.found)
        new = [each for *_, n in order if (each := kind_of[n]) not in before]
        if most is not None:
            new = new[: max(0, most - len(before))]
        if most is not None:
            counts = findings.counts + Counter(kind for kind, _ in new)
        findings.counts = counts
        findings.found += new
        findings.terms = tuple(dict.fromkeys((*findings.terms, *asked.terms())))
        return in_order

    def _best(self, asked: EngineQuery, part: Part, papers: int, few: int = 0) -> RankedPage:
        engine = engine_of(self.session)
        narrowing = self.narrowing
        if part.kinds == ("paper",):
            return engine.top_k(
                self.session,
                asked,
                part.columns,
                among="papers",
                within=narrowing.papers if narrowing else None,
                limit=papers,
                few=few,
            )
        within = None
        if narrowing or set(part.kinds) != set(KINDS[1:]):
            within = queries.other_documents(
                part.kinds,
                narrowing.papers if narrowing else None,
                narrowing.subjects if narrowing else None,
            )
        return engine.top_k(
            self.session, asked, part.columns, among="others", within=within, limit=LISTED, few=few
        )

    def _cited(self, asked: EngineQuery) -> Mapping[int, float]:
        """The papers that cells quote which match, with the rank of the best of them."""
        best = self._best(asked, Part(("cell",)), LISTED)
        cells = queries.documents_by_number(self.session, [number for number, _ in best.ranked])
        ranks = {cells[number][1]: rank for number, rank in best.ranked if number in cells}
        found: dict[int, float] = {}
        for paper, cell in queries.papers_cited_in(self.session, list(ranks)):
            found[paper] = min(ranks[cell], found.get(paper, 0.0))
        return found
