"""A stand-in for arXiv's daily listings and its query API, and for whoever else has a feed.

The listings look as rss.arxiv.org's do (`../shared/data/feeds/arxiv-rss`), the answers to queries
as `tests.arxiv_server` sends them; both know the same `papers`, and behave badly when told to.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import ClassVar
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from tests import arxiv_server
from tests.arxiv_server import ArxivServer
from tests.stand_in import Handler, Seen

_WITHIN = re.compile(r"submittedDate:\[(\d{12}) TO (\d{12})\]")


@dataclass
class Announced:
    """A paper as a listing announces it; `submitted` is when the query API says it came."""

    id: str
    title: str
    abstract: str = "We say something."
    authors: str = "Ada Lovelace, John Smith, Jr."
    announced: str = "new"
    version: int = 1
    categories: tuple[str, ...] = ("cs.CL",)
    comment: str = ""
    submitted: datetime = datetime(2026, 11, 20, 12, tzinfo=UTC)


@dataclass
class FeedServer(ArxivServer):
    """`listed` is what was announced on `day`, `submitted` what the query API finds; `bodies` are
    feeds of others, by their paths: their content, perhaps with a status and headers."""

    modes: ClassVar[dict[str, str]] = ArxivServer.modes | {
        "empty-body": "answers 200 with nothing in it",
        "refused": "takes no query",
        "huge": "sends more than can be a listing",
    }
    day: datetime = datetime(2026, 11, 23, 5, tzinfo=UTC)
    listed: list[Announced] = field(default_factory=list)
    submitted: list[Announced] = field(default_factory=list)
    bodies: dict[str, bytes | tuple[int, bytes, dict[str, str]]] = field(default_factory=dict)
    api_mode: str = "ok"  # of the query API alone

    @property
    def feed_url(self) -> str:
        """What `CROSSWALK_FEED_URL` is set to."""
        return f"{self.address}/atom/"

    def queries(self) -> list[str]:
        """What the query API was asked for, without what it was asked by ids."""
        asked = [parse_qs(urlsplit(seen.path).query) for seen in self.requests]
        return [each["search_query"][0] for each in asked if each.get("search_query")]

    def listings(self) -> list[str]:
        return [seen.path for seen in self.requests if seen.path.startswith("/atom/")]

    def read(self, seen: Seen, query: str) -> None:
        if "id_list" in query:
            super().read(seen, query)

    def answer(self, handler: Handler, mode: str, query: str) -> None:
        path = urlsplit(handler.path).path
        if path in self.bodies:
            body = self.bodies[path]
            status, data, headers = body if isinstance(body, tuple) else (200, body, {})
            if status == 200:
                handler.misbehave(mode, data, {"Content-Type": "application/xml"} | headers)
            else:
                handler.send(status, data, headers)
        elif path.startswith("/atom/"):
            self._answer_listing(handler, mode)
        elif parse_qs(query).get("search_query"):
            self._answer_query(handler, mode if self.api_mode == "ok" else self.api_mode, query)
        elif path.startswith(("/api/", "/pdf/")):
            super().answer(handler, mode if self.api_mode == "ok" else self.api_mode, query)
        else:
            handler.send(404, b"<html><body>Nothing here</body></html>")

    def _answer_listing(self, handler: Handler, mode: str) -> None:
        match mode:
            case "empty-body":
                handler.send(200, b"")
            case "huge":
                handler.send(200, b"<!-- " + b"x" * (50 * 1024 * 1024) + b" -->")
            case "nothing":
                handler.send(200, self.listing([]))
            case _:
                handler.misbehave(mode, self.listing(self.listed))

    def _answer_query(self, handler: Handler, mode: str, query: str) -> None:
        asked = {name: values[-1] for name, values in parse_qs(query).items()}
        if mode == "refused":
            handler.send(400, arxiv_server.error_feed("malformed query"))
            return
        found = _WITHIN.search(unquote(asked["search_query"]))
        assert found, asked
        since, until = (
            datetime.strptime(text, "%Y%m%d%H%M").replace(tzinfo=UTC) for text in found.groups()
        )
        match = [each for each in self.submitted if since <= each.submitted < until]
        start, most = int(asked.get("start", 0)), int(asked.get("max_results", 10))
        page = match[start : start + most]
        sent = page[: len(page) // 2] if mode == "short" else page
        body = arxiv_server._feed(
            "arXiv Query",
            len(match),
            "".join(map(_result, sent)),
            start=start,
            most=most,
        )
        handler.misbehave("ok" if mode == "short" else mode, body)

    def listing(self, papers: list[Announced]) -> bytes:
        return f"""<?xml version='1.0' encoding='UTF-8'?>
<feed xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/" \
xmlns="http://www.w3.org/2005/Atom" xml:lang="en-us">
  <id>http://rss.arxiv.org/atom/cs.CL</id>
  <title>cs.CL updates on arXiv.org</title>
  <updated>{(self.day + timedelta(seconds=2)).isoformat()}</updated>
{"".join(self._listed(each) for each in papers)}</feed>""".encode()

    def _listed(self, paper: Announced) -> str:
        return f"""<entry>
    <id>oai:arXiv.org:{paper.id}v{paper.version}</id>
    <title>{escape(paper.title)}</title>
    <updated>{self.day.isoformat()}</updated>
    <link href="https://arxiv.org/abs/{paper.id}" rel="alternate" type="text/html"/>
    <summary>arXiv:{paper.id}v{paper.version} Announce Type: {paper.announced}\x20
Abstract: {escape(paper.abstract)}</summary>
    {"".join(f'<category term="{each}"/>' for each in paper.categories)}
    <published>{self.day.isoformat()}</published>
    <arxiv:announce_type>{paper.announced}</arxiv:announce_type>
    <dc:creator>{escape(paper.authors)}</dc:creator>
  </entry>
"""

    def know(self, paper: Announced) -> None:
        """Let the query API answer for this paper by its id, in its latest version."""
        days = [paper.submitted + timedelta(days=n) for n in range(paper.version)]
        self.papers[paper.id] = {
            "id": paper.id,
            "title": paper.title,
            "authors": paper.authors.split(", "),
            "abstract": paper.abstract,
            "categories": list(paper.categories),
            "versions": [f"{day:%Y-%m-%d}" for day in days],
            "comment": paper.comment,
        }


def _result(paper: Announced) -> str:
    day = f"{paper.submitted:%Y-%m-%d}"
    entry: arxiv_server.Paper = {
        "id": paper.id,
        "title": paper.title,
        "authors": paper.authors.split(", "),
        "abstract": paper.abstract,
        "categories": list(paper.categories),
        "versions": [day] * paper.version,
        "comment": paper.comment,
    }
    return arxiv_server._entry(entry, paper.version)
