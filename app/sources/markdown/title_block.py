"""What the head of a text says of the paper that it is about: its title, its first lines. Pure."""

import re
from collections.abc import Sequence

from app.kit.text import tidy_line
from app.sources.arxiv.ids import try_arxiv_id as read_arxiv
from app.sources.markdown.field_names import PERSON, are_people, describe_pairs, names_in
from app.sources.markdown.headings import HeadingText, read_heading
from app.sources.markdown.inline_metadata import Venue, published_and_revised, read_date_line
from app.sources.markdown.links import MARKDOWN_LINK, urls_in
from app.sources.markdown.outline import MarkdownLine, fenced_lines, heading_level

Values = dict[str, object]  # fields of a `PaperDraft`

_SOURCE = re.compile(
    r"(?P<title>.+?)\s*[（(](?:[^()（）]{2,40}[,，]\s*)?(?P<where>[^()（）,，]{2,40})[,，]\s*(?P<year>(?:19|20)\d\d)[)）].{0,20}"
)
_PUBLISHED = re.compile(
    r"(?P<venue>\D.{3,200}?)[,，]?\s+(?:(?:[A-Z][a-z]{2,8}\.?)\s+)?(?P<year>(?:19|20)\d\d)\.?"
)
_YEARS = re.compile(r"(?<![\d-])(?:19|20)\d\d(?![\d-])|(?<=[A-Z ])['’]\d\d(?!\d)")
_EMPTY_LINK = re.compile(r"(?<!!)\[([^\[\]\n]+)\]\(\s*\)")
# What people write before the title of a paper that they read.
_SERIES = re.compile(
    r"[\[【(（]?\s*(?:论文|文献|文章|paper|literature)?\s*(?:阅读|精读|泛读|速读|笔记|解读|翻译|学习|分享|notes?|reading"
    r"|review|summary)(?:\s*(?:笔记|notes?))?\s*\d{0,4}\s*(?:[\]】)）]\s*[:：|\-—]?|\s*[:：|])\s*(?=\S)",
    re.IGNORECASE,
)


def split_title(written: str) -> tuple[HeadingText, Values]:
    """What a title says: `YOLO（CVPR，2015）`, `MobileNets (Google, 2017)` and what headings do."""
    name = read_heading(written)
    values = of_name(name)
    if found := _SOURCE.fullmatch(name.title):
        name = read_heading(found["title"])
        year = int(found["year"])
        values = {**of_name(name), "venue": f"{found['where']} {year}", "year": year}
    return name, values


def strip_links(text: str) -> str:
    """A heading's words, without the links and emphasis that they have."""
    plain = MARKDOWN_LINK.sub(lambda found: found["text"], _EMPTY_LINK.sub(r"\1", text))
    return tidy_line(plain).strip("*_ ")


def strip_series(title: str) -> str:
    """A title without what says that this is a note on it: `论文笔记：…`, `[Paper reading] …`."""
    quoted = re.fullmatch(
        r"(?:paper )?(?:notes?|review) (?:of|on) [\"“](?P<title>.+)[\"”]", title, re.I
    )
    return quoted["title"] if quoted else _SERIES.sub("", title, count=1)


def short_name(title: str) -> str:
    """A title that is a name of few words, for a paper that has a longer one."""
    return tidy_line(title) if len(title.split()) <= 3 else ""


def of_name(name: HeadingText) -> Values:
    """What a heading says of a paper."""
    published, revised = published_and_revised(name.dates)
    return {
        "title": name.title,
        "short_title": name.short,
        "published": published if len(published) > 4 else "",
        "revised": revised,
        "year": year_of(published) or (name.venue.year if name.venue else None),
        "venue": str(name.venue) if name.venue else "",
    }


def year_of(iso: str) -> int | None:
    """The year of a date."""
    return int(iso[:4]) if iso[:4].isdigit() else None


def of_address(url: str) -> Values:
    """The address of a paper, or the arXiv id or DOI that it is."""
    return describe_pairs([("url", url)]).paper


def describe_heading(lines: Sequence[MarkdownLine]) -> Values | None:
    """The paper that a text is about, which its first line, a heading, names: with a link, a year
    or a venue, or with a line of date and venue below it. None where it names none."""
    fenced = fenced_lines(lines)
    at = next((n for n, line in enumerate(lines) if line.text.strip()), 0)
    found = heading_level(lines[at], fenced) if lines else None
    if found is None:
        return None
    written = _EMPTY_LINK.sub(r"\1", found[1]).strip("*# ")
    link = MARKDOWN_LINK.search(written)
    name = read_heading(written)
    below = [
        line.text.strip().lstrip("> \t") for line in lines[at + 1 :] if line.text.strip("> \t")
    ][:6]
    when = read_date_line(below[0]) if below else None
    is_link = (
        link is not None and len(link[0]) > 0.6 * len(written) and not link["url"].startswith("#")
    )
    if not (is_link or name.dates or name.venue or when):
        return None
    values = of_name(name)
    if link and is_link:
        values["title"] = read_heading(tidy_line(link["text"])).title
        values |= of_address(link["url"])
    values |= _below(below, authors=not is_link)
    if when:
        values |= _when(when.venue, published_and_revised(when.dates))
    else:
        values |= _published(lines[at + 1 :])
    return values


def _when(venue: Venue | None, dates: tuple[str, str]) -> Values:
    values: Values = {"published": dates[0], "revised": dates[1]}
    values["year"] = year_of(dates[0]) or (venue.year if venue else None)
    values["venue"] = str(venue) if venue else ""
    return {key: value for key, value in values.items() if value}


def _published(lines: Sequence[MarkdownLine]) -> Values:
    """What a quoted first line says: `> Communications of the ACM, April 1988`, `> SIGMOD '21`,
    `> CIDR 2021. Ann Example, Bob Sample`, `> by P Sample · 1994`."""
    first = next((line.text for line in lines if line.text.strip()), "").strip()
    words = first.lstrip("> \t")
    if not first.startswith(">") or "://" in first or len(words) > 200:
        return {}
    if found := _PUBLISHED.fullmatch(words):
        venue = "" if "arxiv" in words.lower() else tidy_line(found["venue"])
        return {"venue": venue, "year": int(found["year"])}
    years = {
        int(each) if len(each) == 4 else int(each[1:]) + (1900 if int(each[1:]) > 70 else 2000)
        for each in _YEARS.findall(words)
    }
    if len(years) != 1:
        return {}
    values: Values = {"year": years.pop()}
    by = re.match(r"[Bb]y (?P<names>[^\d·]+)", words)
    people = names_in(by["names"] if by else words.rpartition(". ")[2])
    if by or are_people(people):
        values["authors"] = tuple(name.strip(" ,·") for name in people)
    return values


def _below(lines: Sequence[str], *, authors: bool) -> Values:
    """The DOI, the arXiv id and the names that stand alone on lines below the heading."""
    values: Values = {}
    for n, line in enumerate(lines):
        address = urls_in(line)
        if address and address[0] == line.strip("<>"):
            given = describe_pairs([("arxiv", line)] if read_arxiv(line) else [("url", line)])
            values |= {key: value for key, value in given.paper.items() if key not in values}
        elif n == 0 and authors and are_names(line):
            values["authors"] = tuple(names_in(line))
    return values


def are_names(line: str) -> bool:
    """Whether a line consists of people's names: two words or more each, in capitals."""
    names = names_in(line)
    is_prose = re.search(r"[。？！?!:：\[\]()#`]|\.$", line)
    return bool(names) and not is_prose and all(map(PERSON.fullmatch, names))
