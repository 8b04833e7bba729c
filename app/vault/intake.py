"""What the folder says, carried into the library."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from sqlmodel import Session

from app.errors import N_, CrosswalkError, Invalid, Message
from app.models import SyncConflict, SyncedFile, utc_now
from app.notes import attachments
from app.vault import apply_changes, row_format, rules
from app.vault.document import Unreadable, Value, split_properties
from app.vault.dump_load import Row
from app.vault.folder import File
from app.vault.library_files import LibraryFile
from app.vault.merging import Clash, merge_rows
from app.vault.parsing import decode_file, is_paper, kind_of, own_note, parse_document_file
from app.vault.rules import TRASH
from app.vault.sides import Sides, SyncRun
from app.vault.sync_report import SyncLine

Act = Callable[[], object]


def has_news(run: SyncRun, sides: Sides) -> bool:
    """Whether the folder says anything that the library has not taken."""
    disk = run.disk
    return (
        any(
            each.resolved_at is None and each.is_copied and copy not in disk
            for copy, conflicts in sides.copies.items()
            for each in conflicts
        )
        or any(_is_news(run, sides, state) for state in sides.states.values())
        or any(kind_of(path) for path in _unknown(run, sides))
    )


def _is_news(run: SyncRun, sides: Sides, state: SyncedFile) -> bool:
    if not state.kind or state.path in run.left:
        return False
    file = run.disk.get(state.path)
    return (
        file is None
        or file.data != state.text.encode()
        or (state.kind, state.item_id) not in sides.here
        or _is_trash(state.path) != _is_trash(state.home)
    )


def _unknown(run: SyncRun, sides: Sides) -> list[str]:
    known = set(sides.states) | set(sides.copies)
    return sorted(set(run.disk) - known - run.left)


class Intake:
    """Carries what the folder says into the library, in the caller's transaction.

    `library` is where pictures are kept. `sides` must be as that transaction finds them.
    """

    def __init__(self, session: Session, library: Path, run: SyncRun, sides: Sides) -> None:
        self.session = session
        self.library = library
        self.run = run
        self.disk = run.disk
        self.report = run.report
        self.left = run.left
        self.here = sides.here
        self.states = sides.states
        self.copies = sides.copies
        self.sides = sides
        self.tried = False  # whether the library may have been changed
        self.day = utc_now().date().isoformat()

    def take(self) -> bool:
        """Whether all was taken. Where notes were renamed that is all that was done: the rest is to
        be seen against the library as it then is."""
        self._settle_copies()
        if self._follow_moves():
            return False
        for _, state in sorted(self.states.items()):
            if _is_news(self.run, self.sides, state):
                self._take_known(state)
        for path in _unknown(self.run, self.sides):
            self._take_new(path)
        return True

    def _settle_copies(self) -> None:
        """A copy that the reader took away is a conflict that was decided in the folder."""
        for copy, conflicts in self.copies.items():
            for each in conflicts:
                if each.resolved_at is None and each.is_copied and copy not in self.disk:
                    each.resolved_at = utc_now()
                    self.session.add(each)

    def _follow_moves(self) -> bool:
        """A file that is gone, and one elsewhere that says the same number: it was moved. Whether a
        note was renamed by that."""
        gone = {
            (state.kind, state.item_id): state
            for path, state in self.states.items()
            if state.kind and path not in self.disk and path not in self.left
        }
        if not gone:
            return False
        has_renamed = False
        for path in sorted(set(self.disk) - set(self.states) - set(self.copies)):
            if kind_of(path) is None or not path.endswith(".md"):
                continue
            try:
                front = split_properties(decode_file(self.disk[path].data))[0]
            except Unreadable:
                continue
            number = str(front.get("id", ""))
            for kind in (kind_of(path), "paper", "note"):
                if number.isdigit() and (state := gone.pop((str(kind), int(number)), None)):
                    del self.states[state.path]
                    renamed = _stem(state.path) != _stem(path)
                    state.path = path
                    self.session.add(state)
                    self.states[path] = state
                    if kind == "note" and renamed and not _is_trash(path):
                        has_renamed |= self._retitle(state, front)
                    break
        return has_renamed

    def _retitle(self, state: SyncedFile, front: Mapping[str, Value]) -> bool:
        """A note is called what its file is called: that is how Obsidian renames."""
        title = str(front.get("title", ""))
        if rules.title_name(title, state.item_id) != _stem(state.home):
            return False
        called: Row = {"title": _stem(state.path)}
        return self._try(
            state.path,
            lambda: apply_changes.change_thing(self.session, "note", state.item_id, called),
        )

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
                self.run.removals.append(state.path)
            else:
                self.report.lines.append(
                    SyncLine(
                        "left", state.path, Message.of(N_("It is not in the library any more."))
                    )
                )
                self.left.add(state.path)
            return
        if state.kind in ("paper", "note"):
            self._take_place(state, here)
        if text == state.text:
            return
        if text == here.text or self._merge(
            state.path, state.kind, state.item_id, state.text, here.text, text
        ):
            state.text = text
            self.session.add(state)

    def _take_place(self, state: SyncedFile, here: LibraryFile) -> None:
        """In the folder's trash is in the library's; unless the library moved it itself."""
        is_there = _is_trash(state.path)
        was_there = _is_trash(state.home)
        if is_there == was_there or _is_trash(here.home) != was_there:
            return
        what = "trashed" if is_there else "restored"
        act = apply_changes.trash_thing if is_there else apply_changes.restore_thing
        if self._try(state.path, lambda: act(self.session, state.kind, state.item_id)):
            self.report.lines.append(SyncLine(what, state.path))

    def _take_removal(self, state: SyncedFile, here: LibraryFile | None) -> None:
        if here is None:
            self._forget(state)
        elif _is_trash(here.home) and _is_trash(state.path):
            self.left.add(state.path)  # taken out of the folder's trash: nothing to do
        elif state.kind not in ("paper", "note"):
            self._forget(state)
            why = Message.of(N_("It is written again: delete it in Crosswalk."))
            self.report.lines.append(SyncLine("left", state.path, why))
        elif here.made == state.made:
            self.tried = True
            apply_changes.trash_thing(self.session, state.kind, state.item_id)
            self.report.lines.append(SyncLine("trashed", state.path))
            self._forget(state)
        else:
            self._forget(state)
            why = Message.of(N_("It was changed in the library since, and is written again."))
            self.report.lines.append(SyncLine("left", state.path, why))

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
            made.append(apply_changes.create_thing(self.session, kind, row))
            if _is_trash(path) and kind in ("paper", "note"):
                apply_changes.trash_thing(self.session, kind, made[0])
            for note in notes:
                about = {kind: row["citekey" if kind == "paper" else "slug"]}
                apply_changes.create_thing(self.session, "note", {**note, **about})

        if self._try(path, create):
            self._know(path, kind, made[0], text, "")
            self.report.lines.append(SyncLine("in", path))

    def _know(self, path: str, kind: str, item: int, text: str, home: str) -> None:
        state = SyncedFile(
            folder_id=self.run.folder_id, path=path, home=home, kind=kind, item_id=item, text=text
        )
        self.session.add(state)
        self.states[path] = state

    def _text(self, path: str, file: File) -> str | None:
        try:
            return decode_file(file.data)
        except Unreadable as problem:
            self._leave(path, problem.why)
            return None

    def _leave(self, path: str, why: Message) -> None:
        self.left.add(path)
        self.report.lines.append(SyncLine("left", path, why))

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
        row, notes = parse_document_file(kind, path, text)
        if kind == "paper":
            verdict = row_format.current_verdict_row(row)
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
                held = attachments.store_attachment(
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
                apply_changes.change_thing(self.session, kind, item, merged.changes)
            key = "citekey" if kind == "paper" else "slug"
            about = {kind: merged.changes.get(key) or is_now.get(key)}
            for note_id, changes, found in self._note_changes(notes_then, notes_now, notes, was):
                changed["in"] = True
                clashes.extend(("note", note_id, clash) for clash in found)
                if changes is None:
                    apply_changes.trash_thing(self.session, "note", note_id)
                elif note_id == 0:
                    apply_changes.create_thing(self.session, "note", {**changes, **about})
                elif changes:
                    apply_changes.change_thing(self.session, "note", note_id, changes)

        if not self._try(path, act):
            return False
        if clashes:
            self._keep_both(path, clashes, theirs)
        elif changed["in"]:
            what = "merged" if (was, notes_then) != (is_now, notes_now) else "in"
            self.report.lines.append(SyncLine(what, path))
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
                folder_id=self.run.folder_id,
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
        self.report.lines.append(SyncLine("conflict", path, why))


def _same_key(kind: str, held: LibraryFile, path: str, row: Row) -> bool:
    """Whether a file that has a thing's number is about that thing."""
    if kind == "note":
        return held.home == path or _stem(held.home) == _stem(path)
    key = "citekey" if kind == "paper" else "slug"
    return rules.key_of(_stem(held.home)) == str(row.get(key))


def _stem(path: str) -> str:
    return path.rpartition("/")[2].removesuffix(".md")


def _is_trash(path: str) -> bool:
    return path.startswith(f"{TRASH}/")
