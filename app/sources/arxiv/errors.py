"""What can go wrong with arXiv besides what can with any server (`http_errors`)."""

from collections.abc import Sequence

from app.errors import N_, Invalid, Message, NotFound
from app.sources.arxiv.ids import ArxivId
from app.sources.web.http_errors import SourceUnavailable

_NAMED = 10  # of the ids that are missing, in a message


def list_ids(ids: Sequence[object]) -> str:
    """The first of `ids`, as a message names them."""
    more = ", …" if len(ids) > _NAMED else ""
    return ", ".join(map(str, ids[:_NAMED])) + more


class ArxivNotFound(NotFound):
    """arXiv has no such paper, or no such version of it."""

    title = N_("Not on arXiv")

    def __init__(self, ids: Sequence[ArxivId]) -> None:
        text = N_("arXiv has no paper {ids}. Check the number.")
        super().__init__(text, ids=list_ids(ids))


class ArxivRefused(Invalid):
    """arXiv answered with an error entry; its words are in the message."""

    title = N_("arXiv refuses the request")

    def __init__(self, complaint: str) -> None:
        self.complaint = complaint
        text = N_("arXiv refuses this: “{complaint}”. Check the id.")
        super().__init__({"arxiv_id": Message.of(text, complaint=complaint)})


class _ArxivUnavailable(SourceUnavailable):
    def __init__(self) -> None:
        super().__init__("arXiv")


class ArxivWrongAddress(_ArxivUnavailable):
    text = N_("There is no arXiv at the address in CROSSWALK_ARXIV_URL (HTTP 404). Correct it.")


class ArxivEmptyPage(_ArxivUnavailable):
    text = N_("arXiv sent an empty page where there should be papers. Try again in a minute.")


class ArxivEmptyListing(_ArxivUnavailable):
    text = N_("arXiv sent an empty listing. It is asked again later; nothing is left out by that.")


class ArxivNonsense(_ArxivUnavailable):
    text = N_("What came back is not an answer of arXiv, or was cut off. Try again later.")


class ArxivPdfMissing(NotFound):
    """arXiv has no PDF of a paper, or of this version of it."""

    title = N_("No PDF on arXiv")

    def __init__(self, arxiv_id: ArxivId) -> None:
        text = N_("arXiv has no PDF of {id}. Its page says why: {url}")
        super().__init__(text, id=str(arxiv_id), url=arxiv_id.url)


class ArxivWithdrawn(NotFound):
    """Its authors took a paper back."""

    title = N_("Withdrawn from arXiv")

    def __init__(self, arxiv_id: ArxivId) -> None:
        text = N_("{id} was withdrawn from arXiv. An earlier version may still be there: {url}")
        super().__init__(text, id=str(arxiv_id), url=arxiv_id.url)


class ArxivSentPage(SourceUnavailable):
    """A web page where there should be a PDF: arXiv is being repaired, or wants to see a reader."""

    text = N_("{source} sent a web page in place of the PDF of {id}. Try again later.")


class ArxivPdfBroken(SourceUnavailable):
    text = N_("What {source} sent for {id} is no PDF, or was cut off. Try again later.")


class ArxivPdfTooLarge(SourceUnavailable):
    text = N_("The PDF of {id} has more than {limit} MB. Fetch it by hand, and put it in here.")
