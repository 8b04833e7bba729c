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
    format_references,
    write_reference_lines,
    write_reference_page,
)
from app.models import Paper
from app.sources.drafts import TYPES
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
        ("apa", NAMELESS, "A reading list. (n.d.). https://example.org/list"),
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


# What is odd about a work, in ways that meet in one reference.
ODD_TITLES = (
    *(
        "Boiling water",
        "Does it boil?",
        "Why boil!",
        "为什么烧水？",
        "水壶的研究。",
        "水壶“分类”",
        "Wait…",
    ),
    *("“Kettles” and tins", "Explaining “Kettles”", 'Explaining "kettles"', "“Why?” Explaining"),
    *(
        "Kettles Inc.",
        "Boiling, etc.",
        "“Is it hot?”",
        "《水壶》研究",
        "Kettles (and tins)",
        "A: B? C",
    ),
)
ODD_AUTHORS: tuple[tuple[str, ...], ...] = (
    *(
        (),
        ("Brown, Ann",),
        ("张三",),
        ("{Tin, Inc.}",),
        ("张三", "et al."),
        ("Brown, Ann", "et al."),
    ),
    *(("King, Jr., Ann",), ("张三", "李四", "王五", "赵六"), ("et al.",), ("Ann van Dorp",)),
)
ODD_DETAILS = {
    "edition": ("2", "Rev. ed.", "修订本", "2019"),
    "volume": ("3", "第3卷"),
    "issue": ("4",),
    "page": ("1-9", "e12"),
    "number": ("TR-1", "GB/T 9—2010"),
    "publisher": ("Tin Press", "Tin Inc.", "水壶出版社"),
    "publisher-place": ("Washington, D.C.", "北京"),
    "editor": ("Brown, Ann", "张三; 李四", "Ed, X; et al."),
    "translator": ("Lee, Cy", "李四"),
    "genre": ("PhD thesis", "博士学位论文", "White paper"),
    "accessed": ("2021-03-04", "2021"),
    "collection-title": ("LNCS",),
}
ODD = st.builds(
    lambda details, published, people, **said: PaperEntry(
        Paper(
            citekey="k",
            year=int(published[:4]) if published else None,
            published=published,
            details=details,
            **said,
        ),
        people,
    ),
    title=st.sampled_from(ODD_TITLES),
    published=st.sampled_from(["", "2019", "2019-05", "2019-05-06"]),
    venue=st.sampled_from(["", "Kettle Letters", "水壶学报", "Why Kettles?", "Tins, Inc."]),
    doi=st.sampled_from([None, "10.1000/x"]),
    url=st.sampled_from(["", "https://a.b/c"]),
    details=st.fixed_dictionaries(
        {"type": st.sampled_from(sorted(TYPES))},
        optional={name: st.sampled_from(values) for name, values in ODD_DETAILS.items()},
    ),
    people=st.sampled_from(ODD_AUTHORS),
)
# Marks that meet, marks without what they belong to, and what no reference begins or ends with.
MEET = re.compile(
    r"[?!？！。…][.,](?!\.)|(?<!\.)\.\.(?!\.)|,,|,\.|::|\s[,.;:]|\s\s|““|””|‘‘|\"\"|\(\)|\[\]|\(\s|\s\)"
    r"|\A[\s,.;:)\]]|[,:;]\Z|//\.|None|Retrieved http|[\x00-\x1f]"
)


@pytest.mark.parametrize("style", STYLES)
@settings(max_examples=150)
@given(record=ODD)
def test_marks_do_not_meet(style: str, record: PaperEntry) -> None:
    text = format_reference(record, STYLES[style]).text
    assert not MEET.search(text)
    for opens, closes in ("()", "[]", "“”"):
        assert text.count(opens) == text.count(closes)


@pytest.mark.parametrize(
    ("style", "records", "dated"),
    [
        # GB/T 7714's own example, 10.2.3: by the first author.
        (
            "gb7714-author-date",
            [("王临惠", "支建刚", "王忠一"), ("王临惠",), ("李四",)],
            ["王临惠, 支建刚, 王忠一, 2010a", "王临惠, 2010b", "李四, 2010"],
        ),
        ("gb7714-author-date", [("Brown, Ann",), ("张三",)], ["BROWN A, 2010", "张三, 2010"]),
        ("gb7714-author-date", [(), ()], ["佚名, 2010a", "佚名, 2010b"]),
        ("apa", [("Brown, Ann",), ("Brown, Ann", "Grey, Bo")], ["(2010)", "(2010)"]),
        ("apa", [("Brown, Ann",), ("Brown, Ann",)], ["(2010a)", "(2010b)"]),
        ("apa", [(), ()], ["2010 年的水壶 0. (2010)", "2010 年的水壶 1. (2010)"]),
        ("acl", [("Brown, Ann",), ("Brown, Ann",)], ["2010a. 2010 年", "2010b. 2010 年"]),
    ],
)
def test_letters_stand_behind_the_year_that_tells_works_apart(
    style: str, records: list[tuple[str, ...]], dated: list[str]
) -> None:
    works = [
        PaperEntry(Paper(citekey="k", title=f"2010 年的水壶 {n}", year=2010), authors)
        for n, authors in enumerate(records)
    ]
    made = [each.text for each in format_references(works, STYLES[style])]
    assert all(each in text for each, text in zip(dated, made, strict=True))


def test_the_processor_waits_until_it_is_asked_for() -> None:
    code = "import sys, app.main; sys.exit('citeproc' in sys.modules or 'lxml' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
