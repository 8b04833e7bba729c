"""Citation keys: made from a paper's authors, year and title; unique and stable. Pure."""

import re
from collections.abc import Collection, Iterable, Iterator
from itertools import chain, count

from app.kit.author_names import family_name
from app.kit.text import ascii_fold, fold, has_han

_CITEKEY = re.compile(r"\w[\w:.+-]{0,79}\Z")
# What every client may rely on; letters of other scripts are taken too.
CITEKEY_PATTERN = (
    r"^((?!(new|lookup|several)$)(?!(paper|technique|issue|comparison|correspondence):)"
    r"[0-9a-z][0-9A-Za-z_:.+-]{0,79})?$"
)
# `[[issue:…]]` is a link to an issue, whatever papers are called.
_ELSEWHERE = re.compile(r"(paper|technique|issue|comparison|correspondence):", re.IGNORECASE)
_RESERVED = {"new", "lookup", "several"}  # they are addresses below /papers
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
# Words that say nothing of a title; Zotero and Better BibTeX skip much the same.
_SKIPPED_WORDS = {
    "a",
    "an",
    "the",
    "on",
    "of",
    "for",
    "in",
    "to",
    "and",
    "or",
    "with",
    "from",
    "by",
    "at",
    "as",
    "is",
    "are",
    "do",
    "does",
    "can",
    "how",
    "what",
    "why",
    "when",
    "towards",
    "toward",
    "via",
    "using",
}


def is_citekey(text: str) -> bool:
    """Whether `text` can be a citation key: it can stand in an address and in a link."""
    return bool(_CITEKEY.match(text)) and not _ELSEWHERE.match(text) and fold(text) not in _RESERVED


def citekey_for(authors: Iterable[str], year: int | None, title: str, short_title: str = "") -> str:
    """The citation key a paper gets: family name, year, first telling word: `kim2021vilt`.

    As Zotero's `lastname_firsttitleword_year`, but readable without separators and with pinyin for
    Chinese (`zhang2023duomotai`: the first three characters of a Chinese title).
    """
    family = family_name(next(iter(authors), ""))
    word = ascii_fold(short_title) if short_title and len(short_title) <= 20 else ""
    if not word and has_han(title[:1]):
        word = ascii_fold(re.sub(r"[^\w]", "", title)[:3])
    if not word:
        words = re.findall(r"[a-z0-9]+(?:-[a-z0-9]+)*", ascii_fold(title))
        telling = [each for each in words if each not in _SKIPPED_WORDS]
        word = next(iter(telling or words), "")
    parts = [re.sub(r"[^a-z0-9]", "", part) for part in (ascii_fold(family), str(year or ""), word)]
    return "".join(parts)[:60] or "untitled"


def unique_citekey(wanted: str, used: Collection[str]) -> str:
    """`wanted`, or with the first that is free of `a`, `b`, … `z`, `aa` … `zz`, then of numbers;
    `used` are folded."""
    if fold(wanted) not in used and fold(wanted) not in _RESERVED:
        return wanted
    letters = (first + last for first in ["", *_LETTERS] for last in _LETTERS)
    numbers = (f"-{number}" for number in count(len(used)))  # lists without authors need them
    keys: Iterator[str] = (wanted + suffix for suffix in chain(letters, numbers))
    return next(key for key in keys if fold(key) not in used)
