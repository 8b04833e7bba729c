"""Markdown, read by the parser that reads our notes."""

import re
from datetime import date
from html import unescape

from hypothesis import given, settings
from markdown_it import MarkdownIt

from app.exports.formats import markdown
from app.exports.formats.table_model import CitedSource, Head, Sheet, TableEntry
from tests.exports.sheets import TEXT, say, sheets

READ = MarkdownIt("commonmark", {"html": False}).enable("table")


def cells(html: str) -> list[list[str]]:
    return [
        [unescape(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)]
        for row in re.findall(r"<tr>(.*?)</tr>", html, re.DOTALL)
    ]


@given(TEXT)
def test_a_text_shows_as_it_is(text: str) -> None:
    html = READ.render(f"# {markdown.escape_markdown(text)}\n")
    assert unescape(re.sub(r"</?h1>|\n", "", html)) == text.strip()


@settings(max_examples=40)
@given(sheets())
def test_the_table_has_every_row_and_column(sheet: Sheet) -> None:
    lines = cells(READ.render(markdown.write_markdown(sheet, say, {})))
    assert len(lines) == len(sheet.rows) + 1
    assert {len(line) for line in lines} == {len(sheet.columns) + 1}
    for row, line in zip(sheet.rows, lines[1:], strict=True):
        assert line[0] == "› " * row.depth + row.name
        for column, text in zip(sheet.columns, line[1:], strict=True):
            assert bool(text) == ((row.slug, column.slug) in sheet.cells)


def test_a_cell_in_words_and_its_sources_below() -> None:
    rests_on = (
        CitedSource("kim2021vilt"),
        CitedSource(note=12),
        CitedSource("shi2021gap", against=True),
    )
    sheet = Sheet(
        slug="vqa-sql",
        title="VQA → SQL",
        day=date(2026, 11, 24),
        rows=(Head("fusion", "Fusion", 0, True), Head("gated", "Gated|fusion", 1)),
        columns=(Head("unseen", "Unseen data"),),
        cells={("gated", "unseen"): TableEntry("partial", "high", True, 2, rests_on)},
        notes={12: "融合*"},
    )
    text = markdown.write_markdown(sheet, say, {"kim2021vilt": "Wonjae Kim et al. 2021. ViLT"})
    assert "| Fusion |  |" in text
    assert (
        "| › Gated\\|fusion | ◐ Partly addresses it, high confidence, ruled · [@kim2021vilt] · "
        "note 12 · against: [@shi2021gap] |"
    ) in text
    assert "2 techniques × 1 issues, 1 cells examined · 2026-11-24" in text
    assert "an empty cell: Not examined" in text
    assert "- `@kim2021vilt` Wonjae Kim et al. 2021. ViLT\n" in text
    assert "- note 12: 融合\\*\n" in text
