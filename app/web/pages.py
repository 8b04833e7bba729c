"""Answers in HTML: whole pages, or the one block that htmx asked for."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import fields as dataclass_fields
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, quote, quote_plus, unquote, urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2_fragments import render_block

from app.errors import Message
from app.web.languages import language_of
from app.web.templates import make_environment

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def render_page(
    request: Request,
    template: str,
    context: "DataclassInstance",
    *,
    blocks: tuple[str, ...] = (),
    status: int = 200,
) -> HTMLResponse:
    """`template` with `context`'s fields; where htmx's target is one of `blocks`, that block alone.

    A block has the name of the id that htmx swaps it into. A history restore gets the whole page.
    """
    values: dict[str, object] = {
        field.name: getattr(context, field.name) for field in dataclass_fields(context)
    }
    return _answer(request, template, values, blocks=blocks, status=status)


def _answer(
    request: Request,
    template: str,
    values: Mapping[str, object],
    *,
    blocks: tuple[str, ...] = (),
    status: int = 200,
) -> HTMLResponse:
    env = make_environment(language_of(request))
    flash = request.cookies.get("flash")
    address = _Address(request)
    values = {
        **values,
        "request": request,
        "query": address.query,
        "toggled": address.toggled,
        "feed": address.feed,
        "theme": request.cookies.get("theme", ""),
        "density": request.cookies.get("density", ""),
        "flash": _read_flash(flash),
        "nav": request.url.path.strip("/").split("/")[0],
    }
    block = wanted_block(request, blocks)
    if block:
        text = render_block(env, template, block, **values)
    else:
        text = env.get_template(template).render(values)
    response = HTMLResponse(text, status, headers={"Vary": "HX-Request, Cookie, Accept-Language"})
    if flash and not block:
        response.delete_cookie("flash")
    return response


def wanted_block(request: Request, blocks: tuple[str, ...]) -> str | None:
    """The block that htmx asked for: named by its target, unless it restores its history."""
    if request.headers.get("hx-history-restore-request") == "true":
        return None
    target = request.headers.get("hx-target", "")
    return target if request.headers.get("hx-request") == "true" and target in blocks else None


_FLASH_LIMIT = 8_000  # characters; browsers keep half as many


@dataclass(frozen=True)
class Flash:
    """What the request before this page did, in a message (perhaps none). `undo` is the address
    that takes it back, `retry` the one that was asked in vain; both are posted to."""

    message: Message
    undo: str = ""
    retry: str = ""


def redirect_to(
    url: str,
    flash: str | Message = "",
    *,
    undo: str = "",
    retry: str = "",
    **values: str | int,
) -> RedirectResponse:
    """To `url` by GET (303: a reload posts nothing twice), with a message on the next page, which
    offers to take back what was done, or to try again what was not."""
    response = RedirectResponse(url, 303)
    message = flash if isinstance(flash, Message) else Message.of(flash, **values)
    said = quote(json.dumps([message.text, dict(message.values), undo, retry]))
    response.set_cookie("flash", said, max_age=60, httponly=True, samesite="lax")
    return response


def split_header(request: Request, name: str) -> SplitResult:
    """The parts of the address that a header names; all empty where it is none."""
    try:
        return urlsplit(request.headers.get(name, ""))
    except ValueError:
        return urlsplit("")


def came_from(request: Request, default: str) -> str:
    """The address of the page of ours that a form was sent from, to go back to."""
    sent = split_header(request, "referer")
    if sent.netloc != request.headers.get("host") or sent.path.startswith("//"):
        return default
    return sent.path + (f"?{sent.query}" if sent.query else "")


_ACTION = re.compile(r"(/[^/\\?#\s]+)+/(?:restore|refresh|undo|redo)|")


def _read_flash(cookie: str | None) -> Flash | None:
    """The message of a cookie, if it can be one of ours: other servers of this host set cookies
    too, and a format such as `{x:>999999999}` would fill the memory."""
    if not cookie or len(cookie) > _FLASH_LIMIT:
        return None
    try:
        text, values, *actions = json.loads(unquote(cookie))
        if not re.fullmatch(r"(?:[^{}]++|\{\w{1,100}\})*+", text):
            return None
        message = Message.of(str(text), **{str(key): str(value) for key, value in values.items()})
        str(message)
        if not all(map(_ACTION.fullmatch, actions)):
            return None
        return Flash(message, *actions)
    except (ValueError, TypeError, AttributeError, KeyError, IndexError, RecursionError):
        return None


_quoted = lru_cache(maxsize=4096)(quote_plus)  # the same slugs for each page


class _Address:
    """The address of the page that is asked for, to be had with other parameters."""

    def __init__(self, request: Request) -> None:
        self._path = request.url.path
        self._parameters = [
            (key, value, f"{_quoted(key)}={_quoted(value)}")
            for key, value in request.query_params.multi_items()
        ]
        self._filters: dict[str, tuple[list[str], str]] = {}

    def query(self, **changes: object) -> str:
        """This page's address with some parameters changed; None or "" takes one out."""
        return self._at(self._path, changes)

    def feed(self) -> str:
        """The address of the Atom feed of the papers that this page's query and filters find."""
        return self._at("/feed.atom", dict.fromkeys(("page", "sort", "type", "as_typed")))

    def toggled(self, name: str, value: str) -> str:
        """This page's address with one value of a repeatable filter put in, or taken out again."""
        if name not in self._filters:
            given = [each for key, each, _ in self._parameters if key == name]
            one_more = self.query(**{name: [*given, ""], "page": None})
            self._filters[name] = given, one_more
        given, one_more = self._filters[name]
        if value not in given:
            return one_more + _quoted(value)
        return self.query(**{name: [each for each in given if each != value], "page": None})

    def _at(self, path: str, changes: Mapping[str, object]) -> str:
        kept = [encoded for key, _, encoded in self._parameters if key not in changes]
        for key, value in changes.items():
            if value not in (None, ""):
                values = value if isinstance(value, list) else [value]
                kept += [f"{_quoted(key)}={_quoted(str(each))}" for each in values]
        return f"{path}?{'&'.join(kept)}" if kept else path
