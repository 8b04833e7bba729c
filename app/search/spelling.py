"""Misspelt words, put right by what the library does say; in both languages.

A Latin word is compared with the words of the index that look like it. Of a Chinese run the pairs
of characters that stand nowhere say which character is wrong, and one that sounds the same and goes
with its neighbours is put in its place.
"""

from collections.abc import Iterable
from dataclasses import replace

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract
from sqlmodel import Session

from app.search import analysis, vocabulary
from app.search.engine import engine_of
from app.search.query import Plan, Term
from app.text import has_han, pinyin

_SHORTEST = 4  # letters; shorter words are too near to too many others
_TWICE_FROM = 7  # letters, from which two slips are put right
_LONGEST = 24
_RUN_LIMIT = 12  # characters
_WORDS = 3  # of a query that are put right
_KEPT = 50


def corrected(session: Session, plan: Plan) -> Plan | None:
    """`plan` with the words that stand nowhere put right, or None where none could be."""
    terms = [term for group in plan.groups for term in group]
    written = {term: analysis.cut(term.text)[1] for term in terms}
    known = _known(session, {word for words in written.values() for word in words})
    better: dict[Term, Term] = {}
    for term in terms[:_WORDS]:
        unknown = [word for word in written[term] if word not in known]
        if unknown and (text := _put_right(session, term.text, unknown)):
            better[term] = replace(term, text=text)
    if not better:
        return None
    groups = tuple(tuple(better.get(term, term) for term in group) for group in plan.groups)
    return replace(plan, groups=groups)


def _known(session: Session, words: set[str]) -> set[str]:
    """Those of `words` that stand somewhere, or another form of them."""
    known = vocabulary.known(session, words)
    stems = {word: analysis.stem(word) for word in words - known}
    held = engine_of(session).frequencies(session, set(stems.values()), most=1)
    return known | {word for word, stem in stems.items() if held[stem]}


def _put_right(session: Session, text: str, unknown: Iterable[str]) -> str | None:
    """A term with its unknown words replaced, or None where one has no replacement."""
    text = analysis.fold(text)
    if analysis.has_cjk(text):
        return _chinese(session, text)
    for word in dict.fromkeys(unknown):
        found = _latin(session, word)
        if found is None:
            return None
        text = text.replace(word, found)
    return text


def _latin(session: Session, word: str) -> str | None:
    if not _SHORTEST <= len(word) <= _LONGEST or not word.isalpha():
        return None
    slips = 1 if len(word) < _TWICE_FROM else 2
    alike = vocabulary.lookalikes(session, word, slips=slips)
    near = extract(word, alike, scorer=OSA.distance, score_cutoff=slips, limit=_KEPT)
    documents = vocabulary.documents(session, [each for each, _, _ in near])
    best = min(near, key=lambda each: (each[1], -documents[each[0]], each[0]), default=None)
    return best[0] if best else None


def _chinese(session: Session, run: str) -> str | None:
    """A run of Chinese with one character replaced, so that all its pairs are known."""
    if not all(map(has_han, run)) or not 2 <= len(run) <= _RUN_LIMIT:
        return None
    pairs = [run[n : n + 2] for n in range(len(run) - 1)]
    known = vocabulary.known(session, pairs)
    wrong = next((n for n, pair in enumerate(pairs) if pair not in known), None)
    if wrong is None:
        return None
    found: dict[str, tuple[bool, int]] = {}
    for place in (wrong + 1, wrong):
        before, after = run[place - 1] if place else "", run[place + 1 : place + 2]
        sound = pinyin(run[place])
        for character, documents in _between(session, before, after):
            alike = pinyin(character) == sound
            if alike or (before and after):
                better = run[:place] + character + run[place + 1 :]
                found[better] = (not alike, -documents)
    every = {better[n : n + 2] for better in found for n in range(len(better) - 1)}
    there = vocabulary.known(session, every)
    whole = [b for b in found if all(b[n : n + 2] in there for n in range(len(b) - 1))]
    return min(whole, key=lambda better: (found[better], better), default=None)


def _between(session: Session, before: str, after: str) -> list[tuple[str, int]]:
    """The characters that stand after `before` and before `after` somewhere, most often first."""
    if before:
        return [(pair[1], n) for pair, n in vocabulary.pairs(session, first=before)]
    return [(pair[0], n) for pair, n in vocabulary.pairs(session, second=after)]
