"""Whether a known folder is all there: the absence of most of it is no wish to delete."""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from app.errors import N_, Conflict
from app.models import SyncedFile
from app.vault.files.document import Unreadable, Value, read_properties
from app.vault.files.folder import find_obstacle
from app.vault.files.obsidian import TRASH
from app.vault.files.parsing import decode_file, kind_of
from app.vault.files.row_format import own_value
from app.vault.files.writing import MARK
from app.vault.sync.sides import SyncRun

_KINDS = ("paper", "note")  # whose files a reader deletes; the others are written again
_HANDFUL = 5  # files that a person deletes one by one


def leave_obstructed(folder: Path, run: SyncRun, states: Iterable[SyncedFile]) -> None:
    """Leave alone, and tell, what stands in the way of files that seem to be gone."""
    for state in states:
        is_gone = state.path not in run.disk and not run.is_left(state.path)
        if is_gone and (obstacle := find_obstacle(folder, state.path)):
            run.leave(obstacle.path, obstacle.why)


def refuse_lost(folder: Path, run: SyncRun, states: Mapping[str, SyncedFile]) -> None:
    """Refuse to sync a folder that lost its mark, all its files, or, of its papers or of its notes,
    more than half and more than a handful. Deleting so many is not done by hand, and what
    takes them away is a drive, a cloud's client, a move.

    Raises:
        Conflict: saying what is missing, and what to do.
    """
    if MARK in states and MARK not in run.disk and not run.is_left(MARK):
        raise Conflict(
            N_(
                "{path} has no {mark} any more: nothing was changed; bring the whole folder back, "
                "name the place where it is now, or say --force, by which what is missing from it "
                "goes to the trash."
            ),
            path=str(folder),
            mark=MARK,
        )
    held = [each for each in states.values() if each.kind and not each.path.startswith(TRASH)]
    gone = [each for each in held if each.path not in run.disk and not run.is_left(each.path)]
    if len(gone) < 2:
        return
    moved = find_moved(run, states)
    lost = Counter(each.kind for each in gone if (each.kind, each.item_id) not in moved)
    known = Counter(each.kind for each in held)
    if lost.total() < len(held) and not any(
        lost[kind] > max(_HANDFUL, known[kind] / 2) for kind in _KINDS
    ):
        return
    raise Conflict(
        N_(
            "{lost} of {known} files are missing from {path}: nothing was changed; bring them "
            "back, name the place where the folder is now, or say --force, by which their papers "
            "and notes go to the trash."
        ),
        lost=lost.total(),
        known=len(held),
        path=str(folder),
    )


def refuse_gone(folder: Path) -> None:
    """Refuse to make a known folder again.

    Raises:
        Conflict: it is not there.
    """
    if not folder.is_dir():
        raise Conflict(
            N_(
                "{path} is not there any more: nothing was changed; connect its drive, name the "
                "place where it is now, or say --force, by which all that was in it goes to the "
                "trash."
            ),
            path=str(folder),
        )


def find_moved(run: SyncRun, states: Mapping[str, SyncedFile]) -> dict[tuple[str, int], str]:
    """The new paths of files that are gone and stand elsewhere, by kind and number of what they are
    about: such a file says the same number, and the same key, time or name."""
    gone = {
        (state.kind, state.item_id): state
        for path, state in states.items()
        if state.kind and path not in run.disk and not run.is_left(path)
    }
    moved: dict[tuple[str, int], str] = {}
    if not gone:
        return moved
    for path in sorted(run.disk.keys() - states.keys() - run.copies):
        if not path.lower().endswith(".md") or kind_of(path) is None:
            continue
        try:
            front = read_properties(decode_file(run.disk[path].data)).values
        except Unreadable:
            continue
        number = number_of(front)
        for key in ((str(kind_of(path)), number), ("paper", number), ("note", number)):
            if key in gone and is_about_same(gone[key].path, gone[key].text, path, front):
                del gone[key]
                moved[key] = path
                break
    return moved


def number_of(front: Mapping[str, Value]) -> int:
    """The number that a file says; 0 for none."""
    said = str(own_value(front, "id") or "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else 0


def is_about_same(was_path: str, text: str, path: str, front: Mapping[str, Value]) -> bool:
    """Whether a file that says the number of another one's thing is about that thing, not one of
    another library, or of the reader's own numbers."""
    if path.rpartition("/")[2] == was_path.rpartition("/")[2]:
        return True
    try:
        was = read_properties(text).values
    except Unreadable:
        return False
    names = ("citekey", "slug", "created")
    return any((said := own_value(was, name)) and said == own_value(front, name) for name in names)
