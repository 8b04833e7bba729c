"""The library as plain rows that name each other by slug or citation key; out of the database, and
into an empty one.

Which columns there are is what the models say. Rows keep their numbers, for texts, histories and
addresses name them: `/notes/12`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from itertools import count
from typing import Any, TypeAlias

from pydantic import JsonValue, ValidationError
from sqlalchemy import Column, Connection, Select, String, Table, delete, insert, select
from sqlmodel import AutoString, Session, SQLModel

from app.comparison.history import record
from app.database import continue_numbering, last_numbers
from app.errors import N_, Message
from app.kit import author_names
from app.kit.text import fold, is_slug, problem_with_text, sort_key
from app.library.citekeys import is_citekey
from app.library.service import author_row
from app.models import (
    EvidenceStanding,
    Link,
    TextState,
    UTCDateTime,
    Verdict,
)
from app.models.stored import RENUMBERED, STORED

Row: TypeAlias = dict[str, JsonValue]
Tables: TypeAlias = dict[str, list[Row]]  # by the names of tables, rows in the order of their ids

CARRIED = [each.model for each in STORED if each.vault == "rows"]
# What hangs on a row alone stands within it: a list of names, in order, or of rows.
_LISTS: dict[str, dict[str, str]] = defaultdict(dict)
for _each in STORED:
    if isinstance(_each.vault, tuple):
        _LISTS[_each.vault[0]][_each.vault[1]] = _each.name
_ROWS = {"paper_verdict", "evidence"}  # the lists of rows
_NUMBERED = {
    each.name
    for each in STORED
    if "id" in SQLModel.metadata.tables[each.name].c
    and each.name not in RENUMBERED
    and each.vault not in ("derived", "machine")
}
# Stands beside the tables: the last number that a table gave, where its row is gone.
NUMBERING = "numbering"

_KEYS = {
    "verdict": "slug",
    "field": "slug",
    "technique": "slug",
    "issue": "slug",
    "paper": "citekey",
    "comparison": "slug",
    "benchmark": "slug",
    "author": "name",
    "tag": "name",
}
_COMPUTED = {  # columns that are made from others
    "paper": {
        "title_sort": lambda row: sort_key(str(row["title"])),
        "citekey_folded": lambda row: fold(str(row["citekey"])),
    },
    "note": {"title_folded": lambda row: fold(str(row.get("title", "")))},
    "note_revision": {"title_folded": lambda row: fold(str(row.get("title", "")))},
    # What is known of a file's text is found out anew.
    "file": {"text_state": lambda _row: TextState.WAITING.value, "problem": lambda _row: ""},
    "saved_search": {"name_folded": lambda row: fold(str(row["name"]))},
    "watch": {"name_folded": lambda row: fold(str(row["name"]))},
    # Looked for again: they are of the texts that this library holds.
    "evidence": {
        "page": lambda _: None,
        "sha256": lambda _: None,
        "now": lambda _: "",
        "looked_version": lambda _: None,
    },
}  # type: Mapping[str, Mapping[str, Callable[[Row], str | None]]]

# What goes without saying.
_UNSAID: Mapping[tuple[str, str], object] = {
    ("paper", "reading"): "unread",
    ("issue", "starred"): False,
}


def find_table(name: str) -> Table:
    return SQLModel.metadata.tables[name]


# --- Out ---


def dump_tables(session: Session) -> Tables:
    """Everything that the library holds, the trash too; one statement a table."""
    connection = session.connection()
    keys: dict[str, dict[int, str]] = {}
    for name in _KEYS:
        keys[name] = {n: text for n, text in connection.execute(_select_keys(name))}  # noqa: C416
    found: Tables = {}
    for model in CARRIED:
        name = str(model.__tablename__)
        rows = _rows(connection, find_table(name), keys)
        for label, inner in _LISTS.get(name, {}).items():
            attach_children(connection, rows, name, label, find_table(inner), keys)
        found[name] = list(rows.values())
    found["link"] = [row for row in found["link"] if row["origin"] == "mention"]
    for row in found["link"]:
        del row["id"]
    found[NUMBERING] = [
        {"table": name, "last": last}
        for name, last in sorted(last_numbers(connection).items())
        if name in _NUMBERED and last > max(_numbers(found, name), default=0)
    ]
    return found


def _numbers(tables: Tables, name: str) -> Iterator[int]:
    """Of rows, those within others' too."""
    of, label = next(
        ((of, label) for of, held in _LISTS.items() for label, it in held.items() if it == name),
        (name, ""),
    )
    for row in tables.get(of, ()):
        for each in row.get(label) or () if label else (row,):  # type: ignore[union-attr]
            if isinstance(each, dict) and (number := _number(each.get("id"))):
                yield number


# Of a table with few rows, to put its statement together takes longer than the answer.
@cache
def _select_keys(name: str) -> Select[Any]:
    held = find_table(name)
    return select(held.c.id, held.c[_KEYS[name]])


@cache
def _select_rows(held: Table) -> Select[*tuple[Any, ...]]:
    return select(*_columns(held)).order_by(*held.primary_key.columns)


@cache
def _select_children(inner: Table, own: str) -> Select[Any]:
    """Whose each row of `inner` is, and the columns that say what it is."""
    if inner.name == "paper_author":
        author = find_table("author")
        joined = inner.join(author, author.c.id == inner.c.author_id)
        names = select(inner.c.paper_id, author.c.name, author.c.family).select_from(joined)
        return names.order_by(inner.c.paper_id, inner.c.position)
    said = select(inner.c[own], *_child_columns(inner, own))
    if inner.name in _ROWS:
        return said.order_by(inner.c[own], inner.c["position" if "position" in inner.c else "id"])
    return said.order_by(inner.c.position) if "position" in inner.c else said


@cache
def _columns(held: Table) -> list[Column[object]]:
    return [column for column in held.columns if not _is_computed(column)]


@cache
def _child_columns(inner: Table, own: str) -> list[Column[object]]:
    columns = [
        column
        for column in inner.columns
        if column.name not in (own, "position") and not _is_computed(column)
    ]
    return columns if inner.name in _ROWS else columns[:1]


def _rows(
    connection: Connection, held: Table, keys: Mapping[str, Mapping[int, str]]
) -> dict[JsonValue, Row]:
    columns = [_out(column, keys) for column in _columns(held)]
    names = [name for name, _ in columns]
    ways = [way for _, way in columns]
    order = list(held.primary_key.columns)
    rows: dict[JsonValue, Row] = {}
    for place, values in enumerate(connection.execute(_select_rows(held))):
        row = {
            name: said
            for name, way, value in zip(names, ways, values, strict=True)
            if value is not None
            and (said := way(value)) not in ("", [], {})
            and _UNSAID.get((held.name, name)) != said
        }
        rows[values[0] if len(order) == 1 else place] = row
    return rows


def _is_computed(column: Column[object]) -> bool:
    return column.name in _COMPUTED.get(column.table.name, {})


Way: TypeAlias = Callable[..., JsonValue]


def _out(column: Column[object], keys: Mapping[str, Mapping[int, str]]) -> tuple[str, Way]:
    """What a column is called here, and what makes a plain value of its values."""
    for key in column.foreign_keys:
        target = key.column.table.name
        if target in keys:
            return column.name.removesuffix("_id"), keys[target].__getitem__
    if isinstance(column.type, UTCDateTime):
        return column.name, _moment
    if column.type.python_type is date:
        return column.name, date.isoformat
    if (column.table.name, column.name) == ("evidence", "standing"):
        unchecked = EvidenceStanding.UNCHECKED.value
        return column.name, lambda value: "" if value == unchecked else value
    return column.name, lambda value: value


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def attach_children(
    connection: Connection,
    rows: Mapping[JsonValue, Row],
    owner: str,
    label: str,
    inner: Table,
    keys: Mapping[str, Mapping[int, str]],
) -> None:
    """The rows of `inner` as a list `label` of those that they belong to."""
    own = f"{owner}_id"
    if inner.name in _ROWS:
        lists: dict[JsonValue, list[JsonValue]] = defaultdict(list)
        ways = [_out(column, keys) for column in _child_columns(inner, own)]
        for number, *values in connection.execute(_select_children(inner, own)):
            lists[number].append(
                {
                    name: said
                    for (name, way), value in zip(ways, values, strict=True)
                    if value is not None and (said := way(value)) != ""
                }
            )
    else:
        lists = _names(connection, inner, own, keys)
    for number, found in lists.items():
        if number in rows:
            rows[number][label] = found


def _names(
    connection: Connection, inner: Table, own: str, keys: Mapping[str, Mapping[int, str]]
) -> dict[JsonValue, list[JsonValue]]:
    lists: dict[JsonValue, list[JsonValue]] = defaultdict(list)
    held = connection.execute(_select_children(inner, own))
    if inner.name == "paper_author":
        for number, name, family in held:
            lists[number].append(author_names.format_name(name, family))
        return lists
    _, way = _out(_child_columns(inner, own)[0], keys)
    for number, value in held:
        lists[number].append(way(value))
    if "position" not in inner.c:
        for found in lists.values():
            found.sort(key=str)
    return lists


# --- In ---


class RefusedRow(Exception):
    """A row that cannot be taken, and why."""

    def __init__(self, why: Message) -> None:
        self.why = why
        super().__init__(str(why))


def load_tables(session: Session, tables: Tables) -> list[tuple[str, Message]]:
    """Put rows, as `dump_tables` gives them, into a library that is empty.

    Returns what could not be taken, by the table and the row's name, and why; everything else is
    there as it was. A row without a number, or with one that another has, gets a new one.
    """
    filling = _Filling(session)
    session.execute(delete(Verdict))
    for model in CARRIED:
        filling.take(model, tables.get(str(model.__tablename__), []))
    filling.finish()
    for name, last in _remembered(tables).items():
        continue_numbering(session, find_table(name), after=last)
    return filling.refused


def _remembered(tables: Tables) -> dict[str, int]:
    """The highest number of each table that the rows know of: of a row that is gone, too."""
    said = [
        *(("claim", row.get("claim_id")) for row in tables.get("cell_change", ())),
        *((row.get("item_kind"), row.get("item_id")) for row in tables.get("import_item", ())),
        *((row.get("table"), row.get("last")) for row in tables.get(NUMBERING, ())),
    ]
    last: dict[str, int] = {}
    for name, given in said:
        if isinstance(name, str) and name in _NUMBERED and (number := _number(given)):
            last[name] = max(number, last.get(name, 0))
    return last


class _Filling:
    """What was put in so far: the numbers of rows by their keys, and what was refused."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.numbers: dict[str, dict[object, int]] = defaultdict(dict)
        self.fresh: dict[str, count[int]] = {}
        self.refused: list[tuple[str, Message]] = []
        self.inside: dict[str, list[dict[str, object]]] = defaultdict(list)
        self.families: dict[str, str] = {}
        self.tags: dict[str, str] = {}
        self.used: dict[str, set[int]] = defaultdict(set)
        self.former: set[str] = set()

    def take(self, model: type[SQLModel], rows: Sequence[Row]) -> None:
        name = str(model.__tablename__)
        held = find_table(name)
        known = self.numbers[name]
        key = _KEYS.get(name, "id")
        numbered = "id" in held.c and model is not Link  # those made of texts came before
        if numbered:
            self._number_from(name, rows)
        for label, inner in _LISTS.get(name, {}).items():
            if inner in _ROWS:
                lists = (row.get(label) for row in rows)
                self._number_from(
                    inner, [it for each in lists if isinstance(each, list) for it in each]
                )
        made: list[dict[str, object]] = []
        self.inside.clear()
        self.families.clear()
        for row in _parents_first(rows) if "parent_id" in held.c else rows:
            called = str(row.get(key, row.get("id", "")))[:80]
            try:
                values = self._values(model, held, row)
                if key != "id" and row[key] in known:
                    raise RefusedRow(Message.of(N_("{key} is there twice."), key=called))
                if name == "file":
                    known[row.get("sha256")] = 0
                if numbered:
                    values["id"] = number = self._new_number(name, row)
                    known[row[key] if key != "id" else number] = number
                self._nested(name, row, values)
            except RefusedRow as problem:
                self.refused.append((f"{name} {called}", problem.why))
            else:
                made.append(values)
        if made:
            self.session.execute(insert(model), made)
        if name == "paper":
            self._authors_and_tags()
        for inner, pieces in self.inside.items():
            if pieces:
                self.session.execute(insert(_model(inner)), pieces)
                if inner in _ROWS:
                    continue_numbering(self.session, find_table(inner))
        if made and numbered:
            continue_numbering(self.session, held)

    def _number_from(self, name: str, rows: Iterable[JsonValue]) -> None:
        """Let new rows of a table be numbered after those that say theirs."""
        said = (_number(row.get("id")) for row in rows if isinstance(row, dict))
        self.fresh[name] = count(max(filter(None, said), default=0) + 1)

    def _new_number(self, name: str, row: Row) -> int:
        number = _number(row.get("id"))
        if number is None or number in self.used[name]:
            number = next(self.fresh[name])
        self.used[name].add(number)
        return number

    def _values(self, model: type[SQLModel], held: Table, row: Row) -> dict[str, object]:
        """The row's columns, checked as the model says."""
        values: dict[str, object] = {}
        for column in held.columns:
            if column.name == "id" or _is_computed(column):
                continue
            said = self._value(column, row)
            if said is not None:
                values[column.name] = said
            elif model.model_fields[column.name].is_required() and _is_text(column):
                values[column.name] = ""  # what is empty is left out
        for name, way in _COMPUTED.get(held.name, {}).items():
            try:
                values[name] = way(row)
            except KeyError as error:
                raise RefusedRow(_missing(str(error.args[0]))) from error
        try:
            checked = model.model_validate(values)
        except ValidationError as error:
            problem = error.errors()[0]
            where = str(problem["loc"][0]) if problem["loc"] else ""
            raise RefusedRow(
                Message.of(N_("{field}: {problem}"), field=where, problem=problem["msg"])
            ) from error
        _check_keys(held.name, row)
        whole = {column.name: getattr(checked, column.name) for column in held.columns}
        whole.pop("id", None)
        return whole

    def _value(self, column: Column[object], row: Row) -> object:
        for key in column.foreign_keys:
            target = key.column.table.name
            if target in _KEYS:
                said = row.get(column.name.removesuffix("_id"))
                if said in (None, ""):
                    return None
                return self._named(target, said)
            said = row.get(column.name)
            if target == "file" and said is not None:
                if column.nullable and said not in self.numbers[target]:
                    return (
                        None  # a mark lives by its words, also where its file does not come along
                    )
                self._named(target, said)
                return said
            number = _number(said)
            if said not in (None, "") and (number is None or number not in self.numbers[target]):
                raise RefusedRow(_unknown(target, said))
            return number
        return _plain(column, row.get(column.name))

    def _named(self, target: str, said: object) -> int:
        try:
            return self.numbers[target][said]
        except (KeyError, TypeError) as error:
            raise RefusedRow(_unknown(target, said)) from error

    def _nested(self, name: str, row: Row, values: Mapping[str, object]) -> None:
        """The lists of a row as rows of their own; what is in one and is not known is told."""
        for label, inner in _LISTS.get(name, {}).items():
            given = row.get(label) or []
            if not isinstance(given, list):
                continue
            own = {f"{name}_id": values["id"]}
            pieces = given if inner in _ROWS else list(dict.fromkeys(map(str, given)))
            for place, each in enumerate(pieces):
                try:
                    made = self._piece(inner, each, place)
                except RefusedRow as problem:
                    self.refused.append((f"{name} {row.get(_KEYS.get(name, 'id'))}", problem.why))
                else:
                    self.inside[inner].append(own | made)

    def _piece(self, inner: str, said: JsonValue, place: int) -> dict[str, object]:
        if inner in _ROWS:
            if not isinstance(said, dict):
                raise RefusedRow(_unknown(inner, said))
            held = find_table(inner)
            made = self._values(_model(inner), held, said)
            made["id"] = self._new_number(inner, said)
            if inner == "evidence":
                del made["claim_id"]  # it is whose evidence this is
                made["position"] = place
            else:
                del made["paper_id"]
            return made
        text = str(said)
        if inner == "former_citekey":
            _check_text("citekey", text)
            if fold(text) in self.former:
                raise RefusedRow(_unknown("citekey", said))
            self.former.add(fold(text))
            return {"citekey": text, "folded": fold(text)}
        _check_text("name", text)
        if inner == "paper_author":
            name, family = author_names.parse_name(text)
            self.families[name] = family or self.families.get(name, "")
            return {"author_id": name, "position": place}
        if inner == "paper_tag":
            self.tags.setdefault(fold(text), text)
            return {"tag_id": fold(text)}
        target = inner.split("_")[1].replace("row", "technique").replace("column", "issue")
        made = {f"{target}_id": self._named(target, said)}
        return {**made, "position": place} if "position" in find_table(inner).c else made

    def _authors_and_tags(self) -> None:
        authors = {name: number for number, name in enumerate(self.families, 1)}
        tags = {folded: number for number, folded in enumerate(self.tags, 1)}
        # What is left of papers that were deleted is in nobody's way, but for its name.
        for left in ("author", "tag"):
            self.session.execute(delete(_model(left)))
        if authors:
            self.session.execute(
                insert(_model("author")),
                [
                    {"id": number, **author_row(name, self.families[name])}
                    for name, number in authors.items()
                ],
            )
            continue_numbering(self.session, find_table("author"))
        if tags:
            self.session.execute(
                insert(_model("tag")),
                [
                    {"id": number, "name": self.tags[folded], "folded": folded}
                    for folded, number in tags.items()
                ],
            )
            continue_numbering(self.session, find_table("tag"))
        for label, known in (("author", authors), ("tag", tags)):
            once: dict[tuple[object, object], dict[str, object]] = {}
            for row in self.inside[f"paper_{label}"]:
                row[f"{label}_id"] = known[str(row[f"{label}_id"])]
                once.setdefault((row["paper_id"], row.get("position", row[f"{label}_id"])), row)
            self.inside[f"paper_{label}"] = list(once.values())

    def finish(self) -> None:
        """A history for the claims and rulings that came without one."""
        changes = find_table("cell_change")
        told = set(self.session.scalars(select(changes.c.claim_id)))
        cells = {
            (technique, issue)
            for technique, issue in self.session.execute(
                select(changes.c.technique_id, changes.c.issue_id).where(changes.c.claim_id == 0)
            )
        }
        rulings = find_table("ruling")
        untold = {
            (technique, issue)
            for technique, issue in self.session.execute(
                select(rulings.c.technique_id, rulings.c.issue_id).where(rulings.c.is_current)
            )
        }
        claims = set(self.numbers["claim"].values()) - told
        if claims or untold - cells:
            record.annotate(self.session, by="import")


def _model(name: str) -> type[SQLModel]:
    return _MODELS[name]


_MODELS: dict[str, type[SQLModel]] = {
    str(mapper.class_.__tablename__): mapper.class_
    for mapper in SQLModel._sa_registry.mappers  # of all tables, those within others too
}


def _number(said: object) -> int | None:
    """A row's number; None where it has none that can be one."""
    if isinstance(said, bool) or not isinstance(said, (int, str)):
        return None
    text = str(said)
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text) < 2**31 else None


def _plain(column: Column[object], said: JsonValue) -> object:
    """A value as its column takes it; Markdown's front matter has texts alone."""
    if said is None:
        return None
    kind = column.type.python_type
    try:
        if isinstance(column.type, UTCDateTime):
            return datetime.fromisoformat(str(said)).astimezone(UTC)
        if kind is date:
            return date.fromisoformat(str(said))
        if kind is bool and isinstance(said, str):
            return said == "true"
        if kind is int:
            return int(str(said))
    except (ValueError, OverflowError) as error:
        raise RefusedRow(_unknown(column.name, said)) from error
    if _is_text(column):
        _check_text(column.name, str(said))
        return str(said)
    return said


def _is_text(column: Column[object]) -> bool:
    return not column.foreign_keys and isinstance(column.type, (String, AutoString))


def _check_text(name: str, text: str) -> None:
    if problem := problem_with_text(text, limit=10_000_000):
        raise RefusedRow(Message.of(N_("{field}: {problem}"), field=name, problem=str(problem)))


def _check_keys(name: str, row: Row) -> None:
    """Keys are addresses."""
    key = _KEYS.get(name)
    if key == "citekey" and not is_citekey(str(row.get(key, ""))):
        raise RefusedRow(_unknown("citekey", row.get(key)))
    if key == "slug" and not is_slug(str(row.get(key, ""))):
        raise RefusedRow(_unknown("slug", row.get(key)))


def _missing(name: str) -> Message:
    return Message.of(N_("It has no {name}."), name=name)


def _unknown(name: str, said: object) -> Message:
    return Message.of(N_("{name}: “{value}” is none."), name=name, value=str(said)[:80])


def _parents_first(rows: Sequence[Row]) -> list[Row]:
    """The rows of a tree, each after the one above it; of a circle, none hangs on another."""
    by_slug = {str(row.get("slug")): row for row in rows}
    ordered: dict[str, Row] = {}
    for slug in by_slug:
        chain: list[str] = []
        at: str | None = slug
        while at is not None and at in by_slug and at not in ordered and at not in chain:
            chain.append(at)
            above = by_slug[at].get("parent")
            at = str(above) if above else None
        for each in reversed(chain):
            ordered[each] = by_slug[each]
    return list(ordered.values())
