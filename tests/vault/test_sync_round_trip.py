"""Whatever a library holds: one sync writes what an export writes, and a second one nothing."""

from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples
from sqlmodel import select

from app.models import Note, Paper
from app.notes import service as notes
from app.notes.rules import NoteInput
from app.startup import open_library
from app.vault import dump_load, service
from app.vault.dump_load import Tables
from app.vault.syncing import sync_folder
from tests.databases import Template
from tests.vault.libraries import libraries


def _files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.sqlite
@given(held=libraries)
@examples(
    max_examples=12,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
def test_a_second_sync_does_nothing(
    empty: Template, tmp_path_factory: pytest.TempPathFactory, held: Tables
) -> None:
    place = tmp_path_factory.mktemp("sync")
    settings = empty.restored(place / "library")
    with closing(open_library(settings)) as database:
        with database.write() as session:
            assert dump_load.load_tables(session, held) == []
        with database.read() as session:  # with a history for those that came without one
            before = dump_load.dump_tables(session)
        first = sync_folder(database, settings, place / "vault")
        assert {line.what for line in first.lines} == {"out"}
        assert sync_folder(database, settings, place / "vault").lines == []
        service.export_folder(database, settings, place / "out")
        assert _files(place / "out") == _files(place / "vault")
        with database.write() as session:  # texts that link to it are written otherwise now
            for row in (*session.exec(select(Note)), *session.exec(select(Paper))):
                row.title = f"{row.title} anew"
        sync_folder(database, settings, place / "vault")
        service.export_folder(database, settings, place / "renamed")
        assert _files(place / "renamed") == _files(place / "vault")
        with database.read() as session:
            before = dump_load.dump_tables(session)
        # As after a move to another machine: no memory, and all of it known again.
        (place / "vault").rename(place / "elsewhere")
        assert sync_folder(database, settings, place / "elsewhere").lines == []
        assert sync_folder(database, settings, place / "elsewhere").lines == []
        with database.read() as session:
            assert dump_load.dump_tables(session) == before


@pytest.mark.sqlite
def test_a_folder_without_memory_overwrites_nothing(empty: Template, tmp_path: Path) -> None:
    settings = empty.restored(tmp_path / "library")
    with closing(open_library(settings)) as database:
        with database.write() as session:
            number = notes.create_note(session, NoteInput(title="N", body="first")).id
        service.export_folder(database, settings, tmp_path / "out")
        path = tmp_path / "out/notes/N.md"
        path.write_text(path.read_text().replace("first", "in the folder"))
        with database.write() as session:
            notes.update_note(session, number, body="in the library")
        assert sync_folder(database, settings, tmp_path / "out").count("conflict") == 1
        (copy,) = (tmp_path / "out").rglob("*conflict*")
        assert "in the folder" in copy.read_text()
        assert "in the library" in path.read_text()
