"""The index of files' pages, on either database: apart from the texts that are written, so that
those are found as quickly with it as without.

A page's number is its file's (`SearchFile`) and its own. What the index has of a file that is gone
is nobody's, for its number is not given again: SQLite's keeps no texts, and so could not take out
what it does not know (contentless FTS5; `contentless_delete` is of SQLite 3.43).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import (
    ColumnElement,
    Float,
    Integer,
    Select,
    TextClause,
    bindparam,
    cast,
    func,
    intersect,
    literal,
    literal_column,
    select,
    table,
    text,
)
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlmodel import Session, col

from app.models import Paper, PaperFile, SearchFile
from app.search.engine import postgres, sqlite
from app.search.query.engine_query import EngineQuery, Words

OF_A_FILE = 8_192  # numbers; more than pages are taken of one
_BOUND = 3_000  # pages that are ranked: the newest, where there are more
_FILES = 500  # that have the words on several pages

_PAGE = table("search_text_page")
_LITE = literal_column("search_text_page.rowid", Integer)
_NUMBER = literal_column("search_text_page.number", Integer)


@dataclass(frozen=True)
class FoundPage:
    """The page of a paper's file that has the words, or most of them."""

    paper: int
    sha256: str
    page: int


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
    """The papers with a page that meets `question`, and, of more than one word, those after them
    that have the words on several: there the page that has most.

    `within` selects the papers that may be found (its first column).
    """
    whole = _best(session, question, None, within, limit)
    if len(question.groups) < 2 or whole.more:
        return whole
    files = _files_with(session, question)
    if not files:
        return whole
    spread = _best(session, _any_of(question), files, within, limit)
    seen = {each.paper for each in whole.pages}
    pages = (*whole.pages, *(each for each in spread.pages if each.paper not in seen))
    return FoundPages(pages[:limit], whole.more)


def _any_of(question: EngineQuery) -> EngineQuery:
    return EngineQuery((tuple(words for group in question.groups for words in group),))


def _best(
    session: Session,
    question: EngineQuery,
    files: Collection[int] | None,
    within: Select[int | None] | None,
    limit: int,
) -> FoundPages:
    number, rank = _number(session), _rank(session, question)
    found = select(number.label("number"), rank.label("rank")).select_from(_PAGE)
    found = found.where(_matches(session, EngineQuery(question.groups)))
    if files is not None:
        found = found.where((number // OF_A_FILE).in_(files))
    if within is not None:
        passing = select(col(SearchFile.id)).join(
            PaperFile, col(PaperFile.sha256) == col(SearchFile.sha256)
        )
        passing = passing.where(col(PaperFile.paper_id).in_(within))
        found = found.where((number // OF_A_FILE).in_(passing))
    if question.none:
        found = found.where((number // OF_A_FILE).not_in(_having(session, question.none)))
    top = found.order_by(number.desc()).limit(_BOUND + 1).cte("found")
    place = func.row_number().over(
        partition_by=col(PaperFile.paper_id),
        order_by=(
            top.c.rank,
            func.coalesce(col(PaperFile.arxiv_version), 0).desc(),
            top.c.number,
        ),
    )
    each = (
        select(
            col(PaperFile.paper_id),
            col(PaperFile.sha256),
            (top.c.number % OF_A_FILE).label("page"),
            top.c.rank,
            place.label("place"),
        )
        .select_from(top)
        .join(SearchFile, col(SearchFile.id) == top.c.number // OF_A_FILE)
        .join(PaperFile, col(PaperFile.sha256) == col(SearchFile.sha256))
        .join(Paper, col(Paper.id) == col(PaperFile.paper_id))
        .where(col(Paper.trashed_at).is_(None))
    )
    if within is not None:
        each = each.where(col(PaperFile.paper_id).in_(within))
    if question.none:
        each = each.where(col(PaperFile.paper_id).not_in(_papers_saying(session, question.none)))
    ranked = each.subquery()
    looked = select(func.count()).select_from(top).scalar_subquery()
    rows = session.connection().execute(
        select(ranked.c.paper_id, ranked.c.sha256, ranked.c.page, looked)
        .where(ranked.c.place == 1)
        .order_by(ranked.c.rank, ranked.c.paper_id.desc())
        .limit(limit)
    )
    held = rows.all()
    pages = tuple(FoundPage(paper, sha256, page) for paper, sha256, page, _ in held)
    return FoundPages(pages, bool(held) and held[0][3] > _BOUND)


def _files_with(session: Session, question: EngineQuery) -> list[int]:
    """The numbers of files in whose texts each group is met somewhere; the newest."""
    each = [_pages_of(session, EngineQuery((group,))) for group in question.groups]
    met = intersect(*each).subquery()
    file = met.c.file
    return list(session.scalars(select(file).order_by(file.desc()).limit(_FILES)))


def _pages_of(session: Session, question: EngineQuery) -> Select[int]:
    file = (_number(session) // OF_A_FILE).label("file")
    return select(file).select_from(_PAGE).where(_matches(session, question))


def _having(session: Session, words: Collection[Words]) -> Select[int]:
    """The files in which any of these words stands."""
    return _pages_of(session, EngineQuery((tuple(words),)))


def _papers_saying(session: Session, words: Collection[Words]) -> Select[int]:
    """The papers of which something that is written has any of these words."""
    question = EngineQuery((tuple(words),))
    if _is_sqlite(session):
        number = literal_column("search_text.rowid", Integer)
        condition: ColumnElement[bool] | TextClause = text("search_text MATCH :said").bindparams(
            said=sqlite.match_expression(question)
        )
    else:
        number = literal_column("search_text.document", Integer)
        condition = literal_column("search_text.words").op("@@")(
            cast(bindparam("said", postgres.tsquery_of(question)), TSQUERY)
        )
    return select(number).select_from(table("search_text")).where(condition, number > 0)


def _matches(session: Session, question: EngineQuery) -> ColumnElement[bool]:
    if _is_sqlite(session):
        match = literal_column("search_text_page").op("MATCH")
        return match(literal(sqlite.match_expression(question)))
    match = literal_column("search_text_page.words").op("@@")
    return match(cast(literal(postgres.tsquery_of(question)), TSQUERY))


def _rank(session: Session, question: EngineQuery) -> ColumnElement[float]:
    """Lower is better."""
    if _is_sqlite(session):
        return literal_column("bm25(search_text_page)", Float)
    places: ColumnElement[str] = literal_column("search_text_page.words")
    any_word = _any_of(question)
    asked = cast(literal(postgres.tsquery_of(any_word)), TSQUERY)
    return -func.ts_rank(places, asked, 1)


def _number(session: Session) -> ColumnElement[int]:
    return _LITE if _is_sqlite(session) else _NUMBER


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
