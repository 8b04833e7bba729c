"""One bound in time for a whole answer: all that is asked for it shares what is left."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlmodel import Session

from app.search.engine.choice import engine_of
from app.search.engine.engine_results import TookTooLong

PATIENCE = 2.0  # seconds
_SHARE = 0.75  # of what is left; the rest is for showing what was found
_INFO = "search_patience"


@dataclass
class Deadline:
    """How long something may take, and whether it, or a part of it, was `stopped`."""

    until: float  # as `time.monotonic` counts
    around: "Deadline | None" = None
    stopped: bool = False

    def stop(self) -> None:
        self.stopped = True
        if self.around:
            self.around.stop()


@contextmanager
def deadline(
    session: Session, *, searching: bool = False, whole: bool = False
) -> Iterator[Deadline]:
    """What takes longer within is stopped: the block ends there, and the transaction goes on.

    Within another such block, a part of what that one has left. With `whole`, a part of the answer
    is none: `TookTooLong`. `searching` is for questions to the index. Nothing may be written
    within.
    """
    now = time.monotonic()
    around: Deadline | None = session.info.get(_INFO)
    if around is None:
        patience = Deadline(now + PATIENCE)
    elif now < around.until:
        patience = Deadline(now + _SHARE * (around.until - now), around)
    else:
        raise TookTooLong
    session.info[_INFO] = patience
    try:
        with engine_of(session).time_limit(session, patience.until, searching=searching):
            yield patience
    except TookTooLong:
        patience.stop()
    finally:
        session.info[_INFO] = around
    if whole and patience.stopped:
        raise TookTooLong
