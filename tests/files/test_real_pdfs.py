"""What real PDFs say: facts that were read on the rendered page (../shared/data/pdf/README.md)."""

from functools import cache
from pathlib import Path

import pytest

from app.files.extraction import UnreadableFile, extract_pages, read_opening


@cache
def texts(path: Path) -> list[str]:
    return [page.text for page in extract_pages(path)]


@pytest.fixture
def pdfs(shared_dir: Path) -> Path:
    folder = shared_dir / "data/pdf"
    if not folder.is_dir():
        pytest.skip("../shared/data/pdf is not here")
    return folder


ACL, ZH = "acl-two-column-N18-3011", "zh-java-manual-fonts-embedded"


@pytest.mark.parametrize(
    ("name", "pages", "page", "says"),
    [
        (ACL, 8, 1, "published scientific literature into a heterogeneous graph to facilitate"),
        (ACL, 8, 1, "algorithmic manipulation and discovery. The resulting"),
        (ACL, 8, 1, "Lucy Lu Wang, Chris Wilhelm"),
        (ACL, 8, 1, "Proceedings of NAACL-HLT 2018, pages 84–91"),
        ("acl-annotated-acrobat-W18-6511", 10, 2, "Figure 1: The multimodal interface with"),
        ("acl-annotated-preview-W16-6608", 10, 1, "task of abstractive caption or scene"),
        ("acl-annotated-preview-W16-6608", 10, 6, "90 percent to partcipate."),
        ("acl-annotated-okular-W16-6623", 10, 7, "0 for unacceptable and 1 for acceptable/good"),
        ("joss-eyecite-v1", 3, 1, "Mike Lissner"),
        ("joss-eyecite-v2", 4, 1, "Michael Lissner"),
        (ZH, 55, 2, "前言"),
        (
            ZH,
            55,
            4,
            "【强制】所有编程相关的命名均不能以下划线或美元符号开始，也不能以下划线或美元符号结束。",
        ),
        ("zh-abstracts-font-not-embedded", 3, 1, "客观赋权法及其在工程选材中的适用性研究"),
        ("zh-abstracts-font-not-embedded", 3, 1, "10 等韵发音部位认知探源"),
        ("zh-abstracts-font-not-embedded", 3, 3, "中文论文摘要选编（字体未嵌入）"),
        ("ja-okumacro", 18, 1, "ときに使ったマクロを集めたものです。"),
        ("ocr-text-with-errors", 6, 1, "Eichmond"),
        ("ocr-text-with-errors", 6, 2, "SIEGE OF VICKSBUEG"),
        ("ocr-text-with-errors", 6, 2, "visitors"),
        ("ocr-text-with-errors", 6, 2, "However"),
        ("rotated-pages", 5, 5, "Hello world"),
        ("encrypted-empty-user-password", 1, 1, "pdf encryption test"),
        ("long-467-pages", 467, 467, "status with the IRS."),
        ("long-467-pages", 467, 288, "Demosthenes"),
    ],
)
def test_a_page_says(pdfs: Path, name: str, pages: int, page: int, says: str) -> None:
    found = texts(pdfs / f"{name}.pdf")
    assert len(found) == pages
    assert says in " ".join(found[page - 1].split("\n"))


def test_pages_without_text_are_empty(pdfs: Path) -> None:
    assert texts(pdfs / "scan-without-text.pdf") == [""]
    assert texts(pdfs / f"{ZH}.pdf")[0] == ""
    assert texts(pdfs / "long-467-pages.pdf")[0] == ""
    assert "以上で終わりです。" in texts(pdfs / "ja-okumacro.pdf")[-1]


def test_no_page_holds_what_cannot_be_seen(pdfs: Path) -> None:
    for name in (ACL, "acl-annotated-preview-W16-6608", "joss-eyecite-v2"):
        for text in texts(pdfs / f"{name}.pdf"):
            assert not set(text) & {"\x02", "\ufffe", "\xad", "\r", "\0"}
            assert not any(ligature in text for ligature in "ﬀﬁﬂﬃﬄ")


def test_what_one_version_alone_says(pdfs: Path) -> None:
    assert "55 million" not in " ".join(texts(pdfs / "joss-eyecite-v1.pdf"))
    assert "55 million" in " ".join(" ".join(texts(pdfs / "joss-eyecite-v2.pdf")).split())


@pytest.mark.parametrize(
    ("name", "title"),
    [
        (ACL, "Construction of the Literature Graph in Semantic Scholar"),
        (
            "acl-annotated-acrobat-W18-6511",
            "Explainable Autonomy: A Study of Explanation Styles for Building Clear Mental Models",
        ),
        (
            "acl-annotated-preview-W16-6608",
            "Abstractive Compression of Captions with Attentive Recurrent Neural Networks",
        ),
        (
            "acl-annotated-okular-W16-6623",
            "Selecting Domain-Specific Concepts for Question Generation With"
            " Lightly-Supervised Methods",
        ),
        ("joss-eyecite-v2", "eyecite: A tool for parsing legal citations"),
        ("ja-okumacro", "私家版マクロ集"),
    ],
)
def test_the_first_page_shows_its_title(pdfs: Path, name: str, title: str) -> None:
    assert read_opening(pdfs / f"{name}.pdf", texts=0).title == title


def test_a_file_that_wants_a_password_says_so(pdfs: Path) -> None:
    with pytest.raises(UnreadableFile, match="password"):
        read_opening(pdfs / "encrypted-user-password.pdf")


@pytest.mark.parametrize("share", [0.2, 0.6, 0.95])
def test_a_file_that_was_cut_off_says_so(pdfs: Path, tmp_path: Path, share: float) -> None:
    data = (pdfs / f"{ACL}.pdf").read_bytes()
    cut = tmp_path / "cut.pdf"
    cut.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(UnreadableFile, match="damaged"):
        read_opening(cut)


def test_what_would_open_something_opens_nothing(pdfs: Path) -> None:
    for name in ("active-launch-action", "active-embedded-file", "markup-four-kinds-two-lines"):
        assert texts(pdfs / f"{name}.pdf")[0]
