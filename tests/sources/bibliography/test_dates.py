"""Dates as reference managers, BibTeX and people write them."""

import pytest

from app.sources.bibliography.dates import of_csl, of_parts, partial_date


@pytest.mark.parametrize(
    ("written", "date"),
    [
        ("2021-01-31", "2021-01-31"),
        ("2021-04-30", "2021-04-30"),
        ("2021-04-31", "2021-04"),
        ("2024-02-29", "2024-02-29"),
        ("2023-02-29", "2023-02"),
        ("2021/2/5/", "2021-02-05"),
        ("2021年2月5日", "2021-02-05"),
        ("20210205", "2021-02-05"),
        ("5th Feb. 2021", "2021-02-05"),
        ("February 5, 2021", "2021-02-05"),
        ("2021 Dec 31", "2021-12-31"),
        ("May-June 2021", "2021-05"),
        ("12/2021", "2021-12"),
        ("2021-24", "2021"),
        ("about 2021?", "2021"),
        ("12021", ""),
        ("no date", ""),
    ],
)
def test_the_first_date_as_exactly_as_it_is_given(written: str, date: str) -> None:
    assert partial_date(written) == date


@pytest.mark.parametrize(
    ("year", "month", "day", "date"),
    [
        ("2021", "jan", "31", "2021-01-31"),
        ("2021", "2", "", "2021-02"),
        ("2021", "12", "3", "2021-12-03"),
        ("2021", "13", "", "2021"),
        ("2021", "jun~5", "", "2021-06-05"),
        ("2021", "jun~5", "7", "2021-06-07"),
        ("2021", "5~jun", "", "2021-06-05"),
        ("2021-03", "jan", "1", "2021-03"),
        ("2021", "Michaelmas", "1", "2021"),
        ("", "jan", "1", ""),
    ],
)
def test_the_fields_of_bibtex(year: str, month: str, day: str, date: str) -> None:
    assert of_parts(year, month, day) == date


@pytest.mark.parametrize(
    ("variable", "date"),
    [
        ({"date-parts": [[2021, 2, 28]]}, "2021-02-28"),
        ({"date-parts": [["2021", "02"]]}, "2021-02"),
        ({"date-parts": [2021, 2]}, "2021-02"),
        ({"date-parts": [[2021, 4, 30], [2022, 1, 1]]}, "2021-04-30"),
        ({"date-parts": [[]], "raw": "4 April 2021"}, "2021-04-04"),
        ({"literal": "2021"}, "2021"),
        (2021, "2021"),
        (None, ""),
    ],
)
def test_a_date_of_csl(variable: object, date: str) -> None:
    assert of_csl(variable) == date
