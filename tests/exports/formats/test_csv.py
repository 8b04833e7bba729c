"""CSV: what is written reads back as the same table, and no cell calculates."""

import csv as plain
import io
from datetime import date

from hypothesis import given, settings

from app.exports.formats import csv
from app.exports.formats.table_model import Head, Sheet, TableEntry
from tests.exports.comparison_csv import parse_csv, strip_formula_guard
from tests.exports.sheets import LINE, SPECIAL, TEXT, sheets


@settings(max_examples=40)
@given(sheets())
def test_a_comparison_reads_back_as_it_was(sheet: Sheet) -> None:
    read = parse_csv(csv.write_csv(sheet))
    assert read.rows == tuple(Head(row.slug, row.name) for row in sheet.rows)
    assert read.columns == tuple(Head(column.slug, column.name) for column in sheet.columns)
    assert read.cells == sheet.cells


def test_a_pair_of_scores_stands_below_the_cell_and_a_hypothesis_in_its_blank() -> None:
    figure = "+12.6 on Spider-DK, RESDSQL-3B ± NatSQL"
    sheet = Sheet(
        slug="vqa-sql",
        title="VQA to SQL",
        day=date(2026, 11, 24),
        rows=(Head("natsql", "NatSQL"),),
        columns=(Head("dk", "DK"), Head("syn", "Syn")),
        cells={("natsql", "dk"): TableEntry("addresses", "high", figures=(figure,))},
        untried=frozenset({("natsql", "syn")}),
    )
    text = csv.write_csv(sheet)
    assert f'NatSQL [natsql],"addresses (high)\n{figure}",▷' in text
    assert parse_csv(text).untried == sheet.untried


@given(TEXT | LINE | SPECIAL)
def test_no_cell_begins_as_a_formula_does(text: str) -> None:
    (value,) = next(plain.reader(io.StringIO(csv.write_csv_line([text]), newline="")))
    assert not value.startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"))
    assert strip_formula_guard(value) == text


def test_a_formula_in_a_name_is_text() -> None:
    assert csv.guard_formula('=HYPERLINK("x")') == '\'=HYPERLINK("x")'
    assert strip_formula_guard(csv.guard_formula("'=1")) == "'=1"
    assert csv.guard_formula("门控融合") == "门控融合"


def test_papers_have_a_header_and_a_line_each() -> None:
    records = [{"title": "@门控", "tags": ["a", "b"], "year": None}]
    text = "".join(csv.write_csv_table(["title", "year", "tags"], records))
    assert text == "\ufefftitle,year,tags\r\n'@门控,,a; b\r\n"
