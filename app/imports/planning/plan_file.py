"""All that is in a file, or a folder of them, as the rows of one plan."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from sqlmodel import Session

from app.errors import Problem
from app.imports import queries
from app.imports.planning.detect_format import Content
from app.imports.planning.library_index import PreviousImports, normalize_entry
from app.imports.planning.plan_notes import beside_rows, notes_rows
from app.imports.planning.plan_records import record_rows, with_pdfs
from app.imports.rules import NoteTarget, PlanRow, RowState, check_size, entry_to_mend
from app.kit.decoding import decode_text
from app.kit.text import NOTE_LIMIT
from app.settings import Language
from app.sources.drafts import NoteDraft, PaperDraft, ReadFile, RecordDraft
from app.sources.markdown.linked_files import Shelf

_PROBLEMS_KEY = "::problems"


def plan_file(
    session: Session, content: Content, name: str, language: Language = "en"
) -> tuple[list[PlanRow], PreviousImports]:
    """The rows of a file called `name`, and what earlier imports of it brought. Writes nothing.

    Raises:
        Invalid: it has too many entries for one import.
    """
    if content.records is None:
        if whole := _held_whole(session, content.text, name):
            return [whole], PreviousImports.load(session, name, {})
        rows, earlier, others = notes_rows(session, content.text, name, language=language)
        groups = [rows]
    else:
        problems = content.records.problems
        lists = _lists_held(session, content)
        read = [each for each in content.records.records if each.path not in lists]
        kept = ReadFile(format=content.format, records=(*read, *_kept_problems(problems, name)))
        check_size(len(kept.records))
        rows, earlier = record_rows(session, kept, name)
        groups, others, shelf = [rows], [], Shelf(content.files)
        for path, batch in lists.items():
            text = decode_text(content.files[path])
            rows, _, more = notes_rows(
                session, text, batch, path=path, shelf=shelf, language=language
            )
            groups.append(rows)
            others += more
    if others:
        groups.append(record_rows(session, ReadFile(format="", records=tuple(others)), name)[0])
    together = with_pdfs(session, _joined(groups), content.pdfs)
    check_size(len(together))
    return [*together, *beside_rows(together)], earlier


def _joined(groups: Sequence[Sequence[PlanRow]]) -> list[PlanRow]:
    """Rows of several files as one list, positions and keys told apart."""
    if len(groups) == 1:
        return list(groups[0])
    times = Counter(row.key for rows in groups for row in rows)
    joined: list[PlanRow] = []
    for rows in groups:
        shift = max((row.position for row in joined), default=-1) + 1
        for row in rows:
            same = row.first if row.first is not None else row.position
            joined.append(
                replace(
                    row,
                    position=row.position + shift,
                    key=f"{row.path}: {row.key}" if times[row.key] > 1 and row.path else row.key,
                    first=None if row.first is None else row.first + shift,
                    references=tuple(at + shift for at in row.references),
                    names=(f"entry {same + shift}",) if row.record and row.names else row.names,
                )
            )
    return joined


def _lists_held(session: Session, content: Content) -> dict[str, str]:
    """The files of a folder that were imported before, alone, as lists of notes: they are read as
    they were then. By path, the name that they had."""
    named = {PurePosixPath(path).name: path for path in content.files if path.endswith(".md")}
    found: dict[str, str] = {}
    for batch in queries.note_lists_named(session, named) if named else ():
        found[named[PurePosixPath(batch).name]] = batch
    return {
        path: batch
        for path, batch in found.items()
        if _is_of(session, decode_text(content.files[path]), batch)
    }


def _is_of(session: Session, text: str, batch: str) -> bool:
    """Whether entries of a text are those of an earlier import."""
    raws = {normalize_entry(raw) for raw in queries.texts_imported(session, batch)} - {""}
    return any(raw in text.replace("\r\n", "\n") for raw in raws)


def _held_whole(session: Session, text: str, name: str) -> PlanRow | None:
    """The row of a file that came in before as one note, as part of a folder."""
    item = queries.item_of_text(session, PurePosixPath(name).name, text)
    note = queries.notes_among(session, [item.item_id]).get(item.item_id) if item else None
    if item is None or note is None:
        return None
    return PlanRow(
        position=1,
        key=item.entry_key,
        state=RowState.REMOVED if note.trashed_at else RowState.UNCHANGED,
        kind="thought",
        title=note.title,
        raw=text,
        take=False,
        draft=PaperDraft(title=note.title),
        target=NoteTarget("note", note.id, note.title, f"/notes/{note.id}"),
        body=note.body,
        full_body=note.body,
        version=note.version,
    )


def _kept_problems(problems: Sequence[Problem], name: str) -> list[RecordDraft]:
    """What could not be read, as a note: nothing of a file is lost."""
    problems = [each for each in problems if each.kept and each.raw.strip()]
    if not problems:
        return []
    body = "\n\n".join(map(entry_to_mend, problems))
    bodies = [body[at : at + NOTE_LIMIT] for at in range(0, len(body), NOTE_LIMIT)]
    notes = tuple(NoteDraft(title=f"{name}: entries to mend", body=each) for each in bodies)
    return [RecordDraft(draft=None, key=_PROBLEMS_KEY, raw=body, notes=notes)]
