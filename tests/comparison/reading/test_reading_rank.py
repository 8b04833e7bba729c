"""What to read next, against what the words promise."""

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.comparison.reading.issue_scores import TextScores
from app.comparison.reading.reading_rank import (
    OPEN,
    OpenCells,
    OpenTable,
    Ranking,
    Waiting,
    find_cells,
    rank_papers,
    undecided,
)
from app.models import Basis, Confidence, Stance
from app.models.stances import BLANK, CONTESTED, CellStanding

ROWS, ISSUES = (1, 2, 3, 4), (101, 102, 103)
PARENTS: Mapping[int, int | None] = {1: None, 2: 1, 3: 1, 4: None}  # 1 is a heading
CELLS = [(row, issue) for row in ROWS for issue in ISSUES]


def stands(stance: str, *, ruled: bool = False, firm: Confidence = Confidence.HIGH) -> CellStanding:
    return CellStanding(stance, firm, ruled, Basis.TARGET)


def speak(**papers: Mapping[int, float]) -> Mapping[int, Mapping[int, float]]:
    """`p7={101: 0.5}`: paper 7 speaks of issue 101."""
    found: dict[int, dict[int, float]] = {}
    for name, issues in papers.items():
        for issue, much in issues.items():
            found.setdefault(issue, {})[int(name[1:])] = much
    return found


def rank(
    papers: list[Waiting],
    speaks: Mapping[int, Mapping[int, float]],
    table: OpenTable | None = None,
    *,
    rows: tuple[int, ...] = (),
    names: Mapping[int, Mapping[int, float]] | None = None,
    best: int = 10,
) -> Ranking:
    return rank_papers(
        table or OpenTable(ROWS, ISSUES, headings={1}),
        PARENTS,
        papers,
        TextScores(speaks, speaks, names or {}, {}),
        rows=rows,
        best=best,
        best_of_issue=best,
        together=False,
    )


def order(ranking: Ranking) -> list[int]:
    return [each.paper for each in ranking.readings.best]


standings = st.dictionaries(
    st.sampled_from(CELLS),
    st.builds(
        stands,
        st.sampled_from([*Stance, CONTESTED]),
        ruled=st.booleans(),
        firm=st.sampled_from(Confidence),
    ),
)
waiting = st.lists(
    st.builds(
        Waiting,
        id=st.integers(1, 30),
        techniques=st.lists(st.integers(1, 4), unique=True, max_size=3).map(tuple),
        postponed=st.booleans(),
        year=st.none() | st.integers(1990, 1993),
        quoted=st.just(True),
    ),
    unique_by=lambda paper: paper.id,
    max_size=8,
)
probabilities = st.dictionaries(
    st.sampled_from(ISSUES), st.dictionaries(st.integers(1, 30), st.floats(0.05, 1), max_size=8)
)
quotes = st.dictionaries(st.sampled_from(CELLS), st.sets(st.integers(1, 30), max_size=4))


@settings(max_examples=60)
@given(standings, waiting, probabilities, quotes, st.sets(st.sampled_from(ISSUES)))
def test_the_order_and_what_is_named(
    held: dict[tuple[int, int], CellStanding],
    papers: list[Waiting],
    speaks: dict[int, dict[int, float]],
    quoted: dict[tuple[int, int], set[int]],
    starred: set[int],
) -> None:
    table = OpenTable(ROWS, ISSUES, held, quoted, {1}, starred=starred)
    ranking = rank(papers, speaks, table)
    best = ranking.readings.best
    told = [each for each in best if each.speaks]
    carried = [each for each in best if not each.speaks]
    assert list(best) == [*told, *carried], "of which no text speaks, come last"
    for part in (told, carried):
        assert part == sorted(part, key=lambda each: -each.value)
    values = [each.value for each in best]
    assert all(value > 0 for value in values)
    assert len(set(order(ranking))) == len(values)
    for each in ranking.readings.best:
        assert each.paper in {paper.id for paper in papers}
        if each.technique is not None:
            cell = (each.technique, each.issue)
            assert each.paper not in quoted.get(cell, ())
            assert cell in held or each.technique != 1, "a heading's blank is no open cell"
    for found in ranking.issues:
        assert [each.issue for each in found.readings.best] == [found.issue] * len(
            found.readings.best
        )
        assert {each.paper for each in found.readings.best} <= speaks.get(found.issue, {}).keys()
    counted = [
        held[cell].stance if cell in held else BLANK
        for cell in CELLS
        if cell in held or cell[0] != 1
    ]
    assert ranking.cells == OpenCells(*(counted.count(stance) for stance in OPEN))


@settings(max_examples=60)
@given(standings, waiting, probabilities, st.sampled_from(CELLS))
def test_a_ruling_makes_no_paper_more_worth_reading(
    held: dict[tuple[int, int], CellStanding],
    papers: list[Waiting],
    speaks: dict[int, dict[int, float]],
    cell: tuple[int, int],
) -> None:
    contested = {**held, cell: stands(CONTESTED)}
    ruled = {**held, cell: stands(Stance.PARTIAL, ruled=True)}
    before, after = (
        {
            each.paper: each.value
            for each in rank(
                papers, speaks, OpenTable(ROWS, ISSUES, said, headings={1}), best=99
            ).readings.best
        }
        for said in (contested, ruled)
    )
    for paper, value in after.items():
        assert value <= before.get(paper, 0.0) + 1e-9 or paper not in before


@settings(max_examples=60)
@given(standings, waiting, probabilities, st.sampled_from(ISSUES))
def test_a_star_takes_nothing_away(
    held: dict[tuple[int, int], CellStanding],
    papers: list[Waiting],
    speaks: dict[int, dict[int, float]],
    issue: int,
) -> None:
    plain, starred = (
        {
            each.paper: each.value
            for each in rank(
                papers, speaks, OpenTable(ROWS, ISSUES, held, starred=stars), best=99
            ).readings.best
        }
        for stars in (set[int](), {issue})
    )
    assert plain.keys() == starred.keys()
    for paper, value in plain.items():
        own = paper in speaks.get(issue, {})
        assert starred[paper] >= value if own else starred[paper] == pytest.approx(value)


def test_what_speaks_of_the_issue_comes_before_what_only_carries_techniques() -> None:
    papers = [Waiting(1, (2, 3, 4)), Waiting(2), Waiting(3, (2,))]
    assert order(rank(papers, speak(p2={101: 0.6}, p3={101: 0.6}))) == [3, 2, 1]


def test_a_technique_that_the_text_names_counts_too() -> None:
    ranking = rank(
        [Waiting(1), Waiting(2)], speak(p1={101: 0.5}, p2={101: 0.5}), names={2: {4: 0.5}}
    )
    first, second = ranking.readings.best
    assert (first.paper, first.technique, first.carried) == (2, 4, False)
    assert (second.paper, second.technique) == (1, None)


def test_one_row_alone_leaves_out_what_carries_others() -> None:
    papers = [Waiting(1, (4,)), Waiting(2, (2,)), Waiting(3)]
    speaks = speak(p1={101: 0.5}, p2={101: 0.9}, p3={101: 0.9})
    assert order(rank(papers, speaks, rows=(4,))) == [1, 3]


def test_read_together_the_second_is_another() -> None:
    """Two that say the same about one issue, and one that says less about another."""
    papers = [Waiting(1, (2,)), Waiting(2, (2,)), Waiting(3, (4,))]
    speaks = speak(p1={101: 1.0}, p2={101: 0.99}, p3={102: 0.97})
    ranking = rank_papers(
        OpenTable(ROWS, ISSUES, headings={1}),
        PARENTS,
        papers,
        TextScores(speaks, speaks, {}, {}),
        best=3,
        best_of_issue=0,
    )
    assert order(ranking) == [1, 3, 2]


def test_of_equals_the_postponed_then_the_newer() -> None:
    papers = [
        Waiting(1, (4,), year=2020),
        Waiting(2, (4,), year=2023),
        Waiting(3, (4,), postponed=True, year=1999),
        Waiting(4, (4,)),
    ]
    alike = {issue: {paper.id: 0.5 for paper in papers} for issue in ISSUES}
    assert order(rank(papers, alike)) == [3, 2, 1, 4]
    assert order(rank(papers, {})) == [3, 2, 1, 4]


def test_how_undecided() -> None:
    argued = CellStanding(Stance.ADDRESSES, Confidence.HIGH, ruled=False, basis=Basis.ARGUED)
    kinds = (
        stands(CONTESTED),
        stands(Stance.UNCLEAR),
        None,
        stands(Stance.PARTIAL, firm=Confidence.LOW),
        argued,
        stands(Stance.PARTIAL),
        stands(Stance.PARTIAL, ruled=True),
    )
    found = [undecided(each) for each in kinds]
    assert found == sorted(found, reverse=True)
    assert undecided(stands(CONTESTED, ruled=True)) == undecided(stands(Stance.FAILS, ruled=True))


def test_the_cells_of_a_new_paper() -> None:
    table = OpenTable(ROWS, ISSUES, {(4, 101): stands(Stance.PARTIAL, ruled=True)}, headings={1})
    found = find_cells(
        table,
        PARENTS,
        [Waiting(1, (2, 4)), Waiting(2)],
        TextScores(speak(p1={101: 0.5, 103: 0.8}, p2={101: 0.9}), {}, {}, {}),
        best=2,
    )
    assert {paper: [cell[1:] for cell in cells] for paper, cells in found.items()} == {
        1: [(4, 103), (2, 103)]
    }


def test_nothing_to_rank() -> None:
    ranking = rank([Waiting(1, (1,)), Waiting(2)], {}, OpenTable((), ()))
    assert ranking.cells == OpenCells()
    assert ranking.readings.best == ()
