"""What to read next: for each waiting paper, what it is worth to have read it. Pure.

The value of a paper is a sum over the cells of a comparison: how probably the paper speaks of the
issue × how far it bears on the technique × how undecided the cell is × what the issue weighs to the
reader. What bears on several open cells of one issue counts for more, though not several times as
much. Cells that quote the paper are left out; so are headings (rows and columns above others that
are shown) that nobody filled.
"""

import heapq
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from app.comparison.reading.issue_scores import TextScores
from app.kit.trees import list_ancestors
from app.models.comparison import Basis, Confidence, Stance
from app.models.stances import BLANK, CONTESTED, CellStanding

OPEN = (BLANK, Stance.UNCLEAR, CONTESTED)
STAR = 3.0  # what a starred issue weighs

# How undecided a cell is. A blank is worth less the more often such cells turned out senseless.
_BLANK, _CONTESTED, _UNCLEAR, _NO_EVIDENCE, _RULED = 0.7, 1.0, 0.8, 0.5, 0.05
_FIRMNESS = {Confidence.LOW: 0.6, Confidence.MEDIUM: 0.3, Confidence.HIGH: 0.15}
_ARGUED = 0.5  # at least, where nobody tried it
_SENSELESS = 0.1
# How far a paper bears on what stands above a technique that it carries or names; on some row that
# nobody knows, where it carries techniques and where it carries none.
_ABOVE = 0.7
_SOME, _SOME_BARE = 0.2, 0.7
_ONE_BARE = 0.1  # on one row that was asked for
_ENOUGH = 0.2  # so much of open cells of an issue is worth half of the most
_QUOTED = 0.5  # what a paper is worth still that other cells of the comparison quote
_UNNAMED = 0.5  # single words of many issues come together easily
_BY_TAG = 0.01  # that carries a technique, of which no text speaks of the issue
_CONSIDERED = 200  # papers among which those that go best together are chosen
_SETTLES = 0.5  # of what is undecided, where a paper speaks of it for certain

Pair = tuple[int, int]


class Waiting(NamedTuple):
    """A paper that waits to be read, with the techniques it carries; `postponed` by a verdict,
    `quoted` by some cell of the comparison."""

    id: int
    techniques: tuple[int, ...] = ()
    postponed: bool = False
    year: int | None = None
    quoted: bool = False


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
    """A paper with the cell it is read for: `technique` is None where nobody knows which it bears
    on. It speaks of the issue `spoken`, the cell's or the one above that was asked for, as probably
    as `speaks`, 0 where no text of it does. `carried` tells a technique of its own, or below, from
    one that its text names; `others` counts further open cells."""

    paper: int
    value: float
    issue: int
    technique: int | None
    spoken: int
    speaks: float
    carried: bool
    others: int


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
    """For all that was asked together, and for each issue; `carriers` counts the waiting papers of
    each row."""

    cells: OpenCells
    readings: Readings
    issues: tuple[IssueNext, ...]
    carriers: Mapping[int, int]


@dataclass(frozen=True)
class OpenTable:
    """A comparison as far as it is open: `rows` (techniques) × `columns` (issues), what its filled
    cells stand at, what they quote; `headings` among rows and columns have no blanks. `starred`
    issues weigh more."""

    rows: Sequence[int]
    columns: Sequence[int]
    standings: Mapping[Pair, CellStanding] = field(default_factory=dict)
    quotes: Mapping[Pair, Collection[int]] = field(default_factory=dict)
    headings: Collection[int] = ()
    heading_columns: Collection[int] = ()
    starred: Collection[int] = ()

    def is_blank(self, cell: Pair) -> bool:
        """Whether nobody has looked at a cell that somebody could look at."""
        return (
            cell not in self.standings
            and cell[0] not in self.headings
            and cell[1] not in self.heading_columns
        )

    def counts(self, cell: Pair) -> bool:
        """Whether reading can tell something about a cell: of a heading's, only if it is open."""
        if cell[0] in self.headings or cell[1] in self.heading_columns:
            return cell in self.standings and self.standings[cell].stance in OPEN
        return True

    def open_rows(self, column: int, rows: Iterable[int]) -> tuple[OpenCells, tuple[int, ...]]:
        """How many of the cells of a column are open, and the rows of those that are blank."""
        blank = []
        stances = []
        for row in rows:
            if standing := self.standings.get((row, column)):
                stances.append(standing.stance)
            elif row not in self.headings and column not in self.heading_columns:
                blank.append(row)
        known = (stances.count(stance) for stance in OPEN)
        return OpenCells(*known) + OpenCells(blank=len(blank)), tuple(blank)


def undecided(standing: CellStanding | None, blank: float = _BLANK) -> float:
    """How much of a cell is undecided, from 0 to 1; `blank` of one that nobody has examined."""
    if standing is None or standing.stance == BLANK:
        return blank
    if standing.ruled:
        return _RULED
    if standing.stance == CONTESTED:
        return _CONTESTED
    if standing.stance == Stance.UNCLEAR:
        return _UNCLEAR
    if standing.stance == Stance.NO_EVIDENCE:
        return _NO_EVIDENCE
    if standing.stance == Stance.INAPPLICABLE:
        return _SENSELESS
    firm = _FIRMNESS[standing.confidence or Confidence.LOW]
    return max(firm, _ARGUED) if standing.basis == Basis.ARGUED else firm


class _Offer(NamedTuple):
    """What a paper has for one issue: how probably it speaks of it, times what the issue weighs."""

    issue: int
    speaks: float
    weight: float
    spoken: int  # the issue that it speaks of: this one, or the one above that was asked for
    sure: float = 1.0  # what it counts beside those of other issues


class _OfColumn(NamedTuple):
    """What papers are worth for a column, each with its place, and what each has for it."""

    left: Mapping[int, float]
    besides: tuple[object, ...]  # what else it depends on; what is the same object is not compared
    worths: Sequence[tuple[float, int, int]]
    offers: Sequence[_Offer]


@dataclass(frozen=True)
class KnownWorths:
    """What was worked out for some rows, papers and texts: it holds as long as these are the same,
    a column's as long as its cells are."""

    bearing: dict[int, dict[int, float]] = field(default_factory=dict)  # papers on rows, how far
    columns: dict[int, _OfColumn] = field(default_factory=dict)


class _Reader:
    """Values papers over some rows and columns of a table; `left` is what is undecided still."""

    def __init__(
        self,
        table: OpenTable,
        rows: Sequence[int],
        parents: Mapping[int, int | None],
        scores: TextScores,
        known: KnownWorths,
    ) -> None:
        self.table = table
        self.scores = scores
        self.rows = frozenset(rows)
        self.narrowed = len(self.rows) < len(table.rows)
        self._lines: dict[int, tuple[int, ...]] = {}
        self._parents = parents
        examined = list(table.standings.values())
        senseless = sum(each.stance == Stance.INAPPLICABLE for each in examined)
        blank = _BLANK * (1 - senseless / len(examined)) if examined else _BLANK
        fresh = {row: blank for row in rows if row not in table.headings}
        filled: dict[int, dict[int, float]] = {}
        shares: dict[int, float] = {}  # by id: few cells of a large table say something different
        for (row, column), standing in table.standings.items():
            if row in self.rows and table.counts((row, column)):
                if (share := shares.get(id(standing))) is None:
                    share = shares[id(standing)] = undecided(standing, blank)
                filled.setdefault(column, {})[row] = share
        self.left = {
            column: {
                **({} if column in table.heading_columns else fresh),
                **filled.get(column, {}),
            }
            for column in table.columns
        }
        self.mean = {
            column: sum(open_rows.values()) / len(open_rows) if open_rows else 0.0
            for column, open_rows in self.left.items()
        }
        self._bearing = known.bearing

    def line(self, technique: int) -> tuple[int, ...]:
        """The rows that a technique is, or stands below, itself first."""
        if technique not in self._lines:
            whole = (technique, *list_ancestors(self._parents, technique))
            self._lines[technique] = tuple(each for each in whole if each in self.rows)
        return self._lines[technique]

    def bears(self, paper: Waiting) -> dict[int, float]:
        """How far a paper bears on each row: by what it carries, or by what its text names."""
        if (known := self._bearing.get(paper.id)) is None:
            known = {}
            named = self.scores.names.get(paper.id, {})
            for technique, much in (*((each, 1.0) for each in paper.techniques), *named.items()):
                for row in self.line(technique):
                    share = much if row == technique else much * _ABOVE
                    known[row] = max(known.get(row, 0.0), share)
            self._bearing[paper.id] = known  # whole: others may read it at the same time
        return known

    def is_open(self, cell: Pair) -> bool:
        standing = self.table.standings.get(cell)
        return standing.stance in OPEN if standing else self.table.is_blank(cell)

    def cells(self, paper: Waiting, column: int) -> list[tuple[float, int]]:
        """The open cells of a column that a paper bears on: (how far × how undecided, row)."""
        left, quotes = self.left[column], self.table.quotes if paper.quoted else {}
        return [
            (much * left[row], row)
            for row, much in self.bears(paper).items()
            if left.get(row) and paper.id not in quotes.get((row, column), ())
        ]

    def worth(self, paper: Waiting, offer: _Offer) -> float:
        """What reading it is worth for one issue."""
        left, mean = self.left[offer.issue], self.mean[offer.issue]
        if paper.quoted:
            total = sum(much for much, _ in self.cells(paper, offer.issue))
            quotes = self.table.quotes
            open_rows = [r for r in left if paper.id not in quotes.get((r, offer.issue), ())]
            mean *= len(open_rows) / len(left) if left else 0.0
        else:
            total = 0.0
            for row, much in self.bears(paper).items():
                if row in left:
                    total += much * left[row]
        if self.narrowed:
            some = 0.0 if paper.techniques else _ONE_BARE
        else:
            some = _SOME if paper.techniques else _SOME_BARE
        total += some * mean
        worth = offer.speaks * offer.weight * total / (total + _ENOUGH) if total else 0.0
        return worth * _QUOTED if paper.quoted else worth

    def value(self, paper: Waiting, offers: Sequence[_Offer]) -> float:
        return sum(offer.sure * self.worth(paper, offer) for offer in offers)

    def best_cell(self, paper: Waiting, offers: Sequence[_Offer]) -> tuple[_Offer, int | None]:
        """The issue for which reading it is worth most, and the row of its best cell."""
        offer = max(offers, key=lambda each: (each.sure * self.worth(paper, each), each.speaks))
        return offer, max(self.cells(paper, offer.issue), default=(0.0, None))[1]

    def take(self, paper: Waiting, offers: Sequence[_Offer]) -> None:
        """What is left once the paper is read."""
        for offer in offers:
            left = self.left[offer.issue]
            for much, row in self.cells(paper, offer.issue):
                settled = _SETTLES * offer.speaks * (much / left[row])
                left[row] *= 1 - settled
            self.mean[offer.issue] *= 1 - 0.1 * offer.speaks


def rank_papers(
    table: OpenTable,
    parents: Mapping[int, int | None],
    papers: Collection[Waiting],
    scores: TextScores,
    *,
    rows: Sequence[int] = (),
    above: Mapping[int, int] | None = None,
    best: int,
    best_of_issue: int,
    together: bool = True,
    known: KnownWorths | None = None,
) -> Ranking:
    """What to read next for a table, or for some `rows` of it; `parents` is of all techniques.
    `known` is filled, and can be given again for the same rows, papers and texts.

    `above` gives, of columns that stand below an issue that was asked for, that issue: what speaks
    of it may speak of them. Papers that carry an open row but of which no text speaks of an issue
    come last. Of equals the postponed one is first, for somebody wanted to read it, then the newer.
    The `best` of all are chosen to go `together`; those of an issue each for itself.
    """
    rows = rows or table.rows
    known = known or KnownWorths()
    reader = _Reader(table, rows, parents, scores, known)
    by_id = {each.id: each for each in papers}
    places = {each.id: place for place, each in enumerate(sorted(papers, key=_order))}
    told = hash(tuple(papers))
    offers: dict[int, list[_Offer]] = {}
    of_column: dict[int, Sequence[tuple[float, int, int]]] = {}
    values: dict[int, float] = {}
    for column in table.columns:
        over = (above or {}).get(column, column)
        weight = STAR if column in table.starred else 1.0
        besides = told, over, weight, reader.narrowed, table.quotes
        held = known.columns.get(column)
        if held is None or held.besides != besides or held.left != reader.left[column]:
            speaking = _speaking(scores, column, over)
            held = known.columns[column] = _OfColumn(
                dict(reader.left[column]),
                besides,
                *_value_column(reader, column, weight, speaking, by_id, places),
            )
        of_column[column] = held.worths
        for (worth, _, number), offer in zip(held.worths, held.offers, strict=True):
            offers.setdefault(number, []).append(offer)
            values[number] = values.get(number, 0.0) + offer.sure * worth
    valued = [(value, -places[number], number) for number, value in values.items()]

    def ranked(number: int, value: float, issue: int | None = None) -> RankedPaper:
        paper = by_id[number]
        found = [each for each in offers[number] if issue in (None, each.issue)]
        offer, row = reader.best_cell(paper, found)
        return RankedPaper(
            number,
            value,
            offer.issue,
            row,
            offer.spoken,
            offer.speaks,
            _carries(reader, paper, row),
            _count_others(reader, paper, [each.issue for each in found], (row, offer.issue)),
        )

    issues = []
    for column, found in of_column.items():
        chosen = heapq.nlargest(best_of_issue, found)
        readings = tuple(ranked(number, value, column) for value, _, number in chosen)
        cells, unexamined = table.open_rows(column, rows)
        more = len(found) > len(readings)
        issues.append(IssueNext(column, cells, unexamined, Readings(readings, more)))
    carriers = dict.fromkeys(table.rows, 0)
    for paper in papers:
        for row in {row for each in paper.techniques for row in reader.line(each)}:
            carriers[row] += 1
    overall = [
        ranked(number, value)
        for number, value in _choose(reader, by_id, offers, valued, best, together=together)
    ]
    more = len(valued) > best
    if not more:
        spoken = {number for _, _, number in valued}
        by_tag = _by_tag(reader, [each for each in papers if each.id not in spoken], places)
        more = len(valued) + len(by_tag) > best
        overall += by_tag[: best - len(overall)]
    total = sum((each.cells for each in issues), OpenCells())
    return Ranking(total, Readings(tuple(overall), more), tuple(issues), carriers)


def _value_column(
    reader: _Reader,
    column: int,
    weight: float,
    speaking: Iterable[tuple[int, float, int]],
    papers: Mapping[int, Waiting],
    places: Mapping[int, int],
) -> tuple[list[tuple[float, int, int]], list[_Offer]]:
    """Of the papers that may speak of a column and are worth something for it: (worth, - place,
    paper), and what each has for it."""
    worths, offers = [], []
    for number, speaks, of in speaking:
        if paper := papers.get(number):
            sure = 1.0 if number in reader.scores.named.get(of, ()) else _UNNAMED
            offer = _Offer(column, speaks, weight, of, sure)
            if worth := reader.worth(paper, offer):
                worths.append((worth, -places[number], number))
                offers.append(offer)
    return worths, offers


def find_cells(
    table: OpenTable,
    parents: Mapping[int, int | None],
    papers: Collection[Waiting],
    scores: TextScores,
    *,
    best: int,
) -> dict[int, list[tuple[float, int, int]]]:
    """The open cells about which each paper may tell most: (value, row, column), best first."""
    reader = _Reader(table, table.rows, parents, scores, KnownWorths())
    found: dict[int, list[tuple[float, int, int]]] = {}
    for paper in papers:
        cells = [
            (speaks * much * (STAR if column in table.starred else 1.0), row, column)
            for column in table.columns
            if (speaks := scores.speaks.get(column, {}).get(paper.id, 0.0))
            for much, row in reader.cells(paper, column)
            if reader.is_open((row, column))
        ]
        if cells:
            found[paper.id] = heapq.nlargest(best, cells)
    return found


def _order(paper: Waiting) -> tuple[bool, int, int]:
    return not paper.postponed, -(paper.year or 0), paper.id


def _speaking(scores: TextScores, column: int, above: int) -> Iterable[tuple[int, float, int]]:
    """The papers that may speak of an issue, or of the one above that was asked for: (paper, how
    probably, of which)."""
    found, wider = scores.speaks.get(column, {}), scores.speaks.get(above, {})
    if column == above:
        yield from ((paper, speaks, column) for paper, speaks in found.items())
        return
    for paper in {**found, **wider}:
        own, other = found.get(paper, 0.0), wider.get(paper, 0.0)
        yield (paper, own, column) if own >= other else (paper, other, above)


def _choose(
    reader: _Reader,
    papers: Mapping[int, Waiting],
    offers: Mapping[int, Sequence[_Offer]],
    valued: Collection[tuple[float, int, int]],
    best: int,
    *,
    together: bool,
) -> Iterator[tuple[int, float]]:
    """The papers to read and what each is worth, best first; `together`: after those before it,
    of the few that are worth most by themselves. Whoever goes on takes the one before as read."""
    if not together:
        yield from ((number, value) for value, _, number in heapq.nlargest(best, valued))
        return
    heap = heapq.nsmallest(
        max(_CONSIDERED, best), [(-value, -place, number) for value, place, number in valued]
    )
    while heap and best:
        _, place, number = heapq.heappop(heap)
        now = reader.value(papers[number], offers[number])
        if heap and now < -heap[0][0]:  # others are worth more by now
            heapq.heappush(heap, (-now, place, number))
            continue
        yield number, now
        best -= 1
        reader.take(papers[number], offers[number])


def _by_tag(
    reader: _Reader, papers: Iterable[Waiting], places: Mapping[int, int]
) -> list[RankedPaper]:
    """The papers that carry a row with open cells, of which no text speaks of an issue."""
    columns = {
        row: [
            (reader.left[column][row], -column)
            for column in reader.table.columns
            if row in reader.left[column] and reader.is_open((row, column))
        ]
        for row in reader.rows
    }
    found = []
    waiting = sorted((each for each in papers if each.techniques), key=lambda p: places[p.id])
    for paper in waiting[:_CONSIDERED]:
        cells = [
            (much * left, negative, row)
            for row, much in reader.bears(paper).items()
            for left, negative in columns[row]
            if left and paper.id not in reader.table.quotes.get((row, -negative), ())
        ]
        if cells:
            much, negative, row = max(cells)
            carried = _carries(reader, paper, row)
            value = _BY_TAG * much
            others = len(cells) - 1
            found.append(
                RankedPaper(paper.id, value, -negative, row, -negative, 0.0, carried, others)
            )
    return sorted(found, key=lambda each: (-each.value, places[each.paper]))


def _carries(reader: _Reader, paper: Waiting, row: int | None) -> bool:
    return row is not None and any(row in reader.line(each) for each in paper.techniques)


def _count_others(
    reader: _Reader, paper: Waiting, columns: Iterable[int], cell: tuple[int | None, int]
) -> int:
    """How many open cells of `columns` a paper bears on besides `cell`."""
    return sum(
        (row, column) != cell and reader.is_open((row, column))
        for column in columns
        for _, row in reader.cells(paper, column)
    )
