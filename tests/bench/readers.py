"""Readers of a server: keep-alive connections over loopback, all in one process of little work."""

import asyncio
import multiprocessing
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_PAGE = b"HTTP/1.1 200 OK\r\nContent-Length: 40000\r\n\r\n" + b"x" * 40_000


def read_pages(
    port: int, path: str, *, connections: int, seconds: float
) -> tuple[list[float], float]:
    """Asks for one page again and again for so long, at so many connections.

    How many milliseconds each answer took, and how many seconds all of them.
    """
    return asyncio.run(_read_pages(port, path, connections, seconds))


async def _read_pages(
    port: int, path: str, connections: int, seconds: float
) -> tuple[list[float], float]:
    took: list[float] = []
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
    began = time.perf_counter()

    async def read() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**20)
        while True:
            asked = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = _LENGTH.search(head)
            assert head.startswith(b"HTTP/1.1 200 "), (path, head)
            assert length, (path, head)
            await reader.readexactly(int(length[1]))
            took.append((time.perf_counter() - asked) * 1000)
            if time.perf_counter() - began > seconds:
                break
        writer.close()

    await asyncio.gather(*(read() for _ in range(connections)))
    return took, time.perf_counter() - began


def limit(connections: int, seconds: float = 2) -> float:
    """Pages a second that the readers themselves can take, of 40 kB: what a server must stay well
    below to be measured at all."""
    with _sender() as port:
        took, whole = read_pages(port, "/", connections=connections, seconds=seconds)
    return len(took) / whole


@contextmanager
def _sender() -> Iterator[int]:
    """The port of a server that does nothing but send."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        sender = multiprocessing.Process(target=_send, args=(listening,))
        sender.start()
        try:
            yield listening.getsockname()[1]
        finally:
            sender.kill()
            sender.join()


def _send(listening: socket.socket) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                await reader.readuntil(b"\r\n\r\n")
                writer.write(_PAGE)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def serve() -> None:
        async with await asyncio.start_server(answer, sock=listening) as server:
            await server.serve_forever()

    asyncio.run(serve())
