"""RIS: papers as EndNote, Zotero and review tools read them. Pure.

A value has no escapes and ends with its line: what goes over several lines in a note goes on in
lines that cannot be taken for the next field.
"""

import re
from collections.abc import Iterable, Iterator

from app.exports.formats.paper_entry import PaperEntry, PersonName, fold_lines, is_others
from app.kit.text import has_han
from app.sources.bibliography.ris import COUNTED, VERSIONED
from app.sources.drafts import ISSUES

_TYPES = {
    "article-journal": "JOUR",
    "article-magazine": "MGZN",
    "article-newspaper": "NEWS",
    "paper-conference": "CONF",
    "chapter": "CHAP",
    "book": "BOOK",
    "thesis": "THES",
    "report": "RPRT",
    "webpage": "ELEC",
    "post": "ELEC",
    "post-weblog": "BLOG",
    "dataset": "DATA",
    "software": "COMP",
    "patent": "PAT",
    "standard": "STAND",
    "pamphlet": "PAMP",
    "periodical": "JFULL",
    "legislation": "STAT",
    "map": "MAP",
    "speech": "SLIDE",
    "motion_picture": "MPCT",
    "song": "SOUND",
    "personal_communication": "PCOMM",
    "manuscript": "UNPB",
    "entry-encyclopedia": "ENCYC",
    "entry-dictionary": "DICT",
    "bill": "BILL",
    "legal_case": "CASE",
    "hearing": "HEAR",
    "regulation": "LEGAL",
    "classic": "ANCIENT",
    "figure": "FIGURE",
    "graphic": "ART",
    "musical_score": "MUSIC",
}
_COMMA = re.compile(r"[,;，；、]")
_OTHERWISE = "GEN"  # preprints too, as Zotero writes them


def write_ris(records: Iterable[PaperEntry]) -> Iterator[str]:
    """An entry for each record, with line ends as the format has them (CR LF)."""
    return map(write_ris_entry, records)


def write_ris_entry(record: PaperEntry) -> str:
    """One entry, from `TY` to `ER` and the blank line after it."""
    paper = record.paper
    page = record.detail("page")
    first, dash, last = map(str.strip, page.partition("–" if "–" in page else "-"))
    year, *rest = record.date.split("-") if record.date else [""]
    category = f" [{paper.primary_category}]" if paper.primary_category else ""
    of_program = record.type in VERSIONED
    place = record.detail("publisher-place")
    at_event = record.type == "paper-conference" and place
    held = record.detail("event-place") if at_event else ""
    fields: list[tuple[str, str]] = [
        ("TY", _TYPES.get(record.type, _OTHERWISE)),
        ("ID", record.key),
        ("TI", paper.title),
        ("ST", paper.short_title),
        *(("AU", _name(each)) for each in record.authors),
        *(("A2", _name(each)) for each in record.editors),
        *(("A4", _name(each)) for each in record.people["translator"]),
        ("JF" if record.type == "book" else "T2", record.venue),  # T2 of a book is its series
        ("J2", record.detail("container-title-short") if record.venue else ""),
        ("T3", record.detail("collection-title")),
        ("M3", record.detail("genre")),
        ("M3", record.type if _says_too_little(record) else ""),
        ("PY", year),
        ("DA", "/".join([year, *rest, "", ""][:4]) if rest else ""),
        ("VL", record.detail("volume")),
        ("IS", record.detail("issue" if record.type in ISSUES else "number")),
        ("C7", record.detail("number") if record.type in ISSUES else ""),
        ("SV", record.detail("collection-number")),
        ("SP", first or (record.type in COUNTED and record.detail("number-of-pages")) or ""),
        ("EP", last if dash else ""),
        ("ET", (of_program and record.detail("version-number")) or record.detail("edition")),
        ("SE", record.detail("chapter-number") if record.type == "chapter" else ""),
        ("PB", record.detail("publisher")),
        ("CY", held or place),
        ("C1", place if held else ""),
        ("SN", record.detail("ISBN")),
        ("SN", record.detail("ISSN")),
        ("LA", record.detail("language")),
        ("DO", paper.doi or ""),
        ("AN", f"arXiv:{record.eprint}{category}" if record.eprint else record.detail("PMID")),
        ("DB", "PubMed" if record.detail("PMID") and not record.eprint else ""),
        ("C2", record.detail("PMCID")),
        ("UR", record.url),
        ("Y2", "/".join([*record.accessed.split("-"), "", ""][:4]) if record.accessed else ""),
        *(("KW", each) for each in record.keywords),
        ("N1", record.detail("note")),
    ]
    lines = [f"{tag}  - {' '.join(value.split())}" for tag, value in fields if value]
    lines += _over_lines("AB", fold_lines(paper.abstract)) if paper.abstract else []
    lines += [line for note in record.notes for line in _over_lines("N1", note)]
    return "".join(f"{line}\r\n" for line in [*lines, "ER  - ", ""])


def _says_too_little(record: PaperEntry) -> bool:
    """Whether no type of RIS says what it is, so that CSL's word has to."""
    if record.type == "article":
        return not record.eprint
    return record.type == "post" or record.type not in {*_TYPES, "document"}


def _over_lines(tag: str, text: str) -> list[str]:
    first, *more = text.splitlines() or [""]
    return [f"{tag}  - {first}", *(f"      {line}".rstrip() for line in more)]


def _name(written: str) -> str:
    """Family, given, suffix. A name without a comma is an organisation's; one that has a comma ends
    with another."""
    if is_others(written):
        return "et al."
    name = PersonName.of(written)
    if not name.given:
        alone = not name.family and has_han(name.whole)  # which would be taken for a person
        return f"{name.whole}," if alone or _COMMA.search(name.whole) else name.whole
    parts = (name.family, f"{name.given} {name.dropping}".strip(), name.suffix)
    return ", ".join(filter(None, parts))
