"""What a sync that did not end has left: its own files, told from what the reader did since.

It noted what each file would be before it wrote one. A file that is so is the library's own, and
what the next sync compares with; one that was changed since is compared with what it is nearer to.
"""

from collections import Counter

from sqlmodel import Session, col, select

from app.models import SyncedFile
from app.vault.files.document import Unreadable
from app.vault.files.folder import File
from app.vault.files.parsing import decode_file
from app.vault.sync.library_files import digest_of
from app.vault.sync.memory import FileWrite, PendingWrites
from app.vault.sync.sides import SyncRun


def settle_pending(session: Session, run: SyncRun, pending: PendingWrites) -> list[str]:
    """Note what was written of `pending`; the files that were still to be taken away, which are not
    of `run`'s folder from now on."""
    held = session.exec(select(SyncedFile).where(col(SyncedFile.folder_id) == run.folder_id))
    states = {state.path: state for state in held}
    gone = {
        path
        for path, digest in pending.removals.items()
        if path in run.disk and digest_of(run.disk[path].data) == digest
    }
    for write in pending.writes:
        state, file = states.get(write.was or write.path), run.disk.get(write.path)
        if write.kind == "copy" or file is None or stood_of(state) != write.stood:
            continue  # not written, or noted already
        if write.was in run.disk and write.was not in gone:  # the reader went on with the old one
            if file.data == write.text.encode():
                gone.add(write.path)
            continue
        if write.was or _is_written(write, state, file):
            state = state or SyncedFile(folder_id=run.folder_id, path=write.path, home=write.home)
            note_write(state, write)
            session.add(state)
            session.flush()  # paths are unique, and one may be given up for another
            states[write.path] = state
    removed = sorted(path for path in gone if path not in states or path != states[path].path)
    for path in removed:
        del run.disk[path]
    return removed


def stood_of(state: SyncedFile | None) -> str:
    """The digest of the text from which the next sync tells what was changed in a file."""
    if state is None:
        return ""
    return digest_of(state.text) if state.kind else state.text


def note_write(state: SyncedFile, write: FileWrite) -> None:
    """That a file was written."""
    state.path, state.home = write.path, write.home
    state.kind, state.item_id, state.made = write.kind, write.item, write.made
    text = write.text if write.agreed is None else write.agreed
    state.text = text if write.kind else digest_of(text)


def _is_written(write: FileWrite, state: SyncedFile | None, file: File) -> bool:
    if file.data == write.text.encode():
        return True
    if not write.kind or (state and not state.kind):
        return False
    try:
        text = decode_file(file.data)
    except Unreadable:
        return False
    before = state.text if state else ""
    return _distance(text, write.text) < _distance(text, before)


def _distance(one: str, other: str) -> int:
    """How many lines only one of two texts has."""
    first, second = Counter(one.split("\n")), Counter(other.split("\n"))
    return ((first - second) + (second - first)).total()
