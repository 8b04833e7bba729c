"""What arXiv is owed, and what of its answers can be given to the `arxiv` package.

One request every three seconds over a single connection, counted over everything one runs
(https://info.arxiv.org/help/api/tou.html); errors are Atom entries with `/api/errors` in their id
(https://info.arxiv.org/help/api/user-manual.html#errors).
"""

from typing import TYPE_CHECKING
from xml.etree import ElementTree

from app.kit.text import tidy_line
from app.settings import Settings
from app.sources.arxiv.errors import ArxivEmptyPage, ArxivNonsense, ArxivRefused, ArxivWrongAddress
from app.sources.web.http_errors import SourceFailed
from app.sources.web.http_politeness import Server

if TYPE_CHECKING:
    from requests import Response

_ATOM = "{http://www.w3.org/2005/Atom}"
_TOTAL = "{http://a9.com/-/spec/opensearch/1.1/}totalResults"


def arxiv_server(settings: Settings) -> Server:
    return Server(
        name="arXiv",
        purpose="arXiv metadata by id",
        folder=settings.library / "arxiv",
        delay=settings.arxiv_delay,
        timeout=settings.arxiv_timeout,
        largest=50_000_000,
    )


def check_response(response: "Response", body: bytes) -> None:
    """Raise unless this is a redirection or a feed of papers, which the package can be given."""
    status = response.status_code
    if 300 <= status < 400:
        return
    try:
        # Entities cannot hurt here: expat limits their expansion and loads no external ones.
        feed = ElementTree.fromstring(body)  # noqa: S314
    except ElementTree.ParseError:
        feed = ElementTree.Element("no-feed")
    entries = feed.findall(f"{_ATOM}entry")
    for entry in entries:
        if "/api/errors" in entry.findtext(f"{_ATOM}id", "") and status < 500:
            raise ArxivRefused(tidy_line(entry.findtext(f"{_ATOM}summary", ""))[:200])
    if status == 404:
        raise ArxivWrongAddress
    if status != 200:
        raise SourceFailed("arXiv", status=status)
    if feed.tag != f"{_ATOM}feed":
        raise ArxivNonsense
    if not entries and feed.findtext(_TOTAL, "").strip() != "0":
        raise ArxivEmptyPage
