"""Importing in the browser: hand in, look, correct, take; and over the API."""

import re
import sys
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from app.database import Database
from app.settings import Settings
from app.web import worker
from tests.imports.looking import FIXTURES, READING, bring_in, note_of, notes, papers, sizes

FILE = (FIXTURES / "reading.md").read_bytes()


def hand_in(client: TestClient, data: bytes = FILE, name: str = "reading.md") -> Response:
    return client.post("/import", files={"file": (name, data, "text/markdown")})


def shown(page: str) -> dict[str, Any]:
    """The preview's form as a browser would send it unchanged."""
    fields: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", page):
        found = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        ticked = found.get("type") == "hidden" or re.search(r"\schecked", tag)
        if ticked and "name" in found and found["name"] not in ("next", "q"):
            fields.setdefault(found["name"], []).append(found["value"])
    texts = re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>\n(.*?)</textarea>', page, re.S)
    fields |= dict(texts)
    for name, options in re.findall(r'<select name="([^"]+)"[^>]*>(.*?)</select>', page, re.S):
        chosen = re.search(r'value="([^"]*)" selected', options)
        fields[name] = chosen[1] if chosen else ""
    return fields


def test_an_empty_page_says_what_to_do(client: TestClient) -> None:
    page = client.get("/import").text
    assert "Drop files here" in page
    assert "Nothing was imported yet" in page
    assert "Load the starter library" in page


def test_handing_in_shows_what_becomes_what_and_saves_nothing(
    client: TestClient, db: Database, settings: Settings
) -> None:
    before = sizes(db)
    page = hand_in(client)
    assert page.status_code == 200
    assert re.search(r"/import/[0-9a-f]{64}\?name=reading\.md$", str(page.url))
    for text in (
        "LampNet",
        "只做单表",
        "2022-05-05",
        "arXiv 2101.00001v3",
        "pics/gate.png",
        "长尾样本",
    ):
        assert text in page.text
    assert sizes(db) == before
    assert [f.read_bytes() for f in (settings.library / "imports").iterdir()] == [FILE]


def test_taking_it_as_it_is(client: TestClient, db: Database) -> None:
    page = hand_in(client)
    done = client.post(str(page.url), data=shown(page.text))
    assert done.status_code == 200
    assert re.search(r"/import/batches/\d+$", str(done.url))
    assert "13 new" not in done.text
    assert "LampNet" in done.text
    by_page = sizes(db)
    client.post(str(done.url) + "/undo")
    bring_in(db)
    assert sizes(db) == by_page


def test_correcting_leaving_out(client: TestClient, db: Database) -> None:
    page = hand_in(client)
    form = shown(page.text)
    at = {title: name.split("-")[1] for name, title in form.items() if name.startswith("title-")}
    lamp, rnn, gate = at["LampNet"], at["RNN"], at["Gated Bridges between Tables and Text"]
    form |= {f"title-{lamp}": "LampNet, the first", f"kind-{lamp}": "method"}
    form |= {f"verdict-{lamp}": "reference", f"reason-{lamp}": "light"}
    form |= {f"verdict-{gate}": ""}
    keys = {
        key: name.split("-")[1] for name in form if name.startswith("key-") for key in form[name]
    }
    others = {at for key, at in keys.items() if key.startswith("::issue ") and "表结构" not in key}
    for number in (rnn, *others):
        del form[f"take-{number}"]
    client.post(str(page.url), data=form)
    held = papers(client)
    lamp_net = held["LampNet, the first"]
    assert (lamp_net["kind"], lamp_net["verdict"], lamp_net["reason"]) == (
        "method",
        "reference",
        "light",
    )
    assert held["Gated Bridges between Tables and Text"]["verdict"] is None
    assert "RNN" not in held
    issues = client.get("/api/v1/issues").json()["items"]
    assert [issue["name_zh"] for issue in issues] == ["表结构"]


def test_what_is_wrong_is_said_beside_its_row_and_nothing_is_lost(
    client: TestClient, db: Database
) -> None:
    before = sizes(db)
    page = hand_in(client)
    form = shown(page.text)
    form |= {"title-5": " ", "reason-3": "", "title-6": "typed and kept"}
    answer = client.post(str(page.url), data=form)
    assert answer.status_code == 422
    assert sizes(db) == before
    assert "typed and kept" in answer.text
    assert 'id="reason-error-3"' in answer.text or 'id="title-error-5"' in answer.text


def test_an_entry_edited_on_both_sides_is_shown_and_kept(client: TestClient, db: Database) -> None:
    bring_in(db)
    note = note_of(client, "RNN")
    client.patch(f"/api/v1/notes/{note['id']}", json={"body": "mine"})
    page = hand_in(client, READING.replace("一步一步地读。", "改过。").encode())
    assert "<del>mine</del>" in page.text
    assert "You edited this note here" in page.text
    form = shown(page.text)
    client.post(str(page.url), data=form)
    assert note_of(client, "RNN")["body"] == "mine"
    (row,) = re.findall(
        r'id="entry-(\d+)">(?=(?:(?!id="entry-).)*changed in the file and here)', page.text, re.S
    )
    client.post(str(page.url), data=form | {f"take-{row}": "1"})
    assert note_of(client, "RNN")["body"] == "> 改过。"


def test_what_changed_here_while_one_looked_is_not_overwritten(
    client: TestClient, db: Database
) -> None:
    bring_in(db)
    page = hand_in(client, READING.replace("一步一步地读。", "改过。").encode())
    note = note_of(client, "RNN")
    client.patch(f"/api/v1/notes/{note['id']}", json={"body": "mine"})
    answer = client.post(str(page.url), data=shown(page.text))
    assert answer.status_code == 422
    assert "This changed in the library while you looked" in answer.text
    assert note_of(client, "RNN")["body"] == "mine"


def test_sending_the_form_twice_imports_once(client: TestClient, db: Database) -> None:
    page = hand_in(client)
    form = shown(page.text)
    client.post(str(page.url), data=form)
    before = sizes(db)
    assert "nothing to change" in client.post(str(page.url), data=form).text
    assert sizes(db) == before


def test_the_same_file_again_says_so(client: TestClient, db: Database) -> None:
    bring_in(db)
    before = sizes(db)
    page = hand_in(client)
    assert "There is nothing to change" in page.text
    assert "Import the ticked entries" not in page.text
    client.post(str(page.url), data=shown(page.text))
    assert sizes(db) == before


def test_pasted_notes(client: TestClient) -> None:
    page = client.post("/import", data={"text": "#### A pasted lamp of mine\nx"})
    assert "A pasted lamp of mine" in page.text
    assert re.search(r"pasted-[0-9a-f]{8}\.md", page.text)


@pytest.fixture
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Large files are read here; how another process does that, tests/web/test_worker.py tells."""
    monkeypatch.setattr(worker, "SMALL", sys.maxsize)


@pytest.mark.usefixtures("in_this_process")
@pytest.mark.parametrize(
    ("data", "status", "said"),
    [
        (b"", 422, "Choose a file"),
        (b" \n\n", 422, "There is nothing in this file."),
        (b"\x89PNG\r\n\x1a\n\x00", 422, "This is not a text file."),
        (b"a" * (30 * 1024 * 1024 + 1), 413, "larger than 30 MB"),
        pytest.param(b"#### x\n" * 20001, 422, "more than 20000 entries", marks=pytest.mark.sqlite),
    ],
)
def test_files_that_cannot_be_taken(
    client: TestClient, db: Database, data: bytes, status: int, said: str
) -> None:
    before = sizes(db)
    answer = hand_in(client, data, "x.md" if data else "")
    assert answer.status_code == status
    assert said in answer.text
    assert sizes(db) == before


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "笔记 1.md", "a" * 900, "<script>alert(1)</script>.md", "a\r\nb"]
)
def test_names_of_files_are_only_shown(client: TestClient, settings: Settings, name: str) -> None:
    answer = hand_in(client, b"#### One lamp of mine\nx", name)
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    assert len(list((settings.library / "imports").iterdir())) == 1


@pytest.mark.parametrize("path", ["/import/" + "0" * 64, "/import/batches/7"])
def test_addresses_of_nothing(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    "path", ["/import/abc", "/import/batches/x", "/import/batches/99999999999"]
)
def test_addresses_that_make_no_sense(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 422


def test_hostile_notes_are_shown_and_stored_harmlessly(client: TestClient) -> None:
    text = "#### <img src=x onerror=alert(1)> of lamps\n<script>alert(2)</script> \u202eabc\x07\n"
    page = hand_in(client, text.encode())
    assert "<script>alert(2)" not in page.text
    assert "<img src=x" not in page.text
    done = client.post(str(page.url), data=shown(page.text))
    assert done.status_code == 200
    assert notes(client)


# --- Over the API -------------------------------------------------------------------------------


def post(client: TestClient, data: bytes = FILE, **fields: str) -> Response:
    files = {"file": ("reading.md", data, "text/markdown")}
    return client.post("/api/v1/import", files=files, data=fields)


def test_import_over_the_api(client: TestClient, db: Database) -> None:
    foreseen = post(client, dry_run="true").json()
    assert (foreseen["dry_run"], foreseen["changed"], foreseen["batch"]) == (True, True, None)
    assert papers(client) == {}
    done = post(client).json()
    assert done["batch"]
    assert done["items"][1] == {
        "action": "new",
        "title": "对比学习",
        "kind": "concept",
        "url": next(
            f"/papers/{p['citekey']}" for t, p in papers(client).items() if t == "对比学习"
        ),
        "verdict": "",
        "changes": [],
        "keeps": [],
    }
    again = post(client).json()
    assert (again["changed"], again["batch"]) == (False, None)


@pytest.mark.usefixtures("in_this_process")
@pytest.mark.parametrize(
    ("data", "fields", "status", "field"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\xff", {}, 422, "file"),
        (b"", {}, 422, "file"),
        (FILE, {"format": "docx"}, 422, "format"),
        (b"x" * (30 * 1024 * 1024 + 1), {}, 413, None),
    ],
)
def test_what_the_api_refuses(
    client: TestClient, data: bytes, fields: dict[str, str], status: int, field: str | None
) -> None:
    answer = post(client, data, **fields)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert field is None or field in answer.json()["errors"]


def test_rows_that_the_preview_never_had_are_left_alone(client: TestClient) -> None:
    page = hand_in(client)
    fields = {**shown(page.text), "row": ["9" * 5000, "-1", "x", "99"]}
    answer = client.post(str(page.url), data=fields)
    assert answer.status_code == 200
    assert papers(client)
