"""Three-way merging of texts and rows."""

from hypothesis import given
from hypothesis import strategies as st

from app.vault.dump_load import Row
from app.vault.sync.three_way_merge import merge_rows, merge_text

texts = st.lists(st.sampled_from(("a", "b", "c", "", "中")), max_size=6).map("\n".join)


@given(base=texts, other=texts)
def test_one_side_alone_is_taken_whole(base: str, other: str) -> None:
    assert merge_text(base, base, other) == other
    assert merge_text(base, other, base) == other
    assert merge_text(base, other, other) == other


@given(base=texts, ours=texts, theirs=texts)
def test_what_merges_one_way_merges_the_other(base: str, ours: str, theirs: str) -> None:
    assert merge_text(base, ours, theirs) == merge_text(base, theirs, ours)


def test_edits_of_different_lines_are_both_taken() -> None:
    assert merge_text("a\nb\nc\nd", "A\nb\nc\nd", "a\nb\nc\nD\ne") == "A\nb\nc\nD\ne"
    assert merge_text("a\nb", "A\nb", "a\nB") == "A\nB"
    assert merge_text("a\nb\nc", "b\nc", "a\nb\nc\nd") == "b\nc\nd"


def test_edits_of_one_line_clash() -> None:
    assert merge_text("a\nb", "a\nours", "a\ntheirs") is None
    assert merge_text("a\nb\nc", "a\nc", "a\nB\nc") is None
    assert merge_text("a", "a\nours", "a\ntheirs") is None


def test_rows_merge_by_column_and_lists_by_member() -> None:
    base: Row = {"title": "T", "venue": "V", "tags": ["a", "b"], "abstract": "x\ny"}
    ours: Row = {"title": "T", "venue": "Ours", "tags": ["a", "b", "c"], "abstract": "X\ny"}
    theirs: Row = {"title": "Theirs", "venue": "Theirs", "tags": ["b", "d"], "abstract": "x\nY"}
    merged = merge_rows(
        base, ours, theirs, ("title", "venue", "tags", "abstract"), texts=("abstract",)
    )
    assert merged.changes == {"title": "Theirs", "tags": ["b", "c", "d"], "abstract": "X\nY"}
    assert [clash.name for clash in merged.clashes] == ["venue"]


def test_without_a_base_what_differs_clashes() -> None:
    merged = merge_rows(
        None, {"title": "a", "venue": "v"}, {"title": "b", "venue": "v"}, ("title", "venue")
    )
    assert merged.changes == {}
    assert [clash.name for clash in merged.clashes] == ["title"]


def test_lists_are_merged_member_by_member_also_where_they_repeat_themselves() -> None:
    merged = merge_rows(
        {"tags": ["a", "b", "a"]}, {"tags": ["a", "c", "a"]}, {"tags": ["b", "d", "a"]}, ["tags"]
    )
    assert merged.changes == {"tags": ["a", "c", "a", "d"]}
