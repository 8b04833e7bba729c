"""Papers without an abstract, of which arXiv or a DOI's registration agency may know one."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import FromClause
from sqlmodel import Session

from app.kit.text import fold
from app.library import queries, service
from app.library.filters import PaperFilters
from app.library.listing import make_conditions
from app.sources.arxiv.client import SLICE
from app.sources.arxiv.ids import ArxivId
from app.sources.drafts import PaperDraft
from app.sources.web import page_capture
from app.sources.web.page_capture import Asked


@dataclass(frozen=True)
class Incomplete:
    """Whose servers can be asked, and for which papers: their ids by what is asked for."""

    papers: Mapping[Asked, Sequence[int]]

    @property
    def arxiv_ids(self) -> list[ArxivId]:
        return [each for each in self.papers if isinstance(each, ArxivId)]

    @property
    def slices(self) -> list[Sequence[Asked]]:
        """What is asked for in one request: a hundred arXiv ids, or a DOI."""
        ids = self.arxiv_ids
        return [
            *(ids[start : start + SLICE] for start in range(0, len(ids), SLICE)),
            *([each] for each in self.papers if not isinstance(each, ArxivId)),
        ]


def find_incomplete(
    session: Session,
    filters: PaperFilters | None = None,
    matching: FromClause | None = None,
    *,
    citekeys: Collection[str] = (),
) -> Incomplete:
    """The papers without an abstract under `filters`, or of these citation keys, that have an arXiv
    id or a DOI."""
    among = set(queries.ids_by_any_key(session, set(map(fold, citekeys))).values())
    conditions = make_conditions(session, filters) if filters else ()
    papers: dict[Asked, list[int]] = defaultdict(list)
    for number, arxiv_id, doi in queries.select_without_abstract(session, conditions, matching):
        if citekeys and number not in among:
            continue
        if asked := page_capture.find_id(arxiv_id or "") or page_capture.find_id(doi or ""):
            papers[asked].append(number)
    return Incomplete(papers)


def count_incomplete(session: Session) -> int:
    """How many there are in the library."""
    return queries.count_without_abstract(session)


def complete_papers(
    session: Session, incomplete: Incomplete, found: Mapping[Asked, PaperDraft]
) -> int:
    """Give the papers what they lack, and those of which nothing but the id is known all that was
    found; how many got something. One that is gone by now, or has another id, is left alone."""
    numbers = [number for asked in found for number in incomplete.papers[asked]]
    papers = service.get_papers(session, numbers)
    changed = 0
    for asked, draft in found.items():
        for number in incomplete.papers[asked]:
            paper = papers.get(number)
            if paper and not paper.trashed_at and service.asked_of(paper) == asked:
                missing = not service.is_stub(paper)
                taken = service.refresh_metadata(session, paper, draft, only_missing=missing)
                changed += bool(taken)
    return changed
