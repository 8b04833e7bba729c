"""References as a style sets them, by a CSL processor. Pure.

Each reference is set alone, for lists are streamed; what is numbered is numbered by who lists it.
The styles are the CSL project's (`styles/README.md` says what was changed); the processor is loaded
when the first reference is asked for.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from types import SimpleNamespace
from typing import TYPE_CHECKING, Literal

from markupsafe import Markup, escape

from app.errors import N_
from app.exports.formats.csl_json import CslItem, CslName, make_csl_item
from app.exports.formats.paper_entry import PaperEntry, PersonName, is_others
from app.kit.text import has_han

if TYPE_CHECKING:
    from citeproc import CitationStylesStyle

Locale = Literal["en-US", "zh-CN"]


@dataclass(frozen=True)
class Style:
    """A style as it is chosen; a numbered one lists papers in the order of citation, another by
    author. A `bilingual` one sets a Chinese reference in Chinese (等), others in English (et al.).
    """

    label: str
    numbered: bool = False
    bilingual: bool = False


STYLES: Mapping[str, Style] = {
    "apa": Style(N_("APA")),
    "ieee": Style(N_("IEEE"), numbered=True),
    "acl": Style(N_("ACL")),
    "gb7714": Style(N_("GB/T 7714"), numbered=True, bilingual=True),
}

# What the processor puts around italics: characters that no text of the library has.
_OPEN, _CLOSE = "\x01", "\x02"
_LEFT_OUT = ("abstract", "annote", "keyword", "note", "title-short")


@dataclass(frozen=True)
class FormattedReference:
    """One reference, set: on one line, and with its italics."""

    text: str
    html: Markup


class _Engine:
    """One style in one language. It keeps what it is setting: one thread at a time may use it."""

    def __init__(self, style: "CitationStylesStyle") -> None:
        self.style = style
        self.lock = Lock()

    def set(self, given: CslItem) -> str:
        from citeproc import Citation, CitationItem, CitationStylesBibliography
        from citeproc.source.json import CiteProcJSON

        with self.lock:
            bibliography = CitationStylesBibliography(self.style, CiteProcJSON([given]), _MARKED)
            bibliography.register(Citation([CitationItem(given["id"])]))
            return "".join(map(str, bibliography.bibliography()))


def format_references(records: Iterable[PaperEntry], style: str) -> Iterator[FormattedReference]:
    """The reference of each record in one of `STYLES`."""
    return (format_reference(record, style) for record in records)


def format_reference(record: PaperEntry, style: str) -> FormattedReference:
    """A record's reference in one of `STYLES`, without a number."""
    chinese = STYLES[style].bilingual and has_han(record.paper.title)
    made = _engine(style, "zh-CN" if chinese else "en-US").set(_given(record))
    marked = " ".join(made.split())
    html = escape(marked).replace(_OPEN, Markup("<i>")).replace(_CLOSE, Markup("</i>"))
    return FormattedReference(marked.replace(_OPEN, "").replace(_CLOSE, ""), html)


def write_reference_lines(records: Iterable[PaperEntry], style: str) -> Iterator[str]:
    """A list of references as text, one on each line."""
    for number, each in enumerate(format_references(records, style), 1):
        yield f"{_number(style, number)}{each.text}\n"


def write_reference_page(records: Iterable[PaperEntry], style: str) -> Iterator[str]:
    """A list of references as a page that word processors take with its italics."""
    yield f'<!doctype html>\n<meta charset="utf-8">\n<title>{STYLES[style].label}</title>\n'
    for number, each in enumerate(format_references(records, style), 1):
        yield f"<p>{_number(style, number)}{each.html}</p>\n"


def _number(style: str, number: int) -> str:
    return f"[{number}] " if STYLES[style].numbered else ""


def _given(record: PaperEntry) -> CslItem:
    """What the processor gets: CSL-JSON, less what no reference shows, with arXiv's own DOI for a
    preprint, and with names that have no initials whole."""
    made = {name: value for name, value in make_csl_item(record).items() if name not in _LEFT_OUT}
    made["id"] = "it"
    if record.type == "article" and record.paper.arxiv_id:
        made.setdefault("DOI", f"10.48550/arXiv.{record.paper.arxiv_id}")
    for role, written in (("author", record.authors), ("editor", record.editors)):
        if names := [_name(PersonName.of(each)) for each in written if not is_others(each)]:
            made[role] = names
        else:
            made.pop(role, None)
    return made


def _name(name: PersonName) -> CslName:
    if name.given[:1].isupper():
        return {"family": name.family, "given": name.given}
    return {"literal": name.whole}


def _italic(text: str) -> str:
    return f"{_OPEN}{text}{_CLOSE}"


_MARKED = SimpleNamespace(
    preformat=str,
    Italic=_italic,
    Oblique=_italic,
    **dict.fromkeys(("Bold", "Light", "Underline", "Superscript", "Subscript", "SmallCaps"), str),
)


@cache
def _engine(style: str, locale: Locale) -> _Engine:
    from citeproc import CitationStylesStyle

    path = Path(__file__).with_name("styles") / f"{style}.csl"
    return _Engine(CitationStylesStyle(str(path), locale=locale, validate=False))
