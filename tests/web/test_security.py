"""Who may ask, and what a browser may do with the answer."""

import json
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://["},
    ],
)
def test_a_page_of_another_site_changes_nothing(
    client: TestClient, headers: dict[str, str]
) -> None:
    assert client.post("/papers", data={"title": "x"}, headers=headers).status_code == 403
    assert client.post("/api/v1/papers", json={"title": "x"}, headers=headers).status_code == 403
    assert client.get("/api/v1/papers").json()["total"] == 0


@pytest.mark.parametrize(
    "headers", [{}, {"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://testserver"}]
)
def test_our_own_pages_and_scripts_pass(client: TestClient, headers: dict[str, str]) -> None:
    answer = client.post("/api/v1/papers", json={"title": "x"}, headers=headers)
    assert answer.status_code == 201


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "[", ""])
def test_a_name_that_is_not_ours_is_refused(client: TestClient, host: str) -> None:
    assert client.get("/papers", headers={"Host": host}).status_code == 403


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1", "[::1]:8000"])
def test_our_own_names_are_answered(client: TestClient, host: str) -> None:
    assert client.get("/papers", headers={"Host": host}).status_code == 200


def test_a_referer_that_is_no_address_is_left_aside(client: TestClient) -> None:
    paper = client.post("/api/v1/papers", json={"title": "On gates", "citekey": "gate2020"})
    assert paper.status_code == 201
    assert client.get("/papers/gate2020", headers={"Referer": "http://[gates"}).status_code == 200


def test_nothing_foreign_runs(client: TestClient) -> None:
    headers = client.get("/papers").headers
    assert "script-src 'self';" in headers["content-security-policy"]
    assert "unsafe-inline" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


def test_too_much_at_once_is_told(client: TestClient) -> None:
    answer = client.post("/papers", data={"title": "x" * (33 * 1024 * 1024)})
    assert answer.status_code == 413
    answer = client.post(
        "/papers",
        content=(b"x" * 1024 * 1024 for _ in range(40)),
        headers={"content-type": "application/x-www-form-urlencoded"},
    )
    assert answer.status_code == 413


def test_an_address_of_too_many_parts_is_told(client: TestClient) -> None:
    answer = client.get("/api/v1/papers?" + "&".join(f"year={year}" for year in range(1000, 2000)))
    assert answer.status_code == 414
    assert "Take some of the filters out" in answer.json()["detail"]
    most = "&".join(f"year={year}" for year in range(1000, 1300))
    assert client.get(f"/papers?{most}").status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/papers/a%00b", 404),
        ("/api/v1/papers/%00", 404),
        ("/comparisons/a%00b/%00/%00", 404),
        ("/papers?tag=%00&author=a%00b", 200),
        ("/api/v1/notes?q=%00&paper=%00", 200),
        ("/search?q=a%00b", 200),
    ],
)
def test_nothing_is_named_by_nul(client: TestClient, path: str, status: int) -> None:
    assert client.get(path).status_code == status


def test_a_key_with_nul_is_refused(client: TestClient) -> None:
    answer = client.post("/api/v1/notes", json={"title": "a", "body": "b", "paper": "a\0b"})
    assert answer.status_code == 422


@pytest.mark.parametrize("charset", ["unicode_escape", "undefined", "punycode"])
def test_a_form_in_an_odd_charset_is_told(client: TestClient, charset: str) -> None:
    body = '--x\r\nContent-Disposition: form-data; name="title"\r\n\r\n\\ud800\r\n--x--\r\n'
    headers = {"Content-Type": f"multipart/form-data; boundary=x; charset={charset}"}
    answer = client.post("/papers", content=body, headers=headers)
    assert answer.status_code in (400, 422)
    assert client.get("/api/v1/papers").json()["total"] == 0


@pytest.mark.parametrize("text", ["{x:>99999999999}", "{x.__class__}", "{", 7])
def test_a_message_that_is_not_ours_is_not_shown(client: TestClient, text: object) -> None:
    cookie = quote(json.dumps([text, {"x": "planted"}]))
    answer = client.get("/papers", headers={"Cookie": f"flash={cookie}"})
    assert answer.status_code == 200
    assert "planted" not in answer.text


@pytest.mark.parametrize(
    "address",
    [
        "//evil.example/undo",
        "https://evil.example/undo",
        "/papers/x/delete",
        "/x\\y/undo",
        "/search?q=/undo",
        '"><script>/undo',
        7,
    ],
)
def test_a_message_offers_only_what_takes_back(client: TestClient, address: object) -> None:
    cookie = quote(json.dumps(["Planted.", {}, address, ""]))
    answer = client.get("/papers", headers={"Cookie": f"flash={cookie}"})
    assert answer.status_code == 200
    assert "Planted." not in answer.text


def test_a_defect_is_a_page_without_details(client: TestClient) -> None:
    def broken() -> None:
        raise RuntimeError("secret")

    assert isinstance(client.app, FastAPI)
    client.app.add_api_route("/api/v1/broken", broken)
    answer = client.get("/api/v1/broken")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize(
    ("method", "address", "allowed"),
    [
        ("PUT", "/api/v1/papers", {"GET", "HEAD", "OPTIONS", "POST"}),
        ("TRACE", "/api/v1/papers/x", {"GET", "HEAD", "OPTIONS", "PATCH", "DELETE"}),
        ("PUT", "/import", {"GET", "HEAD", "OPTIONS", "POST"}),
        ("HEAD", "/attachments", {"OPTIONS", "POST"}),
        ("POST", "/static/css/app.css", {"GET", "HEAD", "OPTIONS"}),
    ],
)
def test_what_is_not_allowed_names_what_is(
    client: TestClient, method: str, address: str, allowed: set[str]
) -> None:
    answer = client.request(method, address)
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == allowed
    assert set(answer.headers["Allow"].split(", ")) - {"HEAD"} == allowed - {"HEAD"}


@pytest.mark.parametrize("name", ["flash", "theme", "density", "language", "x"])
@pytest.mark.parametrize(
    "value",
    [
        "[" * 1_200,
        "%5B" * 20_000,
        "{" * 30_000,
        '"\\' * 15_000,
        "\xff\xfe",
        quote(json.dumps(["{x}", {}])),
        quote(json.dumps([["a"], []])),
        ";" * 30_000,
    ],
)
def test_a_cookie_that_cannot_be_read_is_not_there(
    client: TestClient, name: str, value: str
) -> None:
    cookie = f"{name}={value}".encode("latin-1")
    answer = client.get("/papers", headers={b"Cookie": cookie})
    assert answer.status_code == 200
    assert client.get("/nothing", headers={b"Cookie": cookie}).status_code == 404


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Accept-Language", ",;q=" * 10_000),
        ("Accept-Language", "zh;q=nan,en;q=inf,zh;q=1e999"),
        ("Range", "bytes=" + "0-," * 10_000),
        ("If-None-Match", '"' * 30_000),
        ("HX-Target", "[" * 30_000),
        ("Content-Type", "multipart/form-data;" * 2_000),
        ("Content-Type", "application/json;" + ';"' * 20_000),
        ("Accept-Encoding", "gzip;q=" * 5_000),
    ],
)
def test_a_header_that_cannot_be_read_is_not_there(
    client: TestClient, header: str, value: str
) -> None:
    assert client.get("/papers", headers={header: value}).status_code == 200


def test_a_form_of_a_hundred_thousand_fields_is_refused(client: TestClient) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = client.post("/notes", content="a=1&" * 100_000, headers=headers)
    assert answer.status_code == 400
    parts = '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n' * 30_000
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = client.post("/notes", content=f"{parts}--x--\r\n", headers=headers)
    assert answer.status_code == 400


def test_separators_in_the_lookup_field_name_nothing(client: TestClient) -> None:
    for mark in ("|", "、", ",;", " , "):
        answer = client.post("/papers/lookup", data={"ids": mark * 30_000})
        assert answer.status_code == 422
