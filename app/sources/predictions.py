"""A file of right and wrong, one line per example → records. Pure.

Text-to-SQL evaluations print it in many ways: `0 1`, `0,true`, `12: wrong`, CSV with columns, JSON
lines; what all have is an index and a word for right or wrong.
"""

import csv
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.kit.text import fold


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_RIGHT = _words("1 1.0 true t yes y right correct pass passed ok ✓ ✔ √ 对 正确 是")
_WRONG = _words("0 0.0 false f no n wrong incorrect fail failed error ✗ ✘ ✕ × x 错 错误 否")
_INDEX_NAMES = _words("index idx i id no example example_id example_index 序号 编号")
_RIGHT_NAMES = _words(
    "correct right is_correct is_right result outcome exact exact_match em exec execution ex score "
    "hit label verdict 结果 对错 正确"
)
_PLAIN = re.compile(r"(-?\d{1,9})(?:\s*+[:=：,，;；]\s*+|\s++)(\S+)", re.ASCII)
_COMMENT = re.compile(r"#(?!\d)")
_NUMBER = re.compile(r"-?\d{1,9}", re.ASCII)
_WORDS = re.compile(r"[^\W\d][\w\s]*+(?:[:,;]\s*+[^\W\d][\w\s]*+)*+")
_SECOND = re.compile(r"[:,;\s][^\W\d]")


@dataclass(slots=True)
class PredictionRecord:
    """What line `line` (from 1) says of the example `index`."""

    line: int
    index: int
    right: bool


@dataclass(frozen=True)
class Predictions:
    records: tuple[PredictionRecord, ...]
    unreadable: tuple[int, ...]  # lines


def parse_predictions(text: str) -> Predictions:
    """Every line of `text` that is not blank, a comment (`#`) or the header, as a record or as
    unreadable. Whether the indices are those of a benchmark is not known here."""
    lines = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    records: list[PredictionRecord] = []
    unreadable: list[int] = []
    for line, pair in _pairs(lines):
        index, right = _index(pair[0]), _right(pair[1])
        if index is None or right is None:
            unreadable.append(line)
        else:
            records.append(PredictionRecord(line, index, right))
    return Predictions(tuple(records), tuple(unreadable))


def looks_like_predictions(text: str) -> bool:
    """Whether `text` is such a file rather than notes: most lines are records. (A file of
    predictions with mistakes in it is to be told about them, not taken for notes.)"""
    read = parse_predictions(text)
    return len(read.records) > max(1, len(read.unreadable))


def _pairs(lines: Sequence[str]) -> Iterator[tuple[int, tuple[object, object]]]:
    """The lines that say something, each with what it has for an index and for right or wrong."""
    written = [(at, line.strip()) for at, line in enumerate(lines, start=1)]
    written = [(at, line) for at, line in written if line and not _COMMENT.match(line)]
    if not written:
        return
    if columns := _columns(written[0][1]):
        yield from _from_table(lines, written[0][0], *columns)
        return
    for number, (at, line) in enumerate(written):
        if line.startswith("{"):
            yield at, _from_json(line)
        elif plain := _PLAIN.fullmatch(line.replace('"', "")):
            yield at, (plain[1], plain[2])
        elif number or not (_WORDS.fullmatch(line) and _SECOND.search(line)):
            yield at, (None, None)  # but words in the first line are a header


def _columns(header: str) -> tuple[str, int, int] | None:
    """A table's separator and where its two columns are, if `header` names both."""
    if len(header) > 1_000:  # prose
        return None
    for separator in "\t,;":
        names = [_folded(name) for name in next(csv.reader([header], delimiter=separator))]
        index = next((at for at, name in enumerate(names) if name in _INDEX_NAMES), None)
        right = next((at for at, name in enumerate(names) if name in _RIGHT_NAMES), None)
        if index is not None and right is not None:
            return separator, index, right
    return None


def _from_table(
    lines: Sequence[str], header: int, separator: str, index: int, right: int
) -> Iterator[tuple[int, tuple[object, object]]]:
    reader = csv.reader((f"{line}\n" for line in lines[header:]), delimiter=separator)
    begins = header + 1
    while True:
        try:
            row = next(reader, None)
        except csv.Error:  # a field longer than any prediction
            row = ["?"]
        if row is None:
            return
        if any(field.strip() for field in row):
            whole = len(row) > max(index, right)
            yield begins, (row[index], row[right]) if whole else (None, None)
        begins = header + reader.line_num + 1


def _from_json(line: str) -> tuple[object, object]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None, None
    if not isinstance(row, dict):
        return None, None
    named = {_folded(str(name)): value for name, value in row.items()}
    index = next((named[name] for name in named if name in _INDEX_NAMES), None)
    right = next((named[name] for name in named if name in _RIGHT_NAMES), None)
    return index, right


def _folded(name: str) -> str:
    return re.sub(r"[\s-]+", "_", fold(name))


def _index(value: object) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        return int(value)
    return None


def _right(value: object) -> bool | None:
    if isinstance(value, (bool, int, float)):
        value = str(value)
    if not isinstance(value, str):
        return None
    word = fold(value)
    return True if word in _RIGHT else False if word in _WRONG else None
