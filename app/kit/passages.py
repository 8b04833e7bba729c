"""Where a quotation stands in a text: as written, by its letters alone, or in other words. Pure.

A quotation is what W3C calls a text-quote selector (https://www.w3.org/TR/annotation-model/): its
words, and optionally what stood before and after them. Extraction breaks lines, keeps or drops
hyphens, draws ligatures; so texts are compared by their letters and digits, without case, width
and diacritics. `…` in a quotation stands for anything left out.
"""

import re
import unicodedata
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate
from typing import Literal, NamedTuple

from rapidfuzz import fuzz
from rapidfuzz.distance import Indel

SAME = 0.85  # alike enough that a mark may move there by itself
NEAR = 0.6  # alike enough to be shown as what the quotation reads like now
_CONTEXT = 0.15  # what the words before and after weigh beside those of the quotation
_OCCURRENCES = 200  # of one quotation in one text, that are looked at
_LIKELY = 3  # pages that another wording is looked for on
_LONGEST = 40  # words by which they are chosen
_CANDIDATES = 3  # places that are compared letter by letter
_PAGE_END = 600  # letters of head and foot that may stand between the parts of a sentence
_LEAST_PART = 8  # letters of a quotation on either side of a page's end

Way = Literal["exact", "letters", "fuzzy"]

_GAP = re.compile(r"(?<!\s)\s*(?:\[?(?:…|\.{3})\]?)+\s*")
_NOT_ASCII = re.compile(r"([^\x00-\x7f]+)")
_VOICED = "\u3099\u309a"  # marks of kana: another letter, not another accent
_SOFT = "\u00ad\u0002\ufffe"  # hyphens of line ends, as extraction gives them
_HYPHENS = re.compile(rf"[{_SOFT}]\s*|(?<=[^\W\d_])[-‐]\r?\n\s*(?=[^\W\d_])")
_HAN = r"\u3005-\u3007\u3041-\u3096\u30a1-\u30fa\u30fc\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_HAN_BREAK = re.compile(rf"(?<=[{_HAN}，。；：、！？]) ?\n ?(?=[{_HAN}（《“])")
_WORD = re.compile(rf"[^\W_{_HAN}]+(?:(?:[{_SOFT}]|[-‐]\r?\n)[^\W\d_{_HAN}]+)*|[{_HAN}]")
# No sentence ends after an initial, `et al.` and their like, nor at the line ends of a paragraph.
_SENTENCE_END = re.compile(
    r"(?<=[。！？；])[”」』）]*|(?<=[.!?])[”\")\]]?(?<!\b[A-Z]\.)(?<!\bal\.)(?<!\bcf\.)(?<!\bvs\.)"
    r"(?<!e\.g\.)(?<!i\.e\.)(?<!\bFig\.)(?<!\bTab\.)(?<!\bEq\.)(?<!\bSec\.)\s+"
    r"|\n\s*\n\s*|\n(?=[#>*+•▪–-] )"
)
# A line of its own, above a longer one: a heading, which has no stop at its end.
_HEADING = re.compile(
    rf"(?:\A|(?<=[.!?。！？]\n)|(?<=\n\n))([A-Z\d][^\n]{{0,70}}[^\s.,;:!?{_SOFT}‐-])\n(?=([A-Z][^\n]*))"
)
_DROPPED = bytes(code for code in range(128) if not chr(code).isalnum())
_LOWER = bytes(ord(chr(code).lower()) for code in range(128)) + bytes(range(128, 256))


class _Letters(dict[int, str]):
    """The letters and digits that a character comes to, made when first met."""

    def __missing__(self, code: int) -> str:
        parts = unicodedata.normalize("NFKD", chr(code)).casefold()
        parts = unicodedata.normalize("NFKD", parts)
        self[code] = "".join(one for one in parts if one.isalnum() or one in _VOICED)
        return self[code]


_LETTERS = _Letters()


def letters_alone(text: str) -> str:
    """The letters and digits of `text`: no white space, no hyphens, no marks; ligatures, width,
    case and accents folded. Each character is folded by itself, so parts of a text are parts of its
    letters."""
    if text.isascii():
        return text.encode().translate(_LOWER, _DROPPED).decode()
    return "".join(
        part.encode().translate(_LOWER, _DROPPED).decode()
        if part.isascii()
        else part.translate(_LETTERS)
        for part in _NOT_ASCII.split(text)
    )


def clean_passage(text: str) -> str:
    """A passage as a reader would type it: hyphens of line ends and line breaks gone."""
    return " ".join(_HAN_BREAK.sub("", _HYPHENS.sub("", text.replace("\r\n", "\n"))).split())


@dataclass(frozen=True)
class Quotation:
    """What is looked for, and what stood before and after it."""

    exact: str
    prefix: str = ""
    suffix: str = ""

    @cached_property
    def parts(self) -> list[str]:
        """The letters of what stands between its gaps."""
        return [part for part in map(letters_alone, _GAP.split(self.exact)) if part]


class Passage(NamedTuple):
    """A place in a text: from `start` on the page `page` to `end` on the page `end_page` (pages
    count from 1, characters from 0), found `how`, `score` alike (1: the same letters)."""

    page: int
    start: int
    end_page: int
    end: int
    how: Way
    score: float


class PagedText:
    """A text in pages, of which the letters are folded once, when they are first needed."""

    def __init__(self, pages: Sequence[str]) -> None:
        self.pages = pages

    @cached_property
    def letters(self) -> str:
        return "".join(self._folded)

    @cached_property
    def _folded(self) -> list[str]:
        return list(map(letters_alone, self.pages))

    @cached_property
    def page_ends(self) -> list[int]:
        """After how many letters each page ends."""
        return list(accumulate(map(len, self._folded)))

    def place_of(self, letter: int) -> tuple[int, int]:
        """The page (from 0) of a letter, and where in it the letter stands."""
        page = bisect_right(self.page_ends, letter)
        if page == len(self.pages):
            raise IndexError(letter)
        left = letter - (self.page_ends[page - 1] if page else 0)
        text = self.pages[page]
        low, high = 0, len(text)  # the shortest beginning of the page that holds the letter
        while low < high:
            middle = (low + high) // 2
            if len(letters_alone(text[:middle])) > left:
                high = middle
            else:
                low = middle + 1
        return page, low - 1

    def passage(self, start: int, end: int, how: Way, score: float = 1.0) -> Passage:
        """The passage of the letters from `start` to before `end`."""
        page, at = self.place_of(start)
        end_page, last = self.place_of(end - 1)
        return Passage(page + 1, at, end_page + 1, last + 1, how, score)

    def page_of(self, letter: int) -> int:
        """The page (from 1) of a letter."""
        return min(bisect_right(self.page_ends, letter), len(self.pages) - 1) + 1

    def cut(self, passage: Passage) -> str:
        """What stands there, cleaned."""
        first, last = passage.page - 1, passage.end_page - 1
        if first == last:
            return clean_passage(self.pages[first][passage.start : passage.end])
        between = self.pages[first + 1 : last]
        parts = [self.pages[first][passage.start :], *between, self.pages[last][: passage.end]]
        return clean_passage("\n".join(parts))

    def words_on(self, pages: range) -> tuple[list[str], list[tuple[int, int]]]:
        """The words of these pages (from 0), folded, single characters of Chinese; and where each
        stands: (page from 0, start)."""
        words: list[str] = []
        places: list[tuple[int, int]] = []
        for number in pages:
            for match in _WORD.finditer(self.pages[number]):
                if word := _fold_word(match.group()):
                    words.append(word)
                    places.append((number, match.start()))
        return words, places

    def likely_pages(self, words: Collection[str]) -> list[range]:
        """The few pages that have most of `words`, neighbours together."""
        wanted = sorted(words, key=len)[-_LONGEST:]
        held = [sum(word in page for word in wanted) for page in self._folded]
        least = max(sorted(held, reverse=True)[:_LIKELY][-1], max(held) / 2, 1) if held else 1
        chosen = [number for number, count in enumerate(held) if count >= least][: 2 * _LIKELY]
        groups: list[range] = []
        for number in chosen:
            if groups and groups[-1].stop == number:
                groups[-1] = range(groups[-1].start, number + 1)
            else:
                groups.append(range(number, number + 1))
        return groups


def find_passage(
    quotation: Quotation, text: PagedText, *, page: int | None = None, least: float = SAME
) -> Passage | None:
    """Where `quotation` stands in `text`, or None.

    As it is written, else by its letters, also across the end of a page with its foot and head;
    else, where `least` is below 1, the passage most like it if it is at least so much alike. Where
    it stands several times, the words before and after decide, then how near `page` is.
    """
    spans = list(_spans(quotation, text))
    if spans:
        start, end = _best(spans, quotation, text, page)
        found = text.passage(start, end, "letters")
        written = quotation.exact.strip()
        same = found.page == found.end_page and written in text.pages[found.page - 1]
        return found._replace(how="exact") if same else found
    if not quotation.parts:
        return _as_written(quotation.exact.strip(), text)
    if over := _over_page_end(quotation, text):
        return over
    return find_alike(quotation, text, least=least) if least < 1 else None


def _as_written(exact: str, text: PagedText) -> Passage | None:
    """Where what has no letters, such as a formula of signs, stands."""
    if not exact or any(map(str.isalnum, exact)):
        return None
    for number, page in enumerate(text.pages, 1):
        if (at := page.find(exact)) >= 0:
            return Passage(number, at, number, at + len(exact), "exact", 1.0)
    return None


def _spans(quotation: Quotation, text: PagedText) -> Iterator[tuple[int, int]]:
    """Where the letters of the quotation stand, its parts in order and as near to each other as
    may be: (start, end)."""
    if not quotation.parts:
        return
    first, *others = quotation.parts
    letters, at = text.letters, -1
    for _ in range(_OCCURRENCES):
        at = letters.find(first, at + 1)
        if at < 0:
            return
        end = at + len(first)
        for part in others:
            found = letters.find(part, end)
            if found < 0:
                return
            end = found + len(part)
        yield at, end


def _best(
    spans: Sequence[tuple[int, int]], quotation: Quotation, text: PagedText, page: int | None
) -> tuple[int, int]:
    if len(spans) == 1:
        return spans[0]
    prefix, suffix = letters_alone(quotation.prefix), letters_alone(quotation.suffix)

    def unlike(span: tuple[int, int]) -> tuple[float, int, int, int]:
        start, end = span
        before = text.letters[max(start - len(prefix), 0) : start]
        after = text.letters[end : end + len(suffix)]
        context = Indel.distance(prefix, before) + Indel.distance(suffix, after)
        far = abs(text.page_of(start) - page) if page else 0
        return context, end - start, far, start

    return min(spans, key=unlike)


def _over_page_end(quotation: Quotation, text: PagedText) -> Passage | None:
    """The quotation where it goes over the end of a page, with the foot of the one and the head of
    the next between its halves: each half ends or begins a line."""
    whole = quotation.parts[0] if len(quotation.parts) == 1 else ""
    if len(whole) < 2 * _LEAST_PART:
        return None
    letters, begins = text.letters, whole[:_LEAST_PART]
    for border in text.page_ends[:-1]:
        at = letters.find(begins, max(border - _PAGE_END - len(whole), 0), border)
        while at >= 0:
            length = _common(whole, letters[at:border])
            rest = whole[length:]
            if _LEAST_PART <= len(rest) < len(whole):
                tail = letters.find(rest, border, border + _PAGE_END + len(rest))
                if tail >= 0 and _ends_line(text, at + length) and _begins_line(text, tail):
                    return text.passage(at, tail + len(rest), "letters")
            at = letters.find(begins, at + 1, border)
    return None


def _common(one: str, other: str) -> int:
    """How many letters both begin with."""
    for number, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return number
    return min(len(one), len(other))


def _ends_line(text: PagedText, end: int) -> bool:
    page, at = text.place_of(end - 1)
    rest = text.pages[page][at + 1 :].lstrip(f" -‐,;:.)\r{_SOFT}")
    return not rest or rest[0] == "\n"


def _begins_line(text: PagedText, start: int) -> bool:
    page, at = text.place_of(start)
    before = text.pages[page][:at].rstrip(' ("“')
    return not before or before[-1] == "\n"


# --- In other words ---


def find_alike(quotation: Quotation, text: PagedText, *, least: float = NEAR) -> Passage | None:
    """The passage of `text` most like `quotation`, from word to word; None where none is at least
    `least` alike.

    How much alike is the mean of two measures, letters and words in their order (1: the same):
    unrelated English sentences share half of their letters, but few words.
    """
    asked = _words(quotation.exact)
    best: tuple[float, Passage] | None = None
    for pages in text.likely_pages(set(asked)) if asked else ():
        words, places = text.words_on(pages)
        for start, end in _candidates(asked, words):
            start, end = _narrow(asked, words, start, end)
            score = _alike(asked, words[start:end])
            if quotation.prefix or quotation.suffix:
                context = _context_alike(quotation, words, start, end)
                score = (1 - _CONTEXT) * score + _CONTEXT * context
            if end > start and score >= least and (best is None or score > best[0]):
                (page, at), (end_page, last) = places[start], places[end - 1]
                match = _WORD.match(text.pages[end_page], last)
                ending = match.end() if match else last + 1
                found = Passage(page + 1, at, end_page + 1, ending, "fuzzy", round(score, 3))
                best = score, found
    return best[1] if best else None


def _words(text: str) -> list[str]:
    return [word for word in map(_fold_word, _WORD.findall(text)) if word]


@lru_cache(maxsize=20_000)
def _fold_word(word: str) -> str:
    return word.lower() if word.isascii() and word.isalnum() else letters_alone(word)


def _candidates(asked: Sequence[str], words: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The stretches of as many words as are asked for that hold most of them, rare ones first, with
    half as much on either side."""
    counts, size = Counter(words), len(asked)
    weights = {word: 1 / counts[word] for word in set(asked) if word in counts}
    if not weights:
        return
    sums = [0.0, *accumulate(weights.get(word, 0.0) for word in words)]
    held = [end - begin for begin, end in zip(sums, sums[size:], strict=False)] or sums[-1:]
    for _ in range(_CANDIDATES):
        most = max(held)
        if most <= 0:
            return
        at = held.index(most)
        yield max(at - size // 2 - 1, 0), min(at + size + size // 2 + 1, len(words))
        low, high = max(at - size // 2, 0), min(at + size // 2 + 1, len(held))
        held[low:high] = [0.0] * (high - low)


def _narrow(asked: Sequence[str], words: Sequence[str], start: int, end: int) -> tuple[int, int]:
    """The part of a stretch that is aligned with what is asked for, in whole words."""
    stretch = " ".join(words[start:end])
    found = fuzz.partial_ratio_alignment(" ".join(asked), stretch)
    if found is None:
        return start, end
    ends = list(accumulate(len(word) + 1 for word in words[start:end]))
    one, other = found.dest_start, found.dest_end
    if found.dest_end - found.dest_start >= len(stretch):
        one, other = 0, len(stretch)
    first = bisect_right(ends, one + 1)
    last = bisect_right(ends, max(other - 1, 0)) + 1
    first, last = start + first, min(start + last, end)
    # Aligned stretches are as long as the quotation: words are taken in or left out at both ends as
    # long as that makes it more alike.
    score = _alike(asked, words[first:last])
    improved = True
    while improved:
        improved = False
        for one, other in (
            (first - 1, last),
            (first + 1, last),
            (first, last - 1),
            (first, last + 1),
        ):
            if start <= one < other <= end and (better := _alike(asked, words[one:other])) > score:
                first, last, score, improved = one, other, better, True
    return first, last


def _alike(one: Sequence[str], other: Sequence[str]) -> float:
    letters = fuzz.ratio(" ".join(one), " ".join(other)) / 100
    return (letters + Indel.normalized_similarity(one, other)) / 2


def _context_alike(quotation: Quotation, words: Sequence[str], start: int, end: int) -> float:
    found = []
    for text, before in ((quotation.prefix, True), (quotation.suffix, False)):
        context = _words(text)
        if context:
            size = len(context)
            beside = words[max(start - size, 0) : start] if before else words[end : end + size]
            found.append(_alike(context, beside))
    return sum(found) / len(found) if found else 0.0


def sentences_of(text: str) -> Iterator[tuple[int, int]]:
    """Where the sentences of `text` stand, without the white space around them."""
    ends = {match.start(): match.end() for match in _SENTENCE_END.finditer(text)}
    for match in _HEADING.finditer(text.replace("\r", " ")):
        if 1.4 * len(match[1]) <= len(match[2]):
            ends[match.end(1)] = match.end()
    start = 0
    for end in (*sorted(ends), len(text)):
        if end < start:
            continue
        piece = text[start:end]
        if (said := piece.strip()) == piece != "":
            yield start, end
        elif said:
            yield start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())
        start = max(ends.get(end, end), start)


def whole_sentences(text: PagedText, passage: Passage) -> Passage:
    """`passage` widened to the sentences that it stands in; one of which it holds but a small end
    is not taken in."""
    first, last = text.pages[passage.page - 1], text.pages[passage.end_page - 1]
    start, end = passage.start, passage.end
    for one, other in sentences_of(first):
        until = end if passage.page == passage.end_page else len(first)
        if one < passage.start < other:
            inside = min(other, until) - passage.start
            start = one if 2 * inside >= other - one or other >= until else other
            break
    for one, other in sentences_of(last):
        since = start if passage.page == passage.end_page else 0
        if one < passage.end < other:
            inside = passage.end - max(one, since)
            end = other if 2 * inside >= other - one or one <= since else one
            break
    if passage.page == passage.end_page:
        if start >= end:
            return passage
        piece = first[start:end]
        start, end = start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())
    return passage._replace(start=start, end=end)
