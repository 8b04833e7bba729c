"""The bound on what was missed, against counting every sample there can be."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.queue.missed import bound_missed


def chance(left: int, relevant: int, sampled: int, found: int) -> float:
    """How many of all samples have so few relevant papers: those are numbered first."""
    drawn = [sum(n < relevant for n in each) for each in combinations(range(left), sampled)]
    return sum(each <= found for each in drawn) / len(drawn)


@given(st.data())
@settings(max_examples=60)
def test_it_is_the_largest_number_that_is_still_believable(data: st.DataObject) -> None:
    left = data.draw(st.integers(1, 9))
    sampled = data.draw(st.integers(0, left))
    found = data.draw(st.integers(0, sampled))
    believable = [
        relevant
        for relevant in range(found, left - (sampled - found) + 1)
        if relevant == found or chance(left, relevant, sampled, found) > 0.05
    ]
    assert bound_missed(left, sampled, found) == max(believable) - found


@given(st.integers(1, 14), st.data())
@settings(max_examples=60)
def test_it_is_too_small_in_five_of_a_hundred_samples_at_most(
    left: int, data: st.DataObject
) -> None:
    sampled, relevant = data.draw(st.integers(1, left)), data.draw(st.integers(0, left))
    held = sampled_all = 0
    for each in combinations(range(left), min(sampled, 6)):
        found = sum(n < relevant for n in each)
        sampled_all += 1
        held += relevant - found <= bound_missed(left, len(each), found)
    assert held >= 0.95 * sampled_all


def test_known_figures() -> None:
    assert bound_missed(312, 312, 3) == 0
    assert bound_missed(100, 0, 0) == 100
    assert bound_missed(1_000_000, 59, 0) / 1_000_000 == pytest.approx(
        1 - 0.05 ** (1 / 59), rel=1e-3
    )


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="3 of 2 of 9"):
        bound_missed(9, 2, 3)
