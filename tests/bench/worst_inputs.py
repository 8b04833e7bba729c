"""`python -m tests.bench.worst_inputs [PART OF A NAME …]`: each reader against a megabyte of what
it takes longest for: seconds of processor and the peak of memory, the program's own included, each
in a process of its own, one after the other, which may have 2.5 GB and 20 s. Ends with 1 where one
is above 2 s or 500 MB.
"""

import gc
import os
import resource
import sys
from contextlib import suppress

from app.errors import Invalid
from app.vault.files import document
from tests.bench.worst_inputs_server import measure_server
from tests.worst_inputs import TABLE, Worst

LENGTH = 1_000_000  # characters
MAY_HAVE = (20, 2_500_000 << 10)  # seconds, bytes
MOST = (2.0, 500.0)  # seconds, megabytes
Measured = tuple[float, float, str]  # seconds, megabytes, the unit


def main() -> None:
    if sys.argv[1:2] == ["--server"]:
        sys.exit(not measure_server(sys.argv[2:], LENGTH))
    gc.set_threshold(20_000)  # as the server has it, and leaves alone what is loaded
    gc.freeze()
    is_right = True
    print(f"{'seconds':>8} {'MB':>6}")
    for name, worst in TABLE.items():
        if sys.argv[1:] and not any(part in name for part in sys.argv[1:]):
            continue
        found = [_measure(worst, unit) for unit in worst.units]
        above = [each for each in found if each[0] > MOST[0] or each[1] > MOST[1]]
        for seconds, megabytes, unit in sorted(above, reverse=True) or [max(found)]:
            mark = "  ABOVE" if above else ""
            print(f"{seconds:8.2f} {megabytes:6.0f}  {name}: {unit[:60]!r}{mark}", flush=True)
        is_right &= not above
    sys.exit(not is_right)


def _measure(worst: Worst, unit: str) -> Measured:
    """What a unit costs."""
    number = os.fork()
    if number == 0:
        _read(worst, unit)
    _, status, used = os.wait4(number, 0)
    if status:
        unit = f"{unit} (ended with {os.waitstatus_to_exitcode(status)})"
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, unit


def _read(worst: Worst, unit: str) -> None:
    status = 1
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (MAY_HAVE[0], MAY_HAVE[0]))
        resource.setrlimit(resource.RLIMIT_AS, (MAY_HAVE[1], MAY_HAVE[1]))
        with suppress(Invalid, document.Unreadable):
            worst.read(worst.text(unit, LENGTH))
        status = 0
    finally:
        os._exit(status)


if __name__ == "__main__":
    main()
