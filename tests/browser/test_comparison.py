"""The comparison by keyboard alone: move, open, claim, rule, fold, go back."""

import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.sqlite  # what is drawn does not depend on the database

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
    assert focused(page) == f"{TABLE}/contrastive/unseen-data"
    page.keyboard.press("ArrowUp")
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
    drawer.get_by_label("Paper, note or figures").first.fill("nobody2020")
    drawer.get_by_role("button", name="Add the claim").press("Enter")
    expect(drawer.get_by_text("No paper has the citation key nobody2020")).to_be_visible()
    expect(drawer.get_by_label("Rationale")).to_have_value("A gate weighs what is there.")
    drawer.get_by_label("Paper, note or figures").first.fill("kim2021vilt")
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
    expect(drawer.locator(".claim").get_by_text("A gate weighs what is there.")).to_be_visible()
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


def test_a_table_is_read_otherwise_without_losing_the_place(page: Page, site: str) -> None:
    page.goto(site + TABLE)
    page.locator("#fusion th a[href='/techniques/fusion']").focus()
    page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(f"{site}{TABLE}?fold=fusion")
    expect(page.locator("#gated-fusion")).to_have_count(0)
    assert focused(page) == "/techniques/fusion"
    scroll = "document.getElementById('x-scroll').scrollTop"
    page.evaluate(f"{scroll} = 120")
    page.evaluate("document.getElementById('fold-memory-knowledge').click()")
    expect(page.locator("#memory-knowledge .sum").first).to_be_visible()
    assert page.evaluate(scroll) == 120
    page.go_back()
    expect(page.locator("#memory-knowledge .sum")).to_have_count(0)
    page.keyboard.press("t")
    expect(page).to_have_url(re.compile(r"transpose=1"))
    expect(page.locator("#db-structure .sum").first).to_be_visible()
    page.go_back()
    expect(page.locator("#fusion .sum").first).to_be_visible()

    page.keyboard.press("f")
    box = page.locator("#x-form input[value=fails]")
    box.focus()
    page.keyboard.press("Space")
    expect(page).to_have_url(re.compile(r"stance=fails"))
    expect(page.locator("#x tbody td a:not(.fails)")).to_have_count(0)
    expect(box).to_be_focused()
    expect(box).to_be_checked()

    cell = page.locator("#x tbody td a:not(.sum)").first
    address = cell.get_attribute("href") or ""
    cell.click()
    expect(page).to_have_url(re.compile(re.escape(address) + r"\?.*stance=fails"))
    expect(page.locator("#drawer h2").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile(r"\?.*stance=fails"))
    expect(cell).to_be_focused()
    chip = page.locator(".filters-on .chip", has_text="Does not address it")
    chip.click()
    expect(chip).to_have_count(0)
    expect(page).to_have_url(f"{site}{TABLE}?fold=fusion")
    page.locator("#fusion .sum").first.click()
    expect(page.locator("#gated-fusion")).to_be_visible()
    expect(page).to_have_url(site + TABLE)


def test_a_save_changes_the_sum_that_stands_for_its_cell(page: Page, site: str) -> None:
    page.goto(f"{site}{TABLE}?fold=domain-knowledge")
    before = page.locator("[id='s-gated-fusion/domain-knowledge']")
    told = before.locator("u")
    expect(told).to_have_attribute("data-number", "0/5")
    page.locator(f"#x a[href='{TABLE}/gated-fusion/commonsense']").click()
    drawer = page.locator("#drawer")
    expect(drawer.get_by_role("heading", level=2)).to_be_visible()
    page.evaluate(f"history.replaceState(null, '', '{BLANK}?fold=domain-knowledge')")
    page.evaluate(f"htmx.ajax('GET', '{BLANK}', {{target: '#drawer', swap: 'innerHTML'}})")
    expect(drawer.get_by_role("heading", level=2)).to_contain_text("T4")
    drawer.locator("input[name=stance]").nth(6).check()
    drawer.get_by_label("Rationale").fill("A gate weighs what is there.")
    drawer.get_by_role("button", name="Add the claim").click()
    expect(told).to_have_attribute("data-number", "1/5")
    expect(before.locator("a")).to_have_accessible_name(
        re.compile("^Gated fusion × Domain knowledge: Sum")
    )
