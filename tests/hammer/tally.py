"""What came of it, and whether it goes on."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from app.settings import Settings
from tests.hammer.processes import Ended, Process, Work


@dataclass(frozen=True)
class Place:
    """Where libraries are made."""

    restored: Callable[[], Settings]  # empty, at the newest schema
    unmade: Callable[[], Settings]


@dataclass
class Tally:
    """Of one scenario: `kills` hit a process at work; what it had done by then does not count."""

    wanted: int
    until: float  # as `time.monotonic` counts
    random: Random
    kills: int = 0
    done: int = 0
    acknowledged: int = 0
    lost: list[str] = field(default_factory=list)
    halves: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    _takes: dict[str, float] = field(default_factory=dict)

    @property
    def goes_on(self) -> bool:
        return self.kills < self.wanted and time.monotonic() < self.until

    @property
    def is_right(self) -> bool:
        return not (self.lost or self.halves or self.faults)

    def kill(self, what: str, work: Work, *, after: str = "") -> Ended:
        """Do `work` in a process that is killed at some moment of it, or of what it does `after` it
        has acknowledged that. The first of its kind is done here: it says how long that takes, and
        the others find in memory what it needs."""
        if what not in self._takes:
            ended = self._time(what, work, after)
        else:
            process = Process(work)
            if after:
                process.wait_for(after)
            time.sleep(self.random.uniform(0, self._takes[what]))
            ended = process.kill()
            self.count(ended)
            self._takes[what] *= 1.05 if ended.killed else 0.8  # so that about one in five is done
        self.acknowledged += len(ended.acknowledged)
        return ended

    def _time(self, what: str, work: Work, after: str) -> Ended:
        said: dict[str, float] = {after: time.monotonic()}
        work(lambda text: said.update({text: time.monotonic()}))
        self._takes[what] = time.monotonic() - said[after]
        return Ended([text for text in said if text], killed=False)

    def count(self, ended: Ended) -> None:
        self.kills += ended.killed
        self.done += not ended.killed

    def __str__(self) -> str:
        return (
            f"{self.kills} kills ({self.done} were done before), {self.acknowledged} acknowledged, "
            f"lost {len(self.lost)}, halves {len(self.halves)}, other faults {len(self.faults)}"
        )
