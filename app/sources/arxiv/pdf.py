"""arXiv's PDFs, one at a time.

Programs ask export.arxiv.org, under the same terms as for metadata: the same pause and the same
single connection (https://info.arxiv.org/help/bulk_data.html#play-nice).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from app.settings import Settings
from app.sources.arxiv.errors import (
    ArxivPdfBroken,
    ArxivPdfMissing,
    ArxivPdfTooLarge,
    ArxivSentPage,
    ArxivWithdrawn,
)
from app.sources.arxiv.http import arxiv_server
from app.sources.arxiv.ids import ArxivId, try_arxiv_id
from app.sources.web.http_errors import (
    SourceFailed,
    SourceLeadsAstray,
    SourceTimeout,
    SourceTooLong,
    SourceUnreachable,
)
from app.sources.web.http_politeness import rate_limit

if TYPE_CHECKING:
    from requests import Response

LARGEST = 100 * 1024 * 1024  # bytes; few on arXiv have more than 50 MB
_PATIENCE = 6  # times as long as for metadata
_NAME = re.compile(r"filename=\"?([^\";]{1,100})")


@dataclass(frozen=True)
class FetchedPdf:
    """A PDF, and which version of the paper it is, where arXiv said so."""

    name: str
    data: bytes
    version: int | None


def fetch_pdf(
    arxiv_id: ArxivId,
    *,
    settings: Settings,
    watch: Callable[[int, int], None] = lambda _bytes, _of: None,
) -> FetchedPdf:
    """The PDF of a paper, of its latest version where the id names none.

    Blocks for as long as arXiv's rules ask: hold no transaction meanwhile. `watch` hears how many
    bytes have come and of how many (0: nobody said), and may raise. Raises `SourceUnavailable`,
    `ArxivPdfMissing` or `ArxivWithdrawn`.
    """
    import requests

    server = replace(
        arxiv_server(settings),
        purpose="a PDF for its reader",
        timeout=settings.arxiv_timeout * _PATIENCE,
        largest=LARGEST,
    )
    session = requests.Session()
    for scheme in ("http://", "https://"):
        adapter = rate_limit(server, partial(_check_pdf, arxiv_id), watch=watch)
        session.mount(scheme, adapter)
    try:
        response = session.get(urljoin(settings.pdf_url, str(arxiv_id)))
        version = _version(response, arxiv_id)
        name = str(ArxivId(arxiv_id.base, version)).replace("/", "_")
        return FetchedPdf(f"{name}.pdf", response.content, version)
    except requests.TooManyRedirects as error:
        raise SourceLeadsAstray("arXiv") from error
    except requests.Timeout as error:
        raise SourceTimeout("arXiv", seconds=f"{server.timeout:g}") from error
    except requests.RequestException as error:
        raise SourceUnreachable("arXiv") from error
    except SourceTooLong as error:
        limit = LARGEST // 1024 // 1024
        raise ArxivPdfTooLarge("arXiv", id=str(arxiv_id), limit=limit) from error
    finally:
        session.close()


def _check_pdf(arxiv_id: ArxivId, response: "Response", body: bytes) -> None:
    status = response.status_code
    if 300 <= status < 400:
        return
    page = body[:200_000].lower()
    is_page = b"<html" in page[:2_000] or b"<!doctype html" in page[:2_000]
    if is_page and status in (200, 404, 410) and b"withdrawn" in page:
        raise ArxivWithdrawn(arxiv_id)
    if status in (404, 410):
        raise ArxivPdfMissing(arxiv_id)
    if status != 200:
        raise SourceFailed("arXiv", status=status)
    if is_page:
        raise ArxivSentPage("arXiv", id=str(arxiv_id))
    if b"%PDF-" not in body[:1024] or b"%%EOF" not in body[-65_536:]:
        raise ArxivPdfBroken("arXiv", id=str(arxiv_id))


def _version(response: "Response", asked: ArxivId) -> int | None:
    """Which version came: by the name that the answer gives it, or the address it came from."""
    named = _NAME.search(response.headers.get("Content-Disposition", ""))
    for text in (named[1] if named else "", response.url.rsplit("/pdf/")[-1]):
        found = try_arxiv_id(text)
        if found and found.version and found.base == asked.base:
            return found.version
    return asked.version
