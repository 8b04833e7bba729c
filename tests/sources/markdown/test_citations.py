# ruff: noqa: E501 (a table of lines in one line each)
"""Papers as people cite them, in lists, in names of files and below titles."""

import pytest

from app.sources.drafts import PaperDraft, RecordDraft
from app.sources.markdown.citations import Citation, read_citation
from app.sources.markdown.papers import read_paper_notes


def draft_of(record: RecordDraft) -> PaperDraft:
    assert record.draft is not None
    return record.draft


@pytest.mark.parametrize(
    ("line", "title", "people", "year", "venue"),
    [
        ("**Rows and Regions** (Sample et al., 2019)", "Rows and Regions", ("Sample", "et al."), 2019, ""),
        ("**Rows and Regions.** *Sample, B., Example, A.* CVPR 2019.", "Rows and Regions", ("Sample, B.", "Example, A."), 2019, "CVPR 2019"),
        ("**Rows and Regions** | CVPR 2019 |", "Rows and Regions", (), 2019, "CVPR 2019"),
        ("Sample, B., & Example, A. (2019). Rows and regions. *CVPR*, 1–9.", "Rows and regions", ("Sample, B.", "Example, A."), 2019, "CVPR"),
        ("Sample et al. 2019. Rows and Regions. CVPR.", "Rows and Regions", ("Sample", "et al."), 2019, "CVPR"),
        ("Ann Example, Bob Sample. Rows and Regions. ACL 2023.", "Rows and Regions", ("Ann Example", "Bob Sample"), 2023, "ACL 2023"),
        ("Rows and Regions, Sample et al., CVPR 2019", "Rows and Regions", ("Sample", "et al."), 2019, "CVPR 2019"),
        ("Rows and Regions. 2019.", "Rows and Regions", (), 2019, ""),
        ("张三, 李四. 水壶分类研究综述[J]. 水壶学报, 2020, 43(5): 1-10", "水壶分类研究综述", ("张三", "李四"), 2020, "水壶学报"),
    ],
)  # fmt: skip
def test_a_paper_as_it_is_cited(
    line: str, title: str, people: tuple[str, ...], year: int, venue: str
) -> None:
    cited = read_citation(line)
    assert cited == Citation(title, people, year, venue)


@pytest.mark.parametrize(
    "line",
    [
        "Rows, regions and kettles",
        "A title: with a colon",
        "Deep learning, wide and long",
        "x" * 600,
    ],
)
def test_words_that_cite_nothing_stay_a_title(line: str) -> None:
    assert read_citation(line) is None


@pytest.mark.parametrize(
    "name",
    [
        *("Rows and Regions (CVPR 2019)", "Rows and Regions [CVPR 2019]", "2019-CVPR-Rows and Regions"),
        *("CVPR.2019.Rows and Regions", "CVPR 2019 - Rows and Regions", "Rows and Regions - CVPR 2019", "[2019 CVPR] Rows and Regions"),
    ],
)  # fmt: skip
def test_a_file_whose_name_says_the_venue(name: str) -> None:
    (record,) = read_paper_notes("The gate is cheap.\n", f"{name}.md").records
    draft = draft_of(record)
    assert (draft.title, draft.year, draft.venue) == ("Rows and Regions", 2019, "CVPR 2019")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("words\n", "Meeting 2019-05-01 with all of them.md"),
        ("# On reading, 2019\n\nwords\n", "x.md"),
        ("# Offsite - Berlin 2019\n\nwords\n", "x.md"),
    ],
)
def test_a_year_that_is_no_papers(text: str, name: str) -> None:
    (record,) = read_paper_notes(text, name).records
    assert record.draft is None


def test_numbers_of_references_are_no_part_of_them() -> None:
    text = "- [1] 张三, 李四. 水壶分类研究综述[J]. 水壶学报, 2020\n- [2] Sample B. Rows[C]. ACL, 2023.\n"
    drafts = [draft_of(each) for each in read_paper_notes(text, "list.md").records]
    assert [(each.title, each.authors[0]) for each in drafts] == [
        ("水壶分类研究综述", "张三"),
        ("Rows", "Sample, B"),
    ]


@pytest.mark.parametrize(
    "name", ["[1905.00001] A title", "论文阅读-A title", "Paper Review - A title"]
)
def test_a_file_whose_name_says_that_it_is_about_a_draft_of(name: str) -> None:
    (record,) = read_paper_notes("The gate is cheap.\n", f"{name}.md").records
    assert draft_of(record).title == "A title"


@pytest.mark.parametrize(
    "below",
    [
        "Ann Example, Bob Sample. ACL 2023.",
        "*Ann Example, Bob Sample* (ACL 2023) [[pdf](https://a.b/c.pdf)]",
        "> ACL 2023. Ann Example, Bob Sample",
    ],
)
def test_a_line_below_the_title_that_cites_the_draft_of(below: str) -> None:
    (record,) = read_paper_notes(f"# Rows and Regions\n\n{below}\n\nGood.\n", "x.md").records
    draft = draft_of(record)
    assert (draft.authors, draft.year) == (("Ann Example", "Bob Sample"), 2023)


def test_a_reading_list_without_links() -> None:
    text = "# Week 1\n\n1. Rows and Regions, Sample et al., CVPR 2019\n2. Kettles at Scale. ICML 2020\n- milk\n"
    _, rows, kettles = read_paper_notes(text, "week.md").records
    assert draft_of(rows).title == "Rows and Regions"
    assert (draft_of(kettles).title, draft_of(kettles).year) == ("Kettles at Scale", 2020)


def test_headings_with_their_venues_below_a_file_called_notes() -> None:
    text = "# Notes\n\n## Rows and Regions (CVPR 2019)\n\ngood\n\n## Kettles (ICML 2020)\n\nbad\n"
    records = read_paper_notes(text, "x.md").records
    assert [each.draft.title for each in records if each.draft] == ["Rows and Regions", "Kettles"]
