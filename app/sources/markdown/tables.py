"""Tables in a text of notes, in Markdown or in HTML: their rows of cells. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import unescape

from app.sources.markdown.outline import MarkdownLine

_RULE = re.compile(r"\s*\|?(?:\s*:?-+:?\s*\|)*\s*:?-+:?\s*\|?\s*")
_CELL = re.compile(r"((?:\\.|`[^`\n]*`|\[\[[^\[\]\n]*\]\]|[^|])*+)\|?")
# A list of definitions is a table of two columns.
_OPENS = re.compile(r"[>\s]*<(?P<tag>table|dl)\b", re.IGNORECASE)
_CLOSES = re.compile(r"</(?:table|dl)>", re.IGNORECASE)
_HTML_ROW = {
    "table": re.compile(r"<tr\b[^<>]*>", re.IGNORECASE),
    "dl": re.compile(r"(?=<dt\b)", re.I),
}
_HTML_CELL = re.compile(
    r"<(?:t[dh]|d[td])\b[^<>]*>(.*?)(?=</?(?:t[dhr]|d[td])\b|\Z)", re.IGNORECASE | re.DOTALL
)
_ANCHOR = re.compile(r"<a\b[^<>]*\bhref=[\"']([^\"'<>\s]+)[\"'][^<>]*>([^<]*)</a>", re.IGNORECASE)
_BETWEEN_ITEMS = re.compile(r"</li>\s*<li\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")


@dataclass(frozen=True)
class Row:
    """A row's cells, and the places of the lines that are its own (`end` is the first beyond)."""

    cells: Sequence[str]
    start: int
    end: int


@dataclass(frozen=True)
class WrittenTable:
    """The rows of a table, its head first where it `has_head`; it ends before the line `end`."""

    rows: Sequence[Row]
    end: int
    has_head: bool


def read_table(lines: Sequence[MarkdownLine], at: int) -> WrittenTable | None:
    """The table that begins at a line, which must not be code."""
    text = lines[at].text
    if opened := _OPENS.match(text) if "<" in text else None:
        return _read_html(lines, at, opened["tag"].lower())
    head = split_row(text)
    if len(head) < 2 or at + 1 >= len(lines) or not _RULE.fullmatch(lines[at + 1].text):
        return None
    if len(split_row(lines[at + 1].text)) != len(head):
        return None
    rows = [Row(head, at, at + 2)]
    end = at + 2
    while end < len(lines) and (cells := split_row(lines[end].text)):
        end += 1
        rows.append(Row(cells, end - 1, end))
    return WrittenTable(rows, end, has_head=True)


def split_row(line: str) -> list[str]:
    """The cells of a row; a `|` in `code`, after a backslash, or in `[[a|b]]` divides nothing."""
    if "|" not in line:
        return []
    inner = line.strip().removeprefix("|")
    inner = inner[:-1] if inner.endswith("|") and not inner.endswith("\\|") else inner
    return [found[1].strip() for found in _CELL.finditer(f"{inner}|")][:-1]


def _read_html(lines: Sequence[MarkdownLine], at: int, tag: str) -> WrittenTable | None:
    end = at
    while end < len(lines) and not (end > at and _OPENS.match(lines[end].text)):
        end += 1
        if _CLOSES.search(lines[end - 1].text):
            break
    else:
        return None  # it is never closed
    text = "\n".join(line.text for line in lines[at:end])
    before, *rest = _HTML_ROW[tag].split(text)
    rows, start = [], at + before.count("\n")
    for each in rest:
        cells = [plain_html(cell[1]) for cell in _HTML_CELL.finditer(each)]
        last = start + each.count("\n")
        rows.append(Row(cells, start, max(last, start + 1)))
        start = last
    rows = [row for row in rows if row.cells]
    rows[:1] = [replace(row, start=at) for row in rows[:1]]
    return WrittenTable(rows, end, has_head="<th" in text.lower()) if rows else None


def plain_html(html: str) -> str:
    """The words and links of HTML as Markdown has them, the items of a list between semicolons."""
    linked = _ANCHOR.sub(lambda found: f"[{found[2]}]({found[1]})", html)
    return " ".join(unescape(_TAG.sub("", _BETWEEN_ITEMS.sub("; ", linked))).split())
