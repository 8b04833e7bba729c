"""How well files of references are read: the half of `tests.bench.reading` for a folder of them.

What a file has is counted by patterns over its lines, not by our readers: its entries, and how many
of them state a field. Beside it: what was read, what was reported as a problem, and what is lost.
"""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from app.errors import CrosswalkError
from app.imports.planning.detect_format import read_content
from app.kit.decoding import decode_text
from app.sources.drafts import RecordDraft

ENDINGS = (".bib", ".ris", ".enw", ".nbib", ".ciw")
_BIBTEX = re.compile(
    r"^[ \t]*@(?!comment|string|preamble|xdata|set\b)\w+\s*[{(]", re.IGNORECASE | re.M
)
_TAGGED = re.compile(r"^\ufeff?(?:TY {1,2}-|PMID- *\d|PT [A-Z]\s*$|%0 )", re.MULTILINE)
# How a line states a field: in BibTeX, and by the tags of the others.
_FIELDS = {
    "title": ("title|booktitle|maintitle", "TI|T1|T|CT|BT|BTI"),
    "authors": ("author", "AU|A1|FAU|AF|A"),
    "year": ("year|date", "PY|Y1|DP|DA|YR|D"),
    "venue": ("journal|journaltitle|booktitle", "JF|JO|T2|JT|SO|J"),
    "doi": ("doi", "DO|DI"),
    "url": ("url", "UR|U"),
    "volume": ("volume", "VL|VI|V"),
    "pages": ("pages", "SP|PG|BP|P"),
}


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
        entries = list(_entries(text, bibtex=path.suffix.lower() == ".bib"))
        records = [each for each in found.records if each.draft] if found else []
        problems = len(found.problems) if found else 0
        counts += Counter(files=1, entries=len(entries), understood=len(records), reported=problems)
        if (left := len(entries) - len(records) - problems) > 0:
            counts["lost"] += left
            lost.append(f"{path.relative_to(folder)}: {left} of {len(entries)}")
        for entry in entries:
            stated.update(_stated(entry, bibtex=path.suffix.lower() == ".bib"))
        for record in records:
            read.update(_read(record))
    print(*(f"{name} {counts[name]}" for name in ("files", "refused", "entries")), sep=", ")
    print(*(f"{name} {counts[name]}" for name in ("understood", "reported", "lost")), sep=", ")
    for name in _FIELDS:
        print(f"{name:8} stated {stated[name]:6}   read {read[name]:6}")
    print(*lost, sep="\n")


def _entries(text: str, *, bibtex: bool) -> Iterator[str]:
    starts = [found.start() for found in (_BIBTEX if bibtex else _TAGGED).finditer(text)]
    for start, end in pairwise([*starts, len(text)]):
        yield text[start:end]


def _stated(entry: str, *, bibtex: bool) -> list[str]:
    line = (
        r"(?:^|[,{{(])\s*(?:{0})\s*=\s*(?!\s*(?:\{{\s*\}}|\"\s*\"))"
        if bibtex
        else r"^%?(?:{0}) ?(?: ?-)? *\S"
    )
    return [
        name
        for name, (fields, tags) in _FIELDS.items()
        if re.search(line.format(fields if bibtex else tags), entry, re.IGNORECASE * bibtex | re.M)
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
