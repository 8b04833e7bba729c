"""What JSON says of a search and of saved ones."""

from collections.abc import Callable

from pydantic import BaseModel

from app.errors import Message
from app.kit.json_fields import Truth
from app.search.saved_searches import SavedInput, SearchStatus
from app.search.semantic.neighbours import OtherLanguage
from app.search.service import KINDS, DocumentKind, Hit, Results
from app.web.dependencies import Listing


class HitItem(BaseModel):
    """One thing that was found; `key` is what the other routes call it. `page` is that of a paper's
    file, where the words stand in the text of that alone; `url` opens it there."""

    type: DocumentKind
    key: str
    title: str
    url: str
    snippet: str
    page: int | None = None


class OtherNamesItem(BaseModel):
    """Words of the query that are a name of something, and its other names, looked for too."""

    typed: str
    others: list[str]


class SearchResultsOut(Listing[HitItem]):
    """`facets` counts all that was found by type, whichever types were asked for; `papers` counts
    the papers among it by the values of each filter. The first `complete` of the items (over all
    pages) have all of the words, the others some; `relaxed` says that none has all. `corrected` is
    the query that was asked in the place of one that finds nothing, `suggestion` one to ask in the
    place of one that finds little, for a word of it is rare and another that looks or sounds like
    it is not; `bounded` says that more matches than `total`; `notice` is for the reader.
    `other_language` is what is near in meaning in the other language, on the first page and where
    the server has a model; null elsewhere."""

    facets: dict[DocumentKind, int]
    papers: dict[str, dict[str, int]]
    complete: int
    relaxed: bool
    corrected: str | None
    suggestion: str | None
    wider: list[OtherNamesItem]
    bounded: bool
    notice: str | None
    other_language: list[HitItem] | None


def serialize_results(
    results: Results, say: Callable[[Message], str] = str, other: OtherLanguage | None = None
) -> SearchResultsOut:
    """Results as the API gives them; `say` puts a message into the reader's language."""
    return SearchResultsOut(
        items=[_serialize_hit(hit) for hit in results.items],
        total=results.total,
        page=results.page,
        per_page=results.per_page,
        facets=results.facets,
        papers={
            name: {facet.value: facet.count for facet in facets if facet.count}
            for name, facets in results.papers.items()
        },
        complete=results.complete,
        relaxed=results.relaxed,
        corrected=results.corrected or None,
        suggestion=results.suggestion or None,
        wider=[
            OtherNamesItem(typed=each.typed, others=list(each.others)) for each in results.wider
        ],
        bounded=results.bounded,
        notice=say(results.notice) if results.notice else None,
        other_language=[_serialize_hit(hit) for hit in other.hits] if other else None,
    )


def _serialize_hit(hit: Hit) -> HitItem:
    return HitItem(
        type=hit.type,
        key=hit.key,
        title=hit.title,
        url=hit.url,
        snippet=hit.snippet,
        page=hit.page,
    )


class NewHitItem(BaseModel):
    """A document that a saved search finds now and did not when it was last opened."""

    type: DocumentKind
    key: str
    title: str
    url: str


class SavedSearchItem(BaseModel):
    """`total` documents have all of its words, `new` of them since `opened_at`: `newest` are the
    best three of those. `bounded` says that there are more than `total`."""

    id: int
    name: str
    q: str
    type: DocumentKind | None
    url: str
    total: int
    bounded: bool
    new: int
    newest: list[NewHitItem]
    created_at: str
    opened_at: str
    version: int


class SavedPatch(SavedInput):
    """The parts of a saved search that are to change; `opened` says that it was looked at."""

    opened: Truth = False


def serialize_saved_search(standing: SearchStatus) -> SavedSearchItem:
    search = standing.search
    return SavedSearchItem(
        id=search.id,
        name=search.name,
        q=search.query,
        type=next((kind for kind in KINDS if kind == search.kind), None),
        url=standing.url,
        total=standing.total,
        bounded=standing.more,
        new=standing.new,
        newest=[NewHitItem.model_validate(hit, from_attributes=True) for hit in standing.newest],
        created_at=search.created_at.isoformat(),
        opened_at=search.opened_at.isoformat(),
        version=search.version,
    )


class CompletionItem(BaseModel):
    """What the words typed so far may become: `text` is what is written, `label` what it is
    called."""

    kind: str
    label: str
    text: str
    detail: str


class CompletionList(BaseModel):
    """The likeliest first; `stopped` says that time ran out, and there may be more."""

    items: list[CompletionItem]
    stopped: bool
