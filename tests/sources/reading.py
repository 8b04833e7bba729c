"""What the tests of every reader of reference files share."""

from collections.abc import Sequence
from itertools import groupby

from app.kit.text import tidy_body
from app.sources.drafts import PaperDraft, ReadFile, RecordDraft


def paper(record: RecordDraft) -> PaperDraft:
    """The draft of a record that has one."""
    assert record.draft is not None
    return record.draft


def by_key(found: ReadFile) -> dict[str, RecordDraft]:
    return {record.key: record for record in found.records}


def said(record: RecordDraft) -> str:
    """Its remarks, one a line."""
    return "\n".join(map(str, record.remarks))


def left_over(text: str, found: ReadFile) -> str:
    """`text` without what is a record's or a problem's, each of which must stand where it says."""
    text = tidy_body(text)
    starts = [0, *(place + 1 for place, character in enumerate(text) if character == "\n")]
    entries = sorted(
        [(each.line, each.raw) for each in found.records]
        + [(each.line, each.raw) for each in found.problems]
    )
    rest, place = [], 0
    for line, group in groupby(entries, key=lambda entry: entry[0]):
        waiting = [raw for _, raw in group]
        placed = _in_order(text, max(place, starts[line - 1]), waiting)
        assert placed is not None, (line, waiting)
        for at, raw in placed:
            assert text.count("\n", starts[line - 1], at) == 0, (line, raw)
            rest.append(text[place:at])
            place = at + len(raw)
    return "".join([*rest, text[place:]])


def _in_order(text: str, after: int, waiting: Sequence[str]) -> list[tuple[int, str]] | None:
    """Where these stand one behind the other, in whichever order: the next first, and of two that
    begin alike the longer one, unless the others find no place then."""
    if not waiting:
        return []
    for raw in sorted({*waiting}, key=lambda raw: (text.find(raw, after), -len(raw))):
        at = text.find(raw, after)
        left = [*waiting]
        left.remove(raw)
        if at >= 0 and (others := _in_order(text, at + len(raw), left)) is not None:
            return [(at, raw), *others]
    return None
