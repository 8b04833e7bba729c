"""The index follows the rows, within the transaction that changes them.

While a session flushes, `_note_*` write down which rows changed; before it commits, `follow`
(a hook of `Database.before_commit`) writes anew the documents that show them. What is changed by
textual SQL is not seen: call `rebuild` after it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import product
from typing import TypeAlias

from sqlalchemy import Delete, Insert, Update, delete, event, insert, select, tuple_
from sqlalchemy import inspect as inspect_state
from sqlalchemy.orm import ORMExecuteState, UOWTransaction
from sqlmodel import Session, SQLModel, col

from app.models import (
    Claim,
    Evidence,
    Note,
    PaperAuthor,
    PaperTag,
    PaperTechnique,
    PaperVerdict,
    Ruling,
    SearchDocument,
)
from app.search import texts
from app.search.analysis import analyze
from app.search.documents import KINDS, DocumentKind
from app.search.engine import engine_of
from app.search.texts import Key

Touched: TypeAlias = defaultdict[str, set[tuple[int, ...]]]

_BATCH = 1_000  # rows a statement names; SQLite takes 32,766 values
_INFO = "search_touched"
_ALL = "search_all"

# What a changed row of a table touches: columns → what their values are the id of. "paper" is the
# row itself, which other documents show too; "paper text" only what is said of it.
_WATCHED: dict[str, dict[tuple[str, ...], str]] = {
    "paper": {("id",): "paper"},
    "paper_author": {("paper_id",): "paper text"},
    "paper_technique": {("paper_id",): "paper text"},
    "paper_tag": {("paper_id",): "paper text"},
    "paper_verdict": {("paper_id",): "paper text"},
    "note": {("id",): "note", ("paper_id",): "paper text"},
    "author": {("id",): "author"},
    "tag": {("id",): "tag"},
    "verdict": {("id",): "verdict"},
    "technique": {("id",): "technique"},
    "issue": {("id",): "issue"},
    "claim": {("technique_id", "issue_id"): "cell"},
    "ruling": {("technique_id", "issue_id"): "cell"},
    "evidence": {("claim_id",): "claim"},
}


@event.listens_for(Session, "after_flush")
def _note_flush(session: Session, _context: UOWTransaction) -> None:
    """Write down what the rows that were just flushed touch, also by what they said before."""
    touched = _touched(session)
    for row in (*session.new, *session.dirty, *session.deleted):
        if not isinstance(row, SQLModel):
            continue
        state = inspect_state(row)
        for columns, kind in _WATCHED.get(str(row.__tablename__), {}).items():
            values = []
            for name in columns:
                history = state.attrs[name].history
                values.append({state.dict.get(name), *history.added, *(history.deleted or ())})
            touched[kind].update(key for key in product(*values) if None not in key)


@event.listens_for(Session, "do_orm_execute")
def _note_statement(state: ORMExecuteState) -> None:
    """The same for an INSERT, UPDATE or DELETE given as a statement."""
    statement = state.statement
    if not isinstance(statement, (Insert, Update, Delete)):
        return
    watched = _WATCHED.get(str(getattr(statement.table, "name", "")), {})
    touched = _touched(state.session)
    parameters = state.parameters or {}
    given = [parameters] if isinstance(parameters, Mapping) else parameters
    for columns, kind in watched.items():
        if isinstance(statement, Insert) or statement.whereclause is None:
            keys = {tuple(row.get(name) for name in columns) for row in given}
            if any(None in key for key in keys):
                state.session.info[_ALL] = True  # it does not say which: take everything
        else:
            wanted = select(*(statement.table.c[name] for name in columns))
            rows = state.session.connection().execute(
                wanted.where(statement.whereclause), parameters
            )
            keys = {tuple(row) for row in rows}
        touched[kind].update(key for key in keys if None not in key)  # type: ignore[misc]


def follow(session: Session) -> None:
    """Write the documents of what this transaction changed; a constant number of statements for
    every thousand of a kind."""
    touched: Touched | None = session.info.pop(_INFO, None)
    if session.info.pop(_ALL, False):
        rebuild(session)
    elif touched:
        _spread(session, touched)
        for kind in KINDS:
            keys = {(*key, 0)[:2] for key in touched[f"{kind} text"]}
            for batch in _batches(sorted(keys)):
                _write(session, kind, batch)


def rebuild(session: Session) -> int:
    """Write the whole index anew; how many documents it has."""
    session.info.pop(_INFO, None)
    engine_of(session).clear(session)
    session.execute(delete(SearchDocument))
    count = 0
    for kind in KINDS:
        for batch in _batches(sorted(texts.all_keys(session, kind))):
            count += _write(session, kind, batch)
    return count


def _touched(session: object) -> Touched:
    assert isinstance(session, Session)
    touched: Touched = session.info.setdefault(_INFO, defaultdict(set))
    return touched


def _spread(session: Session, touched: Touched) -> None:
    """From the rows that changed to the documents that show them."""
    for kind in ("paper", "note", "technique", "issue", "cell"):
        touched[f"{kind} text"] |= touched[kind]
    for kind, column, shown in (
        ("author", PaperAuthor.author_id, PaperAuthor.paper_id),
        ("tag", PaperTag.tag_id, PaperTag.paper_id),
        ("verdict", PaperVerdict.verdict_id, PaperVerdict.paper_id),
        ("technique", PaperTechnique.technique_id, PaperTechnique.paper_id),
    ):
        touched["paper text"] |= _related(session, touched[kind], column, shown)
    touched["paper text"] |= _related(session, touched["note"], Note.id, Note.paper_id)
    for kind, column in (
        ("paper", Note.paper_id),
        ("technique", Note.technique_id),
        ("issue", Note.issue_id),
    ):
        touched["note text"] |= _related(session, touched[kind], column, Note.id)
    touched["claim"] |= _related(session, touched["paper"], Evidence.paper_id, Evidence.claim_id)
    for kind, column in (
        ("claim", Claim.id),
        ("technique", Claim.technique_id),
        ("issue", Claim.issue_id),
    ):
        touched["cell text"] |= _related(
            session, touched[kind], column, Claim.technique_id, Claim.issue_id
        )
    for kind, column in (("technique", Ruling.technique_id), ("issue", Ruling.issue_id)):
        touched["cell text"] |= _related(
            session, touched[kind], column, Ruling.technique_id, Ruling.issue_id
        )


def _related(
    session: Session, keys: set[tuple[int, ...]], column: object, *wanted: object
) -> set[tuple[int, ...]]:
    """The `wanted` columns of the rows whose `column` is one of `keys`."""
    found: set[tuple[int, ...]] = set()
    for batch in _batches(sorted(keys)):
        ids = [key[0] for key in batch]
        rows = session.execute(select(*map(col, wanted)).where(col(column).in_(ids)))
        found |= {tuple(row) for row in rows if None not in tuple(row)}
    return found


def _write(session: Session, kind: DocumentKind, keys: Sequence[Key]) -> int:
    """Write the documents of `keys`, and take out those that are no more; how many are left."""
    made = texts.texts(session, kind, keys)
    held = _held(session, kind, keys)
    gone = [number for key, number in held.items() if key not in made]
    if gone:
        session.execute(delete(SearchDocument).where(col(SearchDocument.id).in_(gone)))
        engine_of(session).remove(session, gone)
    new = [key for key in made if key not in held]
    if new:
        session.execute(
            insert(SearchDocument),
            [{"kind": kind, "item_id": item, "other_id": other} for item, other in new],
        )
        held |= _held(session, kind, new)
    analysed = {
        held[key]: {name: " ".join(analyze(text)) for name, text in columns.items()}
        for key, columns in made.items()
    }
    engine_of(session).write(session, analysed)
    return len(made)


def _held(session: Session, kind: DocumentKind, keys: Collection[Key]) -> dict[Key, int]:
    """The document numbers of `keys`, of those that have one."""
    place = tuple_(col(SearchDocument.item_id), col(SearchDocument.other_id))
    rows = session.execute(
        select(
            col(SearchDocument.item_id), col(SearchDocument.other_id), col(SearchDocument.id)
        ).where(col(SearchDocument.kind) == kind, place.in_(keys))
    )
    return {(item, other): number for item, other, number in rows}


def _batches(keys: Sequence[tuple[int, ...]]) -> Iterator[list[tuple[int, ...]]]:
    for start in range(0, len(keys), _BATCH):
        yield list(keys[start : start + _BATCH])
