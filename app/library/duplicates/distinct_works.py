"""What tells two works of one title apart: edition, volume, container, kind, ISBN, year. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from rapidfuzz import fuzz

from app.errors import N_, Message
from app.kit.text import fold
from app.library.publication import Stage, tell_stage
from app.library.venue_names import is_same_venue


@dataclass(frozen=True)
class WorkDifference:
    """Why two records of one title are two works, or (not `certain`) may be."""

    why: Message
    certain: bool = False


EDITION = WorkDifference(Message(N_("another edition")), certain=True)
VOLUME = WorkDifference(Message(N_("another volume")), certain=True)
CONTAINER = WorkDifference(Message(N_("the same title in another book or journal")), certain=True)
PERHAPS_EDITION = WorkDifference(Message(N_("the same title; only one says which edition it is")))
PERHAPS_VOLUME = WorkDifference(Message(N_("the same title; only one says which volume it is")))
PERHAPS_PART = WorkDifference(Message(N_("a title that many have; not both say where they stand")))
KIND = WorkDifference(Message(N_("the same title, but another kind of work")))
VENUE = WorkDifference(Message(N_("the same title, but published elsewhere")))
ISBN = WorkDifference(Message(N_("the same title, but another ISBN")))
PUBLISHER = WorkDifference(Message(N_("the same title, but another publisher")))
YEAR = WorkDifference(Message(N_("the same title, but published in another year")))

# Types by CSL's names that are works of one kind; of what is not here the type says nothing.
_CLASSES = {
    **dict.fromkeys(("book", "pamphlet", "collection", "classic"), "book"),
    **dict.fromkeys(("chapter", "entry-encyclopedia", "entry-dictionary", "entry"), "chapter"),
    **dict.fromkeys(("article-journal", "article-magazine", "article-newspaper"), "article"),
    **dict.fromkeys(("review", "review-book"), "review"),
    **{each: each for each in ("paper-conference", "thesis", "report", "dataset", "software")},
    **{each: each for each in ("patent", "standard", "speech", "legislation", "legal_case")},
}
_IN_BOOKS = {"chapter", "paper-conference"}  # which of the two is a matter of taste
_DATED = {"book", "thesis", "report", "paper-conference", "chapter", "dataset", "standard"}
_GENERIC_WORDS = (
    "introduction preface foreword editorial conclusion conclusions summary overview "
    "index abstracts epilogue afterword prologue contents bibliography references "
    "glossary acknowledgments acknowledgements appendix discussion commentary "
    "guesteditorial editorsnote fromtheeditor fromtheeditors lettertotheeditor letter "
    "bookreview bookreviews errata erratum obituary news calendar inthisissue "
    "tableofcontents frontmatter backmatter calendarofevents announcements 引言 绪论 绪言 "
    "前言 序 序言 自序 导论 导言 结论 结语 后记 跋 编者按 卷首语 目录 社论 总结 概述 "
    "书评 编后记 简介 附录 参考文献 致谢"
)
_GENERIC = frozenset(_GENERIC_WORDS.split())
_NUMERALS = {
    word: str(number)
    for number, words in enumerate(
        (
            "first one i 一 初",
            "second two ii 二",
            "third three iii 三",
            "fourth four iv 四",
            "fifth five v 五",
            "sixth six vi 六",
            "seventh seven vii 七",
            "eighth eight viii 八",
            "ninth nine ix 九",
            "tenth ten x 十",
            "eleventh eleven xi 十一",
            "twelfth twelve xii 十二",
        ),
        start=1,
    )
    for word in words.split()
}


@dataclass(frozen=True)
class WorkTraits:
    """What of a record says which work of its title it is."""

    stage: Stage = ""
    kind: str = ""  # of `_CLASSES`
    edition: str = ""
    volume: str = ""
    venue: str = ""
    publisher: str = ""
    isbns: frozenset[str] = field(default=frozenset())
    year: int | None = None

    @cached_property
    def is_book(self) -> bool:
        return self.kind == "book" or (not self.kind and bool(self.isbns) and not self.venue)


def describe_work(
    venue: str,
    details: Mapping[str, str],
    *,
    arxiv: str = "",
    doi: str = "",
    year: int | None = None,
) -> WorkTraits:
    """What a record's venue and details say of which work it is."""
    said = {"venue": venue, "details": details, "arxiv_id": arxiv, "doi": doi}
    return WorkTraits(
        stage=tell_stage(said),
        kind=_CLASSES.get(details.get("type", ""), ""),
        edition=read_number(details.get("edition", "")),
        volume=read_number(details.get("volume", "")),
        venue=venue,
        publisher=details.get("publisher", ""),
        isbns=read_isbns(details.get("ISBN", "")),
        year=year,
    )


def read_number(written: str) -> str:
    """An edition or volume in whichever way it is written, as its number: `2` of `2nd ed.`,
    `Second`, `II`, `第二版`, `Vol. 2`; what has no number, folded."""
    text = fold(written)
    if found := re.search(r"\d+", text):
        return str(int(found[0][:9]))
    words = re.findall(r"[^\W\d_]+", text)
    plain = re.sub(r"[第版卷册集修订（）()]", "", text)
    for word in (*words, plain):
        if word in _NUMERALS:
            return _NUMERALS[word]
    return " ".join(words)


def read_isbns(written: str) -> frozenset[str]:
    """The ISBNs in a field, each as its 12 digits without country mark and check digit."""
    found = re.findall(r"(?:97[89][- ]?)?(?:\d[- ]?){9}[\dXx]", written[:1_000])
    bare = (re.sub(r"[- ]", "", each) for each in found)
    return frozenset(f"978{each[:9]}" if len(each) == 10 else each[:12] for each in bare)


def compare_works(one: WorkTraits, other: WorkTraits, letters: str) -> WorkDifference | None:
    """What tells two records apart that have one title (its `letters`, without case and marks) and
    one list of authors; None where nothing does."""
    numbered = one.is_book or other.is_book or one.kind == other.kind == ""
    if numbered and one.volume and other.volume and one.volume != other.volume:
        return VOLUME
    if one.edition and other.edition and one.edition != other.edition:
        return EDITION
    if one.is_book and other.is_book and bool(one.volume) != bool(other.volume):
        return PERHAPS_VOLUME
    editions = {one.edition, other.edition} - {"1"}  # the first often goes without saying
    if (one.is_book or other.is_book) and len(editions) == 2:
        return PERHAPS_EDITION
    both = one.is_book and other.is_book
    if both and one.isbns and other.isbns and not one.isbns & other.isbns:
        return ISBN
    if "preprint" in (one.stage, other.stage):
        return None
    return _published_apart(one, other, letters)


def _published_apart(one: WorkTraits, other: WorkTraits, letters: str) -> WorkDifference | None:
    placed = bool(one.venue and other.venue)
    same_place = placed and is_same_venue(one.venue, other.venue)
    if letters in _GENERIC and not same_place:
        return CONTAINER if placed else PERHAPS_PART
    kinds = {one.kind, other.kind}
    if "" not in kinds and len(kinds) == 2 and not (kinds <= _IN_BOOKS or same_place):
        return KIND
    if placed and not same_place:
        return VENUE
    if one.is_book and other.is_book and not _is_same_publisher(one.publisher, other.publisher):
        return PUBLISHER
    if one.year and other.year and one.year != other.year:
        late = abs(one.year - other.year) > 1  # papers appear before their issue does
        if kinds & _DATED or (same_place and late):
            return YEAR
    return None


def _is_same_publisher(one: str, other: str) -> bool:
    return not one or not other or fuzz.token_set_ratio(fold(one), fold(other)) >= 60
