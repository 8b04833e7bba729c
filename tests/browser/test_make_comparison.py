"""A comparison made by keyboard alone: fields, a filter, a branch, a new issue, the order, saving;
and what a pointer can do besides."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.sqlite  # what is drawn does not depend on the database


def order(page: Page, axis: str) -> Locator:
    return page.locator(f"#{axis}_order .x-name")


def focused(page: Page) -> str:
    name: str = page.evaluate("document.activeElement.id")
    return name


def tab_to(page: Page, name: str, key: str = "Tab") -> None:
    """Tab on, or back, until the element with this id has the focus."""
    for _ in range(250):
        if focused(page) == name:
            return
        page.keyboard.press(key)
    raise AssertionError(f"no way to {name} by keyboard")


def test_a_comparison_by_keyboard_alone(page: Page, site: str) -> None:
    page.goto(f"{site}/comparisons")
    page.keyboard.press("n")
    page.wait_for_url("**/comparisons/new")
    expect(page.locator("#field-title_en")).to_be_focused()
    page.keyboard.type("Fusion for SQL")
    tab_to(page, "field-target_field")
    page.keyboard.type("Text-to-SQL")
    expect(page.locator("#column_tree details").first).to_contain_text("Text-to-SQL")

    # A filter in the other language; Enter in it saves nothing.
    tab_to(page, "filter_row")
    page.keyboard.type("融合")
    expect(page.locator("#row-mlm")).to_be_hidden()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site}/comparisons/new")

    # One by one, and a branch with everything below it.
    tab_to(page, "row-gated-fusion")
    page.keyboard.press("Space")
    expect(order(page, "row")).to_have_text(["Gated fusion"])
    tab_to(page, "row-below-fusion", "Shift+Tab")
    page.keyboard.press("Enter")
    expect(order(page, "row").first).to_have_text("Modality fusion")
    rows = order(page, "row").all_inner_texts()
    assert len(rows) > 4
    expect(page.locator("#row-below-fusion")).to_be_focused()

    # The order among siblings, by button and by Alt with an arrow; the focus goes along.
    tab_to(page, "row-down-concat-single-stream")
    page.keyboard.press("Enter")
    expect(order(page, "row").nth(1)).not_to_have_text(rows[1])
    expect(page.locator("#row-down-concat-single-stream")).to_be_focused()
    page.keyboard.press("Alt+ArrowUp")
    expect(order(page, "row")).to_have_text(rows)
    expect(page.locator("#row-up-concat-single-stream")).to_be_focused()
    page.keyboard.press("Alt+ArrowDown")
    expect(order(page, "row").nth(1)).not_to_have_text(rows[1])
    moved = order(page, "row").all_inner_texts()

    # An issue that the vocabulary lacks; nothing typed is lost.
    tab_to(page, "column-commonsense")
    page.keyboard.press("Space")
    expect(order(page, "column")).to_have_text(["Commonsense"])
    tab_to(page, "add_column")
    page.keyboard.press("Enter")
    tab_to(page, "field-new_column_en")
    page.keyboard.type("Many turns")
    page.keyboard.press("Enter")
    expect(order(page, "column")).to_have_text(["Commonsense", "Many turns"])
    expect(page.locator("#field-title_en")).to_have_value("Fusion for SQL")

    tab_to(page, "field-title_en", "Shift+Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/comparisons/fusion-for-sql")
    heads = page.locator("#x tbody th a[href^='/techniques/']")
    expect(heads).to_have_count(len(moved))
    for head, name in zip(heads.all_inner_texts(), moved, strict=True):
        assert head.startswith(name)
    expect(page.locator("#x thead a[href='/issues/many-turns']")).to_be_visible()


def test_a_row_is_dragged_among_its_siblings(page: Page, site: str) -> None:
    page.goto(f"{site}/comparisons/vqa-text-to-sql/edit")
    before = order(page, "column").all_inner_texts()
    lines = page.locator("#column_order li")
    lines.nth(2).drag_to(lines.nth(0), target_position={"x": 60, "y": 2})
    expect(order(page, "column").first).to_have_text(before[2])
    expect(page.locator("#column_order .is-dragged")).to_have_count(0)
    page.get_by_role("button", name="Save").last.click()
    page.wait_for_url(re.compile("/vqa-text-to-sql$"))
    expect(page.locator("#x thead th[scope=col] a").first).to_contain_text(before[2])


def test_the_list_fits_a_telephone_and_leads_side_by_side(page: Page, site: str) -> None:
    page.set_viewport_size({"width": 360, "height": 720})
    page.goto(f"{site}/comparisons/new?copy=vqa-text-to-sql")
    page.get_by_role("button", name="Save").last.click()
    page.wait_for_url("**/comparisons/copy-of-*")
    page.goto(f"{site}/comparisons")
    for tick in page.get_by_label("lay beside").all():
        tick.check()
    page.get_by_role("button", name="Lay the ticked ones side by side").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Side by side")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
