"""Which hypothesis to try first, and why: a product of five factors, each with its reason. Pure.

The factors are weights between 0 and 1 that order hypotheses; none is a probability.
"""

from collections.abc import Collection
from dataclasses import dataclass
from math import log, prod

from app.errors import N_, Message
from app.models.comparison import Confidence, Stance
from app.models.hypotheses import Effort, Precondition
from app.models.stances import CONFIDENCES

_STANCES = {Stance.ADDRESSES: 1.0, Stance.PARTIAL: 0.5}
_CONFIDENCES = {Confidence.LOW: 0.25, Confidence.MEDIUM: 0.5, Confidence.HIGH: 0.75}
_COSTS = {Effort.HOURS: 1.0, Effort.DAYS: 0.6, Effort.WEEKS: 0.3}
_PRECONDITIONS = {
    Precondition.HOLDS: 1.0,
    Precondition.UNKNOWN: 0.7,
    Precondition.CONTRADICTED: 0.1,
}
_NO_EVIDENCE, _NO_FIT, _NO_SLICE = 0.2, 0.2, 0.2
_LARGEST_SLICE = 1_000  # more questions tell no more about where to begin


@dataclass(frozen=True)
class Fit:
    """How far a correspondence goes for a hypothesis: it says what carries over, and where the
    analogy breaks; it is tied to the technique, to the issue, or to what is above them."""

    carries: bool = False
    breaks: bool = False
    of_technique: bool = False
    of_issue: bool = False


@dataclass(frozen=True)
class Ground:
    """What a hypothesis is ranked by. `shown` are the (stance, confidence) of what was shown of its
    technique in the source field; `size` is how many examples its slice has, None without one."""

    shown: Collection[tuple[str, str]] = ()
    fit: Fit | None = None
    precondition: Precondition = Precondition.UNKNOWN
    size: int | None = None
    cost: int = Effort.DAYS


@dataclass(frozen=True)
class Factor:
    name: str  # a msgid
    weight: float
    reason: Message


@dataclass(frozen=True)
class Rank:
    """`value` is 100 at most; larger is to be tried first."""

    value: float
    factors: tuple[Factor, ...]


def rank_hypothesis(ground: Ground) -> Rank:
    """The rank of a hypothesis, its factors in the order in which they are told.

    It never falls with a claim more from the source field, with a firmer or better one, with more
    that the correspondence says to carry over, with a larger slice or a cheaper test.
    """
    factors = (
        Factor(N_("Evidence in the source"), *_evidence(ground.shown)),
        Factor(N_("Fit of the mechanism"), *_fit(ground.fit)),
        Factor(N_("Precondition"), *_precondition(ground.precondition)),
        Factor(N_("Size of the slice"), *_slice(ground.size)),
        Factor(N_("Cost of the test"), *_cost(ground.cost)),
    )
    return Rank(100 * prod(each.weight for each in factors), factors)


def _evidence(shown: Collection[tuple[str, str]]) -> tuple[float, Message]:
    """Each claim takes away a part of the doubt that the others leave."""
    told = [(_STANCES[Stance(s)], Confidence(c)) for s, c in shown if s in _STANCES]
    if not told:
        return _NO_EVIDENCE, Message.of(N_("no claim says that it worked in its own field"))
    doubt = prod(1 - weight * _CONFIDENCES[confidence] for weight, confidence in told)
    firmest = max((confidence for _, confidence in told), key=CONFIDENCES.index)
    reasons = {
        Confidence.LOW: N_("claims that it worked in its own field: {count}, of low confidence"),
        Confidence.MEDIUM: N_(
            "claims that it worked in its own field: {count}, of medium confidence at best"
        ),
        Confidence.HIGH: N_(
            "claims that it worked in its own field: {count}, of high confidence at best"
        ),
    }
    return (
        _NO_EVIDENCE + (1 - _NO_EVIDENCE) * (1 - doubt),
        Message.of(reasons[firmest], count=len(told)),
    )


def _fit(fit: Fit | None) -> tuple[float, Message]:
    if fit is None:
        return _NO_FIT, Message.of(N_("no correspondence says why it would carry over"))
    weight = 0.4 + 0.3 * fit.carries + 0.2 * fit.of_technique + 0.1 * fit.of_issue
    weight -= 0.1 * fit.breaks
    if not fit.carries:
        return weight, Message.of(N_("its correspondence does not say what carries over"))
    if not fit.of_technique:
        return weight, Message.of(N_("its correspondence is tied to other techniques"))
    if fit.breaks:
        return weight, Message.of(N_("its correspondence carries over, and says where it breaks"))
    return weight, Message.of(N_("its correspondence carries over; nobody said where it breaks"))


def _precondition(state: Precondition) -> tuple[float, Message]:
    reasons = {
        Precondition.HOLDS: N_("it holds"),
        Precondition.UNKNOWN: N_("not known whether it holds"),
        Precondition.CONTRADICTED: N_("something speaks against it"),
    }
    return _PRECONDITIONS[state], Message.of(reasons[state])


def _slice(size: int | None) -> tuple[float, Message]:
    if not size:
        return _NO_SLICE, Message.of(N_("no slice of a benchmark is named"))
    share = min(1.0, log(1 + size) / log(1 + _LARGEST_SLICE))
    return _NO_SLICE + (1 - _NO_SLICE) * share, Message.of(N_("n = {size}"), size=size)


def _cost(cost: int) -> tuple[float, Message]:
    reasons = {Effort.HOURS: N_("hours"), Effort.DAYS: N_("days"), Effort.WEEKS: N_("weeks")}
    return _COSTS[Effort(cost)], Message.of(reasons[Effort(cost)])
