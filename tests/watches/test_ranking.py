"""What comes stands in the queue by the verdicts and by the open cells that it may touch."""

import json
import lzma
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from tests.databases import Template
from tests.feed_server import Announced, FeedServer

# Text-to-SQL, and attention that a question guides: what the starter library's verdicts are for.
FIT = (
    *("1809.05054", "1908.01839", "1806.09029", "1804.09769", "1804.08338", "1808.06304"),
    *("1702.01168", "1902.00031", "1805.04247", "1711.06794", "1604.01485", "1511.05234"),
)
_NEAR = re.compile(
    r"\bSQL\b|question answering|\bVQA\b|semantic pars|natural language interface", re.I
)
DAY = timedelta(days=1)


@pytest.fixture
def settings(settings: Settings, starter_library: Template, tmp_path: Path) -> Settings:
    made = starter_library.restored(tmp_path / "starter")
    return settings.model_copy(update={"library": made.library, "database_url": made.database_url})


def records(shared: Path) -> Iterator[dict[str, object]]:
    with lzma.open(shared / "data/arxiv-100k.jsonl.xz", "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def listing(shared: Path) -> list[Announced]:
    """300 real papers of cs.CL, cs.CV and cs.DB: the fitting twelve, and others that are about
    something else."""
    fitting, others = [], []
    for each in records(shared):
        paper = Announced(
            str(each["arxiv_id"]),
            str(each["title"]),
            str(each["abstract"]),
            categories=(str(each["primary_category"]),),
        )
        if paper.id in FIT:
            fitting.append(paper)
        elif paper.categories[0] in ("cs.CL", "cs.CV", "cs.DB") and not _NEAR.search(paper.title):
            others.append(paper)
    assert len(fitting) == len(FIT)
    chosen = others[:: len(others) // 288][:288]
    return [
        paper
        for n, paper in enumerate(chosen)
        for paper in (paper, *fitting[n // 24 : n // 24 + (n % 24 == 0)])
    ]


def test_of_three_hundred_the_twelve_that_fit_stand_in_front(
    settings: Settings, shared_dir: Path, server: FeedServer
) -> None:
    server.listed, server.day = listing(shared_dir), datetime.now(UTC)
    assert len(server.listed) == 300
    with TestClient(create_app(settings)) as client:
        number = client.post("/api/v1/watches", json={"target": "cs.CL cs.CV cs.DB"}).json()["id"]
        ask(client, number)
        item = client.get(f"/api/v1/watches/{number}").json()
        query = {"q": f"watch:{number}", "limit": "100"}
        queue = client.get("/api/v1/queue", params=query).json()
        assert item["new"] == queue["waiting"] == 300
        keys = {
            client.get("/api/v1/papers", params={"arxiv": each}).json()["items"][0]["citekey"]
            for each in FIT
        }
        places = [n for n, each in enumerate(queue["items"], 1) if each["citekey"] in keys]
        front = [each for each in queue["items"][:30] if each["citekey"] in keys]
        print("places of the twelve:", places)
        for each in front:
            print("-", each["title"], "|", each["because"], "|", each["sentence"])
        assert len(front) >= 10
        assert all(each["sentence"] for each in front)
        page = client.get(f"/watches/{number}").text
        assert "May touch the open cell:" in page
        server.day += DAY
        ask(client, number)
        again = client.get(f"/api/v1/watches/{number}").json()
        assert (again["brought"], again["new"]) == (300, 300)


def ask(client: TestClient, number: int) -> None:
    import time

    client.post(f"/api/v1/watches/{number}/ask")
    for _ in range(3_000):
        item = client.get(f"/api/v1/watches/{number}").json()
        if not item["is_asked"]:
            assert not item["problem"], item
            return
        time.sleep(0.02)
    raise AssertionError("it does not end")
