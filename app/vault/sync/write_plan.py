"""What is to be written into a folder for it to say what the library says."""

from collections.abc import Collection
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from app.errors import N_, Message
from app.models import utc_now
from app.notes import attachments
from app.sources.drafts import DETAILS
from app.vault.files import row_format
from app.vault.files.document import Unreadable, front_text, split_properties
from app.vault.files.folder import File
from app.vault.files.obsidian import TRASH, picture_file
from app.vault.files.writing import MARK
from app.vault.sync.library_files import digest_of
from app.vault.sync.report import SyncLine
from app.vault.sync.sides import Sides, SyncRun


@dataclass
class FileWrite:
    """A file to be written, or to be noted: where it was, where it goes, and of what."""

    path: str
    text: str
    home: str = ""
    kind: str = ""
    item: int = 0
    made: str = ""
    was: str = ""  # the path that it leaves


@dataclass
class WritePlan:
    """What is to be done in the folder, and then to be noted of it."""

    writes: list[FileWrite] = field(default_factory=list)
    agreed: list[FileWrite] = field(default_factory=list)  # files that say the right thing already
    forgotten: list[int] = field(default_factory=list)  # ids of SyncedFile


def plan_writes(run: SyncRun, sides: Sides, library: Path) -> WritePlan:
    """Tells what is told of it in the sync's report, and adds to its removals. `library` is where
    pictures are."""
    plan = _Planning(run, sides, library)
    plan.settle_copies()
    plan.documents()
    plan.others()
    return plan.plan


class _Planning:
    def __init__(self, run: SyncRun, sides: Sides, library: Path) -> None:
        self.run = run
        self.sides = sides
        self.library = library
        self.plan = WritePlan()
        self.day = utc_now().date().isoformat()

    def settle_copies(self) -> None:
        """A conflict that was decided in the browser takes its copy away."""
        for copy, conflicts in self.sides.copies.items():
            if copy in self.run.disk and all(each.resolved_at for each in conflicts):
                self.run.removals.append(copy)

    def documents(self) -> None:
        """Papers, terms and notes."""
        disk, left, states = self.run.disk, self.run.left, self.sides.states
        by_item = {(state.kind, state.item_id): state for state in states.values()}
        used = {path.casefold() for path in disk}
        for key, here in self.sides.here.items():
            state = by_item.get(key)
            if state is None:
                path = here.home
                if path in left or (path.casefold() in used and path not in states):
                    path = f"{path.removesuffix('.md')} ({key[1]}).md"
                    if path in disk:
                        continue
                self._write(FileWrite(path, here.text, here.home, *key, here.made))
                continue
            if state.path in left:
                continue
            file = disk.get(state.path)
            agreed = (state.home, state.made) == (here.home, here.made)
            if agreed and file and file.data == state.text.encode():
                continue  # nobody changed anything, which is so for nearly all
            target = _target(state.path, state.home, here.home, used, key[1])
            text = _with_extras(key[0], here.text, state.text)
            if target != state.path or file is None or file.data != text.encode():
                was = state.path if target != state.path else ""
                self._write(FileWrite(target, text, here.home, *key, here.made, was))
            elif not agreed:
                self.plan.agreed.append(
                    FileWrite(state.path, state.text, here.home, *key, here.made)
                )

    def others(self) -> None:
        """What the library alone writes."""
        disk, states = self.run.disk, self.sides.states
        written: set[str] = set()
        for path, text in self.sides.library.others():
            written.add(path)
            self._other(path, text)
        for path, state in states.items():
            if not state.kind and path not in {*written, MARK}:
                file = disk.get(path)
                if file and sha256(file.data).hexdigest() == state.text:
                    self.run.removals.append(path)
                self.plan.forgotten.append(state.id)
        self._other(MARK, self.sides.library.mark(self._files()))

    def _other(self, path: str, text: str) -> None:
        if path in self.run.left:
            return
        state, file = self.sides.states.get(path), self.run.disk.get(path)
        if file and file.data == text.encode():
            if state is None or state.text != digest_of(text):
                self.plan.agreed.append(FileWrite(path, text, path))
            return
        if path != MARK and file and state and sha256(file.data).hexdigest() != state.text:
            self._keep_view(path, file)
        self._write(FileWrite(path, text, path))

    def _files(self) -> dict[str, str]:
        """All files of the folder as they will be, but for its mark, with their digests."""
        gone = {MARK, *self.run.removals, *(each.was for each in self.plan.writes)}
        digests = {
            path: sha256(file.data).hexdigest()
            for path, file in self.run.disk.items()
            if path not in gone
        }
        for row in self.sides.library.pictures:
            digest = str(row["sha256"])
            name = picture_file(digest, str(row["media_type"]))
            if name not in digests and attachments.read_file(self.library, digest):
                digests[name] = digest
        return digests | {each.path: digest_of(each.text) for each in self.plan.writes}

    def _keep_view(self, path: str, file: File) -> None:
        """What a reader wrote into a file that the library alone writes is kept beside it."""
        stem, dot, ending = path.rpartition(".")
        copy = f"{stem} (conflict {self.day}){dot}{ending}"
        if copy not in self.run.disk:
            text = file.data.decode("utf-8", "replace")
            self.plan.writes.append(FileWrite(copy, text, kind="copy"))
        why = Message.of(N_("Change it in Crosswalk; what was written here is {copy}"), copy=copy)
        self.run.report.lines.append(SyncLine("conflict", path, why))

    def _write(self, write: FileWrite) -> None:
        self.plan.writes.append(write)
        if write.kind or write.path not in self.run.disk:
            told = {line.path for line in self.run.report.lines[-3:]}
            if write.path not in told:
                self.run.report.lines.append(SyncLine("out", write.path))


def _target(path: str, was_home: str, home: str, used: Collection[str], number: int) -> str:
    """Where a file goes that is at `path`: the reader's place for it, unless the library's own
    place for it is another than it was. No other file's place, in any case of letters, of `used`.
    """
    target = home if was_home and was_home != home else path
    if home.startswith(f"{TRASH}/") != target.startswith(f"{TRASH}/"):
        target = home
    is_taken = target.casefold() in used and target.casefold() != path.casefold()
    return f"{target.removesuffix('.md')} ({number}).md" if target != path and is_taken else target


def _with_extras(kind: str, made: str, stood: str) -> str:
    """The library's text of a file with the reader's own properties of it."""
    try:
        front, _, _ = split_properties(stood)
    except Unreadable:
        return made
    known = {row_format.CALLED.get(name, name) for name in row_format.SHAPES[kind].properties}
    known |= {"links"} if kind == "note" else {"aliases"}
    if kind == "paper":
        known |= {"tag_names", "verdict", "reason", *DETAILS}
    extras = {name: value for name, value in front.items() if name not in known}
    if not extras:
        return made
    _, body, _ = split_properties(made)
    head = made[: len(made) - len(body)].removesuffix("---\n")
    return f"{head}{front_text(extras)[4:]}{body}"
