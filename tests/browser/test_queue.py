"""A list of candidates judged by keys alone, the order changing, to an end that is known."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SHOTS

pytestmark = pytest.mark.sqlite

WANTED = "fusion of vision and language by gates"
OTHER = "folding of proteins in deep networks"
SUBJECTS = (
    "birds",
    "rivers",
    "glass",
    "trains",
    "metals",
    "clouds",
    "seeds",
    "maps",
    "wool",
    "salt",
)
LIST = "title,abstract,authors,year\n" + "".join(
    f'"{subject.title()}: {about}","We study {about}, not {subject}.",{subject} A,2021\n'
    for subject in SUBJECTS
    for about in (OTHER, WANTED)
)


def test_twenty_papers_by_keys_alone(page: Page, site: str) -> None:
    page.goto(site + "/import")
    page.set_input_files(
        "#field-file", {"name": "list.csv", "mimeType": "text/csv", "buffer": LIST.encode()}
    )
    page.get_by_role("button", name="Show what becomes what").click()
    page.get_by_role("button", name="Import the ticked entries").click()
    page.get_by_role("link", name="Judge them one after another").press("Enter")
    title = page.locator("#queue-title")
    expect(title).to_be_visible()
    page.wait_for_load_state()

    seen: list[bool] = []
    for number in range(20):
        shown = title.inner_text()
        wanted = "fusion" in shown
        seen.append(wanted)
        page.keyboard.press("1" if wanted else "5")
        expect(page.locator("[name=reason]")).to_be_focused()
        if number == 0:
            page.keyboard.type("门控, as I need it")
        page.keyboard.press("Enter")
        expect(page.locator(".queue-done")).to_contain_text(shown)
        if number == 9:
            page.keyboard.press("u")
            expect(title).to_have_text(shown)
            expect(page.locator(".queue-done")).to_have_count(0)
            page.keyboard.press("1" if wanted else "5")
            page.keyboard.press("Enter")
            expect(page.locator(".queue-done")).to_contain_text(shown)
            page.keyboard.press("b")
            expect(page.locator(".queue-place")).to_contain_text("Judged before")
            expect(title).to_have_text(shown)
            page.screenshot(path=SHOTS / "queue.png", full_page=True)
            page.get_by_role("link", name="Back to the queue").press("Enter")
            page.wait_for_load_state()
    # Once one of each is judged, what is wanted comes first, though the list has them in turns.
    begun = max(seen.index(True), seen.index(False)) + 1
    rest = seen[begun:]
    assert rest == sorted(rest, reverse=True)
    expect(page.locator(".empty h2")).to_have_text("That was all")
    expect(page.locator(".queue-counts")).to_contain_text("20")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
