"""Text of PDFs, page by page, read by a process of its own with limits of time and memory.

pypdfium2 (PDFium) is what reads: ten times quicker than readers in Python, and the only one of
them in C, so that a hostile file can harm no more than that process.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Timer

from app.errors import N_, CrosswalkError

PAGES = 5_000  # of one file
PAGE_LETTERS = 200_000  # of one page; a printed one has some 5,000
FILE_LETTERS = 20_000_000
PAGE_SECONDS = 20
FILE_SECONDS = 600
MEMORY = 1024**3  # bytes that the process may hold
_TOO_LONG, _TOO_LARGE = 90, 91  # how it ends then; sysexits.h leaves these free

_NO_PDF = N_("This is no PDF. If it is a page that asks to sign in, fetch the file by hand.")
_EMPTY = N_("This file is empty.")
_PASSWORD = N_(
    "This PDF asks for a password. Save a copy without one in the program you read it with, "
    "and add that."
)
_BROKEN = N_("This PDF is damaged or cut off, and cannot be opened. Fetch it again.")
_PROTECTED = N_("This PDF is protected in a way that cannot be read. Save a copy of it without.")
_CRASHED = N_("This PDF cannot be read: the program that reads PDFs broke down over it.")
_LONG = N_("Reading this PDF took too long, and was broken off.")
_MEMORY = N_("Reading this PDF took too much memory, and was broken off.")
_PAGES = N_("This PDF has more than 5,000 pages; the text of the first 5,000 was taken.")
_LETTERS = N_("This PDF has more text than any paper; its first 20 million letters were taken.")
_CUT = N_("Some pages of this PDF could not be read whole.")
_WHY = {_TOO_LONG: _LONG, -signal.SIGXCPU: _LONG, _TOO_LARGE: _MEMORY}
# FPDF_GetLastError of PDFium's fpdfview.h
_ERRORS = {2: _BROKEN, 3: _BROKEN, 4: _PASSWORD, 5: _PROTECTED, 6: _BROKEN}


class UnreadableFile(CrosswalkError):
    """A file whose text cannot be had, or not all of it; the message says why, without values."""

    status = 422


@dataclass(frozen=True)
class PageText:
    """A page's text, cleaned; pages count from 1. `of` is how many the file has, where known."""

    page: int
    text: str
    of: int = 0


@dataclass(frozen=True)
class FileOpening:
    """What a PDF says of itself at once: how many pages it has, the title that its first page seems
    to show (empty where none does), what its metadata say (Title, Author, Subject: often useless),
    and the text of its first pages."""

    pages: int
    title: str
    metadata: dict[str, str] = field(default_factory=dict)
    texts: tuple[PageText, ...] = ()


def read_opening(path: Path, *, texts: int = 2) -> FileOpening:
    """The PDF's number of pages, its title, and the text of its first `texts` pages.

    Raises:
        UnreadableFile: it is no PDF, is broken, or asks for a password.
    """
    about, pages = _read(path, last=texts)
    return FileOpening(*about, texts=tuple(pages))


def extract_pages(path: Path, *, first: int = 1) -> Iterator[PageText]:
    """The text of each of the PDF's pages, from `first` on, as it is read. A page without text is
    an empty one.

    Raises:
        UnreadableFile: at once, the file cannot be opened; after pages, there are no more than
            those, for the limit of pages, letters, time or memory was met, or PDFium broke down.
    """
    _, pages = _read(path, first=first)
    yield from pages


def _read(
    path: Path, *, first: int = 1, last: int = PAGES
) -> tuple[tuple[int, str, dict[str, str]], Iterator[PageText]]:
    _look_at_bytes(path)
    limits = (PAGE_SECONDS, FILE_SECONDS, MEMORY, _TOO_LONG, _TOO_LARGE)
    asked = map(str, (first, last, PAGE_LETTERS, *limits))
    process = subprocess.Popen(  # noqa: S603 (our own module)
        [sys.executable, "-m", "app.files.pdf_process", str(path.resolve()), *asked],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="ascii",
        # Where the library is, and a database's password, it need not know.
        env={name: said for name, said in os.environ.items() if not name.startswith("CROSSWALK_")},
    )
    pages = _take_lines(process, last)
    try:
        about = next(pages)
        assert not isinstance(about, PageText)
    except BaseException:
        pages.close()
        raise
    return about, (page for page in pages if isinstance(page, PageText))


def _look_at_bytes(path: Path) -> None:
    """Refuse what is no PDF before a process is started for it."""
    with path.open("rb") as file:
        begin = file.read(1024)  # within which readers look for it, says Adobe's note on PDF 1.7
    if not begin:
        raise UnreadableFile(_EMPTY)
    if b"%PDF-" not in begin:
        raise UnreadableFile(_NO_PDF)


def _take_lines(
    process: "subprocess.Popen[str]", last: int
) -> Generator[tuple[int, str, dict[str, str]] | PageText]:
    """What the process says: of the file first, then each page; it does not outlive this."""
    assert process.stdout is not None
    letters, cut, ended = 0, False, False
    # It watches itself; this is for one that cannot any more.
    late = Timer(FILE_SECONDS + 30, process.kill)
    late.daemon = True
    late.start()
    try:
        of = 0
        for line in process.stdout:
            said = json.loads(line)
            if "error" in said:
                raise UnreadableFile(_ERRORS.get(said["error"], _BROKEN))
            if "pages" in said:
                of = said["pages"]
                yield of, said["title"], said["metadata"]
            elif "page" in said:
                letters += len(said["text"])
                if letters > FILE_LETTERS:
                    raise UnreadableFile(_LETTERS)
                cut = cut or said["cut"]
                yield PageText(said["page"], said["text"], of)
            else:
                ended = True
        if not ended:
            why = {_TOO_LONG: _LONG, -signal.SIGXCPU: _LONG, _TOO_LARGE: _MEMORY}.get(
                process.wait(), _CRASHED
            )
            raise UnreadableFile(why)
        if last == PAGES < of:
            raise UnreadableFile(_PAGES)
        if cut:
            raise UnreadableFile(_CUT)
    finally:
        late.cancel()
        process.kill()
        process.stdout.close()
        process.wait()
