"""What JSON says of files."""

from pydantic import BaseModel, ConfigDict, Field

from app.files.citations import MissingWork, PaperName, PrintedCitation
from app.files.service import FileOfPaper
from app.kit.json_fields import Number
from app.models import PrintedReference


class FileItem(BaseModel):
    """A file of a paper; `pages` is not known before it was opened."""

    sha256: str
    name: str
    size: int = Field(description="bytes")
    pages: int | None
    arxiv_version: int | None
    text: str = Field(description="waiting, done, none (a scan) or failed")
    problem: str = Field(description="why its text failed")
    url: str
    added_at: str


class PageOfFile(BaseModel):
    """The text of one page, which counts from 1."""

    page: int
    text: str


class FetchOptions(BaseModel):
    model_config = ConfigDict(extra="forbid")

    arxiv_version: Number | None = Field(
        None, ge=1, le=999, description="which version; the latest where it is not said"
    )


class CitedPaper(BaseModel):
    """A paper of the library that cites, or is cited."""

    citekey: str
    title: str
    year: int | None


class ReferenceItem(BaseModel):
    """An entry of a list of references: what could be told of it, and its text as it is printed.
    `paper` is the library's that it is, `page` where it stands."""

    text: str
    title: str
    year: int | None
    doi: str | None
    arxiv_id: str | None
    page: int
    file: str = Field(description="SHA-256 of the file that prints it")
    paper: CitedPaper | None = None


class ReferencesOut(BaseModel):
    """What a paper's file prints as its references, and the papers of the library that cite it."""

    items: list[ReferenceItem]
    total: int
    held: int = Field(description="how many of the items are papers of the library")
    cited_by: list[CitedPaper]


class MissingWorkItem(ReferenceItem):
    """A work that the library has not; `cited_by` are the papers of the library that cite it."""

    cited_by: list[CitedPaper]


def serialize_name(paper: PaperName) -> CitedPaper:
    return CitedPaper(citekey=paper.citekey, title=paper.title, year=paper.year)


def _said(entry: PrintedReference) -> dict[str, str | int | None]:
    return {
        "text": entry.text,
        "title": entry.title,
        "year": entry.year,
        "doi": entry.doi,
        "arxiv_id": entry.arxiv_id,
        "page": entry.page,
        "file": entry.sha256,
    }


def serialize_citation(citation: PrintedCitation) -> ReferenceItem:
    item = ReferenceItem.model_validate(_said(citation.entry))
    item.paper = serialize_name(citation.paper) if citation.paper else None
    return item


def serialize_missing(work: MissingWork) -> MissingWorkItem:
    cited_by = list(map(serialize_name, work.cited_by))
    return MissingWorkItem.model_validate({**_said(work.entry), "cited_by": cited_by})


def serialize_file(file: FileOfPaper) -> FileItem:
    held, stored = file.held, file.stored
    return FileItem(
        sha256=stored.sha256,
        name=held.name,
        size=stored.size,
        pages=stored.pages,
        arxiv_version=held.arxiv_version,
        text=stored.text_state,
        problem=stored.problem,
        url=f"/files/{stored.sha256}",
        added_at=held.added_at.isoformat(),
    )
