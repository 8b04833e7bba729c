"""A hypothesis from a blank of the table to the ledger, by keyboard alone."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SHOTS

pytestmark = pytest.mark.sqlite

TABLE = "/comparisons/vqa-text-to-sql"
BLANK = f"{TABLE}/itm/dk-t2"
WHY = "One encoder reads the question and the item, and says whether they belong together."


def tab_to(page: Page, selector: str) -> None:
    for _ in range(80):
        if page.evaluate(f"document.activeElement.matches({selector!r})"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} cannot be reached by Tab")


def test_made_in_a_blank_contradicted_tried_and_kept(page: Page, site: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(site + TABLE)
    page.locator(f"#x td a[href='{BLANK}']").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#drawer h2").first).to_contain_text("T2")
    page.keyboard.press("h")
    expect(page.locator("#field-mechanism")).to_be_focused()
    expect(page.locator("#field-technique")).to_have_value("itm")
    page.keyboard.type(WHY)
    page.reload()  # a draft is kept
    page.locator("[data-take]").press("Enter")
    expect(page.locator("#field-mechanism")).to_have_value(WHY)
    page.locator("#field-mechanism").press("Control+Enter")
    expect(page.locator("h1")).to_contain_text("→")
    page.wait_for_load_state()  # and with it the keys

    page.keyboard.press("Escape")
    page.keyboard.press("p")
    tab_to(page, "[name=precondition_state]:checked")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    tab_to(page, "#field-speaker")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".notice.warning")).to_contain_text("Its precondition is contradicted")
    page.screenshot(path=SHOTS / "hypothesis.png", full_page=True)

    tab_to(page, "[name=state]:checked")
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    expect(page.locator("[name=state][value=failed]")).to_be_checked()
    tab_to(page, "#field-result")
    page.keyboard.type("2 of 65 more: chance.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#result-title + p a")).to_contain_text("claim")
    page.locator("#result-title + p a").press("Enter")
    expect(page.locator(".claim:target")).to_contain_text("2 of 65 more: chance.")
    page.goto(site + "/hypotheses")
    expect(page.locator("#ledger .h-list")).to_contain_text("2 of 65 more: chance.")
