"""Abstracts for many papers at once, from stand-ins for arXiv and doi.org."""

import re
import time
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from tests.arxiv_server import ArxivServer
from tests.doi_server import DoiServer

IDS = ("2302.00902", "2102.03334", "2303.02995")


@pytest.fixture
def arxiv() -> Iterator[ArxivServer]:
    with ArxivServer() as server:
        yield server


@pytest.fixture
def doi() -> Iterator[DoiServer]:
    with DoiServer() as server:
        yield server


@pytest.fixture
def client(settings: Settings, arxiv: ArxivServer, doi: DoiServer) -> Iterator[TestClient]:
    settings.arxiv_url, settings.doi_url = arxiv.url, doi.url
    settings.arxiv_timeout = settings.doi_timeout = 2
    with TestClient(create_app(settings)) as client:
        yield client


def add(client: TestClient, **given: str) -> str:
    """A paper of which only what is `given` is known; its citation key."""
    title = f"As I know {len(given)} {given.get('doi') or given.get('arxiv_id')}"
    answer = client.post("/api/v1/papers", json={"title": title, **given})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["citekey"])


def wait(client: TestClient) -> str:
    """The page once no job runs."""
    for _ in range(400):
        page = client.get("/completion").text
        if 'action="/completion/stop"' not in page:
            return page
        time.sleep(0.02)
    raise AssertionError("the job does not end")


def test_all_are_asked_for_in_one_request_and_keep_what_their_reader_wrote(
    client: TestClient, arxiv: ArxivServer
) -> None:
    keys = [add(client, title=f"Mine {each}", arxiv_id=each) for each in IDS]
    assert "3 papers have no abstract" in client.get("/").text
    page = client.get("/completion").text
    assert "3 papers have no abstract" in page
    assert "1 request" in page
    client.post("/completion")
    assert "3 of 3 papers asked for, 3 completed." in wait(client)
    assert len(arxiv.requests) == 1
    for key in keys:
        paper = client.get(f"/api/v1/papers/{key}").json()
        assert paper["abstract"]
        assert paper["title"].startswith("Mine")
    assert "have no abstract" not in client.get("/").text
    assert "Nothing to complete" in client.get("/completion?year=1999").text


def test_a_selection_is_the_list_that_one_came_from(client: TestClient, arxiv: ArxivServer) -> None:
    first, second = (
        add(client, title=name, arxiv_id=each)
        for name, each in zip(("Gates", "Trees"), IDS, strict=False)
    )
    listed = client.get("/papers?q=Gates").text
    address = re.search(r'href="(/completion\?[^"]*)"', listed)
    assert address
    assert "1 paper has no abstract" in client.get(address[1]).text
    client.post(address[1])
    wait(client)
    assert client.get(f"/api/v1/papers/{first}").json()["abstract"]
    assert not client.get(f"/api/v1/papers/{second}").json()["abstract"]


def test_what_nobody_knows_is_said_and_the_others_are_completed(client: TestClient) -> None:
    add(client, arxiv_id="2302.00902")
    add(client, arxiv_id="1901.99999")
    add(client, doi="10.5555/nobody-has-it")
    client.post("/completion")
    page = wait(client)
    assert "3 of 3 papers asked for, 1 completed." in page
    assert "arXiv has no paper 1901.99999" in page
    assert "10.5555/nobody-has-it" in page


def test_where_arxiv_is_down_it_says_so_and_goes_on_later(
    client: TestClient, arxiv: ArxivServer
) -> None:
    key = add(client, arxiv_id="2302.00902")
    arxiv.mode = "down"
    client.post("/completion")
    page = wait(client)
    assert "0 of 1 papers asked for" in page
    assert "arXiv" in page
    assert "Go on" in page
    arxiv.mode = "ok"
    client.post("/completion")
    assert "1 of 1 papers asked for, 1 completed." in wait(client)
    assert client.get(f"/api/v1/papers/{key}").json()["abstract"]


def test_one_can_stop_and_what_was_taken_stays(client: TestClient, doi: DoiServer) -> None:
    add(client, arxiv_id="2302.00902")
    doi.mode, doi.slow_for = "slow", 1.0
    add(client, title="Other", doi="10.5555/slow")
    client.post("/completion")
    for _ in range(200):
        if "1 of 2 papers asked for" in client.get("/completion").text:
            break
        time.sleep(0.02)
    client.post("/completion/stop")
    page = wait(client)
    assert "Stopped." in page
    assert "1 of 2 papers asked for, 1 completed." in page
