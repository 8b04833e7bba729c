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

_LONGEST_HEADING = 500
_SUFFIX = re.compile(r"\s*[（(](?P<inner>[^()（）]+)[)）]\s*$")
_PREFIX = re.compile(
    r"[\[【(（](?P<inner>[^\[\]【】()（）]{2,40})[\]】)）][\s_\-–—:：.]*(?P<title>\w.*)"
)
# `2019 CVPR`, `CVPR 2019`, `CVPR'19`, `2019`
_WHERE = re.compile(
    r"(?P<first>(?:19|20)\d\d)?[\s,，_\-.]*(?P<venue>[A-Za-z][\w&\-/. ]{0,38}?)?"
    r"[\s,，_\-.]*(?P<year>(?:19|20)\d\d|['’]\d\d)?"
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
    prefixed: bool = False  # by the year of a publication, in brackets


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
    name = read_prefix(HeadingText(title, verdict=verdict, leftover=leftover))
    while (suffix := _SUFFIX.search(name.title)) and suffix.start() > 0:
        inner, before = suffix["inner"].strip(), name.title[: suffix.start()].strip()
        year = re.fullmatch(r"(?:19|20)\d\d", inner)
        if year:
            name = replace(name, dates=(When(inner, inner, "year"),))
        elif found := read_venue(inner):
            name = replace(name, venue=found)
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


def read_prefix(name: HeadingText) -> HeadingText:
    """`[2019 CVPR] A title`, `【2020】A title`: year and venue that stand before a title."""
    found = _PREFIX.fullmatch(name.title)
    where = _WHERE.fullmatch(found["inner"].strip()) if found else None
    if found is None or where is None or not (written := where["first"] or where["year"]):
        return name
    year = written if len(written) == 4 else f"{19 if int(written[1:]) > 70 else 20}{written[1:]}"
    venue = (where["venue"] or "").strip()
    if venue and venue.lower() not in ("arxiv", "preprint", "corr"):
        held = Venue(found["inner"], venue, int(year))
        return replace(name, title=found["title"].strip(), venue=held, prefixed=True)
    dates = (When(year, year, "year"),)
    return replace(name, title=found["title"].strip(), dates=dates, prefixed=True)
