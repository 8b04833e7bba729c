r"""Accents as TeX writes them (`Schr\"odinger`, `{\o}`) → letters. Pure."""

import re
import unicodedata

# What stands for itself; the longer ones first.
_LETTERS = {
    "aa": "å",
    "AA": "Å",
    "ae": "æ",
    "AE": "Æ",
    "oe": "œ",
    "OE": "Œ",
    "ss": "ß",
    "o": "ø",
    "O": "Ø",
    "l": "ł",
    "L": "Ł",
    "i": "i",  # dotless, so that an accent can stand on it
    "j": "j",
}
_MARKS = {
    "`": "\u0300",
    "'": "\u0301",
    "^": "\u0302",
    "~": "\u0303",
    "=": "\u0304",
    "u": "\u0306",
    ".": "\u0307",
    '"': "\u0308",
    "r": "\u030a",
    "H": "\u030b",
    "v": "\u030c",
    "d": "\u0323",
    "c": "\u0327",
    "k": "\u0328",
    "b": "\u0331",
}
_ACCENT = re.compile(
    r"\\(?:(?P<sign>[`'^~=.\"])\s*|(?P<letter>[uvHcdbrk])(?:\s+|(?=\{)))"
    r"(?:\{\s*\\?(?P<braced>[A-Za-z])\s*\}|\\(?P<dotless>[ij])(?![A-Za-z])\s?|(?P<bare>[A-Za-z]))"
)
_LETTER = re.compile(r"\\(?P<name>aa|AA|ae|AE|oe|OE|ss|o|O|l|L|i|j)(?:\{\}|(?![A-Za-z])\s?)")
_BRACED = re.compile(r"\{([^\W\d_]+)\}")


def plain_letters(text: str) -> str:
    """`text` with TeX's accents as Unicode's letters; everything else, mathematics too, stays."""
    if "\\" not in text:
        return text
    accented = _ACCENT.sub(_composed, text)
    lettered = _LETTER.sub(lambda found: _LETTERS[found["name"]], accented)
    if lettered == text:
        return text
    # `M{\"u}ller`: the braces held the letter together and have nothing to say any more.
    return _BRACED.sub(lambda found: found[1] if not found[1].isascii() else found[0], lettered)


def _composed(found: re.Match[str]) -> str:
    letter = found["braced"] or found["dotless"] or found["bare"]
    mark = _MARKS[found["sign"] or found["letter"]]
    composed = unicodedata.normalize("NFC", letter + mark)
    return composed if len(composed) == 1 else found[0]
