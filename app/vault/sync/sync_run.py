"""A folder and the library in step: edits on either side travel, and nothing is overwritten.

For every file is kept how it stood when both sides last agreed. First the library takes, in one
transaction, what the folder says, and notes for each file the text that it has taken; then it is
noted what the files will be (`memory.PendingWrites`); then they are written; then that is noted.
Killed anywhere in between, the next time finds out from the notes what is still to be done.

The writer's lock is held to take and to note alone. What is taken was decided before, and is
decided again if the library is another by then. Where neither side changed since they were run
in step, that is all that is looked at.
"""

import os
from contextlib import nullcontext
from pathlib import Path

from sqlmodel import Session, col, select

from app.database import Database
from app.errors import N_, Invalid
from app.library_state import started_from, state_of
from app.models import SyncConflict, SyncedFile, SyncedFolder, utc_now
from app.settings import Settings
from app.vault import synced_pdfs
from app.vault.files import folder as files
from app.vault.files.writing import MARK
from app.vault.sync import presence
from app.vault.sync.file_writes import Written, write_files
from app.vault.sync.intake import Intake, has_news
from app.vault.sync.library_files import digest_of
from app.vault.sync.memory import PendingWrites, SyncMemory
from app.vault.sync.recovery import note_write, settle_pending
from app.vault.sync.report import SyncLine, SyncReport
from app.vault.sync.sides import Sides, SyncRun
from app.vault.sync.write_plan import WritePlan, plan_writes

_TRIES = 3  # to take before anybody else writes; after that, looking too holds others up
_BATCH = 500  # paths in a statement


def sync_folder(
    database: Database,
    settings: Settings,
    path: Path,
    *,
    dry_run: bool = False,
    force: bool = False,
) -> SyncReport:
    """Carry what was changed in the folder at `path` into the library, and the other way round.

    The folder is made where there is none. What cannot be read or written is left alone and told.

    Raises:
        Invalid: the folder has files, and Crosswalk never wrote it.
        Conflict: the folder is known, and is gone, or lost its mark or most of its files; with
            `force` what is missing goes to the trash.
        OSError: the disk is full.
    """
    folder = Path(os.path.realpath(path))
    if folder.exists() and not folder.is_dir():
        raise Invalid.field("folder", N_("{path} is no folder."), path=str(path))
    memory = SyncMemory(settings.library, folder)
    with database.read() as session:
        state = state_of(session)
    if memory.is_in_step(state):
        if not dry_run:
            memory.keep_time()
        return SyncReport()
    with nullcontext() if dry_run else memory.alone():
        with database.read() as session:
            is_known = _known_folder(session, folder) is not None
        if is_known and not force:
            presence.refuse_gone(folder)
        if not dry_run:
            folder.mkdir(parents=True, exist_ok=True)
            files.remove_leftovers(folder)
        pending = memory.pending()
        disk, problems = files.read_vault_files(folder)
        run = SyncRun(0, disk, made=memory.made)
        for each in problems:
            run.leave(each.path, each.why)
        if dry_run:
            with database.read() as session:
                _begin(session, folder, run, pending, force=force)
                _tell_pdfs(session, folder, run, memory, force=force)
                _plan_there(session, settings.library, run)
            return run.report
        is_settled = is_known and not (pending.writes or pending.removals)
        with database.read() if is_settled else database.write() as session:
            removed = _begin(session, folder, run, pending, force=force)
        for name in removed:
            files.remove_file(folder, name)
        with database.read() as session:
            pdf_plan = synced_pdfs.plan_pdfs(session, folder, memory.pdfs, force=force)
        synced_pdfs.take_pdfs(database, settings.library, folder, run, pdf_plan)
        sides = _take(database, settings.library, run)
        synced_pdfs.write_pdfs(settings.library, folder, run, pdf_plan, sides.library.pdfs)
        plan = plan_writes(run, sides, settings.library)
        _note_pending(memory, run, plan)
        wrote = write_files(folder, run, sides, plan, settings.library)
        is_noted = bool(wrote.done or wrote.copied or plan.agreed or plan.forgotten)
        if is_noted:
            with database.write() as session:
                _note(session, run, plan, wrote)
        memory.forget_pending()
        is_in_step = not (run.report.lines or run.removals or is_noted or wrote.others)
        stand = synced_pdfs.stand_of(folder, sides.library.pdfs)
        memory.keep(sides.state if is_in_step else None, disk, sides.library, stand)
    return run.report


def _tell_pdfs(
    session: Session, folder: Path, run: SyncRun, memory: SyncMemory, *, force: bool
) -> None:
    """What would become of papers' files."""
    plan = synced_pdfs.plan_pdfs(session, folder, memory.pdfs, force=force)
    told = (("in", plan.new), ("trashed", plan.gone), ("out", plan.missing))
    run.report.lines += [SyncLine(what, path) for what, paths in told for path in paths]


def _known_folder(session: Session, folder: Path) -> SyncedFolder | None:
    return session.exec(select(SyncedFolder).where(col(SyncedFolder.path) == str(folder))).first()


def _begin(
    session: Session, folder: Path, run: SyncRun, pending: PendingWrites, *, force: bool
) -> list[str]:
    """Make good what a sync that was killed left, and see whether the folder is all there; files
    that are to be taken away."""
    known = _known_folder(session, folder)
    if known is None:
        known = SyncedFolder(path=str(folder), synced_at=utc_now())
        session.add(known)
        session.flush()
    run.folder_id = known.id
    removed = settle_pending(session, run, pending)
    held = select(SyncedFile).where(col(SyncedFile.folder_id) == known.id)
    states = {state.path: state for state in session.exec(held)}
    if run.disk and MARK not in run.disk and not states:
        raise Invalid.field(
            "folder",
            N_(
                "{path} has files that Crosswalk did not write. Name an empty folder, or a new "
                "one; or take them in first: crosswalk import."
            ),
            path=str(folder),
        )
    copies = select(SyncConflict.copy_path).where(col(SyncConflict.folder_id) == known.id)
    run.copies = set(session.exec(copies))
    presence.leave_obstructed(folder, run, states.values())
    if not force:
        presence.refuse_lost(folder, run, states)
    return removed


def _note_pending(memory: SyncMemory, run: SyncRun, plan: WritePlan) -> None:
    left = [*run.removals, *(each.was for each in plan.writes if each.was)]
    removals = {path: digest_of(run.disk[path].data) for path in left if path in run.disk}
    if plan.writes or removals:
        memory.note_pending(PendingWrites(plan.writes, removals))


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


def _note(session: Session, run: SyncRun, plan: WritePlan, wrote: Written) -> None:
    folder_id = run.folder_id
    writes = [*plan.agreed, *wrote.done]
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
        note_write(state, write)
        session.add(state)
        states[write.path] = state
    for path, gone in plan.forgotten.items():
        if not run.is_left(path) and (forgotten := session.get(SyncedFile, gone)):
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
