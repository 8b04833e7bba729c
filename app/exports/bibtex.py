"""BibTeX: papers as entries that LaTeX can cite by the keys they have here. Pure.

Unicode is kept: biber, Zotero and JabRef read it, and `bibtex` hands it to xelatex and lualatex.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.models import Paper

_ESCAPED = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",  # BibTeX counts the brace of \{ too
    "}": r"\textbraceright{}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}
_IN_ADDRESSES = {"\\": "%5C", "{": "%7B", "}": "%7D", " ": "%20"}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_JOURNAL = re.compile(
    r"\b(journal|transactions|trans\.|letters|review|magazine|annals|bulletin|tacl|tmlr|jmlr|tpami"
    r"|tkde|pvldb|nature|science|neurocomputing|quarterly)\b|学报|杂志|期刊|研究$",
    re.IGNORECASE,
)
_CONFERENCE = re.compile(
    r"\b(conference|proceedings|proc\.|workshop|symposium|findings)\b|会议", re.IGNORECASE
)
_PREPRINT = re.compile(r"(arxiv|corr|biorxiv|preprint|openreview)\b", re.IGNORECASE)
_NO_VENUES = {"arxiv", "corr"}
_OTHERS = {"et al", "et al.", "others", "等"}
_WORD = re.compile(r"[^\s\-–—/:]+")


@dataclass(frozen=True)
class Record:
    """A paper with its authors' names, as an entry is written from it."""

    paper: Paper
    authors: tuple[str, ...]
    keywords: tuple[str, ...] = ()


def bibliography(records: Iterable[Record]) -> Iterator[str]:
    """An entry for each record, a blank line between them."""
    for number, record in enumerate(records):
        yield ("\n" if number else "") + entry(record)


def entry(record: Record) -> str:
    """One entry, ended by a line break; fields without a value are left out."""
    paper = record.paper
    kind = entry_type(paper)
    venue = {"inproceedings": "booktitle", "article": "journal"}.get(kind, "howpublished")
    fields = {
        "title": protected(paper.title),
        "author": authors(record.authors),
        venue: "" if paper.venue.casefold() in _NO_VENUES else escaped(paper.venue),
        "year": str(paper.year or paper.published[:4]),
        "month": _month(paper.published) if kind == "misc" else "",
        "doi": _address(paper.doi or ""),
        "eprint": _eprint(paper),
        "archiveprefix": "arXiv" if paper.arxiv_id else "",
        "primaryclass": escaped(paper.primary_category) if paper.arxiv_id else "",
        "url": _address(paper.url or _abstract_page(paper)),
        "keywords": ", ".join(escaped(each.replace(",", " ")) for each in record.keywords),
        "abstract": escaped(" ".join(paper.abstract.split())),
    }
    lines = (
        f"  {name} = {value if name == 'month' else f'{{{value}}}'},\n"
        for name, value in fields.items()
        if value
    )
    return f"@{kind}{{{paper.citekey},\n{''.join(lines)}}}\n"


def entry_type(paper: Paper) -> str:
    """`article` in a journal, `inproceedings` at a conference, `misc` for all else (preprints)."""
    if not paper.venue or _PREPRINT.match(paper.venue):
        return "misc"
    in_journal = _JOURNAL.search(paper.venue) and not _CONFERENCE.search(paper.venue)
    return "article" if in_journal else "inproceedings"


def authors(names: Iterable[str]) -> str:
    """Names joined by `and`; one that BibTeX would take apart wrongly is kept whole in braces."""
    written = []
    for name in names:
        if name.casefold() in _OTHERS:
            written.append("others")
        elif re.search(r"\band\b", name, re.IGNORECASE) or name.count(",") > 1:
            written.append(f"{{{escaped(name)}}}")
        else:
            written.append(escaped(name))
    return " and ".join(written)


def protected(title: str) -> str:
    """A title, escaped, with braces around what a style must not put into lower case.

    That is every word with a capital after its first letter or a digit beside one (`ViLT`, `SQL`,
    `T5`); in a title that is not set in capitals, also each word that begins with one, for there
    it is a name.
    """
    words = [(each, each[0]) for each in _WORD.finditer(title)]
    later = [text for each, text in words if _inside(title, each.start()) and len(text) > 4]
    in_capitals = sum(text[0].isupper() for text in later) * 2 > len(later)
    pieces, at = [], 0
    for each, text in words:
        pieces.append(escaped(title[at : each.start()]))
        name = text[:1].isupper() and not in_capitals and _inside(title, each.start())
        kept = name or _is_acronym(text)
        pieces.append(f"{{{escaped(text)}}}" if kept else escaped(text))
        at = each.end()
    return "".join(pieces) + escaped(title[at:])


def _inside(title: str, at: int) -> bool:
    """Whether a word at this place begins neither the title nor the subtitle."""
    before = title[:at].rstrip()
    return bool(before) and not before.endswith((":", "?", "!", ".", "—"))


def _is_acronym(word: str) -> bool:
    letters = re.sub(r"\W|_", "", word)
    inner = any(letter.isupper() for letter in letters[1:])
    return inner or (letters[:1].isupper() and any(map(str.isdigit, letters)))


def escaped(text: str) -> str:
    """`text` with what is a command to LaTeX made a character again; its braces are balanced."""
    return "".join(_ESCAPED.get(each, each) for each in text)


def _address(text: str) -> str:
    """A DOI or URL, which styles set verbatim: only what would break the entry is changed."""
    return "".join(_IN_ADDRESSES.get(each, each) for each in text)


def _eprint(paper: Paper) -> str:
    version = f"v{paper.arxiv_version}" if paper.arxiv_version else ""
    return f"{paper.arxiv_id}{version}" if paper.arxiv_id else ""


def _abstract_page(paper: Paper) -> str:
    return f"https://arxiv.org/abs/{paper.arxiv_id}" if paper.arxiv_id else ""


def _month(published: str) -> str:
    month = published[5:7]
    return _MONTHS[int(month) - 1] if month.isdigit() and 1 <= int(month) <= 12 else ""
