"""A little of `make hammer`."""

import subprocess
import sys

import pytest

from tests.hammer.__main__ import SCENARIOS

KILLS = {"start": 2}  # which is four first starts each


@pytest.mark.parametrize("what", SCENARIOS)
def test_what_is_killed_loses_nothing_and_leaves_no_halves(what: str, socket: str) -> None:
    kind = "postgresql" if socket else "sqlite"
    words = [what, "--kills", str(KILLS.get(what, 25)), "--database", kind, "--socket", socket]
    ended = subprocess.run(
        [sys.executable, "-m", "tests.hammer", *words], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
