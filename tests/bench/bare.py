"""The engines alone, asked as plainly as one would: what our figures are held against."""

import json
import math
import sqlite3
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import psycopg

from app.search.index.analysis import analyze

BOUND = 3_000
WEIGHTS = "5, 3, 3, 1, 1, 0"
SHOWN = 20


class Bare(Protocol):
    """An engine with the library's texts in it; answers are the numbers of papers, best first."""

    name: str

    def naive(self, query: str) -> list[int]:
        """The best of all that has all words, ranked whole; and how many there are, counted."""

    def bounded(self, query: str) -> list[int]:
        """The same as PERFORMANCE.md bounds it."""

    def beginning(self, query: str) -> list[int]:
        """The best of what has one of the eight most frequent words that begin so."""

    def close(self) -> None: ...


class SQLite:
    """FTS5: the library's own table."""

    name = "FTS5"

    def __init__(self, file: Path) -> None:
        self.raw = sqlite3.connect(file)

    def naive(self, query: str) -> list[int]:
        match = _expression(query)
        rows = self.raw.execute(
            "SELECT rowid FROM search_text WHERE search_text MATCH ? AND rank MATCH"
            f" 'bm25({WEIGHTS})' ORDER BY rank LIMIT {SHOWN}",
            (match,),
        ).fetchall()
        self._count(match)
        return [number for (number,) in rows]

    def bounded(self, query: str) -> list[int]:
        """Where too much matches, titles first, within a bound."""
        match = _expression(query)
        return self._best(f"{{title}} : ({match})" if self._count(match) > BOUND else match)

    def beginning(self, query: str) -> list[int]:
        words = self.raw.execute(
            "SELECT term FROM search_term WHERE term BETWEEN ? AND ?"
            " ORDER BY documents DESC LIMIT 8",
            (query, query + "\U0010ffff"),
        ).fetchall()
        some = " OR ".join({f'"{token}"' for (word,) in words for token in analyze(word)[0]})
        return self._best(f"{{title}} : ({some})") if some else []

    def close(self) -> None:
        self.raw.close()

    def _count(self, match: str) -> int:
        sql = "SELECT count(*) FROM search_text WHERE search_text MATCH ?"
        return int(self.raw.execute(sql, (match,)).fetchone()[0])

    def _best(self, match: str) -> list[int]:
        rows = self.raw.execute(
            f"SELECT rowid FROM (SELECT rowid, bm25(search_text, {WEIGHTS}) AS r FROM search_text"
            f" WHERE search_text MATCH ? LIMIT {BOUND}) ORDER BY r LIMIT {SHOWN}",
            (match,),
        ).fetchall()
        return [number for (number,) in rows]


class PostgreSQL:
    """A plain table of PostgreSQL's own tsvectors under GIN, made of the library's papers."""

    name = "PostgreSQL"

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection
        if self._one("SELECT to_regclass('bare.text')") is None:
            connection.execute("CREATE SCHEMA bare")
            connection.execute(
                "CREATE TABLE bare.text AS SELECT paper.id AS number,"
                " setweight(to_tsvector('english', title), 'A')"
                " || setweight(to_tsvector('simple', coalesce(names, '')), 'B')"
                " || setweight(to_tsvector('english', abstract), 'C') AS words"
                " FROM paper LEFT JOIN (SELECT paper_id, string_agg(name, ' ') AS names"
                " FROM paper_author JOIN author ON author.id = author_id GROUP BY paper_id) named"
                " ON paper_id = paper.id"
            )
            connection.execute("CREATE INDEX ON bare.text USING gin (words)")
            connection.execute("VACUUM ANALYZE bare.text")
        self.size = self._one("SELECT count(*) FROM bare.text") or 1
        sampled = "SELECT words FROM bare.text TABLESAMPLE SYSTEM (5) REPEATABLE (7)"
        self.frequency: dict[str, int] = dict(
            connection.execute("SELECT word, ndoc * 20 FROM ts_stat(%s)", (sampled,)).fetchall()
        )

    def naive(self, query: str) -> list[int]:
        """By `ts_rank_cd`."""
        asked = self._asked(query)
        rows = self.connection.execute(
            "SELECT number FROM bare.text WHERE words @@ %(asked)s::tsquery"
            f" ORDER BY ts_rank_cd(words, %(asked)s::tsquery) DESC LIMIT {SHOWN}",
            {"asked": asked},
        ).fetchall()
        self._one("SELECT count(*) FROM bare.text WHERE words @@ %s::tsquery", asked)
        return [number for (number,) in rows]

    def bounded(self, query: str) -> list[int]:
        """By the sum of idf × `ts_rank` of 2,000 rows that have all words; and any, to fill up."""
        asked = self._asked(query)
        terms = self._lexemes(query)
        self._one(
            "SELECT count(*) FROM (SELECT FROM bare.text WHERE words @@ %s::tsquery LIMIT 10001) t",
            asked,
        )
        found = self._ranked(asked, terms)
        if len(found) < SHOWN and len(terms) > 1:
            rare = [t for t in terms if self.frequency.get(t, 0) <= BOUND] or terms[:1]
            found += self._ranked(" | ".join(map(_quoted, rare)), terms)
        return list(dict.fromkeys(found))[:SHOWN]

    def beginning(self, query: str) -> list[int]:
        words = self.connection.execute(
            "SELECT term FROM search_term WHERE term BETWEEN %s AND %s"
            " ORDER BY documents DESC LIMIT 8",
            (query, query + "\U0010ffff"),
        ).fetchall()
        terms = list(dict.fromkeys(t for (word,) in words for t in self._lexemes(word)))
        return self._ranked(" | ".join(map(_quoted, terms)), terms) if terms else []

    def close(self) -> None:
        self.connection.close()

    def _ranked(self, asked: str, terms: list[str]) -> list[int]:
        telling = [math.log(1 + self.size / (self.frequency.get(t, 0) + 1)) for t in terms]
        rank = " + ".join("%s * ts_rank(words, %s::tsquery)" for _ in terms) or "0"
        values = [each for t, idf in zip(terms, telling, strict=True) for each in (idf, _quoted(t))]
        rows = self.connection.execute(
            f"SELECT number FROM (SELECT number, {rank} AS r FROM bare.text"
            f" WHERE words @@ %s::tsquery LIMIT 2000) t ORDER BY r DESC LIMIT {SHOWN}",
            [*values, asked],
        ).fetchall()
        return [number for (number,) in rows]

    def _asked(self, query: str) -> str:
        made = "phraseto_tsquery" if query.startswith('"') else "plainto_tsquery"
        return str(self._one(f"SELECT {made}('english', %s)::text", query.strip('"')))

    def _lexemes(self, text: str) -> list[str]:
        return list(self._one("SELECT tsvector_to_array(to_tsvector('english', %s))", text) or ())

    def _one(self, sql: str, *values: str) -> Any:
        row = self.connection.execute(sql, values).fetchone()
        return row[0] if row else None


def load_sqlite(folder: Path, snapshot: Path) -> tuple[int, float, float]:
    """Put records into tables and FTS5 (its own tokenizer) as they are, a statement each kind: how
    many, in how many seconds, of which so many of work."""
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
    for rows in _batches(snapshot):
        number += len(rows)
        with connection:
            connection.executemany(
                "INSERT OR IGNORE INTO paper VALUES (?, ?, ?, ?, ?)",
                [(n, r["arxiv_id"], r["title"], r["abstract"], r["year"]) for n, r in rows],
            )
            names = [(n, p, name) for n, r in rows for p, name in enumerate(r["authors"])]
            connection.executemany(
                "INSERT OR IGNORE INTO author (name) VALUES (?)", [(name,) for *_, name in names]
            )
            connection.executemany("INSERT INTO paper_author VALUES (?, ?, ?)", names)
            connection.executemany(
                "INSERT INTO text (rowid, title, names, abstract) VALUES (?, ?, ?, ?)",
                [(n, r["title"], " ".join(r["authors"]), r["abstract"]) for n, r in rows],
            )
    connection.close()
    return number, time.perf_counter() - began, time.process_time() - worked


def load_postgresql(
    connection: psycopg.Connection[Any], snapshot: Path
) -> tuple[int, float, float]:
    """The same into tables of a schema of their own, which goes again; work is ours alone, not the
    server's."""
    connection.execute(
        "CREATE SCHEMA floor; SET search_path = floor;"
        "CREATE TABLE paper (id int PRIMARY KEY, arxiv_id text UNIQUE, title text, abstract text,"
        " year int);"
        "CREATE TABLE author (id serial PRIMARY KEY, name text UNIQUE);"
        "CREATE TABLE paper_author (paper_id int, position int, name text,"
        " PRIMARY KEY (paper_id, position));"
        "CREATE TABLE text (number int PRIMARY KEY, words tsvector);"
        "CREATE INDEX ON text USING gin (words)"
    )
    began, worked = time.perf_counter(), time.process_time()
    number = 0
    for rows in _batches(snapshot):
        number += len(rows)
        names = [(n, p, name) for n, r in rows for p, name in enumerate(r["authors"])]
        with connection.transaction(), connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO paper VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
                [(n, r["arxiv_id"], r["title"], r["abstract"], r["year"]) for n, r in rows],
            )
            cursor.executemany(
                "INSERT INTO author (name) VALUES (%s) ON CONFLICT DO NOTHING",
                [(name,) for *_, name in names],
            )
            cursor.executemany("INSERT INTO paper_author VALUES (%s, %s, %s)", names)
            cursor.executemany(
                "INSERT INTO text VALUES (%s, setweight(to_tsvector('english', %s), 'A')"
                " || to_tsvector('simple', %s) || to_tsvector('english', %s))",
                [(n, r["title"], " ".join(r["authors"]), r["abstract"]) for n, r in rows],
            )
    took, work = time.perf_counter() - began, time.process_time() - worked
    connection.execute("RESET search_path; DROP SCHEMA floor CASCADE")
    return number, took, work


def _batches(snapshot: Path) -> Iterator[list[tuple[int, dict[str, Any]]]]:
    """The records of a file with their numbers, a thousand at once."""
    number = 0
    with snapshot.open(encoding="utf-8") as lines:
        while batch := [json.loads(line) for line in islice(lines, 1_000)]:
            yield list(enumerate(batch, number + 1))
            number += len(batch)


def _expression(query: str) -> str:
    joint = "+" if query.startswith('"') else " "
    return joint.join(f'"{token}"' for token in analyze(query)[0])


def _quoted(token: str) -> str:
    doubled = token.replace("\\", "\\\\").replace("'", "''")
    return f"'{doubled}'"
