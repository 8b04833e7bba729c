"""What the tests of imports do and look at."""

from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import func
from sqlmodel import SQLModel, select

from app.database import Database
from app.imports.rules import ImportReport
from app.imports.service import import_file

FIXTURES = Path(__file__).parent / "fixtures"
READING = (FIXTURES / "reading.md").read_text("utf-8")


def bring_in(
    db: Database,
    text: str = READING,
    name: str = "reading.md",
    *,
    dry_run: bool = False,
    overwrite: bool = False,
) -> ImportReport:
    """What `crosswalk import` does with a file."""
    with db.write() as session:
        return import_file(
            session,
            text.encode("utf-8", "surrogatepass"),
            name,
            dry_run=dry_run,
            overwrite=overwrite,
        )


def actions(report: ImportReport) -> dict[str, list[str]]:
    """The titles of a report by what became of them."""
    found: dict[str, list[str]] = {}
    for line in report.lines:
        found.setdefault(str(line.action), []).append(line.title)
    return found


def sizes(db: Database) -> dict[str, int]:
    """How many rows each table has, leaving the search index and the record of imports aside."""
    with db.read() as session:
        counted = {
            table.name: session.execute(select(func.count()).select_from(table)).scalar_one()
            for table in SQLModel.metadata.sorted_tables
        }
    apart = ("search_document", "search_term", "import_batch", "import_item", "import_removal")
    return {name: count for name, count in counted.items() if count and name not in apart}


def papers(client: TestClient) -> dict[str, Any]:
    """Every paper by title, as the API answers it whole."""
    listed = client.get("/api/v1/papers?per_page=200").json()["items"]
    return {
        paper["title"]: client.get(f"/api/v1/papers/{paper['citekey']}").json() for paper in listed
    }


def notes(client: TestClient) -> list[Any]:
    listed: list[Any] = client.get("/api/v1/notes?per_page=200").json()["items"]
    return listed


def note_of(client: TestClient, title: str) -> Any:
    (note,) = [note for note in notes(client) if note["title"] == title]
    return note
