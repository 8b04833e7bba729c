"""The comparison by keyboard alone: move, open, claim, rule, fold, go back."""

import re

from playwright.sync_api import Page, expect

TABLE = "/comparisons/vqa-text-to-sql"
BLANK = f"{TABLE}/gated-fusion/dk-t4"


def focused(page: Page) -> str:
    address: str = page.evaluate("document.activeElement.getAttribute('href')")
    return address


def test_the_table_by_keyboard(page: Page, site: str) -> None:
    page.goto(site + TABLE)
    first = page.locator("#x tbody td a").first
    first.focus()
    expect(page.locator("#x [tabindex='0']")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    assert focused(page) == f"{TABLE}/schema-verbalisation/commonsense"
    page.keyboard.press("End")
    assert focused(page).startswith(f"{TABLE}/schema-verbalisation/")
    page.keyboard.press("Control+Home")
    assert focused(page) == "/techniques/unimodal-encoding"
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#schema-verbalisation")).to_be_hidden()
    page.keyboard.press("ArrowDown")
    assert focused(page) == "/techniques/alignment-objective", "what is folded is stepped over"
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#schema-verbalisation")).to_be_visible()


def test_a_cell_is_filled_beside_the_table(page: Page, site: str) -> None:
    page.goto(site + TABLE)
    size = page.locator("#x-size").inner_text()
    cell = page.locator(f"#x a[href='{BLANK}']")
    cell.focus()
    page.keyboard.press("Enter")
    drawer = page.locator("#drawer")
    expect(drawer.get_by_role("heading", level=2)).to_contain_text("Gated fusion")
    expect(page).to_have_url(site + BLANK)
    expect(page.locator("#x")).to_be_visible()
    expect(drawer.locator("input[name=stance]").nth(6)).to_be_focused()  # the form is open
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type("A gate weighs what is there.")
    drawer.get_by_label("Paper or note").first.fill("nobody2020")
    drawer.get_by_role("button", name="Add the claim").press("Enter")
    expect(drawer.get_by_text("No paper has the citation key nobody2020")).to_be_visible()
    expect(drawer.get_by_label("Rationale")).to_have_value("A gate weighs what is there.")
    drawer.get_by_label("Paper or note").first.fill("kim2021vilt")
    page.keyboard.press("Enter")
    expect(drawer.get_by_text("Claim added.")).to_be_visible()
    expect(cell).to_have_class("yes")
    assert page.locator("#x-size").inner_text() != size
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(page).to_have_url(site + TABLE)
    expect(cell).to_be_focused()

    # The browser's own steps lead through the same.
    page.go_back()
    expect(drawer.get_by_text("A gate weighs what is there.")).to_be_visible()
    page.go_back()
    expect(drawer).to_be_hidden()
    page.go_forward()
    expect(drawer.locator(".claim")).to_have_count(1)
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Gated fusion")
    page.go_back()
    expect(page.locator("#x")).to_be_visible()


def test_columns_fold_under_their_group(page: Page, site: str) -> None:
    page.goto(site + TABLE)
    below = page.locator("#x thead a[href='/issues/dk-t1']")
    expect(below).to_be_visible()
    page.get_by_role("button", name=re.compile("Fold Domain knowledge")).click()
    expect(below).to_be_hidden()
    expect(page.locator(f"#x a[href='{BLANK}']")).to_be_hidden()
    expect(page.locator("#f-dk-t4")).to_be_hidden()
