"""STUB by the lead until the comparison room is here: keep `cells_citing` and `CitingCell`."""

from dataclasses import dataclass

from sqlmodel import Session

from app.models import Issue, Technique


@dataclass(frozen=True)
class CitingCell:
    """A cell of which one claim quotes the paper."""

    technique: Technique
    issue: Issue
    stance: str
    quote: str
    locator: str
    url: str


def cells_citing(session: Session, *, paper_id: int | None) -> list[CitingCell]:
    return []


@dataclass(frozen=True)
class ComparisonSummary:
    """One line about a comparison for the overview; `filled` of its `cells` have a claim or ruling."""

    slug: str
    title_en: str
    title_zh: str
    rows: int
    columns: int
    claims: int
    filled: int
    cells: int


def overview(session: Session) -> list[ComparisonSummary]:
    return []
