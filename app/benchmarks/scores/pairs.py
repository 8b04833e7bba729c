"""The verbs on pairs of scores: with a technique, and without it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from app.benchmarks import queries
from app.benchmarks.queries import Tested
from app.benchmarks.scores.rules import PairInput, PairSuggestion, check_pair, suggest_pairs
from app.errors import N_, AlreadyHeld, Invalid, Message, NotFound
from app.kit.text import fold, is_slug
from app.models import Benchmark, Issue, ScorePair, Technique


@dataclass(frozen=True)
class TestingPair:
    """A pair, with the issues that its category tests, or that all categories of its benchmark do
    where it is on the whole."""

    pair: ScorePair
    issues: list[Issue]

    @property
    def size(self) -> int | None:
        """Examples that both are over, where that is known."""
        score = self.pair.with_score
        of_category = score.category.size if score.category else None
        return score.size or self.pair.without_score.size or of_category or None


def list_score_pairs(session: Session, benchmark: Benchmark) -> list[TestingPair]:
    """The pairs on a benchmark, in two statements."""
    return with_issues(session, queries.select_pairs(session, benchmark_ids=[benchmark.id]))


def list_techniques(session: Session) -> list[Technique]:
    return queries.paired_techniques(session)


def pairs_of_cell(session: Session, technique_id: int, issue_id: int) -> list[TestingPair]:
    """The pairs of a technique on what tests an issue, the largest difference first."""
    found = with_issues(session, queries.select_pairs(session, technique_ids=[technique_id]))
    here = [each for each in found if any(issue.id == issue_id for issue in each.issues)]
    return sorted(here, key=lambda each: -abs(each.pair.difference))


def pairs_of_technique(session: Session, technique_id: int) -> list[TestingPair]:
    """The pairs of a technique, the largest gain first, in two statements."""
    found = with_issues(session, queries.select_pairs(session, technique_ids=[technique_id]))
    return sorted(found, key=lambda each: -each.pair.difference)


def pairs_telling(
    session: Session, benchmarks: Collection[int], categories: Collection[int]
) -> list[TestingPair]:
    """The pairs on these benchmarks as a whole and on these categories, the largest gain first, in
    two statements."""
    found = with_issues(session, queries.select_pairs_telling(session, benchmarks, categories))
    return sorted(found, key=lambda each: -each.pair.difference)


def with_issues(session: Session, pairs: Sequence[ScorePair]) -> list[TestingPair]:
    """Each pair with the issues it tests; one statement."""
    benchmarks = {each.with_score.benchmark_id for each in pairs}
    tested = queries.issues_tested(session, benchmarks) if benchmarks else []
    return [TestingPair(each, _issues(each, tested)) for each in pairs]


def _issues(pair: ScorePair, tested: Iterable[Tested]) -> list[Issue]:
    """The issues that the pair's category tests; where it is on the whole, those that every
    category of the benchmark does."""
    score = pair.with_score
    found: dict[int, list[Tested]] = {}
    for each in tested:
        of_it = each.benchmark_id == score.benchmark_id
        if of_it and score.category_id in (None, each.category_id):
            found.setdefault(each.issue.id, []).append(each)
    return [
        some[0].issue
        for some in found.values()
        if score.category_id or len(some) == some[0].categories
    ]


def get_pair(session: Session, pair_id: int) -> ScorePair:
    """Raises NotFound."""
    pair = queries.pair_by_id(session, pair_id)
    if pair is None:
        raise NotFound(N_("There is no pair {number}."), number=pair_id)
    return pair


def add_pair(session: Session, benchmark: Benchmark, given: PairInput) -> ScorePair:
    """Makes a pair of two scores of a benchmark.

    Raises:
        Invalid: fields `technique`, `with`, `without`; there is none such, or the two differ in
            more than one condition, which it names.
        AlreadyHeld: the two are a pair already.
    """
    errors: dict[str, Message] = {}
    slug = given.technique
    technique = queries.technique_named(session, slug) if is_slug(slug) else None
    if technique is None:
        errors["technique"] = Message.of(N_("Choose a technique."))
    sides = [
        queries.score_by_id(session, number) if number and 0 < number < 2**31 else None
        for number in (given.with_id, given.without_id)
    ]
    for name, side in zip(("with", "without"), sides, strict=True):
        if side is None or side.benchmark_id != benchmark.id:
            errors[name] = Message.of(N_("Choose a score on {name}."), name=benchmark.name)
    of, without = sides
    if errors or technique is None or of is None or without is None:
        raise Invalid(errors)
    check_pair(of, without)
    for held in queries.pairs_of_score(session, of.id):
        if {held.with_id, held.without_id} == {of.id, without.id}:
            raise AlreadyHeld(
                N_("The two are a pair already: {label}"),
                key=str(held.id),
                url=f"/benchmarks/{benchmark.slug}/pairs#pair-{held.id}",
                label=held.label,
            )
    pair = ScorePair(technique_id=technique.id, with_id=of.id, without_id=without.id)
    session.add(pair)
    session.flush()
    return get_pair(session, pair.id)


def delete_pair(session: Session, pair: ScorePair) -> None:
    """A claim that rests on it keeps its words and loses the figures."""
    for evidence in queries.evidence_of_pair(session, pair.id):
        evidence.locator = evidence.locator or pair.label[:200]
    session.delete(pair)
    session.flush()


@dataclass(frozen=True)
class SuggestedPair:
    """Two scores that are a pair once somebody says so; `technique` is the one that is called like
    the condition in which they differ."""

    suggestion: PairSuggestion
    technique: str


def suggest(
    session: Session, benchmark: Benchmark, techniques: Sequence[Technique]
) -> list[SuggestedPair]:
    """Pairs that the scores of a benchmark would make; two statements."""
    scores = queries.select_scores(session, [benchmark.id])
    held = queries.select_pairs(session, benchmark_ids=[benchmark.id])
    names = _names(techniques)
    used = {each.condition: each.technique.slug for each in held}
    return [
        SuggestedPair(
            each,
            names.get(fold(each.with_score.conditions[each.condition]))
            or names.get(fold(each.condition))
            or used.get(each.condition, ""),
        )
        for each in suggest_pairs(scores, [(pair.with_id, pair.without_id) for pair in held])
    ]


def _names(techniques: Sequence[Technique]) -> Mapping[str, str]:
    return {
        fold(name): each.slug
        for each in techniques
        for name in (each.name_en, each.name_zh, *each.synonyms_en, *each.synonyms_zh)
        if name
    }
