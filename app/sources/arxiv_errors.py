"""What can go wrong with arXiv, each with its own message that says what to do."""

import math
from collections.abc import Sequence

from app.errors import N_, Invalid, Message, NotFound, Unavailable
from app.sources.arxiv_ids import ArxivId

_NAMED = 10  # of the ids that are missing, in a message


class ArxivNotFound(NotFound):
    """arXiv has no such paper, or no such version of it."""

    title = N_("Not on arXiv")

    def __init__(self, ids: Sequence[ArxivId]) -> None:
        text = N_(
            "arXiv has no paper {ids}. Check the number, or save the paper as it is and complete "
            "it later."
        )
        more = ", …" if len(ids) > _NAMED else ""
        super().__init__(text, ids=", ".join(map(str, ids[:_NAMED])) + more)


class ArxivRefused(Invalid):
    """arXiv answered with an error entry; its words are in the message."""

    title = N_("arXiv refuses the request")

    def __init__(self, complaint: str) -> None:
        text = N_(
            "arXiv refuses this: “{complaint}”. Check the id, or save the paper as it is and "
            "complete it later."
        )
        super().__init__({"arxiv_id": Message.of(text, complaint=complaint)})


class ArxivUnavailable(Unavailable):
    """arXiv could not be asked, or its answer is of no use. Each subclass is one reason."""

    title = N_("arXiv is not available")
    text = ""

    def __init__(self, **values: str | int) -> None:
        super().__init__(self.text, **values)


class ArxivUnreachable(ArxivUnavailable):
    text = N_(
        "arXiv cannot be reached. Check the network, or save the paper as it is and complete it "
        "later."
    )


class ArxivTimeout(ArxivUnavailable):
    text = N_(
        "arXiv did not answer within {seconds} seconds. Try again, or save the paper as it is and "
        "complete it later."
    )


class ArxivAsksToWait(ArxivUnavailable):
    """HTTP 429 or 503; until the time it names, nothing more is sent from this library."""

    text = N_(
        "arXiv asks to wait {seconds} s. Try again then, or save the paper as it is and "
        "complete it later."
    )

    def __init__(self, seconds: float) -> None:
        self.seconds = math.ceil(seconds)
        super().__init__(seconds=self.seconds)


class ArxivBusy(ArxivUnavailable):
    """Our own requests stand in line for the one connection that arXiv allows."""

    text = N_(
        "Other requests to arXiv are waiting for their turn. Try again in a minute, or save the "
        "paper as it is and complete it later."
    )


class ArxivFailed(ArxivUnavailable):
    text = N_(
        "arXiv failed (HTTP {status}). Try again later, or save the paper as it is and complete it "
        "later."
    )


class ArxivWrongAddress(ArxivUnavailable):
    text = N_(
        "There is no arXiv at the address in CROSSWALK_ARXIV_URL (HTTP 404). Correct it, or save "
        "the paper as it is and complete it later."
    )


class ArxivEmptyPage(ArxivUnavailable):
    text = N_(
        "arXiv sent an empty page where there should be papers. Try again in a minute, or save the "
        "paper as it is and complete it later."
    )


class ArxivNonsense(ArxivUnavailable):
    text = N_(
        "What came back is not an answer of arXiv, or was cut off. Try again later, or save the "
        "paper as it is and complete it later."
    )
