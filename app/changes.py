"""What a transaction changes, written down once for all that follows rows.

While a session flushes, and before it runs an INSERT, UPDATE or DELETE given as a statement, the
rows that change are written down as `Changes`; before the transaction commits, the followers are
called in their order. Textual SQL, and what goes below the session (`Session.connection`,
`insert_many`), is not seen: who does that says so by `Changes.add`.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import product
from typing import Any

from sqlalchemy import (
    BindParameter,
    Delete,
    Insert,
    Null,
    Result,
    Table,
    Update,
    event,
    func,
    select,
)
from sqlalchemy import inspect as inspect_state
from sqlalchemy import tuple_ as row_of
from sqlalchemy.orm import ORMExecuteState, UOWTransaction
from sqlalchemy.orm import Session as AnySession
from sqlmodel import Session

from app.database import Database

_INFO = "changes"
_BATCH = 1_000  # rows a statement names


class Changes:
    """The rows that a transaction has changed so far, by what they said before and say now."""

    def __init__(self) -> None:
        self._rows: dict[str, set[tuple[object, ...]]] = {}
        self._edited: dict[tuple[str, str], set[int]] = {}
        self._known: dict[str, set[object]] = {}  # the ids of rows
        self._new: dict[str, set[object]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._rows.values()))

    def values(self, table: str, *columns: str) -> set[tuple[int, ...]]:
        """What these columns of the changed rows of `table` held or hold, None left out."""
        places = [_watched[table].index(name) for name in columns]
        found = {tuple([row[at] for at in places]) for row in self._rows.get(table, ())}
        return {row for row in found if None not in row}  # type: ignore[misc]

    def ids(self, table: str) -> set[int]:
        return {number for (number,) in self.values(table, "id")}

    def new(self, table: str) -> set[int]:
        """The ids of the rows that came in and were not there when the transaction began: what is
        not changed itself does not name them."""
        return self._new.get(table, set())  # type: ignore[return-value]

    def edited(self, table: str, column: str) -> set[int]:
        """The ids of the rows that were there before and may hold something else in `column`."""
        return self._edited.get((table, column), set())

    def add(self, table: str, rows: Collection[Mapping[str, object]], *, new: bool = False) -> None:
        """Write down rows that were changed unseen; what they do not name counts as None."""
        if new and "id" in _watched[table]:
            ids = {row.get("id") for row in rows}
            self._new.setdefault(table, set()).update(ids - self._known.get(table, set()))
        columns = _watched[table]
        held = self._rows.setdefault(table, set())
        held.update(tuple([row.get(name) for name in columns]) for row in rows)
        if "id" in columns:
            self._known.setdefault(table, set()).update(row.get("id") for row in rows)

    def edit(self, table: str, column: str, ids: Collection[int]) -> None:
        self._edited.setdefault((table, column), set()).update(ids)


@dataclass(frozen=True)
class Follower:
    """What is done before a commit for the rows that changed.

    `watches` names, by table, the columns that it wants to know the values of; `edits` the texts
    whose change it wants to know of, as (table, column).
    """

    name: str
    follow: Callable[[Session, Changes], None]
    watches: Mapping[str, Collection[str]]
    edits: Collection[tuple[str, str]] = field(default=())


_watched: dict[str, tuple[str, ...]] = {}  # by table: the columns whose values are written down
_edits: dict[str, tuple[str, ...]] = {}


def follow_changes(database: Database, followers: Sequence[Follower]) -> None:
    """Call `followers`, in their order, before each commit of `database`."""
    for follower in followers:
        for table, columns in follower.watches.items():
            _watched[table] = tuple(dict.fromkeys((*_watched.get(table, ()), *columns)))
        for table, column in follower.edits:
            _edits[table] = tuple(dict.fromkeys((*_edits.get(table, ()), column)))
    database.before_commit.append(partial(_call, followers))


def _call(followers: Sequence[Follower], session: Session) -> None:
    changes = changes_of(session)
    for follower in followers:
        follower.follow(session, changes)
    session.info.pop(_INFO, None)  # what followers write is followed by nothing


def changes_of(session: AnySession) -> Changes:
    changes: Changes = session.info.setdefault(_INFO, Changes())
    return changes


# --- Objects ---


@event.listens_for(Session, "after_flush")
def _note_flush(session: Session, _context: UOWTransaction) -> None:
    changes = changes_of(session)
    for row in (*session.new, *session.dirty, *session.deleted):
        table = str(getattr(row, "__tablename__", ""))
        if columns := _watched.get(table):
            state = inspect_state(row)
            held = []
            for name in columns:
                history = state.attrs[name].history
                held.append({state.dict.get(name), *history.added, *(history.deleted or ())})
            said = [dict(zip(columns, each, strict=True)) for each in product(*held)]
            changes.add(table, said, new=row in session.new)
    for row in session.dirty:
        table = str(getattr(row, "__tablename__", ""))
        for column in _edits.get(table, ()):
            if inspect_state(row).attrs[column].history.has_changes():
                changes.edit(table, column, [row.id])


# --- Statements ---


@event.listens_for(Session, "do_orm_execute")
def _note_statement(state: ORMExecuteState) -> Result[Any] | None:
    statement = state.statement
    if not isinstance(statement, (Insert, Update, Delete)) or not isinstance(
        statement.table, Table
    ):
        return None
    table = statement.table
    columns = _watched.get(table.name)
    if not columns:
        return None
    changes = changes_of(state.session)
    given = list(_given(table, statement, state.parameters))
    if isinstance(statement, Insert):
        if "id" in columns and any(row.get("id") is None for row in given):
            return _insert_numbered(state, table, columns)
        changes.add(table.name, given, new=True)
    elif isinstance(state.parameters, Sequence):  # an UPDATE of rows named by their primary keys
        for row, held in _named(state.session, table, given):
            _note_update(changes, table, row, [held])
    else:
        wanted = select(*(table.c[name] for name in columns))
        if statement.whereclause is not None:
            wanted = wanted.where(statement.whereclause)
        connection = state.session.connection()
        found = connection.execute(wanted, dict(state.parameters or {}))
        before = [dict(row._mapping) for row in found]
        if isinstance(statement, Update):
            _note_update(changes, table, given[0], before)
        else:
            changes.add(table.name, before)
    return None


def _note_update(
    changes: Changes, table: Table, given: Mapping[str, Any], before: Sequence[Mapping[str, Any]]
) -> None:
    """Write down rows that are about to hold what is `given`."""
    said = {name: given[name] for name in _watched[table.name] if name in given}
    changes.add(table.name, [*before, *({**row, **said} for row in before)])
    for column in _edits.get(table.name, ()):
        if column in given:
            changes.edit(table.name, column, [row["id"] for row in before])


def _given(
    table: Table, statement: Insert | Update | Delete, parameters: object
) -> Iterator[dict[str, Any]]:
    """The rows that a statement is given, or what an UPDATE sets, as values by column.

    Raises TypeError where a watched column gets what only the database works out.
    """
    said: dict[str, object] = {}
    for column, value in (getattr(statement, "_values", None) or {}).items():
        name = getattr(column, "key", column)
        if isinstance(value, BindParameter):
            said[name] = value.value
        elif isinstance(value, Null) or name not in _watched[table.name]:
            said[name] = None
        else:
            raise TypeError(f"{name} is worked out by the database: nothing could follow it")
    many: Sequence[Any] = parameters if isinstance(parameters, Sequence) else [parameters or {}]
    for several in getattr(statement, "_multi_values", ()):
        many = [{getattr(key, "key", key): value for key, value in row.items()} for row in several]
    for row in many:
        yield {**said, **row}


def _named(
    session: AnySession, table: Table, given: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[Mapping[str, Any], dict[str, Any]]]:
    """Each of the given rows with the watched values of the one that has its primary key now."""
    key = list(table.primary_key.columns)
    wanted = select(*key, *(table.c[name] for name in _watched[table.name]))
    rows = {tuple([row[column.key] for column in key]): row for row in given}
    named = list(rows)
    for at in range(0, len(named), _BATCH):
        some = wanted.where(row_of(*key).in_(named[at : at + _BATCH]))
        for held in session.connection().execute(some):
            yield rows[tuple(held[: len(key)])], dict(held._mapping)


def _insert_numbered(state: ORMExecuteState, table: Table, columns: tuple[str, ...]) -> Result[Any]:
    """Insert rows that the database numbers: above all others, for there is one writer."""
    connection = state.session.connection()
    last = connection.scalar(select(func.max(table.c.id))) or 0
    result = state.invoke_statement()
    new = connection.execute(select(*(table.c[name] for name in columns)).where(table.c.id > last))
    changes_of(state.session).add(table.name, [dict(row._mapping) for row in new], new=True)
    return result
