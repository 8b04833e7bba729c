"""Opening a library: its database with what follows its rows; for the web and the command.

Several servers and commands may open one at once. What is to be done first (a newer schema, the
starter library, an index in its new form) one of them does; the others wait, and find it done.
"""

from functools import partial

from app.backup.service import keep_backup
from app.changes import follow_changes
from app.comparison.cells import quotations
from app.comparison.history import record
from app.database import Database, explain_error, open_database, retry_on_lock
from app.errors import ReadOnly
from app.files import service as files
from app.imports.kept_files import remove_old_files
from app.imports.starter import is_wanted, load_starter
from app.notes import links
from app.search import service as search
from app.search.semantic.encoders import has_encoder
from app.search.semantic.vectors import VECTORS_FOLLOWER
from app.settings import Settings

# What follows rows that change, in this order: all see the same changes.
FOLLOWERS = (
    record.FOLLOWER,
    links.FOLLOWER,
    quotations.FOLLOWER,
    search.FOLLOWER,
    search.PAGES_FOLLOWER,
)


def open_library(settings: Settings) -> Database:
    """The library that `settings` name, at the newest schema; made where there is none.

    A new one begins with the starter library, unless the settings say otherwise. One that cannot
    be written is opened for reading, as it is.

    Raises:
        Unusable, ReadOnly: see `open_database`.
    """
    database = open_migrated(settings)
    semantic = (VECTORS_FOLLOWER,) if has_encoder(settings.embeddings) else ()
    follow_changes(database, (*FOLLOWERS, *semantic))
    try:
        if settings.starter:
            retry_on_lock(partial(_load_starter, database))
        retry_on_lock(partial(search.fill_empty, database))
        remove_old_files(settings.library)
        retry_on_lock(partial(_purge_files, database, settings))
    except Exception as error:
        if not isinstance(explain_error(error), ReadOnly):
            database.close()
            raise
    except BaseException:
        database.close()
        raise
    return database


def open_migrated(settings: Settings) -> Database:
    """The library's database at its newest schema; of an older one there is a backup then, in the
    library's folder, beside which papers' files stay as they are."""
    why = "before-migration"
    keep = partial(keep_backup, library=settings.library, why=why, without_files=True)
    return open_database(settings, before_migration=keep)


def _load_starter(database: Database) -> None:
    with database.read() as session:
        if not is_wanted(session):
            return  # and no writer is waited for
    with database.write() as session:
        load_starter(session)


def _purge_files(database: Database, settings: Settings) -> None:
    """What no paper holds any more, since an import was taken out or a server killed."""
    with database.read() as session:
        if not files.find_orphans(session):
            return
    files.purge_files(database, settings.library)
