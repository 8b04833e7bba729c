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
from app.sources.bibliography.ris import _WITHOUT_KINDS, COUNTED
from app.sources.drafts import ISSUES, OF_SERIES, ROLES, PaperDraft, ReadFile
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
    university = form == "ris" and record.type == "thesis" and not record.detail("publisher")
    series = record.detail("collection-title") if form == "ris" else ""
    event = record.detail("event-title") if form != "ris" else ""
    if form.startswith("bib") and not record.event_date:
        event = event or record.detail("event-place")
    held = record.venue or (series if record.type == "paper-conference" else "") or event
    assert draft.venue == ("" if in_itself or university else held)
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
    assert [(note.title, note.body) for note in record.notes] == [
        ("A note", "with two lines: 50 % & more_")
    ]
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
    "chapter": {"page": "1-9", "edition": "Rev. ed.", "collection-number": "7"}
    | {"chapter-number": "4"},
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
    **{"version-number": "2.1", "chapter-number": "4", "event-date": "2019-05"},
    "container-author": "Kettle, Dee",
    **{
        "container-title-short": "Kett. Lett.",
        "event-title": "Kettles 2019",
        "event-place": "Bonn",
    },
    **{"number-of-pages": "xii, 242", "PMID": "35548170", "PMCID": "PMC6611653"},
}
OF_PAPER = {
    **{"short_title": "Short", "abstract": "An abstract.", "published": "2019-05-06"},
    **{"venue": "Kettle Letters", "doi": "10.1000/x.1", "url": "https://example.org/a"},
}
# What a format cannot say, and of which types: `app/exports/formats/README.md` says it to readers.
SILENT: dict[str, dict[str, set[str]]] = {
    "number": {
        **dict.fromkeys(("bibtex", "biblatex"), ISSUES | OF_SERIES),
        **dict.fromkeys(("csl-json", "csv", "ris"), ISSUES),
    },
    "collection-number": dict.fromkeys(("bibtex", "biblatex"), TYPES_OF_CSL - OF_SERIES),
    "genre": {"ris": _WITHOUT_KINDS},
    "issue": {"ris": TYPES_OF_CSL - ISSUES},
    "note": {"ris": TYPES_OF_CSL},
    "chapter-number": {"ris": TYPES_OF_CSL - {"chapter"}},
    "edition": {"ris": {"software", "dataset"}},
    "version-number": {"ris": TYPES_OF_CSL - {"software", "dataset"}},
    "event-date": {"ris": TYPES_OF_CSL},
    "container-author": {"ris": TYPES_OF_CSL},
    "event-title": {"ris": TYPES_OF_CSL},
    "event-place": {"ris": TYPES_OF_CSL - {"paper-conference"}},
    "number-of-pages": {"ris": TYPES_OF_CSL},
    "type": {"biblatex": {"document"}},
}
EVERY: dict[
    str, tuple[Callable[[Sequence[PaperEntry]], Iterator[str]], Callable[[str], ReadFile]]
] = {**FORMATS, "csv": (lambda records: _papers_as_csv(iter(records)), csv_table.read_csv)}


@pytest.mark.parametrize("form", EVERY)
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
        details = {name: text for name, text in said.items() if name not in OF_PAPER}
        paper = Paper(citekey=f"k{number}", title=f"T{number}", year=2019, details=details)
        for name in said.keys() & OF_PAPER.keys():
            setattr(paper, name, said[name])
        records.append(PaperEntry(paper, ("Brown, Ann",)))
    write, read = EVERY[form]
    drafts = [each.draft for each in read("".join(write(records))).records]
    lost = set()
    for (kind, names), draft in zip(asked, drafts, strict=True):
        assert draft is not None
        for name in ("type", *names):
            found = getattr(draft, name) if name in OF_PAPER else draft.details.get(name, "")
            value = fields.get(name, kind)
            if name in ROLES:
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


# All that a paper may say at once, and in the ways that are hard to say.
PEOPLE = (
    *("Ann Brown", "King, Jr., Ann", "Humboldt, Alexander von", "Ann van Dorp", "J. Brown"),
    *("{World Health Organization}", "{World, Inc.}", "{Kettle and Sons}", "{中国水壶研究院}"),
    *("张三", "欧阳, 娜娜", "山田, 太郎", "阿布都·热西提", "García Márquez, Gabriel", "Plato"),
    *("Li, Xiao-hui", "Nguyễn Văn An", "Ahmed al-Rashid", "d'Alembert, Jean", "Sean O'Neil"),
    *("Guy Van den Broeck", "Brown, III, Cy", "Ludwig Mies van der Rohe", "Y. Z. Li"),
)
NAMED = ("Ann Brown", "{Board of Tin}", "张三", "van Dorp, Bo", "King, Jr., Cy")
HARD: dict[str, tuple[str, ...]] = {
    "volume": ("3", "12A", "II"),
    "issue": ("2", "3-4", "S1"),
    "number": ("TR-7", "GB/T 99999—2010", "CN 123456.7", "77"),
    "page": ("3-9", "7", "S12–S20", "3-10–3-22", "e123", "A-1", "iv-xii", "1,3-5", "117:1-117:20"),
    "edition": ("2", "21", "Rev. ed."),
    "publisher": ("Tin & Co", "科学出版社"),
    "publisher-place": ("London", "北京"),
    "genre": ("White paper", "PhD thesis", "Master's thesis", "Diplomarbeit", "博士学位论文"),
    "collection-title": ("LNCS", "Tins, Series B"),
    "collection-number": ("12",),
    "version-number": ("2.1", "1.0-rc & b"),
    "chapter-number": ("4", "IV"),
    "event-date": ("2019-05-06", "2019"),
    "container-title-short": ("Kett. Lett.", "水壶"),
    "event-title": ("Kettles & Cups 2019",),
    "event-place": ("Bonn", "南京"),
    "number-of-pages": ("242", "xii, 242"),
    "PMID": ("35548170",),
    "PMCID": ("PMC6611653",),
    "note": ("A remark.", "Best: paper"),
    "language": ("de", "zh-CN"),
    "ISBN": ("9780306406157",),
    "ISSN": ("0254-4164",),
    "accessed": ("2021-03-04", "2021-03", "2021"),
}
PEOPLE_OF_IT = st.lists(st.sampled_from(PEOPLE), max_size=3, unique=True)
WHOLES = st.builds(
    lambda paper, details, arxiv, people, **rest: PaperEntry(
        paper.model_copy(update={"details": details, **arxiv}), tuple(people), **rest
    ),
    paper=st.builds(
        Paper,
        citekey=st.sampled_from(["brown2019boiling", "张2020水壶"]),
        title=st.sampled_from(
            [
                *("Boiling water", "$O(n^{2})$ for $\\alpha$-kettles at 5%", "Does it boil?"),
                *("“Why?” Explaining", "多模态融合研究：综述", "The BEiT model & {friends}: 100%"),
                *("What is a_b ~ c^d?", "Cups at $5 and $6 a piece", "为什么？", "C# and F#"),
                *(
                    "NONE",
                    'With "straight" quotes',
                    "A – B — C -- D",
                    "CAPITALS: A STUDY",
                    "Kettles.",
                ),
            ]
        ),
        short_title=st.sampled_from(["Short", "SQL & 水壶"]),
        abstract=st.sampled_from(["", "With $x_1$ & ~50 % \\ more.", "摘要。", "Two.\n\nParts."]),
        year=st.just(2019),
        published=st.sampled_from(["", "2019-05", "2019-05-06"]),
        venue=st.sampled_from(
            ["", "计算机学报", "Proceedings of the 3rd Kettle Conference", "A & B"]
        ),
        doi=st.sampled_from([None, "10.1000/x.1", SICI]),
        url=st.sampled_from(["", "https://example.org/a_b?c=1&d=%20#e~f"]),
    ),
    details=st.fixed_dictionaries(
        {"type": st.sampled_from(sorted(TYPES_OF_CSL))},
        optional={
            **{name: st.sampled_from(values) for name, values in HARD.items()},
            **dict.fromkeys(
                ROLES,
                st.lists(st.sampled_from(NAMED), min_size=1, max_size=2, unique=True).map(
                    "; ".join
                ),
            ),
        },
    ),
    arxiv=st.fixed_dictionaries({})
    | st.fixed_dictionaries(
        {
            "arxiv_id": st.sampled_from(["2303.00001", "math/0611800"]),
            "arxiv_version": st.sampled_from([None, 2]),
            "primary_category": st.sampled_from(["", "cs.CV"]),
        }
    ),
    people=PEOPLE_OF_IT | PEOPLE_OF_IT.map(lambda people: [*people, "et al."]),
    keywords=st.lists(
        st.sampled_from(["a b", "Diagnosis, Computer-Assisted", "水壶", "C++", "x_y", "A & B"]),
        max_size=3,
        unique=True,
    ).map(tuple),
    notes=st.sampled_from([(), ("A note.",), ("# A note\n\nwith two lines: 50 % & more_", "2")]),
)


def said_of(read: PaperDraft | Paper, authors: Sequence[str]) -> dict[str, object]:
    """All that a paper or a draft says, its names in one form."""
    fields = {*OF_PAPER, "title", "year", "arxiv_id", "arxiv_version", "primary_category"}
    said: dict[str, object] = {name: getattr(read, name) or None for name in fields}
    said |= read.details
    for role in ROLES:
        if people := read.details.get(role):
            said[role] = [author_names.normalize_name(each) for each in people.split("; ")]
    return {**said, "authors": [author_names.normalize_name(each) for each in authors]}


def in_form(record: PaperEntry, form: str) -> dict[str, object]:
    """What comes back of a record: all of it, less what the table of formats says."""
    said = said_of(record.paper, record.authors)
    kind, in_bibtex = record.type, form in ("bibtex", "biblatex")
    number, arxiv = said.get("number"), said["arxiv_id"]
    own_number = kind == "article" and arxiv and form == "csl-json"
    if form != "csv":
        said["url"] = record.url or None
    if kind in ("webpage", "post", "post-weblog", "document") and arxiv:
        said["type"] = "article"
    elif kind == "document" and record.url and form == "biblatex":
        said["type"] = "webpage"
    if form == "bibtex" and arxiv and record.paper.published:
        alone = kind not in bibtex._BIBTEX
        said["published"] = record.paper.published[:7] if alone else None
    if in_bibtex:
        in_series = kind == "paper-conference" and "collection-title" in said
        if kind in OF_SERIES and number and "collection-number" not in said:
            said["collection-number"] = said.pop("number")
        elif not (kind in OF_SERIES or in_series):
            said.pop("collection-number", None)
        if kind == "thesis":
            said.setdefault("genre", "PhD thesis")
    if form == "ris":
        for name in ("note", "event-date", "container-author", "event-title"):
            said.pop(name, None)
        if kind != "paper-conference" or "publisher-place" not in said:
            said.pop("event-place", None)
        if not said["venue"]:
            said.pop("container-title-short", None)
        if kind not in COUNTED or "page" in said:
            said.pop("number-of-pages", None)
        if kind in COUNTED and str(said.get("page", "")).isdecimal():
            said["number-of-pages"] = said.pop("page")
        if arxiv:
            said.pop("PMID", None)
    elif not said["venue"] and "event-title" in said:
        said["venue"] = said.pop("event-title")
    elif in_bibtex and not said["venue"] and "event-date" not in said:
        said["venue"] = said.pop("event-place", None)
    if form == "ris":
        if kind in ("software", "dataset") and "edition" in said:
            said.setdefault("version-number", said.pop("edition"))
        elif kind not in ("software", "dataset"):
            said.pop("version-number", None)
        if kind != "chapter":
            said.pop("chapter-number", None)
        if kind not in ISSUES:
            said.pop("issue", None)
        if kind in _WITHOUT_KINDS:
            said.pop("genre", None)
        if kind == "paper-conference" and not said["venue"]:
            said["venue"] = said.pop("collection-title", None)
        if kind == "thesis" and said["venue"] and "publisher" not in said:
            said["venue"], said["publisher"] = None, said["venue"]
    if own_number:
        said.pop("number", None)
    elif (
        number
        and "number" in said
        and "page" not in said
        and ((kind in ISSUES and (in_bibtex or form == "ris")) or (kind in OF_SERIES and in_bibtex))
    ):
        said["page"] = said.pop("number")
    elif kind in ISSUES and number and form in ("csl-json", "csv") and "issue" not in said:
        said["issue"] = said.pop("number")
    if "page" in said and (in_bibtex or form == "ris") and str(said["page"]).count("-") == 0:
        said["page"] = str(said["page"]).replace("–", "-")
    return said


@pytest.mark.parametrize("form", EVERY)
@settings(max_examples=80)
@given(record=WHOLES)
def test_all_at_once_comes_back(form: str, record: PaperEntry) -> None:
    write, read = EVERY[form]
    text = "".join(write([record]))
    (found,) = read(text).records
    assert found.draft is not None
    back = said_of(found.draft, found.draft.authors)
    wanted = in_form(record, form)
    assert back == wanted
    assert not found.remarks
    assert found.citekey == record.paper.citekey
    assert found.tags == record.keywords
    noted = [*([record.detail("note")] if form == "ris" else []), *record.notes]
    titled = [f"# {each.title} {each.body}" if each.title else each.body for each in found.notes]
    assert " ".join(titled).split() == " ".join(noted).split()


def test_a_number_in_a_series_is_none_of_an_issue() -> None:
    details = {"type": "paper-conference", "collection-title": "LNCS", "collection-number": "12"}
    paper = Paper(citekey="k", title="T", year=2019, venue="Conference", details=details)
    for form in FORMATS:
        (read,) = read_back(form, [PaperEntry(paper, ("Brown, Ann",))]).records
        assert read.draft is not None
        assert read.draft.details == details
