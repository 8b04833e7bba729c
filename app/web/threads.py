"""Which threads do the work of a request, so that nobody waits for what is not theirs.

Routes are plain functions. Those that read (GET) are done by a few threads; those that may write
take turns, and wait for theirs without a thread.
"""

from collections.abc import Awaitable, Callable
from functools import partial, wraps
from inspect import iscoroutinefunction
from typing import Any, ParamSpec, TypeVar

from anyio import CapacityLimiter, Lock, fail_after
from anyio.lowlevel import RunVar
from anyio.to_thread import run_sync
from fastapi.routing import APIRoute

from app.database import LOCK_TIMEOUT
from app.errors import N_, Unavailable

Given = ParamSpec("Given")
Answer = TypeVar("Answer")

# One slow query must not stop the others, and more threads only fight for the interpreter: a light
# page at 32 connections, on one thread 284 a second, on two 363, on four 223; in the event loop
# 387, where a slow one would stop all (two busy cores).
READERS = 2
WAITING = 4  # threads for what waits for another server
_READS = {"GET", "HEAD"}


class _Threads:
    """What all requests of one event loop share."""

    def __init__(self) -> None:
        self.readers = CapacityLimiter(READERS)
        self.waiting = CapacityLimiter(WAITING)
        self.turn = Lock()


_threads = RunVar[_Threads]("threads")


class Route(APIRoute):
    """The `route_class` of every router: gives what its functions do to the right threads."""

    def __init__(
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        methods: set[str] | list[str] | None = None,
        **described: Any,
    ) -> None:
        if not iscoroutinefunction(endpoint):
            endpoint = (reading if _READS.issuperset(methods or _READS) else writing)(endpoint)
        super().__init__(path, endpoint, methods=methods, **described)


def reading(work: Callable[Given, Answer]) -> Callable[Given, Awaitable[Answer]]:
    """`work`, which writes nothing, done by a reader's thread.

    To be said of a route only where it reads though it is posted to.
    """

    @wraps(work)
    async def done(*args: Given.args, **kwargs: Given.kwargs) -> Answer:
        return await run_sync(partial(work, *args, **kwargs), limiter=_shared().readers)

    return done


def writing(work: Callable[Given, Answer]) -> Callable[Given, Awaitable[Answer]]:
    """`work`, which may write, done in a thread when its turn comes.

    Raises:
        Unavailable: it did not come for as long as one writer waits for another.
    """

    @wraps(work)
    async def done(*args: Given.args, **kwargs: Given.kwargs) -> Answer:
        turn = _shared().turn
        try:
            with fail_after(LOCK_TIMEOUT):
                await turn.acquire()
        except TimeoutError as late:
            detail = N_("The database cannot be reached, or is busy. Nothing was saved: try again.")
            raise Unavailable(detail) from late
        try:
            return await run_sync(partial(work, *args, **kwargs))
        finally:
            turn.release()

    return done


async def patiently(work: Callable[[], Answer]) -> Answer:
    """Do what waits for another server in threads apart, so that ours stay free for pages."""
    return await run_sync(work, limiter=_shared().waiting)


def _shared() -> _Threads:
    try:
        return _threads.get()
    except LookupError:
        _threads.set(threads := _Threads())
        return threads
