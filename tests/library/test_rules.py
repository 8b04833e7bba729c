"""What of a paper can be saved, and the keys and filters made of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Invalid
from app.library.citekeys import citekey_for, is_citekey, unique_citekey
from app.library.filters import PaperFilters, year_range
from app.library.rules import PaperInput, check_paper, check_reason, is_partial_date


@pytest.mark.parametrize(
    ("authors", "year", "title", "short_title", "citekey"),
    [
        (["Wonjae Kim"], 2021, "ViLT: Vision-and-Language Transformer", "ViLT", "kim2021vilt"),
        (["Kim, Wonjae"], 2021, "The Vision of a Thing", "", "kim2021vision"),
        (["张三", "李四"], 2023, "多模态对齐综述", "", "zhang2023duomotai"),
        (["Łukasz Kaiser"], 2017, "One Model To Learn Them All", "", "kaiser2017one"),
        (["Émile Zürcher"], None, "Über Alles", "", "zurcheruber"),
        ([], None, "注意力方法", "", "zhuyili"),
        ([], 2023, "BERT模型与对齐", "", "2023bertmoxingyuduiqi"),
        ([], None, "!!!", "", "untitled"),
    ],
)
def test_a_citation_key_reads_author_year_word(
    authors: list[str], year: int | None, title: str, short_title: str, citekey: str
) -> None:
    assert citekey_for(authors, year, title, short_title) == citekey


@given(st.lists(st.text()), st.none() | st.integers(1000, 2200), st.text(), st.text())
def test_whatever_the_names_the_key_is_one(
    authors: list[str], year: int | None, title: str, short_title: str
) -> None:
    assert is_citekey(unique_citekey(citekey_for(authors, year, title, short_title), ()))


def test_keys_stay_unique_as_bibtex_does_it() -> None:
    taken = {"li2021albef", *("li2021albef" + letter for letter in "abcdefghijklmnopqrstuvwxyz")}
    assert unique_citekey("li2021albef", set()) == "li2021albef"
    assert unique_citekey("li2021albef", {"li2021albef"}) == "li2021albefa"
    assert unique_citekey("li2021albef", taken) == "li2021albefaa"
    assert unique_citekey("new", set()) == "newa", "an address of ours is no paper's"


def test_every_wrong_field_is_named_at_once() -> None:
    given = PaperInput(
        title="x" * 100_000,
        year=99999,
        published="2023-13",
        doi="nonsense",
        url="javascript:alert(1)",
        citekey="Has Spaces",
        authors=["A\x00B"],
        venue="left \u202e right",
        abstract="\ud800",
    )
    with pytest.raises(Invalid) as caught:
        check_paper(given)
    assert set(caught.value.errors) == {
        "title",
        "year",
        "published",
        "doi",
        "url",
        "citekey",
        "authors",
        "venue",
        "abstract",
    }


def test_a_title_is_needed_and_tidied() -> None:
    with pytest.raises(Invalid):
        check_paper(PaperInput(title=" \n "))
    tidied = check_paper(PaperInput(title="  Two\n  lines ", doi="https://doi.org/10.1145/3581783"))
    assert tidied.title == "Two lines"
    assert tidied.doi == "10.1145/3581783"


@pytest.mark.parametrize("text", ["2023", "2023-03", "2023-03-06", "2024-02-29"])
def test_dates_may_be_partial(text: str) -> None:
    assert is_partial_date(text)


@pytest.mark.parametrize(
    "text", ["23", "2023-13", "2023-02-29", "2023-3-6", "2023-03-06T00:00", ""]
)
def test_what_is_no_date(text: str) -> None:
    assert not is_partial_date(text)


def test_a_verdict_carries_a_reason() -> None:
    assert check_reason(" 门控值得一试。\r\n") == "门控值得一试。"
    with pytest.raises(Invalid):
        check_reason("  ")


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("2023", (2023, 2023)),
        ("2020..2023", (2020, 2023)),
        (">=2022", (2022, 9999)),
        ("> 2022", (2023, 9999)),
        ("<=1999", (0, 1999)),
        ("<2000", (0, 1999)),
        ("soon", None),
        ("20201", None),
    ],
)
def test_years_of_a_filter(text: str, span: tuple[int, int] | None) -> None:
    assert year_range(text) == span


def test_filters_add_up() -> None:
    both = PaperFilters({"tag": ("a",)}).also(PaperFilters({"tag": ("b", "a"), "year": ("2020",)}))
    assert both.chosen == {"tag": ("a", "b"), "year": ("2020",)}
    assert both.without("tag").chosen == {"year": ("2020",)}
    assert both
    assert not PaperFilters({"tag": ()})
