"""The JSON routes of correspondences."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Body, Query, Response

from app.correspondences import service
from app.correspondences.rules import CorrespondenceInput
from app.correspondences.schemas import CorrespondenceItem, serialize_correspondence
from app.kit.json_fields import needs
from app.web.dependencies import PER_PAGE, Db, Listing, PageNumber, PerPage, format_etag
from app.web.forms import IfMatch
from app.web.threads import Route

router = APIRouter(route_class=Route, tags=["correspondences"])

_Added = Annotated[
    CorrespondenceInput,
    Body(json_schema_extra=needs(("source_en", "source_zh"), ("target_en", "target_zh"))),
]


@router.get("/correspondences")
def correspondences(
    db: Db,
    q: Annotated[str, Query(description="words, in either language", max_length=1000)] = "",
    field: Annotated[str, Query(description="a field's slug, of either side")] = "",
    number: PageNumber = 1,
    per_page: PerPage = PER_PAGE,
) -> Listing[CorrespondenceItem]:
    with db.read() as session:
        listed = service.list_correspondences(
            session, q=q, field=field, page=number, per_page=per_page
        )
    items = [serialize_correspondence(each) for each in listed.correspondences]
    return Listing(items=items, total=listed.total, page=number, per_page=per_page)


@router.post("/correspondences", status_code=201)
def add_correspondence(db: Db, given: _Added, response: Response) -> CorrespondenceItem:
    with db.write() as session:
        item = serialize_correspondence(service.create_correspondence(session, given))
    response.headers["Location"] = f"/api/v1/correspondences/{quote(item.slug)}"
    response.headers["ETag"] = format_etag(item.version)
    return item


@router.get("/correspondences/{slug}")
def correspondence(db: Db, slug: str, response: Response) -> CorrespondenceItem:
    with db.read() as session:
        item = serialize_correspondence(service.get_correspondence(session, slug))
    response.headers["ETag"] = format_etag(item.version)
    return item


@router.patch("/correspondences/{slug}")
def change_correspondence(
    db: Db, slug: str, patch: CorrespondenceInput, version: IfMatch, response: Response
) -> CorrespondenceItem:
    """Changes what the body names; all else stays."""
    changes = {name: getattr(patch, name) for name in patch.model_fields_set}
    with db.write() as session:
        held = service.get_correspondence(session, slug)
        given = service.correspondence_as_input(held).model_copy(update=changes)
        service.update_correspondence(session, held, given, version=version)
        item = serialize_correspondence(held)
    response.headers["ETag"] = format_etag(item.version)
    return item


@router.delete("/correspondences/{slug}", status_code=204)
def delete_correspondence(db: Db, slug: str, version: IfMatch) -> None:
    with db.write() as session:
        held = service.get_correspondence(session, slug)
        service.delete_correspondence(session, held, version=version)
