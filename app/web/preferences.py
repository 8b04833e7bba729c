"""What a reader chooses for this browser, kept in cookies: language, theme, density, lists."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse

from app.web.forms import SubmittedForm
from app.web.languages import LANGUAGES
from app.web.pages import redirect_to
from app.web.threads import Route

router = APIRouter(route_class=Route, include_in_schema=False)
_YEAR = 365 * 24 * 3600  # seconds
PAGE_SIZES = (20, 50, 100, 200)
COLUMNS = (
    *("authors", "year", "venue", "arxiv", "techniques", "tags", "reason"),
    *("doi", "reading", "citekey"),
)
_USUAL = frozenset(COLUMNS[:7])
_CHOICES: dict[str, set[str]] = {
    "language": set(LANGUAGES),
    "theme": {"light", "dark", ""},
    "density": {"compact", ""},
    "per_page": set(map(str, PAGE_SIZES)),
}


def per_page_of(request: Request) -> int:
    """How many rows a page of a list has."""
    chosen = request.cookies.get("per_page", "")
    return int(chosen) if chosen in _CHOICES["per_page"] else PAGE_SIZES[0]


def shown_columns(request: Request) -> frozenset[str]:
    """What a row of a list of papers says besides the title, of COLUMNS."""
    chosen = request.cookies.get("columns")
    return _USUAL if chosen is None else frozenset(chosen.split(".")) & set(COLUMNS)


@router.post("/preferences")
async def choose(form: SubmittedForm) -> RedirectResponse:
    """Takes what is chosen, then goes back to `next`; `columns` says that all `column`s are named
    that lists are to have."""
    target = form.get("next", "/")
    # "//host" and "/\host" are other sites to a browser.
    ours = target.startswith("/") and not target.startswith(("//", "/\\"))
    response = redirect_to(target if ours else "/")
    for name, choices in _CHOICES.items():
        if name in form and form.get(name) in choices:
            response.set_cookie(name, form.get(name), max_age=_YEAR, samesite="lax")
    if "columns" in form:
        chosen = [each for each in COLUMNS if each in form.all("column")]
        response.set_cookie("columns", ".".join(chosen) or "-", max_age=_YEAR, samesite="lax")
    return response
