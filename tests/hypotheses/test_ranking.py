"""The order of hypotheses: none falls by what speaks for it."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from app.hypotheses.ranking import Fit, Ground, rank_hypothesis
from app.models import Confidence, Effort, Precondition, Stance

CLAIMS = st.tuples(st.sampled_from(list(Stance)), st.sampled_from(list(Confidence)))
FITS = st.none() | st.builds(Fit, st.booleans(), st.booleans(), st.booleans(), st.booleans())
GROUNDS = st.builds(
    Ground,
    shown=st.lists(CLAIMS, max_size=5),
    fit=FITS,
    precondition=st.sampled_from(list(Precondition)),
    size=st.none() | st.integers(0, 20_000),
    cost=st.sampled_from(list(Effort)),
)


def value(ground: Ground) -> float:
    return rank_hypothesis(ground).value


@settings(max_examples=60)
@given(GROUNDS, CLAIMS)
def test_what_was_shown_in_the_source_never_takes_away(
    ground: Ground, claim: tuple[str, str]
) -> None:
    assert 0 < value(ground) <= 100
    more = value(replace(ground, shown=[*ground.shown, claim]))
    assert more > value(ground) if claim[0] in ("addresses", "partial") else more == value(ground)


@settings(max_examples=60)
@given(GROUNDS, st.sampled_from(list(Confidence)))
def test_a_firmer_and_a_better_claim_weighs_more(ground: Ground, confidence: Confidence) -> None:
    low, partial, whole = (
        replace(ground, shown=[*ground.shown, claim])
        for claim in (
            (Stance.PARTIAL, Confidence.LOW),
            (Stance.PARTIAL, confidence),
            (Stance.ADDRESSES, confidence),
        )
    )
    assert value(low) <= value(partial) < value(whole)


@settings(max_examples=60)
@given(GROUNDS, st.booleans(), st.booleans(), st.booleans())
def test_a_correspondence_lifts_and_a_break_lowers(
    ground: Ground, carries: bool, of_technique: bool, of_issue: bool
) -> None:
    fit = Fit(carries=carries, of_technique=of_technique, of_issue=of_issue)
    held = replace(ground, fit=fit)
    assert value(replace(ground, fit=None)) < value(replace(ground, fit=replace(fit, breaks=True)))
    assert value(replace(ground, fit=replace(fit, breaks=True))) < value(held)
    for better in ("carries", "of_technique", "of_issue"):
        assert value(replace(ground, fit=replace(fit, **{better: True}))) >= value(held)


@settings(max_examples=60)
@given(GROUNDS, st.integers(0, 5_000), st.integers(0, 5_000))
def test_a_larger_slice_and_a_cheaper_test_come_first(ground: Ground, one: int, two: int) -> None:
    small, large = sorted((one, two))
    assert value(replace(ground, size=small)) <= value(replace(ground, size=large))
    hours, days, weeks = (value(replace(ground, cost=cost)) for cost in Effort)
    assert hours > days > weeks
    holds, unknown, contradicted = (
        value(replace(ground, precondition=each))
        for each in (Precondition.HOLDS, Precondition.UNKNOWN, Precondition.CONTRADICTED)
    )
    assert holds > unknown > contradicted


def test_each_factor_says_why() -> None:
    ground = Ground(
        shown=[(Stance.PARTIAL, Confidence.HIGH), (Stance.FAILS, Confidence.HIGH)],
        fit=Fit(carries=True, breaks=True, of_technique=True),
        size=76,
        cost=Effort.HOURS,
    )
    rank = rank_hypothesis(ground)
    assert [str(each.reason) for each in rank.factors] == [
        "claims that it worked in its own field: 1, of high confidence at best",
        "its correspondence carries over, and says where it breaks",
        "not known whether it holds",
        "n = 76",
        "hours",
    ]
    product = 100.0
    for each in rank.factors:
        product *= each.weight
    assert abs(product - rank.value) < 1e-9
