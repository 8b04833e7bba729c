"""Where a quotation stands in a text, whatever extraction and rewording did to it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.kit.passages import (
    NEAR,
    SAME,
    PagedText,
    Quotation,
    clean_passage,
    find_alike,
    find_passage,
    letters_alone,
    sentences_of,
    whole_sentences,
)

NOTE = (
    "掩码方法训练效果理论上不好。**使用对比学习**可能能取得良好效果！\n"
    "BEiT-3 is pre-trained with one task: masked data modelling. It uses no contrast."
)
PAPER = PagedText(
    [
        "A Study of Gates\nWe com\x02pile every query before it is scored. The de\ufffeﬁnition of "
        "a\ndomain is le\u00adft to the reader. Gates weigh what is seen, and the gated features "
        "are\n"
        "Proceedings of the Workshop, pages 84–91",
        "85\nadded to those of the text. Accuracy rises by 5.1 points on the hard split.\r\n"
        "Nothing of the kind is seen with-\nout gates. We thank the reviewers.",
        "现有方法在领域知识上\n仍然不足，我们提出一种门控融合方法。"
        "它不需要额外标注。We thank the reviewers.",
    ]
)


def find(quote: str, text: PagedText = PAPER, **how: str) -> str | None:
    """What is found of a quotation that stands there, cleaned."""
    found = find_passage(Quotation(quote, **how), text, least=1)
    return text.cut(found) if found else None


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
def test_it_stands_by_its_letters(quote: str) -> None:
    assert find(quote, PagedText([NOTE])) is not None


@pytest.mark.parametrize(
    "quote",
    [
        "使用对照学习",
        "It uses no contrast … BEiT-3",
        "one task … one task",
        "masked data … data modelling",
        "##",
        "Table 3",
        "",
    ],
)
def test_it_does_not(quote: str) -> None:
    assert find(quote, PagedText([NOTE])) is None
    assert find(quote, PagedText([])) is None


@pytest.mark.parametrize(
    ("quote", "page", "how"),
    [
        ("Gates weigh what is seen", 1, "exact"),
        ("We compile every query before it is scored.", 1, "letters"),
        ("The definition of a domain is left to the reader", 1, "letters"),
        ("Nothing of the kind is seen without gates.", 2, "letters"),
        ("现有方法在领域知识上仍然不足", 3, "letters"),
        (
            "the gated features are added to those of the text",
            1,
            "letters",
        ),  # over a foot and a head
        ("Accuracy rises … We thank the reviewers", 2, "letters"),
    ],
)
def test_where_it_stands_in_what_extraction_gives(quote: str, page: int, how: str) -> None:
    found = find_passage(Quotation(quote), PAPER)
    assert found
    assert (found.page, found.how, found.score) == (page, how, 1)


def test_what_is_cut_out_reads_as_one_would_type_it() -> None:
    assert find("we compile every QUERY") == "We compile every query"
    assert find("definition of a domain is left") == "deﬁnition of a domain is left"
    assert find("现有方法在领域知识上仍然不足") == "现有方法在领域知识上仍然不足"
    assert clean_passage("com\x02\r\npile  the\nstate-of-the-art") == "compile the state-of-the-art"


def test_a_word_put_in_at_a_page_s_end_is_another_sentence() -> None:
    text = PagedText(["The gated features are not", "added to those of the text."])
    assert find("The gated features are added to those of the text", text) is None


def test_words_around_it_and_its_page_say_which_is_meant() -> None:
    quote = "We thank the reviewers."
    of = {page: find_passage(Quotation(quote), PAPER, page=page) for page in (2, 3)}
    assert [found and found.page for found in of.values()] == [2, 3]
    found = find_passage(Quotation(quote, prefix="它不需要额外标注。"), PAPER, page=2)
    assert found
    assert found.page == 3


@pytest.mark.parametrize(
    ("quote", "now"),
    [
        (
            "Accuracy rises by 4.8 points on the hard split.",
            "Accuracy rises by 5.1 points on the hard split.",
        ),
        ("Nothing like it is seen without gates", "Nothing of the kind is seen without gates."),
        ("本文提出一种门控融合的方法", "现有方法在领域知识上仍然不足，我们提出一种门控融合方法。"),
    ],
)
def test_another_wording_is_found_in_whole_sentences_and_is_no_other_s(
    quote: str, now: str
) -> None:
    found = find_alike(Quotation(quote), PAPER)
    assert found
    assert found.how == "fuzzy"
    assert NEAR <= found.score < 1
    assert PAPER.cut(whole_sentences(PAPER, found)) == now


def test_what_is_not_alike_enough_moves_nothing_by_itself() -> None:
    reworded = Quotation("Nothing like it is seen without gates")
    assert find_passage(reworded, PAPER) is None
    found = find_passage(reworded, PAPER, least=NEAR)
    assert found
    assert found.score < SAME
    slip = find_passage(Quotation("Gates weigh what is seen and the gate features are"), PAPER)
    assert slip
    assert (slip.how, slip.page) == ("fuzzy", 1)
    assert find_alike(Quotation("The committee elects its chair by secret ballot."), PAPER) is None


@settings(max_examples=60)
@given(st.lists(st.text(max_size=60), max_size=4), st.integers(0, 200), st.integers(1, 60))
def test_every_part_of_a_text_stands_in_it(pages: list[str], start: int, length: int) -> None:
    part = "".join(pages)[start : start + length]
    found = find_passage(Quotation(part), PagedText(pages), least=1)
    if letters_alone(part) and "…" not in part and "..." not in part:
        assert found
        assert letters_alone(PagedText(pages).cut(found)) == letters_alone(part)


@settings(max_examples=60)
@given(st.text(max_size=80), st.lists(st.text(max_size=120), max_size=3))
def test_what_is_found_lies_in_the_text(quote: str, pages: list[str]) -> None:
    text = PagedText(pages)
    if found := find_passage(Quotation(quote, "a", "b"), text, least=0.1):
        for place in (found, whole_sentences(text, found)):
            assert 1 <= place.page <= place.end_page <= len(pages)
            assert 0 <= place.start <= len(pages[place.page - 1])
            assert 0 <= place.end <= len(pages[place.end_page - 1])


@settings(max_examples=60)
@given(st.text(max_size=200))
def test_sentences_hold_all_letters_of_a_text_once(text: str) -> None:
    pieces = [text[start:end] for start, end in sentences_of(text)]
    assert "".join(map(letters_alone, pieces)) == letters_alone(text)


@pytest.mark.parametrize("text", ["e\u0301t\u00e9 ﬁn ＡＢ", "が か\u3099 ガ", "İstanbul ß ẞ ½"])
def test_composed_or_not_the_letters_are_the_same(text: str) -> None:
    import unicodedata

    forms = {letters_alone(unicodedata.normalize(form, text)) for form in ("NFC", "NFD", "NFKC")}
    assert len(forms) == 1


def test_a_heading_is_no_part_of_the_sentence_below_it() -> None:
    text = (
        "3.2 Gated Fusion\nGates weigh what is seen, e.g. by Smith et al. in\nTable 3. It\nis so."
    )
    cut = [text[start:end] for start, end in sentences_of(text)]
    assert cut == [
        "3.2 Gated Fusion",
        "Gates weigh what is seen, e.g. by Smith et al. in\nTable 3.",
        "It\nis so.",
    ]
