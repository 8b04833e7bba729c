"""The fields of what comes in as JSON: what may stand in them, as the API's reference says it.

A form may be refused with a message in the reader's language at each field, so texts are checked by
the rules of their rooms, and here it is only told. Values that are no texts are taken as JSON has
them: Pydantic makes a date of 0 and a boolean of "yes".
"""

import re
from collections.abc import Iterable
from datetime import date
from typing import Annotated, TypeAlias

from pydantic import BeforeValidator, Field
from pydantic.config import JsonDict
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from app.kit.text import SLUG_LIMIT, Key

_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_LINE = r"^[^\u0000-\u0008\u000e-\u001b\u007f-\u0084\u0086-\u009f\u202a-\u202e\u2066-\u2069]*$"
_TEXT = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]*$"
_MONTH = "(0[1-9]|1[0-2])"
_DAY = "((0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31)"
_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{3}|\.[0-9]{6})?)?(Z|[+-]0[0-9]:00)?"
MOMENT = rf"^([0-9]{{1,9}}|(19[1-9][0-9]|[2-8][0-9]{{3}})-{_DAY}([T ]{_TIME})?)?$"
DAY = rf"^((?!0000)[0-9]{{4}}-{_DAY})?$"  # as ISO writes it, or nothing
# What every client may rely on; Chinese words are taken too.
_SLUG = "^([a-z0-9]+(-[a-z0-9]+)*)?$"


def _as_written(value: object) -> object:
    if isinstance(value, date) or (isinstance(value, str) and _ISO_DATE.fullmatch(value)):
        return value
    raise PydanticCustomError("date", "A date is written as 2023-03-06.")


PartialDate: TypeAlias = Annotated[
    str,
    Field(json_schema_extra={"pattern": rf"^\s*((?!0000)[0-9]{{4}}(-{_MONTH}|-{_DAY})?)?\s*$"}),
]
Truth: TypeAlias = Annotated[bool, Field(strict=True)]
Number: TypeAlias = Annotated[int, Field(strict=True)]
Day: TypeAlias = Annotated[date, BeforeValidator(_as_written)]
Slug: TypeAlias = Annotated[
    str, Field(json_schema_extra={"pattern": _SLUG, "maxLength": SLUG_LIMIT})
]
SlugKey: TypeAlias = Annotated[Key, Field(json_schema_extra={"pattern": _SLUG})]


def one_line(limit: int) -> FieldInfo:
    """A text on one line of at most `limit` characters."""
    return _told({"pattern": _LINE, "maxLength": limit})


def shaped(pattern: str, limit: int) -> FieldInfo:
    """A text of at most `limit` characters that matches `pattern`."""
    return _told({"pattern": pattern, "maxLength": limit})


def many_lines(limit: int) -> FieldInfo:
    """A text of at most `limit` characters."""
    return _told({"pattern": _TEXT, "maxLength": limit})


def most(count: int) -> FieldInfo:
    """A list of at most so many."""
    return _told({"maxItems": count})


def between(least: int, greatest: int) -> FieldInfo:
    """A number within these bounds."""
    return _told({"minimum": least, "maximum": greatest})


def one_of(values: Iterable[str]) -> FieldInfo:
    """One of these words."""
    return _told({"enum": [*sorted(values)]})


def needs(*groups: tuple[str, ...]) -> JsonDict:
    """What the body of a new thing must say: of each of these groups one field at least. For the
    `Body` of its route, as a change may leave all of them out."""
    return {"allOf": [{"anyOf": [with_field(name) for name in group]} for group in groups]}


def with_field(name: str, pattern: str = r"\S") -> JsonDict:
    """An object that has a text that matches, or an item, in the field `name`."""
    told: JsonDict = {"type": ["string", "array"], "pattern": pattern, "minItems": 1}
    return {"required": [name], "properties": {name: told}}


def _told(schema: JsonDict) -> FieldInfo:
    told: FieldInfo = Field(json_schema_extra=schema)
    return told
