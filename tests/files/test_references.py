# ruff: noqa: E501 (printed lines)
"""Lists of references, in the forms in which papers print them → entries."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.files.extraction import PageText, extract_pages
from app.files.references import ReferenceEntry, list_printed_references

_BODY = "A paper.\nIts text is here, and ends here.\n"


def read(text: str) -> list[ReferenceEntry]:
    return list_printed_references([PageText(1, _BODY), PageText(2, text)])


@pytest.mark.parametrize(
    ("printed", "titles"),
    [
        (  # ACL
            "References\nWaleed Ammar, Matthew E.\nPeters, and Russell Power. 2017. The ai2 system.\n"
            "In ACL\nworkshop (SemEval).\nHal Daumé. 2007a. Frustratingly easy domain\nadaptation. In ACL.",
            ["The ai2 system", "Frustratingly easy domain adaptation"],
        ),
        (  # APA
            "References\nBlack, R. C., & Spriggs, J. F., II. (2013). The Citation of U.S. Supreme\n"
            "Court Precedent. Journal of Law, 10(2), 325–358.\nGoogle. (2006). Diff Match Patch. GitHub.\n"
            "Ho, D. E. (Forthcoming). Legal Citation. Proceedings of a Conference.",
            ["The Citation of U.S. Supreme Court Precedent", "Diff Match Patch", "Legal Citation"],
        ),
        (  # CVPR
            "References\n[1] Peter Anderson, Xiaodong He, and Lei Zhang. Bottom-up and top-down atten-\n"
            "tion for captioning. In CVPR, 2018. 1, 2\n[2] Ashish Vaswani, Noam Shazeer, et al. Attention is\n"
            "all you need. In NIPS, 2017. 3",
            ["Bottom-up and top-down atten- tion for captioning", "Attention is all you need"],
        ),
        (  # IEEE
            "REFERENCES\n[1] A. Vaswani and N. Shazeer, “Attention is all you need,” in Proc. NIPS, 2017.\n"
            "[2] J. Devlin, “BERT: Pre-training,” in Proc. NAACL, 2019, pp. 1–2.",
            ["Attention is all you need", "BERT: Pre-training"],
        ),
        (  # Nature
            "References\n1. LeCun, Y., Bengio, Y. & Hinton, G. Deep learning. Nature 521, 436–444 (2015).\n"
            "2. Silver, D. et al. Mastering the game of Go. Nature 529, 484 (2016).",
            ["Deep learning", "Mastering the game of Go"],
        ),
        (  # natbib, the year last
            "References\nDzmitry Bahdanau, Kyunghyun Cho, and Yoshua Bengio. Neural machine translation.\n"
            "In ICLR, 2015.\nSepp Hochreiter and Jürgen Schmidhuber. Long short-term memory. Neural\n"
            "Computation, 9(8):1735–1780, 1997.",
            ["Neural machine translation", "Long short-term memory"],
        ),
        (  # GB/T 7714
            "参考文献\n[1] 张三, 李四. 基于图的表示学习[J]. 计算机学报, 2020, 43(2): 1-5.\n"
            "[2] 王五. 文本到 SQL 的泛化性研究[D]. 北京: 清华大学, 2021.\n"
            "[3] VASWANI A, SHAZEER N. Attention is all you need[C]//NIPS. 2017: 5998-6008.",
            ["基于图的表示学习", "文本到 SQL 的泛化性研究", "Attention is all you need"],
        ),
    ],
)
def test_a_list_is_split_and_titles_are_told(printed: str, titles: list[str]) -> None:
    assert [entry.title for entry in read(printed)] == titles


def test_what_an_entry_is_called_elsewhere_is_told_across_lines() -> None:
    found = read(
        "References\n[1] A. Author. One title of some. https://doi.org/10.\n1111/jels.12012\n"
        "[2] B. Author. Another title. CoRR, abs/1409.0473, 2014.\n"
        "[3] C. Author. A third title. arXiv preprint\narXiv:1706.03762v5, 2017.\n"
        "[4] D. Author. A fourth. doi: 10.18653/v1/N18-\n3011, 2018.\n"
        "[5] E. Author. A fifth. https://doi.org/10.48550/arXiv.2103.00020, 2021."
    )
    assert [(each.doi, each.arxiv_id) for each in found] == [
        ("10.1111/jels.12012", None),
        (None, "1409.0473"),
        (None, "1706.03762"),
        ("10.18653/v1/n18-3011", None),
        ("10.48550/arxiv.2103.00020", "2103.00020"),
    ]


def test_what_is_no_reference_is_none() -> None:
    assert read("No list.") == []
    assert read("References") == []
    pages = [
        PageText(n, f"Text of {n}.\n¿citation_author?, (2021). A tool. https:\n//doi.org/X\n{n}")
        for n in range(1, 4)
    ]
    last = "References\nHal Daumé. 2007. Frustratingly easy domain adaptation. In ACL.\n"
    pages.append(PageText(4, f"{last}¿citation_author?, (2021). A tool. https:\n//doi.org/X\n4"))
    (entry,) = list_printed_references(pages)
    assert entry.text == "Hal Daumé. 2007. Frustratingly easy domain adaptation. In ACL."


def test_the_list_ends_where_something_else_begins() -> None:
    found = read(
        "References\n[1] A. Author. One title of some, 2019.\n[2] B. Author. Another, 2018.\n"
        "Appendix A\n[3] This is no entry."
    )
    assert len(found) == 2
    assert found[1].text == "B. Author. Another, 2018."


def test_entries_of_one_work_share_a_key() -> None:
    (one, other) = read(
        "References\n[1] A. Author. Attention Is All You Need. NIPS, 2017.\n"
        "[2] Author, A. Attention is all you need. arXiv:1706.03762, 2017."
    )
    assert one.key == other.key == "title:attentionisallyouneed"


@given(
    st.lists(st.text(alphabet="[]1234567890. \nAaReferences,()/:doi10", max_size=200), max_size=3)
)
@settings(max_examples=60)
def test_any_text_has_its_list_or_none(texts: list[str]) -> None:
    pages = [PageText(n, f"References\n{text}") for n, text in enumerate(texts, 1)]
    for entry in list_printed_references(pages):
        assert entry.text


@pytest.mark.parametrize(
    ("name", "entries", "dois"),
    [
        ("acl-two-column-N18-3011", 27, 0),
        ("joss-eyecite-v1", 14, 0),
        ("joss-eyecite-v2", 15, 9),
    ],
)
def test_real_papers(shared_dir: Path, name: str, entries: int, dois: int) -> None:
    found = list_printed_references(list(extract_pages(shared_dir / f"data/pdf/{name}.pdf")))
    assert (len(found), sum(bool(each.doi) for each in found)) == (entries, dois)
    assert all(each.title and each.year for each in found if "Forthcoming" not in each.text)
    assert not any("citation_author" in each.text for each in found)
