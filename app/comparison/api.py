"""Comparisons as JSON, from the services that the pages use."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Body, Path, Query, Response

from app.comparison import service
from app.comparison.cells import cell_view, claim_service
from app.comparison.cells.bulk_claims import CellsInput, fill_cells
from app.comparison.cells.evidence_list import EvidenceKind, list_evidence
from app.comparison.history import record
from app.comparison.rules import (
    NEW_CLAIM,
    ClaimInput,
    ClaimPatch,
    ComparisonInput,
    RulingInput,
)
from app.comparison.schemas import (
    CellOut,
    ChangeOut,
    ClaimOut,
    ComparisonItem,
    ComparisonOut,
    DecisionInput,
    DifferenceOut,
    FilledCellsOut,
    ListedEvidenceOut,
    SkippedCellOut,
    UndoInput,
    serialize_claim,
    serialize_comparison,
    serialize_coverage,
    serialize_listed_evidence,
)
from app.comparison.table.build import claims_by_cell, get_table
from app.comparison.table.table_filters import ViewInput, read_view
from app.comparison.table.thumbnails import list_thumbnails
from app.errors import Invalid
from app.kit.json_fields import MOMENT, needs, shaped
from app.web.dependencies import PER_PAGE, Db, Listing, PageNumber, PerPage, format_etag
from app.web.forms import IfMatch
from app.web.threads import Route

router = APIRouter(route_class=Route, tags=["comparisons"])

_Added = Annotated[
    ComparisonInput,
    Body(json_schema_extra=needs(("title_en", "title_zh"), ("rows",), ("columns",))),
]
_AddedClaim = Annotated[ClaimInput, Body(json_schema_extra=NEW_CLAIM)]
AsOf = Annotated[
    str, Query(description="a date, a time, the number of a change"), shaped(MOMENT, 40)
]
ClaimId = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.get("/comparisons")
def comparisons(
    db: Db, page: PageNumber = 1, per_page: PerPage = PER_PAGE
) -> Listing[ComparisonItem]:
    with db.read() as session:
        every = list_thumbnails(session)
    items = [
        ComparisonItem(
            slug=each.comparison.slug,
            title=each.comparison.title_en or each.comparison.title_zh,
            title_en=each.comparison.title_en,
            title_zh=each.comparison.title_zh,
            rows=len(each.rows),
            columns=len(each.columns),
            claims=each.claims,
            coverage=serialize_coverage(each.coverage),
            changed_at=each.changed,
        )
        for each in every[(page - 1) * per_page : page * per_page]
    ]
    return Listing(items=items, total=len(every), page=page, per_page=per_page)


@router.post("/comparisons", status_code=201)
def add_comparison(db: Db, given: _Added, response: Response) -> ComparisonOut:
    """A new one; without a slug it gets one from its title. 409 where another has that slug."""
    with db.write() as session:
        slug = service.create_comparison(session, given).slug
    response.headers["Location"] = f"/api/v1/comparisons/{quote(slug)}"
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
        given = service.comparison_as_input(session, found).model_copy(update=changes)
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
        response.headers["ETag"] = format_etag(table.comparison.version)
        return serialize_comparison(table, claims_by_cell(session, table))


@router.get("/comparisons/{slug}/cells/{technique}/{issue}")
def cell(
    db: Db, response: Response, slug: str, technique: str, issue: str, as_of: AsOf = ""
) -> CellOut:
    """A cell, now or as of a date, a time or a change; its ETag changes with the ruling."""
    at = record.parse_as_of(as_of) if as_of else None
    with db.read() as session:
        pair = service.find_cell(session, slug, technique, issue)
        said = cell_view.read_cell(session, pair, at=at)
    response.headers["ETag"] = format_etag(said.ruling_version)
    return CellOut(
        technique=technique,
        issue=issue,
        stance=said.standing.stance,
        ruled=said.standing.ruled,
        claims=[serialize_claim(each) for each in said.claims],
    )


@router.get("/comparisons/{slug}/cells/{technique}/{issue}/history")
def changes_of_cell(db: Db, slug: str, technique: str, issue: str) -> list[ChangeOut]:
    """Every change of a cell, newest first."""
    with db.read() as session:
        pair = service.find_cell(session, slug, technique, issue)
        changes = cell_view.list_changes(session, pair)
    return [
        ChangeOut(
            number=each.row.id,
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
        for each in changes
    ]


@router.post("/comparisons/{slug}/cells/{technique}/{issue}/undo")
def undo(
    db: Db, response: Response, slug: str, technique: str, issue: str, given: UndoInput
) -> CellOut:
    """Takes one change back; 409 where its claim or ruling was changed again since."""
    with db.write() as session:
        pair = service.find_cell(session, slug, technique, issue)
        record.undo_change(session, given.change, cell=pair)
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
        pair = service.find_cell(session, slug, technique, issue)
        if given.stance is None:
            claim_service.withdraw_ruling(session, pair, version=if_match)
        else:
            claim_service.rule_cell(
                session,
                pair,
                stance=given.stance,
                rationale=given.rationale,
                version=if_match,
            )
    return cell(db, response, slug, technique, issue)


@router.post("/comparisons/{slug}/cells")
def fill_blank_cells(db: Db, slug: str, given: CellsInput) -> FilledCellsOut:
    """The same claim in every cell of a region that nobody has examined: not applicable, or looked
    and found nothing. One change, which `POST /changes/{id}/undo` takes back."""
    with db.write() as session:
        done = fill_cells(session, slug, given)
    skipped = [
        SkippedCellOut(technique=each.technique, issue=each.issue, why=str(each.why))
        for each in done.skipped
    ]
    return FilledCellsOut(changed=done.changed, skipped=skipped, change=done.change)


@router.post("/comparisons/{slug}/cells/{technique}/{issue}/claims", status_code=201)
def add_claim(
    db: Db, response: Response, slug: str, technique: str, issue: str, given: _AddedClaim
) -> ClaimOut:
    with db.write() as session:
        pair = service.find_cell(session, slug, technique, issue)
        added = claim_service.add_claim(session, pair, given)
        number = added.id
    response.headers["Location"] = f"/api/v1/claims/{number}"
    return claim(db, response, number)


@router.get("/claims/{number}")
def claim(db: Db, response: Response, number: ClaimId) -> ClaimOut:
    with db.read() as session:
        found = claim_service.get_claim(session, number)
        response.headers["ETag"] = format_etag(found.version)
        return serialize_claim(found)


@router.patch("/claims/{number}")
def change_claim(
    db: Db, response: Response, number: ClaimId, given: ClaimPatch, if_match: IfMatch
) -> ClaimOut:
    with db.write() as session:
        found = claim_service.get_claim(session, number)
        claim_service.update_claim(session, found, given, version=if_match)
    return claim(db, response, number)


@router.get("/evidence")
def evidence(
    db: Db,
    standing: EvidenceKind = EvidenceKind.STALE,
    comparison: str = "",
    paper: str = "",
    page: PageNumber = 1,
    per_page: PerPage = PER_PAGE,
) -> Listing[ListedEvidenceOut]:
    """Evidence by how its quotation stands, or what is to be done with it; of the cells of one
    comparison, by its slug, or of one paper, by its citation key."""
    with db.read() as session:
        found = list_evidence(
            session, standing, comparison=comparison, paper=paper, page=page, per_page=per_page
        )
        items = list(map(serialize_listed_evidence, found.items))
    return Listing(items=items, total=found.total, page=page, per_page=per_page)


@router.post("/evidence/{number}")
def check_evidence(
    db: Db, response: Response, number: ClaimId, given: DecisionInput, if_match: IfMatch
) -> ClaimOut:
    """The reader has looked at a piece of evidence: it is kept as it is quoted, or gets the words
    and the place that are given. Answers its claim."""
    with db.write() as session:
        found = claim_service.get_claim_of_evidence(session, number)
        claim_service.check_evidence(
            session,
            found,
            number,
            quote=given.quote or None,
            locator=given.locator or None,
            version=if_match,
        )
        claim_number = found.id
    return claim(db, response, claim_number)


@router.delete("/claims/{number}", status_code=204)
def delete_claim(db: Db, number: ClaimId, if_match: IfMatch) -> None:
    with db.write() as session:
        claim_service.delete_claim(
            session, claim_service.get_claim(session, number), version=if_match
        )
