"""LaTeX by its structure; that it compiles was seen with Debian's TeX (xelatex, pdflatex)."""

import re
from datetime import date

from hypothesis import given, settings

from app.exports.formats import latex
from app.exports.formats.bibtex import write_bibtex
from app.exports.formats.paper_entry import PaperEntry
from app.exports.formats.table_model import CitedSource, Head, Sheet, TableEntry
from app.models import Paper
from tests.exports.formats.test_bibtex import parsed, unescaped
from tests.exports.sheets import TEXT, say, sheets


def bib(sheet: Sheet) -> str:
    records = (PaperEntry(Paper(citekey=key, title="X"), ()) for key in sheet.citekeys)
    return "".join(write_bibtex(records))


def written(sheet: Sheet) -> str:
    return latex.write_latex(sheet, say, bibliography=bib(sheet))


@given(TEXT)
def test_no_text_is_a_command_or_an_option(text: str) -> None:
    made = latex.escape_latex(text)
    assert not re.match(r"[\[*]", made), "after a line's end it would be an option"
    assert unescaped(re.sub(r"\{([\[\]*])\}", r"\1", made)) == text


@settings(max_examples=40)
@given(sheets())
def test_braces_and_environments_are_balanced(sheet: Sheet) -> None:
    text = re.sub(r"\\[{}]", "", re.sub(r"^%.*", "", written(sheet), flags=re.MULTILINE))
    depth = 0
    for each in text:
        depth += (each == "{") - (each == "}")
        assert depth >= 0
    assert depth == 0
    open_ones: list[str] = []
    for verb, name in re.findall(r"\\(begin|end)\{(\w+)\}", text):
        if verb == "begin":
            open_ones.append(name)
        else:
            assert open_ones.pop() == name
    assert not open_ones


@settings(max_examples=40)
@given(sheets())
def test_every_line_of_a_table_has_a_cell_for_each_column(sheet: Sheet) -> None:
    tables = re.findall(
        r"\\begin\{longtable\}\{@\{\}([^\n]*)@\{\}\}\n(.*?)\\end\{longtable\}",
        written(sheet),
        re.DOTALL,
    )
    assert sum(form.count("C{") for form, _ in tables) == len(sheet.columns)
    for form, body in tables:
        assert form.count("C{") <= 14, "more cannot be read on a page"
        lines = [line for line in body.splitlines() if line.endswith(r"\\")]
        assert len(lines) == len(sheet.rows) + 1
        for line in lines:
            assert len(re.findall(r"(?<!\\)&", line)) == form.count("C{")


@settings(max_examples=40)
@given(sheets())
def test_what_is_cited_is_in_the_bibliography(sheet: Sheet) -> None:
    cited = re.findall(r"\\cite\{([^}]*)\}", written(sheet))
    keys = {key for keys in cited for key in keys.split(",")}
    assert keys == set(parsed(bib(sheet)).entries.keys())
    assert (rf"\bibliography{{{sheet.slug}}}" in written(sheet)) == bool(keys)


def sheet(name: str = "Gated fusion", *cells: TableEntry) -> Sheet:
    columns = tuple(Head(f"c{number}", "Unseen data") for number in range(len(cells)))
    filled = {("gated", f"c{number}"): cell for number, cell in enumerate(cells)}
    return Sheet(
        "vqa-sql", "VQA → SQL", date(2026, 11, 24), (Head("gated", name),), columns, filled
    )


def test_chinese_asks_for_xelatex_and_latin_for_nothing() -> None:
    assert "ctex" in written(sheet("门控融合"))
    assert "ctex" not in written(sheet())
    assert "ctex" in latex.write_latex(sheet(), say, bibliography="author = {张三}")


def test_the_pairs_of_scores_stand_below_the_table_with_their_cells() -> None:
    made = written(sheet("A & B", TableEntry("addresses", "high", figures=("−3.2 on 50% & more",))))
    assert r"\item A \& B × " in made
    assert r": −3.2 on 50\% \& more" in made
    assert r"\symbolfor{−}" in made


def test_a_cell_says_stance_confidence_ruling_and_sources() -> None:
    sources = (
        CitedSource("kim2021vilt"),
        CitedSource("li2021albef"),
        CitedSource("x", against=True),
    )
    made = written(
        sheet(
            "Gated fusion",
            TableEntry(
                "partial", "high", ruled=True, claims=2, sources=(*sources, CitedSource(note=3))
            ),
            TableEntry("no-evidence", "low"),
        )
    )
    cell = r"\ruled{partial}{h} \cite{kim2021vilt,li2021albef} \note{3} \against{\cite{x}}"
    assert f"Gated fusion & {cell} & \\says{{no-evidence}}{{l}} \\\\" in made
    assert r"\symbolfor{→}{2192}{\rightarrow}" in made
