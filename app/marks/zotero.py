"""Zotero's own marks, as its exports have them: items whose type is `annotation` (JSON), or quoted
in a note (any export with notes: JSON, RDF, HTML). Pure."""

import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import unquote

from app.errors import N_, Invalid
from app.marks.annotations import ForeignMark
from app.marks.rules import COMMENT_LIMIT, EXACT_LIMIT, MarkInput, nearest_colour, parse_hex

_DEPTH = 12  # of lists and objects that are looked into
_TAG = re.compile(r"</?[a-zA-Z][^>]*>")
# As Zotero's editor of notes writes what is added "from annotations".
_QUOTED = re.compile(r'<span[^<>]*\bdata-annotation="([^"<>]+)"[^<>]*>(.*?)</span>', re.DOTALL)


def read_zotero_marks(data: bytes) -> list[ForeignMark]:
    """The marks in a file of Zotero, wherever they stand in it: beneath an attachment, by
    themselves, or quoted in a note; each once.

    Raises:
        Invalid (field `file`): it is none that Zotero exports, or has none.
    """
    try:
        told = json.loads(data)
    except (ValueError, RecursionError) as error:
        told = unescape(data.decode("utf-8", "replace"))
        if "data-annotation" not in told:
            raise Invalid.field("file", N_("This is no JSON file of Zotero.")) from error
    every = sorted(_annotations(told, _DEPTH), key=lambda each: "annotationType" not in each)
    found: dict[str, ForeignMark] = {}
    for made in filter(None, map(_mark, every)):
        found.setdefault(made.key, made)
    if not found:
        raise Invalid.field("file", N_("There is no mark in this file."))
    return list(found.values())


def _annotations(told: object, depth: int) -> Iterator[dict[str, object]]:
    if depth and isinstance(told, list):
        for each in told:
            yield from _annotations(each, depth - 1)
    elif depth and isinstance(told, dict):
        if "annotationType" in told:
            yield told
        else:
            for each in told.values():
                yield from _annotations(each, depth - 1)
    elif isinstance(told, str) and "data-annotation" in told:
        for said, text in _QUOTED.findall(told):
            try:
                mark = dict(json.loads(unquote(unescape(said))))
            except (ValueError, TypeError, RecursionError):
                continue
            yield {
                "key": mark.get("annotationKey"),
                "annotationText": unescape(_TAG.sub("", text)).strip().strip('“”"'),
                "annotationColor": mark.get("color"),
                "annotationPosition": mark.get("position"),
            }


def _mark(told: dict[str, object]) -> ForeignMark | None:
    position: Any = told.get("annotationPosition")
    try:
        place: dict[str, int] = json.loads(position) if isinstance(position, str) else position
        page = int(place["pageIndex"]) + 1
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    text = unescape(_TAG.sub("", str(told.get("annotationText") or "")))
    comment = str(told.get("annotationComment") or "").strip()
    key = str(told.get("key") or told.get("itemKey") or told.get("annotationSortIndex") or "")
    if not (text.strip() or comment) or not key or not 1 <= page <= 100_000:
        return None
    rgb = parse_hex(str(told.get("annotationColor") or ""))
    given = MarkInput(
        page=page,
        exact=text[:EXACT_LIMIT],
        colour=nearest_colour(rgb) if rgb else "claim",
        comment=comment[:COMMENT_LIMIT],
    )
    return ForeignMark(given, key[:200])
