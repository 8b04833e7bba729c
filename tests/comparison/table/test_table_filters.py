"""Reading a table as its address asks: branches, filters, words, order, folds, moments."""

import re
from html import unescape
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from app.comparison import queries
from app.comparison.cells import claim_service
from app.comparison.rules import AxisPlace, ClaimInput, EvidenceInput, folded_into, with_those_above
from app.comparison.table.build import cells_from, get_table
from app.comparison.table.table_filters import (
    STANCE_VALUES,
    CellTraits,
    TableView,
    ViewInput,
    filter_cells,
    read_view,
    view_input,
)
from app.database import Database
from app.models import (
    Confidence,
    Evidence,
    Hypothesis,
    Note,
    Paper,
    PaperVerdict,
    Stance,
    Verdict,
    utc_now,
)
from app.models.stances import CONTESTED
from tests.comparison.conftest import TABLE, claim, claimed, pair
from tests.conftest import counted
from tests.databases import arranged

API = f"/api/v1{TABLE}"
HTMX = {"HX-Request": "true", "HX-Target": "table"}
GATED_DK = f"{TABLE}/gated/dk"


@arranged
def filled(db: Database, table: str) -> str:
    """gated addresses dk (high, from ViLT of 2021, to be tried) and fails at dk-t4; cross is
    partial and unclear there; alignment has looked and found nothing about unseen data."""
    with db.write() as session:
        vilt = [{"paper": "kim2021vilt", "quote": "a gate weighs both"}]
        claimed(session, "gated", "dk", stance="addresses", confidence="high", evidence=vilt)
        claimed(session, "gated", "dk-t4", stance="fails")
        note = [{"source": "融合与隐含条件", "quote": "多模态融合再好"}]
        claimed(session, "cross", "dk-t4", stance="partial", confidence="low", evidence=note)
        claimed(session, "cross", "dk", stance="unclear")
        claimed(session, "alignment", "unseen", stance="no-evidence")
        paper = session.exec(select(Paper)).one()
        paper.year = 2021
        verdict = session.exec(select(Verdict).where(Verdict.slug == "try")).one()
        given = PaperVerdict(paper_id=paper.id, verdict_id=verdict.id, reason="x")
        session.add(given)
    return table


def rows(page: str) -> list[str]:
    return re.findall(r'<tr id="([\w-]+)"', page)


def cells(page: str) -> set[str]:
    """The ends of the addresses of the filled cells that are shown."""
    return set(re.findall(rf'<td><a href="{TABLE}/([\w/-]+)" class', page))


def blanks(page: str) -> int:
    return page.count(">+</a>")


ALL_CELLS = {"gated/dk", "gated/dk-t4", "cross/dk-t4", "cross/dk", "alignment/unseen"}


@pytest.mark.parametrize(
    ("query", "shown", "left"),
    [
        ("", ALL_CELLS, ["fusion", "gated", "cross", "alignment"]),
        ("technique=fusion", ALL_CELLS - {"alignment/unseen"}, ["fusion", "gated", "cross"]),
        ("technique=gated", {"gated/dk", "gated/dk-t4"}, ["gated"]),
        ("technique=gated&technique=alignment", None, ["gated", "alignment"]),
        ("issue=dk", ALL_CELLS - {"alignment/unseen"}, ["fusion", "gated", "cross", "alignment"]),
        ("rows=examined", ALL_CELLS, ["fusion", "gated", "cross", "alignment"]),
        ("rows=evidence", ALL_CELLS - {"alignment/unseen"}, ["fusion", "gated", "cross"]),
        ("stance=fails", {"gated/dk-t4"}, ["fusion", "gated"]),
        ("stance=fails&stance=partial", {"gated/dk-t4", "cross/dk-t4"}, None),
        ("stance=no-evidence", {"alignment/unseen"}, ["alignment"]),
        ("confidence=high", {"gated/dk"}, ["fusion", "gated"]),
        ("stance=addresses&confidence=low", set(), []),
        ("verdict=try", {"gated/dk"}, ["fusion", "gated"]),
        ("verdict=unread", set(), []),
        ("year=2021", {"gated/dk"}, None),
        ("year=2020..2023&verdict=try", {"gated/dk"}, None),
        ("year=%3E%3D2022", set(), []),
        ("sort=coverage", ALL_CELLS, ["gated", "cross", "alignment"]),
        ("sort=addresses", ALL_CELLS, ["gated", "cross", "alignment"]),
    ],
)
def test_a_filter_leaves_out_what_it_does_not_ask_for(
    client: TestClient, filled: str, query: str, shown: set[str] | None, left: list[str] | None
) -> None:
    page = client.get(f"{filled}?{query}").text
    if shown is not None:
        assert cells(page) == shown
    if left is not None:
        assert rows(page) == left
        assert ("No cell passes these filters" in page) == (not left)


def test_what_is_left_out_is_no_blank(client: TestClient, filled: str) -> None:
    assert blanks(client.get(f"{filled}?rest=issues").text) == 6
    page = client.get(f"{filled}?stance=fails").text
    assert blanks(page) == 0
    assert page.count("<td></td>") == 7, "two rows of four, but for one cell"
    assert "1 of 11 cells, 1 of 4 rows" in page
    assert '<tr id="fusion" aria-level="1" class="heading"' in page, "stands for what is below"
    page = client.get(f"{filled}?stance=unexamined").text
    assert (blanks(page), cells(page)) == (6, set())
    page = client.get(f"{filled}?stance=unexamined&confidence=high").text
    assert rows(page) == [], "what nobody examined has no confidence"


def test_coverage_is_of_the_branch_that_is_read(client: TestClient, filled: str) -> None:
    page = client.get(f"{filled}?technique=gated&issue=dk&stance=fails").text
    assert "1 techniques × 3 issues" in page
    assert "2 of 3 cells examined" in page


def test_every_value_says_how_many_cells_it_would_show(client: TestClient, filled: str) -> None:
    def count(page: str, name: str, value: str) -> str:
        box = re.search(rf'name="{name}" value="{value}".*?<span class="count">(\d*)', page, re.S)
        assert box
        return box[1]

    page = client.get(f"{filled}?stance=fails").text
    assert count(page, "stance", "addresses") == "1", "as if it were chosen in place of this one"
    assert count(page, "stance", "unexamined") == "6"
    assert count(page, "confidence", "medium") == "1"
    assert count(page, "confidence", "high") == "0"
    page = client.get(f"{filled}?year=2021").text
    assert count(page, "verdict", "try") == "1"
    assert 'name="stance" value="fails" checked' in client.get(f"{filled}?stance=fails").text


def test_the_four_blanks_are_counted_apart(client: TestClient, db: Database, filled: str) -> None:
    claim(db, "gated", "unseen", stance="inapplicable")
    claim(db, "gated", "dk-t4", stance="fails", basis="target")
    said = "5 never examined, 1 looked and found nothing, 1 not applicable, 1 tried and failed"
    page = client.get(filled).text
    assert said in page
    row = re.search(r'id="e-gated"><span title="([^"]*)"', page)
    assert row
    assert row[1].startswith("1 never examined, 0 looked and found nothing, 1 not applicable, 1")
    coverage = client.get(API).json()["coverage"]
    asked = {"unexamined": 5, "no_evidence": 1, "inapplicable": 1, "fails": 1}
    assert coverage.items() >= {**asked, "covered": 5, "total": 10}.items()
    assert coverage["columns"]["unseen"]["no_evidence"] == 1


def test_words_light_cells_and_dim_the_others(client: TestClient, filled: str) -> None:
    page = client.get(f"{filled}?q=weighs").text
    assert cells(page) == ALL_CELLS
    lit = re.findall(r'<a href="[^"]*/([\w/-]+/[\w-]+)" class="[^"]* lit"', page)
    assert lit == ["gated/dk"]
    assert "1 cell lit" in page
    assert "seeking" in page
    assert client.get(f"{API}?q=融合再好").json()["lit"] == [["cross", "dk-t4"]]
    assert client.get(API).json()["lit"] is None
    page = client.get(f"{filled}?q=weighs+verdict:try").text
    assert "Words alone are looked for in cells" in page


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("stance=maybe", "maybe is none of the choices here."),
        ("confidence=total", "total is none of the choices here."),
        ("rows=odd", "odd is none of the choices here."),
        ("sort=colour", "colour is none of the choices here."),
        ("verdict=lovely", "lovely is none of the choices here."),
        ("year=soon", "Write years as 2020, 2020..2023 or >=2022."),
        ("as_of=yesterday", "Write a date as 2023-03-06."),
        ("since=31.12.2020", "Write a date as 2023-03-06."),
        ("technique=nonsense", "There is no technique nonsense."),
        ("issue=%00%3Cb%3E", "There is no issue"),
    ],
)
def test_what_cannot_be_asked_is_said_and_the_rest_is_done(
    client: TestClient, filled: str, query: str, said: str
) -> None:
    answer = client.get(f"{filled}?{query}&transpose=1&rest=issues")
    assert answer.status_code == 200
    assert said in unescape(answer.text)
    assert sorted(rows(answer.text)) == ["dk", "dk-t1", "dk-t4", "unseen"], (
        "all of it, the other way round"
    )
    problem = client.get(f"{API}?{query}")
    assert problem.status_code == 422
    assert query.split("=")[0] in problem.json()["errors"]


def test_transposed_issues_are_rows(client: TestClient, filled: str) -> None:
    page = client.get(f"{filled}?transpose=1&rest=issues").text
    assert rows(page) == ["unseen", "dk", "dk-t4", "dk-t1"]
    assert cells(page) == ALL_CELLS, "the same cells at the same addresses"
    dk = re.search(r'<tr id="dk".*?</tr>', page, re.S)
    assert dk
    assert re.findall(rf'href="{TABLE}/([\w-]+)/dk"', dk[0]) == ["gated", "cross"], (
        "what stands beside its parts has no blanks"
    )
    assert 'id="f-dk-t4"><span' in page, "a save beside the table finds the ends either way round"
    assert 'id="e-gated"><span' in page.split("<tfoot>")[1]


def sums(page: str) -> dict[str, str]:
    found = re.findall(r'<td id="s-([\w/-]+)"><a href="[^"]*"[^>]*aria-label="([^"]*)"', page)
    return {place: unescape(label) for place, label in found}


def test_what_is_folded_is_summed_up(client: TestClient, filled: str) -> None:
    page = client.get(f"{filled}?fold=fusion").text
    assert rows(page) == ["fusion", "alignment"]
    found = sums(page)
    assert found["fusion/dk"] == "Sum: Addresses it in 1, 0 of 2 never examined"
    assert found["fusion/dk-t4"] == (
        "Sum: Partly addresses it in 1, they contradict each other, 0 of 2 never examined"
    )
    assert found["fusion/unseen"] == "Sum: 2 of 2 never examined"
    both = client.get(f"{filled}?fold=all").text
    assert sums(both)["fusion/dk"] == (
        "Sum: Addresses it in 1, they contradict each other, 2 of 6 never examined"
    )
    assert "alignment/unseen" in cells(both), "what is not folded stays a cell"
    assert 'href="/comparisons/vqa-sql?fold=dk"' in both, "unfolding one leaves the other folded"
    assert "Unfold all" in both
    listed = client.get(f"{API}?fold=fusion").json()
    assert [each["slug"] for each in listed["rows"]] == ["fusion", "alignment"]
    assert {
        "technique": "fusion",
        "issue": "dk-t4",
        "stance": "partial",
        "count": 1,
        "conflict": True,
        "examined": 2,
        "total": 2,
    } in listed["sums"]


def test_a_sum_is_of_what_unfolding_it_would_show(client: TestClient, filled: str) -> None:
    page = client.get(f"{filled}?fold=fusion&stance=fails").text
    assert sums(page) == {"fusion/dk-t4": "Sum: Does not address it in 1, 0 of 1 never examined"}


def test_a_save_beside_a_folded_table_changes_its_sum(client: TestClient, filled: str) -> None:
    headers = {
        "HX-Request": "true",
        "HX-Target": "drawer",
        "HX-Current-URL": f"http://testserver{TABLE}/gated/dk-t1?fold=fusion&technique=fusion",
    }
    given = {"stance": "addresses", "confidence": "high", "rationale": "x"}
    part = unescape(client.post(f"{TABLE}/gated/dk-t1/claims", data=given, headers=headers).text)
    assert "hx-swap-oob=\"innerHTML:[id='s-fusion/dk-t1']\"" in part
    assert "Sum: Addresses it in 1, 1 of 2 never examined" in part
    assert "5 of 8 cells examined" in part, "counts are those of the branch beside"


def test_filters_come_as_a_fragment(client: TestClient, filled: str) -> None:
    part = client.get(f"{filled}?stance=fails", headers=HTMX).text
    assert "<html" not in part
    assert 'id="x"' in part
    assert 'id="drawer"' not in part, "an open cell stays open"


def test_links_keep_the_rest_of_the_view(client: TestClient, filled: str) -> None:
    page = unescape(client.get(f"{filled}?stance=fails&stance=partial&as_of=2100-01-01").text)
    assert f'href="{TABLE}?as_of=2100-01-01&stance=partial"' in page, "one chip takes one out"
    assert f'href="{TABLE}?stance=fails&stance=partial&as_of=2100-01-01&transpose=1"' in page
    assert f'href="{TABLE}?stance=fails&stance=partial&as_of=2100-01-01&technique=gated"' in page
    assert f'href="{TABLE}/next"' in page


def last_change(db: Database) -> int:
    with db.read() as session:
        numbers = [change.id for change in queries.select_changes(session)]
    return numbers[0]


def test_a_table_is_read_as_of_a_moment_and_two_are_compared(
    client: TestClient, db: Database, filled: str
) -> None:
    then = last_change(db)
    claim(db, "gated", "dk-t4", stance="addresses", confidence="low")
    claim(db, "fusion", "unseen", stance="unclear")
    with db.write() as session:
        claim_service.rule_cell(
            session, pair(session, "cross", "dk"), stance="fails", rationale="x"
        )
    page = client.get(f"{filled}?as_of={then}").text
    assert cells(page) == ALL_CELLS
    assert "5 of 11 cells examined" in page
    assert f"As of change {then}" in page
    old = client.get(f"{API}?as_of={then}").json()
    by_cell = {(each["technique"], each["issue"]): each for each in old["cells"]}
    assert by_cell["gated", "dk-t4"]["stance"] == "fails"
    (quoted,) = by_cell["gated", "dk"]["claims"]
    assert quoted["evidence"][0]["paper"] == "kim2021vilt"
    assert cells(client.get(f"{filled}?as_of={then}&verdict=try").text) == {"gated/dk"}
    assert cells(client.get(f"{filled}?as_of=2000-01-01").text) == set()

    page = unescape(client.get(f"{filled}?since={then}").text)
    assert "3 cells changed, 3 of them take another stance" in page
    marked = re.findall(rf'<a href="{TABLE}/([\w/-]+)" class="[^"]*\bchanged\b', page)
    assert set(marked) == {"fusion/unseen", "gated/dk-t4", "cross/dk"}
    told = client.get(f"{API}?since={then}&technique=gated").json()["differences"]
    assert [(each["before"]["stance"], each["after"]["stance"]) for each in told] == [
        ("fails", CONTESTED)
    ]
    back = client.get(f"{API}?since={last_change(db)}&as_of={then}").json()["differences"]
    assert len(back) == 3, "from the later to the earlier, as asked"
    gone = client.get(f"{filled}?since={then}&as_of={then}").text
    assert "Nothing has changed." in gone


def test_a_cell_that_is_blank_again_is_marked(client: TestClient, db: Database, table: str) -> None:
    number = claim(db, "gated", "dk", stance="fails")
    then = last_change(db)
    with db.write() as session:
        claim_service.delete_claim(session, claim_service.get_claim(session, number))
    page = client.get(f"{table}?since={then}").text
    blank = f'<a href="{GATED_DK}" class="blank changed" aria-label="Not examined, changed">+</a>'
    assert blank in page


@pytest.mark.parametrize("why", ["gone", "version", "trash", "note in the trash"])
def test_stale_evidence_is_marked_and_found(
    client: TestClient, db: Database, filled: str, why: str
) -> None:
    assert cells(client.get(f"{filled}?stale=1").text) == set()
    with db.write() as session:
        paper, note = session.exec(select(Paper)).one(), session.exec(select(Note)).one()
        piece = session.exec(select(Evidence).where(Evidence.paper_id == paper.id)).one()
        if why == "gone":
            piece.quote, piece.locator = "They fuse.", "abstract"
            paper.abstract = "Withdrawn."
        elif why == "version":
            piece.arxiv_version, paper.arxiv_version = 1, 2
        elif why == "trash":
            paper.trashed_at = utc_now()
        else:
            note.trashed_at = utc_now()
    cell = "cross/dk-t4" if why.startswith("note") else "gated/dk"
    assert cells(client.get(f"{filled}?stale=1").text) == {cell}
    page = client.get(filled).text
    drawn = re.search(rf'<a href="{TABLE}/{cell}".*?</a>', page)
    assert drawn
    assert "<b>!</b>" in drawn[0]
    assert "evidence to be looked at again" in drawn[0]
    assert page.count("<b>!</b>") == 2, "the cell, and the legend"


QUERIES = (
    "",
    "?fold=all&transpose=1",
    "?stance=fails&verdict=unread&year=2000..",
    "?q=weighs&rows=evidence&sort=coverage",
    "?as_of=2100-01-01&since=2000-01-01&verdict=unread",
)


@pytest.mark.parametrize("query", QUERIES)
def test_statements_do_not_grow_with_what_is_read(
    client: TestClient, db: Database, filled: str, query: str
) -> None:
    with db.write() as session:
        claim_service.add_claim(session, pair(session, "gated", "dk"), a_claim("first"))
    with counted(db) as few:
        client.get(filled + query)
    with db.write() as session:
        for technique in ("fusion", "gated", "cross", "alignment"):
            for issue in ("unseen", "dk", "dk-t1", "dk-t4"):
                cell = pair(session, technique, issue)
                claim_service.add_claim(session, cell, a_claim(technique))
    with counted(db) as many:
        page = client.get(filled + query)
    assert page.status_code == 200
    assert len(many) == len(few) <= 20


def a_claim(why: str) -> ClaimInput:
    return ClaimInput(
        stance=Stance.FAILS,
        rationale=f"why {why}",
        evidence=[EvidenceInput(paper="kim2021vilt", quote=why)],
    )


def test_a_save_beside_the_table_does_not_work_the_table_out(
    client: TestClient, db: Database, filled: str
) -> None:
    headers = {"HX-Request": "true", "HX-Target": "drawer"}
    given = {"stance": "fails", "rationale": "x"}
    with counted(db) as seen:
        client.post(f"{TABLE}/gated/dk-t1/claims", data=given, headers=headers)
    assert sum("sum(CASE" in each for each in seen) == 1, "evidence of one cell alone"
    with db.read() as session:
        whole = get_table(session, "vqa-sql")
    assert whole.coverage.covered == 6


def test_an_address_makes_a_view_whatever_it_holds() -> None:
    given = view_input("stance=fails&stance=&stance=fails&fold=a&year=+2020&x=1&q=a++b&transpose=2")
    view, problems = read_view(given)
    assert view == TableView(stance=("fails",), fold=("a",), year="2020", q="a b")
    assert problems == {}
    assert read_view(ViewInput()) == (TableView(), {})


PLACES = st.text(max_size=12)


@given(
    st.dictionaries(st.sampled_from(sorted(ViewInput.model_fields)), st.lists(PLACES, max_size=3))
)
def test_no_address_breaks_a_view(given: dict[str, list[str]]) -> None:
    query = "&".join(f"{name}={value}" for name, values in given.items() for value in values)
    view, problems = read_view(view_input(urlsplit(f"/x?{query}").query))
    assert set(problems) <= set(ViewInput.model_fields)
    assert set(view.stance) <= set(STANCE_VALUES)


TRAITS = st.builds(
    CellTraits,
    st.sampled_from([*Stance, CONTESTED]),
    st.sampled_from(list(Confidence)),
    st.booleans(),
    st.sets(st.tuples(st.sampled_from(["try", "unread"]), st.sampled_from([None, 2019, 2022]))),
)
VIEWS = st.builds(
    TableView,
    stance=st.sets(st.sampled_from(STANCE_VALUES)).map(tuple),
    confidence=st.sets(st.sampled_from(list(Confidence))).map(tuple),
    verdict=st.sets(st.sampled_from(["try", "unread"])).map(tuple),
    year=st.sampled_from(["", "2019", ">=2020", "2000..2021"]),
    stale=st.booleans(),
)


@given(VIEWS, st.lists(TRAITS, max_size=12))
def test_counts_are_what_choosing_would_show(view: TableView, traits: list[CellTraits]) -> None:
    cells_ = [((n, n), each) for n, each in enumerate(traits)]
    found = filter_cells(view, cells_)
    assert found.passing <= {pair for pair, _ in cells_}
    for stance in [*Stance, CONTESTED]:
        chosen = filter_cells(TableView(**{**vars(view), "stance": (stance,)}), cells_)
        assert found.counts["stance"].get(stance, 0) == len(chosen.passing)
    without = filter_cells(TableView(**{**vars(view), "stance": ()}), cells_)
    asked = [dict(cells_)[pair].stance in view.stance for pair in without.passing]
    assert len(found.passing) == (sum(asked) if view.stance else len(without.passing))


@given(
    st.lists(st.sampled_from([None, *range(8)]), min_size=1, max_size=9), st.sets(st.integers(0, 8))
)
def test_what_is_folded_is_shown_at_the_highest_folded_head(
    above: list[int | None], folded: set[int]
) -> None:
    parents = [up if up is not None and up < n else None for n, up in enumerate(above)]
    places = [AxisPlace(n, 0, up, n in parents) for n, up in enumerate(parents)]
    into = folded_into(places, folded)
    for place in places:
        line = [place.id]
        while (up := parents[line[-1]]) is not None:
            line.append(up)
        shut = [each for each in line[1:] if each in folded]
        assert into[place.id] == (shut[-1] if shut else place.id)
        assert into[into[place.id]] == into[place.id]
    assert [p.id for p in with_those_above(places, [p.id for p in places])] == [
        p.id for p in places
    ]


def test_cells_that_say_the_same_are_one() -> None:
    said = [("fails", "low", "target")]
    made = cells_from(
        {(1, 1): said, (1, 2): list(said)}, {}, {(1, 1): (1, 0, 0), (1, 2): (1, 0, 0)}
    )
    assert made[1, 1] is made[1, 2]


def test_it_opens_on_what_is_known(client: TestClient, db: Database, filled: str) -> None:
    page = client.get(filled).text
    assert rows(page) == ["fusion", "gated", "cross", "alignment"]
    assert "1 issue that nobody has examined" in page
    assert "dk-t1" not in re.findall(r'id="f-([\w-]+)"', page)
    opened = client.get(f"{filled}?rest=issues").text
    assert re.findall(r'id="f-([\w-]+)"', opened) == ["unseen", "dk", "dk-t4", "dk-t1", "whole"]
    assert 'id="x-rest-issues" href="/comparisons/vqa-sql"' in opened, "closed by the same link"
    assert [each["slug"] for each in client.get(API).json()["columns"]][2] == "dk-t1"
    with db.write() as session:
        row, column = pair(session, "alignment", "dk-t1")
        session.add(Hypothesis(technique_id=row, issue_id=column, mechanism="x"))
    assert "nobody has examined" not in client.get(filled).text, "a hypothesis makes it known"


def test_a_basis_is_asked_for_and_counted(client: TestClient, db: Database, filled: str) -> None:
    claim(db, "alignment", "dk-t4", stance="fails", basis="target")
    page = client.get(f"{filled}?basis=target").text
    assert cells(page) == {"alignment/dk-t4"}
    assert "tried on Text-to-SQL" in page
    assert "1 tried and failed" in page, "the other was argued alone"
    assert "1 个试过没有成功" in client.get(filled, headers={"Accept-Language": "zh"}).text
    assert client.get(API).json()["coverage"]["fails"] == 1
    assert client.get(f"{API}?basis=hope").status_code == 422


def test_like_rows_stand_together(client: TestClient, db: Database, filled: str) -> None:
    for technique, stance in (("alignment", "fails"), ("cross", "fails")):
        claim(db, technique, "dk-t1", stance=stance)
    page = client.get(f"{filled}?sort=alike").text
    assert sorted(rows(page)) == ["alignment", "cross", "gated"]
    assert "Like ones together" in page
