"""What the reference (OpenAPI) allows and refuses, Schemathesis asks of each operation of the JSON
API, in this process, on an empty library: no answer is a 500, each has a status, a type
and headers that the reference names, and what the reference refuses is refused.
"""

from collections.abc import Iterator
from contextlib import suppress

import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import CHECKS
from schemathesis.core.failures import FailureGroup
from schemathesis.python import asgi


def find_faults(app: FastAPI, examples: int) -> Iterator[str]:
    """What is wrong, a line each, after `examples` requests of each operation and mode."""
    with asgi.get_client(app) as client:
        schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app)
        for found in schema.get_all_operations():
            for mode in GenerationMode:
                yield from _faults_of(found.ok(), mode, client, examples)


def _faults_of(
    operation: APIOperation, mode: GenerationMode, client: asgi.ASGIClient, examples: int
) -> list[str]:
    said: dict[str, str] = {}

    def ask(case: Case) -> None:
        try:
            # What the schema allows may still be refused: by a rule over several fields, or because
            # what is named is not there.
            case.validate_response(
                case.call(session=client),
                excluded_checks=[CHECKS.get_one("positive_data_acceptance")],
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
