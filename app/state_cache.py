"""What is computed from the whole library, kept until it changes."""

from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable
from threading import Lock
from typing import Generic, TypeVar

from sqlmodel import Session, SQLModel

from app.library_state import state_of, state_of_tables

Value = TypeVar("Value")


class StateCache(Generic[Value]):
    """The last `size` values that were computed, each for one state of the library and one key.
    Where all that they are computed from stands in the key and the tables of the models that it
    `reads`, a change of other tables leaves them as they are.

    Values are shared by threads and must not be changed.
    """

    def __init__(self, size: int, *, reads: Collection[type[SQLModel]] = ()) -> None:
        self._size = size
        self.tables = [str(each.__tablename__) for each in reads]
        self._values: OrderedDict[Hashable, Value] = OrderedDict()
        self._lock = Lock()

    def get(self, session: Session, key: Hashable, compute: Callable[[], Value]) -> Value:
        """What `compute` makes of what `session` reads. A transaction that has changed something
        gets its own, which is not kept."""
        state = state_of(session)
        if state is None:
            return compute()
        place = state_of_tables(state, self.tables) if self.tables else state, key
        with self._lock:
            if place in self._values:
                self._values.move_to_end(place)
                return self._values[place]
        value = compute()
        if state_of(session) == state:
            with self._lock:
                self._values[place] = value
                if len(self._values) > self._size:
                    self._values.popitem(last=False)
        return value
