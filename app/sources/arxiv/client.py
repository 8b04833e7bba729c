"""arXiv's query API: ids or a query → drafts. The only module that imports the `arxiv` package.

What is asked and answered: https://info.arxiv.org/help/api/user-manual.html. The package knows the
feed; it has no timeout, ignores `Retry-After`, drops error entries, takes half an answer for a
whole one and keeps its delay per client: the adapter of `http_politeness` on its session
sees to these.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from app.kit.batches import batches
from app.kit.text import tidy_line
from app.settings import Settings
from app.sources.arxiv import http
from app.sources.arxiv import ids as arxiv_ids
from app.sources.arxiv.errors import ArxivEmptyPage, ArxivNonsense
from app.sources.arxiv.ids import ArxivId
from app.sources.drafts import PaperDraft, short_title
from app.sources.web import response_cache
from app.sources.web.http_errors import SourceAsksToWait, SourceTimeout, SourceUnreachable
from app.sources.web.http_politeness import rate_limit

if TYPE_CHECKING:
    import arxiv  # type: ignore[import-untyped]

SLICE = 100  # ids in one request
PAGE = 500  # results of a query in one request; arXiv allows 2,000


@dataclass(frozen=True)
class FetchedArxiv:
    """What arXiv knows of the ids it was asked for, under these ids, and those it does not have."""

    found: dict[ArxivId, PaperDraft]
    missing: tuple[ArxivId, ...] = ()


def fetch_arxiv(ids: Iterable[ArxivId], *, settings: Settings, fresh: bool = False) -> FetchedArxiv:
    """The papers with these ids, a hundred in one request; an id without version: the latest.

    Blocks for as long as arXiv's rules ask: hold no transaction meanwhile. An answer is kept for a
    day in the library folder and not asked for again, unless `fresh`. Raises `SourceUnavailable`
    or `ArxivRefused`; ids that arXiv does not have are no error, but `missing`.
    """
    wanted = tuple(dict.fromkeys(ids))
    folder = settings.library / "arxiv"
    recalled = {} if fresh else {each: response_cache.get(folder, _name(each)) for each in wanted}
    found = {each: draft for each, draft in recalled.items() if draft}
    unknown = [arxiv_id for arxiv_id in wanted if arxiv_id not in found]
    for batch in batches(unknown, SLICE):
        answer = _ask(batch, settings)
        response_cache.put(folder, {_name(each): draft for each, draft in answer.items()})
        found |= answer
    return FetchedArxiv(
        found={arxiv_id: found[arxiv_id] for arxiv_id in wanted if arxiv_id in found},
        missing=tuple(arxiv_id for arxiv_id in wanted if arxiv_id not in found),
    )


@dataclass(frozen=True)
class ArxivPage:
    """A page of what a query finds; `is_last` where nothing comes after it."""

    drafts: Sequence[PaperDraft]
    is_last: bool


def search_arxiv(
    query: str,
    *,
    since: datetime,
    until: datetime,
    settings: Settings,
    start: int = 0,
    size: int = PAGE,
) -> ArxivPage:
    """What was first submitted between two moments and matches a query of arXiv's, in one request.

    In no order: arXiv's sorting failed for days (November 2025), ranges of dates did not. Blocks:
    hold no transaction meanwhile. Raises `SourceUnavailable`, and `ArxivRefused` for a query that
    arXiv does not take.
    """
    import arxiv

    within = " TO ".join(f"{moment:%Y%m%d%H%M}" for moment in (since, until))
    search = arxiv.Search(
        query=f"({query}) AND submittedDate:[{within}]",
        max_results=start + size,
        sort_by=arxiv.SortCriterion.SubmittedDate,
        sort_order=arxiv.SortOrder.Ascending,
    )
    drafts = _results(search, size, settings, start=start, whole=True)
    return ArxivPage(drafts, is_last=len(drafts) < size)


def search_arxiv_titles(
    title: str, *, settings: Settings, most: int = 5
) -> dict[ArxivId, PaperDraft]:
    """The papers on arXiv whose titles have the words of `title` in this order; one request.

    Blocks as `fetch_arxiv` does, and keeps what comes. Raises `SourceUnavailable`, `ArxivRefused`.
    """
    import arxiv

    words = " ".join(re.findall(r"\w+", title))
    search = arxiv.Search(query=f'ti:"{words}"', max_results=most)
    drafts = _results(search, most, settings)
    found = {ArxivId(draft.arxiv_id): draft for draft in drafts if draft.arxiv_id}
    response_cache.put(settings.library / "arxiv", {_name(each): d for each, d in found.items()})
    return found


def _ask(ids: Sequence[ArxivId], settings: Settings) -> dict[ArxivId, PaperDraft]:
    """One request, and a second where the first brought nothing or a request to wait a little.

    A page without any result is asked for again because arXiv's are now and then falsely empty.
    """
    drafts: list[PaperDraft] = []
    for last in (False, True):
        try:
            drafts = _request(ids, settings)
        except (ArxivEmptyPage, SourceAsksToWait):
            if last:
                raise
        if drafts:
            break
    answered = {ArxivId(draft.arxiv_id or "", draft.arxiv_version): draft for draft in drafts}
    latest = {draft.arxiv_id: draft for draft in sorted(drafts, key=lambda d: d.arxiv_version or 0)}
    matches = (
        (asked, answered.get(asked) if asked.version else latest.get(asked.base)) for asked in ids
    )
    return {asked: draft for asked, draft in matches if draft}


def _request(ids: Sequence[ArxivId], settings: Settings) -> list[PaperDraft]:
    import arxiv

    search = arxiv.Search(id_list=[str(arxiv_id) for arxiv_id in ids], max_results=len(ids))
    return _results(search, len(ids), settings)


def _results(
    search: "arxiv.Search", size: int, settings: Settings, *, start: int = 0, whole: bool = False
) -> list[PaperDraft]:
    """What one answer holds; with `whole`, an answer with less than it announces is none."""
    import arxiv
    import requests

    client = arxiv.Client(page_size=size, delay_seconds=0, num_retries=0)
    client.query_url_format = settings.arxiv_url + "?{}"
    session: requests.Session = client._session
    for scheme in ("http://", "https://"):
        session.mount(scheme, rate_limit(http.arxiv_server(settings), http.check_response))
    drafts = []
    try:
        for result in client.results(search, start):
            if draft := _draft(result):
                drafts.append(draft)  # noqa: PERF401 (the first page's stay when a second fails)
    except requests.Timeout as error:
        raise SourceTimeout("arXiv", seconds=f"{settings.arxiv_timeout:g}") from error
    except requests.RequestException as error:
        raise SourceUnreachable("arXiv") from error
    except ValueError as error:  # a date that is none
        raise ArxivNonsense from error
    except (ArxivEmptyPage, arxiv.UnexpectedEmptyPageError) as error:
        # The package asks for a second page where the first has fewer entries than announced.
        if whole or not drafts:
            raise ArxivEmptyPage from error
    finally:
        session.close()
    return drafts


def _draft(result: "arxiv.Result") -> PaperDraft | None:
    """The draft of one entry, None where it is not about a paper on arXiv."""
    arxiv_id = arxiv_ids.try_arxiv_id(result.entry_id)
    if arxiv_id is None:
        return None
    title = tidy_line(result.title)
    names = (tidy_line(author.name) for author in result.authors)
    dois = (result.doi or "").split()
    return PaperDraft(
        title=title,
        short_title=short_title(title),
        # A collaboration's list of authors may hold a lone ":".
        authors=tuple(name for name in names if any(map(str.isalnum, name))),
        abstract=tidy_line(result.summary),
        year=result.published.year,
        published=result.published.date().isoformat(),
        revised=result.updated.date().isoformat(),
        venue=tidy_line(result.journal_ref or ""),
        arxiv_id=arxiv_id.base,
        arxiv_version=arxiv_id.version,
        primary_category=result.primary_category,
        doi=dois[0].removeprefix("https://doi.org/") if dois else None,
        url=ArxivId(arxiv_id.base).url,
        comment=tidy_line(result.comment or ""),
    )


def _name(arxiv_id: ArxivId) -> str:
    """Under which its answer is kept."""
    return str(arxiv_id).replace("/", "_")
