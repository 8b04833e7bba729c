"""Plots of scores as files: of a benchmark, and of an issue on the benchmarks that test it."""

from collections.abc import Sequence
from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.benchmarks.scores import service as scores
from app.benchmarks.scores.board import ScoreBoard, board_of, scores_of_issue
from app.benchmarks.scores.plot import OWN, ScorePlot, draw_plots
from app.benchmarks.service import for_issues, get_benchmark, list_unmapped
from app.errors import N_, Message, NotFound
from app.exports.formats.picture import FACES, read_colours, write_png
from app.models import Issue
from app.vocabularies.service import get_term
from app.web.dependencies import Db
from app.web.languages import language_of, make_translator
from app.web.threads import Route

router = APIRouter(route_class=Route, include_in_schema=False)
Kind = Literal["svg", "png"]


@router.get("/benchmarks/{slug}/plot.{kind}")
def benchmark_plot(request: Request, db: Db, slug: str, kind: Kind) -> Response:
    with db.read() as session:
        benchmark = get_benchmark(session, slug)
        board = board_of(session, benchmark)
        plots = [board.plot] if board.plot else []
        return _picture(request, plots, benchmark.name, f"{slug}-scores", kind)


@router.get("/issues/{slug}/scores.csv")
def issue_scores(db: Db, slug: str) -> Response:
    """The scores that tell of an issue, with the benchmark of each."""
    with db.read() as session:
        issue = get_term(session, Issue, slug)
        boards = _boards(session, issue)
        text = scores.write_scores(
            [row.score for board in boards for row in board.rows], with_benchmark=True
        )
    headers = {"Content-Disposition": f'attachment; filename="{slug}-scores.csv"'}
    return Response("\ufeff" + text, media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/issues/{slug}/scores.{kind}")
def issue_plot(request: Request, db: Db, slug: str, kind: Kind) -> Response:
    with db.read() as session:
        issue = get_term(session, Issue, slug)
        boards = _boards(session, issue)
        plots = [board.plot for board in boards if board.plot]
        chinese = language_of(request) == "zh"
        name = (issue.name_zh or issue.name_en) if chinese else (issue.name_en or issue.name_zh)
        return _picture(request, plots, name, f"{slug}-scores", kind)


def _boards(session: Session, issue: Issue) -> list[ScoreBoard]:
    held = for_issues(session, [issue.id]).get(issue.id, [])
    return scores_of_issue(session, held, list_unmapped(session, held)).boards


def _picture(
    request: Request, plots: Sequence[ScorePlot], heading: str, name: str, kind: Kind
) -> Response:
    if not plots:
        raise NotFound(N_("There is no score that can be drawn."))
    colours, language, say = read_colours(), language_of(request), make_translator(request)

    def title(plot: ScorePlot, at: int) -> str:
        panel = plot.panels[at]
        if panel.category is None:
            return panel.split or say(Message.of(N_("As a whole")))
        own, other = panel.category.name_en, panel.category.name_zh
        name = (other or own) if language == "zh" else (own or other)
        return f"{panel.code} {name}" if len(panel.code) < 4 else name

    drawn = draw_plots(
        [
            (
                plot,
                [title(plot, at) for at in range(len(plot.panels))],
                [
                    say(Message.of(N_("measured here"))) if each == OWN else each
                    for each in plot.series
                ],
            )
            for plot in plots
        ],
        heading,
        ink=colours["ink"],
        paper=colours["paper"],
        faces=FACES,
    )
    headers = {"Content-Disposition": f'attachment; filename="{name}.{kind}"'}
    if kind == "png":
        return Response(write_png(drawn), media_type="image/png", headers=headers)
    return Response(drawn, media_type="image/svg+xml", headers=headers)
