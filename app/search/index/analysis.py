"""How a text is cut for the index, and how a question is cut the same way. Pure.

Chinese (and kana) has no spaces: a run of it becomes overlapping pairs of characters and, at its
end, the last character alone, so that two-character words are found exactly and one character by
its beginning; traditional characters are read as their simplified ones. Other scripts are cut at
what is no letter or digit, but for what makes a name of one: C++, C#, .NET. Scripts never mix in a
token.

`analyze` gives what is indexed; `word_units` and `phrase_pattern` give what to ask for, as
`Pattern`s.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import TypeAlias

import Stemmer

from app.kit.folding import CJK, drop_e, fold_for_search, spell_out

TOKEN_LIMIT = 64  # characters; a longer "word" is cut on both sides alike
SPLIT_LIMIT = 24  # longer words are not tried as two
_NAME_FROM = 5
_REMEMBERED = 100_000  # pieces of text, some 20 MB, twice
_REMEMBERED_LENGTH = 24
_PIECE_LIMIT = 20_000  # letters without white space that are cut at once: nobody waits meanwhile
_AROUND = '.,;:!?()[]"'  # ends no word and begins none

_FUNCTION_WORDS = (
    "a an and are as at be by can do does for from how in is it its of on or that the their this "
    "to was we what when which why will with"
)
# They say nothing about a subject, and are left out when any word may match.
STOP_WORDS = frozenset(_FUNCTION_WORDS.split())
# They stand between the words of a run of Chinese, and within some.
_FUNCTION_CHARACTERS = re.compile("以及|或者|[的之与和及或了]")

_WORD = rf"[^\W_{CJK}]+(?:['’][^\W_{CJK}]+)*"
# What is said with a word and is no letter: UNet++, C# and A* of one letter, .NET.
_SIGNS = {"++": "plusplus", "#": "sharp", "*": "star", ".": "dot"}
_SIGN = r"(?<=[^\W_])\+\+|(?<=[a-z])(?<!\w[a-z])[#*](?![\w*#$])|(?<![\w.])\.(?=net\b)"
# A hyphen, or what TeX writes between a letter and its index, braces and dollars beside it.
_JOINT = "(?:[${}\\\\]*[-_^\u2010-\u2015\u2212][${}\\\\]*|[${}]+)"
# TeX that says how a text looks; `\alpha` and the like are words.
_MARKUP = (
    r"\\(?:emph|text[a-z]{0,6}|math[a-z]{1,5}|operatorname|mbox|hbox|bm|boldsymbol|ensuremath|left"
    r"|right|rm|bf|it|sc|tt|em|cal)(?![a-z])"
)
_RUN = re.compile(rf"[{CJK}]+|{_WORD}(?:{_JOINT}{_WORD})*|{_SIGN}|{_MARKUP}")
_CJK_START = re.compile(f"[{CJK}]")
_HAN_RUN = re.compile(f"[{CJK}]{{5,}}")
_SPLIT = re.compile(_JOINT)
_POINTED = re.compile(r"[a-z]+(?:\.[a-z]+){1,2}|\d{1,3}(?:,\d{3})+")
_SPOKEN = re.compile("(?<=[a-z]{2})[24](?=[a-z]{2})")
_SAID = {"2": "to", "4": "for"}
_DIGIT = {word: digit for digit, word in _SAID.items()}
_PIECE = re.compile(rf"{_MARKUP}|[{CJK}]|{_WORD}|{_SIGN}")
_ASCII_PIECE = re.compile("[a-z0-9]+(?:'[a-z0-9]+)*")  # the same where there is nothing else
_ONE_WORD = re.compile(_WORD)
_POSSESSIVE = re.compile("['’]s$")
_DIGIT_BORDER = re.compile(r"(?<=[^\W\d])(?=\d)|(?<=\d)(?=[^\W\d])")
# A Greek letter alone is a name: α-VAE is $\alpha$-VAE.
_GREEK = {chr(code): unicodedata.name(chr(code)).split()[-1].lower() for code in range(945, 970)}
_GREEK |= {f"var{name}": name for name in _GREEK.values()} | {"ell": "l"}
# Words that a stemmer of suffixes leaves apart: form and dictionary form in turn.
_IRREGULAR = """
    matrices matrix indices index vertices vertex vortices vortex appendices appendix apices apex
    cortices cortex simplices simplex helices helix codices codex analyses analysis
    hypotheses hypothesis theses thesis syntheses synthesis parentheses parenthesis crises crisis
    oases oasis ellipses ellipsis diagnoses diagnosis prognoses prognosis emphases emphasis
    axes axis criteria criterion phenomena phenomenon automata automaton polyhedra polyhedron
    corpora corpus genera genus data datum spectra spectrum maxima maximum minima minimum
    optima optimum extrema extremum quanta quantum strata stratum errata erratum
    momenta momentum memoranda memorandum symposia symposium schemata schema lemmata lemma
    stigmata stigma formulae formula antennae antenna nebulae nebula foci focus loci locus
    radii radius stimuli stimulus nuclei nucleus moduli modulus syllabi syllabus fungi fungus
    children child men man women woman mice mouse teeth tooth feet foot geese goose leaves leaf
    shelves shelf halves half knives knife wolves wolf qas qa vqas vqa relus relu gelus gelu
    grus gru glus glu centre center centres center metre meter fibre fiber catalogue catalog
    dialogue dialog
"""
_FORMS = dict(re.findall(r"(\S+) (\S+)", " ".join(_IRREGULAR.split())))
# GPUs, LLMs: where there is no vowel before it, a stemmer takes an s for no ending.
_ACRONYMS = re.compile("[b-df-hj-np-tv-xz]{2,}s|[a-z]pus")
_NO_PLURALS = frozenset(
    ("bps", "cms", "css", "dns", "fps", "gps", "mds", "nms", "pls", "rms", "sms", "tls", "tts")
)
# Normalise, normalisation, analyse, behaviour.
_BRITISH_S = re.compile(
    "(?<=[a-z]{3})(?:(?<=i)s(?=ation)|(?:(?<=[lnt]i)|(?<=[^p]ri)|(?<=[dt]omi)|(?<=imi))"
    "s(?=(?:e[drs]?|ers|ing|able)$)|(?<=analy)s(?=(?:e[drs]?|ers|ing)$))"
)
_BRITISH_OUR = re.compile("^(behavi|col|fav|neighb|lab|hon|hum|tum)our")
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
        if core.isascii() and core.isalnum() and not (core == "net" and ".net" in folded):
            return self[core] if core != folded else (stem_word(core), "", _words(core))
        runs = [_cut(run) for run in _RUN.findall(folded)]
        tokens, joined, words = zip(*runs, strict=True) if runs else ((), (), ())
        whole = tuple(each for part in folded.split() for each in _joined(part))
        joined, words = (*joined, *map(stem_word, whole)), (*words, _words(*whole))
        return " ".join(tokens), " ".join(joined), " ".join(words)


_CUTS = _Cuts()


@lru_cache(maxsize=20_000)
def stem_word(word: str) -> str:
    """A folded word without its English ending (Snowball's second Porter stemmer), irregular forms
    and British spellings as the others; a Greek letter or a sign by its name."""
    word = _written(word)
    if named := _GREEK.get(word) or _SIGNS.get(word):
        return named
    if len(word) < 3 or not word.isascii() or not word.isalpha():
        return word
    word = _FORMS.get(word, word)
    if word.endswith("s") and _ACRONYMS.fullmatch(word) and word not in _NO_PLURALS:
        return word[:-1]
    return str(_STEMMER.stemWord(_BRITISH_OUR.sub(r"\1or", _BRITISH_S.sub("z", word))))


def analyze(text: str) -> tuple[list[str], list[str]]:
    """The tokens of `text` as the index keeps them, in order, and its words as they are written
    (folded, not stemmed; of Chinese, pairs of characters).

    A hyphenated word gives its parts in place and, after everything else (so that phrases stay
    whole), its parts as one word.
    """
    pieces = text.lower().split()
    if max(map(len, pieces), default=0) > _PIECE_LIMIT:
        pieces = [
            piece[at : at + _PIECE_LIMIT]
            for piece in pieces
            for at in range(0, len(piece), _PIECE_LIMIT)
        ]
    cuts = list(map(_CUTS.__getitem__, pieces))
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
    if len(found) == 1 and (more := _more_ways(text)):
        found = [tuple(dict.fromkeys((*found[0], *more)))]
    return found


def _more_ways(text: str) -> list[Pattern]:
    """Ways that show only in the whole of what was typed: written out, without its points."""
    more = [Pattern((stem_word(each),)) for each in _joined(fold_for_search(text))]
    written_out = phrase_pattern(spell_out(text)) if not text.isascii() else None
    return [*more, written_out] if written_out else more


def split_at_function_characters(text: str) -> list[str]:
    """The parts of a run of Chinese between its function characters: 图像, 文本 and 对齐 of
    图像与文本的对齐; nothing where there are no two. What would be a single character is none:
    目的 and 了解 stay whole."""
    run = fold_for_search(text)
    if not _HAN_RUN.fullmatch(run):
        return []
    parts, start = [], 0
    for found in _FUNCTION_CHARACTERS.finditer(run):
        if found.start() - start > 1 and len(run) - found.end() > 1:
            parts.append(run[start : found.start()])
            start = found.end()
    return [*parts, run[start:]] if parts else []


def other_words(text: str) -> set[str]:
    """The words that one typed word is tried as where they are known: its halves, and the ways to
    write a name that may have an umlaut."""
    halves = {half for pair in split_in_two(text) for half in pair}
    word = fold_for_search(text)
    return halves | _other_spellings(word) if word.isalpha() else halves


def _other_spellings(word: str) -> set[str]:
    """`mueller` of `muller`, and the other way round; short words are others then (du, due)."""
    if not (_NAME_FROM <= len(word) <= SPLIT_LIMIT and word.isalpha() and word.isascii()):
        return set()
    with_e = {f"{word[:n]}e{word[n:]}" for n in range(1, len(word)) if word[n - 1] in "aou"}
    return {drop_e(word), *with_e} - {word}


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
    """The form in which names are compared: without spaces, hyphens, case, plural endings; digits
    that stand for words as these, so that `text2sql` is `Text-to-SQL`."""
    return _SPOKEN.sub(_say, "".join(split_pieces(name))) or name.strip()


def join_with_digit(first: str, middle: str, last: str) -> tuple[str, ...]:
    """Three neighbouring words, the second of them `to` or `for` or the digit that stands for it,
    written as one in both ways; nothing where they are no such words."""
    parts = [fold_for_search(word) for word in (first, middle, last)]
    if not all(map(_ONE_WORD.fullmatch, parts)):
        return ()
    return tuple(stem_word("".join(way)) for way in _spoken(parts))


def _say(digit: re.Match[str]) -> str:
    return _SAID[digit[0]]


def _spoken(parts: Sequence[str]) -> list[list[str]]:
    """Parts of a word with `to` and `for` as words, then as digits; nothing where they have none.

    A word such as `text2sql` is one part that has.
    """
    if len(parts) == 1:
        parts = re.split(f"({_SPOKEN.pattern})", parts[0])
    inner = {*parts[1:-1]}
    if len(parts) < 3 or not (inner & _SAID.keys() or inner & _DIGIT.keys()):
        return []
    first, *middle, last = parts
    return [[first, *(names.get(each, each) for each in middle), last] for names in (_SAID, _DIGIT)]


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
    if not text.isascii() and any(len(fold_for_search(each)) != 1 for each in set(text)):
        starts = [n for n, character in enumerate(text) for _ in fold_for_search(character)]
        starts.append(len(text))
    marked_up = "\\" in folded
    piece = _PIECE if marked_up or not folded.isascii() else _ASCII_PIECE
    words = piece.findall(folded)
    if marked_up:
        words = [word for word in words if word[0] != "\\"]
    spans: list[tuple[int, int]] = []
    found = (each.span() for each in piece.finditer(folded) if folded[each.start()] != "\\")

    def place(number: int) -> tuple[int, int]:
        spans.extend(islice(found, number + 1 - len(spans)) if number >= len(spans) else ())
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


def _joined(piece: str) -> tuple[str, ...]:
    """What points and commas part and is one word, a number, too: `nodejs`, `10000`."""
    core = piece.strip(_AROUND)
    return (re.sub("[.,]", "", core),) if _POINTED.fullmatch(core) else ()


def _cut(run: str) -> _Cut:
    if run.startswith("\\"):
        return "", "", ""
    if run in _SIGNS:
        return _SIGNS[run], "", ""
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
    return " ".join(filter(None, map(_word, parts)))


@lru_cache(maxsize=20_000)
def _word(part: str) -> str:
    word = _written(part)
    return word if len(word) > 1 and not word.isdigit() else ""


def _pairs(run: str) -> list[str]:
    return [run[n : n + 2] for n in range(len(run) - 1)]


def _ways(words: list[str], known: Collection[str] | None) -> tuple[Pattern, ...]:
    """The ways to find Latin words typed without a space between them."""
    parts = [part for word in words for part in _SPLIT.split(word)]
    ways = [parts]
    if len(words) > 1:  # GPT-3.5, GPT3.5
        ways.append(["".join(_SPLIT.split(word)) for word in words])
        ways.append([half for part in parts for half in _DIGIT_BORDER.split(part)])
    elif len(parts) > 1:
        ways.append(["".join(_GREEK.get(part, part) for part in parts)])
    else:
        ways += [
            [first, second]
            for first, second in split_in_two(parts[0])
            if known is None or (_known(first, known) and _known(second, known))
        ]
        ways += [[each] for each in _other_spellings(parts[0]) if known and each in known]
    if len(words) == 1:
        ways += (way for said in _spoken(parts) for way in (said, ["".join(said)]))
    return tuple(dict.fromkeys(Pattern(tuple(map(stem_word, way))) for way in ways))


def _known(word: str, known: Collection[str]) -> bool:
    return word in known or not word.isalpha() or len(word) < 2
