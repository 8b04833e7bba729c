"""Works that have one title and are not one: another edition, a volume, another book's part."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.library.duplicates.distinct_works import read_isbns, read_number
from app.library.duplicates.duplicate_search import traits_of
from app.library.duplicates.similarity import compare_records
from app.library.venue_names import is_same_venue
from app.sources.drafts import PaperDraft

KETTLES = "Kettles and their repair"


def draft(title: str = KETTLES, /, *, year: int | None = 2009, **said: str) -> PaperDraft:
    """A record by Brown and Grey; what is not a field of its own is a detail."""
    own = {name: said.pop(name) for name in ("venue", "doi", "arxiv_id") if name in said}
    details = {name.replace("_", "-"): value for name, value in said.items()}
    authors = ("Ann Brown", "Bo Grey")
    return PaperDraft(title=title, authors=authors, year=year, details=details, **own)


def book(title: str = KETTLES, /, *, year: int | None = 2009, **said: str) -> PaperDraft:
    return draft(title, year=year, type="book", **said)


def article(title: str = KETTLES, /, *, year: int | None = 2009, **said: str) -> PaperDraft:
    return draft(title, year=year, type="article-journal", **said)


def answer(one: PaperDraft, other: PaperDraft) -> str:
    first, second = traits_of(one), traits_of(other)
    likeness = compare_records(first, second)
    assert likeness == compare_records(second, first), "whichever is which"
    return "another" if likeness is None else "sure" if likeness.sure else "asked"


KNUTH = "The complete catalogue of kettles"
ONE_WORK = [
    (book(edition="2"), book(edition="Second")),
    (book(edition="2nd ed."), book(edition="第二版")),
    (book(edition="1"), book()),
    (book(volume="2"), book(volume="Vol. II")),
    (book(ISBN="0-306-40615-2"), book(ISBN="978-0-306-40615-7")),
    (book(publisher="MIT Press"), book(publisher="The MIT Press")),
    (article(venue="J. Imag. Res."), article(venue="Journal of Imaginary Research")),
    (
        draft(venue="ACL", type="paper-conference"),
        draft(
            venue="Proceedings of the 57th Annual Meeting of the Association for Computational"
            " Linguistics",
            type="paper-conference",
        ),
    ),
    (draft(venue="LNCS", type="chapter"), draft(venue="LNCS", type="paper-conference")),
    (article(venue="Neurokettles", year=2021), draft(arxiv_id="2001.00001", year=2020)),
    (article(venue="Neurokettles", doi="10.1/x"), draft(venue="CoRR", arxiv_id="2001.00001")),
    (article(venue="Kettle Letters", year=2020), article(venue="Kettle Letters", year=2021)),
    (article(doi="10.1000/x", venue="A"), article(doi="10.1000/X", venue="Another")),
]
ASKED = [
    (book(edition="2"), book()),
    (book(volume="2"), book()),
    (book(ISBN="978-0-306-40615-7"), book(ISBN="978-3-16-148410-0")),
    (book(publisher="Tin Press"), book(publisher="Iron House")),
    (book(year=2009), book(year=2010)),
    (book(), draft(type="thesis")),
    (book(), draft(type="chapter", venue="A handbook of kettles")),
    (article(venue="Kettle Letters"), draft(venue="Kettle Workshop", type="paper-conference")),
    (article(venue="Nature"), article(venue="Nature Methods")),
    (
        draft("Overview of the kettle task", venue="Kettle Workshop", type="paper-conference"),
        draft(
            "Overview of the kettle task",
            venue="Kettle Workshop",
            type="paper-conference",
            year=2010,
        ),
    ),
    (
        draft(venue="Proceedings of the 5th Kettle Workshop"),
        draft(venue="Proceedings of the 6th Kettle Workshop"),
    ),
    (draft("Introduction", type="chapter", venue="Tin"), draft("Introduction")),
    (draft("Introduction"), draft("Introduction")),
    (draft(type="report", year=2009), draft(type="report", year=2010)),
    (article(doi="10.1000/x"), article(f"Correction: {KETTLES}", doi="10.1000/x")),
    (
        article("Kettles of northern France", doi="10.1000/x", venue="V", page="1"),
        article("Kettles of southern France", doi="10.1000/x", venue="V", page="10"),
    ),
    (book(doi="10.1000/x"), draft(doi="10.1000/x", type="chapter")),
    (book(doi="10.1000/x", volume="1"), book(doi="10.1000/x", volume="2")),
    (book(doi="10.1000/x", edition="1"), book(doi="10.1000/x", edition="2")),
]
OTHERS = [
    (book(edition="2", year=2009), book(edition="3", year=2010)),
    (book(edition="Second"), book(edition="Third")),
    (book(edition="第二版"), book(edition="第三版")),
    (book(KNUTH, volume="1", year=1968), book(KNUTH, volume="2", year=1969)),
    (book(KNUTH, volume="A"), book(KNUTH, volume="B")),
    (draft("Introduction", type="chapter", venue="Tin"), draft("Introduction", venue="Iron")),
    (draft("前言", type="chapter", venue="水壶"), draft("前言", type="chapter", venue="茶杯")),
    (draft(f"{KETTLES}, Part A"), draft(f"{KETTLES}, Part B")),
    (draft(f"{KETTLES}: Volume I"), draft(f"{KETTLES}: Volume II")),
    (draft(f"The First {KETTLES}"), draft(f"The Sixth {KETTLES}")),
    (draft("多模态对齐研究综述与展望（上）"), draft("多模态对齐研究综述与展望（下）")),
    (draft("水壶的历史与修理方法研究 第一部"), draft("水壶的历史与修理方法研究 第二部")),
    (draft(), draft(f"Erratum: {KETTLES}")),
    (draft(), draft(f"{KETTLES}: a reply")),
    (draft(), draft(f"Reply to “{KETTLES}”")),
    (draft(), draft(f"{KETTLES} (Corrigendum)")),
    (draft("多模态对齐研究综述"), draft("多模态对齐研究综述（勘误）")),
    (
        article(venue="J. Imag. Res.", volume="3"),
        article(venue="Journal of Imaginary Research", volume="4"),
    ),
]


@pytest.mark.parametrize(
    ("pair", "expected"),
    [
        *((pair, "sure") for pair in ONE_WORK),
        *((pair, "asked") for pair in ASKED),
        *((pair, "another") for pair in OTHERS),
    ],
)
def test_which_work_a_record_is_of(pair: tuple[PaperDraft, PaperDraft], expected: str) -> None:
    assert answer(*pair) == expected


@pytest.mark.parametrize(
    ("written", "number"),
    [("2nd ed.", "2"), ("Second", "2"), ("II", "2"), ("第二版", "2"), ("3", "3"), ("Rev.", "rev")],
)
def test_an_edition_in_any_spelling(written: str, number: str) -> None:
    assert read_number(written) == number


def test_isbns_of_ten_and_of_thirteen_digits() -> None:
    assert read_isbns("0-306-40615-2, 978-3-16-148410-0") == {"978030640615", "978316148410"}


ACL = "Annual Meeting of the Association for Computational Linguistics"
NAACL = "Annual Conference of the North American Chapter"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("NeurIPS", "Advances in Neural Information Processing Systems", True),
        ("Proc. of EMNLP", "Empirical Methods in Natural Language Processing", True),
        ("NAACL-HLT", "Proceedings of NAACL", True),
        ("ACL 2019", "ACL 2020", False),
        ("Nature", "Nature Communications", False),
        ("Kettle Letters", "Kettle Workshop", False),
        ("水壶学报", "水壶 学报", True),
        ("ACL", "TACL", False),
        ("NAACL", "AACL", False),
        ("Pattern Recognition", "Pattern Recognition Letters", False),
        ("International Conference on Kettle Vision", "Int. Journal of Kettle Vision", False),
        ("水壶科学", "水壶科学学报", False),
        ("ACL", "Transactions of the ACL", False),
        (ACL, "Transactions of the Association for Computational Linguistics", False),
        ("TACL", "Transactions of the Association for Computational Linguistics (TACL)", True),
        (ACL, f"{NAACL} of the Association for Computational Linguistics", False),
        ("NAACL", f"{NAACL} of the Association for Computational Linguistics", True),
        ("Machine Learning", "ICML", False),
        ("Machine Learning", "International Conference on Machine Learning", False),
        ("JMLR", "ICML", False),
        ("JMLR", "J. Mach. Learn. Res.", True),
        ("Pattern Recognition", "Conference on Computer Vision and Pattern Recognition", False),
        ("Computational Linguistics", "COLING", False),
        ("TPAMI", "IEEE Trans. Pattern Anal. Mach. Intell.", True),
        ("ICDE", "IEEE International Conference on Data Engineering", True),
        ("Data Engineering", "IEEE Transactions on Knowledge and Data Engineering", False),
        ("VLDB", "The VLDB Journal", False),
        ("SIGMOD", "SIGMOD Record", False),
        ("CVPRW", "CVPR", False),
        ("NeurIPS Workshop", "NeurIPS", False),
        ("ICML Workshop on Kettles", "International Conference on Machine Learning", False),
        ("Findings of EMNLP", "EMNLP", False),
        ("EMNLP (Findings)", "Findings of the EMNLP", True),
        ("ACL demo", "ACL", False),
        ("ACL (Demos)", f"Proceedings of the {ACL}: System Demonstrations", True),
        ("ICDE Doctoral Consortium", "ICDE", False),
    ],
)
def test_two_names_of_a_venue(one: str, other: str, same: bool) -> None:
    assert is_same_venue(one, other) is is_same_venue(other, one) is same


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_two_venues_are_compared_either_way(one: str, other: str) -> None:
    assert is_same_venue(one, other) == is_same_venue(other, one)
    assert is_same_venue(one, one)
