"""Every way of writing an arXiv id that people paste, and what is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Invalid
from app.sources.arxiv.ids import ArxivId, find_arxiv_ids, parse_arxiv_id, try_arxiv_id


@pytest.mark.parametrize(
    ("text", "base", "version"),
    [
        ("2208.10442", "2208.10442", None),
        ("  2208.10442v2\n", "2208.10442", 2),
        ("arXiv:2208.10442v2", "2208.10442", 2),
        ("ARXIV: 2208.10442V2", "2208.10442", 2),
        ("arXiv 2208.10442", "2208.10442", None),
        ("0704.0001", "0704.0001", None),
        ("1412.9999v12", "1412.9999", 12),
        ("1501.00001", "1501.00001", None),
        ("hep-th/9901001", "hep-th/9901001", None),
        ("HEP-TH/9901001v3", "hep-th/9901001", 3),
        ("math.CA/0611800", "math/0611800", None),
        ("arXiv:math.CA/0611800v2", "math/0611800", 2),
        ("cond-mat.str-el/0611001", "cond-mat/0611001", None),
        ("https://arxiv.org/abs/2208.10442", "2208.10442", None),
        ("http://www.arxiv.org/abs/2208.10442v1/", "2208.10442", 1),
        ("https://arxiv.org/pdf/2208.10442v2.pdf", "2208.10442", 2),
        ("https://arxiv.org/pdf/2208.10442", "2208.10442", None),
        ("https://arxiv.org/ftp/arxiv/papers/1807/1807.02291.pdf", "1807.02291", None),
        ("arxiv.org/html/2208.10442v2", "2208.10442", 2),
        ("https://export.arxiv.org/format/2208.10442", "2208.10442", None),
        ("https://arxiv.org/abs/2208.10442?context=cs.CV", "2208.10442", None),
        ("https://arxiv.org/pdf/2208.10442v2.pdf#page=3", "2208.10442", 2),
        ("https://arxiv.org/pdf/cs/0503050v1.pdf", "cs/0503050", 1),
        ("https://arxiv.org/abs/math.CA/0611800", "math/0611800", None),
        ("https://arxiv.org/abs/hep-th%2F9901001", "hep-th/9901001", None),
        ("10.48550/arXiv.2208.10442", "2208.10442", None),
        ("doi:10.48550/arxiv.2208.10442", "2208.10442", None),
        ("https://doi.org/10.48550/arXiv.hep-th/9901001", "hep-th/9901001", None),
        ("https://www.alphaxiv.org/abs/2208.10442v3", "2208.10442", 3),
        ("https://huggingface.co/papers/2208.10442", "2208.10442", None),
        ("https://ar5iv.labs.arxiv.org/html/2208.10442", "2208.10442", None),
        ("arXiv:0706.0001v1 [q-bio.CB] 1 Jun 2007", "0706.0001", 1),
        ("2208.10442 [cs.CL]", "2208.10442", None),
        ("<https://arxiv.org/abs/2208.10442>.", "2208.10442", None),
        ("（２２０８．１０４４２ｖ２）", "2208.10442", 2),
        ("arXiv：2208.10442。", "2208.10442", None),
        ("\ufeff2208.10442\u200b", "2208.10442", None),
    ],
)
def test_every_form_is_the_same_paper(text: str, base: str, version: int | None) -> None:
    assert parse_arxiv_id(text) == ArxivId(base, version)


@pytest.mark.parametrize(
    "text",
    [
        "abc",
        "2208.1044",  # four digits after 2014
        "1412.12345",  # five digits before 2015
        "2208.104422",
        "2213.10442",  # no such month
        "2200.10442",
        "0703.0001",  # before the scheme
        "2208.00000",
        "2208.10442v0",
        "2208.10442v",
        "hep-th/990100",
        "hep-th/0704001",  # after the old scheme
        "hep-th/9913001",
        "hep-th/9901000",
        "nowhere/9901001",
        "10.1000/2208.10442",
        "https://example.com/abs/2208.10442",
        "https://arxiv.org/a/kim_w_1",
        "2208.10442 2302.00902",
        "٢٢٠٨.١٠٤٤٢",  # digits, but not arXiv's
        "2208.10442" * 100_000,
    ],
)
def test_what_is_no_id_is_named_with_the_forms_that_are(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_arxiv_id(text)
    message = str(caught.value.errors["arxiv_id"])
    assert text[:40] in message
    assert "2208.10442v2, hep-th/9901001" in message
    assert len(message) < 300


@pytest.mark.parametrize("text", ["", " \n\u3000"])
def test_nothing_typed_is_asked_for(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_arxiv_id(text)
    assert "Type an arXiv id" in str(caught.value.errors["arxiv_id"])


def test_the_message_holds_nothing_a_terminal_would_obey() -> None:
    with pytest.raises(Invalid) as caught:
        parse_arxiv_id("\x1b[31m\ud800\u202e")
    assert str(caught.value).encode().isascii() is False
    assert "\x1b" not in str(caught.value)
    assert "\u202e" not in str(caught.value)


def test_a_pasted_list_in_either_language() -> None:
    ids, leftovers = find_arxiv_ids(
        "2208.10442v2，arXiv: 2302.00902、https://arxiv.org/abs/2102.03334；hep-th/9901001。\n"
        "[HiCLIP](https://arxiv.org/pdf/2303.02995v1) and 2302.00902\n"
        "arXiv:0706.0001v1 [q-bio.CB] 1 Jun 2007, 2213.10442"
    )
    assert [str(found) for found in ids] == [
        "2208.10442v2",
        "2302.00902",
        "2102.03334",
        "hep-th/9901001",
        "2303.02995v1",
        "0706.0001v1",
    ]
    assert leftovers == ("HiCLIP", "and", "2213.10442")


def test_an_empty_list() -> None:
    assert find_arxiv_ids(" ，、\n") == ((), ())


_versions = st.none() | st.integers(1, 999)
_new = st.builds(
    lambda year, month, number: (
        f"{year:02}{month:02}.{number:04}"
        if (year, month) <= (14, 12)
        else f"{year:02}{month:02}.{number:05}"
    ),
    st.integers(8, 99),
    st.integers(1, 12),
    st.integers(1, 9999),
)
_old = st.builds(
    lambda archive, year, month, number: f"{archive}/{year % 100:02}{month:02}{number:03}",
    st.sampled_from(["hep-th", "math", "cs", "astro-ph", "q-bio", "solv-int"]),
    st.integers(1992, 2006),
    st.integers(1, 12),
    st.integers(1, 999),
)
_ids = st.builds(ArxivId, _new | _old, _versions)


@given(
    _ids,
    st.sampled_from(
        [
            "{}",
            "arXiv:{}",
            " https://arxiv.org/abs/{} ",
            "http://export.arxiv.org/pdf/{}.pdf",
            "10.48550/arXiv.{}",
            "{} [cs.CL]",
        ]
    ),
)
def test_what_is_written_is_read_back(arxiv_id: ArxivId, form: str) -> None:
    assert parse_arxiv_id(form.format(arxiv_id)) == arxiv_id


@given(_ids)
def test_its_address_is_its_address(arxiv_id: ArxivId) -> None:
    assert parse_arxiv_id(arxiv_id.url) == arxiv_id


@given(st.lists(_ids, unique=True), st.sampled_from([" ", "\n", ", ", "，", "；", "、", "\u3000"]))
def test_a_list_is_read_back(arxiv_ids: list[ArxivId], between: str) -> None:
    assert find_arxiv_ids(between.join(map(str, arxiv_ids))) == (tuple(arxiv_ids), ())


@given(
    st.text() | st.text(alphabet="0129./vharXiv:[]%?# "),
)
def test_any_text_is_an_id_or_invalid(text: str) -> None:
    found = try_arxiv_id(text)
    find_arxiv_ids(text)
    if found is None:
        with pytest.raises(Invalid):
            parse_arxiv_id(text)
    else:
        assert parse_arxiv_id(str(found)) == parse_arxiv_id(text) == found
