"""The query language, as a reader writes it, and as the plan prints it back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.library.filters import FILTERS
from app.search.query.language import (
    LENGTH_LIMIT,
    TERM_LIMIT,
    Filter,
    Plan,
    Term,
    parse,
)


def words(*texts: str) -> tuple[tuple[Term, ...], ...]:
    return tuple((Term(text),) for text in texts)


@pytest.mark.parametrize(
    ("query", "plan"),
    [
        ("", Plan()),
        ("   ", Plan()),
        ("门控 attention", Plan(groups=words("门控", "attention"))),
        ('"cross attention" ViLT', Plan(groups=((Term("cross attention", True),), *words("ViLT")))),
        ("gate -survey", Plan(groups=words("gate"), excluded=(Term("survey"),))),
        ('-"a survey"', Plan(excluded=(Term("a survey", True),))),
        ("a OR b c", Plan(groups=((Term("a"), Term("b")), (Term("c"),)))),
        ("a OR b OR 门控", Plan(groups=((Term("a"), Term("b"), Term("门控")),))),
        ("verdict:try", Plan(filters=(Filter("verdict", "try"),))),
        ("-verdict:no", Plan(filters=(Filter("verdict", "no", negated=True),))),
        ('author:"Kim, Wonjae"', Plan(filters=(Filter("author", "Kim, Wonjae"),))),
        ("技术：门控融合", Plan(filters=(Filter("technique", "门控融合"),))),
        ("technique：“gated fusion”", Plan(filters=(Filter("technique", "gated fusion"),))),
        ("tag:a OR tag:b", Plan(filters=(Filter("tag", "a"), Filter("tag", "b")))),
        ("tag:a tag:a", Plan(filters=(Filter("tag", "a"),))),
        ("kind:数据集 has:PDF", Plan(filters=(Filter("kind", "dataset"), Filter("has", "pdf")))),
        ("in:title in:笔记 gate", Plan(groups=words("gate"), scope=("title", "note"))),
        (
            "https://arxiv.org/abs/2208.10442",
            Plan(groups=words("https://arxiv.org/abs/2208.10442")),
        ),
        ("C++ BEiT-3", Plan(groups=words("C++", "BEiT-3"))),
        ("-OR", Plan(excluded=(Term("OR"),))),
    ],
)
def test_what_is_written_is_what_is_asked(query: str, plan: Plan) -> None:
    assert parse(query) == plan
    assert parse(query).notice is None


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
    assert parse(f"year:{value}") == Plan(filters=(Filter("year", canonical),))


@pytest.mark.parametrize(
    ("query", "plan", "part"),
    [
        ("year:soon", Plan(groups=((Term("soon", True),),)), "year:soon"),
        ("year:99999", Plan(groups=((Term("99999", True),),)), "year:99999"),
        ("has:wings -kind:x", Plan(((Term("wings", True),),), (Term("x", True),)), "has:wings"),
        ("tag:", Plan(groups=words("tag:")), "tag:"),
        ("colour:red", Plan(groups=words("colour:red")), "colour:red"),
        ("-in:title", Plan(excluded=(Term("title", True),)), "-in:title"),
        ("a OR", Plan(groups=words("a")), "OR"),
        ("OR a", Plan(groups=words("a")), "OR"),
        ("a OR verdict:try", Plan(words("a"), filters=(Filter("verdict", "try"),)), "OR"),
        ("a OR -b", Plan(words("a"), (Term("b"),)), "OR"),
        ("tag:a OR year:2020", Plan(filters=(Filter("tag", "a"), Filter("year", "2020"))), "OR"),
        ("+++", Plan(), "no letter"),
        ('"foo (', Plan(groups=words("foo")), "not closed"),
        (
            'gate "门控 tag:a',
            Plan(words("gate", "门控"), filters=(Filter("tag", "a"),)),
            "not closed",
        ),
        ('-"a survey', Plan(groups=words("a", "survey")), "not closed"),
        ("gate )", Plan(groups=words("gate")), "Brackets"),
        ("(gate", Plan(groups=words("(gate")), "Brackets"),
        ("(gate] b", Plan(groups=words("(gate]", "b")), "Brackets"),
        ("(a OR b) c", Plan(groups=((Term("(a"), Term("b)")), (Term("c"),))), "Brackets"),
        ("x" * 5_000, Plan(groups=words("x" * 400)), "too long"),
    ],
)
def test_what_cannot_be_understood_is_plain_words_and_says_so(
    query: str, plan: Plan, part: str
) -> None:
    assert parse(query) == plan
    assert part in str(parse(query).notice)


def test_a_query_without_end_is_cut() -> None:
    plan = parse(" ".join(f"w{n}" for n in range(1_000)))
    assert plan.size == TERM_LIMIT
    assert "too long" in str(plan.notice)
    assert len(str(parse("门控融合 " * 1_000))) <= LENGTH_LIMIT


QUOTES = st.sampled_from(['"', "“", "”", "「", "＂"])
VALUES = st.one_of(
    st.text(alphabet="ab门控-:：OR. ", max_size=8),
    st.sampled_from(["2023", "2020..2023", ">=2022", "note", "论文", "title", "a b", "-x", "OR"]),
)
PARTS = st.one_of(
    st.sampled_from(
        ["OR", "-", "门控", "cross-modal", "BERT模型", "C++", "--a", "tag:", "-in:note"]
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
def test_what_a_plan_prints_parses_to_the_same_plan(query: str) -> None:
    plan = parse(query)
    assert parse(str(plan)) == plan
    assert len(str(plan)) <= LENGTH_LIMIT
    str(plan).encode()


@given(st.text(alphabet=st.characters(), max_size=2_000))
def test_no_text_is_an_error(query: str) -> None:
    plan = parse(query)
    assert parse(str(plan)) == plan
