"""What an import says otherwise than the library is never silence, and all it makes is shown."""

import re
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.database import Database
from app.imports.planning.detect_format import read_content
from app.imports.rules import count_made
from app.imports.service import import_file, import_path, name_text, preview_plan
from app.settings import Settings
from tests.imports.looking import READING, actions, bring_in, note_of, notes, papers
from tests.imports.planning.test_plan_records import PNG, bring, paper, take_out, zipped
from tests.imports.test_import_pages import hand_in, shown

BOOK = """@book{{{key}, title={{Kettles and their repair}}, author={{Brown, Ann and Grey, Bo}},
 publisher={{Tin Press}}, {rest}}}
"""
PREPRINT = """@misc{brown2020boil, title={Boiling Water with Words}, author={Ann Brown and Bo Grey},
 year={2020}, eprint={2001.00001}, archivePrefix={arXiv}, primaryClass={cs.CL}}
"""
PUBLISHED = """@article{brown2021boil, title={Boiling Water with Words},
 author={Brown, Ann and Grey, Bo}, journal={Neurokettles}, volume={400}, number={2}, pages={1--20},
 doi={10.1000/nk.2021.1}, publisher={Iron Press}, year={2021}}
"""


# --- Another work, or a difference that is told -------------------------------------------------


def test_what_a_file_does_not_say_it_does_not_change(client: TestClient, db: Database) -> None:
    bring(db, PREPRINT, "one.bib")
    held = {"reading": "reading", "kind": "dataset", "tags": ["mine"], "url": "https://x.org/a"}
    assert client.patch("/api/v1/papers/brown2020boil", json=held).status_code == 200
    before = client.get("/api/v1/papers/brown2020boil").json()
    dated = PREPRINT.replace("2020},", "2020}, month=5,")
    for text, name in ((PREPRINT, "two.bib"), (dated, "one.bib")):
        assert "unread" not in hand_in(client, text.encode(), name).text
        bring(db, text, name)
    after = client.get("/api/v1/papers/brown2020boil").json()
    assert {name: after[name] for name in held} == {name: before[name] for name in held}


def test_editions_and_volumes_are_papers_of_their_own(client: TestClient, db: Database) -> None:
    for key, rest in (
        ("two", "edition={2}, year={2009}"),
        ("three", "edition={Third}, year={2010}"),
        ("other", "edition={4}, volume={1}"),
    ):
        report = bring(db, BOOK.format(key=key, rest=rest), f"{key}.bib")
        assert report.changed, key
    held = client.get("/api/v1/papers").json()
    assert held["total"] == 3
    again = bring(db, BOOK.format(key="again", rest="edition={2}, year={2009}"), "again.bib")
    assert actions(again) == {"unchanged": ["Kettles and their repair"]}
    asked = bring(db, BOOK.format(key="x", rest="year={2009}"), "x.bib")
    assert actions(asked) == {"unsure": ["Kettles and their repair"]}


def test_editions_in_one_file_are_two(client: TestClient, db: Database) -> None:
    text = BOOK.format(key="a", rest="edition={2}") + BOOK.format(key="b", rest="edition={3}")
    assert bring(db, text).count("new") == 2
    assert client.get("/api/v1/papers").json()["total"] == 2


def test_what_differs_is_told_and_stays_until_it_is_ticked(
    client: TestClient, db: Database
) -> None:
    bring(db, PUBLISHED, "one.bib")
    other = PUBLISHED.replace("{2021}", "{2022}").replace("brown2021boil", "other")
    report = bring(db, other, "two.bib")
    assert actions(report) == {"differs": ["Boiling Water with Words"]}
    assert not report.changed
    assert "1 differ from what is here" in str(report.summary())
    assert "year: 2021 → 2022" in "\n".join(report.text())
    assert paper(client, "brown2021boil")["year"] == 2021
    page = hand_in(client, other.encode(), "two.bib")
    assert "says otherwise" in page.text
    assert "There is nothing to change" not in page.text
    form = shown(page.text)
    assert "take-1" not in form
    client.post(str(page.url), data=form | {"take-1": "1"})
    assert paper(client, "brown2021boil")["year"] == 2022


def test_a_key_of_another_persons_file_names_another_paper(
    client: TestClient, db: Database
) -> None:
    bring(db, "@misc{smith, title={Lamps that read tables}, author={Smith, A}, year={2020}}\n")
    bring(db, "@misc{smith, title={On rivers}, author={Smith, A}, year={2021}}\n")
    assert set(papers(client)) == {"Lamps that read tables", "On rivers"}


def test_a_note_is_asked_of_which_edition_it_is(client: TestClient, db: Database) -> None:
    for key, rest in (("two", "edition={2}, year={2009}"), ("three", "edition={3}, year={2010}")):
        bring(db, BOOK.format(key=key, rest=rest), f"{key}.bib")
    text = "#### Kettles and their repair\nA good book.\n"
    assert actions(bring_in(db, text, "n.md")) == {"unsure": ["Kettles and their repair"]}
    page = hand_in(client, text.encode(), "n.md")
    assert "several papers here have this title" in page.text
    number = re.findall(r'name="same-1" value="(\d+)"', page.text)[1]
    client.post(str(page.url), data=shown(page.text) | {"same-1": number})
    (note,) = notes(client)
    assert note["paper"] == "three"


def test_whoever_adds_another_volume_by_form_is_not_asked(client: TestClient) -> None:
    given = {"title": "A catalogue of kettles", "authors": ["Ann Brown"], "year": 1968}
    for volume in ("1", "2"):
        details = {"type": "book", "volume": volume}
        said = client.post("/api/v1/papers", json={**given, "details": details})
        assert said.status_code == 201
    said = client.post("/api/v1/papers", json={**given, "details": {"type": "thesis"}})
    assert said.status_code == 409
    assert client.get("/api/v1/duplicates").json()["total"] == 0


# --- A preprint and its publication -------------------------------------------------------------


def is_published(held: Any) -> None:
    assert held["arxiv_id"] == "2001.00001"
    assert (held["year"], held["venue"], held["doi"]) == (
        2021,
        "Neurokettles",
        "10.1000/nk.2021.1",
    )
    assert held["details"] == {
        "type": "article-journal",
        "volume": "400",
        "issue": "2",
        "page": "1-20",
        "publisher": "Iron Press",
    }


def test_a_preprint_becomes_the_published_one(client: TestClient, db: Database) -> None:
    bring(db, PREPRINT, "one.bib")
    client.patch("/api/v1/papers/brown2020boil", json={"abstract": "Mine.", "tags": ["own"]})
    before = paper(client, "brown2020boil")
    page = hand_in(client, PUBLISHED.encode(), "two.bib")
    assert "becomes the published version" in page.text
    assert re.search(r"Year <bdi>2020</bdi> → <bdi>2021</bdi>", page.text)
    report = bring(db, PUBLISHED, "two.bib")
    assert actions(report) == {"published": ["Boiling Water with Words"]}
    assert "year: 2020 → 2021" in report.lines[0].changes
    held = paper(client, "brown2020boil")
    is_published(held)
    assert (held["abstract"], held["tags"]) == ("Mine.", ["own"])
    assert report.batch_id
    done = client.get(f"/import/batches/{report.batch_id}").text
    assert "Year <bdi>2020</bdi> → <bdi>2021</bdi>" in done
    take_out(db, report)
    after = paper(client, "brown2020boil")
    for name in ("year", "venue", "doi", "details", "arxiv_id", "abstract", "tags"):
        assert after[name] == before[name]


def test_what_the_reader_wrote_of_a_preprint_stays(client: TestClient, db: Database) -> None:
    bring(db, PREPRINT, "one.bib")
    client.patch("/api/v1/papers/brown2020boil", json={"venue": "arXiv, cs.CL", "year": 2019})
    report = bring(db, PUBLISHED, "two.bib")
    held = paper(client, "brown2020boil")
    assert (held["venue"], held["year"]) == ("arXiv, cs.CL", 2019)
    assert held["doi"] == "10.1000/nk.2021.1"
    assert "year: 2019 → 2021" in report.lines[0].keeps


def test_a_published_one_gets_the_preprints_number_alone(client: TestClient, db: Database) -> None:
    bring(db, PUBLISHED, "one.bib")
    before = paper(client, "brown2021boil")
    dated = PREPRINT.replace("year={2020}", "year={2020}, month=jan, url={https://arxiv.org/x}")
    report = bring(db, dated, "two.bib")
    held = paper(client, "brown2021boil")
    is_published(held)
    changed = {each.split(":")[0] for each in report.lines[0].changes}
    assert changed == {"primary_category", "arxiv_id"}
    for name in ("year", "published", "url", "title", "details"):
        assert held[name] == before[name]
    assert not bring(db, dated, "three.bib").changed


@pytest.mark.parametrize("text", [PREPRINT + PUBLISHED, PUBLISHED + PREPRINT])
def test_both_in_one_file_are_one_paper(client: TestClient, db: Database, text: str) -> None:
    bring(db, text)
    (held,) = papers(client).values()
    is_published(held)


def test_two_records_of_it_merge_into_the_published_one(client: TestClient) -> None:
    own = {"title": "Boiling Water with Words", "authors": ["Ann Brown"]}
    preprint = {**own, "arxiv_id": "2001.00001", "year": 2020, "published": "2020-01-02"}
    published = {
        **own,
        "year": 2021,
        "venue": "Neurokettles",
        "doi": "10.1000/nk.2021.1",
        "details": {"type": "article-journal", "volume": "400"},
        "force": True,
    }
    for first, second in ((preprint, published), (published, preprint)):
        keys = [
            client.post("/api/v1/papers", json={**each, "force": True}).json()["citekey"]
            for each in (first, second)
        ]
        merged = client.post(f"/api/v1/papers/{keys[0]}/merge", json={"other": keys[1]})
        held = merged.json()["paper"]
        assert (held["year"], held["published"], held["venue"]) == (2021, "", "Neurokettles")
        assert (held["arxiv_id"], held["doi"]) == ("2001.00001", "10.1000/nk.2021.1")
        assert held["details"] == {"type": "article-journal", "volume": "400"}
        for key in (keys[0],):
            client.delete(f"/api/v1/papers/{key}")
            client.post(f"/papers/{key}/delete")


# --- Notes that hold references -----------------------------------------------------------------

NOTE = """# Notes on aligning

My thoughts.

```bibtex
@article{sample2020rows, title={Rows and Regions}, author={Sample, Bob}, year={2020},
 journal={J. Imag. Res.}}
```
"""
RIS = "My thoughts.\n\nTY  - JOUR\nTI  - Rows and Regions\nAU  - Sample, Bob\nPY  - 2020\nER  - \n"


@pytest.mark.parametrize(
    "text",
    [
        NOTE,
        NOTE.replace("```bibtex\n", "").replace("```\n", ""),
        "---\ntags: [x]\n---\n" + NOTE,
        RIS,
        "> " + NOTE.replace("\n", "\n> "),
    ],
)
def test_a_note_with_a_reference_is_its_papers(client: TestClient, db: Database, text: str) -> None:
    alone = read_content(text.encode(), "note.md").records
    within = read_content(zipped({"sub/note.md": text.encode()}), "all.zip").records
    assert alone
    assert within
    assert [r.draft for r in alone.records] == [r.draft for r in within.records]
    bring_in(db, text, "note.md")
    (held,) = papers(client).values()
    assert (held["title"], held["authors"], held["year"]) == (
        "Rows and Regions",
        ["Bob Sample"],
        2020,
    )
    (note,) = notes(client)
    assert "My thoughts." in note["body"]
    assert note["paper"] == held["citekey"]


def test_properties_come_before_the_reference(client: TestClient, db: Database) -> None:
    head = '---\ntitle: "Rows and Regions: A Study"\nyear: 2019\n---\n'
    bring_in(db, head + NOTE, "note.md")
    (held,) = papers(client).values()
    assert (held["title"], held["year"]) == ("Rows and Regions: A Study", 2019)
    assert (held["citekey"], held["venue"]) == ("sample2020rows", "J. Imag. Res.")


def test_several_references_are_papers_beside_the_whole_text(
    client: TestClient, db: Database
) -> None:
    text = NOTE + "\n@article{b2021, title={Tea in autumn}, author={Tee, A}, year=2021}\n\nEnd.\n"
    bring_in(db, text, "note.md")
    assert set(papers(client)) == {"Rows and Regions", "Tea in autumn"}
    (note,) = notes(client)
    assert "My thoughts." in note["body"]
    assert "End." in note["body"]


def test_an_entry_of_a_list_of_notes_has_its_own_reference(
    client: TestClient, db: Database
) -> None:
    text = "#### ParserNet\nFirst.\n\n#### RowNet\nSecond.\n" + NOTE.split("\n", 3)[3]
    bring_in(db, text, "notes.md")
    assert set(papers(client)) == {"ParserNet", "Rows and Regions"}
    assert [note["paper"] for note in notes(client) if "Second." in note["body"]] == [
        "sample2020rows"
    ]


def test_plain_bibtex_is_no_note(client: TestClient, db: Database) -> None:
    for name in ("refs.bib", "refs.txt"):
        assert read_content(b"% JabRef\n" + PREPRINT.encode(), name).format == "bibtex"
    assert read_content(b"Some words.\n" + PREPRINT.encode(), "x.txt").format == "markdown"


# --- Sources of their own -----------------------------------------------------------------------

FIRST = "#### ParserNet\n> first\n\n#### GateNet\n> gates\n"


def test_pasted_text_is_a_source_of_its_own(client: TestClient, db: Database) -> None:
    bring_in(db, FIRST, "notes.md")
    for text in ("#### ParserNet\npasted later\n", "#### ParserNet\npasted again\n"):
        page = client.post("/import", data={"text": text})
        assert "No longer in the file" not in page.text
        client.post(str(page.url), data=shown(page.text))
    bodies = sorted(note["body"] for note in notes(client) if note["paper"] == "parsernet")
    assert bodies == ["> first", "pasted again", "pasted later"]
    page = client.post("/import", data={"text": "#### ParserNet\npasted again\n"})
    assert "There is nothing to change" in page.text


def test_texts_without_a_name_are_told_apart(client: TestClient, db: Database) -> None:
    for name in ("", "blob", name_text("stdin", b"1"), name_text("stdin", b"2")):
        bring_in(db, f"#### ParserNet\ntext of {name or 'none'}\n", name)
    assert len(notes(client)) == 4


def test_two_files_of_one_name_are_no_editions(client: TestClient, db: Database) -> None:
    bring_in(db, FIRST, "notes.md")
    bring_in(db, "#### ParserNet\nof somebody else\n", "notes.md")
    assert len(notes(client)) == 3
    bring_in(db, FIRST.replace("gates", "gates, two"), "notes.md")
    assert len(notes(client)) == 3
    assert "gates, two" in note_of(client, "GateNet")["body"]


LIST = (
    "先记下：门控有用吗？\n\n#### GateNet\n门控。\n\n![](md_img/a.png)\n\n#### ParserNet\n列名。\n"
)


def folder(path: Path, **files: bytes) -> Path:
    for name, data in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    return path


def in_folder(db: Database, settings: Settings, path: Path, text: str = LIST) -> Any:
    files = {"notes.md": text.encode(), "md_img/a.png": PNG}
    (report,) = import_path(db, folder(path / "again", **files), library=settings.library)
    return report


def test_the_same_notes_in_their_folder_get_their_pictures(
    client: TestClient, db: Database, settings: Settings, tmp_path: Path
) -> None:
    bring_in(db, LIST, "notes.md")
    assert len(notes(client)) == 3
    note = note_of(client, "GateNet")
    client.patch(f"/api/v1/notes/{note['id']}", json={"body": note["body"] + "\n\nMine."})
    report = in_folder(db, settings, tmp_path)
    assert actions(report)["picture"] == ["md_img/a.png"]
    assert len(notes(client)) == 3
    body = note_of(client, "GateNet")["body"]
    assert "![](attachment:" in body
    assert body.endswith("Mine.")
    assert not in_folder(db, settings, tmp_path).changed
    assert not bring_in(db, LIST, "notes.md").changed
    take_out(db, report)
    assert "md_img/a.png" in note_of(client, "GateNet")["body"]


def test_the_same_notes_alone_after_their_folder(
    client: TestClient, db: Database, settings: Settings, tmp_path: Path
) -> None:
    in_folder(db, settings, tmp_path)
    before = len(notes(client))
    assert not bring_in(db, LIST, "notes.md").changed
    assert len(notes(client)) == before


@pytest.mark.parametrize("head", ["", "---\ntitle: Lamps\nauthors: [Ada Vogel]\nyear: 2020\n---\n"])
def test_one_note_alone_and_in_a_folder(
    client: TestClient, db: Database, settings: Settings, tmp_path: Path, head: str
) -> None:
    text = f"{head}Seen.\n\n![](pic.png)\n"
    with db.write() as session:
        import_file(session, text.encode(), "Lamps.md")
    files = {"sub/Lamps.md": text.encode(), "sub/pic.png": PNG}
    where = folder(tmp_path / "all", **files)
    import_path(db, where, library=settings.library)
    (note,) = notes(client)
    assert "![](attachment:" in note["body"]
    (report,) = import_path(db, where, library=settings.library)
    assert not report.changed


# --- The preview shows all of it ----------------------------------------------------------------


def test_stubs_and_issues_are_rows_that_can_be_left_out(client: TestClient, db: Database) -> None:
    page = hand_in(client, f"{READING}\n#### 我的灯\n参考 BERT 和 CLIP。\n".encode(), "more.md")
    form = shown(page.text)
    keys = {v: k.split("-")[1] for k, vs in form.items() if k.startswith("key-") for v in vs}
    beside = {key: at for key, at in keys.items() if key.startswith(("::stub", "::issue"))}
    assert {key.split(" ")[0] for key in beside} == {"::stub", "::issue"}
    foreseen = re.search(r"Makes: (papers .*?)</p>", page.text)
    assert foreseen
    stub = next(key for key in beside if key.startswith("::stub"))
    issue = next(key for key in beside if key.startswith("::issue"))
    for key in (stub, issue):
        del form[f"take-{beside[key]}"]
    done = client.post(str(page.url), data=form)
    assert stub.removeprefix("::stub ") not in papers(client)
    named = {each["name_zh"] for each in client.get("/api/v1/issues").json()["items"]}
    assert issue.removeprefix("::issue ") not in named
    assert len(named) == len([key for key in beside if key.startswith("::issue")]) - 1
    counted = re.search(r"papers (\d+) \(stubs: (\d+)\), notes (\d+), issues (\d+)", foreseen[1])
    assert counted
    said = re.search(r"Papers (\d+) \(stubs: (\d+)\), notes (\d+), issues (\d+)", done.text)
    assert said
    before, after = (list(map(int, found.groups())) for found in (counted, said))
    assert after == [before[0] - 1, before[1] - 1, before[2], before[3] - 1]
    assert after[0] == len(papers(client))
    assert after[2] == len(notes(client))


def test_a_stub_goes_with_the_last_entry_that_names_it(client: TestClient, db: Database) -> None:
    page = hand_in(client)
    none = client.post(str(page.url), data=shown(page.text) | {"do": "none"})
    assert "Makes: papers 0 (stubs: 0), notes 0, issues 0" in none.text


def test_what_is_foreseen_is_what_is_made(
    client: TestClient, db: Database, shared_dir: Path
) -> None:
    texts = [READING, (shared_dir / "seed/notes.md").read_text("utf-8"), LIST, NOTE, PREPRINT * 2]
    for number, text in enumerate(texts):
        with db.read() as session:
            plan = preview_plan(
                session, read_content(text.encode(), f"{number}.md"), f"{number}.md"
            )
        before = len(papers(client)), len(notes(client))
        report = bring_in(db, text, f"{number}.md")
        assert report.made == count_made(plan.rows), number
        assert len(papers(client)) - before[0] == report.made.papers
        assert len(notes(client)) - before[1] == report.made.notes
        dry = bring_in(db, text, "other.md", dry_run=True)
        assert dry.made == count_made([]) or dry.made.papers == 0


def test_questions_and_issues_are_two_words_in_chinese(client: TestClient) -> None:
    page = hand_in(client)
    shown_ = client.get(str(page.url), headers={"Accept-Language": "zh-CN"}).text
    assert "个提问" in shown_
    assert re.search(r"问题 \d+ 个", shown_)


def test_a_broken_entry_is_named_by_its_key(client: TestClient, db: Database) -> None:
    text = "@misc{broken2022, title={Unclosed {brace}, year=2022,\n" + PREPRINT
    report = bring(db, text + "@misc{untitled2021, year=2021}\n")
    said = "\n".join(report.text())
    assert "broken2022" in said
    assert "untitled2021" in said
    assert "broken2022" in hand_in(client, text.encode(), "b.bib").text
    assert any("broken2022" in note["body"] for note in notes(client))


def test_a_link_from_a_note_without_a_title_has_words(client: TestClient) -> None:
    for key in ("first", "second"):
        client.post("/api/v1/papers", json={"citekey": key, "title": f"{key} paper"})
    client.post(
        "/api/v1/notes", json={"title": "", "body": "Compare [[second]].", "paper": "first"}
    )
    page = client.get("/papers/second").text
    assert re.search(r'href="/notes/1"[^>]*>Untitled note<', page)
