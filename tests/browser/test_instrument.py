"""The comparison as an instrument: made from nothing, filled by keyboard, resting on a marked
passage that goes stale, read as of before, taken back."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_main_job import shot
from tests.browser.test_make_comparison import tab_to

pytestmark = pytest.mark.sqlite  # what is drawn does not depend on the database

TABLE = "/comparisons/gates-for-sql"
CELL = f"{TABLE}/gated-fusion/commonsense"
PASSAGE = "The gate is computed from both sides."


def make_comparison(page: Page, site: str) -> None:
    page.goto(f"{site}/comparisons/new")
    page.keyboard.type("Gates for SQL")
    for term in ("row-gated-fusion", "row-cross-attention", "column-commonsense", "column-dk-t4"):
        tab_to(page, term)
        page.keyboard.press("Space")
        expect(page.locator(f"#{term}")).to_be_checked()
    tab_to(page, "field-title_en", "Shift+Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{TABLE}")


def fill_cells(page: Page) -> None:
    """Two cells from the grid, by keys alone."""
    page.locator(f"#x a[href^='{CELL}']").focus()
    for stance, rationale in (("fails", "A gate knows no birthdays."), ("unclear", "Not tried.")):
        page.keyboard.press("+")
        expect(page.locator("#drawer [name=stance]:focus")).to_have_count(1)
        # From the first stance of the claim's form to the wanted one.
        while page.evaluate("document.activeElement.value") != stance:
            page.keyboard.press("ArrowDown")
        page.keyboard.press("Tab")
        page.keyboard.type(rationale)
        page.keyboard.press("Control+Enter")
        expect(page.locator("#drawer").get_by_text("Claim added.")).to_be_visible()
        expect(page.locator("#drawer .claim").get_by_text(rationale)).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator("#drawer")).to_be_hidden()
        page.keyboard.press("ArrowRight")


def write_note(page: Page, site: str) -> str:
    page.goto(f"{site}/notes/new")
    page.get_by_label("Title").fill("What a gate sees")
    page.locator("[name=body]").fill(f"Before all else: **{PASSAGE}** After that, nothing.")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/notes/\d+$"))
    return page.url


def mark(page: Page, selector: str) -> None:
    page.evaluate(
        "(selector) => getSelection().selectAllChildren(document.querySelector(selector))",
        selector,
    )


def test_the_story_of_a_comparison(page: Page, site: str) -> None:
    make_comparison(page, site)
    fill_cells(page)
    expect(page.locator(f"#x a[href^='{CELL}']")).to_have_class(re.compile("fails"))
    shot(page, "instrument-filled")

    # A passage is marked in a note and becomes evidence for the claim that is there.
    note = write_note(page, site)
    mark(page, "[data-quotable] strong")
    page.get_by_role("link", name="Use as evidence for …").click()
    page.get_by_label("Technique").select_option(label="Gated fusion")
    page.get_by_label("Issue").select_option("commonsense")
    expect(page.get_by_label("Quotation")).to_have_value(PASSAGE)
    page.get_by_role("button", name="To the cell").click()
    page.get_by_role("link", name="Quote it for this claim").click()
    expect(page.get_by_label("Quotation").first).to_have_value(PASSAGE)
    page.get_by_label("Why this change").fill("Read the gate's equation.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("blockquote").get_by_text(PASSAGE)).to_be_visible()
    expect(page.locator(".concern")).to_have_count(0)
    cell = page.url

    # The note changes: the claim says so, and so does its cell in the table.
    page.goto(f"{note}/edit")
    page.locator("[name=body]").fill("Before all else: the gate is computed from one side only.")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(note)
    page.goto(cell)
    expect(page.get_by_text("The note says it otherwise now.")).to_be_visible()
    expect(page.get_by_text("the gate is computed from one side only").last).to_be_visible()
    shot(page, "instrument-stale")
    page.goto(f"{site}{TABLE}?stale=1")
    expect(page.locator(f"#x a[href^='{CELL}']")).to_have_accessible_name(
        re.compile("to be looked at again")
    )

    # The comparison before that claim, and the cell as it was.
    page.goto(cell)
    page.locator("#history > summary").click()
    page.get_by_role("link", name="The comparison before it").last.click()
    expect(page.locator("#x a[href*='/gated-fusion/commonsense']")).to_have_text("+")
    shot(page, "instrument-before")

    # One click takes the last change back; the claim stands without the quotation again.
    page.goto(cell)
    page.get_by_role("button", name="Undo the last change").click()
    expect(page.get_by_text("Undone.")).to_be_visible()
    expect(page.locator("blockquote").get_by_text(PASSAGE)).to_have_count(0)
    expect(page.get_by_text("A gate knows no birthdays.").first).to_be_visible()
    expect(page.locator(".concern")).to_have_count(0)
