"""From a file of notes to papers, notes and links: once, twice, edited, contradicted."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from fastapi.testclient import TestClient
from sqlmodel import select

from app.database import Database
from app.errors import Invalid, NotFound
from app.imports.planning.detect_format import Content
from app.imports.rules import Correction, RowState
from app.imports.service import ReadingOptions, apply_plan, import_path, preview_plan
from app.models import ImportItem, Link
from tests.conftest import counted
from tests.imports.looking import (
    READING,
    actions,
    bring_in,
    note_of,
    notes,
    papers,
    sizes,
)

VERDICTS = {"reject": "no", "try": "try", "read_later": "later"} | dict.fromkeys(
    ("nothing_new", "maybe_low", "low_value"), "limited"
)


# --- The real notes -----------------------------------------------------------------------------


def test_the_seed_becomes_exactly_its_entries(
    client: TestClient, db: Database, shared_dir: Path
) -> None:
    import_path(db, shared_dir / "seed/notes.md")
    expected = yaml.safe_load((shared_dir / "domain/expected_import.yaml").read_text("utf-8"))
    held = papers(client)
    kinds = {"paper": "paper", "concept": "concept", "links": "link"}
    entries = {e.get("title_normalised", e["heading"]): e for e in expected["entries"]}
    records = {title: e for title, e in entries.items() if e["kind"] in kinds}
    stubs = {p["title"] for p in held.values() if p["kind"] in ("method", "dataset")}
    assert set(held) == {*records, *stubs}
    assert {title.lower().replace(" ", "-").replace("-3", "3") for title in stubs} == set(
        expected["stubs_expected_set"]
    )
    for title, entry in records.items():
        check_record(held[title], entry, kinds[entry["kind"]])
    alone = {note["title"] for note in notes(client) if note["paper"] is None}
    assert alone == {"tmp_thought", "notes.md: opening questions"}


def check_record(paper: Any, entry: Any, kind: str) -> None:
    assert paper["kind"] == kind
    dates = {date.get("role", "v1"): date["iso"] for date in entry["dates"]}
    assert (paper["published"], paper["revised"]) == (dates.get("v1", ""), dates.get("latest", ""))
    assert paper["venue"] == ("ICLR 2023" if "venue_note" in entry else "")
    verdict = entry["verdict"]
    assert paper["verdict"] == (VERDICTS[verdict["polarity"]] if verdict else None)
    ids = [link["arxiv"] for link in entry["links"] if "arxiv" in link]
    assert paper["arxiv_id"] == (ids[0] if ids else None)
    assert paper["authors"] == []
    assert paper["doi"] is None
    assert paper["abstract"] == ""


def test_nothing_of_the_seeds_text_is_lost(
    client: TestClient, db: Database, shared_dir: Path
) -> None:
    """Every line stands in a note, but for dates that a record has; what is kept is the file."""
    import_path(db, shared_dir / "seed/notes.md")
    original = (shared_dir / "seed/notes.md").read_text("utf-8")
    stored = "\n".join(note["body"] for note in notes(client)).split("\n")
    dates = {"> 4 November, 2022", "> March 2023"}
    for line in original.split("\n"):
        if line.strip() and not line.startswith("####") and set(line) != {"="}:
            assert line in stored or "2023" in line or line in dates, line
    with db.read() as session:
        items = session.exec(select(ImportItem).order_by("id")).all()
    assert sorted(filter(None, (item.raw for item in items)), key=original.index) != []
    assert "".join(sorted((i.raw for i in items if i.raw), key=original.index)) == original


def test_the_seed_over_the_starter_library_finds_its_papers(
    client: TestClient, db: Database, shared_dir: Path
) -> None:
    client.post("/import/starter")
    before = sizes(db)
    (report,) = import_path(db, shared_dir / "seed/notes.md")
    after = sizes(db)
    assert report.count(RowState.HELD) == 11
    assert after["paper"] - before["paper"] == 1  # the list of blog posts
    assert after["issue"] == before["issue"]
    assert after["note"] - before["note"] == 14
    assert after["paper_verdict"] == before["paper_verdict"]


# --- A small file of our own --------------------------------------------------------------------


def test_what_becomes_what(client: TestClient, db: Database) -> None:
    report = bring_in(db)
    held = papers(client)
    lanterns = held["Sparse Lanterns: Reading Tables in the Dark"]
    assert (lanterns["published"], lanterns["revised"]) == ("2022-05-05", "2022-05-07")
    assert (lanterns["year"], lanterns["verdict"], lanterns["reason"]) == (2022, "no", "只做单表")
    assert held["对比学习"]["kind"] == held["RNN"]["kind"] == "concept"
    assert held["找几篇博客先看看，打好基础："]["url"].startswith("https://blog.example.org/")
    assert held["Light as a Language: Pretraining for Every Lamp"]["arxiv_id"] == "2101.00001"
    assert held["Light as a Language: Pretraining for Every Lamp"]["short_title"] == "LaMP"
    assert held["Dilute Contents of Crossing Models"]["verdict"] == "later"
    assert held["Dilute Contents of Crossing Models"]["published"] == "2020-11"
    assert note_of(client, "tmp_thought")["paper"] is None
    assert report.count("issue") == 4
    assert actions(report)["image"] == ["pics/gate.png"]


def test_opening_lines_stay_word_for_word(client: TestClient, db: Database) -> None:
    bring_in(db)
    opening = note_of(client, "reading.md: opening questions")
    assert opening["body"] == READING.split("\n\n======")[0]
    slugs = {issue["name_zh"] for issue in client.get("/api/v1/issues").json()["items"]}
    assert slugs == {"长尾样本", "缩写词", "单位换算", "表结构"}


def test_a_title_that_is_ours_is_in_the_readers_language(client: TestClient) -> None:
    chinese = {"Accept-Language": "zh-CN"}
    handed = {"file": ("reading.md", READING.encode())}
    preview = client.post("/import", files=handed, headers=chinese)
    assert "reading.md：开头的问题" in preview.text
    client.post("/api/v1/import", files=handed, headers=chinese).raise_for_status()
    assert note_of(client, "reading.md：开头的问题")["body"]
    client.post("/api/v1/import", files=handed).raise_for_status()  # in English: the same note
    assert not [each for each in notes(client) if each["title"] == "reading.md: opening questions"]


def test_a_quotation_does_not_swallow_what_follows(client: TestClient, db: Database) -> None:
    bring_in(db)
    lamp = note_of(client, "Light as a Language: Pretraining for Every Lamp")
    assert lamp["body"] == "> 也是交叉注意力。\n\nhttps://arxiv.org/pdf/2101.00001v3.pdf"


def test_references_and_names_become_links(client: TestClient, db: Database) -> None:
    bring_in(
        db,
        "#### A paper on gates\n比CLIP好，见[A second paper]\n\n#### A second paper\n也用CLIP。\n",
    )
    with db.read() as session:
        links = session.exec(select(Link).where(Link.origin == "mention")).all()
    held = papers(client)
    assert held["CLIP"]["kind"] == "method"
    wanted = {held["CLIP"]["citekey"], held["A second paper"]["citekey"]}
    assert {link.target_key for link in links} == wanted
    assert len(links) == 3
    page = client.get(f"/papers/{held['CLIP']['citekey']}").text
    assert "A paper on gates" in page


def test_techniques_are_suggested_by_any_of_their_names(client: TestClient, db: Database) -> None:
    client.post("/import/starter")
    text = "#### A new paper about lamps\n用了门控融合。\n"
    with db.read() as session:
        (row,) = preview_plan(session, Content("notes", text), "n.md").rows
    assert [(each.slug, each.raw) for each in row.techniques] == [("gated-fusion", "门控融合")]
    bring_in(db, text, "n.md")
    assert papers_technique(client, "A new paper about lamps") == ["gated-fusion"]


def papers_technique(client: TestClient, title: str) -> Any:
    found = client.get("/api/v1/papers", params={"q": f'"{title}"'}).json()["items"]
    return next(paper["techniques"] for paper in found if paper["title"] == title)


def test_one_heading_twice_is_one_paper_with_two_notes(client: TestClient, db: Database) -> None:
    text = "#### Lamps and gates\none\n#### Lamps and gates\ntwo\n"
    bring_in(db, text)
    assert [p["title"] for p in papers(client).values()] == ["Lamps and gates"]
    assert sorted(note["body"] for note in notes(client)) == ["one", "two"]
    assert not bring_in(db, text).changed


def test_a_paper_that_is_held_gets_the_note_and_keeps_its_own(
    client: TestClient, db: Database
) -> None:
    given = {"title": "Sparse Lanterns: Reading Tables in the Dark", "year": 2019}
    key = client.post("/api/v1/papers", json=given).json()["citekey"]
    said = {"verdict": "try", "reason": "mine"}
    client.post(f"/api/v1/papers/{key}/verdicts", json=said)
    report = bring_in(db)
    paper = client.get(f"/api/v1/papers/{key}").json()
    assert (paper["verdict"], paper["reason"], paper["published"]) == ("try", "mine", "")
    assert actions(report)["verdict"] == [given["title"]]
    note = note_of(client, "Sparse Lanterns: Reading Tables in the Dark")
    assert note["paper"] == key
    assert note["body"].startswith("> 7 May, 2022; v1 submitted 5 May, 2022\n\n")


@pytest.mark.parametrize(
    "given",
    [
        {"title": "Anything at all", "arxiv_id": "2101.00001"},
        {"title": "light as a language — pretraining for every lamp!"},
        {"title": "LaMP", "kind": "method"},
    ],
)
def test_how_a_paper_is_recognised(client: TestClient, db: Database, given: Any) -> None:
    with db.write() as session:
        from app.library.rules import PaperInput
        from app.library.service import create_paper

        create_paper(session, PaperInput(**given))
    assert "Light as a Language: Pretraining for Every Lamp" in actions(bring_in(db))["held"]


def test_two_arxiv_ids_are_two_papers(client: TestClient, db: Database) -> None:
    text = "#### {}\nhttps://arxiv.org/abs/{}\n"
    bring_in(db, text.format("Twin lamps", "2101.00001"), "a.md")
    bring_in(db, text.format("Twin lamps", "2101.00002"), "b.md")
    assert client.get("/api/v1/papers").json()["total"] == 2


# --- Again --------------------------------------------------------------------------------------


def test_the_same_file_again_changes_nothing(db: Database) -> None:
    bring_in(db)
    before = sizes(db)
    again = bring_in(db)
    assert not again.changed
    assert again.batch_id is None
    assert sizes(db) == before
    assert str(again.summary()) == "reading.md: nothing to change."


@pytest.mark.parametrize(
    "text",
    [READING.replace("\n", "\r\n"), "\ufeff" + READING, READING.rstrip("\n"), READING + "\n\n"],
)
def test_what_an_editor_does_by_itself_is_no_change(db: Database, text: str) -> None:
    bring_in(db)
    assert not bring_in(db, text).changed


def test_the_same_file_by_another_name_changes_nothing(db: Database) -> None:
    bring_in(db)
    assert not bring_in(db, READING, "copy of reading.md").changed


def test_an_edited_entry_is_taken_over(client: TestClient, db: Database) -> None:
    bring_in(db)
    report = bring_in(db, READING.replace("一步一步地读。", "一步一步地读，读得慢。"))
    assert actions(report)["changed"] == ["RNN"]
    assert note_of(client, "RNN")["body"] == "> 一步一步地读，读得慢。"
    assert not bring_in(db, READING.replace("一步一步地读。", "一步一步地读，读得慢。")).changed


def test_a_new_entry_is_new_and_a_missing_one_is_kept(client: TestClient, db: Database) -> None:
    bring_in(db)
    edited = READING.replace("#### RNN\n> 一步一步地读。\n", "#### LSTM\n> 带门的。\n")
    done = actions(bring_in(db, edited))
    assert (done["new"], done["gone"]) == (["LSTM"], ["RNN"])
    assert note_of(client, "RNN")


def test_a_verdict_that_changed_in_the_file(client: TestClient, db: Database) -> None:
    bring_in(db)
    bring_in(db, READING.replace("感觉可以试试", "感觉参考价值不是很大"))
    paper = papers(client)["Gated Bridges between Tables and Text"]
    assert (paper["verdict"], len(paper["verdicts"])) == ("limited", 2)


def test_a_rewritten_heading_is_known_by_its_arxiv_id(client: TestClient, db: Database) -> None:
    bring_in(db)
    edited = READING.replace("LaMP：Light as a Language: Pretraining for Every Lamp", "LaMP 2")
    report = bring_in(db, edited)
    assert actions(report)["changed"] == ["LaMP 2"]
    assert client.get("/api/v1/papers?q=arxiv:2101.00001").json()["total"] == 1


def edit_here(client: TestClient, title: str, body: str) -> None:
    note = note_of(client, title)
    client.patch(f"/api/v1/notes/{note['id']}", json={"body": body}).raise_for_status()


def test_what_was_edited_here_stays(client: TestClient, db: Database) -> None:
    bring_in(db)
    edit_here(client, "RNN", "mine")
    assert not bring_in(db).changed
    report = bring_in(db, READING.replace("一步一步地读。", "改过。"))
    assert actions(report)["conflict"] == ["RNN"]
    assert not report.changed
    assert note_of(client, "RNN")["body"] == "mine"


def test_the_same_edit_on_both_sides_is_no_conflict(client: TestClient, db: Database) -> None:
    bring_in(db)
    edit_here(client, "RNN", "> 改过。")
    report = bring_in(db, READING.replace("一步一步地读。", "改过。"))
    assert "conflict" not in actions(report)
    assert note_of(client, "RNN")["body"] == "> 改过。"


def test_overwriting_needs_a_word_and_leaves_history(client: TestClient, db: Database) -> None:
    bring_in(db)
    edit_here(client, "RNN", "mine")
    report = bring_in(db, READING.replace("一步一步地读。", "改过。"), overwrite=True)
    assert actions(report)["overwritten"] == ["RNN"]
    note = note_of(client, "RNN")
    assert note["body"] == "> 改过。"
    assert "mine" in client.get(f"/notes/{note['id']}/history").text


def test_what_was_thrown_away_does_not_come_back(client: TestClient, db: Database) -> None:
    bring_in(db)
    client.delete(f"/api/v1/notes/{note_of(client, 'tmp_thought')['id']}")
    report = bring_in(db)
    assert actions(report)["removed"] == ["tmp_thought"]
    assert not report.changed


# --- All or nothing -----------------------------------------------------------------------------


def test_an_import_that_fails_leaves_nothing(db: Database) -> None:
    before = sizes(db)
    with db.read() as session:
        plan = preview_plan(session, Content("notes", READING), "reading.md")
    last = [row for row in plan.rows if not row.made_for][-1]
    with pytest.raises(Invalid) as problem, db.write() as session:
        apply_plan(session, plan, {last.key: Correction(title=" ")})
    assert f"title-{last.position}" in problem.value.errors
    assert sizes(db) == before


def test_a_dry_run_writes_nothing_and_says_what_would_happen(db: Database) -> None:
    before = sizes(db)
    foreseen = bring_in(db, dry_run=True)
    assert sizes(db) == before
    done = bring_in(db)
    assert actions(foreseen) == actions(done)
    assert foreseen.text() == done.text()


def test_a_folder_of_notes_is_one_transaction(db: Database, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.md").write_text("#### First lamp of all\nx\n", "utf-8")
    (tmp_path / "sub/b.markdown").write_text("#### Second lamp of all\ny\n", "utf-8")
    (tmp_path / "empty.md").write_bytes(b" \n")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\x00")
    reports = import_path(db, tmp_path, reading=ReadingOptions("notes"))
    assert [report.name for report in reports] == ["a.md", "sub/b.markdown"]
    before = sizes(db)
    (tmp_path / "c.md").write_bytes(b"#### fine\n")
    (tmp_path / "d.md").write_bytes(b"\x00\x01\x02")
    with pytest.raises(Invalid, match=r"d\.md: This is not a text file"):
        import_path(db, tmp_path, reading=ReadingOptions("notes"))
    assert sizes(db) == before


def test_a_path_where_nothing_is(db: Database, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="nothing"):
        import_path(db, tmp_path / "nothing")


def test_statements_grow_slowly(db: Database) -> None:
    """The preview asks the library once, however many entries the file has."""
    one, many = (
        "#### Lamp of kind 1\nx\n",
        "".join(f"#### Lamp of kind {n}\nx\n" for n in range(50)),
    )
    seen = []
    for text in (one, many):
        with db.read() as session, counted(db) as statements:
            preview_plan(session, Content("notes", text), "n.md")
        seen.append(len(statements))
    assert seen[0] == seen[1]
