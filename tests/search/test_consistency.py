"""Index and rows stay in agreement: when a writer is killed, while all is written anew."""

import time
from collections.abc import Iterator
from itertools import count
from multiprocessing.connection import Connection

import pytest
from sqlmodel import Session, select

from app.database import Database
from app.library import service as library
from app.library.rules import PaperInput
from app.models import Note, Paper
from app.search import service as search
from app.search.engine.choice import engine_of
from app.search.index.documents import COLUMNS
from app.settings import Settings
from app.startup import open_library
from tests.processes import FORKED
from tests.search.index.test_indexing import assert_in_agreement, index, paper
from tests.search.library import fill


def write_until_killed(settings: Settings, attempt: int, done: Connection) -> None:
    """Adds, changes and trashes papers and notes, over and over."""
    database = open_library(settings)
    for number in count(1):
        with database.write() as session:
            made = library.create_paper(session, PaperInput(title=f"Zebra {attempt} {number}"))
            session.add(Note(title="Stripes", body=f"斑马 {number}", paper_id=made.id))
            citekey = made.citekey
        with database.write() as session:
            found = library.get_paper(session, citekey)
            given = library.paper_as_input(found).model_copy(
                update={"abstract": "Stripes. " * number}
            )
            library.update_paper(session, found, given)
        if number % 3 == 0:
            with database.write() as session:
                library.trash_paper(library.get_paper(session, citekey))
        done.send(number)


@pytest.fixture
def opened(settings: Settings) -> Iterator[Database]:
    database = open_library(settings)
    yield database
    database.close()


def test_a_writer_that_is_killed_leaves_index_and_rows_in_agreement(
    settings: Settings, opened: Database
) -> None:
    rows = 0
    for attempt, moment in enumerate((0.0, 0.003, 0.011, 0.017, 0.029)):
        done, told = FORKED.Pipe(duplex=False)
        writer = FORKED.Process(target=write_until_killed, args=(settings, attempt, told))
        writer.start()
        told.close()
        with done:
            for _ in range(2):  # it is in the middle of its work
                done.recv()
            time.sleep(moment)
            writer.kill()
            writer.join()
        with opened.read() as session:
            now = len(session.exec(select(Paper.id)).all())
            assert now > rows
            rows = now
            for found in session.exec(select(Paper).where(Paper.trashed_at == None)):  # noqa: E711
                hits = search.search_all(session, f'"{found.title}"', types=["paper"]).items
                assert found.citekey in {hit.key for hit in hits}
        assert_in_agreement(opened)


def test_the_index_is_written_anew_while_others_write(opened: Database) -> None:
    with opened.write() as session:
        fill(session)
    with opened.read() as session:
        before = index(session)
    progress = []
    for done in search.renew_index(opened):
        progress.append(done)
        with opened.write() as session:  # nobody waits for the whole of it
            session.add(Note(title=f"Stripes {len(progress)}", body="斑马"))
        with opened.read() as session:
            assert "kim2021vilt" in {hit.key for hit in search.search_all(session, "vilt").items}
    assert progress[0] == (0, progress[-1][1])
    assert progress[-1][0] == progress[-1][1] > 0
    with opened.read() as session:
        assert index(session) > before
    assert_in_agreement(opened)


def spoil(session: Session) -> None:
    """What no transaction of ours leaves behind."""
    engine = engine_of(session)
    engine.remove(session, [paper(session).id])
    ghost = {name: "ghost" if name == "title" else "" for name in (*COLUMNS, "strong")}
    engine.write(session, {4000: ghost, -4000: ghost})
    session.connection().exec_driver_sql("DELETE FROM search_document WHERE kind = 'note'")


def test_writing_anew_puts_right_whatever_was_wrong(opened: Database) -> None:
    with opened.write() as session:
        fill(session)
    with opened.read() as session:
        before = index(session)
    with opened.write() as session:
        spoil(session)
    for _ in search.renew_index(opened):
        pass
    with opened.read() as session:
        assert index(session) == before


def test_an_index_that_is_missing_is_written_when_the_library_is_opened(
    settings: Settings, opened: Database
) -> None:
    with opened.write() as session:
        library.create_paper(session, PaperInput(title="Zebra"))
    with opened.write() as session:
        session.connection().exec_driver_sql("DELETE FROM search_text")
    again = open_library(settings)
    with again.read() as session:
        assert len(search.search_all(session, "zebra").items) == 1
    again.close()
