"""Whether the parts of a library agree, as `crosswalk check` says it."""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import text
from sqlmodel import Session

from app.backup import consistency
from app.database import Database

# Written before its row, so that no row is ever without it; whoever checks removes it.
STRAY = "No row tells of the file {path}."


def disagreements(database: Database, library: Path) -> list[str]:
    """What is wrong, in words; a picture whose row was not written any more is taken away."""
    found = consistency.check_library(database, library, repair=True)
    wrong = [str(each.what) for each in found if each.what.text != STRAY or not each.is_repaired]
    with database.read() as session:
        return wrong + list(_of_sqlite(session))


def _of_sqlite(session: Session) -> Iterator[str]:
    """PostgreSQL has its foreign keys looked at with every row."""
    if session.get_bind().dialect.name == "sqlite":
        for (said,) in session.execute(text("PRAGMA integrity_check")):
            if said != "ok":
                yield str(said)
        for row in session.execute(text("PRAGMA foreign_key_check")):
            yield f"foreign key: {tuple(row)}"
