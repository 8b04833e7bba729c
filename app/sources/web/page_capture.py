"""What a web page's address names, and what the bookmarklet read in the page. Pure.

No page is fetched: the bookmarklet reads the `citation_…` tags that Google Scholar asks publishers
for (https://scholar.google.com/intl/en/scholar/inclusion.html#indexing) in the reader's own
browser, and sends them along in an address.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias
from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from app.errors import N_, Invalid
from app.kit.text import tidy_line
from app.sources.arxiv import ids as arxiv_ids
from app.sources.arxiv.ids import ArxivId
from app.sources.doi import ids as doi_ids
from app.sources.doi.ids import Doi
from app.sources.drafts import PaperDraft, short_title
from app.sources.web.other_names import (
    explain_other_name,
    find_other_name,
    is_misprinted_isbn,
)

Asked: TypeAlias = ArxivId | Doi

_LONGEST = 2_000
LIST_LIMIT = 100_000  # characters of a pasted list; a longer one is a file to import
_ARXIV_ELSEWHERE = re.compile(
    r"/arxiv[:/](?P<id>[^/]+(?:/[0-9]{7}(?:v[0-9]+)?)?)/?\Z", re.IGNORECASE
)
_ANTHOLOGY_HOSTS = ("aclanthology.org", "aclanthology.info", "aclweb.org")
_ANTHOLOGY = re.compile(
    r"/(?:anthology/)?(?:papers/(?:[A-Z]/[A-Z]\d\d/)?)?"
    r"(?P<id>(?P<letter>[A-Z])(?P<short>\d\d)-\d{4}|\d{4}\.(?P<venue>[a-z0-9]+)-[a-z0-9]+\.\d+)"
    r"(?:v\d+)?(?:\.pdf|\.bib|\.xml|\.endf)?/?\Z"
)
# Whose papers in the Anthology have DOIs made of their ids; those of others have none, or others.
_ANTHOLOGY_VENUES = {"acl", "emnlp", "naacl", "eacl", "findings", "conll", "semeval", "starsem"}
_BARE_ADDRESS = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,}/", re.IGNORECASE)
_DOI_INSIDE = re.compile(r"10\.[0-9]{4,9}/")
# A DOI may hold commas and semicolons: they part two ids where another one follows.
_SEPARATORS = re.compile(
    r"(?<![,;|、，；])[,;|、，；]++(?=\s*(?:10\.|doi\b|https?://|arxiv|[0-9]{4}\.[0-9]{4}|[a-z-]+/[0-9]{7}))",
    re.IGNORECASE,
)
_TRACKING = re.compile(r"utm_\w+|fbclid|gclid|ref_?src", re.IGNORECASE)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def _split(text: str) -> SplitResult | None:
    """The parts of an address of the web; None where `text` is none."""
    if len(text) > _LONGEST or not re.match(r"https?://[^\s/?#]", text, re.IGNORECASE):
        return None
    try:
        parts = urlsplit(text)
        return parts if parts.hostname else None
    except ValueError:
        return None


def _host(parts: SplitResult) -> str:
    return (parts.hostname or "").removeprefix("www.")


def find_id(text: str) -> Asked | None:
    """What `text` names: an arXiv id or a DOI, written by itself or in the address of a page.

    arXiv's own DOIs are arXiv ids.
    """
    if found := arxiv_ids.try_arxiv_id(text) or doi_ids.try_doi(text):
        return found
    address = text.strip()
    if _BARE_ADDRESS.match(address):
        address = f"https://{address}"
    parts = _split(address)
    if parts is None:
        return None
    host = _host(parts)
    path = unquote(parts.path)
    if (elsewhere := _ARXIV_ELSEWHERE.search(path)) and (
        found := arxiv_ids.try_arxiv_id(elsewhere["id"])
    ):
        return found
    for known, read in _HOSTS.items():
        if (host == known or host.endswith(f".{known}")) and (number := read(path)):
            return number
    doi = doi_ids.in_address(address)
    return doi and (arxiv_ids.try_arxiv_id(doi.name) or doi)


def find_ids(text: str) -> tuple[tuple[Asked, ...], tuple[str, ...]]:
    """The arXiv ids and DOIs in a pasted list, each once, and what in it names none."""
    ids: dict[str, Asked] = {}
    leftovers: list[str] = []
    for word in _SEPARATORS.sub(" ", arxiv_ids.join_prefixes(text)).split():
        if found := find_id(word):
            ids.setdefault(str(found).lower(), found)
        elif _split(word) or _DOI_INSIDE.search(word):
            leftovers.append(word)
        else:
            more, rest = arxiv_ids.find_arxiv_ids(word)
            ids |= {str(each): each for each in more if str(each) not in ids}
            leftovers += rest
    return tuple(ids.values()), tuple(leftovers)


def parse_all(text: str) -> tuple[Asked, ...]:
    """The arXiv ids and DOIs in a pasted list. Raises `Invalid` (field `ids`) where there is none,
    or something else among them."""
    if len(text) > LIST_LIMIT:
        raise Invalid.field(
            "ids",
            N_("This is {length} characters long; at most {limit} are kept. Shorten it."),
            length=len(text),
            limit=LIST_LIMIT,
        )
    asked, leftovers = find_ids(text)
    if not text.strip():
        raise Invalid.field(
            "ids", N_("Type an arXiv id or a DOI, or paste the address of a paper's page.")
        )
    if not asked and (other := find_other_name(text)) and other.kind != "title":
        raise Invalid({"ids": explain_other_name(other)})
    if not asked and is_misprinted_isbn(text):
        raise Invalid.field(
            "ids",
            N_(
                "The last digit of this ISBN does not fit the others. Compare it with the one that "
                "stands in the book."
            ),
        )
    if leftovers or not asked:
        raise Invalid.field(
            "ids",
            N_("“{given}” is no arXiv id, DOI or address that names one."),
            given=(" ".join(leftovers) or text.strip())[:80],
        )
    return asked


def page_address(address: str) -> str:
    """The page to remember for `address`: a paper's own rather than its PDF, untracked.

    Empty where it is no address of the web.
    """
    parts = _split(address.strip())
    if parts is None:
        return ""
    host = _host(parts)
    query = parse_qsl(parts.query, keep_blank_values=True)
    if host == "openreview.net" and parts.path in ("/pdf", "/attachment", "/forum"):
        paper = dict(query).get("id", "")
        return f"https://openreview.net/forum?{urlencode({'id': paper})}"
    if host == "aclanthology.org" and (found := _ANTHOLOGY.match(parts.path)):
        return f"https://aclanthology.org/{found['id']}/"
    if any(_TRACKING.fullmatch(name) for name, _ in query):
        kept = urlencode([each for each in query if not _TRACKING.fullmatch(each[0])])
        parts = parts._replace(query=kept)
    return urlunsplit(parts._replace(fragment=""))


def _anthology_doi(path: str) -> Doi | None:
    found = _ANTHOLOGY.match(path)
    if not found:
        return None
    if found["venue"]:
        return Doi(f"10.18653/v1/{found['id']}") if found["venue"] in _ANTHOLOGY_VENUES else None
    letter, year = found["letter"], int(found["short"])
    if letter not in "PDNEKSW" or not 14 <= year <= 19:
        return None
    registrant = "10.3115" if year == 14 or (year == 15 and letter in "PNW") else "10.18653"
    return Doi(f"{registrant}/v1/{found['id']}")


def _nature_doi(path: str) -> Doi | None:
    found = re.match(r"/articles/([a-z0-9.-]+?)(?:\.pdf)?/?\Z", path)
    return Doi(f"10.1038/{found[1]}") if found else None


def _jstor_doi(path: str) -> Doi | None:
    found = re.match(r"/stable/(?:pdf/)?([0-9]+)", path)
    return Doi(f"10.2307/{found[1]}") if found else None


def _zenodo_doi(path: str) -> Doi | None:
    found = re.match(r"/records?/([0-9]+)", path)
    return Doi(f"10.5281/zenodo.{found[1]}") if found else None


# Pages whose address has the DOI's number without its registrant.
_HOSTS: dict[str, Callable[[str], Doi | None]] = {
    **dict.fromkeys(_ANTHOLOGY_HOSTS, _anthology_doi),
    "nature.com": _nature_doi,
    "jstor.org": _jstor_doi,
    "zenodo.org": _zenodo_doi,
}


@dataclass(frozen=True)
class Captured:
    """What an address of `/papers/new` says of a page: a draft with what was read there, what can
    be asked for elsewhere, and the passage that the reader had marked."""

    draft: PaperDraft
    asked: Asked | None
    quote: str = ""


# A citation tag that makes the venue, and the CSL type that it means.
_VENUES = {
    "conference_title": "paper-conference",
    "journal_title": "article-journal",
    "inbook_title": "chapter",
    "dissertation_institution": "thesis",
    "technical_report_institution": "report",
}
_DETAILS = {
    "volume": "volume",
    "issue": "issue",
    "publisher": "publisher",
    "isbn": "ISBN",
    "issn": "ISSN",
    "language": "language",
}


def read_capture(values: Callable[[str], Sequence[str]]) -> Captured:
    """What the parameters of an address say, `values` being those of one name.

    They are the page's `citation_…` tags by their names without that beginning, `url`, `quote`, and
    `page_title` where no tag gives the title.
    """

    def value(*names: str) -> str:
        texts = (tidy_line(text) for name in names for text in values(name))
        return next(filter(None, texts), "")

    address = value("url")
    page = page_address(address)
    doi = doi_ids.try_doi(value("doi"))
    asked = arxiv_ids.try_arxiv_id(value("arxiv_id")) or (
        doi and (arxiv_ids.try_arxiv_id(doi.name) or doi)
    )
    asked = asked or find_id(address) or find_id(value("pdf_url"))
    title = value("title")
    venue = next((name for name in _VENUES if value(name)), "")
    pages = "-".join(filter(None, (value("firstpage"), value("lastpage"))))
    details = {
        "type": _VENUES.get(venue, ""),
        "page": pages,
        **{name: value(tag) for tag, name in _DETAILS.items()},
    }
    published = iso_date(value("publication_date", "date", "online_date", "year"))
    draft = PaperDraft(
        title=title or value("page_title"),
        short_title=short_title(title),
        kind="link" if value("page_title") and not title and not asked else "paper",
        authors=tuple(_authors(values)),
        abstract=value("abstract"),
        year=int(published[:4]) if published else None,
        published=published,
        venue=value(venue) if venue else "",
        doi=doi.name if doi else None,
        url=page,
        details={name: text for name, text in details.items() if text},
        source=_host(urlsplit(page)) if title and page else "",
    )
    quote = "\n".join(text.strip() for text in values("quote"))
    return Captured(named_draft(asked, draft) if asked else draft, asked, quote)


def _authors(values: Callable[[str], Sequence[str]]) -> list[str]:
    listed = [name for text in values("authors") for name in re.split(r"[;；]", text)]
    return [name for name in map(tidy_line, values("author") or listed) if name]


def iso_date(text: str) -> str:
    """A date as citation tags write them (`2020/7/5`, `2020-07`, `July 2020`, `2020`), in ISO."""
    words = re.findall(r"[0-9]+|[A-Za-z]+", text)
    year = next((word for word in words if re.fullmatch("[12][0-9]{3}", word)), "")
    if not year:
        return ""
    month = next((_MONTHS.index(w[:3].lower()) + 1 for w in words if w[:3].lower() in _MONTHS), 0)
    numbers = [int(word) for word in words if word.isdigit() and len(word) <= 2]
    if not month and numbers and words[0] == year:
        month, *numbers = numbers
    if not 1 <= month <= 12:
        return year
    day = numbers[0] if numbers else 0
    try:
        return date(int(year), month, day).isoformat()
    except ValueError:
        return f"{year}-{month:02}"


def named_draft(asked: Asked, draft: PaperDraft) -> PaperDraft:
    """`draft` as one of the paper that `asked` names."""
    if isinstance(asked, ArxivId):
        return draft.model_copy(update={"arxiv_id": asked.base, "arxiv_version": asked.version})
    return draft.model_copy(update={"doi": asked.name})


def quote_passage(passage: str, address: str) -> str:
    """A passage of a page as a note begins with it: in quotation marks, with its place below.

    No block quote: in notes that is the reader's own thought.
    """
    words = tidy_line(passage)
    return "\n\n".join(filter(None, (words and f"“{words}”", words and address)))
