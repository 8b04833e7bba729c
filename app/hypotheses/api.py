"""The JSON routes of hypotheses."""

from typing import Annotated

from fastapi import APIRouter, Body, Path, Query, Response

from app.hypotheses import service
from app.hypotheses.rules import HypothesisInput
from app.hypotheses.schemas import (
    HypothesisChangeOut,
    HypothesisOut,
    serialize_change,
    serialize_hypothesis,
)
from app.kit.json_fields import needs
from app.models import HypothesisState
from app.web.dependencies import PER_PAGE, Db, Listing, PageNumber, PerPage, format_etag
from app.web.forms import IfMatch
from app.web.threads import Route

router = APIRouter(route_class=Route, tags=["hypotheses"])
HypothesisId = Annotated[int, Path(ge=1, le=2**31 - 1)]
_Added = Annotated[
    HypothesisInput,
    Body(json_schema_extra=needs(("technique",), ("issue",), ("mechanism", "mechanism_zh"))),
]
Slug = Annotated[str, Query(max_length=200, description="a slug: it and what is below it")]


@router.get("/hypotheses")
def hypotheses(
    db: Db,
    technique: Slug = "",
    issue: Slug = "",
    state: HypothesisState | None = None,
    number: PageNumber = 1,
    per_page: PerPage = PER_PAGE,
) -> Listing[HypothesisOut]:
    """Those to be tried, most promising first, then those that were tried."""
    with db.read() as session:
        listed = service.list_hypotheses(
            session, technique=technique, issue=issue, state=state or ""
        )
        page = listed.every[(number - 1) * per_page : number * per_page]
        items = [serialize_hypothesis(each) for each in page]
    return Listing(items=items, total=listed.total, page=number, per_page=per_page)


@router.post("/hypotheses", status_code=201)
def add_hypothesis(db: Db, given: _Added, response: Response) -> HypothesisOut:
    with db.write() as session:
        number = service.create_hypothesis(session, given).id
    response.headers["Location"] = f"/api/v1/hypotheses/{number}"
    return hypothesis(db, number, response)


@router.get("/hypotheses/{number}")
def hypothesis(db: Db, number: HypothesisId, response: Response) -> HypothesisOut:
    with db.read() as session:
        item = serialize_hypothesis(service.get_hypothesis(session, number))
    response.headers["ETag"] = format_etag(item.version)
    return item


@router.get("/hypotheses/{number}/history")
def changes_of_hypothesis(db: Db, number: HypothesisId) -> list[HypothesisChangeOut]:
    """What was changed of a hypothesis, the newest first."""
    with db.read() as session:
        row = service.get_hypothesis(session, number)
        return [serialize_change(each) for each in service.list_earlier(row)]


@router.patch("/hypotheses/{number}")
def change_hypothesis(
    db: Db, number: HypothesisId, patch: HypothesisInput, version: IfMatch, response: Response
) -> HypothesisOut:
    """Changes what the body names; all else stays. `held` or `failed` with a `result` makes a claim
    with basis `target` in its cell."""
    changes = {name: getattr(patch, name) for name in patch.model_fields_set}
    if "category" in changes and "benchmark" not in changes:
        changes["benchmark"] = None
    with db.write() as session:
        row = service.get_hypothesis(session, number)
        given = service.hypothesis_as_input(row).model_copy(update=changes)
        service.update_hypothesis(session, row.held, given, version=version)
    return hypothesis(db, number, response)


@router.delete("/hypotheses/{number}", status_code=204)
def delete_hypothesis(db: Db, number: HypothesisId, version: IfMatch) -> None:
    """Into the trash; the page of hypotheses brings it back."""
    with db.write() as session:
        held = service.get_hypothesis(session, number).held
        service.trash_hypothesis(session, held, version=version)
