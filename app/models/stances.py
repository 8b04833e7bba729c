"""The stances, listed once, and what the claims of a cell say together. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from app.errors import N_
from app.models.comparison import Confidence, Stance

CONTESTED = "contested"
BLANK = ""
CONFIDENCES = (Confidence.LOW, Confidence.MEDIUM, Confidence.HIGH)


@dataclass(frozen=True)
class StanceEntry:
    """What is known of a stance: its sign, its tone in static/css/base.css, its name (a msgid).

    `takes_position`: it says how the world is; otherwise, how far somebody has got with looking.
    `rank` is its place when a reader asks what several cells offer at best, 0 first.
    """

    sign: str
    tone: str
    label: str
    rank: int
    takes_position: bool


# Every stance, what the claims of a cell may come to, and a cell that nobody examined, in the order
# of legends. A new one needs its drawing in exports/formats/picture.py too.
STANCES: Mapping[str, StanceEntry] = {
    Stance.ADDRESSES: StanceEntry("●", "yes", N_("Addresses it"), 0, takes_position=True),
    Stance.PARTIAL: StanceEntry("◐", "part", N_("Partly addresses it"), 1, takes_position=True),
    Stance.FAILS: StanceEntry("✕", "fails", N_("Does not address it"), 3, takes_position=True),
    Stance.UNCLEAR: StanceEntry("?", "unclear", N_("Unclear"), 5, takes_position=False),
    Stance.INAPPLICABLE: StanceEntry("–", "na", N_("Not applicable"), 4, takes_position=True),
    Stance.NO_EVIDENCE: StanceEntry(
        "∅", "na", N_("Looked, no evidence found"), 6, takes_position=False
    ),
    CONTESTED: StanceEntry("◑", "split", N_("Contested"), 2, takes_position=True),
    BLANK: StanceEntry("+", "na", N_("Not examined"), 7, takes_position=False),
}
BEST_FIRST = sorted(STANCES, key=lambda stance: STANCES[stance].rank)


@dataclass(frozen=True)
class CellStanding:
    """What a cell says: a stance, `contested`, or `""` where nobody has looked."""

    stance: str
    confidence: Confidence | None
    ruled: bool


def cell_stance(ruling: str | None, claims: Collection[tuple[str, str]]) -> CellStanding:
    """A cell's own stance, and how firmly it holds, from (stance, confidence) of its claims.

    The reader's ruling decides, and holds firmly. Otherwise the claims agree when all that take a
    position take the same one. Positions are `addresses`, `partial`, `fails` and `inapplicable`:
    they say how the world is, so two different ones cannot both stand, and the cell is contested
    until the reader rules; `addresses` beside `partial` too, for whether an issue is solved or
    half-solved is what a reader wants to be told is open. `unclear` and `no-evidence` say how far
    somebody has got with looking; they contradict nobody, and give way to any position. Among
    themselves the more informed one, `unclear`, stands: there is something to be unclear about.

    A shared stance is as firm as its firmest claim (a weak claim more takes nothing away); a
    conflict only as firm as its weakest side.
    """
    if ruling:
        return CellStanding(ruling, Confidence.HIGH, ruled=True)
    firmest: dict[str, int] = {}
    for stance, confidence in claims:
        firmest[stance] = max(firmest.get(stance, 0), CONFIDENCES.index(confidence))
    positions = [stance for stance in firmest if STANCES[stance].takes_position]
    if len(positions) > 1:
        weakest = min(firmest[stance] for stance in positions)
        return CellStanding(CONTESTED, CONFIDENCES[weakest], ruled=False)
    if not firmest:
        return CellStanding(BLANK, None, ruled=False)
    stance = min(firmest, key=lambda each: STANCES[each].rank)
    return CellStanding(stance, CONFIDENCES[firmest[stance]], ruled=False)
