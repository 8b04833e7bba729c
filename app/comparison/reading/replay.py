"""Whether the order of What next would have done better than the one before it, on the library's
own history. Pure.

Each paper that the claims of an issue came to quote is hidden in turn, as of when it was first
quoted: at which place would it have stood among the papers that were there then and that nobody had
quoted for the issue? Of equals it stands in the middle.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import log

ENOUGH = 10  # papers, from which something is said
MOST = 200  # that are replayed


@dataclass(frozen=True)
class Replay:
    """The mean reciprocal rank of what came to be quoted: in the order by text, by the number of
    techniques, and, which is chance, in any order; over `outcomes` papers."""

    outcomes: int = 0
    by_text: float = 0.0
    by_techniques: float = 0.0
    by_chance: float = 0.0

    @property
    def is_known(self) -> bool:
        return self.outcomes >= ENOUGH

    @property
    def is_no_better(self) -> bool:
        """Whether enough is known to say that text does not beat the number of techniques."""
        return self.is_known and self.by_text <= self.by_techniques


def replay_history(
    quoted: Sequence[tuple[int, int, datetime]],
    before: Mapping[int, Collection[int]],
    added: Mapping[int, datetime],
    speaks: Mapping[int, Mapping[int, float]],
    carried: Mapping[int, int],
) -> Replay:
    """The replay of (paper, issue, when), oldest first; `before`: the papers that had been quoted
    for each issue before all of these. `added`: when each paper came that could have been read,
    `carried`: how many rows each carries."""
    known_of = defaultdict(set, {issue: set(papers) for issue, papers in before.items()})
    came = sorted(added.values())
    by_rows: dict[int, list[datetime]] = defaultdict(list)
    for each, at in added.items():
        by_rows[carried.get(each, 0)].append(at)
    for times in by_rows.values():
        times.sort()
    sums = [0.0, 0.0, 0.0]
    outcomes = 0
    for paper, issue, at in quoted:
        known = known_of[issue]
        if paper in added and paper not in known:
            at = max(at, added[paper])
            gone = [each for each in known if each in added and added[each] <= at]
            left = bisect_right(came, at) - len(gone)  # the paper itself too
            scores = speaks.get(issue, {})
            own = scores.get(paper, 0.0)
            others = [
                score
                for each, score in scores.items()
                if each != paper and each in added and added[each] <= at and each not in known
            ]
            better = sum(score > own for score in others)
            same = sum(score == own for score in others) if own else left - 1 - len(others)
            rows = carried.get(paper, 0)
            more = sum(bisect_right(times, at) for n, times in by_rows.items() if n > rows)
            more -= sum(carried.get(each, 0) > rows for each in gone)
            alike = bisect_right(by_rows[rows], at) - 1
            alike -= sum(carried.get(each, 0) == rows for each in gone)
            if left > 1:
                outcomes += 1
                sums[0] += 1 / (1 + better + same / 2)
                sums[1] += 1 / (1 + more + alike / 2)
                sums[2] += (log(left) + 0.5772) / left  # of the harmonic number
        known.add(paper)
    return Replay(outcomes, *(each / outcomes for each in sums)) if outcomes else Replay()
