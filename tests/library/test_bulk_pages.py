"""Papers ticked in their list and changed together, and a row changed where it stands."""

from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from app.database import Database
from app.library import bulk
from app.library.rules import PaperInput
from app.search.service import papers_added
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
