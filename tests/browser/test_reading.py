"""Reading by keys: a passage over a hyphen becomes a mark, evidence for a cell and a quotation in a
note; it is found again in a later version; where one stopped is remembered."""

import re

import pytest
from playwright.sync_api import FilePayload, Page, expect

from app import main
from tests.arxiv_server import ArxivServer
from tests.browser.conftest import SHOTS
from tests.files.pdf_bytes import make_pdf, page_of

pytestmark = pytest.mark.sqlite  # what is drawn does not depend on the database

FIRST = ("Gates", "We fuse image and text by a gate that com-", "putes a weight from both sides.")
LATER = ("Limits", "No gate knows a proverb. Idioms stay hard.")
SENTENCE = "a gate that computes a weight from both sides."


def select(page: Page, start: str, end: str) -> None:
    page.evaluate(
        """([start, end]) => {
          const parts = [...document.querySelectorAll(".textLayer span")];
          const find = (words) => parts.find(({ textContent }) => textContent.includes(words));
          const [one, other] = [find(start).firstChild, find(end).firstChild];
          const range = document.createRange();
          range.setStart(one, one.data.indexOf(start));
          range.setEnd(other, other.data.indexOf(end) + end.length);
          getSelection().removeAllRanges();
          getSelection().addRange(range);
        }""",
        [start, end],
    )
    expect(page.locator("#marking")).to_be_visible()


def add_file(page: Page, site: str, name: str, *pages: tuple[str, ...]) -> str:
    data = make_pdf(*(page_of(*lines) for lines in pages))
    sent: FilePayload = {"name": name, "mimeType": "application/pdf", "buffer": data}
    answer = page.request.post(f"{site}/api/v1/papers/gates/files", multipart={"file": sent})
    assert answer.status == 201
    sha256: str = answer.json()["sha256"]
    return sha256


def read(page: Page, url: str) -> None:
    page.goto(url)
    page.locator("#reader[data-ready]").wait_for()


def test_a_passage_is_marked_used_and_quoted_by_keys(page: Page, site: str) -> None:
    page.request.post(f"{site}/api/v1/papers", data={"title": "Gates", "citekey": "gates"})
    add_file(page, site, "v1.pdf", FIRST, LATER)
    read(page, f"{site}/papers/gates/read")
    marks, boxes = page.locator("#marks .mark"), page.locator(".mark-box")

    # A colour by its number; another; away, and back.
    select(page, "a gate that", "both sides.")
    page.keyboard.press("3")
    expect(marks.locator("blockquote")).to_have_text(SENTENCE)
    expect(boxes).to_have_count(2)  # a line each
    expect(boxes.first).to_have_class(re.compile("is-method"))
    page.keyboard.press("4")
    expect(boxes.first).to_have_class(re.compile("is-doubt"))
    page.keyboard.press("Delete")
    expect(boxes).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(boxes).to_have_count(2)

    # The same words once more are the same mark; with a comment.
    select(page, "a gate that", "both sides.")
    page.keyboard.press("c")
    expect(marks.get_by_label("Comment")).to_be_focused()
    page.keyboard.type("So it is *one* weight.")
    expect(marks.get_by_label("Comment")).to_have_value("So it is *one* weight.")
    page.keyboard.press("Control+Enter")
    expect(marks).to_have_count(1)
    expect(marks.locator("em")).to_have_text("one")

    # Evidence for a cell; what is missing is said at its field.
    select(page, "a gate that", "both sides.")
    page.keyboard.press("e")
    expect(page.locator("#evidence-form [name=basis]:checked")).to_have_value("argued")
    dialog = page.locator("#evidence")
    expect(dialog.get_by_label("Quotation")).to_have_value(SENTENCE)
    page.locator("#evidence-technique").select_option("gated-fusion")
    page.keyboard.press("Control+Enter")
    expect(dialog.get_by_text("Choose an issue.")).to_be_visible()
    page.locator("#evidence-issue").select_option("commonsense")
    dialog.locator("[value=partial]").check()
    page.keyboard.press("Control+Enter")
    dialog.get_by_role("link", name=re.compile("Gated fusion")).wait_for()
    cell = dialog.get_by_role("link", name=re.compile("Gated fusion")).get_attribute("href")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()

    # A quotation in a note, with the way back.
    select(page, "fuse image", "and text")
    page.keyboard.press("n")
    body = page.locator("#reader-note-body")
    expect(body).to_have_value(
        re.compile(r"^> fuse image and text \(\[p\. 1\]\(/papers/gates/read")
    )
    page.keyboard.press("Control+Enter")
    expect(page.locator("#reading_notes blockquote")).to_contain_text("fuse image and text")
    expect(marks).to_have_count(2)
    page.screenshot(path=SHOTS / "reading.png", caret="initial")

    # Found, and the place remembered: who turns the page is reading.
    page.keyboard.press("Escape")
    page.locator("#reader-pages").focus()
    page.keyboard.press("f")
    page.keyboard.type("proverb idioms")
    expect(page.locator("#reader-hits")).to_have_text("1 of 1")  # over what stands between
    expect(page.locator("#reader-page")).to_have_value("2")
    expect(page.locator("#reading [aria-pressed=true]")).to_have_text("Being read")
    page.goto(f"{site}{cell}")
    expect(page.get_by_text(SENTENCE).first).to_be_visible()
    expect(page.get_by_text("p. 1").first).to_be_visible()
    read(page, f"{site}/papers/gates/read")
    expect(page.locator("#reader-page")).to_have_value("2")

    # Over the end of a page it is one passage.
    expect(page.locator(".textLayer")).to_have_count(2)
    select(page, "both sides", "knows a proverb.")
    expect(page.locator("#marking")).to_be_visible()
    page.keyboard.press("1")
    over = "both sides. Limits No gate knows a proverb."
    expect(page.locator(".mark.is-chosen blockquote")).to_have_text(over)
    expect(page.locator(".mark-box.is-chosen")).to_have_count(3)  # a line, and two on the next page

    # In a version that has a page more, the mark is where its words are.
    later = add_file(page, site, "v2.pdf", ("A cover",), FIRST, LATER)
    read(page, f"{site}/papers/gates/read?file={later}&q=weight#mark-1")
    expect(page.locator("#mark-1 [data-to-mark]")).to_have_text("p. 2")
    expect(page.locator(".mark-box.is-chosen")).to_have_count(2)

    # On a phone: the panel is a sheet, nothing runs over the side.
    page.set_viewport_size({"width": 360, "height": 740})
    page.emulate_media(color_scheme="dark")
    read(page, f"{site}/papers/gates/read?page=1")
    expect(page.locator("#reader-panel")).to_be_hidden()
    page.locator(".reader-toggle").click()
    expect(page.locator("#reader-panel")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.screenshot(path=SHOTS / "reading-phone.png", caret="initial")


@pytest.fixture
def texts_extracted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server that is started after this extracts texts, as it does outside of tests."""
    monkeypatch.setattr(main, "_FIRST_LOOK", 0.0)


@pytest.mark.usefixtures("texts_extracted")
def test_from_a_line_of_a_fetched_pdf_to_a_claim_that_follows_the_next_version(
    page: Page, site: str, arxiv: ArxivServer
) -> None:
    sentence = "The sigmoidal gate computes a weight from both sides."
    cover = page_of("Gates", "A study of what they let through.")
    first = page_of("We begin.", "The sigmoidal gate com-", "putes a weight from both sides. Fine.")
    later = page_of("We begin.", "The sigmoidal gate takes its weight from one side. Fine.")
    paper = {"title": "Gates", "citekey": "gates", "arxiv_id": "2601.01234"}
    assert page.request.post(f"{site}/api/v1/papers", data=paper).status == 201
    arxiv.pdfs = {"2601.01234": make_pdf(cover, first)}

    # Fetched, and its text taken, while one looks on.
    page.goto(f"{site}/papers/gates")
    page.get_by_role("button", name="Fetch the PDF from arXiv").click()
    files = page.locator("#files")
    expect(files.locator(".file-name")).to_have_text("2601.01234v1.pdf", timeout=20_000)
    expect(files.get_by_text("2 pages")).to_be_visible(timeout=60_000)

    # Two lines over a hyphen, one key, a cell.
    read(page, f"{site}/papers/gates/read?page=2")
    select(page, "The sigmoidal", "both sides.")
    page.keyboard.press("e")
    page.locator("#evidence-technique").select_option("gated-fusion")
    page.locator("#evidence-issue").select_option("commonsense")
    page.locator("#evidence [value=partial]").check()
    page.keyboard.press("Control+Enter")
    page.locator("#evidence").get_by_role("link", name=re.compile("Gated fusion")).click()
    claim = page.locator(".claim", has_text=sentence)
    expect(claim.locator("blockquote")).to_have_text(sentence)
    expect(claim.get_by_role("link", name="stands on p. 2 of v1")).to_be_visible()
    cell = page.url

    # Its rarest word finds the page, and opens there.
    page.goto(f"{site}/search?q=sigmoidal")
    hit = page.locator(".row", has_text="Gates").filter(has=page.locator(".row-page"))
    expect(hit.locator(".row-page")).to_have_text("p. 2")
    hit.get_by_role("link").first.click()
    page.locator("#reader[data-ready]").wait_for()
    expect(page.locator("#reader-page")).to_have_value("2")

    # The next version says it otherwise: both are shown, and the new one taken.
    arxiv.pdfs, arxiv.latest = {"2601.01234": make_pdf(cover, later)}, {"2601.01234": 2}
    page.goto(f"{site}/papers/gates")
    page.get_by_role("button", name="Fetch the newest PDF from arXiv").click()
    expect(files.locator(".file-name").first).to_have_text("2601.01234v2.pdf", timeout=20_000)
    expect(files.get_by_text("2 pages")).to_have_count(2, timeout=60_000)
    page.goto(cell)
    expect(claim.get_by_text("p. 2 of v2 says it otherwise.")).to_be_visible()
    expect(claim.locator("del").first).to_be_visible()
    expect(claim.locator("ins").first).to_be_visible()
    page.screenshot(path=SHOTS / "reworded.png")
    claim.get_by_role("button", name="Take the new wording").click()
    taken = page.locator(".claim", has_text="from one side.")
    expect(taken.get_by_role("link", name="stands on p. 2 of v2")).to_be_visible()


def test_without_javascript_the_browser_s_viewer_is_offered(page: Page, site: str) -> None:
    page.request.post(f"{site}/api/v1/papers", data={"title": "Gates", "citekey": "gates"})
    sha256 = add_file(page, site, "v1.pdf", FIRST)
    assert page.context.browser
    bare = page.context.browser.new_context(java_script_enabled=False).new_page()
    bare.goto(f"{site}/papers/gates/read")
    link = bare.get_by_role("link", name="Open the PDF")
    assert link.get_attribute("href") == f"/files/{sha256}#page=1"
    bare.context.close()


def test_styles_that_scripts_and_readers_set_are_no_inline_styles(page: Page, site: str) -> None:
    """A formula with a frame, one that cannot be read, and a field that was drawn larger when its
    form came anew: the page's policy has nothing to refuse (`page` fails on what it says)."""
    page.request.post(f"{site}/api/v1/papers", data={"title": "Gates", "citekey": "gates"})
    add_file(page, site, "v1.pdf", FIRST)
    formulas = r"$\fcolorbox{red}{white}{x}$ and $\pmb{x}$ and $\frac{$"
    note = {"paper": "gates", "body": formulas}
    assert page.request.post(f"{site}/api/v1/notes", data=note).status == 201
    mark = {"page": 1, "exact": "We fuse image", "colour": "claim"}
    page.request.post(f"{site}/api/v1/papers/gates/marks", data=mark)
    read(page, f"{site}/papers/gates/read")
    expect(page.locator(".katex-error, .katex")).to_have_count(3)
    page.locator("#tab-marks").click()
    page.locator("#marks summary").click()
    comment = page.locator("#marks").get_by_label("Comment")
    comment.evaluate("field => (field.style.height = '300px')")
    comment.fill("Larger.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#marks .mark-comment")).to_have_text("Larger.")
