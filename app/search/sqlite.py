"""The index on SQLite: FTS5, ranked by BM25. Everything particular to it stays in here."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import (
    ColumnClause,
    ColumnElement,
    Select,
    Subquery,
    bindparam,
    column,
    delete,
    func,
    insert,
    literal,
    literal_column,
    select,
    table,
    union_all,
)
from sqlmodel import Session, col

from app.models import SearchDocument
from app.search.analysis import Pattern
from app.search.documents import COLUMNS, Part
from app.search.question import Question, Words

_WEIGHTS = {"title": 5.0, "names": 3.0, "techniques": 3.0, "abstract": 1.0, "notes": 1.0}

_TEXT = table("search_text", column("rowid"), *(column(name) for name in COLUMNS))
_WHOLE: ColumnClause[str] = literal_column(
    "search_text"
)  # FTS5's name for "the row", as MATCH and bm25 want it


def write(session: Session, texts: Mapping[int, Mapping[str, str]]) -> None:
    """Put the analysed texts of documents (by column) in the place of what they had."""
    if texts:
        statement = insert(_TEXT).prefix_with("OR REPLACE")
        session.execute(statement, [{"rowid": n, **columns} for n, columns in texts.items()])


def remove(session: Session, ids: Collection[int]) -> None:
    """Take the texts of documents out."""
    if ids:
        session.execute(
            delete(_TEXT).where(_TEXT.c.rowid == bindparam("document")),
            [{"document": n} for n in ids],
        )


def clear(session: Session) -> None:
    """Take all texts out."""
    session.execute(delete(_TEXT))


def matches(
    session: Session,  # noqa: ARG001 (another engine looks first how frequent words are)
    question: Question,
    parts: Sequence[Part],
) -> Subquery:
    """What meets `question`: columns kind, item_id, other_id, rank (lower is better).

    A document counts when one of `parts` (kinds of documents, columns to look in) has it.
    """
    selects = [_part(question, part) for part in parts]
    if not selects:
        return _part(Question(), Part(())).subquery("matches")
    if len(selects) == 1:
        # A limit, even none, keeps SQLite from merging this into the query around it, where bm25
        # would be out of reach.
        return selects[0].limit(-1).subquery("matches")
    every = union_all(*(select(each.limit(-1).subquery()) for each in selects)).subquery()
    return (
        select(
            every.c.kind, every.c.item_id, every.c.other_id, func.min(every.c.rank).label("rank")
        )
        .group_by(every.c.kind, every.c.item_id, every.c.other_id)
        .subquery("matches")
    )


def found(session: Session, question: Question, parts: Sequence[Part]) -> bool:
    """Whether anything meets `question`."""
    every = (_part(question, part, ranked=False).limit(1) for part in parts)
    return any(session.execute(each).first() is not None for each in every)


def _part(question: Question, part: Part, *, ranked: bool = True) -> Select[str, int, int, float]:
    wanted = col(SearchDocument.kind).in_(part.kinds)
    columns = col(SearchDocument.kind), col(SearchDocument.item_id), col(SearchDocument.other_id)
    if not question.groups:
        statement = select(*columns, literal(0.0).label("rank")).where(wanted)
        if question.none:
            unwanted = select(_TEXT.c.rowid).where(
                _WHOLE.op("MATCH")(_within(part.columns, _any(question.none)))
            )
            statement = statement.where(col(SearchDocument.id).not_in(unwanted))
        return statement
    rank: ColumnElement[float] = literal(0.0)
    if ranked:
        rank = func.bm25(_WHOLE, *(_WEIGHTS[name] for name in COLUMNS))
    # Matched apart and first (a limit keeps it apart): joined, SQLite may go through the documents
    # and run the whole match for each, 0.5 s where this takes 5 ms (1,500 papers).
    texts = (
        select(_TEXT.c.rowid.label("id"), rank.label("rank"))
        .where(_WHOLE.op("MATCH")(_expression(question, part.columns)))
        .limit(-1)
        .subquery()
    )
    joined = select(*columns, texts.c.rank).join(texts, texts.c.id == col(SearchDocument.id))
    return joined.where(wanted)


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
    return f'"{" ".join(pattern.tokens)}"' + (" *" if pattern.prefix else "")
