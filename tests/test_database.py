"""Transactions, and the schema's history."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlmodel import SQLModel, select

from app.database import Database, is_away, open_database
from app.models import Tag, Verdict
from app.settings import Settings


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    with closing(open_database(settings)) as database:
        yield database


def test_the_migrations_give_what_the_models_say(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_object": lambda _thing, name, kind, _reflected, _other: (
                    kind != "table" or not name.startswith("search_text")
                )
            },
        )
        differences = compare_metadata(context, SQLModel.metadata)
    assert not differences


def test_an_old_schema_is_brought_forward(tmp_path: Path) -> None:
    from alembic import command
    from alembic.config import Config

    from app.settings import resource

    database = Database(f"sqlite:///{tmp_path / 'old.sqlite3'}")
    config = Config()
    config.set_main_option("script_location", str(resource("migrations")))
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.commit()
    database.migrate()
    database.migrate()
    with database.read() as session:
        shipped = session.exec(select(Verdict.slug).order_by("position")).all()
    assert shipped == ["adopt", "try", "reference", "limited", "no", "later"]


def test_what_raises_leaves_nothing(database: Database) -> None:
    def fail() -> None:
        with database.write() as session:
            session.add(Tag(name="a", folded="a"))
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with database.read() as session:
        assert not session.exec(select(Tag)).all()


def test_reading_never_writes(database: Database) -> None:
    with database.read() as session:
        session.add(Tag(name="a", folded="a"))
        session.flush()
    with database.read() as session:
        assert not session.exec(select(Tag)).all()


def test_what_follows_is_in_the_same_transaction(database: Database) -> None:
    def refuse(_session: object) -> None:
        raise RuntimeError

    database.before_commit.append(refuse)
    with pytest.raises(RuntimeError), database.write() as session:
        session.add(Tag(name="a", folded="a"))
    database.before_commit.clear()
    with database.read() as session:
        assert not session.exec(select(Tag)).all()


def test_a_writer_takes_the_lock_before_it_reads(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.database._PATIENCE", 1)
    impatient = Database(database.url)
    with database.write() as session:
        session.add(Tag(name="a", folded="a"))
        session.flush()
        with pytest.raises(OperationalError, match="lock") as late, impatient.write() as second:
            second.exec(select(Tag))
        with impatient.read() as reader:
            assert not reader.exec(select(Tag)).all(), "readers go on, on the last state"
    impatient.close()
    assert is_away(late.value)


def test_foreign_keys_hold(database: Database) -> None:
    from app.models import PaperTag

    with pytest.raises(IntegrityError), database.write() as session:
        session.add(PaperTag(paper_id=1, tag_id=1))
