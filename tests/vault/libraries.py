"""Libraries made up: every table, and texts that try to be taken for marks.

Hypothesis draws a number, and the library follows from it: forty rows are more than it draws itself
without throwing most away.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from random import Random
from typing import TypeVar

from hypothesis import strategies as st
from pydantic import JsonValue

from app.kit import author_names
from app.kit.text import tidy_body, tidy_line
from app.sources.drafts import DETAILS
from app.vault.dump_load import Row, Tables

_HOSTILE = (
    "---",
    "---\ntitle: no\n---",
    "%% note id=1 %%",
    "%% end note %%",
    "\\%% end note %%",
    "  %%  end note %%\u00a0",
    "words %% end note %%",
    "%% note id=2 %% words",
    "%%note id=3%% %% end note %%\\%% end abstract %%",
    "\\\\%% abstract %% \\",
    "\n\n## A heading below",
    "%% abstract %%",
    "## A heading",
    "- 2026-11-20T10:00:00Z · try · 1",
    "[[kim2021vilt]]",
    "[[technique:t1]]",
    "[[technique：T1|门控]]",
    "| [[issue:i1]] | [[paper:p1\\|x]] |",
    "[[papers/p1|p1]]",
    "[[techniques/t1.md|x]]",
    "![a](attachment:" + "a" * 64 + ")",
    "![a](../attachments/" + "a" * 64 + ".png)",
    "**重要。**后文 😀\u2028x",
    "  indented",
    "key: [value",
    "",
    "* &a *a",
    "'quoted\"",
    "\ufeffmark",
    "#tag %%x%%",
)
_LETTERS = "abcXYZ019 \t\n-*_#%[]|:\\\"'&é中文门控ß\u0301\u00a0\u200b\ufeffÿĘ😀𠀀"
Drawn = TypeVar("Drawn")


class Draw:
    """One made-up library's chances."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def whole(self, least: int, most: int) -> int:
        return self.random.randint(least, most)

    def coin(self) -> bool:
        return self.random.random() < 0.5

    def one(self, of: Sequence[Drawn]) -> Drawn:
        return self.random.choice(of)

    def some(self, of: Iterable[Drawn], most: int = 3) -> list[Drawn]:
        every = list(of)
        chosen = self.random.sample(range(len(every)), self.whole(0, min(most, len(every))))
        return [every[at] for at in sorted(chosen)]

    def maybe(self, of: Sequence[Drawn]) -> Drawn | None:
        return self.one(of) if of and self.coin() else None

    def piece(self) -> str:
        if self.coin():
            return self.one(_HOSTILE)
        return "".join(self.random.choices(_LETTERS, k=self.whole(0, 8)))

    def body(self) -> str:
        return tidy_body("\n".join(self.piece() for _ in range(self.whole(0, 4))))

    def line(self) -> str:
        return tidy_line(self.piece())

    def title(self) -> str:
        return self.line() or "t"

    def moment(self) -> str:
        at = datetime.fromtimestamp(self.whole(0, 2**31), UTC)
        return at.isoformat().replace("+00:00", "Z")

    def day(self) -> str:
        return self.moment()[:10]

    def stance(self) -> str:
        every = ("addresses", "partial", "fails", "unclear", "inapplicable", "no-evidence")
        return self.one(every)

    def numbers(self, count: int) -> list[int]:
        """With gaps, as rows have them where others were deleted."""
        gap = self.whole(1, 7)
        return [gap * (at + 1) for at in range(count)]


_SLUGS = ("con", "aux", "nul", "com1", "papers", "t1", "gated-fusion", "i1", "9", "a-b-c")
_CITEKEYS = (
    "con",
    "aux.2020",
    "a:b",
    "p1",
    "t1",
    "kim2021vilt",
    "x+y.",
    "a_b",
    "9",
    "Con_",
    "Zhang张2020",
)
_AUTHORS = (
    "Wonjae Kim",
    "García Márquez, Gabriel",
    "{World Health Organization}",
    "张三",
    "欧阳, 锋",
)


libraries = st.integers(0, 2**32).map(lambda seed: library(Draw(seed)))


def _without_empty(row: Row) -> Row:
    return {name: said for name, said in row.items() if said not in (None, "", [], {})}


def library(draw: Draw) -> Tables:
    """Rows as `tables.read` gives them."""
    tables: Tables = {}
    verdicts = ["adopt", "no", "later-2"]
    tables["verdict"] = [
        {
            "id": number,
            "slug": slug,
            "label_en": slug,
            "sign": "✓",
            "colour": "yes",
            "position": at,
        }
        for at, (number, slug) in enumerate(zip(draw.numbers(3), verdicts, strict=True))
    ]
    tables["mark_colour"] = [
        _without_empty({"colour": "doubt", "name_en": draw.title(), "name_zh": draw.line()})
    ]
    tables["field"] = _terms(draw, "field", [])
    fields = [str(row["slug"]) for row in tables["field"]]
    tables["technique"] = _terms(draw, "technique", fields)
    tables["issue"] = _terms(draw, "issue", fields)
    techniques = [str(row["slug"]) for row in tables["technique"]]
    issues = [str(row["slug"]) for row in tables["issue"]]
    tables["paper"] = _papers(draw, techniques, fields, verdicts)
    papers = [str(row["citekey"]) for row in tables["paper"]]
    tables["note"] = _notes(draw, {"paper": papers, "technique": techniques, "issue": issues})
    notes = [int(str(row["id"])) for row in tables["note"]]
    tables["note_revision"] = [
        {"id": at, "note_id": note, "version": 1, "title": "t", "body": "b", "saved_at": now}
        for at, note in enumerate(notes[:2], 1)
        for now in [draw.moment()]
    ]
    digest = "a" * 64
    tables["paper_merge"] = [
        {
            "id": 2,
            "keep": paper,
            "citekey": "gone",
            "title": draw.title(),
            "moved": {"paper": {"id": 900}},
            "merged_at": draw.moment(),
        }
        for paper in papers[:1]
    ]
    tables["paper_distinct"] = [{"first": papers[0], "second": second} for second in papers[1:]]
    tables["author_variant"] = [
        {"name": "Y. LeCun", "joined_to": "Yann LeCun", "person": "Yann LeCun"}
    ]
    tables["attachment"] = [
        {
            "sha256": digest,
            "filename": "bild ä.png",
            "media_type": "image/png",
            "size": 3,
            "created_at": draw.moment(),
        }
    ]
    tables["comparison"] = _comparisons(draw, techniques, issues, fields)
    tables["claim"] = _claims(draw, techniques, issues, papers, notes)
    cells = draw.some([(one, other) for one in techniques for other in issues], 2)
    tables["ruling"] = [
        _without_empty(
            {
                "id": number,
                "technique": technique,
                "issue": issue,
                "stance": draw.stance(),
                "rationale": draw.body(),
                "ruled_at": draw.moment(),
                "is_current": draw.coin(),
                "version": draw.whole(1, 9),
            }
        )
        for number, (technique, issue) in zip(draw.numbers(len(cells)), cells, strict=True)
    ]
    tables["cell_change"] = [
        _without_empty(
            {
                "id": at,
                "technique": technique,
                "issue": issue,
                "subject": "ruling",
                "claim_id": 0,
                "after": {"stance": "fails", "rationale": draw.body()},
                "why": draw.line(),
                "at": draw.moment(),
            }
        )
        for at, (technique, issue) in enumerate(cells, 1)
    ]
    tables["correspondence"] = [
        _without_empty(
            {
                "id": number,
                "slug": f"c{number}",
                "source_en": draw.line(),
                "target_zh": draw.line(),
                "source_field": draw.maybe(fields),
                "carries_en": draw.body(),
                "breaks_zh": draw.body(),
                "created_at": draw.moment(),
                "updated_at": draw.moment(),
                "version": draw.whole(1, 9),
                "techniques": [*sorted(draw.some(techniques))],
                "issues": [*sorted(draw.some(issues))],
                "papers": [*sorted(draw.some(papers))],
            }
        )
        for number in draw.numbers(draw.whole(0, 2))
    ]
    tables |= _benchmarks(draw, papers, techniques, issues)
    tables["hypothesis"] = _hypotheses(draw, cells, tables)
    tables["saved_search"] = [
        _without_empty(
            {
                "id": 3,
                "name": draw.title(),
                "query": draw.line(),
                "seen": {"paper": 4},
                "created_at": draw.moment(),
                "opened_at": draw.moment(),
                "version": 2,
            }
        )
    ]
    tables["watch"] = [
        _without_empty(
            {
                "id": 4,
                "kind": "feed",
                "name": draw.title(),
                "target": "https://lab.example/feed",
                "is_on": True,
                "asked_at": draw.moment(),
                "reached": draw.moment(),
                "next_at": draw.moment(),
                "failures": draw.whole(0, 3),
                "problem": {"text": "{source} failed.", "values": {"source": draw.line()}},
                "remarks": [{"text": draw.line(), "values": {}}],
                "created_at": draw.moment(),
                "version": draw.whole(1, 9),
            }
        )
    ]
    tables["import_batch"] = [
        {"id": 2, "format": "notes", "name": "n.md", "sha256": "0", "imported_at": draw.moment()}
    ]
    tables["import_item"] = [
        _without_empty(
            {
                "id": 5,
                "batch_id": 2,
                "item_kind": "note",
                "item_id": notes[0] if notes else 9,
                "version": 1,
                "raw": draw.body(),
            }
        )
    ]
    tables["link"] = [
        {
            "source_kind": "note",
            "source_id": 1,
            "target_kind": "technique",
            "target_key": "t",
            "origin": "mention",
        }
    ]
    return tables


def _hypotheses(draw: Draw, cells: Sequence[tuple[str, str]], tables: Tables) -> list[Row]:
    def number_of(name: str) -> JsonValue:
        return draw.maybe([row["id"] for row in tables.get(name, ())])

    return [
        _without_empty(
            {
                "id": number,
                "technique": technique,
                "issue": issue,
                "category_id": number_of("benchmark_category"),
                "correspondence_id": number_of("correspondence"),
                "mechanism": draw.body(),
                "mechanism_zh": draw.body(),
                "precondition": draw.body(),
                "precondition_state": draw.one(("unknown", "holds", "contradicted")),
                "contradicting_claim_id": number_of("claim"),
                "contradicting_note_id": number_of("note"),
                "test_zh": draw.body(),
                "cost": draw.whole(1, 3),
                "state": draw.one(("idea", "testing", "held", "failed")),
                "result": draw.body(),
                "claim_id": number_of("claim"),
                "trashed_at": draw.moment() if draw.coin() else None,
                "created_at": draw.moment(),
                "updated_at": draw.moment(),
                "version": draw.whole(1, 9),
            }
        )
        for number, (technique, issue) in zip(draw.numbers(len(cells)), cells, strict=True)
    ]


def _terms(draw: Draw, kind: str, fields: list[str]) -> list[Row]:
    wanted = draw.some(_SLUGS)
    rows: list[Row] = []
    for at, (number, slug) in enumerate(zip(draw.numbers(len(wanted)), wanted, strict=True)):
        row: Row = {
            "id": number,
            "slug": slug,
            "name_en": draw.title(),
            "name_zh": draw.line(),
            "definition_en": draw.body(),
            "definition_zh": draw.body(),
            "position": at,
            "version": draw.whole(1, 9),
        }
        if kind != "field":
            row["synonyms_en"] = [draw.title() for _ in range(draw.whole(0, 2))]
            row["former_names"] = [draw.title() for _ in range(draw.whole(0, 2))]
            row["parent"] = draw.maybe([str(each["slug"]) for each in rows])
        if kind == "issue":
            row["field"] = draw.maybe(fields)
            row["starred"] = draw.maybe([True])
        rows.append(_without_empty(row))
    return rows


def _papers(draw: Draw, techniques: list[str], fields: list[str], verdicts: list[str]) -> list[Row]:
    keys = draw.some(_CITEKEYS)
    tags = [*{tag.casefold(): tag for tag in (draw.title(), draw.title())}.values()]
    families: dict[str, str] = {}
    rows: list[Row] = []
    verdict_number = 0
    for number, key in zip(draw.numbers(len(keys)), keys, strict=True):
        written = [_author(draw) for _ in range(draw.whole(0, 3))]
        authors: list[str] = []
        for each in written:
            name, family = author_names.parse_name(each)
            family = families.setdefault(name, family)
            if name not in [author_names.parse_name(other)[0] for other in authors]:
                authors.append(author_names.format_name(name, family))
        given: list[Row] = []
        for _ in range(draw.whole(0, 2)):
            verdict_number += draw.whole(1, 5)
            given.append(
                _without_empty(
                    {
                        "id": verdict_number,
                        "verdict": draw.one(verdicts),
                        "reason": draw.body().strip(),
                        "due": draw.maybe(["2026-12-31", "2030-01-01"]),
                        "given_at": draw.moment(),
                        "is_current": False,
                    }
                )
            )
        if given:
            given[-1]["is_current"] = draw.coin()
        details: Row = {name: draw.title() for name in draw.some(list(DETAILS), 2)}
        rows.append(
            _without_empty(
                {
                    "id": number,
                    "citekey": key,
                    "kind": draw.one(("paper", "method", "link")),
                    "title": draw.title(),
                    "short_title": draw.line(),
                    "abstract": draw.body(),
                    "year": (draw.whole(1000, 2200) if draw.coin() else None),
                    "published": draw.one(("", "2023", "2023-03", "2023-03-06")),
                    "venue": draw.line(),
                    "arxiv_id": f"2101.{number:05}" if draw.coin() else None,
                    "arxiv_version": (draw.whole(1, 9) if draw.coin() else None),
                    "doi": draw.maybe(["10.1145/3581783.3613850"]),
                    "url": draw.one(("", "https://example.org/a?b=c#d")),
                    "details": details,
                    "reader_fields": [*draw.some(["title", "venue"])],
                    "created_at": draw.moment(),
                    "updated_at": draw.moment(),
                    "trashed_at": (draw.moment() if draw.coin() else None),
                    "version": draw.whole(1, 9),
                    "authors": [*authors],
                    "techniques": [*sorted(draw.some(techniques))],
                    "fields": [*sorted(draw.some(fields))],
                    "tags": [*sorted(draw.some(tags))],
                    "verdicts": [*given],
                    "former_citekeys": [f"old:{number}"] if draw.coin() else [],
                }
            )
        )
    return rows


def _author(draw: Draw) -> str:
    plain = draw.title().replace(",", " ").strip("{} ") or "A"
    return author_names.normalize_name(draw.one((*_AUTHORS, tidy_line(plain))))


def _notes(draw: Draw, subjects: dict[str, list[str]]) -> list[Row]:
    rows: list[Row] = []
    for number in draw.numbers(draw.whole(0, 5)):
        row: Row = {
            "id": number,
            "title": draw.line(),
            "body": draw.body(),
            "created_at": draw.moment(),
            "updated_at": draw.moment(),
            "trashed_at": (draw.moment() if draw.coin() else None),
            "version": draw.whole(1, 9),
        }
        kind = draw.one(("", *subjects))
        if kind and (key := draw.maybe(subjects[kind])):
            row[kind] = key
        rows.append(_without_empty(row))
    return rows


def _comparisons(
    draw: Draw, techniques: list[str], issues: list[str], fields: list[str]
) -> list[Row]:
    return [
        _without_empty(
            {
                "id": 7,
                "slug": "aux",
                "title_en": draw.title(),
                "description_zh": draw.body(),
                "target_field": draw.maybe(fields),
                "created_at": draw.moment(),
                "version": 1,
                "rows": [*draw.some(techniques)[::-1]],
                "columns": [*draw.some(issues)[::-1]],
            }
        )
    ]


def _claims(
    draw: Draw, techniques: list[str], issues: list[str], papers: list[str], notes: list[int]
) -> list[Row]:
    rows: list[Row] = []
    piece_number = 0
    for number in draw.numbers(draw.whole(0, 3)) if techniques and issues else ():
        evidence: list[Row] = []
        for _ in range(draw.whole(0, 2)):
            piece_number += 1
            evidence.append(
                {
                    name: said
                    for name, said in {
                        "id": piece_number,
                        "paper": draw.maybe(papers),
                        "note_id": draw.maybe(notes),
                        "quote": draw.body(),
                        "locator": draw.line(),
                        "polarity": draw.one(("supports", "contradicts")),
                        "kept": draw.one((None, "gone:")),
                        "arxiv_version": (draw.whole(1, 9) if draw.coin() else None),
                    }.items()
                    if said not in (None, "")
                }
            )
        rows.append(
            _without_empty(
                {
                    "id": number,
                    "technique": draw.one(techniques),
                    "issue": draw.one(issues),
                    "stance": draw.stance(),
                    "confidence": draw.one(("low", "medium", "high")),
                    "source": draw.one(("own", "literature", "inference")),
                    "basis": draw.one(("target", "source", "argued")),
                    "rationale": draw.body(),
                    "dated_on": draw.day(),
                    "created_at": draw.moment(),
                    "updated_at": draw.moment(),
                    "version": draw.whole(1, 9),
                    "evidence": [*evidence],
                }
            )
        )
    return rows


def _benchmarks(draw: Draw, papers: list[str], techniques: list[str], issues: list[str]) -> Tables:
    benchmark = _without_empty(
        {
            "id": 4,
            "slug": "b1",
            "name": draw.title(),
            "paper": draw.maybe(papers),
            "definition_en": draw.body(),
            "examples": [["T1"], [], ["T1", "T2"]],
            "position": 0,
        }
    )
    category: Row = {
        "id": 6,
        "benchmark": "b1",
        "code": "T1",
        "name_en": draw.title(),
        "size": 2,
        "position": 0,
    }
    mapping: list[Row] = [
        {
            "id": 8,
            "issue": issue,
            "category_id": 6,
            "strength": "weak",
            "item_id": 5,
            "source": draw.one(("own", "literature", "inference")),
            "version": 1,
        }
        for issue in issues[:1]
    ]
    result: Row = {
        "id": 9,
        "benchmark": "b1",
        "system": draw.title(),
        "dated_on": draw.day(),
        "outcomes": "101",
        "created_at": draw.moment(),
    }
    item: Row = {
        "id": 5,
        "benchmark": "b1",
        "position": 2,
        "question": draw.title(),
        "query": draw.line(),
        "altered_from": draw.line(),
    }
    scores: list[Row] = [
        _without_empty(
            {
                "id": number,
                "benchmark": "b1",
                "category_id": draw.maybe([6]),
                "system": draw.title(),
                "paper": paper,
                "place": draw.line(),
                "metric": "execution",
                "split": draw.line(),
                "value": number / 2,
                "unit": "%",
                "size": draw.maybe([2]),
                "conditions": {"model size": draw.title()} if number == 1 else {},
                "created_at": draw.moment(),
                "version": 1,
            }
        )
        for paper in papers[:1]
        for number in (1, 3)
    ]
    return {
        "benchmark": [benchmark],
        "benchmark_category": [category],
        "benchmark_mapping": mapping,
        "benchmark_result": [result],
        "benchmark_item": [_without_empty(item)],
        "score": scores,
        "score_pair": [
            {"id": 2, "technique": each, "with_id": 1, "without_id": 3, "created_at": draw.moment()}
            for each in techniques[:1]
            if scores
        ],
    }
