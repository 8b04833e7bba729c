"""The verbs on folders: write one, take one into an empty library."""

import io
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from sqlmodel import Session, col, select

from app.database import Database
from app.errors import N_, Conflict, Invalid, Message, Problem
from app.files import storage
from app.files.service import count_files, keep_received
from app.files.storage import ReceivedFile
from app.kit.archives import Limits, LyingFiles, open_zip, unpack_zip
from app.kit.file_list import FILES, missing_files, read_file_list
from app.models import Attachment, Paper, StoredFile
from app.models.stored import CONTENT
from app.notes import attachments
from app.settings import Settings
from app.vault import dump_load
from app.vault.files import folder as files
from app.vault.files.obsidian import PDFS, TRASH, path_for, pdf_folder, picture_file
from app.vault.files.parsing import KINDS, looks_like_vault, tables_of
from app.vault.files.writing import IN_LINES, MARK, OWN, Folder

_SHOWN = 50  # names of files in a message
_MISSING = N_("It is missing, or a part of it: the folder says that it had this file.")
_ZIPPED = 500_000_000  # bytes of papers' files
_THEN = (1980, 1, 1, 0, 0, 0)  # the first day that zip files know: the same library, the same bytes
# All of a library comes back: how tightly a file is packed, and how many there are, matters less.
_LIMITS = Limits(files=2_000_000, file=files.FILE_LIMIT, total=2 * 1024**3, ratio=2_000)


@dataclass(frozen=True)
class VaultReport:
    """What an import took, by kind, and what it could not."""

    counts: Mapping[str, int]
    problems: list[Problem] = field(default_factory=list)

    def text(self) -> list[str]:
        """Lines for a terminal."""
        lines = [f"{number} {name}" for name, number in self.counts.items() if number]
        return [", ".join(lines) or "Nothing.", *map(problem_line, self.problems)]


def problem_line(problem: Problem) -> str:
    return f"{problem.path}:{problem.line}\tleft alone\t{problem.why}"


def library_files(database: Database, library: Path) -> Iterator[tuple[str, bytes]]:
    """Every file of the library as a folder, as of one moment. `library` is where pictures are."""
    with database.read() as session:
        held = dump_load.dump_tables(session)
    folder = Folder(held)
    digests = {}
    for path, data in _library_files(folder, held, library):
        digests[path] = sha256(data).hexdigest()
        yield path, data
    yield MARK, folder.mark(digests).encode()


def _library_files(
    folder: Folder, held: dump_load.Tables, library: Path
) -> Iterator[tuple[str, bytes]]:
    for path, text in folder.files():
        yield path, text.encode()
    for row in held["attachment"]:
        digest, media = str(row["sha256"]), str(row["media_type"])
        picture = attachments.read_file(library, digest)
        if picture is not None:  # else it was gone or damaged already; its row is there
            yield picture_file(digest, media), picture
    for path, digest in folder.pdfs.items():
        with suppress(FileNotFoundError):
            yield path, storage.file_path(library, digest).read_bytes()


def export_folder(database: Database, settings: Settings, folder: Path) -> int:
    """Write the library into a folder that is empty or new; how many files.

    Raises:
        Conflict: something is there.
    """
    if folder.exists() and any(folder.iterdir()):
        raise Conflict(
            N_("{folder} is not empty. To keep a folder in step with the library: crosswalk sync."),
            folder=str(folder),
        )
    number = 0
    for path, data in library_files(database, settings.library):
        files.write_vault_file(folder, path, data, synced=False)
        number += 1
    return number


def export_zip(database: Database, settings: Settings) -> bytes:
    """The same as a zip file.

    Raises:
        Conflict: the papers' files are too much for one that is made in memory.
    """
    with database.read() as session:
        held = count_files(session)
    if held.size > _ZIPPED:
        raise Conflict(
            N_(
                "The papers' files have {size} MB, too much for one zip. Write a folder: crosswalk "
                "export --format vault -o FOLDER; or back up: crosswalk backup FILE."
            ),
            size=held.size // 1_000_000,
        )
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in library_files(database, settings.library):
            archive.writestr(zipfile.ZipInfo(path, _THEN), content, zipfile.ZIP_DEFLATED)
    return data.getvalue()


def is_ours(path: Path) -> bool:
    """Whether this is a folder that Crosswalk wrote, or a zip file of one.

    Raises:
        Invalid: a zip file is damaged.
    """
    if path.is_file() and zipfile.is_zipfile(path):
        with open_zip(path) as archive:
            return looks_like_vault(archive.NameToInfo)
    return (path / MARK).is_file()


def read_path(path: Path) -> tuple[Mapping[str, bytes], list[Problem]]:
    """The files of a folder or a zip file by their paths, and those that cannot be taken.

    Raises:
        Invalid: it is neither, or is damaged, or unpacks to more than 2 GB.
    """
    if path.is_dir():
        found, problems = files.read_vault_files(path)
        lying = LyingFiles(places={name: path / name for name in files.read_pdf_stamps(path)})
        lying.read |= {name: file.data for name, file in found.items()}
        return lying, problems
    if not zipfile.is_zipfile(path):
        raise Invalid.field("file", N_("{path} is no folder and no zip file."), path=str(path))
    with open_zip(path) as archive:
        if sum(each.file_size for each in archive.infolist()) > _LIMITS.total:
            raise Invalid.field("file", N_("It unpacks to more than 2 GB."))
    unpacked = unpack_zip(path.read_bytes(), _LIMITS, leaves_out=None)
    return unpacked.files, list(unpacked.problems)


def _missing(given: Mapping[str, bytes], read: dump_load.Tables) -> list[str]:
    """The files that the folder had and has not, or of whose lines it has not all. What was moved
    and edited is known by its key."""
    said = read_file_list(given[MARK])
    listed, sizes, notes = (said.get(name, {}) for name in (FILES, "counts", "notes"))
    here = {
        path_for(kind, str(row.get("citekey") or row.get("slug")))
        for kind in KINDS.values()
        for row in read[kind]
    }
    numbers = {str(row.get("id")) for row in read["note"]}
    gone = [
        path
        for path in missing_files(listed, given)
        if path.removeprefix(f"{TRASH}/") not in here and notes.get(path) not in numbers
    ]
    short = [
        path
        for name in IN_LINES
        if (path := f"{OWN}/{name}.jsonl") in listed
        and path in given
        and str(len(read[name])) != sizes.get(name)
        and sha256(given[path]).hexdigest() != listed[path]
    ]
    return [*gone, *short]


def _store_pdfs(library: Path, given: Mapping[str, bytes]) -> dict[str, ReceivedFile]:
    """The papers' files of a folder, put where the library keeps them, by their paths."""
    found: dict[str, ReceivedFile] = {}
    for path in given:
        if path.startswith(f"{PDFS}/") and path.lower().endswith(".pdf"):
            try:
                with storage.receive_file(library, [given[path]]) as received:
                    storage.place_file(library, received)
            except Invalid:
                continue  # the reader's own, or broken: whose row is there is told to be gone
            found[path] = received
    return found


def _hold_pdfs(session: Session, found: Mapping[str, ReceivedFile]) -> None:
    """What the reader put into a paper's folder is that paper's, too."""
    papers = {pdf_folder(each.citekey): each for each in session.exec(select(Paper))}
    for path, received in found.items():
        folder, _, name = path.rpartition("/")
        if paper := papers.get(folder):
            keep_received(session, paper, received, name=name, origin="vault")


def import_files(
    session: Session,
    library: Path,
    given: Mapping[str, bytes],
    problems: list[Problem],
    *,
    partial: bool = False,
) -> VaultReport:
    """Take what `library_files` wrote into an empty library, which is the same one then.

    One file that cannot be read costs no other: it is in the report. So is, with `partial`, each
    that is missing: the folder says what files it had. What was edited in it since is welcome.

    Raises:
        Conflict: something is there; or files are missing, and `partial` does not say that the
            others are to be taken.
        Invalid: the folder is none that we wrote.
    """
    if not looks_like_vault(given):
        raise Invalid.field(
            "file", N_("Crosswalk did not write this folder: it has no .crosswalk/vault.yaml.")
        )
    if any(session.exec(select(model).limit(1)).first() is not None for model in CONTENT):
        raise Conflict(
            N_("This library is not empty. To bring a folder into step with it: crosswalk sync.")
        )
    read, unreadable = tables_of(given)
    missing = _missing(given, read)
    if missing and not partial:
        names = ", ".join(missing[:_SHOWN]) + (" …" if len(missing) > _SHOWN else "")
        raise Conflict(
            N_(
                "This vault is not whole: {count} of its files are missing ({names}). Nothing was "
                "imported. Copy all of it, or take what is there: --partial."
            ),
            count=len(missing),
            names=names,
        )
    problems = [
        *problems,
        *(Problem(line=1, why=Message.of(_MISSING), raw="", path=path) for path in missing),
    ]
    pictures = {str(row.get("sha256")): row for row in read["attachment"]}
    for path, data in given.items():
        if path.startswith("attachments/") and attachments.media_type(data):
            stored = attachments.store_attachment(
                session, library, filename=Path(path).name, data=data
            )
            if stored.sha256 in pictures:
                session.delete(stored)  # its row comes with the others
    session.flush()
    digests = _store_pdfs(library, given)
    refused = dump_load.load_tables(session, read)
    _hold_pdfs(session, digests)
    gone = [
        row
        for row in session.exec(select(StoredFile)).all()
        if not storage.file_path(library, row.sha256).is_file()
    ]
    lost = [Problem(line=1, why=Message.of(_MISSING), raw="", path=row.sha256) for row in gone]
    problems = problems if partial and missing else [*problems, *lost]
    told = [Problem(line=1, why=why, raw="", path=name) for name, why in refused]
    counts = {name: len(rows) for name, rows in read.items()}
    shown = {
        "papers": counts["paper"],
        "notes": counts["note"],
        "techniques": counts["technique"],
        "issues": counts["issue"],
        "claims": counts["claim"],
        "pictures": len(session.exec(select(col(Attachment.sha256))).all()),
        "files": count_files(session).files,
    }
    return VaultReport(shown, [*problems, *unreadable, *told])
