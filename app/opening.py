"""Opening a library: its database with what follows its rows; for the web and the command."""

from app.comparison import history
from app.database import Database, open_database
from app.imports.starter import load_starter
from app.notes.links import refresh_links
from app.search import service as search
from app.settings import Settings


def open_library(settings: Settings) -> Database:
    """The library that `settings` name, at the newest schema; made where there is none.

    A new one begins with the starter library, unless the settings say otherwise.
    """
    database = open_database(settings)
    database.before_commit += [history.follow, refresh_links, search.follow]
    if settings.starter:
        with database.write() as session:
            load_starter(session)
    search.fill_empty(database)
    return database
