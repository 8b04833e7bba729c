"""The pages of scores, pairs of them, and a benchmark's items."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from app.benchmarks import items as examples
from app.benchmarks import queries
from app.benchmarks.items import FoundItems
from app.benchmarks.scores import pairs
from app.benchmarks.scores import service as scores
from app.benchmarks.scores.board import ScoreBoard, board_of
from app.benchmarks.scores.forms import (
    PairFields,
    PasteFields,
    ScoreFields,
    pair_from_fields,
    read_pair,
    read_paste,
    read_score,
    score_fields,
    score_from_fields,
)
from app.benchmarks.scores.pairs import SuggestedPair, TestingPair
from app.benchmarks.scores.rules import METRICS, ScorePatch
from app.benchmarks.scores.service import InvalidRows, RowProblem, draw_scores, guess_columns
from app.benchmarks.service import get_benchmark
from app.errors import N_, Conflict, CrosswalkError, Invalid, Message, NotFound, Stale
from app.kit.decoding import decode_text
from app.models import Benchmark, BenchmarkCategory, Score, Technique
from app.sources.benchmark_items import parse_items
from app.sources.score_tables import PastedTable, parse_table
from app.web.dependencies import Db, PageNumber
from app.web.forms import FilledForm, SubmittedForm
from app.web.pages import redirect_to, render_page
from app.web.paging import Paging
from app.web.threads import Route

router = APIRouter(route_class=Route, prefix="/benchmarks", include_in_schema=False)
RowId = Annotated[int, Path(ge=1, le=2**31 - 1)]
ITEMS_SHOWN = 50


@dataclass(frozen=True)
class ScoresPage:
    benchmark: Benchmark
    board: ScoreBoard
    problem: Message | None = None
    problems: Sequence[RowProblem] = ()


@router.get("/{slug}/scores")
def list_scores(request: Request, db: Db, slug: str) -> HTMLResponse:
    with db.read() as session:
        return _scores_page(request, session, slug)


def _scores_page(
    request: Request, session: Session, slug: str, error: CrosswalkError | None = None
) -> HTMLResponse:
    benchmark = get_benchmark(session, slug)
    problem = next(iter(error.errors.values()), error.problem) if error else None
    problems = error.problems if isinstance(error, InvalidRows) else ()
    context = ScoresPage(benchmark, board_of(session, benchmark), problem, problems)
    status = error.status if error else 200
    return render_page(request, "benchmarks/scores.html", context, status=status)


@router.get("/{slug}/scores.csv")
def scores_csv(db: Db, slug: str) -> Response:
    with db.read() as session:
        text = scores.write_scores(scores.list_scores(session, get_benchmark(session, slug)))
    name = f'attachment; filename="{slug}-scores.csv"'
    headers = {"Content-Disposition": name}
    return Response("\ufeff" + text, media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/{slug}/scores/import")
def import_scores(request: Request, db: Db, slug: str, form: SubmittedForm) -> Response:
    """Takes a CSV file of scores: all of it, or, with what is wrong row by row, none."""
    try:
        sent = form.file("file")
        if sent is None:
            raise Invalid.field("file", N_("Choose a file."))
        text = decode_text(sent[1])
        given = scores.read_scores(text)
        with db.write() as session:
            made, passed = scores.add_scores(session, get_benchmark(session, slug), given)
            batch = scores.record_import(session, made, sent[0] or "scores.csv", text)
    except Invalid as error:
        with db.read() as session:
            return _scores_page(request, session, slug, error)
    return _added(slug, batch, len(made), passed)


def _added(slug: str, batch: int | None, made: int, passed: int) -> Response:
    said = N_("Scores added: {made}. Here already: {passed}.")
    undo = f"/import/batches/{batch}/undo" if batch else ""
    return redirect_to(f"/benchmarks/{slug}/scores", said, undo=undo, made=made, passed=passed)


# --- One score ---


@dataclass(frozen=True)
class ScorePage:
    benchmark: Benchmark
    categories: list[BenchmarkCategory]
    papers: list[tuple[str, str]]
    form: FilledForm[ScoreFields]
    score: Score | None
    metrics: tuple[str, ...] = METRICS


def _score_page(
    request: Request,
    session: Session,
    slug: str,
    score: Score | None,
    typed: FilledForm[ScoreFields] | None = None,
) -> HTMLResponse:
    benchmark = get_benchmark(session, slug)
    form = typed or FilledForm(ScoreFields())
    if score:
        saved = (score_fields(score), score.version)
        form = typed.with_saved(*saved) if typed else FilledForm(*saved)
    context = ScorePage(
        benchmark,
        queries.select_categories(session, benchmark.id),
        scores.suggest_papers(session),
        form,
        score,
    )
    return render_page(request, "benchmarks/score_form.html", context, status=form.status)


def _score_of(session: Session, slug: str, number: int) -> Score:
    score = scores.get_score(session, number)
    if score.benchmark.slug != slug:
        raise NotFound(N_("There is no score {number}."), number=number)
    return score


@router.get("/{slug}/scores/new")
def new_score(
    request: Request, db: Db, slug: str, paper: str = "", category: str = "", metric: str = ""
) -> HTMLResponse:
    given = ScoreFields(paper=paper[:200], category=category[:80], metric=metric[:200])
    with db.read() as session:
        return _score_page(request, session, slug, None, FilledForm(given))


@router.post("/{slug}/scores/new")
def add_score(request: Request, db: Db, slug: str, form: SubmittedForm) -> Response:
    fields = read_score(form)
    try:
        given = score_from_fields(fields)
        with db.write() as session:
            score = scores.add_score(session, get_benchmark(session, slug), given)
            number = score.id
    except Invalid as error:
        with db.read() as session:
            return _score_page(request, session, slug, None, FilledForm(fields, error=error))
    return redirect_to(f"/benchmarks/{slug}/scores#score-{number}", N_("Score added."))


@router.get("/{slug}/scores/paste")
def paste(request: Request, db: Db, slug: str) -> HTMLResponse:
    with db.read() as session:
        return _paste_page(request, session, slug, PasteFields())


@router.post("/{slug}/scores/paste")
def draw(request: Request, db: Db, slug: str, form: SubmittedForm) -> Response:
    """Shows a pasted table, to say what its columns are; or takes the scores of it, all or none."""
    fields = read_paste(form)
    with db.read() as session:
        categories = queries.select_categories(session, get_benchmark(session, slug).id)
    try:
        table = parse_table(fields.text)
    except Invalid as error:
        with db.read() as session:
            return _paste_page(request, session, slug, fields, error=error)
    if len(fields.columns) != len(table.head) or "again" in form:
        everything = frozenset(range(len(table.rows)))
        fields = replace(fields, columns=guess_columns(table, categories), rows=everything)
        with db.read() as session:
            return _paste_page(request, session, slug, fields, table)
    try:
        given = draw_scores(fields.drawn(table), fields.shared)
        with db.write() as session:
            benchmark = get_benchmark(session, slug)
            made, passed = scores.add_scores(session, benchmark, given, named="rows")
            name = ", ".join(filter(None, (benchmark.name, fields.paper, fields.place)))
            batch = scores.record_import(session, made, name, fields.text)
    except Invalid as error:
        with db.read() as session:
            return _paste_page(request, session, slug, fields, table, error)
    return _added(slug, batch, len(made), passed)


@dataclass(frozen=True)
class PastePage:
    benchmark: Benchmark
    categories: list[BenchmarkCategory]
    papers: list[tuple[str, str]]
    given: PasteFields
    table: PastedTable | None
    errors: dict[str, Message]
    problems: Sequence[RowProblem]
    metrics: tuple[str, ...] = METRICS


def _paste_page(
    request: Request,
    session: Session,
    slug: str,
    fields: PasteFields,
    table: PastedTable | None = None,
    error: Invalid | None = None,
) -> HTMLResponse:
    benchmark = get_benchmark(session, slug)
    context = PastePage(
        benchmark,
        queries.select_categories(session, benchmark.id),
        scores.suggest_papers(session),
        fields,
        table,
        error.errors if error else {},
        error.problems if isinstance(error, InvalidRows) else (),
    )
    status = error.status if error else 200
    return render_page(request, "benchmarks/paste.html", context, status=status)


@router.get("/{slug}/scores/{number}")
def edit_score(request: Request, db: Db, slug: str, number: RowId) -> HTMLResponse:
    with db.read() as session:
        return _score_page(request, session, slug, _score_of(session, slug, number))


@router.post("/{slug}/scores/{number}")
def save_score(request: Request, db: Db, slug: str, number: RowId, form: SubmittedForm) -> Response:
    fields = read_score(form)
    try:
        given = score_from_fields(fields)
        with db.write() as session:
            score = _score_of(session, slug, number)
            patch = ScorePatch.model_validate(given.model_dump())
            scores.update_score(session, score, patch, version=form.version())
    except (Invalid, Stale) as error:
        with db.read() as session:
            typed = FilledForm(fields, form.version(), error)
            return _score_page(request, session, slug, _score_of(session, slug, number), typed)
    return redirect_to(f"/benchmarks/{slug}/scores#score-{number}", N_("Saved."))


@router.post("/{slug}/scores/{number}/delete")
def delete_score(
    request: Request, db: Db, slug: str, number: RowId, form: SubmittedForm
) -> Response:
    try:
        with db.write() as session:
            score = _score_of(session, slug, number)
            scores.delete_score(session, score, version=form.version())
    except (Conflict, Stale) as error:
        with db.read() as session:
            score = _score_of(session, slug, number)
            typed = FilledForm(score_fields(score), score.version, error)
            return _score_page(request, session, slug, score, typed)
    return redirect_to(f"/benchmarks/{slug}/scores", N_("Deleted."))


# --- Pairs ---


@dataclass(frozen=True)
class PairsPage:
    benchmark: Benchmark
    pairs: list[TestingPair]
    scores: list[Score]
    techniques: list[Technique]
    suggested: list[SuggestedPair]
    form: FilledForm[PairFields]


@router.get("/{slug}/pairs")
def list_score_pairs(request: Request, db: Db, slug: str, technique: str = "") -> HTMLResponse:
    with db.read() as session:
        typed = FilledForm(PairFields(technique=technique[:80]))
        return _pairs_page(request, session, slug, typed)


def _pairs_page(
    request: Request, session: Session, slug: str, form: FilledForm[PairFields]
) -> HTMLResponse:
    benchmark = get_benchmark(session, slug)
    techniques = pairs.list_techniques(session)
    context = PairsPage(
        benchmark,
        pairs.list_score_pairs(session, benchmark),
        scores.list_scores(session, benchmark),
        techniques,
        pairs.suggest(session, benchmark, techniques),
        form,
    )
    return render_page(request, "benchmarks/pairs.html", context, status=form.status)


@router.post("/{slug}/pairs")
def add_pair(request: Request, db: Db, slug: str, form: SubmittedForm) -> Response:
    fields = read_pair(form)
    try:
        with db.write() as session:
            benchmark = get_benchmark(session, slug)
            pair = pairs.add_pair(session, benchmark, pair_from_fields(fields))
            number, label = pair.id, pair.label
    except (Invalid, Conflict) as error:
        with db.read() as session:
            return _pairs_page(request, session, slug, FilledForm(fields, error=error))
    said = N_("Pair added: {label}.")
    return redirect_to(f"/benchmarks/{slug}/pairs#pair-{number}", said, label=label)


@router.post("/{slug}/pairs/{number}/delete")
def delete_pair(db: Db, slug: str, number: RowId) -> Response:
    with db.write() as session:
        pair = pairs.get_pair(session, number)
        if pair.with_score.benchmark.slug != slug:
            raise NotFound(N_("There is no pair {number}."), number=number)
        pairs.delete_pair(session, pair)
    return redirect_to(f"/benchmarks/{slug}/pairs", N_("Deleted."))


# --- Items ---


@dataclass(frozen=True)
class ItemsPage:
    benchmark: Benchmark
    categories: list[BenchmarkCategory]
    found: FoundItems
    category: str
    q: str
    paging: Paging
    errors: dict[str, Message] = field(default_factory=dict)


@router.get("/{slug}/items")
def list_items(
    request: Request, db: Db, slug: str, category: str = "", q: str = "", page: PageNumber = 1
) -> HTMLResponse:
    with db.read() as session:
        return _items_page(request, session, slug, category=category, q=q, page=page)


def _items_page(
    request: Request,
    session: Session,
    slug: str,
    *,
    category: str = "",
    q: str = "",
    page: int = 1,
    error: CrosswalkError | None = None,
) -> HTMLResponse:
    benchmark = get_benchmark(session, slug)
    category, q = category[:80], q[:200]
    found = examples.list_items(
        session, benchmark, category=category, q=q, page=page, per_page=ITEMS_SHOWN
    )
    errors = dict(error.errors) if error else {}
    if error and error.problem:
        errors["file"] = error.problem
    context = ItemsPage(
        benchmark,
        queries.select_categories(session, benchmark.id),
        found,
        category,
        q,
        Paging(page, ITEMS_SHOWN, found.total),
        errors,
    )
    status = error.status if error else 200
    return render_page(request, "benchmarks/items.html", context, status=status)


@router.post("/{slug}/items")
def take_items(request: Request, db: Db, slug: str, form: SubmittedForm) -> Response:
    try:
        sent = form.file("file")
        if sent is None:
            raise Invalid.field("file", N_("Choose a file."))
        drafts = parse_items(decode_text(sent[1]))
        with db.write() as session:
            new = examples.take_items(session, get_benchmark(session, slug), drafts)
    except (Invalid, Conflict) as error:
        with db.read() as session:
            return _items_page(request, session, slug, error=error)
    said = N_("Items taken: {total}, of which {new} are new.")
    return redirect_to(f"/benchmarks/{slug}/items", said, total=len(drafts), new=new)


@router.post("/{slug}/items/delete")
def delete_items(db: Db, slug: str) -> Response:
    with db.write() as session:
        examples.delete_items(session, get_benchmark(session, slug))
    return redirect_to(f"/benchmarks/{slug}/items", N_("Deleted."))
