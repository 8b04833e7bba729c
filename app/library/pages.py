"""The pages of papers: the list, a paper, its forms."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError
from sqlmodel import Session

from app.comparison import cells
from app.comparison.cells import FilledCell
from app.correspondences import service as correspondences
from app.correspondences.service import Brief
from app.errors import N_, AlreadyHeld, CrosswalkError, Invalid, Message, Stale
from app.library import service
from app.library.filters import SORTS, PaperFilters
from app.library.forms import paper_from_form
from app.library.rules import PaperInput
from app.library.service import Facet
from app.models import Kind, Paper, ResearchField, Technique, Verdict
from app.notes import service as notes
from app.notes.service import Backlink, Shown
from app.search import service as search
from app.search.service import Similar
from app.sources import arxiv
from app.sources.arxiv import Fetched
from app.sources.arxiv_errors import ArxivNotFound
from app.sources.arxiv_ids import NO_ARXIV_ID, ArxivId, find_all, parse
from app.sources.drafts import DETAILS, PaperDraft
from app.trees import walk
from app.web.api import PER_PAGE, Config, Db, PageNumber, patiently
from app.web.forms import SubmittedForm
from app.web.languages import language_of
from app.web.pages import page, redirect
from app.web.paging import Paging

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class PapersPage:
    papers: list[Paper]
    paging: Paging
    facets: dict[str, list[Facet]]
    filters: PaperFilters
    q: str
    sort: str
    sorts: tuple[str, ...]
    mark: Callable[[str], Sequence[tuple[str, bool]]] | None
    notice: Message | None
    library_size: int


@router.get("/papers")
def papers(
    request: Request,
    db: Db,
    q: str = "",
    sort: str = "",
    number: PageNumber = 1,
) -> HTMLResponse:
    """The list with its filters; htmx asks for `results` alone."""
    plan = search.parse(q)
    filters = PaperFilters.read(request.query_params.getlist)
    with db.read() as session:
        named = search.paper_filters(session, plan)
        narrowed = filters.also(named.filters)
        relevant = sort not in SORTS
        matches = search.matching(session, named.plan, narrowed, filled=relevant)
        if relevant:
            sort = "relevance" if matches else "added"
        listed = service.list_papers(
            session,
            narrowed,
            matching=matches.select if matches else None,
            sort=sort,
            page=number,
            per_page=PER_PAGE,
            facets=True,
        )
        library_size = service.count_papers(session)
    context = PapersPage(
        papers=listed.papers,
        paging=Paging(number, PER_PAGE, listed.total),
        facets=listed.facets,
        filters=filters,
        q=q,
        sort=sort,
        sorts=(*SORTS, "relevance") if matches else SORTS,
        mark=partial(search.highlighted, terms=matches.terms) if matches else None,
        notice=named.notice or (matches.notice if matches else None),
        library_size=library_size,
    )
    return page(request, "library/papers.html", context, blocks=("results",))


@dataclass(frozen=True)
class PaperForm:
    given: PaperInput
    errors: dict[str, Message]
    paper: Paper | None
    techniques: list[tuple[Technique, int]]
    fields: list[ResearchField]
    kinds: list[Kind]
    tags: list[str]
    arxiv: str = ""
    drafts: Mapping[ArxivId, PaperDraft] = field(default_factory=dict)
    held: dict[str, Paper] = field(default_factory=dict)
    namesakes: dict[str, Paper] = field(default_factory=dict)
    problem: Message | None = None
    held_url: str = ""
    draft: str = ""
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
    arxiv: str = "",
    drafts: Mapping[ArxivId, PaperDraft] | None = None,
    problem: Message | None = None,
    held_url: str = "",
    draft: str = "",
    theirs: Paper | None = None,
    version: int | None = None,
    year: str = "",
) -> HTMLResponse:
    """The form; `year` is what was typed where that is no number, `version` the one that the form
    was filled from, where that is not the newest."""
    held = service.papers_holding(session, [each.base for each in drafts or ()])
    choices = service.choices(session)
    context = PaperForm(
        given=given,
        errors=errors or {},
        paper=paper,
        techniques=walk(choices.techniques),
        fields=choices.fields,
        kinds=list(Kind),
        tags=choices.tags,
        arxiv=arxiv,
        drafts=drafts or {},
        held=held,
        namesakes=service.namesakes(session, list(drafts.values())) if drafts else {},
        problem=problem,
        held_url=held_url,
        draft=draft,
        theirs=theirs,
        version=version or (paper.version if paper else 0),
        year=str(given.year or year),
    )
    return page(request, "library/paper_form.html", context, status=status)


@router.get("/papers/new")
def new_paper(
    request: Request,
    db: Db,
    title: Annotated[str, Query(max_length=1000)] = "",
    arxiv: Annotated[str, Query(max_length=1000)] = "",
) -> HTMLResponse:
    with db.read() as session:
        return _paper_form(request, session, PaperInput(title=title), arxiv=arxiv)


@dataclass(frozen=True)
class Lookup:
    """What arXiv said of the ids in a form, or why it could not be asked."""

    ids: tuple[ArxivId, ...] = ()
    drafts: Mapping[ArxivId, PaperDraft] = field(default_factory=dict)
    problem: Message | None = None
    errors: dict[str, Message] = field(default_factory=dict)
    status: int = 200


async def _look_up(request: Request, config: Config, form: SubmittedForm) -> Lookup:
    ids, leftovers = find_all(form.get("arxiv"))
    if not form.get("arxiv").strip():
        return Lookup(errors={"arxiv": Message(NO_ARXIV_ID)}, status=422)
    if leftovers or not ids:
        said = Message.of(
            N_("“{given}” is not an arXiv id. Write 2208.10442, an arXiv URL, or several."),
            given=(" ".join(leftovers) or form.get("arxiv"))[:80],
        )
        return Lookup(ids, errors={"arxiv": said}, status=422)
    try:
        fetched = await patiently(request, partial(arxiv.fetch, ids, settings=config))
    except Invalid as error:
        return Lookup(ids, errors={"arxiv": next(iter(error.errors.values()))}, status=422)
    except CrosswalkError as error:
        return Lookup(ids, problem=error.message, status=error.status)
    problem = ArxivNotFound(fetched.missing).message if fetched.missing else None
    return Lookup(ids, fetched.found, problem, status=200 if fetched.found else 404)


@router.post("/papers/lookup")
def look_up(
    request: Request, db: Db, form: SubmittedForm, found: Annotated[Lookup, Depends(_look_up)]
) -> HTMLResponse:
    """The metadata of one or several ids, to be looked at; nothing is saved yet."""
    given, errors = paper_from_form(form)
    draft = ""
    if len(found.drafts) == 1:
        mine = {name: getattr(given, name) for name in ("citekey", "techniques", "tags", "fields")}
        (one,) = found.drafts.values()
        given = service.draft_as_input(one).model_copy(update=mine)
        draft = one.model_dump_json()
    elif len(found.ids) == 1 and not found.drafts:
        # It can be saved as it is and completed later.
        asked = found.ids[0]
        given = given.model_copy(update={"arxiv_id": asked.base, "arxiv_version": asked.version})
    with db.read() as session:
        return _paper_form(
            request,
            session,
            given,
            status=found.status,
            errors={**errors, **found.errors},
            arxiv=form.get("arxiv"),
            year=form.get("year"),
            drafts=found.drafts,
            problem=found.problem,
            draft=draft,
        )


def _draft(text: str) -> PaperDraft | None:
    """What the form carries of arXiv's answer; none where that is not what we put into it."""
    try:
        return PaperDraft.model_validate_json(text)
    except ValidationError:
        return None


@router.post("/papers")
def add_paper(request: Request, db: Db, form: SubmittedForm) -> Response:
    given, errors = paper_from_form(form)
    draft = form.get("draft")
    source = _draft(draft)
    if given.arxiv_id and not given.title.strip():
        given = given.model_copy(update={"title": f"arXiv:{given.arxiv_id}"})
    try:
        if errors:
            raise Invalid(errors)
        with db.write() as session:
            paper = service.create_paper(session, given, source=source)
            citekey = paper.citekey
    except (Invalid, AlreadyHeld) as error:
        with db.read() as session:
            return _paper_form(
                request,
                session,
                given,
                status=error.status,
                errors=error.errors if isinstance(error, Invalid) else {},
                arxiv=form.get("arxiv"),
                year=form.get("year"),
                problem=None if isinstance(error, Invalid) else error.message,
                held_url="" if isinstance(error, Invalid) else error.url,
                draft=draft,
            )
    return redirect(f"/papers/{citekey}", N_("Saved."))


async def _ticked(request: Request, config: Config, form: SubmittedForm) -> Fetched:
    ids, _ = find_all(" ".join(form.all("id")))
    return await patiently(request, partial(arxiv.fetch, ids, settings=config))


@router.post("/papers/several")
def add_several(db: Db, ticked: Annotated[Fetched, Depends(_ticked)]) -> RedirectResponse:
    """Adds the ticked ones of several ids that were looked up (arXiv's answers are cached)."""
    with db.write() as session:
        held = service.papers_holding(session, [each.base for each in ticked.found])
        drafts = [draft for each, draft in ticked.found.items() if each.base not in held]
        for draft in drafts:
            service.create_paper(session, service.draft_as_input(draft), source=draft)
    return redirect("/papers?sort=added", N_("Papers added: {count}."), count=len(drafts))


@dataclass(frozen=True)
class PaperPage:
    paper: Paper
    abstract: object
    notes: list[Shown]
    backlinks: list[Backlink]
    cells: list[FilledCell]
    correspondences: list[Brief]
    similar: list[Similar]
    verdicts: list[Verdict]
    chosen: str
    reason: str
    errors: dict[str, Message]
    details: tuple[str, ...] = DETAILS


_PAPER_BLOCKS = ("verdict", "techniques")


def _paper_page(
    request: Request,
    session: Session,
    paper: Paper,
    *,
    status: int = 200,
    chosen: str = "",
    reason: str = "",
    errors: dict[str, Message] | None = None,
) -> HTMLResponse:
    language = language_of(request)
    shown = notes.notes_about(session, paper_id=paper.id)
    context = PaperPage(
        paper=paper,
        abstract=notes.render_many(session, [paper.abstract])[0],
        notes=shown,
        backlinks=notes.backlinks(session, kind="paper", keys=[paper.citekey], language=language),
        cells=cells.cells_citing(session, paper_id=paper.id or 0),
        correspondences=correspondences.for_paper(session, paper.id or 0),
        similar=search.similar(session, paper),
        verdicts=service.verdict_set(session),
        chosen=chosen,
        reason=reason,
        errors=errors or {},
    )
    return page(request, "library/paper.html", context, blocks=_PAPER_BLOCKS, status=status)


@router.get("/papers/{citekey}")
def paper(request: Request, db: Db, citekey: str) -> Response:
    with db.read() as session:
        found = service.get_paper(session, citekey)
        if found.citekey != citekey:
            return RedirectResponse(f"/papers/{found.citekey}", 302)  # a merge can be taken back
        return _paper_page(request, session, found)


@router.get("/papers/{citekey}/edit")
def edit_paper(request: Request, db: Db, citekey: str) -> HTMLResponse:
    with db.read() as session:
        found = service.get_paper(session, citekey)
        return _paper_form(request, session, service.as_input(found), paper=found)


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
                errors=error.errors if isinstance(error, Invalid) else {},
                problem=None if isinstance(error, Invalid) else error.message,
                held_url=error.url if isinstance(error, AlreadyHeld) else "",
                theirs=found if isinstance(error, Stale) else None,
                version=None if isinstance(error, Stale) else form.version(),
                year=form.get("year"),
            )
    return redirect(f"/papers/{citekey}", N_("Saved."))


@router.post("/papers/{citekey}/verdicts")
def give_verdict(request: Request, db: Db, citekey: str, form: SubmittedForm) -> Response:
    verdict, reason = form.get("verdict"), form.get("reason")
    try:
        with db.write() as session:
            found = service.get_paper(session, citekey)
            service.give_verdict(session, found, verdict=verdict, reason=reason)
    except Invalid as error:
        with db.read() as session:
            found = service.get_paper(session, citekey)
            return _paper_page(
                request,
                session,
                found,
                status=error.status,
                chosen=verdict,
                reason=reason,
                errors=error.errors,
            )
    if request.headers.get("hx-request") == "true":
        with db.read() as session:
            return _paper_page(request, session, service.get_paper(session, citekey))
    return redirect(f"/papers/{citekey}", N_("Verdict saved."))


async def _fresh(request: Request, db: Db, config: Config, citekey: str) -> PaperDraft:
    with db.read() as session:
        asked = parse(service.get_paper(session, citekey).arxiv_id or "")
    return await patiently(request, partial(arxiv.fetch_one, asked, settings=config, fresh=True))


@router.post("/papers/{citekey}/refresh")
def refresh(
    db: Db, citekey: str, draft: Annotated[PaperDraft, Depends(_fresh)]
) -> RedirectResponse:
    """Asks arXiv again; what the reader wrote stays."""
    with db.write() as session:
        found = service.get_paper(session, citekey)
        changed = service.refresh_metadata(session, found, draft)
        citekey = found.citekey
    said = N_("arXiv's metadata is the same as before.")
    if changed:
        said = N_("Taken from arXiv: {fields}.")
    return redirect(f"/papers/{citekey}", said, fields=", ".join(changed))


@router.post("/papers/{citekey}/trash")
def to_trash(db: Db, citekey: str) -> RedirectResponse:
    with db.write() as session:
        service.trash_paper(service.get_paper(session, citekey))
    return redirect("/papers", N_("Moved to the trash."))


@router.post("/papers/{citekey}/restore")
def restore(db: Db, citekey: str) -> RedirectResponse:
    with db.write() as session:
        service.restore_paper(service.get_paper(session, citekey))
    return redirect(f"/papers/{citekey}", N_("Restored."))


@router.post("/papers/{citekey}/delete")
def delete(db: Db, citekey: str) -> RedirectResponse:
    with db.write() as session:
        service.delete_paper(session, service.get_paper(session, citekey))
    return redirect("/trash", N_("Deleted for good."))
