"""Authors, tags, venues and years have pages; names are joined and parted, tags renamed."""

import re
from collections.abc import Iterable

import pytest
from fastapi.testclient import TestClient

from app.database import Database
from tests.conftest import counted

PAPERS = (
    ("Nets that see", ["Yann LeCun", "San Zhang"], 1998, "NIPS", ["vision", "nets"]),
    ("Nets that read", ["Y. LeCun"], 2001, "Neural Computation", ["nets"]),
    ("Tables", ["张三", "Ada Byron"], 2001, "VLDB", ["tables/sql"]),
)


@pytest.fixture(autouse=True)
def library(client: TestClient) -> None:
    for title, authors, year, venue, tags in PAPERS:
        given = {"title": title, "authors": authors, "year": year, "venue": venue, "tags": tags}
        assert client.post("/api/v1/papers", json=given).status_code == 201


def author_id(client: TestClient, name: str) -> int:
    found = client.get("/authors", params={"name": name})
    number = re.search(r"/authors/(\d+)", str(found.url))
    assert number, name
    return int(number[1])


def titles(page: str) -> list[str]:
    return re.findall(r"data-open[^>]*>([^<]+)</a></h2>", page)


def undo_of(page: str) -> str:
    found = re.search(r'action="(/[^"]+/undo)"', page)
    assert found
    return found[1]


def test_each_word_on_a_paper_leads_to_its_page(client: TestClient) -> None:
    page = client.get("/papers").text
    for address in re.findall(r'href="(/(?:authors|tags|venues|years)[/?][^"]+)"', page):
        assert client.get(address.replace("&amp;", "&")).status_code == 200, address
    assert "/tags/tables/sql" in page
    shown = client.get("/authors?name=Ada+Byron")
    assert titles(shown.text) == ["Tables"]
    assert "<h1" in shown.text
    assert ">Ada Byron</h1>" in shown.text


def test_names_of_one_author_are_joined_and_parted(client: TestClient) -> None:
    full, short = author_id(client, "Yann LeCun"), author_id(client, "Y. LeCun")
    page = client.get(f"/authors/{full}").text
    assert titles(page) == ["Nets that see"]
    assert f'value="{short}"' in page  # it may be the same, and is offered
    joined = client.post(f"/authors/{full}/join", data={"other": str(short)})
    assert titles(joined.text) == ["Nets that read", "Nets that see"]
    assert "Y. LeCun is one author with Yann LeCun now." in joined.text
    assert str(client.get(f"/authors/{short}").url).endswith(f"/authors/{full}")
    # What papers print stays; filters know that the names are one.
    assert client.get("/api/v1/papers?q=author:yann").json()["total"] == 2
    assert client.get(f"/api/v1/papers?author={short}").json()["total"] == 2
    assert "Y. LeCun" in client.get("/api/v1/papers?q=read").json()["items"][0]["authors"]
    # And back.
    parted = client.post(undo_of(joined.text))
    assert titles(parted.text) == ["Nets that read"]
    assert client.get("/api/v1/papers?q=author:yann").json()["total"] == 1
    again = client.post(undo_of(parted.text))
    assert len(titles(again.text)) == 2


def test_a_chinese_name_may_be_a_latin_one(client: TestClient) -> None:
    han, latin = author_id(client, "张三"), author_id(client, "San Zhang")
    assert f'value="{latin}"' in client.get(f"/authors/{han}").text
    assert f'value="{han}"' in client.get(f"/authors/{latin}").text


def test_what_was_joined_to_a_name_goes_with_it(client: TestClient) -> None:
    numbers = [author_id(client, name) for name in ("Yann LeCun", "Y. LeCun", "Ada Byron")]
    full, short, ada = numbers
    client.post(f"/api/v1/authors/{short}/names", json={"id": ada})
    detail = client.post(f"/api/v1/authors/{full}/names", json={"name": "Y. LeCun"}).json()
    assert {each["name"] for each in detail["names"]} == {"Yann LeCun", "Y. LeCun", "Ada Byron"}
    assert detail["papers"] == 3
    left = client.delete(f"/api/v1/authors/{full}/names/{short}").json()
    assert [each["name"] for each in left["names"]] == ["Yann LeCun"]
    apart = client.get(f"/api/v1/authors/{short}").json()
    assert {each["name"] for each in apart["names"]} == {"Y. LeCun", "Ada Byron"}


def test_an_author_is_listed_once_whatever_the_names(client: TestClient) -> None:
    full, short = author_id(client, "Yann LeCun"), author_id(client, "Y. LeCun")
    client.post(f"/api/v1/authors/{full}/names", json={"id": short})
    listed = client.get("/api/v1/authors").json()
    assert listed["total"] == 4
    assert listed["items"][0] == {"id": full, "name": "Yann LeCun", "papers": 2}
    found = client.get("/api/v1/authors?q=Y.+LeCun").json()["items"]
    assert [each["name"] for each in found] == ["Yann LeCun"]


def test_nobody_is_joined_to_nobody(client: TestClient) -> None:
    ada = author_id(client, "Ada Byron")
    page = client.post(f"/authors/{ada}/join", data={"name": "Grace Hopper"})
    assert page.status_code == 422
    assert 'value="Grace Hopper"' in page.text
    assert "No author is called" in page.text
    assert client.post(f"/authors/{ada}/join", data={"other": str(ada)}).status_code == 409
    assert client.post(f"/api/v1/authors/{ada}/names", json={"id": 999}).status_code == 404
    assert client.post(f"/api/v1/authors/{ada}/names", json={}).status_code == 422
    assert client.get("/authors/999").status_code == 404
    assert client.post(f"/authors/{ada}/part").status_code == 409


def test_a_tag_is_renamed_on_all_its_papers(client: TestClient) -> None:
    assert titles(client.get("/tags/nets").text) == ["Nets that read", "Nets that see"]
    done = client.post("/tags/rename", data={"tag": "nets", "name": "neural networks"})
    assert "/tags/neural%20networks" in str(done.url)
    assert len(titles(done.text)) == 2
    assert client.get("/tags/nets").status_code == 404
    back = client.post(undo_of(done.text))
    assert len(titles(back.text)) == 2
    assert str(back.url).endswith("/tags/nets")
    assert client.get("/tags/neural%20networks").status_code == 404


def test_a_tag_renamed_to_one_that_is_there_asks_to_merge(client: TestClient) -> None:
    asked = client.post("/tags/rename", data={"tag": "nets", "name": "Vision"})
    assert asked.status_code == 409
    assert 'name="merge"' in asked.text
    assert "(papers: 1)" in asked.text
    assert client.get("/api/v1/tags/nets").json()["papers"] == 2  # nothing was done
    done = client.post("/tags/rename", data={"tag": "nets", "name": "Vision", "merge": "1"})
    assert len(titles(done.text)) == 2
    assert client.get("/api/v1/tags/nets").status_code == 404
    client.post(undo_of(done.text))
    assert client.get("/api/v1/tags/nets").json()["papers"] == 2
    assert client.get("/api/v1/tags/vision").json()["papers"] == 1


def test_a_tag_is_deleted_and_comes_back(client: TestClient) -> None:
    gone = client.request("DELETE", "/api/v1/tags/tables/sql").json()
    assert gone == {"name": "", "papers": 1, "change": gone["change"]}
    assert client.get("/api/v1/papers?q=tables").json()["items"][0]["tags"] == []
    back = client.post(f"/api/v1/tag-changes/{gone['change']}/undo").json()
    assert back == {"name": "tables/sql", "papers": 1, "change": None}
    assert client.post(f"/api/v1/tag-changes/{gone['change']}/undo").status_code == 404
    page = client.post("/tags/delete", data={"tag": "tables/sql"})
    assert "Papers that wore it: 1." in page.text
    assert titles(client.post(undo_of(page.text)).text) == ["Tables"]


def test_a_form_that_was_open_does_not_bring_the_old_tag_back(client: TestClient) -> None:
    (paper,) = client.get("/api/v1/papers?q=see").json()["items"]
    url = f"/api/v1/papers/{paper['citekey']}"
    etag = client.get(url).headers["ETag"]
    client.patch("/api/v1/tags/nets", json={"name": "networks"})
    stale = client.patch(url, json={"tags": paper["tags"]}, headers={"If-Match": etag})
    assert stale.status_code == 412


@pytest.mark.parametrize(
    ("name", "said"), [("", "Give a name"), ("a, b", "comma"), ("x" * 301, "Shorten")]
)
def test_what_cannot_be_a_tag_is_said(client: TestClient, name: str, said: str) -> None:
    page = client.post("/tags/rename", data={"tag": "nets", "name": name})
    assert page.status_code == 422
    assert said in page.text
    assert client.patch("/api/v1/tags/nets", json={"name": name}).status_code == 422
    assert client.get("/api/v1/tags/nets").json()["papers"] == 2


def test_a_tag_may_be_written_in_another_case(client: TestClient) -> None:
    done = client.patch("/api/v1/tags/nets", json={"name": "Nets"}).json()
    assert done["name"] == "Nets"
    assert done["papers"] == 2
    back = client.post(f"/api/v1/tag-changes/{done['change']}/undo").json()
    assert back["name"] == "nets"
    assert back["papers"] == 2


def test_a_venue_has_its_papers_and_its_other_names(client: TestClient) -> None:
    given = {"title": "More nets", "venue": "Advances in Neural Computation", "year": 2003}
    client.post("/api/v1/papers", json=given)
    assert titles(client.get("/venues/NIPS").text) == ["Nets that see"]
    assert client.get("/api/v1/venues/VLDB").json()["papers"] == 1
    assert client.get("/api/v1/venues/Neural").status_code == 404  # no venue is called so
    assert "No paper says so" in client.get("/venues/Neural").text
    assert [each["papers"] for each in client.get("/api/v1/venues").json()["items"]] == [1] * 4


def test_a_year_leads_to_the_ones_beside_it(client: TestClient) -> None:
    page = client.get("/years/2001").text
    assert len(titles(page)) == 2
    assert 'href="/years/1998"' in page
    assert client.get("/api/v1/years").json()["items"] == [
        {"name": "2001", "papers": 2},
        {"name": "1998", "papers": 1},
    ]
    assert client.get("/years/1066").status_code == 200
    assert client.get("/years/abc").status_code == 422


def test_what_is_in_the_trash_is_not_counted(client: TestClient) -> None:
    for paper in client.get("/api/v1/papers").json()["items"]:
        client.delete(f"/api/v1/papers/{paper['citekey']}")
    for kind in ("authors", "venues", "years"):
        assert client.get(f"/api/v1/{kind}").json()["total"] == 0
        assert client.get(f"/{kind}").status_code == 200
    assert {each["papers"] for each in client.get("/api/v1/tags").json()["items"]} == {0}
    assert "No paper wears this tag" in client.get("/tags/nets").text


def test_an_empty_library_says_what_to_do(client: TestClient, addresses: Iterable[str]) -> None:
    for address in addresses:
        page = client.get(address)
        assert page.status_code == 200


@pytest.fixture
def addresses() -> tuple[str, ...]:
    return (
        "/authors?q=nobody",
        "/authors?q=%25",
        "/papers?author=%25",
        "/tags?q=none",
        "/venues?q=none",
        "/authors?page=9",
        "/tags?page=9",
    )


def test_a_list_under_a_name_takes_as_many_statements_whatever_it_holds(
    client: TestClient, db: Database
) -> None:
    def statements(*addresses: str) -> list[int]:
        found: list[int] = []
        for address in addresses:
            client.post("/api/v1/papers", json={"title": address, "force": True})
            with counted(db) as seen:
                assert client.get(address).status_code == 200
            found.append(len(seen))
        return found

    ada = author_id(client, "Ada Byron")
    pages = (f"/authors/{ada}", "/tags/nets", "/venues/VLDB", "/years/2001", "/authors", "/tags")
    before = statements(*pages)
    for number in range(12):
        given = {"title": f"Paper {number}", "authors": ["Ada Byron", f"A{number} Byron"]}
        more = {"tags": ["nets", f"t{number}"], "year": 2001, "venue": "VLDB"}
        client.post("/api/v1/papers", json=given | more)
    assert statements(*pages) == before


def test_a_venue_names_its_other_years(client: TestClient) -> None:
    for year in (2021, 2022):
        given = {"title": f"Of {year}", "venue": f"ACL {year}", "year": year, "force": True}
        client.post("/api/v1/papers", json=given)
    possible = client.get("/api/v1/venues/ACL 2021").json()["possible"]
    assert possible == [{"name": "ACL 2022", "papers": 1}]


def test_numbers_in_names_are_put_in_order_by_their_size(client: TestClient) -> None:
    tags = ["round 10", "Round 9", "round 1", "第10轮", "第2轮", "round 007"]
    given = {"title": "Rounds", "tags": tags, "venue": "Track 10"}
    assert client.post("/api/v1/papers", json=given).json()["tags"] == (
        ordered := ["round 1", "round 007", "Round 9", "round 10", "第2轮", "第10轮"]
    )
    client.post("/api/v1/papers", json={"title": "Other rounds", "venue": "Track 9"})
    assert client.get("/api/v1/papers/rounds").json()["tags"] == ordered
    pages = client.get("/papers?q=rounds").text, client.get("/papers/rounds").text
    for page in pages:
        shown = re.findall(r'class="chip tag"[^>]*>([^<]+)<', page)
        assert shown[-len(tags) :] == ordered
    assert 'value="round 1, round 007, Round 9, round 10, 第2轮, 第10轮"' in (
        client.get("/papers/rounds/edit").text
    )
    listed = re.findall(r"<bdi>(round[^<]+|第[^<]+)</bdi>", client.get("/tags").text, re.IGNORECASE)
    assert listed == ordered
    venues = re.findall(r"<bdi>(Track \d+)</bdi>", client.get("/venues").text)
    assert venues == ["Track 9", "Track 10"]
