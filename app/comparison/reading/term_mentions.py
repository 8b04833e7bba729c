"""What the texts of papers say of the terms of the vocabularies: their words, their names, and the
sentences that have a name. Pure; what is read of a paper depends on its texts and on the terms.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Literal, NamedTuple

from app.comparison.sentences import (
    Sentence,
    content_words,
    cut_sentences,
    definitions_of,
    names_of,
    share_named,
    words_of,
)
from app.kit.folding import fold_for_search
from app.kit.passages import clean_passage
from app.kit.trees import list_ancestors, parent_map
from app.models import Issue, Technique
from app.search.index.analysis import has_cjk

# What a word weighs that stands in a name, in what the issue stands below, in a definition.
_NAME, _ABOVE, _DEFINITION = 1.0, 0.5, 0.5
# So much of the weight of as many words must a sentence have that has no fair part of a name.
_FAIR, _WORDS = 0.35, 8
_TITLE = 2.0  # what a word of a title counts beside one of an abstract

PartKind = Literal["title", "abstract", "note", "page"]


class TextPart(NamedTuple):
    """A piece of what is held of a paper: `source` is a note's id, a file's SHA-256, or ""; pages
    count from 1."""

    kind: PartKind
    text: str
    source: str = ""
    page: int = 0


class TermMention(NamedTuple):
    """Of the sentences that have a name, so many `times`, the one that says most: `words` of the
    vocabularies are in it."""

    times: int
    words: int
    kind: PartKind
    text: str
    source: str
    page: int


@dataclass(frozen=True)
class PaperMentions:
    """What is known of a paper's texts. `counts` are of the words that queries ask for, in title,
    abstract and notes, of `length` words; `names` are the names that stand in a sentence, by their
    numbers in the index of terms."""

    counts: Mapping[str, float]
    length: float
    names: Mapping[int, TermMention]


class _Name(NamedTuple):
    words: frozenset[str]
    chinese: str  # folded, where it is written in a script without spaces


def key_of_terms(issues: Sequence[Issue], techniques: Sequence[Technique]) -> int:
    """A number that is another where an index of these terms would be."""
    return hash(
        tuple(
            (kind, each.id, *names_of(each), "\n", *definitions_of(each), each.parent_id)
            for kind, terms in (("issue", issues), ("technique", techniques))
            for each in terms
        )
    )


class TermIndex:
    """The names of issues and techniques in both languages, and the words around issues.

    `queries` gives what each word weighs for an issue, `issue_names` and `technique_names` the
    numbers of their names, `above` what an issue stands below; `key` is `key_of_terms`.
    """

    def __init__(self, issues: Sequence[Issue], techniques: Sequence[Technique]) -> None:
        self.key = key_of_terms(issues, techniques)
        self.texts: list[str] = []
        self._names: list[_Name] = []
        self.issue_names = {each.id: self._add(names_of(each)) for each in issues}
        self.technique_names = {each.id: self._add(names_of(each)) for each in techniques}
        parents, by_id = parent_map(issues), {each.id: each for each in issues}
        self.above = {each.id: list_ancestors(parents, each.id) for each in issues}
        self.queries = {
            each.id: _weigh(each, [by_id[above] for above in self.above[each.id]])
            for each in issues
        }
        self.words = frozenset().union(*self.queries.values())
        # A name is looked for where its rarest word stands, a Chinese one its rarest two letters:
        # those that all names begin with would have every name looked for in every text.
        parts = [_pairs(name.chinese) if name.chinese else name.words for name in self._names]
        common = Counter(part for each in parts for part in each)
        self._by_word: dict[str, list[int]] = defaultdict(list)
        self._by_pair: dict[str, list[int]] = defaultdict(list)
        for number, (name, each) in enumerate(zip(self._names, parts, strict=True)):
            rarest = min(each, key=lambda part: (common[part], -len(part), part))
            (self._by_pair if name.chinese else self._by_word)[rarest].append(number)

    def _add(self, names: Iterable[str]) -> list[int]:
        numbers = []
        for name in names:
            words = frozenset(content_words(words_of(name)))
            if not words:
                continue
            number = len(self._names)
            numbers.append(number)
            chinese = fold_for_search(name) if has_cjk(name) else ""
            self.texts.append(name)
            self._names.append(_Name(words, chinese))
        return numbers

    def is_long(self, name: int) -> bool:
        """Whether a name, by its number, is of several words."""
        return len(self._names[name].words) > 1

    @cached_property
    def _rare_words(self) -> frozenset[str]:
        return frozenset(self._by_word)

    def read_paper(self, parts: Sequence[TextPart]) -> PaperMentions:
        """What the parts of a paper's text say of the terms."""
        counts: dict[str, float] = {}
        length = 0.0
        found: dict[int, TermMention] = {}
        for part in parts:
            words = words_of(part.text)
            if part.kind != "page":
                weight = _TITLE if part.kind == "title" else 1.0
                length += weight * len(words)
                for word, count in Counter(words).items():
                    if word in self.words:
                        counts[word] = counts.get(word, 0.0) + weight * count
            if names := self._named(set(words), part.text):
                self._note(part, names, found)
        return PaperMentions(counts, length, found)

    def _named(self, words: set[str], text: str) -> list[int]:
        """The names whose words a text has."""
        names = [
            number
            for word in words & self._rare_words
            for number in self._by_word[word]
            if self._names[number].words <= words
        ]
        if self._by_pair and has_cjk(text):
            folded = fold_for_search(text)
            names += [
                number
                for pair in (_pairs(folded) | {*folded}) & self._by_pair.keys()
                for number in self._by_pair[pair]
                if self._names[number].chinese in folded
            ]
        return names

    def _note(self, part: TextPart, names: Sequence[int], found: dict[int, TermMention]) -> None:
        for words, text in _sentences(part):
            there = set(words)
            folded = fold_for_search(text)
            rich = len(there & self.words)
            for number in names:
                name = self._names[number]
                if name.chinese not in folded if name.chinese else not name.words <= there:
                    continue
                held = found.get(number)
                times = held.times + 1 if held else 1
                if held and held.words >= rich:
                    found[number] = held._replace(times=times)
                else:
                    found[number] = TermMention(
                        times, rich, part.kind, text, part.source, part.page
                    )

    def nearest_sentence(
        self, issue: int, parts: Sequence[TextPart], weights: Mapping[str, float]
    ) -> TermMention | None:
        """The sentence with most of what is asked of an issue, by the `weights` of words; None
        where none has half of one of its names, or a fair part of the words around it."""
        best: tuple[float, TermMention] | None = None
        names = [self.texts[number] for number in self.issue_names[issue]]
        query = {
            word: weight * weights[word]
            for word, weight in self.queries[issue].items()
            if word in weights
        }
        least = _FAIR * sum(sorted(query.values(), reverse=True)[:_WORDS])
        for part in parts:
            for words, text in _sentences(part):
                there = set(words) & query.keys()
                score = sum(query[word] for word in there)
                share = share_named(names, words, text) if there else 0.0
                if (share or score >= least) and (best is None or score * (1 + share) > best[0]):
                    mention = TermMention(1, len(there), part.kind, text, part.source, part.page)
                    best = score * (1 + share), mention
        return best[1] if best else None


def _pairs(text: str) -> frozenset[str]:
    """Its letters, two by two; the letter, where there is only one."""
    return frozenset(map("".join, pairwise(text))) or frozenset(text)


def _sentences(part: TextPart) -> Iterator[tuple[list[str], str]]:
    if part.kind == "title":
        yield words_of(part.text), clean_passage(part.text)
    else:
        yield from _cut(part.text)


@lru_cache(maxsize=1_024)
def _cut(text: str) -> list[Sentence]:
    """The same papers are shown for several issues."""
    return list(cut_sentences(text))


def _weigh(issue: Issue, above: Sequence[Issue]) -> dict[str, float]:
    weights: dict[str, float] = {}
    for texts, weight in (
        (names_of(issue), _NAME),
        ([name for each in above for name in names_of(each)], _ABOVE),
        (definitions_of(issue), _DEFINITION),
    ):
        for word in content_words(words_of("\n".join(texts))):
            weights.setdefault(word, weight)
    return weights
