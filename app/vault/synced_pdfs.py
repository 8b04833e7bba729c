"""Papers' files kept in step: `files/CITEKEY/NAME.pdf`.

Their bytes never change, so that there is nothing to merge: one that came into the folder comes
into the library, one that went goes to the trash, and the other way round. What was there the last
time is in `memory`; without it, nothing is taken for removed.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import file_digest
from pathlib import Path

from sqlmodel import Session, col, select

from app.database import Database
from app.errors import N_, Conflict, CrosswalkError, Invalid, Message
from app.files import service, storage
from app.models import Paper, PaperFile
from app.vault.files import folder as files
from app.vault.files.folder import Stamp
from app.vault.files.obsidian import pdf_folder
from app.vault.files.writing import pdf_paths
from app.vault.sync.report import SyncLine
from app.vault.sync.sides import SyncRun

Known = Mapping[str, tuple[Stamp, str]]
_HANDFUL = 5  # files that a person deletes one by one
_OUTSIDE = N_("No paper has a file here: put it into the folder of a paper's citation key.")


@dataclass
class PdfPlan:
    """What is to be done so that the folder and the library hold the same files."""

    new: list[str] = field(default_factory=list)  # paths that the library is to take
    gone: dict[str, str] = field(default_factory=dict)  # digests of what the reader took away
    stale: dict[str, str] = field(default_factory=dict)  # of what the library holds no more
    missing: dict[str, str] = field(default_factory=dict)  # of what is to be written


def plan_pdfs(session: Session, folder: Path, known: Known, *, force: bool) -> PdfPlan:
    """What is to be done, as the library and the folder are now.

    Raises:
        Conflict: more than half of the papers' files, and more than a handful, are missing.
    """
    held, places = held_pdfs(session), set(_papers(session))
    there = files.read_pdf_stamps(folder)
    plan = PdfPlan()
    for path, stamp in there.items():
        was = known.get(path)
        is_same = was and was[0] == stamp and (was[1] or path.rpartition("/")[0] not in places)
        digest = was[1] if was and is_same else _digest(folder / path)
        if digest and held.get(path) != digest:
            if was and was[1] == digest:
                plan.stale[path] = digest
            else:
                plan.new.append(path)
    for path, digest in held.items():
        if path in there:
            continue
        if path in known and known[path][1] == digest:
            plan.gone[path] = digest
        else:
            plan.missing[path] = digest
    if not force and len(plan.gone) > max(_HANDFUL, len(held) / 2):
        raise Conflict(
            N_(
                "{lost} of {known} papers' files are missing from {path}: nothing was changed; "
                "bring them back, or say --force, by which they go to the trash."
            ),
            lost=len(plan.gone),
            known=len(held),
            path=str(folder),
        )
    return plan


def held_pdfs(session: Session) -> dict[str, str]:
    """The SHA-256 of the library's files, by the paths that they have in a folder."""
    rows = select(Paper.citekey, PaperFile.sha256, PaperFile.name).join(PaperFile)
    ordered = rows.order_by(col(PaperFile.paper_id), col(PaperFile.sha256))
    return pdf_paths(session.exec(ordered).all())


def _digest(path: Path) -> str:
    """Nothing where it cannot be read."""
    with suppress(OSError), path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
    return ""


def take_pdfs(database: Database, library: Path, folder: Path, run: SyncRun, plan: PdfPlan) -> None:
    """Have the library take what came into the folder, and put into its trash what went. One that
    was renamed is called so from now on."""
    for path in plan.new:
        try:
            with (folder / path).open("rb") as source:
                taken = _take(database, library, path, source, plan)
        except (CrosswalkError, OSError) as error:
            run.report.leave(path, _why(error))
            continue
        if taken:
            run.report.lines.append(SyncLine("in", path))
        else:
            run.report.leave(path, Message(_OUTSIDE))
    if plan.gone:
        with database.write() as session:
            papers = _papers(session)
            for path, digest in plan.gone.items():
                paper = papers.get(path.rpartition("/")[0])
                if paper:
                    with suppress(CrosswalkError):
                        service.detach_file(session, paper, digest)
                        run.report.lines.append(SyncLine("trashed", path))


def _take(database: Database, library: Path, path: str, source: object, plan: PdfPlan) -> bool:
    """Whether there is a paper that it can be of."""
    place, _, name = path.rpartition("/")
    with storage.receive_file(library, source) as received, database.write() as session:  # type: ignore[arg-type]
        paper = _papers(session).get(place)
        if paper is None:
            return False
        added = service.add_file(session, library, paper, received, name=name, origin="vault")
        renamed = [
            each
            for each, digest in plan.gone.items()
            if digest == received.sha256 and each.rpartition("/")[0] == place
        ]
        for each in renamed:
            added.file.held.name = name
            del plan.gone[each]
    return True


def _papers(session: Session) -> dict[str, Paper]:
    """The papers by the folders of their files."""
    return {pdf_folder(each.citekey): each for each in session.exec(select(Paper))}


def _why(error: CrosswalkError | OSError) -> Message:
    if isinstance(error, Invalid):
        return next(iter(error.errors.values()))
    if isinstance(error, CrosswalkError):
        return error.message
    return Message.of(
        N_("This file cannot be read: {problem}."), problem=error.strerror or str(error)
    )


def write_pdfs(
    library: Path, folder: Path, run: SyncRun, plan: PdfPlan, held: Mapping[str, str]
) -> None:
    """Write what the folder lacks, and take away what the library holds no more."""
    for path, digest in plan.missing.items():
        if held.get(path) != digest:
            continue
        try:
            files.copy_vault_pdf(folder, path, storage.file_path(library, digest))
        except FileNotFoundError:
            continue  # damaged: a check says so
        except (OSError, Invalid) as error:
            run.report.leave(path, _cannot_write(error))
        else:
            run.report.lines.append(SyncLine("out", path))
    for path, digest in plan.stale.items():
        if path not in held and _digest(folder / path) == digest:
            with suppress(OSError, Invalid):
                files.remove_file(folder, path)
                _remove_empty(folder / path)


def _cannot_write(error: OSError | Invalid) -> Message:
    said = error.strerror if isinstance(error, OSError) else ""
    return Message.of(N_("This file cannot be written: {problem}."), problem=said or str(error))


def _remove_empty(path: Path) -> None:
    with suppress(OSError):
        path.parent.rmdir()


def stand_of(folder: Path, held: Mapping[str, str]) -> dict[str, tuple[Stamp, str]]:
    """What of the library's files stands in the folder now, for the next time."""
    there = files.read_pdf_stamps(folder)
    return {path: (stamp, held.get(path, "")) for path, stamp in there.items()}
