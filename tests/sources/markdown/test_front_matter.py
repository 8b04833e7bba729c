"""YAML, TOML and properties above a text: read as text, never run, refused when they would grow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.sources.markdown.front_matter import (
    LIMIT,
    list_item_lines,
    list_strings,
    parse_front_matter,
    property_of,
)


def test_yaml_is_text_as_written() -> None:
    text = "---\narxiv: 2210.10440\nyear: 2022\ndate: 2022-10-09\nread: yes\nempty:\n---\nbody\n"
    front = parse_front_matter(text)
    assert front.pairs == (
        ("arxiv", "2210.10440"),
        ("year", "2022"),
        ("date", "2022-10-09"),
        ("read", "yes"),
        ("empty", ""),
    )
    assert text[front.start :] == "body\n"


def test_toml_of_hugo() -> None:
    inner = 'title = "题目"\ntags = ["a", "b/c"]\ndraft = false\n[extra]\ndoi = "10.1/x"'
    text = f"+++\n{inner}\n+++\nbody"
    front = parse_front_matter(text)
    assert dict(front.pairs) == {
        "title": "题目",
        "tags": ["a", "b/c"],
        "draft": "false",
        "extra": {"doi": "10.1/x"},
    }
    assert text[front.start :] == "body"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_byte_order_marks(end: str, mark: str) -> None:
    text = mark + end.join(["---", "title: x", "---", "body"])
    front = parse_front_matter(text)
    assert (front.pairs, text[front.start :].strip()) == ((("title", "x"),), "body")


def test_a_key_that_stands_twice_is_kept_twice() -> None:
    assert parse_front_matter("---\ntitle: a\ntitle: b\n---\n").pairs == (
        ("title", "a"),
        ("title", "b"),
    )


@pytest.mark.parametrize("text", ["---\nprose between rules\n---\nmore", "---\nno: end\n", "", "a"])
def test_rules_are_no_front_matter(text: str) -> None:
    assert parse_front_matter(text).start == 0
    assert parse_front_matter(text).why is None


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("---\n- a\nx: b\n---\nbody", 3),
        ("---\nx: 1\ntitle: [a\nprose\n---\nbody", 5),
        ("---\nx: &a 1\ny: *a\n---\nbody", 3),
        ('+++\nx = 1\ntitle = "a\nprose\n+++\nbody', 3),
    ],
)
def test_what_does_not_parse_says_its_line(text: str, line: int) -> None:
    front = parse_front_matter(text)
    assert front.why is not None
    assert (front.line, str(front.why).split(":")[0]) == (line, f"Line {line}")
    assert front.pairs == ()


@pytest.mark.parametrize(
    ("inner", "pairs"),
    [
        ("title: Rows: A Study\nyear: 2020", {"title": "Rows: A Study", "year": "2020"}),
        ('title: "Rows" and more\nid: 0123', {"title": '"Rows" and more', "id": "0123"}),
        ("title: *Rows*\nauthor: @me", {"title": "*Rows*", "author": "@me"}),
        ("aliases: [[a]], [[b|c]]\nx: y", {"aliases": "[[a]], [[b|c]]", "x": "y"}),
        ("related: [[Note]]\n2020: read", {"related": "[[Note]]", "2020": "read"}),
        ("tags: #a #b/c", {"tags": "#a #b/c"}),
        ("tags: [#a, 'b']\n# a comment\nx: y", {"tags": ["#a", "b"], "x": "y"}),
        ("tags:\n  - #a\n  - b: c: d\nx: y", {"tags": ["#a", "b: c: d"], "x": "y"}),
        ("abstract: |\n  one: two: three\n  four\ny: z: w",
         {"abstract": "one: two: three four", "y": "z: w"}),
        ("created: 2026-11-01T10:00", {"created": "2026-11-01T10:00"}),
        ("标题: 行：与区域: 研究", {"标题": "行：与区域: 研究"}),
    ],
)  # fmt: skip
def test_what_is_not_quite_yaml_is_read_line_by_line(inner: str, pairs: dict[str, object]) -> None:
    front = parse_front_matter(f"---\n{inner}\n---\nbody")
    assert (dict(front.pairs), front.why) == (pairs, None)


def test_what_is_not_quite_toml_is_read_line_by_line() -> None:
    front = parse_front_matter("+++\ntitle = Rows and Regions\nyear = 2020\n+++\nbody")
    assert (dict(front.pairs), front.why) == ({"title": "Rows and Regions", "year": "2020"}, None)


BOMB = "a: &a [x, x]\n" + "".join(
    f"{b}: &{b} [*{a}, *{a}, *{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    "inner",
    [
        BOMB,
        "a: &a {b: *a}\n",
        "a: " + "[" * 50_000 + "\n",
        "a: " + "{a: " * 20_000 + "\n",
        "".join(" " * n + "a:\n" for n in range(400)),
    ],
    ids=["billion laughs", "recursive", "deep lists", "deep maps", "deep blocks"],
)
def test_yaml_that_would_grow_is_refused(inner: str) -> None:
    front = parse_front_matter(f"---\n{inner}---\nbody")
    assert front.why is not None
    assert front.pairs == ()


@pytest.mark.parametrize(
    "inner", ["a = " + "[" * 20_000, ".".join("a" * 30_000) + " = 1", "a." * 40 + "b = 1"]
)
def test_toml_that_would_grow_is_refused(inner: str) -> None:
    front = parse_front_matter(f"+++\n{inner}\n+++\nbody")
    assert front.why is not None


def test_no_tag_is_run(tmp_path: object) -> None:
    front = parse_front_matter(
        "---\nx: !!python/object/apply:os.getcwd []\ny: !!python/name:os.system ''\n---\n"
    )
    assert dict(front.pairs) == {"x": [], "y": ""}


def test_control_characters_are_shown() -> None:
    assert parse_front_matter('---\ntitle: "a\\0b\\e"\n---\n').pairs == (("title", "a␀b␛"),)
    assert parse_front_matter('+++\ntitle = "a\\u0000b"\n+++\n').pairs == (("title", "a␀b"),)


def test_a_value_as_lines() -> None:
    assert list_item_lines("created", "2023") == ["- created: 2023"]
    assert list_item_lines("ids", ["1", "2"]) == ["- ids: 1, 2"]
    assert list_item_lines("a", {"b": "c", "d": [{"e": "f"}]}) == [
        "- a:",
        "  - b: c",
        "  - d:",
        "    - 1:",
        "      - e: f",
    ]
    assert list_item_lines("long", "one\n\ntwo") == ["- long: one", "  ", "  two"]


@pytest.mark.parametrize(
    ("line", "pair"),
    [
        ("authors:: Kim, Son", ("authors", "Kim, Son")),
        ("- doi:: 10.1/x", ("doi", "10.1/x")),
        ("> **Title**:: ViLT", ("Title", "ViLT")),
        ("标签:: 门控", ("标签", "门控")),
        ("year::", ("year", "")),
        ("std::vector<int>", None),
        ("see https://a.b/c:: no", None),
        ("plain: text", None),
    ],
)
def test_properties(line: str, pair: tuple[str, str] | None) -> None:
    assert property_of(line) == pair


@given(st.text(alphabet="-+: \n[]{}&*!'\"#|>ab\tx.=,?%@`", max_size=400))
def test_any_front_matter_is_read_or_refused(inner: str) -> None:
    for mark in ("---", "+++"):
        text = f"{mark}\n{inner}\n{mark}\nbody"
        front = parse_front_matter(text)
        assert 0 <= front.start <= len(text)
        assert front.why is None or front.pairs == ()
        for key, value in front.pairs:
            assert all(isinstance(text, str) for text in list_strings(value))
            assert list_item_lines(key, value)[0].startswith(f"- {key}:")


def test_front_matter_without_bound_is_text() -> None:
    assert parse_front_matter("---\na: " + "x" * LIMIT + "\n---\n").start == 0
