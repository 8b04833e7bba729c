"""What the folder says, carried into the library."""

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property, partial
from pathlib import Path

from pydantic import JsonValue
from sqlmodel import Session

from app.errors import N_, AlreadyHeld, CrosswalkError, Invalid, Message
from app.kit.text import fold_letters
from app.models import SyncConflict, SyncedFile, utc_now
from app.notes import attachments
from app.vault.dump_load import Row
from app.vault.files import obsidian, row_format
from app.vault.files.document import (
    Unreadable,
    list_of_property,
    read_properties,
    replace_properties,
)
from app.vault.files.folder import File
from app.vault.files.obsidian import TRASH, title_of_path
from app.vault.files.parsing import decode_file, is_paper, kind_of
from app.vault.files.row_format import SHAPES, list_texts
from app.vault.sync import apply_changes, note_matching
from app.vault.sync.file_content import (
    FileContent,
    other_properties,
    read_edited_content,
    read_library_file,
    read_new_content,
    refuse_cut_off,
)
from app.vault.sync.library_files import LibraryFile, digest_of
from app.vault.sync.presence import find_moved, is_about_same, number_of
from app.vault.sync.report import SyncLine
from app.vault.sync.sides import Sides, SyncRun
from app.vault.sync.three_way_merge import Clash, merge_rows

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
        or any(_is_news(run, state) for state in sides.states.values())
        or any(kind_of(path) for path in _unknown(run, sides))
    )


def _is_news(run: SyncRun, state: SyncedFile) -> bool:
    if not state.kind or run.is_left(state.path):
        return False
    file = run.disk.get(state.path)
    return (
        file is None
        or file.data != state.text.encode()
        or _is_trash(state.path) != _is_trash(state.home)
    )


def _unknown(run: SyncRun, sides: Sides) -> list[str]:
    known = set(sides.states) | set(sides.copies)
    return [path for path in sorted(set(run.disk) - known) if not run.is_left(path)]


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
            if _is_news(self.run, state):
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
        has_renamed = False
        by_item = {(state.kind, state.item_id): state for state in self.states.values()}
        for key, path in find_moved(self.run, self.states).items():
            state = by_item[key]
            del self.states[state.path]
            renamed = title_of_path(state.path) != title_of_path(path)
            state.path = path
            self.session.add(state)
            self.states[path] = state
            if key[0] == "note" and renamed and not _is_trash(path):
                has_renamed |= self._retitle(state)
        return has_renamed

    def _retitle(self, state: SyncedFile) -> bool:
        """A note is called what its file is called: that is how Obsidian renames."""
        try:
            title = str(read_library_file("note", state.path, state.text).row.get("title", ""))
        except Unreadable:
            return False
        if obsidian.title_name(title, state.item_id) != title_of_path(state.home):
            return False
        called: Row = {"title": title_of_path(state.path)}
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
            if text != state.text:
                self._forget(state)
                why = Message.of(N_("It is not in the library any more."))
                self.run.leave(state.path, why)
            return
        if state.kind in ("paper", "note"):
            self._take_place(state, here)
        if text == state.text:
            return
        if text == here.text:
            base: str | None = text
        else:
            base = self._merge(state.path, state.kind, state.item_id, state.text, here.text, text)
        if base is not None:
            state.text = base
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
            self.run.left.add(state.path)  # taken out of the folder's trash: nothing to do
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

    def _give_up(self, state: SyncedFile) -> None:
        """Have a file taken away, as it is, when the folder is written."""
        state.kind, state.item_id, state.text = "", 0, digest_of(self.disk[state.path].data)
        self.session.add(state)

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
            if self._is_known_thing(path, kind, text):
                return
            found = self._read(kind, path, text, read_new_content)
        except Unreadable as problem:
            self.run.leave(path, problem.why)
            return
        if kind == "field":
            self.run.leave(path, Message.of(N_("Change it in Crosswalk; here it is only shown.")))
            return
        row, notes = self._with_known_names(kind, found), found.notes
        made: list[int] = []

        def create() -> None:
            made.clear()
            said = row
            if kind == "note" and any(row.get(name) for name in row_format.SUBJECTS):
                text = filter(None, (other_properties(found), str(row.get("body", ""))))
                said = {**row, "body": "\n\n".join(text)}  # whose own file it loses
            made.append(apply_changes.create_thing(self.session, kind, said))
            if _is_trash(path) and kind in ("paper", "note"):
                apply_changes.trash_thing(self.session, kind, made[0])
            for note in notes:
                about = {kind: row["citekey" if kind == "paper" else "slug"]}
                apply_changes.create_thing(self.session, "note", {**note, **about})

        refused = self._try_most(
            path, create, row, "citekey", "title", "slug", "name_en", "name_zh"
        )
        if refused is None:
            return
        found.waits |= {row_format.CALLED.get(name, name): why for name, why in refused.items()}
        base = self._waiting(path, text, found, {})
        self._know(path, kind, made[0], base, "")
        self.report.lines.append(SyncLine("in", path))

    def _is_known_thing(self, path: str, kind: str, text: str) -> bool:
        """Whether a file that is new is about a thing that the library has; if so, it is taken."""
        front = read_properties(text).values
        number = number_of(front)
        key = (kind, number)
        if key not in self.here and kind == "paper":
            key = (kind, self._trashed_keys.get(row_format.key_of_front(path, front), 0))
        held = self.here.get(key)
        if held is None:
            return False
        state = next(
            (each for each in self.states.values() if (each.kind, each.item_id) == key), None
        )
        if not is_about_same(held.home, held.text, path, front):
            return False
        if state is None:
            base = text
            if text != held.text:
                merged = self._merge(path, kind, key[1], None, held.text, text)
                base = merged if merged is not None else ""
            if base:
                self._know(path, kind, key[1], base, held.home)
            return True
        if not (_is_trash(held.home) and _is_trash(state.path)) or _is_trash(path):
            return False
        return self._put_back(path, state, held, text)

    def _put_back(self, path: str, state: SyncedFile, held: LibraryFile, text: str) -> bool:
        """A file that is in the trash, and stands in the folder again."""
        kind, item, base = state.kind, state.item_id, state.text
        if not self._try(path, lambda: apply_changes.restore_thing(self.session, kind, item)):
            return True
        self.report.lines.append(SyncLine("restored", path))
        if state.path in self.disk:
            self._give_up(state)
        else:
            self._forget(state)
        taken = self._merge(path, kind, item, base, held.text, text)
        self._know(path, kind, item, base if taken is None else taken, held.home)
        return True

    @cached_property
    def _trashed_keys(self) -> dict[str, int]:
        """The numbers of papers in the trash by their keys."""
        return {
            obsidian.key_of(title_of_path(held.home)): item
            for (kind, item), held in self.here.items()
            if kind == "paper" and _is_trash(held.home)
        }

    @cached_property
    def _slugs(self) -> dict[str, dict[str, str]]:
        """The slugs of terms and fields by every name of them."""
        return {
            kind: {
                fold_letters(name): str(row["slug"])
                for row in self.sides.library.rows(kind)
                for called in ("name_en", "name_zh", "synonyms_en", "synonyms_zh", "slug")
                for name in list_texts(row.get(called))
            }
            for kind in ("technique", "issue", "field")
        }

    def _with_known_names(self, kind: str, found: FileContent) -> Row:
        """Terms that are called by a name, by their slugs."""
        row = dict(found.row)
        for name, target in SHAPES[kind].links.items():
            slugs = self._slugs.get(target, {})
            said: JsonValue = row.get(name)
            if isinstance(said, list):
                row[name] = [slugs.get(fold_letters(str(each)), each) for each in said]
            elif isinstance(said, str):
                row[name] = slugs.get(fold_letters(said), said)
        return row

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
            self.run.leave(path, problem.why)
            return None

    def _try(self, path: str, act: Act) -> bool:
        """Do it whole, or not at all and say why."""
        self.tried = True
        try:
            with self.session.begin_nested():
                act()
        except Invalid as error:
            name, message = next(iter(error.errors.items()))
            self.run.leave(
                path, Message.of(N_("{field}: {problem}"), field=name, problem=str(message))
            )
        except CrosswalkError as error:
            self.run.leave(path, error.message)
        else:
            return True
        return False

    def _try_most(self, path: str, act: Act, row: Row, *needed: str) -> dict[str, Message] | None:
        """Do it without those values of `row` that cannot be saved: these, with why. None where it
        was left alone, since one of `needed` cannot be, or something else."""
        refused: dict[str, Message] = {}
        while True:
            self.tried = True
            try:
                with self.session.begin_nested():
                    act()
            except Invalid as error:
                # A verdict's reason and day stand with it.
                parts = dict.fromkeys(("reason", "due"), "verdict")
                said = {parts.get(name, name): why for name, why in error.errors.items()}
                bad = {
                    name: why for name, why in said.items() if name in row and name not in needed
                }
            except AlreadyHeld as error:
                bad = {name: error.message for name in ("doi", "arxiv_id") if row.get(name)}
                bad = dict([*bad.items()][:1]) if "citekey" not in needed else {}
                if not bad:
                    self.run.leave(path, error.message)
                    return None
                said = {}
            except CrosswalkError as error:
                self.run.leave(path, error.message)
                return None
            else:
                return refused
            if not bad:
                name, message = next(iter(said.items()))
                why = Message.of(N_("{field}: {problem}"), field=name, problem=str(message))
                self.run.leave(path, why)
                return None
            for name, message in bad.items():
                del row[name]
                refused[name] = Message.of(
                    N_("{field}: {problem} It waits; the rest was taken."),
                    field=row_format.CALLED.get(name, name),
                    problem=str(message),
                )

    def _read(
        self, kind: str, path: str, text: str, read: Callable[[str, str, str], FileContent]
    ) -> FileContent:
        """What a file says, its pictures kept by the library."""
        return read(kind, path, self._with_pictures(path, text))

    def _waiting(self, path: str, text: str, found: FileContent, known: Mapping[str, str]) -> str:
        """Tell what waits in a file, and keep the reader's lines of it: the text from which the
        next sync tells what was changed, so that what waits is seen again."""
        if not found.waits and not found.readers:
            return text
        self.run.kept[path] = found.raw({*found.waits, *found.readers})
        for why in found.waits.values():
            self.report.lines.append(SyncLine("left", path, why))
        lines = {**found.properties.raw}
        for name in self.run.kept[path]:
            lines[name] = known.get(name, "")
        return replace_properties(text, lines)

    def _with_pictures(self, path: str, text: str) -> str:
        """Pictures that the reader put into the folder, kept by the library from now on."""

        def stored(name: str) -> str | None:
            found = obsidian.picture_path(path, name, self.disk)
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

        return obsidian.take_pictures(text, stored)

    def _merge(
        self, path: str, kind: str, item: int, base: str | None, ours: str, theirs: str
    ) -> str | None:
        """Take what `theirs` changed since `base`; the text from which the next sync tells what was
        changed. None where it was left alone."""
        try:
            if base is not None:
                refuse_cut_off(theirs, base)
            is_now = self._read(kind, path, ours, read_library_file)
            was = self._read(kind, path, base, read_library_file) if base is not None else None
            known = was or is_now
            found = self._read(kind, path, theirs, partial(read_edited_content, known=known))
            said = note_matching.match_notes(was.notes if was else None, is_now.notes, found.notes)
        except Unreadable as problem:
            self.run.leave(path, problem.why)
            return None
        if kind == "field":
            self.run.leave(path, Message.of(N_("Change it in Crosswalk; here it is only shown.")))
            return None
        row = self._with_known_names(kind, found)
        merged = merge_rows(
            was.row if was else None,
            is_now.row,
            row,
            apply_changes.PARTS[kind],
            apply_changes.TEXTS,
        )
        clashes = [(kind, item, clash) for clash in merged.clashes]
        found_notes: list[tuple[int, Clash]] = []
        changed = {"in": bool(merged.changes)}
        key = "citekey" if kind == "paper" else "slug"

        def act() -> None:
            changed["in"] = bool(merged.changes)
            found_notes.clear()
            if merged.changes:
                apply_changes.change_thing(self.session, kind, item, merged.changes)
            about = {kind: merged.changes.get(key) or is_now.row.get(key)}
            for note_id, changes, clashing in self._note_changes(said, about):
                changed["in"] = True
                found_notes.extend((note_id, clash) for clash in clashing)
                if changes is None:
                    apply_changes.trash_thing(self.session, "note", note_id)
                elif note_id == 0:
                    apply_changes.create_thing(self.session, "note", {**changes, **about})
                elif changes:
                    apply_changes.change_thing(self.session, "note", note_id, changes)

        refused = self._try_most(path, act, merged.changes)
        if refused is None:
            return None
        found.waits |= {row_format.CALLED.get(name, name): why for name, why in refused.items()}
        clashes += [("note", number, clash) for number, clash in found_notes]
        if clashes:
            self._keep_both(path, clashes, theirs)
        elif changed["in"]:
            is_both = was is None or (was.row, was.notes) != (is_now.row, is_now.notes)
            self.report.lines.append(SyncLine("merged" if is_both else "in", path))
        self._keep_aliases(path, kind, known, found)
        return self._waiting(path, theirs, found, known.properties.raw)

    def _keep_aliases(self, path: str, kind: str, known: FileContent, found: FileContent) -> None:
        """Aliases that the library did not make of what a file says, or said."""
        if kind == "note":
            return
        made = {
            *row_format.aliases_of(kind, known.row),
            *row_format.aliases_of(kind, found.row),
        }
        said = list_of_property(found.properties.values.get("aliases"))
        self.run.aliases[path] = [each for each in said if each not in made]

    def _note_changes(
        self, notes: note_matching.MatchedNotes, about: Row
    ) -> Iterator[tuple[int, Row | None, list[Clash]]]:
        """Of the notes in a file: number (0: a new one), what to change (None: to the trash)."""
        before = {note.get("id"): note for note in notes.base}
        ours = {note.get("id"): note for note in notes.ours}
        seen = set()
        for note in notes.said:
            number = note.get("id")
            is_empty = not (str(note.get("title", "")) or str(note.get("body", "")).strip())
            if number in seen or number not in ours or not isinstance(number, int):
                # one that went to the trash here stays there, unless it was rewritten there
                if number in before and number not in seen and note == before[number]:
                    continue
                if is_empty:
                    continue
                trashed = self._trashed_note(number, about) if number not in before else None
                if trashed and isinstance(number, int):
                    seen.add(number)
                    apply_changes.restore_thing(self.session, "note", number)
                    names = apply_changes.PARTS["note"]
                    yield number, {n: note[n] for n in names if note.get(n) != trashed.get(n)}, []
                else:
                    yield 0, {n: note.get(n) for n in ("title", "body") if note.get(n)}, []
                continue
            seen.add(number)
            if is_empty:
                yield number, None, []
                continue
            was = before.get(number) if notes.has_base else None
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

    def _trashed_note(self, number: JsonValue, about: Row) -> Row | None:
        """The note in the trash that has this number and is about the same thing."""
        held = self.here.get(("note", number)) if isinstance(number, int) else None
        if held is None or not _is_trash(held.home):
            return None
        row = read_library_file("note", held.home, held.text).row
        return row if all(row.get(name) == key for name, key in about.items()) else None

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


def _is_trash(path: str) -> bool:
    return path.startswith(f"{TRASH}/")
