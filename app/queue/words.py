"""Texts as counts of their words, each word a number. Pure."""

import re
from array import array
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from app.kit.folding import fold_for_search
from app.search.index.analysis import STOP_WORDS, analyze, is_cjk, stem_word

TEXT_LIMIT = 20_000  # characters of a paper, its notes among them
# They say no more than those that a search leaves out, and would be strange reasons.
_MORE = (
    "also been both but had has have more most no not other our such than these they those were"
    " while who would you your"
)
_SILENT = STOP_WORDS | frozenset(_MORE.split())
_SILENT_HAN = frozenset("的了是在和与及或这那之其")
_WORD = re.compile("[a-z][a-z0-9]+")
_LATIN = re.compile(r"[^\W\d_][^\W_]+")


class _Numbers(dict[str, int]):
    """The number of each word, those of one stem alike; 20,000 abstracts hold some 60,000."""

    def __init__(self) -> None:
        self.tokens: list[str] = []
        self._of_token: dict[str, int] = {}

    def __missing__(self, word: str) -> int:
        number = self[word] = self.of_token(stem_word(word))
        return number

    def of_token(self, token: str) -> int:
        number = self._of_token.setdefault(token, len(self.tokens))
        if number == len(self.tokens):
            self.tokens.append(token)
        return number


_NUMBERS = _Numbers()


class WordCounts(NamedTuple):
    """The words of a text, each once, and how often each stands there."""

    words: Sequence[int]
    times: Sequence[int]


def count_terms(text: str) -> WordCounts:
    """English words by their stems, Chinese by pairs of characters; figures are left out. The same
    word has the same number for as long as the process runs."""
    text = text[:TEXT_LIMIT]
    if text.isascii():  # most abstracts, in half of the time
        numbers = map(_NUMBERS.__getitem__, _WORD.findall(text.lower()))
    else:
        tokens = (each for each in analyze(text)[0] if len(each) > 1 and not each.isdigit())
        numbers = map(_NUMBERS.of_token, tokens)
    counts = Counter(numbers)
    return WordCounts(array("i", counts), array("H", counts.values()))


def number_words(text: str) -> set[int]:
    """The numbers of a text's words, as `count_terms` gives them."""
    return set(count_terms(text).words)


def is_telling(word: int) -> bool:
    """Whether a word by itself says something about a subject."""
    token = _NUMBERS.tokens[word]
    return token not in _SILENT and _SILENT_HAN.isdisjoint(token)


def spell_words(words: Sequence[int], text: str) -> list[str]:
    """Each word as it is written in `text` first; pairs of Chinese characters that overlap there
    are one word. A word that is not found in it is left out."""
    written: dict[str, str] = {}
    for found in _LATIN.finditer(text):
        written.setdefault(stem_word(fold_for_search(found[0])), found[0])
    spelled: list[str] = []
    for token in (_NUMBERS.tokens[word] for word in words):
        if not is_cjk(token):
            if token in written:
                spelled.append(written[token])
        elif token in text:
            for place, other in enumerate(spelled):
                joined = _overlap(other, token) or _overlap(token, other)
                if is_cjk(other[:1]) and (token in other or (joined in text and joined)):
                    spelled[place] = other if token in other else joined
                    break
            else:
                spelled.append(token)
    return list(dict.fromkeys(spelled))


def _overlap(first: str, second: str) -> str:
    return first + second[1:] if first[-1] == second[0] else ""
