"""What comes in as a note and what of it can be saved; what changed between two texts. Pure."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict
from rapidfuzz.distance import LCSseq

from app.errors import N_, Invalid, Message
from app.kit.json_fields import many_lines, one_line
from app.kit.text import NOTE_LIMIT, TITLE_LIMIT, Key, problem_with_text, tidy_body, tidy_line

_LINES_LIMIT = 20_000  # of both texts; difflib's time grows with their product
_WORDS_LIMIT = 4_000
_PAIRS_LIMIT = 4_000_000  # of equal words in all changed lines: its time grows with them
_CONTEXT = 2  # lines shown around a change
_WORD = re.compile(r"[\u2e80-\u9fff\uff00-\uffef]|\w+|\s+|.", re.DOTALL)


class NoteInput(BaseModel):
    """A note as it is typed: its subject (at most one) by key, its text."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, one_line(TITLE_LIMIT)] = ""
    body: Annotated[str, many_lines(NOTE_LIMIT)] = ""
    paper: Key | None = None
    technique: Key | None = None
    issue: Key | None = None


class NotePatch(BaseModel):
    """The parts of a note that are to change."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, one_line(TITLE_LIMIT)] | None = None
    body: Annotated[str, many_lines(NOTE_LIMIT)] | None = None


_TASK = re.compile(r"((?:[ \t>]*(?:[-*+]|\d{1,9}[.)])[ \t]+)+\[)([ xX/])(\][ \t])")


def toggle_task(body: str, line: int) -> str | None:
    """`body` with the box of the task in this line ticked, or not; None where there is none. One
    that is half done (`[/]`) is done then."""
    lines = body.split("\n")
    found = _TASK.match(lines[line]) if line < len(lines) else None
    if not found:
        return None
    mark = " " if found[2] in "xX" else "x"
    lines[line] = f"{found[1]}{mark}{found[3]}{lines[line][found.end() :]}"
    return "\n".join(lines)


def check_text(title: str, body: str) -> tuple[str, str]:
    """Title and body as they are stored, or `Invalid` naming what cannot be."""
    title, body = tidy_line(title), tidy_body(body)
    # A title of which nothing is seen would be a link that nobody sees.
    title = title if any(c.isprintable() and not c.isspace() for c in title) else ""
    errors: dict[str, Message] = {}
    if problem := problem_with_text(title, limit=TITLE_LIMIT, one_line=True):
        errors["title"] = problem
    if problem := problem_with_text(body, limit=NOTE_LIMIT):
        errors["body"] = problem
    elif not body.strip() and not title:
        errors["body"] = Message.of(N_("Write something: an empty note is not kept."))
    if errors:
        raise Invalid(errors)
    return title, body


Mark = Literal["same", "added", "removed"]


@dataclass(frozen=True)
class DiffLine:
    """A line of a comparison of two texts, in pieces; `skipped` lines before it are the same."""

    mark: Mark
    pieces: tuple[tuple[Mark, str], ...]
    skipped: int = 0


def diff_texts(old: str, new: str) -> list[DiffLine] | None:
    """What turned `old` into `new`: changed lines, word by word where they are short enough.

    None where the texts have too many lines to be compared.
    """
    before, after = old.splitlines(), new.splitlines()
    if len(before) + len(after) > _LINES_LIMIT:
        return None
    lines: list[DiffLine] = []
    matcher = SequenceMatcher(None, before, after, autojunk=len(before) + len(after) > 1_000)
    shown_to, pairs_left = 0, _PAIRS_LIMIT
    for group in matcher.get_grouped_opcodes(_CONTEXT):
        first = len(lines)
        for kind, a1, a2, b1, b2 in group:
            if kind == "equal":
                lines += (DiffLine("same", (("same", line),)) for line in before[a1:a2])
            else:
                changed, pairs = _replaced(before[a1:a2], after[b1:b2], pairs_left)
                lines += changed
                pairs_left -= pairs
        skipped = group[0][1] - shown_to
        lines[first] = DiffLine(lines[first].mark, lines[first].pieces, skipped)
        shown_to = group[-1][2]
    return lines


def _replaced(
    before: Sequence[str], after: Sequence[str], pairs_left: int
) -> tuple[list[DiffLine], int]:
    """The lines that stood there and those that stand there now, word by word where that compares
    at most `pairs_left` pairs of equal words; and how many it compared."""
    removed: list[Pieces] = [(("removed", line),) for line in before]
    added: list[Pieces] = [(("added", line),) for line in after]
    pairs = 0
    if len(before) == len(after) and sum(map(len, (*before, *after))) <= _WORDS_LIMIT:
        words = [(_WORD.findall(a), _WORD.findall(b)) for a, b in zip(before, after, strict=True)]
        pairs = sum(counts[word] for a, b in words for counts in [Counter(a)] for word in b)
        if pairs <= pairs_left:
            removed, added = map(list, zip(*(_marked(a, b) for a, b in words), strict=True))
        else:
            pairs = 0
    lines = [DiffLine("removed", line) for line in removed]
    return lines + [DiffLine("added", line) for line in added], pairs


Pieces = tuple[tuple[Mark, str], ...]


def _marked(before: list[str], after: list[str]) -> tuple[Pieces, Pieces]:
    """The words of two lines in pieces, those that differ marked; Chinese is compared by
    character."""
    removed: list[tuple[Mark, str]] = []
    added: list[tuple[Mark, str]] = []
    # In bits: difflib takes the cube of what repeats, such as the spaces.
    for step in LCSseq.opcodes(before, after):
        same = step.tag == "equal"
        if old_words := before[step.src_start : step.src_end]:
            removed.append(("same" if same else "removed", "".join(old_words)))
        if new_words := after[step.dest_start : step.dest_end]:
            added.append(("same" if same else "added", "".join(new_words)))
    return tuple(removed), tuple(added)
