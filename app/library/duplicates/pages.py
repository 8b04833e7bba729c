"""`/duplicates`: papers that may be one, side by side; merged, told apart, parted again."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlmodel import Session

from app.errors import N_, CrosswalkError, Message
from app.library import service
from app.library.duplicates import merging, side_by_side
from app.library.duplicates.merging import CHOOSABLE
from app.library.duplicates.side_by_side import ComparedPair
from app.models import Paper, PaperMerge
from app.web.dependencies import Db, PageNumber
from app.web.forms import SubmittedForm
from app.web.pages import redirect_to, render_page
from app.web.paging import Paging
from app.web.threads import Route

router = APIRouter(route_class=Route, include_in_schema=False)
MergeId = Annotated[int, Path(ge=1, le=2**31 - 1)]
PER_PAGE = 10

Key = Annotated[str, Query(max_length=1000)]


@dataclass(frozen=True)
class DuplicatesPage:
    pairs: list[ComparedPair]
    paging: Paging
    merges: list[tuple[PaperMerge, Paper]]
    first: str
    second: str
    problem: Message | None


@router.get("/duplicates")
def pairs(
    request: Request, db: Db, first: Key = "", second: Key = "", number: PageNumber = 1
) -> HTMLResponse:
    """All pairs, or the two that `first` and `second` name."""
    with db.read() as session:
        return _page(request, session, first=first, second=second, number=number)


def _page(
    request: Request,
    session: Session,
    *,
    first: str = "",
    second: str = "",
    number: int = 1,
    problem: Message | None = None,
    status: int = 200,
) -> HTMLResponse:
    found: list[ComparedPair] = []
    total = 0
    try:
        if first or second:
            one, other = (service.get_paper(session, key.strip()) for key in (first, second))
            found = [side_by_side.pair_of(one, other)] if one.id != other.id else []
            total = len(found)
            if not found:
                problem = problem or Message(N_("These are one paper already."))
    except CrosswalkError as error:
        problem, status = error.message, error.status
    if not (first or second):
        listed = side_by_side.list_pairs(session, page=number, per_page=PER_PAGE)
        found, total = listed.pairs, listed.total
    context = DuplicatesPage(
        pairs=found,
        paging=Paging(number, PER_PAGE, total),
        merges=side_by_side.list_merges(session),
        first=first,
        second=second,
        problem=problem,
    )
    return render_page(request, "library/duplicates.html", context, status=status)


@router.post("/duplicates/merge")
def merge(request: Request, db: Db, form: SubmittedForm) -> Response:
    """Makes one paper of two; `keep` says whose key stays, and each field whose value."""
    first, second = form.get("first"), form.get("second")
    keep = form.get("keep") or first
    other = second if keep == first else first
    side = "second" if keep == first else "first"
    chosen = frozenset(name for name in CHOOSABLE if form.get(name) == side)
    take = chosen if any(name in form for name in CHOOSABLE) else None
    try:
        with db.write() as session:
            done = side_by_side.merge_by_key(session, keep, other, take=take)
            title = done.title
    except CrosswalkError as error:
        with db.read() as session:
            return _page(request, session, problem=error.message, status=error.status)
    return redirect_to(
        "/duplicates",
        N_("“{title}” is one paper now, {citekey}. This can be taken back below."),
        title=title,
        citekey=keep,
    )


@router.post("/duplicates/distinct")
def tell_apart(db: Db, form: SubmittedForm) -> RedirectResponse:
    with db.write() as session:
        one, other = (service.get_paper(session, form.get(name)) for name in ("first", "second"))
        side_by_side.tell_apart(session, one, other)
    return redirect_to("/duplicates", N_("Remembered: these are two papers."))


@router.post("/duplicates/merges/{number}/undo")
def part(db: Db, number: MergeId) -> RedirectResponse:
    """Two papers again."""
    with db.write() as session:
        parted = merging.unmerge(session, number)
    said = N_("Two papers again: {citekey} and {other}.")
    if parted.stays:
        said = N_(
            "Two papers again: {citekey} and {other}. Changed since, and left as it is: {stays}."
        )
    return redirect_to(
        f"/papers/{parted.citekey}",
        said,
        citekey=parted.citekey,
        other=parted.other,
        stays=", ".join(parted.stays),
    )
