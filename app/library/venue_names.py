"""Names of journals and meetings: whether two may be one's. Pure."""

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from rapidfuzz import fuzz

from app.kit.text import fold

_SMALL = frozenset(
    ["the", "of", "on", "in", "and", "for", "a", "an", "to", "at", "with", "from", "的", "与", "和"]
)
# What names of meetings and journals have or leave out.
_FILLING_WORDS = (
    "proceedings proc annual meeting conference conf international intl int ieee acm "
    "cvf usenix symposium symp joint national american chapter series lecture notes vol "
    "volume companion adjunct publication track papers paper long short main "
)
_FILLING = frozenset(_FILLING_WORDS.split())
_NUMBERED = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
ORDINALS = {word: str(number) for number, word in enumerate(_NUMBERED.split(), start=1)}
# What a name says that it is. Of two that say it, each says the same.
_SORTS = {
    "workshop": "workshop workshops wkshp wkshps 坊",
    "findings": "findings",
    "demonstration": "demo demos demonstration demonstrations",
    "doctoral": "doctoral",
    "journal": "journal journals j transactions trans letters lett magazine mag review 报 刊",
    "meeting": "conference conf meeting symposium symp congress proceedings proc 会",
}
_SORT_OF = {word: sort for sort, words in _SORTS.items() for word in words.split()}
_PARTS = ("workshop", "findings", "demonstration", "doctoral")  # of a meeting: not it
# Journals that are called as their field is, and so as its conference.
_FIELD_JOURNALS = frozenset(
    [
        "machine learning",
        "artificial intelligence",
        "neural networks",
        "pattern recognition",
        "computational linguistics",
        "information sciences",
        "information systems",
        "information retrieval",
        "information fusion",
        "data mining knowledge discovery",
        "knowledge based systems",
        "speech communication",
        "medical image analysis",
        "image vision computing",
        "computer vision image understanding",
        "evolutionary computation",
        "theoretical computer science",
        "distributed computing",
    ]
)
# What a name does not just leave out: ACL is neither TACL nor EACL.
_TELLING = frozenset(
    ["european", "asian", "asia", "north", "pacific", "record"]
    + [word for word, sort in _SORT_OF.items() if sort != "meeting"]
)
_ALIKE = 85.0  # of 100: names of one venue
_LONG = 10  # letters that a name needs for one of them to be a slip: ACL is not TACL
_WORDS = 40  # of a venue's name, of which acronyms are sought
_COUNTED = re.compile(r"(\d+)(?:st|nd|rd|th)?\Z")
_YEAR = re.compile(r"(?:19|20)\d\d")


def is_same_venue(one: str, other: str) -> bool:
    """Whether two names may be one venue's: `ACL` and `Annual Meeting of the Association for
    Computational Linguistics`, `J. Imag. Res.` and `Journal of Imaginary Research`; not of two
    years, nor of two numbers."""
    (first, *counted), (second, *others) = _venue_words(one), _venue_words(other)
    if any(a and b and not a & b for a, b in zip(counted, others, strict=True)):
        return False
    if not first or not second or first == second:
        return True
    if not _is_one_sort(first, second):
        return False
    short, long = ([w for w in each if w not in _FILLING] or each for each in (first, second))
    if set(short) == set(long) or _abbreviates(short, long) or _abbreviates(first, second):
        return True
    if {" ".join(first), " ".join(second)} & _FIELD_JOURNALS:
        return False
    nested = set(short) <= set(long) or set(long) <= set(short)
    told = _TELLING & (set(first) ^ set(second))
    if nested and not told and min(len(short), len(long)) > 1:
        return True
    for acronyms, words, beside in (
        (_acronyms(one), second, first),
        (_acronyms(other), first, second),
    ):
        needed = _TELLING & (set(words) - set(beside))
        for each in acronyms:
            if (each in words and not told) or _is_acronym_of(each, words, needed):
                return True
    names = " ".join(short), " ".join(long)
    return not told and min(map(len, names)) >= _LONG and fuzz.ratio(*names) >= _ALIKE


def _is_one_sort(first: Sequence[str], second: Sequence[str]) -> bool:
    """Whether what two names say that they are (a journal, a meeting, a workshop of one) goes
    together; of one that does not say it, a name that its field has too tells a journal."""
    one, other = _sort_of(first), _sort_of(second)
    return one == other or ("" in (one, other) and not {one, other} & {*_PARTS})


def _sort_of(words: Sequence[str]) -> str:
    said = {_SORT_OF[word] for word in words if word in _SORT_OF}
    if " ".join(words) in _FIELD_JOURNALS:
        said.add("journal")
    return next((sort for sort in _SORTS if sort in said), "")


def _abbreviates(short: Sequence[str], long: Sequence[str]) -> bool:
    """Whether each word of one is the other's, or its beginning, in order, but CVPRW of CVPR."""
    if len(short) == len(long) == 1 and {f"{short[0]}w", f"{long[0]}w"} & {short[0], long[0]}:
        return False
    return len(short) == len(long) and all(
        a.startswith(b) or b.startswith(a) for a, b in zip(short, long, strict=True)
    )


def _acronyms(venue: str) -> set[str]:
    """The words of a name that have two capitals, but those that many names have."""
    words = {w.lower() for w in re.findall(r"[^\W\d_]+", venue) if sum(map(str.isupper, w)) > 1}
    return words - _FILLING if venue != venue.upper() or len(words) == 1 else set()


def _is_acronym_of(
    acronym: str, words: Sequence[str], needed: AbstractSet[str] = frozenset()
) -> bool:
    """Whether `acronym` is put together of the beginnings of words, in order: `neurips`; of those
    that are `needed` in any case."""
    ends = {0}
    for word in words[:_WORDS]:
        taken_in = {
            at + taken
            for at in ends
            for taken in range(1, min(len(word), len(acronym) - at, len(acronym) - 1) + 1)
            if acronym.startswith(word[:taken], at)
        }
        ends = taken_in if word in needed else ends | taken_in
    return len(acronym) > 2 and len(acronym) in ends


def _venue_words(venue: str) -> tuple[list[str], set[str], set[str]]:
    """The words of a venue's name that say something; its years and its other numbers."""
    words = re.findall(r"[\u3400-\u9fff]|[^\W_]+", fold(venue))
    years, numbers, said = set[str](), set[str](), list[str]()
    for word in words:
        counted = _COUNTED.match(word)
        if counted and _YEAR.fullmatch(counted[1]):
            years.add(counted[1])
        elif counted or word in ORDINALS:
            numbers.add(counted[1] if counted else ORDINALS[word])
        elif word not in _SMALL:
            part = _SORT_OF.get(word, "")
            said.append(part if part in _PARTS else word)
    return said, years, numbers
