"""The pages of imports: hand in a file, look at what becomes what, take it, take it out again."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlmodel import Session

from app.benchmarks.rules import Accuracy
from app.benchmarks.service import read_accuracies
from app.database import Database
from app.errors import N_, CrosswalkError, Invalid, Message, NotFound
from app.imports import service
from app.imports.forms import corrections_from
from app.imports.results import ResultPlan
from app.imports.rules import Correction, Plan, Row, State, corrected
from app.imports.service import MadeRow, Reading
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


def _reading(format: FileName = "", benchmark: FileName = "", system: FileName = "") -> Reading:
    return Reading(format, benchmark, system)


AskedFor = Annotated[Reading, Depends(_reading)]


@dataclass(frozen=True)
class ImportPage:
    batches: list[tuple[ImportBatch, int]]
    is_empty: bool
    text: str
    reading: dict[str, str]  # what a page that sent a file here had said of it
    errors: dict[str, Message]


def _import_page(
    request: Request,
    session: Session,
    *,
    text: str = "",
    reading: Reading | None = None,
    error: CrosswalkError | None = None,
) -> HTMLResponse:
    errors = (
        error.errors if isinstance(error, Invalid) else {"file": error.message} if error else {}
    )
    context = ImportPage(
        batches=service.earlier_imports(session),
        is_empty=service.is_empty(session),
        text=text,
        reading=asdict(reading or Reading()),
        errors=errors,
    )
    status = error.status if error else 200
    return page(request, "imports/import.html", context, status=status)


@router.get("/import")
def choose(request: Request, db: Db) -> HTMLResponse:
    with db.read() as session:
        return _import_page(request, session)


@router.post("/import")
def hand_in(request: Request, db: Db, config: Config, form: SubmittedForm) -> Response:
    """Keeps the file as it is and goes on to its preview; nothing enters the library yet."""
    pasted = form.get("text")
    reading = Reading(form.get("format"), form.get("benchmark"), form.get("system"))
    name, data = form.file("file") or ("", b"")
    if not data and pasted.strip():
        name, data = "notes.md", pasted.encode("utf-8", "surrogatepass")
    try:
        if not name:
            raise Invalid.field("file", N_("Choose a file, or paste your notes below."))
        text = service.read_file(data)
        if service.is_result(text, reading):
            with db.read() as session:
                _result_plan(session, text, name, reading)
        digest = service.keep(config.library, data)
    except CrosswalkError as problem:
        with db.read() as session:
            return _import_page(request, session, text=pasted, reading=reading, error=problem)
    return redirect(_preview_url(digest, name, reading))


@router.post("/import/benchmarks")
def load_benchmarks(db: Db) -> RedirectResponse:
    """Brings the starter library's benchmarks into a library that has none."""
    with db.write() as session:
        loaded = service.load_benchmarks(session)
    if loaded is None:
        return redirect("/benchmarks", N_("There are benchmarks already."))
    return redirect("/benchmarks", N_("The benchmarks are there."))


@router.post("/import/starter")
def starter(db: Db) -> RedirectResponse:
    """Brings the starter library (back) into an empty library."""
    with db.write() as session:
        loaded = service.load_starter(session, again=True)
    if loaded is None:
        return redirect("/import", N_("The starter library goes into an empty library only."))
    return redirect("/", N_("The starter library is there."))


def _preview_url(digest: str, name: str, reading: Reading) -> str:
    said = {key: value for key, value in asdict(reading).items() if value}
    query = urlencode({"name": name, **said}, quote_via=quote, errors="replace")
    return f"/import/{digest}?{query}"


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
        action=_preview_url(digest, plan.name, Reading(format="notes")),
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
    return service.read_file(service.kept(config.library, digest))


@dataclass(frozen=True)
class ResultPage:
    plan: ResultPlan
    accuracies: list[tuple[str, Accuracy]]
    action: str
    system: str
    errors: dict[str, Message]


def _result_plan(session: Session, text: str, name: str, reading: Reading) -> ResultPlan:
    return service.preview_result(
        session, text, name, benchmark=reading.benchmark, system=reading.system
    )


def _result(
    request: Request,
    session: Session,
    config: Settings,
    digest: str,
    name: str,
    reading: Reading,
    *,
    typed: str | None = None,
    error: Invalid | None = None,
) -> HTMLResponse:
    """A result before it is stored; where it cannot be one any more, the import page says why."""
    try:
        plan = _result_plan(session, _text(config, digest), name, reading)
    except (Invalid, NotFound) as problem:
        return _import_page(request, session, reading=reading, error=problem)
    context = ResultPage(
        plan=plan,
        accuracies=read_accuracies(plan.read),
        action=_preview_url(digest, plan.name, reading),
        system=plan.read.system if typed is None else typed,
        errors=error.errors if error else {},
    )
    return page(request, "imports/result.html", context, status=error.status if error else 200)


@router.get("/import/{digest}")
def preview(
    request: Request,
    db: Db,
    config: Config,
    digest: Digest,
    reading: AskedFor,
    name: FileName = "",
) -> HTMLResponse:
    with db.read() as session:
        if service.is_result(_text(config, digest), reading):
            return _result(request, session, config, digest, name, reading)
        return _preview(request, session, config, digest, name)


@router.post("/import/{digest}")
def take(
    request: Request,
    db: Db,
    config: Config,
    digest: Digest,
    form: SubmittedForm,
    reading: AskedFor,
    name: FileName = "",
) -> Response:
    if service.is_result(_text(config, digest), reading):
        return _take_result(request, db, config, digest, name, reading, form.get("system"))
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
    unchanged = _preview_url(digest, name, reading)
    to = f"/import/batches/{report.batch_id}" if report.batch_id else unchanged
    return redirect(to, said.text, **dict(said.values))


def _take_result(
    request: Request,
    db: Database,
    config: Settings,
    digest: str,
    name: str,
    reading: Reading,
    system: str,
) -> Response:
    try:
        with db.write() as session:
            named = replace(reading, system=system)
            plan = _result_plan(session, _text(config, digest), name, named)
            said = service.take_result(session, plan).summary()
    except (Invalid, NotFound) as problem:
        error = problem if isinstance(problem, Invalid) else None
        unnamed = replace(reading, system="")
        with db.read() as session:
            return _result(
                request, session, config, digest, name, unnamed, typed=system, error=error
            )
    return redirect(plan.url, said.text, **dict(said.values))


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
