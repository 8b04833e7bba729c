"""What is true of any text a person types, in English and in Chinese. Pure."""

import re
import unicodedata
from functools import lru_cache
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from app.errors import N_, Message

TITLE_LIMIT = 1_000
NOTE_LIMIT = 1_000_000
SLUG_LIMIT = 80

SLUG_BYTES = 180  # it is the name of a file, too
# Chinese without what NFC makes other characters of.
_HAN_OF_SLUGS = "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0002ebef\U00030000-\U000323af"
SLUG_PATTERN = rf"[a-z0-9{_HAN_OF_SLUGS}]+(?:-[a-z0-9{_HAN_OF_SLUGS}]+)*"
_SLUG = re.compile(SLUG_PATTERN)
_HAN_RUN = re.compile(f"([{_HAN_OF_SLUGS}]+)")
_NO_SLUG = re.compile(rf"[^a-z0-9{_HAN_OF_SLUGS}]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
# Overrides and isolates can make a line read as something else (CVE-2021-42574); marks stay.
_DIRECTION = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
# As they are shown: by Unicode's symbols for them, or as what is no character.
_SYMBOLS = {
    **{code: 0x2400 + code for code in range(0x20) if code not in (0x09, 0x0A, 0x0D)},
    **dict.fromkeys((*range(0x80, 0xA0), *range(0xD800, 0xE000)), 0xFFFD),
    0x7F: 0x2421,
}
_NUMBER = re.compile(r"0*([0-9]+)")
HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


def has_han(text: str) -> bool:
    """Whether `text` holds a Chinese character."""
    return HAN.search(text) is not None


def show_control_characters(text: str) -> str:
    """A text with symbols for control characters and lone surrogates, which cannot be stored."""
    shown = text.isprintable() or not (_CONTROL.search(text) or _SURROGATE.search(text))
    return text if shown else text.translate(_SYMBOLS)


def language_of_text(text: str) -> Literal["en", "zh"]:
    """Chinese where a fifth of the letters is, for terms and names stay as they are in it."""
    letters = sum(map(str.isalpha, text))
    return "zh" if 5 * len(HAN.findall(text)) >= max(1, letters) else "en"


def problem_with_text(text: str, *, limit: int, one_line: bool = False) -> Message | None:
    """Why `text` cannot be stored, or None.

    `limit` is in characters. Control characters and lone surrogates cannot be stored faithfully
    everywhere; direction overrides are refused in single lines, where they would rearrange what
    stands beside them.
    """
    if len(text) > limit:
        return Message.of(
            N_("This is {length} characters long; at most {limit} are kept. Shorten it."),
            length=len(text),
            limit=limit,
        )
    if text.isprintable():
        return None  # most texts, at once
    if found := _SURROGATE.search(text):
        return Message.of(
            N_("Character {place} is half of a surrogate pair, not a character. Remove it."),
            place=found.start() + 1,
        )
    if found := _CONTROL.search(text):
        return Message.of(
            N_("Character {place} is the control character {code}. Remove it."),
            place=found.start() + 1,
            code=f"U+{ord(found[0]):04X}",
        )
    if one_line and (found := _DIRECTION.search(text)):
        return Message.of(
            N_("Character {place} is the invisible direction control {code}. Remove it."),
            place=found.start() + 1,
            code=f"U+{ord(found[0]):04X}",
        )
    return None


def _whole_characters(text: str) -> str:
    if _SURROGATE.search(text) or "\0" in text:
        raise PydanticCustomError("surrogate", "This holds NUL or half of a surrogate pair.")
    return text


# A slug, citation key or the like by which something is looked up: what is no text names nothing,
# and could neither be asked for nor be said in a message.
Key: TypeAlias = Annotated[
    str,
    AfterValidator(_whole_characters),
    Field(json_schema_extra={"pattern": r"^[^\u0000]*$"}),
]


def tidy_line(text: str) -> str:
    """`text` on one line: white space folded, ends trimmed, canonical Unicode composition."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def fold(text: str) -> str:
    """The form in which titles and keys are compared: one line, composed, case folded."""
    return tidy_line(text).casefold()


def fold_letters(text: str) -> str:
    """The form in which texts are alike that differ in punctuation, width and white space only:
    letters and digits, compatibility forms and case folded."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(filter(str.isalnum, folded))


def is_slug(text: str) -> bool:
    """Whether `text` can be a slug: `gated-fusion`, `门控融合`."""
    return (
        len(text) <= SLUG_LIMIT
        and _SLUG.fullmatch(text) is not None
        and len(text.encode()) <= SLUG_BYTES
    )


def tidy_body(text: str) -> str:
    """A longer text with Unix line ends; nothing else is touched, for it is the reader's."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def spell_pinyin(text: str) -> list[str]:
    """Each character's reading without tones; runs of other characters stay whole."""
    from pypinyin import lazy_pinyin

    return lazy_pinyin(text)


def ascii_fold(text: str) -> str:
    """`text` in lower-case ASCII: accents dropped, Chinese as pinyin, the rest left out."""
    spelled = "".join(spell_pinyin(text)) if has_han(text) else text
    plain = unicodedata.normalize("NFKD", spelled.replace("ß", "ss").replace("ø", "o"))
    plain = plain.replace("ł", "l").replace("Ł", "l").replace("đ", "d").replace("æ", "ae")
    return plain.encode("ascii", "ignore").decode().lower()


def slugify(text: str) -> str:
    """A slug such as `gated-fusion` or `门控融合` for a name in either language; empty where
    nothing is left."""
    folded = unicodedata.normalize("NFKC", text)
    words = (each if has_han(each) else ascii_fold(each) for each in re.split(_HAN_RUN, folded))
    slug = _NO_SLUG.sub("-", "".join(words)).strip("-")[:SLUG_LIMIT]
    return slug.encode()[: SLUG_BYTES - 10].decode(errors="ignore").strip("-")


def sort_key(text: str) -> str:
    """A string whose byte order is the reader's order: Latin, then Chinese by pinyin.

    Follows CLDR's `zh` collation in spirit (Latin before Han, Han by pinyin with tones) without
    needing ICU in either database.
    """
    folded = unicodedata.normalize("NFKD", text).casefold()
    if not folded.isascii():
        folded = "".join(c for c in folded if not unicodedata.combining(c))
    folded = re.sub(r"^[\W_]+", "", folded) or folded
    if not has_han(folded):
        return folded[:200]
    from pypinyin import Style, lazy_pinyin

    # An untranslated run comes back as it went in; only readings get the mark that sorts them last.
    readings = lazy_pinyin(folded, style=Style.TONE3)
    return "".join(part if part in folded else f"~{part} " for part in readings)[:200]


@lru_cache(50_000)  # a Chinese name takes 0.1 ms: all tags of a large library
def natural_sort_key(text: str) -> str:
    """As `sort_key`, with numbers by their size: `tag 2` comes before `tag 10`.

    For short names that are put in order where they are read. What is stored, and looked for by how
    it begins, is `sort_key`: of 1 and 10 none begins like the other here.
    """
    return _NUMBER.sub(lambda found: f"{len(found[1]):03}{found[1]}", sort_key(text))
