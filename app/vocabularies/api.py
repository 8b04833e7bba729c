"""The JSON routes of research fields and verdicts (techniques and issues: `site/term_api`)."""

from fastapi import APIRouter

from app.vocabularies import service, sets
from app.vocabularies.schemas import FieldItem, MarkColourItem, VerdictItem, list_whole
from app.web.dependencies import Db, Listing
from app.web.threads import Route

router = APIRouter(route_class=Route, tags=["vocabularies"])


@router.get("/fields")
def fields(db: Db) -> Listing[FieldItem]:
    """All research fields, in their order."""
    with db.read() as session:
        found = service.list_research_fields(session)
    return list_whole([FieldItem.model_validate(each, from_attributes=True) for each in found])


@router.get("/verdicts")
def verdicts(db: Db) -> Listing[VerdictItem]:
    """The verdict set, in its order."""
    with db.read() as session:
        found = sets.count_verdicts(session)
    return list_whole([VerdictItem.model_validate(each, from_attributes=True) for each, _ in found])


@router.get("/mark-colours")
def mark_colours(db: Db) -> Listing[MarkColourItem]:
    """The colours of marks, in the order of their keys, with what the reader calls them."""
    with db.read() as session:
        found = sets.mark_colours(session)
    return list_whole(
        [
            MarkColourItem(colour=each, name_en=names.name_en, name_zh=names.name_zh)
            for each, names in found.items()
        ]
    )
