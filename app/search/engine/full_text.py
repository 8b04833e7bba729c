"""The index of files' pages, on either database: apart from the texts that are written, so that
those are found as quickly with it as without.

A page's number is its file's (`SearchFile`) and its own. What the index has of a file that is gone
is nobody's, for its number is not given again: SQLite's keeps no texts, and so could not take out
what it does not know (contentless FTS5; `contentless_delete` is of SQLite 3.43).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import Row, Select
from sqlmodel import Session

from app.search.engine import postgres, sqlite
from app.search.query.engine_query import EngineQuery, Words

OF_A_FILE = 8_192  # numbers; more than pages are taken of one
_SOON = 0.3  # as k of BM25 with b: how soon more pages of a file with a word say no more of it,
_PAGES = 12  # where the file has so many


class FoundPage(NamedTuple):
    """A page of a file that has the words, or most of them."""

    sha256: str
    page: int


def write_pages(session: Session, texts: Mapping[int, str]) -> None:
    """Put the tokens of pages that are not in the index, a space between, under their numbers."""
    rows = list(texts.items())
    if not rows:
        return
    connection = session.connection()
    if _is_sqlite(session):
        connection.exec_driver_sql("INSERT INTO search_text_page (rowid, text) VALUES (?, ?)", rows)
        return
    connection.exec_driver_sql(
        "INSERT INTO search_text_page (number, words) VALUES (%s, %s::tsvector)",
        [(number, postgres.tsvector_of(tokens)) for number, tokens in rows],
    )


def clear_pages(session: Session) -> None:
    """Take all pages out."""
    connection = session.connection()
    if _is_sqlite(session):
        connection.exec_driver_sql(
            "INSERT INTO search_text_page (search_text_page) VALUES ('delete-all')"
        )
    else:
        connection.exec_driver_sql("DELETE FROM search_text_page")


def find_files(
    session: Session, question: EngineQuery, *, within: Select[int | None] | None = None
) -> dict[int, int]:
    """The papers with a file whose text meets `question`, and that file's number: first those that
    have all of the words on a page, then those with the words on the larger part of their pages.

    `within` selects the papers that may be found (its first column).
    """
    made = _Statement(session)
    groups = [EngineQuery((group,)) for group in question.groups]
    asked = groups if len(groups) == 1 else [EngineQuery(question.groups), *groups]
    pages = " UNION ALL ".join(
        f"SELECT {made.file} AS file, {n} AS had FROM search_text_page p WHERE {made.match(each)}"  # noqa: S608
        for n, each in enumerate(asked)
    )
    had = [f"count(*) FILTER (WHERE had = {n})" for n in range(len(asked))]
    shares = [f"1.0 * h{n} / (h{n} + {_SOON} + f.pages / {_PAGES}.0)" for n in range(len(asked))]
    every = [f"{each} > 0" for each in had[-len(groups) :]]
    shown = ["paper.trashed_at IS NULL"]
    if within is not None:
        shown.append(f"paper.id IN ({made.select(within)})")
    if question.none:
        none = EngineQuery((question.none,))
        shown.append(f"f.id NOT IN ({made.files_having(none)})")
        shown.append(f"paper.id NOT IN ({made.papers_saying(question.none)})")
    rows = made.rows(
        f"""
        WITH met AS (
            SELECT file, {", ".join(f"{each} AS h{n}" for n, each in enumerate(had))}
            FROM ({pages}) AS pages GROUP BY file HAVING {" AND ".join(every)}
        )
        SELECT paper.id, f.id FROM met JOIN search_file f ON f.id = met.file
        JOIN paper_file h ON h.sha256 = f.sha256 JOIN paper ON paper.id = h.paper_id
        WHERE {" AND ".join(shown)}
        ORDER BY h0 = 0, {" + ".join(shares)} DESC, paper.id DESC,
            coalesce(h.arxiv_version, 0) DESC, f.id DESC
        """  # noqa: S608
    )
    found: dict[int, int] = {}
    for paper, file in rows:
        found.setdefault(paper, file)
    return found


def best_pages(
    session: Session, question: EngineQuery, files: Collection[int]
) -> dict[int, FoundPage]:
    """Of each file with one of these numbers the page that has all of the words, or most."""
    if not files:
        return {}
    made = _Statement(session)
    some = EngineQuery((tuple(words for group in question.groups for words in group),))
    those = f"{made.file} IN ({', '.join(map(str, files))})"
    pages = f"""
        SELECT {made.number} AS number, {made.rank(some)} AS rank
        FROM search_text_page p WHERE {made.match(some)} AND {those}
        """  # noqa: S608
    whole = made.match(EngineQuery(question.groups))
    rows = made.rows(
        f"""
        SELECT number, f.sha256 FROM ({pages}) AS pages
        JOIN search_file f ON f.id = number / {OF_A_FILE}
        ORDER BY number IN (SELECT {made.number} FROM search_text_page p WHERE {whole} AND {those})
            DESC, rank, number
        """  # noqa: S608
    )
    found: dict[int, FoundPage] = {}
    for number, sha256 in rows:
        found.setdefault(number // OF_A_FILE, FoundPage(sha256, number % OF_A_FILE))
    return found


@dataclass
class _Statement:
    """SQL as the driver takes it, written from its beginning to its end: put together by SQLAlchemy
    it would take longer than to run."""

    session: Session
    values: list[object] = field(default_factory=list)
    named: dict[str, object] = field(default_factory=dict)

    @property
    def is_sqlite(self) -> bool:
        return self.session.get_bind().dialect.name == "sqlite"

    @property
    def number(self) -> str:
        return "p.rowid" if self.is_sqlite else "p.number"

    @property
    def file(self) -> str:
        return f"{self.number} / {OF_A_FILE}"

    def bind(self, value: object) -> str:
        """The place of a value; to be called in the order in which the places stand."""
        if self.is_sqlite:
            self.values.append(value)
            return "?"
        self.named[name := f"v{len(self.named)}"] = value
        return f"%({name})s"

    def select(self, within: Select[int | None]) -> str:
        dialect = self.session.get_bind().dialect
        made = within.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
        if self.is_sqlite:
            self.values += [made.params[name] for name in getattr(made, "positiontup", None) or ()]
        else:
            self.named |= made.params
        return str(made)

    def rank(self, question: EngineQuery) -> str:
        """Lower is better."""
        if self.is_sqlite:
            return "bm25(search_text_page)"
        return f"-ts_rank(p.words, {self.bind(postgres.tsquery_of(question))}::tsquery, 1)"

    def match(self, question: EngineQuery) -> str:
        """The condition that a page meets the question."""
        if self.is_sqlite:
            return f"search_text_page MATCH {self.bind(sqlite.match_expression(question))}"
        return f"p.words @@ {self.bind(postgres.tsquery_of(question))}::tsquery"

    def papers_saying(self, words: Collection[Words]) -> str:
        """The papers of which something that is written has any of these words."""
        question = EngineQuery((tuple(words),))
        if self.is_sqlite:
            asked = self.bind(sqlite.match_expression(question))
            return f"SELECT rowid FROM search_text WHERE search_text MATCH {asked} AND rowid > 0"  # noqa: S608
        asked = self.bind(postgres.tsquery_of(question))
        return f"SELECT document FROM search_text WHERE words @@ {asked}::tsquery AND document > 0"  # noqa: S608

    def files_having(self, question: EngineQuery) -> str:
        return f"SELECT {self.file} FROM search_text_page p WHERE {self.match(question)}"  # noqa: S608

    def rows(self, sql: str) -> Sequence[Row[*tuple[Any, ...]]]:
        given = tuple(self.values) if self.is_sqlite else self.named
        return self.session.connection().exec_driver_sql(sql, given).all()


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
