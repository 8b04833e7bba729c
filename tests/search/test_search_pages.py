"""The search page, whole and as htmx asks for it."""

import json
import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.database import Database
from tests.conftest import counted

ASKED_BY_HTMX = {"HX-Request": "true", "HX-Target": "results"}


def marked(page: str) -> list[str]:
    return re.findall("<mark>(.*?)</mark>", page)


def titles(page: str) -> list[str]:
    return re.findall(r'href="(/[^"]*)" data-open', page)


def test_results_are_grouped_with_their_counts(looking: TestClient) -> None:
    page = looking.get("/search?q=门控").text
    assert titles(page) == [
        "/papers/zhang2020uvrnmt",
        "/notes/3",
        "/techniques/gated-fusion",
        "/comparisons/vqa/gated-fusion/dk-t4",
    ]
    for label, count in {"All": 4, "Papers": 1, "Notes": 1, "Techniques": 1, "Cells": 1}.items():
        assert re.search(rf'>{label} <span class="count">{count}</span>', page)
    assert "Issues <span" not in page
    assert set(marked(page)) == {"门控"}


def test_one_type_is_shown_in_full_and_paged(reader: TestClient) -> None:
    for n in range(25):
        reader.post("/api/v1/papers", json={"title": f"Gazebo {n}"})
    whole = reader.get("/search?q=gazebo").text
    assert len([url for url in titles(whole) if url.startswith("/papers/")]) == 5
    assert "All 25 papers" in whole
    first = reader.get("/search?q=gazebo&type=paper").text
    second = reader.get("/search?q=gazebo&type=paper&page=2").text
    assert len(titles(first)) == 20
    assert len(titles(second)) == 5
    assert not set(titles(first)) & set(titles(second))
    assert "page=2" in first


def test_htmx_gets_the_results_alone(looking: TestClient) -> None:
    part = looking.get("/search?q=门控", headers=ASKED_BY_HTMX)
    assert part.text.strip().startswith('<div id="results"')
    assert "<html" not in part.text
    assert "HX-Request" in part.headers["vary"]


def test_the_page_speaks_the_readers_language(looking: TestClient) -> None:
    page = looking.get("/search?q=gating", headers={"Accept-Language": "zh-CN"}).text
    words = re.sub("</?mark>", "", page)
    assert ">门控融合</a>" in words
    assert "门控融合 × 隐含条件" in words


def test_nothing_asked_and_nothing_found_say_what_to_do(looking: TestClient) -> None:
    assert "What can be asked" in looking.get("/search").text
    page = looking.get("/search?q=xylophone <b>").text
    assert "Nothing found" in page
    assert 'href="/papers/new?title=xylophone%20%3Cb%3E"' in page
    assert "<b>" not in page


def test_what_was_done_with_the_query_is_said(looking: TestClient) -> None:
    page = looking.get("/search?q=gate xylophone year:soon").text
    assert "Searched as plain words: year:soon" in page
    assert "Nothing has all of these words; this has some of them." in page


def test_an_unknown_type_shows_all(looking: TestClient) -> None:
    assert titles(looking.get("/search?q=门控&type=unicorn").text) == titles(
        looking.get("/search?q=门控").text
    )


def test_what_a_reader_wrote_is_no_markup(reader: TestClient) -> None:
    reader.post("/api/v1/papers", json={"title": "<script>alert('gate')</script>"})
    page = reader.get("/search?q=gate").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def counts(page: str, group: str) -> dict[str, int]:
    """The values of one filter with the counts beside them."""
    part = page.partition(f'id="facet-{group}"')[2].partition("</section>")[0]
    found = re.findall(rf'id="by-{group}-([^"]+)".*?class="count">(\d+)', part, re.DOTALL)
    return {value: int(count) for value, count in found}


def test_filters_are_counted_for_the_query(looking: TestClient) -> None:
    page = looking.get("/search?q=attention").text
    assert counts(page, "technique") == {"cross-attention": 1}
    assert counts(page, "year") == {"2021": 1}
    both = looking.get("/search?q=neural OR transformer").text
    assert counts(both, "technique") == {"fusion": 1, "gated-fusion": 1, "cross-attention": 1}
    assert counts(both, "year") == {"2021": 1, "2020": 1}
    assert {value for value, n in counts(both, "verdict").items() if n} == {"try", "unread"}


def test_a_filter_narrows_all_but_its_own_counts(looking: TestClient) -> None:
    page = looking.get("/search?q=neural OR transformer&technique=fusion").text
    assert titles(page) == ["/papers/zhang2020uvrnmt"]
    assert counts(page, "technique") == {"fusion": 1, "gated-fusion": 1, "cross-attention": 1}
    assert counts(page, "year") == {"2020": 1}
    assert '<input type="hidden" name="technique" value="fusion" form="search-form">' in page
    two = looking.get("/search?q=neural OR transformer&year=2020&year=2021&verdict=unread").text
    assert titles(two) == ["/papers/kim2021vilt"]
    assert "Show all" in two


def test_a_filter_alone_is_a_search(looking: TestClient) -> None:
    assert titles(looking.get("/search?q=&tag=翻译").text) == [
        "/papers/zhang2020uvrnmt",
        "/comparisons/vqa/gated-fusion/dk-t4",
    ]


def test_what_no_library_has_as_a_filter_finds_nothing(looking: TestClient) -> None:
    page = looking.get("/search?q=gate&year=soon&kind=%00&author=%F0%9F%90%88").text
    assert "Nothing found" in page
    assert titles(page) == []


def test_a_page_beyond_the_last_says_so(looking: TestClient) -> None:
    page = looking.get("/search?q=gate&type=technique&page=7").text
    assert "There is no page 7" in page
    assert titles(page) == []


def test_the_number_of_statements_does_not_grow(reader: TestClient, db: Database) -> None:
    def statements() -> int:
        with counted(db) as seen:
            assert reader.get("/search?q=gazebo&technique=fusion").status_code == 200
        return len(seen)

    reader.post("/api/v1/papers", json={"title": "Gazebo", "techniques": ["gated-fusion"]})
    few = statements()
    for n in range(30):
        given = {"title": f"Gazebo {n}", "techniques": ["gated-fusion"], "tags": [f"t{n}"]}
        reader.post("/api/v1/papers", json=given)
    assert statements() <= few


@pytest.mark.parametrize(
    ("q", "said"),
    [
        ('"foo (', "A quotation mark is not closed"),
        ("gate ]", "Brackets join nothing here"),
        ("colour:red gate", "Searched as plain words: colour:red"),
    ],
)
def test_what_cannot_be_parsed_is_said(looking: TestClient, q: str, said: str) -> None:
    assert said in looking.get("/search", params={"q": q}).text
    assert said not in looking.get("/search", params={"q": "gate"}).text


def test_corrections_and_other_names_can_be_switched_off(looking: TestClient) -> None:
    page = looking.get("/search?q=vizual").text
    assert 'href="/search?q=visual"' in page
    assert 'href="/search?q=vizual&amp;as_typed=1"' in page
    page = looking.get("/search?q=模态融合").text
    assert "Also searched" in page
    assert 'href="/search?q=Fusion"' in page
    off = looking.get("/search?q=模态融合&as_typed=1").text
    assert "Also searched" not in off
    assert "Searched as typed." in off


def test_every_example_of_the_help_is_a_search(looking: TestClient) -> None:
    page = looking.get("/search").text
    links = re.findall(r'<a href="(/search\?q=[^"]+)"><code>', page)
    assert len(links) > 10
    for link in links:
        answer = looking.get(link)
        assert answer.status_code == 200
        assert "Searched as plain words" not in answer.text
        assert "OR joins" not in answer.text


def test_naughty_strings_are_answered(looking: TestClient, shared_dir: Path) -> None:
    strings = json.loads((shared_dir / "data/hostile/blns/blns.json").read_text("utf-8"))
    for text in strings[::9]:
        for path in ("/search", "/jump"):
            assert looking.get(path, params={"q": text, "tag": text}).status_code == 200, text
        saved = looking.post("/search", params={"q": text}, data={"name": text})
        assert saved.status_code in (200, 409, 422), text
    assert looking.get("/").status_code == 200
