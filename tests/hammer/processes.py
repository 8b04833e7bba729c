"""Processes that are forked from this one, which has everything imported, and killed."""

import gc
import os
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

Acknowledge = Callable[[str], None]
Work = Callable[[Acknowledge], None]


@dataclass(frozen=True)
class Ended:
    """How a process ended: what it had acknowledged, whether it was killed before it was done."""

    acknowledged: list[str]
    killed: bool


class Failed(Exception):
    """A process ended with an error of its own; it has printed the traceback."""


class Process:
    """Does `work`, which is handed a function that acknowledges: what it was told outlives it."""

    def __init__(self, work: Work) -> None:
        sys.stdout.flush()
        gc.freeze()
        self._told, telling = os.pipe()
        self._heard = b""
        self.number = os.fork()
        if self.number == 0:
            os.close(self._told)
            _do(work, telling)
        os.close(telling)

    def wait_for(self, word: str) -> None:
        """Until it acknowledges `word`, or ends."""
        while f"{word}\n".encode() not in self._heard and (more := os.read(self._told, 1000)):
            self._heard += more

    def kill(self) -> Ended:
        """End it, unless it is done."""
        os.kill(self.number, signal.SIGKILL)
        return self.wait()

    def wait(self) -> Ended:
        """As it ends.

        Raises:
            Failed: by an error of its own.
        """
        with os.fdopen(self._told, "rb") as told:
            said = (self._heard + told.read()).decode().splitlines()
        _, status = os.waitpid(self.number, 0)
        if os.waitstatus_to_exitcode(status) > 0:
            raise Failed
        return Ended(said, os.WIFSIGNALED(status))


def _do(work: Work, telling: int) -> NoReturn:
    status = 1
    try:
        work(lambda text: (os.write(telling, f"{text}\n".encode()), None)[1])
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)
