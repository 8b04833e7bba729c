"""The index of full texts follows the pages of files, within the transaction that changes them."""

from collections import defaultdict
from collections.abc import Iterator

from sqlalchemy import bindparam, delete, select
from sqlmodel import Session, col

from app.changes import Changes, Follower
from app.database import Database
from app.kit.batches import batches
from app.models import FilePage, SearchFile
from app.search.engine import full_text
from app.search.index.analysis import analyze

_BATCH = 200  # pages


def index_pages(session: Session, changes: Changes) -> None:
    """Put the pages that this transaction wrote into the index. A file of which others than its
    next ones were touched is written anew, under another number."""
    touched: defaultdict[str, list[int]] = defaultdict(list)
    for sha256, page in changes.values("file_page", "sha256", "page"):
        touched[str(sha256)].append(page)
    for batch in batches(sorted(touched), _BATCH):
        held = select(SearchFile).where(col(SearchFile.sha256).in_(batch))
        for file in session.scalars(held).all():
            if min(touched[file.sha256]) <= file.pages:
                session.delete(file)
        session.flush()
        for digest in batch:
            _write_file(session, digest)


PAGES_FOLLOWER = Follower("page index", index_pages, {"file_page": ("sha256", "page")})


def rebuild_pages(session: Session) -> None:
    """Write the index of full texts anew within this transaction."""
    full_text.clear_pages(session)
    session.execute(delete(SearchFile))
    for sha256 in _files(session):
        _write_file(session, sha256)


def renew_pages(database: Database) -> Iterator[int]:
    """Write the index of full texts anew, a file in a transaction; yields how many files there are,
    then 1 for each that is done."""
    with database.write() as session:
        full_text.clear_pages(session)
        session.execute(delete(SearchFile))
        files = _files(session)
    yield len(files)
    for sha256 in files:
        with database.write() as session:
            _write_file(session, sha256)
        yield 1


def find_unindexed(session: Session) -> list[str]:
    """The files that have pages and are not in the index."""
    held = select(col(SearchFile.sha256))
    pages = select(col(FilePage.sha256)).where(col(FilePage.sha256).not_in(held))
    return sorted(session.scalars(pages.distinct()))


def _files(session: Session) -> list[str]:
    return sorted(session.scalars(select(col(FilePage.sha256)).distinct()))


def _write_file(session: Session, sha256: str) -> None:
    """Put the pages of a file into the index that are not in it; none where it has none."""
    file = session.scalar(select(SearchFile).where(col(SearchFile.sha256) == sha256))
    last = file.pages if file else 0
    while rows := session.execute(_NEXT, {"sha256": sha256, "last": last}).all():
        if file is None:
            file = SearchFile(sha256=sha256, pages=0)
            session.add(file)
            session.flush()
        first = file.id * full_text.OF_A_FILE
        made = {first + page: " ".join(analyze(text)[0]) for page, text in rows if text}
        full_text.write_pages(session, made)
        file.pages = last = rows[-1][0]
        session.flush()


_NEXT = (
    select(col(FilePage.page), col(FilePage.text))
    .where(col(FilePage.sha256) == bindparam("sha256"), col(FilePage.page) > bindparam("last"))
    .order_by(col(FilePage.page))
    .limit(_BATCH)
)
