"""What JSON says of synced folders and their conflicts."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict

from app.kit.json_fields import many_lines
from app.kit.text import NOTE_LIMIT
from app.models import SyncConflict
from app.vault.sync.conflicts import Choice


class ConflictItem(BaseModel):
    """A part of a thing that both sides changed since they last agreed on `base`."""

    id: int
    path: str
    copy_path: str
    kind: str
    item_id: int
    part: str
    base: str
    ours: str
    theirs: str
    found_at: datetime
    resolved_at: datetime | None


class FolderItem(BaseModel):
    path: str
    synced_at: datetime | None
    conflicts: list[ConflictItem]


class Decision(BaseModel):
    """`ours` is the library's text, `theirs` the folder's; `merged` comes with `text`."""

    model_config = ConfigDict(extra="forbid")

    choice: Choice
    text: Annotated[str, many_lines(NOTE_LIMIT)] = ""


def serialize_conflict(conflict: SyncConflict) -> ConflictItem:
    return ConflictItem.model_validate(conflict, from_attributes=True)
