"""From a word to its page: an author's other papers, two names joined, two tags merged."""

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.sqlite


def test_an_authors_other_papers_are_one_click_away(page: Page, site: str) -> None:
    page.goto(f"{site}/papers?q=Graphix")
    page.get_by_role("link", name="Hui", exact=True).first.click()
    expect(page.get_by_role("heading", name="Binyuan Hui")).to_be_visible()
    assert page.locator(".rows > .row").count() > 2
    # Another name of the same author, and back.
    page.get_by_text("Join another name").click()
    page.get_by_label("Name", exact=True).fill("Bowen Qin")
    page.get_by_label("Name", exact=True).press("Enter")
    expect(page.get_by_text("Bowen Qin is one author with Binyuan Hui now.")).to_be_visible()
    expect(page.get_by_role("button", name="Part Bowen Qin")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Bowen Qin is an author of its own again.")).to_be_visible()
    # A tag that is called as another one is merged into it only when that is said.
    page.goto(f"{site}/tags")
    page.get_by_role("link", name="benchmark", exact=True).click()
    page.get_by_text("Rename, merge or delete").click()
    page.get_by_label("Name", exact=True).fill("robustness")
    page.get_by_role("button", name="Rename").click()
    expect(page.get_by_text("There is a tag “robustness” already")).to_be_visible()
    page.get_by_role("button", name="Merge").click()
    expect(page.get_by_role("heading", name="robustness", exact=True)).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name="benchmark", exact=True)).to_be_visible()
