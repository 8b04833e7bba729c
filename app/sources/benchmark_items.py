"""A benchmark's own file → its items. Pure.

A JSON list, or a line each, of objects that have a question; what else they say (query, database,
type, the question they were made of) is called in the ways that data sets have.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from json import JSONDecodeError

from app.errors import N_, Invalid

ITEMS_LIMIT = 100_000
_CELL_LIMIT = 20_000
_QUESTION = ("question", "utterance", "nl", "sentence", "text", "问题", "问句")
_QUERY = ("query", "sql", "SQL", "gold", "answer", "target")
_DATABASE = ("db_id", "database", "db", "database_id", "image_id")
_TYPE = ("type", "types", "category", "categories", "kind")
_FROM = ("altered_from", "original_question", "original", "SpiderQuestion", "source_question")


@dataclass(frozen=True)
class DraftItem:
    """An example as its file has it; `kind` is what the file says of its type, "" for none."""

    question: str
    query: str
    database: str
    kind: str | None
    altered_from: str


def parse_items(text: str) -> list[DraftItem]:
    """The items in their order. Of which question one was made is known only where the file says
    it: in Spider-DK the neighbours of one query are two wordings, both altered or neither.

    Raises:
        Invalid: field `file`; it is not such a list, or an entry has no question.
    """
    try:
        given = json.loads(text.lstrip("\ufeff"))
    except (JSONDecodeError, RecursionError):
        given = _lines(text)
    if isinstance(given, dict):
        given = next((each for each in given.values() if isinstance(each, list)), None)
    if not isinstance(given, list) or not given:
        raise Invalid.field(
            "file", N_("This is not a JSON list of examples, each with its question.")
        )
    if len(given) > ITEMS_LIMIT:
        raise Invalid.field("file", N_("At most {limit} can be given."), limit=ITEMS_LIMIT)
    items = [_item(each) if isinstance(each, dict) else None for each in given]
    bad = [at for at, each in enumerate(items) if each is None or not each.question]
    if bad:
        raise Invalid.field(
            "file",
            N_("Nothing was stored: entry {number} (from 0) has no question."),
            number=bad[0],
        )
    return [each for each in items if each]


def codes_of(kind: str, known: Sequence[str]) -> list[str] | None:
    """The codes of the categories that a type names: `T3`, `T3+T4`, `["T3"]`; or, of codes with
    numbers, these alone, as Spider-DK writes them (`34` is T3 and T4, `0` none). None where it
    names another."""
    said = [each for each in re.split(r"[+,;|/\s]+", kind) if each]
    if all(each in known for each in said):
        return said
    by_digit = {re.sub(r"\D", "", code): code for code in known}
    if len(said) == 1 and said[0].isascii() and said[0].isdigit() and len(by_digit) == len(known):
        if set(said[0]) == {"0"}:
            return []
        if said[0] in by_digit:
            return [by_digit[said[0]]]
        if all(digit in by_digit for digit in said[0]):
            return [by_digit[digit] for digit in said[0]]
    return [] if _says_none(kind) else None


def _says_none(kind: str) -> bool:
    """Whether a type says that an example has none."""
    return kind.strip().lower() in ("", "-", "none", "0", "null")


def _lines(text: str) -> list[object]:
    found: list[object] = []
    for line in text.splitlines():
        if line.strip():
            try:
                found.append(json.loads(line))
            except (JSONDecodeError, RecursionError):
                return []
    return found


def _item(given: Mapping[str, object]) -> DraftItem:
    kind = _first(given, _TYPE)
    if isinstance(kind, list):
        kind = "+".join(map(str, kind))
    return DraftItem(
        question=_text(_first(given, _QUESTION)),
        query=_text(_first(given, _QUERY)),
        database=_text(_first(given, _DATABASE)),
        kind=None if kind is None else str(kind),
        altered_from=_text(_first(given, _FROM)),
    )


def _first(given: Mapping[str, object], names: Sequence[str]) -> object:
    return next((given[name] for name in names if given.get(name) is not None), None)


def _text(said: object) -> str:
    if isinstance(said, (list, dict)):
        return ""
    return " ".join(str(said or "").split())[:_CELL_LIMIT]
