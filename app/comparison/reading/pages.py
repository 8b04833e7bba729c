"""What to read next for a comparison: the page."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from app.comparison.reading.reading_list import Next, get_next
from app.web.dependencies import Db
from app.web.pages import render_page
from app.web.threads import Route

router = APIRouter(route_class=Route, include_in_schema=False)


@dataclass(frozen=True)
class NextPage:
    next: Next


@router.get("/comparisons/{slug}/next")
def next_reading(
    request: Request, db: Db, slug: str, issue: str = "", technique: str = ""
) -> HTMLResponse:
    """What is open, issue by issue, and what to read about it; of an issue, a technique or one cell
    alone where they are named."""
    with db.read() as session:
        context = NextPage(get_next(session, slug, issue=issue, technique=technique))
    return render_page(request, "comparison/next.html", context, blocks=("results",))
