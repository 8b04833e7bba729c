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
    technique: Annotated[str, Query(description="a row's slug; all where it is empty")] = "",
) -> NextOut:
    """Which papers that wait to be read tell most about what is undecided, each with the sentence
    that speaks of it: for the comparison, an issue, a technique or one cell."""
    with db.read() as session:
        found = get_next(session, slug, issue=issue, technique=technique)
    return serialize_reading_list(found)
