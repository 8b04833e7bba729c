"""The index on PostgreSQL: tsvectors under GIN. Everything particular to it stays in here.

A tsvector keeps 255 places of a word and 16,383 in all, so a long text is cut into parts, which
overlap for the sake of phrases; what must hold of a text must hold of its parts together.
"""

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Select,
    Subquery,
    and_,
    bindparam,
    cast,
    column,
    delete,
    false,
    func,
    insert,
    literal,
    literal_column,
    not_,
    or_,
    select,
    table,
    text,
    union_all,
)
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR
from sqlmodel import Session, col

from app.models import SearchDocument
from app.search.analysis import Pattern
from app.search.documents import COLUMNS, Part
from app.search.question import Question, Words

# A tsvector tells four kinds of places apart, and ts_rank weighs them from D to A.
_LABELS = {"title": "A", "names": "B", "techniques": "B", "abstract": "C", "notes": "D"}
_WEIGHTS: ColumnElement[list[float]] = literal_column("'{0.2, 0.2, 0.6, 1.0}'::real[]")
_GAP = 1  # places left between two columns, so that no phrase reaches over

_LONGEST = 3_000  # words of a part: with the longest of words, within a tsvector's megabyte
_PLACES = 255
_OVERLAP = 120

_TEXT = table("search_text", column("document"), column("part"), column("words", TSVECTOR))
_Columns = tuple[ColumnElement[str], ColumnElement[int], ColumnElement[int]]
_Made = TypeVar("_Made")
_Match = Select[str, int, int, float]


def write(session: Session, texts: Mapping[int, Mapping[str, str]]) -> None:
    """See `engine.Engine`."""
    remove(session, texts)
    rows = [
        {"number": number, "place": place, "tokens": words}
        for number, columns in texts.items()
        for place, words in _parts(columns)
    ]
    if rows:
        session.execute(
            insert(_TEXT).values(
                document=bindparam("number"),
                part=bindparam("place"),
                words=cast(bindparam("tokens"), TSVECTOR),
            ),
            rows,
        )


def remove(session: Session, ids: Collection[int]) -> None:
    if ids:
        session.execute(delete(_TEXT).where(_TEXT.c.document.in_(list(ids))))


def clear(session: Session) -> None:
    session.execute(delete(_TEXT))


def matches(session: Session, question: Question, parts: Sequence[Part]) -> Subquery:
    weights = _weights(session, question)
    selects = [each for part in parts for each in _selects(question, part, weights)]
    if not selects:
        return _documents(Part(())).where(false()).subquery("matches")
    every = union_all(*selects).subquery()
    if len(parts) == 1:
        return select(every).subquery("matches")
    names = every.c.kind, every.c.item_id, every.c.other_id
    rank = func.min(every.c.rank).label("rank")
    return select(*names, rank).group_by(*names).subquery("matches")


def found(session: Session, question: Question, parts: Sequence[Part]) -> bool:
    every = (each.limit(1) for part in parts for each in _selects(question, part, {}))
    return any(session.execute(each).first() is not None for each in every)


# --- Texts ---------------------------------------------------------------------------------------


def _parts(columns: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    """A text as one tsvector, number 0, or as several from 1 on, each as PostgreSQL reads it."""
    placed: list[tuple[str, int, str]] = []
    for name in COLUMNS:
        first = placed[-1][1] + _GAP if placed else 0
        tokens = enumerate(columns[name].split(), first + 1)
        placed += [(token, place, _LABELS[name]) for place, token in tokens]
    cuts = list(_cuts([token for token, _, _ in placed]))
    for number, (start, end) in enumerate(cuts):
        first = placed[start][1] - 1 if placed else 0
        words = " ".join(
            f"{_quoted(token)}:{place - first}{label}" for token, place, label in placed[start:end]
        )
        yield number + (len(cuts) > 1), words


def _cuts(tokens: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Where the parts of a text begin and end."""
    start = 0
    seen: Counter[str] = Counter()
    for at, token in enumerate(tokens):
        if at - start == _LONGEST or seen[token] == _PLACES:
            yield start, at
            start = at - _OVERLAP
            seen = Counter(tokens[start:at])
        seen[token] += 1
    yield start, len(tokens)


# --- Questions -----------------------------------------------------------------------------------


def _selects(question: Question, part: Part, weights: Mapping[Pattern, float]) -> Iterator[_Match]:
    """The texts of one part that meet `question`, then those of several parts that do."""
    if not (question.groups or question.none):
        yield _documents(part)
        return
    labels = "" if tuple(part.columns) == COLUMNS else _labels(part.columns)

    def has(pattern: Pattern) -> ColumnElement[bool]:
        here = _TEXT.c.words.bool_op("@@")(_tsquery(_pattern(pattern, labels)))
        return func.bool_or(here, type_=Boolean)

    def without(some: ColumnElement[bool]) -> ColumnElement[bool]:
        return not_(some)

    asked = _folded(question, lambda each: _pattern(each, labels), _all, _any, _not)
    rank = _rank(weights, labels)
    joined = _TEXT.c.document == col(SearchDocument.id)
    yield (
        _documents(part, rank)
        .join(_TEXT, joined)
        .where(_TEXT.c.part == 0, _TEXT.c.words.bool_op("@@")(_tsquery(asked)))
    )
    parts = (
        select(_TEXT.c.document, func.min(rank).label("rank"))
        .where(_TEXT.c.part > 0)
        .group_by(_TEXT.c.document)
        .having(_folded(question, has, _and, _or, without))
    )
    if question.groups:
        parts = parts.where(_TEXT.c.words.bool_op("@@")(_tsquery(_any(_leaves(question, labels)))))
    several = parts.subquery()
    yield _documents(part, several.c.rank).join(
        several, several.c.document == col(SearchDocument.id)
    )


def _documents(part: Part, rank: ColumnElement[float] | None = None) -> _Match:
    ranked = (literal(0.0) if rank is None else rank).label("rank")
    return select(
        col(SearchDocument.kind), col(SearchDocument.item_id), col(SearchDocument.other_id), ranked
    ).where(col(SearchDocument.kind).in_(part.kinds))


def _folded(
    question: Question,
    leaf: Callable[[Pattern], _Made],
    every: Callable[[Iterable[_Made]], _Made],
    some: Callable[[Iterable[_Made]], _Made],
    no: Callable[[_Made], _Made],
) -> _Made:
    """The question put together of what its patterns are made into."""

    def one_of(group: Iterable[Words]) -> _Made:
        return some([every([some(map(leaf, ways)) for ways in words]) for words in group])

    parts = [one_of(group) for group in question.groups]
    if question.none:
        parts.append(no(one_of(question.none)))
    return every(parts)


def _leaves(question: Question, labels: str) -> list[str]:
    """Everything a question speaks of, also what must not be there."""
    groups = (*question.groups, question.none)
    return [
        _pattern(way, labels)
        for group in groups
        for words in group
        for ways in words
        for way in ways
    ]


def _labels(columns: Iterable[str]) -> str:
    return "".join(sorted({_LABELS[name] for name in columns}))


def _pattern(pattern: Pattern, labels: str) -> str:
    last = len(pattern.tokens) - 1
    return " <-> ".join(
        _word(token, labels, prefix=pattern.prefix and at == last)
        for at, token in enumerate(pattern.tokens)
    )


def _word(token: str, labels: str, *, prefix: bool) -> str:
    how = f"{'*' if prefix else ''}{labels}"
    return f"{_quoted(token)}:{how}" if how else _quoted(token)


def _quoted(token: str) -> str:
    """A word as tsvectors and tsqueries are written: nothing in it can be an operator."""
    doubled = token.replace("\\", "\\\\").replace("'", "''")
    return f"'{doubled}'"


def _all(parts: Iterable[str]) -> str:
    return f"({' & '.join(parts)})"


def _any(parts: Iterable[str]) -> str:
    return f"({' | '.join(parts)})"


def _not(part: str) -> str:
    return f"!{part}"


def _and(parts: Iterable[ColumnElement[bool]]) -> ColumnElement[bool]:
    return and_(*parts)


def _or(parts: Iterable[ColumnElement[bool]]) -> ColumnElement[bool]:
    return or_(*parts)


def _tsquery(asked: str) -> ColumnElement[str]:
    return cast(asked, TSQUERY)


# --- Relevance -----------------------------------------------------------------------------------

# How many texts have a word: of frequent ones as the planner has sampled it, of others counted.
_FREQUENCIES = text(
    """
    WITH size AS (
        SELECT CASE WHEN reltuples > 0 THEN reltuples ELSE (SELECT count(*) FROM search_text) END n
        FROM pg_class WHERE oid = 'search_text'::regclass
    ), frequent AS (
        SELECT word, share
        FROM pg_stats,
            unnest(most_common_elems::text::text[], most_common_elem_freqs) f(word, share)
        WHERE schemaname = current_schema() AND tablename = 'search_text' AND attname = 'words'
    )
    SELECT asked, size.n, coalesce(
        share * size.n,
        (
            SELECT count(*) FROM (
                SELECT 1 FROM search_text WHERE part = 0 AND words @@ asked::tsquery LIMIT :enough
            ) counted
        )
    )
    FROM size, unnest(CAST(:asked AS text[]), CAST(:words AS text[])) a(asked, exactly)
    LEFT JOIN frequent ON word = exactly
    """
)
_ENOUGH = 10_000


def _weights(session: Session, question: Question) -> dict[Pattern, float]:
    """What each pattern asked for tells: the rarer its rarest word, the more (BM25's idf)."""
    patterns = [
        way for group in question.groups for words in group for ways in words for way in ways
    ]
    words: dict[str, str | None] = {}
    for pattern in patterns:
        for at, token in enumerate(pattern.tokens):
            prefix = pattern.prefix and at == len(pattern.tokens) - 1
            words[_word(token, "", prefix=prefix)] = None if prefix else token
    if not words:
        return {}
    rows = session.execute(
        _FREQUENCIES, {"asked": list(words), "words": list(words.values()), "enough": _ENOUGH}
    )
    telling = {
        asked: math.log(1 + (max(size - held, 0) + 0.5) / (held + 0.5))
        for asked, size, held in rows
    }
    return {
        pattern: max(
            telling[_word(token, "", prefix=pattern.prefix and at == len(pattern.tokens) - 1)]
            for at, token in enumerate(pattern.tokens)
        )
        for pattern in patterns
    }


def _rank(weights: Mapping[Pattern, float], labels: str) -> ColumnElement[float]:
    """Lower is better: less the sum of what the patterns tell, times how much they are there."""
    rank: ColumnElement[float] = literal(0.0)
    for pattern, telling in weights.items():
        there = func.ts_rank(_WEIGHTS, _TEXT.c.words, _tsquery(_pattern(pattern, labels)))
        rank = rank - telling * there
    return rank
