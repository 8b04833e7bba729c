"""BibTeX: another program reads it, and finds the same papers."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pybtex.database import BibliographyData, parse_string

from app.exports.formats.bibtex import (
    biblatex_entry,
    escape_bibtex,
    format_bibtex_authors,
    protect_title,
    write_bibtex,
    write_bibtex_entry,
)
from app.exports.formats.paper_entry import PaperEntry
from app.models import Paper
from tests.exports.sheets import CITEKEY, TEXT

ESCAPES = {
    r"\textbackslash{}": "\\",
    r"\textbraceleft{}": "{",
    r"\textbraceright{}": "}",
    r"\textasciitilde{}": "~",
    r"\textasciicircum{}": "^",
    **{"\\" + each: each for each in "$&#%_"},
    "{}": "",  # between characters that TeX would set as one
}
ESCAPE = re.compile("|".join(map(re.escape, ESCAPES)))


MATHEMATICS = re.compile(r"\{(\$.+?\$|\\\(.+?\\\))\}")  # in braces, as it was


def unescaped(text: str) -> str:
    """What LaTeX sets for `escaped(text)`; what has no command in it."""
    pieces = MATHEMATICS.split(text)
    return "".join(each if n % 2 else _unescaped(each) for n, each in enumerate(pieces))


def _unescaped(text: str) -> str:
    assert not re.search(r"[\\{}$&#%_~^]", ESCAPE.sub("", text)), text
    return ESCAPE.sub(lambda found: ESCAPES[found[0]], text)


def parsed(text: str) -> BibliographyData:
    return parse_string(text, "bibtex")


@given(TEXT)
def test_nothing_in_a_text_is_a_command(text: str) -> None:
    assert unescaped(escape_bibtex(text)) == text


@given(TEXT)
def test_a_protected_title_says_the_same(title: str) -> None:
    title = title.replace("$", "").replace("\\(", "")  # mathematics stays as it is, see below
    without = re.sub(r"(?<!text)(?<!left)(?<!right)(?<!slash)(?<!tilde)(?<!circum)\{", "", title)
    made = protect_title(without)
    flat = ESCAPE.sub("", made).replace("{", "").replace("}", "")
    assert flat == ESCAPE.sub("", escape_bibtex(without))
    assert made.count("{") == made.count("}")


@pytest.mark.parametrize(
    ("title", "made"),
    [
        ("A $k$-means of $a_b$", "A {$k$}-means of {$a_b$}"),
        ("A price of $5 and $6", r"A price of \$5 and \$6"),
    ],
)
def test_mathematics_in_a_title_stays_mathematics(title: str, made: str) -> None:
    assert protect_title(title) == made


@settings(max_examples=40)
@given(
    st.lists(
        st.builds(
            PaperEntry,
            paper=st.builds(
                Paper,
                citekey=CITEKEY,
                title=TEXT,
                venue=st.just("") | TEXT,
                year=st.none() | st.integers(1000, 2200),
                doi=st.none() | TEXT,
                url=st.just("") | TEXT,
                abstract=st.just("") | TEXT,
                published=st.sampled_from(["", "2023", "2023-02", "2023-02-30", "2023-99"]),
                arxiv_id=st.sampled_from([None, "2302.00902", "math/0611800"]),
                primary_category=st.sampled_from(["", "cs.CL"]),
            ),
            authors=st.lists(st.from_regex(r"[A-Z][a-zé]{1,8} [A-Z张]{1,8}", fullmatch=True)).map(
                tuple
            ),
            keywords=st.lists(TEXT, max_size=2).map(tuple),
        ),
        max_size=4,
        unique_by=lambda record: record.paper.citekey,
    )
)
def test_every_paper_is_an_entry_with_its_authors(records: list[PaperEntry]) -> None:
    entries = parsed("".join(write_bibtex(records))).entries
    assert list(entries.keys()) == [record.paper.citekey for record in records]
    for record in records:
        read = entries[record.paper.citekey]
        assert len(read.persons.get("author", [])) == len(record.authors)
        assert set(read.fields) >= {"title"}
        if record.paper.abstract:
            assert unescaped(read.fields["abstract"]) == record.paper.abstract


def test_a_preprint() -> None:
    paper = Paper(
        citekey="wang2022beit3",
        title="Image as a Foreign Language: BEiT Pretraining for All",
        year=2022,
        published="2022-08-22",
        arxiv_id="2208.10442",
        arxiv_version=2,
        primary_category="cs.CV",
        venue="arXiv",
    )
    assert write_bibtex_entry(PaperEntry(paper, ("Wenhui Wang", "张三"), ("预训练",))) == (
        "@misc{wang2022beit3,\n"
        "  title = {Image as a Foreign Language: {BEiT} Pretraining for All},\n"
        "  author = {Wenhui Wang and 张三},\n"
        "  year = {2022},\n"
        "  month = aug,\n"
        "  eprint = {2208.10442v2},\n"
        "  archiveprefix = {arXiv},\n"
        "  primaryclass = {cs.CV},\n"
        "  url = {https://arxiv.org/abs/2208.10442},\n"
        "  keywords = {预训练},\n"
        "}\n"
    )


@pytest.mark.parametrize(
    ("venue", "kind"),
    [
        ("", "document"),
        ("arXiv", "article"),
        ("arXiv (CVPR 2023 challenge)", "article"),
        ("CoRR abs/2301.1", "article"),
        ("ICML 2021", "paper-conference"),
        ("Findings of EMNLP 2023", "paper-conference"),
        ("Proceedings of the Conference on Science", "paper-conference"),
        ("Transactions of the ACL", "article-journal"),
        ("Journal of Machine Learning Research", "article-journal"),
        ("Nature", "article-journal"),
        ("计算机学报", "article-journal"),
        ("软件学报", "article-journal"),
    ],
)
def test_the_venue_says_what_it_is(venue: str, kind: str) -> None:
    paper = Paper(citekey="x", title="X", venue=venue, arxiv_id="2301.00001" if venue else None)
    assert PaperEntry(paper, ()).type == kind


@pytest.mark.parametrize(
    ("title", "written"),
    [
        ("ViLT: Vision-and-Language Transformer", "{ViLT}: Vision-and-Language Transformer"),
        ("A Large-Scale Study of Text-to-SQL", "A Large-Scale Study of Text-to-{SQL}"),
        ("Scaling with T5 and GPT-4 Models", "Scaling with {T5} and {GPT}-4 Models"),
        ("Learning what Spider databases ask", "Learning what {Spider} databases ask"),
        ("Deep learning: Beyond the Chinese room", "Deep learning: Beyond the {Chinese} room"),
        ("50% of C# & {F#}", r"50\% of {C\#} \& \textbraceleft{}F\#\textbraceright{}"),
        ("面向 SQL 的门控融合", "面向 {SQL} 的门控融合"),
    ],
)
def test_capitals_that_mean_something_are_kept(title: str, written: str) -> None:
    assert protect_title(title) == written


def test_names_are_not_taken_apart() -> None:
    assert format_bibtex_authors(["Kim, Wonjae", "Ana And", "Society for A and B", "et al."]) == (
        "Kim, Wonjae and {Ana And} and {Society for A and B} and others"
    )


def test_a_preprints_month_is_not_that_of_its_journal() -> None:
    preprint = Paper(citekey="x", title="X", year=2021, published="2021-12-31", arxiv_id="2112.1")
    assert "month = dec" in write_bibtex_entry(PaperEntry(preprint, ()))
    article = Paper(citekey="x", title="X", year=2021, published="2021-12-31", venue="Nature")
    assert "month = dec" in write_bibtex_entry(PaperEntry(article, ()))
    taken = preprint.model_copy(update={"venue": "Nature"})
    assert "month" not in write_bibtex_entry(PaperEntry(taken, ()))
    assert "date = {2021-12-31}" in biblatex_entry(PaperEntry(article, ()))


def test_a_keyword_with_a_comma_stays_one() -> None:
    assert "keywords = {red, green; blue}" in write_bibtex_entry(
        PaperEntry(Paper(citekey="x", title="X"), (), ("red, green", "blue"))
    )


def test_no_type_is_said_that_the_entry_says_already() -> None:
    unknown = PaperEntry(Paper(citekey="x", title="X"), ())
    assert unknown.type == "document"
    assert "entrysubtype" not in write_bibtex_entry(unknown)
    assert "entrysubtype" not in biblatex_entry(
        PaperEntry(Paper(citekey="x", title="X", url="https://example.org"), ())
    )


def test_a_suffix_has_its_own_place() -> None:
    assert (
        format_bibtex_authors(["Smith, Jr., John", "Doe, Jane"]) == "Smith, Jr., John and Doe, Jane"
    )
