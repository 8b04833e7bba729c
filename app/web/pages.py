"""Rendering: one Jinja environment a language, whole pages or the one block that htmx asked for."""

import json
import re
from collections.abc import Mapping
from dataclasses import fields as dataclass_fields
from functools import cache
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote, unquote, urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from jinja2_fragments import render_block

from app.errors import Message
from app.kit.text import has_han
from app.models.stances import STANCES
from app.settings import Language, resource
from app.web.bookmarklet import bookmarklet
from app.web.languages import LANGUAGES, catalogue, language_of

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


class Named(Protocol):
    """Anything of a bilingual vocabulary."""

    name_en: str
    name_zh: str


@cache
def environment(language: Language) -> Environment:
    """Templates in one language; undefined names are errors, everything is escaped."""
    env = Environment(
        loader=FileSystemLoader(resource("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    words = catalogue(language)
    env.install_gettext_callables(  # type: ignore[attr-defined]  # added by the i18n extension
        words.gettext, words.ngettext, newstyle=True
    )
    env.globals.update(
        language=language,
        languages=LANGUAGES,
        name=lambda thing: _name(thing, language),
        other_name=lambda thing: _name(thing, "en" if language == "zh" else "zh"),
        date=words.date,
        message=words.message,
        asset=asset,
        bookmarklet=bookmarklet,
        has_han=has_han,
        query=_query,
        toggled=_toggled,
        stance_table=STANCES,
    )
    return env


def page(
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
    env = environment(language_of(request))
    flash = request.cookies.get("flash")
    values = {
        **values,
        "request": request,
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


def redirect(url: str, flash: str = "", **values: str | int) -> RedirectResponse:
    """To `url` by GET (303: a reload posts nothing twice), with a message on the next page."""
    response = RedirectResponse(url, 303)
    if flash:
        said = quote(json.dumps([flash, values]))
        response.set_cookie("flash", said, max_age=60, httponly=True, samesite="lax")
    return response


def _read_flash(cookie: str | None) -> Message | None:
    """The message of a cookie, if it can be one of ours: other servers of this host set cookies
    too, and a format such as `{x:>999999999}` would fill the memory."""
    try:
        text, values = json.loads(unquote(cookie or ""))
        if not re.fullmatch(r"(?:[^{}]|\{\w+\})*", text):
            return None
        message = Message.of(str(text), **{str(key): str(value) for key, value in values.items()})
        str(message)
    except (ValueError, TypeError, AttributeError, KeyError, IndexError):
        return None
    return message


def _name(thing: Named, language: Language) -> str:
    return (
        (thing.name_zh or thing.name_en) if language == "zh" else (thing.name_en or thing.name_zh)
    )


@cache
def asset(path: str) -> str:
    """The address of a file under `static/`; it changes with the content and caches for good."""
    import hashlib

    content = (resource("static") / path).read_bytes()
    return f"/static/{path}?v={hashlib.sha256(content).hexdigest()[:10]}"


@pass_context
def _query(context: Context, **changes: object) -> str:
    """This page's address with some query parameters changed; None or "" takes one out."""
    request: Request = context["request"]
    kept = [(key, value) for key, value in request.query_params.multi_items() if key not in changes]
    for key, value in changes.items():
        if value not in (None, ""):
            kept += [(key, str(v)) for v in (value if isinstance(value, list) else [value])]
    return f"{request.url.path}?{urlencode(kept)}" if kept else request.url.path


@pass_context
def _toggled(context: Context, name: str, value: str) -> str:
    """This page's address with one value of a repeatable filter put in, or taken out again."""
    request: Request = context["request"]
    values = request.query_params.getlist(name)
    changed = [each for each in values if each != value] if value in values else [*values, value]
    return _query(context, **{name: changed, "page": None})
