"""The pages of papers: the list, a paper, its forms."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import ValidationError
from sqlmodel import Session

from app.errors import (
    N_,
    AlreadyHeld,
    Conflict,
    CrosswalkError,
    Invalid,
    Message,
    NotFound,
    PerhapsHeld,
    Stale,
)
from app.files import service as files
from app.files.storage import ReceivedFile, receive_file
from app.kit.trees import preorder
from app.library import service
from app.library.duplicates import merging
from app.library.forms import paper_from_form
from app.library.rules import PaperInput, bare_title
from app.models import Kind, Paper, ResearchField, Technique
from app.notes import service as notes
from app.notes.rules import NoteInput
from app.settings import Settings
from app.sources import metadata_lookup
from app.sources.drafts import DETAILS, PaperDraft, fill_draft
from app.sources.metadata_lookup import FetchedPapers, same_title
from app.sources.web.other_names import OtherName, explain_other_name, find_other_name
from app.sources.web.page_capture import (
    LIST_LIMIT,
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
from app.web.forms import FilledForm, Form, SubmittedForm
from app.web.pages import redirect_to, render_page
from app.web.threads import Route, run_as_reader, run_in_waiting_pool

_COMPLETED = N_("Completed: the paper that was here has what was to be added.")
_PUBLISHED = N_("The preprint that was here is its publication now: {news}.")

router = APIRouter(route_class=Route, include_in_schema=False)


@dataclass(frozen=True)
class PaperForm:
    """`year` is what was typed, also where that is no number; `ids` and `drafts` what was looked
    up, `page_draft` what the page says on which the bookmarklet was pressed."""

    form: FilledForm[PaperInput]
    year: str
    paper: Paper | None
    techniques: list[tuple[Technique, int]]
    fields: list[ResearchField]
    kinds: list[Kind]
    tags: list[str]
    ids: str
    drafts: Mapping[Asked, PaperDraft]
    chosen: frozenset[Asked]
    held: Mapping[Asked | None, Paper]
    namesakes: Mapping[Asked | None, Paper]
    said_by: str
    held_url: str
    perhaps: str  # the key of the paper that it may be
    draft: str
    page_draft: str
    note: str
    details: tuple[str, ...] = DETAILS


def _paper_form(
    request: Request,
    session: Session,
    form: FilledForm[PaperInput],
    *,
    paper: Paper | None = None,
    ids: str = "",
    drafts: Mapping[Asked, PaperDraft] | None = None,
    chosen: frozenset[Asked] | None = None,
    page_draft: PaperDraft | None = None,
    typed: PaperDraft | None = None,
    note: str = "",
    draft: str = "",
    year: str = "",
    status: int | None = None,
) -> HTMLResponse:
    shown: list[tuple[Asked | None, PaperDraft]] = [*drafts.items()] if drafts else []
    if (said := page_draft or typed) and not drafts:
        shown = [(None, said)]
    choices = service.list_paper_choices(session)
    context = PaperForm(
        form=form,
        year=str(form.given.year or year),
        paper=paper,
        techniques=preorder(choices.techniques),
        fields=choices.fields,
        kinds=list(Kind),
        tags=choices.tags,
        ids=ids,
        drafts=drafts or {},
        chosen=frozenset(drafts or ()) if chosen is None else chosen,
        held=_papers_of(shown, service.papers_held, session),
        namesakes=_papers_of(shown, service.find_likely_duplicates, session),
        said_by=metadata_lookup.source_name(next(iter(drafts)), request.app.state.settings)
        if drafts
        else "",
        held_url=form.error.url if isinstance(form.error, AlreadyHeld) else "",
        perhaps=form.error.key if isinstance(form.error, PerhapsHeld) else "",
        draft=draft,
        page_draft=page_draft.model_dump_json() if page_draft else "",
        note=note,
    )
    status = status or form.status
    return render_page(request, "library/paper_form.html", context, status=status)


def _saved(paper: Paper) -> tuple[PaperInput, int]:
    return service.paper_as_input(paper), paper.version


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
            FilledForm(service.draft_as_input(draft)),
            ids=ids,
            page_draft=draft if draft.url or seen.asked else None,
            note=quote_passage(seen.quote, draft.url),
            draft=draft.model_dump_json() if draft.source else "",
        )


@dataclass(frozen=True)
class Lookup:
    """What is known of the ids in a form, or why it could not be asked for; `page` is the address
    of a page that names none, `title` the title that nobody knows or could be asked for, `chosen`
    those of several that are meant: all, unless they were searched for."""

    asked: tuple[Asked, ...] = ()
    drafts: Mapping[Asked, PaperDraft] = field(default_factory=dict)
    error: CrosswalkError | None = None
    page: str = ""
    title: str = ""
    chosen: frozenset[Asked] | None = None


async def _looked_up(config: Config, form: SubmittedForm) -> Lookup:
    return await run_in_waiting_pool(partial(_look_up, config, form.get("ids")))


def _look_up(settings: Settings, ids: str) -> Lookup:
    asked, leftovers = find_ids(ids[:LIST_LIMIT])
    if not asked and (other := find_other_name(ids)):
        return _search(settings, other)
    if len(leftovers) == 1 and not asked and (page := page_address(leftovers[0])):
        said = Message(
            N_(
                "This address names no arXiv id and no DOI. Fill in what the page says, or press "
                "the bookmarklet there."
            )
        )
        return Lookup(error=Invalid({"ids": said}), page=page)
    try:
        parse_all(ids)
        fetched = metadata_lookup.fetch_papers(asked, settings=settings)
    except Invalid as error:
        return Lookup(asked, error=Invalid({"ids": next(iter(error.errors.values()))}))
    except CrosswalkError as error:
        return Lookup(asked, error=error)
    missing = fetched.missing
    unknown = metadata_lookup.not_found(missing, settings) if missing else None
    return Lookup(asked, fetched.found, unknown)


def _search(settings: Settings, other: OtherName) -> Lookup:
    """What a title, an ISBN … may mean; of a title that one paper has to the letter, that one."""
    page = page_address(other.page)
    title = other.text if other.kind == "title" else ""
    try:
        found = metadata_lookup.search_papers(other, settings=settings)
    except CrosswalkError as error:
        return Lookup(error=error, page=page, title=title)
    same = [each for each, draft in found.items() if same_title(draft.title, other.text)]
    if len(same) == 1:
        found = {same[0]: found[same[0]]}
    if not found and settings.crossref_url and other.kind in ("isbn", "pii"):
        said = Message.of(N_("Crossref knows no {number}. Paste the DOI."), number=other.text)
        return Lookup(error=Invalid({"ids": said}), page=page)
    if not found:
        unknown = Invalid({"ids": explain_other_name(other)})
        return Lookup(error=unknown, page=page, title=title)
    return Lookup(tuple(found), found, chosen=frozenset(same[:1]))


@router.post("/papers/lookup")
@run_as_reader
def look_up(
    request: Request, db: Db, form: SubmittedForm, found: Annotated[Lookup, Depends(_looked_up)]
) -> HTMLResponse:
    """The metadata of one or several ids, to be looked at; nothing is saved yet."""
    seen = _draft(form.get("page")) or PaperDraft(title=found.title, url=found.page)
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
            FilledForm(service.draft_as_input(source), error=found.error),
            ids=form.get("ids"),
            drafts=found.drafts,
            chosen=found.chosen,
            page_draft=seen if seen.url else None,
            typed=seen if found.title else None,
            note=form.get("note"),
            status=200 if found.drafts else None,
            draft=source.model_dump_json() if found.drafts or source.source else "",
        )


def _draft(text: str) -> PaperDraft | None:
    """What the form carries of a source's answer; none where that is not what we put into it."""
    try:
        return PaperDraft.model_validate_json(text)
    except ValidationError:
        return None


@router.post("/papers")
def add_paper(request: Request, db: Db, config: Config, form: SubmittedForm) -> Response:
    """Adds what the form says, or completes the paper that it is: `same_as` is that one's key."""
    given, errors = paper_from_form(form)
    draft, note, same_as = form.get("draft"), form.get("note"), form.get("same_as")
    if not given.title.strip():
        given = given.model_copy(update={"title": bare_title(given)})
    try:
        if errors:
            raise Invalid(errors)
        with _chosen_file(config, form) as chosen, db.write() as session:
            published, merge = None, 0
            if not form.get("force") and not same_as:
                published = service.publish_preprint(session, given, source=_draft(draft))
            if published:
                paper = published.paper
            elif same_as:
                held = service.get_paper(session, same_as)
                merge = merging.complete_paper(session, held, given, source=_draft(draft)).id
                paper = service.get_paper(session, same_as)
            else:
                if not form.get("force"):
                    service.refuse_alike(session, given)
                paper = service.create_paper(session, given, source=_draft(draft))
            citekey = paper.citekey
            if chosen:
                name, file = chosen
                files.add_file(session, config.library, paper, file, name=name)
            if note.strip():
                notes.create_note(session, NoteInput(body=note, paper=citekey))
    except (Invalid, AlreadyHeld, Conflict, NotFound) as error:
        with db.read() as session:
            return _paper_form(
                request,
                session,
                FilledForm(given, error=error),
                ids=form.get("ids"),
                year=form.get("year"),
                note=note,
                draft=draft,
            )
    if published:
        return redirect_to(_after(citekey, form), _PUBLISHED, news=published.news)
    if merge:
        undo = f"/duplicates/merges/{merge}/undo"
        return redirect_to(_after(citekey, form), _COMPLETED, undo=undo)
    return redirect_to(_after(citekey, form), N_("Saved."))


@contextmanager
def _chosen_file(config: Settings, form: Form) -> Iterator[tuple[str, ReceivedFile] | None]:
    """The PDF that was chosen in the form, under its name, if one was."""
    given = form.uploads("file")
    if not given:
        yield None
        return
    name, source = given[0]
    with receive_file(config.library, source) as received:
        yield name, received


def _after(citekey: str, form: SubmittedForm) -> str:
    return f"/papers/{citekey}/edit" if form.stays else f"/papers/{citekey}"


async def _ticked(config: Config, form: SubmittedForm) -> FetchedPapers | CrosswalkError:
    try:
        ids = [*form.all("id"), *_told_same(form)]
        return await run_in_waiting_pool(partial(_fetch, config, ids))
    except CrosswalkError as error:
        return error


def _told_same(form: Form) -> dict[str, str]:
    """Of ids, the keys of the papers that they are, as the reader says."""
    return dict(each.split(" ", 1) for each in form.all("same") if " " in each)


def _fetch(settings: Settings, ids: Sequence[str]) -> FetchedPapers:
    asked = [each for each in map(find_id, ids) if each]
    return metadata_lookup.fetch_papers(asked, settings=settings)


@router.post("/papers/several")
def add_several(
    request: Request,
    db: Db,
    form: SubmittedForm,
    ticked: Annotated[FetchedPapers | CrosswalkError, Depends(_ticked)],
) -> Response:
    """Adds the ticked ones of several ids that were looked up; of one that the reader says is a
    paper of the library (`same` is its id, a space and that paper's key) that paper gets what is
    known. The answers are kept for a while;
    where they have to be asked for again and cannot be, the ids stand in the form again."""
    if isinstance(ticked, CrosswalkError):
        with db.read() as session:
            empty = FilledForm(PaperInput(), error=ticked)
            return _paper_form(request, session, empty, ids=", ".join(form.all("id")))
    same = _told_same(form)
    added = completed = published = 0
    with db.write() as session:
        held = service.papers_held(session, list(ticked.found.values()))
        for (asked, draft), paper in zip(ticked.found.items(), held, strict=True):
            if paper:
                continue
            given = service.draft_as_input(draft)
            if key := same.get(str(asked)):
                merging.complete_paper(
                    session, service.get_paper(session, key), given, source=draft
                )
                completed += 1
            elif service.publish_preprint(session, given, source=draft):
                published += 1
            else:
                service.create_paper(session, given, source=draft)
                added += 1
    text = N_("Papers added: {count}.")
    if published:
        text = N_("Papers added: {count}. Preprints that are their publications now: {published}.")
    if completed:
        text = N_(
            "Papers added: {count}. Completed: {completed}; Duplicates takes that back. Preprints "
            "that are their publications now: {published}."
        )
    url = "/papers?sort=added"
    return redirect_to(url, text, count=added, completed=completed, published=published)


@router.get("/papers/{citekey}/edit")
def edit_paper(request: Request, db: Db, citekey: str) -> HTMLResponse:
    with db.read() as session:
        found = service.get_paper(session, citekey)
        return _paper_form(request, session, FilledForm(*_saved(found)), paper=found)


@router.post("/papers/{citekey}")
def save_paper(
    request: Request, db: Db, config: Config, citekey: str, form: SubmittedForm
) -> Response:
    given, errors = paper_from_form(form)
    try:
        if errors:
            raise Invalid(errors)
        with _chosen_file(config, form) as chosen, db.write() as session:
            found = service.get_paper(session, citekey)
            service.update_paper(session, found, given, version=form.version())
            citekey = found.citekey
            if chosen:
                name, file = chosen
                files.add_file(session, config.library, found, file, name=name)
    except (Invalid, AlreadyHeld, Stale, NotFound) as error:
        with db.read() as session:
            try:
                found = service.get_paper(session, citekey)
            except NotFound as gone:  # deleted in another tab: what was typed is kept
                anew = FilledForm(given, error=gone)
                return _paper_form(request, session, anew, year=form.get("year"))
            again = FilledForm(given, form.version(), error).with_saved(*_saved(found))
            return _paper_form(request, session, again, paper=found, year=form.get("year"))
    return redirect_to(_after(citekey, form), N_("Saved."))
