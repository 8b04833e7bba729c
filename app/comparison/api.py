"""Comparisons as JSON, from the services that the pages use."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from app.comparison import cells, claims, history, service
from app.comparison.queries import Pair
from app.comparison.rules import ClaimInput, ClaimPatch, Concern, Coverage, RulingInput
from app.comparison.table import Cell, Table, Tree, claims_by_cell, get_table
from app.models import Claim, Subject
from app.web.api import PER_PAGE, Db, Listing, PageNumber, PerPage, etag
from app.web.forms import IfMatch

router = APIRouter(tags=["comparisons"])
ClaimId = Annotated[int, Path(ge=1, le=2**31 - 1)]


class CoverageOut(BaseModel):
    covered: int
    total: int


class WholeCoverageOut(CoverageOut):
    """Also by row and column, each by its slug."""

    rows: dict[str, CoverageOut]
    columns: dict[str, CoverageOut]


class ComparisonItem(BaseModel):
    slug: str
    title: str
    title_en: str
    title_zh: str
    rows: int
    columns: int
    claims: int
    coverage: CoverageOut


class NodeOut(BaseModel):
    """A row or a column; `parent` is a slug of the vocabulary, shown in the table or not."""

    slug: str
    name_en: str
    name_zh: str
    parent: str | None


class EvidenceOut(BaseModel):
    paper: str | None
    note: int | None
    quote: str
    locator: str
    polarity: str
    concerns: list[Concern] = Field(
        description="why it wants to be looked at again: its quotation stands no more, …"
    )


class ClaimOut(BaseModel):
    id: int
    stance: str
    confidence: str
    source: str
    rationale: str
    dated_on: date
    evidence: list[EvidenceOut]


class CellOut(BaseModel):
    """A cell; `stance` is "" where nobody has looked, `contested` where the claims disagree."""

    technique: str
    issue: str
    stance: str
    ruled: bool
    claims: list[ClaimOut]


class DifferenceOut(BaseModel):
    field: str
    was: str
    now: str


class ChangeOut(BaseModel):
    """A change of a cell, as of which it and its comparison can be read: `as_of=NUMBER`."""

    number: int
    subject: Subject
    claim: int | None
    at: datetime
    by: str = Field(description="empty: the reader; else what did it, such as an import")
    why: str
    undoes: int | None
    can_be_undone: bool
    differences: list[DifferenceOut]


class UndoInput(BaseModel):
    model_config = ConfigDict(extra="forbid")

    change: int = Field(ge=1, le=2**31 - 1)


class ComparisonOut(BaseModel):
    slug: str
    title: str
    title_en: str
    title_zh: str
    rows: list[NodeOut]
    columns: list[NodeOut]
    cells: list[CellOut]
    coverage: WholeCoverageOut


@router.get("/comparisons")
def comparisons(
    db: Db, page: PageNumber = 1, per_page: PerPage = PER_PAGE
) -> Listing[ComparisonItem]:
    with db.read() as session:
        every = service.overview(session)
    items = [
        ComparisonItem(
            slug=each.comparison.slug,
            title=each.comparison.title_en or each.comparison.title_zh,
            title_en=each.comparison.title_en,
            title_zh=each.comparison.title_zh,
            rows=each.rows,
            columns=each.columns,
            claims=each.claims,
            coverage=_coverage(each.coverage),
        )
        for each in every[(page - 1) * per_page : page * per_page]
    ]
    return Listing(items=items, total=len(every), page=page, per_page=per_page)


@router.get("/comparisons/{slug}")
def comparison(db: Db, slug: str) -> ComparisonOut:
    """The whole table; a technique × issue that is not among `cells` has never been examined."""
    with db.read() as session:
        table = get_table(session, slug)
        by_cell = claims_by_cell(session, table)
    rows = {row.technique.id or 0: row.technique.slug for row in table.rows}
    columns = {column.issue.id or 0: column.issue.slug for column in table.columns}
    return ComparisonOut(
        slug=table.comparison.slug,
        title=table.comparison.title_en or table.comparison.title_zh,
        title_en=table.comparison.title_en,
        title_zh=table.comparison.title_zh,
        rows=[
            NodeOut(
                slug=row.technique.slug,
                name_en=row.technique.name_en,
                name_zh=row.technique.name_zh,
                parent=_slug(table.techniques, row.technique.parent_id),
            )
            for row in table.rows
        ],
        columns=[
            NodeOut(
                slug=column.issue.slug,
                name_en=column.issue.name_en,
                name_zh=column.issue.name_zh,
                parent=_slug(table.issues, column.issue.parent_id),
            )
            for column in table.columns
        ],
        cells=[
            _cell(rows[pair[0]], columns[pair[1]], table.cells[pair], by_cell.get(pair, []))
            for pair in _reading_order(table)
        ],
        coverage=WholeCoverageOut(
            covered=table.coverage.covered,
            total=table.coverage.total,
            rows={row.technique.slug: _coverage(row.coverage) for row in table.rows},
            columns={column.issue.slug: _coverage(column.coverage) for column in table.columns},
        ),
    )


@router.get("/comparisons/{slug}/cells/{technique}/{issue}")
def cell(
    db: Db, response: Response, slug: str, technique: str, issue: str, as_of: str = ""
) -> CellOut:
    """A cell, now or as of a date, a time or a change; its ETag changes with the ruling."""
    at = history.moment(as_of) if as_of else None
    with db.read() as session:
        view = cells.get_cell(session, slug, technique, issue, at=at)
    response.headers["ETag"] = etag(view.ruling_version)
    return CellOut(
        technique=technique,
        issue=issue,
        stance=view.standing.stance,
        ruled=view.standing.ruled,
        claims=[_claim(each) for each in view.claims],
    )


@router.get("/comparisons/{slug}/cells/{technique}/{issue}/history")
def changes_of_cell(db: Db, slug: str, technique: str, issue: str) -> list[ChangeOut]:
    """Every change of a cell, newest first."""
    with db.read() as session:
        view = cells.get_cell(session, slug, technique, issue)
    return [
        ChangeOut(
            number=each.row.id or 0,
            subject=each.row.subject,
            claim=each.row.claim_id or None,
            at=each.row.at,
            by=each.row.by,
            why=each.row.why,
            undoes=each.row.undoes,
            can_be_undone=each.can_be_undone,
            differences=[
                DifferenceOut(field=name, was=was, now=now) for name, was, now in each.differences
            ],
        )
        for each in view.changes
    ]


@router.post("/comparisons/{slug}/cells/{technique}/{issue}/undo")
def undo(
    db: Db, response: Response, slug: str, technique: str, issue: str, given: UndoInput
) -> CellOut:
    """Takes one change back; 409 where its claim or ruling was changed again since."""
    with db.write() as session:
        view = cells.get_cell(session, slug, technique, issue)
        history.undo(session, given.change, cell=(view.technique.id or 0, view.issue.id or 0))
    return cell(db, response, slug, technique, issue)


@router.put("/comparisons/{slug}/cells/{technique}/{issue}")
def rule(
    db: Db,
    response: Response,
    slug: str,
    technique: str,
    issue: str,
    given: RulingInput,
    if_match: IfMatch,
) -> CellOut:
    """The reader's ruling; a stance of null takes it back."""
    with db.write() as session:
        cells.get_cell(session, slug, technique, issue)
        if given.stance is None:
            claims.withdraw_ruling(session, technique=technique, issue=issue, version=if_match)
        else:
            claims.rule(
                session,
                technique=technique,
                issue=issue,
                stance=given.stance,
                rationale=given.rationale,
                version=if_match,
            )
    return cell(db, response, slug, technique, issue)


@router.post("/comparisons/{slug}/cells/{technique}/{issue}/claims", status_code=201)
def add_claim(
    db: Db, response: Response, slug: str, technique: str, issue: str, given: ClaimInput
) -> ClaimOut:
    with db.write() as session:
        cells.get_cell(session, slug, technique, issue)
        added = claims.add_claim(session, technique=technique, issue=issue, given=given)
        number = added.id or 0
    response.headers["Location"] = f"/api/v1/claims/{number}"
    return claim(db, response, number)


@router.get("/claims/{number}")
def claim(db: Db, response: Response, number: ClaimId) -> ClaimOut:
    with db.read() as session:
        found = claims.get_claim(session, number)
        response.headers["ETag"] = etag(found.version)
        return _claim(found)


@router.patch("/claims/{number}")
def change_claim(
    db: Db, response: Response, number: ClaimId, given: ClaimPatch, if_match: IfMatch
) -> ClaimOut:
    with db.write() as session:
        found = claims.get_claim(session, number)
        claims.update_claim(session, found, given, version=if_match)
    return claim(db, response, number)


@router.delete("/claims/{number}", status_code=204)
def delete_claim(db: Db, number: ClaimId, if_match: IfMatch) -> None:
    with db.write() as session:
        claims.delete_claim(session, claims.get_claim(session, number), version=if_match)


def _reading_order(table: Table) -> list[Pair]:
    pairs = (
        (row.technique.id or 0, column.issue.id or 0)
        for row in table.rows
        for column in table.columns
    )
    return [pair for pair in pairs if pair in table.cells]


def _slug(tree: Tree, number: int | None) -> str | None:
    return tree[number].slug if number is not None else None


def _cell(technique: str, issue: str, cell: Cell, made: list[Claim]) -> CellOut:
    return CellOut(
        technique=technique,
        issue=issue,
        stance=cell.standing.stance,
        ruled=cell.standing.ruled,
        claims=[_claim(each) for each in made],
    )


def _claim(claim: Claim) -> ClaimOut:
    return ClaimOut(
        id=claim.id or 0,
        stance=claim.stance,
        confidence=claim.confidence,
        source=claim.source,
        rationale=claim.rationale,
        dated_on=claim.dated_on,
        evidence=[
            EvidenceOut(
                paper=each.paper.citekey if each.paper else None,
                note=each.note_id,
                quote=each.quote,
                locator=each.locator,
                polarity=each.polarity,
                concerns=claims.concerns_of(each),
            )
            for each in claim.evidence
        ],
    )


def _coverage(coverage: Coverage) -> CoverageOut:
    return CoverageOut(covered=coverage.covered, total=coverage.total)
