"""A small benchmark with categories A and B, and one of which only sizes are known."""

from sqlmodel import select

from app.database import Database
from app.models import (
    Benchmark,
    BenchmarkCategory,
    BenchmarkMapping,
    Comparison,
    ComparisonColumn,
    ComparisonRow,
    Issue,
    Paper,
    Source,
    Strength,
    Technique,
)
from tests.databases import arranged

EXAMPLES: list[list[str]] = [[], ["A"], ["A", "B"], ["B"], [], ["A"]]
PREDICTED = "0 1\n1 1\n2 1\n3 0\n4 0\n5 0\n"  # A: 2 of 3, B: 1 of 2, none: 1 of 2


@arranged
def mini(db: Database) -> str:
    """The small benchmark's slug: A is mapped to `idiom` (strong), B to `idiom` (weak)."""
    with db.write() as session:
        paper = Paper(citekey="li2020mini", title="A mini benchmark")
        issues = [Issue(slug="idiom", name_en="Customary wording", name_zh="习惯用语")]
        issues += [Issue(slug="unseen", name_en="Unseen data", position=1)]
        session.add_all([paper, *issues])
        session.flush()
        made = Benchmark(slug="mini", name="Mini", paper_id=paper.id, examples=EXAMPLES)
        sizes = Benchmark(slug="sizes", name="Sizes", position=1)
        session.add_all([made, sizes])
        session.flush()
        categories = [
            BenchmarkCategory(
                benchmark_id=made.id, code=code, name_en=f"Kind {code}", size=size, position=at
            )
            for at, (code, size) in enumerate((("A", 3), ("B", 2)))
        ]
        only = BenchmarkCategory(benchmark_id=sizes.id, code="S-one", name_en="One", size=9)
        session.add_all([*categories, only])
        session.flush()
        for category, strength in zip(categories, (Strength.STRONG, Strength.WEAK), strict=True):
            session.add(
                BenchmarkMapping(
                    issue_id=issues[0].id,
                    category_id=category.id,
                    strength=strength,
                    source=Source.INFERENCE,
                    why_en=f"Because {category.code}.",
                    why_zh="因为。",
                )
            )
    return "mini"


@arranged
def natsql(db: Database, mini: str) -> None:
    """A technique and a comparison `one` in which it meets `idiom`."""
    with db.write() as session:
        technique = Technique(slug="natsql", name_en="NatSQL", name_zh="中间语言")
        comparison = Comparison(slug="one", title_en="One")
        session.add_all([technique, comparison])
        session.flush()
        issue = session.exec(select(Issue).where(Issue.slug == "idiom")).one()
        session.add(ComparisonRow(comparison_id=comparison.id, technique_id=technique.id))
        session.add(ComparisonColumn(comparison_id=comparison.id, issue_id=issue.id))
