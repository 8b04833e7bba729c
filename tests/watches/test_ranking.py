"""What comes stands in the queue by the verdicts and by the open cells that it may touch.

`fixtures/listing.jsonl.xz` are real papers of arXiv's metadata (CC0): 300 of one listing, of which
twelve fit (Text-to-SQL, and attention that a question guides), and 35 of others that were judged.
"""

import json
import lzma
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.main import create_app
from app.queue.rules import fuse_orders
from app.settings import Settings
from tests.databases import Template
from tests.feed_server import Announced, FeedServer

LISTING = Path(__file__).parent / "fixtures/listing.jsonl.xz"


@pytest.fixture
def settings(settings: Settings, starter_library: Template, tmp_path: Path) -> Settings:
    made = starter_library.restored(tmp_path / "starter")
    return settings.model_copy(update={"library": made.library, "database_url": made.database_url})


def read_listing() -> list[dict[str, str]]:
    with lzma.open(LISTING, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def announced(papers: list[dict[str, str]]) -> list[Announced]:
    """The fitting ones here and there among the others."""
    fitting = [each for each in papers if each["role"] == "fits"]
    others = [each for each in papers if each["role"] == "other"]
    step = len(others) // len(fitting)
    listed: list[dict[str, str]] = []
    for n, each in enumerate(fitting):
        listed += [*others[n * step : (n + 1) * step], each]
    return [
        Announced(each["id"], each["title"], each["abstract"], each["authors"]) for each in listed
    ]


def judge(client: TestClient, papers: list[dict[str, str]]) -> None:
    for each in papers:
        verdict = {"liked": "try", "disliked": "no"}.get(each["role"])
        if not verdict:
            continue
        body = {"arxiv_id": each["id"], "title": each["title"], "abstract": each["abstract"]}
        answer = client.post("/api/v1/papers", json=body)
        if answer.status_code == 201:  # the starter library has one
            given = {"verdict": verdict, "reason": "By title and abstract."}
            path = f"/api/v1/papers/{answer.json()['citekey']}/verdicts"
            assert client.post(path, json=given).status_code == 201


def ask(client: TestClient, number: int) -> dict[str, object]:
    client.post(f"/api/v1/watches/{number}/ask")
    for _ in range(3_000):
        item: dict[str, object] = client.get(f"/api/v1/watches/{number}").json()
        if not item["is_asked"]:
            assert not item["problem"], item
            return item
        time.sleep(0.02)
    raise AssertionError("it does not end")


def test_of_three_hundred_the_twelve_that_fit_stand_in_front(
    settings: Settings, server: FeedServer
) -> None:
    papers = read_listing()
    server.listed, server.day = announced(papers), datetime.now(UTC)
    assert len(server.listed) == 300
    fitting = {each["title"] for each in papers if each["role"] == "fits"}
    with TestClient(create_app(settings)) as client:
        judge(client, papers)
        number = client.post("/api/v1/watches", json={"target": "cs.CL cs.CV cs.DB"}).json()["id"]
        assert ask(client, number)["new"] == 300
        query = {"q": f"watch:{number}", "limit": "100"}
        items = client.get("/api/v1/queue", params=query).json()["items"]
        front = [(n, each) for n, each in enumerate(items, 1) if each["title"] in fitting]
        for n, each in front:
            print(f"{n}. {each['title']}\n   {each['because']}\n   {each['sentence']}")
        assert sum(n <= 30 for n, _ in front) >= 11
        assert all(each["sentence"] for _, each in front)
        page = client.get(f"/watches/{number}").text
        assert "May touch the open cell:" in page
        assert 'href="/comparisons/vqa-text-to-sql/' in page
        server.day += timedelta(days=1)
        again = ask(client, number)
        assert (again["brought"], again["new"]) == (300, 300)


def test_open_cells_raise_what_touches_them() -> None:
    scores = {1: 0.9, 2: 0.8, 3: 0.7, 4: 0.6}
    assert fuse_orders(scores, {}) == scores
    assert fuse_orders(scores, {9: 1.0}) == scores  # it does not wait
    fused = fuse_orders(scores, {4: 0.2})
    assert sorted(fused, key=lambda n: -fused[n])[0] == 4
    alone = fuse_orders({}, {1: 0.1, 2: 0.4})  # no verdict yet
    assert alone[2] > alone[1]
