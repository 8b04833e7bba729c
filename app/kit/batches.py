"""A long list in pieces that one statement or one request can name. Pure."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """`items` in order, `size` at a time; the last piece may be shorter, none is empty."""
    return (items[start : start + size] for start in range(0, len(items), size))
