"""The text of stored files: extracted one file at a time, and kept page by page.

A file waits until its text was taken. What takes it may be ended at any moment: pages that were
kept stay, the file waits on, and the next one goes on after them.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from sqlalchemy import delete, func, insert, select
from sqlmodel import Session, col

from app.database import Database
from app.errors import N_, NotFound
from app.files.extraction import PageText, UnreadableFile, extract_pages
from app.files.references import ReferenceEntry, list_printed_references
from app.files.storage import file_path
from app.models import FilePage, PrintedReference, StoredFile, TextState
from app.settings import Settings

_AT_ONCE = 50  # pages that a transaction keeps: nobody who writes waits for more
_MISSING = N_("The file itself is not in the library's folder any more.")


def count_waiting(session: Session) -> int:
    """How many files' text is still to be extracted."""
    waiting = col(StoredFile.text_state) == TextState.WAITING
    return session.scalar(select(func.count()).select_from(StoredFile).where(waiting)) or 0


def next_waiting(session: Session, *, but: Collection[str] = ()) -> str | None:
    """The SHA-256 of the file that has waited longest, of those but these."""
    statement = (
        select(col(StoredFile.sha256))
        .where(col(StoredFile.text_state) == TextState.WAITING, col(StoredFile.sha256).not_in(but))
        .order_by(col(StoredFile.created_at), col(StoredFile.sha256))
    )
    return session.scalar(statement.limit(1))


def extract_text(database: Database, settings: Settings, sha256: str) -> None:
    """Extract a waiting file's text and keep it, with the state that it is in then; in short
    transactions, with none open while the file is read."""
    with database.read() as session:
        reading = _Reading(taken=_pages_taken(session, sha256))
    pages = reading.read(file_path(settings.library, sha256))
    while batch := list(islice(pages, _AT_ONCE)):
        with database.write() as session:
            if _awaits(session, sha256) is None:
                return
            _keep_pages(session, sha256, batch)
    with database.read() as session:
        entries = list_printed_references(texts_of(session, [sha256]).get(sha256, []))
    with database.write() as session:
        if stored := _awaits(session, sha256):
            _set_state(session, stored, reading)
            _keep_references(session, sha256, entries)


def extract_waiting(database: Database, settings: Settings) -> int:
    """Extract the texts of all files that wait; how many files that were."""
    done = 0
    while sha256 := _next(database):
        extract_text(database, settings, sha256)
        done += 1
    return done


def _next(database: Database) -> str | None:
    with database.read() as session:
        return next_waiting(session)


@dataclass
class _Reading:
    """How far a file was read, of how many pages, and why no further."""

    taken: int
    of: int = 0
    problem: str = ""

    def read(self, path: Path) -> Iterator[PageText]:
        """The pages that were not taken yet, as far as there are any to be had."""
        try:
            for page in extract_pages(path, first=self.taken + 1):
                self.taken, self.of = page.page, page.of
                yield page
        except UnreadableFile as error:
            self.problem = error.message.text
        except FileNotFoundError:
            self.problem = _MISSING


def _pages_taken(session: Session, sha256: str) -> int:
    last = select(func.max(col(FilePage.page))).where(col(FilePage.sha256) == sha256)
    return session.scalar(last) or 0


def _awaits(session: Session, sha256: str) -> StoredFile | None:
    """The file, where it still waits: not where it is gone, or another server was quicker."""
    stored = session.get(StoredFile, sha256)
    return stored if stored and stored.text_state == TextState.WAITING else None


def _keep_pages(session: Session, sha256: str, pages: Sequence[PageText]) -> None:
    taken = _pages_taken(session, sha256)  # by another server, perhaps
    new = [
        {"sha256": sha256, "page": each.page, "text": each.text}
        for each in pages
        if each.page > taken
    ]
    if new:
        session.execute(insert(FilePage), new)


def _keep_references(session: Session, sha256: str, entries: Sequence[ReferenceEntry]) -> None:
    rows = [
        {
            "sha256": sha256,
            "position": position,
            "page": each.page,
            "text": each.text,
            "title": each.title,
            "year": each.year,
            "doi": each.doi,
            "arxiv_id": each.arxiv_id,
            "key": each.key,
        }
        for position, each in enumerate(entries, 1)
    ]
    if rows:
        session.execute(insert(PrintedReference), rows)


def _set_state(session: Session, stored: StoredFile, reading: _Reading) -> None:
    page = (col(FilePage.sha256) == stored.sha256, col(FilePage.text) != "")
    has_text = session.scalar(select(select(FilePage).where(*page).exists()))
    stored.pages = reading.of or reading.taken or stored.pages
    stored.problem = reading.problem
    if has_text:
        stored.text_state = TextState.DONE
    else:
        stored.text_state = TextState.FAILED if reading.problem else TextState.NONE


def extract_again(session: Session, sha256: str) -> None:
    """Have a file's text extracted anew.

    Raises NotFound: there is no such file.
    """
    stored = session.get(StoredFile, sha256)
    if stored is None:
        raise NotFound(N_("There is no such file."))
    remove_text(session, sha256)
    stored.text_state = TextState.WAITING
    stored.problem = ""


def remove_text(session: Session, sha256: str) -> None:
    """Take out what was extracted of a file, before the file itself."""
    session.execute(delete(FilePage).where(col(FilePage.sha256) == sha256))
    session.execute(delete(PrintedReference).where(col(PrintedReference.sha256) == sha256))


def page_text(session: Session, sha256: str, page: int) -> str:
    """A page's text; empty where it has none.

    Raises NotFound: the file has no such page, or it was not extracted yet.
    """
    held = session.get(FilePage, (sha256, page))
    if held is None:
        raise NotFound(N_("There is no text of this page."))
    return held.text


def texts_of(session: Session, digests: Collection[str]) -> Mapping[str, list[PageText]]:
    """The pages of files by the files' SHA-256, in order; none of a file without text."""
    rows = session.execute(
        select(col(FilePage.sha256), col(FilePage.page), col(FilePage.text))
        .where(col(FilePage.sha256).in_(digests))
        .order_by(col(FilePage.sha256), col(FilePage.page))
    )
    found: dict[str, list[PageText]] = {}
    for sha256, page, text in rows:
        found.setdefault(sha256, []).append(PageText(page, text))
    return found
