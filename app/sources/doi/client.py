"""A DOI's metadata by content negotiation: DOIs → drafts.

The resolver sends the request on to the registration agency's server, which answers with CSL-JSON
(https://citation.doi.org/docs.html). Redirections are followed to public addresses alone.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from app.errors import N_, NotFound
from app.settings import Settings
from app.sources.arxiv.errors import list_ids
from app.sources.bibliography import csl_json
from app.sources.doi import ids
from app.sources.doi.ids import Doi
from app.sources.drafts import PaperDraft
from app.sources.web import response_cache
from app.sources.web.http_errors import (
    SourceFailed,
    SourceLeadsAstray,
    SourceTimeout,
    SourceUnavailable,
    SourceUnreachable,
)
from app.sources.web.http_politeness import Server, rate_limit

if TYPE_CHECKING:
    from requests import Response

CSL_JSON = "application/vnd.citationstyles.csl+json"
_REDIRECTIONS = 5


class DoiNotFound(NotFound):
    """Nobody has registered it."""

    title = N_("No such DOI")

    def __init__(self, dois: Sequence[Doi], source: str) -> None:
        text = N_("{source} knows no DOI {dois}. Check it.")
        super().__init__(text, dois=list_ids(dois), source=source)


class DoiUnusable(SourceUnavailable):
    """What came back is of no use for this DOI; another may be asked for."""


class DoiWithoutMetadata(DoiUnusable):
    """HTTP 406: its registration agency does not offer CSL-JSON."""

    text = N_("Whoever registered {doi} gives no metadata for it. Fill in what its page says.")


class DoiWebPage(DoiUnusable):
    text = N_("For {doi} came a web page instead of metadata. Fill in what it says.")


class DoiNotJson(DoiUnusable):
    text = N_("What came back for {doi} is no JSON, or was cut off. Try again later.")


class DoiNoRecord(DoiUnusable):
    text = N_("What came back for {doi} describes no paper. Fill in what its page says.")


@dataclass(frozen=True)
class FetchedDois:
    """What is known of the DOIs that were asked for, and those that nobody has registered."""

    found: dict[Doi, PaperDraft]
    missing: tuple[Doi, ...] = ()


def name_resolver(settings: Settings) -> str:
    """What messages call the server that is asked: `doi.org`."""
    return urlsplit(settings.doi_url).hostname or settings.doi_url


def fetch_dois(dois: Iterable[Doi], *, settings: Settings, fresh: bool = False) -> FetchedDois:
    """The papers with these DOIs, one request (with its redirections) for each.

    Blocks as `arxiv.fetch` does: hold no transaction meanwhile. An answer is kept for a day in the
    library folder and not asked for again, unless `fresh`. Raises `SourceUnavailable`; what was
    answered before that is kept. A DOI that nobody has registered is no error, but `missing`.
    """
    folder = settings.library / "doi"
    found: dict[Doi, PaperDraft] = {}
    missing = []
    for doi in dict.fromkeys(dois):
        name = hashlib.sha256(doi.folded.encode()).hexdigest()[:32]
        draft = None if fresh else response_cache.get(folder, name)
        if draft is None:
            try:
                draft = _ask(doi, settings)
            except DoiNotFound:
                missing.append(doi)
                continue
            response_cache.put(folder, {name: draft})
        found[doi] = draft
    return FetchedDois(found, tuple(missing))


def _ask(doi: Doi, settings: Settings) -> PaperDraft:
    import requests

    name = name_resolver(settings)
    source = Server(
        name=name,
        purpose="DOI metadata",
        folder=settings.library / "doi",
        delay=settings.doi_delay,
        timeout=settings.doi_timeout,
        largest=10_000_000,
    )
    base = settings.doi_url.rstrip("/") + "/"
    session = requests.Session()
    session.max_redirects = _REDIRECTIONS
    for scheme in ("http://", "https://"):
        session.mount(scheme, rate_limit(source, public=True))
    session.mount(base, rate_limit(source))  # where the setting points, be it in our network
    try:
        response = session.get(base + doi.path, headers={"Accept": CSL_JSON})
        return _draft(doi, response, source)
    except requests.Timeout as error:
        raise SourceTimeout(name, seconds=f"{settings.doi_timeout:g}") from error
    except (
        requests.TooManyRedirects,
        requests.exceptions.InvalidSchema,
        requests.exceptions.InvalidURL,
    ) as error:
        raise SourceLeadsAstray(name) from error
    except (requests.RequestException, UnicodeError) as error:
        raise SourceUnreachable(name) from error
    finally:
        session.close()


def _draft(doi: Doi, response: "Response", source: Server) -> PaperDraft:
    status = response.status_code
    if status in (404, 410):
        raise DoiNotFound([doi], source.name)
    if status == 406:
        raise DoiWithoutMetadata(source.name, doi=doi.name)
    if status != 200:
        raise SourceFailed(source.name, status=status)
    if "html" in response.headers.get("Content-Type", "").lower():
        raise DoiWebPage(source.name, doi=doi.name)
    try:
        item = json.loads(response.content)
    except (ValueError, RecursionError) as error:
        raise DoiNotJson(source.name, doi=doi.name) from error
    draft = csl_json.draft_from_item(item).draft if isinstance(item, dict) else None
    if draft is None:
        raise DoiNoRecord(source.name, doi=doi.name)
    # Whatever the answer calls itself, it is filed under the DOI that was asked for.
    told = {"doi": doi.name, "source": f"doi:{doi.name}"}
    if ids.try_doi(draft.url):
        told["url"] = ""  # says no more than the DOI
    return draft.model_copy(update=told)
