"""How alike two records are, and whether that is enough to take them for one paper. Pure.

The thresholds are measured: `python -m tests.bench.matching`.
"""

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import unquote

from app.errors import N_, Message
from app.sources.drafts import PaperDraft

_ARXIV_DOI = "10.48550/arxiv."
_DOI = re.compile(r"10\.\d{4,9}/\S+", re.IGNORECASE)
_WORD = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]|[^\W_]+")


@dataclass(frozen=True)
class Likeness:
    """What two records have in common: 1.0 is all; `sure` says that they are one paper."""

    score: float
    sure: bool
    why: Message


def doi_key(doi: str | None) -> str:
    """The form in which DOIs are compared: bare, lower case; empty where there is none in it."""
    found = _DOI.search(unquote(doi or ""))
    return found[0].lower().rstrip(".,;") if found else ""


def arxiv_of_doi(doi: str) -> str:
    """The arXiv id that arXiv's own DOIs end in; `doi` as `doi_key` gives it."""
    return doi.removeprefix(_ARXIV_DOI) if doi.startswith(_ARXIV_DOI) else ""


def title_words(title: str) -> list[str]:
    """The words of a title without case and accents; a Chinese character is a word."""
    folded = unicodedata.normalize("NFKD", title).casefold()
    return _WORD.findall("".join(c for c in folded if not unicodedata.combining(c)))


def ids_of(draft: PaperDraft) -> tuple[str, str]:
    """arXiv id and DOI of a draft, in the form in which they are compared."""
    doi = doi_key(draft.doi)
    return draft.arxiv_id or arxiv_of_doi(doi), doi


SAME_ARXIV = Likeness(1.0, True, Message(N_("the same arXiv id")))
SAME_DOI = Likeness(1.0, True, Message(N_("the same DOI")))
SAME_TITLE = Likeness(0.9, False, Message(N_("the same title")))
