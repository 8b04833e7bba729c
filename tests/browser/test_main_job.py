"""The main job, end to end, as the researcher does it."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import SHOTS

LQAE = "Language Quantized AutoEncoders"


def shot(page: Page, name: str) -> None:
    """A picture to be looked at, in test-results/."""
    Path(SHOTS).mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png")


def test_the_main_job(page: Page, site: str) -> None:
    page.goto(site)
    expect(page.get_by_text("starter library").first).to_be_visible()
    shot(page, "overview")

    # Filter by a technique, then by a verdict: results swap in, the address follows.
    page.keyboard.press("g")
    page.keyboard.press("p")
    page.wait_for_url("**/papers")
    page.locator("#facets").get_by_role("link", name="Gated fusion").click()
    expect(page).to_have_url(re.compile(r"technique=gated-fusion"))
    expect(page.locator(".rows .row")).not_to_have_count(0)
    expect(page.get_by_text("Universal Visual Representation").first).to_be_visible()
    shot(page, "papers-gated-fusion")
    page.goto(f"{site}/papers")
    page.locator("#facets").get_by_role("link", name="Not relevant").click()
    expect(page).to_have_url(re.compile(r"verdict=no"))
    expect(page.locator(".rows .row")).to_have_count(1)
    expect(page.get_by_text(LQAE).first).to_be_visible()

    # Open ViLT; follow a link to the comparison, and from the cell back to the paper.
    page.goto(f"{site}/papers?q=ViLT")
    page.get_by_role("link", name=re.compile("^ViLT:")).first.click()
    expect(page.locator("h1")).to_contain_text("ViLT")
    shot(page, "vilt")
    page.get_by_role("link", name="Single stream × Database structure").click()
    page.wait_for_url("**/comparisons/vqa-text-to-sql/concat-single-stream/db-structure")
    shot(page, "cell")
    page.get_by_role("link", name=re.compile("^ViLT: Vision-and-Language")).first.click()
    page.wait_for_url("**/papers/kim2021vilt")

    # A new paper by its arXiv id alone: a held one is named, another is added.
    page.goto(f"{site}/papers/new")
    page.get_by_label("arXiv id, DOI or address").fill("2302.00902")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The library holds this paper already")).to_be_visible()
    page.goto(f"{site}/papers/liu2023lqae")
    page.get_by_role("button", name="Move to the trash").click()
    expect(page.get_by_text("Moved to the trash")).to_be_visible()

    # A verdict changes, with a reason, in place.
    page.goto(f"{site}/papers/kim2021vilt")
    page.keyboard.press("v")
    page.get_by_text("Worth trying").last.click()
    page.get_by_label("Reason").fill("轻量编码，门控也许能接上。")
    page.get_by_role("button", name="Save verdict").click()
    expect(page.locator("#verdict .verdict-now")).to_contain_text("轻量编码，门控也许能接上。")
    expect(page).to_have_url(re.compile(r"/papers/kim2021vilt$"))

    # Search in both languages.
    for words, found in (
        ("门控", "门控"),
        ("对齐", "对齐"),
        ("cross attention", "ross-attention"),
        ("BERT模型", "BERT"),
    ):
        page.keyboard.press("/")
        page.keyboard.type(words)
        page.keyboard.press("Enter")
        page.wait_for_url("**/search?**")
        expect(page.locator("mark").first).to_be_visible()
        expect(page.locator("main")).to_contain_text(found)
    shot(page, "search")

    # The other language.
    page.get_by_role("button", name="简体中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    page.goto(f"{site}/papers")
    expect(page.locator("h1")).to_have_text("论文")
    shot(page, "papers-zh")


def test_the_starter_library_is_removed_and_brought_back(page: Page, site: str) -> None:
    page.goto(site)
    page.get_by_role("link", name="Remove the starter library").click()
    expect(page.locator("h1")).to_have_text("Remove the starter library?")
    shot(page, "starter-asked")
    page.get_by_role("button", name="Remove the starter library").click()
    expect(page.get_by_text("Taken out:")).to_be_visible()
    page.get_by_role("button", name="Bring it back").click()
    expect(page.get_by_text("It is all back.")).to_be_visible()
    page.goto(f"{site}/papers/kim2021vilt")
    expect(page.locator("h1")).to_contain_text("ViLT")


def test_a_paper_is_added_by_its_id(page: Page, site: str) -> None:
    page.goto(site)
    page.get_by_role("link", name="Remove the starter library").click()
    page.get_by_role("button", name="Remove the starter library").click()
    page.goto(f"{site}/papers/new")
    page.get_by_label("arXiv id, DOI or address").fill("2302.00902")
    page.get_by_role("button", name="Fetch metadata").click()
    expect(page.get_by_label("Title", exact=True)).to_have_value(re.compile(LQAE))
    shot(page, "looked-up")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("h1")).to_contain_text(LQAE)
    page.goto(f"{site}/papers")
    expect(page.locator(".rows .row")).to_have_count(1)
