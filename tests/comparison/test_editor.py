"""Making a comparison step by step, copying one, laying several side by side: the pages."""

import re
from datetime import UTC, datetime
from html import unescape

import pytest
from fastapi.testclient import TestClient
from sqlmodel import Session, select

from app.comparison import editor, service
from app.comparison.rules import ComparisonInput
from app.database import Database
from app.imports.service import load_starter, undo_import
from app.models import Issue, Paper, PaperField, PaperTechnique, ResearchField, Technique
from tests.comparison.conftest import arrange_vocabularies, claim
from tests.conftest import counted
from tests.databases import arranged

API = "/api/v1/comparisons"
TYPED = {
    "title_en": "Typed",
    "title_zh": "写下的",
    "row": ["gated", "alignment"],
    "column": ["dk"],
}


@arranged
def vocabularies(db: Database) -> None:
    with db.write() as session:
        arrange_vocabularies(session)


def ticked(page: str, axis: str) -> list[str]:
    return re.findall(rf'name="{axis}" value="([\w-]+)" checked', page)


def ordered(page: str, axis: str) -> list[str]:
    return re.findall(rf'name="{axis}_order" value="([\w-]+)"', page)


def text(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def press(client: TestClient, button: str, *, status: int = 200, **changes: object) -> str:
    """The page after a button of the form that does not save."""
    answer = client.post("/comparisons", data={**TYPED, "do": button, **changes})
    assert answer.status_code == status
    return answer.text


def give_papers(session: Session, technique: str, field: str) -> None:
    """A paper of `field` that carries `technique`."""
    used = session.exec(select(Technique).where(Technique.slug == technique)).one()
    where = session.exec(select(ResearchField).where(ResearchField.slug == field)).one()
    paper = Paper(citekey=f"{field}{technique}2023", title="A paper")
    session.add(paper)
    session.flush()
    session.add(PaperTechnique(paper_id=paper.id, technique_id=used.id))
    session.add(PaperField(paper_id=paper.id, field_id=where.id))


@pytest.mark.usefixtures("vocabularies")
class TestSteps:
    def test_a_step_saves_nothing_and_loses_nothing(self, client: TestClient) -> None:
        page = press(client, "row-up alignment", description_en="Why", source_field="vqa")
        assert 'value="Typed"' in page
        assert 'value="写下的"' in page
        assert "Why</textarea>" in page
        assert ticked(page, "row") == ["gated", "alignment"]
        assert ordered(page, "row") == ["alignment", "gated"]
        assert 'id="row-up-alignment"' in page
        assert re.search(r'id="row-up-alignment"[^>]* autofocus', page), "keys stay there"
        assert client.get(API).json()["total"] == 0

    def test_the_order_is_saved(self, client: TestClient) -> None:
        form = {**TYPED, "row": ["fusion", "gated", "cross", "alignment"]}
        order = ["alignment", "fusion", "cross", "gated"]
        page = client.post("/comparisons", data={**form, "row_order": order}).text
        assert re.findall(r'<tr id="([\w-]+)"', page) == order
        again = client.get("/comparisons/typed/edit").text
        assert ordered(again, "row") == order
        assert ticked(again, "row") == ["fusion", "gated", "cross", "alignment"]

    def test_what_is_ticked_later_comes_where_the_vocabulary_has_it(
        self, client: TestClient
    ) -> None:
        rows = ["fusion", "gated", "cross", "alignment"]
        page = press(client, "update", row=rows, row_order=["alignment", "fusion", "gated"])
        assert ordered(page, "row") == ["alignment", "fusion", "gated", "cross"]

    def test_a_branch_is_taken_and_given_back_in_one_step(self, client: TestClient) -> None:
        page = press(client, "row-below fusion")
        assert ordered(page, "row") == ["fusion", "gated", "cross", "alignment"]
        assert "with all 2 below" in page
        rows = ordered(page, "row")
        page = press(client, "row-below fusion", row=rows, row_order=rows)
        assert ordered(page, "row") == ["alignment"]
        page = press(client, "column-below dk")
        assert ticked(page, "column") == ["dk", "dk-t1", "dk-t4"]

    def test_htmx_gets_the_part_it_swaps(self, client: TestClient) -> None:
        headers = {"HX-Request": "true", "HX-Target": "row_order"}
        data = {**TYPED, "do": "row-down gated"}
        part = client.post("/comparisons", data=data, headers=headers).text
        assert part.strip().startswith('<div class="x-order" id="row_order"')
        assert ordered(part, "row") == ["alignment", "gated"]
        headers["HX-Target"] = "choices"
        part = client.post("/comparisons", data=data, headers=headers).text
        assert ticked(part, "column") == ["dk"]
        assert "<html" not in part

    def test_a_field_brings_its_issues_first_and_hides_none(
        self, client: TestClient, db: Database
    ) -> None:
        with db.write() as session:
            fields = {each.slug: each.id for each in session.exec(select(ResearchField))}
            for issue in session.exec(select(Issue)):
                issue.field_id = fields["vqa" if issue.slug == "unseen" else "sql"]
        page = press(client, "update", target_field="sql")
        groups = re.findall(r"<details( open)?>\s*<summary><b>([\w-]+)", page)
        assert groups == [(" open", "Text-to-SQL"), ("", "VQA")]
        assert 'name="column" value="unseen"' in page
        page = press(client, "update", target_field="sql", column=["unseen"])
        assert page.count("<details open>") == 2, "what is chosen is not folded away"

    def test_techniques_that_papers_of_the_field_use_are_hinted_at(
        self, client: TestClient, db: Database
    ) -> None:
        with db.write() as session:
            give_papers(session, "cross", "vqa")
            give_papers(session, "gated", "sql")
        page = press(client, "update", source_field="vqa")
        assert re.search(r'value="cross".*?1 paper</small>', page)
        assert not re.search(r'value="gated"[^\n]*1 paper', page)
        assert 'name="row" value="fusion"' in page, "a hint, no wall"
        page = press(client, "row-used", source_field="vqa")
        assert ticked(page, "row") == ["gated", "cross", "alignment"]

    def test_the_filter_finds_either_language_and_keeps_what_is_ticked(
        self, client: TestClient
    ) -> None:
        page = press(client, "update", filter_row="门控")
        assert re.search(r'<li class="level-1"><label[^>]*><input[^>]*value="gated"', page)
        assert re.search(r'<li class="level-0"><label[^>]*><input[^>]*value="fusion"', page), (
            "above it"
        )
        assert re.search(
            r'<li class="level-0" hidden><label[^>]*><input[^>]*value="alignment"', page
        )
        assert ticked(page, "row") == ["gated", "alignment"]
        assert "Nothing here is called “zzz”." in press(client, "update", filter_row="zzz")

    def test_of_very_many_the_filter_finds_what_is_not_offered(
        self, client: TestClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(editor, "OFFERED", 1)
        page = press(client, "update")
        assert re.findall(r'type="checkbox" id="row-([\w-]+)"', page) == [
            "fusion",
            "gated",
            "alignment",
        ], "the first, and what is chosen"
        assert "1 more: a few letters of its name in the filter find it." in text(page)
        page = press(client, "update", filter_row="cross", row=[])
        assert 'id="row-fusion"' in page, "above it"
        page = press(client, "update", filter_row="cross", row=["fusion"])
        assert 'id="row-cross"' in page
        assert ticked(page, "row") == ["fusion"]

    def test_of_hundreds_the_one_above_is_named_in_a_field(
        self, client: TestClient, db: Database
    ) -> None:
        assert '<select id="field-new_row_below"' in press(client, "update")
        with db.write() as session:
            session.add_all(Technique(slug=f"t-{n}", name_en=f"T {n}") for n in range(200))
        page = press(client, "update", new_row_below="fusion")
        field = re.search(r'<input id="field-new_row_below"[^>]*>', page)
        assert field
        assert 'value="fusion"' in field[0]
        assert 'data-complete="technique"' in field[0]
        new = {"name_en": "Late", "parent": "fusion"}
        assert client.post("/techniques", data=new).url.path == "/techniques/late"
        wrong = client.post("/techniques", data={"name_en": "Later", "parent": "nowhere"})
        assert wrong.status_code == 422
        assert 'value="nowhere"' in wrong.text

    def test_a_new_technique_is_added_on_the_way(self, client: TestClient) -> None:
        page = press(client, "row-add", new_row_en="Late fusion", new_row_below="fusion")
        assert 'value="Typed"' in page
        assert ticked(page, "row") == ["gated", "late-fusion", "alignment"]
        assert 'value="Late fusion"' not in page, "ready for the next one"
        made = client.get("/api/v1/techniques/late-fusion").json()
        assert made["parent"] == "fusion"

    def test_a_new_issue_takes_the_target_field(self, client: TestClient) -> None:
        page = press(client, "column-add", new_column_zh="多轮对话", target_field="sql")
        added = next(each for each in ticked(page, "column") if each != "dk")
        assert client.get(f"/api/v1/issues/{added}").json()["field"] == "sql"

    def test_a_new_term_that_cannot_be_saved(self, client: TestClient) -> None:
        page = press(client, "row-add", status=422, new_row_below="fusion")
        assert "Give a name in at least one language." in page
        page = press(client, "row-add", status=422, new_row_en="Gated")
        assert "is the slug of “Gated fusion”" in unescape(page)
        assert 'value="Gated"' in page
        assert ticked(page, "row") == ["gated", "alignment"]

    @pytest.mark.parametrize(
        "button", ["nonsense", "row-up", "row-up nothing", "row-", "column-with x", "row-used"]
    )
    def test_a_button_that_is_none_changes_nothing(self, client: TestClient, button: str) -> None:
        page = press(client, button)
        assert ordered(page, "row") == ["gated", "alignment"]


def test_an_empty_vocabulary_leads_on(client: TestClient) -> None:
    page = client.get("/comparisons/new").text
    assert "There is no technique yet." in page
    page = client.post("/comparisons", data={"do": "row-add", "new_row_en": "First"}).text
    assert ticked(page, "row") == ["first"]


def test_a_copy_brings_all_but_the_address(client: TestClient, db: Database, table: str) -> None:
    claim(db, "gated", "dk-t4", stance="fails")
    page = client.get("/comparisons/new?copy=vqa-sql").text
    assert 'value="Copy of VQA to SQL"' in page
    assert 'value="从视觉问答到 SQL（副本）"' in page
    assert "both tables show the same ones" in page
    form = {
        "title_en": "Copy of VQA to SQL",
        **{
            name: ordered(page, axis)
            for axis in ("row", "column")
            for name in (axis, f"{axis}_order")
        },
    }
    assert form["row"] == ["fusion", "gated", "cross", "alignment"]
    answer = client.post("/comparisons", data=form)
    assert answer.url.path == "/comparisons/copy-of-vqa-to-sql"
    assert "1 claim" in answer.text, "claims belong to the cell, not to the table"
    assert client.get("/comparisons/new?copy=nothing").status_code == 404


def test_taking_a_row_out_keeps_its_claims(client: TestClient, db: Database, table: str) -> None:
    claim(db, "gated", "dk-t4", stance="fails")
    claim(db, "gated", "unseen", stance="partial")
    claim(db, "cross", "unseen", stance="partial")
    rows, columns = ["fusion", "cross", "alignment"], ["unseen", "dk", "dk-t1", "dk-t4"]
    form = {"title_en": "VQA to SQL", "version": "1", "row": rows, "column": columns}
    told = text(client.post(table, data={**form, "do": "update"}).text)
    assert "Taken out: Gated fusion 2 claims leave the table when you save." in told
    page = client.post(table, data=form).text
    assert "Claims that left the table: 2. They stay with technique × issue." in page
    assert "1 claim" in page
    back = client.post(table, data={**form, "version": "2", "do": "row-with gated"}).text
    rows = ordered(back, "row")
    page = client.post(table, data={**form, "version": "2", "row": rows}).text
    assert "3 claims" in page, "put back, they show again"


def test_the_second_of_two_is_told_and_sees_what_differs(
    client: TestClient, db: Database, table: str
) -> None:
    mine = {"version": "1", "title_en": "Mine", "row": ["gated", "fusion"], "column": ["dk"]}
    theirs = {**mine, "title_en": "Theirs", "row": ["gated", "cross"], "column": ["dk"]}
    assert client.post(table, data=theirs).status_code == 200
    answer = client.post(table, data=mine)
    assert answer.status_code == 412
    said = text(answer.text)
    assert "Somebody saved a newer version." in said
    assert "Title in English Theirs" in said
    assert "has, and yours lacks: Cross-attention" in said
    assert "lacks, and yours has: Fusion" in said
    assert 'value="Mine"' in answer.text
    assert ticked(answer.text, "row") == ["fusion", "gated"]
    assert client.get(f"{API}/vqa-sql").json()["title"] == "Theirs"
    # Told, the reader takes the other's row too, and saves.
    merged = client.post(table, data={**mine, "version": "2", "do": "row-with cross"}).text
    rows = ordered(merged, "row")
    assert client.post(table, data={**mine, "version": "2", "row": rows}).status_code == 200
    assert client.get(f"{API}/vqa-sql").json()["title"] == "Mine"


def test_a_step_does_not_hide_that_somebody_else_saved(
    client: TestClient, db: Database, table: str
) -> None:
    mine = {"version": "1", "title_en": "Mine", "row": ["gated"], "column": ["dk"]}
    client.post(table, data={**mine, "title_en": "Theirs"})
    page = client.post(table, data={**mine, "do": "row-below fusion"}).text
    assert 'name="version" value="1"' in page
    assert client.post(table, data=mine).status_code == 412


def test_the_form_outlives_its_comparison(client: TestClient, db: Database, table: str) -> None:
    mine = {"version": "1", "title_en": "Mine", "row": ["gated"], "column": ["dk"]}
    assert client.post(f"{table}/delete", data={"version": "9"}).status_code == 412
    client.post(f"{table}/delete", data={"version": "1"})
    for changes in ({}, {"do": "row-below fusion"}):
        answer = client.post(table, data={**mine, **changes})
        assert answer.status_code == 404
        assert "saving makes a new one of it" in answer.text
        assert 'value="Mine"' in answer.text
        assert '<form class="x-form" id="x-form" method="post" action="/comparisons"' in answer.text


def test_a_term_in_a_comparison_says_where(client: TestClient, db: Database, table: str) -> None:
    claim(db, "gated", "dk-t4", stance="fails")
    for term in ("techniques/gated", "issues/dk-t4"):
        page = client.get(f"/{term}/edit").text
        assert 'href="/comparisons/vqa-sql/edit"' in page
        assert "stay with technique × issue" in page
        answer = client.delete(f"/api/v1/{term}")
        assert answer.status_code == 409
        assert "comparisons (vqa-sql)" in answer.json()["detail"]


def test_the_list_counts_the_blanks_apart(client: TestClient, db: Database, table: str) -> None:
    for issue, stance in (
        ("unseen", "no-evidence"),
        ("dk", "inapplicable"),
        ("dk-t1", "fails"),
        ("dk-t4", "fails"),
    ):
        claim(db, "gated", issue, stance=stance, basis="target")
    claim(db, "cross", "unseen", stance="addresses")
    said = text(client.get("/comparisons").text)
    assert (
        "+ 5 never examined ∅ 1 looked, found nothing – 1 not applicable ✕ 2 tried, failed" in said
    )
    item = client.get(API).json()["items"][0]
    blanks = {"unexamined": 5, "no_evidence": 1, "inapplicable": 1, "fails": 2}
    assert item["coverage"].items() >= blanks.items()
    assert (item["coverage"]["covered"], item["coverage"]["total"]) == (4, 9)


def test_the_list_draws_each_table(client: TestClient, db: Database, table: str) -> None:
    claim(db, "gated", "unseen", stance="addresses")
    claim(db, "gated", "dk", stance="addresses")
    claim(db, "cross", "dk-t4", stance="fails")
    page = client.get("/comparisons").text
    (picture,) = re.findall(r"<svg class=\"x-picture\".*?</svg>", page, re.DOTALL)
    assert 'viewBox="0 0 4 4"' in picture
    assert '<path class="yes" d="M0 1.5h2"/>' in picture
    assert '<path class="fails" d="M3 2.5h1"/>' in picture
    assert "VQA to SQL: 4 techniques × 4 issues" in picture
    assert "Addresses it: 2; Does not address it: 1; Not examined: 7" in picture


def test_the_list_says_when_a_cell_last_changed(
    client: TestClient, db: Database, table: str
) -> None:
    with db.write() as session:
        service.get_comparison(session, "vqa-sql").created_at = datetime(2023, 3, 6, tzinfo=UTC)
    made = client.get(API).json()["items"][0]["changed_at"]
    assert made.startswith("2023-03-06")
    claim(db, "gated", "unseen", stance="addresses")
    changed = client.get(API).json()["items"][0]["changed_at"]
    assert changed > made
    assert f'<time datetime="{changed[:10]}' in client.get("/comparisons").text


def test_statements_do_not_grow_with_the_comparisons(
    client: TestClient, db: Database, table: str
) -> None:
    addresses = ["/comparisons", "/comparisons?beside=vqa-sql&beside=c0", "/comparisons/new"]
    with db.write() as session:
        add(session, 0)
    few = []
    for address in addresses:
        with counted(db) as seen:
            assert client.get(address).status_code == 200
        few.append(len(seen))
    claim(db, "gated", "unseen", stance="addresses")
    with db.write() as session:
        for number in range(1, 12):
            add(session, number)
    more = "".join(f"&beside=c{number}" for number in range(1, 12))
    many = []
    for address in (addresses[0], addresses[1] + more, addresses[2]):
        with counted(db) as seen:
            assert client.get(address).status_code == 200
        many.append(len(seen))
    assert many == few
    assert max(many) <= 16


def add(session: Session, number: int, rows: tuple[str, ...] = ("gated", "cross")) -> None:
    given = ComparisonInput(
        slug=f"c{number}", title_en=f"C{number}", rows=list(rows), columns=["dk", "unseen"]
    )
    service.create_comparison(session, given)


def test_two_lie_side_by_side(client: TestClient, db: Database, table: str) -> None:
    claim(db, "gated", "dk", stance="addresses")
    claim(db, "alignment", "unseen", stance="fails")
    with db.write() as session:
        session.add(Technique(slug="late", name_en="Late fusion"))
        session.flush()
        add(session, 0, ("gated", "late"))
    page = client.get("/comparisons?beside=vqa-sql&beside=c0").text
    said = text(page)
    assert "Rows in all 1 Gated fusion Columns in all 2 Unseen data , Domain knowledge" in said
    assert "Only in VQA to SQL Rows: Fusion , Cross-attention , Alignment" in said
    assert "Columns: T1 omitted , T4 implied Only in C0 Rows: Late fusion" in said
    for slug in ("vqa-sql", "c0"):
        assert re.search(rf'<a href="/comparisons/{slug}/gated/dk" class="yes"', page), "the same"
    assert '"/comparisons/vqa-sql/alignment/unseen"' in page
    assert '"/comparisons/c0/alignment/unseen"' not in page
    assert page.count("not a row here") == 4
    assert client.get("/comparisons?beside=vqa-sql&beside=nothing").status_code == 404


def test_one_alone_asks_for_another(client: TestClient, db: Database, table: str) -> None:
    with db.write() as session:
        add(session, 0)
    page = client.get("/comparisons?beside=vqa-sql").text
    assert "Choose a second one to lay beside it." in page
    assert re.search(r'name="beside" value="vqa-sql" checked', page)


def test_a_row_outlives_the_undo_of_the_import_that_made_it(
    client: TestClient, db: Database
) -> None:
    with db.write() as session:
        batch = load_starter(session)
    assert batch
    given = {"title_en": "Mine", "rows": ["gated-fusion", "cbam"], "columns": ["dk-t1"]}
    client.post(API, json=given).raise_for_status()
    with db.write() as session:
        undo_import(session, batch.id)
    for address in ("/comparisons", "/comparisons/mine", "/comparisons/mine/edit"):
        page = client.get(address)
        assert page.status_code == 200
    assert ordered(page.text, "row") == ["gated-fusion", "cbam"]
    assert client.get("/techniques/concat-single-stream").status_code == 404
