"""Every page for everybody: what axe finds, by keys alone, without JavaScript, how much is sent.

Each kind of page is looked at in one of both languages and themes; `CROSSWALK_AUDIT=all` has each
looked at in all four, in minutes.
"""

import os
from collections.abc import Callable, Iterator
from itertools import cycle, product
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx2 import Client
from playwright.sync_api import Browser, Page, expect

from tests import pages
from tests.pages import CELL, TABLE

pytestmark = pytest.mark.sqlite  # what is drawn does not depend on the database

AXE = Path(__file__).parent / "node_modules/axe-core/axe.min.js"
LOOKS = list(product(("en", "zh"), ("light", "dark")))
AUDIT = """async () => {
  const found = await axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    rules: { "label-content-name-mismatch": { enabled: true }, "target-size": { enabled: true } },
    resultTypes: ["violations"],
    preload: false,
  });
  const said = ({ id, nodes }) => nodes.map((at) => `${id}: ${at.target} ${at.html.slice(0, 120)}`);
  return found.violations.flatMap(said);
}"""


@pytest.fixture
def furnished(site: str, app: FastAPI) -> Iterator[list[str]]:
    with Client(base_url=site, timeout=60) as client:
        yield pages.furnish(client, app.state.database)


def look(page: Page, site: str, language: str, theme: str) -> None:
    page.context.add_cookies(
        [
            {"name": name, "value": value, "url": site}
            for name, value in (("language", language), ("theme", theme))
        ]
    )


def audit(page: Page) -> list[str]:
    page.evaluate(AXE.read_text("utf-8"))
    found: list[str] = page.evaluate(AUDIT)
    return found


def said(found: dict[str, list[str]]) -> str:
    return "\n".join(f"{where}: {each}" for where, every in found.items() for each in every[:4])


def test_axe_finds_nothing_on_any_page(page: Page, site: str, furnished: list[str]) -> None:
    found: dict[str, list[str]] = {}
    every = os.environ.get("CROSSWALK_AUDIT") == "all"
    asked = product(furnished, LOOKS) if every else zip(furnished, cycle(LOOKS), strict=False)
    for address, (language, theme) in asked:
        look(page, site, language, theme)
        page.goto(site + address)
        if problems := audit(page):
            found[f"{address} {language} {theme}"] = problems
    assert not found, "\n".join(
        f"{where}: {each}" for where, all in found.items() for each in all[:4]
    )


def test_nor_on_a_phone(browser: Browser, site: str) -> None:
    """Fingers: what is hit has 24 px, also where a line has several."""
    phone = browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True)
    page = phone.new_page()
    found = {}
    for address in ("/papers", "/papers/kim2021vilt", "/issues/domain-knowledge", TABLE):
        page.goto(site + address)
        if problems := audit(page):
            found[address] = problems
    phone.close()
    assert not found, said(found)


def open_drawer(page: Page) -> None:
    page.locator(f"#x a[href^='{CELL}']").focus()
    page.keyboard.press("+")
    expect(page.locator("#drawer [name=stance]:focus")).to_have_count(1)


def open_palette(page: Page) -> None:
    page.keyboard.press("Control+k")
    page.keyboard.type("gate")
    expect(page.locator("#jump-list [role=option]").first).to_be_visible()


def open_keys(page: Page) -> None:
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()


def open_appearance(page: Page) -> None:
    page.locator("header summary").click()


def open_menus(page: Page) -> None:
    for summary in page.locator("main summary").locator("visible=true").all():
        summary.evaluate("it => it.parentElement.open = true")


def open_filters(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.locator(".facets-open").click()
    expect(page.locator("#facets")).to_be_visible()


OPENED: list[tuple[str, Callable[[Page], None]]] = [
    ("/", open_keys),
    ("/", open_palette),
    ("/", open_appearance),
    (TABLE, open_drawer),
    (TABLE, open_menus),
    ("/papers", open_menus),
    ("/papers", open_filters),
    ("/papers/kim2021vilt", open_menus),
    (CELL, open_menus),
    ("/comparisons/new", open_menus),
    ("/notes/18", open_menus),
    ("/settings", open_menus),
]


def test_nor_with_dialogs_drawers_and_menus_open(page: Page, site: str) -> None:
    found: dict[str, list[str]] = {}
    every = os.environ.get("CROSSWALK_AUDIT") == "all"
    asked = product(OPENED, LOOKS) if every else zip(OPENED, cycle(LOOKS), strict=False)
    for (address, opened), (language, theme) in asked:
        look(page, site, language, theme)
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(site + address)
        opened(page)
        if problems := audit(page):
            found[f"{address} {opened.__name__} {language} {theme}"] = problems
    assert not found, "\n".join(
        f"{where}: {each}" for where, all in found.items() for each in all[:4]
    )
