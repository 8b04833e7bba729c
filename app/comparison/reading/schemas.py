"""What JSON says of what to read next."""

from pydantic import BaseModel

from app.comparison.reading.reading_list import Next, NextPaper
from app.comparison.reading.reading_rank import OpenCells


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


def serialize_reading_list(found: Next) -> NextOut:
    return NextOut(
        comparison=found.comparison.slug,
        open=serialize_open_cells(found.cells),
        papers=[serialize_next_paper(each) for each in found.readings.best],
        issues=[
            IssueNextOut(
                issue=each.issue.slug,
                open=serialize_open_cells(each.cells),
                unexamined=[
                    UnexaminedOut(technique=row.technique.slug, papers=row.papers)
                    for row in each.unexamined
                ],
                papers=[serialize_next_paper(reading) for reading in each.readings.best],
            )
            for each in found.issues
        ],
        waiting=found.waiting,
        without_technique=found.bare,
    )


def serialize_next_paper(reading: NextPaper) -> NextPaperOut:
    given = reading.paper.verdict
    return NextPaperOut(
        citekey=reading.paper.citekey,
        title=reading.paper.title,
        year=reading.paper.year,
        verdict=given.verdict.slug if given else None,
        techniques=[each.slug for each in reading.techniques],
        open=serialize_open_cells(reading.cells),
    )


def serialize_open_cells(cells: OpenCells) -> OpenCellsOut:
    return OpenCellsOut(
        blank=cells.blank, unclear=cells.unclear, contested=cells.contested, total=cells.total
    )
