"""What else than an arXiv id or a DOI is pasted to name a paper: PubMed's numbers, ISBNs, the
numbers of Elsevier's pages (PII), titles. Pure."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from app.errors import N_, Message
from app.kit.text import HAN, tidy_line

_PUBMED = re.compile(
    r"(?:https?://)?(?:www\.|m\.)?(?:pubmed\.ncbi\.nlm\.nih\.gov|ncbi\.nlm\.nih\.gov/pubmed)/(\d{1,8})\b"
    r"|(?:pmid|pubmed(?: id)?)[:\s#]*(\d{1,8})\Z|(\d{7,8})\Z",
    re.IGNORECASE,
)
_PMC = re.compile(
    r"(?:(?:https?://)?(?:www\.|pmc\.|europe)*(?:ncbi\.nlm\.nih\.gov|pmc\.org)/\S*?)?"
    r"(?:pmcid[:\s#]*)?pmc[:\s#]?(\d{1,9})\b\S*\Z",
    re.IGNORECASE,
)
_PII = re.compile(
    r"(?:/pii/|\bpii[:\s]*|/fulltext/|\A)(S?\d{4}-?\d{3}[\dX]\(?\d\d\)?\d{5}-?[\dX])(?![\dX])",
    re.IGNORECASE,
)
_ISBN = re.compile(
    r"(?:isbn(?:-?1[03])?[:\s]*)?((?:97[89][-\s]?)?(?:\d[-\s]?){9}[\dX])\Z", re.IGNORECASE
)
_WORD = re.compile(r"[^\W\d_]{2,}")
_WORDS = 3  # that a title has at least, or so many characters of Chinese
_HAN_CHARACTERS = 6
_LONGEST = 500


@dataclass(frozen=True)
class OtherName:
    """`text` as it is asked for; `page` is where a reader finds the DOI."""

    kind: Literal["pmid", "pmcid", "isbn", "pii", "title"]
    text: str
    page: str = ""


def find_other_name(pasted: str) -> OtherName | None:
    """What a text names that is neither arXiv id nor DOI, nor the address of a page that has one;
    None where it is none of these either."""
    text = unicodedata.normalize("NFKC", tidy_line(pasted))
    if not text or len(text) > _LONGEST:
        return None
    if found := _PMC.match(text):
        name = f"PMC{found[1]}"
        return OtherName("pmcid", name, f"https://pmc.ncbi.nlm.nih.gov/articles/{name}/")
    if found := _PUBMED.match(text):
        number = next(filter(None, found.groups()))
        return OtherName("pmid", number, f"https://pubmed.ncbi.nlm.nih.gov/{number}/")
    if (found := _ISBN.match(text)) and (isbn := _checked(found[1])):
        return OtherName("isbn", isbn)
    if found := _PII.search(text):
        number = re.sub(r"[^0-9SX]", "", found[1].upper())
        return OtherName("pii", number, text if text.startswith("http") else "")
    is_address = "://" in text or re.match(r"\S+\.\S+/\S*\Z", text)
    if not is_address and (
        len(_WORD.findall(text)) >= _WORDS or len(HAN.findall(text)) >= _HAN_CHARACTERS
    ):
        return OtherName("title", text)
    return None


def is_misprinted_isbn(pasted: str) -> bool:
    """Whether a text is an ISBN but for its last digit, which does not fit the others."""
    text = unicodedata.normalize("NFKC", tidy_line(pasted[:_LONGEST]))
    found = _ISBN.match(text)
    is_meant = found and (found[0] != found[1] or len(re.sub(r"[-\s]", "", found[1])) == 13)
    return bool(is_meant and found and not _checked(found[1]))


def _checked(written: str) -> str:
    """An ISBN without what parts it; empty where its last digit does not fit."""
    digits = re.sub(r"[-\s]", "", written).upper()
    values = [10 if each == "X" else int(each) for each in digits]
    if len(values) == 13 and 10 not in values:
        fits = sum(v * (3 if at % 2 else 1) for at, v in enumerate(values)) % 10 == 0
    else:
        fits = len(values) == 10 and sum(v * (10 - at) for at, v in enumerate(values)) % 11 == 0
    return digits if fits else ""


def explain_other_name(name: OtherName) -> Message:
    """What to paste instead, where nobody can be asked for it."""
    match name.kind:
        case "pmid" | "pmcid":
            text = N_(
                "PubMed's numbers are not looked up. Open {page} and paste the DOI that stands "
                "there, or press the bookmarklet on that page."
            )
            return Message.of(text, page=name.page)
        case "isbn":
            text = N_(
                "ISBNs are looked up at Crossref, which is not switched on "
                "(CROSSWALK_CROSSREF_URL). Paste the book's DOI, or fill in what its title page "
                "says."
            )
            return Message.of(text)
        case "pii":
            text = N_(
                "The number {number} is looked up at Crossref, which is not switched on "
                "(CROSSWALK_CROSSREF_URL). Paste the DOI that the page shows, or press the "
                "bookmarklet there."
            )
            return Message.of(text, number=name.text)
        case "title":
            return Message.of(
                N_("Nobody who was asked knows a paper of this title. Paste its arXiv id or DOI.")
            )
