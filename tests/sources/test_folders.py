"""Folders of notes: every file read or named, pictures found, index files understood."""

import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Invalid, Message, Problem
from app.kit.decoding import decode_text
from app.sources import folders
from app.sources.bibliography import bibtex
from app.sources.drafts import ReadFile, RecordDraft
from app.sources.markdown import papers as markdown_papers
from app.sources.markdown.linked_files import Shelf, find_file_links, readdress_files
from app.sources.markdown.note_list import parse_note_list


def read(files: dict[str, str | bytes]) -> ReadFile:
    return folders.read_folder_files(
        {path: data if isinstance(data, bytes) else data.encode() for path, data in files.items()}
    )


PAPER = "---\ntitle: T\nyear: 2020\n---\n"
PNG = b"\x89PNG"


def test_pictures_are_found_as_people_refer_to_them() -> None:
    found = read(
        {
            "notes/a.md": PAPER
            + "![x](img/One.PNG) ![y](<../up/two three.png>) ![z](../up/two%20three.png 'title')\n"
            "![[wiki.png|300]] <img width=3 src='../up/two three.png'> [pdf](../paper.pdf)\n"
            "![](gone.png) ![](/home/me/abs.png) ![](file:///c/x.png) ![](https://a.org/web.png)\n"
            "`![](code.png)` [[link]] ![[note]]\n",
            "notes/img/one.png": PNG,
            "up/two three.png": PNG,
            "deep/er/wiki.png": PNG,
            "paper.pdf": b"%PDF",
            "unused.png": PNG,
        }
    )
    (record,) = found.records
    assert record.files == (
        "notes/img/one.png",
        "up/two three.png",
        "deep/er/wiki.png",
        "paper.pdf",
    )
    assert [str(remark) for remark in record.remarks] == [
        "Not in the folder, and left in the text as they are (3): "
        "gone.png, /home/me/abs.png, file:///c/x.png."
    ]
    assert [problem.raw for problem in found.problems] == ["unused.png"]


@pytest.mark.parametrize(
    ("target", "found"),
    [
        ("{{ site.baseurl }}/images/a.png", "site/static/images/a.png"),  # Jekyll
        ('{{ "/images/a.png" | relative_url }}', "site/static/images/a.png"),
        ("/images/a.png", "site/static/images/a.png"),  # Hugo, mdBook
        ("/home/me/images/a.png", "site/static/images/a.png"),  # the only one of its name
        ("C:\\images\\a.png", "site/static/images/a.png"),
        ("file:///images/a.png", "site/static/images/a.png"),
        ("images/A.png", "site/static/images/a.png"),
        ("https://a.org/images/a.png", None),
        ("images/b.png", None),
        ("a.png", "site/static/images/a.png"),  # Obsidian
        ("../static/images/a.png?raw=true#x", "site/static/images/a.png"),
        ("../../../../etc/passwd", None),
    ],
)
def test_where_a_target_lies(target: str, found: str | None) -> None:
    assert Shelf(["site/static/images/a.png"]).find(target, "site/posts/n.md") == found


def test_of_two_pictures_with_one_name_none_is_guessed() -> None:
    shelf = Shelf(["one/a.png", "two/a.png", "two/paper.pdf"])
    assert shelf.find("/home/me/a.png", "n.md") is None
    assert shelf.find("/home/me/paper.pdf", "n.md") is None
    assert shelf.find("a.png", "two/n.md") == "two/a.png"


def test_pictures_get_their_new_addresses() -> None:
    text = (
        "![x](img/One.PNG 't') ![[wiki.png|300]] <img src=\"img/one.png\"> ![](gone.png) "
        "`![](img/one.png)`"
    )
    addresses = {"notes/img/one.png": "/a/1", "deep/wiki.png": "/a/2"}
    assert readdress_files(text, addresses, "notes/n.md") == (
        "![x](/a/1 't') ![wiki.png](/a/2) <img src=\"/a/1\"> ![](gone.png) `![](img/one.png)`"
    )


@given(st.text(alphabet="![](<>)\"' \n`~|ap.ngsrcim%20/\\", max_size=200))
def test_any_text_has_references(text: str) -> None:
    for reference in find_file_links(text):
        assert text[reference.start : reference.end].strip()
    assert readdress_files(text, {}) == text


@given(st.text(max_size=60), st.text(max_size=20))
def test_a_target_is_found_in_the_folder_or_nowhere(target: str, beside: str) -> None:
    assert Shelf(["a/b.png", "c.png"]).find(target, beside) in (None, "a/b.png", "c.png")


def test_an_index_gives_what_it_says_to_the_notes_that_it_links() -> None:
    index = (
        "# Papers\n\n- [World Models (2018) - Ha, Schmidhuber](notes/wm.md)\n  - rl, vae\n\n"
        "- [Elsewhere](https://arxiv.org/abs/2102.03334)\n"
    )
    found = read({"README.md": index, "notes/wm.md": "# [World Models](wm.pdf)\n\nmine\n"})
    by_path = {record.path: record for record in found.records if record.draft}
    paper = by_path["notes/wm.md"]
    assert paper.draft is not None
    assert paper.draft.authors == ("Ha", "Schmidhuber")
    assert (paper.draft.year, paper.tags) == (2018, ("rl", "vae"))
    elsewhere = by_path["README.md"].draft
    assert elsewhere is not None
    assert elsewhere.arxiv_id == "2102.03334"
    (whole,) = (record for record in found.records if record.draft is None)
    assert (whole.notes[0].title, whole.notes[0].body) == ("Papers", index.strip("\n"))


def test_a_note_beside_its_reference() -> None:
    note = "---\ntags: [vqa]\nstatus: try\narxiv: 2102.03334\n---\nmine\n"
    bib = "@article{Kim2021ViLT, title={ViLT: Vision}, author={Kim, Wonjae}, year={2021}}\n"
    other = "@article{son2020, title={Another}, file={:notes/@kim2021vilt.md:md}}\n"
    files = {"notes/@kim2021vilt.md": note.encode(), "library.bib": (bib + other).encode()}
    another, vilt = sorted(
        folders.read_folder_files(files, {".bib": bibtex.read_bibtex}).records,
        key=lambda record: record.citekey,
    )[::-1]
    assert another.draft is not None
    assert vilt.draft is not None
    assert (another.draft.title, another.citekey) == ("Another", "son2020")
    assert (vilt.draft.title, vilt.draft.authors) == ("ViLT: Vision", ("Kim, Wonjae",))
    assert (vilt.draft.arxiv_id, vilt.draft.year) == ("2102.03334", 2021)
    assert (vilt.path, vilt.tags, vilt.verdict) == ("notes/@kim2021vilt.md", ("vqa",), "try")
    assert vilt.notes[0].body.endswith("mine")
    assert note in vilt.raw
    assert bib.strip() in vilt.raw


@pytest.mark.parametrize("head", ["", "---\ntags: [vqa]\n---\n", "+++\nauthors = 'Kim'\n+++\n"])
def test_a_note_whose_name_is_a_key_beside_it(head: str) -> None:
    bib = b"@article{Kim2021ViLT, title={ViLT: Vision}, author={Kim, Wonjae}, year={2021}}\n"
    files = {"n/kim2021vilt.md": f"{head}The gate is cheap.\n".encode(), "x/library.bib": bib}
    (vilt,) = folders.read_folder_files(files, {".bib": bibtex.read_bibtex}).records
    assert vilt.draft is not None
    assert (vilt.draft.title, vilt.draft.authors) == ("ViLT: Vision", ("Kim, Wonjae",))
    assert (vilt.citekey, vilt.notes[0].title) == ("Kim2021ViLT", "")
    assert vilt.notes[0].body.endswith("The gate is cheap.")


def test_what_is_no_note_is_left_out_and_said() -> None:
    left_out = {
        "logseq/bak/pages/a/2026.md": "old\n",
        "Templates/paper.md": "title:: \n",
        "notes/template.md": "# Title\n",
        "forms/daily.md": '---\ntitle: "{{date}}"\n---\nx\n',
        "a.sync-conflict-20260101-120000-ABC.md": "text\n",
        "a (Ann's conflicted copy 2026-01-01).md": "text\n",
        **dict.fromkeys(("._a.md", ".trash/a.md", "__MACOSX/a.md", "@eaDir/a.md"), "text\n"),
        **dict.fromkeys(("a 的冲突文件.md", "a_conflict-20260101.md", "论文模板.md"), "text\n"),
        "a-LAPTOP-ABC123.md": "text\n",
        "PaperTemplate_simple.md": "text\n",
        "form.md": "---\ncitekey: {{citekey}}\n---\ntext\n",
        "script.md": "<%* let title = 1 -%>\ntext\n",
        "Drawing.excalidraw.md": "# Excalidraw Data\n",
        "drawing.md": "---\nexcalidraw-plugin: parsed\n---\n# Excalidraw Data\n",
    }
    found = read({**left_out, "a.md": "text\n", "on templates/b.md": "text\n"})
    assert [record.path for record in found.records] == ["a.md", "on templates/b.md"]
    (problem,) = found.problems
    assert {*problem.raw.split("\n")} == {*left_out}
    assert not problem.kept
    assert str(problem.why).startswith(
        f"Left out ({len(left_out)} files): templates, and what programs keep"
    )


def test_in_a_vault_a_note_is_called_by_the_name_that_links_use() -> None:
    found = read(
        {
            "Alpha.md": "# A heading that differs\n\nx\n",
            "Daily/2026-11-28.md": "# Daily\n\nx\n",
            "on-gates.md": "# Gates\n\nx\n",
            "Beta.md": "# A Beta\n[[alpha#Part|a]], [[Daily/2026-11-28]], ![[on-gates]]\n",
        }
    )
    named = {r.path: (r.notes[0].title, r.notes[0].aliases) for r in found.records}
    assert named == {
        "Alpha.md": ("Alpha", ()),
        "Daily/2026-11-28.md": ("2026-11-28", ()),
        "on-gates.md": ("on-gates", ()),
        "Beta.md": ("A Beta", ("Beta",)),
    }


def test_a_file_on_a_paper_is_found_by_its_name_where_others_link_it() -> None:
    found = read(
        {
            "a note.md": PAPER + "x\n",
            "other.md": PAPER + "---\n",
            "index.md": "---\naliases: [start, 开头]\n---\nSee [it](a%20note.md#part) and [web](https://a.org/other.md).\n",
        }
    )
    names = {record.path: record.notes[0].aliases for record in found.records if record.notes}
    assert names == {"a note.md": ("a note",), "other.md": (), "index.md": ("start", "开头")}


def test_files_of_other_kinds_have_their_readers() -> None:
    def reader(text: str, name: str) -> ReadFile:
        problem = Problem(line=2, why=Message.of("bad"), raw="x")
        record = RecordDraft(draft=None, key="k", raw=text)
        return ReadFile(format="bibtex", records=(record,), problems=(problem,))

    found = folders.read_folder_files({"refs/a.BIB": b"@article{x}"}, {".bib": reader})
    assert [(record.key, record.path) for record in found.records] == [("k", "refs/a.BIB")]
    assert [problem.path for problem in found.problems] == ["refs/a.BIB"]


def test_what_is_not_read_is_counted() -> None:
    found = read(
        {
            "a.md": "\n# \n",
            "b.md": b"\xff\xfe\x00\x00\x81",
            "c.zip": b"x",
            "LICENSE": b"x",
            "d.ris": b"",
        }
    )
    assert found.records == ()
    said = {(problem.path, str(problem.why)) for problem in found.problems}
    assert said == {
        ("a.md", "There is nothing in this file."),
        ("b.md", "This is not a text file."),
        (
            "",
            "Neither notes nor references, and no note shows them (3 files): "
            "LICENSE (1), .zip (1), .ris (1).",
        ),
    }


def test_chinese_in_gbk() -> None:
    (record,) = read(
        {"笔记.md": "# 关于门控融合的想法\n\n跨模态对齐与注意力机制。\n".encode("gbk")}
    ).records
    assert record.notes[0].title == "关于门控融合的想法"


@given(st.dictionaries(st.text(min_size=1, max_size=12), st.binary(max_size=80), max_size=4))
def test_any_folder_is_read(files: dict[str, bytes]) -> None:
    folders.read_folder_files({**files, **{f"{path}.md": data for path, data in files.items()}})


# --- Real folders -------------------------------------------------------------------------------


def real(shared_dir: Path, name: str) -> dict[str, bytes]:
    root = shared_dir / "data/notes" / name
    if not root.is_dir():
        pytest.skip(f"../shared has no {name}")
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize(
    ("name", "papers", "others"),
    [
        ("bentrevett_paper-notes", 30, 2),  # a file a paper, one with five, an index with tags
        ("cjmcv_deeplearning-paper-notes", 107, 108),  # Jekyll: posts on papers, on methods
        ("gaocegege_papers-notebook", 58, 4),  # one file, a heading a paper, one over a list
        ("mli_paper-reading", 126, 24),  # tables: papers, and videos of them
        ("stevengogogo_PaperNotes", 97, 9),  # Hugo; its template is none
        ("zhjwpku_paper-notes", 105, 34),  # mdBook: a file a paper, lists, indexes
    ],
)
def test_real_folders_lose_nothing(shared_dir: Path, name: str, papers: int, others: int) -> None:
    files = real(shared_dir, name)
    found = folders.read_folder_files(files)
    kinds = Counter(record.draft.kind if record.draft else "note" for record in found.records)
    assert (kinds.pop("paper"), kinds.total()) == (papers, others)
    kept: dict[str, set[str]] = {}
    for path, raw in [
        *((record.path, record.raw) for record in found.records),
        *((problem.path, problem.raw) for problem in found.problems),
    ]:
        kept.setdefault(path, set()).update(raw.splitlines())
    for path, data in files.items():
        if path in kept or path not in kept.get("", ()):
            try:
                lines = decode_text(data).splitlines()
            except Invalid:
                continue
            lost = [line for line in lines if line.strip() and line not in kept[path]]
            assert lost == [], path


def test_the_texts_of_real_notes_are_word_for_word(shared_dir: Path) -> None:
    """All that stands below the head of a file about one paper stands in its note."""
    files = real(shared_dir, "stevengogogo_PaperNotes")
    found = {record.path: record for record in folders.read_folder_files(files).records}
    for path, data in files.items():
        if path.startswith("content/") and path in found:
            below = re.split(r"^(?:---|\+\+\+)\r?\n", data.decode(), maxsplit=2, flags=re.M)[-1]
            bodies = "\n".join(note.body for note in found[path].notes)
            assert below.split() == bodies.split()[-len(below.split()) :], path


def test_the_seed_is_read_entry_by_entry(shared_dir: Path) -> None:
    text = decode_text((shared_dir / "seed/notes.md").read_bytes())
    entries = parse_note_list(text).entries
    opening, *records = markdown_papers.read_paper_notes(text, "notes.md").records
    assert opening.draft is None
    assert [record.raw for record in records] == [entry.raw for entry in entries]
    assert opening.raw + "".join(record.raw for record in records) == text
    assert [record.draft.kind if record.draft else "thought" for record in records] == [
        entry.kind for entry in entries
    ]
    assert [record.verdict for record in records] == [
        entry.verdict.slug if entry.verdict else "" for entry in entries
    ]


def test_more_text_than_is_read_at_once_is_named_and_the_rest_comes_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(folders, "TEXTS_LIMIT", 100)
    long, picture = PAPER + "long " * 20, PNG * 1_000
    files: dict[str, str | bytes] = {"a.md": PAPER, "b.md": long, "c.md": PAPER, "d.png": picture}
    found = read(files)
    assert [record.path for record in found.records] == ["a.md", "c.md"]
    assert [problem.path for problem in found.problems if problem.path] == ["b.md"]


def test_a_note_is_its_papers_by_a_name_that_lacks_signs() -> None:
    bib = b"@book{o:x, title={Rows: A Study of Kettles}}\n@book{p/y, title={Other}}\n"
    files = {
        "r.bib": bib,
        "p-y.md": b"By its key.",
        "Rows - A study of kettles.md": b"By its title.",
    }
    read = folders.read_folder_files(
        {**files, ".trash/gone.md": b"Thrown away."}, {".bib": bibtex.read_bibtex}
    )
    assert {(each.citekey, each.notes[0].body) for each in read.records} == {
        ("p/y", "By its key."),
        ("o:x", "By its title."),
    }
    assert ".trash/gone.md" in str(read.problems[0].why)
