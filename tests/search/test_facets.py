"""The counts beside the values of filters are what choosing one gives."""

from collections.abc import Iterator

import pytest

from app.database import Database
from app.library.filters import PaperFilters
from app.search import retrieval, service
from tests.databases import Template


@pytest.fixture(scope="module")
def starter(
    starter_library: Template, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """The starter library, to look at."""
    database = Database(starter_library.restored(tmp_path_factory.mktemp("facets") / "library").url)
    yield database
    database.close()


BASES = [{}, {"year": ("2020", "2021"), "kind": ("paper",)}]
QUERIES = [
    "attention",
    "vqa transformer sql",  # nothing has all of the words
    "注意力 对齐",  # little has
    "attentoin",
    "fusion -gated",
    "in:cell gate",
    "has:note",
]


def narrowed(base: PaperFilters, name: str, value: str) -> PaperFilters:
    """`base` with one value of a filter, in the place of the others of that filter."""
    return PaperFilters({**base.chosen, name: (value,)})


@pytest.mark.parametrize("chosen", BASES)
@pytest.mark.parametrize("q", QUERIES)
def test_a_count_is_what_the_value_finds(
    starter: Database, q: str, chosen: dict[str, tuple[str, ...]]
) -> None:
    base = PaperFilters(chosen)
    with starter.read() as session:
        facets = service.search_all(session, q, filters=base, facets=True).papers
        ends = {name: [*of[:1], *of[-1:]] for name, of in facets.items()}  # for they are many
        shown = {(name, each.value): each.count for name, of in ends.items() for each in of}
        found = {
            (name, value): service.search_all(
                session, q, filters=narrowed(base, name, value), per_page=1
            ).facets["paper"]
            for (name, value), count in shown.items()
            if count
        }
    assert found == {key: count for key, count in shown.items() if count}


@pytest.mark.parametrize("q", ["attention", "-attention"])
def test_where_more_match_than_are_listed_it_is_the_least(
    starter: Database, monkeypatch: pytest.MonkeyPatch, q: str
) -> None:
    """And what is left of them is found as it was typed, not by looser readings."""
    for module in (service, retrieval):
        monkeypatch.setattr(module, "LISTED", 20)
    with starter.read() as session:
        whole = service.search_all(session, q, facets=True)
        assert whole.bounded
        monkeypatch.setattr(service, "LISTED", 1_000)
        every = service.search_all(session, q, facets=True)
        for each in whole.papers["year"]:
            filters = narrowed(PaperFilters(), "year", each.value)
            found = service.search_all(session, q, filters=filters, per_page=1)
            assert found.facets["paper"] >= each.count
            assert found.complete or not every.complete
