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

from app.kit.author_names import COMPOUND, is_suffix
from app.kit.text import HAN, has_han, tidy_line
from app.sources.bibliography import tex
from app.sources.bibliography.markup import clean_text

CslName: TypeAlias = Mapping[str, object]

OTHERS = "et al."  # the rest of the authors, where a file says that there are more
_OTHERS = {"et al.", "et al", "others", "and others", "and others.", "et. al.", "等", "等人"}
_LONGEST = 1_000  # characters; what is longer is no name, and is not taken apart

_PERSON_OF_HAN = re.compile(
    rf"{HAN.pattern}{{1,3}}|(?:{'|'.join(COMPOUND)}){HAN.pattern}{{1,2}}"
    rf"|{HAN.pattern}{{1,9}}(?:[·・]{HAN.pattern}{{1,9}}){{1,3}}"
)
# A suffix that stands in another part of a name: family `Brown Jr.`, given `Ann, Jr.`.
_WITH_SUFFIX = re.compile(r"(\S.*?)(?:,\s*|\s)(Jr\.?|Sr\.?|I{2,3}|IV)")
_HAN_APART = re.compile(rf"{HAN.pattern}+(?: {HAN.pattern}+)+")
_HANGUL_APART = re.compile("([가-힣]{1,2}) ([가-힣]{1,3})")  # 김 철수
_HAN_PERSON_APART = re.compile(rf"({HAN.pattern}{{1,2}}) ({HAN.pattern}{{1,2}})")
_BETWEEN = re.compile(r"[,，、;；/|]| and ")  # what may stand between two names
_MARKS = re.compile(r"[;；]")
_SEVERAL = re.compile(r"[,，、;；/|&等]| and |al|others")  # without which a value is one name
_BARS = re.compile(r"\s[/|]\s|\|")
_INITIALS = re.compile(r"[^,]+,\s*(?:[A-Z]\.?[\s-]*){1,3},")  # `Smith, J. A.,`
_PARTS_OF_ONE = re.compile(r"[^,，、;；]{1,2}, [^,，、;；]{1,2}")  # in Chinese, Japanese, Korean
# Two people, for a given name hardly begins as a family name does: the most frequent of those.
_SURNAMES = (
    "王李张張刘劉陈陳杨楊赵趙黄黃周吴吳徐孙孫胡朱高林何郭马馬罗羅梁宋郑鄭谢謝韩韓唐冯馮于董萧萧程曹袁邓鄧许許傅沈曾彭吕呂"
    "苏蘇卢盧蒋蔣蔡贾賈丁魏薛叶葉阎閻余潘杜戴夏钟鍾汪田任姜范方石姚谭譚廖邹鄒熊金陆陸郝孔白崔康毛邱秦江史顾顧侯邵孟龙龍万萬"
    "段雷钱錢汤湯尹黎易常武乔喬贺賀赖賴龚龔文"
)
_TWO_OF_HAN = re.compile(rf"[{_SURNAMES}]\S, [{_SURNAMES}]\S")
_LIST_OF_HAN = re.compile(r"[,，、;；]")
# `欧阳, 娜娜` is one person, as `{欧阳}, 娜娜` is, and `张三, 李四` are two.
_COMPOUND = re.compile(rf"(?:{'|'.join(COMPOUND)}),\s*[^\s,，、;；]{{1,2}}\Z")
_SUFFIX = re.compile(r"(?:jr|sr|i{2,3}|iv)\.?\Z", re.IGNORECASE)
_ET_AL = re.compile(
    r"(?:[,;]|\s+(?:and|&))?\s+(?:et\.?\s+al\.?|and others)\Z|[,，;；、\s]*(?<=[^高中初])等人?\Z"
)
_MORE = re.compile("al|others|等")  # without which none of these is there
_ENDING = 40  # characters
_INITIAL = re.compile(r"(?:^|\s)[^\W\d_]\.(?:\s|$)")  # of `J. Brown`, who is a person
_MEDLINE = re.compile(
    r"(?P<family>\S.*?) (?P<initials>[^\W\d_a-z]{1,4})"
    r"(?: (?P<suffix>[JS]r\.?|I{2,3}|IV|[23][nr]d))?"
)
# One name among several between commas: `Ann Brown`, `A. B. van Dorp`; `Brown AB`; `A. B.`.
_WHOLE = re.compile(r"[^\W\d_][\w.'’-]*(?: [\w.'’-]+){1,4}")
_NO_COMPANY = r"(?!(?:AG|NV|BV|USA|LLC|PLC|INC|LTD|II|III|IV)\Z)"
_VANCOUVER = re.compile(rf"[^\W\d_][\w'’ -]*[a-z][\w'’-]* {_NO_COMPANY}[A-Z]{{1,3}}")
_CAPITALS = re.compile(r"[A-Z]{2,3}")  # initials without their periods: `Brown, AB`
# `A. Brown`, `J.-P. van Dorp`: a person between commas, and no family name.
_INITIALS_FIRST = re.compile(r"(?:[^\W\d_]\.[ -]?)+[^\W\d_][\w'’-]+(?: [\w'’-]+){0,3}")
_ONE_WORD = re.compile(r"[^\W\d_][\w'’.-]*")
_IN_BOTH_SCRIPTS = re.compile(rf"(.*[^\s(（])\s*[(（]({HAN.pattern}[^()（）]*)[)）]")
# What is of many people though no braces say so: `The ATLAS Collaboration`.
_OF_MANY = re.compile(
    r"(?:the .*|.* (?:collaboration|consortium|team|group|committee|organi[sz]ation|foundation"
    r"|association|initiative|institute|university|agency|commission|ministry|council|research"
    r"|laborator(?:y|ies)|labs|cent(?:er|re)|society|department|bureau|administration|federation"
    r"|corporation|authority|alliance|project|investigators|deepmind|inc\.?|ltd\.?|llc|gmbh))",
    re.IGNORECASE,
)
_OF_MANY_HAN = re.compile(
    r".{2,}(?:公司|局|部|厅|署|法院|检察院|通讯社|杂志社|报社|大学|学院|研究院|研究所|研究会|委员会|学会|协会|中心|出版社|编写组|课题组|实验室|医院|集团|组织"
    r"|办公室|编辑室|教研室|图书馆|档案馆|博物馆|联合会|基金会|政府|科学院|国务院|总局|工程院|编辑部|编委会|联盟|银行)"
)
# An organisation that was taken for a person, as Google Scholar has it: `Team, Gemini`; a company.
_TURNED_MANY = re.compile(
    r"((?:Team|Collaboration|Consortium|Organi[sz]ation|Committee|Association|Foundation|Commission"
    r"|Ministry|Council|Agency|Federation|Initiative|Institute|University|Department|Group)),"
    r" ([A-Z][\w'’&-]+(?: [\w'’&-]+)*)"
)
_COMPANY_LAST = re.compile(r"[^,]+, (?:Inc|Ltd|LLC|Corp|GmbH|PLC)\.?")
# `Brown A. B.`, which has no comma.
_INITIALS_LAST = re.compile(r"((?:[a-z]+ )*[^\W\d_][\w'’-]+) ((?:[A-Z]\.[ -]?){1,4})")
_LEADING = re.compile("Van|Von|De[lnr]?|Della|D[aiu]|Dos|[EA]l|Ten|Ter")
# `Ann Brown & Bo Grey`, and not `Brown & Sons`.
_PERSON = re.compile(r"[^\W\d_][\w.'’-]*(?: [\w.'’-]+){1,3}")
_COMPANY = re.compile(
    r"(?:co|sons|company|partners|associates|brothers|inc|ltd|llc)\b", re.IGNORECASE
)
# `und` between two names that have their commas, in the languages of files.
_OTHER_ANDS = re.compile(r",? (?:und|et|och|og|en|e|y) (?=[^,]+, )")
# What stands around a name and is none of it: titles, degrees, what somebody did.
_TITLES = re.compile(r"\A(?:(?:Dr|Prof)\.? )+(?=\S+[ ,])")
_ROLES = re.compile(
    r"\s*\((?:eds?|hrsg|hg|editors?|trans|translators?)\.?\)\Z|,\s*(?:editors?|eds\.|hrsg\.)\Z",
    re.IGNORECASE,
)
_ENDS_ROLE, _ENDS_DEGREE = frozenset(")rsgRSG"), frozenset("dcDC")  # editor, hrsg; PhD, MD, MSc
_DEGREE = re.compile(r",\s*(?:Ph\.?\s?D|M\.?\s?D|M\.?\s?Sc)\.?\Z", re.IGNORECASE)
_FAMILY_FIRST = re.compile(r"([^\W\d_a-z]{4,}) ((?:[^\W\d_A-Z]|[A-Z](?=[^\W\d_A-Z]))[^\s,]*)")
_FIRST = re.compile(r"(?:[^\W\d_]\.[ -]?){1,4}")
_ALONE = {"family"}
_WRITTEN = (str, int)  # a number may be a name; true is none
# `Smith, J. B.` and 张三, as they are written here, and `Smith JB`.
_PLAIN = re.compile(
    rf"[A-Z][a-z]+, [A-Z]\.(?: [A-Z]\.)*|([A-Z][a-z]+) {_NO_COMPANY}([A-Z]{{1,3}})"
    rf"|(?:(?!等){HAN.pattern}){{2,4}}"
)
_UNDIVIDED = ("literal", "name")  # `name` is Crossref's
_PARTS = {
    *("family", "given", "suffix", "dropping-particle", "non-dropping-particle"),
    *_UNDIVIDED,
}


def write_names(value: str) -> list[str]:
    """The names of a value that should be one (`of_list`), each as it is written here."""
    if found := _PLAIN.fullmatch(value):  # most are, in tables of databases: quick
        family, initials = found.groups()
        return [f"{family}, {'. '.join(initials)}." if initials else tidy_line(value)]
    return list(map(write_name, of_list(value)))


def write_name(name: CslName) -> str:
    """`García Márquez, Gabriel`, `{World Health Organization}`; empty where the name is."""
    part = {
        key: text
        for key, value in name.items()
        if key in _PARTS
        and type(value) in _WRITTEN
        and (text := _tidy(str(value), braced=key in _UNDIVIDED))
    }
    if part.keys() == _ALONE and "," not in part["family"]:  # as Chinese names are written
        return OTHERS if part["family"].lower() in _OTHERS else part["family"]
    for key in ("family", "given") if "given" in part and "suffix" not in part else ():
        if " " in part.get(key, "") and (found := _WITH_SUFFIX.fullmatch(part[key])):
            part |= {key: found[1], "suffix": found[2]}
    family = _joined(part, "non-dropping-particle", "family")
    given = _joined(part, "given", "dropping-particle")
    if _CAPITALS.fullmatch(given) and not family.isupper():
        given = " ".join(f"{letter}." for letter in given)
    suffix = _joined(part, "suffix", "") if "suffix" in part else ""
    if suffix and not is_suffix(suffix):
        family, suffix = f"{family} {suffix}", ""
    if f"{given} {family}".strip().lower() in _OTHERS:
        return OTHERS
    if family and given:
        return f"{family}, {suffix}, {given}" if suffix else f"{family}, {given}"
    if whole := part.get("literal") or part.get("name"):
        return _whole(whole)
    return family or given


def _joined(part: Mapping[str, str], first: str, then: str) -> str:
    """The parts that there are, with a blank between them but after `d'`."""
    one, two = part.get(first, ""), part.get(then, "")
    joined = f"{one} {two}" if one and two and not one.endswith("'") else one + two
    return tidy_line(joined.replace(",", " ")) if "," in joined else joined


def of_bibtex(value: str) -> list[dict[str, str]]:
    """The names of an `author` or `editor` field as it stands there, TeX and all.

    They stand apart by `and`; where none does, by semicolons, or, in Chinese, by commas.
    """
    value = " ".join(value.split()).replace("\\&", "&")
    if _BRACED_LIST.fullmatch(value):
        value = value[1:-1]
    if " 0" in value:
        value = _HOMONYM.sub("", value)
    value = _say_others(_AND.sub(" and ", value), " and others")
    names = list(map(_without_and, split_multiple_persons_names(value)))
    more = names[1:] if names[1:] == ["others"] else []
    if len(names) == 1 or more:
        names = [*_apart(names[0]), *more]
    elif all(each == "others" or _VANCOUVER.fullmatch(each) for each in names):
        return [_of_many(each) or of_medline(each) for each in names]  # Wang X and Li YZ
    else:
        names = [one for each in names for one in _apart_within(each)]
    return [name for each in names if (name := dict(_of_bibtex(each)))]


def of_list(value: str, *, ris: bool = False) -> list[dict[str, str]]:
    """A value that should be one name, and may be several: between semicolons, by `and`, or whole
    names between commas. In RIS a name without a comma is an organisation's, not taken apart."""
    if not _SEVERAL.search(value):
        return [name] if (name := _of_line(value, several=not ris)) else []
    if " & " in value:
        value = _AND.sub(" and ", value)
    one = "," in value and (
        value.endswith(",") or (_PARTS_OF_ONE.fullmatch(value) and not _TWO_OF_HAN.fullmatch(value))
    )
    names = [value] if one else _apart(_say_others(value, "; et al."))
    several = len(names) > 1 or not ris
    return [name for each in names if (name := _of_line(each, several=several))]


def of_medline(value: str) -> dict[str, str]:
    """MEDLINE's `van Dorp JA Jr`: family name, initials, suffix. What has none is not taken
    apart."""
    found = _MEDLINE.fullmatch(value)
    if found is None:
        return {"literal": value}
    given = " ".join(f"{letter}." for letter in found["initials"])
    return {"family": found["family"], "given": given, "suffix": found["suffix"] or ""}


def _say_others(names: str, how: str) -> str:
    """The same with its `et al.`, in whichever words, said so; looked for at the end alone, for
    from every place in the whole it would take as long as that is, squared."""
    end = names[-_ENDING:]
    return names[:-_ENDING] + _ET_AL.sub(how, end) if _MORE.search(end) else names


_BRACED_LIST = re.compile(r"\{\{[^{}]*\}(?: and \{[^{}]*\})++\}")  # `{{张三} and {李四}}`
_HOMONYM = re.compile(r"(?<=[^\W\d_]) 0\d{3}(?=,| and |\Z)")  # DBLP's `Wei Wang 0015`
_AND = re.compile(r"(?<=[^\\\s{]) & (?=[^\W\d_][^,{}&]*,|[^\W\d_]\.|others\Z)")
_STRAY_AND = re.compile(r"\A(?:and\s+)+|(?:\s+and)+\Z", re.IGNORECASE)


def _without_and(name: str) -> str:
    """A name without the `and` that stands where a name is missing."""
    return _STRAY_AND.sub("", name)


def _apart_within(name: str) -> list[str]:
    """What stands between two `and`s, and may still be several names: `Smith, J., Doe, A.,`."""
    listed, name = name.rstrip().endswith(","), name.rstrip(", ")
    if has_han(name) and (_TWO_OF_HAN.fullmatch(name) or (listed and not _COMPOUND.match(name))):
        return [part.strip() for part in _LIST_OF_HAN.split(name)]  # 张三, 李四, and 王五
    return _apart(name) if name.count(",") > 1 else _initials_apart(name)


def _initials_apart(names: str) -> list[str]:
    """`X. Wang, Y. Z. Li` are two people."""
    parts = [part.strip() for part in names.split(",")] if names.lstrip()[1:2] == "." else []
    return parts if len(parts) > 1 and all(map(_INITIALS_FIRST.fullmatch, parts)) else [names]


def _of_many(name: str) -> dict[str, str]:
    if name.strip().lower() == "others":
        return {"literal": OTHERS}
    plain = name.replace("{", "").replace("}", "")
    if (turned := _TURNED_MANY.fullmatch(plain)) and name[:1] != "{":
        return {"literal": f"{turned[2]} {turned[1]}"}
    if _COMPANY_LAST.fullmatch(plain):
        return {"literal": plain}
    many = "," not in name and (_OF_MANY.fullmatch(plain) or _OF_MANY_HAN.fullmatch(plain))
    joint = " & " in plain and "," not in name and name[:1] != "{"  # Brown & Sons
    return {"literal": plain} if many or joint else {}


def _apart(names: str) -> list[str]:
    if " & " in names and "," not in names and names[:1] != "{":
        both = names.split(" & ")
        people = all(map(_PERSON.fullmatch, both)) and not any(map(_COMPANY.match, both))
        return both if people else [names]
    if not _BETWEEN.search(names) or (names.startswith("{") and names.endswith("}")):
        return [names]
    is_han = has_han(names)
    if is_han and (_COMPOUND.match(names) or _IN_BOTH_SCRIPTS.fullmatch(names)):
        return [names]
    if len(some := _initials_apart(names)) > 1:
        return some
    if is_han and names[:1] != "{" and len(parts := _LIST_OF_HAN.split(names)) > 1:
        tidy = [part.strip() for part in parts if part.strip()]
        if all(len(part) > 1 or not HAN.match(part) for part in tidy):
            return tidy
    if _MARKS.search(names) and "\\" not in names and "&" not in names:
        tidy = [part.strip() for part in _MARKS.split(names) if part.strip()]
        return [
            write_name(of_medline(each)) if _VANCOUVER.fullmatch(each) else each for each in tidy
        ]
    is_barred = "|" in names or "/" in names
    if is_barred and len(parts := _BARS.split(names)) > 1 and all("," in each for each in parts):
        return parts
    if len(names) > _LONGEST:
        return [names]
    parts = [
        part
        for each in names.split(",")
        if (part := each.strip().removeprefix("and ").removeprefix("& "))
    ]
    if len(parts) > 2 and " and " not in names:
        some = _OTHER_ANDS.split(names)
        if len(some) > 1 and all("," in each for each in some):
            return [one for each in some for one in _apart_within(each)]
    if " and " in names and names[:1] != "{" and "\\" not in names:
        last = re.split(r",? and ", names)
        if all(_WHOLE.fullmatch(each.strip()) for one in last for each in one.split(",")):
            return [each.strip() for one in last for each in one.split(",")]
        if all("," in each for each in last):
            return [one for each in last for one in _apart_within(each.strip())]
    if len(parts) > 1 and all(map(_VANCOUVER.fullmatch, parts)):
        return [write_name(of_medline(each)) for each in parts]
    if len(parts) > 2 and all(map(_WHOLE.fullmatch, parts)):
        return parts
    if (
        len(parts) > 3
        and len(parts) % 2 == 0
        and (all(map(_FIRST.fullmatch, parts[1::2])) or all(map(_ONE_WORD.fullmatch, parts)))
    ):
        return [", ".join(pair) for pair in zip(parts[::2], parts[1::2], strict=True)]
    return [names]


@lru_cache(maxsize=20_000)
def _of_bibtex(name: str) -> tuple[tuple[str, str], ...]:
    if len(name) > _LONGEST:
        return (("literal", name),)
    if many := _of_many(name):
        return tuple((key, tex.tex_to_text(text)) for key, text in many.items())
    if both := _IN_BOTH_SCRIPTS.fullmatch(name):  # San Zhang (张三)
        read = dict(_of_bibtex(both[1]))
        read["given"] = f"{read.get('given', '')} ({both[2]})".strip()
        return tuple(read.items())
    if "=" in name and (found := _extended(name)):
        return tuple(found.items())
    name = _person_alone(name)
    if name.startswith("{") and name.endswith("}") and _one_group(name):
        text = tex.tex_to_text(name)
        return (("literal", text),) if text else ()
    if korean := _HANGUL_APART.fullmatch(name):
        return (("family", korean[1]), ("given", korean[2]))
    if _HAN_APART.fullmatch(name):  # 熊 玮: the family name is first
        family, _, given = name.partition(" ")
        return (("family", family), ("given", given))
    if first := _FAMILY_FIRST.fullmatch(name):  # ZHANG San
        return (("family", first[1]), ("given", first[2]))
    if name.endswith(".") and (initialled := _INITIALS_LAST.fullmatch(name)):
        return (("family", initialled[1]), ("given", initialled[2]))
    if name[-2:].isalpha() and name[-2:].isupper() and _VANCOUVER.fullmatch(name):  # Chen YC
        return tuple(of_medline(name).items())
    parts = parse_single_name_into_parts(name, strict=False)
    if parts.von in (["y"], ["e"], ["i"]) and len(parts.first) > 1:  # José Ortega y Gasset
        parts.last = [parts.first.pop(), *parts.von, *parts.last]
        parts.von = []
    if parts.von and len(parts.first) > 1 and _LEADING.fullmatch(parts.first[-1]):  # Van den
        parts.von = [parts.first.pop(), *parts.von]
    if len(parts.last) > 1 and not parts.jr and is_suffix(parts.last[-1]):  # Bo van Dorp III
        parts.jr = [parts.last.pop()]
    if len(parts.first) > 1 and not parts.jr and len(parts.last) == 1 and is_suffix(parts.last[0]):
        parts.jr, parts.last, parts.first = parts.last, parts.first[-1:], parts.first[:-1]
    if len(parts.first) == 1 and is_suffix(parts.first[0]):
        if parts.jr:  # Smith, John, III
            parts.first, parts.jr = parts.jr, parts.first
        elif len(parts.last) > 1:  # Martin Luther King, Jr.
            parts.first, parts.last, parts.jr = parts.last[:-1], parts.last[-1:], parts.first
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
    pairs = [part.partition("=") for part in _BETWEEN_PARTS.findall(name)]
    if not all(equals for _, equals, _ in pairs):
        return {}
    found = {
        keys[key]: text
        for each, _, value in pairs
        if (key := each.strip().lower()) in keys and (text := tex.tex_to_text(value.strip(' "')))
    }
    return {"literal": found["family"]} if found.keys() == {"family"} else found


_BETWEEN_PARTS = re.compile(r"(?:\{[^{}]*\}|\"[^\"]*\"|[^,])+")


def _person_alone(name: str) -> str:
    """A name without titles, degrees and what the person did."""
    if len(name) > _LONGEST or not ("," in name or "." in name or "(" in name):
        return name
    if name.startswith(("Dr", "Prof")):
        name = _TITLES.sub("", name)
    last = name.rstrip(".")[-1:]
    if last in _ENDS_ROLE:
        name = _ROLES.sub("", name)
    found = _DEGREE.search(name) if last in _ENDS_DEGREE else None
    return name[: found.start()] if found and re.search("[ ,]", name[: found.start()]) else name


def _one_group(name: str) -> bool:
    depth = 0
    for place, character in enumerate(name):
        depth += (character == "{") - (character == "}")
        if depth == 0:
            return place == len(name) - 1
    return False


def _of_line(name: str, *, several: bool) -> dict[str, str]:
    if name.startswith("{") and name.endswith("}") and _one_group(name):
        return {"literal": name[1:-1].strip()}
    if turned := _TURNED_MANY.fullmatch(name):
        return {"literal": f"{turned[2]} {turned[1]}"}
    if "," not in name:
        if " " not in name:
            return {"literal" if _OF_MANY_HAN.fullmatch(name) else "family": name}
        if _VANCOUVER.fullmatch(name) and (several or name.count(" ") == 1):
            return of_medline(name)
        if apart := _HAN_PERSON_APART.fullmatch(name):  # 李 四
            return {"family": apart[1], "given": apart[2]}
        if _OF_MANY_HAN.fullmatch(name):
            return {"literal": name}
        alone = several or has_han(name) or _INITIAL.search(name)
        return {"family": name} if alone else {"literal": name}
    if name.endswith(",") and not _INITIALS.fullmatch(name):  # as RIS marks an organisation
        return {"literal": name.rstrip(", ")}
    name = _person_alone(name)
    parts = [part.strip() for part in name.split(",")]
    if len(parts) == 3 and is_suffix(parts[1]):  # Family, Jr., Given
        return {"family": parts[0], "given": parts[2], "suffix": parts[1]}
    if len(parts) > 2 and _SUFFIX.match(parts[-1]):  # Family, Given, Jr.
        return {"family": parts[0], "given": " ".join(parts[1:-1]), "suffix": parts[-1]}
    given, _, last = parts[-1].rpartition(" ")
    if len(parts) == 2 and given and is_suffix(last):  # MEDLINE's `King, Martin Luther Jr`
        return {"family": parts[0], "given": given, "suffix": last}
    return {"family": parts[0], "given": " ".join(filter(None, parts[1:]))}


def _whole(literal: str) -> str:
    if literal.lower() in _OTHERS:
        return OTHERS
    if literal.startswith("{") and literal.endswith("}") and _one_group(literal):
        literal = literal[1:-1].strip()
    # Zotero keeps a Chinese name in one field too, which makes it no organisation.
    if _PERSON_OF_HAN.fullmatch(literal) and not _OF_MANY_HAN.fullmatch(literal):
        return literal
    return f"{{{literal}}}"


def _tidy(text: str, *, braced: bool) -> str:
    """A part of a name on one line, `braced` with its braces."""
    if text.isascii() and text.isalpha():  # most are one word: quick
        return text
    if not braced and ("{" in text or "}" in text):
        text = text.replace("{", "").replace("}", "")
    return tidy_line(clean_text(text))
