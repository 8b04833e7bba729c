"""What a file is: other programs' exports are read, or refused with the word what to export."""

import pytest

from app.errors import Invalid
from app.imports.planning.detect_format import read_content

WOS = "PT J\nAU Brown, A\n   Grey, B\nTI A kettle\nPY 2017\nER\n\nEF"
PRINTED = "[1]张三,李四.水壶分类[J].水壶学报,2020,43(05):1-10.\n[2]王五.论文[D].水壶大学,2019.\n"
ZOTERO = '[{"itemType":"book","title":"A"}]'


@pytest.mark.parametrize(
    ("name", "text", "instead"),
    [
        ("p.xml", "<?xml version='1.0'?>\n<PubmedArticleSet/>", ".nbib"),
        ("z.rdf", '<rdf:RDF xmlns:rdf="x"/>', "CSL JSON"),
        ("w.xml", '<Sources xmlns="x"></Sources>', "BibTeX"),
        ("c.xml", "<?xml version='1.0'?><CNKI><a/></CNKI>", "BibTeX"),
        ("t.html", "<!DOCTYPE html><html><body>My bibliography", "BibTeX"),
        ("z.json", ZOTERO, "CSL JSON"),
        ("z.json", f'{{"config":{{}},"items":{ZOTERO}}}', "CSL JSON"),
        ("CNKI.txt", PRINTED, "EndNote"),
        ("CITATION.cff", "cff-version: 1.2.0\ntitle: T\n", "Cite this repository"),
        ("pasted", "# made by hand\ncff-version: 1.2.0\ntitle: T\n", "Cite this repository"),
        ("b.html", "<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<TITLE>B</TITLE>", "one a line"),
        ("h.yml", "a:\n  type: article\n  title: T\n", "BibTeX"),
        ("e.enw", "%A Brown, Ann\n%T No type\n", "No entry"),
        ("e.bib", "@comment{nothing}\n", "No entry"),
    ],
)
def test_what_is_not_read_is_said(name: str, text: str, instead: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_content(text.encode(), name)
    assert instead in str(refused.value.errors["file"])


@pytest.mark.parametrize(
    ("name", "text", "format"),
    [
        ("savedrecs.txt", WOS, "ris"),
        ("savedrecs.txt", f"FN Clarivate Analytics\nVR 1.0\n{WOS}", "ris"),
        ("pubmed.txt", "PMID- 1\nTI  - A kettle.\nAU  - Brown A\n", "ris"),
        ("a.md", "<div align=center><img src=a.png></div>\n\n# Kettles\n\nText", "notes"),
        ("a.md", PRINTED, "notes"),
        ("a.md", f"My words on it.\n\n{WOS}", "notes"),
    ],
)
def test_what_is_read(name: str, text: str, format: str) -> None:
    assert read_content(text.encode(), name).format == format
