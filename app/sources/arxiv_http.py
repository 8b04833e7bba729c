"""How arXiv wants to be asked, whatever asks it: a session's adapter for requests to arXiv.

One request every three seconds over a single connection, counted over everything one runs
(https://info.arxiv.org/help/api/tou.html); errors are Atom entries with `/api/errors` in their id
(https://info.arxiv.org/help/api/user-manual.html#errors).
"""

import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import IO, TYPE_CHECKING
from xml.etree import ElementTree

from app import __version__
from app.settings import Settings
from app.sources.arxiv_errors import (
    ArxivAsksToWait,
    ArxivBusy,
    ArxivEmptyPage,
    ArxivFailed,
    ArxivNonsense,
    ArxivRefused,
    ArxivWrongAddress,
)
from app.text import tidy_line

if TYPE_CHECKING:
    from requests import PreparedRequest, Response
    from requests.adapters import HTTPAdapter

PATIENCE = 10.0  # seconds that arXiv may make us wait before the reader is told instead
QUEUE_PATIENCE = 60.0  # seconds to stand in line behind our own requests
DEFAULT_WAIT = 60.0  # seconds, where arXiv asks to wait without saying how long
LONGEST_WAIT = 3_600.0
LARGEST_ANSWER = 50_000_000  # bytes

_ATOM = "{http://www.w3.org/2005/Atom}"
_TOTAL = "{http://a9.com/-/spec/opensearch/1.1/}totalResults"


def polite_adapter(settings: Settings) -> "HTTPAdapter":
    """An adapter whose answers are redirections and whole feeds of papers, nothing else.

    Raises the errors of `arxiv_errors`, and those of requests where nothing came back.
    """
    from requests.adapters import HTTPAdapter

    class PoliteAdapter(HTTPAdapter):
        def send(
            self,
            request: "PreparedRequest",
            stream: bool = False,
            timeout: object = None,
            verify: bool | str = True,
            cert: str | tuple[str, str] | None = None,
            proxies: dict[str, str] | None = None,
        ) -> "Response":
            request.headers["User-Agent"] = f"Crosswalk/{__version__} (arXiv metadata by id)"
            request.headers["Connection"] = "close"
            with _turn(settings) as turn:
                deadline = time.monotonic() + settings.arxiv_timeout
                response = super().send(
                    request, True, settings.arxiv_timeout, verify, cert, proxies
                )
                body = _body(response, deadline)
                if seconds := _asked_to_wait(response):
                    turn.pause = max(turn.pause, seconds)
                    raise ArxivAsksToWait(seconds)
            _check(response.status_code, body)
            response.raw = io.BytesIO(body)
            return response

    return PoliteAdapter()


def _body(response: "Response", deadline: float) -> bytes:
    """The whole body, within the deadline however slowly it comes, then the connection closed."""
    from requests import ConnectionError, Timeout
    from urllib3.exceptions import HTTPError, ReadTimeoutError

    body = bytearray()
    try:
        while piece := response.raw.read1(65_536, decode_content=True):
            body += piece
            if time.monotonic() > deadline:
                raise Timeout
            if len(body) > LARGEST_ANSWER:
                raise ArxivNonsense
    except ReadTimeoutError as error:
        raise Timeout from error
    except HTTPError as error:
        raise ConnectionError from error
    finally:
        response.raw.close()
    return bytes(body)


def _asked_to_wait(response: "Response") -> float | None:
    """The seconds of a 429, or of a 503 that names them (RFC 9110, Retry-After)."""
    said = response.headers.get("Retry-After", "")
    if response.status_code != 429 and not (response.status_code == 503 and said):
        return None
    try:
        seconds = float(said) if said.isdigit() else _until(said)
    except ValueError:
        seconds = DEFAULT_WAIT
    return min(max(seconds, 1.0), LONGEST_WAIT)


def _until(date: str) -> float:
    return parsedate_to_datetime(date).timestamp() - time.time()


def _check(status: int, body: bytes) -> None:
    """Raise unless this is a redirection or a feed of papers, which the package can be given."""
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
        raise ArxivFailed(status=status)
    if feed.tag != f"{_ATOM}feed":
        raise ArxivNonsense
    if not entries and feed.findtext(_TOTAL, "").strip() != "0":
        raise ArxivEmptyPage


@dataclass
class _Turn:
    pause: float


@contextmanager
def _turn(settings: Settings) -> Iterator[_Turn]:
    """The right to one request: a lock on a file that holds the time from which it may be sent.

    Threads and processes of one library share the file. Raises `ArxivAsksToWait` where arXiv has
    asked somebody to wait for longer than `PATIENCE`, and `ArxivBusy` where the line is too long.
    """
    with (settings.library / "arxiv" / "turn").open("a+", encoding="ascii") as file:
        _lock(file)
        wait = _next_time(file) - time.time()
        if wait > LONGEST_WAIT + settings.arxiv_delay:  # the clock was set back
            wait = settings.arxiv_delay
        if wait > max(PATIENCE, settings.arxiv_delay):
            raise ArxivAsksToWait(wait)
        time.sleep(max(0.0, wait))
        turn = _Turn(settings.arxiv_delay)
        _set_next_time(file, time.time() + turn.pause)  # holds even if this process dies
        try:
            yield turn
        finally:
            _set_next_time(file, time.time() + turn.pause)


def _lock(file: IO[str]) -> None:
    import fcntl

    deadline = time.monotonic() + QUEUE_PATIENCE
    while True:
        try:
            return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # until the file is closed
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise ArxivBusy from None
            time.sleep(0.05)


def _next_time(file: IO[str]) -> float:
    file.seek(0)
    try:
        return float(file.read())
    except ValueError:
        return 0.0


def _set_next_time(file: IO[str], when: float) -> None:
    file.seek(0)
    file.truncate()
    file.write(repr(when))
    file.flush()
