"""The verbs on benchmarks. They take a session first, decide and write, and never commit."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from app.benchmarks import queries
from app.benchmarks.items import find_items
from app.benchmarks.rules import (
    Accuracy,
    MappingInput,
    check_mapping,
    check_system,
    count_accuracy,
    counted_categories,
    examples_by_category,
    is_code,
    of_any,
    outcomes_from,
    right_of,
    uncategorised_examples,
)
from app.errors import N_, Conflict, Invalid, NotFound, check_version
from app.kit.text import is_slug, tidy_line
from app.models import (
    Benchmark,
    BenchmarkCategory,
    BenchmarkItem,
    BenchmarkMapping,
    BenchmarkResult,
    Issue,
    Source,
    Strength,
)
from app.sources.predictions import Predictions

# --- Reading ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ListedBenchmark:
    """A benchmark as the list shows it."""

    benchmark: Benchmark
    size: int
    categories: int
    issues: int
    results: int


@dataclass(frozen=True)
class CategoryRow:
    """A category with its issues, and each result's accuracy over its examples (none where the
    benchmark's examples are not known one by one)."""

    category: BenchmarkCategory
    mappings: list[BenchmarkMapping]
    accuracies: list[Accuracy]


@dataclass(frozen=True)
class BenchmarkView:
    """A benchmark with everything its page shows. `whole` and `plain` (the examples without a
    category) are as a row's `accuracies`: one for each of `results`, the latest first."""

    benchmark: Benchmark
    size: int
    plain_size: int
    rows: list[CategoryRow]
    results: list[BenchmarkResult]
    whole: list[Accuracy]
    plain: list[Accuracy]


def list_benchmarks(session: Session) -> list[ListedBenchmark]:
    """All benchmarks, in three statements."""
    numbers = queries.count_parts(session)
    sizes: dict[int, int] = {}
    for category in queries.select_categories(session):
        held = sizes.get(category.benchmark_id, 0)
        sizes[category.benchmark_id] = held + category.size
    return [
        ListedBenchmark(each, len(each.examples) or sizes.get(each.id, 0), *numbers[each.id])
        for each in queries.select_benchmarks(session)
    ]


def get_benchmark(session: Session, slug: str) -> Benchmark:
    """Raises NotFound: there is no such benchmark."""
    found = queries.benchmark_by_slug(session, slug) if is_slug(slug) else None
    if found is None:
        raise NotFound(N_("There is no benchmark {slug}."), slug=tidy_line(slug)[:80])
    return found


def get_category(session: Session, benchmark: Benchmark, code: str) -> BenchmarkCategory:
    """Raises NotFound: the benchmark has no category with this code."""
    found = queries.category_by_code(session, benchmark.id, code) if is_code(code) else None
    if found is None:
        raise NotFound(
            N_("{benchmark} has no category {code}."),
            benchmark=benchmark.name,
            code=tidy_line(code)[:80],
        )
    return found


def get_view(session: Session, slug: str) -> BenchmarkView:
    """A benchmark's categories, mapped issues and results, in four statements. Raises NotFound."""
    benchmark = get_benchmark(session, slug)
    number = benchmark.id
    mapped: dict[int, list[BenchmarkMapping]] = {}
    for mapping in queries.mappings_to(session, number):
        mapped.setdefault(mapping.category_id, []).append(mapping)
    categories = queries.select_categories(session, number)
    results = queries.select_results(session, [number])
    right = [right_of(result.outcomes) for result in results]
    examples = benchmark.examples
    by_code, plain = examples_by_category(examples), uncategorised_examples(examples)

    def over(some: Collection[int]) -> list[Accuracy]:
        return [count_accuracy(each, some) for each in right]

    return BenchmarkView(
        benchmark=benchmark,
        size=len(examples) or sum(category.size for category in categories),
        plain_size=len(plain),
        rows=[
            CategoryRow(each, mapped.get(each.id, []), over(of_any(by_code, [each.code])))
            for each in categories
        ],
        results=results,
        whole=over(range(len(examples))),
        plain=over(plain),
    )


@dataclass(frozen=True)
class ResultAccuracy:
    """What a result comes to over some of the examples."""

    result: BenchmarkResult
    accuracy: Accuracy


@dataclass(frozen=True)
class Mapped:
    """A category that an issue maps to; `scores` of every result, the latest first."""

    mapping: BenchmarkMapping
    category: BenchmarkCategory
    scores: list[ResultAccuracy]


@dataclass(frozen=True)
class OnBenchmark:
    """An issue on one benchmark. `size` and `scores` are over all examples of its `mapped`
    categories, each example once, the weakly mapped left out (`rules.counted`)."""

    benchmark: Benchmark
    mapped: list[Mapped]
    size: int
    scores: list[ResultAccuracy]

    @property
    def codes(self) -> list[str]:
        """The categories that `size` and `scores` are over."""
        return counted_categories(
            {each.category.code: each.mapping.strength for each in self.mapped}
        )

    @property
    def best(self) -> ResultAccuracy | None:
        """The most accurate result, of equal ones the latest; None without results."""
        return max(self.scores, key=lambda score: score.accuracy.right, default=None)


def for_issues(session: Session, issue_ids: Collection[int]) -> dict[int, list[OnBenchmark]]:
    """What benchmarks say of each of these issues, in three statements however many they are.

    An entry for every issue that is mapped at all: its benchmarks in their order.
    """
    mappings: dict[int, dict[int, list[BenchmarkMapping]]] = {}
    benchmarks: dict[int, Benchmark] = {}
    for each in queries.mappings_of(session, issue_ids):
        benchmark = each.category.benchmark
        benchmarks[benchmark.id] = benchmark
        mappings.setdefault(each.issue_id, {}).setdefault(benchmark.id, []).append(each)
    results: dict[int, list[tuple[BenchmarkResult, frozenset[int]]]] = {}
    for result in queries.select_results(session, benchmarks):
        scored = (result, right_of(result.outcomes))
        results.setdefault(result.benchmark_id, []).append(scored)
    by_code = {number: examples_by_category(each.examples) for number, each in benchmarks.items()}
    return {
        issue: [
            _on(benchmarks[number], found, by_code[number], results.get(number, []))
            for number, found in by_benchmark.items()
        ]
        for issue, by_benchmark in mappings.items()
    }


def _on(
    benchmark: Benchmark,
    mappings: Sequence[BenchmarkMapping],
    by_code: Mapping[str, frozenset[int]],
    results: Sequence[tuple[BenchmarkResult, frozenset[int]]],
) -> OnBenchmark:
    def scores(codes: Collection[str]) -> list[ResultAccuracy]:
        some = of_any(by_code, codes)
        return [ResultAccuracy(result, count_accuracy(right, some)) for result, right in results]

    codes = counted_categories({each.category.code: each.strength for each in mappings})
    sizes = sum(each.category.size for each in mappings if each.category.code in codes)
    return OnBenchmark(
        benchmark,
        [Mapped(each, each.category, scores([each.category.code])) for each in mappings],
        len(of_any(by_code, codes)) if by_code else sizes,
        scores(codes),
    )


Unmapped = tuple[Benchmark, list[BenchmarkCategory]]


def list_unmapped(session: Session, held: Sequence[OnBenchmark]) -> list[Unmapped]:
    """The categories that an issue is not mapped to yet, by benchmark; `held` is what
    `for_issues` says of it. Two statements."""
    taken = {each.category.id for on in held for each in on.mapped}
    free: dict[int, list[BenchmarkCategory]] = {}
    for category in queries.select_categories(session):
        if category.id not in taken:
            free.setdefault(category.benchmark_id, []).append(category)
    return [
        (each, free[each.id]) for each in queries.select_benchmarks(session) if free.get(each.id)
    ]


# --- Mappings -----------------------------------------------------------------------------------


def get_mapping(
    session: Session, issue: Issue, category: BenchmarkCategory
) -> BenchmarkMapping | None:
    """How `issue` maps to `category`; None where nobody has said so."""
    return queries.mapping_of(session, issue.id, category.id)


def put_mapping(
    session: Session,
    issue: Issue,
    category: BenchmarkCategory,
    given: MappingInput,
    *,
    version: int | None = None,
) -> BenchmarkMapping:
    """Maps `issue` to `category`, or changes how it is mapped. `version` 0 says that it was not.

    Raises:
        Invalid: with a message for every field that cannot be saved.
        Stale: the mapping is not the one that `version` names any more.
    """
    held = get_mapping(session, issue, category)
    check_version(held.version if held else 0, version)
    checked = check_mapping(given)
    item = _item_of(session, category, checked.item)
    mapping = held or BenchmarkMapping(
        issue_id=issue.id, category_id=category.id, strength=Strength.STRONG, version=0
    )
    mapping.strength = Strength(checked.strength)
    mapping.source = Source(checked.source)
    mapping.why_en, mapping.why_zh = checked.why_en, checked.why_zh
    mapping.item_id = item.id if item else None
    mapping.version += 1
    session.add(mapping)
    session.flush()
    mapping.item = item
    return mapping


def _item_of(
    session: Session, category: BenchmarkCategory, wanted: int | str | None
) -> BenchmarkItem | None:
    """The category's item with a number, or with words that no other of its items has.

    Raises Invalid, on the field `item`.
    """
    if wanted is None or wanted == "":
        return None
    benchmark = session.get_one(Benchmark, category.benchmark_id)
    text = str(wanted)
    found = find_items(session, benchmark, text if len(text) < 200 else "")
    of_it = [each for each in found if category.code in _codes_at(benchmark, each)]
    if found and not of_it:
        raise Invalid.field(
            "item",
            N_("Example {number} is not of {code}."),
            number=found[0],
            code=category.code,
        )
    if len(of_it) != 1:
        raise Invalid.field(
            "item",
            N_("{count} examples of {code} have these words. Give the number of one."),
            count=len(of_it),
            code=category.code,
        )
    return queries.select_items(session, benchmark.id, of_it)[0]


def _codes_at(benchmark: Benchmark, number: int) -> list[str]:
    return benchmark.examples[number] if number < len(benchmark.examples) else []


def list_examples(session: Session, category: BenchmarkCategory) -> list[tuple[int, str]]:
    """Number and question of each of a category's items."""
    benchmark = session.get_one(Benchmark, category.benchmark_id)
    texts = queries.select_item_texts(session, benchmark.id)
    return [
        (at, question) for at, question, *_ in texts if category.code in _codes_at(benchmark, at)
    ]


def mapping_as_input(mapping: BenchmarkMapping) -> MappingInput:
    """A mapping as it would be typed."""
    return MappingInput(
        strength=mapping.strength,
        source=mapping.source,
        why_en=mapping.why_en,
        why_zh=mapping.why_zh,
        item=mapping.item.position if mapping.item else None,
    )


def delete_mapping(
    session: Session, issue: Issue, category: BenchmarkCategory, *, version: int | None = None
) -> None:
    """Raises NotFound: there is no such mapping; Stale: it is not `version` any more."""
    held = get_mapping(session, issue, category)
    if held is None:
        raise NotFound(N_("{issue} is not mapped to {code}."), issue=issue.slug, code=category.code)
    check_version(held.version, version)
    session.delete(held)
    session.flush()


# --- Results ------------------------------------------------------------------------------------


def benchmark_for(session: Session, slug: str, records: int) -> Benchmark:
    """The benchmark that a file of so many records is for: the one named, else the only one whose
    examples are known, else the only one with as many.

    Raises:
        NotFound: there is no benchmark `slug`.
        Invalid: field `benchmark`; it cannot take results, or it is not clear which one is meant.
    """
    if slug:
        benchmark = get_benchmark(session, slug)
        if not benchmark.examples:
            raise Invalid.field(
                "benchmark",
                N_("The examples of {benchmark} are not known one by one: it takes no results."),
                benchmark=benchmark.name,
            )
        return benchmark
    able = [each for each in queries.select_benchmarks(session) if each.examples]
    fitting = able if len(able) == 1 else [each for each in able if len(each.examples) == records]
    if len(fitting) != 1:
        raise Invalid.field(
            "benchmark",
            N_("Say which benchmark these {records} lines are a result on: {known}."),
            records=records,
            known=", ".join(each.slug for each in able) or "–",
        )
    return fitting[0]


@dataclass(frozen=True)
class ReadResult:
    """A result as a file gives it, not stored; `held` is the same one where it is here already."""

    benchmark: Benchmark
    system: str
    outcomes: str
    held: BenchmarkResult | None

    @property
    def accuracy(self) -> Accuracy:
        return count_accuracy(right_of(self.outcomes), range(len(self.outcomes)))


def read_result(
    session: Session, read: Predictions, *, benchmark: str = "", system: str
) -> ReadResult:
    """What a file's predictions are as a result. Writes nothing.

    Raises:
        NotFound, Invalid: as `benchmark_for`; and Invalid with field `file` where the indices are
            not those of the benchmark, each once, or `system` where that cannot be a name.
    """
    found = benchmark_for(session, benchmark, len(read.records))
    system = check_system(system)
    outcomes = outcomes_from(
        [(each.line, each.index, each.right) for each in read.records],
        read.unreadable,
        size=len(found.examples),
        benchmark=found.name,
    )
    held = queries.same_result(session, found.id, system, outcomes)
    return ReadResult(found, system, outcomes, held)


def add_result(session: Session, read: ReadResult, *, file_name: str) -> BenchmarkResult:
    """Stores a result, dated today."""
    result = BenchmarkResult(
        benchmark_id=read.benchmark.id,
        system=read.system,
        outcomes=read.outcomes,
        file_name=file_name,
    )
    session.add(result)
    session.flush()
    return result


def read_accuracies(read: ReadResult) -> list[tuple[str, Accuracy]]:
    """The accuracy over each category, by its code, of a result that is not stored yet."""
    right, examples = right_of(read.outcomes), read.benchmark.examples
    return [
        (code, count_accuracy(right, some))
        for code, some in sorted(examples_by_category(examples).items())
    ]


def delete_result(session: Session, benchmark: Benchmark, result_id: int) -> None:
    """Raises NotFound: the benchmark has no such result."""
    result = queries.result_by_id(session, benchmark.id, result_id)
    if result is None:
        raise NotFound(N_("There is no such result."))
    session.delete(result)
    session.flush()


def delete_benchmark(session: Session, benchmark: Benchmark) -> None:
    """Takes a benchmark out with its categories.

    Raises:
        Conflict: issues are mapped to it, or it has results or scores.
    """
    number = benchmark.id
    _, issues, results = queries.count_parts(session)[number]
    scores, _ = queries.count_scores(session, number)
    if scores:
        raise Conflict(
            N_("{name} has scores ({scores}). Delete them first."),
            name=benchmark.name,
            scores=scores,
        )
    if issues or results:
        raise Conflict(
            N_("{name} has mapped issues ({issues}) and results ({results}). Remove them first."),
            name=benchmark.name,
            issues=issues,
            results=results,
        )
    for part in (
        *queries.select_items(session, number),
        *queries.select_categories(session, number),
    ):
        session.delete(part)
    session.flush()
    session.delete(benchmark)
    session.flush()


def mappings_by_issue(
    session: Session, issue_ids: Collection[int]
) -> Mapping[int, list[BenchmarkMapping]]:
    """The mappings of these issues with category and benchmark, in two statements."""
    found: dict[int, list[BenchmarkMapping]] = {}
    for each in queries.mappings_of(session, issue_ids) if issue_ids else ():
        found.setdefault(each.issue_id, []).append(each)
    return found
