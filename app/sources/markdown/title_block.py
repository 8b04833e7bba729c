"""What the head of a text says of the paper that it is about: its title, its first lines. Pure."""

import re
from collections.abc import Sequence

from app.kit.text import tidy_line
from app.sources.arxiv.ids import try_arxiv_id as read_arxiv
from app.sources.markdown.field_names import describe_pairs, names_in
from app.sources.markdown.headings import HeadingText, read_heading
from app.sources.markdown.inline_metadata import Venue, published_and_revised, read_date_line
from app.sources.markdown.links import MARKDOWN_LINK, urls_in
from app.sources.markdown.outline import MarkdownLine, fenced_lines, heading_level

Values = dict[str, object]  # fields of a `PaperDraft`

# A line that gives the paper that a text is about: as a reference, or as a link called so.
_ABOUT = re.compile(
    r"[>\s]*[*_]{0,2}(?:论文|文章|paper|原文|title)[*_]{0,2}\s*[:：](?!:)[*_]{0,2}\s*(?P<what>\S.*)",
    re.I,
)
_LINK_CALLED = re.compile(
    r"\[\s*(?:paper|article|pdf|arxiv|full text|原文|论文|论文链接)\s*\]\((?P<url>https?://[^)\s]{1,1000}+)\)",
    re.I,
)
_GB_7714 = re.compile(
    r"(?P<authors>.{2,600}?)[.．]\s*(?P<title>[^.．].{3,400}?)\s*\[[A-Z](?:/OL)?\]\s*[.,．，]?\s*(?P<where>.{0,300})"
)
_INITIALS = re.compile(r"^(\S+) ([A-Z](?:[ -]?[A-Z]){0,2})$")
_SOURCE = re.compile(
    r"(?P<title>.+?)\s*[（(](?P<where>[^()（）,，]{2,40})[,，]\s*(?P<year>(?:19|20)\d\d)[)）].{0,20}"
)
_PUBLISHED = re.compile(
    r"(?P<venue>\D.{3,200}?)[,，]?\s+(?:(?:[A-Z][a-z]{2,8}\.?)\s+)?(?P<year>(?:19|20)\d\d)\.?"
)
_PERSON = re.compile(r"[A-ZÀ-Þ][\w.'’-]*(?: (?:[A-ZÀ-Þ][\w.'’-]*|[a-z]{2,3})){1,4}")
_EMPTY_LINK = re.compile(r"(?<!!)\[([^\[\]\n]+)\]\(\s*\)")
_ABOUT_LINES = 12  # how far down a file says what it is about


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


def describe_first_lines(lines: Sequence[MarkdownLine]) -> Values | None:
    """What the first lines of a text say of the paper that it is about, by `论文：` and a reference
    or by `[Article](https://…)`; None where they say nothing."""
    written = [line.text for line in lines if line.text.strip()][:_ABOUT_LINES]
    for line in written:
        if found := _ABOUT.fullmatch(line):
            return _reference(found["what"])
    for line in written:
        if found := _LINK_CALLED.search(line):
            return of_address(found["url"])
    return None


def of_address(url: str) -> Values:
    """The address of a paper, or the arXiv id or DOI that it is."""
    return describe_pairs([("url", url)]).paper


def _reference(text: str) -> Values:
    """A reference as GB/T 7714 writes it, a link to the paper, or its title alone; of anything else
    nothing, for a title cannot be told from names."""
    text = tidy_line(text)
    urls = sorted(urls_in(text), key=lambda url: read_arxiv(url) is None)
    values = of_address(urls[0]) if urls else {}
    if found := _GB_7714.fullmatch(text):
        year = re.search(r"(?<!\d)(?:19|20)\d\d(?!\d)", found["where"])
        where = re.split(r"[,，.．]?\s*(?:19|20)\d\d", found["where"])[0].strip(" .,/")
        values |= {
            "title": tidy_line(found["title"]),
            "authors": tuple(_INITIALS.sub(r"\1, \2", name) for name in names_in(found["authors"])),
            "venue": "" if "arxiv" in where.lower() else where,
            "year": int(year[0]) if year else None,
        }
    elif (link := MARKDOWN_LINK.search(text)) and not link["text"].startswith("http"):
        values["title"] = tidy_line(link["text"])
    elif not urls and re.fullmatch(r"[^.。;；]{8,300}\.?", text):
        values["title"] = text
    return values


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
    """Venue and year of a quoted first line: `> Communications of the ACM, April 1988`."""
    first = next((line.text for line in lines if line.text.strip()), "").strip()
    found = _PUBLISHED.fullmatch(first.lstrip("> \t")) if first.startswith(">") else None
    if found is None or "://" in first:
        return {}
    venue = "" if "arxiv" in first.lower() else tidy_line(found["venue"])
    return {"venue": venue, "year": int(found["year"])}


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
    return bool(names) and not is_prose and all(map(_PERSON.fullmatch, names))
