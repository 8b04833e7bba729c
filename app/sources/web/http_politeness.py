"""How a server wants to be asked, whichever it is: an adapter for the session that asks it.

One connection at a time, and a pause between two requests, counted over every process that works
on this library; `Retry-After` is obeyed; an answer has a time and a size in which it must come.
"""

import io
import ipaddress
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING

from app import __version__
from app.kit.files import make_folder
from app.sources.web.http_errors import (
    SourceAsksToWait,
    SourceBusy,
    SourceLeadsAstray,
    SourceTooLong,
)

if TYPE_CHECKING:
    from requests import PreparedRequest, Response
    from requests.adapters import HTTPAdapter

PATIENCE = 10.0  # seconds that a server may make us wait before the reader is told instead
QUEUE_PATIENCE = 60.0  # seconds to stand in line behind our own requests
DEFAULT_WAIT = 60.0  # seconds, where it asks to wait without saying how long
LONGEST_WAIT = 3_600.0


@dataclass(frozen=True)
class Server:
    """A server that is asked, and its manners."""

    name: str  # what messages call it
    purpose: str  # what it is asked for, said in the User-Agent
    folder: Path  # holds its turn, and the answers that are kept
    delay: float  # seconds between two requests
    timeout: float  # seconds for one
    largest: int  # bytes of an answer


def rate_limit(
    source: Server,
    check: Callable[["Response", bytes], None] = lambda _response, _body: None,
    *,
    public: bool = False,
    watch: Callable[[int, int], None] = lambda _bytes, _of: None,
) -> "HTTPAdapter":
    """An adapter for one request after the other, whose answers `check` has let pass.

    With `public`, it speaks to no address of a private network, whatever a name resolves to.
    `watch` hears how many bytes have come, and of how many (0: nobody said); it may raise.
    Raises the errors of `http_errors`, those of `check`, and those of requests where nothing
    came back.
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
            request.headers["User-Agent"] = f"Crosswalk/{__version__} ({source.purpose})"
            request.headers["Connection"] = "close"
            with _turn(source) as turn:
                deadline = time.monotonic() + source.timeout
                response = super().send(request, True, source.timeout, verify, cert, proxies)
                body = _body(response, deadline, source, watch)
                self.close()  # or the next request may go out on what the server is closing
                if seconds := _asked_to_wait(response):
                    turn.pause = max(turn.pause, seconds)
                    raise SourceAsksToWait(source.name, seconds)
            check(response, body)
            response.raw = io.BytesIO(body)
            return response

    adapter = PoliteAdapter()
    if public:
        _keep_to_public_addresses(adapter, source)
    return adapter


def _keep_to_public_addresses(adapter: "HTTPAdapter", source: Server) -> None:
    """Look at the address of every connection before anything is sent on it.

    A name that is looked up first could resolve to another address a moment later.
    """
    import socket

    from urllib3.connection import HTTPConnection, HTTPSConnection
    from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

    def public(connected: socket.socket) -> socket.socket:
        address = ipaddress.ip_address(connected.getpeername()[0])
        if not (getattr(address, "ipv4_mapped", None) or address).is_global:
            connected.close()
            raise SourceLeadsAstray(source.name)
        return connected

    class PublicHTTPConnection(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return public(super()._new_conn())

    class PublicHTTPSConnection(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return public(super()._new_conn())

    class PublicHTTPPool(HTTPConnectionPool):
        ConnectionCls = PublicHTTPConnection

    class PublicHTTPSPool(HTTPSConnectionPool):
        ConnectionCls = PublicHTTPSConnection

    adapter.poolmanager.pool_classes_by_scheme = {"http": PublicHTTPPool, "https": PublicHTTPSPool}


def _body(
    response: "Response", deadline: float, source: Server, watch: Callable[[int, int], None]
) -> bytes:
    """The whole body, within the deadline however slowly it comes, then the connection closed."""
    from requests import ConnectionError, Timeout
    from urllib3.exceptions import HTTPError, ReadTimeoutError

    body = bytearray()
    said = response.headers.get("Content-Length", "")
    whole = int(said) if said.isdigit() and len(said) < 19 else 0
    try:
        while piece := response.raw.read1(65_536, decode_content=True):
            body += piece
            if time.monotonic() > deadline:
                raise Timeout
            if len(body) > source.largest:
                raise SourceTooLong(source.name)
            watch(len(body), whole)
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


@dataclass
class _Turn:
    pause: float


@contextmanager
def _turn(source: Server) -> Iterator[_Turn]:
    """The right to one request: a lock on a file that holds the time from which it may be sent.

    Threads and processes of one library share the file. Raises `SourceAsksToWait` where the server
    has asked somebody to wait for longer than `PATIENCE`, and `SourceBusy` where the line is too
    long.
    """
    make_folder(source.folder)
    private = partial(os.open, mode=0o600)
    with open(source.folder / "turn", "a+", encoding="ascii", opener=private) as file:
        _lock(file, source)
        wait = _next_time(file) - time.time()
        if wait > LONGEST_WAIT + source.delay:  # the clock was set back
            wait = source.delay
        if wait > max(PATIENCE, source.delay):
            raise SourceAsksToWait(source.name, wait)
        time.sleep(max(0.0, wait))
        turn = _Turn(source.delay)
        _set_next_time(file, time.time() + turn.pause)  # holds even if this process dies
        try:
            yield turn
        finally:
            _set_next_time(file, time.time() + turn.pause)


def _lock(file: IO[str], source: Server) -> None:
    import fcntl

    deadline = time.monotonic() + QUEUE_PATIENCE
    while True:
        try:
            return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # until the file is closed
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise SourceBusy(source.name) from None
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
