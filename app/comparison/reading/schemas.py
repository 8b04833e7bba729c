"""What JSON says of what to read next."""

from pydantic import BaseModel, Field

from app.comparison.reading.reading_list import Next, NextPaper
from app.comparison.reading.reading_rank import OpenCells
from app.models import Issue, Technique


class OpenCellsOut(BaseModel):
    """Cells nobody has examined, unclear ones, contested ones without a ruling; all of them."""

    blank: int
    unclear: int
    contested: int
    total: int


class NextPaperOut(BaseModel):
    """A paper and the cell that it is read for."""

    citekey: str
    title: str
    year: int | None
    verdict: str | None
    value: float = Field(description="what reading it is worth; it orders, and means nothing else")
    issue: str
    technique: str | None = Field(
        description="null where neither its tags nor its texts name a technique of the comparison"
    )
    sentence: str = Field(description="that speaks of the issue; empty where none is held")
    place: str = Field(description="where the sentence stands: title, abstract, note, or a page")
    url: str = Field(description="opens it there")
    because: str


class UnexaminedOut(BaseModel):
    """A technique nobody has examined, and how many waiting papers carry it or one below it."""

    technique: str
    papers: int


class IssueNextOut(BaseModel):
    issue: str
    open: OpenCellsOut
    unexamined: list[UnexaminedOut]
    papers: list[NextPaperOut]


class ReplayOut(BaseModel):
    """The mean reciprocal rank of what the claims came to quote, had it been hidden then: in this
    order, by the number of techniques, by chance."""

    outcomes: int
    by_text: float
    by_techniques: float
    by_chance: float


class NextOut(BaseModel):
    """`papers` for all that was asked together, best first; `waiting` counts papers that wait to be
    read, `without_technique` those of them that carry none, `not_looked_through` those beyond what
    is looked through, `files_unread` those whose files are not looked through yet."""

    comparison: str
    issue: str | None
    technique: str | None
    open: OpenCellsOut
    papers: list[NextPaperOut]
    issues: list[IssueNextOut]
    waiting: int
    without_technique: int
    not_looked_through: int
    files_unread: int
    replay: ReplayOut


def serialize_reading_list(found: Next) -> NextOut:
    replay = found.replay
    return NextOut(
        comparison=found.comparison.slug,
        issue=found.issue.slug if found.issue else None,
        technique=found.technique.slug if found.technique else None,
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
        not_looked_through=found.unlooked,
        files_unread=found.unread,
        replay=ReplayOut(
            outcomes=replay.outcomes,
            by_text=round(replay.by_text, 3),
            by_techniques=round(replay.by_techniques, 3),
            by_chance=round(replay.by_chance, 3),
        ),
    )


def serialize_next_paper(reading: NextPaper) -> NextPaperOut:
    given = reading.paper.verdict
    sentence = reading.sentence
    return NextPaperOut(
        citekey=reading.paper.citekey,
        title=reading.paper.title,
        year=reading.paper.year,
        verdict=given.verdict.slug if given else None,
        value=round(reading.value, 4),
        issue=reading.issue.slug,
        technique=reading.technique.slug if reading.technique else None,
        sentence=sentence.text if sentence else "",
        place=sentence.locator if sentence else "",
        url=sentence.url if sentence else "",
        because="; ".join(
            map(str, reading.because(_name(reading.spoken), _name(reading.technique)))
        ),
    )


def _name(term: Issue | Technique | None) -> str:
    return term.name_en or term.name_zh if term else ""


def serialize_open_cells(cells: OpenCells) -> OpenCellsOut:
    return OpenCellsOut(
        blank=cells.blank, unclear=cells.unclear, contested=cells.contested, total=cells.total
    )
