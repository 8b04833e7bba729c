"""What changed between two texts, and what can be saved."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Invalid
from app.notes.rules import check_text, diff_texts


def test_a_changed_line_shows_its_changed_words() -> None:
    lines = diff_texts("same\nthe old words\nsame", "same\nthe new words\nsame")
    assert lines is not None
    assert [(line.mark, line.pieces) for line in lines] == [
        ("same", (("same", "same"),)),
        ("removed", (("same", "the "), ("removed", "old"), ("same", " words"))),
        ("added", (("same", "the "), ("added", "new"), ("same", " words"))),
        ("same", (("same", "same"),)),
    ]


def test_chinese_is_compared_by_character() -> None:
    lines = diff_texts("感觉可以试试", "感觉不可以试")
    assert lines is not None
    assert ("added", "不") in lines[1].pieces


def test_what_is_the_same_is_skipped_and_counted() -> None:
    old = "\n".join(map(str, range(100)))
    lines = diff_texts(old, old.replace("50", "fifty"))
    assert lines is not None
    assert [line.skipped for line in lines if line.skipped] == [48]
    assert len(lines) == 6


def test_texts_of_too_many_lines_are_not_compared() -> None:
    assert diff_texts("x\n" * 15_000, "y\n" * 15_000) is None


@given(st.text(max_size=200), st.text(max_size=200))
def test_no_character_of_a_changed_line_is_lost(old: str, new: str) -> None:
    lines = diff_texts(old, new)
    assert lines is not None
    shown = {line.mark: set[str]() for line in lines}
    for line in lines:
        shown[line.mark].add("".join(text for _, text in line.pieces))
    assert shown.get("added", set()) <= set(new.splitlines())
    assert shown.get("removed", set()) <= set(old.splitlines())
    assert bool(lines) == (old.splitlines() != new.splitlines())


@pytest.mark.parametrize(
    ("title", "body", "field"),
    [
        ("t" * 1_001, "x", "title"),
        ("a\u202eb", "x", "title"),
        ("t", "x\x00", "body"),
        ("t", "\ud800", "body"),
        ("t", "x" * 1_000_001, "body"),
        ("", " \n", "body"),
    ],
)
def test_what_cannot_be_saved(title: str, body: str, field: str) -> None:
    with pytest.raises(Invalid) as problem:
        check_text(title, body)
    assert set(problem.value.errors) == {field}


def test_a_text_is_kept_as_it_was_typed_but_for_line_ends() -> None:
    assert check_text(" two\n words ", "a\r\n  b\rc ") == ("two words", "a\n  b\nc ")
