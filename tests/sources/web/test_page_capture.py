"""What an address names, and what a page says of itself through the bookmarklet."""

import re
import string
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.sources.arxiv.ids import ArxivId
from app.sources.doi import ids
from app.sources.doi.ids import Doi
from app.sources.web.page_capture import (
    Captured,
    find_id,
    find_ids,
    iso_date,
    page_address,
    read_capture,
)

ACM = Doi("10.1145/3581783.3613850")
SICI = "10.1002/(SICI)1097-4571(199806)49:8<693::AID-ASI4>3.0.CO;2-O"


@pytest.mark.parametrize(
    "text",
    [
        "10.1145/3581783.3613850",
        " doi:10.1145/3581783.3613850. ",
        "DOI: 10.1145/3581783.3613850",
        "（10.1145/3581783.3613850）。",
        "<https://doi.org/10.1145/3581783.3613850>",
        "http://dx.doi.org/10.1145/3581783.3613850",
        "doi.org/10.1145/3581783.3613850",
        "https://doi.org/10.1145%2F3581783.3613850?nosfx=y",
        "https://dl.acm.org/doi/10.1145/3581783.3613850",
        "https://dl.acm.org/doi/abs/10.1145/3581783.3613850#sec-cit",
        "https://dl.acm.org/doi/pdf/10.1145/3581783.3613850?download=true",
        "dl.acm.org/doi/fullHtml/10.1145/3581783.3613850",
        "https://example.org/reader?doi=10.1145/3581783.3613850",
    ],
)
def test_a_doi_in_any_form(text: str) -> None:
    assert find_id(text) == ACM


@pytest.mark.parametrize(
    ("address", "doi"),
    [
        (
            "https://link.springer.com/article/10.1007/s11263-016-0981-7/fulltext.html",
            "10.1007/s11263-016-0981-7",
        ),
        (
            "https://link.springer.com/content/pdf/10.1007/978-3-319-46478-7_9.pdf",
            "10.1007/978-3-319-46478-7_9",
        ),
        (
            "https://onlinelibrary.wiley.com/doi/full/10.1002/widm.1249",
            "10.1002/widm.1249",
        ),
        (
            "https://www.frontiersin.org/articles/10.3389/fpsyg.2019.01234/full",
            "10.3389/fpsyg.2019.01234",
        ),
        (
            "https://journals.plos.org/plosone/article?id=10.1371/journal.pone.0123456",
            "10.1371/journal.pone.0123456",
        ),
        (
            "https://www.biorxiv.org/content/10.1101/2020.01.01.123456v2.full.pdf+html",
            "10.1101/2020.01.01.123456",
        ),
        ("https://www.nature.com/articles/s41586-020-2649-2.pdf", "10.1038/s41586-020-2649-2"),
        ("https://zenodo.org/records/3509134", "10.5281/zenodo.3509134"),
        ("https://aclanthology.org/2020.acl-main.677/", "10.18653/v1/2020.acl-main.677"),
        ("https://aclanthology.org/2020.acl-main.677v2.pdf", "10.18653/v1/2020.acl-main.677"),
        ("https://aclanthology.org/2023.findings-emnlp.1.bib", "10.18653/v1/2023.findings-emnlp.1"),
        ("https://www.aclweb.org/anthology/P19-1001.pdf", "10.18653/v1/P19-1001"),
        ("https://aclanthology.info/papers/D15-1166/", "10.18653/v1/D15-1166"),
        ("https://aclanthology.org/D14-1162/", "10.3115/v1/D14-1162"),
        ("https://aclanthology.org/P15-1150", "10.3115/v1/P15-1150"),
        (f"https://onlinelibrary.wiley.com/doi/{SICI}", SICI),
    ],
)
def test_a_doi_in_the_address_of_a_page(address: str, doi: str) -> None:
    assert find_id(address) == Doi(doi)


@pytest.mark.parametrize(
    "text",
    [
        "2302.00902v2",
        "https://arxiv.org/pdf/2302.00902v2.pdf",
        "https://ar5iv.org/abs/2302.00902v2",
        "https://www.alphaxiv.org/overview/2302.00902v2",
        "https://huggingface.co/papers/2302.00902v2",
        "https://doi.org/10.48550/arXiv.2302.00902v2",
        "10.48550/arxiv.2302.00902v2",
        "https://www.semanticscholar.org/arxiv/2302.00902v2",
        "https://api.semanticscholar.org/arXiv:2302.00902v2",
    ],
)
def test_arxiv_wherever_it_is_named(text: str) -> None:
    assert find_id(text) == ArxivId("2302.00902", 2)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "10.1145",
        "10.1145/",
        "10.1234/..",
        "http://example.com/paper",
        "https://openreview.net/forum?id=SJgIPJBFvH",
        "https://aclanthology.org/2022.coling-1.1/",
        "https://aclanthology.org/Q18-1001/",
        "https://aclanthology.org/venues/acl/",
        "https://www.nature.com/nature",
        "http://[bad",
        "https://",
        "javascript:alert(10.1145/3581783.3613850)",
        "file:///10.1145/3581783.3613850",
    ],
)
def test_what_names_nothing(text: str) -> None:
    assert find_id(text) is None


def test_a_pasted_list_of_everything() -> None:
    asked, leftovers = find_ids(
        "2302.00902, 10.1145/1.2,10.1145/3;doi:10.1145/4\nhttps://dl.acm.org/doi/10.1145/1.2 "
        f"arXiv: 2102.03334、hep-th/9901001 {SICI} （10.18653/v1/P19-1001） 10.1145/3 "
        "https://example.com/x.pdf nothing arXiv:0706.0001v1 [q-bio.CB] 1 Jun 2007 arXiv 2303.02995"
    )
    assert list(map(str, asked)) == [
        "2302.00902",
        "10.1145/1.2",
        "10.1145/3",
        "10.1145/4",
        "2102.03334",
        "hep-th/9901001",
        SICI,
        "10.18653/v1/P19-1001",
        "0706.0001v1",
        "2303.02995",
    ]
    assert leftovers == ("https://example.com/x.pdf", "nothing")


SUFFIX = st.text(string.ascii_lowercase + string.digits + "./_-:()", min_size=1, max_size=30)


@given(number=st.integers(1000, 999_999_999), suffix=SUFFIX.map(lambda text: f"a{text}0"))
def test_every_form_gives_the_doi_back(number: int, suffix: str) -> None:
    doi = Doi(f"10.{number}/{suffix}")
    for text in (doi.name, f"doi:{doi.name}", doi.url, f"http://dx.doi.org/{doi.name}"):
        assert ids.try_doi(text) == doi


@given(st.text())
def test_nothing_pasted_breaks_it(text: str) -> None:
    found = find_id(text)
    assert found is None or str(found)
    for address in (text, f"https://aclanthology.org/{text}", f"https://openreview.net/{text}"):
        find_id(address)
        page_address(address)
    asked, _ = find_ids(text)
    assert len({str(each).lower() for each in asked}) == len(asked)


@given(st.text())
def test_a_date_is_iso_or_nothing(text: str) -> None:
    assert re.fullmatch(r"(\d{4}(-\d\d(-\d\d)?)?)?", iso_date(text), re.ASCII)


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        ("2020/07", "2020-07"),
        ("2020/7/5", "2020-07-05"),
        ("2020-12-31T00:00:00Z", "2020-12-31"),
        ("July 2020", "2020-07"),
        ("5 Jul 2020", "2020-07-05"),
        ("Jul 5, 2020", "2020-07-05"),
        ("2020年7月5日", "2020-07-05"),
        ("2020/13", "2020"),
        ("2020/02/31", "2020-02"),
        ("2020", "2020"),
        ("soon", ""),
    ],
)
def test_dates_as_pages_write_them(written: str, iso: str) -> None:
    assert iso_date(written) == iso


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("https://openreview.net/pdf?id=abc#x", "https://openreview.net/forum?id=abc"),
        ("https://openreview.net/forum?id=abc&noteId=d", "https://openreview.net/forum?id=abc"),
        ("https://aclanthology.org/P19-1001.pdf", "https://aclanthology.org/P19-1001/"),
        ("https://example.org/a?utm_source=x&b=1#c", "https://example.org/a?b=1"),
        ("https://example.org/a?b=%20c", "https://example.org/a?b=%20c"),
    ],
)
def test_the_page_to_remember(address: str, kept: str) -> None:
    assert page_address(address) == kept


def read(values: Mapping[str, Sequence[str]]) -> Captured:
    return read_capture(lambda name: values.get(name, ()))


def test_the_tags_of_an_anthology_page() -> None:
    found = read(
        {
            "url": ["https://aclanthology.org/2020.acl-main.677/"],
            "title": ["RAT-SQL: Relation-Aware Schema Encoding"],
            "author": ["Bailin Wang", "Richard Shin"],
            "publication_date": ["2020/7"],
            "conference_title": ["Proceedings of the 58th Annual Meeting"],
            "firstpage": ["7567"],
            "lastpage": ["7578"],
            "doi": ["10.18653/v1/2020.acl-main.677"],
            "quote": ["schema linking\nis hard"],
        }
    )
    assert found.asked == Doi("10.18653/v1/2020.acl-main.677")
    assert found.quote == "schema linking\nis hard"
    draft = found.draft
    assert (draft.title, draft.short_title) == (
        "RAT-SQL: Relation-Aware Schema Encoding",
        "RAT-SQL",
    )
    assert draft.authors == ("Bailin Wang", "Richard Shin")
    assert (draft.year, draft.published) == (2020, "2020-07")
    assert draft.venue == "Proceedings of the 58th Annual Meeting"
    assert draft.details == {"type": "paper-conference", "page": "7567-7578"}
    assert draft.doi == "10.18653/v1/2020.acl-main.677"
    assert draft.source == "aclanthology.org"
    assert draft.kind == "paper"


def test_an_arxiv_page_names_its_id_twice() -> None:
    found = read({"url": ["https://arxiv.org/abs/2302.00902v2"], "arxiv_id": ["2302.00902"]})
    assert found.asked == ArxivId("2302.00902")
    assert found.draft.arxiv_id == "2302.00902"


def test_a_page_without_tags_is_a_link() -> None:
    found = read({"url": ["https://example.org/blog"], "page_title": ["A blog post"]})
    assert (found.draft.title, found.draft.kind) == ("A blog post", "link")
    assert found.draft.source == ""
    assert found.asked is None


def test_a_title_alone_is_what_somebody_typed() -> None:
    found = read({"title": ["门控融合"]})
    assert (found.draft.title, found.draft.kind, found.draft.url) == ("门控融合", "paper", "")


@pytest.mark.parametrize("url", ["javascript:alert(1)", "//example.org/x", "http://[bad", "x"])
def test_an_address_that_is_none_is_not_kept(url: str) -> None:
    found = read({"url": [url], "title": ["T"]})
    assert (found.draft.url, found.draft.source) == ("", "")
