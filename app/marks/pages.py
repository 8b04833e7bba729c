"""The marks of a paper as a page, and what is done to one of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlmodel import Session

from app.errors import N_, CrosswalkError, Invalid, Message, Stale
from app.files import service as files
from app.files.service import FileOfPaper
from app.files.storage import file_path
from app.library import service as library
from app.marks import service
from app.marks.annotations import ForeignMark, read_annotations, write_annotations
from app.marks.forms import patch_from_form
from app.marks.rules import MarkPatch
from app.marks.service import RenderedMark, TakenMarks
from app.marks.zotero import read_zotero_marks
from app.models import Bilingual, Mark, Paper
from app.vocabularies import sets
from app.web.dependencies import Config, Db
from app.web.forms import FilledForm, SubmittedForm
from app.web.pages import redirect_to, render_page
from app.web.threads import Route, run_in_waiting_pool

router = APIRouter(route_class=Route, include_in_schema=False)
Sha256Path = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]
_read = lru_cache(maxsize=32)(read_annotations)  # what a path holds never changes
MarkId = Annotated[int, Path(ge=1, le=2**31 - 1)]


@dataclass(frozen=True)
class MarksPage:
    """A paper's marks; `form` is what was typed of one of them, and could not be saved."""

    paper: Paper
    marks: list[RenderedMark]
    colours: Mapping[str, Bilingual]
    form: FilledForm[MarkPatch] | None = None
    typed_of: int = 0
    files: list[FileOfPaper] = field(default_factory=list)
    error: Message | None = None


def _marks_page(
    request: Request,
    session: Session,
    paper: Paper,
    form: FilledForm[MarkPatch] | None = None,
    typed_of: int = 0,
    error: CrosswalkError | None = None,
) -> HTMLResponse:
    found = service.render_marks(session, service.list_marks(session, paper))
    held = files.files_of(session, paper.id)
    why = next(iter(error.errors.values()), error.message) if error else None
    colours = sets.mark_colours(session)
    context = MarksPage(paper, found, colours, form, typed_of, held, why)
    status = error.status if error else form.status if form else 200
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


async def _in_file(
    db: Db, config: Config, citekey: str, sha256: Sha256Path
) -> list[ForeignMark] | CrosswalkError:
    """The marks in a file that the paper holds, read before the writer's turn comes."""
    with db.read() as session:
        files.get_file(session, library.get_paper(session, citekey), sha256)
    try:
        path = file_path(config.library, sha256)
        return await run_in_waiting_pool(partial(_read, path))
    except CrosswalkError as error:
        return error


@dataclass(frozen=True)
class MarksOffer:
    """How many marks of other programs are in a file, and not among the paper's."""

    paper: Paper
    sha256: str
    count: int


@router.get("/papers/{citekey}/files/{sha256}/marks")
def offer_marks(
    request: Request,
    db: Db,
    citekey: str,
    sha256: Sha256Path,
    found: Annotated[list[ForeignMark] | CrosswalkError, Depends(_in_file)],
) -> Response:
    """What htmx puts beside a file that has just come: the marks in it, to be taken in."""
    if request.headers.get("hx-request") != "true":
        return RedirectResponse(f"/papers/{citekey}/marks", 302)
    with db.read() as session:
        paper = library.get_paper(session, citekey)
        known = [] if isinstance(found, CrosswalkError) else found
        offer = MarksOffer(paper, sha256, service.count_new(session, paper, known))
    return render_page(request, "marks/offer.html", offer)


@router.post("/papers/{citekey}/files/{sha256}/marks")
def take_from_file(
    request: Request,
    db: Db,
    citekey: str,
    sha256: Sha256Path,
    found: Annotated[list[ForeignMark] | CrosswalkError, Depends(_in_file)],
) -> Response:
    """Takes in the marks that other programs left in a file; each comes in once."""
    if isinstance(found, CrosswalkError):
        with db.read() as session:
            paper = library.get_paper(session, citekey)
            return _marks_page(request, session, paper, error=found)
    with db.write() as session:
        paper = library.get_paper(session, citekey)
        taken = service.take_marks(session, paper, found, file=sha256, origin="pdf")
    return _taken(citekey, taken)


@router.post("/papers/{citekey}/marks/zotero")
def take_from_zotero(request: Request, db: Db, citekey: str, form: SubmittedForm) -> Response:
    """Takes in the marks of a JSON file that Zotero wrote; each comes in once."""
    try:
        found = read_zotero_marks((form.file("file") or ("", b""))[1])
    except Invalid as error:
        with db.read() as session:
            paper = library.get_paper(session, citekey)
            return _marks_page(request, session, paper, error=error)
    with db.write() as session:
        paper = library.get_paper(session, citekey)
        held = files.files_of(session, paper.id)
        file = held[0].sha256 if held else None
        taken = service.take_marks(session, paper, found, file=file, origin="zotero")
    return _taken(citekey, taken)


def _taken(citekey: str, taken: TakenMarks) -> RedirectResponse:
    said = N_("{added} marks came in; {held} were here already.")
    if not taken.added and not taken.held:
        said = N_("There are no marks of other programs in it.")
    url = f"/papers/{citekey}/marks"
    return redirect_to(url, said, added=taken.added, held=taken.held)


async def _copy(db: Db, config: Config, citekey: str, sha256: Sha256Path) -> bytes:
    with db.read() as session:
        paper = library.get_paper(session, citekey)
        files.get_file(session, paper, sha256)
        ours = [
            mark
            for mark in service.list_marks(session, paper)
            if (mark.origin, mark.sha256) != ("pdf", sha256)  # they are in it
        ]
    path = file_path(config.library, sha256)
    return await run_in_waiting_pool(partial(write_annotations, path, ours))


@router.get("/papers/{citekey}/files/{sha256}/marked.pdf")
def marked_copy(citekey: str, copy: Annotated[bytes, Depends(_copy)]) -> Response:
    """A copy of a file with the paper's marks in it; the file itself stays as it is."""
    name = quote(f"{citekey}-marked.pdf")
    return Response(
        copy,
        media_type="application/pdf",
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{name}"},
    )
