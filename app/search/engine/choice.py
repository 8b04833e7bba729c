"""What search asks of an index, and which index a session's database has.

An engine keeps, for every document's number (`documents`), its tokens by column, and answers
`EngineQuery`s. It is bounded: however frequent the words, it ranks no more than a few thousand
documents, the likeliest first, and says when it did not rank all (`Best.bounded`).
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from sqlalchemy import Select, Subquery
from sqlmodel import Session

from app.search.engine import sqlite
from app.search.engine.engine_results import Among, RankedPage, Tokens
from app.search.query.engine_query import EngineQuery


class Engine(Protocol):
    """The functions of `sqlite` and of `postgres`. None commits; all take the session first.

    No pattern that an engine is asked for has a `prefix`: the words that a beginning may stand for
    are found in `vocabulary`, which is the same on every database.
    """

    def write(self, session: Session, texts: Mapping[int, Tokens]) -> None:
        """Put the tokens of documents in the place of what they had."""

    def remove(self, session: Session, numbers: Collection[int]) -> None:
        """Take documents out; those that are not there are no error."""

    def unlike(self, session: Session, texts: Mapping[int, Tokens]) -> set[int]:
        """Which of these documents the index has otherwise, or not at all."""

    def is_sound(self, session: Session) -> bool:
        """Whether the index is in order in itself; asked in a transaction that writes."""

    def reset(self, session: Session) -> None:
        """Make an empty index in the place of one that is not."""

    def clear(self, session: Session) -> None:
        """Take all documents out."""

    def ids_after(self, session: Session, *, after: int, limit: int) -> list[int]:
        """The next `limit` numbers in the index above `after`, in order."""

    def repair(self, session: Session) -> None:
        """Have it written to again, where the index itself is damaged, on the disk perhaps."""

    def optimize(self, session: Session) -> bool:
        """Do a short piece of housekeeping, such as merging; whether more is left."""

    def time_limit(
        self, session: Session, until: float, *, searching: bool
    ) -> AbstractContextManager[None]:
        """What is still asked within when it is `until` (as `time.monotonic` counts) is stopped:
        `TookTooLong`. Bounds may stand within bounds (`deadline`); nothing may be written within.

        `searching` is said of questions to the index alone, which are planned otherwise."""

    def top_k(
        self,
        session: Session,
        question: EngineQuery,
        columns: Sequence[str],
        *,
        among: Among,
        within: Select[int | None] | None = None,
        limit: int,
        few: int = 0,
    ) -> RankedPage:
        """The best `limit` of the documents that meet `question` in `columns`.

        `within` selects the numbers that may be found (its first column). A question without words
        to be found (`groups`) is met by everything that has none of `question.none`; the newest
        come first, and their rank says nothing. Fewer than `few` need not be put in order.
        """

    def frequencies(
        self, session: Session, tokens: Collection[str], *, most: int
    ) -> Mapping[str, int]:
        """In how many documents each token stands, counted no further than `most`."""

    def ranked(self, numbers: Sequence[int]) -> Subquery:
        """`numbers` as a table to join: columns `item_id` and `rank`, their place in the order."""


def engine_of(session: Session) -> Engine:
    """The engine of the session's database."""
    if session.get_bind().dialect.name == "sqlite":
        return sqlite
    from app.search.engine import postgres

    return postgres
