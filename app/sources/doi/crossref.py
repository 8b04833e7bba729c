"""Crossref's REST API: titles, ISBNs and publishers' numbers → drafts with DOIs.

https://api.crossref.org/swagger-ui/index.html. Asked only where the setting names it.
"""

import hashlib
import json
from collections.abc import Mapping

from app.errors import N_
from app.settings import Settings
from app.sources.bibliography import csl_json
from app.sources.doi import ids
from app.sources.doi.ids import Doi
from app.sources.drafts import PaperDraft
from app.sources.web import response_cache
from app.sources.web.http_errors import (
    SourceFailed,
    SourceTimeout,
    SourceUnavailable,
    SourceUnreachable,
)
from app.sources.web.http_politeness import Server, rate_limit
from app.sources.web.other_names import OtherName

NAME = "Crossref"
MOST = 5  # that are asked for
_QUERIES = {"title": "query.bibliographic", "isbn": "filter", "pii": "filter"}
_FILTERS = {"isbn": "isbn:", "pii": "alternative-id:"}


class CrossrefNonsense(SourceUnavailable):
    text = N_("{source} sent what cannot be read. Try again later.")


def search_crossref(name: OtherName, *, settings: Settings) -> dict[Doi, PaperDraft]:
    """The works that `name` (a title, ISBN or PII) may mean, the best first; one request.

    Blocks as `arxiv.fetch` does: hold no transaction meanwhile. What comes is kept for a day, so
    that it need not be asked for again by its DOI. Raises `SourceUnavailable`.
    """
    import requests

    server = Server(
        name=NAME,
        purpose="DOIs by title",
        folder=settings.library / "crossref",
        delay=settings.doi_delay,
        timeout=settings.doi_timeout,
        largest=10_000_000,
    )
    asked = {_QUERIES[name.kind]: _FILTERS.get(name.kind, "") + name.text, "rows": str(MOST)}
    session = requests.Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, rate_limit(server))
    try:
        response = session.get(settings.crossref_url, params=asked)
    except requests.Timeout as error:
        raise SourceTimeout(NAME, seconds=f"{settings.doi_timeout:g}") from error
    except (requests.RequestException, UnicodeError) as error:
        raise SourceUnreachable(NAME) from error
    finally:
        session.close()
    if response.status_code == 404:
        return {}
    if response.status_code != 200:
        raise SourceFailed(NAME, status=response.status_code)
    found = dict(filter(None, map(_draft, _items(response.content))))
    kept = {hashlib.sha256(doi.folded.encode()).hexdigest()[:32]: d for doi, d in found.items()}
    response_cache.put(settings.library / "doi", kept)
    return found


def _items(body: bytes) -> list[object]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise CrossrefNonsense(NAME) from error
    message = answer.get("message") if isinstance(answer, dict) else None
    items = message.get("items") if isinstance(message, dict) else None
    if not isinstance(items, list):
        raise CrossrefNonsense(NAME)
    return items[:MOST]


def _draft(item: object) -> tuple[Doi, PaperDraft] | None:
    """A work as CSL has it: Crossref's titles are lists there."""
    doi = ids.try_doi(str(item.get("DOI", ""))) if isinstance(item, Mapping) else None
    if doi is None or not isinstance(item, Mapping):
        return None
    plain = {
        name: value[0] if isinstance(value, list) and value and isinstance(value[0], str) else value
        for name, value in item.items()
    }
    draft = csl_json.draft_from_item(plain).draft
    if draft is None:
        return None
    url = "" if ids.try_doi(draft.url) else draft.url
    return doi, draft.model_copy(update={"doi": doi.name, "source": f"doi:{doi.name}", "url": url})
