"""A comparison as a table: its rows and columns, what each cell says, as its address asks."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TypeVar

from sqlmodel import Session

from app.comparison import queries
from app.comparison.history import record
from app.comparison.queries import Pair
from app.comparison.rules import (
    AxisPlace,
    Coverage,
    Coverages,
    Sum,
    TreeNode,
    count_coverage,
    folded_into,
    group_label,
    order_alike,
    sum_up,
    tree_order,
    with_those_above,
)
from app.comparison.service import get_comparison
from app.comparison.table.table_filters import ALIKE, ALL, CellTraits, TableView, filter_cells
from app.errors import N_, Message
from app.kit.text import tidy_line
from app.kit.trees import list_descendants
from app.library import service as library
from app.models import UNREAD, Claim, Comparison, Issue, Stance, Technique, Verdict
from app.models.stances import BLANK, CellStanding, SaidByClaim, cell_stance
from app.search import service as search

Tree = Mapping[int, TreeNode]
T = TypeVar("T")


@dataclass(frozen=True)
class Cell:
    """What a cell of the table says; `stale` pieces of its evidence stand no more."""

    standing: CellStanding
    claims: int = 0
    supports: int = 0
    contradicts: int = 0
    stale: int = 0


EMPTY = Cell(CellStanding(BLANK, None, ruled=False))


@dataclass(frozen=True)
class TableRow:
    """A technique with its place. `folded`: what is below it is summed up in it; `heading`: none of
    its own cells is shown, it stands here for what is below it; `parent`: it stands beside what is
    below it, and has no blanks; `rest`: it is among those that nobody has examined."""

    technique: TreeNode
    place: AxisPlace
    coverage: Coverage
    folded: bool = False
    heading: bool = False
    parent: bool = False
    rest: bool = False
    group: str = ""

    @property
    def subject(self) -> TreeNode:
        return self.technique


@dataclass(frozen=True)
class TableColumn:
    """An issue with its place; `group` is its parent's abbreviation, if it has one (`DK`)."""

    issue: TreeNode
    place: AxisPlace
    coverage: Coverage
    folded: bool = False
    heading: bool = False
    parent: bool = False
    rest: bool = False
    group: str = ""

    @property
    def subject(self) -> TreeNode:
        return self.issue


Head = TypeVar("Head", TableRow, TableColumn)


@dataclass(frozen=True)
class CellDifference:
    """A cell that says something else than it did."""

    technique: TreeNode
    issue: TreeNode
    before: Cell
    after: Cell

    @property
    def restated(self) -> bool:
        """Whether it takes another stance, not only more or fewer claims and evidence."""
        return self.before.standing.stance != self.after.standing.stance


@dataclass(frozen=True)
class TableCounts:
    """How many filled cells would pass under each value of a filter, and such rows."""

    stance: Mapping[str, int] = field(default_factory=dict)
    confidence: Mapping[str, int] = field(default_factory=dict)
    basis: Mapping[str, int] = field(default_factory=dict)
    verdict: Mapping[str, int] = field(default_factory=dict)
    stale: int = 0
    examined: int = 0
    evidence: int = 0


@dataclass(frozen=True)
class Table:
    """A comparison as `view` reads it.

    `cells` are the filled ones that pass, `left_out` those that do not; `blanks` is whether those
    that nobody examined pass. `sums` stand in their place where a row or a column is folded, and
    `rows_into`, `columns_into` say where each row and column is shown then. `coverage` and `claims`
    are of the whole, or of the branches that were asked for, whatever is left out: `size` rows and
    `width` columns. `kept` rows and `shown` cells pass. `folds` are the slugs of all that is
    folded; the branches are what can be. `lit` are the cells that have the words looked for.
    `rest` counts the techniques and the issues that nobody has examined, where they are tucked away
    unless the view asks for them.
    `differences` are from `view.since` on. `problems` says what could not be done, by parameter.
    """

    comparison: Comparison
    view: TableView
    rows: list[TableRow]
    columns: list[TableColumn]
    cells: Mapping[Pair, Cell]
    left_out: Collection[Pair]
    blanks: bool
    sums: Mapping[Pair, Sum]
    rows_into: Mapping[int, int]
    columns_into: Mapping[int, int]
    coverage: Coverage
    claims: int
    size: int
    width: int
    kept: int
    shown: int
    counts: TableCounts
    lit: Collection[Pair] | None
    differences: list[CellDifference]
    folds: list[str]
    rest: tuple[int, int]
    foldable: bool
    technique_branches: list[tuple[TreeNode, int]]
    issue_branches: list[tuple[TreeNode, int]]
    techniques: Tree
    issues: Tree
    verdicts: list[Verdict]
    problems: dict[str, Message]
    notice: Message | None = None

    @property
    def named(self) -> dict[str, TreeNode]:
        """The branches by their slugs."""
        techniques = {each.slug: each for each, _ in self.technique_branches}
        return {**{each.slug: each for each, _ in self.issue_branches}, **techniques}

    @property
    def changed(self) -> set[Pair]:
        return {(each.technique.id, each.issue.id) for each in self.differences}


_WHOLE = TableView()


def get_table(
    session: Session, slug: str, view: TableView = _WHOLE, *, tucked: bool = False
) -> Table:
    """A comparison as `view` reads it, in a number of statements that its size does not change.

    Where it is `tucked`, rows and columns with claims, rulings or hypotheses come first, and the
    others are there if the view asks for them; one that leaves something out shows all it leaves.

    What a view names and there is none of (a technique, a verdict) is left out of it, and said in
    the table's `problems`. Raises NotFound where no comparison has this slug.
    """
    frame = _frame(session, slug, view)
    number = frame.comparison.id
    verdicts = library.list_verdicts(session)
    view = replace(view, verdict=_known(verdicts, view.verdict, frame.problems))
    cells = frame.among(_cells(session, number, view.as_of))
    covered = frame.coverage(cells)

    examined = {row for row, each in covered.rows.items() if each.stances}
    evident = {row for (row, _), cell in cells.items() if cell.supports or cell.contradicts}
    wanted = {"examined": examined, "evidence": evident}.get(view.rows, set(frame.techniques))
    candidates = {pair: cell for pair, cell in cells.items() if pair[0] in wanted}
    sources = _sources(session, number, view)
    sifted = filter_cells(view, _traits(candidates, sources))
    passing = {pair: cells[pair] for pair in sifted.passing}
    kept = {row for row, _ in passing}
    if view.blanks:
        kept |= {row for row in wanted if covered.rows[row].unexamined}
    over, above = frame.headings
    unexamined = len(wanted - over) * (len(frame.issues) - len(above)) - sum(
        row not in over and column not in above for row, column in candidates
    )

    rows = _rows(frame, view, covered, kept, _profiles(cells))
    columns = _columns(frame, view, covered)
    rows_into = folded_into(_places(rows), _folded(rows))
    columns_into = folded_into(_places(columns), _folded(columns))
    lit, notice = _lit(session, view, passing)
    seen = [row for row in rows if rows_into[row.place.id] == row.place.id]
    across = [each for each in columns if columns_into[each.place.id] == each.place.id]
    differences = _differences(session, frame, view, cells)
    rest = (0, 0)
    if tucked and not view.narrows:
        known = {*cells, *((each.technique.id, each.issue.id) for each in differences)}
        known |= frame.among(queries.hypotheses_in(session, number)).keys()
        of_rows = {rows_into[row] for row, _ in known if row in rows_into}
        seen, some = _tuck(seen, of_rows, view, "techniques", frame)
        of_columns = {columns_into[column] for _, column in known}
        across, others = _tuck(across, of_columns, view, "issues", frame)
        rest = (some, others)
    return Table(
        comparison=frame.comparison,
        view=view,
        rows=seen,
        columns=across,
        cells=passing,
        left_out=cells.keys() - passing.keys(),
        blanks=view.blanks,
        sums=_sums(rows, columns, (rows_into, columns_into), candidates, passing, view.blanks),
        rows_into=rows_into,
        columns_into=columns_into,
        coverage=covered.whole,
        claims=sum(cell.claims for cell in cells.values()),
        size=len(frame.techniques),
        width=len(frame.issues),
        kept=len(kept),
        shown=len(passing) + (unexamined if view.blanks else 0),
        counts=TableCounts(
            stance={
                **sifted.counts["stance"],
                BLANK: unexamined if replace(view, stance=()).blanks else 0,
            },
            confidence=sifted.counts["confidence"],
            basis=sifted.counts["basis"],
            verdict=sifted.counts["verdict"],
            stale=sifted.counts["stale"].get("1", 0),
            examined=len(examined),
            evidence=len(evident),
        ),
        lit=lit,
        differences=differences,
        folds=_folds(view, [*rows, *columns]),
        rest=rest,
        foldable=any(place.has_children for place in _places(rows) + _places(columns)),
        technique_branches=_branches(frame.techniques, frame.row_places),
        issue_branches=_branches(frame.issues, frame.column_places),
        techniques=frame.technique_tree,
        issues=frame.issue_tree,
        verdicts=verdicts,
        problems=frame.problems,
        notice=notice,
    )


@dataclass(frozen=True)
class Ends:
    """What of a drawn table one changed cell changes: itself, the ends of its row and its column,
    the whole, and, where it is folded away, the sum that stands for it with the slugs of its row
    and column, and the cells that it sums up."""

    cell: Cell | None
    row: Coverage
    column: Coverage
    whole: Coverage
    claims: int
    size: int
    width: int
    sum: tuple[str, str, Sum, list[Pair]] | None = None


def get_ends(session: Session, slug: str, pair: Pair, view: TableView = _WHOLE) -> Ends:
    """What has changed in a table with this cell: much less work than the table, unless it folds.

    Raises NotFound where no comparison has this slug.
    """
    frame = _frame(session, slug, view)
    number = frame.comparison.id
    cells = cells_from(
        queries.stances_in(session, number),
        queries.rulings_in(session, number),
        {pair: queries.evidence_of_cell(session, pair)},
    )
    inside = frame.among(cells)
    covered = frame.coverage(inside)
    none = Coverage(0, 0)
    return Ends(
        cell=cells.get(pair),
        row=none if pair[0] in frame.headings[0] else covered.rows.get(pair[0], none),
        column=none if pair[1] in frame.headings[1] else covered.columns.get(pair[1], none),
        whole=covered.whole,
        claims=sum(cell.claims for cell in inside.values()),
        size=len(frame.techniques),
        width=len(frame.issues),
        sum=_sum_for(session, slug, pair, view) if view.fold else None,
    )


def _sum_for(
    session: Session, slug: str, pair: Pair, view: TableView
) -> tuple[str, str, Sum, list[Pair]] | None:
    table = get_table(session, slug, view)
    row, column = table.rows_into.get(pair[0]), table.columns_into.get(pair[1])
    if row is None or column is None or (row, column) not in table.sums:
        return None
    slugs = table.techniques[row].slug, table.issues[column].slug
    within = [
        (one, other)
        for one, shown in table.rows_into.items()
        for other, across in table.columns_into.items()
        if (shown, across) == (row, column)
    ]
    return *slugs, table.sums[row, column], within


@dataclass(frozen=True)
class _Frame:
    """The rows and columns of a comparison, in its order, that a view is about."""

    comparison: Comparison
    techniques: dict[int, TreeNode]
    issues: dict[int, TreeNode]
    row_places: list[AxisPlace]
    column_places: list[AxisPlace]
    technique_tree: Tree
    issue_tree: Tree
    problems: dict[str, Message]

    @property
    def headings(self) -> tuple[set[int], set[int]]:
        """The rows and the columns that stand beside what is below them."""
        rows = {place.id for place in self.row_places if place.has_children}
        return rows, {place.id for place in self.column_places if place.has_children}

    def among(self, cells: Mapping[Pair, T]) -> dict[Pair, T]:
        techniques, issues = self.techniques, self.issues
        return {
            pair: cell
            for pair, cell in cells.items()
            if pair[0] in techniques and pair[1] in issues
        }

    def coverage(self, cells: Mapping[Pair, Cell]) -> Coverages:
        standings = {pair: cell.standing for pair, cell in cells.items()}
        return count_coverage(list(self.techniques), list(self.issues), standings, *self.headings)


def _frame(session: Session, slug: str, view: TableView) -> _Frame:
    comparison = get_comparison(session, slug)
    number = comparison.id
    technique_tree, rows = queries.axis(session, Technique, number)
    issue_tree, columns = queries.axis(session, Issue, number)
    problems: dict[str, Message] = {}
    techniques = _below(rows, technique_tree, view.technique)
    issues = _below(columns, issue_tree, view.issue)
    for name, tree, text, slugs in (
        ("technique", technique_tree, N_("There is no technique {slug}."), view.technique),
        ("issue", issue_tree, N_("There is no issue {slug}."), view.issue),
    ):
        if slugs:
            known = {each.slug for each in tree.values()}
            for unknown in (each for each in slugs if each not in known):
                problems[name] = Message.of(text, slug=tidy_line(unknown)[:80])
    return _Frame(
        comparison,
        techniques,
        issues,
        tree_order(list(techniques), parents_of(technique_tree)),
        tree_order(list(issues), parents_of(issue_tree)),
        technique_tree,
        issue_tree,
        problems,
    )


def _below(numbers: Sequence[int], tree: Tree, slugs: Collection[str]) -> dict[int, TreeNode]:
    """The nodes with these `numbers`; where `slugs` name branches of the tree, those in them."""
    roots = [each.id for each in tree.values() if each.slug in slugs] if slugs else []
    within = list_descendants(parents_of(tree), roots) if roots else None
    return {each: tree[each] for each in numbers if within is None or each in within}


def _known(
    verdicts: Sequence[Verdict], slugs: Sequence[str], problems: dict[str, Message]
) -> tuple[str, ...]:
    known = {UNREAD, *(each.slug for each in verdicts)}
    for unknown in (each for each in slugs if each not in known):
        problems["verdict"] = Message.of(
            N_("{value} is none of the choices here."), value=tidy_line(unknown)[:80]
        )
    return tuple(each for each in slugs if each in known)


def parents_of(tree: Tree) -> dict[int, int | None]:
    return {each.id: each.parent_id for each in tree.values()}


# --- Rows and columns ---


def _rows(
    frame: _Frame,
    view: TableView,
    covered: Coverages,
    kept: Collection[int],
    profiles: Mapping[int, Mapping[int, str]],
) -> list[TableRow]:
    places = frame.row_places
    if view.sort:
        ranked = [place.id for place in places if place.id in kept]
        if view.sort == ALIKE:
            ranked = order_alike(ranked, profiles)
        else:
            ranked.sort(key=lambda row: _rank(covered.rows[row], view.sort))
        places = [AxisPlace(row, 0, None, has_children=False) for row in ranked]
    elif len(kept) < len(places):
        places = with_those_above(places, kept)
    parents = frame.headings[0]
    return [
        TableRow(
            frame.techniques[place.id],
            place,
            covered.rows[place.id],
            folded=_is_folded(place, frame.techniques[place.id].slug, view),
            heading=place.id not in kept,
            parent=place.id in parents,
        )
        for place in places
    ]


def _profiles(cells: Mapping[Pair, Cell]) -> dict[int, dict[int, str]]:
    """What each row says, by column."""
    found: dict[int, dict[int, str]] = defaultdict(dict)
    for (row, column), cell in cells.items():
        found[row][column] = cell.standing.stance
    return found


def _tuck(
    heads: list[Head], known: Collection[int], view: TableView, axis: str, frame: _Frame
) -> tuple[list[Head], int]:
    """`heads` with the known ones, and what stands over those, first, the rest after them if the
    view asks for it; and how many the rest are, without headings. Where none is known, all as they
    are."""
    places = [head.place for head in heads]
    first = with_those_above(places, [place.id for place in places if place.id in known])
    shown = {place.id for place in first}
    if not first or len(first) == len(places):
        return heads, 0
    tree = frame.technique_tree if axis == "techniques" else frame.issue_tree
    rest = [place.id for place in places if place.id not in shown]
    after = tree_order(rest, {} if view.sort and axis == "techniques" else parents_of(tree))
    by_id = {head.place.id: head for head in heads}
    kept = [(place, False) for place in first]
    kept += [(place, True) for place in after if axis in view.rest]
    return [
        replace(
            by_id[place.id],
            place=place._replace(has_children=place.has_children or by_id[place.id].folded),
            rest=is_rest,
        )
        for place, is_rest in kept
    ], sum(not by_id[each].parent or by_id[each].folded for each in rest)


def _rank(coverage: Coverage, sort: str) -> tuple[int, int]:
    """Whole and half answers first, or the best covered; what is equal stays as it stands."""
    if sort == "addresses":
        return -coverage.count(Stance.ADDRESSES), -coverage.count(Stance.PARTIAL)
    return -coverage.covered, 0


def _columns(frame: _Frame, view: TableView, covered: Coverages) -> list[TableColumn]:
    parents = frame.headings[1]
    return [
        TableColumn(
            frame.issues[place.id],
            place,
            covered.columns[place.id],
            heading=place.id in parents and not covered.columns[place.id].stances,
            parent=place.id in parents,
            folded=_is_folded(place, frame.issues[place.id].slug, view),
            group=group_label(frame.issues[place.parent].synonyms_en) if place.parent else "",
        )
        for place in frame.column_places
    ]


def _is_folded(place: AxisPlace, slug: str, view: TableView) -> bool:
    return place.has_children and (slug in view.fold or ALL in view.fold)


def _places(heads: Sequence[TableRow] | Sequence[TableColumn]) -> list[AxisPlace]:
    return [head.place for head in heads]


def _folded(heads: Sequence[TableRow] | Sequence[TableColumn]) -> set[int]:
    return {head.place.id for head in heads if head.folded}


def _folds(view: TableView, heads: Sequence[TableRow | TableColumn]) -> list[str]:
    """The slugs of what is folded, `all` spelled out; also of what the view leaves out."""
    named = [slug for slug in view.fold if slug != ALL]
    return list(dict.fromkeys([*named, *(head.subject.slug for head in heads if head.folded)]))


def _branches(
    nodes: Mapping[int, TreeNode], places: Sequence[AxisPlace]
) -> list[tuple[TreeNode, int]]:
    """The nodes that have others below them, with their depths."""
    return [(nodes[place.id], place.depth) for place in places if place.has_children]


def _sums(
    rows: Sequence[TableRow],
    columns: Sequence[TableColumn],
    into: tuple[Mapping[int, int], Mapping[int, int]],
    filled: Collection[Pair],
    passing: Mapping[Pair, Cell],
    blanks: bool,
) -> dict[Pair, Sum]:
    """What stands where a row or a column is folded: the sum of what unfolding it would show."""
    folded_rows, folded_columns = _folded(rows), _folded(columns)
    if not folded_rows and not folded_columns:
        return {}
    standings: dict[Pair, list[CellStanding]] = defaultdict(list)
    for (row, column), cell in passing.items():
        standings[into[0][row], into[1][column]].append(cell.standing)
    parents = {row.place.id for row in rows if row.parent}
    over = {column.place.id for column in columns if column.parent}
    # Of what has no blanks, what is filled and passes is all there is.
    heights = Counter(into[0][row.place.id] for row in rows if not row.heading and not row.parent)
    widths = Counter(into[1][column.place.id] for column in columns if not column.parent)
    full = Counter(
        (into[0][row], into[1][column])
        for row, column in filled
        if row in into[0] and row not in parents and column not in over
    )
    sums = {}
    for row in dict.fromkeys(into[0].values()):
        for column in dict.fromkeys(into[1].values()):
            if row in folded_rows or column in folded_columns:
                said = standings.get((row, column), [])
                bare = heights[row] * widths[column] - full[row, column] if blanks else 0
                if said or bare:
                    sums[row, column] = sum_up(said, len(said) + bare)
    return sums


# --- Cells ---


def _cells(session: Session, comparison_id: int, at: record.Moment | None) -> dict[Pair, Cell]:
    """The filled cells of a comparison, now or as they were."""
    if at:
        then = record.reading_at(session, comparison_id, at)
        return cells_from(then.claims, then.rulings, then.evidence)
    return cells_from(
        queries.stances_in(session, comparison_id),
        queries.rulings_in(session, comparison_id),
        queries.evidence_in(session, comparison_id),
    )


def cells_from(
    claims: Mapping[Pair, Sequence[SaidByClaim]],
    rulings: Mapping[Pair, str],
    evidence: Mapping[Pair, tuple[int, ...]],
) -> dict[Pair, Cell]:
    """`evidence` is how much supports, contradicts and, where that is known, is stale.

    Cells that say the same are the same object: few of a large table are different.
    """
    standings: dict[tuple[object, ...], CellStanding] = {}
    made: dict[tuple[object, ...], Cell] = {}
    cells = {}
    for pair in {**claims, **rulings}:
        said, ruling = claims.get(pair, ()), rulings.get(pair)
        if (saying := (ruling, *said)) not in standings:
            standings[saying] = _standing(ruling, tuple(said))
        stands, pieces = standings[saying], evidence.get(pair, ())
        key = (stands, len(said), pieces)
        if key not in made:
            made[key] = Cell(stands, len(said), *pieces)
        cells[pair] = made[key]
    return cells


_standing = lru_cache(maxsize=20_000)(cell_stance)  # what claims say, whoever says it


def _traits(
    cells: Mapping[Pair, Cell], sources: Mapping[Pair, Collection[tuple[str, int | None]]]
) -> list[tuple[Pair, CellTraits]]:
    alike: dict[int, CellTraits] = {}  # by id: equal cells are one object
    found = []
    for pair, cell in cells.items():
        if (traits := alike.get(id(cell))) is None:
            confidence = cell.standing.confidence or ""
            traits = alike[id(cell)] = CellTraits(
                cell.standing.stance, confidence, bool(cell.stale), basis=cell.standing.basis or ""
            )
        if behind := sources.get(pair):
            traits = replace(traits, sources=behind)
        found.append((pair, traits))
    return found


def _sources(
    session: Session, comparison_id: int, view: TableView
) -> dict[Pair, set[tuple[str, int | None]]]:
    """The verdict and the year of the papers behind each cell, then; as they are judged now.

    Where nothing asks for them, none: reading them costs a third of a large table.
    """
    if not (view.verdict or view.year):
        return {}
    if view.as_of:
        noted = queries.noted_papers(session)
        then: dict[Pair, set[int]] = defaultdict(set)
        papers: Mapping[Pair, set[int]] = then
        for claim in record.claims_at(session, comparison_id, view.as_of):
            for piece in claim.evidence:
                paper = piece.paper_id or noted.get(piece.note_id or 0)
                if paper:
                    then[claim.technique_id, claim.issue_id].add(paper)
    else:
        papers = queries.papers_behind(session, comparison_id)
    judged = queries.judged_papers(session)
    return {
        pair: {(judged[each][0] or UNREAD, judged[each][1]) for each in numbers if each in judged}
        for pair, numbers in papers.items()
    }


def _lit(
    session: Session, view: TableView, passing: Collection[Pair]
) -> tuple[Collection[Pair] | None, Message | None]:
    """The cells that have the words of `view.q`, as they are now, and what is to be said of it."""
    if not view.q:
        return None, None
    plan = search.parse_query(view.q)
    notice = plan.notice
    if plan.filters:
        notice = Message.of(N_("Words alone are looked for in cells; the filters stand beside."))
    found, said = search.matching_cells(session, replace(plan, filters=()))
    return {pair for pair in passing if pair in found}, notice or said


def _differences(
    session: Session, frame: _Frame, view: TableView, cells: Mapping[Pair, Cell]
) -> list[CellDifference]:
    """In the order of the comparison."""
    if not view.since:
        return []
    then = frame.among(_cells(session, frame.comparison.id, view.since))
    return [
        CellDifference(technique, issue, before, after)
        for row, technique in frame.techniques.items()
        for column, issue in frame.issues.items()
        if (before := then.get((row, column), EMPTY))
        != (after := replace(cells.get((row, column), EMPTY), stale=0))
    ]


def claims_by_cell(session: Session, table: Table) -> dict[Pair, list[Claim]]:
    """Every claim of a comparison with its evidence, by cell, as of the table's moment."""
    number, then = table.comparison.id, table.view.as_of
    claims = record.claims_at(session, number, then) if then else queries.claims_in(session, number)
    found: dict[Pair, list[Claim]] = defaultdict(list)
    for claim in claims:
        found[claim.technique_id, claim.issue_id].append(claim)
    return found
