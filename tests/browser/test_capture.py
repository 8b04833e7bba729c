"""A page of a paper, the bookmarklet pressed on it, a form, a paper."""

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_main_job import shot

pytestmark = pytest.mark.sqlite  # what is drawn does not depend on the database

ANTHOLOGY = """<!doctype html><html><head><meta charset="utf-8"><title>A page - Anthology</title>
<meta content="BRIDGE: Bridging Textual and Tabular Data" name="citation_title">
<meta name="citation_author" content="Lin, Xi Victoria">
<meta name="CITATION_AUTHOR" content="Socher, Richard">
<meta name="citation_author_institution" content="Salesforce">
<meta name="citation_publication_date" content="2020/11">
<meta name="citation_journal_title" content="Findings of EMNLP 2020">
<meta name="citation_firstpage" content="4870"><meta name="citation_lastpage" content="4888">
<meta name="citation_doi" content="10.18653/v1/2020.findings-emnlp.438">
<meta name="citation_reference" content="citation_title=Another; citation_author=Nobody">
</head><body><h1>BRIDGE</h1><p id="marked">Anchor texts are 对齐 with $cells$.</p></body></html>"""


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = ANTHOLOGY.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """The address of another site, with a page of a paper."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_bookmarklet_fills_the_form_from_a_page(page: Page, site: str, elsewhere: str) -> None:
    page.goto(f"{site}/papers/new")
    page.get_by_text("From any page of the web, with a bookmarklet").click()
    link = page.get_by_role("link", name="Add to Crosswalk")
    code = link.get_attribute("href") or ""
    assert code.startswith("javascript:")
    expect(page.get_by_text("It does its work on other pages")).to_be_hidden()
    link.click()
    expect(page.get_by_text("It does its work on other pages")).to_be_visible()
    shot(page, "bookmarklet")

    page.goto(f"{elsewhere}/2020.findings-emnlp.438/?utm_source=x#top")
    page.evaluate("getSelection().selectAllChildren(document.getElementById('marked'))")
    with page.context.expect_page() as opened:
        page.evaluate(unquote(code.removeprefix("javascript:")))
    form = opened.value
    form.set_default_timeout(10_000)
    expect(form.get_by_label("Title", exact=True)).to_have_value(
        "BRIDGE: Bridging Textual and Tabular Data"
    )
    expect(form.locator("#field-authors")).to_have_value("Lin, Xi Victoria\nSocher, Richard")
    expect(form.get_by_label("DOI", exact=False).last).to_have_value(
        "10.18653/v1/2020.findings-emnlp.438"
    )
    expect(form.get_by_label("arXiv id, DOI or address")).to_have_value(
        "10.18653/v1/2020.findings-emnlp.438"
    )
    expect(form.get_by_label("Note", exact=False).first).to_have_value(
        re.compile("“Anchor texts are 对齐")
    )
    shot(form, "captured")
    form.get_by_role("button", name="Save", exact=True).click()
    expect(form.locator("h1")).to_contain_text("BRIDGE")
    expect(form.get_by_text("Anchor texts are 对齐")).to_be_visible()
    expect(form.locator("[data-quote-it]")).to_be_hidden()
    shot(form, "captured-saved")

    # Pressed again, the page leads to what is held.
    page.goto(f"{elsewhere}/2020.findings-emnlp.438/")
    with page.context.expect_page() as opened:
        page.evaluate(unquote(code.removeprefix("javascript:")))
    expect(opened.value.get_by_text("The library holds this paper already:")).to_be_visible()
    shot(opened.value, "captured-held")


def test_the_bookmarklet_on_a_telephone_and_in_chinese(page: Page, site: str) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(f"{site}/settings")
    page.get_by_role("button", name="简体中文").first.click()
    page.goto(f"{site}/settings#bookmarklet")
    expect(page.get_by_role("link", name="添加到 Crosswalk")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator("#bookmarklet").scroll_into_view_if_needed()
    shot(page, "bookmarklet-zh-360")
    page.goto(
        f"{site}/papers/new?url=https%3A%2F%2Fexample.org%2F&page_title=%E9%97%A8&quote=%E5%AF%B9"
    )
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shot(page, "captured-zh-360")
