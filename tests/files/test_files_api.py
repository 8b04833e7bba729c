"""A paper's files over HTTP: the JSON routes, the file itself, and who gets it."""

import errno
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.database import Database
from app.files import storage
from app.main import create_app
from app.models import FilePage, StoredFile, TextState
from app.settings import Settings
from tests.arxiv_server import ArxivServer
from tests.conftest import counted
from tests.files.pdfs import make_pdf

PDF = make_pdf("Gated fusion, word by word")
DIGEST = sha256(PDF).hexdigest()
FILES = "/api/v1/papers/li2020gate/files"


@pytest.fixture
def arxiv() -> Iterator[ArxivServer]:
    with ArxivServer() as arxiv:
        yield arxiv


@pytest.fixture
def client(settings: Settings, arxiv: ArxivServer) -> Iterator[TestClient]:
    there = {"arxiv_url": arxiv.url, "pdf_url": arxiv.pdf_url, "arxiv_delay": 0.0}
    app = create_app(settings.model_copy(update={**there, "arxiv_timeout": 0.5}))
    with TestClient(app, raise_server_exceptions=False) as client:
        paper = {"title": "Gates", "citekey": "li2020gate", "arxiv_id": "2208.10442"}
        assert client.post("/api/v1/papers", json=paper).status_code == 201
        yield client


def _stored(settings: Settings) -> list[Path]:
    return [each for each in (settings.library / "files").rglob("*") if each.is_file()]


def test_a_pdf_is_added_once_and_listed(client: TestClient, settings: Settings) -> None:
    for status in (201, 200):
        added = client.post(FILES, files={"file": ("2208.10442v2.pdf", PDF)})
        assert added.status_code == status
        assert (
            added.json().items()
            >= {
                "sha256": DIGEST,
                "name": "2208.10442v2.pdf",
                "size": len(PDF),
                "arxiv_version": 2,
            }.items()
        )
        assert added.json()["text"] in [each.value for each in TextState]
    listed = client.get(FILES).json()
    assert [each["sha256"] for each in listed["items"]] == [DIGEST]
    assert listed["total"] == 1
    assert len(_stored(settings)) == 1
    found = client.get("/api/v1/papers", params={"q": "has:pdf"}).json()
    assert [each["citekey"] for each in found["items"]] == ["li2020gate"]


def test_versions_of_one_paper_stand_in_their_order(client: TestClient) -> None:
    for version in ("1", "3", "2"):
        pdf = make_pdf(f"Version {version}")
        files = {"file": ("paper.pdf", pdf)}
        assert client.post(FILES, files=files, data={"arxiv_version": version}).is_success
    items = client.get(FILES).json()["items"]
    assert [each["arxiv_version"] for each in items] == [3, 2, 1]


def test_one_file_that_comes_twice_at_once_is_stored_once(
    client: TestClient, settings: Settings
) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(
            pool.map(lambda _: client.post(FILES, files={"file": ("a.pdf", PDF)}), range(4))
        )
    assert sorted(each.status_code for each in answers) == [200, 200, 200, 201]
    assert [each.name for each in _stored(settings)] == [DIGEST]


@pytest.mark.parametrize(
    ("data", "why"),
    [(b"", "empty"), (b"PK\x03\x04zip", "ZIP"), (b"<html>", "web page"), (b"text", "no PDF")],
)
def test_what_is_no_pdf_is_a_problem_of_the_field(
    client: TestClient, settings: Settings, data: bytes, why: str
) -> None:
    answer = client.post(FILES, files={"file": ("paper.pdf", data)})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert why in answer.json()["errors"]["file"]
    assert client.get(FILES).json()["items"] == []
    assert _stored(settings) == []


def test_a_disk_that_fills_leaves_nothing(
    client: TestClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("app.kit.files.os.fsync", full)
    answer = client.post(FILES, files={"file": ("paper.pdf", PDF)})
    assert answer.status_code == 507
    monkeypatch.undo()
    assert _stored(settings) == []
    assert client.get(FILES).json()["items"] == []


def test_a_body_that_cannot_be_taken_in_says_why(
    client: TestClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pieces() -> Iterator[bytes]:  # without a length
        yield b'--B\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'
        yield PDF + b"\r\n--B--\r\n"

    headers = {"content-type": "multipart/form-data; boundary=B"}
    monkeypatch.setattr("app.web.security.PDF_BODY_LIMIT", 100)
    long = client.post(FILES, content=pieces(), headers=headers)
    assert (long.status_code, long.json()["title"]) == (413, "Too large")
    monkeypatch.undo()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("starlette.datastructures.UploadFile.write", full)
    assert client.post(FILES, content=pieces(), headers=headers).status_code == 507
    monkeypatch.undo()
    assert _stored(settings) == []


def test_what_is_downloaded_is_called_a_pdf(client: TestClient) -> None:
    client.post(FILES, files={"file": ("setup.exe", PDF)})
    answer = client.get(f"/files/{DIGEST}?download")
    assert answer.headers["content-disposition"] == 'attachment; filename="setup.exe.pdf"'


def test_other_routes_take_no_more_than_before(client: TestClient) -> None:
    large = {"content-length": str(100 * 1024 * 1024)}
    assert client.post("/api/v1/notes", content=b"{}", headers=large).status_code == 413
    assert client.post("/notes", content=b"a=b", headers=large).status_code == 413
    too_large = {"content-length": str(300 * 1024 * 1024)}
    assert client.post(FILES, content=b"", headers=too_large).status_code == 413


def test_the_file_is_served_whole_and_in_ranges(client: TestClient) -> None:
    client.post(FILES, files={"file": ("门控 gates.pdf", PDF)})
    whole = client.get(f"/files/{DIGEST}", headers={"Accept-Encoding": "gzip"})
    assert whole.content == PDF
    assert whole.headers["content-length"] == str(len(PDF))
    assert whole.headers["content-type"] == "application/pdf"
    assert whole.headers["content-disposition"].startswith("inline; filename*=utf-8''%E9%97%A8")
    assert whole.headers["x-content-type-options"] == "nosniff"
    assert whole.headers["cross-origin-resource-policy"] == "same-origin"
    assert "default-src 'none'" in whole.headers["content-security-policy"]
    assert "script-src" not in whole.headers["content-security-policy"]
    part = client.get(f"/files/{DIGEST}", headers={"Range": "bytes=5-7"})
    assert part.status_code == 206
    assert part.content == PDF[5:8]
    assert part.headers["content-range"] == f"bytes 5-7/{len(PDF)}"
    beyond = client.get(f"/files/{DIGEST}", headers={"Range": f"bytes={len(PDF)}-"})
    assert beyond.status_code == 416
    known = client.get(f"/files/{DIGEST}", headers={"If-None-Match": whole.headers["etag"]})
    assert known.status_code == 304


@pytest.mark.parametrize(
    ("site", "mode", "status"),
    [
        ("cross-site", "no-cors", 403),
        ("cross-site", "cors", 403),
        ("same-site", "no-cors", 403),
        ("cross-site", "navigate", 200),
        ("same-origin", "cors", 200),
    ],
)
def test_a_page_of_another_site_gets_nothing(
    client: TestClient, site: str, mode: str, status: int
) -> None:
    client.post(FILES, files={"file": ("a.pdf", PDF)})
    headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode}
    assert client.get(f"/files/{DIGEST}", headers=headers).status_code == status


def test_a_removed_file_is_in_the_trash_and_comes_back(
    client: TestClient, settings: Settings
) -> None:
    client.post(FILES, files={"file": ("2208.10442v1.pdf", PDF)})
    assert client.delete(f"{FILES}/{DIGEST}").status_code == 204
    assert client.get(FILES).json()["items"] == []
    assert client.delete(f"{FILES}/{DIGEST}").status_code == 404
    assert "2208.10442v1.pdf" in client.get("/trash").text
    back = client.post(f"/papers/li2020gate/files/{DIGEST}/restore")
    assert back.status_code == 200
    assert [each["arxiv_version"] for each in client.get(FILES).json()["items"]] == [1]
    client.delete(f"{FILES}/{DIGEST}")
    client.post(f"/papers/li2020gate/files/{DIGEST}/delete")
    assert _stored(settings) == []
    assert client.get(f"/files/{DIGEST}").status_code == 404


def test_a_paper_deleted_for_good_takes_its_file_along_unless_another_holds_it(
    client: TestClient, settings: Settings
) -> None:
    client.post("/api/v1/papers", json={"title": "Doors", "citekey": "door"})
    for key in ("li2020gate", "door"):
        client.post(f"/api/v1/papers/{key}/files", files={"file": ("a.pdf", PDF)})
    for key, left in (("li2020gate", 1), ("door", 0)):
        client.post(f"/papers/{key}/trash")
        client.post(f"/papers/{key}/delete")
        assert len(_stored(settings)) == left


def test_the_text_of_a_page(client: TestClient, db: Database) -> None:
    client.post(FILES, files={"file": ("a.pdf", PDF)})
    with db.write() as session:
        stored = session.get(StoredFile, DIGEST)
        assert stored
        stored.text_state = TextState.DONE
        if session.get(FilePage, (DIGEST, 1)) is None:
            session.add(FilePage(sha256=DIGEST, page=1, text="门控 gates"))
    page = client.get(f"/api/v1/files/{DIGEST}/pages/1")
    assert page.status_code == 200
    assert page.json()["page"] == 1
    assert client.get(f"/api/v1/files/{DIGEST}/pages/2").status_code == 404
    assert client.get(f"/api/v1/files/{'0' * 64}/pages/1").status_code == 404


def test_a_list_of_files_takes_as_many_statements_for_many(
    client: TestClient, db: Database
) -> None:
    def statements() -> int:
        with counted(db) as seen:
            client.get(FILES)
        return len(seen)

    client.post(FILES, files={"file": ("a.pdf", PDF)})
    few = statements()
    for number in range(5):
        client.post(FILES, files={"file": (f"{number}.pdf", make_pdf(str(number)))})
    assert statements() == few


# --- From arXiv ---


def test_a_pdf_is_fetched_from_arxiv_with_its_version(
    client: TestClient, arxiv: ArxivServer
) -> None:
    arxiv.pdfs = {"2208.10442": PDF, "2208.10442v1": make_pdf("the first")}
    arxiv.latest = {"2208.10442": 3}
    fetched = client.post(f"{FILES}/fetch")
    assert fetched.status_code == 201
    assert fetched.json()["sha256"] == DIGEST
    assert fetched.json()["name"] == "2208.10442v3.pdf"
    assert fetched.json()["arxiv_version"] == 3
    assert client.post(f"{FILES}/fetch").status_code == 200
    first = client.post(f"{FILES}/fetch", json={"arxiv_version": 1})
    assert first.json()["arxiv_version"] == 1
    assert [each["arxiv_version"] for each in client.get(FILES).json()["items"]] == [3, 1]
    assert "Crosswalk/" in arxiv.requests[-1].user_agent


@pytest.mark.parametrize(
    ("mode", "status", "why"),
    [
        ("ok", 404, "no PDF of 2208.10442"),
        ("withdrawn", 404, "withdrawn"),
        ("html", 503, "web page"),
        ("500", 503, "HTTP 500"),
        ("down", 503, "cannot be reached"),
        ("gone", 503, "cannot be reached"),
        ("cut", 503, "cut off"),
        ("slow", 503, "did not answer"),
    ],
)
def test_what_arxiv_does_not_send_is_said(
    client: TestClient, arxiv: ArxivServer, settings: Settings, mode: str, status: int, why: str
) -> None:
    arxiv.pdfs = {} if mode == "ok" else {"2208.10442": make_pdf("gate " * 2_000)}
    arxiv.mode = mode
    answer = client.post(f"{FILES}/fetch")
    assert answer.status_code == status
    assert why in answer.json()["detail"]
    assert _stored(settings) == []


def test_a_paper_without_an_arxiv_id_cannot_be_fetched(client: TestClient) -> None:
    client.post("/api/v1/papers", json={"title": "Doors", "citekey": "door"})
    answer = client.post("/api/v1/papers/door/files/fetch")
    assert answer.status_code == 409
    assert "no arXiv id" in answer.json()["detail"]


def test_a_file_that_is_damaged_is_mended_by_the_same_again(
    client: TestClient, settings: Settings
) -> None:
    client.post(FILES, files={"file": ("a.pdf", PDF)})
    storage.file_path(settings.library, DIGEST).write_bytes(b"%PDF-")
    assert client.post(FILES, files={"file": ("a.pdf", PDF)}).status_code == 200
    assert storage.is_whole(settings.library, DIGEST)
