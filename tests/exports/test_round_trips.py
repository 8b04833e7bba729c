"""What goes out comes in again: our own readers find the same paper in every format."""

from collections.abc import Callable, Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.exports.documents import _papers_as_csv
from app.exports.formats import bibtex, csl_json, ris
from app.exports.formats.paper_entry import PaperEntry
from app.kit import author_names
from app.kit.text import fold_letters
from app.models import Paper
from app.sources.bibliography import bibtex as bibtex_reader
from app.sources.bibliography import csl_json as csl_reader
from app.sources.bibliography import csv_table
from app.sources.bibliography import ris as ris_reader
from app.sources.bibliography.ris import _OF_KINDS
from app.sources.drafts import ISSUES, OF_SERIES, PaperDraft, ReadFile
from app.sources.drafts import TYPES as TYPES_OF_CSL
from tests.exports.test_papers_out import MANY, RECORDS, SICI, TYPES

FORMATS: dict[
    str, tuple[Callable[[Sequence[PaperEntry]], Iterator[str]], Callable[[str], ReadFile]]
] = {
    "bibtex": (bibtex.write_bibtex, bibtex_reader.read_bibtex),
    "biblatex": (
        lambda records: bibtex.write_bibtex(records, biblatex=True),
        bibtex_reader.read_bibtex,
    ),
    "ris": (ris.write_ris, ris_reader.read_ris),
    "csl-json": (csl_json.write_csl_json, csl_reader.read_csl_json),
}
WHOLE = PaperEntry(
    Paper(
        citekey="zhang2023duomotai",
        title="多模态融合研究综述: BEiT & {friends} 100%",
        short_title="融合",
        abstract="An abstract with $x_1$ and ~50 % \\ more.",
        year=2023,
        published="2023-03",
        venue="计算机学报",
        arxiv_id="2303.00001",
        arxiv_version=2,
        primary_category="cs.CV",
        doi="10.11897/SP.J.1016.2023.00001",
        url="https://example.org/a_b?c=1&d=2#e",
        details={
            "type": "article-journal",
            "volume": "46",
            "issue": "3",
            "page": "1-20",
            "publisher": "科学出版社",
            "publisher-place": "北京",
            "ISSN": "0254-4164",
            "language": "zh-CN",
        },
    ),
    authors=("张三", "García Márquez, Gabriel", "{World Health Organization}", "Wonjae Kim"),
    keywords=("多模态", "survey"),
    notes=("# A note\n\nwith two lines: 50 % & more_",),
)


def read_back(form: str, records: Sequence[PaperEntry]) -> ReadFile:
    write, read = FORMATS[form]
    return read("".join(write(records)))


def same(draft: PaperDraft, record: PaperEntry, form: str) -> None:
    """A draft says of a record what every format can say."""
    paper = record.paper
    names = [author_names.normalize_name(each) for each in draft.authors]
    assert draft.title == paper.title
    assert draft.abstract == paper.abstract
    in_itself = record.type == "book" and fold_letters(record.venue) == fold_letters(paper.title)
    assert draft.venue == ("" if in_itself else record.venue)
    assert (draft.arxiv_id, draft.doi) == (paper.arxiv_id, paper.doi)
    assert draft.url in (paper.url, record.url)
    assert names == list(map(author_names.normalize_name, record.authors))
    a_paper = bool(paper.arxiv_id) and record.type == "webpage"  # whatever else it is
    if record.type in TYPES[1:-1] and not a_paper:
        assert draft.details.get("type") == record.type


@pytest.mark.parametrize("form", FORMATS)
def test_a_whole_record(form: str) -> None:
    read = read_back(form, [WHOLE])
    assert not read.problems
    (record,) = read.records
    assert record.draft is not None
    same(record.draft, WHOLE, form)
    paper = WHOLE.paper
    assert record.citekey == paper.citekey
    assert (record.draft.year, record.draft.arxiv_version) == (2023, 2)
    assert record.draft.details == paper.details
    assert record.tags == WHOLE.keywords
    assert [note.body.split() for note in record.notes] == [WHOLE.notes[0].split()]
    assert not record.remarks


@pytest.mark.parametrize("form", FORMATS)
@settings(max_examples=30)
@given(records=MANY)
def test_no_entry_is_lost(form: str, records: list[PaperEntry]) -> None:
    read = read_back(form, records)
    assert [each.why for each in read.problems] == []
    drafts = [each.draft for each in read.records if each.draft]
    assert [each.title for each in drafts] == [each.paper.title for each in records]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("title", ["NONE", "null", "n/a", "-", "''a'' ``b``", "'' -- ``", "?` !`"])
@pytest.mark.parametrize("name", ["欧阳, 娜娜", "山田, 太郎", "{WHO & {Friends}}", "{A, B; C}"])
def test_what_was_lost_once(form: str, title: str, name: str) -> None:
    paper = Paper(citekey="k", title=title, venue="计算机学报", doi=SICI, details={"type": "book"})
    record = PaperEntry(paper, authors=(name,))
    (read,) = read_back(form, [record]).records
    assert read.draft is not None
    same(read.draft, record, form)


@settings(max_examples=60)
@given(RECORDS, st.sampled_from(list(FORMATS)))
def test_any_record(record: PaperEntry, form: str) -> None:
    (read,) = read_back(form, [record]).records
    assert read.draft is not None
    same(read.draft, record, form)


DETAILS_OF = {
    "article-journal": {"volume": "3", "issue": "2", "page": "3-10–3-22", "number": "77"},
    "article-newspaper": {"issue": "4"},
    "book": {"edition": "2", "collection-title": "LNCS", "collection-number": "12"},
    "chapter": {"page": "1-9", "edition": "Rev. ed.", "collection-number": "7"},
    "thesis": {"genre": "Diplomarbeit", "publisher": "U", "publisher-place": "London"},
    "report": {"genre": "White paper", "number": "TR-1", "accessed": "2021-03-04"},
    "patent": {"number": "CN 123456.7", "genre": "U.S. patent"},
    "standard": {"number": "GB/T 99999—2010"},
    "webpage": {"accessed": "2021-03"},
}


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("kind", DETAILS_OF)
def test_every_detail_comes_back(form: str, kind: str) -> None:
    """But for what `app/exports/formats/README.md` says that a format cannot say."""
    details = {
        "type": kind,
        **DETAILS_OF[kind],
        "editor": "Brown, Jr., Ann; van Dorp, Bo",
        "translator": "张三",
        "ISBN": "9780306406157",
        "language": "en",
        **({} if form == "ris" else {"note": "A remark."}),
    }
    paper = Paper(citekey="k", title="T", year=2019, url="http://a.b/~c?d=1&e=_f", details=details)
    authors = ("King, Jr., Ann", "Humboldt, Alexander von", "{World, Inc.}", "et al.")
    entry = PaperEntry(paper, authors, keywords=("Diagnosis, Computer-Assisted", "Nets"))
    (record,) = read_back(form, [entry]).records
    assert record.draft is not None
    read = dict(record.draft.details)
    for said in (read, details):
        for role in ("editor", "translator"):
            said[role] = "; ".join(map(author_names.normalize_name, said[role].split("; ")))
    assert read == details
    assert list(map(author_names.normalize_name, record.draft.authors)) == [
        *map(author_names.normalize_name, authors)
    ]
    assert (record.draft.url, record.tags) == (paper.url, entry.keywords)


VALUES = {
    **{"volume": "3", "issue": "2", "number": "TR-7", "page": "3-9", "edition": "2"},
    **{"publisher": "Tin & Co", "publisher-place": "London", "genre": "White paper"},
    **{"collection-title": "LNCS", "collection-number": "12", "note": "A remark."},
    **{"editor": "Brown, Ann; Grey, Bo", "translator": "Lee, Cy", "language": "de"},
    **{"ISBN": "9780306406157", "ISSN": "0254-4164", "accessed": "2021-03-04"},
}
OF_PAPER = {
    **{"short_title": "Short", "abstract": "An abstract.", "published": "2019-05-06"},
    **{"venue": "Kettle Letters", "doi": "10.1000/x.1", "url": "https://example.org/a"},
}
IN_RIS = set(ris._TYPES)
# What a format cannot say, and of which types: `app/exports/formats/README.md` says it to readers.
SILENT = {
    "number": {
        **dict.fromkeys(("bibtex", "biblatex"), ISSUES | OF_SERIES),
        **dict.fromkeys(("csl-json", "csv", "ris"), ISSUES),
    },
    "collection-number": dict.fromkeys(("bibtex", "biblatex"), TYPES_OF_CSL - OF_SERIES),
    "genre": {"ris": IN_RIS - _OF_KINDS - {"post"}},
    "issue": {"ris": TYPES_OF_CSL - (ISSUES & IN_RIS)},
    "note": {"ris": TYPES_OF_CSL, "csv": TYPES_OF_CSL},
    "type": {"ris": TYPES_OF_CSL - IN_RIS - {"document"} | {"post"}, "biblatex": {"document"}},
}
TABLES = {"csv": (lambda records: _papers_as_csv(iter(records)), csv_table.read_csv)}


@pytest.mark.parametrize("form", {**FORMATS, **TABLES})
def test_every_field_of_every_type_comes_back_or_is_told(form: str) -> None:
    fields = {**VALUES, **OF_PAPER}
    # One record for each type, but for numbers, of which each would take the place of another.
    apart = ("number", "collection-number")
    groups = [[name for name in fields if name not in apart], *([name] for name in apart)]
    kinds = sorted(TYPES_OF_CSL - {"article"})  # a preprint is known by its number at arXiv
    asked = [(kind, names) for kind in kinds for names in groups]
    records = []
    for number, (kind, names) in enumerate(asked):
        said = {"type": kind, **{name: fields[name] for name in names}}
        paper = Paper(
            citekey=f"k{number}",
            title=f"T{number}",
            year=2019,
            details={name: text for name, text in said.items() if name not in OF_PAPER},
            **{name: text for name, text in said.items() if name in OF_PAPER},
        )
        records.append(PaperEntry(paper, ("Brown, Ann",)))
    write, read = {**FORMATS, **TABLES}[form]
    drafts = [each.draft for each in read("".join(write(records))).records]
    lost = set()
    for (kind, names), draft in zip(asked, drafts, strict=True):
        assert draft is not None
        for name in ("type", *names):
            found = getattr(draft, name) if name in OF_PAPER else draft.details.get(name, "")
            value = fields.get(name, kind)
            if name in ("editor", "translator"):
                found = "; ".join(map(author_names.normalize_name, found.split("; ")))
                value = "; ".join(map(author_names.normalize_name, value.split("; ")))
            if found != value:
                lost.add((name, kind))
    assert lost == {
        (name, kind)
        for name, forms in SILENT.items()
        for kind in forms.get(form, ())
        if kind in kinds
    }


def test_a_number_in_a_series_is_none_of_an_issue() -> None:
    details = {"type": "paper-conference", "collection-title": "LNCS", "collection-number": "12"}
    paper = Paper(citekey="k", title="T", year=2019, venue="Conference", details=details)
    for form in FORMATS:
        (read,) = read_back(form, [PaperEntry(paper, ("Brown, Ann",))]).records
        assert read.draft is not None
        assert read.draft.details == details
