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
