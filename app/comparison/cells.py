"""A cell with everything its page shows, and the filled cells of a paper, technique or issue."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement
from sqlmodel import Session, col

from app.comparison import queries
from app.comparison.queries import Pair
from app.comparison.rules import Place, Standing, arrange, standing
from app.comparison.service import get_comparison
from app.comparison.table import cells_from, parents_of
from app.errors import N_, NotFound
from app.models import Claim, Comparison, Issue, Note, Paper, Ruling, Technique
from app.text import tidy_line

SUGGESTIONS = 80  # papers and notes offered while typing; any other can be named too


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
    ruling_version: int  # 0 where nobody has ever ruled
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
    held = queries.rulings_of_cells(session, [pair]).get(pair)
    ruling = held if held and held.is_current else None
    claims = queries.claims_of_cell(session, *pair)
    stances = [(claim.stance, claim.confidence) for claim in claims]
    before, after = _neighbours(
        arrange(list(rows), parents_of(queries.branches(session, Technique))),
        arrange(list(columns), parents_of(queries.branches(session, Issue))),
        {pair, *queries.filled_in(session, number)},
        pair,
    )
    return CellView(
        comparison=comparison,
        technique=row,
        issue=column,
        standing=standing(ruling.stance if ruling else None, stances),
        ruling=ruling,
        ruling_version=held.version if held else 0,
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
    cells = cells_from(
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
