"""References as a style sets them, by a CSL processor. Pure.

Each reference is set alone, for lists are streamed; what is numbered is numbered by who lists it.
The styles are the CSL project's (`styles/README.md` says what was changed); the processor is loaded
when the first reference is asked for.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from xml.etree import ElementTree

from markupsafe import Markup, escape

from app.errors import N_, Invalid, Message
from app.exports.formats.csl_json import CslItem, CslName, csl_name, csl_variables
from app.exports.formats.csl_processor import CLOSE, OPEN, WHOLE, Processor
from app.exports.formats.paper_entry import PaperEntry, PersonName, is_others
from app.kit.editions import edition_number
from app.kit.text import has_han
from app.models import Paper


@dataclass(frozen=True)
class Style:
    """A style as it is chosen; a numbered one lists papers in the order of citation, another by
    author. A `bilingual` one sets a Chinese reference in Chinese (等), others in English (et al.).
    `path` is its CSL file, `locale` the language of one that is not bilingual.
    """

    label: str
    path: Path
    numbered: bool = False
    bilingual: bool = False
    locale: str = "en-US"


def _own(name: str) -> Path:
    return Path(__file__).with_name("styles") / f"{name}.csl"


STYLES: Mapping[str, Style] = {
    "apa": Style(N_("APA"), _own("apa")),
    "ieee": Style(N_("IEEE"), _own("ieee"), numbered=True),
    "acl": Style(N_("ACL"), _own("acl")),
    "gb7714": Style(N_("GB/T 7714"), _own("gb7714"), numbered=True, bilingual=True),
    "gb7714-author-date": Style(
        N_("GB/T 7714, author and date"), _own("gb7714-author-date"), bilingual=True
    ),
}
_CSL = "{http://purl.org/net/xbiblio/csl}"


def find_styles(folder: Path) -> dict[str, Style]:
    """All styles by name: our own, and the CSL files of a folder by their file names."""
    return {**STYLES, **_look_into(_files_in(folder))[0]}


def refused_styles(folder: Path) -> dict[str, Message]:
    """The CSL files of a folder that cannot be used, by their file names, and why."""
    return _look_into(_files_in(folder))[1]


def _files_in(folder: Path) -> tuple[tuple[Path, int], ...]:
    """The CSL files of a folder, and when each was changed."""
    paths = sorted(folder.glob("*.csl")) if folder.is_dir() else ()
    return tuple((path, path.stat().st_mtime_ns) for path in paths if path.is_file())


@lru_cache(maxsize=5)
def _look_into(files: tuple[tuple[Path, int], ...]) -> tuple[dict[str, Style], dict[str, Message]]:
    found: dict[str, Style] = {}
    refused: dict[str, Message] = {}
    paths = [path for path, _ in files]
    for path in paths:
        try:
            found[path.stem] = _read_style(path, paths)
        except Invalid as error:
            refused[path.stem] = error.errors["format"]
    return found, refused


def _read_style(path: Path, beside: Sequence[Path]) -> Style:
    """The style of a file; one that names another is set as that one, which may stand beside it.

    Raises Invalid saying why it cannot be used.
    """
    root = _parse_style(path)
    title = root.findtext(f"{_CSL}info/{_CSL}title", "").strip() or path.stem
    named = [link for link in root.iterfind(f"{_CSL}info/{_CSL}link") if link.get("rel") == _PARENT]
    if named:
        wanted = named[0].get("href", "")
        for other in (*beside, *(style.path for style in STYLES.values())):
            with suppress(Invalid):
                known = _parse_style(other).findtext(f"{_CSL}info/{_CSL}id", "").strip()
                if other != path and known.split("://")[-1] == wanted.split("://")[-1]:
                    return replace(_read_style(other, ()), label=title)
        raise _refused(
            path,
            N_("The style “{style}” only names another, {parent}: put that into the folder too."),
            parent=wanted[:200],
        )
    if root.find(f"{_CSL}bibliography") is None:
        raise _refused(path, N_("The style “{style}” has no bibliography."))
    formats = [
        each.get("citation-format", "") for each in root.iterfind(f"{_CSL}info/{_CSL}category")
    ]
    locale = root.get("default-locale", "en-US")
    style = Style(
        title,
        path,
        numbered="numeric" in formats,
        bilingual=locale.startswith("zh"),
        locale=locale,
    )
    format_reference(
        PaperEntry(Paper(citekey="a", title="Title", year=2000), ("Brown, Ann",)), style
    )
    return style


def _parse_style(path: Path) -> ElementTree.Element:
    """Raises Invalid for what is no style, is one of a later CSL, or would be set without end."""
    try:
        if path.stat().st_size > _LARGEST:
            raise _refused(path, N_("The style “{style}” is larger than styles are."))
        text = path.read_text("utf-8")
        if "<!ENTITY" in text:
            raise ValueError("<!ENTITY")
        root = ElementTree.fromstring(text)  # noqa: S314 (it defines no entities)
    except (OSError, ValueError, ElementTree.ParseError) as error:
        why = f"{error}"[:200]
        raise _refused(path, N_("The style “{style}” cannot be read: {why}."), why=why) from error
    if root.tag != f"{_CSL}style":
        raise _refused(path, N_("“{style}” is no CSL style."))
    if not (version := root.get("version", "1.0")).startswith("1.0"):
        said = N_("The style “{style}” needs CSL {version}; 1.0 is understood.")
        raise _refused(path, said, version=version[:20])
    if _size(root, {each.get("name", ""): each for each in root.iterfind(f"{_CSL}macro")}) > _MOST:
        raise _refused(path, N_("The style “{style}” has macros that call each other without end."))
    return root


def _size(root: ElementTree.Element, macros: Mapping[str, ElementTree.Element]) -> int:
    """How many elements a style has where each macro stands in the place of its calls."""
    known: dict[str, int] = {}

    def size(element: ElementTree.Element) -> int:
        return sum(1 + called(each.get("macro", "")) for each in element.iter())

    def called(name: str) -> int:
        if name not in known and name in macros:
            known[name] = _MOST  # while it is counted: it calls itself
            known[name] = min(size(macros[name]), _MOST)
        return known.get(name, 0)

    return sum(size(each) for each in root if each.tag == f"{_CSL}bibliography")


def _refused(path: Path, said: str, **values: str) -> Invalid:
    return Invalid.field("format", said, style=path.stem, **values)


_PARENT = "independent-parent"
_LARGEST = 2_000_000  # bytes
_MOST = 200_000  # elements; APA has 11,000


# What stands in for something while the processor works, beside its marks around italics:
# characters that no text of the library has. Before a suffix that a comma comes before; the rest of
# the authors; the quotation marks of the paper's own texts, curly and straight.
_SUFFIX, _OTHERS = "\x03", "\x04"
_QUOTES = {"“": "\x05", "”": "\x06"}
_STRAIGHT = ("\x07", "\x08")
_LEFT_OUT = ("abstract", "annote", "keyword", "note", "title-short", "custom")
_REST = re.compile(rf"(,?)\s*(?:(?:&|and|et|und|和)\s+)?{_OTHERS}")
_MARKED_QUOTE = re.compile("[“”\x05\x06\x07\x08]")
_THESIS = {"APA": "Doctoral dissertation", "IEEE": "Ph.D. dissertation"}
_PATENT = re.compile(r"(.*\bPatent)(?: No\.?| Number)? ([A-Z]{0,2}[\d,. /]+\w*)", re.IGNORECASE)
# The full stop that programs put behind a title; `U.S.` and `et al.` keep theirs.
_OWN_STOP = re.compile(r"(?:(?<=[^\W_]{3})|(?<=[)\]\d\x06\x08]))\.\Z")
# A style's full stop or comma after what ends a sentence already.
_TWO_ENDS = re.compile(rf"(?<=[?!？！。…])([’”\"{CLOSE}]*)[.,](?=[\s”{CLOSE}]|$)")


# An abbreviation's full stop ends a sentence, too; what a style sets before a part that is missing.
_TWO_STOPS = re.compile(rf"(?<=\.)([’”\"{CLOSE}]*)\.(?=[\s{CLOSE}]|$)")
_NOTHING_BETWEEN = re.compile(r"[.,:]?\s+,\s")
_NOTHING_BEFORE = re.compile(r"(?<=[.”])\s+(?:\.(?=\s|$)|:(?=\w))\s*")


@dataclass(frozen=True)
class FormattedReference:
    """One reference, set: on one line, and with its italics."""

    text: str
    html: Markup


def format_references(records: Iterable[PaperEntry], style: Style) -> Iterator[FormattedReference]:
    """The reference of each record. Where a style tells works by author and year, those that
    follow each other and have both in common are told apart by letters: 2019a, 2019b. GB/T 7714
    (10.2.3) looks at the first author alone; others at all, or at the title of what has none."""
    if style.numbered:
        yield from (format_reference(record, style) for record in records)
        return
    for _, group in groupby(records, key=lambda each: (each.authors[:1], each.paper.year)):
        some = list(group)
        named = [
            each.authors[: 1 if style.bilingual else None]
            or (() if style.bilingual else (each.paper.title,))
            for each in some
        ]
        counts, seen = Counter(named), Counter[tuple[str, ...]]()
        for record, name in zip(some, named, strict=True):
            number = seen[name]
            seen[name] += 1
            letter = chr(97 + number) if counts[name] > 1 and number < 26 else ""
            yield format_reference(record, style, letter if record.paper.year else "")


def format_reference(record: PaperEntry, style: Style, letter: str = "") -> FormattedReference:
    """A record's reference, without a number; `letter` stands behind its year.

    Raises:
        Invalid: the style cannot be set (one that a reader put there).
    """
    chinese = style.bilingual and has_han(record.paper.title)
    locale = ("zh-CN" if chinese else "en-US") if style.bilingual else style.locale
    given = _given(record, style, chinese=chinese)
    try:
        processor = _processor(style, style.path.stat().st_mtime_ns, locale)
        made = processor.set(given)
    except Exception as error:  # the processor names none
        if style in STYLES.values():
            raise
        why = f"{type(error).__name__} {error}"[:200]
        said = N_("The style “{style}” cannot be set: {why}.")
        raise Invalid.field("format", said, style=style.label, why=why) from error
    marked = _finished(" ".join(made.split()), "等" if chinese else "et al.")
    if letter:
        marked = _dated(marked, str(record.paper.year), letter)
    html = escape(marked).replace(OPEN, Markup("<i>")).replace(CLOSE, Markup("</i>"))
    return FormattedReference(marked.replace(OPEN, "").replace(CLOSE, ""), html)


def _dated(text: str, year: str, letter: str) -> str:
    """`text` with the letter behind its year, which may stand in the title before it too."""
    places = (rf"\({year}(?=[,)])", rf"(?<=[.,] ){year}(?=\.)", year)
    found = next(filter(None, (re.search(place, text) for place in places)), None)
    return f"{text[: found.end()]}{letter}{text[found.end() :]}" if found else text


def _finished(text: str, rest: str) -> str:
    """What the processor made, with what stood in for something put right: the rest of the authors,
    quotes within quotes, one mark where two meet."""
    text = text.replace(WHOLE, "")
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

    text = _NOTHING_BETWEEN.sub(", ", _MARKED_QUOTE.sub(quoted, text))
    text = _TWO_STOPS.sub(r"\1", _NOTHING_BEFORE.sub(" ", text))
    text = _TWO_ENDS.sub(r"\1", text)
    text = text.replace("’,”", ",’”").replace("’.”", ".’”").rstrip()
    return f"{text[:-1]}." if text.endswith((",", ":", ";")) else text


def write_reference_lines(records: Iterable[PaperEntry], style: Style) -> Iterator[str]:
    """A list of references as text, one on each line."""
    for number, each in enumerate(format_references(records, style), 1):
        yield f"{_number(style, number)}{each.text}\n"


def write_reference_page(records: Iterable[PaperEntry], style: Style) -> Iterator[str]:
    """A list of references as a page that word processors take with its italics."""
    yield f'<!doctype html>\n<meta charset="utf-8">\n<title>{escape(style.label)}</title>\n'
    for number, each in enumerate(format_references(records, style), 1):
        yield f"<p>{_number(style, number)}{each.html}</p>\n"


def _number(style: Style, number: int) -> str:
    return f"[{number}] " if style.numbered else ""


def _given(record: PaperEntry, style: Style, *, chinese: bool) -> CslItem:
    """What the processor gets: CSL-JSON, less what no reference shows, with arXiv's own DOI for a
    preprint, and with names that have no initials whole."""
    made = {
        name: _marked_quotes(value) if isinstance(value, str) else value
        for name, value in csl_variables(record).items()
        if name not in _LEFT_OUT
    }
    made["id"] = "it"
    made["title"] = _OWN_STOP.sub("", str(made.get("title", "")))
    if record.type == "article" and record.paper.arxiv_id:
        made.setdefault("DOI", f"10.48550/arXiv.{record.paper.arxiv_id}")
    if edition := edition_number(record.detail("edition")):
        counted = edition.isdigit()
        year = " ed." if counted and len(edition) == 4 else ""  # the 2019 ed., no ordinal
        made["edition"] = f"{edition}版" if chinese and counted else f"{edition}{year}"
    volume = record.detail("volume")
    if chinese and volume.isdigit() and not record.type.startswith(("article", "periodical")):
        made["volume"] = f"第{volume}卷"
    if made.get("genre") == "proceedings":
        del made["genre"]
        if style.bilingual:
            made["type"] = "paper-conference"
    if record.type == "article-newspaper" and "issue" in made:
        made.setdefault("page", made.pop("issue"))  # the number of the page, 版次
    for role, written in record.people.items():
        names = [_name(PersonName.of(each), style) for each in written if not is_others(each)]
        if names and role in record.cut_short:
            names.append({"literal": _OTHERS})
        made.pop(role, None)
        if names:
            made[role] = names
    if record.type == "patent" and (named := _PATENT.fullmatch(record.detail("number"))):
        made |= {"genre": named[1], "number": named[2]}
    made |= _by_guide(made, style)
    if style.bilingual:
        _in_gb7714(made)
    if style.bilingual and "author" not in made and "container-title" not in made:
        made |= {"author": made.pop("editor")} if "editor" in made else {}
    return made


def _in_gb7714(made: CslItem) -> None:
    """Who wrote the book stands where its editors do; the day of a conference is not said."""
    if "container-author" in made:
        made["editor"] = made.pop("container-author")
    made.pop("event-date", None)


def _by_guide(made: CslItem, style: Style) -> CslItem:
    """What a style's guide calls otherwise. In APA 7 (10.5), a paper of proceedings that have a
    publisher and are no periodical stands in a book."""
    thesis = made.get("genre") in ("PhD thesis", "Ph.D. thesis") and _THESIS.get(style.label)
    if thesis:
        return {"genre": thesis}
    in_book = made["type"] == "paper-conference" and made.keys() >= {"container-title", "publisher"}
    return {"type": "chapter"} if in_book and style.label == "APA" and "issue" not in made else {}


def _marked_quotes(text: str) -> str:
    for written, marked in _QUOTES.items():
        text = text.replace(written, marked)
    return re.sub(r'"([^"]*)"', rf"{_STRAIGHT[0]}\1{_STRAIGHT[1]}", text)


def _name(name: PersonName, style: Style) -> CslName:
    if not name.family:
        return {"literal": WHOLE + name.whole}
    if not name.given[:1].isupper():
        return {"literal": name.whole}
    made = csl_name(name)
    if _initials(style.path):  # a second part in lower case has none: Xiao-hui; nor has (晓慧)
        made["given"] = re.sub(r"-(?=[^\W\d_A-Z])|\s*\([^()]*\)", "", name.given)
    if name.suffix and style.bilingual:
        made["suffix"] = _SUFFIX + name.suffix.rstrip(".")
    return made


@lru_cache(maxsize=20)
def _processor(style: Style, _changed: int, locale: str) -> Processor:
    return Processor(str(style.path), locale)


@lru_cache(maxsize=100)
def _initials(path: Path) -> bool:
    return "initialize-with=" in path.read_text("utf-8")
