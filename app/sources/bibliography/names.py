"""People and organisations as reference files name them → as `author_names` reads them. Pure.

In between, a name is a CSL name: `family` and `given` (with `suffix` and the two sorts of particle)
or a `literal`, which is not taken apart.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TypeAlias

from bibtexparser.middlewares.names import (
    parse_single_name_into_parts,
    split_multiple_persons_names,
)

from app.kit.text import HAN, has_han, tidy_line
from app.sources.bibliography import tex

CslName: TypeAlias = Mapping[str, object]

OTHERS = "et al."  # the rest of the authors, where a file says that there are more
_LONGEST = 1_000  # characters; what is longer is no name, and is not taken apart

_MARKS = re.compile(r"[;；]")
_INITIALS = re.compile(r"[^,]+,\s*(?:[A-Z]\.?[\s-]*){1,3},")  # `Smith, J. A.,`
_PARTS_OF_ONE = re.compile(r"[^,，、;；]{1,2}, [^,，、;；]{1,2}")  # in Chinese, Japanese, Korean
_LIST_OF_HAN = re.compile(r"[,，、;；]")
# `欧阳, 娜娜` is one person, as `{欧阳}, 娜娜` is, and `张三, 李四` are two.
_COMPOUND = re.compile(
    r"(?:欧阳|歐陽|司马|司馬|上官|诸葛|諸葛|夏侯|东方|東方|皇甫|尉迟|尉遲|公孙|公孫|慕容|长孙|長孫"
    r"|宇文|司徒|令狐|端木|轩辕|軒轅|南宫|南宮|独孤|獨孤|呼延|闻人|聞人|百里|申屠|太史|淳于|单于)"
    r",\s*[^\s,，、;；]{1,2}\Z"
)
_SUFFIX = re.compile(r"(?:jr|sr|i{2,3}|iv)\.?\Z", re.IGNORECASE)


def write_name(name: CslName) -> str:
    """`García Márquez, Gabriel`, `{World Health Organization}`; empty where the name is."""
    part = {
        key: text
        for key in (
            "family",
            "given",
            "literal",
            "name",
            "suffix",
            "dropping-particle",
            "non-dropping-particle",
        )
        if isinstance(value := name.get(key), str)
        and (text := tidy_line(value) if key in ("literal", "name") else _no_braces(value))
    }
    family = " ".join(
        part[key]
        for key in ("dropping-particle", "non-dropping-particle", "family", "suffix")
        if key in part
    ).replace(",", " ")
    if family and (given := part.get("given", "").replace(",", " ").strip()):
        return f"{tidy_line(family)}, {given}"
    if whole := part.get("literal") or part.get("name"):  # `name` is Crossref's
        return _whole(whole)
    return tidy_line(family) or part.get("given", "")


def of_bibtex(value: str) -> list[dict[str, str]]:
    """The names of an `author` or `editor` field as it stands there, TeX and all.

    They stand apart by `and`; where none does, by semicolons, or, in Chinese, by commas.
    """
    names = split_multiple_persons_names(" ".join(value.split()))
    if len(names) == 1:
        names = _apart(names[0])
    return [name for each in names if (name := dict(_of_bibtex(each)))]


def of_list(value: str) -> list[dict[str, str]]:
    """A value of RIS that should be one name, and may be several between semicolons."""
    one = value.endswith(",") or _PARTS_OF_ONE.fullmatch(value)
    names = [value] if one else _apart(value)
    return [name for each in names if (name := _of_line(each))]


def _apart(names: str) -> list[str]:
    if (names.startswith("{") and names.endswith("}")) or _COMPOUND.match(names):
        return [names]
    if has_han(names) and names[:1] != "{" and len(parts := _LIST_OF_HAN.split(names)) > 1:
        tidy = [part.strip() for part in parts if part.strip()]
        if all(len(part) > 1 or not HAN.match(part) for part in tidy):
            return tidy
    if _MARKS.search(names) and "\\" not in names and "&" not in names:
        return [part.strip() for part in _MARKS.split(names) if part.strip()]
    return [names]


@lru_cache(maxsize=20_000)
def _of_bibtex(name: str) -> tuple[tuple[str, str], ...]:
    if name.strip().lower() == "others":
        return (("literal", OTHERS),)
    if len(name) > _LONGEST:
        return (("literal", name),)
    if "=" in name and (found := _extended(name)):
        return tuple(found.items())
    if name.startswith("{") and name.endswith("}") and _one_group(name):
        text = tex.tex_to_text(name)
        return (("literal", text),) if text else ()
    parts = parse_single_name_into_parts(name, strict=False)
    read = {
        "non-dropping-particle": " ".join(parts.von),
        "family": " ".join(parts.last),
        "given": " ".join(parts.first),
        "suffix": " ".join(parts.jr),
    }
    return tuple((key, text) for key, value in read.items() if (text := tex.tex_to_text(value)))


def _extended(name: str) -> dict[str, str]:
    """BibLaTeX's other way: `family=Beethoven, given=Ludwig, prefix=van`."""
    keys = {
        "family": "family",
        "given": "given",
        "prefix": "non-dropping-particle",
        "suffix": "suffix",
    }
    pairs = [part.partition("=") for part in name.split(",")]
    if not all(equals for _, equals, _ in pairs):
        return {}
    return {
        keys[key]: text
        for each, _, value in pairs
        if (key := each.strip().lower()) in keys and (text := tex.tex_to_text(value.strip(' "')))
    }


def _one_group(name: str) -> bool:
    depth = 0
    for place, character in enumerate(name):
        depth += (character == "{") - (character == "}")
        if depth == 0:
            return place == len(name) - 1
    return False


def _of_line(name: str) -> dict[str, str]:
    if name.endswith(",") and not _INITIALS.fullmatch(name):  # as RIS marks an organisation
        return {"literal": name.rstrip(", ")}
    parts = [part.strip() for part in name.split(",")]
    if len(parts) == 1:  # which part is the family's is left to the reader of it
        return {"family": name}
    if len(parts) > 2 and _SUFFIX.match(parts[-1]):  # Family, Given, Jr.
        return {"family": parts[0], "given": " ".join(parts[1:-1]), "suffix": parts[-1]}
    return {"family": parts[0], "given": " ".join(filter(None, parts[1:]))}


def _whole(literal: str) -> str:
    if literal == OTHERS or literal.lower() in ("others", "et al", "等"):
        return OTHERS
    if literal.startswith("{") and literal.endswith("}") and _one_group(literal):
        literal = literal[1:-1].strip()
    # Zotero keeps a Chinese name in one field too, which makes it no organisation.
    if len(literal) <= 3 and all(map(HAN.match, literal)):
        return literal
    return f"{{{literal}}}"


def _no_braces(text: str) -> str:
    return tidy_line(text.replace("{", "").replace("}", ""))
