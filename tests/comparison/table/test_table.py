"""The list of comparisons, the table, its forms: the pages, without JavaScript."""

import re
from html import unescape

import pytest
from fastapi.testclient import TestClient

from app.comparison import service
from app.comparison.cells import claim_service
from app.comparison.rules import ClaimInput, ComparisonInput
from app.database import Database
from app.models import Issue, Stance, Technique
from tests.comparison.conftest import arrange_vocabularies, claim, pair
from tests.conftest import counted

ZH = {"Accept-Language": "zh-CN"}


def cell(page: str, technique: str, issue: str) -> str:
    """The link of a cell as it stands in the table."""
    found = re.search(rf'<a href="/comparisons/vqa-sql/{technique}/{issue}".*?</a>', page)
    assert found, "every cell is a link, blank or not"
    return unescape(found[0])


def row(page: str, technique: str) -> str:
    found = re.search(rf'<tr id="{technique}".*?</tr>', page, re.DOTALL)
    return found[0] if found else ""


def test_without_a_comparison_the_page_says_how_to_get_one(client: TestClient) -> None:
    page = client.get("/comparisons").text
    assert "No comparison yet" in page
    assert 'href="/comparisons/new"' in page


def test_the_list_shows_size_and_coverage(client: TestClient, db: Database, table: str) -> None:
    claim(db, "gated", "dk-t4", stance="fails")
    claim(db, "gated", "dk-t4", stance="unclear")
    with db.write() as session:
        claim_service.rule_cell(
            session, pair(session, "cross", "dk"), stance="partial", rationale="x"
        )
    page = client.get("/comparisons").text
    assert "VQA to SQL" in page
    assert "VQA → Text-to-SQL" in re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    assert "4 techniques × 4 issues" in page
    assert "2 claims" in page
    assert "2 of 10 cells examined" in page


def test_a_table_is_a_tree_by_a_tree(client: TestClient, table: str) -> None:
    page = client.get(table).text
    assert re.findall(r'<tr id="([\w-]+)" aria-level="(\d)"', page) == [
        ("fusion", "1"),
        ("gated", "2"),
        ("cross", "2"),
        ("alignment", "1"),
    ]
    heads = re.findall(r'<th scope="col".*?</th>', page, re.DOTALL)
    assert ["DK" in head for head in heads[1:-1]] == [False, False, True, True]
    assert "fold" in row(page, "fusion")
    assert "fold" not in row(page, "gated")
    assert page.count(">+</a>") == 9, "a blank invites, but none beside what is below"


@pytest.mark.parametrize(
    ("claims", "classes", "sign", "label"),
    [
        (
            [("addresses", "medium")],
            "yes",
            "●",
            "Addresses it, nobody tried, medium confidence, 1 claim",
        ),
        (
            [("partial", "low")],
            "part low",
            "◐",
            "Partly addresses it, nobody tried, low confidence, 1 claim",
        ),
        (
            [("fails", "high")],
            "fails high",
            "✕",
            "Does not address it, nobody tried, high confidence, 1 claim",
        ),
        (
            [("unclear", "medium")],
            "unclear",
            "?",
            "Unclear, nobody tried, medium confidence, 1 claim",
        ),
        (
            [("inapplicable", "medium")],
            "na",
            "–",
            "Not applicable, nobody tried, medium confidence, 1 claim",
        ),
        ([("no-evidence", "low")], "na low", "∅", "Looked, no evidence found, nobody tried, low"),
        (
            [("addresses", "low"), ("fails", "high")],
            "split low",
            "◑",
            "Contested, nobody tried, low",
        ),
    ],
)
def test_a_cell_shows_stance_weight_and_count(
    client: TestClient,
    db: Database,
    table: str,
    claims: list[tuple[str, str]],
    classes: str,
    sign: str,
    label: str,
) -> None:
    for stance, confidence in claims:
        claim(db, "gated", "dk-t4", stance=stance, confidence=confidence)
    shown = cell(client.get(table).text, "gated", "dk-t4")
    assert f'class="{classes}"' in shown
    assert f">{sign}<em>~</em><u>{len(claims)}</u>" in shown
    assert label in shown


def test_a_cell_shows_that_it_is_ruled_and_its_evidence(
    client: TestClient, db: Database, table: str
) -> None:
    claim(
        db,
        "gated",
        "dk-t4",
        stance="addresses",
        evidence=[
            {"paper": "kim2021vilt", "quote": "a"},
            {"paper": "kim2021vilt", "quote": "b", "polarity": "contradicts"},
        ],
    )
    with db.write() as session:
        claim_service.rule_cell(
            session, pair(session, "gated", "dk-t4"), stance="fails", rationale="x"
        )
        claim_service.rule_cell(
            session, pair(session, "cross", "dk"), stance="partial", rationale="x"
        )
    page = client.get(table).text
    ruled = cell(page, "gated", "dk-t4")
    assert 'class="fails high ruled"' in ruled
    assert "<i>•◦</i>" in ruled
    assert "<u>" not in cell(page, "cross", "dk"), "a ruling alone counts no claims"


def test_coverage_stands_at_row_ends_and_column_feet(
    client: TestClient, db: Database, table: str
) -> None:
    claim(db, "gated", "dk-t4", stance="fails")
    claim(db, "gated", "unseen", stance="fails")
    page = client.get(f"{table}?rest=techniques").text
    assert "67 %" in row(page, "gated")
    assert "0 %" in row(page, "cross")
    assert re.search(r'id="f-dk-t4"><span title="[^"]*">33 %<meter', page)
    assert re.search(r'id="f-whole"><span title="[^"]*">22 %<meter', page)
    assert "style=" not in page, "the policy lets no style attribute through"


def test_examined_rows_keep_what_stands_above_them(
    client: TestClient, db: Database, table: str
) -> None:
    assert "No row has been examined yet" in client.get(f"{table}?rows=examined").text
    claim(db, "gated", "dk-t4", stance="fails")
    page = client.get(f"{table}?rows=examined").text
    assert row(page, "gated")
    assert row(page, "fusion")
    assert not row(page, "cross")
    assert not row(page, "alignment")
    assert re.search(r'id="f-dk-t4"><span[^>]*>33 %<meter', page), (
        "coverage stays that of the whole"
    )


def test_a_row_hangs_below_its_nearest_shown_ancestor(client: TestClient, db: Database) -> None:
    with db.write() as session:
        arrange_vocabularies(session)
        gated = service.list_axis_choices(session).techniques[1][0]
        deep = Technique(slug="deep", name_en="Deep", parent_id=gated.id)
        session.add(deep)
        session.flush()
        given = ComparisonInput(title_en="x", rows=["fusion", "deep"], columns=["dk"])
        service.create_comparison(session, given)
    page = client.get("/comparisons/x").text
    assert '<tr id="deep" aria-level="2"' in page


def test_chinese_names_come_first_in_chinese(client: TestClient, table: str) -> None:
    page = client.get(table, headers=ZH).text
    assert "从视觉问答到 SQL" in page
    assert re.search(r'>门控融合<small[^>]*lang="en"[^>]*>Gated fusion</small>', page)


def test_statements_do_not_grow_with_the_table(
    client: TestClient, db: Database, table: str
) -> None:
    claim(db, "gated", "dk-t4", stance="fails")
    with counted(db) as few:
        client.get(table)
    with db.write() as session:
        for number in range(30):
            session.add(Technique(slug=f"t{number}", name_en=f"T{number}"))
            session.add(Issue(slug=f"i{number}", name_en=f"I{number}"))
        session.flush()
        comparison = service.get_comparison(session, "vqa-sql")
        given = service.comparison_as_input(session, comparison)
        given.rows += [f"t{number}" for number in range(30)]
        given.columns += [f"i{number}" for number in range(30)]
        service.update_comparison(session, comparison, given)
        claim_service.add_claims(
            session,
            [
                (f"t{n}", f"i{m}", ClaimInput(stance=Stance.FAILS, rationale="x"))
                for n in range(30)
                for m in range(0, 30, 3)
            ],
        )
    with counted(db) as many:
        page = client.get(table).text
    assert "34 techniques × 34 issues · 301 claims" in page
    assert len(many) == len(few)
    assert len(many) <= 14


FORM = {
    "title_en": "New one",
    "title_zh": "新的",
    "source_field": "vqa",
    "target_field": "sql",
    "row": ["fusion", "cross"],
    "column": ["dk", "dk-t4"],
}


def test_a_comparison_is_made_and_changed_by_its_form(client: TestClient, db: Database) -> None:
    with db.write() as session:
        arrange_vocabularies(session)
    form = client.get("/comparisons/new").text
    assert 'name="row" value="gated"' in form
    answer = client.post("/comparisons", data=FORM)
    assert answer.url.path == "/comparisons/new-one"
    assert re.findall(r'<tr id="([\w-]+)"', answer.text) == ["fusion", "cross"]
    edit = client.get("/comparisons/new-one/edit").text
    assert 'value="cross" checked' in edit
    assert 'value="gated" checked' not in edit
    changed = {**FORM, "row": ["gated"], "slug": "other", "version": "1"}
    answer = client.post("/comparisons/new-one", data=changed)
    assert answer.url.path == "/comparisons/other"
    assert re.findall(r'<tr id="([\w-]+)"', answer.text) == ["gated"]
    stale = client.post("/comparisons/other", data={**changed, "title_en": "Mine"})
    assert stale.status_code == 412
    assert 'value="Mine"' in stale.text, "what was typed is kept"


def test_a_row_without_a_name_is_no_row(client: TestClient, db: Database) -> None:
    with db.write() as session:
        arrange_vocabularies(session)
    answer = client.post("/comparisons", data={**FORM, "row": [""]})
    assert answer.status_code == 422
    assert "Choose at least one technique." in answer.text


def test_two_comparisons_of_one_title_get_two_addresses(client: TestClient, db: Database) -> None:
    with db.write() as session:
        arrange_vocabularies(session)
    client.post("/comparisons", data=FORM)
    assert client.post("/comparisons", data=FORM).url.path == "/comparisons/new-one-2"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"title_en": "", "title_zh": ""}, "Give a title, in either language."),
        ({"title_en": "x" * 100_000}, "at most 1000"),
        ({"title_en": "a\x07"}, "U+0007"),
        ({"slug": "Not A Slug"}, "Use lower-case letters"),
        ({"slug": "new"}, "taken by a page"),
        ({"slug": "vqa-sql"}, "is the address of “VQA to SQL”"),
        ({"row": []}, "Choose at least one technique."),
        ({"column": []}, "Choose at least one issue."),
        ({"row": ["nonsense"]}, "There is no technique nonsense."),
        ({"column": ["nonsense"]}, "There is no issue nonsense."),
        ({"target_field": "nonsense"}, "There is no field nonsense."),
    ],
)
def test_what_cannot_be_saved_is_said_beside_the_field(
    client: TestClient, db: Database, table: str, changes: dict[str, object], said: str
) -> None:
    answer = client.post("/comparisons", data={**FORM, **changes})
    assert answer.status_code == 422
    assert said in unescape(answer.text)
    assert 'value="新的"' in answer.text or changes.get("title_zh") == ""
    assert client.get("/api/v1/comparisons").json()["total"] == 1


def test_deleting_the_table_keeps_what_was_claimed(
    client: TestClient, db: Database, table: str
) -> None:
    number = claim(db, "gated", "dk-t4", stance="fails")
    answer = client.post(f"{table}/delete")
    assert "No comparison yet" in answer.text
    assert client.get(table).status_code == 404
    assert client.get(f"/api/v1/claims/{number}").json()["stance"] == "fails"
