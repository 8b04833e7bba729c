"""RIS, MEDLINE and Web of Science's export → drafts."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.decoding import decode_text
from app.kit.text import tidy_body
from app.sources.bibliography import ris
from tests.sources.reading import by_key, left_over, paper, said

DIALECTS = (Path(__file__).parent / "fixtures/dialects.ris").read_text()
BEGINS = re.compile(r"^\ufeff?(?:TY  ?-|PMID- |PT [A-Z]$)", re.MULTILINE)
TAGGED = re.compile(r"^[A-Z][A-Z0-9]  - \S", re.MULTILINE)


def test_a_preprint_from_zotero_and_asreview() -> None:
    record = by_key(ris.read_ris(DIALECTS))["kim2021vilt"]
    draft = paper(record)
    assert draft.title == "ViLT: Vision-and-Language Transformer"
    assert draft.short_title == "ViLT"
    assert draft.authors == ("Kim, Wonjae", "{World Health Organization}")
    assert (draft.year, draft.published) == (2021, "2021-02-05")
    assert (draft.arxiv_id, draft.arxiv_version) == ("2102.03334", 2)
    assert draft.primary_category == "stat.ML"
    assert draft.url == "https://arxiv.org/abs/2102.03334"
    assert draft.details == {"type": "article", "editor": "Roe, Jane"}
    assert record.tags == ("vision", "language", "pre-training")
    assert [note.body for note in record.notes] == ["first line\n* second line"]
    assert (record.verdict, record.reason) == ("reference", "ASReview_relevant")
    assert record.files == ("files/vilt.pdf",)
    assert (record.citekey, record.line) == ("kim2021vilt", 3)
    assert said(record) == "It names other addresses too: https://example.org."


def test_an_entry_that_nothing_ends() -> None:
    record = by_key(ris.read_ris(DIALECTS))["No end"]
    draft = paper(record)
    assert (draft.authors, draft.venue, draft.doi) == (
        ("张, 三",),
        "Journal of Things",
        "10.1000/xyz",
    )
    assert draft.details == {
        "type": "article-journal",
        "page": "12-34",
        "ISBN": "978-3-16-148410-0",
        "ISSN": "1234-5678",
    }
    assert (record.verdict, record.notes) == ("no", ())
    assert record.reason == 'RAYYAN-INCLUSION: {"Emily"=>"Excluded"}'


def test_what_is_odd_is_remarked() -> None:
    found = by_key(ris.read_ris(DIALECTS))
    assert said(found["Strange"]) == "“WEIRD” is no type of RIS."
    assert found["Strange"].verdict == ""
    assert said(found["Without a beginning"]) == "It does not say what it is (TY)."


def test_an_entry_without_a_title_is_a_problem() -> None:
    found = ris.read_ris(DIALECTS)
    assert [(each.line, each.raw) for each in found.problems] == [
        (41, "TY  - BOOK\nAU  - Nobody\nER  -")
    ]
    rest = left_over(DIALECTS, found)
    assert " ".join(rest.split()) == "Provider: Somebody 1. between entries anything may stand"


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        ('{"Emily"=>"Included", "Ada"=>"Included"}', "reference"),
        ('{"Emily"=>"Included", "Ada"=>"Excluded"}', ""),
        ('{"Emily"=>"Maybe"}', ""),
    ],
)
def test_only_a_clear_decision_is_a_verdict(words: str, verdict: str) -> None:
    (record,) = ris.read_ris(
        f"TY  - JOUR\nTI  - T\nN1  - RAYYAN-INCLUSION: {words}\nER  - \n"
    ).records
    assert record.verdict == verdict
    assert bool(record.notes) == (not verdict)


def test_abstracts_in_either_tag() -> None:
    (record,) = ris.read_ris(
        "TY  - JOUR\nTI  - T\nAB  - an\n  abstract\nN2  - and a note\n"
    ).records
    assert paper(record).abstract == "an abstract"
    assert [note.body for note in record.notes] == ["and a note"]


def test_medline() -> None:
    (record,) = ris.read_ris(
        "PMID- 1\nTI  - A title that goes\n      on.\nFAU - Griffin, Darren K\nAU  - Griffin DK\n"
        "JT  - Journal\nDP  - 2020 Feb\nLID - 10.1000/x [doi]\nMH  - *Birds/genetics\nPG  - 1-2\n"
    ).records
    draft = paper(record)
    assert (draft.title, draft.authors) == ("A title that goes on", ("Griffin, Darren K",))
    assert (draft.published, draft.doi, draft.details["page"]) == ("2020-02", "10.1000/x", "1-2")
    assert record.tags == ("Birds/genetics",)


def test_web_of_science() -> None:
    (record,) = ris.read_ris(
        "FN Clarivate\nVR 1.0\nPT J\nAU Loach, PA\n   Law, CJ\nAF Loach, Paul A.\n   Law, C. J.\n"
        "TI A title\n   that goes on\nSO JOURNAL\nDE one; two\n   words\nPY 2005\nPD JUL 12\n"
        "BP 1\nEP 9\nER\n\nEF"
    ).records
    draft = paper(record)
    assert (draft.title, draft.venue) == ("A title that goes on", "JOURNAL")
    assert draft.authors == ("Loach, Paul A.", "Law, C. J.")
    assert (draft.published, draft.details["page"]) == ("2005-07-12", "1-9")
    assert record.tags == ("one", "two words")


def test_what_looks_like_it() -> None:
    assert ris.looks_like_ris("\ufeffTY  - JOUR\n")
    assert ris.looks_like_ris("6.\n\nTY - JOUR\n")
    assert not ris.looks_like_ris("TYPES - of things\n- TY  - no")


PIECES = [
    *(
        "TY  - JOUR",
        "TI  - T",
        "ER  - ",
        "ER  -",
        "\n",
        "\n\n",
        "AU  - A, B",
        "  on",
        "N1  - x",
        "1.",
    ),
    *(
        "\ufeff",
        "\r",
        "PMID- 1",
        "PT J",
        "TY  -",
        "SN  - 1",
        "\x0b",
        "UR  - ;",
        "DA  - ///",
        "EP  - 3",
    ),
]


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join) | st.text(max_size=200))
def test_nothing_raises_and_nothing_is_lost(text: str) -> None:
    found = ris.read_ris(text)
    rest = left_over(text, found)
    if not re.search("^(PMID|PT J)", text, re.MULTILINE):
        assert not re.search(r"^(?!ER)[A-Z][A-Z0-9]  - \S", rest, re.MULTILINE)


def test_every_shared_file(shared_dir: Path) -> None:
    files = sorted((shared_dir / "data/bib").rglob("*.ris"))
    assert files
    for file in files:
        text = tidy_body(decode_text(file.read_bytes()))
        found = ris.read_ris(text, file.name)
        headless = 0 if BEGINS.search(text) else 1  # one file's only entry has lost its first line
        assert len(found.records) + len(found.problems) == len(BEGINS.findall(text)) + headless
        assert not TAGGED.search(left_over(text, found)), file


@pytest.mark.parametrize(
    ("line", "authors"),
    [
        ("World Health Organization,", ("{World Health Organization}",)),
        ("Smith, Jones and Co.,", ("{Smith, Jones and Co.}",)),
        ("Smith, J. A.,", ("Smith, J. A.",)),
        ("欧阳, 娜娜", ("欧阳, 娜娜",)),
        ("张三，李四", ("张三", "李四")),
        ("张三丰, 李四光", ("张三丰", "李四光")),
        ("熊 玮", ("熊, 玮",)),
        ("国家统计局 社会司", ("国家统计局 社会司",)),
    ],
)
def test_one_line_names_a_person_or_an_organisation(line: str, authors: tuple[str, ...]) -> None:
    (record,) = ris.read_ris(f"TY  - JOUR\nTI  - A title\nAU  - {line}\nER  - \n").records
    assert record.draft is not None
    assert record.draft.authors == authors


@pytest.mark.parametrize(
    "line",
    [
        *("{}  - {}", "{} - {}", "{}- {}", "{}   - {}", "{}\t- {}", "  {}  - {}"),
        *("{}  – {}", "{}  -\t{}"),
    ],
)
@pytest.mark.parametrize("lower", [False, True])
def test_tags_in_other_spellings(line: str, lower: bool) -> None:
    said = (("TY", "JOUR"), ("TI", "A title"), ("AU", "Smith, John"), ("AB", "Of what"), ("ER", ""))
    lines = [line.format(tag.lower() if lower else tag, value).rstrip(" ") for tag, value in said]
    text = "\n".join([*lines, ""] * 2)
    assert ris.looks_like_ris(text)
    records = ris.read_ris(text).records
    assert [(paper(each).title, paper(each).authors, paper(each).abstract) for each in records] == [
        ("A title", ("Smith, John",), "Of what")
    ] * 2


def test_some_tags_in_lower_case() -> None:
    (record,) = ris.read_ris("TY  - JOUR\nti  - A title\nau  - Smith, John\nER  - \n").records
    assert (paper(record).title, paper(record).authors) == ("A title", ("Smith, John",))


def test_versions_chapters_and_proceedings() -> None:
    text = (
        "TY  - COMP\nTI  - P\nET  - 2.1\nER  - \n"
        "TY  - CHAP\nTI  - C\nSE  - 4\nER  - \n"
        "TY  - CPAPER\nTI  - T\nC3  - Proc. of X\nER  - \n"
        "TY  - RPRT\nTI  - R\nM1  - WHO/12.3\nER  - \n"
        "TY  - PAT\nTI  - P\nM1  - JP 2001-1\nER  - \n"
    )
    program, chapter, talk, report, patent = map(paper, ris.read_ris(text).records)
    assert program.details == {"type": "software", "version-number": "2.1"}
    assert chapter.details == {"type": "chapter", "chapter-number": "4"}
    assert talk.venue == "Proc. of X"
    assert report.details == {"type": "report", "number": "WHO/12.3"}
    assert patent.details == {"type": "patent", "number": "JP 2001-1"}
