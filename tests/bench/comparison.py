"""What a large comparison costs: 200 techniques × 60 issues, 5,000 cells filled, 10,000 claims on
20,000 pieces of evidence, 500 hypotheses, 3,000 scores on six benchmarks, 300 pairs of them."""

import gzip
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from fastapi.testclient import TestClient
from sqlalchemy import insert
from sqlmodel import Session

from app.comparison import service
from app.comparison.rules import ComparisonInput
from app.main import create_app
from app.models import (
    Basis,
    Benchmark,
    BenchmarkCategory,
    BenchmarkMapping,
    Claim,
    Confidence,
    Evidence,
    Hypothesis,
    Issue,
    Note,
    Paper,
    PaperVerdict,
    Polarity,
    ResearchField,
    Ruling,
    Score,
    ScorePair,
    Source,
    Stance,
    Strength,
    Technique,
)
from app.settings import Settings
from app.startup import open_library
from tests.conftest import counted

ROUNDS = 30
TECHNIQUES, ISSUES, CELLS, CLAIMS, EVIDENCE = 200, 60, 5_000, 10_000, 20_000
HYPOTHESES, SCORES, PAIRS, BENCHMARKS = 500, 3_000, 300, 6
TABLE = "/comparisons/large"
CELL = f"{TABLE}/technique-7/issue-9"
PAGES = (
    TABLE,
    f"{TABLE}?fold=all",
    f"{TABLE}?transpose=1",
    f"{TABLE}?sort=alike",
    f"{TABLE}?stance=addresses&confidence=high&verdict=unread&year=2020..2023",
    f"{TABLE}?q=gated",
    f"{TABLE}?as_of=2100-01-01",
    f"{TABLE}?since=2000-01-01",
    CELL,
    "/hypotheses",
    "/issues/issue-9",
    "/techniques/technique-7",
    "/benchmarks/benchmark-1",
    "/benchmarks/benchmark-1/scores",
    "/benchmarks/benchmark-1/pairs",
)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(_env_file=None, library=Path(folder), allowed_hosts=["testserver"])
        fill(settings)
        print(f"\n{TECHNIQUES} techniques × {ISSUES} issues, {CELLS} cells filled:")
        print(f"{'':62}ms p50    p95    cpu   SQL   kB  gzip")
        with TestClient(create_app(settings)) as client:
            for path in PAGES:
                measure(client, path)
            claim = {"stance": "addresses", "confidence": "high", "rationale": "because"}
            headers = {"HX-Request": "true", "HX-Target": "drawer"}
            took = [
                timed(lambda: client.post(f"{CELL}/claims", data=claim, headers=headers))
                for _ in range(10)
            ]
            wall, cpu = (statistics.median(each) for each in zip(*took, strict=True))
            print(f"  {'a claim saved beside the table':<58} {wall:6.1f} {'':6} {cpu:6.1f}")


def measure(client: TestClient, path: str) -> None:
    """Median, 95th percentile and processor time of a page, its statements, its size."""
    with counted(client.app.state.database) as statements:  # type: ignore[attr-defined]
        answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    took = [timed(lambda: client.get(path)) for _ in range(ROUNDS)]
    wall, cpu = (sorted(each) for each in zip(*took, strict=True))
    print(
        f"  {path:<58} {statistics.median(wall):6.1f} {wall[int(ROUNDS * 0.95)]:6.1f}"
        f" {statistics.median(cpu):6.1f} {len([s for s in statements if s[:5] != 'BEGIN']):5}"
        f" {len(answer.content) / 1024:5.0f} {len(gzip.compress(answer.content, 5)) / 1024:5.0f}"
    )


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds on the clock and of the processor."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return (time.perf_counter() - wall) * 1000, (time.process_time() - cpu) * 1000


def fill(settings: Settings) -> None:
    """The library, the same each time: drawn by a seeded generator, written in bulk."""
    database = open_library(settings)
    began = time.perf_counter()
    with database.write() as session:
        arrange(session)
    print(f"filled in {time.perf_counter() - began:.1f} s")
    database.close()


def arrange(session: Session) -> None:
    draw = random.Random(7)
    session.add_all(
        [ResearchField(slug="big-a", name_en="A"), ResearchField(slug="big-b", name_en="B")]
    )
    techniques: list[Technique] = []
    issues: list[Issue] = []
    for number in range(TECHNIQUES):
        technique = Technique(
            slug=f"technique-{number}",
            name_en=f"Technique {number}",
            name_zh=f"技术{number}",
            position=number,
        )
        if number % 8 and techniques:
            technique.parent_id = techniques[number - number % 8].id
        session.add(technique)
        session.flush()
        techniques.append(technique)
    for number in range(ISSUES):
        issue = Issue(
            slug=f"issue-{number}",
            name_en=f"Issue {number}",
            name_zh=f"问题{number}",
            position=number,
        )
        if number % 6:
            issue.parent_id = issues[number - number % 6].id
        session.add(issue)
        session.flush()
        issues.append(issue)
    papers = [
        Paper(citekey=f"bench{n}", title=f"Paper {n}", year=2015 + n % 10) for n in range(1000)
    ]
    notes = [
        Note(title=f"Note {n}", title_folded=f"note {n}", body="A gated fusion of both.")
        for n in range(200)
    ]
    session.add_all([*papers, *notes])
    session.flush()
    session.add_all(
        PaperVerdict(paper_id=paper.id, verdict_id=1 + n % 6, reason="x")
        for n, paper in enumerate(papers)
        if n % 2
    )
    for n, note in enumerate(notes):
        note.paper_id = papers[n].id
    pairs = draw.sample([(t.id, i.id) for t in techniques for i in issues], CELLS)
    if (first := (techniques[7].id, issues[9].id)) not in pairs:
        pairs[0] = first
    claims = [
        {
            "id": 1_000_000 + n,
            "technique_id": pair[0],
            "issue_id": pair[1],
            "stance": draw.choice(list(Stance)),
            "confidence": draw.choice(list(Confidence)),
            "source": draw.choice(list(Source)),
            "basis": draw.choice(list(Basis)),
            "rationale": f"Because of reason {n}, gated fusion carries over.",
        }
        for n, pair in enumerate((pairs * 2)[:CLAIMS])
    ]
    session.execute(insert(Claim), claims)
    session.add_all(
        Hypothesis(
            technique_id=draw.choice(techniques).id,
            issue_id=draw.choice(issues).id,
            mechanism=f"A gate keeps wrong help out, {n}.",
        )
        for n in range(HYPOTHESES)
    )
    score(session, draw, techniques, issues, papers)
    session.execute(
        insert(Evidence),
        [
            {
                "claim_id": 1_000_000 + n % CLAIMS,
                "position": n // CLAIMS,
                "paper_id": None if n % 4 == 0 else draw.choice(papers).id,
                "note_id": draw.choice(notes).id if n % 4 == 0 else None,
                "quote": "A gated fusion of both.",
                "polarity": Polarity.CONTRADICTS if n % 9 == 0 else Polarity.SUPPORTS,
            }
            for n in range(EVIDENCE)
        ],
    )
    session.execute(
        insert(Ruling),
        [
            {
                "technique_id": pair[0],
                "issue_id": pair[1],
                "stance": draw.choice(list(Stance)),
                "rationale": "So it is.",
            }
            for pair in pairs[:500]
        ],
    )
    given = ComparisonInput(
        slug="large",
        title_en="A large comparison",
        title_zh="大对照表",
        source_field="big-a",
        target_field="big-b",
        rows=[each.slug for each in techniques],
        columns=[each.slug for each in issues],
    )
    service.create_comparison(session, given)


def score(
    session: Session,
    draw: random.Random,
    techniques: list[Technique],
    issues: list[Issue],
    papers: list[Paper],
) -> None:
    """Six benchmarks of ten categories, each mapped to an issue, two of each to the ninth too."""
    benchmarks = [
        Benchmark(slug=f"benchmark-{n}", name=f"Benchmark {n}", position=n, examples=[["C1"]] * 500)
        for n in range(BENCHMARKS)
    ]
    session.add_all(benchmarks)
    session.flush()
    categories = [
        BenchmarkCategory(
            benchmark_id=each.id, code=f"C{n}", name_en=f"Kind {n}", size=50 + n, position=n
        )
        for each in benchmarks
        for n in range(10)
    ]
    session.add_all(categories)
    session.flush()
    session.add_all(
        BenchmarkMapping(
            issue_id=issues[at].id, category_id=each.id, strength=Strength.STRONG, why_en="So."
        )
        for n, each in enumerate(categories)
        for at in ({9, n % ISSUES} if n % 10 < 2 else {n % ISSUES})
    )
    scores = [
        {
            "id": 1_000_000 + n,
            "benchmark_id": benchmarks[n // 2 % BENCHMARKS].id,
            "category_id": categories[n // 2 % BENCHMARKS * 10 + n // 12 % 10].id,
            "system": f"System {n // 120}",
            "paper_id": papers[n // 120].id,
            "metric": "execution",
            "value": draw.randrange(300, 900) / 10,
            "place": f"Table {n}",
            "year": 2015 + n % 10,
            "conditions": {"gate": "yes" if n % 2 else "no"},
        }
        for n in range(SCORES)
    ]
    session.execute(insert(Score), scores)
    session.add_all(
        ScorePair(
            technique_id=techniques[n % 40].id,
            with_id=1_000_001 + 2 * n,
            without_id=1_000_000 + 2 * n,
        )
        for n in range(PAIRS)
    )
    session.flush()


if __name__ == "__main__":
    main()
