"""Accuracy over some examples, and what of a file's records is a result."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.benchmarks.rules import (
    FEW,
    Accuracy,
    MappingInput,
    check_mapping,
    check_system,
    count_accuracy,
    counted_categories,
    examples_by_category,
    of_any,
    outcomes_from,
    right_of,
    uncategorised_examples,
)
from app.errors import Invalid

CODES = st.lists(st.sampled_from("ABC"), max_size=3, unique=True)
EXAMPLES = st.lists(CODES, max_size=40)
INDICES = st.frozensets(st.integers(0, 39))


@given(EXAMPLES)
def test_every_example_is_of_its_categories_or_of_none(examples: list[list[str]]) -> None:
    found = examples_by_category(examples)
    assert all(
        (at in found.get(c, ())) == (c in own) for at, own in enumerate(examples) for c in "ABC"
    )
    assert of_any(found, "ABC") | uncategorised_examples(examples) == frozenset(
        range(len(examples))
    )
    assert not of_any(found, "ABC") & uncategorised_examples(examples)


@given(INDICES, INDICES, INDICES)
def test_accuracy_counts_each_example_once(
    right: frozenset[int], one: frozenset[int], other: frozenset[int]
) -> None:
    parts = [count_accuracy(right, one), count_accuracy(right, other - one)]
    whole = count_accuracy(right, [*one, *other])
    assert (whole.right, whole.size) == (
        sum(part.right for part in parts),
        sum(part.size for part in parts),
    )
    assert 0 <= whole.right <= whole.size == len(one | other)
    assert count_accuracy(right, right) == Accuracy(len(right), len(right))


@given(st.integers(0, 3000), st.integers(1, 3000))
def test_a_percentage_is_near_and_says_all_or_none_only_when_so(right: int, size: int) -> None:
    right = min(right, size)
    said = Accuracy(right, size).percent
    value = float(said.removesuffix("%"))
    assert abs(value - 100 * right / size) <= (1 if size < FEW else 0.1)
    assert (value == 100) == (right == size)
    assert (value == 0) == (right == 0)
    assert ("." in said) == (size >= FEW)


@pytest.mark.parametrize(
    ("right", "size", "said"),
    [(14, 22, "64%"), (331, 535, "61.9%"), (0, 0, "–"), (22, 22, "100%"), (534, 535, "99.8%")],
)
def test_what_a_percentage_looks_like(right: int, size: int, said: str) -> None:
    assert Accuracy(right, size).percent == said


def test_weak_mappings_count_only_where_there_are_no_others() -> None:
    assert counted_categories({"A": "strong", "B": "weak", "C": "partial"}) == ["A", "C"]
    assert counted_categories({"A": "weak", "B": "weak"}) == ["A", "B"]
    assert counted_categories({}) == []


@given(st.lists(st.booleans(), min_size=1, max_size=50), st.randoms())
def test_records_in_any_order_are_outcomes_in_order(right: list[bool], random: object) -> None:
    records = list(enumerate(right))
    random.shuffle(records)  # type: ignore[attr-defined]
    numbered = [(line, index, is_right) for line, (index, is_right) in enumerate(records, 1)]
    outcomes = outcomes_from(numbered, [], size=len(right), benchmark="Mini")
    assert [each == "1" for each in outcomes] == right
    assert right_of(outcomes) == {index for index, is_right in records if is_right}


def said_of(records: list[tuple[int, int, bool]], unreadable: list[int], size: int) -> str:
    with pytest.raises(Invalid) as refused:
        outcomes_from(records, unreadable, size=size, benchmark="Mini")
    return str(refused.value.errors["file"])


def test_all_that_is_wrong_is_said_at_once_with_line_numbers() -> None:
    said = said_of([(1, 0, True), (2, 0, False), (4, 7, True), (5, -1, True)], [3, 6, 7], 4)
    assert "Mini needs each index from 0 to 3 once" in said
    assert "cannot be read: 3, 6–7." in said
    assert "Foreign indices (with lines): 7 (4), -1 (5)." in said
    assert "twice (with lines): 0 (1–2)." in said
    assert "Missing indices: 1–3." in said


def test_what_is_not_wrong_is_a_dash() -> None:
    said = said_of([(1, 0, True)], [], 2)
    assert "cannot be read: –. Foreign indices (with lines): –." in said


def test_of_very_many_the_first_are_named_and_the_rest_counted() -> None:
    said = said_of([(1, 0, True)], list(range(2, 60, 2)), 1)
    assert "cannot be read: 2, 4, 6, 8, 10, 12, 14, 16 … (+21)." in said


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"strength": ""}, "strength"),
        ({"strength": "mighty"}, "strength"),
        ({"source": "rumour"}, "source"),
        ({"why_en": " "}, "why_en"),
        ({"why_zh": "\x00"}, "why_zh"),
        ({"why_en": "x" * 2001}, "why_en"),
    ],
)
def test_a_mapping_says_what_cannot_be_saved(change: dict[str, str], field: str) -> None:
    fine = {"strength": "weak", "source": "own", "why_en": " why\r\nnot "}
    assert check_mapping(MappingInput.model_validate(fine)).why_en == "why\nnot"
    with pytest.raises(Invalid) as refused:
        check_mapping(MappingInput.model_validate({**fine, **change}))
    assert list(refused.value.errors) == [field]


def test_a_systems_name_is_one_line() -> None:
    assert check_system(" RAT-SQL\n + BERT ") == "RAT-SQL + BERT"
    for name in ("", "x" * 201, "a\u202eb"):
        with pytest.raises(Invalid):
            check_system(name)
