"""`/queue`: one paper after another, most promising first, and how far one is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app.database import Database
from app.errors import N_, Conflict, CrosswalkError, Invalid, Message
from app.files import service as files
from app.kit.text import Key
from app.models import Paper
from app.notes import service as notes
from app.queue import service
from app.queue.missed import CONFIDENCE
from app.queue.rules import RUN, QueueSource, Selection, parse_selection
from app.queue.schemas import QueueOut, SampleInput, SampleOut, serialize_queue, serialize_sample
from app.queue.service import Queue
from app.watches.touching import CellTouch, list_touches
from app.web.dependencies import Db
from app.web.forms import Form, SubmittedForm
from app.web.languages import make_translator
from app.web.pages import redirect_to, render_page
from app.web.threads import Route

router = APIRouter(route_class=Route, include_in_schema=False)
api = APIRouter(route_class=Route, tags=["queue"])

_SHOWN = 11  # the paper, and those that come next
_KEYS = 9  # verdicts that a digit gives
BY_ABSTRACT = N_("By title and abstract.")
_RANKED = "ranked"  # the order that leaves a sample for later

Named = Annotated[str, Query(max_length=1_000)]


@dataclass(frozen=True)
class Done:
    """The verdict that was given just now: its number, and the one before it, or 0."""

    number: int
    before: int
    paper: Paper

    @property
    def value(self) -> str:
        return f"{self.number}.{self.before}"


@dataclass(frozen=True)
class Typed:
    """A verdict as it was typed, and what is wrong with it."""

    verdict: str = ""
    reason: str = ""
    due: str = ""
    errors: Mapping[str, Message] = field(default_factory=dict)


@dataclass(frozen=True)
class QueuePage:
    queue: Queue
    selection: Selection
    abstract: object  # of the first paper, as HTML
    pieces: Sequence[tuple[str, bool]]  # or in pieces, with whether each is its telling sentence
    has_file: bool
    asked: bool  # for the first paper by name
    ranked: bool
    done: Done | None
    typed: Typed
    problem: Message | None
    by_abstract: str
    touches: Sequence[CellTouch]  # open cells that the first paper may touch
    sources: tuple[str, ...] = tuple(QueueSource)
    keys: int = _KEYS
    run_offered: int = RUN
    confidence: int = CONFIDENCE


def _show(
    request: Request,
    db: Database,
    selection: Selection,
    *,
    paper: str = "",
    ranked: bool = False,
    done: str = "",
    typed: Typed | None = None,
    problem: CrosswalkError | None = None,
) -> HTMLResponse:
    with db.read() as session:
        queue = service.get_queue(session, selection, limit=_SHOWN, paper=paper, ranked=ranked)
        first = queue.items[0] if queue.items else None
        abstract: object = None
        pieces: Sequence[tuple[str, bool]] = ()
        if first and "$" in first.paper.abstract:
            abstract = notes.render_many(session, [first.paper.abstract])[0]
        elif first:
            pieces = _pieces(first.paper.abstract, first.sentence)
        context = QueuePage(
            queue=queue,
            selection=selection,
            abstract=abstract,
            pieces=pieces,
            has_file=bool(first and files.digests_of_papers(session, [first.paper.id])),
            asked=bool(paper),
            ranked=ranked,
            done=_done(queue, done),
            typed=typed or Typed(),
            problem=problem.problem if problem else None,
            by_abstract=make_translator(request)(Message.of(BY_ABSTRACT)),
            touches=list_touches(session, [first.paper.id]).get(first.paper.id, [])
            if first
            else [],
        )
    status = problem.status if problem else Invalid.status if typed and typed.errors else 200
    return render_page(request, "queue/queue.html", context, blocks=("queue",), status=status)


def _pieces(text: str, sentence: str) -> list[tuple[str, bool]]:
    before, found, after = text.partition(sentence) if sentence else (text, "", "")
    return [piece for piece in ((before, False), (found, True), (after, False)) if piece[0]]


def _done(queue: Queue, said: str) -> Done | None:
    """What was done just now, while it still stands so."""
    number, _, before = said.partition(".")
    for paper in queue.last[:1]:
        if paper.verdict and str(paper.verdict.id) == number and before.isdecimal():
            return Done(paper.verdict.id, int(before[:9]), paper)
    return None


@router.get("/queue")
def queue(
    request: Request,
    db: Db,
    q: Named = "",
    source: Named = "",
    batch: Annotated[str, Query(alias="import", max_length=20)] = "",
    paper: Key = "",
    order: str = "",
    done: str = "",
) -> HTMLResponse:
    """The paper that comes next, with what speaks for it, and what comes after it."""
    selection = parse_selection(q, source, batch)
    return _show(request, db, selection, paper=paper, ranked=order == _RANKED, done=done)


def _selection(form: Form) -> Selection:
    return parse_selection(form.get("q"), form.get("source"), form.get("import"))


def _answer(
    request: Request, db: Database, selection: Selection, form: Form, done: str = ""
) -> Response:
    """The queue again: its block to htmx, at its own address; else by a redirect."""
    ranked = form.get("order") == _RANKED
    more = "&".join([*(["order=ranked"] if ranked else []), *([f"done={done}"] if done else [])])
    url = selection.url + (("&" if selection.key else "?") + more if more else "")
    if request.headers.get("hx-request") != "true":
        return redirect_to(url)
    answer = _show(request, db, selection, ranked=ranked, done=done)
    answer.headers["HX-Replace-Url"] = url
    return answer


@router.post("/queue/verdicts")
def judge(request: Request, db: Db, form: SubmittedForm) -> Response:
    """Saves the verdict and shows the next paper. A reason that is left empty says that title and
    abstract were looked at, in the reader's language."""
    selection, citekey = _selection(form), form.get("citekey")
    verdict, reason, due = form.get("verdict"), form.get("reason"), form.get("due")
    try:
        with db.write() as session:
            given = service.judge_paper(
                session,
                citekey,
                verdict=verdict,
                reason=reason.strip() or make_translator(request)(Message.of(BY_ABSTRACT)),
                due=due,
            )
    except Invalid as error:
        typed = Typed(verdict, reason, due, error.errors)
        ranked = form.get("order") == _RANKED
        return _show(request, db, selection, paper=citekey, ranked=ranked, typed=typed)
    return _answer(request, db, selection, form, f"{given.number}.{given.before}")


@router.post("/queue/undo")
def undo(request: Request, db: Db, form: SubmittedForm) -> Response:
    """Takes back the verdict that was given last; its paper comes again."""
    selection = _selection(form)
    number, _, before = form.get("done").partition(".")
    try:
        if not all(each.isdecimal() and len(each) < 10 for each in (number, before)):
            raise Conflict(N_("This verdict has changed since. Nothing was undone."))
        with db.write() as session:
            paper = service.take_back(session, int(number), int(before))
    except Conflict as problem:
        return _show(request, db, selection, problem=problem)
    ranked = form.get("order") == _RANKED
    if request.headers.get("hx-request") != "true":
        more = f"paper={paper.citekey}" + ("&order=ranked" if ranked else "")
        return redirect_to(selection.url + ("&" if selection.key else "?") + more)
    return _show(request, db, selection, paper=paper.citekey, ranked=ranked)


@router.post("/queue/sample")
def draw(request: Request, db: Db, form: SubmittedForm) -> Response:
    """Draws papers at random from what is left, to be judged next; or gives the last sample up."""
    selection, size = _selection(form), form.get("size")
    try:
        with db.write() as session:
            if form.get("do") == "drop":
                service.drop_sample(session, selection)
            else:
                number = int(size) if size.isdecimal() and len(size) < 7 else 0
                service.draw_sample(session, selection, number)
    except (Conflict, Invalid) as problem:
        typed = Typed(errors=problem.errors)
        return _show(request, db, selection, typed=typed, problem=problem)
    if request.headers.get("hx-request") != "true":
        return RedirectResponse(selection.url, 303)
    return _show(request, db, selection)


# --- JSON ---------------------------------------------------------------------------------------


@api.get("/queue")
def list_queue(
    db: Db,
    q: Annotated[str, Query(max_length=1_000, description="a query; all papers if empty")] = "",
    source: Annotated[
        str,
        Query(
            description="unread, postponed or new; all that waits if empty",
            json_schema_extra={"enum": [*QueueSource]},
        ),
    ] = "",
    batch: Annotated[
        int, Query(alias="import", ge=0, le=999_999_999, description="an import's number")
    ] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 20,
) -> QueueOut:
    """What waits to be judged, most promising first, as learned from the verdicts; a sample that
    is being judged comes first. Verdicts are given by `POST /papers/{citekey}/verdicts`."""
    selection = parse_selection(q, source, str(batch or ""))
    with db.read() as session:
        return serialize_queue(service.get_queue(session, selection, limit=limit))


@api.post("/queue/sample", status_code=201)
def draw_sample(db: Db, given: SampleInput) -> SampleOut:
    """Draws papers at random from those that wait; 409 where the sample before is not judged."""
    selection = parse_selection(given.q, given.source, str(given.batch or ""))
    with db.write() as session:
        return serialize_sample(service.draw_sample(session, selection, given.size))
