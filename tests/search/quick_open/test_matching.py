"""What the palette leads to: the order of names, purely; the list, over HTTP."""

import re

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from app.database import Database
from app.search.quick_open.matching import QuickOpenEntry, rank_candidates, score_names, typed_words
from tests.conftest import counted

WORD = st.text(alphabet="abcdefgh", min_size=2, max_size=6)
NAMES = st.lists(WORD, min_size=1, max_size=4).map(" ".join)


def place(name: str, *names: str) -> QuickOpenEntry:
    return QuickOpenEntry("paper", name, f"/papers/{name}", names=names)


@pytest.mark.parametrize(
    ("query", "better", "worse"),
    [
        ("gate", "gate", "gated fusion"),
        ("gate", "gated fusion", "a gated fusion"),
        ("gate", "a gated fusion", "gather the evidence"),
        ("gf", "gated fusion", "graph: a guffaw"),
        ("usi", "unseen synonyms inside", "fusion"),
        ("zhuvr", "zhang 20 UVR-NMT", "zhou, universal representations"),
        ("门控", "门控融合", "一道门控"),
        ("mkrh", "门控融合", "my kind of rich hash"),
        ("menkong", "门控融合", "men keep on going"),
        ("多模态", "张 多模态", "duomotai"),
        ("kim 21", "kim 2021 vilt", "a kiln in 2100, imitated"),
        ("VILT", "ViLT: a transformer", "vi, later"),
        ("e\u0301", "École", "the hedge"),
    ],
)
def test_the_better_name_comes_first(query: str, better: str, worse: str) -> None:
    ordered = rank_candidates(query, [place(worse), place(better)], limit=5)
    assert ordered[0].label == better


@given(WORD, NAMES, NAMES)
def test_a_beginning_is_better_than_a_word_and_that_than_a_part(
    word: str, one: str, other: str
) -> None:
    beginning = score_names([word], [f"{word}x {one}"])
    within = score_names([word], [f"xx {word}x {other}"])
    part = score_names([word], [f"xx{word}"])
    scattered = score_names([word], ["z".join(f"z{word}")])
    assert beginning > within > part > scattered > 0


@given(st.lists(WORD, min_size=1, max_size=3), st.lists(NAMES, max_size=8))
def test_all_that_is_listed_has_the_letters_of_every_word(
    words: list[str], names: list[str]
) -> None:
    places = [place(name) for name in names]
    if not any(score_names(words, [name]) for name in names):
        return  # then what looks like it is listed
    listed = rank_candidates(" ".join(words), places, limit=100)
    for each in listed:
        for word in words:
            letters = iter(each.label)
            assert all(letter in letters for letter in word)
    scores = [score_names(words, [each.label]) for each in listed]
    assert scores == sorted(scores, reverse=True)


@given(NAMES, st.data())
def test_a_longer_beginning_still_fits(name: str, data: st.DataObject) -> None:
    end = data.draw(st.integers(1, len(name)))
    assert score_names(typed_words(name[:end]), [name]) > 0


@given(st.lists(NAMES, min_size=3, max_size=4, unique=True), st.data())
def test_beginnings_of_words_in_their_order_fit(names: list[str], data: st.DataObject) -> None:
    words = " ".join(names).split()
    cuts = [data.draw(st.integers(0, len(word))) for word in words]
    letters = "".join(word[:cut] for word, cut in zip(words, cuts, strict=True))
    name = " ".join(words)[:100]
    if letters and len(" ".join(words)) <= 100:
        assert score_names([letters], [name]) > 0


@given(st.text(), st.lists(st.text(), max_size=5))
def test_no_text_is_an_error(query: str, names: list[str]) -> None:
    assert len(rank_candidates(query, [place(name, *names) for name in names], limit=3)) <= 3


def test_a_misspelt_name_is_found_where_nothing_fits() -> None:
    places = [place("Cross-attention"), place("Graph encoder")]
    assert [each.label for each in rank_candidates("cros atention", places, limit=5)] == [
        "Cross-attention"
    ]


def labels(client: TestClient, q: str, language: str = "en") -> list[str]:
    page = client.get("/jump", params={"q": q}, headers={"Accept-Language": language})
    assert page.status_code == 200
    return re.findall(r'class="jump-label"[^>]*>([^<]*)<', page.text)


@pytest.mark.parametrize(
    ("q", "first"),
    [
        ("zhuvr", "Neural Machine Translation with Universal Visual Representation"),
        ("vilt 21", "ViLT: Vision-and-Language Transformer"),
        ("kim21vilt", "ViLT: Vision-and-Language Transformer"),
        ("kehai", "Neural Machine Translation with Universal Visual Representation"),
        ("张 neural", "Neural Machine Translation with Universal Visual Representation"),
        ("门控", "Gated fusion"),
        ("jczyl", "Cross-attention"),
        ("hyzs", "Domain knowledge"),
        ("hangye", "Domain knowledge"),
        ("vqa →", "VQA → Text-to-SQL"),
        ("text side", "Text side"),
        ("trash", "Trash"),
        ("回收", "Trash"),
        ("dark", "Appearance: Dark"),
        ("中文", "简体中文"),
    ],
)
def test_a_few_letters_lead_there(looking: TestClient, q: str, first: str) -> None:
    assert labels(looking, q)[0] == first


def test_it_speaks_the_readers_language(looking: TestClient) -> None:
    assert labels(looking, "gated", "zh")[0] == "门控融合"
    assert "添加论文" in labels(looking, "", "zh")
    assert labels(looking, "add pap", "zh") == ["添加论文"]


def test_what_is_in_the_trash_is_not_offered(reader: TestClient) -> None:
    assert labels(reader, "kim2021") == ["ViLT: Vision-and-Language Transformer"]
    reader.delete("/api/v1/papers/kim2021vilt")
    assert labels(reader, "kim2021") == []


def test_the_number_of_statements_does_not_grow(reader: TestClient, db: Database) -> None:
    def statements() -> int:
        with counted(db) as seen:
            labels(reader, "gaz")
        return len(seen)

    reader.post("/api/v1/papers", json={"title": "Gazebo", "authors": ["A B"]})
    few = statements()
    for n in range(30):
        reader.post("/api/v1/papers", json={"title": f"Gazebo {n}", "authors": [f"A{n} B"]})
    assert statements() <= few


@pytest.mark.parametrize(
    "q",
    [
        "%",
        "_%_",
        "\\",
        "' OR 1=1 --",
        '"',
        "()",
        "\x00",
        "𠮷",
        "🐈",
        "a" * 5_000,
        "x " * 500,
        "-",
        "ﬁ",
    ],
)
def test_no_query_is_an_error(looking: TestClient, q: str) -> None:
    labels(looking, q)
