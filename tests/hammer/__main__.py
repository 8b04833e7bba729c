"""`python -m tests.hammer [server|import|sync|backup|start|reference …]`: kills by number or by
minutes; says what was lost, and ends with 1 where anything was. `reference` kills nothing: it asks
the JSON API whatever its reference allows and refuses.

Each scenario forks a process that has everything imported, kills it at a moment by chance, and
looks at what it left: all that was acknowledged is there, of nothing a half, and database, index,
history and pictures agree.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from psycopg.sql import SQL, Identifier
from sqlalchemy import Engine, event

from app import database
from app.backup import consistency
from app.backup import service as backup
from app.main import _routes, create_app
from app.settings import Settings
from tests import postgres
from tests.conftest import wait_for_no_disk
from tests.databases import MADE, Template, remember_schema
from tests.hammer import backups, imports, server, starts, syncs
from tests.hammer.tally import Place, Tally

SCENARIOS: dict[str, Callable[[Place, Tally], None]] = {
    "server": server.hammer,
    "import": imports.hammer,
    "sync": syncs.hammer,
    "backup": backups.hammer,
    "start": starts.hammer,
}
REFERENCE = "reference"
EVERYTHING = (*SCENARIOS, REFERENCE)


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.hammer", description=__doc__)
    parser.add_argument(
        "what", nargs="*", metavar="WHAT", help=f"{', '.join((*SCENARIOS, REFERENCE))}; or all"
    )
    parser.add_argument("--kills", type=int, default=1_000, help="of each (default 1,000)")
    parser.add_argument("--minutes", type=float, default=10_000, help="for each, at most")
    parser.add_argument("--examples", type=int, default=50, help="of each operation (default 50)")
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--socket", default="", help="of a PostgreSQL server that is running")
    parser.add_argument("--seed", type=int, default=None)
    asked = parser.parse_args(words)
    if unknown := set(asked.what) - set(EVERYTHING):
        parser.error(f"no such thing: {', '.join(unknown)}")
    _warm_up()
    is_right = True
    for kind in ("sqlite", "postgresql") if asked.database == "both" else (asked.database,):
        with _place(kind, asked.socket) as place:
            if not asked.what or REFERENCE in asked.what:
                from tests.hammer import reference  # Schemathesis is half a second

                began = time.monotonic()
                app = create_app(place.restored())
                faults = list(reference.find_faults(app, asked.examples))
                took = time.monotonic() - began
                print(
                    f"{REFERENCE} on {kind}: {len(faults)} faults, {took:.0f} s",
                    *faults,
                    sep="\n  ",
                )
                is_right &= not faults
            for name in [each for each in asked.what or SCENARIOS if each != REFERENCE]:
                began = time.monotonic()
                until = began + 60 * asked.minutes
                seed = time.time_ns() if asked.seed is None else asked.seed
                tally = Tally(asked.kills, until, Random(seed))
                SCENARIOS[name](place, tally)
                print(f"{name} on {kind}: {tally}, {time.monotonic() - began:.0f} s", flush=True)
                for what in [*tally.lost, *tally.halves, *tally.faults][:20]:
                    print(f"  {what}")
                is_right &= tally.is_right
    sys.exit(not is_right)


def _warm_up() -> None:
    """What is imported when it is first needed, and made once a process, is there before the fork:
    engines too, with the statements that they have compiled."""
    import alembic.command
    import alembic.config  # noqa: F401

    _routes()
    engine_of = database._engine

    @cache
    def lasting(url: str) -> Engine:
        engine = engine_of(url)
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", wait_for_no_disk)
        return engine

    database._engine = lasting
    # A restore is killed when its backup has been checked, half of which is to migrate an empty
    # database; first starts are killed while they migrate, and do.
    vars(backup)["upgrade_schema"] = remember_schema(database.upgrade_schema)
    # The databases' own checks say the same as these, and take a tenth of the time.
    vars(consistency)["_broken_keys"] = lambda _session: ()


@contextmanager
def _place(kind: str, socket: str) -> Iterator[Place]:
    with TemporaryDirectory(prefix="hammer-") as folder:
        if kind == "sqlite":
            yield _place_in(Path(folder), "")
        elif socket:
            yield _place_in(Path(folder), socket)
        else:
            with postgres.server() as running:
                yield _place_in(Path(folder), str(running))


def _place_in(folder: Path, socket: str) -> Place:
    made = Path(os.environ.get(MADE, folder))
    template = Template(made, socket=socket, worker=f"hammer_{os.getpid()}")
    numbers = count(1)

    def unmade() -> Settings:
        library = folder / f"unmade-{next(numbers)}"
        settings = template.settings.model_copy(update={"library": library, "starter": True})
        if not socket:
            return settings
        name = f"hammer_{os.getpid()}_{library.name}"
        postgres.execute(socket, SQL("CREATE DATABASE {}").format(Identifier(name)))
        return settings.model_copy(update={"database_url": postgres.url(socket, name)})

    return Place(restored=lambda: template.restored(folder / "library"), unmade=unmade)


if __name__ == "__main__":
    main()
