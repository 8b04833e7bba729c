"""Many papers changed at once, and that taken back as one."""

from typing import Annotated

from fastapi import APIRouter, Path
from sqlmodel import Session

from app.errors import N_, Invalid
from app.library.bulk_edit import editing
from app.library.filters import FILTERS, PaperFilters
from app.library.rules import PaperEdit
from app.library.schemas import (
    BulkRequest,
    BulkResult,
    ChangeItem,
    serialize_bulk_change,
    serialize_edit,
)
from app.search import service as search
from app.web.dependencies import Db
from app.web.threads import Route

router = APIRouter(route_class=Route, include_in_schema=False)
api = APIRouter(route_class=Route, tags=["papers"])

ChangeId = Annotated[int, Path(ge=1, le=2**31 - 1)]


# --- JSON ---------------------------------------------------------------------------------------


@api.post("/papers/bulk")
def change_papers(db: Db, given: BulkRequest) -> BulkResult:
    """The same done to many papers, in one transaction, to be undone as one change.

    A query that would have to be taken otherwise than it is written is 422.
    """
    edit = PaperEdit.model_validate(
        {
            name: getattr(given, name)
            for name in given.model_fields_set & set(PaperEdit.model_fields)
        }
    )
    with db.read() if given.dry_run else db.write() as session:
        report = editing.edit_papers(
            session,
            edit,
            ids=_asked(session, given),
            citekeys=given.citekeys,
            versions=given.versions,
            dry_run=given.dry_run,
        )
        return serialize_edit(report)


def _asked(session: Session, given: BulkRequest) -> list[int] | None:
    """The ids of the papers that query and filters find; none where citation keys are given."""
    chosen = {name: getattr(given, name, ()) for name in FILTERS}
    chosen = {name: values for name, values in chosen.items() if isinstance(values, list)}
    filters = PaperFilters.read(lambda name: chosen.get(name, ()))
    is_asked = bool(given.q.strip() or filters)
    if is_asked == bool(given.citekeys):
        raise Invalid.field(
            "citekeys", N_("Say which papers: by citation keys, or by a query or filters.")
        )
    return search.find_papers_to_change(session, given.q, filters) if is_asked else None


@api.get("/changes/{number}")
def change(db: Db, number: ChangeId) -> ChangeItem:
    """A change of many papers."""
    with db.read() as session:
        shown = editing.get_change(session, number)
        return serialize_bulk_change(shown, editing.versions_since(session, number))


@api.post("/changes/{number}/undo")
def undo_change(db: Db, number: ChangeId) -> BulkResult:
    """Takes a change of many papers back, but for what has been changed since; 409 where it was
    taken back before."""
    with db.write() as session:
        return serialize_edit(editing.undo_edit(session, number))
