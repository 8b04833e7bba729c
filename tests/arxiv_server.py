"""A stand-in for arXiv's query API and its PDFs on localhost, which also behaves badly when it is
told to.

Answers as recorded in 2026 (`../shared/data/arxiv-api`): Atom with OpenSearch elements, an unknown
id simply absent, a malformed one HTTP 400 with an `/api/errors` entry. In a test:

    with ArxivServer() as arxiv:
        settings = Settings(arxiv_url=arxiv.url, arxiv_delay=0, ...)
        arxiv.mode = "down"

By itself: `python -m tests.arxiv_server --port 8765`; then `PUT /mode` with a mode as the body
changes its mood, and `GET /requests` says what it was asked.
"""

import argparse
import re
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, TypedDict
from urllib.parse import parse_qs
from xml.sax.saxutils import escape, quoteattr

import yaml

from tests.stand_in import Handler, Seen, StandIn

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
class ArxivServer(StandIn):
    """What is asked for, by its ids in each request's `ids`."""

    modes: ClassVar[dict[str, str]] = StandIn.modes | {
        "empty": "says that there are results and sends none",
        "nothing": "says that there are no results, though there are",
        "short": "says that there are more results than it sends",
        "error-entry": "sends one of arXiv's error entries, with HTTP 200",
        "withdrawn": "sends the page of a withdrawn paper in place of its PDF",
    }
    content_type: ClassVar[str] = "application/atom+xml; charset=utf-8"
    pdfs: dict[str, bytes] = field(default_factory=dict)  # by arXiv id, with its version or not
    latest: dict[str, int] = field(default_factory=dict)  # version of a PDF that is asked without

    def __post_init__(self) -> None:
        known = Path(__file__).parent / "sources/fixtures/arxiv.yaml"
        papers: list[Paper] = yaml.safe_load(known.read_text(encoding="utf-8"))
        self.papers = {paper["id"]: paper for paper in papers}
        super().__post_init__()

    @property
    def url(self) -> str:
        """What `CROSSWALK_ARXIV_URL` is set to."""
        return f"{self.address}/api/query"

    @property
    def pdf_url(self) -> str:
        """What `CROSSWALK_PDF_URL` is set to; `pdfs` are what is there."""
        return f"{self.address}/pdf/"

    def read(self, seen: Seen, query: str) -> None:
        seen.ids = _ids(query)
        seen.max_results = int(parse_qs(query).get("max_results", ["10"])[-1])

    def answer(self, handler: Handler, mode: str, query: str) -> None:
        if self.answer_pdf(handler, mode):
            return
        malformed = [one for one in _ids(query) if not _ID.fullmatch(one)]
        match mode:
            case "empty":
                handler.send(200, self.feed(query, claimed=len(_ids(query)), sent=0))
            case "nothing":
                handler.send(200, self.feed(query, claimed=0, sent=0))
            case "short":
                handler.send(200, self.feed(query, claimed=len(_ids(query)), sent=1))
            case "error-entry":
                handler.send(200, error_feed("the index is being rebuilt"))
            case _ if malformed:
                handler.send(400, error_feed(f"incorrect id format for {malformed[0]}"))
            case _:
                handler.misbehave(mode, self.feed(query))

    def answer_pdf(self, handler: Handler, mode: str) -> bool:
        """Whether a PDF was asked for, which `pdfs` has by the end of its address. A mode is for
        PDFs as for the rest; "withdrawn" for them alone."""
        path = handler.path.partition("?")[0]
        if "/pdf/" not in path:
            return False
        name = path.rpartition("/pdf/")[2]
        body = self.pdfs.get(name)
        if mode == "withdrawn":
            page = b"<!DOCTYPE html><html><body><p>This paper has been withdrawn</body></html>"
            handler.send(200, page, {"Content-Type": "text/html"})
        elif body is None and mode == "ok":
            handler.send(404, b"<html><body>No such article</body></html>")
        else:
            version = name if "v" in name else f"{name}v{self.latest.get(name, 1)}"
            headers = {
                "Content-Type": "application/pdf",
                "Content-Disposition": f'inline; filename="{version}.pdf"',
            }
            handler.misbehave(mode, body or b"", headers)
        return True

    def feed(self, query: str, claimed: int | None = None, sent: int | None = None) -> bytes:
        """The answer to a well-formed query; it may claim more than it sends."""
        asked = {name: values[-1] for name, values in parse_qs(query).items()}
        wanted = _ids(query) or self._titled(asked.get("search_query", ""))
        found = [entry for arxiv_id in wanted if (entry := self._entry(arxiv_id))]
        start, most = int(asked.get("start", 0)), int(asked.get("max_results", 10))
        page = found[start : start + most][:sent]
        return _feed(
            f"arXiv Query: {query}",
            len(found) if claimed is None else claimed,
            "".join(page),
            start=start,
            most=most,
        )

    def _titled(self, query: str) -> list[str]:
        """The ids of papers whose titles have the words of `ti:"…"`, in their order."""
        phrase = re.fullmatch(r'ti:"(.*)"', query)
        words = phrase[1].lower() if phrase else ""
        return [
            paper["id"]
            for paper in self.papers.values()
            if words and words in " ".join(re.findall(r"\w+", paper["title"].lower()))
        ]

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


def main() -> None:
    parser = argparse.ArgumentParser(description="A stand-in for arXiv's query API on localhost.")
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    parser.add_argument("--mode", choices=ArxivServer.modes, default="ok")
    options = parser.parse_args()
    with ArxivServer(port=options.port, mode=options.mode) as arxiv:
        print(arxiv.url, flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print("stopped")


if __name__ == "__main__":
    main()
