"""The API's reference as one of our pages, made of the OpenAPI document that the routes give."""

from collections import defaultdict
from dataclasses import dataclass

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse

from app.web.pages import render_page
from app.web.threads import Route

router = APIRouter(route_class=Route, include_in_schema=False)


@dataclass(frozen=True)
class Operation:
    method: str
    path: str
    summary: str
    parameters: list[str]
    body: str


@dataclass(frozen=True)
class ApiReference:
    groups: dict[str, list[Operation]]
    schemas: dict[str, list[tuple[str, str]]]


@router.get("/api/v1/docs")
def reference(request: Request) -> HTMLResponse:
    """Every operation with its parameters and body, every body with its fields."""
    app: FastAPI = request.app
    document = app.openapi()
    groups: dict[str, list[Operation]] = defaultdict(list)
    for path, methods in document["paths"].items():
        for method, spec in methods.items():
            content = spec.get("requestBody", {}).get("content", {})
            groups[next(iter(spec.get("tags", [""])))].append(
                Operation(
                    method.upper(),
                    path,
                    spec.get("description", spec.get("summary", "")),
                    [each["name"] for each in spec.get("parameters", [])],
                    next((_type(each["schema"]) for each in content.values()), ""),
                )
            )
    schemas = {
        name: [(field, _type(spec)) for field, spec in schema.get("properties", {}).items()]
        for name, schema in sorted(document.get("components", {}).get("schemas", {}).items())
    }
    return render_page(request, "web/reference.html", ApiReference(dict(groups), schemas))


def _type(schema: dict[str, object]) -> str:
    """A JSON schema in one word or two: `string`, `[Paper]`, `integer | null`."""
    match schema:
        case {"$ref": str(ref)}:
            return ref.rsplit("/", 1)[-1]
        case {"anyOf": list(options)}:
            return " | ".join(_type(option) for option in options)
        case {"type": "array", "items": dict(items)}:
            return f"[{_type(items)}]"
        case {"const": value}:
            return repr(value)
        case {"enum": list(values)}:
            return " | ".join(map(str, values))
        case {"type": kind}:
            return str(kind)
    return "any"
