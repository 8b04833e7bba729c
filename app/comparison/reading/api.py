"""What to read next for a comparison, as JSON."""

from typing import Annotated

from fastapi import APIRouter, Query

from app.comparison.reading.reading_list import get_next
from app.comparison.reading.schemas import NextOut, serialize_reading_list
from app.web.dependencies import Db
from app.web.threads import Route

router = APIRouter(route_class=Route, tags=["comparisons"])


@router.get("/comparisons/{slug}/next")
def next_reading(
    db: Db,
    slug: str,
    issue: Annotated[str, Query(description="a column's slug; all where it is empty")] = "",
) -> NextOut:
    """Which unread or postponed papers could settle the most open cells."""
    with db.read() as session:
        found = get_next(session, slug, issue=issue)
    return serialize_reading_list(found)
