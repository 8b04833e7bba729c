"""What a reader writes, and what stands on the page."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it.helpers import parseLinkLabel
from markdown_it.parser_inline import ParserInline

from app.notes import syntax
from app.notes.markdown import _markup, find_references, plain_text, render_markdown
from app.notes.references import LinkReference, LinkTarget
from tests.notes.parsed import Parsed

SHA = "ab" * 32
VILT = LinkTarget("/papers/kim2021vilt", "ViLT: Vision-and-Language Transformer", "paper")
BEIT = LinkTarget("/papers/wang2022beit", "Image as a Foreign Language", "paper")
NMT = "Neural Machine Translation with Universal Visual Representation"
KNOWN = {
    LinkReference("paper", "kim2021vilt"): VILT,
    LinkReference("title", "vilt"): VILT,
    LinkReference("title", NMT.casefold()): LinkTarget("/papers/zhang2020nmt", NMT, "paper"),
    LinkReference("technique", "gated-fusion"): LinkTarget(
        "/techniques/gated-fusion", "Gated fusion", "technique", "门控融合"
    ),
    LinkReference("arxiv", "2208.10442"): BEIT,
}


def html(text: str) -> str:
    """The inside of the rendered element, without what says which blocks are Chinese."""
    inside = str(render_markdown(text, KNOWN)).partition("\n")[2].removesuffix("</div>").strip()
    return inside.replace(' lang="zh-Hans"', "")


def links(text: str) -> list[tuple[str | None, str | None]]:
    return [(a.get("href"), a.get("class")) for a in Parsed(html(text)).of("a")]


def test_stands_in_an_element_that_htmx_leaves_alone() -> None:
    assert str(render_markdown("x", {})).startswith(
        '<div class="prose" dir="auto" lang="en" hx-disable>'
    )


def test_blocks_with_chinese_say_so() -> None:
    shown = Parsed(str(render_markdown("one\n\n二\n\n- three\n- 四\n- [ ] 五\n\n# six 六", {})))
    marked = [tag for tag, attributes in shown.elements if attributes.get("lang") == "zh-Hans"]
    assert marked == ["p", "li", "li", "h2"]


def test_a_cell_of_links_alone_speaks_as_the_table_does() -> None:
    gate = LinkTarget("/techniques/gated-fusion", "Gated fusion", "technique", "门控融合")
    rows = "|---|---|\n| [[technique:gated-fusion]] | ● |"
    for head, name in (("| 概念 | T1 |", "门控融合"), ("| concept | T1 |", "Gated fusion")):
        links = {LinkReference("technique", "gated-fusion"): gate}
        shown = str(render_markdown(f"{head}\n{rows}", links))
        assert f">{name}</a>" in shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a **b** ~~c~~ `d`", "<p>a <strong>b</strong> <s>c</s> <code>d</code></p>"),
        ("# One", '<h2 id="md-one">One</h2>'),
        ("###### 六", '<h6 id="md-六">六</h6>'),
        (
            "- [x] done",
            '<ul>\n<li class="task task-done"><span class="task-box" data-line="0" title="done">'
            "☑</span> done</li>\n</ul>",
        ),
        (
            "- [ ] todo",
            '<ul>\n<li class="task"><span class="task-box" data-line="0" title="todo">'
            "☐</span> todo</li>\n</ul>",
        ),
        (
            "- [/] half *done*\n- a [/] b\n- [/](x)",
            '<ul>\n<li class="task"><span class="task-box" data-line="0" title="half done">◧</span>'
            " half <em>done</em></li>\n<li>a [/] b</li>\n"
            '<li><a href="x" rel="noopener noreferrer">/</a></li>\n</ul>',
        ),
        ("> 想法", '<blockquote class="thought">\n<p>想法</p>\n</blockquote>'),
        ("H<sub>2</sub>O<br>x", "<p>H<sub>2</sub>O<br>x</p>"),
        ("a <!-- aside --> b", "<p>a  b</p>"),
    ],
)
def test_markup(text: str, expected: str) -> None:
    assert html(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("**重要。**后文", "<p><strong>重要。</strong>后文</p>"),
        ("前文**“引用”**后文", "<p>前文<strong>“引用”</strong>后文</p>"),
        ("关注**（区域）**的", "<p>关注<strong>（区域）</strong>的</p>"),
        ("~~不对。~~对", "<p><s>不对。</s>对</p>"),
        ("一**二**三", "<p>一<strong>二</strong>三</p>"),
        ("a*b *c", "<p>a*b *c</p>"),
        ("snake_case_name", "<p>snake_case_name</p>"),
    ],
)
def test_emphasis_beside_chinese(text: str, expected: str) -> None:
    assert html(text) == expected


def test_a_new_line_in_chinese_is_a_new_line_and_in_wrapped_english_a_space() -> None:
    assert html("3 February, 2023\n建议**一**\n二") == (
        "<p>3 February, 2023<br>\n建议<strong>一</strong><br>\n二</p>"
    )
    assert html("wrapped\nby hand") == "<p>wrapped\nby hand</p>"


class TestMath:
    def test_is_left_as_readable_tex_for_katex(self) -> None:
        assert html(r"$x^2 < y$") == '<p><span class="math">x^2 &lt; y</span></p>'
        displayed = '<p><span class="math" data-display="true">\\frac{1}{2}</span></p>'
        assert html("$$\n\\frac{1}{2}\n$$") == displayed
        assert html("$$\\frac{1}{2}$$") == displayed

    @pytest.mark.parametrize(
        "text",
        [
            r"$\color{red} {No} $",
            r"$\color{red}{No}$",
            r"$\textcolor{red}{No}$",
            r"$ \color{red} No $",
        ],
    )
    def test_a_coloured_word_is_that_word_in_that_colour(self, text: str) -> None:
        assert html(text) == '<p><span class="ink-red">No</span></p>'
        assert plain_text(text) == "No"

    def test_a_coloured_formula_is_left_to_katex(self) -> None:
        tex = r"\color{red}{x_1} + y"
        assert html(f"${tex}$") == f'<p><span class="math">{tex}</span></p>'

    @pytest.mark.parametrize(
        "text", ["$5 and $6", "cost $ 5 $ now", r"\$x\$", "`$x$`", "US$ 5 or $", "$$"]
    )
    def test_prices_and_code_are_none(self, text: str) -> None:
        assert "math" not in html(text)


class TestCode:
    def test_is_marked_by_classes_and_stays_the_same_text(self) -> None:
        code = 'def f(x):\n    return "[[kim2021vilt]]" # $x$\n'
        shown = Parsed(html(f"```python\n{code}```"))
        assert shown.text == code
        assert ("span", {"class": "c-k"}) in shown.elements
        assert not any("style" in attributes for _, attributes in shown.elements)

    def test_of_an_unknown_language_is_shown_plain(self) -> None:
        assert html("```nosuch\na < b\n```") == (
            '<pre><code class="language-nosuch">a &lt; b\n</code></pre>'
        )


class TestLinks:
    @pytest.mark.parametrize(
        ("text", "url", "kind", "label"),
        [
            ("[[kim2021vilt]]", VILT.url, "paper", VILT.title),
            ("[[Kim2021ViLT|那篇]]", VILT.url, "paper", "那篇"),
            ("[[ViLT]]", VILT.url, "paper", VILT.title),
            ("[[technique:gated-fusion]]", "/techniques/gated-fusion", "technique", "Gated fusion"),
            (
                "用[[ Technique：Gated-Fusion ]]",
                "/techniques/gated-fusion",
                "technique",
                "门控融合",
            ),
            ("[[arXiv:2208.10442v2]]", BEIT.url, "paper", BEIT.title),
            (f"[{NMT}]", "/papers/zhang2020nmt", "paper", NMT),
            (f"区别于match)[{NMT}]", "/papers/zhang2020nmt", "paper", NMT),
        ],
    )
    def test_lead_to_what_they_name(self, text: str, url: str, kind: str, label: str) -> None:
        assert links(text) == [(url, kind)]
        assert label in html(text)

    def test_to_what_does_not_exist_offer_to_make_it(self) -> None:
        assert links("[[门控 与 T4|那条]]") == [
            ("/notes/new?title=%E9%97%A8%E6%8E%A7%20%E4%B8%8E%20T4", "unresolved")
        ]
        assert links("[[nobody2099x]]") == [("/papers/new?title=nobody2099x", "unresolved")]
        assert html("[[issue:nope]]") == '<p><span class="unresolved">issue:nope</span></p>'

    @pytest.mark.parametrize(
        "text", ["`[[ViLT]]`", "    [[ViLT]]", "[[]]", "[[ ]]", r"\[\[ViLT]]", "[CLS] [1] [^2]"]
    )
    def test_are_none_in_code_nor_where_nothing_is_named(self, text: str) -> None:
        assert links(text) == []

    def test_markdown_links_win(self) -> None:
        assert links("[[1]](https://a.org/x)") == [("https://a.org/x", None)]
        assert links("[ViLT](https://a.org/x)") == [("https://a.org/x", None)]
        assert links("[a [[b]](https://a.org)") == [("https://a.org", None)]

    def test_unknown_brackets_keep_the_markup_inside(self) -> None:
        assert html("[some **bold**]") == "<p>[some <strong>bold</strong>]</p>"

    def test_and_formulas_work_in_the_cells_of_tables(self) -> None:
        shown = Parsed(
            html("| a | b |\n|:-:|---|\n| [[kim2021vilt|ViLT]] | $P(x|y)$ |\n| $5 | $6 |")
        )
        assert shown.of("td") == [{"class": "align-center"}, {}, {"class": "align-center"}, {}]
        assert shown.of("a")[0]["href"] == VILT.url
        assert "P(x|y)" in shown.pieces
        assert {"$5", "$6"} <= set(shown.pieces)

    def test_are_collected_for_backlinks(self) -> None:
        text = (
            "[[kim2021vilt]] [[technique:gated-fusion|门控]] [[a note’s title]] [Some Title] "
            "https://arxiv.org/pdf/2208.10442v2.pdf `[[not]]`"
        )
        assert find_references(text) == {
            LinkReference("paper", "kim2021vilt"),
            LinkReference("technique", "gated-fusion"),
            LinkReference("title", "a note’s title"),
            LinkReference("title", "some title"),
            LinkReference("arxiv", "2208.10442"),
        }
        assert find_references("nothing here") == frozenset()


class TestAddresses:
    @pytest.mark.parametrize(
        ("text", "address"),
        [
            ("https://a.org/x。中文", "https://a.org/x"),
            ("见https://a.org/x，以及", "https://a.org/x"),
            ("https://a.org/x的方法", "https://a.org/x"),
            ("https://zh.wikipedia.org/wiki/注意力 x", "https://zh.wikipedia.org/wiki/注意力"),
            ("(https://a.org/x_(y))", "https://a.org/x_(y)"),
            ("see https://a.org/a_b_c.", "https://a.org/a_b_c"),
            ("**https://a.org/x**", "https://a.org/x"),
            ("<https://a.org/x>", "https://a.org/x"),
        ],
    )
    def test_end_where_the_sentence_goes_on(self, text: str, address: str) -> None:
        shown = Parsed(html(text))
        assert len(shown.of("a")) == 1
        assert address in shown.pieces

    @pytest.mark.parametrize(
        "text",
        [
            "https://arxiv.org/pdf/2208.10442v2.pdf",
            "https://arxiv.org/abs/2208.10442。",
            "<https://arxiv.org/abs/2208.10442v1>",
            "arXiv:2208.10442",
            "见arXiv:2208.10442v2。",
        ],
    )
    def test_of_arxiv_papers_in_the_library_name_the_paper(self, text: str) -> None:
        shown = Parsed(html(text))
        assert [(a["href"], a["class"]) for a in shown.of("a")] == [(BEIT.url, "paper")]
        assert BEIT.title in shown.pieces

    def test_of_other_arxiv_papers_stay_links_to_arxiv(self) -> None:
        assert links("arXiv:2302.00902v1，") == [("https://arxiv.org/abs/2302.00902v1", None)]

    def test_with_a_label_keep_it(self) -> None:
        shown = Parsed(html("[the paper](https://arxiv.org/abs/2208.10442)"))
        assert "the paper" in shown.pieces

    @pytest.mark.parametrize("text", ["http://", "https://", "xarXiv:2208.10442", "a.org", "x://y"])
    def test_are_none(self, text: str) -> None:
        assert links(text) == []


class TestPictures:
    @pytest.mark.parametrize("source", [f"attachment:{SHA}", f"/attachments/{SHA}"])
    def test_that_we_hold_are_shown(self, source: str) -> None:
        assert Parsed(html(f'![图]({source} "t")')).of("img") == [
            {"src": f"/attachments/{SHA}", "alt": "图", "title": "t", "loading": "lazy"}
        ]

    def test_that_are_missing_are_named(self) -> None:
        assert html("![图](md_img/gate.png)") == (
            '<p><span class="missing-image">图 <code>md_img/gate.png</code></span></p>'
        )

    @pytest.mark.parametrize(
        "text",
        [
            "![x](https://evil.example/p.png)",
            "![x](//evil.example/p.png)",
            '<img src="https://evil.example/p.png" alt="x">',
            '<IMG SRC=https://evil.example/p.png alt="x" srcset="https://evil.example/q 2x">',
            "[![x](https://evil.example/p.png)](https://a.org)",
        ],
    )
    def test_of_other_hosts_are_not_fetched(self, text: str) -> None:
        shown = Parsed(html(text))
        assert shown.of("img") == []
        assert "missing-image" in html(text)
        assert "evil.example/p.png" in shown.text
        assert shown.balanced


class TestFootnotes:
    def test_lead_there_and_back_under_ids_of_their_own(self) -> None:
        shown = Parsed(str(render_markdown("a[^1] b[^1]\n\n[^1]: note", {}, prefix="n7-")))
        ids = {attributes["id"] for _, attributes in shown.elements if "id" in attributes}
        targets = {a["href"] for a in shown.of("a")}
        assert ids == {"n7-fn1", "n7-fnref1", "n7-fnref1:1"}
        assert targets == {f"#{each}" for each in ids}


def test_html_that_is_not_taken_is_shown_as_it_was_typed() -> None:
    assert Parsed(html("vector<int> <mask> <eos>")).text == "vector<int> <mask> <eos>"
    assert Parsed(html("<script>alert(1)</script>")).text == "<script>alert(1)</script>"


def test_plain_text_is_what_a_reader_sees() -> None:
    line = "**b** [[kim2021vilt|c]] [[technique:gated-fusion]] $x$ <b>d</b>"
    text = f"# A\n\n{line}\n\n- e\n\n```\nf\n```\n\n| g |\n|---|\n| h |"
    assert plain_text(text) == "A\nb c gated-fusion x d\ne\nf\ng\nh"


@settings(max_examples=200)
@given(
    st.lists(
        st.sampled_from(
            ["[", "]", "![", "(b)", "a", "`", "*", "\\\\", "[^", "^[", "[a](b)", "\n", "<a>", "[["]
        ),
        max_size=24,
    )
    .map("".join)
    .filter(lambda text: text.count("[") <= 20)
)
def test_brackets_match_as_in_the_library(text: str) -> None:
    """Ours passes each bracket once; markdown-it goes to the end from every one. Of more than
    twenty that are open, its limit of nesting, either reads another part."""
    made = _markup(text, frozenset(), "x")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(syntax._Helpers, "parseLinkLabel", staticmethod(parseLinkLabel))
        assert _markup(text, frozenset(), "x") == made


_BEGINNINGS = [
    *("[", "![", "[[", "@k", "#t", "==", "%%", "$", "\\(", "\\)", "\\*", "`", "~~", "*", "_"),
    *("^[", "[^1]", "<", "<b>", "&", "&amp;", ":", "://a", "arXiv:", "!"),
]


@settings(max_examples=200)
@given(
    st.lists(
        st.sampled_from([*_BEGINNINGS, "a", "中", " ", "\n", "]", ")", "x_y", "2301.00001"])
    ).map("".join)
)
def test_rules_are_asked_by_the_character_that_they_begin_with(text: str) -> None:
    """markdown-it asks each of them at each mark."""
    made = _markup(text, frozenset(), "x")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(syntax._Inline, "tokenize", ParserInline.tokenize)
        patch.setattr(syntax._Inline, "skipToken", ParserInline.skipToken)
        assert _markup(text, frozenset(), "x") == made


def test_a_text_of_marks_is_shown_as_it_is_written() -> None:
    shown = render_markdown("![" * 100_000, {})
    assert shown.count("![") == 100_000
    assert "<pre>" in shown
    assert find_references("[a]" * 100_000) == frozenset()


def test_a_long_paragraph_keeps_its_words_and_links() -> None:
    line = "Words and [a link](https://example.org) and **more** of them.\n"
    shown = render_markdown(line * 500, {})
    assert shown.count("https://example.org") == 500
    assert shown.count("<strong>more</strong>") == 500


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a ==high *x*== b == c", "<p>a <mark>high <em>x</em></mark> b == c</p>"),
        ("==重要。==后文", "<p><mark>重要。</mark>后文</p>"),
        ("a === b === c", "<p>a === b === c</p>"),
        ("`a ==b==`", "<p><code>a ==b==</code></p>"),
        ("a %%mine%% b", "<p>a  b</p>"),
        ("%%\nmine\n\nmine\n%%\n\nb", "<p>b</p>"),
        ("%% not closed", "<p>%% not closed</p>"),
        ("a \\(x^2\\) b", '<p>a <span class="math">x^2</span> b</p>'),
        ("$$\na\n\n= b\n$$", '<p><span class="math" data-display="true">a\n\n= b</span></p>'),
        ("$$\na\n\nb", "<p>$$\na</p>\n<p>b</p>"),
        ("\\[E = mc^2\\]", '<p><span class="math" data-display="true">E = mc^2</span></p>'),
        ("\\[\na\n= b\n\\]", '<p><span class="math" data-display="true">a\n= b</span></p>'),
        ("\\(see above\\) \\[not a link\\]", "<p>(see above) [not a link]</p>"),
        (
            "> [!tip] Try *it*\n> so",
            '<div class="callout callout-yes"><p class="callout-title">Try <em>it</em></p>'
            "<p>so</p></div>",
        ),
        (
            "> [!WARNING]-\n> 小心",
            '<details class="callout callout-part"><summary class="callout-title">警告</summary>'
            "<p>小心</p></details>",
        ),
        (
            f"![a map|300](attachment:{SHA})",
            f'<p><img src="/attachments/{SHA}" alt="a map" width="300" loading="lazy"></p>',
        ),
        ("![[map.png]]", '<p><span class="missing-image"> <code>map.png</code></span></p>'),
        (
            f'<img src="attachment:{SHA}" width="40">',
            f'<img src="/attachments/{SHA}" alt="" width="40" loading="lazy">',
        ),
    ],
)
def test_what_people_write_in_other_programs(text: str, expected: str) -> None:
    assert html(text) == expected


def test_what_is_hidden_is_not_found_and_titles_of_boxes_are() -> None:
    assert plain_text("a %%mine%% ==b==") == "a  b"
    assert plain_text("> [!tip] Try it\n> so") == "Try it so"
    assert plain_text(f"![a map|300](attachment:{SHA})") == "a map"


def test_a_note_that_is_shown_is_shown_once() -> None:
    inner = LinkTarget("/notes/7", "Inner", "note", shown="# One\n\n[[vilt]] ![[Inner]]\n\n# Two")
    resolve = {**KNOWN, LinkReference("title", "inner"): inner}
    shown = Parsed(str(render_markdown("![[Inner]]\n\n[[Inner]] ![[Inner]]", resolve)))
    assert [a["href"] for a in shown.of("a")] == [
        *("/notes/7", "/papers/kim2021vilt", "/notes/7"),
        *("/notes/7", "/notes/7"),
    ]
    assert len(shown.of("h2")) == 2
    part = Parsed(str(render_markdown("![[Inner#two]]", resolve)))
    assert len(part.of("h2")) == 1
    assert not any("id" in each for each in part.of("h2"))
