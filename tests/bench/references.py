"""`python -m tests.bench.references`: what 1,000 references of all kinds cost in each style."""

import time

from app.exports.formats.paper_entry import PaperEntry
from app.exports.formats.references import STYLES, format_references
from app.models import Paper

_KINDS: tuple[tuple[str, dict[str, str]], ...] = (
    ("article-journal", {"volume": "46", "issue": "3", "page": "1-20"}),
    ("paper-conference", {"page": "598-608", "publisher": "ACM", "editor": "Brown, Ann; Grey, Bo"}),
    ("book", {"publisher": "Tin Press", "publisher-place": "London", "edition": "2"}),
    ("thesis", {"genre": "Master's thesis", "publisher": "Tin University"}),
    ("article", {}),
    ("webpage", {"accessed": "2021-03-04"}),
)
_PEOPLE = ("Brown, Ann", "van Dorp, Bo", "King, Jr., Cy", "Wonjae Kim", "{Kettle Board}", "张三")
_CHINESE = ("张三", "李四", "欧阳, 娜娜", "赵六")


def make_records(count: int) -> list[PaperEntry]:
    """Works of every kind, one in four Chinese, with one to six authors."""
    made = []
    for number in range(count):
        kind, details = _KINDS[number % len(_KINDS)]
        chinese = number % 4 == 3
        people = _CHINESE if chinese else _PEOPLE
        paper = Paper(
            citekey=f"k{number}",
            title=f"水壶的修理方法研究 {number}" if chinese else f"Boiling water: Part {number}",
            year=1990 + number % 37,
            published=f"{1990 + number % 37}-05-{number % 28 + 1:02}",
            venue={"article-journal": "水壶学报", "paper-conference": "Kettle Conference"}.get(
                kind, ""
            ),
            doi=f"10.1000/k.{number}" if number % 2 else None,
            url=f"https://example.org/{number}",
            arxiv_id=f"2001.{number:05}" if kind == "article" else None,
            details={"type": kind, **details},
        )
        made.append(PaperEntry(paper, (f"Name{number}, Zoe", *people[: number % len(people)])))
    return made


def main() -> None:
    records = make_records(1000)
    for name, style in STYLES.items():
        next(iter(format_references(records, style)))  # the processor and the style are loaded
        took = []
        for _ in range(3):
            began = time.process_time()
            list(format_references(records, style))
            took.append(time.process_time() - began)
        print(f"{name:20} {min(took):6.2f} s of processor (the first time {took[0]:.2f})")


if __name__ == "__main__":
    main()
