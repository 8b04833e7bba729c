"""What of a term can be saved, and what a reader sees of it first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Invalid
from app.kit.text import is_slug, slugify
from app.vocabularies.rules import (
    NAME_LIMIT,
    TermInput,
    VerdictDefinition,
    check_entry,
    check_verdicts,
    first_sentence,
    split_synonyms,
)


def refused(**given: object) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        check_entry(TermInput.model_validate({"name_en": "Gated fusion", **given}))
    return {name: str(message) for name, message in caught.value.errors.items()}


def test_a_slug_is_made_from_the_name_in_either_language() -> None:
    assert check_entry(TermInput(name_en="  Gated   Fusion (GF)")).slug == "gated-fusion-gf"
    assert check_entry(TermInput(name_zh="门控融合")).slug == "门控融合"
    assert check_entry(TermInput(name_en="Gated fusion", slug="gf")).slug == "gf"


def test_a_name_of_which_no_slug_can_be_made_asks_for_one() -> None:
    assert "No slug can be made" in refused(name_en="???")["slug"]
    assert set(refused(name_en="")) == {"name_en"}, "one mistake is told once"


@pytest.mark.parametrize(
    "slug", ["Gated", "a--b", "-a", "a-", "a b", "a/b", "门 控", "a" * 81, "../x"]
)
def test_malformed_slugs_are_told_how_one_looks(slug: str) -> None:
    assert "such as gated-fusion" in refused(slug=slug)["slug"]


def test_a_slug_that_is_an_address_of_ours_is_refused() -> None:
    assert "new" in refused(slug="new")["slug"]
    assert "new" in refused(name_en="New")["slug"]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("name_en", "x" * 100_000, "at most 200"),
        ("name_zh", "门\x00控", "U+0000"),
        ("name_en", "gated\u202efusion", "U+202E"),
        ("name_en", "gated \ud800", "surrogate"),
        ("synonyms_en", ["ok", "bad\x07"], "U+0007"),
        ("synonyms_zh", ["词" * 201], "at most 200"),
        ("synonyms_en", [str(number) for number in range(51)], "At most 50"),
        ("definition_en", "x" * 10_001, "at most 10000"),
        ("definition_zh", "\x1b[31m", "U+001B"),
    ],
)
def test_text_that_cannot_be_kept_is_told_at_its_field(name: str, value: object, said: str) -> None:
    assert said in refused(**{name: value})[name]


def test_every_wrong_field_is_told_at_once() -> None:
    assert set(refused(name_en="", synonyms_en=["\x00"], slug="A")) == {
        "name_en",
        "synonyms_en",
        "slug",
    }


def test_synonyms_are_separated_by_commas_of_both_languages_and_lines() -> None:
    typed = "gate and add, Gating\n门控；门控加权、gating\r\n , \n"
    assert split_synonyms([typed]) == ["gate and add", "Gating", "门控", "门控加权"]


@given(st.lists(st.text(max_size=40), max_size=8))
def test_synonyms_split_once_stay_as_they_are(typed: list[str]) -> None:
    once = split_synonyms(typed)
    assert split_synonyms(once) == once
    assert len({each.casefold() for each in once}) == len(once)


@given(st.text(max_size=120))
def test_a_slug_that_is_made_is_a_slug(name: str) -> None:
    made = slugify(name[:NAME_LIMIT])
    assert made == "" or is_slug(made)


def test_the_first_sentence_ends_where_it_ends_in_either_language() -> None:
    assert first_sentence("Two vectors, 0.5 apart. More.") == "Two vectors, 0.5 apart."
    assert first_sentence("先算门，再相加。然后结束。") == "先算门，再相加。"
    assert first_sentence("No end") == "No end"
    assert first_sentence("") == ""


@given(st.text(alphabet="ab 门。.!", max_size=500))
def test_a_first_sentence_is_short(text: str) -> None:
    assert len(first_sentence(text)) <= 181


def line(**given: object) -> VerdictDefinition:
    return VerdictDefinition.model_validate(
        {"label_en": "Try", "sign": "△", "colour": "part", **given}
    )


def test_verdicts_come_in_the_order_of_their_places_and_new_ones_last() -> None:
    typed = [line(label_en="B", place="2"), line(label_en="New"), line(label_en="A", place="1")]
    assert [each.label_en for each in check_verdicts(typed)] == ["A", "B", "New"]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"slug": "try", "label_en": " "}, "label_en-1"),
        ({"sign": ""}, "sign-1"),
        ({"sign": "12345"}, "sign-1"),
        ({"colour": "chartreuse"}, "colour-1"),
        ({"place": "first"}, "place-1"),
        ({"place": "٣"}, "place-1"),
        ({"label_zh": "\u202e"}, "label_zh-1"),
    ],
)
def test_a_wrong_verdict_is_told_at_its_field_and_line(
    given: dict[str, object], field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        check_verdicts([line(), line(**given)])
    assert set(caught.value.errors) == {field}
