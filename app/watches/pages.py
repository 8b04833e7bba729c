"""The pages of watches: the list, one of them, its form with a preview."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlmodel import Session

from app.database import Database
from app.errors import N_, Conflict, CrosswalkError, Invalid, Stale, Unavailable
from app.models import Watch, WatchKind
from app.queue.service import Queue, get_queue
from app.search import saved_searches
from app.watches import service
from app.watches.forms import (
    ShownPreview,
    beside_target,
    job_of,
    preview_watch,
    read_watch,
    start_asking,
)
from app.watches.rules import WatchInput
from app.watches.service import Tiding, WatchStanding
from app.watches.touching import CellTouch, list_touches
from app.web.dependencies import Background, Config, Db, JobStates
from app.web.forms import FilledForm, Form, SubmittedForm
from app.web.jobs import Job
from app.web.pages import redirect_to, render_page
from app.web.threads import Route, run_as_reader

router = APIRouter(route_class=Route, prefix="/watches", include_in_schema=False)
WatchId = Annotated[int, Path(ge=1, le=2**31 - 1)]
Prefill = Annotated[str, Query(max_length=500)]
_SHOWN = 20  # papers on a watch's page; the queue has all of them


@dataclass(frozen=True)
class WatchRow:
    """A watch of the list, with the job that asks it, or was the last to."""

    standing: WatchStanding
    job: Job | None

    @property
    def is_asked(self) -> bool:
        return self.job is not None and self.job.is_running


def _row(standing: WatchStanding, jobs: Mapping[str, Job]) -> WatchRow:
    return WatchRow(standing, jobs.get(job_of(standing.watch.id)))


@dataclass(frozen=True)
class WatchesPage:
    """`asks` says that the server asks by itself; `url` is where the list is asked for again."""

    rows: list[WatchRow]
    deleted: list[Watch]
    asks: bool

    @property
    def waiting(self) -> int:
        return sum(each.standing.waiting for each in self.rows)

    @property
    def is_asked(self) -> bool:
        return any(each.is_asked for each in self.rows)


@dataclass(frozen=True)
class WatchesContext:
    listed: WatchesPage


@router.get("")
def watches(request: Request, db: Db, config: Config, jobs: JobStates) -> HTMLResponse:
    """All of them; htmx asks for `results` again while one is being asked."""
    with db.read() as session:
        listed = WatchesPage(
            [_row(each, jobs) for each in service.list_watches(session)],
            service.list_deleted_watches(session),
            config.watch,
        )
    context = WatchesContext(listed)
    return render_page(request, "watches/watches.html", context, blocks=("results",))


@dataclass(frozen=True)
class WatchForm:
    """`searches` are the saved ones, as name and query; `shown` is what it would have brought."""

    form: FilledForm[WatchInput]
    watch: Watch | None
    searches: list[tuple[str, str]]
    shown: ShownPreview | None
    asks: bool
    kinds: tuple[WatchKind, ...] = tuple(WatchKind)


def _form(
    request: Request,
    session: Session,
    form: FilledForm[WatchInput],
    watch: Watch | None = None,
    shown: ShownPreview | None = None,
) -> HTMLResponse:
    searches = [(each.name, each.query) for each in saved_searches.list_searches(session)]
    asks = request.app.state.settings.watch
    context = WatchForm(form, watch, searches, shown, asks)
    return render_page(request, "watches/form.html", context, status=form.status)


@router.get("/new")
def new_watch(request: Request, db: Db, kind: Prefill = "", target: Prefill = "") -> HTMLResponse:
    """The empty form; a kind and a target in the address are filled in."""
    known = next((each for each in WatchKind if each == kind), WatchKind.CATEGORIES)
    with db.read() as session:
        return _form(request, session, FilledForm(WatchInput(kind=known, target=target)))


@router.post("")
def add_watch(request: Request, db: Db, form: SubmittedForm) -> Response:
    given = read_watch(form)
    try:
        with db.write() as session:
            number = service.create_watch(session, given).id
    except (Invalid, Conflict) as error:
        with db.read() as session:
            return _form(request, session, FilledForm(given, error=error))
    return redirect_to(f"/watches/{number}", N_("Saved."))


@router.post("/preview")
async def preview(request: Request, db: Db, config: Config, form: SubmittedForm) -> Response:
    """The form again, with what it would have brought in the last days. Saves nothing."""
    given, error, shown = read_watch(form), None, None
    try:
        shown = await preview_watch(db, config, given)
    except (Invalid, Unavailable) as problem:
        error = beside_target(problem)
    show = partial(_previewed, request, db, form, given, error, shown)
    return await run_as_reader(show)()


def _previewed(
    request: Request,
    db: Database,
    form: Form,
    given: WatchInput,
    error: CrosswalkError | None,
    shown: ShownPreview | None,
) -> HTMLResponse:
    number = form.get("number")
    with db.read() as session:
        watch = None
        if number.isascii() and number.isdigit() and len(number) < 10:
            watch = service.get_watch(session, int(number)).watch
        filled = FilledForm(given, form.version(), error)
        return _form(request, session, filled, watch, shown)


@dataclass(frozen=True)
class WatchPage:
    """`queue` has the papers that wait, most promising first, `touches` the open cells that they
    may touch; `told` is what it told of held papers."""

    row: WatchRow
    queue: Queue
    touches: Mapping[int, Sequence[CellTouch]]
    told: Sequence[Tiding]
    asks: bool


@router.get("/{number}")
def watch(
    request: Request, db: Db, config: Config, jobs: JobStates, number: WatchId
) -> HTMLResponse:
    """One of them; htmx asks for `results` again while it is being asked."""
    with db.read() as session:
        standing = service.get_watch(session, number)
        queue = get_queue(session, standing.selection, limit=_SHOWN, ranked=True)
        context = WatchPage(
            _row(standing, jobs),
            queue,
            list_touches(session, [each.paper.id for each in queue.items]),
            service.list_tidings(session, number),
            config.watch,
        )
    return render_page(request, "watches/watch.html", context, blocks=("results",))


@router.get("/{number}/edit")
def edit_watch(request: Request, db: Db, number: WatchId) -> HTMLResponse:
    with db.read() as session:
        held = service.get_watch(session, number).watch
        form = FilledForm(service.watch_as_input(held), held.version)
        return _form(request, session, form, held)


@router.post("/{number}")
def save_watch(request: Request, db: Db, number: WatchId, form: SubmittedForm) -> Response:
    given = read_watch(form)
    try:
        with db.write() as session:
            held = service.get_watch(session, number).watch
            service.update_watch(session, held, given, version=form.version())
    except (Invalid, Stale) as error:
        with db.read() as session:
            held = service.get_watch(session, number).watch
            filled = FilledForm(given, form.version(), error)
            saved = filled.with_saved(service.watch_as_input(held), held.version)
            return _form(request, session, saved, held)
    return redirect_to(f"/watches/{number}", N_("Saved."))


@router.post("/{number}/switch")
def switch(db: Db, number: WatchId, form: SubmittedForm) -> RedirectResponse:
    """On or off, as `on` says; back to where the switch stands."""
    with db.write() as session:
        service.switch_watch(session, service.get_watch(session, number).watch, "on" in form)
    return redirect_to("/watches" if form.get("back") == "list" else f"/watches/{number}")


@router.post("/{number}/ask")
async def ask(
    db: Db, config: Config, jobs: Background, number: WatchId, form: SubmittedForm
) -> RedirectResponse:
    """Begins to ask it now; its page shows how far that is."""
    with db.read() as session:
        service.get_watch(session, number)
    start_asking(jobs, db, config, number)
    return redirect_to("/watches" if form.get("back") == "list" else f"/watches/{number}")


@router.post("/{number}/stop")
async def stop(jobs: Background, number: WatchId) -> RedirectResponse:
    jobs.stop(job_of(number))
    return redirect_to(f"/watches/{number}")


@router.post("/{number}/delete")
def delete(request: Request, db: Db, number: WatchId, form: SubmittedForm) -> Response:
    try:
        with db.write() as session:
            held = service.get_watch(session, number).watch
            service.trash_watch(session, held, version=form.version())
    except Stale as error:
        with db.read() as session:
            held = service.get_watch(session, number).watch
            saved = FilledForm(service.watch_as_input(held), held.version, error)
            return _form(request, session, saved, held)
    return redirect_to("/watches", N_("Deleted."), undo=f"/watches/{number}/restore")


@router.post("/{number}/restore")
def restore(db: Db, number: WatchId) -> Response:
    with db.write() as session:
        service.restore_watch(session, number)
    return redirect_to(f"/watches/{number}", N_("Restored."))


@router.post("/{number}/erase")
def erase(db: Db, number: WatchId) -> Response:
    with db.write() as session:
        service.delete_watch(session, number)
    return redirect_to("/watches", N_("Deleted for good."))
