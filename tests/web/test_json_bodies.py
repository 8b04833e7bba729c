"""What comes in as JSON is taken as JSON has it, and the API's reference says what is refused."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, get_args

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient
from hypothesis import given, strategies
from pydantic import BaseModel, TypeAdapter, ValidationError

from app.kit.json_fields import Day
from app.web import request_limits

# What Pydantic would make a date, a boolean, a number or a text of.
LAX: tuple[object, ...] = (
    0,
    1,
    1.0,
    0.5,
    True,
    "0",
    "1",
    "yes",
    "on",
    "true",
    "86400",
    "2020-01-01T00:00:00",
    [],
    {},
)


def bodies(app: FastAPI) -> set[type[BaseModel]]:
    """Every model that a body of the API is read into, and those within it."""
    found: set[type[BaseModel]] = set()

    def take(kind: Any) -> None:
        if isinstance(kind, type) and issubclass(kind, BaseModel) and kind not in found:
            found.add(kind)
            for field in kind.model_fields.values():
                take(field.annotation)
        for part in get_args(kind):
            take(part)

    for route in iter_route_contexts(app.routes):
        for body in getattr(getattr(route, "dependant", None), "body_params", ()):
            take(body.field_info.annotation)
    return found


def fields(app: FastAPI) -> Iterator[tuple[str, Any]]:
    for model in sorted(bodies(app), key=lambda each: each.__name__):
        for name, field in model.model_fields.items():
            kind: Any = field.annotation
            for told in field.metadata:
                kind = Annotated[kind, told]
            yield f"{model.__name__}.{name}", kind


def test_no_value_is_taken_for_another(client: TestClient) -> None:
    assert isinstance(client.app, FastAPI)
    every = dict(fields(client.app))
    assert len(every) > 60
    for name, kind in every.items():
        for value in LAX:
            try:
                taken = TypeAdapter(kind).validate_python(value)
            except ValidationError:
                continue
            if type(taken) is float and type(value) is int:
                continue  # a number all the same
            assert isinstance(taken, type(value)) or isinstance(value, str), (name, value)
            assert not isinstance(taken, date | bool) or taken is value, (name, value)


def test_a_date_is_a_day() -> None:
    day = TypeAdapter(Day)
    assert day.validate_python("2023-03-06") == date(2023, 3, 6)
    for wrong in ("2023-3-6", "2023-02-30", "20230306", "", "２０２３-03-06", 1678060800):
        with pytest.raises(ValidationError):
            day.validate_python(wrong)


def test_the_reference_says_what_is_refused(client: TestClient) -> None:
    """Every text that is sent has a limit, a pattern or a list of what it may be."""
    assert isinstance(client.app, FastAPI)
    schemas = client.get("/api/v1/openapi.json").json()["components"]["schemas"]

    def texts(schema: dict[str, Any], at: str) -> Iterator[tuple[str, dict[str, Any]]]:
        if schema.get("type") == "string":
            yield at, schema
        for part in schema.get("anyOf", ()):
            yield from texts(part, at)
        for inside in ("items", "additionalProperties"):
            if isinstance(schema.get(inside), dict):
                yield from texts(schema[inside], at)

    for model in bodies(client.app):
        schema = schemas[model.__name__]
        assert schema["additionalProperties"] is False, model
        for name, told in schema["properties"].items():
            for at, text in texts(told, f"{model.__name__}.{name}"):
                assert text.keys() & {"maxLength", "pattern", "enum", "format", "const"}, at
    note = schemas["NoteInput"]["properties"]
    assert (note["title"]["maxLength"], note["body"]["maxLength"]) == (1_000, 1_000_000)
    year = schemas["PaperInput"]["properties"]["year"]["anyOf"][0]
    assert (year["minimum"], year["maximum"]) == (1000, 2200)


@pytest.mark.parametrize("value", [0, 0.0, True, "0", "1", "86400", "2020-01-01T00:00:00", [], {}])
def test_what_is_no_date_names_its_field(client: TestClient, value: object) -> None:
    answer = client.patch("/api/v1/claims/1", json={"dated_on": value})
    assert answer.status_code == 422
    assert "dated_on" in answer.json()["errors"]


@pytest.mark.parametrize("value", [1, 0, "yes", "true", 1.0])
def test_what_is_no_boolean_names_its_field(client: TestClient, value: object) -> None:
    answer = client.post("/api/v1/papers", json={"title": "T", "force": value})
    assert answer.status_code == 422
    assert answer.json()["errors"].keys() == {"force"}


def test_thousands_of_unknown_names_are_refused_at_once(client: TestClient) -> None:
    few = client.post("/api/v1/notes", json={f"k{n}": 1 for n in range(100)})
    assert few.status_code == 422
    assert 0 < len(few.json()["errors"]) <= 20
    many = client.post("/api/v1/notes", json={f"k{n}": 1 for n in range(300_000)})
    assert many.status_code == 422
    assert len(many.content) < 2_000


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ('{"title":' + "[" * 100_000, 422),
        ('{"title":' + '{"a":' * 100_000, 422),
        ('{"title": [' + "0," * 300_000 + "0]}", 422),
        ('{"title": "' + "a" * (9 * 1024 * 1024) + '"}', 413),
        ('{"title": "' + "a" * 100_000, 422),
    ],
)
def test_json_that_no_form_says_is_refused(client: TestClient, body: str, status: int) -> None:
    headers = {"Content-Type": "application/json"}
    answer = client.post("/api/v1/notes", content=body, headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


@given(
    strategies.recursive(
        strategies.none() | strategies.text(),
        lambda inside: (
            strategies.lists(inside) | strategies.dictionaries(strategies.text(), inside)
        ),
    )
)
def test_as_many_values_as_are_taken_are_parsed(value: object) -> None:
    def count(each: object) -> int:
        inside = list(each.values()) if isinstance(each, dict) else each
        return len(inside) + sum(map(count, inside)) if isinstance(inside, list) else 0

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(request_limits, "VALUES_LIMIT", count(value))
        for indent in (None, 1):
            body = json.dumps(value, ensure_ascii=indent is None, indent=indent).encode()
            assert request_limits._parse_json(body) == value


def test_the_longest_note_can_be_sent(client: TestClient) -> None:
    """Also with every character written as an escape."""
    body = '{"body": "' + "\\u4e2d" * 999_000 + 'a"}'
    assert len(body) < request_limits.JSON_LIMIT
    headers = {"Content-Type": "application/json"}
    answer = client.post("/api/v1/notes", content=body, headers=headers)
    assert answer.status_code == 201


def test_a_number_too_large_for_a_row_names_nothing(client: TestClient) -> None:
    for address in ("/api/v1/merges/99999999999999999999", "/api/v1/claims/99999999999999999999"):
        assert client.delete(address).status_code in (404, 422)
    assert client.post("/duplicates/merges/99999999999999999999/undo").status_code in (404, 422)
