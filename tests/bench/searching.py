"""How fast search and import are on arXiv's records, the bare engines beside them in one run.

`python -m tests.bench.searching [TIMES …] [--keep FOLDER]`: on so many times 100,000 records, those
beyond the first made by mixing halves of two under ids of their own. What is kept is used again.
"""

import argparse
import json
import lzma
import random
import resource
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from app.imports.snapshots import import_snapshot
from app.opening import open_library
from app.search import service as search
from app.search.analysis import cut
from app.search.finding import find
from app.settings import Settings
from tests.conftest import SHARED

ARXIV = SHARED / "data" / "arxiv-100k.jsonl.xz"
QUERIES = 40  # of each kind
BOUND = 3_000
WEIGHTS = "5, 3, 3, 1, 1, 0"


def main(arguments: Sequence[str] = ()) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("times", nargs="*", type=int, default=[1, 5])
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args(arguments)
    if not ARXIV.exists():
        print(f"{ARXIV} is not here")
        return
    for times in given.times:
        with tempfile.TemporaryDirectory() as folder:
            library = (given.keep or Path(folder)) / f"arxiv-{times}"
            settings = Settings(_env_file=None, library=library, starter=False)
            if not library.exists():
                load(settings, times)
            measure(settings)


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


def load(settings: Settings, times: int) -> None:
    """Import through the command's way; and the same rows bare, by one statement each kind."""
    with tempfile.TemporaryDirectory() as folder:
        snapshot = Path(folder) / "snapshot.json"
        with snapshot.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(record) + "\n" for record in records(times))
        database = open_library(settings)
        began, worked = time.perf_counter(), time.process_time()
        *_, done = import_snapshot(database, snapshot)
        took, work = time.perf_counter() - began, time.process_time() - worked
        database.close()
        print(
            f"\nimport: {done.added} records in {took:.0f} s, {done.added / took:.0f}/s"
            f" ({done.added / work:.0f} a second of work), {peak()} MB at most;"
            f" {done.held} twice in it, {done.refused} refused"
        )
        bare(Path(folder), snapshot, done.added / took, done.added / work)


def bare(folder: Path, snapshot: Path, rate: float, work_rate: float) -> None:
    """The floor: records put into a table and FTS5 (its own tokenizer) as they are."""
    connection = sqlite3.connect(folder / "bare.sqlite3")
    connection.executescript(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
        "CREATE TABLE paper (id INTEGER PRIMARY KEY, arxiv_id UNIQUE, title, abstract, year);"
        "CREATE TABLE author (id INTEGER PRIMARY KEY, name UNIQUE);"
        "CREATE TABLE paper_author (paper_id, position, name, PRIMARY KEY (paper_id, position));"
        "CREATE VIRTUAL TABLE text USING fts5(title, names, abstract, tokenize='porter unicode61');"
    )
    began, worked = time.perf_counter(), time.process_time()
    number = 0
    with snapshot.open(encoding="utf-8") as lines:
        while batch := [json.loads(line) for line in islice(lines, 1_000)]:
            rows = list(enumerate(batch, number + 1))
            number += len(batch)
            with connection:
                connection.executemany(
                    "INSERT OR IGNORE INTO paper VALUES (?, ?, ?, ?, ?)",
                    [(n, r["arxiv_id"], r["title"], r["abstract"], r["year"]) for n, r in rows],
                )
                names = [(n, p, name) for n, r in rows for p, name in enumerate(r["authors"])]
                connection.executemany(
                    "INSERT OR IGNORE INTO author (name) VALUES (?)",
                    [(name,) for *_, name in names],
                )
                connection.executemany("INSERT INTO paper_author VALUES (?, ?, ?)", names)
                connection.executemany(
                    "INSERT INTO text (rowid, title, names, abstract) VALUES (?, ?, ?, ?)",
                    [(n, r["title"], " ".join(r["authors"]), r["abstract"]) for n, r in rows],
                )
    took, work = time.perf_counter() - began, time.process_time() - worked
    connection.close()
    print(
        f"bare SQLite with FTS5: {number / took:.0f}/s ({number / work:.0f} a second of work);"
        f" ours is {rate * took / number:.2f} of it ({work_rate * work / number:.2f} by work)"
    )


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def measure(settings: Settings) -> None:
    database = open_library(settings)
    raw = sqlite3.connect(settings.library / "crosswalk.sqlite3")
    asked = queries(raw)
    (papers,) = raw.execute("SELECT count(*) FROM paper").fetchone()
    print(f"\n{papers} papers, {len(asked)} queries; ms" + " " * 22 + "p50    p95    p99    max")
    index = tantivy_index(raw)

    def ours(query: str) -> list[int]:
        with database.read() as session:
            found = find(session, search.parse(query), papers=20)
        return [key[0] for kind, key in found.found if kind == "paper"][:20]

    def page(query: str) -> object:
        with database.read() as session:
            return search.search(session, query, types=["paper"])

    plain = [(kind, query) for kind, query in asked if kind != "year"]
    typed = [each for each in asked if each[0] == "prefix"]
    whole = [each for each in plain if each[0] != "prefix"]
    naive_at = timed("FTS5, ORDER BY rank, and count", whole, lambda q: naive(raw, q))
    bounded_at = timed("FTS5, bounded, and count", whole, lambda q: bounded(raw, q))
    tantivy_at = timed("tantivy", whole, lambda q: full(index, q))
    ours_at = timed("ours, top 20 and counts", whole, ours)
    page_at = timed("ours, with snippets, as a page", whole, page)
    for name, other in (("bounded", bounded_at), ("naive", naive_at), ("tantivy", tantivy_at)):
        ratios = " / ".join(f"{mine / its:.2f}" for mine, its in zip(ours_at, other, strict=True))
        print(f"  ours : {name} at p50 / p95 = {ratios}")
    print(
        "  page : search at p50 / p95 = "
        + " / ".join(f"{a / b:.2f}" for a, b in zip(page_at, ours_at, strict=True))
    )
    bounded_at = timed("FTS5, bounded beginning of a word", typed, lambda q: beginning(raw, q))
    ours_at = timed("ours, as typed", typed, ours)
    print(
        "  ours : bounded at p50 / p95 = "
        + " / ".join(f"{a / b:.2f}" for a, b in zip(ours_at, bounded_at, strict=True))
    )
    timed("ours, with a filter by year", [e for e in asked if e[0] == "year"], ours)
    for kind in ("one", "two", "three", "phrase", "author"):
        timed(f"  ours, {kind}", [each for each in asked if each[0] == kind], ours)
    agreement = [
        len({*naive(raw, q)} & {*ours(q)}) / max(1, len(naive(raw, q)))
        for kind, q in asked
        if kind in ("one", "two")
    ]
    print(f"  top 20 as the full ranking has it: {statistics.mean(agreement):.2f} (one, two words)")
    timed("hostile", [("hostile", q) for q in hostile()], page)
    database.close()


def queries(raw: sqlite3.Connection) -> list[tuple[str, str]]:
    """So many of each kind, from the texts themselves; the same in every run."""
    choose = random.Random(7)
    frequent = [
        term
        for (term,) in raw.execute("SELECT term FROM search_term ORDER BY documents DESC LIMIT 400")
        if len(term) > 3
    ]
    found = [("one", choose.choice(frequent)) for _ in range(QUERIES)]
    (last,) = raw.execute("SELECT max(id) FROM paper").fetchone()
    while len(found) < 7 * QUERIES:
        row = raw.execute(
            "SELECT p.title, p.abstract, p.year, a.name FROM paper p"
            " JOIN paper_author pa ON pa.paper_id = p.id JOIN author a ON a.id = pa.author_id"
            " WHERE p.id = ? AND p.year IS NOT NULL",
            (choose.randint(1, last),),
        ).fetchone()
        words = [w for w in (cut(row[0] + " " + row[1])[1] if row else []) if len(w) > 3]
        if len(words) < 8:
            continue
        at = choose.randint(0, len(words) - 4)
        kind = ("two", "three", "phrase", "prefix", "author", "year")[len(found) % 6]
        text = {
            "two": " ".join(choose.sample(words, 2)),
            "three": " ".join(choose.sample(words, 3)),
            "phrase": '"' + " ".join(cut(row[0])[1][:3]) + '"',
            "prefix": words[at][: choose.randint(2, 5)],
            "author": row[3].split()[-1],
            "year": f"{choose.choice(frequent)} {words[at]} year:{row[2]}",
        }[kind]
        found.append((kind, text))
    return found


def hostile() -> list[str]:
    strings = json.loads((SHARED / "data/hostile/blns/blns.json").read_text("utf-8"))
    choose = random.Random(7)
    noise = [choose.randbytes(60).decode("utf-8", "replace") for _ in range(50)]
    greedy = ["a* b* c*", "the of and in", "e", "-a", "th", " ".join("abcdefghijklmnopqrstuvwxyz")]
    return [*strings, *noise, *greedy]


def expression(query: str) -> str:
    joint = "+" if query.startswith('"') else " "
    return joint.join(f'"{token}"' for token in cut(query)[0])


def naive(raw: sqlite3.Connection, query: str) -> list[int]:
    match = expression(query)
    rows = raw.execute(
        "SELECT rowid FROM search_text WHERE search_text MATCH ? AND rank MATCH"
        f" 'bm25({WEIGHTS})' ORDER BY rank LIMIT 20",
        (match,),
    ).fetchall()
    raw.execute("SELECT count(*) FROM search_text WHERE search_text MATCH ?", (match,)).fetchone()
    return [number for (number,) in rows]


def bounded(raw: sqlite3.Connection, query: str) -> list[int]:
    """As PERFORMANCE.md has it: where too much matches, titles first, within a bound."""
    match = expression(query)
    (count,) = raw.execute(
        "SELECT count(*) FROM search_text WHERE search_text MATCH ?", (match,)
    ).fetchone()
    if count > BOUND:
        match = f"{{title}} : ({match})"
    rows = raw.execute(
        f"SELECT rowid FROM (SELECT rowid, bm25(search_text, {WEIGHTS}) AS r FROM search_text"
        f" WHERE search_text MATCH ? LIMIT {BOUND}) ORDER BY r LIMIT 20",
        (match,),
    ).fetchall()
    return [number for (number,) in rows]


def beginning(raw: sqlite3.Connection, query: str) -> list[int]:
    words = raw.execute(
        "SELECT term FROM search_term WHERE term BETWEEN ? AND ? ORDER BY documents DESC LIMIT 8",
        (query, query + "\U0010ffff"),
    ).fetchall()
    match = " OR ".join({f'"{token}"' for (word,) in words for token in cut(word)[0]}) or '"x"'
    rows = raw.execute(
        f"SELECT rowid FROM (SELECT rowid, bm25(search_text, {WEIGHTS}) AS r FROM search_text"
        f" WHERE search_text MATCH ? LIMIT {BOUND}) ORDER BY r LIMIT 20",
        (f"{{title}} : ({match})",),
    ).fetchall()
    return [number for (number,) in rows]


def tantivy_index(raw: sqlite3.Connection):  # type: ignore[no-untyped-def]
    import tantivy

    schema = tantivy.SchemaBuilder()
    for name in ("title", "names", "abstract"):
        schema.add_text_field(name, stored=False)
    schema.add_integer_field("number", stored=True)
    index = tantivy.Index(schema.build())
    writer = index.writer(100_000_000, 1)
    for row in raw.execute("SELECT rowid, title, names, abstract FROM search_text"):
        writer.add_document(
            tantivy.Document(number=row[0], title=row[1], names=row[2], abstract=row[3])
        )
    writer.commit()
    index.reload()
    return index


def full(index, query: str) -> object:  # type: ignore[no-untyped-def]
    parsed = index.parse_query(
        " AND ".join(f'"{token}"' for token in cut(query)[0])
        if not query.startswith('"')
        else '"' + " ".join(cut(query)[0]) + '"',
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
