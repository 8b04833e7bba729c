"""A cell with everything its page shows, and the filled cells of a paper, technique or issue."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields

from sqlmodel import Session, col

from app.comparison import queries
from app.comparison.cells.claim_service import note_number
from app.comparison.history import record
from app.comparison.history.record import Moment
from app.comparison.history.snapshots import SnapshotDifference, compare_snapshots
from app.comparison.queries import Pair
from app.comparison.rules import AxisPlace, NoteTitle, PaperTitle, TreeNode, tree_order
from app.comparison.service import get_comparison, no_cell
from app.comparison.table.build import cells_from, parents_of
from app.errors import N_, Invalid, Message
from app.kit.trees import preorder
from app.models import Basis, CellChange, Claim, Comparison, Issue, Ruling, Subject, Technique
from app.models.stances import BASES, CONTESTED, CellStanding, SaidByClaim, cell_stance

SUGGESTIONS = 80  # papers and notes offered while typing; any other can be named too


@dataclass(frozen=True)
class Neighbour:
    """The filled cell before or after another, in reading order."""

    technique: TreeNode
    issue: TreeNode


@dataclass(frozen=True)
class Change:
    """A change of a cell and what it did; the newest of each claim and ruling can be taken back."""

    row: CellChange
    differences: list[SnapshotDifference]
    can_be_undone: bool


@dataclass(frozen=True)
class CellView:
    """A cell with everything its page shows."""

    comparison: Comparison
    technique: TreeNode
    issue: TreeNode
    standing: CellStanding
    ruling: Ruling | None
    ruling_version: int  # 0 where nobody has ever ruled
    claims: list[Claim]
    changes: list[Change]
    renewed: set[int]  # claims whose basis was set when claims got one, and not by a reader
    papers: list[PaperTitle]
    before: Neighbour | None
    after: Neighbour | None


@dataclass(frozen=True)
class FilledCell:
    """A cell as the pages of its technique and issue show it."""

    technique: Technique
    issue: Issue
    standing: CellStanding
    claims: int
    url: str


@dataclass(frozen=True)
class CellState:
    """What a cell says; `ruling_version` is 0 where nobody has ever ruled."""

    standing: CellStanding
    ruling: Ruling | None
    ruling_version: int
    claims: list[Claim]


def read_cell(session: Session, cell: Pair, *, at: Moment | None = None) -> CellState:
    """What a cell says, now or as it was; its claims with their evidence, oldest first."""
    held = queries.rulings_of_cells(session, [cell]).get(cell)
    ruling = held if held and held.is_current else None
    if at is None:
        claims = queries.claims_of_cell(session, *cell)
    else:
        claims, ruling = record.cell_at(session, cell, at)
    stances = [(claim.stance, claim.confidence, claim.basis) for claim in claims]
    return CellState(
        standing=cell_stance(ruling.stance if ruling else None, stances),
        ruling=ruling,
        ruling_version=held.version if held else 0,
        claims=claims,
    )


def list_changes(session: Session, cell: Pair) -> list[Change]:
    """Every change of a cell, newest first."""
    seen: set[tuple[str, int]] = set()
    told = []
    for row in record.list_cell_changes(session, cell):
        about = (row.subject, row.claim_id)
        told.append(Change(row, compare_snapshots(row.before, row.after), about not in seen))
        seen.add(about)
    return told


def get_cell(
    session: Session, slug: str, technique: str, issue: str, *, at: Moment | None = None
) -> CellView:
    """A cell of a comparison, now or as it was.

    Raises NotFound where the comparison does not show it.
    """
    comparison = get_comparison(session, slug)
    number = comparison.id
    # Of a large table only the cell's own row and column, and its neighbours', are read whole.
    techniques, rows = queries.axis(session, Technique, number)
    issues, columns = queries.axis(session, Issue, number)
    row = next((each for each in rows if techniques[each].slug == technique), None)
    column = next((each for each in columns if issues[each].slug == issue), None)
    if row is None or column is None:
        raise no_cell(slug, technique, issue)
    pair = (row, column)
    said = read_cell(session, pair, at=at)
    near = _near(
        tree_order(rows, parents_of(techniques)), {row, *queries.filled_rows(session, number)}, row
    )
    changes = list_changes(session, pair)
    before, after = _neighbours(
        near,
        tree_order(columns, parents_of(issues)),
        {pair, *queries.filled_in(session, number, [place.id for place in near])},
        pair,
    )
    return CellView(
        comparison=comparison,
        technique=techniques[row],
        issue=issues[column],
        standing=said.standing,
        ruling=said.ruling,
        ruling_version=said.ruling_version,
        claims=said.claims,
        changes=changes,
        renewed={
            each.row.claim_id
            for each in changes
            if each.can_be_undone
            and each.row.subject == Subject.CLAIM
            and "basis" not in (each.row.after or {"basis": None})
        },
        papers=queries.papers_carrying(session, [pair[0]], limit=SUGGESTIONS),
        before=Neighbour(techniques[before[0]], issues[before[1]]) if before else None,
        after=Neighbour(techniques[after[0]], issues[after[1]]) if after else None,
    )


def _near(rows: Sequence[AxisPlace], filled: Collection[int], row: int) -> list[AxisPlace]:
    """A row with the filled ones before and after it: the next cell is in one of the three."""
    places = [place for place in rows if place.id in filled]
    at = next(number for number, place in enumerate(places) if place.id == row)
    return places[max(at - 1, 0) : at + 2]


def _neighbours(
    rows: Sequence[AxisPlace], columns: Sequence[AxisPlace], filled: Collection[Pair], pair: Pair
) -> tuple[Pair | None, Pair | None]:
    reading = [
        (row.id, column.id) for row in rows for column in columns if (row.id, column.id) in filled
    ]
    at = reading.index(pair)
    before = reading[at - 1] if at else None
    after = reading[at + 1] if at + 1 < len(reading) else None
    return before, after


def suggest_sources(session: Session, view: CellView) -> tuple[list[PaperTitle], list[NoteTitle]]:
    """Papers and notes that evidence is likely to come from: the technique's own come first."""
    papers = {paper.id: paper for paper in view.papers}
    for paper in queries.latest_cited_papers(session, limit=SUGGESTIONS - len(papers)):
        papers.setdefault(paper.id, paper)
    return list(papers.values()), queries.latest_notes(session, limit=SUGGESTIONS)


@dataclass(frozen=True)
class Destinations:
    """Where a passage can be evidence: rows and columns of all comparisons as trees, and the
    techniques that its paper carries, which come first."""

    likely: list[Technique]
    techniques: list[tuple[Technique, int]]
    issues: list[tuple[Issue, int]]


def list_destinations(session: Session, source: str) -> Destinations:
    carried = queries.techniques_of_source(session, source, note_number(source))
    techniques = preorder(queries.shown_techniques(session))
    return Destinations(
        [each for each, _ in techniques if each.id in carried],
        techniques,
        preorder(queries.shown_issues(session)),
    )


def address_of(session: Session, technique: str, issue: str) -> str:
    """The address of a cell in the first comparison that shows it.

    Raises Invalid, on `technique` or `issue`, where none is chosen or no comparison shows the two.
    """
    row = queries.techniques_named(session, [technique]).get(technique)
    column = queries.issues_named(session, [issue]).get(issue)
    errors: dict[str, Message] = {}
    if row is None:
        errors["technique"] = Message.of(N_("Choose a technique."))
    if column is None:
        errors["issue"] = Message.of(N_("Choose an issue."))
    if row is None or column is None:
        raise Invalid(errors)
    url = _url(queries.first_showing(session, [row.id], [column.id]), row, column)
    if not url:
        raise Invalid.field("issue", N_("No comparison shows these two together."))
    return url


def cells_citing(session: Session, *, paper_id: int) -> list[FilledCell]:
    """The cells of which a claim quotes a paper or a note about it, as they stand now."""
    pairs = queries.cells_quoting(session, paper_id)
    rows = {row for row, _ in pairs}
    return [
        cell
        for cell in _filled(
            session,
            queries.claimed_stances(session, col(Claim.technique_id).in_(rows)),
            queries.current_rulings(session, col(Ruling.technique_id).in_(rows)),
        )
        if (cell.technique.id, cell.issue.id) in pairs
    ]


@dataclass(frozen=True)
class KnownCell(FilledCell):
    """A cell with what it rests on. `positions` are its claims by the stance they take; of a cell
    that is not contested, `said` are those that say what it says."""

    positions: Mapping[str, list[Claim]]

    @property
    def said(self) -> list[Claim]:
        return self.positions.get(self.standing.stance, [])


@dataclass(frozen=True)
class Known:
    """What is known of a technique or an issue: cells by where it was shown, the strongest basis
    first, and those whose claims contradict each other."""

    by_basis: Mapping[Basis, list[KnownCell]]
    disputed: list[KnownCell]

    @property
    def cells(self) -> list[KnownCell]:
        return [*(cell for cells in self.by_basis.values() for cell in cells), *self.disputed]


def list_known(session: Session, term: Technique | Issue) -> Known:
    """The filled cells of a technique, or of an issue, in the order of the other vocabulary, with
    their claims and evidence; a constant number of statements."""
    of_claims, of_ruling = (
        (col(Claim.technique_id) == term.id, col(Ruling.technique_id) == term.id)
        if isinstance(term, Technique)
        else (col(Claim.issue_id) == term.id, col(Ruling.issue_id) == term.id)
    )
    positions: dict[Pair, dict[str, list[Claim]]] = defaultdict(lambda: defaultdict(list))
    said: dict[Pair, list[SaidByClaim]] = defaultdict(list)
    for claim in queries.claims_about(session, of_claims):
        pair = claim.technique_id, claim.issue_id
        positions[pair][claim.stance].append(claim)
        said[pair].append((claim.stance, claim.confidence, claim.basis))
    rulings = queries.current_rulings(session, of_ruling)
    cells = [
        KnownCell(
            **{each.name: getattr(cell, each.name) for each in fields(cell)},
            positions=positions[cell.technique.id, cell.issue.id],
        )
        for cell in _filled(session, said, rulings, term)
    ]
    agreed = [cell for cell in cells if cell.standing.stance != CONTESTED]
    return Known(
        {
            basis: found
            for basis in BASES
            if (found := [cell for cell in agreed if cell.standing.basis == basis])
        },
        [cell for cell in cells if cell.standing.stance == CONTESTED],
    )


def _filled(
    session: Session,
    claims: Mapping[Pair, Sequence[SaidByClaim]],
    rulings: Mapping[Pair, str],
    term: Technique | Issue | None = None,
) -> list[FilledCell]:
    """The cells with these claims and rulings; where all are of one `term`, that is not read."""
    cells = cells_from(claims, rulings, {})
    techniques = (
        {term.id: term}
        if isinstance(term, Technique)
        else queries.select_techniques_by_id(session, {row for row, _ in cells})
    )
    issues = (
        {term.id: term}
        if isinstance(term, Issue)
        else queries.select_issues_by_id(session, {column for _, column in cells})
    )
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
            (cell.technique.position, cell.technique.id),
            (cell.issue.position, cell.issue.id),
        ),
    )


def _url(showing: Mapping[Pair, str], technique: Technique, issue: Issue) -> str:
    slug = showing.get((technique.id, issue.id))
    return f"/comparisons/{slug}/{technique.slug}/{issue.slug}" if slug else ""
