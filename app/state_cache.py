"""What is computed from the whole library, kept until it changes."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

from sqlmodel import Session

from app.database import state_of

Value = TypeVar("Value")


class StateCache(Generic[Value]):
    """The last `size` values that were computed, each for one state of the library and one key.

    Values are shared by threads and must not be changed.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict[tuple[str, Hashable], Value] = OrderedDict()
        self._lock = Lock()

    def get(self, session: Session, key: Hashable, compute: Callable[[], Value]) -> Value:
        """What `compute` makes of what `session` reads. A transaction that has changed something
        gets its own, which is not kept."""
        state = state_of(session)
        if state is None:
            return compute()
        place = state, key
        with self._lock:
            if place in self._values:
                self._values.move_to_end(place)
                return self._values[place]
        value = compute()
        if state_of(session, again=True) == state:
            with self._lock:
                self._values[place] = value
                if len(self._values) > self._size:
                    self._values.popitem(last=False)
        return value
