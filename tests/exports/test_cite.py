"""Citing: the page, the panel of a paper, what is ticked in the list."""

import re

import pytest
from fastapi.testclient import TestClient

from app.database import Database
from app.exports.formats.references import STYLES
from app.library import service as library
from app.library.rules import PaperInput
from app.notes import service as notes
from app.notes.rules import NoteInput
from app.settings import Settings
from tests.conftest import counted
from tests.databases import arranged
from tests.exports.formats.test_bibtex import parsed

pytestmark = pytest.mark.usefixtures("papers")


@arranged
def papers(db: Database) -> None:
    with db.write() as session:
        for key, authors, title in (
            ("zhao2023", ["赵六"], "门控 <融合>"),
            ("kim2021vilt", ["Wonjae Kim", "Bokyung Son"], "ViLT"),
        ):
            given = PaperInput(
                title=title, citekey=key, authors=authors, year=2021, venue="ICML 2021"
            )
            library.create_paper(session, given)
        about = NoteInput(title="How it works", body="门控 & **more**", paper="kim2021vilt")
        notes.create_note(session, about)


def shown(text: str) -> list[str]:
    """The references that a page shows, as text."""
    block = text.split("data-reference")[1].split("</div>")[0]
    paragraphs = re.findall(r"<p[^>]*>(.*?)</p>", block, re.DOTALL)
    return [re.sub("<[^>]+>", "", each) for each in paragraphs]


def test_references_in_the_order_of_the_style(client: TestClient) -> None:
    both = "/cite?key=zhao2023&key=kim2021vilt"
    assert shown(client.get(f"{both}&style=apa").text) == [
        "Kim, W., &amp; Son, B. (2021). ViLT. ICML 2021.",
        "赵六. (2021). 门控 &lt;融合&gt;. ICML 2021.",
    ]
    assert shown(client.get(f"{both}&style=gb7714").text) == [
        "[1] 赵六. 门控 &lt;融合&gt;[C]//ICML 2021. 2021.",
        "[2] KIM W, SON B. ViLT[C]//ICML 2021. 2021.",
    ]


def test_one_reference_has_no_number_and_the_style_is_remembered(client: TestClient) -> None:
    page = client.get("/cite?key=kim2021vilt&style=ieee").text
    assert shown(page) == ["W. Kim and B. Son, “ViLT,” in ICML 2021, 2021."]
    assert r"\cite{kim2021vilt}" in page
    assert "@inproceedings{kim2021vilt," in page
    again = client.get("/cite?key=kim2021vilt")
    assert shown(again.text) == shown(page)
    assert "set-cookie" not in again.headers
    assert shown(client.get("/cite?key=kim2021vilt&style=none").text) == shown(page)


def test_htmx_gets_the_panel_alone(client: TestClient) -> None:
    panel = client.get("/cite?key=kim2021vilt", headers={"HX-Request": "true", "HX-Target": "cite"})
    assert panel.text.strip().startswith('<div id="cite"')
    assert "<html" not in panel.text


def test_nothing_to_cite(client: TestClient) -> None:
    assert "No paper to cite" in client.get("/cite").text
    unknown = client.get("/cite?key=nobody2020")
    assert unknown.status_code == 422
    assert client.get("/cite?" + "&".join(["key=kim2021vilt"] * 201)).status_code == 422


def test_a_paper_found_by_a_key_it_had(client: TestClient, db: Database) -> None:
    with db.write() as session:
        paper = library.get_paper(session, "kim2021vilt")
        changed = library.paper_as_input(paper).model_copy(update={"citekey": "kim2021"})
        library.update_paper(session, paper, changed)
    assert r"\cite{kim2021}" in client.get("/cite?key=kim2021vilt").text
    text = client.get("/api/v1/export?format=biblatex&key=kim2021vilt").text
    assert parsed(text).entries["kim2021"].fields["ids"] == "kim2021vilt"


def test_a_papers_page_sets_no_reference(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.exports.formats.references._processor", None)  # who asks for it fails
    page = client.get("/papers/kim2021vilt").text
    assert 'href="/cite?key=kim2021vilt"' in page
    assert 'data-copy="reference"' in page
    assert client.get("/papers").status_code == 200


def test_statements_do_not_grow_with_what_is_cited(client: TestClient, db: Database) -> None:
    with counted(db) as one:
        client.get("/cite?key=kim2021vilt")
    with counted(db) as two:
        client.get("/cite?key=kim2021vilt&key=zhao2023")
    assert len(one) == len(two)


def test_what_is_ticked_is_exported(client: TestClient) -> None:
    page = client.get("/papers").text
    assert '<input type="checkbox" name="key" value="kim2021vilt" form="chosen"' in page
    answer = client.get("/export?format=bibtex&key=kim2021vilt&q=")
    assert list(parsed(answer.text).entries) == ["kim2021vilt"]
    form = client.get("/export?key=kim2021vilt&key=zhao2023").text
    assert form.count('type="hidden" name="key"') == 2
    assert ">2 papers<" in form


def test_with_notes(client: TestClient) -> None:
    for form, said in (
        ("bibtex", r"annote = {\# How it works"),
        ("biblatex", r"annotation = {\# How it works"),
        ("ris", "N1  - # How it works"),
        ("csl-json", r'"annote": "# How it works\n\n门控 & **more**"'),
    ):
        with_notes = client.get(f"/api/v1/export?format={form}&notes=1").text
        assert said in with_notes
        assert "How it works" not in client.get(f"/api/v1/export?format={form}").text


@pytest.mark.parametrize("style", STYLES)
def test_every_style_is_a_format(client: TestClient, style: str) -> None:
    text = client.get(f"/api/v1/export?format={style}")
    assert text.headers["content-type"] == "text/plain; charset=utf-8"
    assert len(text.text.splitlines()) == 2
    page = client.get(f"/api/v1/export?format={style}&html=1")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.text.count("<p>") == 2
    assert "<融合>" not in page.text


def test_the_page_counts_and_refuses_nothing(client: TestClient) -> None:
    assert ">2 papers<" in client.get("/export").text
    one = client.get("/export?q=赵六", headers={"HX-Request": "true", "HX-Target": "count"})
    assert one.text.strip() == '<p id="count" class="faint" role="status">1 paper</p>'
    nothing = client.get("/export?format=ris&q=xyzzy")
    assert nothing.status_code == 422
    assert "No paper is chosen by this." in nothing.text
    assert 'value="xyzzy"' in nothing.text
    narrowed = client.get("/export?year=2021&tag=x").text
    assert 'type="hidden" name="year" value="2021"' in narrowed
    assert 'href="/export?year=2021"' in narrowed
    unknown = client.get("/export?format=ris&key=nobody2020")
    assert unknown.status_code == 422
    assert "No paper has the citation key nobody2020." in unknown.text


def test_saved_searches_are_offered(client: TestClient) -> None:
    client.post("/search?q=vilt", data={"name": "ViLT 相关"})
    page = client.get("/export").text
    assert '<a href="/export?q=vilt" dir="auto">ViLT 相关</a>' in page


def test_a_style_that_cannot_be_used_is_told_where_styles_are_chosen(
    client: TestClient, settings: Settings
) -> None:
    settings.styles.mkdir()
    (settings.styles / "mine.csl").write_text("<html/>", "utf-8")
    for page in ("/cite?key=kim2021vilt", "/export"):
        assert "“mine” is no CSL style." in client.get(page).text
    answer = client.get("/api/v1/export?format=mine")
    assert answer.status_code == 422
    assert answer.json()["errors"] == {"format": "“mine” is no CSL style."}
    assert shown(client.get("/cite?key=kim2021vilt").text)
