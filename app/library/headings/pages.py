"""`/authors`, `/tags`, `/venues`, `/years`: who and what there is, and the papers of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlmodel import Session

from app.errors import N_, CrosswalkError, Invalid
from app.library.filters import ORDERS, SORTS, PaperFilters
from app.library.headings import authors, tags, venues
from app.library.headings.authors import Person
from app.library.headings.queries import Heading
from app.library.headings.tags import TagHeld
from app.library.listing import Facet, list_papers
from app.library.rows import PaperRow
from app.web.dependencies import PER_PAGE, Db, PageNumber
from app.web.forms import SubmittedForm
from app.web.pages import redirect_to, render_page
from app.web.paging import Paging
from app.web.preferences import shown_columns
from app.web.threads import Route

router = APIRouter(route_class=Route, include_in_schema=False)
RowId = Annotated[int, Path(ge=1, le=2**31 - 1)]
Year = Annotated[int, Path(ge=0, le=9999)]
_LISTED = 100


@dataclass(frozen=True)
class HeadingsPage:
    """All authors, tags, venues or years; or those that `q` finds."""

    kind: str
    headings: list[Heading]
    paging: Paging
    q: str


@dataclass(frozen=True)
class HeadingPage:
    """The papers of one. `within` is the filter that stands for it in `/papers`; `given` is what
    was typed into a form that came back."""

    kind: str
    title: str
    papers: list[PaperRow]
    paging: Paging
    facets: Mapping[str, Sequence[Facet]]
    filters: PaperFilters
    sort: str
    shown: frozenset[str]
    within: str
    person: Person | None = None
    similar: Sequence[Heading] = ()
    earlier: str = ""
    later: str = ""
    error: CrosswalkError | None = None
    given: str = ""
    mergeable: bool = False
    sorts: tuple[str, ...] = field(default=SORTS)


@router.get("/authors")
def author_list(
    request: Request, db: Db, q: str = "", name: str = "", number: PageNumber = 1
) -> Response:
    """All authors; with `name`, straight to the one who is called so."""
    with db.read() as session:
        if name and (found := authors.find_author(session, name)):
            return RedirectResponse(f"/authors/{found.id}", 303)
        q = (q or name).strip()
        listed, total = authors.list_authors(session, q, page=number, per_page=_LISTED)
    return _headings(request, "author", listed, Paging(number, _LISTED, total), q)


@router.get("/tags")
def tag_list(request: Request, db: Db, q: str = "", number: PageNumber = 1) -> HTMLResponse:
    with db.read() as session:
        found = tags.list_tags(session, q.strip())
    return _part(request, "tag", found, number, q.strip())


@router.get("/venues")
def venue_list(request: Request, db: Db, q: str = "", number: PageNumber = 1) -> HTMLResponse:
    with db.read() as session:
        found = venues.list_venues(session, q.strip())
    return _part(request, "venue", found, number, q.strip())


@router.get("/years")
def year_list(request: Request, db: Db, number: PageNumber = 1) -> HTMLResponse:
    with db.read() as session:
        found = venues.list_years(session)
    return _part(request, "year", found, number, "")


def _part(
    request: Request, kind: str, found: Sequence[Heading], number: int, q: str
) -> HTMLResponse:
    start = (number - 1) * _LISTED
    paging = Paging(number, _LISTED, len(found))
    return _headings(request, kind, list(found[start : start + _LISTED]), paging, q)


def _headings(
    request: Request, kind: str, found: list[Heading], paging: Paging, q: str
) -> HTMLResponse:
    context = HeadingsPage(kind, found, paging, q)
    return render_page(request, "library/headings.html", context, blocks=("results",))


@router.get("/authors/{author}")
def author(
    request: Request, db: Db, author: RowId, sort: str = "", number: PageNumber = 1
) -> Response:
    with db.read() as session:
        person = authors.get_person(session, author)
        if person.number != author:
            return RedirectResponse(f"/authors/{person.number}", 303)
        return _author(request, session, person, sort=sort, number=number)


def _author(
    request: Request,
    session: Session,
    person: Person,
    *,
    sort: str = "",
    number: int = 1,
    error: CrosswalkError | None = None,
    given: str = "",
) -> HTMLResponse:
    context = _heading(request, session, "author", str(person.number), person.name, sort, number)
    return _show(request, replace(context, person=person, error=error, given=given))


@router.post("/authors/{author}/join")
def join(request: Request, db: Db, author: RowId, form: SubmittedForm) -> Response:
    """Another name is this author's as well: `other`, the id of one, or `name`, as papers do."""
    other, name = form.get("other"), form.get("name")
    try:
        with db.write() as session:
            if other.isascii() and other.isdigit() and len(other) < 10:
                joined = int(other)
            else:
                joined = authors.find_to_join(session, name).id
            said = authors.join_authors(session, author, joined)
            person = authors.get_person(session, author)
            number = next(each.number for each in person.names if each.name == said)
    except CrosswalkError as error:
        with db.read() as session:
            person = authors.get_person(session, author)
            return _author(request, session, person, error=error, given=name)
    return redirect_to(
        f"/authors/{person.number}",
        N_("{other} is one author with {name} now."),
        undo=f"/authors/{number}/join/undo",
        other=said,
        name=person.name,
    )


@router.post("/authors/{author}/join/undo")
def undo_join(db: Db, author: RowId) -> RedirectResponse:
    return part(db, author)


@router.post("/authors/{author}/part")
def part(db: Db, author: RowId) -> RedirectResponse:
    """This name is an author of its own again."""
    with db.write() as session:
        before = authors.part_author(session, author)
        person = authors.get_person(session, author)
    undo = f"/authors/{before}/names/{author}/undo" if before else ""
    said = N_("{name} is an author of its own again.")
    return redirect_to(f"/authors/{author}", said, undo=undo, name=person.name)


@router.post("/authors/{author}/names/{other}/undo")
def undo_part(db: Db, author: RowId, other: RowId) -> RedirectResponse:
    with db.write() as session:
        said = authors.join_authors(session, author, other)
        person = authors.get_person(session, author)
    text = N_("{other} is one author with {name} now.")
    undo = f"/authors/{other}/join/undo"
    return redirect_to(f"/authors/{person.number}", text, undo=undo, other=said, name=person.name)


@router.get("/tags/{name:path}")
def tag(
    request: Request, db: Db, name: str, sort: str = "", number: PageNumber = 1
) -> HTMLResponse:
    with db.read() as session:
        found = tags.get_tag(session, name).name
        return _show(request, _heading(request, session, "tag", found, found, sort, number))


@router.post("/tags/rename")
def rename(request: Request, db: Db, form: SubmittedForm) -> Response:
    """Another name for `tag`; where it is taken, the form asks whether to merge the two."""
    called, wanted = form.get("tag"), form.get("name")
    try:
        with db.write() as session:
            found = tags.get_tag(session, called)
            before = found.name
            change = tags.rename_tag(session, found, wanted, merge="merge" in form)
            now = tags.get_tag(session, wanted).name
            undo = f"/tags/changes/{change.id}/undo" if change else ""
    except (Invalid, TagHeld) as error:
        with db.read() as session:
            name = tags.get_tag(session, called).name
            context = _heading(request, session, "tag", name, name, "", 1)
            asked = isinstance(error, TagHeld)
            return _show(request, replace(context, error=error, given=wanted, mergeable=asked))
    if not undo:
        return redirect_to(_tag_url(now))
    text = N_("“{before}” is called “{name}” now. Papers: {count}.")
    count = len(change.papers) if change else 0
    return redirect_to(_tag_url(now), text, undo=undo, before=before, name=now, count=count)


@router.post("/tags/delete")
def delete(db: Db, form: SubmittedForm) -> RedirectResponse:
    with db.write() as session:
        change = tags.delete_tag(session, tags.get_tag(session, form.get("tag")))
        undo, name, count = f"/tags/changes/{change.id}/undo", change.name, len(change.papers)
    text = N_("“{name}” is gone. Papers that wore it: {count}.")
    return redirect_to("/tags", text, undo=undo, name=name, count=count)


@router.post("/tags/changes/{number}/undo")
def undo_change(db: Db, number: RowId) -> RedirectResponse:
    with db.write() as session:
        name = tags.undo_tag_change(session, number).name
    return redirect_to(_tag_url(name), N_("“{name}” is as it was."), name=name)


@router.get("/venues/{name:path}")
def venue(
    request: Request, db: Db, name: str, sort: str = "", number: PageNumber = 1
) -> HTMLResponse:
    with db.read() as session:
        context = _heading(request, session, "venue", f"={name}", name, sort, number)
        return _show(request, replace(context, similar=venues.similar_venues(session, name)))


@router.get("/years/{year}")
def year(
    request: Request, db: Db, year: Year, sort: str = "", number: PageNumber = 1
) -> HTMLResponse:
    said = f"{year:04}"
    with db.read() as session:
        context = _heading(request, session, "year", said, str(year), sort, number)
        years = [each.label for each in venues.list_years(session)]
    before = next((each for each in years if int(each) < year), "")
    after = next((each for each in reversed(years) if int(each) > year), "")
    return _show(request, replace(context, earlier=before, later=after))


def _heading(
    request: Request, session: Session, kind: str, value: str, title: str, sort: str, number: int
) -> HeadingPage:
    """The page's list: what passes the filters of the address besides its own."""
    filters = PaperFilters.read(request.query_params.getlist).without(kind)
    sort = sort if sort in ORDERS else "year"
    listed = list_papers(
        session,
        filters.also(PaperFilters({kind: (value,)})),
        sort=sort,
        page=number,
        per_page=PER_PAGE,
        facets=True,
    )
    return HeadingPage(
        kind=kind,
        title=title,
        papers=listed.papers,
        paging=Paging(number, PER_PAGE, listed.total),
        facets={name: found for name, found in listed.facets.items() if name != kind},
        filters=filters,
        sort=sort,
        shown=shown_columns(request),
        within="/papers?" + urlencode({kind: value}),
    )


def _show(request: Request, context: HeadingPage) -> HTMLResponse:
    status = context.error.status if context.error else 200
    return render_page(request, "library/heading.html", context, blocks=("results",), status=status)


def _tag_url(name: str) -> str:
    return f"/tags/{quote(name)}"
