"""What an engine takes and gives. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from app.errors import N_, CrosswalkError

Among: TypeAlias = Literal["papers", "others"]
Tokens: TypeAlias = Mapping[str, str]  # by column, and those that are "strong"; a space between


@dataclass(frozen=True)
class RankedPage:
    """The best of what meets a question: numbers with their rank, lower is better, best first.

    `total` counts all that meets it; `more` says that there are even more than that. Not
    `in_order`, the ranks say nothing.
    """

    ranked: tuple[tuple[int, float], ...] = ()
    total: int = 0
    more: bool = False
    in_order: bool = True

    @property
    def time_limit(self) -> bool:
        """Whether more meets the question than was ranked."""
        return self.more or self.total > len(self.ranked)


class TookTooLong(CrosswalkError):
    """What was asked was stopped at its bound in time, and a part of the answer would be none."""

    status = 503
    title = N_("This took too long")

    def __init__(self) -> None:
        super().__init__(N_("It was stopped. Use fewer or rarer words, or a filter."))
