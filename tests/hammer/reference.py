"""What the reference (OpenAPI) allows and refuses, Schemathesis asks of each operation of the JSON
API, in this process, on an empty library: no answer is a 500, each has a status, a type
and headers that the reference names, and what the reference refuses is refused.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, cast

import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import CheckFunction, not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Err
from schemathesis.core.transport import Response
from schemathesis.python import asgi
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

# Fields that name other rows: of an empty library none is there, which no schema says.
_OTHERS = {
    *(
        "after",
        "parent",
        "field",
        "fields",
        "source_field",
        "target_field",
        "rows",
        "columns",
        "techniques",
    ),
    *("issues", "papers", "paper", "technique", "issue", "other", "benchmark", "comparison", "key"),
    *("correspondence", "category", "citekeys", "verdict"),
    *("add_techniques", "add_fields", "remove_techniques", "remove_fields"),
    "file",  # what a file must hold, its readers say
}
# What else hangs on other rows, on what words a text is cut into, or on another parameter.
_OTHERS_OF = {
    "POST /api/v1/techniques": {"slug"},
    "POST /api/v1/issues": {"slug"},
    "PATCH /api/v1/techniques/{slug}": {"slug", "name_en"},  # where it has no other name
    "PATCH /api/v1/issues/{slug}": {"slug", "name_en"},
    "PATCH /api/v1/notes/{note_id}": {"body"},  # where it has no title
    "POST /api/v1/hypotheses": {"result", "stance", "precondition_state"},
    "POST /api/v1/searches": {"name", "q"},
    "PATCH /api/v1/searches/{number}": {"name", "q"},
    "POST /api/v1/comparisons/{slug}/cells/{technique}/{issue}/claims": {"source", "note"},
    "PATCH /api/v1/claims/{number}": {"source", "note"},
    "GET /api/v1/export": {"format"},
    "POST /api/v1/authors/{author}/names": {"name"},
    "POST /api/v1/papers/bulk": {"edit", "q", "versions", "remove_tags"},
    "POST /api/v1/watches": {"target"},  # by its kind
    "PATCH /api/v1/watches/{number}": {"target"},
    "POST /api/v1/watches/preview": {"target"},
}
# What asks another server, and says so where that does not answer.
_ASKS = {
    "POST /api/v1/papers",
    "POST /api/v1/papers/{citekey}/files/fetch",
    "POST /api/v1/watches/preview",
}
_OF_ANOTHER_SERVER = {502, 503, 504}


def find_faults(app: FastAPI, examples: int) -> Iterator[str]:
    """What is wrong, a line each, after `examples` requests of each operation and mode."""
    with asgi.get_client(cast(Any, app)) as client:
        schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app)
        for found in schema.get_all_operations():
            if isinstance(found, Err):
                yield str(found.err())
                continue
            for mode in GenerationMode:
                yield from _faults_of(found.ok(), mode, client, examples)


def _names_what_is_not_there(answer: Response, operation: str) -> bool:
    """Whether a request was refused for nothing but what it names."""
    if answer.status_code != 422:
        return False
    fields = {re.sub(r".*\.(?!\d)|\.\d+$", "", name) for name in answer.json().get("errors", {})}
    return bool(fields) and fields <= _OTHERS | _OTHERS_OF.get(operation, set())


def _with_whole_numbers(value: Any) -> Any:
    """`value` with 1 for 1.0, which is a whole number to JSON Schema, and none to the API."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_with_whole_numbers(each) for each in value]
    if isinstance(value, dict):
        return {name: _with_whole_numbers(each) for name, each in value.items()}
    return value


def _faults_of(
    operation: APIOperation[Any, Any, Any, Any],
    mode: GenerationMode,
    client: asgi.ASGIClient,
    examples: int,
) -> list[str]:
    said: dict[str, str] = {}

    def ask(case: Case[Any]) -> None:
        try:
            case.body = _with_whole_numbers(case.body)
            answer = case.call(session=client)
            spared = _names_what_is_not_there(answer, operation.label)
            excluded: list[CheckFunction] = [positive_data_acceptance] if spared else []
            if case.media_type == "multipart/form-data":  # all in it is text: 1 is "1"
                excluded += [negative_data_rejection]
            if operation.label in _ASKS and answer.status_code in _OF_ANOTHER_SERVER:
                excluded += [not_a_server_error]
            case.validate_response(answer, excluded_checks=excluded)
        except FailureGroup as group:
            for each in group.exceptions:
                why = " ".join(str(each).split())[:500]
                said.setdefault(
                    each.title, f"{operation.label}: {why} {case.as_curl_command()[:300]}"
                )

    run = settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    with suppress(Unsatisfiable):  # nothing could be sent that is wrong
        run(given(case=operation.as_strategy(generation_mode=mode))(ask))()
    return list(said.values())
