"""How probably a paper speaks of an issue, and how far its texts name a technique. Pure.

Words weigh as in BM25 (Robertson and Zaragoza 2009, *The Probabilistic Relevance Framework*), those
of names most; a sentence with a whole name of the issue counts besides, wherever it stands. The
numbers order papers; they are weights between 0 and 1, calibrated on nothing.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import log

from app.comparison.reading.term_mentions import PaperMentions, TermIndex, TermMention

_K1, _B = 1.2, 0.75
_LEAST = 0.07  # below that nothing speaks of it
_NAMED = 0.2  # what a sentence with a whole name of one word adds, and of several
_NAMED_WELL = 0.35
_WORDS_ALONE = 0.7  # what it counts for that no whole name stands there
_NAMES_IT = 0.5  # how far a paper bears on a technique that its text names, from the second time
_NAMES_IT_ONCE = 0.3


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
    postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
    named: dict[int, dict[int, int]] = defaultdict(dict)
    for paper, held in papers.items():
        short = _K1 * (1 - _B + _B * held.length / (mean or 1.0))
        for word, count in held.counts.items():
            postings[word].append((paper, count * (_K1 + 1) / (count + short)))
        for name, mention in held.names.items():
            named[name][paper] = mention.times
    weights = {
        word: log(1 + (number - len(found) + 0.5) / (len(found) + 0.5))
        for word, found in postings.items()
    }
    half = 2 * log(1 + number) if number else 1.0  # two rare words, once
    speaks = {}
    by_name: dict[int, dict[int, float]] = {}
    for issue, query in index.queries.items():
        sums: dict[int, float] = defaultdict(float)
        for word, weight in query.items():
            if word in postings:
                weight *= weights[word]
                for paper, count in postings[word]:
                    sums[paper] += weight * count
        best = by_name[issue] = {}
        for name in index.issue_names[issue]:
            said = _NAMED_WELL if index.is_long(name) else _NAMED
            for paper in named.get(name, ()):
                best[paper] = max(best.get(paper, 0.0), said)
        speaks[issue] = {
            paper: probable
            for paper in {**sums, **best}
            if (probable := _probable(sums.get(paper, 0.0), half, best.get(paper))) >= _LEAST
        }
    bearing: dict[int, dict[int, float]] = defaultdict(dict)
    for technique, names in index.technique_names.items():
        counts: dict[int, int] = defaultdict(int)
        for name in names:
            for paper, count in named.get(name, {}).items():
                counts[paper] += count
        for paper, count in counts.items():
            bearing[paper][technique] = _NAMES_IT if count > 1 else _NAMES_IT_ONCE
    with_above = {
        issue: found.keys() | {paper for above in index.above[issue] for paper in by_name[above]}
        for issue, found in by_name.items()
    }
    return TextScores(speaks, with_above, dict(bearing), weights)


def _probable(score: float, half: float, named: float | None) -> float:
    """How probably a paper speaks of an issue, by its words and by whether it names it."""
    by_words = score**2 / (score**2 + half**2)
    return _WORDS_ALONE * by_words if named is None else 1 - (1 - by_words) * (1 - named)


def find_mention(index: TermIndex, issue: int, held: PaperMentions) -> TermMention | None:
    """The sentence of a paper that has a whole name of the issue, of several the one that says
    most; None where no name stands in its texts."""
    found = [held.names[name] for name in index.issue_names[issue] if name in held.names]
    return max(found, key=lambda each: (each.kind != "title", each.words), default=None)
