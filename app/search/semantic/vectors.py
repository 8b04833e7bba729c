"""The vectors of papers and notes, kept in step with their texts.

Within the transaction that changes a text its vector goes (`VECTORS_FOLLOWER`, called where there
is a model): a text without a vector of the model is one that waits. `compute_vectors` makes them,
some at a time; what was changed while there was no model, `drop_outdated` finds by its digest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal, get_args

from sqlalchemy import Select, and_, delete, func, insert, or_, select
from sqlmodel import Session, col

from app.changes import Changes, Follower
from app.database import Database
from app.kit.batches import batches
from app.kit.text import language_of_text
from app.models import Note, Paper, TextVector
from app.search.index.document_text import cached_plain_text
from app.search.semantic.encoders import LENGTH, TextEncoder

VectorKind = Literal["paper", "note"]

_BATCH = 1_000  # rows a statement names
_MODELS: dict[VectorKind, type[Paper] | type[Note]] = {"paper": Paper, "note": Note}
_TEXTS: dict[VectorKind, tuple[str, ...]] = {
    "paper": ("title", "abstract"),
    "note": ("title", "body"),
}


@dataclass(frozen=True)
class VectorCounts:
    """How many texts have a vector of the model, and wait for one; `others` are held of another
    model, and compared with nothing."""

    made: int
    waiting: int
    others: int


def drop_vectors(session: Session, changes: Changes) -> None:
    """Take out the vectors of what says something else now, or is no more."""
    for kind, columns in _TEXTS.items():
        model = _MODELS[kind]
        edited = {n for name in (*columns, "trashed_at") for n in changes.edited(kind, name)}
        for batch in batches(sorted(changes.ids(kind)), _BATCH):
            here = select(col(model.id)).where(col(model.id).in_(batch))
            item = col(TextVector.item_id)
            session.execute(
                delete(TextVector).where(
                    col(TextVector.kind) == kind,
                    item.in_(batch),
                    or_(item.in_(edited & set(batch)), item.not_in(here)),
                )
            )


VECTORS_FOLLOWER = Follower(
    "vectors",
    drop_vectors,
    dict.fromkeys(_TEXTS, ("id",)),
    [(kind, name) for kind, names in _TEXTS.items() for name in (*names, "trashed_at")],
)


def count_vectors(session: Session, model: str) -> VectorCounts:
    held = select(func.count()).select_from(TextVector)
    every = session.scalar(held) or 0
    made = session.scalar(held.where(col(TextVector.model) == model)) or 0
    waiting = sum(
        session.scalar(select(func.count()).select_from(_waiting(kind, model).subquery())) or 0
        for kind in get_args(VectorKind)
    )
    return VectorCounts(made, waiting, every - made)


def compute_vectors(database: Database, encoder: TextEncoder, most: int) -> int:
    """Make the vectors of at most so many texts that wait; how many they were. No transaction is
    open while the model works, and a text that was changed meanwhile waits on."""
    with database.read() as session:
        found = _next(session, encoder.name, most)
    if not found:
        return 0
    vectors = encoder.encode([text for _, text in found])
    with database.write() as session:
        rows = []
        for kind in get_args(VectorKind):
            ids = [item for (each, item), _ in found if each == kind]
            now = _load_texts(session, kind, ids)
            session.execute(
                delete(TextVector).where(
                    col(TextVector.kind) == kind, col(TextVector.item_id).in_(ids)
                )
            )
            rows += [
                {
                    "kind": kind,
                    "item_id": item,
                    "language": language_of_text(text),
                    "model": encoder.name,
                    "dimension": len(vector),
                    "digest": _digest(text),
                    "vector": vector.astype("float16").tobytes(),
                }
                for ((each, item), text), vector in zip(found, vectors, strict=True)
                if each == kind and now.get(item) == text
            ]
        if rows:
            session.execute(insert(TextVector), rows)
    return len(found)


def drop_outdated(database: Database) -> int:
    """Take out the vectors whose texts were changed while nobody followed; how many."""
    outdated: list[int] = []
    with database.read() as session:
        for kind in get_args(VectorKind):
            held = select(col(TextVector.item_id), col(TextVector.digest), col(TextVector.id))
            rows = session.execute(held.where(col(TextVector.kind) == kind)).all()
            for batch in batches(rows, _BATCH):
                texts = _load_texts(session, kind, [row[0] for row in batch])
                outdated += [
                    number
                    for item, digest, number in batch
                    if item not in texts or _digest(texts[item]) != digest
                ]
    for some in batches(outdated, _BATCH):
        with database.write() as session:
            session.execute(delete(TextVector).where(col(TextVector.id).in_(some)))
    return len(outdated)


def _waiting(kind: VectorKind, model: str) -> Select[int | None]:
    """The ids of what has a text and no vector of the model."""
    of = _MODELS[kind]
    held = and_(
        col(TextVector.kind) == kind,
        col(TextVector.item_id) == col(of.id),
        col(TextVector.model) == model,
    )
    said = or_(*(col(getattr(of, name)) != "" for name in _TEXTS[kind]))
    return (
        select(col(of.id))
        .outerjoin(TextVector, held)
        .where(col(TextVector.id).is_(None), col(of.trashed_at).is_(None), said)
    )


def _next(session: Session, model: str, most: int) -> list[tuple[tuple[VectorKind, int], str]]:
    for kind in get_args(VectorKind):
        newest = _waiting(kind, model).order_by(col(_MODELS[kind].id).desc()).limit(most)
        ids = [number for number in session.scalars(newest) if number]
        if ids:
            return [((kind, n), text) for n, text in _load_texts(session, kind, ids).items()]
    return []


def _load_texts(session: Session, kind: VectorKind, ids: Sequence[int]) -> dict[int, str]:
    """What the model reads of each that is here and not in the trash."""
    of = _MODELS[kind]
    columns = (col(getattr(of, name)) for name in _TEXTS[kind])
    rows = session.execute(
        select(col(of.id), *columns).where(col(of.id).in_(ids), col(of.trashed_at).is_(None))
    )
    made = ((number, title, text[: 2 * LENGTH]) for number, title, text in rows)
    if kind == "note":
        made = ((number, title, cached_plain_text(text)) for number, title, text in made)
    return {number: f"{title}\n{text}"[:LENGTH] for number, title, text in made}


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
