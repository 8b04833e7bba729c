"""Bytes → text. What is plain text in UTF-8, UTF-16 and GB 18030 is in test_markdown_notes.py."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Invalid
from app.kit.decoding import decode_text

GERMAN = (
    "% Encoding: UTF-8\n@article{k,\n title = {Über die Größe – naïve},\n author={Müller},\n}\n"
)
CHINESE = "@article{k,\r title = {门控融合与视觉问答},\r author={张三 and 李四},\r}\r"


@pytest.mark.parametrize("text", [GERMAN, CHINESE, CHINESE * 40])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_unicode(text: str, encoding: str) -> None:
    assert decode_text(text.encode(encoding)) == text


def test_windows_1252_that_says_that_it_is_utf_8() -> None:
    assert decode_text(GERMAN.encode("windows-1252")) == GERMAN


@pytest.mark.parametrize("encoding", ["gbk", "gb18030"])
def test_chinese(encoding: str) -> None:
    assert decode_text(CHINESE.encode(encoding)) == CHINESE


def test_a_file_put_together_from_two() -> None:
    both = (CHINESE * 3).encode() + GERMAN.encode("windows-1252")
    assert decode_text(both) == CHINESE * 3 + GERMAN


def test_a_character_that_is_cut_off_costs_no_others() -> None:
    assert decode_text(CHINESE.encode()[:-25]).startswith(CHINESE[:30])


def test_control_characters_stay() -> None:
    assert decode_text(b"TY  - JOUR\x0b\nTI  - a\x07b\n") == "TY  - JOUR\x0b\nTI  - a\x07b\n"


@pytest.mark.parametrize("data", [b"\x00\x01", b"\x01\x00a\x00b\x00", b"%PDF-1.5\n\x80\x81\x00"])
def test_what_only_has_the_zeros_of_utf_16(data: bytes) -> None:
    with pytest.raises(Invalid, match="not a text file"):
        decode_text(data)


@given(st.binary(max_size=300))
def test_any_bytes_are_text_or_refused(data: bytes) -> None:
    with suppress(Invalid):
        assert "\x00" not in decode_text(data)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("gbk_test.bib", "凯撒"),
        ("encoding-utf-16BE-without-header.bib", "Ü ist ein Umlaut"),
        ("encoding-windows-1252-with-header.bib", "25° C"),
    ],
)
def test_shared_files(shared_dir: Path, name: str, words: str) -> None:
    (file, *_) = (shared_dir / "data/bib").rglob(name)
    assert words in decode_text(file.read_bytes())
