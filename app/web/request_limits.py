"""How much of a request is read, and for how long: who sends it may be anybody.

Sizes that depend on the address are in `security.py`.
"""

import asyncio
import json
import re
from itertools import islice
from typing import Any

from anyio.to_thread import run_sync
from fastapi import HTTPException
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from app.errors import N_, CrosswalkError, TooSlow

JSON_LIMIT = 8 * 1024 * 1024  # bytes: the longest note with every character as \uXXXX is 6 MB
VALUES_LIMIT = 20_000  # in all lists and objects of a body together
NAMES_LIMIT = 500  # in one object: each that is unknown is an error of its own
GRACE = 60.0  # seconds that any body may take
SLOWEST = 4_096  # bytes a second, from then on
SENDING = 60.0  # seconds for which an answer waits until more of it is taken
_SMALL = 64 * 1024  # bytes, parsed sooner than a thread is found for them
# At most a name and a text, whatever they hold, before what parts values, or the end.
_VALUE = re.compile(rb'[^",\[{]*+(?:"[^"]*+"?[^",\[{]*+){0,2}+(?:[",\[{]|\Z)')
_LONGEST = 1_000  # bytes of a Content-Type; those of browsers have some 70
_CHARSET = re.compile(rb";\s{0,9}charset\s{0,9}=\s{0,9}\"?([\w.:-]*)", re.IGNORECASE)
# Of others some cost the square of what they decode (punycode), and none is a form's.
_CHARSETS = {b"utf-8", b"utf8", b"us-ascii", b"iso-8859-1", b"windows-1252", b"gbk", b"gb18030"}


class BoundedRequest(Request):
    """A request whose JSON is no more than any form of ours says."""

    async def json(self) -> Any:
        """The value of the body.

        Raises:
            HTTPException: it is too much, or nested too deeply.
            ValueError: it is no JSON.
        """
        body = await self.body()
        if len(body) > JSON_LIMIT:
            raise HTTPException(413, N_("JSON of at most 8 MB can be sent."))
        return _parse_json(body) if len(body) < _SMALL else await run_sync(_parse_json, body)


def _parse_json(body: bytes) -> object:
    """The value; what is far too much is not even parsed, for that holds the interpreter."""
    most = 2 * VALUES_LIMIT + 3  # their commas and brackets, the outermost one, and the end
    # A million escapes, one by one, would take a match a tenth of a second.
    unquoted = body.replace(rb"\\", b"").replace(rb"\"", b"")
    if sum(1 for _ in islice(_VALUE.finditer(unquoted), most + 1)) > most:
        raise _too_many()
    try:
        value = json.loads(body.decode("utf-8-sig"))
    except RecursionError:
        raise HTTPException(422, N_("This JSON is nested too deeply.")) from None
    count, waiting = 0, [value] if isinstance(value, list | dict) else []
    while waiting:
        each = waiting.pop()
        count += len(each)
        if count > VALUES_LIMIT or (isinstance(each, dict) and len(each) > NAMES_LIMIT):
            raise _too_many()
        inside = each.values() if isinstance(each, dict) else each
        waiting += (one for one in inside if isinstance(one, list | dict))
    return value


def _too_many() -> HTTPException:
    return HTTPException(422, N_("This JSON has more values than any form here."))


def drop_unreadable_headers(scope: Scope) -> None:
    """Take out a Content-Type that is none: to take one apart costs the square of its length."""
    scope["headers"] = [
        (name, value)
        for name, value in scope["headers"]
        if name != b"content-type" or len(value) <= _LONGEST
    ]


def check_charset(scope: Scope) -> None:
    """Raises CrosswalkError: a form is said to be in an encoding that no browser uses."""
    for name, value in scope["headers"]:
        found = _CHARSET.search(value) if name == b"content-type" else None
        if found and found[1].lower() not in _CHARSETS:
            raise CrosswalkError(N_("This form could not be read. Send it as UTF-8."))


def time_body(receive: Receive) -> Receive:
    """`receive`, given up where a body does not come at some speed: what is half sent holds what
    was read of it, and a connection."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    seen, more = 0, True

    async def timed() -> Message:
        nonlocal seen, more
        if not more:
            return await receive()  # which waits for the other side to go away
        try:
            async with asyncio.timeout_at(begun + GRACE + seen / SLOWEST):
                message = await receive()
        except TimeoutError as late:
            raise TooSlow(N_("This did not arrive in time. Nothing was saved.")) from late
        seen += len(message.get("body", b""))
        more = message.get("more_body", False)
        return message

    return timed


def time_answer(send: Send) -> Send:
    """`send`, broken off where nobody takes the answer: while it is made, a thread and a
    transaction wait."""

    async def timed(message: Message) -> None:
        async with asyncio.timeout(SENDING):
            await send(message)

    return timed
