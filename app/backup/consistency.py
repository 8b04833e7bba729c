"""Whether the library's parts agree: the database in itself, files and rows, what follows the rows
(`app.changes`) and the rows. What is made from something else can be made anew."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeAlias

from sqlalchemy import String, Table, func, select
from sqlmodel import AutoString, Session, SQLModel, col

from app.backup.rows import broken_keys
from app.changes import Changes
from app.comparison.cells import quotations
from app.comparison.history import record
from app.database import Database, find_damage
from app.errors import N_, Message
from app.files import service as files
from app.files import storage
from app.kit.batches import batches
from app.models import Attachment, CellChange, PaperFile, StoredFile, Subject
from app.models.stored import BACKED_UP
from app.notes import attachments, links
from app.notes.rendering import ATTACHMENT
from app.search import service as search

LibraryPart: TypeAlias = Literal[
    "database", "picture", "file", "history", "link", "quotation", "index"
]
_NO_ROW = N_("No row tells of the file {path}.")
_BATCH = 500  # texts that are looked at in one transaction when they are mended


@dataclass(frozen=True)
class Disagreement:
    """Where two parts of a library do not say the same, in a sentence."""

    part: LibraryPart
    what: Message
    is_repaired: bool = False


def check_library(database: Database, library: Path, *, repair: bool = False) -> list[Disagreement]:
    """Every disagreement, in the order of parts. `repair` makes anew what follows from the rows and
    removes files that are nobody's; what a reader wrote is never changed."""
    found = list(_look(database, library))
    if not (found and repair):
        return found
    _mend(database, library, {each.part for each in found})
    left = set(_look(database, library))
    return [replace(each, is_repaired=each not in left) for each in found]


def _look(database: Database, library: Path) -> Iterator[Disagreement]:
    with database.read() as session:
        damage = find_damage(session.connection())
        for problem in damage:
            yield _of("database", N_("SQLite says: {problem}"), problem=problem)
        if damage:
            return  # what is read of it may be anything
        yield from _broken_keys(session)
        yield from _pictures(session, library)
        yield from _files(session, library)
        yield from map(_of_history, record.find_unrecorded(session))
        for kind, number in links.find_stale_links(session):
            why = N_("The links of {kind} {number} are not those in its text.")
            yield _of("link", why, kind=kind, number=number)
        for number in quotations.find_outdated(session):
            why = N_("Whether the quotations of claim {number} stand is not as it is kept.")
            yield _of("quotation", why, number=number)
    yield from _strays(database, library)
    if search.is_index_sound(database):
        with database.read() as session:
            yield from map(_of_index, search.find_unlike(session))
            for sha256 in search.find_unindexed(session):
                why = N_("The text of file {digest} is not in the index.")
                yield _of("index", why, digest=sha256[:12])
    else:
        yield _of("index", N_("The search index is damaged."))


def _of(part: LibraryPart, why: str, **values: str | int) -> Disagreement:
    return Disagreement(part, Message.of(why, **values))


def _tables() -> list[Table]:
    """Every table that cannot be made anew, of the models: an open library has the newest schema,
    and to ask the database for it takes longer than all else here."""
    return [each for each in SQLModel.metadata.sorted_tables if each.name in BACKED_UP]


def _broken_keys(session: Session) -> Iterator[Disagreement]:
    for table, column, count in broken_keys(session.connection(), _tables()):
        why = N_("{table}.{column} names rows that are not there ({count}).")
        yield _of("database", why, table=table.name, column=column, count=count)


def _pictures(session: Session, library: Path) -> Iterator[Disagreement]:
    rows = select(col(Attachment.sha256), col(Attachment.filename)).order_by(col(Attachment.sha256))
    for digest, name in session.execute(rows):
        if attachments.read_file(library, digest) is None:
            path = attachments.path_of(library, digest)
            why = (
                N_("The file of “{name}” is damaged: {path}. Put the same picture in again.")
                if path.is_file()
                else N_("The file of “{name}” is gone: {path}. Put the same picture in again.")
            )
            yield _of("picture", why, name=name, path=path.relative_to(library).as_posix())


def _files(session: Session, library: Path) -> Iterator[Disagreement]:
    names = select(col(PaperFile.sha256), func.min(PaperFile.name).label("name"))
    called = names.group_by(col(PaperFile.sha256)).subquery()
    rows = select(col(StoredFile.sha256), called.c.name).outerjoin(
        called, called.c.sha256 == col(StoredFile.sha256)
    )
    for digest, name in session.execute(rows.order_by(col(StoredFile.sha256))):
        if not storage.is_whole(library, digest):
            path = storage.file_path(library, digest)
            why = (
                N_("The file of “{name}” is damaged: {path}. Put the same file in again.")
                if path.is_file()
                else N_("The file of “{name}” is gone: {path}. Put the same file in again.")
            )
            place = path.relative_to(library).as_posix()
            yield _of("file", why, name=name or digest[:12], path=place)
    for digest in files.find_orphans(session):
        yield _of("file", N_("No paper holds the file {digest}."), digest=digest[:12])


def _strays(database: Database, library: Path) -> Iterator[Disagreement]:
    with database.read() as session:
        found = attachments.find_strays(session, library)
    if found:
        with database.write() as session:  # nobody is just storing one
            found = attachments.find_strays(session, library)
    for path in found:
        yield _of("picture", _NO_ROW, path=path.relative_to(library).as_posix())
    with database.read() as session:
        strays = storage.find_stray_files(session, library)
    if strays:
        with database.write() as session:
            strays = storage.find_stray_files(session, library)
    for path in strays:
        yield _of("file", _NO_ROW, path=path.relative_to(library).as_posix())


def _of_history(change: CellChange) -> Disagreement:
    cell = {"row": change.technique_id, "column": change.issue_id}
    if change.subject == Subject.CLAIM:
        why = N_("The history of claim {claim} does not end with what it says.")
        return _of("history", why, claim=change.claim_id)
    why = N_("The history of the ruling on cell {row} × {column} does not end with what it says.")
    return _of("history", why, **cell)


def _of_index(unlike: tuple[str, int, int]) -> Disagreement:
    kind, item, other = unlike
    if kind == "stray":
        return _of("index", N_("Document {number} of the index is of nothing."), number=item)
    if kind == "cell":
        why = N_("Cell {row} × {column} is not in the index as it reads.")
        return _of("index", why, row=item, column=other)
    why = N_("{kind} {number} is not in the index as it reads.")
    return _of("index", why, kind=kind, number=item)


# --- Made anew ---


def _mend(database: Database, library: Path, parts: Collection[LibraryPart]) -> None:
    """As if what disagrees had just been saved: the functions that follow rows write it. The
    history gets the change that it lacks."""
    if "picture" in parts:
        with database.write() as session:  # nobody is just storing one
            _settle_strays(session, library)
    if "file" in parts:
        files.purge_files(database, library)
        with database.write() as session:
            for path in storage.find_stray_files(session, library):
                path.unlink(missing_ok=True)
    if "history" in parts:
        with database.write() as session:
            changes = Changes()
            for change in record.find_unrecorded(session):
                changes.add("claim", [{"id": change.claim_id or None}])
                changes.add("ruling", [change.model_dump(include={"technique_id", "issue_id"})])
            record.annotate(session, by="check")
            record.record_changes(session, changes)
    if "link" in parts:
        with database.read() as session:
            stale = list(links.find_stale_links(session))
        for batch in batches(stale, _BATCH):
            with database.write() as session:
                links.refresh_links(session, _changes((kind, number) for kind, number in batch))
    if "quotation" in parts:
        with database.read() as session:
            claims = list(quotations.find_outdated(session))
        for numbers in batches(claims, _BATCH):
            with database.write() as session:
                quotations.check_quotations(session, _changes(("claim", each) for each in numbers))
    if "index" in parts:
        for _ in search.renew_index(database):
            pass


def _settle_strays(session: Session, library: Path) -> None:
    """A picture that a text shows gets its row again; the other files are removed."""
    strays = attachments.find_strays(session, library)
    shown = _pictures_shown(session) if strays else set()
    for path in strays:
        data = attachments.read_file(library, path.name)
        if path.name in shown and data is not None and attachments.media_type(data):
            attachments.store_attachment(session, library, filename=path.name[:8], data=data)
        else:
            path.unlink(missing_ok=True)


def _pictures_shown(session: Session) -> set[str]:
    """The digests of all pictures that any text shows, or showed."""
    texts = (
        each
        for table in _tables()
        for each in table.columns
        if isinstance(each.type, (String, AutoString))
    )
    found: set[str] = set()
    for column in texts:
        for text in session.scalars(select(column).where(column.contains("attachment"))):
            found.update(ATTACHMENT.findall(text))
    return found


def _changes(texts: Iterable[tuple[str, int]]) -> Changes:
    changes = Changes()
    for kind, number in texts:
        changes.add(kind, [{"id": number}])
    return changes
