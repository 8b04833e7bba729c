"""Out and in again: an equal library, and the same bytes."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples

from app.errors import Conflict
from app.models import Issue, Note, NoteRevision, Technique
from app.settings import Settings
from app.startup import open_library
from app.vault import dump_load, service
from app.vault.dump_load import Row, Tables
from app.vault.files.parsing import tables_of
from app.vault.files.writing import Folder
from tests.vault.libraries import libraries
from tests.vault.obsidian import check

# A library of forty rows takes minutes to shrink: what is told is the first that fails.
_PHASES = (Phase.explicit, Phase.reuse, Phase.generate)


def _files(held: Tables) -> dict[str, bytes]:
    return {path: text.encode() for path, text in Folder(held).files()}


def _differing(found: list[Row], wanted: list[Row]) -> list[tuple[str, object, object]]:
    assert len(found) == len(wanted)
    return [
        (name, one.get(name), other.get(name))
        for one, other in zip(found, wanted, strict=True)
        for name in {*one, *other}
        if one.get(name) != other.get(name)
    ]


@given(held=libraries)
@examples(
    max_examples=100,
    phases=_PHASES,
)
def test_files_say_all_that_the_rows_say(held: Tables) -> None:
    files = _files(held)
    read, problems = tables_of(files)
    assert problems == []
    for name, rows in held.items():
        assert _differing(read[name], rows) == [], name
    assert _files(read) == files
    for path, data in files.items():
        check(path, data.decode())


@given(held=libraries)
@examples(
    max_examples=40,
    phases=_PHASES,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
def test_an_empty_library_becomes_an_equal_one(settings: Settings, held: Tables) -> None:
    database = open_library(settings.model_copy(update={"starter": False}))
    try:
        with database.read() as session:  # what it wrote is rolled back
            read, _ = tables_of(_files(held))
            assert dump_load.load_tables(session, read) == []
            again = dump_load.dump_tables(session)
            for name, rows in held.items():
                assert _differing(again[name], rows) == [], name
    finally:
        database.close()


def test_the_starter_library_travels(settings: Settings, tmp_path: Path) -> None:
    one = open_library(settings.model_copy(update={"starter": True}))
    other_settings = Settings(library=tmp_path / "other", starter=False)
    other = open_library(other_settings)
    try:
        service.export_folder(one, settings, tmp_path / "out")
        given_files, problems = service.read_path(tmp_path / "out")
        with other.write() as session:
            report = service.import_files(session, other_settings.library, given_files, problems)
        assert report.problems == []
        assert report.counts["papers"] == 61
        with one.read() as ours, other.read() as theirs:
            assert dump_load.dump_tables(theirs) == dump_load.dump_tables(ours)
        service.export_folder(other, other_settings, tmp_path / "again")
        assert service.read_path(tmp_path / "again") == service.read_path(tmp_path / "out")
        with other.read() as session:
            from app.search.service import search_all

            assert search_all(session, "门控").total > 0
    finally:
        one.close()
        other.close()


def test_a_folder_that_is_not_empty_is_left_alone(settings: Settings, tmp_path: Path) -> None:
    database = open_library(settings)
    (tmp_path / "mine.md").write_text("mine")
    try:
        with pytest.raises(Conflict):
            service.export_folder(database, settings, tmp_path)
    finally:
        database.close()
    assert (tmp_path / "mine.md").read_text() == "mine"


def test_links_by_name_lead_to_files_and_come_back_as_they_were_written(
    settings: Settings, tmp_path: Path
) -> None:
    names = ("issue:Old name", "问题：领域知识", "issue:领域知识|x", "technique:门控融合", "旧题")
    written = "\n".join(f"[[{name}]]" for name in names)
    database = open_library(settings.model_copy(update={"starter": False}))
    try:
        with database.write() as session:
            issue = Issue(
                slug="领域知识", name_en="DK", name_zh="领域知识", former_names=["Old name"]
            )
            session.add_all(
                [issue, Technique(slug="gated-fusion", name_en="G", name_zh="门控融合")]
            )
            renamed = Note(title="新题", title_folded="新题", body="x", version=2)
            session.add_all([renamed, Note(title="B", title_folded="b", body=written)])
            session.flush()
            session.add(
                NoteRevision(
                    note_id=renamed.id,
                    version=1,
                    title="旧题",
                    title_folded="旧题",
                    body="",
                    saved_at=renamed.updated_at,
                )
            )
        service.export_folder(database, settings, tmp_path / "out")
        text = (tmp_path / "out/notes/B.md").read_text()
        assert "[[issues/领域知识|issue:Old name]]" in text
        assert "[[techniques/gated-fusion|technique:门控融合]]" in text
        assert "[[notes/新题|旧题]]" in text
        given, _ = service.read_path(tmp_path / "out")
        tables, problems = tables_of(given)
        assert problems == []
        assert [row["body"] for row in tables["note"] if row.get("title") == "B"] == [written]
        assert tables["issue"][0]["former_names"] == ["Old name"]
    finally:
        database.close()
