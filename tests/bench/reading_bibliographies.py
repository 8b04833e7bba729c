"""How well files of references are read: the half of `tests.bench.reading` for a folder of them.

What a file has is counted by patterns over its lines, not by our readers: its entries, and how many
of them state a field. Beside it: what was read, what was reported as a problem, and what is lost.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from app.errors import CrosswalkError
from app.imports.planning.detect_format import read_content
from app.kit.decoding import decode_text
from app.sources.drafts import RecordDraft

ENDINGS = (".bib", ".ris", ".enw", ".nbib", ".ciw", ".net", ".txt", ".json", ".xml", ".rdf")
_BIBTEX = re.compile(
    r"^[ \t]*@(?!comment|string|preamble|xdata|set\b)\w+\s*[{(]", re.IGNORECASE | re.M
)
_TAGGED = re.compile(
    r"^\ufeff?(?:TY {1,2}-|PMID- *\d|PT [A-Z]\s*$|%0 |RT [A-Z]|\{Reference Type\}:|DataType:)",
    re.MULTILINE,
)
_OF_CNKI = re.compile(r"^\ufeff?SrcDatabase-", re.MULTILINE)  # where no DataType begins an entry
# How a line states a field: in BibTeX, by the tags of RIS and its like, by the words of NoteExpress
# and CNKI, in CSL.
_FIELDS = {
    "title": ("title|booktitle|maintitle", "TI|T1|T|CT|BT|BTI", "Title", "title"),
    "authors": ("author", "AU|A1|FAU|AF|A", "Author", "author"),
    "year": ("year|date", "PY|Y1|DP|DA|YR|FD|D", "Year", "issued"),
    "venue": (
        "journal|journaltitle|booktitle",
        "JF|JO|T2|JT|SO|J",
        "Journal|Source",
        "container-title",
    ),
    "doi": ("doi", "DO|DI", "DOI", "DOI"),
    "url": ("url", "UR|UL|LK|U", "URL|Link", "URL"),
    "volume": ("volume", "VL|VI|VO|V", "Volume", "volume"),
    "pages": ("pages", "SP|PG|BP|OP|P", "Pages?", "page"),
}
_LINES = (
    r"(?:^|[,{{(])\s*(?:{0})\s*=\s*(?!\s*(?:\{{\s*\}}|\"\s*\"))",
    r"^%?(?:{0})(?=[ -]|(?<=A1)[一-鿿]) ?(?: ?-)? *\S",
    r"^\{{?(?:{0})(?:\}}|-[^:：]+)[:：] *\S",
    r'^ *"(?:{0})": ',
)


def main(folder: Path) -> None:
    counts, stated, read = Counter[str](), Counter[str](), Counter[str]()
    lost = []
    for path in sorted(each for each in folder.rglob("*") if each.suffix.lower() in ENDINGS):
        try:
            text = decode_text(path.read_bytes()).replace("\r\n", "\n").replace("\r", "\n")
            found = read_content(path.read_bytes(), path.name).records
        except CrosswalkError:
            counts["refused"] += 1
            continue
        entries = list(_entries(text, path.suffix.lower()))
        records = [each for each in found.records if each.draft] if found else []
        problems = len(found.problems) if found else 0
        counts += Counter(files=1, entries=len(entries), understood=len(records), reported=problems)
        if (left := len(entries) - len(records) - problems) > 0:
            counts["lost"] += left
            lost.append(f"{path.relative_to(folder)}: {left} of {len(entries)}")
        for entry in entries:
            stated.update(_stated(entry, path.suffix.lower()))
        for record in records:
            read.update(_read(record))
    print(*(f"{name} {counts[name]}" for name in ("files", "refused", "entries")), sep=", ")
    print(*(f"{name} {counts[name]}" for name in ("understood", "reported", "lost")), sep=", ")
    for name in _FIELDS:
        print(f"{name:8} stated {stated[name]:6}   read {read[name]:6}")
    print(*lost, sep="\n")


def _entries(text: str, ending: str) -> Iterator[str]:
    if ending == ".json":
        yield from (json.dumps(each, indent=1, ensure_ascii=False) for each in json.loads(text))
        return
    begun = _BIBTEX if ending == ".bib" else _TAGGED if _TAGGED.search(text) else _OF_CNKI
    starts = [found.start() for found in begun.finditer(text)]
    for start, end in pairwise([*starts, len(text)]):
        yield text[start:end]


def _stated(entry: str, ending: str) -> list[str]:
    ways = {".bib": (0,), ".json": (3,)}.get(ending, (1, 2))
    flags = re.MULTILINE | (re.IGNORECASE if ending == ".bib" else 0)
    return [
        name
        for name, said in _FIELDS.items()
        if any(re.search(_LINES[way].format(said[way]), entry, flags) for way in ways)
    ]


def _read(record: RecordDraft) -> list[str]:
    draft = record.draft
    assert draft is not None
    said = {
        **{name: getattr(draft, name) for name in ("title", "authors", "year", "venue", "doi")},
        "url": draft.url,
        "volume": draft.details.get("volume"),
        "pages": draft.details.get("page"),
    }
    return [name for name, value in said.items() if value]
