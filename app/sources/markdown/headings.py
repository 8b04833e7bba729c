"""What the heading of a text says, and the lines below it, of the paper that it is about. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from app.kit.text import fold_letters, has_han, tidy_line
from app.sources.arxiv.ids import find_arxiv_ids
from app.sources.bibliography.names import OTHERS
from app.sources.doi.ids import find_dois
from app.sources.markdown.citations import (
    Citation,
    people_in,
    read_beside,
    read_citation,
    read_where,
    sole_year,
)
from app.sources.markdown.field_names import describe_pairs, name_of
from app.sources.markdown.inline_metadata import (
    FoundVerdict,
    coloured_word,
    read_date_line,
    read_venue,
    verdict_in_prose,
)
from app.sources.markdown.labelled_lines import pairs_of, paper_link, plain_links
from app.sources.markdown.links import (
    MARKDOWN_LINK,
    URL,
    leads_to_paper,
    link_definitions,
    link_directly,
    unlinked,
    urls_in,
)
from app.sources.markdown.outline import (
    ITEM,
    MarkdownLine,
    is_section,
    is_section_of_study,
)
from app.sources.markdown.people import PERSON, names_in

Values = dict[str, object]  # fields of a `PaperDraft`

_LONGEST_HEADING = 500
_SUFFIX = re.compile(
    r"(?=[\s（(\[])\s*[（(\[](?P<inner>[^()（）\[\]]+)[)）\]](?:\s*--.{0,20})?\s*$"
)
# Which of itself tells no publication.
_ENDS_IN_YEAR = re.compile(r"(?<!ar[xX]iv)[,，] ?(?:[A-Z][a-z]{2,8}\.? )?(?P<year>(?:19|20)\d\d)\Z")
_STATUS = re.compile(
    r"wip|to-?do|draft|in progress|unfinished|未完.{0,2}|待续|进行中", re.IGNORECASE
)
_SHORT_FULL = re.compile(
    r"(?P<short>[A-Za-z][\w+.\-]{1,19})(?:\s*：\s*(?P<rest>\S.{7,})"
    r"|\s-\s(?P<whole>\S+(?: \S+){3,}))"
)
_SHORT_ASCII = re.compile(r"(?P<short>[A-Za-z][\w+.\-]{1,19}):\s+\S.{7,}")
_SHORT_HYPHEN = re.compile(
    r"(?P<short>(?=[A-Za-z0-9]*[A-Z][A-Za-z0-9]*[A-Z])[A-Za-z0-9]{3,20})-(?!based|style|like|aware|guided|driven)[a-z]\S*(?:\s+\S+){3,}"
)
_HTML = re.compile(
    r"\s*(?:</?(?:a|br|center|div|img|p|picture|source)\b|<!--.*-->\s*\Z)", re.IGNORECASE
)
_SCRIPT = re.compile(r"\s*<(?:script|style)\b", re.IGNORECASE)
_SCRIPT_ENDS = re.compile(r"</(?:script|style)>", re.IGNORECASE)
_H1 = re.compile(r"\s*<h1\b[^>]*>([^<>]+)</h1>\s*", re.IGNORECASE)
_UNDERLINE = re.compile(r" {0,3}={3,}\s*")
_LINES_BELOW = 6  # of a heading, which may say more of its paper
_LONGEST_BELOW = 200
_LONGEST_REFERENCE = 2_000
_SHORTEST_REFERENCE = 40
_SHORTEST_TITLE = 8
_IS_TITLE = re.compile(
    r"\A(?:[A-Z][\w-]*|[a-z]{1,4})(?: (?:[A-Z][\w-]*:?|[a-z]{1,4})){5,}\Z"
    r"|\A(?=\S*[A-Z])[\w-]+: (?:[A-Z][\w-]*|[a-z]{1,4})(?: (?:[A-Z][\w-]*|[a-z]{1,4})){2,}\Z"
)
_LABELLED = re.compile(r"[*_]{0,2}[^\W\d_]\w*[*_]{0,2}\s?(?::\s|：)")
_YEAR_OR_NUMBER = re.compile(r"\A\[\d+\]|[(（]?(?:19|20)\d\d[a-z]?[)）]?")
_OPENS = " ()[]（）【】:：|–—-"
_ENDS = ' .,:：*_"“”'
# Between such lines: pictures, rules, where the code is.
_ASIDE = re.compile(r"\s*(?:!\[|<!--|-{3,}\s*\Z|[A-Za-z][\w -]{1,20}[:：]\s*https?://\S+\s*\Z)")
# How people begin on a paper that they read.
_THIS_PAPER = re.compile(
    r"(?:.{0,120}\.\s)?(?:This|The|In this) (?:paper|work)\b|本文|这篇(?:论文|文章)|이 논문"
)
_NAME_OF_VENUE = re.compile(r"[A-Z\u4e00-\u9fff].{2,200}")
# What people write before the title of a paper that they read.
_SERIES = re.compile(
    r"[\[【(（]?\s*(?:论文|文献|文章|논문|paper|literature)?\s*(?:阅读|精读|泛读|速读|笔记|解读|翻译|学习|分享|리뷰|정리"
    r"|notes?|reading|review|summary)(?:\s*(?:笔记|notes?))?\s*(?:\d{0,4}|[（(][\d一二三四五六七八九十]{1,3}[)）])\s*(?:[\]】)）]\s*[:：|\-—]?|\s*[:：|])\s*(?=\S)"
    r"|\A(?:论文|文献|논문|paper)\s*(?:阅读|精读|泛读|笔记|解读|리뷰|notes?|reading|review)\s*(?:\[.{1,4}\])?\s*[-–—_]\s*(?=\S)",
    re.IGNORECASE,
)
# And behind it: `Kettle 论文阅读`; not behind what names no paper: `NLP 论文阅读`, `2024论文阅读`.
_NOTES_ON = re.compile(
    r"(?<=[\w)）])(?<![A-Z\d ][A-Z\d]{3})(?<!\A[A-Z]{3})\s*[-_—]?\s*"
    r"(?:论文\s*(?:阅读|精读|解读|笔记)+|阅读笔记)\Z"
)


@dataclass(frozen=True)
class HeadingText:
    """What a heading says once its marks are taken off."""

    title: str
    short: str = ""
    cited: Citation = field(default_factory=Citation)  # what stands beside the title
    verdict: FoundVerdict | None = None
    leftover: str = ""  # what was taken off and has no other place

    def values(self) -> Values:
        """What it says of a paper."""
        return {"title": self.title, "short_title": self.short, **self.cited.values()}


def read_heading(heading: str) -> HeadingText:
    """Title, short name, and what was written beside them: a verdict, people, a year, a venue."""
    if len(heading) > _LONGEST_HEADING:
        return HeadingText(heading[:_LONGEST_HEADING] + "…", leftover=heading)
    title, verdict = coloured_word(spell_colon(heading))
    short, cited, leftover = "", Citation(), list[str]()
    if verdict and not verdict.slug:
        leftover, verdict = [verdict.raw], None
    if link := MARKDOWN_LINK.fullmatch(title):
        title = link["text"]
        if "://" not in link["url"]:  # a file beside the notes: no record has a place for it
            leftover.append(link[0])
    title = re.sub(r"^(?:\d{1,3}[.、)]|\[\d{1,3}\])\s+|\*\*+", "", title.strip()).strip("*").strip()
    while (suffix := _SUFFIX.search(title)) and suffix.start() > 0:
        before, inner = title[: suffix.start()].strip(), suffix["inner"].strip()
        if _STATUS.fullmatch(inner):  # of the note
            leftover.append(inner)
        elif given := verdict_in_prose(inner, place="heading"):
            verdict = verdict or replace(given, raw=suffix[0].strip(), reason=inner)
        elif where := read_where(inner):
            cited = where
        elif has_han(before) and not has_han(inner) and len(inner) <= 40 and not short:
            short = inner
        else:
            break
        title = before
    whole = read_citation(title)
    if whole and (whole.is_sure or not _ENDS_IN_YEAR.search(title)):
        title, cited = whole.title, whole.filled(cited)
    if full := _SHORT_FULL.fullmatch(title):
        title, short = full["rest"] or full["whole"], full["short"]
    elif named := _SHORT_ASCII.fullmatch(title) or _SHORT_HYPHEN.fullmatch(title):
        short = named["short"]
    return HeadingText(title or heading, short, cited, verdict, "\n\n".join(leftover))


def spell_colon(title: str) -> str:
    """A title with the colon that no file's name may have in Windows: `U-Net_ A title`."""
    return re.sub(r"\A([^_]*\w)_ (?=[^_]+\Z)", r"\1: ", title)


def strip_links(text: str) -> str:
    """A heading's words, without the links and emphasis that they have."""
    return unlinked(text).strip("*_ ")


def strip_series(title: str) -> str:
    """A title without what says that this is a note on it: `论文笔记：…`, `[Paper reading] …`."""
    quoted = re.fullmatch(
        r"(?:paper )?(?:notes?|review) (?:of|on) [\"“](?P<title>.+)[\"”]", title, re.I
    )
    return quoted["title"] if quoted else _NOTES_ON.sub("", _SERIES.sub("", title, count=1))


def looks_like_title(text: str) -> bool:
    """Whether words look like a title: six and more, most in capitals, or a name before some."""
    return _IS_TITLE.search(text) is not None


def short_name(title: str) -> str:
    """A title that is a name of few words, for a paper that has a longer one."""
    return tidy_line(title) if len(title.split()) <= 3 else ""


def of_address(url: str) -> Values:
    """The address of a paper, or the arXiv id or DOI that it is."""
    return describe_pairs([("url", url)]).paper


def _find_opening(lines: Sequence[MarkdownLine]) -> tuple[int, MarkdownLine] | None:
    """Where the heading stands that a text begins with, comments and pictures in HTML left aside,
    and that line; itself in HTML or underlined, too."""
    at = _first_written(lines)
    if at is None:
        return None
    if tagged := _H1.fullmatch(lines[at].text):
        return at, replace(lines[at], depth=1, heading=tagged[1])
    if not lines[at].depth and lines[at + 1 :] and _UNDERLINE.fullmatch(lines[at + 1].text):
        return at, replace(lines[at], depth=1, heading=lines[at].text)
    return (at, lines[at]) if lines[at].depth else None


def first_said(*sources: Mapping[str, object]) -> Values:
    """The fields that sources give of a paper, each as the first of them that has it."""
    found: Values = {}
    for source in sources:
        found |= {name: each for name, each in source.items() if each and name not in found}
    return found


def read_title(lines: Sequence[MarkdownLine], *, alone: bool = False) -> str:
    """The title of a text that a heading of level 1 opens; with `alone` one of any level that
    stands above all others, which names no part of a paper."""
    found = _find_opening(lines)
    if found is None or (alone and is_section(found[1].heading)):
        return ""
    at, opening = found
    is_alone = alone and all(line.depth > opening.depth for line in lines[at + 1 :] if line.depth)
    return strip_links(opening.heading) if opening.depth == 1 or is_alone else ""


def _first_written(lines: Sequence[MarkdownLine]) -> int | None:
    in_script = False
    for at, line in enumerate(lines):
        in_script = in_script or _SCRIPT.match(line.text) is not None
        if line.text.strip() and not (in_script or _HTML.match(line.text)):
            return at
        in_script = in_script and not _SCRIPT_ENDS.search(line.text)
    return None


@dataclass(frozen=True)
class Headed:
    """A paper that the heading at `at` names, and what is said of it; `is_told` by lines below."""

    at: int
    values: Values
    is_told: bool


def describe_heading(lines: Sequence[MarkdownLine]) -> Headed | None:
    """The paper that a text is about, which the heading that opens it names: with a link, a year or
    a venue, or with lines below it that say who wrote it, when and where. None where it names
    none."""
    found = _find_opening(lines)
    if found is None:
        return _headed_by_items(lines)
    at, opening = found
    defined = link_definitions(line.text for line in lines)
    written = link_directly(opening.heading.strip("*# "), defined)
    link = beside = paper_link(written)  # A title ([link](…))
    if beside:
        written = written.replace(beside[0], "").rstrip(_OPENS)
    else:
        link = MARKDOWN_LINK.search(written)
    if link and not beside and (len(link[0]) <= 0.6 * len(written) or link["url"].startswith("#")):
        link = None
    name = read_heading(tidy_line(link["text"]) if link and not beside else written)
    if link and "://" in link["url"] and not leads_to_paper(link["url"]):
        link = None  # to any page of the web
    values = name.values() | (of_address(link["url"]) if link else {})
    below, is_told = _below(lines[at + 1 :], name.title)
    if is_told and (ended := _ENDS_IN_YEAR.search(name.title)):
        values |= {"title": name.title[: ended.start()], "year": int(ended["year"])}
    under = [line for line in lines[at + 1 :] if line.depth]
    top = min((line.depth for line in under), default=0)
    parts = [line.heading for line in under if line.depth == top]
    is_whole = looks_like_title(name.title) and any(map(is_section_of_study, parts))
    known = sum(map(is_section, parts))  # over nothing but a paper's sections, or many of these
    is_whole = is_whole and (known == len(parts) or (known > 2 and 2 * known >= len(parts)))
    if not (link or is_told or is_whole or name.cited.year):
        start = lines.index(under[0]) if len(parts) == 1 and under[0].depth == top else 0
        inner = describe_heading(lines[start:]) if start else None  # below `Reading, 3 March`
        is_title = inner and looks_like_title(str(inner.values["title"]))
        return replace(inner, at=start + inner.at) if inner and is_title else None
    return Headed(at, values | below, is_told)


def _headed_by_items(lines: Sequence[MarkdownLine]) -> Headed | None:
    """The paper that two items before all else name: a title, and who wrote it."""
    at = _first_written(lines)
    if at is None:
        return None
    texts = [line.text for line in lines[at : at + 3]]
    items = [item["text"].strip() for item in map(ITEM.fullmatch, texts[:2]) if item]
    if len(items) < 2 or "".join(texts[2:]).strip():
        return None
    if not (looks_like_title(items[0]) and are_names(items[1])):
        return None
    values = read_heading(items[0]).values() | {"authors": tuple(names_in(items[1]))}
    return Headed(at, values, True)


def _below(lines: Sequence[MarkdownLine], title: str) -> tuple[Values, bool]:
    """What the lines below a heading say of the paper that it names, up to the first that says
    nothing; and whether they tell that it names one."""
    values: Values = {}
    is_told = False
    written = [line.text for line in lines if line.text.strip("> \t=")][:_LINES_BELOW]
    if written and _THIS_PAPER.match(written[0]) and looks_like_title(title):
        return {}, True
    for n, text in enumerate(written):
        found, tells = _line_below(text, title, is_first=n == 0)
        is_place = text.startswith(("#", ">")) and "authors" in values  # of those named above
        if not (found or is_place or _ASIDE.match(text)):
            break
        values = first_said(values, found)
        is_told = is_told or tells
    names = values.get("authors")
    return values, is_told or (isinstance(names, tuple) and len(names) > 1 and "year" in values)


def _line_below(text: str, title: str, *, is_first: bool) -> tuple[Values, bool]:
    """What one of them says: an address, a date, the whole reference, people, a venue."""
    if len(text) > _LONGEST_REFERENCE:
        return {}, False
    words = text.strip().lstrip("> \t")
    is_quoted, is_heading = text.lstrip().startswith(">"), words.startswith("#")
    address = urls_in(unlinked(words))
    if address and address[0] == unlinked(words).strip("<>"):
        return of_address(address[0]), False
    link = MARKDOWN_LINK.fullmatch(ITEM.sub(r"\g<text>", words)) if is_first else None
    if link and link["url"].startswith("http"):
        named = not (link["text"].startswith("http") or name_of(link["text"]))
        titles = {"title": tidy_line(link["text"]), "short_title": title} if named else {}
        return of_address(link["url"]) | titles, leads_to_paper(link["url"])
    if said := _reference(words, title):
        return said, True
    plain = URL.sub("", MARKDOWN_LINK.sub("", plain_links(words.lstrip("# ")))).strip()
    when = None if is_heading and not read_venue(plain) else read_date_line(plain)
    if when and (is_first or when.venue):
        return when.values(), True
    labels = pairs_of(words.lstrip("# "))
    by = re.sub(r"\A[Bb]y\s+|\[\]", "", plain).strip()
    by = labels[0][1] if len(labels) == 1 and name_of(labels[0][0]) == "authors" else by
    is_marked = re.fullmatch(r"([*_]{1,2})[^*_]+\1", plain) is not None
    is_named = len(by) < len(plain) or is_marked
    if not (is_first or is_heading or is_named):
        return {}, False
    if len(by) <= _LONGEST_BELOW and (is_first or is_heading):
        found = read_beside(by, **({"venue": _NAME_OF_VENUE} if is_quoted else {}))
        found = None if _LABELLED.match(by) else found  # `Date: 06/10/2014` names nobody
        if found and (is_quoted or (found.authors and found.year)):
            return found.values(), bool(found.authors and found.year)
    is_short = len(by) <= (_SHORTEST_REFERENCE if is_heading else _SHORTEST_REFERENCE // 2)
    if (is_short or is_quoted or (is_marked and not is_first)) and (year := sole_year(by)):
        return {"year": year}, False  # Written in 2014; *Proceedings of … (ACL 2014)*
    by = re.sub(r"[（(][^()（）]*[)）]", "", by).strip("*_ ") if is_named or is_heading else by
    is_part = is_heading and len(by.split()) < 3 and not is_named  # Key Points
    names = tuple(names_in(by)) if are_names(by) and not is_part else ()
    names = people_in(by) if OTHERS in people_in(by) else names  # Example et al.
    tells = (is_named or OTHERS in names) and len(names) > 1 and len(title.split()) > 3
    tells = tells or (len(names) > 2 and looks_like_title(title))
    return {"authors": names} if names else {}, tells


def find_reference(lines: Sequence[MarkdownLine], title: str) -> Values:
    """What the first line that refers to the paper of that title says of it."""
    is_long = len(title) >= _SHORTEST_TITLE if has_han(title) else len(title.split()) > 3
    if not is_long:
        return {}
    first = title.split()[0].casefold()
    texts = (line.text for line in lines if len(line.text) <= _LONGEST_REFERENCE)
    texts = (text.strip("> \t") for text in texts if first in text.casefold())
    return next(
        filter(None, (_reference(ITEM.sub(r"\g<text>", each), title) for each in texts)), {}
    )


def _reference(text: str, title: str) -> Values:
    """A reference to the paper of that title, in whatever style: who stands before it, and where
    and when beside it."""
    whole = read_citation(text)
    if whole and fold_letters(whole.title) == fold_letters(title):
        return whole.values()
    if len(title) < _SHORTEST_TITLE or fold_letters(title) not in fold_letters(unlinked(text)):
        return {}  # else what follows finds it at once
    words = map(re.escape, re.findall(r"\w+", title))
    found = re.search(r"\W+".join(words), unlinked(text), re.IGNORECASE)
    if found is None or not found.start():
        return {}
    before, after = found.string[: found.start()], found.string[found.end() :]
    year = sole_year(before) or sole_year(URL.sub("", after))
    people = people_in(_YEAR_OR_NUMBER.sub("", before).strip(_ENDS))
    if not people or not year:
        return {}
    venue = re.search(r"([*_])(?P<name>[^*_]{3,200})\1", after)
    said = " ".join((found.string, *urls_in(text)))
    ids = describe_pairs(
        ("arxiv", each) for each in (*map(str, find_arxiv_ids(said)[0]), *find_dois(said))
    ).paper
    return {"authors": people, "year": year, "venue": venue["name"] if venue else "", **ids}


def are_names(line: str) -> bool:
    """Whether a line consists of people's names: two words or more each, in capitals."""
    names = names_in(line)
    is_prose = re.search(r"[。？！?!:：\[\]()#`]|\.$", line)
    return bool(names) and not is_prose and all(map(PERSON.fullmatch, names))
