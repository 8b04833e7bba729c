"""Other processes on the same library. They are forked from one that has the application loaded and
nothing else: as apart as any, without the two seconds that an interpreter of its own takes to load
it."""

from multiprocessing import get_context
from multiprocessing.context import ForkServerContext

FORKED: ForkServerContext = get_context("forkserver")
FORKED.set_forkserver_preload(["tests.conftest"])
