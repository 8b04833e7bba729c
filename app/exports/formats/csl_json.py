"""CSL-JSON: papers as Zotero, Pandoc and every CSL processor read them. Pure."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from app.exports.formats.paper_entry import PaperEntry, PersonName

CslName: TypeAlias = dict[str, str]
CslDate: TypeAlias = dict[str, list[list[int]]]
CslItem: TypeAlias = dict[str, str | list[CslName] | CslDate]

_AS_THEY_ARE = (
    "volume",
    "issue",
    "page",
    "publisher",
    "publisher-place",
    "edition",
    "collection-title",
    "ISBN",
    "ISSN",
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
    """One item; its `id` is the citation key.

    arXiv's number is where Zotero writes it: `number` and `publisher` of a preprint, and, with its
    version and category, a line of `note`.
    """
    paper = record.paper
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
        "number": f"arXiv:{paper.arxiv_id}" if preprint else "",
        "publisher": "arXiv" if preprint else "",
        "keyword": ", ".join(each.replace(",", " ") for each in record.keywords),
        "note": "\n".join(filter(None, (record.detail("note"), arxiv))),
        "annote": "\n\n".join(record.notes),
        **{name: text for name in _AS_THEY_ARE if (text := record.detail(name))},
    }
    made: CslItem = {"id": paper.citekey}
    made.update({name: text for name, text in texts.items() if text})
    for role, written in (("author", record.authors), ("editor", record.editors)):
        if written:
            made[role] = csl_names(written)
    if record.date:
        made["issued"] = {"date-parts": [[int(part) for part in record.date.split("-")]]}
    return made


def csl_names(written: Sequence[str]) -> list[CslName]:
    """Names in their two parts; an organisation is `literal`."""
    return [
        {"family": name.family, "given": name.given}
        if name.given
        else {"family": name.family}
        if name.family
        else {"literal": name.whole}
        for name in map(PersonName.of, written)
    ]
