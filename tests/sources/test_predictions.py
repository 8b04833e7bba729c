"""Files of right and wrong as people write them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.sources.predictions import looks_like_predictions, parse_predictions


def read(text: str) -> list[tuple[int, bool]]:
    """The records of a file that has nothing unreadable."""
    found = parse_predictions(text)
    assert found.unreadable == ()
    return [(each.index, each.right) for each in found.records]


@pytest.mark.parametrize(
    "text",
    [
        "0 1\n1 0\n",
        "0\t1\n1\t0",
        "0,true\n1,false\n",
        "0, True\n1, False\n",
        "0;yes\n1;no\n",
        "0: right\n1: wrong\n",
        "0 = correct\n1 = incorrect\n",
        "0：对\n1：错\n",
        "0 ✓\n1 ✗\n",
        "0 1.0\n1 0.0\n",
        '"0","1"\n"1","0"\n',
        "\ufeff0 1\r\n\r\n1 0\r\n",
        "0 1\r1 0\r",
        "# from the dev run\n0 1\n1 0\n",
        "index correct\n0 1\n1 0\n",
        "Example, Verdict\n0,1\n1,0\n",
        "idx\tscore\n0\t1\n1\t0\n",
        'db,question,index,exec\nx,"a, b",0,1\ny,"two\nlines",1,0\n',
        "correct;index\n1;0\n0;1\n",
        "序号,结果\n0,对\n1,错\n",
        '{"index": 0, "correct": true}\n\n{"index": 1, "correct": false}\n',
        '{"id": "0", "em": 1, "sql": "SELECT 1"}\n{"id": "1", "em": 0.0}\n',
    ],
)
def test_the_natural_spellings(text: str) -> None:
    assert read(text) == [(0, True), (1, False)]
    assert looks_like_predictions(text)


@pytest.mark.parametrize(
    "line",
    ["x 1", "1 maybe", "1", "1 1 1", "1 2", '{"index": 1}', '{"index": true, "correct": 1}', "[1,"],
)
def test_what_cannot_be_read_is_told_by_its_line(line: str) -> None:
    found = parse_predictions(f"0 1\n\n{line}\n2 0\n")
    assert found.unreadable == (3,)
    assert [each.line for each in found.records] == [1, 4]


def test_a_tables_lines_keep_their_numbers() -> None:
    found = parse_predictions('\nindex,note,correct\n0,"a\nb",1\n1,x\n2,y,0\n')
    assert [(each.line, each.index) for each in found.records] == [(3, 0), (6, 2)]
    assert found.unreadable == (5,)


@given(
    st.lists(st.tuples(st.integers(-5, 999), st.booleans()), min_size=2, max_size=30),
    st.sampled_from([" ", "\t", ",", ": ", " ; "]),
    st.sampled_from(["\n", "\r\n", "\n\n", "\r"]),
)
def test_what_was_written_is_read(pairs: list[tuple[int, bool]], between: str, end: str) -> None:
    assert read(end.join(f"{index}{between}{int(right)}" for index, right in pairs)) == pairs
    lines = [json.dumps({"index": index, "correct": right}) for index, right in pairs]
    assert read(end.join(lines)) == pairs


@given(st.text())
def test_no_text_is_too_strange(text: str) -> None:
    found = parse_predictions(text)
    assert all(line >= 1 for line in found.unreadable)


def test_notes_are_not_taken_for_predictions() -> None:
    assert not looks_like_predictions("#### ViLT\n2021\n> 一步一步地读。\n\n1. first\n2. second\n")
    assert not looks_like_predictions("")
    assert not looks_like_predictions("0 1\n")
    assert not looks_like_predictions("x," * 200_000)
    assert looks_like_predictions(
        "0 1\n1 1\n2 what\n"
    )  # a mistake in it is to be told, not made a note
