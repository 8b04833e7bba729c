"""Bytes → text, for files that say nothing of their encoding, or what is not so. Pure."""

import codecs
import re
from collections import Counter

from app.errors import N_, Invalid
from app.kit.text import HAN

_BINARY = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_STRANGER = re.compile(r"[\udc80-\udcff]")  # a byte that is part of no character of UTF-8
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decode_text(data: bytes) -> str:
    """The text of a file, whatever it says of its encoding itself.

    By its byte-order mark; without one as UTF-16 where every other byte tells so, else UTF-8 (with
    a few bytes of Windows-1252 in it), else Chinese GB 18030, else Windows-1252. Line ends stay as
    they are. Raises `Invalid` (field `file`) for what is not text. GB 18030 gives a reading to
    almost any bytes, so it is believed only where most of what is not ASCII comes out as common
    Chinese.
    """
    marked = next((name for mark, name in _MARKS if data.startswith(mark)), "")
    guessed = "" if marked else _unmarked_utf_16(data)
    encoding = marked or guessed or "utf-8"
    text = _decoded(data, encoding)
    if guessed and text and _BINARY.search(text):
        text = None
    if text is None and encoding.startswith("utf-8"):
        text = _of_one_byte_or_two(data)
    if text is None or "\x00" in text:
        raise Invalid.field("file", N_("This is not a text file."))
    return text


def _unmarked_utf_16(data: bytes) -> str:
    """UTF-16's byte order, where the ASCII in the text shows it: line ends, spaces, commas."""
    head = data[:100_000]
    first, second = head[::2].count(0), head[1::2].count(0)
    fewer, more = sorted((first, second))
    if len(data) % 2 or more * 8 < len(head) or fewer * 10 > more:
        return ""
    return "utf-16-be" if first > second else "utf-16-le"


def _of_one_byte_or_two(data: bytes) -> str | None:
    """A text that is not all UTF-8; None where it is none at all."""
    mixed = data.decode("utf-8-sig", "surrogateescape")
    strangers = len(_STRANGER.findall(mixed))
    if len(mixed.encode("ascii", "ignore")) + 2 * strangers < len(mixed):  # fewer than the others
        return _STRANGER.sub(lambda found: _western(bytes([ord(found[0]) - 0xDC00])), mixed)
    text = _decoded(data, "gb18030")
    if text is not None and _reads_as_chinese(text):
        return text
    return None if _BINARY.search(data.decode("latin-1")) else _western(data)


def _western(data: bytes) -> str:
    return data.decode("windows-1252", "replace")


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
    foreign = Counter(character for character in text if character > "\x7f")
    everyday = [
        c for c in foreign if (HAN.match(c) and _encodable(c)) or c in "，。：；、？！（）“”《》—…·"
    ]
    return sum(foreign[c] for c in everyday) >= 0.9 * foreign.total()


def _encodable(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True
