"""What to read next for a comparison: the ranking of `reading_rank` with the rows that it names,
the sentences that speak of them, and why in a line."""

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from sqlmodel import Session

from app.comparison import queries
from app.comparison.reading.paper_texts import Kept, LibraryTexts, read_library
from app.comparison.reading.reading_rank import (
    KnownWorths,
    OpenCells,
    OpenTable,
    RankedPaper,
    Ranking,
    Readings,
    Waiting,
    find_cells,
    rank_papers,
)
from app.comparison.reading.replay import MOST, Replay, replay_history
from app.comparison.reading.term_mentions import TermMention
from app.comparison.rules import AxisPlace, PaperTitle, tree_order
from app.comparison.sentences import with_links
from app.comparison.service import get_comparison
from app.comparison.table.build import cells_from, parents_of
from app.errors import N_, Message, NotFound
from app.kit.text import tidy_line
from app.kit.trees import list_ancestors, list_descendants
from app.models import (
    Basis,
    Bilingual,
    Comparison,
    ComparisonColumn,
    ComparisonRow,
    Confidence,
    Issue,
    Paper,
    Stance,
    Technique,
)
from app.models.stances import BLANK, CONTESTED, CellStanding
from app.notes.links import name_links
from app.notes.markdown import plain_text
from app.search.index.analysis import has_cjk
from app.state_cache import StateCache

BEST = 10  # papers for all issues together
BEST_OF_ISSUE = 3
BEST_OF_ONE = 40  # of an issue, a technique or a cell that is asked for
_TOUCHED = 3  # cells of a paper that is new
_BLANK_CELL = CellStanding(BLANK, None, ruled=False)


@dataclass(frozen=True)
class ReadingSentence:
    """A sentence that speaks of an issue; `url` opens it where it stands. `locator` is `title`,
    `abstract`, `note` or the page: `p. 3`."""

    text: str
    locator: str
    url: str


@dataclass(frozen=True)
class NextPaper:
    """A paper and the cell it is read for; it speaks of `spoken`, the cell's issue or the one above
    that was asked for. `technique` is None where nobody knows which it bears on, `sentence` where
    no text of it speaks of the issue. `is_starred`: the cell's issue has a star, or is below one
    that has."""

    paper: Paper
    issue: Issue
    spoken: Issue
    technique: Technique | None
    value: float
    sentence: ReadingSentence | None
    standing: CellStanding
    is_starred: bool
    ranked: RankedPaper

    def because(self, issue: str, technique: str) -> list[Message]:
        """Why it stands here, in a few words each; given what the issue that it speaks of, and the
        technique, are called."""
        if self.sentence and self.sentence.locator == "title":
            said = [Message.of(N_("its title speaks of {issue}"), issue=issue)]
        elif self.sentence:
            said = [Message.of(N_("may speak of {issue}"), issue=issue)]
        elif self.ranked.speaks:
            said = [Message.of(N_("has single words of {issue}"), issue=issue)]
        else:
            said = [Message.of(N_("nothing that is held of it speaks of {issue}"), issue=issue)]
        if self.technique is None:
            said.append(Message.of(N_("names no technique of this table")))
        else:
            bears = N_("carries {technique}") if self.ranked.carried else N_("names {technique}")
            said.append(Message.of(bears, technique=technique))
            said.append(Message.of(_why_open(self.standing)))
        if self.ranked.others:
            more = N_("open cells besides: {count}")
            said.append(Message.of(more, count=self.ranked.others))
        if self.is_starred:
            said.append(Message.of(N_("a starred issue")))
        return said


def _why_open(standing: CellStanding) -> str:
    if standing.ruled:
        return N_("you have ruled there")
    if standing.stance == BLANK:
        return N_("nobody has examined the cell")
    if standing.stance == CONTESTED:
        return N_("the claims there contradict each other")
    if standing.stance == Stance.UNCLEAR:
        return N_("the cell is unclear")
    if standing.stance == Stance.NO_EVIDENCE:
        return N_("no evidence was found there")
    if standing.basis == Basis.ARGUED:
        return N_("it is only argued there")
    if standing.confidence == Confidence.LOW:
        return N_("what is claimed there is of low confidence")
    return N_("the cell has a firm claim")


@dataclass(frozen=True)
class NextPapers:
    """Best first; `more` says that there are others."""

    best: list[NextPaper]
    more: bool


@dataclass(frozen=True)
class Unexamined:
    """A row in which nobody has looked, and how many waiting papers carry its technique."""

    technique: Technique
    papers: int


@dataclass(frozen=True)
class NextOfIssue:
    """What is open for an issue; the unexamined that the most papers carry come first."""

    issue: Issue
    cells: OpenCells
    unexamined: list[Unexamined]
    readings: NextPapers


@dataclass(frozen=True)
class Next:
    """What to read next, for a comparison or for the `issue` and the `technique` of it that were
    asked for. `columns` and `rows` are all of the comparison in their order; `waiting` counts the
    papers that wait to be read, `bare` those of them that carry no technique, `unlooked` those
    beyond what is looked through, `unread` those whose files are not looked through yet. `replay`
    is how well this order would have done so far."""

    comparison: Comparison
    columns: list[tuple[Issue, AxisPlace]]
    rows: list[tuple[Technique, AxisPlace]]
    issue: Issue | None
    technique: Technique | None
    cells: OpenCells
    readings: NextPapers
    issues: list[NextOfIssue]
    waiting: int
    bare: int
    unlooked: int
    unread: int
    replay: Replay

    @property
    def is_narrowed(self) -> bool:
        return self.issue is not None or self.technique is not None


def get_next(session: Session, slug: str, *, issue: str = "", technique: str = "") -> Next:
    """What to read next for a comparison, or for one issue, technique or cell of it; a number of
    statements that nothing changes, most of them only after a change.

    Raises NotFound where there is no such comparison, or it does not show what is asked for.
    """
    texts = read_library(session)
    work = partial(_get_next, session, texts, slug, issue, technique)
    # More is known the next time, where files are still to be looked through.
    return work() if texts.unread else _found.get(session, (slug, issue, technique), work)


_found = StateCache[Next](32)


def _get_next(
    session: Session, texts: LibraryTexts, slug: str, asked_issue: str, asked_technique: str
) -> Next:
    comparison = get_comparison(session, slug)
    axes, standings = _read_axes(session, comparison)
    issue = _asked(axes.issues, asked_issue, comparison, N_("{comparison} has no column {term}."))
    technique = _asked(
        axes.techniques, asked_technique, comparison, N_("{comparison} has no row {term}.")
    )
    quotes = queries.papers_behind(session, comparison.id)
    ranking = _rank(axes, standings, quotes, texts, issue, technique)
    shown = [ranking.readings, *(each.readings for each in ranking.issues)]
    numbers = {reading.paper for readings in shown for reading in readings.best}
    papers = queries.papers_with_verdicts(session, numbers)
    mentions = _read_mentions(session, shown, texts)
    rows = partial(_papers, papers=papers, axes=axes, standings=standings, mentions=mentions)
    waiting, bare = queries.waiting_counts(session)
    return Next(
        comparison=comparison,
        columns=[(axes.issues[each.id], each) for each in axes.columns],
        rows=[(axes.techniques[each.id], each) for each in axes.rows],
        issue=issue,
        technique=technique,
        cells=ranking.cells,
        readings=rows(ranking.readings),
        issues=[
            NextOfIssue(
                axes.issues[each.issue],
                each.cells,
                _unexamined(each.unexamined, ranking.carriers, axes.techniques),
                rows(each.readings),
            )
            for each in ranking.issues
        ],
        waiting=waiting,
        bare=bare,
        unlooked=max(waiting - sum(each.is_waiting for each in texts.papers.values()), 0),
        unread=texts.unread,
        replay=_replay(session, axes, quotes, texts),
    )


Standings = Mapping[queries.Pair, CellStanding]


class _Axes:
    """The rows and columns of a comparison, in its order."""

    def __init__(self, session: Session, number: int) -> None:
        self.comparison = number
        self.techniques = {each.id: each for each in queries.row_techniques(session, number)}
        self.issues = {each.id: each for each in queries.columns_of(session, number)}
        self.technique_parents = parents_of(queries.select_tree(session, Technique))
        self.issue_parents = parents_of(queries.select_tree(session, Issue))
        self.rows = tree_order(list(self.techniques), self.technique_parents)
        self.columns = tree_order(list(self.issues), self.issue_parents)
        stars = queries.starred_issues(session)
        self.starred = {
            each
            for each in self.issues
            if stars.intersection((each, *list_ancestors(self.issue_parents, each)))
        }

    def below(self, places: Sequence[AxisPlace], term: Issue | Technique | None) -> list[int]:
        """The rows or columns that are a term or stand below it, all without one."""
        if term is None:
            return [each.id for each in places]
        is_issue = isinstance(term, Issue)
        parents = self.issue_parents if is_issue else self.technique_parents
        within = list_descendants(parents, [term.id]) | {term.id}
        return [each.id for each in places if each.id in within]

    def table(
        self, columns: Sequence[int], standings: Standings, quotes: Mapping[queries.Pair, set[int]]
    ) -> OpenTable:
        return OpenTable(
            [each.id for each in self.rows],
            columns,
            standings,
            quotes,
            {each.id for each in self.rows if each.has_children},
            {each.id for each in self.columns if each.has_children},
            self.starred,
        )


_axes = StateCache[_Axes](8, reads=(Technique, Issue, ComparisonRow, ComparisonColumn))


def _read_axes(session: Session, comparison: Comparison) -> tuple[_Axes, Standings]:
    """A comparison's rows and columns, and what its cells say."""
    number = comparison.id
    axes = _axes.get(session, number, lambda: _Axes(session, number))
    stances = queries.stances_in(session, number)
    cells = cells_from(stances, queries.rulings_in(session, number), {})
    return axes, {pair: cell.standing for pair, cell in cells.items()}


Term = TypeVar("Term", Issue, Technique)


def _asked(
    shown: Mapping[int, Term], slug: str, comparison: Comparison, problem: str
) -> Term | None:
    if not slug:
        return None
    found = next((each for each in shown.values() if each.slug == slug), None)
    if found is None:
        raise NotFound(problem, comparison=comparison.slug, term=tidy_line(slug)[:80])
    return found


def _rank(
    axes: _Axes,
    standings: Standings,
    quotes: Mapping[queries.Pair, set[int]],
    texts: LibraryTexts,
    issue: Issue | None,
    technique: Technique | None,
) -> Ranking:
    quoted = set().union(*quotes.values()) if quotes else set()
    columns = axes.below(axes.columns, issue)
    rows = axes.below(axes.rows, technique)
    narrowed = issue is not None or technique is not None
    tree = tuple(axes.technique_parents.items())
    return rank_papers(
        axes.table(columns, standings, quotes),
        axes.technique_parents,
        _waiting(texts, quoted),
        texts.scores,
        rows=rows,
        above=dict.fromkeys(columns, issue.id) if issue else {},
        best=BEST_OF_ONE if narrowed else BEST,
        best_of_issue=BEST_OF_ISSUE,
        together=not narrowed,
        known=_known.get((texts.key, texts.tied, tree, *rows), KnownWorths),
    )


_known = Kept[KnownWorths](8)


def _waiting(texts: LibraryTexts, quoted: Collection[int]) -> list[Waiting]:
    return [
        Waiting(
            each.id,
            tuple(texts.carried.get(each.id, ())),
            each.is_postponed,
            each.year,
            each.id in quoted,
        )
        for each in texts.papers.values()
        if each.is_waiting
    ]


def _replay(
    session: Session, axes: _Axes, quotes: Mapping[queries.Pair, set[int]], texts: LibraryTexts
) -> Replay:
    """The replay of a comparison; done again where what is quoted is other, or a text."""
    told = frozenset((cell, frozenset(papers)) for cell, papers in quotes.items())
    key = hash((texts.key, texts.tied, axes.comparison, *axes.techniques, told))
    return _replays.get(key, lambda: _replayed(session, axes, quotes, texts))


_replays = Kept[Replay](8)


def _replayed(
    session: Session, axes: _Axes, quotes: Mapping[queries.Pair, set[int]], texts: LibraryTexts
) -> Replay:
    quoted = queries.last_quoted(session, axes.comparison, limit=MOST)[::-1]
    lately = {(paper, issue) for paper, issue, _ in quoted}
    before: dict[int, set[int]] = {}
    for (_, issue), papers in quotes.items():
        before.setdefault(issue, set()).update(
            each for each in papers if (each, issue) not in lately
        )
    added = queries.when_added(session)
    rows = frozenset(axes.techniques)
    carried = {
        number: len(
            rows.intersection(
                each
                for technique in own
                for each in (technique, *list_ancestors(axes.technique_parents, technique))
            )
        )
        for number, own in texts.carried.items()
    }
    looked = {number: added[number] for number in texts.papers if number in added}
    return replay_history(quoted, before, looked, texts.scores.speaks, carried)


@dataclass(frozen=True)
class TouchedCell:
    """An open cell about which a paper may tell something, with the sentence that says so."""

    comparison: str
    issue: str
    technique: str
    value: float
    sentence: str


Key = TypeVar("Key", bound=Hashable)


def cells_touched(
    session: Session, papers: Mapping[Key, tuple[str, str, Sequence[int]]]
) -> dict[Key, list[TouchedCell]]:
    """The open cells that papers may touch, the most worth first, a few of each paper; of those
    that touch none, nothing. Each is given as its title, its abstract and the techniques it
    carries, and need not be in the library.

    Constant in statements: those of `read_library`, and seven for each comparison.
    """
    library = read_library(session)
    keys = dict(enumerate(papers))
    texts = library.of_others(
        {number: papers[key][:2] for number, key in keys.items()},
    )
    waiting = [Waiting(number, tuple(papers[key][2])) for number, key in keys.items()]
    found: dict[Key, list[TouchedCell]] = {}
    for comparison in queries.select_comparisons(session):
        axes, standings = _read_axes(session, comparison)
        table = axes.table([each.id for each in axes.columns], standings, {})
        for number, cells in find_cells(
            table, axes.technique_parents, waiting, texts.scores, best=_TOUCHED
        ).items():
            for value, row, column in cells:
                mention = texts.find_sentence(number, column)
                if mention:
                    found.setdefault(keys[number], []).append(
                        TouchedCell(
                            comparison.slug,
                            axes.issues[column].slug,
                            axes.techniques[row].slug,
                            value,
                            mention.text,
                        )
                    )
    for touched in found.values():
        touched.sort(key=lambda each: -each.value)
        del touched[_TOUCHED:]
    return found


def next_for_issue(session: Session, issue: Issue) -> tuple[str, list[PaperTitle]] | None:
    """The first comparison that shows an issue, by its slug, and what to read about the issue in
    it, best first; worked out once a state of the library."""
    slug = queries.first_with_issue(session, issue.id)
    if slug is None:
        return None
    work = partial(_next_papers, session, slug, issue.slug)
    return slug, _of_issues.get(session, (slug, issue.slug), work)


def next_for_techniques(session: Session, techniques: Collection[int]) -> list[PaperTitle]:
    """What waits to be read and carries one of these techniques, newest first."""
    return queries.waiting_with(session, techniques, limit=BEST_OF_ISSUE)


_of_issues = StateCache[list[PaperTitle]](64)


def _next_papers(session: Session, slug: str, issue: str) -> list[PaperTitle]:
    best = [each.paper for each in get_next(session, slug, issue=issue).readings.best]
    return [
        PaperTitle(each.id, each.citekey, each.title, each.short_title, each.year)
        for each in best[:BEST_OF_ISSUE]
    ]


def _read_mentions(
    session: Session, shown: Iterable[Readings], texts: LibraryTexts
) -> dict[queries.Pair, TermMention]:
    """The sentences that speak of issues, by paper and issue; those of notes with what they link to
    by name, in the language of the sentence."""
    found = {
        (each.paper, each.spoken): mention
        for readings in shown
        for each in readings.best
        if each.speaks and (mention := texts.find_sentence(each.paper, each.spoken))
    }
    noted = {pair: mention for pair, mention in found.items() if mention.kind == "note"}
    cut = {int(mention.source) for mention in noted.values() if "…" in mention.text}
    bodies = queries.note_bodies(session, cut)
    written = [with_links(each.text, bodies.get(int(each.source), "")) for each in noted.values()]
    sides = [Bilingual("", text) if has_cjk(text) else Bilingual(text, "") for text in written]
    for (pair, mention), named in zip(noted.items(), name_links(session, sides), strict=True):
        found[pair] = mention._replace(text=plain_text(named.name_en or named.name_zh))
    return found


def _papers(
    readings: Readings,
    papers: Mapping[int, Paper],
    axes: _Axes,
    standings: Standings,
    mentions: Mapping[queries.Pair, TermMention],
) -> NextPapers:
    best = []
    for each in readings.best:
        mention = mentions.get((each.paper, each.spoken))
        paper = papers[each.paper]
        standing = standings.get((each.technique or 0, each.issue), _BLANK_CELL)
        best.append(
            NextPaper(
                paper,
                axes.issues[each.issue],
                axes.issues[each.spoken],
                axes.techniques.get(each.technique or 0),
                each.value,
                mention and _sentence(mention, paper.citekey),
                standing,
                each.issue in axes.starred,
                each,
            )
        )
    return NextPapers(best, readings.more)


def _sentence(mention: TermMention, citekey: str) -> ReadingSentence:
    if mention.kind == "note":
        return ReadingSentence(mention.text, "note", f"/notes/{mention.source}")
    if mention.kind == "page":
        url = f"/papers/{citekey}/read?file={mention.source}&page={mention.page}"
        return ReadingSentence(mention.text, f"p. {mention.page}", url)
    return ReadingSentence(mention.text, mention.kind, f"/papers/{citekey}")


def _unexamined(
    rows: Iterable[int], carriers: Mapping[int, int], techniques: Mapping[int, Technique]
) -> list[Unexamined]:
    found = [Unexamined(techniques[row], carriers[row]) for row in rows]
    return sorted(found, key=lambda each: -each.papers)
