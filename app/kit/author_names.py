"""How an author's name is written so that its family name is known. Pure.

`Gabriel García Márquez` says nothing of where the family name begins; `García Márquez, Gabriel`
does, and `{World Health Organization}` has none: the form of BibTeX.
"""

import re
from collections.abc import Iterator

from app.kit.folding import drop_e, fold_for_search
from app.kit.text import HAN, has_han, spell_pinyin

_HAN_RUN = re.compile(f"(?:{HAN.pattern})+")
_NAME_WORD = re.compile(r"[^\W_]+(?:[-\u2010-\u2013][^\W_]+)*")
_PART = re.compile(r"[^\W_]+")
_INITIALS = re.compile(r"\b[A-Z]{2,3}\b")
_SYLLABLES = 4
_SUFFIX = re.compile(r"(?:jr|sr|i{2,3}|iv|ph\.?d|m\.?d|inc|ltd|llc|co|eds?)\.?\Z", re.IGNORECASE)


def family_name(name: str) -> str:
    """`Kim` of `Wonjae Kim` and of `Kim, Wonjae`; `张` of `张三`; an organisation's whole name."""
    if name.startswith("{") and name.endswith("}"):
        return name[1:-1]
    if "," in name:
        return name.split(",")[0].strip()
    if has_han(name[:1]) and " " not in name:
        return name[0]
    return name.split()[-1] if name.split() else ""


def parse_name(written: str) -> tuple[str, str]:
    """The name as it is shown, and its family name where that is not the one it seems to have.

    `("Gabriel García Márquez", "García Márquez")`, `("Wonjae Kim", "")` for `Kim, Wonjae`,
    `("WHO", "WHO")` for an organisation in braces. `张, 三` is shown as `张三`.
    """
    if written.startswith("{") and written.endswith("}") and len(written) > 2:
        inner = written[1:-1].strip()
        return inner, inner
    family, comma, given = (part.strip() for part in written.partition(","))
    if not (comma and family and given) or "," in given or _SUFFIX.match(given):
        return written, ""
    joint = "" if has_han(family) and has_han(given) else " "
    name = f"{family}{given}" if not joint else f"{given} {family}"
    return name, "" if family_name(name) == family else family


def format_name(name: str, family: str) -> str:
    """A name so that `parse_name` gives it back: as it is shown, where that says it all."""
    if not family:
        return name
    if family == name:
        return f"{{{name}}}"
    if name.startswith(family):
        return f"{family}, {name[len(family) :].strip()}"
    return f"{family}, {name[: -len(family)].strip()}"


def normalize_name(written: str) -> str:
    """The one way in which a name is written: in braces or with a comma only where it must be."""
    return format_name(*parse_name(written))


def search_words(name: str) -> str:
    """The words by which an author is found, with a space before and after each: folded, umlauts in
    one form, `Xiao-Ming` as one word too, the letters of `JL` one by one. Chinese is also there in
    pinyin, behind a tilde: each syllable, and those that stand together as one."""
    found: list[str] = []
    for parts in _split_name(name):
        found += (*parts, "".join(parts))
    found += (letter for initials in _INITIALS.findall(name) for letter in initials.lower())
    for run in _HAN_RUN.findall(fold_for_search(name)):
        found += (f"~{word}" for word in _pinyin_words(run))
    return f" {' '.join(dict.fromkeys(found))} " if found else ""


def with_pinyin(name: str) -> str:
    """A name with the words of its pinyin, where it is Chinese."""
    runs = _HAN_RUN.findall(name)
    return " ".join((name, *(word for run in runs for word in _pinyin_words(run))))


def name_patterns(written: str) -> list[list[str]]:
    """What `search_words` of a name must hold to be one that `written` may mean, for SQL's LIKE:
    one of each list. Nothing where it has no letter.

    `Y. Lecomte`, `Lecomte, Yves` and `lecomte` mean Yves Lecomte, `Yves Lecomte` also Lecomte, Y.;
    `San Zhang`, `zhang san` and `張三` mean 张三. A word alone may be the beginning of one.
    """
    split = _split_name(written)
    words = sorted(
        (each for each in split if each != [each[0][:1]]), key=lambda each: -len(each[0])
    )
    whole = [_whole_word(parts, "%" if len(words) == 1 else " %") for parts in words]
    if len(words) > 1:
        together = {each.lower() for each in _INITIALS.findall(written)}
        for parts, full in zip(words, whole, strict=True):
            if parts[0] in together:  # YA
                full.append("".join(f"% {letter}" for letter in parts[0]) + "%")
    patterns = [[*full, f"% {parts[0][0]} %"] for parts, full in zip(words, whole, strict=True)]
    if len(words) == 1:
        patterns = whole
    elif words:  # an initial may stand for any of them, but not for all
        patterns.append([pattern for full in whole for pattern in full])
    letters = [parts[0] for parts in split if parts == [parts[0][:1]]]
    return [*patterns, *([f"% {letter}%", f"% ~{letter}%"] for letter in letters)]


def _split_name(name: str) -> list[list[str]]:
    """The words of a name, folded; of one with a hyphen, its parts."""
    folded = fold_for_search(re.sub("['’`]", "", name))
    return [list(map(drop_e, _PART.findall(word))) for word in _NAME_WORD.findall(folded)]


def _whole_word(parts: list[str], end: str) -> list[str]:
    """The patterns of a word that is no initial: as it stands, of one name or of another script."""
    word = "".join(parts)
    if has_han(word):
        family, *given = map(drop_e, spell_pinyin(word))
        latin = "".join(given)
        spelled = [f"% {family} {latin} %", f"% {latin} {family} %"] if given else []
        return [f"%{word}%", *spelled]
    found = (f"% {' '.join(parts)}{end}", f"% {word}{end}", f"% ~{word}{end}")
    return list(dict.fromkeys(found))


def _pinyin_words(run: str) -> Iterator[str]:
    from pypinyin import Style, pinyin

    syllables = spell_pinyin(run)
    # A family name may be read otherwise than the character: 曾, 单.
    readings = pinyin(run[0], style=Style.NORMAL, heteronym=True)[0]
    for first in dict.fromkeys((syllables[0], *readings)):
        yield drop_e(first)
        if "v" in first:  # 吕
            yield from (first.replace("v", "u"), first.replace("v", "yu"))
    for start in range(len(syllables)):
        for end in range(start + 1, min(len(syllables), start + _SYLLABLES) + 1):
            yield drop_e("".join(syllables[start:end]))
