"""Similar papers on a paper's page, with the reason."""

import re

from fastapi.testclient import TestClient

from app.database import Database
from tests.conftest import counted


def add(client: TestClient, title: str, **given: object) -> str:
    answer = client.post("/api/v1/papers", json={"title": title, **given})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["citekey"])


def similar(client: TestClient, citekey: str) -> list[tuple[str, str]]:
    """Citation keys and reasons."""
    page = client.get(f"/papers/{citekey}").text
    found = re.search(r"<h2>Similar papers</h2>(.*?)</section>", page, re.DOTALL)
    rows = (
        re.findall(r'href="/papers/([^"]+)".*?<small[^>]*>(.*?)</small>', found[1], re.DOTALL)
        if found
        else []
    )
    return [(key, re.sub("<[^>]+>", "", why)) for key, why in rows]


def test_papers_are_similar_by_their_words(reader: TestClient) -> None:
    one = add(reader, "Zebra stripes deter tsetse flies", abstract="Flies avoid stripes.")
    two = add(reader, "Why flies land on no zebra", abstract="The stripes of a zebra.")
    add(reader, "A chapter on whales")
    ((key, why),) = similar(reader, one)
    assert key == two
    # Which of them tell most is the engine's to estimate.
    assert len({"zebra", "flies", "stripes"} & set(re.findall(r"\w+", why))) >= 2


def test_papers_are_similar_by_what_they_are_filed_under(reader: TestClient) -> None:
    one = add(reader, "Alpha", techniques=["gated-fusion"])
    assert ("zhang2020uvrnmt", "Gated fusion") in similar(reader, one)


def test_chinese_papers_are_similar_by_their_words(reader: TestClient) -> None:
    one = add(reader, "斑马条纹的作用", abstract="条纹使苍蝇远离斑马。")
    two = add(reader, "苍蝇与斑马", abstract="苍蝇不落在条纹上。")
    keys = [key for key, _ in similar(reader, one)]
    assert keys == [two]


def test_a_paper_in_the_trash_is_similar_to_nothing(reader: TestClient) -> None:
    one = add(reader, "Zebra stripes deter flies")
    two = add(reader, "Zebra stripes and flies")
    assert similar(reader, one)
    reader.delete(f"/api/v1/papers/{two}")
    assert similar(reader, one) == []


def test_similar_papers_take_a_constant_number_of_statements(
    reader: TestClient, db: Database
) -> None:
    one = add(reader, "Zebra stripes deter flies", techniques=["gated-fusion"])
    add(reader, "Zebra stripes and flies 0", techniques=["gated-fusion"])

    def statements() -> int:
        with counted(db) as seen:
            reader.get(f"/papers/{one}")
        return len(seen)

    before = statements()
    for n in range(1, 9):
        add(reader, f"Zebra stripes and flies {n}", techniques=["gated-fusion"])
    assert statements() == before
