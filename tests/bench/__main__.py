"""`make bench`: what a page costs, how the server bears 32 readers at once; pages served, a bare
page beside them (`pages`); how well search ranks (`retrieval`), how fast it and an import are
beside the bare engines (`searching`); whether a draft is known for a paper of the library
(`matching`); how well *What next* chooses (`what_next`).

Prints; asserts nothing. Figures belong to the machine they were taken on: compare ratios.
"""

import asyncio
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
from fastapi.testclient import TestClient

from app.comparison.rules import ComparisonInput
from app.comparison.service import create_comparison
from app.database import Database
from app.library import service
from app.library.rules import PaperInput
from app.main import create_app
from app.models import Issue, Kind, Technique
from app.settings import Settings
from app.startup import open_library
from tests.bench import comparison, matching, pages, retrieval, searching, what_next
from tests.conftest import counted

SIZES = (50, 5_000)  # papers
ROUNDS = 30
PAGES = (
    "/",
    "/papers",
    "/papers?verdict=unread&sort=title",
    "/papers?q=attention+%E5%AF%B9%E9%BD%90",
    "/papers/kim2021vilt",
    "/search?q=%E9%97%A8%E6%8E%A7",
    "/comparisons/vqa-text-to-sql",
    "/comparisons/vqa-text-to-sql/gated-fusion/distractor-content",
    "/api/v1/papers",
    "/api/v1/complete?q=att&for=link",
)
MANY = 1_000  # papers changed in one go
TERMS = 4_000  # techniques and issues, half of each
WORDS = (
    "attention",
    "contrastive",
    "gated",
    "alignment",
    "schema",
    "linking",
    "对齐",
    "门控",
    "注意力",
    "泛化",
    "数据库",
    "知识",
)


def main() -> None:
    print(f"{platform.python_version()} on {platform.machine()}, {os.cpu_count()} cores")
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            settings = Settings(_env_file=None, library=Path(folder), allowed_hosts=["testserver"])
            began = time.perf_counter()
            open_library(settings).close()
            print(f"\nfirst start with the starter library: {time.perf_counter() - began:.2f} s")
            fill(settings, size)
            costs(settings, size)
            with served(settings) as address:
                for connections in (1, 8, 32):
                    asyncio.run(load(address, connections))
    comparison.main()
    print("\nWhat next")
    what_next.main()
    pages.main()
    print("\nRanking")
    retrieval.main()
    searching.main()
    print("\nDo I have this already?")
    matching.main()


def fill(settings: Settings, size: int) -> None:
    """Papers made of a few words in both languages, added through the service."""
    database = open_library(settings)
    began = time.perf_counter()
    with database.write() as session:
        for number in range(size):
            words = [WORDS[(number * k + k) % len(WORDS)] for k in (1, 3, 5, 7)]
            given = PaperInput(
                title=f"{' '.join(words)} {number}",
                kind=Kind.PAPER,
                authors=[f"Ada Author{number % 97}", f"Ben Writer{number % 53}"],
                year=1990 + number % 35,
                abstract=" ".join(WORDS) * 5,
                tags=[WORDS[number % len(WORDS)]],
            )
            service.create_paper(session, given)
    took = time.perf_counter() - began
    print(f"{size} papers added with their index: {took:.1f} s, {size / took:.0f} a second")
    database.close()


def costs(settings: Settings, size: int) -> None:
    """Median and 95th percentile of each page in one process, its SQL statements, its size."""
    with TestClient(create_app(settings)) as client:
        print(f"{size} papers more than the starter library:   ms p50    p95   SQL   kB")
        for path in PAGES:
            with counted(client.app.state.database) as statements:  # type: ignore[attr-defined]
                answer = client.get(path)
            assert answer.status_code == 200, (path, answer.status_code)
            took = sorted(timed(lambda path=path: client.get(path)) for _ in range(ROUNDS))  # type: ignore[misc]
            print(
                f"  {path:<62} {statistics.median(took):6.1f} {took[int(ROUNDS * 0.95)]:6.1f}"
                f" {len([s for s in statements if not s.startswith('BEGIN')]):5}"
                f" {len(answer.content) / 1024:6.0f}"
            )
        if size < MANY:
            return
        keys = [line.split()[0] for line in client.get("/bulk/keys").text.splitlines()[:MANY]]
        change = {"citekeys": keys, "add_tags": ["ticked"]}
        took = [timed(lambda: client.post("/api/v1/papers/bulk", json=change).raise_for_status())]
        print(f"  a tag for {len(keys)} papers at once: {took[0]:.0f} ms")
        add_terms(client.app.state.database)  # type: ignore[attr-defined]
        for path in ("/api/v1/complete?q=att&for=link", "/api/v1/complete?q=jishu&for=link"):
            client.get(path)
            took = [timed(lambda path=path: client.get(path)) for _ in range(ROUNDS)]  # type: ignore[misc]
            print(f"  {path}, {TERMS} terms: {statistics.median(took):.1f} ms")
        for path in (
            "/issues/issue-7",
            "/issues/issue-7",
            "/techniques/technique-7",
            "/jump?q=att",
        ):
            print(f"  {path}, {TERMS} terms: {timed(lambda path=path: client.get(path)):.0f} ms")  # type: ignore[misc]


def add_terms(database: Database) -> None:
    """Techniques and issues made of a few words in both languages, the issues columns of a
    comparison, so that what waits to be read is looked through for them."""
    with database.write() as session:
        for number in range(TERMS // 2):
            english = f"{WORDS[number % 6]} {WORDS[number * 5 % 6]} {number}"
            for kind, model in (("technique", Technique), ("issue", Issue)):
                term = model(slug=f"{kind}-{number}", name_en=english, name_zh=f"技术{number}")
                session.add(term)
    with database.write() as session:
        rows, columns = ([f"{kind}-{n}" for n in range(40)] for kind in ("technique", "issue"))
        given = ComparisonInput(title_en="Many", slug="many", rows=rows, columns=columns)
        create_comparison(session, given)


def timed(work: Callable[[], object]) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


@contextmanager
def served(settings: Settings) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {**os.environ, "CROSSWALK_LIBRARY": str(settings.library)}
    command = [sys.executable, "-m", "app.cli", "serve", "--port", str(port)]
    began = time.perf_counter()
    with subprocess.Popen(command, env=env) as server:
        address = f"http://127.0.0.1:{port}"
        while True:
            try:
                httpx2.get(f"{address}/healthz")
                break
            except httpx2.TransportError:
                time.sleep(0.02)
        print(f"server ready after {time.perf_counter() - began:.2f} s")
        try:
            yield address
        finally:
            server.terminate()


async def load(address: str, connections: int, requests: int = 400) -> None:
    """A bounded number of list pages over loopback, at so many connections."""
    took: list[float] = []
    waiting = iter(range(requests))

    async with httpx2.AsyncClient(timeout=60) as client:

        async def reader() -> None:
            for _ in waiting:
                began = time.perf_counter()
                answer = await client.get(f"{address}/papers")
                assert answer.status_code == 200
                took.append((time.perf_counter() - began) * 1000)

        began = time.perf_counter()
        await asyncio.gather(*(reader() for _ in range(connections)))
        whole = time.perf_counter() - began
    took.sort()
    print(
        f"/papers at {connections:2} connections: {requests / whole:5.0f}/s,"
        f" p50 {statistics.median(took):.0f} ms, p99 {took[int(requests * 0.99)]:.0f} ms"
    )


if __name__ == "__main__":
    main()
