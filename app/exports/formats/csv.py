"""CSV: a comparison that reads back as the same table, and papers. Pure.

It begins with a byte order mark: without one Excel takes UTF-8 for the system's old encoding, and
Chinese is garbage; LibreOffice, R and pandas skip it (Python's name for it is `utf-8-sig`).
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.exports.formats.table_model import LEFT_OUT, UNTRIED, CitedSource, Head, Sheet, TableEntry
from app.models.comparison import Basis

BOM = "\ufeff"
CORNER = "technique"

# What a spreadsheet takes for a formula when a cell begins with it (OWASP, CSV injection); full
# width too, which Excel takes for the narrow ones in Chinese and Japanese.
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
_QUOTE = "'"
_HEAD = re.compile(r"(.*) \[([^\[\]]*)\]\Z", re.DOTALL)
_CELL = re.compile(r"(?P<stance>[a-z-]+)(?: \((?P<how>[^)]*)\))?(?: \[(?P<rests_on>[^\]]*)\])?\Z")
_AGAINST = "against "
_NOTE = "note "


@dataclass(frozen=True)
class Grid:
    """What a comparison's CSV holds."""

    rows: tuple[Head, ...]
    columns: tuple[Head, ...]
    cells: Mapping[tuple[str, str], TableEntry]
    left_out: frozenset[tuple[str, str]] = frozenset()
    untried: frozenset[tuple[str, str]] = frozenset()


def write_csv(sheet: Sheet) -> str:
    """A line a technique, a column an issue, heads as `Gated fusion [gated-fusion]`.

    A cell is `partial (high, ruled, 2 claims) [kim2021vilt; note 12; against li2022blip]`: its
    stance; how firmly, whether the reader ruled, how many claims; what it rests on. Below it, on a
    line each, are the pairs of scores that it shows (`+12.6 on Spider-DK, RESDSQL-3B ± NatSQL`). A
    cell that nobody has examined is empty; `▷` is one with a hypothesis to be tried, `…` one that a
    filter leaves out.
    """
    lines: list[list[str]] = [[CORNER, *map(_head, sheet.columns)]]
    for row in sheet.rows:
        cells = (sheet.marked(row, column) for column in sheet.columns)
        lines.append([_head(row), *(it if isinstance(it, str) else _cell(it) for it in cells)])
    return BOM + "".join(map(write_csv_line, lines))


def parse_csv(text: str) -> Grid:
    """The table that `write_csv` wrote; ValueError where it is no such CSV."""
    lines = csv.reader(io.StringIO(text.removeprefix(BOM), newline=""), strict=True)
    heads = [strip_formula_guard(value) for value in next(lines, [])]
    if heads[:1] != [CORNER]:
        raise ValueError(f"the first line does not begin with {CORNER!r}")
    columns = [_read_head(value) for value in heads[1:]]
    rows: list[Head] = []
    cells: dict[tuple[str, str], TableEntry] = {}
    marked: dict[str, set[tuple[str, str]]] = {LEFT_OUT: set(), UNTRIED: set()}
    for values in lines:
        if len(values) != len(heads):
            raise ValueError(f"line {len(rows) + 2} has {len(values)} of {len(heads)} cells")
        rows.append(_read_head(strip_formula_guard(values[0])))
        for column, value in zip(columns, values[1:], strict=True):
            if value in marked:
                marked[value].add((rows[-1].slug, column.slug))
            elif value:
                cells[rows[-1].slug, column.slug] = _read_cell(strip_formula_guard(value))
    return Grid(tuple(rows), tuple(columns), cells, *map(frozenset, marked.values()))


def write_csv_table(names: Sequence[str], records: Iterable[Mapping[str, object]]) -> Iterator[str]:
    """A header and a line for each record; lists are joined by `; `, None is empty."""
    yield BOM + write_csv_line(names)
    for record in records:
        yield write_csv_line([_text(record[name]) for name in names])


def write_csv_line(values: Iterable[str]) -> str:
    """One line of CSV (RFC 4180) in which no cell begins as a formula does."""
    file = io.StringIO()
    csv.writer(file).writerow(map(guard_formula, values))
    return file.getvalue()


def guard_formula(text: str) -> str:
    """`text` with an apostrophe before it where a spreadsheet would calculate it.

    One that begins with an apostrophe gets another, so that `strip_formula_guard` always
    gives `text` back.
    """
    return _QUOTE + text if text.startswith((*_FORMULA, _QUOTE)) else text


def strip_formula_guard(text: str) -> str:
    return text.removeprefix(_QUOTE)


def _text(value: object) -> str:
    if isinstance(value, list):
        return "; ".join(map(str, value))
    return "" if value is None else str(value)


def _head(head: Head) -> str:
    return f"{head.name} [{head.slug}]"


def _read_head(text: str) -> Head:
    found = _HEAD.match(text)
    if not found:
        raise ValueError(f"{text!r} does not end with a slug in brackets")
    return Head(found[2], found[1])


def _cell(entry: TableEntry) -> str:
    claims = f"{entry.claims} claim{'s' if entry.claims > 1 else ''}" if entry.claims else ""
    how = ", ".join(
        filter(None, (entry.confidence, entry.basis, "ruled" if entry.ruled else "", claims))
    )
    rests_on = "; ".join(f"{_AGAINST * each.against}{each}" for each in entry.sources)
    said = entry.stance + (f" ({how})" if how else "") + (f" [{rests_on}]" if rests_on else "")
    return "\n".join([said, *entry.figures])


def _read_cell(text: str) -> TableEntry:
    said, *figures = text.split("\n")
    found = _CELL.match(said)
    if not found:
        raise ValueError(f"{text!r} is not a cell")
    confidence, basis, ruled, claims = "", "", False, 0
    for word in (found["how"] or "").split(", "):
        if word == "ruled":
            ruled = True
        elif word[:1].isdigit():
            claims = int(word.split()[0])
        elif word in list(Basis):
            basis = word
        else:
            confidence = word
    sources = tuple(map(_read_source, filter(None, (found["rests_on"] or "").split("; "))))
    return TableEntry(found["stance"], confidence, ruled, claims, sources, basis, tuple(figures))


def _read_source(text: str) -> CitedSource:
    named = text.removeprefix(_AGAINST)
    if named.startswith(_NOTE):
        return CitedSource(note=int(named.removeprefix(_NOTE)), against=named != text)
    return CitedSource(named, against=named != text)
