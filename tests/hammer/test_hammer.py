"""A little of `make hammer`."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.hammer.__main__ import SCENARIOS, main
from tests.processes import FORKED

KILLS = {"start": 2}  # which is four first starts each


def hammer(words: Sequence[str], said: Path) -> None:
    """As the command does, but for where it says what it found."""
    with said.open("w") as file:
        for output in (1, 2):
            os.dup2(file.fileno(), output)
    main(words)


@pytest.mark.parametrize("what", SCENARIOS)
def test_what_is_killed_loses_nothing_and_leaves_no_halves(
    what: str, socket: str, tmp_path: Path
) -> None:
    kind = "postgresql" if socket else "sqlite"
    words = [what, "--kills", str(KILLS.get(what, 25)), "--database", kind, "--socket", socket]
    running = FORKED.Process(target=hammer, args=(words, said := tmp_path / "said"))
    running.start()
    running.join()
    assert running.exitcode == 0, said.read_text()
    assert " kills" in said.read_text()
