"""Whether what a library consists of agrees: database, foreign keys, index, history, pictures."""

from collections.abc import Iterator
from hashlib import sha256
from itertools import islice
from pathlib import Path

from sqlalchemy import text
from sqlmodel import Session, select

from app.comparison.history import record
from app.database import Database
from app.models import Attachment, CellChange, Claim, Ruling
from app.notes.attachments import path_of
from app.search import service as search
from tests.search.index.test_indexing import index


def disagreements(database: Database, library: Path) -> list[str]:
    """What is wrong, in words; nothing of it is mended."""
    with database.read() as session:
        return [
            *_of_sqlite(session),
            *_of_history(session),
            *_of_pictures(session, library),
            *_of_index(session),
        ]


def _of_sqlite(session: Session) -> Iterator[str]:
    if session.get_bind().dialect.name == "sqlite":
        for (said,) in session.execute(text("PRAGMA integrity_check")):
            if said != "ok":
                yield f"integrity: {said}"
        for row in session.execute(text("PRAGMA foreign_key_check")):
            yield f"foreign key: {tuple(row)}"


def _of_history(session: Session) -> Iterator[str]:
    """Of each claim and ruling, what the history says last is what is there."""
    changes = session.exec(select(CellChange)).all()
    claims = {each.claim_id for each in changes if each.claim_id is not None}
    claims |= set(session.exec(select(Claim.id)))
    cells = {(each.technique_id, each.issue_id) for each in changes}
    cells |= set(session.exec(select(Ruling.technique_id, Ruling.issue_id)))
    for change in record._claims_changed(session, sorted(claims)):
        yield f"history of claim {change.claim_id}: {change.before} is not {change.after}"
    for change in record._rulings_changed(session, sorted(cells)):
        yield f"history of a ruling: {change.before} is not {change.after}"


def _of_pictures(session: Session, library: Path) -> Iterator[str]:
    for digest in session.exec(select(Attachment.sha256)):
        file = path_of(library, digest)
        if not file.is_file() or sha256(file.read_bytes()).hexdigest() != digest:
            yield f"picture {digest}: not there, or damaged"


def _of_index(session: Session) -> Iterator[str]:
    followed = index(session)
    search.rebuild_index(session)
    for document in islice(followed ^ index(session), 5):
        yield f"index: {document}"
