"""The rows of every table as JSON lines: out of a database and into one, of whichever schema.

Which tables and columns there are is what the database says, so that also a library of an older
schema is read. Values are the same from either database: times in UTC, what is JSON as its text.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import TypeAlias

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    cast,
    delete,
    exists,
    func,
    inspect,
    select,
    sql,
)
from sqlalchemy.exc import DBAPIError

from app.database import defer_foreign_keys, explain_error, stream_rows
from app.models.stored import BACKED_UP

StoredRow: TypeAlias = Mapping[str, object]

_AT_ONCE = 500  # rows that are held in memory


class UnfitRow(ValueError):
    """A row that its table cannot hold; says where and why."""


def reflect_tables(connection: Connection) -> list[Table]:
    """Every table of ours that cannot be made anew, each after those that it refers to."""
    if connection.dialect.name != "sqlite":
        return _reflect(connection)
    schema = tuple(
        connection.exec_driver_sql("SELECT sql FROM sqlite_master ORDER BY name").scalars()
    )
    if schema not in _REFLECTED:
        _REFLECTED[schema] = _reflect(connection)
    return _REFLECTED[schema]


# By the statements that made them: a restore asks three times, a quarter of a second each.
_REFLECTED: dict[tuple[str | None, ...], list[Table]] = {}


def _reflect(connection: Connection) -> list[Table]:
    found = MetaData()
    found.reflect(connection, only=sorted(BACKED_UP & {*inspect(connection).get_table_names()}))
    return found.sorted_tables


def has_rows(connection: Connection, table: Table) -> bool:
    return bool(connection.scalar(select(exists(select(1).select_from(table)))))


# --- Out ---


def dump_rows(connection: Connection, table: Table) -> Iterator[bytes]:
    """A line for each row, in the order of their keys; a few at a time are in memory."""
    columns = [cast(each, Text) if _is_json(each) else each for each in table.columns]
    statement = select(*columns).order_by(*table.primary_key.columns)
    names = table.columns.keys()
    found = connection.execute(statement, execution_options={"yield_per": _AT_ONCE})
    for row in found:
        line = dict(zip(names, row, strict=True))
        yield json.dumps(line, ensure_ascii=False, default=_text_of).encode() + b"\n"


def _text_of(value: object) -> str:
    """Of what JSON has no word for. Raises TypeError for what no column of ours holds."""
    if isinstance(value, datetime):
        return (value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is kept in no backup")


# --- In ---


def parse_row(line: bytes) -> StoredRow:
    """Raises UnfitRow where the line is none that `dump_rows` wrote."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise UnfitRow(f"no JSON: {error}") from error
    if not isinstance(row, dict):
        raise UnfitRow("no row")
    return row


def clear_tables(connection: Connection, tables: Iterable[Table]) -> None:
    """Take out every row of `tables`, given as `reflect_tables` does."""
    defer_foreign_keys(connection)
    for table in reversed([*tables]):
        connection.execute(delete(table))


def load_rows(connection: Connection, table: Table, rows: Iterable[StoredRow]) -> int:
    """Put rows into a table; how many. Keys are checked by `broken_keys`, by PostgreSQL at once.

    They are taken as they come, and nothing follows them.

    Raises:
        UnfitRow: one has other columns, or a value that its column cannot hold.
        DBAPIError: the fault is the database's: it has no room, say.
    """
    defer_foreign_keys(connection)
    count = 0
    readers = {each.name: _reader(each, connection) for each in table.columns}

    def values() -> Iterator[tuple[object, ...]]:
        nonlocal count
        for row in rows:
            count += 1
            if row.keys() != readers.keys():
                raise UnfitRow(f"{table.name}, row {count}: other columns than the table has")
            try:
                yield tuple([read(row[name]) for name, read in readers.items()])
            except (ValueError, OverflowError) as error:
                raise UnfitRow(f"{table.name}, row {count}: {error}") from error

    try:
        stream_rows(connection, table, list(readers), values())
    except UnfitRow:
        raise
    except (DBAPIError, ValueError, OverflowError) as error:
        if isinstance(error, DBAPIError) and explain_error(error):
            raise
        said = str(getattr(error, "orig", error)).split("\n")[0]
        raise UnfitRow(f"{table.name}, row {count}: {said}") from error
    return count


def broken_keys(
    connection: Connection, tables: Iterable[Table]
) -> Iterator[tuple[Table, str, int]]:
    """Each column that names rows of another table which are not there, and how many do."""
    for table in tables:
        for key in table.foreign_keys:
            # By names alone: for each key, SQLAlchemy would copy all columns of the table it names.
            naming = sql.table(table.name, sql.column(key.parent.name))
            named = sql.table(key.column.table.name, sql.column(key.column.name)).alias("named")
            names, name = naming.c[key.parent.name], named.c[key.column.name]
            is_there = exists().where(name == names)
            lost = select(func.count()).select_from(naming).where(names.is_not(None), ~is_there)
            if count := connection.scalar(lost):
                yield table, key.parent.name, count


def _is_json(column: Column[object]) -> bool:
    return isinstance(column.type, JSON)


def _reader(column: Column[object], connection: Connection) -> Callable[[object], object]:
    """What makes of a value of a line one that the driver takes; ValueError where it is none."""
    read = _json_text if _is_json(column) else _READERS[column.type._type_affinity]  # type: ignore[index]
    bind = None
    if not _is_json(column):
        kind = column.type.dialect_impl(connection.dialect)
        bind = kind.bind_processor(connection.dialect)

    def value(said: object) -> object:
        if said is None:
            return None
        try:
            made = read(said)
        except ValueError as error:
            raise ValueError(f"{column.name}: {error}") from error
        return bind(made) if bind else made

    return value


def _whole(said: object) -> int:
    if not isinstance(said, int) or isinstance(said, bool):
        raise ValueError("no whole number")
    return said


def _number(said: object) -> float:
    if not isinstance(said, (int, float)) or isinstance(said, bool):
        raise ValueError("no number")
    return said


def _yes_or_no(said: object) -> bool:
    if not isinstance(said, bool):
        raise ValueError("neither true nor false")
    return said


def _text(said: object) -> str:
    if not isinstance(said, str) or "\0" in said:
        raise ValueError("no text")
    return said


def _json_text(said: object) -> str:
    text = _text(said)
    json.loads(text)
    return text


def _moment(said: object) -> datetime:
    return datetime.fromisoformat(_text(said)).astimezone(UTC)


def _day(said: object) -> date:
    return date.fromisoformat(_text(said))


_READERS: Mapping[type, Callable[[object], object]] = {
    Integer: _whole,
    Float: _number,
    Boolean: _yes_or_no,
    String: _text,
    DateTime: _moment,
    Date: _day,
}
