"""A process beside the server's, for what would hold up pages: two threads of one process take
turns at the interpreter, two processes each have a core.

It is started when it is first needed, stays for the next piece of work, and ends with the server.
"""

import gc
import logging
import os
import signal
import time
from collections.abc import Callable, Mapping
from functools import partial
from threading import Thread
from traceback import format_exc
from typing import Concatenate, ParamSpec, TypeVar

from anyio import BrokenWorkerProcess, CapacityLimiter, to_process

from app.database import Database
from app.errors import N_, CrosswalkError, Unavailable
from app.settings import Settings
from app.web.threads import run_as_reader, run_as_writer

log = logging.getLogger("crosswalk")

Given = ParamSpec("Given")
Answer = TypeVar("Answer")
Work = Callable[Concatenate[Database, Settings, Given], Answer]

SMALL = 64 * 1024  # bytes; what is less is done sooner than the process is started


class WorkerProcess:
    """Does work on the library one piece after the other: `work(database, settings, …)`, a function
    of a module that knows no HTTP, whose arguments, answer and errors can be pickled.

    Work of less than `SMALL` bytes is done in the server's own threads. Writers in the process wait
    for the database's lock, as every other process does, and for no turn in this one.
    """

    def __init__(
        self,
        database: Database,
        settings: Settings,
        open_library: Callable[[Settings], Database],
    ) -> None:
        self._database = database
        self._settings = settings
        self._open_library = open_library
        self._one = CapacityLimiter(1)

    async def read(
        self, size: int, work: Work[Given, Answer], *args: Given.args, **kwargs: Given.kwargs
    ) -> Answer:
        """What `work`, which writes nothing to the database, makes of `size` bytes.

        Raises:
            Unavailable: the process ended half-way.
        """
        if size < SMALL:
            return await run_as_reader(work)(self._database, self._settings, *args, **kwargs)
        return await self._apart(work, *args, **kwargs)

    async def write(
        self, size: int, work: Work[Given, Answer], *args: Given.args, **kwargs: Given.kwargs
    ) -> Answer:
        """What `work`, which may write, makes of `size` bytes; see `read`."""
        if size < SMALL:
            return await run_as_writer(work)(self._database, self._settings, *args, **kwargs)
        return await self._apart(work, *args, **kwargs)

    async def _apart(
        self, work: Work[Given, Answer], *args: Given.args, **kwargs: Given.kwargs
    ) -> Answer:
        task = partial(_do, self._open_library, self._settings, work, args, kwargs)
        try:
            return await to_process.run_sync(task, cancellable=True, limiter=self._one)
        except BrokenWorkerProcess as broken:
            log.error("the worker process ended half-way", exc_info=broken)
            detail = N_("This was broken off, perhaps for want of memory. Try it again.")
            raise Unavailable(detail) from broken


# --- In the process -----------------------------------------------------------------------------

_libraries: dict[str, Database] = {}


def _do(
    open_library: Callable[[Settings], Database],
    settings: Settings,
    work: Callable[..., Answer],
    args: tuple[object, ...],
    kwargs: Mapping[str, object],
) -> Answer:
    """Do a piece of work on the library, which stays open for the next."""
    if not _libraries:
        _settle()
    try:
        named = settings.model_dump_json()
        if named not in _libraries:
            _libraries[named] = open_library(settings)
        return work(_libraries[named], settings, *args, **kwargs)
    except Exception as error:
        if not isinstance(error, CrosswalkError):
            error.add_note(format_exc())  # where it happened does not come along
        raise


def _settle() -> None:
    """Ctrl-C is the server's to answer; and where that was killed, nobody waits any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.set_threshold(20_000)  # as the server's, for the same reason
    Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()


def _end_with(server: int) -> None:
    while os.getppid() == server:
        time.sleep(1)
    os._exit(1)
