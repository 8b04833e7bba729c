"""Do I have this already? What the library holds that a draft may be."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from app.errors import Message
from app.library import queries
from app.library.likeness import (
    SAME_ARXIV,
    SAME_DOI,
    SAME_TITLE,
    Likeness,
    arxiv_of_doi,
    doi_key,
    ids_of,
    title_words,
)
from app.library.queries import Record
from app.sources.drafts import PaperDraft


@dataclass(frozen=True)
class Match:
    """A paper of the library that a draft is (`sure`) or may be, and what says so."""

    paper_id: int
    citekey: str
    title: str
    sure: bool
    score: float
    why: Message
    in_trash: bool = False


def matches(session: Session, drafts: Sequence[PaperDraft]) -> list[tuple[Match, ...]]:
    """For each draft the papers that it may be, best first; papers in the trash included.

    Sure is an arXiv id (any version) or DOI in common, or title, authors and year as alike as
    different papers' are not. The number of statements does not grow with the drafts.
    """
    if not drafts:
        return []
    by_id: defaultdict[str, list[tuple[Record, Likeness]]] = defaultdict(list)
    by_title: defaultdict[str, list[Record]] = defaultdict(list)
    for record in queries.records(session):
        doi = doi_key(record.doi)
        if arxiv := record.arxiv_id or arxiv_of_doi(doi):
            by_id[arxiv].append((record, SAME_ARXIV))
        if doi:
            by_id[doi].append((record, SAME_DOI))
        by_title[" ".join(title_words(record.title))].append(record)
    found = []
    for draft in drafts:
        alike: dict[int, tuple[Record, Likeness]] = {}
        for key in filter(None, ids_of(draft)):
            for record, likeness in by_id[key]:
                alike.setdefault(record.id, (record, likeness))
        for record in by_title[" ".join(title_words(draft.title))]:
            alike.setdefault(record.id, (record, SAME_TITLE))
        found.append(
            tuple(
                Match(
                    record.id,
                    record.citekey,
                    record.title,
                    likeness.sure,
                    likeness.score,
                    likeness.why,
                    record.in_trash,
                )
                for record, likeness in sorted(alike.values(), key=lambda each: -each[1].score)
            )
        )
    return found
