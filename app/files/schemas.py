"""What JSON says of files."""

from pydantic import BaseModel, ConfigDict, Field

from app.files.service import FileOfPaper


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

    arxiv_version: int | None = Field(
        None, ge=1, le=999, description="which version; the latest where it is not said"
    )


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
