"""Keeping a folder in step while both sides are being worked on."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event

from watchfiles import Change
from watchfiles import watch as changes_of

from app.database import Database
from app.errors import CrosswalkError, Message
from app.library_state import state_of
from app.settings import Settings
from app.vault.sync.report import SyncLine, SyncReport
from app.vault.sync.sync_run import sync_folder

_QUIET = 500  # milliseconds without a change of a file: whoever writes is done
_LOOK = 1_000  # milliseconds between two looks at the library


def watch_folder(
    database: Database, settings: Settings, folder: Path, stop: Event | None = None
) -> Iterator[SyncReport]:
    """Syncs whenever a file or the library changes, and gives each report in which something was
    done, or something else was left alone. Ends at Ctrl-C, or when `stop` is set.

    Raises:
        Conflict: the folder itself is gone. While it is but not all there, that is a report.
    """
    seen, told = _state(database), SyncReport()
    for changed in changes_of(
        folder,
        watch_filter=_concerns,
        debounce=_QUIET,
        step=_QUIET // 5,
        rust_timeout=_LOOK,
        yield_on_timeout=True,
        stop_event=stop,
        raise_interrupt=False,
    ):
        state = _state(database)
        if changed or state != seen:
            report = _sync(database, settings, folder)
            seen = state
            if report.lines and report != told:
                yield report
            told = report


def _sync(database: Database, settings: Settings, folder: Path) -> SyncReport:
    try:
        return sync_folder(database, settings, folder)
    except (CrosswalkError, OSError) as error:
        if not folder.is_dir():
            raise
        said = Message.of("{problem}", problem=str(error))
        why = error.message if isinstance(error, CrosswalkError) else said
        return SyncReport([SyncLine("left", str(folder), why)])


def _concerns(_change: Change, path: str) -> bool:
    """Our own half-written files, and what editors keep beside theirs, do not."""
    name = Path(path).name
    return not name.startswith(".") and not name.endswith(("~", ".part", ".tmp", ".swp"))


def _state(database: Database) -> str | None:
    with database.read() as session:
        return state_of(session)
