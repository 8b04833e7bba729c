"""What the reference (OpenAPI) allows and refuses, Schemathesis asks of each operation of the JSON
API, in this process, on an empty library: no answer is a 500, each has a status, a type
and headers that the reference names, and what the reference refuses is refused.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any, cast

import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Err
from schemathesis.core.transport import Response
from schemathesis.python import asgi
from schemathesis.specs.openapi.checks import positive_data_acceptance

# Fields that name other rows: of an empty library none is there, which no schema says.
_OTHERS = {
    *("after", "parent", "field", "source_field", "target_field", "rows", "columns", "techniques"),
    *("issues", "papers", "paper", "technique", "issue", "other", "benchmark", "comparison", "key"),
}
# What is taken is less than the schema says: arXiv ids, DOIs, moments, words that are searched, a
# reason that a stance asks for, and whole numbers as 1.0.
_LOOSER = frozenset(
    {
        "POST /api/v1/papers",
        "PATCH /api/v1/papers/{citekey}",
        "POST /api/v1/import",
        "POST /api/v1/searches",
        "PATCH /api/v1/claims/{number}",
        "GET /api/v1/export",
        "GET /api/v1/comparisons/{slug}",
        "GET /api/v1/comparisons/{slug}/cells/{technique}/{issue}",
        "POST /api/v1/comparisons/{slug}/cells/{technique}/{issue}/undo",
    }
)


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


def _names_what_is_not_there(answer: Response) -> bool:
    """Whether a request was refused for nothing but what it names."""
    if answer.status_code != 422:
        return False
    return {*answer.json().get("errors", {})} <= _OTHERS


def _faults_of(
    operation: APIOperation[Any, Any, Any, Any],
    mode: GenerationMode,
    client: asgi.ASGIClient,
    examples: int,
) -> list[str]:
    said: dict[str, str] = {}

    def ask(case: Case[Any]) -> None:
        try:
            answer = case.call(session=client)
            spared = operation.label in _LOOSER or _names_what_is_not_there(answer)
            case.validate_response(
                answer, excluded_checks=[positive_data_acceptance] if spared else []
            )
        except FailureGroup as group:
            for each in group.exceptions:
                why = " ".join(str(each).split())[:200]
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
