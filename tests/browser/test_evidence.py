"""A new version says a quoted sentence otherwise: seen in the cell, decided in the list by keys."""

import pytest
from playwright.sync_api import Page, expect

from app.database import Database
from app.models import FilePage, Paper, PaperFile, StoredFile
from app.models.files import TextState
from app.settings import Settings
from app.startup import open_library
from tests.browser.test_main_job import shot

pytestmark = pytest.mark.sqlite  # what is drawn does not depend on the database

CELL = "comparisons/vqa-text-to-sql/gated-fusion/distractor-content"
QUOTE = "The gate weighs what is seen and drops the rest."
OLD = ["A Study of Gates", "We propose a gate. The gate weighs what is seen\nand drops the rest."]
NEW = ["A Study of Gates", "The gate now weighs all that is seen and keeps the rest. Thanks."]


def attach(db: Database, sha: str, pages: list[str], version: int) -> None:
    """A file of the first paper, whose text is extracted."""
    with db.write() as session:
        file = StoredFile(
            sha256=sha, media_type="application/pdf", size=1, text_state=TextState.DONE
        )
        session.add(file)
        session.flush()
        session.add(PaperFile(paper_id=1, sha256=sha, name=f"{sha}.pdf", arxiv_version=version))
        session.add_all(FilePage(sha256=sha, page=n, text=text) for n, text in enumerate(pages, 1))


def test_a_reworded_sentence_is_shown_beside_the_old_one_and_accepted(
    page: Page, site: str, settings: Settings
) -> None:
    db = open_library(settings)
    with db.read() as session:
        key = session.get_one(Paper, 1).citekey
    claim = {
        "stance": "fails",
        "rationale": "It drops what is not seen.",
        "evidence": [{"paper": key, "quote": QUOTE, "locator": "p. 2"}],
    }
    cell = CELL.replace("sql/", "sql/cells/")
    made = page.request.post(f"{site}/api/v1/{cell}/claims", data=claim)
    assert made.status == 201
    number = made.json()["id"]
    attach(db, "a1", OLD, 1)
    page.goto(f"{site}/{CELL}")
    of_claim = page.locator(f"#claim-{number}")
    expect(of_claim.get_by_text("stands on p. 2 of v1")).to_be_visible()
    attach(db, "a2", NEW, 2)
    db.close()

    page.goto(f"{site}/{CELL}")
    expect(of_claim.get_by_text("p. 2 of v2 says it otherwise.")).to_be_visible()
    page.locator("section.passages").scroll_into_view_if_needed()
    expect(page.locator("section.passages .offered")).to_be_visible()
    expect(page).to_have_title("Gated fusion × Distracting content · Crosswalk")
    expect(of_claim.locator("del").first).to_have_text("what")
    expect(of_claim.locator("ins").first).to_have_text("now")
    shot(page, "evidence-reworded-in-its-cell")

    page.goto(site)
    page.get_by_role("link", name="1 piece of evidence is to be looked at again").click()
    shot(page, "evidence-list")
    page.keyboard.press("j")
    page.keyboard.press("a")
    expect(page.get_by_text("Every quotation stands")).to_be_visible()
    page.goto(f"{site}/{CELL}")
    expect(of_claim.get_by_text("stands on p. 2 of v2")).to_be_visible()
    expect(of_claim.locator("blockquote")).to_have_text(
        "The gate now weighs all that is seen and keeps the rest."
    )
