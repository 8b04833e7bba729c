"""Since when each table is as it is: what is kept of a table outlives the changes of others."""

from contextlib import closing

import pytest
from sqlalchemy import text
from sqlmodel import Session, SQLModel, col, delete, select, update

from app.database import Database, insert_many, open_database
from app.library_state import state_of, state_of_tables
from app.models import Issue, Paper, Tag, WatchEntry
from app.settings import Settings
from app.state_cache import StateCache


def tables(database: Database, *models: type[SQLModel]) -> tuple[str, ...]:
    with database.read() as session:
        state = state_of(session)
        assert state
        return state_of_tables(state, [str(each.__tablename__) for each in models])


def add(database: Database, row: SQLModel) -> None:
    with database.write() as session:
        session.add(row)


@pytest.fixture
def tagged(db: Database) -> Database:
    add(db, Tag(name="a", folded="a"))
    return db


def test_a_change_is_one_of_its_tables_alone(tagged: Database) -> None:
    paper, tag = tables(tagged, Paper, Tag)
    add(tagged, Tag(name="b", folded="b"))
    assert tables(tagged, Paper) == (paper,)
    assert tables(tagged, Tag) != (tag,)


@pytest.mark.parametrize("statement", ["update", "delete", "rows", "UPDATE tag SET name = 'c'"])
def test_statements_are_seen_however_they_are_given(tagged: Database, statement: str) -> None:
    paper, tag = tables(tagged, Paper, Tag)
    with tagged.write() as session:
        match statement:
            case "update":
                session.execute(update(Tag).values(name="c"))
            case "delete":
                session.execute(delete(Tag))
            case "rows":
                insert_many(session, Tag, [{"id": 77, "name": "d", "folded": "d"}])
            case _:
                session.execute(text(statement))
    assert tables(tagged, Paper) == (paper,)
    assert tables(tagged, Tag) != (tag,)


def test_what_goes_with_a_deleted_row_counts_as_changed(db: Database) -> None:
    paper = Paper(citekey="a", citekey_folded="a", title="A")
    add(db, paper)
    add(db, Issue(slug="i", name_en="I"))
    before, issue = tables(db, WatchEntry, Issue)
    with db.write() as session:
        session.execute(delete(Paper).where(col(Paper.citekey) == "a"))
    assert tables(db, WatchEntry) != (before,)
    assert tables(db, Issue) == (issue,)


def test_a_statement_of_another_kind_counts_as_a_change_of_all(tagged: Database) -> None:
    before = tables(tagged, Paper, Issue)
    with tagged.write() as session:
        session.execute(text("WITH x AS (SELECT 1) DELETE FROM tag"))
    assert not set(before) & set(tables(tagged, Paper, Issue))


def test_what_only_reads_changes_nothing(tagged: Database) -> None:
    with tagged.read() as session:
        state = state_of(session)
        session.execute(text("WITH x AS (SELECT id FROM tag) SELECT * FROM x")).all()
        assert state_of(session) == state


def test_what_another_program_changed_counts_as_a_change_of_all(
    settings: Settings, tagged: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tables(tagged, Paper, Issue)
    with closing(open_database(settings)) as other:
        monkeypatch.setattr("app.library_state._since", {})  # as that of another process
        add(other, Tag(name="b", folded="b"))
        monkeypatch.undo()
    assert not set(before) & set(tables(tagged, Paper, Issue))


def test_a_cache_of_some_tables_is_asked_again_when_these_change(tagged: Database) -> None:
    cache = StateCache[int](2, reads=[Tag])

    def count() -> int:
        def compute() -> int:
            computed.append(1)
            return len(session.exec(select(Tag)).all())

        with tagged.read() as session:
            return cache.get(session, (), compute)

    computed: list[int] = []
    assert count() == 1
    add(tagged, Issue(slug="i", name_en="I"))
    assert count() == 1
    assert len(computed) == 1
    add(tagged, Tag(name="b", folded="b"))
    assert count() == 2


def test_a_cache_that_reads_more_than_it_says_is_found_by_tests(tagged: Database) -> None:
    cache = StateCache[int](2, reads=[Tag])

    def wrong(session: Session) -> int:
        return len(session.exec(select(Paper)).all())

    with tagged.read() as session, pytest.raises(AssertionError, match="paper"):
        cache.get(session, (), lambda: wrong(session))
