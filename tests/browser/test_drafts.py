"""What was typed is not lost: not by a crash, not by a failed save, not by Escape, not by another
tab; and Ctrl-S saves without leaving the text."""

import re

import pytest
from playwright.sync_api import Dialog, Locator, Page, Route, expect

pytestmark = pytest.mark.sqlite  # what is kept in the browser does not depend on the database

TABLE = "/comparisons/vqa-text-to-sql"
CELL = f"{TABLE}/question-guided-attention/match-vs-understanding"
THOUGHT = "ten minutes of thought 半句话"
DRAFTS = "Object.keys(localStorage).filter((key) => key.startsWith('crosswalk.draft '))"
RATIONALE = "#drawer details[open] form [name=rationale]"
PAGES = [
    "/notes/new?paper=kim2021vilt",
    "/notes/1/edit",
    "/papers/new",
    "/papers/kim2021vilt",  # a verdict
    f"{CELL}?edit=1",  # a claim and a ruling
    f"{TABLE}/edit",
    "/correspondences/new",
    "/techniques/gated-fusion/edit",
    "/benchmarks/spider-dk/T1/dk-t1",
    "/settings",  # verdicts, each research field, a new one
    "/import",
]


def asks_nobody(page: Page) -> list[str]:
    """Says yes to every question of the browser's, and notes it."""
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.context.on("dialog", answer)
    return asked


def count_drafts(page: Page) -> int:
    count: int = page.evaluate(f"{DRAFTS}.length")
    return count


def crash(page: Page) -> Page:
    """Closed without a question, as when the browser ends; and opened anew."""
    context = page.context
    page.close(run_before_unload=False)
    return context.new_page()


def wait_for_drafts(page: Page) -> None:
    """What keeps them comes with a form that comes."""
    page.evaluate("() => import(document.getElementById('draft').dataset.script).then(() => null)")


def forms(page: Page) -> list[Locator]:
    return page.locator("form[data-draft]").all()


def text_of(form: Locator) -> Locator:
    return form.locator("textarea, input[type=text], input:not([type])").last


def test_every_form_gives_back_what_a_crash_took(page: Page, site: str) -> None:
    asked = asks_nobody(page)
    for address in PAGES:
        page.goto(f"{site}{address}")
        assert forms(page), address
        for form in forms(page):
            text_of(form).evaluate("(field) => field.closest('details')?.setAttribute('open', '')")
            text_of(form).fill(THOUGHT)
    assert asked == ["beforeunload"] * (len(PAGES) - 1), "each was asked about before it was left"
    page = crash(page)
    for address in PAGES:
        page.goto(f"{site}{address}")
        for form in forms(page):
            expect(text_of(form)).not_to_have_value(THOUGHT)
            offer = form.locator("xpath=preceding-sibling::*[1][contains(@class, 'draft')]")
            expect(offer).to_contain_text(re.compile(r"at \d\d:\d\d that was not saved"))
            expect(offer).to_contain_text(THOUGHT)
            offer.get_by_role("button", name="Take it up").click()
            expect(text_of(form)).to_have_value(THOUGHT)
            expect(text_of(form)).to_be_visible()
            form.locator("xpath=preceding-sibling::*[1]").get_by_role("button").last.click()
            expect(text_of(form)).not_to_have_value(THOUGHT)
    assert count_drafts(page) == 0, "thrown away"
    assert len(asked) == len(PAGES) - 1, "what was thrown away is not asked about"


def test_a_claim_stays_until_it_is_saved(page: Page, site: str) -> None:
    asked = asks_nobody(page)
    page.goto(f"{site}{TABLE}")
    cell, other = (
        page.locator(f"#x a[href^='{TABLE}/{row}/match-vs-understanding']")
        for row in ("question-guided-attention", "gated-fusion")
    )

    def open_form() -> None:
        cell.focus()
        page.keyboard.press("+")
        expect(page.locator(RATIONALE)).to_be_visible()

    open_form()
    page.fill(RATIONALE, THOUGHT)
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator("#drawer")).to_be_hidden()
    expect(page.locator("#messages")).to_contain_text("This browser keeps it")
    open_form()
    expect(page.locator(RATIONALE)).to_have_value(THOUGHT)
    other.click()
    expect(page.locator("#drawer h2").first).to_contain_text("Gated fusion")
    open_form()
    expect(page.locator(RATIONALE)).to_have_value(THOUGHT)
    # Refused for want of a stance, then by what stands before a server that is down.
    page.keyboard.press("Control+Enter")
    expect(page.locator("#drawer .error").first).to_be_visible()
    expect(page.locator(RATIONALE)).to_have_value(THOUGHT)
    page.route("**/claims", lambda route: route.fulfill(status=502, body="Bad gateway"))
    page.locator("#drawer details[open] [name=stance]").first.check()
    page.locator(RATIONALE).press("Control+Enter")
    expect(page.locator("#messages")).to_contain_text("what you typed is still here")
    expect(page.locator(RATIONALE)).to_have_value(THOUGHT)
    page.unroute("**/claims")
    # Saved and gone on with, also with what is typed while the server thinks.
    held: list[Route] = []
    page.route("**/claims", lambda route: held.append(route))
    page.locator(RATIONALE).press("End")
    page.keyboard.press("Control+s")
    page.keyboard.type(" and more")
    held[0].continue_()
    expect(page.locator("#drawer")).to_contain_text("Claim added.")
    expect(page.locator("#claim-rationale")).to_have_value(f"{THOUGHT} and more")
    page.unroute("**/claims")
    page.keyboard.press("Control+s")
    expect(page.locator("#drawer")).to_contain_text("Saved.")
    assert count_drafts(page) == 0

    page.goto(f"{site}{CELL}?add=1")
    page.locator("details.add [name=stance]").first.check()
    page.locator("details.add [name=rationale]").fill(THOUGHT)
    page = crash(page)
    page.goto(f"{site}{CELL}")
    page.get_by_role("button", name="Take it up").click()
    expect(page.locator("details[open] [name=stance]:checked")).to_have_count(1)
    page.keyboard.press("Control+s")
    expect(page.locator("#messages")).to_contain_text("Claim added.")
    expect(page).to_have_url(re.compile(r"\?edit=\d+$"))
    expect(page.locator("#claim-rationale")).to_have_value(THOUGHT)
    assert count_drafts(page) == 0
    assert not asked


def test_ctrl_s_saves_a_note_and_stays_in_its_text(page: Page, site: str) -> None:
    asked = asks_nobody(page)
    page.goto(f"{site}/notes/new")
    body = page.locator("[name=body]")
    body.fill("One.")
    page.keyboard.press("Control+s")
    expect(page.locator("#messages")).to_contain_text("Saved.")
    expect(page).to_have_url(re.compile(r"/notes/\d+/edit$"))
    expect(page.locator("h1")).to_have_text("Edit note")
    page.keyboard.press("End")
    page.keyboard.type(" Two.")
    page.keyboard.press("Control+s")
    expect(page.locator("[name=version]")).to_have_value("2")
    expect(body).to_be_focused()
    expect(body).to_have_value("One. Two.")
    # What is wrong with it is shown in the form, and nothing of it goes.
    page.locator("[name=title]").fill("x" * 1500)
    page.keyboard.press("Control+s")
    expect(page.locator("[name=title][aria-invalid=true]")).to_be_visible()
    expect(body).to_have_value("One. Two.")
    assert count_drafts(page) == 1
    page.locator("[name=title]").fill("Counted")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/notes/\d+$"))
    expect(page.locator("main")).to_contain_text("One. Two.")
    page.wait_for_load_state()  # what was saved is forgotten by a script
    assert count_drafts(page) == 0
    page.go_back()
    page.goto(f"{site}/trash")
    assert not asked, "what was saved is not asked about, also where Back shows it again"


def test_two_tabs_keep_two_drafts_and_a_newer_version_is_told(page: Page, site: str) -> None:
    address = f"{site}/notes/1/edit"
    other = page.context.new_page()
    for tab, text in ((page, "from one tab"), (other, "from the other")):
        tab.goto(address)
        tab.locator("[name=body]").fill(text)
    other.keyboard.press("Control+s")
    expect(other.locator("#messages")).to_contain_text("Saved.")
    page = crash(page)
    page.goto(address)
    offer = page.locator(".draft")
    expect(offer).to_have_count(1)
    expect(offer).to_contain_text("What is saved here has changed since.")
    page.get_by_role("button", name="Take it up").click()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".theirs")).to_contain_text("from the other")
    expect(page.locator("[name=body]")).to_have_value("from one tab")
    page.keyboard.press("Control+s")
    expect(page.locator("#messages")).to_contain_text("Saved.")
    expect(page.locator(".theirs"), "what was so is said no more").to_have_count(0)
    expect(page.locator("[name=body]")).to_have_value("from one tab")
    assert count_drafts(page) == 0


def test_a_comparison_comes_back_with_its_rows_in_their_order(page: Page, site: str) -> None:
    page.goto(f"{site}{TABLE}/edit")
    names = page.locator("#row_order .x-name")
    was = names.all_inner_texts()
    page.locator("#row_order button[aria-label$=': down']:not([aria-disabled])").first.click()
    expect(names).not_to_have_text(was)
    moved = names.all_inner_texts()
    page = crash(page)
    page.goto(f"{site}{TABLE}/edit")
    names = page.locator("#row_order .x-name")
    page.get_by_role("button", name="Take it up").click()
    expect(names).to_have_text(moved)
    page.get_by_role("button", name="Throw it away").click()
    expect(names).to_have_text(was)
    assert count_drafts(page) == 0


def test_a_browser_that_stores_nothing_still_asks(page: Page, site: str) -> None:
    asked = asks_nobody(page)
    forbid = "Object.defineProperty(window, 'localStorage', { get() { throw new Error('no'); } })"
    page.add_init_script(forbid)
    page.goto(f"{site}{TABLE}")
    page.locator("#x td a").first.focus()
    page.keyboard.press("+")
    expect(page.locator(RATIONALE)).to_be_visible()
    wait_for_drafts(page)
    page.fill(RATIONALE, THOUGHT)
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator("#drawer")).to_be_hidden()
    page.keyboard.press("+")
    expect(page.locator(RATIONALE)).to_have_value(THOUGHT)
    page.goto(f"{site}/notes/new")
    assert asked == ["beforeunload"]
    full = "Storage.prototype.setItem = () => { throw new DOMException('', 'QuotaExceededError'); }"
    tab = page.context.new_page()
    tab.add_init_script(full)
    tab.goto(f"{site}/notes/new")
    tab.locator("[name=body]").fill(THOUGHT)
    tab.goto(f"{site}/notes")
    assert asked == ["beforeunload"] * 2


def test_a_draft_is_of_its_paper_whatever_that_is_called_by_now(page: Page, site: str) -> None:
    api = f"{site}/api/v1/papers"
    page.request.post(api, data={"title": "Kettles", "citekey": "kettles"})
    page.goto(f"{site}/papers/kettles/edit")
    page.locator("[name=venue]").fill(THOUGHT)
    page = crash(page)
    page.request.patch(f"{api}/kettles", data={"citekey": "boilers"})
    page.goto(f"{site}/papers/boilers/edit")
    expect(page.locator(".draft")).to_contain_text(THOUGHT)
    page.request.delete(f"{api}/boilers")
    page.request.post(f"{site}/papers/boilers/delete")
    page.request.post(api, data={"title": "Another", "citekey": "boilers"})
    page.goto(f"{site}/papers/boilers/edit")
    expect(page.locator("[name=title]")).to_have_value("Another")
    expect(page.locator(".draft")).to_have_count(0)
    page.request.delete(f"{api}/boilers")
    page.request.post(f"{site}/papers/boilers/delete")


def test_a_claim_left_half_done_is_listed_by_its_cell_and_its_words(page: Page, site: str) -> None:
    page.goto(f"{site}/comparisons/vqa-text-to-sql")
    page.locator("#x tr#gated-fusion td a").first.focus()
    page.keyboard.press("+")
    thought = page.locator("#drawer details.add [name=rationale]")
    expect(thought).to_be_visible()
    wait_for_drafts(page)
    thought.fill("half")  # shorter than a date
    page = crash(page)
    page.goto(site)
    listed = page.locator("#half-done [data-row]")
    expect(listed.get_by_role("link")).to_have_text("Gated fusion × Unseen data")
    expect(listed.locator(".row-why")).to_have_text("half")


def test_what_was_typed_before_the_script_that_keeps_it_came_is_kept(page: Page, site: str) -> None:
    waiting: list[Route] = []
    page.route("**/drafts.js*", lambda script: waiting.append(script))
    page.goto(f"{site}{TABLE}")
    page.locator("#x td a").first.focus()
    page.keyboard.press("+")
    page.fill(RATIONALE, THOUGHT)
    assert count_drafts(page) == 0
    for script in waiting:
        script.continue_()
    wait_for_drafts(page)
    assert count_drafts(page) == 1


def test_the_overview_lists_what_was_left_half_done(page: Page, site: str) -> None:
    page.goto(f"{site}/notes/new")
    page.locator("[name=body]").fill("A thought about gates that nobody finished")
    page.goto(f"{site}/import")
    page.get_by_label("or paste its text").fill("@misc{l, title={Lamps}, year={2020}}")
    page.get_by_role("button", name="Show what becomes what").click()
    page.wait_for_url("**/import/*name=*")
    page.goto(site)
    listed = page.locator("#half-done [data-row]")
    expect(listed).to_have_count(2)
    expect(listed.first).to_contain_text(".bib")
    expect(listed.last).to_contain_text("A thought about gates")
    listed.first.get_by_role("button", name="Throw it away").click()
    expect(listed).to_have_count(1)
    listed.get_by_role("link").click()
    page.wait_for_url("**/notes/new")
    page.get_by_role("button", name="Take it up").click()
    expect(page.locator("[name=body]")).to_have_value(re.compile("A thought about gates"))
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/notes/\d+$"))
    page.goto(site)
    expect(page.locator("#half-done")).to_be_hidden()
