"""Sentences that may speak of a technique or an issue: cut from texts, and how much of a name they
have. Pure.

Texts and names are cut into words as the search does, so that either language is found in either.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from app.kit.folding import fold_for_search
from app.kit.passages import clean_passage, sentences_of
from app.models import Issue, Technique
from app.search.index.analysis import STOP_WORDS, analyze, has_cjk, is_cjk

_LENGTHS = (4, 90)  # words of a sentence: less is a heading, more a table
_HALF = 0.5  # so much of a name of several words must be there
_LINK = re.compile(r"\[\[[^\[\]\n]*\]\]")
_EMPTIED = re.compile(r"\s?[(（][\s,;，；、…]*[)）]")  # brackets that held links alone
_WORDS = re.compile(r"[A-Za-z0-9]+|\S")
_GONE = rf"(?:…|{_LINK.pattern})"
_BETWEEN = rf"\s*+(?:[(（](?:[\s,;，；、]|{_GONE})*+[)）]\s*+)?"
_REFERENCES = ("\nReferences\n", "\nREFERENCES\n", "\nBibliography\n", "\n参考文献\n")


class Sentence(NamedTuple):
    words: list[str]
    text: str


def words_of(text: str) -> list[str]:
    """The words of `text` as the search keeps them; of Chinese, pairs of characters."""
    return analyze(text)[0]


def cut_sentences(text: str) -> Iterator[Sentence]:
    """The sentences of `text` that are neither headings nor tables, cleaned."""
    for start, end in sentences_of(text):
        piece = clean_passage(text[start:end])
        words = words_of(piece)
        length = len(words) / 2 if has_cjk(piece) else len(words)
        if _LENGTHS[0] <= length <= _LENGTHS[1]:
            yield Sentence(words, piece)


def before_references(page: str, number: int, pages: int) -> tuple[str, bool]:
    """A page up to the list of references, and whether it begins there: titles are no evidence."""
    if 2 * number <= pages:
        return page, False
    for heading in _REFERENCES:
        if (at := page.rfind(heading)) >= 0:
            return page[:at], True
    return page, False


def without_links(body: str) -> str:
    """A note with `…` for its wiki links: what it is filed under is not what it says."""
    return _EMPTIED.sub("", _LINK.sub("…", body)) if "[[" in body else body


@lru_cache(maxsize=500)
def with_links(sentence: str, body: str) -> str:
    """A sentence of `without_links(body)` as the body has it; as it is where that is not found."""
    words = (re.escape(word) if word != "…" else _GONE for word in _WORDS.findall(sentence))
    found = re.search(_BETWEEN.join(words), body)
    return " ".join(found[0].split()) if found else sentence


def names_of(term: Technique | Issue) -> list[str]:
    """The names and synonyms of a term in both languages."""
    names = [term.name_en, term.name_zh, *term.synonyms_en, *term.synonyms_zh]
    return list(dict.fromkeys(name for name in names if name.strip()))


def definitions_of(term: Technique | Issue) -> list[str]:
    return [term.definition_en, term.definition_zh]


def content_words(words: Iterable[str]) -> list[str]:
    """Words that say something of a subject, and no single characters of Chinese."""
    return [
        word for word in words if word not in STOP_WORDS and not (len(word) == 1 and is_cjk(word))
    ]


@lru_cache(maxsize=4_096)
def _cut_name(name: str) -> tuple[bool, str, tuple[str, ...]]:
    return has_cjk(name), fold_for_search(name), tuple(content_words(words_of(name)))


def share_named(names: Iterable[str], words: Collection[str], text: str) -> float:
    """How much of one of `names` a sentence has: 1 for all of its words."""
    best = 0.0
    for name in names:
        chinese, folded, parts = _cut_name(name)
        if not parts:
            continue
        if chinese:  # characters stand anywhere: the name must be there as it is written
            best = max(best, float(folded in fold_for_search(text)))
            continue
        share = sum(part in words for part in parts) / len(parts)
        best = max(best, share if share >= _HALF else 0.0)
    return best
