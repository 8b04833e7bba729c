"""The library's states by name: another after every change, so that what was computed from one can
be kept; and which tables a change left as they were, so that it can be kept for longer."""

import re
from collections import OrderedDict
from collections.abc import Collection, Mapping
from functools import cache
from threading import Lock
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Engine, event
from sqlmodel import Session, SQLModel

_STATE = "crosswalk_state"  # in a session's info
_CHANGES = "crosswalk_changes"  # in a SQLite connection's: rows changed before this transaction
_CHANGED = "crosswalk_changed"  # in a connection's: the tables its transaction changed
_ANY = ""  # every table that is not named
_REMEMBERED = 1_000  # states
_CHANGING = re.compile(
    r"\s*(?:(?:INSERT\s+INTO|UPDATE)|(DELETE\s+FROM|REPLACE\s+INTO|INSERT\s+OR\s+REPLACE\s+INTO))"
    r'\s+"?(\w+)',
    re.IGNORECASE,
)
_READING = re.compile(
    r"[\s(]*(?:SELECT|SET|ANALYZE|PRAGMA|SAVEPOINT|RELEASE|ROLLBACK|BEGIN"
    r"|WITH(?!.*\b(?:INSERT|UPDATE|DELETE)\b))\b",
    re.IGNORECASE | re.DOTALL,
)

# Of a state: since which each table is as it is, as far as this process saw; `_ANY` the others.
_since: OrderedDict[str, Mapping[str, str]] = OrderedDict()
_lock = Lock()


def follow_transactions(engine: Engine) -> None:
    """See which tables each transaction changes."""
    event.listen(engine, "begin", _begin)
    event.listen(engine, "before_cursor_execute", _note_table)


def writes(connection: Connection) -> bool:
    """Whether a connection was opened for a transaction that writes."""
    return bool(connection.get_execution_options().get("crosswalk_writes", False))


def state_of(session: Session) -> str | None:
    """The name of the library's state that `session` reads: another after every change, by
    whichever process, and never one that was; asked once a transaction. None in a transaction that
    writes or may have changed something, for nobody else sees what it sees."""
    connection = session.connection()
    if writes(connection) or connection.info[_CHANGED]:
        return None
    transaction = connection.get_transaction()
    held = session.info.get(_STATE)
    if held is None or held[0] is not transaction:
        held = session.info[_STATE] = transaction, _name_of(connection)
    name: str | None = held[1]
    return name


def state_of_tables(state: str, tables: Collection[str]) -> tuple[str, ...]:
    """For each of `tables` a state in which it was as it is in `state`: the one in which it was
    changed last, where this process has made all changes since, else `state`."""
    since = _since.get(state, {_ANY: state})
    return tuple([since.get(table, since[_ANY]) for table in tables])


def started_from(session: Session) -> str | None:
    """The name of the state in which a writing transaction found the library: what was decided on
    that state before still holds."""
    return _name_of(session.connection())


def name_state(connection: Connection) -> None:
    """Give the library's state another name, where this transaction has changed anything. At
    random: counted, a library brought back from a copy would come to a number that was another's.
    """
    if not _has_changed(connection):
        return
    before, name = _name_of(connection), uuid4().hex
    changed = connection.info.get(_CHANGED) or {_ANY}
    since = _since.get(before or "", {_ANY: before or name})
    now = {_ANY: name} if _ANY in changed else {**since, **dict.fromkeys(changed, name)}
    with _lock:
        _since[name] = now
        if len(_since) > _REMEMBERED:
            _since.popitem(last=False)
    connection.exec_driver_sql(f"UPDATE library_state SET name = '{name}'")  # noqa: S608


def _name_of(connection: Connection) -> str | None:
    name: str | None = connection.exec_driver_sql("SELECT name FROM library_state").scalar()
    return name


def _has_changed(connection: Connection) -> bool:
    """Whether this transaction has changed any row."""
    if connection.dialect.name == "postgresql":
        asked = "SELECT pg_current_xact_id_if_assigned() IS NOT NULL"
        return bool(connection.exec_driver_sql(asked).scalar())
    driver = connection.connection.driver_connection
    assert driver is not None
    return bool(driver.total_changes != connection.info[_CHANGES])


def _begin(connection: Connection) -> None:
    connection.info[_CHANGED] = set()
    if connection.dialect.name == "sqlite":
        driver = connection.connection.driver_connection
        assert driver is not None
        connection.info[_CHANGES] = driver.total_changes


def note_change(connection: Connection, table: str = _ANY) -> None:
    """For who changes rows past SQLAlchemy: that this transaction changes a table, or any."""
    changed: set[str] = connection.info[_CHANGED]
    changed.add(table)


def _note_table(connection: Connection, _cursor: object, statement: str, *_: Any) -> None:
    if _READING.match(statement):
        return
    if found := _CHANGING.match(statement):
        deletes, table = found.groups()
        for each in _deleted_with(table) if deletes else (table,):
            note_change(connection, each)
    else:
        note_change(connection)


@cache
def _deleted_with(table: str) -> frozenset[str]:
    """A table and those in which the database deletes or empties what refers to its rows."""
    reached, waiting = {table}, [table]
    while waiting:
        at = waiting.pop()
        for each in SQLModel.metadata.tables.values():
            refers = any(key.column.table.name == at and key.ondelete for key in each.foreign_keys)
            if refers and each.name not in reached:
                reached.add(each.name)
                waiting.append(each.name)
    return frozenset(reached)
