"""What the head of a text says of the paper that it is about: its title, its first lines. Pure."""

import re
from collections.abc import Sequence

from app.kit.text import fold_letters, tidy_line
from app.sources.arxiv.ids import try_arxiv_id as read_arxiv
from app.sources.markdown.citations import read_beside, read_citation, sole_year
from app.sources.markdown.field_names import describe_pairs
from app.sources.markdown.headings import HeadingText, read_heading
from app.sources.markdown.inline_metadata import Venue, published_and_revised, read_date_line
from app.sources.markdown.labelled_lines import plain_links
from app.sources.markdown.links import MARKDOWN_LINK, URL, unlinked, urls_in
from app.sources.markdown.outline import MarkdownLine, fenced_lines, heading_level
from app.sources.markdown.people import PERSON, names_in

Values = dict[str, object]  # fields of a `PaperDraft`

_NAME_OF_VENUE = re.compile(r"[A-Z\u4e00-\u9fff].{2,200}")
# What people write before the title of a paper that they read.
_SERIES = re.compile(
    r"[\[【(（]?\s*(?:论文|文献|文章|paper|literature)?\s*(?:阅读|精读|泛读|速读|笔记|解读|翻译|学习|分享|notes?|reading"
    r"|review|summary)(?:\s*(?:笔记|notes?))?\s*\d{0,4}\s*(?:[\]】)）]\s*[:：|\-—]?|\s*[:：|])\s*(?=\S)"
    r"|\A(?:论文|文献|paper)\s*(?:阅读|精读|泛读|笔记|解读|notes?|reading|review)\s*[-–—_]\s*(?=\S)",
    re.IGNORECASE,
)


def split_title(written: str) -> tuple[HeadingText, Values]:
    """What a title says, and the fields of a paper that it gives."""
    name = read_heading(written)
    return name, of_name(name)


def strip_links(text: str) -> str:
    """A heading's words, without the links and emphasis that they have."""
    return unlinked(text).strip("*_ ")


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
    written = found[1].strip("*# ")
    link = MARKDOWN_LINK.search(written)
    name = read_heading(written)
    below = [
        line.text.strip().lstrip("> \t") for line in lines[at + 1 :] if line.text.strip("> \t")
    ][:6]
    when = read_date_line(below[0]) if below else None
    is_link = (
        link is not None and len(link[0]) > 0.6 * len(written) and not link["url"].startswith("#")
    )
    cited = {} if when else _cited(lines[at + 1 :], name.title)
    if not (is_link or name.dates or name.venue or when or cited.keys() >= {"authors", "year"}):
        return None
    values = of_name(name)
    if link and is_link:
        values["title"] = read_heading(tidy_line(link["text"])).title
        values |= of_address(link["url"])
    values |= _below(below, authors=not is_link)
    return values | (_when(when.venue, published_and_revised(when.dates)) if when else cited)


def _when(venue: Venue | None, dates: tuple[str, str]) -> Values:
    values: Values = {"published": dates[0], "revised": dates[1]}
    values["year"] = year_of(dates[0]) or (venue.year if venue else None)
    values["venue"] = str(venue) if venue else ""
    return {key: value for key, value in values.items() if value}


def _cited(lines: Sequence[MarkdownLine], title: str) -> Values:
    """What the first line says, as papers are cited: `> Communications of the ACM, April 1988`,
    `> CIDR 2021. Ann Example, Bob Sample`, `*Ann Example, Bob Sample*, ACL 2023 [[pdf]](…)`."""
    first = next((line.text for line in lines if line.text.strip()), "").strip()
    words = URL.sub("", MARKDOWN_LINK.sub("", plain_links(first)))
    words = re.sub(r"^[Bb]y |\[\]", "", words.strip("> \t"))
    whole = read_citation(words)
    if whole and fold_letters(whole.title) == fold_letters(title):
        return whole.values()
    if len(words) > 200:
        return {}
    is_quoted = first.startswith(">")
    found = read_beside(words, **({"venue": _NAME_OF_VENUE} if is_quoted else {}))
    if found and (is_quoted or (found.authors and found.year)):
        return found.values()
    return {"year": sole_year(words)} if is_quoted else {}


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
