"""The API describes itself, without asking anybody outside."""

import re

from fastapi.testclient import TestClient


def test_every_operation_is_on_the_page(client: TestClient) -> None:
    document = client.get("/api/v1/openapi.json").json()
    page = client.get("/api/v1/docs").text
    assert document["paths"]
    for path in document["paths"]:
        assert f"<code>{path}</code>" in page
    assert not re.search(r'(src|href)="https?://', page)
