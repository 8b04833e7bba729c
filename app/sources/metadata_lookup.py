"""arXiv ids and DOIs → drafts, whoever has to be asked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from app.errors import N_, CrosswalkError, NotFound
from app.kit.text import fold
from app.settings import Settings
from app.sources.arxiv import client as arxiv
from app.sources.arxiv.errors import ArxivNotFound, list_ids
from app.sources.arxiv.ids import ArxivId
from app.sources.doi import client as doi
from app.sources.doi import crossref
from app.sources.doi.ids import Doi
from app.sources.drafts import PaperDraft
from app.sources.web.other_names import OtherName
from app.sources.web.page_capture import Asked

_ALIKE = 70.0  # of 100, from which a title may be meant


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


def search_papers(name: OtherName, *, settings: Settings) -> dict[Asked, PaperDraft]:
    """The papers that a title, an ISBN or a PII may mean, the most alike first: of arXiv (titles
    alone), and of Crossref where that is switched on. Nothing where nobody knows one, or nobody can
    be asked.

    Raises `SourceUnavailable` or `ArxivRefused` where all who were asked failed.
    """
    found: dict[Asked, PaperDraft] = {}
    failed: list[CrosswalkError] = []
    asked = 0
    if name.kind == "title":
        asked += 1
        try:
            found.update(arxiv.search_arxiv_titles(name.text, settings=settings).items())
        except CrosswalkError as error:
            failed.append(error)
    if settings.crossref_url and name.kind in ("title", "isbn", "pii"):
        asked += 1
        try:
            found.update(crossref.search_crossref(name, settings=settings).items())
        except CrosswalkError as error:
            failed.append(error)
    if failed and len(failed) == asked:
        raise failed[0]
    if name.kind != "title":
        return found
    likeness = {each: _likeness(name.text, draft.title) for each, draft in found.items()}
    alike = sorted(found, key=lambda each: -likeness[each])
    return {each: found[each] for each in alike if likeness[each] >= _ALIKE}


def same_title(one: str, other: str) -> bool:
    """Whether two titles are letter by letter the same, but for case and what is between words."""
    return _letters(one) == _letters(other)


def name_searched(settings: Settings) -> str:
    """What messages call those who are asked for a title."""
    return f"arXiv, {crossref.NAME}" if settings.crossref_url else "arXiv"


def _likeness(one: str, other: str) -> float:
    """Of 100; a title that goes on after a colon is like its beginning."""
    first, second = _letters(one), _letters(other)
    return max(fuzz.ratio(first, second), fuzz.partial_ratio(first, second) - 10)


def _letters(title: str) -> str:
    return "".join(filter(str.isalnum, fold(title)))


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
