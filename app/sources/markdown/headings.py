"""What a heading of somebody's notes says: a title, and what was written beside it. Pure."""

import re
from dataclasses import dataclass, replace

from app.kit.text import has_han
from app.sources.markdown.inline_metadata import (
    FoundVerdict,
    Venue,
    When,
    coloured_word,
    read_venue,
    verdict_in_prose,
)
from app.sources.markdown.links import MARKDOWN_LINK
from app.sources.markdown.people import parse_authors

_LONGEST_HEADING = 500
_SUFFIX = re.compile(
    r"(?=[\s（(\[,])\s*(?:[（(\[](?P<inner>[^()（）\[\]]+)[)）\]](?:\s*--.{0,20})?"
    r"|(?:,\s(?=[\w&'’ -]{3,24}\Z)|\s[-–—|]\s)(?P<end>[A-Z][^-–—|]{2,40}))\s*$"
)
# As Zotero calls its files; in other marks, where it is sure to name people.
_CITED = re.compile(
    r"(?P<who>[^\d]{2,60}?(?: et al\.?|\s?等)|[^\d]{2,60}?(?= - ))(?: -|,)? ?"
    r"[(（]?(?P<year>(?:19|20)\d\d)[)）]?(?: [-–—:]|[:：.])\s(?P<title>\S.{7,})"
)
# `Brown et al., 2019`, `Brown & Smith 2019`
_BY = re.compile(
    r"(?P<who>[^\d,，]{2,40}(?: et al\.?|\s?等| (?:and|&) [^\d,，]{2,40}?))[,，]?\s*"
    r"(?P<year>(?:19|20)\d\d)[a-z]?"
)
_PREFIX = re.compile(
    r"(?P<bare>[A-Z][A-Za-z&]{2,12}[ _-]?(?:19|20)\d\d|(?:19|20)\d\d[ _-][A-Z][A-Za-z&]{2,12})"
    r"\s?[-–—_:：|]\s?(?P<rest>\w.{7,})|"
    r"[\[【(（](?P<inner>[^\[\]【】()（）]{2,40})[\]】)）][\s_\-–—:：.]*(?P<title>\w.*)"
)
# `2019 CVPR`, `CVPR 2019`, `CVPR'19`, `CVPR19`, `2019`
_WHERE = re.compile(
    r"(?:[^,，\d]{2,40}[,，]\s*(?=[^,，]+[,，]))?"
    r"(?P<first>(?:19|20)\d\d)?[\s,，_\-.]*(?P<venue>[A-Za-z\u4e00-\u9fff][\w&+\-/. ]{0,38}?)?"
    r"[\s,，_\-.]*(?P<year>(?:19|20)\d\d|['’]\d\d|(?<=[A-Z][A-Za-z])\d\d)?"
)
_STATUS = re.compile(
    r"wip|to-?do|draft|in progress|unfinished|未完.{0,2}|待续|进行中", re.IGNORECASE
)
_SHORT_FULL = re.compile(r"(?P<short>[A-Za-z][\w+.\-]{1,19})\s*：\s*(?P<rest>\S.{7,})")
_SHORT_ASCII = re.compile(r"(?P<short>[A-Za-z][\w+.\-]{1,19}):\s+\S.{7,}")
_SHORT_HYPHEN = re.compile(
    r"(?P<short>(?=[A-Za-z0-9]*[A-Z][A-Za-z0-9]*[A-Z])[A-Za-z0-9]{3,20})-(?!based|style|like|aware|guided|driven)[a-z]\S*(?:\s+\S+){3,}"
)


@dataclass(frozen=True)
class HeadingText:
    """What a heading says once its marks are taken off."""

    title: str
    short: str = ""
    dates: tuple[When, ...] = ()
    venue: Venue | None = None
    verdict: FoundVerdict | None = None
    leftover: str = ""  # what was taken off and has no other place
    placed: bool = False  # in a venue or a year, as only publications are
    authors: tuple[str, ...] = ()


def read_heading(heading: str) -> HeadingText:
    """Title, short name, and what was written beside them: a verdict, a year, a venue, an alias."""
    if len(heading) > _LONGEST_HEADING:
        return HeadingText(heading[:_LONGEST_HEADING] + "…", leftover=heading)
    title, verdict = coloured_word(heading)
    leftover = ""
    if verdict and not verdict.slug:
        leftover, verdict = verdict.raw, None
    if link := MARKDOWN_LINK.fullmatch(title):
        title = link["text"]
        if "://" not in link["url"]:  # a file beside the notes: no record has a place for it
            leftover = "\n\n".join(filter(None, (leftover, link[0])))
    title = re.sub(r"^\d{1,3}[.、)]\s+", "", title.strip()).strip("*").strip()
    name = _read_prefix(HeadingText(title, verdict=verdict, leftover=leftover))
    while (suffix := _SUFFIX.search(name.title)) and suffix.start() > 0:
        inner = (suffix["inner"] or suffix["end"]).strip()
        before = name.title[: suffix.start()].strip()
        if cited := _BY.fullmatch(inner):
            name = _cited(name, cited["who"], cited["year"])
        elif found := read_venue(inner) or (None if suffix["end"] else _read_where(inner)):
            name = _placed(name, found, surely=read_venue(inner) is not None)
        elif suffix["end"]:
            break
        elif _STATUS.fullmatch(inner):  # of the note
            name = replace(name, leftover="\n\n".join(filter(None, (name.leftover, inner))))
        elif given := verdict_in_prose(inner, place="heading"):
            name = replace(
                name, verdict=name.verdict or replace(given, raw=suffix[0].strip(), reason=inner)
            )
        elif has_han(before) and not has_han(inner) and len(inner) <= 40 and not name.short:
            name = replace(name, short=inner)
        else:
            break
        name = replace(name, title=before)
    if full := _SHORT_FULL.fullmatch(name.title):
        return replace(name, title=full["rest"], short=full["short"])
    if short := _SHORT_ASCII.fullmatch(name.title) or _SHORT_HYPHEN.fullmatch(name.title):
        return replace(name, short=short["short"])
    return name if name.title else replace(name, title=heading)


def _read_prefix(name: HeadingText) -> HeadingText:
    """`[2019 CVPR] A title`, `【2020】A title`, `Brown et al. - 2019 - A title`: year and venue or
    people that stand before a title."""
    if cited := _CITED.fullmatch(name.title):
        return replace(_cited(name, cited["who"], cited["year"]), title=cited["title"])
    found = _PREFIX.fullmatch(name.title)
    where = _read_where(found["inner"] or found["bare"]) if found else None
    if found is None or where is None:
        return name
    title = (found["title"] or found["rest"]).strip()
    return replace(_placed(name, where, surely=True), title=title)


def _cited(name: HeadingText, who: str, year: str) -> HeadingText:
    people = tuple(parse_authors(who))
    return replace(name, authors=people, dates=(When(year, year, "year"),), placed=True)


def _read_where(written: str) -> Venue | None:
    """`2019 CVPR`, `CVPR'19`, `Google, 2017`, `2019`: a year, and what may stand beside it."""
    where = _WHERE.fullmatch(written.strip())
    if where is None or not (year := where["first"] or where["year"]):
        return None
    year = year if len(year) == 4 else f"{19 if int(year[-2:]) > 70 else 20}{year[-2:]}"
    venue = (where["venue"] or "").strip()
    none = venue.lower() in ("arxiv", "preprint", "corr")
    return Venue(written, "" if none else venue, int(year))


def _placed(name: HeadingText, where: Venue, *, surely: bool) -> HeadingText:
    name = replace(name, placed=name.placed or surely)
    if where.name:
        return replace(name, venue=where)
    return replace(name, dates=(When(str(where.year), str(where.year), "year"),))
