"""What to read next for a comparison, as JSON."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from app.comparison.reading.reading_list import Next, NextPaper, get_next
from app.comparison.reading.reading_rank import OpenCells
from app.web.dependencies import Db
from app.web.threads import Route

router = APIRouter(route_class=Route, tags=["comparisons"])


class OpenCellsOut(BaseModel):
    """Cells nobody has examined, unclear ones, contested ones without a ruling; all of them."""

    blank: int
    unclear: int
    contested: int
    total: int


class NextPaperOut(BaseModel):
    """A paper with the open cells it could settle, by the techniques it carries."""

    citekey: str
    title: str
    year: int | None
    verdict: str | None
    techniques: list[str]
    open: OpenCellsOut


class UnexaminedOut(BaseModel):
    """A technique nobody has examined, and how many waiting papers carry it or one below it."""

    technique: str
    papers: int


class IssueNextOut(BaseModel):
    issue: str
    open: OpenCellsOut
    unexamined: list[UnexaminedOut]
    papers: list[NextPaperOut]


class NextOut(BaseModel):
    """`papers` for all issues together, best first; `waiting` counts papers that are unread or
    postponed, `without_technique` those of them that carry none."""

    comparison: str
    open: OpenCellsOut
    papers: list[NextPaperOut]
    issues: list[IssueNextOut]
    waiting: int
    without_technique: int


@router.get("/comparisons/{slug}/next")
def next_reading(
    db: Db,
    slug: str,
    issue: Annotated[str, Query(description="a column's slug; all where it is empty")] = "",
) -> NextOut:
    """Which unread or postponed papers could settle the most open cells."""
    with db.read() as session:
        found = get_next(session, slug, issue=issue)
    return _answer(found)


def _answer(found: Next) -> NextOut:
    return NextOut(
        comparison=found.comparison.slug,
        open=_open(found.cells),
        papers=[_paper(each) for each in found.readings.best],
        issues=[
            IssueNextOut(
                issue=each.issue.slug,
                open=_open(each.cells),
                unexamined=[
                    UnexaminedOut(technique=row.technique.slug, papers=row.papers)
                    for row in each.unexamined
                ],
                papers=[_paper(reading) for reading in each.readings.best],
            )
            for each in found.issues
        ],
        waiting=found.waiting,
        without_technique=found.bare,
    )


def _paper(reading: NextPaper) -> NextPaperOut:
    given = reading.paper.verdict
    return NextPaperOut(
        citekey=reading.paper.citekey,
        title=reading.paper.title,
        year=reading.paper.year,
        verdict=given.verdict.slug if given else None,
        techniques=[each.slug for each in reading.techniques],
        open=_open(reading.cells),
    )


def _open(cells: OpenCells) -> OpenCellsOut:
    return OpenCellsOut(
        blank=cells.blank, unclear=cells.unclear, contested=cells.contested, total=cells.total
    )
