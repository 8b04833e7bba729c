"""Files wait for their text, and get it in the background; each ends in a state that says how."""

import errno
import io
import time
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import Session, col, select

from app import main
from app.database import Database
from app.files import storage, text
from app.files.extraction import PageText, UnreadableFile
from app.files.service import add_file
from app.models import FilePage, Paper, StoredFile, TextState
from app.settings import Settings
from app.web.worker import WorkerProcess
from tests.files.pdf_bytes import make_pdf, page_of


def hold(db: Database, settings: Settings, data: bytes, *, citekey: str = "lee2024") -> str:
    """Have a new paper hold a PDF; its SHA-256."""
    with (
        storage.receive_file(settings.library, io.BytesIO(data)) as received,
        db.write() as session,
    ):
        paper = Paper(citekey=citekey, citekey_folded=citekey, title=f"A paper called {citekey}")
        session.add(paper)
        session.flush()
        return add_file(session, settings.library, paper, received, name="a.pdf").file.sha256


def state_of(db: Database, sha256: str) -> tuple[TextState, str, int | None]:
    with db.read() as session:
        stored = session.get_one(StoredFile, sha256)
        return stored.text_state, stored.problem, stored.pages


def kept(session: Session) -> list[tuple[int, str]]:
    return [
        (each.page, each.text)
        for each in session.exec(select(FilePage).order_by(col(FilePage.page)))
    ]


@pytest.mark.parametrize(
    ("data", "state", "problem"),
    [
        (make_pdf(page_of("Words."), b""), TextState.DONE, ""),
        (make_pdf(b"", b""), TextState.NONE, ""),
        (b"%PDF-1.4\n%\xe2\xe3", TextState.FAILED, "damaged"),
    ],
)
def test_a_file_ends_in_a_state(
    db: Database, settings: Settings, data: bytes, state: TextState, problem: str
) -> None:
    sha256 = hold(db, settings, data)
    with db.read() as session:
        assert (text.count_waiting(session), text.next_waiting(session)) == (1, sha256)
        assert text.next_waiting(session, but=[sha256]) is None
    text.extract_text(db, settings, sha256)
    found, why, _ = state_of(db, sha256)
    assert found == state
    assert problem in why
    with db.read() as session:
        assert text.count_waiting(session) == 0


def test_a_file_whose_bytes_are_gone_says_so(db: Database, settings: Settings) -> None:
    sha256 = hold(db, settings, make_pdf(page_of("Words.")))
    storage.file_path(settings.library, sha256).unlink()
    text.extract_text(db, settings, sha256)
    state, problem, _ = state_of(db, sha256)
    assert (state, "folder" in problem) == (TextState.FAILED, True)


def test_what_was_ended_half_way_goes_on_where_it_stopped(
    db: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = [page_of(f"Page {n}.") for n in range(1, 6)]
    sha256 = hold(db, settings, make_pdf(*pages))
    monkeypatch.setattr(text, "_AT_ONCE", 2)

    class Killed(Exception):
        pass

    def ends(path: Path, *, first: int) -> object:
        yield PageText(1, "Page 1.", 5)
        yield PageText(2, "Page 2.", 5)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(text, "extract_pages", ends)
        with pytest.raises(Killed):
            text.extract_text(db, settings, sha256)
    assert state_of(db, sha256)[0] == TextState.WAITING
    text.extract_text(db, settings, sha256)
    assert state_of(db, sha256) == (TextState.DONE, "", 5)
    with db.read() as session:
        assert kept(session) == [(n, f"Page {n}.") for n in range(1, 6)]


def test_pages_before_a_limit_are_kept_and_the_limit_is_said(
    db: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha256 = hold(db, settings, make_pdf(page_of("Words."), page_of("More.")))

    def stops(path: Path, *, first: int) -> object:
        yield PageText(1, "Words.", 2)
        raise UnreadableFile("Too long.")

    monkeypatch.setattr(text, "extract_pages", stops)
    text.extract_text(db, settings, sha256)
    with db.read() as session:
        assert kept(session) == [(1, "Words.")]
    assert state_of(db, sha256) == (TextState.DONE, "Too long.", 2)


def test_a_text_that_failed_is_read_again(
    client: TestClient, db: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.post("/api/v1/papers", json={"title": "Gates", "citekey": "gates"})
    url = "/papers/gates/files"
    sent = {"file": ("a.pdf", make_pdf(page_of("Words.")), "application/pdf")}
    sha256 = client.post(f"/api/v1{url}", files=sent).json()["sha256"]

    def stops(path: Path, *, first: int) -> object:
        raise UnreadableFile("Too long.")

    with monkeypatch.context() as patch:
        patch.setattr(text, "extract_pages", stops)
        assert text.extract_waiting(db, settings) == 1
    assert "Too long." in client.get("/papers/gates").text
    client.post(f"{url}/{sha256}/text")
    assert "text not read yet" in client.get("/papers/gates").text
    assert (text.extract_waiting(db, settings), text.extract_waiting(db, settings)) == (1, 0)
    assert "Too long." not in client.get("/papers/gates").text
    with db.read() as session:
        assert text.page_text(session, sha256, 1) == "Words."
    assert client.post(f"/papers/other/files/{sha256}/text").status_code == 404


@pytest.mark.sqlite
def test_the_server_extracts_what_waits_also_after_a_disk_was_full(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = WorkerProcess.write
    tries: list[object] = []

    async def full_at_first(self: WorkerProcess, *args: Any) -> object:
        tries.append(args)
        if len(tries) == 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        return await write(self, *args)

    monkeypatch.setattr(WorkerProcess, "write", full_at_first)
    monkeypatch.setattr(main, "_FIRST_LOOK", 0.0)
    monkeypatch.setattr(main, "_FAULT", 0.0)
    with TestClient(main.create_app(settings)) as client:
        _wait_for_text(client.app.state.database, settings)  # type: ignore[attr-defined]
    assert len(tries) == 2


def _wait_for_text(db: Database, settings: Settings) -> None:
    sha256 = hold(db, settings, make_pdf(page_of("Words.")))
    ends = time.monotonic() + 60
    while state_of(db, sha256)[0] == TextState.WAITING and time.monotonic() < ends:
        time.sleep(0.1)
    assert state_of(db, sha256)[0] == TextState.DONE
