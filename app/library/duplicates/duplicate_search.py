"""Do I have this already? The papers of the library that a draft is or may be, and those of the
library that are one paper twice."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rapidfuzz import fuzz
from sqlmodel import Session

from app.errors import Message
from app.kit.text import sort_key
from app.library import queries
from app.library.duplicates.similarity import (
    Likeness,
    RecordTraits,
    compare_records,
    ids_of,
    traits_of_record,
)
from app.library.queries import PaperRecord
from app.sources.bibliography.tex_accents import plain_letters
from app.sources.drafts import PaperDraft

_BETWEEN = re.compile(r"[\W_]+")
_LETTERS = 15  # with which two titles begin or end alike, to be looked at
_TELLING = 40  # the same, of two abstracts
_LIKE = 75.0  # of 100: what they need as they are sorted, to be compared in earnest
_FEW = 20  # drafts for which the database looks through the papers
_CROWD = 400  # papers that begin or end alike, above which that says nothing


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


@dataclass(frozen=True)
class DuplicatePair:
    """Two papers of the library, the older first, that are one or may be."""

    first_id: int
    second_id: int
    likeness: Likeness


class _Sought(NamedTuple):
    """A record as far as it takes to find what is like it."""

    title: str  # as titles are sorted
    short: str
    arxiv: str
    doi: str
    opening: str  # letters of the abstract's beginning, and of its end
    ending: str

    def handles(self) -> set[str]:
        """What it has in common with what may be the same: the letters with which title and
        abstract begin or end, what it is called for short, its ids."""
        letters = _BETWEEN.sub("", self.title)
        short = _BETWEEN.sub("", self.short)
        ends = {letters[:_LETTERS], f"…{letters[-_LETTERS:]}", short[:_LETTERS]}
        return (ends | {self.arxiv, self.doi, self.opening, self.ending}) - {"", "…"}

    def is_like(self, other: "_Sought") -> bool:
        if self.short == other.title or other.short == self.title:
            return True
        if self.opening and (self.opening == other.opening or self.ending == other.ending):
            return True
        if (self.arxiv and self.arxiv == other.arxiv) or (self.doi and self.doi == other.doi):
            return True
        short, long = sorted((self.title, other.title), key=len)
        if len(short) >= _LETTERS and long.startswith(short):
            return True
        return fuzz.ratio(short, long, score_cutoff=_LIKE) > 0


def find_matches(session: Session, drafts: Sequence[PaperDraft]) -> list[tuple[Match, ...]]:
    """For each draft the papers that it may be, best first; papers in the trash included.

    Sure is an arXiv id (any version) or DOI in common, or title, authors and year as alike as
    different papers' are not. Two statements, and one more for every ten thousand papers that come
    into question, however many drafts there are.
    """
    if not drafts:
        return []
    wanted = [_sought_draft(draft) for draft in drafts]
    few = (
        []
        if len(wanted) > _FEW
        else [
            (each.title, each.short, each.arxiv, each.doi, draft.abstract)
            for each, draft in zip(wanted, drafts, strict=True)
        ]
    )
    library = list(queries.stream_records(session, near=few))
    handles = [each.handles() for each in wanted]
    having: dict[str, list[int]] = {handle: [] for each in handles for handle in each}
    held = list(map(_sought, library))
    for place, record in enumerate(held):
        for handle in record.handles():
            if handle in having:
                having[handle].append(place)
    found = [
        {
            place
            for handle in handles_of
            if len(having[handle]) <= _CROWD
            for place in having[handle]
            if each.is_like(held[place])
        }
        for each, handles_of in zip(wanted, handles, strict=True)
    ]
    traits = _traits(session, library, set().union(*found))
    return [
        tuple(_judged(traits_of(draft), [(library[at], traits[at]) for at in places]))
        for draft, places in zip(drafts, found, strict=True)
    ]


def find_duplicates(session: Session) -> list[DuplicatePair]:
    """Papers outside the trash that are or may be one twice, the surest first; without those that
    the reader said are two."""
    library = [record for record in queries.stream_records(session) if not record.in_trash]
    sought = list(map(_sought, library))
    having: defaultdict[str, list[int]] = defaultdict(list)
    for place, record in enumerate(sought):
        for handle in record.handles():
            having[handle].append(place)
    alike = {
        (one, other)
        for places in having.values()
        if 1 < len(places) <= _CROWD
        for at, one in enumerate(places)
        for other in places[at + 1 :]
        if sought[one].is_like(sought[other])
    }
    traits = _traits(session, library, {place for pair in alike for place in pair})
    distinct = queries.distinct_pairs(session)
    pairs = []
    for one, other in alike:
        first, second = library[one], library[other]
        likeness = compare_records(traits[one], traits[other])
        if likeness and (first.id, second.id) not in distinct:
            pairs.append(DuplicatePair(first.id, second.id, likeness))
    return sorted(
        pairs, key=lambda pair: (not pair.likeness.sure, -pair.likeness.score, pair.first_id)
    )


def _sought(record: PaperRecord) -> _Sought:
    short = sort_key(record.short_title) if record.short_title else ""
    ids = ids_of(record.arxiv_id, record.doi)
    return _Sought(record.title_sort, short, *ids, *_ends(record.opening, record.ending))


def _sought_draft(draft: PaperDraft) -> _Sought:
    title, short = (sort_key(plain_letters(each)) for each in (draft.title, draft.short_title))
    ends = _ends(draft.abstract, draft.abstract)
    return _Sought(title, short, *ids_of(draft.arxiv_id, draft.doi), *ends)


def _ends(opening: str, ending: str) -> tuple[str, str]:
    """The letters with which an abstract begins and ends; none of one that hardly says anything."""
    first = _BETWEEN.sub("", opening[: queries.END]).lower()[:_TELLING]
    last = _BETWEEN.sub("", ending[-queries.END :]).lower()[-_TELLING:]
    return (first, last) if len(first) == len(last) == _TELLING else ("", "")


def _traits(
    session: Session, library: Sequence[PaperRecord], places: Iterable[int]
) -> dict[int, RecordTraits]:
    """What says which papers these records (by their places) are of."""
    wanted = sorted(places)
    ids = sorted({library[place].id for place in wanted})
    authors, abstracts = queries.author_names(session, ids), queries.abstracts_of(session, ids)
    return {
        place: traits_of_record(
            title=record.title,
            short_title=record.short_title,
            authors=authors.get(record.id, ()),
            year=record.year,
            arxiv_id=record.arxiv_id,
            doi=record.doi,
            venue=record.venue,
            details=record.details,
            abstract=abstracts.get(record.id, ""),
        )
        for place in wanted
        for record in (library[place],)
    }


def traits_of(draft: PaperDraft) -> RecordTraits:
    """What of a draft says which paper it is of."""
    return traits_of_record(
        title=draft.title,
        short_title=draft.short_title,
        authors=draft.authors,
        year=draft.year,
        arxiv_id=draft.arxiv_id,
        doi=draft.doi,
        venue=draft.venue,
        details=draft.details,
        abstract=draft.abstract,
    )


def _judged(
    given: RecordTraits, records: Iterable[tuple[PaperRecord, RecordTraits]]
) -> Iterator[Match]:
    judged = [
        (record, likeness) for record, held in records if (likeness := compare_records(given, held))
    ]
    judged.sort(key=lambda each: (not each[1].sure, -each[1].score, each[0].id))
    for record, likeness in judged:
        yield Match(
            record.id,
            record.citekey,
            record.title,
            likeness.sure,
            likeness.score,
            likeness.why,
            record.in_trash,
        )
