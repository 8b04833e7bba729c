"""Papers added by their arXiv id, against a local server that behaves like it (also badly)."""

import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from tests.arxiv_server import ArxivServer

LQAE = "Language Quantized AutoEncoders: Towards Unsupervised Text-Image Alignment"


@pytest.fixture
def arxiv() -> Iterator[ArxivServer]:
    with ArxivServer() as server:
        yield server


@pytest.fixture
def client(settings: Settings, arxiv: ArxivServer) -> Iterator[TestClient]:
    settings.arxiv_url = arxiv.url
    settings.arxiv_timeout = 0.5
    with TestClient(create_app(settings)) as client:
        yield client


def filled(page: str) -> dict[str, str]:
    """The paper's form as a browser would send it back."""
    form = page[page.rindex('<form method="post" action="/papers"') :]
    found = dict(re.findall(r'<input[^>]*name="([\w-]+)"[^>]*? value="([^"]*)"', form))
    found |= dict(re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>\n?([^<]*)<', form))
    kind = re.search(r'<option value="(\w+)" selected', form)
    from html import unescape

    boxes = {"technique", "field"}
    values = {name: unescape(value) for name, value in found.items() if name not in boxes}
    return {**values, "kind": kind[1] if kind else "paper"}


def test_the_metadata_is_seen_before_saving(client: TestClient) -> None:
    page = client.post("/papers/lookup", data={"ids": "https://arxiv.org/abs/2302.00902v2"}).text
    assert LQAE in page
    assert client.get("/api/v1/papers").json()["total"] == 0
    saved = client.post("/papers", data=filled(page))
    assert saved.url.path == "/papers/liu2023language"
    paper = client.get("/api/v1/papers/liu2023language").json()
    assert paper["arxiv_id"] == "2302.00902"
    assert paper["authors"][0] == "Hao Liu"
    assert paper["metadata_source"].startswith("arXiv:2302.00902")


def test_several_ids_are_one_request(client: TestClient, arxiv: ArxivServer) -> None:
    page = client.post("/papers/lookup", data={"ids": "2302.00902, 2102.03334、2303.02995"})
    assert len(arxiv.requests) == 1
    ids = re.findall(r'name="id" value="([^"]+)"', page.text)
    assert len(ids) == 3
    client.post("/papers/several", data={"id": ids[:2]})
    assert client.get("/api/v1/papers").json()["total"] == 2
    assert len(arxiv.requests) == 1, "the answer was kept"


def test_a_held_paper_is_named_not_doubled(client: TestClient) -> None:
    client.post("/api/v1/papers", json={"arxiv_id": "2302.00902"})
    page = client.post("/papers/lookup", data={"ids": "2302.00902"}).text
    assert "The library holds this paper already" in page
    answer = client.post("/papers", data=filled(page))
    assert answer.status_code == 409
    assert LQAE in answer.text


@pytest.mark.parametrize(
    ("mode", "status"),
    [
        ("down", 503),
        ("slow", 503),
        ("500", 503),
        ("html", 503),
        ("empty", 503),
        ("error-entry", 422),
    ],
)
def test_when_arxiv_fails_the_form_says_how_and_keeps_its_text(
    client: TestClient, arxiv: ArxivServer, mode: str, status: int
) -> None:
    arxiv.mode = mode
    answer = client.post("/papers/lookup", data={"ids": "2302.00902"})
    assert answer.status_code == status
    assert "save the paper as it is" in answer.text
    assert filled(answer.text)["arxiv_id"] == "2302.00902"


def test_with_arxiv_down_it_is_saved_as_it_is_and_completed_later(
    client: TestClient, arxiv: ArxivServer
) -> None:
    arxiv.mode = "down"
    page = client.post("/papers/lookup", data={"ids": "2302.00902"}).text
    saved = client.post("/papers", data=filled(page))
    assert saved.url.path == "/papers/arxiv230200902"
    assert "Complete from arXiv" in saved.text
    client.post("/papers/arxiv230200902/verdicts", data={"verdict": "no", "reason": "无关"})
    arxiv.mode = "ok"
    done = client.post("/papers/arxiv230200902/refresh")
    assert done.url.path == "/papers/liu2023language"
    assert LQAE in done.text
    assert "无关" in done.text
    assert client.get("/papers/arxiv230200902").status_code == 200, "the old address still leads"


def test_a_paper_held_by_its_title_is_named_and_completed(client: TestClient) -> None:
    """The notes name a paper without its id; the id then finds it instead of doubling it."""
    key = client.post("/api/v1/papers", json={"title": LQAE.upper()}).json()["citekey"]
    page = client.post("/papers/lookup", data={"ids": "2302.00902"}).text
    assert "Perhaps the library holds it" in page
    assert f'href="/papers/{key}"' in page
    again = client.post("/api/v1/papers", json={"arxiv_id": "2302.00902"})
    assert (again.status_code, again.json()["held"]) == (409, f"/papers/{key}")
    refused = client.post("/papers", data=filled(page))
    assert refused.status_code == 409
    assert "Perhaps the library holds it already" in refused.text
    client.patch(f"/api/v1/papers/{key}", json={"arxiv_id": "2302.00902"})
    client.post(f"/papers/{key}/refresh")
    papers = client.get("/api/v1/papers").json()
    assert [paper["title"] for paper in papers["items"]] == [LQAE]


def test_a_short_title_only_asks_whether_it_is_the_same(client: TestClient) -> None:
    key = client.post("/api/v1/papers", json={"title": "ViLT"}).json()["citekey"]
    page = client.post("/papers/lookup", data={"ids": "2102.03334 2302.00902"}).text
    assert page.count("Perhaps the library holds it") == 1
    assert f'href="/papers/{key}"' in page
    assert page.count(" checked>") == 1
    saved = client.post("/papers/several", data={"id": ["2102.03334", "2302.00902"]})
    assert saved.status_code == 200
    assert client.get("/api/v1/papers").json()["total"] == 3


def test_an_empty_field_and_a_long_list_are_answered_briefly(client: TestClient) -> None:
    page = client.post("/papers/lookup", data={"ids": " "})
    assert page.status_code == 422
    assert "Type an arXiv id" in page.text
    unknown = [f"2101.{number:05}" for number in range(1, 31)]
    page = client.post("/papers/lookup", data={"ids": " ".join(unknown)})
    said = re.search(r"arXiv has no paper ([^<]*)\. Check", page.text)
    assert said
    assert said[1].split(", ") == [*unknown[:10], "…"]


def test_refreshing_never_touches_what_the_reader_wrote(client: TestClient) -> None:
    citekey = client.post("/api/v1/papers", json={"arxiv_id": "2302.00902"}).json()["citekey"]
    path = f"/api/v1/papers/{citekey}"
    client.patch(path, json={"title": "My own title", "tags": ["mine"]})
    client.patch(path, json={"abstract": ""})
    client.post(f"/papers/{citekey}/refresh")
    paper = client.get(path).json()
    assert paper["title"] == "My own title"
    assert paper["abstract"] == ""
    assert paper["tags"] == ["mine"]


@pytest.mark.parametrize("typed", ["23", "http://x.org/a http://x.org/b", "2302.00902 and more"])
def test_what_is_no_id_is_said_beside_the_field(client: TestClient, typed: str) -> None:
    answer = client.post("/papers/lookup", data={"ids": typed})
    assert answer.status_code == 422
    assert "is no arXiv id, DOI or address" in answer.text


def test_what_arxiv_does_not_have(client: TestClient) -> None:
    answer = client.post("/papers/lookup", data={"ids": "2302.99999"})
    assert answer.status_code == 404
    assert "arXiv has no paper 2302.99999" in answer.text
    problem = client.post("/api/v1/papers", json={"arxiv_id": "2302.99999"})
    assert problem.status_code == 404
    assert client.post("/api/v1/papers", json={"arxiv_id": "nonsense"}).status_code == 422
