"""A comparison as a table: its rows, columns and what each cell says."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from app.comparison import queries
from app.comparison.queries import Pair
from app.comparison.rules import (
    Coverage,
    Place,
    Standing,
    arrange,
    coverage,
    group_label,
    standing,
)
from app.comparison.service import get_comparison
from app.models import Claim, Comparison, Issue, Technique

Tree = Mapping[int, queries.Branch]


@dataclass(frozen=True)
class Cell:
    """What a cell of the table shows; blanks have none."""

    standing: Standing
    claims: int = 0
    supports: int = 0
    contradicts: int = 0


@dataclass(frozen=True)
class Row:
    technique: Technique
    place: Place
    coverage: Coverage


@dataclass(frozen=True)
class Column:
    """An issue with its place; `group` is its parent's abbreviation, if it has one (`DK`)."""

    issue: Issue
    place: Place
    coverage: Coverage
    group: str


@dataclass(frozen=True)
class Table:
    """A comparison with everything its page shows.

    `size` counts all rows, also where only some are shown; `examined` those with a filled cell.
    """

    comparison: Comparison
    rows: list[Row]
    columns: list[Column]
    cells: Mapping[Pair, Cell]
    coverage: Coverage
    claims: int
    size: int
    examined: int
    techniques: Tree
    issues: Tree

    @property
    def faces(self) -> set[Cell]:
        """The different cells there are; many look the same."""
        return set(self.cells.values())


def get_table(session: Session, slug: str, *, examined: bool = False) -> Table:
    """A comparison as a table, in eight statements whatever its size.

    With `examined`, only rows with a filled cell, and what stands above them in the tree; coverage
    is always that of the whole comparison. Raises NotFound.
    """
    comparison = get_comparison(session, slug)
    number = comparison.id or 0
    techniques = {each.id or 0: each for each in queries.rows_of(session, number)}
    issues = {each.id or 0: each for each in queries.columns_of(session, number)}
    technique_tree = queries.branches(session, Technique)
    issue_tree = queries.branches(session, Issue)
    claims = queries.stances_in(session, number)
    cells = cells_from(
        claims, queries.rulings_in(session, number), queries.evidence_in(session, number)
    )
    covered = coverage(list(techniques), list(issues), cells)
    kept = {row for row, count in covered.rows.items() if count.covered}
    places = arrange(list(techniques), parents_of(technique_tree))
    if examined:
        places = _with_those_above(places, kept)
    columns = [
        Column(
            issues[place.id],
            place,
            covered.columns[place.id],
            group_label(issues[place.parent].synonyms_en) if place.parent else "",
        )
        for place in arrange(list(issues), parents_of(issue_tree))
    ]
    return Table(
        comparison=comparison,
        rows=[Row(techniques[each.id], each, covered.rows[each.id]) for each in places],
        columns=columns,
        cells=cells,
        coverage=covered.whole,
        claims=sum(map(len, claims.values())),
        size=len(techniques),
        examined=len(kept),
        techniques=technique_tree,
        issues=issue_tree,
    )


def parents_of(tree: Tree) -> dict[int, int | None]:
    return {each.id: each.parent_id for each in tree.values()}


def _with_those_above(places: Sequence[Place], kept: Collection[int]) -> list[Place]:
    wanted = set(kept)
    for place in reversed(places):  # children come after their parents
        if place.id in wanted and place.parent is not None:
            wanted.add(place.parent)
    with_children = {place.parent for place in places if place.id in wanted}
    return [
        Place(place.id, place.depth, place.parent, place.id in with_children)
        for place in places
        if place.id in wanted
    ]


def cells_from(
    claims: Mapping[Pair, list[tuple[str, str]]],
    rulings: Mapping[Pair, str],
    evidence: Mapping[Pair, tuple[int, int]],
) -> dict[Pair, Cell]:
    return {
        pair: Cell(
            standing(rulings.get(pair), claims.get(pair, ())),
            len(claims.get(pair, ())),
            *evidence.get(pair, (0, 0)),
        )
        for pair in {**claims, **rulings}
    }


def claims_by_cell(session: Session, table: Table) -> dict[Pair, list[Claim]]:
    """Every claim of a comparison with its evidence, by cell."""
    found: dict[Pair, list[Claim]] = defaultdict(list)
    for claim in queries.claims_in(session, table.comparison.id or 0):
        found[claim.technique_id, claim.issue_id].append(claim)
    return found
