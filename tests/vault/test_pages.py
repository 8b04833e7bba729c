"""The pages and the JSON of folders in step; the zip; the commands."""

import io
import zipfile
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from app.database import Database
from app.models import Note, SyncConflict
from app.notes import service as notes
from app.notes.rules import NoteInput
from app.settings import Settings
from app.vault.sync.sync_run import sync_folder
from tests.conftest import counted


@pytest.fixture
def conflict(client: TestClient, db: Database, settings: Settings, tmp_path: Path) -> SyncConflict:
    """A note whose text was changed on both sides."""
    with db.write() as session:
        number = notes.create_note(session, NoteInput(title="门控", body="a\nb")).id
    sync_folder(db, settings, tmp_path / "vault")
    with db.write() as session:
        notes.update_note(session, number, body="a\nours <b>")
    path = tmp_path / "vault/notes/门控.md"
    path.write_text(path.read_text("utf-8").replace("a\nb", "a\n文件夹"), "utf-8")
    sync_folder(db, settings, tmp_path / "vault")
    with db.read() as session:
        return session.exec(select(SyncConflict)).one()


def _body(db: Database) -> str:
    with db.read() as session:
        return session.exec(select(Note)).one().body


def test_without_a_folder_the_page_says_how(client: TestClient) -> None:
    page = client.get("/sync")
    assert "crosswalk sync FOLDER" in page.text
    assert client.get("/api/v1/sync").json() == []
    client.cookies["language"] = "zh"
    assert "还没有同步的文件夹" in client.get("/sync").text


def test_a_conflict_is_shown_side_by_side(
    client: TestClient, db: Database, conflict: SyncConflict
) -> None:
    url = f"/sync/conflicts/{conflict.id}"
    with counted(db) as statements:
        assert url in client.get("/sync").text
    assert len(statements) < 5
    page = client.get(url).text
    assert "ours &lt;b&gt;" in page
    assert "文件夹" in page


@pytest.mark.parametrize(
    ("form", "body"),
    [
        ({"choice": "ours"}, "a\nours <b>"),
        ({"choice": "theirs"}, "a\n文件夹"),
        ({"choice": "merged", "text": "a\r\nboth"}, "a\nboth"),
    ],
)
def test_a_conflict_is_decided(
    client: TestClient,
    db: Database,
    settings: Settings,
    conflict: SyncConflict,
    tmp_path: Path,
    form: dict[str, str],
    body: str,
) -> None:
    answer = client.post(f"/sync/conflicts/{conflict.id}", data=form)
    assert answer.status_code == 200
    assert answer.url.path == "/sync"
    assert _body(db) == body
    assert list((tmp_path / "vault").rglob("*conflict*"))
    sync_folder(db, settings, tmp_path / "vault")
    assert not list((tmp_path / "vault").rglob("*conflict*"))
    assert body in (tmp_path / "vault/notes/门控.md").read_text("utf-8")
    again = client.post(f"/sync/conflicts/{conflict.id}", data=form)
    assert again.status_code == 409


def test_what_cannot_be_saved_comes_back(
    client: TestClient, db: Database, conflict: SyncConflict
) -> None:
    form = {"choice": "merged", "text": "kept \x07 here"}
    answer = client.post(f"/sync/conflicts/{conflict.id}", data=form)
    assert answer.status_code == 422
    assert "kept \x07 here" in answer.text
    assert _body(db) == "a\nours <b>"
    assert client.get("/sync/conflicts/999").status_code == 404


def test_the_api_decides(client: TestClient, db: Database, conflict: SyncConflict) -> None:
    (folder,) = client.get("/api/v1/sync").json()
    (item,) = folder["conflicts"]
    assert (item["part"], item["ours"], item["theirs"]) == ("body", "a\nours <b>", "a\n文件夹")
    url = f"/api/v1/sync/conflicts/{item['id']}"
    assert client.post(url, json={"choice": "none"}).status_code == 422
    assert client.post(url, json={"choice": "theirs"}).status_code == 200
    assert _body(db) == "a\n文件夹"
    assert client.post(url, json={"choice": "ours"}).status_code == 409


def test_the_library_comes_as_a_zip(client: TestClient, db: Database) -> None:
    with db.write() as session:
        notes.create_note(session, NoteInput(title="门控", body="text"))
    assert "/export/vault.zip" in client.get("/export").text
    data = client.get("/export/vault.zip").content
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert "text" in archive.read("notes/门控.md").decode()
    assert client.get("/export/vault.zip").content == data


def test_half_a_vault_that_is_handed_in_is_told_in_its_preview(client: TestClient) -> None:
    mark = f"format: 1\nfiles:\n  papers/a.md: {'0' * 64}\n  papers/gone.md: {'1' * 64}\n"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(".crosswalk/vault.yaml", mark)
        archive.writestr("papers/a.md", "---\ntitle: A paper\ncitekey: a\n---\n")
    page = client.post("/import", files={"file": ("half.zip", packed.getvalue())})
    assert "This vault is not whole: 1 of the files" in page.text
    assert "papers/gone.md" in page.text
    assert "A paper" in page.text
