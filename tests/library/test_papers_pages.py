"""A reader adds papers, judges them, finds them again: the pages, without JavaScript."""

import re

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from app.database import Database
from app.main import create_app
from app.models import Issue, Paper, Tag, Technique
from app.settings import Settings
from tests.conftest import counted
from tests.databases import arranged
from tests.processes import FORKED

VILT = {
    "title": "ViLT: Vision-and-Language Transformer",
    "short_title": "ViLT",
    "authors": "Wonjae Kim\nBokyung Son; Ildoo Kim",
    "year": "2021",
    "venue": "ICML 2021",
    "tags": "预训练, baseline",
}


@arranged
def vilt(client: TestClient) -> str:
    """ViLT, added through the form; its citation key."""
    client.post("/papers", data=VILT)
    return "kim2021vilt"


def techniques(db: Database) -> None:
    with db.write() as session:
        fusion = Technique(slug="fusion", name_en="Fusion", name_zh="融合")
        session.add(fusion)
        session.flush()
        session.add(Technique(slug="gated", name_en="Gated", name_zh="门控", parent_id=fusion.id))


def test_an_empty_library_says_what_to_do(client: TestClient) -> None:
    page = client.get("/papers").text
    assert "No papers yet" in page
    assert 'href="/papers/new"' in page
    assert 'href="/import"' in page


@pytest.mark.parametrize(("room", "body"), [("papers", {"title": "x"}), ("notes", {"body": "x"})])
def test_a_page_after_the_last_leads_back(
    client: TestClient, room: str, body: dict[str, str]
) -> None:
    client.post(f"/api/v1/{room}", json=body)
    page = client.get(f"/{room}?page=7").text
    assert "There is no page 7" in page
    assert f'class="button" href="/{room}"' in page


def test_a_filter_without_a_count_can_be_taken_out_and_is_kept(
    client: TestClient, vilt: str
) -> None:
    page = client.get("/papers?technique=nope&author=Kim&sort=year").text
    assert 'href="/papers?author=Kim&amp;sort=year"' in page
    assert "technique: <bdi>nope</bdi>" in page
    assert '<input type="hidden" name="author" value="Kim">' in page


def test_a_paper_is_added_by_its_form(client: TestClient) -> None:
    answer = client.post("/papers", data=VILT)
    assert answer.url.path == "/papers/kim2021vilt"
    for name in ("Wonjae Kim", "Bokyung Son", "Ildoo Kim"):
        assert f">{name}</a>" in answer.text
    assert "Saved." in answer.text
    assert "Saved." not in client.get("/papers/kim2021vilt").text, "said once"


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("title", "", "Give a title."),
        ("title", "长" * 100_000, "at most 1000"),
        ("title", "bell \x07", "U+0007"),
        ("title", "abc \u202edef", "U+202E"),
        ("year", "99999", "Give a year between 1000 and 2200."),
        ("year", "MMXXI", "A year is a number"),
        ("doi", "10", "A DOI looks like"),
        ("kind", "song", "Choose one of the kinds."),
        ("technique", "no-such", "There is no technique no-such."),
        ("field", "no-such", "There is no field no-such."),
        ("arxiv_id", "2208", "This is not an arXiv id."),
    ],
)
def test_bad_input_comes_back_with_what_was_typed(
    client: TestClient, db: Database, field: str, typed: str, said: str
) -> None:
    answer = client.post("/papers", data={**VILT, "abstract": "kept text", field: typed})
    assert answer.status_code == 422
    assert said in answer.text
    assert "kept text" in answer.text
    assert field in ("kind", "technique", "field") or typed in answer.text
    with db.read() as session:
        assert not session.exec(select(Paper)).all()


def test_a_taken_citation_key_is_refused_by_name(client: TestClient, vilt: str) -> None:
    answer = client.post("/papers", data={"title": "Another", "citekey": vilt})
    assert answer.status_code == 422
    assert "ViLT: Vision-and-Language Transformer" in answer.text


def test_the_second_paper_of_one_name_gets_a_letter(client: TestClient, vilt: str) -> None:
    said = client.post("/papers", data=VILT)
    assert said.status_code == 409
    assert "by title and authors" in said.text
    assert 'name="force"' in said.text, "a reader who knows better adds it all the same"
    again = client.post("/papers", data={**VILT, "force": "1"})
    assert again.url.path == "/papers/kim2021vilta"


def test_a_verdict_has_a_reason_and_a_history(client: TestClient, vilt: str) -> None:
    assert "No verdict yet" in client.get(f"/papers/{vilt}").text
    client.post(f"/papers/{vilt}/verdicts", data={"verdict": "try", "reason": "轻量"})
    page = client.post(f"/papers/{vilt}/verdicts", data={"verdict": "no", "reason": "与本题无关"})
    assert "与本题无关" in page.text
    assert "Earlier verdicts" in page.text
    assert "轻量" in page.text
    listed = client.get("/papers?verdict=no").text
    assert "与本题无关" in listed
    assert "No paper passes" in client.get("/papers?verdict=try").text
    client.post(f"/papers/{vilt}/verdicts", data={"verdict": "unread"})
    assert "ViLT" in client.get("/papers?verdict=unread").text


def test_a_verdict_without_reason_is_not_saved(client: TestClient, vilt: str) -> None:
    answer = client.post(f"/papers/{vilt}/verdicts", data={"verdict": "try", "reason": " "})
    assert answer.status_code == 422
    assert "Say why" in answer.text
    answer = client.post(f"/papers/{vilt}/verdicts", data={"verdict": "wow", "reason": "why 原因"})
    assert answer.status_code == 422
    assert "why 原因" in answer.text


def test_htmx_gets_the_verdict_alone(client: TestClient, vilt: str) -> None:
    answer = client.post(
        f"/papers/{vilt}/verdicts",
        data={"verdict": "try", "reason": "试试"},
        headers={"HX-Request": "true", "HX-Target": "verdict"},
    )
    assert answer.text.lstrip().startswith('<section id="verdict"')
    assert "试试" in answer.text


def test_filters_are_or_within_and_between_and_counted(client: TestClient, db: Database) -> None:
    techniques(db)
    client.post("/papers", data={**VILT, "technique": "gated"})
    client.post("/papers", data={"title": "CLIP", "year": "2020", "technique": "fusion"})
    client.post("/papers", data={"title": "VAE", "year": "2013", "kind": "method"})
    listed = client.get("/papers?technique=fusion").text
    assert "ViLT" in listed, "a technique includes what is below it"
    assert "CLIP" in listed
    assert "VAE" not in listed
    both = client.get("/papers?year=2020&year=2021&technique=gated").text
    assert "2 of 3" not in both
    assert "1 of 3" in both
    counts = re.findall(r"<span>(Fusion|Gated)</span><span class=\"count\">(\d+)", both)
    assert counts == [("Fusion", "2"), ("Gated", "1")], "own choice does not narrow own counts"


def test_sorting_is_by_pinyin_and_by_family_name(client: TestClient) -> None:
    for title in ("注意力", "对齐", "Zebra", "门控"):
        client.post("/papers", data={"title": title})
    listed = client.get("/papers?sort=title").text
    order = re.findall(r"data-open[^>]*>([^<]+)<", listed)
    assert order == ["Zebra", "对齐", "门控", "注意力"]


def test_a_list_takes_the_same_statements_whatever_its_size(
    client: TestClient, db: Database
) -> None:
    def statements() -> int:
        with counted(db) as seen:
            assert client.get("/papers").status_code == 200
        return len(seen)

    client.post("/papers", data={**VILT, "technique": []})
    few = statements()
    again = statements()
    for number in range(30):
        data = {"title": f"T{number}", "authors": f"A {number}\nB {number}", "tags": f"t{number}"}
        client.post("/papers", data=data)
    assert statements() == few
    assert statements() == again < few, "counts are kept until the library changes"


def test_editing_marks_what_the_reader_wrote(client: TestClient, db: Database, vilt: str) -> None:
    form = client.get(f"/papers/{vilt}/edit").text
    version = re.search(r'name="version" value="(\d+)"', form)
    assert version
    client.post(f"/papers/{vilt}", data={**VILT, "venue": "ICML", "version": version[1]})
    with db.read() as session:
        assert session.exec(select(Paper)).one().reader_fields == ["venue"]


def test_the_second_of_two_tabs_is_told_and_keeps_its_text(client: TestClient, vilt: str) -> None:
    client.post(f"/papers/{vilt}", data={**VILT, "venue": "first tab", "version": "1"})
    answer = client.post(f"/papers/{vilt}", data={**VILT, "venue": "second tab", "version": "1"})
    assert answer.status_code == 412
    assert "first tab" in answer.text
    assert "second tab" in answer.text


def test_the_form_outlives_its_paper(client: TestClient, vilt: str) -> None:
    client.post(f"/papers/{vilt}/trash")
    client.post(f"/papers/{vilt}/delete")
    for year in ("2021", "MMXXI"):
        data = {**VILT, "venue": "typed", "year": year, "version": "1"}
        answer = client.post(f"/papers/{vilt}", data=data)
        assert answer.status_code == 404
        assert 'value="typed"' in answer.text
        assert 'method="post" action="/papers" ' in answer.text


def test_a_mistake_in_the_second_tab_does_not_hide_the_first(client: TestClient, vilt: str) -> None:
    """The form that comes back with an error still knows which version it was filled from."""
    client.post(f"/papers/{vilt}", data={**VILT, "venue": "first tab", "version": "1"})
    wrong = client.post(f"/papers/{vilt}", data={**VILT, "year": "MMXXI", "version": "1"})
    assert wrong.status_code == 422
    assert 'name="version" value="1"' in wrong.text
    assert client.get("/api/v1/papers").json()["items"][0]["venue"] == "first tab"


@pytest.mark.parametrize(
    "hidden", [{"draft": "not ours"}, {"draft": "[]"}, {"arxiv_version": "9" * 5000}]
)
def test_what_the_form_carries_unseen_is_left_out_where_it_makes_no_sense(
    client: TestClient, hidden: dict[str, str]
) -> None:
    answer = client.post("/papers", data={**VILT, **hidden})
    assert answer.url.path == "/papers/kim2021vilt"


def test_a_new_citation_key_leaves_the_old_one_working(client: TestClient, vilt: str) -> None:
    client.post(f"/papers/{vilt}", data={**VILT, "citekey": "vilt", "version": "1"})
    assert client.get(f"/papers/{vilt}").url.path == "/papers/vilt"


def test_the_trash_gives_back_and_deletes(client: TestClient, vilt: str) -> None:
    thrown = client.post(f"/papers/{vilt}/trash")
    assert "Moved to the trash." in thrown.text
    assert f'<form method="post" action="/papers/{vilt}/restore" class="inline">' in thrown.text
    assert "Moved to the trash." not in client.get("/papers").text, "said once"
    assert "No papers yet" in client.get("/papers").text
    assert "ViLT" in client.get("/trash").text
    again = client.post("/papers", data={**VILT, "citekey": "", "doi": "10.1000/1"})
    assert again.status_code == 200
    client.post(f"/papers/{vilt}/restore")
    assert client.get(f"/papers/{vilt}").status_code == 200
    assert client.post(f"/papers/{vilt}/delete").status_code == 409, "not from outside the trash"
    assert client.get(f"/papers/{vilt}/delete").status_code == 409
    client.post("/notes", data={"title": "On it", "body": "b", "paper": vilt})
    client.post(f"/papers/{vilt}/trash")
    assert f'href="/papers/{vilt}/delete"' in client.get("/trash").text
    assert f'action="/papers/{vilt}/delete"' not in client.get("/trash").text, "it asks first"
    asked = client.get(f"/papers/{vilt}/delete").text
    assert "Notes that stay, and stand alone then: 1." in asked
    assert f'<form method="post" action="/papers/{vilt}/delete"' in asked
    assert client.get(f"/papers/{vilt}").status_code == 200
    client.post(f"/papers/{vilt}/delete")
    assert client.get(f"/papers/{vilt}").status_code == 404


def test_every_page_speaks_chinese(client: TestClient, vilt: str) -> None:
    client.post("/preferences", data={"language": "zh", "next": "/papers"})
    assert '<html lang="zh-Hans"' in client.get(f"/papers/{vilt}").text
    assert "GB/T 7714（著者—出版年）" in client.get("/papers").text
    assert '<html lang="zh-Hans"' in client.get("/papers/none").text


@pytest.mark.parametrize("target", ["//evil.example", "/\\evil.example", "https://evil.example"])
def test_preferences_lead_nowhere_else(client: TestClient, target: str) -> None:
    answer = client.post("/preferences", data={"next": target}, follow_redirects=False)
    assert answer.headers["location"] == "/"


def change_in_a_server(settings: Settings, method: str, path: str, body: dict[str, str]) -> None:
    with TestClient(create_app(settings)) as client:
        answer = client.request(method, f"/api/v1{path}", json=body)
        assert answer.is_success, answer.text


def test_a_papers_page_shows_at_once_what_changed_here_and_elsewhere(
    client: TestClient, vilt: str, settings: Settings
) -> None:
    page = f"/papers/{vilt}"
    alike = {"title": "ViLT without a transformer", "abstract": "A language of vision."}
    other = client.post("/api/v1/papers", json={**alike, "citekey": "other2022"}).json()["citekey"]
    about = client.post("/api/v1/notes", json={"body": f"As [[{other}]].", "paper": vilt}).json()
    linking = client.post("/api/v1/notes", json={"title": "First", "body": f"[[{vilt}]]"}).json()

    def shown() -> str:
        first, again = (client.get(page).text for _ in range(2))
        assert first == again
        return again

    def change(method: str, path: str, name: str, value: str) -> None:
        answer = client.request(method, f"/api/v1{path}", json={name: value})
        assert answer.is_success, answer.text

    def change_elsewhere(method: str, path: str, name: str, value: str) -> None:
        asked = (settings, method, path, {name: value})
        elsewhere = FORKED.Process(target=change_in_a_server, args=asked)
        elsewhere.start()
        elsewhere.join()
        assert elsewhere.exitcode == 0

    before = shown()
    assert (
        f'<a href="/papers/{other}" class="paper" rel="noopener noreferrer">ViLT without' in before
    )
    assert before.count("ViLT without a transformer") == 2  # in the note, and among the similar
    assert ">First</a>" in before
    for make, mark in ((change, "here"), (change_elsewhere, "elsewhere")):
        make("PATCH", f"/papers/{other}", "title", f"ViLT without vision {mark}")
        assert shown().count(f"ViLT without vision {mark}") == 2
        make("PATCH", f"/notes/{about['id']}", "body", f"Said **{mark}** of [[{other}]].")
        assert f"<strong>{mark}</strong> of <a" in shown()
        make("PATCH", f"/notes/{linking['id']}", "title", f"Named {mark}")
        assert f">Named {mark}</a>" in shown()


@pytest.fixture
def many(db: Database) -> None:
    with db.write() as session:
        for n in range(250):
            session.add(Technique(slug=f"way-{n}", name_en=f"Way {n}", position=n))
            session.add(Issue(slug=f"gap-{n}", name_en=f"Gap {n}", position=n))
            session.add(Tag(name=f"tag {n}", folded=f"tag {n}"))


@pytest.mark.usefixtures("many")
def test_of_hundreds_of_techniques_a_form_offers_some_and_is_told_the_others(
    client: TestClient,
) -> None:
    page = client.get("/papers/new").text
    assert len(re.findall(r'type="checkbox" name="technique"', page)) == 200
    assert re.search(r'<input id="field-technique-more"[^>]*data-complete="technique"', page)
    assert "50 more: a few letters of a name bring its key" in page
    assert len(re.findall(r'<option value="tag ', page)) == 200
    given = {"title": "Of many", "technique": ["way-1"], "technique-more": "way-249, nowhere"}
    wrong = client.post("/papers", data=given)
    assert wrong.status_code == 422
    assert re.search(r'<input id="field-technique-more"[^>]* value="nowhere"', wrong.text)
    assert re.search(r'value="way-249" checked', wrong.text)
    saved = client.post("/papers", data={**given, "technique-more": "way-249，way-1, "})
    assert saved.url.path == "/papers/many"
    paper = client.get("/api/v1/papers/many").json()
    assert paper["techniques"] == ["way-1", "way-249"]
    edit = client.get("/papers/many/edit").text
    assert re.findall(r'name="technique" value="([^"]+)" checked', edit) == ["way-1", "way-249"]
    assert "49 more" in edit


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize(
    ("address", "fields"),
    [
        ("/correspondences/new", ["technique-more", "issue-more"]),
        ("/bulk?kind=paper", ["technique"]),
    ],
)
def test_no_form_holds_all_of_hundreds(
    client: TestClient, address: str, fields: list[str], vilt: str
) -> None:
    page = client.get(address).text
    assert vilt
    assert "way-249" not in page
    assert "gap-249" not in page
    for name in fields:
        assert re.search(rf'<input [^>]*name="{name}"[^>]*data-complete=', page), name
