"""Files dropped on any page, and an import by the keyboard alone."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.sqlite  # what is drawn does not depend on the database

BIB = "@article{lamp2020, title={Lamps That Read Tables}, author={Vogel, Ada}, year={2020}}\n"
NOTE = "---\ntitle: Lamps in a vault\nauthors: [Ada Vogel]\n---\n\nRead it twice.\n"


def drag(page: Page, kind: str, *paths: Path) -> None:
    """What the browser does when files come over its window from outside."""
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    page.context.new_cdp_session(page).send(
        "Input.dispatchDragEvent", {"type": kind, "x": 300, "y": 300, "data": data}
    )


def test_a_file_dropped_on_any_page_is_previewed(site: str, page: Page, tmp_path: Path) -> None:
    file = tmp_path / "refs.bib"
    file.write_text(BIB, "utf-8")
    page.goto(f"{site}/techniques")
    overlay = page.locator("#drop")
    expect(overlay).to_be_hidden()
    drag(page, "dragEnter", file)
    drag(page, "dragOver", file)
    expect(overlay).to_be_visible()
    drag(page, "drop", file)
    page.wait_for_url("**/import/*name=refs.bib")
    expect(page.get_by_text("Lamps That Read Tables").first).to_be_visible()
    page.get_by_role("button", name="Import the ticked entries").press("Enter")
    expect(page.locator(".messages")).to_contain_text("1 new")
    page.get_by_role("link", name="Take out again").press("Enter")
    page.get_by_role("button", name="Take out again").press("Enter")
    expect(page.locator(".messages")).to_contain_text("Taken out: 1")


def test_a_dropped_folder_keeps_its_paths(site: str, page: Page, tmp_path: Path) -> None:
    folder = tmp_path / "vault"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep/lamp.md").write_text(NOTE, "utf-8")
    (folder / "refs.bib").write_text(BIB, "utf-8")
    page.goto(site)
    drag(page, "dragEnter", folder)
    drag(page, "drop", folder)
    page.wait_for_url("**/import/*name=vault")
    expect(page.get_by_text("Lamps in a vault").first).to_be_visible()
    expect(page.get_by_text("Lamps That Read Tables").first).to_be_visible()
    expect(page.get_by_text("deep/lamp.md").first).to_be_visible()


def test_a_row_is_corrected_on_demand(site: str, page: Page, tmp_path: Path) -> None:
    page.goto(f"{site}/import")
    page.get_by_label("or paste its text").fill(BIB)
    page.get_by_role("button", name="Show what becomes what").click()
    title = page.get_by_label("Title")
    expect(title).to_be_hidden()
    page.get_by_text("Correct", exact=True).press("Enter")
    title.fill("Lamps, corrected")
    page.get_by_label("Tags", exact=True).fill("light, tables")
    page.get_by_role("button", name="Import the ticked entries").click()
    page.get_by_role("link", name="Lamps, corrected").click()
    expect(page.get_by_text("tables").first).to_be_visible()
