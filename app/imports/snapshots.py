"""Importing a snapshot of arXiv: a thousand records a transaction, and none held longer.

What is committed stays: begun again, the same import goes on where it ended, for it leaves alone
what the library holds.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from app.database import Database
from app.library import bulk
from app.search import service as search
from app.sources import arxiv_snapshot
from app.sources.arxiv_snapshot import is_snapshot

__all__ = ["is_snapshot"]

BATCH = 1_000
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


def import_snapshot(database: Database, path: Path, *, dry_run: bool = False) -> Iterator[Progress]:
    """Add the papers of a file that are not in the library yet, and say how far it is.

    Raises:
        OSError, EOFError: the file cannot be read to its end; what was read is in the library.
    """
    lines = arxiv_snapshot.read(path)
    said = Progress()
    while batch := list(islice(lines, BATCH)):
        drafts = [line.draft for line in batch if line.draft]
        with database.read() if dry_run else database.write() as session:
            added = bulk.add_papers(session, drafts, dry_run=dry_run)
            if not dry_run:
                search.papers_added(session, added.ids)
        unsaved = {draft.arxiv_id for draft, _ in added.refused}
        refused = [
            line.number for line in batch if not line.draft or line.draft.arxiv_id in unsaved
        ]
        said = Progress(
            batch[-1].read,
            said.added + len(added.ids),
            said.held + added.held,
            said.refused + len(refused),
            (*said.lines, *refused)[:_NAMED],
        )
        yield said
    if said.added and not dry_run:
        search.settle(database)
