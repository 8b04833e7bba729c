"""What search asks of an index, and which index a session's database has.

An engine keeps, for every document's number (`documents`), its tokens by column, and answers
`Question`s. It is bounded: however frequent the words, it ranks no more than a few thousand
documents, the likeliest first, and says when it did not rank all (`Best.bounded`).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from sqlalchemy import Select, Subquery
from sqlmodel import Session

from app.search.question import Question

Among: TypeAlias = Literal["papers", "others"]
Tokens: TypeAlias = Mapping[str, Sequence[str]]  # by column


@dataclass(frozen=True)
class Best:
    """The best of what meets a question: numbers with their rank, lower is better, best first.

    `total` counts all that meets it; `more` says that there are even more than that.
    """

    ranked: tuple[tuple[int, float], ...] = ()
    total: int = 0
    more: bool = False

    @property
    def bounded(self) -> bool:
        """Whether more meets the question than was ranked."""
        return self.more or self.total > len(self.ranked)


class Engine(Protocol):
    """The functions of `sqlite` and of `postgres`. None commits; all take the session first."""

    def write(self, session: Session, texts: Mapping[int, Tokens]) -> None:
        """Put the tokens of documents in the place of what they had."""

    def remove(self, session: Session, numbers: Collection[int]) -> None:
        """Take documents out; those that are not there are no error."""

    def numbers(self, session: Session, *, after: int, limit: int) -> list[int]:
        """The next `limit` numbers in the index above `after`, in order."""

    def tidy(self, session: Session) -> bool:
        """Do a short piece of housekeeping (merging, counting words anew); whether more is left."""

    def best(
        self,
        session: Session,
        question: Question,
        columns: Sequence[str],
        *,
        among: Among,
        within: Select[int] | None = None,
        limit: int,
    ) -> Best:
        """The best `limit` of the documents that meet `question` in `columns`.

        `within` selects the numbers that may be found. A question without words to be found
        (`groups`) is met by everything that has none of `question.none`; its rank says nothing.
        """

    def frequencies(
        self, session: Session, tokens: Collection[str], *, most: int
    ) -> Mapping[str, int]:
        """In how many documents each token stands, counted no further than `most`."""

    def words(self, session: Session, beginning: str, *, limit: int) -> list[tuple[str, int]]:
        """The most frequent tokens that begin so, with about how many documents have each."""

    def lookalikes(self, session: Session, token: str) -> list[tuple[str, int]]:
        """Tokens that `token` may be a misspelling of: of much the same length, with about how many
        documents have each; no more than a few tens of thousands."""

    def ranked(self, numbers: Sequence[int]) -> Subquery:
        """`numbers` as a table to join: columns `item_id` and `rank`, their place in the order."""
