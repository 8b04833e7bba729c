"""Papers ticked in their list and changed together, and a row changed where it stands."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlmodel import select

from app.database import Database
from app.library import bulk
from app.library.rules import PaperInput
from app.models import ImportBatch, TagChange
from app.search.service import papers_added
from tests.conftest import counted
from tests.databases import arranged

LIST = "/papers?year=2021"


@arranged
def keys(client: TestClient) -> list[str]:
    database: Database = client.app.state.database  # type: ignore[attr-defined]
    with database.write() as session:
        papers = [
            PaperInput(title=f"Gated thing {n}", authors=["Ada Byron"], year=2021) for n in range(4)
        ]
        made = bulk.create_papers(session, papers)
        papers_added(session, [each.id for each in made])
        return [each.citekey for each in made]


def send(client: TestClient, **fields: str) -> Response:
    return client.post("/bulk", data={"back": LIST, **fields}, follow_redirects=False)


def test_without_a_script_the_ticked_are_changed_on_a_page(
    client: TestClient, keys: list[str]
) -> None:
    assert 'formaction="/bulk"' in client.get(LIST).text
    page = client.get(
        "/bulk", params={"key": keys[:2]}, headers={"Referer": f"http://testserver{LIST}"}
    )
    assert "Change 2 papers" in page.text
    assert f"{keys[0]} 1\n{keys[1]} 1\n" in page.text
    assert 'value="/papers?year=2021"' in page.text
    assert "Change 4 papers" in client.get("/bulk?year=2021").text
    assert "No paper is ticked" in client.get("/bulk?key=nobody").text
    done = send(client, ticked=f"{keys[0]} 1\r\n{keys[1]} 1", do="add_tags", tags="gates, 门控")
    assert (done.status_code, done.headers["location"]) == (303, LIST)
    listed = client.get(LIST)
    assert "Changed: 2." in listed.text
    assert client.get("/api/v1/papers?tag=门控").json()["total"] == 2
    undo = client.post("/changes/1/undo", headers={"Referer": f"http://testserver{LIST}"})
    assert undo.url.path + "?" + undo.url.query.decode() == LIST
    assert "Taken back: 2." in undo.text
    assert client.get("/api/v1/papers?tag=门控").json()["total"] == 0


def test_what_somebody_else_changed_is_left_alone_and_named(
    client: TestClient, keys: list[str]
) -> None:
    ticked = client.get("/bulk/keys", params={"year": "2021"}).text
    assert sorted(ticked.splitlines()) == sorted(f"{key} 1" for key in keys)
    client.patch(f"/api/v1/papers/{keys[1]}", json={"venue": "ICML"})
    done = send(client, ticked=ticked, do="verdict", verdict="no", reason="out of scope")
    target = urlsplit(done.headers["location"])
    assert (target.path, parse_qs(target.query)) == ("/changes/1", {"back": [LIST]})
    page = client.get(done.headers["location"]).text
    assert "3 papers changed" in page
    assert f'href="/papers/{keys[1]}"' in page
    assert "It has changed since it was chosen." in page
    assert f'href="{LIST}"' in page
    assert client.get(f"/api/v1/papers/{keys[1]}").json()["verdict"] is None


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"do": "add_tags", "tags": " , "}, "Say which."),
        ({"do": "verdict", "verdict": "no", "tags": "kept"}, "Say why"),
        ({"do": "verdict", "reason": "kept"}, "Choose one of the verdicts."),
        ({"do": "kind", "kind": "poem"}, "Choose one of the kinds."),
        ({"do": "juggle"}, "Say what is to be done"),
    ],
)
def test_the_form_comes_back_filled(
    client: TestClient, keys: list[str], fields: dict[str, str], why: str
) -> None:
    page = send(client, ticked="\n".join(keys), **fields)
    assert page.status_code == 422
    assert why in page.text
    assert "Change 4 papers" in page.text
    assert ('value="kept"' in page.text) == ("kept" in fields.values())
    row = send(client, ticked=keys[0], row="1", **fields)
    assert row.status_code == (200 if fields.get("tags") == "kept" else 422)


def test_a_row_is_changed_where_it_stands(client: TestClient, keys: list[str]) -> None:
    """An empty reason says that title and abstract were looked at, as in the queue."""
    row = send(client, ticked=f"{keys[0]} 1", row="1", tick="1", do="verdict", verdict="try")
    assert row.status_code == 200
    assert f'data-paper="{keys[0]} 2"' in row.text
    assert "By title and abstract." in row.text
    assert "/changes/1/undo" in row.text
    stale = send(client, ticked=f"{keys[0]} 1", row="1", do="add_tags", tags="x")
    assert "It has changed since it was chosen." in stale.text
    assert 'type="checkbox"' not in stale.text


def test_what_is_ticked_is_used_elsewhere(client: TestClient, keys: list[str]) -> None:
    ticked = "\n".join(keys[:2])
    cited = send(client, ticked=ticked, do="cite").headers["location"]
    assert cited == f"/cite?key={keys[0]}&key={keys[1]}"
    assert send(client, ticked=ticked, do="complete").headers["location"].startswith("/completion?")
    asked = client.get("/completion", params={"key": keys[0]})
    assert asked.status_code == 200
    written = send(client, ticked=ticked, do="export", format="bibtex")
    assert written.text.count("@") == 2
    assert send(client, do="cite").status_code == 422
    many = "\n".join(f"k{n}" for n in range(1_001))
    assert "At most 1000" in send(client, ticked=many, do="cite").text


def test_a_list_looks_as_its_reader_wants(client: TestClient, keys: list[str]) -> None:
    """Either way round, with what is wanted of each paper, and as many as are wanted."""
    titles = [f"Gated thing {n}" for n in range(4)]

    def shown(address: str) -> list[str]:
        return re.findall(r"Gated thing \d(?=</a>)", client.get(address).text)

    assert shown("/papers?sort=title") == titles
    assert shown("/papers?sort=-title") == titles[::-1]
    assert shown("/papers?sort=title&per_page=3&page=2") == titles[3:]
    assert "sort=-title" in client.get("/papers?sort=title").text
    assert client.get("/api/v1/papers?sort=-added").json()["items"][0]["citekey"] == keys[0]
    assert client.get("/papers?per_page=1000").status_code == 422

    said = {"column": ["citekey"], "columns": "1", "per_page": "50", "next": "/papers"}
    page = client.post("/preferences", data=said).text
    assert f'<span class="citekey">{keys[0]}</span>' in page
    assert "Byron" not in page
    assert "<option selected>50</option>" in page


def test_papers_are_read_in_the_order_of_their_list(client: TestClient, keys: list[str]) -> None:
    """The one after a paper that was judged, and so left the list, is the one that stands there."""
    listed = {"Referer": "http://testserver/papers?verdict=unread&sort=title"}
    page = client.get(f"/papers/{keys[1]}", headers=listed).text
    assert "2 of 4" in page
    after = re.findall(r'href="([^"]+)" rel="(prev|next)"', page)
    assert [(urlsplit(url).path, rel) for url, rel in after] == [
        (f"/papers/{keys[0]}", "prev"),
        (f"/papers/{keys[2]}", "next"),
    ]
    client.post(f"/api/v1/papers/{keys[2]}/verdicts", json={"verdict": "no", "reason": "why"})
    page = client.get(unescape(after[1][0])).text
    assert [
        urlsplit(url).path for url in re.findall(r'href="([^"]+)" rel="(?:prev|next)"', page)
    ] == [
        f"/papers/{keys[1]}",
        f"/papers/{keys[3]}",
    ]
    assert 'href="/papers?verdict=unread&amp;sort=title"' in page
    last = client.get(f"/papers/{keys[3]}", headers=listed).text
    assert 'rel="next"' not in last
    for elsewhere in (
        "http://testserver/queue",
        "http://other/papers",
        "http://testserver//papers",
    ):
        page = client.get(f"/papers/{keys[1]}", headers={"Referer": elsewhere}).text
        assert "reading-order" not in page
    odd = client.get(f"/papers/{keys[1]}", params={"list": "&" * 500 + "year=x", "at": "９"})
    assert odd.status_code == 200


def test_all_changes_are_listed_and_taken_back_from_there(
    client: TestClient, keys: list[str]
) -> None:
    assert "Nothing was changed at once yet" in client.get("/changes").text
    assert client.get("/api/v1/changes").json()["items"] == []
    send(client, ticked=keys[0], do="add_tags", tags="gates")
    send(client, ticked="\n".join(keys), do="add_tags", tags="gates")
    table = {"title_en": "T", "rows": ["gating"], "columns": ["unseen"]}
    client.post("/api/v1/techniques", json={"name_en": "Gating"})
    client.post("/api/v1/issues", json={"name_en": "Unseen"})
    slug = client.post("/api/v1/comparisons", json=table).json()["slug"]
    region = {"techniques": ["gating"], "issues": ["unseen"], "stance": "inapplicable"}
    client.post(f"/api/v1/comparisons/{slug}/cells", json={**region, "rationale": "no schema"})
    assert client.get("/papers").status_code == 200  # what papers are filed under is kept
    with counted(client.app.state.database) as statements:  # type: ignore[attr-defined]
        page = client.get("/changes").text
    assert len(statements) <= 9
    assert re.findall(r'href="/changes/(\d)" data-open', page) == ["3", "2", "1"]
    assert re.findall(r"\d (?:paper|cell)s? (?:changed|filled)", page) == [
        "1 cell filled",
        "3 papers changed",
        "1 paper changed",
    ]
    assert "1 paper was left alone" in page
    undone = client.post("/changes/2/undo", headers={"Referer": "http://testserver/changes"})
    assert undone.url.path == "/changes"
    assert "Taken back on" in undone.text
    listed = client.get("/api/v1/changes?per_page=2").json()
    said = [(each["change"], each["changed"], each["skipped"]) for each in listed["items"]]
    assert (said, listed["total"]) == ([(3, 1, 0), (2, 3, 1)], 3)
    assert listed["items"][1]["undone_at"]
    assert listed["items"][1]["done"] == {"add_tags": ["gates"]}
    assert "There is no page 2" in client.get("/changes?page=2").text
    chinese = client.get("/changes", headers={"accept-language": "zh"}).text
    assert "批量修改" in chinese


def test_what_was_done_is_said_by_the_names_of_things(client: TestClient, keys: list[str]) -> None:
    client.post("/api/v1/techniques", json={"name_en": "Gating", "name_zh": "门控"})
    send(client, ticked=keys[0], do="add_techniques", technique="gating")
    send(client, ticked=keys[0], do="verdict", verdict="try", reason="plausible")
    send(client, ticked=keys[0], do="verdict", verdict="unread")
    for address in ("/changes", "/changes/1", "/changes/2"):
        page = client.get(address, headers={"accept-language": "zh"}).text
        assert "gating" not in page
        assert ("门控" in page) == (address != "/changes/2")
        assert ("值得一试" in page) == (address != "/changes/1")
    assert "Unjudged" in client.get("/changes/3").text


def test_the_list_of_changes_has_tags_joined_papers_and_imports(
    client: TestClient, db: Database
) -> None:
    for key, tags in (("first", ["old"]), ("second", [])):
        paper = {"title": f"The {key} paper", "citekey": key, "tags": tags}
        client.post("/api/v1/papers", json=paper).raise_for_status()
    client.post("/tags/rename", data={"tag": "old", "name": "new"}).raise_for_status()
    client.post("/api/v1/papers/first/merge", json={"other": "second"}).raise_for_status()
    client.post("/tags/delete", data={"tag": "new"}).raise_for_status()
    client.post("/api/v1/papers/bulk", json={"citekeys": ["first"], "add_tags": ["many"]})
    with db.write() as session:
        renamed = session.exec(select(TagChange).where(TagChange.name == "old")).one()
        renamed.changed_at -= timedelta(days=1)
    page = client.get("/changes").text
    for line in ("Change 1", "Tag “new” deleted", "second joined into first"):
        assert page.index(line) < page.index("Tag “old” became “new”")  # newest first
    undos = re.findall(r'action="(/(?:tags|duplicates|changes)/[^"]*undo)"', page)
    many, joined, deleted, became = sorted(undos, key=lambda each: (each[1:4], undos.index(each)))
    for address in (many, deleted, joined, became):
        client.post(address).raise_for_status()
    assert client.get("/api/v1/papers/first").json()["tags"] == ["old"]
    assert client.get("/api/v1/papers/second").status_code == 200
    assert "joined into" not in client.get("/changes").text


def test_the_list_of_changes_has_imports_and_says_how_they_are_taken_out(
    client: TestClient, db: Database
) -> None:
    with db.write() as session:
        batch = ImportBatch(format="bibtex", name="mine.bib", sha256="0" * 64)
        session.add(batch)
        session.flush()
        number = batch.id
    page = client.get("/changes").text
    assert "Import: mine.bib" in page
    assert f'href="/import/batches/{number}/undo"' in page
    client.post(f"/import/batches/{number}/undo").raise_for_status()
    assert "taken out" in client.get("/changes").text
