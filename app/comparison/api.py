"""Comparisons as JSON, from the services that the pages use."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from app.comparison import service
from app.comparison.cells import cell_view, claim_service
from app.comparison.history import record
from app.comparison.queries import Pair
from app.comparison.rules import (
    ClaimInput,
    ClaimPatch,
    ComparisonInput,
    Concern,
    Coverage,
    RulingInput,
)
from app.comparison.table.build import Cell, Table, Tree, claims_by_cell, get_table
from app.comparison.table.table_filters import ViewInput, read_view
from app.comparison.table.thumbnails import sketches
from app.errors import Invalid
from app.models import Claim, Issue, Stance, Subject, Technique
from app.web.dependencies import PER_PAGE, Db, Listing, PageNumber, PerPage, etag
from app.web.forms import IfMatch
from app.web.threads import Route

router = APIRouter(route_class=Route, tags=["comparisons"])
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
    coverage: BlanksOut
    changed_at: datetime


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


class SaidOut(BaseModel):
    """What a cell says or said, in short."""

    stance: str
    ruled: bool
    claims: int
    supports: int
    contradicts: int


class CellDifferenceOut(BaseModel):
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
    description_en: str
    description_zh: str
    source_field: str | None
    target_field: str | None
    rows: list[NodeOut]
    columns: list[NodeOut]
    cells: list[CellOut]
    coverage: WholeCoverageOut
    sums: list[SumOut]
    lit: list[tuple[str, str]] | None
    differences: list[CellDifferenceOut]


@router.get("/comparisons")
def comparisons(
    db: Db, page: PageNumber = 1, per_page: PerPage = PER_PAGE
) -> Listing[ComparisonItem]:
    with db.read() as session:
        every = sketches(session)
    items = [
        ComparisonItem(
            slug=each.comparison.slug,
            title=each.comparison.title_en or each.comparison.title_zh,
            title_en=each.comparison.title_en,
            title_zh=each.comparison.title_zh,
            rows=len(each.rows),
            columns=len(each.columns),
            claims=each.claims,
            coverage=_blanks(each.coverage),
            changed_at=each.changed,
        )
        for each in every[(page - 1) * per_page : page * per_page]
    ]
    return Listing(items=items, total=len(every), page=page, per_page=per_page)


@router.post("/comparisons", status_code=201)
def add_comparison(db: Db, given: ComparisonInput, response: Response) -> ComparisonOut:
    """A new one; without a slug it gets one from its title. 409 where another has that slug."""
    with db.write() as session:
        slug = service.create_comparison(session, given).slug
    response.headers["Location"] = f"/api/v1/comparisons/{slug}"
    return comparison(db, slug, response, ViewInput())


@router.put("/comparisons/{slug}")
def replace_comparison(
    db: Db, slug: str, given: ComparisonInput, version: IfMatch, response: Response
) -> ComparisonOut:
    """All of it as the body says; only the slug stays where the body names none."""
    with db.write() as session:
        found = service.get_comparison(session, slug)
        service.update_comparison(session, found, given, version=version)
        slug = found.slug
    return comparison(db, slug, response, ViewInput())


@router.patch("/comparisons/{slug}")
def change_comparison(
    db: Db, slug: str, patch: ComparisonInput, version: IfMatch, response: Response
) -> ComparisonOut:
    """Changes what the body names; `rows` and `columns` replace all there were."""
    changes = {name: getattr(patch, name) for name in patch.model_fields_set}
    with db.write() as session:
        found = service.get_comparison(session, slug)
        given = service.as_input(session, found).model_copy(update=changes)
        service.update_comparison(session, found, given, version=version)
        slug = found.slug
    return comparison(db, slug, response, ViewInput())


@router.delete("/comparisons/{slug}", status_code=204)
def delete_comparison(db: Db, slug: str, version: IfMatch) -> None:
    """Claims and rulings belong to technique × issue, and stay."""
    with db.write() as session:
        service.delete_comparison(session, service.get_comparison(session, slug), version=version)


@router.get("/comparisons/{slug}")
def comparison(
    db: Db, slug: str, response: Response, given: Annotated[ViewInput, Query()]
) -> ComparisonOut:
    """The table, whole or as the parameters ask, which are those of its page.

    A technique × issue that is neither among `cells` nor left out has never been examined. A value
    that cannot be is 422, naming the parameter.
    """
    view, refused = read_view(given)
    with db.read() as session:
        table = get_table(session, slug, view)
        if problems := {**refused, **table.problems}:
            raise Invalid(problems)
        response.headers["ETag"] = etag(table.comparison.version)
        return answer(table, claims_by_cell(session, table))


def answer(table: Table, by_cell: Mapping[Pair, list[Claim]]) -> ComparisonOut:
    """A comparison as the API answers it."""
    rows = {row.place.id: row.technique.slug for row in table.rows}
    columns = {column.place.id: column.issue.slug for column in table.columns}
    pairs = [(row, column) for row in rows for column in columns]
    source, target = table.comparison.source_field, table.comparison.target_field
    return ComparisonOut(
        slug=table.comparison.slug,
        title=table.comparison.title_en or table.comparison.title_zh,
        title_en=table.comparison.title_en,
        title_zh=table.comparison.title_zh,
        description_en=table.comparison.description_en,
        description_zh=table.comparison.description_zh,
        source_field=source.slug if source else None,
        target_field=target.slug if target else None,
        rows=[_node(row.technique, table.techniques) for row in table.rows],
        columns=[_node(column.issue, table.issues) for column in table.columns],
        cells=[
            CellOut(
                technique=rows[pair[0]],
                issue=columns[pair[1]],
                stance=table.cells[pair].standing.stance,
                ruled=table.cells[pair].standing.ruled,
                claims=[_claim(each) for each in by_cell.get(pair, ())],
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
            CellDifferenceOut(
                technique=each.technique.slug,
                issue=each.issue.slug,
                before=_said(each.before),
                after=_said(each.after),
            )
            for each in table.differences
        ],
    )


@router.get("/comparisons/{slug}/cells/{technique}/{issue}")
def cell(
    db: Db, response: Response, slug: str, technique: str, issue: str, as_of: str = ""
) -> CellOut:
    """A cell, now or as of a date, a time or a change; its ETag changes with the ruling."""
    at = record.moment(as_of) if as_of else None
    with db.read() as session:
        view = cell_view.get_cell(session, slug, technique, issue, at=at)
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
        view = cell_view.get_cell(session, slug, technique, issue)
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
        view = cell_view.get_cell(session, slug, technique, issue)
        record.undo(session, given.change, cell=(view.technique.id or 0, view.issue.id or 0))
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
        cell_view.get_cell(session, slug, technique, issue)
        if given.stance is None:
            claim_service.withdraw_ruling(
                session, technique=technique, issue=issue, version=if_match
            )
        else:
            claim_service.rule(
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
        cell_view.get_cell(session, slug, technique, issue)
        added = claim_service.add_claim(session, technique=technique, issue=issue, given=given)
        number = added.id or 0
    response.headers["Location"] = f"/api/v1/claims/{number}"
    return claim(db, response, number)


@router.get("/claims/{number}")
def claim(db: Db, response: Response, number: ClaimId) -> ClaimOut:
    with db.read() as session:
        found = claim_service.get_claim(session, number)
        response.headers["ETag"] = etag(found.version)
        return _claim(found)


@router.patch("/claims/{number}")
def change_claim(
    db: Db, response: Response, number: ClaimId, given: ClaimPatch, if_match: IfMatch
) -> ClaimOut:
    with db.write() as session:
        found = claim_service.get_claim(session, number)
        claim_service.update_claim(session, found, given, version=if_match)
    return claim(db, response, number)


@router.delete("/claims/{number}", status_code=204)
def delete_claim(db: Db, number: ClaimId, if_match: IfMatch) -> None:
    with db.write() as session:
        claim_service.delete_claim(
            session, claim_service.get_claim(session, number), version=if_match
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
                concerns=claim_service.concerns_of(each),
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
