"""Every comparison at a glance, and several beside each other: tables without their texts."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlmodel import Session

from app.comparison import queries
from app.comparison.queries import Pair
from app.comparison.rules import AxisPlace, Coverage, coverage_of, draw_strokes, tree_order
from app.comparison.table.build import parents_of
from app.errors import N_, NotFound
from app.kit.text import tidy_line
from app.models import Comparison, Issue, Technique
from app.models.stances import STANCES, CellStanding, cell_stance
from app.state_cache import StateCache

_WIDE, _HIGH, _SQUARE = 200, 168, 6  # pixels: of a picture at most, of its squares at most


@dataclass(frozen=True)
class Thumbnail:
    """A table in miniature: `paths` by tone, one unit a cell; `width` and `height` in pixels."""

    rows: int
    columns: int
    paths: Mapping[str, str]
    width: int
    height: int


@dataclass(frozen=True)
class ComparisonThumbnail:
    """A comparison without its texts."""

    comparison: Comparison
    rows: list[AxisPlace]
    columns: list[AxisPlace]
    cells: Mapping[Pair, CellStanding]
    claims: int
    changed: datetime

    @property
    def coverage(self) -> Coverage:
        stances = Counter(each.stance for each in self.cells.values())
        failed = sum(each.failed for each in self.cells.values())
        parents = [
            {place.id for place in places if place.has_children}
            for places in (self.rows, self.columns)
        ]
        bare = (len(self.rows) - len(parents[0])) * (len(self.columns) - len(parents[1]))
        extra = sum(row in parents[0] or column in parents[1] for row, column in self.cells)
        return coverage_of(stances, bare + extra, failed=failed)

    @property
    def stances(self) -> dict[str, int]:
        """How many cells say what, in the order of the legend."""
        found = self.coverage.stances
        return {each: found[each] for each in STANCES if each in found}

    @property
    def picture(self) -> Thumbnail:
        rows = {place.id: at for at, place in enumerate(self.rows)}
        columns = {place.id: at for at, place in enumerate(self.columns)}
        filled = draw_strokes(
            (rows[row], columns[column], STANCES[cell.stance].tone)
            for (row, column), cell in self.cells.items()
        )
        height, width = len(rows), len(columns)
        ground = "".join(f"M0 {row}.5h{width}" for row in range(height))
        side = min(_SQUARE, _WIDE / (width or 1), _HIGH / (height or 1))
        return Thumbnail(
            height,
            width,
            {"ground": ground, **filled},
            max(1, round(width * side)),
            max(1, round(height * side)),
        )


def list_thumbnails(session: Session) -> list[ComparisonThumbnail]:
    """Every comparison, in eight statements whatever their number and size."""
    rows, columns = queries.all_rows(session), queries.all_columns(session)
    above = parents_of(queries.select_tree(session, Technique))
    over = parents_of(queries.select_tree(session, Issue))
    claims = queries.claimed_stances(session)
    rulings = queries.current_rulings(session)
    changed = queries.last_changed(session)
    said = {
        pair: cell_stance(rulings.get(pair), claims.get(pair, ())) for pair in {**claims, **rulings}
    }
    found = []
    for comparison in queries.select_comparisons(session):
        number = comparison.id
        techniques, issues = set(rows.get(number, [])), set(columns.get(number, []))
        cells = {
            pair: one for pair, one in said.items() if pair[0] in techniques and pair[1] in issues
        }
        found.append(
            ComparisonThumbnail(
                comparison=comparison,
                rows=tree_order(rows.get(number, []), above),
                columns=tree_order(columns.get(number, []), over),
                cells=cells,
                claims=sum(len(claims.get(pair, ())) for pair in cells),
                changed=max(changed.get(number, comparison.created_at), comparison.created_at),
            )
        )
    return found


@dataclass(frozen=True)
class ComparisonSummary:
    """A comparison as lists show it."""

    comparison: Comparison
    rows: int
    columns: int
    claims: int
    coverage: Coverage


_kept = StateCache[dict[int, tuple[int, int, int, Coverage]]](4)


def summarize_comparisons(session: Session) -> list[ComparisonSummary]:
    """Every comparison with its size and coverage, counted once a state of the library."""
    sizes = _kept.get(session, (), partial(_count_sizes, session))
    return [
        ComparisonSummary(each, *sizes[each.id]) for each in queries.select_comparisons(session)
    ]


def _count_sizes(session: Session) -> dict[int, tuple[int, int, int, Coverage]]:
    return {
        each.comparison.id: (len(each.rows), len(each.columns), each.claims, each.coverage)
        for each in list_thumbnails(session)
    }


@dataclass(frozen=True)
class Band:
    """A comparison among those laid beside it; `own` rows and columns are in no other."""

    sketch: ComparisonThumbnail
    columns: list[Issue]
    own_rows: list[Technique]
    own_columns: list[Issue]
    places: list[tuple[int, str]]  # of the columns: id and slug


@dataclass(frozen=True)
class ThumbnailLine:
    """A technique, its depth in the tree and which of the bands have it as a row."""

    technique: Technique
    depth: int
    held: list[bool]


@dataclass(frozen=True)
class SideBySide:
    """Comparisons next to each other. `shared_rows` and `shared_columns` are in all of them."""

    bands: list[Band]
    lines: list[ThumbnailLine]
    shared_rows: list[Technique]
    shared_columns: list[Issue]


def side_by_side(session: Session, slugs: Sequence[str]) -> SideBySide:
    """The comparisons with these slugs, in their order: ten statements.

    Raises NotFound where one is none.
    """
    by_slug = {each.comparison.slug: each for each in list_thumbnails(session)}
    for slug in slugs:
        if slug not in by_slug:
            raise NotFound(N_("There is no comparison {slug}."), slug=tidy_line(slug)[:80])
    chosen = [by_slug[slug] for slug in slugs]
    rows = [[place.id for place in each.rows] for each in chosen]
    columns = [[place.id for place in each.columns] for each in chosen]
    techniques = queries.select_techniques_by_id(session, {one for each in rows for one in each})
    issues = queries.select_issues_by_id(session, {one for each in columns for one in each})
    above = parents_of(queries.select_tree(session, Technique))
    lines = tree_order([one for each in rows for one in each], above)
    in_all = set(rows[0]).intersection(*rows)
    over_all = set(columns[0]).intersection(*columns)
    return SideBySide(
        bands=[
            Band(
                sketch=sketch,
                columns=[issues[one] for one in columns[at]],
                places=[(one, issues[one].slug) for one in columns[at]],
                own_rows=[techniques[one] for one in rows[at] if _only(one, rows, at)],
                own_columns=[issues[one] for one in columns[at] if _only(one, columns, at)],
            )
            for at, sketch in enumerate(chosen)
        ],
        lines=[
            ThumbnailLine(techniques[place.id], place.depth, [place.id in each for each in rows])
            for place in lines
        ],
        shared_rows=[techniques[place.id] for place in lines if place.id in in_all],
        shared_columns=[issues[one] for one in columns[0] if one in over_all],
    )


def _only(one: int, lists: Sequence[Sequence[int]], at: int) -> bool:
    """Whether `one` is in the list at `at` and in no other."""
    return not any(one in each for number, each in enumerate(lists) if number != at)
