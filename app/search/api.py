"""The JSON route of search."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Body, Path, Query, Request, Response
from pydantic.config import JsonDict

from app.kit.json_fields import needs
from app.library.filters import FILTERS, PaperFilters
from app.search import saved_searches, service
from app.search.quick_open.link_completion import CompletedField, FieldCompletion, complete_field
from app.search.saved_searches import SavedInput
from app.search.schemas import (
    CompletionItem,
    CompletionList,
    SavedPatch,
    SavedSearchItem,
    SearchResultsOut,
    serialize_results,
    serialize_saved_search,
)
from app.search.semantic.neighbours import SemanticSearch
from app.search.service import KINDS, DocumentKind
from app.web.dependencies import (
    PER_PAGE,
    Db,
    Listing,
    PageNumber,
    PerPage,
    describe_repeatable,
    format_etag,
)
from app.web.forms import IfMatch
from app.web.languages import language_of, make_translator
from app.web.threads import Route

router = APIRouter(route_class=Route, tags=["search"])

_Added = Annotated[SavedInput, Body(json_schema_extra=needs(("name",), ("q",)))]


@router.get("/search", openapi_extra=describe_repeatable(FILTERS))
def search(
    request: Request,
    db: Db,
    q: str = "",
    types: Annotated[list[DocumentKind] | None, Query(alias="type")] = None,
    number: PageNumber = 1,
    per_page: PerPage = PER_PAGE,
    as_typed: Annotated[
        bool, Query(description="Correct no word, offer no other, and look for none by other names")
    ] = False,
) -> SearchResultsOut:
    """What a query finds, best first. Any text is a query; see the search page for its language.

    The filters of papers narrow it as those within the query do.
    """
    with db.read() as session:
        results = service.search_all(
            session,
            q,
            types=types or KINDS,
            page=number,
            per_page=per_page,
            as_typed=as_typed,
            filters=PaperFilters.read(request.query_params.getlist),
            facets=True,
        )
        semantic: SemanticSearch | None = request.app.state.semantic.search
        other = None
        if semantic and number == 1:
            language = language_of(request)
            other = semantic.find_other_language(session, q, results.filters, language)
    return serialize_results(results, make_translator(request), other)


@router.get("/complete")
def complete(
    request: Request,
    db: Db,
    q: Annotated[str, Query(description="What was typed so far", max_length=1000)] = "",
    field: Annotated[
        CompletedField,
        Query(alias="for", description="`link`: between `[[` and `]]`; else what a field names"),
    ] = "link",
) -> CompletionList:
    """What a link, or a field, may go on with: by key, author, name or a few letters, in either
    language and by pinyin; best first."""
    found: list[FieldCompletion] = []
    with db.read() as session, service.deadline(session) as patience:
        found = complete_field(session, q, field, language_of(request))
    items = [CompletionItem(**asdict(each)) for each in found]
    return CompletionList(items=items, stopped=patience.stopped)


_NOT_EMPTY: JsonDict = {"properties": {"name": {"pattern": r"\S"}, "q": {"pattern": r"\S"}}}
_Changed = Annotated[SavedPatch, Body(json_schema_extra={"allOf": [_NOT_EMPTY]})]
SavedId = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.get("/searches")
def searches(request: Request, db: Db) -> Listing[SavedSearchItem]:
    """The saved searches, with what is new in each."""
    with db.read() as session:
        items = [
            serialize_saved_search(each)
            for each in saved_searches.list_statuses(session, language_of(request))
        ]
    return Listing(items=items, total=len(items), page=1, per_page=saved_searches.MOST)


@router.post("/searches", status_code=201)
def save_search(request: Request, db: Db, given: _Added, response: Response) -> SavedSearchItem:
    """Keeps a query under a name; all that it finds now counts as seen."""
    with db.write() as session:
        search = saved_searches.save_search(session, given)
        item = serialize_saved_search(
            saved_searches.search_status(session, search, language_of(request))
        )
    response.headers["Location"] = f"/api/v1/searches/{item.id}"
    response.headers["ETag"] = format_etag(item.version)
    return item


@router.get("/searches/{number}")
def saved_search(request: Request, db: Db, number: SavedId, response: Response) -> SavedSearchItem:
    """A saved search with what is new in it; to read it here does not open it."""
    with db.read() as session:
        search = saved_searches.get_search(session, number)
        item = serialize_saved_search(
            saved_searches.search_status(session, search, language_of(request))
        )
    response.headers["ETag"] = format_etag(item.version)
    return item


@router.patch("/searches/{number}")
def change_search(
    request: Request,
    db: Db,
    number: SavedId,
    patch: _Changed,
    version: IfMatch,
    response: Response,
) -> SavedSearchItem:
    """Changes what the body names; with `opened`, or another query, nothing in it is new."""
    with db.write() as session:
        search = saved_searches.get_search(session, number)
        if changes := patch.model_fields_set - {"opened"}:
            held = saved_searches.saved_as_input(search)
            given = held.model_copy(update={name: getattr(patch, name) for name in changes})
            saved_searches.change_search(session, search, given, version=version)
        if patch.opened:
            saved_searches.mark_opened(session, search)
        item = serialize_saved_search(
            saved_searches.search_status(session, search, language_of(request))
        )
    response.headers["ETag"] = format_etag(item.version)
    return item


@router.delete("/searches/{number}", status_code=204)
def delete_search(db: Db, number: SavedId, version: IfMatch) -> None:
    """Forgets a saved search; what it finds stays."""
    with db.write() as session:
        saved_searches.delete_search(
            session, saved_searches.get_search(session, number), version=version
        )
