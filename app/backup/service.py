"""The verbs: write a backup, keep one before something is done to all rows, restore one."""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, Table, inspect, select, update
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel, col

from app.backup.archive import (
    Backup,
    BackupManifest,
    BackupMember,
    create_backup,
    damaged_backup,
    newer_backup,
    open_backup,
)
from app.backup.rows import (
    UnfitRow,
    broken_keys,
    clear_tables,
    dump_rows,
    has_rows,
    load_rows,
    parse_row,
    reflect_tables,
)
from app.database import (
    Database,
    continue_numbering,
    is_damaged,
    known_schemas,
    last_numbers,
    schema_of,
    set_aside,
    unmapped,
    upgrade_schema,
)
from app.errors import N_, Conflict, Message
from app.files import storage
from app.kit.files import open_whole
from app.models import Attachment, StoredFile, TextState, Verdict
from app.models.stored import CONTENT
from app.notes import attachments
from app.search import service as search
from app.settings import Settings

BACKUPS = "backups"  # the library's own, in its folder
_PIECE = 1024 * 1024  # bytes
KEPT = 5  # of those that are made by themselves, of each kind
_UPLOADS = "imports"  # files that were handed in and are not imported yet, with their corrections
_SHOWN = {name: f"{name}s" for name in ("paper", "note", "technique", "issue", "claim")} | {
    "attachment": "pictures",
    "file": "files",
}


@dataclass(frozen=True)
class BackupReport:
    """What was written, and which files of the library could not be, or were not whole: by their
    paths in its folder."""

    path: Path
    size: int  # bytes
    counts: Mapping[str, int]  # rows, by table
    missing: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()

    def text(self) -> list[str]:
        """Lines for a terminal."""
        return [f"{self.path}: {_shown(self.counts)}, {self.size / 1_000_000:.1f} MB"]

    def problems(self) -> list[Message]:
        missing = N_("The file {path} is missing in the library, and so in the backup.")
        damaged = N_("The file {path} is damaged in the library, and so in the backup.")
        return [
            *(Message.of(missing, path=each) for each in self.missing),
            *(Message.of(damaged, path=each) for each in self.damaged),
        ]


def _shown(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{counts.get(name, 0)} {called}" for name, called in _SHOWN.items())


def write_backup(
    database: Database, settings: Settings, path: Path, *, overwrite: bool = False
) -> BackupReport:
    """The library as of one moment, while others go on writing.

    Raises:
        Conflict: there is something at `path` already.
        OSError: it cannot be written; what was there is there still.
    """
    if path.is_dir() or (path.exists() and not overwrite):
        raise Conflict(
            N_("{path} is there already. Name another file, or say --overwrite."), path=str(path)
        )
    with database.read() as session:
        connection = session.connection()
        tables, uploads = reflect_tables(connection), _uploads(settings.library)
        return _write(connection, tables, settings.library, path, uploads)


def keep_backup(
    connection: Connection,
    *,
    library: Path,
    why: str,
    but: Path | None = None,
    without_files: bool = False,
) -> BackupReport | None:
    """A backup in the library's folder, of what a transaction sees, but for files that wait to be
    imported, which stay where they are, as `without_files` do those of papers: they may be many
    gigabytes, and never change. The last five of `why` are kept, and `but`.

    None where the database is new, or has no rows that a new library would not have.
    """
    schema = schema_of(connection)
    tables = reflect_tables(connection) if schema else []
    if not any(has_rows(connection, each) for each in tables if each.name != Verdict.__tablename__):
        return None
    folder = library / BACKUPS
    path = folder / f"{_now()}-{why}.zip"
    report = _write(connection, tables, library, path, without_files=without_files)
    for old in sorted(folder.glob(f"????-??-??T??????-??????Z-{why}.zip"))[:-KEPT]:
        if but is None or old.resolve() != but.resolve():
            old.unlink(missing_ok=True)
    return report


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H%M%S-%f}Z"


def _write(
    connection: Connection,
    tables: list[Table],
    library: Path,
    path: Path,
    uploads: Sequence[str] = (),
    *,
    without_files: bool = False,
) -> BackupReport:
    missing: list[str] = []
    damaged: list[str] = []
    with create_backup(path) as backup, unmapped(connection):
        for table in tables:
            backup.add_table(table.name, dump_rows(connection, table))
        for file in _stored_files(connection, library):
            if without_files and file.is_relative_to(library / storage.FOLDER):
                continue
            name = file.relative_to(library).as_posix()
            try:
                opened = file.open("rb")
            except FileNotFoundError:
                missing.append(name)
                continue
            with opened:
                backup.add_file(name, iter(partial(opened.read, _PIECE), b""))
            if backup.members[-1].sha256 != file.name:
                damaged.append(name)
        for name in uploads:
            with suppress(FileNotFoundError), (library / name).open("rb") as upload:
                backup.add_file(name, iter(partial(upload.read, _PIECE), b""))
        manifest = backup.add_manifest(
            schema_version=schema_of(connection) or "",
            database=connection.dialect.name,
            numbers=last_numbers(connection),
        )
    size = path.stat().st_size
    return BackupReport(path, size, manifest.counts, tuple(missing), tuple(damaged))


def _stored_files(connection: Connection, library: Path) -> Iterator[Path]:
    """The pictures and the papers' files, each called by its SHA-256."""
    for model, place in ((Attachment, attachments.path_of), (StoredFile, storage.file_path)):
        held = inspect(connection).has_table(str(model.__tablename__))  # an older schema has not
        column = col(model.sha256)
        for digest in connection.scalars(select(column).order_by(column)) if held else ():
            yield place(library, digest)


def _uploads(library: Path) -> list[str]:
    """The files in `imports`, by their paths; one may be gone the next moment."""
    folder = library / _UPLOADS
    names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    return [f"{_UPLOADS}/{name}" for name in names if not name.startswith(".")]


# --- Back ---


@dataclass(frozen=True)
class CheckedBackup:
    """A backup that can be restored: its rows are in a database of their own, at our schema."""

    path: Path
    backup: Backup
    rows: Connection

    @property
    def manifest(self) -> BackupManifest:
        return self.backup.manifest

    @property
    def last_numbers(self) -> dict[str, int]:
        """The last number that a row of each table had, as the backup says; what an older one does
        not say, its rows remember."""
        return last_numbers(self.rows) | self.manifest.numbers


@contextmanager
def check_backup(path: Path) -> Iterator[CheckedBackup]:
    """Restore a backup where nobody sees it, at its own schema, and bring that to ours: what is
    wrong with it shows before any library is touched.

    Raises:
        Damaged: it is no backup, or not as it was written, or its rows do not fit together.
        Conflict: a newer Crosswalk wrote it; there is no room to unpack it.
        OSError: it cannot be read.
    """
    with open_backup(path) as backup, TemporaryDirectory(prefix="crosswalk-restore-") as folder:
        schema = backup.manifest.schema_version
        if schema not in known_schemas():
            raise newer_backup(backup.manifest)
        if backup.size > shutil.disk_usage(folder).free:
            raise Conflict(
                N_("This backup unpacks to {size} MB, for which {folder} has no room."),
                size=backup.size // 1_000_000,
                folder=folder,
            )
        for member in backup.files():
            for _ in backup.read(member):
                pass
        scratch = Database(f"sqlite:///{folder}/rows.sqlite3")
        with closing(scratch), scratch.rebuild() as connection:
            _fill(connection, backup)
            yield CheckedBackup(path, backup, connection)


def _fill(connection: Connection, backup: Backup) -> None:
    upgrade_schema(connection, backup.manifest.schema_version)
    tables = {table.name: table for table in reflect_tables(connection)}
    held = dict(backup.tables())
    if held.keys() != tables.keys():
        unlike = ", ".join(sorted(held.keys() ^ tables.keys()))
        raise damaged_backup(unlike)
    try:
        clear_tables(connection, tables.values())
        for name, table in tables.items():
            load_rows(connection, table, backup.rows(held[name]))
    except UnfitRow as error:
        raise damaged_backup(str(error)) from error
    for table, column, number in broken_keys(connection, tables.values()):
        raise damaged_backup(f"{table.name}.{column} names rows that are not in it ({number})")
    upgrade_schema(connection)


@dataclass(frozen=True)
class RestoreReport:
    """What the library holds now, by table, and where the one is that was there before."""

    counts: Mapping[str, int]
    before: Path | None

    def text(self) -> list[str]:
        """Lines for a terminal."""
        before = [f"What was there before is in {self.before}"] if self.before else []
        return [_shown(self.counts), *before]


def restore_library(
    settings: Settings,
    checked: CheckedBackup,
    open_library: Callable[[Settings], Database],
    *,
    replace: bool = False,
) -> RestoreReport:
    """Restore a backup into the library that `settings` name, which is made where there is none.
    Of one that is so damaged that it cannot be read, the database file is kept instead of a backup.

    Raises as `restore_backup` and `open_library` do.
    """
    try:
        with closing(open_library(settings)) as database:
            return restore_backup(database, settings, checked, replace=replace)
    except DBAPIError as error:
        name = f"{_now()}-damaged.sqlite3"
        if not (replace and is_damaged(error)):
            raise
        aside = set_aside(settings, settings.library / BACKUPS, name)
        if aside is None:
            raise
    with closing(open_library(settings)) as database:
        return RestoreReport(restore_backup(database, settings, checked).counts, aside)


def restore_backup(
    database: Database, settings: Settings, checked: CheckedBackup, *, replace: bool = False
) -> RestoreReport:
    """Put a backup in the place of all that `database` holds, in one transaction: killed anywhere,
    the library is what it was, or what the backup says. What was there is backed up first.

    Raises:
        Conflict: the library is not empty, and `replace` does not say that it may go.
        Damaged: PostgreSQL cannot hold a row, or a file is not what it was a moment ago.
    """
    with _new_uploads(settings.library, checked.backup), database.write() as session:
        connection = session.connection()
        content = (SQLModel.metadata.tables[str(each.__tablename__)] for each in CONTENT)
        if not replace and any(has_rows(connection, table) for table in content):
            raise Conflict(
                N_(
                    "This library is not empty. To put the backup in its place, after a backup of "
                    "what it holds: --replace."
                )
            )
        kept = keep_backup(
            connection, library=settings.library, why="before-restore", but=checked.path
        )
        known = {*_stored_files(connection, settings.library)} if kept else set()
        _place_files(settings.library, checked.backup)
        tables = reflect_tables(connection)
        counts = _replace_rows(connection, checked.rows, tables)
        # What is derived of a file is in no backup, and is made anew.
        session.execute(update(StoredFile).values(text_state=TextState.WAITING, problem=""))
        given = checked.last_numbers
        for table in tables:
            if "id" in table.c:
                continue_numbering(session, table, after=given.get(table.name, 0))
        search.rebuild_index(session)
    _place_uploads(settings.library, checked.backup)
    with database.write() as session:
        for stray in (
            *attachments.find_strays(session, settings.library),
            *storage.find_stray_files(session, settings.library),
        ):
            if stray in known:  # and so in the backup before; the folder may have others'
                stray.unlink(missing_ok=True)
    search.settle_index(database)
    return RestoreReport(counts, kept.path if kept else None)


def _replace_rows(
    connection: Connection, source: Connection, tables: list[Table]
) -> dict[str, int]:
    named = {table.name: table for table in reflect_tables(source)}
    try:
        clear_tables(connection, tables)
        return {
            table.name: load_rows(
                connection, table, map(parse_row, dump_rows(source, named[table.name]))
            )
            for table in tables
        }
    except UnfitRow as error:
        raise damaged_backup(str(error)) from error


def _place_files(library: Path, backup: Backup) -> None:
    """None is in the way of one that is there: they are stored under what they are."""
    for member in backup.files():
        path = library / member.name
        if not member.name.startswith(f"{_UPLOADS}/") and not storage.has_digest(path, path.name):
            _unpack(backup, member, path)


@contextmanager
def _new_uploads(library: Path, backup: Backup) -> Iterator[None]:
    """Files that wait to be imported, those that are not there yet: in place before the rows are,
    so that a kill after these loses none, and gone again where the block raises."""
    placed: list[Path] = []
    try:
        for member in backup.files():
            path = library / member.name
            if member.name.startswith(f"{_UPLOADS}/") and not path.exists():
                placed.append(path)
                _unpack(backup, member, path)
        yield
    except BaseException:
        for path in placed:
            path.unlink(missing_ok=True)
        raise


def _place_uploads(library: Path, backup: Backup) -> None:
    """All of them, also what was said of one that is there."""
    for member in backup.files():
        if member.name.startswith(f"{_UPLOADS}/"):
            _unpack(backup, member, library / member.name)


def _unpack(backup: Backup, member: BackupMember, path: Path) -> None:
    with open_whole(path) as file:
        file.writelines(backup.read(member))
