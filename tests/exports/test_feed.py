"""The Atom feed: an independent reader finds in it what the list shows."""

import re
from datetime import UTC, datetime
from xml.etree import ElementTree

import feedparser
import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from app.database import Database
from app.exports.formats import atom
from app.exports.formats.atom import Category, Feed, FeedEntry
from app.library import service as library
from app.library.rules import PaperInput
from app.models import Technique
from tests.conftest import counted
from tests.databases import arranged

NAMESPACE = "{http://www.w3.org/2005/Atom}"
DAY = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def checked(content: bytes) -> ElementTree.Element:
    """The feed's root, after what RFC 4287 demands of every feed and entry (4.1.1, 4.1.2)."""
    root = ElementTree.fromstring(content)
    assert root.tag == f"{NAMESPACE}feed"
    for element in (root, *root.findall(f"{NAMESPACE}entry")):
        for name in ("id", "title", "updated"):
            (only,) = element.findall(f"{NAMESPACE}{name}")
            assert only.text
        moment = element.findtext(f"{NAMESPACE}updated") or ""
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", moment)
        relations = [
            (link.get("rel"), link.get("type"), link.get("hreflang"))
            for link in element.findall(f"{NAMESPACE}link")
        ]
        assert len(relations) == len(set(relations))
        assert all(link.get("href") for link in element.findall(f"{NAMESPACE}link"))
        assert all(each.get("term") for each in element.findall(f"{NAMESPACE}category"))
        assert all(
            person.findtext(f"{NAMESPACE}name") for person in element.findall(f"{NAMESPACE}author")
        )
    assert root.findall(f"{NAMESPACE}author"), "entries without an author need the feed's"
    ids = [each.findtext(f"{NAMESPACE}id") for each in root.findall(f"{NAMESPACE}entry")]
    assert len(ids) == len(set(ids))
    return root


@given(st.text(min_size=1, max_size=40), st.text(max_size=80))
def test_any_text_can_stand_in_it(title: str, summary: str) -> None:
    entry = FeedEntry(
        id=atom.id_of("paper", 1, DAY),
        title=f"x{title}",
        url="https://example.org/?a=1&b=<2>",
        added=DAY,
        updated=DAY,
        authors=(f"x{title}",),
        summary=summary,
        categories=(Category("s", f"x{title}", title),),
    )
    root = checked(atom.write_feed(Feed("f", "https://e.org/f", "https://e.org", [entry])))
    legal = re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", title)
    held = root.findtext(f"{NAMESPACE}entry/{NAMESPACE}title") or ""
    assert held == "x" + legal.replace("\r\n", "\n").replace("\r", "\n")


def test_ids_stay() -> None:
    assert atom.id_of("paper", 7, DAY) == "urn:uuid:" + atom.id_of("paper", 7, DAY)[9:]
    others = {atom.id_of("paper", 8, DAY), atom.id_of("note", 7, DAY)}
    assert atom.id_of("paper", 7, DAY) not in others


@arranged
def papers(db: Database) -> None:
    with db.write() as session:
        session.add(Technique(slug="gated", name_en="Gated fusion", name_zh="门控融合"))
        session.flush()
        for number in range(3):
            given = PaperInput(
                title=f"门控 <{number}> & more",
                citekey=f"zhang{number}",
                authors=["张三", "Ana Lo"],
                abstract="An abstract.",
                year=2020 + number,
                tags=["多模态"],
                techniques=["gated"],
                arxiv_id=f"2301.0000{number}" if number else None,
            )
            paper = library.create_paper(session, given)
        library.give_verdict(
            session, paper, verdict="try", reason="值得一试：门控", due="2027-03-01"
        )


@pytest.mark.usefixtures("papers")
def test_what_a_feed_reader_sees(client: TestClient) -> None:
    answer = client.get("/feed.atom?q=门控&tag=多模态&page=2&sort=title")
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    checked(answer.content)
    read = feedparser.parse(answer.content)
    assert not read.bozo
    assert read.version == "atom10"
    assert "门控" in read.feed.title
    assert read.feed.id == next(each.href for each in read.feed.links if each.rel == "self")
    assert read.feed.id.startswith("http://testserver/feed.atom?q=")
    assert client.get(read.feed.link).status_code == 200
    assert [each.title for each in read.entries] == [
        "门控 <2> & more",
        "门控 <1> & more",
        "门控 <0> & more",
    ]
    newest = read.entries[0]
    assert [each.name for each in newest.authors] == ["张三", "Ana Lo"]
    assert newest.link == "http://testserver/papers/zhang2"
    assert "值得一试：门控" in newest.summary
    assert "again from 1 March 2027" in newest.summary
    assert "An abstract." in newest.summary
    assert [each.label for each in newest.tags] == ["Worth trying", "Gated fusion", "多模态"]
    chinese = client.get("/feed.atom?q=门控", headers={"Accept-Language": "zh"})
    tags = feedparser.parse(chinese.content).entries[0].tags
    assert [each.label for each in tags] == ["值得一试", "门控融合", "多模态"]


@pytest.mark.usefixtures("papers")
def test_an_entry_stays_itself_when_the_paper_is_renamed(client: TestClient, db: Database) -> None:
    def ids() -> list[str]:
        read = feedparser.parse(client.get("/feed.atom").content)
        return [each.id for each in read.entries]

    before = ids()
    with db.write() as session:
        paper = library.get_paper(session, "zhang1")
        library.update_paper(
            session, paper, library.paper_as_input(paper).model_copy(update={"citekey": "zhang1b"})
        )
    assert ids() == before


@pytest.mark.usefixtures("papers")
def test_it_is_sent_once(client: TestClient, db: Database) -> None:
    first = client.get("/feed.atom")
    known = {"If-None-Match": f'"other", {first.headers["etag"]}'}
    again = client.get("/feed.atom", headers=known)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    dated = {"If-Modified-Since": first.headers["last-modified"]}
    assert client.get("/feed.atom", headers=dated).status_code == 304
    assert client.get("/feed.atom", headers={"If-Modified-Since": "soon"}).status_code == 200
    early = {"If-Modified-Since": "Wed, 01 Jan 2020 00:00:00 GMT"}
    assert client.get("/feed.atom", headers=early).status_code == 200
    with db.write() as session:
        library.create_paper(session, PaperInput(title="One more"))
    changed = client.get("/feed.atom", headers={**known, **dated})
    assert changed.status_code == 200, "an ETag goes before a date"
    assert feedparser.parse(changed.content).entries[0].title == "One more"


@pytest.mark.parametrize(
    "query",
    [
        "q=(((",
        "q=%22",
        "q=year:abc",
        "q=technique:nope",
        "verdict=none",
        "year=x",
        "q=" + "a" * 999,
    ],
)
def test_no_query_is_an_error(client: TestClient, query: str) -> None:
    answer = client.get(f"/feed.atom?{query}")
    assert answer.status_code == 200
    checked(answer.content)


@pytest.mark.usefixtures("papers")
def test_statements_do_not_grow_with_the_papers(client: TestClient, db: Database) -> None:
    client.get("/feed.atom")
    with counted(db) as few:
        client.get("/feed.atom?q=门控")
    with db.write() as session:
        for number in range(60):
            given = PaperInput(title=f"门控又 {number}", authors=["张三"], tags=["t"])
            library.create_paper(session, given)
    with counted(db) as many:
        content = client.get("/feed.atom?q=门控").content
    assert len(feedparser.parse(content).entries) == 50
    assert len(many) == len(few)


@pytest.mark.parametrize(
    ("page", "feed"),
    [
        ("/papers", "/feed.atom"),
        ("/papers?q=x&verdict=try&page=2&sort=title", "/feed.atom?q=x&verdict=try"),
        ("/search?q=x&type=note", "/feed.atom?q=x"),
    ],
)
def test_pages_name_their_feed(client: TestClient, page: str, feed: str) -> None:
    text = client.get(page).text.replace("&amp;", "&")
    named = re.findall(r'rel="alternate" type="application/atom\+xml"[^>]*href="([^"]*)"', text)
    assert named == [feed]
