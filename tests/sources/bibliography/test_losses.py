# ruff: noqa: E501 (a table of entries in one line each)
"""What bibliographies of strangers said and was lost or misread: by kind, in each format that says
it. Where a field has no place it is told."""

from collections.abc import Mapping

import pytest

from app.exports.formats.bibtex import format_bibtex_authors
from app.imports.planning.detect_format import read_files
from app.kit.archives import Unpacked
from app.sources.drafts import PaperDraft, RecordDraft
from tests.exports.test_bibliographies import read_any


def only(text: str) -> tuple[PaperDraft, RecordDraft]:
    (record,) = read_any(text).records
    assert record.draft is not None
    return record.draft, record


def entry(kind: str, fields: str) -> str:
    return f"@{kind}{{k, title = {{Kettles}}, {fields}}}"


def ris(kind: str, *lines: str) -> str:
    return "\n".join([f"TY  - {kind}", "TI  - Kettles", *lines, "ER  - ", ""])


def wos(*lines: str) -> str:
    return "\n".join(["FN Clarivate Analytics Web of Science", "VR 1.0", *lines, "ER", "", "EF"])


WOS = ("PT S", "AU Brown, A", "TI Kettles", "SO PROC KETTLES", "DT Proceedings Paper", "PY 2018")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        # Journals abbreviated, beside their names.
        (entry("article", "journal = {Kettle Letters}, shortjournal = {Kett. Lett.}"), {"container-title-short": "Kett. Lett."}),
        (entry("article", "fjournal = {Kettle Letters}, journal = {Kett. Lett.}"), {"venue": "Kettle Letters", "container-title-short": "Kett. Lett."}),
        (ris("JOUR", "T2  - Kettle Letters", "J2  - Kett. Lett."), {"container-title-short": "Kett. Lett."}),
        (ris("JOUR", "JO  - Kett. Lett."), {"venue": "Kett. Lett.", "container-title-short": ""}),
        ("PMID- 1\nTI  - Kettles.\nJT  - Kettle letters\nTA  - Kettle Lett\nPMC - PMC2\n", {"container-title-short": "Kettle Lett", "PMID": "1", "PMCID": "PMC2"}),
        ('[{"type": "article-journal", "title": "Kettles", "container-title": "K", "journalAbbreviation": "K"}]', {"container-title-short": ""}),
        # How many pages a book has.
        (entry("book", "pagetotal = {xii, 242}"), {"number-of-pages": "xii, 242"}),
        (ris("BOOK", "SP  - 242"), {"number-of-pages": "242", "page": ""}),
        (ris("CHAP", "SP  - 242"), {"number-of-pages": "", "page": "242"}),
        # Where and at what it was given.
        (entry("inproceedings", "booktitle = {Proc}, venue = {Bonn}, eventtitle = {K 2019}"), {"venue": "Proc", "event-place": "Bonn", "event-title": "K 2019"}),
        (entry("inproceedings", "venue = {KETTLE}"), {"venue": "KETTLE", "event-place": ""}),
        (ris("CONF", "T2  - Proc", "CY  - Bonn", "C1  - London"), {"event-place": "Bonn", "publisher-place": "London"}),
        (ris("CONF", "T2  - Proc", "CY  - London"), {"event-place": "", "publisher-place": "London"}),
        (wos(*WOS, "CT 3rd Kettle Days", "CY OCT 01-05, 2018", "CL Bonn, GERMANY", "BF Grey, Bo"), {"type": "paper-conference", "event-title": "3rd Kettle Days", "event-date": "2018-10-01", "event-place": "Bonn, GERMANY", "container-author": "Grey, Bo"}),
        ('[{"type": "book", "title": "Kettles", "publisher-place": "Bonn", "event-place": "Bonn", "number-of-pages": "9"}]', {"event-place": "", "number-of-pages": "9"}),
        # What adds to a title is a web page's site, or a remark.
        (entry("online", "titleaddon = {Kettle Blog}, url = {https://example.org}"), {"venue": "Kettle Blog", "note": ""}),
        (entry("book", "titleaddon = {A sketch}, note = {Rare}"), {"venue": "", "note": "Rare A sketch"}),
        # Numbers of PubMed's.
        (entry("article", "eprint = {123}, eprinttype = {pubmed}, pmcid = {PMC9}"), {"PMID": "123", "PMCID": "PMC9"}),
        (ris("JOUR", "AN  - 123", "DB  - PubMed", "C2  - PMC9"), {"PMID": "123", "PMCID": "PMC9"}),
        # CNKI's own ids are no DOIs.
        (entry("article", "doi = {CNKI:SUN:SHXB.0.2020-03-029}"), {"doi": None, "note": "CNKI:SUN:SHXB.0.2020-03-029"}),
        (ris("JOUR", "DO  - CNKI:SUN:SHXB.0.2020-03-029"), {"doi": None, "note": "CNKI:SUN:SHXB.0.2020-03-029"}),
        # What stands for pages and says no place.
        (ris("COMP", "SP  - A program for kettles"), {"page": ""}),
        (ris("JOUR", "DO  - 10.1101/2020.04.30.20083568", "SP  - 2020.04.30.20083568"), {"page": ""}),
        (entry("inproceedings", "pages = {61 - 64 vol.1}"), {"page": "61-64"}),
        (entry("book", "pages = {iv--xii}"), {"page": "iv-xii"}),
        (entry("article", "pages = {第八版}"), {"page": "第八版"}),
        # Addresses that lead nowhere, and those without a scheme.
        (ris("COMP", "DO  - ", "UR  - https://doi.org/"), {"url": "", "doi": None}),
        (entry("misc", "url = {kettles.example.org/a}"), {"url": "http://kettles.example.org/a"}),
        (entry("misc", "url = {kettles.v2.pdf}"), {"url": "kettles.v2.pdf"}),
        # Days of access, in the languages of bibliographies.
        (entry("misc", "note = {Letzter Zugriff: 2023-03-26}"), {"accessed": "2023-03-26", "note": ""}),
        (entry("misc", "note = {Dostęp: 2023-03-26}"), {"accessed": "2023-03-26", "note": ""}),
        (entry("misc", "note = {(дата обращения: 26.03.2023)}"), {"accessed": "2023-03-26", "note": ""}),
        (entry("misc", "note = {Accedido el 26 de marzo de 2023}"), {"accessed": "2023-03-26", "note": ""}),
        # Dates, types, texts.
        (entry("book", "date = {2022}, month = {7}, day = {4}"), {"published": "2022-07-04"}),
        (entry("misc", "date = {4–7 June 2019}"), {"published": "2019-06-04"}),
        (entry("newspaperarticle", "journal = {Kettle Times}"), {"type": "article-newspaper"}),
        (entry("article", "abstract = {<正>水壶的历史。}"), {"abstract": "水壶的历史。"}),
        # A name that the periodical has too is no person's; Korean ones begin with the family's.
        (entry("article", "author = {Kettle Times}, journal = {Kettle Times}"), {"authors": ("{Kettle Times}",)}),
        (entry("book", "author = {Ann Brown}, publisher = {Ann Brown}"), {"authors": ("Brown, Ann",)}),
        (entry("book", "author = {김 철수}"), {"authors": ("김, 철수",)}),
        (ris("RPRT", "AU  - 中国水壶研究所"), {"authors": ("{中国水壶研究所}",)}),
    ],
)  # fmt: skip
def test_it_is_read_to_its_place(text: str, says: Mapping[str, object]) -> None:
    draft, _ = only(text)
    own = type(draft).model_fields
    assert {
        name: getattr(draft, name) if name in own else draft.details.get(name, "") for name in says
    } == says


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (entry("inbook", "xref = {whole}"), "xref"),
        (entry("book", "publisher = {Tin}, organization = {Board of Tin}"), "organization"),
        (entry("book", "publisher = {Tin}, organization = {Tin}"), ""),
        (entry("misc", "titleaddon = {A}, collaborator = {Grey, Bo}"), "collaborator"),
        (ris("JOUR", "M1  - 88", "NV  - 3", "C3  - X"), "C3, M1, NV"),
        (ris("COMP", "SP  - A program for kettles"), "page"),
        ('[{"type": "book", "title": "K", "archive": "Tin", "call-number": "Z 1"}]', "archive, call-number"),
        (entry("article", "language = {German}, langid = {german}"), ""),
    ],
)  # fmt: skip
def test_what_has_no_place_is_told(text: str, told: str) -> None:
    _, record = only(text)
    said = [str(each) for each in record.remarks if "alone" in str(each)]
    assert said == ([f"Kept in the entry's text alone: {told}."] if told else [])


def test_dollars_that_are_escaped_begin_no_formula() -> None:
    draft, _ = only("@misc{k, title = {Cups of \\$5 \\& 5\\% at {$\\alpha$} and \\$6}}")
    assert draft.title == "Cups of $5 & 5% at $\\alpha$ and $6"


def test_a_note_that_a_file_has_twice_comes_once() -> None:
    _, record = only(ris("JOUR", "N1  - One.", "N1  - One.", "N1  - Two."))
    assert [each.body for each in record.notes] == ["One.", "Two."]


CNKI = "DataType: 1\nTitle-题名: 水壶分类\nAuthor-作者: 张三;李四;\nSource-刊名: 水壶学报\nYear-年: 2020\nPageCount-页数: 10\nPage-页码: 1-10\nSrcDatabase-来源库: {}\nLink-链接: https://example.org/a\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        # CNKI's E-Study says last what kind it is; its RefWorks leaves blanks out.
        (CNKI.format("期刊"), {"title": "水壶分类", "authors": ("张三", "李四"), "venue": "水壶学报", "page": "1-10", "type": "article-journal", "url": "https://example.org/a"}),
        (CNKI.format("博士"), {"type": "thesis", "genre": "博士学位论文"}),
        ("RT Dissertation/Thesis\nSR 1\nA1张三\nPB 水壶大学\nT1 水壶\nCL 硕士\nYR 2015\nIS 06\nAB 水壶的历史\n,很长。\nDS CNKI\n", {"authors": ("张三",), "type": "thesis", "genre": "硕士学位论文", "number": "", "abstract": "水壶的历史,很长。"}),
        ("RT Newspaper Article\nT1 水壶来袭\nJF 水壶日报\nOP 004\n", {"page": "4"}),
        ("RT Standard\nC1 GB/T 9\nT1 水壶\nID GB/T 9\nK1 水壶\nURL https://example.org/a\n", {"number": "GB/T 9", "url": "https://example.org/a"}),
        ("RT Patent\nA1 张三\nA2 水壶公司\nT1 水壶\nID CN1A\n", {"number": "CN1A", "editor": "", "publisher": "水壶公司"}),
        # Dates, groups, serial numbers of databases.
        ("PMID- 1\nTI  - T.\nDA  - 20150613\nDP  - 2015 Jul 3\nIS  - 0165-0270 (Print)\nIS  - 1872-678X (Electronic)\n", {"published": "2015-07-03", "ISSN": "0165-0270, 1872-678X"}),
        (wos("PT J", "AU Brown, A", "CA Kettle Group", "TI T", "EI 2469-9888"), {"authors": ("Brown, A", "{Kettle Group}"), "ISSN": "2469-9888"}),
        (ris("JOUR", "SN  - 2442-5923", "SN  - 3090-3300", "IS  - 1234-5678"), {"ISSN": "2442-5923, 3090-3300"}),
        (ris("JOUR", "N1  - 35548170[pmid]"), {"PMID": "35548170"}),
        (ris("THES", "T2  - Master's Thesis in Tin", "PB  - U"), {"venue": "", "genre": "Master's Thesis in Tin"}),
        # TeX, types, days, names of sites.
        (entry("misc", "note = {Tin {\\textbar} {The} Sign}"), {"note": "Tin | The Sign"}),
        (entry("book", "edition = {6$^{\\textrm{e}}$ édition}"), {"edition": "6"}),
        (entry("misc", "type = {webpage}"), {"type": "webpage", "genre": ""}),
        (entry("misc", "type = {Billet}"), {"type": "document", "genre": "Billet"}),
        (entry("misc", "howpublished = {[Online] Available (29.06.2023): \\url{https://example.org}}"), {"accessed": "2023-06-29", "note": "", "url": "https://example.org"}),
        (entry("misc", "author = {TIN SIGNS}, journal = {TIN SIGNS}"), {"authors": ("{TIN SIGNS}",)}),
    ],
)  # fmt: skip
def test_what_programs_write_in_their_own_ways(text: str, says: Mapping[str, object]) -> None:
    test_it_is_read_to_its_place(text, says)


def test_keywords_are_read_as_tex_once() -> None:
    _, record = only(entry("misc", "keywords = {Tin-{}-Copper, {A \\& B, C}}"))
    assert record.tags == ("Tin--Copper", "A & B, C")


def test_words_in_lower_case_in_a_given_name_stay_there() -> None:
    (written,) = [format_bibtex_authors(["Brasil, Ministério das Latas"])]
    draft, _ = only(entry("report", f"author = {{{written}}}"))
    assert draft.authors == ("Brasil, Ministério das Latas",)


def test_a_folder_reads_what_is_a_bibliography_by_its_content_and_says_what_is_none() -> None:
    files = {
        "cnki.txt": CNKI.format("期刊"),
        "wanfang.net": "{Reference Type}: Journal Article\n{Title}: 水壶\n{Author}: 张三\n",
        "wos.txt": wos(*WOS),
        "words.txt": "These are words.\nTY  - JOUR is how RIS begins.",
        "My Library.rdf": "<rdf:RDF xmlns:rdf='a'/>",
        "pubmed.xml": "<?xml version='1.0'?><PubmedArticleSet/>",
        "settings.xml": "<?xml version='1.0'?><settings/>",
    }
    unpacked = Unpacked({name: text.encode() for name, text in files.items()})
    found = read_files(unpacked).records
    assert found is not None
    assert sorted(each.path for each in found.records) == ["cnki.txt", "wanfang.net", "wos.txt"]
    said = {each.path: str(each.why) for each in found.problems}
    assert "export as BibTeX" in said["My Library.rdf"]
    assert "save as “PubMed” (.nbib)" in said["pubmed.xml"]
    assert "2 files" in said[""]
