"""What is to be written into a folder for it to say what the library says."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app.errors import N_, Message
from app.models import SyncedFile, utc_now
from app.notes import attachments
from app.vault.files.document import (
    Unreadable,
    VaultDocument,
    front_text,
    list_of_property,
    raw_properties,
    read_properties,
    replace_properties,
)
from app.vault.files.folder import File
from app.vault.files.obsidian import TRASH, picture_file
from app.vault.files.row_format import PREFIX, SUBJECTS, aliases_of, row_of
from app.vault.files.writing import MARK
from app.vault.sync.file_content import library_names, own_names
from app.vault.sync.library_files import digest_of
from app.vault.sync.memory import FileWrite
from app.vault.sync.recovery import stood_of
from app.vault.sync.report import SyncLine
from app.vault.sync.sides import Sides, SyncRun


@dataclass(frozen=True)
class FileCopy:
    """What a reader wrote at `of`, to be kept at `path`."""

    path: str
    of: str
    data: bytes


@dataclass
class WritePlan:
    """What is to be done in the folder, and then to be noted of it. `copies` first: a text is
    overwritten only when it stands elsewhere."""

    copies: list[FileCopy] = field(default_factory=list)
    writes: list[FileWrite] = field(default_factory=list)
    agreed: list[FileWrite] = field(default_factory=list)  # files that say the right thing already
    forgotten: dict[str, int] = field(default_factory=dict)  # ids of SyncedFile by path


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
        disk, states = self.run.disk, self.sides.states
        by_item = {(state.kind, state.item_id): state for state in states.values()}
        used = {path.casefold() for path in disk}
        for key, here in self.sides.here.items():
            state = by_item.get(key)
            if state is None:
                path = here.home
                if self.run.is_left(path):
                    continue
                if path.casefold() in used and path not in states:
                    path = f"{path.removesuffix('.md')} ({key[1]}).md"
                    if path in disk:
                        continue
                self._write(FileWrite(path, here.text, here.home, *key, here.made))
                continue
            if self.run.is_left(state.path):
                continue
            file = disk.get(state.path)
            agreed = (state.home, state.made) == (here.home, here.made)
            if agreed and file and file.data == state.text.encode():
                continue  # nobody changed anything, which is so for nearly all
            target = _target(state.path, state.home, here.home, used, key[1])
            text, base = self._with_readers_lines(key[0], state, here.text)
            if target != state.path or file is None or file.data != text.encode():
                was = state.path if target != state.path else ""
                write = FileWrite(target, text, here.home, *key, here.made, was, base)
                write.stood = stood_of(state)
                self._write(write)
            elif not agreed:
                self.plan.agreed.append(
                    FileWrite(state.path, state.text, here.home, *key, here.made)
                )

        for path, state in states.items():
            file = disk.get(path)
            is_gone = state.kind and (state.kind, state.item_id) not in self.sides.here
            if is_gone and file and file.data == state.text.encode():
                self.run.removals.append(path)
                self.plan.forgotten[path] = state.id

    def _with_readers_lines(
        self, kind: str, state: SyncedFile, made: str
    ) -> tuple[str, str | None]:
        """A file's text, and from which text the next sync tells what was changed, if another."""
        kept = self.run.kept.get(state.path, {})
        aliases = self.run.aliases.get(state.path)
        if aliases is None:
            aliases = _readers_aliases(kind, state.text)
        text = _compose(kind, made, state.text, kept, aliases)
        waiting = kept.keys() - own_names(kind)
        if not waiting:
            return text, None
        rest = {name: said for name, said in kept.items() if name not in waiting}
        return text, _compose(kind, made, state.text, rest, aliases)

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
                if file and digest_of(file.data) == state.text:
                    self.run.removals.append(path)
                self.plan.forgotten[path] = state.id
        self._other(MARK, self.sides.library.mark(self._files()))

    def _other(self, path: str, text: str) -> None:
        if self.run.is_left(path):
            return
        state, file = self.sides.states.get(path), self.run.disk.get(path)
        if file and file.data == text.encode():
            if state is None or state.text != digest_of(text):
                self.plan.agreed.append(FileWrite(path, text, path))
            return
        if path != MARK and file and state and digest_of(file.data) != state.text:
            self._keep_view(path, file)
        self._write(FileWrite(path, text, path, stood=stood_of(state)))

    def _files(self) -> dict[str, str]:
        """The folder's files that are the library's too, as they will be, but for the mark, with
        their digests; not what is kept of conflicts."""
        gone = {MARK, *self.run.removals, *(each.was for each in self.plan.writes)}
        digests = {
            path: digest_of(self.run.disk[path].data)
            for path in self.sides.states.keys() & self.run.disk.keys()
            if path not in gone
        }
        for row in self.sides.library.pictures:
            digest = str(row["sha256"])
            name = picture_file(digest, str(row["media_type"]))
            if name in self.run.disk or attachments.read_file(self.library, digest):
                digests[name] = digest
        digests |= self.sides.library.pdfs
        return digests | {each.path: digest_of(each.text) for each in self.plan.writes}

    def _keep_view(self, path: str, file: File) -> None:
        """What a reader wrote into a file that the library alone writes is kept beside it."""
        stem, dot, ending = path.rpartition(".")
        copy, count = f"{stem} (conflict {self.day}){dot}{ending}", 1
        while copy in self.run.disk and self.run.disk[copy].data != file.data:
            count += 1
            copy = f"{stem} (conflict {self.day} {count}){dot}{ending}"
        if copy not in self.run.disk:
            self.plan.copies.append(FileCopy(copy, path, file.data))
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


def _compose(kind: str, made: str, stood: str, kept: Mapping[str, str], aliases: list[str]) -> str:
    """The library's text of a file with the reader's own lines among its properties: those of
    `stood` that are not the library's, and those that are `kept`. Where the library has one of the
    same name, its own gets another."""
    ours, theirs = raw_properties(made), raw_properties(stood)
    own, known = own_names(kind), library_names(kind)
    lines: dict[str, str] = {}
    for name, said in ours.items():
        is_taken = name in kept or f"{PREFIX}{name}" in theirs or _is_readers(kind, name, theirs)
        if name in kept and name not in own:
            lines[name] = kept[name]
        elif name in own and is_taken:
            lines[f"{PREFIX}{name}"] = f"{PREFIX}{said}"
        else:
            lines[name] = said
    if aliases:
        front = read_properties(made).values
        every = dict.fromkeys([*list_of_property(front.get("aliases")), *aliases])
        lines["aliases"] = front_text({"aliases": [*every]}).removeprefix("---\n")[:-4]
    for name, said in {**theirs, **kept}.items():
        is_ours = name in known and name not in kept and f"{PREFIX}{name}" not in theirs
        is_ours = is_ours and not _is_readers(kind, name, theirs)
        if name not in lines and not is_ours and not name.startswith(PREFIX):
            lines[name] = said
    return made if lines == ours else replace_properties(made, lines)


def _is_readers(kind: str, name: str, lines: Mapping[str, str]) -> bool:
    """Whether a note's file has, under the name of a property that the library seldom writes, one
    of the reader's."""
    if kind != "note" or name not in lines or "trashed" in lines:
        return False
    return name in SUBJECTS or (name == "links" and lines[name].split() != ["links:", "raw"])


def _readers_aliases(kind: str, stood: str) -> list[str]:
    """The aliases in a file that the library did not make of what else it says."""
    if kind == "note" or "aliases" not in raw_properties(stood):
        return []
    try:
        values = read_properties(stood).values
    except Unreadable:
        return []
    made = aliases_of(kind, row_of(kind, VaultDocument(values)))
    return [each for each in list_of_property(values.get("aliases")) if each not in made]
