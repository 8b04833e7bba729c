"""A table of papers as spreadsheets and databases of literature write it (CSV, TSV) → drafts. Pure.

The first line names the columns, in the words of Zotero, Scopus, Web of Science, IEEE Xplore,
PubMed, ASReview, or in Chinese (`_COLUMNS`); `csl_json` does the rest.
"""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from app.errors import N_, Invalid, Message, Problem
from app.kit.text import HAN, fold_letters, tidy_body
from app.sources.bibliography import csl_json, dates, work_types
from app.sources.drafts import ROLES, TYPES, PaperDraft, ReadFile, RecordDraft, check_count

FORMAT = "csv"

_CELL_LIMIT = 1_000_000  # characters
_HEAD_LIMIT = 20_000
_MARKS = ",;\t|"
_AROUND = "\ufeff \r"
_RESTARTS = 50  # rows whose quotation marks do not close

# What a column is called, in letters and digits alone, by what CSL calls it; of several columns of
# one kind the first that says something is taken.
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "title": (
        *("title", "articletitle", "documenttitle", "papertitle", "primarytitle", "titles", "ti"),
        *("标题", "題名", "题名", "题目", "论文题目", "论文标题", "篇名", "文献标题", "文献名"),
    ),
    "abstract": (
        *("abstract", "abstractnote", "abstracts", "abstracttext", "summary", "ab"),
        *("摘要", "文摘", "内容摘要", "中文摘要"),
    ),
    "author": (
        *("authorfullnames", "authors", "author", "authornames", "creators", "creator", "af", "au"),
        *("作者", "著者", "作者姓名"),
    ),
    "issued": (
        *("date", "publicationdate", "published", "publicationyear", "year", "pubyear", "py"),
        *("yearpublished", "issued", "发表时间", "发表日期", "出版时间", "年份", "年", "出版年"),
    ),
    "container-title": (
        *("journal", "publicationtitle", "sourcetitle", "journalbook", "journaltitle", "venue"),
        *("booktitle", "conference", "conferencename", "secondarytitle", "containertitle"),
        *("hostvenue", "so", "期刊", "刊名", "来源", "文献来源", "会议", "出处"),
    ),
    "DOI": ("doi", "digitalobjectidentifier", "doilink", "di"),
    "URL": ("url", "link", "urls", "articlelink", "链接", "网址"),
    "arxiv": ("arxiv", "arxivid", "eprint", "arxiv编号"),
    "category": ("primarycategory",),
    "volume": ("volume", "vl", "卷"),
    "issue": ("issue", "issuenumber", "is", "期"),
    "number": ("number",),
    "genre": ("genre",),
    "edition": ("edition",),
    "version-number": ("versionnumber",),
    "chapter-number": ("chapternumber",),
    "container-title-short": (
        "containertitleshort",
        "journalabbreviation",
        "abbreviatedsourcetitle",
    ),
    "event-title": ("eventtitle",),
    "event-place": ("eventplace",),
    "event-date": ("eventdate",),
    "number-of-pages": ("numberofpages", "numpages"),
    "PMID": ("pmid", "pubmedid"),
    "PMCID": ("pmcid",),
    "publisher-place": ("publisherplace", "出版地"),
    "collection-title": ("collectiontitle",),
    "collection-number": ("collectionnumber",),
    "editor": ("editor", "editors", "编者"),
    "translator": ("translator", "translators", "译者"),
    "container-author": ("containerauthor",),
    "accessed": ("accessed", "accessdate"),
    "title-short": ("shorttitle",),
    "type": (
        "type",
        "itemtype",
        "documenttype",
        "publicationtype",
        "contenttype",
        "dt",
        "文献类型",
    ),
    "page": ("pages", "page", "页码", "页", "artno", "articlenumber", "ar"),
    "publisher": ("publisher", "pu", "出版社", "出版者"),
    "ISSN": ("issn", "sn"),
    "ISBN": ("isbn", "isbns", "bn"),
    "language": ("language", "la", "语言", "语种"),
    "keyword": (
        *("keywords", "keyword", "authorkeywords", "manualtags", "tags", "tag", "de"),
        *("关键词", "关键字", "标签"),
    ),
    "note": ("remark",),
    "annote": ("notes", "note", "mynotes", "comments", "笔记", "备注"),
    "citation-key": ("citekey", "citationkey", "bibtexkey", "引用键"),
    "verdict": ("verdict", "asreviewlabel", "结论"),
    "reason": ("reason", "理由", "原因"),
    # What is read apart, and what only names the row.
    "first": ("pagestart", "startpage", "firstpage", "bp"),
    "last": ("pageend", "endpage", "lastpage", "ep"),
    "version": ("arxivversion",),
    "key": ("key", "id", "recordid", "eid", "ut", "accessionnumber", "itemkey"),
}
_READ = {called: name for name, every in _COLUMNS.items() for called in every}
_PLACES = {called: place for every in _COLUMNS.values() for place, called in enumerate(every)}
_LABELS = {"1": "reference", "0": "no", "-1": ""}  # ASReview's
_EMPTY = {"", "nan", "null", "none", "n/a", "undefined", "[no abstract available]"}
_BRACED = re.compile(r"(?:\{[^{}]*\}|[^;{])+")
_UNTITLED = {"", "nan"}
_ID_OF_AUTHOR = re.compile(r"\s*\(\d{6,}\)")  # Scopus: `Smith, John (57190000000)`
# `Smith J, Van der Berg AB, Li X`: commas between people, no comma within one.
_INITIALLED = re.compile(r"(?:[^\W\d_][\w'’.-]* )+(?:[A-Z]\.?-?){1,4}(?: (?:Jr|Sr|2nd|3rd))?\.?")
_BETWEEN = re.compile(r"[;；|\n]|\band\b|\s&\s")
_WHOLE_HAN = re.compile(rf"(?:{HAN.pattern}){{2,4}}")
_TURNED = re.compile(
    r"[^\W\d_][\w'’ -]*, (?:[A-Z]\.[ -]?)+(?:, [^\W\d_][\w'’ -]*, (?:[A-Z]\.[ -]?)+)+"
)
_NO_TITLE_COLUMN = N_(
    "No column is called “title” or has DOIs. The first line names the columns: title, abstract, "
    "authors, year, doi … Here it has: {names}"
)


@dataclass(frozen=True)
class _Head:
    """What the columns are, by their place; `lines` are as they stand in the file."""

    mark: str
    columns: Sequence[tuple[str, int]]  # by CSL's name, the better one of a kind first
    others: Sequence[str]
    size: int
    text: str

    def has(self, *wanted: str) -> bool:
        return any(name in wanted for name, _ in self.columns)


def looks_like_csv(text: str) -> bool:
    """Whether the first line names a title or a DOI and another column of papers."""
    head = _read_head(text)
    kinds = {name for name, _ in head.columns} if head else set()
    told = head is not None and head.has("title", "DOI") and head.text[:1] != "#"
    return told and len(kinds) > 1


def read_csv(text: str, name: str = "") -> ReadFile:  # noqa: ARG001 (readers are called alike)
    """A record for each row; one without title and without a DOI or arXiv id is a problem, as is
    one whose quotation marks do not close. A row with an id alone has a draft without a title.

    Raises:
        Invalid: no column can be told, or there are more rows than are taken at once.
    """
    text = tidy_body(text).removeprefix("\ufeff")
    head = _read_head(text)
    if head is None or not head.has("title", "DOI", "arxiv"):
        said = ", ".join(head.others) if head else ""
        raise Invalid.field("file", _NO_TITLE_COLUMN, names=said[:300] or "–")
    records: list[RecordDraft] = []
    problems: list[Problem] = []
    rows: list[tuple[int, str, list[str] | None]] = []
    for row in _rows(text, head):  # all are counted before one is read
        rows.append(row)
        check_count(len(rows))
    for line, raw, cells in rows:
        whole = f"{head.text}\n{raw}"  # can be mended, and read by itself
        if cells is None:
            why = Message.of(N_("A quotation mark of this row is not closed."))
            problems.append(Problem(line=line, why=why, raw=whole))
            continue
        record = _record(cells, line, raw, head)
        if record.draft is None:
            why = Message.of(csl_json.NO_TITLE)
            problems.append(Problem(line=line, why=why, raw=whole, key=record.key))
        else:
            records.append(record)
    return ReadFile(format=FORMAT, records=tuple(records), problems=tuple(problems))


def _read_head(text: str) -> _Head | None:
    """The columns that the first line names, cut at the mark by which most are told."""
    start = text[:_HEAD_LIMIT].lstrip("\ufeff \r\n")
    if start.lower().startswith("sep="):  # what Excel writes for itself
        start = start.partition("\n")[2]
    line, ended, _ = start.partition("\n")
    if not ended and len(text) > _HEAD_LIMIT:  # longer than any: no head
        return None
    line = line.rstrip("\r")
    heads = [_cut_head(line, mark) for mark in _MARKS] if line else []
    return max(heads, key=lambda each: len(each.columns), default=None)


def _cut_head(line: str, mark: str) -> _Head:
    try:
        cells = next(csv.reader([line], delimiter=mark), [])
    except csv.Error:
        cells = []
    called = [fold_letters(cell) for cell in cells]
    if "notes" in called:  # beside which a remark stands, as our own tables have it
        called = ["remark" if each == "note" else each for each in called]
    known = [(_PLACES[each], n) for n, each in enumerate(called) if each in _READ]
    columns = [(_READ[called[n]], n) for _, n in sorted(known)]
    others = [cell.strip() for cell, each in zip(cells, called, strict=True) if each not in _READ]
    return _Head(mark, columns, [each for each in others if each], len(cells), line)


def _rows(text: str, head: _Head) -> Iterator[tuple[int, str, list[str] | None]]:
    """Each row below the head with its first line's number and its text; None in place of cells
    where a quotation mark does not close: then the next line is a row again."""
    lines = text.split("\n")
    named = head.text.strip(_AROUND)
    at = next(n for n, line in enumerate(lines) if line.strip(_AROUND) == named) + 1
    restarts = 0
    before = csv.field_size_limit(_CELL_LIMIT)
    try:
        while at < len(lines):
            strict = restarts < _RESTARTS
            left = (f"{line}\n" for line in islice(lines, at, None))
            reader = csv.reader(left, delimiter=head.mark, strict=strict)
            begun = 0
            try:
                for cells in reader:
                    raw = "\n".join(lines[at + begun : at + reader.line_num])
                    if raw.strip(f" \t{head.mark}"):
                        yield at + begun + 1, raw, cells
                    begun = reader.line_num
                return
            except csv.Error:
                restarts += 1
                yield at + begun + 1, lines[at + begun], None
                at += begun + 1
    finally:
        csv.field_size_limit(before)


def _record(cells: list[str], line: int, raw: str, head: _Head) -> RecordDraft:
    said: dict[str, str] = {}
    for name, place in head.columns:
        value = cells[place].strip() if place < len(cells) else ""
        if name not in said and value.lower() not in (_UNTITLED if name == "title" else _EMPTY):
            said[name] = _unguarded(value)
    remarks = []
    if more := [cell for cell in cells[head.size :] if cell.strip()]:
        text = N_("The row has more cells than there are columns: {words}.")
        remarks.append(Message.of(text, words=" · ".join(more)[:200]))
    item: dict[str, object] = {
        name: value for name, value in said.items() if name not in _APART and name not in _OF_PAGES
    }
    type_ = said.get("type", "")  # in CSL's words, as our own tables have it, or a program's
    item["type"] = type_ if type_ in TYPES else work_types.type_of(type_)
    for role in ("author", *ROLES):
        if role in said:
            item[role] = _people(said[role])
    if "arxiv" in said:
        version, category = said.get("version", ""), said.get("category", "")
        item["arxiv"] = f"{said['arxiv']}{version and 'v'}{version} [{category}]"
    if "issued" in said and not dates.partial_date(said["issued"]):
        item["issued"] = said["issued"].removesuffix(".0")
    if "first" in said and "page" not in said:
        item["page"] = "-".join(filter(None, (said["first"], said.get("last", ""))))
    verdict = said.get("verdict", "")
    record = csl_json.draft_from_item(
        item,
        key=said.get("key", "") or f"line {line}",
        line=line,
        raw=raw,
        verdict=_LABELS.get(verdict.removesuffix(".0"), verdict),
        reason=said.get("reason", ""),
        remarks=remarks,
    )
    return record if record.draft else record.model_copy(update={"draft": _of_id(item)})


_APART = frozenset({"verdict", "reason", "key", "version", "category"})
_OF_PAGES = frozenset({"first", "last"})


def _of_id(item: Mapping[str, object]) -> PaperDraft | None:
    """The draft of a row without a title, of which an id is known by which it can be completed."""
    named = csl_json.draft_from_item({**item, "title": "-"}).draft
    if named is None or not (named.doi or named.arxiv_id):
        return None
    return named.model_copy(update={"title": "", "short_title": ""})


def _people(value: str) -> list[str]:
    """The people of a cell, however they stand apart: by semicolons, bars, `and`, line ends, or by
    commas where each name has none within."""
    if "(" in value:
        value = _ID_OF_AUTHOR.sub("", value)
    if value.startswith("[") and value.endswith("]"):  # a list as Python writes it
        value = value[1:-1].replace("', '", "; ").replace('", "', "; ").strip("'\"")
    if "{" in value:  # as our own tables have organisations
        return [part.strip() for part in _BRACED.findall(value) if part.strip()]
    parts = [part.strip() for part in _BETWEEN.split(value) if part.strip()]
    found: list[str] = []
    for part in parts:
        if "," not in part:
            found.append(part)
            continue
        if ";" in value and part.count(",") == 1 and " " not in part[: part.index(",")]:
            found.append(part)
            continue
        if _TURNED.fullmatch(part):  # Kim, W., Son, B.: family and initials, all by commas
            turned = re.split(r",\s*", part)
            found += map(", ".join, zip(turned[::2], turned[1::2], strict=True))
            continue
        pieces = [piece.strip(" .") for piece in part.split(",") if piece.strip(" .")]
        apart = len(pieces) > 1 and all(map(_INITIALLED.fullmatch, pieces))
        if len(pieces) > 1 and ";" not in value:  # which would stand between people
            apart = (
                apart
                or all(map(_WHOLE_HAN.fullmatch, pieces))
                or all(" " in piece for piece in pieces)
                or (len(pieces) > 2 and len(parts) == 1 and all(" " in each for each in pieces[:2]))
            )
        found += pieces if apart else [part]
    return found


def _unguarded(value: str) -> str:
    """A cell without the apostrophe that keeps spreadsheets from reading it as a formula."""
    return value[1:] if value[:1] == "'" and value[1:2] in tuple("=+-@'＝＋－＠") else value
