"""A paper as people cite it in a line: `**A title** (Sample et al., CVPR 2019)`, `A title. Ann
Example, Bob Sample. ACL 2023.`, `Sample, B. (2019). A title. CVPR.` → its parts. Pure.

Words are a title where all that stands beside them is understood; else they stay as they are.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from app.kit.text import has_han, tidy_line
from app.sources.bibliography.dates import find_date
from app.sources.bibliography.names import OTHERS
from app.sources.markdown.inline_metadata import full_year, read_venue
from app.sources.markdown.people import are_people, names_in, parse_authors, say_others

_LONGEST = 500  # characters
_ENDS_LIMIT = 3  # where a title may end, of the first and of the last such places
_PARTS_LIMIT = 16
_DATE_LIMIT = 40  # characters
_MARKS_LIMIT = 60  # between the names of people
_TELLS = re.compile(r"\d{2}|\bet al|\s[-–—]\s|等|[A-Z][\w.]*,? [A-Z]")  # a year, or people
_SHORTEST = 8  # of a title
_YEARS = re.compile(r"(?<![\d-])(?:19|20)\d\d(?![\d-]|\.\d)|(?<=[A-Z ])['’]\d\d(?!\d)")
_IN = re.compile(r"\s[iI]n:?\s|[.。]\s")
_PREPRINT = re.compile(r"(?:on |in )?(?:arxiv|corr)(?: preprint)?", re.IGNORECASE)  # no venue
_NAMES_AND_YEAR = re.compile(r"[^\d()]+,[^\d()]+,[^\d()]+\((?:19|20)\d\d\)")
_DASH = re.compile(r"\s[-–—]\s")
_GB_7714 = re.compile(
    r"(?:(?P<authors>.{2,600}?)[.．](?!\d)\s*)?(?P<title>[^.．].{3,400}?)"
    r"\s*\[[A-Z](?:/OL)?\]\s*[.,．，]?\s*(?P<where>.{0,300})"
)
_OF_KIND = re.compile(r"\[[A-Z](?:/OL)?\]")  # `[J]`
# In no brackets: no name of a person has one.
_NUMBER = re.compile(r"\d{3}(?![^()（）]{0,120}[)）])")
_PLACED = re.compile(
    r"(?P<bare>(?:[A-Z]{2,8} )?[A-Z][A-Za-z&]{2,12}[ ._-]?(?:19|20)\d\d"
    r"|(?:19|20)\d\d[ ._-][A-Z][A-Za-z&]{2,12})\s?[-–—_:：|.]\s?(?P<rest>[^\W\d].{7,})"
    r"|(?P<first>[A-Za-z]{3,10} ?(?:19|20)\d\d)(?:,\d\d)?, (?P<last>\S.{7,})|"
    r"[\[【(（](?P<inner>[^\[\]【】()（）]{2,40})[\]】)）][\s_\-–—:：.]*(?P<title>\w.*)"
)
# `A title SIGIR2021`, `A title IMC’ 19`, `A title AAAI 2016`
_BEHIND = re.compile(
    r"(?P<title>.{8,}?)(?<! of)(?<! at)(?<! the)(?<! for)(?<! in)[\s,，_–—-]+(?P<where>"
    r"(?:[A-Z]{2,8} )?[A-Z][\w&]{1,12}['’] ?\d\d|(?:[A-Z][A-Z&]{2,9}|[Aa]r[Xx]iv) ?(?:19|20)\d\d)"
)
# `Sample, B. (2019). A title. CVPR`, `Sample et al. - 2019 - A title`, as Zotero names files
_DATED = re.compile(
    r"(?P<authors>[^\d()（）]{3,400}?)(?:,| -)?\s*[(（]?(?P<year>(?:19|20)\d\d)[a-z]?[)）]?"
    r"\s*[.:：,–—-]\s*"
    r"(?P<title>[^.。?!]{8,300}[?!]?)(?P<rest>.*)"
)
# `A. Sample and B. Example, “A title,” in Kettles, 2019, pp. 1–9.`
_QUOTED = re.compile(
    r"(?P<authors>[^\d“”\"]{3,400}?)[,.]?\s*[“\"](?P<title>[^“”\"]{8,300}?)[,.]?[”\"]"
    r"[,.]?\s*(?:[iI]n )?(?P<rest>.*)"
)
_SOLE = re.compile(r"\A(?:[A-Z]\. ?){1,3}[A-ZÀ-Þ][\w'’-]+\Z")  # Y. Example
_STOP = r"[.。](?<![\s.,(][A-Z].)(?<!\bal.)"  # that ends no initial
# Where a title may end, and between the parts of a line; that a character may be a mark is seen
# first, for most are none.
_ENDS = re.compile(
    rf"(?=[\s.。|｜;；,，(（\[])(?:{_STOP}\s+|\s*[|｜]\s*|\s+[-–—·]\s+|\s*[;；]\s+|[,，]\s*|\s*(?=[(（\[])|\s+(?=[*_]))"
)
_PARTS = re.compile(
    r"[.。:_\s|｜()（）\[\]*;；·](?:(?<=[|｜()（）\[\]*;；·])"
    r"|(?<=[.。])(?<![\s.,(][A-Z].)(?<!\bal.)(?:\s|\Z)|(?<=:)\s|(?<=_)(?=\s|\Z)|(?<=\A_)"
    r"|(?<=\s)(?:_|[-–—]\s))"
)
_LAST_STOP = re.compile(rf"{_STOP}[.。]*\Z")
# Beside a title, or alone: `Brown et al., 2019`, `Brown & Smith 2019`
_BY = re.compile(
    r"(?P<who>[^\d,，]{2,40}(?: et al{1,2}\.?|\s?等| (?:and|&) [^\d,，]{2,40}?))[,，]?\s*"
    r"[(]?(?P<year>(?:19|20)\d\d)[a-z]?[)]?"
)
# `2019 CVPR`, `CVPR 2019`, `CVPR'19`, `CVPR19`, `Google, 2017`, `2019`
_WHERE = re.compile(
    r"(?:[^,，\d]{2,40}[,，]\s*(?=[^,，]+[,，]))?"
    r"(?P<first>(?:19|20)\d\d)?[\s,，_\-.]*(?P<venue>[A-Za-z\u4e00-\u9fff][\w&+\-/. ]{0,38}?)?"
    r"[\s,，_\-.]*(?P<year>(?:19|20)\d\d|['’]\d\d|(?<=[A-Z][A-Za-z])\d\d)?"
)
_ACRONYM = re.compile(r"(?=\w*[A-Z]\w*[A-Z])[A-Z][\w&\-/’']{1,12}(?: [A-Z][\w&\-/]{1,20}){0,3}")
_FAMILY = re.compile(r"[A-ZÀ-Þ](?!\w*[A-Z])[\w'’-]+")
_BEGINS_NAME = re.compile(r"[A-ZÀ-Þ\u4e00-\u9fff]|(?:v[ao]n|de) ")
_OF_ONE = re.compile(
    r"(?:(?:v[ao]n|de[nr]?|d[iu]|l[ae]) ){0,2}[A-ZÀ-Þ][\w'’.-]*(?: [\w'’.-]+){0,3}"
)


@dataclass(frozen=True)
class Citation:
    title: str = ""
    authors: tuple[str, ...] = ()
    year: int | None = None
    venue: str = ""

    @property
    def is_sure(self) -> bool:
        """Whether it says more than a year, as only publications have."""
        return bool(self.venue or self.authors)

    def filled(self, other: "Citation") -> "Citation":
        """It, where what it does not say is as the other has it."""
        people, year = self.authors or other.authors, self.year or other.year
        return Citation(self.title, people, year, self.venue or other.venue)

    def values(self) -> dict[str, object]:
        """As fields of a draft."""
        said = {"authors": self.authors, "year": self.year, "venue": self.venue}
        return {name: value for name, value in said.items() if value}


@lru_cache(maxsize=2)  # of a line it is asked whether it cites, and then what
def read_citation(text: str) -> Citation | None:
    """The parts of a line that cites one paper; None where nothing is sure beside a title."""
    text = " ".join(text.split())
    if not _SHORTEST <= len(text) <= _LONGEST:
        return None
    if _OF_KIND.search(text) and (found := _GB_7714.fullmatch(text)):
        return _of_standard(found)
    if (found := _PLACED.fullmatch(text)) and (
        where := read_where(found["inner"] or found["bare"] or found["first"])
    ):
        title = found["title"] or found["rest"] or found["last"]
        return replace(where, title=title.strip())
    found = _QUOTED.fullmatch(text)
    by = found and (people_in(found["authors"], loosely=True) or _SOLE.findall(found["authors"]))
    if found and by:
        year, venue = sole_year(found["rest"]), _first_words(found["rest"])
        return Citation(_tidy(found["title"]), tuple(by), year, venue)
    if (found := _DATED.fullmatch(text)) and (by := people_in(found["authors"])):
        said = read_beside(found["rest"]) or Citation(venue=_first_words(found["rest"]))
        title, year = _tidy(found["title"]), int(found["year"])
        return replace(said, title=title, authors=by, year=year)
    first, _, rest = text.partition(". ")
    people = people_in(first) if first.endswith(" et al") else tuple(names_in(first))
    if (OTHERS in people or are_people(people)) and len(rest) >= _SHORTEST:
        words = re.split(r"[.。]\s*|, [Ii]n ", rest, maxsplit=1)
        beside = read_beside(words[1]) if words[1:] else None
        return replace(beside or Citation(), title=_tidy(words[0]), authors=people)
    before, *behind = _IN.split(rest, maxsplit=1)
    names = [] if _NUMBER.search(before) else names_in(before)
    last = behind[-1] if behind else before
    if are_people(names) and len(first) >= _SHORTEST:
        return Citation(_tidy(first), tuple(names), sole_year(last))
    if not _TELLS.search(text):
        return None
    ends = list(_ENDS.finditer(text, _SHORTEST))
    for end in dict.fromkeys((*ends[:_ENDS_LIMIT], *ends[-_ENDS_LIMIT:])):
        title, rest = text[: end.start()], text[end.start() :]
        is_comma = end[0].strip() in (",", "，")
        is_open = re.search(r"[(（\[][^)）\]]*\Z", title[-60:])
        if is_open or (is_comma and not re.search(r"\d\d", rest)):
            continue
        beside = read_beside(rest)
        if beside and (beside.year or not is_comma):
            return replace(beside, title=_tidy(title))
    found = _BEHIND.fullmatch(text)
    where = read_where(found["where"]) if found else None
    return replace(where, title=_tidy(found["title"])) if found and where else None


def read_beside(text: str, *, venue: re.Pattern[str] = _ACRONYM) -> Citation | None:
    """Authors, venue and year, where a text says no more than these; `venue` is what one without a
    year may look like."""
    found = Citation()
    loosely = (_DASH.search(text) or _NAMES_AND_YEAR.fullmatch(text)) is not None
    for part in _parts(text, loosely=loosely):
        year, where = _year_of(part), read_venue(part)
        if year and not found.year:
            found = replace(found, year=year)
        elif where and not found.venue:
            found = replace(found, venue=str(where), year=found.year or where.year)
        elif not found.authors and (people := people_in(part, loosely=loosely)):
            found = replace(found, authors=people)
        elif venue.fullmatch(part) and not found.venue:
            found = replace(found, venue=part)
        elif _FAMILY.fullmatch(part) and not found.authors:  # Sample, 2019
            found = replace(found, authors=(part,))
        elif not _PREPRINT.fullmatch(part):
            return None
    if not found.year and len(found.authors) < 2:
        return None
    if found.year and _ACRONYM.fullmatch(found.venue) and str(found.year) not in found.venue:
        found = replace(found, venue=f"{found.venue} {found.year}")
    return found


@lru_cache(maxsize=1_000)  # wherever the title may end, the rest has the same parts
def _year_of(part: str) -> int | None:
    """The year of what is a date and nothing else."""
    when, (start, end) = find_date(part[: _DATE_LIMIT + 1])
    return int(when[:4]) if when and not start and end == len(part) else None


def read_where(text: str) -> Citation | None:
    """People or a venue with a year, where that is all of a text."""
    text = re.sub(r"['’]\s(?=\d\d\Z)", "'", text.strip())
    if by := _BY.fullmatch(re.sub(r"\A((?:19|20)\d\d)[,，]\s*(.+)", r"\2, \1", text)):
        return Citation(authors=tuple(parse_authors(by["who"])), year=int(by["year"]))
    if held := read_venue(text):
        return Citation(year=held.year, venue=str(held))
    found = _WHERE.fullmatch(text)
    written = (found["first"] or found["year"]) if found else ""
    if found is None or not written:
        return None
    year = full_year(written)
    name = (found["venue"] or "").strip()
    is_none = not name or name.lower() in ("arxiv", "preprint", "corr")
    return Citation(year=year, venue="" if is_none else f"{name} {year}")


def sole_year(text: str) -> int | None:
    """The year that a text names, if it names only one: `2021`, `'21`."""
    years = {full_year(each) for each in _YEARS.findall(text)}
    return years.pop() if len(years) == 1 else None


def _parts(text: str, *, loosely: bool) -> Iterator[str]:
    """What stands between the marks of a line; of `Sample et al., CVPR, 2019` each."""
    for part in _PARTS.split(text, maxsplit=_PARTS_LIMIT)[:_PARTS_LIMIT]:
        part = part.strip(" ,，:：_")
        if part.endswith((".", "。")):
            part = _LAST_STOP.sub("", part)
        last: list[str] = []
        part = part.replace("，", ",")
        while "," in part and len(last) < 4:
            if people_in(part, loosely=loosely) or read_venue(part):
                break
            part, _, end = part.rpartition(",")
            last.insert(0, end.strip())
        yield from filter(None, (part.strip(), *last))


@lru_cache(maxsize=1_000)
def people_in(text: str, *, loosely: bool = False) -> tuple[str, ...]:
    """The people that a text names, where it is sure to name people: several, or with `et al.`, or
    with initials, `loosely` by their family names too; none of another."""
    text = text.strip(" ,:：")
    marks = text.count(",") + text.count(".") + text.count(" and ")
    if not _BEGINS_NAME.match(text) or marks > _MARKS_LIMIT or re.search(r"\d|://", text):
        return ()
    names = names_in(text)
    cut = len(say_others(text)) < len(text)
    if not names or any(len(name.split()) > 5 for name in names):
        return ()
    of_han = all(has_han(name) and 2 <= len(name) <= 4 for name in names)
    initialled = all(re.fullmatch(r"[^,]{2,30}, (?:[A-Z]\.?[ -]?){1,4}", name) for name in names)
    if not (
        are_people(names)
        or (of_han and (cut or len(names) > 1))
        or (initialled and not of_han)
        or ((cut or loosely) and all(_OF_ONE.fullmatch(n) and not n.isupper() for n in names))
    ):
        return ()
    return (*names, OTHERS) if cut else tuple(names)


def _of_standard(found: re.Match[str]) -> Citation:
    """A reference as GB/T 7714 has it."""
    year = re.search(r"(?<!\d)(?:1[89]|20)\d\d(?!\d)", found["where"])
    where = re.split(r"[,，.．]?\s*(?:19|20)\d\d", found["where"])[0].strip(" .,/")
    names = names_in(found["authors"] or "")
    authors = (re.sub(r"^(\S+) ([A-Z](?:[ -]?[A-Z]){0,2})$", r"\1, \2", each) for each in names)
    venue = "" if "arxiv" in where.lower() else where
    title = tidy_line(found["title"])
    return Citation(title, tuple(authors), int(year[0]) if year else None, venue)


def _first_words(text: str) -> str:
    """The venue of `. *Kettle Letters*, 3(2), 1–9`."""
    words = re.split(r"[,，.]\s|\d", text.strip(" .?!"))[0].strip(" *_.,")
    return words if re.fullmatch(r"[A-Z\u4e00-\u9fff][\w&\-/ ]{1,100}", words) else ""


def _tidy(title: str) -> str:
    return tidy_line(title.replace("**", "")).strip(' *_.,，:：|-–—“”"')
