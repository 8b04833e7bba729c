"""The list of references that a paper prints → its entries. Pure.

Of the text alone, for PDFium gives no indents: an entry begins with its number; or, where a year
follows the authors, at the line from which on their names lead up to it; or after a line that ends
with the year. What cannot be told stays empty, and nothing is guessed from outside.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.files.extraction import PageText
from app.kit.text import fold_letters, has_han
from app.sources.arxiv.ids import try_arxiv_id
from app.sources.doi.ids import try_doi

_PAGES = 300  # the last, in which the list is looked for
_LIMIT = 1_000  # entries of a list; no paper prints more
_LONGEST = 1_500  # characters of an entry
_LINE = 500  # characters of a line that are read
_LINES = 12  # of an entry, after which the last one is over, for what follows may be anything
_TELLING = 15  # letters that a title needs to tell a work from others
_HEADING = re.compile(
    r"(?:(?:\d{1,2}|[IVX]{1,5}|[A-Z])\.?\s+)?(?:references?(?: and notes)?|bibliography"
    r"|literature cited|works cited|参\s*考\s*文\s*献|參\s*考\s*文\s*獻)\s*[:：]?",
    re.IGNORECASE,
)
_END = re.compile(
    r"(?:(?:[A-Z]|\d{1,2})\.?\s+)?(?:supplement(?:ary|al)?|appendi(?:x|ces)|acknowledge?ments?"
    r"|author contributions?|附\s*录|作者简介|致\s*谢)\b.{0,60}"
    r"|(?-i:[A-Z]\s+[A-Z][a-z]+(?: [A-Za-z][a-z]+){0,6})",
    re.IGNORECASE,
)
_NUMBERED = (
    re.compile(r"[\[［]\s*(\d{1,3})\s*[\]］]\s*"),
    re.compile(r"(\d{1,3})\s*[.．)]\s+"),
    re.compile(r"(\d{1,3})\s+(?=\S)"),
)
_LABELLED = re.compile(r"\[[A-Z][A-Za-z+]{0,12}\d{2,4}[a-z]?\]\s*")
_YEAR = r"(?:1[89]|20)\d\d[a-z]?"
# A year that follows authors: `. 2017a.`, `(2013).`, `(2013) `
_YEAR_MARK = re.compile(
    rf"(?<=\.)\s+({_YEAR})\s*\.(?=\s|$)"
    rf"|\((?:({_YEAR})(?:, [A-Z][a-z]+[^()]{{0,12}})?|forthcoming|in press|to appear|n\.\s?d\.)\)"
    r"[.,:]?(?=\s|$)",
    re.IGNORECASE,
)
_ENDS_ENTRY = re.compile(r"(?:[.)\]”\"]|https?://\S+|(?:^|\s)[\w.\-]+/[\w.\-/]*\w|\d)$")
_ENDS_INITIAL = re.compile(r"(?:^|[\s.,-])[A-Z]\.$")
_ENDS_YEAR = re.compile(rf"\b{_YEAR}[.。)]?$")
_BEGINS_NAME = re.compile(r"(?:(?:van|von|de|den|der|di|da|le|la|el|al|du|dos)\s+)*[^\W\d_a-z]")
_NO_NAMES = re.compile(
    r"\b(?:In|Proceedings|Journal|Conference|pages|Association|Transactions|arXiv|preprint"
    r"|University|Press|Springer|Volume|Vol|Workshop|Advances)\b"
)
_SENTENCE_END = re.compile(
    r"(?<!\b[A-Z])(?<!\bvs)(?<!\bSt)(?:\.(?=\s|$)|[?!]”?(?=\s[^a-z]|$))|。|．"
)
_ABBREVIATED = re.compile(
    r"^(?:[^\W\d_][\w'’\-]*(?: [^\W\d_][\w'’\-]*){0,2},? (?:[A-Z]\.[\- ]?){1,4}"
    r"(?:,? ?(?:&|and\b|et al\.)|,)? ?){1,50}"
)
_QUOTED = re.compile(r"[“\"](.{8,300}?)[,.]?[”\"]")
_GB = re.compile(r"\[[A-Z](?:/[A-Z]{2})?\]|［[A-Z](?:/[A-Z]{2})?］")
_GB_START = re.compile(r"[.．。]\s*")
_DOI = re.compile(
    r"(?:https?:\s?//\s?(?:dx\.\s?|www\.\s?)?doi\.\s?org/\s?|\bdoi\s?[:：]?\s?|\b)"
    r"(10\.\s?\d{4,9}\s?/\s?[^\s\"<>，；。]+(?:(?<=[\-/_])\s[^\s\"<>]*\d[^\s\"<>]*)?)",
    re.IGNORECASE,
)
_ARXIV = re.compile(
    r"(?:arxiv\s?[:.]?\s?(?:preprint\s)?(?:arxiv\s?[:.]\s?)?|arxiv\.\s?org/\s?(?:abs|pdf)/\s?"
    r"|\babs/)((?:\d{4}\.\d{4,5}|[a-z\-]{2,9}(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?)",
    re.IGNORECASE,
)
_ANY_YEAR = re.compile(rf"(?<![\d.:/\-–])({_YEAR})(?![\d/]|\.\d)")
_PLACEHOLDER = re.compile(r"¿|\?\?\?")
_PAGE_NUMBER = re.compile(r"[\-–—·.\s]*\d{1,4}[\-–—·.\s]*")


@dataclass(frozen=True)
class ReferenceEntry:
    """An entry as printed, its lines joined, on the page where it begins. `key` is what the entries
    of several papers that name one work have in common; empty where nothing tells it."""

    page: int
    text: str
    title: str = ""
    year: int | None = None
    doi: str | None = None
    arxiv_id: str | None = None

    @property
    def key(self) -> str:
        return reference_key(self.title, self.doi, self.arxiv_id)


def reference_key(title: str, doi: str | None, arxiv_id: str | None) -> str:
    """By its title, which nearly every entry has, else by what it is called elsewhere."""
    letters = fold_letters(title)
    if len(letters) >= (6 if has_han(letters) else _TELLING):
        return f"title:{letters[:200]}"
    if doi:
        return f"doi:{doi.lower()}"
    return f"arxiv:{arxiv_id}" if arxiv_id else ""


@dataclass(frozen=True)
class _Line:
    page: int
    text: str


def list_printed_references(pages: Sequence[PageText]) -> list[ReferenceEntry]:
    """The entries of the list of references in a paper's pages, in its order; none where there is
    no list. Of several lists, as a supplement has, the longest."""
    lines = _lines(pages[-_PAGES:])
    best: list[ReferenceEntry] = []
    for at, line in enumerate(lines):
        if _HEADING.fullmatch(line.text):
            entries = [_entry(each) for each in _split(_until_end(lines[at + 1 :]))]
            found = [each for each in entries if _is_reference(each)]
            if len(found) >= max(1, len(best)):
                best = found
    return best[:_LIMIT]


def _lines(pages: Sequence[PageText]) -> list[_Line]:
    """The lines of pages without page numbers and what stands on every page."""
    split = [(page.page, page.text.split("\n")) for page in pages]
    times = Counter(key for _, lines in split for key in set(map(_without_digits, lines)))
    running = {key for key, n in times.items() if n >= 3 or n == len(pages) > 1}
    return [
        _Line(number, line.strip()[:_LINE])
        for number, lines in split
        for at, line in enumerate(lines)
        if line.strip()
        and not (at in (0, 1, len(lines) - 2, len(lines) - 1) and _PAGE_NUMBER.fullmatch(line))
        and not (_without_digits(line) in running and not _HEADING.fullmatch(line.strip()))
    ]


def _without_digits(line: str) -> str:
    return re.sub(r"\d+", "0", line.strip())


def _until_end(lines: Sequence[_Line]) -> list[_Line]:
    """The lines up to the next heading."""
    kept: list[_Line] = []
    for line in lines:
        if _HEADING.fullmatch(line.text) or _END.fullmatch(line.text):
            break
        kept.append(line)
    return kept


# --- Entries -------------------------------------------------------------------------------------


def _split(lines: Sequence[_Line]) -> list[list[_Line]]:
    for pattern in _NUMBERED:
        starts = _sequence(lines, pattern)
        if len(starts) >= 2 or (starts and pattern is _NUMBERED[0]):
            return _cut(lines, starts, pattern)
    labelled = [at for at, line in enumerate(lines) if _LABELLED.match(line.text)]
    if len(labelled) >= 2:
        return _cut(lines, labelled, _LABELLED)
    by_year = _starts_before_years(lines)
    after_year = _starts_after_years(lines)
    return _cut(lines, max(by_year, after_year, key=len))


def _sequence(lines: Sequence[_Line], pattern: re.Pattern[str]) -> list[int]:
    """Where lines begin with 1, 2, 3 …; the first must be near the heading."""
    starts: list[int] = []
    expected = 1
    for at, line in enumerate(lines):
        found = pattern.match(line.text)
        if found and int(found[1]) == expected:
            starts.append(at)
            expected += 1
        elif not starts and at > 3:
            break
    return starts


def _cut(
    lines: Sequence[_Line], starts: Sequence[int], label: re.Pattern[str] | None = None
) -> list[list[_Line]]:
    """The lines of each entry, without its label; of the last one no more than an entry has."""
    entries = []
    for start, end in pairwise([*starts, len(lines)]):
        first = lines[start]
        text = label.sub("", first.text, count=1) if label else first.text
        entries.append([_Line(first.page, text), *lines[start + 1 : min(end, start + _LINES)]])
    return entries


def _starts_before_years(lines: Sequence[_Line]) -> list[int]:
    """Where entries begin of which a year follows the authors."""
    starts: list[int] = []
    after = 0  # the first line that may begin the next entry
    for at in range(len(lines)):
        mark = _year_mark(lines, at)
        if mark is None:
            continue
        for start in range(at, max(after, at - 8) - 1, -1):
            if _may_begin(lines, start) and _are_names(lines, start, at, mark):
                starts.append(start)
                after = at + 1
                break
    return starts


def _year_mark(lines: Sequence[_Line], at: int) -> int | None:
    """Where in a line the year stands that follows authors; it may begin the line."""
    text = lines[at].text
    before = lines[at - 1].text[-1:] if at else "."
    found = _YEAR_MARK.search(f"{before} {text}")
    return max(0, found.start() - 2) if found else None


def _may_begin(lines: Sequence[_Line], at: int) -> bool:
    if not _BEGINS_NAME.match(lines[at].text):
        return False
    if at == 0:
        return True
    before = lines[at - 1].text
    return bool(_ENDS_ENTRY.search(before)) and not _ENDS_INITIAL.search(before)


def _are_names(lines: Sequence[_Line], start: int, at: int, mark: int) -> bool:
    """Whether what stands between a line's beginning and a year reads like names."""
    said = " ".join([*(line.text for line in lines[start:at]), lines[at].text[:mark]]).strip()
    if not said or len(said) > 1_200 or _NO_NAMES.search(said):
        return False
    words = re.findall(r"[^\W\d_]+", said)
    joining = {"and", "et", "al", "van", "von", "de", "den", "der", "di", "da", "le", "la", "el"}
    small = [word for word in words if word[0].islower() and word not in joining]
    return len(small) <= len(words) // 5


def _starts_after_years(lines: Sequence[_Line]) -> list[int]:
    """Where entries begin that end with their year, or with an address after it."""
    starts = [0] if lines else []
    for at in range(1, len(lines)):
        before = lines[at - 1].text
        address = re.search(r"(?:https?://|doi|10\.\d{4,9}/|arXiv:)\S*$", before)
        if (_ENDS_YEAR.search(before) or address) and _BEGINS_NAME.match(lines[at].text):
            starts.append(at)
    return starts if len(starts) > 1 else []


# --- What an entry says --------------------------------------------------------------------------


def _entry(lines: Sequence[_Line]) -> ReferenceEntry:
    text = _joined(line.text for line in lines)[:_LONGEST]
    doi, arxiv_id = _doi(text), _arxiv(text)
    if doi and (found := re.fullmatch(r"10\.48550/arxiv\.(.+)", doi, re.IGNORECASE)):
        arxiv_id = arxiv_id or _arxiv(f"arXiv:{found[1]}")
    title, year = _title_and_year(text)
    return ReferenceEntry(lines[0].page, text, title, year, doi, arxiv_id)


def _joined(lines: Iterable[str]) -> str:
    """Lines as one; an address that a line's end broke is whole again."""
    text = ""
    for line in lines:
        address = re.search(r"(?:https?:|https?://\S*|10\.\d{4,9}/\S*|doi\.|10\.)$", text)
        broken = address and (text[-1] in ":/.-_=&?" or line[:1] in "/")
        goes_on = broken and re.match(r"[\w/.\-?=&%~()]*[\d/.]", line)
        text += line if goes_on or not text else f" {line}"
    return " ".join(text.split())


def _doi(text: str) -> str | None:
    for found in _DOI.finditer(text):
        doi = try_doi(re.sub(r"\s", "", found[1]))
        if doi:
            return doi.folded
    return None


def _arxiv(text: str) -> str | None:
    found = _ARXIV.search(text)
    said = try_arxiv_id(found[1]) if found else None
    return said.base if said else None


def _title_and_year(text: str) -> tuple[str, int | None]:
    """The title and the year as they are printed."""
    years = [int(found[1][:4]) for found in _ANY_YEAR.finditer(text)]
    year = years[-1] if years else None
    if kind := _GB.search(text):
        start = _GB_START.search(text, 0, kind.start())
        title = text[start.end() if start else 0 : kind.start()]
        return _tidy_title(title), year
    mark = _YEAR_MARK.search(text)
    if mark and mark.start() < 700:
        title = _tidy_title(next(_sentences(text[mark.end() :]), ""))
        marked = mark[1] or mark[2]
        if title:
            return title, int(marked[:4]) if marked else None
    if quoted := _QUOTED.search(text):
        return _tidy_title(quoted[1]), year
    sentences = list(_sentences(text))
    authors = _ABBREVIATED.match(text)
    if authors and authors.end() > 5:
        return _tidy_title(next(_sentences(text[authors.end() :]), "")), year
    return _tidy_title(sentences[1] if len(sentences) > 2 else ""), year


def _sentences(text: str) -> Iterator[str]:
    start = 0
    for end in _SENTENCE_END.finditer(text):
        said = text[start : end.end()].strip()
        if said:
            yield said
        start = end.end()
    if rest := text[start:].strip():
        yield rest


def _tidy_title(text: str) -> str:
    title = re.sub(r"[´¨`ˆ˜]\s?", "", text).strip(" .,;:：，。．“”\"'")
    if re.match(r"(?:In |https?:|arXiv|doi)", title) or len(title) > 400:
        return ""
    return title if sum(map(str.isalpha, title)) >= 4 else ""


def _is_reference(entry: ReferenceEntry) -> bool:
    """Whether an entry is one: a footer, a placeholder, a stray line are none."""
    if _PLACEHOLDER.search(entry.text) or len(entry.text) < 15:
        return False
    return bool(entry.title or entry.doi or entry.arxiv_id or entry.year)
