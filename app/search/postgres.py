"""The index on PostgreSQL: tsvectors under GIN. Everything particular to it stays in here.

A tsvector keeps 255 places of a word and 16,383 in all, so a long text is cut into parts, which
overlap for the sake of phrases; what must hold of a text must hold of its parts together.

PostgreSQL knows no BM25: a text's rank is, over the words asked for, the sum of how much one tells
(its idf) times how much of it is there (`ts_rank`). That reads every text it ranks, so where more
than `_BOUND` match, only those are ranked in which a word is strong (`weight`).
"""

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    ColumnElement,
    Double,
    Integer,
    Select,
    String,
    Subquery,
    and_,
    bindparam,
    cast,
    column,
    delete,
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
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from app.search.analysis import Pattern
from app.search.answers import Among, Best, Tokens, TookTooLong
from app.search.documents import COLUMNS
from app.search.question import Question, Ways, Words
from app.search.weight import TIERS

# A tsvector tells four kinds of places apart, and ts_rank weighs them from D to A: less apart than
# BM25 does, for it goes on growing where BM25 levels off.
_LABELS = {"title": "A", "names": "B", "techniques": "B", "abstract": "C", "notes": "D"}
_WEIGHTS: ColumnElement[list[float]] = literal_column("'{0.2, 0.2, 0.3, 0.35}'::real[]")
_BY_LENGTH = 1  # ts_rank's way to divide by 1 + the logarithm of a text's length
_GAP = 1  # places left between two columns, so that no phrase reaches over
_MARKS = frozenset(mark for _, mark in TIERS)

_LONGEST = 3_000  # words of a part: of the longest words, a tsvector's megabyte
_PLACES = 255
_OVERLAP = 120

_BOUND = 2_000  # documents that are ranked
_COUNTED = 10_000  # matches that are counted
_CANCELLED = "57014"  # what a statement is told that took too long
_INFO = "search_frequencies"

_TEXT = table(
    "search_text", column("document", Integer), column("part", Integer), column("words", TSVECTOR)
)
_Made = TypeVar("_Made")


# --- Texts ---------------------------------------------------------------------------------------


def write(session: Session, texts: Mapping[int, Tokens]) -> None:
    """See `engine.Engine` for this and the other functions of its names."""
    remove(session, texts)
    rows = [
        {"number": number, "place": place, "tokens": words}
        for number, columns in texts.items()
        for place, words in _parts(columns)
    ]
    if rows:
        statement = insert(_TEXT).values(
            document=bindparam("number"),
            part=bindparam("place"),
            words=cast(bindparam("tokens"), TSVECTOR),
        )
        session.connection().execute(statement, rows)


def remove(session: Session, numbers: Collection[int]) -> None:
    if numbers:
        gone = delete(_TEXT).where(_TEXT.c.document.in_(list(numbers)))
        session.connection().execute(gone)


def clear(session: Session) -> None:
    session.connection().execute(delete(_TEXT))


def numbers(session: Session, *, after: int, limit: int) -> list[int]:
    first = _TEXT.c.part.in_((0, 1))
    beyond = _TEXT.c.document > literal(after, BigInteger)
    statement = select(_TEXT.c.document).where(beyond, first)
    return list(session.scalars(statement.order_by(_TEXT.c.document).limit(limit)))


def tidy(session: Session) -> bool:
    """Bring what was written last into its place, and have the planner take its sample."""
    session.execute(text("SELECT gin_clean_pending_list('search_text_words')"))
    session.execute(text("ANALYZE search_text"))
    return False


def _parts(columns: Tokens) -> Iterator[tuple[int, str]]:
    """A text as one tsvector, number 0, or as several from 1 on, each as PostgreSQL reads it."""
    placed: list[tuple[str, int, str]] = []
    for name in COLUMNS:
        first = placed[-1][1] + _GAP + 1 if placed else 1
        label = _LABELS[name]
        placed += [
            (token, place, label) for place, token in enumerate(columns[name].split(), first)
        ]
    cuts = list(_cuts([token for token, _, _ in placed]))
    for number, (start, end) in enumerate(cuts):
        before = placed[start][1] - 1 if placed else 0
        words = [f"{_quoted(word)}:{at - before}{label}" for word, at, label in placed[start:end]]
        if number == 0:
            words += map(_quoted, columns["strong"].split())
        yield number + (len(cuts) > 1), " ".join(words)


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


# --- Answers -------------------------------------------------------------------------------------


@contextmanager
def bounded(session: Session, seconds: float) -> Iterator[None]:
    session.flush()  # for what is not written yet would be rolled back with the settings
    connection = session.connection()
    # A small or unsampled table would be read whole, each text taken apart for every word.
    connection.exec_driver_sql(
        "SAVEPOINT search; SET LOCAL enable_seqscan = off; SET LOCAL jit = off;"
        f" SET LOCAL statement_timeout = {max(1, round(seconds * 1000))}"
    )
    session.info[_INFO] = {}
    try:
        yield
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) != _CANCELLED:
            raise
        raise TookTooLong from error
    finally:
        del session.info[_INFO]
        if not connection.closed and not connection.invalidated:
            connection.exec_driver_sql("ROLLBACK TO SAVEPOINT search; RELEASE SAVEPOINT search")


def best(
    session: Session,
    question: Question,
    columns: Sequence[str],
    *,
    among: Among,
    within: Select[int | None] | None = None,
    limit: int,
) -> Best:
    index = _Index(session, among, within, "" if tuple(columns) == COLUMNS else _labels(columns))
    if not question.groups:
        return index.unranked(question, limit)
    total = _COUNTED + 1
    if not index.overflows(question):
        total = index.count(question, _COUNTED + 1)
    if total <= _BOUND:
        best = index.ranked(question, question)[:limit] if total else ()
        return Best(tuple(best), total)
    likeliest = index.likeliest(question, known=total <= _COUNTED)
    found = dict(index.ranked(question, likeliest))
    if len(found) < limit:
        found |= {n: rank for n, rank in index.ranked(question, question) if n not in found}
    return Best(tuple(found.items())[:limit], min(total, _COUNTED), more=total > _COUNTED)


# Of frequent words as the planner has sampled it, of others counted.
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
    SELECT token, size.n, coalesce(share * size.n, (
        SELECT count(*) FROM (
            SELECT 1 FROM search_text WHERE part = 0 AND words @@ quoted::tsquery LIMIT :most
        ) counted
    ))
    FROM size, unnest(CAST(:tokens AS text[]), CAST(:quoted AS text[])) asked(token, quoted)
    LEFT JOIN frequent ON word = token
    """
)


def frequencies(session: Session, tokens: Collection[str], *, most: int) -> Mapping[str, int]:
    held = _frequencies(session, tokens)
    return {token: round(min(held[token][1], most)) for token in tokens}


def ranked(numbers: Sequence[int]) -> Subquery:
    every = func.unnest(cast(list(numbers), ARRAY(Integer)))
    each = every.table_valued("item_id", with_ordinality="rank", name="each").render_derived()
    return select(each.c.item_id, each.c.rank).subquery("ranked")


def _frequencies(session: Session, tokens: Collection[str]) -> dict[str, tuple[float, float]]:
    """The number of texts, and about of those that have it, of each token; what is not frequent is
    counted, once while a search lasts (`bounded`)."""
    held: dict[str, tuple[float, float]] = session.info.get(_INFO, {})
    wanted = [token for token in dict.fromkeys(tokens) if token not in held]
    if wanted:
        asked = {"tokens": wanted, "quoted": list(map(_quoted, wanted)), "most": _COUNTED}
        rows = session.execute(_FREQUENCIES, asked)
        held.update((token, (size, number)) for token, size, number in rows)
    return held


@dataclass(frozen=True)
class _Index:
    """The documents that a question is asked of: of papers or of all else, those `within`, at the
    places that have `labels`."""

    session: Session
    among: Among
    within: Select[int | None] | None
    labels: str

    def count(self, question: Question, most: int) -> int:
        """How many match, counted no further than `most`."""
        found = self._matching(question, literal(0.0)).limit(most).subquery()
        return self.session.scalar(select(func.count()).select_from(found)) or 0

    def ranked(self, question: Question, narrowed: Question) -> list[tuple[int, float]]:
        """What matches `narrowed`, no more than are ranked, by its rank for `question`."""
        rows = self.session.execute(self._matching(narrowed, self._rank(question)).limit(_BOUND))
        return sorted(((n, rank) for n, rank in rows), key=lambda row: (row[1], -row[0]))

    def overflows(self, question: Question) -> bool:
        """Whether it is known without counting that too much matches: where one frequent word is
        enough. The margin is for what has changed since the planner took its sample."""
        if self.within is not None or self.labels or question.none or len(question.groups) != 1:
            return False
        if self.among != "papers":
            return False
        enough = {
            way.tokens[0]
            for words in question.groups[0]
            if len(words) == 1
            for way in words[0]
            if len(way.tokens) == 1
        }
        held = _frequencies(self.session, enough)
        return any(held[token][1] > 2 * _COUNTED for token in enough)

    def likeliest(self, question: Question, *, known: bool) -> Question:
        """`question` narrowed to documents in which a word is strong: the weakest tier that leaves
        few enough, or the strongest of all. The weakest is passed over where too much matches."""
        tokens = sorted({token for pattern in question.patterns() for token in pattern.tokens})
        narrowed = question
        for n in range(len(TIERS) if known else len(TIERS) - 1, 0, -1):
            marks = [mark for _, mark in TIERS[:n]]
            any_strong = tuple(((Pattern((mark + token,)),),) for token in tokens for mark in marks)
            narrowed = replace(question, groups=(*question.groups, any_strong))
            if self.count(narrowed, _BOUND + 1) <= _BOUND:
                break
        return narrowed

    def unranked(self, question: Question, limit: int) -> Best:
        """The newest of what has none of `question.none`."""
        rank = literal(0.0)
        if question.none:
            found = self._matching(question, rank).subquery()
        else:
            first = self._narrowed(select(_TEXT.c.document, rank.label("rank")))
            found = first.where(_TEXT.c.part.in_((0, 1))).subquery()
        newest = select(found.c.document).order_by(func.abs(found.c.document).desc())
        every = list(self.session.scalars(newest.limit(_COUNTED + 1)))
        numbered = tuple((number, 0.0) for number in every[:limit])
        return Best(numbered, min(len(every), _COUNTED), more=len(every) > _COUNTED)

    def _matching(self, question: Question, rank: ColumnElement[float]) -> Select[int, float]:
        """The documents of one part that meet `question`, and those of several that do."""
        asked = _folded(question, self._pattern, _all, _any, _not)
        whole = self._narrowed(select(_TEXT.c.document, rank.label("rank"))).where(
            _TEXT.c.part == 0, _is_in(asked)
        )
        parts = self._narrowed(select(_TEXT.c.document, func.min(rank).label("rank")))
        parts = parts.where(_TEXT.c.part > 0)
        if question.groups:
            parts = parts.where(_is_in(_any(self._leaves(question))))
        several = parts.group_by(_TEXT.c.document).having(
            _folded(question, self._somewhere, _and, _or, _nowhere)
        )
        every = union_all(whole, several).subquery()
        return select(every.c.document, every.c.rank)

    def _narrowed(self, statement: Select[Any, Any]) -> Select[Any, Any]:
        number = _TEXT.c.document
        statement = statement.where(number > 0 if self.among == "papers" else number < 0)
        return statement if self.within is None else statement.where(number.in_(self.within))

    def _rank(self, question: Question) -> ColumnElement[float]:
        """Lower is better. The ways of a word count as one: as its most frequent."""
        units = dict.fromkeys(ways for g in question.groups for words in g for ways in words)
        tokens = {token for ways in units for way in ways for token in way.tokens}
        held = _frequencies(self.session, tokens)

        def tells(token: str) -> float:
            size, having = held[token]
            return math.log(1 + (max(size - having, 0) + 0.5) / (having + 0.5))

        # An OR is divided by its words. The words are an array, so that the statement is the same
        # however many they are: to put together another takes as long as to run it.
        idf = [len(ways) * min(max(map(tells, way.tokens)) for way in ways) for ways in units]
        asked = cast(cast([self._ways(ways) for ways in units], ARRAY(String)), ARRAY(TSQUERY))
        each = (
            func.unnest(cast(idf, ARRAY(Double)), asked)
            .table_valued("tells", "asked", name="each")
            .render_derived()
        )
        there = func.ts_rank(_WEIGHTS, _TEXT.c.words, each.c.asked, _BY_LENGTH)
        return select(-func.sum(each.c.tells * there)).correlate(_TEXT).scalar_subquery()

    def _somewhere(self, pattern: Pattern) -> ColumnElement[bool]:
        return func.bool_or(_is_in(self._pattern(pattern)), type_=Boolean)

    def _ways(self, ways: Ways) -> str:
        return _any(map(self._pattern, ways))

    def _leaves(self, question: Question) -> list[str]:
        """Everything a question speaks of, also what must not be there."""
        every = (*question.groups, question.none)
        return [self._ways(ways) for group in every for words in group for ways in words]

    def _pattern(self, pattern: Pattern) -> str:
        return " <-> ".join(
            _quoted(token) + (f":{self.labels}" if self.labels and token[0] not in _MARKS else "")
            for token in pattern.tokens
        )


# --- The languages of tsvector, tsquery and SQL --------------------------------------------------


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


def _labels(columns: Iterable[str]) -> str:
    return "".join(sorted({_LABELS[name] for name in columns}))


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


def _nowhere(somewhere: ColumnElement[bool]) -> ColumnElement[bool]:
    return not_(somewhere)


def _tsquery(asked: str) -> ColumnElement[str]:
    return cast(asked, TSQUERY)


def _is_in(asked: str) -> ColumnElement[bool]:
    return _TEXT.c.words.bool_op("@@")(_tsquery(asked))
