"""What to show of a text that was found, and what of it to mark. Pure; the same for any engine."""

import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from itertools import accumulate
from typing import NamedTuple

from app.search.index import analysis

READ_LIMIT = 100_000  # characters of a text in which a passage is looked for
_MOST_PLACES = 200  # of a term among which a passage is chosen
_SLACK = 24  # characters a cut moves to fall between words
_STICKING = re.compile(r"[\s\-\u2010-\u2013]*")
_CUT_WORD = re.compile(r"[A-Za-z0-9]+[^A-Za-z0-9]+")  # from the letter before the cut
_BREAK = re.compile(r"[\s，。；：！？、（,;:(]")


class Segment(NamedTuple):
    """A piece of a text, and whether it is one that was looked for."""

    text: str
    marked: bool


class _Mark(NamedTuple):
    start: int
    end: int
    term: str


def mark_terms(text: str, terms: Collection[str], width: int | None = None) -> list[Segment]:
    """`text` with the places of `terms` marked; together the pieces are what is shown.

    With `width`, the passage of about that many letters that holds most different terms, on one
    line, an ellipsis where it was cut. A term is tokens with a space between them, as
    `Question.terms` gives them.
    """
    if width is not None:
        text = " ".join(text[:READ_LIMIT].split())
    marks = _marks(text, terms, len(text) if width is None else _MOST_PLACES)
    start, end = 0, len(text)
    if width is not None and 2 * len(text) > width:
        start, end = _window(text, marks, width)
    return _cut(text, marks, start, end)


def count_distinct(text: str, terms: Collection[str]) -> int:
    """How many of `terms` stand in `text`."""
    return len({mark.term for mark in _marks(text[:READ_LIMIT], terms, 1)})


def plain_segments(pieces: Iterable[Segment]) -> str:
    """The text of segments without their marks."""
    return "".join(piece.text for piece in pieces)


def _marks(text: str, terms: Collection[str], most: int) -> list[_Mark]:
    """Where terms stand first, each at `most` places, in order; where two overlap, the one that
    starts first."""
    wanted: dict[str, list[tuple[str, list[str]]]] = defaultdict(list)
    for term in terms:
        if parts := analysis.split_term(term):
            wanted[parts[0]].append((term, parts))
    if not wanted:
        return []
    pieces, place = analysis.locate_pieces(text)
    found = []
    places = Counter[str]()
    for n in [n for n, piece in enumerate(pieces) if piece in wanted]:
        for term, parts in wanted[pieces[n]]:
            if places[term] == most:
                continue
            last = n + len(parts) - 1
            if pieces[n : last + 1] == parts:
                found.append(_Mark(place(n)[0], place(last)[1], term))
                places[term] += 1
    found.sort(key=lambda mark: (mark.start, -mark.end))
    return found


def _window(text: str, marks: list[_Mark], width: int) -> tuple[int, int]:
    """The bounds of the passage to show: most different terms, then most marks, then first.

    A Chinese character is as wide as two letters. A quarter of the passage leads up to the mark.
    """
    columns: Sequence[int] = range(len(text) + 1)
    if not text.isascii():
        columns = [0, *accumulate(2 if character >= "\u1100" else 1 for character in text)]
    best = (0, 0, 0)
    at = until = last = 0
    for first, mark in enumerate(marks):
        last = max(last, first + 1)
        while (
            last < len(marks) and columns[marks[last].end] <= columns[mark.start] + width * 3 // 4
        ):
            last += 1
        inside = marks[first:last]
        score = (len({each.term for each in inside}), len(inside), -mark.start)
        if score > best:
            best, at, until = score, mark.start, marks[last - 1].end
    earliest = min(at, bisect_left(columns, columns[until] - width))
    start = _between_words(text, bisect_left(columns, columns[at] - width // 4), earliest)
    if start and (cut := _CUT_WORD.match(text, start - 1, at)):
        start = cut.end()
    end = bisect_right(columns, columns[start] + width) - 1
    return start, _between_words(text, end, min(until, end))


def _between_words(text: str, place: int, earliest: int) -> int:
    """A place near `place`, not before `earliest`, where a line may be cut."""
    if place <= earliest or place >= len(text):
        return max(place, earliest)
    if found := _BREAK.search(text, max(earliest, place - _SLACK), place):
        places = [each.end() for each in _BREAK.finditer(text, found.start(), place)]
        return places[-1]
    return place


def _cut(text: str, marks: list[_Mark], start: int, end: int) -> list[Segment]:
    pieces: list[Segment] = []
    if start > 0:
        pieces.append(Segment("… ", False))
    place = start
    for mark_start, mark_end in _merged(text, marks):
        mark_start, mark_end = max(mark_start, place), min(mark_end, end)
        if mark_start >= mark_end:
            continue
        if mark_start > place:
            pieces.append(Segment(text[place:mark_start], False))
        pieces.append(Segment(text[mark_start:mark_end], True))
        place = mark_end
    rest = text[place:end]
    if end < len(text):
        rest = rest.rstrip(" (（") + " …"
    if rest:
        pieces.append(Segment(rest, False))
    return pieces


def _merged(text: str, marks: list[_Mark]) -> list[tuple[int, int]]:
    """Marks that touch, or have but spaces and hyphens between them, as one."""
    merged: list[tuple[int, int]] = []
    for start, end, _ in marks:
        if merged and (start <= merged[-1][1] or _STICKING.fullmatch(text, merged[-1][1], start)):
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
