"""`check_library`: whatever disagrees is said in a line each, and made anew where it can be."""

from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import Session, SQLModel

from app.backup.consistency import check_library
from app.database import Database
from app.models import Claim, Evidence, Issue, Note, Paper, Ruling, Stance, Technique
from app.notes import attachments
from app.search import service as search
from app.settings import Settings
from app.startup import open_library
from tests.backup.conftest import DIGEST, PICTURE
from tests.databases import arranged

QUOTED = "What was said stands here."


@arranged
def library(db: Database, settings: Settings) -> Database:
    """A note with a link and a picture, quoted in a claim; a ruling on another cell."""
    with db.write() as session:
        attachments.store_attachment(session, settings.library, filename="a.png", data=PICTURE)
        session.add(Paper(citekey="p", citekey_folded="p", title="P", title_sort="p"))
        session.add(Technique(slug="t", name_en="T"))
        session.add(Issue(slug="i", name_en="I"))
        session.add(Note(title="N", body=f"{QUOTED} [[p]] ![](attachment:{DIGEST})"))
        session.flush()
        claim = Claim(technique_id=1, issue_id=1, stance=Stance.FAILS, rationale="[[technique:t]]")
        claim.evidence = [Evidence(position=0, note_id=1, quote=QUOTED)]
        session.add(claim)
        session.add(Ruling(technique_id=1, issue_id=1, stance=Stance.PARTIAL, rationale="门控"))
    assert check_library(db, settings.library) == []
    return db


def _written(library: Database) -> dict[str, list[tuple[object, ...]]]:
    """What a reader wrote: all but what is made from it."""
    made = ("search", "link", "library_state", "cell_change", "attachment")
    with library.read() as session:
        return {
            name: [tuple(row) for row in session.execute(table.select())]
            for name, table in SQLModel.metadata.tables.items()
            if not name.startswith(made) and name != "evidence"
        }


def _change(session: Session, statement: str) -> None:
    """As no service would: nothing follows."""
    session.execute(text(statement))


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DELETE FROM link WHERE source_kind = 'note'", "links of note 1"),
        ("UPDATE link SET target_key = 'q' WHERE source_kind = 'claim'", "links of claim 1"),
        (
            "INSERT INTO link (source_kind, source_id, target_kind, target_key, origin)"
            " VALUES ('note', 99, 'paper', 'p', 'text')",
            "links of note 99",
        ),
        ("UPDATE evidence SET standing = 'gone'", "quotations of claim 1"),
        ("DELETE FROM cell_change WHERE subject = 'claim'", "history of claim 1"),
        ("UPDATE ruling SET stance = 'fails'", "history of the ruling on cell 1 × 1"),
        ("DELETE FROM search_text", "paper 1 is not in the index"),
        ("UPDATE paper SET title = 'Other' WHERE id = 1", "paper 1 is not in the index"),
        ("UPDATE search_document SET item_id = 2 WHERE kind = 'note'", "note 1 is not in"),
        ("DELETE FROM search_document WHERE kind = 'cell'", "Cell 1 × 1 is not in the index"),
        ("DELETE FROM search_term WHERE term LIKE 'stand%'", "note 1 is not in the index"),
    ],
)
def test_what_follows_the_rows_is_made_anew(
    library: Database, settings: Settings, statement: str, said: str
) -> None:
    with library.write() as session:
        _change(session, statement)
    before = _written(library)
    found = check_library(library, settings.library)
    assert said in "\n".join(str(each.what) for each in found)
    assert not any(each.is_repaired for each in found)
    repaired = check_library(library, settings.library, repair=True)
    assert [each.what for each in repaired] == [each.what for each in found]
    assert all(each.is_repaired for each in repaired)
    assert check_library(library, settings.library) == []
    assert _written(library) == before


def test_a_claim_that_is_gone_is_told_to_its_history(library: Database, settings: Settings) -> None:
    with library.write() as session:
        _change(session, "DELETE FROM evidence")
        _change(session, "DELETE FROM claim")
        _change(session, "DELETE FROM link WHERE source_kind = 'claim'")
    found = {each.part for each in check_library(library, settings.library, repair=True)}
    assert found == {"history", "index"}
    assert check_library(library, settings.library) == []


def test_what_is_called_otherwise_is_no_news_of_a_cell(
    library: Database, settings: Settings
) -> None:
    with library.write() as session:
        note = session.get_one(Note, 1)
        note.title = "Called otherwise"
    assert check_library(library, settings.library) == []


def test_the_order_of_rows_on_the_disk_is_no_disagreement(
    library: Database, settings: Settings
) -> None:
    with library.write() as session:
        for words in ("second words", "third words"):
            claim = Claim(technique_id=1, issue_id=1, stance=Stance.FAILS, rationale=words)
            session.add(claim)
            session.flush()
    with library.write() as session:
        _change(session, "UPDATE claim SET version = version + 1 WHERE id = 1")  # now it is last
    assert check_library(library, settings.library) == []


@pytest.mark.sqlite
def test_an_index_that_the_database_cannot_read_is_made_anew(
    library: Database, settings: Settings
) -> None:
    with library.write() as session:
        _change(session, "DELETE FROM search_text_data WHERE id > 10")
    (found,) = check_library(library, settings.library, repair=True)
    assert (found.part, found.is_repaired) == ("index", True)
    assert check_library(library, settings.library) == []
    with library.read() as session:
        assert search.search_all(session, "门控").items


@pytest.mark.sqlite
def test_an_index_that_cannot_be_opened_is_made_anew_when_the_library_is(
    library: Database, settings: Settings
) -> None:
    with library.write() as session:
        _change(session, "DELETE FROM search_text_data WHERE id = 10")
    library.close()
    with closing(open_library(settings)) as database:
        assert check_library(database, settings.library) == []
        with database.read() as session:
            assert search.search_all(session, "门控").items


def test_rows_that_name_none_are_told_and_left(library: Database, settings: Settings) -> None:
    lost = "UPDATE claim SET technique_id = 77"
    with library.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            driver = connection.connection.driver_connection
            assert driver is not None
            driver.execute("PRAGMA foreign_keys=OFF")
            driver.execute(lost)
            driver.execute("PRAGMA foreign_keys=ON")
        else:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            connection.exec_driver_sql(lost)
            connection.commit()
    before = _written(library)
    found = check_library(library, settings.library, repair=True)
    said = {str(each.what): each.is_repaired for each in found}
    assert said["claim.technique_id names rows that are not there (1)."] is False
    assert _written(library) == before


# --- Files ---


def _picture(settings: Settings) -> Path:
    return settings.library / "attachments" / DIGEST[:2] / DIGEST


@pytest.mark.parametrize("damage", [PICTURE[:-1], PICTURE + b"x", b"", None])
def test_pictures_are_looked_at_by_their_digests(
    library: Database, settings: Settings, damage: bytes | None
) -> None:
    if damage is None:
        _picture(settings).unlink()
    else:
        _picture(settings).write_bytes(damage)
    (found,) = check_library(library, settings.library, repair=True)
    assert (found.part, found.is_repaired) == ("picture", False)
    assert ("gone" if damage is None else "damaged") in str(found.what)
    assert damage is None or _picture(settings).read_bytes() == damage


def test_files_of_nobody_are_removed_and_those_that_a_text_shows_are_not(
    library: Database, settings: Settings
) -> None:
    with library.write() as session:
        _change(session, "DELETE FROM attachment")
    other = settings.library / "attachments" / "ab" / ("ab" * 32)
    part = settings.library / "attachments" / "ab" / ".crosswalk-x.part"
    mine = settings.library / "attachments" / "mine.txt"
    other.parent.mkdir()
    for path in (other, part, mine):
        path.write_text("x")
    found = check_library(library, settings.library)
    assert [each.part for each in found] == ["picture"] * 3
    assert other.exists()
    assert all(each.is_repaired for each in check_library(library, settings.library, repair=True))
    assert [path.exists() for path in (other, part, mine)] == [False, False, True]
    with library.read() as session:
        held, data = attachments.load_attachment(session, settings.library, DIGEST)
    assert (held.media_type, data) == ("image/png", PICTURE)
