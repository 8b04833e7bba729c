"""Reads the CSV of a comparison back: what it says is all that the table says."""

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass

from app.exports.formats.csv import BOM, CORNER
from app.exports.formats.table_model import LEFT_OUT, UNTRIED, CitedSource, Head, TableEntry
from app.models.comparison import Basis

_HEAD = re.compile(r"(.*) \[([^\[\]]*)\]\Z", re.DOTALL)
_CELL = re.compile(r"(?P<stance>[a-z-]+)(?: \((?P<how>[^)]*)\))?(?: \[(?P<rests_on>[^\]]*)\])?\Z")
_NOTE = "note "
_AGAINST = "against "


@dataclass(frozen=True)
class Grid:
    """What a comparison's CSV holds."""

    rows: tuple[Head, ...]
    columns: tuple[Head, ...]
    cells: Mapping[tuple[str, str], TableEntry]
    left_out: frozenset[tuple[str, str]] = frozenset()
    untried: frozenset[tuple[str, str]] = frozenset()


def parse_csv(text: str) -> Grid:
    """The table that `write_csv` wrote."""
    lines = csv.reader(io.StringIO(text.removeprefix(BOM), newline=""), strict=True)
    heads = [strip_formula_guard(value) for value in next(lines, [])]
    assert heads[:1] == [CORNER]
    columns = [_read_head(value) for value in heads[1:]]
    rows: list[Head] = []
    cells: dict[tuple[str, str], TableEntry] = {}
    marked: dict[str, set[tuple[str, str]]] = {LEFT_OUT: set(), UNTRIED: set()}
    for values in lines:
        assert len(values) == len(heads)
        rows.append(_read_head(strip_formula_guard(values[0])))
        for column, value in zip(columns, values[1:], strict=True):
            if value in marked:
                marked[value].add((rows[-1].slug, column.slug))
            elif value:
                cells[rows[-1].slug, column.slug] = _read_cell(strip_formula_guard(value))
    return Grid(tuple(rows), tuple(columns), cells, *map(frozenset, marked.values()))


def _read_head(text: str) -> Head:
    found = _HEAD.match(text)
    assert found, text
    return Head(found[2], found[1])


def _read_cell(text: str) -> TableEntry:
    said, *figures = text.split("\n")
    found = _CELL.match(said)
    assert found, text
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


def strip_formula_guard(text: str) -> str:
    return text.removeprefix("'")
