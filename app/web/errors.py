"""Errors become answers in this one place: a page, or problem+json (RFC 9457) under `/api`."""

import logging
from dataclasses import dataclass
from typing import NotRequired, TypedDict

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.routing import iter_route_contexts
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException

from app.database import Database, explain_error
from app.errors import N_, AlreadyHeld, CrosswalkError, Invalid, Message
from app.web.languages import language_of, load_catalogue
from app.web.pages import render_page

log = logging.getLogger("crosswalk")

_TITLES = {
    404: N_("Not found"),
    405: N_("Not allowed here"),
}


_NAMED = 20  # of the fields that could not be read; a body can have thousands

# How the API's reference describes them.
DOCUMENTED: dict[int | str, dict[str, object]] = {
    "default": {
        "description": "What is wrong (RFC 9457)",
        "content": {
            "application/problem+json": {
                "schema": {
                    "title": "Problem",
                    "type": "object",
                    "properties": {
                        "type": {"type": "string"},
                        "title": {"type": "string"},
                        "status": {"type": "integer"},
                        "detail": {"type": "string"},
                        "request_id": {"type": "string"},
                        "errors": {
                            "type": "object",
                            "additionalProperties": {"type": "string"},
                            "description": "What is wrong with each field",
                        },
                        "held": {"type": "string", "description": "The page of what is there"},
                    },
                    "required": ["type", "title", "status", "detail"],
                }
            }
        },
    }
}


@dataclass(frozen=True)
class ErrorPage:
    status: int
    title: str
    detail: str
    errors: dict[str, str]
    held_url: str
    request_id: str


def install_handlers(app: FastAPI) -> None:
    """Hand every kind of error to its answer."""

    @app.exception_handler(CrosswalkError)
    async def ours(request: Request, error: CrosswalkError) -> Response:
        return answer_error(request, error)

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: RequestValidationError) -> Response:
        fields = dict(map(_misread, error.errors()[:_NAMED]))
        if request.method in ("GET", "HEAD"):
            title = N_("This address cannot be read")
            detail = N_("What is named below is not as it should be.")
            return _answer(request, 422, title, Message(detail), errors=fields)
        return answer_error(request, Invalid(fields))

    @app.exception_handler(DBAPIError)
    @app.exception_handler(OSError)
    async def beneath(request: Request, error: Exception) -> Response:
        explained = explain_error(error)
        if explained is None and isinstance(error, DBAPIError):
            database: Database = request.app.state.database
            explained = database.explain_newer_schema()
        if explained is None:
            raise error
        why = error.orig if isinstance(error, DBAPIError) else error
        log.error("%s request_id=%s: %s", explained.title, _request_id(request), why)
        return answer_error(request, explained)

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        cause = error.__cause__  # FastAPI says of any fault that a body could not be read
        if isinstance(cause, CrosswalkError):
            return answer_error(request, cause)
        if isinstance(cause, OSError):
            return await beneath(request, cause)
        title = _TITLES.get(error.status_code, N_("The request could not be carried out"))
        detail = N_("There is nothing at this address.") if error.status_code == 404 else ""
        response = _answer(request, error.status_code, title, Message(detail or str(error.detail)))
        response.headers.update(error.headers or {})
        if error.status_code == 405:
            allow = {"Allow": ", ".join(sorted(_allowed_methods(request)))}
            if request.method == "OPTIONS":
                return Response(status_code=204, headers=allow)
            response.headers.update(allow)
        return response


def _allowed_methods(request: Request) -> set[str]:
    """The methods of an address, which is a route for each of them (RFC 9110, 15.5.6). What may be
    asked for by GET may be by HEAD: `Guard` sees to that, and this to OPTIONS."""
    found = {
        method
        for route in iter_route_contexts(request.app.routes)
        if route.path_regex.match(request.scope["path"])
        for method in route.methods or ("GET",)  # files
    }
    return found | {"OPTIONS"} | ({"HEAD"} if "GET" in found else set())


class _Problem(TypedDict):
    """The part of Pydantic's error details that is used here."""

    type: str
    loc: tuple[str | int, ...]
    msg: str
    ctx: NotRequired[dict[str, object]]


def _misread(problem: _Problem) -> tuple[str, Message]:
    """The name of what could not be read, and why."""
    if problem["type"] == "json_invalid":
        why = str(problem.get("ctx", {}).get("error", ""))
        return "body", Message.of(N_("This is not JSON: {problem}."), problem=why)
    field = ".".join(str(part) for part in problem["loc"][1:])
    if not field and problem["type"] == "model_attributes_type":
        return "body", Message(N_("Send a JSON object, as application/json."))
    return field or "body", Message(problem["msg"].replace("{", "(").replace("}", ")"))


def answer_unexpected(request: Request, error: Exception) -> Response:
    """A defect of ours: the log has the details, the page only the request's id to find them."""
    log.error("unexpected request_id=%s", _request_id(request), exc_info=error)
    detail = N_("This is a defect of Crosswalk. Nothing was saved; the log says more.")
    return _answer(request, 500, N_("Something went wrong"), Message(detail))


def answer_error(request: Request, error: CrosswalkError) -> Response:
    """The answer for one of our errors."""
    errors = error.errors
    held = error.url if isinstance(error, AlreadyHeld) else ""
    return _answer(
        request,
        error.status,
        error.title,
        error.message,
        errors=errors,
        held_url=held,
        type_uri=error.type,
    )


def _answer(
    request: Request,
    status: int,
    title: str,
    detail: Message,
    *,
    errors: dict[str, Message] | None = None,
    held_url: str = "",
    type_uri: str = "about:blank",
) -> Response:
    words = load_catalogue(language_of(request))
    said = {name: words.message(message) for name, message in (errors or {}).items()}
    if request.url.path.startswith("/api/"):
        problem: dict[str, object] = {
            "type": type_uri,
            "title": words.gettext(title),
            "status": status,
            "detail": words.message(detail),
            "request_id": _request_id(request),
        }
        if said:
            problem["errors"] = said
        if held_url:
            problem["held"] = held_url
        return JSONResponse(problem, status, media_type="application/problem+json")
    context = ErrorPage(
        status=status,
        title=words.gettext(title),
        detail=words.message(detail),
        errors=said,
        held_url=held_url,
        request_id=_request_id(request),
    )
    response = render_page(request, "error.html", context, status=status)
    if request.headers.get("hx-request") == "true":
        # Not into the part that was to be replaced: messages have a region of their own.
        response.headers.update(
            {"HX-Retarget": "#messages", "HX-Reselect": "#problem", "HX-Reswap": "innerHTML"}
        )
    return response


def _request_id(request: Request) -> str:
    return str(getattr(request.state, "request_id", ""))
