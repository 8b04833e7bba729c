"""CSL-JSON → drafts."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.sources.bibliography import csl_json
from tests.sources.reading import by_key, left_over, paper, said

BETTER = (Path(__file__).parent / "fixtures/better_bibtex.json").read_text()


@pytest.mark.parametrize(("given", "written"), [(50, "Cent, 50"), (True, "Cent"), (None, "Cent")])
def test_a_part_of_a_name_that_is_no_text(given: object, written: str) -> None:
    item = {"type": "song", "title": "T", "author": [{"family": "Ce\u0007nt", "given": given}]}
    record = csl_json.read_csl_json(json.dumps(item)).records[0]
    assert paper(record).authors == (written,)


def test_an_item_with_everything() -> None:
    record = by_key(csl_json.read_csl_json(BETTER))["kim2021vilt"]
    draft = paper(record)
    assert draft.title == "ViLT: Vision-and-Language Transformer & more"
    assert draft.short_title == "ViLT"
    assert draft.authors == (
        "Kim, Wonjae",
        "van Beethoven, Ludwig",
        "{World Health Organization}",
        "张三",
    )
    assert (draft.year, draft.published) == (2021, "2021-02-05")
    assert (draft.arxiv_id, draft.arxiv_version) == ("2102.03334", 2)
    assert (draft.primary_category, draft.doi) == ("stat.ML", "10.1000/xyz")
    assert draft.details == {"type": "article", "note": "tex.pages: 1 mine"}
    assert (record.citekey, record.tags) == ("kim2021vilt", ("vision", "language"))
    assert [note.body for note in record.notes] == ["A **note**"]
    assert said(record) == "Kept in the entry's text alone: medium."


def test_other_items() -> None:
    found = by_key(csl_json.read_csl_json(BETTER))
    page = paper(found["7"])
    assert (page.kind, page.published, found["7"].citekey) == ("link", "2021-06-05", "")
    odd = paper(found["y"])
    assert (odd.title, odd.kind, odd.details["type"]) == ("Crossref's", "paper", "unheard-of")
    assert said(found["y"]) == "No year could be read in “in press”."


def test_a_bad_item_costs_no_others() -> None:
    found = csl_json.read_csl_json(BETTER)
    assert [record.key for record in found.records] == ["kim2021vilt", "7", "y"]
    assert [(each.line, each.raw) for each in found.problems] == [
        (22, '{"id": "x", "title": broken},'),
        (24, '{"id": "z", "type": "book"}'),
    ]
    assert not left_over(BETTER, found).strip("[], \n")


@pytest.mark.parametrize(
    "text",
    [
        '{"id": "a", "title": "T"}',
        '{"items": [{"id": "a", "title": "T"}]}',
        '{"id": "a", "title": "T"}\n{"id": "a", "title": "T"}\n',
        '\ufeff[\r\n{"id": "a", "title": "T"}\r\n]',
    ],
)
def test_one_object_and_many(text: str) -> None:
    found = csl_json.read_csl_json(text)
    assert {paper(record).title for record in found.records} == {"T"}
    assert not found.problems


@pytest.mark.parametrize("text", ['"text"', "[1, 2]", "{", "[" * 10_000, '{"title": ', "nonsense"])
def test_what_is_no_item(text: str) -> None:
    found = csl_json.read_csl_json(text)
    assert not found.records
    assert found.problems


@pytest.mark.parametrize(
    ("doi", "read", "remark"),
    [
        ("https://doi.org/10.1000/a(b)c", "10.1000/a(b)c", ""),
        ("(10.1000/abc).", "10.1000/abc", ""),
        ("doi:10.1000%2Fabc", "10.1000/abc", ""),
        ("10.48550/arXiv.2102.03334; 10.1000/abc", "10.1000/abc", "10.48550/arXiv.2102.03334"),
        ("n/a", None, "“n/a” is not a DOI."),
    ],
)
def test_dois(doi: str, read: str | None, remark: str) -> None:
    record = csl_json.draft_from_item({"title": "T", "DOI": doi})
    assert paper(record).doi == read
    assert remark in said(record)
    assert bool(remark) == bool(said(record))


def test_what_crossref_answers() -> None:
    record = csl_json.draft_from_item(
        {
            "indexed": {"date-time": "2024"},
            "reference-count": 3,
            "type": "journal-article",
            "title": ["A <i>title</i>"],
            "container-title": ["Journal"],
            "author": [{"given": "A", "family": "B", "sequence": "first"}, {"name": "Team"}],
            "abstract": "<jats:title>Abstract</jats:title><jats:p>One.</jats:p>"
            "<jats:p>a &lt; b</jats:p>",
            "ISSN": ["1234-5678", "8765-4321"],
            "issued": {"date-parts": [[2020, 13]]},
        }
    )
    draft = paper(record)
    assert (draft.title, draft.venue) == ("A title", "Journal")
    assert draft.authors == ("B, A", "{Team}")
    assert draft.abstract == "One.\n\na < b"
    assert (draft.year, draft.published) == (2020, "")
    assert draft.details == {"type": "article-journal", "ISSN": "1234-5678, 8765-4321"}
    assert said(record) == ""


def test_a_place_of_several_names() -> None:
    places = ["Lecture Notes in Kettles", "Kettles 2019"]
    chapter = paper(
        csl_json.draft_from_item(
            {"type": "book-chapter", "title": "A", "container-title": places, "ISBN": "1"}
        )
    )
    assert (chapter.venue, chapter.details["collection-title"]) == (places[1], places[0])
    article = paper(
        csl_json.draft_from_item(
            {"type": "journal-article", "title": "A", "container-title": ["Kettles", "Ket."]}
        )
    )
    assert (article.venue, article.details) == ("Kettles", {"type": "article-journal"})


def test_values_that_cannot_be_kept() -> None:
    record = csl_json.draft_from_item(
        {"title": "a\x00\x07\ud800b\u202ec", "publisher": "x" * 2_000}
    )
    assert paper(record).title == "abc"
    assert said(record) == "Kept in the entry's text alone: publisher."


def test_what_looks_like_it() -> None:
    assert csl_json.looks_like_csl_json(BETTER)
    assert csl_json.looks_like_csl_json('\ufeff {"items": [{"id": "a", "title": "b"}]}')
    assert not csl_json.looks_like_csl_json('{"comparison": {"title": "x"}}')
    assert not csl_json.looks_like_csl_json("[[kim2021vilt]] title type")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
VARIABLES = st.sampled_from(
    [
        "id",
        "type",
        "title",
        "author",
        "editor",
        "issued",
        "DOI",
        "URL",
        "note",
        "keyword",
        "annote",
        "x",
    ]
)


@given(st.dictionaries(VARIABLES, VALUES))
def test_no_item_raises(item: dict[str, object]) -> None:
    record = csl_json.draft_from_item(item)
    assert record.model_validate_json(record.model_dump_json()) == record


@given(
    st.lists(st.dictionaries(VARIABLES, VALUES, max_size=4)),
    st.integers(0, 400),
    st.text(max_size=9),
)
def test_nothing_raises_and_nothing_is_lost(
    items: list[dict[str, object]], place: int, strange: str
) -> None:
    text = json.dumps(items, indent=1, ensure_ascii=False)
    text = text[:place] + strange + text[place:]
    assert not left_over(text, csl_json.read_csl_json(text)).strip("[]{}, \t\n\ufeff")
