"""What to read next for a comparison: the ranking of `reading_rank` with the rows that it names."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial

from sqlmodel import Session

from app.comparison import queries
from app.comparison.reading.reading_rank import OpenCells, Readings, Waiting, rank_papers
from app.comparison.rules import AxisPlace, PaperTitle, tree_order
from app.comparison.service import get_comparison
from app.comparison.table.build import parents_of
from app.errors import N_, NotFound
from app.kit.text import tidy_line
from app.models import Comparison, Issue, Paper, Technique
from app.models.stances import SaidByClaim, cell_stance
from app.state_cache import StateCache

BEST = 10  # papers for all issues together
BEST_OF_ISSUE = 3
BEST_OF_ONE = 40  # of an issue that is shown alone


@dataclass(frozen=True)
class NextPaper:
    """A paper, those of its techniques that bring it here, the cells it could settle."""

    paper: Paper
    techniques: list[Technique]
    cells: OpenCells


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
    """What to read next. `columns` are all issues of the comparison in their order; `waiting`
    counts the papers that are unread or postponed, `bare` those of them that carry no technique."""

    comparison: Comparison
    columns: list[tuple[Issue, AxisPlace]]
    cells: OpenCells
    readings: NextPapers
    issues: list[NextOfIssue]
    waiting: int
    bare: int


def get_next(session: Session, slug: str, *, issue: str = "") -> Next:
    """What to read next for a comparison, or for one `issue` of it; twelve statements at most.

    Raises NotFound where there is no such comparison, or it does not show the issue.
    """
    comparison = get_comparison(session, slug)
    number = comparison.id
    techniques = {each.id: each for each in queries.row_techniques(session, number)}
    issues = {each.id: each for each in queries.columns_of(session, number)}
    parents = parents_of(queries.select_tree(session, Technique))
    columns = tree_order(list(issues), parents_of(queries.select_tree(session, Issue)))
    asked = [each.id for each in columns if not issue or issues[each.id].slug == issue]
    if issue and not asked:
        raise NotFound(
            N_("{comparison} has no column {issue}."),
            comparison=slug,
            issue=tidy_line(issue)[:80],
        )
    rulings = queries.rulings_in(session, number)
    claims = queries.stances_in(session, number)
    ranking = rank_papers(
        [each.id for each in tree_order(list(techniques), parents)],
        asked,
        {
            pair: _stance(rulings.get(pair), tuple(claims.get(pair, ())))
            for pair in {**claims, **rulings}
        },
        parents,
        _waiting(queries.waiting_techniques(session)),
        best=BEST_OF_ONE if issue else BEST,
        best_of_issue=BEST_OF_ISSUE,
    )
    shown = [ranking.readings, *([] if issue else [each.readings for each in ranking.issues])]
    every = [reading for readings in shown for reading in readings.best]
    papers = queries.papers_with_verdicts(session, {each.paper for each in every})
    named = {technique for each in every for technique in each.techniques}
    techniques |= queries.select_techniques_by_id(session, named - set(techniques))
    waiting, bare = queries.waiting_counts(session)
    return Next(
        comparison=comparison,
        columns=[(issues[each.id], each) for each in columns],
        cells=ranking.cells,
        readings=_papers(ranking.readings, papers, techniques),
        issues=[
            NextOfIssue(
                issues[each.issue],
                each.cells,
                _unexamined(each.unexamined, ranking.carriers, techniques),
                _papers(ranking.readings if issue else each.readings, papers, techniques),
            )
            for each in ranking.issues
        ],
        waiting=waiting,
        bare=bare,
    )


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


@lru_cache(maxsize=4096)
def _stance(ruling: str | None, claims: tuple[SaidByClaim, ...]) -> str:
    """What a cell stands at; few differ, of thousands."""
    return cell_stance(ruling, claims).stance


def _waiting(found: Iterable[tuple[int, int | None, int | None, int]]) -> list[Waiting]:
    papers: dict[int, tuple[int | None, bool, list[int]]] = {}
    for paper, year, verdict, technique in found:
        if (held := papers.get(paper)) is None:
            held = papers[paper] = (year, verdict is not None, [])
        held[2].append(technique)
    return [
        Waiting(paper, tuple(carried), postponed, year)
        for paper, (year, postponed, carried) in papers.items()
    ]


def _papers(
    readings: Readings, papers: Mapping[int, Paper], techniques: Mapping[int, Technique]
) -> NextPapers:
    best = [
        NextPaper(papers[each.paper], [techniques[key] for key in each.techniques], each.cells)
        for each in readings.best
    ]
    return NextPapers(best, readings.more)


def _unexamined(
    rows: Iterable[int], carriers: Mapping[int, int], techniques: Mapping[int, Technique]
) -> list[Unexamined]:
    found = [Unexamined(techniques[row], carriers[row]) for row in rows]
    return sorted(found, key=lambda each: -each.papers)
