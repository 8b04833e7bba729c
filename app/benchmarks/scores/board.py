"""What is shown of scores: on a benchmark's page, and on the page of an issue that it tests."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from app.benchmarks import queries
from app.benchmarks.rules import examples_by_category, right_of
from app.benchmarks.scores import pairs
from app.benchmarks.scores.pairs import TestingPair
from app.benchmarks.scores.plot import ScorePlot, make_plot, score_size
from app.benchmarks.scores.rules import PERCENT, SHARE, SMALL, wilson_interval
from app.benchmarks.service import OnBenchmark, Unmapped
from app.models import Benchmark, BenchmarkCategory, BenchmarkResult, Score


@dataclass(frozen=True)
class ScoreRow:
    """A score as tables show it: over how many examples, and between what bounds where few."""

    score: Score
    pairs: list[int]

    @property
    def size(self) -> int | None:
        return score_size(self.score)

    @property
    def year(self) -> int | None:
        return self.score.year or self.score.paper.year

    @property
    def bounds(self) -> tuple[str, str] | None:
        size, of = self.size, {PERCENT: 100.0, SHARE: 1.0}.get(self.score.unit)
        if not size or size >= SMALL or not of:
            return None
        digits = 0 if of > 1 else 2
        low, high = wilson_interval(self.score.value / of, size)
        return f"{of * low:.{digits}f}", f"{of * high:.{digits}f}"


@dataclass(frozen=True)
class ScoreBoard:
    """The scores on one benchmark, or on those of its categories that test an issue, by category,
    split and metric, the best first, with their plot."""

    benchmark: Benchmark
    rows: list[ScoreRow]
    plot: ScorePlot | None


def board_of(session: Session, benchmark: Benchmark) -> ScoreBoard:
    """All scores of a benchmark; four statements."""
    categories = queries.select_categories(session, benchmark.id)
    results = queries.select_results(session, [benchmark.id])
    scores = queries.select_scores(session, [benchmark.id])
    held = queries.select_pairs(session, benchmark_ids=[benchmark.id])
    in_pairs: dict[int, list[int]] = {}
    for pair in held:
        for number in (pair.with_id, pair.without_id):
            in_pairs.setdefault(number, []).append(pair.id)
    return _board(benchmark, categories, scores, results, in_pairs)


@dataclass(frozen=True)
class IssueScores:
    """What the benchmarks that test an issue say of it: boards that have a figure, and pairs."""

    boards: list[ScoreBoard]
    pairs: list[TestingPair]


def scores_of_issue(
    session: Session, held: Sequence[OnBenchmark], unmapped: Sequence[Unmapped]
) -> IssueScores:
    """The scores that tell of an issue, in three statements however many there are; `held` is what
    `for_issues` says of it, `unmapped` what `list_unmapped` does."""
    if not held:
        return IssueScores([], [])
    # The whole of a benchmark tells of an issue where all of its categories do.
    whole = {on.benchmark.id for on in held} - {benchmark.id for benchmark, _ in unmapped}
    categories = {each.category.id for on in held for each in on.mapped}
    scores: dict[int, list[Score]] = {}
    for score in queries.scores_telling(session, whole, categories):
        scores.setdefault(score.benchmark_id, []).append(score)
    boards = [
        _board(
            on.benchmark,
            [each.category for each in on.mapped],
            scores.get(on.benchmark.id, []),
            [each.result for each in on.scores],
            {},
            with_whole=on.benchmark.id in whole,
        )
        for on in held
    ]
    return IssueScores(
        [each for each in boards if each.rows or each.plot],
        pairs.pairs_telling(session, whole, categories),
    )


def _board(
    benchmark: Benchmark,
    categories: Sequence[BenchmarkCategory],
    scores: Sequence[Score],
    results: Sequence[BenchmarkResult],
    in_pairs: Mapping[int, list[int]],
    *,
    with_whole: bool = True,
) -> ScoreBoard:
    order = {each.id: at for at, each in enumerate(categories)}
    rows = [ScoreRow(each, in_pairs.get(each.id, [])) for each in scores]
    rows.sort(
        key=lambda row: (
            -1 if row.score.category_id is None else order.get(row.score.category_id, 0),
            row.score.split,
            row.score.metric,
            -row.score.value,
        )
    )
    members = examples_by_category(benchmark.examples) if results else {}
    if with_whole:
        members = {"": frozenset(range(len(benchmark.examples))), **members}
    counted = [(each, _counts(right_of(each.outcomes), members)) for each in results]
    return ScoreBoard(benchmark, rows, make_plot(benchmark, categories, scores, counted))


def _counts(
    right: Collection[int], members: Mapping[str, frozenset[int]]
) -> dict[str, tuple[int, int]]:
    return {code: (len(some.intersection(right)), len(some)) for code, some in members.items()}
