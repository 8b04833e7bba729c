"""What every JSON route shares: lists, ETags, the database of this application."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Generic, TypeVar

from fastapi import Depends, Query, Request
from pydantic import BaseModel

from app.database import Database
from app.settings import Settings
from app.web.jobs import Job, Jobs
from app.web.worker import WorkerProcess

Item = TypeVar("Item")
PER_PAGE = 20


class Listing(BaseModel, Generic[Item]):
    """A page of a list, as every list of the API looks."""

    items: list[Item]
    total: int
    page: int
    per_page: int


# Coroutines, for FastAPI calls a plain function in a thread.
async def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


async def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


async def _worker(request: Request) -> WorkerProcess:
    worker: WorkerProcess = request.app.state.worker
    return worker


async def _jobs(request: Request) -> Jobs:
    jobs: Jobs = request.app.state.jobs
    return jobs


async def _read_jobs(request: Request) -> Mapping[str, Job]:
    jobs: Jobs = request.app.state.jobs
    return jobs.read()


Db = Annotated[Database, Depends(_database)]
Config = Annotated[Settings, Depends(_settings)]
Worker = Annotated[WorkerProcess, Depends(_worker)]
Background = Annotated[Jobs, Depends(_jobs)]
JobStates = Annotated[Mapping[str, Job], Depends(_read_jobs)]  # before the library is read
PageNumber = Annotated[int, Query(alias="page", ge=1, le=100_000)]
PerPage = Annotated[int, Query(ge=1, le=200)]


def describe_repeatable(names: Iterable[str]) -> dict[str, object]:
    """What describes parameters in OpenAPI that a route reads from the address by their names."""
    return {
        "parameters": [
            {
                "name": name,
                "in": "query",
                "description": "Repeated values are alternatives",
                "schema": {"type": "array", "items": {"type": "string"}},
            }
            for name in names
        ]
    }


def format_etag(version: int) -> str:
    """A row's version as an ETag (RFC 9110, 8.8.3)."""
    return f'"{version}"'
