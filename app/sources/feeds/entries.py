"""What a feed holds, as drafts: Atom and RSS in any version, arXiv's own among them. Pure.

arXiv's feeds (https://info.arxiv.org/help/rss.html) have the id and the version in the entry's id,
the authors in one name, and say of each entry whether it is new, cross-listed or a replacement.
"""

import html
import io
import re
from calendar import timegm
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html.parser import HTMLParser
from time import struct_time
from typing import Any, Literal
from urllib.parse import urljoin, urlsplit

from app.errors import N_, Message
from app.kit.text import tidy_line
from app.sources.arxiv import ids as arxiv_ids
from app.sources.arxiv.ids import ArxivId
from app.sources.drafts import PaperDraft, short_title
from app.sources.feeds.errors import FeedBroken, FeedMissing, FeedOnPage
from app.sources.web import page_capture

LIMIT = 5_000  # entries of one feed; arXiv's longest has 2,000
_TEXT_LIMIT = 20_000  # characters that are kept of what an entry says
OLDEST = 1_991  # no entry is of an earlier year: arXiv and the web began
_NAMES_LIMIT = 100  # characters of the name of what no author was told of
_ARXIV_ENTRY = re.compile(r"oai:arXiv\.org:", re.IGNORECASE)
_ANNOUNCED = re.compile(r"\s*arXiv:\S+\s+Announce Type:\s*\S+\s*(?:Abstract:\s*)?", re.IGNORECASE)
_SUFFIX = re.compile(r"(?:Jr|Sr|I{2,3}|IV)\.?", re.IGNORECASE)
_WITHDRAWN = re.compile(
    r"\W*(?:(?:this|the) (?:paper|article|submission|manuscript|work|version)"
    r"|(?:arXiv )?admin note[:.]?(?: this)?(?: \w+)?) (?:has been|is|was) withdrawn|\W*withdrawn\b",
    re.IGNORECASE,
)
_PAGE = re.compile(rb"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_ROOT = re.compile(rb"<(?:rss|feed|rdf:RDF)\b", re.IGNORECASE)
_LINK = re.compile(rb"<link\b[^>]{1,500}>", re.IGNORECASE)
_FEED_TYPE = re.compile(r"type\s*=\s*[\"']?application/(?:rss|atom)\+xml", re.IGNORECASE)
_HREF = re.compile(r"href\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))", re.IGNORECASE)

Announced = Literal["new", "cross", "replace"]


@dataclass(frozen=True)
class FeedItem:
    """An entry: what it says of a paper, how arXiv announced it (all others are new), and its day,
    None where it says none that can be."""

    draft: PaperDraft
    announced: Announced = "new"
    dated: datetime | None = None

    @property
    def is_withdrawn(self) -> bool:
        return is_withdrawn(self.draft)

    @property
    def key(self) -> str:
        """What it is known by: arXiv id, DOI, address, or title."""
        draft = self.draft
        if draft.arxiv_id:
            return f"arxiv:{draft.arxiv_id}"
        if draft.doi:
            return f"doi:{draft.doi.lower()}"
        return f"url:{draft.url}" if draft.url else f"title:{draft.title.casefold()}"


@dataclass(frozen=True)
class ReadFeed:
    """A feed: its entries once each, its day, and what there is to say of those that are strange.

    `is_broken`: it was no proper XML, and may have been cut off.
    """

    title: str
    entries: Sequence[FeedItem]
    dated: datetime | None = None
    is_broken: bool = False
    remarks: tuple[Message, ...] = ()


def is_withdrawn(draft: PaperDraft) -> bool:
    """Whether a paper says of itself that its authors took it back: in its comment, or at the
    beginning of its abstract."""
    return any(_WITHDRAWN.match(text) for text in (draft.comment, draft.abstract))


def read_feed(data: bytes, address: str) -> ReadFeed:
    """The entries of a feed that came from `address`.

    Raises:
        FeedMissing, FeedOnPage, FeedBroken: it is none.
    """
    import feedparser

    # Sanitised, "p < 0.05" would be taken for a tag; what comes of it is text to us, never markup.
    read = feedparser.parse(io.BytesIO(data), sanitize_html=False, resolve_relative_uris=False)
    is_cut = bool(read.bozo) and "SAX" in type(read.get("bozo_exception")).__name__
    if not read.get("version"):
        if found := _feed_of_page(data, address):
            raise FeedOnPage(found)
        raise FeedBroken() if _ROOT.search(data[:2_000]) else FeedMissing(address)
    site = (urlsplit(address).hostname or "").removeprefix("www.")
    entries: dict[str, FeedItem] = {}
    undated = nameless = 0
    for given in map(dict, read.entries[:LIMIT]):  # theirs takes one key for another, and warns
        entry = _entry(given, address, site)
        if not entry.draft.title:
            nameless += 1
            continue
        undated += entry.dated is None and bool(given.get("published") or given.get("updated"))
        entries.setdefault(entry.key, entry)
    said = []
    if undated:
        said.append(
            Message.of(
                N_("Entries with a date that cannot be, taken as new: {count}."), count=undated
            )
        )
    if nameless:
        said.append(Message.of(N_("Entries without a title, left out: {count}."), count=nameless))
    if len(read.entries) > LIMIT:
        said.append(Message.of(N_("Of its entries the first {count} were read."), count=LIMIT))
    return ReadFeed(
        title=tidy_line(_plain(read.feed.get("title", "")))[:200],
        entries=list(entries.values()),
        dated=_moment(dict(read.feed), ("published_parsed", "updated_parsed")),
        is_broken=is_cut,
        remarks=tuple(said),
    )


def _entry(given: Mapping[str, Any], address: str, site: str) -> FeedItem:
    identifier = str(given.get("id") or "")
    if _ARXIV_ENTRY.match(identifier):
        arxiv_id = arxiv_ids.try_arxiv_id(_ARXIV_ENTRY.sub("", identifier))
        if arxiv_id:
            return _arxiv_entry(given, arxiv_id)
    link = _address(given, address)
    asked = page_capture.find_id(link) or page_capture.find_id(identifier)
    for name in ("prism_doi", "dc_identifier", "arxiv_doi"):
        asked = asked or page_capture.find_id(str(given.get(name) or ""))
    title = tidy_line(_plain(str(given.get("title") or "")))[:500]
    dated = _moment(given, ("published_parsed", "updated_parsed"))
    journal = tidy_line(_plain(str(given.get("prism_publicationname") or "")))
    draft = PaperDraft(
        title=title,
        short_title=short_title(title),
        kind="paper" if asked or journal else "link",
        authors=tuple(_authors(given)),
        abstract=_summary(given),
        year=dated.year if dated else None,
        published=dated.date().isoformat() if dated else "",
        venue=journal[:500],
        url=link,
        source=site,
    )
    return FeedItem(page_capture.named_draft(asked, draft) if asked else draft, dated=dated)


def _arxiv_entry(given: Mapping[str, Any], arxiv_id: ArxivId) -> FeedItem:
    title = tidy_line(str(given.get("title") or ""))
    said = str(given.get("arxiv_announce_type") or "new")
    dois = str(given.get("arxiv_doi") or "").split()
    year, month = _submitted(arxiv_id)
    categories = [str(each.get("term") or "") for each in given.get("tags") or ()]
    draft = PaperDraft(
        title=title,
        short_title=short_title(title),
        authors=tuple(split_authors(str(given.get("author") or ""))),
        abstract=tidy_line(_ANNOUNCED.sub("", str(given.get("summary") or ""), count=1)),
        year=year,
        published=f"{year}-{month:02}",
        venue=tidy_line(str(given.get("arxiv_journal_reference") or "")),
        arxiv_id=arxiv_id.base,
        arxiv_version=arxiv_id.version,
        primary_category=next(filter(None, categories), ""),
        doi=dois[0].removeprefix("https://doi.org/") if dois else None,
        url=ArxivId(arxiv_id.base).url,
    )
    announced: Announced = (
        "replace" if said.startswith("replace") else "cross" if said == "cross" else "new"
    )
    return FeedItem(draft, announced, _moment(given, ("published_parsed", "updated_parsed")))


def _submitted(arxiv_id: ArxivId) -> tuple[int, int]:
    """Year and month of its first version: the feed says when it was announced, the id this."""
    digits = arxiv_id.base.rpartition("/")[2]
    year = int(digits[:2])
    return (1900 if "/" in arxiv_id.base and year > 90 else 2000) + year, int(digits[2:4])


def split_authors(text: str) -> list[str]:
    """The names of a list in one text: `Ada Lovelace, John Smith, Jr.`."""
    names: list[str] = []
    for name in map(tidy_line, text.split(",")):
        if names and _SUFFIX.fullmatch(name):
            names[-1] = f"{names[-1]} {name}"
        elif any(map(str.isalnum, name)):
            names.append(name)
    return names


def _authors(given: Mapping[str, Any]) -> list[str]:
    said = [str(each.get("name") or "") for each in given.get("authors") or ()]
    names = [tidy_line(_plain(name)) for name in said]
    listed = split_authors(names[0]) if len(names) == 1 else names
    return [name for name in listed if name and len(name) <= _NAMES_LIMIT]


def _address(given: Mapping[str, Any], address: str) -> str:
    """An entry's own page, as far as that is an address of the web."""
    link = str(given.get("link") or "").strip()
    try:
        joined = urljoin(address, link) if link else ""
        parts = urlsplit(joined)
    except ValueError:
        return ""
    web = parts.scheme in ("http", "https") and parts.hostname
    return page_capture.page_address(joined) if web and len(joined) < 500 else ""


def _summary(given: Mapping[str, Any]) -> str:
    texts = [str(given.get("summary") or "")]
    texts += [str(each.get("value") or "") for each in given.get("content") or ()]
    return max(map(_plain, texts), key=len)[:_TEXT_LIMIT].strip()


def _moment(given: Mapping[str, Any], names: Sequence[str]) -> datetime | None:
    for name in names:
        said = given.get(name)
        if isinstance(said, struct_time):
            try:
                moment = datetime.fromtimestamp(timegm(said), UTC)
            except (ValueError, OverflowError, OSError):
                continue
            if moment.year >= OLDEST:
                return moment
    return None


class _Text(HTMLParser):
    """The text of HTML without its tags; of scripts and styles nothing."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in ("script", "style")
        self.pieces.append("\n\n" if tag in ("p", "div", "li", "br", "h1", "h2", "h3") else "")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._silent = max(0, self._silent - 1)

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.pieces.append(data)


def _plain(text: str) -> str:
    """The text of what may be HTML, paragraphs apart."""
    text = "".join(c for c in text[: 4 * _TEXT_LIMIT] if c.isprintable() or c.isspace())
    if "<" in text or "&" in text:
        reader = _Text()
        reader.feed(text)
        reader.close()
        text = html.unescape("".join(reader.pieces))
    paragraphs = (tidy_line(each) for each in re.split(r"\n\s*\n", text))
    return "\n\n".join(filter(None, paragraphs))


def _feed_of_page(data: bytes, address: str) -> str:
    """The feed that a web page names as its own."""
    if not _PAGE.search(data[:2_000]):
        return ""
    for found in _LINK.finditer(data[:200_000]):
        link = found[0].decode("utf-8", "replace")
        if _FEED_TYPE.search(link) and (href := _HREF.search(link)):
            named = html.unescape(next(filter(None, href.groups()), ""))
            try:
                return urljoin(address, named)[:300]
            except ValueError:
                continue
    return ""
