"""The small interface of the engines, and which of them a session's database has."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from sqlalchemy import Subquery
from sqlmodel import Session

from app.search import sqlite
from app.search.documents import Part
from app.search.question import Question


class Engine(Protocol):
    """A module with these functions. Texts are analysed: tokens with spaces between."""

    def write(self, session: Session, texts: Mapping[int, Mapping[str, str]]) -> None:
        """Put the texts of documents (by column) in the place of what they had."""

    def remove(self, session: Session, ids: Collection[int]) -> None:
        """Take the texts of documents out."""

    def clear(self, session: Session) -> None:
        """Take all texts out."""

    def matches(self, session: Session, question: Question, parts: Sequence[Part]) -> Subquery:
        """What meets `question`: columns kind, item_id, other_id, rank (lower is better).

        A document counts when one of `parts` (kinds of documents, columns to look in) has it.
        """

    def found(self, session: Session, question: Question, parts: Sequence[Part]) -> bool:
        """Whether anything meets `question`."""


def engine_of(session: Session) -> Engine:
    if session.get_bind().dialect.name == "sqlite":
        return sqlite
    from app.search import postgres

    return postgres
