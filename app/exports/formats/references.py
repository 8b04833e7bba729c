"""References as a style sets them, by a CSL processor. Pure.

Each reference is set alone, for lists are streamed; what is numbered is numbered by who lists it.
The styles are the CSL project's (`styles/README.md` says what was changed); the processor is loaded
when the first reference is asked for.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Literal

from markupsafe import Markup, escape

from app.errors import N_
from app.exports.formats.csl_json import CslItem, CslName, csl_name, make_csl_item
from app.exports.formats.paper_entry import PaperEntry, PersonName, is_others
from app.kit.editions import edition_number
from app.kit.text import has_han

if TYPE_CHECKING:
    from citeproc import CitationItem, CitationStylesStyle
    from citeproc.model import Names

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

# What stands in for something while the processor works: characters that no text of the library
# has. Around italics; before a suffix that a comma comes before; the rest of the authors; the
# quotation marks of the paper's own texts, curly and straight.
_OPEN, _CLOSE = "\x01", "\x02"
_SUFFIX, _OTHERS = "\x03", "\x04"
_QUOTES = {"“": "\x05", "”": "\x06"}
_STRAIGHT = ("\x07", "\x08")
_LEFT_OUT = ("abstract", "annote", "keyword", "note", "title-short", "custom")
_REST = re.compile(rf"(,?)\s*(?:(?:&|and|et|und|和)\s+)?{_OTHERS}\.?")
_MARKED_QUOTE = re.compile("[“”\x05\x06\x07\x08]")
# A style's full stop or comma after what ends a sentence already.
_TWO_ENDS = re.compile(rf"(?<=[?!？！。…])([’”\"{_CLOSE}]*)[.,](?=[\s”{_CLOSE}]|$)")


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
    made = _engine(style, "zh-CN" if chinese else "en-US").set(_given(record, style))
    marked = _finished(" ".join(made.split()), "等" if chinese else "et al.")
    html = escape(marked).replace(_OPEN, Markup("<i>")).replace(_CLOSE, Markup("</i>"))
    return FormattedReference(marked.replace(_OPEN, "").replace(_CLOSE, ""), html)


def _finished(text: str, rest: str) -> str:
    """What the processor made, with what stood in for something put right: the rest of the authors,
    quotes within quotes, one mark where two meet."""
    text = _REST.sub(lambda found: f"{found[1]} {rest}", text).replace("et al..", "et al.")
    text = re.sub(rf"\s*{_SUFFIX}", ", ", text)
    depth = 0

    def quoted(found: re.Match[str]) -> str:
        nonlocal depth
        sign = found[0]
        if sign in "“”":
            depth += 1 if sign == "“" else -1
            return sign
        opens = sign in (_QUOTES["“"], _STRAIGHT[0])
        if depth > 0:
            return "‘" if opens else "’"
        return '"' if sign in _STRAIGHT else "“" if opens else "”"

    text = _MARKED_QUOTE.sub(quoted, text).replace("’,”", ",’”").replace("’.”", ".’”")
    return _TWO_ENDS.sub(r"\1", text)


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


def _given(record: PaperEntry, style: str) -> CslItem:
    """What the processor gets: CSL-JSON, less what no reference shows, with arXiv's own DOI for a
    preprint, and with names that have no initials whole."""
    made = {
        name: _marked_quotes(value) if isinstance(value, str) else value
        for name, value in make_csl_item(record).items()
        if name not in _LEFT_OUT
    }
    made["id"] = "it"
    if record.type == "article" and record.paper.arxiv_id:
        made.setdefault("DOI", f"10.48550/arXiv.{record.paper.arxiv_id}")
    if edition := record.detail("edition"):
        made["edition"] = edition_number(edition)
    if made.get("genre") == "proceedings":
        del made["genre"]
        if STYLES[style].bilingual:
            made["type"] = "paper-conference"
    if record.type == "article-newspaper" and STYLES[style].bilingual and "issue" in made:
        made.setdefault("page", made["issue"])  # the number of the page, 版次
    for role, written in record.people.items():
        names = [_name(PersonName.of(each), style) for each in written if not is_others(each)]
        if names and role in record.cut_short:
            names.append({"literal": _OTHERS})
        made.pop(role, None)
        if names:
            made[role] = names
    if STYLES[style].bilingual and "author" not in made and "container-title" not in made:
        made |= {"author": made.pop("editor")} if "editor" in made else {}
    return made


def _marked_quotes(text: str) -> str:
    for written, marked in _QUOTES.items():
        text = text.replace(written, marked)
    return re.sub(r'"([^"]*)"', rf"{_STRAIGHT[0]}\1{_STRAIGHT[1]}", text)


def _name(name: PersonName, style: str) -> CslName:
    if not name.given[:1].isupper():
        return {"literal": name.whole}
    made = csl_name(name)
    if _initials(style):  # a second part in lower case has none: Xiao-hui
        made["given"] = re.sub(r"-(?=[^\W\d_A-Z])", "", name.given)
    if name.suffix and STYLES[style].bilingual:
        made["suffix"] = _SUFFIX + name.suffix.rstrip(".")
    return made


_PROCESS: list[Callable[..., object]] = []  # the processor's own


def _process_once(
    self: "Names", item: "CitationItem", names_context: object = None, context: Any = None, **more: Any
) -> object:
    """Names that stand in the author's place are not said again: the processor forgets that where
    an element has several roles."""
    repressed = context.get_layout().repressed.get(self.tag, ()) if context is not None else ()
    said = {role for names in repressed for role in str(names).split()} & {"editor", "translator"}
    kept = {role: item.reference.pop(role) for role in said if role in item.reference}
    try:
        return _PROCESS[0](self, item, names_context=names_context, context=context, **more)
    finally:
        item.reference.update(kept)


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
    from citeproc.model import Names

    if Names.process is not _process_once:
        _PROCESS.append(Names.process)
        Names.process = _process_once
    return _Engine(CitationStylesStyle(str(_path(style)), locale=locale, validate=False))


@cache
def _initials(style: str) -> bool:
    return "initialize-with=" in _path(style).read_text("utf-8")


def _path(style: str) -> Path:
    return Path(__file__).with_name("styles") / f"{style}.csl"
