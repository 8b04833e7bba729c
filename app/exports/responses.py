"""A file as an answer: what is asked for by an address, and how it is handed out."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

from fastapi import Query, Request
from fastapi.responses import Response, StreamingResponse

from app.database import Database
from app.exports.documents import (
    OF_COMPARISONS,
    OF_PAPERS,
    ExportedFile,
    comparison_document,
    papers_document,
)
from app.kit.json_fields import MOMENT, shaped
from app.kit.text import Key
from app.settings import Language
from app.web.languages import language_of, load_catalogue

_FORMATS = f"of a comparison: {', '.join(OF_COMPARISONS)}; of papers: {', '.join(OF_PAPERS)}"


@dataclass(frozen=True)
class ExportRequest:
    """What an address asks for, beside the filters of a comparison's page or the papers' list."""

    wanted: Annotated[
        Key,
        Query(
            alias="format",
            description=_FORMATS,
            json_schema_extra={"enum": ["", *sorted({*OF_COMPARISONS, *OF_PAPERS})]},
        ),
    ] = ""
    key: Annotated[list[Key] | None, Query(description="citation keys, instead of `q`")] = None
    notes: Annotated[str, Query(description="`1`: with the notes on each paper")] = ""
    html: Annotated[str, Query(description="`1`: references as a page")] = ""
    comparison: Annotated[Key, Query(description="a comparison's slug; without it, papers")] = ""
    q: str = ""
    as_of: Annotated[str, Query(description="a date, for a comparison"), shaped(MOMENT, 40)] = ""
    language: Language | None = None


def make_document(request: Request, db: Database, asked: ExportRequest) -> ExportedFile:
    """What the address asks for. Raises NotFound, Invalid."""
    options = {name: request.query_params.getlist(name) for name in request.query_params}
    if asked.comparison:
        language = asked.language or language_of(request)
        return comparison_document(
            db,
            asked.comparison,
            asked.wanted,
            options,
            language=language,
            say=load_catalogue(language).gettext,
        )
    folder: Path = request.app.state.settings.styles
    return papers_document(db, asked.wanted, asked.q, options, folder=folder)


def send_document(document: ExportedFile) -> Response:
    """The document as a download; a long one is sent as it is made."""
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(document.name)}"}
    if isinstance(document.data, bytes):
        return Response(document.data, media_type=document.media_type, headers=headers)
    return StreamingResponse(document.data, media_type=document.media_type, headers=headers)
