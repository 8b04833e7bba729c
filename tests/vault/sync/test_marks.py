"""Marks that editors and formatters moved, doubled, indented or took away: no note is swallowed."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlmodel import select

from app.database import Database
from app.models import Note
from app.notes import service as notes
from app.notes.rules import NoteInput
from app.vault.sync.report import SyncReport
from tests.vault.sync.conftest import BODY, KEY, all_notes, edit, note_called

Sync = Callable[..., SyncReport]
END = "%% end note %%"
START = re.compile(r"%% note id=(\d+)[^\n]*? %%")


@pytest.fixture
def said(held: Database, folder: Path, sync: Sync) -> Path:
    """The file of a paper with two notes, an abstract between marks, and a note without title."""
    with held.write() as session:
        notes.create_note(session, NoteInput(title="Second", body="second body", paper=KEY))
        notes.create_note(session, NoteInput(body="no title\n\nmore", paper=KEY))
    sync()
    return folder / f"papers/{KEY}.md"


def _numbers(database: Database) -> dict[str, int]:
    with database.read() as session:
        every = session.exec(select(Note).where(Note.trashed_at == None))  # noqa: E711
        return {each.body: each.id for each in every}


def _joined(text: str) -> str:
    """As a formatter that fills paragraphs: a line end beside text becomes a blank."""
    head, fence, body = text.partition("\n---\n")
    body = re.sub(r"(?<=[^\n])\n(?=%% end)", " ", body)
    body = re.sub(r"( %%)\n(?=[^\n#%])", r"\1 ", body)
    return head + fence + body


WHITE: dict[str, Callable[[str], str]] = {
    "blanks behind ends": lambda text: text.replace(END, f"{END}  "),
    "blanks behind starts": lambda text: START.sub(r"\g<0>\t ", text),
    "no-break spaces": lambda text: text.replace(END, "%%\xa0end\xa0note\xa0%%\xa0"),
    "wide spaces": lambda text: text.replace(END, "\u3000%% end note %%\u200b"),
    "indented": lambda text: re.sub(r"(?m)^%%", "    %%", text),
    "tabs": lambda text: re.sub(r"(?m)^%%", "\t%%", text),
    "line ends": lambda text: text.replace("\n", "\r\n"),
    "line ends of marks": lambda text: text.replace(f"{END}\n", f"{END}\r\n"),
    "no last line end": lambda text: text.rstrip("\n"),
    "more last line ends": lambda text: text + "\n\n\n",
    "blank lines around marks": lambda text: re.sub(r"(?m)^(%%.*%%)$", "\n\\1\n", text),
    "blank lines with blanks": lambda text: re.sub(r"(?m)^(%%.*%%)$", "  \n\\1\n\t", text),
    "no blank lines": lambda text: re.sub(r"%%\n\n%%", "%%\n%%", text),
    "marks in one line": lambda text: re.sub(r"%%\n\n%%", "%% %%", text),
    "filled paragraphs": _joined,
    "byte-order mark": lambda text: f"\ufeff{text}",
    "blanks behind fences": lambda text: text.replace("---\n", "---  \n", 2),
    "fences of dots": lambda text: text.replace("\n---\n", "\n...\n", 1),
    "doubled ends": lambda text: text.replace(END, f"{END}\n{END}"),
    "doubled ends apart": lambda text: text.replace(END, f"{END}\n\n{END} {END}"),
    "doubled starts": lambda text: START.sub("\\g<0>\n\\g<0>", text),
    "no ends": lambda text: text.replace(f"{END}\n", ""),
    "no first end": lambda text: text.replace(f"{END}\n", "", 1),
    "no last end": lambda text: "".join(text.rsplit(f"{END}\n", 1)),
    "blanks within": lambda text: text.replace(END, "%%  end   note  %%"),
}


@pytest.mark.parametrize("how", WHITE)
def test_where_white_space_or_a_mark_differs_nothing_changes(
    held: Database, said: Path, sync: Sync, how: str
) -> None:
    before = _numbers(held)
    text = said.read_text("utf-8")
    changed = WHITE[how](text)
    assert changed != text
    said.write_text(changed, "utf-8", newline="")
    report = sync()
    assert _numbers(held) == before
    assert {line.what for line in report.lines} <= {"out"}, report.text()
    with held.write() as session:
        number = note_called(held, "Second").id
        notes.update_note(session, number, body="second body, edited")
    sync()
    assert _numbers(held) == {
        body.replace("second body", "second body, edited"): held_id
        for body, held_id in before.items()
    }
    edit(said, "no title", "no title yet")
    sync()
    assert "no title yet\n\nmore" in _numbers(held)
    assert sync().lines == []


def test_what_is_edited_beside_it_travels(held: Database, said: Path, sync: Sync) -> None:
    number, was = note_called(held, "On it").id, "second line"
    for word, how in enumerate(WHITE.values()):
        text = said.read_text("utf-8").replace(was, now := f"edited {word} times")
        said.write_text(how(text), "utf-8", newline="")
        report = sync()
        assert report.count("trashed") == report.count("conflict") == report.count("left") == 0
        assert _numbers(held)[BODY.replace("second line", now)] == number
        assert len(_numbers(held)) == 4
        with held.write() as session:  # by which the file is written in its own form again
            notes.update_note(session, note_called(held, "Second").id, body=f"second body {word}")
        sync()
        was = now


def _without_marks(text: str) -> str:
    return re.sub(r"(?m)^%% .*%%\n", "", text)


UNCLEAR: dict[str, Callable[[str], str]] = {
    "no start": lambda text: START.sub("", text, count=1),
    "no second start": lambda text: text.replace(START.findall(text)[1], "x"),
    "another end": lambda text: text.replace(END, "%% end abstract %%", 1),
    "no marks": _without_marks,
    "ends before their texts": lambda text: re.sub(
        r"(?s)(%% note[^\n]*%%\n)(.*?)(%% end note %%\n)", r"\1\3\2", text
    ),
    "a mark between": lambda text: re.sub(
        r"%% end note %%\n\n%% note id=\d+[^\n]*%%\n", "", text, count=1
    ),
}


@pytest.mark.parametrize("how", UNCLEAR)
def test_what_cannot_be_told_apart_is_left_alone_and_named(
    held: Database, said: Path, sync: Sync, how: str
) -> None:
    before = _numbers(held)
    text = said.read_text("utf-8")
    changed = UNCLEAR[how](text)
    assert changed != text
    said.write_text(changed, "utf-8")
    report = sync()
    assert {body: number for body, number in _numbers(held).items() if body in before} == before
    if report.count("left"):
        assert report.lines[0].path == f"papers/{KEY}.md"
        assert said.read_text("utf-8") == changed
        assert _numbers(held) == before
        said.write_text(text, "utf-8")
        assert sync().count("left") == 0
    assert sync().lines == []


def test_a_file_that_was_cut_off_is_left_alone(held: Database, said: Path, sync: Sync) -> None:
    before, text = _numbers(held), said.read_text("utf-8")
    for at in (
        text.index("second line") + 4,
        text.index("third"),
        text.index("## Second") + 5,
        30,
        0,
    ):
        said.write_text(text[:at], "utf-8")
        assert [line.what for line in sync().lines] == ["left"], text[:at]
        assert _numbers(held) == before
    said.write_text(text, "utf-8")
    assert sync().lines == []


def test_a_note_is_deleted_by_its_block(held: Database, said: Path, sync: Sync) -> None:
    text = said.read_text("utf-8")
    at = text.index("\n%% note", text.index(END))
    said.write_text(text[:at] + text[text.index(END, at) + len(END) + 1 :], "utf-8")
    sync()
    assert sorted(all_notes(held)) == ["", "Alone", "On it"]


def test_marks_in_a_text_are_text(held: Database, said: Path, sync: Sync) -> None:
    body = f"%% note id=1 %%\n  {END}\nto `{END}` or\\{END} and {END}\n{END} x\n\\\\{END}"
    with held.write() as session:
        notes.update_note(session, note_called(held, "Second").id, body=body)
    sync()
    edit(said, "third line", "3rd line")
    sync()
    assert all_notes(held)["Second"] == body
    assert "3rd line" in all_notes(held)["On it"]
    assert sync().lines == []


@pytest.mark.parametrize(
    "how",
    ["\r\n", "{}\n\n\n", "{}  ", "\ufeff{}"],
)
def test_white_space_around_a_note_of_its_own(
    held: Database, folder: Path, sync: Sync, how: str
) -> None:
    sync()
    before, alone = all_notes(held), folder / "notes/Alone.md"
    text = alone.read_text("utf-8")
    changed = text.replace("\n", how) if how == "\r\n" else how.format(text.rstrip("\n"))
    alone.write_text(changed, "utf-8", newline="")
    assert sync().lines == []
    assert all_notes(held) == before
