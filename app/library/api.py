"""The JSON routes of papers."""

from functools import partial
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Body, Depends, Response
from pydantic.config import JsonDict
from sqlmodel import Session

from app.errors import N_, Invalid, NotFound, check_version
from app.kit.json_fields import with_field
from app.library import service
from app.library.duplicates import merging
from app.library.rules import NOT_A_DOI, PaperInput, VerdictInput
from app.library.schemas import (
    NewPaper,
    PaperDetail,
    TechniqueList,
    serialize_paper_detail,
)
from app.models import Paper
from app.sources import metadata_lookup
from app.sources.arxiv.ids import parse_arxiv_id
from app.sources.drafts import PaperDraft, fill_draft
from app.sources.web.other_names import explain_other_name, find_other_name
from app.sources.web.page_capture import Asked, find_id, named_draft, page_address
from app.web.dependencies import Config, Db, format_etag
from app.web.forms import IfMatch
from app.web.threads import Route, run_in_waiting_pool

router = APIRouter(route_class=Route, tags=["papers"])

_NAMES_PAPER = r"arxiv\.org/abs/[0-9]{4}\.[0-9]{5}|doi\.org/10\.[0-9]{4,9}/[0-9A-Za-z]"
_NAMED: JsonDict = {
    "anyOf": [*map(with_field, ("title", "arxiv_id", "doi")), with_field("url", _NAMES_PAPER)]
}
_Added = Annotated[NewPaper, Body(json_schema_extra=_NAMED)]


def _held(session: Session, citekey: str) -> Paper:
    """A paper that is not in the trash; to a script, what it deleted is gone."""
    found = service.get_paper(session, citekey)
    if found.trashed_at:
        raise NotFound(N_("{title} is in the trash. Its page restores it."), title=citekey)
    return found


async def _looked_up(db: Db, config: Config, given: _Added) -> PaperDraft | None:
    """What is known of the paper elsewhere, where no more than an id or an address was given."""
    if given.title.strip() or not (given.arxiv_id or given.doi or given.url):
        return None
    if given.arxiv_id:
        asked: Asked = parse_arxiv_id(given.arxiv_id)
    elif found := find_id(given.doi or given.url):
        asked = found
    elif given.doi:
        raise Invalid.field("doi", NOT_A_DOI)
    elif other := find_other_name(given.url):
        raise Invalid({"url": explain_other_name(other)})
    else:
        raise Invalid.field(
            "url", N_("This address names no arXiv id and no DOI. Give the paper's title too.")
        )
    with db.read() as session:
        wanted = named_draft(asked, PaperDraft(title=""))
        service.refuse_held(session, arxiv_id=wanted.arxiv_id, doi=wanted.doi)
    return await run_in_waiting_pool(partial(metadata_lookup.fetch_paper, asked, settings=config))


@router.post(
    "/papers",
    status_code=201,
    responses={200: {"model": PaperDetail, "description": "A preprint that was held is it now"}},
)
def add_paper(
    db: Db,
    given: _Added,
    source: Annotated[PaperDraft | None, Depends(_looked_up)],
    response: Response,
) -> PaperDetail:
    """A new paper. An arXiv id, a DOI, or the address of a page that names one is enough without a
    title: the metadata is fetched.

    One that the library seems to hold under other ids is 409 with the type
    `urn:crosswalk:perhaps-held`; with `"force": true` it is added all the same, with
    `"same_as": "itskey"` that one is completed: 200 instead of 201. Where it is the publication of
    a preprint that is held, that paper becomes it, with 200 too.
    """
    paper_input: PaperInput = given
    if source:
        if not (given.arxiv_id or given.doi):
            source = fill_draft(source, PaperDraft(title="", url=page_address(given.url)))
        asked = "arxiv_id" if given.arxiv_id else "doi" if given.doi else "url"
        typed = given.model_dump(exclude_unset=True, exclude={"title", "force", "same_as", asked})
        paper_input = service.draft_as_input(source).model_copy(update=typed)
    with db.write() as session:
        published = None
        if not given.force and not given.same_as:
            published = service.publish_preprint(session, paper_input, source=source)
        if published:
            response.status_code = 200
            paper = published.paper
        elif given.same_as:
            response.status_code = 200
            merging.complete_paper(
                session, _held(session, given.same_as), paper_input, source=source
            )
            paper = service.get_paper(session, given.same_as)
        else:
            if not given.force:
                service.refuse_alike(session, paper_input)
            paper = service.create_paper(session, paper_input, source=source)
        detail = serialize_paper_detail(paper)
    response.headers["Location"] = f"/api/v1/papers/{quote(detail.citekey)}"
    response.headers["ETag"] = format_etag(detail.version)
    return detail


@router.get("/papers/{citekey}")
def paper(db: Db, citekey: str, response: Response) -> PaperDetail:
    """A paper with its abstract and the history of its verdicts."""
    with db.read() as session:
        detail = serialize_paper_detail(_held(session, citekey))
    response.headers["ETag"] = format_etag(detail.version)
    return detail


@router.patch("/papers/{citekey}")
def change_paper(
    db: Db, citekey: str, patch: PaperInput, version: IfMatch, response: Response
) -> PaperDetail:
    """Changes what the body names; all else stays."""
    with db.write() as session:
        found = _held(session, citekey)
        changes = {name: getattr(patch, name) for name in patch.model_fields_set}
        given = service.paper_as_input(found).model_copy(update=changes)
        service.update_paper(session, found, given, version=version)
        detail = serialize_paper_detail(found)
    response.headers["ETag"] = format_etag(detail.version)
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
        service.give_verdict(session, found, **given.model_dump())
        detail = serialize_paper_detail(found)
    response.headers["Location"] = f"/api/v1/papers/{quote(detail.citekey)}"
    response.headers["ETag"] = format_etag(detail.version)
    return detail


@router.get("/papers/{citekey}/techniques")
def techniques(db: Db, citekey: str, response: Response) -> TechniqueList:
    """The slugs of the techniques that a paper is filed under."""
    with db.read() as session:
        found = _held(session, citekey)
        response.headers["ETag"] = format_etag(found.version)
        return TechniqueList(techniques=[each.slug for each in found.techniques])


@router.put("/papers/{citekey}/techniques")
def set_techniques(
    db: Db, citekey: str, given: TechniqueList, version: IfMatch, response: Response
) -> TechniqueList:
    """Exactly these techniques, in place of those before."""
    with db.write() as session:
        found = _held(session, citekey)
        service.set_techniques(session, found, given.techniques, version=version)
        response.headers["ETag"] = format_etag(found.version)
        return TechniqueList(techniques=[each.slug for each in found.techniques])
