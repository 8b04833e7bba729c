"""Tables of papers → drafts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import Invalid
from app.sources.bibliography import csv_table
from tests.sources.reading import paper, said

SCOPUS = """\
"Authors","Author full names","Title","Year","Source title","Volume","Page start","Page end",\
"DOI","Abstract","Author Keywords","EID"
"Smith J.; Doe A.B.","Smith, John (57190000000); Doe, Anna B. (57190000001)","Deep, deep nets",\
2019,"J. Nets","3","12","19","10.1000/deep.2019","First.

Second ""line"".","fusion; 对齐","2-s2.0-1"
"""


def test_what_scopus_writes() -> None:
    found = csv_table.read_csv(SCOPUS)
    assert csv_table.looks_like_csv(SCOPUS)
    assert not found.problems
    (record,) = found.records
    draft = paper(record)
    assert (draft.title, draft.year, draft.venue) == ("Deep, deep nets", 2019, "J. Nets")
    assert draft.authors == ("Smith, John", "Doe, Anna B.")
    assert (draft.doi, draft.details) == ("10.1000/deep.2019", {"volume": "3", "page": "12-19"})
    assert draft.abstract == 'First.\n\nSecond "line".'
    assert (record.tags, record.line, record.citekey) == (("fusion", "对齐"), 2, "")


@pytest.mark.parametrize(
    ("head", "mark"),
    [
        ("Title,Abstract,Authors,Publication Year,DOI", ","),
        ("document title;ABSTRACT;author;year;doi", ";"),
        ("题名\t摘要\t作者\t年份\tDOI", "\t"),
        ("primary_title|notes abstract|creators|date|DOI link", "|"),
        ("sep=;\nTitle;Abstract Note;Author;Date;DOI", ";"),
    ],
)
def test_columns_by_any_common_name(head: str, mark: str) -> None:
    cells = ["A title", "Its abstract", "Kim, W.; Son, B.", "2021.0", "https://doi.org/10.1000/abc"]
    row = mark.join(f'"{each}"' for each in cells)
    text = f"\ufeff{head}\r\n{row}\r\n"
    (record,) = csv_table.read_csv(text).records
    draft = paper(record)
    assert (draft.title, draft.year, draft.doi) == ("A title", 2021, "10.1000/abc")
    assert draft.authors == ("Kim, W.", "Son, B.")
    assert draft.abstract in ("Its abstract", "")


@pytest.mark.parametrize(
    ("head", "row", "said"),
    [
        ("Item Type,Title", "journalArticle,K", {"type": "article-journal"}),
        ("Title,Art. No.", "K,999", {"page": "999"}),
        ("Title,Document Type", "K,Conference paper", {"type": "paper-conference"}),
        ("PT\tAU\tTI\tSO\tPY\tBP\tEP", "J\tBrown, A\tK\tLetters\t2019\t1\t9", {"page": "1-9"}),
        ("Title,Type", "K,Something", {}),
    ],
)
def test_types_and_places_in_the_words_of_databases(head: str, row: str, said: object) -> None:
    (record,) = csv_table.read_csv(f"{head}\n{row}\n").records
    assert paper(record).details == said


@pytest.mark.parametrize(
    ("cell", "people"),
    [
        ("Smith J, Van der Berg AB, Li X", ("Smith, J.", "Van der Berg, A. B.", "Li, X.")),
        ("Wei Li, Jane Doe", ("Wei Li", "Jane Doe")),
        ("Kim, W., Son, B., Kim, I.", ("Kim, W.", "Son, B.", "Kim, I.")),
        ("Smith, John", ("Smith, John",)),
        ("Smith, John and Doe, Jane", ("Smith, John", "Doe, Jane")),
        ("['Wei Li', 'Jane Doe']", ("Wei Li", "Jane Doe")),
        ("张三；李四", ("张三", "李四")),
        ("张三, 李四", ("张三", "李四")),
        ("nan", ()),
    ],
)
def test_people_however_they_stand_apart(cell: str, people: tuple[str, ...]) -> None:
    (record,) = csv_table.read_csv(f'title,authors\nx,"{cell}"\n').records
    assert paper(record).authors == people


def test_a_row_without_a_title_is_kept_where_an_id_names_it() -> None:
    found = csv_table.read_csv(
        "title,abstract,doi,arxiv\n,,10.1000/abc,\n,,,2208.10442v2\n,An abstract alone,,\n,,,\n"
    )
    assert [paper(each).title for each in found.records] == ["", ""]
    assert (paper(found.records[0]).doi, paper(found.records[1]).arxiv_id) == (
        "10.1000/abc",
        "2208.10442",
    )
    (problem,) = found.problems
    assert (problem.line, str(problem.why)) == (4, "This entry has no title.")
    mended = problem.raw.replace(",An abstract", "Its title,An abstract")
    (record,) = csv_table.read_csv(mended).records  # it can be read by itself
    assert paper(record).title == "Its title"


def test_a_quotation_mark_that_is_not_closed_costs_one_row() -> None:
    found = csv_table.read_csv('title,year\na,2001\n"b,2002\nc,2003\nd,2004\n')
    assert [paper(each).title for each in found.records] == ["a", "c", "d"]
    assert [(each.line, each.raw) for each in found.problems] == [(3, 'title,year\n"b,2002')]


def test_verdicts_and_what_is_too_much() -> None:
    found = csv_table.read_csv(
        "title,asreview_label,verdict,reason,citekey\na,1,,,\nb,0,,,\nc,,try,why,kim2021\nd,,,,x,y,\n"
    )
    assert [each.verdict for each in found.records] == ["reference", "no", "try", ""]
    assert (found.records[2].reason, found.records[2].citekey) == ("why", "kim2021")
    assert "more cells than there are columns: y" in said(found.records[3])


@pytest.mark.parametrize(
    "text", ["name,size\na,1\n", "a\n", '"', "\n\n", "abstract,year\nb,2001\n"]
)
def test_a_table_of_something_else_is_refused_and_says_why(text: str) -> None:
    assert not csv_table.looks_like_csv(text)
    with pytest.raises(Invalid) as refused:
        csv_table.read_csv(text)
    assert "The first line names the columns" in str(refused.value)


@pytest.mark.parametrize("text", ["Title, a note\nand text\n", "title\n", "# Title, abstract\n"])
def test_what_is_no_table_is_not_taken_for_one(text: str) -> None:
    assert not csv_table.looks_like_csv(text)


@given(st.text(alphabet='ab,;"\n\t 题', max_size=80))
@settings(max_examples=100)
def test_every_row_is_a_record_or_a_problem(body: str) -> None:
    found = csv_table.read_csv(f"title,abstract\n{body}")
    raws = [each.raw for each in found.records] + [each.raw for each in found.problems]
    kept = "\n".join(raws)
    for letter in "ab题":
        assert kept.count(letter) >= body.count(letter)


@pytest.mark.parametrize("before", ["", " ", "\n\n  ", "sep=,\n ", "\ufeff sep=,\r\n"])
def test_a_head_is_found_wherever_it_begins(before: str) -> None:
    (record,) = csv_table.read_csv(f"{before}title,doi\nA paper,10.1000/1\n").records
    assert record.draft
    assert record.draft.title == "A paper"


@pytest.mark.parametrize("text", ["title,doi," * 10_000, "\n" * 30_000 + "title,doi\nA,10.1/a\n"])
def test_a_head_that_is_longer_than_any_is_none(text: str) -> None:
    assert not csv_table.looks_like_csv(text)
    with pytest.raises(Invalid) as refused:
        csv_table.read_csv(text)
    assert "No column" in str(refused.value)
