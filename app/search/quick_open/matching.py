"""Jumping to a thing by a few letters of its names: how well they fit, and which fits best. Pure.

Every word of what was typed must fit one of the names of a place. A word fits, from best to worst,
as the whole name, its beginning, the beginning of one of its words, beginnings of several words in
their order (`zhuvr` of Zhang, UVR-NMT), a part, or letters in their order. A Chinese name fits by
its characters and by how they are read (`多模态`, `duomotai`, `dmt`).
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from rapidfuzz import fuzz
from rapidfuzz.process import extract

from app.kit.folding import fold_for_search
from app.kit.text import has_han, spell_pinyin

PlaceKind = Literal[
    "command", "page", "paper", "note", "technique", "issue", "comparison", "correspondence"
]

LENGTH_LIMIT = 100  # characters that are looked at, typed or of a name
WORD_LIMIT = 8
_WHOLE, _BEGINNING, _WORD, _WORDS, _PART, _LETTERS = 6.0, 5.0, 4.0, 3.0, 2.0, 1.0
_SCATTERED_IN = 48  # characters of a name in which letters that are far apart still mean something
_LIKENESS = 80  # of 100, from which a misspelt name is meant
_START = re.compile(r"[^\W\d_]+|\d+")


@dataclass(frozen=True)
class QuickOpenEntry:
    """Where one can go, with what it is found by. `press` is a CSS selector of a button that does
    it instead of an address."""

    kind: PlaceKind
    label: str
    url: str
    detail: str = ""
    names: tuple[str, ...] = ()
    press: str = ""


@dataclass(frozen=True)
class _Name:
    text: str  # folded
    starts: tuple[int, ...]  # where its words begin; every Chinese character is one
    joined: str  # its words without what stands between them


class _Names(NamedTuple):
    each: tuple[_Name, ...]
    lines: str  # their texts


def rank_candidates(
    query: str, places: Iterable[QuickOpenEntry], *, limit: int
) -> list[QuickOpenEntry]:
    """The best `limit` of `places` for what was typed, best first; equals stay in their order.

    Where none fits, those whose label looks like it.
    """
    words = typed_words(query)
    if not words:
        return []
    every = list(places)
    scored = [(score_names(words, (place.label, *place.names)), place) for place in every]
    found = sorted((each for each in scored if each[0]), key=lambda each: -each[0])
    if found:
        return [place for _, place in found[:limit]]
    labels = [fold_for_search(place.label) for place in every]
    alike = extract(
        " ".join(words), labels, scorer=fuzz.WRatio, score_cutoff=_LIKENESS, limit=limit
    )
    return [every[n] for _, _, n in alike]


def typed_words(query: str) -> list[str]:
    """The words of a query, as they are compared."""
    folded = fold_for_search(query[:LENGTH_LIMIT])
    return [word for word in re.split(r"[\s\W_]+", folded) if word][:WORD_LIMIT]


def score_names(words: Sequence[str], names: Sequence[str]) -> float:
    """How well all of `words` fit these names of one thing; 0 where one fits none."""
    folded = _all_folded(tuple(names))
    total = 0.0
    for word in words:
        best = _best_fit(word, folded)
        if not best and has_han(word):
            best = _best_fit(_spelled(word), folded) / 2
        if not best:
            return 0.0
        total += best
    return total / len(words) if words else 0.0


def _best_fit(word: str, names: _Names) -> float:
    in_order = _in_order(word)
    if not in_order.search(names.lines):
        return 0.0
    return max(_fit(word, name) for name in names.each if in_order.match(name.text))


def _fit(word: str, name: _Name) -> float:
    """How well one word, whose letters stand in a name in their order, fits it: its step, and less
    than one more the more of it it is."""
    text = name.text
    share = len(word) / (len(text) + 1)
    if text.startswith(word):
        return (_WHOLE if text == word else _BEGINNING) + share
    if any(text.startswith(word, start) for start in name.starts):
        return _WORD + share
    if len(word) > 1 and (name.joined.startswith(word) or _is_chain(word, name)):
        return _WORDS + share
    if word in text:
        return _PART + share
    return _LETTERS + share if len(text) <= _SCATTERED_IN else 0.0


@lru_cache(maxsize=256)
def _in_order(word: str) -> re.Pattern[str]:
    """What finds a line that has the letters of a word in their order; without ever going back."""
    letters = map(re.escape, word)
    return re.compile("^" + "".join(f"[^{each}\n]*{each}" for each in letters), re.MULTILINE)


@lru_cache(maxsize=256)
def _spelled(word: str) -> str:
    return "".join(spell_pinyin(word))


def _is_chain(word: str, name: _Name) -> bool:
    """Whether `word` is made of beginnings of words of the name, in their order."""
    text = name.text
    ends = {start + 1 for start in name.starts if text[start] == word[0]}
    for character in word[1:]:
        if not ends:
            return False
        first = min(ends)
        further = {end + 1 for end in ends if text[end : end + 1] == character}
        ends = further | {
            start + 1 for start in name.starts if start >= first and text[start] == character
        }
    return bool(ends)


@lru_cache(maxsize=20_000)
def _all_folded(names: tuple[str, ...]) -> _Names:
    each = tuple({name: None for text in names if text for name in _folded(text)})
    return _Names(each, "\n".join(name.text for name in each))


@lru_cache(maxsize=20_000)
def _folded(text: str) -> tuple[_Name, ...]:
    """A name as it is compared; a Chinese one also as it is read."""
    text = unicodedata.normalize("NFC", text[:LENGTH_LIMIT])
    folded = fold_for_search(text)
    if not has_han(folded):
        return (_name(folded),)
    return _name(folded), _name(" ".join(spell_pinyin(folded)))


def _name(text: str) -> _Name:
    starts: list[int] = []
    for run in _START.finditer(text):
        if has_han(run[0]):
            starts += range(run.start(), run.end())
        else:
            starts.append(run.start())
    return _Name(text, tuple(starts), "".join(_START.findall(text)))
