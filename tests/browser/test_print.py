"""The comparison on paper: one landscape page, in both languages, with a cell open or not."""

import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.sqlite  # what is drawn does not depend on the database

TABLE = "/comparisons/vqa-text-to-sql"


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("query", ["", "?rows=examined"])
def test_it_prints_on_one_landscape_page(page: Page, site: str, language: str, query: str) -> None:
    page.context.add_cookies([{"name": "language", "value": language, "url": site}])
    page.goto(site + TABLE + query)
    page.locator("#x tbody td a[class]").first.click()
    expect(page.locator("#drawer")).to_be_visible()
    paper = page.pdf(prefer_css_page_size=True)
    sizes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", paper)
    assert len(re.findall(rb"/Type /Page\b", paper)) == len(sizes) == 1
    assert [round(float(side) / 72 * 25.4) for side in sizes[0]] == [297, 210]
