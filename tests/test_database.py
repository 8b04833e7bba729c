"""Transactions, and the schema's history."""

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from fastapi.testclient import TestClient
from psycopg.sql import SQL, Identifier, Literal
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlmodel import Session, SQLModel, col, delete, insert, select

from app.database import (
    Database,
    continue_numbering,
    explain_error,
    insert_many,
    newest_schema,
    open_database,
    retry_on_lock,
    upgrade_schema,
)
from app.errors import Unavailable
from app.library.rules import PaperInput
from app.library.service import author_row, create_paper
from app.main import create_app
from app.models import Author, Comparison, ImportBatch, Note, Paper, Tag, Verdict, utc_now
from app.search.engine.choice import engine_of
from app.search.index import indexing
from app.settings import Settings
from app.startup import open_library
from tests import postgres
from tests.processes import FORKED


@pytest.fixture(autouse=True)
def by_migrations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each schema here is made by all of them."""
    monkeypatch.setattr("app.database.upgrade_schema", upgrade_schema)


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    with closing(open_database(settings)) as database:
        yield database


@pytest.fixture
def unmade(socket: str, tmp_path: Path, worker_id: str) -> Iterator[Settings]:
    """Settings on a library that is not there yet."""
    library = Settings(_env_file=None, library=tmp_path / "unmade")
    if not socket:
        yield library
        return
    name = f"unmade_{worker_id}"
    postgres.execute(socket, SQL("CREATE DATABASE {}").format(Identifier(name)))
    yield library.model_copy(update={"database_url": postgres.url(socket, name)})
    postgres.execute(socket, SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


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


def test_an_old_schema_is_brought_forward(unmade: Settings) -> None:
    from alembic import command
    from alembic.config import Config

    from app.settings import resource

    database = Database(unmade.url)
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
    database.close()
    assert shipped == ["adopt", "try", "reference", "limited", "no", "later"]


def test_papers_with_notes_are_being_read_after_the_upgrade(unmade: Settings) -> None:
    database = Database(unmade.url)
    with database.rebuild() as connection:
        upgrade_schema(connection, "0023")
        for number, state in enumerate(("unread", "read", "unread", "unread"), start=1):
            paper = {"id": number, "citekey": f"p{number}", "title": "T", "reading": state}
            connection.execute(insert(Paper).values(citekey_folded=f"p{number}", **paper))
        for number in (1, 2, 3):
            thrown = utc_now() if number == 3 else None
            connection.execute(insert(Note).values(body="b", paper_id=number, trashed_at=thrown))
        connection.commit()
    database.migrate()
    with database.read() as session:
        assert session.exec(select(Paper.reading).order_by(col(Paper.id))).all() == [
            *("reading", "read", "unread", "unread")
        ]
    database.close()


def test_authors_are_sorted_as_names_are_read_today(unmade: Settings) -> None:
    database = Database(unmade.url)
    with database.rebuild() as connection:
        upgrade_schema(connection, "0034")
        people = [
            ("Guy Van den Broeck", ""),
            ("Ann King Jr.", ""),
            ("欧阳娜娜", ""),
            ("WHO", "WHO"),
        ]
        for name, family in people:
            connection.execute(insert(Author).values(name=name, family=family, sort_name="old"))
        connection.commit()
    database.migrate()
    with database.read() as session:
        sorted_as = dict(session.exec(select(Author.name, Author.sort_name)).all())
    database.close()
    assert sorted_as == {name: author_row(name, family)["sort_name"] for name, family in people}


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
    monkeypatch.setattr("app.database.LOCK_TIMEOUT", 0.001)
    impatient = Database(database.url)
    with database.write() as session:
        session.add(Tag(name="a", folded="a"))
        session.flush()
        with pytest.raises(OperationalError, match="lock") as late, impatient.write() as second:
            second.exec(select(Tag))
        with impatient.read() as reader:
            assert not reader.exec(select(Tag)).all(), "readers go on, on the last state"
    impatient.close()
    assert isinstance(explain_error(late.value), Unavailable)


def test_a_reader_sees_one_state(database: Database) -> None:
    with database.read() as reader:
        assert not reader.exec(select(Tag)).all()
        with database.write() as session:
            session.add(Tag(name="a", folded="a"))
        assert not reader.exec(select(Tag)).all()
    with database.read() as reader:
        assert reader.exec(select(Tag)).all()


def test_nobody_comes_between_looking_and_writing(settings: Settings) -> None:
    """Over threads and servers alike: each has connections of its own."""
    servers = [open_database(settings) for _ in range(2)]

    def add(number: int) -> None:
        with servers[number % 2].write() as session:
            count = len(session.exec(select(Tag)).all())
            session.add(Tag(name=str(count), folded=str(count)))

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(add, range(30)))
    with servers[0].read() as session:
        assert {tag.name for tag in session.exec(select(Tag))} == set(map(str, range(30)))
    for server in servers:
        server.close()


def start(settings: Settings) -> None:
    open_library(settings).close()


def start_at_once(settings: Settings, count: int) -> None:
    """So many processes open one library, and all succeed."""
    starting = [FORKED.Process(target=start, args=(settings,)) for _ in range(count)]
    for each in starting:
        each.start()
    for each in starting:
        each.join(60)
    assert [each.exitcode for each in starting] == [0] * count


def test_two_may_start_first(unmade: Settings) -> None:
    """The schema and the starter library are made once."""
    start_at_once(unmade, 2)
    with closing(open_database(unmade)) as database, database.read() as session:
        assert len(session.exec(select(ImportBatch)).all()) == 1
        assert len(session.exec(select(Comparison)).all()) == 1


def test_several_may_upgrade_at_once(unmade: Settings) -> None:
    """The schema is brought forward once, and the index that went with the old one written once."""
    with closing(open_library(unmade.model_copy(update={"starter": True}))) as database:
        with database.write() as session:
            engine_of(session).clear(session)
        downgrade(database, to="0010")
    start_at_once(unmade, 3)
    with closing(open_database(unmade)) as database, database.read() as session:
        assert indexed(session) == len(session.exec(select(Paper.id)).all())


def downgrade(database: Database, *, to: str) -> None:
    from alembic import command
    from alembic.config import Config

    from app.settings import resource

    config = Config()
    config.set_main_option("script_location", str(resource("migrations")))
    with database.rebuild() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, to)
        connection.commit()


def indexed(session: Session) -> int:
    numbers = engine_of(session).ids_after(session, after=0, limit=1_000)
    return len(numbers)


def unindexed(settings: Settings) -> int:
    """Five papers without an index; how many."""
    with closing(open_library(settings)) as database:
        for n in range(5):
            with database.write() as session:
                create_paper(session, PaperInput(title=f"Paper {n}"))
        with database.write() as session:
            engine_of(session).clear(session)
    return 5


def test_one_of_several_writes_the_index(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others wait until it is there, however long that takes, and find it done."""
    papers = unindexed(settings)
    monkeypatch.setattr("app.database.LOCK_TIMEOUT", 0.02)
    database = Database(settings.url)
    database.close()  # its next connections have that patience
    times: list[int] = []
    rebuild = indexing.rebuild_index

    def slowly(session: Session) -> None:
        times.append(1)
        time.sleep(0.3)  # much longer than the lock is waited for at a time
        rebuild(session)

    monkeypatch.setattr(indexing, "rebuild_index", slowly)

    def fill(_number: int) -> int:
        retry_on_lock(partial(indexing.fill_empty, database))
        with database.read() as session:
            return indexed(session)

    with ThreadPoolExecutor(3) as threads:
        assert list(threads.map(fill, range(3))) == [papers] * 3
    assert times == [1]
    database.close()


def test_an_index_that_was_interrupted_is_written_anew(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    papers = unindexed(settings)
    rebuild = indexing.rebuild_index

    def fail(session: Session) -> None:
        rebuild(session)
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(indexing, "rebuild_index", fail)
        with pytest.raises(RuntimeError):
            open_library(settings)
    with closing(open_library(settings)) as database, database.read() as session:
        assert indexed(session) == papers


@pytest.mark.postgresql
def test_texts_are_compared_by_their_bytes(database: Database) -> None:
    """Whatever order the server's locale would put them in: sort keys are made for that."""
    with database.engine.connect() as connection:
        other = connection.exec_driver_sql(
            "SELECT attrelid::regclass::text, attname FROM pg_attribute"
            " JOIN pg_class ON pg_class.oid = attrelid AND relkind = 'r'"
            " WHERE relnamespace = 'public'::regnamespace"
            " AND attcollation NOT IN (0, '\"C\"'::regcollation)"
        )
        assert not other.all()


@pytest.mark.postgresql
def test_a_time_is_utc_whatever_the_servers_zone(database: Database) -> None:
    zoned = Database(f"{database.url}&options=-c%20timezone%3DAsia/Shanghai")
    moment = datetime(2026, 1, 1, 23, 30, tzinfo=UTC)
    with database.write() as session:
        session.add(Note(title="a", updated_at=moment))
    with zoned.read() as session:
        assert session.exec(select(Note.updated_at)).one().isoformat() == moment.isoformat()
    zoned.close()


@pytest.mark.postgresql
def test_a_server_that_went_away(settings: Settings, socket: str) -> None:
    """What was under way is told to try again; then it goes on by itself."""
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        db: Database = client.app.state.database  # type: ignore[attr-defined]
        assert client.get("/papers").status_code == 200

        def cut_off(_session: Session) -> None:
            db.before_commit.remove(cut_off)
            name = str(db.engine.url.database)
            postgres.execute(
                socket,
                SQL(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = {} AND application_name <> 'template'"
                ).format(Literal(name)),
            )

        db.before_commit.append(cut_off)
        answer = client.post("/api/v1/papers", json={"title": "Lost"})
        assert (answer.status_code, answer.json()["status"]) == (503, 503)
        assert "try again" in answer.json()["detail"]
        assert client.get("/api/v1/papers").json()["total"] == 0
        assert client.post("/api/v1/papers", json={"title": "Kept"}).status_code == 201


def test_a_server_under_which_a_newer_program_changed_the_schema_says_so(
    settings: Settings,
) -> None:
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        db: Database = client.app.state.database  # type: ignore[attr-defined]
        with db.write() as session:
            session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        assert client.get("/api/v1/papers").status_code == 200, "what goes well is not asked about"
        with db.write() as session:
            session.execute(text("ALTER TABLE paper RENAME COLUMN venue TO place"))
        answer = client.get("/api/v1/papers")
        assert (answer.status_code, answer.json()["status"]) == (503, 503)
        assert "newer form" in answer.json()["detail"]
        assert client.get("/papers").status_code == 503
        with db.write() as session:
            version = newest_schema()
            session.execute(text(f"UPDATE alembic_version SET version_num = '{version}'"))
        assert client.get("/api/v1/papers").status_code == 500, "else it is a defect of ours"
        with db.write() as session:
            session.execute(text("ALTER TABLE paper RENAME COLUMN place TO venue"))


def test_numbers_go_on_also_where_other_rows_were_not_put_in_after_all(database: Database) -> None:
    """A sequence of PostgreSQL keeps what it is set to, whatever becomes of the transaction."""
    notes = SQLModel.metadata.tables["note"]

    def replace_by_fewer() -> None:
        with database.write() as session:
            session.execute(delete(Note).where(col(Note.id) > 1))
            continue_numbering(session, notes)
            raise RuntimeError

    with database.write() as session:
        session.add_all([Note(title=title) for title in "abc"])
    with pytest.raises(RuntimeError):
        replace_by_fewer()
    with database.write() as session:
        session.add(Note(title="d"))
    with database.write() as session:
        insert_many(session, Tag, [{"id": 7, "name": "a", "folded": "a"}])
        continue_numbering(session, SQLModel.metadata.tables["tag"])
        session.add(Tag(name="b", folded="b"))
        session.flush()
        assert session.exec(select(Tag.id).order_by(col(Tag.id))).all() == [7, 8]


def test_foreign_keys_hold(database: Database) -> None:
    from app.models import PaperTag

    with pytest.raises(IntegrityError), database.write() as session:
        session.add(PaperTag(paper_id=1, tag_id=1))


def test_the_driver_is_imported_only_where_the_url_asks() -> None:
    check = "import sys, app.main; sys.exit('psycopg' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
