"""How alike two records are, and whether that is enough to take them for one paper. Pure.

What is sure and what is shown at all was measured: `python -m tests.bench.matching`.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import unquote

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from app.errors import N_, Message
from app.kit.author_names import family_name
from app.kit.text import HAN, ascii_fold
from app.library.duplicates.distinct_works import WorkTraits, compare_works, describe_work
from app.library.venue_names import ORDINALS, is_same_venue
from app.sources.bibliography.tex_accents import plain_letters

_ARXIV_DOI = "10.48550/arxiv."
_DOI = re.compile(r"10\.\d{4,9}/\S+", re.IGNORECASE)
_COMMAND = re.compile(r"\\(?:emph|text[a-z]*|math[a-z]*|rm|it|bf|sc|em|tt)\b|[\\${}]")
_GREEK = re.compile(r"[\u0370-\u03ff]")
_WORD = re.compile(rf"{HAN.pattern}|[^\W_]+")
_ROMAN = {"ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6", "vii": "7", "viii": "8", "ix": "9"}
_ONES = {"i": "1", "one": "1", "two": "2", "three": "3"}
_PART = re.compile(r"\b(?:part|paper|volume|vol|book|series|section|chapter|lecture)\b")
# Of a Chinese title: 第二卷, and 上 or 下 at its end.
_HAN_PART = re.compile(r"第[一二三四五六七八九十百]+(?=[卷册部编期届版次章节讲篇集])|[上中下]册?\Z")
# What is written about a paper, and has its title.
_ABOUT = (
    r"(?:(?:author|publisher|editorial)[’']?s? )?(?:correction|corrigend\w+|errat\w+|retract\w+"
    r"|withdraw\w+|reply|response|rejoinder|comments?|commentary|discussion|addend\w+"
    r"|expression of concern)"
)
_COMMENT = re.compile(
    rf"\W*(?P<before>{_ABOUT}|(?:book )?review)(?: note)?\W*(?: (?:to|on|of)\b|:|：|—|–|-)"
    rf"|.*[(（\[:：—–-]\s*(?:an? )?(?P<after>{_ABOUT})\b[^:]{{0,60}}\Z"
    r"|\W*(?P<han>勘误|更正|撤稿|对?.{0,40}的?(?:答复|回应|商榷))|.*[(（:：—](?P<mark>勘误|更正|撤稿)",
    re.IGNORECASE | re.DOTALL,
)

_ALIKE = 90.0  # of 100: titles that are shown, with half of the authors in common
_RATHER_ALIKE = 85.0  # the same, with all of the authors
_UNSIGNED = 96.0  # the same, where one has no authors
_RELATED = 50.0  # of 100: titles of one DOI
_HALF = 66.0  # the same, of a title and its beginning: half of it
_BEGINNING = 20  # letters that the beginning of a title needs to stand for the whole
_TELLING = 16  # letters that a title needs to be one paper's alone
_COMMENTED = 500  # letters of a title that are read
_LONG = 25  # letters that a title needs for one of them to be a slip
_ABSTRACT = 200  # letters that an abstract needs to be one paper's alone; a Chinese one says thrice
_REVISED = 85.0  # of 100: abstracts of one paper
_REVISED_LENGTH = 0.65  # of the longer one; those that are as alike are nearer, but for their marks
_RATHER_REVISED = 65.0  # the same, with all that stands between their letters


@dataclass(frozen=True)
class Likeness:
    """What two records have in common: 1.0 is all; `sure` says that they are one paper."""

    score: float
    sure: bool
    why: Message


SAME_ARXIV = Likeness(1.0, True, Message(N_("the same arXiv id")))
SAME_DOI = Likeness(1.0, True, Message(N_("the same DOI")))
DOI_ANOTHER = Likeness(
    0.5, False, Message(N_("the same DOI, but another part, edition or kind of work"))
)
DOI_ALONE = Likeness(0.5, False, Message(N_("the same DOI, but another title")))
SAME_ABSTRACT = Likeness(0.7, False, Message(N_("the same abstract, but another title")))
CALLED = Likeness(0.6, False, Message(N_("one has the title that the other has for short")))


@dataclass(frozen=True)
class RecordTraits:
    """What of a record says which paper it is of; ids as `ids_of` gives them. What of it is seldom
    looked at is made when it is."""

    title: str
    short_title: str = ""
    authors: Sequence[str] = ()
    year: int | None = None
    arxiv: str = ""
    doi: str = ""
    venue: str = ""
    details: Mapping[str, str] = field(default_factory=dict)
    abstract: str = ""

    @cached_property
    def place(self) -> tuple[str, ...]:
        """Where it stands: the venue without case, volume, issue, first page."""
        page = re.search(r"\w+", self.details.get("page", ""))
        numbers = (self.details.get("volume", ""), self.details.get("issue", ""))
        return ("".join(title_words(self.venue)), *numbers, page[0] if page else "")

    @cached_property
    def work(self) -> WorkTraits:
        return describe_work(
            self.venue, self.details, arxiv=self.arxiv, doi=self.doi, year=self.year
        )

    @cached_property
    def words(self) -> list[str]:
        return title_words(self.title)

    @cached_property
    def letters(self) -> str:
        """The title without what is between its words: `data set` is `dataset` and `data-set`."""
        return "".join(self.words)

    @cached_property
    def length(self) -> int:
        """How much the title says, in letters; a Chinese character is worth three."""
        return len(self.letters) + 2 * len(HAN.findall(self.letters))

    @cached_property
    def numbers(self) -> list[str]:
        """What tells the parts of a series apart, in order."""
        last = {"1"} if self.words[-1:] == ["i"] else set()
        parts = self._parts if self._is_part else set()
        counted = {_ROMAN.get(word) or ORDINALS.get(word) for word in self.words} - {None}
        named = {word for word in self.words if any(map(str.isdigit, word))}
        return sorted({str(each) for each in counted} | named | parts | last | self._han_parts)

    @cached_property
    def _han_parts(self) -> set[str]:
        return set(_HAN_PART.findall(self.letters)) if HAN.search(self.letters) else set()

    @cached_property
    def comments(self) -> str:
        """What a title says that it is to the paper of the rest of it: its erratum, a reply."""
        found = _COMMENT.match(self.title[:_COMMENTED])
        said = next(filter(None, found.groups()), "") if found else ""
        return said.lower()[:5]

    @cached_property
    def _parts(self) -> set[str]:
        """What comes after `Part` and its like: `one`, or a letter."""
        pairs = zip(self.words, self.words[1:], strict=False)
        letters = {b for a, b in pairs if _PART.fullmatch(a) and len(b) == 1 and b.isalpha()}
        return {_ONES[word] for word in self.words if word in _ONES} | (letters - _ONES.keys())

    @cached_property
    def _is_part(self) -> bool:
        return _PART.search(" ".join(self.words)) is not None

    @cached_property
    def families(self) -> list[str]:
        """The last word of each author's family name."""
        names = (ascii_fold(family_name(name)).split() for name in self.authors)
        return [re.sub(r"[^a-z0-9]", "", name[-1]) for name in names if name]

    @cached_property
    def names(self) -> set[str]:
        """Every word of the authors' names but initials."""
        said = " ".join(filter(None, (ascii_fold(_spelled(name)) for name in self.authors)))
        words = re.sub(r"['’\-]", "", said).replace(",", " ").replace(".", " ").split()
        return {word for word in words if len(word) > 1}


def _spelled_out(letter: re.Match[str]) -> str:
    """`alpha` for α, as TeX calls it."""
    return unicodedata.name(letter[0], "").split(" ")[-1].lower()


def _spelled(name: str) -> str:
    """A Chinese name with its family name apart, as in its pinyin."""
    return f"{name[0]} {name[1:]}" if HAN.match(name) else name


def doi_key(doi: str | None) -> str:
    """The form in which DOIs are compared: bare, lower case; empty where there is none in it."""
    found = _DOI.search(unquote(doi)) if doi else None
    return found[0].lower().rstrip(".,;") if found else ""


def ids_of(arxiv_id: str | None, doi: str | None) -> tuple[str, str]:
    """arXiv id and DOI in the form in which they are compared; arXiv's own DOIs say the id."""
    if not doi:
        return arxiv_id or "", ""
    key = doi_key(doi)
    named = key.removeprefix(_ARXIV_DOI) if key.startswith(_ARXIV_DOI) else ""
    return arxiv_id or re.sub(r"v\d+\Z", "", named), "" if named else key


def traits_of_record(
    *,
    title: str,
    short_title: str,
    authors: Sequence[str],
    year: int | None,
    arxiv_id: str | None,
    doi: str | None,
    venue: str,
    details: Mapping[str, str],
    abstract: str = "",
) -> RecordTraits:
    """What of a record's fields says which paper it is of."""
    arxiv, key = ids_of(arxiv_id, doi)
    return RecordTraits(title, short_title, authors, year, arxiv, key, venue, details, abstract)


def title_words(title: str) -> list[str]:
    """The words of a title without case, accents and TeX; a Chinese character is a word."""
    if any(mark in title for mark in "\\${"):
        title = _COMMAND.sub("", plain_letters(title))
    folded = title.casefold()
    if not folded.isascii():
        folded = unicodedata.normalize("NFKD", title).casefold()
        folded = "".join(c for c in folded if not unicodedata.combining(c))
    if _GREEK.search(folded):
        folded = _GREEK.sub(_spelled_out, folded)
    return _WORD.findall(folded)


def are_related(one: str, other: str) -> bool:
    """Whether two titles have enough in common to be one title that was changed."""
    first, second = ("".join(title_words(each)) for each in (one, other))
    short, long = sorted((first, second), key=len)
    return bool(short) and (long.startswith(short) or fuzz.ratio(first, second) >= _RELATED)


def compare_records(one: RecordTraits, other: RecordTraits) -> Likeness | None:
    """How alike two records are; None where they are not to be taken for one paper."""
    if one.arxiv and one.arxiv == other.arxiv:
        return SAME_ARXIV
    apart = bool(one.arxiv and other.arxiv)
    if one.doi and one.doi == other.doi and not apart:
        return _of_one_doi(one, other)
    if not one.words or not other.words or _stand_apart(one, other):
        return None
    apart = apart or bool(one.doi and other.doi)
    same = one.letters == other.letters
    begins = not same and _begins(one, other)
    alike = 100.0 if same else fuzz.ratio(one.letters, other.letters)
    unlike = not same and not begins and alike < _RATHER_ALIKE
    if unlike and not _is_called(one, other) and not _has_same_abstract(one, other):
        return None  # as of most pairs, before the rest of them is looked at
    if one.comments != other.comments:
        return None
    least, most = _agreement(one, other)
    years = abs(one.year - other.year) if one.year and other.year else 0
    numbered = one.numbers != other.numbers and not (begins and not _shorter(one, other).numbers)
    differ_in_title = not (same or _shown(alike, begins, least, most))
    if numbered or (apart and not same) or differ_in_title:
        if most is not None and most < 0.5:
            return None
        if not (numbered or apart) and _is_called(one, other):
            return CALLED
        of_series = numbered and alike >= _RATHER_ALIKE
        return SAME_ABSTRACT if not of_series and _has_same_abstract(one, other) else None
    if same:
        telling = one.length >= _TELLING or (least == 1 and years <= 1)
        sure = telling and (most or 0) >= 0.5 and years <= 2
    else:
        slip = one.length >= _LONG and Levenshtein.distance(one.letters, other.letters) == 1
        sure = slip and least == 1 and years <= 1 and one.numbers == other.numbers
    differ = compare_works(one.work, other.work, one.letters) if same or sure else None
    if (differ and differ.certain) or (same and _stand_apart(one, other, loosely=True)):
        return None
    sure = sure and not apart and not differ
    said = 0.7 if most is None else 0.5 + 0.5 * most
    score = max(alike, 90.0 if begins else 0.0) / 100 * said - min(years, 10) / 100
    agree = most is not None and most >= 0.5
    why = differ.why if differ and agree else _why(same, begins, most, years)
    return Likeness(round(max(score, 0.0), 3), sure, why)


def _of_one_doi(one: RecordTraits, other: RecordTraits) -> Likeness:
    """A volume's DOI is given to each of its papers, and a work's to each of its parts."""
    same = one.letters == other.letters
    begins = not same and _begins(one, other)
    related = same or begins or _is_called(one, other)
    if not related and fuzz.ratio(one.letters, other.letters) < _RELATED:
        return DOI_ALONE
    numbered = one.numbers != other.numbers and not (begins and not _shorter(one, other).numbers)
    differ = compare_works(one.work, other.work, one.letters)
    parts = differ and (differ.certain or {one.work.kind, other.work.kind} == {"book", "chapter"})
    placed = not same and _stand_apart(one, other)
    if one.comments != other.comments or numbered or parts or placed:
        return DOI_ANOTHER
    return SAME_DOI


def _stand_apart(one: RecordTraits, other: RecordTraits, *, loosely: bool = False) -> bool:
    """Whether both are in one journal, in two places: every issue has its "Calendar". `loosely`
    takes two spellings of its name for one."""
    if not one.venue or not other.venue or not one.place[0] or not other.place[0]:
        return False
    if one.place[0] != other.place[0] and not loosely:
        return False
    apart = any(a and b and a != b for a, b in zip(one.place[1:], other.place[1:], strict=False))
    return apart and (not loosely or is_same_venue(one.work.venue, other.work.venue))


def _begins(one: RecordTraits, other: RecordTraits) -> bool:
    """Whether one title is the beginning of the other: cut off, or without its subtitle."""
    short, long = sorted((one, other), key=lambda each: len(each.letters))
    return short.length >= _BEGINNING and long.letters.startswith(short.letters)


def _has_same_abstract(one: RecordTraits, other: RecordTraits) -> bool:
    """Whether one abstract is the other's, perhaps revised: a paper may get another title."""
    shorter, longer = sorted((len(one.abstract), len(other.abstract)))
    if shorter < longer * _REVISED_LENGTH:
        return False
    if fuzz.ratio(one.abstract, other.abstract, score_cutoff=_RATHER_REVISED) == 0:
        return False  # as most are, quickly
    first, second = ("".join(title_words(each.abstract)) for each in (one, other))
    told = min(len(each) + 2 * len(HAN.findall(each)) for each in (first, second))
    return told >= _ABSTRACT and fuzz.ratio(first, second) >= _REVISED


def _is_called(one: RecordTraits, other: RecordTraits) -> bool:
    """Whether one is named as the other is for short: notes name papers so."""
    return any(
        each.short_title and title_words(each.short_title) == rest.words
        for each, rest in ((one, other), (other, one))
    )


def _shorter(one: RecordTraits, other: RecordTraits) -> RecordTraits:
    return min(one, other, key=lambda each: len(each.letters))


def _agreement(one: RecordTraits, other: RecordTraits) -> tuple[float | None, float | None]:
    """The share of each one's authors that the other has too, the lower and the higher of the two;
    a list may be cut off. None where one has no authors."""
    if not one.families or not other.families:
        return None, None
    shares = [
        sum(family in rest.names for family in each.families) / len(each.families)
        for each, rest in ((one, other), (other, one))
    ]
    return min(shares), max(shares)


def _shown(alike: float, begins: bool, least: float | None, most: float | None) -> bool:
    """Whether titles that differ are to be looked at."""
    if most is None:
        return alike >= _UNSIGNED or (begins and alike >= _HALF)
    return (most >= 0.5 and (begins or alike >= _ALIKE)) or (least == 1 and alike >= _RATHER_ALIKE)


def _why(same: bool, begins: bool, authors: float | None, years: int) -> Message:
    """What the two have in common, and what they have not."""
    if begins:
        return Message(N_("one title is the beginning of the other"))
    if not same:
        return Message(N_("titles that are nearly the same"))
    if authors is None:
        return Message(N_("the same title; one names no authors"))
    if authors < 0.5:
        return Message(N_("the same title, but other authors"))
    if years > 2:
        return Message(N_("the same title and authors, but other years"))
    return Message(N_("the same title and authors"))
