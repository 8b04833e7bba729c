"""The page of a cell: what is claimed, what the reader rules; beside the table or on its own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup
from sqlmodel import Session

from app.comparison import cells, claims
from app.comparison.forms import (
    ClaimFields,
    claim_fields,
    claim_from_fields,
    fresh_claim,
    read_claim,
    whole_patch,
)
from app.comparison.rules import CONTESTED, MARKS, Mark, evidence_marks
from app.comparison.table import Table, get_table
from app.errors import N_, CrosswalkError, Invalid, Message, NotFound, Stale
from app.models import Claim, Note, Paper, Stance
from app.notes import service as notes
from app.web.api import Db
from app.web.forms import SubmittedForm
from app.web.pages import page, redirect

router = APIRouter(include_in_schema=False)
ClaimId = Annotated[int, Path(ge=1, le=2**31 - 1)]


@dataclass(frozen=True)
class CellPage:
    view: cells.CellView
    rendered: dict[str, Markup]
    papers: list[Paper]
    notes: list[Note]
    claim: ClaimFields
    claim_version: int
    ruling_stance: str
    ruling_reason: str
    ruling_version: int
    in_drawer: bool
    adding: bool = False
    editing: int | None = None
    errors: dict[str, Message] = field(default_factory=dict)
    problem: Message | None = None
    said: str = ""
    table: Table | None = None
    marks: Mapping[str, Mark] = field(default_factory=lambda: MARKS)
    contested: str = CONTESTED
    stances: tuple[Stance, ...] = tuple(Stance)
    evidence_marks: Callable[[int, int], str] = evidence_marks


@dataclass(frozen=True)
class _Typed:
    """What a form held that could not be saved, and why; `version` is the one it was filled from,
    where that still matters."""

    error: CrosswalkError
    claim: ClaimFields | None = None
    ruling: tuple[str, str] | None = None
    editing: int | None = None
    version: int | None = None


def _cell_page(
    request: Request,
    session: Session,
    address: tuple[str, str, str],
    *,
    adding: bool = False,
    editing: int | None = None,
    typed: _Typed | None = None,
    said: str = "",
) -> HTMLResponse:
    view = cells.get_cell(session, *address)
    texts = {f"claim-{claim.id}": claim.rationale for claim in view.claims}
    if view.ruling:
        texts["ruling"] = view.ruling.rationale
    html = notes.render_many(session, list(texts.values()))
    papers, offered = cells.suggestions(session, view)
    editing = typed.editing if typed else editing
    edited = next((claim for claim in view.claims if claim.id == editing), None)
    shown = claim_fields(edited) if edited else fresh_claim()
    error = typed.error if typed else None
    seen = typed.version if typed and not isinstance(error, Stale) else None
    context = CellPage(
        view=view,
        rendered=dict(zip(texts, html, strict=True)),
        papers=papers,
        notes=offered,
        claim=(typed.claim if typed else None) or shown,
        claim_version=(edited.version if edited else 0) if seen is None else seen,
        ruling_stance=typed.ruling[0] if typed and typed.ruling else "",
        ruling_reason=typed.ruling[1] if typed and typed.ruling else "",
        ruling_version=seen if typed and typed.ruling and seen is not None else view.ruling_version,
        in_drawer=_in_drawer(request),
        adding=adding or bool(typed and typed.claim and editing is None),
        editing=edited.id if edited else None,
        errors=error.errors if isinstance(error, Invalid) else {},
        problem=error.message if error and not isinstance(error, Invalid) else None,
        said=said,
        table=get_table(session, address[0]) if said and _in_drawer(request) else None,
    )
    status = error.status if error else 200
    return page(request, "comparison/cell.html", context, blocks=("drawer",), status=status)


def _in_drawer(request: Request) -> bool:
    return request.headers.get("hx-target") == "drawer"


@router.get("/comparisons/{slug}/{technique}/{issue}")
def cell(
    request: Request,
    db: Db,
    slug: str,
    technique: str,
    issue: str,
    add: str = "",
    edit: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
) -> HTMLResponse:
    """A cell as a page of its own, or, for htmx, as what stands beside the table."""
    with db.read() as session:
        return _cell_page(
            request, session, (slug, technique, issue), adding=bool(add), editing=edit
        )


def _saved(request: Request, db: Db, address: tuple[str, str, str], said: str) -> Response:
    if _in_drawer(request):
        with db.read() as session:
            return _cell_page(request, session, address, said=said)
    slug, technique, issue = address
    return redirect(f"/comparisons/{slug}/{technique}/{issue}", said)


@router.post("/comparisons/{slug}/{technique}/{issue}/ruling")
def rule(
    request: Request, db: Db, slug: str, technique: str, issue: str, form: SubmittedForm
) -> Response:
    address = (slug, technique, issue)
    stance, reason = form.get("stance"), form.get("rationale")
    try:
        with db.write() as session:
            cells.get_cell(session, *address)
            if "withdraw" in form:
                claims.withdraw_ruling(
                    session, technique=technique, issue=issue, version=form.version()
                )
            else:
                claims.rule(
                    session,
                    technique=technique,
                    issue=issue,
                    stance=stance,
                    rationale=reason,
                    version=form.version(),
                )
    except (Invalid, Stale) as error:
        with db.read() as session:
            typed = _Typed(error, ruling=(stance, reason), version=form.version())
            return _cell_page(request, session, address, typed=typed)
    said = N_("The ruling is withdrawn.") if "withdraw" in form else N_("Ruled.")
    return _saved(request, db, address, said)


@router.post("/comparisons/{slug}/{technique}/{issue}/claims")
def add_claim(
    request: Request, db: Db, slug: str, technique: str, issue: str, form: SubmittedForm
) -> Response:
    address = (slug, technique, issue)
    fields = read_claim(form)
    try:
        given = claim_from_fields(fields)
        with db.write() as session:
            cells.get_cell(session, *address)
            claims.add_claim(session, technique=technique, issue=issue, given=given)
    except Invalid as error:
        with db.read() as session:
            return _cell_page(request, session, address, typed=_Typed(error, claim=fields))
    return _saved(request, db, address, N_("Claim added."))


def _claim_of_cell(session: Session, address: tuple[str, str, str], number: int) -> Claim:
    claim = claims.get_claim(session, number)
    if (claim.technique.slug, claim.issue.slug) != address[1:]:
        raise NotFound(N_("There is no claim {number}."), number=number)
    return claim


@router.post("/comparisons/{slug}/{technique}/{issue}/claims/{number}")
def save_claim(
    request: Request,
    db: Db,
    slug: str,
    technique: str,
    issue: str,
    number: ClaimId,
    form: SubmittedForm,
) -> Response:
    """Saves a claim, or deletes it, by the button that was pressed."""
    address = (slug, technique, issue)
    fields = read_claim(form)
    try:
        given = None if "delete" in form else whole_patch(claim_from_fields(fields))
        with db.write() as session:
            claim = _claim_of_cell(session, address, number)
            if given is None:
                claims.delete_claim(session, claim, version=form.version())
            else:
                claims.update_claim(session, claim, given, version=form.version())
    except (Invalid, Stale) as error:
        with db.read() as session:
            typed = _Typed(error, claim=fields, editing=number, version=form.version())
            return _cell_page(request, session, address, typed=typed)
    said = N_("Claim deleted.") if given is None else N_("Saved.")
    return _saved(request, db, address, said)
