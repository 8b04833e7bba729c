"""Names of people and organisations: one value, one name or several, as they are written here."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.sources.bibliography import names


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Grey, A. B.", ["Grey, A. B."]),
        ("Grey AB", ["Grey, A. B."]),
        ("Grey AG", ["Grey AG"]),  # a company
        ("Grey, Ann, Jr.", ["Grey, Jr., Ann"]),
        ("Grey AB, Brown C", ["Grey, A. B.", "Brown, C."]),
        ("张三丰", ["张三丰"]),
        ("张三、李四等", ["张三", "李四", "et al."]),
    ],
)
def test_a_value_that_should_be_one_name_is_read(value: str, expected: list[str]) -> None:
    assert names.write_names(value) == expected


@given(st.from_regex(names._PLAIN, fullmatch=True))
@example("Dr MD")
@example("Others, E. T.")
@example("Grey LTD")
def test_the_quick_way_for_plain_names_gives_what_the_long_one_does(value: str) -> None:
    assert names.write_names(value) == list(map(names.write_name, names.of_list(value)))
