"""Things of every day, each by the way that takes least: keys and clicks are counted.

What one has to say anyway (a reason, a rationale, the text of a note) counts nowhere; names that
are typed to find something do, a key for each letter. A chord is one key. The paths share a server.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, expect

from app.main import create_app
from tests.arxiv_server import ArxivServer
from tests.browser.conftest import serve
from tests.databases import Template

pytestmark = pytest.mark.sqlite  # how many keys it takes does not depend on the database

TABLE = "/comparisons/vqa-text-to-sql"
LQAE = "Language Quantized AutoEncoders: Towards Unsupervised Text-Image Alignment"


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory, starter_library: Template, arxiv: ArxivServer
) -> Iterator[str]:
    """One server for all paths; each leaves to the others what they need."""
    library = tmp_path_factory.mktemp("paths") / "library"
    settings = starter_library.restored(library).model_copy(
        update={"arxiv_url": arxiv.url, "pdf_url": arxiv.pdf_url, "arxiv_delay": 0.0}
    )
    with serve(create_app(settings)) as address:
        yield address


@dataclass
class Hand:
    """Somebody at the keys, who is counted."""

    page: Page
    site: str
    keys: int = 0
    clicks: int = 0

    def open(self, address: str) -> None:
        """Where the path begins."""
        self.page.goto(self.site + address)
        self.settle()

    def settle(self) -> None:
        self.page.wait_for_load_state()  # and with it the keys

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.keys += 1

    def type(self, text: str) -> None:
        """Letters by which something is found or named."""
        self.page.keyboard.type(text)
        self.keys += len(text)

    def say(self, text: str) -> None:
        """What has to be said anyway."""
        self.page.keyboard.insert_text(text)

    def click(self, what: Locator) -> None:
        what.click()
        self.clicks += 1

    def post(self, address: str, **given: object) -> dict[str, object]:
        """What was there before: by nobody's hand."""
        answer = self.page.request.post(f"{self.site}/api/v1/{address}", data=given)
        assert answer.ok, answer.text()
        found: dict[str, object] = answer.json()
        return found

    def told(self, text: str) -> None:
        expect(self.page.locator("#messages")).to_contain_text(text)


def tag_twenty(hand: Hand, name: str = "twenty") -> None:
    hand.open("/papers")
    hand.press("j", "x")
    expect(hand.page.locator("#bulk")).to_be_visible()
    hand.press("b", "p", "b", "t")
    expect(hand.page.locator("#bulk [name=tags]")).to_be_focused()
    hand.type(name)
    hand.press("Enter")
    hand.told("Changed: 20.")


def undo_that(hand: Hand) -> None:
    tag_twenty(hand, "wrong")
    hand.keys = 0
    hand.press("u")
    hand.told("Taken back: 20.")


def judge_ten(hand: Hand) -> None:
    hand.open("/papers?verdict=unread&sort=title")
    for number in range(10):
        row = hand.page.locator(".row").nth(number)
        hand.press("j", "5")
        expect(row.locator("#triage [name=reason]")).to_be_focused()
        hand.say("out of scope")
        hand.press("Enter")
        expect(row.locator(".row-why")).to_contain_text("out of scope")
        expect(row.locator("[data-open]")).to_be_focused()


def link_an_issue(hand: Hand) -> None:
    hand.open("/notes/new")
    hand.page.locator("#field-body").focus()
    hand.type("[[领域")
    expect(hand.page.locator("#completions [role=option]").first).to_contain_text("领域知识")
    hand.press("Enter")
    expect(hand.page.locator("#field-body")).to_have_value("[[issue:领域知识]]")


def find_other_papers(hand: Hand) -> None:
    hand.open("/papers/kim2021vilt")
    hand.click(hand.page.locator(".authors a").first)
    expect(hand.page.get_by_role("heading", level=1)).to_have_text("Wonjae Kim")


def note_from_nowhere(hand: Hand) -> None:
    hand.open("/settings")
    hand.press("Control+k")
    hand.type("vilt")
    expect(hand.page.locator("#jump-list [role=option]").first).to_contain_text("ViLT")
    hand.press("Enter")
    hand.page.wait_for_url("**/papers/kim2021vilt")
    hand.settle()
    hand.press("n")
    hand.page.wait_for_url("**/notes/new?paper=kim2021vilt")
    hand.settle()
    expect(hand.page.locator("#field-title")).to_be_focused()
    hand.press("Tab")
    expect(hand.page.locator("#field-body")).to_be_focused()
    hand.say("It needs no region features.")
    hand.press("Control+Enter")
    expect(hand.page.get_by_text("It needs no region features.").first).to_be_visible()


def come_back_to_half_a_claim(hand: Hand) -> None:
    cell = f"{TABLE}/question-guided-attention/match-vs-understanding"
    hand.open(f"{cell}?add=1")
    hand.page.locator("details.add [name=rationale]").fill("half a thought")
    context = hand.page.context
    hand.page.close(run_before_unload=False)
    hand.page = context.new_page()
    hand.open("/")
    hand.click(hand.page.locator("#half-done [data-open]").first)
    hand.page.wait_for_url(f"**{cell}*")
    hand.settle()
    hand.click(hand.page.get_by_role("button", name="Take it up").first)
    expect(hand.page.locator("details.add [name=rationale]")).to_have_value("half a thought")
    expect(hand.page.locator("details.add [name=rationale]")).to_be_visible()


def join_what_is_here(hand: Hand) -> None:
    hand.page.request.delete(f"{hand.site}/api/v1/papers/liu2023lqae")
    hand.page.request.post(f"{hand.site}/papers/liu2023lqae/delete")
    key = hand.post("papers", title=LQAE)["citekey"]
    hand.open("/papers")
    hand.press("n")
    hand.page.wait_for_url("**/papers/new")
    hand.settle()
    hand.type("2302.00902")
    hand.press("Enter")
    hand.click(hand.page.get_by_role("button", name="It is this one: complete it"))
    hand.page.wait_for_url(f"**/papers/{key}")
    expect(hand.page.get_by_text("arXiv:2302.00902").first).to_be_visible()


def rename_a_tag(hand: Hand) -> None:
    hand.post("papers", title="A tagged thing", tags=["old name"])
    hand.open("/papers?q=tagged+thing")
    hand.click(hand.page.locator(".row .tag").first)
    hand.page.wait_for_url("**/tags/**")
    hand.click(hand.page.get_by_text("Rename, merge or delete"))
    hand.click(hand.page.get_by_label("Name", exact=True))
    hand.press("Control+a")
    hand.type("new name")
    hand.press("Enter")
    expect(hand.page.get_by_role("heading", name="new name", exact=True)).to_be_visible()


def leave_cells_out(hand: Hand) -> None:
    hand.open(f"{TABLE}?technique=gated-fusion&technique=concat-single-stream")
    hand.click(hand.page.locator("#x-fill"))
    hand.page.wait_for_url("**/fill**")
    hand.click(hand.page.locator("[name=stance][value=inapplicable]"))
    hand.press("Tab")
    hand.say("no schema here")
    hand.press("Control+Enter")
    hand.told("Filled")


def blank_corners(hand: Hand) -> tuple[Locator, Locator]:
    """Two cells, of which the second stands two rows and a column further than the first; the row
    between has a cell of its own in the first column alone."""
    hand.open(TABLE)
    first, last = (f"#x tr#{name} td" for name in ("schema-verbalisation", "consistency-learning"))
    return hand.page.locator(first).first, hand.page.locator(last).nth(1)


def leave_a_region_out(hand: Hand) -> None:
    first, last = blank_corners(hand)
    first.hover()
    hand.page.mouse.down()
    last.hover()
    hand.page.mouse.up()
    hand.clicks += 1
    expect(hand.page.locator("#drawer")).to_be_hidden()
    expect(hand.page.locator("#x td.chosen")).to_have_count(6)
    hand.click(hand.page.get_by_role("link", name="Fill 6 chosen cells"))
    hand.page.wait_for_url("**/fill?exact=1**")
    for axis, count in (("technique", 3), ("issue", 2)):
        expect(hand.page.locator(f"[name={axis}]:checked")).to_have_count(count)
    hand.click(hand.page.locator("[name=stance][value=inapplicable]"))
    hand.press("Tab")
    hand.say("no schema here")
    hand.press("Control+Enter")
    hand.told("Filled")


def leave_a_region_out_by_keys(hand: Hand) -> None:
    first, _ = blank_corners(hand)
    first.locator("a").focus()
    hand.press("Shift+ArrowRight", "Shift+ArrowDown")
    expect(hand.page.locator("#x td.chosen")).to_have_count(4)
    hand.press("Escape")
    expect(hand.page.locator("#x td.chosen")).to_have_count(0)
    hand.press("Shift+ArrowRight", "b")
    hand.page.wait_for_url("**/fill?exact=1**")


def find_by_pinyin(hand: Hand) -> None:
    hand.open("/papers")
    hand.press("Control+k")
    hand.type("mkrh")
    expect(hand.page.locator("#jump-list [role=option]").first).to_contain_text("Gated fusion")
    hand.press("Enter")
    hand.page.wait_for_url("**/techniques/gated-fusion")


def read_on(hand: Hand) -> None:
    hand.open("/papers?sort=title")
    titles = hand.page.locator(".row-title").all_inner_texts()
    hand.page.locator(".row-title a").first.click()
    hand.page.wait_for_url("**/papers/**")
    hand.settle()
    hand.press("J")
    expect(hand.page.get_by_role("heading", level=1)).to_have_text(titles[1])


def cite_three(hand: Hand) -> None:
    hand.open("/papers?sort=title")
    hand.press("j", "x", "j", "x", "j", "x")
    expect(hand.page.locator("#bulk [role=status]")).to_have_text("3 ticked")
    hand.press("b", "e")
    hand.click(hand.page.locator("#bulk button[value=cite]"))
    hand.page.wait_for_url("**/cite?**")
    expect(hand.page.locator("main")).to_contain_text("3")


def begin_with_a_template(hand: Hand) -> None:
    hand.open("/papers/kim2021vilt")
    hand.press("n")
    hand.page.wait_for_url("**/notes/new**")
    hand.settle()
    hand.click(hand.page.locator("nav.templates").get_by_role("link", name="Paper", exact=True))
    expect(hand.page.locator("#field-body")).not_to_have_value("")


def complete_an_author(hand: Hand) -> None:
    hand.open("/papers/new?title=Another+one")
    hand.page.locator("#field-authors").focus()
    hand.type("wonj")
    expect(hand.page.locator("#completions [role=option]").first).to_contain_text("Wonjae Kim")
    hand.press("ArrowDown", "Enter")
    expect(hand.page.locator("#field-authors")).to_have_value("Wonjae Kim")


def put_off_until(hand: Hand) -> None:
    hand.open("/papers?verdict=unread&sort=-title")
    hand.press("j", "6")
    expect(hand.page.locator("#triage-reason")).to_be_focused()
    hand.press("Tab", "Tab")
    expect(hand.page.locator("#triage [name=due]")).to_be_focused()
    hand.type("03032027")
    hand.press("Enter")
    expect(hand.page.locator(".row").first).to_contain_text("again from 3 March 2027")


# Keys and clicks that each takes.
PATHS: list[tuple[Callable[[Hand], None], int, int]] = [
    (tag_twenty, 13, 0),
    (undo_that, 1, 0),
    (judge_ten, 30, 0),
    (link_an_issue, 5, 0),
    (find_other_papers, 0, 1),
    (note_from_nowhere, 9, 0),
    (come_back_to_half_a_claim, 0, 2),
    (join_what_is_here, 12, 1),
    (rename_a_tag, 10, 3),
    (leave_cells_out, 2, 2),
    (leave_a_region_out, 2, 3),
    (leave_a_region_out_by_keys, 5, 0),
    (find_by_pinyin, 6, 0),
    (read_on, 1, 0),
    (cite_three, 8, 1),
    (begin_with_a_template, 1, 1),
    (complete_an_author, 6, 0),
    (put_off_until, 13, 0),
]


@pytest.mark.parametrize(
    ("path", "keys", "clicks"), PATHS, ids=[each.__name__ for each, _, _ in PATHS]
)
def test_it_takes_no_more(
    page: Page, site: str, path: Callable[[Hand], None], keys: int, clicks: int
) -> None:
    hand = Hand(page, site)
    path(hand)
    assert (hand.keys, hand.clicks) == (keys, clicks)
