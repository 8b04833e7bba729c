"""The JSON routes of scores, pairs of them, and a benchmark's items."""

from typing import Annotated

from fastapi import APIRouter, File, Path, Query, Response, UploadFile

from app.benchmarks import items as examples
from app.benchmarks.scores import pairs as pairs_service
from app.benchmarks.scores import service as scores_service
from app.benchmarks.scores.rules import PairInput, ScoreInput, ScorePatch
from app.benchmarks.scores.schemas import (
    ExampleItem,
    ItemsTaken,
    ScoreItem,
    ScorePairItem,
    serialize_item,
    serialize_pair,
    serialize_score,
)
from app.benchmarks.service import get_benchmark
from app.kit.decoding import decode_text
from app.sources.benchmark_items import parse_items
from app.web.dependencies import PER_PAGE, Db, Listing, PageNumber, PerPage, format_etag
from app.web.forms import IfMatch
from app.web.threads import Route

router = APIRouter(route_class=Route, tags=["benchmarks"])
RowId = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.get("/benchmarks/{slug}/scores")
def scores(
    db: Db, slug: str, page: PageNumber = 1, per_page: PerPage = PER_PAGE
) -> Listing[ScoreItem]:
    """The published scores on a benchmark, by system."""
    with db.read() as session:
        found = scores_service.list_scores(session, get_benchmark(session, slug))
        shown = found[(page - 1) * per_page : page * per_page]
        items = [serialize_score(each) for each in shown]
    return Listing(items=items, total=len(found), page=page, per_page=per_page)


@router.post("/benchmarks/{slug}/scores", status_code=201)
def add_score(db: Db, slug: str, given: ScoreInput, response: Response) -> ScoreItem:
    """A score that a paper prints; one without a source, or out of its metric's range, is not
    kept."""
    with db.write() as session:
        score = scores_service.add_score(session, get_benchmark(session, slug), given)
        item = serialize_score(score)
    response.headers["Location"] = f"/api/v1/scores/{item.id}"
    response.headers["ETag"] = format_etag(item.version)
    return item


@router.get("/scores/{score_id}")
def score(db: Db, score_id: RowId, response: Response) -> ScoreItem:
    with db.read() as session:
        item = serialize_score(scores_service.get_score(session, score_id))
    response.headers["ETag"] = format_etag(item.version)
    return item


@router.patch("/scores/{score_id}")
def update_score(
    db: Db, score_id: RowId, given: ScorePatch, version: IfMatch, response: Response
) -> ScoreItem:
    with db.write() as session:
        held = scores_service.get_score(session, score_id)
        item = serialize_score(scores_service.update_score(session, held, given, version=version))
    response.headers["ETag"] = format_etag(item.version)
    return item


@router.delete("/scores/{score_id}", status_code=204)
def delete_score(db: Db, score_id: RowId, version: IfMatch) -> None:
    with db.write() as session:
        held = scores_service.get_score(session, score_id)
        scores_service.delete_score(session, held, version=version)


@router.get("/benchmarks/{slug}/pairs")
def pairs(
    db: Db, slug: str, page: PageNumber = 1, per_page: PerPage = PER_PAGE
) -> Listing[ScorePairItem]:
    """Pairs of scores on a benchmark that differ by one technique."""
    with db.read() as session:
        found = pairs_service.list_score_pairs(session, get_benchmark(session, slug))
        shown = found[(page - 1) * per_page : page * per_page]
        items = [serialize_pair(each) for each in shown]
    return Listing(items=items, total=len(found), page=page, per_page=per_page)


@router.post("/benchmarks/{slug}/pairs", status_code=201)
def add_pair(db: Db, slug: str, given: PairInput, response: Response) -> ScorePairItem:
    """Makes a pair of two scores that are on the same and differ in one condition; else says in
    which they differ, and keeps none."""
    with db.write() as session:
        pair = pairs_service.add_pair(session, get_benchmark(session, slug), given)
        item = serialize_pair(pairs_service.with_issues(session, [pair])[0])
    response.headers["Location"] = f"/api/v1/pairs/{item.id}"
    return item


@router.get("/pairs/{pair_id}")
def pair(db: Db, pair_id: RowId) -> ScorePairItem:
    with db.read() as session:
        found = pairs_service.get_pair(session, pair_id)
        return serialize_pair(pairs_service.with_issues(session, [found])[0])


@router.delete("/pairs/{pair_id}", status_code=204)
def delete_pair(db: Db, pair_id: RowId) -> None:
    with db.write() as session:
        pairs_service.delete_pair(session, pairs_service.get_pair(session, pair_id))


@router.get("/benchmarks/{slug}/items")
def items(
    db: Db,
    slug: str,
    category: Annotated[str, Query(description="a category's code, or - for none")] = "",
    q: Annotated[str, Query(description="words of an example, or its number")] = "",
    page: PageNumber = 1,
    per_page: PerPage = PER_PAGE,
) -> Listing[ExampleItem]:
    """The examples of a benchmark themselves."""
    with db.read() as session:
        found = examples.list_items(
            session,
            get_benchmark(session, slug),
            category=category,
            q=q,
            page=page,
            per_page=per_page,
        )
        listed = [serialize_item(each) for each in found.items]
    return Listing(items=listed, total=found.total, page=page, per_page=per_page)


@router.post("/benchmarks/{slug}/items", status_code=201)
def take_items(
    db: Db,
    slug: str,
    file: Annotated[UploadFile, File(description="the data set's own JSON file")],
) -> ItemsTaken:
    """Takes the examples of a benchmark's own file; nothing where they are not those of the
    benchmark, by their number or their categories."""
    drafts = parse_items(decode_text(file.file.read()))
    with db.write() as session:
        new = examples.take_items(session, get_benchmark(session, slug), drafts)
    return ItemsTaken(total=len(drafts), new=new)
