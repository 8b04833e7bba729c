"""What a reader of the folder looks at and the library alone writes: comparisons as tables with
what they rest on, benchmarks, and a list of papers for Obsidian. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from app.exports.formats.markdown import escape_markdown
from app.exports.formats.table_model import CONFIDENCES
from app.models.comparison import Basis
from app.models.stances import BASES, BLANK, CONTESTED, STANCES, cell_stance
from app.vault.dump_load import Row, Tables
from app.vault.files import obsidian
from app.vault.files.document import Value, front_text, yaml_text

_PAPERS: Mapping[str, object] = {
    "filters": {"and": ['file.inFolder("papers")']},
    "properties": {
        "file.name": {"displayName": "Citation key"},
        "note.title": {"displayName": "Title"},
        "note.authors": {"displayName": "Authors"},
        "note.year": {"displayName": "Year"},
        "note.verdict": {"displayName": "Verdict"},
        "note.reason": {"displayName": "Reason"},
        "note.techniques": {"displayName": "Techniques"},
        "note.tags": {"displayName": "Tags"},
    },
    "views": [
        {
            "type": "table",
            "name": "Papers",
            "order": [
                *("file.name", "note.title", "note.authors", "note.year", "note.verdict"),
                *("note.reason", "note.techniques", "note.tags"),
            ],
            "sort": [{"property": "note.year", "direction": "DESC"}],
        }
    ],
}
_NOTICE = "*Crosswalk writes this page: change it there.*"


def list_views(tables: Tables) -> Iterator[tuple[str, str]]:
    """Path and text of each."""
    yield "Papers.base", yaml_text(_PAPERS)
    cells = Cells(tables)
    for row in tables.get("comparison", []):
        yield obsidian.path_for("comparison", str(row["slug"])), _comparison(row, cells)
    if marks := tables.get("mark"):
        yield "Marks.md", _marks(marks, tables)
    for row in tables.get("benchmark", []):
        yield obsidian.path_for("benchmark", str(row["slug"])), _benchmark(row, tables)


def _marks(marks: list[Row], tables: Tables) -> str:
    """What is marked in papers, paper by paper."""
    titles = {str(row["citekey"]): str(row["title"]) for row in tables.get("paper", [])}
    called = {
        str(row["colour"]): str(row.get("name_en") or row.get("name_zh"))
        for row in tables.get("mark_colour", [])
    }
    by_paper: dict[str, list[Row]] = defaultdict(list)
    for mark in marks:
        by_paper[str(mark["paper"])].append(mark)
    lines = ["# Marks", "", _NOTICE]
    for citekey, found in sorted(by_paper.items()):
        name = f"{obsidian.FOLDERS['paper']}/{obsidian.key_name(citekey)}"
        lines += ["", f"## [[{name}|{citekey}]]", "", escape_markdown(titles.get(citekey, ""))]
        for mark in sorted(found, key=lambda each: int(str(each["page"]))):
            said = f"{escape_markdown(str(mark.get('exact', '')))} (p. {mark['page']})".lstrip()
            colour = str(mark["colour"])
            lines += ["", f"> {said}", f"> — {escape_markdown(called.get(colour, colour))}"]
            if comment := str(mark.get("comment", "")):
                lines += ["", comment]
    return "\n".join(lines) + "\n"


class Cells:
    """Claims and rulings by technique and issue, and the names of both."""

    def __init__(self, tables: Tables) -> None:
        self.claims: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for claim in tables.get("claim", []):
            self.claims[str(claim["technique"]), str(claim["issue"])].append(claim)
        self.rulings = {
            (str(row["technique"]), str(row["issue"])): row
            for row in tables.get("ruling", [])
            if row.get("is_current")
        }
        self.names = {
            (kind, str(row["slug"])): str(row.get("name_en") or row.get("name_zh") or row["slug"])
            for kind in ("technique", "issue")
            for row in tables.get(kind, [])
        }
        self.notes = {row.get("id"): str(row.get("title", "")) for row in tables.get("note", [])}

    def link(self, kind: str, slug: str, bar: str = "|") -> str:
        name = " ".join(self.names.get((kind, slug), slug).split())
        shown = name.translate({ord(each): None for each in "[]|"}) or slug
        return f"[[{obsidian.FOLDERS[kind]}/{obsidian.key_name(slug)}{bar}{shown}]]"

    def stance(self, cell: tuple[str, str]) -> str:
        ruling = self.rulings.get(cell)
        claims = [
            (str(row["stance"]), str(row["confidence"]), str(row.get("basis", Basis.ARGUED)))
            for row in self.claims.get(cell, ())
        ]
        return cell_stance(str(ruling["stance"]) if ruling else None, claims).stance


def _comparison(row: Row, cells: Cells) -> str:
    titles = [str(row[name]) for name in ("title_en", "title_zh") if row.get(name)]
    front: dict[str, Value] = {"aliases": titles, "slug": str(row["slug"])}
    rows = _slugs(row.get("rows"))
    columns = _slugs(row.get("columns"))
    parts = [f"# {escape_markdown(' · '.join(titles))}"]
    parts += [str(row[name]) for name in ("description_en", "description_zh") if row.get(name)]
    if rows and columns:
        heads = ["", *(cells.link("issue", issue, "\\|") for issue in columns)]
        lines = [heads, ["---"] * len(heads)]
        for technique in rows:
            stances = [cells.stance((technique, issue)) for issue in columns]
            lines.append([cells.link("technique", technique, "\\|"), *map(_sign, stances)])
        parts.append("\n".join(f"| {' | '.join(line)} |" for line in lines))
    parts.append(_legend())
    for technique in rows:
        for issue in columns:
            if (technique, issue) in cells.claims or (technique, issue) in cells.rulings:
                parts.append(_cell(technique, issue, cells))
    parts.append(_NOTICE)
    return f"{front_text(front)}\n" + "\n\n".join(parts) + "\n"


def _legend() -> str:
    return " · ".join(_sign(stance) for stance in STANCES if stance != BLANK)


def _sign(stance: str) -> str:
    return "" if stance == BLANK else f"{STANCES[stance].sign} {STANCES[stance].label}"


def _slugs(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []


def _cell(technique: str, issue: str, cells: Cells) -> str:
    cell = (technique, issue)
    heading = f"## {cells.link('technique', technique)} × {cells.link('issue', issue)}"
    parts = [heading]
    if ruling := cells.rulings.get(cell):
        parts.append(f"**{_sign(str(ruling['stance']))}**, as ruled. {_said(ruling)}".rstrip())
    elif cells.stance(cell) == CONTESTED:
        parts.append(f"**{_sign(CONTESTED)}**")
    for claim in cells.claims.get(cell, ()):
        words = f"{_sign(str(claim['stance']))} ({CONFIDENCES[str(claim['confidence'])]})"
        basis = BASES[Basis(str(claim.get("basis", Basis.ARGUED)))].label
        how = f"{claim['source']}, {basis}, {claim['dated_on']}"
        lines = [f"- **{words}**, {how}. {_said(claim)}".rstrip()]
        evidence = claim.get("evidence")
        pieces = evidence if isinstance(evidence, list) else []
        lines += [f"    - {_evidence(it, cells)}" for it in pieces if isinstance(it, dict)]
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def _said(row: Row) -> str:
    """A rationale within a list: on one line, its links as they are."""
    return " ".join(str(row.get("rationale", "")).split())


def _evidence(piece: Mapping[str, object], cells: Cells) -> str:
    where = ""
    if paper := piece.get("paper"):
        where = obsidian.link_to("paper", str(paper))
    elif number := piece.get("note_id"):
        where = escape_markdown(cells.notes.get(number) or f"note {number}")  # type: ignore[call-overload]
    quote = " ".join(str(piece.get("quote", "")).split())
    told = [f"“{quote}”" if quote else "", where, escape_markdown(str(piece.get("locator", "")))]
    return f"{piece['polarity']}: " + ", ".join(filter(None, told))


def _scores(benchmark: str, tables: Tables) -> list[str]:
    """The published scores on a benchmark as a table; none where it has none."""
    codes = {each.get("id"): each.get("code", "") for each in tables.get("benchmark_category", [])}
    lines = ["| System | On | Metric | Score | Source |", "| --- | --- | --- | --- | --- |"]
    for each in tables.get("score", []):
        if each.get("benchmark") == benchmark:
            on = ", ".join(
                filter(None, [str(codes.get(each.get("category_id"), "")), *_texts(each, "split")])
            )
            figure = f"{each.get('value', 0)} {each.get('unit', '')}".strip()
            source = obsidian.link_to("paper", str(each.get("paper", ""))).replace("|", "\\|")
            place = "".join(f", {escape_markdown(text)}" for text in _texts(each, "place"))
            texts = [escape_markdown(str(each.get(name, ""))) for name in ("system", "metric")]
            lines.append(
                f"| {texts[0]} | {escape_markdown(on)} | {texts[1]} | {figure} | {source}{place} |"
            )
    return ["\n".join(lines)] if len(lines) > 2 else []


def _texts(row: Row, name: str) -> list[str]:
    return [str(row[name])] if row.get(name) else []


def _benchmark(row: Row, tables: Tables) -> str:
    slug = str(row["slug"])
    lines = ["| Code | Category | Examples |", "| --- | --- | --- |"]
    for each in tables.get("benchmark_category", []):
        if each.get("benchmark") == slug:
            names = [escape_markdown(str(each[n])) for n in ("name_en", "name_zh") if each.get(n)]
            lines.append(
                f"| {escape_markdown(str(each['code']))} | {' · '.join(names)} | {each['size']} |"
            )
    parts = [f"# {escape_markdown(str(row['name']))}"]
    parts += [str(row[name]) for name in ("definition_en", "definition_zh") if row.get(name)]
    if paper := row.get("paper"):
        parts.append(obsidian.link_to("paper", str(paper)))
    if len(lines) > 2:
        parts.append("\n".join(lines))
    for each in tables.get("benchmark_result", []):
        outcomes = str(each.get("outcomes", ""))
        if each.get("benchmark") == slug and outcomes:
            right = outcomes.count("1")
            parts.append(
                f"{escape_markdown(str(each['system']))}: {right} of {len(outcomes)} right"
            )
    parts += _scores(slug, tables)
    parts.append(_NOTICE)
    front: dict[str, Value] = {"aliases": [str(row["name"])], "slug": slug}
    return f"{front_text(front)}\n" + "\n\n".join(parts) + "\n"
