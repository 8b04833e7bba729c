"""A library to back up, and how to see all that one holds."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from functools import cache
from pathlib import Path

import pytest
from pydantic import JsonValue
from sqlalchemy import select
from sqlmodel import SQLModel

from app.backup import service
from app.backup.service import RestoreReport
from app.database import Database
from app.files import service as files
from app.files import storage
from app.models import (
    BulkChange,
    ImportBatch,
    ImportRemoval,
    Mark,
    Paper,
    QueueSample,
    QueueSamplePaper,
    ReadingPlace,
    RemovedFile,
    SyncConflict,
    SyncedFile,
    SyncedFolder,
    TagChange,
    WatchEntry,
)
from app.models.stored import BACKED_UP, STORED
from app.notes import attachments
from app.settings import Settings
from app.startup import open_library
from app.vault import dump_load
from app.vault.dump_load import Row, Tables
from tests.databases import arranged
from tests.files.pdfs import make_pdf
from tests.vault.libraries import Draw, library

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
DIGEST = hashlib.sha256(PICTURE).hexdigest()
PDF = make_pdf("Gates")
Held = Mapping[str, Sequence[object]]


@cache
def made_up() -> Tables:
    """A made-up library that has something in every table."""
    drawn = (library(Draw(seed)) for seed in range(1_000))
    return next(each for each in drawn if all(each.values()) and all(map(_has_all, each.items())))


def _has_all(table: tuple[str, list[Row]]) -> bool:
    name, rows = table
    lists = [each.vault[1] for each in STORED if each.vault[0] == name]
    return all(any(row.get(label) for row in rows) for label in lists)


@pytest.fixture
def opened(settings: Settings) -> Iterator[Database]:
    with closing(open_library(settings)) as database:
        yield database


@arranged
def full(opened: Database, settings: Settings) -> Database:
    """A library with rows in every table, and files."""
    with opened.write() as session:
        given: Tables = {**made_up(), "attachment": []}
        assert dump_load.load_tables(session, given) == []
        attachments.store_attachment(session, settings.library, filename="图 1.png", data=PICTURE)
        batch = session.scalars(select(ImportBatch)).first()
        assert batch
        session.add(ImportRemoval(batch_id=batch.id, removed={"note": ["“ü” 😀\u2028\t"]}))
        paper = session.scalars(select(Paper)).first()
        assert paper
        with storage.receive_file(settings.library, [PDF]) as received:
            files.add_file(session, settings.library, paper, received, name="图 1.pdf")
        pdf = received.sha256
        session.add(RemovedFile(paper_id=paper.id, sha256=pdf, name="图 2.pdf"))
        session.add(Mark(paper_id=paper.id, sha256=pdf, page=1, exact="“ü” 😀\u2028\t"))
        session.add(ReadingPlace(paper_id=paper.id, sha256=pdf, page=1))
        session.add(BulkChange(edit={"add_tags": ["“ü” 😀\u2028\t"]}, moved={"papers": [paper.id]}))
        session.add(TagChange(name="“ü” 😀\u2028\t", papers=[paper.id]))
        touches: list[dict[str, JsonValue]] = [{"issue": "“ü” 😀\u2028\t"}]
        session.add(WatchEntry(watch_id=4, key="arxiv:1", paper_id=paper.id, touches=touches))
        drawn = QueueSample(selection="“ü” 😀\u2028\t", waiting=1, size=1)
        session.add_all([drawn, SyncedFolder(path="/v")])
        session.flush()
        session.add(QueueSamplePaper(sample_id=drawn.id, paper_id=paper.id, position=0))
        session.add(SyncedFile(folder_id=1, path="a.md", home="a.md", text="“ü” 😀\u2028\t"))
        session.add(
            SyncConflict(folder_id=1, path="a", copy_path="b", kind="note", item_id=1, part="body")
        )
    (settings.library / "imports").mkdir()
    (settings.library / "imports" / ("ab" * 32)).write_bytes(b"@misc{a}")
    return opened


@pytest.fixture
def elsewhere(tmp_path: Path, settings: Settings) -> Settings:
    """A library that is not there yet, on SQLite; on PostgreSQL that is the other database."""
    return settings.model_copy(update={"library": tmp_path / "elsewhere", "database_url": ""})


def everything(database: Database, library: Path) -> Held:
    """Every row of every table, and every file of the library."""
    held: dict[str, Sequence[object]] = {}
    with database.read() as session:
        for name in sorted(BACKED_UP):
            table = SQLModel.metadata.tables[name]
            rows = session.execute(select(table).order_by(*table.primary_key.columns))
            held[name] = [tuple(row) for row in rows]
    for folder in ("attachments", "files", "imports"):
        files = sorted(path for path in (library / folder).rglob("*") if path.is_file())
        held[folder] = [(str(path.relative_to(library)), path.read_bytes()) for path in files]
    return held


def restore(settings: Settings, file: Path, *, replace: bool = False) -> RestoreReport:
    with service.check_backup(file) as checked:
        return service.restore_library(settings, checked, open_library, replace=replace)
