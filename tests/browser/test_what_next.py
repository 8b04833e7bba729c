"""What next, by the keyboard: an issue chosen, starred, a sentence opened where it stands."""

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.sqlite

NEXT = "comparisons/vqa-text-to-sql/next"


def test_an_issue_is_starred_and_its_papers_rise(site: str, page: Page) -> None:
    page.goto(f"{site}/{NEXT}")
    rows = page.locator("#first-title ~ ol > li")
    before = rows.locator(".row-title").all_text_contents()
    page.keyboard.press("f")
    page.get_by_label("Issue").select_option("compositional-generalization")
    expect(page.locator("#compositional-generalization")).to_be_visible()
    expect(page).to_have_url(f"{site}/{NEXT}?issue=compositional-generalization&technique=")
    best = rows.first.locator(".row-title").inner_text()
    assert best not in before, "without a star it is not among the first"
    page.locator("#compositional-generalization h2 a").click()
    page.wait_for_url("**/issues/compositional-generalization")
    page.keyboard.press("*")
    expect(page.get_by_text("Starred: what speaks of it is read first.")).to_be_visible()
    page.goto(f"{site}/{NEXT}")
    expect(rows.filter(has_text="a starred issue").first).to_be_visible()
    after = rows.locator(".row-title").all_text_contents()
    assert best in after
    sentence = rows.locator(".next-sentence a").first
    said = sentence.inner_text()
    sentence.click()
    page.wait_for_url("**/notes/*")
    expect(page.locator("main")).to_contain_text(said.split("…")[0][:30])
    page.go_back()
    rows.get_by_role("link", name="Open the cell").first.click()
    expect(page.get_by_text("What to read next for this cell")).to_be_visible()
