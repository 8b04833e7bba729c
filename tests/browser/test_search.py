"""Asking, as a reader does it: as one types, with filters, saved, and by a few letters."""

import re

from fastapi import FastAPI
from playwright.sync_api import Page, expect

from app.search.semantic.neighbours import OpenedSemantic, SemanticSearch
from app.search.semantic.vectors import compute_vectors
from tests.browser.test_main_job import shot
from tests.search.four_words import FourWords


def test_results_follow_what_is_typed(page: Page, site: str) -> None:
    page.goto(f"{site}/papers")
    page.keyboard.press("/")
    page.goto(f"{site}/search")
    box = page.get_by_role("searchbox", name="Search everything").locator("visible=true")
    expect(box).to_be_focused()
    page.keyboard.type("gated fus")
    expect(page).to_have_url(re.compile(r"/search\?q=gated%20fus$"))
    expect(page.locator("#results mark").first).to_be_visible()
    expect(box).to_be_focused()
    assert box.evaluate("box => box.selectionStart") == len("gated fus")

    # Keys in the middle of the word: the caret stays there while results swap in.
    page.keyboard.press("Home")
    page.keyboard.type("un")
    expect(page).to_have_url(re.compile(r"q=ungated%20fus$"))
    assert box.evaluate("box => box.selectionStart") == 2
    # None of it is in the way of going back.
    page.go_back()
    expect(page).to_have_url(re.compile(r"/papers$"))


def test_nothing_is_asked_in_the_middle_of_a_chinese_word(page: Page, site: str) -> None:
    page.goto(f"{site}/search")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    box = page.locator("#search-q")
    box.focus()
    client = page.context.new_cdp_session(page)
    for letters in ("m", "me", "men", "men k", "men kong"):
        composing = {"text": letters, "selectionStart": len(letters), "selectionEnd": len(letters)}
        client.send("Input.imeSetComposition", composing)
    page.wait_for_timeout(400)  # longer than the results wait for the next key
    assert not [url for url in asked if "/search?" in url]
    client.send("Input.insertText", {"text": "门控"})
    expect(page).to_have_url(re.compile(r"q=%E9%97%A8%E6%8E%A7$"))
    expect(page.locator("#results mark", has_text="门控").first).to_be_visible()


def test_filters_beside_and_a_saved_search(page: Page, site: str) -> None:
    page.goto(f"{site}/search?q=attention")
    fusion = page.locator("#facets").get_by_role("link", name="Modality fusion")
    count = int(fusion.locator(".count").inner_text())
    fusion.click()
    expect(page).to_have_url(re.compile(r"technique=fusion"))
    tab = page.get_by_role("navigation", name="Types").get_by_role("link", name="Papers")
    expect(tab.locator(".count")).to_have_text(str(count))

    # The filter stays while one types on.
    page.locator("#search-q").press("End")
    page.locator("#search-q").press_sequentially(" image")
    expect(page).to_have_url(re.compile(r"q=attention%20image&technique=fusion"))
    page.get_by_text("Save this search").click()
    page.get_by_label("Name").fill("Attention over images")
    shot(page, "search-filtered")
    page.get_by_label("Name").press("Enter")
    expect(page.get_by_text("Saved. The overview shows it")).to_be_visible()

    added = {"title": "Image attention, gated", "techniques": ["gated-fusion"]}
    assert page.request.post(f"{site}/api/v1/papers", data=added).status == 201
    page.goto(site)
    saved = page.get_by_role("region", name="Saved searches")
    expect(saved).to_contain_text("1 new")
    expect(saved.get_by_role("link", name="Image attention, gated")).to_be_visible()
    shot(page, "overview-saved-search")
    saved.get_by_role("button", name="Attention over images").click()
    expect(page.locator("#search-q")).to_have_value("attention image technique:fusion")
    expect(page.get_by_text("Saved as Attention over images")).to_be_visible()
    page.goto(site)
    expect(saved).not_to_contain_text("new")


def test_a_few_letters_lead_anywhere(page: Page, site: str) -> None:
    page.goto(f"{site}/papers")
    page.keyboard.press("Control+k")
    palette = page.get_by_role("dialog", name="Go to")
    box = palette.get_by_role("combobox")
    expect(box).to_be_focused()
    expect(palette.get_by_role("option", name="Add paper")).to_be_visible()
    page.keyboard.type("zhuvr")
    first = palette.get_by_role("option").first
    expect(first).to_contain_text("Universal Visual Representation")
    expect(first).to_have_attribute("aria-selected", "true")
    expect(box).to_have_attribute("aria-activedescendant", "jump-1")
    shot(page, "palette")
    page.keyboard.press("Enter")
    page.wait_for_url("**/papers/zhang2020uvrnmt")

    # Enter may come before the answer does; arrows choose; Escape closes.
    page.keyboard.press("Control+k")
    page.keyboard.type("gated-fusion")
    page.keyboard.press("Enter")
    page.wait_for_url("**/techniques/gated-fusion")
    page.keyboard.press("Control+k")
    page.keyboard.type("fusion")
    expect(palette.locator("#jump-list")).to_have_attribute("data-for", "fusion")
    expect(palette.get_by_role("option").nth(1)).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(palette.get_by_role("option").nth(1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowUp")
    expect(first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    expect(palette).to_be_hidden()

    # A command does what the page's own button does.
    page.keyboard.press("Control+k")
    page.keyboard.type("appearance dark")
    expect(first).to_contain_text("Dark")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.keyboard.press("Control+k")
    page.keyboard.type("中文")
    expect(first).to_contain_text("简体中文")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    page.keyboard.press("Control+k")
    page.keyboard.type("mkrh")
    expect(page.get_by_role("option").first).to_contain_text("门控融合")
    shot(page, "palette-zh-dark")


def test_did_you_mean_is_a_link_that_keeps_the_filters(page: Page, site: str) -> None:
    slip = {"title": "On one slip", "abstract": "the attenton of a reader"}
    assert page.request.post(f"{site}/api/v1/papers", data=slip).status == 201
    page.goto(f"{site}/search?kind=paper")
    box = page.locator("#search-q")
    box.press_sequentially("attent")
    expect(page).to_have_url(re.compile(r"q=attent&"))
    offered = page.locator("#results .asked", has_text="Did you mean")
    expect(page.locator("#results mark").first).to_be_visible()
    expect(offered).to_have_count(0)  # for it is still being typed
    box.press_sequentially("on")
    expect(offered).to_have_text("Did you mean: attention?")
    expect(page.get_by_role("link", name="On one slip")).to_be_visible()
    expect(box).to_be_focused()
    for language, theme in (("en", "light"), ("zh", "dark")):
        cookies = {"language": language, "theme": theme}
        page.context.add_cookies([{"name": n, "value": v, "url": site} for n, v in cookies.items()])
        for width in (1280, 360):
            page.set_viewport_size({"width": width, "height": 800})
            page.reload()
            shot(page, f"search-suggestion-{language}-{width}")
    page.context.clear_cookies()
    page.reload()
    offered.get_by_role("link").click()
    expect(page).to_have_url(re.compile(r"kind=paper&q=attention"))
    expect(box).to_have_value("attention")
    expect(offered).to_have_count(0)


def test_what_is_near_in_the_other_language_stands_below(
    page: Page, site: str, app: FastAPI
) -> None:
    model = FourWords()
    app.state.semantic = OpenedSemantic(SemanticSearch(model))
    page.goto(f"{site}/search?q=图像翻译")
    other = page.get_by_role("region", name="In English, by meaning")
    expect(other).to_contain_text("its vectors are not made yet")
    while compute_vectors(app.state.database, model, 500):
        pass
    box = page.locator("#search-q")
    box.fill("")
    box.press_sequentially("图像翻译")
    first = other.locator(".row-title a").first
    address = first.get_attribute("href") or ""
    first.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site}{address}")
    page.go_back()
    expect(first).to_have_attribute("href", address)
