"""How good *Similar papers* is, plain BM25 asked with title and abstract beside it.

`python -m tests.bench.similar [--database …]`: nDCG@10 on what is known to belong together: of
SciFact, the abstracts that speak of the same claim; of the starter library, the papers that are
evidence on the same issue (with and without the techniques that they share).
"""

import argparse
import math
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from psycopg.sql import SQL, Identifier
from sqlalchemy.orm import selectinload
from sqlmodel import Session, col, select

from app.database import Database
from app.models import Claim, Evidence, Paper, loader_path
from app.search.index.analysis import analyze
from app.search.query.engine_query import STOPS
from app.settings import Settings
from app.startup import open_library
from tests import postgres
from tests.bench.retrieval import COLLECTIONS, fill, lines, ndcg

_AT = 10


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
    """Measure both libraries; with `socket`, on that PostgreSQL."""
    for name in ("starter", "scifact"):
        url = ""
        if socket:
            postgres.execute(
                socket, SQL("CREATE DATABASE {}").format(Identifier(f"similar_{name}"))
            )
            url = postgres.url(socket, f"similar_{name}")
        with tempfile.TemporaryDirectory() as library:
            starter = name == "starter"
            settings = Settings(
                _env_file=None, library=Path(library), starter=starter, database_url=url
            )
            database = open_library(settings)
            if starter:
                belong = issue_groups(database)
            elif (COLLECTIONS / name).exists():
                belong = claim_groups(database, COLLECTIONS / name)
            else:
                belong = []
            measure(database, name, belong)
            database.close()


def issue_groups(database: Database) -> list[set[str]]:
    """The keys of the papers that are evidence on each issue."""
    found: defaultdict[int, set[str]] = defaultdict(set)
    with database.read() as session:
        rows = session.execute(
            select(col(Claim.issue_id), col(Paper.citekey))
            .join(Evidence, col(Evidence.claim_id) == col(Claim.id))
            .join(Paper, col(Paper.id) == col(Evidence.paper_id))
        )
        for issue, citekey in rows:
            found[issue].add(citekey)
    return list(found.values())


def claim_groups(database: Database, folder: Path) -> list[set[str]]:
    """The keys of the abstracts that speak of each claim of SciFact."""
    keys = {
        name: f"d{number}"
        for number, name in fill(database, lines(folder / "corpus.jsonl")).items()
    }
    found: defaultdict[str, set[str]] = defaultdict(set)
    for row in (folder / "qrels" / "dev.tsv").read_text("utf-8").splitlines()[1:]:
        claim, document, score = row.split("\t")
        if int(score) > 0:
            found[claim].add(keys[document])
    return list(found.values())


def measure(database: Database, name: str, groups: Iterable[set[str]]) -> None:
    relevant: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for group in groups:
        for one in group:
            relevant[one] |= dict.fromkeys(group - {one}, 1)
    asked = sorted(one for one, others in relevant.items() if others)
    if not asked:
        print(f"{name}: nothing is known to belong together")
        return
    with database.read() as session:
        papers = {
            each.citekey: each
            for each in session.exec(
                select(Paper).options(selectinload(loader_path(Paper.techniques)))
            )
        }
        plain = Bm25({key: f"{each.title}\n{each.abstract}" for key, each in papers.items()})
        gains: defaultdict[str, list[float]] = defaultdict(list)
        spent = 0.0
        for one in asked:
            paper, wanted = papers[one], relevant[one]
            began = time.process_time()
            ours = similar_keys(session, paper)
            spent += time.process_time() - began
            gains["ours"].append(ndcg(ours, wanted, _AT))
            gains["BM25"].append(ndcg(plain.ranking(one), wanted, _AT))
            if paper.techniques:
                bare = Paper.model_validate({**paper.model_dump(), "techniques": []})
                gains["ours, by words alone"].append(ndcg(similar_keys(session, bare), wanted, _AT))
    means = ", ".join(
        f"{each} {sum(got) / len(got):.3f} ({len(got)})" for each, got in gains.items()
    )
    print(f"{name}: nDCG@{_AT} {means}; ours {1000 * spent / len(asked):.1f} ms of processor each")


def similar_keys(session: Session, paper: Paper) -> list[str]:
    from app.search.results.similar import _similar

    return [each.citekey for each in _similar(session, paper, _AT)]


class Bm25:
    """BM25 as textbooks have it (k1 1.2, b 0.75), over words cut as ours are, asked with a text."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.tokens = {
            key: Counter(token for token in analyze(text)[0] if token not in STOPS)
            for key, text in texts.items()
        }
        self.having = Counter(token for held in self.tokens.values() for token in held)
        self.average = sum(held.total() for held in self.tokens.values()) / len(self.tokens)

    def ranking(self, asking: str) -> list[str]:
        """The keys of the texts that are most like one, without itself."""
        size = len(self.tokens)
        asked = self.tokens[asking]
        idf = {
            t: math.log(1 + (size - self.having[t] + 0.5) / (self.having[t] + 0.5)) for t in asked
        }

        def score(held: Counter[str]) -> float:
            norm = 1.2 * (0.25 + 0.75 * held.total() / self.average)
            return sum(
                times * idf[t] * held[t] * 2.2 / (held[t] + norm)
                for t, times in asked.items()
                if t in held
            )

        scores = {key: score(held) for key, held in self.tokens.items() if key != asking}
        return sorted(scores, key=lambda key: (-scores[key], key))[:_AT]


if __name__ == "__main__":
    main(sys.argv[1:])
