"""Citing: the references of some papers in one style, to be copied, and how LaTeX cites them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from app.errors import N_, Invalid, Message
from app.exports import service
from app.exports.formats import bibtex
from app.exports.formats.references import (
    FormattedReference,
    Style,
    find_styles,
    format_references,
    refused_styles,
)
from app.kit.text import Key
from app.web.dependencies import Config, Db
from app.web.pages import render_page
from app.web.threads import Route

router = APIRouter(route_class=Route, include_in_schema=False)
COOKIE = "style"
_MOST = 200  # papers; more are an export
_YEAR = 365 * 24 * 3600  # seconds


@dataclass(frozen=True)
class CitePage:
    """Papers with their references in `style`, and, for LaTeX, their keys and BibTeX; `asked` names
    them in an address."""

    asked: str
    references: list[FormattedReference]
    style: str
    cited: str
    bibtex: str
    styles: Mapping[str, Style] = field(default_factory=dict)
    refused: Mapping[str, Message] = field(default_factory=dict)


@router.get("/cite")
def cite(
    request: Request,
    db: Db,
    settings: Config,
    key: Annotated[list[Key] | None, Query()] = None,
    style: str = "",
) -> HTMLResponse:
    """The references of the papers with these citation keys; htmx asks for `cite` alone.

    Without a `style` it is the one that was chosen last in this browser.
    """
    keys = [each for each in key or () if each]
    if len(keys) > _MOST:
        raise Invalid.field("key", N_("At most {limit} can be given."), limit=_MOST)
    styles = find_styles(settings.styles)
    chosen = style if style in styles else request.cookies.get(COOKIE, "")
    if chosen not in styles:
        chosen = next(iter(styles))
    with db.read() as session:
        ids = service.named_papers(session, keys)
        if not styles[chosen].numbered:
            ids = service.by_author(session, ids)
        records = service.read_records(session, ids)
    context = CitePage(
        asked=urlencode([("key", each.paper.citekey) for each in records]),
        references=list(format_references(records, styles[chosen])),
        style=chosen,
        cited=f"\\cite{{{','.join(each.key for each in records)}}}",
        bibtex="".join(bibtex.write_bibtex(records)),
        styles=styles,
        refused=refused_styles(settings.styles),
    )
    answer = render_page(request, "exports/cite.html", context, blocks=("cite",))
    if style in styles:
        answer.set_cookie(COOKIE, style, max_age=_YEAR, samesite="lax")
    return answer
