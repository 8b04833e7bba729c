"""What a file is and what is in it, told by its content first and its name second.

Every format is read into the same records (`app.sources.drafts`), but notes, whose entries name
things of the library, and predictions, which are no papers: those stay text.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import PurePosixPath

from app.errors import N_, Invalid, TooLarge
from app.sources import predictions
from app.sources.decoding import decode
from app.sources.drafts import Problem, ReadFile, RecordDraft

Reader = Callable[[str, str], ReadFile]


@dataclass(frozen=True)
class Format:
    """A text format: how it is told from others, its reader, and what its files are called."""

    looks_like: Callable[[str], bool]
    read: Reader
    endings: tuple[str, ...]


# In the order in which they are asked whether a text is theirs.
TEXTS: dict[str, Format] = {}
FORMATS = ("notes", "bibtex", "ris", "csl-json", "vault", "predictions", "ids")


@dataclass(frozen=True)
class Content:
    """A file as it was read. Notes and predictions are `text`; everything else is `records`, with
    the other `files` of a folder, by path."""

    format: str
    text: str = ""
    records: ReadFile | None = None
    files: Mapping[str, bytes] = field(default_factory=dict)


FILE_LIMIT = 30 * 1024 * 1024  # bytes of a text: 7,000 references with abstracts are 20 MB
ZIP_LIMIT = 100 * 1024 * 1024
ENDINGS = (".md", ".markdown", ".txt", ".bib", ".bibtex", ".ris", ".json", ".enw", ".nbib")


def check_file(data: bytes) -> bytes:
    """`data`, unless it is too large.

    Raises:
        TooLarge: it is.
    """
    limit = ZIP_LIMIT if is_zip(data) else FILE_LIMIT
    if len(data) > limit:
        raise TooLarge(
            N_("The file is larger than {limit} MB. Cut it into several."),
            limit=limit // 1024 // 1024,
        )
    return data


def is_zip(data: bytes) -> bool:
    return data.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def check_format(name: str) -> None:
    """Raises Invalid: field `format`; there is none such."""
    if name and name not in FORMATS:
        raise Invalid.field(
            "format",
            N_("This format cannot be read. Use one of: {formats}."),
            formats=", ".join(FORMATS),
        )


def read(data: bytes, name: str, format: str = "") -> Content:
    """What is in a file. `format` is one of `FORMATS`, or empty: then the file itself tells.

    Raises:
        Invalid: it is no text, or nothing that can be read.
    """
    check_format(format)
    text = decode(data)
    if not text.strip("\ufeff \t\r\n"):
        raise Invalid.field("file", N_("There is nothing in this file."))
    format = format or _told(text, name)
    if format in TEXTS:
        return Content(format, records=TEXTS[format].read(text, name))
    return Content(format, text=text)


def _told(text: str, name: str) -> str:
    """The format of a text: what it looks like, else what it is called, else notes."""
    if predictions.looks_like(text):
        return "predictions"
    for format, known in TEXTS.items():
        if known.looks_like(text):
            return format
    ending = PurePosixPath(name).suffix.lower()
    return next((format for format, known in TEXTS.items() if ending in known.endings), "notes")


def mended(content: Content, mends: Mapping[int, str]) -> Content:
    """`content` with problems, by their number, read again from texts that the reader mended."""
    read = content.records
    if read is None or not mends:
        return content
    problems: list[Problem] = []
    records: list[RecordDraft] = list(read.records)
    for number, problem in enumerate(read.problems):
        text = mends.get(number)
        if text is None or not text.strip() or text == problem.raw:
            problems.append(problem)
            continue
        again = _again(content.format, text, problem)
        records += (
            each.model_copy(update={"line": problem.line, "path": problem.path})
            for each in again.records
        )
        problems += (
            each.model_copy(update={"line": problem.line, "path": problem.path})
            for each in again.problems
        )
    found = read.model_copy(update={"records": tuple(records), "problems": tuple(problems)})
    return replace(content, records=found)


def _again(format: str, text: str, problem: Problem) -> ReadFile:
    if format in TEXTS:
        return TEXTS[format].read(text, problem.path)
    return ReadFile(format=format, problems=(problem,))


read_once = lru_cache(maxsize=2)(read)  # for a preview, which is looked at page by page
