"""The pages of papers: the list, a paper, its forms."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlmodel import Session

from app.comparison import service as comparison
from app.comparison.service import CitingCell
from app.errors import N_, AlreadyHeld, CrosswalkError, Invalid, Message, NotFound, Stale
from app.library import service
from app.library.filters import FILTERS, SORTS, PaperFilters
from app.library.forms import paper_from_form
from app.library.rules import PaperInput
from app.library.service import Facet
from app.models import Kind, Paper, ResearchField, Technique, Verdict
from app.notes import service as notes
from app.notes.service import Backlink, Shown
from app.search import service as search
from app.sources import arxiv
from app.sources.arxiv_ids import find_all, parse
from app.sources.drafts import PaperDraft
from app.trees import walk
from app.web.api import PER_PAGE, Config, Db, PageNumber
from app.web.forms import SubmittedForm
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
    mark: Callable[[str], list[tuple[str, bool]]] | None
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
    chosen = {name: tuple(request.query_params.getlist(name)) for name in FILTERS}
    filters = PaperFilters({n: tuple(filter(None, v)) for n, v in chosen.items()})
    with db.read() as session:
        named = search.paper_filters(session, plan)
        matches = search.matching(session, named.plan, "paper")
        if sort not in SORTS:
            sort = "relevance" if matches else "added"
        listed = service.list_papers(
            session,
            filters.also(named.filters),
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
    drafts: list[PaperDraft] = field(default_factory=list)
    held: dict[str, Paper] = field(default_factory=dict)
    problem: Message | None = None
    held_url: str = ""
    draft: str = ""
    theirs: Paper | None = None
    version: int = 0


def _paper_form(
    request: Request,
    session: Session,
    given: PaperInput,
    *,
    status: int = 200,
    paper: Paper | None = None,
    errors: dict[str, Message] | None = None,
    arxiv: str = "",
    drafts: list[PaperDraft] | None = None,
    problem: Message | None = None,
    held_url: str = "",
    draft: str = "",
    theirs: Paper | None = None,
) -> HTMLResponse:
    held = service.papers_holding(session, [each.arxiv_id or "" for each in drafts or ()])
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
        drafts=drafts or [],
        held=held,
        problem=problem,
        held_url=held_url,
        draft=draft,
        theirs=theirs,
        version=paper.version if paper else 0,
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


@router.post("/papers/lookup")
def look_up(request: Request, db: Db, config: Config, form: SubmittedForm) -> HTMLResponse:
    """Asks arXiv for the metadata of one or several ids; nothing is saved yet."""
    asked = form.get("arxiv")
    given, errors = paper_from_form(form)
    problem: Message | None = None
    drafts: list[PaperDraft] = []
    status = 200
    try:
        ids, leftovers = find_all(asked)
        if leftovers or not ids:
            raise Invalid.field(
                "arxiv",
                N_("“{given}” is not an arXiv id. Write 2208.10442, an arXiv URL, or several."),
                given=" ".join(leftovers)[:80] or asked[:80],
            )
        fetched = arxiv.fetch(ids, settings=config)
        drafts = [fetched.found[each] for each in ids if each in fetched.found]
        if fetched.missing:
            problem = Message.of(
                N_("arXiv knows no paper {ids}. Check the id."),
                ids=", ".join(map(str, fetched.missing)),
            )
            status = 404 if not drafts else 200
    except Invalid as error:
        errors = {"arxiv": next(iter(error.errors.values()))}
        status = error.status
    except CrosswalkError as error:
        problem, status = error.message, error.status
    draft = ""
    if len(drafts) == 1:
        mine = {"kind", "citekey", "techniques", "tags", "fields"}
        kept = {name: getattr(given, name) for name in mine}
        given = service.draft_as_input(drafts[0]).model_copy(update=kept)
        draft = drafts[0].model_dump_json()
    elif not drafts and not given.arxiv_id and not errors and len(ids) == 1:
        given = given.model_copy(update={"arxiv_id": ids[0].base, "arxiv_version": ids[0].version})
    with db.read() as session:
        return _paper_form(
            request,
            session,
            given,
            status=status,
            errors=errors,
            arxiv=asked,
            drafts=drafts,
            problem=problem,
            draft=draft,
        )


@router.post("/papers")
def add_paper(request: Request, db: Db, form: SubmittedForm) -> Response:
    given, errors = paper_from_form(form)
    draft = form.get("draft")
    source = PaperDraft.model_validate_json(draft) if draft else None
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
                problem=None if isinstance(error, Invalid) else error.message,
                held_url="" if isinstance(error, Invalid) else error.url,
                draft=draft,
            )
    return redirect(f"/papers/{citekey}", N_("Saved."))


@router.post("/papers/several")
def add_several(db: Db, config: Config, form: SubmittedForm) -> RedirectResponse:
    """Adds the ticked ones of several ids that were looked up (arXiv's answers are cached)."""
    ids, _ = find_all(" ".join(form.all("id")))
    fetched = arxiv.fetch(ids, settings=config)
    with db.write() as session:
        held = service.papers_holding(session, [each.base for each in ids])
        drafts = [draft for each, draft in fetched.found.items() if each.base not in held]
        for draft in drafts:
            service.create_paper(session, service.draft_as_input(draft), source=draft)
    return redirect("/papers?sort=added", N_("{count} papers were added."), count=len(drafts))


@dataclass(frozen=True)
class PaperPage:
    paper: Paper
    abstract: object
    notes: list[Shown]
    backlinks: list[Backlink]
    cells: list[CitingCell]
    verdicts: list[Verdict]
    chosen: str
    reason: str
    errors: dict[str, Message]


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
    shown = notes.notes_about(session, paper_id=paper.id)
    keys = [paper.citekey, paper.title, paper.short_title]
    context = PaperPage(
        paper=paper,
        abstract=notes.render_many(session, [paper.abstract])[0],
        notes=shown,
        backlinks=notes.backlinks(session, kind="paper", keys=keys),
        cells=comparison.cells_citing(session, paper_id=paper.id),
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
            return RedirectResponse(f"/papers/{found.citekey}", 301)
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


@router.post("/papers/{citekey}/refresh")
def refresh(db: Db, config: Config, citekey: str) -> RedirectResponse:
    """Asks arXiv again; what the reader wrote stays."""
    with db.read() as session:
        held = service.get_paper(session, citekey)
    asked = parse(held.arxiv_id or "")
    fetched = arxiv.fetch([asked], settings=config, fresh=True)
    if asked not in fetched.found:
        raise NotFound(N_("arXiv knows no paper {ids}. Check the id."), ids=str(asked))
    draft = fetched.found[asked]
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
