"""What a word weighs in a document by BM25, for every engine to name the same ones strong. Pure.

To rank, an engine visits every match; so each document says which of its words weigh most in it, in
four tiers, and of a frequent word only the documents are ranked in which it is strong. They are the
ones that BM25 would have put first.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

WEIGHTS = {"title": 5, "names": 3, "techniques": 3, "abstract": 1, "notes": 1}

# The weight of a word in a document by BM25 (before idf) from which it is in a tier; each has a
# quarter to a half of the one before (100,000 arXiv abstracts: 6.3 tokens a document in all).
TIERS = ((2.03, "⁴"), (1.96, "³"), (1.9, "²"), (1.8, "¹"))
_AVERAGE = 185.0  # tokens of a document, of those abstracts
_K1, _B = 1.2, 0.75  # FTS5's own


def length_norm(length: int, average: float = _AVERAGE) -> float:
    """What BM25 adds below the fraction for a document of so many tokens: a word of that weight
    counts half of what it can count at most."""
    return _K1 * (1 - _B + _B * length / average)


def bm25_share(weight: float, norm: float) -> float:
    """What BM25 makes of a word of that weight in a document of that `length_norm`, before idf."""
    return weight * (_K1 + 1) / (weight + norm)


def high_impact_terms(columns: Mapping[str, Sequence[str]]) -> list[str]:
    """The words that weigh most in a document of these tokens, each with the mark of its tier."""
    # What weighs one is counted at once, and alone can be strong only where it stands often.
    weights = dict(Counter([*columns["abstract"], *columns["notes"]]))
    for name in ("title", "names", "techniques"):
        for token in columns[name]:
            weights[token] = weights.get(token, 0) + WEIGHTS[name]
    length = sum(map(len, columns.values()))
    # weight × (k1 + 1) / (weight + norm) ≥ least, solved for the weight
    added = length_norm(length)
    tiers = [(added * least / (_K1 + 1 - least), mark) for least, mark in TIERS]
    lowest = tiers[-1][0]
    return [
        next(mark for least, mark in tiers if weight >= least) + token
        for token, weight in weights.items()
        if weight >= lowest
    ]
