"""Feeds of arXiv and of others, well-formed and not."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.sources.drafts import PaperDraft
from app.sources.feeds.entries import is_withdrawn, read_feed, split_authors
from app.sources.feeds.errors import FeedBroken, FeedMissing, FeedOnPage

SITE = "https://lab.example/feed.xml"


def rss(*items: str) -> bytes:
    return (
        "<?xml version='1.0'?><rss version='2.0' "
        "xmlns:prism='http://prismstandard.org/namespaces/basic/2.0/' "
        "xmlns:dc='http://purl.org/dc/elements/1.1/'><channel><title>Lab</title>"
        f"{''.join(items)}</channel></rss>"
    ).encode()


def test_arxivs_rss_and_atom(shared_dir: Path) -> None:
    folder = shared_dir / "data/feeds/arxiv-rss"
    feed = read_feed((folder / "cs.CL-2025-09-18.made.rss.xml").read_bytes(), SITE)
    assert feed.dated == datetime(2025, 9, 18, 4, tzinfo=UTC)
    assert [each.announced for each in feed.entries].count("new") == 8
    assert [each.announced for each in feed.entries].count("cross") == 3
    by_id = {each.draft.arxiv_id: each for each in feed.entries}
    replaced = by_id["1803.07771"]
    assert (replaced.announced, replaced.draft.arxiv_version) == ("replace", 2)
    assert "$" in replaced.draft.title
    assert "<" in by_id["1906.07307"].draft.abstract
    old = by_id["cs/0003084"].draft
    assert (old.published, old.doi) == ("2000-03", "10.1098/rsta.2000.0587")
    assert len(by_id["1805.02262"].draft.authors) > 20
    assert by_id["1703.05320"].draft.abstract.startswith("This paper presents")
    (atom,) = read_feed((folder / "math.OC-2024.documented.atom.xml").read_bytes(), SITE).entries
    assert (atom.draft.arxiv_id, atom.draft.arxiv_version) == ("2203.01250", 3)
    assert atom.draft.authors == ("Antonin Monteil", "Paul Pegon")
    weekend = read_feed((folder / "cs.CL-weekend.made.rss.xml").read_bytes(), SITE)
    assert (weekend.entries, weekend.dated and weekend.dated.day) == ([], 20)
    assert read_feed((folder / "cs.AI-2025-09-18.cut.xml").read_bytes(), SITE).is_broken


def test_a_blogs_feed_has_links_a_journals_papers() -> None:
    feed = read_feed(
        rss(
            "<item><title>On &lt;b&gt;gates&lt;/b&gt; &amp;amp; trees</title>"
            "<link>/posts/1?utm_source=rss</link>"
            "<description>&lt;p&gt;One.&lt;/p&gt;&lt;script&gt;x()&lt;/script&gt;"
            "&lt;p&gt;Two &amp;lt; three.&lt;/p&gt;</description>"
            "<dc:creator>Ada Lovelace</dc:creator>"
            "<pubDate>Mon, 23 Nov 2026 10:00:00 GMT</pubDate></item>",
            "<item><title>A paper</title><link>https://doi.org/10.1145/3292500.3330701</link></item>",
            "<item><title>Another</title><link>https://j.example/2</link>"
            "<prism:doi>10.1000/xyz</prism:doi></item>",
            "<item><title>A preprint</title><link>https://arxiv.org/abs/2208.10442v2</link></item>",
            "<item><link>https://j.example/nameless</link></item>",
        ),
        SITE,
    )
    post, paper, other, preprint = (each.draft for each in feed.entries)
    assert (post.kind, post.title) == ("link", "On gates & trees")
    assert post.url == "https://lab.example/posts/1"
    assert post.abstract == "One.\n\nTwo < three."
    assert (post.authors, post.published) == (("Ada Lovelace",), "2026-11-23")
    assert (paper.kind, paper.doi) == ("paper", "10.1145/3292500.3330701")
    assert other.doi == "10.1000/xyz"
    assert (preprint.arxiv_id, preprint.arxiv_version) == ("2208.10442", 2)
    assert "without a title, left out: 1" in str(feed.remarks[0])


def test_entries_from_1970_are_taken_without_a_date() -> None:
    old = "<item><title>T{n}</title><link>/{n}</link><pubDate>{day}</pubDate></item>"
    feed = read_feed(
        rss(
            old.format(n=1, day="Thu, 01 Jan 1970 00:00:00 GMT"),
            old.format(n=2, day="yesterday"),
            old.format(n=3, day="Mon, 23 Nov 2026 10:00:00 GMT"),
        ),
        SITE,
    )
    assert [each.dated is None for each in feed.entries] == [True, True, False]
    assert feed.entries[0].draft.published == ""
    assert "date that cannot be, taken as new: 2" in str(feed.remarks[0])


@pytest.mark.parametrize("data", [b"", b"hello", b'{"a": 1}', b"%PDF-1.7 \x00\xff", b"<svg/>"])
def test_what_is_no_feed_is_said(data: bytes) -> None:
    with pytest.raises((FeedMissing, FeedBroken)):
        read_feed(data, SITE)


def test_a_web_page_says_where_its_feed_is() -> None:
    page = (
        b"<!DOCTYPE html><html><head><link rel=alternate href='/atom.xml?a&amp;b' "
        b"type='application/atom+xml'></head><body>Hi</body></html>"
    )
    with pytest.raises(FeedOnPage, match=r"https://lab\.example/atom\.xml\?a&b"):
        read_feed(page, "https://lab.example/")
    with pytest.raises(FeedMissing):
        read_feed(b"<html><body>Hi</body></html>", SITE)


def test_entities_do_not_expand_without_end() -> None:
    bomb = (
        b"<?xml version='1.0'?><!DOCTYPE r [<!ENTITY a 'aaaaaaaaaa'>"
        + b"".join(b"<!ENTITY %c '%s'>" % (98 + n, b"&%c;" % (97 + n) * 20) for n in range(12))
        + b"]><rss version='2.0'><channel><item><title>&m;</title></item></channel></rss>"
    )
    try:
        found = read_feed(bomb, SITE).entries
    except (FeedMissing, FeedBroken):
        return
    assert all(len(each.draft.title) <= 500 for each in found)


def test_what_says_that_it_is_withdrawn() -> None:
    for text in (
        "This paper has been withdrawn by the author due to a crucial error.",
        "Withdrawn",
        "The article was withdrawn",
        "arXiv admin note: This submission has been withdrawn by arXiv administrators",
    ):
        assert is_withdrawn(PaperDraft(title="T", comment=text)), text
    for text in ("We study withdrawal symptoms.", "12 pages; the old version was withdrawn"):
        assert not is_withdrawn(PaperDraft(title="T", comment=text)), text


def test_authors_in_one_text() -> None:
    assert split_authors("Ada Lovelace, John Smith, Jr., 张三, :") == [
        "Ada Lovelace",
        "John Smith Jr.",
        "张三",
    ]


@settings(max_examples=25)
@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=80))
def test_any_text_in_a_feed_is_read(title: str, link: str, body: str) -> None:
    from xml.sax.saxutils import escape

    item = f"<title>{escape(title)}</title><link>{escape(link)}</link>"
    try:
        feed = read_feed(rss(f"<item>{item}<description>{escape(body)}</description></item>"), SITE)
    except (FeedMissing, FeedBroken):
        return
    for each in feed.entries:
        assert each.draft.title
        assert each.draft.url.startswith("http") or not each.draft.url
