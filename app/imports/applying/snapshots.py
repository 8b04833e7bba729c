"""Importing a snapshot of arXiv: two thousand records a transaction, and none held longer.

What is committed stays: begun again, the same import goes on where it ended, for it leaves alone
what the library holds. A large file is read, checked and cut into words by a process of its own,
which looks what is held already, so as not to do that in vain; the one that writes looks again.
"""

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from app.database import Database
from app.errors import Invalid
from app.kit.prefetch import prefetch, several_cores
from app.library import bulk
from app.library import service as library
from app.library.bulk import Inserted, PreparedRow
from app.library.rules import check_paper
from app.search import service as search
from app.sources.arxiv import snapshot
from app.sources.arxiv.snapshot import SnapshotLine, is_snapshot

__all__ = ["is_snapshot"]

BATCH = 2_000
_LARGE = 2_000_000  # bytes, for which another process takes longer than it needs to start
_GROWN = 10  # times as many papers as when they were sampled last
_NAMED = 10  # lines that are named of those that could not be taken


@dataclass(frozen=True)
class Progress:
    """How far an import is: `read` is the share of the file; the rest counts lines.

    `refused` of them are no records, or none that can be saved; the first few are in `lines`.
    """

    read: float = 0.0
    added: int = 0
    held: int = 0
    refused: int = 0
    lines: tuple[int, ...] = ()


@dataclass(frozen=True)
class _Batch:
    """Lines that were read: up to which share of the file, the new papers among them, what each is
    in the index if it gets the key that is wanted for it, how many papers the library had already,
    and the numbers of the lines that are no papers or none that can be saved."""

    read: float
    papers: list[PreparedRow]
    analysed: list[search.Analysed]
    held: int
    refused: list[int]


def import_snapshot(database: Database, path: Path, *, dry_run: bool = False) -> Iterator[Progress]:
    """Add the papers of a file that are not in the library yet, and say how far it is.

    Raises:
        OSError, EOFError: the file cannot be read to its end; what was read is in the library.
    """
    large = path.stat().st_size > _LARGE and several_cores()
    database.read_unmapped()
    said, settled = Progress(), 0
    read = prefetch(_batches_elsewhere, database.url, path, BATCH) if large else None
    for batch in read or _batches(database, path, BATCH):
        with database.read() if dry_run else database.write() as session:
            added = bulk.add_papers(session, batch.papers, dry_run=dry_run)
            search.put_documents(session, dict(_documents(batch, added.made)))
        said = Progress(
            batch.read,
            said.added + added.new,
            said.held + batch.held + added.held,
            said.refused + len(batch.refused),
            (*said.lines, *batch.refused)[:_NAMED],
        )
        yield said
        # What the next batches ask for is planned by a sample of the rows: taken early, and again.
        if said.added > _GROWN * settled and not dry_run:
            search.settle_index(database)
            settled = said.added
    if said.added > settled and not dry_run:
        search.settle_index(database)


def _batches_elsewhere(url: str, path: Path, size: int) -> Iterator[_Batch]:
    """The same by another process."""
    with closing(Database(url)) as database:
        database.read_unmapped()
        yield from _batches(database, path, size)


def _batches(database: Database, path: Path, size: int) -> Iterator[_Batch]:
    lines = snapshot.read_snapshot(path)
    while batch := list(islice(lines, size)):
        drafts = [line.draft for line in batch if line.draft]
        with database.read() as session:
            # By the ids alone: a paper that is here under the DOI gets its arXiv id.
            held = bulk.held_ids(session, {str(draft.arxiv_id): None for draft in drafts})
        new = [line for line in batch if not line.draft or line.draft.arxiv_id not in held]
        ready = [_ready(line) for line in new]
        papers = [paper for paper in ready if paper]
        yield _Batch(
            batch[-1].read,
            papers,
            [_analysed(paper, paper.wanted) for paper in papers],
            len(batch) - len(new),
            [line.number for line, paper in zip(new, ready, strict=True) if not paper],
        )


def _ready(line: SnapshotLine) -> PreparedRow | None:
    if not line.draft:
        return None
    try:
        given = check_paper(library.draft_as_input(line.draft))
    except Invalid:
        return None
    return bulk.prepare(given, library.source_of(line.draft))


def _documents(
    batch: _Batch, made: Mapping[int, Inserted]
) -> Iterator[tuple[int, search.Analysed]]:
    """What the index gets of the papers that were made."""
    for position, (number, citekey) in made.items():
        paper = batch.papers[position]
        if citekey == paper.wanted:
            yield number, batch.analysed[position]
        else:
            yield number, _analysed(paper, citekey)


def _analysed(paper: PreparedRow, citekey: str) -> search.Analysed:
    row = {**paper.row, "citekey": citekey}
    return search.analyze_document(search.paper_text(row, list(paper.authors)))
