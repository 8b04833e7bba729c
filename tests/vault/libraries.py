"""Libraries as hypothesis makes them up: every table, and texts that try to be taken for marks."""

from hypothesis import strategies as st

from app import author_names
from app.sources.drafts import DETAILS
from app.text import tidy_body, tidy_line
from app.vault.tables import Row, Tables

_HOSTILE = (
    "---",
    "---\ntitle: no\n---",
    "%% note id=1 %%",
    "%% end note %%",
    "\\%% end note %%",
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
_LETTERS = st.characters(
    exclude_categories=("Cs", "Cc"),
    include_characters="\n\t",
    exclude_characters="\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
)
bodies = st.lists(st.sampled_from(_HOSTILE) | st.text(_LETTERS, max_size=12), max_size=5).map(
    lambda lines: tidy_body("\n".join(lines))
)
lines = (st.sampled_from(_HOSTILE) | st.text(_LETTERS, max_size=12)).map(tidy_line)
titles = lines.filter(bool)
moments = (
    st.datetimes()
    .map(lambda at: at.replace(microsecond=0).isoformat() + "Z")
    .filter(lambda text: text >= "1000")
)
dates = st.dates().map(str)
slugs = st.from_regex(r"[a-z0-9]{1,6}(-[a-z0-9]{1,3})?", fullmatch=True) | st.sampled_from(
    ("con", "aux", "nul", "com1", "papers")
)
citekeys = (
    st.from_regex(r"[a-z0-9][a-z0-9_:.+-]{0,9}", fullmatch=True)
    | st.sampled_from(("con", "aux.2020", "a:b", "p1", "t1"))
).filter(lambda key: key not in ("new", "lookup", "several"))
_stances = st.sampled_from(
    ("addresses", "partial", "fails", "unclear", "inapplicable", "no-evidence")
)
_sources = st.sampled_from(("own", "literature", "inference"))


def _without_empty(row: Row) -> Row:
    return {name: said for name, said in row.items() if said not in (None, "", [], {})}


def _numbered(draw: st.DrawFn, count: int) -> list[int]:
    """Numbers with gaps, as rows have them where others were deleted."""
    return sorted(draw(st.sets(st.integers(1, 500), min_size=count, max_size=count)))


def _some(draw: st.DrawFn, names: list[str], most: int = 3) -> list[str]:
    if not names:
        return []
    return sorted(draw(st.sets(st.sampled_from(names), max_size=most)))


def _maybe(draw: st.DrawFn, names: list[str]) -> str | None:
    return draw(st.none() | st.sampled_from(names)) if names else None


@st.composite
def libraries(draw: st.DrawFn) -> Tables:
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
        for at, (number, slug) in enumerate(zip(_numbered(draw, 3), verdicts, strict=True))
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
        for now in [draw(moments)]
    ]
    digest = "a" * 64
    tables["attachment"] = [
        {
            "sha256": digest,
            "filename": "bild ä.png",
            "media_type": "image/png",
            "size": 3,
            "created_at": draw(moments),
        }
    ]
    tables["comparison"] = _comparisons(draw, techniques, issues, fields)
    tables["claim"] = _claims(draw, techniques, issues, papers, notes)
    cells = draw(
        st.lists(
            st.tuples(st.sampled_from(techniques), st.sampled_from(issues)),
            max_size=2,
            unique=True,
        )
        if techniques and issues
        else st.just([])
    )
    tables["ruling"] = [
        _without_empty(
            {
                "id": number,
                "technique": technique,
                "issue": issue,
                "stance": draw(_stances),
                "rationale": draw(bodies),
                "ruled_at": draw(moments),
                "is_current": draw(st.booleans()),
                "version": draw(st.integers(1, 9)),
            }
        )
        for number, (technique, issue) in zip(_numbered(draw, len(cells)), cells, strict=True)
    ]
    tables["cell_change"] = [
        _without_empty(
            {
                "id": at,
                "technique": technique,
                "issue": issue,
                "subject": "ruling",
                "claim_id": 0,
                "after": {"stance": "fails", "rationale": draw(bodies)},
                "why": draw(lines),
                "at": draw(moments),
            }
        )
        for at, (technique, issue) in enumerate(cells, 1)
    ]
    tables["correspondence"] = [
        _without_empty(
            {
                "id": number,
                "slug": f"c{number}",
                "source_en": draw(lines),
                "target_zh": draw(lines),
                "source_field": _maybe(draw, fields),
                "carries_en": draw(bodies),
                "breaks_zh": draw(bodies),
                "created_at": draw(moments),
                "updated_at": draw(moments),
                "version": draw(st.integers(1, 9)),
                "techniques": [*_some(draw, techniques)],
                "issues": [*_some(draw, issues)],
                "papers": [*_some(draw, papers)],
            }
        )
        for number in _numbered(draw, draw(st.integers(0, 2)))
    ]
    tables |= _benchmarks(draw, papers, issues)
    tables["saved_search"] = [
        _without_empty(
            {
                "id": 3,
                "name": draw(titles),
                "query": draw(lines),
                "seen": {"paper": 4},
                "created_at": draw(moments),
                "opened_at": draw(moments),
                "version": 2,
            }
        )
    ]
    tables["import_batch"] = [
        {"id": 2, "format": "notes", "name": "n.md", "sha256": "0", "imported_at": draw(moments)}
    ]
    tables["import_item"] = [
        _without_empty(
            {
                "id": 5,
                "batch_id": 2,
                "item_kind": "note",
                "item_id": notes[0] if notes else 9,
                "version": 1,
                "raw": draw(bodies),
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


def _terms(draw: st.DrawFn, kind: str, fields: list[str]) -> list[Row]:
    wanted = sorted(draw(st.sets(slugs, max_size=3)))
    rows: list[Row] = []
    for at, (number, slug) in enumerate(zip(_numbered(draw, len(wanted)), wanted, strict=True)):
        row: Row = {
            "id": number,
            "slug": slug,
            "name_en": draw(titles),
            "name_zh": draw(lines),
            "definition_en": draw(bodies),
            "definition_zh": draw(bodies),
            "position": at,
            "version": draw(st.integers(1, 9)),
        }
        if kind != "field":
            row["synonyms_en"] = [*draw(st.lists(titles, max_size=2))]
            row["parent"] = _maybe(draw, [str(each["slug"]) for each in rows])
        if kind == "issue":
            row["field"] = _maybe(draw, fields)
        rows.append(_without_empty(row))
    return rows


def _papers(
    draw: st.DrawFn, techniques: list[str], fields: list[str], verdicts: list[str]
) -> list[Row]:
    keys = sorted(draw(st.sets(citekeys, max_size=3)))
    tags = draw(st.lists(titles, max_size=3, unique_by=str.casefold))
    tags = [tag for tag in tags if tag.casefold() not in {t.casefold() for t in tags if t != tag}]
    families: dict[str, str] = {}
    rows: list[Row] = []
    verdict_number = 0
    for number, key in zip(_numbered(draw, len(keys)), keys, strict=True):
        written = [author_names.tidy(each) for each in draw(st.lists(_authors, max_size=3))]
        authors: list[str] = []
        for each in written:
            name, family = author_names.read(each)
            family = families.setdefault(name, family)
            if name not in [author_names.read(other)[0] for other in authors]:
                authors.append(author_names.write(name, family))
        given: list[Row] = []
        for _ in range(draw(st.integers(0, 2))):
            verdict_number += draw(st.integers(1, 5))
            given.append(
                _without_empty(
                    {
                        "id": verdict_number,
                        "verdict": draw(st.sampled_from(verdicts)),
                        "reason": draw(bodies).strip(),
                        "given_at": draw(moments),
                        "is_current": False,
                    }
                )
            )
        if given:
            given[-1]["is_current"] = draw(st.booleans())
        details = {name: draw(titles) for name in _some(draw, list(DETAILS), 2)}
        rows.append(
            _without_empty(
                {
                    "id": number,
                    "citekey": key,
                    "kind": draw(st.sampled_from(("paper", "method", "link"))),
                    "title": draw(titles),
                    "short_title": draw(lines),
                    "abstract": draw(bodies),
                    "year": draw(st.none() | st.integers(1000, 2200)),
                    "published": draw(st.sampled_from(("", "2023", "2023-03", "2023-03-06"))),
                    "venue": draw(lines),
                    "arxiv_id": f"2101.{number:05}" if draw(st.booleans()) else None,
                    "arxiv_version": draw(st.none() | st.integers(1, 9)),
                    "doi": draw(st.none() | st.just("10.1145/3581783.3613850")),
                    "url": draw(st.sampled_from(("", "https://example.org/a?b=c#d"))),
                    "details": details,
                    "reader_fields": [*_some(draw, ["title", "venue"])],
                    "created_at": draw(moments),
                    "updated_at": draw(moments),
                    "trashed_at": draw(st.none() | moments),
                    "version": draw(st.integers(1, 9)),
                    "authors": [*authors],
                    "techniques": [*_some(draw, techniques)],
                    "fields": [*_some(draw, fields)],
                    "tags": [*_some(draw, tags)],
                    "verdicts": [*given],
                    "former_citekeys": [f"old:{number}"] if draw(st.booleans()) else [],
                }
            )
        )
    return rows


_authors = st.sampled_from(
    ("Wonjae Kim", "García Márquez, Gabriel", "{World Health Organization}", "张三", "欧阳, 锋")
) | titles.map(author_names.tidy).filter(
    # Names that the rules of names themselves do not give back are none of ours to keep.
    lambda name: (
        author_names.tidy(author_names.write(*author_names.read(name))) == name
        and author_names.read(author_names.write(*author_names.read(name)))
        == author_names.read(name)
    )
)


def _notes(draw: st.DrawFn, subjects: dict[str, list[str]]) -> list[Row]:
    rows: list[Row] = []
    for number in _numbered(draw, draw(st.integers(0, 5))):
        row: Row = {
            "id": number,
            "title": draw(lines),
            "body": draw(bodies),
            "created_at": draw(moments),
            "updated_at": draw(moments),
            "trashed_at": draw(st.none() | moments),
            "version": draw(st.integers(1, 9)),
        }
        kind = draw(st.sampled_from(("", *subjects)))
        if kind and (key := _maybe(draw, subjects[kind])):
            row[kind] = key
        rows.append(_without_empty(row))
    return rows


def _comparisons(
    draw: st.DrawFn, techniques: list[str], issues: list[str], fields: list[str]
) -> list[Row]:
    return [
        _without_empty(
            {
                "id": 7,
                "slug": "aux",
                "title_en": draw(titles),
                "description_zh": draw(bodies),
                "target_field": _maybe(draw, fields),
                "created_at": draw(moments),
                "version": 1,
                "rows": [*draw(st.permutations(techniques))],
                "columns": [*draw(st.permutations(issues))],
            }
        )
    ]


def _claims(
    draw: st.DrawFn, techniques: list[str], issues: list[str], papers: list[str], notes: list[int]
) -> list[Row]:
    rows: list[Row] = []
    piece_number = 0
    for number in _numbered(draw, draw(st.integers(0, 3))) if techniques and issues else ():
        evidence: list[Row] = []
        for _ in range(draw(st.integers(0, 2))):
            piece_number += 1
            evidence.append(
                {
                    name: said
                    for name, said in {
                        "id": piece_number,
                        "paper": _maybe(draw, papers),
                        "note_id": draw(st.none() | st.sampled_from(notes)) if notes else None,
                        "quote": draw(bodies),
                        "locator": draw(lines),
                        "polarity": draw(st.sampled_from(("supports", "contradicts"))),
                        "found": draw(st.none() | st.booleans()),
                        "arxiv_version": draw(st.none() | st.integers(1, 9)),
                    }.items()
                    if said not in (None, "")
                }
            )
        rows.append(
            _without_empty(
                {
                    "id": number,
                    "technique": draw(st.sampled_from(techniques)),
                    "issue": draw(st.sampled_from(issues)),
                    "stance": draw(_stances),
                    "confidence": draw(st.sampled_from(("low", "medium", "high"))),
                    "source": draw(_sources),
                    "rationale": draw(bodies),
                    "dated_on": draw(dates),
                    "created_at": draw(moments),
                    "updated_at": draw(moments),
                    "version": draw(st.integers(1, 9)),
                    "evidence": [*evidence],
                }
            )
        )
    return rows


def _benchmarks(draw: st.DrawFn, papers: list[str], issues: list[str]) -> Tables:
    benchmark = _without_empty(
        {
            "id": 4,
            "slug": "b1",
            "name": draw(titles),
            "paper": _maybe(draw, papers),
            "definition_en": draw(bodies),
            "examples": [["T1"], [], ["T1", "T2"]],
            "position": 0,
        }
    )
    category: Row = {
        "id": 6,
        "benchmark": "b1",
        "code": "T1",
        "name_en": draw(titles),
        "size": 2,
        "position": 0,
    }
    mapping: list[Row] = [
        {
            "id": 8,
            "issue": issue,
            "category_id": 6,
            "strength": "weak",
            "source": draw(_sources),
            "version": 1,
        }
        for issue in issues[:1]
    ]
    result: Row = {
        "id": 9,
        "benchmark": "b1",
        "system": draw(titles),
        "dated_on": draw(dates),
        "outcomes": "101",
        "created_at": draw(moments),
    }
    return {
        "benchmark": [benchmark],
        "benchmark_category": [category],
        "benchmark_mapping": mapping,
        "benchmark_result": [result],
    }
