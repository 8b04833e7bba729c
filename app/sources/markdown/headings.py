"""What a heading of somebody's notes says: a title, and what was written beside it. Pure."""

import re
from dataclasses import dataclass, field, replace

from app.kit.text import has_han
from app.sources.markdown.citations import Citation, read_citation, read_where
from app.sources.markdown.inline_metadata import FoundVerdict, coloured_word, verdict_in_prose
from app.sources.markdown.links import MARKDOWN_LINK

_LONGEST_HEADING = 500
_SUFFIX = re.compile(r"\s*[（(\[](?P<inner>[^()（）\[\]]+)[)）\]](?:\s*--.{0,20})?\s*$")
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
    cited: Citation = field(default_factory=Citation)  # what stands beside the title
    verdict: FoundVerdict | None = None
    leftover: str = ""  # what was taken off and has no other place


def read_heading(heading: str) -> HeadingText:
    """Title, short name, and what was written beside them: a verdict, people, a year, a venue."""
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
    name = HeadingText(title, verdict=verdict, leftover=leftover)
    while (suffix := _SUFFIX.search(name.title)) and suffix.start() > 0:
        inner = suffix["inner"].strip()
        before = name.title[: suffix.start()].strip()
        if _STATUS.fullmatch(inner):  # of the note
            name = replace(name, leftover="\n\n".join(filter(None, (name.leftover, inner))))
        elif given := verdict_in_prose(inner, place="heading"):
            name = replace(
                name, verdict=name.verdict or replace(given, raw=suffix[0].strip(), reason=inner)
            )
        elif where := read_where(inner):
            name = replace(name, cited=where)
        elif has_han(before) and not has_han(inner) and len(inner) <= 40 and not name.short:
            name = replace(name, short=inner)
        else:
            break
        name = replace(name, title=before)
    if cited := read_citation(name.title):
        name = replace(name, title=cited.title, cited=cited.filled(name.cited))
    if full := _SHORT_FULL.fullmatch(name.title):
        return replace(name, title=full["rest"], short=full["short"])
    if short := _SHORT_ASCII.fullmatch(name.title) or _SHORT_HYPHEN.fullmatch(name.title):
        return replace(name, short=short["short"])
    return name if name.title else replace(name, title=heading)
