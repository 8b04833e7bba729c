"""A server on localhost that stands in for one that we ask, and behaves badly when told to."""

import gzip
import json
import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import ClassVar, Self
from urllib.parse import urlsplit


@dataclass
class Seen:
    """A request: when it came and when its answer was sent (seconds), and what it asked for."""

    came: float
    path: str
    user_agent: str
    accept: str
    ids: list[str] = field(default_factory=list)
    max_results: int = 0
    answered: float = 0.0


@dataclass
class StandIn:
    """Listens from `__enter__` to `__exit__`, on a free port unless told which.

    A mode may end in "-once": one request is treated so, those after it properly.
    """

    modes: ClassVar[dict[str, str]] = {
        "ok": "answers as it should",
        "down": "closes the connection without a word",
        "slow": "lets the reader wait for `slow_for` seconds",
        "drip": "sends a byte now and then, for `slow_for` seconds",
        "429": "asks to wait for `retry_after` seconds",
        "503": "the same, with another number",
        "500": "fails",
        "404": "knows no such address",
        "moved": "redirects to itself",
        "html": "sends a web page",
        "cut": "sends half of the answer",
        "gone": "sends half of the answer and closes the connection",
        "canned": "sends `canned`, a status and a body",
    }
    content_type: ClassVar[str] = "text/plain"

    port: int = 0
    mode: str = "ok"
    retry_after: str | None = "1"
    slow_for: float = 30.0
    canned: tuple[int, bytes] = (200, b"")
    requests: list[Seen] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", self.port), Handler)
        self._server.stand_in = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopping.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def pause(self, seconds: float) -> None:
        """Sleep, but not longer than the server lives."""
        self._stopping.wait(seconds)

    def next_mode(self) -> str:
        with self._lock:
            mode = self.mode
            if mode.endswith("-once"):
                self.mode = "ok"
            return mode.removesuffix("-once")

    def read(self, seen: Seen, query: str) -> None:
        """Note what else a request asks for."""

    def answer(self, handler: "Handler", mode: str, query: str) -> None:
        """Send what is asked for, or what the mode says: `handler.misbehave` knows the modes
        that every server can be in."""
        raise NotImplementedError


class _Server(ThreadingHTTPServer):
    stand_in: StandIn
    daemon_threads = True


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        server = self.server.stand_in
        query = urlsplit(self.path).query
        if self.path == "/requests":
            self.send(200, json.dumps([asdict(seen) for seen in server.requests]).encode())
            return
        seen = Seen(
            came=time.monotonic(),
            path=self.path,
            user_agent=self.headers.get("User-Agent", ""),
            accept=self.headers.get("Accept", ""),
        )
        server.read(seen, query)
        server.requests.append(seen)
        with suppress(OSError):  # the reader may have had enough
            server.answer(self, server.next_mode(), query)
        seen.answered = time.monotonic()

    def do_PUT(self) -> None:
        mode = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        modes = self.server.stand_in.modes
        if self.path != "/mode" or mode.removesuffix("-once") not in modes:
            self.send(404, f"PUT /mode takes one of {', '.join(modes)}\n".encode())
            return
        self.server.stand_in.mode = mode
        self.send(200, mode.encode())

    def misbehave(self, mode: str, body: bytes, headers: dict[str, str] | None = None) -> None:
        """Send `body`, but for what the mode makes of it."""
        server = self.server.stand_in
        match mode:
            case "down":
                self.close_connection = True
            case "slow":
                server.pause(server.slow_for)
                self.close_connection = True
            case "drip":
                self._drip(body)
            case "429" | "503" as status:
                wait = {"Retry-After": server.retry_after} if server.retry_after else {}
                self.send(int(status), b"Rate exceeded.", wait)
            case "500" | "404" as status:
                self.send(int(status), b"<html><body>Something went wrong</body></html>")
            case "moved":
                self.send(301, b"", {"Location": self.path})
            case "html":
                page = b"<!DOCTYPE html><html><body><p>Down for maintenance</body></html>"
                self.send(200, page, {"Content-Type": "text/html; charset=utf-8"})
            case "cut":
                self.send(200, body[: len(body) // 2], headers)
            case "gone":
                self.send(200, body[: len(body) // 2], {"Content-Length": str(len(body))})
                self.close_connection = True
            case "canned":
                self.send(*server.canned)
            case _ if "gzip" in self.headers.get("Accept-Encoding", ""):
                packed = {"Content-Encoding": "gzip"} | (headers or {})
                self.send(200, gzip.compress(body), packed)
            case _:
                self.send(200, body, headers)

    def send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        usual = {
            "Content-Type": self.server.stand_in.content_type,
            "Content-Length": str(len(body)),
        }
        for name, value in (usual | (headers or {})).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _drip(self, body: bytes) -> None:
        server = self.server.stand_in
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.close_connection = True
        for byte in body[: int(server.slow_for / 0.05)]:
            self.wfile.write(bytes([byte]))
            server.pause(0.05)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the requests are kept in `requests`."""
