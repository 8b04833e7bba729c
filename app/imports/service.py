"""The verbs of imports. They take a session first, decide and write, and never commit."""

import hashlib
import os
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError
from sqlmodel import Session

from app.database import Database
from app.errors import N_, Invalid, Message, NotFound, TooLarge
from app.imports import queries
from app.imports.applying.benchmark_results import preview_result, report_results, take_result
from app.imports.applying.pdfs import make_holder
from app.imports.applying.pictures import as_written, make_illustrator
from app.imports.applying.plan_applier import Hold, Illustrate, apply_rows, hold_nothing
from app.imports.applying.undo import bring_back, preview_undo, undo_import
from app.imports.planning.detect_format import ZIP_LIMIT, Content, read_content, read_folder_content
from app.imports.planning.plan_file import plan_file
from app.imports.planning.plan_records import documents_of
from app.imports.planning.read_pdfs import find_pdfs
from app.imports.rules import (
    NAME_LIMIT,
    Correction,
    FieldChange,
    ForAll,
    ImportPlan,
    ImportReport,
    PlanRow,
    correct_row,
    dry_run_report,
    give_to_all,
    list_field_changes,
    settle_rows,
)
from app.imports.starter import load_benchmarks, load_starter
from app.kit.archives import LyingFiles
from app.kit.files import walk
from app.kit.text import tidy_line
from app.library.bulk_edit import editing
from app.library.rules import PaperEdit
from app.models import ImportBatch
from app.settings import Language

__all__ = [
    "bring_back",
    "load_benchmarks",
    "load_starter",
    "preview_result",
    "preview_undo",
    "take_result",
    "undo_import",
]

Made = TypeVar("Made")
_ENDINGS = (".md", ".markdown")
_DIGITS = 8  # of a digest, that tell texts without names apart
_NAMELESS = ("", "blob", "-", "stdin")


@dataclass(frozen=True)
class ReadingOptions:
    """How a file is to be read: as which of `detect_format.FORMATS`, and, of predictions, whose
    on what; what is empty is told from the file. In `language` is what gets a title from us."""

    format: str = ""
    benchmark: str = ""
    system: str = ""
    language: Language = "en"

    @property
    def said(self) -> dict[str, str]:
        """What somebody said of the file."""
        return {"format": self.format, "benchmark": self.benchmark, "system": self.system}

    @property
    def asked(self) -> str:
        """The format that was asked for, if only by saying whose predictions these are."""
        return self.format or ("predictions" if self.benchmark or self.system else "")


def preview_plan(
    session: Session,
    content: Content,
    name: str,
    *,
    sha256: str = "",
    language: Language = "en",
) -> ImportPlan:
    """What importing `content`, from a file called `name`, would do. Writes nothing.

    Raises:
        Invalid: the file has too many entries for one import.
    """
    name = tidy_line(name)[:NAME_LIMIT] or "notes.md"
    problems = content.records.problems if content.records else ()
    rows, earlier = plan_file(session, content, name, language)
    return ImportPlan(
        name=name,
        sha256=sha256,
        rows=tuple(rows),
        gone=tuple(earlier.missing({key for row in rows for key in _keys(row)})),
        format=content.format,
        problems=problems,
        documents=documents_of(rows, content.pdfs),
    )


def _keys(row: PlanRow) -> Iterator[str]:
    yield row.key
    for note in row.notes:
        yield note.key


def apply_plan(
    session: Session,
    plan: ImportPlan,
    corrections: Mapping[str, Correction] | None = None,
    *,
    overwrite: bool = False,
    for_all: ForAll | None = None,
    illustrate: Illustrate = as_written,
    hold: Hold = hold_nothing,
) -> ImportReport:
    """Take what `plan` says, as the reader corrected it (by entry key), in the caller's
    transaction. Every paper that is taken gets what is `for_all` too.

    Without anything to take no row is written. What was edited in the file and in Crosswalk stays
    as it is here, unless `overwrite` or a row's correction says otherwise.

    Raises:
        Invalid: by field and position, such as `title-3`; of what is for all, `add_tags` and such.
    """
    said = corrections or {}
    rows = [correct_row(row, said.get(row.key), overwrite=overwrite) for row in plan.rows]
    rows = settle_rows(rows)
    for row, planned in zip(rows, plan.rows, strict=True):
        seen = said[row.key].token if row.key in said else None
        if row.take and seen is not None and seen != planned.token:
            raise Invalid.field(
                f"title-{row.position}",
                N_("This changed in the library while you looked. Look again, then import."),
            )
    if for_all:
        rows = give_to_all(rows, _checked_for_all(session, for_all))
    return apply_rows(session, plan, rows, illustrate=illustrate, hold=hold)


def _checked_for_all(session: Session, given: ForAll) -> ForAll:
    try:
        edit = PaperEdit(
            add_tags=list(given.tags),
            add_techniques=list(given.techniques),
            add_fields=list(given.fields),
        )
    except ValidationError as error:
        unreadable = Message.of(N_("This holds NUL or half of a surrogate pair."))
        raise Invalid({str(each["loc"][0]): unreadable for each in error.errors()}) from None
    checked = editing.check_known(session, edit)
    return ForAll(tuple(checked.add_tags), tuple(checked.add_techniques), tuple(checked.add_fields))


def import_file(
    session: Session,
    data: bytes,
    name: str,
    *,
    library: Path | None = None,
    reading: ReadingOptions | None = None,
    for_all: ForAll | None = None,
    dry_run: bool = False,
    overwrite: bool = False,
) -> ImportReport:
    """Preview and apply in one go, for those who want no preview: what is unsure is left out.

    Pictures are stored in the folder `library`, if one is given.

    Raises:
        TooLarge, Invalid: the file, or what was said of it, cannot be taken.
    """
    reading = reading or ReadingOptions()
    name = name if tidy_line(name) not in _NAMELESS else name_text("unnamed", data)
    content = read_content(data, name, reading.asked)
    return _import(
        session,
        content,
        name,
        library=library,
        sha256=hashlib.sha256(data).hexdigest(),
        reading=reading,
        for_all=for_all,
        dry_run=dry_run,
        overwrite=overwrite,
    )


def _import(
    session: Session,
    content: Content,
    name: str,
    *,
    library: Path | None,
    sha256: str,
    reading: ReadingOptions,
    for_all: ForAll | None,
    dry_run: bool,
    overwrite: bool,
) -> ImportReport:
    if content.format == "predictions":
        result = preview_result(
            session, content.text, name, benchmark=reading.benchmark, system=reading.system
        )
        return report_results(result, dry_run=True) if dry_run else take_result(session, result)
    plan = preview_plan(session, content, name, sha256=sha256, language=reading.language)
    if dry_run:
        if for_all:
            _checked_for_all(session, for_all)
        rows = [correct_row(row, None, overwrite=overwrite) for row in plan.rows]
        return dry_run_report(plan, settle_rows(rows))
    return apply_plan(
        session,
        plan,
        overwrite=overwrite,
        for_all=for_all,
        illustrate=make_illustrator(content, library),
        hold=make_holder(content, library),
    )


def import_path(
    db: Database,
    path: Path,
    *,
    library: Path | None = None,
    reading: ReadingOptions | None = None,
    for_all: ForAll | None = None,
    dry_run: bool = False,
    overwrite: bool = False,
) -> list[ImportReport]:
    """Import a file, or a folder, in one transaction: all or nothing.

    Raises:
        NotFound: there is no such file, or nothing in the folder that can be read.
        Invalid: a file cannot be read; the message names it.
    """
    reading = reading or ReadingOptions()
    sources = list(_sources(path, reading.asked))
    if not sources:
        raise NotFound(N_("There is no file to import at {path}."), path=str(path))
    transaction = db.read if dry_run else db.write
    with transaction() as session:
        reports = []
        for name, digest, content in sources:
            with _naming(name):
                reports.append(
                    _import(
                        session,
                        content,
                        name,
                        library=library,
                        sha256=digest,
                        reading=reading,
                        for_all=for_all,
                        dry_run=dry_run,
                        overwrite=overwrite,
                    )
                )
        return reports


def _sources(path: Path, format: str) -> Iterator[tuple[str, str, Content]]:
    """What is at a path, by name and with its digest: a file, a folder, or, of a folder of notes,
    every Markdown file by itself."""
    if path.is_dir() and format in ("", "vault"):
        if any(path.iterdir()):
            yield _shown(path.resolve().name), "", read_folder_content(path)
        return
    for file, name in _files(path):
        with file.open("rb") as opened:
            data = opened.read(ZIP_LIMIT + 1)
        if file == path or data.strip():  # folders are full of empty files
            with _naming(name):
                content = read_content(data, name, format)
                yield name, hashlib.sha256(data).hexdigest(), _with_pdfs(content, file.parent)


def _with_pdfs(content: Content, folder: Path) -> Content:
    """The content of a file of this computer, with the PDFs that its entries name: by their whole
    path, or from the folder that it is in."""
    if content.records is None or content.files:
        return content
    named = {
        name: place
        for record in content.records.records
        for name in record.files
        if (place := _lying(name, folder)) is not None
    }
    if not named:
        return content
    files = LyingFiles(places=named)
    return replace(content, files=files, pdfs=find_pdfs(files))


def _lying(name: str, folder: Path) -> Path | None:
    if not name.lower().endswith(".pdf"):
        return None
    try:
        place = folder / Path(name).expanduser()
        return place if place.is_file() else None
    except (OSError, ValueError, RuntimeError):
        return None


def _files(path: Path) -> Iterable[tuple[Path, str]]:
    if path.is_file():
        yield path, _shown(path.name)
    elif path.is_dir():
        for file in sorted(map(path.joinpath, walk(path))):
            if file.is_file() and file.suffix.lower() in _ENDINGS:
                yield file, _shown(file.relative_to(path).as_posix())


def _shown(name: str) -> str:
    """A file's name as text: on disk it is bytes, which may be in another encoding than ours."""
    return os.fsencode(name).decode("utf-8", "replace")


@contextmanager
def _naming(name: str) -> Iterator[None]:
    """What is wrong with a file is told by the file's name: there are many in a folder."""
    try:
        yield
    except TooLarge as problem:
        raise Invalid({name: problem.message}) from problem
    except Invalid as problem:
        errors = {name if field == "file" else field: e for field, e in problem.errors.items()}
        raise Invalid(errors) from problem


def earlier_imports(session: Session) -> list[tuple[ImportBatch, int]]:
    """Every import, the latest first, with the number of things that it made or changed."""
    return queries.select_batches(session)


def can_be_brought_back(session: Session) -> set[int]:
    """The imports that were taken out, as far as what they took with them was written down."""
    return queries.removable_batches(session)


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
    changes: tuple[FieldChange, ...] = ()  # in a paper that was here


def made_by(session: Session, batch: ImportBatch) -> dict[str, list[MadeRow]]:
    """What an import made that is still there and has a page, by kind."""
    versions: dict[str, dict[int, int]] = defaultdict(dict)
    changes: dict[int, tuple[FieldChange, ...]] = defaultdict(tuple)
    for item in queries.items_of(session, batch.id):
        versions[item.item_kind][item.item_id] = item.version
        if item.item_kind == "paper" and item.before:
            given = {name: item.given.get(name) for name in item.before}
            changes[item.item_id] += list_field_changes(item.before, given)
    return {
        "paper": [
            MadeRow(
                paper.title,
                f"/papers/{paper.citekey}",
                paper.version > version,
                changes[paper.id],
            )
            for paper, version in _with(queries.papers_among, session, versions["paper"])
        ],
        "note": [
            MadeRow(note.title, f"/notes/{note.id}", note.version > version)
            for note, version in _with(queries.notes_among, session, versions["note"])
        ],
        "technique": [
            MadeRow(
                term.name_en or term.name_zh, f"/techniques/{term.slug}", term.version > version
            )
            for term, version in _with(queries.techniques_among, session, versions["technique"])
        ],
        "issue": [
            MadeRow(term.name_en or term.name_zh, f"/issues/{term.slug}", term.version > version)
            for term, version in _with(queries.issues_among, session, versions["issue"])
        ],
        "benchmark": [
            MadeRow(benchmark.name, f"/benchmarks/{benchmark.slug}", edited=False)
            for benchmark, _ in _with(queries.benchmarks_by_id, session, versions["benchmark"])
        ],
        "result": [
            MadeRow(result.system, f"/benchmarks/{slug}", edited=False)
            for result, slug in queries.results_by_id(session, versions["benchmark_result"])
        ],
        "score": [
            MadeRow(
                f"{score.system}: {score.metric} {score.figure}",
                f"/benchmarks/{slug}/scores#score-{score.id}",
                score.version > version,
            )
            for score, slug, version in queries.scores_of(session, batch.id)
        ]
        if batch.format == "scores"
        else [],
    }


def _with(
    load: Callable[[Session, Collection[int]], Mapping[int, Made]],
    session: Session,
    versions: Mapping[int, int],
) -> list[tuple[Made, int]]:
    found = load(session, versions)
    return [(found[number], version) for number, version in versions.items() if number in found]


# --- The text itself ----------------------------------------------------------------------------


def name_text(kind: str, data: bytes) -> str:
    """A name for a text that has none (it was `pasted`, say): the same for the same text, and no
    other text's, for a file is known again by its name."""
    return f"{kind}-{hashlib.sha256(data).hexdigest()[:_DIGITS]}"
