"""What is added and perhaps here becomes what is here, when the reader says so."""

import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from tests.arxiv_server import ArxivServer
from tests.library.test_arxiv_flow import filled

LQAE = "2302.00902"
TITLE = "Language Quantized AutoEncoders: Towards Unsupervised Text-Image Alignment"
NOTES = f"""# {TITLE}

It maps pictures into words.
"""


@pytest.fixture
def arxiv() -> Iterator[ArxivServer]:
    with ArxivServer() as server:
        yield server


@pytest.fixture
def client(settings: Settings, arxiv: ArxivServer) -> Iterator[TestClient]:
    settings.arxiv_url = arxiv.url
    with TestClient(create_app(settings)) as client:
        yield client


@pytest.fixture
def noted(client: TestClient) -> str:
    """The key of a paper of which only the title is known, with a note and a verdict."""
    key: str = client.post("/api/v1/papers", json={"title": TITLE, "tags": ["mine"]}).json()[
        "citekey"
    ]
    client.post("/api/v1/notes", json={"body": "It maps pictures into words.", "paper": key})
    client.post(f"/api/v1/papers/{key}/verdicts", json={"verdict": "try", "reason": "new"})
    return key


def papers(client: TestClient) -> int:
    total: int = client.get("/api/v1/papers").json()["total"]
    return total


def test_a_paper_of_notes_that_is_added_by_its_id_becomes_one(
    client: TestClient, noted: str
) -> None:
    page = client.post("/papers/lookup", data={"ids": LQAE}).text
    assert f'name="same_as" value="{noted}"' in page
    done = client.post("/papers", data=filled(page) | {"same_as": noted})
    assert done.url.path == f"/papers/{noted}"
    assert papers(client) == 1
    paper = client.get(f"/api/v1/papers/{noted}").json()
    assert paper["arxiv_id"] == LQAE
    assert paper["authors"][0] == "Hao Liu"
    assert paper["abstract"]
    assert paper["metadata_source"].startswith(f"arXiv:{LQAE}")
    assert (paper["tags"], paper["verdict"]) == (["mine"], "try")
    assert client.get(f"/api/v1/notes?paper={noted}").json()["total"] == 1
    undo = re.search(r'action="(/duplicates/merges/\d+/undo)"', done.text)
    assert undo
    client.post(undo[1])
    assert papers(client) == 2
    assert client.get(f"/api/v1/papers/{noted}").json()["arxiv_id"] is None


def test_what_the_reader_wrote_stays(client: TestClient, noted: str) -> None:
    client.patch(f"/api/v1/papers/{noted}", json={"abstract": "In my words."})
    done = client.post("/api/v1/papers", json={"arxiv_id": LQAE, "same_as": noted})
    assert done.status_code == 200
    assert done.json()["citekey"] == noted
    assert done.json()["abstract"] == "In my words."
    assert done.json()["authors"][0] == "Hao Liu"


def test_saving_asks_and_offers_the_same(client: TestClient, noted: str) -> None:
    typed = {"title": TITLE, "authors": "Hao Liu\nWilson Yan", "year": "2023", "note": "Said so."}
    asked = client.post("/papers", data=typed)
    assert asked.status_code == 409
    assert f'name="same_as" value="{noted}"' in asked.text
    client.post("/papers", data=typed | {"same_as": noted})
    assert papers(client) == 1
    paper = client.get(f"/api/v1/papers/{noted}").json()
    assert (paper["authors"], paper["year"]) == (["Hao Liu", "Wilson Yan"], 2023)
    assert client.get(f"/api/v1/notes?paper={noted}").json()["total"] == 2


def test_of_several_ids_some_may_be_here(client: TestClient, noted: str) -> None:
    page = client.post("/papers/lookup", data={"ids": f"{LQAE} 2102.03334"}).text
    assert f'name="same" value="{LQAE} {noted}"' in page
    done = client.post("/papers/several", data={"id": ["2102.03334"], "same": [f"{LQAE} {noted}"]})
    assert "Papers added: 1. Completed: 1" in done.text
    assert papers(client) == 2
    assert client.get(f"/api/v1/papers/{noted}").json()["arxiv_id"] == LQAE


def test_the_bookmarklet_offers_the_same(client: TestClient, noted: str) -> None:
    asked = {"url": "https://example.org/lqae", "title": TITLE, "author": ["Hao Liu"]}
    page = client.get("/papers/new", params=asked).text
    assert f'name="same_as" value="{noted}"' in page
    client.post("/papers", data=filled(page) | {"same_as": noted})
    assert papers(client) == 1
    assert client.get(f"/api/v1/papers/{noted}").json()["url"] == "https://example.org/lqae"


def test_one_that_is_gone_meanwhile_is_said_and_nothing_lost(
    client: TestClient, noted: str
) -> None:
    page = client.post("/papers/lookup", data={"ids": LQAE}).text
    gone = client.post("/papers", data=filled(page) | {"same_as": "nobody2020"})
    assert gone.status_code == 404
    assert filled(gone.text)["arxiv_id"] == LQAE
    client.post(f"/papers/{noted}/trash")
    trashed = client.post("/papers", data=filled(page) | {"same_as": noted})
    assert trashed.status_code == 409
    assert papers(client) == 0


def test_one_with_the_id_already_is_completed_by_it(client: TestClient, noted: str) -> None:
    client.patch(f"/api/v1/papers/{noted}", json={"arxiv_id": LQAE})
    told = {"title": TITLE, "arxiv_id": LQAE, "same_as": noted, "abstract": "As they say."}
    assert client.post("/api/v1/papers", json=told).json()["abstract"] == "As they say."
    page = client.post("/papers/lookup", data={"ids": LQAE}).text
    assert f'action="/papers/{noted}/refresh"' in page
    client.post(f"/papers/{noted}/refresh")
    assert client.get(f"/api/v1/papers/{noted}").json()["authors"][0] == "Hao Liu"
