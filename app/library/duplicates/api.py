"""The JSON routes of papers that are one twice."""

from typing import Annotated

from fastapi import APIRouter, Path, Request

from app.library import service
from app.library.duplicates import merging, side_by_side
from app.library.schemas import (
    MergeInput,
    MergeItem,
    MergeResult,
    OtherInput,
    PairItem,
    UnmergeResult,
    serialize_paper,
    serialize_paper_detail,
)
from app.web.dependencies import Db, Listing, PageNumber, PerPage
from app.web.languages import language_of, load_catalogue
from app.web.threads import Route

router = APIRouter(route_class=Route, tags=["duplicates"])
MergeId = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.get("/duplicates")
def pairs(
    request: Request, db: Db, number: PageNumber = 1, per_page: PerPage = 20
) -> Listing[PairItem]:
    """Papers that are or may be one twice, the surest first."""
    words = load_catalogue(language_of(request))
    with db.read() as session:
        listed = side_by_side.list_pairs(session, page=number, per_page=per_page)
        items = [
            PairItem(
                first=serialize_paper(each.first),
                second=serialize_paper(each.second),
                sure=each.likeness.sure,
                score=each.likeness.score,
                why=words.message(each.likeness.why),
                differs=[choice.name for choice in each.choices if choice.differs],
            )
            for each in listed.pairs
            if each.likeness
        ]
    return Listing(items=items, total=listed.total, page=number, per_page=per_page)


@router.post("/papers/{citekey}/merge", status_code=201)
def merge(db: Db, citekey: str, given: MergeInput) -> MergeResult:
    """Takes another record of this paper into it; its keys go on naming it."""
    with db.write() as session:
        done = side_by_side.merge_by_key(
            session, citekey, given.other, take=frozenset(given.take) or None
        )
        paper = service.get_paper(session, citekey)
        return MergeResult(merge=done.id, paper=serialize_paper_detail(paper))


@router.post("/papers/{citekey}/distinct", status_code=204)
def tell_apart(db: Db, citekey: str, given: OtherInput) -> None:
    """Says that two papers that look like one are two."""
    with db.write() as session:
        one, other = (service.get_paper(session, key) for key in (citekey, given.other))
        side_by_side.tell_apart(session, one, other)


@router.get("/merges")
def merges(db: Db) -> Listing[MergeItem]:
    """Every merge that can be taken back, the latest first."""
    with db.read() as session:
        items = [
            MergeItem(
                merge=each.id,
                citekey=paper.citekey,
                other=each.citekey,
                title=each.title,
                merged_at=each.merged_at.isoformat(),
            )
            for each, paper in side_by_side.list_merges(session)
        ]
    return Listing(items=items, total=len(items), page=1, per_page=len(items))


@router.delete("/merges/{number}")
def part(db: Db, number: MergeId) -> UnmergeResult:
    """Takes a merge back: two papers again."""
    with db.write() as session:
        parted = merging.unmerge(session, number)
    return UnmergeResult(citekey=parted.citekey, other=parted.other, stays=list(parted.stays))
