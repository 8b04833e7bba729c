"""arXiv ids and DOIs → drafts, whoever has to be asked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.errors import N_, NotFound
from app.settings import Settings
from app.sources.arxiv import client as arxiv
from app.sources.arxiv.errors import ArxivNotFound, list_ids
from app.sources.arxiv.ids import ArxivId
from app.sources.doi import client as doi
from app.sources.doi.ids import Doi
from app.sources.drafts import PaperDraft
from app.sources.web.page_capture import Asked


@dataclass(frozen=True)
class FetchedPapers:
    """What is known of what was asked for, in its order, and what nobody has."""

    found: dict[Asked, PaperDraft]
    missing: tuple[Asked, ...] = ()


def fetch_papers(
    asked: Iterable[Asked], *, settings: Settings, fresh: bool = False
) -> FetchedPapers:
    """arXiv's in one request, each DOI in one of its own.

    Raises as `fetch_arxiv`, `fetch_dois`.
    """
    wanted = tuple(asked)
    found: dict[Asked, PaperDraft] = {}
    if ids := [each for each in wanted if isinstance(each, ArxivId)]:
        found.update(arxiv.fetch_arxiv(ids, settings=settings, fresh=fresh).found.items())
    if dois := [each for each in wanted if isinstance(each, Doi)]:
        found.update(doi.fetch_dois(dois, settings=settings, fresh=fresh).found.items())
    return FetchedPapers(
        {each: found[each] for each in wanted if each in found},
        tuple(each for each in wanted if each not in found),
    )


def fetch_paper(asked: Asked, *, settings: Settings, fresh: bool = False) -> PaperDraft:
    """The paper that `asked` names. Raises as `fetch_papers` does, and `NotFound`."""
    fetched = fetch_papers([asked], settings=settings, fresh=fresh)
    if fetched.missing:
        raise not_found(fetched.missing, settings)
    return fetched.found[asked]


def not_found(missing: Sequence[Asked], settings: Settings) -> NotFound:
    """The error that says what nobody has."""
    ids = [each for each in missing if isinstance(each, ArxivId)]
    dois = [each for each in missing if isinstance(each, Doi)]
    if not dois:
        return ArxivNotFound(ids)
    if not ids:
        return doi.DoiNotFound(dois, doi.name_resolver(settings))
    return NotFound(
        N_("Neither arXiv nor {source} knows these: {ids}. Check them."),
        source=doi.name_resolver(settings),
        ids=list_ids(missing),
    )


def source_name(asked: Asked, settings: Settings) -> str:
    """What messages call the server that is asked: `arXiv`, `doi.org`."""
    return "arXiv" if isinstance(asked, ArxivId) else doi.name_resolver(settings)
