"""Feeds of others: their address, where they lead, what they hold."""

from datetime import UTC, datetime, timedelta

import pytest

from app.database import Database
from app.errors import CrosswalkError, Invalid
from app.settings import Settings
from app.sources.web import http_politeness
from app.watches import service
from app.watches.rules import WatchInput, check_watch
from tests.feed_server import FeedServer
from tests.sources.feeds.test_entries import rss
from tests.watches.test_asking import MONDAY, ask, make

POST = "<item><title>Post {n}</title><link>/{n}</link><pubDate>{day}</pubDate></item>"


def posts(*days: datetime) -> bytes:
    return rss(
        *(POST.format(n=n, day=f"{day:%a, %d %b %Y} 10:00:00 GMT") for n, day in enumerate(days, 1))
    )


def said(db: Database, number: int) -> str:
    with db.read() as session:
        found = service.get_watch(session, number)
        return " ".join(map(str, [found.problem or "", *found.remarks]))


def test_a_feed_brings_what_is_new_in_it(
    db: Database, settings: Settings, server: FeedServer
) -> None:
    today = datetime.now(UTC)
    server.bodies["/feed"] = posts(today, today - timedelta(days=400))
    number = make(db, kind="feed", target=f"{server.address}/feed")
    assert ask(db, settings, number).new == 1  # what is older than a month is none
    server.bodies["/feed"] = posts(today, today, today - timedelta(days=400))
    assert ask(db, settings, number, MONDAY + timedelta(days=1)).new == 1
    assert "Crosswalk" in server.requests[0].user_agent


def test_strange_feeds_are_taken_and_what_is_strange_is_said(
    db: Database, settings: Settings, server: FeedServer
) -> None:
    moved = (301, b"", {"Location": "/new"})
    server.bodies |= {"/old": moved, "/new": posts(datetime(1970, 1, 1))}
    number = make(db, kind="feed", target=f"{server.address}/old")
    assert ask(db, settings, number).new == 1
    assert f"moved to {server.address}/new" in said(db, number)
    assert "date that cannot be" in said(db, number)
    server.bodies["/broken"] = posts(datetime.now(UTC))[:-30].replace(b"/1", b"/of-broken")
    number = make(db, kind="feed", target=f"{server.address}/broken")
    assert ask(db, settings, number).new == 1
    assert "no proper XML" in said(db, number)
    body = posts(datetime.now(UTC)).replace(b"/1", b"/of-typed")
    server.bodies["/typed"] = (200, body, {"Content-Type": "text/plain"})
    assert ask(db, settings, make(db, kind="feed", target=f"{server.address}/typed")).new == 1


def test_what_no_feed_is_at_is_said_and_not_asked_again_before_tomorrow(
    db: Database, settings: Settings, server: FeedServer
) -> None:
    other = FeedServer()
    server.bodies |= {
        "/page": b"<html><head><link type='application/rss+xml' href='/rss'></head></html>",
        "/away": (302, b"", {"Location": f"{other.address}/inside"}),
        "/files": (302, b"", {"Location": "file:///etc/passwd"}),
        "/round": (302, b"", {"Location": "/round"}),
        "/json": b'{"version": "https://jsonfeed.org/version/1"}',
    }
    with other:
        _ask_in_vain(db, settings, server)
    assert not other.requests


def _ask_in_vain(db: Database, settings: Settings, server: FeedServer) -> None:
    for path, what in (
        ("/page", f"Its feed is at {server.address}/rss"),
        ("/away", "into a private network"),
        ("/files", "into a private network"),
        ("/round", "in circles"),
        ("/json", "no Atom or RSS feed"),
        ("/nothing", "HTTP 404"),
    ):
        number = make(db, kind="feed", target=f"{server.address}{path}")
        with pytest.raises(CrosswalkError):
            ask(db, settings, number)
        assert what in said(db, number), path
        with db.read() as session:
            next_at = service.get_watch(session, number).watch.next_at
        assert next_at == MONDAY + timedelta(hours=23)


def test_a_server_that_asks_to_wait_is_waited_for_and_others_are_not(
    db: Database, settings: Settings, server: FeedServer
) -> None:
    server.bodies["/feed"] = posts(datetime.now(UTC))
    number = make(db, kind="feed", target=f"{server.address}/feed")
    server.mode, server.retry_after = "429", "7200"
    with pytest.raises(CrosswalkError):
        ask(db, settings, number)
    with db.read() as session:
        found = service.get_watch(session, number).watch
    assert found.next_at == MONDAY + timedelta(hours=1) or found.next_at == MONDAY + timedelta(
        seconds=http_politeness.LONGEST_WAIT
    )
    server.mode = "ok"
    asked = len(server.requests)
    with pytest.raises(CrosswalkError, match="asks to wait"):
        ask(db, settings, number)
    assert len(server.requests) == asked
    elsewhere = server.address.replace("127.0.0.1", "localhost")
    assert ask(db, settings, make(db, kind="feed", target=f"{elsewhere}/feed")).new == 1


@pytest.mark.parametrize(
    ("kind", "target", "what"),
    [
        ("categories", "", "Put in categories"),
        ("categories", "cs.CL; <b>", "no category of arXiv"),
        ("categories", " ".join(["cs.CL", *(f"a{chr(97 + n)}.CL" for n in range(20))]), "At most"),
        ("query", "", "Put in a query"),
        ("query", 'abs:("text', "not closed"),
        ("author", " - ", "an author's name"),
        ("feed", "", "begins with https"),
        ("feed", "ftp://x.example/feed", "begins with https"),
        ("feed", "https://user:secret@x.example/feed", "begins with https"),
        ("feed", "file:///etc/passwd", "begins with https"),
        ("feed", "http://", "begins with https"),
        ("feed", "https://[::1", "begins with https"),
        ("search", " ", "nothing in it"),
        ("query", "x" * 600, "characters"),
        ("query", "a\u0007b", "control character"),
    ],
)
def test_what_cannot_be_watched_is_said(kind: str, target: str, what: str) -> None:
    with pytest.raises(Invalid, match=what):
        check_watch(WatchInput.model_validate({"kind": kind, "target": target}))


def test_targets_are_written_one_way() -> None:
    for kind, typed, kept in (
        ("categories", "CS.cl,cond-mat.SOFT、hep-th + cs.CL", "cs.CL cond-mat.soft hep-th"),
        ("feed", "lab.example/feed", "https://lab.example/feed"),
        ("feed", "feed://lab.example/feed", "https://lab.example/feed"),
        ("author", ' "Yann  LeCun" ', "Yann LeCun"),
    ):
        found = check_watch(WatchInput.model_validate({"kind": kind, "target": typed}))
        assert (found.target, found.name) == (kept, kept)
