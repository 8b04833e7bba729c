"""What EndNote, RefWorks, NoteExpress and CNKI write with tags of their own → drafts. Pure.

Their entries are lines that begin with a tag, as those of RIS: each tag is put into the tag of RIS
that says the same (`_DIALECTS`), and `ris` does the rest. No library for them is kept up.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app.errors import Problem
from app.kit import author_names
from app.kit.text import tidy_body
from app.sources.bibliography import csl_json, ris
from app.sources.drafts import ReadFile, RecordDraft, check_count

FORMAT = "endnote"

# The types of all of them, in lower case, by those of RIS.
_TYPES = {
    "journal": "JOUR",
    "journal article": "JOUR",
    "electronic article": "EJOUR",
    "journal, electronic": "EJOUR",
    "abstract": "ABST",
    "magazine article": "MGZN",
    "newspaper article": "NEWS",
    "book": "BOOK",
    "book, whole": "BOOK",
    "book, edited": "EDBOOK",
    "edited book": "EDBOOK",
    "electronic book": "EBOOK",
    "monograph": "BOOK",
    "book, section": "CHAP",
    "electronic book section": "ECHAP",
    "book section": "CHAP",
    "book chapter": "CHAP",
    "conference paper": "CPAPER",
    "conference proceedings": "CPAPER",
    "conference proceeding": "CPAPER",
    "thesis": "THES",
    "dissertation": "THES",
    "dissertation/thesis": "THES",
    "report": "RPRT",
    "government document": "GOVDOC",
    "patent": "PAT",
    "standard": "STAND",
    "web page": "ELEC",
    "online multimedia": "MULTI",
    "blog": "BLOG",
    "unpublished work": "UNPB",
    "unpublished material": "UNPB",
    "manuscript": "UNPB",
    "computer program": "COMP",
    "computer software": "COMP",
    "dataset": "DATA",
    "online database": "DBASE",
    "encyclopedia": "ENCYC",
    "dictionary": "DICT",
    **dict.fromkeys(("video/ dvd", "audiovisual material", "film or broadcast"), "VIDEO"),
    "motion picture": "MPCT",
    **dict.fromkeys(("sound recording", "music"), "SOUND"),
    "music score": "MUSIC",
    "personal communication": "PCOMM",
    "interview": "INTV",
    "hearing": "HEAR",
    **dict.fromkeys(("case", "case/court decisions"), "CASE"),
    **dict.fromkeys(("statute", "laws/statutes"), "STAT"),
    **dict.fromkeys(("bill", "bills/resolutions"), "BILL"),
    "legal rule or regulation": "LEGAL",
    "artwork": "ART",
    "figure": "FIGURE",
    "chart or table": "CHART",
    "ancient text": "ANCIENT",
    "classical work": "CLSWK",
    "catalog": "CTLG",
    "serial": "SER",
    **dict.fromkeys(("multimedia application", "online discussion forum"), "MULTI"),
    **dict.fromkeys(("generic", "grant", "equation"), "GENERIC"),
    "map": "MAP",
    "pamphlet": "PAMP",
    "期刊": "JOUR",
    "期刊论文": "JOUR",
    "辑刊": "JOUR",
    "硕士": "THES",
    "博士": "THES",
    "学位论文": "THES",
    "会议": "CPAPER",
    "会议论文": "CPAPER",
    **dict.fromkeys(("国际会议", "中国会议", "国内会议"), "CPAPER"),
    "other article": "GENERIC",
    "报纸": "NEWS",
    "报纸文章": "NEWS",
    "专利": "PAT",
    "标准": "STAND",
    "图书": "BOOK",
    "书籍": "BOOK",
    "年鉴": "BOOK",
    "报告": "RPRT",
}


@dataclass(frozen=True)
class _Dialect:
    """How a line's tag and value are told, which tag begins an entry, what its tags are in RIS.

    `several` are the tags whose values stand apart by semicolons.
    """

    line: re.Pattern[str]
    first: str
    tags: Mapping[str, str]
    several: frozenset[str] = frozenset()


_OF_ENDNOTE = {
    **{"0": "TY", "A": "AU", "T": "TI", "J": "JF", "B": "T2", "E": "A2", "D": "PY", "8": "DA"},
    **{"V": "VL", "N": "IS", "P": "SP", "I": "PB", "C": "CY", "7": "ET", "9": "M3", "!": "ST"},
    **{"S": "T3", "@": "SN", "R": "DO", "U": "UR", "X": "AB", "K": "KW", "Z": "N1", "[": "Y2"},
    **{"G": "LA", "F": "ID", "?": "A4", ">": "L1", "M": "AN", "2": "LB"},
    **{"H": "A4", "Y": "A3", "Q": "TT", "&": "SE"},
}
_OF_REFWORKS = {
    **{"RT": "TY", "A1": "AU", "T1": "TI", "JF": "JF", "JO": "JO", "T2": "T2", "A2": "A2"},
    **{"YR": "PY", "FD": "DA", "VO": "VL", "IS": "IS", "SP": "SP", "OP": "EP", "PB": "PB"},
    **{"PP": "CY", "ED": "ET", "SN": "SN", "DO": "DO", "UL": "UR", "LK": "UR", "AB": "AB"},
    "URL": "UR",
    **{"K1": "KW", "NO": "N1", "RD": "Y2", "LA": "LA", "ID": "ID", "T3": "T3", "A4": "A4"},
}
_OF_NOTEEXPRESS = {
    **{"Reference Type": "TY", "Title": "TI", "Author": "AU", "Journal": "JF", "Year": "PY"},
    **{"Volume": "VL", "Issue": "IS", "Pages": "SP", "Keywords": "KW", "Abstract": "AB"},
    **{"ISBN/ISSN": "SN", "URL": "UR", "DOI": "DO", "Publisher": "PB", "Place Published": "CY"},
    **{"Secondary Title": "T2", "Secondary Author": "A2", "Edition": "ET", "Notes": "N1"},
    **{"Type of Work": "M3", "Date": "DA", "Language": "LA", "Short Title": "ST", "School": "PB"},
    **{"Date Displayed": "DA", "Access Date": "Y2", "Book Title": "T2", "Conference Name": "T2"},
    **{"Translator": "A4", "Report Number": "IS", "Patent Number": "IS", "Newspaper": "JF"},
    **{"Tertiary Title": "T3", "Series Title": "T3"},
}
_OF_CNKI = {
    **{"SrcDatabase": "TY", "Title": "TI", "Author": "AU", "Source": "JF", "Year": "PY"},
    **{"PubTime": "DA", "Volume": "VL", "Period": "IS", "PageCount": "SP", "Page": "SP"},
    **{"Keyword": "KW", "Summary": "AB", "DOI": "DO", "URL": "UR", "ISSN": "SN", "Organ": ""},
    **{"CLC": "", "Fund": "", "Funds": "", "FirstDuty": "", "Tutor": "", "Degree": "M3"},
    **{"DataType": "", "Link": "UR", "Meeting": "T2", "City": "CY"},
}
_CNKI_THESES = ("学位论文", "硕士", "博士")
_CONFERENCES = ("CONF", "CPAPER")
# Of a paper at a conference: CNKI's organiser, the ACL Anthology's editors; unless the tag that is
# for them says some.
_AT_CONFERENCES = {"?": ("I", "PB"), "Y": ("E", "A2")}
_PAGES = re.compile(r"%P \d+\s?[-–]")
_MONTH_FIRST, _YEAR_FIRST = re.compile(r"\b(\d\d?)/(\d\d?)/(\d{4})\b"), r"\3/\1/\2"
_NUMBERED = frozenset({"PAT", "STAND"})  # whose id in RefWorks is their number
_PEOPLE = frozenset({"AU", "A2", "A4", "KW"})
_DIALECTS = (
    _Dialect(re.compile(r"%(\S) (.*)"), "0", _OF_ENDNOTE),
    _Dialect(  # CNKI leaves out the blank before an author
        re.compile(r"(A[1-4](?=[\u4e00-\u9fff])|(?:[A-Z][A-Z0-9]|vo|is|op|URL)(?= )) ?(.*)"),
        "RT",
        _OF_REFWORKS,
        _PEOPLE,
    ),
    _Dialect(re.compile(r"\{([A-Z][\w /]+)\}: ?(.*)"), "Reference Type", _OF_NOTEEXPRESS, _PEOPLE),
    _Dialect(
        re.compile(r"([A-Z]\w+)-(?:[\u4e00-\u9fff]+|[A-Z]+)[:：] ?(.*)"),
        "SrcDatabase",
        _OF_CNKI,
        _PEOPLE,
    ),
    _Dialect(  # of its E-Study, where the kind is not said first
        re.compile(r"(DataType(?=:)|[A-Z]\w+(?=-))(?:-(?:[\u4e00-\u9fff]+|[A-Z]+))?[:：] ?(.*)"),
        "DataType",
        _OF_CNKI,
        _PEOPLE,
    ),
)
_STARTS = re.compile(
    r"^\ufeff?(?:%0 \w|RT (?:[A-Z][a-z]|SR)|\{Reference Type\}:"
    r"|SrcDatabase-\S+[:：]|DataType: ?\d)",
    re.MULTILINE,
)


def looks_like_tagged(text: str) -> bool:
    """Whether a line of `text` begins an entry of one of these programs."""
    return _STARTS.search(text) is not None


def begins_as_tagged(text: str) -> bool:
    """Whether `text` is what one of these programs saved, from its first line on."""
    return _STARTS.match(text.lstrip("\ufeff \t\r\n")) is not None


def read_tagged(text: str, name: str = "") -> ReadFile:
    """Every entry as a record, or as a problem where it has no title.

    Raises:
        Invalid: there are more entries than are taken at once.
    """
    text = tidy_body(text).removeprefix("\ufeff")
    found = _STARTS.search(text)
    start = text[found.start() :] if found else text
    dialect = next((each for each in _DIALECTS if _begins(start, each)), _DIALECTS[0])
    records: list[RecordDraft] = []
    problems: list[Problem] = []
    for number, lines in _entries(text, dialect):
        raw = "\n".join(lines).rstrip()
        read = ris.read_ris("\n".join(_in_ris(lines, dialect)), name)
        records += (each.model_copy(update={"line": number, "raw": raw}) for each in read.records)
        problems += (each.model_copy(update={"line": number, "raw": raw}) for each in read.problems)
        check_count(len(records) + len(problems))
    return ReadFile(format=FORMAT, records=tuple(records), problems=tuple(problems))


def _begins(text: str, dialect: _Dialect) -> bool:
    found = dialect.line.match(text.lstrip("\ufeff"))
    return found is not None and found[1] == dialect.first


def _entries(text: str, dialect: _Dialect) -> Iterator[tuple[int, list[str]]]:
    """Each entry's first line by number, and its lines; what stands before the first is passed
    over."""
    begun, lines = 0, list[str]()
    for number, line in enumerate(text.split("\n"), 1):
        found = dialect.line.match(line)
        if found and found[1] == dialect.first:
            if lines:
                yield begun, lines
            begun, lines = number, [line]
        elif lines:
            lines.append(line)
    if lines:
        yield begun, lines


def _in_ris(lines: list[str], dialect: _Dialect) -> Iterator[str]:
    """The lines of an entry as RIS has them; a tag that RIS has none for is told by its own."""
    said = {found[1]: found[2].strip() for line in lines if (found := dialect.line.match(line))}
    tags = {dialect.tags.get(name, ""): name for name in said}
    called = said.get(tags.get("TY", ""), "")
    kind = _TYPES.get(called.lower(), "")
    of_cnki = dialect.tags is _OF_CNKI or said.get("DS") == "CNKI"
    thesis = of_cnki and (kind == "THES" or called.startswith(_CNKI_THESES))
    if tags.get("TY", dialect.first) != dialect.first:  # RIS has the kind first
        lines = sorted(lines, key=lambda line: not line.startswith(tags["TY"]))
    conference = dialect.tags is _OF_ENDNOTE and kind in _CONFERENCES
    placed = dialect.tags is _OF_ENDNOTE and any(map(_PAGES.match, lines))
    people = 0
    for line in lines:
        found = dialect.line.match(line)
        if found is None:
            yield f"      {line}"
            continue
        name, value = found[1].upper() if len(found[1]) == 2 else found[1], found[2].strip("; ")
        tag = dialect.tags.get(name)
        if conference and name in _AT_CONFERENCES:
            other, tag = _AT_CONFERENCES[name]
            tag = dialect.tags[name] if other in said else tag
        if value.isdigit() and (name == "PageCount" or (name == "P" and placed)):
            continue  # how many pages there are, which CNKI says beside which
        if tag == "ID" and kind in _NUMBERED:
            yield f"IS  - {value}"
        if tag == "EP" and "SP" not in tags:
            tag = "SP"
        if tag == "SP" and kind == "NEWS":
            value = value.lstrip("0")  # `004` of a newspaper is its fourth page
        if tag == "A2" and kind == "PAT":
            yield f"PB  - {value}"
        elif name == "CL" and value in ("硕士", "博士"):
            yield f"M3  - {value}学位论文"
        elif name == "C1" and value == said.get("ID"):
            continue
        elif tag == "TY" and value in ("硕士", "博士"):
            yield f"TY  - THES\nM3  - {value}学位论文"
        elif tag == "TY":
            yield f"TY  - {_TYPES.get(value.lower(), value) or 'GEN'}"
        elif tag == "IS" and thesis:  # the month in which CNKI took it
            continue
        elif tag == "Y2" and dialect.tags is _OF_REFWORKS:
            yield f"Y2  - {_MONTH_FIRST.sub(_YEAR_FIRST, value)}"
        elif tag in ("AU", "A2", "A4"):
            people += 1
            if people > csl_json.PEOPLE_LIMIT:  # more are not read
                continue
            values = re.split(r"[;；]+" if dialect.several else r"\s*%[AE] ", value)
            yield from (f"{tag}  - {_backwards(each.strip())}" for each in values if each.strip())
        elif tag in dialect.several:
            yield from (f"{tag}  - {each}" for each in re.split(r"[;；]+", value) if each.strip())
        elif tag:
            yield f"{'SP' if tag == 'EP' and '-' in value else tag}  - {value}"
        elif tag is None and value and len(name) > 1 and name not in _SILENT:
            yield f"N1  - {name}: {value}"
    yield "ER  - "


def _backwards(name: str) -> str:
    """A person's name as RIS has it: here a comma at the end marks an organisation, there one that
    is missing does."""
    if " " not in name:
        return name
    family = author_names.family_name(name)
    given = name.removesuffix(family).strip()
    whole = "," in name or not given or name.startswith(family)
    return name if whole else f"{family}, {given}"


# What programs keep for themselves.
_SILENT = {
    *("SR", "AD", "DB", "DS", "OL", "RP", "WT", "CL", "CN", "AN", "AV", "IL", "JO", "PMID"),
    *("Author Address", "Database Provider", "Accession Number", "Call Number", "Subject"),
}
