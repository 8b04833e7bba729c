"""Links and fields go on by a list: by keyboard, in Chinese, without a server."""

import re

from playwright.sync_api import Page, expect

from tests.browser.test_main_job import shot


def test_a_link_is_completed_where_it_is_written(page: Page, site: str) -> None:
    page.goto(f"{site}/notes/new")
    text, choices = page.locator("#field-body"), page.locator("#completions")
    text.focus()
    page.keyboard.type("As in [[vil")
    expect(choices.get_by_role("option").first).to_contain_text("ViLT")
    assert text.get_attribute("aria-activedescendant") == "completion-1"
    page.keyboard.press("Enter")
    expect(text).to_have_value("As in [[kim2021vilt]]")
    page.keyboard.press("Control+z")
    expect(text).to_have_value("As in [[vil")

    # Escape puts the list away and leaves the text and the caret where they are.
    page.keyboard.press("End")
    page.keyboard.type("t")
    expect(choices).to_be_visible()
    page.keyboard.press("Escape")
    expect(choices).to_be_hidden()
    expect(text).to_be_focused()

    # An input method: its letters are not asked for, its Enter is its own, its brackets count.
    text.fill("")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.keyboard.insert_text("见【【")
    client = page.context.new_cdp_session(page)
    for letters in ("m", "men", "men kong"):
        composing = {"text": letters, "selectionStart": len(letters), "selectionEnd": len(letters)}
        client.send("Input.imeSetComposition", composing)
    page.wait_for_timeout(300)
    assert not [url for url in asked if "q=m" in url]
    client.send("Input.insertText", {"text": "门控"})
    expect(choices.get_by_role("option").first).to_contain_text("门控融合")
    shot(page, "completion-chinese")
    page.keyboard.press("Tab")
    expect(text).to_have_value("见[[technique:门控融合]]")

    # Without a server that is said, and nothing is lost.
    page.route("**/api/v1/complete*", lambda route: route.abort())
    page.keyboard.type(" and [[x")
    expect(page.locator("#messages")).to_contain_text("go on writing")
    expect(text).to_have_value("见[[technique:门控融合]] and [[x")
    expect(text).to_be_focused()
    # And it is there again.
    page.unroute("**/api/v1/complete*")
    page.keyboard.type("l")
    expect(page.locator("#messages .notice")).to_have_count(0)


def test_fields_are_completed_and_enter_still_saves(page: Page, site: str) -> None:
    page.goto(f"{site}/papers/new?title=Anything")
    tags, choices = page.locator("#field-tags"), page.locator("#completions")
    page.request.post(f"{site}/api/v1/papers", data={"title": "x", "tags": ["预训练"]})
    tags.fill("one, ")
    tags.press_sequentially("yuxun")
    expect(choices.get_by_role("option")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(tags).to_have_value("one, 预训练, ")
    page.get_by_role("searchbox", name="Tick a technique").press_sequentially("menkong")
    choices.get_by_role("option").first.click()
    expect(page.locator('input[name="technique"][value="gated-fusion"]')).to_be_checked()
    page.locator("#field-venue").press_sequentially("Nowhere at all")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Saved.")).to_be_visible()


def test_a_note_is_written_from_where_one_is_and_its_task_ticked(page: Page, site: str) -> None:
    page.goto(f"{site}/papers/kim2021vilt")
    page.keyboard.press("q")
    expect(page.locator("#field-title")).to_be_focused()
    page.locator("#field-body").fill("- [ ] read the appendix")
    page.locator("#field-title").fill("To do")
    page.keyboard.press("Enter")
    box = page.get_by_role("checkbox", name="read the appendix")
    expect(box).not_to_be_checked()
    box.click()
    expect(page).to_have_url(re.compile(r"/papers/kim2021vilt#note-\d+-task-0$"))
    expect(page.get_by_role("checkbox", name="read the appendix")).to_be_checked()
