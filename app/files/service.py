"""The verbs on papers' files. They take a session first, and never commit."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath

from sqlalchemy import delete, func, update
from sqlmodel import Session, col, select

from app.database import Database
from app.errors import N_, NotFound
from app.files import storage
from app.files.storage import ReceivedFile
from app.kit.batches import batches
from app.kit.text import tidy_line
from app.models import (
    FilePage,
    ImportRemoval,
    Mark,
    Paper,
    PaperFile,
    PrintedReference,
    ReadingPlace,
    RemovedFile,
    StoredFile,
    TextState,
)
from app.sources.arxiv.ids import try_arxiv_id

_NAME_LIMIT = 200  # characters
_BATCH = 5_000  # papers that one statement names


@dataclass(frozen=True)
class FileOfPaper:
    """A file as one paper holds it."""

    held: PaperFile
    stored: StoredFile

    @property
    def sha256(self) -> str:
        return self.stored.sha256


@dataclass(frozen=True)
class AddedFile:
    """A file that a paper holds now; `is_new` where it did not before."""

    file: FileOfPaper
    is_new: bool


def add_file(
    session: Session,
    folder: Path,
    paper: Paper,
    received: ReceivedFile,
    *,
    name: str,
    arxiv_version: int | None = None,
    origin: str = "upload",
) -> AddedFile:
    """Have a paper hold a file that was received into `folder`, the library's. Its text waits to be
    extracted, unless it is known already.

    `name` is what it is called where it comes from; where that is the paper's arXiv id with a
    version, it is that version. A paper that holds it already keeps what it calls it, and learns a
    version that it did not know.
    """
    session.get(StoredFile, received.sha256)  # takes the writer's lock: see strays
    storage.place_file(folder, received)
    return keep_received(
        session, paper, received, name=name, arxiv_version=arxiv_version, origin=origin
    )


def keep_received(
    session: Session,
    paper: Paper,
    received: ReceivedFile,
    *,
    name: str,
    arxiv_version: int | None = None,
    origin: str = "upload",
) -> AddedFile:
    """Have a paper hold a file that is in its place already: see `add_file`."""
    stored = session.get(StoredFile, received.sha256)
    if stored is None:
        stored = StoredFile(sha256=received.sha256, media_type=storage.PDF, size=received.size)
        session.add(stored)
        session.flush()
    return hold_file(session, paper, stored, name=name, arxiv_version=arxiv_version, origin=origin)


def hold_file(
    session: Session,
    paper: Paper,
    stored: StoredFile,
    *,
    name: str,
    arxiv_version: int | None = None,
    origin: str = "upload",
) -> AddedFile:
    """Have a paper hold a file that the library has: see `add_file`."""
    arxiv_version = arxiv_version or version_in_name(paper, name)
    held = session.get(PaperFile, (paper.id, stored.sha256))
    is_new = held is None
    if held is None:
        held = PaperFile(
            paper_id=paper.id,
            sha256=stored.sha256,
            name=tidy_name(name) or f"{paper.citekey}.pdf",
            arxiv_version=arxiv_version,
            origin=origin,
        )
        session.add(held)
        if removed := session.get(RemovedFile, (paper.id, stored.sha256)):
            session.delete(removed)
    elif arxiv_version and held.arxiv_version is None:
        held.arxiv_version = arxiv_version
    session.flush()
    return AddedFile(FileOfPaper(held, stored), is_new)


def tidy_name(name: str) -> str:
    """A file's own name, without the folders that a browser or another program put before it."""
    last = PureWindowsPath(PurePosixPath(name).name).name
    return tidy_line("".join(c for c in last if c.isprintable()))[:_NAME_LIMIT]


def version_in_name(paper: Paper, name: str) -> int | None:
    """Which version of the paper a file called `2208.10442v2.pdf` is; None where it does not say,
    or is called after another paper."""
    said = try_arxiv_id(tidy_name(name))
    return said.version if said and said.base == paper.arxiv_id else None


def get_file(session: Session, paper: Paper, sha256: str) -> FileOfPaper:
    """Raises NotFound: the paper holds no such file."""
    found = [each for each in files_of(session, paper.id) if each.sha256 == sha256]
    if not found:
        raise NotFound(N_("This paper has no such file."))
    return found[0]


def get_stored_file(session: Session, sha256: str) -> StoredFile:
    """Raises NotFound: the library has no such file."""
    stored = session.get(StoredFile, sha256)
    if stored is None:
        raise NotFound(N_("There is no such file."))
    return stored


def name_of_file(session: Session, sha256: str) -> str:
    """What a file is called by the paper that has held it longest; nothing where none does."""
    names = select(PaperFile.name).where(col(PaperFile.sha256) == sha256)
    return session.exec(names.order_by(col(PaperFile.added_at))).first() or ""


def text_of_page(session: Session, sha256: str, page: int) -> str:
    """The text of a page, which counts from 1.

    Raises NotFound: there is no such file or page, or its text is not known.
    """
    stored = get_stored_file(session, sha256)
    held = session.get(FilePage, (sha256, page))
    if held is not None:
        return held.text
    if stored.text_state == TextState.WAITING:
        raise NotFound(N_("The text of this file is not extracted yet. Ask again in a while."))
    if stored.text_state == TextState.FAILED:
        raise NotFound(N_("The text of this file could not be extracted."))
    raise NotFound(N_("This file has no page {page}."), page=page)


def files_of(session: Session, paper_id: int) -> list[FileOfPaper]:
    """A paper's files, the one to read first: the latest version, then what came last."""
    return files_of_papers(session, [paper_id]).get(paper_id, [])


def files_of_papers(session: Session, ids: Collection[int]) -> Mapping[int, list[FileOfPaper]]:
    """The files of papers by the papers' ids, each as `files_of` orders them; none of a paper that
    has none."""
    found: dict[int, list[FileOfPaper]] = defaultdict(list)
    for some in batches(sorted(ids), _BATCH):
        rows = session.exec(
            select(PaperFile, StoredFile)
            .join(StoredFile)
            .where(col(PaperFile.paper_id).in_(some))
            .order_by(
                col(PaperFile.arxiv_version).desc().nulls_last(),
                col(PaperFile.added_at).desc(),
                col(PaperFile.sha256),
            )
        )
        for held, stored in rows:
            found[held.paper_id].append(FileOfPaper(held, stored))
    return found


def digests_of_papers(session: Session, ids: Collection[int]) -> dict[int, set[str]]:
    """The SHA-256 of what papers hold, or held until it went to the trash, by the papers' ids."""
    found: dict[int, set[str]] = defaultdict(set)
    for some in batches(sorted(ids), _BATCH):
        for model in (PaperFile, RemovedFile):
            rows = select(model.paper_id, model.sha256).where(col(model.paper_id).in_(some))
            for number, digest in session.exec(rows):
                found[number].add(digest)
    return found


@dataclass(frozen=True)
class WithoutFile:
    """A paper that holds no file, and that arXiv can be asked for."""

    citekey: str
    arxiv_id: str


def papers_without_file(session: Session, ids: Sequence[int] | None = None) -> list[WithoutFile]:
    """The papers outside the trash, or those of them with these ids, in their order, that have an
    arXiv id and hold no file."""
    columns = select(Paper.id, Paper.citekey, Paper.arxiv_id).where(
        col(Paper.arxiv_id).is_not(None),
        col(Paper.trashed_at).is_(None),
        col(Paper.id).not_in(select(PaperFile.paper_id)),
    )
    if ids is None:
        rows = session.exec(columns.order_by(col(Paper.id))).all()
        return [WithoutFile(citekey, arxiv_id or "") for _, citekey, arxiv_id in rows]
    found = {
        number: WithoutFile(citekey, arxiv_id or "")
        for some in batches(ids, _BATCH)
        for number, citekey, arxiv_id in session.exec(columns.where(col(Paper.id).in_(some)))
    }
    return [found[each] for each in ids if each in found]


@dataclass(frozen=True)
class FileTotals:
    """What the library holds of files."""

    files: int
    size: int  # bytes
    papers: int  # that hold one


def count_files(session: Session) -> FileTotals:
    held = select(col(PaperFile.sha256))
    size = func.coalesce(func.sum(StoredFile.size), 0)
    stored = select(func.count(), size).where(col(StoredFile.sha256).in_(held))
    files, bytes_held = session.exec(stored).one()
    papers = session.exec(select(func.count(func.distinct(PaperFile.paper_id)))).one()
    return FileTotals(files, bytes_held, papers)


def detach_file(session: Session, paper: Paper, sha256: str) -> None:
    """Put a paper's file into the trash, from which `restore_file` brings it back.

    Raises NotFound: the paper does not hold it.
    """
    held = get_file(session, paper, sha256).held
    removed = RemovedFile.model_validate(held.model_dump())
    session.delete(held)
    session.merge(removed)
    session.flush()


def restore_file(session: Session, paper: Paper, sha256: str) -> FileOfPaper:
    """Raises NotFound: it is not in the trash."""
    removed = _removed(session, paper, sha256)
    held = session.get(PaperFile, (paper.id, sha256))
    if held is None:
        held = PaperFile.model_validate(removed.model_dump(exclude={"removed_at"}))
        session.add(held)
    session.delete(removed)
    session.flush()
    return FileOfPaper(held, get_stored_file(session, sha256))


def delete_file(session: Session, paper: Paper, sha256: str) -> None:
    """Out of the trash for good; `purge_files` gives its room back where no paper holds it.

    Raises NotFound: it is not in the trash.
    """
    session.delete(_removed(session, paper, sha256))
    session.flush()


def _removed(session: Session, paper: Paper, sha256: str) -> RemovedFile:
    removed = session.get(RemovedFile, (paper.id, sha256))
    if removed is None:
        raise NotFound(N_("This file is not in the trash."))
    return removed


def trashed_files(session: Session) -> list[tuple[RemovedFile, Paper]]:
    """The files in the trash with their papers, the last removed first."""
    rows = select(RemovedFile, Paper).join(Paper)
    return list(session.exec(rows.order_by(col(RemovedFile.removed_at).desc())).all())


def purge_files(database: Database, folder: Path) -> int:
    """Delete what no paper holds, be it in the trash, and no import can bring back: rows first,
    then, where they are gone for good, bytes. How many files went."""
    with database.write() as session:
        gone = find_orphans(session)
        for some in batches(gone, _BATCH):
            marks = update(Mark).where(col(Mark.sha256).in_(some))
            session.execute(marks.values(sha256=None))
            for model in (ReadingPlace, FilePage, PrintedReference, StoredFile):
                session.execute(delete(model).where(col(model.sha256).in_(some)))
    if gone:
        with database.write() as session:  # nobody is just putting one in its place
            for stray in storage.find_stray_files(session, folder):
                if stray.name in gone:
                    stray.unlink(missing_ok=True)
    return len(gone)


def find_orphans(session: Session) -> list[str]:
    """The digests of files that no paper holds, and no import can bring back."""
    held = [select(col(each.sha256)) for each in (PaperFile, RemovedFile)]
    rows = select(StoredFile.sha256).where(*(col(StoredFile.sha256).not_in(each) for each in held))
    found = list(session.exec(rows.order_by(col(StoredFile.sha256))))
    if found:
        text = "\n".join(map(str, session.exec(select(ImportRemoval.removed))))
        found = [each for each in found if each not in text]
    return found
