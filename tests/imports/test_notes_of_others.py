"""Notes as other people keep them, through the command and the pages: alone and in a folder."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.database import Database
from app.imports.rules import ImportReport
from app.imports.service import import_path
from app.settings import Settings
from tests.imports.looking import bring_in, note_of, notes, papers
from tests.imports.planning.test_plan_records import PNG, take_out

TITLE = "Reasoning Step by Step over Many Documents"
LABELLED = f"""# 如何改进多跳推理

> 论文名称：{TITLE}
>
> 作者：Ann Example，Bob Sample
>
> 论文地址：https://arxiv.org/abs/2301.00001

## 一、动机

- 现有方法不够稳健。
"""
BOTH = pytest.mark.parametrize("alone", [True, False], ids=["alone", "in a folder"])


BringFolder = Callable[[Mapping[str, str | bytes]], ImportReport]


@pytest.fixture
def bring_folder(db: Database, settings: Settings, tmp_path: Path) -> BringFolder:
    """What `crosswalk import` does with a folder of these files."""

    def bring(files: Mapping[str, str | bytes]) -> ImportReport:
        for name, data in files.items():
            place = tmp_path / "vault" / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data.encode() if isinstance(data, str) else data)
        (report,) = import_path(db, tmp_path / "vault", library=settings.library)
        return report

    return bring


@BOTH
def test_a_note_with_labelled_fields_is_its_papers(
    client: TestClient,
    db: Database,
    bring_folder: BringFolder,
    alone: bool,
) -> None:
    def bring() -> ImportReport:
        return bring_in(db, LABELLED, "a.md") if alone else bring_folder({"a.md": LABELLED})

    bring()
    (paper,) = papers(client).values()
    assert (paper["title"], paper["arxiv_id"]) == (TITLE, "2301.00001")
    assert paper["authors"] == ["Ann Example", "Bob Sample"]
    (note,) = notes(client)
    assert note["title"] == "如何改进多跳推理"
    assert note["body"] == "# 如何改进多跳推理\n\n## 一、动机\n\n- 现有方法不够稳健。"
    assert not bring().changed


def test_several_papers_under_headings_have_what_is_labelled_below(
    client: TestClient, db: Database
) -> None:
    text = (
        f"# 周报\n\n## {TITLE}\n\n作者：Ann Example, Bob Sample\n会议：ACL 2023\n\n有用。\n\n"
        "## Gates for Tables\n\n- **Paper**: https://arxiv.org/abs/2301.00002\n- 便宜。\n\n"
        "## References\n\n- [x](https://example.org)\n"
    )
    assert bring_in(db, text, "week.md").changed
    held = papers(client)
    assert {*held} == {TITLE, "Gates for Tables"}
    assert held[TITLE]["authors"] == ["Ann Example", "Bob Sample"]
    assert (held[TITLE]["venue"], held[TITLE]["year"]) == ("ACL 2023", 2023)
    assert held["Gates for Tables"]["arxiv_id"] == "2301.00002"
    assert "有用。" in note_of(client, TITLE)["body"]
    assert not bring_in(db, text, "week.md").changed


def test_a_vault_brings_its_notes_by_their_names(
    client: TestClient,
    db: Database,
    bring_folder: BringFolder,
) -> None:
    vault: dict[str, str | bytes] = {
        "Alpha.md": "# A heading that differs\n\nBody of Alpha.\n",
        "Beta.md": "See [[Alpha]], [[alpha|it]], [[gates idea]], [[门控想法]], "
        "[t](second-one.md).\n",
        "Idea.md": "---\naliases: [gates idea, 门控想法]\ncreated: 2026-11-01\n---\n"
        "![x](/home/me/fig%201.png)\n",
        "second-one.md": "# Second\n\nText.\n",
        "pictures/fig 1.png": PNG,
        "Empty.md": "\n",
        "board.canvas": '{"nodes":[]}',
        "Templates/paper.md": "# {{title}}\n\nAuthors:\n",
        "Drawing.excalidraw.md": "---\nexcalidraw-plugin: parsed\n---\n# Excalidraw Data\n",
    }
    report = bring_folder(vault)
    assert {note["title"] for note in notes(client)} == {"Alpha", "Beta", "Idea", "Second"}
    said = "\n".join(line.title for line in report.lines if str(line.action) == "problem")
    for name in ("Empty.md", ".canvas", "Templates/paper.md", "Drawing.excalidraw.md"):
        assert name in said
    beta, idea = note_of(client, "Beta"), note_of(client, "Idea")
    page = client.get(f"/notes/{beta['id']}").text
    assert "unresolved" not in page
    assert page.count(f'href="/notes/{idea["id"]}"') >= 2
    assert "- created: 2026-11-01" in idea["body"]
    assert "](attachment:" in idea["body"]
    assert not bring_folder(vault).changed
    assert {each["title"] for each in notes(client)} == {"Alpha", "Beta", "Idea", "Second"}


def test_what_a_note_was_called_goes_when_its_import_does(
    client: TestClient,
    db: Database,
    bring_folder: BringFolder,
) -> None:
    report = bring_folder({"second-one.md": "# Second\n\nText.\n"})
    assert take_out(db, report).removed["note"] == 1
    assert notes(client) == []
