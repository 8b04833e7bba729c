"""Connections on which nothing comes: closed, so that those who do ask are answered."""

from asyncio import TimerHandle, Transport
from operator import attrgetter

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD = 15.0  # seconds in which a request has to say what it asks for
MOST = 400  # connections at once; a browser has six, and a process may open a thousand files


class PatientProtocol(H11Protocol):
    """HTTP/1.1 as uvicorn speaks it, with an end to its patience.

    The head of a request has to come whole within `HEAD` seconds, on a new connection and on one
    that is kept. Of more than `MOST` connections the oldest that has not sent all of a request is
    closed. How long a body may take is for `request_limits.py` to say.
    """

    opened = 0.0
    _head: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.opened = self.loop.time()
        self._expect_head()
        every = [each for each in self.connections if isinstance(each, PatientProtocol)]
        open_ones = [each for each in every if not each.transport.is_closing()]
        late = [each for each in open_ones if each is not self and each.is_incomplete]
        if len(open_ones) > MOST and late:
            min(late, key=attrgetter("opened")).give_up()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._is_answering:
            self._stop_expecting()
        elif self._head is None:
            self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_expecting()
        super().connection_lost(exc)

    @property
    def is_incomplete(self) -> bool:
        """Whether the other side has yet to send something."""
        return not self._is_answering or self.cycle.more_body

    def give_up(self) -> None:
        """Close the connection, without an answer to what was not asked."""
        self._stop_expecting()
        self.transport.close()

    @property
    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _expect_head(self) -> None:
        if not self.transport.is_closing():
            self._head = self.loop.call_later(HEAD, self.give_up)

    def _stop_expecting(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None
