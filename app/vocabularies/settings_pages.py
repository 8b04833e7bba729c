"""The page of settings: what a reader may set here, and what the server was started with."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from app import __version__
from app.errors import N_, Conflict, Invalid, Message, NotFound, Stale
from app.models import ImportBatch, ResearchField
from app.vocabularies import service, sets
from app.vocabularies.forms import entry_from_form, verdicts_from_form
from app.vocabularies.rules import COLOURS, EntryInput, VerdictDefinition
from app.web.dependencies import Config, Db
from app.web.forms import SubmittedForm
from app.web.pages import redirect_to, render_page
from app.web.threads import Route

router = APIRouter(route_class=Route, prefix="/settings", include_in_schema=False)

Problem = Invalid | Stale | NotFound | Conflict


@dataclass(frozen=True)
class VerdictLine:
    given: VerdictDefinition
    papers: int


@dataclass(frozen=True)
class FieldForm:
    """A research field's form; `field` is None in the one for a new field."""

    field: ResearchField | None
    given: EntryInput
    errors: dict[str, Message]
    problem: Message | None = None
    theirs: EntryInput | None = None

    @property
    def is_open(self) -> bool:
        return bool(self.errors or self.problem)


@dataclass(frozen=True)
class SettingsPage:
    verdicts: list[VerdictLine]
    verdict_errors: dict[str, Message]
    colours: Sequence[str]
    fields: list[FieldForm]
    starter: ImportBatch | None
    library: str
    version: str


@router.get("")
def settings(request: Request, db: Db, config: Config) -> HTMLResponse:
    with db.read() as session:
        return _page(request, session, config.library.resolve().as_posix())


@router.post("/verdicts")
def save_verdicts(request: Request, db: Db, config: Config, form: SubmittedForm) -> Response:
    given = verdicts_from_form(form)
    try:
        with db.write() as session:
            sets.save_verdicts(session, given)
    except Invalid as error:
        with db.read() as session:
            folder = config.library.resolve().as_posix()
            return _page(request, session, folder, verdicts=given, error=error)
    return redirect_to("/settings#verdicts", N_("Saved."))


@router.post("/fields")
def add_field(request: Request, db: Db, config: Config, form: SubmittedForm) -> Response:
    given = entry_from_form(form)
    try:
        with db.write() as session:
            sets.create_field(session, given)
    except Invalid as error:
        with db.read() as session:
            folder = config.library.resolve().as_posix()
            return _page(request, session, folder, field=("", given), error=error)
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
        with db.read() as session:
            folder = config.library.resolve().as_posix()
            return _page(request, session, folder, field=(slug, given), error=error)
    return redirect_to("/settings#fields", N_("Deleted.") if "delete" in form else N_("Saved."))


def _page(
    request: Request,
    session: Session,
    library: str,
    *,
    verdicts: Sequence[VerdictDefinition] | None = None,
    field: tuple[str, EntryInput] | None = None,
    error: Problem | None = None,
) -> HTMLResponse:
    """The page; with `error`, what was typed of the verdict set or of one field stands in it."""
    context = SettingsPage(
        verdicts=_verdict_lines(session, verdicts),
        verdict_errors=error.errors if isinstance(error, Invalid) and verdicts else {},
        colours=COLOURS,
        fields=_field_forms(session, field, error),
        starter=sets.get_starter_batch(session),
        library=library,
        version=__version__,
    )
    status = error.status if error else 200
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
    session: Session, typed: tuple[str, EntryInput] | None, error: Problem | None
) -> list[FieldForm]:
    """A form for each field, then one for a new one; a field that is gone is typed as new."""
    forms = []
    held = service.list_research_fields(session)
    slugs = [field.slug for field in held]
    at = typed[0] if typed and typed[0] in slugs else ""
    for place, field in enumerate([*held, None]):
        given, errors, problem, theirs = EntryInput(), {}, None, None
        if field:
            given = sets.field_as_input(field)
            given = given.model_copy(update={"after": slugs[place - 1] if place else ""})
        if typed and error and at == (field.slug if field else ""):
            theirs = given if isinstance(error, Stale) else None
            given = typed[1]
            errors = error.errors
            problem = error.problem
        forms.append(FieldForm(field, given, errors, problem, theirs))
    return forms
