"""What a link in a text names, and what it turned out to be. Pure."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast, get_args

from app.kit.text import fold
from app.sources.arxiv import ids

__all__ = ["LinkReference", "LinkTarget", "ReferenceKind", "Resolver", "arxiv_key", "parse_target"]

ReferenceKind = Literal[
    "paper", "technique", "issue", "comparison", "correspondence", "title", "arxiv"
]

_PREFIXES = frozenset(get_args(ReferenceKind)) - {"title", "arxiv"}
# Our own keys (`kim2021vilt`) and most people's have a year in them; what has none is asked for as
# a title, and a resolver tries keys for titles too.
_CITEKEY = re.compile(r"[a-z][\w:.+-]*\d{4}[\w:.+-]*", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, order=True)
class LinkReference:
    """What was written, by kind and folded key: `paper`/`kim2021vilt`, `title`/`a note's title`."""

    kind: ReferenceKind
    key: str


@dataclass(frozen=True)
class LinkTarget:
    """What a reference names: where it is, what it is called, what it is (for its CSS class).

    `title_zh` is its name in a Chinese sentence, where it has one.
    """

    url: str
    title: str
    kind: str
    title_zh: str = ""


Resolver: TypeAlias = (
    Callable[[LinkReference], LinkTarget | None] | Mapping[LinkReference, LinkTarget]
)


def parse_target(text: str) -> LinkReference | None:
    """What the inside of `[[…]]` names; None where nothing is left of it."""
    prefix, colon, rest = text.replace("：", ":", 1).partition(":")
    kind = prefix.strip().lower()
    if colon and kind in _PREFIXES:
        return LinkReference(cast(ReferenceKind, kind), fold(rest)) if rest.strip() else None
    if identifier := arxiv_key(text.strip()):
        return LinkReference("arxiv", identifier)
    key = fold(text)
    if not key:
        return None
    return LinkReference("paper" if _CITEKEY.fullmatch(key) else "title", key)


def arxiv_key(text: str) -> str:
    """The arXiv identifier, without version, that an address or `arXiv:…` names; else nothing."""
    found = ids.try_arxiv_id(text)
    return found.base if found else ""
