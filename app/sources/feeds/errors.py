"""What can go wrong with a feed besides what can with any server (`http_errors`)."""

from app.errors import N_
from app.sources.web.http_errors import SourceUnavailable


class FeedUnusable(SourceUnavailable):
    """What is at the address is of no use, and will be of none tomorrow: the address is wrong."""


class FeedMissing(FeedUnusable):
    text = N_("What is at {source} is no Atom or RSS feed. Put in the address of a feed.")

    def __init__(self, address: str) -> None:
        super().__init__(address[:200])


class FeedOnPage(FeedUnusable):
    text = N_("This is the address of a web page. Its feed is at {source}: put that in.")


class FeedGone(FeedUnusable):
    text = N_("There is no feed at this address of {source} (HTTP {status}). Correct it.")


class FeedLeadsAstray(FeedUnusable):
    text = N_(
        "{source} sends us on in circles, or into a private network. Put in the feed's own address."
    )


class FeedBroken(SourceUnavailable):
    """Cut off, or being written just now."""

    text = N_("The feed was cut off, or is no XML. It is asked again later.")

    def __init__(self) -> None:
        super().__init__("")
