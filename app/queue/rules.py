"""Which papers a queue is of, and what a verdict says of one. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from urllib.parse import urlencode

from app.errors import N_, Invalid
from app.models.vocabularies import LATER

QUERY_LIMIT = 1_000
_RANKS, _QUARTER = 20, 0.25  # how soon ranks lose weight, and what the second order weighs
RUN = 50  # irrelevant papers one after another from where a look at a sample is offered


class QueueSource(StrEnum):
    """Which of the papers without a verdict, or with one that puts them off, wait."""

    ALL = ""
    UNREAD = "unread"  # no verdict, and not begun
    POSTPONED = "postponed"
    NEW = "new"  # no verdict, and came lately


class Standing(StrEnum):
    """What a verdict says of a paper, for learning and counting."""

    RELEVANT = "relevant"
    IRRELEVANT = "irrelevant"
    POSTPONED = "postponed"


# By the colour of a verdict, which its reader chooses; `unclear` decides nothing.
_BY_COLOUR = {
    "yes": Standing.RELEVANT,
    "part": Standing.RELEVANT,
    "reference": Standing.RELEVANT,
    "limited": Standing.IRRELEVANT,
    "fails": Standing.IRRELEVANT,
}


def standing_of(slug: str, colour: str) -> Standing:
    """What a verdict of this slug and colour says of a paper."""
    if slug == LATER:
        return Standing.POSTPONED
    return _BY_COLOUR.get(colour, Standing.POSTPONED)


@dataclass(frozen=True)
class Selection:
    """The papers of a queue: those that a query finds (all where it is empty), of an imported list
    (`batch`, the number of its import; 0 for none); of these wait those of `source`."""

    q: str = ""
    source: QueueSource = QueueSource.ALL
    batch: int = 0

    @property
    def parameters(self) -> dict[str, str]:
        """As the address of the page says it."""
        said = {"q": self.q, "source": str(self.source), "import": str(self.batch or "")}
        return {name: value for name, value in said.items() if value}

    @property
    def key(self) -> str:
        return urlencode(self.parameters)

    @property
    def url(self) -> str:
        return f"/queue?{self.key}" if self.key else "/queue"

    def of(self, source: str) -> "Selection":
        """The same papers, of which others wait."""
        return replace(self, source=QueueSource(source))


def parse_selection(q: str, source: str, batch: str) -> Selection:
    """A selection as an address or a form says it.

    Raises:
        Invalid: `source` is none, or `import` no number.
    """
    if source not in list(QueueSource):
        every = ", ".join(filter(None, QueueSource))
        raise Invalid.field("source", N_("What waits is one of: {every}."), every=every)
    if batch and not (batch.isascii() and batch.isdigit() and len(batch) < 10):
        raise Invalid.field("import", N_("An imported list is named by its number."))
    return Selection(q.strip()[:QUERY_LIMIT], QueueSource(source), int(batch or 0))


def count_run(judged: Sequence[bool]) -> int:
    """How many irrelevant papers were judged since the last relevant one."""
    run = 0
    for relevant in reversed(judged):
        if relevant:
            break
        run += 1
    return run


def draw_curve(judged: Sequence[bool], most: int = 100) -> list[tuple[int, int]]:
    """How many relevant papers were found (second) after so many were judged (first), in at most
    `most` steps of the same length, beginning with none and ending with all."""
    step = max(1, -(-len(judged) // most))
    found, points = 0, [(0, 0)]
    for number, relevant in enumerate(judged, 1):
        found += relevant
        if number % step == 0 or number == len(judged):
            points.append((number, found))
    return points


def offered_sizes(waiting: int) -> list[int]:
    """How large a sample of the papers that wait may be, from small to all of them."""
    return [*(size for size in (25, 50, 100, 200, 400) if size < waiting), waiting][:6]


def fuse_orders(scores: Mapping[int, float], worth: Mapping[int, float]) -> Mapping[int, float]:
    """Scores in whose order what is `worth` something for open cells stands higher: by reciprocal
    ranks (Cormack, Clarke and Büttcher 2009), the second order weighed by a quarter, for verdicts
    weigh most (tests/watches/test_ranking.py has what fits among 300 papers). Where nothing is
    worth anything, the scores as they are."""
    touching = sorted(worth.keys() & scores.keys() if scores else worth, key=lambda n: -worth[n])
    if not touching:
        return scores
    fused = {number: _QUARTER / (_RANKS + place) for place, number in enumerate(touching, 1)}
    for place, number in enumerate(sorted(scores, key=lambda n: -scores[n]), 1):
        fused[number] = fused.get(number, 0.0) + 1 / (_RANKS + place)
    return fused
