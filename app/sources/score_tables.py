"""A table pasted from a paper → rows of cells, whichever way it was copied. Pure.

Markdown, LaTeX, HTML, texts with tabs or commas, and what a PDF's text gives: words with spaces
between, the figures at the end of each line.
"""

import csv
import re
from dataclasses import dataclass
from html.parser import HTMLParser

from app.errors import N_, Invalid

TEXT_LIMIT = 200_000
ROWS_LIMIT = 300
COLUMNS_LIMIT = 40
_CELL_LIMIT = 300
_FIGURE = re.compile(
    r"[-−–]|[†‡§*]*[-−+]?\d{1,6}(?:[.,]\d+)?%?(?:±\d+(?:\.\d+)?)?[†‡§*]*", re.ASCII
)
_RULE = re.compile(r"\|?\s*:?-{2,}:?\s*(\|\s*:?-*:?\s*)*\|?")
_SPAN = re.compile(r"\\multi(?:column|row)\{(\d+|\*)\}(?:\[[^]]*\])?\{[^{}]*\}")
_WORDS = re.compile(
    r"\\(?:textbf|textit|emph|underline|mathbf|mathrm|textsc|texttt|text|bm|small|footnotesize)\b"
)
_DROPPED = re.compile(
    r"\\(?:cite[a-z]*|ref|footnote|label|cmidrule|cline)(?:\([^)]*\))?(?:\[[^]]*\])?\{[^{}]*\}"
    r"|\\(?:hline|toprule|midrule|bottomrule|centering|addlinespace)\b"
)


@dataclass(frozen=True)
class PastedTable:
    """The head, perhaps of empty cells, and the rows below it; all have as many cells."""

    head: list[str]
    rows: list[list[str]]


def parse_table(text: str) -> PastedTable:
    """The table in `text`.

    Raises:
        Invalid: field `text`; it is no table, or larger than can be looked at.
    """
    if len(text) > TEXT_LIMIT:
        raise Invalid.field("text", N_("This is too much: paste one table of a paper."))
    lines = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    rows = [[cell[:_CELL_LIMIT].strip() for cell in row] for row in _rows(lines)]
    rows = [row for row in rows if any(row)]
    width = max(map(len, rows), default=0)
    if width < 2 or len(rows) < 2:
        raise Invalid.field(
            "text",
            N_("This is no table with a row for each system and a column for each figure."),
        )
    if len(rows) > ROWS_LIMIT or width > COLUMNS_LIMIT:
        raise Invalid.field(
            "text",
            N_("At most {rows} rows and {columns} columns can be taken at once."),
            rows=ROWS_LIMIT,
            columns=COLUMNS_LIMIT,
        )
    rows = [row + [""] * (width - len(row)) for row in rows]
    return _headed(rows)


def _rows(text: str) -> list[list[str]]:
    lines = [line for line in text.split("\n") if line.strip()]
    if re.search(r"<t[rdh]\b", text, re.IGNORECASE):
        reader = _Cells()
        reader.feed(text)
        reader.close()
        return reader.rows
    if sum("&" in line for line in lines) * 2 > len(lines) or r"\\" in text:
        return _latex(text)
    if sum(line.count("|") > 1 for line in lines) * 2 > len(lines):
        return [_piped(line) for line in lines if "|" in line and not _RULE.fullmatch(line.strip())]
    for mark in ("\t", ";", ","):
        if sum(mark in line for line in lines) == len(lines):
            return list(csv.reader(lines, delimiter=mark))
    return _spaced(lines)


def _headed(rows: list[list[str]]) -> PastedTable:
    """Rows above the first with a figure are the head, said together for each column."""
    first = next((at for at, row in enumerate(rows) if _figures(row)), len(rows))
    head = [
        " ".join(dict.fromkeys(filter(None, (row[at] for row in rows[:first]))))
        for at in range(len(rows[0]))
    ]
    if first == len(rows):
        return PastedTable(rows[0], rows[1:])
    return PastedTable(head, rows[first:])


def _figures(row: list[str]) -> int:
    return sum(any(map(str.isdigit, cell)) and bool(_FIGURE.fullmatch(cell)) for cell in row[1:])


def _piped(line: str) -> list[str]:
    cells = re.split(r"(?<!\\)\|", line.strip().removeprefix("|").removesuffix("|"))
    return [re.sub(r"(\*{1,3}|_{1,3}|`)(\S(?:.*?\S)?)\1", r"\2", cell.strip()) for cell in cells]


def _latex(text: str) -> list[list[str]]:
    text = re.sub(r"(?<!\\)%[^\n]*", "", text)
    text = re.sub(r"\\(?:begin|end)\{[^}]*\}(?:\[[^]]*\])?(?:\{[^}]*\})?", "", text)
    found = []
    for line in re.split(r"\\\\(?:\[[^]]*\])?", text):
        row: list[str] = []
        for cell in re.split(r"(?<!\\)&", line):
            span = _SPAN.search(cell)
            plain = _WORDS.sub("", _DROPPED.sub("", _SPAN.sub("", cell)))
            plain = re.sub(r"\\(?:pm)\b", "±", plain).replace("~", " ")
            plain = re.sub(r"\\([&%$#_])", r"\1", plain.replace("$", ""))
            row.append(" ".join(re.sub(r"[{}]", "", plain).split()))
            wide = "multicolumn" in span[0] and span[1].isdigit() if span else False
            row += row[-1:] * (min(int(span[1]), COLUMNS_LIMIT) - 1 if span and wide else 0)
        found.append(row)
    return found


def _spaced(lines: list[str]) -> list[list[str]]:
    """Columns by wide gaps, else a name and then the figures that end the line."""
    wide = [re.split(r"\s{2,}", line.strip()) for line in lines]
    if len({len(row) for row in wide if len(row) > 1}) == 1 and all(len(row) > 1 for row in wide):
        return wide
    rows: list[list[str]] = []
    for line in lines:
        words = re.sub(r"\s*±\s*", "±", line).split()
        at = len(words)
        while at > 1 and _FIGURE.fullmatch(words[at - 1]):
            at -= 1
        if at < len(words):
            rows.append([" ".join(words[:at]), *words[at:]])
        else:
            rows.append(words)
    figures = max((len(row) for row in rows if _figures(row)), default=0)
    return [_fitted(row, figures) if not _figures(row) else row for row in rows]


def _fitted(words: list[str], width: int) -> list[str]:
    """The words of a head over so many columns: the last stand over the figures, where they can."""
    if len(words) < width:
        return [""] * (width - len(words)) + words
    names = len(words) - width + 1
    return [" ".join(words[:names]), *words[names:]] if width else words


class _Cells(HTMLParser):
    """Rows of an HTML table; a cell over several columns stands in each."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str]] = []
        self._text: list[str] | None = None
        self._span = 1

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self._end()
            self.rows.append([])
        elif tag in ("td", "th"):
            self._end()
            span = dict(attrs).get("colspan") or "1"
            self._span = min(int(span), COLUMNS_LIMIT) if span.isascii() and span.isdigit() else 1
            self._text = []

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "tr", "table"):
            self._end()

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)

    def close(self) -> None:
        super().close()
        self._end()

    def _end(self) -> None:
        if self._text is not None:
            if not self.rows:
                self.rows.append([])
            if len(self.rows[-1]) < COLUMNS_LIMIT * 2:
                self.rows[-1] += [" ".join("".join(self._text).split())] * max(1, self._span)
        self._text = None
