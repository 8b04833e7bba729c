"""Whether a draft is a paper that the library holds: sure, to be asked, or not at all."""

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from app.database import Database
from app.library import service
from app.library.duplicates.duplicate_search import find_duplicates, find_matches, traits_of
from app.library.duplicates.similarity import (
    RecordTraits,
    compare_records,
    doi_key,
    ids_of,
)
from app.library.rules import PaperInput
from app.sources.drafts import PaperDraft
from tests.conftest import counted

VILT = "ViLT: Vision-and-Language Transformer Without Convolution or Region Supervision"
KIM = ("Wonjae Kim", "Bokyung Son", "Ildoo Kim")
Record = tuple[str, tuple[str, ...], int | None]

# What files do to a record; and what looks alike and is another paper. Of each kind a few, the most
# of them out of the measured set (tests/bench/matching.py).
SURE: list[tuple[Record, Record]] = [
    ((VILT, KIM, 2021), ("{ViLT}: {V}ision-and-{L}anguage " + VILT[26:], KIM, 2021)),
    ((VILT, KIM, 2021), (VILT.lower() + ".", ("Kim, W.", "Son, B.", "Kim, I."), 2021)),
    ((VILT, KIM, 2021), (VILT.replace("-", " "), KIM[:1], 2022)),
    ((VILT, KIM, 2021), (VILT, KIM, 2023)),
    (("Vision", KIM, 2021), ("Vision", KIM, 2022)),
    (("Abcdefgh ijklmnop qrstuvwxy", KIM, 2021), ("Abcdefgh ijklmnop qrstuvwxz", KIM, 2021)),
    ((VILT, KIM, 2021), (VILT.replace("Region", "Regoin"[:3] + "ion"), KIM, 2021)),
    ((VILT, KIM, 2021), (VILT.replace("Convolution", "Convolutions"), KIM, None)),
    (
        ("Automata Minimization: a Functorial Approach", ("Daniela Petrişan",), 2017),
        ("Automata minimization : A functorial approach", ("Petrisan, D.",), 2018),
    ),
    (
        ('Divergence {$\\alpha$} of Schr{\\"o}dinger operators', ("Jürgen Müller",), 2003),
        ("Divergence α of Schrödinger operators", ("Muller, J.",), 2003),
    ),
    (("多模态对齐研究综述", ("张三", "李四"), 2023), ("多模态对齐研究综述", ("Zhang, San",), 2023)),
    (("多模态对齐研究综述", ("张三",), 2023), ("多模态 对齐 研究综述。", ("张, 三",), 2024)),
    (
        (
            "WaveNet: A Generative Model for Raw Audio",
            ("Aaron van den Oord", "Sander Dieleman"),
            2016,
        ),
        ("Wavenet: a generative model for raw audio", ("van den Oord, A.", "others"), 2016),
    ),
]
ASKED: list[tuple[Record, Record]] = [
    ((VILT, KIM, 2021), (VILT, (), 2021)),
    ((VILT, KIM, 2021), (VILT[:40], KIM, 2021)),
    ((VILT, KIM, 2021), (VILT, ("Somebody Else",), 2021)),
    ((VILT, KIM, 2021), (VILT, KIM, 2024)),
    (("Vision", KIM, 2021), ("Vision", KIM, 2023)),
    ((VILT, KIM, 2021), (VILT.replace("Convolution", "Convolutions"), KIM[:1], 2021)),
    (("Abcdefgh ijklmnop qrstuvw", KIM, 2021), ("Abcdefgh ijklmnop qrstuvz", KIM, 2021)),
    ((VILT, KIM, 2021), (VILT.replace("Convolution", "Convolutions"), KIM, 2023)),
    (("Author index", (), 2001), ("Author Index", (), 2001)),
    (
        ("Evolutionary Algorithms", ("David W. Corne", "Michael A. Lones"), 2018),
        ("Evolutionary algorithms", ("Anton V. Eremeev",), 2015),
    ),
    (
        (
            "Evaluating Performance of Routing Operations in Proactive Routing Protocols",
            ("D. Mahmood", "N. Javaid"),
            2013,
        ),
        (
            "Evaluating Performance of Routing Operations in Reactive Routing Protocols",
            ("D. Mahmood", "N. Javaid"),
            2013,
        ),
    ),
]
ANOTHER: list[tuple[Record, Record]] = [
    (
        ("Inscribed Matter Communication: Part I", ("Christopher Rose",), 2016),
        ("Inscribed Matter Communication: Part II", ("Christopher Rose",), 2016),
    ),
    (
        ("Introduction to clarithmetic I", ("Giorgi Japaridze",), 2010),
        ("Introduction to clarithmetic II", ("Giorgi Japaridze",), 2010),
    ),
    (
        ("Proceedings 5th Workshop on Functional Programming", ("Paul Levy",), 2014),
        ("Proceedings 6th Workshop on Functional Programming", ("Paul Levy",), 2016),
    ),
    (
        ("Persistence Bag-of-Words for Topological Data Analysis", ("B. Zielinski",), 2018),
        ("A Survey of Vectorisations for Topological Data Analysis", ("B. Zielinski",), 2018),
    ),
    (("Attention", KIM, 2021), ("Attention Is All You Need", KIM, 2021)),
    (("Introduction", ("A. Smith",), 1999), ("Conclusion", ("A. Smith",), 1999)),
    ((VILT, KIM, 2021), ("Attention Is All You Need", ("Ashish Vaswani",), 2017)),
    (("", (), None), ("", (), None)),
]
CASES = [
    *((pair, "sure") for pair in SURE),
    *((pair, "asked") for pair in ASKED),
    *((pair, "another") for pair in ANOTHER),
]


def traits(record: Record) -> RecordTraits:
    title, authors, year = record
    return RecordTraits(title, authors=authors, year=year)


def test_two_places_of_one_journal_are_two_papers() -> None:
    def calendar(venue: str, **details: str) -> RecordTraits:
        return traits_of(
            PaperDraft(
                title="Calendar of Events",
                authors=("Janet Incerpi",),
                year=1981,
                venue=venue,
                details=details,
            )
        )

    first = calendar("TUGboat", volume="2", issue="1", page="49-50")
    assert answer(first, calendar("TUGBoat", volume="2", issue="3")) == "another"
    assert answer(first, calendar("TUGboat", volume="2", issue="1", page="51")) == "another"
    assert answer(first, calendar("TUGboat", volume="2", page="49--50")) == "sure"
    assert answer(first, calendar("Proceedings of TUG", page="7")) == "another"


def answer(one: RecordTraits, other: RecordTraits) -> str:
    likeness = compare_records(one, other)
    return "another" if likeness is None else "sure" if likeness.sure else "asked"


@pytest.mark.parametrize(("pair", "expected"), CASES)
def test_what_is_sure_and_what_is_asked(pair: tuple[Record, Record], expected: str) -> None:
    one, other = map(traits, pair)
    assert answer(one, other) == expected
    assert compare_records(one, other) == compare_records(other, one), "whichever is which"


@pytest.mark.parametrize(
    ("authors", "year", "why"),
    [
        (KIM, 2023, "the same title and authors"),
        (KIM, 2024, "the same title and authors, but other years"),
        (("Bokyung Son", "A. Smith"), 2021, "the same title and authors"),
        (("Bokyung Son", "A. Smith", "B. Roe"), 2021, "the same title, but other authors"),
        ((), 2021, "the same title; one names no authors"),
    ],
)
def test_why_titles_are_alike(authors: tuple[str, ...], year: int, why: str) -> None:
    likeness = compare_records(traits((VILT, KIM, 2021)), traits((VILT, authors, year)))
    assert likeness is not None
    assert str(likeness.why) == why


def test_the_nearer_year_is_the_likelier() -> None:
    one = traits((VILT, KIM, 2021))
    scores = [
        likeness.score
        for year in (2021, 2022, 2030, 2031, 2050)
        if (likeness := compare_records(one, traits((VILT, KIM, year))))
    ]
    assert scores == [1.0, 0.99, 0.91, 0.9, 0.9]


def test_a_name_for_short_is_one_papers_of_the_same_authors() -> None:
    named = RecordTraits("ViLT", authors=KIM, year=2021)
    assert answer(RecordTraits(VILT, short_title="ViLT", authors=KIM, year=2021), named) == "asked"
    other = RecordTraits(VILT, short_title="ViLT", authors=("A. Smith",), year=2021)
    assert answer(other, named) == "another"


@given(st.text(max_size=60), st.lists(st.text(max_size=20), max_size=3), st.text(max_size=60))
def test_any_text_is_compared_either_way(title: str, authors: list[str], other: str) -> None:
    one = RecordTraits(title, authors=authors, year=2000)
    rest = RecordTraits(other, authors=authors[::-1], year=2001)
    assert compare_records(one, rest) == compare_records(rest, one)
    again = compare_records(one, RecordTraits(title.upper(), authors=authors, year=2000))
    assert again is None or not title or again.score <= 1


def test_two_ids_are_never_surely_one_paper() -> None:
    one = RecordTraits(VILT, authors=KIM, year=2021, arxiv="2102.03334")
    assert answer(one, RecordTraits(VILT, authors=KIM, year=2021, arxiv="2102.09999")) == "asked"
    assert (
        answer(one, RecordTraits(VILT[:-4], authors=KIM, year=2021, arxiv="2102.09999"))
        == "another"
    )
    chapter = RecordTraits("On Cats and their Ways", doi="10.1007/978-3")
    assert answer(chapter, RecordTraits("Dogs: what we know", doi="10.1007/978-3")) == "asked"


@pytest.mark.parametrize(
    ("arxiv_id", "doi", "ids"),
    [
        (None, "10.48550/arXiv.2102.03334", ("2102.03334", "")),
        (None, "https://doi.org/10.48550/ARXIV.2102.03334v2", ("2102.03334", "")),
        ("2102.03334", None, ("2102.03334", "")),
        (None, "https://dx.doi.org/10.1145/3581783.3613850", ("", "10.1145/3581783.3613850")),
        (None, "doi:10.1000/ABC%2Fd.", ("", "10.1000/abc/d")),
        (None, "nothing", ("", "")),
    ],
)
def test_ids_in_all_their_forms(
    arxiv_id: str | None, doi: str | None, ids: tuple[str, str]
) -> None:
    assert ids_of(arxiv_id, doi) == ids
    assert doi_key(doi_key(doi)) == doi_key(doi)


def test_drafts_are_matched_against_the_library(client: TestClient, db: Database) -> None:
    with db.write() as session:
        for given_ in (
            PaperInput(title=VILT, authors=list(KIM), year=2021, arxiv_id="2102.03334"),
            PaperInput(title="Another", doi="10.1234/ABC", citekey="doi"),
            PaperInput(title="BERT", citekey="stub"),
            PaperInput(title="多模态对齐", authors=["张三"], year=2023, citekey="张2023"),
        ):
            service.create_paper(session, given_)
        service.trash_paper(service.get_paper(session, "doi"))
    bert = "BERT: Pre-training of Deep Bidirectional Transformers"
    drafts = [
        PaperDraft(title="Retitled", arxiv_id="2102.03334", arxiv_version=7),
        PaperDraft(title="", doi="https://doi.org/10.48550/arXiv.2102.03334"),
        PaperDraft(title="Another", doi="HTTPS://DOI.ORG/10.1234/abc"),
        PaperDraft(title=bert, short_title="BERT", authors=("Jacob Devlin",), year=2018),
        PaperDraft(title="多模态对齐", authors=("Zhang, San",), year=2023),
        PaperDraft(title="Nothing of the kind"),
        PaperDraft(title=VILT.upper()),
    ]
    with db.read() as session, counted(db) as statements:
        found = find_matches(session, drafts)
    assert [[(each.citekey, each.sure) for each in some] for some in found] == [
        [("kim2021vilt", True)],
        [("kim2021vilt", True)],
        [("doi", True)],
        [("stub", False)],
        [("张2023", True)],
        [],
        [("kim2021vilt", False)],
    ]
    assert found[2][0].in_trash
    with db.read() as session, counted(db) as many:
        find_matches(session, drafts * 50)
        assert find_matches(session, []) == []
    assert len(many) == len(statements)


TOLD = (
    "Tables are read row by row, although what a row means depends on the region of the page it "
    "stands in. We give every row a vector of its region before the encoder sees it, and train "
    "both together on pages that nobody has labelled. On three made-up collections the error falls "
    "by a third, and most on tables that continue on the next page."
)
SAID_ZH = (
    "表格通常逐行阅读，但一行的含义取决于它所在的页面区域。" * 3
    + "在三个数据集上误差下降三分之一，而且对于跨页续表的提升最为明显，代码和数据均已公开。"
)


@pytest.mark.parametrize("crowd", [0, 25])  # sought by the database, and among all
@pytest.mark.parametrize(
    ("abstract", "title", "authors", "asked"),
    [
        (TOLD, "Region-Aware Row Encoding", KIM, True),
        (f"Abstract—{TOLD}", "Region-Aware Row Encoding", ("Kim, W.",), True),
        (f"{TOLD} © 2020 The Authors.", "Region-Aware Row Encoding", (), True),
        (TOLD.replace("three made-up", "four public"), "行的区域编码", KIM, True),
        (TOLD.replace("row", r"\emph{row}"), "Region-Aware Row Encoding", KIM, True),
        (TOLD, "Region-Aware Row Encoding", ("Somebody Else",), False),
        (TOLD, "Rows that Know their Regions, Part II", KIM, False),
        (TOLD[:120], "Region-Aware Row Encoding", KIM, False),
        (SAID_ZH, "Region-Aware Row Encoding", KIM, True),
    ],
)
def test_a_paper_with_another_title_is_found_by_its_abstract(
    db: Database, abstract: str, title: str, authors: tuple[str, ...], asked: bool, crowd: int
) -> None:
    held = SAID_ZH if abstract == SAID_ZH else TOLD if len(abstract) > 150 else abstract
    named = "Rows that Know their Regions, Part I"
    with db.write() as session:
        given = PaperInput(title=named, abstract=held, authors=list(KIM), arxiv_id="1907.00001")
        service.create_paper(session, given)
    draft = PaperDraft(title=title, abstract=abstract, authors=authors, doi="10.1000/kc.2020.10")
    others = [PaperDraft(title=f"Other {number}") for number in range(crowd)]
    with db.write() as session:
        found = find_matches(session, [draft, *others])[0]
        assert [str(each.why) for each in found] == ["the same abstract, but another title"] * asked
        assert not any(each.sure for each in found)
        given = PaperInput(title=title, abstract=abstract, authors=list(authors))
        service.create_paper(session, given)
        assert len(find_duplicates(session)) == asked


def test_whoever_adds_by_hand_is_asked(client: TestClient) -> None:
    given_ = {"title": VILT, "authors": list(KIM), "year": 2021}
    client.post("/api/v1/papers", json=given_)
    for other in (given_, {"title": VILT}, {"title": VILT[:50], "authors": list(KIM)}):
        said = client.post("/api/v1/papers", json=other)
        assert said.status_code == 409
        assert said.json()["type"] == "urn:crosswalk:perhaps-held"
        assert said.json()["held"] == "/papers/kim2021vilt"
        page = client.post("/papers", data={"title": other["title"]})
        assert page.status_code == 409
        assert 'name="force"' in page.text
    said = client.post("/api/v1/papers", json={**given_, "force": True})
    assert (said.status_code, said.json()["citekey"]) == (201, "kim2021vilta")
    link = client.post("/api/v1/papers", json={"title": VILT, "kind": "link"})
    assert link.status_code == 201, "a blog post about it"
