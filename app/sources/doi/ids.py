"""DOIs, in all the forms in which people paste them. Pure.

Syntax as the handbook has it (https://www.doi.org/the-identifier/resources/handbook): `10.`, the
registrant's number, a slash, and then any printable characters; upper and lower case are the same.
"""

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from app.sources.arxiv.ids import halfwidth

_LONGEST = 500
_DOI = re.compile(r"10\.[0-9]{4,9}(?:\.[0-9]{1,9}){0,9}/\S*[^\W_]\S*")
_FORM = re.compile(
    r"(?:doi\s*[:\s]\s*|(?:https?://)?(?:dx\.|www\.)?doi\.org/(?:doi:)?)?", re.IGNORECASE
)
# What every client may rely on; people paste more than that.
DOI_PATTERN = r"^((doi:|https://doi\.org/)?10\.[0-9]{4,9}/[!-~]*[0-9A-Za-z])?$"
# What publishers put behind a DOI in their addresses.
_TAILS = re.compile(
    r"(?:/(?:abstract|full|full-text|fulltext|pdf|epdf|html|meta|summary|references|figures|tables"
    r"|metrics|citations?)|/(?:index|fulltext)\.html?|\.(?:pdf|html?|xml|epub|full|abstract|short))+"
    r"/?\Z",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"[\s;<>{}|\\\"，。；、]+|,(?=(?:https?://[^,]*|doi:\s*)?10\.)")
# What is in one of the journals' older DOIs besides (SICI: `…50:1<1::AID-ASI1>3.0.CO;2-X`).
_SICI = re.compile(
    r"10\.[0-9]{4,9}/[^\s<>;]{1,100}<[^\s<>]{0,100}>[0-9.]{1,20}(?:CO|TX);[0-9](?:-[0-9A-Z])?",
    re.IGNORECASE,
)
_PREPRINT_VERSION = re.compile(r"(10\.(?:1101|64898)/[0-9.]+)v[0-9]+.*\Z")  # bioRxiv, medRxiv
_END = "\"'`.,;:!?、。，；：》」』】”’"
_START = "\"'`([{<“‘《「『【"
_PAIRS = (("(", ")"), ("[", "]"), ("{", "}"), ("<", ">"))


@dataclass(frozen=True)
class Doi:
    """`name` as it was written, without the resolver before it."""

    name: str

    def __str__(self) -> str:
        return self.name

    @property
    def folded(self) -> str:
        """What is the same for every way of writing the same DOI."""
        return self.name.lower()

    @property
    def url(self) -> str:
        return f"https://doi.org/{self.path}"

    @property
    def path(self) -> str:
        """Its part of a resolver's address; what follows the first slash is one segment."""
        registrant, _, suffix = self.name.partition("/")
        return f"{registrant}/{quote(suffix, safe='')}"


def try_doi(text: str) -> Doi | None:
    """The DOI that `text` is: bare, after `doi:`, or the address of a resolver."""
    tidy = halfwidth(text[: _LONGEST + 1]).strip().lstrip(_START)
    form = _FORM.match(tidy)
    rest = tidy[form.end() :] if form else tidy
    if "://" in tidy or "doi.org/" in tidy.lower():
        rest = unquote(re.sub(r"[?#].*", "", rest))
    return _whole(rest)


def find_dois(text: str) -> list[str]:
    """The DOIs in a field or a line, each once, as they are written; they may stand apart by white
    space, semicolons, or a comma and the next one."""
    text = unquote(text)
    found = dict.fromkeys(_SICI.findall(text))
    lengths = set(map(len, found))
    for piece in _BETWEEN.split(_SICI.sub(" ", text)):
        doi = _whole(named[0]) if (named := _DOI.search(piece)) else None
        # What begins with one before it is an address that goes on.
        if doi and not any(doi.name[:length] in found for length in lengths):
            found[doi.name] = None
            lengths.add(len(doi.name))
    return list(found)


def in_address(address: str) -> Doi | None:
    """The DOI that stands in the address of a publisher's page, in its path or its query."""
    try:
        parts = urlsplit(halfwidth(address[: 4 * _LONGEST]))
    except ValueError:  # `https://[a.b/…`: no address
        return None
    for place in (parts.path, *(value for _, value in parse_qsl(parts.query))):
        found = _DOI.search(unquote(place))
        if found:
            name = _PREPRINT_VERSION.sub(r"\1", found[0])
            return _whole(_TAILS.sub("", name) or name)
    return None


def _whole(text: str) -> Doi | None:
    name = _trimmed(text[: 2 * _LONGEST])
    return Doi(name) if len(name) <= _LONGEST and _DOI.fullmatch(name) else None


def _trimmed(name: str) -> str:
    """Without the punctuation of a sentence around it, and brackets that were opened before it."""
    while name:
        shorter = name.rstrip(_END)
        for opening, closing in _PAIRS:
            if shorter.endswith(closing) and shorter.count(closing) > shorter.count(opening):
                shorter = shorter[:-1]
        if shorter == name:
            break
        name = shorter
    return name
