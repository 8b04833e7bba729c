"""The pages of imports: hand in a file, look at what becomes what, take it, take it out again."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlmodel import Session

from app.database import Database
from app.errors import N_, CrosswalkError, Invalid, Message
from app.imports import kept_files, service, uploads
from app.imports.forms import corrections_from, file_from, for_all_from, mends_from
from app.imports.rules import Undone
from app.imports.service import MadeRow, ReadingOptions
from app.imports.uploads import (
    GivenCorrections,
    PlanPage,
    Shown,
    ShownResult,
    TakenImport,
    UnusableUpload,
    Upload,
)
from app.models import ImportBatch
from app.web.dependencies import Config, Db, PageNumber, Worker
from app.web.forms import SubmittedForm
from app.web.languages import language_of
from app.web.pages import redirect_to, render_page
from app.web.paging import Paging
from app.web.threads import Route, run_as_reader, run_in_waiting_pool

router = APIRouter(route_class=Route, include_in_schema=False)
Digest = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]
BatchId = Annotated[int, Path(ge=1, le=2**31 - 1)]
FileName = Annotated[str, Query(max_length=1000)]


_ENDINGS = {
    "bibtex": "bib",
    "csl-json": "json",
    "csv": "csv",
    "ris": "ris",
    "endnote": "enw",
    "predictions": "txt",
    "id-list": "txt",
}


async def _reading(
    request: Request, format: FileName = "", benchmark: FileName = "", system: FileName = ""
) -> ReadingOptions:
    return ReadingOptions(format, benchmark, system, language_of(request))


AskedFor = Annotated[ReadingOptions, Depends(_reading)]


@dataclass(frozen=True)
class ImportPage:
    batches: list[tuple[ImportBatch, int]]
    removable: set[int]  # those that were taken out and can be brought back
    is_empty: bool
    text: str
    reading: dict[str, str]  # what a page that sent a file here had said of it
    errors: dict[str, Message]


def _import_page(
    request: Request,
    session: Session,
    *,
    text: str = "",
    reading: ReadingOptions | None = None,
    error: CrosswalkError | None = None,
) -> HTMLResponse:
    errors = (
        error.errors if isinstance(error, Invalid) else {"file": error.message} if error else {}
    )
    context = ImportPage(
        batches=service.earlier_imports(session),
        removable=service.can_be_brought_back(session),
        is_empty=service.is_empty(session),
        text=text,
        reading=(reading or ReadingOptions()).said,
        errors=errors,
    )
    status = error.status if error else 200
    return render_page(request, "imports/import.html", context, status=status)


@router.get("/import")
def choose(request: Request, db: Db) -> HTMLResponse:
    with db.read() as session:
        return _import_page(request, session)


@router.post("/import")
async def hand_in(request: Request, db: Db, worker: Worker, form: SubmittedForm) -> Response:
    """Keeps the file as it is and goes on to its preview; nothing enters the library yet."""
    pasted = form.get("text")
    said = (form.get("format"), form.get("benchmark"), form.get("system"))
    asked = ReadingOptions(*said, language_of(request))
    name, data = await run_in_waiting_pool(partial(file_from, form))
    is_pasted = not data and bool(pasted.strip())
    if is_pasted:
        data = pasted.encode("utf-8", "surrogatepass")
        name = service.name_text("pasted", data)
    try:
        if not name:
            raise Invalid.field("file", N_("Choose a file or a folder, or paste its text below."))
        digest, format = await worker.read(len(data), uploads.keep_upload, data, name, asked)
    except CrosswalkError as problem:
        return await _refuse(request, db, pasted, asked, problem)
    if is_pasted:
        name += f".{_ENDINGS.get(format, 'md')}"
    return redirect_to(Upload(digest, name, asked).url)


@run_as_reader
def _refuse(
    request: Request, db: Database, text: str, asked: ReadingOptions, error: CrosswalkError
) -> HTMLResponse:
    with db.read() as session:
        return _import_page(request, session, text=text, reading=asked, error=error)


@router.post("/import/benchmarks")
def load_benchmarks(db: Db) -> RedirectResponse:
    """Brings the starter library's benchmarks into a library that has none."""
    with db.write() as session:
        loaded = service.load_benchmarks(session)
    if loaded is None:
        return redirect_to("/benchmarks", N_("There are benchmarks already."))
    return redirect_to("/benchmarks", N_("The benchmarks are there."))


@router.post("/import/starter")
def starter(db: Db) -> RedirectResponse:
    """Brings the starter library (back) into an empty library."""
    with db.write() as session:
        loaded = service.load_starter(session, again=True)
    if loaded is None:
        return redirect_to("/import", N_("The starter library goes into an empty library only."))
    return redirect_to("/", N_("The starter library is there."))


@dataclass(frozen=True)
class PreviewPage:
    plan: PlanPage
    paging: Paging


async def _upload(digest: Digest, reading: AskedFor, name: FileName = "") -> Upload:
    return Upload(digest, name, reading)


Named = Annotated[Upload, Depends(_upload)]


@router.get("/import/{digest}")
async def preview(
    request: Request, db: Db, config: Config, worker: Worker, upload: Named, page: PageNumber = 1
) -> HTMLResponse:
    size = kept_files.kept_size(config.library, upload.digest)
    shown = await worker.read(size, uploads.show_upload, upload, number=page)
    return await _draw(request, db, shown, upload)


@router.post("/import/{digest}")
async def take(
    request: Request, db: Db, config: Config, worker: Worker, upload: Named, form: SubmittedForm
) -> Response:
    """Remembers what the reader said on this page of the preview; then goes to another, reads
    mended texts again, ticks all or none, or imports."""
    size = kept_files.kept_size(config.library, upload.digest)
    given = GivenCorrections(
        corrections_from(form), mends_from(form), form.get("system"), for_all_from(form)
    )
    if "do" in form or "go" in form:
        tick = {"all": True, "none": False}.get(form.get("do"))
        await worker.write(size, uploads.save_corrections, upload, given, tick=tick)
        number = form.get("go") or form.get("page")
        return redirect_to(f"{upload.url}&page={number}" if number.isdigit() else upload.url)
    done = await worker.write(size, uploads.take_upload, upload, given)
    if isinstance(done, TakenImport):
        return redirect_to(done.url, done.summary)
    return await _draw(request, db, done, upload)


@run_as_reader
def _draw(request: Request, db: Database, shown: Shown, upload: Upload) -> HTMLResponse:
    """The page of a file; where predictions cannot be a result, the import page says why."""
    match shown:
        case PlanPage():
            context = PreviewPage(shown, Paging(shown.number, shown.per_page, shown.total))
            status = Invalid.status if shown.errors else 200
            return render_page(request, "imports/preview.html", context, status=status)
        case ShownResult():
            status = Invalid.status if shown.errors else 200
            return render_page(request, "imports/result.html", shown, status=status)
        case UnusableUpload():
            with db.read() as session:
                return _import_page(request, session, reading=upload.reading, error=shown.problem)


@dataclass(frozen=True)
class BatchPage:
    batch: ImportBatch
    made: dict[str, list[MadeRow]]
    removable: set[int]


@router.get("/import/batches/{batch_id}")
def batch(request: Request, db: Db, batch_id: BatchId) -> HTMLResponse:
    with db.read() as session:
        found = service.get_batch(session, batch_id)
        made = service.made_by(session, found)
        context = BatchPage(found, made, service.can_be_brought_back(session))
    return render_page(request, "imports/batch.html", context)


@dataclass(frozen=True)
class UndoPage:
    batch: ImportBatch
    done: Undone
    kinds: list[str]  # tables of what goes or stays
    holding: dict[str, int]  # what the reader's own needs, by table


@router.get("/import/batches/{batch_id}/undo")
def ask_undo(request: Request, db: Db, batch_id: BatchId) -> HTMLResponse:
    """What would go and what would stay, with the numbers, before anything does."""
    with db.read() as session:
        found = service.get_batch(session, batch_id)
        done = service.preview_undo(session, batch_id)
    kinds = [kind for kind in done.removed if done.removed[kind] or done.kept[kind]]
    holding = {kind: len(ids) for kind, ids in done.holding.items() if ids}
    context = UndoPage(found, done, kinds, holding)
    return render_page(request, "imports/undo.html", context)


@router.post("/import/batches/{batch_id}/undo")
def undo(db: Db, batch_id: BatchId) -> RedirectResponse:
    with db.write() as session:
        done = service.undo_import(session, batch_id)
    text = N_("Taken out: {removed}.")
    if done.kept.total():
        text = N_("Taken out: {removed}. Kept, since you edited or built on it: {kept}.")
    url = f"/import/batches/{batch_id}"
    return redirect_to(url, text, removed=done.removed.total(), kept=done.kept.total())


@router.post("/import/batches/{batch_id}/restore")
def restore(db: Db, batch_id: BatchId) -> RedirectResponse:
    """Brings back what was taken out with an import."""
    with db.write() as session:
        done = service.bring_back(session, batch_id)
    text = N_("It is all back.")
    if done.left:
        text = N_("It is back, but for {count} rows whose place is taken or gone.")
    count = sum(done.left.values())
    return redirect_to(f"/import/batches/{batch_id}", text, count=count)
