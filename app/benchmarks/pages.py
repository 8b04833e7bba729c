"""The pages of benchmarks: the list, one with its results, how an issue maps to a category."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from app.benchmarks import service
from app.benchmarks.forms import mapping_from_form
from app.benchmarks.items import count_items
from app.benchmarks.rules import MappingInput
from app.benchmarks.scores.board import ScoreBoard, board_of
from app.benchmarks.service import BenchmarkView, ListedBenchmark
from app.errors import N_, Conflict, Invalid, Message, Stale
from app.models import Benchmark, BenchmarkCategory, Issue, Source, Strength
from app.vocabularies.service import get_term
from app.web.dependencies import Db
from app.web.forms import FilledForm, SubmittedForm
from app.web.pages import redirect_to, render_page
from app.web.threads import Route

router = APIRouter(route_class=Route, prefix="/benchmarks", include_in_schema=False)
ResultId = Annotated[int, Path(ge=1, le=2**31 - 1)]


@dataclass(frozen=True)
class ListPage:
    benchmarks: list[ListedBenchmark]


@dataclass(frozen=True)
class BenchmarkPage:
    view: BenchmarkView
    board: ScoreBoard
    held: int  # of its examples themselves
    problem: Message | None = None


@dataclass(frozen=True)
class MappingPage:
    benchmark: Benchmark
    category: BenchmarkCategory
    issue: Issue
    examples: list[tuple[int, str]]  # number and question of the category's own
    form: FilledForm[MappingInput]  # of version 0 where there is no mapping yet
    strengths_offered: tuple[Strength, ...] = tuple(Strength)
    sources_offered: tuple[Source, ...] = tuple(Source)


@router.get("")
def benchmarks(request: Request, db: Db) -> HTMLResponse:
    with db.read() as session:
        context = ListPage(service.list_benchmarks(session))
    return render_page(request, "benchmarks/benchmarks.html", context)


@router.get("/{slug}")
def benchmark(request: Request, db: Db, slug: str) -> HTMLResponse:
    with db.read() as session:
        context = _benchmark_page(session, slug)
    return render_page(request, "benchmarks/benchmark.html", context)


def _benchmark_page(session: Session, slug: str, problem: Message | None = None) -> BenchmarkPage:
    view = service.get_view(session, slug)
    board, held = board_of(session, view.benchmark), count_items(session, view.benchmark)
    return BenchmarkPage(view, board, held, problem)


@router.post("/{slug}/delete")
def delete_benchmark(request: Request, db: Db, slug: str) -> Response:
    try:
        with db.write() as session:
            service.delete_benchmark(session, service.get_benchmark(session, slug))
    except Conflict as problem:
        with db.read() as session:
            context = _benchmark_page(session, slug, problem.message)
        return render_page(request, "benchmarks/benchmark.html", context, status=problem.status)
    return redirect_to("/benchmarks", N_("Deleted."))


@router.post("/{slug}/results/{result_id}/delete")
def delete_result(db: Db, slug: str, result_id: ResultId) -> Response:
    with db.write() as session:
        service.delete_result(session, service.get_benchmark(session, slug), result_id)
    return redirect_to(f"/benchmarks/{slug}#results", N_("Deleted."))


@router.get("/{slug}/{code}/{issue}")
def mapping(request: Request, db: Db, slug: str, code: str, issue: str) -> HTMLResponse:
    """How an issue maps to a category, to be changed, or, where it does not yet, to be said."""
    with db.read() as session:
        return _mapping_page(request, session, (slug, code, issue))


@router.post("/{slug}/{code}/{issue}")
def save_mapping(
    request: Request, db: Db, slug: str, code: str, issue: str, form: SubmittedForm
) -> Response:
    address, given = (slug, code, issue), mapping_from_form(form)
    try:
        with db.write() as session:
            _, category, found = _find(session, address)
            service.put_mapping(session, found, category, given, version=form.version())
    except (Invalid, Stale) as error:
        with db.read() as session:
            again = FilledForm(given, form.version(), error)
            return _mapping_page(request, session, address, again)
    url = "/benchmarks/" + "/".join(address) if form.stays else f"/issues/{issue}#benchmarks"
    return redirect_to(url, N_("Saved."))


@router.post("/{slug}/{code}/{issue}/delete")
def delete_mapping(
    request: Request, db: Db, slug: str, code: str, issue: str, form: SubmittedForm
) -> Response:
    address = (slug, code, issue)
    try:
        with db.write() as session:
            _, category, found = _find(session, address)
            service.delete_mapping(session, found, category, version=form.version())
    except Stale as error:
        with db.read() as session:
            return _mapping_page(request, session, address, refused=error)
    return redirect_to(f"/issues/{issue}#benchmarks", N_("Deleted."))


def _find(
    session: Session, address: tuple[str, str, str]
) -> tuple[Benchmark, BenchmarkCategory, Issue]:
    slug, code, issue = address
    benchmark = service.get_benchmark(session, slug)
    category = service.get_category(session, benchmark, code)
    return benchmark, category, get_term(session, Issue, issue)


def _mapping_page(
    request: Request,
    session: Session,
    address: tuple[str, str, str],
    typed: FilledForm[MappingInput] | None = None,
    *,
    refused: Stale | None = None,
) -> HTMLResponse:
    """The form, with what was typed or, with `refused`, with what could not be deleted."""
    benchmark, category, issue = _find(session, address)
    held = service.get_mapping(session, issue, category)
    saved = (service.mapping_as_input(held), held.version) if held else (MappingInput(), 0)
    form = typed.with_saved(*saved) if typed else FilledForm(*saved, refused)
    context = MappingPage(
        benchmark, category, issue, service.list_examples(session, category), form
    )
    return render_page(request, "benchmarks/mapping_form.html", context, status=form.status)
