"""The verbs of imports. They take a session first, decide and write, and never commit."""

import hashlib
import os
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TypeVar

from sqlmodel import Session

from app.database import Database
from app.errors import N_, Invalid, NotFound, TooLarge
from app.imports import queries
from app.imports.known import Earlier, Known
from app.imports.planning import brought_along, entry_row, opening_row
from app.imports.rules import (
    NAME_LIMIT,
    PREAMBLE_KEY,
    Correction,
    Plan,
    Report,
    corrected,
    foreseen,
    told_apart,
)
from app.imports.starter import load_starter
from app.imports.taking import take
from app.imports.undoing import undo
from app.models import ImportBatch
from app.sources.decoding import decode
from app.sources.markdown_notes import parse
from app.sources.note_links import NameFinder
from app.text import tidy_line

__all__ = ["load_starter", "undo"]

Made = TypeVar("Made")
FILE_LIMIT = 5 * 1024 * 1024  # bytes
ENTRY_LIMIT = 2_000
_ENDINGS = (".md", ".markdown")


def read_notes(data: bytes) -> str:
    """The text of an uploaded file.

    Raises:
        TooLarge: it is more than 5 MB.
        Invalid: it is empty, or no text.
    """
    if len(data) > FILE_LIMIT:
        raise TooLarge(N_("The file is larger than 5 MB. Cut it into several."))
    text = decode(data)
    if not text.strip("\ufeff \t\r\n"):
        raise Invalid.field("file", N_("There is nothing in this file."))
    return text


def preview(session: Session, text: str, name: str) -> Plan:
    """What importing `text`, from a file called `name`, would do. Writes nothing.

    Raises:
        Invalid: the file has too many entries for one import.
    """
    known = Known.load(session)
    notes = parse(text, known.names)
    if len(notes.entries) > ENTRY_LIMIT:
        raise Invalid.field(
            "file",
            N_("This file has {count} entries; at most {limit} are taken at once."),
            count=len(notes.entries),
            limit=ENTRY_LIMIT,
        )
    name = tidy_line(name)[:NAME_LIMIT] or "notes.md"
    keys = told_apart(entry.key for entry in notes.entries)
    earlier = Earlier.load(session, name, {PREAMBLE_KEY, *keys})
    finder = NameFinder(known.technique_names(), text)
    rows = [opening_row(notes, name, earlier, known)] if notes.preamble.body else []
    rows += [
        entry_row(entry, key, earlier, known, finder)
        for entry, key in zip(notes.entries, keys, strict=True)
    ]
    return Plan(
        name=name,
        sha256=hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
        rows=tuple(rows),
        gone=tuple(earlier.missing({row.key for row in rows})),
    )


def apply(
    session: Session,
    plan: Plan,
    corrections: Mapping[int, Correction] | None = None,
    *,
    overwrite: bool = False,
) -> Report:
    """Take what `plan` says, as the reader corrected it, in the caller's transaction.

    Without anything to take no row is written. What was edited in the file and in Crosswalk stays
    as it is here, unless `overwrite` or a row's correction says otherwise.

    Raises:
        Invalid: by field and position, such as `title-3`.
    """
    rows = [corrected(row, (corrections or {}).get(row.position)) for row in plan.rows]
    if overwrite:
        rows = [corrected(row, None, overwrite=True) for row in rows]
    for row in rows:
        seen = (corrections or {}).get(row.position, Correction()).token
        if row.take and seen is not None and seen != row.token:
            raise Invalid.field(
                f"title-{row.position}",
                N_("This changed in the library while you looked. Look again, then import."),
            )
    return take(session, plan, rows)


def import_text(
    session: Session, text: str, name: str, *, dry_run: bool = False, overwrite: bool = False
) -> Report:
    """Preview and apply in one go, for those who want no preview."""
    plan = preview(session, text, name)
    if dry_run:
        rows = [corrected(row, None, overwrite=overwrite) for row in plan.rows]
        return foreseen(plan, rows, brought_along(rows))
    return apply(session, plan, overwrite=overwrite)


def import_path(
    db: Database, path: Path, *, dry_run: bool = False, overwrite: bool = False
) -> list[Report]:
    """Import a file, or every Markdown file of a folder, in one transaction: all or nothing.

    Raises:
        NotFound: there is no such file, or no Markdown in the folder.
        Invalid: a file cannot be read; the message names it.
    """
    files = [(name, data) for file, name in _files(path) if (data := _data(file, path)) is not None]
    if not files:
        raise NotFound(N_("There is no Markdown file at {path}."), path=str(path))
    texts = [(name, _read(data, name)) for name, data in files]
    transaction = db.read if dry_run else db.write
    with transaction() as session:
        return [
            import_text(session, text, name, dry_run=dry_run, overwrite=overwrite)
            for name, text in texts
        ]


def _files(path: Path) -> Iterable[tuple[Path, str]]:
    if path.is_file():
        yield path, _shown(path.name)
    elif path.is_dir():
        for file in sorted(path.rglob("*")):
            if file.is_file() and file.suffix.lower() in _ENDINGS:
                yield file, _shown(file.relative_to(path).as_posix())


def _shown(name: str) -> str:
    """A file's name as text: on disk it is bytes, which may be in another encoding than ours."""
    return os.fsencode(name).decode("utf-8", "replace")


def _data(file: Path, path: Path) -> bytes | None:
    """Folders are full of empty files; one that was asked for by name is a mistake to be told."""
    with file.open("rb") as opened:
        data = opened.read(FILE_LIMIT + 1)
    return data if file == path or data.strip() else None


def _read(data: bytes, name: str) -> str:
    try:
        return read_notes(data)
    except Invalid as problem:
        raise Invalid({name: problem.errors["file"]}) from problem
    except TooLarge as problem:
        raise Invalid({name: problem.message}) from problem


def earlier_imports(session: Session) -> list[tuple[ImportBatch, int]]:
    """Every import, the latest first, with the number of things that it made or changed."""
    return queries.batches(session)


def is_empty(session: Session) -> bool:
    """Whether the library holds nothing at all, in the trash neither."""
    return not queries.is_anything_there(session)


def get_batch(session: Session, batch_id: int) -> ImportBatch:
    """Raises NotFound: there is no such import."""
    batch = queries.batch_by_id(session, batch_id)
    if batch is None:
        raise NotFound(N_("There is no import {number}."), number=batch_id)
    return batch


@dataclass(frozen=True)
class MadeRow:
    """A row that an import made or changed; `edited`: by the reader, since."""

    title: str
    url: str
    edited: bool


def made_by(session: Session, batch: ImportBatch) -> dict[str, list[MadeRow]]:
    """The records, notes, techniques and issues of an import that are still there, by kind."""
    versions: dict[str, dict[int, int]] = defaultdict(dict)
    for item in queries.items_of(session, batch.id or 0):
        versions[item.item_kind][item.item_id] = item.version
    return {
        "paper": [
            MadeRow(paper.title, f"/papers/{paper.citekey}", paper.version > version)
            for paper, version in _with(queries.papers_by_id, session, versions["paper"])
        ],
        "note": [
            MadeRow(note.title, f"/notes/{note.id}", note.version > version)
            for note, version in _with(queries.notes_by_id, session, versions["note"])
        ],
        "technique": [
            MadeRow(
                term.name_en or term.name_zh, f"/techniques/{term.slug}", term.version > version
            )
            for term, version in _with(queries.techniques_by_id, session, versions["technique"])
        ],
        "issue": [
            MadeRow(term.name_en or term.name_zh, f"/issues/{term.slug}", term.version > version)
            for term, version in _with(queries.issues_by_id, session, versions["issue"])
        ],
    }


def _with(
    load: Callable[[Session, Collection[int]], Mapping[int, Made]],
    session: Session,
    versions: Mapping[int, int],
) -> list[tuple[Made, int]]:
    found = load(session, versions)
    return [(found[number], version) for number, version in versions.items() if number in found]


# --- The file itself ----------------------------------------------------------------------------


def keep(library: Path, data: bytes) -> str:
    """Store an uploaded file under its SHA-256, whole or not at all; the digest."""
    digest = hashlib.sha256(data).hexdigest()
    folder = library / "imports"
    folder.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=folder, delete=False) as file:
        file.write(data)
    Path(file.name).replace(folder / digest)
    return digest


def kept(library: Path, digest: str) -> bytes:
    """Raises NotFound: no file with this digest was handed in."""
    file = library / "imports" / digest
    if not file.is_file():
        raise NotFound(N_("This file is not here any more. Hand it in again."))
    return file.read_bytes()
