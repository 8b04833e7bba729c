"""The index on PostgreSQL: tsvectors under GIN. Everything particular to it stays in here.

A tsvector keeps 255 places of a word and 16,383 in all, so a long text is cut into parts, which
overlap for the sake of phrases; what must hold of a text must hold of its parts together.

PostgreSQL knows no BM25; a text's rank is put together of `ts_rank`, idf and what BM25 makes of the
text's length (`_Index._rank`). That reads every text it ranks, so where more than `_BOUND` match,
only those are ranked in which a word is strong (`impact_tiers`).
"""

import math
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any, TypeVar

from sqlalchemy import (
    ARRAY,
    REAL,
    BigInteger,
    Integer,
    Row,
    Select,
    Subquery,
    bindparam,
    cast,
    column,
    delete,
    event,
    func,
    insert,
    literal,
    select,
    table,
)
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from app.search.engine.engine_results import Among, RankedPage, Tokens, TookTooLong
from app.search.engine.impact_tiers import TIERS, WEIGHTS, length_norm
from app.search.index.analysis import Pattern
from app.search.index.documents import COLUMNS
from app.search.query.engine_query import EngineQuery, Ways, Words

# A tsvector tells four kinds of places apart, and ts_rank takes their weights from D to A, none
# above one. Of one word it gives the sum of its places' weights, the heaviest whole and of the
# others the n-th by 1/n², divided by the limit of that, π²/6 (PostgreSQL's tsrank.c, calc_rank_or).
# The third power of such a sum, of weights that are third roots, is near the sum of the weights
# that BM25 wants: 1, 1.95, 2.5 for a word once, twice, three times in the abstract, 5 for once in
# the title and 7.5 for both.
_LABELS = {"title": "A", "names": "B", "techniques": "B", "abstract": "C", "notes": "D"}
_ROOTS = {label: WEIGHTS[name] ** (1 / 3) for name, label in _LABELS.items()}
_HIGHEST = max(_ROOTS.values())
_WEIGHTS = f"ARRAY{[round(_ROOTS[label] / _HIGHEST, 4) for label in 'DCBA']}::real[]"
_SUM = _HIGHEST * math.pi**2 / 6  # what ts_rank gives times this is the sum of the roots
_GAP = 1  # places left between two columns, so that no phrase reaches over
_MARKS = frozenset(mark for _, mark in TIERS)

_LONGEST = 3_000  # words of a part: of the longest words, a tsvector's megabyte
_PLACES = 255
_OVERLAP = 120

_BOUND = 3_000  # documents that are ranked
_LIKELIEST = 2_000  # about, where there are more
_FEW = 500  # that are ranked beside those in which a word is strong, where these are not enough
_WAYS = 16  # of a word by which it is ranked
_PHRASED = 0.1  # of the texts that have all of its words, about as many have a phrase
_COUNTED = 10_000  # matches that are counted
_SURELY = 13_000  # matches by a sample, that need not be counted
_LOOKED_AT = 15_000  # documents, where there is no word to look for
_SAMPLE = 20_000  # texts whose words are counted, and in how many of them a word must stand
_SELDOM = 5
_CANCELLED = "57014"  # what a statement is told that took too long
_INFO = "search_frequencies"
_UNTIL = "search_until"
_LEAST_TIME = 20  # milliseconds: also the way back to the savepoint must be in time
_TOLD_AGAIN = 0.8  # of the time that a statement was given, when less is left
# The index of words alone bounds what is read, whatever the planner believes of their number.
_PLANNED = (
    "SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off; SET LOCAL jit = off;"
    " SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL work_mem = '32MB';"
    " SET LOCAL random_page_cost = 1.1; "
)

_TEXT = table(
    "search_text",
    column("document", Integer),
    column("part", Integer),
    column("words", TSVECTOR),
    column("norm", REAL),
)
_Made = TypeVar("_Made")


# --- Texts ---------------------------------------------------------------------------------------


def write(session: Session, texts: Mapping[int, Tokens]) -> None:
    """See `choice.Engine` for this and the other functions of its names."""
    remove(session, texts)
    rows = [
        {"number": number, "place": place, "tokens": words, "added": added}
        for number, columns in texts.items()
        for added in [length_norm(sum(len(columns[name].split()) for name in COLUMNS))]
        for place, words in _parts(columns)
    ]
    if rows:
        statement = insert(_TEXT).values(
            document=bindparam("number"),
            part=bindparam("place"),
            words=cast(bindparam("tokens"), TSVECTOR),
            norm=bindparam("added"),
        )
        session.connection().execute(statement, rows)


def remove(session: Session, numbers: Collection[int]) -> None:
    if numbers:
        gone = delete(_TEXT).where(_TEXT.c.document.in_(list(numbers)))
        session.connection().execute(gone)


def unlike(session: Session, texts: Mapping[int, Tokens]) -> set[int]:
    rows = [
        (number, part, words, length_norm(sum(len(columns[name].split()) for name in COLUMNS)))
        for number, columns in texts.items()
        for part, words in _parts(columns)
    ]
    numbers, parts, words, norms = map(list, zip(*rows, strict=True)) if rows else ([],) * 4
    found = session.connection().exec_driver_sql(
        "SELECT document FROM unnest(%s::int[], %s::int[], %s::text[], %s::real[])"
        " AS made (document, part, words, norm) FULL JOIN"
        " (SELECT * FROM search_text WHERE document = ANY(%s::int[])) AS held"
        " USING (document, part) WHERE held.words IS DISTINCT FROM made.words::tsvector"
        " OR held.norm IS DISTINCT FROM made.norm",
        (numbers, parts, words, norms, list(texts)),
    )
    return {number for (number,) in found}


def is_sound(session: Session) -> bool:  # noqa: ARG001 (SQLite has to look)
    """PostgreSQL keeps its indexes in order; what texts there are, `unlike` says."""
    return True


def reset(session: Session) -> None:
    clear(session)


def clear(session: Session) -> None:
    session.connection().execute(delete(_TEXT))


def ids_after(session: Session, *, after: int, limit: int) -> list[int]:
    first = _TEXT.c.part.in_((0, 1))
    beyond = _TEXT.c.document > literal(after, BigInteger)
    statement = select(_TEXT.c.document).where(beyond, first)
    return list(session.scalars(statement.order_by(_TEXT.c.document).limit(limit)))


def repair(session: Session) -> None:
    session.connection().exec_driver_sql("REINDEX TABLE search_text")


def optimize(session: Session) -> bool:
    """Bring what was written last into its place, have the planner take its sample of everything,
    and take one of the words."""
    connection = session.connection()
    for index in ("search_text_words", "search_text_rest"):
        connection.exec_driver_sql(f"SELECT gin_clean_pending_list('{index}')")
    connection.exec_driver_sql("ANALYZE")
    connection.exec_driver_sql("DELETE FROM search_text_frequency")
    size = "SELECT reltuples FROM pg_class WHERE oid = 'search_text'::regclass"
    percent = min(100.0, 100 * _SAMPLE / max(1, connection.exec_driver_sql(size).scalar_one()))
    sample = f"FROM search_text TABLESAMPLE SYSTEM ({percent}) REPEATABLE (1)"
    shares = (
        f"SELECT word, ndoc::real / (SELECT count(*) {sample})"  # noqa: S608
        f" FROM ts_stat('SELECT words {sample}') WHERE ndoc >= {_SELDOM}"
    )
    connection.exec_driver_sql(f"INSERT INTO search_text_frequency (token, share) {shares}")
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
def time_limit(session: Session, until: float, *, searching: bool) -> Iterator[None]:
    session.flush()  # for what is not written yet would be rolled back with the settings
    connection = session.connection()
    around, held = session.info.get(_UNTIL), session.info.get(_INFO)
    session.info[_UNTIL], session.info[_INFO] = until, held or {}
    told = until - time.monotonic()
    planned = _PLANNED if searching else ""
    connection.exec_driver_sql(f"SAVEPOINT search; {planned}{_timeout(told)}")

    def watch(_connection: object, cursor: Any, *_others: object) -> None:
        """Tell the server, which bounds each statement by itself, how much is left for all."""
        nonlocal told
        if session.info[_UNTIL] != until:
            return  # a bound within this one has its own
        left = until - time.monotonic()
        if left <= 0:
            raise TookTooLong
        if left < told * _TOLD_AGAIN:
            told = left
            cursor.execute(_timeout(left))

    event.listen(connection, "before_cursor_execute", watch)
    try:
        yield
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) != _CANCELLED:
            raise
        raise TookTooLong from error
    finally:
        event.remove(connection, "before_cursor_execute", watch)
        if not connection.closed and not connection.invalidated:
            connection.exec_driver_sql("ROLLBACK TO SAVEPOINT search; RELEASE SAVEPOINT search")
        session.info[_UNTIL] = around
        if held is None:
            del session.info[_INFO]


def _timeout(seconds: float) -> str:
    return f"SET LOCAL statement_timeout = {max(_LEAST_TIME, round(seconds * 1000))}"


def top_k(
    session: Session,
    question: EngineQuery,
    columns: Sequence[str],
    *,
    among: Among,
    within: Select[int | None] | None = None,
    limit: int,
    few: int = 0,  # noqa: ARG001 - to rank a few costs nothing here
) -> RankedPage:
    labels = "" if tuple(columns) == COLUMNS else _labels(columns)
    index = _Index(session, among, _Sql.of(session, within), labels)
    if not question.groups:
        return index.unranked(question, limit)
    question = _possible(session, question)
    if not all(question.groups):
        return RankedPage()
    expected = index.expected(question)
    little = expected <= (_BOUND if len(question.groups) == 1 else _BOUND / 2)
    little |= index.unsure(question) > _COUNTED  # for counting it takes as long
    most = _COUNTED + 1 if little else _BOUND + 1
    seen = _Seen(_COUNTED + 1, _COUNTED + 1)
    if little or among == "others" or within is not None:
        seen = index.top_k(question, question, limit, most)
        if seen.looked < most:
            more = seen.total > _COUNTED
            return RankedPage(tuple(seen.ranked.items()), min(seen.total, _COUNTED), more=more)
    if not little and not index.overflows(question):
        seen = index.count(question)
    if not seen.ranked and seen.total <= _BOUND:
        seen = index.top_k(question, question, limit, _COUNTED + 1)
    ranked = dict(seen.ranked)
    if seen.total > _BOUND or seen.looked > _COUNTED:
        ranked |= index.likeliest(question, seen.total, limit)
    if len(ranked) < min(limit, seen.total):
        ranked |= index.top_k(question, question, limit, max(limit, _FEW)).ranked
    best = sorted(ranked.items(), key=lambda each: (each[1], -each[0]))[:limit]
    total = min(max(seen.total, len(ranked)), _COUNTED)
    return RankedPage(tuple(best), total, more=seen.looked > _COUNTED)


def frequencies(session: Session, tokens: Collection[str], *, most: int) -> Mapping[str, int]:
    held = _frequencies(session, tokens)
    return {token: round(min(held[token][1], most)) for token in tokens}


def ranked(numbers: Sequence[int]) -> Subquery:
    every = func.unnest(cast(list(numbers), ARRAY(Integer)))
    each = every.table_valued("item_id", with_ordinality="rank", name="each").render_derived()
    return select(each.c.item_id, each.c.rank).subquery("ranked")


# Of a word that the sample has, by its share; of any other it does not take long to count.
_FREQUENCIES = """
    WITH size AS (
        SELECT CASE WHEN reltuples > 0 THEN reltuples ELSE (SELECT count(*) FROM search_text) END n
        FROM pg_class WHERE oid = 'search_text'::regclass
    )
    SELECT token, size.n, coalesce(share * size.n, (
        SELECT count(*) FROM (
            SELECT FROM search_text WHERE part = 0 AND words @@ quoted::tsquery UNION ALL
            SELECT FROM search_text WHERE part > 0 AND words @@ quoted::tsquery LIMIT %(most)s
        ) counted
    ))
    FROM size, unnest(%(tokens)s::text[], %(quoted)s::text[]) asked(token, quoted)
    LEFT JOIN search_text_frequency USING (token)
"""


def _frequencies(session: Session, tokens: Collection[str]) -> dict[str, tuple[float, float]]:
    """The number of texts, and about of those that have it, of each token; once while a search
    lasts (`bounded`)."""
    held: dict[str, tuple[float, float]] = session.info.get(_INFO, {})
    wanted = [token for token in dict.fromkeys(tokens) if token not in held]
    if wanted:
        asked = {"tokens": wanted, "quoted": list(map(_quoted, wanted)), "most": _COUNTED}
        rows = session.connection().exec_driver_sql(_FREQUENCIES, asked)
        held.update((token, (size, number)) for token, size, number in rows)
    return held


def _held(session: Session, question: EngineQuery) -> dict[str, tuple[float, float]]:
    return _frequencies(session, [t for pattern in question.patterns() for t in pattern.tokens])


def _possible(session: Session, question: EngineQuery) -> EngineQuery:
    """The same without what cannot be found, because no text has one of its words; what is left is
    found and ranked so much faster."""
    held = _held(session, question)

    def possible(words: Words) -> Words:
        return tuple(
            tuple(way for way in ways if all(held[token][1] for token in way.tokens))
            for ways in words
        )

    groups = (tuple(filter(all, map(possible, group))) for group in question.groups)
    return replace(question, groups=tuple(groups))


def _brief(session: Session, question: EngineQuery) -> EngineQuery:
    """The same with but the most frequent ways of each word, to rank by: each way takes as long."""
    held = _held(session, question)

    def brief(ways: Ways) -> Ways:
        frequent = sorted(ways, key=lambda way: -min(held[token][1] for token in way.tokens))
        return ways if len(ways) <= _WAYS else tuple(frequent[:_WAYS])

    groups = (tuple(tuple(map(brief, words)) for words in group) for group in question.groups)
    return replace(question, groups=tuple(groups))


@dataclass(frozen=True)
class _Sql:
    """A part of a statement, as the driver takes it, with its values by their names."""

    text: str = ""
    values: Mapping[str, object] = field(default_factory=dict)

    @classmethod
    def of(cls, session: Session, within: Select[int | None] | None) -> "_Sql":
        """The condition that a document is one of `within`."""
        if within is None:
            return cls()
        options = {"render_postcompile": True}
        made = within.compile(dialect=session.get_bind().dialect, compile_kwargs=options)
        return cls(f" AND document IN ({made})", made.params)


@dataclass(frozen=True)
class _Seen:
    """How many documents were looked at, how many of them meet a question, and the best of them
    by their rank."""

    looked: int
    total: int
    ranked: Mapping[int, float] = field(default_factory=dict)


@dataclass(frozen=True)
class _Index:
    """The documents that a question is asked of: of papers or of all else, those that pass a
    filter, at the places that have `labels`.

    Statements go to the driver as text: put together by SQLAlchemy, each takes as long as to run.
    """

    session: Session
    among: Among
    filter: _Sql
    labels: str

    @property
    def here(self) -> str:
        """The condition that a document is of these."""
        side = "document > 0" if self.among == "papers" else "document < 0"
        return side + self.filter.text

    def top_k(self, question: EngineQuery, narrowed: EngineQuery, limit: int, most: int) -> _Seen:
        """Of what may meet `narrowed`, but no more than `most`, the best by its rank for
        `question`."""
        found = self._matching(narrowed, self._rank(_brief(self.session, question)))
        rows = self._rows(
            f"""
            WITH found AS MATERIALIZED ({found.text})
            SELECT looked, total, document, rank
            FROM (SELECT count(*) AS looked, count(rank) AS total FROM found) counted
            LEFT JOIN (
                SELECT * FROM found WHERE rank IS NOT NULL
                ORDER BY rank, document DESC LIMIT %(limit)s
            ) best ON true ORDER BY rank, document DESC
            """,  # noqa: S608
            {**found.values, "most": most, "limit": limit},
        )
        looked, total, *_ = rows[0]
        return _Seen(looked, total, {n: rank for _, _, n, rank in rows if n is not None})

    def count(self, question: EngineQuery) -> _Seen:
        """How many documents meet `question`, counted no further than one too many."""
        found = self._matching(question, _Sql("0"))
        statement = f"SELECT count(*), count(rank) FROM ({found.text}) found"  # noqa: S608
        looked, total = self._rows(statement, {**found.values, "most": _COUNTED + 1})[0]
        return _Seen(looked, total)

    def expected(self, question: EngineQuery) -> float:
        """How many documents would meet `question` if words came together by chance."""
        held = _held(self.session, question)
        size = max(1.0, *(size for size, _ in held.values()))

        def having(way: Pattern) -> float:
            together = 1.0 if len(way.tokens) == 1 else _PHRASED
            return together * min(held[token][1] for token in way.tokens)

        def share(words: Words) -> float:
            return math.prod(min(1.0, sum(map(having, ways)) / size) for ways in words)

        return size * math.prod(min(1.0, sum(map(share, group))) for group in question.groups)

    def overflows(self, question: EngineQuery) -> bool:
        """Whether it is known without counting that too much matches: where the words are so
        frequent that enough documents must have them all. The margin is for what the sample says
        too much, and for what has changed since."""
        if self.filter.text or self.labels or question.none or self.among != "papers":
            return False
        held = _held(self.session, question)
        size = max((size for size, _ in held.values()), default=0.0)
        surely = size
        for group in question.groups:
            units = [words[0] for words in group if len(words) == 1]
            tokens = {way.tokens[0] for ways in units for way in ways if len(way.tokens) == 1}
            surely -= size * math.prod(1 - min(1, held[token][1] / size) for token in tokens)
        return surely > _SURELY

    def likeliest(self, question: EngineQuery, total: int, limit: int) -> Mapping[int, float]:
        """The best of the documents in which a word is strong, by the weakest tier that leaves few
        enough, or the strongest of all.

        Which tier that is, is guessed: of `total` matches, as many should have a word strong as of
        all documents that have it.
        """
        brief = _brief(self.session, question)
        tokens = sorted({token for pattern in brief.patterns() for token in pattern.tokens})
        marked = {token: [mark + token for _, mark in TIERS] for token in tokens}
        held = _frequencies(self.session, {*tokens, *chain(*marked.values())})
        if total > _COUNTED:
            total = max(total, round(self.expected(question)))
        seen = _Seen(0, 0)
        for n in range(len(TIERS), 0, -1):
            having = ((token, sum(held[m][1] for m in marked[token][:n])) for token in tokens)
            expected = sum(min(1, total / max(1, held[t][1])) * number for t, number in having)
            if n > 1 and expected > _LIKELIEST:
                continue
            strong = tuple(Pattern((m,)) for token in tokens for m in marked[token][:n])
            narrowed = replace(question, groups=(*question.groups, ((strong,),)))
            seen = self.top_k(question, narrowed, limit, _BOUND + 1)
            if seen.looked <= _BOUND:
                break
        return seen.ranked

    def unranked(self, question: EngineQuery, limit: int) -> RankedPage:
        """The newest of what has none of `question.none`: of the last `_LOOKED_AT` that pass."""
        order = "document DESC" if self.among == "papers" else "document"
        most, kept, having = _COUNTED + 1, "SELECT document FROM newest", _Sql()
        if question.none:
            most, having = _LOOKED_AT, self._having(question)
            kept = f"""
                SELECT document FROM search_text
                WHERE document = ANY(ARRAY(SELECT document FROM newest))
                GROUP BY document HAVING {having.text}
            """  # noqa: S608
        self.session.connection().exec_driver_sql("SET LOCAL enable_indexscan = on")
        ((looked, total, numbers),) = self._rows(
            f"""
            WITH newest AS MATERIALIZED (
                SELECT document FROM search_text
                WHERE {self.here} AND part <= 1
                ORDER BY {order} LIMIT %(most)s
            ), kept AS MATERIALIZED ({kept})
            SELECT (SELECT count(*) FROM newest), (SELECT count(*) FROM kept),
                ARRAY(SELECT document FROM kept ORDER BY {order} LIMIT %(limit)s)
            """,  # noqa: S608
            {**self.filter.values, **having.values, "most": most, "limit": limit},
        )
        newest = tuple((number, 0.0) for number in numbers)
        return RankedPage(newest, min(total, _COUNTED), more=total > _COUNTED or looked == most)

    def _matching(self, question: EngineQuery, rank: _Sql) -> _Sql:
        """No more than `most` documents of one part that may meet `question`, and those of several
        that do; each with the best `rank` of its rows, or with none where it does not meet it.

        The index knows no places: whether a word is in the title, or after another, is looked for
        in the texts themselves.
        """
        here = f"FROM search_text WHERE {self.here}"
        values = {
            "asked": _folded(question, self._ways, _all, _any, _not),
            "any": _any(self._leaves(question)),
        }
        where, ranked = "asked", rank.text
        if self.labels or self.unsure(question) > _COUNTED:
            values["loose"] = _folded(replace(question, none=()), _loose, _all, _any, _not)
            where, ranked = "loose", f"CASE WHEN words @@ %(asked)s::tsquery THEN {rank.text} END"
        having = self._having(question)
        whole = f"SELECT * {here} AND part = 0 AND words @@ %({where})s::tsquery"
        parts = f"SELECT document, min({rank.text}) {here} AND part > 0"
        return _Sql(
            f"(SELECT document, {ranked} AS rank FROM ({whole} LIMIT %(most)s) whole) UNION ALL"  # noqa: S608
            f" {parts} AND words @@ %(any)s::tsquery GROUP BY document HAVING {having.text}",
            {**self.filter.values, **rank.values, **having.values, **values},
        )

    def unsure(self, question: EngineQuery) -> float:
        """In about how many texts the tokens of phrases are, which would have to be looked at."""
        excluded = (way for words in question.none for ways in words for way in ways)
        if any(len(way.tokens) > 1 for way in excluded):
            return math.inf
        held = _held(self.session, question)
        phrases = (way.tokens for way in question.patterns() if len(way.tokens) > 1)
        return sum(min(held[token][1] for token in tokens) for tokens in phrases)

    def _having(self, question: EngineQuery) -> _Sql:
        """That the parts of a document together meet `question`."""
        values: dict[str, str] = {}

        def somewhere(ways: Ways) -> str:
            name = f"leaf{len(values)}"
            values[name] = self._ways(ways)
            return f"bool_or(words @@ %({name})s::tsquery)"

        return _Sql(_folded(question, somewhere, _and, _or, _nowhere), values)

    def _rank(self, question: EngineQuery) -> _Sql:
        """Of one row; lower is better: the sum of idf × weight / (weight + norm) over the words, as
        BM25 has it.

        A phrase counts as the rarest of its words: of several, `ts_rank` tells how close they are,
        and of a long phrase that is 1 wherever it stands. The ways of a word count as one, as the
        most frequent. What is asked twice counts twice.
        """
        units = Counter(ways for g in question.groups for words in g for ways in words)
        tokens = {token for ways in units for way in ways for token in way.tokens}
        held = _frequencies(self.session, tokens)

        def tells(token: str) -> float:
            size, having = held[token]
            return math.log(1 + (max(size - having, 0) + 0.5) / (having + 0.5))

        terms: list[str] = []
        values: dict[str, object] = {}
        for n, (ways, times) in enumerate(units.items()):
            rarest = dict.fromkeys(max(way.tokens, key=tells) for way in ways)
            values[f"unit{n}"] = _any(map(_quoted, rarest))
            values[f"tells{n}"] = times * min(map(tells, rarest))
            # An OR is divided by its words. The least is for a text that has none of them.
            roots = f"{_SUM * len(rarest):.4f} * ts_rank({_WEIGHTS}, words, %(unit{n})s::tsquery)"
            weight = f"greatest(power({roots}, 3), 1e-9)"
            terms.append(f"%(tells{n})s::float8 / (1 + norm / {weight})")
        return _Sql(f"-({' + '.join(terms)})", values)

    def _ways(self, ways: Ways) -> str:
        return _any(map(self._pattern, ways))

    def _leaves(self, question: EngineQuery) -> list[str]:
        """Everything a question speaks of, also what must not be there."""
        every = (*question.groups, question.none)
        return [self._ways(ways) for group in every for words in group for ways in words]

    def _pattern(self, pattern: Pattern) -> str:
        return " <-> ".join(
            _quoted(token) + (f":{self.labels}" if self.labels and token[0] not in _MARKS else "")
            for token in pattern.tokens
        )

    def _rows(
        self, statement: str, values: Mapping[str, object]
    ) -> Sequence[Row[*tuple[Any, ...]]]:
        return self.session.connection().exec_driver_sql(statement, values).all()


# --- The languages of tsvector, tsquery and SQL --------------------------------------------------


def tsquery_of(question: EngineQuery) -> str:
    """The question in tsquery's language, for a text that is one tsvector."""

    def ways(patterns: Ways) -> str:
        return _any(" <-> ".join(map(_quoted, way.tokens)) for way in patterns)

    return _folded(question, ways, _all, _any, _not)


def tsvector_of(tokens: str) -> str:
    """Tokens, a space between, as a tsvector; after its last place, 16,383, all have that one."""
    return " ".join(f"{_quoted(word)}:{at}" for at, word in enumerate(tokens.split(), 1))


def _folded(
    question: EngineQuery,
    leaf: Callable[[Ways], _Made],
    every: Callable[[Iterable[_Made]], _Made],
    some: Callable[[Iterable[_Made]], _Made],
    no: Callable[[_Made], _Made],
) -> _Made:
    """The question put together of what its ways are made into."""

    def one_of(group: Iterable[Words]) -> _Made:
        return some([every(map(leaf, words)) for words in group])

    parts = [one_of(group) for group in question.groups]
    if question.none:
        parts.append(no(one_of(question.none)))
    return every(parts)


def _loose(ways: Ways) -> str:
    """A word without the order of its tokens."""
    return _any(" & ".join(map(_quoted, way.tokens)) for way in ways)


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


def _and(parts: Iterable[str]) -> str:
    return f"({' AND '.join(parts)})"


def _or(parts: Iterable[str]) -> str:
    return f"({' OR '.join(parts)})"


def _nowhere(somewhere: str) -> str:
    return f"NOT {somewhere}"
