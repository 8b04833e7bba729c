"""Folders that are kept in step with the library, and conflicts, as JSON."""

from datetime import datetime
from typing import Annotated, get_args

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict

from app.models import SyncConflict
from app.vault import resolving
from app.vault.resolving import Choice
from app.web.dependencies import Db
from app.web.threads import Route

router = APIRouter(route_class=Route, prefix="/sync", tags=["sync"])
CHOICES: tuple[Choice, ...] = get_args(Choice)
ConflictId = Annotated[int, Path(ge=1, le=2**31 - 1)]


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
    text: str = ""


def _item(conflict: SyncConflict) -> ConflictItem:
    return ConflictItem.model_validate(conflict, from_attributes=True)


@router.get("")
def folders(db: Db) -> list[FolderItem]:
    """Every folder that is kept in step, with its open conflicts."""
    with db.read() as session:
        standings = resolving.folders(session)
    return [
        FolderItem(
            path=each.folder.path,
            synced_at=each.folder.synced_at,
            conflicts=[_item(conflict) for conflict in each.conflicts],
        )
        for each in standings
    ]


@router.post("/conflicts/{conflict_id}")
def resolve(db: Db, conflict_id: ConflictId, given: Decision) -> ConflictItem:
    """Decide a conflict; the next sync writes it into the folder."""
    with db.write() as session:
        return _item(resolving.resolve(session, conflict_id, given.choice, given.text))
