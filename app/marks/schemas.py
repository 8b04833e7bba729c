"""What JSON says of marks."""

from pydantic import BaseModel

from app.models import Mark


class MarkItem(BaseModel):
    """A mark; `origin` names the program that made it, where another did."""

    id: int
    file: str | None
    page: int
    exact: str
    prefix: str
    suffix: str
    colour: str
    comment: str
    origin: str
    created_at: str
    updated_at: str
    version: int


class PlaceItem(BaseModel):
    """Where the reader stopped, how far the paper is read, and whether this page made it so."""

    file: str | None
    page: int
    reading: str
    began: bool = False


class TakenMarksItem(BaseModel):
    """How many marks of another program came in, and how many were here already."""

    added: int
    held: int


def serialize_mark(mark: Mark) -> MarkItem:
    """A mark as the API answers it."""
    return MarkItem(
        file=mark.sha256,
        created_at=mark.created_at.isoformat(),
        updated_at=mark.updated_at.isoformat(),
        **{
            name: getattr(mark, name)
            for name in (
                *("id", "page", "exact", "prefix", "suffix"),
                *("colour", "comment", "origin", "version"),
            )
        },
    )
