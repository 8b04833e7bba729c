"""The JSON routes of papers."""

from functools import partial
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict
from sqlmodel import Session

from app.errors import N_, Invalid, NotFound, check_version
from app.library import service
from app.library.filters import FILTERS, SORTS, PaperFilters
from app.library.rows import PaperRow
from app.library.rules import NOT_A_DOI, PaperInput, VerdictInput
from app.models import Paper
from app.search import service as search
from app.sources import looking_up
from app.sources.arxiv_ids import parse
from app.sources.drafts import PaperDraft, filled
from app.sources.web_pages import Asked, named, named_draft, page_address
from app.text import Key
from app.web.api import (
    PER_PAGE,
    Config,
    Db,
    Listing,
    PageNumber,
    PerPage,
    etag,
    patiently,
    repeatable,
)
from app.web.forms import IfMatch

router = APIRouter(tags=["papers"])
_ORDERS = (*SORTS, "relevance")


class PaperItem(BaseModel):
    """A paper in a list."""

    citekey: str
    title: str
    short_title: str
    authors: list[str]
    year: int | None
    kind: str
    venue: str
    arxiv_id: str | None
    doi: str | None
    url: str
    techniques: list[str]
    verdict: str | None
    reason: str
    tags: list[str]


class GivenVerdict(BaseModel):
    verdict: str
    reason: str
    given_at: str
    current: bool


class PaperDetail(PaperItem):
    """A paper whole, with the history of its verdicts."""

    model_config = ConfigDict(extra="forbid")

    abstract: str
    published: str
    revised: str
    arxiv_version: int | None
    primary_category: str
    details: dict[str, str]
    fields: list[str]
    verdicts: list[GivenVerdict]
    metadata_source: str
    created_at: str
    updated_at: str
    version: int


class NewPaper(PaperInput):
    """A paper to be added; `force` adds it also where the library seems to hold it already."""

    force: bool = False


class TechniqueList(BaseModel):
    techniques: list[Key]


def _held(session: Session, citekey: str) -> Paper:
    """A paper that is not in the trash; to a script, what it deleted is gone."""
    found = service.get_paper(session, citekey)
    if found.trashed_at:
        raise NotFound(N_("{title} is in the trash. Its page restores it."), title=citekey)
    return found


def item_of(paper: Paper | PaperRow) -> PaperItem:
    """A paper as lists have it."""
    return PaperItem.model_validate(_item(paper))


def _item(paper: Paper | PaperRow) -> dict[str, object]:
    given = paper.verdict
    return {
        **{
            name: getattr(paper, name)
            for name in (
                "citekey",
                "title",
                "short_title",
                "authors",
                "year",
                "kind",
                "venue",
                "arxiv_id",
                "doi",
                "url",
            )
        },
        "techniques": [technique.slug for technique in paper.techniques],
        "verdict": given.verdict.slug if given else None,
        "reason": given.reason if given else "",
        "tags": [tag.name for tag in paper.tags],
    }


def detail_of(paper: Paper) -> PaperDetail:
    """A paper as the API answers it (what its page shows must be loaded)."""
    return PaperDetail.model_validate(
        {
            **_item(paper),
            "abstract": paper.abstract,
            "published": paper.published,
            "revised": paper.revised,
            "arxiv_version": paper.arxiv_version,
            "primary_category": paper.primary_category,
            "details": paper.details,
            "fields": [field.slug for field in paper.fields],
            "verdicts": [
                {
                    "verdict": given.verdict.slug,
                    "reason": given.reason,
                    "given_at": given.given_at.isoformat(),
                    "current": given.is_current,
                }
                for given in paper.verdicts
            ],
            "metadata_source": paper.metadata_source,
            "created_at": paper.created_at.isoformat(),
            "updated_at": paper.updated_at.isoformat(),
            "version": paper.version,
        }
    )


@router.get("/papers", openapi_extra=repeatable(FILTERS))
def papers(
    request: Request,
    db: Db,
    q: str = "",
    sort: Annotated[str, Query(description=", ".join(_ORDERS))] = "",
    number: PageNumber = 1,
    per_page: PerPage = PER_PAGE,
) -> Listing[PaperItem]:
    """Papers by the same filters as the page: technique, verdict, tag, field, kind, year …

    503 where what the query finds is not known in time.
    """
    if sort not in ("", *_ORDERS):
        raise Invalid.field(
            "sort", N_("Sort by one of these: {orders}."), orders=", ".join(_ORDERS)
        )
    filters = PaperFilters.read(request.query_params.getlist)
    with db.read() as session:
        asked = search.papers_asked(session, q, filters, filled=sort not in SORTS, whole=True)
        listed = service.list_papers(
            session,
            asked.filters,
            matching=asked.select,
            sort=sort or ("relevance" if asked.matches else "added"),
            page=number,
            per_page=per_page,
        )
        items = [item_of(paper) for paper in listed.papers]
    return Listing(items=items, total=listed.total, page=number, per_page=per_page)


async def _looked_up(
    request: Request, db: Db, config: Config, given: NewPaper
) -> PaperDraft | None:
    """What is known of the paper elsewhere, where no more than an id or an address was given."""
    if given.title.strip() or not (given.arxiv_id or given.doi or given.url):
        return None
    if given.arxiv_id:
        asked: Asked = parse(given.arxiv_id)
    elif found := named(given.doi or given.url):
        asked = found
    elif given.doi:
        raise Invalid.field("doi", NOT_A_DOI)
    else:
        raise Invalid.field(
            "url", N_("This address names no arXiv id and no DOI. Give the paper's title too.")
        )
    with db.read() as session:
        wanted = named_draft(asked, PaperDraft(title=""))
        service.refuse_held(session, arxiv_id=wanted.arxiv_id, doi=wanted.doi)
    return await patiently(request, partial(looking_up.fetch_one, asked, settings=config))


@router.post("/papers", status_code=201)
def add_paper(
    db: Db,
    given: NewPaper,
    source: Annotated[PaperDraft | None, Depends(_looked_up)],
    response: Response,
) -> PaperDetail:
    """A new paper. An arXiv id, a DOI, or the address of a page that names one is enough without a
    title: the metadata is fetched.

    One that the library seems to hold under other ids is 409 with the type
    `urn:crosswalk:perhaps-held`; with `"force": true` it is added all the same.
    """
    paper_input: PaperInput = given
    if source:
        if not (given.arxiv_id or given.doi):
            source = filled(source, PaperDraft(title="", url=page_address(given.url)))
        asked = "arxiv_id" if given.arxiv_id else "doi" if given.doi else "url"
        typed = given.model_dump(exclude_unset=True, exclude={"title", "force", asked})
        paper_input = service.draft_as_input(source).model_copy(update=typed)
    with db.write() as session:
        if not given.force:
            service.refuse_alike(session, paper_input)
        paper = service.create_paper(session, paper_input, source=source)
        detail = detail_of(paper)
    response.headers["Location"] = f"/api/v1/papers/{quote(detail.citekey)}"
    response.headers["ETag"] = etag(detail.version)
    return detail


@router.get("/papers/{citekey}")
def paper(db: Db, citekey: str, response: Response) -> PaperDetail:
    """A paper with its abstract and the history of its verdicts."""
    with db.read() as session:
        detail = detail_of(_held(session, citekey))
    response.headers["ETag"] = etag(detail.version)
    return detail


@router.patch("/papers/{citekey}")
def change_paper(
    db: Db, citekey: str, patch: PaperInput, version: IfMatch, response: Response
) -> PaperDetail:
    """Changes what the body names; all else stays."""
    with db.write() as session:
        found = _held(session, citekey)
        changes = {name: getattr(patch, name) for name in patch.model_fields_set}
        given = service.as_input(found).model_copy(update=changes)
        service.update_paper(session, found, given, version=version)
        detail = detail_of(found)
    response.headers["ETag"] = etag(detail.version)
    return detail


@router.delete("/papers/{citekey}", status_code=204)
def delete_paper(db: Db, citekey: str, version: IfMatch) -> None:
    """To the trash, from which the page restores it."""
    with db.write() as session:
        found = _held(session, citekey)
        check_version(found.version, version)
        service.trash_paper(found)


@router.post("/papers/{citekey}/verdicts", status_code=201)
def give_verdict(
    db: Db, citekey: str, given: VerdictInput, version: IfMatch, response: Response
) -> PaperDetail:
    """A verdict with its reason; the one before stays as history."""
    with db.write() as session:
        found = _held(session, citekey)
        check_version(found.version, version)
        service.give_verdict(session, found, verdict=given.verdict, reason=given.reason)
        detail = detail_of(found)
    response.headers["Location"] = f"/api/v1/papers/{quote(detail.citekey)}"
    response.headers["ETag"] = etag(detail.version)
    return detail


@router.get("/papers/{citekey}/techniques")
def techniques(db: Db, citekey: str, response: Response) -> TechniqueList:
    """The slugs of the techniques that a paper is filed under."""
    with db.read() as session:
        found = _held(session, citekey)
        response.headers["ETag"] = etag(found.version)
        return TechniqueList(techniques=[each.slug for each in found.techniques])


@router.put("/papers/{citekey}/techniques")
def set_techniques(
    db: Db, citekey: str, given: TechniqueList, version: IfMatch, response: Response
) -> TechniqueList:
    """Exactly these techniques, in place of those before."""
    with db.write() as session:
        found = _held(session, citekey)
        service.set_techniques(session, found, given.techniques, version=version)
        response.headers["ETag"] = etag(found.version)
        return TechniqueList(techniques=[each.slug for each in found.techniques])
