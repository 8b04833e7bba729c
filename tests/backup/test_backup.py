"""A backup, and the library back from it, on either database: all of it, or nothing."""

import json
import os
import shutil
import stat
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from threading import Event

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from psycopg.sql import SQL, Identifier
from sqlalchemy import event, select, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, SQLModel, col

from app.backup import archive, service
from app.backup.archive import create_backup, open_backup
from app.backup.consistency import check_library
from app.backup.rows import _READERS
from app.database import Database, explain_error, upgrade_schema
from app.errors import Conflict, Damaged, DiskFull
from app.library.rules import PaperInput
from app.library.service import create_paper
from app.models import Note, Paper
from app.models.stored import BACKED_UP
from app.notes.service import add_note
from app.search import service as search
from app.settings import Settings
from app.startup import open_library
from tests import postgres
from tests.backup.conftest import DIGEST, PDF, PICTURE, everything, restore


def test_every_table_and_file_comes_back_on_the_other_database(
    full: Database, settings: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    there, back = tmp_path / "there.zip", tmp_path / "back.zip"
    held = everything(full, settings.library)
    assert [name for name in BACKED_UP if not held[name]] == []
    report = service.write_backup(full, settings, there)
    assert (report.counts["paper"], report.problems()) == (len(held["paper"]), [])
    restore(elsewhere, there)
    with closing(open_library(elsewhere)) as other:
        assert everything(other, elsewhere.library) == held
        assert check_library(other, elsewhere.library) == []
        with other.write() as session:
            add_note(session, title="One more", body="门控")
        held = everything(other, elsewhere.library)
        service.write_backup(other, elsewhere, back)
    restore(settings, back, replace=True)
    assert everything(full, settings.library) == held
    assert check_library(full, settings.library) == []
    with full.read() as session:
        assert [hit.title for hit in search.search_all(session, "门控").items]


def test_rows_are_numbered_on_after_those_that_came_back(
    full: Database, settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "a.zip"
    with full.write() as session:
        last = _added(session)
    service.write_backup(full, settings, file)
    with full.write() as session:
        assert [_added(session) for _ in range(5)][-1] == last + 5
    restore(settings, file, replace=True)
    with full.write() as session:
        assert _added(session) > last
        create_paper(session, PaperInput(title="Next"))


def _added(session: Session) -> int:
    note = add_note(session, title="Next", body="")
    session.flush()
    return note.id


def test_it_is_of_one_moment_while_others_write(
    full: Database, settings: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    """Each transaction writes a paper and a note of the same name: none is there without."""
    file, begun, stop = tmp_path / "a.zip", Event(), Event()

    def write() -> int:
        number = 0
        while not stop.is_set():
            number += 1
            with full.write() as session:
                paper = create_paper(session, PaperInput(title=f"Written {number}"))
                session.flush()
                add_note(session, title=f"Written {number}", body="", paper_id=paper.id)
            begun.set()
        return number

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        try:
            assert begun.wait(60)
            service.write_backup(full, settings, file)
        finally:
            stop.set()
        assert writing.result() > 0
    restore(elsewhere, file)
    with closing(open_library(elsewhere)) as other, other.read() as session:
        papers = session.scalars(select(col(Paper.title)).where(col(Paper.title).like("Written %")))
        notes = session.scalars(select(col(Note.title)).where(col(Note.title).like("Written %")))
        assert sorted(papers) == sorted(notes) != []


# --- The file ---


def test_the_file_is_a_zip_of_json_lines_that_its_owner_alone_may_read(
    full: Database, settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "a.zip"
    service.write_backup(full, settings, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with zipfile.ZipFile(file) as held:
        assert held.testzip() is None
        manifest = json.loads(held.read("manifest.json"))
        for member in manifest["members"]:
            data = held.read(member["name"])
            assert sha256(data).hexdigest() == member["sha256"]
            assert len(data) == member["size"]
            if "rows" in member:
                assert len([json.loads(line) for line in data.splitlines()]) == member["rows"]
        assert held.read(f"attachments/{DIGEST[:2]}/{DIGEST}") == PICTURE
        tables = [name for name in held.namelist() if name.startswith("tables/")]
    assert sorted(tables) == sorted(f"tables/{name}.jsonl" for name in BACKED_UP)


def test_a_file_that_is_there_stays_unless_told(
    full: Database, settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "a.zip"
    file.write_text("mine")
    with pytest.raises(Conflict):
        service.write_backup(full, settings, file)
    assert file.read_text() == "mine"
    service.write_backup(full, settings, file, overwrite=True)
    with open_backup(file):
        pass
    with pytest.raises(Conflict):
        service.write_backup(full, settings, tmp_path, overwrite=True)


def test_what_cannot_be_written_leaves_what_was_there(
    full: Database, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.zip"
    service.write_backup(full, settings, file)
    before = file.read_bytes()

    def fail(_self: object, **_others: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive.BackupWriter, "add_manifest", fail)
    with pytest.raises(OSError, match="space"):
        service.write_backup(full, settings, file, overwrite=True)
    assert file.read_bytes() == before
    assert os.listdir(tmp_path) == ["a.zip"]


@examples(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_byte_that_is_another_is_found(whole: bytes, tmp_path: Path, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(whole) - 1))
    other = data.draw(st.integers(1, 255))
    changed = bytearray(whole)
    changed[at] ^= other
    _refused(tmp_path / "changed.zip", bytes(changed))


@examples(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_file_that_is_cut_off_or_longer_is_found(
    whole: bytes, tmp_path: Path, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(whole) - 1))
    _refused(tmp_path / "cut.zip", whole[:at])
    _refused(tmp_path / "cut.zip", whole[at + 1 :])
    _refused(tmp_path / "cut.zip", whole + whole[: at + 1])


def _refused(file: Path, data: bytes) -> None:
    file.write_bytes(data)
    with pytest.raises(Damaged), open_backup(file):
        pass


@pytest.fixture
def whole(full: Database, settings: Settings, tmp_path: Path) -> bytes:
    service.write_backup(full, settings, tmp_path / "whole.zip")
    return (tmp_path / "whole.zip").read_bytes()


# --- What is refused, before anything is written ---

Change = Callable[[dict[str, list[bytes]]], None]


def _drop_paper(tables: dict[str, list[bytes]]) -> None:
    del tables["paper"][0]


def _twice(tables: dict[str, list[bytes]]) -> None:
    tables["note"].append(tables["note"][0])


def _no_json(tables: dict[str, list[bytes]]) -> None:
    tables["note"].append(b"{\n")


def _with(column: str, value: object) -> Change:
    def change(tables: dict[str, list[bytes]]) -> None:
        row = json.loads(tables["note"][0])
        tables["note"][0] = json.dumps(row | {column: value}).encode() + b"\n"

    return change


def _no_table(tables: dict[str, list[bytes]]) -> None:
    del tables["note_revision"]


def _one_more(tables: dict[str, list[bytes]]) -> None:
    tables["sqlite_master"] = []


@pytest.mark.parametrize(
    "change",
    [
        *(_drop_paper, _twice, _no_json, _no_table, _one_more),
        _with("title", "a\0b"),
        _with("title", "\ud800"),
        _with("title", None),
        _with("version", "1"),
        _with("version", 2**70),
        _with("created_at", "yesterday"),
        _with("colour", "red"),
    ],
)
def test_rows_that_do_not_fit_are_refused(
    full: Database,
    settings: Settings,
    elsewhere: Settings,
    tmp_path: Path,
    change: Change,
) -> None:
    """However right the digests are: they were reckoned by whoever made it."""
    file, made = tmp_path / "a.zip", tmp_path / "made.zip"
    service.write_backup(full, settings, file)
    with open_backup(file) as held:
        tables = {
            name: [line + b"\n" for line in b"".join(held.read(member)).splitlines()]
            for name, member in held.tables()
        }
        schema = held.manifest.schema_version
    change(tables)
    with create_backup(made) as written:
        for name, lines in tables.items():
            written.add_table(name, lines)
        written.add_manifest(schema_version=schema, database="sqlite")
    with pytest.raises(Damaged):
        restore(elsewhere, made)
    assert not elsewhere.library.exists()


@pytest.mark.parametrize(
    "name",
    [
        "../attachments/out",
        "/etc/passwd",
        "attachments/../../out",
        f"attachments/aa/{DIGEST}",
        "attachments\\out",
        "imports/a/b",
        "imports/..",
        "crosswalk.sqlite3",
        "tables/../x.jsonl",
    ],
)
def test_members_that_lead_elsewhere_are_refused(tmp_path: Path, name: str) -> None:
    file = tmp_path / "a.zip"
    with create_backup(file) as written:
        written.add_file(name, [b"out"])
        written.add_manifest(schema_version="0001", database="sqlite")
    with pytest.raises(Damaged), open_backup(file):
        pass


def test_what_unpacks_to_more_than_there_is_room_for_is_refused(
    tmp_path: Path, elsewhere: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.zip"
    with create_backup(file) as written:
        written.add_table("note", (b"0" * 1_000_000 for _ in range(20)))
        written.add_manifest(schema_version="0001", database="sqlite")
    assert file.stat().st_size < 200_000
    usage = shutil.disk_usage(tmp_path)._replace(free=10_000_000)
    monkeypatch.setattr("shutil.disk_usage", lambda _path: usage)
    with pytest.raises(Conflict):
        restore(elsewhere, file)
    monkeypatch.undo()
    monkeypatch.setattr(archive, "_LINE_LIMIT", 10_000_000)
    with pytest.raises(Damaged):
        restore(elsewhere, file)
    assert not elsewhere.library.exists()


@pytest.mark.parametrize(("version", "schema"), [(1, "9999"), (2, "0001")])
def test_a_newer_one_is_told_as_such(
    tmp_path: Path,
    elsewhere: Settings,
    monkeypatch: pytest.MonkeyPatch,
    version: int,
    schema: str,
) -> None:
    file = tmp_path / "a.zip"
    with monkeypatch.context() as patch, create_backup(file) as written:
        patch.setattr(archive, "VERSION", version)
        written.add_manifest(schema_version=schema, database="sqlite")
    with pytest.raises(Conflict, match="newer"):
        restore(elsewhere, file)
    assert not elsewhere.library.exists()


# --- In the place of what is there ---


def test_a_library_that_is_not_empty_is_replaced_only_when_told_and_kept(
    full: Database, settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "a.zip"
    service.write_backup(full, settings, file)
    before = everything(full, settings.library)
    with full.write() as session:
        add_note(session, title="Written since", body="x")
    (settings.library / "imports" / "cd").write_bytes(b"handed in since")
    since = everything(full, settings.library)
    with pytest.raises(Conflict, match="replace"):
        restore(settings, file)
    assert everything(full, settings.library) == since
    report = restore(settings, file, replace=True)
    assert report.before
    assert str(report.before) in report.text()[-1]
    now = everything(full, settings.library)
    assert {**now, "imports": ()} == {**before, "imports": ()}
    restore(settings, report.before, replace=True)
    assert everything(full, settings.library) == since


def test_what_fails_half_way_leaves_the_library_as_it_was(
    full: Database, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.zip"
    service.write_backup(full, settings, file)
    with full.write() as session:
        add_note(session, title="Written since", body="x")
    picture = settings.library / "attachments" / DIGEST[:2] / DIGEST
    picture.unlink()
    since = everything(full, settings.library)

    def fail(_session: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(search, "rebuild_index", fail)
    with pytest.raises(KeyboardInterrupt):
        restore(settings, file, replace=True)
    monkeypatch.undo()
    assert {**everything(full, settings.library), "attachments": []} == since
    picture.write_bytes(PICTURE)
    assert check_library(full, settings.library) == []


@pytest.mark.parametrize("ends", ["before", "after"])
def test_files_that_wait_to_be_imported_come_with_the_rows_or_not_at_all(
    full: Database,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    ends: str,
) -> None:
    """Wherever a restore ends: `before` the rows are saved, or `after` that."""
    service.write_backup(full, settings, tmp_path / "a.zip")
    (upload,) = (settings.library / "imports").iterdir()
    upload.unlink()

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    owner, name = (search, "rebuild_index") if ends == "before" else (service, "_place_uploads")
    monkeypatch.setattr(owner, name, fail)
    with pytest.raises(KeyboardInterrupt):
        restore(settings, tmp_path / "a.zip", replace=True)
    assert upload.exists() is (ends == "after")


@pytest.mark.sqlite
def test_a_full_disk_is_no_damage(
    full: Database, settings: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    def open_full(given: Settings) -> Database:
        database = open_library(given)
        limit = "PRAGMA max_page_count=1"  # the pages that it has, in fact
        event.listen(database.engine, "begin", lambda each: each.exec_driver_sql(limit))
        return database

    with full.write() as session:
        add_note(session, title="Long", body="x" * 100_000)
    service.write_backup(full, settings, tmp_path / "a.zip")
    new = elsewhere.model_copy(update={"starter": False})
    with service.check_backup(tmp_path / "a.zip") as checked, pytest.raises(DBAPIError) as said:
        service.restore_library(new, checked, open_full)
    assert isinstance(explain_error(said.value), DiskFull)


@pytest.mark.parametrize("data", [PICTURE, PDF], ids=["picture", "pdf"])
def test_a_damaged_file_is_told_and_comes_back_right_from_a_backup(
    full: Database, settings: Settings, tmp_path: Path, data: bytes
) -> None:
    digest = sha256(data).hexdigest()
    name = f"{'attachments' if data is PICTURE else 'files'}/{digest[:2]}/{digest}"
    picture = settings.library / name
    whole, damaged, missing = (tmp_path / name for name in ("a.zip", "b.zip", "c.zip"))
    service.write_backup(full, settings, whole)
    picture.write_bytes(data[:-1])
    assert service.write_backup(full, settings, damaged).damaged == (name,)
    picture.unlink()
    assert service.write_backup(full, settings, missing).missing == (name,)
    picture.write_bytes(data[1:])
    restore(settings, whole, replace=True)
    assert picture.read_bytes() == data


def test_a_backup_before_a_migration_leaves_papers_files_where_they_are(
    full: Database, settings: Settings
) -> None:
    with full.read() as session:
        kept = service.keep_backup(
            session.connection(), library=settings.library, why="test", without_files=True
        )
    assert kept
    with service.check_backup(kept.path) as checked:
        names = [each.name.split("/")[0] for each in checked.backup.files()]
    assert set(names) == {"attachments"}
    before = everything(full, settings.library)
    restore(settings, kept.path, replace=True)
    assert everything(full, settings.library)["files"] == before["files"]


# --- Older schemas ---


@pytest.fixture
def old(tmp_path: Path, socket: str, worker_id: str) -> Iterator[Settings]:
    """A library of an older schema, with a note."""
    library = Settings(_env_file=None, library=tmp_path / "old", starter=False)
    name = f"old_{worker_id}"
    if socket:
        postgres.execute(socket, SQL("CREATE DATABASE {}").format(Identifier(name)))
        library = library.model_copy(update={"database_url": postgres.url(socket, name)})
    library.library.mkdir()
    with closing(Database(library.url)) as database, database.engine.connect() as connection:
        upgrade_schema(connection, "0009")
        connection.execute(
            text(
                "INSERT INTO note (id, title, title_folded, body, created_at, updated_at, version)"
                " VALUES (7, '旧', '旧', 'old', '2020-01-01', '2020-01-01', 1)"
            )
        )
        connection.commit()
    yield library
    if socket:
        postgres.execute(socket, SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


def _kept(library: Settings) -> list[Path]:
    return sorted((library.library / "backups").glob("*"))


def test_before_a_migration_a_backup_is_kept_which_brings_the_old_library_back(
    old: Settings, elsewhere: Settings
) -> None:
    with closing(open_library(old)) as database:
        held = everything(database, old.library)
    (file,) = _kept(old)
    with open_backup(file) as backup:
        assert backup.manifest.schema_version == "0009"
        assert "saved_search" in backup.manifest.counts
        assert "synced_file" not in backup.manifest.counts
    open_library(old).close()
    assert _kept(old) == [file]
    restore(elsewhere, file)
    with closing(open_library(elsewhere)) as database:
        assert everything(database, elsewhere.library) == held


@pytest.mark.sqlite
def test_a_new_library_has_no_backup(elsewhere: Settings) -> None:
    open_library(elsewhere).close()
    assert _kept(elsewhere) == []


def test_only_the_last_few_are_kept(
    full: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = settings.library / "backups"
    (folder).mkdir()
    (folder / "mine.zip").write_text("mine")
    monkeypatch.setattr(service, "KEPT", 2)
    made = []
    for _ in range(3):
        with full.read() as session:
            report = service.keep_backup(
                session.connection(), library=settings.library, why="before-migration"
            )
        assert report
        made.append(report.path.name)
    assert [path.name for path in _kept(settings)] == sorted([*made[-2:], "mine.zip"])
    oldest = folder / made[-2]
    with full.read() as session:
        service.keep_backup(
            session.connection(), library=settings.library, why="before-migration", but=oldest
        )
    assert oldest.exists()


def test_every_kind_of_column_is_read_back() -> None:
    for name in BACKED_UP:
        for column in SQLModel.metadata.tables[name].columns:
            assert column.type._type_affinity in _READERS or "JSON" in str(column.type), column
