"""Habits of people's notes, one a kind: what they say of their paper, and what they do not."""

import textwrap

import pytest

from app.sources.drafts import PaperDraft, RecordDraft
from app.sources.markdown.papers import read_paper_notes

TITLE = "Kettles: Boiling Water over Several Rooms"
PEOPLE = ("Ann Example", "Bob Sample")
ARXIV = "https://arxiv.org/abs/2301.00001"
DOI = "https://doi.org/10.1145/1.2"


def read(text: str, name: str = "note.md") -> list[RecordDraft]:
    return list(read_paper_notes(textwrap.dedent(text).lstrip("\n"), name).records)


def papers(text: str, name: str = "note.md") -> list[PaperDraft]:
    drafts = (record.draft for record in read(text, name))
    return [draft for draft in drafts if draft and draft.kind == "paper"]


def paper(text: str, name: str = "note.md") -> PaperDraft:
    (draft,) = papers(text, name)
    return draft


# --- Labels and their values --------------------------------------------------------------------


@pytest.mark.parametrize("line", ["Date: 06/10/2014", "Posted: 06/10/2014", "Tags: boiling, 2014"])
def test_a_labelled_line_below_a_title_names_nobody(line: str) -> None:
    draft = paper(f"# [Boiling Water]({ARXIV})\n\n{line}  \nStatus: read\n\nGood.\n")
    assert (draft.title, draft.authors) == ("Boiling Water", ())


@pytest.mark.parametrize(
    "labels",
    [
        ("英文标题：{}", "中文标题：水壶：烧水"),
        ("中文标题：水壶：烧水", "英文标题：{}"),
        ("标题：水壶：烧水", "原标题：{}"),
    ],
)
def test_the_title_in_its_own_language_wins_over_a_translated_one(labels: tuple[str, str]) -> None:
    lines = "\n".join(f"**{label}**".replace("：", "**：", 1)[:-2] for label in labels)
    draft = paper(f"# 水壶：烧水\n\n{lines.format(TITLE)}\n**年份**：2023\n")
    assert (draft.title, draft.short_title) == (TITLE, "水壶：烧水")


@pytest.mark.parametrize("space", ["", " "])
@pytest.mark.parametrize("brackets", ["()", "（）"])
def test_where_it_was_published_behind_the_title_of_a_file_says_that_it_is_a_paper(
    space: str, brackets: str
) -> None:
    where = f"{brackets[0]}CVPR, 2017{brackets[1]}"
    draft = paper(f"---\ntitle: Boiling Water{space}{where}\n---\n\nThey boil.\n")
    assert (draft.title, draft.year, draft.venue) == ("Boiling Water", 2017, "CVPR 2017")


@pytest.mark.parametrize(
    ("label", "field", "expected"),
    [
        ("论文作者：Ann Example, Bob Sample", "authors", PEOPLE),
        ("作者团队：Ann Example, Bob Sample", "authors", PEOPLE),
        ("第一作者：Ann Example (Kettle University)", "authors", ("Ann Example",)),
        ("作者团队：水壶是两所大学合作提出的一种烧水模型", "authors", ()),
        ("收录：ICCV2017", "year", 2017),
        ("刊会简称：CVPR 2019", "venue", "CVPR 2019"),
        ("发表会议：截至2023年10月19日暂无", "year", None),
        ("时间（年份，预印本需要月份，如25.11）：2021", "year", 2021),
        ("Published: Advances in Kettles 36 (KETTLE 2020), Main Track", "year", 2020),
        ("**出处会议：** ICCV 2023", "venue", "ICCV 2023"),
        ("作者/机构（如可得）：Ann Example；Bob Sample", "authors", PEOPLE),
        ("发布日期或版本日期：2026-07-01（arXiv v2）", "year", 2026),
        ("발표: 2017년 KETTLE", "year", 2017),
        ("**论文ID：2012.00002**", "arxiv_id", "2012.00002"),
        ("Journal / Year: 2018", "year", 2018),
        ("- **Link**: [arxiv](https://arxiv.org/pdf/2012.00002) · [code](https://github.com/a/b)",
         "arxiv_id", "2012.00002"),
        ("**Authors**: Ann Example,\nBob Sample", "authors", PEOPLE),
        ("Published: Advances in Kettles 36 (KETTLE 2020); arXiv:2012.00002", "venue",
         "Advances in Kettles 36 (KETTLE 2020)"),
        ("论文ID：2012.00002", "arxiv_id", "2012.00002"),
        ("论文地址：<https://arxiv.org/ftp/arxiv/papers/2012/2012.00002.pdf>", "arxiv_id",
         "2012.00002"),
        ("DOI: 10.1016/0092-8674(91)90238-T", "doi", "10.1016/0092-8674(91)90238-T"),
        ("DOI: 10.1002/(SICI)1097(1998)17:15<1661::AID-X9>3.0.CO;2-2", "doi",
         "10.1002/(SICI)1097(1998)17:15<1661::AID-X9>3.0.CO;2-2"),
    ],
)  # fmt: skip
def test_labels_and_values(label: str, field: str, expected: object) -> None:
    link = "" if field == "arxiv_id" else "\n期刊链接：https://dl.acm.org/x.pdf"
    draft = paper(f"论文标题：{TITLE}\n{label}{link}\n\nGood.\n")
    assert draft.title == TITLE
    assert getattr(draft, field) == expected


def test_a_paper_in_quotation_marks_beside_its_id_stays_whole() -> None:
    text = f'**Paper:** "{TITLE}" (arXiv:2301.00001v2, Feb 2023)\n**Authors:** Ann Example\n'
    (record,) = read(text)
    assert record.draft is not None
    assert (record.draft.title, record.draft.arxiv_id) == (TITLE, "2301.00001")
    assert record.draft.year == 2023
    assert "v2, Feb 2023" in record.notes[0].body


@pytest.mark.parametrize(
    "pair", ["author: Bob", "url: https://tea.example.org/", "volume: 3", "date: 2020-01-02"]
)
def test_what_a_note_says_that_only_a_paper_has_a_place_for_stays(pair: str) -> None:
    (record,) = read(f"---\ntitle: Tea\n{pair}\n---\n\nGood.\n")
    assert record.draft is None
    assert pair.split(": ")[1] in record.notes[0].body


def test_authors_a_line_each_end_where_their_lines_do() -> None:
    text = f"> **Title**:: {TITLE}\n> **Author**:: Example, Ann\n> **Author**:: Sample, Bob<br>\n"
    assert paper(f"{text}> **Year**:: 2023\n").authors == ("Example, Ann", "Sample, Bob")


@pytest.mark.parametrize(
    ("date", "year"),
    [("2/1991", 1991), ("[[Sun, 2022/03/13]]", 2022), ("[[Wednesday, 2022-03-16]]", 2022)],
)
def test_dates_of_logseq(date: str, year: int) -> None:
    assert paper(f"title:: {TITLE}\nauthors:: Ann Example\ndate:: {date}\n\n- Good.\n").year == year


def test_a_second_venue_still_says_the_year() -> None:
    draft = paper(
        f"title:: {TITLE}\nproceedings-title:: Proceedings of Kettles\nconference-name:: ACL 2021\n"
    )
    assert (draft.venue, draft.year) == ("Proceedings of Kettles", 2021)


@pytest.mark.parametrize(
    "reference",
    [
        "引用：Example A, Sample B, et al. kettles boiling[J]. Advances in Kettles, 2021, 34: 9.",
        "**Citation**: Example, A. & Sample, B. (2021). Kettles boiling. *Kettle Letters*, 3.",
    ],
)
def test_a_reference_at_a_label_fills_what_is_not_said(reference: str) -> None:
    draft = paper(f"> 论文题目：{TITLE}\n>\n> 论文链接：{ARXIV}\n>\n> {reference}\n\nGood.\n")
    assert (draft.title, draft.year, draft.arxiv_id) == (TITLE, 2021, "2301.00001")
    assert [name.split()[0].strip(",") for name in draft.authors[:2]] == ["Example", "Sample"]


@pytest.mark.parametrize("value", ["123", "see [Kettles](kettles.md)", "[1] [2]"])
def test_what_is_no_reference_at_such_a_label_stays(value: str) -> None:
    text = f"论文标题：{TITLE}\n论文链接：{ARXIV}\n引用：{value}\n"
    (record,) = read(text)
    assert record.draft is not None
    assert (record.draft.title, record.draft.authors) == (TITLE, ())
    assert value in record.notes[0].body


def test_labels_in_paragraphs_of_html() -> None:
    draft = paper(
        f"""
        <p style="text-align:justify;"> 论文题目：<a href="{ARXIV}" title="x">{TITLE}</a></p>

        <p>发表会议：Conference on Kettles (KETTLE 2023)</p>

        第一作者：Ann Example (Kettle University)
        """
    )
    assert (draft.title, draft.arxiv_id, draft.year) == (TITLE, "2301.00001", 2023)
    assert draft.authors == ("Ann Example",)


# --- The paper's own link, and nothing else ------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        f"* [Link to the paper]({ARXIV})",
        f"*raw: [arXiv:2301.00001]({ARXIV})*",
        f"**论文地址**：{ARXIV}",
        f"- [arXiv.org Snapshot]({ARXIV})",
    ],
)
def test_a_link_called_by_what_it_leads_to_is_the_papers(line: str) -> None:
    draft = paper(f"{line}\n\nIt boils.\n\n# On kettles\n\nGood.\n", "Boiling Water.md")
    assert (draft.title, draft.arxiv_id, draft.year) == ("Boiling Water", "2301.00001", None)


@pytest.mark.parametrize(
    ("tags", "year"), [("['2017', 'NIPS 2017', AI]", 2017), ("[NIPS 2017, ICML 2018]", None)]
)
def test_a_tag_that_is_a_venue_says_the_year(tags: str, year: int | None) -> None:
    text = f"---\ntitle: Boiling Water\ntags: {tags}\n---\n\n* [Link to the paper]({ARXIV})\n"
    assert paper(text).year == year


# --- Titles without labels ----------------------------------------------------------------------


def test_two_items_above_all_are_a_title_and_its_author() -> None:
    draft = paper(f"* {TITLE}\n* Ann Example\n\n# Boiling\n\nGood.\n", "15-KETTLE/notes.md")
    assert (draft.title, draft.authors) == (TITLE, ("Ann Example",))


@pytest.mark.parametrize("items", ["Things To Do\n* Ann Example", f"{TITLE}\n* buy a kettle"])
def test_two_other_items_are_none(items: str) -> None:
    assert papers(f"* {items}\n\n# Boiling\n\nGood.\n", "notes.md") == []


@pytest.mark.parametrize(
    "suffix", ["阅读笔记", "论文笔记", "论文阅读", " 论文解读", "_论文阅读笔记"]
)
def test_a_files_name_says_that_it_is_about_a_paper(suffix: str) -> None:
    text = "#! https://zhuanlan.zhihu.com/p/1\nKettles: Boiling Water\n\n# Method\n\nGood.\n"
    assert paper(text, f"Kettles{suffix}.md").title == "Kettles: Boiling Water"
    assert paper("# Method\n\nGood.\n", f"Kettles{suffix}.md").title == "Kettles"


@pytest.mark.parametrize("name", ["论文阅读.md", "NLP论文阅读.md", "2024论文阅读.md"])
def test_a_name_of_no_paper_says_nothing(name: str) -> None:
    assert papers("# Method\n\nGood.\n", name) == []


def test_the_title_that_a_text_says_it_is_a_note_on() -> None:
    text = f"# Kettles 论文解读\n\n**说明**：本文为论文**《{TITLE}》**的理解。\n"
    assert paper(text, "kettles.md").title == TITLE


@pytest.mark.parametrize(
    ("title", "sections", "found"),
    [
        (TITLE, ("Abstract",), True),
        ("Boiling Water over Several Rooms for Tea", ("Keypoints", "Problems", "Approaches"), True),
        (TITLE, ("Info", "主要思想", "结构", "缺点"), True),
        (TITLE, ("公式与定义", "所提算法", "评价方法"), True),
        (TITLE, ("Summary", "Pros", "Cons", "Other Comments"), True),
        (TITLE, ("Introduction/Motivations", "Proposed Methods", "Conclusions"), True),
        (TITLE, ("Abstract", "Introduction", "Steam", "Method", "Results", "Tea"), True),
        (TITLE, ("Abstract", "Buying one"), False),
        (TITLE, ("Introduction", "Overview"), False),
        ("Boiling", ("Abstract", "Method"), False),
    ],
)
def test_a_title_over_nothing_but_the_sections_of_a_paper(
    title: str, sections: tuple[str, ...], found: bool
) -> None:
    text = "".join(f"## {section}\n\nGood.\n\n" for section in sections)
    assert [draft.title for draft in papers(f"# {title}\n\n{text}")] == [title] * found


@pytest.mark.parametrize("heading", ["# Reading Summary 2019-04-23", "# Week 3"])
def test_a_title_below_a_heading_that_is_none(heading: str) -> None:
    parts = "### Problem Statement\n\nTea.\n\n### Proposed Solution\n\n### Contribution\n"
    assert paper(f"{heading}\n\nby Ann Example\n\n## {TITLE}\n\n{parts}").title == TITLE
    assert papers(f"{heading}\n\n## Tea\n\n{parts}") == []


@pytest.mark.parametrize(
    ("heading", "authors", "year"),
    [
        ("Boiling Water over Rooms (2004, Example and Sample)", ("Example", "Sample"), 2004),
        ("Boiling Water over Rooms KIT’ 19", (), 2019),
        ("Boiling Water over Rooms KETTLE2021", (), 2021),
        ("Boiling Water over Rooms, 2023\nExample et al", ("Example", "et al."), 2023),
        ("Boiling Water over Rooms, June 2024\nExample et al, 2024", ("Example", "et al."), 2024),
    ],
)
def test_what_stands_behind_a_title(heading: str, authors: tuple[str, ...], year: int) -> None:
    draft = paper(f"## {heading}\n\n**Gist** – Good.\n")
    assert (draft.title, draft.authors, draft.year) == ("Boiling Water over Rooms", authors, year)


@pytest.mark.parametrize("line", [f"{TITLE}; Ann Example, Bob Sample; KETTLE 2013"])
def test_a_title_between_semicolons(line: str) -> None:
    draft = paper(f'---\ntitle: "{line}"\nlayout: post\n---\n\nGood.\n')
    assert (draft.title, draft.authors, draft.year) == (TITLE, PEOPLE, 2013)


def test_a_short_title_over_the_whole_one() -> None:
    text = f"---\ntitle: 论文笔记-KNet\n---\n\n# [Boiling Water over Rooms]({ARXIV})\n\nTea.\n"
    draft = paper(text)
    assert (draft.title, draft.short_title) == ("Boiling Water over Rooms", "KNet")
    assert draft.arxiv_id == "2301.00001"
    assert paper(text.replace("笔记-KNet", f"阅读[精读]-{TITLE}")).title == TITLE


def test_a_file_beside_that_a_title_links_stays() -> None:
    (record,) = read("# 1. 2019, [Boiling Water over Rooms](../pdf/KETTLE.pdf)\n\nTea.\n")
    assert record.draft is not None
    assert "](../pdf/KETTLE.pdf)" in record.notes[0].body


def test_words_below_a_title_that_are_nobody() -> None:
    draft = paper(f"# {TITLE} (KETTLE 2018)\n\n## Book Notes\n\n* Good.\n")
    assert (draft.title, draft.authors) == (TITLE, ())


@pytest.mark.parametrize("name", ["{}-2018", "2018-{}", "{}-2018-ACL"])
def test_the_year_that_a_files_name_has_beside_its_title(name: str) -> None:
    title = "Boiling Water over Rooms"
    text = "### ***Boiling*** **Water o**v**er Rooms**\n\n#### Steam\n\nGood.\n"
    draft = paper(text, f"{name.format(title)}.md")
    assert (draft.title, draft.year) == (title, 2018)
    assert papers(text, f"{title} again.md") == []


@pytest.mark.parametrize("name", ["", "@", " .md"])
@pytest.mark.parametrize("text", ["Good.\n", "# !!!\n"])
def test_a_file_without_a_name_or_a_heading(text: str, name: str) -> None:
    assert papers(text, name) == []


@pytest.mark.parametrize("url", ["https://[kettle.example/1", "https://a\u2100b.example/1"])
def test_an_address_that_is_none(url: str) -> None:
    draft = paper(f'---\ntitle: "{TITLE}"\nyear: 2014\nurl: {url}\n---\n')
    assert (draft.title, draft.doi) == (TITLE, None)
    assert [each.title for each in papers(f"# {TITLE}\n\nPaper: {url}\n\nYear: 2014\n")] == [TITLE]


@pytest.mark.parametrize(
    ("title", "tags", "part", "found"),
    [
        ("Boiling water in rooms", "categories: 论文", "摘要", True),
        ("Boiling water in rooms", "tags: [Paper Review, tea]", "Abstract", True),
        ("Boiling water in rooms", "categories: 论文", "Buying one", False),
        ("Boiling water in rooms", "categories: tea", "Abstract", False),
        ("烧水算法", "categories: 论文阅读", "摘要", False),
    ],
)
def test_a_post_that_its_blog_files_under_papers(
    title: str, tags: str, part: str, found: bool
) -> None:
    text = f"---\ntitle: {title}\n{tags}\ndate: 2020-01-02\n---\n\n## {part}\n\nGood.\n"
    assert [draft.title for draft in papers(text, "_posts/tea.md")] == [title] * found


@pytest.mark.parametrize("prefix", ["[논문 리뷰] ", "논문 리뷰: "])
def test_a_review_in_korean(prefix: str) -> None:
    assert paper(f'---\ntitle: "{prefix}{TITLE}"\n---\n\nGood.\n').title == TITLE
    assert paper("# Boiling Water\n\nTea.\n", "논문리뷰_Boiling Water.md").title == "Boiling Water"


def test_a_venue_with_an_honour_says_the_year() -> None:
    draft = paper(f"# {TITLE}\n\n## Info\n\n- CVPR2017 best paper\n\n## Method\n\nGood.\n")
    assert (draft.title, draft.year, draft.venue) == (TITLE, 2017, "CVPR 2017")


# --- Lists --------------------------------------------------------------------------------------


def test_headings_that_are_no_titles() -> None:
    text = """
        # On kettles

        ## Boiling Water over Several Rooms
        ### Ann Example, Bob Sample, Cy Other (KIT)
        ### ArXiv:1512, CVPR 2016

        Good.

        ## Kettle-CAM: Steam Explained
        ### Dee Sample, Ed Other, Flo Example
        ### Authors from Kettle Tech
        ### ArXiv:1610, ICCV 2017

        Better.
        """
    assert [(draft.title, draft.authors[0], draft.year) for draft in papers(text)] == [
        ("Boiling Water over Several Rooms", "Ann Example", 2016),
        ("Kettle-CAM: Steam Explained", "Dee Sample", 2017),
    ]


def test_a_month_over_items_with_several_links() -> None:
    text = f"""
        ### 2018-01
        * Boiling water [ [note](notes/a.md) ] [ [paper]({ARXIV}) ] [[code](https://x.org/a)]

        ### 2017-12
        * Cooling water [ [note](notes/b.md) ] [ [paper](https://arxiv.org/abs/2301.00002) ]
        """
    assert [(draft.title, draft.arxiv_id) for draft in papers(text)] == [
        ("Boiling water", "2301.00001"),
        ("Cooling water", "2301.00002"),
    ]


def test_items_of_a_title_and_its_id() -> None:
    text = f"""
        # Papers

        - **Kettles — Boiling Water** — [arXiv:2301.00001]({ARXIV})
        - **Cooling Water** (`b.pdf`) — [arXiv:2301.00002](https://arxiv.org/abs/2301.00002)
        - **Warm Water** (`c.pdf`) — [Kettle Lab](https://x.org/c) · [PDF](https://x.org/c.pdf)
        """
    assert [draft.title for draft in papers(text)] == [
        "Kettles — Boiling Water",
        "Cooling Water",
        "Warm Water",
    ]


def test_items_with_a_link_called_by_its_place() -> None:
    text = """
        - What Boils Water over Rooms? [[OpenReview](https://openreview.net/forum?id=1)] [[notes](https://x.org/a.md)]
        - Cooling Water over Rooms. [[springer](https://link.springer.com/chapter/1)]
        """
    assert [draft.title.split()[0] for draft in papers(text)] == ["What", "Cooling"]


def test_items_as_they_are_cited_with_their_address() -> None:
    text = """
        Kettles
        =======

        * Ann Example and Bob Sample. Boiling Water over Rooms. KETTLE 2007. http://x.org/a.pdf
          - Steam.
        * Cy Other et al. Cooling Water over Rooms. KETTLE 2014. https://x.org/b.pdf
        """
    assert [(draft.title, draft.authors, draft.url) for draft in papers(text)] == [
        ("Boiling Water over Rooms", PEOPLE, "http://x.org/a.pdf"),
        ("Cooling Water over Rooms", ("Cy Other", "et al."), "https://x.org/b.pdf"),
    ]


def test_headings_that_link_pages_of_the_web() -> None:
    text = "".join(
        f"## [Kettles ({n})](https://kettle.example.org/{n})\n\nTea.\n\n" for n in (1, 2)
    )
    assert papers(text) == []
    assert len(papers(text.replace("kettle.example.org/", "arxiv.org/abs/2301.0000"))) == 2


def test_years_and_tasks_among_conferences() -> None:
    part = "## {}\n\n- **Title** - Conference on {}\n- **Date** - 16/06/19\n- **URL** - https://x.org\n\n"
    text = f"# Conferences\n\n## 2019\n\nTea.\n\n## Task List\n\n- [ ] tea\n\n{part}{part}"
    assert papers(text.format("KIT", "Kettles", "TEA", "Tea")) == []


def test_a_titled_page_that_is_a_list() -> None:
    text = f"---\ntitle: Papers\n---\n\n- [Boiling Water]({ARXIV})\n- [Tea]({ARXIV}2)\n"
    assert [draft.title for draft in papers(text)] == ["Boiling Water", "Tea"]


def test_a_table_whose_head_names_papers() -> None:
    text = """
        | 论文题目 | 释义 | 代码 |
        |---|---|---|
        | Boiling Water over Several Rooms | 烧水。 | [Code](https://github.com/a/b) |
        | Cooling Water over Several Rooms | 冷却。 | [Code](https://github.com/a/c) |
        """
    assert [draft.title.split()[0] for draft in papers(text)] == ["Boiling", "Cooling"]


def test_the_colon_of_a_files_name_in_a_heading() -> None:
    assert paper("# [2015] K-Net_ Boiling Water over Rooms\n\nGood.\n").title == (
        "K-Net: Boiling Water over Rooms"
    )


WORDS = "\n\n".join(f"Words on how we read, {n}." for n in range(9))


@pytest.mark.parametrize(
    "listed",
    [
        f"- [Boiling Water]({ARXIV}) — good\n- [Cooling Water]({ARXIV}2)\n",
        "- [Boiling Water](notes/boiling.md)\n- [Cooling Water](notes/cooling.md)\n",
        "- Boiling Water [Paper](a.pdf) [Notes](a.md)\n- Cooling Water [Paper](b.pdf)\n",
        "|No.|论文|简介|\n|---|---|---|\n|1|Boiling Water|烧水。|\n|2|Cooling Water|冷却。|\n",
    ],
)
@pytest.mark.parametrize("heading", ["Reading List", "2016", "0x01 进度"])
def test_papers_listed_in_one_section_of_a_page_of_words(listed: str, heading: str) -> None:
    text = f"# Our reading\n\n{WORDS}\n\n## {heading}\n\n<a id='x'></a>\n\n{listed}"
    drafts = papers(text, "README.md")
    assert [draft.title for draft in drafts] == ["Boiling Water", "Cooling Water"]
    assert "Words on how we read, 8." in read(text, "README.md")[0].notes[0].body


@pytest.mark.parametrize("part", ["Method", "Further reading", "References"])
def test_papers_linked_in_the_notes_on_one_are_not_listed(part: str) -> None:
    listed = f"- [Boiling Water]({ARXIV})\n- [Cooling Water]({ARXIV}2)\n"
    text = f"# On kettles\n\n{WORDS}\n\n## {part}\n\n{listed}"
    assert papers(text) == []


def test_papers_that_words_only_mention_are_not_listed() -> None:
    listed = "\n".join(f"- {n} kettles: from A. Example. Boiling {n} of Them, 2019" for n in (3, 4))
    assert papers(f"# Kettles\n\n{WORDS}\n\n## Sets\n\n{listed}\n") == []


def test_entries_that_say_more_than_the_links_in_them() -> None:
    text = "".join(
        f"### Title: {name} Water over Several Rooms\nConference: KETTLE 2024\n"
        f"Paper Link: https://www.usenix.org/{name}\n\n[Understanding](./{name}.md)\n\n"
        for name in ("Boiling", "Cooling")
    )
    assert [draft.title.split()[0] for draft in papers(text, "README.md")] == ["Boiling", "Cooling"]


@pytest.mark.parametrize(
    "body",
    [
        f"# Boiling Water ([Link]({ARXIV}))\n\nGood.\n\n# Cooling Water ([pdf]({ARXIV}2))\n",
        f"- [Boiling Water]({ARXIV})\n- [Cooling Water]({ARXIV}2)\n",
    ],
    ids=["headings", "items"],
)
@pytest.mark.parametrize("words", ["", "Two papers this week.\n\n"])
def test_a_page_with_front_matter_on_several_papers(body: str, words: str) -> None:
    head = "---\ntitle: Week 24\ndate: 2024-06-16\ntags: [weekly]\nauthor: Bob\n---\n\n"
    opening, *others = read(f"{head}{words}{body}", "week.md")
    assert [each.draft.title for each in others if each.draft] == ["Boiling Water", "Cooling Water"]
    assert others[0].draft
    assert others[0].draft.arxiv_id == "2301.00001"
    (note,) = opening.notes
    assert (opening.draft, note.title, opening.tags) == (None, "Week 24", ("weekly",))
    assert note.body == f"- date: 2024-06-16\n- authors: Bob\n\n{words}".strip()


BESIDE = {
    "a table": "## Settings\n\n| Setting | Goal |\n|---|---|\n| Hot | boil |\n| Cold | cool |\n\n",
    "items": "## Sets\n\n- [Tea](https://tea.example.org)\n- [Mate](https://mate.example.org)\n\n",
    "contents": "- [Sets](#sets)\n- [Papers](#papers)\n\n",
}


@pytest.mark.parametrize("beside", BESIDE.values(), ids=BESIDE.keys())
@pytest.mark.parametrize("place", ["before", "behind"])
def test_what_stands_beside_a_list_takes_nothing_from_it(beside: str, place: str) -> None:
    listed = f"## Papers\n\n- [Boiling Water]({ARXIV})\n- [Cooling Water]({ARXIV}2)\n\n"
    text = beside + listed if place == "before" else listed + beside
    assert [draft.title for draft in papers(text)] == ["Boiling Water", "Cooling Water"]
    bodies = "".join(note.body for record in read(text) for note in record.notes)
    assert beside.split("\n\n")[-2] in bodies


@pytest.mark.parametrize(
    "item",
    [
        f"[KETTLE25] [{TITLE}]({ARXIV}) ✨",
        f"**Paper:** [{TITLE}]({ARXIV})",
        f"{TITLE} KETTLE 2023",
        f"[{TITLE}. arxiv, 2023]({ARXIV})",
        f"KSR - {TITLE} - KETTLE 2023",
        f"KETTLE 2023, {TITLE} [[pdf]]({ARXIV})",
        f"arxiv2023, {TITLE} [[pdf]]({ARXIV})",
        f"{TITLE} (from Kettle Lab) (an open kettle) [paper]({ARXIV}), [code](https://x.org)",
        f"A. Example, B. Sample, and C. Other, “{TITLE},” in Proc. of Kettles, 2023, pp. 1–9.",
        f"A. Example, “{TITLE},” Kettle Letters, 2023.",
        f'Example, Ann, Bob Sample, and Cy Other. "[{TITLE}](kettles.md)." Kettle Letters (2023).',
        f"([summary](a.html)) {TITLE} (KETTLE 2023)",
    ],
)
def test_what_stands_around_the_title_of_an_item(item: str) -> None:
    text = f"- {item}\n- [Cooling Water]({ARXIV}2)\n"
    assert [draft.title for draft in papers(text)] == [TITLE, "Cooling Water"]


def test_titles_alone_among_linked_ones() -> None:
    text = f"""
        - [Boiling Water]({ARXIV})
        - [Cooling Water]({ARXIV}2)
        - Warming Water Slowly over Several Small Rooms
          - Ann Likes This One Best of All
        - read more of these
        """
    drafts = papers(text)
    assert [draft.title.split()[0] for draft in drafts] == ["Boiling", "Cooling", "Warming"]


def test_links_that_are_called_alike_are_no_titles() -> None:
    rows = "".join(f"| 3/{n} | Tea | [doc](./{n}.md) |\n" for n in range(1, 5))
    assert papers(f"| Date | Topic | Keywords |\n|---|---|---|\n{rows}") == []
    parts = "".join(f"### [Part {n}](https://x.org/{n}/README.md)\n\n" for n in range(1, 5))
    assert papers(f"# Papers\n\n{parts}") == []


@pytest.mark.parametrize(
    "words",
    [
        "This paper boils water.",
        "Water is cold. This work warms it.",
        "本文把水烧开。",
        "이 논문은 물을 끓인다.",
    ],
)
def test_a_title_over_words_on_this_paper(words: str) -> None:
    title = "Boiling Water over Several Small Rooms"
    assert paper(f"# {title}\n\n{words}\n\n## Steps\n\nGood.\n").title == title
    assert papers(f"# Our notes\n\n{words}\n") == []


@pytest.mark.parametrize(
    ("below", "year"),
    [
        (f"Ann Example; Bob Sample; and Cy Other\n\n> **Kettles**\n> [{DOI}]({DOI})", None),
        ("#### Example, de Sample, Other (2018)", 2018),
    ],
)
def test_people_below_a_title_without_a_label(below: str, year: int | None) -> None:
    draft = paper(f"# Boiling Water over Several Small Rooms\n{below}\n\nGood.\n")
    assert len(draft.authors) == 3
    assert (draft.year, draft.doi) == (year, None if year else "10.1145/1.2")


def test_code_between_a_title_and_its_venue() -> None:
    below = "code-link: https://github.com/a/b\n\nKETTLE 2025\n\nGood.\n"
    part = f"### {{}} Water over Several Rooms\n{below}"
    text = f"# List\n{part.format('Boiling')}{part.format('Cooling')}"
    assert [(draft.title.split()[0], draft.venue) for draft in papers(text)] == [
        ("Boiling", "KETTLE 2025"),
        ("Cooling", "KETTLE 2025"),
    ]


@pytest.mark.parametrize("start", ["", "\n", "\n\n"])
def test_the_reference_at_the_foot_of_a_post(start: str) -> None:
    cited = (
        'A. Example and B. Sample, "Boiling water over several real-time rooms," 2011 Kettles, '
        "2011, doi: 10.1109/K.2011.6091100."
    )
    title = "Boiling Water over Several Real Time Rooms"
    head = f"---\ntitle: {title}\nauthor: bob\ndraft: false\n---\n\nGood.\n"
    text = f"{head}\n### Links\n\n- [{cited}](https://kettles.example.org/1)\n"
    draft = paper(f"{start}{text}")
    assert (draft.title, draft.year) == (title, 2011)
    assert (draft.authors, draft.doi) == (("A. Example", "B. Sample"), "10.1109/K.2011.6091100")


def test_a_post_called_by_the_short_name_of_its_paper() -> None:
    text = "---\ntitle: KNet论文笔记\n---\n\nKNet: Boiling Water over Several Rooms\n\nGood.\n"
    assert paper(text).title == "KNet: Boiling Water over Several Rooms"


def test_a_page_of_papers_and_of_code() -> None:
    part = "## {} water with kettles of many rooms\n- [link to paper](https://kettles.example.org/1)\n\n"
    text = f"# Papers\n{part.format('Boiling')}{part.format('Cooling')}# Code\n## Kettle tools\n"
    assert [draft.title.split()[0] for draft in papers(text)][:2] == ["Boiling", "Cooling"]


@pytest.mark.parametrize(("part", "found"), [("Abstract", True), ("Arrival", False)])
def test_a_file_named_by_a_title_over_parts_of_a_study(part: str, found: bool) -> None:
    title = "Boiling Water over Several Small Rooms"
    text = f"# Key words\n* Tea\n\n# {part}\n* Good.\n"
    assert [draft.title for draft in papers(text, f"{title}.md")] == [title] * found


def test_a_post_that_cites_its_paper_and_others() -> None:
    title = "Boiling Water over Rooms"
    cited = "".join(
        f'- Ann Example, Bob Sample, "{name}", Kettle Letters, 2017\n'
        for name in ("Kettles of Many Kinds", title, "Tea for Everybody Here")
    )
    draft = paper(f"## Proposed\n\nGood.\n\n## Sources\n\n{cited}", f"2017-06-20-{title}.md")
    assert (draft.title, draft.authors, draft.year) == (title, PEOPLE, 2017)


def test_a_sign_before_a_heading_is_no_part_of_the_tag() -> None:
    tagged = [each.tags for each in read(f"# Ours\n\n## 📝 Tea papers\n\n- [Boiling]({ARXIV})\n")]
    assert tagged[-1] == ("Tea papers",)


def test_the_reference_to_a_chinese_title_at_the_foot() -> None:
    cited = "张三, 李四. 多房间水壶的烧水方法研究[J]. 水壶学报, 2020, 43(5): 1-10."
    draft = paper(f"很好。\n\n## 来源\n\n- {cited}\n", "多房间水壶的烧水方法研究.md")
    assert (draft.title, draft.year) == ("多房间水壶的烧水方法研究", 2020)
    assert draft.authors == ("张三", "李四")
