"""Papers ticked over two pages and tagged at once; a list judged by keys alone, where it stands."""

import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.sqlite


def test_twenty_papers_get_a_tag_and_lose_it_again(page: Page, site: str) -> None:
    page.goto(site + "/papers")
    page.locator(".row-tick input").first.check()
    bar = page.get_by_role("form", name="Ticked papers")
    bar.get_by_role("button", name="This page").click()
    expect(bar.get_by_role("status")).to_have_text("20 ticked")
    page.get_by_role("link", name="Next", exact=True).click()
    expect(bar.get_by_role("status")).to_have_text("20 ticked, 0 of them here")
    page.locator(".row-tick input").first.check()
    page.locator(".row-title a").first.click()
    page.go_back()
    expect(bar.get_by_role("status")).to_have_text("21 ticked, 1 of them here")
    expect(page.locator(".row-tick input").first).to_be_checked()

    page.keyboard.press("b")
    page.keyboard.press("t")
    page.keyboard.type("twenty")
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text("Changed: 21.")
    assert page.url.endswith("/papers?page=2")
    expect(page.locator(".row").first).to_contain_text("twenty")
    # The same ones once more: what one did oneself is not what another did meanwhile.
    expect(bar).to_be_visible()
    page.keyboard.press("b")
    page.keyboard.press("t")
    page.keyboard.type("again")
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text("Changed: 21.")
    expect(page.locator(".row").first).to_contain_text("again")
    page.keyboard.press("u")
    expect(page.locator("#messages")).to_contain_text("Taken back: 21.")
    expect(page.locator(".row").first).not_to_contain_text("again")

    bar.get_by_role("button", name=re.compile(r"^All \d+ that match")).click()
    expect(bar.get_by_role("status")).to_have_text(re.compile(r"^\d+ ticked, 20 of them here"))
    bar.get_by_role("button", name="None").click()
    expect(bar).to_be_hidden()


def test_rows_are_judged_and_filed_where_they_stand(page: Page, site: str) -> None:
    page.goto(site + "/papers?verdict=unread")
    for number in range(3):
        page.keyboard.press("j")
        page.keyboard.press("12"[number % 2])
        expect(page.locator("#triage [name=reason]")).to_be_focused()
        page.keyboard.type(f"因为 {number}")
        page.keyboard.press("Enter")
        expect(page.locator(".row").nth(number)).to_contain_text(f"因为 {number}")
        expect(page.locator(".row").nth(number).locator("[data-open]")).to_be_focused()
    page.keyboard.press("t")
    page.keyboard.type("gates")
    page.keyboard.press("Enter")
    expect(page.locator(".row").nth(2)).to_contain_text("gates")
    page.keyboard.press("m")
    page.locator("#triage select").select_option(index=1)
    page.locator("#triage").get_by_role("button", name="Add").click()
    expect(page.locator(".row").nth(2).locator(".technique")).not_to_have_count(0)
    page.keyboard.press("3")
    page.keyboard.press("Escape")
    expect(page.locator("#triage")).to_be_hidden()
    expect(page.locator(".row").nth(2).locator("[data-open]")).to_be_focused()
    # And in other lists.
    page.goto(site + "/search?q=gated")
    page.locator("[data-paper] [data-open]").first.focus()
    page.keyboard.press("2")
    expect(page.locator("#triage [name=reason]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text("Changed: 1.")


def test_names_of_tags_complete_in_a_row_and_in_the_bar(page: Page, site: str) -> None:
    page.goto(site + "/papers?sort=title")
    taken = page.locator("#completions [role=option]").first
    for ticks, opened, field in (("j", "t", "#triage"), ("jx", "bt", "#bulk")):
        for key in ticks:
            page.keyboard.press(key)
        if "x" in ticks:
            expect(page.locator("#bulk")).to_be_visible()
        for key in opened:
            page.keyboard.press(key)
        expect(page.locator(f"{field} [name=tags]")).to_be_focused()
        page.keyboard.type("robus")
        expect(taken).to_be_visible()
        expect(taken).to_have_text(re.compile("robustness"))
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        expect(page.locator(f"{field} [name=tags]")).to_have_value("robustness, ")
        page.keyboard.press("Enter")
        expect(page.locator("#messages")).to_contain_text("Changed: 1.")


def test_ten_papers_are_read_and_judged_in_the_order_of_their_list(page: Page, site: str) -> None:
    """A digit, a reason, Enter; J goes on, though what was judged is in the list no more."""
    page.goto(site + "/papers?verdict=unread&sort=title")
    titles = page.locator(".row-title").all_inner_texts()
    page.locator(".row-title a").first.click()
    for number in range(3):
        expect(page.get_by_role("heading", level=1)).to_have_text(titles[number])
        page.wait_for_load_state()  # and with it the keys
        page.keyboard.press("5")
        expect(page.get_by_label("Reason")).to_be_focused()
        page.keyboard.type("out of scope")
        page.keyboard.press("Control+Enter")
        expect(page.locator("#verdict .why").first).to_contain_text("out of scope")
        page.keyboard.press("Escape")
        page.keyboard.press("J")
    expect(page.get_by_role("heading", level=1)).to_have_text(titles[3])
    page.get_by_role("link", name="Back to the list").click()
    expect(page.locator(".row-title").first).to_have_text(titles[3])


def test_all_of_an_author_are_ticked_at_once(page: Page, site: str) -> None:
    for number in range(42):
        given = {"title": f"Thing {number:02}", "authors": ["Ada Byron"], "year": 2000 + number % 2}
        page.request.post(f"{site}/api/v1/papers", data=given)
    page.goto(f"{site}/authors?name=Ada+Byron")
    page.locator(".row-tick input").first.check()
    bar = page.get_by_role("form", name="Ticked papers")
    bar.get_by_role("button", name="All 42 that match").click()
    expect(bar.get_by_role("status")).to_have_text("42 ticked, 20 of them here")
    bar.get_by_role("button", name="None").click()
    # Those of the page's filter alone.
    page.locator("#facets a", has_text="2000").click()
    expect(page).to_have_url(re.compile("year=2000"))
    expect(page.locator("#results")).to_have_attribute("data-total", "21")
    page.locator(".row-tick input").first.check()
    bar.get_by_role("button", name="All 21 that match").click()
    expect(bar.get_by_role("status")).to_have_text("21 ticked, 20 of them here")
