"""How a text is cut for the index, and how a question is cut the same way. Pure.

Chinese (and kana) has no spaces: a run of it becomes overlapping pairs of characters and, at its
end, the last character alone, so that two-character words are found exactly and one character by
its beginning. Other scripts are cut at what is no letter or digit. Scripts never mix in a token.

`analyze` gives what is indexed; `word_units` and `phrase_pattern` give what to ask for, as
`Pattern`s.
"""

import re
import unicodedata
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import Stemmer

TOKEN_LIMIT = 64  # characters; a longer "word" is cut on both sides alike
SPLIT_LIMIT = 24  # longer words are not tried as two
_REMEMBERED = 100_000  # pieces of text, some 20 MB, twice
_REMEMBERED_LENGTH = 24
_AROUND = '.,;:!?()[]"'  # ends no word and begins none

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
# A hyphen, or what TeX writes between a letter and its index, braces and dollars beside it.
_JOINT = "(?:[${}\\\\]*[-_^\u2010-\u2013][${}\\\\]*|[${}]+)"
# TeX that says how a text looks; `\alpha` and the like are words.
_MARKUP = (
    r"\\(?:emph|text[a-z]{0,6}|math[a-z]{1,5}|operatorname|mbox|hbox|bm|boldsymbol|ensuremath|left"
    r"|right|rm|bf|it|sc|tt|em|cal)(?![a-z])"
)
_RUN = re.compile(rf"[{_CJK}]+|{_WORD}(?:{_JOINT}{_WORD})*|{_MARKUP}")
_CJK_START = re.compile(f"[{_CJK}]")
_SPLIT = re.compile(_JOINT)
_PIECE = re.compile(rf"{_MARKUP}|[{_CJK}]|{_WORD}")
_ASCII_PIECE = re.compile("[a-z0-9]+(?:'[a-z0-9]+)*")  # the same where there is nothing else
_ONE_WORD = re.compile(_WORD)
_POSSESSIVE = re.compile("['’]s$")
_ACCENT = re.compile("[\u0300-\u036f]")
_DIGIT_BORDER = re.compile(r"(?<=[^\W\d])(?=\d)|(?<=\d)(?=[^\W\d])")
# A Greek letter alone is a name: α-VAE is $\alpha$-VAE.
_GREEK = {chr(code): unicodedata.name(chr(code)).split()[-1].lower() for code in range(945, 970)}
_GREEK |= {f"var{name}": name for name in _GREEK.values()} | {"ell": "l"}
_STEMMER = Stemmer.Stemmer("english")
_STEMMER.maxCacheSize = 0  # `stem_word` remembers


@dataclass(frozen=True)
class Pattern:
    """Tokens that stand one after another; with `prefix` the last is the beginning of one."""

    tokens: tuple[str, ...]
    prefix: bool = False


# What letters without white space between them give, each with spaces between: tokens in place,
# tokens that stand after everything else (so that phrases stay whole), and the words as they are
# written. A plain tuple: the garbage collector need not look at it.
_Cut: TypeAlias = tuple[str, str, str]


class _Cuts(dict[str, _Cut]):
    """Each piece's cut, made when first met and remembered while it is short; the pieces that were
    not met again while as many others came are forgotten."""

    def __init__(self) -> None:
        self.before: dict[str, _Cut] = {}

    def __missing__(self, piece: str) -> _Cut:
        made = self.before.get(piece) or self._made(piece)
        if len(piece) <= _REMEMBERED_LENGTH:
            if len(self) >= _REMEMBERED:
                self.before = dict(self)
                self.clear()
            self[piece] = made
        return made

    def _made(self, piece: str) -> _Cut:
        folded = fold_for_search(piece)
        core = folded.strip(_AROUND)
        if core.isascii() and core.isalnum():
            return self[core] if core != piece else (stem_word(core), "", _words(core))
        runs = [_cut(run) for run in _RUN.findall(folded)]
        tokens, joined, words = zip(*runs, strict=True) if runs else ((), (), ())
        return " ".join(tokens), " ".join(joined), " ".join(words)


_CUTS = _Cuts()


def fold_for_search(text: str) -> str:
    """`text` without differences of case, width, diacritics and invisible characters (NFKC)."""
    return text.lower() if text.isascii() else text.translate(_FOLDS)


@lru_cache(maxsize=20_000)
def stem_word(word: str) -> str:
    """A folded word without its English ending (Snowball's second Porter stemmer)."""
    word = _written(word)
    if word in _GREEK:
        return _GREEK[word]
    if len(word) < 3 or not word.isascii() or not word.isalpha():
        return word
    return str(_STEMMER.stemWord(word))


def analyze(text: str) -> tuple[list[str], list[str]]:
    """The tokens of `text` as the index keeps them, in order, and its words as they are written
    (folded, not stemmed; of Chinese, pairs of characters).

    A hyphenated word gives its parts in place and, after everything else (so that phrases stay
    whole), its parts as one word.
    """
    cuts = list(map(_CUTS.__getitem__, text.lower().split()))
    if not cuts:
        return [], []
    tokens, joined, words = map(" ".join, zip(*cuts, strict=True))
    return [*tokens.split(), *joined.split()], words.split()


def phrase_pattern(text: str) -> Pattern | None:
    """The one pattern that `text` makes read as a phrase, or None where it has no token."""
    tokens: list[str] = []
    last = ""
    for run in _RUN.findall(fold_for_search(text)):
        if made := _cut(run)[0].split():
            tokens += made
            last = run
    if not tokens:
        return None
    cjk = is_cjk(last)
    if cjk and len(last) > 1:
        tokens.pop()  # the run may go on in the text that is looked for
    return Pattern(tuple(tokens), prefix=cjk and len(last) == 1)


def word_units(text: str, known: Collection[str] | None = None) -> list[tuple[Pattern, ...]]:
    """What one typed word asks for: every unit must be found, in one of its ways.

    `BERT模型` is two units, for scripts are cut apart; `cross-modal` is one unit with two ways, as
    two neighbouring words or as one word; so are `crossmodal` and `BEiT3`. A word is tried as two
    only where both are `known`.
    """
    found: list[tuple[Pattern, ...]] = []
    words: list[str] = []

    def close() -> None:
        if words:
            found.append(_ways(words, known))
            words.clear()

    for run in _RUN.findall(fold_for_search(text)):
        if is_cjk(run):
            close()
            pattern = phrase_pattern(run)
            assert pattern is not None
            found.append((pattern,))
        elif not run.startswith("\\"):
            words.append(run)
    close()
    return found


def split_in_two(text: str) -> list[tuple[str, str]]:
    """The ways to read one word as two, each of three letters at least or cut at a digit."""
    word = fold_for_search(text)
    if len(word) > SPLIT_LIMIT or not _ONE_WORD.fullmatch(word):
        return []
    borders = {border.start() for border in _DIGIT_BORDER.finditer(word)}
    if word.isalpha():
        borders |= set(range(3, len(word) - 2))
    return [(word[:n], word[n:]) for n in sorted(borders)]


def is_cjk(token: str) -> bool:
    """Whether a token is one or two characters of a run that has no spaces."""
    return _CJK_START.match(token) is not None


def has_cjk(text: str) -> bool:
    """Whether `text` holds a character of a script that has no spaces."""
    return _CJK_START.search(text) is not None


@lru_cache(maxsize=20_000)
def name_key(name: str) -> str:
    """The form in which names are compared: without spaces, hyphens, case, plural endings."""
    return "".join(split_pieces(name)) or name.strip()


def join_words(first: str, second: str) -> str | None:
    """Two neighbouring words written as one, or None where either is not a single Latin word."""
    parts = [_ONE_WORD.fullmatch(fold_for_search(word)) for word in (first, second)]
    return stem_word("".join(part[0] for part in parts if part)) if all(parts) else None


def split_pieces(text: str) -> list[str]:
    """`text` cut for comparing with what a reader sees: words, and single Chinese characters."""
    return locate_pieces(text)[0]


def locate_pieces(text: str) -> tuple[list[str], Callable[[int], tuple[int, int]]]:
    """The `split_pieces` of `text`, and where in it each stands (start, end), by its number."""
    folded = fold_for_search(text)
    starts: range | list[int] = range(len(text) + 1)
    if not text.isascii() and any(len(_FOLDS[ord(character)]) != 1 for character in set(text)):
        starts = [n for n, character in enumerate(text) for _ in _FOLDS[ord(character)]]
        starts.append(len(text))
    marked_up = "\\" in folded
    piece = _PIECE if marked_up or not folded.isascii() else _ASCII_PIECE
    words = piece.findall(folded)
    if marked_up:
        words = [word for word in words if word[0] != "\\"]
    spans: list[tuple[int, int]] = []

    def place(number: int) -> tuple[int, int]:
        if not spans:  # few of many texts are asked for a place
            found = piece.finditer(folded)
            spans.extend(each.span() for each in found if folded[each.start()] != "\\")
        start, end = spans[number]
        return starts[start], starts[end - 1] + 1

    return list(map(stem_word, words)), place


def split_term(term: str) -> list[str]:
    """Tokens with spaces between them (`EngineQuery.terms`), as `split_pieces` compare with."""
    return _PIECE.findall(term)


def _written(word: str) -> str:
    """A folded word without its possessive and apostrophes, not too long."""
    if "'" in word or "’" in word:
        word = _POSSESSIVE.sub("", word).replace("'", "").replace("’", "")
    return word[:TOKEN_LIMIT]


def _cut(run: str) -> _Cut:
    if run.startswith("\\"):
        return "", "", ""
    if is_cjk(run):
        pairs = " ".join(_pairs(run))
        return f"{pairs} {run[-1]}", "", pairs
    if run.isalnum():
        return stem_word(run), "", _words(run)
    parts = _SPLIT.split(run)
    if len(parts) == 1:
        return stem_word(run), "", _words(run)
    joined = "".join([_GREEK.get(part, part) for part in parts])
    return " ".join(map(stem_word, parts)), stem_word(joined), _words(*parts, joined)


def _words(*parts: str) -> str:
    """The parts that are words to complete and to correct: no numbers, no single letters."""
    written = map(_written, parts)
    return " ".join([word for word in written if len(word) > 1 and not word.isdigit()])


def _pairs(run: str) -> list[str]:
    return [run[n : n + 2] for n in range(len(run) - 1)]


def _ways(words: list[str], known: Collection[str] | None) -> tuple[Pattern, ...]:
    """The ways to find Latin words typed without a space between them."""
    parts = [part for word in words for part in _SPLIT.split(word)]
    ways = [Pattern(tuple(map(stem_word, parts)))]
    if len(words) > 1:
        return tuple(ways)
    if len(parts) > 1:
        ways.append(Pattern((stem_word("".join(_GREEK.get(part, part) for part in parts)),)))
    else:
        ways += [
            Pattern((stem_word(first), stem_word(second)))
            for first, second in split_in_two(parts[0])
            if known is None or (_known(first, known) and _known(second, known))
        ]
    return tuple(ways)


def _known(word: str, known: Collection[str]) -> bool:
    return word in known or not word.isalpha() or len(word) < 2
