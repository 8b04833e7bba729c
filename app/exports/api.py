"""A comparison or papers as a file."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from app.exports.responses import ExportRequest, make_document, send_document
from app.web.dependencies import Db
from app.web.threads import Route

router = APIRouter(route_class=Route, tags=["export"])


@router.get("/export", response_class=Response)
def export(request: Request, db: Db, asked: Annotated[ExportRequest, Depends()]) -> Response:
    """A comparison or the papers of a query as a file, by the same filters as their pages."""
    return send_document(make_document(request, db, asked))
