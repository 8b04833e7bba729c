"""Feeds of whoever has one, asked one at a time and with a pause."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from app.errors import N_, Invalid
from app.settings import Settings
from app.sources.feeds.entries import ReadFeed, read_feed
from app.sources.feeds.errors import FeedGone, FeedLeadsAstray
from app.sources.web.http_errors import (
    SourceFailed,
    SourceLeadsAstray,
    SourceTimeout,
    SourceUnreachable,
)
from app.sources.web.http_politeness import Server, rate_limit

if TYPE_CHECKING:
    from requests import Response

LARGEST = 20 * 1024 * 1024  # bytes; arXiv's 2,000 entries have 4 MB
ADDRESS_LIMIT = 500
_REDIRECTS = 5
_UNSAFE = re.compile(r"[^a-z0-9.-]")


@dataclass(frozen=True)
class FetchedFeed:
    """A feed, and where it has moved to for good, if it has."""

    feed: ReadFeed
    moved: str = ""


def check_address(text: str) -> str:
    """The address of a feed as it was typed, tidied.

    Raises:
        Invalid: field `target`; it is no address of the web.
    """
    address = text.strip()
    address = f"https://{address[7:]}" if address.startswith("feed://") else address
    address = address if "://" in address or not address else f"https://{address}"
    try:
        parts = urlsplit(address)
        is_web = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        is_plain = address.isprintable() and " " not in address and parts.username is None
    except ValueError:
        is_web = is_plain = False
    if not is_web or not is_plain or len(address) > ADDRESS_LIMIT:
        raise Invalid.field(
            "target", N_("Put in an address that begins with https:// or http://, of a feed.")
        )
    return address


def fetch_feed(address: str, *, settings: Settings) -> FetchedFeed:
    """The feed at an address, which its reader typed: that host alone may be a private one, nothing
    that it sends us on to.

    Blocks: hold no transaction meanwhile. Raises `SourceUnavailable`, of which `FeedUnusable` says
    that the address is to be corrected.
    """
    import requests

    parts = urlsplit(address)
    host = parts.hostname or ""
    server = Server(
        name=host,
        purpose="a feed for its reader",
        folder=settings.library / "feeds" / f"of-{_UNSAFE.sub('_', host)[:100]}",
        delay=settings.feed_delay,
        timeout=settings.feed_timeout,
        largest=LARGEST,
    )
    session = requests.Session()
    session.max_redirects = _REDIRECTS
    session.headers["Accept"] = "application/atom+xml, application/rss+xml, application/xml;q=0.9"
    for scheme in ("http://", "https://"):
        session.mount(scheme, rate_limit(server, public=True))
    session.mount(f"{parts.scheme}://{parts.netloc}/", rate_limit(server))
    try:
        response = session.get(address)
    except requests.Timeout as error:
        raise SourceTimeout(host, seconds=f"{server.timeout:g}") from error
    except (requests.TooManyRedirects, requests.exceptions.InvalidSchema) as error:
        raise FeedLeadsAstray(host) from error
    except SourceLeadsAstray as error:
        raise FeedLeadsAstray(host) from error
    except (requests.RequestException, ValueError) as error:
        raise SourceUnreachable(host) from error
    finally:
        session.close()
    if response.status_code in (401, 403, 404, 410):
        raise FeedGone(host, status=response.status_code)
    if response.status_code != 200:
        raise SourceFailed(host, status=response.status_code)
    return FetchedFeed(read_feed(response.content, response.url), _moved(response))


def _moved(response: "Response") -> str:
    """Where it led to, if each step of the way is meant to last."""
    lasting = response.history and all(each.status_code in (301, 308) for each in response.history)
    return response.url[:ADDRESS_LIMIT] if lasting else ""
