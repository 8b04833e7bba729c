"""The API describes itself, without asking anybody outside."""

import re

from fastapi.testclient import TestClient

from app.library.filters import FILTERS


def test_every_operation_is_on_the_page(client: TestClient) -> None:
    document = client.get("/api/v1/openapi.json").json()
    page = client.get("/api/v1/docs").text
    assert document["paths"]
    for path in document["paths"]:
        assert f"<code>{path}</code>" in page
    assert "HTTPValidationError" not in page
    parameters = document["paths"]["/api/v1/papers"]["get"]["parameters"]
    assert {"q", "page", *FILTERS} <= {each["name"] for each in parameters}
    assert not re.search(r'(src|href)="https?://', page)


def test_errors_are_described_as_they_are_answered(client: TestClient) -> None:
    document = client.get("/api/v1/openapi.json").json()
    for methods in document["paths"].values():
        for operation in methods.values():
            assert "422" not in operation["responses"]
            (media,) = operation["responses"]["default"]["content"]
            assert media == "application/problem+json"
    problem = client.post("/api/v1/papers", json={"title": ""})
    assert problem.headers["content-type"] == "application/problem+json"
    schema = operation["responses"]["default"]["content"][media]["schema"]
    assert set(schema["required"]) <= set(problem.json()) <= set(schema["properties"])
