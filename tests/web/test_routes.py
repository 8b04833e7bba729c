"""Every address, by every method: what is answered, what is allowed, which headers all have."""

import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient
from httpx2 import Response

from app.settings import Settings
from tests.databases import Template

METHODS = ("GET", "HEAD", "OPTIONS", "TRACE", "POST", "PUT", "PATCH", "DELETE")
SLUGS = {
    "techniques": "gated-fusion",
    "issues": "domain-knowledge",
    "benchmarks": "spider-dk",
    "comparisons": "vqa-text-to-sql",
    "correspondences": "question-object-alignment",
    "fields": "vqa",
}
NAMES = {
    "citekey": "kim2021vilt",
    "technique": "gated-fusion",
    "issue": "domain-knowledge",
    "code": "t1",
    "digest": "0" * 64,
}
HEADERS = {
    "content-security-policy": "frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-request-id": "",
}
HEADERS_OF_PLACES = {  # what a browser can be at; our styles, scripts and fonts are only parts
    "permissions-policy": "camera=(), ",
    "cross-origin-opener-policy": "same-origin",
}


def filled(path: str) -> str:
    """An address of the starter library, or, where that has none, one that names nothing."""

    def name(found: re.Match[str]) -> str:
        if found[1] == "slug":
            return SLUGS[path.removeprefix("/api/v1").removeprefix("/settings").split("/")[1]]
        return NAMES.get(found[1], "1")

    return re.sub(r"\{(\w+)\}", name, path)


@pytest.fixture
def settings(tmp_path_factory: pytest.TempPathFactory, starter_library: Template) -> Settings:
    return starter_library.restored(tmp_path_factory.getbasetemp() / "library")


@pytest.fixture
def starter(client: TestClient) -> TestClient:
    client.follow_redirects = False
    return client


def addresses(client: TestClient) -> Iterator[str]:
    assert isinstance(client.app, FastAPI)
    found = {route.path for route in iter_route_contexts(client.app.routes) if route.path}
    found = {filled(path) for path in found} - {"/static"}
    assert len(found) > 100
    yield from sorted(found)
    yield from (
        "/static/css/common.css",
        "/static/css/tokens.css",
        "/export?format=bibtex",
        "/api/v1/export?format=csv",
    )
    yield from ("/api/v1/comparisons/vqa-text-to-sql?format=json", "/papers/", "/no/such/page")


def assert_guarded(answer: Response) -> None:
    is_part = answer.request.url.path.startswith("/static/")
    for name, value in (HEADERS | ({} if is_part else HEADERS_OF_PLACES)).items():
        assert value in answer.headers[name], (answer.url, name)


def test_what_is_allowed_is_what_is_not_refused(starter: TestClient) -> None:
    """And HEAD is GET without a body; and every answer has the headers, also to what is none of
    ours."""
    every = list(addresses(starter))
    allows = {}
    got = {}
    for method in METHODS:  # first those that change nothing
        for address in every:
            answer = starter.request(method, address)
            elsewhere = any(
                word in address for word in ("export", "refresh", "fetch", "candidates")
            )
            assert answer.status_code < 500 or elsewhere, address
            assert_guarded(answer)
            said = answer.status_code, {**answer.headers, "x-request-id": ""}
            if method == "GET":
                got[address] = said
            elif method == "HEAD":
                assert (said, answer.content) == (got[address], b""), address
            if answer.status_code == 405:
                allows[address, method] = set(answer.headers["allow"].split(", "))
            elif method == "OPTIONS" and answer.status_code not in (404, 307):
                assert (answer.status_code, answer.content) == (204, b"")
                allows[address, method] = set(answer.headers["allow"].split(", "))
    assert sum(status == 200 for status, _ in got.values()) > 70
    for address in every:
        refused = {method for method in METHODS if (address, method) in allows} - {"OPTIONS"}
        if address in ("/no/such/page", "/papers/"):
            assert not refused
            continue
        assert "TRACE" in refused, address
        for method in (*refused, "OPTIONS"):
            assert allows[address, method] == set(METHODS) - refused, (method, address)


def test_other_sites_learn_nothing_by_asking_what_they_may(client: TestClient) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "PATCH"}
    answer = client.options("/api/v1/papers", headers=asked)
    assert answer.status_code == 204
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_an_answer_to_who_may_not_ask_has_the_headers_too(client: TestClient) -> None:
    assert_guarded(client.get("/papers", headers={"Host": "evil.example"}))
    assert_guarded(client.post("/papers", headers={"Origin": "https://evil.example"}))
    assert_guarded(client.post("/papers", headers={"Content-Length": "99999999999"}))
    assert_guarded(client.get("/papers?" + "a=1&" * 400))
