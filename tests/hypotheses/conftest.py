"""The small comparison with a correspondence, categories of benchmarks, and a hypothesis."""

from typing import Any

from fastapi.testclient import TestClient
from sqlmodel import select

from app.database import Database
from app.models import (
    Benchmark,
    BenchmarkCategory,
    Correspondence,
    CorrespondenceTechnique,
    Technique,
)
from tests.comparison.conftest import arrange_comparison
from tests.databases import arranged

ALL = "/api/v1/hypotheses"
CELL = "/comparisons/vqa-sql/gated/dk-t1"
GIVEN: dict[str, Any] = {
    "technique": "gated",
    "issue": "dk-t1",
    "benchmark": "mini",
    "category": "T1",
    "correspondence": "gates",
    "mechanism": "A gate that stays shut keeps wrong help out, as in [[kim2021vilt]].",
    "mechanism_zh": "门关着，错的帮助就进不来。",
    "precondition": "The help is sometimes wrong.",
    "expected": "T1 rises.",
    "refuted_by": "Type 0 falls.",
    "test": "Mini T1, n = 76.",
    "cost": 1,
}


@arranged
def library(db: Database) -> Database:
    with db.write() as session:
        arrange_comparison(session)
        held = Correspondence(slug="gates", source_en="Gate", target_en="Gate", carries_en="Both.")
        mini, other = Benchmark(slug="mini", name="Mini"), Benchmark(slug="other", name="Other")
        session.add_all([held, mini, other])
        session.flush()
        fusion = session.exec(select(Technique).where(Technique.slug == "fusion")).one()
        session.add_all(
            [
                CorrespondenceTechnique(correspondence_id=held.id, technique_id=fusion.id),
                BenchmarkCategory(benchmark_id=mini.id, code="T1", name_en="Omitted", size=76),
                BenchmarkCategory(benchmark_id=mini.id, code="T2", name_en="Inference", size=65),
                BenchmarkCategory(benchmark_id=other.id, code="T2", name_en="Other", size=5),
            ]
        )
    return db


@arranged
def held(client: TestClient, library: Database) -> str:
    """The address of a hypothesis in the API."""
    made = client.post(ALL, json=GIVEN)
    assert made.status_code == 201, made.text
    return made.headers["Location"]
