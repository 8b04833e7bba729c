"""What is done to a paper that is there: completed, put into the trash and taken out of it."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from app.errors import N_, Conflict, CrosswalkError
from app.library import service
from app.sources import metadata_lookup
from app.sources.drafts import PaperDraft
from app.web.dependencies import Config, Db
from app.web.pages import redirect_to, render_page
from app.web.threads import Route, run_in_waiting_pool

router = APIRouter(route_class=Route, include_in_schema=False)


@dataclass(frozen=True)
class Fresh:
    draft: PaperDraft
    source: str


async def _fresh(db: Db, config: Config, citekey: str) -> Fresh | CrosswalkError:
    with db.read() as session:
        asked = service.asked_of(service.get_paper(session, citekey))
    if asked is None:
        return Conflict(N_("It has neither an arXiv id nor a DOI. Give it one under Edit."))
    fetch = partial(metadata_lookup.fetch_paper, asked, settings=config, fresh=True)
    try:
        draft = await run_in_waiting_pool(fetch)
    except CrosswalkError as error:
        return error
    return Fresh(draft, metadata_lookup.source_name(asked, config))


@router.post("/papers/{citekey}/refresh")
def refresh(
    db: Db, citekey: str, fresh: Annotated[Fresh | CrosswalkError, Depends(_fresh)]
) -> RedirectResponse:
    """Asks arXiv or the DOI's resolver again; what the reader wrote stays. Where that fails the
    paper's page says why, and offers to try again."""
    if isinstance(fresh, CrosswalkError):
        url = f"/papers/{citekey}"
        why = next(iter(fresh.errors.values()), fresh.message)
        return redirect_to(url, why, retry=f"{url}/refresh")
    with db.write() as session:
        found = service.get_paper(session, citekey)
        changed = service.refresh_metadata(session, found, fresh.draft)
        citekey = found.citekey
    said = N_("The metadata of {source} is the same as before.")
    if changed:
        said = N_("Taken from {source}: {fields}.")
    fields = ", ".join(changed)
    return redirect_to(f"/papers/{citekey}", said, source=fresh.source, fields=fields)


@router.post("/papers/{citekey}/trash")
def to_trash(db: Db, citekey: str) -> RedirectResponse:
    with db.write() as session:
        service.trash_paper(service.get_paper(session, citekey))
    return redirect_to("/papers", N_("Moved to the trash."), undo=f"/papers/{citekey}/restore")


@router.post("/papers/{citekey}/restore")
def restore(db: Db, citekey: str) -> RedirectResponse:
    with db.write() as session:
        service.restore_paper(service.get_paper(session, citekey))
    return redirect_to(f"/papers/{citekey}", N_("Restored."))


@dataclass(frozen=True)
class DeletionPage:
    """Asks before a paper is deleted for good, with the numbers."""

    title: str
    action: str
    deletion: service.PaperDeletion


@router.get("/papers/{citekey}/delete")
def ask_deletion(request: Request, db: Db, citekey: str) -> HTMLResponse:
    with db.read() as session:
        paper = service.get_paper(session, citekey)
        deletion = service.preview_paper_deletion(session, paper)
    action = f"/papers/{paper.citekey}/delete"
    context = DeletionPage(paper.title, action, deletion)
    return render_page(request, "library/deletion.html", context)
