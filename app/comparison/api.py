"""Comparisons as JSON, from the services that the pages use."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel
from sqlmodel import Session

from app.comparison import cells, claims, history, service
from app.comparison.queries import Pair
from app.comparison.rules import ClaimInput, ClaimPatch, Coverage, RulingInput
from app.comparison.states import ClaimState
from app.comparison.table import Cell, Table, Tree, claims_by_cell, get_table
from app.comparison.views import ViewInput, read_view
from app.errors import Invalid
from app.models import Claim, Issue, Stance, Technique
from app.web.api import PER_PAGE, Db, Listing, PageNumber, PerPage, etag
from app.web.forms import IfMatch

router = APIRouter(tags=["comparisons"])
ClaimId = Annotated[int, Path(ge=1, le=2**31 - 1)]


class CoverageOut(BaseModel):
    covered: int
    total: int


class BlanksOut(CoverageOut):
    """Also what a cell without anything to borrow can be, each of them counted: nobody looked,
    somebody looked and found nothing, it does not apply, it was tried and failed."""

    unexamined: int
    no_evidence: int
    inapplicable: int
    fails: int


class WholeCoverageOut(BlanksOut):
    """Also by row and column, each by its slug."""

    rows: dict[str, BlanksOut]
    columns: dict[str, BlanksOut]


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


class SaidOut(BaseModel):
    """What a cell says or said, in short."""

    stance: str
    ruled: bool
    claims: int
    supports: int
    contradicts: int


class DifferenceOut(BaseModel):
    technique: str
    issue: str
    before: SaidOut
    after: SaidOut


class SumOut(BaseModel):
    """What stands where a row or a column is folded: the best stance, how many cells have it,
    whether any two contradict each other, how many of all are examined."""

    technique: str
    issue: str
    stance: str
    count: int
    conflict: bool
    examined: int
    total: int


class ComparisonOut(BaseModel):
    """`lit` are the (technique, issue) that have the words of `q`; null where nothing is looked
    for. `differences` are from `since` on."""

    slug: str
    title: str
    title_en: str
    title_zh: str
    rows: list[NodeOut]
    columns: list[NodeOut]
    cells: list[CellOut]
    coverage: WholeCoverageOut
    sums: list[SumOut]
    lit: list[tuple[str, str]] | None
    differences: list[DifferenceOut]


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
def comparison(db: Db, slug: str, given: Annotated[ViewInput, Query()]) -> ComparisonOut:
    """The table, whole or as the parameters ask, which are those of its page.

    A technique × issue that is neither among `cells` nor left out has never been examined. A value
    that cannot be is 422, naming the parameter.
    """
    view, refused = read_view(given)
    with db.read() as session:
        table = get_table(session, slug, view)
        if problems := {**refused, **table.problems}:
            raise Invalid(problems)
        by_cell = _claims(session, table)
    rows = {row.place.id: row.technique.slug for row in table.rows}
    columns = {column.place.id: column.issue.slug for column in table.columns}
    pairs = [(row, column) for row in rows for column in columns]
    return ComparisonOut(
        slug=table.comparison.slug,
        title=table.comparison.title_en or table.comparison.title_zh,
        title_en=table.comparison.title_en,
        title_zh=table.comparison.title_zh,
        rows=[_node(row.technique, table.techniques) for row in table.rows],
        columns=[_node(column.issue, table.issues) for column in table.columns],
        cells=[
            CellOut(
                technique=rows[pair[0]],
                issue=columns[pair[1]],
                stance=table.cells[pair].standing.stance,
                ruled=table.cells[pair].standing.ruled,
                claims=by_cell.get(pair, []),
            )
            for pair in pairs
            if pair in table.cells and pair not in table.sums
        ],
        coverage=WholeCoverageOut(
            **_blanks(table.coverage).model_dump(),
            rows={row.technique.slug: _blanks(row.coverage) for row in table.rows},
            columns={column.issue.slug: _blanks(column.coverage) for column in table.columns},
        ),
        sums=[
            SumOut(
                technique=rows[pair[0]],
                issue=columns[pair[1]],
                stance=table.sums[pair].stance,
                count=table.sums[pair].count,
                conflict=table.sums[pair].conflict,
                examined=table.sums[pair].examined,
                total=table.sums[pair].total,
            )
            for pair in pairs
            if pair in table.sums
        ],
        lit=None
        if table.lit is None
        else [(rows[p[0]], columns[p[1]]) for p in pairs if p in table.lit],
        differences=[
            DifferenceOut(
                technique=each.technique.slug,
                issue=each.issue.slug,
                before=_said(each.before),
                after=_said(each.after),
            )
            for each in table.differences
        ],
    )


@router.get("/comparisons/{slug}/cells/{technique}/{issue}")
def cell(db: Db, response: Response, slug: str, technique: str, issue: str) -> CellOut:
    """A cell; its ETag changes with the ruling in force."""
    with db.read() as session:
        return _answer(session, response, slug, technique, issue)


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


def _answer(session: Session, response: Response, slug: str, technique: str, issue: str) -> CellOut:
    view = cells.get_cell(session, slug, technique, issue)
    response.headers["ETag"] = etag(view.ruling_version)
    return CellOut(
        technique=technique,
        issue=issue,
        stance=view.standing.stance,
        ruled=view.standing.ruled,
        claims=[_claim(each) for each in view.claims],
    )


def _node(node: Technique | Issue, tree: Tree) -> NodeOut:
    return NodeOut(
        slug=node.slug,
        name_en=node.name_en,
        name_zh=node.name_zh,
        parent=tree[node.parent_id].slug if node.parent_id is not None else None,
    )


def _said(cell: Cell) -> SaidOut:
    return SaidOut(
        stance=cell.standing.stance,
        ruled=cell.standing.ruled,
        claims=cell.claims,
        supports=cell.supports,
        contradicts=cell.contradicts,
    )


def _claims(session: Session, table: Table) -> dict[Pair, list[ClaimOut]]:
    if not table.view.as_of:
        return {
            pair: [_claim(each) for each in found]
            for pair, found in claims_by_cell(session, table).items()
        }
    then = history.claims_at(session, table.comparison.id or 0, table.view.as_of)
    return {
        pair: [_claim_then(number, state) for number, state in found]
        for pair, found in then.items()
    }


def _claim_then(number: int, state: ClaimState) -> ClaimOut:
    """A claim as it was; papers are named by the citation keys that they had."""
    return ClaimOut(
        id=number,
        stance=state.stance,
        confidence=state.confidence,
        source=state.source,
        rationale=state.rationale,
        dated_on=state.dated_on,
        evidence=[
            EvidenceOut(
                paper=each.name if each.paper_id else None,
                note=each.note_id,
                quote=each.quote,
                locator=each.locator,
                polarity=each.polarity,
            )
            for each in state.evidence
        ],
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
            )
            for each in claim.evidence
        ],
    )


def _blanks(coverage: Coverage) -> BlanksOut:
    return BlanksOut(
        covered=coverage.covered,
        total=coverage.total,
        unexamined=coverage.unexamined,
        no_evidence=coverage.count(Stance.NO_EVIDENCE),
        inapplicable=coverage.count(Stance.INAPPLICABLE),
        fails=coverage.count(Stance.FAILS),
    )


def _coverage(coverage: Coverage) -> CoverageOut:
    return CoverageOut(covered=coverage.covered, total=coverage.total)
