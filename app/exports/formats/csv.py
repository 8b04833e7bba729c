"""CSV: a comparison, with all that its table says, and papers. Pure.

It begins with a byte order mark: without one Excel takes UTF-8 for the system's old encoding, and
Chinese is garbage; LibreOffice, R and pandas skip it (Python's name for it is `utf-8-sig`).
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence

from app.exports.formats.table_model import Head, Sheet, TableEntry

BOM = "\ufeff"
CORNER = "technique"

# What a spreadsheet takes for a formula when a cell begins with it (OWASP, CSV injection); full
# width too, which Excel takes for the narrow ones in Chinese and Japanese.
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
_QUOTE = "'"
_AGAINST = "against "


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

    One that begins with an apostrophe gets another, so that without the first it is `text` again.
    """
    return _QUOTE + text if text.startswith((*_FORMULA, _QUOTE)) else text


def _text(value: object) -> str:
    if isinstance(value, list):
        return "; ".join(map(str, value))
    return "" if value is None else str(value)


def _head(head: Head) -> str:
    return f"{head.name} [{head.slug}]"


def _cell(entry: TableEntry) -> str:
    claims = f"{entry.claims} claim{'s' if entry.claims > 1 else ''}" if entry.claims else ""
    how = ", ".join(
        filter(None, (entry.confidence, entry.basis, "ruled" if entry.ruled else "", claims))
    )
    rests_on = "; ".join(f"{_AGAINST * each.against}{each}" for each in entry.sources)
    said = entry.stance + (f" ({how})" if how else "") + (f" [{rests_on}]" if rests_on else "")
    return "\n".join([said, *entry.figures])
