"""Forms that come back: what was typed stands in them, and nothing unseen is overwritten."""

import re
from typing import Any
from urllib.parse import parse_qsl

import pytest
from fastapi.testclient import TestClient
from hypothesis import example, given, strategies

from app.errors import Invalid, Stale
from app.web import forms
from app.web.forms import FilledForm
from tests.databases import arranged

PAIR = {"name_en": "Name", "slug": "name"}
CELL = "/comparisons/table/name/issue"


@arranged
def library(client: TestClient) -> TestClient:
    """One of each thing that has a form."""
    client.post("/settings/fields", data=PAIR)
    for path, body in (
        ("techniques", PAIR),
        ("issues", {"name_en": "Issue", "slug": "issue", "field": "name"}),
        ("papers", {"title": "Name", "citekey": "name"}),
        ("notes", {"title": "Name", "body": "Text"}),
        ("correspondences", {"source_en": "Name", "target_en": "Other", "slug": "name"}),
        (
            "comparisons",
            {"title_en": "Table", "slug": "table", "rows": ["name"], "columns": ["issue"]},
        ),
    ):
        answer = client.post(f"/api/v1/{path}", json=body)
        assert answer.status_code == 201, answer.text
    return client


def version(page: str, action: str) -> int | None:
    """That of the first form which is sent there."""
    found = re.search(rf'action="{action}".*?name="version" value="(\d+)"', page, re.DOTALL)
    return int(found[1]) if found else None


@pytest.mark.parametrize(
    ("address", "saved", "wrong"),
    [
        ("/settings/fields/name", PAIR, {"name_en": "", "name_zh": ""}),
        ("/techniques/name", PAIR, {"parent": "nothing"}),
        ("/papers/name", {"title": "Name", "citekey": "name"}, {"year": "soon"}),
        ("/notes/1", {"title": "Name", "body": "Another"}, {"title": "a\x00b"}),
        ("/correspondences/name", {"source_en": "A", "target_en": "B"}, {"papers": "nobody"}),
        (
            "/comparisons/table",
            {"title_en": "Table", "slug": "table", "row": "name", "column": "issue"},
            {"title_en": ""},
        ),
        (
            f"{CELL}/ruling",
            {"stance": "addresses", "rationale": "It does."},
            {"stance": "perhaps", "rationale": "It may."},
        ),
    ],
)
def test_a_form_with_a_mistake_does_not_hide_what_was_saved_meanwhile(
    library: TestClient, address: str, saved: dict[str, Any], wrong: dict[str, str]
) -> None:
    opened = "0" if address.endswith("ruling") else "1"
    first = library.post(address, data={**saved, "version": opened}, follow_redirects=False)
    assert first.status_code == 303
    mistaken = library.post(address, data={**saved, **wrong, "version": opened})
    newer_is_shown = mistaken.status_code == 412
    assert newer_is_shown or mistaken.status_code == 422
    assert version(mistaken.text, address) == int(opened) + newer_is_shown
    late = library.post(address, data={**saved, "body": "Mine", "version": opened})
    assert late.status_code == 412
    assert version(late.text, address) == int(opened) + 1


def test_a_form_from_no_row_stands_beside_what_is_saved() -> None:
    wrong, stale = Invalid.field("name", "No."), Stale("Newer.")
    assert FilledForm("typed", error=wrong).with_saved("saved", 3).version == 3
    assert FilledForm("typed", 2, wrong).with_saved("saved", 3) == FilledForm("typed", 2, wrong)
    shown = FilledForm("typed", 2, stale).with_saved("saved", 3)
    assert (shown.given, shown.version, shown.theirs, shown.status) == ("typed", 3, "saved", 412)
    assert FilledForm("typed").status == 200


def test_a_long_form_is_read_as_a_short_one_is(client: TestClient) -> None:
    text = "a+b & c=d; 100% 中文 \u00e9\n" * 20
    for times in (1, 200):  # the second is decoded beside the event loop
        sent = {"title": "", "body": (text * times).strip()}
        made = client.post("/notes", data=sent, follow_redirects=False)
        assert made.status_code == 303
        number = re.search(r"\d+", made.headers["location"])
        assert number
        assert client.get(f"/api/v1/notes/{number[0]}").json()["body"] == sent["body"]


@given(strategies.text("a=&%+3DdF0é\n").map(str.encode))
@example(b"a=%F0%9F%98%80&b=%FF%&=%=3D&c&&a=+%2B")
@example(b"a=" + b"%E4%B8%AD%%41" * 20_000)
def test_a_form_is_decoded_as_urllib_decodes_it(body: bytes) -> None:
    said = parse_qsl(body.decode(), keep_blank_values=True)
    assert forms._fields(body).multi_items() == said


def test_more_fields_than_any_form_has_are_refused(client: TestClient) -> None:
    for body in ("a&" * 300_000, "a=" + "%F0" * 300_000 + "&a" * 20_000):
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = client.post("/notes", content=body, headers=headers)
        assert answer.status_code == 400
        assert "20000" in answer.text
