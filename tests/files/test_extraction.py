"""A PDF's text, read by a process apart: what real files say, what broken and hostile ones do."""

from pathlib import Path

import pytest

from app.files import extraction
from app.files.extraction import UnreadableFile, extract_pages, read_opening
from tests.files.pdf_bytes import make_pdf, page_of


def _made(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "a.pdf"
    path.write_bytes(data)
    return path


def test_a_pdf_says_its_pages_and_title(tmp_path: Path) -> None:
    title = b"BT /F1 18 Tf 72 740 Td (Attention to Structure) Tj ET "
    path = _made(tmp_path, make_pdf(title + page_of("by Ann Lee", top=700), page_of("Second.")))
    opening = read_opening(path)
    assert (opening.pages, opening.title) == (2, "Attention to Structure")
    assert [page.text for page in opening.texts] == [
        "Attention to Structure\nby Ann Lee",
        "Second.",
    ]
    assert [(page.page, page.text) for page in extract_pages(path, first=2)] == [(2, "Second.")]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"PK\x03\x04 a ZIP", "no PDF"),
        (b"<!doctype html><title>Sign in</title>", "no PDF"),
        (b"%PDF-1.4\n%\xe2\xe3", "damaged"),
        (make_pdf(page_of("cut"))[:200], "damaged"),
        (make_pdf(), "damaged"),
    ],
)
def test_what_is_no_readable_pdf_says_why(tmp_path: Path, data: bytes, says: str) -> None:
    with pytest.raises(UnreadableFile, match=says):
        list(extract_pages(_made(tmp_path, data)))


def test_pages_that_were_read_stay_where_a_limit_is_met(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extraction, "FILE_LETTERS", 12)
    pages = extract_pages(_made(tmp_path, make_pdf(*[page_of("ten letter")] * 3)))
    assert next(pages).text == "ten letter"
    with pytest.raises(UnreadableFile, match="more text"):
        next(pages)


def test_a_file_that_takes_too_long_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extraction, "FILE_SECONDS", 0)
    with pytest.raises(UnreadableFile, match="too long"):
        list(extract_pages(_made(tmp_path, make_pdf(*[page_of("x " * 2000)] * 200))))


def test_a_file_that_wants_too_much_memory_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extraction, "MEMORY", 1_000_000)
    with pytest.raises(UnreadableFile, match=r"memory|broke down"):
        list(extract_pages(_made(tmp_path, make_pdf(*[page_of("x " * 2000)] * 200))))
