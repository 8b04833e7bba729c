"""How a text is cut for the index, and how a question is cut the same way. Pure.

Chinese (and kana) has no spaces: a run of it becomes overlapping pairs of characters and, at its
end, the last character alone, so that two-character words are found exactly and one character by
its beginning. Other scripts are cut at what is no letter or digit. Scripts never mix in a token.

`analyze` gives what is indexed; `units` and `phrase` give what to ask for, as `Pattern`s.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

TOKEN_LIMIT = 64  # characters; a longer "word" is cut on both sides alike
SPLIT_LIMIT = 24  # longer words are not tried as two

_FUNCTION_WORDS = (
    "a an and are as at be by can do does for from how in is it its of on or that the their this "
    "to was we what when which why will with"
)
# They say nothing about a subject, and are left out when any word may match.
STOP_WORDS = frozenset(_FUNCTION_WORDS.split())

_LOOSE = {"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe"}  # no Unicode decomposition


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
                parts = unicodedata.normalize("NFD", "".join(_LOOSE.get(c, c) for c in plain))
                folded = unicodedata.normalize("NFKC", _ACCENT.sub("", parts))
        self[code] = folded
        return folded


_FOLDS = _Folds()

_CJK = (
    "\u3005-\u3007\u3041-\u3096\u30a1-\u30fa\u30fc\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
_WORD = rf"[^\W_{_CJK}]+(?:['’][^\W_{_CJK}]+)*"
_RUN = re.compile(rf"(?P<cjk>[{_CJK}]+)|{_WORD}(?:[-_\u2010-\u2013]{_WORD})*")
_CJK_START = re.compile(f"[{_CJK}]")
_HYPHEN = re.compile("[-_\u2010-\u2013]")
_PIECE = re.compile(rf"[{_CJK}]|{_WORD}")
_POSSESSIVE = re.compile("['’]s$")
_ACCENT = re.compile("[\u0300-\u036f]")
_DIGIT_BORDER = re.compile(r"(?<=[^\W\d])(?=\d)|(?<=\d)(?=[^\W\d])")


@dataclass(frozen=True)
class Pattern:
    """Tokens that stand one after another; with `prefix` the last is the beginning of one."""

    tokens: tuple[str, ...]
    prefix: bool = False


def fold(text: str) -> str:
    """`text` without differences of case, width, diacritics and invisible characters (NFKC)."""
    return text.lower() if text.isascii() else text.translate(_FOLDS)


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """A folded word without its English plural ending (Harman's S-stemmer, 1991)."""
    word = _POSSESSIVE.sub("", word).replace("'", "").replace("’", "")[:TOKEN_LIMIT]
    if len(word) < 4 or not word.isascii() or not word.isalpha():
        return word
    if word.endswith("ies") and not word.endswith(("eies", "aies")):
        return word[:-3] + "y"
    if word.endswith("es") and not word.endswith(("aes", "ees", "oes")):
        return word[:-1]
    if word.endswith("s") and not word.endswith(("us", "ss")):
        return word[:-1]
    return word


def analyze(text: str) -> list[str]:
    """The tokens of `text` as the index keeps them, in order.

    A hyphenated word gives its parts in place and, after everything else (so that phrases stay
    whole), its parts as one word.
    """
    tokens: list[str] = []
    joined: list[str] = []
    for run in _RUN.finditer(fold(text)):
        if run["cjk"]:
            tokens += _pairs(run[0])
            tokens.append(run[0][-1])
        elif run[0].isalnum():
            tokens.append(stem(run[0]))
        else:
            parts = _HYPHEN.split(run[0])
            tokens += map(stem, parts)
            if len(parts) > 1:
                joined.append(stem("".join(parts)))
    return tokens + joined


def phrase(text: str) -> Pattern | None:
    """The one pattern that `text` makes read as a phrase, or None where it has no token."""
    tokens: list[str] = []
    last: str | None = None
    for run in _RUN.finditer(fold(text)):
        last = run["cjk"]
        if last:
            tokens += [*_pairs(last), last[-1]]
        else:
            tokens += map(stem, _HYPHEN.split(run[0]))
    if last and len(last) > 1:
        tokens.pop()  # the run may go on in the text that is looked for
    return Pattern(tuple(tokens), prefix=bool(last) and len(last or "") == 1) if tokens else None


def units(text: str) -> list[tuple[Pattern, ...]]:
    """What one typed word asks for: every unit must be found, in one of its ways.

    `BERT模型` is two units, for scripts are cut apart; `cross-modal` is one unit with two ways, as
    two neighbouring words or as one word; so are `crossmodal` and `BEiT3`.
    """
    found: list[tuple[Pattern, ...]] = []
    words: list[str] = []

    def close() -> None:
        if words:
            found.append(_ways(words))
            words.clear()

    for run in _RUN.finditer(fold(text)):
        if run["cjk"]:
            close()
            pattern = phrase(run[0])
            assert pattern is not None
            found.append((pattern,))
        else:
            words.append(run[0])
    close()
    return found


def is_cjk(token: str) -> bool:
    """Whether a token is one or two characters of a run that has no spaces."""
    return _CJK_START.match(token) is not None


def join(first: str, second: str) -> str | None:
    """Two neighbouring words written as one, or None where either is not a single Latin word."""
    parts = [_RUN.fullmatch(fold(word)) for word in (first, second)]
    if any(run is None or run["cjk"] or _HYPHEN.search(run[0]) for run in parts):
        return None
    return stem("".join(run[0] for run in parts if run))


def pieces(text: str) -> list[str]:
    """`text` cut for comparing with what a reader sees: words, and single Chinese characters."""
    return [piece for piece, _, _ in located(text)]


def located(text: str) -> Iterator[tuple[str, int, int]]:
    """The `pieces` of `text` with their places in it (start, end)."""
    folded = fold(text)
    starts: range | list[int] = range(len(text) + 1)
    if not text.isascii():
        starts = [n for n, character in enumerate(text) for _ in fold(character)]
        starts.append(len(text))
    for piece in _PIECE.finditer(folded):
        start, last = starts[piece.start()], starts[piece.end() - 1]
        yield stem(piece[0]), start, last + 1


def _pairs(run: str) -> list[str]:
    return [run[n : n + 2] for n in range(len(run) - 1)]


def _ways(words: list[str]) -> tuple[Pattern, ...]:
    """The ways to find Latin words typed without a space between them."""
    parts = [part for word in words for part in _HYPHEN.split(word)]
    ways = [Pattern(tuple(map(stem, parts)))]
    if len(words) > 1:
        return tuple(ways)
    if len(parts) > 1:
        ways.append(Pattern((stem("".join(parts)),)))
    elif len(word := parts[0]) <= SPLIT_LIMIT:
        borders = {border.start() for border in _DIGIT_BORDER.finditer(word)}
        if word.isalpha():
            borders |= set(range(3, len(word) - 2))
        ways += [Pattern((stem(word[:n]), stem(word[n:]))) for n in sorted(borders)]
    return tuple(ways)
