"""The pages of papers: the list, a paper, its forms."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError
from sqlmodel import Session

from app.errors import (
    N_,
    AlreadyHeld,
    CrosswalkError,
    Invalid,
    Message,
    PerhapsHeld,
    Stale,
)
from app.kit.trees import preorder
from app.library import service
from app.library.forms import paper_from_form
from app.library.rules import PaperInput, bare_title
from app.models import Kind, Paper, ResearchField, Technique
from app.notes import service as notes
from app.notes.rules import NoteInput
from app.settings import Settings
from app.sources import metadata_lookup
from app.sources.drafts import DETAILS, PaperDraft, fill_draft
from app.sources.metadata_lookup import FetchedPapers
from app.sources.web.page_capture import (
    Asked,
    find_id,
    find_ids,
    named_draft,
    page_address,
    parse_all,
    quote_passage,
    read_capture,
)
from app.web.dependencies import Config, Db
from app.web.forms import SubmittedForm
from app.web.pages import redirect_to, render_page
from app.web.threads import Route, run_as_reader, run_in_waiting_pool

router = APIRouter(route_class=Route, include_in_schema=False)


@dataclass(frozen=True)
class PaperForm:
    given: PaperInput
    errors: dict[str, Message]
    paper: Paper | None
    techniques: list[tuple[Technique, int]]
    fields: list[ResearchField]
    kinds: list[Kind]
    tags: list[str]
    ids: str = ""
    drafts: Mapping[Asked, PaperDraft] = field(default_factory=dict)
    held: Mapping[Asked | None, Paper] = field(default_factory=dict)
    namesakes: Mapping[Asked | None, Paper] = field(default_factory=dict)
    said_by: str = ""
    problem: Message | None = None
    held_url: str = ""
    perhaps: bool = False
    draft: str = ""
    page_draft: str = ""
    note: str = ""
    theirs: Paper | None = None
    version: int = 0
    year: str = ""
    details: tuple[str, ...] = DETAILS


def _paper_form(
    request: Request,
    session: Session,
    given: PaperInput,
    *,
    status: int = 200,
    paper: Paper | None = None,
    errors: dict[str, Message] | None = None,
    ids: str = "",
    drafts: Mapping[Asked, PaperDraft] | None = None,
    page_draft: PaperDraft | None = None,
    note: str = "",
    problem: Message | None = None,
    held_url: str = "",
    perhaps: bool = False,
    draft: str = "",
    theirs: Paper | None = None,
    version: int | None = None,
    year: str = "",
) -> HTMLResponse:
    """The form; `year` is what was typed where that is no number, `version` the one that the form
    was filled from, where that is not the newest. `page_draft` is what the page says on which the
    bookmarklet was pressed, `drafts` what was looked up."""
    shown: list[tuple[Asked | None, PaperDraft]] = [*drafts.items()] if drafts else []
    if page_draft and not drafts:
        shown = [(None, page_draft)]
    choices = service.list_paper_choices(session)
    context = PaperForm(
        given=given,
        errors=errors or {},
        paper=paper,
        techniques=preorder(choices.techniques),
        fields=choices.fields,
        kinds=list(Kind),
        tags=choices.tags,
        ids=ids,
        drafts=drafts or {},
        held=_papers_of(shown, service.papers_held, session),
        namesakes=_papers_of(shown, service.find_likely_duplicates, session),
        said_by=metadata_lookup.source_name(next(iter(drafts)), request.app.state.settings)
        if drafts
        else "",
        problem=problem,
        held_url=held_url,
        perhaps=perhaps,
        draft=draft,
        page_draft=page_draft.model_dump_json() if page_draft else "",
        note=note,
        theirs=theirs,
        version=version or (paper.version if paper else 0),
        year=str(given.year or year),
    )
    return render_page(request, "library/paper_form.html", context, status=status)


def _papers_of(
    drafts: Sequence[tuple[Asked | None, PaperDraft]],
    find: Callable[[Session, Sequence[PaperDraft]], list[Paper | None]],
    session: Session,
) -> dict[Asked | None, Paper]:
    found = find(session, [draft for _, draft in drafts]) if drafts else []
    return {asked: paper for (asked, _), paper in zip(drafts, found, strict=True) if paper}


@router.get("/papers/new")
def new_paper(request: Request, db: Db, ids: str = "") -> HTMLResponse:
    """The empty form, or what `web_pages.captured` makes of the address: nothing is asked for."""
    seen = read_capture(request.query_params.getlist)
    draft = seen.draft
    if not ids and seen.asked:
        ids = str(seen.asked)
    elif not ids and not draft.title:
        ids = draft.url
    with db.read() as session:
        return _paper_form(
            request,
            session,
            service.draft_as_input(draft),
            ids=ids,
            page_draft=draft if draft.url or seen.asked else None,
            note=quote_passage(seen.quote, draft.url),
            draft=draft.model_dump_json() if draft.source else "",
        )


@dataclass(frozen=True)
class Lookup:
    """What is known of the ids in a form, or why it could not be asked for; `page` is the address
    of a page that names none."""

    asked: tuple[Asked, ...] = ()
    drafts: Mapping[Asked, PaperDraft] = field(default_factory=dict)
    problem: Message | None = None
    errors: dict[str, Message] = field(default_factory=dict)
    status: int = 200
    page: str = ""


async def _looked_up(config: Config, form: SubmittedForm) -> Lookup:
    return await run_in_waiting_pool(partial(_look_up, config, form.get("ids")))


def _look_up(settings: Settings, ids: str) -> Lookup:
    asked, leftovers = find_ids(ids)
    if len(leftovers) == 1 and not asked and (page := page_address(leftovers[0])):
        said = Message(
            N_(
                "This address names no arXiv id and no DOI. Fill in what the page says, or press "
                "the bookmarklet there."
            )
        )
        return Lookup(errors={"ids": said}, status=422, page=page)
    try:
        parse_all(ids)
        fetched = metadata_lookup.fetch_papers(asked, settings=settings)
    except Invalid as error:
        return Lookup(asked, errors={"ids": next(iter(error.errors.values()))}, status=422)
    except CrosswalkError as error:
        return Lookup(asked, problem=error.message, status=error.status)
    missing = fetched.missing
    problem = metadata_lookup.not_found(missing, settings).message if missing else None
    return Lookup(asked, fetched.found, problem, status=200 if fetched.found else 404)


@router.post("/papers/lookup")
@run_as_reader
def look_up(
    request: Request, db: Db, form: SubmittedForm, found: Annotated[Lookup, Depends(_looked_up)]
) -> HTMLResponse:
    """The metadata of one or several ids, to be looked at; nothing is saved yet."""
    seen = _draft(form.get("page")) or PaperDraft(title="", url=found.page)
    if len(found.drafts) == 1:
        (one,) = found.drafts.values()
        source = fill_draft(one, seen)
    elif len(found.asked) == 1 and not found.drafts:
        source = named_draft(found.asked[0], seen)  # saved as it is, and completed later
    else:
        source = seen
    with db.read() as session:
        return _paper_form(
            request,
            session,
            service.draft_as_input(source),
            status=found.status,
            errors=found.errors,
            ids=form.get("ids"),
            drafts=found.drafts,
            page_draft=seen if seen.url else None,
            note=form.get("note"),
            problem=found.problem,
            draft=source.model_dump_json() if found.drafts or source.source else "",
        )


def _draft(text: str) -> PaperDraft | None:
    """What the form carries of a source's answer; none where that is not what we put into it."""
    try:
        return PaperDraft.model_validate_json(text)
    except ValidationError:
        return None


@router.post("/papers")
def add_paper(request: Request, db: Db, form: SubmittedForm) -> Response:
    given, errors = paper_from_form(form)
    draft, note = form.get("draft"), form.get("note")
    if not given.title.strip():
        given = given.model_copy(update={"title": bare_title(given)})
    try:
        if errors:
            raise Invalid(errors)
        with db.write() as session:
            if not form.get("force"):
                service.refuse_alike(session, given)
            paper = service.create_paper(session, given, source=_draft(draft))
            citekey = paper.citekey
            if note.strip():
                notes.create_note(session, NoteInput(body=note, paper=citekey))
    except (Invalid, AlreadyHeld) as error:
        with db.read() as session:
            return _paper_form(
                request,
                session,
                given,
                status=error.status,
                errors=error.errors,
                ids=form.get("ids"),
                year=form.get("year"),
                note=note,
                problem=error.problem,
                held_url="" if isinstance(error, Invalid) else error.url,
                perhaps=isinstance(error, PerhapsHeld),
                draft=draft,
            )
    return redirect_to(f"/papers/{citekey}", N_("Saved."))


async def _ticked(config: Config, form: SubmittedForm) -> FetchedPapers:
    return await run_in_waiting_pool(partial(_fetch, config, form.all("id")))


def _fetch(settings: Settings, ids: Sequence[str]) -> FetchedPapers:
    asked = [each for each in map(find_id, ids) if each]
    return metadata_lookup.fetch_papers(asked, settings=settings)


@router.post("/papers/several")
def add_several(db: Db, ticked: Annotated[FetchedPapers, Depends(_ticked)]) -> RedirectResponse:
    """Adds the ticked ones of several ids that were looked up (the answers are cached)."""
    drafts = list(ticked.found.values())
    with db.write() as session:
        held = service.papers_held(session, drafts)
        new = [draft for draft, paper in zip(drafts, held, strict=True) if not paper]
        for draft in new:
            service.create_paper(session, service.draft_as_input(draft), source=draft)
    return redirect_to("/papers?sort=added", N_("Papers added: {count}."), count=len(new))


@router.get("/papers/{citekey}/edit")
def edit_paper(request: Request, db: Db, citekey: str) -> HTMLResponse:
    with db.read() as session:
        found = service.get_paper(session, citekey)
        return _paper_form(request, session, service.paper_as_input(found), paper=found)


@router.post("/papers/{citekey}")
def save_paper(request: Request, db: Db, citekey: str, form: SubmittedForm) -> Response:
    given, errors = paper_from_form(form)
    try:
        if errors:
            raise Invalid(errors)
        with db.write() as session:
            found = service.get_paper(session, citekey)
            service.update_paper(session, found, given, version=form.version())
            citekey = found.citekey
    except (Invalid, AlreadyHeld, Stale) as error:
        with db.read() as session:
            found = service.get_paper(session, citekey)
            return _paper_form(
                request,
                session,
                given,
                status=error.status,
                paper=found,
                errors=error.errors,
                problem=error.problem,
                held_url=error.url if isinstance(error, AlreadyHeld) else "",
                theirs=found if isinstance(error, Stale) else None,
                version=None if isinstance(error, Stale) else form.version(),
                year=form.get("year"),
            )
    return redirect_to(f"/papers/{citekey}", N_("Saved."))
