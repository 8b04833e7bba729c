"""A stand-in for arXiv's query API on localhost, which also behaves badly when it is told to.

Answers as recorded in 2026 (`../shared/data/arxiv-api`): Atom with OpenSearch elements, an unknown
id simply absent, a malformed one HTTP 400 with an `/api/errors` entry. In a test:

    with ArxivServer() as arxiv:
        settings = Settings(arxiv_url=arxiv.url, arxiv_delay=0, ...)
        arxiv.mode = "down"

By itself: `python -m tests.arxiv_server --port 8765`; then `PUT /mode` with a mode as the body
changes its mood, and `GET /requests` says what it was asked.
"""

import argparse
import gzip
import json
import re
import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import TypedDict
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape, quoteattr

import yaml

# Each may end in "-once": one request is treated so, those after it properly.
MODES = {
    "ok": "answers as arXiv does",
    "down": "closes the connection without a word",
    "slow": "lets the reader wait for `slow_for` seconds",
    "drip": "sends a byte now and then, for `slow_for` seconds",
    "429": "asks to wait for `retry_after` seconds",
    "503": "the same, with another number",
    "500": "fails",
    "404": "knows no such address",
    "moved": "redirects to itself",
    "empty": "says that there are results and sends none",
    "nothing": "says that there are no results, though there are",
    "short": "says that there are more results than it sends",
    "error-entry": "sends one of arXiv's error entries, with HTTP 200",
    "html": "sends a web page",
    "cut": "sends half of the answer",
    "gone": "sends half of the answer and closes the connection",
    "canned": "sends `canned`, a status and a body",
}
_ID = re.compile(r"(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v(\d+))?")


class Paper(TypedDict, total=False):
    id: str
    title: str
    authors: list[str]
    abstract: str
    categories: list[str]
    versions: list[str]
    comment: str
    journal_ref: str
    doi: str


@dataclass
class Seen:
    """A request: when it came and when its answer was sent (seconds), and what it asked for."""

    came: float
    path: str
    ids: list[str]
    max_results: int
    user_agent: str
    answered: float = 0.0


@dataclass
class ArxivServer:
    """Listens from `__enter__` to `__exit__`, on a free port unless told which."""

    port: int = 0
    mode: str = "ok"
    retry_after: str | None = "1"
    slow_for: float = 30.0
    canned: tuple[int, bytes] = (200, b"")
    requests: list[Seen] = field(default_factory=list)

    def __post_init__(self) -> None:
        known = Path(__file__).parent / "sources/fixtures/arxiv.yaml"
        papers: list[Paper] = yaml.safe_load(known.read_text(encoding="utf-8"))
        self.papers = {paper["id"]: paper for paper in papers}
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", self.port), _Handler)
        self._server.arxiv = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def url(self) -> str:
        """What `CROSSWALK_ARXIV_URL` is set to."""
        return f"{self.address}/api/query"

    def __enter__(self) -> "ArxivServer":
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

    def feed(self, query: str, claimed: int | None = None, sent: int | None = None) -> bytes:
        """The answer to a well-formed query; it may claim more than it sends."""
        asked = {name: values[-1] for name, values in parse_qs(query).items()}
        found = [entry for arxiv_id in _ids(query) if (entry := self._entry(arxiv_id))]
        start, most = int(asked.get("start", 0)), int(asked.get("max_results", 10))
        page = found[start : start + most][:sent]
        return _feed(
            f"arXiv Query: {query}",
            len(found) if claimed is None else claimed,
            "".join(page),
            start=start,
            most=most,
        )

    def _entry(self, arxiv_id: str) -> str | None:
        found = _ID.fullmatch(arxiv_id)
        paper = self.papers.get(re.sub(r"\.[A-Z]{2}/", "/", found[1])) if found else None
        if not found or not paper:
            return None
        dates = paper["versions"]
        version = int(found[2] or len(dates))
        return _entry(paper, version) if 1 <= version <= len(dates) else None


def _ids(query: str) -> list[str]:
    return [one for value in parse_qs(query).get("id_list", []) for one in value.split(",") if one]


def _entry(paper: Paper, version: int) -> str:
    """In the order of 2026, which is not that of the manual."""
    name = f"{paper['id']}v{version}"
    lines = [
        f"<id>http://arxiv.org/abs/{name}</id>",
        f"<title>{escape(paper['title'])}</title>",
        f"<updated>{paper['versions'][version - 1]}T17:59:46Z</updated>",
        f'<link href="https://arxiv.org/abs/{name}" rel="alternate" type="text/html"/>',
        f'<link href="https://arxiv.org/pdf/{name}" rel="related" type="application/pdf" '
        'title="pdf"/>',
        f"<summary>  {escape(paper['abstract'])}\n</summary>",
        *(
            f'<category term="{term}" scheme="http://arxiv.org/schemas/atom"/>'
            for term in paper["categories"]
        ),
        f"<published>{paper['versions'][0]}T17:59:46Z</published>",
    ]
    if "comment" in paper:
        lines.append(f"<arxiv:comment>{escape(paper['comment'])}</arxiv:comment>")
    lines.append(f'<arxiv:primary_category term="{paper["categories"][0]}"/>')
    if "journal_ref" in paper:
        lines.append(f"<arxiv:journal_ref>{escape(paper['journal_ref'])}</arxiv:journal_ref>")
    lines += [f"<author><name>{escape(author)}</name></author>" for author in paper["authors"]]
    if "doi" in paper:
        link = quoteattr(f"https://doi.org/{paper['doi']}")
        lines.append(f"<arxiv:doi>{escape(paper['doi'])}</arxiv:doi>")
        lines.append(f'<link rel="related" href={link} title="doi"/>')
    return "  <entry>\n    " + "\n    ".join(lines) + "\n  </entry>\n"


def _feed(title: str, total: int, entries: str, *, start: int = 0, most: int = 1) -> bytes:
    return f"""<?xml version='1.0' encoding='UTF-8'?>
<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" \
xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns="http://www.w3.org/2005/Atom">
  <id>https://arxiv.org/api/standin</id>
  <title>{escape(title)}</title>
  <updated>2026-04-12T22:09:26Z</updated>
  <opensearch:itemsPerPage>{most}</opensearch:itemsPerPage>
  <opensearch:totalResults>{total}</opensearch:totalResults>
  <opensearch:startIndex>{start}</opensearch:startIndex>
{entries}</feed>""".encode()


def error_feed(complaint: str) -> bytes:
    """An error as arXiv reports it: an entry like any other, but for its id."""
    anchor = complaint.replace(" ", "_")
    return _feed(
        "arXiv Search Results",
        1,
        f"""  <entry>
    <id>https://arxiv.org/api/errors#{escape(anchor)}</id>
    <title>Error</title>
    <updated>2026-04-12T22:59:06Z</updated>
    <summary>{escape(complaint)}</summary>
    <author><name>arXiv api core</name></author>
  </entry>
""",
    )


class _Server(ThreadingHTTPServer):
    arxiv: ArxivServer
    daemon_threads = True


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        arxiv = self.server.arxiv
        parts = urlsplit(self.path)
        if parts.path == "/requests":
            self._send(200, json.dumps([asdict(seen) for seen in arxiv.requests]).encode())
            return
        seen = Seen(
            came=time.monotonic(),
            path=self.path,
            ids=_ids(parts.query),
            max_results=int(parse_qs(parts.query).get("max_results", ["10"])[-1]),
            user_agent=self.headers.get("User-Agent", ""),
        )
        arxiv.requests.append(seen)
        with suppress(OSError):  # the reader may have had enough
            self._answer(arxiv, parts.query)
        seen.answered = time.monotonic()

    def do_PUT(self) -> None:
        mode = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        if self.path != "/mode" or mode.removesuffix("-once") not in MODES:
            self._send(404, f"PUT /mode takes one of {', '.join(MODES)}\n".encode())
            return
        self.server.arxiv.mode = mode
        self._send(200, mode.encode())

    def _answer(self, arxiv: ArxivServer, query: str) -> None:
        malformed = [one for one in _ids(query) if not _ID.fullmatch(one)]
        match arxiv.next_mode():
            case "down":
                self.close_connection = True
            case "slow":
                arxiv.pause(arxiv.slow_for)
                self.close_connection = True
            case "drip":
                self._drip(arxiv, arxiv.feed(query))
            case "429" | "503" as status:
                wait = {"Retry-After": arxiv.retry_after} if arxiv.retry_after else {}
                self._send(int(status), b"Rate exceeded.", wait)
            case "500" | "404" as status:
                self._send(int(status), b"<html><body>Something went wrong</body></html>")
            case "moved":
                self._send(301, b"", {"Location": self.path})
            case "empty":
                self._send(200, arxiv.feed(query, claimed=len(_ids(query)), sent=0))
            case "nothing":
                self._send(200, arxiv.feed(query, claimed=0, sent=0))
            case "short":
                self._send(200, arxiv.feed(query, claimed=len(_ids(query)), sent=1))
            case "error-entry":
                self._send(200, error_feed("the index is being rebuilt"))
            case "html":
                self._send(200, b"<!DOCTYPE html><html><body><p>Down for maintenance</body></html>")
            case "cut":
                body = arxiv.feed(query)
                self._send(200, body[: len(body) // 2])
            case "gone":
                body = arxiv.feed(query)
                self._send(200, body[: len(body) // 2], {"Content-Length": str(len(body))})
                self.close_connection = True
            case "canned":
                self._send(*arxiv.canned)
            case _ if malformed:
                self._send(400, error_feed(f"incorrect id format for {malformed[0]}"))
            case _ if "gzip" in self.headers.get("Accept-Encoding", ""):
                squeezed = gzip.compress(arxiv.feed(query))
                self._send(200, squeezed, {"Content-Encoding": "gzip"})
            case _:
                self._send(200, arxiv.feed(query))

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        usual = {
            "Content-Type": "application/atom+xml; charset=utf-8",
            "Content-Length": str(len(body)),
        }
        for name, value in (usual | (headers or {})).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _drip(self, arxiv: ArxivServer, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.close_connection = True
        for byte in body[: int(arxiv.slow_for / 0.05)]:
            self.wfile.write(bytes([byte]))
            arxiv.pause(0.05)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the requests are kept in `requests`."""


def main() -> None:
    parser = argparse.ArgumentParser(description="A stand-in for arXiv's query API on localhost.")
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    parser.add_argument("--mode", choices=MODES, default="ok")
    options = parser.parse_args()
    with ArxivServer(port=options.port, mode=options.mode) as arxiv:
        print(arxiv.url, flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print("stopped")


if __name__ == "__main__":
    main()
