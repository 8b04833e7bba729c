"""How well search ranks: nDCG@10 and recall@100 on the test collections that are there.

`python -m tests.bench.retrieval [--database …]`: by the library's own rows and ranking, as a page
asks for them. Nothing is tuned to queries that are not in `../shared/data/retrieval`
(PERFORMANCE.md's table is the goal).
"""

import argparse
import json
import math
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from psycopg.sql import SQL, Identifier
from sqlalchemy import insert

from app.database import Database
from app.models import Paper
from app.search import service as search
from app.search.retrieval import run_query
from app.settings import Settings
from app.startup import open_library
from tests import postgres
from tests.conftest import SHARED

QUERIES = 1_000  # of one collection, spread over all
COLLECTIONS = SHARED / "data" / "retrieval"


def main(arguments: Sequence[str] = ()) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    given = parser.parse_args(arguments)
    if given.database != "postgresql":
        print("SQLite")
        on(None)
    if given.database != "sqlite":
        print("PostgreSQL")
        with postgres.server() as socket:
            on(socket)


def on(socket: Path | None) -> None:
    """Measure every collection in a library of its own; with `socket`, on that PostgreSQL."""
    for folder in sorted(COLLECTIONS.glob("*/")):
        url = ""
        if socket:
            postgres.execute(socket, SQL("CREATE DATABASE {}").format(Identifier(folder.name)))
            url = postgres.url(socket, folder.name)
        with tempfile.TemporaryDirectory() as library:
            settings = Settings(
                _env_file=None, library=Path(library), starter=False, database_url=url
            )
            database = open_library(settings)
            names = fill(database, lines(folder / "corpus.jsonl"))
            for qrels in sorted((folder / "qrels").glob("*.tsv")):
                measure(database, folder, qrels, names)
            database.close()


def lines(file: Path) -> Iterator[dict[str, str]]:
    with file.open(encoding="utf-8") as opened:
        yield from map(json.loads, opened)


def fill(database: Database, corpus: Iterator[dict[str, str]]) -> dict[int, str]:
    """Make a paper of every document; the documents' names by the papers' ids."""
    names = {}
    rows = []
    empty = Paper(citekey="", title="").model_dump(exclude={"id"})
    for number, each in enumerate(corpus, 1):
        names[number] = each["_id"]
        rows.append(
            {
                **empty,
                "citekey": f"d{number}",
                "citekey_folded": f"d{number}",
                "title": each["title"],
                "abstract": each["text"],
            }
        )
    with database.write() as session:
        session.connection().execute(insert(Paper), rows)
        search.papers_added(session, names)  # an empty library numbers its rows from one
    search.settle_index(database)  # as every import does
    return names


def measure(database: Database, folder: Path, qrels: Path, names: Mapping[int, str]) -> None:
    relevant: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for row in qrels.read_text("utf-8").splitlines()[1:]:
        asked, document, score = row.split("\t")
        if int(score) > 0:
            relevant[asked][document] = int(score)
    gains, recalls, took = [], [], []
    queries = [query for query in lines(folder / "queries.jsonl") if query["_id"] in relevant]
    for query in queries[:: max(1, len(queries) // QUERIES)]:
        wanted = relevant[query["_id"]]
        began = time.perf_counter()
        with database.read() as session:
            found = run_query(
                session, search.parse_query(query["text"]), kinds=("paper",), papers=100
            )
        took.append((time.perf_counter() - began) * 1000)
        ranking = [names[key[0]] for _, key in found.found]
        gains.append(ndcg(ranking, wanted))
        recalls.append(len(wanted.keys() & set(ranking[:100])) / len(wanted))
    took.sort()
    print(
        f"{folder.name} {qrels.stem}: {len(gains)} queries,"
        f" nDCG@10 {sum(gains) / len(gains):.3f}, recall@100 {sum(recalls) / len(recalls):.3f};"
        f" ms p50 {took[len(took) // 2]:.1f}, p95 {took[int(len(took) * 0.95)]:.1f},"
        f" max {took[-1]:.1f}"
    )


def ndcg(ranking: Sequence[str], relevant: Mapping[str, int], at: int = 10) -> float:
    """Normalised discounted cumulative gain, as trec_eval has it."""
    gain = sum(
        relevant.get(document, 0) / math.log2(place + 2)
        for place, document in enumerate(ranking[:at])
    )
    ideal = sorted(relevant.values(), reverse=True)[:at]
    return gain / sum(score / math.log2(place + 2) for place, score in enumerate(ideal))


if __name__ == "__main__":
    main(sys.argv[1:])
