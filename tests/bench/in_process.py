"""What is asked of a checkout's code in its own process: `python in_process.py WORDS ADDRESS…`, by
that checkout's interpreter, on the library that the environment names.

Prints, as JSON, how many SQL statements each address takes when it is asked for again, and how many
milliseconds the search behind the search page for WORDS takes by itself: the median by the clock,
the mean by the processor.
"""

import json
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from fastapi.testclient import TestClient
from sqlalchemy import Engine, event

from app.database import Database
from app.main import create_app
from app.search import service
from app.settings import Settings

ROUNDS = 50


def main(words: str, addresses: list[str]) -> None:
    app = create_app(Settings(_env_file=None, allowed_hosts=["testserver"]))
    with TestClient(app) as client:
        numbers = {}
        for address in addresses:
            client.get(address).raise_for_status()
            with counted() as statements:
                client.get(address)
            numbers[address] = len(statements)
        took, worked = searched(app.state.database, words)
    print(json.dumps({"statements": numbers, "search": took, "search_work": worked}))


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements of all engines, without those that only begin a transaction."""
    seen: list[str] = []

    def note(*args: object) -> None:
        if not str(args[2]).startswith("BEGIN"):
            seen.append(str(args[2]))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


# What it was called until 0.9.0: an older checkout is measured too.
search = getattr(service, "search_all", None) or service.search  # type: ignore[attr-defined]


def searched(database: Database, words: str) -> tuple[float, float]:
    """The search as the page asks for it: the best of each type, and the counts of filters."""
    took, worked = [], time.process_time()
    for _ in range(ROUNDS):
        began = time.perf_counter()
        with database.read() as session:
            search(session, words, grouped=True, facets=True)
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took), (time.process_time() - worked) / ROUNDS * 1000


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
