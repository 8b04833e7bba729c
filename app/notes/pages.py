"""The pages of notes: the list, a note, its form and history, the pictures that notes show."""

import re
from dataclasses import dataclass
from functools import partial
from typing import Annotated, get_args

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from markupsafe import Markup, escape
from sqlmodel import Session

from app.errors import N_, CrosswalkError, Invalid, NotFound, Stale
from app.kit.text import NOTE_LIMIT, problem_with_text
from app.models import Note
from app.notes import attachments, service
from app.notes.forms import note_from_form
from app.notes.markdown import TextHeading, list_headings, read_ahead
from app.notes.note_templates import NoteTemplate
from app.notes.rules import DiffLine, NoteInput, diff_texts
from app.notes.service import (
    Backlink,
    NoteAbout,
    NoteOrder,
    NoteRow,
    RenderedNote,
    Subject,
    Version,
)
from app.web.dependencies import PER_PAGE, Config, Db, PageNumber
from app.web.forms import FilledForm, SubmittedForm
from app.web.languages import language_of, make_translator
from app.web.pages import redirect_to, render_page
from app.web.paging import Paging
from app.web.threads import Route, run_as_reader, run_in_waiting_pool

router = APIRouter(route_class=Route, include_in_schema=False)
NoteId = Annotated[int, Path(ge=1, le=2**31 - 1)]
Words = Annotated[str, Query(max_length=1000)]


@dataclass(frozen=True)
class NotesPage:
    notes: list[NoteRow]
    snippets: list[str]
    paging: Paging
    q: str
    tag: str
    about: NoteAbout
    sort: NoteOrder
    tags: list[tuple[str, int]]


@router.get("/notes")
def notes(
    request: Request,
    db: Db,
    q: Words = "",
    tag: Words = "",
    about: Words = "",
    sort: Words = "",
    number: PageNumber = 1,
) -> HTMLResponse:
    kind: NoteAbout = next((each for each in get_args(NoteAbout) if each == about), "")
    order: NoteOrder = next((each for each in get_args(NoteOrder) if each == sort), "updated")
    with db.read() as session:
        listed = service.list_notes(
            session,
            q=q,
            tag=tag,
            about=kind,
            sort=order,
            page=number,
            per_page=PER_PAGE,
            short=True,
            language=language_of(request),
        )
        tags = service.list_note_tags(session)
    context = NotesPage(
        notes=listed.notes,
        snippets=listed.snippets,
        paging=Paging(number, PER_PAGE, listed.total),
        q=q,
        tag=tag,
        about=kind,
        sort=order,
        tags=tags,
    )
    return render_page(request, "notes/notes.html", context, blocks=("results",))


@dataclass(frozen=True)
class BegunNote:
    """A note begun from a template: which (none: there is none of that key), and what it links to
    that is not in the library."""

    template: NoteTemplate | None
    missing: list[str]


@dataclass(frozen=True)
class NoteForm:
    """`note` is what is saved now, if anything is; `templates` what a new one may begin with."""

    form: FilledForm[NoteInput]
    note: Note | None
    subject: Subject | None
    preview: Markup
    difference: list[DiffLine] | None
    templates: list[NoteTemplate]
    begun: BegunNote | None


def _form(
    request: Request,
    session: Session,
    form: FilledForm[NoteInput],
    note: Note | None = None,
    begun: BegunNote | None = None,
) -> HTMLResponse:
    subject = service.describe_subject(note) if note else None
    if note is None and not form.errors.keys() & {"paper", "technique", "issue"}:
        subject = service.subject_of(session, form.given)
    context = NoteForm(
        form=form,
        note=note,
        subject=subject,
        preview=_preview(session, form.given.body),
        difference=diff_texts(form.theirs.body, form.given.body) if form.theirs else None,
        templates=[] if note else service.list_templates(session, language_of(request)),
        begun=begun,
    )
    return render_page(request, "notes/note_form.html", context, status=form.status)


def _preview(session: Session, body: str) -> Markup:
    if not body.strip() or len(body) > NOTE_LIMIT:
        return Markup()
    return service.render_many(session, [body], prefix="preview")[0]


@router.get("/notes/new")
def new_note(
    request: Request,
    db: Db,
    paper: Words = "",
    technique: Words = "",
    issue: Words = "",
    title: Words = "",
    template: Words = "",
) -> HTMLResponse:
    given = NoteInput(
        title=title, paper=paper or None, technique=technique or None, issue=issue or None
    )
    begun = None
    with db.read() as session:
        if template:
            every = service.list_templates(session, language_of(request))
            chosen = next((each for each in every if each.key == template), None)
            begun = BegunNote(chosen, [])
            if chosen:
                subject = service.subject_of(session, given)
                body, missing = service.begin_note(session, chosen, subject, title)
                given = given.model_copy(update={"body": body})
                begun = BegunNote(chosen, missing)
        return _form(request, session, FilledForm(given), begun=begun)


@router.post("/notes/preview")
@run_as_reader
def preview(request: Request, db: Db, form: SubmittedForm) -> HTMLResponse:
    """The text as it would be shown; nothing is saved."""
    body = form.get("body")
    if problem := problem_with_text(body, limit=NOTE_LIMIT):
        return HTMLResponse(escape(make_translator(request)(problem)), 422)
    with db.read() as session:
        return HTMLResponse(_preview(session, body))


async def _read_ahead(form: SubmittedForm) -> None:
    """Before the writer's turn comes, and beside the event loop."""
    if not form.get("action"):
        await run_in_waiting_pool(partial(read_ahead, form.get("body")))


@router.post("/notes", dependencies=[Depends(_read_ahead)])
def add_note(request: Request, db: Db, config: Config, form: SubmittedForm) -> Response:
    given = note_from_form(form)
    try:
        if form.get("action"):
            given = _with_picture(db, config, form, given)
            with db.read() as session:
                return _form(request, session, FilledForm(given))
        with db.write() as session:
            saved = service.create_note(session, given)
    except Invalid as error:
        with db.read() as session:
            return _form(request, session, FilledForm(given, error=error))
    return redirect_to(_after(saved, form), N_("Saved."))


def _with_picture(db: Db, config: Config, form: SubmittedForm, given: NoteInput) -> NoteInput:
    """The note with the picture that came with it at the end of its text."""
    if form.get("action") != "picture":
        return given
    name, data = form.file("picture") or ("", b"")
    if not data:
        raise Invalid.field("picture", N_("Choose a picture first."))
    with db.write() as session:
        held = attachments.store_attachment(session, config.library, filename=name, data=data)
    body = given.body.rstrip()
    shown = attachments.markdown_for(held)
    return given.model_copy(update={"body": f"{body}\n\n{shown}\n" if body else f"{shown}\n"})


def _after(saved: Note, form: SubmittedForm) -> str:
    return f"/notes/{saved.id}/edit" if form.stays else _home(saved)


def _home(note: Note) -> str:
    """Where a note is read: on the page of what it is about, or on its own."""
    if note.paper:
        return f"/papers/{note.paper.citekey}#note-{note.id}"
    if note.technique:
        return f"/techniques/{note.technique.slug}#note-{note.id}"
    if note.issue:
        return f"/issues/{note.issue.slug}#note-{note.id}"
    return f"/notes/{note.id}"


@dataclass(frozen=True)
class NotePage:
    """`outline` has the headings of a longer text."""

    shown: RenderedNote
    subject: Subject | None
    backlinks: list[Backlink]
    outline: list[TextHeading]


@router.get("/notes/{note_id}")
def note(request: Request, db: Db, note_id: NoteId) -> HTMLResponse:
    language = language_of(request)
    with db.read() as session:
        found = service.get_note(session, note_id)
        context = NotePage(
            shown=service.render_notes(session, [found])[0],
            subject=service.describe_subject(found),
            outline=headings if len(headings := list_headings(found.body)) > 2 else [],
            backlinks=service.list_backlinks(
                session,
                kind="note",
                keys=[found.title, *service.former_titles(session, found)],
                language=language,
            ),
        )
    return render_page(request, "notes/note.html", context)


@router.get("/notes/{note_id}/edit")
def edit_note(request: Request, db: Db, note_id: NoteId) -> HTMLResponse:
    with db.read() as session:
        found = service.get_note(session, note_id)
        return _form(request, session, FilledForm(*_saved(found)), found)


@router.post("/notes/{note_id}", dependencies=[Depends(_read_ahead)])
def save_note(
    request: Request, db: Db, config: Config, note_id: NoteId, form: SubmittedForm
) -> Response:
    given = note_from_form(form)
    error: CrosswalkError | None = None
    try:
        if form.get("action"):
            given = _with_picture(db, config, form, given)
        else:
            with db.write() as session:
                saved = service.update_note(
                    session, note_id, title=given.title, body=given.body, version=form.version()
                )
            return redirect_to(_after(saved, form), N_("Saved."))
    except (Invalid, Stale, NotFound) as problem:
        error = problem
    with db.read() as session:
        try:
            found = service.get_note(session, note_id)
        except NotFound as gone:  # deleted in another tab: what was typed is kept
            return _form(request, session, FilledForm(given, error=gone))
        again = FilledForm(given, form.version(), error).with_saved(*_saved(found))
        return _form(request, session, again, found)


def _saved(note: Note) -> tuple[NoteInput, int]:
    return NoteInput(title=note.title, body=note.body), note.version


@router.post("/notes/{note_id}/tasks")
def tick(db: Db, note_id: NoteId, form: SubmittedForm) -> Response:
    """Ticks the task in a line, or no longer, and stays beside it."""
    line = int(form.get("line")) if re.fullmatch("[0-9]{1,7}", form.get("line")) else -1
    try:
        with db.write() as session:
            note = service.tick_task(session, note_id, line, version=form.version())
            home = f"/notes/{note.id}" if form.get("alone") else _home(note).partition("#")[0]
    except (Stale, NotFound) as problem:
        said = problem.message if isinstance(problem, NotFound) else _CHANGED
        return redirect_to(f"/notes/{note_id}", said)
    return redirect_to(f"{home}#note-{note_id}-task-{line}")


_CHANGED = N_("The note was changed meanwhile. Nothing was ticked; this is what it says now.")


@dataclass(frozen=True)
class HistoryPage:
    """What stands between the versions `chosen` and `other`, by their numbers."""

    note: Note
    versions: list[Version]
    chosen: int | None
    other: int
    difference: list[DiffLine] | None
    titles: tuple[str, str]


VersionNumber = Annotated[int | None, Query(ge=1, le=2**31 - 1)]


@router.get("/notes/{note_id}/history")
def history(
    request: Request,
    db: Db,
    note_id: NoteId,
    version: VersionNumber = None,
    other: Annotated[VersionNumber, Query(alias="with")] = None,
) -> HTMLResponse:
    """The earlier versions, and what changed after the chosen one (the latest, if none is), or
    between any two."""
    with db.read() as session:
        found = service.get_note(session, note_id)
        versions = service.list_versions(session, found)
        chosen = version or (versions[0].version if versions else None)
        old, new = None, None
        if chosen:
            old, new = service.two_versions(session, found, chosen, other)
    context = HistoryPage(
        note=found,
        versions=versions,
        chosen=chosen,
        other=other or (chosen or 0) + 1,
        difference=diff_texts(old.body, new.body) if old and new else [],
        titles=(old.title, new.title) if old and new else ("", ""),
    )
    return render_page(request, "notes/history.html", context)


@router.post("/notes/{note_id}/versions/{version}/restore")
def restore_version(
    db: Db, note_id: NoteId, version: Annotated[int, Path(ge=1, le=2**31 - 1)]
) -> RedirectResponse:
    with db.write() as session:
        service.restore_version(session, note_id, version)
    return redirect_to(f"/notes/{note_id}", N_("Restored. What it was before is in the history."))


@router.post("/notes/{note_id}/trash")
def to_trash(db: Db, note_id: NoteId) -> RedirectResponse:
    with db.write() as session:
        note = service.trash_note(session, note_id)
        subject = note.paper or note.technique or note.issue
        home = _home(note).partition("#")[0] if subject else "/notes"
    return redirect_to(home, N_("Moved to the trash."), undo=f"/notes/{note_id}/restore")


@router.post("/notes/{note_id}/restore")
def restore(db: Db, note_id: NoteId) -> RedirectResponse:
    with db.write() as session:
        service.restore_note(session, note_id)
    return redirect_to(f"/notes/{note_id}", N_("Restored."))


@dataclass(frozen=True)
class NoteDeletionPage:
    """Asks before a note is deleted for good, with the number of its earlier versions."""

    note: Note
    revisions: int


@router.get("/notes/{note_id}/delete")
def ask_deletion(request: Request, db: Db, note_id: NoteId) -> HTMLResponse:
    with db.read() as session:
        context = NoteDeletionPage(*service.preview_note_deletion(session, note_id))
    return render_page(request, "notes/deletion.html", context)


@router.post("/notes/{note_id}/delete")
def delete(db: Db, note_id: NoteId) -> RedirectResponse:
    with db.write() as session:
        service.delete_note(session, note_id)
    return redirect_to("/trash", N_("Deleted for good."))


@router.post("/attachments")
def add_attachment(request: Request, db: Db, config: Config, form: SubmittedForm) -> JSONResponse:
    """A picture pasted or dropped into a text: what to write there to show it."""
    name, data = form.file("picture") or ("", b"")
    try:
        with db.write() as session:
            held = attachments.store_attachment(session, config.library, filename=name, data=data)
    except Invalid as error:
        said = make_translator(request)(error.errors["picture"])
        return JSONResponse({"detail": said}, error.status)
    return JSONResponse({"markdown": attachments.markdown_for(held)}, 201)


@router.get("/attachments/{digest}")
def attachment(
    db: Db, config: Config, digest: Annotated[str, Path(pattern="^[0-9a-f]{64}$")]
) -> Response:
    """A picture. Its address is its content, so it never changes; nothing in it can run."""
    with db.read() as session:
        held, data = attachments.load_attachment(session, config.library, digest)
    return Response(
        data,
        media_type=held.media_type,
        headers={
            "Cache-Control": "public, max-age=31536000, immutable",
            "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
            "X-Content-Type-Options": "nosniff",
        },
    )
