"""What a reader chooses for this browser: language, theme, density, kept in cookies."""

from fastapi import APIRouter
from fastapi.responses import RedirectResponse

from app.web.forms import SubmittedForm
from app.web.languages import LANGUAGES
from app.web.pages import redirect_to
from app.web.threads import Route

router = APIRouter(route_class=Route, include_in_schema=False)
_YEAR = 365 * 24 * 3600  # seconds
_CHOICES: dict[str, set[str]] = {
    "language": set(LANGUAGES),
    "theme": {"light", "dark", ""},
    "density": {"compact", ""},
}


@router.post("/preferences")
async def choose(form: SubmittedForm) -> RedirectResponse:
    """Takes `language`, `theme` and `density`, then goes back to `next`."""
    target = form.get("next", "/")
    # "//host" and "/\host" are other sites to a browser.
    ours = target.startswith("/") and not target.startswith(("//", "/\\"))
    response = redirect_to(target if ours else "/")
    for name, choices in _CHOICES.items():
        if name in form and form.get(name) in choices:
            response.set_cookie(name, form.get(name), max_age=_YEAR, samesite="lax")
    return response
