"""The JSON routes of authors, tags, venues and years."""

from typing import Annotated

from fastapi import APIRouter, Path
from sqlmodel import Session

from app.errors import N_, Invalid, NotFound
from app.library.filters import PaperFilters
from app.library.headings import authors, tags, venues
from app.library.headings.queries import Heading
from app.library.headings.schemas import (
    AuthorDetail,
    AuthorItem,
    HeadingDetail,
    HeadingItem,
    JoinInput,
    TagChanged,
    TagInput,
    serialize_author,
    serialize_heading,
    serialize_heading_detail,
    serialize_person,
)
from app.library.listing import Facet, list_papers
from app.models import Tag, TagChange
from app.web.dependencies import Db, Listing, PageNumber, PerPage
from app.web.threads import Route

router = APIRouter(route_class=Route, tags=["headings"])
RowId = Annotated[int, Path(ge=1, le=2**31 - 1)]
Year = Annotated[int, Path(ge=0, le=9999)]


@router.get("/authors")
def author_list(
    db: Db, q: str = "", number: PageNumber = 1, per_page: PerPage = 50
) -> Listing[AuthorItem]:
    """The authors (whom `q` may mean), the one with most papers first."""
    with db.read() as session:
        found, total = authors.list_authors(session, q.strip(), page=number, per_page=per_page)
    items = list(map(serialize_author, found))
    return Listing(items=items, total=total, page=number, per_page=per_page)


@router.get("/authors/{author}")
def author(db: Db, author: RowId) -> AuthorDetail:
    """An author with all names, by the id of any of them."""
    with db.read() as session:
        return _author(session, author)


@router.post("/authors/{author}/names", status_code=201)
def join(db: Db, author: RowId, given: JoinInput) -> AuthorDetail:
    """Another author's names are this one's as well. Taken back by `DELETE …/names/{id}`."""
    if given.id is None and not given.name.strip():
        raise Invalid.field("name", N_("Give a name."))
    with db.write() as session:
        other = given.id or authors.find_to_join(session, given.name).id
        authors.join_authors(session, author, other)
        return _author(session, author)


@router.delete("/authors/{author}/names/{other}")
def part(db: Db, author: RowId, other: RowId) -> AuthorDetail:
    """This name is an author of its own again, with those that were joined to it."""
    with db.write() as session:
        if other not in {each.number for each in authors.get_person(session, author).names}:
            raise NotFound(N_("There is no author {number}."), number=other)
        authors.part_author(session, other)
        return _author(session, author)


@router.get("/tags")
def tag_list(
    db: Db, q: str = "", number: PageNumber = 1, per_page: PerPage = 50
) -> Listing[HeadingItem]:
    """All tags (whose names hold `q`), in order."""
    with db.read() as session:
        return _page(tags.list_tags(session, q.strip()), number, per_page)


@router.get("/tags/{name:path}")
def tag(db: Db, name: str) -> HeadingDetail:
    with db.read() as session:
        found = tags.get_tag(session, name)
        return serialize_heading_detail(found.name, *_papers(session, "tag", found.name))


@router.patch("/tags/{name:path}")
def rename(db: Db, name: str, given: TagInput) -> TagChanged:
    """Another name on all its papers. Where a tag is called so already: 409 with the type
    `urn:crosswalk:tag-held`; with `"merge": true` they become one."""
    with db.write() as session:
        change = tags.rename_tag(
            session, tags.get_tag(session, name), given.name, merge=given.merge
        )
        return _changed(session, tags.get_tag(session, given.name), change)


@router.delete("/tags/{name:path}")
def delete(db: Db, name: str) -> TagChanged:
    """Off all its papers, and gone; `change` brings it back."""
    with db.write() as session:
        change = tags.delete_tag(session, tags.get_tag(session, name))
        return TagChanged(name="", papers=len(change.papers), change=change.id)


@router.post("/tag-changes/{number}/undo")
def undo(db: Db, number: RowId) -> TagChanged:
    """The tag as it was, on the papers that wore it."""
    with db.write() as session:
        return _changed(session, tags.undo_tag_change(session, number), None)


@router.get("/venues")
def venue_list(
    db: Db, q: str = "", number: PageNumber = 1, per_page: PerPage = 50
) -> Listing[HeadingItem]:
    """All venues (whose names hold `q`) as papers write them, the one with most papers first."""
    with db.read() as session:
        return _page(venues.list_venues(session, q.strip()), number, per_page)


@router.get("/venues/{name:path}")
def venue(db: Db, name: str) -> HeadingDetail:
    with db.read() as session:
        total, facets = _papers(session, "venue", f"={name}")
        if not total:
            raise NotFound(N_("No paper names the venue “{name}”."), name=name[:80])
        alike = venues.similar_venues(session, name)
        return serialize_heading_detail(name, total, facets, alike)


@router.get("/years")
def year_list(db: Db, number: PageNumber = 1, per_page: PerPage = 200) -> Listing[HeadingItem]:
    """All years that papers have, the latest first."""
    with db.read() as session:
        return _page(venues.list_years(session), number, per_page)


@router.get("/years/{year}")
def year(db: Db, year: Year) -> HeadingDetail:
    with db.read() as session:
        total, facets = _papers(session, "year", f"{year:04}")
        if not total:
            raise NotFound(N_("No paper is of {year}."), year=year)
        return serialize_heading_detail(str(year), total, facets)


def _author(session: Session, number: int) -> AuthorDetail:
    person = authors.get_person(session, number)
    return serialize_person(person, *_papers(session, "author", str(number)))


def _papers(session: Session, name: str, value: str) -> tuple[int, dict[str, list[Facet]]]:
    listed = list_papers(session, PaperFilters({name: (value,)}), per_page=1, facets=True)
    return listed.total, listed.facets


def _page(found: list[Heading], number: int, per_page: int) -> Listing[HeadingItem]:
    start = (number - 1) * per_page
    items = list(map(serialize_heading, found[start : start + per_page]))
    return Listing(items=items, total=len(found), page=number, per_page=per_page)


def _changed(session: Session, tag: Tag, change: TagChange | None) -> TagChanged:
    total, _ = _papers(session, "tag", tag.name)
    return TagChanged(name=tag.name, papers=total, change=change.id if change else None)
