"""What is half sent ends by itself, and keeps nobody from being answered."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from socket import create_connection, socket
from threading import Thread
from typing import TypeVar

import pytest
import uvicorn
from starlette.types import Message, Receive, Scope, Send

from app.errors import CrosswalkError
from app.web import connections, request_limits
from app.web.connections import PatientProtocol

Answer = TypeVar("Answer")
HANGS = 20  # seconds after which what should come does not come any more


async def echoing(_scope: Scope, receive: Receive, send: Send) -> None:
    """How long the body is, once it is there."""
    length, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        length, more = length + len(message["body"]), message["more_body"]
    body = b"read %d" % length
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@contextmanager
def served() -> Iterator[int]:
    """The port of a server that speaks as ours does."""
    config = uvicorn.Config(
        echoing, port=0, http=PatientProtocol, log_level="error", lifespan="off"
    )
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + HANGS
    while not server.started and time.monotonic() < until:
        time.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        server.force_exit = True
        thread.join(HANGS)


@pytest.fixture
def send() -> Iterator[Callable[[int, bytes], socket]]:
    with ExitStack() as opened:

        def begin(port: int, start: bytes) -> socket:
            connection = create_connection(("127.0.0.1", port), timeout=HANGS)
            opened.enter_context(connection)
            connection.sendall(start)
            return connection

        yield begin


def answers(connection: socket, said: bytes) -> bool:
    """Whether that comes, in however many pieces."""
    read = b""
    while said not in read and (piece := connection.recv(10_000)):
        read += piece
    return said in read


def is_closed(connection: socket) -> bool:
    """Also where the other side had not read all that was sent."""
    try:
        return connection.recv(100) == b""
    except ConnectionResetError:
        return True


HEAD = b"GET / HTTP/1.1\r\nHost: x\r\n"


def test_a_head_that_does_not_come_is_not_waited_for(
    send: Callable[[int, bytes], socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEAD", 0.3)
    with served() as port:
        kept = send(port, HEAD + b"\r\n")
        assert answers(kept, b"read 0")
        kept.sendall(HEAD)
        for connection in (kept, *(send(port, start) for start in (b"", b"GET / HT", HEAD))):
            assert connection.recv(100) == b""


def test_others_are_answered_beside_hundreds_of_halves(
    send: Callable[[int, bytes], socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oldest of those that have yet to send something give way."""
    monkeypatch.setattr(connections, "MOST", 20)
    with served() as port:
        half = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf"
        halves = [send(port, half) for _ in range(60)]
        assert answers(send(port, HEAD + b"\r\n"), b"read 0")
        assert all(map(is_closed, halves[:40]))
        halves[-1].sendall(b"x" * 96)
        assert answers(halves[-1], b"read 100")


def run_apart(work: Coroutine[None, None, Answer]) -> Answer:
    """In a thread of its own: where tests of the browser ran before, this one has a loop."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def test_a_body_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_limits, "GRACE", 0.1)

    async def nothing_more() -> Message:
        await asyncio.sleep(HANGS)
        return {"type": "http.disconnect"}

    async def read() -> None:
        await request_limits.time_body(nothing_more)()

    with pytest.raises(CrosswalkError) as late:
        run_apart(read())
    assert late.value.status == 408


def test_a_body_may_take_as_long_as_its_length_is_worth(monkeypatch: pytest.MonkeyPatch) -> None:
    """And after it nothing is hurried: who answers waits for the other side to go away."""
    monkeypatch.setattr(request_limits, "GRACE", 0.05)
    monkeypatch.setattr(request_limits, "SLOWEST", 1)
    pieces = [{"body": b"x" * 100, "more_body": True}, {"body": b"", "more_body": False}]

    async def slow() -> Message:
        await asyncio.sleep(0 if len(pieces) == 2 else 0.2)
        piece = pieces.pop(0) if pieces else {"type": "http.disconnect"}
        return {"type": "http.request", **piece}

    async def read() -> list[Message]:
        receive = request_limits.time_body(slow)
        return [await receive() for _ in range(3)]

    assert [message["type"] for message in run_apart(read())][-1] == "http.disconnect"


def test_an_answer_that_nobody_takes_is_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_limits, "SENDING", 0.05)

    async def full(_message: Message) -> None:
        await asyncio.sleep(HANGS)

    async def answer() -> None:
        await request_limits.time_answer(full)({"type": "http.response.body"})

    with pytest.raises(TimeoutError):
        run_apart(answer())
