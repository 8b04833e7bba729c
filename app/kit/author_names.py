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
_OF_HAN = re.compile(f"(?:{HAN.pattern})+")
_HAN_APART = re.compile(rf"\s*{_OF_HAN.pattern}(?: {_OF_HAN.pattern})+\s*")
# Chinese family names of two characters.
COMPOUND = (
    *(
        "欧阳",
        "歐陽",
        "司马",
        "司馬",
        "上官",
        "诸葛",
        "諸葛",
        "夏侯",
        "东方",
        "東方",
        "皇甫",
        "尉迟",
    ),
    *(
        "尉遲",
        "公孙",
        "公孫",
        "慕容",
        "长孙",
        "長孫",
        "宇文",
        "司徒",
        "令狐",
        "端木",
        "轩辕",
        "軒轅",
    ),
    *(
        "南宫",
        "南宮",
        "独孤",
        "獨孤",
        "呼延",
        "闻人",
        "聞人",
        "百里",
        "申屠",
        "太史",
        "淳于",
        "单于",
    ),
)
_COMPOUND = frozenset(COMPOUND)
_SUFFIX = re.compile(r"(?:[JS]r\.?|[js]r\.|I{2,3}|IV|[23][nr]d)\Z")
_TITLE = re.compile(r"(?:ph\.?d|m\.?d|inc|ltd|llc)\.?\Z|eds?\.\Z", re.IGNORECASE)
# What stands before a family name and is of it: `Ann van Dorp`, `Guy Van den Broeck`.
_PARTICLE = re.compile(
    r"(?:v[ao]n|vom|van't|ver|d[ei]n?|de[lrs]|dell[ao]|d[aou]s?|dal|du|l[ae]s?|los|t[eo]n?|ter|z[uo]|zu[mr]"
    r"|'t|el|al|bin|ibn|ben|a[fv])\Z"
)


def family_name(name: str) -> str:
    """`Kim` of `Wonjae Kim` and of `Kim, Wonjae`; `张` of `张三`; an organisation's whole name."""
    if name.startswith("{") and name.endswith("}"):
        return name[1:-1]
    if "," in name:
        return name.split(",")[0].strip()
    if _OF_HAN.fullmatch(name):
        return name[:2] if name[:2] in _COMPOUND else name[0]
    words = split_suffix(name)[0].split()
    if not words:
        return ""
    start = len(words) - 1
    while start > 1 and _PARTICLE.match(words[start - 1]):
        start -= 1
    if 1 < start < len(words) - 1 and _PARTICLE.match(words[start - 1].lower()):  # Van den Broeck
        start -= 1
    return " ".join(words[start:])


def is_suffix(text: str) -> bool:
    """Whether it tells a son from his father: `Jr.`, `III`."""
    return _SUFFIX.match(text) is not None


def split_suffix(name: str) -> tuple[str, str]:
    """`("Ann King", "Jr.")` for `Ann King Jr.`; the second is empty where there is none."""
    words = name.split()
    if len(words) > 2 and _SUFFIX.match(words[-1]):
        return " ".join(words[:-1]).rstrip(","), words[-1]
    return name, ""


def parse_name(written: str) -> tuple[str, str]:
    """The name as it is shown, and its family name where that is not the one it seems to have.

    `("Gabriel García Márquez", "García Márquez")`, `("Wonjae Kim", "")` for `Kim, Wonjae`,
    `("WHO", "WHO")` for an organisation in braces. `张, 三` and `张 三` are shown as `张三`, and
    `King, Jr., Ann` as `Ann King Jr.`
    """
    if written.startswith("{") and written.endswith("}") and len(written) > 2:
        inner = written[1:-1].strip()
        return inner, inner
    if _HAN_APART.fullmatch(written):  # 熊 玮
        written = written.strip().replace(" ", ",", 1).replace(" ", "")
    family, comma, given = (part.strip() for part in written.partition(","))
    suffix = ""
    if "," in given:  # King, Jr., Ann
        suffix, _, given = (part.strip() for part in given.partition(","))
        if not _SUFFIX.match(suffix):
            return written, ""
    elif _SUFFIX.match(given) and " " in family:  # Ann King, Jr.
        name = f"{family} {given}"
        return name, ""
    if not (comma and family and given) or "," in given or _TITLE.match(given):
        return written, ""
    joint = "" if has_han(family) and has_han(given) else " "
    name = f"{family}{given}" if not joint else f"{given} {family} {suffix}".strip()
    return name, "" if family_name(name) == family else family


def format_name(name: str, family: str) -> str:
    """A name so that `parse_name` gives it back: as it is shown, where that says it all."""
    if not family:
        return name
    if family == name:
        return f"{{{name}}}"
    if name.startswith(family):
        return f"{family}, {name[len(family) :].strip()}"
    whole, suffix = split_suffix(name)
    given = whole.removesuffix(family).strip()
    return f"{family}, {suffix}, {given}" if suffix else f"{family}, {given}"


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
