"""How much slow work a file is worth: a library that takes 40 µs for each command of TeX or tag of
HTML would be at a megabyte of them for half a minute."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_LEAST = 5_000
_CHARACTERS = 50  # of a file for each piece of work more
_left: ContextVar[int | None] = ContextVar("left", default=None)


@contextmanager
def effort_for(text: str) -> Iterator[None]:
    """Within, `is_worth` says yes for as many pieces of work as a file of this length is worth."""
    before = _left.set(_LEAST + len(text) // _CHARACTERS)
    try:
        yield
    finally:
        _left.reset(before)


def is_worth(pieces: int) -> bool:
    """Whether so much more is to be done; outside of a file, for each text anew."""
    left = _left.get()
    if left is None:
        return pieces <= _LEAST
    if pieces > left:
        return False
    _left.set(left - pieces)
    return True
