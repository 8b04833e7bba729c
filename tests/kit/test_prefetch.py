"""An iterator in a process of its own: in order, bounded, gone when nobody asks any more."""

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from app.kit.prefetch import prefetch

BEFORE: set[int | None] = set()


def counting(log: Path, last: int) -> Iterator[tuple[int, bytes]]:
    """Numbers with more than a pipe holds; the file says how far it is."""
    for number in range(last):
        log.write_text(str(number))
        yield number, bytes(200_000)


def failing(number: int) -> Iterator[int]:
    yield number
    raise EOFError("the end is missing")


def dying() -> Iterator[int]:
    yield os.getpid()
    time.sleep(60)


def of_ours() -> list[BaseProcess]:
    """Its processes that still run; the one that forks workers for all tests is none."""
    return [each for each in multiprocessing.active_children() if each.pid not in BEFORE]


@pytest.fixture(autouse=True)
def before() -> None:
    BEFORE.update(each.pid for each in multiprocessing.active_children())


def test_everything_comes_in_order_and_no_more_than_one_is_ahead(tmp_path: Path) -> None:
    log = tmp_path / "log"
    for expected, (number, _) in enumerate(prefetch(counting, log, 5)):
        assert number == expected
        assert int(log.read_text() or 0) <= number + 1
    assert number == 4
    assert of_ours() == []


def test_one_that_is_left_early_ends_its_process(tmp_path: Path) -> None:
    some = prefetch(counting, tmp_path / "log", 10_000)
    next(some)
    some.close()  # type: ignore[attr-defined]
    assert of_ours() == []


def test_what_it_raises_is_raised_here() -> None:
    some = prefetch(failing, 7)
    assert next(some) == 7
    with pytest.raises(EOFError, match="the end is missing"):
        next(some)
    assert of_ours() == []


def test_one_that_is_ended_from_outside_is_an_error() -> None:
    some = prefetch(dying)
    os.kill(next(some), signal.SIGKILL)
    with pytest.raises(ChildProcessError):
        next(some)
