"""Work that takes longer than a request: done in the server's background, watched and stopped by
its name. What is done is saved step by step, so that a job that was stopped, or whose server was,
is resumed by starting it again."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace

from app.errors import N_, CrosswalkError, Message

log = logging.getLogger("crosswalk")


@dataclass
class Job:
    """How far one is. `notes` are what its reader is told of what it did."""

    total: int
    done: int = 0
    changed: int = 0  # of those that are done, how many are other than before
    notes: list[Message] = field(default_factory=list)
    problem: Message | None = None  # which ended it
    is_running: bool = True
    is_stopped: bool = False  # by its reader

    def tell(self, message: Message) -> None:
        self.notes.append(message)


class Jobs:
    """The jobs of a server, at most one of a name at a time."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def read(self) -> Mapping[str, Job]:
        """By name the jobs that run, or were the last to, as they stand now. Read before the
        library is, what they say that they did is seen there."""
        return {name: replace(job, notes=[*job.notes]) for name, job in [*self._jobs.items()]}

    def start(self, name: str, job: Job, steps: AsyncIterator[int]) -> Job:
        """Takes `steps`, each of which says how many of `job.total` it did; where a job of this
        name runs, that one goes on and `steps` are not begun."""
        running = self._jobs.get(name)
        if running and running.is_running:
            return running
        self._jobs[name] = job
        self._tasks[name] = asyncio.create_task(self._run(job, steps))
        return job

    def stop(self, name: str) -> None:
        """What the running step did so far may be lost, the steps before it are saved."""
        if (job := self._jobs.get(name)) and job.is_running:
            job.is_stopped = True
            self._tasks[name].cancel()

    async def close(self) -> None:
        """Stop all, and wait until they are."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _run(self, job: Job, steps: AsyncIterator[int]) -> None:
        try:
            async for done in steps:
                job.done += done
        except CrosswalkError as error:
            job.problem = next(iter(error.errors.values()), error.message)
        except Exception:
            log.exception("a job in the background failed")
            job.problem = Message.of(N_("This is a defect of Crosswalk. What was done stays."))
        finally:
            job.is_running = False
