"""Many papers changed at once, and that taken back as one."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from sqlmodel import Session

from app.comparison.cells.bulk_claims import undo_filling
from app.database import Database
from app.errors import N_, CrosswalkError, Invalid, Message
from app.exports.documents import PAPERS_MENU, papers_document
from app.exports.responses import send_document
from app.imports import service as imports
from app.library import service as library
from app.library.bulk_edit import editing
from app.library.bulk_edit.editing import EditReport, ListedChange, ShownChange
from app.library.filters import FILTERS, ORDERS, PaperFilters
from app.library.forms import edit_from_form, ticked_papers
from app.library.rows import PaperRow, Vocabularies
from app.library.rules import PaperEdit
from app.library.schemas import (
    BulkRequest,
    BulkResult,
    ChangeItem,
    ChangeListItem,
    serialize_bulk_change,
    serialize_edit,
    serialize_listed_change,
)
from app.library.service import EditChoices
from app.models import ImportBatch, Kind, PaperMerge, Reading, TagChange
from app.search import service as search
from app.site.lists import change_queries
from app.site.lists.change_queries import ChangeKind, DatedChange
from app.site.queue_page import BY_ABSTRACT
from app.web.dependencies import PER_PAGE, Db, Listing, PageNumber, PerPage
from app.web.forms import Form, SubmittedForm
from app.web.languages import make_translator
from app.web.pages import came_from, redirect_to, render_page
from app.web.paging import Paging
from app.web.preferences import shown_columns
from app.web.threads import Route

router = APIRouter(route_class=Route, include_in_schema=False)
api = APIRouter(route_class=Route, tags=["papers"])

ChangeId = Annotated[int, Path(ge=1, le=2**31 - 1)]

_MOST = 20_000  # papers that a browser ticks; more are a command's
_IN_ADDRESS = 1_000  # of them, that another page is asked about
_ELSEWHERE = {"cite": "/cite", "complete": "/completion", "pdfs": "/files"}
_TOO_MANY = N_("At most {limit} papers at once. Narrow the list, or use the command: {command}.")
_COMMAND = "crosswalk edit"
_DONE = N_("Changed: {count}.")
_SOME = N_("Changed: {count}; {same} needed no change.")
_SAME = N_("Nothing had to be changed.")


@dataclass(frozen=True)
class BulkPage:
    """The papers that are to be changed, a line for each in `ticked`, and what can be done to them;
    `typed` and `errors` where it could not. `back` is the list that they were ticked in."""

    choices: EditChoices
    ticked: str = ""
    count: int = 0
    back: str = "/papers"
    typed: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, Message] = field(default_factory=dict)
    problem: Message | None = None
    by_abstract: str = BY_ABSTRACT
    kinds: tuple[str, ...] = tuple(Kind)
    readings: tuple[str, ...] = tuple(Reading)
    export_formats: Mapping[str, str] = field(default_factory=lambda: PAPERS_MENU)


@router.get("/bulk")
def bulk(request: Request, db: Db) -> HTMLResponse:
    """What can be done to the papers of the `key`s, or to all of the list that the address filters
    as `/papers` does. Scripts ask for the `bar` of the list, and for the `row` form, alone."""
    if request.headers.get("hx-request") == "true":
        with db.read() as session:
            choices = library.list_edit_choices(session)
        context = BulkPage(choices, by_abstract=make_translator(request)(Message.of(BY_ABSTRACT)))
        return render_page(request, "library/bulk.html", context, blocks=("bar",))
    with db.read() as session:
        versions = _listed(session, request)
        context = BulkPage(
            choices=library.list_edit_choices(session),
            ticked=_lines(versions),
            count=len(versions),
            back=came_from(request, "/papers"),
        )
    return render_page(request, "library/bulk.html", context)


@router.get("/bulk/keys")
def keys(request: Request, db: Db) -> PlainTextResponse:
    """A line for each paper of a list: its citation key and its version."""
    with db.read() as session:
        return PlainTextResponse(_lines(_listed(session, request)))


def _lines(versions: Mapping[str, int | None]) -> str:
    return "".join(f"{key}{f' {at}' if at else ''}\n" for key, at in versions.items())


def _listed(session: Session, request: Request) -> dict[str, int]:
    """The papers of the `key`s, or of the list that an address filters, with their versions."""
    given = request.query_params
    if keys := given.getlist("key"):
        rows = library.paper_rows_of(session, keys[:_MOST])
        return {row.citekey: row.version for row in rows}
    filters, sort = PaperFilters.read(given.getlist), given.get("sort", "")
    relevant = sort not in ORDERS
    asked = search.papers_asked(session, given.get("q", ""), filters, filled=relevant, whole=True)
    ids = library.paper_ids(session, asked.filters, matching=asked.select, most=_MOST + 1)
    if len(ids) > _MOST:
        raise Invalid.field("key", _TOO_MANY, limit=_MOST, command=_COMMAND)
    return library.list_versions_of(session, ids)


@router.post("/bulk")
def change_ticked(request: Request, db: Db, form: SubmittedForm) -> Response:
    """Does what the form says to the papers that it names, in one transaction, and goes back to
    their list; where some were left alone, to the page that says which, and why. Of a single `row`
    it answers with that row as it is then."""
    ticked, do = ticked_papers(form), form.get("do")
    is_row = "row" in form
    try:
        if not ticked:
            raise Invalid.field("key", N_("No paper is ticked."))
        if len(ticked) > _MOST:
            raise Invalid.field("key", _TOO_MANY, limit=_MOST, command=_COMMAND)
        if do == "export":
            return send_document(papers_document(db, form.get("format"), "", {"key": list(ticked)}))
        if do in _ELSEWHERE:
            return _send_elsewhere(do, ticked)
        edit = edit_from_form(form)
        if is_row and edit.verdict and not edit.verdict.reason.strip():
            edit.verdict.reason = make_translator(request)(Message.of(BY_ABSTRACT))
        versions = {key: at for key, at in ticked.items() if at is not None}
        with db.write() as session:
            report = editing.edit_papers(session, edit, citekeys=ticked, versions=versions)
    except Invalid as error:
        return _show_again(request, db, form, ticked, error)
    if is_row:
        return _show_row(request, db, form, next(iter(ticked)), report)
    back = form.get("back")
    back = back if back.startswith("/") and not back.startswith(("//", "/\\")) else "/papers"
    if report.refused and report.change:
        return redirect_to(f"/changes/{report.change}?{urlencode({'back': back})}")
    return redirect_to(back, _said(report), undo=_undo_of(report))


def _said(report: EditReport) -> Message:
    if report.refused and not report.changed:
        return next(each.why for each in report.skipped if not each.is_same)
    if not report.changed:
        return Message.of(_SAME)
    return Message.of(_SOME if report.same else _DONE, count=report.changed, same=report.same)


def _undo_of(report: EditReport) -> str:
    return f"/changes/{report.change}/undo" if report.change else ""


def _send_elsewhere(do: str, ticked: Mapping[str, int | None]) -> RedirectResponse:
    """To another page about the papers that are ticked."""
    if len(ticked) > _IN_ADDRESS:
        raise Invalid.field("key", N_("At most {limit} can be given."), limit=_IN_ADDRESS)
    return RedirectResponse(f"{_ELSEWHERE[do]}?{urlencode([('key', key) for key in ticked])}", 303)


@dataclass(frozen=True)
class EditedRow:
    """A paper's row in a list after it was changed there, or why it was not."""

    paper: PaperRow | None
    has_tick: bool
    said: Message
    undo: str
    shown: frozenset[str] = frozenset()
    errors: Sequence[Message] = ()


def _show_row(
    request: Request, db: Database, form: Form, citekey: str, report: EditReport
) -> HTMLResponse:
    with db.read() as session:
        rows = library.paper_rows_of(session, [citekey])
    paper, undo = rows[0] if rows else None, _undo_of(report)
    context = EditedRow(paper, "tick" in form, _said(report), undo, shown_columns(request))
    return render_page(request, "library/edited_row.html", context)


def _show_again(
    request: Request,
    db: Database,
    form: Form,
    ticked: Mapping[str, int | None],
    error: CrosswalkError,
) -> HTMLResponse:
    """The form with what was typed and what is wrong with it."""
    status = error.status
    if "row" in form:
        said = [*error.errors.values()]
        context = EditedRow(None, False, error.message, "", errors=said)
        return render_page(request, "library/edited_row.html", context, status=status)
    names = ("do", "tags", "technique", "field", "verdict", "reason", "due", "kind", "reading")
    with db.read() as session:
        page = BulkPage(
            choices=library.list_edit_choices(session),
            ticked=_lines(ticked),
            count=len(ticked),
            back=form.get("back") or "/papers",
            typed={name: form.get(name) for name in names},
            errors=error.errors,
            problem=next(
                (error.errors[each] for each in ("key", "edit", "format") if each in error.errors),
                None,
            ),
        )
    return render_page(request, "library/bulk.html", page, status=status)


@dataclass(frozen=True)
class ChangePage:
    """A change of many papers: what was done, to how many, and who was left alone and why."""

    change: ShownChange
    back: str
    known: Vocabularies


@dataclass(frozen=True)
class ShownLine:
    """A line of the list of changes; of `bulk`, `tag`, `merge` (with the key of the paper that
    stayed) and `batch`, the one that `kind` says."""

    kind: ChangeKind
    id: int
    made_at: datetime
    bulk: ListedChange | None = None
    tag: TagChange | None = None
    merge: PaperMerge | None = None
    kept: str = ""
    batch: ImportBatch | None = None


@dataclass(frozen=True)
class ChangesPage:
    """What was done at once: to many papers or cells, to tags, by joining papers, by imports; the
    newest first. `removable` are the imports that can be brought back."""

    changes: Sequence[ShownLine]
    removable: Collection[int]
    paging: Paging
    known: Vocabularies


@router.get("/changes")
def show_changes(request: Request, db: Db, number: PageNumber = 1) -> HTMLResponse:
    with db.read() as session:
        found, total = change_queries.select_dated_changes(
            session, start=(number - 1) * PER_PAGE, count=PER_PAGE
        )
        lines = _read_lines(session, found)
        context = ChangesPage(
            lines,
            imports.can_be_brought_back(session),
            Paging(number, PER_PAGE, total),
            library.list_vocabularies(session),
        )
    return render_page(request, "library/changes.html", context, blocks=("results",))


def _read_lines(session: Session, found: Sequence[DatedChange]) -> list[ShownLine]:
    ids: dict[ChangeKind, list[int]] = {"bulk": [], "tag": [], "merge": [], "import": []}
    for each in found:
        ids[each.kind].append(each.id)
    bulk = editing.bulk_changes_by_id(session, ids["bulk"]) if ids["bulk"] else {}
    tags = change_queries.tag_changes(session, ids["tag"]) if ids["tag"] else {}
    merges = change_queries.paper_merges(session, ids["merge"]) if ids["merge"] else {}
    batches = change_queries.import_batches(session, ids["import"]) if ids["import"] else {}
    lines = []
    for kind, number, made_at in found:
        line = ShownLine(kind, number, made_at)
        match kind:
            case "bulk":
                lines.append(replace(line, bulk=bulk[number]))
            case "tag":
                lines.append(replace(line, tag=tags[number]))
            case "merge":
                merge, kept = merges[number]
                lines.append(replace(line, merge=merge, kept=kept))
            case "import":
                lines.append(replace(line, batch=batches[number]))
    return lines


@router.get("/changes/{number}")
def show_change(request: Request, db: Db, number: ChangeId, back: str = "") -> HTMLResponse:
    ours = back.startswith("/") and not back.startswith(("//", "/\\"))
    with db.read() as session:
        context = ChangePage(
            editing.get_change(session, number),
            back if ours else "/papers",
            library.list_vocabularies(session),
        )
    return render_page(request, "library/change.html", context)


def _undo(session: Session, number: int) -> EditReport:
    change = editing.get_change(session, number).row
    if editing.CELLS in change.edit:
        return undo_filling(session, change)
    return editing.undo_edit(session, number)


@router.post("/changes/{number}/undo")
def undo(request: Request, db: Db, number: ChangeId) -> RedirectResponse:
    with db.write() as session:
        report = _undo(session, number)
    back = came_from(request, "/papers")
    if not report.refused:
        return redirect_to(back, N_("Taken back: {count}."), count=report.changed)
    first = next(each for each in report.skipped if not each.is_same)
    return redirect_to(
        back,
        N_("Taken back: {count}. {left} were changed since and stay as they are, {citekey} first."),
        count=report.changed,
        left=report.refused,
        citekey=first.citekey,
    )


# --- JSON ---------------------------------------------------------------------------------------


@api.post("/papers/bulk")
def change_papers(db: Db, given: BulkRequest) -> BulkResult:
    """The same done to many papers, in one transaction, to be undone as one change.

    A query that would have to be taken otherwise than it is written is 422.
    """
    if given.versions and len(given.versions) != len(given.citekeys):
        raise Invalid.field(
            "versions", N_("Give one for each of the citation keys, in their order.")
        )
    edit = PaperEdit.model_validate({name: getattr(given, name) for name in PaperEdit.model_fields})
    with db.read() if given.dry_run else db.write() as session:
        report = editing.edit_papers(
            session,
            edit,
            ids=_asked(session, given),
            citekeys=given.citekeys,
            versions=dict(zip(given.citekeys, given.versions, strict=False)),
            dry_run=given.dry_run,
        )
        return serialize_edit(report)


def _asked(session: Session, given: BulkRequest) -> list[int] | None:
    """The ids of the papers that query and filters find; none where citation keys are given."""
    chosen = {name: getattr(given, name, ()) for name in FILTERS}
    chosen = {name: values for name, values in chosen.items() if isinstance(values, list)}
    filters = PaperFilters.read(lambda name: chosen.get(name, ()))
    is_asked = bool(given.q.strip() or filters)
    if is_asked == bool(given.citekeys):
        raise Invalid.field(
            "citekeys", N_("Say which papers: by citation keys, or by a query or filters.")
        )
    return search.find_papers_to_change(session, given.q, filters) if is_asked else None


@api.get("/changes")
def change_list(db: Db, number: PageNumber = 1, per_page: PerPage = 50) -> Listing[ChangeListItem]:
    """All changes of many papers or cells, the newest first."""
    with db.read() as session:
        found, total = editing.list_bulk_changes(session, page=number, per_page=per_page)
    items = list(map(serialize_listed_change, found))
    return Listing(items=items, total=total, page=number, per_page=per_page)


@api.get("/changes/{number}")
def change(db: Db, number: ChangeId) -> ChangeItem:
    """A change of many papers."""
    with db.read() as session:
        shown = editing.get_change(session, number)
        return serialize_bulk_change(shown, editing.versions_since(session, number))


@api.post("/changes/{number}/undo")
def undo_change(db: Db, number: ChangeId) -> BulkResult:
    """Takes a change of many papers or cells back, but for what has been changed since; 409 where
    it was taken back before."""
    with db.write() as session:
        return serialize_edit(_undo(session, number))
