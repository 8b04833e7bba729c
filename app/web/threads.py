"""Which threads do the work of a request, so that who reads never waits for who writes.

Routes are plain functions. Those that read (GET) are done by threads of their own; those that may
write take turns, and wait for theirs without a thread.
"""

from asyncio import get_running_loop
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial, wraps
from inspect import iscoroutinefunction
from typing import Any, ParamSpec, TypeVar

from anyio import CapacityLimiter, Lock, fail_after
from anyio.lowlevel import RunVar
from anyio.to_thread import run_sync
from fastapi import Request
from fastapi.responses import Response
from fastapi.routing import APIRoute

from app.database import LOCK_TIMEOUT
from app.errors import N_, Unavailable
from app.web.request_limits import BoundedRequest

Given = ParamSpec("Given")
Answer = TypeVar("Answer")

# Threads that read fight for the interpreter, so one reads at a time; a slow query must not stop
# the others, so whoever takes longer than `SLOW` lets one more begin. A request of `/api/v1/papers`
# costs 11 ms of processor at one connection and at 32; with two threads always, 18 at 32.
READERS = 4  # at most
SLOW = 0.05  # seconds
WAITING = 4  # threads for what waits for another server
_READS = {"GET", "HEAD"}


class _Threads:
    """What all requests of one event loop share."""

    def __init__(self) -> None:
        self.readers = CapacityLimiter(1)
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
            endpoint = (run_as_reader if _READS.issuperset(methods or _READS) else run_as_writer)(
                endpoint
            )
        super().__init__(path, endpoint, methods=methods, **described)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def bounded(request: Request) -> Response:
            return await handle(BoundedRequest(request.scope, request.receive))

        return bounded


def run_as_reader(work: Callable[Given, Answer]) -> Callable[Given, Awaitable[Answer]]:
    """`work`, which writes nothing, done by a reader's thread.

    To be said of a route only where it reads though it is posted to.
    """

    @wraps(work)
    async def done(*args: Given.args, **kwargs: Given.kwargs) -> Answer:
        readers = _shared().readers
        more = 0

        def let_one_more() -> None:
            nonlocal more
            more = int(readers.total_tokens < READERS)
            readers.total_tokens += more

        async with readers:
            timer = get_running_loop().call_later(SLOW, let_one_more)
            try:
                return await run_sync(partial(work, *args, **kwargs))
            finally:
                timer.cancel()
                readers.total_tokens -= more

    return done


def run_as_writer(work: Callable[Given, Answer]) -> Callable[Given, Awaitable[Answer]]:
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


async def run_in_waiting_pool(work: Callable[[], Answer]) -> Answer:
    """Do what waits for another server in threads apart, so that ours stay free for pages."""
    return await run_sync(work, limiter=_shared().waiting)


def _shared() -> _Threads:
    try:
        return _threads.get()
    except LookupError:
        _threads.set(threads := _Threads())
        return threads
