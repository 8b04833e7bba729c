"""Fields that people label in their own ways: one table of labels, whatever the writing."""

import textwrap

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.sources.drafts import PaperDraft, RecordDraft
from app.sources.markdown.labelled_lines import find_labels
from app.sources.markdown.outline import read_lines
from app.sources.markdown.papers import read_paper_notes

TITLE = "Reasoning Step by Step over Many Documents"
PEOPLE = ("Ann Example", "Bob Sample")
ARXIV = "https://arxiv.org/abs/2301.00001"


def one(text: str, name: str = "note.md") -> RecordDraft:
    (record,) = read_paper_notes(textwrap.dedent(text).lstrip("\n"), name).records
    return record


def paper(record: RecordDraft) -> PaperDraft:
    assert record.draft is not None
    return record.draft


WAYS = {
    "bold, the colon outside": f"""
        # {TITLE}

        **Authors**: Ann Example, Bob Sample
        **Year**: 2023
        **Link**: {ARXIV}

        Good.
        """,
    "bold, the colon inside": f"""
        ## Notes

        - **Title:** {TITLE}
        - **Author(s):** Ann Example and Bob Sample
        - **Year:** 2023
        - **arXiv:** 2301.00001

        Good.
        """,
    "plain": f"""
        Title: {TITLE}
        Authors: Ann Example; Bob Sample
        Published in: 2023
        Year: 2023
        Paper link: <{ARXIV}>

        Good.
        """,
    "Chinese in a quotation": f"""
        # 如何改进多跳推理

        > 论文名称：[{TITLE}]({ARXIV})
        >
        > 作者：Ann Example，Bob Sample
        >
        > 发表年份：2023

        Good.
        """,
    "Chinese in brackets": f"""
        【论文标题】：{TITLE}
        【作者】：Ann Example、Bob Sample
        【年份】2023
        【论文地址】：{ARXIV}

        Good.
        """,
    "headings with the value below": f"""
        ### Paper:

        {TITLE}

        ### Authors

        - Ann Example
        - Bob Sample

        ### Year

        2023

        ### Link

        {ARXIV}

        ### Notes

        Good.
        """,
    "headings with the value beside": f"""
        # 标题：{TITLE}
        ## 作者：Ann Example, Bob Sample
        ## 年份：2023
        ## 论文链接：{ARXIV}
        ## 笔记

        Good.
        """,
    "a table of two columns": f"""
        # Reading

        | 项目 | 内容 |
        |---|---|
        | **标题** | {TITLE} |
        | 作者 | Ann Example, Bob Sample |
        | 年份 | 2023 |
        | 链接 | [arXiv]({ARXIV}) |

        Good.
        """,
    "a table whose first row is a field": f"""
        | Title | {TITLE} |
        | :-- | :-- |
        | Authors | Ann Example, Bob Sample |
        | Year | 2023 |
        | arXiv | 2301.00001 |

        Good.
        """,
    "a table of one row": f"""
        | Title | Authors | Year | Link |
        |---|---|---|---|
        | {TITLE} | Ann Example, Bob Sample | 2023 | {ARXIV} |

        Good.
        """,
    "several on a line": f"""
        # {TITLE}
        **Authors:** Ann Example, Bob Sample | **Year:** 2023 | **arXiv:** 2301.00001

        Good.
        """,
    "HTML and line breaks": f"""
        <b>论文：</b>{TITLE}<br>
        <strong>作者</strong>：Ann Example, Bob Sample<br/>
        年份：2023 <br>
        链接：{ARXIV}<br>

        Good.
        """,
    "properties of Logseq": f"""
        title:: {TITLE}
        authors:: [[Ann Example]], [[Bob Sample]]
        year:: 2023
        arxiv:: 2301.00001

        - Good.
        """,
    "numbers and signs before them": f"""
        # 精读

        1. 📄 论文题目：{TITLE}
        2. 👥 作者：Ann Example, Bob Sample
        3. 📅 发表时间：2023
        4. 🔗 论文链接：{ARXIV}

        Good.
        """,
    "an address alone below the title": f"""
        # {TITLE}

        {ARXIV}

        **Authors** Ann Example, Bob Sample
        **Venue**: ACL 2023

        Good.
        """,
    "links called what they are": f"""
        # {TITLE}

        [[paper]]({ARXIV}) | [code](https://example.org/code)

        作者: Ann Example, Bob Sample
        会议：ACL 2023

        Good.
        """,
    "TOML without quotation marks": f"""
        +++
        title = {TITLE}
        authors = Ann Example, Bob Sample
        year = 2023
        arxiv = 2301.00001
        +++

        Good.
        """,
}


MORE_WAYS = {
    "a table in HTML": f"""
        <table>
        <tr><td>Title</td><td>{TITLE}</td></tr>
        <tr><td><b>Authors</b></td><td>Ann Example, Bob Sample</td></tr>
        <tr><th>Year</th><td>2023</td></tr>
        <tr><td>Link</td><td><a href="{ARXIV}">here</a></td></tr>
        </table>
        """,
    "a table in HTML on one line": f"<table><tbody><tr><th>标题</th><td>{TITLE}</td></tr><tr>"
    "<th>作者</th><td>Ann Example, Bob Sample</td></tr><tr><th>年份</th><td>2023</td></tr>"
    f"<tr><th>链接</th><td>{ARXIV}</td></tr></table>\n",
    "a table with a row below its labels": f"""
        | Title | Authors | Year | arXiv |
        |---|---|---|---|
        | {TITLE} | Ann Example, Bob Sample | 2023 | 2301.00001 |
        """,
    "Dataview in brackets": f"""
        [title:: {TITLE}]
        [authors:: Ann Example, Bob Sample]
        (year:: 2023) (arxiv:: 2301.00001)
        """,
    "values one item deeper": f"""
        - Title
          - {TITLE}
        - **Authors**
          - Ann Example
          - Bob Sample
        - Year
          - 2023
        - arXiv
          - 2301.00001
        """,
    "traditional characters": f"""
        論文標題：{TITLE}
        作者：Ann Example、Bob Sample
        發表年份：２０２３
        論文鏈結：{ARXIV}
        """,
    "German": f"Titel: {TITLE}\nAutoren: Ann Example, Bob Sample\nJahr: 2023\nArXiv: 2301.00001\n",
    "properties without a blank": f"---\ntitle:{TITLE}\nauthor:Ann Example and Bob Sample\n"
    "year:2023\narxiv:2301.00001\n---\n",
    "a quotation mark that is not closed": f'---\ntitle: "{TITLE}\n'
    "authors: [Ann Example, Bob Sample]\nyear: 2023\narxiv: 2301.00001\n---\n",
    "dashes": f"Title – {TITLE}\nAuthors — Ann Example, Bob Sample\nYear - 2023\n"
    "arXiv – 2301.00001\n",
    "equals signs": f"title = {TITLE}\nauthors = Ann Example, Bob Sample\nyear = 2023\n"
    "arxiv = 2301.00001\n",
    "labels in two languages": f"- **Title | 标题:** {TITLE}\n- **作者 (Authors)**：Ann Example, "
    "Bob Sample\n- **Year / 年份**: 2023\n- **DOI/arXiv ID**: 2301.00001\n",
    "labels that say whose they are": f"原文标题：{TITLE}\nMain Authors: Ann Example, Bob Sample\n"
    f"Publication Year: 2023\nPDF link: {ARXIV}\n",
    "definitions in HTML": f"<dl>\n<dt>Title</dt><dd>{TITLE}</dd>\n<dt>Authors</dt>\n"
    "<dd>Ann Example, Bob Sample</dd>\n<dt>Year</dt><dd>2023</dd>\n"
    "<dt>arXiv</dt><dd>2301.00001</dd>\n</dl>\n",
    "a list in a table of HTML": f"<table>\n<tr><td>Title</td><td>{TITLE}</td></tr>\n<tr>"
    "<td>Authors</td><td><ul><li>Ann Example</li><li>Bob Sample</li></ul></td></tr>\n"
    "<tr><td>Year</td><td>2023</td></tr>\n<tr><td>arXiv</td><td>2301.00001</td></tr>\n</table>\n",
    "degrees and footnotes": f"Title: {TITLE}\nAuthors: Dr. Ann Example, PhD, Bob Sample, M.D.\n"
    "Year: 2023\narXiv: 2301.00001\n",
    "front matter indented by tab": f"---\n\ttitle: {TITLE}\n\tauthors: Ann Example, Bob Sample\n"
    "\tyear: 2023\n\tarxiv: 2301.00001\n---\n",
    "names in parts": f"---\ntitle: {TITLE}\nauthors:\n  - {{first: Ann, last: Example}}\n"
    "  - {lastName: Sample, firstName: Bob}\nyear: 2023\narxiv: 2301.00001\n---\n",
}


@pytest.mark.parametrize("text", MORE_WAYS.values(), ids=MORE_WAYS.keys())
def test_labels_in_further_ways(text: str) -> None:
    record = one(f"{textwrap.dedent(text)}\nGood.\n")
    draft = paper(record)
    assert (draft.title, draft.year, draft.arxiv_id) == (TITLE, 2023, "2301.00001")
    assert [name.split(", ")[0].split()[-1] for name in draft.authors] == ["Example", "Sample"]
    assert [note.body for note in record.notes] == ["Good."]


@pytest.mark.parametrize(
    "table",
    [
        f"| Field | Value |\n|---|---|\n| Title | {TITLE} |\n| Year | 2023 |\n| Code | here.py |\n",
        f"<table><tr><td>Title</td><td>{TITLE}</td></tr><tr><td>Year</td><td>2023</td></tr>"
        "<tr><td>Code</td><td>here.py</td></tr></table>\n",
    ],
)
def test_a_row_that_the_record_has_no_place_for_stays(table: str) -> None:
    record = one(f"{table}\nGood.\n")
    assert (paper(record).title, paper(record).year) == (TITLE, 2023)
    assert "here.py" in record.notes[0].body


@pytest.mark.parametrize("written", ["Ann Example et al.", "Ann Example, et al", "Ann Example 等"])
def test_names_that_are_cut_short_are_not_all(written: str) -> None:
    for text in (f"Title: {TITLE}\nAuthors: {written}\nYear: 2023\n\nGood.\n",):
        assert paper(one(text)).authors == ("Ann Example", "et al.")
    assert paper(one(f"---\ntitle: {TITLE}\nauthors: {written}\n---\nGood.\n")).authors[1:]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Brown et al. - 2019 - A Title of Words.md", ("A Title of Words", 2019, None)),
        ("2301.00001v2.md", ("arXiv:2301.00001", None, "2301.00001")),
        ("2301.00001 notes.md", ("arXiv:2301.00001", None, "2301.00001")),
        ("论文笔记：A Title of Words.md", ("A Title of Words", None, None)),
        ("(CCS20)A Title of Words.md", ("A Title of Words", 2020, None)),
        ("[2020] Words_ A Title of Words.md", ("Words: A Title of Words", 2020, None)),
        ("[2020] Words%3A A Title of Words.md", ("Words: A Title of Words", 2020, None)),
        (f"[2020] A Title of Words {'1a' * 16}.md", ("A Title of Words", 2020, None)),
        ("Example_et_al_2020.md", ("Example et al 2020", 2020, None)),
    ],
)
def test_what_a_files_name_says_of_its_paper(name: str, expected: tuple[object, ...]) -> None:
    draft = paper(one("Some words on it.\n", name))
    assert (draft.title, draft.year, draft.arxiv_id) == expected


LATER = {
    "of its own, after others": f"""
        # {TITLE}

        ## Abstract
        words

        ## Metadata
        - **Published**: 2023-01-02
        - **Authors**: Ann Example, Bob Sample
        - **Source**: [ArXiv]({ARXIV})
        """,
    "that has headings below it": f"""
        ### The progress of the reading plan:
        | Index | All |
        | :---: | :-: |
        | 28 | 50 |

        ## 论文信息 | Paper Information
        #### Paper Title :
        [{TITLE}]()

        #### Conference :
        ACL 2023 **Oral**

        #### Authors and Institutions
        ##### Authors
        + Ann Example 1
        + Bob Sample 2

        #### Link
        {ARXIV}
        """,
}


@pytest.mark.parametrize("text", LATER.values(), ids=LATER.keys())
def test_a_section_on_the_paper_wherever_it_stands(text: str) -> None:
    draft = paper(one(text))
    assert (draft.title, draft.year, draft.arxiv_id) == (TITLE, 2023, "2301.00001")
    assert draft.authors == PEOPLE


@pytest.mark.parametrize(
    ("text", "authors", "year"),
    [
        (f"# {TITLE}\n### by Ann Example (MIT), Bob Sample (ETH)\n### ACL 2023\n", PEOPLE, 2023),
        (f"# {TITLE}\n#### Example et al. (2023)\n", ("Example", "et al."), 2023),
        (f"# {TITLE}\n\n*Ann Example, Bob Sample*\n", PEOPLE, None),
        (
            f"# {TITLE}\n\n[1] Example, Ann, and Bob Sample. “{TITLE}.” ArXiv:2301.00001 [Cs], "
            "June 7, 2023. http://arxiv.org/abs/2301.00001.\n\n# Abstract\nx\n\n# Model\ny\n",
            ("Example, Ann", "Bob Sample"),
            2023,
        ),
        (
            f"# {TITLE}\n\nExample, A., & Sample, B. (2023). {TITLE}. _Kettles_, _8_(3), 4–9.\n",
            ("Example, A.", "Sample, B."),
            2023,
        ),
        (
            f"# {TITLE}\nAnn Example; and Bob Sample\n*Proceedings of Kettles (KET'23)*\n> words\n",
            PEOPLE,
            2023,
        ),
        (f"# {TITLE}\n\n### Authors: Ann Example, Bob Sample\n", PEOPLE, None),
        (f"---\ntitle: {TITLE}\n---\n# {TITLE}\n*Ann Example, Bob Sample*, ACL 2023\n",
         PEOPLE, 2023),
        (f"# [{TITLE}]({ARXIV})\nWritten in 2023\n", (), 2023),
        (
            f"<script>\nx()\n</script>\n<p align=center><img src=a.png></p>\n\n# {TITLE}\n"
            "*Ann Example, Bob Sample*\n",
            PEOPLE,
            None,
        ),
        (f"# {TITLE} (Example & Sample, 2023)\n", ("Example", "Sample"), 2023),
        (f"# Example et al. 2023 — {TITLE}\n", ("Example", "et al."), 2023),
        (f"# {TITLE}, ACL 2023\n", (), 2023),
        (f"#[{TITLE}]({ARXIV})\n", (), None),
        (f"#![{TITLE}](https://kettles.example/a.pdf)\n", (), None),
        (f"### [{TITLE}][1]\n\nwords\n\n[1]: {ARXIV}\n", (), None),
        (
            f"# {TITLE}\n\n[![arXiv](https://img.example/a.svg)]({ARXIV})\n\nwords\n",
            (),
            None,
        ),
        (f"# {TITLE} (WIP)\n\n- Authors: Ann Example, Bob Sample\n- Published at ACL'23\n",
         PEOPLE, 2023),
    ],
)  # fmt: skip
def test_what_a_heading_and_the_lines_below_it_say(
    text: str, authors: tuple[str, ...], year: int | None
) -> None:
    draft = paper(one(f"{text}\n## Method\n\nGood.\n"))
    assert (draft.title, draft.authors, draft.year) == (TITLE, authors, year)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Essay.md", "# Team lunch\n\n*Ann Example, Bob Sample*\n\nwords\n"),
        (
            "RFC-603.md",
            "# A Design of Kettles\n\n**Version**: 1.0\n**Title**: A Design of Kettles\n"
            "**Date**: 2026-01-02\n**Authors**: Ann Example, Bob Sample\n\nwords\n",
        ),
        ("Weekly.md", "# Weekly notes of the group\n## Results of 2023\n\nwords\n"),
        ("@一个网页.md", "---\ntitle: @一个网页\ntags: [web]\n---\nwords\n"),
        (
            "Clip.md",
            "---\ntitle: Kettles\nsource: https://example.com/blog\nauthor: '[[Jane Doe]]'\n"
            "tags: [clippings]\n---\nwords\n",
        ),
        (
            "Post.md",
            "# Kettles\n\n## Metadata\n- Author: [[example.com]]\n- Full Title: Kettles\n"
            "- URL: https://example.com/kettles\n\n## Highlights\n- words\n",
        ),
        (
            "Form.md",
            "## Paper Information\n#### Paper Title :\n[]()\n\n#### Conference :\n\nwords\n",
        ),
    ],
)
def test_pages_posts_and_forms_are_no_papers(name: str, text: str) -> None:
    assert one(text, name).draft is None


def test_pages_that_logseq_made_of_zotero() -> None:
    record = one(
        f"""
        links:: [Local library](zotero://select/library/items/X)
        authors:: [[Ann Example]], [[Bob Sample]]
        date:: [[Mar 16th, 2023]]
        item-type:: [[conferencePaper]]
        title:: @exampleSteps2023
        original-title:: {TITLE}
        doi:: 10.48550/arXiv.2301.00001

        - [[Abstract]]
        """,
        "pages/@exampleSteps2023.md",
    )
    draft = paper(record)
    assert (draft.title, draft.authors, draft.year) == (TITLE, PEOPLE, 2023)
    assert (record.citekey, draft.arxiv_id) == ("exampleSteps2023", "2301.00001")
    text = (
        f"---\ntitle: @{TITLE}\nauthors:\n  - Ann Example\ndate:\n  - 2023/03/16\nx: zotero://y\n"
    )
    draft = paper(one(f"{text}toc: true\n---\nwords\n", f"@{TITLE}.md"))
    assert (draft.title, draft.year) == (TITLE, 2023)


def test_a_post_on_a_paper_has_the_papers_authors() -> None:
    text = f"---\nlayout: post\nauthor: Me\ndate: 2026-01-02\n---\n\n# 论文阅读（三）：{TITLE}\n\n"
    record = one(
        f"{text}> 作者：[水壶](https://www.zhihu.com/people/x)\n\n论文：[{TITLE}]({ARXIV})\n"
    )
    draft = paper(record)
    assert (draft.title, draft.authors, draft.year) == (TITLE, (), None)
    assert draft.arxiv_id == "2301.00001"


def test_links_in_front_matter_that_is_not_quite_yaml_stay() -> None:
    record = one(f'---\ntitle: {TITLE}\nyear: 2023\nrelated: "[[A]]", "[[B]]"\n---\nwords\n')
    assert paper(record).title == TITLE
    assert record.notes[0].body.startswith("- related: [[A]], [[B]]")


def test_what_only_looks_like_an_entry_of_bibtex_is_text() -> None:
    text = f"# {TITLE}\n\nAuthors: Ann Example\nYear: 2023\n\n@commentary{{key, title={{Other}}}}\n"
    record = one(text)
    assert paper(record).title == TITLE
    assert "@commentary" in record.notes[0].body


def test_rows_and_items_that_name_no_paper_are_left() -> None:
    table = (
        f"# Weekly\n\n| Paper | Venue |\n|---|---|\n| [{TITLE}]({ARXIV}) | ACL 2023 |\n"
        "| COCO Detection | |\n| Total | 3 |\n"
    )
    found = read_paper_notes(table, "weekly.md").records
    assert [each.draft.title for each in found if each.draft] == [TITLE]
    assert "COCO Detection" in found[0].notes[0].body
    items = f"- {TITLE}. 2023. {ARXIV}\n- Other Words on Kettles, arXiv:2301.00002\n"
    drafts = [paper(each) for each in read_paper_notes(items, "list.md").records]
    assert [(each.title, each.arxiv_id) for each in drafts] == [
        (TITLE, "2301.00001"),
        ("Other Words on Kettles", "2301.00002"),
    ]


@pytest.mark.parametrize("text", WAYS.values(), ids=WAYS.keys())
def test_labelled_fields_in_every_way(text: str) -> None:
    record = one(text)
    draft = paper(record)
    assert (draft.title, draft.authors) == (TITLE, PEOPLE)
    assert (draft.year, draft.arxiv_id) == (2023, "2301.00001")
    (note,) = record.notes
    assert note.body.endswith("Good.")
    assert "Ann Example" not in note.body or "|" in text


def test_what_the_record_does_not_hold_stays_in_the_note() -> None:
    record = one(
        f"""
        # {TITLE}
        **Authors**: Ann Example (MIT), Bob Sample*
        **Year**: 2023 (camera ready in May)
        **Venue**: ACL 2023 ([talk](https://example.org/talk))
        **Code**: https://example.org/code
        **Reading time**: 2 h

        > 评价：还行
        """
    )
    draft = paper(record)
    assert (draft.authors, draft.year, draft.venue) == (PEOPLE, 2023, "ACL 2023 (talk)")
    body = record.notes[0].body
    for words in ("(MIT)", "camera ready", "example.org/talk", "example.org/code", "2 h", "还行"):
        assert words in body


def test_the_notes_own_heading_is_the_notes_title() -> None:
    record = one(
        f"# 如何改进多跳推理\n\n论文标题：{TITLE}\n论文地址：{ARXIV}\n\n## 一、动机\n\n不够稳健。\n"
    )
    assert (paper(record).title, paper(record).short_title) == (TITLE, "")
    assert record.notes[0].title == "如何改进多跳推理"
    short = one(f"# CoT-MD\n\n论文标题：{TITLE}\n论文地址：{ARXIV}\n\nx\n")
    assert (paper(short).short_title, short.notes[0].title) == ("CoT-MD", "")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("- **Published:** CVPR 2024 (arXiv:2308.09971, 2023)", ("2308.09971", None, 2024)),
        ("**Venue**: arXiv preprint 2308.09971 (2023)", ("2308.09971", None, 2023)),
        ("**ArXiv/DOI**: 10.1145/1.2", (None, "10.1145/1.2", None)),
        (
            "**Paper ID**: [x:2308.09971](https://arxiv.org/abs/2308.09971)",
            ("2308.09971", None, None),
        ),
        ("来源：EMNLP 2020", (None, None, 2020)),
        ("类型：EMNLP 2020", (None, None, 2020)),
        ("原论文地址：https://doi.org/10.1145/1.2", (None, "10.1145/1.2", None)),
    ],
)
def test_what_stands_at_another_label_than_one_thinks(
    line: str, expected: tuple[str | None, str | None, int | None]
) -> None:
    draft = paper(one(f"# {TITLE}\n\n**Authors**: Ann Example*, Bob Sample†\n{line}\n\nwords\n"))
    assert (draft.arxiv_id, draft.doi, draft.year) == expected
    assert (draft.title, draft.authors) == (TITLE, PEOPLE)


def test_an_author_a_line_as_zotero_writes_them() -> None:
    record = one(
        f"""
        > [!Cite]
        > Example, Ann. {TITLE}.

        > [!md]
        > **FirstAuthor**:: Example, Ann
        > **Author**:: Sample, Bob
        > **Title**:: {TITLE}
        > **Year**:: 2023
        > **Citekey**:: example2023
        """
    )
    draft = paper(record)
    assert (draft.title, draft.authors) == (TITLE, ("Example, Ann", "Sample, Bob"))
    assert (draft.year, record.citekey) == (2023, "example2023")


def test_fields_below_a_heading_of_their_own() -> None:
    record = one(
        f"""
        # {TITLE}

        ## 📘 Reference Information
        - **Authors:** Ann Example, Bob Sample
        - **Year:** 2023
        - **Citekey:** `example2023`

        ## Method

        Title: another one
        """
    )
    assert (paper(record).title, paper(record).authors) == (TITLE, PEOPLE)
    assert (paper(record).year, record.citekey) == (2023, "example2023")


@pytest.mark.parametrize(
    "text",
    [
        "# A meeting\n\nAuthor: me\nDate: 2020-01-02\n\nWe met.\n",
        "# On tools\n\nSource: https://example.org/blog\n\nwords\n",
        "# Style\n\nSay `Title: x` and `Authors: y, z`, then go on.\n",
        "# Code\n\n```\nTitle: A Longer Title\nAuthors: Ann Example, Bob Sample\n```\n",
        "# 周报\n\n标题: 本周\n\n没看。\n",
        "# Essay\n\nwords\n\n## Title\n\nA good title is short.\n\n## Authors\n\nMany hands.\n",
        "---\nlayout: post\nauthor: me\nurl: https://example.org/x\ntitle: A day\n---\nwords\n",
    ],
)
def test_what_is_no_paper_stays_a_note(text: str) -> None:
    record = one(text)
    assert record.draft is None
    assert "words" not in text or "words" in record.notes[0].body


def test_labels_of_several_papers_make_no_single_one() -> None:
    text = "# 周报\n\n标题：One Paper of Many\n作者：A B, C D\n\n标题：Another of Many\n作者：E F\n"
    assert one(text).draft is None


@pytest.mark.parametrize(
    ("written", "title", "year", "venue"),
    [
        ("[2019 CVPR] A Title of Some Words", "A Title of Some Words", 2019, "CVPR 2019"),
        ("[CVPR 2019] A Title of Some Words", "A Title of Some Words", 2019, "CVPR 2019"),
        ("【CVPR2019】A Title of Some Words", "A Title of Some Words", 2019, "CVPR 2019"),
        ("(ICLR'21) A Title of Some Words", "A Title of Some Words", 2021, "ICLR 2021"),
        ("[1993] A Title of Some Words", "A Title of Some Words", 1993, ""),
        ("[2025 Arxiv] A Title of Some Words", "A Title of Some Words", 2025, ""),
        ("[2020 RA-L] A Title of Some Words", "A Title of Some Words", 2020, "RA-L 2020"),
    ],
)
def test_year_and_venue_in_a_name(written: str, title: str, year: int, venue: str) -> None:
    for text, name in [("> words\n", f"{written}.md"), (f"# {written}\n\nwords\n", "x.md")]:
        draft = paper(one(text, name))
        assert (draft.title, draft.year, draft.venue) == (title, year, venue)


@pytest.mark.parametrize(
    ("text", "name", "title"),
    [
        (
            "#### note:\nwords\n\n#### comment:\nwords\n",
            "A Model for Chats.md",
            "A Model for Chats",
        ),
        ("## Part\nwords\n\n## Other part\nwords\n", "a-model-for-chats.md", "a model for chats"),
        ("# A Heading\n\nwords\n", "other.md", "A Heading"),
        ("A Heading\n=========\n\nwords\n", "other.md", "A Heading"),
        ("words\n\n# A Heading\n", "other.md", "other"),
        ("words\n", "2026-11-28.md", "2026-11-28"),
        ("words\n", "notes/idea/README.md", "idea"),
        ("words\n", "papers/idea/notes.md", "idea"),
        ("---\ntitle: Its title\n---\n# A Heading\n", "other.md", "Its title"),
    ],
)
def test_a_file_is_known_by_its_name(text: str, name: str, title: str) -> None:
    record = one(text, name)
    assert record.draft is None
    assert record.notes[0].title == title


@pytest.mark.parametrize(
    "text",
    [
        f"论文笔记：{TITLE}",
        f"【论文阅读】{TITLE}",
        f"[Paper Reading] {TITLE}",
        f"Paper notes: {TITLE}",
    ],
)
def test_that_it_is_a_note_is_no_part_of_the_title(text: str) -> None:
    assert paper(one(f"# {text}\n\narXiv: 2301.00001\n\nwords\n")).title == TITLE


PIECES = st.sampled_from(
    [
        *("Title: ", "**Authors**: ", "> 作者：", "### Year\n", "| Title | x |\n|--|--|\n", "年份"),
        *(
            "：",
            ": ",
            "\n",
            "\n\n",
            "2020",
            "**",
            "`",
            "```\n",
            "|",
            "<b>",
            "- ",
            "1. ",
            "【",
            "】",
        ),
        *("::", " ", "A B, C D", "# ", "<br>", ARXIV, f"[paper]({ARXIV})"),
    ]
)


@example("| Title | x |\n|--|--|\n`|")
@example("| Title | x |\n|--|--|\n[2019 CVPR] | x |")
@given(st.lists(PIECES, max_size=30).map("".join))
def test_any_text_has_labels_on_lines_of_its_own(text: str) -> None:
    lines = read_lines(text)
    labels = find_labels(lines)
    numbers = {line.number for line in lines}
    assert all(set(label.lines) <= numbers for label in labels)
    for record in read_paper_notes(text, "a.md").records:
        assert record.draft or record.notes or not text.strip("\ufeff \n\t")
