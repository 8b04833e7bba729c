"""What a browser sends, read before the route runs so that routes stay plain functions."""

import binascii
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from typing import IO, Annotated, Generic, TypeVar

from anyio.to_thread import run_sync
from fastapi import Depends, Request
from starlette.datastructures import FormData, UploadFile

from app.errors import N_, CrosswalkError, Message, Stale
from app.web.security import BODY_LIMIT

FILES_LIMIT = 5_000  # of a folder
_FIELDS_LIMIT = 20_000
_SMALL = 64 * 1024  # bytes, decoded sooner than a thread is found for them
_PIECE = re.compile(rb"(?s).{1,65536}[^%]*+")  # no escape is cut in two
_NO_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")


class Form:
    """A submitted form: always text, never an exception for a missing field."""

    def __init__(self, data: FormData) -> None:
        self._data = data

    def get(self, name: str, default: str = "") -> str:
        value = self._data.get(name, default)
        return value if isinstance(value, str) else default

    def all(self, name: str) -> list[str]:
        return [value for value in self._data.getlist(name) if isinstance(value, str)]

    def named(self, name: str) -> list[str]:
        """What is ticked, and what the field beside the boxes names, with commas between
        (`some_of` in `templates/macros.html`)."""
        others = re.split(r"[,，、;；\n]", self.get(f"{name}-more"))
        return list(dict.fromkeys((*self.all(name), *filter(None, map(str.strip, others)))))

    def file(self, name: str) -> tuple[str, bytes] | None:
        """An uploaded file's name and content; None where none was chosen."""
        return next(iter(self.files(name)), None)

    def files(self, name: str) -> list[tuple[str, bytes]]:
        """The same of several files, or of a folder, whose files are named by their paths."""
        return [(called, file.read()) for called, file in self.uploads(name)]

    def uploads(self, name: str) -> list[tuple[str, IO[bytes]]]:
        """The same, opened at their beginning until the request is answered: what is large is on
        the disk."""
        found: list[tuple[str, IO[bytes]]] = []
        for value in self._data.getlist(name):
            if isinstance(value, UploadFile) and (value.filename or value.size):
                value.file.seek(0)
                found.append((value.filename or "", value.file))
        return found

    def __contains__(self, name: str) -> bool:
        return name in self._data

    @property
    def stays(self) -> bool:
        """Whether the reader goes on writing (Ctrl-S): once saved, it leads to the form again."""
        return "stay" in self

    def version(self) -> int | None:
        """The version of the row that the form was filled from."""
        value = self.get("version")
        return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None


async def _read(request: Request) -> AsyncIterator[Form]:
    try:
        data = await _decoded(request)
        for name, value in data.multi_items():
            f"{name}{value}".encode()  # some charsets give half characters
    except UnicodeError as problem:
        raise CrosswalkError(N_("This form could not be read. Send it as UTF-8.")) from problem
    try:
        yield Form(data)
    finally:
        await data.close()


async def _decoded(request: Request) -> FormData:
    """What was sent; a long text beside the event loop."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        body = await request.body()
        if body.count(b"&") >= _FIELDS_LIMIT:
            raise CrosswalkError(
                N_("At most {limit} fields can be sent at once."), limit=_FIELDS_LIMIT
            )
        return _fields(body) if len(body) < _SMALL else await run_sync(_fields, body)
    return await request.form(
        max_files=FILES_LIMIT, max_fields=_FIELDS_LIMIT, max_part_size=BODY_LIMIT
    )


def _fields(body: bytes) -> FormData:
    """The fields of `name=value&…`, decoded by `binascii`: of a million `%F0%9F%98%80` `parse_qsl`
    makes a gigabyte in two seconds."""
    parts = (part.partition(b"=") for part in body.split(b"&") if part)
    return FormData([(_unquoted(name), _unquoted(value)) for name, _, value in parts])


def _unquoted(value: bytes) -> str:
    """Decoded piece by piece, between which other threads have their turn."""
    pieces = _PIECE.findall(value.replace(b"+", b" "))
    return b"".join(map(_unescaped, pieces)).decode(errors="replace")


def _unescaped(piece: bytes) -> bytes:
    printable = _NO_ESCAPE.sub(b"%25", piece).replace(b"=", b"%3D").replace(b"%", b"=")
    return binascii.a2b_qp(printable)


SubmittedForm = Annotated[Form, Depends(_read)]


T = TypeVar("T")


@dataclass(frozen=True)
class FilledForm(Generic[T]):
    """What stands in a form, and why it came back if it did.

    `version` is that of the row which the form was filled from, which the next save names; None
    where there is no row. `theirs` is what somebody else has saved since.
    """

    given: T
    version: int | None = None
    error: CrosswalkError | None = None
    theirs: T | None = None

    def with_saved(self, saved: T, version: int) -> "FilledForm[T]":
        """The same beside what is saved now. After Stale it shows that, and saves over it: of what
        the reader was not shown, nothing can be overwritten.
        """
        if isinstance(self.error, Stale):
            return replace(self, version=version, theirs=saved)
        return self if self.version is not None else replace(self, version=version)

    @property
    def errors(self) -> Mapping[str, Message]:
        """What is wrong, by the names of fields."""
        return self.error.errors if self.error else {}

    @property
    def problem(self) -> Message | None:
        """What no field says by itself."""
        return self.error.problem if self.error else None

    @property
    def status(self) -> int:
        """Of the answer that holds the form."""
        return self.error.status if self.error else 200


async def expected_version(request: Request) -> int | None:
    """The version named by `If-Match`, as our ETags write it (`"3"`); None where there is none.

    RFC 9110, 13.1.1. `*` matches whatever is there.
    """
    header = request.headers.get("if-match", "").strip()
    if header in ("", "*"):
        return None
    digits = header.removeprefix("W/").strip('"')
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 9:
        raise Stale(N_('If-Match must be an ETag that a read gave, such as "3".'))
    return int(digits)


IfMatch = Annotated[int | None, Depends(expected_version)]
