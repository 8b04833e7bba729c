"""Atom (RFC 4287): what came into the library lately, for feed readers. Pure.

Elements are made of plain values; nothing here knows a request or a row.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID, uuid5
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

MEDIA_TYPE = "application/atom+xml; charset=utf-8"
_NAMESPACE = "http://www.w3.org/2005/Atom"
_OURS = UUID("0b1c2b0e-6b0c-5f0e-9d43-2a8f6c2f7d10")  # what ids of entries are made from
_BEFORE_ALL = datetime(1970, 1, 1, tzinfo=UTC)  # when a feed without entries last changed
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Category:
    """A word that an entry is filed under, out of one vocabulary."""

    scheme: str
    term: str
    label: str


@dataclass(frozen=True)
class FeedEntry:
    """One thing that is new. `id` names it for good: `id_of`."""

    id: str
    title: str
    url: str
    added: datetime
    updated: datetime
    authors: tuple[str, ...] = ()
    summary: str = ""
    related: str = ""
    categories: tuple[Category, ...] = ()


@dataclass(frozen=True)
class Feed:
    """`url` is the feed's own address, and its id; `page` shows the same to a person."""

    title: str
    url: str
    page: str
    entries: Sequence[FeedEntry] = field(default_factory=tuple)

    @property
    def updated(self) -> datetime:
        return max((entry.updated for entry in self.entries), default=_BEFORE_ALL)


def id_of(kind: str, number: int, made: datetime) -> str:
    """A name for a row that no other row of any library has, and that stays when it is renamed."""
    return uuid5(_OURS, f"{kind} {number} {made.isoformat()}").urn


def write_feed(feed: Feed) -> bytes:
    """The feed as XML in UTF-8."""
    root = Element("feed", xmlns=_NAMESPACE)
    _add(root, "title", feed.title)
    _add(root, "id", feed.url)
    _add(root, "updated", _date(feed.updated))
    SubElement(root, "link", rel="self", type="application/atom+xml", href=_clean(feed.url))
    SubElement(root, "link", rel="alternate", type="text/html", href=_clean(feed.page))
    _add(SubElement(root, "author"), "name", "Crosswalk")  # of entries that have none
    _add(root, "generator", "Crosswalk")
    for entry in feed.entries:
        _write(SubElement(root, "entry"), entry)
    made: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return made


def _write(element: Element, entry: FeedEntry) -> None:
    _add(element, "title", entry.title)
    _add(element, "id", entry.id)
    _add(element, "published", _date(entry.added))
    _add(element, "updated", _date(entry.updated))
    SubElement(element, "link", rel="alternate", type="text/html", href=_clean(entry.url))
    if entry.related:
        SubElement(element, "link", rel="related", href=_clean(entry.related))
    for name in entry.authors:
        _add(SubElement(element, "author"), "name", name)
    for each in entry.categories:
        SubElement(
            element,
            "category",
            term=_clean(each.term),
            scheme=_clean(each.scheme),
            label=_clean(each.label),
        )
    if entry.summary:
        _add(element, "summary", entry.summary)


def _add(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = _clean(text)


def _clean(text: str) -> str:
    return _NOT_XML.sub("", text)


def _date(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
