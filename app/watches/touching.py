"""Which open cells the papers that a watch brought may touch, and the sentence of each that says
so: worked out when it was asked, for it takes longer than a page may."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from sqlmodel import Session

from app.comparison.reading.reading_list import TouchedCell, cells_touched
from app.library import service as library
from app.models import Bilingual
from app.watches import queries

_MOST = 1_000  # papers of a watch that are looked at, the newest


@dataclass(frozen=True)
class CellTouch:
    """An open cell that a paper may touch, with the names of its technique and issue."""

    technique: Bilingual
    issue: Bilingual
    url: str
    sentence: str


def find_touches(session: Session, watch_id: int) -> Mapping[int, Sequence[TouchedCell]]:
    """The cells that the waiting papers of a watch may touch, by the papers' ids."""
    papers = library.get_papers(session, queries.waiting_ids(session, watch_id)[:_MOST])
    return cells_touched(
        session,
        {
            number: (paper.title, paper.abstract, [each.id for each in paper.techniques])
            for number, paper in papers.items()
        },
    )


def keep_touches(
    session: Session, watch_id: int, found: Mapping[int, Sequence[TouchedCell]]
) -> None:
    """Writes them down, for all that wait; of those that touch none any more nothing is left."""
    for entry in queries.waiting_entries(session, watch_id):
        cells = found.get(entry.paper_id or 0, ())
        touches = [asdict(each) for each in cells]
        if entry.touches != touches:
            entry.touches = touches
            entry.worth = cells[0].value if cells else 0.0
    session.flush()


def list_touches(session: Session, ids: Sequence[int]) -> dict[int, list[CellTouch]]:
    """The cells that papers of these ids may touch, of those that are there; three statements."""
    kept = queries.touches_of(session, ids)
    techniques = queries.technique_names(session, _slugs(kept, "technique"))
    issues = queries.issue_names(session, _slugs(kept, "issue"))
    found: dict[int, list[CellTouch]] = {}
    for number, touches in kept.items():
        for each in touches:
            technique = techniques.get(str(each["technique"]))
            issue = issues.get(str(each["issue"]))
            if technique and issue:
                url = f"/comparisons/{each['comparison']}/{each['technique']}/{each['issue']}"
                touch = CellTouch(technique, issue, url, str(each["sentence"]))
                found.setdefault(number, []).append(touch)
    return found


def _slugs(kept: Mapping[int, Sequence[Mapping[str, object]]], name: str) -> set[str]:
    return {str(each[name]) for touches in kept.values() for each in touches}
