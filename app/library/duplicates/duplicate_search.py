"""Do I have this already? The papers of the library that a draft is or may be, and those of the
library that are one paper twice."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

from rapidfuzz import fuzz, process
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
from app.library.queries import PaperKey, PaperRecord
from app.models import Author, Paper, PaperAuthor
from app.sources.bibliography.tex_accents import plain_letters
from app.sources.drafts import PaperDraft

_BETWEEN = re.compile(r"[\W_]+")
_BETWEEN_ASCII = bytes(n for n in range(128) if not chr(n).isalnum())
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

    def ends(self) -> set[str]:
        """The letters with which what it is called begins or ends: those that have them in common
        are to be compared."""
        title, short = _letters(self.title), _letters(self.short)
        return {title[:_LETTERS], f"…{title[-_LETTERS:]}", short[:_LETTERS]} - {"", "…"}

    def marks(self) -> set[str]:
        """Its ids, and the letters of its abstract: those that have one in common are alike."""
        return {self.arxiv, self.doi, self.opening, self.ending} - {""}

    def is_like(self, other: "_Sought") -> bool:
        if self.short == other.title or other.short == self.title or self.marks() & other.marks():
            return True
        short, long = sorted((self.title, other.title), key=len)
        if len(short) >= _LETTERS and long.startswith(short):
            return True
        return fuzz.ratio(short, long, score_cutoff=_LIKE) > 0


def _letters(text: str) -> str:
    """A text without what is between its words."""
    if text.isascii():  # as most are, and much quicker so
        return text.encode().translate(None, _BETWEEN_ASCII).decode()
    return _BETWEEN.sub("", text)


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
    handles = [each.ends() | each.marks() for each in wanted]
    having: dict[str, list[int]] = {handle: [] for each in handles for handle in each}
    held = list(map(_sought, library))
    for place, record in enumerate(held):
        for handle in record.ends() | record.marks():
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


# What the pairs are found by; what else changes leaves them as they are.
SEARCHED = (Paper, PaperAuthor, Author)


def find_duplicates(session: Session) -> list[DuplicatePair]:
    """Papers outside the trash that are or may be one twice, the surest first; those that the
    reader said are two among them: `without_distinct`."""
    sought: dict[int, _Sought] = {key.id: _sought(key) for key in queries.stream_keys(session)}
    alike = {
        pair
        for some in _groups((number, each.marks()) for number, each in sought.items())
        for pair in combinations(some, 2)
    }
    for some in _groups((number, each.ends()) for number, each in sought.items()):
        alike.update(_with_like_titles(some, sought))
    ids = sorted({number for pair in alike for number in pair})
    library = list(queries.stream_records(session, ids=ids))
    traits = _traits(session, library, range(len(library)))
    of = {record.id: traits[place] for place, record in enumerate(library)}
    pairs = [
        DuplicatePair(one, other, likeness)
        for one, other in alike
        if (likeness := compare_records(of[one], of[other]))
    ]
    return sorted(
        pairs, key=lambda pair: (not pair.likeness.sure, -pair.likeness.score, pair.first_id)
    )


def without_distinct(session: Session, pairs: Sequence[DuplicatePair]) -> list[DuplicatePair]:
    """The pairs that the reader did not say are two papers."""
    distinct = queries.distinct_pairs(session)
    return [each for each in pairs if (each.first_id, each.second_id) not in distinct]


def _groups(handles: Iterable[tuple[int, set[str]]]) -> list[list[int]]:
    """The papers that have a handle in common, of each handle that tells something."""
    first: dict[str, int] = {}
    groups: dict[str, list[int]] = {}
    for number, some in handles:
        for handle in some:
            before = first.setdefault(handle, number)
            if before != number:
                groups.setdefault(handle, [before]).append(number)
    return [group for group in groups.values() if len(group) <= _CROWD]


def _with_like_titles(
    some: Sequence[int], sought: Mapping[int, _Sought]
) -> Iterator[tuple[int, int]]:
    """The pairs of papers that have a title, or one for short, like another's."""
    by_title = sorted((sought[number].title, number) for number in some)
    titles = [title for title, _ in by_title]
    called = defaultdict(list)
    for title, number in by_title:
        called[title].append(number)
    for at, (title, one) in enumerate(by_title):
        end = bisect_left(titles, f"{title}\U0010ffff", at + 1)  # of those that begin with it
        within = range(end - at - 1 if len(title) >= _LETTERS else 0)
        like = process.extract(
            title, titles[at + 1 :], scorer=fuzz.ratio, score_cutoff=_LIKE, limit=None
        )
        for place in {*within, *(place for _, _, place in like)}:
            yield _in_order(one, by_title[at + 1 + place][1])
        for other in called.get(sought[one].short, ()):
            if other != one:
                yield _in_order(one, other)


def _in_order(one: int, other: int) -> tuple[int, int]:
    return (one, other) if one < other else (other, one)


def _sought(record: PaperKey | PaperRecord) -> _Sought:
    short = sort_key(record.short_title) if record.short_title else ""
    ids = ids_of(record.arxiv_id, record.doi)
    return _Sought(record.title_sort, short, *ids, *_ends(record.opening, record.ending))


def _sought_draft(draft: PaperDraft) -> _Sought:
    title, short = (sort_key(plain_letters(each)) for each in (draft.title, draft.short_title))
    ends = _ends(draft.abstract, draft.abstract)
    return _Sought(title, short, *ids_of(draft.arxiv_id, draft.doi), *ends)


def _ends(opening: str, ending: str) -> tuple[str, str]:
    """The letters with which an abstract begins and ends; none of one that hardly says anything."""
    first = _letters(opening[: queries.END]).lower()[:_TELLING]
    last = _letters(ending[-queries.END :]).lower()[-_TELLING:]
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
