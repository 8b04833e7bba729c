"""A paper that is here without an id: looked up by its title, completed by the one that it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from app.database import Database
from app.errors import N_, CrosswalkError, Invalid, Message
from app.library import service
from app.library.duplicates import merging
from app.library.schemas import CandidateItem
from app.models import Paper
from app.settings import Settings
from app.sources import metadata_lookup
from app.sources.drafts import PaperDraft
from app.sources.web.other_names import OtherName
from app.sources.web.page_capture import Asked, find_id
from app.web.dependencies import Config, Db, Listing
from app.web.forms import SubmittedForm
from app.web.pages import redirect_to, render_page
from app.web.threads import Route, run_as_reader, run_in_waiting_pool

router = APIRouter(route_class=Route, include_in_schema=False)
api = APIRouter(route_class=Route, tags=["papers"])

Candidates = Mapping[Asked, PaperDraft]


@dataclass(frozen=True)
class CandidatesPage:
    paper: Paper
    candidates: Candidates
    held: Mapping[Asked, Paper]
    asked_of: str


async def _candidates(db: Db, config: Config, citekey: str) -> Candidates | CrosswalkError:
    try:
        return await run_in_waiting_pool(partial(_search, db, config, citekey))
    except CrosswalkError as error:
        return error


def _search(db: Database, settings: Settings, citekey: str) -> Candidates:
    with db.read() as session:
        title = service.get_paper(session, citekey).title
    return metadata_lookup.search_papers(OtherName("title", title), settings=settings)


_Found = Annotated[Candidates | CrosswalkError, Depends(_candidates)]


@router.post("/papers/{citekey}/candidates")
@run_as_reader
def find_candidates(
    request: Request, db: Db, config: Config, citekey: str, found: _Found
) -> Response:
    """Which papers its title may mean; nothing is saved. Where nobody can be asked, the paper's
    page says why."""
    if isinstance(found, CrosswalkError):
        return redirect_to(f"/papers/{citekey}", _why(found))
    with db.read() as session:
        paper = service.get_paper(session, citekey)
        held = _held(session, found)
        asked_of = metadata_lookup.name_searched(config)
        context = CandidatesPage(paper, found, held, asked_of)
        return render_page(request, "library/candidates.html", context)


@api.post("/papers/{citekey}/candidates")
@run_as_reader
def list_candidates(db: Db, found: _Found) -> Listing[CandidateItem]:
    """Which papers its title may mean, of arXiv and, where that is switched on, of Crossref. It is
    completed by `POST /papers` with the id as `arxiv_id` or `doi`, and `same_as`."""
    if isinstance(found, CrosswalkError):
        raise found
    with db.read() as session:
        held = _held(session, found)
    items = [
        CandidateItem(
            id=str(asked),
            title=draft.title,
            authors=draft.names,
            year=draft.year,
            venue=draft.venue,
            held=held[asked].citekey if asked in held else None,
        )
        for asked, draft in found.items()
    ]
    return Listing(items=items, total=len(items), page=1, per_page=len(items))


def _held(session: Session, found: Candidates) -> dict[Asked, Paper]:
    papers = service.papers_held(session, list(found.values()))
    return {asked: paper for asked, paper in zip(found, papers, strict=True) if paper}


async def _told(config: Config, form: SubmittedForm) -> PaperDraft | CrosswalkError:
    asked = find_id(form.get("id"))
    if asked is None:
        said = N_("“{given}” is no arXiv id, DOI or address that names one.")
        return Invalid.field("id", said, given=form.get("id")[:80])
    fetch = partial(metadata_lookup.fetch_paper, asked, settings=config)
    try:
        return await run_in_waiting_pool(fetch)
    except CrosswalkError as error:
        return error


@router.post("/papers/{citekey}/identify")
def identify(
    db: Db, citekey: str, told: Annotated[PaperDraft | CrosswalkError, Depends(_told)]
) -> RedirectResponse:
    """It is the paper with this `id`, and gets what is known of it."""
    if isinstance(told, CrosswalkError):
        return redirect_to(f"/papers/{citekey}", _why(told))
    try:
        with db.write() as session:
            paper = service.get_paper(session, citekey)
            given = service.draft_as_input(told)
            merge = merging.complete_paper(session, paper, given, source=told).id
    except CrosswalkError as error:
        return redirect_to(f"/papers/{citekey}", _why(error))
    undo = f"/duplicates/merges/{merge}/undo"
    return redirect_to(f"/papers/{citekey}", N_("Completed."), undo=undo)


def _why(error: CrosswalkError) -> Message:
    return next(iter(error.errors.values()), error.message)
