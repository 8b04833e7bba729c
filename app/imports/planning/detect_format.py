"""What a file is and what is in it, told by its content first and its name second.

Every format is read into the same records (`app.sources.drafts`), but notes, whose entries name
things of the library, and predictions, which are no papers: those stay text.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from io import BytesIO
from pathlib import Path, PurePosixPath
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from app.errors import N_, Invalid, Message, Problem, TooLarge
from app.imports.planning.read_pdfs import find_pdfs, is_pdf, read_pdfs
from app.kit import archives
from app.kit.archives import Unpacked, is_zip
from app.kit.decoding import decode_text
from app.kit.effort import effort_for
from app.sources import folders, predictions
from app.sources.bibliography import bibtex, csl_json, csv_table, id_list, ris, tagged, unread
from app.sources.drafts import ReadFile, RecordDraft
from app.sources.markdown import front_matter
from app.sources.markdown import papers as markdown_papers
from app.sources.markdown.note_list import NoteEntry, parse_note_list
from app.sources.markdown.quoted_references import find_quoted_references, has_prose

FILE_LIMIT = 30 * 1024 * 1024  # bytes of a text: 7,000 references with abstracts are 20 MB
ZIP_LIMIT = 100 * 1024 * 1024
PDFS_LIMIT = 20 * 1024 * 1024 * 1024  # of a folder of this computer


@dataclass(frozen=True)
class RecordFormat:
    """A format of records: how it is told from others, its reader, what its files are called."""

    looks_like: Callable[[str], bool]
    read: Callable[[str, str], ReadFile]
    endings: tuple[str, ...]


# In the order in which they are asked whether a text is theirs; Markdown is told from notes apart.
RECORDS: Mapping[str, RecordFormat] = {
    "csv": RecordFormat(csv_table.looks_like_csv, csv_table.read_csv, (".csv", ".tsv")),
    "csl-json": RecordFormat(csl_json.looks_like_csl_json, csl_json.read_csl_json, (".json",)),
    "endnote": RecordFormat(tagged.looks_like_tagged, tagged.read_tagged, (".enw",)),
    "ris": RecordFormat(ris.looks_like_ris, ris.read_ris, (".ris", ".nbib", ".ciw")),
    "bibtex": RecordFormat(bibtex.looks_like_bibtex, bibtex.read_bibtex, (".bib", ".bibtex")),
    "id-list": RecordFormat(id_list.looks_like_id_list, id_list.read_id_list, ()),
}
QUOTED = ("bibtex", "ris")  # what people put into their notes
_READERS = {ending: known.read for known in RECORDS.values() for ending in known.endings}
# What files of references are called besides, and what else is called so.
_EXPORTS = (".txt", ".net", ".xml", ".rdf", ".cff")
FORMATS = ("notes", "vault", "markdown", *RECORDS, "predictions")


@dataclass(frozen=True)
class Content:
    """A file as it was read. Notes and predictions are `text`; everything else is `records`, with
    the `files` of a folder, by path, and which of them are papers: the SHA-256 of each PDF."""

    format: str
    text: str = ""
    records: ReadFile | None = None
    files: Mapping[str, bytes] = field(default_factory=dict)
    pdfs: Mapping[str, str] = field(default_factory=dict)


def check_file(data: bytes) -> bytes:
    """`data`, unless it is too large.

    Raises:
        TooLarge: it is.
    """
    limit = ZIP_LIMIT if is_zip(data) or is_pdf(data) else FILE_LIMIT
    if len(data) > limit:
        raise TooLarge(
            N_("The file is larger than {limit} MB. Cut it into several."),
            limit=limit // 1024 // 1024,
        )
    return data


def read_content(data: bytes, name: str, format: str = "") -> Content:
    """What is in a file. `format` is one of `FORMATS`, or empty: then the file itself tells.

    Raises:
        TooLarge: it is.
        Invalid: `format` is none, or the file is no text, or nothing that can be read.
    """
    check_format(format)
    check_file(data)
    if is_zip(data):
        return read_files(archives.unpack_zip(data))
    if is_pdf(data):
        return read_files(Unpacked({name or "paper.pdf": data}))
    text = decode_text(data)
    if not text.strip("\ufeff \t\r\n"):
        raise Invalid.field("file", N_("There is nothing in this file."))
    if instead := unread.say_instead(text, name):
        raise Invalid({"file": instead})
    format = format or _told(text, name)
    if format in ("vault", "markdown"):
        return Content("markdown", records=markdown_papers.read_paper_notes(text, name))
    if format in RECORDS:
        with effort_for(text):
            read = RECORDS[format].read(text, name)
        if not (read.records or read.problems):
            raise Invalid.field("file", N_("No entry can be found in this file."))
        return Content(format, records=read)
    return Content(format, text=text)


def check_format(name: str) -> None:
    """Raises Invalid: field `format`; there is none such."""
    if name and name not in FORMATS:
        raise Invalid.field(
            "format",
            N_("This format cannot be read. Use one of: {formats}."),
            formats=", ".join(FORMATS),
        )


def read_folder_content(path: Path) -> Content:
    """What is in a folder of this computer; see `read`."""
    limits = archives.Limits(total=ZIP_LIMIT, pdfs=PDFS_LIMIT)
    return read_files(archives.walk_folder(path, limits))


def read_files(unpacked: Unpacked) -> Content:
    """What is in the files of a folder.

    Raises:
        Invalid: nothing of it can be read.
    """
    others = [
        path
        for path, data in unpacked.files.items()
        if _is_other_table(path, data) or _is_no_export(path, data)
    ]
    readers = {**_READERS, **dict.fromkeys(_EXPORTS, _read_export)}
    found = folders.read_folder_files(unpacked.files, readers, unread=others)
    pdfs = find_pdfs(unpacked.files)
    named = {path for record in found.records for path in record.files}
    alone = read_pdfs(unpacked.files, {path: pdfs[path] for path in pdfs if path not in named})
    records = (*found.records, *alone.records)
    if not records:
        why = next((each.why for each in alone.problems), None)
        if why and len(unpacked.files) == 1:
            raise Invalid({"file": why})
        raise Invalid.field("file", N_("Nothing in here can be read as papers or notes."))
    problems = (*found.problems, *alone.problems, *unpacked.problems)
    found = found.model_copy(update={"records": records, "problems": problems})
    return Content("vault", records=found, files=unpacked.files, pdfs=pdfs)


def _is_other_table(path: str, data: bytes) -> bool:
    """Whether a file of a folder is a table, and not of papers."""
    if PurePosixPath(path).suffix.lower() not in RECORDS["csv"].endings:
        return False
    try:
        return not RECORDS["csv"].looks_like(decode_text(data))
    except Invalid:
        return True


def _is_no_export(path: str, data: bytes) -> bool:
    """Whether a file of a folder, which by its name may hold references, holds something else."""
    if PurePosixPath(path).suffix.lower() not in _EXPORTS or len(data) > FILE_LIMIT:
        return False
    try:
        text = decode_text(data)
    except Invalid:
        return True
    return not _begins_as_export(text) and _refused(text, path) is None


def _begins_as_export(text: str) -> bool:
    return ris.begins_as_export(text) or tagged.begins_as_tagged(text)


def _refused(text: str, path: str) -> Message | None:
    """What to export instead of references that are not read; of other XML nothing is said."""
    instead = unread.say_instead(text, path)
    return instead if instead and instead.text != unread.OF_XML else None


def _read_export(text: str, path: str) -> ReadFile:
    """What CNKI, Wanfang, NoteExpress and Web of Science save as text.

    Raises Invalid saying what to export instead of a file that is not read.
    """
    if instead := _refused(text, path):
        raise Invalid({"file": instead})
    read = tagged.read_tagged if tagged.begins_as_tagged(text) else ris.read_ris
    return read(text, path)


def pack_files(files: Iterable[tuple[str, bytes]]) -> bytes:
    """Several files as one, the same for the same files."""
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED, compresslevel=1) as archive:
        for name, data in files:
            archive.writestr(ZipInfo(name), data, ZIP_DEFLATED)
    return packed.getvalue()


def _told(text: str, name: str) -> str:
    """The format of a text: what it looks like, else what it is called, else Markdown or notes."""
    if predictions.looks_like_predictions(text):
        return "predictions"
    ending = PurePosixPath(name).suffix.lower()
    for format, known in RECORDS.items():
        if known.looks_like(text) and not (
            format in QUOTED and ending not in _READERS and _is_note(text, ending)
        ):
            return format
    for format, known in RECORDS.items():
        if ending in known.endings:
            return format
    return _markdown_or_notes(text, name)


def _is_note(text: str, ending: str) -> bool:
    """Whether a text that holds references is a note that quotes them: its name says that it is
    Markdown, or there are words beside them."""
    return ending in folders.MARKDOWN or (has_prose(text) and not ris.begins_as_export(text))


def _markdown_or_notes(text: str, name: str) -> str:
    """Notes are entries under headings; what describes one paper, or lists papers in a table, is
    better read as such."""
    if front_matter.parse_front_matter(text).start > 0 or markdown_papers.is_endless(text):
        return "markdown"
    found = markdown_papers.read_paper_notes(text, name).records
    papers = sum(1 for record in found if record.draft)
    quotes = bool(find_quoted_references(text))
    if not papers and not quotes:
        return "notes"
    entries = parse_note_list(text).entries
    if quotes and (len(entries) < 2 or papers > 1):
        return "markdown"
    says_more = papers == len(found) == 1 and (
        len(entries) > 1 or _says_more(found[0], entries[0] if entries else None)
    )
    has_lists = papers > 1 and any(map(markdown_papers.list_entry, entries))
    return "markdown" if says_more or has_lists or papers > len(entries) else "notes"


def _says_more(record: RecordDraft, entry: NoteEntry | None) -> bool:
    """Whether a file about one paper says of it what an entry of notes has no place for."""
    draft = record.draft
    return draft is not None and bool(
        draft.authors or draft.doi or (draft.arxiv_id and not (entry and entry.arxiv_id))
    )


def read_mended(content: Content, mends: Mapping[int, str]) -> Content:
    """`content` with problems, by their number, read again from texts that the reader mended."""
    read = content.records
    if read is None or not mends:
        return content
    problems: list[Problem] = []
    records: list[RecordDraft] = list(read.records)
    for number, problem in enumerate(read.problems):
        text = mends.get(number, "")
        if not text.strip() or text == problem.raw:
            problems.append(problem)
            continue
        at = {"line": problem.line, "path": problem.path}
        try:
            again = _reader(content.format, problem.path)(text, problem.path)
        except Invalid as error:  # a table whose head is gone
            why = next(iter(error.errors.values()))
            problems.append(problem.model_copy(update={"why": why, "raw": text}))
            continue
        records += (each.model_copy(update=at) for each in again.records)
        problems += (each.model_copy(update=at) for each in again.problems)
    found = read.model_copy(update={"records": tuple(records), "problems": tuple(problems)})
    return replace(content, records=found)


def _reader(format: str, path: str) -> Callable[[str, str], ReadFile]:
    if format in RECORDS:
        return RECORDS[format].read
    return _READERS.get(PurePosixPath(path).suffix.lower(), markdown_papers.read_paper_notes)


read_once = lru_cache(maxsize=1)(read_content)  # for a preview, which is looked at page by page
