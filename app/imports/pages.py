"""The pages of imports: hand in a file, look at what becomes what, take it, take it out again."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlmodel import Session

from app.benchmarks.rules import Accuracy
from app.benchmarks.service import read_accuracies
from app.database import Database, started_from, state_of
from app.errors import N_, CrosswalkError, Invalid, Message, NotFound, Problem
from app.imports import service
from app.imports.applying.benchmark_results import ResultPlan
from app.imports.applying.pictures import illustrator
from app.imports.forms import corrections_from, file_from, mends_from
from app.imports.planning.detect_format import Content, mended, read_once
from app.imports.planning.preview_state import Said, forget, remember, said
from app.imports.rules import Plan, Row, State, corrected, ticked
from app.imports.service import MadeRow, Reading
from app.library import service as library
from app.models import ImportBatch, Kind, Verdict
from app.notes.rules import Line, changes
from app.settings import Settings
from app.state_cache import StateCache
from app.web.dependencies import Config, Db, PageNumber
from app.web.forms import SubmittedForm
from app.web.pages import page, redirect
from app.web.paging import Paging
from app.web.threads import Route

router = APIRouter(route_class=Route, include_in_schema=False)
Digest = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]
BatchId = Annotated[int, Path(ge=1, le=2**31 - 1)]
FileName = Annotated[str, Query(max_length=1000)]


_ENDINGS = {
    "bibtex": "bib",
    "csl-json": "json",
    "ris": "ris",
    "predictions": "txt",
    "id-list": "txt",
}


async def _reading(
    format: FileName = "", benchmark: FileName = "", system: FileName = ""
) -> Reading:
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
    name, data = file_from(form)
    if not data and pasted.strip():
        name, data = "notes.md", pasted.encode("utf-8", "surrogatepass")
    try:
        if not name:
            raise Invalid.field("file", N_("Choose a file or a folder, or paste its text below."))
        content = read_once(data, name, reading.asked)
        if content.format == "predictions":
            with db.read() as session:
                _result_plan(session, content, name, reading)
        digest = service.keep(config.library, data)
    except CrosswalkError as problem:
        with db.read() as session:
            return _import_page(request, session, text=pasted, reading=reading, error=problem)
    if pasted and content.format in _ENDINGS:
        name = f"pasted.{_ENDINGS[content.format]}"
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
class ShownProblem:
    """What could not be read, with its number and, if the reader mended it, the text they left."""

    number: int
    problem: Problem
    text: str


@dataclass(frozen=True)
class PreviewPage:
    plan: Plan
    rows: list[tuple[Row, Row]]  # as corrected, and as it was read
    paging: Paging
    problems: list[ShownProblem]
    action: str
    verdicts: list[Verdict]
    kinds: list[str]
    differences: dict[str, list[Line] | None]  # by the note's key
    taken: int
    asked: int
    errors: dict[str, Message]


_KINDS = [*(kind.value for kind in Kind), "thought"]
_ROWS = 100  # on a page
_PROBLEMS = 50
_plans = StateCache[Plan](2)  # of files that are looked at page by page


def _planned(session: Session, content: Content, told: Said, digest: str, name: str) -> Plan:
    """What importing a file does as the library is now, problems that the reader mended read again;
    kept until the library changes or another problem is mended."""
    key = digest, name, content.format, tuple(sorted(told.mends.items()))
    return _plans.get(
        session,
        key,
        lambda: service.preview(session, mended(content, told.mends), name, sha256=digest),
    )


def _preview(
    request: Request,
    session: Session,
    config: Settings,
    digest: str,
    name: str,
    reading: Reading,
    *,
    number: int = 1,
    errors: dict[str, Message] | None = None,
    status: int = 200,
) -> HTMLResponse:
    """One page of a plan: first what the reader should look at, then the rest as in the file."""
    told = said(config.library, digest, name)
    plan = _planned(session, _content(config, digest, name, reading), told, digest, name)
    pairs = [(corrected(row, told.corrections.get(row.key)), row) for row in plan.rows]
    errors = errors or {}
    wrong = {int(at) for key in errors if (at := key.rpartition("-")[2]).isdigit()}
    pairs.sort(key=lambda pair: (pair[1].position not in wrong, not pair[1].is_asked))
    number = max(1, min(number, -(-len(pairs) // _ROWS)))
    shown = pairs[(number - 1) * _ROWS :][:_ROWS]
    context = PreviewPage(
        plan=plan,
        rows=shown,
        paging=Paging(number, _ROWS, len(pairs)),
        problems=[
            ShownProblem(at, problem, problem.raw)
            for at, problem in enumerate(plan.problems[:_PROBLEMS])
            if number == 1
        ],
        action=_preview_url(digest, plan.name, reading),
        verdicts=library.verdict_set(session),
        kinds=_KINDS,
        differences=dict(_differences(read for _, read in shown)),
        taken=sum(row.take for row, _ in pairs),
        asked=sum(row.is_asked for row in plan.rows),
        errors=errors,
    )
    return page(request, "imports/preview.html", context, status=status)


def _differences(rows: Iterable[Row]) -> Iterator[tuple[str, list[Line] | None]]:
    """What would change in notes that are here, by the key of row or note."""
    for row in rows:
        if not row.record and row.state in (State.CHANGED, State.CONFLICT):
            yield row.key, changes(row.theirs, row.body)
        for note in row.notes:
            if note.state in (State.CHANGED, State.CONFLICT):
                yield note.key, changes(note.theirs, note.body)


def _content(config: Settings, digest: str, name: str, reading: Reading) -> Content:
    return read_once(service.kept(config.library, digest), name, reading.asked)


@dataclass(frozen=True)
class ResultPage:
    plan: ResultPlan
    accuracies: list[tuple[str, Accuracy]]
    action: str
    system: str
    errors: dict[str, Message]


def _result_plan(session: Session, content: Content, name: str, reading: Reading) -> ResultPlan:
    return service.preview_result(
        session, content.text, name, benchmark=reading.benchmark, system=reading.system
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
        plan = _result_plan(session, _content(config, digest, name, reading), name, reading)
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
    page: PageNumber = 1,
) -> HTMLResponse:
    with db.read() as session:
        if _content(config, digest, name, reading).format == "predictions":
            return _result(request, session, config, digest, name, reading)
        return _preview(request, session, config, digest, name, reading, number=page)


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
    """Remembers what the reader said on this page of the preview; then goes to another, reads
    mended texts again, ticks all or none, or imports."""
    content = _content(config, digest, name, reading)
    if content.format == "predictions":
        return _take_result(request, db, config, digest, name, reading, form.get("system"))
    told = said(config.library, digest, name).also(corrections_from(form), mends_from(form))
    preview_url = _preview_url(digest, name, reading)
    if form.get("do") in ("all", "none"):
        with db.read() as session:
            plan = _planned(session, content, told, digest, name)
        told = told.also(ticked(plan, told.corrections, take=form.get("do") == "all"), {})
    if "do" in form or "go" in form:
        remember(config.library, digest, name, told)
        number = form.get("go") or form.get("page")
        return redirect(f"{preview_url}&page={number}" if number.isdigit() else preview_url)
    try:
        with db.read() as session:
            plan = _planned(session, content, told, digest, name)
            state = state_of(session)
        with db.write() as session:
            if started_from(session) != state:  # somebody wrote in between
                plan = _planned(session, content, told, digest, name)
            report = service.apply(
                session, plan, told.corrections, illustrate=illustrator(content, config.library)
            )
    except Invalid as problem:
        remember(config.library, digest, name, told)
        with db.read() as session:
            return _preview(
                request,
                session,
                config,
                digest,
                name,
                reading,
                errors=problem.errors,
                status=problem.status,
            )
    forget(config.library, digest, name)
    summary = report.summary()
    to = f"/import/batches/{report.batch_id}" if report.batch_id else preview_url
    return redirect(to, summary.text, **dict(summary.values))


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
            content = _content(config, digest, name, reading)
            plan = _result_plan(session, content, name, named)
            done = service.take_result(session, plan).summary()
    except (Invalid, NotFound) as problem:
        error = problem if isinstance(problem, Invalid) else None
        unnamed = replace(reading, system="")
        with db.read() as session:
            return _result(
                request, session, config, digest, name, unnamed, typed=system, error=error
            )
    return redirect(plan.url, done.text, **dict(done.values))


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
    text = N_("Taken out: {removed}.")
    if done.kept.total():
        text = N_("Taken out: {removed}. Kept, since you edited or built on it: {kept}.")
    return redirect("/import", text, removed=done.removed.total(), kept=done.kept.total())
