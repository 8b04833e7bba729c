"""The pages of imports: hand in a file, look at what becomes what, take it, take it out again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlmodel import Session

from app.errors import N_, Invalid, Message, TooLarge
from app.imports import service
from app.imports.forms import corrections_from
from app.imports.rules import Correction, Plan, Row, State, corrected
from app.imports.service import MadeRow
from app.library import service as library
from app.models import ImportBatch, Kind, Verdict
from app.notes.rules import Line, changes
from app.settings import Settings
from app.web.api import Config, Db
from app.web.forms import SubmittedForm
from app.web.pages import page, redirect

router = APIRouter(include_in_schema=False)
Digest = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]
BatchId = Annotated[int, Path(ge=1, le=2**31 - 1)]
FileName = Annotated[str, Query(max_length=1000)]


@dataclass(frozen=True)
class ImportPage:
    batches: list[tuple[ImportBatch, int]]
    is_empty: bool
    text: str = ""
    errors: dict[str, Message] = field(default_factory=dict)


def _import_page(
    request: Request,
    session: Session,
    *,
    status: int = 200,
    text: str = "",
    errors: dict[str, Message] | None = None,
) -> HTMLResponse:
    context = ImportPage(
        batches=service.earlier_imports(session),
        is_empty=service.is_empty(session),
        text=text,
        errors=errors or {},
    )
    return page(request, "imports/import.html", context, status=status)


@router.get("/import")
def choose(request: Request, db: Db) -> HTMLResponse:
    with db.read() as session:
        return _import_page(request, session)


@router.post("/import")
def hand_in(request: Request, db: Db, config: Config, form: SubmittedForm) -> Response:
    """Keeps the file as it is and goes on to its preview; nothing enters the library yet."""
    pasted = form.get("text")
    name, data = form.file("file") or ("", b"")
    if not data and pasted.strip():
        name, data = "notes.md", pasted.encode("utf-8", "surrogatepass")
    try:
        if not name:
            raise Invalid.field("file", N_("Choose a file, or paste your notes below."))
        service.read_notes(data)
        digest = service.keep(config.library, data)
    except (Invalid, TooLarge) as problem:
        errors = problem.errors if isinstance(problem, Invalid) else {"file": problem.message}
        with db.read() as session:
            return _import_page(request, session, status=problem.status, text=pasted, errors=errors)
    return redirect(_preview_url(digest, name))


@router.post("/import/starter")
def starter(db: Db) -> RedirectResponse:
    """Brings the starter library (back) into an empty library."""
    with db.write() as session:
        loaded = service.load_starter(session, again=True)
    if loaded is None:
        return redirect("/import", N_("The starter library goes into an empty library only."))
    return redirect("/", N_("The starter library is there."))


def _preview_url(digest: str, name: str) -> str:
    return f"/import/{digest}?{urlencode({'name': name}, quote_via=quote, errors='replace')}"


@dataclass(frozen=True)
class PreviewPage:
    plan: Plan
    rows: list[Row]
    action: str
    verdicts: list[Verdict]
    kinds: list[str]
    differences: dict[int, list[Line] | None]
    errors: dict[str, Message]


_KINDS = [*(kind.value for kind in Kind), "thought"]


def _preview(
    request: Request,
    session: Session,
    config: Settings,
    digest: str,
    name: str,
    *,
    corrections: Mapping[int, Correction] | None = None,
    errors: dict[str, Message] | None = None,
    status: int = 200,
) -> HTMLResponse:
    plan = service.preview(session, _text(config, digest), name)
    context = PreviewPage(
        plan=plan,
        rows=[corrected(row, (corrections or {}).get(row.position)) for row in plan.rows],
        action=_preview_url(digest, plan.name),
        verdicts=library.verdict_set(session),
        kinds=_KINDS,
        differences={
            row.position: changes(row.theirs, row.body)
            for row in plan.rows
            if row.state in (State.CHANGED, State.CONFLICT)
        },
        errors=errors or {},
    )
    return page(request, "imports/preview.html", context, status=status)


def _text(config: Settings, digest: str) -> str:
    return service.read_notes(service.kept(config.library, digest))


@router.get("/import/{digest}")
def preview(
    request: Request, db: Db, config: Config, digest: Digest, name: FileName = ""
) -> HTMLResponse:
    with db.read() as session:
        return _preview(request, session, config, digest, name)


@router.post("/import/{digest}")
def take(
    request: Request,
    db: Db,
    config: Config,
    digest: Digest,
    form: SubmittedForm,
    name: FileName = "",
) -> Response:
    corrections = corrections_from(form)
    try:
        with db.write() as session:
            plan = service.preview(session, _text(config, digest), name)
            report = service.apply(session, plan, corrections)
    except Invalid as problem:
        with db.read() as session:
            return _preview(
                request,
                session,
                config,
                digest,
                name,
                corrections=corrections,
                errors=problem.errors,
                status=problem.status,
            )
    said = report.summary()
    to = f"/import/batches/{report.batch_id}" if report.batch_id else _preview_url(digest, name)
    return redirect(to, said.text, **dict(said.values))


@dataclass(frozen=True)
class BatchPage:
    batch: ImportBatch
    made: dict[str, list[MadeRow]]


@router.get("/import/batches/{batch_id}")
def batch(request: Request, db: Db, batch_id: BatchId) -> HTMLResponse:
    with db.read() as session:
        found = service.get_batch(session, batch_id)
        context = BatchPage(found, service.made_by(session, found))
    return page(request, "imports/batch.html", context)


@router.post("/import/batches/{batch_id}/undo")
def undo(db: Db, batch_id: BatchId) -> RedirectResponse:
    with db.write() as session:
        done = service.undo(session, batch_id)
    said = N_("Taken out: {removed}.")
    if done.kept.total():
        said = N_("Taken out: {removed}. Kept, since you edited or built on it: {kept}.")
    return redirect("/import", said, removed=done.removed.total(), kept=done.kept.total())
