"""A paper from its DOI or its page: looked up at a local resolver (also a bad one), or filled in by
the bookmarklet."""

import re
from collections.abc import Iterator
from urllib.parse import unquote, urlencode

import pytest
from fastapi.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from tests.arxiv_server import ArxivServer
from tests.doi_server import DoiServer
from tests.library.test_arxiv_flow import LQAE, filled

RAT = "10.18653/v1/2020.acl-main.677"
TITLE = "RAT-SQL: Relation-Aware Schema Encoding and Linking for Text-to-SQL Parsers"
PAGE = {
    "url": "https://aclanthology.org/2020.acl-main.677/",
    "title": TITLE,
    "author": ["Bailin Wang", "Richard Shin"],
    "publication_date": "2020/07",
    "conference_title": "Proceedings of the 58th Annual Meeting",
    "doi": RAT,
    "quote": "Schema linking\n is the key",
}


@pytest.fixture
def doi() -> Iterator[DoiServer]:
    with DoiServer() as server:
        yield server


@pytest.fixture
def arxiv() -> Iterator[ArxivServer]:
    with ArxivServer() as server:
        yield server


@pytest.fixture
def client(settings: Settings, doi: DoiServer, arxiv: ArxivServer) -> Iterator[TestClient]:
    settings.doi_url, settings.arxiv_url = doi.url, arxiv.url
    settings.doi_timeout = 0.5
    with TestClient(create_app(settings)) as client:
        yield client


def total(client: TestClient) -> int:
    number: int = client.get("/api/v1/papers").json()["total"]
    return number


def lookup_form(page: str) -> dict[str, str]:
    from html import unescape

    form = page[page.index('action="/papers/lookup"') :].partition("</form>")[0]
    found = re.findall(r'<input[^>]*name="(\w+)"[^>]*? value="([^"]*)"', form)
    return {name: unescape(value) for name, value in found}


@pytest.mark.parametrize(
    "typed",
    [RAT, f"https://doi.org/{RAT}", "https://aclanthology.org/2020.acl-main.677.pdf"],
)
def test_the_metadata_is_seen_before_saving(client: TestClient, typed: str) -> None:
    page = client.post("/papers/lookup", data={"ids": typed}).text
    assert TITLE in page
    assert "This is what 127.0.0.1 says" in page
    assert total(client) == 0
    saved = client.post("/papers", data=filled(page))
    assert saved.url.path == "/papers/wang2020ratsql"
    paper = client.get("/api/v1/papers/wang2020ratsql").json()
    assert (paper["doi"], paper["year"]) == (RAT, 2020)
    assert paper["details"]["page"] == "7567-7578"
    assert paper["metadata_source"] == f"doi:{RAT}"
    assert paper["authors"][0] == "Bailin Wang"


def test_ids_and_dois_are_looked_up_together(
    client: TestClient, doi: DoiServer, arxiv: ArxivServer
) -> None:
    page = client.post("/papers/lookup", data={"ids": f"2302.00902 {RAT} 10.1109/cvpr.2016.90"})
    ids = re.findall(r'name="id" value="([^"]+)"', page.text)
    assert ids == ["2302.00902", RAT, "10.1109/cvpr.2016.90"]
    client.post("/papers/several", data={"id": ids})
    assert total(client) == 3
    assert (len(arxiv.requests), len(doi.requests)) == (1, 4), "the answers were kept"


@pytest.mark.parametrize(
    ("mode", "status", "said"),
    [
        ("down", 503, "cannot be reached"),
        ("slow", 503, "did not answer"),
        ("429", 503, "asks to wait"),
        ("500", 503, "HTTP 500"),
        ("404", 404, "knows no DOI"),
        ("406", 503, "gives no metadata"),
        ("html", 503, "a web page"),
        ("cut", 503, "no JSON"),
        ("moved", 503, "sends us on"),
    ],
)
def test_when_the_resolver_fails_the_paper_is_saved_as_it_is_and_completed_later(
    client: TestClient, doi: DoiServer, mode: str, status: int, said: str
) -> None:
    doi.mode, doi.retry_after = mode, "30"
    answer = client.post("/papers/lookup", data={"ids": f"https://doi.org/{RAT}"})
    assert answer.status_code == status
    assert said in answer.text
    assert filled(answer.text)["doi"] == RAT
    saved = client.post("/papers", data=filled(answer.text))
    assert saved.url.path == "/papers/doi1018653v12020aclmain677"
    assert "Complete from 127.0.0.1" in saved.text
    if mode == "429":
        return  # nothing more is sent for half a minute
    refused = client.post(f"{saved.url.path}/refresh")
    assert (refused.url.path, refused.status_code) == (saved.url.path, 200)
    assert said in refused.text
    button = '<button class="quiet">Try again'
    retry = re.search(f'action="([^"]+)" class="inline">{button}', refused.text)
    assert retry
    assert retry[1] == f"{saved.url.path}/refresh"
    doi.mode = "ok"
    done = client.post(f"{saved.url.path}/refresh")
    assert done.url.path == "/papers/wang2020ratsql"
    assert "Refresh metadata" in done.text
    assert client.get("/papers/doi1018653v12020aclmain677").url.path == "/papers/wang2020ratsql"


def test_refreshing_never_touches_what_the_reader_wrote(client: TestClient) -> None:
    citekey = client.post("/api/v1/papers", json={"doi": RAT}).json()["citekey"]
    path = f"/api/v1/papers/{citekey}"
    client.patch(path, json={"title": "My own title", "venue": "", "tags": ["mine"]})
    said = client.post(f"/papers/{citekey}/refresh").text
    assert "The metadata of 127.0.0.1 is the same as before." in said
    paper = client.get(path).json()
    assert (paper["title"], paper["venue"], paper["tags"]) == ("My own title", "", ["mine"])


def test_a_paper_without_any_id_cannot_be_completed(client: TestClient) -> None:
    citekey = client.post("/api/v1/papers", json={"title": "No id"}).json()["citekey"]
    assert "Complete from" not in client.get(f"/papers/{citekey}").text
    refused = client.post(f"/papers/{citekey}/refresh")
    assert refused.url.path == f"/papers/{citekey}"
    assert "neither an arXiv id nor a DOI" in refused.text


def test_the_api_takes_a_doi_or_an_address_alone(client: TestClient, doi: DoiServer) -> None:
    added = client.post("/api/v1/papers", json={"doi": f"doi:{RAT.upper()}", "tags": ["mine"]})
    assert added.status_code == 201
    assert added.headers["Location"] == "/api/v1/papers/wang2020ratsql"
    assert (added.json()["title"], added.json()["tags"]) == (TITLE, ["mine"])
    again = client.post(
        "/api/v1/papers", json={"url": "https://aclanthology.org/2020.acl-main.677/"}
    )
    assert (again.status_code, again.json()["held"]) == (409, "/papers/wang2020ratsql")
    assert len(doi.requests) == 2, "what is held is not asked for"
    page = client.post("/api/v1/papers", json={"url": "https://arxiv.org/pdf/2302.00902"})
    assert (page.status_code, page.json()["title"]) == (201, LQAE)
    assert page.json()["url"] == "https://arxiv.org/abs/2302.00902"


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"doi": "10.1234/nobody"}, 404, None),
        ({"doi": "nonsense"}, 422, "doi"),
        ({"url": "https://openreview.net/forum?id=x"}, 422, "url"),
        ({"url": "nonsense"}, 422, "url"),
        ({}, 422, "title"),
    ],
)
def test_the_api_says_what_it_cannot_do(
    client: TestClient, body: dict[str, str], status: int, field: str | None
) -> None:
    answer = client.post("/api/v1/papers", json=body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    if field:
        assert field in answer.json()["errors"]
    assert total(client) == 0


def test_the_api_says_when_the_resolver_fails(client: TestClient, doi: DoiServer) -> None:
    doi.mode = "html"
    answer = client.post("/api/v1/papers", json={"doi": RAT})
    assert answer.status_code == 503
    assert "web page" in answer.json()["detail"]


# --- The bookmarklet's address --------------------------------------------------------------------


def captured(client: TestClient, **changes: str | list[str]) -> str:
    values = {name: value for name, value in {**PAGE, **changes}.items() if value}
    return client.get(f"/papers/new?{urlencode(values, doseq=True)}").text


def test_a_page_fills_the_form_and_nothing_is_asked_for_or_saved(
    client: TestClient, doi: DoiServer, arxiv: ArxivServer
) -> None:
    page = captured(client)
    form = filled(page)
    assert (form["title"], form["doi"], form["year"]) == (TITLE, RAT, "2020")
    assert form["authors"].split("\n") == ["Bailin Wang", "Richard Shin"]
    assert form["note"].strip() == (
        "“Schema linking is the key”\n\nhttps://aclanthology.org/2020.acl-main.677/"
    )
    assert lookup_form(page)["ids"] == RAT
    assert (doi.requests, arxiv.requests, total(client)) == ([], [], 0)
    saved = client.post("/papers", data=form)
    assert saved.url.path == "/papers/wang2020ratsql"
    assert "Schema linking is the key" in saved.text
    assert 'class="thought"' not in saved.text
    assert "aclanthology.org," in saved.text, "where the metadata is from"
    assert "Complete from 127.0.0.1" in saved.text
    (note,) = client.get("/api/v1/notes").json()["items"]
    assert note["paper"] == "wang2020ratsql"


def test_what_the_page_said_stays_where_the_resolver_is_silent(client: TestClient) -> None:
    page = captured(client, abstract="An abstract that only the page has.", conference_title="")
    looked_up = client.post("/papers/lookup", data=lookup_form(page))
    form = filled(looked_up.text)
    assert form["venue"].startswith("Proceedings of the 58th Annual Meeting of the Association")
    assert form["abstract"].strip() == "An abstract that only the page has."
    assert form["url"] == PAGE["url"]
    assert "Schema linking is the key" in form["note"]
    client.post("/papers", data=form)
    paper = client.get("/api/v1/papers/wang2020ratsql").json()
    assert paper["metadata_source"] == f"doi:{RAT}"


def test_a_failed_lookup_keeps_what_the_page_said(client: TestClient, doi: DoiServer) -> None:
    doi.mode = "500"
    answer = client.post("/papers/lookup", data=lookup_form(captured(client)))
    assert answer.status_code == 503
    form = filled(answer.text)
    assert (form["title"], form["doi"]) == (TITLE, RAT)
    assert "Schema linking is the key" in form["note"]


def test_an_address_alone_waits_in_the_field(client: TestClient, arxiv: ArxivServer) -> None:
    page = client.get("/papers/new", params={"url": "https://arxiv.org/abs/2302.00902"}).text
    assert lookup_form(page)["ids"] == "2302.00902"
    assert arxiv.requests == []
    page = client.get("/papers/new", params={"url": "https://openreview.net/pdf?id=abc"}).text
    assert lookup_form(page)["ids"] == "https://openreview.net/forum?id=abc"
    answer = client.post("/papers/lookup", data=lookup_form(page))
    assert answer.status_code == 422
    assert "names no arXiv id and no DOI" in answer.text
    assert filled(answer.text)["url"] == "https://openreview.net/forum?id=abc"


@pytest.mark.parametrize("by", ["doi", "url", "arxiv"])
def test_a_page_whose_paper_is_held_leads_to_it(client: TestClient, by: str) -> None:
    body = {
        "doi": {"title": TITLE, "doi": RAT.upper()},
        "url": {"title": "Another title", "url": "https://openreview.net/forum?id=abc"},
        "arxiv": {"title": LQAE, "arxiv_id": "2302.00902"},
    }[by]
    url = {
        "doi": "https://aclanthology.org/2020.acl-main.677/",
        "url": "https://openreview.net/pdf?id=abc",
        "arxiv": "https://huggingface.co/papers/2302.00902",
    }[by]
    key = client.post("/api/v1/papers", json=body).json()["citekey"]
    client.post(f"/papers/{key}/verdicts", data={"verdict": "try", "reason": "because"})
    page = client.get("/papers/new", params={"url": url, "page_title": "Whatever"}).text
    assert "The library holds this paper already:" in page
    assert f'href="/papers/{key}"' in page
    notice = page[page.index("holds this paper already") :][:600]
    assert "Worth trying" in notice
    if by != "url":
        refused = client.post("/papers", data=filled(page))
        assert refused.status_code == 409
    assert total(client) == 1


def test_a_doi_of_what_may_be_held_under_another_id_is_asked_about(client: TestClient) -> None:
    other = {"title": TITLE, "doi": "10.1000/other", "authors": ["Bailin Wang"], "year": 2020}
    key = client.post("/api/v1/papers", json=other).json()["citekey"]
    for page in (client.post("/papers/lookup", data={"ids": RAT}).text, captured(client)):
        assert "Perhaps the library holds it already:" in page
        assert f'href="/papers/{key}"' in page
    form = filled(page)
    refused = client.post("/papers", data=form)
    assert refused.status_code == 409
    assert "Add it all the same" in refused.text
    assert "Schema linking is the key" in filled(refused.text)["note"]
    again = client.post("/api/v1/papers", json={"doi": RAT})
    assert (again.status_code, again.json()["held"]) == (409, f"/papers/{key}")
    client.post("/papers", data={**form, "force": "1"})
    assert total(client) == 2


def test_a_page_without_tags_becomes_a_link(client: TestClient) -> None:
    page = client.get(
        "/papers/new", params={"url": "https://example.org/blog#top", "page_title": "门控 & more"}
    ).text
    form = filled(page)
    assert (form["kind"], form["title"], form["url"]) == (
        "link",
        "门控 & more",
        "https://example.org/blog",
    )
    saved = client.post("/papers", data=form)
    paper = client.get(f"/api/v1{saved.url.path}").json()
    assert (paper["kind"], paper["metadata_source"]) == ("link", "")


def test_hostile_parameters_are_text(client: TestClient) -> None:
    page = client.get(
        "/papers/new",
        params={
            "url": "javascript:alert(1)",
            "title": '"><script>alert(1)</script>' * 100,
            "author": ["\x00\u202e"] * 50,
            "doi": "no doi",
            "arxiv_id": "../../etc",
            "publication_date": "9999/99/99",
            "quote": "![](https://example.org/pixel.png)",
        },
    )
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    form = filled(page.text)
    assert form["url"] == ""
    refused = client.post("/papers", data=form)
    assert refused.status_code == 422
    assert "pixel.png" in filled(refused.text)["note"]
    assert total(client) == 0


def test_another_site_can_fill_the_form_and_not_save(client: TestClient) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Origin": "https://aclanthology.org"}
    page = client.get(f"/papers/new?{urlencode(PAGE, doseq=True)}", headers=headers)
    assert page.status_code == 200
    assert client.post("/papers", data=filled(page.text), headers=headers).status_code == 403
    lookup = client.post("/papers/lookup", data=lookup_form(page.text), headers=headers)
    assert lookup.status_code == 403
    assert total(client) == 0


@pytest.mark.parametrize("path", ["/papers/new", "/settings"])
def test_the_bookmarklet_leads_to_where_its_page_was_served_from(
    client: TestClient, path: str
) -> None:
    page = client.get(path).text
    found = re.search(r'class="button bookmarklet" href="(javascript:[^"]*)"', page)
    assert found
    from html import unescape

    code = unquote(unescape(found[1]))
    assert '"http://testserver/papers/new?"' in code
    assert "ORIGIN" not in code
    assert "//" not in code.replace("http://", ""), "a comment would hide what follows"
    chinese = client.get(path, headers={"Accept-Language": "zh"}).text
    assert "书签栏" in chinese


def test_what_nobody_has_is_named(client: TestClient) -> None:
    answer = client.post("/papers/lookup", data={"ids": "10.1234/nobody 2302.99999"})
    assert answer.status_code == 404
    assert "Neither arXiv nor 127.0.0.1 knows these" in answer.text
