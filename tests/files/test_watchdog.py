"""The memory that a process holds now, whatever it or the one that started it held before."""

import resource

from app.files.watchdog import measure_memory

_MUCH = 200 * 1024 * 1024  # bytes


def test_memory_that_was_given_back_does_not_count() -> None:
    before = measure_memory()
    much = bytearray(b"x") * _MUCH
    assert measure_memory() > before + _MUCH // 2
    del much
    assert measure_memory() < before + _MUCH // 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 > before + _MUCH // 2
