"""A pair from a paper's table: pasted, made, seen beside its cell, on the issue's page and plot."""

import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.sqlite  # what is drawn does not depend on the database

CELL = "/comparisons/vqa-text-to-sql/schema-ranking-skeleton/drs-column-attribute"
PASTED = "Model Attribute\nABC 51.3\nABC + ranking 60.5\n"


def test_a_pair_from_a_paper_stands_in_its_cell_and_plot(page: Page, site: str) -> None:
    page.goto(f"{site}/benchmarks/dr-spider/scores/paste")
    page.get_by_label("Table").fill(PASTED)
    page.get_by_label("Paper that prints it").fill("chang2023drspider")
    page.get_by_label("Where in it").fill("table 9")
    page.get_by_label("Metric optional").fill("EX")
    page.get_by_role("button", name="Show the table").click()
    page.get_by_label("Category of column Attribute").select_option("Column-attribute")
    expect(page.get_by_label("What column Model is")).to_have_value("system")
    page.get_by_role("button", name="Take the scores").click()
    expect(page.get_by_text("Scores added: 2.")).to_be_visible()

    page.get_by_role("link", name="Edit the score of ABC + ranking").click()
    page.get_by_label("Conditions").fill("ranking: yes")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Pairs").click()
    expect(page.get_by_role("heading", name="Could be pairs")).to_be_visible()
    row = page.locator(".suggested", has_text="ABC + ranking")
    row.get_by_label("Technique").select_option("schema-ranking-skeleton")
    row.get_by_role("button").click()
    expect(page.locator(".pairs").first).to_contain_text("+9.2 on Dr.Spider Column-attribute")

    page.goto(site + CELL)
    beside = page.locator(".cell-pairs")
    expect(beside).to_contain_text("+9.2")
    beside.get_by_role("link", name="Use as evidence").click()
    page.locator("form[action$='/claims'] input[name=stance]").first.check()
    page.get_by_role("button", name="Add the claim").click()
    expect(page.locator(".claim .figure")).to_contain_text("ABC ± ranking")

    page.goto(f"{site}/issues/drs-column-attribute")
    scores = page.locator("#scores")
    expect(scores.locator(".pairs").first).to_contain_text("+9.2")
    titles = scores.locator(".panels title").all_text_contents()
    assert any("ABC + ranking, execution: 60.5" in title for title in titles)
    page.set_viewport_size({"width": 360, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    with page.expect_download() as kept:
        scores.get_by_role("link", name="SVG").click()
    assert re.search("ABC", kept.value.path().read_text())
