"""A table as it is drawn: lines of places, what each looks like, either way round. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.comparison.queries import Pair
from app.comparison.rules import Sum
from app.comparison.table.build import Cell, Table, TableColumn, TableRow
from app.models import HypothesisState


@dataclass(frozen=True, eq=False)
class CellLook:
    """How a place looks: a cell, a blank (neither cell nor sum), or a sum. Many places share one.

    A sum `unfolds` a row or a column, by its slug. `lit` is None where nothing is looked for.
    `untried` is the state of a hypothesis that is to be tried there; of a sum, of one in any of
    its cells.
    """

    cell: Cell | None = None
    sum: Sum | None = None
    unfolds: str = ""
    changed: bool = False
    lit: bool | None = None
    untried: str = ""


@dataclass(frozen=True)
class GridLine:
    """A head with the places beside it: the end of each one's address (`technique/issue`) and its
    look, which is None where the view leaves it out."""

    head: TableRow | TableColumn
    places: list[tuple[str, CellLook | None]]


def render_grid(table: Table, untried: Mapping[Pair, str]) -> tuple[list[GridLine], list[CellLook]]:
    """The lines of a table, in the direction that its view asks for, and all their looks; `untried`
    are the states of hypotheses by their cells."""
    changed = table.changed
    seen: dict[
        tuple[int, bool, bool | None, str], CellLook
    ] = {}  # by id: equal cells are one object
    looks: list[CellLook] = []
    within = _within_sums(table, untried) if table.sums else {}
    cells, out, blank, sums, lit = table.cells, table.left_out, table.blanks, table.sums, table.lit

    def look(row: TableRow, column: TableColumn) -> CellLook | None:
        pair = (row.place.id, column.place.id)
        if row.folded or column.folded:
            if pair in sums:
                head = row if row.folded else column
                looks.append(
                    CellLook(
                        sum=sums[pair], unfolds=head.subject.slug, untried=within.get(pair, "")
                    )
                )
                return looks[-1]
            return None
        cell = cells.get(pair)
        if cell is None:
            is_heading = row.parent or column.parent or row.heading
            drawn = blank and (not is_heading or pair in untried)
            if pair in out or not (drawn or pair in changed):
                return None
        key = id(cell), pair in changed, None if lit is None else pair in lit, untried.get(pair, "")
        if key not in seen:
            looks.append(CellLook(cell, changed=key[1], lit=key[2], untried=key[3]))
            seen[key] = looks[-1]
        return seen[key]

    rows, columns = table.rows, table.columns
    tails = [(row.technique.slug, row) for row in rows]
    ends = [(column.issue.slug, column) for column in columns]
    if table.view.transpose:
        lines = [
            GridLine(column, [(f"{start}/{end}", look(row, column)) for start, row in tails])
            for end, column in ends
        ]
    else:
        lines = [
            GridLine(row, [(f"{start}/{end}", look(row, column)) for end, column in ends])
            for start, row in tails
        ]
    return lines, looks


def _within_sums(table: Table, untried: Mapping[Pair, str]) -> dict[Pair, str]:
    """The states by the places where their cells are shown; one that is being tried stands for
    the others there."""
    found: dict[Pair, str] = {}
    for (row, column), state in untried.items():
        into = table.rows_into.get(row), table.columns_into.get(column)
        if into[0] is not None and into[1] is not None:
            place = into[0], into[1]
            found[place] = strongest_state([state, found.get(place, state)])
    return found


def strongest_state(states: Iterable[str]) -> str:
    """Of hypotheses that are to be tried, that of one being tried, if there is one; "" of none."""
    return max(states, key=lambda state: state == HypothesisState.TESTING, default="")
