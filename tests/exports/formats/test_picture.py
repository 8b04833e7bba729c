"""The picture: well-formed whatever the names, every cell in words, PNG of a bounded size."""

import struct
import zlib
from datetime import date
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings

from app.exports.formats import picture
from app.exports.formats.table_model import CitedSource, Head, Sheet, TableEntry
from app.models import stances
from tests.exports.sheets import STANCES, say, sheets

SVG = "{http://www.w3.org/2000/svg}"


@settings(max_examples=40)
@given(sheets())
def test_every_filled_cell_says_what_it_means(sheet: Sheet) -> None:
    root = ElementTree.fromstring(picture.write_svg(sheet, say))
    title, *cells = [each.text or "" for each in root.iter(f"{SVG}title")]
    assert title == sheet.title
    expected = list(sheet.entries())
    assert len(cells) == len(expected)
    for words, entry in zip(cells, expected, strict=True):
        assert stances.STANCES[entry.stance].label in words
        assert ("ruled" in words.splitlines()[1]) == entry.ruled
        assert all(str(source) in words for source in entry.sources)
        assert all(figure in words for figure in entry.figures)


def sheet(rows: int, columns: int, *, name: str = "Gated fusion") -> Sheet:
    return Sheet(
        "vqa-sql",
        "VQA to SQL",
        date(2026, 11, 24),
        tuple(Head(f"r{n}", name, n % 3, n % 3 == 0) for n in range(rows)),
        tuple(Head(f"c{n}", name, n % 2) for n in range(columns)),
        {
            (f"r{n}", f"c{n}"): TableEntry(
                STANCES[n % len(STANCES)], "high", n % 2 == 0, n, (CitedSource("a"),)
            )
            for n in range(min(rows, columns))
        },
    )


def test_it_uses_the_pages_colours_and_signs() -> None:
    drawn = picture.write_svg(sheet(8, 8), say)
    assert all(f'href="#sign-{stance}"' in drawn for stance in STANCES)
    assert picture.read_colours()["yes"] == "#24693f"
    assert picture.read_colours()["paper"] in drawn


def test_a_long_name_is_cut_and_stays_whole_in_its_cell() -> None:
    long = "An extraordinarily long name of a technique " * 4
    drawn = picture.write_svg(sheet(2, 2, name=long), say)
    assert "…" in drawn
    assert f"{long} × {long}" in drawn


@pytest.mark.parametrize(("rows", "columns"), [(0, 0), (4, 3), (30, 200)])
def test_png_is_bounded_and_not_blank(rows: int, columns: int) -> None:
    data = picture.write_png(picture.write_svg(sheet(rows, columns), say))
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", data[16:24])
    assert 0 < width <= picture.LARGEST
    assert 0 < height <= picture.LARGEST
    assert columns < 200 or max(width, height) > 0.99 * picture.LARGEST, "as large as it may be"
    assert len(set(zlib.decompress(_pixels(data)))) > 2


def _pixels(data: bytes) -> bytes:
    """What the chunks of a PNG hold of its picture, compressed."""
    at, found = 8, b""
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        if kind == b"IDAT":
            found += data[at + 8 : at + 8 + length]
        at += length + 12
    return found


def test_only_our_own_picture_becomes_png() -> None:
    with pytest.raises(ValueError, match="not a picture of ours"):
        picture.write_png("<svg/>")
