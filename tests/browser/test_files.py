"""A PDF dropped on a paper's row in the list, and one on the list itself."""

import pytest
from playwright.sync_api import Page, expect

from tests.files.pdfs import make_pdf

DROP = """([bytes, selector]) => {
  const held = new DataTransfer();
  held.items.add(new File([new Uint8Array(bytes)], "dropped.pdf", { type: "application/pdf" }));
  const place = document.querySelector(selector);
  const said = { dataTransfer: held, bubbles: true, cancelable: true };
  for (const kind of ["dragenter", "dragover", "drop"])
    place.dispatchEvent(new DragEvent(kind, said));
}"""

pytestmark = pytest.mark.sqlite


def test_a_pdf_dropped_on_a_row_is_that_papers_and_beside_them_a_new_paper(
    site: str, page: Page
) -> None:
    page.goto(f"{site}/papers?q=vilt")
    row = page.locator("[data-row]").first
    title = row.get_attribute("data-files-of")
    pdf = make_pdf("Lamps that light rooms", "of houses")
    page.evaluate(DROP, [list(pdf), "[data-row]"])
    expect(page.locator("#messages")).to_contain_text("dropped.pdf")
    page.locator("[data-row] [data-open]").first.click()
    expect(page.locator("h1")).to_have_text(title or "")
    expect(page.locator("#files .file-name")).to_have_text("dropped.pdf")

    page.goto(f"{site}/papers")
    page.evaluate(DROP, [list(make_pdf("Doors that open rooms")), "h1"])
    page.wait_for_url("**/import/*name=dropped.pdf")
    expect(page.locator(".entry-title").first).to_have_text("Doors that open rooms")
