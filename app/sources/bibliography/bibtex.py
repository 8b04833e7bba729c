"""BibTeX and BibLaTeX → drafts. Pure.

`bibtexparser` finds the entries; what it passes over as a comment and yet looks like an entry is
reported. An entry's fields are put into CSL's words (`_VARIABLES`, `_TYPES`), and `csl_json` does
the rest.
"""

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import TypeAlias

from bibtexparser.entrypoint import parse_string
from bibtexparser.model import (
    Block,
    DuplicateBlockKeyBlock,
    DuplicateFieldKeyBlock,
    Entry,
    ExplicitComment,
    ImplicitComment,
    ParsingFailedBlock,
    String,
)

from app.errors import N_, Message, Problem
from app.kit.text import has_han, tidy_body
from app.sources.arxiv.ids import try_arxiv_id as read_arxiv_id
from app.sources.bibliography import csl_json, dates, names, tex
from app.sources.drafts import ISSUES, OF_SERIES, TYPES, ReadFile, RecordDraft, check_count

FORMAT = "bibtex"

UNREADABLE = N_("This entry is cut off, or its braces and quotation marks do not match.")
TOO_LONG = N_("With its macros and what it takes from other entries, this entry is too long.")
# What a few lines that name each other may grow to: characters of a value, and of a file.
_VALUE_LIMIT = 1_000_000
_GROWTH_LIMIT = 20_000_000
_PATHS_LIMIT = 1_000  # of the files of an entry
# The library takes 5 µs for each brace, quote and comma. Files have one in ten characters.
_MARKS_LEAST, _MARKS_EACH = 20_000, 4

# The library tells of every bad block on the log; here they are told to the reader.
logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)

_TYPES = {
    "article": "article-journal",
    "periodical": "periodical",
    "suppperiodical": "article-journal",
    "inproceedings": "paper-conference",
    "conference": "paper-conference",
    "proceedings": "book",
    "mvproceedings": "book",
    "book": "book",
    "mvbook": "book",
    "booklet": "pamphlet",
    "collection": "book",
    "mvcollection": "book",
    "reference": "book",
    "mvreference": "book",
    "manual": "book",
    "inbook": "chapter",
    "bookinbook": "chapter",
    "suppbook": "chapter",
    "incollection": "chapter",
    "suppcollection": "chapter",
    "inreference": "entry-encyclopedia",
    "phdthesis": "thesis",
    "mastersthesis": "thesis",
    "thesis": "thesis",
    "techreport": "report",
    **dict.fromkeys(("bachelorsthesis", "bachelorthesis", "masterthesis"), "thesis"),
    **dict.fromkeys(("doctoralthesis", "dissertation", "diplomathesis", "diplomarbeit"), "thesis"),
    **dict.fromkeys(("workingpaper", "whitepaper", "techrep"), "report"),
    **dict.fromkeys(("blog", "blogpost"), "post-weblog"),
    **dict.fromkeys(("code", "softwareversion", "softwaremodule", "codefragment"), "software"),
    **dict.fromkeys(("poster", "slides", "lecture"), "speech"),
    "film": "motion_picture",
    "bookchapter": "chapter",
    "bookreview": "review-book",
    "ebook": "book",
    "eprint": "article",
    "interview": "interview",
    "podcast": "broadcast",
    **dict.fromkeys(("act", "law"), "legislation"),
    "newspaper": "article-newspaper",
    "magazine": "article-magazine",
    "archive": "collection",
    "map": "map",
    "presentation": "speech",
    "talk": "speech",
    "preprint": "article",
    "norm": "standard",
    "database": "dataset",
    "report": "report",
    "unpublished": "manuscript",
    "online": "webpage",
    "electronic": "webpage",
    "www": "webpage",
    "webpage": "webpage",
    "dataset": "dataset",
    "data": "dataset",
    "software": "software",
    "patent": "patent",
    "standard": "standard",
    "legislation": "legislation",
    "jurisdiction": "legal_case",
    "movie": "motion_picture",
    "video": "motion_picture",
    "audio": "song",
    "music": "song",
    "image": "graphic",
    "artwork": "graphic",
    "letter": "personal_communication",
    "performance": "performance",
    "review": "review",
    "misc": "document",
    "treaty": "treaty",
    "legal": "legislation",
    "legadmin": "regulation",
    **dict.fromkeys(("game", "app"), "software"),
    **dict.fromkeys(("tutorial", "seminar", "keynote"), "speech"),
}
# What an entry's type, that is none of these, has in its name.
_NEAREST = (
    *(("newspaper", "article-newspaper"), ("magazine", "article-magazine")),
    *(("thesis", "thesis"), ("dissertation", "thesis"), ("proceedings", "paper-conference")),
    *(("conf", "paper-conference"), ("article", "article-journal"), ("chapter", "chapter")),
    *(("report", "report"), ("preprint", "article"), ("manual", "book"), ("book", "book")),
    *(("patent", "patent"), ("standard", "standard"), ("dataset", "dataset"), ("soft", "software")),
    *(("web", "webpage"), ("online", "webpage")),
)
# What BibTeX has no entry for is said in `entrysubtype`: by CSL's words, or as BibLaTeX has them.
_SUBTYPES = {
    **{type: type for type in TYPES},
    **dict.fromkeys(("magazine", "article-magazine"), "article-magazine"),
    **dict.fromkeys(("newspaper", "article-newspaper"), "article-newspaper"),
}
_SHORT_JOURNALS = (
    *("shortjournal", "journal-abbreviation", "journalabbreviation", "journal-iso"),
    *("journal_abbrv", "abbrev_source_title"),
)
# Each of CSL's variables and the fields that may say it, the first of them that does.
_VARIABLES = {
    "container-title": ("fjournal", "journal", "journaltitle", "booktitle", "maintitle"),
    "container-title-short": _SHORT_JOURNALS,
    "volume": ("volume",),
    "publisher": ("publisher", "institution", "school", "organization", "holder"),
    "publisher-place": ("address", "location"),
    "edition": ("edition",),
    "collection-title": ("series",),
    "language": ("language", "langid", "hyphenation"),
    "title-short": ("shorttitle",),
    "abstract": ("abstract",),
    "event-title": ("eventtitle",),
    "event-place": ("venue",),
    "number-of-pages": ("pagetotal", "numpages", "totalpages"),
    "PMID": ("pmid",),
    "PMCID": ("pmcid", "pmc"),
    "version": ("version",),
    "chapter-number": ("chapter",),
    "issue": ("issue",),
}
# What kind of a thesis or a report it is, where the entry's type or BibLaTeX's word for it says.
_GENRES = {
    "proceedings": "proceedings",
    "mvproceedings": "proceedings",
    "phdthesis": "PhD thesis",
    "mastersthesis": "Master's thesis",
    **dict.fromkeys(("mathesis", "masterthesis"), "Master's thesis"),
    **dict.fromkeys(("bachelorsthesis", "bachelorthesis", "bathesis"), "Bachelor's thesis"),
    "doctoralthesis": "PhD thesis",
    **dict.fromkeys(("hdthesis", "hdrthesis"), "Habilitation"),
    "licentiatethesis": "Licentiate thesis",
    "diplomathesis": "Diplomarbeit",
    "workingpaper": "Working paper",
    "whitepaper": "White paper",
    "poster": "Poster",
    "candthesis": "Candidate thesis",
    "techreport": "Technical report",
    "resreport": "Research report",
    "patentus": "U.S. patent",
    "patenteu": "European patent",
    "patreq": "Patent request",
}
_ARTICLES = (
    *("article-number", "articleno", "eid", "elocation-id", "artnum"),
    *("articlenumber", "article_number", "articleid", "article-no"),
)
_NO_PAPERS = {"xdata", "set"}  # what others take from, and several as one
# What TeX does not read as its own.
_VERBATIM = {"DOI": "doi", "URL": "url", "ISBN": "isbn", "ISSN": "issn"}
_ADDRESSES = ("ee", "link", "bdsk-url-1")  # which say one too
_NOTES = ("annote", "annotation", "review", "comment", "comments")
_KEYWORDS = ("keywords", "keyword", "mendeley-tags", "groups")
_FILES = ("file", "pdf", "local-url")
_ACCESSED = ("urldate", "lastchecked", "lastaccessed", "accessed", "access-date", "visited")
_KNOWN = {
    *(field for fields in _VARIABLES.values() for field in fields),
    *_VERBATIM.values(),
    *(*_NOTES, *_KEYWORDS, *_FILES, *_ARTICLES, *_ACCESSED, *_ADDRESSES),
    *("pages", "number", "translator", "bookauthor", "eventdate"),
    *("title", "subtitle", "author", "editor", "note", "addendum", "booksubtitle", "howpublished"),
    "titleaddon",
    *(
        "eprint",
        "arxivid",
        "arxiv",
        "eprinttype",
        "archiveprefix",
        "eprintclass",
        "primaryclass",
        "category",
    ),
    *("date", "year", "month", "day", "crossref", "xdata", "type", "ids"),
}
# What programs keep for themselves, and what styles need.
_SILENT = re.compile(
    r"timestamp|owner|username|__markedentry|(?:date|creation|modification)-?(?:added|date|modified)"
    r"|date-created|created|changed|revised|completed|added-at|bdsk-.*|bib(?:url|source|date)"
    r"|citeulike-.*|posted-at|mendeley-groups|interhash|intrahash|unique-id|refid|msbib.*|nlm-id"
    r"|(?:sort|label)(?:name|year|title|key)|presort|key|label|options|entrysubtype|bibtex\w*"
    r"|rating|ranking|readstatus|read|printed|priority|relevance"
    r"|qualityassured|month_numeric|issue_date|acknowledgement|times-cited"
)
# Never inherited by `crossref`, besides what a book says of itself by another name.
_OWN = {"crossref", "xref", "xdata", "ids", "keywords", "file", "abstract", "doi", "url", "note"}
_OF_BOOK = {"title": "booktitle", "subtitle": "booksubtitle", "shorttitle": ""}

_BOOKS = {"book", "mvbook", "inbook"}  # which may be another's than what is in them

_COMMENTARY = re.compile(r"@commentary(?=\s*[{(])", re.IGNORECASE)
_LOOSE = re.compile(r"^[ \t]*@\s*(?!comment\b)[^\W\d][\w-]*\s*(?:[{(,]|$)", re.IGNORECASE | re.M)
_INNER = re.compile(
    r"(?<![\w\\.{])@\s*(?!(?:comment|string|preamble|xdata|set)\b)[^\W\d]\w*\s*[{(,]", re.IGNORECASE
)
_START = re.compile(r"\A\s*@\s*([\w-]+)\s*([{(])")
_NAMED = re.compile(r"\s*@\s*[\w-]+\s*[{(]\s*([^\s,={}()\"#]{1,200})\s*(?:,|$)", re.MULTILINE)
_WITHOUT_KEY = re.compile(r"\A(@\w+[{(])(?=\s*[A-Za-z][\w-]*\s*=)")
_WITHOUT_COMMA = re.compile(r"\A(@\w+[{(]\s*[^\s,={}()\"#]{1,200})(?=\s+[A-Za-z][\w-]*\s*=)")
_COMMAS = re.compile(r"(?<![,\s]),(?:\s{0,99}+,)++(?=\s*[A-Za-z][\w-]*\s*=)")
_ANOTHER = re.compile(r"\s*([A-Za-z][\w-]*)\s*=\s*(?=[\"{\w])")
_MACRO = re.compile(r"[^\W\d][^\s\"#%'(),={}]*\Z")
_ADDRESS = re.compile(r"https?://[^\s{}<>]+")
_AVAILABLE = re.compile(
    r"(?:available|online|at|from|on|url|web(?:\s?(?:site|page))?|link|the|see|[\W_]+)*",
    re.IGNORECASE,
)
_LOOKS = re.compile(
    rf"^\ufeff?[ \t]*@[ \t]*(?:{'|'.join([*_TYPES, 'string', 'preamble'])})\s*[{{(]",
    re.IGNORECASE | re.MULTILINE,
)
_COUNTRY = re.compile(r"\Acountry([a-z]{2})\Z")  # BibLaTeX's word for where a patent holds
_REFERENCE = re.compile(r"xdata\s*=\s*([^,{}]+)", re.IGNORECASE)
_Fields: TypeAlias = dict[str, list[str]]


def looks_like_bibtex(text: str) -> bool:
    """Whether an entry of a usual type begins at the start of one of the lines."""
    return _LOOKS.search(text) is not None


def read_bibtex(text: str, name: str = "") -> ReadFile:  # noqa: ARG001 (readers are called alike)
    """Every entry as a record, or as a problem where it is cut off, unbalanced or without a title.

    Comments, `@string`, `@preamble`, `@xdata` and `@set` are no entries; two entries with
    one key both come. An entry that its macros or `crossref` make too long is a problem too.

    Raises:
        Invalid: there are more entries than are taken at once.
    """
    text = tidy_body(text).removeprefix("\ufeff")
    check_count(text.count("\n@"))
    if sum(map(text.count, '{}",=@')) > _MARKS_LEAST + len(text) // _MARKS_EACH:
        problem = Problem(line=1, why=Message.of(UNREADABLE), raw=text)
        return ReadFile(format=FORMAT, problems=(problem,))
    problems: list[Problem] = []
    found: list[tuple[int, str, Entry]] = []
    macros = _Macros()
    line, counted = 1, 0
    for place, raw, block in _blocks(text):
        line, counted = line + text.count("\n", counted, place), place
        if isinstance(block, String):
            macros.define(block.key, str(block.value))
        elif isinstance(block, Entry):
            found.append((line, raw, block))
            check_count(len(found))
        elif isinstance(block, Message):
            named = _NAMED.match(raw)
            key = named[1] if named else ""
            problems.append(Problem(line=line, why=block, raw=raw, key=key))
            check_count(len(problems))
    entries: list[_Entry] = []
    for one in found:
        try:
            entries.append(_Entry.of(*one, macros))
        except _TooLong:
            key, raw = one[2].key, one[1]
            problems.append(Problem(line=one[0], why=Message.of(TOO_LONG), raw=raw, key=key))
    known: dict[str, _Entry] = {}
    for entry in entries:
        entry.remarks += _said_twice(entry, known)
        known.setdefault(entry.key.lower(), entry)
    records: list[RecordDraft] = []
    for entry in entries:
        if entry.type in _NO_PAPERS:
            continue
        try:
            record = _record(entry, known, macros)
        except _TooLong:
            problems.append(Problem(line=entry.line, why=Message.of(TOO_LONG), raw=entry.raw))
            continue
        if record.draft is None:
            why = Message.of(csl_json.NO_TITLE)
            problems.append(Problem(line=entry.line, why=why, raw=entry.raw, key=entry.key))
        else:
            records.append(record)
    problems.sort(key=lambda problem: problem.line)
    return ReadFile(format=FORMAT, records=tuple(records), problems=tuple(problems))


@dataclass
class _Entry:
    """An entry as its file has it: `fields` by names in lower case, without macros."""

    line: int
    raw: str
    key: str
    type: str
    fields: _Fields
    remarks: list[Message]
    whole: _Fields | None = None  # with what it has from others, once that is known

    def parents(self, name: str) -> list[str]:
        """The keys, in lower case, that its field `xdata` or `crossref` names."""
        keys = map(str.strip, ",".join(self.fields.get(name, ())).split(","))
        return list(dict.fromkeys(key.lower() for key in keys if key))

    @classmethod
    def of(cls, line: int, raw: str, entry: Entry, macros: "_Macros") -> "_Entry":
        undefined: set[str] = set()
        fields: _Fields = {}
        for field in entry.fields:
            for name, written in _without_comma(field.key, str(field.value)):
                if value := macros.expand(written, undefined):
                    fields.setdefault(name.lower(), []).append(value)
        why = N_("The file does not say what “{name}” stands for.")
        remarks = [Message.of(why, name=name) for name in sorted(undefined)]
        return cls(line, raw, entry.key, entry.entry_type.lower(), fields, remarks)


def _without_comma(name: str, written: str) -> Iterator[tuple[str, str]]:
    """A field, and those after it that no comma parts from it: `title = {A} year = {2019}`."""
    for _ in range(_FIELDS_LIMIT):
        end = _end_of_group(written) if "=" in written else len(written)
        found = _ANOTHER.match(written, end)
        if found is None:
            break
        yield name, written[:end]
        name, written = found[1], written[found.end() :]
    yield name, written


def _end_of_group(written: str) -> int:
    """Where the braces or quotes close that a value opens with; its end where they do not."""
    opening, depth = written[:1], 0
    for found in _GROUPING.finditer(written) if opening in ('"', "{") else ():
        sign = found[0]
        if sign == '"':
            if depth == 0 and opening == '"' and found.start():
                return found.end()
        else:
            depth += 1 if sign == "{" else -1
            if depth == 0 and opening == "{":
                return found.end()
    return len(written)


_FIELDS_LIMIT = 50  # that a value runs on into
_GROUPING = re.compile(r"[{}\"]")


def _said_twice(entry: _Entry, known: Mapping[str, _Entry]) -> list[Message]:
    if not entry.key or entry.key.lower() not in known:
        return []
    return [Message.of(N_("Another entry of this file has the key “{key}” too."), key=entry.key)]


def _blocks(text: str) -> Iterator[tuple[int, str, Block | Message]]:
    """Each block with its place and its text; a `Message` for what should have been an entry."""
    place = 0
    failed: list[int] = []  # since the last good block, whose text reaches to the next one
    for block in parse_string(text, parse_stack=[]).blocks:
        raw = block.raw or ""
        if isinstance(block, ImplicitComment) or (at := text.find(raw, place)) < 0:
            continue
        if inner := _INNER.search(raw, 1) if isinstance(block, String) else None:
            failed.append(at + inner.start())  # one that was never closed has swallowed an entry
            continue
        if isinstance(block, DuplicateBlockKeyBlock | DuplicateFieldKeyBlock):
            block = block.ignore_error_block or block
        if isinstance(block, ParsingFailedBlock):
            failed.append(at)
            continue
        yield from _between(text, place, at, failed)
        commentary = isinstance(block, ExplicitComment) and _COMMENTARY.match(raw)  # BibLaTeX's
        yield at, raw, (_mended(raw) or Message.of(UNREADABLE)) if commentary else block
        place, failed = at + len(raw), []
    yield from _between(text, place, len(text), failed)


def _between(
    text: str, start: int, end: int, failed: Sequence[int]
) -> Iterator[tuple[int, str, Block | Message]]:
    """What between two blocks looks like an entry."""
    loose = (found.start() for found in _LOOSE.finditer(text, start, end))
    places = sorted({text.index("@", at) for at in (*failed, *loose)})
    for at, until in pairwise([*places, end]):
        raw = text[at:until].rstrip()
        yield at, raw, _mended(raw) or Message.of(UNREADABLE)


def _mended(raw: str) -> Entry | None:
    """The entry that `raw` is but for a space in `@ article`, a hyphen in `@book-chapter`, for its
    missing key or the comma behind it, or for a comma too many."""
    begun = _START.sub(lambda found: f"@{found[1].replace('-', '')}{found[2]}", raw)
    begun = _COMMENTARY.sub("@book", begun)
    tried = _WITHOUT_KEY.sub(r"\1,", begun)
    tried = _WITHOUT_COMMA.sub(r"\1,", tried)
    tried = _COMMAS.sub(",", tried)
    if tried == raw:
        return None
    blocks = parse_string(tried, parse_stack=[]).blocks
    return blocks[0] if len(blocks) == 1 and isinstance(blocks[0], Entry) else None


class _TooLong(Exception):
    """A value grows past what is kept."""


class _Macros:
    """What `@string`s stand for, and how much more a file may become by what repeats in it."""

    def __init__(self) -> None:
        self._texts: dict[str, str | None] = {}  # None: too long
        self._undefined: dict[str, set[str]] = {}  # what was not defined before, but is used
        self._left = _GROWTH_LIMIT

    def define(self, name: str, written: str) -> None:
        undefined = self._undefined[name.lower()] = set()
        try:
            self._texts[name.lower()] = self._join(written, undefined)
        except _TooLong:
            self._texts[name.lower()] = None

    def grow(self, characters: int) -> None:
        """Count what is written out once more.

        Raises:
            _TooLong: it is too much.
        """
        self._left -= characters
        if self._left < 0:
            raise _TooLong

    def expand(self, written: str, undefined: set[str]) -> str:
        """A field's value without what encloses it, its parts joined and its macros filled in;
        white space around it is tidied once they are.

        Raises:
            _TooLong: it would be longer than a value may be.
        """
        return self._join(written, undefined).strip()

    def _join(self, written: str, undefined: set[str]) -> str:
        parts = [written] if "#" not in written else _parts(written)
        said: list[str] = []
        for part in map(str.strip, parts):
            if part[:1] in ('"', "{") and len(part) > 1 and part[-1] in ('"', "}"):
                said.append(part[1:-1])
            elif part.lower() in self._texts:
                text = self._texts[part.lower()]
                if text is None:
                    raise _TooLong
                self.grow(len(text))
                said.append(text)
                undefined |= self._undefined.get(part.lower(), set())
            else:
                if _MACRO.match(part) and part.lower()[:3] not in dates.MONTHS:
                    undefined.add(part)
                said.append(part)
        if len(said) > 1 and sum(map(len, said)) > _VALUE_LIMIT:
            raise _TooLong
        return "".join(said)


def _parts(written: str) -> list[str]:
    """What stands between the `#` outside braces and quotes."""
    parts, depth, quoted, start = [], 0, False, 0
    for place, character in enumerate(written):
        if character == '"' and depth == 0:
            quoted = not quoted
        elif character in "{}":
            depth += 1 if character == "{" else -1
        elif character == "#" and depth == 0 and not quoted:
            parts.append(written[start:place])
            start = place + 1
    return [*parts, written[start:]]


def _record(entry: _Entry, known: Mapping[str, _Entry], macros: _Macros) -> RecordDraft:
    remarks = [*entry.remarks]
    fields = _inherited(entry, known, macros, remarks)
    first = {name: values[0] for name, values in fields.items()}
    type_ = _SUBTYPES.get(tex.tex_to_text(first.get("entrysubtype", "")).lower())
    type_ = type_ or _TYPES.get(entry.type) or _nearest(entry.type)
    said = first.get("type", "").lower()
    if type_ == "document" and said in TYPES:
        type_ = said
        del first["type"]
    item: dict[str, object] = {
        "citation-key": entry.key,
        "type": type_,
        "title": _titled(first, "title", "subtitle"),
        "author": names.of_bibtex(" and ".join(fields.get("author", []))),
        "editor": names.of_bibtex(" and ".join(fields.get("editor", []))),
        "translator": names.of_bibtex(" and ".join(fields.get("translator", []))),
        "container-author": names.of_bibtex(" and ".join(fields.get("bookauthor", []))),
        "keyword": [
            word for name in _KEYWORDS for each in fields.get(name, []) for word in _keywords(each)
        ],
        "annote": _all(fields, *_NOTES),
        "note": "\n".join(_all(fields, "note", "addendum")),
        "issued": _issued(first),
        "accessed": dates.partial_date(tex.tex_to_text(_first_of(first, _ACCESSED))),
        "event-date": dates.partial_date(tex.tex_to_text(first.get("eventdate", ""))),
        "genre": _genre(entry.type, first),
    }
    for variable, sources in _VARIABLES.items():
        if value := _first_of(first, sources):
            item[variable] = _COUNTRY.sub(
                lambda found: found[1].upper(), tex.tex_to_text(value), count=1
            )
    if (
        "language" not in first
        and item.get("language") == "chinese"
        and has_han(str(item["title"]))
    ):
        del item["language"]  # as the title says: what biber has to be told of every such entry
    for variable, source in _VERBATIM.items():
        if source in first:
            item[variable] = " ".join(map(tex.tex_verbatim, fields[source]))
    for name in _ADDRESSES:
        if (address := tex.tex_verbatim(first.get(name, ""))).startswith("http"):
            item.setdefault("URL", address)
    if "booktitle" in first and item.get("container-title") == tex.tex_to_text(first["booktitle"]):
        item["container-title"] = _titled(first, "booktitle", "booksubtitle")
        if type_ == "book":
            item["title"] = item["title"] or item["container-title"]
            del item["container-title"]
    if journal := _first_of(first, ("fjournal", "journal", "journaltitle")):
        item["container-title"] = tex.journal_title(journal)
        if "fjournal" in first and "journal" in first:  # MathSciNet's: in full, and abbreviated
            item.setdefault("container-title-short", tex.tex_to_text(first["journal"]))
    _placed(first, type_, entry.type, item)
    _howpublished(first, item)
    _placed_apart(first, item)
    _eprint(first, item, remarks)
    left = [name for name in fields if name not in _KNOWN and not _SILENT.fullmatch(name)]
    left += _second(first)
    if left:
        remarks.append(Message.of(csl_json.NOT_KEPT, names=", ".join(sorted(left))[:300]))
    files = [path for name in _FILES for each in fields.get(name, []) for path in _paths(each)]
    if len(files) > _PATHS_LIMIT:
        del files[_PATHS_LIMIT:]
        remarks.append(Message.of(csl_json.NOT_KEPT, names="file"))
    return csl_json.draft_from_item(
        item, line=entry.line, raw=entry.raw, files=files, remarks=remarks
    )


def _nearest(entry_type: str) -> str:
    return next((type_ for word, type_ in _NEAREST if word in entry_type), "document")


def _first_of(first: Mapping[str, str], named: Sequence[str]) -> str:
    return next((first[name] for name in named if name in first), "")


def _genre(entry_type: str, first: Mapping[str, str]) -> str:
    said = tex.tex_to_text(first.get("type", ""))
    default = _GENRES.get(entry_type, "") if entry_type != "techreport" else ""
    return _GENRES.get(said.lower(), said) or default


def _placed(first: Mapping[str, str], type_: str, entry_type: str, item: dict[str, object]) -> None:
    """Pages, and what the entry's numbers count: see `_ISSUES`."""
    written = _TILDE.sub("--", first.get("pages", ""))
    written = " ".join(tex.tex_to_text(written).split())
    pages = re.sub(r" ?[-–—]{2,} ?| - ", "–", written)
    pages = re.sub(" ?[–—] ?", "–", pages)
    pages = _VOLUME_BEHIND.sub("", pages)
    # One hyphen is a range between numbers, and may be inside of one: `3-10--3-22`, `A-1`.
    if "–" not in pages:
        pages = re.sub(r"(?<=[\dA-Za-z])\s*-\s*(?=[\dA-Za-z+])", "–", pages)
    item["page"] = pages.replace("–", "-") if "-" not in pages else pages
    article = tex.tex_to_text(_first_of(first, _ARTICLES))
    number = tex.tex_to_text(first.get("number", ""))
    if not pages:
        item["page"] = article
    elif article != pages:
        item["number"] = article
    in_series = (type_ in OF_SERIES and entry_type != "manual") or (
        type_ == "paper-conference" and "series" in first
    )
    counts = "collection-number" if in_series else "issue" if type_ in ISSUES else ""
    if number:
        item[counts or "number"] = number
    if type_ in ISSUES:
        item.setdefault("issue", "")


def _keywords(written: str) -> list[str]:
    """Keywords apart, but for what stands in braces of its own: `{Diagnosis, Computer}, Nets`."""
    kept = re.findall(r"\{[^{}]*,[^{}]*\}", written)
    for n, each in enumerate(kept):
        written = written.replace(each, f"\ue100{n}\ue101", 1)
    written = _SEPARATOR.sub(";", written)
    words = csl_json.split_keywords(tex.tex_to_text(written))
    whole = [tex.tex_to_text(each) for each in kept]
    return [
        re.sub("\ue100(\\d+)\ue101", lambda found: whole[int(found[1])], word) for word in words
    ]


_SEPARATOR = re.compile(r"\\sep(?![A-Za-z])")  # as Elsevier's class has it


def _all(fields: _Fields, *named: str) -> list[str]:
    return [tex.tex_to_text(each) for name in named for each in fields.get(name, [])]


_VOLUME_BEHIND = re.compile(r"(?<=\d) vol\. ?\d+\Z")  # as IEEE Xplore has it: `61-64 vol.1`
_TILDE = re.compile(r"(?<=\d)\s?~\s?(?=\d)")  # `12~34`, which TeX sets apart, means a range


_HEIRS = ("xdata", "crossref")  # the fields by which an entry has something from others


def _inherited(
    entry: _Entry, known: Mapping[str, _Entry], macros: _Macros, remarks: list[Message]
) -> _Fields:
    """The entry's fields, with what it has from those that its `xdata` and `crossref` name, who
    have theirs from others. Of a circle each has what the others say themselves."""
    for key in (key for name in _HEIRS for key in entry.parents(name)):
        if key not in known:
            why = N_("The entry “{key}” that it refers to is not in this file.")
            remarks.append(Message.of(why, key=key))
    begun = {entry.key.lower()}
    waiting = [(entry, iter([known.get(key) for name in _HEIRS for key in entry.parents(name)]))]
    while waiting:
        one, parents = waiting[-1]
        for parent in parents:
            if parent and parent.whole is None and parent.key.lower() not in begun:
                begun.add(parent.key.lower())
                above = [known.get(key) for name in _HEIRS for key in parent.parents(name)]
                waiting.append((parent, iter(above)))
                break
        else:
            one.whole = _with_parents(one, known, macros)
            waiting.pop()
    return entry.whole or {}


def _with_parents(entry: _Entry, known: Mapping[str, _Entry], macros: _Macros) -> _Fields:
    fields = {name: _by_reference(name, values, known) for name, values in entry.fields.items()}
    for heir in _HEIRS:
        for parent in filter(None, map(known.get, entry.parents(heir))):
            theirs = parent.fields if parent.whole is None else parent.whole
            macros.grow(sum(10 + len(value) for values in theirs.values() for value in values))
            for name in sorted(theirs, key=lambda name: name not in _OF_BOOK):
                if heir == "xdata":
                    fields.setdefault(name, theirs[name])
                elif name not in _OWN and (within := _within(name, parent.type)):
                    if name == "author" and "author" in fields and parent.type in _BOOKS:
                        within = "bookauthor"
                    fields.setdefault(within, theirs[name])
    return fields


def _within(name: str, type_: str) -> str:
    """What a field of a book is called in what is in it; of several volumes it is the title of the
    whole."""
    within = _OF_BOOK.get(name, name)
    return "maintitle" if within == "booktitle" and type_.startswith("mv") else within


def _by_reference(name: str, values: list[str], known: Mapping[str, _Entry]) -> list[str]:
    """The values of a field, or those that BibLaTeX's `xdata=key-field` or `xdata=key` names."""
    found = _REFERENCE.fullmatch(values[0])
    parts = [*found[1].strip().lower().split("-"), name] if found else []
    for at in range(1, len(parts)):
        named = known.get("-".join(parts[:at]))
        if named and (there := named.fields.get(parts[at])):
            return there
    return values


def _titled(first: Mapping[str, str], title: str, subtitle: str) -> str:
    parts = [tex.tex_to_text(first[name]) for name in (title, subtitle) if name in first]
    return (": " if parts and not parts[0].endswith((":", "?", "!")) else " ").join(parts)


def _issued(first: Mapping[str, str]) -> str:
    """The date as ISO, or what is written where it can be read as none."""
    if "date" in first and len(date := dates.partial_date(first["date"]) or first["date"]) != 4:
        return date
    year = tex.tex_to_text(first.get("date", first.get("year", "")))
    return (
        dates.of_parts(year, tex.tex_to_text(first.get("month", "")), first.get("day", "")) or year
    )


def _howpublished(first: Mapping[str, str], item: dict[str, object]) -> None:
    """`howpublished` is an address, with words that a note may keep, or says where."""
    said = first.get("howpublished", "")
    plain = tex.tex_verbatim(said)
    address = _ADDRESS.search(plain) if "://" in said else None
    if address:
        item.setdefault("URL", address[0].rstrip(".,;"))
        left = plain.replace(address[0].rstrip(".,;"), " ").strip(" .,;:")
        day, (start, end) = dates.find_date(left)
        if len(day) == 10 and _AVAILABLE.fullmatch(f"{left[:start]} {left[end:]}"):
            item["accessed"] = (
                item["accessed"] or day
            )  # `[Online] Available (29.06.2023): http://…`
            left = ""
        if not _AVAILABLE.fullmatch(left):
            item["note"] = "\n".join(filter(None, (str(item["note"]), left)))
    elif said:
        item.setdefault("container-title", tex.tex_to_text(said))


def _placed_apart(first: Mapping[str, str], item: dict[str, object]) -> None:
    """`titleaddon` is the site of a web page, as Zotero writes it, or adds to a title what a remark
    keeps; `venue` is where an event was held, or, where nothing else says so, what it is in."""
    addition = tex.tex_to_text(first.get("titleaddon", ""))
    online = item["type"] in _SITES and item.get("URL")
    if addition and online and not item.get("container-title"):
        item["container-title"] = addition
    elif addition:
        item["note"] = "\n".join(filter(None, (str(item["note"]), addition)))
    if not item.keys() & {"container-title", "event-title"} and not item.get("event-date"):
        item["container-title"] = item.pop("event-place", "")


_SITES = {"webpage", "post", "post-weblog", "document"}


def _second(first: Mapping[str, str]) -> list[str]:
    """The fields whose place another one took that says something else."""
    return [
        name
        for variable, sources in _VARIABLES.items()
        if sum(each in first for each in sources) > 1 and variable != "language"
        for name in sources
        if name in first
        and first[name] != _first_of(first, sources)
        and not (variable == "container-title" and name == "journal")
    ]


def _eprint(first: Mapping[str, str], item: dict[str, object], remarks: list[Message]) -> None:
    eprint = tex.tex_verbatim(_first_of(first, ("eprint", "arxivid", "arxiv")))
    archive = first.get("archiveprefix", first.get("eprinttype", "")).strip("{} ").lower()
    if not eprint:
        return
    if (arxiv := read_arxiv_id(eprint)) and archive in ("arxiv", ""):
        category = first.get("primaryclass", first.get("eprintclass", ""))
        item["arxiv"] = f"{arxiv} [{category}]" if category else eprint
    elif archive == "arxiv":
        remarks.append(Message.of(N_("“{value}” is not an arXiv id."), value=eprint[:200]))
    elif variable := _ARCHIVES.get(archive):
        item.setdefault(variable, eprint)
    else:
        remarks.append(Message.of(csl_json.NOT_KEPT, names="eprint"))


_ARCHIVES = {
    **dict.fromkeys(("pubmed", "pmid", "medline"), "PMID"),
    **dict.fromkeys(("pmcid", "pmc", "pubmedcentral"), "PMCID"),
}


def _paths(value: str) -> list[str]:
    r"""The paths of `title:path:mime;…` (Zotero), `:path:PDF` (JabRef) or of a path alone; one more
    than is kept at most."""
    paths: list[str] = []
    for part in islice(re.finditer(r"(?:[^;]++|(?<=\\);)++", value), 10 * _PATHS_LIMIT):
        if len(paths) > _PATHS_LIMIT:
            break
        parts = re.split(r"(?<!\\):(?![\\/]{1,2}\w)", part[0].strip(), maxsplit=2)
        path = parts[1] if len(parts) > 2 else parts[0] or parts[-1]
        if path := re.sub(r"\\([:;\\_&%#$])", r"\1", path).strip():
            paths.append(path)
    return paths
