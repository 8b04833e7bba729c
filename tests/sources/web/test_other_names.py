"""What people paste to name a paper, beside arXiv ids and DOIs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Invalid
from app.sources.web.other_names import explain_other_name, find_other_name
from app.sources.web.page_capture import find_id, parse_all


@pytest.mark.parametrize(
    ("pasted", "kind", "text"),
    [
        ("PMID: 31452104", "pmid", "31452104"),
        ("pmid 31452104", "pmid", "31452104"),
        ("31452104", "pmid", "31452104"),
        ("https://pubmed.ncbi.nlm.nih.gov/31452104/", "pmid", "31452104"),
        ("https://www.ncbi.nlm.nih.gov/pubmed/31452104?dopt=Abstract", "pmid", "31452104"),
        ("PMC6859208", "pmcid", "PMC6859208"),
        ("PMCID: PMC6859208", "pmcid", "PMC6859208"),
        ("https://www.ncbi.nlm.nih.gov/pmc/articles/PMC6859208/", "pmcid", "PMC6859208"),
        ("https://pmc.ncbi.nlm.nih.gov/articles/PMC6859208/", "pmcid", "PMC6859208"),
        ("https://europepmc.org/article/PMC/PMC6859208", "pmcid", "PMC6859208"),
        ("978-0-262-03561-3", "isbn", "9780262035613"),
        ("ISBN 0-262-03384-4", "isbn", "0262033844"),
        ("ISBN-13: 9780262035613", "isbn", "9780262035613"),
        ("ISBN：９７８０２６２０３５６１３", "isbn", "9780262035613"),
        (
            "https://www.sciencedirect.com/science/article/pii/S0004370220301855?via%3Dihub",
            "pii",
            "S0004370220301855",
        ),
        ("S0092-8674(20)30820-6", "pii", "S0092867420308206"),
        ("https://www.cell.com/cell/fulltext/S0092-8674(20)30820-6", "pii", "S0092867420308206"),
        ("Attention is all you need", "title", "Attention is all you need"),
        ("“Attention Is All You Need”.", "title", "“Attention Is All You Need”."),
        ("基于图神经网络的文本分类", "title", "基于图神经网络的文本分类"),
    ],
)
def test_a_name_is_known(pasted: str, kind: str, text: str) -> None:
    found = find_other_name(pasted)
    assert found
    assert (found.kind, found.text) == (kind, text)
    assert str(explain_other_name(found))


@pytest.mark.parametrize(
    "pasted",
    ["", "23", "BERT", "978-0-262-03561-4", "http://x.org/a http://x.org/b", "x" * 600, "nope"],
)
def test_what_is_none(pasted: str) -> None:
    assert find_other_name(pasted) is None


@pytest.mark.parametrize(
    "pasted",
    ["978-0-262-03561-4", "９７８０２６２０３５６１４", "ISBN 0-262-03384-5", "isbn: 0262033845"],
)
def test_a_slip_in_an_isbn_is_said(pasted: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_all(pasted)
    assert "last digit of this ISBN" in str(refused.value)


@pytest.mark.parametrize("pasted", ["0262033845", "978-0-262-03561", "1234567890123 or so"])
def test_not_every_number_is_an_isbn(pasted: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_all(pasted)
    assert "ISBN" not in str(refused.value)


def test_a_page_of_jstor_says_its_doi() -> None:
    assert str(find_id("https://www.jstor.org/stable/2346178")) == "10.2307/2346178"


@given(st.text(max_size=60))
def test_any_text_is_answered(pasted: str) -> None:
    found = find_other_name(pasted)
    assert found is None or found.text
