"""Whether a quotation stands in a text, and what comes nearest to it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.comparison.cells.quotations import nearest_passage, quote_in_text

TEXT = (
    "掩码方法训练效果理论上不好。**使用对比学习**可能能取得良好效果！\n"
    "BEiT-3 is pre-trained with one task: masked data modelling. It uses no contrast."
)


@pytest.mark.parametrize(
    "quote",
    [
        "使用对比学习可能能取得良好效果",
        "beit-3 is   pre-trained\nwith one task",
        "ＢＥｉＴ－３ is pre-trained",
        "BEiT-3 is pre-trained … It uses no contrast",
        "掩码方法[...]良好效果",
        "**",
    ],
)
def test_it_stands(quote: str) -> None:
    assert quote_in_text(quote, "", TEXT)


@pytest.mark.parametrize(
    "quote",
    [
        "使用对照学习",
        "It uses no contrast … BEiT-3",
        "one task … one task",
        "masked data … data modelling",
        "##",
        "Table 3",
    ],
)
def test_it_does_not(quote: str) -> None:
    assert not quote_in_text(quote, TEXT)
    assert not quote_in_text(quote)


def test_the_nearest_passage_is_a_whole_sentence() -> None:
    assert (
        nearest_passage("使用对比学习或许能取得很好效果", TEXT)
        == "**使用对比学习**可能能取得良好效果！"
    )
    found = "BEiT-3 is pre-trained with one task: masked data modelling."
    assert nearest_passage("pretrained with a single task, masked data modeling", TEXT) == found
    assert nearest_passage("nothing of the kind 12345", TEXT) == ""


def test_letters_that_fold_to_several_lead_to_no_other_sentence() -> None:
    wanted = "BEiT-3 is pre-trained with one task."
    text = f"{'ß' * 40}. {wanted} It uses no contrast. Nor does it use pairs of images."
    assert nearest_passage("BEiT-3 was pretrained with one task", text) in ("", wanted)


@given(st.text(), st.integers(0, 200), st.integers(1, 60))
def test_every_part_of_a_text_stands_in_it(text: str, start: int, length: int) -> None:
    part = text[start : start + length]
    assert quote_in_text(part, text)


@given(st.text(max_size=80), st.text(max_size=300))
def test_what_is_suggested_is_in_the_text(quote: str, text: str) -> None:
    assert nearest_passage(quote, text) in text
