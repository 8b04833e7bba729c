"""What an iterator yields, made in a process of its own while the one that asks does its part."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, TypeVar

Item = TypeVar("Item")


def prefetch(make: Callable[..., Iterator[Item]], *given: Any) -> Iterator[Item]:
    """What `make(*given)` yields, in order; all of it must be such as can be pickled.

    The other process is one item ahead at most, for a pipe holds no more. It ends when the iterator
    does, also where that is left early.

    Raises:
        ChildProcessError: the other process was ended from outside.
        Exception: what `make` raised.
    """
    context = get_context("spawn")  # a fork would take locks along that other threads hold
    mine, its = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(its, make, given), daemon=True)
    process.start()
    its.close()
    try:
        while (said := _received(mine)) is not None:
            if isinstance(said, Exception):
                raise said
            yield said[0]
    finally:
        mine.close()
        process.terminate()  # it only reads
        process.join()


def several_cores() -> bool:
    """Whether two processes can work at once."""
    return len(os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else "12") > 1


def _received(pipe: Connection) -> Any:
    try:
        return pipe.recv()
    except EOFError as error:
        raise ChildProcessError("The process that reads the file was ended.") from error


def _send(pipe: Connection, make: Callable[..., Iterator[Any]], given: tuple[Any, ...]) -> None:
    """What the other process does: a tuple for every item, an exception, None at the end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the asking one's to answer
    with suppress(BrokenPipeError):
        try:
            for item in make(*given):
                pipe.send((item,))
            pipe.send(None)
        except BrokenPipeError:
            raise
        except Exception as error:
            pipe.send(error)
