"""BibTeX and BibLaTeX → drafts."""

import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.kit.decoding import decode_text
from app.kit.text import tidy_body
from app.sources.bibliography import bibtex
from tests.sources.reading import by_key, left_over, paper, said

ZOTERO = (Path(__file__).parent / "fixtures/zotero.bib").read_text()
# Where an entry begins, told without the parser: an at sign and a word, which is no comment, macro
# preamble or what is no entry, and a bracket or a comma.
BEGINS = re.compile(
    r"(?<![\w\\.{])@\s*(?!(?:comment|string|preamble|xdata|set)\b)[^\W\d]\w*\s*[{(,]", re.IGNORECASE
)


SMITH = "Smith, III, John"


def one(fields: str, type: str = "article") -> str:
    return f"@{type}{{key,\n{fields}\n}}"


def test_a_preprint_with_everything() -> None:
    record = by_key(bibtex.read_bibtex(ZOTERO))["vaswani2017"]
    draft = paper(record)
    assert draft.title == "Attention is All you Need: $O(n^{2})$ & more"
    assert draft.authors == ("Vaswani, Ashish", "Schrödinger, Erwin", "Ørsted, Š.", "et al.")
    assert (draft.arxiv_id, draft.venue, draft.details["type"]) == ("1706.03762", "", "article")
    assert (draft.year, draft.published) == (2017, "2017-06")
    assert record.tags == ("attention", "transformer")
    assert record.files == (r"C:\Zotero\storage\vaswani.pdf", "notes.pdf")
    assert [note.body for note in record.notes] == ["A **good** note.\n\n- one"]
    assert (record.citekey, record.line) == ("vaswani2017", 10)
    assert record.raw.startswith("@article{vaswani2017,")
    assert record.raw.endswith("}")
    assert not record.remarks


def test_what_a_book_says_for_its_parts() -> None:
    record = by_key(bibtex.read_bibtex(ZOTERO))["凯撒2013"]
    draft = paper(record)
    assert draft.authors == ("张三", "李四")
    assert (draft.year, draft.doi) == (2013, "10.1000/abc_1")
    assert draft.venue == "Proceedings of Things"
    assert draft.details == {
        "type": "paper-conference",
        "page": "12-34",
        "publisher": "ACM",
        "editor": "Roe, Jane",
    }
    assert "10.48550/arXiv.2101.00001" in said(record)


def test_biblatex() -> None:
    record = bibtex.read_bibtex(ZOTERO).records[2]
    draft = paper(record)
    assert draft.authors == (
        "van Beethoven, Ludwig",
        "{World Health Organization}",
        "King, Jr., Martin Luther",
    )
    assert (draft.arxiv_id, draft.arxiv_version) == ("2102.03334", 2)
    assert draft.primary_category == "stat.ML"
    assert (draft.published, draft.kind, draft.details["type"]) == (
        "2021-02-05",
        "paper",
        "article",
    )
    assert draft.details["note"] == "tex.foo: bar"


def test_duplicate_keys_both_come() -> None:
    first, second = (each for each in bibtex.read_bibtex(ZOTERO).records if each.key == "kim2021")
    assert not first.remarks
    assert "Another entry of this file has the key “kim2021” too." in said(second)
    assert "“undefinedmacro”" in said(second)
    draft = paper(second)
    assert draft.title == "Second Empirical Methods in Natural Language Processing Book"
    assert (draft.year, draft.details["publisher"]) == (1999, "undefinedmacro")


def test_bad_entries_cost_no_others() -> None:
    found = bibtex.read_bibtex(ZOTERO)
    assert [record.key for record in found.records] == [
        *("vaswani2017", "凯撒2013", "kim2021", "kim2021", "spaced", "No key", "after", "procs")
    ]
    assert [(each.line, each.raw[:12]) for each in found.problems] == [
        (48, "@article{noT"),
        (50, "@article{cut"),
    ]
    assert found.problems[1].raw.endswith("year = 2000")
    rest = left_over(ZOTERO, found)
    assert "Free text between entries is a comment." in rest
    assert not BEGINS.search(rest)


def test_an_address_as_howpublished() -> None:
    assert paper(by_key(bibtex.read_bibtex(ZOTERO))["after"]).url == "https://example.org/a_b"


@pytest.mark.parametrize(
    ("date", "published", "year"),
    [
        ("date = {2004-07-XX}", "2004-07", 2004),
        ("date = {1999?~}", "", 1999),
        ("date = {2001-21}", "", 2001),
        ("date = {1987/..}", "", 1987),
        ("date = {2020-02-30}", "2020-02", 2020),
        ("year = {2020}, month = mar # {~3}", "2020-03-03", 2020),
        ("year = {2020}, month = {Sept.}", "2020-09", 2020),
        ("year = {2020}, month = 9, day = 4", "2020-09-04", 2020),
        ("year = {{2020a}}", "", 2020),
        ("year = {1999/2000}", "", 1999),
        ("year = {2020年3月}", "2020-03", 2020),
    ],
)
def test_dates(date: str, published: str, year: int) -> None:
    (record,) = bibtex.read_bibtex(one(f"title = {{T}}, {date}")).records
    assert (paper(record).published, paper(record).year) == (published, year)


def test_a_date_that_is_none_is_remarked() -> None:
    (record,) = bibtex.read_bibtex(one("title = {T}, year = {in press}")).records
    assert paper(record).year is None
    assert said(record) == "No year could be read in “in press”."


@pytest.mark.parametrize(
    ("written", "title"),
    [
        (r"{\"O}zg{\"u}r \'{\i} Erd{\H{o}}s {\ss} \aa", "Özgür í Erdős ß å"),
        (r"{\'{E}}cole {\it foo} \emph{bar}", "École foo bar"),
        (r"50\% \& a\_b 5 % of $x_{1}$ and {$<$}", "50% & a_b 5 % of $x_{1}$ and <"),
        (r"``quoted'' -- and --- more", "“quoted” – and — more"),
        (r"\unknowncommand{x} stays", r"\unknowncommandx stays"),
        (r"\textbackslash{}x \textbraceleft{}y", r"\x {y"),
        (r"one \href{http://x.org}{two} 2\^{}3 \~{}4", "one two 2^3 ~4"),
        ("costs $5 and $6", "costs $5 and $6"),
        ("a {B} \ue000 of \\{c\\}", "a B \ue000 of {c}"),
        (r"galaxies at z{\raisebox{-0.5ex}\textasciitilde}2", "galaxies at z~2"),
        ("注意力  机制\n 与对齐", "注意力 机制 与对齐"),
    ],
)
def test_tex_in_titles(written: str, title: str) -> None:
    (record,) = bibtex.read_bibtex(one(f"title = {{{written}}}")).records
    assert paper(record).title == title


@pytest.mark.parametrize(
    ("written", "authors"),
    [
        ("张三, 李四", ("张三", "李四")),
        ("张, 三 and 李, 四", ("张, 三", "李, 四")),
        ("{张三}", ("张三",)),
        ("Smith, J.; Doe, K.", ("Smith, J.", "Doe, K.")),
        ("family=Beethoven, given=Ludwig, prefix=van", ("van Beethoven, Ludwig",)),
        ("{Barnes and Noble, Inc.} and Foo", ("{Barnes and Noble, Inc.}", "Foo")),
        (r"Knuth, D.~E. and {\O}rsted", ("Knuth, D. E.", "Ørsted")),
        (r"{\relax Ch}arles Darwin and {\relax Yu}. Manin", ("Darwin, Charles", "Manin, Yu.")),
        (
            "The {ATLAS Collaboration} and {CMS} Collaboration",
            ("{The ATLAS Collaboration}", "{CMS Collaboration}"),
        ),
        ("Martin Luther King, Jr. and Smith, John, III", ("King, Jr., Martin Luther", SMITH)),
        ("Zhang, San (张三) and Li Si (李四)", ("Zhang, San (张三)", "Si, Li (李四)")),
        ("Wang X and Li YZ and others", ("Wang, X.", "Li, Y. Z.", "et al.")),
        ("X. Wang, Y.Z. Li and Z. Zhou", ("Wang, X.", "Li, Y.Z.", "Zhou, Z.")),
        ("Brown, A. & Grey, B. & others", ("Brown, A.", "Grey, B.", "et al.")),
        ("Procter & Gamble", ("{Procter & Gamble}",)),
        ("Brown, Ann, Grey, Bob", ("Brown, Ann", "Grey, Bob")),
        ("and Brown, A. and and Grey, B. and", ("Brown, A.", "Grey, B.")),
        ("张三、李四、等", ("张三", "李四", "et al.")),
        ("张三, 李四, and 王五", ("张三", "李四", "王五")),
        ("欧阳, 娜娜 and 国家统计局", ("欧阳, 娜娜", "{国家统计局}")),
        ("Bo van Dorp III and Knuth D. E.", ("van Dorp, III, Bo", "Knuth, D. E.")),
        ("J. D. Van der Waals", ("Van der Waals, J. D.",)),
        ("Team, Gemini and Anil, Rohan", ("{Gemini Team}", "Anil, Rohan")),
        ("Organization, World Health", ("{World Health Organization}",)),
        ("Kettle, {Inc.}", ("{Kettle, Inc.}",)),
        ("{{张三} and {李四} and {王五}}", ("张三", "李四", "王五")),
        ("{{Brown and Sons}}", ("{Brown and Sons}",)),
        ("Wei Wang 0015 and Li 0001, Bo and {Plan 0007}", ("Wang, Wei", "Li, Bo", "{Plan 0007}")),
    ],
)
def test_names(written: str, authors: tuple[str, ...]) -> None:
    (record,) = bibtex.read_bibtex(one(f"title = {{T}}, author = {{{written}}}")).records
    assert paper(record).authors == authors


@pytest.mark.parametrize(
    ("fields", "name", "value"),
    [
        ("pages = {pp. 1--9}", "page", "1-9"),
        ("pages = {第1-9页}", "page", "1-9"),
        ("pages = {1\u22129}", "page", "1-9"),
        ("pages = {123--}", "page", "123"),
        ("pages = {P12--S14}", "page", "P12-S14"),
        ("articlenumber = {8}", "page", "8"),
        ("edition = {segunda edición}", "edition", "2"),
        ("edition = {2-е изд.}", "edition", "2"),
        ("edition = {Twenty-first}", "edition", "21"),
        ("note = {(accessed 4 March 2021)}", "accessed", "2021-03-04"),
        ("note = {[Online; accessed 4-March-2021]}", "accessed", "2021-03-04"),
        ("note = {Zugriff: 4.3.2021}", "accessed", "2021-03-04"),
        ("note = {Consulté le 4 février 2021}", "accessed", "2021-02-04"),
        ("note = {访问时间: 2021年3月4日}", "accessed", "2021-03-04"),
        ("note = {[2021-03-04]}", "accessed", "2021-03-04"),
        (r"howpublished = {\url{http://x.org}, accessed 2021-03-04}", "accessed", "2021-03-04"),
        ("note = {Visited 2021-03-04. Also as TR 5}", "note", "Also as TR 5"),
        ("note = {It can be accessed since 2021}", "note", "It can be accessed since 2021"),
        ("urldate = {13/4/2021}", "accessed", "2021-04-13"),
        ("urldate = {4/13/2021}", "accessed", "2021-04-13"),
        ("urldate = {04/03/2021}", "accessed", "2021"),
    ],
)
def test_details(fields: str, name: str, value: str) -> None:
    (record,) = bibtex.read_bibtex(one(f"title = {{T}}, {fields}")).records
    assert paper(record).details.get(name) == value


DEEP = "".join(f"@xdata{{x{n}, xdata={{x{n + 1}}}}}\n" for n in range(900))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "@inproceedings{k, title={T}, crossref={b}} @xdata{p2, address={Paris}}"
            "@proceedings{b, title={B}, year=2020, crossref={c}, xdata={p1}}"
            "@xdata{p1, publisher={P}, xdata={p2}} @mvproceedings{c, title={C}, volume=3}",
            {"venue": "B", "year": 2020, "publisher": "P", "publisher-place": "Paris"},
        ),
        (DEEP + "@xdata{x900, publisher={P}} @book{k, title={T}, xdata=x0}", {"publisher": "P"}),
        (
            "@book{k, title={T}, xdata={a}} @xdata{a, xdata={b}, year=2001}"
            "@xdata{b, xdata={a}, publisher={P}}",
            {"year": 2001, "publisher": "P"},
        ),
        ("@book{k, title={T}, xdata={k}, crossref={k}, year=1999}", {"year": 1999}),
        (
            "@book{k, title={T}, publisher={xdata=a-b-publisher}, author={xdata=a-b}}"
            "@xdata{a-b, publisher={P}, author={X, Y}} @set{s, entryset={k}}",
            {"publisher": "P", "authors": ("X, Y",)},
        ),
    ],
)
def test_what_is_had_from_others_at_any_depth(text: str, said: dict[str, object]) -> None:
    read = bibtex.read_bibtex(text.replace("} @", "}\n@").replace("}@", "}\n@"))
    assert not read.problems
    draft = paper(by_key(read)["k"])
    assert {**draft.model_dump(), **draft.details} | said == {**draft.model_dump(), **draft.details}


@pytest.mark.parametrize(
    ("fields", "arxiv_id"),
    [
        ("eprint = {1706.03762}, archivePrefix = {arXiv}, primaryClass = {cs.CL}", "1706.03762"),
        ("eprint = {math/0611800}", "math/0611800"),
        ("journal = {CoRR}, volume = {abs/1706.03762}", "1706.03762"),
        ("url = {http://arxiv.org/abs/1706.03762v3}", "1706.03762"),
        ("doi = {10.48550/arXiv.1706.03762}", "1706.03762"),
        ("note = {arXiv:1706.03762 [cs]}", "1706.03762"),
        ("eprint = {123}, eprinttype = {pubmed}", None),
    ],
)
def test_arxiv_ids(fields: str, arxiv_id: str | None) -> None:
    (record,) = bibtex.read_bibtex(one(f"title = {{T}}, {fields}")).records
    assert paper(record).arxiv_id == arxiv_id


def test_kinds() -> None:
    kinds = {
        type: paper(bibtex.read_bibtex(one("title = {T}", type)).records[0]).kind
        for type in ("dataset", "online", "misc", "unheardof")
    }
    assert kinds == {"dataset": "dataset", "online": "link", "misc": "paper", "unheardof": "paper"}


def test_fields_that_are_given_twice_and_unknown_ones() -> None:
    (record,) = bibtex.read_bibtex(
        one("title = {T}, keywords = {a}, keywords = {b}, owner = {me}, colour = {red}")
    ).records
    assert record.tags == ("a", "b")
    assert said(record) == "Kept in the entry's text alone: colour."


def test_parentheses_and_carriage_returns() -> None:
    found = bibtex.read_bibtex("@book(k, title = {A (B)}, year = 1999)\r@book{l,\rtitle={C}}\r")
    assert [(each.key, each.line) for each in found.records] == [("k", 1), ("l", 2)]


def test_what_looks_like_it() -> None:
    assert bibtex.looks_like_bibtex(ZOTERO)
    assert bibtex.looks_like_bibtex("\ufeff@Article {x,")
    assert not bibtex.looks_like_bibtex("write to me@article{home} or @somebody")
    assert not bibtex.looks_like_bibtex("# Notes\n\n@kim2021 says")


PIECES = [
    *("@article{k,", "@book(", "@misc{", "}", "{", '"', "=", "#", ",", "\n", "title={x}", " "),
    *("\\", "author", "$", "@string{", "@comment{", '\\"o', "é", "中", ")", "%", "~", "note", "@"),
    *("crossref=k,", "\r", "\x0b", "\ufeff", "date=2"),
]


@example("@book(@book()@book(@book(")
@example("@string{crossref=k,@article{k,}}")
@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join) | st.text(max_size=200))
def test_nothing_raises_and_nothing_is_lost(text: str) -> None:
    found = bibtex.read_bibtex(text)
    text = tidy_body(text).removeprefix("\ufeff")
    assert not BEGINS.search(left_over(text, found).replace("@comment{", ""))


@pytest.mark.parametrize("name", ["*.bib"])
def test_every_shared_file(shared_dir: Path, name: str) -> None:
    files = sorted(file for file in (shared_dir / "data/bib").rglob(name) if file.is_file())
    assert files
    for file in files:
        text = tidy_body(decode_text(file.read_bytes())).removeprefix("\ufeff")
        found = bibtex.read_bibtex(text, file.name)
        entries = len(found.records) + len(found.problems)
        assert entries == len(BEGINS.findall(text)), file
        assert not BEGINS.search(left_over(text, found)), file


def test_what_macros_make_too_long_is_told() -> None:
    """Each line doubles the one before: 29 of them would make 5 GB."""
    lines = ['@string{s0 = "aaaaaaaaaa"}']
    lines += [f"@string{{s{n} = s{n - 1} # s{n - 1}}}" for n in range(1, 40)]
    text = "\n".join([*lines, "@misc{long, title = s39}", "@misc{short, title = s1 # { b}}"])
    read = bibtex.read_bibtex(text)
    assert [record.draft.title for record in read.records if record.draft] == ["a" * 20 + " b"]
    assert [str(problem.why) for problem in read.problems] == [bibtex.TOO_LONG]
    assert read.problems[0].raw == "@misc{long, title = s39}"


def test_what_entries_take_from_each_other_has_a_limit() -> None:
    book = "@book{b, title={B}, note={" + "a" * 100_000 + "}, publisher={" + "p" * 100_000 + "}}\n"
    chapters = "".join(f"@inbook{{c{n}, title={{C}}, xdata={{b,b,b}}}}\n" for n in range(300))
    read = bibtex.read_bibtex(book + chapters)
    assert 50 < len(read.records) < 200
    assert {str(problem.why) for problem in read.problems} == {bibtex.TOO_LONG}
    assert len(read.records) + len(read.problems) == 301


def test_a_file_of_braces_is_kept_whole() -> None:
    read = bibtex.read_bibtex("@a{" * 100_000)
    assert [len(problem.raw) for problem in read.problems] == [300_000]


def test_chapters_versions_and_events() -> None:
    text = """
@inbook{c, title={C}, author={A, B}, chapter={4}, crossref={p}}
@book{p, title={P}, author={W, V}, year={1999}}
@software{s, title={S}, version={1.2}}
@inproceedings{e, title={E}, booktitle={Proc}, eventdate={2019-05-03/2019-05-05}}
"""
    chapter, book, program, talk = map(paper, bibtex.read_bibtex(text).records)
    assert chapter.details == {
        "type": "chapter",
        "chapter-number": "4",
        "container-author": "W, V",
    }
    assert (chapter.venue, chapter.authors, book.authors) == ("P", ("A, B",), ("W, V",))
    assert program.details["version-number"] == "1.2"
    assert talk.details["event-date"] == "2019-05-03"


@pytest.mark.parametrize(
    ("type", "fields", "read"),
    [
        ("commentary", "", "book"),
        ("licentiatethesis", "", "thesis"),
        ("conferencepaper", "", "paper-conference"),
        ("journalarticle", "", "article-journal"),
        ("techreportseries", "", "report"),
        ("treaty", "", "treaty"),
        ("unheardof", "", "document"),
        ("article", "entrysubtype={magazine}", "article-magazine"),
    ],
)
def test_a_type_is_read_as_its_nearest(type: str, fields: str, read: str) -> None:
    found = bibtex.read_bibtex(f"@{type}{{k, title={{T}}, {fields}}}\n@book{{b, title={{U}}}}")
    assert not found.problems
    assert [paper(each).details["type"] for each in found.records] == [read, "book"]


@pytest.mark.parametrize(
    "text",
    [
        '@article{k,title={T} year={2019} author="A, B"}',
        "@article{k,\n title={T},,\n year={2019},, author={A, B}}",
        "@article{k\n title = {T}, year=2019, author={A, B}}",
        "@ article{k, title={T}, year=2019, author={A, B}}",
        "@article{title={T}, year=2019, author={A, B}}",
    ],
)
def test_a_comma_that_is_missing_or_too_many_costs_no_field(text: str) -> None:
    (record,) = bibtex.read_bibtex(f"{text}\n@book{{b}}").records
    draft = paper(record)
    assert (draft.title, draft.year, draft.authors) == ("T", 2019, ("A, B",))


def test_a_macro_that_names_a_later_one_is_told() -> None:
    text = '@string{a = "Proc. " # b}\n@string{b = "X"}\n@misc{k, title={T}, howpublished=a}'
    assert "“b”" in said(bibtex.read_bibtex(text).records[0])


@pytest.mark.parametrize(
    ("pages", "read"),
    [
        ("12~34", "12-34"),
        ("12～34", "12-34"),
        ("12 to 34", "12-34"),
        ("(12--34)", "12-34"),
        ("103-1 - 103-9", "103-1–103-9"),
    ],
)
def test_ranges_of_pages(pages: str, read: str) -> None:
    (record,) = bibtex.read_bibtex(one(f"title={{T}}, pages={{{pages}}}")).records
    assert paper(record).details["page"] == read


@pytest.mark.parametrize(
    ("publisher", "address"),
    [
        ("[s.n.]", "[S.l.]"),
        ("s. n.", "S. l."),
        ("出版者不详", "出版地不详"),
        ("[出版者不详]", "[出版地不详: 出版者不详]"),
        ("", "[S.l.: s.n.]"),
    ],
)
def test_a_place_or_publisher_that_is_not_known_is_none(publisher: str, address: str) -> None:
    fields = f"title={{T}}, publisher={{{publisher}}}, address={{{address}}}"
    (record,) = bibtex.read_bibtex(one(fields, "book")).records
    assert paper(record).details == {"type": "book"}


@pytest.mark.parametrize(
    ("month", "published"), [("五月", "2019-05"), ("12th December", "2019-12-12")]
)
def test_months_in_other_words(month: str, published: str) -> None:
    (record,) = bibtex.read_bibtex(
        one(f"title={{T}}, year={{２０１９}}, month={{{month}}}")
    ).records
    assert paper(record).published == published


@pytest.mark.parametrize(
    ("fields", "url", "remark"),
    [
        ("ee={https://example.org/a}", "https://example.org/a", ""),
        ("bdsk-url-1={https://example.org/a\\_b}", "https://example.org/a_b", ""),
        ("link={https://example.org/a}, url={https://b.org}", "https://b.org", ""),
        ("url={https://a.org and https://b.org}", "https://a.org", "https://b.org"),
        (
            "howpublished={Available at \\url{https://a.org} (accessed 3 May 2019)}",
            "https://a.org",
            "",
        ),
    ],
)
def test_addresses_wherever_they_stand(fields: str, url: str, remark: str) -> None:
    (record,) = bibtex.read_bibtex(one(f"title={{T}}, {fields}", "misc")).records
    draft = paper(record)
    assert (draft.url, "note" in draft.details) == (url, False)
    assert said(record) == (f"It names other addresses too: {remark}." if remark else "")
