"""The marks of a paper as a page, and what is done to one of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlmodel import Session

from app.errors import N_, CrosswalkError, Invalid, Stale
from app.library import service as library
from app.marks import service
from app.marks.forms import patch_from_form
from app.marks.rules import COLOURS, MarkPatch
from app.marks.service import RenderedMark
from app.models import Mark, Paper
from app.web.dependencies import Db
from app.web.forms import FilledForm, SubmittedForm
from app.web.pages import redirect_to, render_page
from app.web.threads import Route

router = APIRouter(route_class=Route, include_in_schema=False)
MarkId = Annotated[int, Path(ge=1, le=2**31 - 1)]


@dataclass(frozen=True)
class MarksPage:
    """A paper's marks; `form` is what was typed of one of them, and could not be saved."""

    paper: Paper
    marks: list[RenderedMark]
    form: FilledForm[MarkPatch] | None = None
    typed_of: int = 0
    colours: Mapping[str, str] = field(default_factory=lambda: COLOURS)


def _marks_page(
    request: Request,
    session: Session,
    paper: Paper,
    form: FilledForm[MarkPatch] | None = None,
    typed_of: int = 0,
) -> HTMLResponse:
    found = service.render_marks(session, service.list_marks(session, paper))
    context = MarksPage(paper, found, form, typed_of)
    status = form.status if form else 200
    return render_page(request, "marks/marks.html", context, blocks=("marks",), status=status)


@router.get("/papers/{citekey}/marks")
def marks(request: Request, db: Db, citekey: str) -> Response:
    """Every mark in a paper, by page."""
    with db.read() as session:
        paper = library.get_paper(session, citekey)
        if paper.citekey != citekey:
            return RedirectResponse(f"/papers/{paper.citekey}/marks", 302)
        return _marks_page(request, session, paper)


def _paper_of(session: Session, mark: Mark) -> Paper:
    return library.get_papers(session, [mark.paper_id])[mark.paper_id]


@router.post("/marks/{mark_id}")
def save_mark(request: Request, db: Db, mark_id: MarkId, form: SubmittedForm) -> Response:
    """Another colour, another comment; the list again, for htmx."""
    given = patch_from_form(form)
    problem: CrosswalkError | None = None
    try:
        with db.write() as session:
            found = service.get_mark(session, mark_id)
            service.update_mark(session, found, given, version=form.version())
    except (Invalid, Stale) as error:
        problem = error
    with db.read() as session:
        mark = service.get_mark(session, mark_id)
        paper = _paper_of(session, mark)
        if problem or request.headers.get("hx-request") == "true":
            saved = MarkPatch(colour=mark.colour, comment=mark.comment)
            typed = FilledForm(given, form.version(), problem).with_saved(saved, mark.version)
            return _marks_page(
                request, session, paper, typed if problem else None, mark_id if problem else 0
            )
        return redirect_to(f"/papers/{paper.citekey}/marks#mark-{mark_id}", N_("Saved."))


@router.post("/marks/{mark_id}/delete")
def delete_mark(db: Db, mark_id: MarkId) -> RedirectResponse:
    with db.write() as session:
        mark = service.get_mark(session, mark_id)
        citekey = _paper_of(session, mark).citekey
        service.remove_mark(session, mark)
    undo = f"/marks/{mark_id}/restore"
    return redirect_to(f"/papers/{citekey}/marks", N_("The mark is removed."), undo=undo)


@router.post("/marks/{mark_id}/restore")
def restore_mark(db: Db, mark_id: MarkId) -> RedirectResponse:
    with db.write() as session:
        mark = service.restore_mark(session, mark_id)
        citekey = _paper_of(session, mark).citekey
    return redirect_to(f"/papers/{citekey}/marks#mark-{mark_id}", N_("Restored."))
