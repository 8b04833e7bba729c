"""The index on SQLite: FTS5, ranked by BM25. Everything particular to it stays in here.

bm25 visits every match, so a frequent word would cost a second in a large library (PERFORMANCE:
588,000 papers, p99 1,075 ms). Therefore each document says in the column `strong` which of its
words weigh most in it, in four tiers of BM25's own term weight; where more than `_BOUND` documents
match, only those are ranked in which one of the words is strong, of the tier that leaves few
enough. They are the ones that BM25 would have put first.
"""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVarTuple

from sqlalchemy import (
    ColumnClause,
    Integer,
    Select,
    Subquery,
    bindparam,
    column,
    delete,
    func,
    literal_column,
    select,
    table,
)
from sqlmodel import Session

from app.search.analysis import Pattern
from app.search.answers import Among, Best, Tokens
from app.search.documents import COLUMNS
from app.search.question import Question, Words

_WEIGHTS = {"title": 5, "names": 3, "techniques": 3, "abstract": 1, "notes": 1}

_BOUND = 3_000  # documents that are ranked
_COUNTED = 10_000  # matches that are counted
_FEW = 20_000  # papers of a filter that are put into a set first

# The weight of a word in a document by BM25 (before idf) from which it is in a tier; each has a
# quarter to a half of the one before (100,000 arXiv abstracts: 6.3 tokens a document in all).
_TIERS = ((2.03, "⁴"), (1.96, "³"), (1.9, "²"), (1.8, "¹"))
_AVERAGE = 185.0  # tokens of a document, of those abstracts
_K1, _B = 1.2, 0.75  # FTS5's own

_TEXT = table("search_text", column("rowid"), *(column(name) for name in (*COLUMNS, "strong")))
_WHOLE: ColumnClause[str] = literal_column(
    "search_text"
)  # FTS5's name for "the row", as MATCH and bm25 want it
_FREQUENCIES = """
    SELECT value, (
        SELECT count(*) FROM (
            SELECT 1 FROM search_text WHERE search_text MATCH '"' || value || '"' LIMIT ?
        )
    ) FROM json_each(?)
"""
_WRITE = (
    "INSERT OR REPLACE INTO search_text"
    " (rowid, title, names, techniques, abstract, notes, strong) VALUES (?, ?, ?, ?, ?, ?, ?)"
)

Row = TypeVarTuple("Row")


def write(session: Session, texts: Mapping[int, Tokens]) -> None:
    """Put the tokens of documents in the place of what they had."""
    if texts:
        rows = [
            (number, *(" ".join(columns[name]) for name in COLUMNS), " ".join(_strong(columns)))
            for number, columns in texts.items()
        ]
        session.connection().exec_driver_sql(_WRITE, rows)


def remove(session: Session, numbers: Collection[int]) -> None:
    """Take documents out; those that are not there are no error."""
    if numbers:
        session.execute(
            delete(_TEXT).where(_TEXT.c.rowid == bindparam("document")),
            [{"document": n} for n in numbers],
        )


def numbers(session: Session, *, after: int, limit: int) -> list[int]:
    """The next numbers in the index above `after`, in order."""
    statement = select(_TEXT.c.rowid).where(_TEXT.c.rowid > after)
    return list(session.scalars(statement.order_by(_TEXT.c.rowid).limit(limit)))


def clear(session: Session) -> None:
    """Take all documents out."""
    session.execute(delete(_TEXT))


def tidy(session: Session) -> bool:
    """Merge a part of the index's segments; whether more is left to merge.

    A merge that changes fewer than two rows had nothing to do (https://sqlite.org/fts5.html).
    """
    changes = "SELECT total_changes()"
    connection = session.connection()
    before = connection.exec_driver_sql(changes).scalar_one()
    connection.exec_driver_sql("INSERT INTO search_text (search_text, rank) VALUES ('merge', 500)")
    after = connection.exec_driver_sql(changes).scalar_one()
    return bool(after - before >= 2)


def best(
    session: Session,
    question: Question,
    columns: Sequence[str],
    *,
    among: Among,
    within: Select[int | None] | None = None,
    limit: int,
) -> Best:
    """The best `limit` of what meets `question` in `columns`; no more than `_BOUND` are ranked."""
    index = _Index(session, among, within)
    if not question.groups:
        return index.unranked(question, columns, limit)
    expression = _expression(question, columns)
    if within is None or index.everywhere.count(expression, _BOUND + 1) <= _BOUND:
        ranked, total = index.best(expression, limit)
        if total <= _BOUND:
            return Best(ranked, total)
    index = index.prepared()
    total = index.count(expression, _COUNTED + 1)
    if total <= _BOUND:
        return Best(*index.best(expression, limit))
    found = dict(index.best(_likeliest(index, expression, question), limit)[0])
    if len(found) < limit:
        newest = index.best(expression, limit, newest=True)[0]
        found |= {number: rank for number, rank in newest if number not in found}
    return Best(tuple(found.items())[:limit], min(total, _COUNTED), more=total > _COUNTED)


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
class _Index:
    """The documents that a question is asked of: of papers or of all else, those `within`.

    The filter is looked up for every match, or, with `as_set`, put into a set first, which pays
    where words are frequent and the filter is narrow. Joined otherwise, SQLite may go through what
    passes the filter and run the whole match for each (0.5 s where this takes 5 ms).
    """

    session: Session
    among: Among
    within: Select[int | None] | None
    as_set: bool = False

    @property
    def everywhere(self) -> "_Index":
        """The same without the filter."""
        return replace(self, within=None)

    def prepared(self) -> "_Index":
        """The same with its filter looked up in the way that pays where much matches."""
        if self.within is None:
            return self
        few = select(func.count()).select_from(self.within.limit(_FEW + 1).subquery())
        return replace(self, as_set=(self.session.scalar(few) or 0) <= _FEW)

    def count(self, expression: str, most: int) -> int:
        """How many match, counted no further than `most`."""
        found = self._matching(select(_TEXT.c.rowid), expression).limit(most).subquery()
        return self.session.scalar(select(func.count()).select_from(found)) or 0

    def best(
        self, expression: str, limit: int, *, newest: bool = False
    ) -> tuple[tuple[tuple[int, float], ...], int]:
        """The best of what matches with their rank, and how much matches; of the first `_BOUND` and
        one more, or of the newest."""
        rank = func.bm25(_WHOLE, *(_WEIGHTS[name] for name in COLUMNS), 0).label("rank")
        matches = self._matching(select(_TEXT.c.rowid.label("number"), rank), expression)
        if newest:
            matches = matches.order_by(_TEXT.c.rowid.desc())
        # The limit keeps SQLite from merging this into the query around it, where bm25 would be out
        # of reach.
        every = matches.limit(_BOUND + 1).subquery()
        rows = self.session.execute(
            select(every.c.number, every.c.rank, func.count().over())
            .order_by(every.c.rank, every.c.number.desc())
            .limit(limit)
        ).all()
        return tuple((number, score) for number, score, _ in rows), rows[0][2] if rows else 0

    def unranked(self, question: Question, columns: Sequence[str], limit: int) -> Best:
        """The newest of what has none of `question.none`."""
        statement = self._narrowed(select(_TEXT.c.rowid))
        if question.none:
            unwanted = _WHOLE.op("MATCH")(_within(columns, _any(question.none)))
            without = select(_TEXT.c.rowid).where(unwanted)
            statement = statement.where(literal_column("+search_text.rowid").not_in(without))
        statement = statement.order_by(_TEXT.c.rowid.desc()).limit(_COUNTED + 1)
        every = list(self.session.scalars(statement))
        ranked = tuple((number, 0.0) for number in every[:limit])
        return Best(ranked, min(len(every), _COUNTED), more=len(every) > _COUNTED)

    def _matching(self, statement: Select[*Row], expression: str) -> Select[*Row]:
        return self._narrowed(statement.where(_WHOLE.op("MATCH")(expression)))

    def _narrowed(self, statement: Select[*Row]) -> Select[*Row]:
        number = _TEXT.c.rowid
        statement = statement.where(number > 0 if self.among == "papers" else number < 0)
        if self.within is None:
            return statement
        row = literal_column("+search_text.rowid", Integer)  # the plus keeps FTS5 out of it
        if self.as_set:
            return statement.where(row.in_(self.within))
        wanted = self.within.selected_columns[0]
        return statement.where(self.within.where(wanted == row).exists())


def _likeliest(index: _Index, expression: str, question: Question) -> str:
    """`expression` narrowed to documents in which a word is strong: the weakest tier that leaves
    few enough, or the strongest of all."""
    tokens = sorted({token for pattern in question.patterns() for token in pattern.tokens})
    narrowed = expression
    for n in range(len(_TIERS), 0, -1):
        marks = [mark for _, mark in _TIERS[:n]]
        strong = _or(_quoted(Pattern((mark + token,))) for token in tokens for mark in marks)
        narrowed = f"({expression}) AND {{strong}} : {strong}"
        if index.count(narrowed, _BOUND + 1) <= _BOUND:
            break
    return narrowed


def _strong(columns: Tokens) -> list[str]:
    """The words that weigh most in a document, each with the mark of its tier."""
    # What weighs one is counted at once, and alone can be strong only where it stands often.
    weights: Counter[str] = Counter([*columns["abstract"], *columns["notes"]])
    length = weights.total()
    for name in ("title", "names", "techniques"):
        length += len(columns[name])
        for token in columns[name]:
            weights[token] += _WEIGHTS[name]
    # weight × (k1 + 1) / (weight + norm) ≥ least, solved for the weight
    norm = _K1 * (1 - _B + _B * length / _AVERAGE)
    tiers = [(norm * least / (_K1 + 1 - least), mark) for least, mark in _TIERS]
    lowest = tiers[-1][0]
    return [
        next(mark for least, mark in tiers if weight >= least) + token
        for token, weight in weights.items()
        if weight >= lowest
    ]


def _expression(question: Question, columns: Sequence[str]) -> str:
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
