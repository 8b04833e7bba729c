"""The keys that files bring along: kept as citation keys where they can be, else as aliases."""

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from app.database import Database
from app.kit.text import fold
from app.library import bulk, service
from app.library.citekeys import is_citekey, unique_citekey
from app.library.rules import PaperInput
from app.models import Note
from app.notes.references import parse_link


@pytest.mark.parametrize("key", ["Kim2021ViLT", "张2023多模态", "__2024", "a+b:c.d-e", "Ünal2020"])
def test_a_files_key_is_kept_as_it_is_written(client: TestClient, key: str) -> None:
    said = client.post("/api/v1/papers", json={"title": "One", "citekey": key})
    assert said.status_code == 201, said.text
    assert said.json()["citekey"] == key
    address = f"/api/v1/papers/{key}"
    assert client.get(said.headers["location"]).json()["title"] == "One"
    assert (
        client.get(address.swapcase().replace("/API/V1/PAPERS", "/api/v1/papers")).json()["citekey"]
        == key
    ), "in any case"
    assert "One" in client.get(f"/papers/{key}").text
    other = client.post("/api/v1/papers", json={"title": "Another", "citekey": key.swapcase()})
    assert other.status_code == 422
    assert "One" in other.json()["errors"]["citekey"]


@pytest.mark.parametrize(
    "key", ["DBLP:conf/nips/VaswaniSPUJGKP17", "two words", "{x}", "issue:9", "New", "-x", "a" * 81]
)
def test_what_cannot_be_in_an_address_is_no_citation_key(key: str) -> None:
    assert not is_citekey(key)


@given(st.text(max_size=12))
def test_what_is_a_citation_key_names_a_paper_in_a_link(key: str) -> None:
    if is_citekey(key):
        link = parse_link(key)
        assert link
        assert next(iter(link.ways)).kind in ("paper", "title", "arxiv")


def test_a_key_is_taken_in_any_case() -> None:
    assert unique_citekey("Kim2021", {"kim2021", "kim2021a"}) == "Kim2021b"


def test_an_alias_is_found_by_links_addresses_and_search(client: TestClient, db: Database) -> None:
    slashed, plain = "DBLP:conf/nips/VaswaniSPUJGKP17", "Vaswani_2017"
    with db.write() as session:
        paper = service.create_paper(session, PaperInput(title="Attention", citekey="v17"))
        other = service.create_paper(session, PaperInput(title="Other", citekey="Other"))
        assert service.add_alias(session, paper, slashed)
        assert service.add_alias(session, paper, plain)
        assert service.add_alias(session, paper, plain.upper()), "it is there already"
        assert service.add_alias(session, paper, "V17"), "its own"
        assert not service.add_alias(session, other, slashed.lower()), "another's"
        assert not service.add_alias(session, other, "v17")
        assert not service.add_alias(session, other, "a\x00b")
        session.add(Note(title="n", body=f"See [[{slashed}]] and [[vaswani_2017]] and [[V17]]."))
    page = client.get("/notes/1").text
    assert page.count('href="/papers/v17"') == 3
    assert 'href="/notes/1"' in client.get("/papers/v17").text, "the paper names the note"
    said = client.get("/papers/VASWANI_2017", follow_redirects=False)
    assert (said.status_code, said.headers["location"]) == (302, "/papers/v17")
    found = client.get("/api/v1/search", params={"q": plain}).json()["items"]
    assert found[0]["key"] == "v17"
    with db.read() as session:
        held = service.get_papers_by_key(session, [slashed.upper(), "OTHER", "nobody"])
        assert {key: each.citekey for key, each in held.items()} == {
            fold(slashed): "v17",
            "other": "Other",
        }


def test_a_paper_is_renamed_to_another_case_and_back_to_a_key_it_had(client: TestClient) -> None:
    client.post("/api/v1/papers", json={"title": "One", "citekey": "kim2021vilt"})
    for key in ("Kim2021ViLT", "other", "kim2021vilt"):
        said = client.patch("/api/v1/papers/KIM2021VILT", json={"citekey": key})
        assert said.json()["citekey"] == key
    assert client.get("/api/v1/papers/Other").json()["citekey"] == "kim2021vilt"
    assert client.post("/api/v1/papers", json={"title": "2", "citekey": "OTHER"}).status_code == 422


def test_after_every_suffix_there_are_numbers_and_none_twice() -> None:
    used: set[str] = set()
    for _ in range(800):
        key = unique_citekey("software", used)
        assert key not in used
        used.add(key)
    assert unique_citekey("software", used - {"softwarea"}) == "softwarea"
    more = used | {f"software-{len(used) + 1}"}  # as another import, of so many, has taken it
    assert unique_citekey("software", more) not in more


def test_keys_that_can_be_nobodys_are_told_apart_over_two_imports(db: Database) -> None:
    for title in ("New ways", "New means"):  # nobody may be called `new`
        with db.write() as session:
            (made,) = bulk.create_papers(session, [PaperInput(title=title)])
            assert made.citekey in ("newa", "newb")
