"""What others wrote is read in time that grows with its length, whatever it is made of.

Four times as much may take ten times as long, for machines are busy; what is quadratic takes
sixteen times and is far above the least that counts.
"""

import time
from contextlib import suppress

import pytest

from app.errors import Invalid
from app.vault.files import document
from tests.worst_inputs import TABLE, Worst

LENGTH = 2_500  # characters, and four times as many
LEAST = 0.03  # seconds that count for nothing
GROWS = 10  # times as long for four times as much


def seconds(worst: Worst, unit: str, length: int) -> float:
    given = worst.text(unit, length)
    begun = time.process_time()
    with suppress(Invalid, document.Unreadable):
        worst.read(given)
    return time.process_time() - begun


@pytest.mark.parametrize("name", TABLE)
def test_what_is_read_takes_time_in_proportion(name: str) -> None:
    worst = TABLE[name]
    for unit in worst.units:
        long = seconds(worst, unit, 4 * LENGTH)
        if long <= GROWS * LEAST:
            continue
        long = min(long, seconds(worst, unit, 4 * LENGTH))  # a collection of garbage came between
        short = min(seconds(worst, unit, LENGTH) for _ in range(2))
        assert long <= GROWS * max(short, LEAST), unit
