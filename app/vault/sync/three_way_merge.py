"""Three-way merging: what both sides made of what they last agreed on. Pure.

`merge3`, the library for it, is under the GPL. What two texts have in common is found by rapidfuzz,
in bits: difflib takes the square of what repeats (12,000 equal lines: 50 s).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from pydantic import JsonValue
from rapidfuzz.distance import LCSseq

from app.vault.dump_load import Row

Edit: TypeAlias = tuple[int, int, Sequence[str]]  # lines from, to, and what stands there now

_PAIRS_LIMIT = 400_000_000  # of lines that are compared: 50 MB; beyond it all between is one edit


def merge_text(base: str, ours: str, theirs: str) -> str | None:
    """A text with the edits of both sides; None where both changed the same lines."""
    if ours == theirs or theirs == base:
        return ours
    if ours == base:
        return theirs
    lines = base.split("\n")
    edits = [(edit, 0) for edit in _edits(lines, ours)] + [
        (edit, 1) for edit in _edits(lines, theirs)
    ]
    edits.sort(key=lambda each: (each[0][0], each[0][1], each[1]))
    merged: list[str] = []
    at = 0
    last: tuple[Edit, int] | None = None
    for edit, side in edits:
        start, end, made = edit
        if last and last[1] != side and _clash(last[0], edit):
            if last[0] != edit:
                return None
            continue  # both did the same
        merged += [*lines[at:start], *made]
        at = max(at, end)
        if last is None or end >= last[0][1]:
            last = (edit, side)
    return "\n".join([*merged, *lines[at:]])


def _edits(lines: list[str], text: str) -> list[Edit]:
    changed = text.split("\n")
    shorter = min(len(lines), len(changed))
    start = next((n for n in range(shorter) if lines[n] != changed[n]), shorter)
    left = shorter - start
    same = next((n for n in range(left) if lines[-1 - n] != changed[-1 - n]), left)
    before, after = lines[start : len(lines) - same], changed[start : len(changed) - same]
    blocks = [(0, 0, 0), (len(before), len(after), 0)]
    if len(before) * len(after) <= _PAIRS_LIMIT:
        found = LCSseq.editops(before, after).as_matching_blocks()[:-1]
        blocks[1:1] = [(block.a, block.b, block.size) for block in found]
    return [
        (start + i1 + n, start + i2, after[j1 + n : j2])
        for (i1, j1, n), (i2, j2, _) in pairwise(blocks)
        if i1 + n < i2 or j1 + n < j2
    ]


def _clash(one: Edit, other: Edit) -> bool:
    """Whether two edits, the first not after the second, touch the same lines or place."""
    if one[0] == other[0] and (one[0] == one[1]) == (other[0] == other[1]):
        return True
    return other[0] < one[1]


class Clash(NamedTuple):
    """A column that both sides changed, each in its own way."""

    name: str
    base: JsonValue
    ours: JsonValue
    theirs: JsonValue


@dataclass
class MergedRow:
    """What is to be written into the library, and what only a reader can decide."""

    changes: Row = field(default_factory=dict)  # None: it is to be emptied
    clashes: list[Clash] = field(default_factory=list)


def merge_rows(
    base: Mapping[str, JsonValue] | None,
    ours: Mapping[str, JsonValue],
    theirs: Mapping[str, JsonValue],
    names: Sequence[str],
    texts: Sequence[str] = (),
) -> MergedRow:
    """What of `theirs` the library is to take, column by column; texts line by line, lists member
    by member. Without a base, what differs clashes."""
    merged = MergedRow()
    for name in names:
        was = base.get(name) if base is not None else None
        mine, yours = ours.get(name), theirs.get(name)
        if yours == mine or (base is not None and yours == was):
            continue
        if base is not None and mine == was:
            merged.changes[name] = yours
        elif base is not None and name in texts:
            text = merge_text(_text(was), _text(mine), _text(yours))
            if text is None:
                merged.clashes.append(Clash(name, was, mine, yours))
            elif text != mine:
                merged.changes[name] = text
        elif base is not None and all(isinstance(each, list | None) for each in (was, mine, yours)):
            members = _members(was, mine, yours)
            if members != mine:
                merged.changes[name] = members
        else:
            merged.clashes.append(Clash(name, was, mine, yours))
    return merged


def _text(value: JsonValue) -> str:
    return str(value) if value is not None else ""


def _members(was: JsonValue, mine: JsonValue, yours: JsonValue) -> JsonValue:
    """A list with what either side added, without what either took out."""
    before, ours, theirs = (each if isinstance(each, list) else [] for each in (was, mine, yours))
    in_before, in_ours, in_theirs = (set(map(_key, each)) for each in (before, ours, theirs))
    kept = [one for one in ours if (key := _key(one)) in in_theirs or key not in in_before]
    new = (one for one in theirs if (key := _key(one)) not in in_before and key not in in_ours)
    return [*kept, *new]


def _key(member: JsonValue) -> str | tuple[str]:
    """What members that are alike have in common. A text stands for itself: to write out a million
    of them takes seconds."""
    return member if isinstance(member, str) else (json.dumps(member, sort_keys=True),)
