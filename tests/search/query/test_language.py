"""The query language, as a reader writes it, and as the plan prints it back."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.library.filters import FILTERS
from app.search.query.language import (
    LENGTH_LIMIT,
    TERM_LIMIT,
    Filter,
    QueryPlan,
    QueryTerm,
    parse_query,
)


def words(*texts: str) -> tuple[tuple[QueryTerm, ...], ...]:
    return tuple((QueryTerm(text),) for text in texts)


@pytest.mark.parametrize(
    ("query", "plan"),
    [
        ("", QueryPlan()),
        ("   ", QueryPlan()),
        ("门控 attention", QueryPlan(groups=words("门控", "attention"))),
        (
            '"cross attention" ViLT',
            QueryPlan(groups=((QueryTerm("cross attention", True),), *words("ViLT"))),
        ),
        ("gate -survey", QueryPlan(groups=words("gate"), excluded=(QueryTerm("survey"),))),
        ('-"a survey"', QueryPlan(excluded=(QueryTerm("a survey", True),))),
        ("a OR b c", QueryPlan(groups=((QueryTerm("a"), QueryTerm("b")), (QueryTerm("c"),)))),
        (
            "a OR b OR 门控",
            QueryPlan(groups=((QueryTerm("a"), QueryTerm("b"), QueryTerm("门控")),)),
        ),
        ("verdict:try", QueryPlan(filters=(Filter("verdict", "try"),))),
        ("-verdict:no", QueryPlan(filters=(Filter("verdict", "no", negated=True),))),
        ('author:"Kim, Wonjae"', QueryPlan(filters=(Filter("author", "Kim, Wonjae"),))),
        ("技术：门控融合", QueryPlan(filters=(Filter("technique", "门控融合"),))),
        ("technique：“gated fusion”", QueryPlan(filters=(Filter("technique", "gated fusion"),))),
        ("tag:a OR tag:b", QueryPlan(filters=(Filter("tag", "a"), Filter("tag", "b")))),
        ("tag:a tag:a", QueryPlan(filters=(Filter("tag", "a"),))),
        (
            "kind:数据集 has:PDF",
            QueryPlan(filters=(Filter("kind", "dataset"), Filter("has", "pdf"))),
        ),
        ("in:title in:笔记 gate", QueryPlan(groups=words("gate"), scope=("title", "note"))),
        (
            "https://arxiv.org/abs/2208.10442",
            QueryPlan(groups=words("https://arxiv.org/abs/2208.10442")),
        ),
        ("C++ BEiT-3", QueryPlan(groups=words("C++", "BEiT-3"))),
        ("gate AND fusion", QueryPlan(groups=words("gate", "fusion"))),
        ("gate NOT survey", QueryPlan(groups=words("gate"), excluded=(QueryTerm("survey"),))),
        ("NOT -gate", QueryPlan(groups=words("gate"))),
        ("gate NOT tag:a", QueryPlan(words("gate"), filters=(Filter("tag", "a", negated=True),))),
        ("gate NOT", QueryPlan(groups=words("gate", "not"))),
        ("ALL IS NOT GOLD", QueryPlan(groups=words("ALL", "IS", "not", "GOLD"))),
        ("BERT NOT GPT", QueryPlan(groups=words("BERT"), excluded=(QueryTerm("GPT"),))),
        (
            "(a OR b) c",
            QueryPlan(groups=((QueryTerm("a"), QueryTerm("b")), (QueryTerm("c"),))),
        ),
        (
            '（"a b" OR 门控） OR c',
            QueryPlan(groups=((QueryTerm("a b", True), QueryTerm("门控"), QueryTerm("c")),)),
        ),
        (
            "(a b) OR c",
            QueryPlan(groups=((QueryTerm("a"), QueryTerm("c")), (QueryTerm("b"), QueryTerm("c")))),
        ),
        ("-(a OR b) c", QueryPlan(words("c"), (QueryTerm("a"), QueryTerm("b")))),
        ("c NOT (a OR -b)", QueryPlan(words("c", "b"), (QueryTerm("a"),))),
        (
            "(tag:a OR tag:b) f(x)",
            QueryPlan(words("f(x)"), filters=(Filter("tag", "a"), Filter("tag", "b"))),
        ),
        ("vision (and language)", QueryPlan(groups=words("vision", "(and", "language)"))),
        ("-OR", QueryPlan(excluded=(QueryTerm("OR"),))),
    ],
)
def test_what_is_written_is_what_is_asked(query: str, plan: QueryPlan) -> None:
    assert parse_query(query) == plan
    assert parse_query(query).notice is None


@pytest.mark.parametrize(
    ("value", "canonical"),
    [
        ("2023", "2023"),
        ("2023年", "2023"),
        ("２０２３", "2023"),
        ("2020..2023", "2020..2023"),
        ("2023..2020", "2020..2023"),
        ("2020-2023", "2020..2023"),
        ("2020～2023", "2020..2023"),
        (">=2022", ">=2022"),
        ("≥2022", ">=2022"),
        (">2022", ">=2023"),
        ("<2022", "<=2021"),
        ("..2021", "<=2021"),
        ("2021..", ">=2021"),
    ],
)
def test_years(value: str, canonical: str) -> None:
    assert parse_query(f"year:{value}") == QueryPlan(filters=(Filter("year", canonical),))


@pytest.mark.parametrize(
    ("query", "plan", "part"),
    [
        ("year:soon", QueryPlan(groups=((QueryTerm("soon", True),),)), "year:soon"),
        ("year:99999", QueryPlan(groups=((QueryTerm("99999", True),),)), "year:99999"),
        (
            "has:wings -kind:x",
            QueryPlan(((QueryTerm("wings", True),),), (QueryTerm("x", True),)),
            "has:wings",
        ),
        ("tag:", QueryPlan(groups=words("tag:")), "tag:"),
        ("colour:red", QueryPlan(groups=words("colour:red")), "colour:red"),
        ("-in:title", QueryPlan(excluded=(QueryTerm("title", True),)), "-in:title"),
        ("a OR", QueryPlan(groups=words("a")), "OR"),
        ("OR a", QueryPlan(groups=words("a")), "OR"),
        ("a OR verdict:try", QueryPlan(words("a"), filters=(Filter("verdict", "try"),)), "OR"),
        ("a OR -b", QueryPlan(words("a"), (QueryTerm("b"),)), "OR"),
        (
            "tag:a OR year:2020",
            QueryPlan(filters=(Filter("tag", "a"), Filter("year", "2020"))),
            "OR",
        ),
        ("+++", QueryPlan(), "no letter"),
        ('"foo (', QueryPlan(groups=words("foo")), "not closed"),
        (
            'gate "门控 tag:a',
            QueryPlan(words("gate", "门控"), filters=(Filter("tag", "a"),)),
            "not closed",
        ),
        ('-"a survey', QueryPlan(groups=words("a", "survey")), "not closed"),
        ("gate )", QueryPlan(groups=words("gate")), "Brackets"),
        ("(gate", QueryPlan(groups=words("(gate")), "Brackets"),
        ("(gate] b", QueryPlan(groups=words("(gate]", "b")), "Brackets"),
        ("(a OR b", QueryPlan(groups=((QueryTerm("a"), QueryTerm("b")),)), "Brackets"),
        ("-(a b) c", QueryPlan(words("b", "c"), (QueryTerm("a"),)), "Brackets"),
        ("x" * 5_000, QueryPlan(groups=words("x" * 400)), "too long"),
    ],
)
def test_what_cannot_be_understood_is_plain_words_and_says_so(
    query: str, plan: QueryPlan, part: str
) -> None:
    assert parse_query(query) == plan
    assert part in str(parse_query(query).notice)


def test_a_query_without_end_is_cut() -> None:
    plan = parse_query(" ".join(f"w{n}" for n in range(1_000)))
    assert plan.size == TERM_LIMIT
    assert "too long" in str(plan.notice)
    assert len(str(parse_query("门控融合 " * 1_000))) <= LENGTH_LIMIT


QUOTES = st.sampled_from(['"', "“", "”", "「", "＂"])
VALUES = st.one_of(
    st.text(alphabet="ab门控-:：OR. ", max_size=8),
    st.sampled_from(["2023", "2020..2023", ">=2022", "note", "论文", "title", "a b", "-x", "OR"]),
)
PARTS = st.one_of(
    st.sampled_from(
        [
            "OR",
            "NOT",
            "AND",
            "(",
            ")",
            "(OR",
            "-(",
            "（",
            "f(x)",
            "a)",
            "THE",
            "-",
            "门控",
            "cross-modal",
            "BERT模型",
            "C++",
            "--a",
            "tag:",
            "-in:note",
        ]
    ),
    st.builds(
        lambda minus, name, colon, quote, value: f"{minus}{name}{colon}{quote}{value}{quote}",
        st.sampled_from(["", "-", "－"]),
        st.sampled_from([*FILTERS, "in", "技术", "范围", "nonsense", ""]),
        st.sampled_from([":", "：", ""]),
        st.one_of(st.just(""), QUOTES),
        VALUES,
    ),
    st.text(max_size=12),
)


@given(st.lists(PARTS, max_size=50).map(" ".join))
@example("NOT --a")
@example("NOT --")
@example("x OR NOT --")
@example("( (OR a)")
@example("-( NOT NOT -")
def test_what_a_plan_prints_parses_to_the_same_plan(query: str) -> None:
    plan = parse_query(query)
    assert parse_query(str(plan)) == plan
    assert len(str(plan)) <= LENGTH_LIMIT
    str(plan).encode()


@given(st.text(alphabet=st.characters(), max_size=2_000))
def test_no_text_is_an_error(query: str) -> None:
    plan = parse_query(query)
    assert parse_query(str(plan)) == plan
