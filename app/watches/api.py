"""The JSON routes of watches."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Body, Path, Request, Response

from app.kit.json_fields import needs
from app.watches import service
from app.watches.forms import job_of, preview_watch, start_asking
from app.watches.rules import MOST, WatchInput
from app.watches.schemas import (
    PreviewInput,
    PreviewOut,
    WatchItem,
    WatchOut,
    serialize_preview,
    serialize_watch,
    serialize_watch_page,
)
from app.web.dependencies import PER_PAGE, Background, Config, Db, JobStates, Listing, format_etag
from app.web.forms import IfMatch
from app.web.jobs import Job
from app.web.languages import make_translator
from app.web.threads import Route

router = APIRouter(route_class=Route, tags=["watches"])
WatchId = Annotated[int, Path(ge=1, le=2**31 - 1)]
_Added = Annotated[WatchInput, Body(json_schema_extra=needs(("target",)))]
_LookedAt = Annotated[PreviewInput, Body(json_schema_extra=needs(("target",)))]


def _is_asked(jobs: Mapping[str, Job], number: int) -> bool:
    job = jobs.get(job_of(number))
    return job is not None and job.is_running


@router.get("/watches")
def watches(request: Request, db: Db, jobs: JobStates) -> Listing[WatchItem]:
    """All of them, with what is new."""
    say = make_translator(request)
    with db.read() as session:
        items = [
            serialize_watch(each, is_asked=_is_asked(jobs, each.watch.id), say=say)
            for each in service.list_watches(session)
        ]
    return Listing(items=items, total=len(items), page=1, per_page=MOST)


@router.post("/watches", status_code=201)
def add_watch(
    request: Request, db: Db, jobs: JobStates, given: _Added, response: Response
) -> WatchOut:
    """Off, unless it says `on`."""
    with db.write() as session:
        number = service.create_watch(session, given).id
    response.headers["Location"] = f"/api/v1/watches/{number}"
    return watch(request, db, jobs, number, response)


@router.post("/watches/preview")
async def preview(request: Request, db: Db, config: Config, given: _LookedAt) -> PreviewOut:
    """What a watch would have brought in the last days; saves nothing."""
    asked = WatchInput(kind=given.kind, target=given.target)
    shown = await preview_watch(db, config, asked)
    held = [each.paper for each in shown.entries]
    return serialize_preview(shown.preview, held, make_translator(request))


@router.get("/watches/{number}")
def watch(
    request: Request, db: Db, jobs: JobStates, number: WatchId, response: Response
) -> WatchOut:
    with db.read() as session:
        standing = service.get_watch(session, number)
        item = serialize_watch(
            standing, is_asked=_is_asked(jobs, number), say=make_translator(request)
        )
        papers = service.list_waiting(session, number, PER_PAGE)
        out = serialize_watch_page(item, papers, service.list_tidings(session, number))
    response.headers["ETag"] = format_etag(out.version)
    return out


@router.patch("/watches/{number}")
def change_watch(
    request: Request,
    db: Db,
    jobs: JobStates,
    number: WatchId,
    patch: WatchInput,
    version: IfMatch,
    response: Response,
) -> WatchOut:
    """Changes what the body names; with another kind or target it begins anew."""
    changes = {name: getattr(patch, name) for name in patch.model_fields_set}
    with db.write() as session:
        held = service.get_watch(session, number).watch
        given = service.watch_as_input(held).model_copy(update=changes)
        service.update_watch(session, held, given, version=version)
    return watch(request, db, jobs, number, response)


@router.delete("/watches/{number}", status_code=204)
def delete_watch(db: Db, number: WatchId, version: IfMatch) -> None:
    """Into the trash; the page of watches brings it back. What it brought stays."""
    with db.write() as session:
        service.trash_watch(session, service.get_watch(session, number).watch, version=version)


@router.post("/watches/{number}/ask", status_code=202)
async def ask(
    request: Request, db: Db, config: Config, jobs: Background, number: WatchId, response: Response
) -> WatchOut:
    """Begins to ask it now; `is_asked` says how long that takes."""
    with db.read() as session:
        service.get_watch(session, number)
    start_asking(jobs, db, config, number)
    return watch(request, db, jobs.read(), number, response)
