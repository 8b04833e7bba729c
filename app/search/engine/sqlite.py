"""The index on SQLite: FTS5, ranked by BM25. Everything particular to it stays in here.

bm25 visits every match, so a frequent word would cost a second in a large library (PERFORMANCE:
588,000 papers, p99 1,075 ms). Therefore each document says in the column `strong` which of its
words weigh most in it, in four tiers of BM25's own term weight; where more than `_BOUND` documents
match, only those are ranked in which one of the words is strong, of the tier that leaves few
enough. They are the ones that BM25 would have put first.
"""

import json
import sqlite3
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Subquery, func, literal_column, select
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlmodel import Session

from app.search.engine.engine_results import Among, RankedPage, Tokens, TookTooLong
from app.search.engine.impact_tiers import TIERS, WEIGHTS
from app.search.index.analysis import Pattern
from app.search.index.documents import COLUMNS
from app.search.query.engine_query import EngineQuery, Words

_BOUND = 3_000  # documents that are ranked
_COUNTED = 10_000  # matches that are counted
_STEPS = 10_000  # of SQLite's machine between two looks at the clock
_INFO = "search_until"
_LOOKED_AT = 50_000  # documents, where there is no word to look for
_FEW = 20_000  # papers of a filter that are put into a set first
_TOTALS = "search_totals"

_RANK = f"bm25(search_text, {', '.join(str(WEIGHTS[name]) for name in COLUMNS)}, 0)"
_FREQUENCIES = """
    SELECT value, (
        SELECT count(*) FROM (
            SELECT 1 FROM search_text WHERE search_text MATCH '"' || value || '"' LIMIT ?
        )
    ) FROM json_each(?)
"""
_BOTH = """
    SELECT count(*), total(number < 0) FROM (
        SELECT rowid AS number FROM search_text WHERE search_text MATCH ? LIMIT ?
    )
"""
_WRITE = (
    "INSERT OR REPLACE INTO search_text"
    " (rowid, title, names, techniques, abstract, notes, strong) VALUES (?, ?, ?, ?, ?, ?, ?)"
)


def write(session: Session, texts: Mapping[int, Tokens]) -> None:
    """Put the tokens of documents in the place of what they had."""
    if texts:
        names = (*COLUMNS, "strong")
        rows = [(number, *(columns[name] for name in names)) for number, columns in texts.items()]
        session.connection().exec_driver_sql(_WRITE, rows)


def remove(session: Session, numbers: Collection[int]) -> None:
    """Take documents out; those that are not there are no error."""
    if numbers:
        session.connection().exec_driver_sql(
            "DELETE FROM search_text WHERE rowid = ?", [(number,) for number in numbers]
        )


def ids_after(session: Session, *, after: int, limit: int) -> list[int]:
    """The next numbers in the index above `after`, in order."""
    rows = session.connection().exec_driver_sql(
        "SELECT rowid FROM search_text WHERE rowid > ? ORDER BY rowid LIMIT ?", (after, limit)
    )
    return [number for (number,) in rows]


def unlike(session: Session, texts: Mapping[int, Tokens]) -> set[int]:
    """Which of these documents the index has otherwise, or not at all."""
    names = (*COLUMNS, "strong")
    rows = session.connection().exec_driver_sql(
        f"SELECT rowid, {', '.join(names)} FROM search_text"  # noqa: S608
        " WHERE rowid IN (SELECT value FROM json_each(?))",
        (json.dumps(list(texts)),),
    )
    held = {number: columns for number, *columns in rows}
    return {
        number
        for number, columns in texts.items()
        if held.get(number) != [columns[name] for name in names]
    }


def is_sound(session: Session) -> bool:
    """Whether the index is in order in itself, and has the words of its texts."""
    try:
        session.connection().exec_driver_sql(
            "INSERT INTO search_text (search_text) VALUES ('integrity-check')"
        )
    except DatabaseError as error:
        if str(getattr(error.orig, "sqlite_errorname", "")).startswith("SQLITE_CORRUPT"):
            return False
        raise
    return True


def reset(session: Session) -> None:
    """Make an empty index in the place of one that is not."""
    connection = session.connection()
    form = "SELECT sql FROM sqlite_master WHERE name = 'search_text'"
    made = connection.exec_driver_sql(form).scalar_one()
    # FTS5 drops only what it can open: an index without segments (its row 10) always can be.
    connection.exec_driver_sql("REPLACE INTO search_text_data VALUES (1, x''), (10, zeroblob(7))")
    connection.exec_driver_sql("DROP TABLE search_text")
    connection.exec_driver_sql(made)


def clear(session: Session) -> None:
    """Take all documents out."""
    session.connection().exec_driver_sql("DELETE FROM search_text")


def repair(session: Session) -> None:
    connection = session.connection()
    check = "INSERT INTO search_text (search_text, rank) VALUES ('integrity-check', 0)"
    try:
        connection.exec_driver_sql(check)
    except DatabaseError as error:
        if getattr(error.orig, "sqlite_errorname", "") != "SQLITE_CORRUPT_VTAB":
            raise
        connection.exec_driver_sql("INSERT INTO search_text (search_text) VALUES ('rebuild')")


def optimize(session: Session) -> bool:
    """Merge a part of the index's segments; whether more is left to merge. At the end SQLite looks
    at its indexes: without, it takes "not in the trash" for a better start than a year.

    A merge that changes fewer than two rows had nothing to do (https://sqlite.org/fts5.html).
    """
    changes = "SELECT total_changes()"
    connection = session.connection()
    before = connection.exec_driver_sql(changes).scalar_one()
    connection.exec_driver_sql("INSERT INTO search_text (search_text, rank) VALUES ('merge', 500)")
    if connection.exec_driver_sql(changes).scalar_one() - before >= 2:
        return True
    connection.exec_driver_sql("PRAGMA analysis_limit=1000")
    connection.exec_driver_sql("ANALYZE")
    return False


@contextmanager
def time_limit(
    session: Session,
    until: float,
    *,
    searching: bool,  # noqa: ARG001 (it is PostgreSQL that plans those otherwise)
) -> Iterator[None]:
    """Statements within are stopped, with `TookTooLong`, when it is `until`."""
    driver = session.connection().connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    around = session.info.get(_INFO)
    session.info[_INFO] = until
    driver.set_progress_handler(lambda: time.monotonic() > session.info[_INFO], _STEPS)
    if around is None:
        session.info[_TOTALS] = {}
    try:
        yield
    except OperationalError as error:
        if getattr(error.orig, "sqlite_errorname", "") != "SQLITE_INTERRUPT":
            raise
        raise TookTooLong from error
    finally:
        session.info[_INFO] = around
        if around is None:
            driver.set_progress_handler(None, 0)
            del session.info[_TOTALS]


def top_k(
    session: Session,
    question: EngineQuery,
    columns: Sequence[str],
    *,
    among: Among,
    within: Select[int | None] | None = None,
    limit: int,
    few: int = 0,
) -> RankedPage:
    """The best `limit` of what meets `question` in `columns`; no more than `_BOUND` are ranked.

    bm25 goes through all that has a word to know how telling it is: what is `few` is spared that.
    """
    # No index knows a number below zero, so those are put into a set.
    index = _Index(session, among, _Filter.of(session, within, as_set=among == "others"))
    if not question.groups:
        return index.unranked(question, columns, limit)
    expression = match_expression(question, columns)
    if (
        within is not None
        and among == "papers"
        and index.everywhere.count(expression, _BOUND + 1) > _BOUND
    ):
        index = index.prepared(within)
    total = index.total(expression)
    if 0 < total < few:
        return RankedPage(index.every(expression), total, in_order=False)
    if total <= _BOUND:
        return RankedPage(index.top_k(expression, limit, fits=True) if total else (), total)
    likeliest, fits = _likeliest(index, expression, question, limit, known=total <= _COUNTED)
    found = dict(index.top_k(likeliest, limit, fits=fits))
    if len(found) < limit:
        newest = index.top_k(expression, limit, fits=False)
        found |= {number: rank for number, rank in newest if number not in found}
    return RankedPage(tuple(found.items())[:limit], min(total, _COUNTED), more=total > _COUNTED)


def frequencies(session: Session, tokens: Collection[str], *, most: int) -> Mapping[str, int]:
    """In how many documents each token stands, counted no further than `most`."""
    counted = session.connection().exec_driver_sql(
        _FREQUENCIES, (most, json.dumps(sorted(tokens), ensure_ascii=False))
    )
    return {token: documents for token, documents in counted}  # noqa: C416


def ranked(numbers: Sequence[int]) -> Subquery:
    """`numbers` as a table to join: columns item_id and rank, their place in the order."""
    each = func.json_each("[" + ",".join(map(str, numbers)) + "]").table_valued("key", "value")
    return select(each.c.value.label("item_id"), each.c.key.label("rank")).subquery("ranked")


@dataclass(frozen=True)
class _Filter:
    """A condition on `search_text.rowid` in SQL, with its values."""

    sql: str = ""
    values: tuple[object, ...] = ()

    @classmethod
    def of(
        cls, session: Session, within: Select[int | None] | None, *, as_set: bool = False
    ) -> "_Filter":
        """That the number is one of `within`: looked up for every match, or, with `as_set`, put
        into a set first, which pays where words are frequent and the filter is narrow.

        Joined otherwise, SQLite may go through what passes the filter and run the whole match for
        each (0.5 s where this takes 5 ms); the plus keeps FTS5 from taking the rows one by one.
        """
        if within is None:
            return cls()
        if not as_set:
            row: ColumnElement[int] = literal_column("+search_text.rowid")
            within = within.where(within.selected_columns[0] == row)
        options = {"render_postcompile": True}
        made = within.compile(dialect=session.get_bind().dialect, compile_kwargs=options)
        assert isinstance(made, SQLCompiler)
        values = tuple(made.params[name] for name in made.positiontup or ())
        test = "+search_text.rowid IN" if as_set else "EXISTS"
        return cls(f" AND {test} ({made})", values)


@dataclass(frozen=True)
class _Index:
    """The documents that a question is asked of: of papers or of all else, those that pass."""

    session: Session
    among: Among
    filter: _Filter

    @property
    def everywhere(self) -> "_Index":
        """The same without the filter."""
        return replace(self, filter=_Filter())

    def prepared(self, within: Select[int | None]) -> "_Index":
        """The same with its filter looked up in the way that pays where much matches."""
        few = select(func.count()).select_from(within.limit(_FEW + 1).subquery())
        as_set = (self.session.scalar(few) or 0) <= _FEW
        return replace(self, filter=_Filter.of(self.session, within, as_set=as_set))

    def total(self, expression: str) -> int:
        """How many match, counted no further than `_COUNTED` and one more.

        Without a filter papers and all else are counted at once, for both will be asked for.
        """
        if self.filter.sql:
            return self.count(expression, _COUNTED + 1)
        held: dict[str, tuple[int, int]] = self.session.info.get(_TOTALS, {})
        if expression not in held:
            values = (expression, _COUNTED + 1)
            row = self.session.connection().exec_driver_sql(_BOTH, values).one()
            held[expression] = (row[0], int(row[1]))
        every, others = held[expression]
        if self.among == "others":
            return others
        return every if every > _COUNTED else every - others

    def count(self, expression: str, most: int) -> int:
        """How many match, counted no further than `most`."""
        rows = self._rows("SELECT count(*) FROM (SELECT 1", "LIMIT ?)", (expression, most))
        return int(rows[0][0])

    def every(self, expression: str) -> tuple[tuple[int, float], ...]:
        """All that matches, by number."""
        return tuple((number, 0.0) for (number,) in self._rows("SELECT rowid", "", (expression,)))

    def top_k(self, expression: str, limit: int, *, fits: bool) -> tuple[tuple[int, float], ...]:
        """The best of what matches, with their rank; if it is too much, of the newest of it.

        The limit inside keeps SQLite from merging the two queries, where bm25 is out of reach.
        """
        rows = self._rows(
            f"SELECT number, r FROM (SELECT rowid AS number, {_RANK} AS r",  # noqa: S608
            f"{'' if fits else 'ORDER BY rowid DESC '}LIMIT ?) ORDER BY r, number DESC LIMIT ?",
            (expression, _BOUND, limit),
        )
        return tuple((number, rank) for number, rank in rows)

    def unranked(self, question: EngineQuery, columns: Sequence[str], limit: int) -> RankedPage:
        """The newest of what has none of `question.none`: of the last `_LOOKED_AT` documents."""
        rows = self._rows("SELECT rowid", "ORDER BY rowid DESC LIMIT 1", (None,))
        lowest = rows[0][0] - _LOOKED_AT if rows else 0
        end = "AND rowid > ? "
        values: list[object] = [lowest]
        if question.none:
            without = "SELECT rowid FROM search_text WHERE search_text MATCH ? AND rowid > ?"
            end += f"AND +rowid NOT IN ({without}) "
            values += [_within(columns, _any(question.none)), lowest]
        end += "ORDER BY rowid DESC LIMIT ?"
        rows = self._rows("SELECT rowid", end, (None, *values, _COUNTED + 1))
        ranked = tuple((number, 0.0) for (number,) in rows[:limit])
        more = len(rows) > _COUNTED or (self.among == "papers" and lowest > 0)
        return RankedPage(ranked, min(len(rows), _COUNTED), more=more)

    def _rows(
        self, start: str, end: str, values: tuple[object, ...]
    ) -> Sequence[Row[*tuple[Any, ...]]]:
        """The rows of a query of the index; the first of `values` is what is to match, or None.

        By the driver: put together by SQLAlchemy each would cost more than many of them take.
        """
        expression, *rest = values
        # A row of the index itself is read with all its text; its table of sizes is narrow.
        table, matching = "search_text_docsize AS search_text", ""
        if expression is not None:
            table, matching = "search_text", "search_text MATCH ? AND "
        side = "rowid > 0" if self.among == "papers" else "rowid < 0"
        sql = f"{start} FROM {table} WHERE {matching}{side}{self.filter.sql} {end}"
        first = (expression,) if expression is not None else ()
        given = (*first, *self.filter.values, *rest)
        return self.session.connection().exec_driver_sql(sql, given).all()


def _likeliest(
    index: _Index, expression: str, question: EngineQuery, limit: int, *, known: bool
) -> tuple[str, bool]:
    """`expression` narrowed to documents in which a word is strong; whether they are few enough.

    Of one word the tiers are its order: the strongest that hold `limit`. Of several the weakest
    tier that leaves few enough, or the strongest of all; where too much matches, not the weakest.
    """
    tokens = sorted({token for pattern in question.patterns() for token in pattern.tokens})

    def narrowed(n: int) -> tuple[str, int]:
        marks = [mark for _, mark in TIERS[:n]]
        strong = _or(_quoted(Pattern((mark + token,))) for token in tokens for mark in marks)
        those = f"({expression}) AND {{strong}} : {strong}"
        return those, index.count(those, _BOUND + 1)

    if [len(words) for group in question.groups for words in group] == [1] and not question.none:
        for n in range(1, len(TIERS)):
            those, count = narrowed(n)
            if limit <= count <= _BOUND:
                return those, True
    for n in range(len(TIERS) if known else len(TIERS) - 1, 0, -1):
        those, count = narrowed(n)
        if count <= _BOUND:
            return those, True
    return those, False


def match_expression(question: EngineQuery, columns: Sequence[str] = COLUMNS) -> str:
    """The question in FTS5's language; every token is quoted, so none can be an operator."""
    wanted = " AND ".join(_any(group) for group in question.groups)
    if question.none:
        wanted = f"({wanted}) NOT {_any(question.none)}"
    return _within(columns, wanted)


def _within(columns: Sequence[str], expression: str) -> str:
    if tuple(columns) == COLUMNS:
        return expression
    return f"{{{' '.join(columns)}}} : ({expression})"


def _any(group: Iterable[Words]) -> str:
    return _or(_and(_or(map(_quoted, ways)) for ways in words) for words in group)


def _or(parts: Iterable[str]) -> str:
    return _joined(" OR ", parts)


def _and(parts: Iterable[str]) -> str:
    return _joined(" AND ", parts)


def _joined(operator: str, parts: Iterable[str]) -> str:
    listed = list(parts)
    return listed[0] if len(listed) == 1 else f"({operator.join(listed)})"


def _quoted(pattern: Pattern) -> str:
    return f'"{" ".join(pattern.tokens)}"'
