"""The examples of a benchmark themselves: taken from its own file, found, pointed to."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from app.benchmarks import queries
from app.benchmarks.rules import examples_by_category
from app.errors import N_, Conflict, Invalid
from app.kit.text import fold
from app.models import Benchmark, BenchmarkItem
from app.sources.benchmark_items import DraftItem, codes_of


@dataclass(frozen=True)
class FoundItems:
    """Those of a benchmark's items that were asked for, and of all how many are of each category;
    `held` is how many there are."""

    items: list[BenchmarkItem]
    total: int
    held: int
    counts: dict[str, int]


def list_items(
    session: Session,
    benchmark: Benchmark,
    *,
    category: str = "",
    q: str = "",
    page: int = 1,
    per_page: int = 50,
) -> FoundItems:
    """A page of the items of `category` ("-": of none) in which all words of `q` stand, or that
    have it as their number."""
    texts = queries.select_item_texts(session, benchmark.id)
    examples = benchmark.examples
    matching = _matching(texts, q)
    counts: dict[str, int] = {}
    for at in matching:
        for code in _codes(examples, at) or ["-"]:
            counts[code] = counts.get(code, 0) + 1
    if category:
        matching = [at for at in matching if category in (_codes(examples, at) or ["-"])]
    shown = matching[(page - 1) * per_page : page * per_page]
    found = queries.select_items(session, benchmark.id, shown)
    for each in found:
        each.benchmark = benchmark
    return FoundItems(found, len(matching), len(texts), counts)


def find_items(session: Session, benchmark: Benchmark, q: str) -> list[int]:
    """The numbers of the items that have all words of `q`; of a number, that one alone."""
    return _matching(queries.select_item_texts(session, benchmark.id), q)


def _matching(texts: Sequence[tuple[int, str, str, str]], q: str) -> list[int]:
    if q.isascii() and q.isdigit():
        return [at for at, *_ in texts if at == int(q[:9])]
    words = fold(q).split()
    return [at for at, *said in texts if not words or _has(words, *said)]


def _has(words: Sequence[str], *texts: str) -> bool:
    whole = fold(" ".join(texts))
    return all(word in whole for word in words)


def _codes(examples: Sequence[list[str]], at: int) -> list[str]:
    return examples[at] if at < len(examples) else []


def count_items(session: Session, benchmark: Benchmark) -> int:
    return queries.count_scores(session, benchmark.id)[1]


def take_items(session: Session, benchmark: Benchmark, drafts: Sequence[DraftItem]) -> int:
    """The items of a benchmark's own file; how many are new. Of a benchmark whose examples are not
    known one by one, the file says them. Items that are here keep their numbers.

    Raises:
        Invalid: field `file`; they are not as many as the benchmark has examples, or of other
            categories than those. Nothing is kept then.
        Conflict: results on the benchmark are of another number of examples.
    """
    known = [each.code for each in queries.select_categories(session, benchmark.id)]
    codes = [_read_codes(benchmark, known, at, each) for at, each in enumerate(drafts)]
    examples = benchmark.examples
    if examples:
        _check_fit(benchmark, drafts, codes)
    else:
        if queries.select_results(session, [benchmark.id]):
            raise Conflict(N_("Results were taken before its examples were known."))
        said = [each or [] for each in codes]
        if any(said):
            sizes = {code: len(some) for code, some in examples_by_category(said).items()}
            for category in queries.select_categories(session, benchmark.id):
                if category.size and category.size != sizes.get(category.code, 0):
                    raise Invalid.field(
                        "file",
                        N_("Nothing was stored: {code} has {size} examples, the file has {given}."),
                        code=category.code,
                        size=category.size,
                        given=sizes.get(category.code, 0),
                    )
            benchmark.examples = said
    held = {each.position: each for each in queries.select_items(session, benchmark.id)}
    new = 0
    for at, draft in enumerate(drafts):
        item = held.get(at) or BenchmarkItem(benchmark_id=benchmark.id, position=at, question="")
        new += at not in held
        item.question, item.query = draft.question, draft.query
        item.database, item.altered_from = draft.database, draft.altered_from
        session.add(item)
    session.flush()
    return new


def _read_codes(
    benchmark: Benchmark, known: Sequence[str], at: int, draft: DraftItem
) -> list[str] | None:
    if draft.kind is None:
        return None
    codes = codes_of(draft.kind, known)
    if codes is None:
        raise Invalid.field(
            "file",
            N_("Nothing was stored: entry {number} is of type {type}, which {benchmark} has not."),
            number=at,
            type=draft.kind[:40],
            benchmark=benchmark.name,
        )
    return codes


def _check_fit(
    benchmark: Benchmark, drafts: Sequence[DraftItem], codes: Sequence[list[str] | None]
) -> None:
    examples = benchmark.examples
    if len(drafts) != len(examples):
        raise Invalid.field(
            "file",
            N_("Nothing was stored: {benchmark} has {size} examples, the file has {given}."),
            benchmark=benchmark.name,
            size=len(examples),
            given=len(drafts),
        )
    for at, (said, known) in enumerate(zip(codes, examples, strict=True)):
        if said is not None and set(said) != set(known):
            raise Invalid.field(
                "file",
                N_(
                    "Nothing was stored: example {number} is of {known} here, and of {given} in "
                    "the file."
                ),
                number=at,
                known="+".join(known) or "–",
                given="+".join(said) or "–",
            )


def delete_items(session: Session, benchmark: Benchmark) -> None:
    """Takes out all items; what points to one loses it."""
    for each in queries.select_items(session, benchmark.id):
        session.delete(each)
    session.flush()
