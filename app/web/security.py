"""What stands before every route: who may ask, how much, and what a browser may do with the answer.

- Cross-site requests are refused by `Sec-Fetch-Site`, then `Origin`, instead of by tokens
  (https://words.filippo.io/csrf/): both are set by the browser and cannot be forged by a page. It
  is safe because a GET never writes. Scripts send neither header and pass.
- A `Host` that is not ours is refused: a page on a name that its owner points to 127.0.0.1 would
  otherwise be same-origin with us (DNS rebinding).
- The Content-Security-Policy lets nothing run or load but our own files.
"""

import re
import secrets
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import N_, AddressTooLong, CrosswalkError, Refused, TooLarge
from app.settings import Settings
from app.web.errors import answer_error, answer_unexpected
from app.web.request_limits import (
    check_charset,
    drop_unreadable_headers,
    time_answer,
    time_body,
)

BODY_LIMIT = 32 * 1024 * 1024  # bytes; a note of a million characters is at most 4 MB
FILES_BODY_LIMIT = 110 * 1024 * 1024  # of what takes whole folders
_TAKES_FILES = {"/import", "/api/v1/import"}
PDF_BODY_LIMIT = 210 * 1024 * 1024  # of what takes a paper's PDF, and what is typed beside it
_TAKES_PDF = re.compile(r"/papers(/[^/]+)?|(/api/v1)?/papers/[^/]+/files")
PARAMETERS_LIMIT = 300  # of an address; each link that changes one of them repeats the others
_SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self'; object-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_HEADERS_OF_PLACES = {  # to all but our own styles, scripts and fonts, a dozen with each page
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": ", ".join(
        f"{feature}=()"
        for feature in (
            *("accelerometer", "autoplay", "camera", "display-capture"),
            *("encrypted-media", "geolocation", "gyroscope", "hid", "idle-detection"),
            *("magnetometer", "microphone", "midi", "payment", "publickey-credentials-get"),
            *("screen-wake-lock", "serial", "usb", "xr-spatial-tracking"),
        )
    ),
}


class Guard:
    """Pure ASGI, so that streamed answers stay streamed. To HEAD is answered what would be to GET,
    but for the body."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        named = map(_host_name, (settings.host, *settings.allowed_hosts))
        self.hosts = {"127.0.0.1", "localhost", "::1", *filter(None, named)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        state["request_id"] = secrets.token_hex(6)
        is_head = scope["method"] == "HEAD"
        scope = {**scope, "method": "GET"} if is_head else scope  # the server's own stays as it is

        started = False
        sending = time_answer(send)

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                is_part = scope["path"].startswith("/static/")
                for name, value in (_HEADERS if is_part else _HEADERS | _HEADERS_OF_PLACES).items():
                    headers.setdefault(name, value)
                headers["X-Request-ID"] = state["request_id"]
            elif is_head:
                message = {**message, "body": b""}
            await sending(message)

        _mark_nothing(scope)
        drop_unreadable_headers(scope)
        headers = Headers(scope=scope)
        try:
            self._check_host(headers)
            _check_origin(scope["method"], headers)
            limit = _body_limit(scope["path"], headers)
            _check_length(headers, limit)
            _check_address(scope["query_string"])
            check_charset(scope)
            await self.app(scope, time_body(_limited(receive, limit)), send_with_headers)
        except ClientDisconnect:
            return  # nobody is there to be told
        except Exception as error:
            if started:
                raise
            response = (
                answer_error(Request(scope), error)
                if isinstance(error, CrosswalkError)
                else answer_unexpected(Request(scope), error)
            )
            await response(scope, receive, send_with_headers)

    def _check_host(self, headers: Headers) -> None:
        if _host_name(headers.get("host", "")) not in self.hosts:
            raise Refused(
                N_("This server does not answer to that host name. Add it to {setting}."),
                setting="CROSSWALK_ALLOWED_HOSTS",
            )


def _host_name(authority: str) -> str | None:
    """The name in `name:port` or `[::1]:port`; none where it is neither."""
    try:
        return urlsplit(f"//{authority}").hostname
    except ValueError:
        return None


def _check_origin(method: str, headers: Headers) -> None:
    if method in _SAFE_METHODS:
        return
    site = headers.get("sec-fetch-site")
    if site in ("same-origin", "none"):
        return
    origin = headers.get("origin")
    if site is None and (origin is None or origin.partition("://")[2] == headers.get("host")):
        return
    raise Refused(N_("A page of another site tried to change the library. Nothing was changed."))


def _body_limit(path: str, headers: Headers) -> int:
    if path in _TAKES_FILES:
        return FILES_BODY_LIMIT
    has_files = headers.get("content-type", "").lower().startswith("multipart/")
    return PDF_BODY_LIMIT if has_files and _TAKES_PDF.fullmatch(path) else BODY_LIMIT


def _check_length(headers: Headers, limit: int) -> None:
    length = headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit()) or int(length[:20]) > limit:
        raise _too_large(limit)


def _mark_nothing(scope: Scope) -> None:
    """Read NUL in an address as U+FFFD, as HTML does: a key with it names nothing, and PostgreSQL
    could not be asked for it."""
    scope["path"] = scope["path"].replace("\0", "\ufffd")
    scope["query_string"] = scope["query_string"].replace(b"%00", b"%EF%BF%BD")


def _check_address(query: bytes) -> None:
    if query.count(b"&") >= PARAMETERS_LIMIT:
        raise AddressTooLong(
            N_("This address has more than {limit} parameters. Take some of the filters out."),
            limit=PARAMETERS_LIMIT,
        )


def _too_large(limit: int) -> TooLarge:
    return TooLarge(N_("At most {limit} MB can be sent at once."), limit=limit // 1024 // 1024)


def _limited(receive: Receive, limit: int) -> Receive:
    """`receive`, stopped at the limit also where a body comes without its length."""
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            raise _too_large(limit)
        return message

    return counted
