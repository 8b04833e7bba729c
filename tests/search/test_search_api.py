"""What is found over HTTP, as JSON."""

import json
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from app.database import Database
from tests.conftest import counted

UVR, VILT = "paper zhang2020uvrnmt", "paper kim2021vilt"
NOTE, TEXT_SIDE, GATE_NOTE = "note 1", "note 2", "note 3"
FUSION, GATED, ATTENTION = "technique fusion", "technique gated-fusion", "technique cross-attention"
DOMAIN, IMPLIED = "issue domain-knowledge", "issue dk-t4"
CELL = "cell gated-fusion/dk-t4"


def found(looking: TestClient, q: str, **params: str) -> set[str]:
    answer = looking.get("/api/v1/search", params={"q": q, **params})
    assert answer.status_code == 200
    items = answer.json()["items"]
    assert answer.json()["total"] == len(items)
    return {f"{item['type']} {item['key']}" for item in items}


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        # two languages: a technique's papers by either name or a synonym
        ("门控", {UVR, GATE_NOTE, GATED, CELL}),
        ("gating", {UVR, GATE_NOTE, GATED, CELL}),
        ("对齐", {VILT, NOTE}),
        ("cross attention", {VILT, ATTENTION}),
        ("crossattention", {VILT, ATTENTION}),
        ("cross-modal", {VILT, TEXT_SIDE, ATTENTION}),  # the last has some of the words
        ("crossmodal", {VILT, TEXT_SIDE}),
        ("BERT模型", {TEXT_SIDE, VILT}),
        ("模型BERT", {TEXT_SIDE, VILT}),
        ("行业知识", {DOMAIN}),
        ("门", {UVR, GATE_NOTE, GATED, CELL}),
        # everywhere
        ("zhuosheng", {UVR}),
        ("kim2021vilt", {VILT, NOTE}),
        ("2102.03334", {VILT}),
        ("值得一试", {UVR}),
        ("感觉可以试试", {UVR}),
        ("翻译", {UVR}),
        ("weighs", {CELL}),
        ("uvr-nmt", {UVR, CELL}),
        # the language of queries
        ('"先对齐"', {VILT, NOTE}),
        ('"齐对"', set()),
        ("对齐 OR weighs", {VILT, NOTE, CELL}),
        ("门控 -weighs", {GATED, GATE_NOTE, UVR}),
        ("门控 in:title", {GATE_NOTE, GATED, CELL}),
        ("对齐 in:note", {VILT, NOTE}),
        ("transformer in:abstract", {VILT}),
        ("融合 in:cell", {CELL}),
        ("trans", {UVR, VILT}),  # the last word may be a beginning
        # filters: papers, and what is about them
        ("technique:gated-fusion", {UVR, GATE_NOTE, GATED, CELL}),
        ("technique:门控融合", {UVR, GATE_NOTE, GATED, CELL}),
        ("technique:模态融合", {UVR, GATE_NOTE, FUSION, GATED, CELL}),
        ("technique:GatedFusion 门控", {UVR, GATE_NOTE, GATED, CELL}),
        ("issue:领域知识", {UVR, DOMAIN, IMPLIED, CELL}),
        ("technique:fusion issue:dk-t4", {UVR, GATE_NOTE, CELL}),
        ("verdict:try", {UVR, CELL}),
        ("verdict:值得一试", {UVR, CELL}),
        ("verdict:unread", {VILT, NOTE}),
        ("-verdict:unread", {UVR, CELL}),
        ("year:2021..", {VILT, NOTE}),
        ("author:kim", {VILT, NOTE}),
        ('author:"Kim, Wonjae"', {VILT, NOTE}),
        ("venue:iclr", {UVR, CELL}),
        ("tag:翻译", {UVR, CELL}),
        ("arxiv:https://arxiv.org/abs/2102.03334v2", {VILT, NOTE}),
        ("field:视觉问答", {VILT, NOTE}),
        ("has:note", {VILT, NOTE}),
        ("has:cell 门", {UVR, CELL}),
        ("kind:paper year:2020", {UVR, CELL}),
        ("kind:dataset", set()),
    ],
)
def test_what_is_found(looking: TestClient, q: str, expected: set[str]) -> None:
    assert found(looking, q) == expected


def test_an_answer_has_the_shape_of_the_contract(looking: TestClient) -> None:
    answer = looking.get("/api/v1/search", params={"q": "门控", "type": "cell"}).json()
    assert answer == {
        "items": [
            {
                "type": "cell",
                "key": "gated-fusion/dk-t4",
                "title": "Gated fusion × Implied",
                "url": "/comparisons/vqa/gated-fusion/dk-t4",
                "snippet": "融合得再好，也补不出列的取值。",
                "page": None,
            }
        ],
        "total": 1,
        "page": 1,
        "per_page": 20,
        "facets": {
            "paper": 1,
            "note": 1,
            "technique": 1,
            "issue": 0,
            "cell": 1,
            "correspondence": 0,
        },
        "other_language": None,
        "papers": {
            "verdict": {"try": 1},
            "has": {},
            "technique": {"fusion": 1, "gated-fusion": 1},
            "field": {},
            "reading": {},
            "kind": {"paper": 1},
            "tag": {"翻译": 1},
            "year": {"2020": 1},
        },
        "complete": 1,
        "relaxed": False,
        "corrected": None,
        "suggestion": None,
        "wider": [],
        "bounded": False,
        "notice": None,
    }


def test_pages_add_up_to_the_whole(looking: TestClient) -> None:
    pages = [
        looking.get("/api/v1/search", params={"q": "门", "per_page": 1, "page": n}).json()
        for n in (1, 2, 3, 4, 5)
    ]
    keys = [item["key"] for page in pages for item in page["items"]]
    assert len(keys) == len(set(keys)) == pages[0]["total"] == 4


def test_the_best_comes_first(looking: TestClient) -> None:
    items = looking.get("/api/v1/search", params={"q": "gated fusion"}).json()["items"]
    assert items[0]["key"] == "gated-fusion"


def test_what_has_all_of_the_words_comes_before_what_has_some(looking: TestClient) -> None:
    answer = looking.get("/api/v1/search", params={"q": "cross-modal"}).json()
    keys = [item["key"] for item in answer["items"]]
    assert set(keys[: answer["complete"]]) == {"kim2021vilt", "2"}
    assert keys[answer["complete"] :] == ["cross-attention"]


def test_words_in_quotation_marks_stay_together(looking: TestClient) -> None:
    assert found(looking, '"attention over" gate') >= {VILT, CELL}
    assert VILT not in found(looking, '"over attention" gate')


@pytest.mark.parametrize(
    ("q", "others", "key"),
    [
        ("模态融合", ["Fusion"], "fusion"),
        ("行业知识", ["Domain knowledge", "领域知识"], "domain-knowledge"),
        ("gated-fusions 3d", ["门控融合", "gating"], "gated-fusion"),
    ],
)
def test_names_find_what_is_filed_under_their_others(
    looking: TestClient, q: str, others: list[str], key: str
) -> None:
    answer = looking.get("/api/v1/search", params={"q": q}).json()
    assert [wider["others"] for wider in answer["wider"]] == [others]
    assert key in {item["key"] for item in answer["items"]}
    typed = looking.get("/api/v1/search", params={"q": q, "as_typed": True}).json()
    assert typed["wider"] == []


def test_a_name_finds_texts_in_the_other_language(reader: TestClient) -> None:
    reader.post("/api/v1/papers", json={"title": "On domain knowledge"})
    answer = reader.get("/api/v1/search", params={"q": "领域知识"}).json()
    assert "On domain knowledge" in {item["title"] for item in answer["items"]}
    typed = reader.get("/api/v1/search", params={"q": "领域知识", "as_typed": True}).json()
    assert "On domain knowledge" not in {item["title"] for item in typed["items"]}


@pytest.mark.parametrize(
    ("q", "meant", "key"),
    [
        ("transfromer", "transformer", "kim2021vilt"),
        ("vizual", "visual", "zhang2020uvrnmt"),
        ("univrsal representtion", "universal representation", "zhang2020uvrnmt"),
        ("门空融合", "门控融合", "gated-fusion"),
        ("隐含调件", "隐含条件", "dk-t4"),
        ("transfromer kind:paper", "transformer kind:paper", "kim2021vilt"),
    ],
)
def test_a_misspelt_word_is_put_right(looking: TestClient, q: str, meant: str, key: str) -> None:
    answer = looking.get("/api/v1/search", params={"q": q}).json()
    assert answer["corrected"] == meant
    assert key in {item["key"] for item in answer["items"]}
    typed = looking.get("/api/v1/search", params={"q": q, "as_typed": True}).json()
    assert typed["corrected"] is None


@pytest.mark.parametrize("q", ["xyzzyplugh", "12345678", "𠮷𠮷𠮷", "trns", "zhang2020uvrnmx"])
def test_what_looks_like_nothing_is_left_as_it_is(looking: TestClient, q: str) -> None:
    answer = looking.get("/api/v1/search", params={"q": q}).json()
    assert answer["corrected"] is None
    assert answer["items"] == []


def test_some_of_the_words_are_better_than_nothing(looking: TestClient) -> None:
    answer = looking.get(
        "/api/v1/search", params={"q": "how does the gate help translation"}
    ).json()
    assert answer["relaxed"]
    assert "zhang2020uvrnmt" in {item["key"] for item in answer["items"]}


@pytest.mark.parametrize(
    ("q", "notice", "key"),
    [
        ("technique:对齐", "The library does not know technique:对齐", "1"),
        ("-author:nobody gate", "The library does not know -author:nobody", "gated-fusion/dk-t4"),
        ("year:soon 对齐", "plain words: year:soon", "1"),
        ("对齐 OR", "OR joins", "1"),
    ],
)
def test_what_was_not_understood_is_said(
    looking: TestClient, q: str, notice: str, key: str
) -> None:
    answer = looking.get("/api/v1/search", params={"q": q}).json()
    assert notice in answer["notice"]
    assert key in {item["key"] for item in answer["items"]}


def test_an_unknown_type_is_a_problem(looking: TestClient) -> None:
    answer = looking.get("/api/v1/search", params={"q": "a", "type": "unicorn"})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_search_takes_a_constant_number_of_statements(reader: TestClient, db: Database) -> None:
    def statements() -> int:
        with counted(db) as seen:
            found(reader, "门 technique:fusion")
        return len(seen)

    before = statements()
    for n in range(5):
        reader.post(
            "/api/v1/papers", json={"title": f"第 {n} 篇：门", "techniques": ["gated-fusion"]}
        )
    assert statements() == before


def test_papers_are_listed_by_the_same_words(looking: TestClient) -> None:
    def listed(q: str) -> list[str]:
        items = looking.get("/api/v1/papers", params={"q": q}).json()["items"]
        return [item["citekey"] for item in items]

    assert listed("门控") == ["zhang2020uvrnmt"]
    assert listed("对齐") == ["kim2021vilt"]
    assert listed("门 verdict:try") == ["zhang2020uvrnmt"]
    assert listed("weighs in:cell") == ["zhang2020uvrnmt"]
    assert listed("transformer in:abstract") == ["kim2021vilt"]
    assert listed("-visual") == ["kim2021vilt"]
    assert listed("nonsense words") == []
    assert listed("visual nonsense") == ["zhang2020uvrnmt"]


def test_naughty_strings_are_queries_like_others(looking: TestClient, shared_dir: Path) -> None:
    strings = json.loads((shared_dir / "data/hostile/blns/blns.json").read_text("utf-8"))
    for q in strings:
        assert looking.get("/api/v1/search", params={"q": q}).status_code == 200, q


OPERATORS = ['"', *"NEAR AND NOT * ( ) ^ { } : title: a 门 - OR".split()]  # noqa: SIM905


@settings(max_examples=50)
@given(q=st.one_of(st.text(), st.lists(st.sampled_from(OPERATORS)).map(" ".join)))
def test_no_text_is_an_error(looking: TestClient, q: str) -> None:
    assert looking.get("/api/v1/search", params={"q": q}).status_code == 200


@pytest.mark.parametrize("q", ["%ff%fe", "%00", "%ed%a0%80", "a" * 60_000, "%22" * 5_000])
def test_no_bytes_are_an_error(looking: TestClient, q: str) -> None:
    assert looking.get(f"/api/v1/search?q={q}").status_code == 200


def test_the_last_word_of_a_name_may_be_a_beginning_but_not_alone(reader: TestClient) -> None:
    reader.post("/api/v1/techniques", json={"name_en": "Gazebo roof", "synonyms_en": ["pavilion"]})
    reader.post("/api/v1/papers", json={"title": "Roofs and roofing"})
    reader.post("/api/v1/papers", json={"title": "Gazebos: roofing"})
    answer = reader.get("/api/v1/search", params={"q": "gazebo roof"}).json()
    complete = [item["key"] for item in answer["items"][: answer["complete"]]]
    assert set(complete) == {"gazebo-roof", "gazebos"}


def test_function_words_need_not_be_there(reader: TestClient) -> None:
    reader.post("/api/v1/papers", json={"title": "Calibrated zebras"})

    def complete(q: str) -> int:
        return int(reader.get("/api/v1/search", params={"q": q}).json()["complete"])

    assert complete("the calibrated of zebras") == 1
    assert complete('calibrated "of" zebras') == 0
    assert complete("zebras of") == 0  # it may be the beginning of a word


def test_a_word_comes_before_the_longer_ones_it_begins(reader: TestClient) -> None:
    reader.post("/api/v1/papers", json={"title": "Quarkonium, quarkonium"})
    reader.post("/api/v1/papers", json={"title": "Else", "abstract": "Much text. A quark in it."})
    reader.post("/api/v1/papers", json={"title": "A quark"})
    answer = reader.get("/api/v1/search", params={"q": "quark"}).json()
    keys = [item["key"] for item in answer["items"]]
    assert keys[:2] == ["quark", "else"]
    assert keys[2].startswith("quarkonium")
    assert answer["total"] == answer["complete"] == 3
