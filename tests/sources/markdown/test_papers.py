"""Markdown in every habit that people keep: one paper a file, many in one, lists, tables."""

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.sources.drafts import PaperDraft, ReadFile, RecordDraft
from app.sources.markdown.field_names import parse_tags
from app.sources.markdown.papers import LINES_LIMIT, looks_like_markdown, read_paper_notes
from app.sources.markdown.people import parse_authors
from app.sources.markdown.tables import split_row

ARXIV = "https://arxiv.org/abs/2301.0000"


def one(text: str, name: str = "note.md") -> RecordDraft:
    (record,) = read_paper_notes(textwrap.dedent(text).lstrip("\n"), name).records
    return record


def paper(record: RecordDraft) -> PaperDraft:
    assert record.draft is not None
    return record.draft


def body(record: RecordDraft) -> str:
    (note,) = record.notes
    return note.body


# --- One file, one paper ------------------------------------------------------------------------


def test_obsidian_front_matter() -> None:
    record = one(
        """
        ---
        title: "ViLT: Vision-and-Language Transformer"
        authors:
          - "[[Wonjae Kim]]"
          - Bokyung Son
        year: 2021
        doi: https://doi.org/10.48550/arXiv.2102.03334
        arxiv_id: 2102.03334v2
        venue: ICML
        tags: [vqa, 模态/对齐]
        citekey: kim2021vilt
        verdict: try
        techniques: [gated fusion, 门控融合]
        领域: VQA
        created: 2023-03-06T10:00
        rating: 4
        ---
        > quoted
        text, see [[gao2020]] %% private %%
        <!-- comment -->
        <script>alert(1)</script>
        """
    )
    draft = paper(record)
    assert draft.title == "ViLT: Vision-and-Language Transformer"
    assert draft.short_title == "ViLT"
    assert draft.authors == ("Wonjae Kim", "Bokyung Son")
    assert (draft.year, draft.venue) == (2021, "ICML")
    assert (draft.arxiv_id, draft.arxiv_version) == ("2102.03334", 2)
    assert draft.doi == "10.48550/arXiv.2102.03334"
    assert record.citekey == record.key == "kim2021vilt"
    assert record.tags == ("vqa", "模态/对齐")
    assert (record.verdict, record.fields) == ("try", ("VQA",))
    assert record.techniques == ("gated fusion", "门控融合")
    assert body(record) == (
        "- created: 2023-03-06T10:00\n- rating: 4\n\n"
        "> quoted\ntext, see [[gao2020]] %% private %%\n<!-- comment -->\n<script>alert(1)</script>"
    )


def test_chinese_keys() -> None:
    draft = paper(
        record := one(
            """
            ---
            标题: 多模态对齐综述
            作者: 张三、李四
            年份: 2023年
            期刊: 计算机学报
            关键词: 多模态，对齐
            摘要: 本文综述。
            评价: 值得一试
            ---
            """
        )
    )
    assert draft.title == "多模态对齐综述"
    assert (draft.authors, draft.year, draft.venue) == (("张三", "李四"), 2023, "计算机学报")
    assert draft.abstract == "本文综述。"
    assert (record.tags, record.verdict) == (("多模态", "对齐"), "值得一试")
    assert record.notes == ()


def test_properties_of_logseq_and_dataview() -> None:
    record = one(
        """
        title:: Gated Fusion
        authors:: [[Ada Lovelace]], Alan Turing
        - year:: 2020
        mood:: good

        - a thought
        - its venue is [venue:: ACL], and std::move is none
        """
    )
    draft = paper(record)
    assert (draft.title, draft.authors) == ("Gated Fusion", ("Ada Lovelace", "Alan Turing"))
    assert (draft.year, draft.venue) == (2020, "ACL")
    assert body(record).startswith("- mood: good\n\n- a thought\n- its venue is [venue:: ACL]")


def test_zotero_integration() -> None:
    text = textwrap.dedent(
        """
        # A study

        > [!info]- Metadata
        > **Title**:: A Study of Schema Linking
        > **Author**:: Li, Fei; Wang, Yu
        > **Year**:: 2021
        > **DOI**:: 10.1145/1.2

        %% begin notes %%
        mine
        %% end notes %%

        %% Import Date: 2024-01-02T03:04:05.678+08:00 %%
        """
    ).lstrip()
    record = one(text, "papers/@li2021schema.md")
    draft = paper(record)
    assert draft.title == "A Study of Schema Linking"
    assert draft.authors == ("Li, Fei", "Wang, Yu")
    assert (draft.year, draft.doi) == (2021, "10.1145/1.2")
    assert record.citekey == "li2021schema"
    assert body(record) == text.strip()


def test_jekyll_and_hugo_posts() -> None:
    record = one(
        """
        ---
        layout: post
        title: YOLO（CVPR，2016）
        date: 2016-08-08 19:50:00
        categories: detect face
        ---
        论文：Redmon J, Divvala S, et al. You Only Look Once: Unified Detection[J]. 2015.
        """,
        "_posts/2016-08-08-YOLO.markdown",
    )
    draft = paper(record)
    assert (draft.title, draft.short_title) == ("You Only Look Once: Unified Detection", "YOLO")
    assert draft.authors == ("Redmon, J", "Divvala, S")
    assert (draft.venue, draft.year, draft.published) == ("CVPR 2016", 2016, "")
    assert record.tags == ("detect", "face")
    assert "- date: 2016-08-08 19:50:00" in body(record)

    essay = one('+++\ntitle = "On reading"\ndraft = false\ndate = 2020-01-02\n+++\nwords\n')
    assert essay.draft is None
    assert essay.notes[0].title == "On reading"
    assert essay.notes[0].body == "- draft: false\n- date: 2020-01-02\n\nwords"


def test_a_label_as_title_and_the_title_as_description() -> None:
    record = one('---\ntitle: "Wei 2011"\ndescription: "Mitochondrial energetics"\n---\nx\n')
    draft = paper(record)
    assert (draft.title, draft.short_title, draft.year) == (
        "Mitochondrial energetics",
        "Wei 2011",
        2011,
    )


def test_front_matter_that_cannot_be_read_leaves_a_note_whole() -> None:
    text = "---\ntitle: &a b\nx: *a\n---\n# Head\nbody\n"
    record = one(text)
    assert record.draft is None
    assert record.notes[0].title == "Head"
    assert body(record) == record.raw.strip() == text.strip()
    assert [str(remark) for remark in record.remarks] == [
        "Line 3: aliases (*name) are not followed."
    ]


def test_values_that_do_not_fit_stay_in_the_note() -> None:
    record = one("---\ntitle: T\ndoi: soon\narxiv: n/a\nyear: long ago\n---\n")
    assert body(record) == "- doi: soon\n- arxiv: n/a\n- year: long ago"
    assert len(record.remarks) == 3


def test_a_status_is_a_verdict_and_stays() -> None:
    record = one("---\ntitle: T\nyear: 2020\nstatus: reading\n---\n")
    assert (record.verdict, body(record)) == ("reading", "- status: reading")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# [Dynamic hash tables](../h.pdf)\n\n> Communications of the ACM, April 1988\n",
         ("Dynamic hash tables", 1988, "Communications of the ACM")),
        ("# World Models (2018)\n\nDavid Ha, Jürgen Schmidhuber\n\n---\n\ntext\n",
         ("World Models", 2018, "")),
        ("---\ncreated: x\n---\n\n# ViLT (ICML 2021)\n\ntext\n", ("ViLT", 2021, "ICML 2021")),
    ],
)  # fmt: skip
def test_a_heading_that_names_a_paper(text: str, expected: tuple[str, int, str]) -> None:
    draft = paper(one(text))
    assert (draft.title, draft.year, draft.venue) == expected


def test_names_below_the_heading() -> None:
    draft = paper(one("# World Models (2018)\n\nDavid Ha, Jürgen Schmidhuber\n\n---\n"))
    assert draft.authors == ("David Ha", "Jürgen Schmidhuber")


@pytest.mark.parametrize(
    "text",
    ["# On reading papers\n\nFirst skim, then read.\n", "just words\n", "## A\n\nx\n\n## B\n\ny\n"],
)
def test_an_essay_is_a_note_that_stands_alone(text: str) -> None:
    record = one(text, "docs/on-reading.md")
    assert record.draft is None
    assert body(record) == text.strip()
    assert record.notes[0].title in ("On reading papers", "on reading", "A")


# --- One file, many papers ----------------------------------------------------------------------


def test_headings_over_papers_are_tags() -> None:
    text = textwrap.dedent(
        """
        # 论文笔记

        hello

        ## 调度器

        ### Omega

        [Omega: flexible schedulers](http://a.org/Omega(2).pdf)

        slow

        ### Borg

        * [Large-scale cluster management](https://arxiv.org/abs/1501.00001v2)
        * [code](https://github.com/x/y)

        quick
        """
    ).lstrip()
    opening, omega, borg = read_paper_notes(text, "README.md").records
    assert opening.draft is None
    assert paper(omega).title == "Omega: flexible schedulers"
    assert paper(omega).short_title == "Omega"
    assert paper(omega).url == "http://a.org/Omega(2).pdf"
    assert omega.tags == borg.tags == ("调度器",)
    assert paper(borg).arxiv_id == "1501.00001"
    assert body(borg).endswith("quick")
    assert opening.raw + omega.raw + borg.raw == text


def test_a_heading_a_paper_with_its_link_below() -> None:
    entry = "## Title {n} of Some Words\n[第{n}篇](https://arxiv.org/abs/2402.0000{n})\n\nwords\n\n"
    text = "".join(entry.format(n=n) for n in (1, 2, 3))
    found = read_paper_notes(text, "2024/0212-0216.md").records
    assert [paper(each).arxiv_id for each in found] == ["2402.00001", "2402.00002", "2402.00003"]


def test_a_list_of_links() -> None:
    text = textwrap.dedent(
        """
        # Reading list

        ## Fusion

        - [Gated Networks (2017) - Chaplot, Yue Gao](https://arxiv.org/abs/1706.07230)
          - rl, gated-attention
          - my own words
            go on
        - **[Another one][ref]** · [code](https://github.com/a/b)
        - [a blog](https://blog.example.org/x) worth a look

        Between the lists.

        [ref]: https://openreview.net/forum?id=x
        """
    ).lstrip()
    rest, gated, other, blog = read_paper_notes(text).records
    assert paper(gated).title == "Gated Networks"
    assert paper(gated).authors == ("Chaplot", "Yue Gao")
    assert (paper(gated).year, paper(gated).arxiv_id) == (2017, "1706.07230")
    assert gated.tags == ("Fusion", "rl", "gated-attention")
    assert body(gated) == "- my own words\n  go on"
    assert paper(other).url == "https://openreview.net/forum?id=x"
    assert body(other) == "[code](https://github.com/a/b)"
    assert (paper(blog).kind, body(blog)) == ("link", "worth a look")
    assert "Between the lists." in body(rest)
    assert_nothing_lost(text, read_paper_notes(text))


@pytest.mark.parametrize(
    ("item", "title", "people", "note"),
    [
        ("**[A title](U)** **bold** words.", "A title", (), "**bold** words."),
        ("✅ [A title](U)", "A title", (), ""),
        ("2019-05: [A title](U) — mine", "A title", (), "2019-05: mine"),
        ("[x] [A title](U), in Chinese 中文", "A title", (), "in Chinese 中文"),
        ("[A longer title - Kim, Son](U)", "A longer title", ("Kim", "Son"), ""),
        ("**[A title](U)** (ACL 2023) - Ann Lee et al.", "A title", ("Ann Lee", "et al."), ""),
        ("[A longer title - Deep Learning](U)", "A longer title - Deep Learning", (), ""),
    ],
)
def test_what_stands_beside_a_link(
    item: str, title: str, people: tuple[str, ...], note: str
) -> None:
    record = one(f"- {item.replace('U', 'https://arxiv.org/abs/2102.03334')}\n")
    assert (paper(record).title, paper(record).authors) == (title, people)
    assert "".join(each.body for each in record.notes) == note


LISTS: dict[str, tuple[str, list[str]]] = {
    "tasks": (
        """
        # Leaderboards

        | Task | Link |
        |------|------|
        | [COCO Detection](https://a.org/coco) | x |
        | [ImageNet](https://a.org/in) | y |
        """,
        [],
    ),
    "results with links to papers": (
        f"""
        # Results

        | Model | COCO Detection | Paper |
        |-------|----------------|-------|
        | [DETR](https://a.org/d) | 42 | [arXiv]({ARXIV}1) |
        | RCNN | 40 | [pdf]({ARXIV}2) |
        """,
        ["DETR", "RCNN"],
    ),
    "headings over lists": (
        f"""
        # Detection

        ### COCO Detection

        - [Sets to Sets]({ARXIV}1)
        - [Regions]({ARXIV}2)

        ### References

        [a blog](https://a.org)

        ### ADE20K

        [Per Pixel]({ARXIV}3)
        """,
        ["Sets to Sets", "Regions", "Per Pixel"],
    ),
    "headings with labels below": (
        f"""
        # 论文列表

        ## Sets to Sets

        作者：Ann Example, Bob Sample
        论文链接：{ARXIV}1

        用集合。

        ## Regions

        - **Venue**: NIPS 2015
        - **Paper**: {ARXIV}2

        ## References

        - [x](https://a.org)
        """,
        ["Sets to Sets", "Regions"],
    ),
    "lines with labels below": (
        f"""
        # CVPR

        124.Face Models from Videos<br>
        作者：A. Example, B. Sample<br>
        论文链接：{ARXIV}1<br><br>

        123.Hardware-Aware Design<br>
        作者：A. Example<br>
        源码：https://a.org/code<br>
        论文链接：{ARXIV}2<br>
        """,
        ["Face Models from Videos", "Hardware-Aware Design"],
    ),
    "titles before links": (
        f"""
        # Awesome

        - Joint Learning for People. [[paper]({ARXIV}1)][[code](https://a.org)]
        - **ViLT**: Vision and Words, *ICML 2021* [[pdf]]({ARXIV}2)
        - [Slides](https://a.org/s.pdf)
        """,
        ["Joint Learning for People", "ViLT: Vision and Words"],
    ),
    "a week's list of thoughts": (
        """
        # 本周

        ### 总结

        一共看了 3 篇论文。

        - 图像域的 loss
        - 对抗 loss

        ### References

        - [COCO](https://a.org)
        """,
        [],
    ),
}


@pytest.mark.parametrize(("text", "papers"), LISTS.values(), ids=LISTS.keys())
def test_lists_give_papers_only_where_one_is_named(text: str, papers: list[str]) -> None:
    text = textwrap.dedent(text).lstrip("\n")
    found = read_paper_notes(text, "list.md")
    drafts = [record.draft for record in found.records if record.draft]
    assert [draft.title for draft in drafts if draft.kind == "paper"] == papers
    assert_nothing_lost(text, found)


def test_block_properties_of_logseq() -> None:
    text = textwrap.dedent(
        """
        - [[Spider-DK]]
          authors:: Yujian Gan, Xinyun Chen
          year:: 2021
          - about domain knowledge
        - RAT-SQL
          arxiv:: 1911.04942
        """
    ).lstrip()
    spider, rat = read_paper_notes(text).records
    assert paper(spider).title == "Spider-DK"
    assert paper(spider).authors == ("Yujian Gan", "Xinyun Chen")
    assert "about domain knowledge" in body(spider)
    assert (paper(rat).title, paper(rat).arxiv_id) == ("RAT-SQL", "1911.04942")
    assert_nothing_lost(text, read_paper_notes(text))


def test_a_table_of_papers() -> None:
    text = textwrap.dedent(
        r"""
        intro

        ### 多模态

        | 标题 | 作者 | 年份 | Code | 备注 |
        | ---- | :--: | ---- | ---- | ---- |
        | [ViLT](http://arxiv.org/abs/2102.03334) | Kim, W., Son, B.|2021|[c](u)| 一<br>`a|b`\|y |
        |  | | | | |
        | CLIP | | 2021 | | |

        outro
        """
    ).lstrip()
    rest, vilt, clip = read_paper_notes(text).records
    draft = paper(vilt)
    assert (draft.title, draft.arxiv_id, draft.year) == ("ViLT", "2102.03334", 2021)
    assert draft.authors == ("Kim, W.", "Son, B.")
    assert vilt.tags == ("多模态",)
    assert body(vilt) == "一\n\n`a|b`\\|y\n\n- Code: [c](u)"
    assert (paper(clip).title, paper(clip).year, clip.notes) == ("CLIP", 2021, ())
    assert body(rest) == "intro\n\n### 多模态\n\noutro"
    assert_nothing_lost(text, read_paper_notes(text))


def test_a_table_of_figures_is_no_list_of_papers() -> None:
    record = one("| model | score |\n|---|---|\n| ViLT | 71 |\n| CLIP | 66 |\n")
    assert record.draft is None


def assert_nothing_lost(text: str, found: ReadFile) -> None:
    """Every line that is not blank stands in a record's or a problem's text."""
    kept = "\n".join([*(r.raw for r in found.records), *(p.raw for p in found.problems)])
    held = set(kept.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert [line for line in lines if line.strip() and line not in held] == []


# --- Values -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("Wonjae Kim and Bokyung Son", ["Wonjae Kim", "Bokyung Son"]),
        ("Kim, Wonjae and Son, Bokyung", ["Kim, Wonjae", "Son, Bokyung"]),
        ("Kim, W., Son, B.", ["Kim, W.", "Son, B."]),
        ("Wonjae Kim, Bokyung Son, and Ildoo Kim", ["Wonjae Kim", "Bokyung Son", "Ildoo Kim"]),
        ("Smith et al.", ["Smith", "et al."]),
        ("张三、李四，王五", ["张三", "李四", "王五"]),
        ("张三 等", ["张三", "et al."]),
        ("张三等", ["张三", "et al."]),
        ("张三 李四", ["张三", "李四"]),
        ("Jane Doe, PhD, John Roe, M.D., Ph.D.", ["Jane Doe", "John Roe"]),
        ("Smith, M.D., Doe, J.", ["Smith, M.D.", "Doe, J."]),
        ("Ann Lee 1, Bo Li¹*, Cy Fox 2,3", ["Ann Lee", "Bo Li", "Cy Fox"]),
        ("#zotero/author/Jo-Ho, #zotero/author/Al-Li", ["Jo Ho", "Al Li"]),
        ("Wu, Felix, Tao Yu, and Kilian Wein", ["Wu, Felix", "Tao Yu", "Kilian Wein"]),
        (["Kim, Wonjae", "Bokyung Son"], ["Kim, Wonjae", "Bokyung Son"]),
        ([{"family": "Kim", "given": "Wonjae"}, {"name": "WHO"}], ["Kim, Wonjae", "WHO"]),
        ("", []),
    ],
)
def test_authors(written: object, names: list[str]) -> None:
    assert parse_authors(written) == names  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("#vqa #模态/对齐", ["vqa", "模态/对齐"]),
        ("machine learning, vqa", ["machine learning", "vqa"]),
        (["#a", "[[b]]", "a"], ["a", "b"]),
        ("", []),
    ],
)
def test_tags(written: object, words: list[str]) -> None:
    assert parse_tags(written) == words  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("| a | b |", ["a", "b"]),
        ("a | b", ["a", "b"]),
        ("| a || c |", ["a", "", "c"]),
        (r"| [[x|y]] | `p|q` | r\|s |", ["[[x|y]]", "`p|q`", r"r\|s"]),
        ("no table", []),
    ],
)
def test_cells(row: str, expected: list[str]) -> None:
    assert split_row(row) == expected


# --- Any text -----------------------------------------------------------------------------------

PIECES = st.sampled_from(
    [
        *("---\n", "+++\n", "title: x\n", "title:: y\n", "doi: 10.1/x\n", "authors:: A B, C D\n"),
        *("- ", "  - ", "* ", "# ", "### ", "> ", "|", "|---|---|\n", "```\n", "`", "\\", "::"),
        *(
            "[a](http://arxiv.org/abs/2102.03334)",
            "[b](c.md)",
            "![p](q.png)",
            "![[r.png]]",
            "[[s|t]]",
        ),
        *("\n", "\n\n", "\r\n", "(2019)", "，", "标题", " ", "\t", "%% x %%", "\x00", "\ufeff"),
        '<img src="u.png">',
    ]
)


@given(st.one_of(st.text(max_size=300), st.lists(PIECES, max_size=40).map("".join)))
def test_any_text_is_read_and_nothing_is_lost(text: str) -> None:
    found = read_paper_notes(text, "a/b.md")
    looks_like_markdown(text)
    if text.replace("\ufeff", "").strip():
        assert_nothing_lost(text, found)
    for record in found.records:
        assert record.draft is not None or record.notes
        assert record.draft is None or record.draft.title or not record.raw.strip()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("---\ntitle: x\n---\n", True),
        ("# Head\n", True),
        ("see [a](b)\n", True),
        ("authors:: A\n", True),
        ("2102.03334\n1706.07230\n", False),
    ],
)
def test_what_looks_like_markdown(text: str, expected: bool) -> None:
    assert looks_like_markdown(text) is expected


def test_a_file_of_endless_lines_is_kept_whole_and_said_so() -> None:
    text = "# Papers\n" + "- a\n" * LINES_LIMIT
    (record,) = read_paper_notes(text, "list.md").records
    assert record.draft is None
    assert record.notes[0].body.count("- a") == LINES_LIMIT
    assert "More than 50000 lines" in str(record.remarks[0])
