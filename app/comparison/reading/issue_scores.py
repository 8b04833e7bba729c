"""How probably a paper speaks of an issue, and how far its texts name a technique. Pure.

Words weigh as in BM25 (Robertson and Zaragoza 2009, *The Probabilistic Relevance Framework*), those
of names most; a sentence with a whole name of the issue counts besides, wherever it stands. The
numbers order papers; they are weights between 0 and 1, calibrated on nothing.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from math import log
from typing import TypeVar

from app.comparison.reading.term_mentions import PaperMentions, TermIndex, TermMention

_K1, _B = 1.2, 0.75
_LEAST = 0.07  # below that nothing speaks of it
_NAMED = 0.2  # what a sentence with a whole name of one word adds, and of several
_NAMED_WELL = 0.35
_WORDS_ALONE = 0.7  # what it counts for that no whole name stands there
_NAMES_IT = 0.5  # how far a paper bears on a technique that its text names, from the second time
_NAMES_IT_ONCE = 0.3


Value = TypeVar("Value")


@dataclass(frozen=True)
class TextScores:
    """`speaks`: of each issue, the papers that may speak of it, and how probably; `named`: those
    with a whole name of it, or of what it stands below; `names`: of each paper, the techniques that
    its text names, and how far it bears on them then; `weights`: how rare each word is."""

    speaks: Mapping[int, Mapping[int, float]]
    named: Mapping[int, Collection[int]]
    names: Mapping[int, Mapping[int, float]]
    weights: Mapping[str, float]


def score_issues(index: TermIndex, papers: Mapping[int, PaperMentions]) -> TextScores:
    """The scores of all issues of `index` for `papers`."""
    number = len(papers)
    mean = sum(each.length for each in papers.values()) / number if number else 1.0
    postings: dict[str, list[int]] = defaultdict(list)
    short: dict[int, float] = {}
    named: dict[int, dict[int, int]] = defaultdict(dict)
    for paper, held in papers.items():
        short[paper] = _K1 * (1 - _B + _B * held.length / (mean or 1.0))
        for word in held.counts:
            postings[word].append(paper)
        for name, mention in held.names.items():
            named[name][paper] = mention.times
    weights = {
        word: log(1 + (number - len(found) + 0.5) / (len(found) + 0.5))
        for word, found in postings.items()
    }
    half = 2 * log(1 + number) if number else 1.0  # two rare words, once

    def named_by(issue: int) -> dict[int, float]:
        best: dict[int, float] = {}
        for name in index.issue_names[issue]:
            said = _NAMED_WELL if index.is_long(name) else _NAMED
            for paper in named.get(name, ()):
                best[paper] = max(best.get(paper, 0.0), said)
        return best

    by_name = _OnDemand(index.queries, named_by)

    def speaking(issue: int) -> dict[int, float]:
        sums: dict[int, float] = defaultdict(float)
        for word, weight in index.queries[issue].items():
            if word in postings:
                weight *= weights[word]
                for paper in postings[word]:
                    count = papers[paper].counts[word]
                    sums[paper] += weight * (count * (_K1 + 1) / (count + short[paper]))
        best = by_name[issue]
        return {
            paper: probable
            for paper in {**sums, **best}
            if (probable := _probable(sums.get(paper, 0.0), half, best.get(paper))) >= _LEAST
        }

    def with_above(issue: int) -> set[int]:
        return {paper for each in (issue, *index.above[issue]) for paper in by_name[each]}

    bearing: dict[int, dict[int, float]] = defaultdict(dict)
    for technique, names in index.technique_names.items():
        counts: dict[int, int] = defaultdict(int)
        for name in names:
            for paper, count in named.get(name, {}).items():
                counts[paper] += count
        for paper, count in counts.items():
            bearing[paper][technique] = _NAMES_IT if count > 1 else _NAMES_IT_ONCE
    return TextScores(
        _OnDemand(index.queries, speaking),
        _OnDemand(index.queries, with_above),
        dict(bearing),
        weights,
    )


class _OnDemand(Mapping[int, Value]):
    """What each issue has, found when it is first asked for: of thousands of issues few are."""

    def __init__(self, issues: Collection[int], find: Callable[[int], Value]) -> None:
        self._issues, self._find = issues, find
        self._found: dict[int, Value] = {}

    def __getitem__(self, issue: int) -> Value:
        if issue not in self._found:
            if issue not in self._issues:
                raise KeyError(issue)
            self._found[issue] = self._find(issue)
        return self._found[issue]

    def __iter__(self) -> Iterator[int]:
        return iter(self._issues)

    def __len__(self) -> int:
        return len(self._issues)


def _probable(score: float, half: float, named: float | None) -> float:
    """How probably a paper speaks of an issue, by its words and by whether it names it."""
    by_words = score**2 / (score**2 + half**2)
    return _WORDS_ALONE * by_words if named is None else 1 - (1 - by_words) * (1 - named)


def find_mention(index: TermIndex, issue: int, held: PaperMentions) -> TermMention | None:
    """The sentence of a paper that has a whole name of the issue, of several the one that says
    most; None where no name stands in its texts."""
    found = [held.names[name] for name in index.issue_names[issue] if name in held.names]
    return max(found, key=lambda each: (each.kind != "title", each.words), default=None)
