"""A comparison as a table."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session

from app.benchmarks import service as benchmarks
from app.benchmarks.service import OnBenchmark
from app.comparison.rules import evidence_marks
from app.comparison.table.build import Table, get_table
from app.comparison.table.render_grid import CellLook, GridLine, render_grid
from app.comparison.table.table_filters import STANCE_VALUES, TableView, ViewInput, read_view
from app.errors import Message
from app.exports.documents import COMPARISONS_MENU
from app.hypotheses import service as hypotheses
from app.models.stances import STANCES, StanceEntry
from app.state_cache import StateCache
from app.web.dependencies import Db
from app.web.pages import render_page
from app.web.threads import Route

router = APIRouter(route_class=Route, include_in_schema=False)


class DrawnTable(NamedTuple):
    """A table with its lines and looks; `measured` are the benchmarks of each of its issues."""

    table: Table
    lines: list[GridLine]
    looks: Collection[CellLook]
    measured: Mapping[int, list[OnBenchmark]]


_drawn = StateCache[DrawnTable](4)  # whole tables, of any size


@dataclass(frozen=True)
class TablePage:
    table: Table
    lines: list[GridLine]
    looks: Collection[CellLook]
    measured: Mapping[int, list[OnBenchmark]]
    given: ViewInput
    problems: dict[str, Message]
    marks: Mapping[str, StanceEntry] = field(default_factory=lambda: STANCES)
    stances: tuple[str, ...] = STANCE_VALUES
    export_formats: Mapping[str, str] = field(default_factory=lambda: COMPARISONS_MENU)
    evidence_marks: Callable[[int, int], str] = evidence_marks


@router.get("/comparisons/{slug}")
def comparison(
    request: Request, db: Db, slug: str, given: Annotated[ViewInput, Query()]
) -> HTMLResponse:
    """The table as its address asks; what of that cannot be done is said, the rest is done."""
    view, refused = read_view(given)
    with db.read() as session:
        draw = partial(_draw, session, slug, view)
        # A search may stop before it has seen all: what it lights is not kept.
        drawn = draw() if view.q else _drawn.get(session, (slug, view), draw)
    context = TablePage(*drawn, given, {**refused, **drawn.table.problems})
    return render_page(request, "comparison/comparison.html", context, blocks=("table",))


def _draw(session: Session, slug: str, view: TableView) -> DrawnTable:
    table = get_table(session, slug, view, tucked=True)
    measured = benchmarks.for_issues(session, [each.place.id for each in table.columns])
    # What was to be tried at a moment that is over is not known.
    untried = {} if view.as_of else hypotheses.list_untried_cells(session, table.comparison.id)
    return DrawnTable(table, *render_grid(table, untried), measured)
