"""The pages of folders that are kept in step: which there are, and what is to be decided."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app.errors import N_, Invalid
from app.models import SyncConflict
from app.notes.rules import DiffLine, diff_texts
from app.vault import service
from app.vault.sync import conflicts
from app.vault.sync.conflicts import CHOICES, Choice, FolderStatus
from app.web.dependencies import Config, Db
from app.web.forms import FilledForm, SubmittedForm
from app.web.pages import redirect_to, render_page
from app.web.threads import Route

router = APIRouter(route_class=Route, include_in_schema=False)
ConflictId = Annotated[int, Path(ge=1, le=2**31 - 1)]


@dataclass(frozen=True)
class SyncPage:
    standings: list[FolderStatus]


@router.get("/sync")
def sync(request: Request, db: Db, config: Config) -> HTMLResponse:
    with db.read() as session:
        standings = conflicts.list_folders(session, config.library)
    return render_page(request, "vault/sync.html", SyncPage(standings))


@dataclass(frozen=True)
class ConflictPage:
    """`ours` is what the library says now; `difference` what the folder has instead."""

    conflict: SyncConflict
    ours: str
    difference: list[DiffLine] | None
    form: FilledForm[str]
    rows: int


@router.get("/sync/conflicts/{conflict_id}")
def conflict(request: Request, db: Db, conflict_id: ConflictId) -> HTMLResponse:
    return _conflict(request, db, conflict_id)


def _conflict(
    request: Request,
    db: Db,
    conflict_id: int,
    typed: FilledForm[str] | None = None,
) -> HTMLResponse:
    with db.read() as session:
        found = conflicts.get_conflict(session, conflict_id)
        ours = conflicts.present_text(session, found)
    form = typed or FilledForm(conflicts.suggest_merge(found, ours))
    context = ConflictPage(
        found,
        ours,
        diff_texts(ours, found.theirs),
        form,
        rows=min(24, max(2, form.given.count("\n") + 2)),
    )
    return render_page(request, "vault/conflict.html", context, status=form.status)


@router.post("/sync/conflicts/{conflict_id}", response_model=None)
def resolve(
    request: Request, db: Db, conflict_id: ConflictId, form: SubmittedForm
) -> HTMLResponse | RedirectResponse:
    """The reader's decision; then the next conflict, or the list of folders."""
    chosen = form.get("choice")
    choice: Choice = next((each for each in CHOICES if each == chosen), "merged")
    text = form.get("text")
    try:
        with db.write() as session:
            conflicts.resolve_conflict(session, conflict_id, choice, text)
            following = conflicts.next_open(session, conflict_id)
    except Invalid as problem:
        return _conflict(request, db, conflict_id, FilledForm(text, error=problem))
    url = f"/sync/conflicts/{following.id}" if following else "/sync"
    return redirect_to(url, N_("Decided. The next sync writes it into the folder."))


@router.get("/export/vault.zip")
def vault(db: Db, config: Config) -> Response:
    """The whole library as a folder of Markdown, zipped."""
    headers = {"Content-Disposition": 'attachment; filename="crosswalk-vault.zip"'}
    return Response(service.export_zip(db, config), media_type="application/zip", headers=headers)
