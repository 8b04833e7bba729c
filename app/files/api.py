"""The JSON routes of papers' files."""

from typing import Annotated

from fastapi import APIRouter, File, Form, Path, Response, UploadFile
from pydantic import WithJsonSchema
from sqlmodel import Session

from app.database import Database
from app.errors import N_, NotFound
from app.files import citations, service
from app.files.forms import Sha256, fetch_file, take_in
from app.files.schemas import (
    FetchOptions,
    FileItem,
    MissingWorkItem,
    PageOfFile,
    ReferencesOut,
    serialize_citation,
    serialize_file,
    serialize_missing,
    serialize_name,
)
from app.files.service import AddedFile
from app.library import service as library
from app.models import Paper
from app.web.dependencies import Config, Db, Listing
from app.web.threads import Route

router = APIRouter(route_class=Route, tags=["files"])
_VERSION = WithJsonSchema({"type": "integer", "minimum": 1, "maximum": 999})  # no form has null
PageNo = Annotated[int, Path(ge=1, le=1_000_000)]


def _paper(session: Session, citekey: str) -> Paper:
    found = library.get_paper(session, citekey)
    if found.trashed_at:
        raise NotFound(N_("{title} is in the trash. Its page restores it."), title=citekey)
    return found


def _check_paper(db: Database, citekey: str) -> None:
    with db.read() as session:
        _paper(session, citekey)


def _answer(added: AddedFile, response: Response) -> FileItem:
    response.status_code = 201 if added.is_new else 200
    item = serialize_file(added.file)
    response.headers["Location"] = item.url
    return item


@router.get("/papers/{citekey}/files")
def files(db: Db, citekey: str) -> Listing[FileItem]:
    """A paper's files, the latest version first."""
    with db.read() as session:
        found = service.files_of(session, _paper(session, citekey).id)
    items = list(map(serialize_file, found))
    return Listing(items=items, total=len(items), page=1, per_page=max(1, len(items)))


@router.get("/papers/{citekey}/references")
def references(db: Db, citekey: str) -> ReferencesOut:
    """What a paper's file prints as its references, each with the paper of the library that it is,
    and the papers of the library that cite it. Nobody else is asked."""
    with db.read() as session:
        paper = _paper(session, citekey)
        found = citations.list_citations(session, paper)
        citing = citations.list_citing(session, paper)
    items = list(map(serialize_citation, found))
    return ReferencesOut(
        items=items,
        total=len(items),
        held=sum(item.paper is not None for item in items),
        cited_by=list(map(serialize_name, citing)),
    )


@router.get("/references")
def missing_works(db: Db, adopted: bool = False) -> Listing[MissingWorkItem]:
    """The works that most papers of the library cite and that it has not; with `adopted`, that most
    of those cite whose verdict is the first of the set. At most fifty."""
    with db.read() as session:
        found = citations.list_missing_works(session, adopted=adopted)
    items = list(map(serialize_missing, found))
    return Listing(items=items, total=len(items), page=1, per_page=max(1, len(items)))


@router.post("/papers/{citekey}/files", status_code=201)
async def add_file(
    db: Db,
    config: Config,
    citekey: str,
    response: Response,
    file: Annotated[UploadFile, File(description="a PDF of up to 200 MB")],
    arxiv_version: Annotated[int | None, Form(ge=1, le=999), _VERSION] = None,
) -> FileItem:
    """Have a paper hold a PDF. 200 where it holds it already.

    What it is, its first bytes say. The version of a paper on arXiv is told from a name such as
    `2208.10442v2.pdf` where it is not given. Its text is extracted later.
    """
    _check_paper(db, citekey)
    name = file.filename or ""
    added = await take_in(db, config, citekey, name, file.file, version=arxiv_version)
    return _answer(added, response)


@router.post("/papers/{citekey}/files/fetch", status_code=201)
async def fetch(
    db: Db, config: Config, citekey: str, response: Response, given: FetchOptions | None = None
) -> FileItem:
    """Fetch a paper's PDF from arXiv, which may take a minute. 200 where it holds it already."""
    _check_paper(db, citekey)
    version = given.arxiv_version if given else None
    return _answer(await fetch_file(db, config, citekey, version=version), response)


@router.delete("/papers/{citekey}/files/{sha256}", status_code=204)
def remove_file(db: Db, citekey: str, sha256: Sha256) -> None:
    """To the trash, from which its page restores it."""
    with db.write() as session:
        service.detach_file(session, _paper(session, citekey), sha256)


@router.get("/files/{sha256}/pages/{number}")
def page(db: Db, sha256: Sha256, number: PageNo) -> PageOfFile:
    """The text of a page, as it was extracted: lines joined that a hyphen broke."""
    with db.read() as session:
        return PageOfFile(page=number, text=service.text_of_page(session, sha256, number))
