"""References: what the styles' own guides say, and nothing lost whatever a text holds."""

import re
import subprocess
import sys
from html import unescape
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from app.exports.formats.paper_entry import PaperEntry
from app.exports.formats.references import (
    STYLES,
    format_reference,
    write_reference_lines,
    write_reference_page,
)
from app.models import Paper
from tests.bench import gb7714
from tests.exports.test_bibliographies import entry_of, read_any
from tests.exports.test_papers_out import RECORDS

PREPRINT = PaperEntry(
    Paper(
        citekey="wang2022beit3",
        title="Image as a Foreign Language: BEiT Pretraining",
        year=2022,
        published="2022-08-22",
        arxiv_id="2208.10442",
        arxiv_version=2,
        primary_category="cs.CV",
    ),
    ("Wenhui Wang", "Hangbo Bao", "Li Dong", "van der Berg, Jan"),
)
CHINESE = PaperEntry(
    Paper(
        citekey="zhang2023duomotai",
        title="多模态融合研究综述",
        year=2023,
        venue="计算机学报",
        doi="10.11897/SP.J.1016.2023.00001",
        details={"volume": "46", "issue": "3", "page": "1-20"},
    ),
    ("张三", "李四", "欧阳, 娜娜", "赵六"),
)
TALK = PaperEntry(
    Paper(
        citekey="vaswani2017attention",
        title="Attention is All you Need",
        year=2017,
        venue="Advances in Neural Information Processing Systems",
        details={"type": "paper-conference", "volume": "30", "page": "5998-6008"},
    ),
    ("Ashish Vaswani", "Noam Shazeer"),
)
BOOK = PaperEntry(
    Paper(
        citekey="who2020",
        title="Health & <b>statistics</b>",
        year=2020,
        details={"type": "book", "publisher": "WHO Press", "publisher-place": "Geneva"},
    ),
    ("{World Health Organization}",),
)
THESIS = PaperEntry(
    Paper(
        citekey="ouyang2020",
        title="面向 SQL 的门控融合",
        year=2020,
        details={"type": "thesis", "publisher": "清华大学", "publisher-place": "北京"},
    ),
    ("欧阳, 娜娜",),
)
NAMELESS = PaperEntry(
    Paper(citekey="list", title="A reading list", url="https://example.org/list"), ()
)


@pytest.mark.parametrize(
    ("style", "record", "text"),
    [
        (
            "apa",
            PREPRINT,
            "Wang, W., Bao, H., Dong, L., & van der Berg, J. (2022). Image as a Foreign Language: "
            "BEiT Pretraining (arXiv:2208.10442). arXiv. https://doi.org/10.48550/arXiv.2208.10442",
        ),
        (
            "ieee",
            PREPRINT,
            "W. Wang, H. Bao, L. Dong, and J. van der Berg, “Image as a Foreign Language: BEiT "
            "Pretraining,” Aug. 22, 2022, arXiv:2208.10442. doi: 10.48550/arXiv.2208.10442.",
        ),
        (
            "acl",
            PREPRINT,
            "Wenhui Wang, Hangbo Bao, Li Dong, and Jan van der Berg. 2022. Image as a Foreign "
            "Language: BEiT Pretraining. Preprint, arXiv:2208.10442.",
        ),
        (
            "gb7714",
            PREPRINT,
            "WANG W, BAO H, DONG L, et al. Image as a Foreign Language: BEiT Pretraining[A/OL]. "
            "arXiv, 2022. https://arxiv.org/abs/2208.10442. DOI:10.48550/arXiv.2208.10442.",
        ),
        (
            "apa",
            CHINESE,
            "张三, 李四, 欧阳娜娜, & 赵六. (2023). 多模态融合研究综述. 计算机学报, 46(3), 1–20. "
            "https://doi.org/10.11897/SP.J.1016.2023.00001",
        ),
        (
            "gb7714",
            CHINESE,
            "张三, 李四, 欧阳娜娜, 等. 多模态融合研究综述[J/OL]. 计算机学报, 2023, 46(3): 1-20. "
            "DOI:10.11897/SP.J.1016.2023.00001.",
        ),
        (
            "gb7714",
            TALK,
            "VASWANI A, SHAZEER N. Attention is All you Need[C]//Advances in Neural Information "
            "Processing Systems: Vol. 30. 2017: 5998-6008.",
        ),
        (
            "ieee",
            TALK,
            "A. Vaswani and N. Shazeer, “Attention is All you Need,” in Advances in Neural "
            "Information Processing Systems, 2017, pp. 5998–6008.",
        ),
        (
            "acl",
            TALK,
            "Ashish Vaswani and Noam Shazeer. 2017. Attention is All you Need. In Advances in "
            "Neural Information Processing Systems, volume 30, pages 5998–6008.",
        ),
        (
            "apa",
            BOOK,
            "World Health Organization. (2020). Health & <b>statistics</b>. WHO Press.",
        ),
        ("gb7714", THESIS, "欧阳娜娜. 面向 SQL 的门控融合[D]. 北京: 清华大学, 2020."),
        ("apa", NAMELESS, "A reading list. (n.d.). Retrieved https://example.org/list"),
        ("acl", NAMELESS, "A reading list. https://example.org/list."),
    ],
)
def test_as_the_guides_have_it(style: str, record: PaperEntry, text: str) -> None:
    assert format_reference(record, STYLES[style]).text == text


def test_the_examples_of_the_guides() -> None:
    for case in yaml.safe_load(Path(__file__).with_name("references.yaml").read_text("utf-8")):
        record = entry_of(read_any(case.pop("from")).records[0])
        assert {name: format_reference(record, STYLES[name]).text for name in case} == case


def test_the_examples_of_gb7714() -> None:
    assert list(gb7714.compare()) == []


def test_italics_are_the_only_markup() -> None:
    assert format_reference(BOOK, STYLES["apa"]).html == Markup(
        "World Health Organization. (2020). "
        "<i>Health &amp; &lt;b&gt;statistics&lt;/b&gt;</i>. WHO Press."
    )


def test_a_numbered_style_numbers_its_list() -> None:
    assert [each[:9] for each in write_reference_lines([BOOK, TALK], STYLES["ieee"])] == [
        "[1] World",
        "[2] A. Va",
    ]
    assert [each[:5] for each in write_reference_lines([BOOK, TALK], STYLES["apa"])] == [
        "World",
        "Vaswa",
    ]
    assert list(write_reference_page([BOOK], STYLES["ieee"]))[1].startswith(
        "<p>[1] World Health Organization, <i>Health"
    )


@settings(max_examples=80)
@given(RECORDS, st.sampled_from(list(STYLES)))
def test_no_text_breaks_a_reference(record: PaperEntry, style: str) -> None:
    made = format_reference(record, STYLES[style])
    assert unescape(re.sub("</?i>", "", made.html)) == made.text
    assert "\n" not in made.text
    letters = [each for each in record.paper.title.casefold() if each.isalnum()]
    assert "".join(letters) in "".join(each for each in made.text.casefold() if each.isalnum())


def test_the_processor_waits_until_it_is_asked_for() -> None:
    code = "import sys, app.main; sys.exit('citeproc' in sys.modules or 'lxml' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
