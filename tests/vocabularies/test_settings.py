"""The page of settings: the verdict set, research fields, the starter library."""

import re
from html import unescape

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from app.database import Database
from app.models import ImportBatch, ResearchField, Verdict
from app.settings import Settings

COLUMNS = ("slug", "place", "sign", "label_en", "label_zh", "colour")


def verdict_form(page: str) -> dict[str, str]:
    """What a browser would send of the verdict set, unchanged."""
    form = {
        name: unescape(value)
        for name, value in re.findall(r'<input[^>]*name="([a-z_]+-\d+)" value="([^"]*)"', page)
        if not name.startswith("remove")
    }
    for name, options in re.findall(
        r'<select[^>]*name="(colour-\d+)"[^>]*>(.*?)</select>', page, re.S
    ):
        chosen = re.search(r'value="(\w+)" selected', options)
        assert chosen
        form[name] = chosen[1]
    return form


def labels(db: Database) -> list[tuple[str, str]]:
    with db.read() as session:
        held = session.exec(select(Verdict).order_by("position")).all()
    return [(verdict.slug, verdict.label_en) for verdict in held]


@pytest.fixture
def form(client: TestClient) -> dict[str, str]:
    """The verdict set as shipped, with an empty line at its end."""
    typed = verdict_form(client.get("/settings").text)
    assert len(typed) == 7 * len(COLUMNS)
    return typed


def test_saving_what_was_not_changed_changes_nothing(
    client: TestClient, db: Database, form: dict[str, str]
) -> None:
    before = labels(db)
    assert client.post("/settings/verdicts", data=form).status_code == 200
    assert labels(db) == before


def test_verdicts_are_renamed_ordered_added_and_removed(
    client: TestClient, db: Database, form: dict[str, str]
) -> None:
    added = {"label_zh-6": "重读", "label_en-6": "Read again", "sign-6": "↻", "place-6": "0"}
    changed = {"label_en-1": "Try it", "place-1": "9", "remove-0": "1"}
    client.post("/settings/verdicts", data={**form, **added, **changed})
    assert labels(db) == [
        ("read-again", "Read again"),
        ("reference", "Reference"),
        ("limited", "Limited"),
        ("no", "Not relevant"),
        ("later", "Later"),
        ("try", "Try it"),
    ]
    assert "重读" in client.get("/papers", headers={"Accept-Language": "zh"}).text


def test_a_verdict_that_papers_have_stays(
    client: TestClient, db: Database, form: dict[str, str]
) -> None:
    client.post("/papers", data={"title": "One"})
    key = client.get("/api/v1/papers").json()["items"][0]["citekey"]
    client.post(f"/api/v1/papers/{key}/verdicts", json={"verdict": "try", "reason": "worth it"})
    assert 'href="/papers?verdict=try">1 paper' in client.get("/settings").text
    before = labels(db)
    answer = client.post("/settings/verdicts", data={**form, "remove-1": "1", "label_en-2": "Kept"})
    assert answer.status_code == 422
    assert "have or had this verdict (1)" in answer.text
    assert 'value="Kept"' in answer.text
    assert labels(db) == before


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"label_en-0": "", "label_zh-0": ""}, "Give a name in at least one language."),
        ({"label_en-0": "x" * 100_000}, "at most 60 are kept"),
        ({"label_zh-0": "采\u202e用"}, "U+202E"),
        ({"sign-0": ""}, "Give a sign"),
        ({"colour-0": "url(evil)"}, "Choose one of the colours."),
        ({"place-0": "1.5"}, "A place is a whole number."),
        ({"slug-0": "gone"}, "removed meanwhile"),
        ({"label_en-6": "Try", "sign-6": "t"}, "A verdict has that name"),
        ({"label_en-6": "Unread", "sign-6": "u"}, "A verdict has that name"),
        ({"label_en-6": "???", "sign-6": "?"}, "A verdict has that name"),
    ],
)
def test_a_verdict_that_cannot_be_saved_is_told_at_its_line(
    client: TestClient, db: Database, form: dict[str, str], change: dict[str, str], said: str
) -> None:
    before = labels(db)
    answer = client.post("/settings/verdicts", data={**form, "label_en-3": "Typed", **change})
    assert answer.status_code == 422
    assert said in answer.text
    assert 'value="Typed"' in answer.text
    assert labels(db) == before


def test_two_new_verdicts_of_one_name_are_one_too_many(
    client: TestClient, db: Database, form: dict[str, str]
) -> None:
    twice = {f"{name}-{line}": "x" for line in (6, 7) for name in ("label_en", "sign")}
    answer = client.post("/settings/verdicts", data={**form, **twice, "colour-7": "yes"})
    assert answer.status_code == 422
    assert len(labels(db)) == 6


def test_a_field_is_found_by_its_other_names(client: TestClient) -> None:
    given = {
        "name_en": "Text-to-SQL",
        "synonyms_en": "semantic parsing, NLIDB",
        "synonyms_zh": "查库",
    }
    client.post("/settings/fields", data=given)
    (field,) = client.get("/api/v1/fields").json()["items"]
    assert (field["synonyms_en"], field["synonyms_zh"]) == (["semantic parsing", "NLIDB"], ["查库"])
    page = client.get("/settings").text
    assert "semantic parsing\nNLIDB" in page
    paper = {"title": "Text-to-SQL by rules", "fields": ["text-to-sql"]}
    assert client.post("/api/v1/papers", json=paper).status_code == 201
    for asked in ("NLIDB", "查库"):
        found = client.get("/api/v1/search", params={"q": asked}).json()["items"]
        assert [each["title"] for each in found] == ["Text-to-SQL by rules"], asked
    refused = client.post("/settings/fields", data={"name_en": "B", "synonyms_en": "x" * 300})
    assert refused.status_code == 422
    assert "x" * 300 in refused.text


def test_fields_are_made_changed_moved_and_removed(client: TestClient, db: Database) -> None:
    for name in ("Alpha", "Beta"):
        client.post("/settings/fields", data={"name_en": name})
    client.post("/settings/fields/beta", data={"name_en": "Beta", "name_zh": "贝塔", "after": ""})
    listed = client.get("/api/v1/fields").json()["items"]
    assert [(each["slug"], each["name_zh"]) for each in listed] == [("beta", "贝塔"), ("alpha", "")]
    client.post("/settings/fields/alpha", data={"delete": "1"})
    with db.read() as session:
        assert [each.slug for each in session.exec(select(ResearchField))] == ["beta"]


def test_a_field_that_cannot_be_saved_keeps_what_was_typed(client: TestClient) -> None:
    client.post("/settings/fields", data={"name_en": "Alpha"})
    again = client.post("/settings/fields", data={"name_en": "Alpha", "definition_en": "Mine."})
    assert again.status_code == 422
    assert "alpha is the slug of “Alpha”" in again.text
    assert "Mine." in again.text
    gone = client.post("/settings/fields/gone", data={"name_en": "Typed", "version": "1"})
    assert gone.status_code == 404
    assert 'value="Typed"' in gone.text
    client.post(
        "/settings/fields/alpha", data={"name_en": "First tab", "slug": "alpha", "version": "1"}
    )
    second = {"name_en": "Second tab", "slug": "alpha", "version": "1"}
    stale = client.post("/settings/fields/alpha", data=second)
    assert stale.status_code == 412
    assert 'value="Second tab"' in stale.text
    assert "First tab" in stale.text


def test_a_field_in_use_stays(client: TestClient) -> None:
    client.post("/settings/fields", data={"name_en": "Alpha"})
    client.post("/issues", data={"name_en": "Issue", "field": "alpha"})
    answer = client.post("/settings/fields/alpha", data={"delete": "1"})
    assert answer.status_code == 409
    assert "issues (1)" in answer.text


def test_the_starter_library_can_be_removed_while_it_is_there(
    client: TestClient, db: Database
) -> None:
    assert "Remove the starter library" not in client.get("/settings").text
    with db.write() as session:
        batch = ImportBatch(format="starter", name="starter", sha256="")
        session.add(batch)
        session.flush()
        number = batch.id
    assert f'href="/import/batches/{number}/undo"' in client.get("/settings").text


def test_language_and_theme_are_chosen_and_the_page_says_where_the_library_is(
    client: TestClient, settings: Settings
) -> None:
    page = client.post("/preferences", data={"language": "zh", "next": "/settings"})
    assert page.url.path == "/settings"
    assert 'lang="zh-Hans" aria-pressed="true"' in page.text
    dark = client.post("/preferences", data={"theme": "dark", "next": "/settings"}).text
    assert 'data-theme="dark"' in dark
    assert settings.library.resolve().as_posix() in dark
