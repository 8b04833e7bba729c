"""The formats there are, and what each makes: used by the API, the page and the command."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Generic, TypeAlias, TypeVar

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
from app.exports.formats.paper_entry import PaperEntry
from app.exports.formats.table_model import Say
from app.exports.service import ComparisonExport
from app.exports.table_request import Options
from app.library import schemas as library_schemas
from app.library.filters import FILTERS, PaperFilters
from app.settings import Language
from app.sources.drafts import DETAILS

Made = TypeVar("Made", covariant=True)


@dataclass(frozen=True)
class ExportFormat(Generic[Made]):
    """A format as it is chosen and made: its label, the end of a file's name, its media type, and
    what writes it. `short` is its label in the menu of a list, `in_menu` whether menus have it."""

    label: str
    ending: str
    media_type: str
    write: Made
    short: str = ""
    in_menu: bool = True


@dataclass(frozen=True)
class ExportedFile:
    """A file to hand out: whole, or piece by piece where it may be long."""

    name: str
    media_type: str
    data: bytes | Iterator[bytes]


_BIBTEX = "application/x-bibtex; charset=utf-8"
_CSV = "text/csv; charset=utf-8"
_JSON = "application/json"
_TEXT = "text/plain; charset=utf-8"
_HTML = "text/html; charset=utf-8"
CHUNK = 64_000  # characters that a long document is sent in


def comparison_document(
    database: Database,
    slug: str,
    wanted: str,
    options: Options,
    *,
    language: Language,
    say: Say,
) -> ExportedFile:
    """A comparison in the format `wanted` (CSV where it is ""), read as its page reads it.

    Raises NotFound, or Invalid for a format or date that is none.
    """
    name = _known(wanted or "csv", OF_COMPARISONS)
    with database.read() as session:
        read = service.read_comparison(session, slug, options, language=language)
    form = OF_COMPARISONS[name]
    made = form.write(read, say)
    data = made.encode() if isinstance(made, str) else made
    return ExportedFile(f"{read.sheet.slug}.{form.ending}", form.media_type, data)


def papers_document(
    database: Database,
    wanted: str,
    q: str = "",
    options: Options | None = None,
    *,
    folder: Path | None = None,
) -> ExportedFile:
    """The papers of a query and filters in the format `wanted` (BibTeX where it is "").

    `options` are the filters and the order of the list of papers, and besides: `key`, citation keys
    that take the place of query and filters; `notes`, the reader's notes with each paper; `html`,
    references as a page, which has their italics. `folder` has the reader's CSL styles, which are
    formats by their names too. Raises Invalid for a format that is none, and for
    a key that is no paper's.
    """
    options = options or {}
    styles = references.find_styles(folder) if folder else references.STYLES
    if folder and (why := references.refused_styles(folder).get(wanted)):
        raise Invalid({"format": why})
    name = _known(wanted or "bibtex", {**OF_PAPERS, **styles})
    style = styles.get(name)
    by_author = bool(style and not style.numbered)
    with database.read() as session:
        ids = _chosen(session, q, options, by_author=by_author)
    records = service.records_in_batches(database, ids, with_notes=_asked("notes", options))
    if style and _asked("html", options):
        return ExportedFile(
            "papers.html", _HTML, _in_chunks(references.write_reference_page(records, style))
        )
    form = _of_style(style) if style else OF_PAPERS[name]
    return ExportedFile(f"papers.{form.ending}", form.media_type, _in_chunks(form.write(records)))


def count_exported_papers(session: Session, q: str, options: Options) -> int:
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


def _known(wanted: str, formats: Mapping[str, object]) -> str:
    if wanted not in formats:
        raise Invalid.field(
            "format",
            N_("“{format}” cannot be written; these can: {known}."),
            format=wanted[:40],
            known=", ".join(formats),
        )
    return wanted


def _bib(read: ComparisonExport) -> str:
    return "".join(bibtex.write_bibtex(read.cited))


def _tex(read: ComparisonExport, say: Say) -> str:
    return latex.write_latex(read.sheet, say, bibliography=_bib(read))


def _zip(read: ComparisonExport, say: Say) -> bytes:
    """The document and its bibliography, ready to be compiled where they are unpacked."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        when = (read.sheet.day.year, read.sheet.day.month, read.sheet.day.day, 0, 0, 0)
        for ending, text in (("tex", _tex(read, say)), ("bib", _bib(read))):
            entry = zipfile.ZipInfo(f"{read.sheet.slug}.{ending}", when)
            archive.writestr(entry, text, zipfile.ZIP_DEFLATED)
    return data.getvalue()


def _markdown(read: ComparisonExport, say: Say) -> str:
    return markdown.write_markdown(
        read.sheet, say, {each.paper.citekey: _reference(each) for each in read.cited}
    )


def _reference(record: PaperEntry) -> str:
    """A paper in one line: Kim et al. 2021. ViLT …"""
    first = next(iter(record.paper.authors), "")
    by = f"{first} et al." if len(record.authors) > 1 else first
    when = str(record.paper.year or "")
    return ". ".join(filter(None, (" ".join(filter(None, (by, when))), record.paper.title)))


def _json(read: ComparisonExport, _: Say) -> str:
    table = comparison_schemas.serialize_comparison(read.table, read.claims)
    return table.model_dump_json(indent=2) + "\n"


def _orkg(read: ComparisonExport, say: Say) -> str:
    return orkg.write_orkg(read.sheet, say).model_dump_json(indent=2) + "\n"


def _papers_as_csv(records: Iterator[PaperEntry]) -> Iterator[str]:
    more = ("published", "abstract", "arxiv_version", "primary_category", "notes")
    names = [*library_schemas.PaperItem.model_fields, *more, *DETAILS]
    return csv.write_csv_table(
        names,
        (
            {
                **dict.fromkeys(DETAILS, ""),
                **library_schemas.serialize_paper_detail(each.paper).model_dump(),
                **each.paper.details,
                "citekey": each.key,
                "authors": _joined(each.authors),
                "tags": _joined([tag.replace(";", ",") for tag in each.keywords]),
                "published": each.date if "-" in each.date else "",
                "notes": "\n\n".join(each.notes),
            }
            for each in records
        ),
    )


def _joined(texts: Sequence[str]) -> str:
    """Texts apart by semicolons; one alone that has a comma, which may be taken for two, ends with
    one."""
    return "; ".join(texts) + ";" * (len(texts) == 1 and "," in texts[0])


def _papers_as_json(records: Iterator[PaperEntry]) -> Iterator[str]:
    """As a list of the API looks, all of it on one page."""
    count = 0
    yield '{"items": ['
    for count, record in enumerate(records, 1):
        detail = library_schemas.serialize_paper_detail(record.paper)
        yield ("," if count > 1 else "") + "\n" + detail.model_dump_json()
    rest = json.dumps({"total": count, "page": 1, "per_page": count})
    yield f"\n], {rest[1:]}\n"


def _of_style(
    style: references.Style,
) -> ExportFormat[Callable[[Iterator[PaperEntry]], Iterator[str]]]:
    return ExportFormat(
        style.label, "txt", _TEXT, partial(references.write_reference_lines, style=style)
    )


def formats_of_papers(folder: Path) -> "Mapping[str, AnyFormat]":
    """The formats of papers, with the styles that stand in a folder."""
    more = references.find_styles(folder)
    return {**OF_PAPERS, **{name: _of_style(style) for name, style in more.items()}}


# The formats, each said once: what the page, the menus, the API and the command offer is read here
# (the command's help is text, which tests/exports/test_exports.py holds against it).
OF_COMPARISONS: Mapping[str, ExportFormat[Callable[[ComparisonExport, Say], str | bytes]]] = {
    "csv": ExportFormat(
        N_("CSV, for a spreadsheet"), "csv", _CSV, lambda read, _: csv.write_csv(read.sheet)
    ),
    "markdown": ExportFormat(N_("Markdown"), "md", "text/markdown; charset=utf-8", _markdown),
    "latex": ExportFormat(
        N_("LaTeX"), "tex", "application/x-tex; charset=utf-8", _tex, in_menu=False
    ),
    "bibtex": ExportFormat(
        N_("BibTeX of what it cites"), "bib", _BIBTEX, lambda read, _: _bib(read), in_menu=False
    ),
    "zip": ExportFormat(N_("LaTeX with its BibTeX (zip)"), "zip", "application/zip", _zip),
    "json": ExportFormat(N_("JSON, as the API has it"), "json", _JSON, _json),
    "orkg": ExportFormat(N_("JSON, in the form of ORKG"), "orkg.json", _JSON, _orkg),
    "svg": ExportFormat(
        N_("Picture (SVG)"),
        "svg",
        "image/svg+xml",
        lambda read, say: picture.write_svg(read.sheet, say),
    ),
    "png": ExportFormat(
        N_("Picture (PNG)"),
        "png",
        "image/png",
        lambda read, say: picture.write_png(picture.write_svg(read.sheet, say)),
    ),
}
OF_PAPERS: Mapping[str, ExportFormat[Callable[[Iterator[PaperEntry]], Iterator[str]]]] = {
    "bibtex": ExportFormat(N_("BibTeX"), "bib", _BIBTEX, bibtex.write_bibtex),
    "biblatex": ExportFormat(
        N_("BibLaTeX"), "bib", _BIBTEX, partial(bibtex.write_bibtex, biblatex=True)
    ),
    "ris": ExportFormat(
        N_("RIS"), "ris", "application/x-research-info-systems; charset=utf-8", ris.write_ris
    ),
    "csl-json": ExportFormat(
        N_("CSL-JSON"),
        "csl.json",
        "application/vnd.citationstyles.csl+json",
        csl_json.write_csl_json,
    ),
    "csv": ExportFormat(N_("CSV, for a spreadsheet"), "csv", _CSV, _papers_as_csv, short="CSV"),
    "json": ExportFormat(
        N_("JSON, as the API has it"), "json", _JSON, _papers_as_json, in_menu=False
    ),
    **{name: _of_style(style) for name, style in references.STYLES.items()},
}
AnyFormat: TypeAlias = ExportFormat[Callable[..., object]]
PAPERS_MENU = {name: each.short or each.label for name, each in OF_PAPERS.items() if each.in_menu}
COMPARISONS_MENU = {name: each.label for name, each in OF_COMPARISONS.items() if each.in_menu}
