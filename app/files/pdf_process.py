"""The process that reads a PDF: PDFium is not thread-safe, and a file may be made to harm.

Run by `extraction.py`. Writes a line of JSON for the file and one for each page, and ends itself
where a page, the file or its memory goes beyond what it was given (`watchdog.py`). It imports
nothing else of ours but what cleans text; nothing of a file is executed, for this PDFium is built
without JavaScript.
"""

import json
import statistics
import sys
import time

import pypdfium2
from pypdfium2 import raw as pdfium

from app.files.page_text import clean_page_text
from app.files.watchdog import Watchdog

_TITLE_LETTERS = 6_000  # of the first page are looked at for its title
_METADATA = ("Title", "Author", "Subject")


def read_pdf() -> None:
    """`FILE FIRST LAST LETTERS` (of a page), and what a `Watchdog` is made of."""
    path = sys.argv[1]
    first, last, letters, *limits = map(int, sys.argv[2:])
    watchdog = Watchdog(*limits)
    watchdog.start()
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        _say(error=getattr(error, "err_code", None) or pdfium.FPDF_ERR_FORMAT)
        return
    pages = len(document)
    about = document.get_metadata_dict(skip_empty=True)
    title = _guess_title(document) if pages and first == 1 else ""
    metadata = {name: _printable(about[name])[:2_000] for name in _METADATA if name in about}
    _say(pages=pages, title=title, metadata=metadata)
    words: set[str] = set()
    for number in range(first, min(last, pages) + 1):
        watchdog.page_began = time.monotonic()
        _say(page=number, **_read_page(document, number, letters, words))
    _say(end=True)


def _read_page(
    document: pypdfium2.PdfDocument, number: int, letters: int, words: set[str]
) -> dict[str, str | bool]:
    try:
        page = document[number - 1]
        text_page = page.get_textpage()
        count = text_page.count_chars()
        raw = text_page.get_text_range(0, min(count, letters)) if count else ""
    except (pypdfium2.PdfiumError, AssertionError):
        return {"text": "", "cut": True}
    text_page.close()
    page.close()
    return {"text": clean_page_text(raw, words), "cut": count > letters}


def _guess_title(document: pypdfium2.PdfDocument) -> str:
    """The first page's largest lines that read like a title."""
    try:
        text_page = document[0].get_textpage()
        lines: list[tuple[float, str]] = []
        heights: list[float] = []
        letters: list[str] = []
        count = min(text_page.count_chars(), _TITLE_LETTERS)
        for index in range(count + 1):
            letter = chr(pdfium.FPDFText_GetUnicode(text_page, index)) if index < count else "\n"
            if letter in "\r\n\x02\ufffe":
                if letters and heights:
                    broken = "-\n" if letter in "\x02\ufffe" else "\n"
                    lines.append((statistics.median(heights), "".join(letters) + broken))
                    letters, heights = [], []
                continue
            if abs(pdfium.FPDFText_GetCharAngle(text_page, index)) % 6.283 > 0.1:
                continue  # arXiv's stamp runs up the margin
            letters.append(letter)
            if letter.isalnum():
                _, bottom, _, top = text_page.get_charbox(index, loose=True)
                heights.append(top - bottom)
    except pypdfium2.PdfiumError:
        return ""
    for size in sorted({round(height, 1) for height, _ in lines}, reverse=True)[:5]:
        run: list[str] = []
        for height, line in lines:
            if height > size * 0.93 and height < size * 1.07:
                run.append(line)
            elif run:
                break
        text = " ".join(clean_page_text("".join(run)).split())
        long_enough = len(text) >= 12 or sum(map(_is_ideograph, text)) >= 4
        if long_enough and len(text) <= 300 and not text.casefold().startswith("arxiv:"):
            return text
    return ""


def _is_ideograph(letter: str) -> bool:
    return letter >= "\u3040"


def _printable(text: str) -> str:
    return clean_page_text(text).replace("\n", " ")


def _say(**values: object) -> None:
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    read_pdf()
