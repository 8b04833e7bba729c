"""Folders that are kept in step with the library, and conflicts, as JSON."""

from typing import Annotated

from fastapi import APIRouter, Path

from app.vault import resolving
from app.vault.schemas import ConflictItem, Decision, FolderItem, serialize_conflict
from app.web.dependencies import Config, Db
from app.web.threads import Route

router = APIRouter(route_class=Route, prefix="/sync", tags=["sync"])
ConflictId = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.get("")
def folders(db: Db, config: Config) -> list[FolderItem]:
    """Every folder that is kept in step, with its open conflicts."""
    with db.read() as session:
        standings = resolving.list_folders(session, config.library)
    return [
        FolderItem(
            path=each.folder.path,
            synced_at=each.synced_at,
            conflicts=[serialize_conflict(conflict) for conflict in each.conflicts],
        )
        for each in standings
    ]


@router.post("/conflicts/{conflict_id}")
def resolve(db: Db, conflict_id: ConflictId, given: Decision) -> ConflictItem:
    """Decide a conflict; the next sync writes it into the folder."""
    with db.write() as session:
        return serialize_conflict(
            resolving.resolve_conflict(session, conflict_id, given.choice, given.text)
        )
