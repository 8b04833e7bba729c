"""A folder and the library in step: edits on either side travel, and nothing is overwritten.

For every file is kept how it stood when both sides last agreed. First the library takes, in one
transaction, what the folder says, and notes for each file the text that it has taken; then files
are written; then what was written is noted. Killed anywhere in between, the next time finds out
from the notes what is still to be done.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from sqlmodel import Session, col, select

from app.database import Database
from app.errors import N_, CrosswalkError, Invalid, Message
from app.models import SyncConflict, SyncedFile, SyncedFolder, now
from app.notes import attachments
from app.settings import Settings
from app.sources.drafts import DETAILS
from app.vault import apply_changes, dump_load, row_format, rules
from app.vault import folder as files
from app.vault.document import Unreadable, Value, front_text, split
from app.vault.dump_load import Row, Tables
from app.vault.folder import File
from app.vault.merging import Clash, merge_rows
from app.vault.parsing import is_paper, kind_of, own_note, term, text_of
from app.vault.rules import TRASH
from app.vault.writing import MARK, Folder

Act = Callable[[], object]

_LINES = {  # what was done, as a report says it
    "in": "folder → library",
    "out": "library → folder",
    "merged": "merged",
    "conflict": "conflict",
    "trashed": "to the trash",
    "restored": "out of the trash",
    "left": "left alone",
}


@dataclass(frozen=True)
class Line:
    """What happened to one file, and what is to be said of it."""

    what: str
    path: str
    why: Message | None = None

    def __str__(self) -> str:
        return "\t".join(filter(None, (self.path, _LINES[self.what], str(self.why or ""))))


@dataclass
class Report:
    lines: list[Line] = field(default_factory=list)

    def count(self, what: str) -> int:
        return sum(line.what == what for line in self.lines)

    def text(self) -> list[str]:
        """Lines for a terminal: each file, then how many."""
        counts = {what: self.count(what) for what in _LINES}
        told = ", ".join(f"{number} {_LINES[what]}" for what, number in counts.items() if number)
        return [*map(str, self.lines), told or "In step: nothing to do."]


@dataclass(frozen=True)
class Here:
    """How the library would write a file, and where."""

    home: str
    text: str

    @property
    def made(self) -> str:
        return _digest(self.text)


@dataclass
class _Write:
    """A file to be written: where it was, where it goes, and of what."""

    path: str
    text: str
    home: str = ""
    kind: str = ""
    item: int = 0
    made: str = ""
    was: str = ""  # the path that it leaves


def sync(database: Database, settings: Settings, path: Path, *, dry_run: bool = False) -> Report:
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
    disk, problems = files.read_folder(folder)
    with database.read() if dry_run else database.write() as session:
        step = _Step(session, settings.library, _folder_row(session, folder, disk), disk)
        step.report.lines += [Line("left", each.path, each.why) for each in problems]
        step.left |= {each.path for each in problems}
        step.take()
        step.plan()
        session.flush()
        folder_id = step.row.id or 0
    if not dry_run:
        with _files_written(database, folder_id) as wrote:
            _write(folder, step, settings.library, wrote)
    return step.report


def _folder_row(session: Session, folder: Path, disk: Mapping[str, File]) -> SyncedFolder:
    known = session.exec(select(SyncedFolder).where(col(SyncedFolder.path) == str(folder))).first()
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
        known = SyncedFolder(path=str(folder))
    known.synced_at = now()
    session.add(known)
    session.flush()
    return known


class _Step:
    """One time that both sides are brought together: what is known, and what is to be done."""

    def __init__(
        self, session: Session, library: Path, row: SyncedFolder, disk: Mapping[str, File]
    ) -> None:
        self.session = session
        self.library = library
        self.row = row
        self.disk = disk
        self.report = Report()
        self.left: set[str] = set()  # paths that are not to be touched
        self.writes: list[_Write] = []
        self.removals: list[str] = []
        self.tried = False  # whether the library may have been changed
        self.day = now().date().isoformat()
        statement = select(SyncedFile).where(col(SyncedFile.folder_id) == row.id)
        self.states = {state.path: state for state in session.exec(statement)}
        self.copies: dict[str, list[SyncConflict]] = defaultdict(list)
        for conflict in session.exec(
            select(SyncConflict).where(col(SyncConflict.folder_id) == row.id)
        ):
            self.copies[conflict.copy_path].append(conflict)
        self._look()

    def _look(self) -> None:
        self.session.flush()
        self.held: Tables = dump_load.read(self.session)
        self.folder = Folder(self.held)
        self.here = {
            (kind, item): Here(home, text) for home, kind, item, text in self.folder.documents()
        }

    # --- The folder's word ---

    def take(self) -> None:
        """Carry what the folder says into the library."""
        self._settle_copies()
        self._follow_moves()
        for path, state in sorted(self.states.items()):
            if state.kind and path not in self.left:
                self._take_known(state)
        known = {state.path for state in self.states.values()} | set(self.copies)
        for path in sorted(set(self.disk) - known - self.left):
            self._take_new(path)
        if self.tried:
            self._look()

    def _settle_copies(self) -> None:
        """A copy that the reader took away is a conflict that was decided in the folder; one that
        was decided in the browser takes its copy away."""
        for copy, conflicts in self.copies.items():
            open_ones = [each for each in conflicts if each.resolved_at is None]
            if not open_ones and copy in self.disk:
                self.removals.append(copy)
            for each in open_ones:
                if each.is_copied and copy not in self.disk:
                    each.resolved_at = now()

    def _follow_moves(self) -> None:
        """A file that is gone, and one elsewhere that says the same number: it was moved."""
        gone = {
            (state.kind, state.item_id): state
            for path, state in self.states.items()
            if state.kind and path not in self.disk and path not in self.left
        }
        if not gone:
            return
        for path in sorted(set(self.disk) - set(self.states) - set(self.copies)):
            if kind_of(path) is None or not path.endswith(".md"):
                continue
            try:
                front = split(text_of(self.disk[path].data))[0]
            except Unreadable:
                continue
            number = str(front.get("id", ""))
            for kind in (kind_of(path), "paper", "note"):
                if number.isdigit() and (state := gone.pop((str(kind), int(number)), None)):
                    del self.states[state.path]
                    renamed = _stem(state.path) != _stem(path)
                    state.path = path
                    self.states[path] = state
                    if kind == "note" and renamed and not path.startswith(TRASH):
                        self._retitle(state, front)
                    break

    def _retitle(self, state: SyncedFile, front: Mapping[str, Value]) -> None:
        """A note is called what its file is called: that is how Obsidian renames."""
        title = str(front.get("title", ""))
        if rules.title_name(title, state.item_id) == _stem(state.home):
            called: Row = {"title": _stem(state.path)}
            self._try(
                state.path,
                lambda: apply_changes.change(self.session, "note", state.item_id, called),
            )
            self._look()

    def _take_known(self, state: SyncedFile) -> None:
        here = self.here.get((state.kind, state.item_id))
        file = self.disk.get(state.path)
        if file is None:
            self._take_removal(state, here)
            return
        text = self._text(state.path, file)
        if text is None:
            return
        if here is None:  # deleted for good, or a note that stands with its paper now
            self._forget(state)
            if text == state.text:
                self.removals.append(state.path)
            else:
                self.report.lines.append(
                    Line("left", state.path, Message.of(N_("It is not in the library any more.")))
                )
                self.left.add(state.path)
            return
        if state.kind in ("paper", "note"):
            self._take_place(state, here)
        if text in (state.text, here.text):
            state.text = text
            return
        if self._merge(state.path, state.kind, state.item_id, state.text, here.text, text):
            state.text = text

    def _take_place(self, state: SyncedFile, here: Here) -> None:
        """In the folder's trash is in the library's; unless the library moved it itself."""
        is_there = state.path.startswith(f"{TRASH}/")
        was_there = state.home.startswith(f"{TRASH}/")
        if is_there == was_there or here.home.startswith(f"{TRASH}/") != was_there:
            return
        what = "trashed" if is_there else "restored"
        act = apply_changes.trash if is_there else apply_changes.restore
        if self._try(state.path, lambda: act(self.session, state.kind, state.item_id)):
            self.report.lines.append(Line(what, state.path))

    def _take_removal(self, state: SyncedFile, here: Here | None) -> None:
        if here is None:
            self._forget(state)
        elif here.home.startswith(f"{TRASH}/") and state.path.startswith(f"{TRASH}/"):
            self.left.add(state.path)  # taken out of the folder's trash: nothing to do
        elif state.kind not in ("paper", "note"):
            self._forget(state)
            why = Message.of(N_("It is written again: delete it in Crosswalk."))
            self.report.lines.append(Line("left", state.path, why))
        elif here.made == state.made:
            self.tried = True
            apply_changes.trash(self.session, state.kind, state.item_id)
            self.report.lines.append(Line("trashed", state.path))
            self._forget(state)
        else:
            self._forget(state)
            why = Message.of(N_("It was changed in the library since, and is written again."))
            self.report.lines.append(Line("left", state.path, why))

    def _forget(self, state: SyncedFile) -> None:
        self.states.pop(state.path, None)
        if state.id is not None:
            self.session.delete(state)
            self.session.flush()

    def _take_new(self, path: str) -> None:
        kind = kind_of(path)
        if not kind:
            return
        text = self._text(path, self.disk[path])
        if text is None:
            return
        try:
            kind = "paper" if kind == "note" and is_paper(text) else kind
            row, notes = self._said(kind, path, text)
        except Unreadable as problem:
            self._leave(path, problem.why)
            return
        number = row.get("id")
        held = self.here.get((kind, number)) if isinstance(number, int) else None
        taken = {(state.kind, state.item_id) for state in self.states.values()}
        if held and (kind, number) not in taken and _same_key(kind, held, path, row):
            if text == held.text or self._merge(
                path, kind, int(str(number)), None, held.text, text
            ):
                self._know(path, kind, int(str(number)), text, held.home)
            return
        if kind == "field":
            self._leave(path, Message.of(N_("Change it in Crosswalk; here it is only shown.")))
            return
        made: list[int] = []

        def create() -> None:
            made.append(apply_changes.create(self.session, kind, row))
            if path.startswith(f"{TRASH}/") and kind in ("paper", "note"):
                apply_changes.trash(self.session, kind, made[0])
            for note in notes:
                about = {kind: row["citekey" if kind == "paper" else "slug"]}
                apply_changes.create(self.session, "note", {**note, **about})

        if self._try(path, create):
            self._know(path, kind, made[0], text, "")
            self.report.lines.append(Line("in", path))

    def _know(self, path: str, kind: str, item: int, text: str, home: str) -> None:
        state = SyncedFile(
            folder_id=self.row.id or 0, path=path, home=home, kind=kind, item_id=item, text=text
        )
        self.session.add(state)
        self.states[path] = state

    def _text(self, path: str, file: File) -> str | None:
        try:
            return text_of(file.data)
        except Unreadable as problem:
            self._leave(path, problem.why)
            return None

    def _leave(self, path: str, why: Message) -> None:
        self.left.add(path)
        self.report.lines.append(Line("left", path, why))

    def _try(self, path: str, act: Act) -> bool:
        """Do it whole, or not at all and say why."""
        self.tried = True
        try:
            with self.session.begin_nested():
                act()
        except Invalid as error:
            name, message = next(iter(error.errors.items()))
            self._leave(
                path, Message.of(N_("{field}: {problem}"), field=name, problem=str(message))
            )
        except CrosswalkError as error:
            self._leave(path, error.message)
        else:
            return True
        return False

    def _said(self, kind: str, path: str, text: str) -> tuple[Row, list[Row]]:
        """What a file says of its thing, in the library's words, and its notes."""
        text = self._with_pictures(path, text)
        if kind == "note":
            return own_note(path, text), []
        row, notes = term(kind, path, text)
        if kind == "paper":
            verdict = row_format.current_verdict(row)
            row.pop("verdicts", None)
            if verdict:
                row["verdict"] = "\n".join(
                    filter(None, (str(verdict["verdict"]), str(verdict.get("reason") or "")))
                )
        return row, notes

    def _with_pictures(self, path: str, text: str) -> str:
        """Pictures that the reader put into the folder, kept by the library from now on."""

        def stored(name: str) -> str | None:
            found = rules.picture_path(path, name, self.disk)
            if found is None or not attachments.media_type(self.disk[found].data):
                return None
            try:
                held = attachments.store(
                    self.session,
                    self.library,
                    filename=Path(found).name,
                    data=self.disk[found].data,
                )
            except Invalid:
                return None
            return held.sha256

        return rules.take_pictures(text, stored)

    def _merge(
        self, path: str, kind: str, item: int, base: str | None, ours: str, theirs: str
    ) -> bool:
        """Take what `theirs` changed since `base`. False where it was left alone."""
        try:
            said, notes = self._said(kind, path, theirs)
            was, notes_then = self._said(kind, path, base) if base is not None else (None, [])
            is_now, notes_now = self._said(kind, path, ours)
        except Unreadable as problem:
            self._leave(path, problem.why)
            return False
        if kind == "field":
            self._leave(path, Message.of(N_("Change it in Crosswalk; here it is only shown.")))
            return False
        clashes: list[tuple[str, int, Clash]] = []
        merged = merge_rows(was, is_now, said, apply_changes.PARTS[kind], apply_changes.TEXTS)
        clashes += [(kind, item, clash) for clash in merged.clashes]
        changed = {"in": bool(merged.changes)}

        def act() -> None:
            if merged.changes:
                apply_changes.change(self.session, kind, item, merged.changes)
            key = "citekey" if kind == "paper" else "slug"
            about = {kind: merged.changes.get(key) or is_now.get(key)}
            for note_id, changes, found in self._note_changes(notes_then, notes_now, notes, was):
                changed["in"] = True
                clashes.extend(("note", note_id, clash) for clash in found)
                if changes is None:
                    apply_changes.trash(self.session, "note", note_id)
                elif note_id == 0:
                    apply_changes.create(self.session, "note", {**changes, **about})
                elif changes:
                    apply_changes.change(self.session, "note", note_id, changes)

        if not self._try(path, act):
            return False
        if clashes:
            self._keep_both(path, clashes, theirs)
        elif changed["in"]:
            what = "merged" if (was, notes_then) != (is_now, notes_now) else "in"
            self.report.lines.append(Line(what, path))
        return True

    def _note_changes(
        self, then: list[Row], now_: list[Row], said: list[Row], base: Row | None
    ) -> Iterator[tuple[int, Row | None, list[Clash]]]:
        """Of the notes in a file: number (0: a new one), what to change (None: to the trash)."""
        before = {note.get("id"): note for note in then}
        ours = {note.get("id"): note for note in now_}
        seen = set()
        for note in said:
            number = note.get("id")
            if number in seen or number not in ours or not isinstance(number, int):
                # one that went to the trash here stays there, unless it was rewritten there
                if number in before and number not in seen and note == before[number]:
                    continue
                if str(note.get("title", "")) or str(note.get("body", "")).strip():
                    yield 0, {n: note.get(n) for n in ("title", "body") if note.get(n)}, []
                continue
            seen.add(number)
            if not (str(note.get("title", "")) or str(note.get("body", "")).strip()):
                yield number, None, []
                continue
            was = before.get(number) if base is not None else None
            merged = merge_rows(
                was, ours[number], note, apply_changes.PARTS["note"], apply_changes.TEXTS
            )
            if merged.changes or merged.clashes:
                yield number, merged.changes, merged.clashes
        for number, note in before.items():
            if number not in seen and number in ours and isinstance(number, int):
                mine = {n: ours[number].get(n) for n in apply_changes.PARTS["note"]}
                if mine == {n: note.get(n) for n in apply_changes.PARTS["note"]}:
                    yield number, None, []

    def _keep_both(self, path: str, clashes: list[tuple[str, int, Clash]], text: str) -> None:
        """The folder's whole file beside it; what clashes, for the browser to decide."""
        stem = path.removesuffix(".md")
        copy, count = f"{stem} (conflict {self.day}).md", 1
        while copy in self.disk or copy in self.copies:
            count += 1
            copy = f"{stem} (conflict {self.day} {count}).md"
        for kind, item, clash in clashes:
            conflict = SyncConflict(
                folder_id=self.row.id or 0,
                path=path,
                copy_path=copy,
                kind=kind,
                item_id=item,
                part=clash.name,
                base=apply_changes.as_text(clash.base),
                ours=apply_changes.as_text(clash.ours),
                theirs=apply_changes.as_text(clash.theirs),
                text=text,
            )
            self.session.add(conflict)
            self.copies[copy].append(conflict)
        parts = ", ".join(clash.name for _, _, clash in clashes)
        why = Message.of(N_("both changed {parts}; the folder's is {copy}"), parts=parts, copy=copy)
        self.report.lines.append(Line("conflict", path, why))

    # --- The library's word ---

    def plan(self) -> None:
        """What is to be written into the folder for it to say what the library says."""
        by_item = {(state.kind, state.item_id): state for state in self.states.values()}
        used = {path.casefold() for path in self.disk}
        for key, here in self.here.items():
            state = by_item.get(key)
            if state is None:
                path = here.home
                if path in self.left or (path.casefold() in used and path not in self.states):
                    path = f"{path.removesuffix('.md')} ({key[1]}).md"
                    if path in self.disk:
                        continue
                self._to_write(_Write(path, here.text, here.home, *key, here.made))
                continue
            if state.path in self.left:
                continue
            file = self.disk.get(state.path)
            agreed = (state.home, state.made) == (here.home, here.made)
            if agreed and file and file.data == state.text.encode():
                continue  # nobody changed anything, which is so for nearly all
            target = state.path
            if state.home and state.home != here.home:
                target = here.home
            if here.home.startswith(f"{TRASH}/") != target.startswith(f"{TRASH}/"):
                target = here.home
            if (
                target != state.path
                and target.casefold() in used
                and target.casefold() != state.path.casefold()
            ):
                target = f"{target.removesuffix('.md')} ({key[1]}).md"
            text = _with_extras(key[0], here.text, state.text)
            if target != state.path or file is None or file.data != text.encode():
                was = state.path if target != state.path else ""
                self._to_write(_Write(target, text, here.home, *key, here.made, was))
            else:
                state.home, state.made = here.home, here.made
        self._plan_others()

    def _plan_others(self) -> None:
        written: set[str] = set()
        for path, text in self.folder.others():
            written.add(path)
            if path in self.left:
                continue
            state, file = self.states.get(path), self.disk.get(path)
            digest = _digest(text)
            if file and file.data == text.encode():
                if state is None:
                    self._know(path, "", 0, digest, path)
                else:
                    state.text = digest
                continue
            if file and state and sha256(file.data).hexdigest() != state.text:
                self._keep_view(path, file)
            self._to_write(_Write(path, text, path))
        for path, state in list(self.states.items()):
            if not state.kind and path not in written:
                file = self.disk.get(path)
                if file and sha256(file.data).hexdigest() == state.text:
                    self.removals.append(path)
                self._forget(state)

    def _keep_view(self, path: str, file: File) -> None:
        """What a reader wrote into a file that the library alone writes is kept beside it."""
        stem, dot, ending = path.rpartition(".")
        copy = f"{stem} (conflict {self.day}){dot}{ending}"
        if copy not in self.disk:
            self.writes.append(_Write(copy, file.data.decode("utf-8", "replace"), kind="copy"))
        why = Message.of(N_("Change it in Crosswalk; what was written here is {copy}"), copy=copy)
        self.report.lines.append(Line("conflict", path, why))

    def _to_write(self, write: _Write) -> None:
        self.writes.append(write)
        if write.kind or write.path not in self.disk:
            told = {line.path for line in self.report.lines[-3:]}
            if write.path not in told:
                self.report.lines.append(Line("out", write.path))


def _with_extras(kind: str, made: str, stood: str) -> str:
    """The library's text of a file with the reader's own properties of it."""
    try:
        front, _, _ = split(stood)
    except Unreadable:
        return made
    known = {row_format.CALLED.get(name, name) for name in row_format.SHAPES[kind].properties}
    known |= {"links"} if kind == "note" else {"aliases"}
    if kind == "paper":
        known |= {"tag_names", "verdict", "reason", *DETAILS}
    extras = {name: value for name, value in front.items() if name not in known}
    if not extras:
        return made
    _, body, _ = split(made)
    head = made[: len(made) - len(body)].removesuffix("---\n")
    return f"{head}{front_text(extras)[4:]}{body}"


def _same_key(kind: str, held: Here, path: str, row: Row) -> bool:
    """Whether a file that has a thing's number is about that thing."""
    if kind == "note":
        return held.home == path or _stem(held.home) == _stem(path)
    key = "citekey" if kind == "paper" else "slug"
    return rules.key_of(_stem(held.home)) == str(row.get(key))


def _stem(path: str) -> str:
    return path.rpartition("/")[2].removesuffix(".md")


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


@dataclass
class _Wrote:
    """What was done in the folder: to be noted, also where something stopped it half-way."""

    done: list[_Write] = field(default_factory=list)
    copied: list[str] = field(default_factory=list)


@contextmanager
def _files_written(database: Database, folder_id: int) -> Iterator[_Wrote]:
    wrote = _Wrote()
    try:
        yield wrote
    finally:
        if wrote.done or wrote.copied:
            with database.write() as session:
                _note(session, folder_id, wrote)


def _note(session: Session, folder_id: int, wrote: _Wrote) -> None:
    statement = select(SyncedFile).where(col(SyncedFile.folder_id) == folder_id)
    states = {state.path: state for state in session.exec(statement)}
    for write in wrote.done:
        state = states.pop(write.was, None) if write.was else states.get(write.path)
        if state is None:
            state = SyncedFile(folder_id=folder_id, path=write.path, home=write.home)
        state.path, state.home = write.path, write.home
        state.kind, state.item_id, state.made = write.kind, write.item, write.made
        state.text = write.text if write.kind else _digest(write.text)
        session.add(state)
        states[write.path] = state
    if wrote.copied:
        for conflict in session.exec(
            select(SyncConflict).where(
                col(SyncConflict.folder_id) == folder_id,
                col(SyncConflict.copy_path).in_(wrote.copied),
            )
        ):
            conflict.is_copied = True


def _write(folder: Path, step: _Step, library: Path, wrote: _Wrote) -> None:
    """Copies first: a text is overwritten only when it stands elsewhere."""
    for copy, conflicts in step.copies.items():
        waiting = [each for each in conflicts if not each.is_copied and each.resolved_at is None]
        if waiting and copy not in step.disk:
            files.write_file(folder, copy, waiting[0].text.encode())
        if waiting:
            wrote.copied.append(copy)
    for write in sorted(step.writes, key=lambda each: each.kind != "copy"):
        at = write.was or write.path
        if not files.is_unchanged(folder, at, step.disk.get(at)):
            why = Message.of(N_("It was being changed; the next time looks at it."))
            step.report.lines.append(Line("left", at, why))
            continue
        files.write_file(folder, write.path, write.text.encode())
        if write.was:
            files.remove_file(folder, write.was)
        if write.kind != "copy":
            wrote.done.append(write)
    for path in step.removals:
        if files.is_unchanged(folder, path, step.disk.get(path)):
            files.remove_file(folder, path)
    for row in step.held["attachment"]:
        digest, media = str(row["sha256"]), str(row["media_type"])
        name, picture = rules.picture_file(digest, media), attachments.path_of(library, digest)
        if name not in step.disk and picture.is_file():
            files.write_file(folder, name, picture.read_bytes())
