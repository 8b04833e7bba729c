"""A paper's files in the browser: chosen, in the form, fetched, removed and brought back."""

import time
from collections.abc import Iterator
from hashlib import sha256
from itertools import pairwise

import pytest
from fastapi.testclient import TestClient

from app.files import service
from app.main import create_app
from app.settings import Settings
from app.web.jobs import Job, Jobs
from tests.arxiv_server import ArxivServer
from tests.conftest import counted
from tests.files.pdfs import make_pdf

pytestmark = pytest.mark.sqlite  # what is asked of the database, test_files_api.py asks on both
PDF = make_pdf("Gated fusion")
DIGEST = sha256(PDF).hexdigest()
PAGE = "/papers/li2020gate"


@pytest.fixture
def arxiv() -> Iterator[ArxivServer]:
    with ArxivServer() as arxiv:
        yield arxiv


@pytest.fixture
def client(settings: Settings, arxiv: ArxivServer) -> Iterator[TestClient]:
    there = {"arxiv_url": arxiv.url, "pdf_url": arxiv.pdf_url, "arxiv_delay": 0.0}
    with TestClient(create_app(settings.model_copy(update=there))) as client:
        for number, key in enumerate(("li2020gate", "door2021", "lamp2022")):
            paper = {"title": f"On {key}", "citekey": key, "arxiv_id": f"2208.1044{number}"}
            assert client.post("/api/v1/papers", json=paper).status_code == 201
        yield client


def _files(client: TestClient, key: str = "li2020gate") -> list[str]:
    return [each["name"] for each in client.get(f"/api/v1/papers/{key}/files").json()["items"]]


def _wait_for(client: TestClient, url: str, text: str) -> str:
    for _ in range(200):
        page = client.get(url).text
        if text in page:
            return page
        time.sleep(0.02)
    raise AssertionError(page)


def test_a_page_without_files_says_how_to_get_one(client: TestClient) -> None:
    page = client.get(PAGE).text
    assert "Fetch the PDF from arXiv" in page
    assert 'name="file" type="file"' in page


def test_several_files_are_added_and_the_one_that_is_none_is_named(client: TestClient) -> None:
    given = [("file", ("a.pdf", PDF)), ("file", ("b.pdf", b"PK\x03\x04"))]
    page = client.post(f"{PAGE}/files", files=given)
    assert page.status_code == 422
    assert "<bdi>b.pdf</bdi>: This is a ZIP archive" in page.text
    assert _files(client) == ["a.pdf"]
    nothing = client.post(f"{PAGE}/files", data={"next": "/papers"})
    assert nothing.status_code == 422
    assert "Choose a PDF first." in nothing.text


def test_one_dropped_on_a_row_leads_back_to_the_list(client: TestClient) -> None:
    given = {"file": ("a.pdf", PDF)}
    data = {"next": "/papers?sort=title"}
    page = client.post(f"{PAGE}/files", files=given, data=data, follow_redirects=False)
    assert page.headers["location"] == "/papers?sort=title"
    elsewhere = {"next": "//evil.example"}
    page = client.post(f"{PAGE}/files", files=given, data=elsewhere, follow_redirects=False)
    assert page.headers["location"] == f"{PAGE}#files"


def test_a_removed_file_is_brought_back_by_the_undo(client: TestClient) -> None:
    client.post(f"{PAGE}/files", files={"file": ("a.pdf", PDF)})
    page = client.post(f"{PAGE}/files/{DIGEST}/remove")
    undo = f"{PAGE}/files/{DIGEST}/restore"
    assert f'action="{undo}"' in page.text
    assert _files(client) == []
    client.post(undo)
    assert _files(client) == ["a.pdf"]


def test_a_form_takes_a_pdf_for_a_new_paper_and_for_one_that_is_there(client: TestClient) -> None:
    new = {"title": "On windows", "citekey": "window2023", "kind": "paper"}
    client.post("/papers", data=new, files={"file": ("w.pdf", PDF)})
    assert _files(client, "window2023") == ["w.pdf"]
    bad = client.post(
        "/papers", data={**new, "citekey": "w2"}, files={"file": ("w.pdf", b"<html>")}
    )
    assert bad.status_code == 422
    assert "This is a web page, not a PDF" in bad.text
    assert client.get("/api/v1/papers/w2").status_code == 404  # nothing half-saved
    version = {"version": "1", "title": "On gates", "citekey": "li2020gate", "kind": "paper"}
    client.post(PAGE, data=version, files={"file": ("g.pdf", PDF)})
    assert _files(client) == ["g.pdf"]


def test_a_pdf_is_fetched_in_the_background_and_what_fails_is_said(
    client: TestClient, arxiv: ArxivServer
) -> None:
    client.post(f"{PAGE}/files/fetch")
    assert "arXiv has no PDF of 2208.10440" in _wait_for(client, PAGE, 'role="alert"')
    arxiv.pdfs = {"2208.10440": PDF}
    client.post(f"{PAGE}/files/fetch")
    page = _wait_for(client, PAGE, "2208.10440v1.pdf")
    assert "version 1" in page
    block = client.get(f"{PAGE}/files", headers={"HX-Request": "true"}).text
    assert "2208.10440v1.pdf" in block
    assert "<html" not in block


def test_the_pdfs_of_many_are_fetched_one_after_the_other(
    client: TestClient, arxiv: ArxivServer
) -> None:
    arxiv.pdfs = {"2208.10440": PDF, "2208.10442": make_pdf("Lamps")}
    assert "3 papers have an arXiv id and no PDF here" in client.get("/files").text
    ticked = client.get("/files", params={"key": ["door2021", "lamp2022"]}).text
    assert "2 papers have an arXiv id" in ticked
    client.post("/files/fetch")
    page = _wait_for(client, "/files", "3 of 3 papers asked for, 2 fetched.")
    assert "arXiv has no PDF of 2208.10441" in page
    assert "1 paper has an arXiv id" in page
    asked = [each.path for each in arxiv.requests if "/pdf/" in each.path]
    assert len(asked) == 3
    times = [(each.came, each.answered) for each in arxiv.requests]
    assert all(end <= begin for (_, end), (begin, _) in pairwise(times))


@pytest.mark.parametrize(
    ("job", "url", "read"),
    [("pdfs", "/files", "papers_without_file"), ("pdf of li2020gate", PAGE, "files_of")],
)
def test_a_job_that_ends_while_its_page_is_read_is_asked_for_again(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, job: str, url: str, read: str
) -> None:
    running = Job(total=3)
    jobs: Jobs = client.app.state.jobs  # type: ignore[attr-defined]
    monkeypatch.setitem(jobs._jobs, job, running)
    reads = getattr(service, read)

    def end(*given: object) -> object:
        running.is_running = False
        return reads(*given)

    monkeypatch.setattr(service, read, end)
    assert 'hx-trigger="every' in client.get(url).text  # what it did last is perhaps not seen here
    assert 'hx-trigger="every' not in client.get(url).text


def test_where_arxiv_cannot_be_asked_it_ends_there_and_goes_on_later(
    client: TestClient, arxiv: ArxivServer
) -> None:
    arxiv.mode = "down"
    client.post("/files/fetch")
    page = _wait_for(client, "/files", "cannot be reached")
    assert "Go on" in page
    assert len([each for each in arxiv.requests if "/pdf/" in each.path]) == 1


def test_a_list_says_how_many_have_a_pdf(client: TestClient) -> None:
    client.post(f"{PAGE}/files", files={"file": ("a.pdf", PDF)})
    page = client.get("/papers").text
    assert 'id="by-has-pdf"' in page
    only = client.get("/papers", params={"has": "pdf"}).text
    assert "On li2020gate" in only
    assert "On door2021" not in only
    assert "On li2020gate" not in client.get("/papers", params={"q": "-has:pdf"}).text


def test_a_papers_page_takes_no_more_statements_for_more_files(client: TestClient) -> None:
    db = client.app.state.database  # type: ignore[attr-defined]

    def statements() -> int:
        client.get(PAGE)
        with counted(db) as seen:
            client.get(PAGE)
        return len(seen)

    client.post(f"{PAGE}/files", files={"file": ("a.pdf", PDF)})
    few = statements()
    given = [("file", (f"{number}.pdf", make_pdf(str(number)))) for number in range(4)]
    client.post(f"{PAGE}/files", files=given)
    assert statements() == few


def test_the_block_speaks_chinese(client: TestClient) -> None:
    page = client.get(PAGE, headers={"Accept-Language": "zh"}).text
    assert "从 arXiv 获取 PDF" in page
    assert "添加 PDF" in page
