"""Keeping a folder in step while both sides are being worked on."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event

from sqlalchemy import ScalarSelect, func
from sqlalchemy import select as rows
from sqlmodel import SQLModel, col
from watchfiles import Change
from watchfiles import watch as changes_of

from app.database import Database
from app.models import (
    BenchmarkResult,
    Claim,
    Comparison,
    Correspondence,
    Issue,
    Note,
    Paper,
    Ruling,
    SyncConflict,
    Technique,
)
from app.settings import Settings
from app.vault.syncing import Report, sync

_QUIET = 500  # milliseconds without a change of a file: whoever writes is done
_LOOK = 1_000  # milliseconds between two looks at the library
_VERSIONED: tuple[type[SQLModel], ...] = (
    Paper,
    Note,
    Technique,
    Issue,
    Claim,
    Ruling,
    Comparison,
    Correspondence,
)


def watch(
    database: Database, settings: Settings, folder: Path, stop: Event | None = None
) -> Iterator[Report]:
    """Syncs whenever a file or the library changes, and gives each report in which something was
    done. Ends at Ctrl-C, or when `stop` is set."""
    seen = fingerprint(database)
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
        if changed or fingerprint(database) != seen:
            report = sync(database, settings, folder)
            seen = fingerprint(database)
            if report.lines:
                yield report


def _concerns(_change: Change, path: str) -> bool:
    """Our own half-written files, and what editors keep beside theirs, do not."""
    name = Path(path).name
    return not name.startswith(".") and not name.endswith(("~", ".part", ".tmp", ".swp"))


def fingerprint(database: Database) -> tuple[object, ...]:
    """What is another one as soon as something that a folder shows has changed; one statement."""
    sums: list[ScalarSelect[object]] = []
    for model in _VERSIONED:
        held = SQLModel.metadata.tables[str(model.__tablename__)]
        for each in (func.count(held.c.id), func.sum(held.c.version), func.max(held.c.id)):
            sums.append(rows(each).scalar_subquery())  # noqa: PERF401
    for trashed in (Note, Paper):
        held = SQLModel.metadata.tables[str(trashed.__tablename__)]
        sums.append(rows(func.count(held.c.trashed_at)).scalar_subquery())
    for column in (col(BenchmarkResult.id), col(SyncConflict.resolved_at)):
        sums.append(rows(func.count(column)).scalar_subquery())  # noqa: PERF401
    with database.read() as session:
        return tuple(session.execute(rows(*sums)).one())
