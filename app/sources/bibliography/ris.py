"""RIS and its relatives (PubMed's MEDLINE, Web of Science's tagged export) → drafts. Pure.

All three are lines that begin with a tag, and lines that carry on the one before. What a tag means
is data (`_RIS`, `_MEDLINE`, `_WOS`); `csl_json` does the rest.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice

from app.errors import N_, Message, Problem
from app.kit.text import tidy_body
from app.sources.bibliography import csl_json, dates, names
from app.sources.drafts import ISSUES, TYPES, ReadFile, RecordDraft, check_count

FORMAT = "ris"

_TYPES = {
    "JOUR": "article-journal",
    "EJOUR": "article-journal",
    "JFULL": "periodical",
    "JOURNAL ARTICLE": "article-journal",
    "ABST": "article-journal",
    "INPR": "article-journal",
    "MGZN": "article-magazine",
    "NEWS": "article-newspaper",
    "CONF": "paper-conference",
    "CPAPER": "paper-conference",
    "CHAP": "chapter",
    "ECHAP": "chapter",
    "BOOK": "book",
    "WHOLE": "book",
    "EBOOK": "book",
    "EDBOOK": "book",
    "CLSWK": "book",
    "SER": "book",
    "THES": "thesis",
    "RPRT": "report",
    "GOVDOC": "report",
    "UNPB": "manuscript",
    "MANSCPT": "manuscript",
    "ELEC": "webpage",
    "ICOMM": "webpage",
    "MULTI": "webpage",
    "BLOG": "post-weblog",
    "DATA": "dataset",
    "DBASE": "dataset",
    "AGGR": "dataset",
    "COMP": "software",
    "PAT": "patent",
    "STAND": "standard",
    "PAMP": "pamphlet",
    "STAT": "legislation",
    "ENCYC": "entry-encyclopedia",
    "DICT": "entry-dictionary",
    "SLIDE": "speech",
    "MAP": "map",
    "VIDEO": "motion_picture",
    "MPCT": "motion_picture",
    "SOUND": "song",
    "PCOMM": "personal_communication",
    "BILL": "bill",
    "CASE": "legal_case",
    "HEAR": "hearing",
    "UNBILL": "bill",
    "LEGAL": "regulation",
    "MUSIC": "musical_score",
    "ART": "graphic",
    "FIGURE": "figure",
    "CHART": "figure",
    "ADVS": "motion_picture",
    "INTV": "interview",
    "PREPRINT": "article",
    "WEB": "webpage",
    "CTLG": "book",
    **dict.fromkeys(("GENERIC", "GRANT", "GRNT", "EQUA"), "document"),
    "ANCIENT": "classic",
    "J": "article-journal",
    "B": "book",
    "C": "paper-conference",
    "S": "book",
    "P": "patent",
}


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


@dataclass(frozen=True)
class _Dialect:
    """How a line's tag is told, which tags begin and end an entry, and what the tags say.

    In `variables` the first tag of a variable that an entry has is taken.
    """

    line: re.Pattern[str]
    first: str
    last: str
    variables: Mapping[str, tuple[str, ...]]
    type: str = "document"  # of an entry that does not say
    authors: tuple[tuple[str, ...], ...] = (("AU", "A1"),)
    keywords: tuple[str, ...] = ("KW",)
    silent: frozenset[str] = frozenset()


_RIS = _Dialect(
    line=re.compile(r"([A-Z][A-Z0-9]|[a-z][a-z0-9](?=  - ))(?: {2}-| -(?= |\Z))(.*)"),
    first="TY",
    last="ER",
    variables={
        "title": ("TI", "T1", "CT", "BT"),
        "title-short": ("ST",),
        "container-title": ("JF", "T2", "JO", "BT", "J2", "JA", "J1"),
        "container-title-short": ("J2", "JA", "J1", "JO"),
        "collection-title": ("T3",),
        "abstract": ("AB", "N2"),
        "issued": ("PY", "Y1", "DA", "YR"),
        "volume": ("VL", "VO"),
        "number": ("IS", "CP"),
        "collection-number": ("SV",),
        "accessed": ("Y2",),
        "page": ("SP", "PG", "C7"),
        "edition": ("ET",),
        "publisher": ("PB", "PU"),
        "publisher-place": ("CY", "PP", "PI"),
        "language": ("LA",),
        "DOI": ("DO", "DI"),
        "id": ("ID", "LB"),
    },
    silent=_words(
        "AD AI AN CA DB DP L2 L3 LK M3 M4 NS PD PT RP TA TS U1 U2 U3 U4 U5 UK WE Y3 OTO ID LB CC "
        "FU FX J9 JI NL PA"
    ),
)
_MEDLINE = _Dialect(
    line=re.compile(r"(?=.{4}-)([A-Z][A-Z0-9]{1,3}) *-(.*)"),
    first="PMID",
    last="",
    type="article-journal",
    variables={
        "title": ("TI", "BTI"),
        "container-title": ("JT", "TA", "BTI", "SO"),
        "container-title-short": ("TA",),
        "PMID": ("PMID",),
        "PMCID": ("PMC",),
        "collection-title": ("CTI",),
        "edition": ("EN",),
        "ISBN": ("ISBN",),
        "abstract": ("AB",),
        "issued": ("DP", "DEP"),
        "volume": ("VI",),
        "number": ("IP",),
        "page": ("PG",),
        "publisher": ("PB",),
        "language": ("LA",),
        "ISSN": ("IS",),
    },
    authors=(("FAU",), ("AU",)),
    keywords=("OT", "MH"),
    silent=_words(
        "PMID OWN STAT DCOM LR AUID AD AU GR PT DEP PL JID TA RN SB MHDA EDAT CRDT PHST AID "
        "LID PST SO OTO OID COIS CIN EIN CON PMC PMCR MID OAB OABL CI TT"
    ),
)
_WOS = _Dialect(
    line=re.compile(r"([A-Z][A-Z0-9])(?: (.*)|\Z)"),
    first="PT",
    last="ER",
    variables={
        "title": ("TI",),
        "container-title": ("SO",),
        "container-title-short": ("JI", "J9"),
        "event-title": ("CT",),
        "event-place": ("CL",),
        "event-date": ("CY",),
        "PMID": ("PM",),
        "abstract": ("AB",),
        "issued": ("PY",),
        "volume": ("VL",),
        "number": ("IS",),
        "page": ("BP", "AR"),
        "publisher": ("PU",),
        "publisher-place": ("PI",),
        "language": ("LA",),
        "collection-title": ("SE",),
        "ISSN": ("SN",),
        "ISBN": ("BN",),
        "DOI": ("DI",),
    },
    authors=(("AF",), ("AU",)),
    keywords=("DE",),
    silent=_words(
        "PT FN VR EF DT ID AU C1 RP EM RI OI CR NR TC Z9 U1 U2 PA EI J9 JI PD PG WC SC GA UT "
        "PM OA HC HP DA FU FX CT CY CL SP CA EA"
    ),
)
# Of the standard's own tags, what is read apart from `variables`.
_READ = _words(
    "TY ER AU A1 A2 A4 TA BE ED KW N1 N2 RN UR L1 L4 SN EP DA Y1 PY C7 BT CN FED M3 BA BF"
)
VERSIONED = frozenset({"software", "dataset"})  # whose `ET` is a version
_WITHOUT_KINDS = ISSUES | {"chapter"}  # of which `M3` says no more than that it is an article
_NUMBERED = frozenset({"report", "patent", "standard"})

_EMPTY = {"undefined", "null", "none"}
_PMID_NOTE = re.compile(r"(\d{1,9})\[pmid\]")  # as PMC has it
_DOI_NOTE = re.compile(r"\Adoi:\s*(10\.\S+)\Z", re.IGNORECASE)
_DOI_LINK = re.compile(r"(?:https?://(?:dx\.|www\.)?doi\.org/|doi:\s*)10\.", re.IGNORECASE)
_DOI_MARK = re.compile(r"(10\.\S+) \[doi\]")
_ISSN = re.compile(r"\d{4}-?\d{3}[\dX]\b", re.IGNORECASE)
_ISBN = re.compile(r"(?:97[89][- ]?)?(?:[0-9][- ]?){9}[0-9X]\b", re.IGNORECASE)
_VERDICTS = {
    "asreview_relevant": "reference",
    "asreview_irrelevant": "no",
    "asreview_not_seen": "",
}
_ASREVIEW = re.compile(r"\bASReview_(?:relevant|irrelevant|not_seen)\b", re.IGNORECASE)
_RAYYAN = re.compile(r"\ARAYYAN-INCLUSION: \{(.*)\}")
_RAYYAN_WORDS = {frozenset({"Included"}): "reference", frozenset({"Excluded"}): "no"}
_INDENT = re.compile(r"^ {1,6}")


def looks_like_ris(text: str) -> bool:
    """Whether a line of `text` begins an entry in one of the three dialects."""
    return _STARTS.search(text) is not None or _SPELT.search(text) is not None


def begins_as_export(text: str) -> bool:
    """Whether `text` is what PubMed, Web of Science or a program that writes RIS saved, from its
    first line on."""
    return _EXPORTED.match(text) is not None


_EXPORTED = re.compile(
    r"\ufeff?\s*(?:PMID- ?\d|FN \S.*\s+VR \d|PT [A-Z]\s*$|TY {2}- )", re.MULTILINE
)
_STARTS = re.compile(r"^\ufeff?(?:TY(?: {2}-| - )|PMID- ?\d|PT [A-Z]\s*$)", re.MULTILINE)
# The first line in other spellings: in lower case, indented, with tabs or more or fewer blanks.
_KNOWN = "|".join(each for each in _TYPES if len(each) > 2)
_SPELT = re.compile(
    rf"^\ufeff?([ \t]{{0,8}})(TY)[ \t]{{0,5}}([-–])[ \t]*(?:{_KNOWN})\s*$",
    re.MULTILINE | re.IGNORECASE,
)


def read_ris(text: str, name: str = "") -> ReadFile:  # noqa: ARG001 (readers are called alike)
    """Every entry as a record, or as a problem where it has no title.

    An entry ends at its last line (`ER`), or, where that is missing, before the next one begins;
    tagged lines that nothing begins are an entry too.

    Raises:
        Invalid: there are more entries than are taken at once.
    """
    text = tidy_body(text)
    dialect = _dialect(text)
    check_count(text.count(f"\n{dialect.first}"))
    records: list[RecordDraft] = []
    problems: list[Problem] = []
    for line, lines in _entries(text, dialect):
        raw = "\n".join(lines).rstrip()
        record = _record(lines, line, raw, dialect)
        if record.draft is None:
            why = Message.of(csl_json.NO_TITLE)
            problems.append(Problem(line=line, why=why, raw=raw, key=record.key))
        else:
            records.append(record)
        check_count(len(records) + len(problems))
    return ReadFile(format=FORMAT, records=tuple(records), problems=tuple(problems))


def _dialect(text: str) -> _Dialect:
    found = _STARTS.search(text)
    if found is None and (spelt := _SPELT.search(text)):
        indent, tag, dash = spelt.groups()
        letters = "a-z" if tag.islower() else "A-Z"
        tag = rf"([{letters}][{letters}0-9])"
        line = rf"[ \t]{{0,{len(indent)}}}{tag}[ \t]{{0,5}}{dash}(?=[ \t]|\Z)(.*)"
        return replace(_RIS, line=re.compile(line))
    start = found[0].lstrip("\ufeff") if found else ""
    return _MEDLINE if start.startswith("PMID") else _WOS if start.startswith("PT") else _RIS


def _entries(text: str, dialect: _Dialect) -> Iterator[tuple[int, list[str]]]:
    """Each entry's first line by number, and its lines."""
    begun, lines = 0, list[str]()
    for number, line in enumerate(text.split("\n"), 1):
        tag = _tag(line, dialect)
        if tag == dialect.first and lines:
            yield begun, lines
            lines = []
        if not lines and (not tag or tag == dialect.last or tag in ("FN", "VR", "EF")):
            continue  # between two entries anything may stand: numbers, a provider's name
        begun = begun if lines else number
        lines.append(line)
        if tag and tag == dialect.last:
            yield begun, lines
            lines = []
    if lines:
        yield begun, lines


def _tag(line: str, dialect: _Dialect) -> str:
    found = dialect.line.match(line.lstrip("\ufeff"))
    return found[1].upper() if found else ""


def _values(lines: list[str], dialect: _Dialect) -> dict[str, list[str]]:
    """What each tag says, once for each of its lines; a line without a tag carries on."""
    values: dict[str, list[list[str]]] = {}  # by tag, for each of its lines the lines of it
    last: list[list[str]] = []
    for line in lines:
        if found := dialect.line.match(line.lstrip("\ufeff")):
            last = values.setdefault(found[1].upper(), [])
            last.append([(found[2] or "").strip()])
        elif last:
            last[-1].append(_INDENT.sub("", line.rstrip()))
    return {
        tag: kept
        for tag, said in values.items()
        if (kept := [one for each in said if (one := "\n".join(each).strip()) and _says(tag, one)])
    }


def _says(tag: str, value: str) -> bool:
    """Whether a value is more than a program's word for none, which a title may well be."""
    return value.lower() not in _EMPTY or tag in _RIS.variables["title"]


def _record(lines: list[str], line: int, raw: str, dialect: _Dialect) -> RecordDraft:
    said = _values(lines, dialect)
    remarks: list[Message] = []
    type_ = (said.get(dialect.first) or [""])[0].upper() if dialect is not _MEDLINE else ""
    item: dict[str, object] = {
        variable: _flowing(value)
        for variable, tags in dialect.variables.items()
        if (value := next((said[tag][0] for tag in tags if tag in said), ""))
    }
    item["type"] = _TYPES.get(type_, dialect.type)
    kinds = said.get("M3", [])
    if item["type"] in ("document", "webpage") and kinds and kinds[-1] in TYPES:  # as we write it
        item["type"] = kinds.pop()
    if item["type"] == "chapter" and "SE" in said and dialect.first == "TY":
        item["chapter-number"] = _flowing(said["SE"][0])
    if item["type"] in VERSIONED and "edition" in item:
        item["version"] = item.pop("edition")
    if item["type"] == "book" and "T2" in said:
        item["collection-title"] = _flowing(said["T2"][0])
        item["container-title"] = _flowing(said.get("JF", [""])[0])
    by = next((tags for tags in dialect.authors if any(tag in said for tag in tags)), ())
    read = names.of_medline if by == ("AU",) and dialect is _MEDLINE else None
    item["author"] = [*_people(said, remarks, *by, read=read), *_corporate(said, dialect)]
    editors = ("FED",) if "FED" in said else ("A2", "ED", "BE")
    item["editor"] = _people(said, remarks, *editors)
    item["translator"] = _people(said, remarks, "A4", *(("TA",) if dialect.first == "TY" else ()))
    _contained(said, item, remarks)
    if dialect is _MEDLINE:
        _of_medline(said, item)
    elif dialect is _WOS:
        _of_web_of_science(said, item)
    elif item["type"] not in _WITHOUT_KINDS and kinds and not re.match(_DOI_LINK, kinds[0]):
        item["genre"] = kinds[0]
    if "ISSN" in item and dialect.first != "TY":
        item["ISSN"] = re.sub(r"\([^()]*\)", "", str(item["ISSN"])).strip()
    item["keyword"] = _keywords(said, dialect)
    _dated(said, item, dialect)
    _pages(said, item)
    if item["type"] in ISSUES:
        item["issue"] = item.pop("number", "")
    if article := item.pop("article", ""):
        item["number"] = article
    _numbers(said, item, remarks, dialect)
    noted = [*said.get("N1", ()), *said.get("RN", ())]
    if "AB" in said and said.get("N2", said["AB"]) != said["AB"]:
        noted += said["N2"]
    verdict, reason, notes = _judged(noted)
    notes = [note for note in dict.fromkeys(notes) if not _takes_doi(note, item)]
    if dialect.first == "TY" and type_ not in _TYPES and type_ not in ("GEN", "OTHER"):
        why = N_("“{type}” is no type of RIS.") if type_ else N_("It does not say what it is (TY).")
        remarks.append(Message.of(why, type=type_[:80]) if type_ else Message.of(why))
    used = {tag for tags in dialect.variables.values() for tag in tags}
    used |= {tag for tags in dialect.authors for tag in tags} | {*dialect.keywords}
    if left := sorted(said.keys() - used - dialect.silent - _READ - {*_CUSTOM}):
        remarks.append(Message.of(csl_json.NOT_KEPT, names=", ".join(left)[:300]))
    record = csl_json.draft_from_item(
        item,
        line=line,
        raw=raw,
        files=[*said.get("L1", ()), *said.get("L4", ())] if dialect.first == "TY" else (),
        remarks=remarks,
    )
    return record.model_copy(
        update={
            "notes": tuple(filter(None, map(csl_json.read_note, notes))),
            "verdict": verdict,
            "reason": reason,
        }
    )


def _of_medline(said: Mapping[str, list[str]], item: dict[str, object]) -> None:
    """A title without the period that MEDLINE ends it with and the brackets around one that it
    translated; books and their chapters."""
    title = re.sub(r"(?<!\.)\.\Z", "", str(item.get("title", "")))
    item["title"] = title[1:-1] if re.fullmatch(r"\[[^\[\]]*\]", title) else title
    if "BTI" in said:
        item["type"] = "chapter" if "TI" in said else "book"
        item["publisher-place"] = said.get("PL", [""])[0]


def _of_web_of_science(said: Mapping[str, list[str]], item: dict[str, object]) -> None:
    """A paper at a conference, who wrote the book that a chapter is in, the size of a book."""
    if item["type"] != "article-journal" and "Proceedings Paper" in said.get("DT", [""])[0]:
        item["type"] = "paper-conference"
    item["container-author"] = _people(said, [], "BF" if "BF" in said else "BA")
    if item["type"] == "book":
        item["number-of-pages"] = said.get("PG", [""])[0]


def _contained(
    said: Mapping[str, list[str]], item: dict[str, object], remarks: list[Message]
) -> None:
    """What some programs put elsewhere: the proceedings of a paper, the university of a
    thesis, the number of a report or patent, how many pages a book has, where it was held."""
    custom = {tag: _flowing(said[tag][0]) for tag in _CUSTOM if tag in said}
    is_count = "EP" not in said and _COUNT.fullmatch(str(item.get("page", "")))
    if item["type"] in COUNTED and is_count:
        item["number-of-pages"] = item.pop("page")
    if item["type"] == "paper-conference" and "CY" in said and len(custom.get("C1", "")) in _PLACE:
        item["event-place"], item["publisher-place"] = said["CY"][0], custom.pop("C1")
    if re.fullmatch(r"PMC\d+", custom.get("C2", "")):
        item["PMCID"] = custom.pop("C2")
    if _PUBMED.search(" ".join(said.get("DB", ()))) and said.get("AN", [""])[0].isdecimal():
        item["PMID"] = said["AN"][0]
    if item["type"] == "paper-conference" and "container-title" not in item and "C3" in said:
        item["container-title"] = custom.pop("C3")
    elif item["type"] == "paper-conference" and "container-title" not in item and "T3" in said:
        item["container-title"] = item.pop("collection-title")
    elif item["type"] in _NUMBERED and "number" not in item and "M1" in said:
        item["number"] = custom.pop("M1")
    elif item["type"] == "thesis" and _CALLED_THESIS.search(str(item.get("container-title", ""))):
        item["genre"] = item.pop("container-title")
    elif item["type"] == "thesis" and "container-title" in item and "publisher" not in item:
        item["publisher"] = item.pop("container-title")
    if item["type"] == "chapter":
        custom.pop("SE", None)
    left = sorted(tag for tag, value in custom.items() if len(value) in _PLACE)
    if left and "TY" in said:
        remarks.append(Message.of(csl_json.NOT_KEPT, names=", ".join(left)))


# Tags of RIS that mean another thing in every type, and what is never read.
_CUSTOM = ("C1", "C2", "C3", "C4", "C5", "C6", "C8", "M1", "M2", "NV", "OP", "RI", "SE", "TT")
COUNTED = frozenset({"book", "thesis", "manuscript"})  # whose `SP` says how many pages it has
_PLACE = range(1, 80)  # characters; what is longer are addresses of authors
_CALLED_THESIS = re.compile(r"\b(?:thesis|dissertation)\b|学位论文", re.IGNORECASE)
_COUNT = re.compile(r"(?:[ivxlc]+, ?)?\d+")  # of pages: xii, 242
_PUBMED = re.compile("pubmed|medline|nlm", re.IGNORECASE)


def _people(
    said: Mapping[str, list[str]],
    remarks: list[Message],
    *tags: str,
    read: Callable[[str], dict[str, str]] | None = None,
) -> list[dict[str, str]]:
    """The names that the tags say, by `read`, or as RIS has them; a line that may be several names
    and could not be told apart is remarked."""
    found: list[dict[str, str]] = []
    lines = (each for tag in tags for value in said.get(tag, ()) for each in value.split("\n"))
    for line in islice(lines, csl_json.PEOPLE_LIMIT):
        some = [read(line)] if read else names.of_list(line, ris=True)
        if len(some) == 1 and line.count(",") > 2 and not line.endswith(","):
            why = N_("These may be several names, and were read as one: {names}.")
            remarks.append(Message.of(why, names=line[:200]))
        found += some
    return found[: csl_json.PEOPLE_LIMIT]


def _corporate(said: Mapping[str, list[str]], dialect: _Dialect) -> list[dict[str, str]]:
    """The collective authors of MEDLINE and Web of Science."""
    tag = {"PMID": "CN", "PT": "CA"}.get(dialect.first, "")
    return [{"literal": each} for value in said.get(tag, ()) for each in value.split("\n")]


def _keywords(said: Mapping[str, list[str]], dialect: _Dialect) -> list[str]:
    return [
        keyword
        for tag in dialect.keywords
        for value in said.get(tag, ())
        for each in re.split(r"[;；]", _flowing(value) if dialect is _WOS else value)
        for one in each.split("\n")
        if (keyword := one.replace("*", "").strip() if dialect is _MEDLINE else one.strip(" *"))
    ]


def _dated(said: Mapping[str, list[str]], item: dict[str, object], dialect: _Dialect) -> None:
    """The most exact of the dates that are of the year it came out."""
    tags = ("DP",) if dialect is _MEDLINE else ("PY", "Y1", "DA", "DP")  # whose DA is its record's
    written = [each for tag in tags for each in said.get(tag, ())]
    if "PY" in said:  # EndNote: `%D 2019`, `%8 March 4`
        days = [each for each in said.get("DA", ()) if not dates.partial_date(each)]
        written += [f"{said['PY'][0]} {each}" for each in days]
    if "PD" in said and "PY" in said:  # Web of Science: `PD JUL 12`, `PY 2005`
        written.append(f"{said['PY'][0]} {said['PD'][0]}")
    found = [date for each in written if (date := dates.partial_date(each))]
    of_year = [date for date in found if date.startswith(found[0][:4])]
    if of_year:
        item["issued"] = max(of_year, key=len)


def _pages(said: Mapping[str, list[str]], item: dict[str, object]) -> None:
    first = str(item.get("page", ""))
    last = next((said[tag][0] for tag in ("EP",) if tag in said), "")
    if first and last and last != first and not re.search(r"\d-\d.*\d-\d", first):
        # `3-10` to `3-22`: one of the hyphens stands between, the others within.
        inside = "-" in first or "-" in last
        if not inside or ("-" in first and "-" in last):
            item["page"] = f"{first}{'–' if inside else '-'}{last}"
    elif short := re.fullmatch(r"(\d+)-(\d+)", first) if "PG" in said else None:
        begin, end = short[1], short[2]
        if len(end) < len(begin):  # MEDLINE's 1399-401
            item["page"] = f"{begin}-{begin[: len(begin) - len(end)]}{end}"
    if item.get("page") and (article := said.get("C7", [""])[0]) and article != first:
        item["article"] = article


_ISSNS = {"PMID": ("IS",), "PT": ("SN", "EI")}  # in print, electronic, linking


def _numbers(
    said: Mapping[str, list[str]],
    item: dict[str, object],
    remarks: list[Message],
    dialect: _Dialect,
) -> None:
    """Addresses, ISSN and ISBN, which RIS has one tag for, DOIs and arXiv's number."""
    addresses = [
        one.strip() for each in said.get("UR", ()) for one in re.split(r";\s*(?=\w+:)", each)
    ]
    if addresses:
        item["URL"] = addresses[0]
    if others := [each for each in addresses[1:] if not _DOI_LINK.match(each)]:
        said_too = ", ".join(others)[:300]
        remarks.append(Message.of(N_("It names other addresses too: {urls}."), urls=said_too))
    if "DOI" not in item:
        links = [*addresses, *said.get("L3", ()), *said.get("M3", ()), *said.get("L2", ())]
        doi = next((each for each in links if _DOI_LINK.match(each)), "")
        marks = [*said.get("LID", ()), *said.get("AID", ())]
        marked = (found for each in marks if (found := _DOI_MARK.search(each)))
        if doi or (doi := next((found[1] for found in marked), "")):
            item["DOI"] = doi
    serials = [value for tag in _ISSNS.get(dialect.first, ()) for value in said.get(tag, ())]
    if in_all := _ISSN.findall(" ".join(serials)):
        item["ISSN"] = ", ".join(dict.fromkeys(in_all))
    numbers_of: dict[str, list[str]] = {"ISBN": [], "ISSN": [], "number": []}
    for number in said.get("SN", ()) if "ISSN" not in item else ():
        own = item["type"] in _NUMBERED and not _ISSN.match(number)
        serial = _ISSN.findall(number)  # `0254-4164 (print) 1234-5679 (online)`
        name = "ISBN" if _ISBN.match(number) else "number" if own else "ISSN"
        numbers_of[name] += serial if name == "ISSN" and serial else [number]
    for name, numbers in numbers_of.items():
        if numbers:
            several = dict.fromkeys(numbers) if name == "ISSN" else numbers[:1]
            item.setdefault(name, ", ".join(several))
    if arxiv := next((each for each in said.get("AN", ()) if "arxiv" in each.lower()), ""):
        item["arxiv"] = arxiv


def _takes_doi(note: str, item: dict[str, object]) -> bool:
    """Whether a note says no more than the DOI or PubMed's number, which is then taken."""
    if number := _PMID_NOTE.fullmatch(note):
        item.setdefault("PMID", number[1])
        return True
    found = _DOI_NOTE.match(note)
    if found:
        item.setdefault("DOI", found[1])
    return found is not None


def _judged(noted: list[str]) -> tuple[str, str, list[str]]:
    """The verdict and the reason that ASReview or Rayyan left, and the notes that are left."""
    verdict, reason, notes = "", "", []
    for note in noted:
        found = _ASREVIEW.search(note)
        words = _RAYYAN.match(note)
        ruled = (
            _VERDICTS[found[0].lower()]
            if found
            else _RAYYAN_WORDS.get(frozenset(re.findall(r'=>"(\w+)"', words[1])))
            if words
            else None
        )
        if ruled is None:
            notes.append(note)
        elif not reason or (ruled and not verdict):
            verdict, reason = ruled, note
        elif note != reason:
            notes.append(note)
    return verdict, reason, notes


def _flowing(value: str) -> str:
    """A value that goes over several lines as one text, with its paragraphs."""
    return re.sub(r"(?<!\n)\n(?!\n)", " ", _WITHIN_HAN.sub("", value))


_WITHIN_HAN = re.compile(r"(?<=[\u3000-\u9fff，；])\n(?=[\u3000-\u9fff,;，；])")
