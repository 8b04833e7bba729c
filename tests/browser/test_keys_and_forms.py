"""The day's work by the keyboard alone, and without JavaScript by forms alone."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PATIENCE

pytestmark = pytest.mark.sqlite

TABLE = "/comparisons/vqa-text-to-sql"
CELL = f"{TABLE}/gated-fusion/match-vs-understanding"


def tab_to(page: Page, css: str) -> None:
    """The focus, by Tab alone, on what `css` says."""
    for _ in range(150):
        page.keyboard.press("Tab")
        if page.evaluate("css => document.activeElement.matches(css)", css):
            return
    raise AssertionError(f"Tab does not come to {css}")


def test_the_main_job_by_keyboard_alone(page: Page, site: str) -> None:
    page.goto(site)
    page.wait_for_load_state()
    # Past the head, as the first Tab offers.
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#main$"))

    # Find a paper, and open it.
    page.keyboard.press("/")
    page.keyboard.type("ViLT region supervision")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?**")
    page.wait_for_load_state()
    tab_to(page, "main a[href='/papers/kim2021vilt']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/papers/kim2021vilt**")
    page.wait_for_load_state()

    # A verdict with its reason and a day: all of it by Tab and the arrows.
    tab_to(page, "#verdict summary")
    page.keyboard.press("Enter")
    tab_to(page, "#verdict [name=verdict]")
    page.keyboard.press("ArrowRight")
    if page.evaluate("document.activeElement.name") == "verdict":
        tab_to(page, "#verdict [name=reason]")
    page.keyboard.type("It is small and quick.")
    tab_to(page, "#verdict [name=due]")
    page.keyboard.type("03032027")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#verdict .verdict-now")).to_contain_text("It is small and quick.")
    expect(page.locator("#verdict .verdict-now")).to_contain_text("again from 3 March 2027")

    # A note on it.
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    page.wait_for_url("**/notes/new?**")
    page.wait_for_load_state()
    page.keyboard.type("Without regions")
    tab_to(page, "#field-body")
    page.keyboard.type("No detector is needed.")
    tab_to(page, "main .primary")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("No detector is needed.")

    # A claim in a cell of the table, and back to it.
    page.keyboard.press("g")
    page.keyboard.press("c")
    page.wait_for_url("**/comparisons")
    page.wait_for_load_state()
    tab_to(page, f"main a[href='{TABLE}']")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{TABLE}")
    page.wait_for_load_state()
    tab_to(page, "#x a[tabindex='0']")
    page.keyboard.press("Control+Home")
    for _ in range(80):
        if page.evaluate("document.activeElement.getAttribute('href')") == (
            "/techniques/gated-fusion"
        ):
            break
        page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    cell = page.evaluate("document.activeElement.getAttribute('href').split('?')[0]")
    assert cell.startswith(f"{TABLE}/gated-fusion/")
    page.keyboard.press("+")
    drawer = page.locator("#drawer")
    expect(drawer.locator("[name=stance]:focus")).to_have_count(1)
    page.keyboard.press("Space")
    tab_to(page, "#drawer [name=rationale]")
    page.keyboard.type("A gate weighs what is there.")
    page.keyboard.press("Control+Enter")
    expect(drawer).to_contain_text("Claim added.")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    assert page.evaluate("document.activeElement.getAttribute('href').split('?')[0]") == cell

    # What was written is found again.
    page.keyboard.press("/")
    page.keyboard.type("weighs what is there")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?**")
    expect(page.locator("main")).to_contain_text("A gate weighs")


@pytest.fixture
def plain(browser: Browser) -> Iterator[Page]:
    """A page on which no script runs."""
    context = browser.new_context(locale="en-GB", java_script_enabled=False)
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


def test_papers_are_added_by_their_ids_without_a_click(page: Page, site: str) -> None:
    keys = page.keyboard

    def delete(paper: str) -> None:
        page.request.delete(f"{site}/api/v1/papers/{paper}")
        page.request.post(f"{site}/papers/{paper}/delete")

    delete("liu2023lqae")
    page.goto(f"{site}/papers/new")
    page.wait_for_load_state()
    keys.type("2302.00902")
    keys.press("Enter")
    expect(page.locator("#field-title")).to_be_focused()
    keys.press("Control+Enter")
    page.wait_for_url(re.compile("/papers/liu2023"))
    delete(page.url.rpartition("/")[2])
    page.goto(f"{site}/papers/new")
    page.wait_for_load_state()
    keys.type("2102.03334 2302.00902")
    keys.press("Enter")
    box = page.locator("[name=id]:not([disabled])")
    expect(box).to_be_focused()
    expect(box).to_be_checked()
    keys.press("Control+Enter")
    expect(page.locator("#messages")).to_contain_text("Papers added: 1")


def test_keys_go_on_where_a_list_was_left(page: Page, site: str) -> None:
    page.goto(f"{site}/papers?sort=title")
    page.wait_for_load_state()
    titles = page.locator(".row-title").all_inner_texts()
    for key in "jjjo":
        page.keyboard.press(key)
    page.wait_for_url("**/papers/*")
    page.wait_for_load_state()
    page.go_back()
    expect(page.locator("[data-open]:focus")).to_have_text(titles[2])
    page.keyboard.press("j")
    expect(page.locator("[data-open]:focus")).to_have_text(titles[3])


def test_the_main_job_without_javascript(plain: Page, site: str) -> None:
    page = plain
    page.goto(f"{site}/papers/new")
    page.get_by_label("Title", exact=True).fill("A thing added by a form")
    page.get_by_label("Tags").fill("by hand, 手工")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("h1")).to_have_text("A thing added by a form")
    expect(page.locator("main .tag")).to_have_text(["by hand", "手工"])
    address = page.url

    page.get_by_text("Give a verdict").click()
    page.locator("#verdict label", has_text="Later").click()
    page.get_by_label("Reason").fill("in spring")
    page.get_by_label("Look again from").fill("2027-03-03")
    page.get_by_role("button", name="Save verdict").click()
    expect(page.locator("#verdict .verdict-now")).to_contain_text("again from 3 March 2027")
    page.locator("main a", has_text=re.compile("^Edit")).first.click()
    page.get_by_label("Tags").fill("by hand")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("main .tag")).to_have_text(["by hand"])

    page.get_by_role("link", name="Write a note").first.click()
    page.locator("#field-body").fill("See [[kim2021vilt]].")
    page.get_by_role("button", name="Save").last.click()
    expect(page.locator("main")).to_contain_text("See ViLT")

    page.goto(site + TABLE)
    page.locator(f"#x a[href^='{CELL}']").click()
    expect(page.locator("h1")).to_contain_text("Gated fusion")
    form = page.locator("details.add")
    if not form.locator("[name=rationale]").is_visible():
        form.locator("summary").first.click()
    form.locator("label", has_text="Partly addresses it").click()
    form.get_by_label("Rationale").fill("A gate weighs what is there.")
    page.get_by_role("button", name="Add the claim").click()
    expect(page.locator(".claim").filter(has_text="A gate weighs")).to_have_count(1)

    page.goto(f"{site}/papers")
    page.locator("#facets").get_by_role("link", name="Later").click()
    expect(page).to_have_url(re.compile("verdict=later"))
    page.get_by_role("searchbox", name="Search in papers").fill("added by a form")
    page.get_by_role("searchbox", name="Search in papers").press("Enter")
    expect(page.locator(".rows .row")).to_have_count(1)
    page.get_by_role("searchbox", name="Search everything").fill("weighs what is there")
    page.get_by_role("searchbox", name="Search everything").press("Enter")
    expect(page.locator("main")).to_contain_text("A gate weighs")

    # Many at once: those ticked, then all of a list; and back.
    page.goto(f"{site}/papers")
    for number in range(3):
        page.locator(".row-tick input").nth(number).check()
    page.get_by_text("Export the ticked").click()
    page.get_by_role("button", name="Change the ticked").click()
    page.get_by_label("Tags").fill("three")
    page.get_by_role("button", name="Add").first.click()
    expect(page.locator("#messages")).to_contain_text("Changed: 3.")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#messages")).to_contain_text("Taken back: 3.")
    page.goto(f"{site}/papers?verdict=later")
    page.locator("summary", has_text="Export").click()
    page.get_by_role("link", name="Change all of the list").click()
    page.get_by_label("Tags").fill("four")
    page.get_by_role("button", name="Add").first.click()
    expect(page.locator("#messages")).to_contain_text("Changed:")

    # To the trash, and back.
    page.goto(address)
    page.get_by_role("button", name="Move to the trash").click()
    expect(page.locator("#messages")).to_contain_text("Moved to the trash")
    page.goto(f"{site}/trash")
    row = page.locator("li, tr").filter(has_text="A thing added by a form").first
    row.get_by_role("button", name="Restore").click()
    page.goto(address)
    expect(page.locator("h1")).to_have_text("A thing added by a form")


def test_the_key_of_a_form_that_is_open_goes_to_it(page: Page, site: str) -> None:
    # An empty cell shows its form at once: the key that adds a claim does not put it away.
    page.goto(f"{site}{TABLE}/gated-fusion/idiom")
    rationale, stance = page.locator("#claim-rationale"), page.locator("details.add :focus")
    expect(rationale).to_be_visible()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("+")
    expect(rationale).to_be_visible()
    expect(stance).to_have_attribute("name", "stance")
    page.keyboard.press("Escape")
    page.keyboard.press("+")
    expect(stance).to_have_attribute("name", "stance")
    # What is saved there is shown as everywhere, with its formulas.
    page.keyboard.press("Space")
    rationale.fill("Where $\\lambda_1 < 1$, it forgets.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".claim .katex")).to_have_count(1)
