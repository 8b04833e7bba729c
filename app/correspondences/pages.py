"""The pages of correspondences: the list, one of them, its form."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup
from sqlmodel import Session

from app.correspondences import service
from app.correspondences.forms import correspondence_from_form
from app.correspondences.rules import CorrespondenceInput
from app.errors import N_, Invalid, NotFound, Stale
from app.models import Bilingual, Correspondence, ResearchField
from app.notes import service as notes
from app.notes.service import Backlink
from app.web.dependencies import Db, PageNumber
from app.web.forms import FilledForm, SubmittedForm
from app.web.languages import language_of
from app.web.pages import redirect_to, render_page
from app.web.paging import Paging
from app.web.threads import Route

router = APIRouter(route_class=Route, prefix="/correspondences", include_in_schema=False)
PER_PAGE = 50
Prefill = Annotated[str, Query(max_length=200)]


@dataclass(frozen=True)
class CorrespondencesPage:
    listed: service.ListedCorrespondence
    fields: list[ResearchField]
    q: str
    field: str
    paging: Paging


@router.get("")
def correspondences(
    request: Request, db: Db, q: str = "", field: str = "", number: PageNumber = 1
) -> HTMLResponse:
    """All of them, or those that have the words and the field; htmx asks for `results` alone."""
    with db.read() as session:
        listed = service.list_correspondences(
            session,
            q=q[:1000],
            field=field,
            language=language_of(request),
            page=number,
            per_page=PER_PAGE,
        )
        fields = service.list_fields(session)
    paging = Paging(number, PER_PAGE, listed.total)
    context = CorrespondencesPage(listed, fields, q, field, paging)
    return render_page(
        request, "correspondences/correspondences.html", context, blocks=("results",)
    )


@dataclass(frozen=True)
class CorrespondenceForm:
    form: FilledForm[CorrespondenceInput]
    choices: service.CorrespondenceChoices
    correspondence: Correspondence | None


def _form(
    request: Request,
    session: Session,
    form: FilledForm[CorrespondenceInput],
    held: Correspondence | None = None,
) -> HTMLResponse:
    context = CorrespondenceForm(form, service.list_choices(session), held)
    return render_page(request, "correspondences/form.html", context, status=form.status)


def _saved(held: Correspondence) -> tuple[CorrespondenceInput, int]:
    return service.correspondence_as_input(held), held.version


@router.get("/new")
def new_correspondence(
    request: Request, db: Db, source: Prefill = "", technique: Prefill = "", issue: Prefill = ""
) -> HTMLResponse:
    """The empty form; a name, a technique or an issue in the address is filled in."""
    given = CorrespondenceInput(
        source_en=source,
        techniques=[technique] if technique else [],
        issues=[issue] if issue else [],
    )
    with db.read() as session:
        return _form(request, session, FilledForm(given))


@router.post("")
def add_correspondence(request: Request, db: Db, form: SubmittedForm) -> Response:
    given = correspondence_from_form(form)
    try:
        with db.write() as session:
            slug = service.create_correspondence(session, given).slug
    except Invalid as error:
        with db.read() as session:
            return _form(request, session, FilledForm(given, error=error))
    return redirect_to(_after(slug, form), N_("Saved."))


def _after(slug: str, form: SubmittedForm) -> str:
    return f"/correspondences/{slug}/edit" if form.stays else f"/correspondences/{slug}"


@dataclass(frozen=True)
class BilingualText:
    """A text in the reader's language, with the other language's below it where there are both."""

    said: Bilingual
    html: Markup
    other: Markup


@dataclass(frozen=True)
class CorrespondencePage:
    correspondence: Correspondence
    carries: BilingualText
    breaks: BilingualText
    backlinks: list[Backlink]


@router.get("/{slug}")
def correspondence(request: Request, db: Db, slug: str) -> HTMLResponse:
    language = language_of(request)
    with db.read() as session:
        found = service.get_correspondence(session, slug)
        sides = [
            (said.name_zh, said.name_en) if language == "zh" else (said.name_en, said.name_zh)
            for said in (found.carries, found.breaks)
        ]
        texts = [text for mine, other in sides for text in (mine or other, mine and other)]
        html = notes.render_many(session, texts)
        context = CorrespondencePage(
            correspondence=found,
            carries=BilingualText(found.carries, *html[:2]),
            breaks=BilingualText(found.breaks, *html[2:]),
            backlinks=notes.list_backlinks(
                session, kind="correspondence", keys=[found.slug], language=language
            ),
        )
    return render_page(request, "correspondences/correspondence.html", context)


@router.get("/{slug}/edit")
def edit_correspondence(request: Request, db: Db, slug: str) -> HTMLResponse:
    with db.read() as session:
        held = service.get_correspondence(session, slug)
        return _form(request, session, FilledForm(*_saved(held)), held)


@router.post("/{slug}")
def save_correspondence(request: Request, db: Db, slug: str, form: SubmittedForm) -> Response:
    given = correspondence_from_form(form)
    try:
        with db.write() as session:
            held = service.get_correspondence(session, slug)
            service.update_correspondence(session, held, given, version=form.version())
            slug = held.slug
    except NotFound as error:  # renamed or deleted in another tab: what was typed is kept
        with db.read() as session:
            return _form(request, session, FilledForm(given, error=error))
    except (Invalid, Stale) as error:
        with db.read() as session:
            held = service.get_correspondence(session, slug)
            again = FilledForm(given, form.version(), error).with_saved(*_saved(held))
            return _form(request, session, again, held)
    return redirect_to(_after(slug, form), N_("Saved."))


@router.post("/{slug}/delete")
def delete_correspondence(request: Request, db: Db, slug: str, form: SubmittedForm) -> Response:
    try:
        with db.write() as session:
            held = service.get_correspondence(session, slug)
            service.delete_correspondence(session, held, version=form.version())
    except Stale as error:
        with db.read() as session:
            held = service.get_correspondence(session, slug)
            return _form(request, session, FilledForm(*_saved(held), error), held)
    return redirect_to("/correspondences", N_("Deleted."))
