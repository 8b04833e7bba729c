# ruff: noqa: E501 (a table of files in one line each)
"""What a bibliography says of a work is in every format and style that goes out: by kind of fault,
each in more than one of its faces."""

import json
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

import pytest

from app.errors import Invalid
from app.exports.formats import bibtex, csl_json, ris
from app.exports.formats.paper_entry import PaperEntry
from app.exports.formats.references import STYLES, find_styles, format_references, refused_styles
from app.imports.planning.detect_format import read_content
from app.models import Kind, Paper
from app.sources.bibliography import bibtex as bibtex_reader
from app.sources.bibliography import csl_json as csl_reader
from app.sources.bibliography import ris as ris_reader
from app.sources.bibliography import tagged
from app.sources.drafts import ReadFile, RecordDraft


def entry_of(record: RecordDraft) -> PaperEntry:
    draft = record.draft
    assert draft is not None
    fields = draft.model_dump(include=set(Paper.model_fields) - {"kind"})
    paper = Paper(citekey=record.citekey or "k", kind=Kind(draft.kind), **fields)
    return PaperEntry(paper, draft.authors, keywords=record.tags)


def read_any(text: str) -> ReadFile:
    read: Callable[[str], ReadFile] = (
        tagged.read_tagged
        if tagged.looks_like_tagged(text)
        else ris_reader.read_ris
        if ris_reader.looks_like_ris(text)
        else csl_reader.read_csl_json
        if text.startswith("[")
        else bibtex_reader.read_bibtex
    )
    return read(text)


def out(text: str, form: str) -> str:
    """What a file says, written in a format or a style."""
    records = [entry_of(each) for each in read_any(text).records]
    written: Iterator[str] = {
        "bibtex": lambda: bibtex.write_bibtex(records),
        "biblatex": lambda: bibtex.write_bibtex(records, biblatex=True),
        "ris": lambda: ris.write_ris(records),
        "csl-json": lambda: csl_json.write_csl_json(records),
    }.get(form, lambda: (each.text for each in format_references(records, STYLES[form])))()
    return "\n".join(chain(written))


def article(**fields: str) -> str:
    said = {"title": "Kettles", "author": "Brown, Ann", "journal": "J", "year": "2019", **fields}
    return "@article{{k, {}}}".format(
        ", ".join(f"{name} = {{{text}}}" for name, text in said.items())
    )


def by(author: str) -> str:
    return article(author=author)


def book(kind: str = "book", **fields: str) -> str:
    said = {
        "title": "Kettles",
        "author": "Brown, Ann",
        "publisher": "Tin",
        "year": "1996",
        **fields,
    }
    said = {name: text for name, text in said.items() if text}
    return "@{}{{k, {}}}".format(
        kind, ", ".join(f"{name} = {{{text}}}" for name, text in said.items())
    )


def csl(**said: object) -> str:
    return json.dumps([{"id": "k", "type": "book", "title": "Kettles", **said}])


MEDLINE = "PMID- 1\nTI  - Boiling.\nAU  - {}\nJT  - J\nDP  - 1987 Mar\nPG  - 1399-401\n"
RIS = "TY  - {}\nTI  - Kettles\nAU  - {}\nPY  - 2011\nER  - \n"


@pytest.mark.parametrize(
    ("text", "form", "says"),
    [
        # A person's name keeps its parts.
        (by("van Dorp, Ann and Bo von Grau"), "apa", "van Dorp, A., & von Grau, B. (2019)"),
        (by("Ann van der Berg"), "ieee", "A. van der Berg"),
        (by("Ann van Dorp"), "gb7714", "VAN DORP A"),
        (by("Ann van Dorp"), "ris", "AU  - van Dorp, Ann"),
        (by("Ann van Dorp"), "csl-json", '"non-dropping-particle": "van"'),
        (by("Ann King Jr."), "apa", "King, A., Jr. (2019)"),
        (by("King, III, Ann"), "bibtex", "{King, III, Ann}"),
        (by("King, Jr., Ann"), "gb7714", "KING A, Jr"),
        (by("King, Jr., Ann"), "ris", "AU  - King, Ann, Jr."),
        (by("Li, Xiao-hui"), "apa", "Li, X. (2019)"),
        (by("Li, Xiao-hui"), "acl", "Xiao-hui Li"),
        (by("Dupont, Jean-Paul"), "ieee", "J.-P. Dupont"),
        (by("Hovel, Ed"), "apa", "Hovel, E. (2019)"),
        (by("Y. Lecun"), "apa", "Lecun, Y. (2019)"),
        (by("{Kettle and Sons}"), "apa", "Kettle and Sons. (2019)"),
        (by("熊 玮 and 欧阳 娜娜"), "gb7714", "熊玮, 欧阳娜娜"),
        (by("欧阳娜娜"), "csl-json", '{"family": "欧阳", "given": "娜娜"}'),
        (by("阿布都·热西提"), "gb7714", "阿布都·热西提"),
        (by("Brown, AB"), "apa", "Brown, A. B. (2019)"),
        (by("EB White"), "ieee", "E. B. White"),
        (by("J. Smith, A. Doe, and B. Roe"), "apa", "Smith, J., Doe, A., & Roe, B."),
        (by("Smith, J., Doe, A., and Roe, B."), "apa", "Smith, J., Doe, A., & Roe, B."),
        (by("Microsoft Research"), "apa", "Microsoft Research. (2019)"),
        (by("Zhang, San (张三)"), "apa", "Zhang, S. (2019)"),
        (by("José Ortega y Gasset"), "apa", "Ortega y Gasset, J. (2019)"),
        (by("ZHANG San"), "apa", "ZHANG, S. (2019)"),
        (by("Chen YC"), "apa", "Chen, Y. C. (2019)"),
        (by("Weinan E"), "apa", "E, W. (2019)"),
        (by("Dr. Ann Smith"), "apa", "Smith, A. (2019)"),
        (by("Smith, Ann, PhD"), "bibtex", "author = {Smith, Ann}"),
        (by("Smith, A. (Ed.)"), "gb7714", "SMITH A. Kettles"),
        (by("Smith, A., editor"), "apa", "Smith, A. (2019)"),
        (by("Ann Smith \\& Bo Jones"), "apa", "Smith, A., & Jones, B."),
        (by("Smith, A., Jones, B., \\& Dun, C."), "apa", "Smith, A., Jones, B., & Dun, C."),
        (by("Brown \\& Sons"), "apa", "Brown & Sons. (2019)"),
        (by("Müller, J. und Schmidt, K."), "apa", "Müller, J., & Schmidt, K."),
        (by("family={Doe, Inc.}"), "apa", "Doe, Inc. (2019)"),
        (by("中国水壶研究院"), "csl-json", '{"literal": "中国水壶研究院"}'),
        (by("张三等"), "gb7714", "张三, et al. Kettles"),
        # Each format's own form of a name.
        (MEDLINE.format("van Dorp JA"), "apa", "van Dorp, J. A. (1987). Boiling. J, 1399–1401"),
        (MEDLINE.format("King ML Jr"), "apa", "King, M. L., Jr. (1987)"),
        (RIS.format("RPRT", "World Kettle Organization"), "apa", "World Kettle Organization. (2011)"),
        (RIS.format("JOUR", "J. Brown"), "apa", "Brown, J. (2011)"),
        (RIS.format("JOUR", "Brown, Ann|Grey, Bo"), "apa", "Brown, A., & Grey, B."),
        (RIS.format("JOUR", "张三, 李四"), "gb7714", "张三, 李四. Kettles"),
        (RIS.format("JOUR", "欧阳, 娜娜"), "gb7714", "欧阳娜娜. Kettles"),
        (RIS.format("JOUR", "山田, 太郎"), "gb7714", "山田太郎. Kettles"),
        ("TY  - BOOK\nTI  - K\nTA  - Lee, Cy\nER  - \n", "apa", "(C. Lee, Trans.)"),
        ("TY  - JOUR\nTI  - K\nSN  - 0254-4164 (print) 1234-5679 (online)\nER  - \n", "csl-json", '"ISSN": "0254-4164, 1234-5679"'),
        ("PMID- 1\nTI  - [Boiling water].\nMH  - Water/*analysis\nDP  - 2010\n", "csl-json", '"title": "Boiling water", "keyword": "Water/analysis"'),
        ("PMID- 1\nTI  - Boiling.\nAU  - Brown A\nBTI - Kettles\nFED - Grey, Bo\nPB  - Tin\nPL  - London\nEN  - 2nd\nDP  - 2010\n", "apa", "In B. Grey (Ed.), Kettles (2nd ed.). Tin."),
        ("PT C\nAU Brown, A\nBE Grey, Bo\nTI K\nSO PROC\nPY 2018\nER\n", "ieee", "B. Grey, Ed."),
        (RIS.format("JOUR", "Ann Brown, Bo Grey, Cy Dun"), "apa", "Brown, A., Grey, B., & Dun, C."),
        (RIS.format("JOUR", "Brown, A., Grey, B. C."), "apa", "Brown, A., & Grey, B. C."),
        (RIS.format("JOUR", "Brown A, Grey BC"), "apa", "Brown, A., & Grey, B. C."),
        (RIS.format("JOUR", "Brown AB"), "apa", "Brown, A. B. (2011)"),
        (RIS.format("JOUR", "Tin Works AG"), "apa", "Tin Works AG. (2011)"),
        (RIS.format("JOUR", "Brown A; Grey B"), "apa", "Brown, A., & Grey, B."),
        (RIS.format("JOUR", "Brown, A., Grey, B., & Dun, C."), "apa", "Brown, A., Grey, B., & Dun, C."),
        (RIS.format("JOUR", "Brown, Ann / Grey, Bo"), "apa", "Brown, A., & Grey, B."),
        (RIS.format("JOUR", "Brown, Jr., Ann"), "apa", "Brown, A., Jr. (2011)"),
        (RIS.format("CASE", "Brown, Ann"), "csl-json", '"type": "legal_case"'),
        (RIS.format("JOUR", "Brown, Ann; Grey, Bo"), "apa", "Brown, A., & Grey, B."),
        # A list that is cut short.
        (by("Brown, Ann and others"), "apa", "Brown, A., et al. (2019)"),
        (by("Brown, Ann and others"), "ieee", "A. Brown et al.,"),
        (by("Brown, Ann and Grey, Bo and others"), "ieee", "A. Brown, B. Grey, et al.,"),
        (by("Brown, Ann and others"), "acl", "Ann Brown et al. 2019"),
        (by("Brown, Ann et al."), "gb7714", "BROWN A, et al. Kettles"),
        (article(author="张三 and others", title="水壶"), "gb7714", "张三, 等. 水壶"),
        (by("Brown, Ann and others"), "bibtex", "Brown, Ann and others"),
        (by("Brown, Ann and others"), "ris", "AU  - et al."),
        # Mathematics.
        (article(title="$O(n^{2})$ at 5\\% of \\$10"), "bibtex", "{$O(n^{2})$} at 5\\% of \\$10"),
        (article(title="\\ensuremath{x^2} and \\texorpdfstring{$y$}{y}"), "bibtex", "{$x^2$} and {$y$}"),
        (article(title="\\mbox{Ket}\\-tles \\ce{H2O}"), "ris", "TI  - Kettles H2O"),
        (article(title="A {$\\alpha$}-kettle"), "biblatex", "{$\\alpha$}-kettle"),
        (article(title="Cups at \\$5 and \\$6 a piece"), "bibtex", "\\$5 and \\$6"),
        # Kinds of theses and reports.
        (book("mastersthesis", school="U"), "bibtex", "@mastersthesis{k,"),
        (book("mastersthesis", type="Diplomarbeit"), "bibtex", "type = {Diplomarbeit}"),
        (book("thesis", type="mathesis"), "biblatex", "type = {mathesis}"),
        (book("thesis", type="mathesis"), "bibtex", "@mastersthesis"),
        (book("phdthesis", school="U"), "bibtex", "@phdthesis{k,"),
        (book("dissertation", school="U"), "bibtex", "@phdthesis{k,"),
        (book("masterthesis", school="U"), "bibtex", "@mastersthesis{k,"),
        (book("book-chapter", booktitle="Tins"), "bibtex", "@incollection{k,"),
        (book("workingpaper"), "csl-json", '"genre": "Working paper"'),
        (book("mastersthesis", publisher="", school="U"), "apa", "[Master's thesis]. U."),
        (book("techreport", type="White paper"), "csl-json", '"genre": "White paper"'),
        ("TY  - THES\nTI  - K\nM3  - Licentiate\nER  - \n", "bibtex", "@mastersthesis"),
        # Days of access.
        (book("online", url="http://a.b", urldate="2021-03-04"), "gb7714", "[2021-03-04]"),
        (book("misc", url="http://a.b", note="Accessed: 4 March 2021"), "ieee", "Mar. 04, 2021"),
        (book("misc", url="http://a.b", note="[Online; accessed 4-March-2021]"), "biblatex", "urldate"),
        ("TY  - ELEC\nTI  - K\nUR  - http://a.b\nY2  - 2021/03/04/\nER  - \n", "ris", "2021/03/04/"),
        (book("misc", url="http://a.b", urldate="2021-03-04"), "csl-json", '[[2021, 3, 4]]'),
        (book("misc", note="Accessed: Mar. 4, 2021. [Online]. Available: http://x.y"), "csl-json", '"URL": "http://x.y"'),
        (book("misc", note="\\url{http://x.y/a_b}, accessed 2021-03-04"), "biblatex", "urldate = {2021-03-04}"),
        # Numbers that name the document.
        (book("manual", number="5"), "csl-json", '"number": "5"'),
        (book("patent", number="1", location="countryus"), "csl-json", '"publisher-place": "US"'),
        (book("ebook"), "gb7714", "[M]"),
        (book("standard", number="GB/T 9—2010"), "gb7714", "Kettles: GB/T 9—2010[S]"),
        (book("patent", number="CN 1", date="2012-04-05"), "gb7714", "CN 1[P]. 2012-04-05"),
        (book("techreport", number="TR-1", institution="U"), "apa", "(TR-1)"),
        (book("techreport", number="TR-1"), "csl-json", '"number": "TR-1"'),
        ("TY  - RPRT\nTI  - K\nIS  - TR-1\nER  - \n", "bibtex", "number = {TR-1}"),
        (book(number="12", series="Tins"), "biblatex", "number = {12}"),
        (book("proceedings", editor="张三", author=""), "gb7714", "[C]"),
        (book("proceedings", editor="张三", author=""), "bibtex", "@proceedings{k"),
        # Editions.
        (book(edition="Second"), "apa", "(2nd ed.)"),
        (book(edition="2"), "bibtex", "edition = {Second}"),
        (book(edition="2nd"), "biblatex", "edition = {2}"),
        (book(edition="2$^{nd}$"), "apa", "(2nd ed.)"),
        (book(edition="3\\textsuperscript{rd}"), "apa", "(3rd ed.)"),
        (book(edition="Twenty first"), "apa", "(21st ed.)"),
        (book(edition="2019"), "apa", "(2019 ed.)"),
        (book(edition="Third edition"), "ieee", "3rd ed."),
        (book(title="水壶", edition="第三版"), "gb7714", "[M]. 3版"),
        (book(edition="Rev. ed."), "gb7714", "[M]. Rev. ed. Tin"),
        # Names in the author's place.
        (book(author="", editor="Brown, Ann and Grey, Bo"), "apa", "(Eds.). (1996). Kettles. Tin."),
        (book(author="", editor="Brown, Ann"), "gb7714", "BROWN A. Kettles[M]. Tin"),
        (book(translator="Grey, Bo"), "apa", "(B. Grey, Trans.)"),
        (book(title="水壶", translator="李四"), "gb7714", "[M]. 李四, 译"),
        # Article numbers and pages.
        (article(volume="19", number="4", eid="999"), "gb7714", "19(4): 999"),
        (article(**{"article-number": "999"}), "ris", "SP  - 999"),
        (article(pages="1--9", articleno="7"), "bibtex", "eid = {7}"),
        (article(pages="3-10--3-22"), "bibtex", "pages = {3-10--3-22}"),
        (article(pages="Article No. 12"), "ieee", "12, 2019"),
        (article(pages="Art. 12, 20 pages"), "csl-json", '"page": "12"'),
        (article(eid="arXiv:1901.00001", journal="arXiv e-prints"), "apa", "Kettles (arXiv:1901.00001). arXiv."),
        (article(pages="3-10--3-22"), "ris", "SP  - 3-10\r\nEP  - 3-22"),
        # DOIs and addresses.
        (article(doi="10.1890/0012(2006)87[1399:KOB]2.0.CO;2"), "csl-json", "2.0.CO;2"),
        (article(doi="10.1002/(SICI)10:1{\\textless}1::AID{\\textgreater}3.0.CO;2-1"), "ris", "<1::AID>"),
        (article(doi="<10.1000/x>"), "csl-json", '"DOI": "10.1000/x"'),
        (article(url="\\url{http://a.b/~c}"), "bibtex", "url = {http://a.b/~c}"),
        (article(url="http://a.b/a{\\%}20b?x=1{\\&}y={\\_}z"), "csl-json", "http://a.b/a%20b?x=1&y=_z"),
        (book("misc", howpublished="\\url{http://a.b/c\\_d}"), "csl-json", "http://a.b/c_d"),
        (article(url="\\href{http://a.b/c}{text}"), "csl-json", '"http://a.b/c"'),
        (article(url="Available at <http://a.b/c>."), "csl-json", '"http://a.b/c"'),
        # Marks that meet.
        (article(title="Does It Boil?"), "apa", "Does It Boil? J."),
        (article(title="Does it boil?"), "ieee", "“Does it boil?” J"),
        (article(title="``Why?'' Explaining"), "ieee", "“‘Why?’ Explaining,”"),
        (article(title="Explaining ``Kettles''"), "ieee", "“Explaining ‘Kettles,’”"),
        (article(title="Why boil!"), "apa", "Why boil! J."),
        (article(title="为什么？"), "apa", "为什么？ J."),
        # Organisations, and periodicals as a whole.
        (by("{Kettle and Sons}"), "gb7714", "Kettle and Sons. Kettles"),
        (by("{Kettle Board}"), "gb7714-author-date", "Kettle Board, 2019"),
        (book("periodical", author="", editor="{Board}", volume="1", number="2"), "gb7714", "[J]. 1996, 1(2). Tin, 1996"),
        (book("periodical", volume="1", number="2"), "biblatex", "@periodical{k"),
        # Keywords, macros, containers, newspapers.
        (article(keywords="Diagnosis, Computer; Nets"), "bibtex", "{Diagnosis, Computer; Nets}"),
        (article(keywords="Diagnosis, Nets"), "csl-json", '"Diagnosis, Nets"'),
        (article(keywords="{Diagnosis, Computer}, Nets"), "bibtex", "{Diagnosis, Computer; Nets}"),
        (article(keywords="水壶、分类"), "csl-json", '"水壶, 分类"'),
        (article(journal="\\mnras"), "apa", "Monthly Notices of the Royal Astronomical Society"),
        (article(journal="\\aap{} Suppl."), "apa", "Astronomy & Astrophysics Suppl."),
        (article(journal="\\apj, Suppl."), "apa", "The Astrophysical Journal, Suppl."),
        (article(arxivid="2001.00001"), "bibtex", "eprint = {2001.00001}"),
        (article(url="http://a.b/\\~x\\-y"), "csl-json", '"http://a.b/~xy"'),
        (article(journal="{\\aap}"), "bibtex", "journal = {Astronomy \\& Astrophysics}"),
        (book(booktitle="Kettles"), "apa", "Kettles. Tin."),
        (
            article(title="水壶", author="张三", journal="日报", date="2013-01-12", number="4").replace(
                "@article", "@newspaper"
            ),
            "gb7714",
            "[N]. 日报, 2013-01-12(4)",
        ),
        ('@string{p = "On "} @book{k, title = p # "Kettles"}', "bibtex", "title = {On Kettles}"),
        # CSL-JSON as programs write it.
        (csl(author=[{"family": "Brown Jr.", "given": "Ann"}]), "apa", "Brown, A., Jr."),
        (csl(author=[{"family": "Brown", "given": "Ann, Jr."}]), "bibtex", "{Brown, Jr., Ann}"),
        (csl(author=[{"literal": "欧阳娜娜"}]), "csl-json", '{"family": "欧阳", "given": "娜娜"}'),
        (csl(author=[{"literal": "哈里森·沃尔德伦"}]), "bibtex", "author = {哈里森·沃尔德伦}"),
        (csl(author=[{"literal": "中国水壶学会"}]), "bibtex", "{{中国水壶学会}}"),
        (csl(author="Brown, Ann and Grey, Bo"), "apa", "Brown, A., & Grey, B."),
        (csl(note="editor: Grey || Bo\nvolume: 3"), "biblatex", "editor = {Grey, Bo}"),
        (csl(issued={"edtf": "2019-05"}), "biblatex", "date = {2019-05}"),
        (csl(type="report-component", author=[{"literal": "others"}]), "ris", "TY  - RPRT"),
        # EndNote's, RefWorks', NoteExpress' and CNKI's own tags.
        ("%0 Journal Article\n%A 张三\n%T 水壶\n%J 学报\n%D 2020\n%V 4\n%P 1-9\n", "gb7714", "学报, 2020, 4: 1-9"),
        ("%0 Book\n%A Ann Brown\n%A Kettle Board,\n%T K\n%D 2020\n", "apa", "Brown, A., & Kettle Board"),
        ("%0 Journal Article\n%A 张三%A 李四\n%T 水壶\n%J 学报\n%D 2020\n", "gb7714", "张三, 李四. 水壶[J]"),
        ("RT Journal Article\nA1 张三;李四\nT1 水壶\nJF 学报\nYR 2020\nvo 4\nOP 1-9\n", "gb7714", "张三, 李四. 水壶[J]. 学报, 2020, 4: 1-9"),
        ("%0 Book\n%A A\n%T K\n%D 2019\n%8 March 4\n%H Lee, Cy\n", "biblatex", "translator = {Lee, Cy}"),
        ("%0 Journal Article\n%A A\n%T K\n%D 2019\n%8 March 4\n", "biblatex", "date = {2019-03-04}"),
        ("%0 Conference Proceedings\n%A 张三\n%T 水壶\n%B 水壶大会\n%? 水壶学会\n%D 2013\n%P 5\n%P 269-273\n%W CNKI\n", "gb7714", "水壶大会. 水壶学会, 2013: 269-273"),
        ("%0 Conference Proceedings\n%A Brown, Ann\n%Y Grey, Bo\n%Y Lee, Cy\n%T K\n%S Proc. of K\n%D 2025\n", "biblatex", "editor = {Grey, Bo and Lee, Cy}"),
        ("%0 Book Section\n%A Brown, Ann\n%E Grey, Bo\n%? Lee, Cy\n%T K\n%B B\n%D 2025\n%P 7\n", "biblatex", "translator = {Lee, Cy}"),
        ("SrcDatabase-来源库: 年鉴\nTitle-题名: 水壶\nPageCount-页数: 2\nPage-页码: 241-242\n", "csl-json", '"page": "241-242"'),
        ("RT Web Page\nT1 K\nUL http://a.b\nRD 3/4/2021\n", "biblatex", "urldate = {2021-03-04}"),
        ("{Reference Type}: Conference Proceedings\n{Title}: 水壶\n{Author}: 张三\n{Tertiary Title}: 集\n{Year}: 2020\n", "gb7714", "[C]//集. 2020"),
        ("SrcDatabase-来源库: 博士\nTitle-题名: 水壶\nAuthor-作者: 张三;\nSource-文献来源: 大学\nYear-年: 2020\nPeriod-期: 05\n", "gb7714", "水壶[D]. 大学, 2020."),
        ("{Reference Type}: Thesis\n{Title}: 水壶\n{Author}: 张三\n{Year}: 2020\n{Publisher}: 大学\n", "gb7714", "水壶[D]. 大学, 2020"),
        ("SrcDatabase-来源库: 期刊\nTitle-题名: 水壶\nAuthor-作者: 张三;李四\nSource-文献来源: 学报\nYear-年: 2020\n", "gb7714", "张三, 李四. 水壶[J]. 学报, 2020"),
        ("SrcDatabase-来源库: 期刊\nTitle-题名: 水壶\nPageCount-页码: 1-10\nURL-网址: http://a.b\nDOI-DOI: 10.1000/x\n", "csl-json", '"page": "1-10"'),
    ],
)  # fmt: skip
def test_what_is_said_goes_out(text: str, form: str, says: str) -> None:
    assert says in out(text, form)


@pytest.mark.parametrize(
    ("text", "form", "never"),
    [
        (by("Brown, Ann and others"), "csl-json", '"literal"'),
        (by("Li, Xiao-hui"), "gb7714", "hui"),
        (book("standard", number="GB/T 9"), "apa", "Issue"),
        (book(booktitle="Kettles"), "bibtex", "howpublished"),
        (book("phdthesis", school="U"), "apa", "Publication"),
        (article(title="Does It Boil?"), "gb7714", "?."),
        (article(url="http://a.b/a{\\%}20b"), "bibtex", "%7B"),
        (article(title="``Why?'' x"), "ieee", "““"),
        (article(pages="12 pages"), "apa", "12"),
    ],
)
def test_what_is_not_said(text: str, form: str, never: str) -> None:
    assert never not in out(text, form)


def test_works_of_one_author_and_year_are_told_apart_by_letters() -> None:
    made = out(f"{by('Brown, Ann')}\n{by('Brown, Ann')}\n{by('Brown, Ann and Grey, Bo')}", "apa")
    assert [line[:30] for line in made.split("\n")] == [
        "Brown, A. (2019a). Kettles. J.",
        "Brown, A. (2019b). Kettles. J.",
        "Brown, A., & Grey, B. (2019). ",
    ]
    dated = out(f"{by('Brown, Ann')}\n{by('Brown, Ann')}", "gb7714-author-date")
    assert dated.startswith("BROWN A, 2019a. Kettles[J]")


@pytest.mark.parametrize("key", ["DBLP:conf/x/BrownG19", "2018A&A...616A...1B", "o'neil2019"])
def test_the_key_of_a_file_goes_out(key: str) -> None:
    paper = Paper(citekey="brown2019kettles", title="Kettles", year=2019)
    held = PaperEntry(paper, ("Ann Brown",), former=(key,))
    assert bibtex.write_bibtex_entry(held).startswith(f"@misc{{{key},")
    assert csl_json.make_csl_item(held)["id"] == key
    assert "brown2019kettles" in bibtex.biblatex_entry(held)
    paper.citekey = "mine"  # the reader's word since
    assert bibtex.write_bibtex_entry(held).startswith("@misc{mine,")


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ("<?xml version='1.0'?>\n<!DOCTYPE PubmedArticleSet>\n<PubmedArticleSet/>", "nbib"),
        ("<rdf:RDF xmlns:z='http://www.zotero.org/namespaces/export#'/>", "Zotero"),
        ("<?xml version='1.0'?><xml><records><record/></records></xml>", "EndNote"),
    ],
)
def test_what_is_not_read_is_said_with_what_to_export_instead(text: str, instead: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_content(text.encode(), "refs.xml")
    assert instead in str(refused.value.errors["file"])


CSL = "<style xmlns='http://purl.org/net/xbiblio/csl' version='{}'>{}</style>"
DEPENDENT = "<info><title>Mine</title><link rel='independent-parent' href='{}'/></info>"
# Each macro calls the next twice: 2³⁰ elements.
BOMB = "".join(
    f"<macro name='m{n}'><text macro='m{n + 1}'/><text macro='m{n + 1}'/></macro>"
    for n in range(30)
)
LAID_OUT = "<bibliography><layout>{}</layout></bibliography>"
APA = "http://www.zotero.org/styles/apa"


def test_a_style_of_the_readers_own(tmp_path: Path) -> None:
    text = STYLES["acl"].path.read_text("utf-8")
    (tmp_path / "mine.csl").write_text(text, "utf-8")
    (tmp_path / "same.csl").write_text(CSL.format("1.0", DEPENDENT.format(APA)), "utf-8")
    styles = find_styles(tmp_path)
    assert set(styles) == {*STYLES, "mine", "same"}
    assert styles["mine"].label.startswith("Association for Computational")
    assert styles["same"].label == "Mine"
    record = entry_of(read_any(by("Brown, Ann")).records[0])
    assert [each.text for each in format_references([record], styles["mine"])] == [
        "Ann Brown. 2019. Kettles. J."
    ]
    assert [each.text for each in format_references([record], styles["same"])] == [
        "Brown, A. (2019). Kettles. J."
    ]
    assert refused_styles(tmp_path) == {}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("<style", "cannot be read: unclosed token"),
        ("<!DOCTYPE a [<!ENTITY b 'c'>]>" + CSL.format("1.0", ""), "cannot be read: <!ENTITY"),
        ("<html/>", "is no CSL style"),
        (CSL.format("1.0", ""), "has no bibliography"),
        (CSL.format("1.1mlz1", ""), "needs CSL 1.1mlz1"),
        (CSL.format("1.0", DEPENDENT.format("http://a.b/nature")), "only names another, http://a.b/nature"),
        (CSL.format("1.0", BOMB + LAID_OUT.format("<text macro='m0'/>")), "without end"),
        (CSL.format("1.0", LAID_OUT.format("<text macro='none'/>")), "cannot be set: IndexError"),
        ("<!--" + "a" * 2_000_000 + "-->", "larger than styles are"),
    ],
)  # fmt: skip
def test_a_style_that_cannot_be_used_is_told_with_its_reason(
    tmp_path: Path, text: str, why: str
) -> None:
    (tmp_path / "mine.csl").write_text(text, "utf-8")
    assert set(find_styles(tmp_path)) == set(STYLES)
    assert why in str(refused_styles(tmp_path)["mine"])


def test_a_style_has_a_layout_for_each_language(tmp_path: Path) -> None:
    layouts = "<layout locale='en'><text value='E'/></layout><layout><text value='Z'/></layout>"
    text = CSL.format("1.0' default-locale='zh-CN", f"<bibliography>{layouts}</bibliography>")
    (tmp_path / "mine.csl").write_text(text, "utf-8")
    records = [entry_of(each) for each in read_any(by("A, B") + article(title="水壶")).records]
    made = format_references(records, find_styles(tmp_path)["mine"])
    assert [each.text for each in made] == ["E", "Z"]
