"""A paper by its title, ISBN, PubMed's number …: looked up where somebody can be asked, explained
where nobody can."""

import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from tests.arxiv_server import ArxivServer
from tests.crossref_server import CrossrefServer
from tests.library.test_arxiv_flow import filled

LQAE = "Language Quantized AutoEncoders: Towards Unsupervised Text-Image Alignment"
RESNET = "Deep Residual Learning for Image Recognition"


@pytest.fixture
def arxiv() -> Iterator[ArxivServer]:
    with ArxivServer() as server:
        yield server


@pytest.fixture
def crossref() -> Iterator[CrossrefServer]:
    with CrossrefServer() as server:
        yield server


@pytest.fixture
def client(settings: Settings, arxiv: ArxivServer) -> Iterator[TestClient]:
    settings.arxiv_url, settings.arxiv_delay = arxiv.url, 0
    with TestClient(create_app(settings)) as client:
        yield client


@pytest.fixture
def switched_on(client: TestClient, settings: Settings, crossref: CrossrefServer) -> None:
    settings.crossref_url, settings.doi_delay = crossref.url, 0


def look_up(client: TestClient, typed: str) -> tuple[int, str]:
    answer = client.post("/papers/lookup", data={"ids": typed})
    return answer.status_code, answer.text


def test_a_title_fills_the_form(client: TestClient, arxiv: ArxivServer) -> None:
    status, page = look_up(client, LQAE.upper())
    assert status == 200
    assert filled(page)["arxiv_id"] == "2302.00902"
    client.post("/papers", data=filled(page))
    (paper,) = client.get("/api/v1/papers").json()["items"]
    assert paper["title"] == LQAE
    assert len(arxiv.requests) == 1


@pytest.mark.usefixtures("switched_on")
def test_crossref_knows_titles_where_it_is_switched_on(
    client: TestClient, crossref: CrossrefServer
) -> None:
    _, page = look_up(client, RESNET)
    assert filled(page)["doi"] == "10.1109/CVPR.2016.90"
    assert filled(page)["year"] == "2016"
    assert "Kaiming" in page
    assert len(crossref.requests) == 1


@pytest.mark.usefixtures("switched_on")
@pytest.mark.parametrize(
    ("typed", "doi"),
    [
        ("ISBN 978-0-262-03561-3", "10.7551/mitpress/0001"),
        (
            "https://www.sciencedirect.com/science/article/pii/S0004370220301855",
            "10.1109/CVPR.2016.90",
        ),
    ],
)
def test_so_it_does_isbns_and_piis(client: TestClient, typed: str, doi: str) -> None:
    _, page = look_up(client, typed)
    assert filled(page)["doi"] == doi


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("PMID: 31452104", "paste the DOI that stands there"),
        ("https://pubmed.ncbi.nlm.nih.gov/31452104/", "paste the DOI that stands there"),
        ("PMC6859208", "pmc.ncbi.nlm.nih.gov/articles/PMC6859208/"),
        ("978-0-262-03561-3", "CROSSWALK_CROSSREF_URL"),
        ("S0092-8674(20)30820-6", "Paste the DOI that the page shows"),
        ("A title that nobody has ever given", "Paste its arXiv id or DOI"),
    ],
)
def test_where_nobody_can_be_asked_it_says_what_to_paste(
    client: TestClient, typed: str, said: str
) -> None:
    status, page = look_up(client, typed)
    assert status == 422
    assert said in page
    assert f'value="{typed}"' in page
    assert client.get("/api/v1/papers").json()["total"] == 0


def test_a_script_is_told_the_same(client: TestClient) -> None:
    asked = client.post("/api/v1/papers", json={"url": "https://pubmed.ncbi.nlm.nih.gov/31452104/"})
    assert asked.status_code == 422
    assert "paste the DOI" in asked.json()["errors"]["url"]


def test_a_title_that_nobody_knows_stands_in_the_form(client: TestClient) -> None:
    _, page = look_up(client, "A title that nobody has ever given")
    assert filled(page)["title"] == "A title that nobody has ever given"


def test_a_title_that_is_here_is_found_while_nobody_answers(
    client: TestClient, arxiv: ArxivServer
) -> None:
    arxiv.mode = "500"
    key = client.post("/api/v1/papers", json={"title": LQAE}).json()["citekey"]
    status, page = look_up(client, LQAE.lower())
    assert status == 503
    assert filled(page)["title"] == LQAE.lower()
    assert "Perhaps the library holds it already" in page
    again = {**filled(page), "same_as": key}
    assert client.post("/papers", data=again).url.path == f"/papers/{key}"
    assert client.get("/api/v1/papers").json()["total"] == 1


@pytest.mark.usefixtures("switched_on")
def test_one_who_fails_does_not_stop_the_other(
    client: TestClient, arxiv: ArxivServer, crossref: CrossrefServer
) -> None:
    crossref.mode = "cut"
    _, page = look_up(client, LQAE)
    assert filled(page)["arxiv_id"] == "2302.00902"
    crossref.mode, arxiv.mode = "ok", "500"
    _, page = look_up(client, RESNET)
    assert filled(page)["doi"] == "10.1109/CVPR.2016.90"
    crossref.mode = "500"
    status, page = look_up(client, "Residual learning of something else")
    assert status == 503
    assert "failed (HTTP 500)" in page


def test_a_papers_page_looks_up_its_id_by_title(client: TestClient) -> None:
    given = {"title": "Language quantized autoencoders", "tags": ["mine"]}
    key = client.post("/api/v1/papers", json=given).json()["citekey"]
    page = client.get(f"/papers/{key}").text
    assert f'action="/papers/{key}/candidates"' in page
    found = client.post(f"/papers/{key}/candidates").text
    assert LQAE in found
    done = client.post(f"/papers/{key}/identify", data={"id": "2302.00902"})
    assert done.url.path == f"/papers/{key}"
    paper = client.get(f"/api/v1/papers/{key}").json()
    assert (paper["arxiv_id"], paper["title"], paper["tags"]) == ("2302.00902", LQAE, ["mine"])
    undo = re.search(r'action="(/duplicates/merges/\d+/undo)"', done.text)
    assert undo
    assert f'action="/papers/{key}/candidates"' not in done.text


def test_where_nobody_knows_its_title_the_page_says_what_to_do(
    client: TestClient, arxiv: ArxivServer
) -> None:
    key = client.post("/api/v1/papers", json={"title": "Nobody knows this"}).json()["citekey"]
    page = client.post(f"/papers/{key}/candidates").text
    assert "Nothing was found" in page
    arxiv.mode = "down"
    failed = client.post(f"/papers/{key}/candidates")
    assert failed.url.path == f"/papers/{key}"
    assert "arXiv cannot be reached" in failed.text
    nonsense = client.post(f"/papers/{key}/identify", data={"id": "nonsense"})
    assert "is no arXiv id" in nonsense.text
    assert client.get(f"/api/v1/papers/{key}").json()["arxiv_id"] is None


def test_a_candidate_that_is_another_paper_leads_to_the_merge(client: TestClient) -> None:
    client.post("/api/v1/papers", json={"arxiv_id": "2302.00902"})
    given = {"title": "Language Quantized AutoEncoders", "force": True}
    key = client.post("/api/v1/papers", json=given).json()["citekey"]
    page = client.post(f"/papers/{key}/candidates").text
    assert f"/duplicates?first={key}&amp;second=" in page


def test_a_script_asks_for_candidates_and_takes_one(client: TestClient) -> None:
    key = client.post("/api/v1/papers", json={"title": "Language Quantized"}).json()["citekey"]
    (one,) = client.post(f"/api/v1/papers/{key}/candidates").json()["items"]
    assert (one["id"], one["title"], one["held"]) == ("2302.00902", LQAE, None)
    taken = client.post("/api/v1/papers", json={"arxiv_id": one["id"], "same_as": key})
    assert taken.status_code == 200
