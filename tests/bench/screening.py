"""How soon the queue finds what is relevant, on reviews whose verdicts are known, beside ASReview's
published figures; how often the bound on what was missed holds; how long learning takes.

`python -m tests.bench.screening [--seeds N]`: begins with one relevant and one irrelevant paper
drawn at random, as ASReview's study does, and learns after every verdict, or, of more papers than
`ranking.SMALL`, after every `ranking.EVERY`, as the queue does. Nothing is tuned to Wilson. Prints;
asserts nothing.
"""

import argparse
import csv
import lzma
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from app.queue.learner import build_corpus, learn, score_papers
from app.queue.missed import CONFIDENCE, bound_missed
from app.queue.ranking import EVERY, SMALL
from app.queue.words import count_terms
from tests.conftest import SHARED

SETS = SHARED / "data" / "screening"
RUNS = 100  # of the bound
# Ferdinands et al. 2020, ASReview 0.9.3, means of 15 runs: WSS@95, recall at 10 %.
PUBLISHED = {
    "naive Bayes, TF-IDF": (83.40, 87.27),
    "logistic regression, TF-IDF": (80.48, 89.09),
    "SVM, TF-IDF": (79.92, 90.61),
    "random forest, TF-IDF": (81.60, 86.67),
    "logistic regression, doc2vec": (84.00, 90.61),
    "SVM, doc2vec": (82.71, 91.52),
    "random forest, doc2vec": (77.91, 75.45),
}
OF_WILSON = "wilson-2020"


@dataclass(frozen=True)
class Review:
    name: str
    texts: list[str]
    relevant: frozenset[int]


@dataclass(frozen=True)
class Screened:
    """A run: the papers in the order in which they were judged, after the two that were given."""

    order: list[int]
    found: list[int]  # relevant papers after so many verdicts
    size: int
    relevant: int

    @property
    def wss95(self) -> float:
        """Work saved over sampling at a recall of 95 %: 0.95 less the share that was read."""
        needed = -(-95 * self.relevant // 100)
        return 95 - 100 * (self.found.index(needed) + 1) / self.size

    @property
    def recall10(self) -> float:
        return 100 * self.found[max(0, self.size // 10 - 1)] / self.relevant

    @property
    def discovery(self) -> float:
        """The mean share that was read until a relevant paper came."""
        steps = [
            n
            for n, (a, b) in enumerate(zip([0, *self.found], self.found, strict=False), 1)
            if b > a
        ]
        return 100 * statistics.mean(steps) / self.size


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=0, help="15 of small reviews, 5 of large ones")
    parser.add_argument("--only", default="", help="reviews whose name begins so")
    given = parser.parse_args(arguments)
    seeds: int = given.seeds
    if not SETS.is_dir():
        print("../shared/data/screening is not here")
        return
    runs: list[tuple[Review, Screened]] = []
    print(
        f"{'review':<28}{'papers':>7}{'relevant':>9}{'runs':>5}"
        f"{'WSS@95':>12}{'R@10 %':>12}{'ATD':>7}"
    )
    for review in map(read_review, sorted(SETS.glob(f"{given.only}*.csv.xz"))):
        many = seeds or (15 if len(review.texts) < 4_000 else 5)
        screened = list(screen(review, many))
        runs += ((review, each) for each in screened)
        wss, recall = [each.wss95 for each in screened], [each.recall10 for each in screened]
        print(
            f"{review.name:<28}{len(review.texts):>7}{len(review.relevant):>9}{many:>5}"
            f"{statistics.mean(wss):>7.2f} ±{statistics.pstdev(wss):>3.1f}"
            f"{statistics.mean(recall):>7.2f} ±{statistics.pstdev(recall):>3.1f}"
            f"{statistics.mean(each.discovery for each in screened):>7.2f}",
            flush=True,
        )
        if review.name == OF_WILSON:
            for model, (published, at_ten) in PUBLISHED.items():
                print(f"    ASReview, {model:<36}{published:>14.2f}{at_ten:>12.2f}")
    print_coverage(runs)
    print_speed([text for review in {id(r): r for r, _ in runs}.values() for text in review.texts])


def read_review(path: Path) -> Review:
    csv.field_size_limit(1_000_000)
    with lzma.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    relevant = frozenset(n for n, row in enumerate(rows) if row["label_included"] == "1")
    texts = [f"{row['title']}\n{row['abstract']}" for row in rows]
    return Review(path.name.removesuffix(".csv.xz"), texts, relevant)


def screen(review: Review, runs: int) -> Iterator[Screened]:
    """Judges until all is found; what begins a run counts nowhere."""
    corpus = build_corpus(dict(enumerate(map(count_terms, review.texts))))
    papers = range(len(review.texts))
    for seed in range(runs):
        chance = Random(seed)
        first = chance.choice(sorted(review.relevant))
        other = chance.choice([n for n in papers if n not in review.relevant])
        judged, order, found = [first, other], list[int](), [0]
        wanted = len(review.relevant) - 1
        while found[-1] < wanted:
            lesson = learn(
                corpus,
                [n for n in judged if n in review.relevant],
                [n for n in judged if n not in review.relevant],
            )
            assert lesson
            known = set(judged)
            scores = score_papers(corpus, lesson, [n for n in papers if n not in known])
            step = 1 if len(papers) <= SMALL else EVERY
            if found[-1] >= 0.95 * wanted:  # what is measured but for the last few is known
                step = max(step, len(judged) // 20)
            for paper in sorted(scores, key=scores.__getitem__, reverse=True)[:step]:
                judged.append(paper)
                order.append(paper)
                found.append(found[-1] + (paper in review.relevant))
        size = len(papers) - 2
        counts = found[1:] + [wanted] * (size - len(order))
        yield Screened(order, counts, size, wanted)


def print_coverage(runs: Sequence[tuple[Review, Screened]]) -> None:
    """Stops somewhere, draws from what is left, and looks whether more is left than was said."""
    chance = Random(2026)
    held, tight = 0, list[float]()
    for _ in range(RUNS):
        review, run = chance.choice(runs)
        stop = chance.randint(1, max(2, min(len(run.order), run.size // 3)))
        done = set(run.order[:stop])
        left = [n for n in range(len(review.texts)) if n not in done]
        drawn = chance.sample(left, min(len(left), chance.choice((25, 50, 100, 200, 400))))
        found = sum(n in review.relevant for n in drawn)
        missed = sum(n in review.relevant for n in left) - found
        bound = bound_missed(len(left), len(drawn), found)
        held += missed <= bound
        tight.append(bound - missed)
    print(
        f"\nThe bound ({CONFIDENCE} %) held in {held} of {RUNS} runs that stopped anywhere;"
        f" it was {statistics.median(tight):.0f} above what was missed (median)"
    )
    held, many = 0, 20 * RUNS
    for _ in range(many):  # where it is hardest: as many as 30 % of what is left are relevant
        size, share = chance.randint(100, 3_000), chance.uniform(0.02, 0.3)
        relevant, drawn = int(size * share), chance.sample(range(size), 100)
        found = sum(n < relevant for n in drawn)
        held += relevant - found <= bound_missed(size, 100, found)
    print(f"and in {held} of {many} made-up ones, of which up to 30 % are relevant")


def print_speed(texts: Sequence[str], size: int = 20_000, verdicts: int = 1_000) -> None:
    texts = [texts[n % len(texts)] for n in range(size)]
    began = time.process_time()
    counts = dict(enumerate(map(count_terms, texts)))
    counted = time.process_time()
    corpus = build_corpus(counts)
    built = time.process_time()
    judged = Random(1).sample(range(size), verdicts)
    lesson = learn(corpus, judged[: verdicts // 5], judged[verdicts // 5 :])
    assert lesson
    scores = score_papers(corpus, lesson, range(size))
    sorted(scores, key=scores.__getitem__, reverse=True)
    learned = time.process_time()
    print(
        f"\n{verdicts} verdicts, {size} papers: learned and ordered in {learned - built:.2f} s of a"
        f" core; once for a process: words counted in {counted - began:.1f} s, weighed in"
        f" {built - counted:.2f} s"
    )


if __name__ == "__main__":
    main()
