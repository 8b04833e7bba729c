"""CSL-JSON: papers as Zotero, Pandoc and every CSL processor read them. Pure."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from app.exports.formats.paper_entry import PaperEntry, PersonName, is_others, join_keywords

CslName: TypeAlias = dict[str, str]
CslDate: TypeAlias = dict[str, list[list[int]]]
CslItem: TypeAlias = dict[str, str | list[CslName] | CslDate | dict[str, str]]

_AS_THEY_ARE = (
    "volume",
    "issue",
    "page",
    "publisher",
    "publisher-place",
    "edition",
    "chapter-number",
    "container-title-short",
    "event-title",
    "event-place",
    "number-of-pages",
    "collection-title",
    "collection-number",
    "genre",
    "ISBN",
    "ISSN",
    "PMID",
    "PMCID",
    "language",
)


def write_csl_json(records: Iterable[PaperEntry]) -> Iterator[str]:
    """An array with an item for each record."""
    count = 0
    yield "["
    for count, record in enumerate(records, 1):
        yield (
            ("," if count > 1 else "")
            + "\n"
            + json.dumps(make_csl_item(record), ensure_ascii=False)
        )
    yield "\n]\n" if count else "]\n"


def make_csl_item(record: PaperEntry) -> CslItem:
    """One item; its `id` is the citation key."""
    return {"id": record.key, **csl_variables(record)}


def csl_variables(record: PaperEntry) -> CslItem:
    """What an item says of a record, without its `id`.

    arXiv's number is where Zotero writes it: `number` and `publisher` of a preprint, and, with its
    version and category, a line of `note`.
    """
    paper, details = record.paper, record.paper.details
    preprint = record.type == "article" and bool(paper.arxiv_id)
    category = f" [{paper.primary_category}]" if paper.primary_category else ""
    arxiv = f"arXiv:{record.eprint}{category}" if record.eprint else ""
    texts: Mapping[str, str] = {
        "type": record.type,
        "title": paper.title,
        "title-short": paper.short_title,
        "abstract": paper.abstract,
        "container-title": record.venue,
        "DOI": paper.doi or "",
        "URL": record.url,
        "number": f"arXiv:{paper.arxiv_id}" if preprint else record.detail("number"),
        "publisher": "arXiv" if preprint else "",
        "keyword": join_keywords(record.keywords),
        "note": "\n".join(filter(None, (record.detail("note"), arxiv))),
        "version": record.detail("version-number"),
        "annote": "\n\n".join(record.notes),
        **{name: details[name] for name in _AS_THEY_ARE if name in details},
    }
    made: CslItem = {name: text for name, text in texts.items() if text}
    for role, written in record.people.items():
        if people := csl_names(written):
            made[role] = people
    if cut := {f"more-{role}s": "et al." for role in record.cut_short}:
        made["custom"] = cut
    for name, date in (
        ("issued", record.date),
        ("accessed", record.accessed),
        ("event-date", record.event_date),
    ):
        if date:
            made[name] = {"date-parts": [[int(part) for part in date.split("-")]]}
    return made


def csl_names(written: Sequence[str]) -> list[CslName]:
    """Names in their parts; an organisation is `literal`. What says that there are more is none."""
    return [csl_name(PersonName.of(each)) for each in written if not is_others(each)]


def csl_name(name: PersonName) -> CslName:
    if not name.family:
        return {"literal": name.whole}
    parts = {
        "family": name.family.removeprefix(name.particle).strip(),
        "given": name.given,
        "suffix": name.suffix,
        "dropping-particle": name.dropping,
        "non-dropping-particle": name.particle,
    }
    return {part: text for part, text in parts.items() if text}
