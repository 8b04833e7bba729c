"""Limits of time and memory for a process that opens a PDF."""

import os
import resource
import sys
import time
from threading import Thread


class Watchdog:
    """Ends the process that it runs in where a page (which began at `page_began`) or all of it
    takes too long (exit code `too_long`), where it holds more than `memory` bytes (`too_large`), or
    where nobody waits for it any more. PDFium, while it works, leaves the interpreter to it."""

    def __init__(
        self, page_seconds: int, file_seconds: int, memory: int, too_long: int, too_large: int
    ) -> None:
        self._too_long, self._too_large = too_long, too_large
        self.page_began = time.monotonic()
        self._page_seconds, self._memory = page_seconds, memory
        self._ends = self.page_began + file_seconds
        self._parent = os.getppid()
        os.nice(10)  # readers go first
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # it writes no file
        resource.setrlimit(resource.RLIMIT_CPU, (file_seconds, file_seconds + 1))
        if sys.platform == "linux":
            # Beyond what it holds in memory: address space that is never touched costs nothing.
            resource.setrlimit(resource.RLIMIT_AS, (memory * 3, memory * 3))

    def start(self) -> None:
        """Watch from now on, in a thread."""
        Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            now = time.monotonic()
            if now > self._ends or now - self.page_began > self._page_seconds:
                os._exit(self._too_long)
            if measure_memory() > self._memory:
                os._exit(self._too_large)
            if os.getppid() != self._parent:
                os._exit(1)  # nobody waits
            time.sleep(0.05)


def measure_memory() -> int:
    """The bytes that this process holds in memory.

    Not `ru_maxrss` where it can be had: on Linux a process begins with that of the one that started
    it, and a server may have held much (getrusage(2), since 2.6.32).
    """
    if sys.platform == "linux":
        with open("/proc/self/statm", "rb") as told:
            return int(told.read().split()[1]) * resource.getpagesize()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # macOS says it in bytes
