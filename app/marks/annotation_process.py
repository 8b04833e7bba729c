"""The process that reads the marks in a PDF, or writes a copy with ours: see `annotations.py`.

PDFium is not thread-safe, and a file may be made to harm: it is opened here alone, under the limits
of `app/files/watchdog.py`.
"""

import hashlib
import io
import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from ctypes import byref, c_uint, create_string_buffer
from typing import Any

import pypdfium2
from pypdfium2 import raw as pdfium

from app.files.watchdog import Watchdog
from app.kit.passages import clean_passage, letters_alone

_LINES = {
    pdfium.FPDF_ANNOT_HIGHLIGHT,
    pdfium.FPDF_ANNOT_UNDERLINE,
    pdfium.FPDF_ANNOT_SQUIGGLY,
    pdfium.FPDF_ANNOT_STRIKEOUT,
}
_NOTES = {
    pdfium.FPDF_ANNOT_TEXT,
    pdfium.FPDF_ANNOT_FREETEXT,
    pdfium.FPDF_ANNOT_INK,
    pdfium.FPDF_ANNOT_SQUARE,
    pdfium.FPDF_ANNOT_CIRCLE,
    pdfium.FPDF_ANNOT_CARET,
}
_BETWEEN = set(" \r\n\t\x02\xad\ufffe-")  # what may stand between two parts of what is marked
_AROUND = 60  # characters before and after
_MOST = 5_000  # marks of a file
Box = tuple[float, float, float, float]  # left, bottom, right, top


def read_marks(document: pypdfium2.PdfDocument, watchdog: Watchdog) -> Iterator[dict[str, object]]:
    """Each mark with its words, comment, colour (parts from 0 to 1) and a key of its own."""
    left = _MOST
    for number in range(len(document)):
        watchdog.page_began = time.monotonic()
        page = document[number]
        letters: list[tuple[int, float, float]] | None = None
        text_page = page.get_textpage()
        for at in range(min(pdfium.FPDFPage_GetAnnotCount(page), left)):
            annotation = pdfium.FPDFPage_GetAnnot(page, at)
            kind = pdfium.FPDFAnnot_GetSubtype(annotation)
            if kind in _LINES | _NOTES:
                if letters is None:
                    letters = _centres(text_page)
                quads = list(_quads(annotation)) if kind in _LINES else []
                exact, prefix, suffix = _words(text_page, letters, quads)
                comment = _string(annotation, "Contents").replace("\r\n", "\n").replace("\r", "\n")
                if exact or comment.strip():
                    left -= 1
                    told = f"{number} {kind} {quads} {exact} {comment}".encode()
                    yield {
                        "page": number + 1,
                        "exact": exact,
                        "prefix": prefix,
                        "suffix": suffix,
                        "comment": comment.strip(),
                        "rgb": _colour(annotation),
                        "key": _string(annotation, "NM") or hashlib.sha256(told).hexdigest(),
                    }
            pdfium.FPDFPage_CloseAnnot(annotation)
        text_page.close()
        page.close()


def _string(annotation: object, name: str) -> str:
    length = pdfium.FPDFAnnot_GetStringValue(annotation, name.encode(), None, 0)
    if not 2 < length < 1_000_000:
        return ""
    buffer = create_string_buffer(length)
    pointer = pdfium.cast(buffer, pdfium.POINTER(pdfium.FPDF_WCHAR))
    pdfium.FPDFAnnot_GetStringValue(annotation, name.encode(), pointer, length)
    text = buffer.raw[: length - 2].decode("utf-16-le", "replace")
    return "".join(each for each in text if each.isprintable() or each in "\n\r\t")


def _quads(annotation: object) -> Iterator[Box]:
    for at in range(min(pdfium.FPDFAnnot_CountAttachmentPoints(annotation), 2_000)):
        points = pdfium.FS_QUADPOINTSF()
        if pdfium.FPDFAnnot_GetAttachmentPoints(annotation, at, byref(points)):
            across = (points.x1, points.x2, points.x3, points.x4)
            up = (points.y1, points.y2, points.y3, points.y4)
            yield min(across), min(up), max(across), max(up)


def _centres(text_page: Any) -> list[tuple[int, float, float]]:
    """Of each letter, its place in the text and where its middle is drawn."""
    found = []
    for index in range(min(text_page.count_chars(), 200_000)):
        left, bottom, right, top = text_page.get_charbox(index)
        if right > left or top > bottom:
            found.append((index, (left + right) / 2, (bottom + top) / 2))
    return found


def _words(
    text_page: Any,
    letters: Sequence[tuple[int, float, float]],
    quads: Sequence[Box],
) -> tuple[str, str, str]:
    """The words within some boxes, by the middles of letters: a box also touches other lines."""
    inside = sorted(
        {
            index
            for left, bottom, right, top in quads
            for index, x, y in letters
            if left <= x <= right and bottom + (top - bottom) / 8 <= y <= top - (top - bottom) / 8
        }
    )
    if not inside:
        return "", "", ""
    text = ""
    for one, other in zip(inside, [*inside[1:], inside[-1] + 1], strict=True):
        text += _letter(text_page, one)
        if other - one > 1:
            between = "".join(_letter(text_page, at) for at in range(one + 1, min(other, one + 6)))
            text += between if set(between) <= _BETWEEN else " "
    first, last = inside[0], inside[-1]
    before = "".join(_letter(text_page, at) for at in range(max(0, first - _AROUND), first))
    count = text_page.count_chars()
    after = "".join(_letter(text_page, at) for at in range(last + 1, min(count, last + _AROUND)))
    return clean_passage(text), clean_passage(before), clean_passage(after)


def _letter(text_page: object, index: int) -> str:
    code = pdfium.FPDFText_GetUnicode(text_page, index)
    return chr(code) if code and not 0xD800 <= code <= 0xDFFF else ""


def _colour(annotation: object) -> tuple[float, float, float] | None:
    """As it says itself, or as it is drawn. PDFium tells the first only where it is not drawn."""
    parts = [c_uint() for _ in range(4)]
    pointers = [byref(each) for each in parts]
    known = 0
    if pdfium.FPDFAnnot_HasKey(annotation, b"C"):
        pdfium.FPDFAnnot_SetAP(annotation, pdfium.FPDF_ANNOT_APPEARANCEMODE_NORMAL, None)
        kind = pdfium.FPDFANNOT_COLORTYPE_Color
        known = pdfium.FPDFAnnot_GetColor(annotation, kind, *pointers)
    elif pdfium.FPDFAnnot_GetObjectCount(annotation):
        drawn = pdfium.FPDFAnnot_GetObject(annotation, 0)
        known = pdfium.FPDFPageObj_GetFillColor(drawn, *pointers)
    red, green, blue = (each.value / 255 for each in parts[:3])
    return (red, green, blue) if known else None


def write_marks(
    document: pypdfium2.PdfDocument, marks: Sequence[Mapping[str, Any]], watchdog: Watchdog
) -> bytes:
    """A copy of the document in which each of `marks` is a highlight, or, where its words are not
    on its page, or it has none, a note in the page's corner."""
    for mark in marks:
        watchdog.page_began = time.monotonic()
        if not 0 < mark["page"] <= len(document):
            continue
        page = document[mark["page"] - 1]
        text_page = page.get_textpage()
        boxes = _boxes(text_page, mark)
        kind = pdfium.FPDF_ANNOT_HIGHLIGHT if boxes else pdfium.FPDF_ANNOT_TEXT
        annotation = pdfium.FPDFPage_CreateAnnot(page, kind)
        for left, bottom, right, top in boxes:
            quad = pdfium.FS_QUADPOINTSF(left, top, right, top, left, bottom, right, bottom)
            pdfium.FPDFAnnot_AppendAttachmentPoints(annotation, byref(quad))
        _, height = page.get_size()
        corner = [(18.0, height - 36.0, 36.0, height - 18.0)]
        lefts, bottoms, rights, tops = zip(*(boxes or corner), strict=True)
        around = pdfium.FS_RECTF(min(lefts), max(tops), max(rights), min(bottoms))
        pdfium.FPDFAnnot_SetRect(annotation, byref(around))
        colour = pdfium.FPDFANNOT_COLORTYPE_Color
        pdfium.FPDFAnnot_SetColor(annotation, colour, *mark["rgb"], 255)
        said = (
            mark["comment"]
            if boxes
            else "\n\n".join(filter(None, (mark["exact"], mark["comment"])))
        )
        for name, text in (("Contents", said), ("NM", mark["key"]), ("T", mark["by"])):
            wide = create_string_buffer(text.encode("utf-16-le") + b"\0\0")
            pointer = pdfium.cast(wide, pdfium.POINTER(pdfium.FPDF_WCHAR))
            pdfium.FPDFAnnot_SetStringValue(annotation, name.encode(), pointer)
        pdfium.FPDFPage_CloseAnnot(annotation)
        text_page.close()
        page.close()
    copy = io.BytesIO()
    document.save(copy)
    return copy.getvalue()


def _boxes(text_page: Any, mark: Mapping[str, Any]) -> list[Box]:
    """Where a mark's words are drawn, a box a line; by letters alone, of several places the one
    with what stood before."""
    letters, index = "", []
    for at in range(min(text_page.count_chars(), 200_000)):
        folded = letters_alone(_letter(text_page, at))
        letters += folded
        index += [at] * len(folded)
    wanted, before = letters_alone(mark["exact"]), letters_alone(mark["prefix"])[-20:]
    if not wanted:
        return []
    place = letters.find(before + wanted)
    place = place + len(before) if place >= 0 else letters.find(wanted)
    if place < 0:
        return []
    first, last = index[place], index[place + len(wanted) - 1]
    boxes = []
    for at in range(pdfium.FPDFText_CountRects(text_page, first, last - first + 1)):
        sides = [pdfium.c_double() for _ in range(4)]
        pdfium.FPDFText_GetRect(text_page, at, *map(byref, sides))
        left, top, right, bottom = (each.value for each in sides)
        boxes.append((left, bottom, right, top))
    return boxes


def _main() -> None:
    """`read FILE LIMITS…`, or `write FILE LIMITS…` with the marks as JSON in the standard input."""
    task, path, *limits = sys.argv[1:]
    given = json.load(sys.stdin) if task == "write" else []
    watchdog = Watchdog(*map(int, limits))
    watchdog.start()
    document = pypdfium2.PdfDocument(path)
    if task == "write":
        sys.stdout.buffer.write(write_marks(document, given, watchdog))
    else:
        sys.stdout.write(json.dumps(list(read_marks(document, watchdog))))


if __name__ == "__main__":
    _main()
