"""How fast search and import are on arXiv's records, the bare engines beside them in one run.

`python -m tests.bench.searching [TIMES …] [--keep FOLDER] [--database …]`: on so many times
100,000 records, those beyond the first made by mixing halves of two under ids of their own. What is
kept is used again.
"""

import argparse
import json
import lzma
import os
import random
import resource
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from psycopg.sql import SQL, Identifier
from sqlalchemy import text
from sqlmodel import Session

from app.database import Database
from app.imports.applying.snapshots import import_snapshot
from app.search import service as search
from app.search.index.analysis import analyze
from app.search.quick_open.link_completion import complete_field
from app.search.retrieval import run_query
from app.settings import Settings
from app.startup import open_library
from tests import postgres
from tests.bench import bare
from tests.bench.bare import Bare
from tests.conftest import SHARED

ARXIV = SHARED / "data" / "arxiv-100k.jsonl.xz"
QUERIES = 40  # of each kind


def main(arguments: Sequence[str] = ()) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("times", nargs="*", type=int, default=[1, 5])
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    given = parser.parse_args(arguments)
    if not ARXIV.exists():
        print(f"{ARXIV} is not here")
        return
    for times in given.times:
        with tempfile.TemporaryDirectory() as folder:
            kept = given.keep or Path(folder)
            if given.database != "postgresql":
                on_sqlite(kept / f"arxiv-{times}", times)
            if given.database != "sqlite":
                with postgres.server(given.keep and given.keep / "postgresql") as socket:
                    on_postgresql(socket, kept / f"arxiv_{times}", times)


def on_sqlite(library: Path, times: int) -> None:
    settings = Settings(_env_file=None, library=library, starter=False)
    if not library.exists():
        load(settings, times, None)
    print("\nSQLite")
    measure(settings, bare.SQLite(library / "crosswalk.sqlite3"))


def on_postgresql(socket: Path, library: Path, times: int) -> None:
    """The server has a database of the library's name; the folder says that it is filled."""
    name = library.name
    url = postgres.url(socket, name)
    settings = Settings(_env_file=None, library=library, starter=False, database_url=url)
    if not library.exists():
        postgres.execute(socket, SQL("CREATE DATABASE {}").format(Identifier(name)))
        load(settings, times, socket)
    print("\nPostgreSQL")
    measure(settings, bare.PostgreSQL(postgres.connect(socket, name)))


def records(times: int) -> Iterator[dict[str, object]]:
    """The records, and further ones made of two each."""
    for turn in range(times):
        before: dict[str, object] | None = None
        with lzma.open(ARXIV, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines):
                record = json.loads(line)
                own = dict(record)
                if turn and before:
                    for name in ("title", "abstract"):
                        one, two = str(record[name]).split(), str(before[name]).split()
                        cuts = len(one) * turn // times, len(two) * turn // times
                        record[name] = " ".join(one[: cuts[0]] + two[cuts[1] :]) or "Untitled"
                    serial = turn * 100_000 + number
                    month = 2001 + serial // 90_000 // 12 * 100 + serial // 90_000 % 12
                    record["arxiv_id"] = f"{month}.{serial % 90_000 + 1:05}"
                before = own
                yield record


def load(settings: Settings, times: int, socket: Path | None) -> None:
    """Import through the command's way; and the same rows bare."""
    with tempfile.TemporaryDirectory() as folder:
        snapshot = Path(folder) / "snapshot.json"
        with snapshot.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(record) + "\n" for record in records(times))
        database = open_library(settings)
        began, worked = time.perf_counter(), all_work()
        *_, done = import_snapshot(database, snapshot)
        took, work = time.perf_counter() - began, all_work() - worked
        database.close()
        print(
            f"\nimport: {done.added} records in {took:.0f} s, {done.added / took:.0f}/s"
            f" ({done.added / work:.0f} a second of work), {peak()} MB at most;"
            f" {done.held} twice in it, {done.refused} refused"
        )
        if socket:
            with postgres.connect(socket, settings.library.name) as connection:
                number, its, its_work = bare.load_postgresql(connection, snapshot)
        else:
            number, its, its_work = bare.load_sqlite(Path(folder), snapshot)
        print(
            f"the engine alone: {number / its:.0f}/s ({number / its_work:.0f} a second of work);"
            f" ours is {done.added / took * its / number:.2f} of it"
            f" ({done.added / work * its_work / number:.2f} by work)"
        )


def all_work() -> float:
    """Seconds of this process and of those that it has ended."""
    return sum(os.times()[:4])


def peak() -> int:
    """Megabytes of this process and of the largest that it has ended."""
    both = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(resource.getrusage(who).ru_maxrss for who in both) // 1024


def completed(database: Database, typed: str) -> object:
    with database.read() as session:
        return complete_field(session, typed, "link", "en")


def measure(settings: Settings, alone: Bare) -> None:
    database = open_library(settings)
    with database.read() as session:
        asked = queries(session)
        papers = session.scalar(text("SELECT count(*) FROM paper"))
        index = tantivy_index(session)
    print(f"{papers} papers, {len(asked)} queries; ms" + " " * 22 + "p50    p95    p99    max")

    def ours(query: str) -> list[int]:
        with database.read() as session:
            found = run_query(session, search.parse_query(query), papers=20)
        return [key[0] for kind, key in found.found if kind == "paper"][:20]

    def items(query: str) -> object:
        with database.read() as session:
            return search.search_all(session, query, types=["paper"])

    def page(query: str) -> object:
        with database.read() as session:
            return search.search_all(session, query, types=["paper"], facets=True)

    plain = [(kind, query) for kind, query in asked if kind != "year"]
    typed = [each for each in asked if each[0] == "prefix"]
    whole = [each for each in plain if each[0] != "prefix"]
    naive_at = timed(f"{alone.name}, all ranked, and count", whole, alone.naive)
    bounded_at = timed(f"{alone.name}, bounded, and count", whole, alone.bounded)
    tantivy_at = timed("tantivy", whole, lambda q: full(index, q))
    ours_at = timed("ours, top 20 and counts", whole, ours)
    items_at = timed("ours, with snippets, as the API", whole, items)
    page_at = timed("ours, with facets too, as a page", whole, page)
    for name, other in (("bounded", bounded_at), ("naive", naive_at), ("tantivy", tantivy_at)):
        ratios = " / ".join(f"{mine / its:.2f}" for mine, its in zip(ours_at, other, strict=True))
        print(f"  ours : {name} at p50 / p95 = {ratios}")
    for name, those in (("with snippets", items_at), ("page", page_at)):
        ratios = " / ".join(f"{a / b:.2f}" for a, b in zip(those, ours_at, strict=True))
        print(f"  {name} : search at p50 / p95 = {ratios}")
    bounded_at = timed(f"{alone.name}, bounded beginning", typed, alone.beginning)
    ours_at = timed("ours, as typed", typed, ours)
    print(
        "  ours : bounded at p50 / p95 = "
        + " / ".join(f"{a / b:.2f}" for a, b in zip(ours_at, bounded_at, strict=True))
    )
    timed("completion of links, as typed", typed, lambda q: completed(database, q))
    timed("ours, with a filter by year", [e for e in asked if e[0] == "year"], ours)
    for kind in ("one", "two", "three", "phrase", "author"):
        timed(f"  ours, {kind}", [each for each in asked if each[0] == kind], ours)
    agreement = [
        len({*alone.naive(q)} & {*ours(q)}) / max(1, len(alone.naive(q)))
        for kind, q in asked
        if kind in ("one", "two")
    ]
    print(f"  top 20 as the full ranking has it: {statistics.mean(agreement):.2f} (one, two words)")
    timed("hostile", [("hostile", q) for q in hostile()], page)
    alone.close()
    database.close()


def queries(session: Session) -> list[tuple[str, str]]:
    """So many of each kind, from the texts themselves; the same in every run."""
    choose = random.Random(7)
    frequent = [
        term
        for (term,) in session.execute(
            text("SELECT term FROM search_term ORDER BY documents DESC, term LIMIT 400")
        )
        if len(term) > 3
    ]
    found = [("one", choose.choice(frequent)) for _ in range(QUERIES)]
    last = session.scalar(text("SELECT max(id) FROM paper")) or 0
    while len(found) < 7 * QUERIES:
        row = session.execute(
            text(
                "SELECT p.title, p.abstract, p.year, a.name FROM paper p"
                " JOIN paper_author pa ON pa.paper_id = p.id JOIN author a ON a.id = pa.author_id"
                " WHERE p.id = :number AND p.year IS NOT NULL ORDER BY pa.position LIMIT 1"
            ),
            {"number": choose.randint(1, last)},
        ).first()
        words = [w for w in analyze(row[0] + " " + row[1])[1] if len(w) > 3] if row else []
        if row is None or len(words) < 8:
            continue
        at = choose.randint(0, len(words) - 4)
        kind = ("two", "three", "phrase", "prefix", "author", "year")[len(found) % 6]
        asked = {
            "two": " ".join(choose.sample(words, 2)),
            "three": " ".join(choose.sample(words, 3)),
            "phrase": '"' + " ".join(analyze(row[0])[1][:3]) + '"',
            "prefix": words[at][: choose.randint(2, 5)],
            "author": row[3].split()[-1],
            "year": f"{choose.choice(frequent)} {words[at]} year:{row[2]}",
        }[kind]
        found.append((kind, asked))
    return found


def hostile() -> list[str]:
    strings = json.loads((SHARED / "data/hostile/blns/blns.json").read_text("utf-8"))
    choose = random.Random(7)
    noise = [choose.randbytes(60).decode("utf-8", "replace") for _ in range(50)]
    greedy = ["a* b* c*", "the of and in", "e", "-a", "th", " ".join("abcdefghijklmnopqrstuvwxyz")]
    return [*strings, *noise, *greedy]


def tantivy_index(session: Session):  # type: ignore[no-untyped-def]
    import tantivy

    schema = tantivy.SchemaBuilder()
    for name in ("title", "names", "abstract"):
        schema.add_text_field(name, stored=False)
    schema.add_integer_field("number", stored=True)
    index = tantivy.Index(schema.build())
    writer = index.writer(100_000_000, 1)
    names: defaultdict[int, list[str]] = defaultdict(list)
    for paper, name in session.execute(
        text("SELECT paper_id, name FROM paper_author JOIN author ON author.id = author_id")
    ):
        names[paper].append(name)
    for number, *texts in session.execute(
        text("SELECT id, title, abstract FROM paper"), execution_options={"yield_per": 1_000}
    ):
        title, abstract = (" ".join(analyze(each)[0]) for each in texts)
        named = " ".join(analyze(" ".join(names.get(number, ())))[0])
        writer.add_document(
            tantivy.Document(number=number, title=title, names=named, abstract=abstract)
        )
    writer.commit()
    index.reload()
    return index


def full(index, query: str) -> object:  # type: ignore[no-untyped-def]
    parsed = index.parse_query(
        " AND ".join(f'"{token}"' for token in analyze(query)[0])
        if not query.startswith('"')
        else '"' + " ".join(analyze(query)[0]) + '"',
        ["title", "names", "abstract"],
        {"title": 5.0, "names": 3.0},
    )
    return index.searcher().search(parsed, 20, count=True).hits


def timed(
    name: str, asked: Sequence[tuple[str, str]], ask: Callable[[str], object]
) -> tuple[float, float]:
    """Print how long each query took, the better of two; the median and the 95th percentile."""
    took = sorted(min(once(ask, query), once(ask, query)) for _, query in asked)
    p50, p95, p99 = (
        took[min(len(took) - 1, int(len(took) * share))] for share in (0.5, 0.95, 0.99)
    )
    print(f"{name:<42} {p50:6.1f} {p95:6.1f} {p99:6.1f} {took[-1]:6.1f}")
    sys.stdout.flush()
    return p50, p95


def once(ask: Callable[[str], object], query: str) -> float:
    began = time.perf_counter()
    ask(query)
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main(sys.argv[1:])
