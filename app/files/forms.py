"""Files on their way in: handed in by a browser or a script, or fetched from arXiv."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import IO, Annotated

from fastapi import Path

from app.database import Database
from app.errors import N_, Conflict, Invalid, Message
from app.files import service, storage
from app.files.service import AddedFile
from app.files.storage import ReceivedFile
from app.library import service as library
from app.settings import Settings
from app.sources.arxiv.ids import ArxivId
from app.sources.arxiv.pdf import fetch_pdf
from app.web.threads import run_as_writer, run_in_waiting_pool

Sha256 = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]


async def take_in(
    db: Database,
    config: Settings,
    citekey: str,
    name: str,
    source: IO[bytes] | Iterable[bytes],
    *,
    version: int | None = None,
    origin: str = "upload",
) -> AddedFile:
    """Store a file and have the paper hold it. Raises as `receive_file`, and NotFound."""
    with ExitStack() as stack:
        receive = partial(storage.receive_file, config.library, source)
        received = await run_in_waiting_pool(lambda: stack.enter_context(receive()))
        save = partial(_save, db, config, citekey, received, name, version, origin)
        return await run_as_writer(save)()


def _save(
    db: Database,
    config: Settings,
    citekey: str,
    received: ReceivedFile,
    name: str,
    version: int | None,
    origin: str,
) -> AddedFile:
    with db.write() as session:
        paper = library.get_paper(session, citekey)
        return service.add_file(
            session,
            config.library,
            paper,
            received,
            name=name,
            arxiv_version=version,
            origin=origin,
        )


async def fetch_file(
    db: Database,
    config: Settings,
    citekey: str,
    *,
    version: int | None = None,
    watch: Callable[[int, int], None] = lambda _bytes, _of: None,
) -> AddedFile:
    """Fetch a paper's PDF from arXiv, and have the paper hold it.

    Raises as `fetch_pdf` does, NotFound, and Conflict where the paper has no arXiv id.
    """
    with db.read() as session:
        base = library.get_paper(session, citekey).arxiv_id
    if base is None:
        raise Conflict(N_("It has no arXiv id, by which a PDF could be fetched."))
    asked = ArxivId(base, version)
    pdf = await run_in_waiting_pool(partial(fetch_pdf, asked, settings=config, watch=watch))
    return await take_in(
        db, config, citekey, pdf.name, [pdf.data], version=pdf.version, origin="arxiv"
    )


@dataclass(frozen=True)
class Uploaded:
    """What became of files that were handed in together: those that the paper holds now, and by
    name why others could not be taken."""

    added: Sequence[AddedFile]
    refused: Sequence[tuple[str, Message]]


async def take_uploads(
    db: Database, config: Settings, citekey: str, files: Iterable[tuple[str, IO[bytes]]]
) -> Uploaded:
    """Each file by itself: one that cannot be taken keeps none of the others out."""
    added, refused = [], []
    for name, source in files:
        try:
            added.append(await take_in(db, config, citekey, name, source))
        except Invalid as error:
            refused.append((service.tidy_name(name), next(iter(error.errors.values()))))
    return Uploaded(added, refused)
