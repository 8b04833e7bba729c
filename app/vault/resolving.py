"""What was changed on both sides, and the reader's decision; a session comes first, no commits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from pathlib import Path
from typing import Literal, get_args

from sqlmodel import Session, col, select

from app.errors import N_, Conflict, Invalid, NotFound
from app.models import Note, Paper, SyncConflict, SyncedFolder, utc_now
from app.notes.rules import check_text
from app.vault import apply_changes
from app.vault.apply_changes import TEXTS
from app.vault.merging import merge_text
from app.vault.sync_memory import last_looked

Choice = Literal["ours", "theirs", "merged"]
CHOICES: tuple[Choice, ...] = get_args(Choice)


@dataclass(frozen=True)
class FolderStatus:
    """A folder, when it was last in step, and what is to be decided in it."""

    folder: SyncedFolder
    synced_at: datetime | None
    conflicts: list[SyncConflict]


def list_folders(session: Session, library: Path) -> list[FolderStatus]:
    """Every folder that is kept in step, with its open conflicts; two statements. `library` is
    the library's own folder."""
    every = session.exec(select(SyncedFolder).order_by(col(SyncedFolder.path))).all()
    found = session.exec(
        select(SyncConflict)
        .where(col(SyncConflict.resolved_at).is_(None))
        .order_by(col(SyncConflict.id))
    ).all()
    return [
        FolderStatus(
            each,
            max(filter(None, (each.synced_at, last_looked(library, each.path))), default=None),
            [it for it in found if it.folder_id == each.id],
        )
        for each in every
    ]


def get_conflict(session: Session, conflict_id: int) -> SyncConflict:
    """Raises NotFound where there is none such."""
    found = session.get(SyncConflict, conflict_id)
    if found is None:
        raise NotFound(N_("There is no conflict {number}."), number=conflict_id)
    return found


def next_open(session: Session, conflict_id: int) -> SyncConflict | None:
    """The one to decide after this one."""
    statement = select(SyncConflict).where(col(SyncConflict.resolved_at).is_(None))
    every: Sequence[SyncConflict] = session.exec(statement.order_by(col(SyncConflict.id))).all()
    later = [each for each in every if (each.id) > conflict_id]
    return next(iter([*later, *every]), None)


def present_text(session: Session, conflict: SyncConflict) -> str:
    """What the library says of it now: it may have been changed since the conflict."""
    if conflict.kind == "note" and conflict.part in ("title", "body"):
        note = session.get(Note, conflict.item_id)
        return getattr(note, conflict.part) if note else conflict.ours
    if conflict.kind == "paper" and conflict.part in TEXTS:
        paper = session.get(Paper, conflict.item_id)
        return getattr(paper, conflict.part) if paper else conflict.ours
    return conflict.ours


def suggest_merge(conflict: SyncConflict, mine: str) -> str:
    """Both texts in one, for the reader to make one of: what is the same once, and where they
    differ the library's lines before the folder's."""
    merged = merge_text(conflict.base, mine, conflict.theirs)
    if merged is not None:
        return merged
    if conflict.part not in TEXTS:
        return mine
    ours, theirs = mine.split("\n"), conflict.theirs.split("\n")
    lines: list[str] = []
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        lines += ours[i1:i2] if kind == "equal" else [*ours[i1:i2], *theirs[j1:j2]]
    return "\n".join(lines)


def resolve_conflict(
    session: Session, conflict_id: int, choice: Choice, text: str = ""
) -> SyncConflict:
    """Decide: the library's text, the folder's, or `text`, which the reader made of both.

    The next sync writes it into the folder and takes the copy away.

    Raises:
        NotFound: the conflict, or what it is about, is not there.
        Conflict: it was decided already.
        Invalid: field `text`; what was chosen cannot be saved.
    """
    conflict = get_conflict(session, conflict_id)
    if conflict.resolved_at is not None:
        raise Conflict(N_("This was decided already."))
    if choice != "ours":
        said = conflict.theirs if choice == "theirs" else text.replace("\r\n", "\n")
        try:
            if conflict.kind == "note" and conflict.part == "body":
                check_text("-", said)
            value = apply_changes.from_text(conflict.part, said)
            apply_changes.change_thing(
                session, conflict.kind, conflict.item_id, {conflict.part: value}
            )
        except Invalid as error:
            raise Invalid({"text": next(iter(error.errors.values()))}) from error
    conflict.resolved_at = utc_now()
    session.flush()
    return conflict
