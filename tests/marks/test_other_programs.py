"""Marks of other programs come in once, and ours go out into a copy that other programs show."""

import io
import json
from html import escape
from pathlib import Path
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from app.database import Database
from app.files import service as files
from app.files import storage
from app.library import service as library
from app.marks import annotations
from app.marks.annotations import read_annotations
from app.settings import Settings


def hold(client: TestClient, db: Database, settings: Settings, path: Path) -> str:
    client.post("/api/v1/papers", json={"title": "Marked", "citekey": "marked"})
    with (
        db.write() as session,
        path.open("rb") as file,
        storage.receive_file(settings.library, file) as got,
    ):
        paper = library.get_paper(session, "marked")
        files.add_file(session, settings.library, paper, got, name=path.name)
        return got.sha256


def test_marks_in_a_pdf_come_in_once_with_their_words(
    client: TestClient, db: Database, settings: Settings, shared_dir: Path
) -> None:
    path = shared_dir / "data/pdf/acl-annotated-preview-W16-6608.pdf"
    url = f"papers/marked/files/{hold(client, db, settings, path)}/marks"
    asked = {"HX-Request": "true"}
    assert f'hx-get="/{url}"' in client.get("/papers/marked").text
    assert "This file has 11 marks made elsewhere." in client.get(f"/{url}", headers=asked).text
    assert client.post(f"/api/v1/{url}").json() == {"added": 11, "held": 0}
    assert client.get(f"/{url}", headers=asked).text.strip() == ""
    assert client.get(f"/{url}").url.path == "/papers/marked/marks"
    assert client.post(f"/api/v1/{url}").json() == {"added": 0, "held": 11}
    assert "0 marks came in; 11 were here already." in client.post(f"/{url}").text
    marks = client.get("/api/v1/papers/marked/marks").json()["items"]
    first = marks[0]
    # Over a hyphen at the end of a line, which is none of the word's own.
    assert first["exact"] == "task of abstractive caption or scene description compression"
    assert (first["page"], first["comment"], first["origin"]) == (1, "system_task", "pdf")
    assert "to partcipate." in marks[2]["exact"]


@pytest.mark.parametrize(
    ("name", "count", "said"),
    [
        ("acl-annotated-acrobat-W18-6511.pdf", 6, "system_language"),  # said by an ink stroke
        ("acl-annotated-okular-W16-6623.pdf", 13, "criterion_verbatim"),
        ("markup-four-kinds-two-lines.pdf", 4, ""),
        ("acl-two-column-N18-3011.pdf", 0, None),
    ],
)
def test_every_program_s_marks_are_read(
    shared_dir: Path, name: str, count: int, said: str | None
) -> None:
    found = read_annotations(shared_dir / "data/pdf" / name)
    assert len(found) == count
    assert said is None or said in {each.given.comment for each in found}
    if name.startswith("markup"):
        words = "Aenean commodo ligula eget dolor. Aenean massa."
        assert {each.given.exact for each in found} == {words}


def test_ours_go_out_into_a_copy_and_do_not_come_back(
    client: TestClient,
    db: Database,
    settings: Settings,
    shared_dir: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = shared_dir / "data/pdf/acl-two-column-N18-3011.pdf"
    sha256 = hold(client, db, settings, path)
    words = {
        "file": sha256,
        "page": 1,
        "exact": "organizing published scientific literature into a heterogeneous graph",
        "colour": "method",
        "comment": "图，不是表。",
    }
    assert client.post("/api/v1/papers/marked/marks", json=words).status_code == 201
    lost = {"file": sha256, "page": 2, "exact": "nowhere in it", "comment": "A loss."}
    client.post("/api/v1/papers/marked/marks", json=lost)
    answer = client.get(f"/papers/marked/files/{sha256}/marked.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    assert "marked-marked.pdf" in answer.headers["content-disposition"]
    assert storage.file_path(settings.library, sha256).read_bytes() == path.read_bytes()

    copy = tmp_path / "copy.pdf"
    copy.write_bytes(answer.content)
    assert read_annotations(copy) == []  # they are ours
    monkeypatch.setattr(annotations, "_OURS", "nobody's-")
    first, second = read_annotations(copy)
    assert first.given.exact == words["exact"]
    assert first.given.comment == words["comment"]
    assert first.given.colour == "method"
    assert (second.given.page, second.given.comment) == (2, "nowhere in it\n\nA loss.")


@pytest.mark.parametrize("name", ["encrypted-user-password.pdf", "cut"])
def test_a_file_that_cannot_be_opened_is_told(
    client: TestClient,
    db: Database,
    settings: Settings,
    shared_dir: Path,
    tmp_path: Path,
    name: str,
) -> None:
    path = shared_dir / "data/pdf" / name
    if name == "cut":
        whole = (shared_dir / "data/pdf/acl-two-column-N18-3011.pdf").read_bytes()
        path = tmp_path / "cut.pdf"
        path.write_bytes(whole[: len(whole) // 2])
    sha256 = hold(client, db, settings, path)
    answer = client.post(f"/papers/marked/files/{sha256}/marks")
    assert answer.status_code == 422
    assert "The marks of this PDF cannot be read" in answer.text
    assert client.get(f"/papers/marked/files/{sha256}/marked.pdf").status_code == 422
    assert client.post(f"/api/v1/papers/marked/files/{'0' * 64}/marks").status_code == 404


ZOTERO = [
    {
        "itemType": "journalArticle",
        "attachments": [
            {
                "annotations": [
                    {
                        "key": "ABCD2345",
                        "annotationType": "highlight",
                        "annotationText": "we propose <b>gated</b> fusion &amp; more",
                        "annotationComment": "是门控",
                        "annotationColor": "#2ea8e5",
                        "annotationPageLabel": "84",
                        "annotationPosition": '{"pageIndex":1,"rects":[[1,2,3,4]]}',
                    },
                    {"annotationType": "image", "key": "X", "annotationPosition": "{"},
                    {"annotationType": "ink", "annotationPosition": '{"pageIndex":"?"}'},
                ]
            }
        ],
    }
]


def _note(key: str, text: str, page: int) -> str:
    said = {
        "attachmentURI": "http://zotero.org/users/local/x/items/QWERTY22",
        "annotationKey": key,
        "color": "#ffd400",
        "pageLabel": str(page),
        "position": {"pageIndex": page - 1, "rects": [[1, 2, 3, 4]]},
    }
    return (
        f'<div data-schema-version="9"><p><span class="highlight" data-annotation='
        f'"{quote(json.dumps(said))}">“{escape(text)}”</span> <span class="citation">(Li, p. '
        f"{page})</span></p></div>"
    )


def _bibtex_json() -> str:
    notes = [{"key": "NOTE2345", "note": _note("ABCD2345", "we propose gated fusion", 2)}]
    return json.dumps({"items": [{"citationKey": "li", "notes": notes, "attachments": ZOTERO}]})


def _rdf() -> str:
    notes = _note("ABCD2345", "we propose", 2) + _note("EFGH6789", "a < b", 3)
    return f"<rdf:RDF><bib:Memo><rdf:value>{escape(notes)}</rdf:value></bib:Memo></rdf:RDF>"


def test_zotero_s_marks_come_in_from_its_export(client: TestClient) -> None:
    client.post("/api/v1/papers", json={"title": "Marked", "citekey": "marked"})

    def send(data: bytes) -> str:
        sent = {"file": ("zotero.json", io.BytesIO(data), "application/json")}
        return client.post("/papers/marked/marks/zotero", files=sent).text

    for said in ("1 marks came in; 0 were", "0 marks came in; 1 were"):
        assert said in send(json.dumps(ZOTERO).encode())
    (mark,) = client.get("/api/v1/papers/marked/marks").json()["items"]
    assert mark["exact"] == "we propose gated fusion & more"
    assert (mark["page"], mark["colour"], mark["comment"]) == (2, "method", "是门控")
    for exported in (_bibtex_json(), _rdf()):  # the one that is there, and another
        assert "1 were" in send(exported.encode())
    marks = client.get("/api/v1/papers/marked/marks").json()["items"]
    assert [(each["page"], each["exact"]) for each in marks] == [
        (2, "we propose gated fusion & more"),
        (3, "a < b"),
    ]
    for broken in (b"", b"{", b"[]", b"[" * 100_000, b"\xff\xfe"):
        assert "This is no JSON" in (text := send(broken)) or "no mark in this file" in text
