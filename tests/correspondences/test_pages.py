"""The pages of correspondences, without JavaScript and with htmx."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.database import Database
from app.models import Paper
from tests.correspondences.conftest import PAIR

ALL = "/correspondences"
ONE = f"{ALL}/question-guided-attention-schema-linking"


def typed(**changes: Any) -> dict[str, Any]:
    """The form as a browser sends it."""
    form = {key: value for key, value in PAIR.items() if isinstance(value, str)}
    ties = {"technique": PAIR["techniques"], "issue": PAIR["issues"], "papers": "kim2021vilt"}
    return form | ties | changes


def test_an_empty_list_says_what_it_is_for(client: TestClient) -> None:
    page = client.get(ALL).text
    assert "No correspondences yet" in page
    assert 'href="/correspondences/new"' in page
    assert 'type="search" name="q" value' not in page.split("<main")[1]


def test_written_read_changed_and_deleted(client: TestClient, library: Database) -> None:
    made = client.post(ALL, data=typed())
    assert made.url.path == ONE
    assert "Question-guided attention" in made.text
    assert "问题引导的注意力" in made.text
    assert 'href="/papers/kim2021vilt"' in made.text
    assert 'href="/techniques/cross"' in made.text
    assert 'href="/issues/matching"' in made.text
    form = client.get(f"{ONE}/edit").text
    assert 'value="cross" checked' in form
    assert 'name="version" value="1"' in form
    changed = client.post(ONE, data=typed(slug="linking", version="1", breaks_en="It *breaks*."))
    assert changed.url.path == "/correspondences/linking"
    assert "<em>breaks</em>" in changed.text
    assert client.get(ONE).status_code == 404
    gone = client.post("/correspondences/linking/delete", data={"version": "2"})
    assert gone.url.path == ALL
    assert "No correspondences yet" in gone.text


def test_a_mistake_comes_back_filled_in(client: TestClient, library: Database) -> None:
    answer = client.post(ALL, data=typed(source_en="", source_zh="", papers="nobody1999, x"))
    assert answer.status_code == 422
    assert "Give a name in at least one language." in answer.text
    answer = client.post(ALL, data=typed(papers="nobody1999\nkim2021vilt"))
    assert answer.status_code == 422
    assert "Nothing in the library is called nobody1999." in answer.text
    assert "The question says where to look" in answer.text
    assert 'value="cross" checked' in answer.text
    assert client.get("/api/v1/correspondences").json()["total"] == 0


def test_the_second_of_two_writers_sees_both(client: TestClient, pair: str) -> None:
    client.patch(pair, json={"breaks_en": "what the other tab saved"}).raise_for_status()
    late = client.post(ONE, data=typed(version="1", breaks_en="what this tab typed"))
    assert late.status_code == 412
    assert "what the other tab saved" in late.text
    assert "what this tab typed" in late.text
    assert 'name="version" value="2"' in late.text
    assert client.post(f"{ONE}/delete", data={"version": "1"}).status_code == 412
    assert client.get(ONE).status_code == 200


def test_deleted_in_another_tab_it_is_kept_as_typed(client: TestClient, pair: str) -> None:
    client.delete(pair)
    late = client.post(ONE, data=typed(version="1", breaks_en="what this tab typed"))
    assert late.status_code == 404
    assert "what this tab typed" in late.text
    assert 'action="/correspondences"' in late.text


def test_the_list_is_searched_as_one_types(client: TestClient, pair: str) -> None:
    headers = {"HX-Request": "true", "HX-Target": "results"}
    part = client.get(ALL, params={"q": "链接", "field": "sql"}, headers=headers).text
    assert "Schema linking" in part
    assert "<html" not in part
    none = client.get(ALL, params={"q": "链接", "field": "none"}, headers=headers).text
    assert "No correspondence has these words" in none
    assert "/correspondences/new?source=%E9%93%BE%E6%8E%A5" in none


@pytest.mark.parametrize(
    ("address", "found"),
    [("/techniques/cross", True), ("/issues/matching", True), ("/techniques/attention", False)],
)
def test_terms_show_theirs(client: TestClient, pair: str, address: str, found: bool) -> None:
    page = client.get(address).text
    assert (ONE in page) is found
    if not found:
        assert 'href="/correspondences/new?technique=attention"' in page
    chinese = client.get(address, headers={"Accept-Language": "zh"}).text
    assert ("模式链接" in chinese) is found


def test_a_new_one_begins_with_what_it_was_asked_for(client: TestClient, library: Database) -> None:
    page = client.get("/correspondences/new?technique=cross&issue=unseen&source=A gate").text
    assert 'value="cross" checked' in page
    assert 'value="unseen" checked' in page
    assert 'value="A gate"' in page


def test_what_is_written_is_text(client: TestClient, library: Database) -> None:
    with library.write() as session:
        session.add(Paper(citekey="x2020", title="<b>bold</b>", title_sort="x"))
    given = {
        "source_en": "<script>x</script>",
        "carries_en": "<script>y</script>",
        "papers": "x2020",
    }
    page = client.post(ALL, data=typed(**given)).text
    assert "<script>x" not in page
    assert "<script>y" not in page
    assert "<b>bold" not in page


def test_no_correspondence_is_found_by_a_strange_name(client: TestClient) -> None:
    assert client.get(f"{ALL}/%F0%9F%98%80").status_code == 404
    assert client.get(f"{ALL}?q={'x' * 2000}&page=3").status_code == 200
