"""What comes first, on every engine alike."""

from collections.abc import Iterator, Mapping

import pytest
from sqlmodel import Session

from app.database import Database
from app.library import service as library
from app.library.rules import PaperInput
from app.search import service as search
from app.search.engine.choice import engine_of
from app.search.engine.deadline import deadline
from app.search.engine.impact_tiers import high_impact_terms
from app.search.index.analysis import Pattern
from app.search.index.documents import COLUMNS
from app.search.query.engine_query import EngineQuery
from app.search.retrieval import run_query

LENGTH = 60  # tokens of a document
TITLE = "一种基于平方和优化的飞行器大角度机动镇定控制器设计方法"


def write(session: Session, texts: Mapping[int, Mapping[str, str]], length: int = LENGTH) -> None:
    """Documents of one length: what is missing is filled with words of no other."""
    made = {}
    for number, columns in texts.items():
        tokens = {name: columns.get(name, "").split() for name in COLUMNS}
        missing = length - sum(map(len, tokens.values()))
        tokens["notes"] += [f"filler{number}x{n}" for n in range(missing)]
        marked = {**tokens, "strong": high_impact_terms(tokens)}
        made[number] = {name: " ".join(column) for name, column in marked.items()}
    engine_of(session).write(session, made)


def ranking(session: Session, *patterns: str) -> list[int]:
    """The documents that have any of `patterns`, best first."""
    asked = tuple(((Pattern(tuple(each.split())),),) for each in patterns)
    engine = engine_of(session)
    with deadline(session, searching=True):
        best = engine.top_k(session, EngineQuery((asked,)), COLUMNS, among="papers", limit=50)
    return [number for number, _ in best.ranked]


@pytest.fixture
def session(db: Database) -> Iterator[Session]:
    with db.write() as session:
        yield session


def test_a_word_weighs_by_where_it_stands(session: Session) -> None:
    write(
        session,
        {
            1: {"title": "graph", "abstract": "a graph"},
            2: {"title": "graph"},
            3: {"names": "graph"},
            4: {"abstract": "graph by graph"},
            5: {"abstract": "graph"},
        },
    )
    assert ranking(session, "graph") == [1, 2, 3, 4, 5]


def test_more_of_a_word_is_better(session: Session) -> None:
    write(session, {n: {"abstract": "graph of " * n} for n in range(1, 11)})
    assert ranking(session, "graph") == list(range(10, 0, -1))


def test_a_word_tells_more_of_a_short_text(session: Session) -> None:
    """More than how often it stands there."""
    write(session, {1: {"abstract": "graph"}}, length=20)
    write(session, {2: {"abstract": "graph"}}, length=200)
    write(session, {3: {"abstract": "graph by graph"}}, length=1_000)
    assert ranking(session, "graph") == [1, 2, 3]


def test_a_rare_word_tells_more_than_a_frequent_one(session: Session) -> None:
    write(session, {n: {"abstract": "network"} for n in range(1, 20)})
    write(session, {20: {"abstract": "alignment"}, 21: {"abstract": "network alignment"}})
    assert ranking(session, "network", "alignment")[:2] == [21, 20]


def test_a_phrase_weighs_by_where_it_stands(session: Session) -> None:
    phrase = "one two three four five six seven eight nine ten eleven twelve"
    write(session, {1: {"title": phrase}, 2: {"abstract": phrase}})
    assert ranking(session, phrase) == [1, 2]


def test_what_has_a_long_title_is_found_by_it_before_what_speaks_of_it(db: Database) -> None:
    """Chinese without a space is one phrase: PostgreSQL's own rank of a long one is always 1, and
    what is newer came first."""
    with db.write() as session:
        titled = library.create_paper(session, PaperInput(title=TITLE, abstract="摘要略。"))
        library.create_paper(session, PaperInput(title="评论", abstract=f"摘要略。 {TITLE}"))
        wanted = titled.id
    with db.read() as session:
        found = run_query(session, search.parse_query(TITLE), kinds=("paper",)).found
    assert [kind for kind, _ in found] == ["paper", "paper"]
    assert found[0][1][0] == wanted
