"""The index of files' pages, on either database: apart from the texts that are written, so that
those are found as quickly with it as without.

A page's number is its file's (`SearchFile`) and its own. What the index has of a file that is gone
is nobody's, for its number is not given again: SQLite's keeps no texts, and so could not take out
what it does not know (contentless FTS5; `contentless_delete` is of SQLite 3.43).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Select
from sqlmodel import Session

from app.search.engine import postgres, sqlite
from app.search.query.engine_query import EngineQuery, Words

OF_A_FILE = 8_192  # numbers; more than pages are taken of one
_BOUND = 3_000  # pages that are ranked: the newest, where there are more
_FILES = 500  # that have the words on several pages

_ENOUGH = 20  # papers, from which none are looked for that have the words on several pages


@dataclass(frozen=True)
class FoundPage:
    """The page of a paper's file that has the words, or most of them; `alone` where nothing that is
    written of the paper has."""

    paper: int
    sha256: str
    page: int
    alone: bool = True


@dataclass(frozen=True)
class FoundPages:
    """The best page of each paper, best first; `more` says that not all were ranked."""

    pages: tuple[FoundPage, ...] = ()
    more: bool = False


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


def find_pages(
    session: Session,
    question: EngineQuery,
    *,
    within: Select[int | None] | None = None,
    limit: int,
) -> FoundPages:
    """The papers with a page that meets `question`; where those are few, after them such as have
    its words on several pages: there the page that has most.

    `within` selects the papers that may be found (its first column).
    """
    whole = _best(session, question, None, within, limit)
    if len(question.groups) < 2 or len(whole.pages) >= _ENOUGH:
        return whole
    files = _files_with(session, question)
    if not files:
        return whole
    some = (tuple(words for group in question.groups for words in group),)
    spread = _best(session, EngineQuery(some, question.none), files, within, limit)
    seen = {each.paper for each in whole.pages}
    pages = (*whole.pages, *(each for each in spread.pages if each.paper not in seen))
    return FoundPages(pages[:limit], whole.more)


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
        every = EngineQuery((tuple(words for group in question.groups for words in group),))
        return f"-ts_rank(p.words, {self.bind(postgres.tsquery_of(every))}::tsquery, 1)"

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

    def rows(self, sql: str) -> list[tuple[int, str, int, int]]:
        given = tuple(self.values) if self.is_sqlite else self.named
        found = self.session.connection().exec_driver_sql(sql, given)
        return [tuple(row) for row in found]


def _best(
    session: Session,
    question: EngineQuery,
    files: Collection[int] | None,
    within: Select[int | None] | None,
    limit: int,
) -> FoundPages:
    made = _Statement(session)
    rank = made.rank(question)
    asked = [made.match(EngineQuery(question.groups))]
    if files is not None:
        asked.append(f"{made.file} IN ({', '.join(map(str, files))})")
    if within is not None:
        asked.append(
            f"{made.file} IN (SELECT f.id FROM search_file f JOIN paper_file h USING (sha256)"  # noqa: S608
            f" WHERE h.paper_id IN ({made.select(within)}))"
        )
    none = EngineQuery((question.none,)) if question.none else None
    if none:
        asked.append(f"{made.file} NOT IN ({made.files_having(none)})")
    most = made.bind(_BOUND + 1)
    shown = ["paper.trashed_at IS NULL"]
    if within is not None:
        shown.append(f"paper.id IN ({made.select(within)})")
    if none:
        shown.append(f"paper.id NOT IN ({made.papers_saying(question.none)})")
    held = made.rows(
        f"""
        WITH found AS (
            SELECT {made.number} AS number, {rank} AS rank FROM search_text_page p
            WHERE {" AND ".join(asked)} ORDER BY {made.number} DESC LIMIT {most}
        ), placed AS (
            SELECT paper.id, f.sha256, number - f.id * {OF_A_FILE} AS page, rank,
                row_number() OVER (
                    PARTITION BY paper.id
                    ORDER BY rank, coalesce(h.arxiv_version, 0) DESC, number
                ) AS place
            FROM found JOIN search_file f ON f.id = number / {OF_A_FILE}
            JOIN paper_file h ON h.sha256 = f.sha256 JOIN paper ON paper.id = h.paper_id
            WHERE {" AND ".join(shown)}
        )
        SELECT id, sha256, page, (SELECT count(*) FROM found) FROM placed
        WHERE place = 1 ORDER BY rank, id DESC LIMIT {made.bind(limit)}
        """  # noqa: S608
    )
    pages = tuple(FoundPage(paper, sha256, page) for paper, sha256, page, _ in held)
    return FoundPages(pages, bool(held) and held[0][3] > _BOUND)


def _files_with(session: Session, question: EngineQuery) -> list[int]:
    """The numbers of files in whose texts each group is met somewhere; the newest."""
    made = _Statement(session)
    each = [made.files_having(EngineQuery((group,))) for group in question.groups]
    met = " INTERSECT ".join(each)
    sql = f"SELECT * FROM ({met}) AS met ORDER BY 1 DESC LIMIT {made.bind(_FILES)}"  # noqa: S608
    return [row[0] for row in made.rows(sql)]


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
