"""Which note of a file is which, where the file does not say: marks are taken away and moved, and
what was written without a number has one by now. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from pydantic import JsonValue

from app.errors import N_, Message
from app.vault.dump_load import Row
from app.vault.files.document import Unreadable, is_alike

_ALIKE = 0.5  # of a text that was written on since the library took it


@dataclass(frozen=True)
class MatchedNotes:
    """The notes of a file as they last agreed, as the library has them, and as the file has."""

    base: list[Row]
    ours: list[Row]
    said: list[Row]
    has_base: bool


def match_notes(
    base: Sequence[Row] | None, ours: Sequence[Row], said: Sequence[Row]
) -> MatchedNotes:
    """The same notes, with numbers where they can be told.

    Raises:
        Unreadable: a note is missing, and its text stands in another one.
    """
    before, now = [dict(note) for note in base or ()], [dict(note) for note in said]
    fresh = _number_new(before, ours)
    _settle_white_space(before, now)
    held = {note.get("id") for note in ours}
    there = {note.get("id") for note in now if _has_text(note)}
    unnamed = [note for note in now if "id" not in note and _has_text(note)]
    for note in before:
        number = note.get("id")
        if number is None or number in there or number not in held or not _has_text(note):
            continue
        same = [each for each in unnamed if _plain(each) == _plain(note)]
        if not same and number in fresh:
            same = [each for each in unnamed if _is_written_on(note, each)]
        if same:
            unnamed.remove(same[0])
            now = [each for each in now if each.get("id") != number]  # marks around nothing
            same[0]["id"] = number
        elif any(_holds(note, each, before) for each in now if each.get("id") != number):
            raise Unreadable(1, _swallowed(note))
    return MatchedNotes(before, list(ours), now, base is not None)


def _number_new(base: Sequence[Row], ours: Sequence[Row]) -> set[JsonValue]:
    """Give notes of `base` that have none the numbers that the library gave them; which."""
    known = {note.get("id") for note in base}
    new = {_plain(note): note.get("id") for note in ours if note.get("id") not in known}
    given: set[JsonValue] = set()
    for note in base:
        if "id" not in note and (number := new.pop(_plain(note), None)) is not None:
            note["id"] = number
            given.add(number)
    return given


def _settle_white_space(base: Sequence[Row], said: Sequence[Row]) -> None:
    """Let what differs in the white space around it alone be as it was."""
    was = {note["id"]: note for note in base if "id" in note}
    for note in said:
        before = was.get(note.get("id"))
        if before and is_alike(str(note.get("body", "")), str(before.get("body", ""))):
            note.pop("body", None)
            if "body" in before:
                note["body"] = before["body"]


def _has_text(note: Row) -> bool:
    return any(_plain(note))


def _plain(note: Row) -> tuple[str, str]:
    """A note without the white space at the ends of its lines."""
    lines = str(note.get("body", "")).split("\n")
    return str(note.get("title", "")).strip(), "\n".join(map(str.rstrip, lines)).strip()


def _is_written_on(note: Row, other: Row) -> bool:
    (title, body), (other_title, other_body) = _plain(note), _plain(other)
    if title and title == other_title:
        return True
    return SequenceMatcher(None, body, other_body, autojunk=False).quick_ratio() >= _ALIKE


def _holds(note: Row, other: Row, base: Sequence[Row]) -> bool:
    """Whether another note has the lines of one since they last agreed."""
    lines = f"\n{_plain(note)[1]}\n"
    number = other.get("id")
    before = [_plain(each)[1] for each in base if each.get("id") == number]
    return (
        bool(lines.strip())
        and lines in f"\n{_plain(other)[1]}\n"
        and not any(lines in f"\n{each}\n" for each in before)
    )


def _swallowed(note: Row) -> Message:
    return Message.of(
        N_(
            "A mark is missing or stands elsewhere: the text of note {number} stands in another "
            "note. Put “%% note id={number} %%” before it and “%% end note %%” behind it, or "
            "delete it in Crosswalk."
        ),
        number=str(note.get("id")),
    )
