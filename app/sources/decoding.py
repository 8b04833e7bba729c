"""Bytes → text, for files that say nothing of their encoding. Pure."""

import codecs
import re

from app.errors import N_, Invalid
from app.text import HAN

_BINARY = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decode(data: bytes) -> str:
    """The text of a file: by its byte-order mark, else UTF-8, else Chinese GB 18030.

    Line ends stay as they are. Raises `Invalid` (field `file`) for what is not text. GB 18030 gives
    a reading to almost any bytes, so it is believed only where most of what is not ASCII comes out
    as common Chinese.
    """
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")
    text = _decoded(data, encoding)
    if text is None and encoding == "utf-8":
        text = _decoded(data, "gb18030")
        if text is not None and not _reads_as_chinese(text):
            text = None
    if text is None or "\x00" in text:
        raise Invalid.field("file", N_("This is not a text file."))
    return text


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _reads_as_chinese(text: str) -> bool:
    """Whether the Chinese in `text` is of the 6,763 characters of everyday GB 2312, without any of
    the control characters that files for machines are full of."""
    if _BINARY.search(text):
        return False
    foreign = [character for character in text if character > "\x7f"]
    everyday = [
        c for c in foreign if (HAN.match(c) and _encodable(c)) or c in "，。：；、？！（）“”《》—…·"
    ]
    return len(everyday) >= 0.9 * len(foreign)


def _encodable(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True
