"""arXiv's daily listings: what was announced last in some categories.

They change at midnight of US Eastern time from Monday to Friday; at the weekend and on holidays
they are there without entries (https://info.arxiv.org/help/rss.html).
"""

import re
from dataclasses import replace
from urllib.parse import urljoin

from app.errors import N_, Invalid
from app.settings import Settings
from app.sources.arxiv.errors import ArxivEmptyListing, ArxivNonsense
from app.sources.arxiv.http import arxiv_server
from app.sources.feeds.client import LARGEST
from app.sources.feeds.entries import ReadFeed, read_feed
from app.sources.feeds.errors import FeedBroken, FeedMissing, FeedOnPage
from app.sources.web.http_errors import (
    SourceFailed,
    SourceLeadsAstray,
    SourceTimeout,
    SourceUnreachable,
)
from app.sources.web.http_politeness import rate_limit

MOST = 20  # categories of one listing
_CATEGORY = re.compile(r"[a-z]+(?:-[a-z]+)*(?:\.[a-z]{2}|\.[a-z]+(?:-[a-z]+)*)?", re.IGNORECASE)
_BETWEEN = re.compile(r"[\s,;+|、，；]+")


def parse_categories(text: str) -> list[str]:
    """The categories in what was typed, written as arXiv does: `cs.CL`, `physics.ao-ph`, `hep-th`.

    Raises:
        Invalid: field `target`; there are none or too many, or one cannot be arXiv's.
    """
    found: dict[str, None] = {}
    for each in filter(None, _BETWEEN.split(text)):
        if not _CATEGORY.fullmatch(each):
            raise Invalid.field(
                "target",
                N_("“{given}” is no category of arXiv. Categories are written cs.CL, stat.ML."),
                given=each[:40],
            )
        archive, dot, subject = each.lower().partition(".")
        found[archive + dot + (subject.upper() if len(subject) == 2 else subject)] = None
    if not found:
        raise Invalid.field("target", N_("Put in categories of arXiv, such as cs.CL cs.CV."))
    if len(found) > MOST:
        raise Invalid.field("target", N_("At most {limit} can be given."), limit=MOST)
    return list(found)


def fetch_listing(categories: list[str], *, settings: Settings) -> ReadFeed:
    """What was announced last in these categories, in one request.

    Blocks for as long as arXiv's rules ask: hold no transaction meanwhile. Raises
    `SourceUnavailable`.
    """
    import requests

    server = replace(arxiv_server(settings), purpose="a daily listing", largest=LARGEST)
    session = requests.Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, rate_limit(server))
    address = urljoin(settings.feed_url, "+".join(categories))
    try:
        response = session.get(address)
    except requests.TooManyRedirects as error:
        raise SourceLeadsAstray("arXiv") from error
    except requests.Timeout as error:
        raise SourceTimeout("arXiv", seconds=f"{server.timeout:g}") from error
    except requests.RequestException as error:
        raise SourceUnreachable("arXiv") from error
    finally:
        session.close()
    if response.status_code in (400, 404):
        # arXiv answers so where a category is none of its own.
        raise Invalid.field(
            "target", N_("arXiv has no listing of {names}."), names=" ".join(categories)
        )
    if response.status_code != 200:
        raise SourceFailed("arXiv", status=response.status_code)
    if not response.content.strip():
        raise ArxivEmptyListing
    try:
        feed = read_feed(response.content, address)
    except (FeedBroken, FeedMissing, FeedOnPage) as error:
        raise ArxivNonsense from error
    if feed.is_broken:
        raise ArxivNonsense
    if not feed.entries and not feed.dated:  # an empty shell, as a wrong address gives it
        raise ArxivEmptyListing
    return feed
