"""The names of people in a list, a mapping or a line of notes. Pure."""

import re
from collections.abc import Sequence

from app.kit.author_names import COMPOUND
from app.kit.text import HAN, has_han, tidy_line
from app.sources.bibliography import names
from app.sources.markdown.front_matter import Value, list_strings
from app.sources.markdown.links import unlinked

_NAME_PARTS = {
    **dict.fromkeys(("lastName", "last", "lastname", "last_name", "surname", "姓"), "family"),
    **dict.fromkeys(("firstName", "first", "firstname", "first_name", "名"), "given"),
}
_VENUE = re.compile(r"\b[A-Z]{3,}\b")  # has such an acronym in its name
_WHOLE_HAN = re.compile(rf"(?:{HAN.pattern}){{2,4}}")
PERSON = re.compile(r"[A-ZÀ-Þ][\w.'’-]*(?: (?:[A-ZÀ-Þ][\w.'’-]*|[a-z]{2,3})){1,4}")
_NOT_A_NAME = re.compile(
    r"(?=[<（(*†‡§¶¹²³⁴-⁹⁰DP,\s\d])(?:"  # most characters begin none of these
    r"<sup>.{0,20}?</sup>|</?[a-z]{1,9}/?>|[（(][^()（）]{0,120}[)）]|[*†‡§¶¹²³⁴-⁹⁰]+"
    # titles and degrees, and numbers of footnotes
    r"|\b(?:Dr|Prof)\.\s+|,?\s+(?:Ph\.?\s?D|D\.?Phil|MD|M\.?Sc|B\.?Sc|MPH|MBA|FRS|RN)\b\.?"
    r"|(?<=[^\W\d_])\s?\d{1,2}(?:,\s?\d{1,2}){0,3}(?=\s*(?:[,;，；、]|$)))"
)
_CUT = re.compile(
    r"[,，、]?\s*(?:\bet\s+al\b\.?|(?:(?<=\s)|(?<=[,，、])|(?<=[\u4e00-\u9fff]{2}))等[。.]?$|等人[。.]?$"
    r"|\band others\b|\betc\.?$)"
)
_ADDRESS = re.compile(r"[^\s@]{1,64}@\S{1,255}")
# Of one who is named in full: initials stand behind a family name, too.
_MEDICAL = re.compile(r"(?<= )([^\s,;，；]{2,40}),?\s+M\.\s?D\.?(?=\s*(?:[,;，；]|$))")
_GIVEN = re.compile(r"(?:[A-Z]\.?[\s-]?){1,4}")  # initials, as in `Smith, J. A., Doe, B.`
_INVERTED = re.compile(r"[^\s,]+, [^,]+")
_TAG = re.compile(r"#(?:[\w-]{1,40}/){1,4}(?P<name>[^\s#,/]{2,60})")  # #zotero/author/Ann-Example


def parse_authors(value: Value) -> list[str]:
    """The names in a list, a mapping (`family`, `given`, `name`) or one string."""
    if isinstance(value, dict):
        return [name] if (name := _name(value)) else []
    if isinstance(value, str):
        return [*names_in(value), *([names.OTHERS] if _find_cut(value) else [])]
    found: list[str] = []
    for each in value:
        if isinstance(each, str) and each.count(",") == 1 and len(value) > 1:
            found.append(_NOT_A_NAME.sub("", unlinked(each)))  # `Kim, Wonjae`, one of a list
        else:
            found += parse_authors(each)
    return list(dict.fromkeys(filter(None, found)))


def _name(parts: dict[str, Value]) -> str:
    """A name that is given in parts, by the keys of CSL or Zotero."""
    if whole := list_strings(parts.get("name", "")):
        return tidy_line(whole[0])
    known = {
        _NAME_PARTS.get(key, key): " ".join(list_strings(value)) for key, value in parts.items()
    }
    return names.write_name(known)


def _find_cut(text: str) -> bool:
    said = any(word in text for word in ("et", "等", "others"))  # most names have none: quick
    return said and _CUT.search(text) is not None


def names_in(text: str) -> list[str]:
    """Names in running text: between `and`, `;`, `、`, or commas; `et al.` is no name."""
    text = _TAG.sub(lambda found: found["name"].replace("-", " "), unlinked(text))
    text = _NOT_A_NAME.sub("", _MEDICAL.sub(r"\1", text) if "M." in text else text)
    if "@" in text:
        text = _ADDRESS.sub("", text)
    text = say_others(text)
    if re.search(r"[;；、]", text):
        parts = re.split(r"[;；、，]\s*(?:(?:and|&)\s)?", text)
    else:
        parts = list(dict.fromkeys(re.split(r",?\s+(?:and|&)\s+|，", text)))
        is_chicago = _INVERTED.fullmatch(parts[0]) and all(map(PERSON.fullmatch, parts[1:]))
        if len(parts) < 2 or not (is_chicago or all(part.count(",") == 1 for part in parts)):
            parts = [name for part in parts for name in _between_commas(part)]
    tidy = (tidy_line(part).strip("*_ ") for part in dict.fromkeys(parts))
    return list(dict.fromkeys(filter(None, (re.sub(r"(?<=\w\w\w)\.$", "", n) for n in tidy))))


def _between_commas(text: str) -> list[str]:
    if "," not in text and len(some := text.split()) > 1 and all(map(_WHOLE_HAN.fullmatch, some)):
        return [text] if some[0] in COMPOUND else some  # 张三 李四
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if len(parts) < 2 or all(" " in part or has_han(part) for part in parts):
        return parts
    if len(parts) > 2 and " " not in parts[0] and all(map(PERSON.fullmatch, parts[2:])):
        return [f"{parts[0]}, {parts[1]}", *parts[2:]]  # as Chicago has them, the first by family
    if len(parts) % 2 == 0 and all(map(_GIVEN.fullmatch, parts[1::2])):
        return [f"{family}, {given}" for family, given in zip(parts[::2], parts[1::2], strict=True)]
    return parts


def are_people(names: Sequence[str]) -> bool:
    """Whether these are certainly names of people: several, of two words or more in capitals."""
    plain = [" ".join(reversed(name.split(", ", 1))) for name in names]
    return len(names) > 1 and all(PERSON.fullmatch(n) and not _VENUE.search(n) for n in plain)


def say_others(text: str) -> str:
    """Names without the words for that there are more."""
    return (_CUT.sub("", text) if _find_cut(text) else text).strip(" 。")
