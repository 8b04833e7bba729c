"""A reader keeps techniques and issues in order: the pages, without JavaScript."""

import re

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlmodel import select

from app.database import Database
from app.models import (
    Claim,
    Evidence,
    Issue,
    Note,
    Paper,
    PaperTechnique,
    ResearchField,
    Stance,
    Technique,
)
from app.vocabularies import pages
from tests.conftest import counted
from tests.databases import arranged


def add(client: TestClient, name: str, kind: str = "techniques", **more: str) -> Response:
    return client.post(f"/{kind}", data={"name_en": name, **more})


def names(page: str) -> list[str]:
    """What a tree shows, in order."""
    return re.findall(r"data-open><bdi>([^<]+)</bdi>", page)


def version(page: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found
    return found[1]


@arranged
def fusion(client: TestClient) -> None:
    """Fusion, with gated fusion and cross-attention below it; decoding beside it."""
    add(client, "Fusion", name_zh="融合", definition_en="How two sides meet. And more.")
    add(client, "Gated fusion", name_zh="门控融合", parent="fusion", synonyms_zh="门控，门控加权")
    add(client, "Cross-attention", name_zh="交叉注意力", parent="fusion")
    add(client, "Decoding")


def test_empty_vocabularies_say_what_to_do(client: TestClient) -> None:
    assert 'href="/techniques/new"' in client.get("/techniques").text
    assert "No issues yet" in client.get("/issues").text


@pytest.mark.usefixtures("fusion")
def test_a_tree_is_read_in_either_language(client: TestClient) -> None:
    page = client.get("/techniques").text
    assert names(page) == ["Fusion", "Gated fusion", "Cross-attention", "Decoding"]
    assert "How two sides meet." in page
    assert "And more" not in page
    chinese = client.get("/techniques", headers={"Accept-Language": "zh"}).text
    assert names(chinese) == ["融合", "门控融合", "交叉注意力", "Decoding"]


@pytest.mark.usefixtures("fusion")
def test_a_term_is_found_by_a_synonym_and_shown_below_its_parent(client: TestClient) -> None:
    assert names(client.get("/techniques?q=门控加权").text) == ["Fusion", "Gated fusion"]
    nothing = client.get("/techniques", params={"q": "<b>nothing"}).text
    assert "Nothing is called that" in nothing
    assert "<b>nothing" not in nothing
    fragment = client.get(
        "/techniques?q=gated", headers={"HX-Request": "true", "HX-Target": "results"}
    ).text
    assert names(fragment) == ["Fusion", "Gated fusion"]
    assert "<html" not in fragment


@pytest.mark.usefixtures("fusion")
def test_a_long_tree_goes_on_another_page_below_what_is_above_it(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "PER_PAGE", 2)
    first = client.get("/techniques").text
    assert names(first) == ["Fusion", "Gated fusion"]
    assert "1–2 of 4" in first
    second = client.get("/techniques?page=2").text
    assert names(second) == ["Fusion", "Cross-attention", "Decoding"]
    assert second.count("is-context") == 1
    assert "There is no page 3" in client.get("/techniques?page=3").text
    assert "4 techniques" in second
    found = client.get("/techniques?q=fusion&page=2").text
    assert 'href="/techniques?q=fusion"' in found


@pytest.mark.usefixtures("fusion")
def test_papers_count_for_what_is_above_their_techniques_once(
    client: TestClient, db: Database
) -> None:
    client.post("/papers", data={"title": "Both", "technique": ["gated-fusion", "cross-attention"]})
    client.post("/papers", data={"title": "Binned", "technique": ["gated-fusion"]})
    with db.write() as session:
        binned = session.exec(select(Paper).where(Paper.title == "Binned")).one()
        key = binned.citekey
    client.post(f"/papers/{key}/trash")
    page = client.get("/techniques").text
    assert re.findall(r'technique=([\w-]+)" aria-label="1 paper">1<', page) == [
        "fusion",
        "gated-fusion",
        "cross-attention",
    ]
    assert "Both" in client.get("/techniques/fusion").text
    assert "Binned" not in client.get("/techniques/fusion").text


@pytest.mark.usefixtures("fusion")
def test_a_terms_page_shows_where_it_stands_and_what_is_said_of_it(
    client: TestClient, db: Database
) -> None:
    with db.write() as session:
        gated = session.exec(select(Technique).where(Technique.slug == "gated-fusion")).one()
        session.add(Note(title="On gates", body="A gate can close.", technique_id=gated.id))
    page = client.get("/techniques/gated-fusion").text
    assert '<a href="/techniques/fusion">Fusion</a>' in page
    assert "门控加权" in page
    assert "On gates" in page
    assert 'href="/notes/new?technique=gated-fusion"' in page
    assert names(client.get("/techniques/fusion").text) == ["Gated fusion", "Cross-attention"]


def test_definitions_stand_in_the_readers_language_first(client: TestClient) -> None:
    add(client, "Gate", definition_en="It closes. [[x]]", definition_zh="它会关上。")
    english = client.get("/techniques/gate").text
    assert english.index("It closes.") < english.index("它会关上。")
    chinese = client.get("/techniques/gate", headers={"Accept-Language": "zh"}).text
    assert chinese.index("它会关上。") < chinese.index("It closes.")


def test_a_definition_cannot_run_anything(client: TestClient) -> None:
    add(client, "Gate", definition_en="<script>alert(1)</script><img src=x onerror=alert(1)>")
    page = client.get("/techniques/gate").text
    assert "<script>alert" not in page
    assert "onerror=" not in re.sub(r"&lt;.*?&gt;", "", page)


@pytest.mark.usefixtures("fusion")
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name_en": "Gated fusion"}, "gated-fusion is the slug of “Gated fusion”"),
        ({"name_en": "Other", "slug": "fusion"}, "fusion is the slug of “Fusion”"),
        ({"name_en": "Other", "slug": "No Slug"}, "such as gated-fusion"),
        ({"name_en": "Other", "parent": "nowhere"}, "There is no technique nowhere."),
        ({"name_en": "Other", "parent": "\u202e" * 300}, "There is no technique"),
        ({"name_en": "x" * 100_000}, "at most 200 are kept"),
        ({"name_en": "a\x00b"}, "U+0000"),
        ({"name_en": "a\u202eb"}, "U+202E"),
        ({"name_en": "", "name_zh": " "}, "Give a name in at least one language."),
    ],
)
def test_what_cannot_be_saved_is_told_and_what_was_typed_stays(
    client: TestClient, db: Database, typed: dict[str, str], said: str
) -> None:
    answer = client.post("/techniques", data={"definition_en": "My own words.", **typed})
    assert answer.status_code == 422
    assert said in answer.text
    assert "My own words." in answer.text
    with db.read() as session:
        assert len(session.exec(select(Technique)).all()) == 4


@pytest.mark.usefixtures("fusion")
@pytest.mark.parametrize("parent", ["fusion", "gated-fusion"])
def test_a_tree_cannot_become_a_circle(client: TestClient, parent: str) -> None:
    edit = client.get("/techniques/fusion/edit").text
    assert 'value="gated-fusion"' not in edit, "not even offered"
    answer = client.post("/techniques/fusion", data={"name_en": "Fusion", "parent": parent})
    assert answer.status_code == 422
    assert "cannot stand below itself" in answer.text


@pytest.mark.usefixtures("fusion")
def test_a_term_moves_among_those_beside_it_and_comes_last_elsewhere(client: TestClient) -> None:
    client.post(
        "/techniques/cross-attention",
        data={"name_en": "Cross-attention", "parent": "fusion", "after": ""},
    )
    assert names(client.get("/techniques").text) == [
        "Fusion",
        "Cross-attention",
        "Gated fusion",
        "Decoding",
    ]
    edit = client.get("/techniques/gated-fusion/edit").text
    assert '<option value="cross-attention" selected>' in edit
    client.post(
        "/techniques/cross-attention",
        data={"name_en": "Cross-attention", "parent": "", "after": ""},
    )
    assert names(client.get("/techniques").text) == [
        "Fusion",
        "Gated fusion",
        "Decoding",
        "Cross-attention",
    ]


@pytest.mark.usefixtures("fusion")
def test_the_second_of_two_tabs_is_told_and_keeps_its_text(client: TestClient) -> None:
    opened = version(client.get("/techniques/fusion/edit").text)
    client.post(
        "/techniques/fusion", data={"name_en": "First tab", "slug": "fusion", "version": opened}
    )
    mine = {"name_en": "Second tab", "slug": "fusion", "version": opened}
    answer = client.post("/techniques/fusion", data=mine)
    assert answer.status_code == 412
    assert 'value="Second tab"' in answer.text
    assert "First tab" in answer.text
    assert 'value="First tab"' not in answer.text
    again = client.post("/techniques/fusion", data={**mine, "version": version(answer.text)})
    assert "Second tab" in again.text
    assert again.url.path == "/techniques/fusion"


@pytest.mark.usefixtures("fusion")
def test_what_was_typed_about_a_term_that_is_gone_is_not_lost(client: TestClient) -> None:
    client.post("/techniques/decoding/delete")
    answer = client.post("/techniques/decoding", data={"name_en": "Decoding, better"})
    assert answer.status_code == 404
    assert 'value="Decoding, better"' in answer.text
    assert 'action="/techniques"' in answer.text


@pytest.mark.usefixtures("fusion")
def test_another_slug_tells_beforehand_how_many_links_it_would_break(client: TestClient) -> None:
    client.post("/notes", data={"title": "A note", "body": "See [[technique:fusion]]."})
    assert "1 link says [[technique:fusion]]" in client.get("/techniques/fusion/edit").text
    answer = client.post("/techniques/fusion", data={"name_en": "Fusion", "slug": "joining"})
    assert answer.url.path == "/techniques/joining"
    assert "Gated fusion" in answer.text, "what is below it came along"
    assert client.get("/techniques/fusion").status_code == 404


@pytest.mark.usefixtures("fusion")
def test_what_is_in_use_cannot_be_deleted_and_says_by_what(
    client: TestClient, db: Database
) -> None:
    client.post("/papers", data={"title": "One", "technique": ["gated-fusion"]})
    assert "1 paper" in client.get("/techniques/gated-fusion/edit").text
    answer = client.post("/techniques/gated-fusion/delete")
    assert answer.status_code == 409
    assert "papers (1)" in answer.text
    assert "terms below it (2)" in client.post("/techniques/fusion/delete").text
    with db.read() as session:
        assert len(session.exec(select(Technique)).all()) == 4
        assert len(session.exec(select(PaperTechnique)).all()) == 1


@pytest.mark.usefixtures("fusion")
def test_a_note_outlives_the_term_it_was_about(client: TestClient, db: Database) -> None:
    with db.write() as session:
        decoding = session.exec(select(Technique).where(Technique.slug == "decoding")).one()
        session.add(Note(title="On decoding", technique_id=decoding.id))
    assert "1 note about it will stand alone." in client.get("/techniques/decoding/edit").text
    assert client.post("/techniques/decoding/delete").url.path == "/techniques"
    with db.read() as session:
        assert session.exec(select(Note)).one().technique_id is None


def fields(db: Database) -> None:
    with db.write() as session:
        session.add(ResearchField(slug="text-to-sql", name_en="Text-to-SQL", position=0))
        session.add(ResearchField(slug="vqa", name_en="VQA", position=1))


def test_issues_stand_under_their_field_and_follow_the_one_above(
    client: TestClient, db: Database
) -> None:
    fields(db)
    add(client, "Unfiled", "issues")
    add(client, "Prior", "issues", field="vqa")
    add(client, "Domain knowledge", "issues", field="text-to-sql")
    add(client, "T1", "issues", parent="domain-knowledge", field="vqa")
    page = client.get("/issues").text
    assert names(page) == ["Domain knowledge", "T1", "Prior", "Unfiled"]
    assert re.findall(r"<h2>(.*?)</h2>", page)[:3] == ["Text-to-SQL", "VQA", "No field"]
    add(client, "Beside", "issues", field="text-to-sql")
    assert 'value="beside"' in client.get("/issues/domain-knowledge/edit").text
    client.post(
        "/issues/domain-knowledge",
        data={"name_en": "Domain knowledge", "field": "vqa", "after": "beside"},
    )
    assert names(client.get("/issues").text) == [
        "Beside",
        "Prior",
        "Domain knowledge",
        "T1",
        "Unfiled",
    ]
    with db.read() as session:
        moved = session.exec(select(ResearchField).where(ResearchField.slug == "vqa")).one()
        below = session.exec(select(Issue).where(Issue.slug == "t1")).one()
        assert below.field_id == moved.id
    answer = add(client, "Lost", "issues", field="nowhere")
    assert answer.status_code == 422
    assert "There is no field nowhere." in answer.text


def test_claims_count_for_the_issue_above_and_show_as_cells(
    client: TestClient, db: Database
) -> None:
    add(client, "Gate")
    add(client, "Domain knowledge", "issues")
    add(client, "T1", "issues", parent="domain-knowledge")
    with db.write() as session:
        technique = session.exec(select(Technique)).one()
        issue = session.exec(select(Issue).where(Issue.slug == "t1")).one()
        session.add(Claim(technique_id=technique.id, issue_id=issue.id, stance=Stance.PARTIAL))
    assert client.get("/issues").text.count('1<span class="visually-hidden"> claim<') == 2
    assert "Partly addresses it" in client.get("/issues/t1").text
    assert "Partly addresses it" in client.get("/techniques/gate").text
    answer = client.post("/issues/t1/delete")
    assert answer.status_code == 409
    assert "(1)" in answer.text


@pytest.mark.parametrize("slug", ["nope", "%00", "..%2Fx", "a%ED%A0%80", "x" * 500, "门控"])
def test_a_term_that_is_not_there_is_told(client: TestClient, slug: str) -> None:
    for address in (f"/techniques/{slug}", f"/issues/{slug}/edit"):
        assert client.get(address).status_code == 404


def test_a_page_takes_the_same_statements_whatever_the_size(
    client: TestClient, db: Database
) -> None:
    fields(db)
    addresses = [
        "/techniques",
        "/techniques/root",
        "/techniques/root/edit",
        "/issues",
        "/issues/root",
        "/issues/root/edit",
        "/settings",
        "/api/v1/techniques",
        "/api/v1/issues",
    ]

    def grow(start: int, stop: int) -> None:
        with db.write() as session:
            top = session.exec(select(Technique).where(Technique.slug == "root")).one().id
            open_issue = session.exec(select(Issue).where(Issue.slug == "root")).one().id
            for number in range(start, stop):
                technique = Technique(slug=f"t{number}", name_en="T", parent_id=top)
                issue = Issue(slug=f"i{number}", name_en="I", parent_id=open_issue)
                paper = Paper(citekey=f"p{number}", title="P", techniques=[technique])
                session.add_all([technique, issue, paper])
                session.flush()
                for row, column in (
                    (technique.id, issue.id),
                    (top, issue.id),
                    (technique.id, open_issue),
                ):
                    claim = Claim(technique_id=row, issue_id=column, stance=Stance.FAILS)
                    claim.evidence = [Evidence(paper_id=paper.id)]
                    session.add(claim)
                session.add(Note(title=f"N{number}", technique_id=top))
                session.add(Note(title=f"M{number}", issue_id=open_issue))

    def statements() -> dict[str, int]:
        numbers = {}
        for address in addresses:
            with counted(db) as seen:
                assert client.get(address).status_code == 200
            numbers[address] = len(seen)
        return numbers

    add(client, "Root")
    add(client, "Root", "issues", field="vqa")
    grow(0, 1)
    few = statements()
    grow(1, 30)
    assert statements() == few
    assert max(few.values()) <= 28, few
