"""What all papers of an import get: tags, a technique, a field."""

import pytest
from fastapi.testclient import TestClient

from app.database import Database
from app.models import ResearchField, Technique
from tests.imports.test_import_pages import hand_in, shown

BIB = "".join(
    f"@article{{k{n}, title={{Gated thing {n}}}, author={{Ada Byron}}, year={{202{n}}},"
    f" keywords={{own{n}}}}}\n"
    for n in range(3)
)


@pytest.fixture(autouse=True)
def vocabularies(db: Database) -> None:
    with db.write() as session:
        session.add(Technique(slug="gating", name_en="Gating"))
        session.add(ResearchField(slug="vision", name_en="Vision"))


def test_in_the_browser_all_get_it_and_undo_takes_it_along(client: TestClient) -> None:
    client.post("/api/v1/papers", json={"title": "Gated thing 0", "authors": ["Ada Byron"]})
    held = client.get("/api/v1/papers").json()["items"][0]["citekey"]
    page = hand_in(client, BIB.encode(), "list.bib")
    assert "For all papers of this import" in page.text
    said = {"all-tags": "batch，second", "all-technique": "gating", "all-field": "vision"}
    fields = {**shown(page.text), **said}
    again = client.post(str(page.url), data={**fields, "do": "keep"})
    assert 'value="batch, second"' in again.text  # it holds from page to page
    wrong = client.post(str(page.url), data={**fields, "all-technique": "nope"})
    assert (wrong.status_code, "There is no technique nope." in wrong.text) == (422, True)
    done = client.post(str(page.url), data=fields)
    assert done.status_code == 200
    papers = client.get("/api/v1/papers?tag=batch").json()["items"]
    assert len(papers) == 3
    for paper in papers:
        assert {"batch", "second"} < set(paper["tags"])
        assert paper["techniques"] == ["gating"]
    client.post(f"{done.url.path}/undo")
    left = client.get("/api/v1/papers").json()["items"]
    assert [(each["citekey"], each["tags"], each["techniques"]) for each in left] == [
        (held, [], [])
    ]


def test_over_the_api(client: TestClient) -> None:
    files = {"file": ("list.bib", BIB.encode(), "text/plain")}
    fields = {"tag": ["a", "b"], "technique": ["gating"], "field": ["vision"]}
    refused = client.post("/api/v1/import", files=files, data={**fields, "field": ["nope"]})
    assert (refused.status_code, list(refused.json()["errors"])) == (422, ["add_fields"])
    assert client.get("/api/v1/papers").json()["total"] == 0
    assert client.post("/api/v1/import", files=files, data=fields).status_code == 200
    assert client.get("/api/v1/papers?tag=a&technique=gating&field=vision").json()["total"] == 3


@pytest.mark.parametrize(
    ("given", "field"), [({"technique": ["a\0"]}, "technique.0"), ({"tag": "b\0"}, "add_tags")]
)
def test_what_no_text_can_hold_is_refused(
    client: TestClient, given: dict[str, str | list[str]], field: str
) -> None:
    answer = client.post("/api/v1/import", data=given, files={"file": ("a.bib", BIB.encode())})
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == [field]
