"""Papers in every format that other programs read: they find the same fields in it."""

import json
import re
from collections.abc import Mapping

import pytest
import rispy
from hypothesis import given, settings
from hypothesis import strategies as st

from app.exports.formats import bibtex, csl_json, ris
from app.exports.formats.paper_entry import PaperEntry, PersonName
from app.kit.editions import edition_in_words, edition_number
from app.kit.text import tidy_line
from app.models import Kind, Paper
from app.sources.drafts import DETAILS, ISSUES, OF_SERIES
from tests.exports.formats.test_bibtex import parsed, unescaped
from tests.exports.sheets import CITEKEY
from tests.exports.sheets import TEXT as ANY_TEXT

NOTHING = {"", "null", "none", "undefined"}  # what programs write for it
TEXT = ANY_TEXT.map(tidy_line).filter(lambda text: text.lower() not in NOTHING)
SICI = "10.1002/(SICI)1096-8644(199601)99:1<1::AID-AJPA1>3.0.CO;2-1"
TYPES = (
    "article",
    "article-journal",
    "paper-conference",
    "chapter",
    "book",
    "thesis",
    "report",
    "webpage",
    "dataset",
    "software",
    "patent",
    "of-no-standard",
)
NAMES = st.sampled_from(
    [
        *("Wenhui Wang", "张三", "García Márquez, Gabriel", "{WHO & Friends_%}", "李四", "Plato"),
        *(
            "欧阳, 娜娜",
            "山田, 太郎",
            "{WHO & {Friends}}",
            "{Smith, Jones and Co.}",
            "{世界、卫生}",
        ),
    ]
)
NO_TEXTS = ("type", "page", "editor", "translator", "accessed")
SAID = st.dictionaries(st.sampled_from([name for name in DETAILS if name not in NO_TEXTS]), TEXT)
NOTES = st.text("a中\n #*_{}\\%&-ERTY", max_size=40).map(str.strip).filter(bool)
RECORDS = st.builds(
    lambda paper, said, kind, pages, **rest: PaperEntry(
        paper.model_copy(
            update={"details": {**said, **({"type": kind} if kind else {}), **pages}},
        ),
        **rest,
    ),
    paper=st.builds(
        Paper,
        citekey=CITEKEY,
        title=TEXT,
        short_title=st.just("") | TEXT,
        venue=st.just("") | TEXT,
        year=st.none() | st.integers(1000, 2200),
        abstract=st.just("") | TEXT,
        published=st.sampled_from(["", "2023", "2023-02", "2023-02-28"]),
        arxiv_id=st.sampled_from([None, "2302.00902", "math/0611800"]),
        arxiv_version=st.sampled_from([None, 3]),
        primary_category=st.sampled_from(["", "cs.CL"]),
        doi=st.sampled_from([None, "10.1145/3581783", "10.1002/(SICI)1097-4571(1999)50:1", SICI]),
        url=st.sampled_from(["", "https://example.org/a_b?c=1&d=%20#e~f"]),
    ),
    said=SAID,
    kind=st.sampled_from(("", *TYPES)),
    pages=st.sampled_from([{}, {"page": "3"}, {"page": "12-19"}, {"page": "S1–S9"}]),
    authors=st.lists(NAMES, max_size=3, unique=True).map(tuple),
    keywords=st.lists(TEXT, max_size=2, unique=True).map(tuple),
    notes=st.lists(NOTES, max_size=2).map(tuple),
    former=st.lists(CITEKEY, max_size=2, unique=True).map(tuple),
)
MANY = st.lists(RECORDS, max_size=3, unique_by=lambda record: record.paper.citekey)


@settings(max_examples=60)
@given(MANY, st.booleans())
def test_bibtex_and_biblatex_say_it_all(records: list[PaperEntry], biblatex: bool) -> None:
    entries = parsed("".join(bibtex.write_bibtex(records, biblatex=biblatex))).entries
    assert list(entries) == [record.key for record in records]
    for record in records:
        read = entries[record.key]
        said = record.paper.details
        # The number of a paper in proceedings that stand in a series is that of the series.
        in_series = record.type == "paper-conference" and "collection-title" in said
        of_series = in_series or (record.type in OF_SERIES and "collection-number" in said)
        counts = "issue" if record.type in ISSUES else "number"
        edition = edition_number(said.get("edition", ""))
        expected: Mapping[str, str] = {
            "volume": said.get("volume", ""),
            "number": said.get("collection-number" if of_series else counts, ""),
            "series": said.get("collection-title", ""),
            "edition": edition if biblatex else edition_in_words(edition),
            "isbn": said.get("ISBN", ""),
            "issn": said.get("ISSN", ""),
            "note": said.get("note", ""),
            "language": said.get("language", ""),
            "abstract": record.paper.abstract,
            "location" if biblatex else "address": said.get("publisher-place", ""),
        }
        for name, value in expected.items():
            assert unescaped(read.fields.get(name, "")) == value, name
        noted = unescaped(read.fields.get("annotation" if biblatex else "annote", ""))
        assert noted.split() == " ".join(record.notes).split()  # pybtex folds white space
        assert read.fields.get("doi", "") == (record.paper.doi or "")
        assert len(read.persons.get("author", [])) == len(record.authors)
        if biblatex:
            assert read.fields.get("date", "") == record.date
            further = [each for each in record.former if each != record.key]
            assert read.fields.get("ids", "") == ", ".join(further)
            assert ("eprinttype" in read.fields) == bool(record.paper.arxiv_id)
            assert unescaped(read.fields.get("shorttitle", "")) == record.paper.short_title


@settings(max_examples=60)
@given(MANY)
def test_ris_says_it_all(records: list[PaperEntry]) -> None:
    text = "".join(ris.write_ris(records))
    assert text.count("\n") == text.count("\r\n") == len(text.splitlines())
    entries = rispy.loads(text)
    assert [each["id"] for each in entries] == [record.key for record in records]
    for record, read in zip(records, entries, strict=True):
        paper, said = record.paper, record.paper.details
        of_program = record.type in ("software", "dataset")
        place = said.get("publisher-place", "")
        held = said.get("event-place") if place and record.type == "paper-conference" else ""
        expected = {
            "title": paper.title,
            "short_title": paper.short_title,
            "abstract": paper.abstract,
            "doi": paper.doi or "",
            "volume": said.get("volume", ""),
            "number": said.get("issue" if record.type in ISSUES else "number", ""),
            "publisher": said.get("publisher", ""),
            "place_published": held or place,
            "edition": (of_program and said.get("version-number")) or said.get("edition", ""),
            "language": said.get("language", ""),
            "year": record.date[:4],
            "alternate_title3" if record.type == "book" else "secondary_title": record.venue,
        }
        assert {name: read.get(name, "") for name in expected} == expected
        assert read.get("urls", []) == ([record.url] if record.url else [])
        assert read.get("keywords", []) == list(record.keywords)
        names = [PersonName.of(each) for each in record.authors]
        assert read.get("authors", []) == [
            f"{each.family}, {each.given}"
            if each.given
            else each.whole + "," * bool(re.search("[,、]", each.whole))
            for each in names
        ]
        told = " ".join(read.get("notes", []))  # rispy makes an item of each further line
        assert told.split() == " ".join([said.get("note", ""), *record.notes]).split()


@settings(max_examples=60)
@given(MANY)
def test_csl_json_says_it_all(records: list[PaperEntry]) -> None:
    items = json.loads("".join(csl_json.write_csl_json(records)))
    assert [each["id"] for each in items] == [record.key for record in records]
    for record, read in zip(records, items, strict=True):
        paper, said = record.paper, record.paper.details
        assert read["type"] == record.type
        assert read["title"] == paper.title
        assert read.get("abstract", "") == paper.abstract
        assert read.get("annote", "") == "\n\n".join(record.notes)
        for name in ("volume", "issue", "page", "publisher-place", "edition", "ISBN", "language"):
            assert read.get(name, "") == said.get(name, "")
        parts = read.get("issued", {"date-parts": [[]]})["date-parts"][0]
        assert "-".join(f"{part:02}" for part in parts) == record.date
        whole = [
            f"{each.get('given', '')} {each.get('family', '')}" for each in read.get("author", [])
        ]
        assert len(whole) == len(record.authors)


def test_a_preprint_is_written_as_zotero_writes_it() -> None:
    paper = Paper(
        citekey="wang2022beit3",
        title="BEiT Pretraining",
        published="2022-08-22",
        year=2022,
        arxiv_id="2208.10442",
        arxiv_version=2,
        primary_category="cs.CV",
        venue="arXiv",
    )
    record = PaperEntry(paper, ("Wenhui Wang",), former=("wang2022image",))
    assert csl_json.make_csl_item(record) == {
        "id": "wang2022beit3",
        "type": "article",
        "title": "BEiT Pretraining",
        "URL": "https://arxiv.org/abs/2208.10442",
        "number": "arXiv:2208.10442",
        "publisher": "arXiv",
        "note": "arXiv:2208.10442v2 [cs.CV]",
        "author": [{"family": "Wang", "given": "Wenhui"}],
        "issued": {"date-parts": [[2022, 8, 22]]},
    }
    assert ris.write_ris_entry(record).split("\r\n") == [
        "TY  - GEN",
        "ID  - wang2022beit3",
        "TI  - BEiT Pretraining",
        "AU  - Wang, Wenhui",
        "PY  - 2022",
        "DA  - 2022/08/22/",
        "AN  - arXiv:2208.10442v2 [cs.CV]",
        "UR  - https://arxiv.org/abs/2208.10442",
        "ER  - ",
        "",
        "",
    ]
    assert bibtex.biblatex_entry(record) == (
        "@online{wang2022beit3,\n"
        "  ids = {wang2022image},\n"
        "  title = {{BEiT} Pretraining},\n"
        "  author = {Wenhui Wang},\n"
        "  date = {2022-08-22},\n"
        "  eprint = {2208.10442v2},\n"
        "  eprinttype = {arxiv},\n"
        "  eprintclass = {cs.CV},\n"
        "  url = {https://arxiv.org/abs/2208.10442},\n"
        "}\n"
    )


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Wonjae Kim", PersonName("Kim", "Wonjae", "Wonjae Kim")),
        ("Lin-Manuel Lin", PersonName("Lin", "Lin-Manuel", "Lin-Manuel Lin")),
        (
            "García Márquez, Gabriel",
            PersonName("García Márquez", "Gabriel", "Gabriel García Márquez"),
        ),
        ("张三", PersonName("张", "三", "张三")),
        ("欧阳, 娜娜", PersonName("欧阳", "娜娜", "欧阳娜娜")),
        ("{World Health Organization}", PersonName("", "", "World Health Organization")),
        ("Plato", PersonName("Plato", "", "Plato")),
        ("Smith, John, Jr.", PersonName("", "", "Smith, John, Jr.")),
        ("Smith, Jr., John", PersonName("Smith", "John", "John Smith Jr.", suffix="Jr.")),
        ("Ann van Dorp", PersonName("van Dorp", "Ann", "Ann van Dorp", particle="van")),
        (
            "Humboldt, Alexander von",
            PersonName("Humboldt", "Alexander", "Alexander von Humboldt", dropping="von"),
        ),
    ],
)
def test_the_parts_of_a_name(written: str, name: PersonName) -> None:
    assert PersonName.of(written) == name


@pytest.mark.parametrize(
    ("kind", "venue", "arxiv_id", "said", "type_"),
    [
        (Kind.DATASET, "", None, "", "dataset"),
        (Kind.DATASET, "ICLR 2025", None, "", "paper-conference"),
        (Kind.DATASET, "", "2411.07763", "", "article"),
        (Kind.LINK, "", None, "", "webpage"),
        (Kind.PAPER, "", None, "", "document"),
        (Kind.PAPER, "ICLR 2025", None, "thesis", "thesis"),
    ],
)
def test_what_is_known_decides_the_type(
    kind: Kind, venue: str, arxiv_id: str | None, said: str, type_: str
) -> None:
    details = {"type": said} if said else {}
    paper = Paper(
        citekey="x", title="X", kind=kind, venue=venue, arxiv_id=arxiv_id, details=details
    )
    assert PaperEntry(paper, ()).type == type_
