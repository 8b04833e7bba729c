"""Exports at the edge: the API, the page, the menu."""

import csv as plain
import io
import json
import re
import zipfile
from html import unescape
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from starlette.requests import Request
from typer.testing import CliRunner

from app.cli import cli
from app.comparison import service
from app.comparison.cells import claim_service
from app.database import Database
from app.exports import service as exports
from app.exports.documents import COMPARISONS_MENU, OF_COMPARISONS, OF_PAPERS
from app.exports.formats import csv
from app.library import service as library
from app.library.rules import PaperInput
from app.web.templates import make_environment
from tests.comparison.conftest import arrange_comparison, claim, claimed, pair
from tests.conftest import counted
from tests.databases import arranged
from tests.exports.comparison_csv import parse_csv
from tests.exports.formats.test_bibtex import parsed

API = "/api/v1/export"
ONE = f"{API}?comparison=vqa-sql"
pytestmark = pytest.mark.usefixtures("comparison")


@arranged
def comparison(db: Database) -> None:
    """Two cells filled: one claimed and ruled, one contradicted by a paper; a note beside."""
    with db.write() as session:
        arrange_comparison(session)
        claimed(
            session,
            "gated",
            "dk-t4",
            stance="partial",
            evidence=[
                {"paper": "kim2021vilt", "quote": "x"},
                {"note": 1, "quote": "多模态融合再好"},
            ],
        )
        claimed(
            session,
            "alignment",
            "unseen",
            stance="no-evidence",
            confidence="low",
            evidence=[{"paper": "kim2021vilt", "polarity": "contradicts"}],
        )
        claim_service.rule_cell(
            session, pair(session, "gated", "dk-t4"), stance="fails", rationale="试过"
        )


def test_csv_reads_back_as_the_table(client: TestClient) -> None:
    answer = client.get(f"{ONE}&format=csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    read = parse_csv(answer.text)
    assert [head.name for head in read.rows] == [
        "Fusion",
        "Gated fusion",
        "Cross-attention",
        "Alignment",
    ]
    told = {pair: (e.stance, e.confidence, e.ruled, e.claims) for pair, e in read.cells.items()}
    assert told == {
        ("gated", "dk-t4"): ("fails", "high", True, 1),
        ("alignment", "unseen"): ("no-evidence", "low", False, 1),
    }
    assert [str(each) for each in read.cells["gated", "dk-t4"].sources] == [
        "kim2021vilt",
        "note 1",
    ]
    assert read.cells["alignment", "unseen"].contradicting


def test_what_is_filtered_out_is_not_written(client: TestClient) -> None:
    read = parse_csv(client.get(f"{ONE}&format=csv&rows=examined").text)
    assert [head.slug for head in read.rows] == ["fusion", "gated", "alignment"]


def test_json_is_the_apis_own_shape(client: TestClient) -> None:
    exported = client.get(f"{ONE}&format=json")
    assert exported.json() == client.get("/api/v1/comparisons/vqa-sql").json()


def test_names_are_in_the_language_that_is_asked_for(client: TestClient) -> None:
    text = client.get(f"{ONE}&format=markdown&language=zh").text
    assert "# 从视觉问答到 SQL" in text
    assert "门控融合" in text
    assert "✕ 未解决" in text
    by_header = client.get(f"{ONE}&format=markdown", headers={"Accept-Language": "zh"}).text
    assert by_header == text
    assert "Gated fusion" in client.get(f"{ONE}&format=markdown").text


def test_latex_and_its_bibliography_belong_together(client: TestClient) -> None:
    tex = client.get(f"{ONE}&format=latex").text
    bib = client.get(f"{ONE}&format=bibtex").text
    assert list(parsed(bib).entries.keys()) == ["kim2021vilt"]
    assert r"\ruled{fails}{h}\basis{argued} \cite{kim2021vilt} \note{1}" in tex
    assert r"\bibliography{vqa-sql}" in tex
    archive = zipfile.ZipFile(io.BytesIO(client.get(f"{ONE}&format=zip").content))
    assert {name: archive.read(name).decode() for name in archive.namelist()} == {
        "vqa-sql.tex": tex,
        "vqa-sql.bib": bib,
    }


@pytest.mark.parametrize("wanted", OF_COMPARISONS)
def test_every_format_is_a_download_in_few_statements(
    client: TestClient, db: Database, wanted: str
) -> None:
    with counted(db) as statements:
        answer = client.get(f"{ONE}&format={wanted}")
    assert answer.status_code == 200
    form = OF_COMPARISONS[wanted]
    assert answer.headers["content-type"] == form.media_type
    assert answer.headers["content-disposition"].endswith(f"''vqa-sql.{form.ending}")
    assert len(answer.content) > 60
    assert len([each for each in statements if each.startswith("SELECT")]) <= 20


def test_statements_do_not_grow_with_the_cells(client: TestClient, db: Database) -> None:
    claim(db, "gated", "dk", stance="partial")
    with counted(db) as few:
        client.get(f"{ONE}&format=latex")
    for number in range(5):
        with db.write() as session:
            given = PaperInput(title=f"Paper {number}", citekey=f"p{number}", authors=["张三"])
            library.create_paper(session, given)
        claim(db, "cross", "dk", stance="partial", evidence=[{"paper": f"p{number}"}])
    with counted(db) as many:
        text = client.get(f"{ONE}&format=latex").text
    assert r"\cite{p0,p1,p2,p3,p4}" in text
    assert len(many) <= len(few) + 1, "one more for the first paper with tags or authors"


def test_evidence_from_the_trash_can_still_be_cited(client: TestClient, db: Database) -> None:
    with db.write() as session:
        library.trash_paper(library.get_paper(session, "kim2021vilt"))
    assert "kim2021vilt" in parsed(client.get(f"{ONE}&format=bibtex").text).entries
    assert "kim2021vilt" not in client.get(f"{API}?format=bibtex").text


@pytest.mark.parametrize(
    ("address", "status", "field"),
    [
        (f"{ONE}&format=docx", 422, "format"),
        (f"{API}?format=latex", 422, "format"),
        (f"{API}?format=", 200, ""),
        (f"{ONE}&format=csv&as_of=soon", 422, "as_of"),
        (f"{ONE}&format=csv&as_of=2026-02-30", 422, "as_of"),
        (f"{ONE}&format=csv&language=fr", 422, "language"),
        (f"{API}?comparison=none&format=csv", 404, ""),
        (f"{API}?comparison={quote('门控')}&format=csv", 404, ""),
    ],
)
def test_what_cannot_be_exported_is_said(
    client: TestClient, address: str, status: int, field: str
) -> None:
    answer = client.get(address)
    assert answer.status_code == status
    if status != 200:
        assert answer.headers["content-type"] == "application/problem+json"
        assert not field or field in answer.json()["errors"]


def add_papers(db: Database) -> None:
    with db.write() as session:
        for number in range(7):
            given = PaperInput(
                title=f"门控 {number}",
                citekey=f"zhang{number}",
                authors=["张三", "Ana Lo"],
                year=2020 + number,
                tags=["=cmd", "d"],
            )
            library.create_paper(session, given)


def test_papers_are_what_the_list_shows(
    client: TestClient, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_papers(db)
    monkeypatch.setattr(exports, "BATCH", 2)
    for query in ("", "q=门控", "q=year:2022..", "year=2021&year=2023", "q=xyzzy", "sort=title"):
        listed = client.get(f"/api/v1/papers?per_page=200&{query}").json()
        exported = client.get(f"{API}?format=json&{query}").json()
        keys = [each["citekey"] for each in listed["items"]]
        assert [each["citekey"] for each in exported["items"]] == keys
        assert exported["total"] == listed["total"] == len(keys)
        assert exported["items"] == [client.get(f"/api/v1/papers/{key}").json() for key in keys]
        entries = parsed(client.get(f"{API}?format=bibtex&{query}").text).entries
        assert list(entries.keys()) == keys
        table = client.get(f"{API}?format=csv&{query}").text.removeprefix(csv.BOM)
        lines = list(plain.DictReader(io.StringIO(table, newline="")))
        assert [line["citekey"] for line in lines] == keys
        assert {line["tags"] for line in lines} <= {"'=cmd; d", ""}


def test_papers_come_in_batches(
    client: TestClient, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_papers(db)
    monkeypatch.setattr(exports, "BATCH", 4)
    with counted(db) as two_batches:
        client.get(f"{API}?format=bibtex")
    monkeypatch.setattr(exports, "BATCH", 100)
    with counted(db) as one_batch:
        client.get(f"{API}?format=bibtex")
    assert len(one_batch) < len(two_batches) <= 2 * len(one_batch)


def test_an_empty_answer_is_still_a_file(client: TestClient) -> None:
    assert client.get(f"{API}?format=json&q=xyzzy").json() == {
        "items": [],
        "total": 0,
        "page": 1,
        "per_page": 0,
    }
    assert client.get(f"{API}?format=bibtex&q=xyzzy").text == ""


def test_the_page_offers_every_format(client: TestClient) -> None:
    page = client.get("/export").text
    for form in (*OF_COMPARISONS, *OF_PAPERS):
        assert f'<option value="{form}"' in page
    assert '<option value="vqa-sql"' in page
    assert 'href="/export"' in client.get("/").text


def test_the_command_says_every_format() -> None:
    said = CliRunner().invoke(cli, ["export", "--help"], env={"COLUMNS": "400"}).output
    papers, comparisons = said.split("A comparison:")
    assert [form for form in OF_PAPERS if not re.search(rf"\b{form}\b", papers)] == []
    assert [form for form in OF_COMPARISONS if not re.search(rf"\b{form}\b", comparisons)] == []


def test_the_page_hands_out_the_file(client: TestClient) -> None:
    answer = client.get("/export?comparison=vqa-sql&format=svg&as_of=&rows=examined")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["content-disposition"].startswith("attachment")


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("comparison=vqa-sql&format=csv&as_of=soon", 422, "Write a date as 2023-03-06."),
        ("comparison=vqa-sql&format=docx", 422, "“docx” cannot be written"),
        ("q=门控&format=docx", 422, "“docx” cannot be written"),
        ("comparison=gone&format=csv", 404, "gone"),
    ],
)
def test_a_mistake_comes_back_filled_in(
    client: TestClient, query: str, status: int, said: str
) -> None:
    answer = client.get(f"/export?{query}")
    assert answer.status_code == status
    page = unescape(answer.text)
    assert said in page
    assert 'aria-invalid="true"' in page
    for value in re.findall(r"as_of=(\w+)|q=(\w+)", query):
        assert f'value="{"".join(value)}"' in page


def test_without_a_comparison_papers_can_be_exported(client: TestClient, db: Database) -> None:
    with db.write() as session:
        service.delete_comparison(session, service.get_comparison(session, "vqa-sql"))
    page = client.get("/export").text
    assert "No comparison yet" in page
    assert 'name="q"' in page


def test_the_menu_keeps_what_the_page_filters(client: TestClient, db: Database) -> None:
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/comparisons/vqa-sql",
        "query_string": b"rows=examined",
        "headers": [],
        "server": ("testserver", 80),
        "scheme": "http",
    }
    with db.read() as session:
        found = service.get_comparison(session, "vqa-sql")
    menu = make_environment("zh").get_template("exports/_menu.html")
    html = menu.render(comparison=found, request=Request(scope), export_formats=COMPARISONS_MENU)
    links = [unescape(link) for link in re.findall(r'href="([^"]+)"', html)]
    assert len(links) == 7
    for link in links:
        answer = client.get(link)
        assert answer.status_code == 200
        assert "cross" not in answer.text or "format=csv" not in link
    assert "导出" in html


def test_the_reference_knows_the_parameters(client: TestClient) -> None:
    spec = json.loads(client.get("/api/v1/openapi.json").text)["paths"]["/api/v1/export"]["get"]
    names = {each["name"] for each in spec["parameters"]}
    assert names == {"format", "comparison", "q", "as_of", "language", "key", "notes", "html"}
