"""The bare page that ours are held against, served alone: `python -m tests.bench.bare_page PORT
FILE`, or, on PostgreSQL, `PORT SOCKET DATABASE`.

The same 20 rows, authors, techniques, tags, verdicts, counts and total as the list of papers, by
plain SQL through the driver and one Jinja template, on tables that hold just this, with the indexes
that it wants. Nothing is kept between two pages.
"""

import sqlite3
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from jinja2 import Environment

from tests import postgres

Ask = Callable[[str], Sequence[tuple[Any, ...]]]

SCHEMA = "bare_page"  # on PostgreSQL
TABLES = {
    "paper": "SELECT id, citekey, kind, title, year, venue, arxiv_id, created_at FROM {}.paper"
    " WHERE trashed_at IS NULL",
    "author": "SELECT id, name FROM {}.author",
    "technique": "SELECT id, slug, parent_id, name_en FROM {}.technique",
    "field": "SELECT id, slug, name_en FROM {}.field",
    "tag": "SELECT id, name FROM {}.tag",
    "verdict": "SELECT id, slug, label_en, sign, position FROM {}.verdict",
    "paper_author": "SELECT paper_id, position, author_id FROM {}.paper_author",
    "paper_technique": "SELECT paper_id, technique_id FROM {}.paper_technique",
    "paper_field": "SELECT paper_id, field_id FROM {}.paper_field",
    "paper_tag": "SELECT paper_id, tag_id FROM {}.paper_tag",
    "paper_verdict": "SELECT paper_id, verdict_id, reason FROM {}.paper_verdict WHERE is_current",
}
INDEXES = (
    "author (id)",
    "paper (created_at DESC, id DESC)",
    "paper (kind)",
    "paper (year)",
    "paper_author (paper_id, position, author_id)",
    "paper_technique (paper_id, technique_id)",
    "paper_technique (technique_id, paper_id)",
    "paper_field (field_id)",
    "paper_tag (paper_id, tag_id)",
    "paper_tag (tag_id)",
    "paper_verdict (paper_id, verdict_id)",
    "paper_verdict (verdict_id)",
)

PAPERS = (
    "SELECT id, citekey, kind, title, year, venue, arxiv_id FROM paper"
    " ORDER BY created_at DESC, id DESC LIMIT 20"
)
OF_ROWS = {
    "authors": "SELECT paper_id, name FROM paper_author JOIN author ON author.id = author_id"
    " WHERE paper_id IN ({}) ORDER BY paper_id, paper_author.position",
    "techniques": "SELECT paper_id, slug, name_en FROM paper_technique"
    " JOIN technique ON technique.id = technique_id WHERE paper_id IN ({})",
    "tags": "SELECT paper_id, name FROM paper_tag JOIN tag ON tag.id = tag_id"
    " WHERE paper_id IN ({})",
    "verdicts": "SELECT paper_id, sign, label_en, reason FROM paper_verdict"
    " JOIN verdict ON verdict.id = verdict_id WHERE paper_id IN ({})",
}
TOTAL = "SELECT count(*) FROM paper"
COUNTS = {
    "verdict": "SELECT slug, label_en, (SELECT count(*) FROM paper_verdict"
    " WHERE verdict_id = verdict.id) FROM verdict ORDER BY position",
    "technique": "WITH RECURSIVE below (top, id) AS (SELECT id, id FROM technique UNION ALL"
    " SELECT top, technique.id FROM below JOIN technique ON parent_id = below.id)"
    " SELECT slug, name_en, number FROM (SELECT top, count(DISTINCT paper_id) AS number"
    " FROM below JOIN paper_technique ON technique_id = below.id GROUP BY top) AS counted"
    " JOIN technique ON technique.id = top",
    "field": "SELECT slug, name_en, (SELECT count(*) FROM paper_field WHERE field_id = field.id)"
    " FROM field",
    "kind": "SELECT kind, kind, count(*) FROM paper GROUP BY kind",
    "tag": "SELECT name, name, number FROM (SELECT tag_id, count(*) AS number FROM paper_tag"
    " GROUP BY tag_id) AS counted JOIN tag ON tag.id = tag_id ORDER BY number DESC LIMIT 30",
    "year": "SELECT year, year, count(*) FROM paper WHERE year IS NOT NULL GROUP BY year"
    " ORDER BY year DESC",
}
STATEMENTS = 2 + len(OF_ROWS) + len(COUNTS)
TEMPLATE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Papers</title></head><body>
<aside>{% for group, values in counts.items() %}<section><h2>{{ group }}</h2><ul>
{% for value, label, number in values %}
<li><a href="/papers?{{ group }}={{ value }}">{{ label }} <span>{{ number }}</span></a></li>
{% endfor %}</ul></section>{% endfor %}</aside>
<main><h1>Papers</h1><p>{{ total }} papers</p><ol>
{% for id, citekey, kind, title, year, venue, arxiv_id in papers %}
<li class="row">
{% for sign, label, _ in verdicts[id] %}<span title="{{ label }}">{{ sign }}</span>{% endfor %}
<h2><a href="/papers/{{ citekey }}">{{ title }}</a></h2> <span>{{ year or "" }}</span>
<p>{% for (name,) in authors[id] %}{{ name }}{{ ", " if not loop.last }}{% endfor %}
{{ kind }} {{ venue }} {{ arxiv_id or "" }}</p>
<p>{% for slug, name in techniques[id] %}<a href="/techniques/{{ slug }}">{{ name }}</a>{% endfor %}
{% for (name,) in tags[id] %}<a href="/papers?tag={{ name }}">{{ name }}</a> {% endfor %}</p>
{% for _, _, reason in verdicts[id] %}<p>{{ reason }}</p>{% endfor %}
</li>
{% endfor %}
</ol></main></body></html>
"""


def make_sqlite(file: Path, library: Path) -> None:
    """The tables of a library's file, copied to a file of their own."""
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("ATTACH ? AS library", (str(library),))
    for name, rows in TABLES.items():
        connection.execute(f"CREATE TABLE {name} AS {rows.format('library')}")
    for number, columns in enumerate(INDEXES):
        connection.execute(f"CREATE INDEX i{number} ON {columns}")
    connection.commit()
    connection.execute("ANALYZE")
    connection.close()


def make_postgresql(socket: Path, database: str) -> None:
    """The tables of a library's database, copied to a schema of their own in it."""
    with postgres.connect(socket, database) as connection:
        ask: Callable[[Any], object] = connection.execute
        ask(f"CREATE SCHEMA {SCHEMA}")
        ask(f"SET search_path = {SCHEMA}")
        for name, rows in TABLES.items():
            ask(f"CREATE TABLE {name} AS {rows.format('public')}")
        for columns in INDEXES:
            ask(f"CREATE INDEX ON {columns}")
        for name in TABLES:
            ask(f"VACUUM ANALYZE {name}")


def create_app(ask: Ask) -> FastAPI:
    """One page, drawn in the event loop: no thread is waited for."""
    app = FastAPI()
    template = Environment(autoescape=True).from_string(TEMPLATE)

    @app.get("/papers")
    async def papers() -> HTMLResponse:
        rows = ask(PAPERS)
        ids = ", ".join(str(row[0]) for row in rows)
        beside: dict[str, defaultdict[int, list[tuple[Any, ...]]]] = {}
        for name, sql in OF_ROWS.items():
            beside[name] = defaultdict(list)
            for number, *values in ask(sql.format(ids)):
                beside[name][number].append(tuple(values))
        total = ask(TOTAL)[0][0]
        counts = {name: list(ask(sql)) for name, sql in COUNTS.items()}
        unread = total - sum(count for *_, count in counts["verdict"])
        counts["verdict"].append(("unread", "Unread", unread))
        return HTMLResponse(template.render(papers=rows, total=total, counts=counts, **beside))

    return app


def main(port: str, place: str, database: str = "") -> None:
    if database:
        on_server = postgres.connect(place, database)
        on_server.execute(f"SET search_path = {SCHEMA}".encode())

        def ask(sql: str) -> Sequence[tuple[Any, ...]]:
            return on_server.execute(sql.encode()).fetchall()
    else:
        in_file = sqlite3.connect(place, isolation_level=None)
        in_file.execute("PRAGMA mmap_size=268435456")
        in_file.execute("PRAGMA cache_size=-32000")

        def ask(sql: str) -> Sequence[tuple[Any, ...]]:
            return in_file.execute(sql).fetchall()

    uvicorn.run(create_app(ask), port=int(port), log_level="warning")


if __name__ == "__main__":
    main(*sys.argv[1:])
