"""What holds for the forms of all pages: Enter does what a form is for, and no text goes unkept."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

import pytest
from fastapi.testclient import TestClient

from app.settings import Settings
from tests.databases import Template

pytestmark = pytest.mark.sqlite  # HTML does not depend on the database

TABLE = "/comparisons/vqa-text-to-sql"
CELL = f"{TABLE}/question-guided-attention/match-vs-understanding"
BIB = "@article{lamp2020, title={Lamps}, author={Vogel, Ada}, year={2020}}\n@article{broken,\n"
PAGES = [
    "/",
    "/papers",
    "/papers/kim2021vilt",
    "/papers/kim2021vilt/edit",
    "/papers/new",
    "/notes",
    "/notes/new",
    "/notes/1/edit",
    "/notes/1",
    "/comparisons",
    "/comparisons/new",
    f"{TABLE}",
    f"{TABLE}/edit",
    f"{TABLE}/next",
    CELL,
    f"{CELL}?edit=1",
    "/correspondences",
    "/correspondences/new",
    "/techniques",
    "/techniques/new",
    "/techniques/gated-fusion/edit",
    "/issues/new",
    "/benchmarks/spider-dk",
    "/benchmarks/spider-dk/T1/dk-t1",
    "/search?q=gate",
    "/settings",
    "/import",
    "/export",
    "/evidence/new",
    "/duplicates?first=kim2021vilt&second=liu2023lqae",
    "/trash",
]
NO_TEXT = {"hidden", "checkbox", "radio", "file", "submit", "button", "search"}
Attributes = dict[str, str | None]


@dataclass
class FoundForm:
    attributes: Attributes
    buttons: list[Attributes] = field(default_factory=list)  # in tree order
    texts: list[str] = field(default_factory=list)

    @property
    def saves(self) -> bool:
        return self.attributes.get("method") == "post"


class _Forms(HTMLParser):
    """The forms of a page; what names a form by its id belongs to that."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[FoundForm] = []
        self._by_id: dict[str, FoundForm] = {}
        self._open: FoundForm | None = None
        self.feed(html)

    def _of(self, attributes: Attributes) -> FoundForm | None:
        name = attributes.get("form")
        if not name:
            return self._open
        return self._by_id.setdefault(name, FoundForm({}))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "form":
            form = self._by_id.setdefault(
                attributes.get("id") or f" {len(self.forms)}", FoundForm({})
            )
            form.attributes = attributes
            self.forms.append(form)
            self._open = form
        elif found := self._of(attributes):
            kind = attributes.get("type") or ("text" if tag == "input" else "submit")
            if tag == "button" and kind == "submit":
                found.buttons.append(attributes)
            elif tag == "textarea" or (tag == "input" and kind not in NO_TEXT):
                found.texts.append(attributes.get("name") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None


@pytest.fixture
def settings(tmp_path_factory: pytest.TempPathFactory, starter_library: Template) -> Settings:
    return starter_library.restored(tmp_path_factory.getbasetemp() / "library")


@pytest.fixture
def pages(client: TestClient) -> dict[str, list[FoundForm]]:
    """Every page with a form, also as they come back when something was wrong."""
    answers = {address: client.get(address) for address in PAGES}
    assert {address: each.status_code for address, each in answers.items() if each.is_error} == {}
    stale = {"version": "0", "stance": "addresses", "rationale": "x"}
    answers["a claim that somebody else has saved"] = client.post(f"{CELL}/claims/1", data=stale)
    answers["a comparison that somebody else has saved"] = client.post(
        TABLE,
        data={"version": "0", "title_en": "x", "row": "gated-fusion", "column": "commonsense"},
    )
    quoted = {
        "stance": "addresses",
        "rationale": "x",
        "evidence_source": "note:1",
        "evidence_quote": client.get("/api/v1/notes/1").json()["body"][:60].replace("a", "e"),
        "evidence_locator": "",
        "evidence_polarity": "supports",
    }
    answers["a quotation that is nearly there"] = client.post(f"{CELL}/claims", data=quoted)
    answers["a paper that may be here"] = client.post(
        "/papers", data={"title": client.get("/api/v1/papers/kim2021vilt").json()["title"]}
    )
    answers["the preview of an import"] = client.post("/import", data={"text": BIB})
    return {name: _Forms(answer.text).forms for name, answer in answers.items()}


def test_every_form_saves_on_enter_and_keeps_what_is_typed(
    pages: dict[str, list[FoundForm]],
) -> None:
    """HTML: Enter in a field presses the first submit button in tree order. The one that saves has
    no name; a name makes another form of this one, or deletes."""
    saving = [
        (name, form) for name, forms in pages.items() for form in forms if form.saves and form.texts
    ]
    several = [(name, form) for name, form in saving if len(form.buttons) > 1]
    assert len(several) > 10
    assert [name for name, form in several if "name" in form.buttons[0]] == []
    for name in ("a claim that somebody else has saved", "a quotation that is nearly there"):
        buttons = {each.get("name") for form in pages[name] for each in form.buttons}
        assert {"take", "use"} & buttons, f"{name} has its buttons"

    without = {
        (form.attributes.get("action") or "").partition("?")[0]
        for _, form in saving
        if "data-draft" not in form.attributes
    }
    # Ids to be looked up, and the name of a search: a word that stands in the address beside it.
    assert without == {"/papers/lookup", "/search"}


def test_the_trash_has_a_door_on_every_page(client: TestClient) -> None:
    for address in ("/", "/notes/new", "/nowhere"):
        assert '<a href="/trash">' in client.get(address).text
