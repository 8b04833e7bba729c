"""A folder and the library in step: edits on either side travel, and nothing is overwritten.

For every file is kept how it stood when both sides last agreed. First the library takes, in one
transaction, what the folder says, and notes for each file the text that it has taken; then files
are written; then what was written is noted. Killed anywhere in between, the next time finds out
from the notes what is still to be done.

The writer's lock is held to take and to note alone. What is taken was decided before, and is
decided again if the library is another by then. Where neither side changed since they were run
in step, that is all that is looked at.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlmodel import Session, col, select

from app.database import Database, started_from, state_of
from app.errors import N_, Invalid, Message
from app.models import SyncConflict, SyncedFile, SyncedFolder, utc_now
from app.notes import attachments
from app.settings import Settings
from app.vault.files import folder as files
from app.vault.files import obsidian
from app.vault.files.folder import File
from app.vault.files.writing import MARK
from app.vault.sync.intake import Intake, has_news
from app.vault.sync.library_files import digest_of
from app.vault.sync.memory import SyncMemory
from app.vault.sync.report import SyncLine, SyncReport
from app.vault.sync.sides import Sides, SyncRun
from app.vault.sync.write_plan import FileWrite, WritePlan, plan_writes

_TRIES = 3  # to take before anybody else writes; after that, looking too holds others up
_BATCH = 500  # paths in a statement


def sync_folder(
    database: Database, settings: Settings, path: Path, *, dry_run: bool = False
) -> SyncReport:
    """Carry what was changed in the folder at `path` into the library, and the other way round.

    The folder is made where there is none. What cannot be read is left alone and told.

    Raises:
        Invalid: the folder has files, and Crosswalk never wrote it.
    """
    folder = path.resolve()
    if folder.exists() and not folder.is_dir():
        raise Invalid.field("folder", N_("{path} is no folder."), path=str(path))
    if not dry_run:
        folder.mkdir(parents=True, exist_ok=True)
        files.remove_leftovers(folder)
    memory = SyncMemory(settings.library, folder)
    with database.read() as session:
        state = state_of(session)
    if memory.is_in_step(state):
        if not dry_run:
            memory.keep_time()
        return SyncReport()
    disk, problems = files.read_vault_files(folder)
    report = SyncReport([SyncLine("left", each.path, each.why) for each in problems])
    left = {each.path for each in problems}
    if dry_run:
        with database.read() as session:
            run = SyncRun(_folder_id(session, folder, disk), disk, report, left, made=memory.made)
            _plan_there(session, settings.library, run)
        return report
    with database.read() as session:
        known = _known_folder(session, folder)
    if known is None:
        with database.write() as session:
            folder_id = _folder_id(session, folder, disk)
    else:
        folder_id = known.id
    run = SyncRun(folder_id, disk, report, left, made=memory.made)
    sides = _take(database, settings.library, run)
    plan = plan_writes(run, sides, settings.library)
    with _files_written(database, folder_id, plan) as wrote:
        _write(folder, run, sides, plan, settings.library, wrote)
    is_in_step = not (report.lines or run.removals or wrote.is_anything)
    memory.keep(sides.state if is_in_step else None, disk, sides.library)
    return report


def _known_folder(session: Session, folder: Path) -> SyncedFolder | None:
    return session.exec(select(SyncedFolder).where(col(SyncedFolder.path) == str(folder))).first()


def _folder_id(session: Session, folder: Path, disk: Mapping[str, File]) -> int:
    """Of a folder that may be new."""
    known = _known_folder(session, folder)
    if known is None:
        if disk and MARK not in disk:
            raise Invalid.field(
                "folder",
                N_(
                    "{path} has files that Crosswalk did not write. Name an empty folder, or a new "
                    "one; or take them in first: crosswalk import."
                ),
                path=str(folder),
            )
        known = SyncedFolder(path=str(folder), synced_at=utc_now())
        session.add(known)
        session.flush()
    return known.id


def _take(database: Database, library: Path, run: SyncRun) -> Sides:
    """Have the library take what the folder says; both sides as they are then."""
    tries = 0
    while True:
        with database.read() as session:
            sides = Sides(session, run, state_of(session))
        if not has_news(run, sides):
            return sides
        with database.write() as session:
            if started_from(session) != sides.state:
                tries += 1
                if tries < _TRIES:
                    continue
                sides = Sides(session, run, None)
            intake = Intake(session, library, run, sides)
            is_all = intake.take()
        if is_all:
            break
    if not intake.tried:
        return sides
    with database.read() as session:
        return Sides(session, run, state_of(session))


def _plan_there(session: Session, library: Path, run: SyncRun) -> None:
    """What `sync_folder` would do, in one transaction that is not committed."""
    sides = Sides(session, run, None)
    while has_news(run, sides):
        intake = Intake(session, library, run, sides)
        is_all = intake.take()
        session.flush()
        sides = Sides(session, run, None)
        if is_all:
            break
    plan_writes(run, sides, library)


@dataclass
class _Wrote:
    """What was done in the folder: to be noted, also where something stopped it half-way."""

    plan: WritePlan
    done: list[FileWrite] = field(default_factory=list)
    copied: list[str] = field(default_factory=list)
    others: int = 0  # files that need no note

    @property
    def is_noted(self) -> bool:
        return bool(self.done or self.copied or self.plan.agreed or self.plan.forgotten)

    @property
    def is_anything(self) -> bool:
        return self.is_noted or self.others > 0


@contextmanager
def _files_written(database: Database, folder_id: int, plan: WritePlan) -> Iterator[_Wrote]:
    wrote = _Wrote(plan)
    try:
        yield wrote
    finally:
        if wrote.is_noted:
            with database.write() as session:
                _note(session, folder_id, wrote)


def _note(session: Session, folder_id: int, wrote: _Wrote) -> None:
    writes = [*wrote.plan.agreed, *wrote.done]
    paths = [path for write in writes for path in (write.path, write.was) if path]
    states: dict[str, SyncedFile] = {}
    for at in range(0, len(paths), _BATCH):
        some = paths[at : at + _BATCH]
        held = select(SyncedFile).where(
            col(SyncedFile.folder_id) == folder_id, col(SyncedFile.path).in_(some)
        )
        states |= {state.path: state for state in session.exec(held)}
    for write in writes:
        state = states.pop(write.was, None) if write.was else states.get(write.path)
        if state is None:
            state = SyncedFile(folder_id=folder_id, path=write.path, home=write.home)
        state.path, state.home = write.path, write.home
        state.kind, state.item_id, state.made = write.kind, write.item, write.made
        state.text = write.text if write.kind else digest_of(write.text)
        session.add(state)
        states[write.path] = state
    for gone in wrote.plan.forgotten:
        if forgotten := session.get(SyncedFile, gone):
            session.delete(forgotten)
    if wrote.copied:
        for conflict in session.exec(
            select(SyncConflict).where(
                col(SyncConflict.folder_id) == folder_id,
                col(SyncConflict.copy_path).in_(wrote.copied),
            )
        ):
            conflict.is_copied = True
    if folder := session.get(SyncedFolder, folder_id):
        folder.synced_at = utc_now()


def _write(
    folder: Path, run: SyncRun, sides: Sides, plan: WritePlan, library: Path, wrote: _Wrote
) -> None:
    """Copies first: a text is overwritten only when it stands elsewhere."""
    disk = run.disk
    for copy, conflicts in sides.copies.items():
        waiting = [each for each in conflicts if not each.is_copied and each.resolved_at is None]
        if waiting and copy not in disk:
            files.write_vault_file(folder, copy, waiting[0].text.encode())
        if waiting:
            wrote.copied.append(copy)
    for write in sorted(plan.writes, key=lambda each: each.kind != "copy"):
        at = write.was or write.path
        if not files.is_unchanged(folder, at, disk.get(at)):
            why = Message.of(N_("It was being changed; the next time looks at it."))
            run.report.lines.append(SyncLine("left", at, why))
            continue
        files.write_vault_file(folder, write.path, write.text.encode())
        if write.was:
            files.remove_file(folder, write.was)
        if write.kind == "copy":
            wrote.others += 1
        else:
            wrote.done.append(write)
    for path in run.removals:
        if files.is_unchanged(folder, path, disk.get(path)):
            files.remove_file(folder, path)
    for row in sides.library.pictures:
        digest, media = str(row["sha256"]), str(row["media_type"])
        name = obsidian.picture_file(digest, media)
        if name not in disk and (picture := attachments.read_file(library, digest)):
            files.write_vault_file(folder, name, picture)
        wrote.others += name not in disk
