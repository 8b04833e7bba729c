"""Taking an import out again, and bringing what was taken out back.

What the import made goes, what the reader has edited or built on stays. All that goes is written
down first (`ImportRemoval`), row by row, so that it can come back.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import TypeAlias

from pydantic import BaseModel, JsonValue
from sqlalchemy import (
    Column,
    ColumnElement,
    Table,
    UniqueConstraint,
    and_,
    delete,
    false,
    insert,
    inspect,
    or_,
    select,
    tuple_,
    update,
)
from sqlmodel import Session, SQLModel, col

from app.changes import changes_of
from app.comparison.history import record
from app.errors import N_, Conflict, NotFound
from app.imports import queries
from app.imports.applying.removal import MODELS, NAMED, Removal
from app.imports.planning.plan_records import fields_held
from app.imports.rules import Undone
from app.kit.batches import batches
from app.kit.text import fold
from app.library import bulk
from app.library import service as library
from app.library.citekeys import unique_citekey
from app.models import (
    CellChange,
    Claim,
    Evidence,
    FormerCitekey,
    ImportBatch,
    ImportRemoval,
    Link,
    Note,
    Paper,
    PaperAuthor,
    PaperVerdict,
    Ruling,
    utc_now,
)
from app.models.stored import STORED
from app.notes import service as notes

Values: TypeAlias = dict[str, JsonValue]
# Kinds of rows that links go out from.
_LINKED = ("note", "claim", "ruling", "correspondence", "hypothesis")
# Deleted first, for what follows from it.
_GONE_BEFORE = {(Claim, "id"), (Evidence, "claim_id"), (Ruling, "id"), (PaperVerdict, "id")}
_BATCH = 500


class RemovedRows(BaseModel):
    """What an undo took out: rows by table, papers' fields and notes' texts that it put back (as
    they were, and as they are since), the verdicts that became a paper's again, and the papers that
    went back to the trash."""

    rows: dict[str, list[Values]] = {}
    fields: dict[int, tuple[Values, Values]] = {}
    texts: dict[int, tuple[str, str, int]] = {}  # title, body, and the version since
    current: dict[int, int] = {}  # verdicts by paper
    trashed: dict[int, int] = {}  # papers that went back to the trash: their version since


@dataclass
class BroughtBack:
    """How many rows of each kind came back, and how many could not: `left` is by kind too."""

    restored: dict[str, int] = field(default_factory=dict)
    left: dict[str, int] = field(default_factory=dict)


def preview_undo(session: Session, batch_id: int) -> Undone:
    """What `undo_import` would take out and what would stay; writes nothing.

    Raises:
        NotFound, Conflict: as `undo_import`.
    """
    return Removal(session, _standing(session, batch_id)).done


def undo_import(session: Session, batch_id: int) -> Undone:
    """Take out what the import `batch_id` made and nobody has touched since.

    A note that the import changed goes back to what it was. The number of statements does not
    grow with the import. `bring_back` undoes it.

    Raises:
        NotFound: there is no such import.
        Conflict: it was undone before.
    """
    batch = _standing(session, batch_id)
    removal = Removal(session, batch)
    removed = RemovedRows()
    _write_down(session, removal, removed)
    _delete(session, Evidence, "claim_id", removal.gone[Claim])
    _delete(session, Claim, "id", removal.gone[Claim])
    _delete(session, Ruling, "id", removal.gone[Ruling])
    record.annotate(session, by=batch.name)
    # While their techniques and issues are there.
    record.record_changes(session, changes_of(session))
    _put_back(session, removal, removed)
    _delete_all(session, removal, removed)
    aliases = {str(item.given["alias"]) for item in removal.items if "alias" in item.given}
    if aliases:
        held = _held(session, FormerCitekey, "citekey", aliases)
        removed.rows["former_citekey"] = [*removed.rows.get("former_citekey", ()), *held]
        _delete(session, FormerCitekey, "citekey", aliases)
    session.add(ImportRemoval(batch_id=batch.id, removed=removed.model_dump(mode="json")))
    batch.undone_at = utc_now()
    session.flush()
    return removal.done


def _standing(session: Session, batch_id: int) -> ImportBatch:
    batch = queries.batch_by_id(session, batch_id)
    if batch is None:
        raise NotFound(N_("There is no import {number}."), number=batch_id)
    if batch.undone_at is not None:
        raise Conflict(N_("This import was taken out already."))
    return batch


def _write_down(session: Session, removal: Removal, removed: RemovedRows) -> None:
    """Every row that will go, with all its columns."""
    found: dict[str, dict[str, Values]] = defaultdict(dict)
    wanted: dict[type[SQLModel], list[list[ColumnElement[bool]]]] = defaultdict(list)
    for model, ids in removal.gone.items():
        if model in removal.loaded:
            rows = (row for row in removal.loaded[model] if getattr(row, "id", 0) in ids)
            found[str(model.__tablename__)] |= {str(row["id"]): row for row in map(_dump, rows)}
        elif ids:
            wanted[model].append(_named(_table(model).c.id, ids))
    for table, name, ids in removal.parts():
        wanted[table.model].append(_named(_table(table.model).c[name], ids))
    for kind in _LINKED:
        if gone := removal.gone.get(MODELS[kind]):
            is_from = _table(Link).c.source_kind == kind
            named = _named(_table(Link).c.source_id, gone)
            wanted[Link].append([and_(is_from, each) for each in named])
    for model, conditions in wanted.items():
        for some in zip_longest(*conditions, fillvalue=false()):
            for row in map(_dump, session.scalars(select(model).where(or_(*some)))):
                own = row["id"] if "id" in row else [row[each.key] for each in _primary(model)]
                found[str(model.__tablename__)][str(own)] = row
    for held in removal.files:
        found["paper_file"][str([held.paper_id, held.sha256])] = _dump(held)
    removed.rows = {table: list(rows.values()) for table, rows in found.items() if rows}


def _named(column: Column[object], ids: Collection[int]) -> list[ColumnElement[bool]]:
    return [column.in_(some) for some in batches(list(ids), NAMED)]


def _dump(row: SQLModel) -> Values:
    return row.model_dump(mode="json", warnings=False)


def _put_back(session: Session, removal: Removal, removed: RemovedRows) -> None:
    """Notes, verdicts and fields of what was here before the import, as they were."""
    for note_id in sorted(removal.notes_back):
        held = notes.get_note(session, note_id)
        was = held.title, held.body
        version = removal.versions["note"][note_id]
        note = notes.restore_version(session, note_id, version - 1)
        removal.before["note", note_id].version = note.version  # to that import it is untouched
        removed.texts[note_id] = (*was, note.version)
    _delete(session, PaperVerdict, "id", removal.gone[PaperVerdict])
    if removal.verdicts_of:
        for earlier in queries.latest_verdicts(session, removal.verdicts_of):
            earlier.is_current = True
            removed.current[earlier.paper_id or 0] = earlier.id
        for paper in queries.papers_among(session, removal.verdicts_of).values():
            paper.version += 1
        session.flush()
    touched = removal.verdicts_of | removal.filled.keys()
    if touched:
        _restore_fields(session, removal, removed, touched)
    for number, paper in queries.papers_among(session, set(removal.trashed)).items():
        library.trash_paper(paper)
        paper.trashed_at = removal.trashed[number]
        removed.trashed[number] = paper.version


def _restore_fields(
    session: Session, removal: Removal, removed: RemovedRows, touched: set[int]
) -> None:
    papers = library.get_papers(session, touched)
    steps = {n: (n in removal.verdicts_of) + (n in removal.filled) for n in touched}
    untouched = {
        n
        for n, paper in papers.items()
        if paper.version == removal.versions["paper"].get(n, 0) + (n in removal.verdicts_of)
    }
    for number, back in removal.filled.items():
        held_fields = fields_held(papers[number])
        was_fields = {name: held_fields.get(name) for name in back}
        removed.fields[number] = (_json(was_fields), _json(back))
    bulk.overwrite_papers(session, [(papers[n], each) for n, each in removal.filled.items()])
    for number in untouched:  # to the import that made it, it is untouched
        item = removal.before.get(("paper", number))
        if item and item.version == removal.versions["paper"][number] - steps[number]:
            item.version = papers[number].version


def _json(values: Mapping[str, object]) -> Values:
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: object) -> JsonValue:
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return value if isinstance(value, (int, float, bool, str)) or value is None else str(value)


def _delete_all(session: Session, removal: Removal, removed: RemovedRows) -> None:
    """What goes: what refers to others before those."""
    for held in removal.files:
        session.delete(held)
    session.flush()
    _delete(session, Link, "id", {int(str(row["id"])) for row in removed.rows.get("link", ())})
    parts = removal.parts()
    for stored in reversed(STORED):
        if stored.name not in removed.rows:
            continue
        for table, name, whole in parts:
            if table is stored and (table.model, name) not in _GONE_BEFORE:
                _delete(session, table.model, name, whole)
        ids = removal.gone.get(stored.model)
        if (stored.model, "id") in _GONE_BEFORE:
            continue
        if ids and "parent_id" in _table(stored.model).c:
            # Children name their parents: cut the ties first, then any order will do.
            column = _table(stored.model).c.id
            session.execute(update(stored.model).where(column.in_(ids)).values(parent_id=None))
        if ids:
            _delete(session, stored.model, "id", ids)


def _table(model: type[SQLModel]) -> Table:
    return SQLModel.metadata.tables[str(model.__tablename__)]


def _primary(model: type[SQLModel]) -> list[Column[object]]:
    return list(_table(model).primary_key)


def _delete(
    session: Session, model: type[SQLModel], name: str, ids: Collection[int] | Collection[str]
) -> None:
    for some in batches(list(ids), NAMED):
        session.execute(delete(model).where(col(getattr(model, name)).in_(some)))


def _held(
    session: Session, model: type[SQLModel], name: str, ids: Collection[int] | Collection[str]
) -> list[Values]:
    found = session.scalars(select(model).where(col(getattr(model, name)).in_(ids)))
    return list(map(_dump, found))


# --- And back -----------------------------------------------------------------------------------


def bring_back(session: Session, batch_id: int) -> BroughtBack:
    """Bring back what `undo_import` took out: all of it, as it was, beside what came since.

    What the reader has made anew since (a paper with its arXiv id, a technique with its slug) is
    taken for it. A constant number of statements for every few hundred rows.

    Raises:
        NotFound: there is no such import.
        Conflict: it was not taken out, or so long ago that nothing was written down.
    """
    batch = queries.batch_by_id(session, batch_id)
    if batch is None:
        raise NotFound(N_("There is no import {number}."), number=batch_id)
    held = queries.removal_of(session, batch_id)
    if batch.undone_at is None or held is None:
        raise Conflict(N_("There is nothing to bring back: this import was not taken out."))
    restoring = _Restoring(session, RemovedRows.model_validate(held.removed))
    record.annotate(session, by=batch.name)
    restoring.rows()
    restoring.put_back()
    restoring.remember(batch)
    session.delete(held)
    batch.undone_at = None
    session.flush()
    return restoring.done


class _Restoring:
    """Rows coming back: `ids` are the new ones of those whose own were taken, by table."""

    def __init__(self, session: Session, removed: RemovedRows) -> None:
        self.session = session
        self.removed = removed
        self.done = BroughtBack()
        self.ids: dict[str, dict[int, int]] = defaultdict(dict)
        self.others: dict[str, set[int]] = defaultdict(set)  # old ids of what is another row now

    def rows(self) -> None:
        for stored in STORED:
            if given := self.removed.rows.get(stored.name):
                rows = [dict(row) for row in given]
                if stored.model is PaperVerdict:
                    self._outdate(rows)
                self._restore(stored.model, rows)

    def _restore(self, model: type[SQLModel], rows: list[Values]) -> None:
        table = str(model.__tablename__)
        columns = _table(model).columns
        parents = {row["id"]: row["parent_id"] for row in rows if row.get("parent_id")}
        rows = (
            [self._renamed(model, {**row, "parent_id": None}) for row in rows]
            if parents
            else [self._renamed(model, row) for row in rows]
        )
        rows = self._whole(model, rows)
        rows = self._new(model, rows)
        self.done.restored[table] = self.done.restored.get(table, 0) + len(rows)
        taken = self._taken(model, rows) if "id" in columns else set[int]()
        free = [row for row in rows if row.get("id") not in taken]
        for batch in batches(free, _BATCH):
            valid = [model.model_validate(row).model_dump() for row in batch]
            self.session.execute(insert(model), valid)
        for row in rows:
            if row.get("id") in taken:
                old = int(str(row.pop("id")))
                made = model.model_validate(row)
                self.session.add(made)
                self.session.flush()
                self.ids[table][old] = int(inspect(made).identity[0])
        for child, parent in parents.items():
            number = self._now(table, int(str(child)))
            if number and (of := self._now(table, int(str(parent)))):
                column = _table(model).c.id
                statement = update(model).where(column == number)
                self.session.execute(statement.values(parent_id=of))

    def _now(self, table: str, old: int) -> int:
        return self.ids[table].get(old, old)

    def _renamed(self, model: type[SQLModel], row: Values) -> Values:
        """A row that names others by the ids that they have now."""
        for column in _table(model).columns:
            for key in column.foreign_keys:
                value = row.get(column.key)
                if isinstance(value, int):
                    row[column.key] = self._now(key.column.table.name, value)
        if model is Link:
            row["source_id"] = self._now(str(row["source_kind"]), int(str(row["source_id"])))
        if model is CellChange:
            row["claim_id"] = self._now("claim", int(str(row["claim_id"])))
        return row

    def _whole(self, model: type[SQLModel], rows: list[Values]) -> list[Values]:
        """Those rows of which everything that they name is there; what need not be is left out."""
        for column in _table(model).columns:
            for key in column.foreign_keys:
                wanted = {row[column.key] for row in rows} - {None}
                if not wanted:
                    continue
                there = {
                    number
                    for some in batches(list(wanted), NAMED)
                    for number in self.session.scalars(
                        select(key.column).where(key.column.in_(some))
                    )
                }
                kept = []
                for row in rows:
                    if row[column.key] is None or row[column.key] in there:
                        kept.append(row)
                    elif column.nullable:
                        kept.append({**row, column.key: None})
                self._leave(model, len(rows) - len(kept))
                rows = kept
        return rows

    def _leave(self, model: type[SQLModel], count: int) -> None:
        if count:
            table = str(model.__tablename__)
            self.done.left[table] = self.done.left.get(table, 0) + count

    def _new(self, model: type[SQLModel], rows: list[Values]) -> list[Values]:
        """Those rows that nothing here stands for already."""
        if model is Paper:
            return self._new_papers(rows)
        if model is PaperAuthor:  # whoever is that paper now has authors of their own
            others = {self._now("paper", old) for old in self.others["paper"]}
            rows = [row for row in rows if row["paper_id"] not in others]
        table = _table(model)
        keys = [] if "id" in table.c else [tuple(each.key for each in _primary(model))]
        keys += [
            tuple(column.key for column in index.columns)
            for index in table.indexes
            if index.unique and index.dialect_options["sqlite"].get("where") is None
        ]
        keys += [
            tuple(column.key for column in each.columns)
            for each in table.constraints
            if isinstance(each, UniqueConstraint)
        ]
        for names in dict.fromkeys(keys):
            rows = self._without_held(model, names, rows)
        return rows

    def _without_held(
        self, model: type[SQLModel], names: tuple[str, ...], rows: list[Values]
    ) -> list[Values]:
        if not rows:
            return rows
        own = "id" in _table(model).c
        columns = [col(getattr(model, name)) for name in names]
        numbered = _table(model).c.id if own else columns[0]
        held: dict[tuple[object, ...], object] = {}
        for batch in batches(rows, _BATCH):
            wanted = [tuple([row[name] for name in names]) for row in batch]
            same = (
                columns[0].in_([w[0] for w in wanted])
                if len(names) == 1
                else tuple_(*columns).in_(wanted)
            )
            for number, *values in self.session.execute(select(numbered, *columns).where(same)):
                held[tuple(values)] = number
        new = []
        for row in rows:
            number = held.get(tuple([row[name] for name in names]))
            if number is None:
                new.append(row)
            elif own:
                self._stand_in(model, row, int(str(number)))
        return new

    def _stand_in(self, model: type[SQLModel], row: Values, number: int) -> None:
        """Another row, made since, is what this one was."""
        table, old = str(model.__tablename__), int(str(row["id"]))
        self.ids[table][old] = number
        self.others[table].add(old)

    def _new_papers(self, rows: list[Values]) -> list[Values]:
        ids = {str(row["arxiv_id"]) for row in rows if row["arxiv_id"]}
        numbered = library.papers_holding(self.session, ids)
        keyed = library.get_papers_by_key(self.session, [str(row["citekey"]) for row in rows])
        new: list[Values] = []
        for row in rows:
            holder = numbered.get(str(row["arxiv_id"]))
            key = keyed.get(fold(str(row["citekey"])))
            if holder is None and key and fold(key.title) == fold(str(row["title"])):
                holder = key
            if holder is not None:
                self._stand_in(Paper, row, holder.id)
                continue
            if key is not None:
                taken = queries.citekeys_held(self.session, str(row["citekey"]))
                row["citekey"] = unique_citekey(str(row["citekey"]), taken)
                row["citekey_folded"] = fold(str(row["citekey"]))
            new.append(row)
        return new

    def _outdate(self, rows: list[Values]) -> None:
        """A verdict that was a paper's is that again, unless the reader gave another since."""
        papers = {self._now("paper", int(str(row["paper_id"]))) for row in rows if row["paper_id"]}
        current = {v.paper_id: v for v in queries.current_verdicts(self.session, papers)}
        for row in rows:
            held = current.get(self._now("paper", int(str(row["paper_id"] or 0))))
            if held is None or not row["is_current"]:
                continue
            if self.removed.current.get(held.paper_id or 0) == held.id:
                held.is_current = False
            else:
                row["is_current"] = False
        self.session.flush()

    def _taken(self, model: type[SQLModel], rows: Sequence[Values]) -> set[int]:
        column = _table(model).c.id
        wanted = [row["id"] for row in rows]
        return {
            number
            for batch in batches(wanted, _BATCH)
            for number in self.session.scalars(select(column).where(column.in_(batch)))
        }

    def put_back(self) -> None:
        """Fields and texts that the undo had put back, where they are still so."""
        papers = library.get_papers(self.session, set(self.removed.fields))
        changes: list[tuple[Paper, Mapping[str, object]]] = []
        for number, (was, since) in self.removed.fields.items():
            if paper := papers.get(number):
                now = _json(fields_held(paper))
                same = {name: was[name] for name in was if now.get(name) == since.get(name)}
                changes += [(paper, same)] if same else []
        bulk.overwrite_papers(self.session, changes)
        written = {paper.id for paper, _ in changes}
        here = queries.notes_among(self.session, set(self.removed.texts))
        for number, (title, body, version) in self.removed.texts.items():
            note = here.get(number)
            if note and note.version == version:
                notes.rewrite_note(self.session, note, title=title, body=body)
            else:
                self._leave(Note, 1)
        gone = queries.papers_among(self.session, set(self.removed.trashed))
        for number, paper in gone.items():
            if paper.trashed_at and paper.version == self.removed.trashed[number] + (
                number in written
            ):
                library.restore_paper(paper)
        self.session.flush()

    def remember(self, batch: ImportBatch) -> None:
        """To the import, what it made is untouched again; what another row stands for is not its
        own."""
        items = queries.items_of(self.session, batch.id)
        versions: dict[str, dict[int, int]] = {}
        for kind in {item.item_kind for item in items}:
            table = _table(MODELS[kind])
            numbers = {self._now(kind, item.item_id) for item in items if item.item_kind == kind}
            if "version" in table.c:
                wanted = select(table.c.id, table.c.version).where(table.c.id.in_(numbers))
                versions[kind] = {row.id: row.version for row in self.session.execute(wanted)}
        written = {("paper", n) for n in (*self.removed.fields, *self.removed.trashed)}
        written |= {("note", n) for n in self.removed.texts}
        for table_name, rows in self.removed.rows.items():
            written |= {(table_name, int(str(row["id"]))) for row in rows if "id" in row}
        for item in items:
            kind, old = item.item_kind, item.item_id
            item.item_id = self._now(kind, old)
            if old in self.others[kind]:
                item.version = 0
            elif (kind, old) in written:
                item.version = versions.get(kind, {}).get(item.item_id, item.version)
        self.session.flush()


__all__ = ["BroughtBack", "bring_back", "preview_undo", "undo_import"]
