"""The verbs on comparisons and their cells. They take a session first and never commit."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement
from sqlmodel import Session, col

from app.comparison import queries
from app.comparison.queries import Pair
from app.comparison.rules import (
    ComparisonInput,
    Coverage,
    Place,
    Standing,
    arrange,
    check_comparison,
    coverage,
    group_label,
    standing,
)
from app.errors import N_, Invalid, Message, NotFound, check_version
from app.models import (
    Claim,
    Comparison,
    ComparisonColumn,
    ComparisonRow,
    Issue,
    Note,
    Paper,
    ResearchField,
    Ruling,
    Technique,
)
from app.text import slugify, tidy_line
from app.trees import walk

Tree = Mapping[int, queries.Branch]

SUGGESTIONS = 80  # papers and notes offered while typing; any other can be named too


@dataclass(frozen=True)
class Overview:
    """A comparison as lists show it."""

    comparison: Comparison
    rows: int
    columns: int
    claims: int
    coverage: Coverage


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


@dataclass(frozen=True)
class Neighbour:
    """The filled cell before or after another, in reading order."""

    technique: Technique
    issue: Issue


@dataclass(frozen=True)
class CellView:
    """A cell with everything its page shows."""

    comparison: Comparison
    technique: Technique
    issue: Issue
    standing: Standing
    ruling: Ruling | None
    earlier: list[Ruling]
    claims: list[Claim]
    papers: list[Paper]
    before: Neighbour | None
    after: Neighbour | None


@dataclass(frozen=True)
class FilledCell:
    """A cell as the pages of its technique and issue show it."""

    technique: Technique
    issue: Issue
    standing: Standing
    claims: int
    url: str


@dataclass(frozen=True)
class Choices:
    """What a comparison is made of."""

    techniques: list[tuple[Technique, int]]
    issues: list[tuple[Issue, int]]
    fields: list[ResearchField]


def overview(session: Session) -> list[Overview]:
    """Every comparison with its size and coverage, in five statements."""
    sizes = queries.sizes(session)
    shown = []
    for comparison in queries.comparisons(session):
        rows, columns, claims, filled = sizes.get(comparison.id or 0, (0, 0, 0, 0))
        covered = Coverage(filled, rows * columns)
        shown.append(Overview(comparison, rows, columns, claims, covered))
    return shown


def get_comparison(session: Session, slug: str) -> Comparison:
    """Raises NotFound where no comparison has this slug."""
    comparison = queries.by_slug(session, slug)
    if comparison is None:
        raise NotFound(N_("There is no comparison {slug}."), slug=tidy_line(slug)[:80])
    return comparison


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
    cells = _cells(
        claims, queries.rulings_in(session, number), queries.evidence_in(session, number)
    )
    covered = coverage(list(techniques), list(issues), cells)
    kept = {row for row, count in covered.rows.items() if count.covered}
    places = arrange(list(techniques), _parents(technique_tree))
    if examined:
        places = _with_those_above(places, kept)
    columns = [
        Column(
            issues[place.id],
            place,
            covered.columns[place.id],
            group_label(issues[place.parent].synonyms_en) if place.parent else "",
        )
        for place in arrange(list(issues), _parents(issue_tree))
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


def _parents(tree: Tree) -> dict[int, int | None]:
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


def _cells(
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


def get_cell(session: Session, slug: str, technique: str, issue: str) -> CellView:
    """A cell of a comparison. Raises NotFound where the comparison does not show it."""
    comparison = get_comparison(session, slug)
    number = comparison.id or 0
    rows = {each.id or 0: each for each in queries.rows_of(session, number)}
    columns = {each.id or 0: each for each in queries.columns_of(session, number)}
    row = next((each for each in rows.values() if each.slug == technique), None)
    column = next((each for each in columns.values() if each.slug == issue), None)
    if row is None or column is None:
        raise NotFound(
            N_("{comparison} has no cell {technique} × {issue}."),
            comparison=slug,
            technique=tidy_line(technique)[:80],
            issue=tidy_line(issue)[:80],
        )
    pair = (row.id or 0, column.id or 0)
    rulings = queries.rulings_of_cell(session, *pair)
    ruling = next((each for each in rulings if each.is_current), None)
    claims = queries.claims_of_cell(session, *pair)
    stances = [(claim.stance, claim.confidence) for claim in claims]
    before, after = _neighbours(
        arrange(list(rows), _parents(queries.branches(session, Technique))),
        arrange(list(columns), _parents(queries.branches(session, Issue))),
        {pair, *queries.filled_in(session, number)},
        pair,
    )
    return CellView(
        comparison=comparison,
        technique=row,
        issue=column,
        standing=standing(ruling.stance if ruling else None, stances),
        ruling=ruling,
        earlier=[each for each in rulings if not each.is_current],
        claims=claims,
        papers=queries.papers_carrying(session, pair[0], limit=SUGGESTIONS),
        before=Neighbour(rows[before[0]], columns[before[1]]) if before else None,
        after=Neighbour(rows[after[0]], columns[after[1]]) if after else None,
    )


def _neighbours(
    rows: Sequence[Place], columns: Sequence[Place], filled: Collection[Pair], pair: Pair
) -> tuple[Pair | None, Pair | None]:
    reading = [
        (row.id, column.id) for row in rows for column in columns if (row.id, column.id) in filled
    ]
    at = reading.index(pair)
    before = reading[at - 1] if at else None
    after = reading[at + 1] if at + 1 < len(reading) else None
    return before, after


def suggestions(session: Session, view: CellView) -> tuple[list[Paper], list[Note]]:
    """Papers and notes that evidence is likely to come from: the technique's own come first."""
    papers = {paper.id: paper for paper in view.papers}
    for paper in queries.latest_papers(session, limit=SUGGESTIONS - len(papers)):
        papers.setdefault(paper.id, paper)
    return list(papers.values()), queries.latest_notes(session, limit=SUGGESTIONS)


def claims_by_cell(session: Session, table: Table) -> dict[Pair, list[Claim]]:
    """Every claim of a comparison with its evidence, by cell."""
    found: dict[Pair, list[Claim]] = defaultdict(list)
    for claim in queries.claims_in(session, table.comparison.id or 0):
        found[claim.technique_id, claim.issue_id].append(claim)
    return found


def choices(session: Session) -> Choices:
    return Choices(
        walk(queries.all_techniques(session)),
        walk(queries.all_issues(session)),
        queries.research_fields(session),
    )


def create_comparison(session: Session, given: ComparisonInput) -> Comparison:
    """A new comparison; without a slug it gets one from its title.

    Raises:
        Invalid: with a message for every field that cannot be saved.
    """
    checked = check_comparison(given)
    slug = checked.slug or _free_slug(session, checked)
    comparison = Comparison(slug=slug, title_en=checked.title_en)
    _refuse_taken(session, slug, but=None)
    parts = _parts(session, checked)
    session.add(comparison)
    session.flush()
    _write_comparison(session, comparison, checked, parts)
    return comparison


def update_comparison(
    session: Session, comparison: Comparison, given: ComparisonInput, *, version: int | None = None
) -> None:
    """`comparison` as `given` says. Claims and rulings hang on technique × issue and stay.

    Raises:
        Stale: `version` is not the comparison's any more.
        Invalid: as for a new one.
    """
    check_version(comparison.version, version)
    checked = check_comparison(given)
    slug = checked.slug or comparison.slug
    _refuse_taken(session, slug, but=comparison)
    parts = _parts(session, checked)
    comparison.slug = slug
    comparison.version += 1
    _write_comparison(session, comparison, checked, parts)


def delete_comparison(session: Session, comparison: Comparison) -> None:
    """The table goes; what was claimed about its cells stays."""
    _clear(session, comparison)
    session.delete(comparison)
    session.flush()


def as_input(session: Session, comparison: Comparison) -> ComparisonInput:
    """A comparison as it would be typed, for its form."""
    source, target = comparison.source_field, comparison.target_field
    return ComparisonInput(
        slug=comparison.slug,
        title_en=comparison.title_en,
        title_zh=comparison.title_zh,
        description_en=comparison.description_en,
        description_zh=comparison.description_zh,
        source_field=source.slug if source else "",
        target_field=target.slug if target else "",
        rows=[each.slug for each in queries.rows_of(session, comparison.id or 0)],
        columns=[each.slug for each in queries.columns_of(session, comparison.id or 0)],
    )


@dataclass(frozen=True)
class _Parts:
    rows: list[Technique]
    columns: list[Issue]
    source_field: ResearchField | None
    target_field: ResearchField | None


def _parts(session: Session, given: ComparisonInput) -> _Parts:
    techniques = queries.techniques_named(session, given.rows)
    issues = queries.issues_named(session, given.columns)
    fields = {each.slug: each for each in queries.research_fields(session)}
    errors: dict[str, Message] = {}
    for name, text, slugs, found in (
        ("rows", N_("There is no technique {slug}."), given.rows, techniques),
        ("columns", N_("There is no issue {slug}."), given.columns, issues),
        ("source_field", N_("There is no field {slug}."), [given.source_field], fields),
        ("target_field", N_("There is no field {slug}."), [given.target_field], fields),
    ):
        for slug in slugs:
            if slug and slug not in found:
                errors[name] = Message.of(text, slug=tidy_line(slug)[:80])
    if errors:
        raise Invalid(errors)
    return _Parts(
        [techniques[slug] for slug in given.rows],
        [issues[slug] for slug in given.columns],
        fields.get(given.source_field),
        fields.get(given.target_field),
    )


def _write_comparison(
    session: Session, comparison: Comparison, given: ComparisonInput, parts: _Parts
) -> None:
    comparison.title_en = given.title_en
    comparison.title_zh = given.title_zh
    comparison.description_en = given.description_en
    comparison.description_zh = given.description_zh
    comparison.source_field = parts.source_field
    comparison.target_field = parts.target_field
    _clear(session, comparison)
    for position, technique in enumerate(parts.rows):
        session.add(
            ComparisonRow(comparison_id=comparison.id, technique_id=technique.id, position=position)
        )
    for position, issue in enumerate(parts.columns):
        session.add(
            ComparisonColumn(comparison_id=comparison.id, issue_id=issue.id, position=position)
        )
    session.flush()


def _clear(session: Session, comparison: Comparison) -> None:
    for row in queries.row_places(session, comparison.id or 0):
        session.delete(row)
    for column in queries.column_places(session, comparison.id or 0):
        session.delete(column)
    session.flush()  # places are keyed by what stands there: the old go before the new come


def _free_slug(session: Session, given: ComparisonInput) -> str:
    wanted = slugify(given.title_en) or slugify(given.title_zh) or "comparison"
    wanted = "comparison" if wanted == "new" else wanted
    taken = {each.slug for each in queries.comparisons(session)}
    number = 1
    slug = wanted
    while slug in taken:
        number += 1
        slug = f"{wanted}-{number}"
    return slug


def _refuse_taken(session: Session, slug: str, *, but: Comparison | None) -> None:
    holder = queries.by_slug(session, slug)
    if holder is not None and (but is None or holder.id != but.id):
        raise Invalid.field(
            "slug",
            N_("{slug} is the address of “{title}”. Choose another, or leave it empty."),
            slug=slug,
            title=holder.title_en or holder.title_zh,
        )


def cells_citing(session: Session, *, paper_id: int) -> list[FilledCell]:
    """The cells of which a claim quotes a paper or a note about it, as they stand now."""
    pairs = queries.cells_quoting(session, paper_id)
    return [
        cell
        for cell in _filled(
            session,
            [col(Claim.technique_id).in_({row for row, _ in pairs})],
            [col(Ruling.technique_id).in_({row for row, _ in pairs})],
        )
        if (cell.technique.id, cell.issue.id) in pairs
    ]


def cells_of(
    session: Session, *, technique_id: int | None = None, issue_id: int | None = None
) -> list[FilledCell]:
    """The filled cells of a technique, or of an issue, in the order of the other vocabulary."""
    of_claims, of_rulings = [], []
    if technique_id is not None:
        of_claims.append(col(Claim.technique_id) == technique_id)
        of_rulings.append(col(Ruling.technique_id) == technique_id)
    if issue_id is not None:
        of_claims.append(col(Claim.issue_id) == issue_id)
        of_rulings.append(col(Ruling.issue_id) == issue_id)
    return _filled(session, of_claims, of_rulings)


def _filled(
    session: Session,
    of_claims: Sequence[ColumnElement[bool]],
    of_rulings: Sequence[ColumnElement[bool]],
) -> list[FilledCell]:
    cells = _cells(
        queries.claimed_stances(session, *of_claims),
        queries.current_rulings(session, *of_rulings),
        {},
    )
    techniques = queries.techniques_by_id(session, {row for row, _ in cells})
    issues = queries.issues_by_id(session, {column for _, column in cells})
    showing = queries.first_showing(session, set(techniques), set(issues))
    filled = [
        FilledCell(
            techniques[row],
            issues[column],
            cell.standing,
            cell.claims,
            _url(showing, techniques[row], issues[column]),
        )
        for (row, column), cell in cells.items()
    ]
    return sorted(
        filled,
        key=lambda cell: (
            (cell.technique.position, cell.technique.id or 0),
            (cell.issue.position, cell.issue.id or 0),
        ),
    )


def _url(showing: Mapping[Pair, str], technique: Technique, issue: Issue) -> str:
    slug = showing.get((technique.id or 0, issue.id or 0))
    return f"/comparisons/{slug}/{technique.slug}/{issue.slug}" if slug else ""
