"""The page of settings: what a reader may set here, and what the server was started with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from app import __version__
from app.errors import N_, Conflict, Invalid, Message, NotFound, Stale
from app.models import Bilingual, ImportBatch, ResearchField
from app.vocabularies import service, sets
from app.vocabularies.forms import entry_from_form, mark_colours_from_form, verdicts_from_form
from app.vocabularies.rules import COLOURS, EntryInput, VerdictDefinition
from app.web.dependencies import Config, Db
from app.web.forms import FilledForm, SubmittedForm
from app.web.pages import redirect_to, render_page
from app.web.threads import Route

router = APIRouter(route_class=Route, prefix="/settings", include_in_schema=False)


@dataclass(frozen=True)
class VerdictLine:
    given: VerdictDefinition
    papers: int


@dataclass(frozen=True)
class FieldForm:
    """A research field's form; `field` is None in the one for a new field."""

    field: ResearchField | None
    form: FilledForm[EntryInput]


@dataclass(frozen=True)
class SettingsPage:
    verdicts: list[VerdictLine]
    verdict_errors: Mapping[str, Message]
    colours: Sequence[str]
    fields: list[FieldForm]
    mark_colours: Mapping[str, Bilingual]
    mark_errors: Mapping[str, Message]
    starter: ImportBatch | None
    library: str
    version: str


@router.get("")
def settings(request: Request, db: Db, config: Config) -> HTMLResponse:
    with db.read() as session:
        return _page(request, session, config)


@router.post("/verdicts")
def save_verdicts(request: Request, db: Db, config: Config, form: SubmittedForm) -> Response:
    given = verdicts_from_form(form)
    try:
        with db.write() as session:
            sets.save_verdicts(session, given)
    except Invalid as error:
        return _again(request, db, config, verdicts=FilledForm(given, error=error))
    return redirect_to("/settings#verdicts", N_("Saved."))


@router.post("/mark-colours")
def name_mark_colours(request: Request, db: Db, config: Config, form: SubmittedForm) -> Response:
    given = mark_colours_from_form(form)
    try:
        with db.write() as session:
            sets.name_mark_colours(session, given)
    except Invalid as error:
        return _again(request, db, config, marks=FilledForm(given, error=error))
    return redirect_to("/settings#marks", N_("Saved."))


@router.post("/fields")
def add_field(request: Request, db: Db, config: Config, form: SubmittedForm) -> Response:
    given = entry_from_form(form)
    try:
        with db.write() as session:
            sets.create_field(session, given)
    except Invalid as error:
        return _again(request, db, config, field=FilledForm(given, error=error))
    return redirect_to("/settings#fields", N_("Saved."))


@router.post("/fields/{slug}")
def save_field(
    request: Request, db: Db, config: Config, slug: str, form: SubmittedForm
) -> Response:
    given = entry_from_form(form)
    try:
        with db.write() as session:
            found = service.get_term(session, ResearchField, slug)
            if "delete" in form:
                service.delete_entry(session, found, version=form.version())
            else:
                sets.update_field(session, found, given, version=form.version())
    except (Invalid, Stale, NotFound, Conflict) as error:
        refused = FilledForm(given, form.version(), error)
        return _again(request, db, config, field=refused, slug=slug)
    return redirect_to("/settings#fields", N_("Deleted.") if "delete" in form else N_("Saved."))


def _again(
    request: Request,
    db: Db,
    config: Config,
    *,
    verdicts: FilledForm[list[VerdictDefinition]] | None = None,
    field: FilledForm[EntryInput] | None = None,
    slug: str = "",
    marks: FilledForm[dict[str, Bilingual]] | None = None,
) -> HTMLResponse:
    """The page with what was typed of the verdict set, of the field `slug`, or of the colours of
    marks."""
    with db.read() as session:
        return _page(
            request, session, config, verdicts=verdicts, field=field, slug=slug, marks=marks
        )


def _page(
    request: Request,
    session: Session,
    config: Config,
    *,
    verdicts: FilledForm[list[VerdictDefinition]] | None = None,
    field: FilledForm[EntryInput] | None = None,
    slug: str = "",
    marks: FilledForm[dict[str, Bilingual]] | None = None,
) -> HTMLResponse:
    context = SettingsPage(
        verdicts=_verdict_lines(session, verdicts.given if verdicts else None),
        verdict_errors=verdicts.errors if verdicts else {},
        colours=COLOURS,
        fields=_field_forms(session, field, slug),
        mark_colours=marks.given if marks else sets.mark_colours(session),
        mark_errors=marks.errors if marks else {},
        starter=sets.get_starter_batch(session),
        library=config.library.resolve().as_posix(),
        version=__version__,
    )
    refused = verdicts or field or marks
    status = refused.status if refused else 200
    return render_page(request, "vocabularies/settings.html", context, status=status)


def _verdict_lines(
    session: Session, typed: Sequence[VerdictDefinition] | None
) -> list[VerdictLine]:
    held = sets.count_verdicts(session)
    if typed is not None:
        papers = {verdict.slug: number for verdict, number in held}
        return [VerdictLine(each, papers.get(each.slug, 0)) for each in typed]
    lines = [
        VerdictLine(
            VerdictDefinition(
                slug=verdict.slug,
                label_en=verdict.label_en,
                label_zh=verdict.label_zh,
                sign=verdict.sign,
                colour=verdict.colour,
                place=str(place),
            ),
            papers,
        )
        for place, (verdict, papers) in enumerate(held, start=1)
    ]
    return [*lines, VerdictLine(VerdictDefinition(colour="unclear"), 0)]


def _field_forms(
    session: Session, refused: FilledForm[EntryInput] | None, slug: str
) -> list[FieldForm]:
    """A form for each field, then one for a new one; a field that is gone is typed as new."""
    held = service.list_research_fields(session)
    slugs = [field.slug for field in held]
    forms = [FieldForm(None, FilledForm(EntryInput()))]
    for place, field in reversed([*enumerate(held)]):
        saved = sets.field_as_input(field)
        saved = saved.model_copy(update={"after": slugs[place - 1] if place else ""})
        forms.insert(0, FieldForm(field, FilledForm(saved, field.version)))
    if refused:
        at = slugs.index(slug) if slug in slugs else -1
        of = forms[at].field
        if of:
            refused = refused.with_saved(forms[at].form.given, of.version)
        forms[at] = FieldForm(of, refused)
    return forms
