"""A number under which something was known is never another thing's: not after it is deleted, nor
in a library that was brought back, nor in one of an older schema."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import Session, col, select

from app.backup import service as backups
from app.database import Database
from app.models import CellChange, Claim, Note, Stance
from app.models.stored import RENUMBERED, STORED
from app.notes import service as notes
from app.settings import Settings
from app.startup import open_library
from app.vault import service as vault
from tests.comparison.conftest import arrange_comparison, pair
from tests.test_database import downgrade


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    with closing(open_library(settings)) as database:
        with database.write() as session:
            arrange_comparison(session)
        yield database


def _add_and_delete(database: Database) -> tuple[int, int]:
    """A claim and a note that were there: their numbers."""
    with database.write() as session:
        claim, note = _add(session)
    with database.write() as session:
        held = session.get(Claim, claim)
        assert held
        session.delete(held)
        notes.trash_note(session, note)
        notes.delete_note(session, note)
    return claim, note


def _add(session: Session) -> tuple[int, int]:
    technique, issue = pair(session, "gated", "dk-t4")
    claim = Claim(technique_id=technique, issue_id=issue, stance=Stance.UNCLEAR)
    note = notes.add_note(session, title="A", body="")
    session.add(claim)
    session.flush()
    return claim.id, note.id


def _is_new(database: Database, gone: tuple[int, int]) -> bool:
    """Whether the next claim and note have numbers of their own, and histories too."""
    with database.write() as session:
        claim, note = _add(session)
    with database.read() as session:
        told = session.exec(select(CellChange.before).where(col(CellChange.claim_id) == claim))
        assert told.all() == [None]
    return claim > gone[0] and note > gone[1]


def test_a_deleted_rows_number_is_not_given_again(database: Database) -> None:
    gone = _add_and_delete(database)
    with database.read() as session:
        assert not session.get(Note, gone[1])
        assert not session.get(Claim, gone[0])
    assert _is_new(database, gone)


def test_nor_after_a_restore_or_out_of_a_vault(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    gone = _add_and_delete(database)
    backups.write_backup(database, settings, tmp_path / "a.zip")
    vault.export_folder(database, settings, tmp_path / "vault")
    elsewhere = settings.model_copy(update={"library": tmp_path / "b", "database_url": ""})
    with backups.check_backup(tmp_path / "a.zip") as checked:
        backups.restore_library(elsewhere, checked, open_library)
    third = elsewhere.model_copy(update={"library": tmp_path / "c"})
    with closing(open_library(third)) as other, other.write() as session:
        files, problems = vault.read_path(tmp_path / "vault")
        assert not vault.import_files(session, third.library, files, problems).problems
    for place in (elsewhere, third):
        with closing(open_library(place)) as other:
            assert _is_new(other, gone)


def test_nor_in_a_library_of_an_older_schema(database: Database, settings: Settings) -> None:
    """What its history remembers; what was nowhere written down it cannot know."""
    claim, _ = _add_and_delete(database)
    downgrade(database, to="0015")
    with database.engine.connect() as connection:
        before = connection.execute(text("SELECT count(*) FROM paper_author")).scalar()
    with closing(open_library(settings)) as brought:
        with brought.engine.connect() as connection:
            assert connection.execute(text("SELECT count(*) FROM paper_author")).scalar() == before
            if connection.dialect.name == "sqlite":
                assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar()
                assert not connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        assert _is_new(brought, (claim, 0))


def test_sqlite_is_told_of_every_table_that_has_numbers(database: Database) -> None:
    if database.engine.dialect.name != "sqlite":
        return
    with database.engine.connect() as connection:
        rows = connection.execute(text("SELECT name, sql FROM sqlite_master")).all()
    made: dict[str, str] = {str(name): str(sql) for name, sql in rows}
    numbered = {each.name for each in STORED if "PRIMARY KEY (id)" in made[each.name]}
    lasting = {each.name for each in STORED if "AUTOINCREMENT" in made[each.name]}
    assert numbered == RENUMBERED
    assert not numbered & lasting
