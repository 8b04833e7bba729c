"""The verbs on papers' files. They take a session first, and never commit."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath

from sqlmodel import Session, col, select

from app.errors import N_, NotFound
from app.files import storage
from app.files.storage import ReceivedFile
from app.kit.batches import batches
from app.kit.text import tidy_line
from app.models import Paper, PaperFile, StoredFile
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
    stored = session.get(StoredFile, received.sha256)  # takes the writer's lock: see strays
    storage.place_file(folder, received)
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


def detach_file(session: Session, paper: Paper, sha256: str) -> PaperFile:
    """A paper holds a file no more; its bytes stay until nothing needs them. Returns what was held.

    Raises NotFound: it did not hold it.
    """
    held = get_file(session, paper, sha256).held
    session.delete(held)
    session.flush()
    return held
