"""Two records made one and parted again, on the starter library with all that it has."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as property_settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlmodel import Session, SQLModel, col

from app.database import Database
from app.library import service
from app.library.duplicates import merging
from app.library.duplicates.merging import CHOOSABLE
from app.library.rules import PaperInput
from app.main import create_app
from app.models import Paper, PaperDistinct
from tests.databases import Template

# A history only grows; words are counted as they come; links are written anew; a write makes a
# version.
_LEFT_OUT = {"cell_change", "library_state", "search_term", "search_document"}
_VERSIONS = {"version", "updated_at"}

Tables = dict[str, list[dict[str, object]]]


@pytest.fixture
def starter(tmp_path: Path, starter_library: Template) -> Iterator[TestClient]:
    settings = starter_library.restored(tmp_path / "starter")
    with TestClient(create_app(settings)) as client:
        yield client


@pytest.fixture
def library(starter: TestClient) -> Database:
    database: Database = starter.app.state.database  # type: ignore[attr-defined]
    return database


def everything(session: Session) -> Tables:
    return {
        name: sorted(
            (
                {
                    column: value
                    for column, value in row._mapping.items()
                    if column not in _VERSIONS and (name, column) != ("link", "id")
                }
                for row in session.execute(select(table))
            ),
            key=repr,
        )
        for name, table in SQLModel.metadata.tables.items()
        if name not in _LEFT_OUT
    }


def keys(session: Session) -> list[str]:
    return list(session.scalars(select(col(Paper.citekey)).order_by(col(Paper.id))))


def merged(db: Database, keep: str, other: str, take: set[str]) -> int:
    with db.write() as session:
        done = merging.merge_papers(
            session,
            service.get_paper(session, keep),
            service.get_paper(session, other),
            take=take,
        )
        return done.id


def test_a_merge_taken_back_leaves_an_equal_library(library: Database) -> None:
    with library.write() as session:
        papers = keys(session)
        for number, key in enumerate(papers[::3]):
            paper = service.get_paper(session, key)
            service.give_verdict(session, paper, verdict="try", reason=f"Reason {number}.")
            service.update_paper(
                session,
                paper,
                service.paper_as_input(paper).model_copy(
                    update={"tags": [f"t{number % 4}", "all"]}
                ),
            )
        ids = sorted(each for each in session.scalars(select(col(Paper.id))) if each)
        session.add(PaperDistinct(first_id=ids[0], second_id=ids[1]))
        session.add(PaperDistinct(first_id=ids[1], second_id=ids[5]))
        session.add(PaperDistinct(first_id=ids[0], second_id=ids[5]))

    with library.read() as session:
        before = everything(session)

    @given(
        st.lists(st.sampled_from(papers), min_size=2, max_size=3, unique=True),
        st.sets(st.sampled_from(CHOOSABLE)),
    )
    @property_settings(
        max_examples=12,
        phases=[Phase.generate],  # what fails leaves the library as it is
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    def there_and_back(chosen: list[str], take: set[str]) -> None:
        keep, *others = chosen
        done = [merged(library, keep, other, take) for other in others]
        with library.read() as session:
            for other in others:
                assert service.get_paper(session, other).citekey == keep
            for name in ("note", "evidence", "paper_verdict", "import_item", "benchmark"):
                counting = select(func.count()).select_from(SQLModel.metadata.tables[name])
                assert session.scalar(counting) == len(before[name]), name
        for number in reversed(done):
            with library.write() as session:
                assert merging.unmerge(session, number).stays == ()
        with library.read() as session:
            after = everything(session)
        for table, rows in before.items():
            assert after[table] == rows, table

    there_and_back()


def test_an_import_is_taken_out_after_its_papers_were_merged(
    starter: TestClient, library: Database
) -> None:
    number = merged(library, "kim2021vilt", "li2021albef", set())
    assert starter.post("/import/batches/1/undo").status_code == 200
    kept = {each["citekey"] for each in starter.get("/api/v1/papers").json()["items"]}
    assert "kim2021vilt" in kept, "the reader made it what it is"
    with library.write() as session:
        assert merging.unmerge(session, number).other == "li2021albef"
    assert starter.get("/api/v1/papers/li2021albef").status_code == 200


def test_a_merged_paper_is_deleted_for_good(starter: TestClient, library: Database) -> None:
    with library.write() as session:
        for key in ("one", "two"):
            service.create_paper(session, PaperInput(title=key, citekey=key))
    number = merged(library, "one", "two", set())
    starter.post("/papers/two/trash")
    assert starter.post("/papers/one/delete").url.path == "/trash"
    assert starter.delete(f"/api/v1/merges/{number}").status_code == 404
    assert starter.get("/api/v1/papers/two").status_code == 404
