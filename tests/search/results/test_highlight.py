"""What is marked, and which passage is shown."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.search.query import engine_query
from app.search.query.language import parse_query
from app.search.results.highlight import count_distinct, mark_terms, plain_segments


def shown(text: str, q: str, width: int | None = None) -> str:
    terms = engine_query.all_terms(parse_query(q)).terms()
    return "".join(f"[{s.text}]" if s.marked else s.text for s in mark_terms(text, terms, width))


@pytest.mark.parametrize(
    ("text", "q", "expected"),
    [
        ("先对齐，再融合", "对齐", "先[对齐]，再融合"),
        ("Gated Fusion", "fusion gated", "[Gated Fusion]"),
        ("fusion is gated", "gated fusion", "[fusion] is [gated]"),
        ("Cross-modal and crossmodal", "cross-modal", "[Cross-modal] and [crossmodal]"),
        ("cross modal", "crossmodal", "[cross modal]"),
        ("Networks of a NETWORK", "network", "[Networks] of a [NETWORK]"),
        ("ＢＥＲＴ模型 and naïve", "bert模型 naive", "[ＢＥＲＴ模型] and [naïve]"),
        ("attention to cross", '"cross attention"', "attention to cross"),
        ("BEiT-3", "beit3", "[BEiT-3]"),
        ("大模型", "模", "大[模]型"),
        ("卷积神经网络", "积神经", "卷[积神经]网络"),
        ("<b>&amp;</b>", "amp", "<b>&[amp];</b>"),
        ("nothing here", "else", "nothing here"),
    ],
)
def test_words_are_marked_as_they_stand(text: str, q: str, expected: str) -> None:
    assert shown(text, q) == expected


def test_a_beginning_is_marked_with_its_word() -> None:
    assert plain_segments(s for s in mark_terms("Gated fusion", ["gate"]) if s.marked) == "Gated"


def test_the_passage_is_where_most_of_the_words_are() -> None:
    text = "a gate. " + "filler " * 100 + "the gate of fusion " + "filler " * 100
    passage = shown(text, "gate fusion", 60)
    assert "the [gate] of [fusion]" in passage
    assert passage.startswith("… ")
    assert passage.endswith(" …")


def test_a_passage_does_not_begin_within_a_word() -> None:
    text = " ".join(f"{'unbelievably' * (n % 3 + 1)}{n}" for n in range(30)) + " gazebo and more"
    first = plain_segments(mark_terms(text, ["gazebo"], 60))
    assert f" {first.removeprefix('… ')[:12]}" in text


def test_chinese_passages_are_as_wide_as_english_ones() -> None:
    passage = plain_segments(mark_terms("填充" * 200 + "门控" + "填充" * 200, ["门控"], 80))
    assert "门控" in passage
    assert len(passage) <= 44


def test_a_short_text_is_shown_whole() -> None:
    assert shown("on two\nlines", "lines", 160) == "on two [lines]"


def test_distinct_terms_are_counted_once() -> None:
    assert count_distinct("门控 and 门控 and gate", ["门控", "gate", "fusion"]) == 2


TEXTS = st.text(alphabet="ab门控-, ½ﬁ\u0301😀\n", max_size=300)
TERMS = st.lists(st.sampled_from(["a", "b", "门控", "控", "a b", "ab", "fi", "1"]), max_size=4)


@given(TEXTS, TERMS)
def test_marking_changes_no_character(text: str, terms: list[str]) -> None:
    assert plain_segments(mark_terms(text, terms)) == text


@given(TEXTS, TERMS, st.integers(20, 80))
@example(",aaaaaaaaaaaaaa-a-aaaaaa", ["a"], 20)
@example("aa,控ﬁ控aa控控控控控", ["fi"], 20)
@example("a" + 100 * "\u0301" + "b", ["ab"], 20)
def test_a_passage_is_a_piece_of_the_text(text: str, terms: list[str], width: int) -> None:
    passage = plain_segments(mark_terms(text, terms, width))
    assert passage.removeprefix("… ").removesuffix(" …") in " ".join(text.split())
    assert len(passage) <= width + 4
    if count_distinct(text, terms):
        assert any(piece.marked for piece in mark_terms(text, terms, width))
