"""What a line of notes points at: addresses, pictures, other entries. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.kit.text import fold, tidy_line

# Bounded, since one line of a file may be as long as the file.
# A URL ends where Chinese punctuation or text begins, however the writer ran them together.
URL = re.compile(
    r"(?:https?|ftp)://[^\s<>\"`\u3000-\u303f\u4e00-\u9fff\uff00-\uffef，。；、（）]{1,2000}", re.I
)
IMAGE = re.compile(r"!\[(?P<alt>[^\[\]\n]{0,500})\]\(<?(?P<src>[^)>\n]{0,1000})>?\)")
MARKDOWN_LINK = re.compile(
    r"(?<!!)\[(?P<text>[^\[\]\n]{1,1000}+)\]"
    r"\(\s?<?(?P<url>(?:[^()\s<>]|\([^()\s]{0,500}\)){0,2000}+)>?(?:\s[^()\n]{0,200}+)?\)"
)
_WIKILINK = re.compile(r"\[\[(?:[^\[\]|\n]*+\|)?(?P<text>[^\[\]|\n]++)\]\]")
BRACKETED = re.compile(r"(?<![!\[\]])\[(?P<text>[^\[\]^\n][^\[\]\n]{3,500})\](?![(\[\]:])")
_OF_PAPERS = re.compile(
    r"arxiv\.org|doi\.org|\.pdf(?:$|[?#])|openreview\.net|aclanthology|aclweb|papers\.nips|neurips"
    r"|thecvf\.com|mlr\.press|dl\.acm\.org|ieeexplore|usenix\.org|sciencedirect|springer|nature\.com"
    r"|semanticscholar|pubmed|ncbi\.nlm|biorxiv|jmlr\.org|aaai\.org|eprint\.iacr|(?<!readme)\.mdx?$|\.markdown$",
    re.IGNORECASE,
)
_HOST = re.compile(r"\w+://(?:[^/@]*@)?(?:www\.)?([^/:?#]*)", re.IGNORECASE)
_BY_NAME = re.compile(r"\[(?P<text>[^\[\]\n]{1,1000}+)\]\s?\[(?P<ref>[^\[\]\n]{0,200})\]")
_DEFINITION = re.compile(r" {0,3}\[(?P<ref>[^\]\n]{1,200})\]:\s*<?(?P<url>[^\s>]+)>?.*")


@dataclass(frozen=True)
class WebLink:
    """An address as it was written (`url`), and what it is recognised by."""

    url: str
    line: int

    @property
    def host(self) -> str:
        found = _HOST.match(self.url)
        return found[1].lower() if found else ""


@dataclass(frozen=True)
class LinkedPicture:
    alt: str
    src: str
    line: int


def urls_in(text: str) -> list[str]:
    """Every address in `text`, without the punctuation that ends a sentence."""
    return [_trimmed(found[0]) for found in URL.finditer(text)]


def leads_to_paper(url: str) -> bool:
    """Whether an address is of a place that has papers, or a file of one."""
    return _OF_PAPERS.search(url) is not None


def link_definitions(lines: Iterable[str]) -> dict[str, str]:
    """The addresses that lines such as `[1]: https://…` give, by their folded names."""
    found = (_DEFINITION.fullmatch(line) for line in lines)
    return {fold(each["ref"]): each["url"] for each in found if each}


def link_directly(text: str, defined: Mapping[str, str]) -> str:
    """A text where links by name (`[text][name]`, `[text][]`) give the address that is defined."""

    def direct(found: re.Match[str]) -> str:
        url = defined.get(fold(found["ref"] or found["text"]))
        return f"[{found['text']}]({url})" if url else found[0]

    return _BY_NAME.sub(direct, text) if defined and "][" in text else text


def unlinked(text: str) -> str:
    """`[text](url)`, `[text][name]` and `[[page|text]]` as their text, on one line."""
    for link in (MARKDOWN_LINK, _BY_NAME, _WIKILINK):
        text = link.sub(lambda found: found["text"], text)
    return tidy_line(text)


def _trimmed(url: str) -> str:
    """Without a closing bracket that was opened before the address, and what ends a sentence."""
    url = url.rstrip(".,;:!?'*_")
    for opening, closing in ("()", "[]"):
        ending = len(url) - len(url.rstrip(closing))
        spare = min(ending, max(0, url.count(closing) - url.count(opening)))
        url = url[: len(url) - spare]
    return url.rstrip(".,;:!?'*_")
