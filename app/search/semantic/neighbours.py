"""What is near a question in meaning, among the texts in the other language."""

import logging
from collections.abc import Collection
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlmodel import Session, col

from app.errors import Invalid, Message
from app.kit.batches import batches
from app.kit.text import has_han
from app.library import service as library
from app.library.filters import PaperFilters
from app.models import Note, TextVector
from app.search.index.document_text import Key
from app.search.queries import Found
from app.search.query.language import parse_query
from app.search.results.result_items import Hit, load_hits
from app.search.retrieval import Findings
from app.search.semantic.encoders import TextEncoder, kept_encoder
from app.settings import Language

if TYPE_CHECKING:
    from app.search.semantic.encoders import Vectors

log = logging.getLogger("crosswalk")

_SHOWN = 5
_BATCH = 5_000  # vectors that a statement reads


@dataclass(frozen=True)
class OtherLanguage:
    """What is near in meaning in `language`, nearest first; `problem` is why nothing is known."""

    language: Language
    hits: list[Hit] = field(default_factory=list)
    problem: Message | None = None


@dataclass(frozen=True)
class _Held:
    """Vectors in memory, four bytes a number: a row of `matrix` for each of `keys`."""

    numbers: list[int]  # of their rows, rising
    keys: list[Found]
    matrix: "Vectors"


class SemanticSearch:
    """A library's vectors of one model, kept in memory: what is new is read when it is asked."""

    def __init__(self, encoder: TextEncoder) -> None:
        self.encoder = encoder
        self._held: dict[tuple[Language, int], _Held] = {}
        self._lock = Lock()

    def find_other_language(
        self,
        session: Session,
        q: str,
        filters: PaperFilters,
        language: Language,
        *,
        but: Collection[tuple[str, str]] = (),
    ) -> OtherLanguage | None:
        """What is near the words of `q` and written in the other language, what is shown already
        (kind and key) left out; None where it has no words. Titles are in `language`."""
        asked = parse_query(q)
        words = asked.words.replace(" OR ", " ").replace('"', "")
        if not words:
            return None
        wanted: Language = "en" if has_han(words) else "zh"
        try:
            ranked = self.rank(session, words, wanted)
        except Invalid as error:
            return OtherLanguage(wanted, problem=next(iter(error.errors.values())))
        if filters:
            passing = _passing(session, filters)
            ranked = [each for each in ranked if each in passing]
        shown = ranked[: _SHOWN + len(but)]
        hits = load_hits(session, shown, shown, Findings(asked), language, passages=wanted)
        hits = [hit for hit in hits if (hit.type, hit.key) not in but]
        return OtherLanguage(wanted, hits[:_SHOWN])

    def rank(self, session: Session, words: str, language: Language) -> list[Found]:
        """All papers and notes in a language that have a vector, the nearest first."""
        import numpy as np

        (asked,) = self.encoder.encode([words], asked=True)
        held = self._vectors(session, language, len(asked))
        if not held.keys:
            return []
        # Not `@`: BLAS starts a thread for each core, which wait for each other on a busy machine.
        order = (-np.einsum("ij,j->i", held.matrix, asked)).argsort(kind="stable")
        return [held.keys[place] for place in order.tolist()]

    def _vectors(self, session: Session, language: Language, dimension: int) -> _Held:
        import numpy as np

        these = (
            col(TextVector.model) == self.encoder.name,
            col(TextVector.dimension) == dimension,
            col(TextVector.language) == language,
        )
        number = col(TextVector.id)
        with self._lock:
            empty = np.empty((0, dimension), dtype=np.float32)
            held = self._held.get((language, dimension)) or _Held([], [], empty)
            count, last = session.execute(
                select(func.count(number), func.max(number)).where(*these)
            ).one()
            if (len(held.numbers), held.numbers[-1] if held.numbers else None) == (count, last):
                return held
            here = list(session.scalars(select(number).where(*these).order_by(number)))
            known = set(held.numbers)
            kept = set(here)
            stays = [place for place, each in enumerate(held.numbers) if each in kept]
            keys = [held.keys[place] for place in stays]
            parts = [held.matrix[stays]]
            row = select(col(TextVector.kind), col(TextVector.item_id), col(TextVector.vector))
            for some in batches([each for each in here if each not in known], _BATCH):
                rows = session.execute(row.where(number.in_(some)).order_by(number)).all()
                keys += [(kind, (item, 0)) for kind, item, _ in rows]
                joined = b"".join(vector for *_, vector in rows)
                parts.append(np.frombuffer(joined, dtype="<f2").reshape(-1, dimension))
            matrix = np.concatenate(parts).astype(np.float32)
            self._held[language, dimension] = held = _Held(here, keys, matrix)
            return held


def _passing(session: Session, filters: PaperFilters) -> set[Found]:
    """The papers that pass, and the notes that are about one of them."""
    papers = set(session.scalars(library.select_passing(session, filters)))
    about = session.execute(
        select(col(Note.id), col(Note.paper_id)).where(col(Note.paper_id).is_not(None))
    )
    passing: set[Found] = {("paper", _key(number)) for number in papers if number}
    return passing | {("note", _key(note)) for note, paper in about if paper in papers}


def _key(number: int | None) -> Key:
    return (number or 0, 0)


@dataclass(frozen=True)
class OpenedSemantic:
    """What came of `CROSSWALK_EMBEDDINGS`: a model to search with, or none, and why not."""

    search: SemanticSearch | None = None
    problem: Message | None = None


def open_semantic(setting: str) -> OpenedSemantic:
    """The search by the model that is set; a setting that is wrong stops nothing else."""
    try:
        encoder = kept_encoder(setting)
    except Invalid as error:
        problem = next(iter(error.errors.values()))
        log.warning("nothing in the other language: %s", problem)
        return OpenedSemantic(problem=problem)
    return OpenedSemantic(SemanticSearch(encoder) if encoder else None)
