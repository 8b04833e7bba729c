"""The words of the index as they are written, with about how many documents have each.

Kept in the transaction that writes a document; what a document no longer says stays known until
the index is built anew. Good for completing and correcting; what decides a result is counted by the
engine. Every statement here but that of `count_words` runs on both databases.
"""

from collections import Counter
from collections.abc import Collection

from sqlalchemy import (
    ColumnElement,
    and_,
    bindparam,
    delete,
    func,
    literal_column,
    select,
    union_all,
)
from sqlmodel import Session, col

from app.models import SearchTerm
from app.search.index.analysis import TOKEN_LIMIT

COMPLETIONS = 8  # that a beginning stands for where it may stand for many documents
_MANY = 3_000  # documents
_ALL = 100  # words that a beginning stands for where those are in few documents
_LAST = "\U0010ffff"
_LOOKALIKES = 40_000
_SMALL = 20_000  # words

_NOTE = (
    "INSERT INTO search_term (term, documents) {}"
    " ON CONFLICT (term) DO UPDATE SET documents = search_term.documents + excluded.documents"
)
_term, _documents = col(SearchTerm.term), col(SearchTerm.documents)
# Every search asks these: built once, for to build them takes longer than to run them.
_KNOWN = select(_term).where(_term.in_(bindparam("words", expanding=True)))
_COMPLETIONS = (
    select(_term, func.sum(_documents).over())
    .where(_term.between(bindparam("first"), bindparam("last")))
    .order_by(_documents.desc(), _term)
    .limit(_ALL)
)


def count_words(session: Session, words: Counter[str]) -> None:
    """Count the words of documents that were written: in how many of them each stands."""
    if not words:
        return
    connection = session.connection()
    rows = [(word, words[word]) for word in sorted(words)]
    # Through the driver: SQLAlchemy takes three times as long for many short rows.
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(_NOTE.format("VALUES (?, ?)"), rows)
    else:
        each = "SELECT * FROM unnest(%s::text[], %s::int[])"
        connection.exec_driver_sql(_NOTE.format(each), tuple(map(list, zip(*rows, strict=True))))


def reset_counts(session: Session) -> None:
    """Begin to count anew, because every document will be written again."""
    session.execute(delete(SearchTerm))


def known_words(session: Session, words: Collection[str]) -> set[str]:
    """Those of `words` that stand somewhere."""
    if not words:
        return set()
    return set(session.connection().scalars(_KNOWN, {"words": list(words)}))


def complete_word(session: Session, beginning: str) -> list[str]:
    """The words that `beginning` may stand for, most frequent first: all, or, where they are in
    more than a few thousand documents, the eight most frequent."""
    if len(beginning) > TOKEN_LIMIT:
        return []
    asked = {"first": beginning, "last": beginning + _LAST}
    rows = session.connection().execute(_COMPLETIONS, asked).all()
    few = not rows or rows[0][1] <= _MANY
    return [term for term, _ in rows[: None if few else COMPLETIONS]]


def words_containing(session: Session, part: str, *, limit: int) -> list[str]:
    """Words in which `part` stands, most frequent first."""
    statement = select(_term).where(_term.contains(part, autoescape=True))
    return list(session.scalars(statement.order_by(_documents.desc(), _term).limit(limit)))


def find_lookalikes(session: Session, word: str, *, slips: int) -> list[str]:
    """Words that are no more than so many letters longer or shorter and begin with the first or
    second character of `word`; of a large vocabulary those that stand more than once or twice."""
    some = select(_term).limit(_SMALL + 1).subquery()
    large = (session.scalar(select(func.count()).select_from(some)) or 0) > _SMALL
    every = (
        select(_term).where(_is_near(word, first, slips), *([_IS_COMMON] if large else []))
        for first in sorted({*word[:2]})
    )
    return list(session.scalars(union_all(*every).limit(_LOOKALIKES)))


def frequent_lookalikes(session: Session, word: str, *, least: int) -> dict[str, int]:
    """Words that are no more than one letter longer or shorter, begin as `word` does and stand in
    `least` documents (of three or more), with about how many."""
    near = _is_near(word, word[0], 1)
    statement = select(_term, _documents).where(near, _IS_COMMON, _documents >= least)
    rows = session.execute(statement.limit(_LOOKALIKES))
    return {term: count for term, count in rows}  # noqa: C416


# As the index `ix_search_term_common` has it, which is a quarter of the whole.
_IS_COMMON = _documents > literal_column("2")


def _is_near(word: str, first: str, slips: int) -> ColumnElement[bool]:
    return and_(
        _term.between(first, first + _LAST),
        func.length(_term).between(len(word) - slips, len(word) + slips),
    )


def document_counts(session: Session, words: Collection[str]) -> dict[str, int]:
    """About how many documents have each of `words`."""
    rows = session.execute(select(_term, _documents).where(_term.in_(words)))
    return {term: count for term, count in rows}  # noqa: C416


def character_pairs(
    session: Session, *, first: str = "", second: str = ""
) -> list[tuple[str, int]]:
    """Pairs of Chinese characters with this one first, or second; most frequent first."""
    statement = select(_term, _documents).where(func.length(_term) == 2)
    if first:
        statement = statement.where(_term.between(first, first + _LAST))
    else:
        statement = statement.where(
            _term.between("\u3400", _LAST), _term.endswith(second, autoescape=True)
        )
    rows = session.execute(statement.order_by(_documents.desc(), _term).limit(_LOOKALIKES))
    return [(term, count) for term, count in rows]
