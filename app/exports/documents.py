"""The formats there are, and what each makes: used by the API, the page and the command."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from sqlmodel import Session

from app.comparison import schemas as comparison_schemas
from app.database import Database
from app.errors import N_, Invalid
from app.exports import service
from app.exports.formats import (
    bibtex,
    csl_json,
    csv,
    latex,
    markdown,
    orkg,
    picture,
    references,
    ris,
)
from app.exports.formats.paper_entry import Record
from app.exports.formats.table_model import Say
from app.exports.service import Comparison
from app.exports.table_request import Options
from app.library import schemas as library_schemas
from app.library.filters import FILTERS, PaperFilters
from app.settings import Language


@dataclass(frozen=True)
class Format:
    """A format as it is chosen: its label, the end of a file's name, its media type."""

    label: str
    ending: str
    media_type: str


@dataclass(frozen=True)
class Document:
    """A file to hand out: whole, or piece by piece where it may be long."""

    name: str
    media_type: str
    data: bytes | Iterator[bytes]


_BIBTEX = Format(N_("BibTeX"), "bib", "application/x-bibtex; charset=utf-8")
_CSV = Format(N_("CSV, for a spreadsheet"), "csv", "text/csv; charset=utf-8")
_JSON = Format(N_("JSON, as the API has it"), "json", "application/json")

OF_COMPARISONS: Mapping[str, Format] = {
    "csv": _CSV,
    "markdown": Format(N_("Markdown"), "md", "text/markdown; charset=utf-8"),
    "latex": Format(N_("LaTeX"), "tex", "application/x-tex; charset=utf-8"),
    "bibtex": replace(_BIBTEX, label=N_("BibTeX of what it cites")),
    "zip": Format(N_("LaTeX with its BibTeX (zip)"), "zip", "application/zip"),
    "json": _JSON,
    "orkg": Format(N_("JSON, in the form of ORKG"), "orkg.json", "application/json"),
    "svg": Format(N_("Picture (SVG)"), "svg", "image/svg+xml"),
    "png": Format(N_("Picture (PNG)"), "png", "image/png"),
}
OF_PAPERS: Mapping[str, Format] = {
    "bibtex": _BIBTEX,
    "biblatex": replace(_BIBTEX, label=N_("BibLaTeX")),
    "ris": Format(N_("RIS"), "ris", "application/x-research-info-systems; charset=utf-8"),
    "csl-json": Format(N_("CSL-JSON"), "csl.json", "application/vnd.citationstyles.csl+json"),
    "csv": _CSV,
    "json": _JSON,
    **{
        style: Format(each.label, "txt", "text/plain; charset=utf-8")
        for style, each in references.STYLES.items()
    },
}
_HTML = Format("HTML", "html", "text/html; charset=utf-8")
CHUNK = 64_000  # characters that a long document is sent in


def comparison_document(
    database: Database,
    slug: str,
    wanted: str,
    options: Options,
    *,
    language: Language,
    say: Say,
) -> Document:
    """A comparison in the format `wanted` (CSV where it is ""), read as its page reads it.

    Raises NotFound, or Invalid for a format or date that is none.
    """
    name = _known(wanted or "csv", OF_COMPARISONS)
    with database.read() as session:
        read = service.read_comparison(session, slug, options, language=language)
    made = _COMPARISONS[name](read, say)
    data = made.encode() if isinstance(made, str) else made
    return _document(read.sheet.slug, OF_COMPARISONS[name], data)


def papers_document(
    database: Database, wanted: str, q: str = "", options: Options | None = None
) -> Document:
    """The papers of a query and filters in the format `wanted` (BibTeX where it is "").

    `options` are the filters and the order of the list of papers, and besides: `key`, citation keys
    that take the place of query and filters; `notes`, the reader's notes with each paper; `html`,
    references as a page, which has their italics. Raises Invalid for a format that is none, and for
    a key that is no paper's.
    """
    options = options or {}
    name = _known(wanted or "bibtex", OF_PAPERS)
    style = references.STYLES.get(name)
    by_author = bool(style and not style.numbered)
    with database.read() as session:
        ids = _chosen(session, q, options, by_author=by_author)
    records = service.records_in_batches(database, ids, with_notes=_asked("notes", options))
    if style and _asked("html", options):
        return _document("papers", _HTML, _in_chunks(references.page(records, name)))
    return _document("papers", OF_PAPERS[name], _in_chunks(_PAPERS[name](records)))


def count_papers(session: Session, q: str, options: Options) -> int:
    """How many papers `papers_document` would write. Raises Invalid as it does."""
    return len(_chosen(session, q, options))


def _chosen(
    session: Session, q: str, options: Options, *, by_author: bool = False
) -> Sequence[int]:
    if keys := [key for key in options.get("key", ()) if key]:
        ids = service.named_papers(session, keys)
        return service.by_author(session, ids) if by_author else ids
    filters = PaperFilters({each: tuple(options.get(each, ())) for each in FILTERS})
    sort = next(iter(options.get("sort", ())), "")
    return service.find_papers(session, q, filters, sort or ("author" if by_author else ""))


def _asked(name: str, options: Options) -> bool:
    return any(options.get(name, ()))


def _in_chunks(texts: Iterator[str]) -> Iterator[bytes]:
    """The same text in fewer pieces: each costs the server a thread."""
    held, length = [], 0
    for text in texts:
        held.append(text)
        length += len(text)
        if length >= CHUNK:
            yield "".join(held).encode()
            held, length = [], 0
    yield "".join(held).encode()


def _document(stem: str, form: Format, data: bytes | Iterator[bytes]) -> Document:
    return Document(f"{stem}.{form.ending}", form.media_type, data)


def _known(wanted: str, formats: Mapping[str, Format]) -> str:
    if wanted not in formats:
        raise Invalid.field(
            "format",
            N_("“{format}” cannot be written; these can: {known}."),
            format=wanted[:40],
            known=", ".join(formats),
        )
    return wanted


def _bib(read: Comparison) -> str:
    return "".join(bibtex.bibliography(read.cited))


def _tex(read: Comparison, say: Say) -> str:
    return latex.write(read.sheet, say, bibliography=_bib(read))


def _zip(read: Comparison, say: Say) -> bytes:
    """The document and its bibliography, ready to be compiled where they are unpacked."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        when = (read.sheet.day.year, read.sheet.day.month, read.sheet.day.day, 0, 0, 0)
        for ending, text in (("tex", _tex(read, say)), ("bib", _bib(read))):
            entry = zipfile.ZipInfo(f"{read.sheet.slug}.{ending}", when)
            archive.writestr(entry, text, zipfile.ZIP_DEFLATED)
    return data.getvalue()


def _markdown(read: Comparison, say: Say) -> str:
    return markdown.write(
        read.sheet, say, {each.paper.citekey: _reference(each) for each in read.cited}
    )


def _reference(record: Record) -> str:
    """A paper in one line: Kim et al. 2021. ViLT …"""
    first = next(iter(record.paper.authors), "")
    by = f"{first} et al." if len(record.authors) > 1 else first
    when = str(record.paper.year or "")
    return ". ".join(filter(None, (" ".join(filter(None, (by, when))), record.paper.title)))


_COMPARISONS: Mapping[str, Callable[[Comparison, Say], str | bytes]] = {
    "csv": lambda read, _: csv.write(read.sheet),
    "markdown": _markdown,
    "latex": _tex,
    "bibtex": lambda read, _: _bib(read),
    "zip": _zip,
    "json": lambda read, _: (
        comparison_schemas.serialize_comparison(read.table, read.claims).model_dump_json(indent=2)
        + "\n"
    ),
    "orkg": lambda read, say: orkg.compare(read.sheet, say).model_dump_json(indent=2) + "\n",
    "svg": lambda read, say: picture.svg(read.sheet, say),
    "png": lambda read, say: picture.png(picture.svg(read.sheet, say)),
}


def _papers_as_csv(records: Iterator[Record]) -> Iterator[str]:
    names = list(library_schemas.PaperItem.model_fields)
    return csv.table(
        names, (library_schemas.serialize_paper_detail(each.paper).model_dump() for each in records)
    )


def _papers_as_json(records: Iterator[Record]) -> Iterator[str]:
    """As a list of the API looks, all of it on one page."""
    count = 0
    yield '{"items": ['
    for count, record in enumerate(records, 1):
        detail = library_schemas.serialize_paper_detail(record.paper)
        yield ("," if count > 1 else "") + "\n" + detail.model_dump_json()
    rest = json.dumps({"total": count, "page": 1, "per_page": count})
    yield f"\n], {rest[1:]}\n"


_PAPERS: Mapping[str, Callable[[Iterator[Record]], Iterator[str]]] = {
    "bibtex": bibtex.bibliography,
    "biblatex": partial(bibtex.bibliography, biblatex=True),
    "ris": ris.bibliography,
    "csl-json": csl_json.items,
    "csv": _papers_as_csv,
    "json": _papers_as_json,
    **{style: partial(references.lines, style=style) for style in references.STYLES},
}
