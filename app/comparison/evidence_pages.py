"""From a passage of a note or an abstract to the cell that it is evidence for."""

from dataclasses import dataclass, field
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.comparison.cells import cell_view
from app.comparison.rules import QUOTE_LIMIT
from app.errors import Invalid, Message
from app.web.dependencies import Db
from app.web.pages import redirect_to, render_page
from app.web.threads import Route

router = APIRouter(route_class=Route, include_in_schema=False)


@dataclass(frozen=True)
class EvidencePage:
    source: str
    quote: str
    locator: str
    technique: str
    issue: str
    destinations: cell_view.Destinations
    errors: dict[str, Message] = field(default_factory=dict)


@router.get("/evidence/new")
def new_evidence(
    request: Request,
    db: Db,
    source: str = "",
    quote: str = "",
    locator: str = "",
    technique: str = "",
    issue: str = "",
    go: str = "",
) -> Response:
    """Asks which cell the passage speaks to, and goes there with it in the claim's form."""
    source, quote = source[:200], quote[:QUOTE_LIMIT]
    errors: dict[str, Message] = {}
    with db.read() as session:
        if go:
            try:
                url = cell_view.address_of(session, technique, issue)
            except Invalid as error:
                errors = error.errors
            else:
                given = {"source": source, "quote": quote, "locator": locator[:200]}
                return redirect_to(f"{url}?{urlencode(given)}")
        destinations = cell_view.list_destinations(session, source)
    context = EvidencePage(source, quote, locator, technique, issue, destinations, errors)
    status = 422 if errors else 200
    return render_page(request, "comparison/evidence.html", context, status=status)
