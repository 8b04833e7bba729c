"""First starts, four at once, of which one is killed: the library is made once, and whole."""

import time
from contextlib import closing
from functools import partial

from sqlmodel import select

from app.models import Comparison, ImportBatch
from app.settings import Settings
from app.startup import open_library
from tests.hammer.agreement import disagreements
from tests.hammer.processes import Acknowledge, Ended, Failed, Process
from tests.hammer.tally import Place, Tally

AT_ONCE = 4
LONGEST = 1.5  # seconds; a start with the starter library takes about one


def hammer(place: Place, tally: Tally) -> None:
    """Kill one of them at some moment, until `tally` has enough; the others must succeed."""
    while tally.goes_on:
        settings = place.unmade()
        starting = [Process(partial(_start, settings)) for _ in range(AT_ONCE)]
        time.sleep(tally.random.uniform(0, LONGEST))
        tally.count(starting[0].kill())
        for each in starting[1:]:
            tally.acknowledged += len(_end(each, tally).acknowledged)
        with closing(open_library(settings)) as database:
            with database.read() as session:
                made = [len(session.exec(select(each)).all()) for each in (ImportBatch, Comparison)]
            if made != [1, 1]:
                tally.halves.append(f"{made} imports of the starter, comparisons")
            tally.faults += disagreements(database, settings.library)


def _start(settings: Settings, acknowledge: Acknowledge) -> None:
    open_library(settings).close()
    acknowledge("open")


def _end(process: Process, tally: Tally) -> Ended:
    try:
        return process.wait()
    except Failed:
        tally.lost.append("a start failed")
        return Ended([], killed=False)
