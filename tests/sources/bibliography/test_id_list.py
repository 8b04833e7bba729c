"""A plain list of ids → drafts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.sources.bibliography import id_list
from tests.sources.reading import paper, said

LIST = """# to read
2208.10442
- https://arxiv.org/abs/2101.00001v2, arXiv:1706.03762 [cs.CL]

1. https://doi.org/10.1145/(SICI)1234-5  # a DOI of old
10.48550/arXiv.2005.14165；hep-th/9901001
"""


def test_every_id_is_a_record() -> None:
    found = id_list.read_id_list(LIST)
    assert [(each.key, each.line) for each in found.records] == [
        ("2208.10442", 2),
        ("2101.00001v2", 3),
        ("1706.03762", 3),
        ("10.1145/(SICI)1234-5", 5),
        ("2005.14165", 6),
        ("hep-th/9901001", 6),
    ]
    second, doi = paper(found.records[1]), paper(found.records[3])
    assert (second.arxiv_id, second.arxiv_version, second.title) == ("2101.00001", 2, "")
    assert (doi.doi, doi.arxiv_id) == ("10.1145/(SICI)1234-5", None)
    assert not found.problems


def test_what_is_no_id() -> None:
    found = id_list.read_id_list(LIST + "ViLT\n2208.10442 is a good one\n")
    assert [(each.line, each.raw) for each in found.problems] == [(7, "ViLT")]
    first = found.records[0]
    assert first.raw == "2208.10442\n2208.10442 is a good one"
    assert said(first) == "Not an id: is a good one."


@pytest.mark.parametrize(
    ("text", "looks"),
    [
        (LIST, True),
        ("\ufeff2208.10442\r\n", True),
        ("10.1000/abc", True),
        ("", False),
        ("# nothing\n", False),
        ("2208.10442 is a good one", False),
        ("notes\n2208.10442", False),
        ("12345", False),
    ],
)
def test_what_looks_like_it(text: str, looks: bool) -> None:
    assert id_list.looks_like_id_list(text) is looks


@given(st.text(max_size=300) | st.lists(st.sampled_from(LIST), max_size=80).map("".join))
def test_nothing_raises(text: str) -> None:
    id_list.looks_like_id_list(text)
    id_list.read_id_list(text)
