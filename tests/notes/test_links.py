"""Links lead to what they name, from wherever they are written, and are seen from the other end."""

import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Connection, event
from sqlmodel import select

from app.database import Database
from app.kit.text import sort_key
from app.models import (
    Bilingual,
    Claim,
    Comparison,
    Issue,
    Link,
    Note,
    Paper,
    Ruling,
    Stance,
    Technique,
)
from app.notes import service
from app.notes.links import name_links
from app.notes.rules import NoteInput
from tests.databases import arranged


@arranged
def vilt(client: TestClient) -> str:
    given = {
        "title": "ViLT: Vision-and-Language Transformer",
        "short_title": "ViLT",
        "authors": ["Wonjae Kim"],
        "year": 2021,
        "url": "https://example.org",
    }
    return str(client.post("/api/v1/papers", json=given).json()["citekey"])


@arranged
def vocabulary(db: Database) -> None:
    with db.write() as session:
        gated = Technique(slug="gated-fusion", name_en="Gated fusion", name_zh="门控融合")
        omission = Issue(slug="dk-t4", name_en="Implied condition", name_zh="隐含条件")
        comparison = Comparison(slug="vqa-sql", title_en="VQA to SQL")
        comparison.rows, comparison.columns = [gated], [omission]
        session.add_all([gated, omission, comparison])


def write(db: Database, body: str, title: str = "", **subject: str) -> int:
    with db.write() as session:
        note = service.create_note(session, NoteInput(title=title, body=body, **subject))
        return note.id


def rendered(db: Database, text: str) -> str:
    with db.read() as session:
        return str(service.render_many(session, [text])[0])


@pytest.mark.parametrize(
    "text",
    [
        "[[kim2021vilt]]",
        "[[KIM2021ViLT]]",
        "[[vilt]]",
        "[[ViLT: Vision-and-Language Transformer]]",
        "[ViLT:  vision-and-language transformer]",
        "[ViLT]",
    ],
)
@pytest.mark.usefixtures("vilt")
def test_a_paper_is_found_by_key_title_and_short_title(db: Database, text: str) -> None:
    assert 'href="/papers/kim2021vilt"' in rendered(db, text)
    assert ">ViLT" in rendered(db, text)


def test_a_paper_is_found_by_arxiv_links_and_former_keys(
    client: TestClient, db: Database, vilt: str
) -> None:
    client.patch(
        f"/api/v1/papers/{vilt}", json={"arxiv_id": "2102.03334", "citekey": "vilt.renamed"}
    )
    for text in ("https://arxiv.org/pdf/2102.03334v2.pdf", "[[kim2021vilt]]", "[[vilt.renamed]]"):
        assert 'href="/papers/vilt.renamed"' in rendered(db, text)
        number = write(db, text)
        assert ("note", f"/notes/{number}") in backlinks(db, "paper", "vilt.renamed")


@pytest.mark.usefixtures("vocabulary")
def test_terms_notes_and_comparisons_are_found(db: Database) -> None:
    number = write(db, "x", title="融合与隐含条件")
    text = "[[technique:gated-fusion]] [[issue:dk-t4]] [[comparison:vqa-sql]] [[融合与隐含条件]]"
    shown = rendered(db, text)
    for url in ("/techniques/gated-fusion", "/issues/dk-t4", "/comparisons/vqa-sql"):
        assert f'href="{url}"' in shown
    assert f'href="/notes/{number}"' in shown
    assert "unresolved" not in shown
    assert ">Gated fusion<" in rendered(db, "gates: [[technique:gated-fusion]]")
    assert ">门控融合<" in rendered(db, "门：[[technique:gated-fusion]]")


@pytest.mark.usefixtures("vocabulary")
def test_where_links_are_not_drawn_their_names_are_said(db: Database, vilt: str) -> None:
    key = "technique:gated-fusion"
    said = Bilingual(f"[[{key}]] as in [[{vilt}]], [[{vilt}|here]]", f"[[{key}]] 见 [[nobody]]")
    with db.read() as session:
        (named,) = name_links(session, [said])
    assert named.name_en == (f"[[{key}|Gated fusion]] as in [[{vilt}|ViLT]], [[{vilt}|here]]")
    assert named.name_zh == f"[[{key}|门控融合]] 见 [[nobody]]"


@pytest.mark.usefixtures("vocabulary")
def test_lines_of_backlinks_say_names(client: TestClient, db: Database, vilt: str) -> None:
    sides = {"source_en": "Gate", "target_en": "Gate"}
    carries = {"carries_en": f"As in [[{vilt}]].", "carries_zh": "见 [[technique:gated-fusion]]。"}
    made = client.post("/api/v1/correspondences", json=sides | carries)
    assert made.status_code == 201, made.text
    with db.read() as session:
        (english,) = service.list_backlinks(session, kind="paper", keys=[vilt])
        (chinese,) = service.list_backlinks(
            session, kind="technique", keys=["gated-fusion"], language="zh"
        )
    assert (english.context, chinese.context) == ("As in ViLT.", "见 门控融合。")


def test_what_is_in_the_trash_is_not_linked_to(client: TestClient, db: Database, vilt: str) -> None:
    client.delete(f"/api/v1/papers/{vilt}")
    assert "unresolved" in rendered(db, f"[[{vilt}]]")


def backlinks(db: Database, kind: str, *keys: str) -> list[tuple[str, str]]:
    with db.read() as session:
        return [(b.kind, b.url) for b in service.list_backlinks(session, kind=kind, keys=keys)]


def test_backlinks_follow_the_text(client: TestClient, db: Database, vilt: str) -> None:
    number = write(db, "see [[kim2021vilt]]")
    assert backlinks(db, "paper", vilt) == [("note", f"/notes/{number}")]
    page = client.get(f"/papers/{vilt}").text
    assert f'href="/notes/{number}"' in page

    client.patch(f"/api/v1/notes/{number}", json={"body": "see [[ViLT]] and [[ViLT|again]]"})
    assert backlinks(db, "paper", vilt) == [("note", f"/notes/{number}")]
    client.delete(f"/api/v1/notes/{number}")
    assert backlinks(db, "paper", vilt) == []
    client.post(f"/notes/{number}/restore")
    assert len(backlinks(db, "paper", vilt)) == 1
    client.patch(f"/api/v1/notes/{number}", json={"body": "nothing"})
    assert backlinks(db, "paper", vilt) == []


def test_a_link_to_what_does_not_exist_yet_works_when_it_does(db: Database) -> None:
    first = write(db, "[[A later note]]")
    assert "unresolved" in rendered(db, "[[A later note]]")
    write(db, "x", title="a  Later NOTE")
    assert "unresolved" not in rendered(db, "[[A later note]]")
    assert backlinks(db, "note", "A later note") == [("note", f"/notes/{first}")]


def test_what_gets_a_name_later_has_the_links_that_meant_it(client: TestClient) -> None:
    written = {"title": "Before", "body": "[[Renamed later]] and [[issue:another name]]"}
    before = f"/notes/{client.post('/api/v1/notes', json=written).json()['id']}"
    note = client.post("/api/v1/notes", json={"title": "First", "body": "x"}).json()["id"]
    client.post("/api/v1/issues", json={"name_en": "Issue"}).raise_for_status()
    assert before not in client.get(f"/notes/{note}").text
    client.patch(f"/api/v1/notes/{note}", json={"title": "Renamed later"}).raise_for_status()
    client.patch("/api/v1/issues/issue", json={"synonyms_en": ["Another name"]}).raise_for_status()
    assert before in client.get(f"/notes/{note}").text
    assert before in client.get("/issues/issue").text


def test_a_papers_own_notes_are_no_backlinks(db: Database, vilt: str) -> None:
    write(db, "on [[kim2021vilt]]", paper=vilt)
    assert backlinks(db, "paper", vilt) == []


def ruling(*, is_current: bool) -> Ruling:
    return Ruling(
        technique_id=1,
        issue_id=1,
        stance=Stance.FAILS,
        rationale="[[issue:dk-t4]]",
        is_current=is_current,
    )


@pytest.mark.usefixtures("vocabulary")
def test_cells_link_by_their_claims_and_the_ruling_in_force(db: Database, vilt: str) -> None:
    with db.write() as session:
        claim = Claim(technique_id=1, issue_id=1, stance=Stance.FAILS, rationale="see [[ViLT]]")
        session.add_all([claim, ruling(is_current=False)])
    cell = ("cell", "/comparisons/vqa-sql/gated-fusion/dk-t4")
    assert backlinks(db, "paper", vilt) == [cell]
    assert backlinks(db, "issue", "dk-t4") == []
    with db.write() as session:
        session.exec(select(Ruling)).one().is_current = True
    assert backlinks(db, "issue", "dk-t4") == [cell]
    with db.write() as session:
        session.delete(session.exec(select(Claim)).one())
    assert backlinks(db, "paper", vilt) == []


def test_mentions_that_an_import_found_stay_when_a_text_is_edited(db: Database) -> None:
    number = write(db, "[[one]]")
    with db.write() as session:
        session.add(
            Link(
                source_kind="note",
                source_id=number,
                target_kind="paper",
                target_key="li2021albef",
                origin="mention",
            )
        )
    with db.write() as session:
        service.update_note(session, number, body="[[two]]")
    with db.read() as session:
        assert {link.target_key for link in session.exec(select(Link))} == {"two", "li2021albef"}
    with db.write() as session:
        service.trash_note(session, number)
    with db.write() as session:
        service.delete_note(session, number)
    with db.read() as session:
        assert session.exec(select(Link)).all() == []


@pytest.fixture
def statements(db: Database) -> Iterator[list[str]]:
    said: list[str] = []

    def hear(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("SELECT"):
            said.append(statement)

    event.listen(db.engine, "before_cursor_execute", hear)
    yield said
    event.remove(db.engine, "before_cursor_execute", hear)


@pytest.mark.usefixtures("vocabulary")
def test_statements_do_not_grow_with_texts_and_links(db: Database, statements: list[str]) -> None:
    with db.write() as session:
        for n in range(60):
            title = f"Paper {n}"
            session.add(Paper(citekey=f"key{2000 + n}", title=title, title_sort=sort_key(title)))
            session.add(Note(title=f"Note {n}", title_folded=f"note {n}", body="x"))
    one = "[[key2001]] [[Note 1]] [[technique:gated-fusion]] [[issue:dk-t4]] arXiv:2102.03334"
    many = [
        f"[[key{2000 + n}]] [[Paper {n}]] [Note {n}] [[Note {n}]] [[issue:dk-t{n}]] {one}"
        for n in range(60)
    ]
    with db.read() as session:
        statements.clear()
        service.render_many(session, [one])
        for_one = len(statements)
        statements.clear()
        shown = service.render_many(session, many)
        of_state = [each for each in statements if "library_state" in each]
        assert len(statements) - len(of_state) == 2
        assert for_one <= 3 + 3  # the first reads the terms, and asks which state it reads
        assert 'href="/papers/key2059"' in shown[59]
        assert 'href="/notes/60"' in shown[59]
        statements.clear()
        service.list_backlinks(session, kind="paper", keys=["key2001"])
        assert len(statements) == 4
        statements.clear()
        service.render_many(session, ["no links", "at all"])
        assert statements == []


@pytest.mark.sqlite
def test_names_are_looked_up_by_indexes(db: Database) -> None:
    """Whatever the library's size: to find a paper by a name, its table is not read through."""
    plans: list[str] = []

    def explain(
        connection: Connection,
        _cursor: object,
        statement: str,
        parameters: tuple[str, ...],
        *_: object,
    ) -> None:
        if statement.startswith("SELECT paper.citekey"):
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.extend(str(row) for row in rows)

    event.listen(db.engine, "before_cursor_execute", explain)
    rendered(db, "[[a title]] arXiv:2102.03334")
    event.remove(db.engine, "before_cursor_execute", explain)
    of_papers = [plan for plan in plans if re.search(r"(SCAN|SEARCH) paper ", plan)]
    assert len(of_papers) == 5
    assert not any("SCAN" in plan or "(trashed_at=?)" in plan for plan in of_papers), plans


@pytest.mark.parametrize(
    "text",
    [
        "[[issue:隐含条件]]",
        "[[issue: Implied  Condition]]",
        "[[问题：隐含条件]]",
        "[[issue:DK-T4]]",
        "[[issues/dk-t4]]",
        "[[隐含条件]]",
        "[[implied condition]]",
        "[[issue:省略]]",
        "[[issue:隐含条件#more]]",
    ],
)
@pytest.mark.usefixtures("vocabulary")
def test_a_term_is_found_by_its_names_in_either_language(
    client: TestClient, db: Database, text: str
) -> None:
    with db.write() as session:
        session.exec(select(Issue)).one().synonyms_zh = ["省略"]
    assert 'href="/issues/dk-t4"' in rendered(db, text)
    number = write(db, text)
    assert f'href="/notes/{number}"' in client.get("/issues/dk-t4").text


@pytest.mark.usefixtures("vocabulary")
def test_brackets_alone_name_no_term(db: Database) -> None:
    assert "[隐含条件]" in rendered(db, "[隐含条件]")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[[On fusion#What it costs]]", "#note-1-what-it-costs"),
        ("[[on fusion#Why#What it costs|there]]", "#note-1-what-it-costs"),
        ("[[on fusion#^a1b2]]", ""),
        ("[[reading/On Fusion]]", ""),
        ("[[notes/On fusion.md]]", ""),
        ("[[note:On fusion]]", ""),
        ("[[笔记：On fusion]]", ""),
    ],
)
def test_a_note_is_found_as_people_write_it(db: Database, text: str, place: str) -> None:
    number = write(db, "# Why\n\n## What it costs", title="On fusion")
    assert f'href="/notes/{number}{place}"' in rendered(db, text)
    other = write(db, text)
    assert backlinks(db, "note", "On fusion") == [("note", f"/notes/{other}")]


def test_a_heading_is_where_its_link_leads(client: TestClient, db: Database) -> None:
    number = write(db, "## 代价 (cost)\n\n[[#代价 (cost)]]", title="On fusion")
    place = f"note-{number}-代价-cost"
    page = client.get(f"/notes/{number}").text
    assert f'id="{place}"' in page
    assert f'href="#{place}"' in page
    assert f'href="/notes/{number}#{place}"' in rendered(db, "[[On fusion#代价 (cost)]]")
    assert ">On fusion › 代价 (cost)<" in rendered(db, "[[On fusion#代价 (cost)]]")


def test_a_title_with_a_number_sign_or_a_slash_is_a_title_first(db: Database) -> None:
    sharp, slash = write(db, "x", title="C# notes"), write(db, "x", title="Input/Output")
    assert f'href="/notes/{sharp}"' in rendered(db, "[[C# notes]]")
    assert f'href="/notes/{slash}"' in rendered(db, "[[Input/Output]]")


@pytest.mark.parametrize(
    "text",
    [
        "[[@Kim2021ViLT]]",
        "[[papers/kim2021vilt]]",
        "[[论文：kim2021vilt]]",
        "[[kim2021vilt|]]",
        "[[doi:10.1109/CVPR.2021.7]]",
        "[[DOI: 10.1109/cvpr.2021.7]]",
        "[[10.1109/CVPR.2021.7|words]]",
        "[[https://doi.org/10.1109/CVPR.2021.7]]",
        "See https://doi.org/10.1109/CVPR.2021.7, and more.",
        "[@kim2021vilt]",
        "[see @Kim2021vilt, p. 3; @nobody2020]",
        "@kim2021vilt shows it.",
        "如@kim2021vilt所示",
        "【【kim2021vilt】】",
        "【【论文：kim2021vilt｜一篇】】",
        "`【【kim2021vilt】】` 见【【@kim2021vilt】】",
        "| a | b |\n|---|---|\n| 【【kim2021vilt】】 | x |",
    ],
)
def test_a_paper_is_found_as_people_write_it(
    client: TestClient, db: Database, vilt: str, text: str
) -> None:
    held = {"doi": "10.1109/CVPR.2021.7"}
    assert client.patch(f"/api/v1/papers/{vilt}", json=held).status_code == 200
    assert rendered(db, text).count('href="/papers/kim2021vilt"') == 1
    note = write(db, text, title="Names it")
    assert f'href="/notes/{note}"' in client.get(f"/papers/{vilt}").text  # and back


@pytest.mark.parametrize(
    "text",
    [
        "ada@kim2021vilt.org",
        "`@kim2021vilt`",
        "`【【kim2021vilt】】`",
        "@nobody2020 [@nobody2020]",
        "[@x](https://example.org)",
        "【注意】【【】】 【【a】",
        "[[doi:10.1109/other]]",
    ],
)
@pytest.mark.usefixtures("vilt")
def test_what_names_no_paper_stays_as_it_is(db: Database, text: str) -> None:
    assert "/papers/" not in rendered(db, text).replace("/papers/new", "")


def test_where_a_paper_is_not_there_its_link_looks_it_up(db: Database) -> None:
    assert 'href="/papers/new?ids=10.1109/other"' in rendered(db, "[[doi:10.1109/Other]]")
    assert 'href="/papers/new?ids=2208.10442"' in rendered(db, "[[arXiv:2208.10442]]")


@pytest.mark.usefixtures("vocabulary")
def test_old_names_go_on_working(client: TestClient, db: Database) -> None:
    number = write(db, "x", title="融合笔记")
    linking = write(db, "[[融合笔记]] [[issue:隐含条件]] [[technique:gated-fusion]]")
    client.patch(f"/api/v1/notes/{number}", json={"title": "Fusion, reread"})
    renamed = {"name_en": "Unsaid condition", "name_zh": "未言明的条件", "slug": "unsaid"}
    assert client.patch("/api/v1/issues/dk-t4", json=renamed).status_code == 200
    client.patch("/api/v1/techniques/gated-fusion", json={"slug": "gates"})
    shown = rendered(
        db, "[[融合笔记]] [[issue:隐含条件]] [[issue:dk-t4]] [[technique:gated-fusion]]"
    )
    assert "unresolved" not in shown
    for url in (f"/notes/{number}", "/issues/unsaid", "/techniques/gates"):
        assert f'href="{url}"' in shown
    assert f'href="/notes/{linking}"' in client.get("/issues/unsaid").text
    assert f'href="/notes/{linking}"' in client.get(f"/notes/{number}").text
    assert client.get("/issues/dk-t4").status_code == 200
    # whoever has the name now is meant by it
    other = write(db, "y", title="融合笔记")
    assert f'href="/notes/{other}"' in rendered(db, "[[融合笔记]]")
    assert f'href="/notes/{linking}"' not in client.get(f"/notes/{number}").text


def test_a_key_of_chinese_words_may_be_chinese(client: TestClient, db: Database) -> None:
    made = client.post("/api/v1/issues", json={"name_zh": "领域知识 (DK)"})
    assert made.json()["slug"] == "领域知识-dk"
    assert client.get(made.headers["Location"]).json()["name_zh"] == "领域知识 (DK)"
    assert 'href="/issues/%E9%A2%86' in rendered(db, "[[issue:领域知识-DK]]")
    form = {"name_en": "", "name_zh": "词汇鸿沟", "slug": ""}
    page = client.post("/issues", data=form)
    assert page.status_code == 200
    assert "词汇鸿沟" in page.text
    technique = client.post("/api/v1/techniques", json={"name_zh": "门控"}).json()["slug"]
    title = {"title_zh": "问答与查询", "rows": [technique], "columns": ["领域知识-dk"]}
    compared = client.post("/api/v1/comparisons", json=title)
    assert compared.status_code == 201, compared.text
    assert client.get(compared.headers["Location"]).status_code == 200


def test_links_to_files_lead_to_what_they_name(client: TestClient, db: Database, vilt: str) -> None:
    """As Obsidian writes them without wiki links: a path, its blanks as %20."""
    about = client.post("/api/v1/notes", json={"title": "读书 笔记", "body": "# Two words"}).json()
    body = (
        "[one](读书%20笔记.md) [two](<folder/读书 笔记.md#Two words>)"
        " [three](papers/kim2021vilt.md) [gone](Not%20there.md) [web](https://example.org/a.md)"
    )
    note = client.post("/api/v1/notes", json={"title": "Links", "body": body}).json()
    page = client.get(f"/notes/{note['id']}").text
    for words, address in (
        ("one", f"/notes/{about['id']}"),
        ("two", f"/notes/{about['id']}#note-{about['id']}-two-words"),
        ("three", f"/papers/{vilt}"),
        ("gone", "Not%20there.md"),
        ("web", "https://example.org/a.md"),
    ):
        assert re.search(rf'href="{re.escape(address)}"[^>]*>{words}</a>', page), words
    assert ">Links</a>" in client.get(f"/notes/{about['id']}").text  # and back


def test_what_obsidian_names_a_paragraph_by_is_not_shown(client: TestClient) -> None:
    body = "A thought. ^thought-1\n\n- a point ^37066d\n\nabout 2 ^3\n\n`code ^abc`"
    note = client.post("/api/v1/notes", json={"title": "Named", "body": body}).json()
    page = client.get(f"/notes/{note['id']}").text
    assert "A thought.</p>" in page
    assert "<li>a point</li>" in page
    assert "about 2 ^3" in page
    assert "code ^abc" in page
