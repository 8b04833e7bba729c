"""What to read next: how many open cells of a comparison each waiting paper could settle. Pure.

A cell is open where nobody has looked, where what was found is unclear, and where the claims
contradict each other and the reader has not ruled. A paper could settle an open cell when it
carries the technique of its row, or one below it.
"""

import heapq
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import NamedTuple

from app.kit.trees import list_ancestors
from app.models.comparison import Stance
from app.models.stances import BLANK, CONTESTED

OPEN = (BLANK, Stance.UNCLEAR, CONTESTED)


class Waiting(NamedTuple):
    """A paper that is unread, or `postponed`, with the techniques it carries."""

    id: int
    techniques: tuple[int, ...]
    postponed: bool = False
    year: int | None = None


@dataclass(frozen=True)
class OpenCells:
    """How many cells are open, and why."""

    blank: int = 0
    unclear: int = 0
    contested: int = 0

    @property
    def total(self) -> int:
        return self.blank + self.unclear + self.contested

    def __add__(self, other: "OpenCells") -> "OpenCells":
        return OpenCells(
            self.blank + other.blank,
            self.unclear + other.unclear,
            self.contested + other.contested,
        )


@dataclass(frozen=True)
class RankedPaper:
    """A paper with the open cells it could settle, by the techniques it carries."""

    paper: int
    techniques: tuple[int, ...]
    cells: OpenCells


@dataclass(frozen=True)
class Readings:
    """What to read, best first; `more` says that there are others."""

    best: tuple[RankedPaper, ...] = ()
    more: bool = False


@dataclass(frozen=True)
class IssueNext:
    """An issue with its open cells, the techniques nobody has examined for it, and what to read."""

    issue: int
    cells: OpenCells
    unexamined: tuple[int, ...]
    readings: Readings


@dataclass(frozen=True)
class Ranking:
    """For all issues together, and for each; `carriers` counts the waiting papers of each row."""

    cells: OpenCells
    readings: Readings
    issues: tuple[IssueNext, ...]
    carriers: Mapping[int, int]


class _Column:
    """The open rows of an issue, a bit for each row, by why they are open."""

    def __init__(self, issue: int, rows: int) -> None:
        self.issue = issue
        self.blank = (1 << rows) - 1
        self.unclear = 0
        self.contested = 0

    def put(self, bit: int, stance: str) -> None:
        if stance != BLANK:
            self.blank &= ~bit
        if stance == Stance.UNCLEAR:
            self.unclear |= bit
        elif stance == CONTESTED:
            self.contested |= bit

    @property
    def open(self) -> int:
        return self.blank | self.unclear | self.contested

    def cells(self, carried: int) -> OpenCells:
        return OpenCells(
            (carried & self.blank).bit_count(),
            (carried & self.unclear).bit_count(),
            (carried & self.contested).bit_count(),
        )


class _Carrier(NamedTuple):
    """A paper with the rows it carries, as bits and as their number, and its place among equals."""

    paper: Waiting
    rows: int
    number: int
    place: int


def rank_papers(
    rows: Sequence[int],
    columns: Sequence[int],
    stances: Mapping[tuple[int, int], str],
    parents: Mapping[int, int | None],
    papers: Collection[Waiting],
    *,
    best: int,
    best_of_issue: int,
) -> Ranking:
    """What to read next, for a comparison of `rows` (techniques) × `columns` (issues).

    `stances` says what cells stand at (blanks may be left out), `parents` is of all techniques. The
    more open cells a paper could settle the sooner it comes; of equals the postponed one, for
    somebody wanted to read it, then the newer. Papers that could settle nothing are left out.
    """
    bits = {row: 1 << place for place, row in enumerate(rows)}
    opened = {issue: _Column(issue, len(rows)) for issue in columns}
    for (row, issue), stance in stances.items():
        if row in bits and issue in opened:
            opened[issue].put(bits[row], stance)
    covers: dict[int, int] = {}
    for technique in {each for paper in papers for each in paper.techniques}:
        lineage = (technique, *list_ancestors(parents, technique))
        covers[technique] = _union(bits.get(each, 0) for each in lineage)
    carriers = _carriers(papers, covers)
    counts = dict.fromkeys(rows, 0)
    open_rows = [column.open for column in opened.values()]
    weights = [sum(each >> place & 1 for each in open_rows) for place in range(len(rows))]
    places_of = {technique: _places(carried) for technique, carried in covers.items()}
    scored = []
    for carrier in carriers:
        places = set().union(*(places_of[each] for each in carrier.paper.techniques))
        scored.append((sum(weights[place] for place in places), -carrier.place, carrier))
        for place in places:
            counts[rows[place]] += 1
    overall = [carrier for score, _, carrier in heapq.nlargest(best + 1, scored) if score]

    def readings(found: Sequence[_Carrier], columns: Sequence[_Column], most: int) -> Readings:
        chosen = tuple(_reading(each, covers, columns) for each in found[:most])
        return Readings(chosen, len(found) > most)

    issues = tuple(
        IssueNext(
            column.issue,
            column.cells(column.open),
            tuple(rows[place] for place in _places(column.blank)),
            readings(_best(carriers, column.open, best_of_issue + 1), [column], best_of_issue),
        )
        for column in opened.values()
    )
    return Ranking(
        sum((each.cells for each in issues), OpenCells()),
        readings(overall, list(opened.values()), best),
        issues,
        counts,
    )


def _carriers(papers: Collection[Waiting], covers: Mapping[int, int]) -> list[_Carrier]:
    """The papers that carry a row, those that carry the most first."""
    ordered = sorted(papers, key=lambda each: (not each.postponed, -(each.year or 0), each.id))
    found = [
        _Carrier(paper, carried, carried.bit_count(), place)
        for place, paper in enumerate(ordered)
        if (carried := _union(covers[each] for each in paper.techniques))
    ]
    return sorted(found, key=lambda each: (-each.number, each.place))


def _best(carriers: Iterable[_Carrier], wanted: int, most: int) -> list[_Carrier]:
    """The `most` that carry the largest number of `wanted` rows, at least one, best first.

    None can score more than the rows it carries, so that a look at the first few is mostly enough:
    without that, 5,000 papers × 60 issues take 0.05 s.
    """
    heap: list[tuple[int, int, _Carrier]] = []
    for each in carriers:
        if len(heap) == most and each.number < heap[0][0]:
            break
        if score := (each.rows & wanted).bit_count():
            entry = (score, -each.place, each)
            if len(heap) < most:
                heapq.heappush(heap, entry)
            else:
                heapq.heappushpop(heap, entry)
    return [each for _, _, each in sorted(heap, reverse=True)]


def _reading(
    carrier: _Carrier, covers: Mapping[int, int], columns: Sequence[_Column]
) -> RankedPaper:
    wanted = _union(column.open for column in columns)
    return RankedPaper(
        carrier.paper.id,
        tuple(each for each in carrier.paper.techniques if covers[each] & wanted),
        sum((column.cells(carrier.rows) for column in columns), OpenCells()),
    )


def _union(sets: Iterable[int]) -> int:
    return reduce(or_, sets, 0)


def _places(bits: int) -> list[int]:
    """Where the ones stand, in order."""
    places = []
    while bits:
        lowest = bits & -bits
        places.append(lowest.bit_length() - 1)
        bits ^= lowest
    return places
