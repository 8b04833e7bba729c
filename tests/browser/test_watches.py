"""A watch is made, what it brings waits in the queue, and leads to the cell that it may touch."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.feed_server import Announced, FeedServer

TITLE = "Gated fusion of schema and question for unseen databases in Text-to-SQL"
ABSTRACT = (
    "Text-to-SQL parsers fail on unseen databases. We fuse schema and question by gated fusion, "
    "and the gain on Spider-DK, which needs domain knowledge, is four points."
)


@pytest.fixture
def arxiv() -> Iterator[FeedServer]:
    now = datetime.now(UTC) - timedelta(hours=2)
    with FeedServer(submitted=[Announced("2611.00101", TITLE, ABSTRACT, submitted=now)]) as server:
        yield server


def test_from_a_watch_to_a_cell(page: Page, site: str) -> None:
    page.goto(f"{site}/")
    page.keyboard.press("g")
    page.keyboard.press("w")
    page.wait_for_url(f"{site}/watches")
    page.keyboard.press("n")
    page.wait_for_url(f"{site}/watches/new")
    page.get_by_label("arXiv query").check()
    page.get_by_label("What to look for").fill("abs:text-to-sql")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview")).to_contain_text(TITLE)
    expect(page.get_by_label("What to look for")).to_have_value("abs:text-to-sql")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url(re.compile(r"/watches/\d+$"))
    page.get_by_role("switch").click()
    expect(page.get_by_role("switch")).to_be_checked()
    page.get_by_role("button", name="Ask now").click()
    expect(page.get_by_role("heading", name=TITLE)).to_be_visible()
    page.get_by_role("link", name="Judge them in the queue").click()
    page.wait_for_url(re.compile(r"/queue\?q=watch"))
    expect(page.locator("#queue-title")).to_have_text(TITLE)
    cell = page.locator(".queue-paper a[href^='/comparisons/']").first
    address = cell.get_attribute("href")
    page.keyboard.press("c")
    page.wait_for_url(f"{site}{address}")
    expect(page.locator("main")).to_contain_text("Gated fusion")
