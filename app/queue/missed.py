"""How many relevant papers may be left, by a random sample of what is left. Pure, and exact."""

from fractions import Fraction
from math import comb

CONFIDENCE = 95  # per cent


def bound_missed(left: int, sampled: int, found: int, confidence: int = CONFIDENCE) -> int:
    """How many of the unseen are relevant at most: `left` papers, of which `sampled` were drawn at
    random without putting back, and `found` of those are relevant.

    The upper end of the one-sided Clopper–Pearson interval, for drawing without putting back: the
    largest number of relevant ones among `left` with which so few would be found in more than
    (100 - `confidence`) per cent of all samples; less those that were found. However many there
    are, it is too small in at most (100 - `confidence`) of 100 samples.
    """
    if not 0 <= found <= sampled <= left:
        raise ValueError(f"{found} of {sampled} of {left}")
    least, most = found, left - (sampled - found)  # `least` is always possible
    while least < most:
        tried = (least + most + 1) // 2
        if _chance_of_so_few(left, tried, sampled, found) * 100 > 100 - confidence:
            least = tried
        else:
            most = tried - 1
    return least - found


def _chance_of_so_few(left: int, relevant: int, sampled: int, found: int) -> Fraction:
    ways = sum(
        comb(relevant, hits) * comb(left - relevant, sampled - hits) for hits in range(found + 1)
    )
    return Fraction(ways, comb(left, sampled))
