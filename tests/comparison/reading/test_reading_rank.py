"""What to read next, against what the words say, counted cell by cell."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.comparison.reading.reading_rank import (
    OPEN,
    OpenCells,
    RankedPaper,
    Ranking,
    Waiting,
    rank_papers,
)
from app.kit.trees import list_ancestors
from app.models import Stance
from app.models.stances import CONTESTED

ISSUES = (101, 102, 103)
STANCES = [*Stance, CONTESTED, ""]
Stances = dict[tuple[int, int], str]


def build(
    rows: list[int],
    stances: Stances,
    parents: Mapping[int, int | None],
    papers: list[Waiting],
    best: int = 3,
) -> Ranking:
    return rank_papers(rows, ISSUES, stances, parents, papers, best=best, best_of_issue=best)


trees = st.lists(st.integers(0, 20), min_size=8, max_size=8).map(
    lambda picks: {n: (pick % n or None) if n > 1 else None for n, pick in enumerate(picks, 1)}
)
situations = st.tuples(
    st.lists(st.integers(1, 8), unique=True, max_size=8),
    st.dictionaries(
        st.tuples(st.integers(1, 8), st.sampled_from(ISSUES)), st.sampled_from(STANCES)
    ),
    trees,
    st.lists(
        st.builds(
            Waiting,
            id=st.integers(1, 10**6),
            techniques=st.lists(st.integers(1, 8), unique=True, max_size=4).map(tuple),
            postponed=st.booleans(),
            year=st.none() | st.integers(1990, 1993),
        ),
        unique_by=lambda paper: paper.id,
        max_size=12,
    ),
)
Situation = tuple[list[int], Stances, dict[int, int | None], list[Waiting]]


def plainly(situation: Situation, issues: tuple[int, ...]) -> list[RankedPaper]:
    """All readings, each cell counted by itself, in the order that is promised."""
    rows, stances, parents, papers = situation
    found = []
    for paper in papers:
        open_rows = {
            technique: {
                (row, issue)
                for row in (technique, *list_ancestors(parents, technique))
                for issue in issues
                if row in rows and stances.get((row, issue), "") in OPEN
            }
            for technique in paper.techniques
        }
        cells = set().union(*open_rows.values())
        counts = [sum(stances.get(cell, "") == kind for cell in cells) for kind in OPEN]
        because = tuple(each for each in paper.techniques if open_rows[each])
        if cells:
            reading = RankedPaper(paper.id, because, OpenCells(*counts))
            order = (-len(cells), not paper.postponed, -(paper.year or 0), paper.id)
            found.append((order, reading))
    return [reading for _, reading in sorted(found, key=lambda each: each[0])]


@given(situations, st.integers(1, 4))
def test_it_says_what_counting_says(situation: Situation, best: int) -> None:
    rows, stances, _, _ = situation
    ranking = build(*situation, best=best)
    whole = plainly(situation, ISSUES)
    assert list(ranking.readings.best) == whole[:best]
    assert ranking.readings.more == (len(whole) > best)
    for issue, found in zip(ISSUES, ranking.issues, strict=True):
        expected = plainly(situation, (issue,))
        assert found.issue == issue
        assert list(found.readings.best) == expected[:best]
        assert found.readings.more == (len(expected) > best)
        assert found.unexamined == tuple(row for row in rows if not stances.get((row, issue)))
        assert found.cells.blank == len(found.unexamined)
    opened = [
        pair for pair in ((r, i) for r in rows for i in ISSUES) if stances.get(pair, "") in OPEN
    ]
    assert ranking.cells.total == len(opened)


@given(situations)
def test_carriers_are_the_papers_of_a_row_and_of_what_is_below_it(situation: Situation) -> None:
    rows, _, parents, papers = situation
    ranking = build(*situation)
    for row in rows:
        assert ranking.carriers[row] == sum(
            any(row in (each, *list_ancestors(parents, each)) for each in paper.techniques)
            for paper in papers
        )


@given(situations, st.sampled_from(ISSUES), st.sampled_from(sorted({*Stance} - {Stance.UNCLEAR})))
def test_settling_a_cell_never_makes_a_paper_more_worth_reading(
    situation: Situation, issue: int, stance: str
) -> None:
    rows, stances, parents, papers = situation
    if not rows:
        return
    settled = {**stances, (rows[0], issue): stance}
    many = len(papers) or 1
    before = {each.paper: each.cells.total for each in build(*situation, best=many).readings.best}
    after = build(rows, settled, parents, papers, best=many).readings.best
    assert all(each.cells.total <= before[each.paper] for each in after)


def test_of_equals_the_postponed_then_the_newer() -> None:
    papers = [
        Waiting(1, (1,), year=2020),
        Waiting(2, (1,), year=2023),
        Waiting(3, (1,), postponed=True, year=1999),
        Waiting(4, (1,)),
    ]
    ranking = build([1], {}, {1: None}, papers, best=4)
    assert [each.paper for each in ranking.readings.best] == [3, 2, 1, 4]


@pytest.mark.parametrize("stance", ["", Stance.UNCLEAR, CONTESTED])
def test_what_counts_as_open(stance: str) -> None:
    stances = {(1, issue): str(Stance.PARTIAL) for issue in ISSUES} | {(1, 101): stance}
    ranking = build([1], stances, {1: None}, [Waiting(1, (1,))])
    assert ranking.cells.total == 1
    assert [len(each.readings.best) for each in ranking.issues] == [1, 0, 0]


def test_nothing_to_rank() -> None:
    ranking = build([], {}, {}, [Waiting(1, (1,)), Waiting(2, ())])
    assert ranking.cells == OpenCells()
    assert ranking.readings.best == ()
