"""The stances, listed once, and what the claims of a cell say together. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from app.errors import N_
from app.models.comparison import Basis, Confidence, Stance

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
class BasisEntry:
    """The sign of a basis and its name (a msgid) where the fields' names are not at hand."""

    sign: str
    label: str


# The strongest first.
BASES: Mapping[Basis, BasisEntry] = {
    Basis.TARGET: BasisEntry("■", N_("tried on the target field")),
    Basis.SOURCE: BasisEntry("□", N_("shown in the source field only")),
    Basis.ARGUED: BasisEntry("~", N_("nobody tried")),
}
_STRENGTHS = {basis: at for at, basis in enumerate(BASES)}

SaidByClaim = tuple[str, str, str]  # stance, confidence, basis: its cell's standing follows


@dataclass(frozen=True)
class CellStanding:
    """What a cell says: a stance, `contested`, or `""` where nobody has looked; and where that was
    shown, None where nobody has looked."""

    stance: str
    confidence: Confidence | None
    ruled: bool
    basis: Basis | None = None

    @property
    def failed(self) -> bool:
        """Whether it was tried on the target field and failed, which a bare `fails` is not."""
        return self.stance == Stance.FAILS and self.basis == Basis.TARGET


def cell_stance(ruling: str | None, claims: Collection[SaidByClaim]) -> CellStanding:
    """A cell's own stance, how firmly it holds and where it was shown, from what its claims say.

    The reader's ruling decides, and holds firmly. Otherwise the claims agree when all that take a
    position take the same one. Positions are `addresses`, `partial`, `fails` and `inapplicable`:
    they say how the world is, so two different ones cannot both stand, and the cell is contested
    until the reader rules; `addresses` beside `partial` too, for whether an issue is solved or
    half-solved is what a reader wants to be told is open. `unclear` and `no-evidence` say how far
    somebody has got with looking; they contradict nobody, and give way to any position. Among
    themselves the more informed one, `unclear`, stands: there is something to be unclear about.

    A shared stance is as firm as its firmest claim (a weak claim more takes nothing away); a
    conflict only as firm as its weakest side.

    It was shown where the strongest of the claims that say what the cell says was shown; of a
    conflict, of all that take a position. A ruling that no claim agrees with is argued.
    """
    if ruling:
        shown = _strongest([basis for stance, _, basis in claims if stance == ruling])
        return CellStanding(ruling, Confidence.HIGH, ruled=True, basis=shown)
    firmest: dict[str, int] = {}
    for stance, confidence, _ in claims:
        firmest[stance] = max(firmest.get(stance, 0), CONFIDENCES.index(confidence))
    positions = [stance for stance in firmest if STANCES[stance].takes_position]
    if len(positions) > 1:
        weakest = min(firmest[stance] for stance in positions)
        shown = _strongest([basis for stance, _, basis in claims if stance in positions])
        return CellStanding(CONTESTED, CONFIDENCES[weakest], ruled=False, basis=shown)
    if not firmest:
        return CellStanding(BLANK, None, ruled=False)
    stance = min(firmest, key=lambda each: STANCES[each].rank)
    shown = _strongest([basis for said, _, basis in claims if said == stance])
    return CellStanding(stance, CONFIDENCES[firmest[stance]], ruled=False, basis=shown)


def _strongest(bases: Collection[str]) -> Basis:
    return min(map(Basis, bases), key=_STRENGTHS.__getitem__, default=Basis.ARGUED)
