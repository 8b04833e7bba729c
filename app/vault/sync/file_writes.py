"""The files of a plan, written: whole or not at all, and many at a time, for a disk takes them
together. One that cannot be written is left alone and told."""

import errno
import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from app.errors import N_, Invalid, Message
from app.kit.files import StagedFile, sync_to_disk
from app.notes import attachments
from app.vault.files import folder as files
from app.vault.files import obsidian
from app.vault.sync.memory import FileWrite
from app.vault.sync.sides import Sides, SyncRun
from app.vault.sync.write_plan import FileCopy, WritePlan

_BATCH = 200  # files that stand beside their places at once
_PICTURES = 20  # of 10 MB at most, in memory at once
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO}  # no other file can be written either


@dataclass
class Written:
    """What was done in the folder, to be noted."""

    done: list[FileWrite] = field(default_factory=list)
    copied: list[str] = field(default_factory=list)  # copies of conflicts
    others: int = 0  # files that need no note


def write_files(
    folder: Path, run: SyncRun, sides: Sides, plan: WritePlan, library: Path
) -> Written:
    """Write a plan's files, copies first, and take away what is to go. Once this returns, all of it
    outlives a power cut. What was changed since it was read is left for the next time.

    Raises:
        OSError: the disk is full or cannot be written.
    """
    return _Writing(folder, run, library).write(sides, plan)


class _Writing:
    def __init__(self, folder: Path, run: SyncRun, library: Path) -> None:
        self.folder = folder
        self.run = run
        self.library = library
        self.wrote = Written()

    def write(self, sides: Sides, plan: WritePlan) -> Written:
        copies = list(plan.copies)
        for copy, conflicts in sides.copies.items():
            waiting = [each for each in conflicts if not each.is_copied and not each.resolved_at]
            if waiting and copy not in self.run.disk:
                copies.append(FileCopy(copy, waiting[0].path, waiting[0].text.encode()))
            elif waiting:
                self.wrote.copied.append(copy)
        data = {copy.path: copy.data for copy in copies}
        placed = self._write([FileWrite(copy.path, "") for copy in copies], data.__getitem__)
        self.wrote.copied += placed & sides.copies.keys()
        self.wrote.others += len(placed)
        self._write_pictures(sides)
        unsafe = {copy.of for copy in copies if copy.path not in placed}
        writes = [each for each in plan.writes if each.path not in unsafe]
        texts = {each.path: each.text for each in writes}
        for at in range(0, len(writes), _BATCH):
            some = writes[at : at + _BATCH]
            placed = self._write(some, lambda path: texts[path].encode())
            self.wrote.done += [each for each in some if each.path in placed]
        self._remove(self.run.removals)
        return self.wrote

    def _write(self, writes: Sequence[FileWrite], data: Callable[[str], bytes]) -> set[str]:
        """The paths of those that are in their places; what they replace is gone."""
        staged: dict[str, StagedFile] = {}
        placed: set[str] = set()
        try:
            for each in writes:
                try:
                    path = each.path
                    staged[path] = files.stage_vault_file(self.folder, path, data(path))
                except (OSError, Invalid) as error:
                    self._leave(each.path, error)
            sync_to_disk(file.part for file in staged.values())
            for each in writes:
                if each.path not in staged or not self._is_as_read(each):
                    continue
                try:
                    staged[each.path].place()
                except OSError as error:
                    self._leave(each.path, error)
                else:
                    del staged[each.path]
                    placed.add(each.path)
        finally:
            for file in staged.values():
                with suppress(OSError):
                    file.discard()
        files.sync_vault_folders(self.folder, placed)
        self._remove(
            each.was
            for each in writes
            if each.was and each.path in placed and not self._is_one(each)
        )
        return placed

    def _is_as_read(self, write: FileWrite) -> bool:
        """Whether nobody changed a file meanwhile, or made one where it goes."""
        at, disk = write.was or write.path, self.run.disk
        is_same = files.is_unchanged(self.folder, at, disk.get(at))
        if write.was and write.was.casefold() != write.path.casefold():
            is_same &= files.is_unchanged(self.folder, write.path, None)
        if not is_same:
            why = Message.of(N_("It was being changed; the next time looks at it."))
            self.run.report.leave(at, why)
        return is_same

    def _is_one(self, write: FileWrite) -> bool:
        """Whether a file system takes both names of a file that was renamed for one."""
        with suppress(OSError):
            return os.path.samefile(self.folder / write.was, self.folder / write.path)
        return False

    def _remove(self, paths: Iterable[str]) -> None:
        removed = []
        for path in dict.fromkeys(paths):
            if files.is_unchanged(self.folder, path, self.run.disk.get(path)):
                try:
                    files.remove_file(self.folder, path)
                except (OSError, Invalid) as error:
                    self._leave(path, error)
                else:
                    removed.append(path)
        files.sync_vault_folders(self.folder, removed)

    def _write_pictures(self, sides: Sides) -> None:
        names = {
            obsidian.picture_file(str(row["sha256"]), str(row["media_type"])): str(row["sha256"])
            for row in sides.library.pictures
        }
        missing = [name for name in names if name not in self.run.disk]
        for at in range(0, len(missing), _PICTURES):
            data = {
                name: picture
                for name in missing[at : at + _PICTURES]
                if (picture := attachments.read_file(self.library, names[name]))
            }
            placed = self._write([FileWrite(name, "") for name in data], data.__getitem__)
            self.wrote.others += len(placed)

    def _leave(self, path: str, error: OSError | Invalid) -> None:
        if isinstance(error, OSError) and error.errno in _FULL:
            raise error
        obstacle = files.find_obstacle(self.folder, path)
        if obstacle and obstacle.path != path:
            self.run.leave(obstacle.path, obstacle.why)
        said = error.strerror if isinstance(error, OSError) else ""
        why = Message.of(N_("This file cannot be written: {problem}."), problem=said or str(error))
        self.run.leave(path, why)
