"""The search page, whole and as htmx asks for it."""

import re

from fastapi.testclient import TestClient

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
